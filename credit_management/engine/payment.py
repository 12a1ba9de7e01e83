# Part of credit_management. License LGPL-3.0 or later.
"""How a customer pays: payment index, days late, and the days that sales stay outstanding.

The measure is made for whole books: a customer's invoices come as plain tuples (:data:`Portion`), days are numbers,
and :func:`behaviour` goes over them once. Only what was known on the day asked for counts, so that the same
function serves today's rating and the back-test of one three years ago:

- an invoice issued after that day does not exist;
- one that was settled after it is still open on it;
- one that is open and past due counts with its lateness so far, which is the least that it will be;
- one that is open and not yet due says nothing.

Nothing known is ``None``, never 0: a customer without history is neither good nor bad.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar

Key = TypeVar("Key")

# A part of an invoice that was, or is to be, paid at one time:
# ``(amount, invoice amount, issued, due, settled, disputed)``.
#
# ``amount`` is the part's share of the **original** amount and ``invoice amount`` the whole of it, both in one
# currency, taxes included: an invoice of 100 paid 60 and 40 is two portions of 100, and counts as one invoice. The
# three days are :meth:`datetime.date.toordinal` numbers (in SQL ``day - DATE '0001-01-01' + 1``); ``settled`` is
# ``None`` while unpaid, and for what was written off: nobody paid it. The caller nets credit notes against the
# invoice they correct, and leaves netted parts and loose credit notes out; parts of 0 or less are passed over.
# ``disputed`` is the state now, as its history is not kept.
Portion = tuple[float, float, int, int, int | None, bool]


def portion(
    amount: float,
    issued: datetime.date,
    due: datetime.date,
    settled: datetime.date | None = None,
    disputed: bool = False,
    invoice_amount: float | None = None,
) -> Portion:
    """A :data:`Portion` from dates; a whole invoice unless ``invoice_amount`` says otherwise."""
    return (
        amount,
        amount if invoice_amount is None else invoice_amount,
        issued.toordinal(),
        due.toordinal(),
        None if settled is None else settled.toordinal(),
        disputed,
    )


# -- the index ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """Points, 0 to 100, for days late (negative: early): straight between the anchors, level beyond the outer ones.

    :raises ValueError: the anchors are fewer than two, not in order of days, or give more points for paying later
    """

    anchors: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        pairs = list(pairwise(self.anchors))
        if not pairs:
            raise ValueError("A curve needs two anchors or more.")
        if any(left[0] >= right[0] or left[1] < right[1] for left, right in pairs):
            raise ValueError("The anchors of a curve go from early to late, and from more points to fewer.")
        if self.anchors[0][1] > 100 or self.anchors[-1][1] < 0:
            raise ValueError("Points are from 0 to 100.")

    def points(self, days: float) -> float:
        """The points for paying ``days`` late."""
        start, high = self.anchors[0]
        if days <= start:
            return float(high)
        for end, low in self.anchors[1:]:
            if days <= end:
                return high + (low - high) * (days - start) / (end - start)
            start, high = end, low
        return float(high)


def curve(days_for_70: int = 15) -> Curve:
    """The published anchor points of payment scores (dandb.com, glossary; 60 to 120 days from a weaker source).

    :param days_for_70: the days late that give 70 points: 15, or 14 by another source
    """
    return Curve(
        (
            (-30, 100.0), (-20, 90.0), (0, 80.0), (days_for_70, 70.0), (22, 60.0), (30, 50.0), (33, 49.0), (48, 44.0),
            (60, 40.0), (90, 30.0), (120, 20.0),
        )
    )  # fmt: skip


CURVE = curve()


@lru_cache(maxsize=16)
def _table(by: Curve) -> list[float]:
    """The points of every whole day between the outer anchors."""
    return [by.points(day) for day in range(by.anchors[0][0], by.anchors[-1][0] + 1)]


# -- behaviour ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a customer paid what was due in a period. A figure that nothing is known of is ``None``.

    Days late are negative for early payment. "By amount" is weighted by the portions' original amounts, "by
    invoice" counts every invoice once, however many parts it was paid in.
    """

    index: float | None = None  # payment index 0 to 100, by amount; 80 is prompt
    days_late: float | None = None  # mean, by amount
    median_days_late: float | None = None  # by invoice: of all figures, the one that best ranks who will be late
    worst_days_late: int | None = None  # 0 for a customer who never was late
    terms: float | None = None  # days from invoice to due date, mean by amount
    days_paid: float | None = None  # days from invoice to payment, mean by amount: terms + days late
    on_time: float | None = None  # share paid by the due date, 0 to 1, by invoice
    on_time_amount: float | None = None  # the same by amount
    disputed: float | None = None  # share that is disputed, 0 to 1, by amount, whether or not disputes count

    portions: int = 0  # portions used
    invoices: float = 0.0  # invoices they make up; an invoice used in part counts in part
    settled: float = 0.0  # those of them that are paid; the others are open and overdue
    amount: float = 0.0  # original amount used, in the portions' currency
    oldest: datetime.date | None = None  # the first invoice date used
    newest: datetime.date | None = None  # the last one

    index_recent: float | None = None  # the index of the last months alone
    index_before: float | None = None  # … and of those before
    days_late_recent: float | None = None
    days_late_before: float | None = None

    @property
    def index_trend(self) -> float | None:
        """Points by which the index of the recent months is better than before (negative: worse)."""
        if self.index_recent is None or self.index_before is None:
            return None
        return self.index_recent - self.index_before

    @property
    def paid_late(self) -> float:
        """How many invoices were paid, and late; what is still open is not among them."""
        return 0.0 if self.on_time is None else max(0.0, round(self.settled - self.invoices * self.on_time, 6))

    @property
    def days_late_trend(self) -> float | None:
        """Days by which the customer pays later in the recent months than before (negative: sooner)."""
        if self.days_late_recent is None or self.days_late_before is None:
            return None
        return self.days_late_recent - self.days_late_before

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values; dates in ISO form."""
        return {
            key: value.isoformat() if isinstance(value, datetime.date) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Behaviour:
        """The inverse of :meth:`to_json`; figures that this version does not know are left out."""
        known = {key: value for key, value in values.items() if key in cls.__dataclass_fields__}
        for key in ("oldest", "newest"):
            if known.get(key):
                known[key] = datetime.date.fromisoformat(known[key])
        return cls(**known)


def behaviour(  # noqa: C901 - one loop without calls: it runs for every invoice of the book
    portions: Iterable[Portion],
    as_of: datetime.date,
    months: int = 24,
    *,
    recent: int = 6,
    by: Curve = CURVE,
    disputes: bool = True,
) -> Behaviour:
    """How the customer paid what was due in the ``months`` before ``as_of``, as known on that day.

    A portion is due from its due date until it is paid, so an old debt counts until ``months`` after its payment,
    and does not vanish from the measure by being ignored for long enough. One that was paid before its due date
    counts at once.

    Payment index: amount-weighted points of a :class:`Curve`, published anchors. Weighted terms and days paid, on
    original amounts: Oracle Fusion Receivables, weighted average metrics.

    :param portions: the customer's portions, in any order and one currency
    :param recent: how many months the trend sets against those before them
    :param disputes: whether disputed portions count; their share is given either way
    """
    today, start, turn = as_of.toordinal(), _day_before(as_of, months), _day_before(as_of, recent)
    table, lowest, highest = _table(by), by.anchors[0][0], by.anchors[-1][0]
    best, least = table[0], table[-1]
    lates: list[int] = []
    weights: list[float] = []
    whole_invoices = True
    recent_amount = recent_points = recent_days = before_amount = before_points = before_days = 0.0
    recent_count = 0
    on_time_amount = terms = settled_invoices = disputed_amount = left_out = 0.0
    oldest = newest = 0
    for amount, invoice_amount, issued, due, settled, disputed in portions:
        if issued > today or amount <= 0.0:
            continue
        if settled is not None and settled <= today:
            seen = settled
        elif due < today:
            seen = today
        else:
            continue
        last = seen if seen > due else due  # noqa: FURB136 - half the time of max()
        if last <= start:
            continue
        if disputed:
            disputed_amount += amount
            if not disputes:
                left_out += amount
                continue
        late = seen - due
        lates.append(late)
        if amount == invoice_amount:
            weight = 1.0
        else:
            weight = amount / invoice_amount if invoice_amount > amount else 1.0
            whole_invoices = False
        weights.append(weight)
        if seen == settled:
            settled_invoices += weight
        if late <= 0:
            on_time_amount += amount
        points = best if late <= lowest else least if late >= highest else table[late - lowest]
        terms += amount * (due - issued)
        if last > turn:
            recent_count += 1
            recent_amount += amount
            recent_points += amount * points
            recent_days += amount * late
        else:
            before_amount += amount
            before_points += amount * points
            before_days += amount * late
        if not oldest or issued < oldest:
            oldest = issued
        if issued > newest:
            newest = issued

    amount = recent_amount + before_amount
    disputed_share = disputed_amount / (amount + left_out) if amount + left_out else None
    if not lates:
        return Behaviour(disputed=disputed_share)
    days_late = (recent_days + before_days) / amount
    invoices = float(len(lates)) if whole_invoices else sum(weights)
    on_time = sum(weight for late, weight in zip(lates, weights, strict=True) if late <= 0) / invoices
    some_before = recent_count < len(lates)
    return Behaviour(
        index=(recent_points + before_points) / amount,
        days_late=days_late,
        median_days_late=_middle(sorted(lates)) if whole_invoices else _weighted_median(lates, weights),
        worst_days_late=max(0, *lates),
        terms=terms / amount,
        days_paid=terms / amount + days_late,
        on_time=min(1.0, on_time),
        on_time_amount=min(1.0, on_time_amount / amount),
        disputed=disputed_share,
        portions=len(lates),
        invoices=invoices,
        settled=settled_invoices,
        amount=amount,
        oldest=datetime.date.fromordinal(oldest),
        newest=datetime.date.fromordinal(newest),
        index_recent=recent_points / recent_amount if recent_count else None,
        index_before=before_points / before_amount if some_before else None,
        days_late_recent=recent_days / recent_amount if recent_count else None,
        days_late_before=before_days / before_amount if some_before else None,
    )


def behaviours(
    customers: Mapping[Key, Sequence[Portion]],
    as_of: datetime.date,
    months: int = 24,
    *,
    recent: int = 6,
    by: Curve = CURVE,
    disputes: bool = True,
) -> dict[Key, Behaviour]:
    """:func:`behaviour` of many customers, by the same keys."""
    return {
        key: behaviour(portions, as_of, months, recent=recent, by=by, disputes=disputes)
        for key, portions in customers.items()
    }


def repaid_on_time(portions: Iterable[Portion], as_of: datetime.date, months: int = 24, grace: int = 0) -> float | None:
    """The most that the customer owed at one time and then paid on time: credit that he has carried already.

    Only what was due or paid in the ``months`` before ``as_of`` and paid by then counts. A result of 0 says that he
    paid, but nothing of it on time; ``None`` that he has paid nothing yet.

    :param grace: days late that still pass as on time
    :return: an amount in the portions' currency
    """
    today, start = as_of.toordinal(), _day_before(as_of, months)
    changes: list[tuple[int, float]] = []
    paid = False
    for amount, _invoice_amount, issued, due, settled, _disputed in portions:
        if amount <= 0.0 or settled is None or settled > today or max(due, settled) <= start:
            continue
        paid = True
        if settled <= due + grace and issued < settled:
            changes += ((issued, amount), (settled, -amount))
    if not paid:
        return None
    # on one day, what goes comes before what is new (a negative amount sorts first)
    owed = most = 0.0
    for _day, change in sorted(changes):
        owed += change
        most = max(most, owed)
    return most


# -- over time ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """How a customer paid what fell due in a month, and what his index was at its end.

    A figure that nothing is known of is ``None``. Days late are a mean by amount, negative for early payment; the
    share on time is by amount too, 0 to 1.
    """

    start: datetime.date
    amount: float = 0.0  # original amount that fell due and was paid, or is overdue
    days_late: float | None = None
    on_time: float | None = None
    index: float | None = None  # of the whole period before the month's end (the last month: before ``as_of``)


def by_month(
    portions: Sequence[Portion],
    as_of: datetime.date,
    months: int = 12,
    *,
    period: int = 24,
    by: Curve = CURVE,
    disputes: bool = True,
) -> list[Month]:
    """The course of a customer's payment behaviour, as known on ``as_of``.

    What was paid before it is due counts in the month of ``as_of`` at the latest. The index of a past month is what
    was known at its end.

    :param portions: the customer's portions, in any order and one currency
    :param months: how many, the one of ``as_of`` being the last
    :param period: the months that an index looks back, see :func:`behaviour`
    :return: oldest first, months without anything due included
    """
    last = as_of.year * 12 + as_of.month - 1
    starts = [datetime.date(*_year_and_month(number), 1) for number in range(last - months + 1, last + 1)]
    sums = [[0.0, 0.0, 0.0] for _start in starts]
    today = as_of.toordinal()
    for amount, _invoice_amount, issued, due, settled, disputed in portions:
        paid = settled is not None and settled <= today
        if issued > today or amount <= 0.0 or (disputed and not disputes) or not (paid or due < today):
            continue
        seen = settled if paid and settled is not None else today
        fell_due = datetime.date.fromordinal(min(due, today))
        number = fell_due.year * 12 + fell_due.month - 1 - (last - months + 1)
        if number >= 0:
            sums[number][0] += amount
            sums[number][1] += amount * (seen - due)
            sums[number][2] += amount if seen <= due else 0.0
    ends = [*(following - datetime.timedelta(days=1) for following in starts[1:]), as_of]
    return [
        Month(
            start,
            amount,
            days / amount if amount else None,
            on_time / amount if amount else None,
            behaviour(portions, end, period, by=by, disputes=disputes).index,
        )
        for start, end, (amount, days, on_time) in zip(starts, ends, sums, strict=True)
    ]


def _year_and_month(number: int) -> tuple[int, int]:
    """A month counted from the year 0 on, as (year, month)."""
    return number // 12, number % 12 + 1


HABITS = ("prompt", "slow", "late", "very_late")


def habit(median_days_late: float | None) -> str | None:
    """How somebody pays, in a word of :data:`HABITS`: on time (median of up to 0 days late), up to 15 days late, up
    to 30, or later; ``None`` where it is not known. 15 and 30 days are where the index falls below 70 and 50."""
    if median_days_late is None:
        return None
    return HABITS[sum(median_days_late > bound for bound in (0, 15, 30))]


def _day_before(as_of: datetime.date, months: int) -> int:
    """The last day before the ``months`` that end with ``as_of``, as a day number."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    if year < 1:
        return 0
    day = min(as_of.day, calendar.monthrange(year, month + 1)[1])
    return datetime.date(year, month + 1, day).toordinal()


