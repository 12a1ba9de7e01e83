# Part of credit_management. License LGPL-3.0 or later.
"""What somebody in the warehouse meets, in a real browser."""

from odoo.tests import HttpCase, tagged

from odoo.addons.credit_management.tests.common import CreditCase


@tagged("post_install", "-at_install")
class TestDeliveryTours(CreditCase, HttpCase):
    def test_warehouse_meets_a_held_transfer(self):
        with self.new_policy() as policy:
            policy.rule_ids.filtered(lambda rule: rule.kind == "manual_hold").on_delivery = "hold"
        storekeeper = self._user("storekeeper", "stock.group_stock_user,base.group_partner_manager")
        goods = self._product("Crate", "delivery", type="consu")
        picking = self.confirmed(100.0, product=goods).picking_ids
        self.profile.with_user(self.manager).write({"hold": True, "hold_reason": "Bounced"})
        url = f"/odoo/stock.picking/{picking.id}"
        self.env.flush_all()
        self.start_tour(url, "credit_delivery_held", login=storekeeper.login)
        self.env.invalidate_all()
        self.assertEqual(picking.credit_state, "held")
        picking.credit_decision_id.with_user(self.manager)._release(self.env.ref("credit_management.reason_reliable"))
        self.env.flush_all()
        self.start_tour(url, "credit_delivery_sent_at_last", login=storekeeper.login)
        self.env.invalidate_all()
        self.assertEqual(picking.state, "done")
