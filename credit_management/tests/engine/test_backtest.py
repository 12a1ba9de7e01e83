# Part of credit_management. License LGPL-3.0 or later.
"""What became of ratings, beside what was promised: defaults, what is not known, bounds, discrimination."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.backtest import YEAR, Course, Rated, by_grade, follow, together, wilson

DAY = 738_000
END = DAY + YEAR
LATER = END + 200


def portion(due, settled=None, amount=100.0, disputed=False):
    return (amount, amount, due - 30, due, settled, disputed)


@pytest.mark.parametrize(
    ("portions", "until", "state"),
    [
        ([portion(DAY + 50, DAY + 50)], LATER, "paid"),
        ([portion(DAY + 50, DAY + 140)], LATER, "paid"),  # 90 days late is not more than 90
        ([portion(DAY + 50, DAY + 141)], LATER, "defaulted"),
        ([portion(DAY + 50)], LATER, "defaulted"),
        # the day on which it is more than 90 days late must be in the year
        ([portion(END - 91)], LATER, "defaulted"),
        ([portion(END - 90)], LATER, "paid"),
        # … and may come of a debt that was due before
        ([portion(DAY - 90)], LATER, "defaulted"),
        ([portion(DAY - 91)], LATER, "before"),
        ([portion(DAY - 200, DAY - 1), portion(DAY + 9, DAY + 9)], LATER, "paid"),  # had paid by then
        ([portion(DAY - 200, DAY + 1), portion(DAY + 9, DAY + 9)], LATER, "before"),
        ([], LATER, "quiet"),
        ([portion(DAY - 300, DAY - 290)], LATER, "quiet"),
        ([portion(DAY + 50, DAY + 50)], END - 1, "young"),
        ([portion(DAY + 50)], END - 1, "young"),
        ([portion(DAY + 50, DAY + 50)], END, "paid"),
    ],
)
def test_what_became_of_a_rating(portions, until, state):
    assert follow(portions, DAY, until).state == state


def test_threshold_disputes_and_days_are_choices():
    owed = [portion(DAY + 50, amount=5.0), portion(DAY + 60, DAY + 60)]
    assert follow(owed, DAY, LATER, threshold=5.0).state == "paid"
    assert follow(owed, DAY, LATER, threshold=4.99).state == "defaulted"
    disputed = [portion(DAY + 50, disputed=True), portion(DAY + 60, DAY + 60)]
    assert follow(disputed, DAY, LATER).state == "defaulted"
    assert follow(disputed, DAY, LATER, disputes=False).state == "paid"
    assert follow([portion(DAY + 50, DAY + 90)], DAY, LATER, default_days=30).state == "defaulted"


def test_amounts_by_lateness():
    course = follow(
        [
            portion(DAY + 10, DAY + 10, 100.0),
            portion(DAY + 10, DAY + 41, 200.0),
            portion(DAY + 10, DAY + 71, 300.0),
            portion(DAY + 10, None, 400.0),
            portion(DAY + 10, DAY + 150, 500.0),  # defaulted, and paid in the end
            portion(DAY, None, 600.0),  # not due within the year, but more than 90 days late within it
            portion(END + 1, None, 700.0),
        ],
        DAY,
        LATER,
    )
    assert course == Course("defaulted", 1500.0, (1400.0, 1200.0, 900.0), 1000.0, LATER - DAY - 10)


def rated(grade, state, pd=0.02, score=None, **values):
    return Rated(grade, pd, Course(state, **values), score, 100.0, 1.0)


def test_what_is_not_known_stays_out_of_rates():
    states = ["paid", "paid", "paid", "defaulted", "before", "quiet", "young"]
    cell = together([rated("B", state, due=10.0, late=(5.0, 0.0, 0.0)) for state in states])
    assert (cell.ratings, cell.defaults, cell.rate, cell.pd) == (4, 1, 0.25, 0.02)
    assert (cell.late, cell.exposure, cell.expected_loss) == ((0.5, 0.0, 0.0), 400.0, 4.0)
    nothing = together([rated("B", "young")])
    assert (nothing.rate, nothing.low, nothing.pd, nothing.fit) == (None, None, None, "unknown")
    assert nothing.late == (None, None, None)


@pytest.mark.parametrize(("pd", "fit"), [(0.001, "low"), (0.10, "fits"), (0.60, "high")])
def test_whether_the_promise_fits(pd, fit):
    assert together([rated("B", "defaulted" if n < 10 else "paid", pd) for n in range(100)]).fit == fit


# the interval's worked case: 15 of 148, Newcombe 1998, table I, method 3
@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
)
def test_wilson_as_published(hits, total, low, high):
    assert wilson(hits, total) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(0, 500), st.integers(0, 500))
def test_bounds_hold_the_rate(hits, more):
    total = hits + more
    if not total:
        assert wilson(hits, total) is None
        return
    low, high = wilson(hits, total)
    assert 0.0 <= low <= hits / total <= high <= 1.0
    # the same seen from the other side
    assert wilson(more, total) == (pytest.approx(1 - high), pytest.approx(1 - low))


def test_more_than_all_is_nonsense():
    with pytest.raises(ValueError, match="5 of 4"):
        wilson(5, 4)


def test_by_grade():
    found = by_grade(
        [
            rated("C", "defaulted", 0.2, 20.0),
            rated("A", "paid", 0.01, 90.0),
            rated("C", "paid", 0.2, 30.0),
            rated("A", "defaulted", 0.01, 25.0),
            rated("old", "paid", 0.5),
            rated("A", "young", 0.01, 5.0),
        ],
        ["A", "B", "C"],
    )
    counts = [(cell.grade, cell.ratings, cell.defaults) for cell in found.grades]
    assert counts == [("A", 2, 1), ("C", 2, 1), ("old", 1, 0)]
    assert (found.total.ratings, found.total.defaults, found.thin) == (5, 2, True)
    # of four pairs of one with and one without a default all but none are in order
    assert found.auc == 1.0
    assert math.isclose(found.ks, 1.0)
    assert by_grade([], ["A"]).auc is None
