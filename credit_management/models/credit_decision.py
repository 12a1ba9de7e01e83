# Part of credit_management. License LGPL-3.0 or later.
import functools

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang

from ..engine.alerts import ALERT_KINDS
from ..engine.position import CHECKPOINTS, Document, Position, exceeds
from ..engine.rules import Finding, Verdict, needed_limit, remedy
from ..tools.words import enumerated

# a document in one of these states of its latest decision has been let through
CLEARANCES = ("passed", "released", "taken_over")
# … and in one of these it waits for somebody
OPEN = ("held", "ready")

# the rules that a higher limit satisfies
ON_LIMIT = {"limit_usage", "no_limit", "limit_expired"}


def _manages(user):
    return user.has_group("credit_management.group_manager")


class Noted(fields.Many2one):
    """A reference that a decision only notes down. It has only the half of a foreign key that clears it when what it
    names is deleted: checking the other half at every confirmation would take longer than all the rest of the row."""

    def update_db_foreign_key(self, model, column):
        """A trigger in place of the foreign key."""
        names = {
            "name": SQL.identifier(f"credit_decision_{self.name}_deleted"),
            "column": SQL.identifier(self.name),
            "table": SQL.identifier(model.env[self.comodel_name]._table),
        }
        model.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION %(name)s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       UPDATE credit_decision SET %(column)s = NULL WHERE %(column)s = OLD.id; RETURN NULL; END $$;
                   CREATE OR REPLACE TRIGGER %(name)s AFTER DELETE ON %(table)s FOR EACH ROW
                       EXECUTE FUNCTION %(name)s()""",
                **names,
            )
        )


@functools.lru_cache(32)
def _insert(names, count):
    """The text that stores ``count`` decisions, with these columns: names of fields, nothing of a client's."""
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO credit_decision ({columns}) VALUES {', '.join(['%s'] * count)} RETURNING id"


