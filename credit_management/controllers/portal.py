# Part of credit_management. License LGPL-3.0 or later.
"""What customers see of their credit, and where they apply for it.

Portal users have no rights on any model of credit: everything here is read and written with sudo, after
:meth:`CreditPortal._companies` and :meth:`CreditPortal._application` have said what is this customer's. Whose
customer a user is, is the commercial entity that he belongs to: colleagues see the same.
"""

import base64
import math
from contextlib import contextmanager

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request
from odoo.tools import plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.credit_application import OPEN, STATED
from ..models.credit_application_document import ACCEPTED, MAX_FILES, MAX_SIZE

# so many invoices are listed; there is a page of Odoo's own for all of them
SHOWN_INVOICES = 20
# rows for trade references on the form
REFERENCES = 3
# so many applications to one company within 30 days, and messages on one within a day
MAX_APPLICATIONS = 5
MAX_MESSAGES = 20
# characters of a text, an amount that nobody means
MAX_TEXT = 5000
MAX_AMOUNT = 1e13
# the colours of statuses
BADGES = {
    "submitted": "text-bg-info",
    "review": "text-bg-info",
    "info": "text-bg-warning",
    "approved": "text-bg-success",
    "refused": "text-bg-secondary",
    "withdrawn": "text-bg-secondary",
}


class CreditPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_count" in counters:
            values["credit_count"] = len(self._companies())
        if "credit_question_count" in counters:
            values["credit_question_count"] = request.env["credit.application"].sudo().search_count(
                [("partner_id", "=", self._customer().id), ("state", "=", "info")]
            )  # fmt: skip
        return values

    # -- whose it is ---------------------------------------------------------------------------------

    def _customer(self):
        return request.env.user.partner_id.commercial_partner_id

    def _companies(self):
        """The companies whose credit concerns the customer, as far as their policies let him know or apply.

        :return: ``{root company: (profile or none, figures are shown, he may apply)}``, all with sudo
        """
        profiles = request.env["credit.profile"].sudo().search([("partner_id", "=", self._customer().id)])
        by_company = {profile.company_id: profile for profile in profiles}
        found = {}
        for company in profiles.company_id | request.env.company.sudo().root_id:
            profile = by_company.get(company, profiles.browse())
            policy = profile.policy_id or company.credit_policy_id
            shown, applies = bool(profile) and policy.portal_show, policy.portal_apply
            if shown or applies:
                found[company] = (profile, shown, applies)
        return found

    def _applications(self):
        """The customer's applications that were submitted, with sudo; drafts are his salesperson's."""
        return request.env["credit.application"].sudo().search(
            [("partner_id", "=", self._customer().id), ("state", "!=", "draft")]
        )  # fmt: skip

    def _application(self, application_id):
        """One of them.

        :raises NotFound: there is no such application, or none of this customer's
        """
        application = self._applications().filtered(lambda application: application.id == application_id)
        if not application:
            raise NotFound
        return application

    def _own_documents(self, application):
        """Of the files of an application those that the customer handed in himself."""
        return application.document_ids.filtered(
            lambda document: document.create_uid.partner_id.commercial_partner_id == application.partner_id
        )

    # -- pages ---------------------------------------------------------------------------------------

    @http.route("/my/credit", type="http", auth="user", website=True, methods=["GET"])
    def my_credit(self, **_params):
        companies, applications = self._companies(), self._applications()
        if not companies and not applications:
            raise NotFound
        parts = [
            {
                "company": company,
                "figures": profile._portal_figures() if shown else None,
                "invoices": self._open_invoices(company) if shown else (),
                "orders": self._held_orders(profile) if shown else (),
                "may_apply": applies and not any(
                    application.company_id == company and application.is_open for application in applications
                ),
                "has_limit": profile.limit_status in ("valid", "unlimited"),
            }
            for company, (profile, shown, applies) in companies.items()
        ]  # fmt: skip
        return request.render(
            "credit_management.portal_my_credit",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "credit",
                "parts": parts,
                "applications": applications,
                "several": len(companies) > 1,
                "shown_invoices": SHOWN_INVOICES,
                "badges": BADGES,
                "today": fields.Date.context_today(request.env.user),
            },
        )

    def _open_invoices(self, company):
        """The customer's invoices that are not paid, as far as he may see them on the portal, oldest first."""
        return request.env["account.move"].search(
            [
                ("company_id", "child_of", company.id),
                ("commercial_partner_id", "=", self._customer().id),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ],
            order="invoice_date_due, id",
        )

    def _held_orders(self, profile):
        """His orders that wait, as far as he may see them on the portal; why they do is not his to know."""
        held = request.env["credit.decision"].sudo().search(
            [("profile_id", "=", profile.id), ("is_open", "=", True), ("order_id", "!=", False)]
        )  # fmt: skip
        return request.env["sale.order"].search([("id", "in", held.order_id.ids)])

    @http.route("/my/credit/apply", type="http", auth="user", website=True, methods=["GET", "POST"])
    def my_credit_apply(self, company_id=None, **post):
        """The form, and what it sends. What was typed in is kept where something is wrong with it."""
        companies = [company for company, (_profile, _shown, applies) in self._companies().items() if applies]
        company = next((company for company in companies if str(company.id) == company_id), None)
        if not company and not company_id and len(companies) == 1:
            company = companies[0]
        if not company:
            raise NotFound
        waiting = self._applications().filtered(lambda each: each.company_id == company and each.is_open)
        if waiting:
            return request.redirect(f"/my/credit/application/{waiting.id}")
        errors = {}
        if request.httprequest.method == "POST":
            values = self._read_application(post, errors)
            if not errors:
                application = self._submit(company, values, errors)
                if not errors:
                    return request.redirect(f"/my/credit/application/{application.id}?message=submitted", code=303)
        return request.render(
            "credit_management.portal_credit_apply",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "credit",
                "company": company,
                "several": len(companies) > 1,
                "typed": post if request.httprequest.method == "POST" else self._known(),
                "errors": errors,
                "references": range(1, REFERENCES + 1),
                **self._choices(company),
            },
        )

    @http.route("/my/credit/application/<int:application_id>", type="http", auth="user", website=True, methods=["GET"])
    def my_credit_application(self, application_id, message=None, **_params):
        return self._show(self._application(application_id), message=message)

    @http.route(
        "/my/credit/application/<int:application_id>/message", type="http", auth="user", website=True, methods=["POST"]
    )
    def my_credit_message(self, application_id, text="", **_post):
        """Say something; and answer, with files, where something was asked."""
        application = self._application(application_id)
        errors = {}
        text = self._text(text, "text", errors)
        files = self._files(errors)
        asked = application.state == "info"
        if application.state not in OPEN:
            errors["general"] = request.env._("This application is closed already.")
        elif not text and not files:
            errors["text"] = request.env._("Write something, or choose a file.")
        elif files and not asked:
            errors["documents"] = request.env._("Files can be added when we ask for them.")
        elif self._recent_messages(application) >= MAX_MESSAGES:
            errors["text"] = request.env._("That were many messages for a day. Please go on tomorrow.")
        if not errors:
            with self._refused(errors):
                application.document_ids = [fields.Command.create(values) for values in files]
                application.message_post(
                    body=plaintext2html(text) if text else request.env._("Documents were added."),
                    author_id=request.env.user.partner_id.id,
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
                if asked:
                    application.action_answer()
        if errors:
            return self._show(application, errors=errors, typed=text)
        return request.redirect(f"/my/credit/application/{application.id}?message=sent", code=303)

    @http.route(
        "/my/credit/application/<int:application_id>/withdraw",
        type="http", auth="user", website=True, methods=["POST"],
    )  # fmt: skip
    def my_credit_withdraw(self, application_id, **_post):
        application = self._application(application_id)
        if application.state in OPEN:
            application.action_withdraw()
        return request.redirect(f"/my/credit/application/{application.id}", code=303)

    @http.route(
        "/my/credit/application/<int:application_id>/document/<int:document_id>",
        type="http", auth="user", website=True, methods=["GET"],
    )  # fmt: skip
    def my_credit_document(self, application_id, document_id, **_params):
        documents = self._own_documents(self._application(application_id))
        document = documents.filtered(lambda document: document.id == document_id)
        if not document:
            raise NotFound
        stream = request.env["ir.binary"].sudo()._get_stream_from(document, "content", filename=document.name)
        # never shown by the browser as a page of ours
        return stream.get_response(as_attachment=True, content_security_policy="default-src 'none'")

    def _show(self, application, message=None, errors=None, typed=""):
        states = dict(application._fields["state"]._description_selection(request.env))
        return request.render(
            "credit_management.portal_credit_application",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "credit",
                "credit_application": application,
                "state": states[application.state],
                "badges": BADGES,
                "documents": self._own_documents(application),
                "messages": self._messages(application),
                "message": message,
                "errors": errors or {},
                "typed": typed,
                "accept": self._accept(),
            },
        )

    def _messages(self, application):
        """What was said to the customer and by him; notes and changes are internal."""
        return application.message_ids.filtered(
            lambda message: (
                message.subtype_id == request.env.ref("mail.mt_comment").sudo()
                and not message.is_internal
                and message.message_type in ("comment", "email", "notification")
            )
        )

    def _recent_messages(self, application):
        day_ago = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        return len(
            self._messages(application).filtered(
                lambda message: (
                    message.create_date > day_ago
                    and message.author_id.commercial_partner_id == application.partner_id
                )
            )
        )

    # -- what was typed in ---------------------------------------------------------------------------

    def _known(self):
        """What the form begins with: what the customer himself has told Odoo."""
        customer = self._customer()
        known = {stated: customer[STATED[stated]] for stated in ("legal_name", "company_registry", "vat", "website")}
        return {**{name: value or "" for name, value in known.items()}, "country_id": str(customer.country_id.id or "")}

    def _choices(self, company):
        """What can be chosen from on the form. Names only, so sudo shows nothing that is confidential."""
        applications = request.env["credit.application"]
        return {
            "countries": request.env["res.country"].sudo().search([]),
            "industries": request.env["res.partner.industry"].sudo().search([]),
            "payment_terms": request.env["account.payment.term"].sudo().search(
                [("company_id", "in", (company.id, False))]
            ),
            "ownerships": applications._selection_of("credit_ownership"),
            "sizes": applications._selection_of("credit_employees"),
            "currency": company.currency_id,
            "accept": self._accept(),
            "max_files": MAX_FILES,
            "max_megabytes": MAX_SIZE // 1024 // 1024,
        }  # fmt: skip

    def _accept(self):
        return ",".join(sorted({end for ends in ACCEPTED.values() for end in ends}))

    def _read_application(self, post, errors):
        """Values of fields out of what the form sent; what is wrong with it goes into ``errors``, by input."""
        values = {
            name: self._text(post.get(name), name, errors)
            for name in ("purpose", "legal_name", "company_registry", "vat", "website", "products")
        }
        values["amount"] = self._amount(post.get("amount"), "amount", errors)
        if not values["amount"]:
            errors.setdefault("amount", request.env._("Say how much credit you apply for."))
        if not values["legal_name"]:
            errors.setdefault("legal_name", request.env._("Say what your business is called."))
        values["purchases"] = self._amount(post.get("purchases"), "purchases", errors)
        values["founded"] = self._year(post.get("founded"), "founded", errors)
        for name, model in (
            ("country_id", "res.country"), ("industry_id", "res.partner.industry"),
            ("payment_term_id", "account.payment.term"),
        ):  # fmt: skip
            chosen = post.get(name) or ""
            # sudo: whether there is such a record; which company's it is, is checked with the application
            record = request.env[model].sudo().browse(int(chosen) if chosen.isdecimal() else 0).exists()
            if chosen and not record:
                errors[name] = request.env._("Choose one of the list.")
            values[name] = record.id
        for name, field in (("ownership", "credit_ownership"), ("employees", "credit_employees")):
            chosen = post.get(name) or False
            if chosen and chosen not in dict(request.env["credit.application"]._selection_of(field)):
                errors[name] = request.env._("Choose one of the list.")
            values[name] = chosen
        references = [self._read_reference(post, number, errors) for number in range(1, REFERENCES + 1)]
        values["reference_ids"] = [fields.Command.create(reference) for reference in references if reference]
        values["document_ids"] = [fields.Command.create(document) for document in self._files(errors)]
        return values

    def _read_reference(self, post, number, errors):
        """The reference in a row of the form; ``None`` where the row is empty."""
        texts = {name: self._text(post.get(f"reference_{name}_{number}"), f"reference_{name}_{number}", errors)
                 for name in ("name", "contact", "phone", "email")}  # fmt: skip
        since = self._year(post.get(f"reference_since_{number}"), f"reference_since_{number}", errors)
        volume = self._amount(post.get(f"reference_volume_{number}"), f"reference_volume_{number}", errors)
        if not any(texts.values()) and not since and not volume:
            return None
        if not texts["name"]:
            errors[f"reference_name_{number}"] = request.env._("Say which company this is.")
        return {**texts, "since": since, "volume": volume}

    def _text(self, typed, name, errors):
        text = (typed or "").strip()
        if len(text) > MAX_TEXT:
            errors[name] = request.env._("That is too long: at most %s characters, please.", MAX_TEXT)
        return text

    def _amount(self, typed, name, errors):
        if not (typed or "").strip():
            return 0.0
        try:
            amount = float(typed)
        except ValueError:
            amount = math.nan
        if not 0 <= amount <= MAX_AMOUNT:
            errors[name] = request.env._("“%s” is not an amount: write digits only.", typed[:40])
            return 0.0
        return amount

    def _year(self, typed, name, errors):
        """The first of January of a year, as business facts keep it."""
        typed = (typed or "").strip()
        if not typed:
            return False
        this_year = fields.Date.context_today(request.env.user).year
        if not typed.isdecimal() or not 1000 <= int(typed) <= this_year:
            errors[name] = request.env._("“%s” is not a year of the past.", typed[:40])
            return False
        return fields.Date.to_date(f"{typed}-01-01")

    def _files(self, errors):
        """The uploaded files as values of documents. Nothing is kept of what is too large or not accepted."""
        found = []
        uploads = [upload for upload in request.httprequest.files.getlist("documents") if upload.filename]
        if len(uploads) > MAX_FILES:
            errors["documents"] = request.env._("At most %s files, please.", MAX_FILES)
            return found
        for upload in uploads:
            values = {"name": upload.filename, "content": base64.b64encode(upload.stream.read(MAX_SIZE + 1))}
            try:
                request.env["credit.application.document"]._check_file(**values)
            except ValidationError as problem:
                errors["documents"] = str(problem)
            else:
                found.append(values)
        return found

    def _submit(self, company, values, errors):
        """Make and submit the application; what the rules of it refuse goes into ``errors``."""
        applications = request.env["credit.application"].sudo()
        customer = self._customer()
        month_ago = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        recent = applications.search_count(
            [("partner_id", "=", customer.id), ("company_id", "=", company.id), ("origin", "=", "portal"),
             ("create_date", ">", month_ago)]
        )  # fmt: skip
        if recent >= MAX_APPLICATIONS:
            errors["general"] = request.env._(
                "You have applied %(times)s times within 30 days. Please talk to your contact at %(company)s.",
                times=recent,
                company=company.name,
            )
            return applications
        with self._refused(errors):
            applications = applications.create(
                {
                    **values,
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "contact_id": request.env.user.partner_id.id,
                    "origin": "portal",
                }
            )
            applications.action_submit()
        return applications

    @contextmanager
    def _refused(self, errors):
        """Do what is inside as a whole; where it is refused, undo it and say why under ``errors["general"]``."""
        try:
            with request.env.cr.savepoint():
                yield
        except UserError as problem:
            errors["general"] = str(problem)
