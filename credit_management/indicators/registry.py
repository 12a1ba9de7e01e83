# Part of credit_management. License LGPL-3.0 or later.
"""The registry of indicators.

An indicator is one figure of a customer: how to name it, which way is better, and a function that measures it for a
whole batch. To add one, write the function and register it with :func:`indicator`; scorecards, forms and tests read
the rest from the registry. A customer of whom the figure is unknown is left out of the result, or has ``None``:
never 0.
"""

import datetime
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..engine import _
from ..engine.scorecard import Answer

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: what shows them translates them


class Evidence(NamedTuple):
    """Where a figure is from: a few words, and the records to look at (none named: all of the customer's).

    It is kept, and read in other languages: ``text`` is a name, somebody's own words, how many records there were,
    or codes, and what shows it puts it into words; see :meth:`credit.assessment.line._evidence_in_words`.
    """

    text: str = ""
    model: str = ""
    ids: tuple[int, ...] = ()


class Reading(NamedTuple):
    """A figure or an answer, the day that it is of (``None``: it has no age), and where it is from."""

    value: float | str | None
    as_of: datetime.date | None = None
    evidence: Evidence = Evidence()

    def answer(self, day):
        """What the engine is told of it on ``day``."""
        return Answer(self.value, age_days=None if self.as_of is None else max(0, (day - self.as_of).days))


class Indicator(NamedTuple):
    """One figure of a customer.

    ``unit``: times, percent (0–100), days, years, points, count, amount (in the currency of the profile) or score.
    ``direction``: +1 higher is better, -1 lower is better, 0 neither by itself. ``measure`` takes a recordset of
    profiles, the day, and the :class:`.facts.Facts` of the batch; it returns ``{profile id: Reading}``.
    """

    code: str
    label: str
    unit: str
    direction: int
    group: str
    help: str
    source: str
    measure: Callable


INDICATORS: dict[str, Indicator] = {}

GROUPS = {
    "statements": "Statements",
    "payment": "Payment behaviour",
    "relationship": "Relationship",
    "records": "Credit records",
    "information": "Information",
    "exposure": "Exposure",
}

UNITS = {
    "times": "×",
    "percent": "%",
    "days": _("days"),
    "years": _("years"),
    "points": _("points"),
    "count": "",
    "amount": "",
    "score": "",
}


def indicator(code, label, unit, direction, group, help, source):
    """Register the decorated function as an indicator."""

    def register(function):
        INDICATORS[code] = Indicator(code, label, unit, direction, group, help, source, function)
        return function

    return register


def measure(profiles, as_of, facts, codes: Iterable[str]):
    """The readings of ``codes``: ``{profile id: {code: Reading}}``; what is unknown is not in it.

    :param profiles: those of ``facts``
    :raises KeyError: a code is no indicator
    """
    found = {profile_id: {} for profile_id in profiles.ids}
    for code in codes:
        for profile_id, reading in INDICATORS[code].measure(profiles, as_of, facts).items():
            if reading.value is not None:
                found[profile_id][code] = reading
    return found
