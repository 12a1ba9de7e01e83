# Part of credit_management. License LGPL-3.0 or later.
"""Risk appetite: what is borne of each risk, and whether that is more than is wanted."""

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestAppetite(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grades = cls.env["credit.grade"].search([])
        retail = cls.env["res.partner.industry"].create({"name": "Retail"})
        cls.others = [
            cls.env["res.partner"].create(
                {"name": f"Other {n}", "company_type": "company", "industry_id": retail.id, "user_id": user.id}
            )
            for n, user in ((1, cls.salesperson), (2, cls.other_salesperson))
        ]
        cls.profiles = [cls.profile, *(cls.control(partner, 1000.0) for partner in cls.others)]
        for profile, amount in zip(cls.profiles, (500.0, 300.0, 200.0), strict=True):
            cls.invoice(amount, partner=profile.partner_id)
            profile._refresh()

    def appetite(self, kind, **values):
        return (
            self.env["credit.appetite"]
            .with_user(self.admin)
            .create({"kind": kind, "company_id": self.company.id, **values})
        )

    def rate(self, *places):
        for profile, place in zip(self.profiles, places, strict=True):
            if place is not None:
                profile.sudo().write({"grade_id": self.grades[place].id, "pd": 0.1, "lgd": 0.5})
                profile._refresh()

    def test_exposure_in_all(self):
        for amount, level in ((2000.0, "ok"), (1250.0, "near"), (1000.0, "near"), (999.99, "over")):
            appetite = self.appetite("exposure", amount=amount)
            self.assertEqual(appetite.level, level)
            self.assertAlmostEqual(appetite.usage, 1000.0 / amount, 4)
            self.assertIn("1,000.00", appetite.actual)
            appetite.unlink()

    def test_weak_grades(self):
        self.rate(0, 6, 8)
        appetite = self.appetite("weak", percent=50.0, grade_id=self.grades[6].id)
        self.assertEqual((appetite.actual, appetite.level, appetite.note), ("50.0 %", "near", ""))
        self.assertEqual(self.behind(appetite), self.profiles[1] | self.profiles[2])
        appetite.grade_id = self.grades[7]
        self.assertEqual((appetite.actual, appetite.level), ("20.0 %", "ok"))

    def test_who_is_not_rated_is_said(self):
        self.rate(0, None, 8)
        appetite = self.appetite("weak", percent=10.0, grade_id=self.grades[6].id)
        self.assertEqual((appetite.actual, appetite.level), ("20.0 %", "over"))
        self.assertIn("300.00", appetite.note)
        loss = self.appetite("expected_loss", amount=100.0)
        # 0.1 × 0.5 × (500 + 200)
        self.assertIn("35.00", loss.actual)
        self.assertIn("300.00", loss.note)

    def test_concentrations(self):
        customer = self.appetite("customer", percent=40.0)
        self.assertEqual((customer.actual, customer.level, customer.note), ("50.0 %", "over", "Lumber Inc"))
        self.assertEqual(self.behind(customer), self.profile)
        industry = self.appetite("industry", percent=60.0)
        self.assertEqual((industry.actual, industry.level, industry.note), ("50.0 %", "near", "Retail"))
        salesperson = self.appetite("salesperson", percent=60.0)
        self.assertEqual((salesperson.actual, salesperson.level), ("30.0 %", "ok"))
        self.assertEqual(self.behind(salesperson), self.profiles[1])

    def test_unknown_is_unknown(self):
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": self.env.ref("base.EUR").id})
        self.env.user.company_ids |= abroad
        self.admin.company_ids = [Command.link(abroad.id)]
        appetite = self.env["credit.appetite"].create({"kind": "customer", "company_id": abroad.id, "percent": 1.0})
        self.assertEqual((appetite.actual, appetite.level), ("–", "unknown"))
        # of nobody's grade anything is known
        self.assertEqual(self.appetite("expected_loss", amount=1.0).level, "unknown")
        # the other company's customers don't count, in its own currency or not
        self.control(self.customer, company=abroad)
        self.assertEqual(self.appetite("customer", percent=10.0).note, "Lumber Inc")

    def behind(self, appetite):
        action = appetite.with_user(self.analyst).action_view()
        return self.env["credit.profile"].search(action["domain"]).sorted("id")

    @mute_logger("odoo.sql_db")
    def test_who_may_do_what(self):
        appetite = self.appetite("exposure", amount=1.0)
        self.assertEqual(appetite.with_user(self.analyst).level, "over")
        for user in (self.analyst, self.manager):
            with self.assertRaises(AccessError):
                appetite.with_user(user).amount = 1e9
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                appetite.with_user(user).read(["actual"])
        with self.assertRaisesRegex(ValidationError, "weak"):
            self.appetite("weak", percent=5.0)
        with self.assertRaisesRegex(Exception, "kind_unique"), self.env.cr.savepoint():
            self.appetite("exposure", amount=5.0)
            self.env.flush_all()
