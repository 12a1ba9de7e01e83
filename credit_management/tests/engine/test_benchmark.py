# Part of credit_management. License LGPL-3.0 or later.
"""Quartiles as spreadsheets have them, and where a value stands among its peers."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.benchmark import Quartiles, quartiles


def test_quartiles():
    assert quartiles([4.0, 1.0, 3.0, 2.0]) == Quartiles(1.75, 2.5, 3.25, 4)
    assert quartiles([7.0]) == Quartiles(7.0, 7.0, 7.0, 1)
    assert quartiles([None, float("nan")]) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_as_the_standard_library_has_them(values):
    found = quartiles(values)
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert (found.lower, found.median, found.upper) == pytest.approx(tuple(expected), abs=1e-6)


def test_standing_is_by_merit():
    peers = Quartiles(1.0, 2.0, 3.0, 9)
    assert [peers.standing(value, 1) for value in (3.0, 2.5, 2.0, 1.0, 0.9)] == [
        "best", "good", "good", "weak", "worst",
    ]  # fmt: skip
    assert [peers.standing(value, -1) for value in (1.0, 1.5, 2.0, 3.0, 3.1)] == [
        "best", "good", "good", "weak", "worst",
    ]  # fmt: skip
    assert peers.standing(2.0, 0) is None
    assert peers.standing(None, 1) is None


def test_quartiles_out_of_order():
    with pytest.raises(ValueError, match="median"):
        Quartiles(2.0, 1.0, 3.0)
