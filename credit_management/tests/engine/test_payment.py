# Part of credit_management. License LGPL-3.0 or later.
"""How a customer pays, as known on a day; the index and its anchors; days outstanding."""

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.payment import (
    CURVE,
    HABITS,
    Behaviour,
    Curve,
    average_days_delinquent,
    behaviour,
    behaviours,
    best_possible_dso,
    by_month,
    collection_effectiveness,
    count_back_dso,
    curve,
    dso,
    habit,
    period_days,
    portion,
    repaid_on_time,
    sales_figures,
)

TODAY = datetime.date(2026, 6, 30)


def day(number):
    return TODAY + datetime.timedelta(number)


def paid(late, amount=100.0, due=-200, terms=30, **values):
    """A portion due ``due`` days from today and settled ``late`` days after that."""
    return portion(amount, day(due - terms), day(due), day(due + late), **values)


def unpaid(due, amount=100.0, terms=30, **values):
    return portion(amount, day(due - terms), day(due), **values)


# -- the index


@pytest.mark.parametrize(
    ("late", "points"),
    [
        (-90, 100), (-30, 100), (-25, 95), (-20, 90), (0, 80), (15, 70), (22, 60), (30, 50), (33, 49), (48, 44),
        (60, 40), (90, 30), (120, 20), (999, 20),
    ],
)  # fmt: skip
def test_index_goes_through_the_anchors(late, points):
    assert CURVE.points(late) == points
    assert behaviour([paid(late, due=-1000, terms=100)], day(late - 1000)).index == points


def test_index_is_within_one_of_the_published_chart():
    assert CURVE.points(23) == pytest.approx(59, abs=1)


def test_the_anchor_of_70_points_is_a_choice():
    assert (curve(14).points(14), curve(15).points(14)) == (70.0, pytest.approx(70.667, abs=0.001))
    assert behaviour([paid(14)], TODAY, by=curve(14)).index == 70.0


@pytest.mark.parametrize(
    "anchors", [(), ((0, 80.0),), ((0, 80.0), (0, 70.0)), ((0, 50.0), (10, 60.0)), ((0, 101.0), (10, 60.0))]
)
def test_a_curve_that_cannot_be_is_refused(anchors):
    with pytest.raises(ValueError):  # noqa: PT011 - any of its messages
        Curve(anchors)


def test_index_by_amount():
    assert behaviour([paid(0), paid(0), paid(0), paid(30)], TODAY).index == 72.5
    assert behaviour([paid(0, 300.0), paid(30, 100.0)], TODAY).index == 72.5


# -- what counts


def test_nothing_known_is_unknown():
    assert behaviour([], TODAY) == Behaviour()
    assert behaviour([unpaid(0), unpaid(10)], TODAY).index is None  # open and not overdue says nothing
    assert behaviour([paid(0, due=10)], day(-21)) == Behaviour()  # issued the day after
    # paid in advance, and invoiced tomorrow
    assert behaviour([portion(100.0, day(1), day(30), day(-1))], TODAY) == Behaviour()
    assert behaviour([paid(0, amount=0.0), paid(0, amount=-50.0)], TODAY) == Behaviour()


def test_only_what_was_known_that_day_counts():
    late = [paid(40, due=-100)]  # settled 60 days ago
    assert behaviour(late, day(-61)).days_late == 39  # it was open, and as late as that so far
    assert behaviour(late, day(-61)).settled == 0
    assert behaviour(late, day(-60)).days_late == 40
    assert behaviour(late, day(-60)).settled == 1
    assert behaviour(late, TODAY).days_late == 40
    assert behaviour(late, day(-100)).days_late is None


def test_paid_before_it_is_due_counts_at_once():
    assert behaviour([paid(-20, due=10)], day(-10)).index == 90.0
    assert behaviour([paid(-20, due=10)], day(-11)).index is None


def test_an_old_debt_does_not_vanish_by_being_ignored():
    found = behaviour([unpaid(-1500)], TODAY)
    assert (found.index, found.worst_days_late) == (20.0, 1500)
    # due long ago, paid within the period
    assert behaviour([paid(1400, due=-1500)], TODAY).worst_days_late == 1400
    assert behaviour([paid(10, due=-1500)], TODAY).index is None


def test_the_period_is_in_calendar_months():
    leap = datetime.date(2028, 2, 29)
    edge = [portion(1.0, datetime.date(2027, 1, 1), due, due) for due in (datetime.date(2027, 2, 28),)]
    assert behaviour(edge, leap, months=12).index is None
    assert behaviour(edge, leap - datetime.timedelta(1), months=12).index is None
    assert behaviour(edge, leap - datetime.timedelta(2), months=12).index == 80.0
    assert behaviour([paid(0, due=-40_000)], TODAY, months=99_999).index == 80.0


