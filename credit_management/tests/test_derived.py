# Part of credit_management. License LGPL-3.0 or later.
"""What follows from other things is nobody's to write: over RPC neither ``readonly`` nor a form stands in the way."""

import base64

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestDerived(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everybody = (cls.salesperson, cls.accountant, cls.analyst, cls.manager, cls.admin)

    def other(self, record, name):
        """Another value for a field, whatever makes one."""
        field, value = record._fields[name], record.sudo()[name]
        if field.type == "many2one":
            return self.env[field.comodel_name].sudo().search([("id", "!=", value.id)], limit=1).id
        if field.type == "boolean":
            return not value
        if field.type in ("integer", "float", "monetary"):
            return (value or 0) + 1000
        if field.type == "selection":
            return next(key for key, _label in field._description_selection(self.env) if key != value)
        return {"char": "Other", "date": "2031-01-01"}[field.type]

    def records(self):
        """One record of each model that has derived columns of ours."""
        order = self.order(5000.0, user=self.salesperson)
        limit = self.env["credit.limit"].with_user(self.analyst).create(
            {"profile_id": self.profile.id, "amount": 1.0}
        )
        guarantee = self.env["credit.guarantee"].with_user(self.analyst).create(
            {"profile_id": self.profile.id, "name": "Bank", "amount": 1.0}
        )
        statement = self.env["credit.statement"].with_user(self.analyst).create(
            {"partner_id": self.customer.id, "date_start": "2025-01-01", "date_end": "2025-12-31"}
        )
        record = self.env["credit.record"].with_user(self.analyst).create(
            {"partner_id": self.customer.id, "title": "Visit", "kind": "visit"}
        )
        self.profile._assess()
        loaded = self.env["credit.payment.import"].create({"name": "Old books", "company_id": self.company.id})
        history = self.env["credit.payment.history"].create(
            {
                "import_id": loaded.id,
                "partner_id": self.customer.id,
                "name": "1",
                "date_invoice": "2025-01-01",
                "date_due": "2025-02-01",
                "amount": 5.0,
            }
        )
        question = self.env["credit.question"].search([("choice_ids", "!=", False)], limit=1)
        answer = self.env["credit.answer"].create(
            {
                "profile_id": self.profile.id,
                "question_id": question.id,
                "choice_id": question.choice_ids[:1].id,
            }
        )
        application = self.env["credit.application"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "amount": 5.0,
                "reference_ids": [Command.create({"name": "Planks Ltd"})],
                "document_ids": [Command.create({"name": "1.csv", "content": base64.b64encode(b"a,b")})],
            }
        )
        return [order, self.profile, limit, guarantee, statement, record, self.profile.draft_assessment_id, history,
                answer, application, application.reference_ids, application.document_ids]  # fmt: skip

    def test_nobody_writes_it(self):
        models = {name for name in self.registry if self._has_derived(name)}
        records = self.records()
        self.assertEqual({record._name for record in records}, models)
        for record in records:
            for name in record._derived():
                value = self.other(record, name)
                before = record.sudo()[name]
                for user in self.everybody:
                    with self.subTest(record._name, name=name, user=user.login):
                        with self.assertRaises(AccessError), self.env.cr.savepoint():
                            record.with_user(user).write({name: value})
                        self.assertEqual(record.sudo()[name], before)

    def _has_derived(self, name):
        model = self.env[name]
        return not model._abstract and hasattr(model, "_derived") and bool(model._derived())

    def test_every_derived_column_is_closed(self):
        """Models that are added later, too."""
        for name in self.registry:
            model = self.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            derived = {
                field.name
                for field in model._fields.values()
                if field.store and field.compute and field.readonly
                and str(field._module).startswith("credit_management")
            }  # fmt: skip
            anybody_writes = self.env["ir.model.access"].search_count(
                [("model_id.model", "=", name), "|", ("perm_write", "=", True), ("perm_create", "=", True)]
            )
            if derived and anybody_writes:
                with self.subTest(name):
                    self.assertTrue(hasattr(model, "_derived"))

    def test_an_order_cannot_be_made_to_ask_for_nothing(self):
        order = self.order(5000.0, user=self.salesperson).with_user(self.salesperson)
        forged = {"credit_open": 0.0, "credit_value": 0.0, "credit_authorized": 9e9, "credit_paid_online": 9e9}
        for name, value in forged.items():
            with self.assertRaisesRegex(AccessError, "follows from other things"), self.env.cr.savepoint():
                order.write({name: value})
        lines = [
            Command.create({"product_id": line.product_id.id, "price_unit": 5000.0, "tax_ids": False})
            for line in order.order_line
        ]
        context = {f"default_{name}": value for name, value in forged.items()}
        made = order.browse()
        for values, given in (({}, context), (forged, {})):
            made |= (
                self.env["sale.order"]
                .with_user(self.salesperson)
                .with_context(**given)
                .create({"partner_id": self.customer.id, "order_line": lines, **values})
            )
        self.assertEqual((order | made).mapped("credit_open"), [5000.0] * 3)
        self.assertNotIn("default_credit_open", made.env.context)
        (order | made).action_confirm()
        self.assertEqual({each.state for each in order | made}, {"draft"})
        self.assertEqual({each.credit_state for each in order | made}, {"held"})

    def test_an_analyst_gives_nobody_days_of_grace(self):
        self.invoice(100.0, date=fields.Date.add(fields.Date.today(), days=-60),
                     due=fields.Date.add(fields.Date.today(), days=-40))  # fmt: skip
        overdue = self.position().overdue
        self.assertEqual(overdue, 100.0)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.profile.with_user(self.analyst).grace_days = 9999
        self.assertEqual(self.position().overdue, overdue)

    def test_a_statement_is_confirmed_by_its_button(self):
        made = (
            self.env["credit.statement"]
            .with_user(self.analyst)
            .with_context(default_state="confirmed", default_confirmed_by=self.manager.id)
            .create({"partner_id": self.customer.id, "date_start": "2025-01-01", "date_end": "2025-12-31"})
        )
        self.assertRecordValues(made, [{"state": "draft", "confirmed_by": False}])

    def test_a_request_is_taken_back_by_who_asked(self):
        request = self.env["credit.limit"].with_user(self.manager).create(
            {"profile_id": self.profile.id, "amount": 1.0}
        )
        for user in (self.salesperson, self.accountant, self.analyst, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                request.with_user(user).unlink()
        request.with_user(self.manager).unlink()
        self.assertFalse(request.exists())
