# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models
from odoo.tools import SQL


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

    def _credit_unpaid(self):
        """What is not paid of the order, in company currency, by the component of the exposure that holds it: what is
        still to be billed, what is drafted, and what is left of its invoices, in proportion."""
        self.ensure_one()
        rate = self._credit_rate()
        unpaid = {
            "order": max(0.0, self.credit_open - self.credit_authorized) / rate,
            "draft_invoice": 0.0,
            "receivable": 0.0,
        }
        for item in self.order_line.invoice_lines:
            move = item.move_id
            if move.state == "cancel" or not move.amount_total or move.move_type not in ("out_invoice", "out_refund"):
                continue
            amount = item.price_total * move.amount_total_signed / move.amount_total
            if move.state == "draft":
                unpaid["draft_invoice"] += amount
            else:
                unpaid["receivable"] += amount * move.amount_residual / move.amount_total
        return unpaid

    def _credit_fill_sql(self):
        """With nothing on its way any more, what was delivered is all that will be; anything else takes the ORM."""
        fill = super()._credit_fill_sql()
        moves = SQL(
            """line.qty_delivered_method = 'stock_move' AND template.invoice_policy = 'delivery'
               AND EXISTS (SELECT FROM stock_move move WHERE move.sale_line_id = line.id)"""
        )
        waiting = SQL(
            """EXISTS (SELECT FROM stock_move move
                        WHERE move.sale_line_id = line.id AND move.state NOT IN ('done', 'cancel'))"""
        )
        return fill._replace(
            special=SQL("%s OR (%s AND %s)", fill.special, moves, waiting),
            settled=SQL("%s OR COALESCE(%s AND NOT %s, FALSE)", fill.settled, moves, waiting),
        )

    def _credit_flush_for_fill(self):
        self.env["stock.move"].flush_model(["state", "sale_line_id"])
        return super()._credit_flush_for_fill()
