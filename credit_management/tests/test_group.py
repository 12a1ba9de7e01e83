# Part of credit_management. License LGPL-3.0 or later.
"""Groups: own and joint room both bind, over companies and currencies."""

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestGroup(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.partner"].create({"name": "Sister Inc", "company_type": "company"})
        cls.sister_profile = cls.control(cls.sister, 1000.0)
        cls.group = cls.env["credit.group"].create({"name": "Holding", "amount": 1500.0})
        (cls.profile | cls.sister_profile).group_id = cls.group

    def held(self, amount, partner=None):
        order = self.order(amount, partner=partner)
        order.action_confirm()
        self.settle()
        return order.state != "sale" and self.decision(order).kinds

    def test_own_and_joint_room_both_bind(self):
        self.assertFalse(self.held(1000.0))
        self.assertEqual(self.held(500.01, self.sister), "group_limit")
        self.assertFalse(self.held(500.0, self.sister))
        self.assertEqual(self.held(0.01), "limit_usage, group_limit")
        self.group.amount = 1e6
        self.assertEqual(self.held(500.01, self.sister), "limit_usage")

    def test_without_a_joint_limit_nothing_binds(self):
        self.group.limited = False
        self.confirmed(1000.0)
        self.assertFalse(self.held(1000.0, self.sister))
        self.assertEqual(self.group.exposure, 2000.0)

    def test_a_limit_of_zero_is_no_credit(self):
        self.group.amount = 0.0
        self.assertEqual(self.held(0.01), "group_limit")

    def test_an_archived_group_binds_nobody(self):
        self.group.action_archive()
        self.confirmed(1000.0)
        self.assertFalse(self.held(1000.0, self.sister))

    def test_a_batch_does_not_exceed_jointly(self):
        orders = self.order(800.0) | self.order(800.0, partner=self.sister) | self.order(700.0, partner=self.sister)
        orders.action_confirm()
        self.settle()
        self.assertEqual(orders.mapped("state"), ["sale", "draft", "sale"])
        self.assertEqual(self.group.exposure, 1500.0)

    def test_it_explains_itself(self):
        self.confirmed(1000.0)
        order = self.order(600.0, partner=self.sister)
        order.action_confirm()
        self.settle()
        decision = self.decision(order)
        for words in ("Holding", "1,600.00", "1,500.00", "100.00"):
            self.assertIn(words, decision.explanation)
        self.assertEqual(decision.overage, 100.0)
        self.assertIn("100.00", decision.advice)
        self.assertEqual(decision.position["group"]["exposure"], 1000.0)
        # the frozen position says the same when the group has changed
        self.group.write({"name": "Other", "amount": 1.0})
        decision.invalidate_recordset()
        self.assertIn("Holding", decision.explanation)

    def test_room_that_comes_readies_a_held_order(self):
        self.confirmed(1000.0)
        order = self.order(600.0, partner=self.sister)
        order.action_confirm()
        self.settle()
        self.group.amount = 1600.0
        self.assertEqual(order.credit_state, "ready")
        self.group.amount = 1500.0
        self.assertEqual(order.credit_state, "held")
        self.sister_profile.group_id = False
        self.assertEqual(order.credit_state, "ready")

    def test_alone_as_among_many(self):
        self.confirmed(300.0)
        self.confirmed(400.0, partner=self.sister)
        alone = self.position()
        self.assertEqual((alone.exposure, alone.group.exposure), (300.0, 700.0))
        self.assertEqual((self.profile | self.sister_profile)._positions()[self.profile.id], alone)
        self.assertEqual(self.env["credit.profile"]._positions()[self.profile.id], alone)

    def test_guarantees_of_members_count(self):
        self.confirmed(800.0)
        guarantee = self.env["credit.guarantee"].create(
            {"name": "D", "profile_id": self.profile.id, "amount": 300.0, "effect": "lower", "kind": "deposit"}
        )
        guarantee.with_user(self.manager).action_activate()
        self.assertEqual(self.position(self.sister_profile).group.exposure, 500.0)

    # -- two companies, two currencies ---------------------------------------------------------------

    def abroad(self):
        """A member in another company, whose euro is worth 2 of the group's dollars."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        company = self.env["res.company"].create({"name": "Europe", "currency_id": euro.id})
        self.env.user.company_ids |= company
        self.env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        company.currency_id = euro
        self.env["res.currency.rate"].create(
            [
                {"currency_id": euro.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.5},
                {
                    "currency_id": self.env.ref("base.USD").id,
                    "company_id": company.id,
                    "name": "2020-01-01",
                    "rate": 2.0,
                },
            ]
        )
        self.env = self.env(
            context=dict(self.env.context, allowed_company_ids=(self.company | company).ids)
        )
        company.credit_policy_id = self.env.ref("credit_management.policy_standard")
        profile = self.control(self.sister, 10000.0, company=company)
        profile.group_id = self.group
        return company, profile

    def test_companies_and_currencies(self):
        company, abroad = self.abroad()
        self.invoice(300.0, partner=self.sister, company=company)
        self.assertEqual(self.position().group.exposure, 600.0)
        self.assertEqual(self.position(abroad).group.rate, 2.0)
        self.assertFalse(self.held(900.0))
        self.assertEqual(self.held(0.01), "group_limit")
        self.group.currency_id = self.env.ref("base.EUR")
        self.assertEqual(self.position().group.exposure, 750.0)

    def test_who_sees_one_company_only_is_bound_all_the_same(self):
        company, _abroad = self.abroad()
        self.invoice(300.0, partner=self.sister, company=company)
        order = self.order(1000.0)
        order.with_user(self.salesperson).with_context(allowed_company_ids=self.company.ids).action_confirm()
        self.settle()
        self.assertEqual(self.decision(order).kinds, "group_limit")
        group = self.group.with_user(self.manager).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual((group.exposure, group.profile_count), (600.0, 3))

    def test_the_order_of_members_does_not_matter(self):
        """Sums of amounts in several currencies are exact: whichever member comes first."""
        self.abroad()
        members = self.group.profile_ids

        @settings(max_examples=6, deadline=None, derandomize=True)
        @given(st.permutations(list(members.ids)))
        def same(ids):
            positions = members.browse(ids)._positions()
            exposures = {positions[profile_id].group.exposure for profile_id in ids}
            self.assertEqual(exposures, {expected})

        self.invoice(0.1)
        self.invoice(0.2, partner=self.sister)
        self.invoice(33.33, partner=self.sister, company=members.company_id - self.company)
        expected = self.position().group.exposure
        same()

    # -- rights --------------------------------------------------------------------------------------

    def test_only_managers_decide_on_groups(self):
        for user in (self.salesperson, self.accountant, self.analyst):
            with self.assertRaises(AccessError):
                self.group.with_user(user).amount = 9e9
            with self.assertRaises(AccessError):
                self.env["credit.group"].with_user(user).create({"name": "X"})
            with self.assertRaises(AccessError):
                self.profile.with_user(user).group_id = False
        self.group.with_user(self.manager).amount = 2000.0
        self.group.with_user(self.manager).profile_ids = [Command.unlink(self.profile.id)]
        self.assertFalse(self.profile.group_id)

    def test_a_merge_keeps_the_group(self):
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        kept = self.control(other, 10.0)
        self.profile._merge_into(other)
        self.assertEqual(kept.group_id, self.group)

    def test_the_check_costs_nothing_where_there_is_no_group(self):
        lone = self.control(self.env["res.partner"].create({"name": "Lone", "company_type": "company"}), 1000.0)

        def queries(partner):
            order = self.order(1.0, partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.settle()
            return self.env.cr.sql_log_count - before

        queries(lone.partner_id)
        alone = queries(lone.partner_id)
        self.assertGreater(queries(self.sister), alone)
        self.assertLessEqual(queries(self.sister) - alone, 6)
