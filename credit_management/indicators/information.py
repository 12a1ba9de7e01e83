# Part of credit_management. License LGPL-3.0 or later.
"""How much is known of the customer, and how much of it is fresh. Nothing known is a completeness of 0: that is
known."""

from ..engine import _
from .registry import Evidence, Reading, indicator

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: what shows them translates them


def _lacking(parts):
    return Evidence(",".join(parts))


@indicator(
    "completeness", _("Completeness of information"), "percent", 1, "information",
    _("How much of a full file there is on the customer."), _("the customer's file"),
)  # fmt: skip
def _completeness(profiles, as_of, facts):
    return {
        profile_id: Reading(information.completeness * 100.0, as_of, _lacking(information.missing))
        for profile_id, information in facts.information.items()
    }


@indicator(
    "freshness", _("Freshness of information"), "percent", 1, "information",
    _("How much of what is known is not past its shelf life."), _("the customer's file"),
)  # fmt: skip
def _freshness(profiles, as_of, facts):
    return {
        profile_id: Reading(
            None if information.freshness is None else information.freshness * 100.0, as_of, _lacking(information.stale)
        )
        for profile_id, information in facts.information.items()
    }
