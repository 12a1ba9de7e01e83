# Part of credit_management. License LGPL-3.0 or later.
"""Back-tests: what became of customers in the year after they were rated, from real invoices and payments."""

import xmlrpc.client

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestBacktest(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.grades = cls.env["credit.grade"].search([])
        cls.best, cls.worst = cls.grades[0], cls.grades[-2]

    @classmethod
    def day(cls, days):
        return fields.Date.subtract(cls.today, days=days)

    def rate(self, profile, grade, days, score=50.0, state="superseded", **values):
        """An assessment as if it had been confirmed so many days ago."""
        return self.env["credit.assessment"].create(
            {
                "profile_id": profile.id,
                "date": self.day(days),
                "scorecard_id": self.env["credit.scorecard"].search([("state", "=", "active")], limit=1).id,
                "grade_id": grade.id,
                "scored": True,
                "score": score,
                "pd": grade.pd,
                "state": state,
                **values,
            }
        )

    def owing(self, name, *invoices):
        """A customer with invoices over 100: (due so many days ago, paid so many days ago or not)."""
        partner = self.env["res.partner"].create({"name": name, "company_type": "company"})
        profile = self.control(partner, 1000.0)
        for due, paid in invoices:
            move = self.invoice(100.0, partner=partner, date=self.day(due + 20), due=self.day(due))
            if paid is not None:
                wizard = self.env["account.payment.register"].with_context(
                    active_model="account.move", active_ids=move.ids
                )
                wizard.create({"payment_date": self.day(paid)})._create_payments()
        return profile

    def measured(self, user=None, **values):
        backtest = (
            self.env["credit.backtest"]
            .with_user(user or self.analyst)
            .create({"company_id": self.company.id, **values})
        )
        backtest.action_measure()
        return backtest

    def test_by_grade(self):
        good = self.owing("Good", (300, 300), (200, 160))
        bad = self.owing("Bad", (300, None))
        slow = self.owing("Slow", (300, 150))
        self.rate(good, self.best, 400, 90.0)
        self.rate(slow, self.best, 400, 60.0)
        self.rate(bad, self.worst, 400, 20.0, exposure=500.0, expected_loss=25.0)
        backtest = self.measured()
        lines = {line.profile_id: line for line in backtest.line_ids}
        self.assertRecordValues(
            lines[good] | lines[slow] | lines[bad],
            [
                {"state": "paid", "due": 200.0, "late_30": 100.0, "late_90": 0.0, "unpaid": 0.0, "worst_days": 40},
                {"state": "defaulted", "due": 100.0, "late_30": 100.0, "late_90": 100.0, "unpaid": 0.0,
                 "worst_days": 150},
                {"state": "defaulted", "due": 100.0, "late_30": 100.0, "late_90": 100.0, "unpaid": 100.0,
                 "worst_days": 300},
            ],
        )  # fmt: skip
        result = backtest.result
        rows = {row["grade"]: row for row in result["grades"]}
        self.assertEqual((rows[self.best.code]["ratings"], rows[self.best.code]["rate"]), (2, 0.5))
        self.assertEqual(rows[self.best.code]["pd"], self.best.pd)
        self.assertEqual((rows[self.worst.code]["expected_loss"], rows[self.worst.code]["loss"]), (25.0, 100.0))
        self.assertEqual((result["auc"], result["ks"]), (1.0, 1.0))
        self.assertIn("100 %", result["discrimination"])
        # three ratings are not much
        self.assertIn("3 ratings with a known end, 2 of them defaults", result["caution"])
        shown = self.env["credit.backtest.line"].search(backtest.action_view_lines(self.worst.code)["domain"])
        opened = shown[0].action_view_assessment()
        self.assertEqual((opened["res_model"], opened["res_id"]), ("credit.assessment", shown[0].assessment_id.id))
        self.assertEqual(shown, lines[bad])

    def test_what_is_not_known_is_not_counted(self):
        young = self.owing("Young", (50, 50))
        quiet = self.owing("Quiet")
        before = self.owing("Before", (600, None))
        known = self.owing("Known", (300, 300))
        self.rate(young, self.best, 300, state="confirmed")
        for profile in (quiet, before, known):
            self.rate(profile, self.best, 400)
        backtest = self.measured()
        self.assertEqual(
            {line.profile_id: line.state for line in backtest.line_ids},
            {young: "young", quiet: "quiet", before: "before", known: "paid"},
        )
        self.assertEqual(backtest.result["total"]["ratings"], 1)
        self.assertNotIn("auc", backtest.result)
        # everything may be read by any client
        xmlrpc.client.dumps((backtest.read(["result", "figures"]),))
        self.assertIn("not known", backtest.result["discrimination"])
        line = backtest.line_ids.filtered(lambda line: line.profile_id == quiet)
        self.assertIs(line.worst_days, False)

    def test_only_confirmed_assessments(self):
        profile = self.owing("Known", (300, 300))
        self.rate(profile, self.best, 400, state="draft")
        with self.assertRaisesRegex(UserError, "nothing to follow"):
            self.measured()
        self.rate(profile, self.best, 900, state="cancelled")
        kept = self.rate(profile, self.best, 500)
        self.rate(profile, self.best, 1000)
        self.assertEqual(self.measured(date_from=self.day(600)).line_ids.assessment_id, kept)

    def test_default_is_a_choice(self):
        profile = self.owing("Slow", (300, 250))
        self.rate(profile, self.best, 400)
        self.assertEqual(self.measured().line_ids.state, "paid")
        self.assertEqual(self.measured(default_days=30).line_ids.state, "defaulted")
        self.assertEqual(self.measured(default_days=30, threshold=100.0).line_ids.state, "paid")

    def test_it_stays_as_it_was_measured(self):
        profile = self.owing("Slow", (300, None))
        assessment = self.rate(profile, self.best, 400)
        backtest = self.measured().with_user(self.admin)
        before = backtest.result
        self.best.pd = self.best.pd / 2
        assessment.sudo().pd = 0.5
        self.env.invalidate_all()
        self.assertEqual(backtest.result, before)
        with self.assertRaisesRegex(UserError, "already"):
            backtest.action_measure()
        with self.assertRaisesRegex(UserError, "Duplicate"):
            backtest.default_days = 30
        for values in ({"state": "draft"}, {"figures": {}}, {"date": self.today}):
            with self.assertRaises(AccessError):
                backtest.write(values)
        with self.assertRaises(AccessError):
            backtest.line_ids.write({"state": "paid"})
        again = backtest.copy()
        self.assertRecordValues(again, [{"state": "draft", "figures": False, "date": False, "default_days": 90}])

    def test_rights_and_companies(self):
        profile = self.owing("Known", (300, 300))
        self.rate(profile, self.best, 400)
        backtest = self.measured()
        for user in (self.salesperson, self.accountant):
            for model in ("credit.backtest", "credit.backtest.line"):
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                backtest.with_user(user).action_measure()
        for user in (self.analyst, self.manager, self.admin):
            self.assertTrue(self.measured(user).line_ids)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user("stranger", "credit_management.group_admin")
        stranger.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["credit.backtest"].search([]) or env["credit.backtest.line"].search([]))

    def test_the_queries_do_not_grow_with_the_customers(self):
        def measure(count):
            for number in range(count):
                profile = self.owing(f"C{number}", (300, None))
                self.rate(profile, self.best, 400)
            backtest = self.env["credit.backtest"].create({"company_id": self.company.id})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            backtest.action_measure()
            return self.env.cr.sql_log_count - before

        few = measure(2)
        self.assertLessEqual(measure(12), few + 2)
