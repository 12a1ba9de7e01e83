# Part of credit_management. License LGPL-3.0 or later.
"""Ratios: the published cases, unknown figures, scale, and the sign tricks that flatter bad firms."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.ratios import OFF_SCALE, RATIOS, missing, ratios
from ...engine.statement import LINES, Statement
from .test_statement import BALANCE, INCOME, anything

END = datetime.date(2025, 12, 31)
FIRM = BALANCE | INCOME | {
    "depreciation": 35.0, "operating_cash_flow": 90.0, "capital_expenditure": 40.0,
}  # fmt: skip


def value(code, figures, previous=None, months=12):
    before = None if previous is None else Statement(END.replace(year=2024), previous, months)
    return ratios(Statement(END, figures, months), before, [code])[code]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("current_ratio", 2.0),
        ("quick_ratio", 1.25),
        ("cash_ratio", 0.25),
        ("working_capital", 200.0),
        ("working_capital_share", 20.0),
        ("current_debt_to_net_worth", 0.5),
        ("debt_to_net_worth", 1.5),
        ("fixed_assets_to_net_worth", 1.25),
        ("debt_ratio", 60.0),
        ("equity_ratio", 40.0),
        ("tangible_net_worth", 340.0),
        ("interest_cover", 6.0),
        ("debt_to_ebitda", 430 / 155),
        ("cash_flow_to_debt", 110 / 6),
        ("operating_cash_flow_ratio", 45.0),
        ("cash_flow_margin", 6.0),
        ("free_cash_flow", 50.0),
        ("gross_margin", 400 / 15),
        ("operating_margin", 8.0),
        ("net_margin", 5.0),
        ("return_on_assets", 7.5),
        ("return_on_equity", 18.75),
        ("asset_turnover", 1.5),
        ("collection_period", 200 / (1500 / 365)),
        ("inventory_days", 130 / (1100 / 365)),
        ("payable_days", 100 / (1100 / 365)),
        ("cash_conversion_cycle", 200 / (1500 / 365) + 30 / (1100 / 365)),
        ("payables_to_sales", 100 / 15),
        ("sales_to_working_capital", 7.5),
        ("revenue_growth", None),
        ("profit_growth", None),
        ("z_private", 2.46264),
        ("z_double", 3.4704),
        ("z_emerging", 6.7204),
    ],
)
def test_every_ratio_of_one_firm(code, expected):
    assert value(code, FIRM) == (expected if expected is None else pytest.approx(expected, abs=1e-9))


def test_every_ratio_has_a_case_above_and_says_what_it_is():
    cases = {case[0] for case in test_every_ratio_of_one_firm.pytestmark[0].args[1]}
    assert cases == set(RATIOS)
    for ratio in RATIOS.values():
        assert ratio.label
        assert ratio.help
        assert ratio.source
        assert ratio.direction in (-1, 0, 1)


@pytest.mark.parametrize(
    ("code", "score", "zone"),
    [
        ("z_private", 2.46264, "grey"),
        ("z_private", 2.9, "grey"),
        ("z_private", 2.901, "safe"),
        ("z_private", 1.23, "grey"),
        ("z_private", 1.229, "distress"),
        ("z_double", 3.4704, "safe"),
        ("z_double", 1.09, "distress"),
        ("z_double", 2.6, "grey"),
        ("z_emerging", 5.86, "safe"),
        ("z_emerging", 4.34, "distress"),
        ("z_emerging", None, None),
        ("current_ratio", 2.0, None),
    ],
)
def test_zones(code, score, zone):
    assert RATIOS[code].zone(score) == zone


def test_notes_count_as_receivables_and_payables_where_they_are_stated():
    split = FIRM | {"receivables": 150.0, "notes_receivable": 50.0, "payables": 60.0, "notes_payable": 40.0}
    assert ratios(Statement(END, split)) == ratios(Statement(END, FIRM))


def test_a_half_year_stands_beside_a_year():
    flows = {code for code, line in LINES.items() if line.flow}
    half = {code: figure / 2 if code in flows else figure for code, figure in FIRM.items()}
    year, six = ratios(Statement(END, FIRM)), ratios(Statement(END, half, months=6))
    assert six == pytest.approx(year, nan_ok=False)


def test_growth_and_averages_need_a_comparable_year_before():
    before = FIRM | {"revenue": 1200.0, "cost_of_sales": 830.0, "tangible_assets": 300.0, "other_equity": -150.0}
    assert value("revenue_growth", FIRM, before) == pytest.approx(25.0)
    assert value("return_on_assets", FIRM, before) == pytest.approx(75 / 900 * 100)
    assert value("return_on_equity", FIRM, before) == pytest.approx(75 / 300 * 100)
    assert value("asset_turnover", FIRM, before) == pytest.approx(1500 / 900)
    half = Statement(datetime.date(2025, 6, 30), before, 6)
    assert ratios(Statement(END, FIRM), half) == ratios(Statement(END, FIRM))


@pytest.mark.parametrize(
    ("now", "before", "growth"),
    [(150, 100, 50.0), (-50, 100, -150.0), (50, -100, None), (-50, -100, None), (-150, -100, -50.0), (-1, 0, -999.0),
     (0, 0, None)],
)  # fmt: skip
def test_profit_growth_after_a_loss_is_no_growth(now, before, growth):
    assert value("profit_growth", {"net_profit": now}, {"net_profit": before}) == growth


# -- what is unknown, and what must not look good ----------------------------------------------------


def test_unknown_is_said_and_explained():
    thin = Statement(END, {"revenue": 100.0, "total_assets": 100.0, "total_liabilities": 60.0})
    assert missing("debt_ratio", thin) == ()
    assert missing("net_margin", thin) == ("net_profit",)
    assert missing("tangible_net_worth", thin) == ("intangible_assets",)
    assert missing("quick_ratio", thin) == ("cash", "receivables", "total_current_liabilities")
    assert missing("interest_cover", thin) == ("ebit", "interest_expense")
    assert missing("revenue_growth", thin) == ("previous",)
    assert missing("revenue_growth", thin, Statement(END.replace(year=2024), {"cash": 1.0})) == ("previous.revenue",)


def test_nothing_to_measure_against_is_unknown():
    assert value("current_ratio", FIRM | {"total_current_liabilities": 0.0}) is None
    assert value("interest_cover", FIRM | {"interest_expense": 0.0}) is None
    assert value("net_margin", {"net_profit": -5.0, "revenue": 0.0}) is None
    assert value("z_double", FIRM | {"total_liabilities": 0.0}) is None


def test_net_finance_costs_stand_in_for_interest():
    figures = {"ebit": 120.0, "finance_costs": 30.0}
    assert value("interest_cover", figures) == 4.0
    assert value("interest_cover", figures | {"finance_costs": -3.0}) is None


@pytest.mark.parametrize("equity", [0.0, -1.0, -1e6])
def test_no_net_worth_is_the_worst_of_the_scale(equity):
    broke = {"total_equity": equity, "total_liabilities": 600.0, "total_current_liabilities": 0.0, "net_profit": -50.0}
    assert value("debt_to_net_worth", broke) == OFF_SCALE
    assert value("current_debt_to_net_worth", broke) == OFF_SCALE
    assert value("return_on_equity", broke) == -OFF_SCALE
    assert value("return_on_equity", broke | {"net_profit": 50.0}) == -OFF_SCALE


def test_other_tricks_of_signs():
    loss = {"ebit": -100.0, "net_profit": -100.0, "depreciation": 10.0, "operating_cash_flow": -5.0}
    assert value("interest_cover", loss | {"interest_expense": 1.0}) == 0.0
    assert value("cash_flow_to_debt", loss | {"total_liabilities": 1e6}) == 0.0
    assert value("operating_cash_flow_ratio", loss | {"total_current_liabilities": 1e6}) == 0.0
    assert value("debt_to_ebitda", loss | {"short_term_debt": 1.0, "long_term_debt": 0.0}) == OFF_SCALE
    assert value("collection_period", {"receivables": 10.0, "revenue": 0.0}) == OFF_SCALE
    assert value("debt_ratio", {"total_liabilities": -10.0, "total_assets": 100.0}) is None
    assert value("sales_to_working_capital", {"revenue": 10.0, "total_current_assets": 1.0,
                                              "total_current_liabilities": 2.0}) == OFF_SCALE  # fmt: skip


@given(anything, anything, st.sampled_from([3, 6, 12]))
def test_it_never_fails_and_stays_on_the_scale(figures, previous, months):
    before = Statement(END.replace(year=2024), previous, months)
    for code, result in ratios(Statement(END, figures, months), before).items():
        assert result is None or math.isfinite(result)
        assert result is None or RATIOS[code].unit == "amount" or abs(result) <= OFF_SCALE


amounts = st.integers(-(10**6), 10**6).map(float)
firms = st.dictionaries(st.sampled_from(sorted(LINES)), amounts)


@given(firms, firms, st.sampled_from([2.0**-10, 0.5, 2.0, 1024.0, 2.0**20]))
def test_currency_and_unit_fall_out(figures, previous, scale):
    def scaled(values):
        return {code: figure * scale for code, figure in values.items()}

    year = END.replace(year=2024)
    plain = ratios(Statement(END, figures), Statement(year, previous))
    other = ratios(Statement(END, scaled(figures)), Statement(year, scaled(previous)))
    for code, ratio in RATIOS.items():
        if ratio.unit == "amount" and plain[code] is not None:
            assert other[code] == plain[code] * scale
        else:
            assert other[code] == plain[code]


@given(firms, st.sampled_from(sorted(LINES)))
def test_unknown_stays_unknown(figures, code):
    """Forgetting a figure makes ratios unknown, or known from others; it never passes as a 0."""
    without = {key: figure for key, figure in figures.items() if key != code}
    forgotten = ratios(Statement(END, without | {code: None}))
    assert forgotten == ratios(Statement(END, without))
    assert all(result is None for result in ratios(Statement(END, {})).values())


positive = st.integers(1, 10**6).map(float)
solid = st.fixed_dictionaries(
    {
        "total_current_assets": positive, "total_assets": positive, "total_current_liabilities": positive,
        "total_liabilities": positive, "short_term_debt": positive, "long_term_debt": positive,
        "interest_expense": positive, "ebit": amounts, "net_profit": amounts, "depreciation": positive,
        "operating_cash_flow": amounts, "retained_earnings": amounts, "revenue": positive, "tangible_assets": positive,
    }
)  # fmt: skip


@given(solid, positive)
def test_owing_more_never_looks_better(figures, more):
    """Debts that grow at equity's expense, with everything else as it was."""
    worse = figures | {code: figures[code] + more for code in (
        "total_liabilities", "total_current_liabilities", "short_term_debt", "interest_expense",
    )}  # fmt: skip
    before, after = ratios(Statement(END, figures)), ratios(Statement(END, worse))
    for code, ratio in RATIOS.items():
        # a profit over less equity is the one that leverage does flatter, as long as there is equity
        if ratio.direction and before[code] is not None and code != "return_on_equity":
            assert after[code] is not None, code
            assert (after[code] - before[code]) * ratio.direction <= 1e-9, code


@given(solid, positive)
def test_earning_less_never_looks_better(figures, less):
    worse = figures | {code: figures[code] - less for code in ("ebit", "net_profit", "operating_cash_flow")}
    before, after = ratios(Statement(END, figures)), ratios(Statement(END, worse))
    for code, ratio in RATIOS.items():
        if ratio.direction and before[code] is not None:
            assert after[code] is not None, code
            assert (after[code] - before[code]) * ratio.direction <= 1e-9, code
