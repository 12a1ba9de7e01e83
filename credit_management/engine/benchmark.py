# Part of credit_management. License LGPL-3.0 or later.
"""Where a ratio stands among its peers.

Quartiles are by linear interpolation between ranks (Hyndman and Fan 1996, type 7, as spreadsheets and R have it).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Standing = Literal["best", "good", "weak", "worst"]


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Lower quartile, median and upper quartile of a ratio, by value and not by merit, of ``count`` firms.

    :raises ValueError: they aren't in order
    """

    lower: float
    median: float
    upper: float
    count: int = 0

    def __post_init__(self) -> None:
        if not self.lower <= self.median <= self.upper:
            raise ValueError("The lower quartile can't be above the median, nor that above the upper quartile")

    def standing(self, value: float | None, direction: int) -> Standing | None:
        """The quarter that ``value`` is in, by merit: on a boundary it is in the better one.

        :param direction: +1 higher is better, -1 lower is better; None is returned for 0, as neither is
        """
        if value is None or not direction:
            return None
        signed = value * direction
        low, median, high = sorted(quartile * direction for quartile in (self.lower, self.median, self.upper))
        if signed >= high:
            return "best"
        if signed >= median:
            return "good"
        return "weak" if signed >= low else "worst"


def quartiles(values: Iterable[float | None]) -> Quartiles | None:
    """The quartiles of the known values; ``None`` without any."""
    known = sorted(value for value in values if value is not None and math.isfinite(value))
    if not known:
        return None
    return Quartiles(_at(known, 0.25), _at(known, 0.5), _at(known, 0.75), len(known))


def _at(values: list[float], share: float) -> float:
    place = (len(values) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] if place == below else values[below] + (values[above] - values[below]) * (place - below)
