# Part of credit_management. License LGPL-3.0 or later.
"""The forecast of what customers will owe and pay: what it reads, its stored columns, and who sees it."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..engine.forecast import Deal
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestForecast(CreditCase):
    def day(self, days):
        return fields.Date.add(fields.Date.today(), days=days)

    def paid(self, amount, issued, due, settled, partner=None):
        move = self.invoice(amount, partner=partner, date=self.day(issued), due=self.day(due))
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        wizard.create({"payment_date": self.day(settled)})._create_payments()
        return move

    def learn(self, companies=None):
        self.env["credit.payment.experience"]._learn(companies or self.company, fields.Date.today())

    def forecast(self, profile=None):
        profile = profile or self.profile
        return profile._forecasts(fields.Date.today())[profile.id][0]

    def ten_days_late(self, partner=None):
        for month in range(3, 15):
            self.paid(50.0, -30 * month, -30 * month + 20, -30 * month + 30, partner)

    # -- what it stands on

    def test_it_begins_with_the_exposure(self):
        self.invoice(300.0, due=self.day(10))
        self.invoice(50.0, date=self.day(-60), due=self.day(-30))
        self.invoice(80.0, post=False)
        self.confirmed(120.0)
        refund = self.invoice(40.0, move_type="out_refund")
        self.assertEqual(refund.amount_residual, 40.0)
        self.assertAlmostEqual(self.forecast().exposure[0], self.position().exposure)
        self.assertAlmostEqual(self.position().exposure, 510.0)

    def test_an_open_invoice_is_expected_when_he_usually_pays(self):
        self.ten_days_late()
        before = sum(self.forecast().cash)
        self.invoice(600.0, date=self.day(-2), due=self.day(9))
        course = self.forecast()
        # due on the 9th day, paid on the 19th: in the third week, but for what leans on others
        self.assertGreater(course.cash[2], 0.8 * 600)
        self.assertLess(course.cash[0] + course.cash[1], 0.2 * 600 + before)
        self.assertEqual(course.known[0], 600.0)

    def test_without_history_it_leans_on_the_other_customers_of_the_country(self):
        others = self.env["res.partner"].create(
            [
                {"name": f"Other {letter}", "company_type": "company", "country_id": self.env.ref("base.fr").id}
                for letter in "abcd"
            ]
        )
        prompt = self.env["res.partner"].create(
            {"name": "Prompt", "company_type": "company", "country_id": self.env.ref("base.de").id}
        )
        for partner in others:
            self.control(partner)
            self.ten_days_late(partner)
        self.control(prompt)
        for month in range(3, 15):
            self.paid(50.0, -30 * month, -30 * month + 20, -30 * month + 20, prompt)
        self.learn()
        known = self.env["credit.payment.experience"].search([("company_id", "=", self.company.id)])
        self.assertEqual({each.country_id.code: each.customers for each in known}, {False: 5, "FR": 4, "DE": 1})
        by_ten = {each.country_id.code: each._lateness().by(9) for each in known}
        self.assertLess(by_ten["FR"], by_ten[False])
        self.assertGreater(by_ten["DE"], by_ten[False])
        self.assertEqual(known[0].terms, 20.0)
        new = self.env["res.partner"].create(
            {"name": "New", "company_type": "company", "country_id": self.env.ref("base.fr").id}
        )
        profile = self.control(new, 1000.0)
        found = self.env["credit.payment.experience"]._of(profile | self.profile, fields.Date.today())
        self.assertEqual(found[profile.id].country_id.code, "FR")
        self.assertFalse(found[self.profile.id].country_id)

    def test_the_band_is_as_wide_as_it_had_to_be(self):
        experience = self.env["credit.payment.experience"]
        self.learn()
        known = experience.search([("company_id", "=", self.company.id)])
        self.assertEqual((known.band_low, known.band_high), (0.1, 0.9))  # nothing to learn from
        # who pays later and later is late beyond every band that his past gives
        for month in range(3, 15):
            self.paid(50.0, -30 * month, -30 * month, -30 * month + 85 - 5 * month)
        self.invoice(600.0, date=self.day(-2), due=self.day(9))
        self.learn()
        known = experience.search([("company_id", "=", self.company.id), ("country_id", "=", False)])
        self.assertGreater(known.band_high, 0.95)
        learned = self.forecast()
        known.write({"band_low": 0.45, "band_high": 0.55})
        narrow = self.forecast()
        self.assertGreater(sum(learned.high), sum(narrow.high))
        self.assertLess(sum(learned.low), sum(narrow.low))
        self.assertEqual(learned.exposure, narrow.exposure)

    def test_an_invoice_in_dispute_is_not_expected(self):
        self.ten_days_late()
        disputed = self.invoice(600.0, date=self.day(-10), due=self.day(-2))
        disputed.write({"credit_disputed": True, "credit_dispute_reason": "Broken"})
        self.assertAlmostEqual(self.forecast().known[-1], 600.0)

    def test_an_order_is_invoiced_after_the_usual_time(self):
        self.ten_days_late()
        self.learn()
        for _number in range(9):
            order = self.confirmed(10.0)
            order.date_order = self.day(-50)
            invoice = order._create_invoices()
            invoice.invoice_date = self.day(-8)
            invoice.invoice_date_due = self.day(-8)
            invoice.action_post()
            self.pay(invoice)
        [(mean, count)] = self.profile._order_lags(fields.Date.today()).values()
        self.assertEqual((mean, count), (42.0, 9))
        without = self.forecast()
        self.confirmed(500.0)
        course = self.forecast()
        self.assertAlmostEqual(course.exposure[0] - without.exposure[0], 500.0)
        # 42 days until it is invoiced: nothing of it is paid in the first six weeks
        self.assertAlmostEqual(sum(course.cash[:6]), sum(without.cash[:6]), delta=1.0)
        self.assertGreater(sum(course.cash), sum(without.cash) + 300.0)

    def test_the_pipeline_comes_from_who_knows_it(self):
        before = self.forecast()
        with patch.object(
            type(self.profile), "_forecast_pipeline", lambda profiles, today: {profiles.id: [Deal(800.0, 0.5, 10)]}
        ):
            course = self.forecast()
        self.assertAlmostEqual(course.exposure[2] - before.exposure[2], 400.0)

    # -- limits

    def test_usual_business_reaches_the_limit(self):
        for week in range(26):
            self.invoice(100.0, date=self.day(-7 * week), due=self.day(-7 * week + 60))
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 3_000.0)
        self.profile._refresh_forecast(fields.Date.today())
        course = self.forecast()
        self.assertAlmostEqual(course.exposure[0], 2_600.0)
        self.assertEqual(self.profile.breach_date, course.breach)
        self.assertTrue(self.day(7) < self.profile.breach_date < self.day(42))
        self.assertIsNone(course.known_breach)
        soon = self.env["credit.profile"].search([("breach_date", "<=", self.day(60))])
        self.assertIn(self.profile, soon)

    def test_a_limit_that_ends_is_a_breach_on_its_day(self):
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 1_000.0, date_end=self.day(20))
        self.invoice(500.0, due=self.day(80))
        self.assertEqual(self.forecast().breach, self.day(21))

    def test_a_limit_on_top_and_a_guarantee_end(self):
        self.grant(self.profile, 500.0, kind="top_up", date_end=self.day(14))
        guarantee = self.env["credit.guarantee"].create(
            {
                "profile_id": self.profile.id,
                "name": "Insurance",
                "kind": "insurance",
                "amount": 300.0,
                "coverage": 100.0,
                "date_start": self.day(-1),
                "date_end": self.day(28),
            }
        )
        guarantee.with_user(self.manager).action_activate()
        ceilings = self.profile._forecast_ceilings(fields.Date.today())[self.profile.id]
        self.assertEqual(ceilings, [(0, 1800.0), (15, 1300.0), (29, 1000.0)])
        self.assertEqual(ceilings[0][1], self.position().ceiling)

    def test_no_limit_and_no_bound(self):
        self.invoice(500.0, due=self.day(30))
        self.profile.limit_ids._give_way()
        self.assertEqual(self.forecast().ceilings, (None,) * 14)
        self.grant(self.profile, unlimited=True)
        course = self.forecast()
        self.assertEqual((course.ceilings, course.breach), ((None,) * 14, None))

    # -- stored columns, rights, companies

    def test_the_night_forecasts_everybody_once(self):
        self.env["credit.profile"].search([("id", "!=", self.profile.id)]).active = False
        others = self.env["res.partner"].create([{"name": f"N{n}", "company_type": "company"} for n in range(3)])
        profiles = self.profile.union(*(self.control(partner, 10.0) for partner in others))
        self.invoice(100.0, partner=others[0])
        self.assertFalse(any(profiles.mapped("forecast_as_of")))
        done = []
        refresh = type(profiles)._refresh_forecast

        def noted(batch, *args):
            done.extend(batch.ids)
            return refresh(batch, *args)

        with (
            patch.object(type(profiles), "_refresh_forecast", noted),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 100),
        ):
            self.env["credit.monitor.run"]._cron_run(batch=2)
            self.env["credit.monitor.run"]._cron_run(batch=2)
        self.assertEqual(sorted(done), sorted(profiles.ids))
        self.assertEqual(set(profiles.mapped("forecast_as_of")), {fields.Date.today()})
        self.assertEqual(profiles.filtered("breach_date").partner_id, others[0])

    def test_queries_do_not_grow_with_customers(self):
        self.learn()
        partners = self.env["res.partner"].create([{"name": f"Q{n}", "company_type": "company"} for n in range(8)])
        profiles = self.profile.union(*(self.control(partner, 1000.0) for partner in partners))
        for partner in partners:
            self.invoice(100.0, partner=partner)

        def queries(these):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            these._refresh_forecast(fields.Date.today())
            return self.env.cr.sql_log_count - before

        queries(profiles)
        self.assertEqual(queries(profiles), queries(profiles[:4]))

    def test_who_sees_it(self):
        self.invoice(500.0, due=self.day(30))
        self.profile._refresh_forecast(fields.Date.today())
        for user in (self.analyst, self.manager, self.accountant):
            seen = self.profile.with_user(user).forecast
            self.assertEqual(seen["exposure"][0], 500.0)
            self.assertTrue(seen["sentences"][0])
        salesperson = self.profile.with_user(self.salesperson)
        self.assertEqual(salesperson.breach_date, self.profile.breach_date)
        for name in ("forecast", "expected_cash"):
            with self.assertRaises(AccessError):
                salesperson.read([name])
        with self.assertRaises(AccessError):
            self.profile.with_user(self.manager).write({"breach_date": False})
        with self.assertRaises(AccessError):
            self.env["credit.payment.experience"].with_user(self.manager).search([]).mapped("days_late")

    def test_sentences(self):
        self.assertIn("not reached", self.profile.forecast["sentences"][0])
        self.invoice(1_500.0, due=self.day(30))
        self.profile.invalidate_recordset(["forecast"])
        self.assertIn("above the limit already", self.profile.forecast["sentences"][0])
        self.assertEqual(self.profile.forecast["level"], "over")

    def test_two_companies_and_currencies(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "name": self.day(-400), "rate": 0.5}
        )
        other = self.env["res.company"].create({"name": "Second", "currency_id": euro.id})
        self.env.user.company_ids |= other
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        other.currency_id = euro
        other.credit_policy_id = self.env.ref("credit_management.policy_standard")
        second = self.control(self.customer, 700.0, company=other)
        self.invoice(90.0, company=other, due=self.day(10))
        foreign = self.invoice(100.0, post=False, due=self.day(10))
        foreign.currency_id = euro
        foreign.invoice_line_ids = [Command.update(foreign.invoice_line_ids.id, {"price_unit": 100.0})]
        foreign.action_post()
        found = (self.profile | second)._forecasts(fields.Date.today())
        self.assertAlmostEqual(found[second.id][0].exposure[0], 90.0)
        self.assertAlmostEqual(found[self.profile.id][0].exposure[0], 200.0)
        self.assertEqual(found[second.id][0].ceilings[0], 700.0)
