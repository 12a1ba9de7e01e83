# Part of credit_management. License LGPL-3.0 or later.
"""What if: amounts, payments, limits, terms and holds tried out in the dialog; nothing of it is stored."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestWhatIf(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.today()
        cls.old = cls.invoice(300.0, date=today, due=fields.Date.subtract(today, days=50))
        cls.recent = cls.invoice(400.0, date=today, due=fields.Date.add(today, days=20))

    def dialog(self, record, user=None):
        action = (
            record.with_user(user or self.salesperson).action_credit_what_if()
            if record._name == "sale.order"
            else record.with_user(user or self.salesperson).action_what_if()
        )
        self.assertEqual(action["res_model"], "credit.what.if")
        return Form(self.env["credit.what.if"].with_user(user or self.salesperson).with_context(**action["context"]))

    def test_it_says_what_the_check_would(self):
        order = self.order(500.0)
        [judgement] = order._credit_judge("order")
        with self.dialog(order) as form:
            self.assertEqual((form.amount, form.outcome, form.outcome_now), (500.0, "hold", "hold"))
            self.assertEqual(judgement.verdict.outcome, "hold")
            for sentence in self.env["credit.decision"]._explain(
                judgement.verdict.findings, judgement.verdict.position, judgement.verdict.document,
                self.profile.currency_id,
            ):  # fmt: skip
                self.assertIn(sentence.replace("’", ""), form.explanation)
            self.assertEqual(form.meter["total"], 1200.0)

    def test_another_amount(self):
        self.pay(self.old)
        order = self.order(700.0)
        with self.dialog(order) as form:
            self.assertEqual((form.outcome_now, form.outcome), ("hold", "hold"))
            form.amount = 600.0
            self.assertEqual((form.outcome_now, form.outcome), ("hold", "pass"))
            self.assertIn("Nothing stands against it", form.explanation)
            self.assertFalse(form.advice)
            form.amount = 600.01
            self.assertEqual(form.outcome, "hold")

    def test_the_payment_of_an_invoice(self):
        with self.dialog(self.order(500.0)) as form:
            self.assertEqual(len(form.item_ids), 2)
            with form.item_ids.edit(0) as item:
                self.assertEqual((item.name, item.amount, item.days_overdue), (self.old.name, 300.0, 50))
                item.paid = True
            self.assertEqual((form.outcome, form.meter["total"], form.meter["overdue"]), ("pass", 900.0, 0.0))

    def test_a_payment_of_an_amount_and_what_then_is_left_to_do(self):
        with self.dialog(self.order(700.0)) as form:
            self.assertIn(self.old.name, form.advice)
            form.payment = 300.0
            self.assertEqual((form.outcome, form.meter["total"]), ("hold", 1100.0))
            # what is paid is not asked for again
            self.assertNotIn(self.old.name, form.advice)
            self.assertIn(self.recent.name, form.advice)
            form.payment = 400.0
            self.assertEqual(form.outcome, "pass")

    def test_another_limit(self):
        self.pay(self.old)
        with self.dialog(self.order(700.0)) as form:
            form.other_limit = True
            self.assertEqual((form.outcome, form.meter["limit"]), ("hold", 0.0))
            form.limit_amount = 1100.0
            self.assertEqual((form.outcome, form.meter["limit"]), ("pass", 1100.0))
            form.limit_amount = 500.0
            self.assertEqual(form.outcome, "hold")
            form.unlimited = True
            self.assertEqual((form.outcome, form.meter.get("limit")), ("pass", None))

    def test_going_on_to_ask_for_the_limit(self):
        self.pay(self.old)
        order = self.order(700.0)
        order.action_confirm()
        self.settle()
        form = self.dialog(order)
        form.other_limit = True
        form.limit_amount = 1100.0
        action = form.save().action_ask_limit()
        self.assertEqual(action["res_model"], "credit.limit.request")
        self.assertEqual(action["context"]["default_amount"], 1100.0)
        self.assertEqual(action["context"]["default_decision_id"], self.decision(order).id)
        with self.assertRaisesRegex(UserError, "another limit first"):
            self.dialog(order).save().action_ask_limit()

    def test_other_terms(self):
        terms = self.env["account.payment.term"].create({"name": "In advance"})
        self.add_rule("payment_term", sequence=0, payment_term_ids=[Command.set(terms.ids)])
        with self.dialog(self.order(5000.0)) as form:
            self.assertEqual(form.outcome, "hold")
            form.payment_term_id = terms
            self.assertEqual(form.outcome, "pass")

    def test_lifting_the_hold(self):
        self.pay(self.old)
        self.profile.write({"hold": True, "hold_reason": "Rumours"})
        with self.dialog(self.order(10.0)) as form:
            self.assertTrue(form.on_hold)
            self.assertIn("Rumours", form.explanation)
            form.lift_hold = True
            self.assertEqual(form.outcome, "pass")
        self.assertTrue(self.profile.hold)

    def test_from_the_customer_and_from_the_held_decision(self):
        with self.dialog(self.profile) as form:
            self.assertEqual((form.amount, form.outcome), (0.0, "hold"))  # overdue
            form.payment = 300.0
            form.amount = 600.0
            self.assertEqual(form.outcome, "pass")
        order = self.order(500.0)
        order.action_confirm()
        self.settle()
        with self.dialog(self.decision(order), self.manager) as form:
            self.assertEqual((form.order_id, form.amount, form.outcome), (order, 500.0, "hold"))

    def test_a_raise_of_a_confirmed_order(self):
        self.pay(self.old)
        order = self.confirmed(500.0)
        with self.dialog(order) as form:
            # the order itself is not counted twice
            self.assertEqual((form.amount, form.outcome, form.meter["total"]), (500.0, "pass", 900.0))
            form.amount = 601.0
            self.assertEqual(form.outcome, "hold")

    def test_nothing_is_stored(self):
        order = self.order(500.0)
        decisions = self.env["credit.decision"].search_count([])
        form = self.dialog(order)
        form.payment = 1000.0
        form.other_limit = True
        form.limit_amount = 9000.0
        form.save()
        self.assertEqual(self.env["credit.decision"].search_count([]), decisions)
        self.assertEqual((order.state, self.position().limit, self.position().receivable), ("draft", 1000.0, 700.0))
        self.assertFalse(self.profile.limit_ids.filtered("is_waiting"))

    def test_rights(self):
        order = self.order(500.0, user=self.other_salesperson)
        for user in (self.salesperson, self.accountant, self.analyst, self.manager):
            with self.dialog(self.profile, user) as form:
                self.assertTrue(form.outcome)
        stranger = self._user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["credit.what.if"].with_user(stranger).create({"profile_id": self.profile.id})
        # over RPC, an order that one may not read
        wizard = self.env["credit.what.if"].with_user(self.salesperson)
        with self.assertRaises(AccessError):
            wizard.create({"profile_id": self.profile.id, "order_id": order.id})
        other = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.control(self.customer, 5.0, company=other) if other.credit_policy_id else self.profile.browse()
        self.assertTrue(hidden)
        with self.assertRaises(AccessError):
            wizard.create({"profile_id": hidden.id}).read(["outcome"])

    def test_somebody_else_does_not_answer_for_the_order(self):
        other = self.control(self.env["res.partner"].create({"name": "Other", "company_type": "company"}), 1.0)
        with self.assertRaisesRegex(UserError, "does not answer"):
            wizard = self.env["credit.what.if"].create({"profile_id": other.id, "order_id": self.order(5.0).id})
            wizard.read(["outcome"])
        unknown = self.env["res.partner"].create({"name": "Nobody", "company_type": "company"})
        with self.assertRaisesRegex(UserError, "not under credit control"):
            self.order(5.0, partner=unknown).action_credit_what_if()
