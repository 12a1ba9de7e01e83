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


def test_predicts_better_than_naive_rules():
    if not HISTORY.exists():
        pytest.skip("The public receivables history is not here: CREDIT_RECEIVABLES names its file.")
    customers, countries = defaultdict(list), {}
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["customerID"]
            countries[key] = row["countryCode"]
            settled = day(row["SettledDate"]) if row["SettledDate"] else None
            dates = day(row["InvoiceDate"]), day(row["DueDate"]), settled
            customers[key].append(portion(float(row["InvoiceAmount"]), *dates))
    found = list(walk_forward(customers, countries))
    assert len(found) > 1000
    for average in (statistics.mean, statistics.median):
        ours = average(each.error for each in found)
        assert ours < average(abs(each.late) for each in found)
        assert ours < average(abs(each.late - each.mean) for each in found)
