# Part of credit_management. License LGPL-3.0 or later.
"""The examples in docs/extend.md are complete, and do what they say."""

import re
from pathlib import Path

from odoo import fields
from odoo.orm.model_classes import add_to_registry
from odoo.orm.models import MetaModel
from odoo.tests import tagged

from ..engine.rules import RULE_KINDS
from ..indicators import INDICATORS, Facts, measure
from ..models.credit_change import WATCHED
from .common import CreditCase

PAGE = Path(__file__).parents[2] / "docs" / "extend.md"
EXAMPLES = dict(re.findall(r"<!-- example: (\w+) -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
ADDON = "credit_management_example"


@tagged("post_install", "-at_install")
class TestExtend(CreditCase):
    def example(self, name):
        """Have the example of that name as if an addon had brought it, until the test ends."""
        registries = (RULE_KINDS, INDICATORS)
        before = [dict(registry) for registry in registries]
        watched = list(WATCHED)
        self.addCleanup(WATCHED.__setitem__, slice(None), watched)
        for registry, content in zip(registries, before, strict=True):
            self.addCleanup(registry.update, content)
            self.addCleanup(registry.clear)
        self.addCleanup(MetaModel._module_to_models__.pop, ADDON, None)
        code = compile(EXAMPLES[name], f"{PAGE.name}: {name}", "exec")
        exec(code, {"__name__": f"odoo.addons.{ADDON}.models.{name}"})
        self.addCleanup(self.registry._setup_models__, self.env.cr)
        for definition in MetaModel._module_to_models__[ADDON]:
            model = self.registry[definition._name]
            self.addCleanup(setattr, model, "_base_classes__", model._base_classes__)
            add_to_registry(self.registry, definition)
        self.registry._setup_models__(self.env.cr, [])
        self.registry.clear_all_caches()
        self.addCleanup(self.registry.clear_all_caches)

    def test_every_example_is_tried(self):
        self.assertEqual(set(EXAMPLES), {"rule", "indicator", "component"})

    def test_a_rule_kind_holds_an_order_and_says_why(self):
        self.example("rule")
        rule = self.add_rule("limit_share", percent=50.0)
        self.assertEqual(rule.description, "A single document asks for more than 50 % of the limit: the order is held.")
        small, large = self.order(500.0), self.order(500.01)
        large.action_confirm()
        self.assertEqual((large.state, large.credit_state), ("draft", "held"))
        decision = self.decision(large)
        self.assertEqual((decision.kinds, decision.overage), ("limit_share", 0.01))
        self.assertIn("asks for $\xa0500.01, and a single one may take $\xa0500.00", decision.summary)
        small.action_confirm()
        self.assertEqual(small.state, "sale")

    def test_an_indicator_measures_and_can_be_chosen(self):
        self.example("indicator")
        self.invoice(100.0)
        self.confirmed(300.0)
        nobody = self.control(self.env["res.partner"].create({"name": "Nobody"}), 100.0)
        profiles = self.profile | nobody
        today = fields.Date.today()
        readings = measure(profiles, today, Facts(profiles, today), ["order_share"])
        self.assertEqual(readings[self.profile.id]["order_share"].value, 75.0)
        self.assertNotIn("order_share", readings[nobody.id])
        choices = dict(self.env["credit.scorecard.factor"]._fields["indicator"]._description_selection(self.env))
        self.assertEqual(choices["order_share"], "Orders of the exposure")

    def test_a_component_counts_everywhere(self):
        outstanding = self.env["account.account"].create(
            {"name": "Cheques", "code": "101999", "account_type": "asset_current", "reconcile": True}
        )
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        journal.inbound_payment_method_line_ids.payment_account_id = outstanding
        self.invoice(600.0)
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 600.0, "journal_id": journal.id, "payment_type": "inbound"}
        )
        payment.action_post()
        self.assertEqual(self.position().exposure, 0.0)
        self.example("component")
        self.assertEqual(payment.state, "in_process")
        self.assertEqual((self.position().other, self.position().exposure), (600.0, 600.0))
        [row] = self.env["credit.exposure"].search(
            [("profile_id", "=", self.profile.id), ("component", "=", "uncleared")]
        )
        self.assertEqual((row.amount, row.name, row.move_id), (600.0, payment.name, payment.move_id))
        order = self.order(500.0)
        order.action_confirm()
        self.assertEqual(order.credit_state, "held")

        self.env["credit.change"].init()
        self.env["credit.change"]._process()
        payment.action_validate()
        self.env.flush_all()
        self.assertTrue(self.env["credit.change"].search([("partner", "=", self.customer.id)]))
        self.assertEqual(self.position().exposure, 0.0)
