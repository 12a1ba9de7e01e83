# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_forecast_pipeline = fields.Boolean(
        "Pipeline in the credit forecast",
        default=True,
        help="Opportunities count in the forecast of what customers will owe: the expected revenue by its probability,"
        " on the day of the expected closing. Switch it off where opportunities are mostly the usual business of"
        " customers, which the forecast counts already.",
        prefetch="credit",
    )
