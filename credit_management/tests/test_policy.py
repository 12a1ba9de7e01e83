# Part of credit_management. License LGPL-3.0 or later.
"""Policies: every rule kind through the gate, exemptions, and what their editors are told."""

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..engine.rules import RULE_KINDS
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestPolicy(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()

    @classmethod
    def write_policy(cls, draft):
        draft.rule_ids.unlink()

    def line(self, policy, kind, **values):
        return self.env["credit.policy.rule"].create({"policy_id": policy.id, "kind": kind, **values})

    def outcome(self, amount=100.0, **values):
        order = self.order(amount, **values)
        order.action_confirm()
        self.settle()
        decision = self.decision(order)
        return order.state, decision.kinds or decision.exemption or ""

    def overdue(self, amount, days):
        return self.invoice(amount, date="2020-01-01", due=fields.Date.subtract(self.today, days=days))

    def test_without_rules_everything_passes(self):
        self.assertEqual(self.outcome(1e6), ("sale", ""))

    def test_limit_usage_at_a_share_of_the_limit(self):
        self.add_rule("limit_usage", percent=80)
        self.assertEqual(self.outcome(800.0), ("sale", ""))
        self.assertEqual(self.outcome(0.01), ("draft", "limit_usage"))

    def test_oldest_item(self):
        self.add_rule("oldest_item", days=30)
        self.overdue(5.0, 30)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.overdue(5.0, 31)
        self.assertEqual(self.outcome(), ("draft", "oldest_item"))

    def test_oldest_item_leaves_trifles_alone(self):
        self.add_rule("oldest_item", days=30, amount=5.0)
        self.overdue(5.0, 90)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.overdue(0.01, 90)
        self.assertEqual(self.outcome(), ("draft", "oldest_item"))

    def test_overdue_amount(self):
        self.add_rule("overdue_amount", amount=100.0)
        self.overdue(100.0, 1)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.overdue(0.01, 1)
        self.assertEqual(self.outcome(), ("draft", "overdue_amount"))

    def test_overdue_share(self):
        self.add_rule("overdue_share", percent=25)
        self.invoice(75.0, due=fields.Date.add(self.today, days=30))
        self.overdue(25.0, 5)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.overdue(1.0, 5)
        self.assertEqual(self.outcome(), ("draft", "overdue_share"))

    def test_document_amount(self):
        self.add_rule("document_amount", amount=500.0)
        self.assertEqual(self.outcome(500.0), ("sale", ""))
        self.assertEqual(self.outcome(500.01), ("draft", "document_amount"))

    def test_manual_hold_works_without_a_rule_and_beats_exemptions(self):
        self.add_rule("small_document", amount=1000, cap=10000)
        self.profile.write({"hold": True, "hold_reason": "Lawsuit"})
        self.assertEqual(self.outcome(), ("draft", "manual_hold"))

    def test_warning_lets_pass_and_is_recorded(self):
        self.add_rule("limit_usage", percent=50, on_order="warn")
        order = self.order(600.0)
        self.assertIn("100.00", order.credit_message)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertRecordValues(self.decision(order), [{"state": "passed", "outcome": "warn"}])

    def test_payment_term(self):
        term = self.env.ref("account.account_payment_term_immediate")
        self.add_rule("payment_term", payment_term_ids=[fields.Command.set(term.ids)])
        self.add_rule("limit_usage")
        self.assertEqual(self.outcome(5000.0, payment_term_id=term.id), ("sale", "payment_term"))
        self.assertEqual(self.outcome(5000.0, payment_term_id=False), ("draft", "limit_usage"))

    def test_small_documents_are_capped_in_all(self):
        """A big order does not get through by being split into small ones."""
        self.add_rule("small_document", amount=50, cap=120, period_days=30)
        self.add_rule("limit_usage", percent=0)
        outcomes = [self.outcome(50.0)[0] for _part in range(10)]
        self.assertEqual(outcomes, ["sale"] * 2 + ["draft"] * 8)
        self.assertEqual(self.outcome(20.0), ("sale", "small_document"))
        self.assertEqual(self.outcome(0.01), ("draft", "limit_usage"))

    def test_small_documents_in_one_batch_are_capped_too(self):
        self.add_rule("small_document", amount=50, cap=120, period_days=30)
        self.add_rule("limit_usage", percent=0)
        orders = self.env["sale.order"].union(*(self.order(50.0) for _part in range(5)))
        orders.action_confirm()
        self.settle()
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft", "draft", "draft"])

    def test_overdue_and_usage(self):
        self.add_rule("overdue_usage", amount=100.0, percent=50)
        self.overdue(100.01, 1)
        self.assertEqual(self.outcome(399.99), ("sale", ""))
        order = self.order(1.0)
        order.action_confirm()
        self.assertEqual(self.decision(order).kinds, "overdue_usage")
        self.assertIn("50 % of the limit", self.decision(order).summary)
        self.assertIn("0.01 that is overdue", self.decision(order).advice.replace("\xa0", " "))

    def test_payment_index(self):
        self.add_rule("payment_index", index_floor=60.0)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.store(payment_index=60.0)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.store(payment_index=0.0)
        self.assertEqual(self.outcome(), ("draft", "payment_index"))

    def test_grade(self):
        grades = self.env["credit.grade"].search([])
        self.add_rule("grade", grade_id=grades[4].id, if_unknown=True)
        self.assertEqual(self.outcome(), ("draft", "grade"))
        self.store(grade_id=grades[4].id)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.store(grade_id=grades[5].id)
        order = self.order()
        order.action_confirm()
        self.assertEqual(self.decision(order).kinds, "grade")
        self.assertIn(f"rated {grades[5].code}; worse than {grades[4].code}", self.decision(order).summary)
        self.assertIn("assessed anew", self.decision(order).advice)
        # the scale may be put in another order, and the rule follows
        grades[5].code, grades[4].code = "X", grades[5].code
        self.assertEqual(self.position().grade, "X")

    def test_review_overdue(self):
        self.add_rule("review_overdue", days=5)
        self.assertEqual(self.outcome(), ("sale", ""))
        self.store(next_review=fields.Date.subtract(self.today, days=5))
        self.assertEqual(self.outcome(), ("sale", ""))
        self.store(next_review=fields.Date.subtract(self.today, days=6))
        self.assertEqual(self.outcome(), ("draft", "review_overdue"))

    def test_statement_out_of_date(self):
        self.add_rule("statement_age", days=400, if_unknown=True)
        order = self.order()
        order.action_confirm()
        self.assertEqual(self.decision(order).kinds, "statement_age")
        statement = self.env["credit.statement"].create(
            {"partner_id": self.customer.id, "date_end": fields.Date.subtract(self.today, days=400),
             "figures": {"cash": 5.0}, "currency_id": self.company.currency_id.id}
        )  # fmt: skip
        self.assertFalse(self.profile.statement_until)
        statement.action_confirm()
        # a confirmed statement readies the order at once
        self.assertEqual((self.profile.statement_until, order.credit_state), (statement.date_end, "ready"))
        self.assertEqual(self.outcome(), ("sale", ""))
        self.store(statement_until=fields.Date.subtract(self.today, days=401))
        self.assertEqual(self.outcome(), ("draft", "statement_age"))

    def test_account_status(self):
        watched, lawyer = (self.env.ref(f"credit_management.account_status_{name}") for name in ("watch", "legal"))
        self.add_rule("account_status", account_status_ids=[fields.Command.set(lawyer.ids)])
        self.profile.with_user(self.analyst).account_status_id = watched
        self.assertEqual(self.outcome(), ("sale", ""))
        self.profile.with_user(self.analyst).account_status_id = lawyer
        order = self.order()
        order.action_confirm()
        self.assertEqual(self.decision(order).summary, "The account's status is: With a lawyer")
        self.profile.with_user(self.analyst).account_status_id = watched
        self.assertEqual(order.credit_state, "ready")
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self.profile.with_user(user).account_status_id = False

    def test_larger_than_ever(self):
        self.add_rule("largest_document", percent=150)
        self.assertEqual(self.outcome(600.0), ("sale", ""))
        self.invoice(100.0)
        self.invoice(900.0, date=fields.Date.subtract(self.today, months=25))
        self.profile._refresh_standing()
        self.assertEqual(self.profile.largest_document, 100.0)
        self.assertEqual(self.outcome(150.0), ("sale", ""))
        order = self.order(150.01)
        order.action_confirm()
        self.assertRecordValues(self.decision(order), [{"kinds": "largest_document", "overage": 0.01}])

    def test_facts_are_not_entered(self):
        for values in ({"largest_document": 5.0}, {"statement_until": self.today}):
            with self.assertRaises(AccessError):
                self.profile.with_user(self.admin).write(values)

    def store(self, **facts):
        """What the server has found out of the customer."""
        self.profile.sudo().write(facts)

    def test_facts_take_no_further_query(self):
        def queries():
            order = self.order(1.0)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.settle()
            self.assertEqual(order.state, "sale")
            return self.env.cr.sql_log_count - before

        grades = self.env["credit.grade"].search([])
        lawyer = self.env.ref("credit_management.account_status_legal")
        self.store(grade_id=grades[0].id, pd=0.01, lgd=0.4, payment_index=80.0)
        self.profile.account_status_id = self.env.ref("credit_management.account_status_watch")
        queries()
        without = queries()
        with self.new_policy() as policy:
            self.line(policy, "payment_index")
            self.line(policy, "grade", grade_id=grades[0].id)
            self.line(policy, "review_overdue")
            self.line(policy, "statement_age")
            self.line(policy, "account_status", account_status_ids=[fields.Command.set(lawyer.ids)])
            self.line(policy, "largest_document")
            self.line(policy, "overdue_usage")
        queries()
        self.assertEqual(queries(), without)

    def test_refused_whatever_authority(self):
        self.add_rule("overdue_amount", on_order="refuse")
        self.overdue(1.0, 1)
        order = self.order()
        order.action_confirm()
        self.assertEqual(self.decision(order).outcome, "refuse")
        self.assertIn("refused", self.decision(order)._why_not_release(self.admin))

    # -- writing policies ----------------------------------------------------------------------------

    def test_every_kind_says_what_it_does(self):
        term = self.env.ref("account.account_payment_term_immediate")
        draft = self.policy._new_version()
        for kind in RULE_KINDS:
            grade, status = self.env.ref("credit_management.grade_bb"), self.env["credit.account.status"].search([])
            facts = {
                "grade_id": grade.id,
                "account_status_ids": [fields.Command.set(status.ids)],
                "payment_term_ids": [fields.Command.set(term.ids)],
            }
            rule = self.line(draft, kind, **facts, amount=10, cap=20, days=3)
            with self.subTest(kind=kind):
                self.assertTrue(rule.description)
                self.assertEqual(rule.exempting, RULE_KINDS[kind].exempt is not None)
                self.assertEqual(rule.uses_percent, "percent" in RULE_KINDS[kind].parameters)

    def test_description_follows_the_figures(self):
        rule = self.line(self.policy._new_version(), "limit_usage", percent=90)
        self.assertEqual(
            rule.description, "What is owed and ordered comes to more than 90 % of the limit: the order is held."
        )
        rule.write({"percent": 75, "on_order": "warn"})
        self.assertEqual(
            rule.description, "What is owed and ordered comes to more than 75 % of the limit: a warning is shown."
        )

    def test_rules_hold_as_soon_as_they_are_published(self):
        self.add_rule("limit_usage", percent=100)
        self.assertEqual(self.outcome(900.0)[0], "sale")
        with self.new_policy() as policy:
            policy.rule_ids.percent = 10
        self.assertEqual(self.outcome(1.0)[0], "draft")
        with self.new_policy() as policy:
            policy.rule_ids.active = False
        self.assertEqual(self.outcome(1.0)[0], "sale")

    def test_only_administrators_write_policies(self):
        draft = self.policy._new_version()
        rule = self.line(draft, "limit_usage")
        for user in (self.salesperson, self.accountant, self.analyst, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    rule.with_user(user).write({"percent": 1000})
                with self.assertRaises(AccessError):
                    draft.with_user(user).write({"allow_self_release": True})
                with self.assertRaises(AccessError):
                    self.env["credit.authority"].with_user(user).create(
                        {"policy_id": draft.id, "user_id": user.id, "unlimited": True}
                    )

    def test_nonsense_is_refused(self):
        draft = self.policy._new_version()
        with self.assertRaisesRegex(ValidationError, "lists none"), self.env.cr.savepoint():
            self.line(draft, "payment_term")
        with self.assertRaisesRegex(ValidationError, "names none"), self.env.cr.savepoint():
            self.line(draft, "grade")
        with self.assertRaisesRegex(ValidationError, "lists none"), self.env.cr.savepoint():
            self.line(draft, "account_status")
        with self.assertRaisesRegex(ValidationError, "cap"), self.env.cr.savepoint():
            self.line(draft, "small_document", amount=100, cap=50)
        self.line(draft, "small_document", amount=10, cap=50)
        with self.assertRaisesRegex(ValidationError, "twice"):
            self.line(draft, "small_document", amount=10, cap=50)
        with self.assertRaisesRegex(ValidationError, "another policy"):
            self.policy.active = False


@tagged("post_install", "-at_install")
class TestEnrol(CreditCase):
    def partner(self, name, limit=0.0):
        partner = self.env["res.partner"].create({"name": name, "company_type": "company"})
        partner.with_company(self.company).credit_limit = limit
        return partner

    def wizard(self, user=None, **values):
        return (
            self.env["credit.enrol"]
            .with_user(user or self.admin)
            .create({"company_id": self.company.id, "policy_id": self.policy.id, **values})
        )

    def test_selection_with_the_limits_of_odoo(self):
        limited, unlimited = self.partner("With limit", 700.0), self.partner("Without limit")
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": limited.id})
        wizard = self.wizard(partner_ids=(contact | unlimited | self.customer).ids, scope="selection")
        self.assertRecordValues(wizard, [{"count_new": 2, "count_known": 1, "count_limit": 1, "total_limit": 700.0}])
        wizard.action_enrol()
        self.assertEqual((limited.credit_granted, limited.credit_status), (700.0, "ok"))
        self.assertEqual((unlimited.credit_granted, unlimited.credit_status), (0.0, "none"))
        self.assertEqual(limited.credit_profile_id.limit_ids.origin, "adopted")

    def test_all_with_a_limit_in_odoo(self):
        limited, other = self.partner("With limit", 700.0), self.partner("Without limit")
        self.wizard(scope="limit").action_enrol()
        self.assertTrue(limited.credit_profile_id)
        self.assertFalse(other.credit_profile_id)

    def test_all_with_documents(self):
        invoiced, ordered, idle = self.partner("Invoiced"), self.partner("Ordered"), self.partner("Idle")
        self.invoice(10.0, partner=invoiced)
        self.confirmed(10.0, partner=ordered)
        self.wizard(scope="invoiced", limit_source="none").action_enrol()
        self.assertTrue(invoiced.credit_profile_id and ordered.credit_profile_id)
        self.assertFalse(idle.credit_profile_id)

    def test_open_orders_are_taken_over(self):
        partner = self.partner("Old customer", 500.0)
        open_order = self.confirmed(900.0, partner=partner)
        self.wizard(partner_ids=partner.ids, scope="selection").action_enrol()
        decision = self.decision(open_order)
        self.assertRecordValues(
            decision, [{"state": "taken_over", "cleared_value": 900.0, "asked": 900.0, "partner_name": "Old customer"}]
        )
        self.assertEqual((partner.credit_exposure, partner.credit_status), (900.0, "over"))
        open_order.order_line.name = "Changed text"
        self.settle()
        with self.assertRaises(Exception) as raised, self.env.cr.savepoint():
            open_order.order_line.price_unit = 901.0
            self.settle()
        self.assertIn("beyond what credit control has cleared", str(raised.exception))

    def test_again_is_refused_and_changes_nothing(self):
        with self.assertRaisesRegex(UserError, "already"):
            self.wizard(partner_ids=self.customer.ids, scope="selection").action_enrol()

    def test_only_administrators(self):
        partner = self.partner("Somebody")
        for user in (self.salesperson, self.accountant, self.analyst, self.manager):
            with self.assertRaises(AccessError):
                self.wizard(user, partner_ids=partner.ids, scope="selection").action_enrol()
        self.assertFalse(partner.credit_profile_id)

    def test_limits_that_would_have_ended(self):
        with self.assertRaisesRegex(UserError, "later day"):
            self.wizard(partner_ids=self.partner("S", 5.0).ids, scope="selection", date_end="2020-01-01").action_enrol()

    # -- by themselves -------------------------------------------------------------------------------

    def comes_under_control(self, partner, setting):
        self.company.credit_enrolment = setting
        self.env["credit.change"]._process()
        return self.env["credit.profile"].search([("partner_id", "=", partner.id)])

    def test_with_the_first_invoice(self):
        partner = self.partner("Invoiced")
        self.confirmed(10.0, partner=partner)
        self.assertFalse(self.comes_under_control(partner, "invoice"))
        self.invoice(10.0, partner=self.env["res.partner"].create({"name": "Contact", "parent_id": partner.id}))
        self.assertFalse(self.env["credit.profile"].search([("partner_id", "=", partner.id)]))
        profile = self.comes_under_control(partner, "invoice")
        self.assertEqual((profile.company_id, profile.policy_id, profile.exposure), (self.company, self.policy, 20.0))
        self.env["credit.change"]._process()

    def test_with_the_first_order(self):
        partner = self.partner("Ordered")
        order = self.confirmed(10.0, partner=partner)
        profile = self.comes_under_control(partner, "order")
        self.assertEqual(profile.exposure, 10.0)
        # what came first stands; what comes now is checked
        self.assertEqual(self.decision(order).state, "taken_over")
        second = self.order(10.0, partner=partner)
        second.action_confirm()
        self.assertEqual(self.decision(second).kinds, "no_limit")

    def test_with_the_first_order_although_it_is_held(self):
        self.company.credit_unknown_action = "hold"
        partner = self.partner("Held")
        order = self.order(10.0, partner=partner)
        order.action_confirm()
        self.assertEqual(self.decision(order).kinds, "unknown_customer")
        self.assertFalse(self.comes_under_control(partner, "invoice"))
        self.assertTrue(self.comes_under_control(partner, "order"))

    def test_by_hand_only(self):
        partner = self.partner("By hand")
        self.invoice(10.0, partner=partner)
        self.assertFalse(self.comes_under_control(partner, "hand"))

    def test_quotations_and_suppliers_are_no_customers(self):
        partner, supplier = self.partner("Asking"), self.partner("Selling")
        self.order(10.0, partner=partner)
        self.invoice(10.0, partner=supplier, move_type="in_invoice")
        self.invoice(10.0, partner=partner, post=False)
        self.assertFalse(self.comes_under_control(partner, "order") or self.comes_under_control(supplier, "order"))

    def test_whose_control_was_ended_stays_without(self):
        self.profile.active = False
        self.invoice(10.0)
        self.assertFalse(self.comes_under_control(self.customer, "invoice"))

    def test_in_companies_that_want_it(self):
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": self.env.ref("base.EUR").id})
        self.env.user.company_ids |= abroad
        self.env["account.chart.template"].try_loading("generic_coa", company=abroad, install_demo=False)
        partner = self.partner("Everywhere")
        self.invoice(10.0, partner=partner)
        self.invoice(10.0, partner=partner, company=abroad)
        self.assertEqual(self.comes_under_control(partner, "invoice").company_id, self.company)
