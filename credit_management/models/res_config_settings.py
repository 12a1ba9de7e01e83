# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_policy_id = fields.Many2one(related="company_id.credit_policy_id", readonly=False)
    credit_unknown_action = fields.Selection(related="company_id.credit_unknown_action", readonly=False, required=True)
    credit_statement_tolerance = fields.Float(related="company_id.credit_statement_tolerance", readonly=False)
    credit_prepare_reviews = fields.Boolean(related="company_id.credit_prepare_reviews", readonly=False)
    credit_manager_id = fields.Many2one(related="company_id.credit_manager_id", readonly=False)
