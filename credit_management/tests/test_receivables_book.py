# Part of credit_management. License LGPL-3.0 or later.
"""A real receivables history: loaded, brought under control, and which new orders then pass and which are held.

The end-to-end test needs the public data set, whose place ``CREDIT_DATA`` names (default: ``../shared/data`` beside
the repository).
"""

import datetime
import os
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..tools.receivables_book import Book, Rejected, read
from .common import CreditCase

HEADER = (
    "countryCode,customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,DaysToSettle,DaysLate"
)
REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CREDIT_DATA") or REPOSITORY.parent / "shared" / "data") / "receivables.csv"


def history(*rows):
    return read([HEADER, *rows])


@tagged("post_install", "-at_install")
class TestReceivablesBook(CreditCase):
    def test_bad_lines_are_rejected_with_number_and_reason(self):
        good = "391,A,1,1/2/2026,2/1/2026,55.94,No,1/15/2026,13,0"
        lines, rejected = history(
            good,
            "391,A,2,2026-01-02,2/1/2026,55.94,No,1/15/2026,13,0",
            "391,,3,1/2/2026,2/1/2026,55.94,No,1/15/2026,13,0",
            "391,A,4,1/2/2026,2/1/2026,-5,No,1/15/2026,13,0",
            "391,A,5,1/2/2026,2/1/2026,much,No,1/15/2026,13,0",
            "391,A,6,3/2/2026,2/1/2026,5,No,3/15/2026,13,0",
            "391,A,7,1/20/2026,2/1/2026,5,No,1/15/2026,13,0",
            good,
            "391,A,9",
            "391,B,10,1/2/2026,2/1/2026,1.00,Yes,,,",
            "391,\N{REPLACEMENT CHARACTER},11,1/2/2026,2/1/2026,1.00,Yes,,,",
        )
        self.assertEqual([line.invoice for line in lines], ["1", "10"])
        self.assertEqual(
            [(number, reason.split(" ")[0]) for number, reason in rejected],
            [(3, "InvoiceDate"), (4, "customerID"), (5, "InvoiceAmount"), (6, "InvoiceAmount"), (7, "it"), (8, "it"),
             (9, "invoice"), (10, "the"), (12, "it")],
        )  # fmt: skip
        self.assertIsNone(lines[1].settled)

    def test_a_file_of_another_kind_is_refused(self):
        with self.assertRaisesRegex(Rejected, "customerID"):
            read(["name,amount", "x,1"])

    def test_as_of_a_date_and_again(self):
        lines, _rejected = history(
            "391,A,1,1/2/2026,2/1/2026,100,No,1/15/2026,13,0",
            "391,A,2,1/5/2026,2/4/2026,40,No,3/15/2026,69,39",
            "391,B,3,1/6/2026,2/5/2026,10,Yes,,,",
            "391,B,4,3/6/2026,4/5/2026,70,No,4/1/2026,26,0",
        )
        book = Book(self.env, datetime.date(2026, 2, 1))
        self.assertEqual(book.load(lines), {"customers": 2, "invoices": 3, "payments": 1})
        self.assertEqual(book.load(lines), {"customers": 0, "invoices": 0, "payments": 0})
        moves = book.moves(lines)
        self.assertEqual(
            {number: move.amount_residual for (_customer, number), move in moves.items()}, {"1": 0, "2": 40, "3": 10}
        )
        self.assertEqual(moves["A", "1"].invoice_date_due, datetime.date(2026, 2, 1))
        # later: what was settled and issued in between is added, nothing is done twice
        later = Book(self.env, datetime.date(2026, 3, 20))
        self.assertEqual(later.load(lines), {"customers": 0, "invoices": 1, "payments": 1})

    def test_stopped_in_the_middle_goes_on(self):
        lines, _rejected = history(
            *(f"391,C{i % 3},{i},1/2/2026,2/1/2026,{10 + i},No,1/15/2026,13,0" for i in range(1, 8))
        )
        book = Book(self.env, datetime.date(2026, 2, 1))
        book._customers(lines)
        book._invoices(lines[:4])  # and here the power fails
        self.assertEqual(book.load(lines), {"customers": 0, "invoices": 3, "payments": 7})
        self.assertEqual(len(book.moves(lines)), 7)

    def test_payments_in_batches_are_one_each_on_their_day(self):
        lines, _rejected = history(
            *(f"391,C{i % 2},{i},1/2/2026,2/1/2026,{10 + i},No,1/{10 + i // 2}/2026,13,0" for i in range(1, 8))
        )
        done = []

        def progress(what, count, total):
            if what == "payments":
                done.append((count, total))

        with patch("odoo.addons.credit_management.tools.receivables_book.BATCH", 3):
            Book(self.env, datetime.date(2026, 2, 1), progress=progress).load(lines)
        self.assertEqual(done, [(3, 7), (6, 7), (7, 7)])
        moves = Book(self.env, datetime.date(2026, 2, 1)).moves(lines)
        for line in lines:
            move = moves[line.customer, line.invoice]
            payment = move.matched_payment_ids
            self.assertEqual(
                (len(payment), payment.date, payment.amount, payment.partner_id, move.amount_residual),
                (1, line.settled, line.amount, move.partner_id, 0.0),
            )
            self.assertIn(move.payment_state, ("paid", "in_payment"))
            self.assertEqual(payment.reconciled_invoice_ids, move)

    def test_new_orders_on_the_real_book(self):
        """Load the public history as of March 2013, with limits of 1.2 times the most that each customer had owed, and
        see who may order: the rules decide, on figures that nobody here made up."""
        if not DATA.exists():
            self.skipTest(f"{DATA} is not there")
        with DATA.open(newline="") as file:
            lines, rejected = read(file)
        self.assertEqual((len(lines), rejected), (1131, []))
        as_of = datetime.date(2013, 3, 31)
        late = {
            line.customer: (as_of - line.due).days
            for line in sorted(lines, key=lambda line: line.due, reverse=True)
            if line.issued <= as_of and not (line.settled and line.settled <= as_of)
        }
        # the latest payers and two others: enough to see every outcome, and quick
        customers = sorted({line.customer for line in lines}, key=lambda customer: (-late.get(customer, 0), customer))
        chosen = {*customers[:3], *customers[-2:]}
        lines = [line for line in lines if line.customer in chosen]
        with freeze_time(as_of):
            with self.new_policy() as policy:
                policy.rule_ids.filtered(lambda rule: rule.kind == "oldest_item").days = 10
            book = Book(self.env, as_of)
            book.load(lines)
            profiles = book.control(lines, 1.2)
            self.assertEqual(len(profiles), 5)
            outcomes = {}
            for profile in profiles:
                reference = profile.partner_id.ref
                owed = sum(
                    line.amount
                    for line in lines
                    if line.customer == reference and line.issued <= as_of
                    and not (line.settled and line.settled <= as_of)
                )  # fmt: skip
                days = late.get(reference, 0)
                self.assertAlmostEqual(self.position(profile).exposure, owed, places=2)
                # an order for exactly what is left, and one for a cent more
                room = self.position(profile).room
                self.assertAlmostEqual(room, profile.limit_amount - owed, places=2)
                just, over = (
                    self.order(amount, partner=profile.partner_id) for amount in (max(room, 0.01), max(room, 0) + 0.01)
                )
                over.action_confirm()
                self.assertEqual(over.state, "draft")
                self.assertIn("limit_usage", self.decision(over).kinds)
                just.action_confirm()
                self.settle()
                expected = "draft" if days > 10 or room < 0.01 else "sale"
                self.assertEqual(just.state, expected, (reference, owed, days))
                if days > 10:
                    self.assertIn("oldest_item", self.decision(just).kinds)
                    self.assertIn(f"{days} days", self.decision(just).summary)
                outcomes.setdefault(just.state, []).append(reference)
        self.assertEqual(set(outcomes), {"sale", "draft"}, "the history has customers of both kinds")
