# Part of credit_management. License LGPL-3.0 or later.
"""Every ratio of the engine that can be compared between firms, of the newest confirmed statement."""

from ..engine.ratios import RATIOS
from .registry import Evidence, Reading, indicator


def _measure(code):
    def measure(profiles, as_of, facts):
        return {
            profile_id: Reading(
                ratios[code], statement.date_end, Evidence(statement.name, "credit.statement", statement._ids)
            )
            for profile_id, (statement, ratios) in facts.ratios.items()
        }

    return measure


for _ratio in RATIOS.values():
    # amounts of firms of different sizes and currencies have no bands in common
    if _ratio.unit != "amount":
        indicator(
            _ratio.code, _ratio.label, _ratio.unit, _ratio.direction, "statements", _ratio.help, _ratio.source
        )(_measure(_ratio.code))  # fmt: skip
