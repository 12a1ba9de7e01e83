# Part of credit_management. License LGPL-3.0 or later.
"""Segments: which policy holds for a customer.

A policy says by conditions for whom it holds; all of them must be met, and of the values that one condition lists any.
What is not known of a customer meets no condition on it. The first policy whose conditions are met holds.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Customer:
    """What segments look at. Everything but the company may be unknown (``None``, or empty)."""

    company: int
    country: int | None = None
    industry: int | None = None
    tags: frozenset[int] = frozenset()
    grade: int | None = None
    since: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The conditions of one policy; one that lists nothing is met by everybody.

    ``unrated`` lets customers without a grade meet the condition on the grade. Months count from the customer's first
    invoice or order: ``from_months`` inclusive, ``to_months`` exclusive. ``members`` are the ids of the customers
    that a filter of any kind finds, ``None`` where there is none.
    """

    company: int | None = None
    countries: frozenset[int] = frozenset()
    industries: frozenset[int] = frozenset()
    tags: frozenset[int] = frozenset()
    grades: frozenset[int] = frozenset()
    unrated: bool = False
    from_months: int | None = None
    to_months: int | None = None
    members: frozenset[int] | None = None

    def reasons(self, key: int, customer: Customer, today: datetime.date) -> tuple[str, ...] | None:
        """The conditions that ``customer`` meets: ``None`` if he does not meet them all.

        :param key: the customer's id, as in ``members``
        """
        conditions = {
            "company": self.company is not None and self.company == customer.company,
            "country": customer.country in self.countries,
            "industry": customer.industry in self.industries,
            "tags": bool(self.tags & customer.tags),
            "grade": self.unrated if customer.grade is None else customer.grade in self.grades,
            "since": self._within(customer.since, today),
            "filter": self.members is not None and key in self.members,
        }
        asked = self._asked()
        return asked if all(conditions[name] for name in asked) else None

    def _asked(self) -> tuple[str, ...]:
        asked = {
            "company": self.company is not None,
            "country": bool(self.countries),
            "industry": bool(self.industries),
            "tags": bool(self.tags),
            "grade": bool(self.grades) or self.unrated,
            "since": self.from_months is not None or self.to_months is not None,
            "filter": self.members is not None,
        }
        return tuple(name for name, is_asked in asked.items() if is_asked)

    def _within(self, since: datetime.date | None, today: datetime.date) -> bool:
        if since is None:
            return False
        months = months_between(since, today)
        return (self.from_months is None or months >= self.from_months) and (
            self.to_months is None or months < self.to_months
        )


def months_between(since: datetime.date, today: datetime.date) -> int:
    """Whole months from ``since`` to ``today``.

    >>> import datetime
    >>> months_between(datetime.date(2024, 1, 31), datetime.date(2024, 3, 30))
    1
    """
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)


def first(segments: Iterable[tuple[int, Segment]], key: int, customer: Customer, today: datetime.date) -> int | None:
    """The number of the first of ``segments`` (number, segment) that the customer is in; ``None`` if he is in none."""
    return next((number for number, segment in segments if segment.reasons(key, customer, today) is not None), None)
