# Part of credit_management. License LGPL-3.0 or later.
"""Random plays of invoicing, paying, crediting and writing off: on every day, the one query finds the portions that an
independent and slow oracle finds record by record."""

from collections import Counter

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from ..engine.payment import behaviour
from .test_payment_behaviour import PaymentCase, day

LENGTH = 60  # days that a play lasts
SALES = ("out_invoice", "out_receipt")


class Oracle:
    """Follows every invoice through its reconciliations, in the invoice's currency, and converts at its rate."""

    def __init__(self, env, company):
        self.env, self.company = env, company

    def portions(self, partner, as_of):
        found = []
        invoices = self.env["account.move"].search(
            [("company_id", "child_of", self.company.id), ("move_type", "in", SALES), ("state", "=", "posted")]
        )
        for invoice in invoices:
            if invoice.partner_id.commercial_partner_id != partner or invoice.invoice_date > as_of:
                continue
            found += self.of_invoice(invoice, as_of)
        return found

    def of_invoice(self, invoice, as_of):
        rate = invoice.amount_total_signed / invoice.amount_total
        parts = []
        items = invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        credited = sum(
            partial.debit_amount_currency
            for partial in items.matched_credit_ids
            if partial.credit_move_id.move_id.move_type == "out_refund"
            and max(partial.credit_move_id.date, invoice.invoice_date) <= as_of
        )
        whole = invoice.amount_total - credited
        for item in items:
            left = item.amount_currency
            for partial in item.matched_credit_ids:
                other = partial.credit_move_id
                settled = max(other.date, invoice.invoice_date)
                amount = partial.debit_amount_currency
                if settled > as_of:
                    continue
                if other.move_id.move_type == "out_refund":
                    left -= amount
                elif other.move_id.origin_payment_id:
                    came = self.came_in(other)
                    parts.append((amount * came, item.date_maturity, settled))
                    left -= amount * came
                elif amount <= 0.05 * whole:
                    left -= amount
            if left > 0.005:
                parts.append((left, item.date_maturity, None))
        return [
            (amount * rate, whole * rate, invoice.invoice_date, due, settled, invoice.credit_disputed)
            for amount, due, settled in parts
            if amount > 0.005
        ]

    def came_in(self, item):
        """The part of a payment's item that there was money for."""
        others = item.move_id.line_ids - item
        money = sum(others.filtered(lambda line: line.account_id.account_type != "expense").mapped("balance"))
        return 1.0 if money >= 0.95 * -item.balance else money / -item.balance


ACTIONS = ("bill", "instalments", "foreign", "pay", "pay_all", "short", "credit", "write_off", "in_advance", "dispute")


@tagged("post_install", "-at_install")
class TestPaymentPlay(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls.env["account.payment.term"].create(
            {
                "name": "In three parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((50, 0), (30, 20), (20, 45))
                ],
            }
        )

    # the same plays on every machine: what fails is the change's doing
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @example([("bill", 5, 0), ("credit", 1, 0), ("write_off", 2, 0)])  # written off: above 5 % of what is left
    @given(
        st.lists(
            st.tuples(st.sampled_from(ACTIONS), st.integers(1, 7), st.integers(0, LENGTH)), min_size=3, max_size=10
        )
    )
    def test_random_play_agrees_with_the_oracle(self, play):
        with self.env.cr.savepoint() as savepoint:
            for action, number, on in play:
                getattr(self, f"act_{action}")(number, on - LENGTH)
            self.compare()
            savepoint.rollback()
        self.env.invalidate_all()

    def compare(self):
        oracle = Oracle(self.env, self.company)
        for as_of in (-LENGTH, -30, -10, 0):
            ours = self.portions(as_of)
            theirs = [
                (amount, whole, issued.toordinal(), due.toordinal(), settled and settled.toordinal(), disputed)
                for amount, whole, issued, due, settled, disputed in oracle.portions(self.customer, day(as_of))
            ]
            self.assertEqual(self.summed(ours), self.summed(theirs), f"as of {as_of}")
            known = self.profile._behaviours(day(as_of))[self.profile.id]
            expected = behaviour(theirs, day(as_of))
            for name in ("index", "days_late", "median_days_late", "worst_days_late", "on_time", "disputed"):
                mine, other = getattr(known, name), getattr(expected, name)
                if other is None:
                    self.assertIsNone(mine, name)
                else:
                    self.assertAlmostEqual(mine, other, 2, f"{name} as of {as_of}")

    @staticmethod
    def summed(portions):
        """What is open may come in pieces: only its sum matters."""
        sums = Counter()
        for amount, whole, *rest in portions:
            sums[(round(whole, 2), *rest)] += amount
        return {key: round(amount, 1) for key, amount in sums.items() if round(amount, 1)}

    # -- what can happen; each does nothing where there is nothing to do it with ----------------------

    def open_invoice(self, on):
        """An invoice of before the day that is not paid."""
        return (
            self.env["account.move"]
            .search([("partner_id", "=", self.customer.id), ("move_type", "in", SALES), ("state", "=", "posted")])
            .filtered(lambda move: move.amount_residual > 1 and move.invoice_date <= day(on))[:1]
        )

    def act_bill(self, number, on):
        self.bill(100.0 * number, on, on + 3 * number)

    def act_instalments(self, number, on):
        self.bill(100.0 * number, on, on, terms=self.terms)

    def act_foreign(self, number, on):
        self.bill(80.0 * number, on, on + 15, currency=self.euro)

    def act_pay(self, number, on):
        if move := self.open_invoice(on):
            self.pay_on(move, on, min(25.0 * number, move.amount_residual))

    def act_pay_all(self, number, on):
        if move := self.open_invoice(on):
            self.pay_on(move, on)

    def act_short(self, number, on):
        if move := self.open_invoice(on):
            self.pay_on(
                move, on, round(move.amount_residual * number / 8, 2), payment_difference_handling="reconcile",
                writeoff_account_id=self.expense.id,
            )  # fmt: skip

    def act_credit(self, number, on):
        if move := self.open_invoice(on):
            self.credit(move, min(30.0 * number, move.amount_residual), on)

    def act_write_off(self, number, on):
        if (move := self.open_invoice(on)) and move.currency_id == self.company.currency_id:
            self.entry(move, min(12.0 * number, move.amount_residual), on, self.expense)

    def act_in_advance(self, number, on):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 40.0 * number,
                "date": day(on),
                "journal_id": self.bank.id,
                "payment_type": "inbound",
                "company_id": self.company.id,
            }
        )
        payment.action_post()
        move = self.bill(60.0 * number, on + 5, on + 20)
        self.items(move + payment.move_id).reconcile()

    def act_dispute(self, number, on):
        if move := self.open_invoice(on):
            move.write({"credit_disputed": True, "credit_dispute_reason": "Short delivery"})
