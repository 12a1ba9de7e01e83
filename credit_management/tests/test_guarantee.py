# Part of credit_management. License LGPL-3.0 or later.
"""Guarantees add to the limit or lower what counts, from their activation on and while they are valid."""

import psycopg2.errors
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestGuarantee(CreditCase):
    def guarantee(self, amount=500.0, active=True, **values):
        guarantee = (
            self.env["credit.guarantee"]
            .with_user(self.analyst)
            .create({"name": "LG-1", "profile_id": self.profile.id, "amount": amount, **values})
        )
        if active:
            guarantee.with_user(self.manager).action_activate()
        return guarantee

    def test_it_adds_to_the_limit(self):
        guarantee = self.guarantee(500.0, coverage=80.0)
        position = self.position()
        self.assertEqual((position.limit, position.cover_added, position.ceiling), (1000.0, 400.0, 1400.0))
        self.assertEqual((guarantee.cover, self.profile.cover, self.profile.room), (400.0, 400.0, 1400.0))
        self.confirmed(1400.0)
        order = self.order(0.01)
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_it_lowers_the_exposure(self):
        self.confirmed(800.0)
        self.guarantee(500.0, effect="lower")
        position = self.position()
        self.assertEqual((position.exposure, position.counted, position.room), (800.0, 300.0, 700.0))
        self.assertEqual((self.profile.exposure, self.profile.room), (800.0, 700.0))
        self.assertEqual(self.env["credit.exposure"].search([("profile_id", "=", self.profile.id)]).amount, 800.0)
        self.confirmed(700.0)

    def test_the_decision_keeps_it(self):
        self.guarantee(500.0)
        order = self.confirmed(1200.0)
        self.assertEqual(self.decision(order).position["cover_added"], 500.0)

    def test_drafts_and_ended_ones_cover_nothing(self):
        guarantee = self.guarantee(active=False)
        self.assertEqual((self.position().cover, guarantee.cover), (0.0, 0.0))
        guarantee.with_user(self.manager).action_activate()
        self.assertEqual(self.position().cover, 500.0)
        guarantee.with_user(self.manager).action_end()
        self.assertEqual((self.position().cover, self.profile.cover), (0.0, 0.0))
        called = self.guarantee()
        called.with_user(self.manager).action_call()
        self.assertEqual(self.position().cover, 0.0)

    def test_it_covers_from_its_first_to_its_last_day(self):
        today = fields.Date.today()
        self.guarantee(date_start=fields.Date.add(today, days=2), date_end=fields.Date.add(today, days=4))
        covered = []
        for n in range(1, 6):
            with freeze_time(fields.Date.add(today, days=n)):
                covered.append(self.position().cover)
        self.assertEqual(covered, [0.0, 500.0, 500.0, 500.0, 0.0])

    def test_activation_readies_a_held_order(self):
        order = self.order(1400.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.credit_state, "held")
        self.guarantee(500.0)
        self.assertEqual(order.credit_state, "ready")

    def test_another_currency_at_the_rate_of_the_day(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            [
                {"currency_id": euro.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.5},
                {"currency_id": euro.id, "company_id": self.company.id, "name": "2099-01-01", "rate": 0.25},
            ]
        )
        guarantee = self.guarantee(500.0, currency_id=euro.id)
        self.assertEqual((self.position().cover_added, guarantee.cover), (1000.0, 1000.0))
        with freeze_time("2099-01-02"):
            guarantee.invalidate_recordset(["cover"])
            self.assertEqual((self.position().cover_added, guarantee.cover), (2000.0, 2000.0))

    def test_several_add_up_and_one_counts_as_among_many(self):
        self.guarantee(500.0)
        self.guarantee(70.0, kind="insurance", effect="lower")
        other = self.control(self.env["res.partner"].create({"name": "Other"}), 10.0)
        alone = self.position()
        self.assertEqual((alone.cover_added, alone.cover_lowered), (500.0, 70.0))
        self.assertEqual((self.profile | other)._positions()[self.profile.id], alone)
        self.assertEqual(self.env["credit.profile"]._positions()[self.profile.id], alone)

    def test_who_enters_it_does_not_activate_it(self):
        mine = self.env["credit.guarantee"].with_user(self.manager).create(
            {"name": "LG-2", "profile_id": self.profile.id, "amount": 5.0, "state": "active"}
        )
        self.assertEqual(mine.state, "draft")
        with self.assertRaisesRegex(AccessError, "yourself"):
            mine.action_activate()
        for user in (self.analyst, self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                mine.with_user(user).action_activate()
        mine.with_user(self.admin).action_activate()
        self.assertEqual(mine.state, "active")

    def test_roles(self):
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self.env["credit.guarantee"].with_user(user).create(
                    {"name": "X", "profile_id": self.profile.id, "amount": 5.0}
                )
            with self.assertRaises(AccessError):
                self.guarantee().with_user(user).note = "x"

    def test_an_active_one_stays_as_it_is(self):
        guarantee = self.guarantee()
        for values in ({"amount": 9e9}, {"coverage": 1.0}, {"date_end": "2099-01-01"}, {"effect": "lower"}):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                guarantee.with_user(self.admin).write(values)
        with self.assertRaises(AccessError):
            guarantee.with_user(self.admin).state = "draft"
        with self.assertRaisesRegex(UserError, "history"):
            guarantee.with_user(self.admin).unlink()
        with self.assertRaisesRegex(UserError, "is active"):
            guarantee.with_user(self.admin).action_activate()
        guarantee.with_user(self.analyst).note = "Original in the safe"

    def test_bad_figures_are_refused(self):
        for values in (
            {"amount": 0.0},
            {"amount": -5.0},
            {"coverage": 101.0},
            {"date_start": "2026-02-01", "date_end": "2026-01-01"},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.guarantee(active=False, **values)
        with self.assertRaisesRegex(UserError, "covers nothing"):
            self.guarantee(date_start="2020-01-01", date_end="2020-12-31")

    def test_its_end_is_announced_once(self):
        today = fields.Date.today()
        self.profile.user_id = self.analyst
        guarantee = self.guarantee(date_end=fields.Date.add(today, days=40))
        alerts = self.env["credit.alert"]
        mine = [("profile_id", "=", self.profile.id), ("kind", "=", "guarantee_ending")]
        self.profile._monitor(today)
        self.assertFalse(alerts.search(mine))
        with freeze_time(fields.Date.add(today, days=10)):
            self.profile._monitor(fields.Date.today())
            self.profile._monitor(fields.Date.today())
            alert = alerts.search(mine)
            self.assertEqual((len(alert), alert.user_id, len(alert.activity_ids)), (1, self.analyst, 1))
            self.assertIn("LG-1", alert.summary)
        with freeze_time(fields.Date.add(today, days=41)):
            self.profile._monitor(fields.Date.today())
            self.assertEqual((guarantee.state, alert.state), ("ended", "resolved"))

    def test_a_new_day_brings_the_lists_up_to_date(self):
        today = fields.Date.today()
        self.guarantee(date_end=today)
        self.assertEqual(self.profile.cover, 500.0)
        with freeze_time(fields.Date.add(today, days=1)):
            self.profile._monitor(fields.Date.today())
            self.assertEqual(self.profile.cover, 0.0)

    def test_a_merge_keeps_it(self):
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        kept = self.control(other, 10.0)
        guarantee = self.guarantee()
        self.profile._merge_into(other)
        self.assertEqual(guarantee.profile_id, kept)
        self.assertEqual(self.position(kept).cover_added, 500.0)
        self.assertEqual(self.position(kept).limit, 10.0)
