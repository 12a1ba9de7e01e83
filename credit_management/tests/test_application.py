# Part of credit_management. License LGPL-3.0 or later.
"""Applications for credit: from what a customer states to a limit that others grant."""

import base64

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.credit_application_document import MAX_FILES, MAX_SIZE
from .common import CreditCase

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class ApplicationCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"user_id": cls.salesperson.id, "email": "boss@lumber.example"})
        cls.contact = cls.env["res.partner"].create(
            {"name": "Wood", "parent_id": cls.customer.id, "email": "wood@lumber.example"}
        )

    @classmethod
    def apply(cls, user=None, submit=True, partner=None, **values):
        """An application as ``user`` makes it, by default the salesperson."""
        partner = partner or cls.contact
        model = cls.env["credit.application"].with_user(user or cls.salesperson)
        application = model.create(
            {**model._prefilled(partner, cls.company, values.pop("amount", 5000.0)), **values}
        )
        if submit:
            application.action_submit()
        return application

    @staticmethod
    def file(name="Statement.pdf", data=PDF):
        return {"name": name, "content": base64.b64encode(data)}

    def mails(self, application, text):
        """The messages to the customer that have ``text`` in their subject."""
        return application.sudo().message_ids.filtered(
            lambda message: text in (message.subject or "") and self.contact in message.notified_partner_ids
        )

    def ask_limit(self, application, user=None):
        """The limit is asked for from the application, in the dialog that its button opens."""
        user = user or self.analyst
        action = application.with_user(user).action_ask_limit()
        with Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"])) as form:
            self.assertEqual(form.amount, application.amount)
        form.record.action_ask()
        return application.sudo().limit_ids[:1].sudo(False)


