# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models

from ..engine.commitment import OrderLine, committed_quantity, expected_quantity


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _credit_line(self):
        """The line as :class:`~..engine.commitment.OrderLine`."""
        self.ensure_one()
        return OrderLine(
            unit_price=self._credit_unit_price(),
            expected=self._credit_expected_quantity(),
            committed=committed_quantity(
                self.product_uom_qty,
                self.qty_delivered,
                on_delivery=self.product_id.invoice_policy == "delivery",
                by_hand=self.qty_delivered_method == "manual",
            ),
            delivered=self.qty_delivered,
            invoiced=self.qty_invoiced,
            **dict(zip(("credited_quantity", "credited_amount"), self._credit_credited(), strict=True)),
        )

    def _credit_expected_quantity(self):
        """The quantity that will be billed in the end.

        Addons that know of deliveries to come refine it, and say so in ``sale.order._credit_fill_sql`` too.
        """
        self.ensure_one()
        on_delivery = self.product_id.invoice_policy == "delivery"
        return expected_quantity(self.product_uom_qty, self.qty_delivered, on_delivery=on_delivery)

    def _credit_unit_price(self):
        """Price of one unit, taxes included; by Odoo's tax engine where nothing was ordered yet."""
        self.ensure_one()
        if self.product_uom_qty:
            return self.price_total / self.product_uom_qty
        if not self.price_unit or not self.product_id:
            return 0.0
        taxes = self.tax_ids.compute_all(
            self.price_unit * (1 - (self.discount or 0.0) / 100.0),
            currency=self.order_id.currency_id,
            quantity=1.0,
            product=self.product_id,
            partner=self.order_id.partner_shipping_id,
        )
        return taxes["total_included"]

    def _credit_credited(self):
        """Quantity and total of the line's uncancelled credit notes, in the line's unit and the order's currency."""
        self.ensure_one()
        quantity = amount = 0.0
        for item in self.invoice_lines:
            if item.move_id.move_type == "out_refund" and item.move_id.state != "cancel":
                quantity += item.product_uom_id._compute_quantity(item.quantity, self.product_uom_id)
                amount += self._credit_in_order_currency(item)
        return quantity, amount

    def _credit_billed(self):
        """Signed total of the line's uncancelled invoice lines, in the order's currency."""
        self.ensure_one()
        signs = {"out_invoice": 1, "out_refund": -1}
        return sum(
            signs.get(item.move_id.move_type, 0) * self._credit_in_order_currency(item)
            for item in self.invoice_lines
            if item.move_id.state != "cancel"
        )

    def _credit_in_order_currency(self, item):
        currency = self.order_id.currency_id
        if item.currency_id == currency:
            return item.price_total
        move = item.move_id
        return item.currency_id._convert(
            item.price_total, currency, move.company_id, move.invoice_date or fields.Date.today()
        )
