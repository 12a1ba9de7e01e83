# Part of credit_management. License LGPL-3.0 or later.
"""Timing that holds on a noisy machine: what is compared runs in turn, and ratios come with an interval."""

import gc
import random
import statistics
import time


def seconds(function):
    """How long one call takes, without the garbage collector's help."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        function()
        return time.perf_counter() - start
    finally:
        gc.enable()


def interleaved(repeats, **functions):
    """Time several functions in turn: ``{name: list of seconds}``. The first round warms up and is not counted."""
    times = {name: [] for name in functions}
    for number in range(repeats + 1):
        for name, function in functions.items():
            taken = seconds(function)
            if number:
                times[name].append(taken)
    return times


def ratio(times, base, rounds=1000):
    """Median of ``times`` ÷ median of ``base``, with a bootstrap 95 % interval: ``(ratio, low, high)``."""
    generator = random.Random(1)

    def resampled(values):
        return statistics.median(generator.choices(values, k=len(values)))

    ratios = sorted(resampled(times) / resampled(base) for _round in range(rounds))
    return statistics.median(times) / statistics.median(base), ratios[rounds // 40], ratios[-rounds // 40]
