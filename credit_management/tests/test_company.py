# Part of credit_management. License LGPL-3.0 or later.
"""I9: the document's company decides, sums never mix companies, and branches share the credit of their root."""

from odoo import Command
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCompany(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other Ltd", "currency_id": cls.env.ref("base.EUR").id})
        cls.env.ref("base.EUR").active = True
        cls.branch = cls.env["res.company"].create({"name": "Trading Branch", "parent_id": cls.company.id})
        cls.env.user.company_ids |= cls.other | cls.branch
        both = (cls.company | cls.other | cls.branch).ids
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=both))
        cls.env["account.chart.template"].try_loading("generic_coa", company=cls.other, install_demo=False)
        cls.other.currency_id = cls.env.ref("base.EUR")  # the chart of accounts comes with its country's
        cls.other_profile = cls.control(cls.customer, 200.0, company=cls.other)

    def test_each_company_has_its_own_exposure(self):
        self.order(900.0).action_confirm()
        self.order(150.0, company=self.other).action_confirm()
        self.settle()
        self.assertEqual(self.position(self.profile).exposure, 900.0)
        self.assertEqual(self.position(self.other_profile).exposure, 150.0)

    def test_the_session_company_does_not_matter(self):
        ours, theirs = self.order(900.0), self.order(900.0, company=self.other)
        ours.with_company(self.other).action_confirm()
        theirs.with_company(self.company).action_confirm()
        self.settle()
        self.assertEqual((ours.state, theirs.state), ("sale", "draft"))
        self.assertEqual(self.decision(theirs).currency_id, self.other.currency_id)
        self.assertEqual(self.decision(theirs).company_id, self.other)

    def test_customer_fields_show_the_current_company(self):
        self.order(900.0).action_confirm()
        self.settle()
        self.env["credit.change"]._process()
        self.assertEqual(self.customer.with_company(self.company).credit_exposure, 900.0)
        self.assertEqual(self.customer.with_company(self.other).credit_exposure, 0.0)
        self.assertEqual(self.customer.with_company(self.branch).credit_exposure, 900.0)
        partners = self.env["res.partner"]
        self.assertIn(self.customer, partners.with_company(self.company).search([("credit_exposure", ">", 800)]))
        self.assertNotIn(self.customer, partners.with_company(self.other).search([("credit_exposure", ">", 800)]))

    def test_branch_shares_the_credit_of_its_root(self):
        self.order(600.0).action_confirm()
        branch_order = self.order(600.0, company=self.branch)
        branch_order.action_confirm()
        self.settle()
        self.assertEqual(branch_order.state, "draft")
        self.assertEqual(self.decision(branch_order).profile_id, self.profile)
        branch_order.order_line.price_unit = 400.0
        branch_order.action_confirm()
        self.settle()
        self.assertEqual(branch_order.state, "sale")
        self.assertEqual(self.position(self.profile).exposure, 1000.0)

    def test_branch_user_is_bound_without_seeing_the_root(self):
        user = self._user("branch", "sales_team.group_sale_salesman")
        user.write({"company_ids": [Command.set(self.branch.ids)], "company_id": self.branch.id})
        order = self.order(1100.0, company=self.branch, user=user)
        order = order.with_user(user).with_context(allowed_company_ids=self.branch.ids)
        order.action_confirm()
        self.settle()
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
        self.assertEqual(order.credit_meter["limit"], 1000.0)

    def test_other_companies_stay_hidden(self):
        user = self._user("narrow", "credit_management.group_manager")
        profiles = (
            self.env["credit.profile"].with_user(user).with_context(allowed_company_ids=self.company.ids).search([])
        )
        self.assertNotIn(self.other_profile, profiles)
        rows = self.env["credit.exposure"].with_user(user).with_context(allowed_company_ids=self.company.ids).search([])
        self.assertFalse(rows.filtered(lambda row: row.company_id == self.other))

    def test_moving_an_order_to_another_company_is_a_new_check(self):
        order = self.order(900.0)
        order.company_id = self.other
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")

    def test_foreign_order_is_judged_at_the_rate_of_the_day(self):
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": self.env.ref("base.EUR").id,
                    "company_id": self.company.id,
                    "name": "2020-01-01",
                    "rate": 2.0,
                },
            ]
        )
        pricelist = self.env["product.pricelist"].create({"name": "E", "currency_id": self.env.ref("base.EUR").id})
        order = self.order(1990.0, pricelist_id=pricelist.id)
        order.order_line.price_unit = 2000.0
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.position().order, 1000.0)
        self.assertEqual(order.credit_meter["total"], 1000.0)
