# Part of credit_management. License LGPL-3.0 or later.
"""The first steps: what is done is told by the data, for administrators, one company at a time."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestOnboarding(CreditCase, HttpCase):
    def steps(self, user=None, company=None):
        company = company or self.company
        onboarding = self.env["credit.onboarding"].with_user(user or self.admin)
        data = onboarding.with_context(allowed_company_ids=company.ids).read_steps(company.id)
        return {step["key"]: step for step in data["steps"]}

    def done(self, **options):
        return {key for key, step in self.steps(**options).items() if step["done"]}

    def empty_company(self, **values):
        company = self.env["res.company"].create({"name": "Empty Ltd", **values})
        self.admin.company_ids |= company
        return company

    def test_an_empty_company_has_a_policy_and_nothing_else(self):
        company = self.empty_company()
        self.assertEqual(self.done(company=company), {"policy"})
        company.credit_policy_id = False
        self.assertEqual(self.done(company=company), set())
        self.assertIn("no policy in force", self.steps(company=company)["policy"]["note"])

    def test_limits_that_wait_in_odoo_are_limits(self):
        company = self.empty_company()
        self.customer.with_company(company).credit_limit = 700.0
        step = self.steps(company=company)["limits"]
        self.assertTrue(step["done"])
        self.assertIn("ready to be adopted: 1", step["note"])

    def test_customers_under_control_and_others_that_buy(self):
        company = self.empty_company()
        self.assertNotIn("control", self.done(company=company))
        other = self.env["res.partner"].create({"name": "Buys too", "company_type": "company"})
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": other.id, "type": "invoice"})
        self.confirmed(100.0, partner=other, partner_invoice_id=contact.id)
        self.confirmed(100.0, partner=other)
        self.confirmed(100.0)
        step = self.steps()["control"]
        self.assertTrue(step["done"])
        self.assertIn("Under control: 1. Others that bought within a year: 1.", step["note"])

    def test_it_takes_two_who_decide(self):
        company = self.empty_company()
        self.assertNotIn("people", self.done(company=company))
        self.manager.company_ids |= company
        self.assertIn("people", self.done(company=company))
        self.assertIn(self.manager.name, self.steps(company=company)["people"]["note"])
        self.manager.active = False
        self.assertNotIn("people", self.done(company=company))

    def test_one_is_enough_in_a_one_person_firm(self):
        self.assertIn("people", self.done())
        with self.new_policy() as policy:
            policy.allow_self_release = True
        self.manager.active = False
        self.assertIn("people", self.done())
        with self.rewritten() as policy:
            policy.allow_self_release = False
        self.assertNotIn("people", self.done())

    def test_whoever_may_not_manage_users_is_not_led_there(self):
        self.assertFalse(self.steps()["people"]["action"])
        self.admin.group_ids |= self.env.ref("base.group_erp_manager")
        self.assertEqual(self.steps()["people"]["action"], "base.action_res_users")

    def test_a_simulation_that_is_done(self):
        self.assertNotIn("simulation", self.done())
        simulation = self.env["credit.simulation"].create(
            {"company_id": self.company.id, "policy_id": self.policy.id, "draft_id": self.policy._new_version().id}
        )
        self.assertNotIn("simulation", self.done())
        simulation.action_start()
        while simulation._work() is not None:
            pass
        self.assertIn("simulation", self.done())

    def test_live_is_when_orders_are_held(self):
        self.assertIn("live", self.done())
        with self.new_policy() as policy:
            policy.rule_ids.write({"on_order": "warn"})
        step = self.steps()["live"]
        self.assertFalse(step["done"])
        self.assertIn("only warn", step["note"])

    def test_every_step_leads_somewhere(self):
        administrator, company = self.env.ref("base.user_admin"), self.env.ref("base.main_company")
        for step in self.steps(user=administrator, company=company).values():
            with self.subTest(step["key"]):
                self.assertTrue(self.env.ref(step["action"])._name.startswith("ir.actions."))
                self.assertTrue(step["label"] and step["help"] and step["button"] and step["note"])

    def test_only_administrators_of_the_company(self):
        for user in (self.salesperson, self.accountant, self.analyst, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.steps(user=user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["credit.onboarding"].with_user(user).set_closed(True, self.company.id)
        stranger = self.env["res.company"].create({"name": "Not his"})
        onboarding = self.env["credit.onboarding"].with_user(self.admin)
        for call in (lambda: onboarding.read_steps(stranger.id), lambda: onboarding.set_closed(True, stranger.id)):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(stranger.credit_onboarding_closed)

    def test_it_is_closed_for_one_company(self):
        company = self.empty_company()
        onboarding = self.env["credit.onboarding"].with_user(self.admin)
        onboarding.set_closed(True, self.company.id)
        self.assertTrue(onboarding.read_steps(self.company.id)["closed"])
        both = onboarding.with_context(allowed_company_ids=(self.company | company).ids)
        self.assertFalse(both.read_steps(company.id)["closed"])
        onboarding.set_closed(False, self.company.id)
        self.assertFalse(self.company.credit_onboarding_closed)

    def test_a_branch_shows_the_steps_of_its_root(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.admin.company_ids |= branch
        onboarding = self.env["credit.onboarding"].with_user(self.admin)
        both = onboarding.with_context(allowed_company_ids=(branch | self.company).ids)
        self.assertEqual(both.read_steps()["company_id"], self.company.id)

    def test_queries_do_not_grow_with_customers(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.steps()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for number in range(20):
            self.control(self.env["res.partner"].create({"name": f"Customer {number}"}), 100.0)
        self.env.flush_all()
        self.assertLessEqual(count(), few)

    def test_the_administrator_takes_them(self):
        self.admin.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        self.env.flush_all()
        self.start_tour("/odoo/credit-dashboard", "credit_first_steps", login=self.admin.login)
        self.env.invalidate_all()
        self.assertFalse(self.company.credit_onboarding_closed)
