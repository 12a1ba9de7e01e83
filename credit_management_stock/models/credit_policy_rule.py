# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models


class CreditPolicyRule(models.Model):
    _inherit = "credit.policy.rule"

    @api.model
    def _further_checkpoints(self):
        return ["delivery", *super()._further_checkpoints()]