class CreditDecision(models.Model):
    """The durable record of one check: what was found, on which figures, and what became of it.

    Names and figures are copies: a decision explains itself when the order, the policy and even the customer
    have long changed. Nobody edits one; it moves on by being released, rejected or used.
    """

    _name = "credit.decision"
    _description = "Credit Decision"
    _order = "date desc, id desc"
    _log_access = False  # it has a date and a user of its own, and is the log

    # what was asked for, and by whom
    name = fields.Char("Document", readonly=True)
    res_model = fields.Char("Document type", readonly=True)
    res_id = fields.Many2oneReference("Document id", model_field="res_model", readonly=True)
    order_id = Noted("sale.order", "Sales order", readonly=True, index=True)
    move_id = Noted("account.move", "Invoice", readonly=True, index="btree_not_null")
    profile_id = Noted("credit.profile", readonly=True, index=True, help="The customer's credit profile.")
    partner_id = Noted("res.partner", "Customer", readonly=True, index=True)
    partner_name = fields.Char(
        "Customer's name then", readonly=True,
        help="The customer's name at the moment of the check.",
    )  # fmt: skip
    invoice_partner_id = Noted("res.partner", "Invoice address", readonly=True)
    policy_id = Noted("credit.policy", readonly=True, help="The version of the policy that was applied.")
    company_id = Noted("res.company", readonly=True, index=True)
    currency_id = Noted("res.currency", readonly=True)
    document_currency_id = Noted("res.currency", readonly=True)
    checkpoint = fields.Selection("_selection_checkpoint", readonly=True, help="Where the document was checked.")
    date = fields.Datetime(readonly=True, default=fields.Datetime.now)
    user_id = Noted("res.users", "Checked for", readonly=True, help="Who confirmed, or changed, the document.")
    document_user_id = Noted(
        "res.users", "Salesperson", readonly=True,
        help="The document's salesperson. He doesn't release it.",
    )  # fmt: skip
    creator_id = Noted(
        "res.users", "Entered by", readonly=True,
        help="Who entered the document. He doesn't release it.",
    )  # fmt: skip
    owner_id = fields.Many2one(related="profile_id.user_id", string="Responsible", readonly=True)

    # what was found
    outcome = fields.Selection(
        [("pass", "Pass"), ("warn", "Warning"), ("hold", "Hold"), ("refuse", "Refusal")], readonly=True,
        help="The gravest consequence among the rules that were violated.",
    )
    exemption = fields.Char(readonly=True, help="The exemption by which the document passed.")
    asked = fields.Monetary("Asked for", readonly=True, help="What the document would add to the exposure.")
    document_amount = fields.Monetary(
        "Document amount", readonly=True,
        help="The whole document, taxes included, in the company's currency.",
    )  # fmt: skip
    overage = fields.Monetary(readonly=True, help="The amount that releasing it takes authority for.")
    exposure_before = fields.Monetary(
        "Exposure before", readonly=True,
        help="What the customer owed and had ordered before this document.",
    )  # fmt: skip
    limit_amount = fields.Monetary("Limit then", readonly=True, help="The limit in force at the moment of the check.")
    findings = fields.Json(readonly=True)
    position = fields.Json("Position then", readonly=True)
    document = fields.Json("Document then", readonly=True)
    kinds = fields.Char("Rules", readonly=True, help="The rules that stopped the document.")

    # what it lets through, in the document's currency: see the order's fields of these names
    cleared_value = fields.Monetary(readonly=True, currency_field="document_currency_id")
    cleared_committed = fields.Monetary(readonly=True, currency_field="document_currency_id")
    cleared_terms = fields.Integer("Payment terms (days)", readonly=True, help="From the invoice to the last due date.")
    cleared_delivery = fields.Date("Delivery", readonly=True, help="The delivery date; empty where none was set.")

    # what became of it
    state = fields.Selection(
        [
            ("passed", "Passed"),
            ("held", "On hold"),
            ("ready", "Ready to release"),
            ("released", "Released"),
            ("rejected", "Rejected"),
            ("refused", "Refused"),
            ("taken_over", "Taken over"),
            ("recorded", "Recorded"),
            ("void", "Void"),
        ],
        readonly=True,
        index=True,
        help="On hold: waits for somebody. Ready: its cause has gone, it only has to be confirmed. Released: may be"
        " confirmed once. Rejected: stays a quotation. Void: cancelled or changed since.",
    )
    is_open = fields.Boolean("Waiting", compute="_compute_is_open", store=True, precompute=True)
    request_note = fields.Text(
        "Salesperson's note", readonly=True,
        help="What whoever asks for the release has to say.",
    )  # fmt: skip
    requested_on = fields.Datetime("Release asked for on", readonly=True, help="When the release was asked for.")
    requested_by = fields.Many2one(
        "res.users", "Release asked for by", readonly=True,
        help="Who asked for the release.",
    )  # fmt: skip
    released_by = fields.Many2one("res.users", "Decided by", readonly=True, help="Who released or rejected it.")
    principal_id = fields.Many2one(
        "res.users", "In the right of", readonly=True,
        help="Whose authority it was: the person's own, or that of somebody absent for whom he stands in.",
    )  # fmt: skip
    released_on = fields.Datetime("Decided on", readonly=True, help="When it was released or rejected.")
    reason_id = fields.Many2one(
        "credit.reason", readonly=True,
        help="Why it was released or rejected, for the statistics.",
    )  # fmt: skip
    release_note = fields.Text("Note", readonly=True, help="The reason in words of who decided.")
    release_amount = fields.Monetary(
        "Released up to", readonly=True,
        help="The release covers the document up to this amount, in the company's currency.",
    )  # fmt: skip
    release_until = fields.Date("Release valid until", readonly=True, help="A release that is not used by then lapses.")
    used_on = fields.Datetime(
        "Used on", readonly=True,
        help="When the document was confirmed by virtue of this decision.",
    )  # fmt: skip

    # in the reader's language
    summary = fields.Char(compute="_compute_words", help="The first of the reasons, in short.")
    explanation = fields.Html(
        "Why", compute="_compute_words", sanitize=False,
        help="Which rules were violated, with what was measured and what is allowed.",
    )  # fmt: skip
    advice = fields.Html(
        "What would unblock it", compute="_compute_advice", sanitize=False,
        help="Each line alone would let the document pass.",
    )  # fmt: skip
    meter = fields.Json("Limit and exposure then", compute="_compute_meter")
    age_days = fields.Integer("Days waiting", compute="_compute_age_days", help="Whole days since it was held.")
    limit_helps = fields.Boolean(
        "A limit would let it pass", compute="_compute_limit_helps", help="Whether a limit is what it lacks."
    )
    may_release = fields.Boolean(
        "Within my authority",
        compute="_compute_may_release",
        search="_search_may_release",
        help="Whether you may release it: within your authority, and not your own order.",
    )

    releasers = fields.Char(
        "Who may release it", compute="_compute_releasers", help="The persons and roles whose authority suffices."
    )

    _clearance_index = models.Index("(order_id, id) WHERE state IN ('passed', 'released', 'taken_over')")
    _small_index = models.Index("(profile_id, date) INCLUDE (asked) WHERE exemption = 'small_document'")
    _open_index = models.Index("(profile_id) WHERE is_open")

    @api.model
    def _selection_checkpoint(self):
        labels = {
            "quotation": self.env._("Quotation"),
            "order": self.env._("Order"),
            "amendment": self.env._("Increase"),
            "delivery": self.env._("Delivery"),
            "invoice": self.env._("Invoice"),
        }
        return [(checkpoint, labels[checkpoint]) for checkpoint in CHECKPOINTS]

    @api.depends("state")
    def _compute_is_open(self):
        for decision in self:
            decision.is_open = decision.state in OPEN

    @api.depends("date", "is_open")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for decision in self:
            end = now if decision.is_open else decision.released_on or decision.date or now
            decision.age_days = (end - (decision.date or end)).days

    @api.depends("kinds")
    def _compute_limit_helps(self):
        for decision in self:
            decision.limit_helps = bool(ON_LIMIT & set((decision.kinds or "").split(", ")))

    @api.depends("position", "asked")
    @api.depends_context("lang")
    def _compute_meter(self):
        for decision in self:
            verdict = decision._verdict()
            decision.meter = (
                decision.profile_id._meter(verdict.position, decision.asked, self.env._("This document"))
                if verdict and decision.profile_id
                else False
            )

    @api.depends("name", "partner_name")
    def _compute_display_name(self):
        for decision in self:
            decision.display_name = " – ".join(filter(None, [decision.name, decision.partner_name]))

    @api.model
    def _put_on_record(self, vals_list):
        """Store decisions by one plain INSERT.

        A decision is all given facts, copied once: what the ORM does beyond storing them would take about as long as
        the whole check.

        :param vals_list: as for ``create``; amounts rounded
        :return: the decisions, with sudo, as they are the server's own
        """
        decisions = self.sudo()
        if not vals_list:
            return decisions.browse()
        if self.env["credit.exposure"]._is_unsaved():
            # what is new in this transaction has to be there to be referred to
            self.env["sale.order"].flush_model(["name"])
        by_server = {"date": fields.Datetime.now(), "user_id": self.env.uid}
        names = (*dict.fromkeys(name for vals in vals_list for name in vals), "is_open", *by_server)
        rows = [
            tuple(decisions._column(name, vals.get(name)) for name in names)
            for vals in (dict(vals, is_open=vals["state"] in OPEN, **by_server) for vals in vals_list)
        ]
        ids = self.env.execute_query(SQL(_insert(names, len(rows)), *rows))
        for model in {vals["res_model"] for vals in vals_list}:
            shown = ["credit_decision_ids", "credit_decision_id", "credit_state"]
            self.env[model].invalidate_model(shown, flush=False)
        self.env["credit.profile"].invalidate_model(["decision_ids"], flush=False)
        return decisions.browse(row[0] for row in ids)

    @api.model
    def _drop_from_database(self):
        """Take the triggers of what is noted down off other addons' tables."""
        for field in self._fields.values():
            if isinstance(field, Noted):
                name = SQL.identifier(f"credit_decision_{field.name}_deleted")
                self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", name))

    @api.model
    def _move_contacts(self, sources, target):
        """Contacts were merged: what names them names the one that they became, without a foreign key to lead it."""
        for name in ("partner_id", "invoice_partner_id"):
            column = SQL.identifier(name)
            self.env.cr.execute(
                SQL("UPDATE credit_decision SET %s = %s WHERE %s = ANY(%s)", column, target.id, column, sources.ids)
            )

    def _column(self, name, value):
        """The value as its column takes it."""
        field = self._fields[name]
        if field.type == "monetary":  # its own conversion would round once more, and read the currency for it
            return value or 0.0
        return field.convert_to_column_insert(value, self, validate=False)

    # -- in words ------------------------------------------------------------------------------------

    def _verdict(self):
        """The verdict as it was, from its frozen figures; ``None`` for records without (taken over)."""
        self.ensure_one()
        if not self.position:
            return None
        return Verdict(
            outcome=self.outcome,
            findings=tuple(Finding.from_json(finding) for finding in self.findings or []),
            position=Position.from_json(self.position),
            document=self._document(),
            exemption=self.exemption or None,
        )

    def _document(self):
        """What asked for credit, as it was; of decisions that did not keep it yet, as far as their figures say."""
        if self.document:
            return Document.from_json(self.document)
        return Document(self.asked, self.document_amount, self.checkpoint, terms=self.cleared_terms)

    @api.depends("findings", "position", "outcome", "state")
    @api.depends_context("lang")
    def _compute_words(self):
        for decision in self:
            verdict = decision._verdict()
            sentences = decision._sentences(verdict) if verdict else []
            if not sentences:
                sentences = [decision._without_finding()]
            decision.summary = " ".join(sentences)
            decision.explanation = Markup("<ul class='mb-0'>%s</ul>") % Markup("").join(
                Markup("<li>%s</li>") % sentence for sentence in sentences
            )

    def _without_finding(self):
        """What to say where no rule was violated."""
        if self.state == "taken_over":
            return self.env._("The order was open when the customer came under credit control.")
        if self.state == "recorded":
            return self.env._("The order grew by what was delivered, without anybody's raising it.")
        if self.exemption:
            exemptions = {
                "small_document": self.env._("Passed as a small document."),
                "prepaid": self.env._("Passed because it is paid in full."),
                "payment_term": self.env._("Passed because of its payment terms."),
            }
            return exemptions.get(self.exemption, self.exemption)
        return self.env._("Nothing stands against it.")

    @api.model
    def _explain(self, findings, position, document, currency):
        """One sentence for each finding, in the reader's language, with the figures it stands on."""

        def money(amount):
            return formatLang(self.env, amount, currency_obj=currency)

        def limit_usage(finding):
            return self.env._(
                "With this document the customer would owe %(total)s, which is %(overage)s more than the"
                " %(allowed)s allowed (owed and ordered so far %(exposure)s, this document %(ask)s).",
                total=money(finding.measured),
                overage=money(finding.overage),
                allowed=money(finding.threshold),
                exposure=money(position.counted),
                ask=money(document.ask),
            )

        def group_limit(finding):
            group = position.group
            joint = self.env["res.currency"].with_context(active_test=False)
            joint = joint.search([("name", "=", group.currency)], limit=1)
            if group.limit_until and group.limit_until < position.as_of:
                return self.env._(
                    "The joint limit of the group “%(group)s” ended on %(date)s; the group owes %(total)s.",
                    group=group.name,
                    date=format_date(self.env, group.limit_until),
                    total=formatLang(self.env, group.exposure, currency_obj=joint),
                )
            return self.env._(
                "With this document the group “%(group)s” would owe %(total)s, and its joint limit is %(limit)s"
                " (owed and ordered so far %(exposure)s): %(overage)s too much.",
                group=group.name,
                total=formatLang(self.env, group.plus(document.ask).exposure, currency_obj=joint),
                limit=formatLang(self.env, group.limit, currency_obj=joint),
                exposure=formatLang(self.env, group.exposure, currency_obj=joint),
                overage=money(finding.overage),
            )

        sentences = {
            "limit_usage": limit_usage,
            "group_limit": group_limit,
            "no_limit": lambda finding: self.env._(
                "The customer has no credit limit; he would owe %(total)s.", total=money(finding.measured)
            ),
            "limit_expired": lambda finding: self.env._(
                "The customer's limit of %(limit)s ended on %(date)s, %(days)s days ago.",
                limit=money(position.limit),
                date=format_date(self.env, position.limit_until),
                days=int(finding.measured),
            ),
            "oldest_item": lambda finding: self.env._(
                "The oldest unpaid invoice is %(days)s days overdue; %(allowed)s are tolerated.",
                days=int(finding.measured),
                allowed=int(finding.threshold),
            ),
            "overdue_amount": lambda finding: self.env._(
                "%(overdue)s is overdue; %(allowed)s is tolerated.",
                overdue=money(finding.measured),
                allowed=money(finding.threshold),
            ),
            "overdue_share": lambda finding: self.env._(
                "%(share)s %% of what the customer owes is overdue; %(allowed)s %% is tolerated.",
                share=f"{finding.measured:g}",
                allowed=f"{finding.threshold:g}",
            ),
            "payment_terms": lambda finding: self.env._(
                "The payment terms are %(days)s days; the customer's grade allows %(allowed)s.",
                days=int(finding.measured),
                allowed=int(finding.threshold),
            ),
            "agreed_terms": lambda finding: self.env._(
                "The payment terms are %(days)s days; %(allowed)s were agreed upon with the customer.",
                days=int(finding.measured),
                allowed=int(finding.threshold),
            ),
            "overdue_usage": lambda finding: self.env._(
                "%(overdue)s is overdue (%(allowed)s is tolerated), and with this document %(usage)s %% of the limit is"
                " used.",
                overdue=money(finding.measured),
                allowed=money(finding.threshold),
                usage=f"{100.0 * (position.plus_amount(document.ask).usage or 0.0):.0f}",
            ),
            "payment_index": lambda finding: (
                self.env._(
                    "The payment index is %(index)s; below %(floor)s needs a decision.",
                    index=f"{finding.measured:g}",
                    floor=f"{finding.threshold:g}",
                )
                if finding.unit == "points"
                else self.env._("How the customer pays is not known.")
            ),
            "grade": lambda finding: (
                self.env._(
                    "The customer is rated %(grade)s; worse than %(allowed)s needs a decision.",
                    grade=position.grade,
                    allowed=finding.note,
                )
                if finding.unit == "points"
                else self.env._("The customer has no grade.")
            ),
            "review_overdue": lambda finding: (
                self.env._(
                    "The review of the customer was due on %(date)s, %(days)s days ago.",
                    date=format_date(self.env, position.next_review),
                    days=int(finding.measured),
                )
                if finding.unit == "days"
                else self.env._("The customer was never assessed.")
            ),
            "statement_age": lambda finding: (
                self.env._(
                    "The latest statement is of %(date)s, %(days)s days ago; %(allowed)s are tolerated.",
                    date=format_date(self.env, position.statement_until),
                    days=int(finding.measured),
                    allowed=int(finding.threshold),
                )
                if finding.unit == "days"
                else self.env._("There is no confirmed statement of the customer.")
            ),
            "account_status": lambda finding: self.env._("The account's status is: %s", finding.note),
            "largest_document": lambda finding: (
                self.env._(
                    "The document comes to %(amount)s. The largest invoice of two years came to %(largest)s; more than"
                    " %(allowed)s needs a decision.",
                    amount=money(finding.measured),
                    largest=money(position.largest_document),
                    allowed=money(finding.threshold),
                )
                if position.largest_document is not None
                else self.env._("It is the first document in two years.")
            ),
            "document_amount": lambda finding: self.env._(
                "The document comes to %(amount)s; more than %(allowed)s needs a decision.",
                amount=money(finding.measured),
                allowed=money(finding.threshold),
            ),
            "manual_hold": lambda finding: (
                self.env._("The customer is on hold: %(reason)s", reason=finding.note)
                if finding.note
                else self.env._("The customer is on hold.")
            ),
            "open_alert": lambda finding: self._explain_alerts(finding.note),
            "unknown_customer": lambda finding: self.env._("The customer is not under credit control yet."),
        }
        return [sentences[finding.kind](finding) for finding in findings if finding.kind in sentences]

    @api.model
    def _explain_alerts(self, kinds):
        """Which alerts hold the document; those that are not everybody's to know without their names."""
        known = kinds.split(",")
        labels = [self.env._(ALERT_KINDS[kind].label) for kind in known if kind in ALERT_KINDS]
        if len(labels) < len(known):
            labels.append(self.env._("one that the credit department sees to"))
        return self.env._("An alert about the customer is open: %s.", enumerated(self.env, labels))

    def _sentences(self, verdict):
        return self._explain(verdict.findings, verdict.position, verdict.document, self.currency_id)

    @api.depends("findings", "position")
    @api.depends_context("lang")
    def _compute_advice(self):
        for decision in self:
            verdict = decision._verdict()
            decision.advice = verdict and decision._advise(verdict, decision.profile_id)

    @api.model
    def _advise(self, verdict, profile, settled=()):
        """What would turn a stopped verdict into a pass, as an HTML list; empty where nothing is stopped.

        :param settled: ids of exposure rows that are paid by then, and not to be named
        """
        if verdict.stands:
            return False
        currency = (profile.currency_id or self.currency_id).sudo()

        def money(amount):
            return formatLang(self.env, amount, currency_obj=currency)

        way_out = remedy(verdict, profile.sudo().policy_id._engine_rules() if profile else ())
        ways = []
        if way_out.lift_hold:
            ways.append(self.env._("Have the hold on the customer lifted."))
        if way_out.ask_limit:
            ways.append(self.env._("Have a credit limit granted."))
        causes = {
            "payment_index": self.env._("Nothing at once: the payment index rises with every invoice paid on time."),
            "grade": self.env._("Have the customer assessed anew; the assessment says what would raise the grade."),
            "review_overdue": self.env._("Have the customer assessed, and the assessment confirmed."),
            "statement_age": self.env._("Have a newer statement entered and confirmed."),
            "account_status": self.env._("Have the account's status changed, once its reason has gone."),
        }
        ways += [causes[cause] for cause in way_out.causes]
        if way_out.pay_due:
            ways.append(
                self.env._(
                    "Payment of %(amount)s that is overdue%(invoices)s.",
                    amount=money(way_out.pay_due),
                    invoices=self._name_invoices(profile, way_out.pay_due, settled, overdue=True),
                )
            )
        if way_out.pay:
            ways.append(
                self.env._(
                    "Payment of %(amount)s%(invoices)s.",
                    amount=money(way_out.pay),
                    invoices=self._name_invoices(profile, way_out.pay, settled),
                )
            )
        if way_out.reduce:
            ways.append(
                self.env._(
                    "Or %(amount)s less on this document, taxes included: at most %(rest)s.",
                    amount=money(way_out.reduce),
                    rest=money(verdict.document.ask - way_out.reduce),
                )
                if ways
                else self.env._("%(amount)s less on this document, taxes included.", amount=money(way_out.reduce))
            )
        if way_out.terms is not None:
            # beside what has to be paid or taken off, not instead of it
            shorter = (
                self.env._("payment terms of at most %s days", way_out.terms)
                if way_out.terms
                else self.env._("payment at once")
            )
            ways.append(self.env._("And %s.", shorter) if ways else self.env._("Agree upon %s.", shorter))
        return Markup("<ul class='mb-0'>%s</ul>") % Markup("").join(Markup("<li>%s</li>") % way for way in ways)

    @api.model
    def _name_invoices(self, profile, amount, settled=(), overdue=False):
        """The invoices to pay, oldest first, until ``amount`` is reached: « (INV/1, INV/2)»."""
        # sudo: the numbers of the invoices only, for whoever may read the explanation
        domain = (
            Domain("profile_id", "=", profile.id) & Domain("component", "=", "receivable") & Domain("amount", ">", 0)
        )
        if overdue:
            domain &= Domain("overdue", ">", 0)
        if settled:
            domain &= Domain("id", "not in", list(settled))
        names, left = [], amount
        for item in self.env["credit.exposure"].sudo().search(domain, order="date_due, id", limit=6):
            if left <= 0 or len(names) == 5:
                names.append("…")
                break
            names.append(item.name)
            left -= item.amount
        return f" ({', '.join(names)})" if names else ""

    # -- asking for it -------------------------------------------------------------------------------

    def _in_brief(self):
        """What the document is to be let do, in a sentence for a request to begin with."""
        self.ensure_one()
        record = self._record()
        if self.checkpoint != "amendment" or not record:
            return self.env._(
                "%(document)s: %(asked)s",
                document=self.name,
                asked=formatLang(self.env, self.asked, currency_obj=self.currency_id),
            )
        if record.currency_id.compare_amounts(self.cleared_value, record.credit_value):
            return self.env._(
                "%(document)s is to be raised from %(before)s to %(after)s.",
                document=self.name,
                before=formatLang(self.env, record.credit_value, currency_obj=record.currency_id),
                after=formatLang(self.env, self.cleared_value, currency_obj=record.currency_id),
            )
        return self.env._(
            "%(document)s is to be paid within %(after)s days instead of %(before)s.",
            document=self.name,
            before=record._credit_terms(),
            after=self.cleared_terms,
        )

    def _needed_limit(self):
        """The limit with which the document would pass as things are now, in the profile's currency."""
        self.ensure_one()
        record = self._record()
        profile = self.profile_id
        position = profile._positions(record._credit_without() if record else ())[profile.id]
        document = self._document()
        if record:
            position = position.without(record._credit_held_already(document, profile))
        return needed_limit(position, document, profile.policy_id._engine_rules())

    def action_ask_limit(self):
        """Open the dialog in which the salesperson asks for a limit that lets the document pass."""
        self.ensure_one()
        self.check_access("read")
        # sudo: of the customer only the limit that is needed comes out; who may ask is checked when he does
        decision = self.sudo()
        if decision.state not in ("held", "ready", "refused") or not decision.profile_id.active:
            raise UserError(self.env._("“%s” is not held: there is nothing to ask for.", decision.display_name))
        return decision.profile_id._action_ask_for_limit(
            {
                "default_profile_ids": decision.profile_id.ids,
                "default_decision_id": decision.id,
                "default_amount": decision._needed_limit(),
                "default_note": decision._in_brief(),
            }
        )

    # -- releasing and rejecting ---------------------------------------------------------------------

    def _askers(self):
        """Everybody who counts as asking: the salesperson, then and now, who entered the document, and who asked."""
        self.ensure_one()
        people = self.document_user_id | self.creator_id | self.requested_by
        for link in self._links():
            if self[link]:
                people |= self[link].sudo()._credit_people()
        return people - self.env["res.users"].browse(SUPERUSER_ID)

    def _authorities(self, amount=None):
        """The authorities that suffice for releasing this, with sudo.

        :param amount: the amount of the release, if it is more than the decision's own
        """
        self.ensure_one()
        more = max(0.0, (amount or 0.0) - self.asked)
        # sudo: salespeople, who have no access to the table, are told who may release
        return self.policy_id.sudo().authority_ids._covers(
            self.overage + more, self.document_amount + more, self.currency_id.rounding
        )

    def _releasing_as(self, user, principals, amount=None):
        """In whose right ``user`` may release this; empty if he may not. He may have asked for it as little as the one
        whose right it is.

        :param principals: in whose right he may act, see :meth:`credit.deputy._principals`
        """
        self.ensure_one()
        askers = self.env["res.users"] if self.policy_id.sudo().allow_self_release else self._askers()
        if user in askers:
            return user.browse()
        authorities = self._authorities(amount)
        # who manages credit at all may release what exceeds nothing, such as a prepaid order of a customer on hold
        nothing = not exceeds(self.overage + max(0.0, (amount or 0.0) - self.asked), 0.0, self.currency_id.rounding)
        return (principals - askers).filtered(lambda user: _manages(user) and (nothing or authorities._of(user)))[:1]

    def _why_not_release(self, user, amount=None, principals=None):
        """Why ``user`` may not release this decision; ``None`` if he may.

        :param amount: the amount of the release, if it is more than the decision's own
        :param principals: in whose right he may act, where the caller knows it
        """
        self.ensure_one()
        if principals is None:
            principals = self.env["credit.deputy"]._principals(user)
        managers = principals.filtered(_manages)
        if not managers:
            return self.env._("Only credit managers release held orders.")
        if not self.is_open and not (self.state == "refused" and self.requested_on):
            return self.env._("“%s” is not waiting for a decision.", self.display_name)
        if self.outcome == "refuse":
            return self.env._(
                "“%s” was refused: it cannot be released, only its cause can be removed.", self.display_name
            )
        if self._releasing_as(user, principals, amount):
            return None
        askers = self.env["res.users"] if self.policy_id.sudo().allow_self_release else self._askers()
        if user in askers:
            return self.env._("“%s” is your own order, so somebody else has to decide on it.", self.display_name)
        if not managers - askers:
            return self.env._(
                "“%(order)s” is the own order of %(person)s, for whom you stand in: somebody else has to decide on it.",
                order=self.display_name,
                person=managers[:1].name,
            )
        more = max(0.0, (amount or 0.0) - self.asked)
        return self.env._(
            "Releasing “%(order)s” takes authority for %(overage)s above what is allowed, on a document of"
            " %(document)s, which is more than yours. It is for: %(who)s.",
            order=self.display_name,
            overage=formatLang(self.env, self.overage + more, currency_obj=self.currency_id),
            document=formatLang(self.env, self.document_amount + more, currency_obj=self.currency_id),
            who=self._authorities(amount)._who_in_words() or self.env._("nobody, as the policy stands"),
        )

    @api.depends("state", "overage", "outcome")
    @api.depends_context("uid")
    def _compute_may_release(self):
        principals = self.env["credit.deputy"]._principals(self.env.user)
        for decision in self:
            decision.may_release = not decision._why_not_release(self.env.user, principals=principals)

    @api.depends("policy_id", "overage", "document_amount")
    @api.depends_context("lang")
    def _compute_releasers(self):
        for decision in self:
            decision.releasers = decision.outcome != "refuse" and decision._authorities()._who_in_words()

    def _search_may_release(self, operator, value):
        """What :meth:`_why_not_release` says record by record, for the whole queue in one query."""
        if operator != "in":
            return NotImplemented
        user = self.env.user
        managers = self.env["credit.deputy"]._principals(user).filtered(_manages)
        waiting = Domain("is_open", "=", True) | Domain("state", "=", "refused") & Domain("requested_on", "!=", False)
        # sudo: a decision is bound by its policy, whether its reader may see that one or not
        policies = [policy for (policy,) in self.sudo()._read_group(waiting, ["policy_id"])]
        within = []
        for policy in policies:
            own_too = policy.allow_self_release
            here = Domain("policy_id", "=", policy.id) & (Domain.TRUE if own_too else ~self._asked_by(user))
            for manager in managers:
                right = here & (Domain("overage", "<=", 0.0) | policy.authority_ids._of(manager)._covered())
                within.append(right if own_too else right & ~self._asked_by(manager))
        return waiting & Domain("outcome", "!=", "refuse") & Domain.OR(within)

    @api.model
    def _asked_by(self, user):
        """The decisions that ``user`` counts as having asked for (see :meth:`_askers`), as a domain."""
        return Domain.OR(
            [
                *(Domain(name, "=", user.id) for name in ("document_user_id", "creator_id", "requested_by")),
                # who releases need not have access to sales or accounting, and is the asker all the same
                *(
                    Domain(link, "any!", Domain.OR(Domain(person, "=", user.id) for person in people))
                    for link, people in self._links().items()
                ),
            ]
        )

    @api.model
    def _links(self):
        """The fields that name documents, each with the fields of the document that name who asks for it."""
        return {"order_id": ("user_id", "create_uid"), "move_id": ("invoice_user_id", "create_uid")}

    def _next_people(self):
        """Who is to be asked for the release of this: whoever looks after the customer, where he may, or all who may;
        and who stands in for them. Users with sudo."""
        self.ensure_one()
        managers = self.env.ref("credit_management.group_manager").sudo().all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and user.id != SUPERUSER_ID
        )
        able = managers.filtered(lambda user: self._releasing_as(user, user))
        people = self.owner_id.sudo() & able or able
        return (people | self.env["credit.deputy"]._deputies(people)) - self._askers()

    def _release(self, reason, note=None, until=None, amount=None):
        """Release these holds, within the user's authority, and go on as their policy says.

        :param amount: up to which the document may ask for credit, in company currency; by default what it asks now
        :raises AccessError: the user may not release one of them: then none is released
        """
        self.check_access("read")
        self.profile_id._enter_gate()
        self.invalidate_recordset(["state", "used_on"])
        self.profile_id._hand_undecided_over()
        principals = self.env["credit.deputy"]._principals(self.env.user)
        for decision in self:
            problem = decision._why_not_release(self.env.user, amount, principals)
            if problem:
                raise AccessError(problem)
            if until and until < fields.Date.today():
                raise UserError(self.env._("A release cannot end in the past: choose today or a later day."))
            if amount is not None and exceeds(decision.asked, amount, decision.currency_id.rounding):
                raise UserError(
                    self.env._(
                        "“%(order)s” asks for %(asked)s: releasing it up to %(amount)s would not let it pass.",
                        order=decision.display_name,
                        asked=formatLang(self.env, decision.asked, currency_obj=decision.currency_id),
                        amount=formatLang(self.env, amount, currency_obj=decision.currency_id),
                    )
                )
        for decision in self:
            principal = decision._releasing_as(self.env.user, principals, amount)
            decision._set_released(reason, note, until, decision.asked if amount is None else amount, principal)
        self._go_on()

    def _set_released(self, reason, note, until, amount, principal=None):
        # sudo: decisions are closed to everybody's writing; the right to release was checked by the caller
        self.sudo().write(
            {
                "state": "released",
                "released_by": self.env.uid,
                "principal_id": principal.id if principal else self.env.uid,
                "released_on": fields.Datetime.now(),
                "reason_id": reason and reason.id,
                "release_note": note,
                "release_amount": amount,
                "release_until": until
                or fields.Date.add(
                    fields.Date.today(), days=self.policy_id.sudo().release_days if self.policy_id else 0
                ),
            }
        )

    def _go_on(self):
        """After a release: confirm the document, or hand it back to its salesperson."""
        for decision in self:
            record = decision._record()
            if record:
                record._credit_released(decision)

    def _record(self):
        """The document, with sudo: whoever releases it need not have access to sales. Empty if it is gone."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env or not self.res_id:
            return None
        return self.env[self.res_model].sudo().browse(self.res_id).exists()

    def _reject(self, reason, note=None):
        """Turn down these holds. The order stays a quotation and its salesperson is told."""
        self.check_access("read")
        managers = self.env["credit.deputy"]._principals(self.env.user).filtered(_manages)
        if not managers:
            raise AccessError(self.env._("Only credit managers reject held orders."))
        for decision in self:
            if not decision.is_open and not (decision.state == "refused" and decision.requested_on):
                raise UserError(self.env._("“%s” is not waiting for a decision.", decision.display_name))
        # sudo: as in _set_released
        self.sudo().write(
            {
                "state": "rejected",
                "released_by": self.env.uid,
                "principal_id": managers[0].id,
                "released_on": fields.Datetime.now(),
                "reason_id": reason and reason.id,
                "release_note": note,
            }
        )
        for decision in self:
            record = decision._record()
            if record:
                record._credit_rejected(decision)

    def _recheck(self):
        """Judge held documents again on live figures: ready where the cause has gone, on hold again where it
        came back. Where the policy says so, what is ready is released at once."""
        by_model = {}
        for decision in self.filtered("is_open"):
            by_model.setdefault(decision.res_model, self.browse())
            by_model[decision.res_model] |= decision
        for model, waiting in by_model.items():
            if model not in self.env:
                continue
            records = self.env[model].sudo().browse(waiting.mapped("res_id")).exists()
            # it was let through by a later check
            gone_on = records.filtered(lambda record: record._credit_stands())
            gone_on._credit_end(OPEN)
            records -= gone_on
            decisions = waiting.filtered("is_open")
            judged = records._credit_judge(records._credit_checkpoint)
            judgements = {judgement.record.id: judgement for judgement in judged}
            ready = decisions.filtered(lambda d, by_id=judgements: d.res_id in by_id and by_id[d.res_id].stands)
            held = decisions - ready
            ready.filtered(lambda d: d.state != "ready").write({"state": "ready"})
            held.filtered(lambda d: d.state != "held").write({"state": "held"})
            for decision in ready.filtered(lambda d: d.policy_id.auto_release):
                decision.with_user(self.env.ref("base.user_root"))._set_released(
                    None, self.env._("The cause has gone; released by itself."), None, decision.asked
                )
                decision._go_on()

    @api.model
    def _void_unused_releases(self, profiles):
        """Releases that were not used yet end when the customer is put on hold."""
        self.search([("profile_id", "in", profiles.ids), ("state", "=", "released"), ("used_on", "=", False)]).write(
            {"state": "void"}
        )

    def action_release(self):
        return self._action_wizard("release", self.env._("Release"))

    def action_reject(self):
        return self._action_wizard("reject", self.env._("Reject"))

    def _action_wizard(self, mode, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mode": mode, "default_decision_ids": self.ids},
        }

    def action_recheck(self):
        self.check_access("read")
        # sudo: judging again changes nothing but what the server finds
        self.sudo()._recheck()
        return True

    def action_view_document(self):
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.name))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(record.with_env(self.env)._credit_view_id(), "form")],
        }

    # -- clearance -----------------------------------------------------------------------------------

    def _is_used(self):
        """Whether this decision is what a standing document stands on, and not a release still to be used."""
        self.ensure_one()
        return self.state in ("passed", "taken_over") or (self.state == "released" and bool(self.used_on))

    def _is_for(self, record, profile):
        """Whether it was made for this customer, company and currency."""
        self.ensure_one()
        return (
            self.profile_id == profile
            and self.company_id == record.company_id.sudo().root_id
            and self.document_currency_id == record.currency_id
        )

    def _follows(self, record, profile):
        """Whether only the customer has changed, and not the document: its contact was moved to another company, or
        the customer behind it came under control. What was cleared stands, so that its goods can be delivered."""
        self.ensure_one()
        return (
            bool(profile)
            and self.profile_id != profile
            and self.invoice_partner_id == record.partner_invoice_id
            and record.partner_invoice_id.commercial_partner_id == profile.partner_id
        )

    def _is_exceeded(self, record, profile):
        self.ensure_one()
        return (
            self._has_longer_terms(record)
            or exceeds(record.credit_value, self.cleared_value, record.currency_id.rounding)
            or self._is_brought_forward(record, profile)
        )

    def _has_longer_terms(self, record):
        return record._credit_terms() > self.cleared_terms

    def _is_brought_forward(self, record, profile):
        """Whether the document counts only now: it was cleared for a delivery beyond the policy's horizon, and is to be
        delivered within it."""
        if not profile or profile.count_orders != "horizon" or not self.cleared_delivery:
            return False
        horizon = fields.Date.add(fields.Date.today(), days=profile.order_horizon)
        return self.cleared_delivery > horizon and (record._credit_delivery() or horizon) <= horizon

    def _is_growth(self, record, profile):
        """Whether what exceeds the clearance came by itself (stock moves, timesheets), not by a person's edit."""
        self.ensure_one()
        if self._has_longer_terms(record) or self._is_brought_forward(record, profile):
            return False
        return not exceeds(record.credit_committed, self.cleared_committed, record.currency_id.rounding)

    def _lower(self, record):
        """Take back what the document no longer needs, so that raising it again is a new check."""
        self.ensure_one()
        rounding = record.currency_id.rounding
        lower = {}
        if exceeds(self.cleared_value, record.credit_value, rounding):
            lower["cleared_value"] = record.credit_value
        if round((self.cleared_committed - record.credit_committed) / rounding):
            lower["cleared_committed"] = record.credit_committed
        if self.cleared_terms > record._credit_terms():
            lower["cleared_terms"] = record._credit_terms()
        delivery = record._credit_delivery()
        if delivery and (not self.cleared_delivery or self.cleared_delivery < delivery):
            lower["cleared_delivery"] = delivery
        if lower:
            self.write(lower)

    def _covers(self, judgement):
        """Whether this unused release lets pass what ``judgement`` stopped: up to its amount, payment terms and date,
        for the same customer, and never a refusal."""
        self.ensure_one()
        return (
            self.state == "released"
            and not self.used_on
            and judgement.verdict.outcome != "refuse"
            and self.profile_id == judgement.profile
            and (not self.release_until or self.release_until >= fields.Date.today())
            and not exceeds(judgement.verdict.document.ask, self.release_amount, self.currency_id.rounding)
            and not self._has_longer_terms(judgement.record)
        )

    def _hand_over(self):
        """These holds give way to a new check of the same document, which takes the request for release along."""
        asked = self.filtered("requested_on")[:1]
        handed = {
            "request_note": asked.request_note,
            "requested_on": asked.requested_on,
            "requested_by": asked.requested_by.id,
        }
        self.write({"state": "void"})
        return handed if asked else {}
