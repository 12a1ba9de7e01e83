# Part of credit_management. License LGPL-3.0 or later.
"""The salesperson's way in a browser: from an opportunity beyond the limit to its quotation, and to winning it."""

from odoo.tests import HttpCase, tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestTours(CrmCase, HttpCase):
    def test_salesperson_goes_from_the_opportunity_to_the_quotation(self):
        self._product("Machine hall", "order", list_price=1500.0)
        lead = self.lead(1500.0, name="New hall")
        self.env.flush_all()
        self.start_tour(f"/odoo/crm.lead/{lead.id}", "credit_crm_opportunity", login=self.salesperson.login)
        self.env.invalidate_all()
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(lead.order_ids.amount_untaxed, 1500.0)
