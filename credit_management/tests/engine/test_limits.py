# Part of credit_management. License LGPL-3.0 or later.
"""The recommended limit, method by method and as a whole; guarantees and groups."""

import datetime
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.limits import (
    COMBINATIONS,
    LIMIT_METHODS,
    REASONS,
    Basis,
    Effective,
    Formula,
    Granted,
    Guarantee,
    Recommendation,
    covers,
    effective,
    in_force,
    recommend,
    recommended_terms,
)
from ...engine.position import exceeds

TODAY = datetime.date(2026, 6, 30)
ALL = tuple(LIMIT_METHODS)
KNOWN = Basis(
    net_worth=400_000.0,
    tangible_net_worth=350_000.0,
    working_capital=300_000.0,
    turnover=2_000_000.0,
    forecast=250_000.0,
    tax=0.2,
    terms=60.0,
    repaid=30_000.0,
    peers=(20_000.0, 70_000.0, 50_000.0),
)


def estimate(code, basis, **choices):
    return LIMIT_METHODS[code].estimate(basis, Formula(**choices))


# -- methods


def test_there_are_six_methods_with_a_name_and_help():
    assert set(ALL) == {"net_worth", "working_capital", "tangible", "need", "history", "peers"}
    assert all(method.label and method.help for method in LIMIT_METHODS.values())


@pytest.mark.parametrize(
    ("code", "amount"),
    [
        ("net_worth", 40_000), ("working_capital", 60_000), ("tangible", 100_000), ("history", 30_000),
        ("peers", 50_000),
    ],
)  # fmt: skip
def test_method(code, amount):
    assert estimate(code, KNOWN).amount == pytest.approx(amount)


def test_tangible_net_worth_or_turnover():
    found = estimate("tangible", Basis(tangible_net_worth=80_000, turnover=700_000))
    assert found.amount == pytest.approx(28_000)
    assert found.figures == {
        "tangible_net_worth": 80_000, "tangible_net_worth_share": 0.35, "turnover": 700_000, "turnover_share": 0.05,
    }  # fmt: skip


def test_need():
    found = estimate("need", Basis(forecast=250_000, tax=0.2, terms=60), horizon=360)
    assert found.amount == pytest.approx(50_000)
    assert found.figures == {"forecast": 250_000, "tax": 0.2, "terms": 60, "horizon": 360}


@pytest.mark.parametrize("code", ALL)
def test_unknown_is_unknown(code):
    found = estimate(code, Basis())
    assert (found.amount, found.reason) == (None, "unknown")


def test_half_known_is_unknown_unless_the_known_half_decides():
    assert estimate("tangible", Basis(tangible_net_worth=80_000)).amount is None
    assert estimate("tangible", Basis(turnover=80_000)).amount is None
    found = estimate("tangible", Basis(tangible_net_worth=-1))
    assert (found.amount, found.reason) == (0.0, "negative_net_worth")
    assert estimate("need", Basis(forecast=80_000)).figures == {"forecast": 80_000}
    assert estimate("peers", Basis(peers=(1.0, 2.0))).reason == "few_peers"


@pytest.mark.parametrize(
    ("code", "basis", "reason"),
    [
        ("net_worth", Basis(net_worth=-5.0), "negative_net_worth"),
        ("working_capital", Basis(working_capital=-5.0), "negative_working_capital"),
        ("tangible", Basis(tangible_net_worth=5.0, turnover=0.0), "nothing_sold"),
        ("history", Basis(repaid=0.0), "nothing_on_time"),
        ("need", Basis(forecast=500.0, terms=0.0), "no_need"),
    ],
)
def test_nothing_has_a_reason(code, basis, reason):
    found = estimate(code, basis)
    assert (found.amount, found.reason) == (0.0, reason)
    assert recommend(basis, Formula((code,)), 1.0).reason == reason
    assert reason in REASONS


# -- the recommendation


@pytest.mark.parametrize(("combine", "amount"), [("min", 30_000), ("mean", 55_000), ("median", 50_000)])
def test_combine(combine, amount):
    formula = Formula(ALL, combine, horizon=360)  # 40, 60, 100, 50, 30 and 50 thousand
    assert recommend(KNOWN, formula, 1.0).amount == amount


