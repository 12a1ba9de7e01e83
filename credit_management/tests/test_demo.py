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
HELD = {"overdue": "oldest_item", "expired": "limit_expired", "hold": "manual_hold", "waiting": "limit_usage"}


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
            .search([("partner_id", "=", self.customer(name).id), ("is_open", "=", True)])
            .kinds
            for name in HELD
        }
        self.assertEqual({name: kinds.split(", ")[0] for name, kinds in held.items()}, HELD)

    def test_the_waiting_order_was_asked_for(self):
        decision = self.env["credit.decision"].search([("partner_id", "=", self.customer("waiting").id)])
        self.assertTrue(decision.request_note)
        self.assertEqual(decision.requested_by.login, "demo_sales")

    def test_the_second_company_counts_for_itself(self):
        second = self.env.ref("credit_management.demo_company_second")
        customer = self.customer("both")
        self.assertEqual(customer.with_company(second).credit_status, "over")
        self.assertNotEqual(customer.credit_exposure, customer.with_company(second).credit_exposure)

    def test_a_prepaid_order_leaves_nothing_open(self):
        self.assertEqual(self.customer("prepaid").credit_exposure, 0.0)

    def test_three_customers_have_three_years_of_statements(self):
        for name, safe in (("within", True), ("over", False), ("waiting", True)):
            profile = self.customer(name).credit_profile_id
            statements = profile._statements(fields.Date.today())[profile.id]
            self.assertEqual(len(statements), 3)
            self.assertFalse(any(statements.mapped("difference_count")))
            score = statements._ratios()[statements[0].id]["z_double"]
            self.assertEqual(score > 1.1, safe, (name, score))

    def test_what_is_known_is_told(self):
        within, hold = (self.customer(name).credit_profile_id for name in ("within", "hold"))
        self.assertGreater(within.completeness, 0.6)
        self.assertLess(hold.completeness, 0.3)
        self.assertTrue(hold._adverse(fields.Date.today())[hold.id].insolvent)
        self.assertEqual(self.customer("waiting").credit_registration_state, "valid")
