# Part of credit_management. License LGPL-3.0 or later.
"""Limits are approved in tiers, by others than those who ask (I7), and every illegal step is refused."""

import re
from itertools import product

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestApproval(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._user("manager2", "credit_management.group_manager")
        cls.director = cls._user("director", "credit_management.group_viewer")
        cls.stand_in = cls._user("standin", "credit_management.group_viewer")
        with cls.new_policy() as policy:
            policy.tier_ids = [
                Command.create({"amount": 2000.0, "group_id": cls.env.ref("credit_management.group_analyst").id}),
                Command.create(
                    {"amount": 10000.0, "group_id": cls.env.ref("credit_management.group_manager").id, "approvals": 2}
                ),
                Command.create({"unlimited": True, "user_ids": cls.director.ids}),
            ]

    def request(self, amount, user=None, **values):
        return (
            self.env["credit.limit"]
            .with_user(user or self.analyst)
            .create({"profile_id": self.profile.id, "amount": amount, **values})
        )

    def deputise(self, absent, deputy, start=0, end=0):
        today = fields.Date.today()
        return self.env["credit.deputy"].create(
            {
                "user_id": absent.id,
                "deputy_id": deputy.id,
                "date_start": fields.Date.add(today, days=start),
                "date_end": fields.Date.add(today, days=end),
            }
        )

    def test_the_lowest_tier_that_reaches_it_decides(self):
        first, second, third = self.policy.tier_ids.sorted("id")
        for amount, tier in ((2000.0, first), (2000.01, second), (10000.0, second), (10000.01, third)):
            self.assertEqual(self.request(amount)._tier(), tier)
        self.assertEqual(self.request(0.0, unlimited=True)._tier(), third)

    def test_a_top_up_counts_with_what_is_beneath_it(self):
        """Nobody gets past a tier in two steps."""
        first, second, _third = self.policy.tier_ids.sorted("id")
        end = fields.Date.add(fields.Date.today(), days=9)
        self.assertEqual(self.request(1000.0, kind="top_up", date_end=end)._tier(), first)
        self.assertEqual(self.request(1000.01, kind="top_up", date_end=end)._tier(), second)
        self.grant(self.profile, 1000.0, kind="top_up", date_start=fields.Date.today(), date_end=end)
        self.assertEqual(self.request(1500.0)._tier(), second)

    def test_a_small_one_takes_one_analyst(self):
        asked = self.request(1500.0, self.manager)
        asked.with_user(self.analyst).action_grant()
        self.assertEqual(asked.state, "granted")

    def test_two_managers(self):
        asked = self.request(5000.0)
        asked.with_user(self.manager).action_grant()
        self.assertEqual((asked.state, asked._missing_approvals()), ("requested", 1))
        self.assertEqual(self.position().limit, 1000.0)
        with self.assertRaisesRegex(AccessError, "already"):
            asked.with_user(self.manager).action_grant()
        asked.with_user(self.second).action_grant()
        self.assertEqual(asked.state, "granted")
        self.assertEqual(asked.approval_ids.user_id, self.manager | self.second)
        self.assertEqual(self.position().limit, 5000.0)

    def test_people_by_name(self):
        asked = self.request(50000.0)
        for user in (self.manager, self.admin, self.salesperson):
            with self.assertRaisesRegex(AccessError, re.escape(self.director.name)):
                asked.with_user(user).action_grant()
        asked.with_user(self.director).action_grant()
        self.assertEqual(asked.state, "granted")

    def test_who_asks_never_approves(self):
        asked = self.request(5000.0, self.manager)
        with self.assertRaisesRegex(AccessError, "yourself"):
            asked.with_user(self.manager).action_grant()
        # nor by having somebody else change it
        asked.with_user(self.analyst).amount = 5001.0
        self.assertEqual(asked.requested_by, self.analyst)
        with self.assertRaisesRegex(AccessError, "yourself"):
            asked.with_user(self.manager).action_grant()
        # nor in somebody else's right, nor somebody else in his
        self.deputise(self.second, self.manager)
        with self.assertRaisesRegex(AccessError, "yourself"):
            asked.with_user(self.manager).action_grant()
        self.deputise(self.manager, self.stand_in)
        with self.assertRaises(AccessError):
            asked.with_user(self.stand_in).action_grant()
        self.assertFalse(asked.approval_ids)

    def test_a_single_person_may(self):
        with self.new_policy() as policy:
            policy.allow_self_release = True
        asked = self.request(1500.0)
        asked.action_grant()
        self.assertEqual(asked.state, "granted")

    def test_changing_it_clears_the_approvals(self):
        asked = self.request(5000.0)
        asked.with_user(self.manager).action_grant()
        asked.with_user(self.analyst).amount = 9999.0
        self.assertFalse(asked.approval_ids)
        asked.with_user(self.second).action_grant()
        self.assertEqual(asked.state, "requested")

    def test_no_tier_reaches_it(self):
        with self.new_policy() as policy:
            policy.tier_ids.filtered("unlimited").unlink()
        with self.assertRaisesRegex(UserError, "No tier"):
            self.request(10000.01)

    def test_deputies(self):
        asked = self.request(5000.0)
        with self.assertRaises(AccessError):
            asked.with_user(self.stand_in).action_grant()
        self.deputise(self.manager, self.stand_in)
        self.deputise(self.second, self.stand_in)
        asked.with_user(self.stand_in).action_grant()
        self.assertRecordValues(
            asked.approval_ids, [{"user_id": self.stand_in.id, "principal_id": self.manager.id}]
        )
        # the same person counts once, in whoever's right, and so does the right
        with self.assertRaisesRegex(AccessError, "already"):
            asked.with_user(self.stand_in).action_grant()
        with self.assertRaises(AccessError):
            asked.with_user(self.manager).action_grant()
        asked.with_user(self.second).action_grant()
        self.assertEqual(asked.state, "granted")

    def test_a_deputy_has_days_and_no_deputy_of_his_own(self):
        asked = self.request(50000.0)
        self.deputise(self.director, self.stand_in, start=-9, end=-1)
        self.deputise(self.director, self.stand_in, start=1, end=9)
        self.deputise(self.director, self.other_salesperson)
        self.deputise(self.other_salesperson, self.stand_in)
        with self.assertRaises(AccessError):
            asked.with_user(self.stand_in).action_grant()
        asked.with_user(self.other_salesperson).action_grant()
        self.assertEqual(asked.state, "granted")

    def test_one_names_ones_own_deputy(self):
        values = {"date_start": "2026-01-01", "date_end": "2099-01-01"}
        deputies = self.env["credit.deputy"]
        own = deputies.with_user(self.manager).create(
            {"user_id": self.manager.id, "deputy_id": self.stand_in.id, **values}
        )
        with self.assertRaises(AccessError):
            deputies.with_user(self.stand_in).create(
                {"user_id": self.director.id, "deputy_id": self.stand_in.id, **values}
            )
        with self.assertRaises(AccessError):
            own.with_user(self.stand_in).date_end = "2100-01-01"
        with self.assertRaises(AccessError):
            own.with_user(self.manager).user_id = self.director
        with self.assertRaises(AccessError):
            own.with_user(self.stand_in).unlink()
        deputies.with_user(self.admin).create({"user_id": self.director.id, "deputy_id": self.stand_in.id, **values})

    def test_a_reduction_holds_at_once(self):
        asked = self.request(400.0, self.manager)
        asked.action_grant()
        self.assertEqual((asked.state, self.position().limit), ("granted", 400.0))

    def test_a_reduction_is_none_that_lasts_longer(self):
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 1000.0, date_end="2099-01-01")
        asked = self.request(900.0, self.manager)
        self.assertFalse(asked._is_reduction())
        asked.date_end = "2098-12-31"
        self.assertTrue(asked._is_reduction())
        asked.kind = "replace"
        self.assertFalse(asked._is_reduction())

    def test_review(self):
        with self.new_policy() as policy:
            policy.review_requests = True
        other = self._user("analyst2", "credit_management.group_analyst")
        asked = self.request(5000.0)
        with self.assertRaisesRegex(AccessError, "reviewed"):
            asked.with_user(self.manager).action_grant()
        with self.assertRaisesRegex(AccessError, "yourself"):
            asked.with_user(self.analyst).action_review()
        with self.assertRaises(AccessError):
            asked.with_user(self.salesperson).action_review()
        asked.with_user(other).action_review()
        self.assertRecordValues(asked, [{"state": "reviewed", "reviewed_by": other.id}])
        asked.with_user(self.manager).action_grant()
        asked.with_user(self.second).action_grant()
        self.assertEqual(asked.state, "granted")

    def test_every_illegal_step_is_refused(self):
        """From each state each step: those that are not allowed say why, and change nothing."""
        steps = ["action_grant", "action_refuse", "action_review", "action_withdraw", "action_cancel", "action_revoke"]
        allowed = {
            "requested": set(steps) - {"action_revoke"},
            "reviewed": set(steps) - {"action_revoke", "action_review"},
            "granted": {"action_revoke"},
        }
        with self.new_policy() as policy:
            policy.allow_self_release = True
        states = list(dict(self.env["credit.limit"]._fields["state"].selection))
        for number, (state, step) in enumerate(product(states, steps)):
            day = f"{2040 + number}-01-01"
            limit = self.request(1.0, self.admin, date_start=day, date_end=day)
            limit.sudo().state = state
            with self.subTest(state=state, step=step):
                if step in allowed.get(state, ()):
                    getattr(limit, step)()
                    continue
                with self.assertRaisesRegex(UserError, "cannot be"):
                    getattr(limit, step)()
                self.assertEqual(limit.state, state)

    def test_withdrawal_is_the_askers_and_cancelling_the_managers(self):
        asked = self.request(5000.0)
        for user in (self.manager, self.admin, self.salesperson):
            with self.assertRaisesRegex(AccessError, "alone"):
                asked.with_user(user).action_withdraw()
        for user in (self.analyst, self.salesperson):
            with self.assertRaises(AccessError):
                asked.with_user(user).action_cancel()
        asked.action_withdraw()
        self.assertEqual(asked.state, "withdrawn")
        another = self.request(6000.0)
        another.with_user(self.manager).action_cancel()
        self.assertEqual(another.state, "cancelled")

    def test_one_refusal_is_enough(self):
        asked = self.request(5000.0)
        asked.with_user(self.manager).action_grant()
        with self.assertRaises(AccessError):
            asked.with_user(self.salesperson).action_refuse()
        asked.with_user(self.manager).action_refuse()
        self.assertEqual(asked.state, "refused")

    def test_whoever_is_next_is_told_in_his_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.second.lang = "fr_FR"
        asked = self.request(5000.0)
        self.assertLessEqual(self.manager | self.second, asked.activity_ids.user_id)
        self.assertNotIn(self.analyst, asked.activity_ids.user_id)
        asked.with_user(self.manager).action_grant()
        self.assertNotIn(self.manager, asked.activity_ids.user_id)
        self.assertIn(self.second, asked.activity_ids.user_id)
        mails = self.env["mail.message"].search([("model", "=", "credit.limit"), ("res_id", "=", asked.id)])
        self.assertIn(self.second.partner_id, mails.notified_partner_ids)
        asked.with_user(self.second).action_grant()
        self.assertFalse(asked.activity_ids)
        told = self.env["mail.message"].search(
            [("model", "=", "credit.limit"), ("res_id", "=", asked.id), ("subject", "like", "Granted")]
        )
        self.assertEqual(told.notified_partner_ids, self.analyst.partner_id)

    def test_deputies_are_told(self):
        self.deputise(self.director, self.stand_in)
        asked = self.request(50000.0)
        self.assertEqual(asked.activity_ids.user_id, self.director | self.stand_in)

    def test_many_requests_are_told_in_one_message(self):
        values = {"profile_id": self.profile.id, "amount": 50000.0}
        limits = self.env["credit.limit"].with_user(self.analyst).create([dict(values) for _n in range(11)])
        self.assertFalse(limits.activity_ids)
        mails = self.env["mail.message"].search([("model", "=", "credit.limit"), ("res_id", "in", limits.ids)])
        told = mails.filtered(lambda mail: self.director.partner_id in mail.notified_partner_ids)
        self.assertEqual(len(told), 1)
        self.assertIn("11", told.subject)

    def test_approvals_are_nobodys_to_write(self):
        asked = self.request(5000.0)
        for user in (self.analyst, self.manager, self.admin):
            with self.assertRaises(AccessError):
                self.env["credit.approval"].with_user(user).create(
                    {"limit_id": asked.id, "user_id": user.id, "principal_id": user.id}
                )
            for values in (
                {"approval_ids": [Command.create({"user_id": user.id, "principal_id": user.id})]},
                {"asker_ids": [Command.clear()]},
                {"state": "granted"},
            ):
                with self.assertRaises(AccessError):
                    asked.with_user(user).write(values)
        forged = self.env["credit.limit"].with_user(self.manager).create(
            {
                "profile_id": self.profile.id,
                "amount": 1.0,
                "asker_ids": [Command.set(self.analyst.ids)],
                "approval_ids": [Command.create({"user_id": self.second.id, "principal_id": self.second.id})],
            }
        )
        self.assertEqual((forged.asker_ids, len(forged.approval_ids)), (self.manager, 0))

    def test_a_tier_has_enough_people(self):
        tiers = self.policy._new_version().tier_ids
        with self.assertRaises(ValidationError):
            tiers.filtered("unlimited").approvals = 2
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "approvals_positive"):
            tiers[0].approvals = 0
            tiers.flush_recordset()

    def test_only_administrators_set_tiers(self):
        tiers = self.policy._new_version().tier_ids
        for user in (self.salesperson, self.analyst, self.manager):
            with self.assertRaises(AccessError):
                tiers[0].with_user(user).amount = 1e9

    def test_another_company_does_not_decide(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user("stranger", "credit_management.group_manager")
        stranger.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]})
        asked = self.request(5000.0)
        self.assertNotIn(stranger, asked.activity_ids.user_id)
        with self.assertRaises(AccessError):
            asked.with_user(stranger).action_grant()
