# Part of credit_management. License LGPL-3.0 or later.
"""Exposure of orders whose goods move: counted once at every step (I1), and never a reason to stop shipping."""

from odoo.tests import Form, tagged

from odoo.addons.credit_management.tests.common import CreditCase

from ..hooks import post_init_hook


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

    def bring_back(self, order, quantity, refund=True, done=True):
        """Return goods of the order's latest delivery."""
        delivery = order.picking_ids.filtered(lambda picking: picking.state == "done").sorted("id")[-1:]
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_model="stock.picking", active_id=delivery.id, active_ids=delivery.ids
            )
        ).save()
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": refund})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        if done:
            back.move_ids.write({"quantity": quantity, "picked": True})
            back.button_validate()
        self.settle()
        return back

    def test_returned_goods_leave_nothing_behind(self):
        order = self.shipped()
        self.deliver(order, 10)
        self.bring_back(order, 3)
        self.assertEqual(order.order_line.qty_delivered, 7)
        self.assertEqual(order.credit_open, 700.0)

    def test_return_after_billing_and_its_credit_note(self):
        order = self.shipped()
        self.deliver(order, 10)
        order._create_invoices().action_post()
        self.bring_back(order, 3)
        self.assertEqual((self.position().order, self.position().receivable), (0.0, 1000.0))
        order._create_invoices(final=True).action_post()
        self.assertEqual((self.position().order, self.position().receivable), (0.0, 700.0))

    def test_return_not_arrived_does_not_revive_a_short_closed_order(self):
        order = self.shipped()
        self.deliver(order, 4, backorder=False)
        for refund in (True, False):
            back = self.bring_back(order, 1, refund=refund, done=False)
            self.assertEqual(order.credit_open, 400.0)
            back.action_cancel()
        self.assertFalse(order.credit_decision_ids.filtered(lambda decision: decision.state == "recorded"))

    def test_several_steps(self):
        """What is picked in part is neither lost nor counted twice while the next step is planned bit by bit."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self.shipped()
        self.deliver(order, 4)
        self.assertEqual(len(order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))), 2)
        self.assertEqual(order.credit_open, 1000.0)
        for picking in order.picking_ids.filtered(lambda picking: picking.location_dest_id.usage == "internal"):
            if picking.state != "done":
                picking.action_cancel()
        self.settle()
        self.assertEqual(order.credit_open, 400.0)
        self.deliver(order, 4)
        self.assertEqual((order.order_line.qty_delivered, order.credit_open), (4, 400.0))

    def test_what_is_added_to_the_delivery_is_recorded_and_ships(self):
        order = self.shipped()
        extra = self._product("Pallet", "delivery", type="consu", is_storable=True)
        self.env["stock.quant"]._update_available_quantity(extra, self.warehouse.lot_stock_id, 10)
        picking = order.picking_ids
        self.env["stock.move"].create(
            {
                "product_id": extra.id,
                "product_uom_qty": 2,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        picking.action_confirm()
        picking.action_assign()
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.button_validate()
        self.settle()
        self.assertEqual(picking.state, "done")
        self.assertEqual(order.order_line.mapped("qty_delivered"), [10, 2])
        self.assertEqual(order.credit_open, 1200.0)
        self.assertIn("recorded", order.credit_decision_ids.mapped("state"))

    def test_line_ordered_as_zero_and_delivered_later(self):
        order = self.confirmed(100.0, product=self.goods, quantity=0)
        self.assertEqual(self.position().order, 0.0)
        order.order_line.product_uom_qty = 10
        self.settle()
        self.assertEqual(self.position().order, 1000.0)
        self.deliver(order, 10)
        order._create_invoices().action_post()
        self.assertEqual((self.position().order, self.position().receivable), (0.0, 1000.0))

    def test_ordered_quantity_product_counts_as_ordered(self):
        """What is invoiced as ordered is owed whatever happens to the delivery."""
        self.goods.invoice_policy = "order"
        order = self.shipped()
        self.deliver(order, 4, backorder=False)
        self.assertEqual(order.credit_open, 1000.0)
        order._create_invoices().action_post()
        self.assertEqual((self.position().order, self.position().receivable), (0.0, 1000.0))

    def test_delivery_in_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order(960.0, product=self.goods, quantity=1)
        order.order_line.write({"product_uom_id": dozen.id, "price_unit": 960.0})
        order.action_confirm()
        self.settle()
        self.assertEqual(order.credit_open, 960.0)
        self.deliver(order, 6)
        self.assertEqual((self.position().order, self.position().order_delivered), (960.0, 480.0))

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

    def test_installed_beside_orders_that_were_there(self):
        """Short-closed, returned, on its way, delivered in full, untouched: as computed, and only what is on its way
        takes the ORM."""
        self.profile.limit_ids._give_way()
        self.grant(self.profile, unlimited=True)
        orders = short, back, partly, full, untouched, cancelled = [self.shipped() for _number in range(6)]
        self.deliver(short, 4, backorder=False)
        self.deliver(back, 10)
        self.bring_back(back, 3)
        self.deliver(partly, 4)
        self.deliver(full, 10)
        cancelled.picking_ids.action_cancel()
        orders = self.env["sale.order"].union(*orders)
        self.env.flush_all()
        names = ["credit_open", "credit_open_delivered", "credit_value", "credit_committed"]
        computed = orders.read(names)
        self.assertEqual([figures["credit_open"] for figures in computed], [400, 700, 1000, 1000, 1000, 0])
        # what was known of them before the addon came
        self.env.cr.execute(
            """UPDATE sale_order SET credit_open = 1000, credit_value = 1000, credit_open_delivered = 0
                WHERE id = ANY(%s)""",
            [orders.ids],
        )
        orders.invalidate_recordset(names, flush=False)
        self.assertEqual(short.credit_open, 1000)
        self.assertEqual(orders._credit_fill(), partly | untouched)
        post_init_hook(self.env)
        self.env.invalidate_all()
        self.assertEqual(orders.read(names), computed)
