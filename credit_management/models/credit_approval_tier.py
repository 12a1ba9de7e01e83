# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

from ..engine.position import exceeds
from ..tools.words import enumerated


class CreditApprovalTier(models.Model):
    """Who approves limits up to an amount under a policy, and how many of them it takes.

    The lowest tier that reaches what a customer's limit would come to decides on it.
    """

    _name = "credit.approval.tier"
    _inherit = ["credit.policy.part"]
    _description = "Approval Tier"
    _order = "policy_id, unlimited, amount, id"

    amount = fields.Monetary(
        "Limits up to", help="What the customer's limit would come to in all, in the currency of his company."
    )
    unlimited = fields.Boolean("Any amount", help="Also for customers without a limit to their credit.")
    group_id = fields.Many2one(
        "res.groups", "Role", domain="[('privilege_id', '=', privilege_id)]", help="Everybody who has it may approve."
    )
    user_ids = fields.Many2many(
        "res.users", string="People", domain=[("share", "=", False)], help="They may approve, whatever their role."
    )
    approvals = fields.Integer(default=1, required=True, help="How many different people it takes.")
    privilege_id = fields.Many2one("res.groups.privilege", compute="_compute_privilege_id")
    currency_id = fields.Many2one(related="policy_id.currency_id")

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "A tier cannot reach to less than 0.")
    _approvals_positive = models.Constraint("CHECK(approvals >= 1)", "A limit takes at least one approval.")

    @api.depends("policy_id")
    def _compute_privilege_id(self):
        self.privilege_id = self.env.ref("credit_management.privilege_credit", raise_if_not_found=False)

    @api.constrains("group_id", "user_ids", "approvals")
    def _check_people(self):
        for tier in self:
            if not tier.group_id and len(tier.user_ids) < tier.approvals:
                raise ValidationError(
                    self.env._(
                        "A tier that takes %(approvals)s approvals needs as many people: name them, or a role.",
                        approvals=tier.approvals,
                    )
                )

    @api.depends("group_id", "user_ids", "amount", "unlimited")
    def _compute_display_name(self):
        for tier in self:
            tier.display_name = tier._who_in_words()

    def _reaching(self, amount, rounding):
        """Those of these tiers that reach ``amount`` (``None``: unlimited), the lowest first."""
        return self.sorted(lambda tier: (tier.unlimited, tier.amount)).filtered(
            lambda tier: tier.unlimited or (amount is not None and not exceeds(amount, tier.amount, rounding))
        )

    def _includes(self, user):
        """Whether ``user`` may approve in this tier."""
        self.ensure_one()
        return user in self.user_ids or (bool(self.group_id) and self.group_id in user.all_group_ids)

    def _people(self):
        """All users who may approve in this tier."""
        self.ensure_one()
        return self.user_ids | self.group_id.all_user_ids

    def _who_in_words(self):
        """The role and the people, for whoever asks who decides."""
        self.ensure_one()
        return enumerated(self.env, [*self.group_id.mapped("name"), *self.user_ids.mapped("name")])

    def _identity(self):
        return self.unlimited, self.amount

    def _in_words(self):
        return self.env._(
            "%(amount)s: %(who)s, approvals: %(approvals)s",
            amount=self.env._("Any amount")
            if self.unlimited
            else self.env._("up to %s", formatLang(self.env, self.amount, currency_obj=self.currency_id)),
            who=self._who_in_words(),
            approvals=self.approvals,
        )
