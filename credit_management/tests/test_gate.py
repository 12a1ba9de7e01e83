# Part of credit_management. License LGPL-3.0 or later.
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestGate(CreditCase):
    def test_within_the_limit_passes(self):
        order = self.order(1000.0)
        result = order.action_confirm()
        self.assertIs(result, True)
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertRecordValues(
            self.decision(order),
            [{"state": "passed", "outcome": "pass", "asked": 1000.0, "exposure_before": 0.0, "limit_amount": 1000.0}],
        )
        self.assertEqual(self.position().exposure, 1000.0)

    def test_over_the_limit_is_held(self):
        order = self.order(1000.01)
        result = order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")
        self.assertEqual(result["tag"], "display_notification")
        decision = self.decision(order)
        self.assertRecordValues(
            decision, [{"state": "held", "outcome": "hold", "overage": 0.01, "kinds": "limit_usage"}]
        )
        self.assertIn("1,000.01", decision.explanation)
        self.assertEqual(order.credit_state, "held")

    def test_write_does_not_get_past(self):
        order = self.order(1000.01)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.write({"state": "sale"})
            self.settle()

    def test_batch_does_not_exceed_jointly(self):
        orders = self.order(600.0) | self.order(600.0) | self.order(400.0)
        orders.action_confirm()
        self.settle()
        self.assertEqual(orders.mapped("state"), ["sale", "draft", "sale"])
        self.assertEqual(self.position().exposure, 1000.0)

    def test_raise_after_confirmation(self):
        order = self.confirmed(900.0)
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            order.order_line.price_unit = 1100.0
            self.settle()
        order.invalidate_recordset()
        order.order_line.price_unit = 1000.0
        self.settle()
        self.assertEqual(order.credit_open, 1000.0)

    def test_release(self):
        order = self.order(1500.0)
        order.action_confirm()
        self.settle()
        decision = self.decision(order)
        wizard = (
            self.env["credit.release"]
            .with_user(self.manager)
            .create({"decision_ids": decision.ids, "reason_id": self.env.ref("credit_management.reason_reliable").id})
        )
        wizard.action_apply()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertRecordValues(decision, [{"state": "released", "released_by": self.manager.id}])
        self.assertTrue(decision.used_on)

    def test_one_customer_alone_is_counted_as_among_many(self):
        """A single customer's sums are put together in another way than those of many."""
        others = [self.control(self.env["res.partner"].create({"name": f"Other {n}"}), 50.0) for n in range(25)]
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        self.confirmed(100.0, partner=contact)
        self.invoice(30.0, partner=contact, due="2020-01-01")
        self.invoice(40.0, post=False)
        self.invoice(10.0, post=False, move_type="out_refund")
        for profile in (self.profile, others[0]):
            [alone] = profile._positions().values()
            few = (self.profile | others[0] | others[1])._positions()
            many = self.profile.union(*others)._positions()
            everybody = self.env["credit.profile"]._positions()
            self.assertEqual(alone, few[profile.id])
            self.assertEqual(alone, many[profile.id])
            self.assertEqual(alone, everybody[profile.id])
        self.assertEqual(self.position().exposure, 170.0)

    def test_amounts_are_compared_in_the_currency_as_it_is_now(self):
        self.assertEqual(self.position().rounding, 0.01)
        self.company.currency_id.rounding = 1.0
        self.assertEqual(self.position().rounding, 1.0)
