# Part of credit_management. License LGPL-3.0 or later.
"""How the customer pays: figures of :class:`~..engine.payment.Behaviour`, and the days that sales stay outstanding."""

from ..engine import _
from .registry import Evidence, Reading, indicator

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: what shows them translates them


_SOURCE = _("invoices and payments of 24 months")


def _behaviour(code, label, unit, direction, help, value, source=_SOURCE):
    @indicator(code, label, unit, direction, "payment", help, source)
    def measure(profiles, as_of, facts):
        return {
            profile_id: Reading(
                value(behaviour),
                behaviour.newest,
                Evidence(f"{behaviour.invoices:.0f}", "account.move"),
            )
            for profile_id, behaviour in facts.behaviours.items()
            if behaviour.portions
        }


def _percent(share):
    return None if share is None else share * 100.0


_behaviour(
    "median_days_late", _("Median days late"), "days", -1,
    _(
        "Half of the invoices were paid later than this; early payment is negative. Of all figures, the one that best"
        " tells who will pay late."
    ),
    lambda behaviour: behaviour.median_days_late,
)  # fmt: skip
_behaviour(
    "days_late", _("Mean days late"), "days", -1,
    _("Days after the due date, weighted by amount; early payment is negative."),
    lambda behaviour: behaviour.days_late, _("Oracle Fusion, weighted average metrics"),
)  # fmt: skip
_behaviour(
    "payment_index", _("Payment index"), "points", 1,
    _("0 to 100, weighted by amount: 80 is prompt, 50 is 30 days late."),
    lambda behaviour: behaviour.index, _("anchor points published for payment scores"),
)  # fmt: skip
_behaviour(
    "share_on_time", _("Share paid on time"), "percent", 1,
    _("Invoices paid by their due date, of all that were due."),
    lambda behaviour: _percent(behaviour.on_time),
)  # fmt: skip
_behaviour(
    "worst_days_late", _("Worst days late"), "days", -1,
    _("The longest delay; of an unpaid invoice, the delay so far."),
    lambda behaviour: behaviour.worst_days_late,
)  # fmt: skip
_behaviour(
    "index_trend", _("Trend of the payment index"), "points", 1,
    _("Points by which the payment index of the last six months is better than before (negative: worse)."),
    lambda behaviour: behaviour.index_trend,
)  # fmt: skip
_behaviour(
    "days_late_trend", _("Trend of days late"), "days", -1,
    _("Days by which the customer pays later in the last six months than before (negative: sooner)."),
    lambda behaviour: behaviour.days_late_trend,
)  # fmt: skip
_behaviour(
    "disputed_share", _("Disputed share"), "percent", -1, _("The part of the invoiced amount that is disputed."),
    lambda behaviour: _percent(behaviour.disputed),
)  # fmt: skip


def _sales(code, label, unit, direction, help, value, source):
    @indicator(code, label, unit, direction, "payment", help, source)
    def measure(profiles, as_of, facts):
        return {
            profile_id: Reading(value(figures), as_of, Evidence("", "account.move"))
            for profile_id, figures in facts.sales.items()
        }


_sales(
    "dso", _("Days sales outstanding"), "days", -1, _("Receivables ÷ credit sales × days, over a year at most."),
    lambda figures: figures.dso, _("Microsoft Dynamics 365 Finance, credit statistics"),
)  # fmt: skip
_sales(
    "average_days_delinquent", _("Average days delinquent"), "days", -1,
    _("The days of the sales outstanding that overdue items make."),
    lambda figures: figures.average_days_delinquent, _("creditguru.com, collection metrics"),
)  # fmt: skip
_sales(
    "collection_effectiveness", _("Collection effectiveness"), "percent", 1,
    _("What was collected, of what could have been."),
    lambda figures: figures.collection_effectiveness, _("gaviti.com (CEI)"),
)  # fmt: skip
