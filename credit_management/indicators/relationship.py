# Part of credit_management. License LGPL-3.0 or later.
"""What the customer is to us: since when, how much, how often."""

from ..engine import _
from .registry import Evidence, Reading, indicator

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: what shows them translates them

_INVOICES = Evidence("", "account.move")


@indicator(
    "tenure", _("Customer since (years)"), "years", 1, "relationship",
    _("Years since the first invoice or confirmed order."), _("invoices and orders"),
)  # fmt: skip
def _tenure(profiles, as_of, facts):
    return {
        profile_id: Reading((as_of - relationship.since).days / 365.25, as_of, _INVOICES)
        for profile_id, relationship in facts.relationships.items()
    }


@indicator(
    "turnover", _("Turnover of 12 months"), "amount", 1, "relationship",
    _("Invoices less credit notes of twelve months, without tax, in the currency of the company."), _("invoices"),
)  # fmt: skip
def _turnover(profiles, as_of, facts):
    return {
        profile_id: Reading(relationship.turnover, as_of, _INVOICES)
        for profile_id, relationship in facts.relationships.items()
    }


@indicator(
    "turnover_growth", _("Growth of turnover"), "percent", 1, "relationship",
    _("Turnover of twelve months ÷ turnover of the twelve months before − 1."), _("invoices"),
)  # fmt: skip
def _turnover_growth(profiles, as_of, facts):
    return {
        profile_id: Reading((relationship.turnover / relationship.turnover_before - 1.0) * 100.0, as_of, _INVOICES)
        for profile_id, relationship in facts.relationships.items()
        if relationship.turnover is not None and relationship.turnover_before and relationship.turnover_before > 0
    }


@indicator(
    "orders", _("Orders of 12 months"), "count", 1, "relationship", _("Sales orders confirmed within twelve months."),
    _("sales orders"),
)  # fmt: skip
def _orders(profiles, as_of, facts):
    return {
        profile_id: Reading(relationship.orders, as_of, Evidence("", "sale.order"))
        for profile_id, relationship in facts.relationships.items()
    }


@indicator(
    "silence", _("Days since the last invoice"), "days", -1, "relationship",
    _("A customer who has stopped buying may have stopped trading."), _("invoices"),
)  # fmt: skip
def _silence(profiles, as_of, facts):
    return {
        profile_id: Reading((as_of - relationship.last_invoice).days, as_of, _INVOICES)
        for profile_id, relationship in facts.relationships.items()
        if relationship.last_invoice
    }