def test_breakdown_shows_every_step_in_order():
    formula = Formula(
        ("net_worth", "peers"), "mean", cap=50_000, own_equity=400_000, equity_share=0.1, within_need=True, step=3_000
    )
    found = recommend(replace(KNOWN, peers=(), terms=None), formula, 1.5)
    assert [(step.stage, step.code, step.amount, step.reason) for step in found.steps] == [
        ("method", "net_worth", 40_000, ""),
        ("method", "peers", None, "unknown"),
        ("combine", "mean", 40_000, ""),
        ("grade", "factor", 60_000, ""),
        ("cap", "absolute", 50_000, ""),
        ("cap", "equity", 40_000, ""),
        ("cap", "need", 40_000, "unknown"),
        ("round", "down", 39_000, ""),
    ]
    assert found.amount == 39_000
    assert Recommendation.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_too_little_known_recommends_nothing():
    found = recommend(Basis(), Formula(), 1.0)
    assert (found.amount, found.reason) == (None, "few_methods")
    assert recommend(replace(KNOWN, peers=()), Formula(("peers", "need"), least_methods=2), 1.0).amount is None
    assert recommend(KNOWN, Formula(("peers", "need"), least_methods=2), 1.0).amount is not None


def test_without_a_grade_nothing_is_recommended_and_a_grade_may_give_no_credit():
    found = recommend(KNOWN, Formula(), None)
    assert (found.amount, found.reason) == (None, "no_grade")
    found = recommend(KNOWN, Formula(), 0.0)
    assert (found.amount, found.reason) == (0.0, "grade_without_credit")


def test_a_cap_of_zero_leaves_nothing_and_says_so():
    assert recommend(KNOWN, Formula(cap=0.0), 1.0).reason == "capped_at_zero"
    # our own equity below 0 is no reason to recommend a limit below 0
    found = recommend(KNOWN, Formula(own_equity=-1e6, equity_share=0.1), 1.0)
    assert (found.amount, found.reason) == (0.0, "capped_at_zero")


@pytest.mark.parametrize(
    ("net_worth", "step", "amount"),
    [
        (1_234_567, None, 120_000), (9_999_999, None, 990_000), (1_000_000, None, 100_000), (123.45, None, 12.0),
        (1.23, None, 0.12), (1_234_567, 50_000, 100_000), (29_990, 3_000, 0), (30_000, 3_000, 3_000), (2.999, 0.1, 0.2),
    ],
)  # fmt: skip
def test_rounded_down_to_a_step(net_worth, step, amount):
    assert recommend(Basis(net_worth=net_worth), Formula(("net_worth",), step=step), 1.0).amount == amount


def test_a_floats_tail_loses_no_step():
    # 0.7 * 100,000 is a little less than 70,000
    formula = Formula(("net_worth",), net_worth_share=0.7 - 1e-16, step=10_000)
    assert recommend(Basis(net_worth=100_000), formula, 1.0).amount == 70_000


def test_less_than_a_step_is_nothing_and_says_so():
    found = recommend(Basis(net_worth=5_000), Formula(("net_worth",), step=1_000), 1.0)
    assert (found.amount, found.reason) == (0.0, "below_step")


