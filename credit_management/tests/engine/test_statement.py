# Part of credit_management. License LGPL-3.0 or later.
"""Statements: rows of a file become figures, subtotals follow, and contradictions are found."""

import datetime
import doctest
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine import ratios, statement
from ...engine.statement import LINES, UNUSED_NAMES, Statement, check, completed, gather, match, normalised

BALANCE = {
    "cash": 50.0, "receivables": 200.0, "inventories": 130.0, "other_current_assets": 20.0,
    "tangible_assets": 500.0, "intangible_assets": 60.0, "other_non_current_assets": 40.0,
    "short_term_debt": 80.0, "payables": 100.0, "other_current_liabilities": 20.0,
    "long_term_debt": 350.0, "other_non_current_liabilities": 50.0,
    "paid_in_capital": 150.0, "retained_earnings": 200.0, "other_equity": 50.0,
}  # fmt: skip
INCOME = {
    "revenue": 1500.0, "cost_of_sales": 1100.0, "selling_expenses": 100.0, "admin_expenses": 180.0,
    "interest_expense": 20.0, "income_tax": 25.0,
}  # fmt: skip


def test_subtotals_follow_from_their_parts():
    figures = completed(BALANCE | INCOME)
    assert [figures[code] for code in ("total_current_assets", "total_non_current_assets", "total_assets")] == [
        400.0, 600.0, 1000.0,
    ]  # fmt: skip
    assert (figures["total_liabilities"], figures["total_equity"]) == (600.0, 400.0)
    assert (figures["gross_profit"], figures["operating_expenses"], figures["ebit"]) == (400.0, 280.0, 120.0)
    assert (figures["profit_before_tax"], figures["net_profit"]) == (100.0, 75.0)
    assert check(BALANCE | INCOME) == []


def test_a_subtotal_follows_from_the_one_above_it():
    figures = completed({"total_assets": 1000.0, "total_equity": 400.0, "total_current_liabilities": 200.0})
    assert (figures["total_liabilities"], figures["total_non_current_liabilities"]) == (600.0, 400.0)
    # Chinese: operating profit is after finance costs, so EBIT is found from below
    assert completed({"profit_before_tax": 100.0, "finance_costs": 20.0, "non_operating": 5.0})["ebit"] == 115.0


def test_unknown_parts_leave_the_subtotal_unknown():
    figures = completed({key: value for key, value in BALANCE.items() if key not in ("inventories", "payables")})
    assert not {"total_current_assets", "total_assets", "total_current_liabilities"} & set(figures)
    assert "inventories" not in completed(BALANCE | {"inventories": None, "total_current_assets": 400.0})
    assert completed({}) == {}
    assert completed({"notes_receivable": 3.0}) == {"notes_receivable": 3.0}


def test_finance_costs_may_hold_more_than_interest():
    assert check(BALANCE | INCOME | {"finance_costs": 32.0}) == []
    stated = {key: value for key, value in INCOME.items() if key != "income_tax"} | {"profit_before_tax": 95.0}
    assert completed(stated)["finance_costs"] == 25.0


def test_differences_say_what_should_be():
    [difference] = check(BALANCE | {"total_current_assets": 410.0})[:1]
    assert (difference.code, difference.stated, difference.expected) == ("total_current_assets", 410.0, 400.0)
    assert difference.difference == 10.0
    [unbalanced] = check({"total_assets": 1000.0, "total_liabilities": 600.0, "total_equity": 390.0})
    assert (unbalanced.code, unbalanced.difference) == ("total_assets", 10.0)


def test_tolerance_and_the_noise_of_floats():
    off = {"total_assets": 1000.0, "total_liabilities": 600.0, "total_equity": 399.0}
    assert check(off, tolerance=1.0) == []
    assert len(check(off, tolerance=0.99)) == 1
    assert check({"total_assets": 0.3, "total_liabilities": 0.1, "total_equity": 0.2}) == []


# -- rows of a file ----------------------------------------------------------------------------------


def test_a_name_belongs_to_one_line():
    names = Counter(
        normalised(name) for line in LINES.values() for name in {*line.names, *line.added, *line.deducted}
    )  # fmt: skip
    assert [name for name, times in names.items() if times > 1] == []
    assert not set(names) & set(map(normalised, UNUSED_NAMES))
    assert all(name.strip() == name and normalised(name) for line in LINES.values() for name in line.names)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("货币资金", "cash"),
        (" 存 货 ", "inventories"),
        ("一、营业总收入", "revenue"),
        ("减:营业成本", "cost_of_sales"),
        ("三、营业利润(亏损以“-”号填列)", "profit_after_finance"),
        ("四、利润总额(亏损总额以\"-\"号填列)", "profit_before_tax"),
        ("所有者权益(或股东权益)合计", "total_equity"),
        ("实收资本(或股本)", "paid_in_capital"),
        ("负债和所有者权益(或股东权益)总计", "total_liabilities_equity"),
        ("购建固定资产、无形资产和其他长期资产支付的现金", "capital_expenditure"),
        ("六、期末现金及现金等价物余额", "closing_cash"),
        ("Less: Cost of Goods Sold", "cost_of_sales"),
        ("TRADE RECEIVABLES", "receivables"),
        ("Property, plant & equipment", "tangible_assets"),
        ("Total shareholders’ equity", "total_equity"),
        ("Operating profit (EBIT)", "ebit"),
        ("SG&A", "admin_expenses"),
        ("Exports", None),
        ("", None),
    ],
)  # fmt: skip
def test_names_of_both_layouts(name, code):
    found = match(name)
    assert (found and found.line.code) == code


