# Part of credit_management. License LGPL-3.0 or later.
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.credit_snapshot import COPIED
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestSnapshot(CreditCase):
    def take(self, days=0, profile=None):
        day = fields.Date.add(fields.Date.today(), days=days)
        profiles = profile or self.profile
        self.env["credit.snapshot"]._take(profiles, day)
        return self.env["credit.snapshot"].search([("profile_id", "in", profiles.ids), ("day", "=", day)])

    def test_it_says_what_the_profile_says(self):
        due = fields.Date.subtract(fields.Date.today(), days=12)
        self.invoice(400.0, date=due, due=due)
        self.confirmed(250.0)
        self.invoice(30.0, post=False)
        self.profile._refresh()
        self.profile._refresh_behaviour()
        snapshot = self.take()
        for name in COPIED:
            self.assertEqual(snapshot[name], self.profile[name], name)
        self.assertEqual((snapshot.exposure, snapshot.overdue, snapshot.oldest_days), (680.0, 400.0, 12))
        self.assertEqual((snapshot.limit_amount, snapshot.room, snapshot.currency_id.name), (1000.0, 320.0, "USD"))

    def test_unknown_is_unknown(self):
        partner = self.env["res.partner"].create({"name": "New", "company_type": "company"})
        profile = self.control(partner)
        self.take(profile=profile)
        self.env.cr.execute(
            """SELECT limit_amount, room, usage, oldest_days, payment_index, dso, grade_id, expected_loss
                 FROM credit_snapshot WHERE profile_id = %s""",
            [profile.id],
        )
        self.assertEqual(set(self.env.cr.fetchone()), {None})

    def test_taken_again_it_is_the_days_last_state(self):
        self.take()
        self.invoice(100.0)
        self.profile._refresh()
        again = self.take()
        self.assertEqual((len(again), again.exposure), (1, 100.0))

    def test_two_companies_count_for_themselves(self):
        other = self.env["res.company"].create({"name": "Europe", "currency_id": self.env.ref("base.EUR").id})
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        other.currency_id = self.env.ref("base.EUR")
        other.credit_policy_id = self.env.ref("credit_management.policy_standard")
        profile = self.control(self.customer, 50.0, company=other)
        snapshots = self.take(profile=self.profile | profile)
        self.assertEqual(
            {(each.company_id, each.currency_id.name, each.limit_amount) for each in snapshots},
            {(self.company, "USD", 1000.0), (other, "EUR", 50.0)},
        )
        seen = snapshots.with_user(self.salesperson).search([("id", "in", snapshots.ids)])
        self.assertEqual(seen.company_id, self.company)

    def test_ninety_days_and_then_the_ends_of_months(self):
        days = [fields.Date.to_date("2025-01-01")]
        while days[-1] < fields.Date.to_date("2025-12-31"):
            days.append(fields.Date.add(days[-1], days=1))
        # on the last of March the server was down
        days.remove(fields.Date.to_date("2025-03-31"))
        for day in days:
            self.env["credit.snapshot"]._take(self.profile, day)
            # night by night, as the monitor does, and once more
            self.env["credit.snapshot"]._thin(self.profile, day)
        self.env["credit.snapshot"]._thin(self.profile, days[-1])
        kept = self.env["credit.snapshot"].search([("profile_id", "=", self.profile.id)], order="day").mapped("day")
        self.assertEqual(kept[-91:], days[-91:])
        self.assertEqual(
            [fields.Date.to_string(day) for day in kept[:-91]],
            [
                f"2025-{end}"
                for end in ("01-31", "02-28", "03-30", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30")
            ],
        )

    def test_who_reads_and_nobody_writes(self):
        snapshot = self.take()
        seen = snapshot.with_user(self.salesperson)
        self.assertEqual(seen.exposure, 0.0)
        for name in ("payment_index", "expected_loss"):
            with self.assertRaises(AccessError):
                seen.read([name])
        self.assertFalse(snapshot.with_user(self.accountant).payment_index)
        for user in (self.salesperson, self.analyst, self.manager, self.admin):
            with self.assertRaises(AccessError):
                snapshot.with_user(user).write({"exposure": 1.0})
            with self.assertRaises(AccessError):
                snapshot.with_user(user).unlink()

    def test_the_trend_on_the_profile(self):
        self.assertFalse(self.profile.trend)
        self.take(-2)
        self.invoice(100.0)
        self.profile._refresh()
        self.take(-1)
        trend = self.profile.with_user(self.analyst).trend
        self.assertEqual((trend["exposure"], trend["limit_amount"]), ([0.0, 100.0], [1000.0, 1000.0]))
        self.assertEqual(trend["payment_index"], [None, None])
        seen = self.profile.with_user(self.salesperson).trend
        self.assertEqual(seen["exposure"], [0.0, 100.0])
        self.assertNotIn("dso", seen)

    def test_the_timeline_of_limits_knows_them(self):
        self.invoice(100.0)
        self.profile._refresh()
        day = fields.Date.subtract(fields.Date.today(), days=3)
        self.take(-3)
        self.profile.invalidate_recordset(["limit_timeline"])
        self.assertIn([fields.Date.to_string(day), 100.0], self.profile.limit_timeline["exposure"])

    def test_a_day_that_never_came_is_not_shown(self):
        with freeze_time(fields.Date.add(fields.Date.today(), days=1)):
            self.take()
        self.assertFalse(self.profile.trend)
