# Part of credit_management. License LGPL-3.0 or later.
"""All that a policy says is said in words, and every setting that differs between versions is shown: no setting that is
added later may be left out of either."""

from odoo import Command, models
from odoo.tests import tagged

from ..models.credit_policy_version import LIFE
from .common import CreditCase

# what is a text of its own, or only orders lines
ELSEWHERE = {"name", "description", "document", "document_text", "sequence"}

# what says nothing until another setting is made
NEEDS = {
    "limit_cap": {"limit_capped": True},
    "limit_equity_share": {"limit_equity_capped": True},
    "limit_step": {"limit_rounding": "step", "limit_step": 500.0},
    "limit_rounding": {"limit_step": 500.0},
    "order_horizon": {"count_orders": "horizon"},
}
SEGMENT = {"by_segment": True}


@tagged("post_install", "-at_install")
class TestPolicyWords(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls.policy.fget(cls)._new_version()
        cls.draft.tier_ids = [
            Command.create({"unlimited": True, "group_id": cls.env.ref("credit_management.group_manager").id})
        ]
        cls.env["res.partner.industry"].search([], limit=1) or cls.env["res.partner.industry"].create({"name": "Trade"})
        cls.env["res.partner.category"].create({"name": "Key account"})

    def settings(self, records):
        """The names of what says something: stored, not technical, and not the life of a version."""
        technical = {"id", "policy_id", *LIFE, "active", "company_id", *models.MAGIC_COLUMNS}
        if records._name == "credit.policy":
            return [name for name, field in records._fields.items()
                    if records._is_verdict(name) and field.type != "one2many"
                    and name not in technical and not field.related]  # fmt: skip
        return [name for name, field in records._fields.items()
                if field.store and name not in technical and not field.related]  # fmt: skip

    def other_value(self, record, name):
        """Any value but the one that it has."""
        field, value = record._fields[name], record[name]
        if field.type == "boolean":
            return not value
        if field.type in ("integer", "float", "monetary"):
            return value + 1
        if field.type == "selection":
            return next(key for key in field.get_values(self.env) if key != value)
        if field.type == "many2many":
            return [Command.set(self.env[field.comodel_name].search([("id", "not in", value.ids)], limit=1).ids)]
        if field.type == "many2one":
            return self.env[field.comodel_name].search([("id", "!=", value.id)], limit=1).id
        if name == "segment_domain":
            return "[('exposure', '>', 1)]"
        return {"binary": b"Tm9uZQ==", "html": "<p>Pay</p>"}.get(field.type, "Other")

    def changed(self, record, name):
        """Within a savepoint that is rolled back: the setting has another value."""
        record.write({name: self.other_value(record, name)})
        self.env.flush_all()
        self.env.invalidate_all()

    def test_every_setting_of_a_policy_is_said(self):
        for name in self.settings(self.draft):
            if name in ELSEWHERE:
                continue
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.draft.write(SEGMENT if name.startswith("segment_") else NEEDS.get(name, {}))
                before = self.draft._in_words()
                self.changed(self.draft, name)
                self.assertFalse(self.draft._in_words() == before, f"{name} is not said")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_every_setting_that_differs_is_shown(self):
        other = self.draft.copy({"name": self.draft.name})
        self.assertEqual(self.draft._differences(other), [])
        for name in (*self.settings(self.draft), "name", "description"):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.draft.write(NEEDS.get(name, {}))
                self.changed(self.draft, name)
                label = self.draft._fields[name]._description_string(self.env)
                rows = {row[1]: row[2:] for row in self.draft._differences(other)}
                self.assertIn(label, rows)
                self.assertNotEqual(*rows[label])
                savepoint.rollback()
            self.env.invalidate_all()

    def test_every_line_is_said_and_compared(self):
        other = self.draft.copy({"name": self.draft.name})
        lines = (self.draft.rule_ids[-1], self.draft.authority_ids[0], self.draft.tier_ids[0],
                 self.draft.limit_method_ids[0], self.draft.alert_rule_ids[0])  # fmt: skip
        for line in lines:
            for name in self.settings(line):
                if name in ("kind", "method"):  # another line
                    continue
                with self.subTest(line._name, name=name), self.env.cr.savepoint() as savepoint:
                    self.changed(line, name)
                    self.assertTrue(self.draft._differences(other), f"{name} of {line._name} is not shown")
                    savepoint.rollback()
                self.env.invalidate_all()
            self.assertTrue(any(line._in_words() in said for _where, words in self.draft._in_words() for said in words))

    def test_each_checkpoint_is_said(self):
        rule = self.draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage")
        rule.write({"on_quotation": "ignore", "on_order": "refuse", "on_amendment": "hold"})
        rule.write({"on_delivery": "warn", "on_invoice": "warn"})
        self.assertEqual(
            rule._in_words(),
            "What is owed and ordered comes to more than 100 % of the limit."
            " On orders: refuse, on increases: hold, on deliveries: warn, on invoices: warn.",
        )

    def test_what_is_switched_off_goes_along(self):
        rule = self.draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage")
        rule.active = False
        self.publish(self.draft)
        new = self.draft._new_version()
        kept = new.with_context(active_test=False).rule_ids.filtered(lambda rule: rule.kind == "limit_usage")
        self.assertFalse(kept.active)
        self.assertEqual(new._differences(self.draft), [])
        kept.active = True
        [(where, what, before, after)] = new._differences(self.draft)
        self.assertEqual((where, what, before, after), ("Rules", "Limit usage: Active", "no", "yes"))

    def test_what_one_may_not_see_is_not_said(self):
        said = str(self.draft.with_user(self.salesperson).words)
        self.assertIn("The customer has no limit", said)
        self.assertNotIn("May release", said)
        self.assertNotIn("watched", said)
        self.assertIn("May release", str(self.draft.with_user(self.analyst).words))
