# Part of credit_management. License LGPL-3.0 or later.
"""Limits: zero is zero, unlimited is explicit, unknown is unknown (I8); who asks does not grant (I7)."""

import psycopg2.errors
from freezegun import freeze_time
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
        with self.new_policy() as policy:
            policy.allow_self_release = True
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

    def test_each_kind_has_days_of_its_own(self):
        """A temporary limit may hold beside the standard one, and no two of them on one day."""
        for kind in ("replace", "top_up"):
            self.grant(self.profile, 7.0, date_start="2021-01-01", date_end="2021-12-31", kind=kind)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.ExclusionViolation),
                self.env.cr.savepoint(),
            ):
                self.grant(self.profile, 7.0, date_start="2021-12-31", date_end="2022-12-31", kind=kind)

    def test_temporary_limits_end_and_top_ups_have_an_amount(self):
        for values in (
            {"kind": "replace"},
            {"kind": "top_up"},
            {"kind": "top_up", "date_end": "2099-01-01", "unlimited": True},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.request(self.analyst, **values).flush_recordset()

    def in_force(self, day):
        limit = self.env["credit.limit"]._in_force(fields.Date.to_date(day), self.profile)[self.profile.id]
        return limit.amount, limit.status

    def test_temporary_limits_come_and_go(self):
        today = fields.Date.today()
        week = {"date_start": today, "date_end": fields.Date.add(today, days=6)}
        after = fields.Date.add(today, days=7)
        self.grant(self.profile, 300.0, kind="top_up", **week)
        self.assertEqual(self.position().ceiling, 1300.0)
        self.assertEqual(self.profile.limit_date_end, week["date_end"])
        self.grant(self.profile, 50.0, kind="replace", **week)
        self.assertEqual(self.position().ceiling, 350.0)
        self.assertEqual(self.in_force(after), (1000.0, "valid"))
        order = self.order(351.0)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        with freeze_time(after):
            self.assertEqual(self.position().ceiling, 1000.0)
            order.action_confirm()
            self.settle()
            self.assertEqual(order.state, "sale")

    def test_nothing_to_top_up(self):
        self.profile.limit_ids.with_user(self.manager).action_revoke()
        asked = self.request(self.analyst, kind="top_up", date_end="2099-01-01")
        with self.assertRaisesRegex(UserError, "on top of nothing"):
            asked.with_user(self.manager).action_grant()

    def test_revoking_leaves_the_past_and_no_grace(self):
        today = fields.Date.today()
        limit = self.profile.limit_ids
        limit.with_user(self.manager).action_revoke()
        self.assertEqual((limit.state, limit.date_end), ("revoked", fields.Date.subtract(today, days=1)))
        self.assertEqual(self.in_force("2020-05-05"), (1000.0, "valid"))
        self.assertEqual(self.in_force(today), (0.0, "none"))
        self.assertEqual(self.outcome(self.customer), ("draft", "no_limit"))

    def test_revoking_on_the_first_day_does_not_wake_the_one_before(self):
        asked = self.request(self.analyst, amount=5.0)
        asked.with_user(self.manager).action_grant()
        asked.with_user(self.manager).action_revoke()
        self.assertEqual(self.in_force(fields.Date.today()), (0.0, "none"))
        # and the day is free for another one
        again = self.request(self.analyst, amount=6.0)
        again.with_user(self.manager).action_grant()
        self.assertEqual(self.in_force(fields.Date.today()), (6.0, "valid"))

    def test_one_granted_for_all_of_its_days_replaces_it(self):
        later = self.request(self.analyst, amount=5.0, date_start="2099-01-01")
        later.with_user(self.manager).action_grant()
        self.request(self.analyst, amount=6.0, date_start="2098-01-01").with_user(self.manager).action_grant()
        self.assertEqual(later.state, "replaced")
        self.assertEqual(self.in_force("2099-06-01"), (6.0, "valid"))
        self.assertEqual(self.in_force("2097-06-01"), (1000.0, "valid"))

    def test_any_life_leaves_one_limit_a_day(self):
        """Random sequences of granting and revoking, compared day by day with a plain reading of the table."""
        days = [fields.Date.add(fields.Date.today(), days=n) for n in range(-4, 9)]

        @example([("standard", 4, 0, 0), ("revoke", 0, 0, 0), ("standard", 0, 5, 9)])
        @settings(max_examples=10, deadline=None, derandomize=True)
        @given(
            st.lists(
                st.tuples(
                    st.sampled_from(["standard", "replace", "top_up", "revoke"]),
                    st.integers(0, 12),
                    st.integers(0, 6),
                    st.integers(0, 9),
                ),
                max_size=8,
            )
        )
        def live(steps):
            with self.env.cr.savepoint() as savepoint:
                for kind, first, length, amount in steps:
                    if kind == "revoke":
                        standing = self.profile.limit_ids.filtered(lambda limit: limit.state == "granted")
                        standing[:1].sudo().action_revoke()
                        continue
                    asked = self.env["credit.limit"].sudo().create(
                        {
                            "profile_id": self.profile.id,
                            "kind": kind,
                            "amount": amount * 100.0,
                            "date_start": days[first],
                            "date_end": fields.Date.add(days[first], days=length),
                            "requested_by": self.analyst.id,
                        }
                    )
                    asked._end_predecessors()
                    asked._decide("granted")
                table = self.profile.limit_ids
                for day in days:
                    holding = table.filtered(
                        lambda limit, day=day: (
                            limit.state in ("granted", "revoked")
                            and limit.date_start <= day
                            and (not limit.date_end or limit.date_end >= day)
                        )
                    )
                    by_kind = holding.grouped("kind")
                    self.assertTrue(all(len(alike) == 1 for alike in by_kind.values()))
                    none = table.browse()
                    base = by_kind.get("replace", none) or by_kind.get("standard", none)
                    amount, status = self.in_force(day)
                    self.assertEqual(status == "valid", bool(base))
                    if base:
                        self.assertEqual(amount, base.amount + by_kind.get("top_up", none).amount)
                self.assertEqual(
                    (self.position().limit, self.position().limit_status), self.in_force(fields.Date.today())
                )
                savepoint.rollback()
            self.env.invalidate_all()

        live()

    def test_timeline(self):
        self.profile.limit_ids.with_user(self.manager).action_revoke()
        order = self.order(10.0)
        order.action_confirm()
        self.settle()
        timeline = self.profile.limit_timeline
        today = fields.Date.to_string(fields.Date.today())
        self.assertEqual(
            [(step["day"], step["amount"], step["status"]) for step in timeline["steps"]],
            [("2000-01-01", 1000.0, "valid"), (today, 0.0, "none")],
        )
        self.assertEqual(timeline["exposure"][0], [today, 0.0])

    def test_in_force_is_searchable(self):
        limits = self.env["credit.limit"].search([("in_force", "=", True), ("profile_id", "=", self.profile.id)])
        self.assertEqual(limits, self.profile.limit_ids)
        self.assertFalse(
            self.env["credit.limit"].search([("in_force", "=", False), ("profile_id", "=", self.profile.id)])
        )