def test_weighted_terms_and_days_paid_on_original_amounts():
    found = behaviour([paid(5, terms=25)], TODAY)
    assert (found.terms, found.days_late, found.days_paid) == (25, 5, 30)
    found = behaviour([paid(10, 300.0, terms=30), paid(-10, 100.0, terms=10)], TODAY)
    assert (found.terms, found.days_late, found.days_paid) == (25, 5, 30)


def test_a_partly_paid_invoice_is_one_invoice():
    parts = [paid(0, 60.0, invoice_amount=90.0), paid(30, 30.0, invoice_amount=90.0)]
    found = behaviour([*parts, paid(40), paid(40)], TODAY)
    assert (found.portions, found.invoices) == (4, pytest.approx(3.0))
    assert found.on_time == pytest.approx(60 / 90 / 3)
    assert found.median_days_late == 40.0
    assert behaviour(parts, TODAY).days_late == 10.0
    third = [paid(late, 1.0, invoice_amount=3.0) for late in (0, 10, 20)]
    assert behaviour([*third, paid(10), paid(20)], TODAY).median_days_late == 10.0


def test_shares():
    found = behaviour([paid(0, 100.0), paid(-3, 100.0), paid(1, 600.0, disputed=True)], TODAY)
    assert (found.on_time, found.on_time_amount, found.disputed) == (pytest.approx(2 / 3), 0.25, 0.75)
    assert behaviour([paid(-3)], TODAY).worst_days_late == 0


def test_disputed_portions_may_be_left_out():
    portions = [paid(0), paid(60, 300.0, disputed=True)]
    assert behaviour(portions, TODAY).index == 50.0
    without = behaviour(portions, TODAY, disputes=False)
    assert (without.index, without.disputed, without.portions) == (80.0, 0.75, 1)
    assert behaviour(portions[1:], TODAY, disputes=False) == Behaviour(disputed=1.0)


def test_trend_sets_recent_months_against_those_before():
    found = behaviour([paid(0, due=-400), paid(30, due=-60), unpaid(-30)], TODAY, recent=3)
    assert (found.index_before, found.index_recent, found.index_trend) == (80.0, 50.0, -30.0)
    assert (found.days_late_before, found.days_late_recent, found.days_late_trend) == (0.0, 30.0, 30.0)
    edge = datetime.date(2026, 3, 30)  # three months before today: the day after is the first recent one
    assert behaviour([portion(1.0, edge, edge, edge)], TODAY, recent=3).index_recent is None
    assert behaviour([portion(1.0, edge, edge + datetime.timedelta(1), edge)], TODAY, recent=3).index_before is None
    assert behaviour([paid(0, due=-10)], TODAY).index_trend is None
    assert behaviour([paid(0, due=-400)], TODAY).days_late_trend is None


def test_oldest_and_newest():
    found = behaviour([paid(0, due=-100, terms=10), paid(0, due=-50, terms=10)], TODAY)
    assert (found.oldest, found.newest, found.amount) == (day(-110), day(-60), 200.0)


def test_behaviour_survives_json():
    found = behaviour([paid(3), unpaid(-5)], TODAY)
    assert Behaviour.from_json({**found.to_json(), "from_a_later_version": 1}) == found
    assert Behaviour.from_json(Behaviour().to_json()) == Behaviour()


# -- properties

amounts = st.integers(1, 10**8).map(lambda cents: cents / 100)
histories = st.lists(
    st.builds(
        lambda amount, issued, terms, took, disputed: portion(
            amount, day(-issued), day(terms - issued), None if took is None else day(took - issued), disputed
        ),
        amounts, st.integers(0, 900), st.integers(0, 90), st.none() | st.integers(0, 400), st.booleans(),
    ),
    max_size=12,
)  # fmt: skip


def same(left, right):
    return all(
        one == (pytest.approx(other, rel=1e-6, abs=1e-6) if isinstance(other, float) else other)
        for one, other in zip(left.to_json().values(), right.to_json().values(), strict=True)
    )


@given(histories, st.randoms(use_true_random=False))
def test_order_does_not_matter(portions, random):
    shuffled = list(portions)
    random.shuffle(shuffled)
    assert same(behaviour(portions, TODAY), behaviour(shuffled, TODAY))


