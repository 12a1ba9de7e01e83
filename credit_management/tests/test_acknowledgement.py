# Part of credit_management. License LGPL-3.0 or later.
"""Who has read a policy: everybody in his own name, each version anew."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestAcknowledgement(CreditCase):
    @classmethod
    def write_policy(cls, draft):
        draft.write({"must_acknowledge": True, "document_text": "<p>Pay first</p>"})

    def staff(self):
        return self.salesperson | self.other_salesperson | self.accountant | self.analyst | self.manager | self.admin

    def test_everybody_who_sees_credit_should_read_it(self):
        missing = self.policy.missing_user_ids
        self.assertEqual(missing & self.staff(), self.staff())
        self.assertNotIn(self._user("nobody", "base.group_user"), missing)
        abroad = self.env["res.company"].create({"name": "Abroad"})
        stranger = self._user("stranger", "credit_management.group_viewer")
        stranger.write({"company_id": abroad.id, "company_ids": [Command.set(abroad.ids)]})
        self.env.invalidate_all()
        self.assertNotIn(stranger, self.policy.missing_user_ids)

    def test_in_ones_own_name_and_once(self):
        before = self.policy.missing_count
        policy = self.policy.with_user(self.salesperson)
        self.assertTrue(policy.may_acknowledge)
        policy.action_acknowledge()
        self.assertFalse(policy.may_acknowledge)
        self.assertRecordValues(
            self.policy.acknowledgement_ids,
            [{"user_id": self.salesperson.id, "policy_id": self.policy.id, "version": 1}],
        )
        self.assertEqual(self.policy.missing_count, before - 1)
        with self.assertRaisesRegex(UserError, "nothing for you to confirm"):
            policy.action_acknowledge()
        nobody = self._user("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.policy.with_user(nobody).action_acknowledge()

    def test_nobody_says_so_for_another(self):
        for user in (self.salesperson, self.analyst, self.manager, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["credit.acknowledgement"].with_user(user).create(
                    {"policy_id": self.policy.id, "user_id": self.accountant.id}
                )
        self.policy.with_user(self.salesperson).action_acknowledge()
        given = self.policy.acknowledgement_ids
        for user in (self.salesperson, self.admin):
            with self.assertRaises(AccessError):
                given.with_user(user).write({"user_id": self.manager.id})
            with self.assertRaises(AccessError):
                given.with_user(user).unlink()
        with self.assertRaisesRegex(UserError, "new version"):
            self.policy.write({"document_text": "<p>Pay later</p>"})

    def test_who_sees_whose(self):
        self.policy.with_user(self.salesperson).action_acknowledge()
        self.policy.with_user(self.manager).action_acknowledge()
        seen = lambda user: self.env["credit.acknowledgement"].with_user(user).search(  # noqa: E731
            [("policy_id", "=", self.policy.id)]
        ).user_id
        self.assertEqual(seen(self.salesperson), self.salesperson)
        self.assertEqual(seen(self.accountant), self.env["res.users"])
        self.assertEqual(seen(self.analyst), self.salesperson | self.manager)

    def test_reminders(self):
        for user in (self.salesperson, self.analyst):
            with self.assertRaises(AccessError):
                self.policy.with_user(user).action_remind()
        self.policy.with_user(self.accountant).action_acknowledge()
        self.policy.with_user(self.manager).action_remind()
        reminded = self.policy.activity_ids.user_id
        self.assertEqual(reminded, self.policy.missing_user_ids)
        self.assertNotIn(self.accountant, reminded)
        self.policy.with_user(self.manager).action_remind()
        self.assertEqual(len(self.policy.activity_ids), len(reminded))
        self.policy.with_user(self.salesperson).action_acknowledge()
        self.assertNotIn(self.salesperson, self.policy.activity_ids.user_id)

    def test_each_version_anew(self):
        before = self.policy
        before.with_user(self.salesperson).action_acknowledge()
        before.with_user(self.manager).action_remind()
        with self.new_policy() as draft:
            self.assertFalse(draft.missing_user_ids)
            self.assertFalse(draft.with_user(self.salesperson).may_acknowledge)
        self.assertTrue(draft.with_user(self.salesperson).may_acknowledge)
        self.assertFalse(before.activity_ids or before.missing_user_ids)
        self.assertEqual(before.acknowledgement_ids.user_id, self.salesperson)

    def test_the_printed_policy(self):
        self.policy.with_user(self.salesperson).action_acknowledge()
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html("credit_management.report_policy", self.policy.ids)
        text = html.decode()
        for words in ("Pay first", "The customer has no limit", self.salesperson.name, "not yet", "overage: up to"):
            self.assertIn(words, text)
