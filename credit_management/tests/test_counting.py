# Part of credit_management. License LGPL-3.0 or later.
"""What counts against the limit, by policy: orders within a horizon, delivered, or none; draft invoices or not."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from ..engine.position import Counting
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCounting(CreditCase):
    def counts(self, orders="all", horizon=30, drafts=True):
        with self.new_policy() as policy:
            policy.write({"count_orders": orders, "order_horizon": horizon, "count_drafts": drafts})
        return policy

    def ahead(self, days, amount=100.0, **values):
        """A quotation over ``amount`` that is to be delivered in so many days."""
        return self.order(amount, commitment_date=fields.Datetime.now() + timedelta(days=days), **values)

    def move_to(self, order, days):
        """Somebody changes the delivery date, and the transaction ends."""
        order.commitment_date = fields.Datetime.now() + timedelta(days=days) if days is not None else False
        order.env.cr.precommit.run()

    def agree(self):
        """I2: check, list, drill-down and stored figures say the same. Returns (exposure, counted)."""
        position = self.profile._positions()[self.profile.id]
        self.profile._refresh()
        self.env.invalidate_all()  # what is not stored is not kept either
        rows = self.env["credit.exposure"].search([("profile_id", "=", self.profile.id)])
        whole = self.env["credit.profile"]._positions()[self.profile.id]
        many = (self.profile | self.control(self.env["res.partner"].create({"name": "Another"})))._positions()
        for other in (whole, many[self.profile.id]):
            self.assertEqual((other.exposure, other.left_out), (position.exposure, position.left_out))
        self.assertAlmostEqual(sum(rows.mapped("amount")), position.exposure, 2)
        self.assertAlmostEqual(sum(rows.mapped("counted")), position.counted, 2)
        self.assertAlmostEqual(self.profile.exposure, position.exposure, 2)
        self.assertAlmostEqual(self.profile.left_out, position.left_out, 2)
        self.assertAlmostEqual(self.profile.room, self.profile.limit_amount - position.counted, 2)
        self.assertAlmostEqual(self.profile.meter["total"], position.counted, 2)
        return position.exposure, position.counted

    def test_what_counts(self):
        """One customer with one document of each kind, by every setting."""
        self.counts("horizon", 10)
        self.ahead(5, 100.0).action_confirm()
        self.ahead(60, 200.0).action_confirm()
        self.order(30.0).action_confirm()
        part = self.ahead(60, 40.0, product=self.product_delivered, quantity=4.0)
        part.action_confirm()
        part.order_line.qty_delivered = 1.0
        self.invoice(3.0)
        self.invoice(7.0, post=False)
        self.assertEqual(self.agree(), (380.0, 150.0))  # 100 + 30 + 10 delivered + 3 + 7
        for setting, counted in {
            ("all",): 380.0,
            ("horizon", 60): 380.0,
            ("horizon", 0): 50.0,
            ("delivered",): 20.0,
            ("none",): 10.0,
            ("none", 30, False): 3.0,
            ("all", 30, False): 373.0,
        }.items():
            with self.subTest(setting):
                self.counts(*setting)
                self.assertEqual(self.agree(), (380.0, counted))

    def test_what_does_not_count_asks_for_nothing(self):
        self.counts("horizon", 10)
        far = self.ahead(60, 5000.0)
        far.action_confirm()
        self.assertEqual(far.state, "sale")
        self.assertEqual(far.credit_decision_ids.asked, 0.0)
        near = self.ahead(5, 900.0)
        near.action_confirm()
        self.assertEqual(near.state, "sale")
        held = self.ahead(9, 200.0)
        held.action_confirm()
        self.assertEqual((held.state, held.credit_state), ("draft", "held"))

    def test_bringing_a_delivery_forward_is_a_new_check(self):
        """No way round: ordered for a far day, and wanted soon once it is confirmed."""
        self.counts("horizon", 10)
        order = self.ahead(60, 1500.0)
        order.action_confirm()
        for days in (5, 10, 0, None):
            with self.subTest(days), self.assertRaises(RedirectWarning), self.env.cr.savepoint():
                self.move_to(order.with_user(self.salesperson), days)
        self.move_to(order, 11)  # still beyond it
        self.grant(self.profile, 2000.0, kind="replace", date_end=fields.Date.today())
        self.move_to(order, 5)
        self.assertEqual(self.agree(), (1500.0, 1500.0))
        self.assertEqual(order.credit_decision_ids.filtered(lambda d: d.state == "passed").asked, 1500.0)

    def test_putting_a_delivery_off_gives_its_clearance_back(self):
        self.counts("horizon", 10)
        order = self.ahead(5, 800.0)
        order.action_confirm()
        order.env.cr.precommit.run()
        self.move_to(order, 60)
        other = self.order(900.0)
        other.action_confirm()
        self.assertEqual(other.state, "sale")
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            self.move_to(order, 5)

    def test_dates_are_free_where_every_order_counts(self):
        order = self.ahead(60, 800.0)
        order.action_confirm()
        self.order(150.0).action_confirm()
        self.grant(self.profile, 500.0, kind="replace", date_end=fields.Date.today())
        self.move_to(order, 0)
        self.assertEqual(order.state, "sale")

    def test_a_group_adds_up_what_counts(self):
        self.counts("delivered")
        self.order(400.0).action_confirm()
        self.invoice(50.0)
        group = self.env["credit.group"].create({"name": "Holding", "currency_id": self.company.currency_id.id})
        self.profile.group_id = group
        self.assertEqual(self.profile._positions()[self.profile.id].group.exposure, 50.0)

    def test_simulation_of_other_counting(self):
        """What a draft would count today is what is counted once it is in force."""
        self.ahead(60, 700.0).action_confirm()
        self.ahead(5, 200.0).action_confirm()
        self.invoice(40.0, post=False)
        draft = self.policy._new_version()
        draft.write({"count_orders": "horizon", "order_horizon": 10, "count_drafts": False})
        simulation = self.env["credit.simulation"].create(
            {"name": "Other counting", "company_id": self.company.id, "draft_id": draft.id, "months": 1}
        )
        simulation.action_start()
        while simulation._work(100) is not None:
            pass
        [line] = simulation.customer_ids.filtered(lambda line: line.profile_id == self.profile)
        self.assertEqual((line.status_before, line.status_after), ("near", "ok"))
        past = {round(order.asked): order for order in simulation.order_ids}
        self.assertEqual(set(past), {700, 200})
        self.publish(draft)
        self.assertEqual(self.agree(), (940.0, 200.0))

    def test_simulation_of_orders_that_wait(self):
        """A quotation asks for what it would ask live, by either policy."""
        waiting = self.ahead(60, 1500.0)
        draft = self.policy._new_version()
        draft.write({"count_orders": "horizon", "order_horizon": 10})
        simulation = self.env["credit.simulation"].create(
            {"name": "Waiting", "company_id": self.company.id, "draft_id": draft.id, "months": 0}
        )
        simulation.action_start()
        while simulation._work(100) is not None:
            pass
        line = simulation.order_ids.filtered(lambda line: line.order_id == waiting)
        self.assertEqual((line.outcome_before, line.outcome_after), ("hold", "pass"))
        self.publish(draft)
        waiting.action_confirm()
        self.assertEqual(waiting.state, "sale")

    def test_forecast_counts_it_later(self):
        self.counts("none")
        self.order(600.0).action_confirm()
        today = fields.Date.today()
        owed, later = self.profile._forecast_documents(today)
        self.assertEqual(sum(document[0] for document in owed[self.profile.id]), 0.0)
        self.assertEqual(later[self.profile.id], [(600.0, today)])
        found, _basis = self.profile._forecasts(today)[self.profile.id]
        self.assertEqual(found.exposure[0], 0.0)
        self.assertGreater(max(found.exposure), 500.0)

    def test_differences_and_copies_tell_it(self):
        policy = self.counts("horizon", 7, False)
        self.assertEqual(policy._counting(), Counting("horizon", 7, False))
        draft = policy._new_version()
        self.assertEqual(draft._counting(), policy._counting())
        draft.order_horizon = 14
        self.assertIn("14", json.dumps(str(draft.differences)))
        self.assertIn("Horizon", str(draft.differences))
