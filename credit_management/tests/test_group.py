# Part of credit_management. License LGPL-3.0 or later.
"""Groups: own and joint room both bind, over companies and currencies."""

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestGroup(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.partner"].create({"name": "Sister Inc", "company_type": "company"})
        cls.sister_profile = cls.control(cls.sister, 1000.0)
        cls.group = cls.env["credit.group"].create({"name": "Holding"})
        (cls.profile | cls.sister_profile).group_id = cls.group
        cls.joint(1500.0)

    @classmethod
    def joint(cls, amount, group=None, **values):
        """A joint limit, asked for by one and granted by another."""
        limit = (
            cls.env["credit.limit"]
            .with_user(cls.analyst)
            .create({"group_id": (group or cls.group).id, "amount": amount, **values})
        )
        limit.with_user(cls.manager).action_grant()
        return limit

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
        self.joint(1e6)
        self.assertEqual(self.held(500.01, self.sister), "limit_usage")

    def test_without_a_joint_limit_nothing_binds(self):
        self.joint(0.0, unlimited=True)
        self.confirmed(1000.0)
        self.assertFalse(self.held(1000.0, self.sister))
        self.assertEqual(self.group.exposure, 2000.0)

    def test_a_limit_of_zero_is_no_credit(self):
        self.joint(0.0)
        self.assertEqual(self.held(0.01), "group_limit")

    def test_a_group_that_never_had_a_limit_only_shows(self):
        group = self.env["credit.group"].create({"name": "Family"})
        (self.profile | self.sister_profile).group_id = group
        self.confirmed(1000.0)
        self.assertFalse(self.held(1000.0, self.sister))
        self.assertEqual((group.exposure, group.limit_status), (2000.0, "none"))
        self.assertIsNone(self.position().group.limit)
        self.assertEqual(self.position().available, 0.0)

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
        self.group.name = "Other"
        self.joint(1.0)
        decision.invalidate_recordset()
        self.assertIn("Holding", decision.explanation)

    def test_room_that_comes_readies_a_held_order(self):
        self.confirmed(1000.0)
        order = self.order(600.0, partner=self.sister)
        order.action_confirm()
        self.settle()
        self.joint(1600.0)
        self.assertEqual(order.credit_state, "ready")
        self.joint(1500.0)
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
        with self.assertRaisesRegex(UserError, "keeps its currency"):
            self.group.currency_id = self.env.ref("base.EUR")
        euros = self.env["credit.group"].create({"name": "E", "currency_id": self.env.ref("base.EUR").id})
        self.group.profile_ids.group_id = euros
        self.assertEqual(self.position().group.exposure, 750.0)
        self.joint(100.0, euros)
        self.assertEqual((euros.room, self.position().available), (-650.0, -1300.0))

    def test_who_sees_one_company_only_is_bound_all_the_same(self):
        company, _abroad = self.abroad()
        self.invoice(300.0, partner=self.sister, company=company)
        order = self.order(1000.0)
        order.with_user(self.salesperson).with_context(allowed_company_ids=self.company.ids).action_confirm()
        self.settle()
        self.assertEqual(self.decision(order).kinds, "group_limit")
        group = self.group.with_user(self.manager).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual((group.exposure, group.profile_count), (600.0, 3))

    def test_what_a_user_sees_of_the_members_is_not_all_there_is(self):
        """A salesperson of one company reads the members whom he may see; the sum is that of all the same."""
        company, abroad = self.abroad()
        self.invoice(300.0, partner=self.sister, company=company)
        self.env.invalidate_all()
        group = self.group.with_user(self.salesperson).with_context(allowed_company_ids=self.company.ids)
        self.assertNotIn(abroad, group.profile_ids)
        self.assertEqual((group.exposure, group.profile_count), (600.0, 3))
        self.assertEqual(self.position().group.exposure, 600.0)
        self.assertEqual(self.held(900.01), "group_limit")

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

    def test_the_joint_limit_binds_who_does_not_see_the_group(self):
        """Whoever asks for all positions at once finds the joint side, though the members are others' customers."""
        company, abroad = self.abroad()
        self.invoice(300.0, partner=self.sister, company=company)
        profiles = self.env["credit.profile"].with_user(self.salesperson)
        positions = profiles.with_context(allowed_company_ids=self.company.ids)._positions()
        self.assertEqual(positions[self.profile.id].group.exposure, 600.0)
        self.assertEqual(positions[abroad.id].group.limit, 1500.0)

    # -- validity and approval of the joint limit ----------------------------------------------------

    def day(self, days):
        return fields.Date.add(fields.Date.today(), days=days)

    def test_the_joint_limit_is_asked_for_and_granted_by_others(self):
        """I7, I5: nobody enters it, and who asks does not grant."""
        asked = self.env["credit.limit"].with_user(self.manager).create({"group_id": self.group.id, "amount": 9000.0})
        self.assertEqual((asked.state, self.group.amount), ("requested", 1500.0))
        with self.assertRaisesRegex(AccessError, "yourself"):
            asked.action_grant()
        for user in (self.salesperson, self.accountant, self.analyst):
            with self.assertRaisesRegex(AccessError, "Only credit managers"):
                asked.with_user(user).action_grant()
        with self.assertRaisesRegex(AccessError, "buttons"):
            asked.group_id = self.env["credit.group"].create({"name": "X"})
        asked.with_user(self.admin).action_grant()
        self.env.invalidate_all()
        self.assertEqual((asked.state, self.group.amount), ("granted", 9000.0))
        # less is nobody else's to consent to
        less = self.env["credit.limit"].with_user(self.manager).create({"group_id": self.group.id, "amount": 100.0})
        less.action_grant()
        self.assertEqual(self.position().group.limit, 100.0)

    def test_it_is_a_customer_s_or_a_group_s(self):
        for values in ({}, {"profile_id": self.profile.id, "group_id": self.group.id}):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env["credit.limit"].create({"amount": 1.0, **values})

    def test_tiers_decide_on_it_too(self):
        with self.new_policy() as policy:
            policy.tier_ids = [
                Command.clear(),
                Command.create({"amount": 5000.0, "group_id": self.env.ref("credit_management.group_manager").id}),
                Command.create({"unlimited": True, "user_ids": self.admin.ids}),
            ]
        asked = self.env["credit.limit"].with_user(self.analyst).create({"group_id": self.group.id, "amount": 5000.01})
        with self.assertRaisesRegex(AccessError, "is for: credit_creditadmin"):
            asked.with_user(self.manager).action_grant()
        self.assertEqual(asked.activity_ids.user_id, self.admin)
        asked.with_user(self.admin).action_grant()
        self.assertEqual(self.group.amount, 5000.01)

    def test_the_policy_that_takes_the_most_approvals_decides(self):
        manager = self.env.ref("credit_management.group_manager")
        with self.new_policy() as policy:
            policy.tier_ids = [Command.clear(), Command.create({"unlimited": True, "group_id": manager.id})]
        strict = self.policy.copy({"name": "Strict"})
        strict.tier_ids = [
            Command.clear(),
            Command.create({"unlimited": True, "group_id": manager.id, "approvals": 2}),
        ]
        self.publish(strict)
        self.sister_profile.policy_id = strict
        asked = self.env["credit.limit"].with_user(self.analyst).create({"group_id": self.group.id, "amount": 5000.0})
        asked.with_user(self.manager).action_grant()
        self.assertEqual(asked.state, "requested")
        asked.with_user(self.admin).action_grant()
        self.assertEqual(asked.state, "granted")

    def test_validity(self):
        """Before its first day it binds nobody, on its last day everybody, and after it nobody gets credit."""
        group = self.env["credit.group"].create({"name": "Later"})
        (self.profile | self.sister_profile).group_id = group
        self.joint(100.0, group, date_start=self.day(5), date_end=self.day(10))
        limits = self.env["credit.limit"]
        for days, status in ((4, "none"), (5, "valid"), (10, "valid"), (11, "expired")):
            self.assertEqual(limits._in_force(self.day(days), group)[group.id].status, status)
        self.assertFalse(self.held(500.0))
        with freeze_time(self.day(10)):
            self.assertEqual(self.position().group.limit, 100.0)
        with freeze_time(self.day(11)):
            self.env.invalidate_all()
            self.assertEqual((group.limit_status, self.position().group.limit), ("expired", 0.0))
            order = self.order(0.01, partner=self.sister)
            order.action_confirm()
            self.settle()
            self.assertIn("group_limit", self.decision(order).kinds)
            self.assertIn("ended on", self.decision(order).summary)

    def test_a_temporary_joint_limit_comes_on_top(self):
        self.joint(500.0, kind="top_up", date_end=self.day(3))
        self.assertEqual(self.position().group.limit, 2000.0)
        with freeze_time(self.day(4)):
            self.env.invalidate_all()
            self.assertEqual(self.position().group.limit, 1500.0)

    def test_one_that_is_revoked_leaves_no_credit(self):
        with freeze_time(self.day(1)):
            self.env.invalidate_all()
            order = self.order(100.0)
            order.action_confirm()
            self.settle()
            self.assertEqual(order.state, "sale")
            self.group.limit_ids.with_user(self.manager).action_revoke()
            self.env.invalidate_all()
            self.assertEqual((self.group.limit_status, self.position().group.limit), ("expired", 0.0))
            self.assertEqual(self.held(0.01, self.sister), "group_limit")

    def test_one_that_never_held_leaves_nothing_behind(self):
        group = self.env["credit.group"].create({"name": "Never"})
        self.profile.group_id = group
        self.joint(100.0, group, date_start=self.day(5)).with_user(self.manager).action_revoke()
        self.assertEqual((group.limit_status, self.position().group.limit), ("none", None))

    def test_limits_of_customers_and_groups_do_not_meet(self):
        """Overlaps are judged within a holder, and what a profile's limits come to knows nothing of a group's."""
        both = self.env["credit.limit"]._in_force(fields.Date.today())
        self.assertEqual(both[self.profile.id].amount, 1000.0)
        self.assertEqual(self.position().limit, 1000.0)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["credit.limit"].create({"group_id": self.group.id, "amount": 1.0, "state": "granted"})

    def test_members_of_all_companies_see_it(self):
        asked = self.group.limit_ids
        for user in (self.salesperson, self.accountant, self.analyst):
            self.assertEqual(asked.with_user(user).amount, 1500.0)

    def test_the_meter_shows_guarantees_and_the_group(self):
        self.confirmed(1000.0)
        guarantee = self.env["credit.guarantee"].create(
            {"name": "D", "profile_id": self.sister_profile.id, "amount": 300.0}
        )
        guarantee.with_user(self.manager).action_activate()
        order = self.order(600.0, partner=self.sister)
        meter = order.credit_meter
        self.assertEqual((meter["granted"], meter["cover_added"], meter["limit"]), (1000.0, 300.0, 1300.0))
        self.assertEqual(
            {name: meter["group"][name] for name in ("name", "limit", "total", "document", "room")},
            {"name": "Holding", "limit": 1500.0, "total": 1600.0, "document": 600.0, "room": -100.0},
        )
        self.assertEqual((meter["room"], meter["available"]), (700.0, -100.0))

    # -- rights --------------------------------------------------------------------------------------

    def test_only_managers_decide_on_groups(self):
        for user in (self.salesperson, self.accountant, self.analyst):
            with self.assertRaises(AccessError):
                self.group.with_user(user).name = "X"
            with self.assertRaises(AccessError):
                self.env["credit.group"].with_user(user).create({"name": "X"})
            with self.assertRaises(AccessError):
                self.profile.with_user(user).group_id = False
        self.group.with_user(self.manager).name = "Holding AG"
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
        self.assertLessEqual(queries(self.sister) - alone, 7)
