# Part of credit_management. License LGPL-3.0 or later.
"""Publishing under real transactions at once: one version of a policy holds, and checks go by one version each."""

import uuid

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from .scratch import ScratchCase

ROUNDS = 4


class TestRacePolicy(ScratchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.transaction() as env:
            users = env["res.users"].create(
                [
                    {
                        "name": f"Manager {n}",
                        "login": f"race_{uuid.uuid4().hex[:8]}",
                        "company_id": cls.company_id,
                        "company_ids": [Command.set([cls.company_id])],
                        "group_ids": [Command.link(env.ref("credit_management.group_manager").id)],
                    }
                    for n in range(2)
                ]
            )
            cls.manager_ids = users.ids

    def policy(self):
        """A policy of its own, in force; returns its id."""
        with self.transaction() as env:
            policy = env.ref("credit_management.policy_standard").copy({"name": f"Race {uuid.uuid4().hex[:8]}"})
            policy.with_user(self.manager_ids[0])._publish()
            return policy.id

    def draft(self, policy, **values):
        """The next version of a policy; returns its id."""
        with self.transaction() as env:
            draft = env["credit.policy"].browse(policy)._new_version()
            draft.write(values)
            return draft.id

    def under(self, policy, limit):
        """A customer with the policy; returns the id of his profile."""
        profile = self.customer(limit)
        with self.transaction() as env:
            env["credit.profile"].browse(profile).policy_id = policy
        return profile

    def publish(self, draft, manager=0, day=None):
        """What a manager's button does who has the dialog open by now."""
        day = day or fields.Date.today()
        with self.transaction() as env:
            asked = {"policy_id": draft, "date_from": day, "note": "Race"}
            dialog = env["credit.publish"].with_user(self.manager_ids[manager]).create(asked).id
        return lambda env: env["credit.publish"].with_user(self.manager_ids[manager]).browse(dialog).action_publish()

    def stored(self, model, record, *names):
        with self.transaction() as env:
            values = env[model].browse(record)
            return tuple(values[name] for name in names)

    def in_force(self, policy):
        """The versions of a policy that are published and begun."""
        with self.transaction() as env:
            return env["credit.policy"].search([("first_id", "=", policy), ("in_force", "=", True)]).ids

    def test_two_drafts_of_one_policy(self):
        for _round in range(ROUNDS):
            policy = self.policy()
            profile = self.under(policy, 100.0)
            first, second = self.draft(policy, grace_days=1), self.draft(policy, grace_days=2)
            errors = self.at_once(self.publish(first, 0), self.publish(second, 1))
            self.assertEqual([type(error) for error in errors], [UserError])
            self.assertIn("was published meanwhile", str(errors[0]))
            [winner] = self.in_force(policy)
            self.assertIn(winner, (first, second))
            self.assertEqual(self.stored("credit.profile", profile, "policy_id")[0].id, winner)
            loser = first + second - winner
            self.assertEqual(self.stored("credit.policy", loser, "state"), ("draft",))

    def test_one_draft_by_two_managers(self):
        for _round in range(ROUNDS):
            policy = self.policy()
            draft = self.draft(policy)
            errors = self.at_once(self.publish(draft, 0), self.publish(draft, 1))
            self.assertEqual([type(error) for error in errors], [AccessError])
            self.assertIn("is published already", str(errors[0]))
            self.assertEqual(self.in_force(policy), [draft])

    def test_two_drafts_for_one_later_day(self):
        day = fields.Date.add(fields.Date.today(), days=7)
        for _round in range(ROUNDS):
            policy = self.policy()
            first, second = self.draft(policy), self.draft(policy)
            errors = self.at_once(self.publish(first, 0, day), self.publish(second, 1, day))
            self.assertEqual(len(errors), 1)
            self.assertIsInstance(errors[0], UserError)
            self.assertIn("is published from that day on", str(errors[0]))

    def test_while_an_order_is_being_confirmed(self):
        """The order is judged by one of the two versions, whole; what waits is decided on by the new one."""
        for _round in range(ROUNDS):
            policy = self.policy()
            profile = self.under(policy, 1000.0)
            passing, held = self.orders(profile, 100.0, 5000.0)
            with self.transaction() as env:
                draft = env["credit.policy"].browse(policy)._new_version()
                draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").on_order = "warn"
                # nobody but administrators releases any more
                draft.authority_ids.filtered(lambda authority: not authority.unlimited).unlink()
                draft = draft.id
            errors = self.at_once(
                lambda env, order=passing: env["sale.order"].browse(order).action_confirm(),
                lambda env, order=held: env["sale.order"].browse(order).action_confirm(),
                self.publish(draft),
            )
            self.assertEqual(errors, [])
            self.assertEqual(self.in_force(policy), [draft])
            self.assertEqual(self.stored("credit.profile", profile, "policy_id")[0].id, draft)
            with self.transaction() as env:
                for order in env["sale.order"].browse([passing, held]):
                    decision = env["credit.decision"].search([("order_id", "=", order.id)], limit=1)
                    self.assertEqual(order.state == "sale", decision.outcome in ("pass", "warn"))
                    if decision.outcome == "hold":
                        # a check that began before goes by what it saw; whoever decides goes by what holds
                        with self.assertRaisesRegex(AccessError, "yours"), env.cr.savepoint():
                            decision.with_user(self.manager_ids[1])._release(env["credit.reason"])
                        decision.profile_id._hand_undecided_over()
                        self.assertEqual(decision.policy_id.id, draft)
                    elif order.id == held:
                        self.assertEqual((decision.outcome, decision.policy_id.id), ("warn", draft))

    def test_written_and_published_but_not_both(self):
        """What somebody writes in a draft while somebody else publishes it, is either refused or stops him."""
        for _round in range(ROUNDS):
            policy = self.policy()
            draft = self.draft(policy)

            def write(env, draft=draft):
                env["credit.policy"].browse(draft).rule_ids[:1].sequence = 77

            [error] = self.at_once(write, self.publish(draft))
            self.assertIsInstance(error, UserError)
            with self.transaction() as env:
                record = env["credit.policy"].browse(draft)
                written = 77 in record.rule_ids.mapped("sequence")
                self.assertEqual((record.state, written) in (("draft", True), ("published", False)), True)
                self.assertIn("was changed meanwhile" if written else "stays as it is", str(error))
