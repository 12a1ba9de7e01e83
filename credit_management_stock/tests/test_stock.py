# Part of credit_management. License LGPL-3.0 or later.
"""Exposure of orders whose goods move: counted once at every step (I1), and never a reason to stop shipping."""

from odoo.tests import Form, tagged

from odoo.addons.credit_management.tests.common import CreditCase


@tagged("post_install", "-at_install")
class TestStock(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._product("Crate", "delivery", type="consu", is_storable=True)
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.env["stock.quant"]._update_available_quantity(cls.goods, cls.warehouse.lot_stock_id, 1000)
        cls.profile.user_id = cls.manager

    def shipped(self, quantity=10, amount=1000.0):
        order = self.confirmed(amount, product=self.goods, quantity=quantity)
        self.assertEqual(order.credit_open, amount)
        return order

    def deliver(self, order, quantity, backorder=True):
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))[:1]
        picking.action_assign()
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        result = picking.button_validate()
        if isinstance(result, dict) and result.get("res_model") == "stock.backorder.confirmation":
            wizard = Form.from_action(self.env, result).save()
            wizard.process() if backorder else wizard.process_cancel_backorder()
        self.settle()
        self.assertEqual(picking.state, "done")

    def test_partial_delivery_with_backorder(self):
        order = self.shipped()
        self.deliver(order, 4)
        position = self.position()
        self.assertEqual((position.order, position.order_delivered), (1000.0, 400.0))
        order._create_invoices().action_post()
        position = self.position()
        self.assertEqual((position.order, position.receivable), (600.0, 400.0))
        self.deliver(order, 6)
        order._create_invoices().action_post()
        self.assertEqual((self.position().order, self.position().receivable), (0.0, 1000.0))

    def test_short_closed_order_leaves_nothing_behind(self):
        order = self.shipped()
        self.deliver(order, 4, backorder=False)
        self.assertEqual(order.credit_open, 400.0)
        order._create_invoices().action_post()
        self.assertEqual(order.credit_open, 0.0)
        self.assertEqual(self.position().exposure, 400.0)

    def test_cancelled_delivery_leaves_nothing_behind(self):
        order = self.shipped()
        order.picking_ids.action_cancel()
        self.settle()
        self.assertEqual(order.credit_open, 0.0)

    def test_returned_goods_leave_nothing_behind(self):
        order = self.shipped()
        self.deliver(order, 10)
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_model="stock.picking", active_id=order.picking_ids.id, active_ids=order.picking_ids.ids
            )
        ).save()
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 3, "picked": True})
        back.button_validate()
        self.settle()
        self.assertEqual(order.order_line.qty_delivered, 7)
        self.assertEqual(order.credit_open, 700.0)

    def test_over_delivery_is_recorded_and_ships(self):
        order = self.shipped()
        self.deliver(order, 12)
        self.assertEqual(order.credit_open, 1200.0)
        recorded = order.credit_decision_ids.filtered(lambda decision: decision.state == "recorded")
        self.assertEqual(recorded.mapped("overage"), [200.0])
        self.assertIn(self.manager, order.activity_ids.user_id)

    def test_raising_the_quantity_is_a_check(self):
        order = self.shipped(5, 500.0)
        order.order_line.product_uom_qty = 10
        self.settle()
        self.assertEqual(self.position().order, 1000.0)
        with self.assertRaises(Exception) as raised, self.env.cr.savepoint():
            order.order_line.product_uom_qty = 11
            self.settle()
        self.assertIn("beyond what credit control has cleared", str(raised.exception))

    def test_reservation_and_unreservation_change_nothing(self):
        order = self.shipped()
        order.picking_ids.do_unreserve()
        self.settle()
        self.assertEqual(order.credit_open, 1000.0)
        self.assertFalse(order.credit_decision_ids.filtered(lambda decision: decision.state == "recorded"))
