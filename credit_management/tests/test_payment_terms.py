# Part of credit_management. License LGPL-3.0 or later.
"""Payment terms: up to the ceiling of the customer's grade, and not longer than agreed upon."""

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestPaymentTerms(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = {days: cls.term(days) for days in (0, 30, 31, 60, 90)}
        cls.better, cls.grade, *worse = cls.env["credit.grade"].search([])
        for grade in reversed(worse):
            grade.terms_ceiling_days = 0
        cls.better.write({"no_terms_ceiling": False, "terms_ceiling_days": 90})
        cls.grade.write({"no_terms_ceiling": False, "terms_ceiling_days": 30})
        cls.rate(cls.profile, cls.grade)

    @classmethod
    def rate(cls, profile, grade):
        """A grade, as a confirmed assessment gives it."""
        values = {"grade_id": grade.id, "score": 50.0, "limit_recommended": False, "pd": grade.pd, "lgd": grade.lgd}
        names = ("assessment_id", "assessed_on", "next_review", "recommended_limit")
        profile._rate({profile.id: {**dict.fromkeys(names), **values}})

    @classmethod
    def term(cls, days, **values):
        line = {"value": "percent", "value_amount": 100.0, "nb_days": days, **values}
        return cls.env["account.payment.term"].create({"name": f"{days} days", "line_ids": [Command.create(line)]})

    def held(self, days, amount=100.0, **values):
        """(order, the rules that held it) of an order with so many days."""
        order = self.order(amount, payment_term_id=self.terms[days].id, **values)
        order.action_confirm()
        self.settle()
        return order, order.state != "sale" and self.decision(order).kinds

    # -- how long a term is --------------------------------------------------------------------------

    def test_the_longest_days_of_a_term(self):
        halves = self.env["account.payment.term"].create(
            {
                "name": "In two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50.0, "nb_days": days}) for days in (60, 14)
                ],
            }
        )
        for term, days in (
            (self.terms[0], 0),
            (self.terms[30], 30),
            (halves, 60),
            # from the first day of a long month to the end of it, and ten days more
            (self.term(10, delay_type="days_after_end_of_month"), 40),
            (self.term(0, delay_type="days_after_end_of_next_month"), 61),
        ):
            self.assertEqual(term._credit_days(), days, term.name)
        halves.line_ids[0].nb_days = 45
        self.assertEqual(halves._credit_days(), 45)
        halves.line_ids[0].unlink()
        self.assertEqual(halves._credit_days(), 14)

    # -- the check -----------------------------------------------------------------------------------

    def test_up_to_the_ceiling_of_the_grade(self):
        self.assertFalse(self.held(30)[1])
        order, kinds = self.held(31)
        self.assertEqual(kinds, "payment_terms")
        decision = self.decision(order)
        self.assertIn("31 days; the customer's grade allows 30", decision.summary)
        self.assertIn("payment terms of at most 30 days", decision.advice)
        # nobody knows by how much money a term is too long: the whole document measures the authority
        self.assertEqual((decision.overage, decision.cleared_terms), (100.0, 31))
        self.assertEqual(decision.position["terms_ceiling"], 30)
        order.payment_term_id = self.terms[30]
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_no_payment_term_is_payment_at_once(self):
        self.grade.terms_ceiling_days = 0
        self.confirmed(100.0, payment_term_id=False)
        order, kinds = self.held(30)
        self.assertEqual(kinds, "payment_terms")
        self.assertIn("payment at once", self.decision(order).advice)

    def test_no_grade_and_no_ceiling_allow_any(self):
        lone = self.env["res.partner"].create({"name": "Lone", "company_type": "company"})
        self.control(lone, 1000.0)
        self.assertFalse(self.held(90, partner=lone)[1])
        self.better.no_terms_ceiling = True
        self.grade.no_terms_ceiling = True
        self.assertIsNone(self.position().terms_ceiling)
        self.assertFalse(self.held(90)[1])

    def test_the_rule_gives_days(self):
        def terms_rule(policy):
            return policy.rule_ids.filtered(lambda rule: rule.kind == "payment_terms")

        with self.new_policy() as policy:
            terms_rule(policy).days = 1
        self.assertIn("1 days longer", terms_rule(policy).description)
        self.assertFalse(self.held(31)[1])
        with self.new_policy() as policy:
            terms_rule(policy).on_order = "warn"
        self.assertFalse(self.held(60)[1])
        with self.new_policy() as policy:
            terms_rule(policy).active = False
        self.assertFalse(self.held(90)[1])

    def test_not_longer_than_agreed_upon(self):
        self.grade.terms_ceiling_days = 90
        self.customer.property_payment_term_id = self.terms[30]
        self.assertFalse(self.held(60)[1])
        self.add_rule("agreed_terms")
        self.assertFalse(self.held(30)[1])
        order, kinds = self.held(31)
        self.assertEqual(kinds, "agreed_terms")
        self.assertIn("31 days; 30 were agreed upon", self.decision(order).explanation)
        # who agreed upon nothing is bound to nothing
        self.customer.property_payment_term_id = False
        self.assertFalse(self.held(90)[1])

    def test_the_agreement_with_the_company_of_the_order_counts(self):
        self.add_rule("agreed_terms")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.customer.with_company(other).property_payment_term_id = self.terms[0]
        self.assertFalse(self.held(30)[1])

    def test_the_banner_says_so_before_anybody_confirms(self):
        order = self.order(100.0, payment_term_id=self.terms[60].id).with_user(self.salesperson)
        self.assertEqual(order.credit_level, "hold")
        self.assertIn("60 days", order.credit_message)
        self.assertIn("at most 30 days", order.credit_message)
        order.payment_term_id = self.terms[30]
        self.assertFalse(order.credit_message)

    def test_a_better_grade_readies_the_order(self):
        order, _kinds = self.held(60)
        self.rate(self.profile, self.better)
        self.assertEqual(order.credit_state, "ready")
        self.rate(self.profile, self.grade)
        self.assertEqual(order.credit_state, "held")

    # -- after confirmation --------------------------------------------------------------------------

    def test_longer_terms_of_a_confirmed_order_are_a_new_check(self):
        order, _kinds = self.held(0)
        order.payment_term_id = self.terms[30]
        self.settle()
        self.assertEqual(self.decision(order).cleared_terms, 30)
        with self.assertRaisesRegex(RedirectWarning, "60 days"), self.env.cr.savepoint():
            order.payment_term_id = self.terms[60]
            self.settle()
        # shorter ones are taken back: raising them again is checked anew
        order.payment_term_id = self.terms[0]
        self.settle()
        self.assertEqual(self.decision(order).cleared_terms, 0)
        self.grade.terms_ceiling_days = 20
        with self.assertRaisesRegex(RedirectWarning, "30 days"), self.env.cr.savepoint():
            order.payment_term_id = self.terms[30]
            self.settle()

    def test_what_was_taken_over_keeps_its_terms(self):
        customer = self.env["res.partner"].create({"name": "Open", "company_type": "company"})
        order = self.order(100.0, partner=customer, payment_term_id=self.terms[60].id)
        order.action_confirm()
        self.settle()
        profile = self.control(customer, 1000.0)
        self.rate(profile, self.grade)
        self.assertEqual((self.decision(order).state, self.decision(order).cleared_terms), ("taken_over", 60))
        order.client_order_ref = "X"
        order.payment_term_id = self.terms[31]
        self.settle()
        with self.assertRaisesRegex(RedirectWarning, "90 days"), self.env.cr.savepoint():
            order.payment_term_id = self.terms[90]
            self.settle()

    def test_a_release_is_for_the_terms_that_were_looked_at(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
        order, _kinds = self.held(60)
        self.decision(order).with_user(self.manager)._release(self.env.ref("credit_management.reason_reliable"))
        order.payment_term_id = self.terms[90]
        order.action_confirm()
        self.settle()
        self.assertEqual((order.state, self.decision(order).state), ("draft", "held"))
        order.payment_term_id = self.terms[60]
        self.decision(order).with_user(self.manager)._release(self.env.ref("credit_management.reason_reliable"))
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_the_check_takes_no_further_query(self):
        def queries(**values):
            order = self.order(1.0, **values)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.settle()
            self.assertEqual(order.state, "sale")
            return self.env.cr.sql_log_count - before

        with_terms = {"payment_term_id": self.terms[30].id}
        queries(**with_terms)
        checked = queries(**with_terms)
        with self.new_policy() as policy:
            policy.rule_ids.filtered(lambda rule: rule.kind == "payment_terms").unlink()
        queries(**with_terms)
        self.assertEqual(checked, queries(**with_terms))
