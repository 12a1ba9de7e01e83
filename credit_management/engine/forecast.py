# Part of credit_management. License LGPL-3.0 or later.
"""When a customer will pay, and what he will owe over the next weeks.

How it works. How late somebody pays is a distribution over days, a :class:`Lateness`. It is estimated from what he has
paid *and* from what he has not paid yet (Kaplan and Meier 1958): an item that is 20 days late and open says that
lateness goes beyond 20 days. Leaving it out would make everybody look prompt whose slow invoices are the young ones.
Where his own history is thin it leans on others, level by level – customer, country, firm, and the terms themselves –
each level counting as some observations of the one below (:func:`lateness`).

With it every open item has, for each day, a probability of being paid by then, given that it is open today. Expected
exposure and expected cash are plain sums of those (:func:`forecast`). Nothing is drawn at random.

Days are whole numbers: days late count from the due date (negative: early), the days of a forecast from its own day.
Amounts are in one currency, the caller's. What is not known is ``None``.
"""

from __future__ import annotations

import datetime
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .payment import Portion
from .position import exceeds

WEEKS = 13
# An observation this old weighs half of one of today.
HALF_LIFE = 365
# The band of a forecast: from one in ten to nine in ten.
LOW, HIGH = 0.1, 0.9
# How many weeks tell what a customer usually buys, and how many of them it takes to tell.
USUAL_WEEKS, USUAL_LEAST = 26, 8
# Days late at which the experience of many is kept: what lies between two of them stands at its mean.
GRID = (-60, -45, -30, -20, -15, -10, -7, -5, -3, -1, 0, 1, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 365)

# How much the level above counts: for a customer, as so many invoices; for a country and a firm, as so many customers.
OWN_PRIOR, COUNTRY_PRIOR, FIRM_PRIOR = 1.0, 5.0, 20.0


class Band(NamedTuple):
    """The probabilities that a band lies between. ``engine/calibration.py`` learns which of them hold what is
    promised: that one in ten is beyond either end."""

    low: float = LOW
    high: float = HIGH


PROMISED = Band()


# -- how late ----------------------------------------------------------------------------------------