def _middle(ordered: Sequence[int]) -> float:
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2.0


def _weighted_median(values: Sequence[int], weights: Sequence[float]) -> float:
    """The value with half of the weight on either side; between two that share the middle, their mean."""
    ordered = sorted(zip(values, weights, strict=True))
    half = sum(weights) / 2.0
    # thirds of an invoice don't add up to a whole one in floats
    slack = half * 1e-9
    below = 0.0
    for position, (value, weight) in enumerate(ordered):
        below += weight
        if below >= half - slack:
            if below <= half + slack and position + 1 < len(ordered):
                return (value + ordered[position + 1][0]) / 2.0
            return float(value)
    return float(ordered[-1][0])


# -- days outstanding --------------------------------------------------------------------------------


def period_days(as_of: datetime.date, days: int = 365, customer_since: datetime.date | None = None) -> int:
    """The days up to ``as_of`` that sales are counted over: fewer for one who is a customer since less long; never
    below 0."""
    if customer_since is None:
        return days
    return max(0, min(days, (as_of - customer_since).days))


def dso(balance: float, sales: float, days: float) -> float | None:
    """Days sales outstanding: balance ÷ credit sales × days.

    Source: Microsoft Dynamics 365 Finance, credit statistics; the period starts at "customer since" where that is
    later, see :func:`period_days`.

    :param balance: receivables at the end of the period
    :param sales: credit sales of the period, taxes included as in the balance, same currency
    :return: days; ``None`` without sales or without a period
    """
    return balance / sales * days if sales > 0 and days > 0 else None


