# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.limits import LIMIT_METHODS, Formula
from ..tools.words import enumerated

# the methods that take a share of something, with its name in the formula, and the second share that one has
SHARES = {
    "net_worth": ("net_worth_share",),
    "working_capital": ("working_capital_share",),
    "tangible": ("tangible_share", "turnover_share"),
    "history": ("history_share",),
}


class CreditPolicyMethod(models.Model):
    """A way in which the policy estimates a limit."""

    _name = "credit.policy.method"
    _inherit = ["credit.policy.part"]
    _description = "Method of Recommending a Limit"
    _order = "policy_id, sequence, id"
    _rec_name = "method"

    sequence = fields.Integer(default=10)
    method = fields.Selection(
        [(each.code, each.label) for each in LIMIT_METHODS.values()], required=True,
        help="What the limit is estimated from.",
    )  # fmt: skip
    share = fields.Float(
        digits=(16, 4), compute="_compute_shares", store=True, readonly=False, precompute=True,
        help="How much of the figure the limit may be: 0.1 is 10 %.",
    )  # fmt: skip
    turnover_share = fields.Float(
        "Share of turnover", digits=(16, 4), compute="_compute_shares", store=True, readonly=False, precompute=True,
        help="How much of the customer's yearly turnover the limit may be, at most.",
    )  # fmt: skip
    uses_share = fields.Boolean(compute="_compute_uses")
    uses_turnover_share = fields.Boolean(compute="_compute_uses")
    description = fields.Char("In words", compute="_compute_uses", help="What the method takes.")

    _method_unique = models.UniqueIndex("(policy_id, method)", "The policy has this method already.")
    _shares_positive = models.Constraint("CHECK(share >= 0 AND turnover_share >= 0)", "A share can't be negative.")

    @api.depends("method")
    def _compute_shares(self):
        standard = Formula()
        for line in self:
            names = SHARES.get(line.method, ())
            line.share = getattr(standard, names[0]) if names else 0.0
            line.turnover_share = getattr(standard, names[1]) if len(names) > 1 else 0.0

    @api.depends("method")
    @api.depends_context("lang")
    def _compute_uses(self):
        for line in self:
            names = SHARES.get(line.method, ())
            line.uses_share, line.uses_turnover_share = bool(names), len(names) > 1
            line.description = line.method and self.env._(LIMIT_METHODS[line.method].help)

    @api.depends("method")
    @api.depends_context("lang")
    def _compute_display_name(self):
        methods = dict(self._fields["method"]._description_selection(self.env))
        for line in self:
            line.display_name = methods.get(line.method, "")

    def _identity(self):
        return self.method

    def _in_words(self):
        words = self.description or self.display_name
        shares = [f"{100.0 * share:g} %" for share, used in
                  ((self.share, self.uses_share), (self.turnover_share, self.uses_turnover_share)) if used]  # fmt: skip
        if not shares:
            return words
        return self.env._("%(method)s Here: %(shares)s.", method=words, shares=enumerated(self.env, shares))


class CreditPolicy(models.Model):
    # pylint: disable=consider-merging-classes-inherited; which limit is recommended is a concept of its own
    _inherit = "credit.policy"

    limit_method_ids = fields.One2many(
        "credit.policy.method", "policy_id", "Methods", copy=True,
        help="The ways in which a limit is estimated, side by side.",
    )  # fmt: skip
    limit_combine = fields.Selection(
        [("min", "The lowest"), ("mean", "The mean"), ("median", "The median")],
        "Of the methods take",
        default="median",
        required=True,
        tracking=True,
        help="How the estimates of several methods become one limit. Those whose figures are unknown are left out.",
    )
    limit_least_methods = fields.Integer(
        "Methods needed", default=1, tracking=True,
        help="With fewer methods whose figures are known, no limit is recommended.",
    )  # fmt: skip
    limit_capped = fields.Boolean("Cap", tracking=True, help="Never recommend more than an amount.")
    limit_cap = fields.Monetary("Never more than", tracking=True, help="In the currency of each company.")
    limit_equity_capped = fields.Boolean(
        "Cap by our own equity", tracking=True, help="Never risk more than a share of our own equity with one customer."
    )
    limit_equity_share = fields.Float(
        "Share of our equity", digits=(16, 4), default=0.10, tracking=True,
        help="0.1 is 10 %. Our own equity is entered in the settings.",
    )  # fmt: skip
    limit_within_need = fields.Boolean(
        "Not above the need", default=True, tracking=True,
        help="Never recommend more than the customer will owe if he buys as in the last year and pays when due,"
        " however good he is. Where that is not known, nothing is capped.",
    )  # fmt: skip
    limit_rounding = fields.Selection(
        [("digits", "To two leading digits"), ("step", "To a step")], "Round down", default="digits", required=True,
        help="12,345 becomes 12,000; with a step of 5,000 it becomes 10,000.",
    )  # fmt: skip
    limit_step = fields.Monetary("Step", help="Limits are whole multiples of it.")

    _limit_figures_positive = models.Constraint(
        "CHECK(limit_cap >= 0 AND limit_equity_share >= 0 AND limit_least_methods >= 0)",
        "Caps, shares and numbers of methods can't be negative.",
    )

    @api.constrains("limit_rounding", "limit_step")
    def _check_limit_step(self):
        for policy in self:
            if policy.limit_rounding == "step" and policy.limit_step <= 0:
                raise ValidationError(self.env._("The step that limits are rounded to must be above 0."))

    def _limit_formula(self, company):
        """How limits are reckoned for customers of ``company``, in its currency, as
        :class:`~..engine.limits.Formula`. A policy without methods uses the engine's usual ones."""
        self.ensure_one()
        lines = self.limit_method_ids.sorted(lambda line: (line.sequence, line.id))
        shares = {}
        for line in lines:
            shares |= dict(zip(SHARES.get(line.method, ()), (line.share, line.turnover_share), strict=False))
        if lines:
            shares["methods"] = tuple(lines.mapped("method"))
        equity = company.credit_own_equity if company.credit_own_equity > 0 else None
        return Formula(
            combine=self.limit_combine,
            least_methods=self.limit_least_methods,
            cap=self.limit_cap if self.limit_capped else None,
            own_equity=equity,
            equity_share=self.limit_equity_share if self.limit_equity_capped and equity is not None else None,
            within_need=self.limit_within_need,
            step=self.limit_step if self.limit_rounding == "step" else None,
            rounding=company.currency_id.rounding,
            **shares,
        )


class ResCompany(models.Model):
    # pylint: disable=consider-merging-classes-inherited; settings of the rating stand beside what they are for
    _inherit = "res.company"

    credit_own_equity = fields.Monetary(
        "Our own equity", help="For policies that cap a customer's limit by a share of it. 0: not entered.",
        prefetch="credit",
    )
    credit_override_notches = fields.Integer(
        "Notches of an override", default=2, help="How far an expert may move a grade from what the scorecard says.",
        prefetch="credit",
    )

    _credit_override_notches_positive = models.Constraint(
        "CHECK(credit_override_notches >= 0)", "The notches of an override can't be negative."
    )


class ResConfigSettings(models.TransientModel):
    # pylint: disable=consider-merging-classes-inherited; as above
    _inherit = "res.config.settings"

    credit_own_equity = fields.Monetary(
        related="company_id.credit_own_equity", readonly=False, currency_field="credit_currency_id"
    )
    credit_override_notches = fields.Integer(related="company_id.credit_override_notches", readonly=False)
    credit_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the company")
