# Part of credit_management. License LGPL-3.0 or later.
"""Exposure: one definition (I2), each order counted once (I1)."""

from odoo import fields
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestExposure(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.limit_ids._give_way()
        cls.grant(cls.profile, unlimited=True)

    def assertCountedOnce(self, order, total=None):
        """I1: order + draft + posted, before payment, is the order's total."""
        self.env.flush_all()
        invoices = order.order_line.invoice_lines.move_id
        billed = sum(invoices.filtered(lambda move: move.state in ("draft", "posted")).mapped("amount_total_signed"))
        expected = order.amount_total if total is None else total
        self.assertAlmostEqual(order.credit_open + billed, expected, places=2)

    def test_order_then_draft_then_posted_counts_once(self):
        order = self.confirmed(300.0, quantity=3)
        self.assertEqual(self.position().order, 300.0)
        invoice = order._create_invoices()
        self.assertCountedOnce(order)
        position = self.position()
        self.assertEqual((position.order, position.draft_invoice), (0.0, 300.0))
        invoice.action_post()
        self.assertCountedOnce(order)
        position = self.position()
        self.assertEqual((position.order, position.draft_invoice, position.receivable), (0.0, 0.0, 300.0))
        self.pay(invoice)
        self.assertEqual(self.position().exposure, 0.0)

    def test_tax_is_part_of_it(self):
        order = self.order(100.0)
        order.order_line.tax_ids = self.tax
        order.action_confirm()
        self.settle()
        self.assertGreater(order.amount_total, 100.0)
        self.assertEqual(self.position().order, order.amount_total)

    def test_partial_invoice(self):
        order = self.confirmed(400.0, quantity=4)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 1
        self.assertCountedOnce(order)
        self.assertEqual(order.credit_open, 300.0)

    def test_down_payment_is_deducted_once(self):
        order = self.confirmed(1000.0)
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids, active_id=order.id)
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        down_payment = wizard._create_invoices(order)
        self.assertCountedOnce(order, 1000.0)
        self.assertEqual(order.credit_open, 700.0)
        down_payment.action_post()
        self.assertEqual(self.position().exposure, 1000.0)
        final = order._create_invoices(final=True)
        self.assertEqual(self.position().exposure, 1000.0)
        final.action_post()
        self.assertEqual(order.credit_open, 0.0)
        self.assertEqual(self.position().exposure, 1000.0)
        self.pay(down_payment)
        self.assertEqual(self.position().exposure, 700.0)

    def test_delivered_quantity_product_counts_before_delivery(self):
        order = self.confirmed(500.0, product=self.product_delivered, quantity=5)
        self.assertEqual(self.position().order, 500.0)
        order.order_line.qty_delivered = 2
        self.assertEqual(self.position().order, 500.0)
        self.assertEqual(self.position().order_delivered, 200.0)
        order._create_invoices().action_post()
        self.assertEqual((self.position().order, self.position().receivable), (300.0, 200.0))

    def test_line_ordered_as_zero_counts_when_delivered(self):
        order = self.confirmed(100.0, product=self.product_delivered, quantity=0)
        self.assertEqual(order.credit_open, 0.0)
        order.order_line.qty_delivered = 3
        self.settle()
        self.assertEqual(order.credit_open, 300.0)
        self.assertEqual(self.position().order, 300.0)

    def test_credit_note_opens_the_order_again(self):
        order = self.confirmed(300.0, quantity=3)
        invoice = order._create_invoices()
        invoice.action_post()
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "returned"})
        )
        refund = self.env["account.move"].browse(reversal.reverse_moves()["res_id"])
        self.assertCountedOnce(order)
        refund.action_post()
        self.assertCountedOnce(order)

    def test_unlinked_draft_credit_note_gives_no_room(self):
        self.invoice(500.0)
        self.invoice(400.0, move_type="out_refund", post=False)
        self.assertEqual(self.position().exposure, 500.0)

    def test_payment_on_a_contact_counts_for_the_company(self):
        contact = self.env["res.partner"].create({"name": "Bookkeeping", "parent_id": self.customer.id})
        self.invoice(500.0)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound", "partner_type": "customer", "partner_id": contact.id, "amount": 200.0,
                "journal_id": self.env["account.journal"].search(
                    [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
                ).id,
            }
        )  # fmt: skip
        payment.action_post()
        if not payment.move_id:
            self.skipTest("this Odoo posts payments without an entry")
        self.assertEqual(self.position().exposure, 300.0)

    def test_overdue_is_part_of_the_receivables(self):
        today = fields.Date.today()
        self.invoice(100.0, date="2020-01-01", due=fields.Date.subtract(today, days=10))
        self.invoice(200.0, due=fields.Date.add(today, days=10))
        position = self.position()
        self.assertEqual((position.receivable, position.overdue, position.overdue_days), (300.0, 100.0, 10))
        with self.new_policy() as policy:
            policy.grace_days = 10
        self.assertEqual(self.position().overdue, 0.0)
        with self.new_policy() as policy:
            policy.grace_days = 9
        self.assertEqual(self.position().overdue, 100.0)

    def test_one_definition(self):
        """I2: check, form, list, drill-down and monitor agree to the cent."""
        self.confirmed(123.45)
        self.invoice(67.89)
        self.invoice(11.11, post=False)
        position = self.position()
        self.env["credit.change"]._process()
        self.profile._refresh()
        rows = self.env["credit.exposure"].search([("profile_id", "=", self.profile.id)])
        by_component = dict(
            self.env["credit.exposure"]._read_group(
                [("profile_id", "=", self.profile.id)], ["component"], ["amount:sum"]
            )
        )
        self.assertAlmostEqual(sum(rows.mapped("amount")), position.exposure, places=2)
        self.assertEqual(by_component, {"receivable": 67.89, "draft_invoice": 11.11, "order": 123.45})
        self.assertEqual(self.profile.exposure, 202.45)
        self.assertEqual(self.customer.credit_exposure, 202.45)
        self.assertEqual(self.profile.meter["exposure"], 202.45)
        everybody = self.env["credit.profile"]._positions()
        self.assertEqual(everybody[self.profile.id], position)
        for row in rows:
            action = row.action_view_document()
            self.assertTrue(self.env[action["res_model"]].browse(action["res_id"]).exists())

    def test_foreign_currency_order_and_invoice(self):
        """I9: an amount is converted at one place: invoices as accounting has them, orders at their own rate."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.5}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        order = self.order(100.0, pricelist_id=pricelist.id)
        order.order_line.price_unit = 100.0
        self.assertEqual(order.currency_id, euro)
        order.action_confirm()
        self.settle()
        self.assertEqual(self.decision(order).asked, 200.0)
        self.assertEqual(self.position().order, 200.0)
        order._create_invoices().action_post()
        self.assertEqual((self.position().order, self.position().receivable), (0.0, 200.0))

    def test_what_is_a_receivable_account_is_looked_up_anew(self):
        """The accounts are kept in memory: one that becomes, or is, a receivable account counts from then on."""
        self.assertEqual(self.position().receivable, 0.0)
        company, customer = self.profile.company_id, self.profile.partner_id
        accounts = self.env["account.account"].with_company(company)
        account = accounts.create(
            {
                "name": "Key accounts",
                "code": "CREDIT9",
                "account_type": "asset_receivable",
                "company_ids": [fields.Command.set(company.ids)],
            }
        )
        income = accounts.search([("account_type", "=", "income"), ("company_ids", "in", company.ids)], limit=1)
        journals = self.env["account.journal"]
        entry = self.env["account.move"].create(
            {
                "journal_id": journals.search([("type", "=", "general"), ("company_id", "=", company.id)], limit=1).id,
                "line_ids": [
                    fields.Command.create({"account_id": on.id, "balance": balance, "partner_id": customer.id})
                    for on, balance in ((account, 70.0), (income, -70.0))
                ],
            }
        )
        entry.action_post()
        self.env.flush_all()
        self.assertEqual(self.position().receivable, 70.0)
        account.account_type = "asset_current"
        self.env.flush_all()
        self.assertEqual(self.position().receivable, 0.0)
