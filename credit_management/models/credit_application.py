# Part of credit_management. License LGPL-3.0 or later.
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import formatLang

from .credit_limit import DECIDED

STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("review", "In review"),
    ("info", "More information asked"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]
# the applicant may write in these …
WRITTEN = ("draft", "info")
# … and waits for an answer in these
OPEN = ("submitted", "review", "info")

# what the applicant states of his business, and the field of the customer that it is taken over into
STATED = {
    "legal_name": "name",
    "company_registry": "company_registry",
    "vat": "vat",
    "country_id": "country_id",
    "website": "website",
    "industry_id": "industry_id",
    "founded": "credit_founded",
    "ownership": "credit_ownership",
    "employees": "credit_employees",
    "products": "credit_products",
}
# all that is his to say
APPLIED = (
    *STATED, "contact_id", "amount", "payment_term_id", "purchases", "purpose",
)  # fmt: skip
# what only the server and the buttons write, and how it begins
CLOSED = {
    "name": False,
    "state": "draft",
    "applicant_id": False,
    "submitted_on": False,
    "decided_on": False,
    "amount_granted": 0.0,
    "question": False,
    "taken_over_on": False,
}
# what analysts write beside it
INTERNAL = ("user_id", "answer")

ANALYST = "credit_management.group_analyst"
TODO = "mail.mail_activity_data_todo"


