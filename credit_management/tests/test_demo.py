# Part of credit_management. License LGPL-3.0 or later.
"""The demo data tell the stories that they claim to tell. ``CREDIT_DEMO_DB`` names a database that has them."""

import os
import unittest

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tools import config

STATUS = {
    "within": "ok",
    "near": "near",
    "over": "over",
    "overdue": "overdue",
    "expired": "expired",
    "hold": "hold",
    "prepaid": "ok",
    "foreign": "ok",
    "both": "ok",
    "waiting": "ok",
    "growing": "near",
    "unknown": False,
}
HELD = {
    "within": "limit_usage",
    "overdue": "oldest_item",
    "expired": "limit_expired",
    "hold": "manual_hold",
    "waiting": "limit_usage",
}


class TestDemo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        database = os.environ.get("CREDIT_DEMO_DB")
        if not database:
            raise unittest.SkipTest("CREDIT_DEMO_DB names no database with demo data; script/test provides one")
        testing, config["test_enable"] = config["test_enable"], False
        cls.addClassCleanup(config.__setitem__, "test_enable", testing)
        cls.cursor = Registry(database).cursor()
        cls.addClassCleanup(cls.cursor.close)
        env = api.Environment(cls.cursor, SUPERUSER_ID, {})
        company = env.ref("base.main_company")
        cls.env = env(context={"allowed_company_ids": [company.id]})

    def customer(self, name):
        return self.env.ref(f"credit_management.demo_customer_{name}")

    def test_every_story_has_its_status(self):
        self.assertEqual({name: self.customer(name).credit_status for name in STATUS}, STATUS)

    def test_what_is_held_is_held_for_its_reason(self):
        held = {
            name: self.env["credit.decision"]
            .search(
                [("partner_id", "=", self.customer(name).id), ("is_open", "=", True), ("checkpoint", "=", "order")]
            )
            .kinds
            for name in HELD
        }
        self.assertEqual({name: kinds.split(", ")[0] for name, kinds in held.items()}, HELD)

    def test_the_waiting_order_was_asked_for(self):
        decision = self.env["credit.decision"].search(
            [("partner_id", "=", self.customer("waiting").id), ("checkpoint", "=", "order")]
        )
        self.assertTrue(decision.request_note)
        self.assertEqual(decision.requested_by.login, "demo_sales")

    def test_an_invoice_was_posted_with_a_warning(self):
        warned = self.env["credit.decision"].search(
            [("partner_id", "=", self.customer("over").id), ("checkpoint", "=", "invoice"), ("outcome", "=", "warn")]
        )
        self.assertIn("limit_usage", [finding["kind"] for finding in warned[:1].findings])
        self.assertEqual(warned[:1].move_id.state, "posted")

    def test_a_delivery_is_held(self):
        transfer = self.env.ref("credit_management_stock.demo_delivery_held", raise_if_not_found=False)
        if not transfer:
            self.skipTest("there is no warehouse here")
        self.assertEqual((transfer.state, transfer.credit_state), ("assigned", "held"))

    def test_the_second_company_counts_for_itself(self):
        second = self.env.ref("credit_management.demo_company_second")
        customer = self.customer("both")
        self.assertEqual(customer.with_company(second).credit_status, "over")
        self.assertNotEqual(customer.credit_exposure, customer.with_company(second).credit_exposure)

    def test_a_prepaid_order_leaves_nothing_open(self):
        self.assertEqual(self.customer("prepaid").credit_exposure, 0.0)

    def test_limits_came_about_in_different_ways(self):
        limits = self.env["credit.limit"].search([("origin", "!=", "adopted")])
        states = set(limits.mapped("state"))
        self.assertLessEqual({"granted", "refused", "requested"}, states)
        self.assertIn("top_up", limits.filtered("in_force").mapped("kind"))
        waiting = self.env.ref("credit_management.demo_limit_in_tiers")
        self.assertEqual((waiting.state, waiting.origin), ("requested", "order"))
        self.assertEqual((len(waiting.approval_ids), waiting._missing_approvals()), (1, 1))
        # the limit asked for is what the order needs
        self.assertEqual(waiting.amount, 58_500.0)

    def test_a_guarantee_ends_soon_and_somebody_was_told(self):
        guarantee = self.env.ref("credit_management.demo_guarantee_ending")
        alerts = self.env["credit.alert"].search([("profile_id", "=", guarantee.profile_id.id)])
        self.assertIn("guarantee_ending", alerts.mapped("kind"))
        self.assertGreater(self.customer("foreign").credit_profile_id.cover, 0.0)

    def test_a_group_shares_a_limit_over_two_companies(self):
        group = self.env.ref("credit_management.demo_group")
        self.assertEqual((group.profile_count, group.limit_status, group.amount), (2, "valid", 32_000.0))
        self.assertEqual(len(group.limit_ids), 2)
        self.assertGreater(group.exposure, self.customer("both").credit_exposure)

    def test_the_manager_has_a_deputy(self):
        manager, analyst = (self.env.ref(f"credit_management.user_{name}") for name in ("manager", "analyst"))
        self.assertIn(manager, self.env["credit.deputy"]._principals(analyst))

    def test_three_customers_have_three_years_of_statements(self):
        for name, safe in (("within", True), ("over", False), ("waiting", True)):
            profile = self.customer(name).credit_profile_id
            statements = profile._statements(fields.Date.today())[profile.id]
            self.assertEqual(len(statements), 3)
            self.assertFalse(any(statements.mapped("difference_count")))
            score = statements._ratios()[statements[0].id]["z_double"]
            self.assertEqual(score > 1.1, safe, (name, score))

    def test_key_accounts_have_their_policy_and_the_standard_one_a_draft(self):
        key_accounts = self.env.ref("credit_management.demo_policy_key_accounts")
        self.assertEqual(key_accounts.profile_ids.partner_id, self.customer("within") | self.customer("foreign"))
        self.assertEqual(self.customer("within").credit_profile_id.policy_why, "Because: tag Key account")
        draft = self.env.ref("credit_management.demo_policy_draft")
        self.assertEqual((draft.state, draft.compare_id.id), ("simulated", draft.origin_id.id))
        self.assertEqual(len(draft._differences(draft.compare_id)), 5)

    def test_who_has_read_the_policy_and_what_risk_is_wanted(self):
        key_accounts = self.env.ref("credit_management.demo_policy_key_accounts")
        self.assertEqual(set(key_accounts.acknowledgement_ids.user_id.mapped("login")), {"demo_sales", "demo_manager"})
        self.assertIn("demo_analyst", key_accounts.missing_user_ids.mapped("login"))
        ceilings = self.env["credit.appetite"].search([("company_id", "=", self.env.ref("base.main_company").id)])
        self.assertEqual(len(ceilings), 6)
        self.assertFalse(ceilings.filtered(lambda each: each.level == "unknown"))

    def test_what_is_known_is_told(self):
        within, hold = (self.customer(name).credit_profile_id for name in ("within", "hold"))
        self.assertGreater(within.completeness, 0.6)
        self.assertLess(hold.completeness, 0.3)
        self.assertTrue(hold._adverse(fields.Date.today())[hold.id].insolvent)
        self.assertEqual(self.customer("waiting").credit_registration_state, "valid")

    def test_the_monitor_has_run_and_warned(self):
        run = self.env["credit.monitor.run"].search([])
        self.assertEqual((run.mapped("state"), run.failed), (["done"], 0))
        alerts = self.env["credit.alert"].search([])
        kinds = {
            name: set(alerts.filtered(lambda alert, name=name: alert.partner_id == self.customer(name)).mapped("kind"))
            for name in ("over", "overdue", "hold", "expired", "within")
        }
        self.assertIn("over_limit", kinds["over"])
        self.assertIn("overdue_days", kinds["overdue"])
        self.assertIn("adverse_record", kinds["hold"])
        self.assertIn("limit_ending", kinds["expired"])
        self.assertLessEqual({"open", "acknowledged", "snoozed"}, set(alerts.mapped("state")))
        self.assertEqual(len(self.customer("near").credit_profile_id.trend["day"]), 91)

    def test_a_customer_on_the_portal_has_applied_for_more(self):
        asked, new = (self.env.ref(f"credit_management.demo_application_{name}") for name in ("asked", "new"))
        self.assertEqual((asked.state, asked.origin, asked.partner_id), ("info", "portal", self.customer("within")))
        self.assertTrue(asked.profile_id.policy_id.portal_show)
        self.assertEqual((new.state, new.origin, new.profile_id.id), ("submitted", "salesperson", False))
        self.assertEqual(self.env.ref("credit_management.demo_user_customer").partner_id, asked.contact_id)
