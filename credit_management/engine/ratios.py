# Part of credit_management. License LGPL-3.0 or later.
"""From financial statements to ratios.

>>> import datetime
>>> june = Statement(datetime.date(2026, 6, 30), {"total_current_assets": 300.0, "total_current_liabilities": 200.0})
>>> ratios(june)["current_ratio"]
1.5

How it works: :func:`ratios` completes the statement's subtotals and computes every ratio of :data:`RATIOS`, or those
asked for. A value is None when it is unknown; :func:`missing` says which lines it lacks. Income and cash flow of a
shorter period are brought to a year, so that a half-year's ratios can stand beside a year's. Which currency and unit
the figures are in matters only to the ratios whose unit is ``amount``.

Signs. A division can make a bad firm look good: a loss over negative equity is a fine return, a loss over more
interest is a better cover. Three rules keep that from happening, and every ratio follows one of them:

* no net worth (or no working capital, no earnings) to carry what has to be carried: the worst end of the scale,
  :data:`OFF_SCALE`, and not unknown, which a scorecard may leave out;
* what is to cover a debt is negative: covered by 0, however large the debt;
* nothing to measure against (no sales, no liabilities, no interest): unknown.

To add a ratio, write one function and register it with :func:`ratio`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from . import _
from .statement import Figures, Statement

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

Unit = Literal["times", "percent", "days", "amount", "score"]
Family = Literal["liquidity", "leverage", "coverage", "activity", "profitability", "growth", "cash_flow", "distress"]
Zone = Literal["safe", "grey", "distress"]

# Where the scale of a ratio ends, in its own unit and on both sides. A ratio that is undefined because the firm is
# beyond bad (no net worth left) stands at the worse end, next to those that come close to it.
OFF_SCALE = 999.0

Compute = Callable[[Statement, Statement | None], float | None]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio: its name on screen, its formula in words, and its function.

    ``direction``: +1 higher is better, -1 lower is better, 0 neither by itself. ``unit`` tells how to read the value;
    percent are 0–100. ``distress`` and ``safe`` are the cut-offs of scores that have zones.
    """

    code: str
    label: str
    help: str
    unit: Unit
    direction: int
    family: Family
    source: str
    compute: Compute
    distress: float | None = None
    safe: float | None = None

    def value(self, statement: Statement, previous: Statement | None = None) -> float | None:
        """The ratio of a *completed* statement; ``None`` when unknown. Within ±OFF_SCALE unless an amount."""
        value = self.compute(statement, previous)
        if value is None or math.isnan(value):
            return None
        if self.unit == "amount":
            return value if math.isfinite(value) else None
        return min(OFF_SCALE, max(-OFF_SCALE, value)) + 0.0

    def zone(self, value: float | None) -> Zone | None:
        """Where a score stands: on a cut-off is still grey."""
        if value is None or self.safe is None or self.distress is None:
            return None
        if value > self.safe:
            return "safe"
        return "distress" if value < self.distress else "grey"


RATIOS: dict[str, Ratio] = {}

_DB = _("Dun & Bradstreet, key business ratios")
_ANALYSIS = _("standard financial statement analysis (White, Sondhi and Fried)")


def ratio(
    code: str, label: str, help: str, unit: Unit, direction: int, family: Family, source: str = _ANALYSIS,
    distress: float | None = None, safe: float | None = None,
) -> Callable[[Compute], Compute]:  # fmt: skip
    """Register the decorated function as a ratio."""

    def register(compute: Compute) -> Compute:
        RATIOS[code] = Ratio(code, label, help, unit, direction, family, source, compute, distress, safe)
        return compute

    return register


def ratios(
    statement: Statement, previous: Statement | None = None, codes: Iterable[str] | None = None
) -> dict[str, float | None]:
    """Every ratio of ``statement``, or those of ``codes``.

    :param previous: the statement a year before, in the same currency and unit; one that isn't comparable
        (:meth:`Statement.follows`) is left out
    :raises KeyError: a code is no ratio
    """
    now, before = _prepared(statement, previous)
    return {code: RATIOS[code].value(now, before) for code in (RATIOS if codes is None else codes)}


