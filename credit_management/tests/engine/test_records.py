# Part of credit_management. License LGPL-3.0 or later.
"""Adverse records are counted by age and severity; what is later, or not adverse, is not."""

import datetime
import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine import records
from ...engine.records import AGES, KINDS, SEVERITIES, Record, age, count, scaled

TODAY = datetime.date(2026, 2, 28)


def record(day, severity="medium", kind="lawsuit", adverse=True, **values):
    return Record(kind, datetime.date.fromisoformat(day), adverse, severity, **values)


def test_by_age_and_severity():
    said = count(
        [
            record("2026-01-10", "high"),
            record("2025-06-01", "high"),
            record("2024-01-01", "low"),
            record("2015-01-01", "critical", "insolvency"),
            record("2026-02-01", adverse=False, kind="trade_reference"),
        ],
        TODAY,
    )
    assert dict(said.counts) == {("recent", "high"): 2, ("past", "low"): 1, ("old", "critical"): 1}
    assert (said.number(), said.number("recent"), said.number(at_least="high")) == (4, 2, 3)
    assert (said.worst, said.gravity, said.last) == ("critical", 4, datetime.date(2026, 1, 10))
    assert said.insolvent
    assert said.known


def test_boundaries_belong_to_the_younger_period():
    assert [age(datetime.date.fromisoformat(day), TODAY) for day in ("2025-02-28", "2025-02-27", "2023-02-28")] == [
        "recent", "past", "past",
    ]  # fmt: skip
    assert age(datetime.date(2023, 2, 27), TODAY) == "old"
    # 12 months before 29 February is the 28th
    assert age(datetime.date(2023, 2, 28), datetime.date(2024, 2, 29)) == "recent"
    assert age(datetime.date.min, datetime.date(2, 1, 1)) == "recent"


def test_nothing_known_is_not_nothing_against():
    assert not count([], TODAY).known
    good = count([record("2026-01-01", kind="bank_reference", adverse=False)], TODAY)
    assert (good.known, good.number(), good.worst, good.gravity, good.insolvent) == (True, 0, None, 0, False)


def test_what_comes_later_is_not_known():
    later = count([record("2026-03-01", "critical", "insolvency", score=3.0)], TODAY)
    assert (later.known, later.number(), later.insolvent, later.score) == (False, 0, False, None)


def test_the_last_external_score():
    said = count(
        [record("2025-05-01", kind="bureau", adverse=False, score=80.0),
         record("2026-01-05", kind="bureau", adverse=False, score=0.0),
         record("2026-02-01", kind="bureau", adverse=False)],
        TODAY,
    )  # fmt: skip
    assert (said.score, said.score_date) == (0.0, datetime.date(2026, 1, 5))


def test_scales_go_either_way():
    assert scaled(20.0, 0.0, 100.0) == 20.0
    assert scaled(600.0, 600.0, 100.0) == 0.0
    with pytest.raises(ValueError, match="same"):
        scaled(1.0, 5.0, 5.0)
    with pytest.raises(ValueError, match="700 is not between"):
        scaled(700.0, 600.0, 100.0)


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="kind"):
        record("2026-01-01", kind="gossip")
    with pytest.raises(ValueError, match="severity"):
        record("2026-01-01", "awful")
    with pytest.raises(KeyError):
        count([], TODAY).number("yesterday")
    with pytest.raises(ValueError, match="not in tuple"):
        count([], TODAY).number(at_least="awful")


RECORDS = st.lists(
    st.builds(
        Record,
        st.sampled_from(sorted(KINDS)),
        st.dates(datetime.date(2000, 1, 1), datetime.date(2027, 1, 1)),
        st.booleans(),
        st.sampled_from(SEVERITIES),
        st.none() | st.floats(0.0, 100.0),
    )
)


@given(RECORDS)
def test_ages_add_up(given_records):
    said = count(given_records, TODAY)
    adverse = [entry for entry in given_records if entry.adverse and entry.date <= TODAY]
    assert said.number() == sum(said.number(name) for name in AGES) == len(adverse)
    assert said.gravity == max((SEVERITIES.index(entry.severity) + 1 for entry in adverse), default=0)
    assert count(reversed(given_records), TODAY).counts == said.counts


def test_examples_in_the_docs():
    assert doctest.testmod(records).failed == 0
