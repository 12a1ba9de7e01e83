# Part of credit_management. License LGPL-3.0 or later.
"""Versions of a policy: what may be written when, by whom, and what follows when one takes the place of another."""

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.credit_policy_version import LIFE
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestPolicyVersion(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.tomorrow = fields.Date.add(cls.today, days=1)
        cls.other_admin = cls._user("creditadmin2", "credit_management.group_admin")

    @classmethod
    def write_policy(cls, draft):
        draft.tier_ids = [
            Command.create({"unlimited": True, "group_id": cls.env.ref("credit_management.group_manager").id})
        ]

    def draft(self, user=None):
        return self.policy.with_user(user or self.admin)._new_version()

    def usage(self, policy):
        return policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage")

    def refused(self, message, error=UserError):
        return self.assertRaisesRegex(error, message)

    # -- what was published stays --------------------------------------------------------------------

    def test_nothing_of_a_published_version_is_written_whichever_way(self):
        policy = self.policy.with_user(self.admin)
        rule = policy.rule_ids[0]
        new_rule = {"kind": "document_amount", "amount": 1.0}
        before = (policy.grace_days, len(policy.rule_ids))
        ways = {
            "a field": lambda: policy.write({"grace_days": 30}),
            "the one-person setting": lambda: policy.write({"allow_self_release": True}),
            "the formula": lambda: policy.write({"limit_combine": "min"}),
            "the segment": lambda: policy.write({"by_segment": True}),
            "the company": lambda: policy.write({"company_id": False}),
            "a command that creates": lambda: policy.write({"rule_ids": [Command.create(new_rule)]}),
            "a command that updates": lambda: policy.write({"rule_ids": [Command.update(rule.id, {"sequence": 99})]}),
            "a command that deletes": lambda: policy.write({"rule_ids": [Command.delete(rule.id)]}),
            "a command that clears": lambda: policy.write({"authority_ids": [Command.clear()]}),
            "a rule": lambda: rule.write({"on_order": "ignore"}),
            "a rule's place": lambda: rule.write({"sequence": 99}),
            "a new rule": lambda: rule.create({"policy_id": policy.id, **new_rule}),
            "a copy of a rule": rule.copy,
            "a rule deleted": rule.unlink,
            "an authority": lambda: policy.authority_ids[0].write({"unlimited": True}),
            "a new authority": lambda: policy.authority_ids.create(
                {"policy_id": policy.id, "user_id": self.admin.id, "unlimited": True}
            ),
            "a tier": lambda: policy.tier_ids[0].write({"approvals": 5}),
            "a tier deleted": policy.tier_ids.unlink,
            "a method": lambda: policy.limit_method_ids[0].write({"share": 1.0}),
            "the policy deleted": policy.unlink,
            "a form": lambda: self._type_on(policy),
            "the superuser": lambda: self.policy.sudo().write({"grace_days": 30}),
            "the superuser's rule": lambda: self.policy.sudo().rule_ids[0].write({"percent": 1.0}),
            "an import": lambda: self._load(policy),
        }
        for way, write in ways.items():
            with self.subTest(way), self.refused("new version"), self.env.cr.savepoint():
                write()
            self.env.invalidate_all()
        self.assertEqual((policy.grace_days, len(policy.rule_ids)), before)

    def _type_on(self, policy):
        """A form doesn't even let it be typed."""
        form = Form(policy)
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.grace_days = 3
        form.name = "Another name"
        form.save().copy().rule_ids[0].policy_id = policy

    def _load(self, policy):
        result = policy.load(["id", "grace_days"], [[self._external_id(policy), "30"]])
        raise UserError(result["messages"][0]["message"])

    def _external_id(self, policy):
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "policy", "model": policy._name, "res_id": policy.id}
        )
        return "__import__.policy"

    def test_moving_a_rule_into_a_published_version(self):
        draft = self.draft()
        with self.refused("new version"):
            draft.rule_ids[0].write({"policy_id": self.policy.id})

    def test_a_retired_version_stays_too(self):
        before = self.policy
        with self.new_policy():
            pass
        self.assertEqual(before.state, "retired")
        with self.refused("new version"):
            before.grace_days = 1
        with self.refused("new version"):
            self.usage(before).percent = 1
        with self.refused("new version"):
            before.unlink()

    def test_what_changes_no_verdict_is_free(self):
        self.policy.with_user(self.admin).write({"name": "Renamed", "description": "In other words"})
        self.policy.with_user(self.admin).message_post(body="Well done")
        self.assertEqual(self.policy.display_name, "Renamed")

    def test_nobody_writes_the_life_of_a_version(self):
        draft = self.draft()
        values = {
            "state": "published", "version": 9, "origin_id": False, "first_id": False, "date_from": "2000-01-01",
            "date_to": "2000-01-01", "published_by": self.admin.id, "published_on": "2000-01-01 00:00:00",
            "publication_note": "x", "author_ids": [Command.clear()], "revision": 5,
        }  # fmt: skip
        self.assertEqual(set(values), set(LIFE))
        for name, value in values.items():
            with self.subTest(name), self.refused("buttons"):
                draft.write({name: value})
        forged = self.policy.with_user(self.admin).create({"name": "Forged", **values})
        self.assertRecordValues(
            forged,
            [{"state": "draft", "version": 1, "first_id": forged.id, "date_from": False, "author_ids": self.admin.ids}],
        )
        # … nor by a client's defaults
        context = {f"default_{name}": value for name, value in values.items() if name != "author_ids"}
        forged = self.policy.with_user(self.admin).with_context(**context).create({"name": "Forged"})
        self.assertRecordValues(
            forged,
            [{"state": "draft", "version": 1, "first_id": forged.id, "date_from": False, "author_ids": self.admin.ids}],
        )

    def test_drafts_are_written_and_deleted(self):
        draft = self.draft()
        draft.write({"grace_days": 12, "rule_ids": [Command.create({"kind": "overdue_amount", "amount": 5.0})]})
        self.usage(draft).percent = 90
        self.assertEqual(self.position().overdue, 0.0)
        self.assertEqual((self.policy.grace_days, self.usage(self.policy).percent), (0, 100.0))
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_what_was_simulated_is_a_draft_again_once_it_is_written(self):
        draft = self.draft()
        draft._set_simulated()
        draft.name = "Another name"
        self.assertEqual(draft.state, "simulated")
        self.usage(draft).percent = 90
        self.assertEqual(draft.state, "draft")
        draft._set_simulated()
        self.publish(draft)
        self.assertEqual(draft.state, "published")
        with self.refused("new version"):
            draft._set_simulated()

    # -- publishing ----------------------------------------------------------------------------------

    def test_a_version_has_all_that_the_one_before_had(self):
        draft = self.draft()
        self.assertRecordValues(
            draft,
            [{"state": "draft", "version": 2, "origin_id": self.policy.id, "first_id": self.policy.id,
              "name": self.policy.name, "author_ids": self.admin.ids, "company_id": self.company.id}],
        )  # fmt: skip
        self.assertEqual(draft._differences(self.policy), [])
        self.assertEqual(
            [len(draft[name]) for name in ("rule_ids", "authority_ids", "tier_ids", "limit_method_ids")],
            [len(self.policy[name]) for name in ("rule_ids", "authority_ids", "tier_ids", "limit_method_ids")],
        )
        self.assertEqual(self.draft().version, 3)

    def test_a_copy_is_a_policy_of_its_own(self):
        copy = self.policy.copy()
        self.assertRecordValues(
            copy, [{"version": 1, "origin_id": False, "first_id": copy.id, "name": f"{self.policy.name} (copy)"}]
        )

    def test_who_wrote_it_does_not_publish_it(self):
        draft = self.draft()
        with self.refused("somebody else", AccessError):
            draft._publish()
        self.assertFalse(draft.may_publish)
        # whoever changes a rule is an author as well
        self.usage(draft).with_user(self.other_admin).percent = 90
        with self.refused("somebody else", AccessError):
            draft.with_user(self.other_admin)._publish()
        with self.refused("somebody else", AccessError):
            draft.with_user(self.other_admin).action_publish()
        for user in (self.salesperson, self.accountant, self.analyst):
            with self.assertRaises(AccessError):
                draft.with_user(user)._publish()
        self.assertTrue(draft.with_user(self.manager).may_publish)
        draft.with_user(self.manager)._publish(note="Agreed")
        self.assertRecordValues(
            draft,
            [{"state": "published", "published_by": self.manager.id, "publication_note": "Agreed",
              "date_from": self.today}],
        )  # fmt: skip
        self.assertTrue(draft.published_on)
        with self.refused("published already", AccessError):
            draft.with_user(self.manager)._publish()

    def test_one_person_is_what_the_version_in_force_says(self):
        draft = self.draft()
        draft.allow_self_release = True
        with self.refused("somebody else", AccessError):
            draft._publish()
        self.publish(draft)
        own = self.draft()
        own._publish()
        self.assertEqual(own.state, "published")
        # … and for a policy that is new, what the standard policy says
        new = self.policy.with_user(self.admin).copy({"allow_self_release": False})
        new._publish()
        self.assertEqual(new.state, "published")

    def test_the_wizard(self):
        draft = self.draft()
        draft.grace_days = 3
        form = Form(self.env["credit.publish"].with_user(self.manager).with_context(default_policy_id=draft.id))
        self.assertEqual(form.customer_count, 1)
        self.assertIn("Days of grace", form.differences)
        form.note = "Agreed by the board"
        form.save().action_publish()
        self.assertEqual((draft.state, draft.publication_note), ("published", "Agreed by the board"))
        for user in (self.salesperson, self.analyst):
            with self.assertRaises(AccessError):
                self.env["credit.publish"].with_user(user).create({"policy_id": self.draft().id, "note": "x"})
        mine = self.draft()
        wizard = self.env["credit.publish"].with_user(self.admin).create({"policy_id": mine.id, "note": "x"})
        with self.refused("somebody else", AccessError):
            wizard.action_publish()

    def test_the_next_version_takes_the_place_at_once(self):
        before = self.policy
        self.invoice(500.0, due=fields.Date.subtract(self.today, days=10))
        self.env["credit.change"]._process()
        self.assertEqual((self.profile.status, self.profile.grace_days), ("overdue", 0))
        held = self.order(600.0)
        held.action_confirm()
        self.assertEqual(self.decision(held).state, "held")
        with self.new_policy() as draft:
            draft.grace_days = 20
            self.usage(draft).percent = 200
            self.assertEqual(self.profile.policy_id, before)
        self.assertRecordValues(before, [{"state": "retired", "date_to": self.today, "in_force": False}])
        self.assertEqual((self.profile.policy_id, self.company.credit_policy_id), (draft, draft))
        self.assertEqual((self.profile.status, self.profile.grace_days), ("ok", 20))
        # what waits is judged, and decided on, by the version in force
        self.assertRecordValues(self.decision(held), [{"state": "ready", "policy_id": draft.id}])

    def test_archived_profiles_and_those_chosen_by_hand_move_too(self):
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        own = self.publish(self.policy.copy())
        pinned = self.control(other, policy_id=own.id)
        self.assertTrue(pinned.policy_pinned)
        pinned.active = False
        with self.new_policy(own) as draft:
            pass
        self.assertEqual((pinned.policy_id, self.profile.policy_id), (draft, self.policy))

    def test_what_is_published_is_what_was_shown(self):
        def dialog(draft):
            return Form(self.env["credit.publish"].with_user(self.manager).with_context(default_policy_id=draft.id))

        draft, other = self.draft(), self.draft()
        opened = dialog(draft)
        opened.note = "Agreed"
        self.usage(draft).with_user(self.other_admin).percent = 200
        with self.refused("was changed meanwhile"), self.env.cr.savepoint():
            opened.save().action_publish()
        self.assertEqual(draft.state, "draft")
        opened = dialog(draft)
        opened.note = "Agreed"
        self.publish(other)
        with self.refused("version 3” was published meanwhile"), self.env.cr.savepoint():
            opened.save().action_publish()
        opened = dialog(draft)
        opened.note = "Agreed all the same"
        opened.save().action_publish()
        self.assertEqual((draft.state, other.state), ("published", "retired"))

    def test_from_a_later_day(self):
        before = self.policy
        draft = self.draft()
        draft.grace_days = 9
        self.publish(draft, self.tomorrow)
        self.assertEqual((draft.state, draft.in_force, before.state), ("published", False, "published"))
        self.assertEqual(self.profile.policy_id, before)
        with self.refused("new version"):
            draft.grace_days = 10
        self.env["credit.policy"]._new_day()
        self.assertEqual((self.profile.policy_id, before.state), (before, "published"))
        with freeze_time(self.tomorrow):
            self.env.invalidate_all()
            self.env["credit.policy"]._new_day()
            self.assertRecordValues(before, [{"state": "retired", "date_to": self.tomorrow}])
            self.assertEqual((self.profile.policy_id, self.company.credit_policy_id), (draft, draft))
            self.assertEqual(self.profile.grace_days, 9)
            # a second time changes nothing
            self.env["credit.policy"]._new_day()
            self.assertEqual(self.profile.policy_id, draft)

    def test_several_later_days(self):
        """The cron was not there for two days: the latest version counts."""
        first, second = self.draft(), self.draft()
        self.publish(second, fields.Date.add(self.today, days=2))
        with self.refused("Choose another day"):
            self.publish(first, second.date_from)
        self.publish(first, self.tomorrow)
        with freeze_time(fields.Date.add(self.today, days=3)):
            self.env.invalidate_all()
            self.env["credit.policy"]._new_day()
            self.assertEqual((first.state, second.state, self.profile.policy_id), ("retired", "published", second))

    def test_no_day_that_is_over(self):
        with self.refused("day that is over"):
            self.publish(self.draft(), fields.Date.subtract(self.today, days=1))

    def test_withdrawing(self):
        draft = self.draft()
        self.publish(draft, self.tomorrow)
        for user in (self.salesperson, self.accountant, self.analyst):
            with self.assertRaises(AccessError):
                draft.with_user(user).action_withdraw()
        draft.with_user(self.manager).action_withdraw()
        self.assertRecordValues(draft, [{"state": "draft", "date_from": False, "published_by": False}])
        with self.refused("can't be withdrawn"):
            self.policy.with_user(self.manager).action_withdraw()

    def test_retiring(self):
        with self.refused("holds for 1 customers"):
            self.policy.with_user(self.manager).action_retire()
        own = self.publish(self.policy.copy())
        with self.assertRaises(AccessError):
            own.with_user(self.analyst).action_retire()
        with self.refused("Retire it before", ValidationError):
            own.active = False
        own.with_user(self.manager).action_retire()
        self.assertEqual(own.state, "retired")
        own.active = False
        with self.refused("not published"):
            own.with_user(self.manager).action_retire()
        self.profile.unlink()
        with self.refused("standard policy"):
            self.policy.with_user(self.manager).action_retire()

    # -- who may be given which ----------------------------------------------------------------------

    def test_only_what_is_in_force_holds_for_anybody(self):
        draft = self.draft()
        with self.refused("not in force", ValidationError):
            self.profile.policy_id = draft
        with self.refused("not in force", ValidationError):
            self.company.credit_policy_id = draft
        later = self.publish(self.draft(), self.tomorrow)
        with self.refused("not in force", ValidationError):
            self.profile.policy_id = later

    def test_versions_stay_in_their_company(self):
        draft = self.draft()
        with self.refused("same one", ValidationError):
            draft.company_id = False

    def test_two_companies(self):
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": self.env.ref("base.EUR").id})
        self.env.user.company_ids |= abroad
        there = self.control(self.customer, company=abroad)
        shipped = there.policy_id
        self.assertEqual(shipped.first_id, self.env.ref("credit_management.policy_standard"))
        with self.new_policy():
            pass
        self.assertEqual(there.policy_id, shipped)
        stranger = self._user("stranger", "credit_management.group_admin")
        stranger.write({"company_id": abroad.id, "company_ids": [Command.set(abroad.ids)]})
        draft = self.draft()
        self.assertNotIn(draft, draft.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            draft.with_user(stranger)._publish()
        # a shared policy takes its next version in every company at once
        with self.new_policy(shipped) as version:
            version.grace_days = 77
        self.assertEqual((there.policy_id, there.grace_days, abroad.credit_policy_id), (version, 77, version))
        self.assertEqual(self.env["res.company"].create({"name": "Later"}).credit_policy_id, version)

    @mute_logger("odoo.sql_db")
    def test_the_database_knows_one_version_a_number(self):
        draft = self.draft()
        with self.assertRaisesRegex(Exception, "version_unique"), self.env.cr.savepoint():
            draft._record({"version": 1})
            draft.flush_recordset()

    def test_every_role_opens_the_form(self):
        """With just what it may see: nothing on it is denied."""
        draft = self.draft()
        for user in (self.salesperson, self.accountant, self.analyst, self.manager, self.admin):
            with self.subTest(user.login):
                self.env.invalidate_all()
                form = Form(draft.with_user(user), view="credit_management.credit_policy_view_form")
                self.assertEqual(form.name, draft.name)
                # what is the life of a version is typed by nobody
                for name in ("version", "state"):
                    if name in form._view["modifiers"]:
                        with self.assertRaises(AssertionError):
                            form[name] = draft[name]

    # -- differences ---------------------------------------------------------------------------------

    def test_differences_line_by_line(self):
        draft = self.draft()
        draft.write({"grace_days": 7, "auto_release": True, "limit_combine": "min"})
        self.usage(draft).write({"percent": 90, "on_quotation": "ignore"})
        draft.rule_ids.filtered(lambda rule: rule.kind == "no_limit").unlink()
        draft.write({"rule_ids": [Command.create({"kind": "document_amount", "amount": 1000.0})]})
        managers = self.env.ref("credit_management.group_manager")
        draft.authority_ids.filtered(lambda line: line.group_id == managers).amount = 10.0
        draft.tier_ids.approvals = 2
        draft.limit_method_ids.filtered(lambda line: line.method == "net_worth").share = 0.5
        rows = draft._differences(self.policy)
        words = {(where, what): (before, after) for where, what, before, after in rows}
        self.assertEqual(len(words), len(rows))
        expected = {
            ("Policy", "Days of grace"): ("0", "7"),
            ("Policy", "Release by itself"): ("no", "yes"),
            ("Policy", "Of the methods take"): ("The median", "The lowest"),
            ("Rules", "Limit usage: Percent"): ("100", "90"),
            ("Rules", "Limit usage: On quotations"): ("Warn", "–"),
            ("Rules", "No valid limit"): (
                (
                    "The customer has no limit. On quotations: warn, on orders: hold, on increases: hold,"
                    " on invoices: warn."
                ),
                "–",
            ),
            ("Rules", "Document amount"): (
                "–",
                "The document is larger than $ 1,000.00. On quotations: warn, on orders: hold, on increases: hold.",
            ),
            ("Methods", "Net worth: Share"): ("0.1", "0.5"),
        }  # fmt: skip
        for key, values in expected.items():
            with self.subTest(key):
                self.assertEqual(tuple(str(value).replace("\xa0", " ") for value in words.pop(key)),
                                 tuple(value.replace("\xa0", " ") for value in values))  # fmt: skip
        self.assertEqual({where for where, _what in words}, {"Release authority", "Approval of limits"})
        self.assertEqual(len(words), 2)
        draft.invalidate_recordset()
        self.assertEqual(draft.compare_id, self.policy)
        self.assertIn("Days of grace", draft.differences)

    def test_what_a_version_was_compared_with(self):
        first = self.policy
        with self.new_policy() as second:
            second.grace_days = 1
        with self.new_policy() as third:
            third.grace_days = 2
        draft = second._new_version()
        self.env.invalidate_all()
        self.assertFalse(first.compare_id)
        self.assertEqual((second.compare_id, third.compare_id, draft.compare_id), (first, second, third))

    def test_what_is_typed_is_shown_as_text(self):
        draft = self.draft()
        draft.description = "<script>alert(1)</script>"
        draft.invalidate_recordset()
        self.assertNotIn("<script>", draft.differences)
        self.assertIn("&lt;script&gt;", draft.differences)
