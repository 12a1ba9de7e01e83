# Part of credit_management. License LGPL-3.0 or later.
"""What is on record about the customer: adverse events, insolvency, the score of a bureau.

Without any record, that nothing is known against a customer says nothing: it is unknown, not 0.
"""

from ..engine import _
from .registry import Evidence, Reading, indicator

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: what shows them translates them


def _records(code, label, unit, direction, help, value, day=lambda adverse, as_of: as_of, about=lambda record: True):
    """:param about: which records the figure is about, for the evidence"""

    @indicator(code, label, unit, direction, "records", help, _("credit records"))
    def measure(profiles, as_of, facts):
        return {
            profile_id: Reading(
                value(adverse),
                day(adverse, as_of),
                Evidence("", "credit.record", tuple(facts.records[profile_id].filtered(about).ids)),
            )
            for profile_id, adverse in facts.adverse.items()
            if adverse.known
        }


_records(
    "adverse_records", _("Adverse records of 3 years"), "count", -1,
    _("Lawsuits, defaults, bounced cheques and the like of the last three years."),
    lambda adverse: adverse.number("recent") + adverse.number("past"), about=lambda record: record.adverse,
)  # fmt: skip
_records(
    "adverse_recent", _("Adverse records of 12 months"), "count", -1, _("Those of the last twelve months alone."),
    lambda adverse: adverse.number("recent"), about=lambda record: record.adverse,
)  # fmt: skip
_records(
    "adverse_gravity", _("Gravest adverse record"), "score", -1, _("0 none, 1 low, 2 medium, 3 high, 4 critical."),
    lambda adverse: adverse.gravity, about=lambda record: record.adverse,
)  # fmt: skip
_records(
    "insolvency", _("Insolvency"), "count", -1, _("1 where an insolvency is on record and in force, else 0."),
    lambda adverse: int(adverse.insolvent), about=lambda record: record.kind == "insolvency",
)  # fmt: skip
_records(
    "external_score", _("External score"), "points", 1,
    _("The last score of a credit bureau, 0 (worst) to 100 (best)."),
    lambda adverse: adverse.score, lambda adverse, as_of: adverse.score_date,
    about=lambda record: record.kind == "bureau",
)  # fmt: skip
