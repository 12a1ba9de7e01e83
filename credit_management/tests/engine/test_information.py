# Part of credit_management. License LGPL-3.0 or later.
"""Completeness counts what is there, freshness how much of that is within its shelf life."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine import information as module
from ...engine.information import PARTS, information


def test_weights_make_a_whole():
    assert sum(part.weight for part in PARTS.values()) == 100


def test_nothing_and_everything():
    nothing = information({})
    assert (nothing.completeness, nothing.freshness, nothing.missing) == (0.0, None, tuple(PARTS))
    everything = information(dict.fromkeys(PARTS, 1))
    assert (everything.completeness, everything.freshness, everything.missing) == (1.0, 1.0, ())


def test_facts_that_are_half_known():
    half = information({"business": 3}, {"business": 0.5})
    assert (half.completeness, dict(half.partial)) == (0.1, {"business": 0.5})
    none = information({"business": 3}, {"business": 0.0})
    assert (none.completeness, "business" in none.missing, dict(none.ages)) == (0.0, True, {})


def test_shelf_life():
    limit = PARTS["bureau"].shelf_life
    assert information({"bureau": limit}).stale == ()
    old = information({"bureau": limit + 1, "registration": None})
    assert old.stale == ("bureau",)
    assert round(old.freshness, 6) == round(5 / 15, 6)
    # what should have a date and hasn't may be of any age; what needs none is never stale
    assert information({"business": None}).stale == ("business",)


def test_what_is_not_ours():
    with pytest.raises(KeyError):
        information({"horoscope": 1})
    with pytest.raises(ValueError, match="between 0 and 1"):
        information({"business": 1}, {"business": 1.5})


@given(st.dictionaries(st.sampled_from(sorted(PARTS)), st.none() | st.integers(0, 5000)))
def test_more_is_never_less_complete(ages):
    whole = information(ages)
    assert 0.0 <= whole.completeness <= 1.0
    assert set(whole.missing) | set(whole.ages) == set(PARTS)
    for code in ages:
        assert information({key: value for key, value in ages.items() if key != code}).completeness < whole.completeness


def test_examples_in_the_docs():
    assert doctest.testmod(module).failed == 0