@pytest.mark.parametrize(
    "choices",
    [
        {"methods": ()}, {"methods": ("guess",)}, {"combine": "max"}, {"net_worth_share": -0.1}, {"cap": -1.0},
        {"horizon": 0}, {"step": 0.0}, {"equity_share": 0.1},
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_is_refused(choices):
    with pytest.raises(ValueError):  # noqa: PT011 - any of its messages
        Formula(**choices)


def test_a_negative_factor_is_refused():
    with pytest.raises(ValueError, match="factor"):
        recommend(KNOWN, Formula(), -1.0)


def test_formula_survives_json():
    formula = Formula(ALL, "median", cap=5.0, step=1.0)
    assert Formula.from_json(json.loads(json.dumps({**formula.to_json(), "from_a_later_version": 1}))) == formula


@pytest.mark.parametrize(
    ("ceiling", "asked", "days"), [(60, 30, 30), (30, 60, 30), (0, 30, 0), (None, 45, 45), (30, None, 30), (None,) * 3]
)
def test_terms_up_to_the_ceiling_of_the_grade(ceiling, asked, days):
    assert recommended_terms(ceiling, asked) == days


# -- properties

money = st.integers(-(10**10), 10**10).map(lambda cents: cents / 100)
known = st.none() | money
positive = st.integers(0, 10**10).map(lambda cents: cents / 100)
bases = st.builds(
    Basis, known, known, known, known, st.none() | positive, st.sampled_from([0.0, 0.2]),
    st.none() | st.integers(0, 120).map(float), st.none() | positive, st.lists(positive, max_size=6).map(tuple),
)  # fmt: skip
formulas = st.builds(
    Formula,
    st.lists(st.sampled_from(ALL), min_size=1, unique=True).map(tuple),
    st.sampled_from(list(COMBINATIONS)),
    cap=st.none() | positive,
    own_equity=money,
    equity_share=st.none() | st.sampled_from([0.0, 0.05, 0.5]),
    within_need=st.booleans(),
    step=st.sampled_from([None, 0.01, 1.0, 500.0]),
)
factors = st.sampled_from([0.0, 0.5, 1.0, 1.5])


@given(bases, formulas, factors, st.randoms(use_true_random=False))
def test_order_of_methods_and_peers_does_not_matter(basis, formula, factor, random):
    methods, peers = list(formula.methods), list(basis.peers)
    random.shuffle(methods)
    random.shuffle(peers)
    mixed = recommend(replace(basis, peers=tuple(peers)), replace(formula, methods=tuple(methods)), factor)
    assert mixed.amount == recommend(basis, formula, factor).amount


@given(
    bases,
    formulas,
    factors,
    st.sampled_from([name for name in Basis.__slots__ if name not in ("peers", "tax")]),
    positive,
)
def test_more_never_lowers_it(basis, formula, factor, name, more):
    value = getattr(basis, name)
    if value is None:
        return
    before, after = (
        recommend(basis, formula, factor),
        recommend(replace(basis, **{name: value + more}), formula, factor),
    )
    if after.amount is None:
        # where nothing is owned, what is sold need not be known: it comes to nothing either way
        assert not before.amount
    elif before.amount is not None:
        assert after.amount >= before.amount
        assert recommend(basis, formula, factor + 0.5).amount >= before.amount


@given(bases, formulas, factors)
def test_never_above_a_cap_and_never_negative(basis, formula, factor):
    found = recommend(basis, formula, factor)
    if found.amount is None:
        return
    assert found.amount >= 0
    for step in found.steps:
        if "cap" in step.figures:
            assert not exceeds(found.amount, step.figures["cap"], 0.01)
    before_rounding = found.steps[-2].amount
    assert not exceeds(found.amount, before_rounding, 0.01)
    assert before_rounding - found.amount <= found.steps[-1].figures["step"] * (1 + 1e-9) + 0.005


@given(bases, formulas, factors)
def test_unknown_only_where_every_method_is(basis, formula, factor):
    found = recommend(basis, formula, factor)
    assert {step.reason for step in found.steps} <= {"", *REASONS}
    assert bool(found.reason) == (not found.amount)
    assert (found.amount is None) == all(step.amount is None for step in found.steps if step.stage == "method")
    assert Recommendation.from_json(json.loads(json.dumps(found.to_json()))) == found


@given(bases, formulas, factors)
def test_scales_with_the_currency(basis, formula, factor):
    def times(value):
        return None if value is None else value * 1000

    scaled = replace(
        basis,
        peers=tuple(map(times, basis.peers)),
        **{
            name: times(getattr(basis, name))
            for name in ("net_worth", "tangible_net_worth", "working_capital", "turnover", "forecast", "repaid")
        },
    )
    other = replace(
        formula, cap=times(formula.cap), own_equity=times(formula.own_equity), step=times(formula.step), rounding=10.0
    )
    before, after = recommend(basis, formula, factor).amount, recommend(scaled, other, factor).amount
    assert after == (None if before is None else pytest.approx(before * 1000))


# -- guarantees


def test_a_guarantee_adds_to_the_limit_or_lowers_exposure():
    guarantee = Guarantee(50_000, 0.5)
    assert effective(100_000, 100_000, [guarantee], TODAY) == Effective(125_000, 100_000)
    assert effective(100_000, 100_000, [replace(guarantee, included=True)], TODAY) == Effective(100_000, 75_000)
    assert effective(100_000, 0, [guarantee], TODAY).room == 125_000


def test_zero_and_unlimited_with_guarantees():
    assert effective(0.0, 0.0, [Guarantee(10.0)], TODAY).limit == 10.0
    unlimited = effective(None, 70.0, [Guarantee(10.0)], TODAY)
    assert (unlimited.limit, unlimited.room) == (None, None)
    # a debt falls to 0 at most, and a credit balance stays
    assert effective(0.0, 5.0, [Guarantee(10.0, included=True)], TODAY).exposure == 0.0
    assert effective(0.0, -5.0, [Guarantee(10.0, included=True)], TODAY).exposure == -5.0


@pytest.mark.parametrize(("ago", "covered"), [(-1, 0.0), (0, 10.0), (5, 10.0), (6, 0.0)])
def test_a_guarantee_is_good_from_its_first_to_its_last_day(ago, covered):
    until = TODAY + datetime.timedelta(5)
    day = TODAY + datetime.timedelta(ago)
    assert Guarantee(10.0, valid_from=TODAY, valid_until=until).cover(day) == covered


# -- the limit in force ------------------------------------------------------------------------------

DAY = datetime.date(2026, 6, 15)


def granted(kind="standard", amount=1000.0, start=-100, end=None, **values):
    """A limit whose days count from DAY."""
    day = datetime.timedelta
    return Granted(kind, amount, DAY + day(start), None if end is None else DAY + day(end), **values)


@pytest.mark.parametrize(
    ("limits", "amount", "status", "until"),
    [
        ([], 0.0, "none", None),
        ([granted()], 1000.0, "valid", None),
        ([granted(start=0, end=0)], 1000.0, "valid", 0),
        ([granted(start=1)], 0.0, "none", None),
        ([granted(end=-1)], 1000.0, "expired", -1),
        ([granted(end=-1, revoked=True)], 0.0, "none", None),
        ([granted(end=-10), granted(amount=7.0, start=-9)], 7.0, "valid", None),
        # whoever was revoked has none, whatever there was before
        ([granted(end=-10), granted(start=-9, end=-1, revoked=True)], 0.0, "none", None),
        ([granted(unlimited=True)], 1000.0, "unlimited", None),
        # in its place, for as long as it lasts
        ([granted(), granted("replace", 300.0, -1, 5)], 300.0, "valid", 5),
        ([granted(), granted("replace", 300.0, -9, -1)], 1000.0, "valid", None),
        ([granted(end=-1), granted("replace", 300.0, -1, 5)], 300.0, "valid", 5),
        ([granted("replace", 300.0, -9, -1)], 0.0, "none", None),
        # on top, of whichever holds, and of nothing where there is none
        ([granted(), granted("top_up", 300.0, -1, 5)], 1300.0, "valid", 5),
        ([granted(end=3), granted("top_up", 300.0, -1, 5)], 1300.0, "valid", 3),
        ([granted(), granted("replace", 50.0, 0, 9), granted("top_up", 300.0, -1, 5)], 350.0, "valid", 5),
        ([granted("top_up", 300.0, -1, 5)], 0.0, "none", None),
        ([granted(end=-1), granted("top_up", 300.0, -1, 5)], 1300.0, "expired", -1),
        ([granted(unlimited=True), granted("top_up", 300.0, -1, 5)], 1000.0, "unlimited", None),
    ],
)
def test_in_force(limits, amount, status, until):
    result = in_force(limits, DAY)
    assert (result.amount, result.status) == (amount, status)
    assert in_force(reversed(limits), DAY) == result
    if until is not None and status == "valid":
        assert result.until == DAY + datetime.timedelta(until)


amounts = st.integers(0, 10**6).map(lambda cents: cents / 100)


@given(st.lists(st.builds(Guarantee, amounts, st.integers(0, 100).map(lambda p: p / 100), st.booleans())), st.randoms())
def test_the_order_of_guarantees_does_not_matter(guarantees, random):
    shuffled = random.sample(guarantees, len(guarantees))
    assert covers(guarantees, DAY) == covers(shuffled, DAY)
