# Part of credit_management. License LGPL-3.0 or later.
"""Random plays of ordering, delivering, invoicing, crediting, paying and cancelling: after every step exposure is what
an independent and slow oracle counts."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common import CreditCase


class Oracle:
    """Exposure recomputed the slow way: record by record, in Python, from documents only."""

    def __init__(self, env, company):
        self.env, self.company = env, company

    def exposure(self, partner):
        return sum(self.components(partner).values())

    def components(self, partner):
        env = self.env
        items = env["account.move.line"].search(
            [
                ("company_id", "child_of", self.company.id),
                ("partner_id.commercial_partner_id", "=", partner.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        drafts = env["account.move"].search(
            [
                ("company_id", "child_of", self.company.id),
                ("commercial_partner_id", "=", partner.id),
                ("state", "=", "draft"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ]
        )
        drafts = drafts.filtered(lambda move: move.move_type != "out_refund" or move.invoice_line_ids.sale_line_ids)
        orders = (
            env["sale.order"]
            .search([("company_id", "child_of", self.company.id), ("state", "=", "sale")])
            .filtered(lambda order: order.partner_invoice_id.commercial_partner_id == partner)
        )
        return {
            "receivable": sum(items.mapped("amount_residual")),
            "draft_invoice": sum(drafts.mapped("amount_total_signed")),
            "order": sum(self.open_amount(order) / (order.currency_rate or 1.0) for order in orders),
        }

    def open_amount(self, order):
        """What the order bills in all, less what its invoices bill: line by line, from the invoices themselves."""
        total = 0.0
        for line in order.order_line.filtered(lambda line: not line.display_type):
            moves = line.invoice_lines.filtered(lambda item: item.move_id.state != "cancel")
            billed = sum(item.price_total * (1 if item.move_id.move_type == "out_invoice" else -1) for item in moves)
            if line.is_downpayment:
                total -= billed
                continue
            quantity = line.product_uom_qty
            if line.product_id.invoice_policy == "delivery":
                quantity = max(quantity, line.qty_delivered)
            unit = line.price_total / line.product_uom_qty if line.product_uom_qty else line.price_unit
            invoiced = sum(item.quantity * (1 if item.move_id.move_type == "out_invoice" else -1) for item in moves)
            total += max(0.0, quantity - invoiced) * unit
        return max(0.0, total)


ACTIONS = (
    "order", "order_delivered", "deliver", "raise", "invoice", "post", "credit", "pay", "cancel", "cancel_invoice",
    "free",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestExposurePlay(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.limit_ids._give_way()
        cls.grant(cls.profile, unlimited=True)

    # the same plays on every machine: what fails is the change's doing
    @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 7)), min_size=4, max_size=12))
    def test_random_play_agrees_with_the_oracle(self, play):
        oracle = Oracle(self.env, self.company)
        with self.env.cr.savepoint() as savepoint:
            for action, number in play:
                getattr(self, f"act_{action}")(number)
                self.env.flush_all()
                position = self.position()
                expected = oracle.components(self.customer)
                self.assertAlmostEqual(position.receivable, expected["receivable"], places=2, msg=action)
                self.assertAlmostEqual(position.draft_invoice, expected["draft_invoice"], places=2, msg=action)
                self.assertAlmostEqual(position.order, expected["order"], places=2, msg=action)
            savepoint.rollback()
        self.env.invalidate_all()

    # -- what can happen; each does nothing where there is nothing to do it with ----------------------

    def orders(self):
        return self.env["sale.order"].search([("partner_id", "=", self.customer.id), ("state", "=", "sale")])

    def invoices(self, state):
        domain = [("partner_id", "=", self.customer.id), ("move_type", "=", "out_invoice"), ("state", "=", state)]
        return self.env["account.move"].search(domain)

    def unpaid(self):
        return self.invoices("posted").filtered(lambda move: move.payment_state == "not_paid")[:1]

    def first_line(self):
        return self.orders()[:1].order_line.filtered(lambda line: not line.is_downpayment)[:1]

    def act_order(self, number):
        self.confirmed(100.0 * number, quantity=number)

    def act_order_delivered(self, number):
        self.confirmed(50.0 * number, product=self.product_delivered, quantity=number)

    def act_deliver(self, number):
        self.first_line().qty_delivered = number

    def act_raise(self, number):
        self.first_line().product_uom_qty = number

    def act_invoice(self, number):
        billable = self.orders().filtered(lambda order: order.invoice_status == "to invoice")[:1]
        if billable:
            line = billable._create_invoices(final=True).invoice_line_ids[:1]
            line.quantity = min(number, line.quantity)

    def act_post(self, number):
        self.invoices("draft")[:1].action_post()

    def act_credit(self, number):
        posted = self.unpaid()
        if posted:
            wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=posted.ids)
            wizard.create({"journal_id": posted.journal_id.id}).reverse_moves()

    def act_pay(self, number):
        posted = self.unpaid()
        if posted:
            self.pay(posted, min(posted.amount_residual, 30.0 * number))

    def act_cancel(self, number):
        self.orders()[-1:].action_cancel()

    def act_cancel_invoice(self, number):
        self.invoices("draft")[:1].button_cancel()

    def act_free(self, number):
        self.invoice(10.0 * number, post=number > 3)
