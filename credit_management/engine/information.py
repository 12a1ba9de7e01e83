# Part of credit_management. License LGPL-3.0 or later.
"""How much is known of a customer, and how fresh it is.

>>> known = information({"statement": 100, "bureau": 900})
>>> round(known.completeness, 2), round(known.freshness, 2), known.stale
(0.4, 0.75, ('bureau',))

How it works: :data:`PARTS` are what a full file on a customer has, each with its weight and its shelf life. A part
that is there counts with its weight, and business facts as far as they are known. What has passed its shelf life
still counts as there; freshness tells how much of what is there is within it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from . import _

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a customer's file. ``weight`` in percent of the whole; ``shelf_life`` in days, None for ever."""

    code: str
    label: str
    weight: int
    shelf_life: int | None = None


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        part.code: part
        for part in (
            # a year's statement comes half a year after its end, and is replaced a year later
            Part("statement", _("Confirmed financial statement"), 30, 550),
            Part("payment", _("Payment behaviour"), 20, 365),
            Part("business", _("Business facts"), 20, 730),
            Part("registration", _("Checked registration or VAT number"), 5),
            Part("bureau", _("Bureau report"), 10, 365),
            Part("reference", _("Bank or trade reference"), 5, 730),
            Part("contact", _("Visit or interview"), 10, 365),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Information:
    """What is known of a customer. ``completeness`` and ``freshness`` are 0–1; freshness is None if nothing is known.

    ``ages``: days since each part that is there is of, None where it has no date. ``missing``: parts that aren't
    there; ``partial``: parts that are there in part, with how much of them; ``stale``: parts past their shelf life.
    """

    completeness: float
    freshness: float | None
    ages: Mapping[str, int | None]
    missing: tuple[str, ...]
    partial: Mapping[str, float]
    stale: tuple[str, ...]


def information(ages: Mapping[str, int | None], shares: Mapping[str, float] | None = None) -> Information:
    """Sum up a customer's file.

    :param ages: the parts that are there, with their age in days; None for one that has no date
    :param shares: of parts that can be there in part, how much is (0–1); a share of 0 is a missing part
    :raises KeyError: a part is none of ours
    :raises ValueError: a share isn't within 0–1
    """
    for code in (*ages, *(shares or ())):
        if code not in PARTS:
            raise KeyError(code)
    there = dict.fromkeys(ages, 1.0) | {code: share for code, share in (shares or {}).items() if code in ages}
    for code, share in there.items():
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{code}: a share is between 0 and 1, not {share}")
    there = {code: share for code, share in there.items() if share}
    weighed = {code: PARTS[code].weight * there.get(code, 0.0) for code in PARTS}
    known = sum(weighed.values())
    stale = tuple(code for code in PARTS if code in there and _stale(PARTS[code], ages[code]))
    return Information(
        known / sum(part.weight for part in PARTS.values()),
        1.0 - sum(weighed[code] for code in stale) / known if known else None,
        MappingProxyType({code: ages[code] for code in PARTS if code in there}),
        tuple(code for code in PARTS if code not in there),
        MappingProxyType({code: there[code] for code in PARTS if 0.0 < there.get(code, 0.0) < 1.0}),
        stale,
    )


def _stale(part: Part, age: int | None) -> bool:
    """Whether a part is past its shelf life: what should have a date and hasn't may be as old as the hills."""
    return part.shelf_life is not None and (age is None or age > part.shelf_life)