def missing(code: str, statement: Statement, previous: Statement | None = None) -> tuple[str, ...]:
    """The lines that are missing for a ratio; empty when it is known, or has nothing to measure against.

    Lines of the year before are written ``previous.<line>``; the year itself, when missing, ``previous``.
    """
    now, before = _prepared(statement, previous)
    asked: dict[str, None] = {}
    now = replace(now, figures=_Recorder(now.figures, asked, ""))
    before = before and replace(before, figures=_Recorder(before.figures, asked, "previous."))
    if RATIOS[code].value(now, before) is not None:
        return ()
    if before is None and RATIOS[code].family == "growth":
        asked["previous"] = None
    return tuple(asked)


class _Recorder(dict[str, float | None]):
    """Figures that note which unknown ones were asked for."""

    def __init__(self, figures: Figures, asked: dict[str, None], prefix: str) -> None:
        super().__init__(figures)
        self._asked, self._prefix = asked, prefix

    def get(self, code: str, default: object = None) -> float | None:
        value = super().get(code)
        if value is None:
            self._asked[self._prefix + code] = None
        return value


def _prepared(statement: Statement, previous: Statement | None) -> tuple[Statement, Statement | None]:
    before = previous.completed() if previous is not None and statement.follows(previous) else None
    return statement.completed(), before


# -- the arithmetic of unknown figures ---------------------------------------------------------------


