# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models


class CreditGroup(models.Model):
    """Customers, of any company, who share a joint limit: each document has to have room under the customer's own
    limit and under that of the group.

    Checks of members and changes of the group lock the gate rows of profiles and group alike, in one order.
    """

    _name = "credit.group"
    _description = "Group of Customers"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True, help="Such as the name of the parent company.")
    active = fields.Boolean(default=True, tracking=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, tracking=True, default=lambda self: self.env.company.currency_id,
        help="What members owe in other currencies is converted at the rate of the day.",
    )  # fmt: skip
    limited = fields.Boolean(
        "Joint limit", default=True, tracking=True, help="Without one the group only shows what its members owe."
    )
    amount = fields.Monetary(
        "Limit of the group", tracking=True, help="What all members together may owe. 0 means no credit for any."
    )
    profile_ids = fields.One2many("credit.profile", "group_id", "Members")
    profile_count = fields.Integer("Number of members", compute="_compute_figures")
    exposure = fields.Monetary(compute="_compute_figures", help="What all members owe and have ordered, now.")
    room = fields.Monetary("Available", compute="_compute_figures", help="What is left of the joint limit, now.")
    usage = fields.Float("Usage of the limit", compute="_compute_figures", digits=(16, 4), help="As a part of it.")
    note = fields.Text("Notes", help="How its members belong together.")

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "A limit cannot be negative.")

    def _joint_limit(self):
        """The joint limit in the group's currency; ``None`` where it sets none."""
        self.ensure_one()
        return self.amount if self.limited and self.active else None

    def _rate_from(self, profile):
        """What a unit of the currency of ``profile`` is worth in the group's, today."""
        if profile.currency_id == self.currency_id:
            return 1.0
        return self.env["res.currency"]._get_conversion_rate(
            profile.currency_id, self.currency_id, profile.company_id, fields.Date.today()
        )

    @api.depends("profile_ids", "amount", "limited", "currency_id")
    def _compute_figures(self):
        # sudo: the sum binds every member, so whoever sees the group sees all of it; the list shows one's own companies
        groups = self._origin.sudo()
        members = groups.profile_ids.filtered("active")
        positions = members._positions() if members else {}
        for group in self:
            own = group._origin.sudo().profile_ids.filtered("active")
            joint = positions[own[0].id].group if own else None
            group.profile_count = len(own)
            group.exposure = joint.exposure if joint else 0.0
            group.room = group.amount - group.exposure if group.limited else 0.0
            group.usage = group.exposure / group.amount if group.limited and group.amount else 0.0

    # -- changes -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        # sudo: gate rows are the server's own
        self.env["credit.gate"].sudo().create([{"group_id": group.id} for group in groups])
        return groups

    def write(self, vals):
        result = super().write(vals)
        if {"amount", "limited", "currency_id", "active"} & set(vals):
            # sudo: the joint limit is that of members of all companies
            members = self.sudo().profile_ids
            members._enter_gate(self.sudo())
            members._recheck_holds()
        return result

    def action_view_members(self):
        self.ensure_one()
        return self.env["credit.profile"]._action_list(self.name, [("group_id", "=", self.id)])
