# Part of credit_management. License LGPL-3.0 or later.
"""I4: no two transactions jointly exceed a limit that each would respect alone, and none of them fails for it."""

import threading
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError

from .scratch import ScratchCase

ROUNDS = 8


class TestRace(ScratchCase):
    def confirm(self, *order_ids):
        return lambda env: env["sale.order"].browse(order_ids).action_confirm()

    def test_two_orders_race_for_one_limit(self):
        for _round in range(ROUNDS):
            profile = self.customer(1000.0)
            first, second = self.orders(profile, 600.0, 600.0)
            errors = self.at_once(self.confirm(first), self.confirm(second))
            self.assertEqual(errors, [])
            self.assertEqual(sorted(self.states([first, second])), ["draft", "sale"])
            self.assertEqual(self.exposure(profile), 600.0)

    def test_two_invoices_race_for_one_limit(self):
        with self.transaction() as env:
            policy = env.ref("credit_management.policy_standard")
            policy._record({"state": "draft"})
            policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").on_invoice = "hold"
            policy._record({"state": "published"})

        def invoice(env, profile_id):
            move = env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": env["credit.profile"].browse(profile_id).partner_id.id,
                    "company_id": self.company_id,
                    "invoice_line_ids": [Command.create({"name": "Goods", "price_unit": 600.0, "tax_ids": False})],
                }
            )
            move.action_post()
            if move.state != "posted":
                move.unlink()

        for _round in range(ROUNDS):
            profile = self.customer(1000.0)
            errors = self.at_once(*[lambda env, profile=profile: invoice(env, profile)] * 2)
            self.assertEqual(errors, [])
            self.assertEqual(self.exposure(profile), 600.0)

    def test_two_batches_race_for_one_limit(self):
        for _round in range(ROUNDS):
            profile = self.customer(1000.0)
            orders = self.orders(profile, 400.0, 300.0, 400.0, 300.0)
            errors = self.at_once(self.confirm(*orders[:2]), self.confirm(*orders[2:]))
            self.assertEqual(errors, [])
            self.assertEqual(self.exposure(profile), 1000.0)

    def test_two_customers_in_opposite_order_do_not_deadlock(self):
        for _round in range(ROUNDS):
            first, second = self.customer(1000.0), self.customer(1000.0)
            a = self.orders(first, 100.0, 100.0)
            b = self.orders(second, 100.0, 100.0)
            errors = self.at_once(self.confirm(a[0], b[0]), self.confirm(b[1], a[1]))
            self.assertEqual(errors, [])
            self.assertEqual(self.states(a + b), ["sale"] * 4)

    def test_raise_races_with_an_order(self):
        for _round in range(ROUNDS):
            profile = self.customer(1000.0)
            standing, waiting = self.orders(profile, 300.0, 600.0)
            self.request(self.confirm(standing))

            def raise_it(env, order=standing):
                env["sale.order"].browse(order).order_line.price_unit = 900.0

            errors = self.at_once(raise_it, self.confirm(waiting))
            self.assertLessEqual(self.exposure(profile), 1000.0)
            self.assertLessEqual(len(errors), 1)

    def test_direct_writes_race(self):
        for _round in range(ROUNDS):
            profile = self.customer(1000.0)
            orders = self.orders(profile, 600.0, 600.0)
            errors = self.at_once(
                *(lambda env, order=order: env["sale.order"].browse(order).write({"state": "sale"}) for order in orders)
            )
            self.assertEqual([type(error) for error in errors], [UserError])
            self.assertEqual(sorted(self.states(orders)), ["draft", "sale"])

    def interleaved(self):
        """Confirm one order, and another one of the same customer before the first transaction has ended.

        :return: (whether the second one waited, the customer's exposure in the end)
        """
        profile = self.customer(1000.0)
        first, second = self.orders(profile, 600.0, 600.0)
        other = threading.Thread(target=lambda: self.request(self.confirm(second)))
        with self.transaction() as env:
            self.confirm(first)(env)
            env.cr.flush()
            other.start()
            other.join(timeout=0.5)
            waited = other.is_alive()
        other.join()
        return waited, self.exposure(profile)

    def test_the_second_waits_and_sees_the_first(self):
        self.assertEqual(self.interleaved(), (True, 600.0))

    def test_without_the_gate_both_would_pass(self):
        """The control: it is the gate that keeps them apart, and this test bench can tell the difference."""
        with patch.object(self.registry["credit.gate"], "_enter", lambda self, profile_ids, group_ids=(): None):
            self.assertEqual(self.interleaved(), (False, 1200.0))

    def test_a_refused_write_stays_on_record(self):
        profile = self.customer(100.0)
        [order] = self.orders(profile, 600.0)
        with self.assertRaises(UserError):
            self.request(lambda env: env["sale.order"].browse(order).write({"state": "sale"}))
        self.assertEqual(self.states([order]), ["draft"])
        with self.transaction() as env:
            decision = env["credit.decision"].search([("res_id", "=", order), ("res_model", "=", "sale.order")])
            self.assertEqual(decision.mapped("state"), ["refused"])
            self.assertEqual(decision.order_id.id, order)
            self.assertEqual(decision.overage, 500.0)

    def test_a_refused_creation_stays_on_record(self):
        profile = self.customer(100.0)
        [order] = self.orders(profile, 600.0)
        with self.transaction() as env:
            name = f"Copy of {order}"
        with self.assertRaises(UserError):
            self.request(lambda env: env["sale.order"].browse(order).copy({"state": "sale", "name": name}))
        with self.transaction() as env:
            self.assertEqual(env["credit.decision"].search([("name", "=", name)]).mapped("state"), ["refused"])
            self.assertFalse(env["sale.order"].search([("name", "=", name)]))
