# Part of credit_management. License LGPL-3.0 or later.
"""Does a band hold what it promises? By hand, on predictions known to be wrong, and on the public history of
``test_ranking``."""

import datetime
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.calibration import Outcome, banded, calibrated, outcome
from ...engine.forecast import Band, Lateness
from ...engine.payment import portion
from ...engine.walk_forward import walk_forward
from .test_ranking import HISTORY
from .test_walk_forward import public_history

TODAY = datetime.date(2026, 6, 30)
# one day is as probable as the other
EVENLY = Lateness(tuple(range(1, 1001)), tuple(day / 1000 for day in range(1, 1001)))


def held(outcomes, band):
    """The share of what was paid that lies within the band."""
    paid = [each for each in outcomes if each.paid]
    inside = sum(each.pays.quantile(band.low) <= each.days <= _end(each.pays.quantile(band.high)) for each in paid)
    return inside / len(paid)


def _end(day):
    return float("inf") if day is None else day


def drawn(number, spread, seed=1):
    """Payments around the middle of :data:`EVENLY`: with a ``spread`` of 1 just as predicted."""
    generator = random.Random(seed)
    return [Outcome(EVENLY, round(500.5 + spread * generator.uniform(-500, 500)), True) for _each in range(number)]


def test_nothing_to_learn_from_promises_what_is_written():
    assert calibrated([]) == Band(0.1, 0.9)


def test_predictions_that_are_right_keep_their_band():
    assert calibrated(drawn(2000, 1.0)) == pytest.approx((0.1, 0.9), abs=0.02)


@pytest.mark.parametrize("spread", [0.3, 0.6, 1.15])
def test_predictions_that_are_off_get_one_that_holds(spread):
    """Learned on some, it holds on others what the plain one does not."""
    band = calibrated(drawn(2000, spread))
    fresh = drawn(2000, spread, seed=2)
    assert held(fresh, band) == pytest.approx(0.8, abs=0.03)
    assert abs(held(fresh, Band()) - 0.8) > 0.05


def test_a_few_surprises_do_not_move_it_far():
    assert calibrated([Outcome(EVENLY, 5000, True)]).high < 0.96
    assert calibrated([Outcome(EVENLY, 5000, True)] * 50).high == 1.0


def test_what_is_open_lies_beyond_where_it_is_now():
    late = [Outcome(EVENLY, 200, True)] * 30
    among = calibrated([*late, *[Outcome(EVENLY, 300, False)] * 30])
    assert among.high > 0.9 > calibrated(late).high
    # of what has hardly begun nothing is known yet
    assert calibrated([*late, *[Outcome(EVENLY, 0, False)] * 30]) == pytest.approx(calibrated(late), abs=0.15)


@given(st.lists(st.tuples(st.integers(-50, 1300), st.booleans())), st.integers(1, 400))
def test_later_payments_never_lower_it(seen, more):
    outcomes = [Outcome(EVENLY, days, paid) for days, paid in seen]
    later = [each._replace(days=each.days + more) for each in outcomes]
    band, moved = calibrated(outcomes), calibrated(later)
    assert 0.0 <= band.low <= 0.5 <= band.high <= 1.0
    assert moved.low >= band.low - 1e-9
    assert moved.high >= band.high - 1e-9


def test_an_outcome_is_what_is_known_on_the_day():
    issued, due, settled = (TODAY + datetime.timedelta(number) for number in (-60, -30, -10))
    [prediction] = walk_forward({"a": [portion(100.0, issued, due, settled)]}, {"a": 1})
    assert outcome(prediction, TODAY)[1:] == (20, True)
    assert outcome(prediction, settled)[1:] == (20, True)
    assert outcome(prediction, settled - datetime.timedelta(1))[1:] == (19, False)


def test_the_band_of_a_day_knows_nothing_of_what_comes_after():
    days = [TODAY + datetime.timedelta(7 * number) for number in range(12)]
    own = [portion(100.0, day, day, day + datetime.timedelta(40 + number)) for number, day in enumerate(days)]
    bands = [band for _prediction, band in banded(walk_forward({"a": own}, {"a": 1}))]
    assert bands[0] == Band()
    assert len(set(bands)) == 3
    for number in range(1, len(days)):
        known = [(*each[:4], None, False) if each[4] > own[number][2] else each for each in own[: number + 1]]
        assert [band for _each, band in banded(walk_forward({"a": known}, {"a": 1}))][number] == bands[number]


def test_holds_what_it_promises():
    if not HISTORY.exists():
        pytest.skip("The public receivables history is not here: CREDIT_RECEIVABLES names its file.")
    found = [(outcome(each, datetime.date.max), band) for each, band in banded(walk_forward(*public_history()))]
    promised = [held([each], Band()) for each, _band in found]
    learned = [held([each], band) for each, band in found]
    assert sum(promised) / len(found) < 0.76
    assert sum(learned) / len(found) == pytest.approx(0.8, abs=0.02)
    # and not by reaching for everything
    width = sum(each.pays.quantile(band.high) - each.pays.quantile(band.low) for each, band in found)
    plain = sum(each.pays.quantile(0.9) - each.pays.quantile(0.1) for each, _band in found)
    assert width < 1.15 * plain
