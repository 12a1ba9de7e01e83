# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _credit_ordered_value(self, quantity):
        """What ``quantity`` (in the move's unit) of an ordered product comes to at the order's price, taxes included,
        in the order's currency.

        Of a set that is delivered in parts each part has its share: so much of the set's price as the part that moves
        now is of all that the order needs of it, the parts being alike.
        """
        self.ensure_one()
        line = self.sale_line_id
        if self.product_id == line.product_id:
            return (
                self.product_uom._compute_quantity(quantity, line.product_uom_id, round=False)
                * line._credit_unit_price()
            )
        parts = line.move_ids.filtered(
            lambda move: move.state != "cancel" and move.location_dest_id == self.location_dest_id
        )
        needed = sum(
            part.product_uom._compute_quantity(part.product_uom_qty, self.product_uom, round=False)
            for part in parts
            if part.product_id == self.product_id
        )
        share = min(1.0, quantity / needed) if needed else 0.0
        return line.price_total * share / len(parts.product_id)

    def _credit_sales_value(self, quantity):
        """What ``quantity`` (in the move's unit) of a product that nobody ordered comes to at its sales price, taxes
        included, in company currency."""
        self.ensure_one()
        product, company = self.product_id.with_company(self.company_id), self.company_id
        price = product.currency_id._convert(product.lst_price, company.currency_id, company, fields.Date.today())
        taxes = product.taxes_id.filtered(lambda tax: tax.company_id in company.parent_ids)
        return taxes.compute_all(
            price,
            currency=company.currency_id,
            quantity=self.product_uom._compute_quantity(quantity, product.uom_id, round=False),
            product=product,
            partner=self.picking_id.partner_id,
        )["total_included"]
