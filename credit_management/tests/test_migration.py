# Part of credit_management. License LGPL-3.0 or later.
"""Databases of earlier versions: what was in force stays in force, and an update changes no policy."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from lxml import etree

from odoo import fields
from odoo.modules.module import Manifest
from odoo.tests import tagged
from odoo.tools import SQL, convert_file

from ..models.credit_policy_part import CreditPolicyPart
from .common import CreditCase

ADDON = Path(__file__).parents[1]


def migration(version, stage):
    """The script of a migration, as Odoo loads it."""
    spec = spec_from_file_location(stage, ADDON / "migrations" / version / f"{stage}-migration.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestMigration(CreditCase):
    def migrate(self):
        self.env.flush_all()
        migration("19.0.1.1.0", "post").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def before_versions(self, policies, made="2026-01-15 10:00:00"):
        """Policies as they were stored when they had no versions."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE credit_policy SET state = 'draft', version = 1, first_id = NULL, date_from = NULL,
                      date_to = NULL, published_by = NULL, published_on = NULL, create_date = %s WHERE id = ANY(%s)""",
            [made, policies.ids],
        )
        self.env.cr.execute("UPDATE credit_profile SET policy_pinned = NULL WHERE policy_id = ANY(%s)", [policies.ids])
        self.env.invalidate_all()

    def test_policies_hold_as_before(self):
        standard, policy = self.company.credit_policy_id, self.policy.copy({"name": "Exporters"})
        self.publish(policy)
        other = self.env["res.partner"].create({"name": "Exporter", "company_type": "company"})
        chosen = self.control(other, 500.0, policy_id=policy.id)
        unused = self.policy.copy({"name": "Given up"})
        unused.active = False
        self.before_versions(standard | policy | unused)
        orders = [self.order(900.0), self.order(1100.0), self.order(600.0, partner=other)]
        draft = standard.with_context(tracking_disable=True).copy({"name": "New"})
        self.migrate()
        self.assertRecordValues(
            standard | policy | unused | draft,
            [
                {"state": "published", "first_id": standard.id, "date_from": fields.Date.to_date("2026-01-15"),
                 "in_force": True, "published_by": False},
                {"state": "published", "first_id": policy.id, "date_from": fields.Date.to_date("2026-01-15"),
                 "in_force": True, "published_by": False},
                {"state": "retired", "first_id": unused.id, "date_from": fields.Date.to_date("2026-01-15"),
                 "in_force": False, "published_by": False},
                # made by this version: a draft it stays
                {"state": "draft", "first_id": draft.id, "date_from": False, "in_force": False, "published_by": False},
            ],
        )  # fmt: skip
        self.assertEqual((self.profile.policy_id, self.profile.policy_pinned), (standard, False))
        self.assertEqual((chosen.policy_id, chosen.policy_pinned), (policy, True))
        # the night after, everybody has the same policy still, and the same verdicts
        (self.profile | chosen)._assign_policies()
        self.assertEqual((self.profile | chosen).mapped("policy_id"), standard | policy)
        self.assertEqual([order._credit_judge("order")[0].stands for order in orders], [True, False, False])
        # … and from here on they move on by versions
        self.assertEqual(policy._new_version().version, 2)
        self.migrate()
        self.assertEqual(len(policy._versions()), 2)

    def test_policies_are_completed(self):
        """What watches customers, and recommends limits, is there for every policy."""
        standard = self.env.ref("credit_management.policy_standard")
        policy = standard.copy({"name": "Exporters"})
        self.before_versions(standard | policy)
        (standard | policy).alert_rule_ids.unlink()
        (standard | policy).limit_method_ids.unlink()
        rules = [rule._in_words() for rule in standard.rule_ids]
        self.migrate()
        for each in standard | policy:
            self.assertIn("over_limit", each.alert_rule_ids.mapped("kind"))
            self.assertEqual(len(each.limit_method_ids), 5)
            self.assertEqual(each.state, "published")
        # what holds orders is as it was
        self.assertEqual([rule._in_words() for rule in standard.rule_ids], rules)

    def test_decisions_refer_to_nothing(self):
        decision = self.decision(self.confirmed(10.0))
        self.env.cr.execute(
            "ALTER TABLE credit_decision ADD CONSTRAINT credit_decision_order_id_fkey"
            " FOREIGN KEY (order_id) REFERENCES sale_order (id) ON DELETE SET NULL"
        )
        before = decision.read()
        keys = SQL("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'credit_decision'::regclass")
        self.assertIn(("credit_decision_order_id_fkey",), self.env.execute_query(keys))
        for _again in range(2):
            migration("19.0.1.1.0", "pre").migrate(self.env.cr, "19.0.1.0.0")
        left = {name for (name,) in self.env.execute_query(keys)}
        kept = ("requested_by", "released_by", "principal_id", "reason_id")
        self.assertEqual(left, {f"credit_decision_{name}_fkey" for name in kept})
        self.env.invalidate_all()
        self.assertEqual(decision.read(), before)

    def test_joint_limits_move(self):
        groups = self.env["credit.group"].create([{"name": "Holding"}, {"name": "Family"}, {"name": "Club"}])
        self.profile.group_id = groups[0]
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE credit_group ADD limited boolean, ADD amount numeric")
        self.env.cr.execute("UPDATE credit_group SET limited = id <> %s, amount = 800 WHERE id = ANY(%s)",
                            [groups[1].id, groups.ids])  # fmt: skip
        self.env.cr.execute("UPDATE credit_group SET amount = NULL WHERE id = %s", [groups[2].id])
        for _again in range(2):
            self.migrate()
        limits = self.env["credit.limit"].search([("group_id", "in", groups.ids)], order="id")
        self.assertRecordValues(
            limits,
            [
                {"group_id": groups[0].id, "amount": 800.0, "state": "granted", "in_force": True, "date_end": False},
                # 0 was no credit for any, and still is
                {"group_id": groups[2].id, "amount": 0.0, "state": "granted", "in_force": True, "date_end": False},
            ],
        )
        self.assertFalse(self.order(900.0)._credit_judge("order")[0].stands)

    def test_an_update_changes_no_policy(self):
        """Lines of a policy come with the installation; an update that brought one would change what holds."""
        parts = {name for name, model in self.registry.items() if issubclass(model, CreditPolicyPart)}
        files = [name for name in Manifest.for_addon("credit_management")["data"] if name.startswith("data/")]
        lines = [
            record
            for name in files
            for record in etree.parse(ADDON / name).iter("record")
            if record.get("model") in parts - {"credit.policy.part"}
        ]
        self.assertGreater(len(lines), 20)
        self.assertEqual({line.get("forcecreate") for line in lines}, {"0"})
        standard = self.env.ref("credit_management.policy_standard")
        before = standard.rule_ids
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM credit_policy_rule WHERE id = %s", [before[:1].id])
        self.env.invalidate_all()
        convert_file(self.env, "credit_management", "data/credit_policy_data.xml", {}, mode="update", noupdate=True)
        self.assertEqual(standard.rule_ids, before[1:])
