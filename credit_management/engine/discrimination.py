# Part of credit_management. License LGPL-3.0 or later.
"""How well a score tells those who will from those who won't: AUC and the Kolmogorov–Smirnov statistic.

A score is on the side of the outcome: the higher, the likelier. Turn the sign of one that falls with risk, such as
a grade's score or the payment index.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The probability that one with the outcome scores higher than one without; a tie counts one half.

    0.5 is no better than chance, 1 is perfect, below 0.5 the score points the wrong way. By ranks: the
    Mann–Whitney statistic (Hanley and McNeil 1982), in O(n log n).

    :return: 0 to 1; ``None`` where all outcomes are the same
    :raises ValueError: scores and outcomes are not of one length, or a score is not a number
    """
    with_it, without = _counts(outcomes)
    if not with_it or not without:
        return None
    # each one with the outcome beats those without it that come below, and half of those it ties with
    wins, below = 0.0, 0
    for hits, misses in _tied(scores, outcomes):
        wins += hits * (below + misses / 2.0)
        below += misses
    return wins / (with_it * without)


def ks(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The largest distance between the distributions of the scores with and without the outcome.

    The two-sample Kolmogorov–Smirnov statistic. Scores that tie are stepped over together.

    :return: 0 (the same) to 1 (apart); ``None`` where all outcomes are the same
    :raises ValueError: scores and outcomes are not of one length, or a score is not a number
    """
    with_it, without = _counts(outcomes)
    if not with_it or not without:
        return None
    hits = misses = 0
    largest = 0.0
    for more_hits, more_misses in _tied(scores, outcomes):
        hits, misses = hits + more_hits, misses + more_misses
        largest = max(largest, abs(hits / with_it - misses / without))
    return largest


def _counts(outcomes: Iterable[bool]) -> tuple[int, int]:
    found = [bool(outcome) for outcome in outcomes]
    return sum(found), len(found) - sum(found)


def _tied(scores: Sequence[float], outcomes: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """For each distinct score, from the lowest: how many have the outcome, and how many have not."""
    if any(math.isnan(score) for score in scores):
        raise ValueError("A score is not a number.")
    found = Counter((score, bool(outcome)) for score, outcome in zip(scores, outcomes, strict=True))
    for score in sorted({score for score, _outcome in found}):
        yield found[score, True], found[score, False]
