# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_forecast_pipeline = fields.Boolean(related="company_id.credit_forecast_pipeline", readonly=False)
