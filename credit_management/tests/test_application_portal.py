# Part of credit_management. License LGPL-3.0 or later.
"""The portal: what customers see of their credit and apply for, and what nobody else does."""

import io
import re

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException

from ..controllers.portal import MAX_APPLICATIONS, MAX_MESSAGES
from ..models.credit_application_document import MAX_FILES, MAX_SIZE
from .test_application import PDF, ApplicationCase


@tagged("post_install", "-at_install")
class TestApplicationPortal(ApplicationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls.portal_user("owner", cls.contact)
        cls.colleague = cls.portal_user(
            "colleague", cls.env["res.partner"].create({"name": "Ash", "parent_id": cls.customer.id})
        )
        cls.competitor = cls.env["res.partner"].create({"name": "Steel Ltd", "company_type": "company"})
        cls.stranger = cls.portal_user("stranger", cls.competitor)

    @classmethod
    def portal_user(cls, login, partner):
        partner.email = partner.email or f"{login}@lumber.example"
        return cls.env["res.users"].with_context(no_reset_password=True).create(
            {"name": partner.name, "partner_id": partner.id, "login": f"credit_{login}",
             "password": f"credit_{login}", "company_id": cls.company.id, "company_ids": cls.company.ids,
             "group_ids": cls.env.ref("base.group_portal").ids}
        )  # fmt: skip

    @classmethod
    def write_policy(cls, draft):
        draft.write({"portal_show": True, "portal_apply": True})

    def visit(self, user, path="/my/credit"):
        self.authenticate(user and user.login, user and user.login)
        answer = self.url_open(path, allow_redirects=False)
        self.assertLess(answer.status_code, 500)
        return answer

    def send(self, user, path, data=None, files=None, token=True):
        self.authenticate(user and user.login, user and user.login)
        data = dict(data or {})
        if token:
            data["csrf_token"] = Request.csrf_token(self)
        files = [("documents", (name, io.BytesIO(content))) for name, content in files or ()]
        answer = self.url_open(path, data=data, files=files or None, method="POST", allow_redirects=False)
        self.env.invalidate_all()
        self.assertLess(answer.status_code, 500)
        return answer

    def assert_shows(self, page, *texts):
        for text in texts:
            # the whole page would be no help
            self.assertTrue(text in page.text, f"“{text}” is not on the page")

    def assert_hides(self, page, *texts):
        for text in texts:
            self.assertFalse(text in page.text, f"“{text}” is on the page")

    def typed(self, **values):
        return {
            "company_id": str(self.company.id), "amount": "2500.50", "legal_name": "Lumber Inc", "founded": "1999",
            "purpose": "A <b>second</b> shop", "employees": "10", "reference_name_1": "Planks Ltd",
            "reference_volume_1": "300", "reference_since_1": "2015", **values,
        }  # fmt: skip

    def applications(self):
        return self.env["credit.application"].search([("partner_id", "=", self.customer.id)])

    def apply_online(self, **values):
        self.send(self.owner, "/my/credit/apply", self.typed(**values), [("Balance.pdf", PDF)])
        return self.applications()[:1]

    # -- my credit -----------------------------------------------------------------------------------

    def test_my_credit(self):
        invoice = self.invoice(300.0)
        foreign = self.invoice(77.0, partner=self.competitor)
        held = self.order(900.0)
        held.action_confirm()
        self.settle()
        self.assertEqual(held.credit_state, "held")
        for user in (self.owner, self.colleague):
            page = self.visit(user)
            self.assertEqual(page.status_code, 200)
            self.assert_shows(page, "1,000.00", "300.00", "700.00", invoice.name, held.name, "as soon as we can")
            self.assert_hides(page, foreign.name, "exceed", "score", "grade")
        self.assert_shows(page, f"/my/orders/{held.id}")
        self.assertEqual(self.visit(self.owner, f"/my/orders/{held.id}").status_code, 200)
        # nobody else sees it, nor that there is anything
        self.assertEqual(self.visit(None).status_code, 303)
        page = self.visit(self.stranger)
        self.assert_hides(page, "1,000.00", invoice.name, held.name)

    def test_what_the_limit_says(self):
        figures = self.profile._portal_figures()
        self.assertEqual((figures["limit"], figures["used"], figures["available"]), (1000.0, 0.0, 1000.0))
        self.invoice(1200.0)
        figures = self.profile._portal_figures()
        self.assertEqual((figures["used"], figures["available"], figures["share"]), (1200.0, 0.0, 1.0))
        free = self.control(self.competitor)
        self.assertEqual(free._portal_figures()["status"], "none")
        self.assert_shows(self.visit(self.stranger), "No credit limit has been agreed")
        self.grant(free, unlimited=True)
        figures = free._portal_figures()
        self.assertEqual((figures["limit"], figures["available"]), (None, None))
        self.assert_shows(self.visit(self.stranger), "No limit")

    def test_only_as_the_policy_says(self):
        with self.new_policy() as policy:
            policy.portal_show = False
        self.assertFalse(self.policy.portal_show)
        page = self.visit(self.owner)
        self.assert_hides(page, "credit_figures")
        self.assert_shows(page, "Apply for more credit")
        application = self.apply_online()
        with self.new_policy() as policy:
            self.assertTrue(policy.portal_apply, "a new version says what the one before it said")
            policy.portal_apply = False
        self.assertEqual(self.visit(self.owner, "/my/credit/apply").status_code, 404)
        self.assertEqual(self.send(self.owner, "/my/credit/apply", self.typed()).status_code, 404)
        # what he has applied for stays his to follow
        self.assert_shows(self.visit(self.owner), application.name)
        self.assertEqual(self.visit(self.stranger).status_code, 404)

    def test_the_home_page(self):
        def counts(user):
            self.authenticate(user.login, user.login)
            return self.make_jsonrpc_request(
                "/my/counters", {"counters": ["credit_count", "credit_question_count"]}
            )  # fmt: skip

        self.assert_shows(self.visit(self.owner, "/my/home"), "/my/credit")
        self.assertEqual(counts(self.owner), {"credit_count": 1, "credit_question_count": 0})
        self.apply_online().with_user(self.analyst)._ask_information("Who?")
        self.assertEqual(counts(self.colleague), {"credit_count": 1, "credit_question_count": 1})
        self.assertEqual(counts(self.stranger), {"credit_count": 1, "credit_question_count": 0})
        with self.new_policy() as policy:
            policy.write({"portal_show": False, "portal_apply": False})
        self.assertEqual(counts(self.stranger), {"credit_count": 0, "credit_question_count": 0})

    def test_several_companies(self):
        abroad = self.env["res.company"].create(
            {"name": "Trading Europe", "currency_id": self.env.ref("base.EUR").id}
        )
        abroad.credit_policy_id = self.env.ref("credit_management.policy_standard").copy(
            {"name": "Abroad", "company_id": abroad.id, "portal_show": True, "portal_apply": False}
        )._record({"state": "published", "date_from": "2000-01-01"}) and self.env["credit.policy"].search(
            [("company_id", "=", abroad.id)]
        )  # fmt: skip
        self.control(self.customer, 555.0, company=abroad)
        self.assert_shows(self.visit(self.owner), "Trading Ltd", "Trading Europe", "555.00", "€")
        # applying is for the company whose policy lets him
        self.assertEqual(self.visit(self.owner, f"/my/credit/apply?company_id={abroad.id}").status_code, 404)
        answer = self.send(self.owner, "/my/credit/apply", self.typed(company_id=str(abroad.id)))
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.applications())

    # -- applying ------------------------------------------------------------------------------------

    def test_applies(self):
        page = self.visit(self.owner, "/my/credit/apply")
        self.assert_shows(page, 'value="Lumber Inc"')
        answer = self.send(self.owner, "/my/credit/apply", self.typed(), [("Balance.pdf", PDF)])
        application = self.applications()
        self.assertEqual(answer.status_code, 303)
        self.assertIn(f"/my/credit/application/{application.id}", answer.headers["Location"])
        self.assertRecordValues(
            application,
            [{"state": "submitted", "origin": "portal", "amount": 2500.5, "contact_id": self.contact.id,
              "applicant_id": self.owner.id, "company_id": self.company.id, "employees": "10",
              "founded": fields.Date.to_date("1999-01-01"), "purpose": "A <b>second</b> shop"}],
        )  # fmt: skip
        self.assertRecordValues(
            application.reference_ids,
            [{"name": "Planks Ltd", "volume": 300.0, "since": fields.Date.to_date("2015-01-01")}],
        )
        self.assertEqual(application.document_ids.name, "Balance.pdf")
        self.assertEqual(len(self.mails(application, "has reached us")), 1)
        self.assertIn(self.analyst, application.activity_ids.user_id)
        page = self.visit(self.owner, f"/my/credit/application/{application.id}")
        self.assert_shows(page, "A &lt;b&gt;second&lt;/b&gt; shop")
        # one at a time: the form leads to the one that waits
        for answer in (
            self.visit(self.colleague, "/my/credit/apply"),
            self.send(self.colleague, "/my/credit/apply", self.typed()),
        ):
            self.assertIn(f"/my/credit/application/{application.id}", answer.headers["Location"])
        self.assertEqual(len(self.applications()), 1)

    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self):
        china = str(self.env.ref("base.cn").id)
        for values, name, why in (
            ({"amount": ""}, "amount", "Say how much"),
            ({"amount": "0"}, "amount", "Say how much"),
            ({"amount": "nan"}, "amount", "is not an amount"),
            ({"amount": "1e400"}, "amount", "is not an amount"),
            ({"amount": "-5"}, "amount", "is not an amount"),
            ({"purchases": "many"}, "purchases", "is not an amount"),
            ({"legal_name": " "}, "legal_name", "what your business is called"),
            ({"founded": "2999"}, "founded", "is not a year"),
            ({"founded": "²"}, "founded", "is not a year"),
            ({"country_id": "999999"}, "country_id", "Choose one"),
            ({"country_id": "x"}, "country_id", "Choose one"),
            ({"employees": "7"}, "employees", "Choose one"),
            ({"reference_name_1": ""}, "reference_name_1", "which company"),
            ({"purpose": "x" * 6000}, "purpose", "too long"),
            ({"country_id": china, "company_registry": "91110000600037341M"}, "", "91110000600037341M"),
        ):
            with self.subTest(values):
                answer = self.send(self.owner, "/my/credit/apply", self.typed(**values, website="kept.example"))
                self.assertEqual(answer.status_code, 200)
                self.assert_shows(answer, why)
                self.assert_shows(answer, 'value="kept.example"')
                if name:
                    self.assertTrue(re.search(rf'id="{name}"[^>]*is-invalid', answer.text), f"{name} is not marked")
        self.assertFalse(self.applications())

    def test_files_that_are_refused(self):
        for files, why in (
            ([("balance.pdf", b"MZ\x90\x00" + b"\x00" * 50)], "is not a PDF"),
            ([("balance.pdf", b"<html><script>alert(1)</script></html>")], "is not a PDF"),
            ([("balance.html", PDF)], "is not a PDF"),
            ([("balance.pdf", PDF + b" " * MAX_SIZE)], "larger than 10 MB"),
            ([("balance.pdf", b"")], "is empty"),
            ([(f"{number}.pdf", PDF) for number in range(MAX_FILES + 1)], f"At most {MAX_FILES} files"),
        ):
            with self.subTest(why=why):
                answer = self.send(self.owner, "/my/credit/apply", self.typed(), files)
                self.assertEqual(answer.status_code, 200)
                self.assert_shows(answer, why)
                self.assert_shows(answer, "have to be chosen again")
        self.assertFalse(self.applications())
        self.assertFalse(self.env["credit.application.document"].search([("company_id", "=", self.company.id)]))

    def test_not_without_token_nor_session(self):
        self.assertEqual(self.send(self.owner, "/my/credit/apply", self.typed(), token=False).status_code, 400)
        self.assertEqual(self.send(None, "/my/credit/apply", self.typed()).status_code, 303)
        self.assertFalse(self.applications())

    def test_not_again_and_again(self):
        for _time in range(MAX_APPLICATIONS):
            self.apply_online().sudo().action_withdraw()
        answer = self.send(self.owner, "/my/credit/apply", self.typed())
        self.assert_shows(answer, f"applied {MAX_APPLICATIONS} times")
        self.assertEqual(len(self.applications()), MAX_APPLICATIONS)

    def test_a_customer_who_is_not_under_control_yet(self):
        page = self.visit(self.stranger)
        self.assert_shows(page, "Apply for credit")
        self.assert_hides(page, "credit_figures")
        self.send(self.stranger, "/my/credit/apply", self.typed(legal_name="Steel Ltd"))
        application = self.env["credit.application"].search([("partner_id", "=", self.competitor.id)])
        self.assertRecordValues(application, [{"state": "submitted", "profile_id": False}])

    # -- following -----------------------------------------------------------------------------------

    def test_nobody_else_sees_it(self):
        application = self.apply_online()
        draft = self.apply(submit=False)
        document = application.document_ids
        internal = self.env["credit.application.document"].with_user(self.analyst).create(
            {"application_id": application.id, **self.file("Bank.pdf")}
        )  # fmt: skip
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "credit.application.document"), ("res_field", "=", "content"),
             ("res_id", "in", (document | internal).ids)]
        )  # fmt: skip
        self.assertEqual(len(attachments), 2)
        path = f"/my/credit/application/{application.id}"
        file = f"{path}/document/{document.id}"
        for user in (self.owner, self.colleague):
            self.assertEqual(self.visit(user, path).status_code, 200)
            answer = self.visit(user, file)
            self.assertEqual((answer.status_code, answer.content), (200, PDF))
            self.assertIn("attachment", answer.headers["Content-Disposition"])
            # what analysts have added, and what is a draft of the salesperson's
            self.assertEqual(self.visit(user, f"{path}/document/{internal.id}").status_code, 404)
            self.assert_hides(self.visit(user, path), "Bank.pdf")
            self.assertEqual(self.visit(user, f"/my/credit/application/{draft.id}").status_code, 404)
        for user in (self.stranger, self.salesperson):
            for tried in (path, file):
                self.assertEqual(self.visit(user, tried).status_code, 404)
            for button in ("message", "withdraw"):
                self.assertEqual(self.send(user, f"{path}/{button}", {"text": "Mine"}).status_code, 404)
        for tried in (path, file):
            self.assertEqual(self.visit(None, tried).status_code, 303)
        self.assertEqual(self.send(None, f"{path}/withdraw").status_code, 303)
        self.assertEqual(application.state, "submitted")
        # nor past the pages
        for user in (self.owner, self.stranger, None):
            for tried in (
                f"/web/content/{attachments[0].id}",
                f"/web/content/credit.application.document/{document.id}/content",
                f"/web/content/credit.application.document/{internal.id}/content",
            ):
                self.assertNotEqual(self.visit(user, tried).status_code, 200)
        for user in (self.owner, self.stranger):
            self.authenticate(user.login, user.login)
            for model in ("credit.application", "credit.application.reference", "credit.application.document"):
                with self.assertRaises(JsonRpcException, msg=model):
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/search_read",
                        {"model": model, "method": "search_read", "args": [[]], "kwargs": {}},
                    )

    def test_asked_and_answered(self):
        application = self.apply_online()
        path = f"/my/credit/application/{application.id}"
        # files only when they are asked for
        answer = self.send(self.owner, f"{path}/message", {"text": "See this"}, [("More.pdf", PDF)])
        self.assert_shows(answer, "when we ask for them")
        application.message_post(body="A pig in a poke", subtype_xmlid="mail.mt_note")
        application.with_user(self.analyst)._ask_information("Whom do you buy from?")
        page = self.visit(self.colleague, path)
        self.assert_shows(page, "Whom do you buy from?")
        self.assert_hides(page, "pig in a poke")
        self.assert_shows(self.send(self.owner, f"{path}/message"), "Write something")
        bad = self.send(self.owner, f"{path}/message", {"text": "My answer"}, [("More.pdf", b"MZ\x90\x00")])
        self.assert_shows(bad, "is not a PDF")
        self.assert_shows(bad, "My answer")
        self.assertEqual(application.state, "info")
        self.send(self.colleague, f"{path}/message", {"text": "Of Planks <Ltd>"}, [("More.pdf", PDF)])
        self.assertEqual((application.state, len(application.document_ids)), ("review", 2))
        self.assertEqual(application.activity_ids.user_id, self.analyst)
        page = self.visit(self.owner, path)
        self.assert_shows(page, "Of Planks &lt;Ltd&gt;")
        self.assert_shows(page, "Ash")

    def test_messages_are_limited(self):
        application = self.apply_online()
        path = f"/my/credit/application/{application.id}/message"
        for number in range(MAX_MESSAGES):
            application.message_post(
                body=str(number), author_id=self.contact.id, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        before = len(application.message_ids)
        self.assert_shows(self.send(self.colleague, path, {"text": "And another"}), "go on tomorrow")
        self.assertEqual(len(application.message_ids), before)

    def test_withdrawn_and_decided(self):
        application = self.apply_online()
        path = f"/my/credit/application/{application.id}"
        self.assertEqual(self.send(self.owner, f"{path}/withdraw", token=False).status_code, 400)
        self.send(self.owner, f"{path}/withdraw")
        self.assertEqual(application.state, "withdrawn")
        self.assert_shows(self.send(self.owner, f"{path}/message", {"text": "Hello?"}), "is closed already")
        self.send(self.owner, f"{path}/withdraw")

        second = self.apply_online(amount="4000")
        second.with_user(self.analyst).action_review()
        second.with_user(self.analyst).answer = "Welcome aboard."
        limit = self.ask_limit(second)
        limit.with_user(self.manager).action_grant()
        page = self.visit(self.owner, f"/my/credit/application/{second.id}")
        self.assertTrue(re.search(r"credit of\s*<strong>.*?4,000\.00", page.text, re.DOTALL))
        self.assert_shows(page, "Welcome aboard.")
        self.assert_shows(self.visit(self.owner), "4,000.00")

    def test_from_the_portal_to_a_granted_limit(self):
        self.start_tour("/my/home", "credit_portal_applied", login=self.owner.login)
        application = self.applications()
        self.assertRecordValues(application, [{"state": "submitted", "amount": 8000.0, "purpose": "A second shop"}])
        self.start_tour(
            f"/odoo/credit-applications/{application.id}", "credit_application_processed", login=self.analyst.login
        )
        self.env.invalidate_all()
        limit = application.limit_ids
        self.assertRecordValues(limit, [{"state": "requested", "amount": 8000.0, "requested_by": self.analyst.id}])
        self.assertEqual(application.reference_ids.record_id.kind, "trade_reference")
        self.start_tour(f"/odoo/credit.limit/{limit.id}", "credit_application_granted", login=self.manager.login)
        self.env.invalidate_all()
        self.assertEqual((application.state, application.amount_granted), ("approved", 8000.0))
        self.assertEqual(self.profile.limit_amount, 8000.0)