def _sum(*values: float | None) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _less(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _per(value: float | None, base: float | None, scale: float = 1.0) -> float | None:
    """``value`` ÷ ``base``; unknown when there is nothing to measure against."""
    if value is None or base is None or base <= 0.0:
        return None
    return value / base * scale


def _covered(value: float | None, debt: float | None) -> float | None:
    """How often ``value`` covers ``debt``: a negative value covers nothing, whatever the debt."""
    return None if value is None else _per(max(0.0, value), debt)


def _burden(amount: float | None, carrier: float | None, scale: float = 1.0) -> float | None:
    """``amount`` ÷ what has to carry it: off the scale when nothing carries it, unknown when there is no amount."""
    if amount is None or carrier is None or amount < 0.0:
        return None
    if carrier <= 0.0:
        return OFF_SCALE if amount > 0.0 else None
    return amount / carrier * scale


def _on_net_worth(amount: float | None, net_worth: float | None) -> float | None:
    """``amount`` ÷ net worth: off the scale when there is no net worth, whatever the amount."""
    if net_worth is not None and net_worth <= 0.0:
        return None if amount is None else OFF_SCALE
    return _burden(amount, net_worth)


def _mean(code: str, now: Statement, before: Statement | None) -> float | None:
    """The average of a balance over the year; the closing one where the opening one is unknown."""
    closing, opening = now.get(code), before.get(code) if before else None
    return closing if closing is None or opening is None else closing / 2.0 + opening / 2.0


def _debt(now: Statement, code: str) -> float | None:
    """Liabilities; negative ones are a mistake, and would turn every ratio round."""
    value = now.get(code)
    return None if value is None or value < 0.0 else value


def _interest(now: Statement) -> float | None:
    """A year's interest; where it isn't stated, the net finance costs."""
    stated = "interest_expense" in now.figures or "finance_costs" not in now.figures
    return now.annual("interest_expense" if stated else "finance_costs")


def _working_capital(now: Statement) -> float | None:
    return _less(now.get("total_current_assets"), now.get("total_current_liabilities"))


def _liquid(now: Statement) -> float | None:
    return _sum(now.get("cash"), now.beside("short_term_investments"))


def _trade_receivables(now: Statement) -> float | None:
    return _sum(now.get("receivables"), now.beside("notes_receivable"))


def _trade_payables(now: Statement) -> float | None:
    return _sum(now.get("payables"), now.beside("notes_payable"))


# -- liquidity ---------------------------------------------------------------------------------------


@ratio("current_ratio", _("Current ratio"), _("Current assets ÷ current liabilities."), "times", 1, "liquidity", _DB)
def _current_ratio(now: Statement, before: Statement | None) -> float | None:
    return _per(now.get("total_current_assets"), now.get("total_current_liabilities"))


@ratio(
    "quick_ratio", _("Quick ratio"), _("(Cash + short-term investments + trade receivables) ÷ current liabilities."),
    "times", 1, "liquidity", _DB,
)  # fmt: skip
def _quick_ratio(now: Statement, before: Statement | None) -> float | None:
    return _per(_sum(_liquid(now), _trade_receivables(now)), now.get("total_current_liabilities"))


@ratio(
    "cash_ratio", _("Cash ratio"), _("(Cash + short-term investments) ÷ current liabilities."), "times", 1, "liquidity"
)  # fmt: skip
def _cash_ratio(now: Statement, before: Statement | None) -> float | None:
    return _per(_liquid(now), now.get("total_current_liabilities"))


@ratio("working_capital", _("Working capital"), _("Current assets − current liabilities."), "amount", 1, "liquidity")
def _working_capital_amount(now: Statement, before: Statement | None) -> float | None:
    return _working_capital(now)


@ratio(
    "working_capital_share", _("Working capital to assets"),
    _("(Current assets − current liabilities) ÷ total assets."),
    "percent", 1, "liquidity", _("Altman 1983"),
)  # fmt: skip
def _working_capital_share(now: Statement, before: Statement | None) -> float | None:
    return _per(_working_capital(now), now.get("total_assets"), 100.0)


# -- leverage ----------------------------------------------------------------------------------------


@ratio(
    "current_debt_to_net_worth", _("Current liabilities to net worth"),
    _("Current liabilities ÷ equity; 999 when there is no net worth left."), "times", -1, "leverage", _DB,
)  # fmt: skip
def _current_debt_to_net_worth(now: Statement, before: Statement | None) -> float | None:
    return _on_net_worth(_debt(now, "total_current_liabilities"), now.get("total_equity"))


@ratio(
    "debt_to_net_worth", _("Total liabilities to net worth"),
    _("Total liabilities ÷ equity; 999 when there is no net worth left."), "times", -1, "leverage", _DB,
)  # fmt: skip
def _debt_to_net_worth(now: Statement, before: Statement | None) -> float | None:
    return _on_net_worth(_debt(now, "total_liabilities"), now.get("total_equity"))


@ratio(
    "fixed_assets_to_net_worth", _("Fixed assets to net worth"),
    _("Tangible fixed assets ÷ equity; 999 when there is no net worth left."), "times", -1, "leverage", _DB,
)  # fmt: skip
def _fixed_assets_to_net_worth(now: Statement, before: Statement | None) -> float | None:
    return _on_net_worth(_debt(now, "tangible_assets"), now.get("total_equity"))


@ratio("debt_ratio", _("Debt ratio"), _("Total liabilities ÷ total assets."), "percent", -1, "leverage")
def _debt_ratio(now: Statement, before: Statement | None) -> float | None:
    return _per(_debt(now, "total_liabilities"), now.get("total_assets"), 100.0)


@ratio("equity_ratio", _("Equity ratio"), _("Equity ÷ total assets."), "percent", 1, "leverage")
def _equity_ratio(now: Statement, before: Statement | None) -> float | None:
    return _per(now.get("total_equity"), now.get("total_assets"), 100.0)


@ratio(
    "tangible_net_worth", _("Tangible net worth"), _("Equity − intangible assets and goodwill."),
    "amount", 1, "leverage", _DB,
)  # fmt: skip
def _tangible_net_worth(now: Statement, before: Statement | None) -> float | None:
    return _less(now.get("total_equity"), now.get("intangible_assets"))


# -- coverage ----------------------------------------------------------------------------------------


@ratio(
    "interest_cover", _("Interest cover"),
    _("Operating profit ÷ interest expense (or net finance costs); 0 in a loss; unknown without interest."),
    "times", 1, "coverage",
)  # fmt: skip
def _interest_cover(now: Statement, before: Statement | None) -> float | None:
    return _covered(now.annual("ebit"), _interest(now))


@ratio(
    "debt_to_ebitda", _("Financial debt to EBITDA"),
    _("(Short-term + long-term debt) ÷ (operating profit + depreciation); 999 when there are debts and no earnings."),
    "times", -1, "coverage",
)  # fmt: skip
def _debt_to_ebitda(now: Statement, before: Statement | None) -> float | None:
    debt = _sum(now.get("short_term_debt"), now.get("long_term_debt"))
    return _burden(debt, _sum(now.annual("ebit"), now.annual("depreciation")))


@ratio(
    "cash_flow_to_debt", _("Cash flow to debt"),
    _("(Net profit + depreciation) ÷ total liabilities; 0 when negative."), "percent", 1, "coverage", _("Beaver 1966"),
)  # fmt: skip
def _cash_flow_to_debt(now: Statement, before: Statement | None) -> float | None:
    earned = _sum(now.annual("net_profit"), now.annual("depreciation"))
    return _percent(_covered(earned, now.get("total_liabilities")))


# -- cash flow ---------------------------------------------------------------------------------------


@ratio(
    "operating_cash_flow_ratio", _("Operating cash flow to current liabilities"),
    _("Operating cash flow ÷ current liabilities; 0 when negative."), "percent", 1, "cash_flow",
)  # fmt: skip
def _operating_cash_flow_ratio(now: Statement, before: Statement | None) -> float | None:
    return _percent(_covered(now.annual("operating_cash_flow"), now.get("total_current_liabilities")))


@ratio("cash_flow_margin", _("Cash flow margin"), _("Operating cash flow ÷ revenue."), "percent", 1, "cash_flow")
def _cash_flow_margin(now: Statement, before: Statement | None) -> float | None:
    return _per(now.annual("operating_cash_flow"), now.annual("revenue"), 100.0)


@ratio(
    "free_cash_flow", _("Free cash flow"), _("Operating cash flow − capital expenditure, a year."),
    "amount", 1, "cash_flow",
)  # fmt: skip
def _free_cash_flow(now: Statement, before: Statement | None) -> float | None:
    return _less(now.annual("operating_cash_flow"), now.annual("capital_expenditure"))


# -- profitability -----------------------------------------------------------------------------------


@ratio("gross_margin", _("Gross margin"), _("Gross profit ÷ revenue."), "percent", 1, "profitability")
def _gross_margin(now: Statement, before: Statement | None) -> float | None:
    return _per(now.annual("gross_profit"), now.annual("revenue"), 100.0)


@ratio("operating_margin", _("Operating margin"), _("Operating profit ÷ revenue."), "percent", 1, "profitability")
def _operating_margin(now: Statement, before: Statement | None) -> float | None:
    return _per(now.annual("ebit"), now.annual("revenue"), 100.0)


@ratio("net_margin", _("Net margin"), _("Net profit ÷ revenue."), "percent", 1, "profitability", _DB)
def _net_margin(now: Statement, before: Statement | None) -> float | None:
    return _per(now.annual("net_profit"), now.annual("revenue"), 100.0)


@ratio(
    "return_on_assets", _("Return on assets"), _("Net profit ÷ total assets (average of the year, where known)."),
    "percent", 1, "profitability", _DB,
)  # fmt: skip
def _return_on_assets(now: Statement, before: Statement | None) -> float | None:
    return _per(now.annual("net_profit"), _mean("total_assets", now, before), 100.0)


@ratio(
    "return_on_equity", _("Return on equity"),
    _("Net profit ÷ equity (average of the year, where known); −999 when there is no net worth left."),
    "percent", 1, "profitability", _DB,
)  # fmt: skip
def _return_on_equity(now: Statement, before: Statement | None) -> float | None:
    profit, closing = now.annual("net_profit"), now.get("total_equity")
    if profit is None or closing is None:
        return None
    equity = _mean("total_equity", now, before)
    # a loss over negative equity is no return, and neither is a profit over what is not there
    return -OFF_SCALE if closing <= 0.0 else _per(profit, closing if equity is None or equity <= 0 else equity, 100.0)


# -- activity ----------------------------------------------------------------------------------------


@ratio(
    "asset_turnover", _("Asset turnover"), _("Revenue ÷ total assets (average of the year, where known)."),
    "times", 1, "activity",
)  # fmt: skip
def _asset_turnover(now: Statement, before: Statement | None) -> float | None:
    return _per(now.annual("revenue"), _mean("total_assets", now, before))


@ratio(
    "collection_period", _("Collection period"), _("Trade receivables (with notes) ÷ (revenue ÷ 365)."),
    "days", -1, "activity", _DB,
)  # fmt: skip
def _collection_period(now: Statement, before: Statement | None) -> float | None:
    return _burden(_trade_receivables(now), now.annual("revenue"), 365.0)


@ratio("inventory_days", _("Inventory days"), _("Inventories ÷ (cost of sales ÷ 365)."), "days", -1, "activity")
def _inventory_days(now: Statement, before: Statement | None) -> float | None:
    return _burden(now.get("inventories"), now.annual("cost_of_sales"), 365.0)


@ratio(
    "payable_days", _("Payable days"),
    _("Trade payables (with notes) ÷ (cost of sales ÷ 365). Lower is better: we are one of those who wait."),
    "days", -1, "activity",
)  # fmt: skip
def _payable_days(now: Statement, before: Statement | None) -> float | None:
    return _per(_trade_payables(now), now.annual("cost_of_sales"), 365.0)


@ratio(
    "cash_conversion_cycle", _("Cash conversion cycle"),
    _("Collection period + inventory days − payable days. Short is good only if suppliers are paid in time."),
    "days", 0, "activity", _("Richards and Laughlin 1980"),
)  # fmt: skip
def _cash_conversion_cycle(now: Statement, before: Statement | None) -> float | None:
    tied_up = _sum(_collection_period(now, before), _inventory_days(now, before))
    return _less(tied_up, _payable_days(now, before))


@ratio(
    "payables_to_sales", _("Payables to sales"), _("Trade payables (with notes) ÷ revenue."),
    "percent", -1, "activity", _DB,
)  # fmt: skip
def _payables_to_sales(now: Statement, before: Statement | None) -> float | None:
    return _burden(_trade_payables(now), now.annual("revenue"), 100.0)


@ratio(
    "sales_to_working_capital", _("Sales to working capital"),
    _("Revenue ÷ (current assets − current liabilities); 999 without working capital. Both ends are bad."),
    "times", 0, "activity", _DB,
)  # fmt: skip
def _sales_to_working_capital(now: Statement, before: Statement | None) -> float | None:
    return _burden(now.annual("revenue"), _working_capital(now))


# -- growth ------------------------------------------------------------------------------------------


@ratio("revenue_growth", _("Revenue growth"), _("Revenue ÷ revenue a year before − 1."), "percent", 1, "growth")
def _revenue_growth(now: Statement, before: Statement | None) -> float | None:
    base = before.annual("revenue") if before else None
    return _per(_less(now.annual("revenue"), base), base, 100.0)


@ratio(
    "profit_growth", _("Profit growth"),
    _("Net profit ÷ net profit a year before − 1. After a loss: unknown, or negative when the loss grew."),
    "percent", 1, "growth",
)  # fmt: skip
def _profit_growth(now: Statement, before: Statement | None) -> float | None:
    base = before.annual("net_profit") if before else None
    change = _less(now.annual("net_profit"), base)
    if base is None or change is None or base > 0.0:
        return _per(change, base, 100.0)
    if change >= 0.0:
        return None
    return change / -base * 100.0 if base else -OFF_SCALE


# -- distress ----------------------------------------------------------------------------------------


@ratio(
    "z_private", _("Z′ score (private firms)"),
    _("0.717 working capital/assets + 0.847 retained earnings/assets + 3.107 operating profit/assets"
    " + 0.420 equity/liabilities + 0.998 revenue/assets."),
    "score", 1, "distress", _("Altman 1983"), distress=1.23, safe=2.9,
)  # fmt: skip
def _z_private(now: Statement, before: Statement | None) -> float | None:
    assets = now.get("total_assets")
    return _weighted(
        (0.717, _per(_working_capital(now), assets)),
        (0.847, _per(now.get("retained_earnings"), assets)),
        (3.107, _per(now.annual("ebit"), assets)),
        (0.420, _per(now.get("total_equity"), now.get("total_liabilities"))),
        (0.998, _per(now.annual("revenue"), assets)),
    )


@ratio(
    "z_double", _("Z″ score"),
    _("6.56 working capital/assets + 3.26 retained earnings/assets + 6.72 operating profit/assets"
    " + 1.05 equity/liabilities."),
    "score", 1, "distress", _("Altman 1995"), distress=1.1, safe=2.6,
)  # fmt: skip
def _z_double(now: Statement, before: Statement | None) -> float | None:
    assets = now.get("total_assets")
    return _weighted(
        (6.56, _per(_working_capital(now), assets)),
        (3.26, _per(now.get("retained_earnings"), assets)),
        (6.72, _per(now.annual("ebit"), assets)),
        (1.05, _per(now.get("total_equity"), now.get("total_liabilities"))),
    )


@ratio(
    "z_emerging", _("Z″ score (emerging markets)"), _("3.25 + Z″."), "score", 1, "distress", _("Altman 1995"),
    distress=4.35, safe=5.85,
)  # fmt: skip
def _z_emerging(now: Statement, before: Statement | None) -> float | None:
    return _sum(3.25, _z_double(now, before))


def _weighted(*terms: tuple[float, float | None]) -> float | None:
    return _sum(*(None if value is None else factor * value for factor, value in terms))


def _percent(value: float | None) -> float | None:
    return None if value is None else value * 100.0
