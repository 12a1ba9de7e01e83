# Part of credit_management. License LGPL-3.0 or later.
"""Does the payment behaviour tell, on an invoice's date, whether it will be paid late?

On a public receivables history, of which ``CREDIT_RECEIVABLES`` names the file; without it, ``receivables.csv`` in
the folder that ``CREDIT_DATA`` names (default: ``../shared/data`` beside the repository). Skipped where it is absent.
"""

import csv
import datetime
import os
from collections import defaultdict
from pathlib import Path

import pytest

from ...engine.discrimination import auc
from ...engine.payment import behaviour, curve, portion

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("CREDIT_DATA") or REPOSITORY.parent / "shared" / "data")
HISTORY = Path(os.environ.get("CREDIT_RECEIVABLES") or FOLDER / "receivables.csv")


def day(text):
    return datetime.datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no time zone


@pytest.fixture(scope="module")
def invoices():
    """Every invoice with its customer's behaviour on its date, by two curves, and whether it was late."""
    if not HISTORY.exists():
        pytest.skip("The public receivables history is not here: CREDIT_RECEIVABLES names its file.")
    customers = defaultdict(list)
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            settled = day(row["SettledDate"]) if row["SettledDate"] else None
            customers[row["customerID"]].append(
                portion(
                    float(row["InvoiceAmount"]),
                    day(row["InvoiceDate"]),
                    day(row["DueDate"]),
                    settled,
                    row["Disputed"] == "Yes",
                )
            )
    found = []
    for portions in customers.values():
        for number, (_amount, _whole, issued, due, settled, _disputed) in enumerate(portions):
            as_of = datetime.date.fromordinal(issued)
            others = portions[:number] + portions[number + 1 :]
            known = behaviour(others, as_of)
            if known.settled >= 3:
                found.append((known, behaviour(others, as_of, by=curve(14)), settled is None or settled > due))
    return found


SCORES = {
    "median days late": (0.890, lambda known, other: known.median_days_late),
    "index": (0.884, lambda known, other: -known.index),
    "index, 70 points at 14 days": (0.885, lambda known, other: -other.index),
    "index and median together": (0.885, lambda known, other: known.median_days_late - known.index),
    "weighted days late": (0.885, lambda known, other: known.days_late),
    "share late": (0.875, lambda known, other: -known.on_time),
}


@pytest.mark.parametrize("name", SCORES)
def test_ranks_which_invoices_will_be_late(invoices, name):
    least, score = SCORES[name]
    scores, outcomes = [score(*known) for *known, _late in invoices], [late for *_known, late in invoices]
    assert auc(scores, outcomes) >= least