def test_a_chinese_statement():
    gathered = gather([
        ("流动资产:", None), ("货币资金", 50.0), ("应收票据", 30.0), ("应收账款", 170.0), ("预付款项", 8.0),
        ("其他应收款", 7.0), ("其中:应收利息", 1.0), ("存货", 130.0), ("其他流动资产", 5.0), ("流动资产合计", 400.0),
        ("固定资产", 450.0), ("在建工程", 50.0), ("无形资产", 60.0), ("长期待摊费用", 40.0), ("资产总计", 1000.0),
        ("未分配利润", 150.0), ("盈余公积", 50.0), ("资本公积", 60.0), ("减:库存股", 10.0), ("实收资本(或股本)", 150.0),
        ("一、营业收入", 1500.0), ("减:营业成本", 1100.0), ("税金及附加", 10.0), ("销售费用", 100.0),
        ("管理费用", 170.0), ("研发费用", 6.0), ("财务费用", 22.0), ("其中:利息费用", 20.0), ("利息收入", 1.0),
        ("加:其他收益", 9.0), ("信用减值损失(损失以“-”号填列)", -2.0), ("资产减值损失", 1.0),
        ("二、营业利润(亏损以“-”号填列)", 98.0), ("加:营业外收入", 3.0), ("减:营业外支出", 1.0),
        ("三、利润总额", 100.0), ("减:所得税费用", 25.0), ("四、净利润", 75.0), ("经营活动产生的现金流量净额", 90.0),
        ("净利润", 75.0), ("固定资产折旧", 30.0), ("无形资产摊销", 5.0), ("每股收益", 0.5),
    ])  # fmt: skip
    figures = gathered.figures
    assert (gathered.unknown, gathered.repeated) == (("每股收益",), ())
    assert (figures["other_current_assets"], figures["tangible_assets"], figures["other_equity"]) == (20.0, 500.0, 50.0)
    assert (figures["retained_earnings"], figures["depreciation"], figures["interest_expense"]) == (200.0, 35.0, 20.0)
    assert (figures["other_operating_income"], figures["non_operating"]) == (6.0, 2.0)
    assert check(figures) == []
    assert completed(figures)["ebit"] == 120.0


def test_an_international_statement_with_negative_costs():
    gathered = gather([
        ("Revenue", 1500.0), ("Cost of sales", -1100.0), ("Gross profit", 400.0), ("Distribution costs", -100.0),
        ("Administrative expenses", -180.0), ("Operating profit", 120.0), ("Finance costs", -20.0),
        ("Profit before tax", 100.0), ("Income tax expense", -25.0), ("Profit for the year", 75.0),
        ("Purchase of property, plant and equipment", -40.0),
    ])  # fmt: skip
    assert (gathered.figures["cost_of_sales"], gathered.figures["capital_expenditure"]) == (1100.0, 40.0)
    assert check(gathered.figures) == []


def test_rows_that_contradict_each_other_are_named():
    gathered = gather([("Sales", 100.0), ("Revenue", 100.0), ("Turnover", 90.0), ("Cash", None), ("Cash", 5.0)])
    assert gathered.figures == {"revenue": 100.0, "cash": 5.0}
    assert gathered.repeated == ("Turnover",)
    assert gather([("Prepayments", 4.0), ("Prepayments", 5.0)]).repeated == ("Prepayments",)


# -- whole statements --------------------------------------------------------------------------------


def test_flows_are_brought_to_a_year_and_balances_are_not():
    half = Statement(datetime.date(2026, 6, 30), {"revenue": 750.0, "cash": 5.0}, months=6)
    assert (half.annual("revenue"), half.get("cash"), half.annual("net_profit")) == (1500.0, 5.0, None)
    assert (LINES["revenue"].flow, LINES["cash"].flow, LINES["closing_cash"].flow) == (True, False, False)
    with pytest.raises(ValueError, match="1 to 12 months"):
        Statement(half.end, months=0)


@pytest.mark.parametrize(
    ("end", "months", "follows"),
    [("2025-06-30", 6, True), ("2025-06-27", 6, True), ("2025-12-31", 6, False), ("2025-06-30", 12, False)],
)
def test_comparable_is_the_same_length_a_year_earlier(end, months, follows):
    half = Statement(datetime.date(2026, 6, 30), months=6)
    assert half.follows(Statement(datetime.date.fromisoformat(end), months=months)) is follows


whole = st.integers(-(10**6), 10**6).map(float)
leaves = st.fixed_dictionaries({code: whole for code, line in LINES.items() if not line.parts})
anything = st.dictionaries(
    st.sampled_from(sorted(LINES)), st.none() | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip


@given(leaves, st.sets(st.sampled_from([code for code, line in LINES.items() if line.parts and line.checked])))
def test_what_is_derived_is_consistent(figures, dropped):
    figures["other_equity"] += completed(figures)["total_assets"] - completed(figures)["total_liabilities_equity"]
    everything = completed(figures)
    assert check(everything) == []
    # whichever subtotals a file leaves out, they come back the same
    some = {code: value for code, value in everything.items() if code not in dropped}
    assert completed(some) == everything


@given(anything)
def test_what_is_stated_stays_and_nothing_is_made_up(figures):
    known = completed(figures)
    assert all(known[code] == value for code, value in figures.items() if value is not None)
    assert all(LINES[code].parts for code in known if figures.get(code) is None)
    assert all(map(math.isfinite, known.values()))
    assert completed(known) == known
    check(figures)


def test_the_manual_tells_the_truth():
    assert doctest.testmod(statement).failed == doctest.testmod(ratios).failed == 0
