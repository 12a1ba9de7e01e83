# Part of credit_management. License LGPL-3.0 or later.
"""What credit is likely to cost: expected loss, scales of default probability, and the provision matrix.

Probabilities and rates are fractions, 0 to 1, not percent. Amounts are in one currency, the caller's.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .payment import Portion
from .position import rounded


def expected_loss(pd: float, lgd: float, ead: float, rounding: float) -> float:
    """PD × LGD × EAD (wiki.treasurers.org, expected loss).

    :param pd: probability of default over the horizon looked at
    :param lgd: the share of the exposure that a default costs
    :param ead: exposure at default, in any currency; below 0 (the customer is owed) nothing is lost
    :param rounding: of that currency, such as 0.01, to which the loss is rounded
    :return: an amount in the currency of ``ead``
    :raises ValueError: a probability or share is not within 0 to 1
    """
    return rounded(_fraction(pd) * _fraction(lgd) * max(0.0, ead), rounding)


# -- scales of default probability -------------------------------------------------------------------


def one_year_pd(three_year: float) -> float:
    """The yearly probability of default that makes ``three_year`` over three years: 1 − (1 − PD₃)^⅓.

    :raises ValueError: not within 0 to 1
    """
    return 1.0 - math.pow(1.0 - _fraction(three_year), 1.0 / 3.0)


def three_year_pd(one_year: float) -> float:
    """The probability of default within three years of equal risk, the inverse of :func:`one_year_pd`.

    :raises ValueError: not within 0 to 1
    """
    return 1.0 - math.pow(1.0 - _fraction(one_year), 3.0)


@dataclass(frozen=True, slots=True)
class QualityStep:
    """A credit quality step: its long-run benchmark and its range, as three-year probabilities of default."""

    step: int
    benchmark: float
    lower: float
    upper: float


# Implementing Regulation (EU) 2016/1799, the mapping of external ratings: benchmarks and bounds.
QUALITY_STEPS: tuple[QualityStep, ...] = (
    QualityStep(1, 0.0010, 0.0, 0.0016),
    QualityStep(2, 0.0025, 0.0017, 0.0054),
    QualityStep(3, 0.0100, 0.0055, 0.0239),
    QualityStep(4, 0.0750, 0.0240, 0.1099),
    QualityStep(5, 0.2000, 0.1100, 0.2649),
    QualityStep(6, 0.3400, 0.2650, 1.0),
)


def quality_step(three_year: float) -> int:
    """The credit quality step, 1 (best) to 6, of a three-year probability of default.

    The bounds are given in hundredths of a percent and leave gaps below that: the probability is rounded to
    them, a half to the worse side.

    :raises ValueError: not within 0 to 1
    """
    hundredths = math.floor(_fraction(three_year) * 10_000 + 0.5 + 1e-9)
    return max(step.step for step in QUALITY_STEPS if round(step.lower * 10_000) <= hundredths)


# -- provision matrix --------------------------------------------------------------------------------

# The usual buckets: current, up to 30, 60 and 90 days late, and later.
BUCKET_BOUNDS: tuple[int, ...] = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Reach:
    """The history behind a matrix: the amount that reached each bucket, and what of all that nobody ever paid."""

    reached: tuple[float, ...]
    unpaid: float


def reach(
    portions: Iterable[Portion],
    as_of: datetime.date,
    bounds: Sequence[int] = BUCKET_BOUNDS,
    since: datetime.date | None = None,
) -> Reach:
    """How far receivables went down the buckets before they were paid.

    Only what fell due so long ago that it went through the last bucket, or was paid, by ``as_of`` is looked at:
    younger items would count as reached here and not yet there. Amounts are original amounts in one currency.

    :param portions: of all customers of the segment; credit notes netted by the caller, see :data:`.payment.Portion`
    :param as_of: what was settled after this day is unpaid on it
    :param bounds: days late above which the second, third … bucket begins, ascending; the first is everything
    :param since: what fell due before this day is left out
    :raises ValueError: the bounds don't ascend
    """
    _check_bounds(bounds)
    today, first = as_of.toordinal(), 0 if since is None else since.toordinal()
    reached, unpaid = [0.0] * (len(bounds) + 1), 0.0
    for amount, _invoice_amount, _issued, due, settled, _disputed in portions:
        if amount <= 0.0 or due < first or today - due <= bounds[-1]:
            continue
        if settled is None or settled > today:
            late = today - due
            unpaid += amount
        else:
            late = settled - due
        reached[0] += amount
        for number, bound in enumerate(bounds, 1):
            if late <= bound:
                break
            reached[number] += amount
    return Reach(tuple(reached), unpaid)


def loss_rates(reached: Sequence[float], unpaid: float) -> tuple[float | None, ...]:
    """The loss rate of each bucket: finally unpaid ÷ amount that reached it (IFRS 9, simplified approach).

    :param reached: amounts that reached each bucket, from current to the latest
    :return: fractions, unrounded; ``None`` for a bucket that nothing ever reached
    :raises ValueError: an amount is below 0, more reached a later bucket than an earlier one, or more is unpaid
        than reached the last bucket
    """
    amounts = (*reached, unpaid)
    # amounts summed up in another order differ in a float's tail
    slack = 1e-9 * max(amounts)
    if min(amounts) < 0 or any(later > earlier + slack for earlier, later in pairwise(amounts)):
        raise ValueError("The amounts that reached the buckets fall from each to the next, down to what is unpaid.")
    return tuple(min(1.0, unpaid / amount) if amount > 0 else None for amount in reached)


@dataclass(frozen=True, slots=True)
class Provision:
    """Expected credit loss by bucket and in all, in the balances' currency; ``None`` where a rate is unknown."""

    amounts: tuple[float | None, ...]
    total: float | None


def provision(balances: Sequence[float], rates: Sequence[float | None], outlook: float = 1.0) -> Provision:
    """The provision of a matrix: balance × loss rate, summed over the buckets, with unrounded rates.

    :param balances: receivables by bucket now; a bucket below 0 (credit balances) needs no provision
    :param rates: fractions, see :func:`loss_rates`; an unknown one matters only where there is a balance
    :param outlook: forward-looking factor on the rates (IFRS 9 5.5.17 c), for times worse (above 1) or better
        than the history; a rate never goes above 1
    :raises ValueError: not as many rates as balances, a rate outside 0 to 1, or an outlook below 0
    """
    if outlook < 0:
        raise ValueError("The outlook is a factor of 0 or more.")
    amounts: list[float | None] = []
    for balance, rate in zip(balances, rates, strict=True):
        if balance <= 0:
            amounts.append(0.0)
        else:
            amounts.append(None if rate is None else balance * min(1.0, _fraction(rate) * outlook))
    known = [amount for amount in amounts if amount is not None]
    return Provision(tuple(amounts), sum(known) if len(known) == len(amounts) else None)


def bucket(days_late: int, bounds: Sequence[int] = BUCKET_BOUNDS) -> int:
    """The number of the bucket, from 0 (current), that an open item so many days late stands in.

    :raises ValueError: the bounds don't ascend
    """
    _check_bounds(bounds)
    return sum(days_late > bound for bound in bounds)


def _check_bounds(bounds: Sequence[int]) -> None:
    if not bounds or any(left >= right for left, right in pairwise(bounds)):
        raise ValueError("The bounds of the buckets ascend.")


def _fraction(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{value} is not within 0 to 1.")
    return value
