# Part of credit_management. License LGPL-3.0 or later.
"""The pipeline in the forecast of what customers will owe."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.credit_management.engine.forecast import Deal

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestForecastPipeline(CrmCase):
    def deals(self, *profiles):
        profiles = self.profile.union(*profiles)
        return profiles._forecast_pipeline(fields.Date.today())

    def test_revenue_probability_and_day(self):
        self.lead(800.0, probability=40.0, date_deadline=self.day(10))
        self.lead(100.0, probability=90.0, date_deadline=self.day(0))
        self.assertEqual(self.deals(), {self.profile.id: [Deal(100.0, 0.9, 1), Deal(800.0, 0.4, 10)]})
        course, basis = self.profile._forecasts(fields.Date.today())[self.profile.id]
        self.assertAlmostEqual(course.new[0], 90.0)
        self.assertAlmostEqual(course.new[1], 320.0)
        self.assertAlmostEqual(basis["pipeline"], 410.0)
        said = self.profile.with_user(self.accountant).forecast["sentences"][-1]
        self.assertIn("Opportunities come to $ 410.00", said.replace("\xa0", " "))

    def test_what_is_left_out(self):
        self.lead(800.0, probability=40.0)  # nobody knows when
        self.lead(800.0, date_deadline=self.day(-1))  # nor here any more
        self.lead(800.0, date_deadline=self.day(100))  # beyond the 13 weeks
        self.lead(800.0, date_deadline=self.day(5), type="lead")
        self.lead(0.0, date_deadline=self.day(5))
        self.lead(800.0, self.partner("Other"), date_deadline=self.day(5))
        self.lead(800.0, date_deadline=self.day(5)).action_set_lost()
        self.assertEqual(self.deals(), {})
        self.assertNotIn("Opportunities", self.profile.forecast["sentences"][-1])

    def test_orders_of_the_opportunity_are_not_counted_twice(self):
        lead = self.lead(800.0, date_deadline=self.day(5))
        order = self.order(300.0, opportunity_id=lead.id)
        self.assertEqual(self.deals()[self.profile.id][0].amount, 800.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(self.deals()[self.profile.id][0].amount, 500.0)
        self.assertEqual(self.profile._forecasts(fields.Date.today())[self.profile.id][0].exposure[0], 300.0)
        # won, and not all of it ordered: the rest is certain
        lead.action_set_won()
        self.assertEqual(self.deals(), {self.profile.id: [Deal(500.0, 1.0, 5)]})

    def test_it_can_be_switched_off_for_a_company(self):
        european = self.control(self.customer, 100.0, company=self.euro_company)
        self.lead(800.0, date_deadline=self.day(5))
        self.lead(70.0, date_deadline=self.day(5), company=self.euro_company)
        self.assertEqual(set(self.deals(european)), {self.profile.id, european.id})
        self.company.credit_forecast_pipeline = False
        self.assertEqual(self.deals(european), {european.id: [Deal(70.0, 0.5, 5)]})

    def test_the_company_of_the_opportunity_or_of_its_salesperson(self):
        european = self.control(self.customer, 100.0, company=self.euro_company)
        self.lead(70.0, date_deadline=self.day(5), company_id=False)
        for session in (self.company, self.euro_company):
            profiles = (self.profile | european).with_company(session)
            self.assertEqual(profiles._forecast_pipeline(fields.Date.today()), {self.profile.id: [Deal(70.0, 0.5, 5)]})
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= branch
        self.salesperson.company_ids |= branch
        self.lead(30.0, date_deadline=self.day(6), company=branch)
        self.assertEqual([deal.amount for deal in self.deals(european)[self.profile.id]], [70.0, 30.0])

    def test_what_other_addons_tell_stays(self):
        self.lead(70.0, date_deadline=self.day(5))
        parent = "odoo.addons.credit_management.models.credit_profile_forecast.CreditProfile._forecast_pipeline"
        with patch(parent, lambda profiles, today: {profiles.id: [Deal(5.0, 0.1, 3)]}):
            self.assertEqual(self.deals(), {self.profile.id: [Deal(5.0, 0.1, 3), Deal(70.0, 0.5, 5)]})

    def test_the_limit_is_reached_by_it(self):
        self.assertFalse(self.profile._forecasts(fields.Date.today())[self.profile.id][0].breach)
        self.lead(3000.0, probability=60.0, date_deadline=self.day(10))
        self.profile._refresh_forecast(fields.Date.today())
        self.assertTrue(self.day(7) <= self.profile.breach_date <= self.day(14))

    def test_many_customers_cost_one_query(self):
        profiles = self.profile
        for number in range(5):
            partner = self.partner(f"C{number}")
            profiles |= self.control(partner)
            self.lead(100.0, partner, date_deadline=self.day(5))
        self.env.flush_all()
        profiles.mapped("company_id.credit_forecast_pipeline")
        with self.assertQueryCount(1):
            self.assertEqual(len(profiles._forecast_pipeline(fields.Date.today())), 5)
