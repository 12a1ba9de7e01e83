# Part of credit_management. License LGPL-3.0 or later.
"""What a position would be after a payment, with another limit, or without the manual hold: for trying things out.

Nothing here judges: the verdict on what comes out is :func:`.rules.evaluate`'s, as always.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from .position import Position, exceeds


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An open receivable item. ``overdue`` is the part of ``amount`` that counts as overdue: all of it, or 0."""

    key: int
    amount: float
    due: datetime.date
    overdue: float = 0.0


def pay(
    position: Position, items: Sequence[OpenItem], chosen: Collection[int] = (), amount: float = 0.0
) -> tuple[Position, frozenset[int]]:
    """The position after a payment, and the keys of the items that it settles in full.

    :param items: what is open, in any order
    :param chosen: keys of the items that are paid in full
    :param amount: what is paid besides. It settles what is left, oldest due date first, as far as it goes; what then
        remains of it is a credit balance
    """
    settled = set(chosen)
    paid, off_overdue = max(0.0, amount), 0.0
    left: list[OpenItem] = []
    money = paid
    for item in sorted(items, key=lambda item: (item.due, item.key)):
        if item.key in settled:
            paid += item.amount
            off_overdue += item.overdue
            continue
        part = min(money, item.amount) if item.amount > 0 else 0.0
        money -= part
        off_overdue += min(part, item.overdue)
        if part > 0 and not exceeds(item.amount, part, position.rounding):
            settled.add(item.key)
        else:
            left.append(item)
    oldest = min((item.due for item in left if item.overdue > 0), default=None)
    after = replace(
        position,
        receivable=position.receivable - paid,
        overdue=position.overdue - off_overdue,
        oldest_due=oldest if items else position.oldest_due,
    )
    if position.group:
        group = position.group
        after = replace(after, group=group.plus(after.counted - position.counted))
    return after, frozenset(settled)


def with_limit(position: Position, limit: float | None) -> Position:
    """The position with another limit in force, without an end; ``None`` for unlimited."""
    if limit is None:
        return replace(position, limit=0.0, limit_status="unlimited", limit_until=None)
    return replace(position, limit=limit, limit_status="valid", limit_until=None)


def lifted(position: Position) -> Position:
    """The position without the manual hold."""
    return replace(position, on_hold=False, hold_reason="")
