# Part of credit_management. License LGPL-3.0 or later.
"""Does the forecast predict payment dates better than naive rules? On the public history of ``test_ranking``."""

import csv
import datetime
import statistics
from collections import defaultdict

import pytest

from ...engine.payment import portion
from ...engine.walk_forward import walk_forward
from .test_ranking import HISTORY, day

TODAY = datetime.date(2026, 6, 30)


def test_nothing_is_known_of_what_comes_after():
    """An invoice of tomorrow, or a payment of tomorrow, changes no prediction of today."""
    first = portion(100.0, TODAY - datetime.timedelta(60), TODAY - datetime.timedelta(30), TODAY)
    second = portion(100.0, TODAY, TODAY + datetime.timedelta(30), TODAY + datetime.timedelta(90))
    third = portion(100.0, TODAY + datetime.timedelta(1), TODAY + datetime.timedelta(2), TODAY + datetime.timedelta(3))
    one, other = (list(walk_forward({"a": own}, {"a": 1}))[1] for own in ([first, second], [first, second, third]))
    assert one == other
    assert (one.late, one.mean) == (60, 30.0)
    # paid a day later, it is open on that day, and as late as it was
    later = (*first[:4], first[4] + 1, False)
    assert list(walk_forward({"a": [later, second]}, {"a": 1}))[1].mean == 0.0


def test_a_few_of_each_and_what_was_known_of_others_for_a_while():
    """A sample predicts the same of what it predicts, as long as nothing new is known of others."""
    days = [TODAY + datetime.timedelta(7 * number) for number in range(20)]
    own = [portion(100.0, day, day, day + datetime.timedelta(9)) for day in days]
    history = {"a": own}, {"a": 1}
    every = {each.issued: each for each in walk_forward(*history)}
    some = list(walk_forward(*history, most=4))
    assert [each.issued for each in some] == [each[2] for each in own[::5]]
    assert all(each == every[each.issued] for each in some)
    recent = [each.issued for each in walk_forward(*history, since=days[15])]
    assert recent == [each[2] for each in own[15:]]
    # what is his own is known on the day, whatever is kept of others
    kept = list(walk_forward(*history, step=1000))
    assert [each.mean for each in kept] == [every[each.issued].mean for each in kept]
    assert kept[-1].pays != every[kept[-1].issued].pays


def public_history():
    """The portions of each customer, and his country."""
    customers, countries = defaultdict(list), {}
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["customerID"]
            countries[key] = row["countryCode"]
            settled = day(row["SettledDate"]) if row["SettledDate"] else None
            dates = day(row["InvoiceDate"]), day(row["DueDate"]), settled
            customers[key].append(portion(float(row["InvoiceAmount"]), *dates))
    return customers, countries


def test_predicts_better_than_naive_rules():
    if not HISTORY.exists():
        pytest.skip("The public receivables history is not here: CREDIT_RECEIVABLES names its file.")
    found = [each for each in walk_forward(*public_history()) if each.settled is not None]
    assert len(found) > 1000
    for average in (statistics.mean, statistics.median):
        ours = average(each.error for each in found)
        assert ours < average(abs(each.late) for each in found)
        assert ours < average(abs(each.late - each.mean) for each in found)
