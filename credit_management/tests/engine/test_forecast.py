# Part of credit_management. License LGPL-3.0 or later.
"""When a customer will pay, and what he will owe: estimates from open and paid items, conservation, order."""

import datetime
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.forecast import (
    GRID,
    NOTHING_KNOWN,
    WEEKS,
    Deal,
    Item,
    Lateness,
    Observation,
    Usual,
    forecast,
    lateness,
    observations,
    pooled,
    usual,
)
from ...engine.payment import portion

TODAY = datetime.date(2026, 6, 30)
# pays ten days late, always
TEN_LATE = Lateness((10,), (1.0,))
HALF = Lateness((0, 20), (0.5, 1.0))


def day(number):
    return TODAY + datetime.timedelta(number)


# -- how late


def test_nothing_known_is_the_prior():
    assert lateness([]) == NOTHING_KNOWN
    assert NOTHING_KNOWN.quantile(0.5) == 0


def test_quantiles():
    assert (HALF.by(-1), HALF.by(0), HALF.by(19), HALF.by(20)) == (0.0, 0.5, 0.5, 1.0)
    assert (HALF.quantile(0.1), HALF.quantile(0.5), HALF.quantile(0.51), HALF.quantile(1.0)) == (0, 0, 20, 20)
    # an item that is open five days after its due date is paid on the twentieth
    assert HALF.quantile(0.1, after=5) == 20
    # what is open later than anybody ever paid is not expected any more
    assert HALF.quantile(0.1, after=20) is None
    assert Lateness((0,), (0.4,)).quantile(0.5) is None


def test_open_items_say_that_lateness_goes_beyond_them():
    """Kaplan and Meier by hand: of four, one is paid at 0, one is open at 5, one paid at 10, one at 20."""
    seen = [Observation(0, 1, True), Observation(5, 1, False), Observation(10, 1, True), Observation(20, 1, True)]
    found = lateness(seen, NOTHING_KNOWN, 1e-12)
    assert found.days[:1] == (0,)
    assert (found.by(0), found.by(10), found.by(20)) == pytest.approx((0.25, 0.625, 1.0), abs=1e-6)
    blind = lateness([each for each in seen if each.paid], NOTHING_KNOWN, 1e-12)
    assert blind.by(10) > found.by(10)


def test_thin_history_leans_on_the_prior_and_a_long_one_does_not():
    prior = Lateness((30,), (1.0,))
    shares = [lateness([Observation(0, 1, True)] * number, prior).by(0) for number in (0, 1, 4, 99)]
    assert shares == pytest.approx([0.0, 0.5, 0.8, 0.99])


def test_observations_are_what_was_known_on_the_day():
    portions = [
        portion(100.0, day(-60), day(-30), day(-20)),
        portion(100.0, day(-60), day(-30), day(1)),  # paid tomorrow: open today
        portion(100.0, day(-60), day(-30)),
        portion(100.0, day(1), day(31)),  # issued tomorrow
        portion(25.0, day(-10), day(20), invoice_amount=100.0),
    ]
    assert observations(portions, TODAY, half_life=20) == [
        Observation(10, 0.5, True),
        Observation(30, 1.0, False),
        Observation(30, 1.0, False),
        Observation(-20, 0.25, False),
    ]


def test_of_many_customers_each_counts_once():
    many = [Observation(0, 1.0, True)] * 99
    assert lateness(pooled([many, [Observation(40, 1.0, True)], []]), weight=1e-9).by(0) == pytest.approx(0.5)


def test_coarse_keeps_mass_and_mean():
    fine = lateness([Observation(number, 1.0, True) for number in range(-70, 200)], weight=1e-9)
    coarse = fine.coarse()
    assert len(coarse.days) <= len(GRID) + 1
    assert coarse.paid[-1] == pytest.approx(fine.paid[-1])
    mean, before = (sum(number * mass for number, mass in each.masses) for each in (coarse, fine))
    assert mean == pytest.approx(before, abs=0.5)


seen_items = st.lists(
    st.builds(Observation, st.integers(-40, 150), st.floats(0.05, 1.0), st.booleans()), max_size=12
)


@given(seen_items, st.integers(-60, 200))
def test_a_distribution_rises_to_one_at_most(seen, number):
    found = lateness(seen)
    assert list(found.days) == sorted(set(found.days))
    assert list(found.paid) == sorted(found.paid)
    assert 0.0 <= found.by(number) <= found.by(number + 1) <= 1.0
    low, middle, high = (found.quantile(share, number) for share in (0.1, 0.5, 0.9))
    order = [each for each in (low, middle, high) if each is not None]
    assert order == sorted(order)
    assert all(each > number for each in order)