class Observation(NamedTuple):
    """An invoice, or a part of one: how late it was paid or, where it is not ``paid``, how late it is so far."""

    days: int
    weight: float
    paid: bool


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late somebody pays: whole days late, ascending, and the probability of having paid by each of them.

    The last probability may be below 1: the rest is not paid within any time that is known of.
    """

    days: tuple[int, ...] = ()
    paid: tuple[float, ...] = ()

    def by(self, day: int) -> float:
        """The probability of having paid by ``day`` days late."""
        place = bisect_right(self.days, day)
        return self.paid[place - 1] if place else 0.0

    def quantile(self, share: float, after: int | None = None) -> int | None:
        """The first day late by which ``share`` (above 0, up to 1) of what is still open ``after`` so many days late
        is paid; of everything if no day is given. ``None`` where so much is never paid."""
        before = 0.0 if after is None else self.by(after)
        wanted = before + share * (1.0 - before)
        place = bisect_right(self.paid, wanted - 1e-9)
        # what was open after that day cannot have been paid by it
        while place < len(self.days) and after is not None and self.days[place] <= after:
            place += 1
        return self.days[place] if place < len(self.days) else None

    @property
    def masses(self) -> list[tuple[int, float]]:
        """(days late, probability of just that)."""
        before = 0.0
        found = []
        for day, paid in zip(self.days, self.paid, strict=True):
            found.append((day, paid - before))
            before = paid
        return found

    def coarse(self, grid: Sequence[int] = GRID) -> Lateness:
        """The same with no more days than ``grid`` has intervals, each with the mean of what lies in it."""
        bins: dict[int, list[float]] = {}
        for day, mass in self.masses:
            entry = bins.setdefault(bisect_right(grid, day - 1), [0.0, 0.0])
            entry[0] += mass
            entry[1] += mass * day
        return _cumulated([(round(total / mass), mass) for mass, total in bins.values() if mass > 0.0])


# What is to be expected of somebody of whom nothing is known: that he keeps to the terms more often than not, and a
# tail, as without it nobody could ever be later than everybody was so far. A convention of ours.
NOTHING_KNOWN = Lateness((0, 15, 30, 60, 90, 180), (0.6, 0.75, 0.85, 0.92, 0.96, 0.99))


def observations(
    portions: Iterable[Portion], as_of: datetime.date, half_life: float = HALF_LIFE
) -> list[Observation]:
    """What a customer's portions say of his lateness, as known on ``as_of``.

    An invoice counts once, however many parts it was paid in, and half as much when it was paid ``half_life`` days
    ago.
    """
    today = as_of.toordinal()
    found = []
    for amount, invoice_amount, issued, due, settled, _disputed in portions:
        if issued > today or amount <= 0.0:
            continue
        weight = amount / invoice_amount if invoice_amount > amount else 1.0
        if settled is not None and settled <= today:
            weight *= math.pow(0.5, (today - settled) / half_life)
            found.append(Observation(settled - due, weight, True))
        else:
            found.append(Observation(today - due, weight, False))
    return found


def lateness(seen: Iterable[Observation], prior: Lateness = NOTHING_KNOWN, weight: float = OWN_PRIOR) -> Lateness:
    """The distribution of days late behind observations, some of which are still open (Kaplan and Meier 1958).

    :param prior: what is expected of those of whom nothing is known
    :param weight: the observations that the prior counts as, above 0
    """
    rows = [(each.days, not each.paid, each.weight) for each in seen if each.weight > 0.0]
    rows += [(day, False, weight * mass) for day, mass in prior.masses]
    # what is never paid leaves last
    left = math.fsum(row[2] for row in rows) + weight * (1.0 - (prior.paid[-1] if prior.paid else 0.0))
    rows.sort()
    still_open = 1.0
    masses: list[tuple[int, float]] = []
    for day, unpaid, weight_here in rows:
        if left <= 1e-12:
            break
        if not unpaid:
            mass = still_open * min(1.0, weight_here / left)
            masses.append((day, mass))
            still_open -= mass
        left -= weight_here
    return _cumulated(masses)


def pooled(customers: Iterable[Sequence[Observation]]) -> list[Observation]:
    """The observations of many customers, each of whom counts as one, however many invoices he has."""
    found = []
    for seen in customers:
        total = math.fsum(each.weight for each in seen)
        if total > 0.0:
            found += [each._replace(weight=each.weight / total) for each in seen]
    return found


def _cumulated(masses: Iterable[tuple[int, float]]) -> Lateness:
    days: list[int] = []
    paid: list[float] = []
    total = 0.0
    for day, mass in sorted(masses):
        total = min(1.0, total + mass)
        if days and days[-1] == day:
            paid[-1] = total
        else:
            days.append(day)
            paid.append(total)
    return Lateness(tuple(days), tuple(paid))


# -- what is usual -----------------------------------------------------------------------------------


class Usual(NamedTuple):
    """What a customer buys in a week, and its standard deviation, both by amount."""

    weekly: float
    deviation: float


def usual(portions: Iterable[Portion], as_of: datetime.date) -> Usual | None:
    """What the customer was invoiced a week, over the last :data:`USUAL_WEEKS` or since his first invoice.

    :return: ``None`` for a customer of less than :data:`USUAL_LEAST` weeks: nothing is usual yet
    """
    today = as_of.toordinal()
    sums = [0.0] * USUAL_WEEKS
    first = today
    for amount, _invoice_amount, issued, _due, _settled, _disputed in portions:
        if issued > today or amount <= 0.0:
            continue
        first = min(first, issued)
        if (week := (today - issued) // 7) < USUAL_WEEKS:
            sums[week] += amount
    weeks = min(USUAL_WEEKS, (today - first) // 7)
    if weeks < USUAL_LEAST:
        return None
    sums = sums[:weeks]
    mean = math.fsum(sums) / weeks
    return Usual(mean, math.sqrt(math.fsum((amount - mean) ** 2 for amount in sums) / weeks))


# -- exposure ----------------------------------------------------------------------------------------


class Item(NamedTuple):
    """A debt, or one to come: what is owed and the days from today to its due date (negative: overdue).

    Without a due date it is not expected to be paid within the forecast, as an invoice in dispute. A negative amount is
    the customer's credit: he will deduct it from what he pays first.
    """

    amount: float
    due: int | None


class Deal(NamedTuple):
    """Business that may come: its amount, how probable it is (0 to 1), and in how many days it is decided."""

    amount: float
    probability: float
    day: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a customer will owe and pay. ``exposure`` and what is beside it have an entry for ``as_of`` and one for the
    end of each week after it; ``new`` and ``cash`` have one for each week.

    ``exposure[week] == exposure[week - 1] + new - cash``, each of them an expected value.
    """

    as_of: datetime.date
    exposure: tuple[float, ...]
    # the same if he pays as early, and as late, as in one of ten cases, and buys as little, and as much
    low: tuple[float, ...]
    high: tuple[float, ...]
    known: tuple[float, ...]  # without business that is not ordered yet
    new: tuple[float, ...]
    cash: tuple[float, ...]
    ceilings: tuple[float | None, ...]  # what the exposure may reach; None where nothing limits it
    breach: datetime.date | None  # the day on which the expected exposure exceeds what it may reach
    known_breach: datetime.date | None  # the same without business that is not ordered yet
    early_breach: datetime.date | None  # the same of ``high``: in one of ten cases it is that soon, or sooner
    # the most of what it may reach that the exposure is expected to be, a part of 1; None where nothing limits it
    usage: float | None

    @property
    def days(self) -> list[datetime.date]:
        """The day of each entry of ``exposure``."""
        return [self.as_of + datetime.timedelta(7 * week) for week in range(len(self.exposure))]


