# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models

from odoo.addons.credit_management.models.credit_decision import Noted


class CreditDecision(models.Model):
    _inherit = "credit.decision"

    picking_id = Noted("stock.picking", "Transfer", readonly=True, index="btree_not_null")

    @api.model
    def _links(self):
        return {**super()._links(), "picking_id": ("sale_id.user_id", "sale_id.create_uid")}
