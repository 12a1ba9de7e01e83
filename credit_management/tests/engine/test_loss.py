# Part of credit_management. License LGPL-3.0 or later.
"""Expected loss, the scale of default probability, and the provision matrix."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.loss import (
    QUALITY_STEPS,
    Reach,
    bucket,
    expected_loss,
    loss_rates,
    one_year_pd,
    provision,
    quality_step,
    reach,
    three_year_pd,
)
from ...engine.payment import portion

TODAY = datetime.date(2026, 6, 30)
REACHED = (100_000.0, 50_000.0, 23_000.0, 8_000.0, 2_000.0)
BALANCES = (300_000.0, 140_000.0, 60_000.0, 23_000.0, 5_000.0)


def day(number):
    return TODAY + datetime.timedelta(number)


def test_expected_loss():
    assert expected_loss(0.02, 0.45, 10_000_000, 0.01) == 90_000
    assert expected_loss(0.02, 0.45, -500.0, 0.01) == 0.0


@pytest.mark.parametrize(("rounding", "loss"), [(0.01, 123.46), (1.0, 123.0), (0.001, 123.457), (0.05, 123.45)])
def test_expected_loss_is_an_amount_of_its_currency(rounding, loss):
    assert expected_loss(0.5, 0.5, 493.8272, rounding) == loss


@pytest.mark.parametrize(("pd", "lgd"), [(2.0, 0.45), (0.02, 45.0), (-0.01, 0.45), (float("nan"), 0.45)])
def test_percent_is_not_taken_for_a_fraction(pd, lgd):
    with pytest.raises(ValueError, match="0 to 1"):
        expected_loss(pd, lgd, 100.0, 0.01)


# -- the scale


def test_one_year_of_three():
    assert one_year_pd(0.075) == pytest.approx(0.02565, abs=0.000005)
    assert (one_year_pd(0.0), one_year_pd(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("percent", "step"),
    [
        (0, 1), (0.16, 1), (0.164, 1), (0.165, 2), (0.17, 2), (0.54, 2), (0.55, 3), (2.39, 3), (2.40, 4), (3, 4),
        (10.99, 4), (11, 5), (26.49, 5), (26.5, 6), (100, 6),
    ],
)  # fmt: skip
def test_quality_step(percent, step):
    assert quality_step(percent / 100) == step


def test_every_benchmark_is_in_its_step():
    for step in QUALITY_STEPS:
        assert {quality_step(step.benchmark), quality_step(step.lower), quality_step(step.upper)} == {step.step}


fractions = st.integers(0, 10_000).map(lambda part: part / 10_000)


@given(fractions, fractions)
def test_the_scale_keeps_order_and_turns_back(one, other):
    low, high = sorted((one, other))
    assert one_year_pd(low) <= one_year_pd(high)
    assert quality_step(low) <= quality_step(high)
    assert one_year_pd(high) <= high
    assert three_year_pd(one_year_pd(high)) == pytest.approx(high)


# -- the matrix


def test_provision_matrix():
    rates = loss_rates(REACHED, 2_000.0)
    assert [round(100 * rate, 1) for rate in rates] == [2.0, 4.0, 8.7, 25.0, 100.0]
    found = provision(BALANCES, rates)
    assert round(found.total) == 27_567
    assert [round(amount) for amount in found.amounts] == [6_000, 5_600, 5_217, 5_750, 5_000]


def test_an_unknown_rate_matters_only_where_there_is_a_balance():
    rates = loss_rates((100.0, 10.0, 0.0), 0.0)
    assert rates == (0.0, 0.0, None)
    assert provision((50.0, 5.0, 0.0), rates).total == 0.0
    found = provision((50.0, 5.0, 1.0), rates)
    assert (found.amounts, found.total) == ((0.0, 0.0, None), None)


def test_outlook_moves_the_rates_up_to_all():
    assert provision((100.0, 100.0), (0.10, 0.90), outlook=1.2).amounts == (pytest.approx(12.0), 100.0)
    assert provision((100.0, -40.0), (0.10, 0.90)).amounts == (10.0, 0.0)


@pytest.mark.parametrize(("reached", "unpaid"), [((10.0, 20.0), 0.0), ((10.0, 5.0), 6.0), ((10.0, -1.0), -2.0)])
def test_a_history_that_cannot_be_is_refused(reached, unpaid):
    with pytest.raises(ValueError, match="fall"):
        loss_rates(reached, unpaid)


def test_a_matrix_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="zip"):
        provision((1.0, 2.0), (0.5,))
    with pytest.raises(ValueError, match="outlook"):
        provision((1.0,), (0.5,), outlook=-1.0)
    with pytest.raises(ValueError, match="ascend"):
        bucket(5, (30, 30))


@pytest.mark.parametrize(("late", "number"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (90, 3), (91, 4)])
def test_bucket(late, number):
    assert bucket(late) == number


def test_reach():
    portions = [
        portion(100.0, day(-300), day(-200), day(-205)),  # in time
        portion(50.0, day(-300), day(-200), day(-170)),  # 30 days late
        portion(20.0, day(-300), day(-200), day(-139)),  # 61
        portion(10.0, day(-300), day(-200), day(-50)),  # 150, but paid
        portion(5.0, day(-300), day(-200)),  # never
        portion(7.0, day(-300), day(-91), day(1)),  # not yet, as of today
        portion(999.0, day(-300), day(-90)),  # may still be paid before the last bucket
        portion(-40.0, day(-300), day(-200)),
    ]
    assert reach(portions, TODAY) == Reach((192.0, 92.0, 42.0, 42.0, 22.0), 12.0)
    assert reach(portions, TODAY, since=day(-100)).reached[0] == 7.0
    assert reach(portions[:2], TODAY, bounds=(0, 29)) == Reach((150.0, 50.0, 50.0), 0.0)


money = st.integers(0, 10**9).map(lambda cents: cents / 100)


@given(st.lists(st.tuples(money, fractions), max_size=6), st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_provision_is_within_the_balance_and_grows_with_it(lines, outlook):
    balances, rates = [line[0] for line in lines], [line[1] for line in lines]
    found = provision(balances, rates, outlook)
    assert 0 <= found.total <= sum(balances) * (1 + 1e-9)
    assert all(0 <= amount <= balance for amount, balance in zip(found.amounts, balances, strict=True))
    assert provision([balance + 1 for balance in balances], rates, outlook).total >= found.total


histories = st.lists(
    st.builds(
        lambda amount, issued, terms, took: portion(
            amount, day(-issued), day(terms - issued), None if took is None else day(took - issued)
        ),
        money, st.integers(0, 900), st.integers(0, 90), st.none() | st.integers(0, 400),
    ),
    max_size=20,
)  # fmt: skip


@given(histories)
def test_less_reaches_each_bucket_and_the_rates_rise(portions):
    history = reach(portions, TODAY)
    assert list(history.reached) == sorted(history.reached, reverse=True)
    assert history.unpaid <= history.reached[-1] * (1 + 1e-9)
    rates = [rate for rate in loss_rates(history.reached, history.unpaid) if rate is not None]
    assert rates == sorted(rates)


@given(money.filter(bool), st.integers(-50, 300))
def test_an_item_stands_in_the_last_bucket_that_it_reached(amount, late):
    reached = reach([portion(amount, day(-700), day(-600), day(late - 600))], TODAY).reached
    assert sum(value > 0 for value in reached) - 1 == bucket(late)
