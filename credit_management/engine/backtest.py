# Part of credit_management. License LGPL-3.0 or later.
"""What became of customers after they were rated, beside what their grades promised.

How it works: each rating is followed for a year (:func:`follow`). A customer *defaults* on the day on which more than
a threshold of his debt is so many days past due, 90 by default, as in the definition of default of Regulation (EU)
No 575/2013, article 178(1)(b); a debt that was written off comes to that by itself. Then ratings are put together by
grade (:func:`by_grade`): the probability of default that the grades stand for, the rate that came about, and within
which bounds the true one lies, given how few were seen (:func:`wilson`).

What can't be known stays out of rates: a rating whose year is not over, of a customer who was in default already, or
to whom nothing fell due. Days are ordinals, see :data:`.payment.Portion`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .discrimination import auc, ks
from .payment import Portion

YEAR = 365
LATE = (30, 60, 90)  # days past due for which amounts are told apart
# below so many ratings, or defaults among them, figures say little
FEW_RATINGS, FEW_DEFAULTS = 100, 10

State = Literal["paid", "defaulted", "before", "quiet", "young"]
Fit = Literal["fits", "low", "high", "unknown"]

# What became of a rating, in words.
STATES: dict[State, str] = {
    "paid": "No default",
    "defaulted": "Default",
    "before": "In default already",
    "quiet": "Nothing fell due",
    "young": "The year is not over",
}


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one customer in the year after a rating.

    ``due`` is what fell due in it, ``late`` what of it was paid (or is unpaid) more than 30, 60, 90 days later,
    ``unpaid`` what of the debt that made him default is not paid to this day. Amounts in the currency of the profile.
    """

    state: State
    due: float = 0.0
    late: tuple[float, float, float] = (0.0, 0.0, 0.0)
    unpaid: float = 0.0
    worst_days: int | None = None  # None: nothing fell due


def follow(
    portions: Iterable[Portion],
    day: int,
    until: int,
    *,
    default_days: int = 90,
    threshold: float = 0.0,
    disputes: bool = True,
) -> Course:
    """Follow a customer for a year from ``day``, as known on ``until``.

    :param portions: as known on ``until``: what was paid later is open
    :param threshold: so much may be ``default_days`` past due without its being a default
    :param disputes: whether disputed portions count
    """
    end = day + YEAR
    counting = [each for each in portions if disputes or not each[5]]
    before, defaulted, unpaid = _defaults(counting, day, min(end, until), default_days)
    due, late, worst = _lateness(counting, day, min(end, until), until)
    state: State = "paid"
    if before > threshold:
        state = "before"
    elif end > until:
        state = "young"
    elif defaulted > threshold:
        state = "defaulted"
    elif worst is None:
        state = "quiet"
    return Course(state, due, late, unpaid if state == "defaulted" else 0.0, worst)


def _defaults(portions: Iterable[Portion], day: int, end: int, default_days: int) -> tuple[float, float, float]:
    """What was in default on ``day``, what came to be so until ``end``, and what of that is unpaid to this day."""
    before = defaulted = unpaid = 0.0
    for amount, _invoice, _invoiced, due, settled, _disputed in portions:
        event = due + default_days + 1  # on this day it is more than so many days past due
        if settled is not None and settled < event:
            continue
        if event <= day and (settled is None or settled > day):
            before += amount
        elif day < event <= end:
            defaulted += amount
            unpaid += amount if settled is None else 0.0
    return before, defaulted, unpaid