def best_possible_dso(current: float, sales: float, days: float) -> float | None:
    """What DSO would be if nothing were overdue: current receivables ÷ credit sales × days (creditguru.com).

    :param current: receivables that are not overdue
    """
    return dso(current, sales, days)


def average_days_delinquent(balance: float, current: float, sales: float, days: float) -> float | None:
    """DSO less best possible DSO: the days of it that overdue items make (creditguru.com)."""
    whole, best = dso(balance, sales, days), best_possible_dso(current, sales, days)
    return None if whole is None or best is None else whole - best


def collection_effectiveness(begin: float, sales: float, end: float, end_current: float) -> float | None:
    """Collection effectiveness index in percent: what was collected of what could have been (gaviti.com, CEI).

    (begin + sales − end) ÷ (begin + sales − end current) × 100, all in one currency.

    :param begin: receivables at the beginning of the period
    :param sales: credit sales of the whole period
    :param end: receivables at its end; ``end_current`` is the part of them that is not overdue
    :return: percent; ``None`` where nothing was there to collect
    """
    collectable = begin + sales - end_current
    return (begin + sales - end) / collectable * 100.0 if collectable > 0 else None


def count_back_dso(balance: float, months: Iterable[tuple[float, int]]) -> float | None:
    """Days sales outstanding by counting back: whole months' sales are peeled off the balance, the latest first, and
    of the month that is larger than what is left, a fraction (trymesha.com, DSO calculation formulas).

    :param months: ``(credit sales, days)`` of each month, the latest first; a month without sales adds its days
    :return: days; 0 without a balance; ``None`` where the months given do not reach back far enough
    """
    left, days = balance, 0.0
    if left <= 0:
        return 0.0
    for sales, length in months:
        if sales >= left:
            return days + length * (left / sales)
        left -= max(0.0, sales)
        days += length
    return None


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """A customer's credit sales and receivables over a period, and how long the sales stay outstanding.

    Amounts are in one currency, taxes included; a figure that cannot be known is ``None``.
    """

    balance: float  # receivables at the end, less unmatched payments and credit notes
    current: float  # the part of them that is not overdue
    begin: float  # receivables at the beginning of the period
    sales: float  # of the period, less credit notes
    days: int  # length of the period
    dso: float | None
    best_possible_dso: float | None
    average_days_delinquent: float | None
    collection_effectiveness: float | None  # percent
    count_back_dso: float | None


def sales_figures(
    balance: float, overdue: float, begin: float, sales: float, days: int, months: Sequence[tuple[float, int]]
) -> SalesFigures:
    """All figures of the kind, from receivables and sales.

    :param overdue: the part of the balance that is past its due date
    :param days: of the period, see :func:`period_days`
    :param months: ``(credit sales, days)`` of each month, the latest first, for counting back
    """
    current = balance - overdue
    return SalesFigures(
        balance=balance,
        current=current,
        begin=begin,
        sales=sales,
        days=days,
        dso=dso(balance, sales, days),
        best_possible_dso=best_possible_dso(current, sales, days),
        average_days_delinquent=average_days_delinquent(balance, current, sales, days),
        collection_effectiveness=collection_effectiveness(begin, sales, balance, current),
        count_back_dso=count_back_dso(balance, months),
    )
