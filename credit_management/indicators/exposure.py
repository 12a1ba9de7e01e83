# Part of credit_management. License LGPL-3.0 or later.
"""How much of his limit the customer uses, and how much of what he owes is overdue; today's, live."""

from ..engine import _
from .registry import Evidence, Reading, indicator

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: what shows them translates them

_EXPOSURE = Evidence("", "credit.exposure")


def _position(code, label, unit, help, value):
    @indicator(code, label, unit, -1, "exposure", help, _("live exposure"))
    def measure(profiles, as_of, facts):
        return {
            profile_id: Reading(value(position), as_of, _EXPOSURE)
            for profile_id, position in facts.positions.items()
        }


_position(
    "limit_usage", _("Usage of the limit"), "percent",
    _("Exposure as a part of the limit; unknown without a valid one."),
    lambda position: None if position.usage is None else position.usage * 100.0,
)  # fmt: skip
_position(
    "overdue_share", _("Overdue share"), "percent",
    _("The part of the receivables that is overdue, beyond the days of grace; unknown where nothing is owed."),
    lambda position: position.overdue_share * 100.0 if position.receivable > 0 or position.overdue > 0 else None,
)  # fmt: skip
_position(
    "overdue_days", _("Oldest overdue item"), "days",
    _("Days since the oldest unpaid invoice fell due; 0 without one."),
    lambda position: position.overdue_days,
)  # fmt: skip
