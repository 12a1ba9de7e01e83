# Part of credit_management. License LGPL-3.0 or later.
"""How wide the band of a prediction has to be, learned from what became of earlier predictions.

How it works. A band from one in ten to nine in ten promises to hold eight of ten payments. Whether it does shows where
payments fell within what was predicted for them: the share of the prediction that lay before. If more than one in ten
fell into the highest tenth, the band has to reach further up. So its bounds are put where one in ten, and nine in
ten, of the earlier payments fell (recalibration, Kuleshov, Fenner and Ermon 2018). What is still open counts as in
:func:`~.forecast.lateness`: it will fall beyond where it is now.

As only what is known already is looked at, the promise can be checked by walking forward: :func:`banded`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .forecast import HIGH, LOW, PROMISED, Band, Lateness, Observation, lateness
from .walk_forward import Prediction

# Shares are counted in whole thousandths, as a lateness is in whole days.
PARTS = 1000
# Where payments fall if the prediction is right, and as how many of them that counts. A convention of ours.
RIGHT = Lateness(tuple(range(50, PARTS + 1, 50)), tuple(part / 20 for part in range(1, 21)))
RIGHT_WEIGHT = 20.0


class Outcome(NamedTuple):
    """What was predicted of a payment, and what came: its days late or, where it is not ``paid``, those so far."""

    pays: Lateness
    days: int
    paid: bool


def calibrated(outcomes: Iterable[Outcome]) -> Band:
    """The band that would have held of the ``outcomes`` what it promises; what is promised for none."""
    low, high = [], []
    for pays, days, paid in outcomes:
        # a bound is a day, and that day itself lies within the band
        low.append(Observation(_part(pays.by(days)), 1.0, paid))
        high.append(Observation(_part(pays.by(days - 1 if paid else days)), 1.0, paid))
    if not low:
        return PROMISED
    lowest = lateness(low, RIGHT, RIGHT_WEIGHT).quantile(LOW)
    highest = lateness(high, RIGHT, RIGHT_WEIGHT).quantile(HIGH)
    return Band(
        min(0.5, (PARTS if lowest is None else lowest) / PARTS),
        max(0.5, min(1.0, (PARTS if highest is None else highest + 1) / PARTS)),
    )


def _part(share: float) -> int:
    return round(share * PARTS)


def outcome(prediction: Prediction, as_of: datetime.date) -> Outcome:
    """What is known on ``as_of`` of what became of a prediction."""
    today = as_of.toordinal()
    paid = prediction.settled is not None and prediction.settled <= today
    until = prediction.settled if prediction.settled is not None and paid else today
    return Outcome(prediction.pays, until - prediction.due, paid)


def banded(predictions: Iterable[Prediction]) -> Iterator[tuple[Prediction, Band]]:
    """Each prediction with the band that was known on its day, from those of the days before; in the order of days."""
    earlier: list[Prediction] = []
    of_day: list[Prediction] = []
    band = PROMISED
    for prediction in predictions:
        if of_day and of_day[0].issued != prediction.issued:
            earlier += of_day
            of_day = []
            as_of = datetime.date.fromordinal(prediction.issued)
            band = calibrated(outcome(each, as_of) for each in earlier)
        of_day.append(prediction)
        yield prediction, band
