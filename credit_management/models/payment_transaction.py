# Part of credit_management. License LGPL-3.0 or later.
from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """Report only orders that are really confirmed: of one that was held Odoo would otherwise say nothing to the
        customer, as if its confirmation had been mailed."""
        return super()._check_amount_and_confirm_order().filtered(lambda order: order.state == "sale")
