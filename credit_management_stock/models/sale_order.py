# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.depends(
        "order_line.move_ids.state",
        "order_line.move_ids.product_uom_qty",
        "order_line.move_ids.location_dest_usage",
        "order_line.move_ids.move_dest_ids.state",
        "order_line.move_ids.to_refund",
    )
    def _compute_commitment(self):
        return super()._compute_commitment()
