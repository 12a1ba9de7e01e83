# Part of credit_management. License LGPL-3.0 or later.
"""How much of his limit the customer uses, and how much of what he owes is overdue; today's, live."""

from .registry import Evidence, Reading, indicator

_EXPOSURE = Evidence("", "credit.exposure")


def _position(code, label, unit, help, value):
    @indicator(code, label, unit, -1, "exposure", help, "live exposure")
    def measure(profiles, as_of, facts):
        return {
            profile_id: Reading(value(position), as_of, _EXPOSURE)
            for profile_id, position in facts.positions.items()
        }


_position(
    "limit_usage", "Usage of the limit", "percent", "Exposure as a part of the limit; unknown without a valid one.",
    lambda position: None if position.usage is None else position.usage * 100.0,
)  # fmt: skip
_position(
    "overdue_share", "Overdue share", "percent",
    "The part of the receivables that is overdue, beyond the days of grace; unknown where nothing is owed.",
    lambda position: position.overdue_share * 100.0 if position.receivable > 0 or position.overdue > 0 else None,
)  # fmt: skip
_position(
    "overdue_days", "Oldest overdue item", "days", "Days since the oldest unpaid invoice fell due; 0 without one.",
    lambda position: position.overdue_days,
)  # fmt: skip