@given(histories, st.integers(1, 4))
def test_splitting_a_payment_changes_nothing_but_the_count(portions, parts):
    split = [(part[0] / parts, part[0], *part[2:]) for part in portions for _part in range(parts)]
    found, whole = behaviour(split, TODAY).to_json(), behaviour(portions, TODAY).to_json()
    assert found.pop("portions") == parts * whole.pop("portions")
    assert same(Behaviour(**found), Behaviour(**whole))


@given(histories)
def test_another_currency_changes_only_the_amount(portions):
    other = [(part[0] * 8, part[1] * 8, *part[2:]) for part in portions]
    found, before = behaviour(other, TODAY).to_json(), behaviour(portions, TODAY).to_json()
    assert found.pop("amount") == pytest.approx(8 * before.pop("amount"))
    assert same(Behaviour(**found), Behaviour(**before))


@given(histories, st.integers(0, 60))
def test_what_comes_later_is_not_known(portions, ago):
    then = day(-ago).toordinal()
    known = [(*part[:4], part[4] if part[4] and part[4] <= then else None, part[5]) for part in portions]
    known = [part for part in known if part[2] <= then]
    assert same(behaviour(portions, day(-ago)), behaviour(known, day(-ago)))


@given(histories, st.integers(0, 11), st.integers(1, 200))
def test_paying_later_never_gives_a_better_index(portions, which, days):
    portions = [part for part in portions if part[4] is not None and part[3] <= TODAY.toordinal()]
    if which >= len(portions):
        return
    as_of = day(1000)
    later = list(portions)
    later[which] = (*later[which][:4], later[which][4] + days, later[which][5])
    before, after = behaviour(portions, as_of, months=99), behaviour(later, as_of, months=99)
    assert after.index <= before.index + 1e-9
    assert after.days_late >= before.days_late - 1e-9
    assert after.median_days_late >= before.median_days_late
    assert after.on_time <= before.on_time + 1e-9


@given(histories)
def test_figures_stay_within_their_bounds(portions):
    found = behaviour(portions, TODAY)
    if found.index is None:
        assert found.portions == 0
        return
    assert 20 - 1e-9 <= found.index <= 100 + 1e-9
    assert 0 <= found.on_time <= 1
    assert 0 <= found.on_time_amount <= 1
    assert 0 <= found.disputed <= 1 + 1e-9
    assert found.days_paid == pytest.approx(found.terms + found.days_late)
    assert found.settled <= found.invoices == found.portions


@given(st.dictionaries(st.integers(0, 9), histories, max_size=5))
def test_many_customers_are_one_customer_many_times(customers):
    assert behaviours(customers, TODAY) == {key: behaviour(portions, TODAY) for key, portions in customers.items()}


# -- credit carried


def test_repaid_on_time_is_the_most_owed_at_one_time():
    portions = [
        portion(100.0, day(-100), day(-70), day(-70)),
        portion(50.0, day(-80), day(-50), day(-60)),
        portion(500.0, day(-100), day(-70), day(-60)),  # late
        portion(70.0, day(-60), day(-30), day(-30)),  # issued when the second is paid
        portion(900.0, day(-20), day(10)),
    ]
    assert repaid_on_time(portions, TODAY) == 150.0
    assert repaid_on_time(portions, TODAY, grace=10) == 650.0
    assert repaid_on_time(portions[2:3], TODAY) == 0.0
    assert repaid_on_time(portions[4:], TODAY) is None
    assert repaid_on_time(portions, day(-70)) == 100.0


@given(histories)
def test_repaid_on_time_is_never_more_than_was_invoiced(portions):
    repaid = repaid_on_time(portions, TODAY)
    assert repaid is None or 0 <= repaid <= sum(part[0] for part in portions) * (1 + 1e-9)


# -- over time