def _lateness(
    portions: Iterable[Portion], day: int, end: int, until: int
) -> tuple[float, tuple[float, float, float], int | None]:
    """What fell due after ``day`` until ``end``, what of it was how late, and the longest delay."""
    due_amount, late, worst = 0.0, [0.0] * len(LATE), None
    for amount, _invoice, _invoiced, due, settled, _disputed in portions:
        if not day < due <= end:
            continue
        days = (until if settled is None else settled) - due
        due_amount += amount
        worst = days if worst is None else max(worst, days)
        for place, bound in enumerate(LATE):
            late[place] += amount if days > bound else 0.0
    return due_amount, (late[0], late[1], late[2]), worst


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating and what became of it. ``exposure`` and ``expected_loss`` are those of its day."""

    grade: str
    pd: float
    course: Course
    score: float | None = None
    exposure: float = 0.0
    expected_loss: float = 0.0

    @property
    def known(self) -> bool:
        """Whether it counts in rates."""
        return self.course.state in ("paid", "defaulted")

    @property
    def defaulted(self) -> bool:
        """Whether the customer defaulted."""
        return self.course.state == "defaulted"


@dataclass(frozen=True, slots=True)
class Cell:
    """Ratings put together: of a grade, or all of them. Rates and shares are ``None`` where nothing is known."""

    grade: str | None
    ratings: int
    defaults: int
    pd: float | None
    rate: float | None
    low: float | None
    high: float | None
    late: tuple[float | None, float | None, float | None]
    exposure: float
    expected_loss: float
    loss: float

    @property
    def fit(self) -> Fit:
        """Whether the promised probability lies within the bounds of the true one: it ``fits``, is too ``low`` or too
        ``high``."""
        if self.pd is None or self.low is None or self.high is None:
            return "unknown"
        if self.pd < self.low:
            return "low"
        return "high" if self.pd > self.high else "fits"


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float] | None:
    """The bounds within which the true rate lies, at 95 % by default: the score interval (Wilson 1927).

    :return: two fractions, 0 to 1; ``None`` of nothing
    :raises ValueError: more hits than there are in all
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} can't be.")
    if not total:
        return None
    rate, square = hits / total, z * z
    middle = rate + square / (2 * total)
    spread = z * math.sqrt(rate * (1 - rate) / total + square / (4 * total * total))
    scale = 1 + square / total
    # where nothing, or everything, was hit the bound is exactly the end
    low = 0.0 if not hits else (middle - spread) / scale
    high = 1.0 if hits == total else (middle + spread) / scale
    return max(0.0, low), min(1.0, high)


def together(rated: Iterable[Rated], grade: str | None = None) -> Cell:
    """Put ratings together; those that are not :attr:`Rated.known` are left out."""
    known = [each for each in rated if each.known]
    defaults = sum(each.defaulted for each in known)
    bounds = wilson(defaults, len(known))
    due = math.fsum(each.course.due for each in known)

    def share(place: int) -> float | None:
        return math.fsum(each.course.late[place] for each in known) / due if due > 0 else None

    return Cell(
        grade=grade,
        ratings=len(known),
        defaults=defaults,
        pd=math.fsum(each.pd for each in known) / len(known) if known else None,
        rate=defaults / len(known) if known else None,
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
        late=(share(0), share(1), share(2)),
        exposure=math.fsum(each.exposure for each in known),
        expected_loss=math.fsum(each.expected_loss for each in known),
        loss=math.fsum(each.course.unpaid for each in known),
    )


@dataclass(frozen=True, slots=True)
class Backtest:
    """Ratings by grade, in all, and how well scores tell defaults from the others."""

    grades: tuple[Cell, ...]
    total: Cell
    auc: float | None
    ks: float | None

    @property
    def thin(self) -> bool:
        """Whether too little was seen to say much."""
        return self.total.ratings < FEW_RATINGS or self.total.defaults < FEW_DEFAULTS


def by_grade(rated: Sequence[Rated], grades: Sequence[str]) -> Backtest:
    """Put ratings together by grade.

    :param grades: the codes, the best first; one that no rating has is left out, one that is not among them comes last
    """
    found = {each.grade for each in rated}
    order = [*(code for code in grades if code in found), *sorted(found.difference(grades))]
    scored = [each for each in rated if each.known and each.score is not None]
    # the higher the score, the less likely the default
    risks = [-each.score for each in scored if each.score is not None]
    defaulted = [each.defaulted for each in scored]
    return Backtest(
        grades=tuple(together((each for each in rated if each.grade == code), code) for code in order),
        total=together(rated),
        auc=auc(risks, defaulted),
        ks=ks(risks, defaulted),
    )
