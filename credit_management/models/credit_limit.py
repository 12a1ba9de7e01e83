# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang


class CreditLimit(models.Model):
    """Granted amounts with their validity. The history of a customer's limits is this table.

    A limit is asked for and then granted, by somebody else. One that was granted is never edited: a new one
    ends it, or it is revoked.
    """

    _name = "credit.limit"
    _description = "Credit Limit"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"

    profile_id = fields.Many2one(
        "credit.profile",
        "Credit profile",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("active", "=", True)],
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="profile_id.currency_id")
    amount = fields.Monetary(required=True, tracking=True, help="0 means no credit.")
    unlimited = fields.Boolean(tracking=True)
    date_start = fields.Date("Valid from", required=True, default=fields.Date.today, tracking=True)
    date_end = fields.Date("Valid until", tracking=True, help="The last day; leave empty for no end.")
    state = fields.Selection(
        [("requested", "Requested"), ("granted", "Granted"), ("refused", "Refused"), ("revoked", "Revoked")],
        default="requested",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    origin = fields.Selection(
        [("manual", "Entered"), ("adopted", "Adopted from Odoo's own limit")],
        default="manual",
        required=True,
        readonly=True,
    )
    requested_by = fields.Many2one(
        "res.users", "Requested by", default=lambda self: self.env.user, readonly=True, copy=False
    )
    decided_by = fields.Many2one("res.users", "Decided by", readonly=True, copy=False)
    decided_on = fields.Datetime("Decided on", readonly=True, copy=False)
    note = fields.Text("Reason")
    in_force = fields.Boolean("In force today", compute="_compute_in_force", search="_search_in_force")

    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A limit cannot be negative. Enter 0 for a customer who gets no credit."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)", "A limit cannot end before it begins."
    )
    # no two granted limits of a customer on one day: in the database, so that no two transactions can do it either
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(profile_id, profile_id, '[]') WITH &&,"
        " daterange(date_start, date_end, '[]') WITH &&)"
        " WHERE (state = 'granted')",
        "The customer already has a limit for a part of that time.",
    )

    @api.depends("state", "date_start", "date_end")
    def _compute_in_force(self):
        today = fields.Date.today()
        for limit in self:
            limit.in_force = (
                limit.state == "granted"
                and limit.date_start <= today
                and (not limit.date_end or limit.date_end >= today)
            )

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.today()
        return Domain.AND(
            [
                Domain("state", "=", "granted"),
                Domain("date_start", "<=", today),
                Domain("date_end", "=", False) | Domain("date_end", ">=", today),
            ]
        )

    @api.depends("amount", "unlimited", "partner_id", "currency_id")
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = self.env._(
                "%(customer)s: %(limit)s", customer=limit.partner_id.name, limit=limit._in_words()
            )

    def _in_words(self):
        self.ensure_one()
        return (
            self.env._("unlimited")
            if self.unlimited
            else formatLang(self.env, self.amount, currency_obj=self.currency_id)
        )

    # -- asking and granting -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su:
                # who asks, and what became of it, is for the server to say
                vals.update(state="requested", origin="manual", requested_by=self.env.uid)
                vals.pop("decided_by", None)
                vals.pop("decided_on", None)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if {"state", "origin", "requested_by", "decided_by", "decided_on", "profile_id"} & set(vals):
                raise AccessError(
                    self.env._("A limit changes only by being granted, refused or revoked. Use the buttons for that.")
                )
            if {"amount", "unlimited", "date_start", "date_end"} & set(vals):
                decided = self.filtered(lambda limit: limit.state != "requested")
                if decided:
                    raise UserError(
                        self.env._(
                            "“%(limit)s” is decided and stays as it is. Ask for a new limit: it ends this one when"
                            " it is granted.",
                            limit=decided[0].display_name,
                        )
                    )
                self.check_access("write")
                # whoever changes what is asked for is the one who asks
                vals = dict(vals, requested_by=self.env.uid)
                # sudo: who asks is closed to everybody's writing; the right to change the rest was checked just now
                return super(CreditLimit, self.sudo()).write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_requests(self):
        decided = self.filtered(lambda limit: limit.state != "requested")
        if decided:
            raise UserError(
                self.env._(
                    "“%(limit)s” is part of the customer's credit history. Revoke it instead.",
                    limit=decided[0].display_name,
                )
            )

    def action_grant(self):
        """Grant what was asked for, from its first day on; a limit that holds then ends the day before.

        :raises AccessError: who asks does not grant, and only credit managers do
        """
        self._check_decider()
        self.env["credit.gate"]._enter(self.profile_id.ids)
        for limit in self.sorted("date_start"):
            limit._end_predecessors()
            limit._decide("granted")
        self.env.flush_all()
        self.profile_id._refresh()
        self.profile_id._recheck_holds()
        return True

    def action_refuse(self):
        self._check_decider()
        self._check_state("requested", self.env._("refused"))
        self._decide("refused")
        return True

    def action_revoke(self):
        """Take a granted limit away at once."""
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers revoke limits."))
        self._check_state("granted", self.env._("revoked"))
        self.env["credit.gate"]._enter(self.profile_id.ids)
        self._decide("revoked")
        self.env.flush_all()
        self.profile_id._refresh()
        return True

    def _check_decider(self):
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers grant and refuse limits."))
        self.check_access("write")
        self._check_state("requested", self.env._("granted"))
        for limit in self:
            if limit.requested_by == self.env.user and not limit.profile_id.policy_id.allow_self_release:
                raise AccessError(
                    self.env._(
                        "You asked for “%(limit)s” yourself, so somebody else has to decide on it.",
                        limit=limit.display_name,
                    )
                )

    def _check_state(self, state, what):
        wrong = self.filtered(lambda limit: limit.state != state)
        if wrong:
            raise UserError(
                self.env._(
                    "“%(limit)s” cannot be %(what)s: it is %(state)s.",
                    limit=wrong[0].display_name,
                    what=what,
                    state=dict(self._fields["state"]._description_selection(self.env))[wrong[0].state].lower(),
                )
            )

    def _decide(self, state):
        # sudo: the fields are closed to everybody's writing; the right to decide was checked above
        self.sudo().write({"state": state, "decided_by": self.env.uid, "decided_on": fields.Datetime.now()})
        # the next limit of the same customer must meet this in the database, where overlaps are judged
        self.flush_recordset(["state"])

    def _end_predecessors(self):
        """End the granted limits that reach into this one's time."""
        self.ensure_one()
        overlapping = self.search(
            Domain("profile_id", "=", self.profile_id.id)
            & Domain("state", "=", "granted")
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", self.date_start))
            & (Domain("date_start", "<=", self.date_end) if self.date_end else Domain.TRUE)
        )
        for other in overlapping:
            if other.date_start >= self.date_start:
                # nothing would be left of it: it gives way as a whole
                other._decide("revoked")
            else:
                # sudo: as in _decide
                other.sudo().date_end = fields.Date.subtract(self.date_start, days=1)
                other.flush_recordset(["date_end"])

    @api.constrains("date_start", "date_end", "unlimited", "amount")
    def _check_sensible_dates(self):
        for limit in self:
            if limit.date_start.year < 1990 or (limit.date_end and limit.date_end.year > 2200):
                raise ValidationError(
                    self.env._(
                        "The validity %(start)s – %(end)s cannot be meant: check the years.",
                        start=format_date(self.env, limit.date_start),
                        end=format_date(self.env, limit.date_end) if limit.date_end else "",
                    )
                )
