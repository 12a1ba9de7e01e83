# Part of credit_management. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _credit_tell_held(self, held):
        """A cart that is held is an order all the same: it leaves the cart, so that it is neither filled on nor
        reminded of, and gets its salesperson, who would otherwise come with the confirmation only."""
        carts = self.browse(judgement.record.id for judgement in held).filtered("website_id")
        if carts:
            # by the system, as a visitor of the shop has no rights of his own
            carts = carts.with_user(SUPERUSER_ID).with_context(tracking_disable=True)
            unassigned = carts.filtered(lambda cart: not cart.user_id)
            unassigned.with_context(force_user_recomputation=True)._compute_user_id()
            carts.filtered(lambda cart: cart.state == "draft").action_quotation_sent()
        return super()._credit_tell_held(held)
