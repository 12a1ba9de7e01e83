# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class CreditPolicy(models.Model):
    _name = "credit.policy"
    _description = "Credit Policy"
    _inherit = ["credit.action.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        help="Leave empty to share the policy: its amounts are then read in each company's own currency.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    description = fields.Text(translate=True)
    rule_ids = fields.One2many("credit.policy.rule", "policy_id", "Rules", copy=True)
    # which columns the list of rules shows
    uses_cap = fields.Boolean(compute="_compute_uses")
    uses_payment_terms = fields.Boolean(compute="_compute_uses")
    uses_index = fields.Boolean(compute="_compute_uses")
    uses_grade = fields.Boolean(compute="_compute_uses")
    uses_account_statuses = fields.Boolean(compute="_compute_uses")
    authority_ids = fields.One2many("credit.authority", "policy_id", "Release authority", copy=True)
    tier_ids = fields.One2many(
        "credit.approval.tier",
        "policy_id",
        "Approval of limits",
        copy=True,
        help="Without any, every credit manager grants limits alone.",
    )
    review_requests = fields.Boolean(
        "Review requests first",
        tracking=True,
        help="A credit analyst, not the one who asks, looks into a request before it can be approved.",
    )
    profile_ids = fields.One2many("credit.profile", "policy_id", "Customers")
    profile_count = fields.Integer("Number of customers", compute="_compute_profile_count")

    grace_days = fields.Integer(
        "Days of grace",
        default=0,
        tracking=True,
        help="An invoice counts as overdue only after so many days past its due date.",
    )
    near_percent = fields.Float(
        "Amber from (%)",
        default=80.0,
        tracking=True,
        help="From this usage of the limit on, a customer is shown as near his limit.",
    )
    count_disputed = fields.Boolean(
        "Disputed invoices count",
        default=True,
        tracking=True,
        help="Whether invoices that the customer disputes count in his payment behaviour."
        " Their share is shown either way.",
    )
    on_release = fields.Selection(
        [("confirm", "Confirm the order"), ("hand_back", "Hand it back to the salesperson")],
        "When a hold is released",
        default="confirm",
        required=True,
        tracking=True,
        help="Either way the salesperson is told.",
    )
    release_days = fields.Integer(
        "Release valid for (days)",
        default=7,
        tracking=True,
        help="Proposed validity of a release that is not used at once.",
    )
    auto_release = fields.Boolean(
        "Release by itself",
        tracking=True,
        help="A held order whose cause has gone is released without anybody's doing."
        " Otherwise it is marked as ready to release.",
    )
    portal_show = fields.Boolean(
        "Customers see their credit",
        tracking=True,
        help="On the portal: limit, usage, what is available, open invoices, and orders that wait. Never why they"
        " wait, nor grades or scores.",
    )
    portal_apply = fields.Boolean(
        "Customers apply on the portal",
        tracking=True,
        help="For credit, or for more of it. Where this is the company's standard policy, customers who are not under"
        " credit control may apply too.",
    )
    allow_self_release = fields.Boolean(
        "One-person firm",
        tracking=True,
        help="Allow people to release their own orders and to grant the limits that they asked for."
        " Meant for firms where nobody else is there to do so.",
    )

    _grace_days_positive = models.Constraint("CHECK(grace_days >= 0)", "The days of grace cannot be negative.")
    _release_days_positive = models.Constraint(
        "CHECK(release_days >= 0)", "The validity of a release cannot be negative."
    )
    _near_percent_range = models.Constraint(
        "CHECK(near_percent > 0 AND near_percent <= 100)",
        "Amber must begin above 0 % and at most at 100 % of the limit.",
    )

    @api.depends("rule_ids.kind")
    def _compute_uses(self):
        for policy in self:
            for name in ("uses_cap", "uses_payment_terms", "uses_index", "uses_grade", "uses_account_statuses"):
                policy[name] = any(policy.rule_ids.mapped(name))

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for policy in self:
            policy.currency_id = (policy.company_id or self.env.company).currency_id

    def _compute_profile_count(self):
        counts = dict(
            self.env["credit.profile"]._read_group([("policy_id", "in", self.ids)], ["policy_id"], ["__count"])
        )
        for policy in self:
            policy.profile_count = counts.get(policy, 0)

    @api.constrains("active")
    def _check_in_use(self):
        for policy in self:
            if not policy.active and policy.sudo().profile_ids:
                raise ValidationError(
                    self.env._(
                        "The policy “%(policy)s” holds for %(count)s customers."
                        " Give them another policy before you archive it.",
                        policy=policy.name,
                        count=len(policy.sudo().profile_ids),
                    )
                )

    @tools.ormcache("self.id")
    def _engine_rules(self):
        """The active rules as :class:`engine.rules.Rule`, in their order. Policies are small and rarely change,
        so they are kept in memory; every change of a rule clears that."""
        self.ensure_one()
        return tuple(rule._engine_rule() for rule in self.sudo().rule_ids.filtered("active").sorted())

    def action_view_profiles(self):
        return self.env["credit.profile"]._action_list(self.name, [("policy_id", "in", self.ids)])