class CreditApplication(models.Model):
    """A customer's application for credit, or for more of it: what he asks for, and what he states of himself.

    What was submitted stays as the applicant stated it; an analyst takes it over into the customer's file. The
    decision is that on the limit which is asked for from here: when that is granted the application is approved, when
    it is refused the application is. Amounts are in the currency of the company.
    """

    _name = "credit.application"
    _description = "Credit Application"
    _inherit = [
        "credit.derived.mixin", "credit.information.mixin", "credit.action.mixin", "mail.thread", "mail.activity.mixin",
    ]  # fmt: skip
    _order = "id desc"
    # who follows an application may talk about it
    _mail_post_access = "read"

    name = fields.Char("Reference", readonly=True, copy=False)
    company_id = fields.Many2one(
        string="Applied to", compute=None, precompute=False, required=True,
        default=lambda self: self.env.company.root_id, help="The company that is asked for credit.",
    )  # fmt: skip
    currency_id = fields.Many2one(related="company_id.currency_id")
    contact_id = fields.Many2one(
        "res.partner", compute="_compute_contact_id", store=True, readonly=False, precompute=True,
        required=True, ondelete="restrict", domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who applies. Questions and the answer go there.",
    )  # fmt: skip
    state = fields.Selection(
        STATES, "Status", default="draft", required=True, readonly=True, copy=False, tracking=True, index=True,
        group_expand=True, help="Approved and refused follow the limit that is asked for from here.",
    )  # fmt: skip
    origin = fields.Selection(
        [("salesperson", "Salesperson"), ("portal", "Portal")],
        default="salesperson", required=True, help="Where it was made.",
    )  # fmt: skip
    applicant_id = fields.Many2one(
        "res.users", "Submitted by", readonly=True, copy=False,
        help="Who handed it in. Somebody else decides on the limit.",
    )  # fmt: skip
    submitted_on = fields.Datetime(readonly=True, copy=False, help="When the customer sent it.")
    decided_on = fields.Datetime(readonly=True, copy=False, help="When it was granted or declined.")
    user_id = fields.Many2one(
        "res.users", "Responsible", tracking=True, copy=False, domain=[("share", "=", False)],
        help="The analyst who looks into it.",
    )  # fmt: skip
    salesperson_id = fields.Many2one(related="partner_id.user_id", string="Salesperson", store=True)

    amount = fields.Monetary(
        "Credit asked for", required=True, tracking=True,
        help="The limit that the customer wishes to have in all, also where he has one already.",
    )  # fmt: skip
    payment_term_id = fields.Many2one(
        "account.payment.term", "Payment terms asked for", check_company=True,
        help="Empty where the usual ones will do.",
    )  # fmt: skip
    purchases = fields.Monetary(
        "Purchases a year", help="What the customer expects to buy in a year; empty where he doesn't say."
    )
    purpose = fields.Text(help="What the credit is for.")

    legal_name = fields.Char("Registered name", help="The name of the business as it is in the register.")
    company_registry = fields.Char(
        "Registration number",
        help="The number in the register of companies; in China the unified social credit code.",
    )
    vat = fields.Char("VAT number", help="For taxes.")
    country_id = fields.Many2one("res.country", help="Where the business is registered.")
    website = fields.Char(help="Where the business shows itself.")
    industry_id = fields.Many2one("res.partner.industry", help="What the business does.")
    founded = fields.Date(help="When it was founded; the first of January where only the year is known.")
    ownership = fields.Selection(lambda self: self._selection_of("credit_ownership"), help="Who owns the business.")
    employees = fields.Selection(
        lambda self: self._selection_of("credit_employees"), help="How many people work there."
    )
    products = fields.Text("Main products", help="What the business lives on.")
    reference_ids = fields.One2many(
        "credit.application.reference", "application_id", "Trade references",
        help="Suppliers who know how the customer pays. Analysts see all of them, others those that they entered.",
    )  # fmt: skip
    document_ids = fields.One2many(
        "credit.application.document", "application_id", "Documents",
        help="Statements and the like. Analysts see all of them, others those that they added.",
    )  # fmt: skip

    profile_id = fields.Many2one("credit.profile", "Credit profile", compute="_compute_profile_id")
    current_limit = fields.Char("Limit today", compute="_compute_profile_id", help="The limit in force today.")
    limit_ids = fields.One2many("credit.limit", "application_id", "Limits asked for", readonly=True)
    limit_waits = fields.Boolean("Waits for the decision on the limit", compute="_compute_limit_waits")
    amount_granted = fields.Monetary(
        "Credit granted", readonly=True, copy=False, tracking=True, help="The limit that came of the application."
    )
    question = fields.Text("Information asked for", readonly=True, copy=False, help="What the customer was asked.")
    answer = fields.Text(
        "Answer to the customer", copy=False,
        help="Is sent with the decision, and shown to the customer. Say here why the limit will be refused.",
    )  # fmt: skip
    taken_over_on = fields.Datetime(readonly=True, copy=False, help="When an analyst took what it says into the file.")
    differences = fields.Html(
        "What is new", compute="_compute_differences", sanitize=False, groups=ANALYST,
        help="What the applicant states otherwise than it is known of the customer.",
    )  # fmt: skip
    numbers_problem = fields.Char(compute="_compute_numbers_problem")
    is_open = fields.Boolean(compute="_compute_is_open", help="Waits for an answer.")

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "Say how much credit is asked for: an amount above 0."
    )
    _purchases_positive = models.Constraint("CHECK(purchases >= 0)", "The purchases a year cannot be negative.")
    _one_open = models.UniqueIndex(
        "(partner_id, company_id) WHERE state IN ('submitted', 'review', 'info')",
        "This customer's last application has not been decided on yet. Add to that one.",
    )

    @api.model
    def _selection_of(self, field):
        return self.env["res.partner"]._fields[field]._description_selection(self.env)

    @api.model
    def _prefilled(self, partner, company, amount=None, origin=None):
        """What an application of ``partner`` to ``company`` begins with, as far as the user may see it.

        :param partner: a customer or one of his contacts
        :param company: a company or branch
        :param amount: the credit asked for, in the company's currency; ``None`` where nobody has said yet
        :param origin: one of the origins; ``None`` for the usual one
        :return: values of fields, as for ``create``
        """
        customer = partner.commercial_partner_id
        values = {"partner_id": customer.id, "company_id": company.root_id.id}
        if partner != customer:
            values["contact_id"] = partner.id
        if amount is not None:
            values["amount"] = amount
        if origin is not None:
            values["origin"] = origin
        for stated, known in STATED.items():
            field = customer._fields[known]
            if customer._has_field_access(field, "read") and customer[known]:
                values[stated] = field.convert_to_write(customer[known], customer)
        return values

    @api.depends("partner_id")
    def _compute_contact_id(self):
        for application in self:
            customer = application.partner_id
            if application.contact_id.commercial_partner_id != customer:
                application.contact_id = customer.address_get(["contact"])["contact"] if customer else False

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for application in self:
            application.display_name = " – ".join(filter(None, (application.name, application.partner_id.name)))

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid", "lang")
    def _compute_profile_id(self):
        profiles = self.env["credit.profile"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        found = {(profile.partner_id.id, profile.company_id.id): profile for profile in profiles}
        labels = dict(profiles._fields["limit_status"]._description_selection(self.env))
        for application in self:
            profile = found.get((application.partner_id.id, application.company_id.id), profiles.browse())
            application.profile_id = profile
            application.current_limit = profile and (
                formatLang(self.env, profile.limit_amount, currency_obj=profile.currency_id)
                if profile.limit_status == "valid"
                else labels[profile.limit_status]
            )

    @api.depends("limit_ids.state")
    def _compute_limit_waits(self):
        for application in self:
            application.limit_waits = any(limit.is_waiting for limit in application.limit_ids)

    @api.depends("state")
    def _compute_is_open(self):
        for application in self:
            application.is_open = application.state in OPEN

    # -- what is stated ------------------------------------------------------------------------------

    @api.constrains("contact_id")
    def _check_contact(self):
        for application in self:
            if application.contact_id.commercial_partner_id != application.partner_id:
                raise ValidationError(
                    self.env._(
                        "“%(contact)s” is not a contact of “%(customer)s”. Choose one who is.",
                        contact=application.contact_id.name,
                        customer=application.partner_id.name,
                    )
                )

    def _numbers_problems(self):
        """What is wrong with the registration and VAT number by the rules of the country: sentences."""
        self.ensure_one()
        stated = self.env["res.partner"].new(
            {"vat": self.vat, "company_registry": self.company_registry, "country_id": self.country_id.id}
        )
        return [
            self.env._("The %(label)s “%(number)s” is not valid: %(why)s", label=label, number=number, why=why)
            for label, number, valid, why in stated._credit_numbers()
            if valid is False
        ]

    @api.depends("vat", "company_registry", "country_id")
    @api.depends_context("lang")
    def _compute_numbers_problem(self):
        for application in self:
            application.numbers_problem = " ".join(application._numbers_problems()) or False

    @api.constrains("vat", "company_registry", "country_id")
    def _check_numbers(self):
        for application in self:
            problems = application._numbers_problems()
            if problems:
                raise ValidationError(
                    " ".join([*problems, self.env._("Correct it, or leave it empty until it is known.")])
                )

    @api.constrains("founded")
    def _check_founded(self):
        today = fields.Date.context_today(self)
        for application in self:
            if application.founded and not 1000 <= application.founded.year <= today.year:
                raise ValidationError(
                    self.env._("A business founded in %s cannot be meant: check the year.", application.founded.year)
                )

    def _differences(self):
        """What is stated otherwise than it is known: ``{field of the customer: (label, known, stated)}``, in words.

        What the applicant left open says nothing against what is known.
        """
        self.ensure_one()
        # sudo: analysts see all facts of those whose applications they see
        customer = self.partner_id.sudo()
        return {
            known: (
                self._fields[stated]._description_string(self.env),
                self._in_words(customer, known),
                self._in_words(self, stated),
            )
            for stated, known in STATED.items()
            if self[stated] and self[stated] != customer[known]
        }

    @api.model
    def _in_words(self, record, name):
        field = record._fields[name]
        value = record[name]
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return field.convert_to_export(value, record) if value else ""

    @api.depends(*STATED, *(f"partner_id.{known}" for known in STATED.values()))
    @api.depends_context("lang")
    def _compute_differences(self):
        head = [self.env._("What"), self.env._("Known so far"), self.env._("As stated")]
        for application in self:
            rows = application._differences().values() if application.partner_id else ()
            application.differences = rows and (
                Markup("<table class='table table-sm'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>")
                % (
                    Markup("").join(Markup("<th>%s</th>") % cell for cell in head),
                    Markup("").join(
                        Markup("<tr><td class='text-muted'>%s</td><td>%s</td><td class='fw-bold'>%s</td></tr>") % row
                        for row in rows
                    ),
                )
            )

    # -- written by the applicant, and by nobody afterwards ------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            analyst = self.env.user.has_group(ANALYST)
            for vals in vals_list:
                vals.update(CLOSED)
                if not analyst:
                    vals.update(dict.fromkeys(INTERNAL, False))
                if vals.get("origin", self._context_origin()) == "portal":
                    raise AccessError(self.env._("Only customers themselves apply on the portal."))
        for vals in vals_list:
            for name, value in CLOSED.items():
                # never left to the defaults, which a client may bring along in its context
                vals.setdefault(name, value)
            vals["name"] = self.env["ir.sequence"].sudo().next_by_code("credit.application")
        applications = super().create(vals_list)
        for application in applications:
            application._check_applicant()
        return applications

    def _context_origin(self):
        return self.env.context.get("default_origin")

    def _check_applicant(self):
        """Analysts apply for anybody, salespeople for their own customers and for those who are nobody's.

        :raises AccessError: the customer is somebody else's
        """
        user = self.env.user
        if (
            self.env.su
            or user.has_group(ANALYST)
            or user.has_group("sales_team.group_sale_salesman_all_leads")
            or (
                user.has_group("sales_team.group_sale_salesman")
                and (self.sudo().partner_id.user_id or user) == user
            )
        ):
            return
        raise AccessError(
            self.env._(
                "You can apply for your own customers only. Ask the salesperson of “%s”, or a credit analyst.",
                self.sudo().partner_id.name,
            )
        )

    def write(self, vals):
        if not self.env.su:
            if {*CLOSED, "origin", "partner_id", "company_id"} & set(vals):
                raise AccessError(self.env._("An application moves on by its buttons, and stays with its customer."))
            if set(INTERNAL) & set(vals):
                self._check_analyst()
            if set(APPLIED) & set(vals):
                self._check_written()
        return super().write(vals)

    def _check_written(self):
        """
        :raises UserError: one of these was submitted, and stays as it was stated
        """
        for application in self:
            if application.state not in WRITTEN:
                raise UserError(
                    self.env._(
                        "“%s” was submitted and stays as the applicant stated it. Ask for more information, and it can"
                        " be added to.",
                        application.display_name,
                    )
                )

    def _check_additions(self):
        """References and documents come from the applicant while he writes; analysts add what reaches them later.

        :raises UserError: it is too late for that
        """
        if self.env.su:
            return
        self.check_access("write")
        if not self.env.user.has_group(ANALYST):
            self._check_written()
        self._check_state(("draft", *OPEN), self.env._("added to"))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for application in self:
            if application.state != "draft":
                raise UserError(
                    self.env._(
                        "“%s” was submitted and is part of the customer's file. Withdraw it instead.",
                        application.display_name,
                    )
                )

    def _move_to(self, partner):
        """A customer waits for one answer: of two who become one, the older application is answered."""
        for application in self.filtered("is_open"):
            there = self.search(
                Domain("partner_id", "=", partner.id)
                & Domain("company_id", "=", application.company_id.id)
                & Domain("state", "in", OPEN)
            )
            if there:
                (there | application).sorted("id")[1:]._withdraw()
                self.flush_model(["state"])
        return super()._move_to(partner)

    # -- its way -------------------------------------------------------------------------------------

    def action_submit(self):
        """Hand it in: from now on it stays as it is, the customer has a mail, and an analyst has something to do.

        :raises UserError: the customer has another application that waits
        """
        self.check_access("write")
        self._check_state(("draft",), self.env._("submitted"))
        for application in self:
            application._check_applicant()
            application._check_no_other()
            application._set(
                {
                    "state": "submitted",
                    "applicant_id": self.env.uid,
                    "submitted_on": fields.Datetime.now(),
                    "user_id": application.user_id.id or application._analyst_in_charge().id,
                }
            )
            people = application.contact_id | application.sudo().salesperson_id.partner_id
            application.sudo().message_subscribe(people.ids)
            application._remind(application.env._("Credit application to look into"))
        self._tell("credit_management.mail_template_application_received")
        return True

    def _check_no_other(self):
        # sudo: whoever made the other one
        other = self.sudo().search(
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "in", OPEN),
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "“%(customer)s” waits for an answer to the application %(reference)s already. Add to that one, or"
                    " withdraw it first.",
                    customer=self.sudo().partner_id.name,
                    reference=other.name,
                )
            )

    def _analyst_in_charge(self):
        """Who looks after the customer, where that is an analyst; else nobody in particular."""
        # sudo: who submits need not see the profile
        responsible = self.sudo().profile_id.user_id
        return responsible.filtered(lambda user: user.has_group(ANALYST))

    def action_review(self):
        """Look into it: it is the user's then, where it was nobody's."""
        self._check_analyst()
        self._check_state(("submitted", "info"), self.env._("taken up"))
        for application in self:
            application._set({"state": "review", "user_id": application.user_id.id or self.env.uid})
        self.sudo().activity_unlink([TODO])
        return True

    def action_ask_information(self):
        """Open the dialog in which the customer is asked for more."""
        self._check_analyst()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for more information"),
            "res_model": "credit.application.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_application_id": self.id},
        }

    def _ask_information(self, question):
        """Have the customer asked ``question`` by mail and on the portal. He, or his salesperson, may add to the
        application until he has answered."""
        self._check_analyst()
        self._check_state(("submitted", "review"), self.env._("sent back with a question"))
        self.sudo().activity_unlink([TODO])
        for application in self:
            application._set(
                {"state": "info", "question": question, "user_id": application.user_id.id or self.env.uid}
            )
        self._tell("credit_management.mail_template_application_question")

    def action_answer(self):
        """What was asked for is there: the analyst goes on."""
        self.check_access("write")
        self._check_state(("info",), self.env._("answered"))
        for application in self:
            application._set({"state": "review"})
            application._remind(application.env._("The information you asked for is there"))
        return True

    def action_withdraw(self):
        """Take it back, and with it the limit that was asked for from it."""
        self.check_access("write")
        self._check_state(("draft", *OPEN), self.env._("withdrawn"))
        self._withdraw()
        return True

    def _withdraw(self):
        self._set({"state": "withdrawn", "decided_on": fields.Datetime.now()})
        self.sudo().activity_unlink([TODO])
        # sudo: the applicant's word is enough to stop asking
        waiting = self.sudo().limit_ids.filtered("is_waiting")
        if waiting:
            waiting._enter_gate()
            waiting._decide("withdrawn")

    def action_refuse(self):
        """Refuse it, without a limit having been asked for; the answer says why.

        :raises AccessError: only credit managers refuse, and nobody what he handed in himself
        :raises UserError: there is no answer to the customer
        """
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers refuse applications."))
        self.check_access("write")
        self._check_state(OPEN, self.env._("refused"))
        for application in self:
            if application.applicant_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "You handed in “%s” yourself: withdraw it, or have somebody else decide.",
                        application.display_name,
                    )
                )
            if application.limit_waits:
                raise UserError(
                    self.env._(
                        "“%s” waits for the decision on the limit that was asked for: decide on that.",
                        application.display_name,
                    )
                )
            if not application.answer:
                raise UserError(
                    self.env._("Say why in “%s”: the customer gets it with the decision.",
                               self._fields["answer"]._description_string(self.env))
                )  # fmt: skip
        self._decide("refused")
        return True

    def _decide(self, state, granted=0.0):
        self._set({"state": state, "amount_granted": granted, "decided_on": fields.Datetime.now()})
        self.sudo().activity_unlink([TODO])
        self._tell("credit_management.mail_template_application_decided")

    def _follow(self, limit):
        """A limit asked for from these was decided on: they are decided by that, or go on where nothing came of it."""
        for application in self.filtered(lambda application: application.state in OPEN):
            if limit.state == "granted":
                application._decide("approved", limit.amount)
            elif limit.state == "refused":
                application._decide("refused")
            else:
                application._remind(application.env._("The limit asked for came to nothing: go on"))

    def _granted_in_words(self):
        """What was granted, for the applicant to read."""
        self.ensure_one()
        # sudo: the applicant may know what his application came to
        limit = self.sudo().limit_ids.filtered(lambda limit: limit.state in DECIDED)[:1]
        if limit.unlimited:
            return self.env._("any amount")
        return formatLang(self.env, self.amount_granted, currency_obj=self.currency_id)

    def _set(self, vals):
        # sudo: closed to everybody's writing; each button has checked whose it is
        self.sudo().write(vals)

    def _check_analyst(self):
        if not self.env.user.has_group(ANALYST):
            raise AccessError(self.env._("Only credit analysts process applications."))
        self.check_access("write")

    def _check_state(self, states, what):
        wrong = self.filtered(lambda application: application.state not in states)
        if wrong:
            raise UserError(
                self.env._(
                    "“%(application)s” cannot be %(what)s: its status is “%(state)s”.",
                    application=wrong[0].display_name,
                    what=what,
                    state=dict(self._fields["state"]._description_selection(self.env))[wrong[0].state],
                )
            )

    # -- into the customer's file, and to a limit ----------------------------------------------------

    def action_take_over(self):
        """Write what is stated into the customer's file: the business facts, and each reference as a record."""
        self._check_analyst()
        self._check_state(("submitted", "review", "info", "approved", "refused"), self.env._("taken over"))
        for application in self:
            stated = {known: name for name, known in STATED.items()}
            vals = {
                known: application._fields[stated[known]].convert_to_write(application[stated[known]], application)
                for known in application._differences()
            }
            if vals:
                # sudo: as on the profile, these facts are analysts' to keep with customers whom they may not write
                application.partner_id.sudo().write(vals)
            application.reference_ids._take_over()
            application._set({"taken_over_on": fields.Datetime.now()})
        return True

    def action_enrol(self):
        """Bring the customer under control, as administrators do."""
        self.ensure_one()
        action = self.partner_id.action_enrol_credit()
        action["context"]["default_company_id"] = self.company_id.id
        return action

    def action_ask_limit(self):
        """Ask for the limit, in the dialog for that. It is decided on as any other."""
        self.ensure_one()
        self._check_analyst()
        self._check_state(OPEN, self.env._("decided"))
        if not self.profile_id:
            raise UserError(
                self.env._(
                    "“%s” is not under credit control. A credit administrator brings the customer under control first.",
                    self.partner_id.name,
                )
            )
        if self.limit_waits:
            raise UserError(self.env._("The limit was asked for already, and waits to be decided on."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a limit"),
            "res_model": "credit.limit.request",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_profile_ids": self.profile_id.ids,
                "default_application_id": self.id,
                "default_amount": self.amount,
                "default_note": self.purpose or "",
            },
        }

    def action_view_limits(self):
        return self._action_related("credit.limit", self.env._("Limits"), "list,form", "application_id")

    def action_view_profile(self):
        self.ensure_one()
        return self.profile_id._action_form()

    # -- telling people ------------------------------------------------------------------------------

    def _tell(self, template):
        """Send a mail of ours to the contact, in his language; it can be read on the portal too."""
        for application in self.with_user(SUPERUSER_ID).sudo():
            application.message_post_with_source(
                self.env.ref(template).sudo(),
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
                # the customer himself may have set it off, and writers are not told what they wrote
                author_id=application.company_id.partner_id.id,
            )

    def _remind(self, summary):
        """Give the analyst in charge something to do; where there is none, all of them."""
        self.ensure_one()
        application = self.sudo()
        application.activity_unlink([TODO])
        people = application.user_id or self.env.ref(ANALYST).sudo().all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and user != self.env.ref("base.user_root")
                and application.company_id in user.company_ids
            )
        )
        for user in people - self.env.user:
            application.activity_schedule(TODO, summary=summary, user_id=user.id)
