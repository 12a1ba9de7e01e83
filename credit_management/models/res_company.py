# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_policy_id = fields.Many2one(
        "credit.policy",
        "Standard credit policy",
        default=lambda self: self.env.ref("credit_management.policy_standard", raise_if_not_found=False),
        domain="[('company_id', 'in', (id, False))]",
        help="The policy of customers that come under control, unless another one is chosen for them.",
    )
    credit_unknown_action = fields.Selection(
        [("allow", "Let their orders pass"), ("warn", "Warn"), ("hold", "Hold their orders")],
        "Customers not under credit control",
        default="allow",
        required=True,
    )

    @api.model
    def _credit_roots(self, company_ids):
        """The root company's id for each of ``company_ids``: branches share the credit of their root."""
        # sudo: a branch user need not see the root to be bound by its limits
        companies = self.sudo().browse(company_ids)
        return {company.id: int(company.parent_path.split("/")[0]) for company in companies}