@given(seen_items, st.integers(-40, 150))
def test_one_who_pays_later_is_expected_later(seen, days):
    """Another prompt payment makes nobody look later."""
    earliest = min([-41, *(each.days for each in seen)])
    assert lateness([*seen, Observation(earliest, 1.0, True)]).by(days) >= lateness(seen).by(days) - 1e-9


# -- what is usual


def test_usual_business():
    weekly = [portion(700.0, day(-7 * week), day(30 - 7 * week)) for week in range(26)]
    assert usual(weekly, TODAY) == Usual(700.0, 0.0)
    assert usual([], TODAY) is None
    assert usual([portion(100.0, day(-50), day(-20))], TODAY) is None  # seven weeks tell nothing yet
    mean, deviation = usual([portion(800.0, day(-56), day(-26))], TODAY)
    assert (mean, deviation) == (0.0, 0.0)  # nothing in the eight weeks after his first invoice
    mean, deviation = usual([portion(900.0, day(-63), day(-30)), portion(900.0, day(-1), day(30))], TODAY)
    assert (mean, deviation) == pytest.approx((100.0, 282.8427))


# -- exposure


def test_an_item_is_paid_when_its_customer_pays():
    found = forecast(TODAY, [Item(1000.0, 5)], TEN_LATE)  # due on the 5th day, paid on the 15th
    assert found.exposure == (1000.0, 1000.0, 1000.0, *[0.0] * (WEEKS - 2))
    assert found.cash == (0.0, 0.0, 1000.0, *[0.0] * (WEEKS - 3))
    assert found.low == found.high == found.known == found.exposure
    assert found.days[0] == TODAY
    assert found.days[-1] == day(91)


def test_what_is_open_already_is_judged_by_what_is_left():
    # one half pays on the due date: who has not, pays on the 20th day, which is in 15 days
    found = forecast(TODAY, [Item(1000.0, -5)], HALF)
    assert found.exposure[:4] == (1000.0, 1000.0, 1000.0, 0.0)
    # later than anybody ever was: not expected
    assert forecast(TODAY, [Item(1000.0, -25)], HALF).exposure == (1000.0,) * (WEEKS + 1)


def test_the_band():
    found = forecast(TODAY, [Item(1000.0, 0), Item(500.0, 7)], Lateness((0, 3, 17, 30), (0.05, 0.5, 0.85, 1.0)))
    # in one of ten cases all is paid 3 days late, in nine of ten 30
    assert found.low[:4] == (1500.0, 500.0, 0.0, 0.0)
    assert found.high[:7] == (1500.0,) * 5 + (500.0, 0.0)
    assert found.exposure[1] == pytest.approx(1000 * 0.5 / 0.95 + 500 * 0.95)


def test_disputed_items_stay_and_credits_are_deducted_first():
    found = forecast(TODAY, [Item(-300.0, -40), Item(100.0, 20), Item(400.0, -2), Item(50.0, None)], TEN_LATE)
    assert (found.exposure[0], found.exposure[-1]) == (250.0, 50.0)
    assert found.cash[1] == 100.0  # what the credit leaves of the older item
    assert found.cash[4] == 100.0
    assert forecast(TODAY, [Item(-300.0, -40), Item(100.0, 20)], TEN_LATE).exposure == (-200.0,) * (WEEKS + 1)


def test_usual_business_builds_up_to_what_terms_and_lateness_hold():
    # 100 a week, due after 18 days, paid on the 28th: four weeks' business are always open
    found = forecast(TODAY, [], TEN_LATE, delay=18, usually=Usual(100.0, 0.0))
    assert found.exposure == (0.0, 100.0, 200.0, 300.0, *[400.0] * (WEEKS - 3))
    assert found.known == (0.0,) * (WEEKS + 1)
    assert found.new == (100.0,) * WEEKS
    assert found.cash == (0.0,) * 4 + (100.0,) * (WEEKS - 4)


def test_the_pipeline_counts_by_its_probability():
    found = forecast(TODAY, [], TEN_LATE, delay=200, deals=[Deal(1000.0, 0.4, 8), Deal(500.0, 0.95, 15)])
    assert found.exposure[:4] == pytest.approx((0.0, 0.0, 400.0, 875.0))
    assert found.low[3] == 500.0
    assert found.high[3] == 1500.0


