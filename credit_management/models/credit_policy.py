# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..engine.position import Counting
from ..engine.rules import asks_at


class CreditPolicy(models.Model):
    _name = "credit.policy"
    _description = "Credit Policy"
    _inherit = ["credit.action.mixin", "credit.kept.mixin", "mail.thread", "mail.activity.mixin"]
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
    description = fields.Text(translate=True, help="What the policy is for, in a sentence or two.")
    rule_ids = fields.One2many(
        "credit.policy.rule", "policy_id", "Rules", copy=True,
        help="What is checked. The first exemption that holds lets a document pass; otherwise the gravest consequence"
        " counts.",
    )  # fmt: skip
    # which columns the list of rules shows
    uses_cap = fields.Boolean(compute="_compute_uses")
    uses_payment_terms = fields.Boolean(compute="_compute_uses")
    uses_index = fields.Boolean(compute="_compute_uses")
    uses_grade = fields.Boolean(compute="_compute_uses")
    uses_account_statuses = fields.Boolean(compute="_compute_uses")
    authority_ids = fields.One2many(
        "credit.authority", "policy_id", "Release authority", copy=True,
        help="Who may release held orders, up to which amount.",
    )  # fmt: skip
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
    profile_count = fields.Integer(
        "Number of customers", compute="_compute_profile_count",
        help="Customers who have this version now.",
    )  # fmt: skip

    grace_days = fields.Integer(
        "Days of grace",
        default=0,
        tracking=True,
        help="An invoice counts as overdue only after so many days past its due date.",
    )
    count_orders = fields.Selection(
        [
            ("all", "All confirmed orders"),
            ("horizon", "Those to be delivered within the horizon"),
            ("delivered", "Only what is delivered"),
            ("none", "None"),
        ],
        "Orders that count",
        default="all",
        required=True,
        tracking=True,
        help="Which orders that are still to be invoiced count against the limit. What is delivered always does, unless"
        " none count. An order that does not count asks for no credit when it is confirmed.",
    )
    order_horizon = fields.Integer(
        "Horizon (days)",
        default=30,
        tracking=True,
        help="An order counts from so many days before its delivery date on; without one, at once. An order whose"
        " delivery is brought forward into the horizon is checked again.",
    )
    count_drafts = fields.Boolean(
        "Draft invoices count",
        default=True,
        tracking=True,
        help="Whether invoices that are not posted yet count against the limit.",
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
        help="Either way the salesperson is told. An invoice is posted likewise, or handed back; goods are sent by the"
        " warehouse in any case.",
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
    _order_horizon_positive = models.Constraint("CHECK(order_horizon >= 0)", "The horizon cannot be negative.")
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

    @api.model
    @tools.ormcache()
    def _counts_in_part(self):
        """Whether any policy leaves something out of what counts."""
        domain = Domain("count_orders", "!=", "all") | Domain("count_drafts", "=", False)
        return bool(self.sudo().with_context(active_test=False).search_count(domain, limit=1))

    def _counting(self):
        """What of the exposure counts, as :class:`engine.position.Counting`."""
        self.ensure_one()
        horizon = self.order_horizon if self.count_orders == "horizon" else 0
        return Counting(self.count_orders, horizon, self.count_drafts)

    @tools.ormcache("self.id", "checkpoint")
    def _asks_at(self, checkpoint):
        """Whether the policy asks anything at ``checkpoint``. Of orders something is asked always."""
        return asks_at(checkpoint, self._engine_rules())

    def action_view_profiles(self):
        return self.env["credit.profile"]._action_list(self.name, [("policy_id", "in", self.ids)])
