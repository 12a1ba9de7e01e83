# Part of credit_management. License LGPL-3.0 or later.
from odoo.tools import SQL

from odoo.addons.credit_management.models.credit_decision import OPEN


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


def uninstall_hook(env):
    """Take our trigger off the transfers, and what waits for a decision out of the queue."""
    env.cr.execute("DROP FUNCTION IF EXISTS credit_decision_picking_id_deleted() CASCADE")
    env.cr.execute(
        SQL(
            """UPDATE credit_decision SET state = 'void', is_open = FALSE
                WHERE res_model = 'stock.picking' AND state = ANY(%s)""",
            [*OPEN, "released"],
        )
    )
