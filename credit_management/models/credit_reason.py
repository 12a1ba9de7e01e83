# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class CreditReason(models.Model):
    _name = "credit.reason"
    _description = "Credit Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    usage = fields.Selection(
        [("release", "Releasing"), ("reject", "Rejecting"), ("both", "Both")], required=True, default="both",
        help="For which decisions the reason can be chosen.",
    )
