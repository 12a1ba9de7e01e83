# Part of credit_management. License LGPL-3.0 or later.
"""What credit records say against a customer: adverse ones, counted by age and severity.

>>> import datetime
>>> lawsuit = Record("lawsuit", datetime.date(2026, 3, 1), adverse=True, severity="high")
>>> said = count([lawsuit], datetime.date(2026, 6, 30))
>>> said.number(), said.number(within="old"), said.worst
(1, 0, 'high')

How it works: :data:`KINDS` says which kinds of records there are and which of them speak against a customer unless
somebody says otherwise. :func:`count` sorts the adverse ones into the periods of :data:`AGES` and the steps of
:data:`SEVERITIES`. Nothing is weighed here: how much a record counts is for the scorecard to say.
"""

from __future__ import annotations

import calendar
import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from . import _

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

# from the mildest to the gravest
SEVERITIES = ("low", "medium", "high", "critical")

# the period that a record belongs to, with the months since its date up to which it does
AGES: Mapping[str, int | None] = MappingProxyType({"recent": 12, "past": 36, "old": None})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record; ``adverse`` and ``severity`` are what such a record is unless somebody says otherwise."""

    code: str
    label: str
    adverse: bool = False
    severity: str = "low"


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind("loan", _("Loan")),
            Kind("repayment", _("Repayment")),
            Kind("default", _("Default"), adverse=True, severity="high"),
            Kind("lawsuit", _("Lawsuit"), adverse=True, severity="medium"),
            Kind("insolvency", _("Insolvency"), adverse=True, severity="critical"),
            Kind("cheque", _("Bounced cheque"), adverse=True, severity="medium"),
            Kind("bureau", _("Bureau report")),
            Kind("bank_reference", _("Bank reference")),
            Kind("trade_reference", _("Trade reference")),
            Kind("visit", _("Visit")),
            Kind("interview", _("Interview")),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record. ``score`` is a bureau's, brought to 0 (worst) – 100 (best) by :func:`scaled`; None without one.

    :raises ValueError: kind or severity is none of ours
    """

    kind: str
    date: datetime.date
    adverse: bool = False
    severity: str = "low"
    score: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no kind of record called {self.kind!r}")
        if self.severity not in SEVERITIES:
            raise ValueError(f"There is no severity called {self.severity!r}")


@dataclass(frozen=True, slots=True)
class Adverse:
    """What is known against a customer on a day.

    ``counts`` are the adverse records by (age, severity); what isn't there is none. ``known`` tells whether there
    is any record at all, adverse or not: without one, that nothing is known against a customer says little.
    ``worst`` is the gravest severity, ``last`` the date of the latest adverse record. ``score`` is the latest
    external score, 0–100, higher is better, and ``score_date`` its date.
    """

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    known: bool = False
    worst: str | None = None
    last: datetime.date | None = None
    insolvent: bool = False
    score: float | None = None
    score_date: datetime.date | None = None

    def number(self, within: str | None = None, at_least: str = "low") -> int:
        """How many adverse records there are, of one age or of all, from a severity on.

        :raises KeyError: ``within`` is no age
        :raises ValueError: ``at_least`` is no severity
        """
        if within is not None and within not in AGES:
            raise KeyError(within)
        floor = SEVERITIES.index(at_least)
        return sum(
            number
            for (age, severity), number in self.counts.items()
            if within in (None, age) and SEVERITIES.index(severity) >= floor
        )

    @property
    def gravity(self) -> int:
        """The gravest severity as a number: 0 without adverse records, 1 (low) to 4 (critical)."""
        return 0 if self.worst is None else SEVERITIES.index(self.worst) + 1


def count(records: Iterable[Record], as_of: datetime.date) -> Adverse:
    """What ``records`` say against a customer on ``as_of``. Those of later days are left out."""
    counts: Counter[tuple[str, str]] = Counter()
    known, insolvent = False, False
    worst, last, scored = -1, None, None
    for record in records:
        if record.date > as_of:
            continue
        known = True
        if record.score is not None and (scored is None or record.date >= scored.date):
            scored = record
        if record.adverse:
            counts[age(record.date, as_of), record.severity] += 1
            worst = max(worst, SEVERITIES.index(record.severity))
            last = record.date if last is None else max(last, record.date)
            insolvent |= record.kind == "insolvency"
    return Adverse(
        MappingProxyType(dict(counts)),
        known,
        SEVERITIES[worst] if worst >= 0 else None,
        last,
        insolvent,
        scored.score if scored else None,
        scored.date if scored else None,
    )


def age(day: datetime.date, as_of: datetime.date) -> str:
    """The period of :data:`AGES` that a record of ``day`` belongs to; on the boundary it is still the younger one."""
    return next(name for name, months in AGES.items() if months is None or day >= _before(as_of, months))


def _before(day: datetime.date, months: int) -> datetime.date:
    """The day so many months earlier; the last of the month where that one is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < datetime.MINYEAR:
        return datetime.date.min
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def scaled(score: float, worst: float, best: float) -> float:
    """A bureau's score on a scale of 0 (worst) to 100 (best), whichever way the bureau's own scale goes.

    >>> scaled(245.0, worst=600.0, best=100.0)
    71.0

    :raises ValueError: the ends of the scale are the same, or the score is not between them
    """
    if worst == best:
        raise ValueError("A scale's worst and best end can't be the same")
    if not min(worst, best) <= score <= max(worst, best):
        raise ValueError(f"{score:g} is not between {worst:g} (worst) and {best:g} (best)")
    return (score - worst) / (best - worst) * 100.0
