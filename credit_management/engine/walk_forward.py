# Part of credit_management. License LGPL-3.0 or later.
"""How good a prediction of payment dates would have been: walking forward through a history, with nothing known of what
came after."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from .forecast import COUNTRY_PRIOR, FIRM_PRIOR, NOTHING_KNOWN, Lateness, Observation, lateness, observations, pooled
from .payment import Portion

Key = TypeVar("Key", bound=Hashable)


class Prediction(NamedTuple):
    """An invoice on its own date: when it was due and paid in the end, and what was to be expected then."""

    issued: int
    due: int
    settled: int | None  # None: not paid yet, as far as the history goes
    pays: Lateness
    mean: float  # the customer's mean lateness so far; 0 for a new customer: the naive rule

    @property
    def late(self) -> int:
        """How late it was paid.

        :raises ValueError: it was not
        """
        if self.settled is None:
            raise ValueError("the invoice is not paid")
        return self.settled - self.due

    @property
    def error(self) -> float:
        """Days between the prediction (the median) and the payment; endless where no payment was expected."""
        middle = self.pays.quantile(0.5)
        return float("inf") if middle is None else abs(self.late - middle)


def walk_forward(
    customers: Mapping[Key, Sequence[Portion]],
    countries: Mapping[Key, Hashable],
    *,
    since: datetime.date = datetime.date.min,
    most: int | None = None,
    step: int = 1,
) -> Iterator[Prediction]:
    """Predict the payment of invoices on their dates, in the order of these, from what was issued before and known
    by then.

    :param customers: the portions of each customer, all of one company
    :param countries: the country of each customer, or whatever they are grouped by
    :param since: only invoices from this day on
    :param most: of a customer with more invoices only about so many, spread over all of them
    :param step: for so many days what is learned of others stays as it was: quicker, and known all the same
    """
    issued: dict[int, list[tuple[Key, Portion]]] = {}
    for key, portions in customers.items():
        those = [each for each in portions if each[0] > 0.0 and each[2] >= since.toordinal()]
        for each in those[:: -(-len(those) // most) if most and those else 1]:
            issued.setdefault(each[2], []).append((key, each))
    learned = None
    national: dict[Hashable, Lateness] = {}
    for day in sorted(issued):
        if learned is None or day - learned >= step:
            learned, national = day, {}
            seen = {key: _before(own, day) for key, own in customers.items()}
            firm = lateness(pooled(seen.values()), NOTHING_KNOWN, FIRM_PRIOR).coarse()
        for key, (_amount, _whole, _issued, due, settled, _disputed) in issued[day]:
            country = countries[key]
            if country not in national:
                those_there = pooled(each for other, each in seen.items() if countries[other] == country)
                national[country] = lateness(those_there, firm, COUNTRY_PRIOR).coarse()
            own = seen[key] if day == learned else _before(customers[key], day)
            paid = [each.days for each in own if each.paid]
            pays = lateness(own, national[country])
            yield Prediction(day, due, settled, pays, sum(paid) / len(paid) if paid else 0.0)


def _before(portions: Sequence[Portion], day: int) -> list[Observation]:
    """What is known on ``day`` of what was issued before."""
    return observations([each for each in portions if each[2] < day], datetime.date.fromordinal(day))
