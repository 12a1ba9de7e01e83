# Part of credit_management. License LGPL-3.0 or later.
from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _credit_expected_quantity(self):
        """With stock it is known what is still to come: what was delivered, and what is on its way to the customer.

        So an order whose backorder was cancelled, and goods that came back, leave nothing behind. Where the way to
        the customer is not known (kits), the ordered quantity stands until everything has moved.
        """
        self.ensure_one()
        expected = super()._credit_expected_quantity()
        moves = self.move_ids
        if not moves or self.qty_delivered_method != "stock_move" or self.product_id.invoice_policy != "delivery":
            return expected
        waiting = moves.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move.location_id._is_outgoing()  # comes back: it counts when it has
                and (move.to_refund or not move.origin_returned_move_id)  # goes out again in exchange: not billed
            )
        )
        coming = waiting.filtered(
            lambda move: (
                move.location_dest_id._is_outgoing()
                # an earlier step, whose next one is not planned yet
                or (
                    move.location_final_id._is_outgoing()
                    and all(following.state == "cancel" for following in move.move_dest_ids)
                )
            )
        )
        if any(move.product_id != self.product_id for move in waiting) or (waiting and not coming):
            return expected
        return self.qty_delivered + sum(
            move.product_uom._compute_quantity(move.product_uom_qty, self.product_uom_id) for move in coming
        )