def forecast(
    as_of: datetime.date,
    items: Iterable[Item],
    pays: Lateness,
    *,
    delay: int = 0,
    usually: Usual | None = None,
    deals: Iterable[Deal] = (),
    ceilings: Sequence[tuple[int, float | None]] = (),
    band: Band = PROMISED,
    rounding: float = 0.01,
    weeks: int = WEEKS,
) -> Forecast:
    """The exposure and the cash of a customer over the next ``weeks``.

    The band sums up quantiles item by item, as if a customer who pays one invoice late paid all of them late: for
    items that go together, quantiles add up. It is widened where the expected value lies outside it, as that of a few
    large items can.

    :param items: what is owed today and what was ordered; together they are today's exposure
    :param delay: days from an order to the due date of its invoice, for business that is not ordered yet
    :param usually: new business as usual; none for ``None``
    :param deals: the pipeline: business that may come beside it
    :param ceilings: ``(day, what the exposure may reach from that day on)``, ascending from day 0; ``None`` where
        nothing limits it
    :param band: the probabilities that payments are early and late by in ``low`` and ``high``
    :param rounding: of the currency; a ceiling is exceeded by half of it
    """
    ends = range(0, 7 * weeks + 1, 7)
    owed = _net(items)
    known = [0.0] * len(ends)
    low, high = [0.0] * len(ends), [0.0] * len(ends)
    for amount, due in owed:
        early, late = _dates(pays, due, band)
        gone = None if due is None else pays.by(-due)
        for week, day in enumerate(ends):
            known[week] += amount * _unpaid(pays, due, day, gone)
            low[week] += amount if early is None or day < early else 0.0
            high[week] += amount if late is None or day < late else 0.0
    expected, new = known[:], [0.0] * weeks
    early, late = _dates(pays, delay, band)
    gone = pays.by(-delay)
    open_at = {}  # by age in days: usual business has the same few ages over and over
    for day, mean, little, much in _arrivals(weeks, usually, deals):
        new[(day - 1) // 7] += mean
        for week in range((day + 6) // 7, len(ends)):
            age = ends[week] - day
            if age not in open_at:
                open_at[age] = _unpaid(pays, delay, age, gone)
            expected[week] += mean * open_at[age]
            low[week] += little if early is None or age < early else 0.0
            high[week] += much if late is None or age < late else 0.0
    cash = [expected[week] + new[week] - expected[week + 1] for week in range(weeks)]
    caps = tuple(_ceiling(ceilings, day) for day in ends)
    low, high = list(map(min, low, expected)), list(map(max, high, expected))
    return Forecast(
        as_of=as_of,
        exposure=tuple(expected),
        low=tuple(low),
        high=tuple(high),
        known=tuple(known),
        new=tuple(new),
        cash=tuple(cash),
        ceilings=caps,
        breach=_breach(as_of, expected, ceilings, rounding),
        known_breach=_breach(as_of, known, ceilings, rounding),
        early_breach=_breach(as_of, high, ceilings, rounding),
        usage=max((amount / cap for amount, cap in zip(expected, caps, strict=True) if cap), default=None),
    )


def _net(items: Iterable[Item]) -> list[Item]:
    """The items less the customer's credits, which he deducts from what is due first; a credit beyond that stays."""
    debts = []
    credit = 0.0
    for item in items:
        if item.amount > 0.0:
            debts.append(item)
        else:
            credit -= item.amount
    debts.sort(key=lambda item: (item.due is None, item.due or 0))
    left = []
    for item in debts:
        deducted = min(credit, item.amount)
        credit -= deducted
        if item.amount > deducted:
            left.append(item._replace(amount=item.amount - deducted))
    if credit > 0.0:
        left.append(Item(-credit, None))
    return left


def _unpaid(pays: Lateness, due: int | None, day: int, gone: float | None) -> float:
    """The probability that what is open today, and due in ``due`` days, is open at the end of ``day``.

    :param gone: the share of such items that would have been paid by today
    """
    if due is None or gone is None or gone >= 1.0 - 1e-9:
        return 1.0
    return (1.0 - pays.by(day - due)) / (1.0 - gone)


def _dates(pays: Lateness, due: int | None, band: Band) -> tuple[int | None, int | None]:
    """The days by which what is due in ``due`` days is paid at the low end of the band, and at its high end."""
    if due is None:
        return None, None
    early, late = pays.quantile(band.low, -due), pays.quantile(band.high, -due)
    return None if early is None else early + due, None if late is None else late + due


def _arrivals(
    weeks: int, usually: Usual | None, deals: Iterable[Deal]
) -> Iterable[tuple[int, float, float, float]]:
    """Business to come: day, and the amount that is expected, at the least, and at the most.

    What is usual comes at the end of each week, so that a day never counts what came after it. What it sums up to
    spreads with the root of the time (as sums of independent weeks do), 10 to 90 % being 1.2816 deviations.
    """
    if usually is not None and usually.weekly > 0.0:
        spread = 1.2816 * usually.deviation
        little = much = 0.0
        for week in range(1, weeks + 1):
            mean = usually.weekly * week
            least = max(little, mean - spread * math.sqrt(week))
            most = max(much, mean + spread * math.sqrt(week))
            yield 7 * week, usually.weekly, least - little, most - much
            little, much = least, most
    for amount, probability, day in deals:
        if 0 < day <= 7 * weeks:
            certain = amount if probability > HIGH else 0.0
            possible = amount if probability > LOW else 0.0
            yield day, amount * probability, certain, possible


def _ceiling(ceilings: Sequence[tuple[int, float | None]], day: int) -> float | None:
    """What the exposure may reach on a day."""
    place = bisect_right(ceilings, day, key=lambda each: each[0])
    return ceilings[place - 1][1] if place else None


def _breach(
    as_of: datetime.date, exposure: Sequence[float], ceilings: Sequence[tuple[int, float | None]], rounding: float
) -> datetime.date | None:
    """The first day on which the exposure, straight between the ends of two weeks, exceeds what it may reach."""
    limited = [ceiling for _day, ceiling in ceilings if ceiling is not None]
    if not limited or not exceeds(max(exposure), min(limited), rounding):
        return None
    for day in range(7 * (len(exposure) - 1) + 1):
        week, part = divmod(day, 7)
        amount = exposure[week]
        if part:
            amount += (exposure[week + 1] - amount) * part / 7
        ceiling = _ceiling(ceilings, day)
        if ceiling is not None and exceeds(amount, ceiling, rounding):
            return as_of + datetime.timedelta(day)
    return None
