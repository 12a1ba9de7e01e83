# Part of credit_management. License LGPL-3.0 or later.
"""The credit figures of orders that were there before us.

Read through the ORM, a database with a hundred thousand orders would take minutes to install into. Nearly all of their
lines are plain, and what is stored of them tells everything: these are read and written in bulk, and only the formula
is Python (``engine.commitment``, as everywhere). Orders that need more (down payments, credit notes, lines ordered as
0, online payments) are left to the ORM, batch by batch.
"""

import logging
from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL, float_repr

from ..engine.commitment import OrderLine, commitment, committed_quantity, expected_quantity

_logger = logging.getLogger(__name__)

FIGURES = ("credit_open", "credit_open_delivered", "credit_value", "credit_committed")
PAID_ONLINE = ("credit_authorized", "credit_paid_online")
BULK, BATCH = 10_000, 1_000


class FillSQL(NamedTuple):
    """What SQL knows of an order line; it is called ``line``, its product's template ``template``.

    ``special``: it takes the ORM. ``settled``: what was delivered is known to be all that will be.
    """

    special: SQL
    settled: SQL


class SaleOrder(models.Model):
    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited # a concept of its own

    def init(self):
        result = super().init()
        # these columns are new, and Odoo has just noted that they are to be computed for every order there is
        pending = self.env.records_to_compute(self._fields["credit_open"])
        if pending:
            self.pool.post_init(pending._credit_fill()._credit_compute_by_batches)
        return result

    def _credit_fill(self):
        """Write the stored credit figures of these orders as far as that can be done in bulk.

        :return: the orders that are left to :meth:`_credit_compute_by_batches`
        """
        self._credit_flush_for_fill()
        rest = self.browse()
        for start in range(0, len(self), BULK):
            rest |= self.browse(self._ids[start : start + BULK])._credit_fill_batch()
            _logger.info("credit figures of sales orders: %s of %s", min(start + BULK, len(self)), len(self))
        return rest

    def _credit_compute_by_batches(self):
        """Compute the stored credit figures of these orders through the ORM."""
        for start in range(0, len(self), BATCH):
            batch = self.browse(self._ids[start : start + BATCH])
            for name in (*FIGURES, *PAID_ONLINE):
                self.env.add_to_compute(self._fields[name], batch)
            batch._recompute_recordset([*FIGURES, *PAID_ONLINE])
            batch.flush_recordset([*FIGURES, *PAID_ONLINE])
            done = start + len(batch)
            _logger.info("credit figures of sales orders that take a closer look: %s of %s", done, len(self))

    def _credit_fill_sql(self):
        """What SQL knows of a line: see :class:`FillSQL`. Addons that refine a line's figures refine this too."""
        return FillSQL(
            special=SQL(
                """line.is_downpayment OR COALESCE(line.product_uom_qty, 0) = 0
                   OR EXISTS (SELECT FROM sale_order_line_invoice_rel link
                                JOIN account_move_line item ON item.id = link.invoice_line_id
                                JOIN account_move move ON move.id = item.move_id
                               WHERE link.order_line_id = line.id AND move.move_type = 'out_refund')"""
            ),
            settled=SQL("FALSE"),
        )

    def _credit_flush_for_fill(self):
        self.env["sale.order"].flush_model(["currency_id"])
        self.env["sale.order.line"].flush_model()
        self.env["product.template"].flush_model(["invoice_policy"])
        self.env["account.move"].flush_model(["move_type"])
        self.env["payment.transaction"].flush_model(["sale_order_ids"])

    def _credit_fill_batch(self):
        """Fill one batch; returns the orders that are left."""
        lines, special = self._credit_lines_in_bulk()
        paid = self.env.execute_query(
            SQL("SELECT DISTINCT sale_order_id FROM sale_order_transaction_rel WHERE sale_order_id = ANY(%s)", self.ids)
        )
        special |= {order for [order] in paid}
        orders = self.env.execute_query(SQL("SELECT id, currency_id FROM sale_order WHERE id = ANY(%s)", self.ids))
        currencies = {currency: self.env["res.currency"].browse(currency) for _order, currency in orders}
        rows = [
            (order, *_columns(commitment(lines[order]), currencies[currency]))
            for order, currency in orders
            if order not in special
        ]
        if rows:
            self._credit_write_in_bulk(rows)
        filled = self.browse(row[0] for row in rows)
        for name in (*FIGURES, *PAID_ONLINE):
            self.env.remove_to_compute(self._fields[name], filled)
        filled.invalidate_recordset([*FIGURES, *PAID_ONLINE], flush=False)
        return self - filled

    def _credit_lines_in_bulk(self):
        """The lines of these orders as ``{order id: [OrderLine]}``, and the ids of the orders that need the ORM."""
        fill = self._credit_fill_sql()
        lines, special = defaultdict(list), set()
        for order, needs_orm, price, ordered, delivered, invoiced, on_delivery, by_hand, settled in (
            self.env.execute_query(
                SQL(
                    """SELECT line.order_id, %s, COALESCE(line.price_total, 0), line.product_uom_qty,
                              COALESCE(line.qty_delivered, 0), COALESCE(line.qty_invoiced, 0),
                              COALESCE(template.invoice_policy = 'delivery', FALSE),
                              COALESCE(line.qty_delivered_method = 'manual', FALSE), %s
                         FROM sale_order_line line
                         LEFT JOIN product_product product ON product.id = line.product_id
                         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                        WHERE line.order_id = ANY(%s) AND COALESCE(line.display_type, '') = ''
                        ORDER BY line.order_id, line.sequence, line.id""",
                    fill.special,
                    fill.settled,
                    self.ids,
                )
            )
        ):
            if needs_orm:
                special.add(order)
                continue
            expected = expected_quantity(ordered, delivered, on_delivery=on_delivery, settled=settled)
            committed = committed_quantity(ordered, delivered, on_delivery=on_delivery, by_hand=by_hand)
            lines[order].append(OrderLine(price / ordered, expected, committed, delivered, invoiced))
        return lines, special

    def _credit_write_in_bulk(self, rows):
        self.env.cr.execute(
            SQL(
                """UPDATE sale_order
                      SET credit_open = filled.open, credit_open_delivered = filled.delivered,
                          credit_value = filled.value, credit_committed = filled.committed,
                          credit_authorized = 0, credit_paid_online = 0
                     FROM UNNEST(%s::integer[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
                          AS filled (id, open, delivered, value, committed)
                    WHERE sale_order.id = filled.id
                      AND (credit_open, credit_open_delivered, credit_value, credit_committed,
                           credit_authorized, credit_paid_online)
                          IS DISTINCT FROM (filled.open, filled.delivered, filled.value, filled.committed, 0, 0)""",
                *map(list, zip(*rows, strict=True)),
            )
        )


def _columns(figures, currency):
    """The figures as the ORM would store them in that currency, in the order of :data:`FIGURES`."""
    values = (figures.open, figures.open_delivered, figures.value, figures.committed)
    if not currency:
        return values
    return tuple(float_repr(currency.round(value), currency.decimal_places) for value in values)
