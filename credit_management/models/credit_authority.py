# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import formatLang


class CreditAuthority(models.Model):
    _name = "credit.authority"
    _inherit = ["credit.policy.part"]
    _description = "Credit Release Authority"
    _order = "policy_id, unlimited, amount, id"

    group_id = fields.Many2one("res.groups", "Role", domain="[('privilege_id', '=', privilege_id)]")
    user_id = fields.Many2one(
        "res.users", "Person", domain=[("share", "=", False)], help="Leave empty for everybody who has the role."
    )
    privilege_id = fields.Many2one("res.groups.privilege", compute="_compute_privilege_id")
    amount = fields.Monetary(
        "Up to an overage of",
        help="What exceeds the limit. Where a rule that knows no limit stops an order, what the order asks for.",
    )
    unlimited = fields.Boolean("Without limit")
    currency_id = fields.Many2one(related="policy_id.currency_id")

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "An authority cannot be negative.")
    _somebody = models.Constraint(
        "CHECK(group_id IS NOT NULL OR user_id IS NOT NULL)",
        "An authority is given to a role or to a person: choose one.",
    )

    @api.depends("policy_id")
    def _compute_privilege_id(self):
        self.privilege_id = self.env.ref("credit_management.privilege_credit", raise_if_not_found=False)

    @api.depends("group_id", "user_id")
    def _compute_display_name(self):
        for authority in self:
            authority.display_name = authority.user_id.name or authority.group_id.name

    def _identity(self):
        return self.group_id.id, self.user_id.id

    def _in_words(self):
        if self.unlimited:
            return self.env._("Without limit")
        return self.env._("up to %s", formatLang(self.env, self.amount, currency_obj=self.currency_id))
