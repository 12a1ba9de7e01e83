# Part of credit_management. License LGPL-3.0 or later.
"""How good a prediction of payment dates would have been: walking forward through a history, with nothing known of what
came after."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from .forecast import COUNTRY_PRIOR, FIRM_PRIOR, NOTHING_KNOWN, Lateness, lateness, observations, pooled
from .payment import Portion

Key = TypeVar("Key", bound=Hashable)


class Prediction(NamedTuple):
    """An invoice on its own date: how late it was paid in the end, and what was to be expected then."""

    late: int
    pays: Lateness
    mean: float  # the customer's mean lateness so far; 0 for a new customer: the naive rule

    @property
    def error(self) -> float:
        """Days between the prediction (the median) and the payment; endless where no payment was expected."""
        middle = self.pays.quantile(0.5)
        return float("inf") if middle is None else abs(self.late - middle)


def walk_forward(
    customers: Mapping[Key, Sequence[Portion]], countries: Mapping[Key, Hashable]
) -> Iterator[Prediction]:
    """Predict the payment of every invoice on its date, from what was issued before and known by then.

    :param customers: the portions of each customer, all of one company
    :param countries: the country of each customer, or whatever they are grouped by
    """
    issued: dict[int, list[tuple[Key, int]]] = {}
    for key, portions in customers.items():
        for _amount, _whole, day, due, settled, _disputed in portions:
            if settled is not None:
                issued.setdefault(day, []).append((key, settled - due))
    for day in sorted(issued):
        as_of = datetime.date.fromordinal(day)
        seen = {key: observations([each for each in own if each[2] < day], as_of) for key, own in customers.items()}
        firm = lateness(pooled(seen.values()), NOTHING_KNOWN, FIRM_PRIOR).coarse()
        national: dict[Hashable, Lateness] = {}
        for key, late in issued[day]:
            country = countries[key]
            if country not in national:
                those = pooled(each for other, each in seen.items() if countries[other] == country)
                national[country] = lateness(those, firm, COUNTRY_PRIOR).coarse()
            paid = [each.days for each in seen[key] if each.paid]
            yield Prediction(late, lateness(seen[key], national[country]), sum(paid) / len(paid) if paid else 0.0)
