# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ..engine.limits import Guarantee, covers

# how its rows are called in the query of positions
IN_POSITIONS = "guarantee"

# what an active guarantee stands for; to change it, end it and enter another one
TERMS = ("profile_id", "amount", "currency_id", "coverage", "effect", "date_start", "date_end")


class CreditGuarantee(models.Model):
    """What stands in for a customer who does not pay: collateral, a bank guarantee, a deposit or credit insurance.

    It counts while it is active and valid, at the rate of the day where its currency is another one. Whoever enters it
    does not activate it.
    """

    _name = "credit.guarantee"
    _description = "Credit Guarantee"
    _inherit = ["credit.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "priority, date_end, id"

    name = fields.Char("Reference", required=True, tracking=True, help="The number of the policy, deed or letter.")
    profile_id = fields.Many2one(
        "credit.profile", "Credit profile", required=True, index=True, ondelete="cascade", tracking=True,
        help="The customer whose debt it covers.",
    )  # fmt: skip
    partner_id = fields.Many2one(related="profile_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    profile_currency_id = fields.Many2one(related="profile_id.currency_id", string="Currency of the company")
    kind = fields.Selection(
        [
            ("collateral", "Collateral"),
            ("bank", "Bank guarantee"),
            ("deposit", "Deposit"),
            ("insurance", "Credit insurance"),
        ],
        required=True,
        default="bank",
        tracking=True,
        help="What it is.",
    )
    issuer_id = fields.Many2one("res.partner", "Given by", help="The bank, the insurer, or who pledged it.")
    amount = fields.Monetary(required=True, tracking=True, help="What it is made out to.")
    currency_id = fields.Many2one(
        "res.currency", required=True, compute="_compute_currency_id", store=True, readonly=False, precompute=True,
        help="Converted into the company's currency at the rate of the day.",
    )  # fmt: skip
    coverage = fields.Float(
        "Coverage (%)", default=100.0, required=True, tracking=True,
        help="How much of the amount is counted: an insurer pays 90 %, say; collateral sells below its value.",
    )  # fmt: skip
    effect = fields.Selection(
        [("add", "Adds to the limit"), ("lower", "Lowers the exposure")],
        required=True,
        default="add",
        tracking=True,
        help="It adds to a limit that is in force, or takes off what the customer owes, down to nothing.",
    )
    priority = fields.Integer(
        "Order", default=10, help="In which order they are called: the smallest number first."
    )
    date_start = fields.Date("Valid from", required=True, default=fields.Date.today, tracking=True, help="First day.")
    date_end = fields.Date("Valid until", tracking=True, help="The last day; leave empty for no end.")
    warn_days = fields.Integer(
        "Warn before (days)", default=30, help="So many days before its end there is an alert, if the policy has it."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("ended", "Ended"), ("called", "Called")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Only an active one counts. Called: the guarantor was asked to pay, so it covers nothing further.",
    )
    document_ids = fields.Many2many("ir.attachment", string="Documents", help="The deed, the policy, the letter.")
    note = fields.Text("Terms and notes", help="What whoever calls it has to observe.")
    cover = fields.Monetary(
        "Cover today", currency_field="profile_currency_id", compute="_compute_cover",
        help="What it covers today, in the company's currency; 0 unless it is active and valid.",
    )  # fmt: skip

    _amount_positive = models.Constraint("CHECK(amount > 0)", "A guarantee is made out to more than 0.")
    _coverage_range = models.Constraint(
        "CHECK(coverage >= 0 AND coverage <= 100)", "The coverage is between 0 % and 100 %."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)", "A guarantee cannot end before it begins."
    )
    _warn_days_positive = models.Constraint("CHECK(warn_days >= 0)", "The days of warning cannot be negative.")
    _active_index = models.Index("(profile_id) WHERE state = 'active'")

    @api.depends("profile_id")
    def _compute_currency_id(self):
        for guarantee in self:
            guarantee.currency_id = guarantee.currency_id or guarantee.profile_id.currency_id

    # -- what it covers ------------------------------------------------------------------------------

    @api.model
    def _valid_sql(self, day, profiles):
        """SQL of the active guarantees of ``profiles`` that are valid on ``day``, as positions take them.

        Columns: profile id, "guarantee", amount, share covered (negative where it lowers the exposure), currency id,
        last day.

        :param day: as ISO date
        :param profiles: credit profiles; all of them for an empty recordset
        """
        return SQL(
            """SELECT profile_id, %(name)s, amount::float8,
                      (coverage / 100.0 * CASE effect WHEN 'lower' THEN -1 ELSE 1 END)::float8,
                      currency_id::float8, date_end
                 FROM credit_guarantee
                WHERE state = 'active' AND date_start <= %(day)s::date
                  AND (date_end IS NULL OR date_end >= %(day)s::date) %(only)s""",
            name=IN_POSITIONS,
            day=day,
            only=SQL("AND profile_id = ANY(%s)", profiles.ids) if profiles else SQL(),
        )

    @api.model
    def _covers(self, rows, day):
        """What guarantees come to, as figures of a position.

        :param rows: ``{profile id: [the rest of the rows of _valid_sql]}``
        :return: ``{profile id: {"cover_added": …, "cover_lowered": …}}``, in the currency of the profile
        """
        found = {}
        for profile_id, alike in rows.items():
            # sudo: what a customer's debt is covered by does not depend on who looks
            profile = self.env["credit.profile"].sudo().browse(profile_id)
            guarantees = [
                Guarantee(amount * self._rate(int(currency), profile, day), abs(share), included=share < 0)
                for amount, share, currency, _end in alike
            ]
            added, lowered = covers(guarantees, day)
            found[profile_id] = {"cover_added": added, "cover_lowered": lowered}
        return found

    @api.model
    def _rate(self, currency_id, profile, day):
        currencies = self.env["res.currency"].sudo()
        currency = currencies.browse(currency_id)
        if currency == profile.currency_id:
            return 1.0
        return currencies._get_conversion_rate(currency, profile.currency_id, profile.company_id, day)

    @api.depends("state", "amount", "currency_id", "coverage", "date_start", "date_end", "profile_id")
    def _compute_cover(self):
        today = fields.Date.today()
        for guarantee in self:
            engine = Guarantee(
                guarantee.amount,
                guarantee.coverage / 100.0,
                valid_from=guarantee.date_start or None,
                valid_until=guarantee.date_end or None,
            )
            rate = (
                self._rate(guarantee.currency_id.id, guarantee.profile_id.sudo(), today)
                if guarantee.currency_id and guarantee.profile_id
                else 0.0
            )
            guarantee.cover = engine.cover(today) * rate if guarantee.state == "active" else 0.0

    # -- its life ------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                # not left to the defaults, which a client may bring along in its context
                vals.update(state="draft")
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if "state" in vals:
                raise AccessError(self.env._("A guarantee is activated, ended and called by its buttons."))
            standing = self.filtered(lambda guarantee: guarantee.state != "draft")
            if set(TERMS) & set(vals) and standing:
                raise UserError(
                    self.env._(
                        "“%(guarantee)s” is %(state)s and stays as it is. End it, and enter another one.",
                        guarantee=standing[0].name,
                        state=standing[0]._state_in_words(),
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for guarantee in self:
            if guarantee.state != "draft":
                raise UserError(
                    self.env._(
                        "“%s” is part of the customer's credit history. End it instead.", guarantee.name
                    )
                )

    def action_activate(self):
        """Let it count from its first day on.

        :raises AccessError: only credit managers do, and not the one who entered it
        """
        for guarantee in self:
            policy = guarantee.sudo().profile_id.policy_id
            if guarantee.create_uid == self.env.user and not policy.allow_self_release:
                raise AccessError(
                    self.env._(
                        "You entered “%s” yourself, so somebody else has to activate it.", guarantee.name
                    )
                )
            if guarantee.date_end and guarantee.date_end < fields.Date.today():
                raise UserError(
                    self.env._(
                        "“%(guarantee)s” ended on %(date)s: it covers nothing any more.",
                        guarantee=guarantee.name,
                        date=format_date(self.env, guarantee.date_end),
                    )
                )
        return self._move_on("draft", "active")

    def action_end(self):
        """It covers nothing any more, at once."""
        return self._move_on("active", "ended")

    def action_call(self):
        """The guarantor is asked to pay: it covers nothing further."""
        return self._move_on("active", "called")

    def _move_on(self, before, after):
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers activate, end and call guarantees."))
        self.check_access("write")
        for guarantee in self:
            if guarantee.state != before:
                raise UserError(
                    self.env._(
                        "“%(guarantee)s” is %(state)s: that is not possible any more.",
                        guarantee=guarantee.name,
                        state=guarantee._state_in_words(),
                    )
                )
        profiles = self.profile_id
        profiles._enter_gate()
        # sudo: the state is closed to everybody's writing; the right to change it was checked just now
        self.sudo().write({"state": after})
        self.env.flush_all()
        profiles._refresh()
        profiles._recheck_holds()
        return True

    def _state_in_words(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state].lower()

    @api.model
    def _end_past(self, profiles):
        """End the guarantees of these profiles whose last day is over."""
        self.search(
            [
                ("profile_id", "in", profiles.ids),
                ("state", "=", "active"),
                ("date_end", "<", fields.Date.today()),
            ]
        ).sudo().write({"state": "ended"})
