# Part of credit_management. License LGPL-3.0 or later.
"""Positions: what adds up, what a word stands for, and money compared in steps of its currency."""

import datetime
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.position import Document, GroupPosition, Position, exceeds, rounded, status

TODAY = datetime.date(2026, 6, 30)
POSITION = Position(TODAY, receivable=500.0, draft_invoice=100.0, order=200.0, limit=1000.0, limit_status="valid")


def test_components_add_up():
    assert (POSITION.exposure, POSITION.room, POSITION.usage) == (800.0, 200.0, 0.8)
    assert replace(POSITION, other=50.0).exposure == 850.0


@pytest.mark.parametrize(
    ("changes", "ceiling", "room"),
    [
        ({"limit_status": "unlimited"}, None, None),
        ({"limit_status": "none"}, 0.0, -800.0),
        ({"limit_status": "expired"}, 0.0, -800.0),
        ({"limit": 0.0}, 0.0, -800.0),
    ],
)
def test_ceiling_and_room(changes, ceiling, room):
    position = replace(POSITION, **changes)
    assert (position.ceiling, position.room) == (ceiling, room)


@pytest.mark.parametrize(
    ("limit", "status_of_limit", "available"),
    [
        (10_000.0, "valid", 10_000.0),
        (20_000.0, "valid", 15_000.0),
        (0.0, "valid", 0.0),  # a limit of 0 is no credit, here as everywhere
        (0.0, "none", 0.0),
        (0.0, "unlimited", 15_000.0),
        (10_000.0, "expired", 0.0),
    ],
)
def test_own_and_joint_room(limit, status_of_limit, available):
    """The published cases of a customer's own limit and his group's."""
    group = GroupPosition("Holding", "USD", 15_000.0, 0.0)
    position = Position(TODAY, limit=limit, limit_status=status_of_limit, group=group)
    assert position.available == available


def test_available_is_what_the_nearest_limit_leaves():
    position = Position(TODAY, receivable=4_000.0, limit=10_000.0, limit_status="valid")
    assert position.available == 6_000.0
    assert replace(position, group=GroupPosition("H", "EUR", 15_000.0, 12_000.0, rate=0.5)).available == 6_000.0
    assert replace(position, group=GroupPosition("H", "EUR", 15_000.0, 12_000.0)).available == 3_000.0
    assert replace(position, group=GroupPosition("H", "EUR", 15_000.0, 16_000.0)).available == -1_000.0
    assert replace(position, group=GroupPosition("H", "EUR", None, 16_000.0)).available == 6_000.0
    unlimited = replace(position, limit_status="unlimited")
    assert unlimited.available is None
    assert replace(unlimited, group=GroupPosition("H", "EUR", None, 1.0)).available is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"order": 199.99}, "ok"),
        ({}, "near"),
        ({"order": 400.0}, "near"),
        ({"order": 400.01}, "over"),
        ({"overdue": 1.0}, "overdue"),
        ({"overdue": 1.0, "order": 4000.0}, "over"),
        ({"limit_status": "none"}, "none"),
        ({"limit_status": "expired"}, "expired"),
        ({"limit_status": "unlimited", "order": 1e9}, "ok"),
        ({"on_hold": True}, "hold"),
    ],
)
def test_status(changes, word):
    assert status(replace(POSITION, **changes), near=0.8) == word


@pytest.mark.parametrize(
    ("amount", "rounding", "result"),
    [(1234.567, 0.01, 1234.57), (12.32, 0.05, 12.3), (1234.5, 1.0, 1234.0), (0.0004, 0.001, 0.0), (-0.001, 0.01, 0.0)],
)
def test_rounded(amount, rounding, result):
    assert rounded(amount, rounding) == result
    assert str(rounded(amount, rounding)) == str(result)


@given(st.integers(-(10**12), 10**12), st.sampled_from([0.001, 0.01, 0.05, 1.0]))
def test_an_amount_does_not_exceed_itself(steps, rounding):
    amount = rounded(steps * rounding, rounding)
    assert not exceeds(amount, amount, rounding)
    assert exceeds(amount + rounding, amount, rounding)
    assert rounded(amount, rounding) == amount


def test_position_survives_json():
    position = replace(POSITION, oldest_due=datetime.date(2026, 1, 31), limit_until=TODAY, hold_reason="x")
    assert Position.from_json(position.to_json()) == position
    assert Position.from_json({**position.to_json(), "from_a_later_version": 1}) == position


def test_a_document_that_stands_is_added():
    after = POSITION.plus(Document(50.0, 60.0), small=True)
    assert (after.exposure, after.small_documents) == (850.0, 50.0)
    assert POSITION.exposure == 800.0


def test_guarantees_add_to_the_limit_or_lower_what_counts():
    assert replace(POSITION, cover_added=500.0).ceiling == 1500.0
    assert replace(POSITION, cover_added=500.0).room == 700.0
    assert replace(POSITION, cover_lowered=300.0).counted == 500.0
    assert replace(POSITION, cover_lowered=300.0).room == 500.0
    # the debt is what it is, and never turns into a credit balance
    assert replace(POSITION, cover_lowered=300.0).exposure == 800.0
    assert replace(POSITION, cover_lowered=9000.0).counted == 0.0
    # what is lowered beyond the debt is there for the next document
    assert replace(POSITION, cover_lowered=900.0).plus_amount(150.0).counted == 50.0
    # without a limit in force there is nothing to add to
    assert replace(POSITION, cover_added=500.0, limit_status="none").ceiling == 0.0


def test_a_group_goes_along_and_survives_json():
    group = GroupPosition("Holding", "EUR", 5000.0, 4000.0, rate=0.5)
    position = replace(POSITION, group=group)
    assert position.plus_amount(100.0).group.exposure == 4050.0
    assert Position.from_json(json.loads(json.dumps(position.to_json()))) == position
