# Part of credit_management. License LGPL-3.0 or later.
"""What a payment, another limit or a lifted hold would change."""

import datetime
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ...engine.position import Document, GroupPosition, Position
from ...engine.rules import Rule, evaluate, remedy
from ...engine.whatif import OpenItem, lifted, pay, with_limit

TODAY = datetime.date(2026, 6, 30)


def ago(days):
    return TODAY - datetime.timedelta(days=days)


OLD, LATER, NOT_DUE = (
    OpenItem(1, 100.0, ago(60), 100.0), OpenItem(2, 200.0, ago(40), 200.0), OpenItem(3, 300.0, ago(-10)),
)  # fmt: skip
OWING = Position(TODAY, receivable=600.0, order=50.0, overdue=300.0, oldest_due=ago(60), limit=500.0,
                 limit_status="valid")  # fmt: skip


def test_chosen_invoices_are_paid_in_full():
    after, settled = pay(OWING, [NOT_DUE, LATER, OLD], {1})
    assert after == replace(OWING, receivable=500.0, overdue=200.0, oldest_due=ago(40))
    assert settled == {1}


def test_an_amount_goes_to_the_oldest_first():
    after, settled = pay(OWING, [NOT_DUE, LATER, OLD], (), 150.0)
    assert after == replace(OWING, receivable=450.0, overdue=150.0, oldest_due=ago(40))
    assert settled == {1}


def test_both_and_more_than_is_owed():
    after, settled = pay(OWING, [OLD, LATER, NOT_DUE], {3}, 350.0)
    assert after == replace(OWING, receivable=-50.0, overdue=0.0, oldest_due=None)
    assert settled == {1, 2, 3}


def test_the_joint_side_goes_along():
    group = GroupPosition("G", "EUR", 1000.0, 900.0, rate=2.0)
    after, _settled = pay(replace(OWING, group=group, cover_lowered=600.0), [OLD], {1})
    # 650 less 600 counted; after the payment nothing does
    assert after.group == replace(group, exposure=800.0)


def test_limits_and_holds():
    held = replace(OWING, on_hold=True, hold_reason="rumours")
    assert lifted(held) == OWING
    assert with_limit(replace(OWING, limit_status="expired", limit_until=ago(1)), 900.0).room == 250.0
    assert with_limit(OWING, None).room is None
    assert with_limit(OWING, 0.0).ceiling == 0.0


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(-60, 90)), min_size=1, max_size=6),
    st.integers(0, 50),
    st.integers(1, 40),
)
def test_what_is_advised_unblocks(rows, limit, asked):
    """Paying what :func:`remedy` says lets the document pass, whatever was owed and however old it was."""
    items = [
        OpenItem(number, 10.0 * amount, ago(days), 10.0 * amount if days > 0 else 0.0)
        for number, (amount, days) in enumerate(rows)
    ]
    overdue = [item for item in items if item.overdue]
    position = Position(
        TODAY,
        receivable=sum(item.amount for item in items),
        overdue=sum(item.overdue for item in items),
        oldest_due=min((item.due for item in overdue), default=None),
        limit=10.0 * limit,
        limit_status="valid",
    )
    hold = {"order": "hold"}
    rules = [
        Rule("limit_usage", hold, percent=100.0, key=1),
        Rule("oldest_item", hold, days=30, key=2),
        Rule("overdue_share", hold, percent=25.0, key=3),
        Rule("overdue_amount", hold, amount=20.0, key=4),
    ]
    document = Document(10.0 * asked, 10.0 * asked)
    verdict = evaluate(position, document, rules)
    way_out = remedy(verdict, rules)
    after, _settled = pay(position, items, (), max(way_out.pay, way_out.pay_due))
    assert evaluate(after, document, rules).stands
