# Part of credit_management. License LGPL-3.0 or later.
from odoo.tools import SQL


def post_init_hook(env):
    """Orders that were there before us were looked at without their deliveries; now those are known."""
    shipped = env.execute_query(
        SQL(
            """SELECT DISTINCT line.order_id
                 FROM sale_order_line line JOIN stock_move move ON move.sale_line_id = line.id
                WHERE line.qty_delivered_method = 'stock_move'"""
        )
    )
    env["sale.order"].browse(order for [order] in shipped)._credit_fill()._credit_compute_by_batches()