def test_by_month_of_what_fell_due():
    portions = [
        paid(10, amount=100.0, due=-31),  # due on 30 May
        paid(0, amount=300.0, due=-31),
        paid(-40, amount=50.0, due=20),  # paid before it is due: counts now
        unpaid(-90, amount=10.0),  # due on 1 April
        unpaid(20, amount=70.0),  # says nothing yet
        paid(5, amount=1000.0, due=-500),  # before the months asked for
    ]
    months = by_month(portions, TODAY, 4)
    assert [month.start.isoformat() for month in months] == ["2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]
    assert [month.amount for month in months] == [0.0, 10.0, 400.0, 50.0]
    assert [month.days_late for month in months] == [None, 90.0, 2.5, -40.0]
    assert [month.on_time for month in months] == [None, 0.0, 0.75, 1.0]
    assert months[-1].index == behaviour(portions, TODAY).index
    assert months[-2].index == behaviour(portions, datetime.date(2026, 5, 31)).index
    assert by_month([], TODAY, 2)[0].index is None


def test_by_month_leaves_disputes_out_on_request():
    portions = [unpaid(-90, disputed=True)]
    assert [month.days_late for month in by_month(portions, TODAY, 4)] == [None, 90.0, None, None]
    without = by_month(portions, TODAY, 4, disputes=False)
    assert all(month.index is None and month.days_late is None for month in without)


def test_by_month_over_the_turn_of_a_year():
    months = by_month([], datetime.date(2026, 2, 28), 4)
    assert [month.start.isoformat() for month in months] == ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"]


@given(histories)
def test_months_add_up_to_what_is_known(portions):
    months = by_month(portions, TODAY, 60 * 12)
    known = behaviour(portions, TODAY, 60 * 12)
    assert sum(month.amount for month in months) == pytest.approx(known.amount)
    if known.amount:
        late = sum(month.amount * month.days_late for month in months if month.amount) / known.amount
        assert late == pytest.approx(known.days_late)


def test_habit():
    assert [habit(days) for days in (-3.0, 0.0, 0.5, 15.0, 15.5, 30.0, 31.0)] == [
        "prompt", "prompt", "slow", "slow", "late", "late", "very_late",
    ]  # fmt: skip
    assert habit(None) is None
    assert len(HABITS) == 4


# -- days outstanding


def test_sales_figures_are_the_single_ones():
    found = sales_figures(15_000, 11_000, 14_000, 10_000, 30, [(10_000, 30), (9_000, 31)])
    assert (found.current, found.dso, found.best_possible_dso, found.average_days_delinquent) == (4_000, 45, 12, 33)
    assert found.collection_effectiveness == collection_effectiveness(14_000, 10_000, 15_000, 4_000)
    assert found.count_back_dso == count_back_dso(15_000, [(10_000, 30), (9_000, 31)])
    nothing = sales_figures(0.0, 0.0, 0.0, 0.0, 0, [])
    assert nothing.dso is nothing.best_possible_dso is nothing.collection_effectiveness is None


@pytest.mark.parametrize(("since", "days", "result"), [(None, 365, 121.67), (183, 183, 61.00), (283, 283, 94.33)])
def test_dso_from_customer_since(since, days, result):
    counted = period_days(TODAY, 365, None if since is None else day(-since))
    assert counted == days
    assert dso(50_000, 150_000, counted) == pytest.approx(result, abs=0.005)


def test_dso_of_nothing_is_unknown():
    assert dso(100.0, 0.0, 365) is None
    assert dso(100.0, 100.0, period_days(TODAY, 365, day(1))) is None
    assert average_days_delinquent(1.0, 1.0, 0.0, 30) is None
    assert period_days(TODAY, 365, day(-4000)) == 365


def test_best_possible_dso_and_average_days_delinquent():
    assert dso(15_000, 10_000, 30) == 45
    assert best_possible_dso(4_000, 10_000, 30) == 12
    assert average_days_delinquent(15_000, 4_000, 10_000, 30) == 33


@pytest.mark.parametrize(
    ("figures", "result"),
    [((100_000, 1_000_000, 120_000, 100_000), 98.0), ((6_200, 10_890, 6_340, 3_590), 79.63)],
)
def test_collection_effectiveness(figures, result):
    assert collection_effectiveness(*figures) == pytest.approx(result, abs=0.005)
    assert collection_effectiveness(0, 0, 0, 0) is None


def test_count_back():
    months = [(100_000, 30), (80_000, 30), (70_000, 30)]
    assert count_back_dso(212_000, months) == pytest.approx(73.7, abs=0.02)
    assert count_back_dso(250_000, months) == 90
    assert count_back_dso(250_001, months) is None  # how far back is not known
    assert count_back_dso(0, months) == count_back_dso(-5, []) == 0
    assert count_back_dso(50.0, [(0.0, 31), (-10.0, 30), (100.0, 28)]) == 75


@given(st.lists(st.tuples(amounts, st.integers(28, 31)), min_size=1, max_size=12), amounts, amounts)
def test_a_larger_balance_counts_back_further(months, balance, more):
    near, far = count_back_dso(balance, months), count_back_dso(balance + more, months)
    assert far is None or near <= far
    if near is not None:
        assert 0 < near <= sum(length for _sales, length in months)


def test_every_pair_of_days_is_in_order():
    assert all(CURVE.points(early) >= CURVE.points(late) for early, late in itertools.pairwise(range(-60, 200)))
