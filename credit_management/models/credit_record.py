# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine import records as engine
from ..tools.known import KnownFloat, PositiveMonetary

SEVERITY_LABELS = [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical")]

# kinds that answer for a part of a customer's file
REFERENCES = ("bank_reference", "trade_reference")
CONTACTS = ("visit", "interview")


class CreditRecord(models.Model):
    """Something that happened or was said about a customer's credit, on a day and from a source.

    A record is in force from its date, once it is known, until the day it is valid until. Adverse ones speak
    against the customer; how many there are, of which age and severity, is counted by :mod:`engine.records`.
    """

    _name = "credit.record"
    _description = "Credit Record"
    _inherit = ["credit.derived.mixin", "credit.information.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_name = "title"

    kind = fields.Selection(
        selection="_select_kind", required=True, default="visit", index=True, tracking=True,
        help="What the record is of. It says whether the record is adverse at first; that can be changed.",
    )  # fmt: skip
    title = fields.Char("In short", required=True, tracking=True, help="What happened, in a line.")
    date = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True, help="When it happened, or was reported."
    )
    date_until = fields.Date(
        "Valid until", tracking=True,
        help="The last day on which it counts: when a report runs out, a default is cured, a lawsuit has been settled."
        " Leave empty for no end.",
    )  # fmt: skip
    known_on = fields.Date(
        "Known since", required=True, default=fields.Date.context_today, tracking=True, copy=False,
        help="The day it was entered. Assessments as of an earlier day don't count it. Credit managers may say that it"
        " was known before, for a history that is brought in.",
    )  # fmt: skip
    adverse = fields.Boolean(
        compute="_compute_adverse", store=True, readonly=False, precompute=True, tracking=True,
        help="It speaks against the customer and counts as such.",
    )  # fmt: skip
    severity = fields.Selection(
        SEVERITY_LABELS, compute="_compute_adverse", store=True, readonly=False, precompute=True, required=True,
        tracking=True, help="How grave it is, if it is adverse.",
    )  # fmt: skip
    source = fields.Char(help="Who says so: the bureau, the bank, the court, the supplier, the person who visited.")
    user_id = fields.Many2one(
        "res.users", "Recorded by", default=lambda self: self.env.user, domain=[("share", "=", False)],
        help="Who keeps this record, or has visited the customer.",
    )  # fmt: skip
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id, help="The currency of the amount."
    )
    amount = PositiveMonetary(help="What it is about: the loan, the claim, the cheque.", tracking=True)
    score = fields.Float("External score", help="The score as the bureau states it.", tracking=True)
    score_worst = fields.Float("Worst score", help="The bad end of the bureau's scale, such as 600.")
    score_best = fields.Float(
        "Best score", help="The good end of the bureau's scale, such as 100. It may be below the worst one."
    )
    score_scaled = KnownFloat(
        "Score of 100", compute="_compute_score_scaled", store=True, aggregator="avg",
        help="The external score on a scale from 0 (worst) to 100 (best).",
    )  # fmt: skip
    scored = fields.Boolean(
        compute="_compute_score_scaled", store=True, help="There is an external score: the scale has two ends."
    )
    document = fields.Binary(attachment=True, help="The report, the judgment, the letter.")
    document_name = fields.Char("Name of the document")
    note = fields.Html(help="All that is worth knowing of it.")
    in_force = fields.Boolean("In force today", compute="_compute_in_force", search="_search_in_force")

    _dates_ordered = models.Constraint(
        "CHECK(date_until IS NULL OR date_until >= date)", "A record cannot run out before its date."
    )
    _amount_positive = models.Constraint("CHECK(amount >= 0)", "The amount of a record cannot be negative.")

    @api.model
    def _select_kind(self):
        return [(kind.code, self.env._(kind.label)) for kind in engine.KINDS.values()]

    @api.depends("kind")
    def _compute_adverse(self):
        for record in self:
            kind = engine.KINDS.get(record.kind)
            record.adverse = bool(kind and kind.adverse)
            record.severity = kind.severity if kind else "low"

    @api.depends("kind", "score", "score_worst", "score_best")
    def _compute_score_scaled(self):
        for record in self:
            record.scored = record.kind == "bureau" and record.score_worst != record.score_best
            try:
                record.score_scaled = (
                    engine.scaled(record.score, record.score_worst, record.score_best) if record.scored else False
                )
            except ValueError:
                record.score_scaled = False  # refused by _check_score; the form is still being filled in

    @api.constrains("kind", "score", "score_worst", "score_best")
    def _check_score(self):
        for record in self:
            if record.scored:
                try:
                    engine.scaled(record.score, record.score_worst, record.score_best)
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "“%(record)s”: the score %(score)g is not between %(worst)g (worst) and %(best)g (best).",
                            record=record.title,
                            score=record.score,
                            worst=record.score_worst,
                            best=record.score_best,
                        )
                    ) from error
            elif record.score:
                raise ValidationError(
                    self.env._(
                        "“%(record)s”: a score says nothing without its scale. Give the worst and the best score that"
                        " the bureau knows, on a bureau report.",
                        record=record.title,
                    )
                )

    @api.constrains("date", "known_on")
    def _check_dates(self):
        today = fields.Date.context_today(self)
        for record in self:
            for day in (record.date, record.known_on):
                if not day.year >= 1990 or day > today:
                    raise ValidationError(
                        self.env._(
                            "“%(record)s”: %(date)s cannot be meant. A record is of something that has happened.",
                            record=record.title,
                            date=format_date(self.env, day),
                        )
                    )
            if record.known_on < record.date:
                raise ValidationError(self.env._("“%s” cannot have been known before it happened.", record.title))

    def _check_known_on(self, vals, known):
        """Who enters a record could otherwise make it look as if it had been known before a decision, or after.

        :param known: the days that ``vals`` may state, for who may state no other
        """
        if "known_on" in vals and not self._may_date_back() and known - {fields.Date.to_date(vals["known_on"])}:
            raise AccessError(
                self.env._("A record is known from the day it is entered. Only credit managers state another day.")
            )

    @api.model
    def _may_date_back(self):
        return self.env.su or self.env.user.has_group("credit_management.group_manager")

    @api.model
    def _in_force_domain(self, as_of):
        """What was in force, and known, on the day ``as_of``."""
        return (
            Domain("date", "<=", as_of)
            & Domain("known_on", "<=", as_of)
            & (Domain("date_until", "=", False) | Domain("date_until", ">=", as_of))
        )

    @api.depends("date", "known_on", "date_until")
    def _compute_in_force(self):
        today = fields.Date.context_today(self)
        for record in self:
            record.in_force = bool(record.date) and (
                record.date <= today
                and record.known_on <= today
                and (not record.date_until or record.date_until >= today)
            )

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._in_force_domain(fields.Date.context_today(self))

    def _engine(self):
        """These records for the engine, a list of :class:`engine.records.Record`."""
        return [
            engine.Record(
                record.kind,
                record.date,
                record.adverse,
                record.severity,
                record.score_scaled if record.scored else None,
            )
            for record in self
        ]

    # -- the file that it is a part of ---------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        for vals in vals_list:
            self._check_known_on(vals, {today})
        if not self._may_date_back():
            # a default of the client or the user states no other day either
            vals_list = [dict(vals, known_on=today) for vals in vals_list]
        records = super().create(vals_list)
        self.env["credit.profile"]._information_changed(records.partner_id)
        return records

    def write(self, vals):
        self._check_known_on(vals, set(self.mapped("known_on")))
        partners = self.partner_id
        result = super().write(vals)
        self.env["credit.profile"]._information_changed(partners | self.partner_id)
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        self.env["credit.profile"]._information_changed(partners)
        return result
