# Part of credit_management. License LGPL-3.0 or later.
"""Approvals, requests and groups under two real transactions at once (I4, I7)."""

import threading
import uuid

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from .scratch import ScratchCase

ROUNDS = 6


class TestRaceLimits(ScratchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.transaction() as env:
            manager = env.ref("credit_management.group_manager")
            users = env["res.users"].create(
                [
                    {
                        "name": f"Manager {n}",
                        "login": f"race_{uuid.uuid4().hex[:8]}",
                        "company_id": cls.company_id,
                        "company_ids": [Command.set([cls.company_id])],
                        "group_ids": [Command.link(manager.id)],
                    }
                    for n in range(3)
                ]
            )
            cls.manager_ids = users.ids
            policy = env.ref("credit_management.policy_standard").copy({"name": f"Race {uuid.uuid4().hex[:8]}"})
            policy.tier_ids = [Command.create({"unlimited": True, "group_id": manager.id, "approvals": 2})]
            policy.with_user(users[0])._publish()
            cls.policy_id = policy.id

    def requested(self, **values):
        """A request of the first manager; returns its id."""
        profile = self.customer(100.0)
        with self.transaction() as env:
            env["credit.profile"].browse(profile).policy_id = self.policy_id
            limit = env["credit.limit"].with_user(self.manager_ids[0]).create(
                {"profile_id": profile, "amount": 5000.0, **values}
            )
            return limit.id

    def approve(self, limit, manager):
        return lambda env: env["credit.limit"].with_user(self.manager_ids[manager]).browse(limit).action_grant()

    def stored(self, limit):
        with self.transaction() as env:
            record = env["credit.limit"].browse(limit)
            return record.state, len(record.approval_ids)

    def test_the_same_person_counts_once(self):
        for _round in range(ROUNDS):
            limit = self.requested()
            errors = self.at_once(self.approve(limit, 1), self.approve(limit, 1))
            self.assertEqual([type(error) for error in errors], [AccessError])
            self.assertEqual(self.stored(limit), ("requested", 1))

    def test_two_people_grant_it_once(self):
        for _round in range(ROUNDS):
            limit = self.requested()
            errors = self.at_once(self.approve(limit, 1), self.approve(limit, 2))
            self.assertEqual(errors, [])
            self.assertEqual(self.stored(limit), ("granted", 2))

    def test_a_deputy_and_the_one_he_stands_in_for(self):
        today = fields.Date.today()
        with self.transaction() as env:
            deputy = env["credit.deputy"].create(
                {
                    "user_id": self.manager_ids[1],
                    "deputy_id": env.ref("base.user_admin").id,
                    "date_start": today,
                    "date_end": today,
                }
            )
            admin, deputy_id = env.ref("base.user_admin").id, deputy.id
            env.ref("base.user_admin").company_ids |= env["res.company"].browse(self.company_id)
        try:
            limit = self.requested()
            errors = self.at_once(
                self.approve(limit, 1),
                lambda env: env["credit.limit"].with_user(admin).browse(limit).action_grant(),
            )
            # the administrator has a right of his own, so that both count: as two people, in two rights
            self.assertEqual(errors, [])
            self.assertEqual(self.stored(limit), ("granted", 2))
            with self.transaction() as env:
                principals = env["credit.limit"].browse(limit).approval_ids.principal_id
                self.assertEqual(set(principals.ids), {admin, self.manager_ids[1]})
        finally:
            with self.transaction() as env:
                env["credit.deputy"].browse(deputy_id).unlink()

    def test_an_approval_does_not_outlive_what_it_was_given_for(self):
        for _round in range(ROUNDS):
            limit = self.requested()
            self.request(self.approve(limit, 1))

            def change(env, limit=limit):
                env["credit.limit"].with_user(self.manager_ids[0]).browse(limit).amount = 1e6

            errors = self.at_once(self.approve(limit, 2), change)
            state, approvals = self.stored(limit)
            # either it was granted as it was and the change refused, or changed, and approved anew by one at most
            if state == "granted":
                self.assertEqual([type(error) for error in errors], [UserError])
                self.assertEqual(approvals, 2)
            else:
                self.assertEqual(errors, [])
                self.assertLessEqual(approvals, 1)

    def test_withdrawn_or_granted_but_not_both(self):
        for _round in range(ROUNDS):
            limit = self.requested()
            self.request(self.approve(limit, 1))
            errors = self.at_once(
                self.approve(limit, 2),
                lambda env, limit=limit: (
                    env["credit.limit"].with_user(self.manager_ids[0]).browse(limit).action_withdraw()
                ),
            )
            self.assertEqual([type(error) for error in errors], [UserError])
            self.assertIn(self.stored(limit), [("granted", 2), ("withdrawn", 1)])

    def test_two_grants_for_the_same_days(self):
        for _round in range(ROUNDS):
            first = self.requested()
            with self.transaction() as env:
                profile = env["credit.limit"].browse(first).profile_id
                second = env["credit.limit"].with_user(self.manager_ids[0]).create(
                    {"profile_id": profile.id, "amount": 6000.0}
                ).id  # fmt: skip
            for limit in (first, second):
                self.request(self.approve(limit, 1))
            errors = self.at_once(self.approve(first, 2), self.approve(second, 2))
            self.assertEqual(errors, [])
            self.assertEqual(sorted([self.stored(first)[0], self.stored(second)[0]]), ["granted", "replaced"])

    # -- groups --------------------------------------------------------------------------------------

    def group(self, amount, *profiles):
        with self.transaction() as env:
            group = env["credit.group"].create({"name": f"Group {uuid.uuid4().hex[:8]}"})
            env["credit.profile"].browse(profiles).group_id = group
            env["credit.limit"].create(
                {"group_id": group.id, "amount": amount, "date_start": "2000-01-01", "state": "granted"}
            )
            return group.id

    def narrow(self, group, amount):
        """Take a part of the joint limit away, which is for one manager alone to decide."""

        def narrow(env):
            limits = env["credit.limit"].with_user(self.manager_ids[0])
            limits.create({"group_id": group, "amount": amount}).action_grant()

        return narrow

    def confirm(self, *orders):
        return lambda env: env["sale.order"].browse(orders).action_confirm()

    def test_two_members_race_for_the_joint_limit(self):
        for _round in range(ROUNDS):
            first, second = self.customer(1000.0), self.customer(1000.0)
            self.group(1000.0, first, second)
            [a], [b] = self.orders(first, 600.0), self.orders(second, 600.0)
            errors = self.at_once(self.confirm(a), self.confirm(b))
            self.assertEqual(errors, [])
            self.assertEqual(sorted(self.states([a, b])), ["draft", "sale"])

    def test_members_groups_and_grants_do_not_deadlock(self):
        for _round in range(ROUNDS):
            first, second = self.customer(1000.0), self.customer(1000.0)
            group = self.group(5000.0, first, second)
            a, b = self.orders(first, 100.0, 100.0), self.orders(second, 100.0, 100.0)

            def leave(env, profile=second):
                env["credit.profile"].browse(profile).hold = True

            errors = self.at_once(
                self.confirm(a[0], b[0]), self.confirm(b[1]), self.confirm(a[1]), self.narrow(group, 4000.0), leave
            )
            self.assertEqual(errors, [])

    def test_a_narrower_group_is_seen(self):
        for _round in range(ROUNDS):
            profile = self.customer(1000.0)
            group = self.group(1000.0, profile)
            [order] = self.orders(profile, 600.0)
            other = threading.Thread(target=lambda order=order: self.request(self.confirm(order)))
            with self.transaction() as env:
                self.narrow(group, 500.0)(env)
                env.flush_all()
                other.start()
                other.join(timeout=0.5)
                self.assertTrue(other.is_alive())
            other.join()
            self.assertEqual(self.states([order]), ["draft"])
