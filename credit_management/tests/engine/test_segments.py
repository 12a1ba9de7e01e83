# Part of credit_management. License LGPL-3.0 or later.
import datetime

import pytest

from ...engine.segments import Customer, Segment, first, months_between

TODAY = datetime.date(2024, 6, 15)
GERMAN = Customer(1, country=49, industry=7, tags=frozenset({3, 4}), grade=2, since=datetime.date(2023, 6, 15))


def test_nothing_asked_is_met_by_everybody():
    assert Segment().reasons(1, Customer(1), TODAY) == ()


def test_all_conditions_must_be_met_and_any_value_of_each():
    segment = Segment(countries=frozenset({33, 49}), tags=frozenset({4, 9}))
    assert segment.reasons(1, GERMAN, TODAY) == ("country", "tags")
    assert segment.reasons(1, Customer(1, country=49), TODAY) is None
    assert segment.reasons(1, Customer(1, country=1, tags=frozenset({4})), TODAY) is None


@pytest.mark.parametrize(
    "segment",
    [
        Segment(countries=frozenset({49})),
        Segment(industries=frozenset({7})),
        Segment(tags=frozenset({3})),
        Segment(grades=frozenset({2})),
        Segment(from_months=0),
        Segment(to_months=1000),
        Segment(company=1),
    ],
)
def test_what_is_unknown_meets_no_condition(segment):
    assert segment.reasons(1, GERMAN, TODAY)
    assert segment.reasons(1, Customer(2), TODAY) is None


def test_grades_and_those_without():
    rated, unrated = Customer(1, grade=2), Customer(1)
    assert Segment(grades=frozenset({1}), unrated=True).reasons(1, unrated, TODAY) == ("grade",)
    assert Segment(grades=frozenset({1}), unrated=True).reasons(1, rated, TODAY) is None
    assert Segment(unrated=True).reasons(1, rated, TODAY) is None
    assert Segment(grades=frozenset({2})).reasons(1, unrated, TODAY) is None


@pytest.mark.parametrize(
    ("segment", "met"),
    [
        (Segment(from_months=12), True),
        (Segment(from_months=13), False),
        (Segment(to_months=12), False),
        (Segment(to_months=13), True),
        (Segment(from_months=12, to_months=13), True),
    ],
)
def test_customer_since(segment, met):
    assert (segment.reasons(1, GERMAN, TODAY) is not None) is met


def test_a_filter_counts_like_a_condition():
    assert Segment(members=frozenset({5})).reasons(5, Customer(1), TODAY) == ("filter",)
    assert Segment(members=frozenset()).reasons(5, Customer(1), TODAY) is None


def test_the_first_segment_holds():
    segments = [(10, Segment(countries=frozenset({33}))), (20, Segment(tags=frozenset({3}))), (30, Segment())]
    assert first(segments, 1, GERMAN, TODAY) == 20
    assert first(segments, 1, Customer(1), TODAY) == 30
    assert first(segments[:2], 1, Customer(1), TODAY) is None


@pytest.mark.parametrize(
    ("since", "months"),
    [((2024, 6, 15), 0), ((2024, 5, 16), 0), ((2024, 5, 15), 1), ((2022, 6, 16), 23), ((2022, 6, 15), 24)],
)
def test_months(since, months):
    assert months_between(datetime.date(*since), TODAY) == months
