# Part of credit_management. License LGPL-3.0 or later.
"""Nobody is left alone on a screen: an empty list says what to do, and a field says what it means."""

from lxml import etree

from odoo.tests import TransactionCase, tagged

from . import reference

# What a label alone tells everybody who has used a business application.
PLAIN = {
    "active", "activity_ids", "company_id", "create_date", "create_uid", "currency_id", "date", "display_name", "name",
    "partner_id", "sequence",
}  # fmt: skip
# Widgets that are shown without a label, and explain themselves.
DRAWINGS = {
    "handle", "credit_backtest_result", "credit_comparison", "credit_forecast", "credit_information", "credit_meter",
    "credit_payment_course", "credit_rating", "credit_record_timeline", "credit_simulation_result",
    "credit_statement_preview", "credit_statement_sheet", "credit_timeline", "credit_trend",
}  # fmt: skip
NEVER = ("1", "True")


@tagged("post_install", "-at_install")
class TestHelp(TransactionCase):
    def ours(self, model, *domain):
        """Records of ``model`` that our addons brought."""
        records = self.env[model].search([*domain])
        names = records.get_external_id()
        return records.filtered(lambda record: names[record.id].startswith("credit_management"))

    def shown(self, node, model):
        """The fields below ``node`` that are shown by their label, as (model, field, element)."""
        for child in node.iterchildren(etree.Element):
            if child.tag == "search" or any(child.get(name) in NEVER for name in ("invisible", "column_invisible")):
                continue
            inner = model
            if child.tag == "field" and child.get("name") in model._fields:
                field = model._fields[child.get("name")]
                drawing = child.get("widget", "") in DRAWINGS
                if not child.get("nolabel") and not drawing:
                    yield field, child
                inner = self.env[field.comodel_name] if field.comodel_name else model
            yield from self.shown(child, inner)

    def test_every_field_that_is_shown_has_help(self):
        count, bare = 0, set()
        for view in self.ours("ir.ui.view", ("type", "in", ("form", "list", "kanban"))):
            for field, element in self.shown(etree.fromstring(view.arch_db), self.env[view.model]):
                own = field.model_name.startswith("credit.") or field.name.startswith("credit_")
                if own and field.name not in PLAIN:
                    count += 1
                    if not (field.help or element.get("help")):
                        bare.add(f"{field} in {view.xml_id}")
        self.assertGreater(count, 500)
        self.assertEqual(sorted(bare), [])

    def test_every_setting_has_help(self):
        views = self.ours("ir.ui.view", ("model", "=", "res.config.settings"))
        settings = [node for view in views for node in etree.fromstring(view.arch_db).iter("setting")]
        self.assertGreater(len(settings), 5)
        self.assertEqual([node.get("string") for node in settings if not node.get("help")], [])

    def test_an_empty_list_says_what_to_do(self):
        actions = self.ours("ir.actions.act_window", ("target", "!=", "new"))
        self.assertGreater(len(actions), 25)
        for action in actions.filtered(lambda action: action.view_mode != "form"):
            with self.subTest(action.xml_id):
                paragraphs = etree.HTML(action.help or "<p/>").findall(".//p")
                self.assertTrue(any("o_view_nocontent" in (each.get("class") or "") for each in paragraphs))
                self.assertTrue(any("".join(each.itertext()).strip() for each in paragraphs))

    def test_the_configuration_reference_is_complete(self):
        """``script/reference`` writes the page."""
        written = reference.PAGE.read_text().splitlines()
        made = reference.page(self.env).splitlines()
        self.assertGreater(len(made), 120)
        self.assertEqual([line for line in made if line not in written], [], "script/reference writes it anew")
        self.assertEqual([line for line in written if line not in made], [], "script/reference writes it anew")
