# Part of credit_management. License LGPL-3.0 or later.
"""What a sales order commits, and how much of it would still be billed.

All amounts are in the order's currency, taxes included; quantities are in the line's unit of measure.
The case that these functions exist for: an order is counted exactly once, as order, draft invoice or posted
invoice, whatever was delivered, invoiced, credited or paid in advance in between (invariant I1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def expected_quantity(ordered: float, delivered: float, *, on_delivery: bool, settled: bool = False) -> float:
    """The quantity that a line will bill in the end.

    :param on_delivery: what is delivered is invoiced, not what was ordered
    :param settled: what was delivered is known to be all that will be
    """
    if not on_delivery:
        return ordered
    return delivered if settled else _further(ordered, delivered)


def committed_quantity(ordered: float, delivered: float, *, on_delivery: bool, by_hand: bool) -> float:
    """The part of a line's quantity that people decide: ordered, or entered as delivered ``by_hand``."""
    return _further(ordered, delivered if on_delivery and by_hand else 0.0)


def _further(ordered: float, delivered: float) -> float:
    """The one of two quantities that is further from zero, in the direction of what was ordered."""
    return min(ordered, delivered) if ordered < 0 else max(ordered, delivered)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A product line of an order.

    ``expected`` is the quantity that will be billed in the end: what was ordered, or what was delivered where
    that is more and the product is invoiced on delivery. ``committed`` is the part of it that people decide
    (ordered, or entered as delivered by hand); what stock moves or timesheets add is growth, not a decision.
    ``credited_quantity`` and ``credited_amount`` are what credit notes linked to the line took back.
    """

    unit_price: float
    expected: float
    committed: float
    delivered: float = 0.0
    invoiced: float = 0.0
    credited_quantity: float = 0.0
    credited_amount: float = 0.0

    @property
    def remaining(self) -> float:
        """The quantity still to be billed; never of the other sign than the line."""
        left = self.expected - self.invoiced
        return max(0.0, left) if self.expected >= 0 else min(0.0, left)

    @property
    def open_amount(self) -> float:
        """What the line would still bill.

        A credit note gives its quantity back to be billed again. One that took back less than the full price
        (a price reduction) re-opens only what it took back: the rest stays billed where it was.
        """
        kept = min(self.remaining, self.credited_quantity) * self.unit_price - self.credited_amount
        return self.remaining * self.unit_price - (max(0.0, kept) if self.credited_quantity > 0 else 0.0)

    @property
    def open_delivered(self) -> float:
        """The part of :attr:`open_amount` that is delivered already."""
        if not self.remaining:
            return 0.0
        share = (self.delivered - self.invoiced) / self.remaining
        return self.open_amount * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True)
class Commitment:
    """The four figures of an order: see the fields of the same names on the sales order."""

    open: float
    open_delivered: float
    value: float
    committed: float


def commitment(lines: Sequence[OrderLine], down_payments: float = 0.0) -> Commitment:
    """What an order with ``lines`` commits.

    :param down_payments: signed total of the uncancelled invoice lines on the order's down-payment lines:
        billed already, and deducted when the rest is billed
    """
    still_open = max(0.0, sum(line.open_amount for line in lines) - down_payments)
    return Commitment(
        open=still_open,
        open_delivered=min(still_open, max(0.0, sum(line.open_delivered for line in lines) - down_payments)),
        value=max(0.0, sum(line.expected * line.unit_price for line in lines)),
        committed=max(0.0, sum(line.committed * line.unit_price for line in lines)),
    )
