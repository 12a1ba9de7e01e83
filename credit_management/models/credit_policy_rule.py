# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

from ..engine.rules import RULE_KINDS, Rule
from ..tools.words import enumerated, side_by_side

PARAMETERS = (
    "percent", "amount", "cap", "days", "period_days", "payment_terms", "index", "grade", "account_statuses", "unknown",
)  # fmt: skip


class CreditPolicyRule(models.Model):
    _name = "credit.policy.rule"
    _inherit = ["credit.kept.mixin", "credit.policy.part"]
    _description = "Credit Policy Rule"
    _order = "sequence, id"
    _rec_name = "kind"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [(kind.code, kind.label) for kind in RULE_KINDS.values()], "Rule", required=True, default="limit_usage",
        help="What is looked at. The figures beside it depend on it.",
    )
    exempting = fields.Boolean(
        "Exemption", compute="_compute_uses",
        help="A rule that lets documents pass, whatever the others say.",
    )  # fmt: skip
    on_quotation = fields.Selection(
        [("ignore", "–"), ("warn", "Warn")], "On quotations", required=True, default="warn",
        help="What a quotation shows before anybody confirms it.",
    )  # fmt: skip
    on_order = fields.Selection(
        "_selection_action", "On orders", required=True, default="hold",
        help="Hold: it can be released. Refuse: only its cause can be removed.",
    )  # fmt: skip
    on_amendment = fields.Selection(
        "_selection_action", "On increases", required=True, default="hold",
        help="What happens when a confirmed order is raised.",
    )  # fmt: skip
    # for the addon that checks deliveries, and shows it
    on_delivery = fields.Selection(
        "_selection_action", "On deliveries", required=True, default="ignore",
        help="What happens when goods are to leave for the customer. Nobody ships what is held before it is released.",
    )  # fmt: skip
    on_invoice = fields.Selection(
        "_selection_action", "On invoices", required=True, default="ignore",
        help="What happens when an invoice is to be posted that no order cleared. A held one stays a draft.",
    )  # fmt: skip

    percent = fields.Float(
        digits=(16, 2), default=100.0,
        help="Of what, is said in the sentence. 100 % of the limit is the whole limit.",
    )  # fmt: skip
    amount = fields.Monetary(
        help="In the currency of the policy's company, or of each company where the policy is shared.",
    )
    cap = fields.Monetary("In all up to", help="What such documents of a customer may come to together.")
    days = fields.Integer(help="How many days; what they mean is said in the sentence.")
    period_days = fields.Integer(
        "Within (days)", default=30, help="The days over which they are added up."
    )
    payment_term_ids = fields.Many2many(
        "account.payment.term", string="Payment terms",
        help="Documents with any of these terms pass.",
    )  # fmt: skip
    index_floor = fields.Float("Index below", digits=(16, 1), default=50.0, help="0 to 100; 80 is prompt.")
    grade_id = fields.Many2one(
        "credit.grade", "Grade worse than", ondelete="restrict",
        help="The worst grade that is still allowed.",
    )  # fmt: skip
    account_status_ids = fields.Many2many(
        "credit.account.status", string="Account states",
        help="The rule is violated in any of these states.",
    )  # fmt: skip
    if_unknown = fields.Boolean("Unknown too", help="What is not known of a customer counts as a violation.")
    currency_id = fields.Many2one(related="policy_id.currency_id")
    description = fields.Char(
        "In words", compute="_compute_description",
        help="What the rule does, in a sentence made of its figures.",
    )  # fmt: skip

    uses_percent = fields.Boolean(compute="_compute_uses")
    uses_amount = fields.Boolean(compute="_compute_uses")
    uses_cap = fields.Boolean(compute="_compute_uses")
    uses_days = fields.Boolean(compute="_compute_uses")
    uses_period_days = fields.Boolean(compute="_compute_uses")
    uses_payment_terms = fields.Boolean(compute="_compute_uses")
    uses_index = fields.Boolean(compute="_compute_uses")
    uses_grade = fields.Boolean(compute="_compute_uses")
    uses_account_statuses = fields.Boolean(compute="_compute_uses")
    uses_unknown = fields.Boolean(compute="_compute_uses")

    _figures_positive = models.Constraint(
        "CHECK(percent >= 0 AND amount >= 0 AND cap >= 0 AND days >= 0 AND period_days >= 0 AND index_floor >= 0)",
        "The figures of a rule cannot be negative.",
    )

    @api.model
    def _selection_action(self):
        return [
            ("ignore", "–"),
            ("warn", self.env._("Warn")),
            ("hold", self.env._("Hold")),
            ("refuse", self.env._("Refuse")),
        ]

    @api.depends("kind")
    def _compute_uses(self):
        for rule in self:
            kind = RULE_KINDS.get(rule.kind)
            rule.exempting = bool(kind and kind.exempt)
            for parameter in PARAMETERS:
                rule[f"uses_{parameter}"] = bool(kind and parameter in kind.parameters)

    @api.depends(
        "kind", "on_order", "on_delivery", "on_invoice",
        "percent", "amount", "cap", "days", "period_days", "payment_term_ids", "index_floor",
        "grade_id", "account_status_ids", "if_unknown",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_description(self):
        for rule in self:
            sentence = rule._sentence()
            rule.description = (
                sentence
                if rule.exempting or not sentence
                else self.env._("%(condition)s: %(action)s.", condition=sentence, action=rule._consequences())
            )

    def _consequences(self):
        """What follows where the rule is violated, in the reader's language: for orders always, at further checkpoints
        where anything follows there."""
        self.ensure_one()
        orders = {
            "ignore": self.env._("nothing happens"),
            "warn": self.env._("a warning is shown"),
            "hold": self.env._("the order is held"),
            "refuse": self.env._("the order is refused"),
        }
        further = {
            ("delivery", "warn"): self.env._("deliveries go with a warning"),
            ("delivery", "hold"): self.env._("deliveries are held"),
            ("delivery", "refuse"): self.env._("deliveries are refused"),
            ("invoice", "warn"): self.env._("invoices without order are posted with a warning"),
            ("invoice", "hold"): self.env._("invoices without order are held"),
            ("invoice", "refuse"): self.env._("invoices without order are refused"),
        }
        words = [orders.get(self.on_order, "")]
        words += [further.get((checkpoint, self[f"on_{checkpoint}"])) for checkpoint in self._further_checkpoints()]
        return side_by_side(self.env, filter(None, words))

    @api.model
    def _further_checkpoints(self):
        """The checkpoints beside those of orders that there are; addons add theirs."""
        return ["invoice"]

    def _sentence(self):
        """What the rule looks at, in the reader's language."""
        self.ensure_one()

        def money(amount):
            return formatLang(self.env, amount, currency_obj=self.currency_id)

        percent = f"{self.percent:g} %"
        sentences = {
            "manual_hold": lambda: self.env._("The customer was put on hold by hand"),
            "no_limit": lambda: self.env._("The customer has no limit"),
            "limit_expired": lambda: (
                self.env._("The limit ended more than %(days)s days ago", days=self.days)
                if self.days
                else self.env._("The limit has ended")
            ),
            "limit_usage": lambda: self.env._(
                "What is owed and ordered comes to more than %(percent)s of the limit", percent=percent
            ),
            "group_limit": lambda: self.env._("The members of the customer's group exceed their joint limit"),
            "oldest_item": lambda: (
                self.env._(
                    "An invoice is more than %(days)s days overdue, and more than %(amount)s in all",
                    days=self.days,
                    amount=money(self.amount),
                )
                if self.amount
                else self.env._("An invoice is more than %(days)s days overdue", days=self.days)
            ),
            "overdue_amount": lambda: self.env._("More than %(amount)s is overdue", amount=money(self.amount)),
            "overdue_share": lambda: (
                self.env._(
                    "More than %(percent)s of what is owed is overdue, and more than %(amount)s",
                    percent=percent,
                    amount=money(self.amount),
                )
                if self.amount
                else self.env._("More than %(percent)s of what is owed is overdue", percent=percent)
            ),
            "payment_terms": lambda: (
                self.env._(
                    "The payment terms are more than %(days)s days longer than the customer's grade allows",
                    days=self.days,
                )
                if self.days
                else self.env._("The payment terms are longer than the customer's grade allows")
            ),
            "agreed_terms": lambda: (
                self.env._(
                    "The payment terms are more than %(days)s days longer than agreed upon with the customer",
                    days=self.days,
                )
                if self.days
                else self.env._("The payment terms are longer than agreed upon with the customer")
            ),
            "overdue_usage": lambda: self.env._(
                "More than %(amount)s is overdue, and more than %(percent)s of the limit is used",
                amount=money(self.amount),
                percent=percent,
            ),
            "payment_index": lambda: (
                self.env._("The payment index is below %s, or not known", f"{self.index_floor:g}")
                if self.if_unknown
                else self.env._("The payment index is below %s", f"{self.index_floor:g}")
            ),
            "grade": lambda: (
                self.env._("The grade is worse than %s, or there is none", self.grade_id.code or "–")
                if self.if_unknown
                else self.env._("The grade is worse than %s", self.grade_id.code or "–")
            ),
            "review_overdue": lambda: (
                self.env._("The review is more than %s days overdue, or there was none", self.days)
                if self.if_unknown
                else self.env._("The review is more than %s days overdue", self.days)
            ),
            "statement_age": lambda: (
                self.env._("The latest statement ended more than %s days ago, or there is none", self.days)
                if self.if_unknown
                else self.env._("The latest statement ended more than %s days ago", self.days)
            ),
            "account_status": lambda: self.env._(
                "The account is in one of these states: %s",
                enumerated(self.env, self.account_status_ids.mapped("name")),
            ),
            "largest_document": lambda: (
                self.env._("The document is above %s of the largest invoice of two years, or is the first", percent)
                if self.if_unknown
                else self.env._("The document is above %s of the largest invoice of two years", percent)
            ),
            "open_alert": lambda: self.env._("An alert that holds orders is open"),
            "document_amount": lambda: self.env._("The document is larger than %(amount)s", amount=money(self.amount)),
            "small_document": lambda: self.env._(
                "Documents up to %(amount)s pass, in all up to %(cap)s within %(days)s days.",
                amount=money(self.amount),
                cap=money(self.cap),
                days=self.period_days,
            ),
            "prepaid": lambda: self.env._("Documents that are paid in full beforehand pass."),
            "payment_term": lambda: self.env._(
                "Documents with these payment terms pass: %(terms)s.",
                terms=enumerated(self.env, self.payment_term_ids.mapped("name")),
            ),
        }
        return sentences[self.kind]() if self.kind in sentences else ""

    @api.constrains(
        "kind", "payment_term_ids", "grade_id", "account_status_ids", "cap", "amount", "active", "policy_id"
    )
    def _check_parameters(self):
        for rule in self:
            if (
                rule.kind == "small_document"
                and self.search_count([("policy_id", "=", rule.policy_id.id), ("kind", "=", "small_document")]) > 1
            ):
                raise ValidationError(
                    self.env._(
                        "The policy “%s” exempts small documents twice: it would not be clear which cap holds."
                        " Keep one of the two.",
                        rule.policy_id.name,
                    )
                )
            if rule.kind == "grade" and not rule.grade_id:
                raise ValidationError(self.env._("The rule on the grade in “%s” names none.", rule.policy_id.name))
            if rule.kind == "account_status" and not rule.account_status_ids:
                raise ValidationError(
                    self.env._("The rule on account states in “%s” lists none.", rule.policy_id.name)
                )
            if rule.kind == "payment_term" and not rule.payment_term_ids:
                raise ValidationError(
                    self.env._("The exemption for payment terms in “%s” lists none.", rule.policy_id.name)
                )
            if rule.kind == "small_document" and rule.cap < rule.amount:
                raise ValidationError(
                    self.env._(
                        "In “%s” small documents pass one by one for more than they may come to in all:"
                        " raise the cap or lower the amount.",
                        rule.policy_id.name,
                    )
                )

    @api.model
    @tools.ormcache("kind")
    def _is_used(self, kind):
        """Whether any policy has an active rule of the kind: what only it asks for need not be looked up otherwise."""
        # sudo: policies bind orders of companies that whoever asks does not see
        return bool(self.sudo().search_count([("kind", "=", kind)], limit=1))

    @api.model
    @tools.ormcache("checkpoint")
    def _is_at(self, checkpoint):
        """Whether any policy has an active rule that does something at ``checkpoint``: where none has, documents there
        are not even looked at."""
        # sudo: as above
        return bool(self.sudo().search_count([(f"on_{checkpoint}", "!=", "ignore")], limit=1))

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            rule.display_name = kinds.get(rule.kind, "")

    def _identity(self):
        return self.kind

    def _in_words(self):
        """What it looks at, and what follows at each checkpoint where something does."""
        sentence = self._sentence() or self.display_name
        if self.exempting:
            return sentence
        asked = ("quotation", "order", "amendment", *self._further_checkpoints())
        checkpoints = [name for name in (f"on_{checkpoint}" for checkpoint in asked) if self[name] != "ignore"]
        follows = [
            self.env._(
                "%(checkpoint)s: %(action)s",
                checkpoint=self._fields[name]._description_string(self.env),
                action=dict(self._fields[name]._description_selection(self.env))[self[name]].lower(),
            )
            for name in checkpoints
        ] or [self.env._("nothing happens")]
        follows = enumerated(self.env, (each[:1].lower() + each[1:] for each in follows))
        return self.env._(
            "%(condition)s. %(follows)s.", condition=sentence, follows=follows[:1].upper() + follows[1:]
        )

    def _engine_rule(self):
        return Rule(
            kind=self.kind,
            actions={
                "quotation": self.on_quotation,
                "order": self.on_order,
                "amendment": self.on_amendment,
                "delivery": self.on_delivery,
                "invoice": self.on_invoice,
            },
            percent=self.percent,
            amount=self.amount,
            cap=self.cap,
            days=self.days,
            payment_terms=frozenset(self.payment_term_ids.ids),
            index=self.index_floor,
            grade=self.grade_id.code or "",
            grade_place=self.env["credit.grade"]._places().get(self.grade_id.id, ("", 0))[1],
            account_statuses=frozenset(self.account_status_ids.ids),
            unknown=self.if_unknown,
            key=self.id,
        )