@tagged("post_install", "-at_install")
class TestApplication(ApplicationCase):
    def test_to_a_granted_limit(self):
        application = self.apply(
            purpose="A second shop", reference_ids=[Command.create({"name": "Planks Ltd", "volume": 300.0})]
        )
        self.assertRecordValues(
            application,
            [{"state": "submitted", "applicant_id": self.salesperson.id, "contact_id": self.contact.id,
              "partner_id": self.customer.id, "company_id": self.company.id, "legal_name": "Lumber Inc",
              "origin": "salesperson", "currency_id": self.company.currency_id.id}],
        )  # fmt: skip
        self.assertTrue(application.name)
        self.assertEqual(len(self.mails(application, "has reached us")), 1)
        self.assertIn(self.analyst, application.sudo().activity_ids.user_id)

        application.with_user(self.analyst).action_review()
        self.assertEqual((application.state, application.user_id), ("review", self.analyst))
        self.assertFalse(application.sudo().activity_ids)
        limit = self.ask_limit(application)
        self.assertRecordValues(
            limit,
            [{"origin": "application", "amount": 5000.0, "note": "A second shop", "profile_id": self.profile.id,
              "application_id": application.id}],
        )  # fmt: skip
        self.assertTrue(application.limit_waits)
        # who asked for it does not decide, and that is the salesperson too
        self.assertEqual(limit.sudo().asker_ids, self.analyst | self.salesperson)
        with self.assertRaisesRegex(UserError, "asked for already"):
            application.with_user(self.analyst).action_ask_limit()
        limit.with_user(self.manager).action_grant()
        self.assertRecordValues(application, [{"state": "approved", "amount_granted": 5000.0, "limit_waits": False}])
        self.assertTrue(application.decided_on)
        decided = self.mails(application, "has been decided")
        self.assertIn("5,000.00", decided.body)
        # the salesperson is told too
        self.assertIn(self.salesperson.partner_id, decided.notified_partner_ids)

    def test_who_handed_it_in_does_not_grant_it(self):
        application = self.apply(self.manager)
        application.with_user(self.analyst).action_review()
        limit = self.ask_limit(application)
        with self.assertRaisesRegex(AccessError, "yourself"):
            limit.with_user(self.manager).action_grant()
        self.assertEqual(application.state, "review")
        with self.assertRaisesRegex(AccessError, "yourself"):
            limit.with_user(self.manager).action_refuse()

    def test_refused_with_the_limit(self):
        application = self.apply()
        application.with_user(self.analyst).action_review()
        application.with_user(self.analyst).answer = "Please come again with the next statement."
        limit = self.ask_limit(application)
        limit.with_user(self.manager).action_refuse()
        self.assertEqual((application.state, application.amount_granted), ("refused", 0.0))
        self.assertIn("come again", self.mails(application, "has been decided").body)

    def test_a_limit_that_comes_to_nothing_decides_nothing(self):
        application = self.apply()
        application.with_user(self.analyst).action_review()
        self.ask_limit(application).with_user(self.analyst).action_withdraw()
        self.assertEqual((application.state, application.limit_waits), ("review", False))
        self.ask_limit(application).with_user(self.manager).action_cancel()
        self.assertEqual(application.state, "review")
        self.assertEqual(application.sudo().activity_ids.user_id, self.analyst)
        self.ask_limit(application).with_user(self.manager).action_grant()
        self.assertEqual(application.state, "approved")

    def test_refused_without_a_limit(self):
        application = self.apply()
        for user in (self.salesperson, self.analyst):
            with self.assertRaisesRegex(AccessError, "managers"):
                application.with_user(user).action_refuse()
        with self.assertRaisesRegex(UserError, "Say why"):
            application.with_user(self.manager).action_refuse()
        application.with_user(self.manager).answer = "Not this year."
        application.with_user(self.manager).action_refuse()
        self.assertEqual(application.state, "refused")
        self.assertIn("Not this year", self.mails(application, "has been decided").body)
        # nobody decides on what he handed in himself
        own = self.apply(self.manager)
        own.with_user(self.manager).answer = "No."
        with self.assertRaisesRegex(AccessError, "yourself"):
            own.with_user(self.manager).action_refuse()

    def test_more_information(self):
        application = self.apply()
        with self.assertRaisesRegex(UserError, "stays as the applicant"):
            application.amount = 6000.0
        ask = self.env["credit.application.ask"]
        with self.assertRaises(AccessError):
            ask.with_user(self.salesperson).create({"application_id": application.id, "question": "Who?"})
        ask.with_user(self.analyst).create(
            {"application_id": application.id, "question": "Whom do you buy from?"}
        ).action_ask()
        self.assertEqual((application.state, application.user_id), ("info", self.analyst))
        self.assertIn("Whom do you buy from?", self.mails(application, "we have a question").body)
        application.write({"amount": 6000.0, "reference_ids": [Command.create({"name": "Planks Ltd"})]})
        application.action_answer()
        self.assertEqual((application.state, application.amount), ("review", 6000.0))
        self.assertEqual(application.sudo().activity_ids.user_id, self.analyst)

    def test_withdrawn_with_its_limit(self):
        application = self.apply()
        application.with_user(self.analyst).action_review()
        limit = self.ask_limit(application)
        application.action_withdraw()
        self.assertEqual((application.state, limit.state), ("withdrawn", "withdrawn"))
        with self.assertRaisesRegex(UserError, "cannot be withdrawn"):
            application.action_withdraw()
        # and a new one may be made
        self.assertEqual(self.apply().state, "submitted")

    def test_mails_are_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.contact.lang = "fr_FR"
        template = self.env.ref("credit_management.mail_template_application_received")
        template.with_context(lang="fr_FR").subject = "Votre demande {{ object.name }}"
        self.assertEqual(len(self.mails(self.apply(), "Votre demande")), 1)

    # -- refusals ------------------------------------------------------------------------------------

    def test_one_open_application(self):
        first = self.apply()
        with self.assertRaisesRegex(UserError, first.name):
            self.apply()
        # nor by two at once
        second = self.apply(submit=False)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            second.sudo().write({"state": "submitted"})
            second.flush_recordset()

    def test_figures_that_cannot_be_meant(self):
        for values in (
            {"amount": 0.0}, {"amount": -1.0}, {"purchases": -1.0},
            {"reference_ids": [Command.create({"name": "Planks Ltd", "volume": -1.0})]},
        ):  # fmt: skip
            with (
                self.subTest(values), mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation), self.env.cr.savepoint(),
            ):  # fmt: skip
                self.apply(**values)
                self.env.flush_all()
        with self.assertRaisesRegex(ValidationError, "check the year"), self.env.cr.savepoint():
            self.apply(founded="2999-01-01")
        with self.assertRaisesRegex(ValidationError, "not a contact"), self.env.cr.savepoint():
            self.apply(contact_id=self.manager.partner_id.id)

    def test_numbers_are_checked_by_the_rules_of_the_country(self):
        china = self.env.ref("base.cn").id
        with self.assertRaisesRegex(ValidationError, "91110000600037341M"), self.env.cr.savepoint():
            self.apply(country_id=china, company_registry="91110000600037341M")
        application = self.apply(country_id=china, company_registry="91110000600037341L")
        self.assertEqual(application.company_registry, "91110000600037341L")

    def test_only_its_buttons_move_it_on(self):
        application = self.apply()
        for user in (self.salesperson, self.analyst, self.admin):
            for values in (
                {"state": "approved"}, {"amount_granted": 9.0}, {"name": "X"}, {"applicant_id": self.admin.id},
                {"partner_id": self.customer.id}, {"company_id": self.company.id}, {"origin": "portal"},
            ):  # fmt: skip
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    application.with_user(user).write(values)
        for values in ({"answer": "Yes"}, {"user_id": self.salesperson.id}):
            with self.assertRaises(AccessError):
                application.write(values)
        for button in ("action_review", "action_ask_information", "action_ask_limit", "action_take_over"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(application, button)()
        # nor what is brought along with a new one
        made = self.apply(
            submit=False, state="approved", amount_granted=9.0, answer="Yes", user_id=self.salesperson.id
        )
        self.assertRecordValues(made, [{"state": "draft", "amount_granted": 0.0, "answer": False, "user_id": False}])
        made = self.env["credit.application"].with_user(self.salesperson).with_context(
            default_state="approved", default_answer="Yes", default_user_id=self.salesperson.id
        ).create({"partner_id": self.customer.id, "company_id": self.company.id, "amount": 1.0})  # fmt: skip
        self.assertRecordValues(made, [{"state": "draft", "answer": False, "user_id": False}])
        with self.assertRaisesRegex(AccessError, "portal"):
            self.apply(origin="portal")
        with self.assertRaisesRegex(UserError, "Withdraw it instead"):
            application.unlink()
        made.unlink()

    def test_nobody_points_a_limit_at_an_application(self):
        application = self.apply()
        with self.assertRaises(AccessError):
            self.profile.limit_ids[0].with_user(self.manager).application_id = application
        limit = self.env["credit.limit"].with_user(self.analyst).create(
            {"profile_id": self.profile.id, "amount": 1.0, "application_id": application.id}
        )  # fmt: skip
        self.assertFalse(limit.application_id)

    def test_salespeople_apply_for_their_own_customers(self):
        application = self.apply(submit=False)
        with self.assertRaises(AccessError):
            application.with_user(self.other_salesperson).read(["amount"])
        with self.assertRaisesRegex(AccessError, "own customers"):
            self.apply(self.other_salesperson)
        with self.assertRaisesRegex(AccessError, "own customers"):
            self.apply(self.accountant)
        nobodys = self.env["res.partner"].create({"name": "New Ltd", "company_type": "company"})
        self.assertEqual(self.apply(self.other_salesperson, partner=nobodys).state, "submitted")
        # who looks after the customer sees what others applied for
        by_analyst = self.apply(self.analyst)
        self.assertEqual(by_analyst.with_user(self.salesperson).amount, 5000.0)

    def test_of_other_companies(self):
        application = self.apply()
        abroad = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.env["res.users"].create(
            {"name": "Foreign analyst", "login": "credit_foreign", "company_id": abroad.id,
             "company_ids": [Command.set(abroad.ids)],
             "group_ids": [Command.link(self.env.ref("credit_management.group_analyst").id)]}
        )  # fmt: skip
        with self.assertRaises(AccessError):
            application.with_user(stranger).read(["amount"])
        # an application to one company is none to another, and its amount is in that one's currency
        abroad.currency_id = self.env.ref("base.EUR")
        other = self.env["credit.application"].create(
            {**self.env["credit.application"]._prefilled(self.contact, abroad, 700.0)}
        )
        other.action_submit()
        self.assertEqual((other.state, other.currency_id), ("submitted", self.env.ref("base.EUR")))
        self.assertFalse(other.profile_id)
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        values = self.env["credit.application"]._prefilled(self.customer, branch)
        self.assertEqual(values["company_id"], self.company.id)
        with self.assertRaisesRegex(ValidationError, "branch"):
            self.env["credit.application"].create(
                {"partner_id": self.customer.id, "company_id": branch.id, "amount": 1.0}
            )

    # -- what is confidential ------------------------------------------------------------------------

    def test_references_and_documents_are_for_analysts_and_who_entered_them(self):
        application = self.apply(
            reference_ids=[Command.create({"name": "Planks Ltd"})], document_ids=[Command.create(self.file())]
        )
        application.with_user(self.analyst).document_ids = [Command.create(self.file("Bank.pdf"))]
        self.assertEqual(len(application.with_user(self.analyst).document_ids), 2)
        self.env.invalidate_all()
        self.assertEqual(application.document_ids.mapped("name"), ["Statement.pdf"])
        colleague = self._user("sales_manager", "sales_team.group_sale_salesman_all_leads")
        self.env.invalidate_all()
        self.assertEqual(application.with_user(colleague).amount, 5000.0)
        self.assertFalse(application.with_user(colleague).document_ids)
        self.assertFalse(application.with_user(colleague).reference_ids)
        self.env.invalidate_all()
        attachment = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", "credit.application.document"), ("res_field", "=", "content"),
             ("res_id", "in", application.sudo().document_ids.ids)]
        )  # fmt: skip
        self.assertEqual(len(attachment), 2)
        with self.assertRaises(AccessError):
            attachment.with_user(colleague).read(["datas"])
        with self.assertRaisesRegex(UserError, "stays as the applicant"):
            application.reference_ids[0].name = "Other Ltd"
        with self.assertRaisesRegex(UserError, "stays as the applicant"):
            application.document_ids[0].unlink()

    def test_files_are_looked_into(self):
        application = self.apply(submit=False)
        for name, data, why in (
            ("statement.pdf", b"", "empty"),
            ("statement.pdf", b"MZ\x90\x00" + b"\x00" * 100, "is not a PDF"),
            ("statement.pdf", b"<html><script>alert(1)</script></html>", "is not a PDF"),
            ("statement.html", PDF, "is not a PDF"),
            ("statement.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a PDF"),
            ("statement.exe", PDF, "is not a PDF"),
            ("statement.pdf", PDF + b" " * MAX_SIZE, "larger than 10 MB"),
        ):
            with (
                self.subTest(name=name, why=why),
                self.assertRaisesRegex(ValidationError, why), self.env.cr.savepoint(),
            ):  # fmt: skip
                application.document_ids = [Command.create(self.file(name, data))]
        application.document_ids = [Command.create(self.file(f"{number}.pdf")) for number in range(MAX_FILES)]
        with self.assertRaisesRegex(ValidationError, f"At most {MAX_FILES}"), self.env.cr.savepoint():
            application.document_ids = [Command.create(self.file())]
        with self.assertRaisesRegex(ValidationError, "is not a PDF"), self.env.cr.savepoint():
            application.document_ids[0].content = base64.b64encode(b"MZ\x90\x00")
        application.document_ids[0].unlink()
        application.document_ids = [Command.create(self.file("figures.csv", b"a;b\n1;2\n"))]
        self.assertEqual(application.document_ids.mapped("importable").count(True), 1)

    # -- into the file -------------------------------------------------------------------------------

    def test_taken_over_into_the_file(self):
        application = self.apply(
            legal_name="Lumber Incorporated", founded="1999-01-01", employees="10", website="https://lumber.example",
            reference_ids=[Command.create({"name": "Planks Ltd", "contact": "Mr <b>Oak</b>", "phone": "+1 555 0100",
                                           "since": "2015-01-01", "volume": 300.0})],
        )  # fmt: skip
        analyst = application.with_user(self.analyst)
        for text in ("Lumber Incorporated", "1999", "10–49"):
            self.assertIn(text, analyst.differences)
        self.assertNotIn("VAT", analyst.differences)
        analyst.action_take_over()
        self.assertRecordValues(
            self.customer, [{"name": "Lumber Incorporated", "credit_employees": "10", "vat": False}]
        )
        self.assertEqual(str(self.customer.credit_founded), "1999-01-01")
        record = self.env["credit.record"].search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            record,
            [{"kind": "trade_reference", "source": "Planks Ltd", "amount": 300.0, "adverse": False,
              "company_id": self.company.id, "currency_id": self.company.currency_id.id,
              "user_id": self.analyst.id}],
        )  # fmt: skip
        self.assertIn("+1 555 0100", record.note)
        self.assertNotIn("<b>", record.note)
        self.assertFalse(application.with_user(self.analyst).differences)
        # again: nothing is there twice
        analyst.action_take_over()
        self.assertEqual(self.env["credit.record"].search_count([("partner_id", "=", self.customer.id)]), 1)
        self.assertEqual(analyst.reference_ids.record_id, record)

    def test_statements_from_a_document(self):
        application = self.apply(document_ids=[Command.create(self.file("figures.csv", b"Position;2024\nCash;5\n")),
                                               Command.create(self.file())])  # fmt: skip
        document, pdf = application.sudo().document_ids.sudo(False)
        with self.assertRaises(AccessError):
            document.with_user(self.salesperson).action_import()
        action = document.with_user(self.analyst).action_import()
        wizard = self.env[action["res_model"]].with_user(self.analyst).browse(action["res_id"])
        self.assertRecordValues(wizard, [{"partner_id": self.customer.id, "file_name": "figures.csv"}])
        with self.assertRaisesRegex(UserError, "XLSX and CSV"):
            pdf.with_user(self.analyst).action_import()

    def test_a_customer_who_is_not_under_control(self):
        new = self.env["res.partner"].create({"name": "New Ltd", "company_type": "company"})
        application = self.apply(partner=new)
        application.with_user(self.analyst).action_review()
        with self.assertRaisesRegex(UserError, "under credit control"):
            application.with_user(self.analyst).action_ask_limit()
        action = application.with_user(self.admin).action_enrol()
        wizard = self.env["credit.enrol"].with_user(self.admin).with_context(**action["context"]).create({})
        wizard.action_enrol()
        application.invalidate_recordset(["profile_id"])
        self.assertEqual(application.profile_id.partner_id, new)
        self.ask_limit(application).with_user(self.manager).action_grant()
        self.assertEqual((application.state, application.profile_id.limit_amount), ("approved", 5000.0))

    def test_from_the_profile_and_the_customer(self):
        application = self.apply()
        for record, button in (
            (self.profile, "action_view_applications"), (self.contact, "action_view_credit_applications")
        ):  # fmt: skip
            action = getattr(record.with_user(self.analyst), button)()
            self.assertEqual(self.env["credit.application"].search(action["domain"]), application)
            self.assertEqual(action["context"]["default_partner_id"], self.customer.id)
        self.assertEqual(self.profile.with_user(self.analyst).application_count, 1)
        self.assertEqual(self.contact.with_user(self.other_salesperson).credit_application_count, 0)

    def test_customers_who_become_one(self):
        other = self.env["res.partner"].create({"name": "Lumber Inc.", "company_type": "company"})
        first = self.apply(self.analyst, partner=other)
        second = self.apply()
        self.env["base.partner.merge.automatic.wizard"]._merge((self.customer | other).ids, self.customer)
        self.assertEqual((first | second).partner_id, self.customer)
        self.assertEqual((first.state, second.state), ("submitted", "withdrawn"))

    def test_a_form(self):
        with Form(self.env["credit.application"].with_user(self.salesperson)) as form:
            form.partner_id = self.customer
            self.assertEqual(form.contact_id, self.customer)
            form.contact_id = self.contact
            form.amount = 800.0
            with form.reference_ids.new() as line:
                line.name = "Planks Ltd"
        form.record.action_submit()
        self.assertEqual(form.record.state, "submitted")
