# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; a customer's alerts are a concept of their own
from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_alerts = fields.Integer(
        "Credit alerts", compute="_compute_credit_alerts", groups="credit_management.group_viewer",
        help="Those that are not resolved, as far as you may see them.",
    )  # fmt: skip

    @api.depends("credit_profile_id")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_credit_alerts(self):
        for partner in self:
            partner.credit_alerts = partner.credit_profile_id.open_alerts

    def action_view_credit_alerts(self):
        self.ensure_one()
        return self.credit_profile_id.action_view_alerts()