@pytest.mark.parametrize(
    ("ceiling", "breach"),
    [(350.0, 25), (400.0, None), (399.99, 28), (0.0, 1), (None, None), (-1.0, 0)],
)  # fmt: skip
def test_the_day_on_which_the_limit_is_reached(ceiling, breach):
    found = forecast(TODAY, [], TEN_LATE, delay=18, usually=Usual(100.0, 0.0), ceilings=[(0, ceiling)])
    assert found.breach == (None if breach is None else day(breach))
    assert found.known_breach == (day(0) if ceiling == -1.0 else None)


def test_a_limit_that_ends():
    found = forecast(TODAY, [Item(500.0, 60)], TEN_LATE, ceilings=[(0, 1000.0), (10, 0.0), (30, None)])
    assert found.breach == found.known_breach == day(10)
    assert found.ceilings[:6] == (1000.0, 1000.0, 0.0, 0.0, 0.0, None)
    assert forecast(TODAY, [Item(500.0, -20)], HALF).breach is None  # nothing limits it


amounts = st.integers(-50_000, 100_000).map(float)
items = st.lists(st.builds(Item, amounts, st.none() | st.integers(-120, 120)), max_size=8)
deals = st.lists(
    st.builds(Deal, st.integers(1, 9_999).map(float), st.floats(0.0, 1.0), st.integers(1, 120)), max_size=3
)
business = st.none() | st.builds(Usual, st.floats(0.0, 5_000.0), st.floats(0.0, 5_000.0))
payers = seen_items.map(lateness)


@given(items, payers, business, deals, st.integers(0, 90))
def test_conservation_and_band(owed, pays, usually, maybe, delay):
    found = forecast(TODAY, owed, pays, usually=usually, deals=maybe, delay=delay)
    assert found.exposure[0] == pytest.approx(sum(item.amount for item in owed), abs=1e-6)
    for week in range(WEEKS):
        flow = found.exposure[week] + found.new[week] - found.cash[week]
        assert found.exposure[week + 1] == pytest.approx(flow, abs=1e-6)
        assert found.cash[week] >= -1e-6
        assert found.known[week + 1] <= found.known[week] + 1e-6
    for low, expected, high, known in zip(found.low, found.exposure, found.high, found.known, strict=True):
        assert low <= expected <= high
        assert known <= expected + 1e-6


@given(items, payers, business, st.integers(0, 60))
def test_same_input_same_forecast(owed, pays, usually, delay):
    one, other = (forecast(TODAY, owed, pays, usually=usually, delay=delay) for _time in range(2))
    assert astuple(one) == astuple(other)


to_come = st.builds(Item, st.integers(1, 9_999).map(float), st.integers(60, 120))


@given(st.lists(to_come, max_size=5), st.integers(0, 90))
def test_who_pays_later_owes_more(owed, shift):
    base = Lateness((-30, 0, 15), (0.2, 0.6, 0.95))
    later = Lateness(tuple(number + shift for number in base.days), base.paid)
    one, other = forecast(TODAY, owed, base), forecast(TODAY, owed, later)
    for name in ("exposure", "low", "high", "known"):
        assert all(a <= b + 1e-6 for a, b in zip(getattr(one, name), getattr(other, name), strict=True))
    assert sum(one.cash) >= sum(other.cash) - 1e-6


@given(items, business, st.integers(1, 200_000), st.integers(0, 100_000))
def test_a_higher_limit_is_never_reached_sooner(owed, usually, ceiling, more):
    def breach(limit):
        return forecast(TODAY, owed, HALF, delay=30, usually=usually, ceilings=[(0, float(limit))]).breach

    found = forecast(TODAY, owed, HALF, delay=30, usually=usually, ceilings=[(0, float(ceiling))])
    if found.breach:
        assert found.early_breach <= found.breach
        assert found.known_breach is None or found.breach <= found.known_breach
    low, high = breach(ceiling), breach(ceiling + more)
    assert high is None or (low is not None and low <= high)


@given(items, items, payers)
def test_forecasts_of_debts_add_up(one, other, pays):
    one, other = ([item for item in each if item.amount > 0] for each in (one, other))
    parts = [forecast(TODAY, each, pays).exposure for each in (one, other)]
    together = forecast(TODAY, one + other, pays).exposure
    assert together == pytest.approx([a + b for a, b in zip(*parts, strict=True)])
