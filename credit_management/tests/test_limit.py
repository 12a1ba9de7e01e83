# Part of credit_management. License LGPL-3.0 or later.
"""Limits: zero is zero, unlimited is explicit, unknown is unknown (I8); who asks does not grant (I7)."""

import psycopg2.errors

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestLimit(CreditCase):
    def customer_with(self, limit=None, **values):
        partner = self.env["res.partner"].create({"name": "Somebody", "company_type": "company"})
        profile = self.control(partner, limit)
        if values:
            self.grant(profile, **values)
        return partner

    def outcome(self, partner, amount=0.01):
        order = self.order(amount, partner=partner)
        order.action_confirm()
        self.settle()
        return order.state, self.decision(order).kinds

    def test_zero_is_no_credit(self):
        self.assertEqual(self.outcome(self.customer_with(0.0)), ("draft", "limit_usage"))

    def test_unlimited_is_unlimited(self):
        self.assertEqual(self.outcome(self.customer_with(unlimited=True), 1e9), ("sale", ""))

    def test_no_limit_is_no_limit(self):
        self.assertEqual(self.outcome(self.customer_with()), ("draft", "no_limit"))

    def test_not_under_control(self):
        partner = self.env["res.partner"].create({"name": "Unknown", "company_type": "company"})
        self.assertEqual(self.outcome(partner, 1e6)[0], "sale")
        self.company.credit_unknown_action = "hold"
        self.assertEqual(self.outcome(partner, 1e6)[0], "draft")
        self.company.credit_unknown_action = "warn"
        self.assertEqual(self.outcome(partner, 1e6)[0], "sale")

    def test_expired_with_grace(self):
        today = fields.Date.today()
        within = self.customer_with(amount=1000.0, date_end=fields.Date.subtract(today, days=14))
        beyond = self.customer_with(amount=1000.0, date_end=fields.Date.subtract(today, days=15))
        self.assertEqual(self.outcome(within, 1000.0), ("sale", ""))
        self.assertEqual(self.outcome(beyond, 1.0), ("draft", "limit_expired"))

    def test_not_yet_begun_is_none(self):
        later = self.customer_with(amount=1000.0, date_start=fields.Date.add(fields.Date.today(), days=1))
        self.assertEqual(self.outcome(later), ("draft", "no_limit"))

    def request(self, user, **values):
        return (
            self.env["credit.limit"].with_user(user).create({"profile_id": self.profile.id, "amount": 5000.0, **values})
        )

    def test_who_asks_does_not_grant(self):
        asked = self.request(self.manager)
        with self.assertRaisesRegex(AccessError, "asked for"):
            asked.action_grant()
        self.assertEqual(asked.state, "requested")
        asked.with_user(self.admin).action_grant()
        self.assertRecordValues(
            asked, [{"state": "granted", "requested_by": self.manager.id, "decided_by": self.admin.id}]
        )
        self.assertEqual(self.profile.limit_amount, 5000.0)

    def test_one_person_firm(self):
        self.policy.allow_self_release = True
        asked = self.request(self.manager)
        asked.action_grant()
        self.assertEqual(asked.state, "granted")

    def test_granting_ends_the_one_before(self):
        before = self.profile.limit_ids
        self.request(self.analyst).with_user(self.manager).action_grant()
        self.assertEqual(before.date_end, fields.Date.subtract(fields.Date.today(), days=1))
        self.assertEqual(self.position().limit, 5000.0)

    def test_nobody_grants_by_writing(self):
        for user in (self.analyst, self.manager, self.admin):
            with self.subTest(user=user.login):
                asked = self.request(user, state="granted", origin="adopted", requested_by=self.salesperson.id)
                self.assertRecordValues(asked, [{"state": "requested", "origin": "manual", "requested_by": user.id}])
                with self.assertRaises(AccessError):
                    asked.write({"state": "granted"})
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self.request(user)

    def test_changing_a_request_makes_it_ones_own(self):
        asked = self.request(self.analyst)
        asked.with_user(self.manager).amount = 9000.0
        with self.assertRaises(AccessError):
            asked.with_user(self.manager).action_grant()

    def test_who_only_reads_changes_no_request(self):
        """Salespeople and accountants see what was asked for; making it a million is not theirs to do."""
        limit = self.request(self.analyst)
        asked = limit.amount
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                limit.with_user(user).write({"amount": 1e6})
        self.assertRecordValues(limit, [{"amount": asked, "requested_by": self.analyst.id}])

    def test_analyst_does_not_decide(self):
        asked = self.request(self.manager)
        for button in ("action_grant", "action_refuse"):
            with self.assertRaises(AccessError):
                getattr(asked.with_user(self.analyst), button)()
        with self.assertRaises(AccessError):
            self.profile.limit_ids.filtered(lambda limit: limit.state == "granted").with_user(
                self.analyst
            ).action_revoke()

    def test_decided_limits_stay_as_they_are(self):
        granted = self.profile.limit_ids
        with self.assertRaisesRegex(UserError, "decided"):
            granted.with_user(self.admin).write({"amount": 1.0})
        with self.assertRaisesRegex(UserError, "history"):
            granted.with_user(self.admin).unlink()
        with self.assertRaisesRegex(UserError, "cannot be granted"):
            granted.with_user(self.admin).action_grant()

    def test_revoke(self):
        self.profile.limit_ids.with_user(self.manager).action_revoke()
        self.assertEqual(self.position().limit_status, "none")
        self.assertEqual(self.profile.status, "none")

    def test_overlap_is_impossible_in_the_database(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.ExclusionViolation), self.env.cr.savepoint():
            self.grant(self.profile, 7.0, date_start="2021-01-01")

    def test_bad_figures_are_refused(self):
        violation = psycopg2.errors.CheckViolation
        for error, values in (
            (violation, {"amount": -1.0}),
            (violation, {"date_start": "2026-02-01", "date_end": "2026-01-01"}),
            (ValidationError, {"date_start": "0026-01-01"}),
            (ValueError, {"date_start": "tomorrow"}),
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                self.request(self.analyst, **values).flush_recordset()

    def test_in_force_is_searchable(self):
        limits = self.env["credit.limit"].search([("in_force", "=", True), ("profile_id", "=", self.profile.id)])
        self.assertEqual(limits, self.profile.limit_ids)
        self.assertFalse(
            self.env["credit.limit"].search([("in_force", "=", False), ("profile_id", "=", self.profile.id)])
        )
