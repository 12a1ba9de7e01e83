# Part of credit_management. License LGPL-3.0 or later.
"""Deliveries are asked about when goods leave: on what the customer owes today, each transfer by itself."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.credit_management.tests.common import CreditCase


@tagged("post_install", "-at_install")
class TestDeliveryCheckpoint(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._product("Crate", "delivery", type="consu", is_storable=True)
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.env["stock.quant"]._update_available_quantity(cls.goods, cls.warehouse.lot_stock_id, 1000)
        cls.storekeeper = cls._user("storekeeper", "stock.group_stock_user,base.group_partner_manager")
        cls.reason = cls.env.ref("credit_management.reason_reliable")

    @classmethod
    def write_policy(cls, draft):
        for rule in draft.rule_ids:
            if rule.kind in ("limit_usage", "manual_hold", "no_limit"):
                rule.on_delivery = "hold"
            elif rule.kind == "oldest_item":
                rule.on_delivery = "warn"

    def ordered(self, quantity=10, amount=1000.0, **values):
        order = self.confirmed(amount, product=self.goods, quantity=quantity, **values)
        order.picking_ids.action_assign()
        return order

    def put_on_hold(self, hold=True):
        self.profile.with_user(self.manager).write({"hold": hold, "hold_reason": hold and "Bounced cheque"})

    def validate(self, pickings, user=None, quantity=None):
        """Validate as ``user``; of one transfer only ``quantity``, the rest to follow. Returns what he is answered."""
        if quantity is not None:
            pickings.move_ids.quantity = quantity
        pickings.move_ids.picked = True
        result = pickings.with_user(user or self.storekeeper).button_validate()
        if isinstance(result, dict) and result.get("res_model") == "stock.backorder.confirmation":
            wizard = Form.from_action(self.env(user=user or self.storekeeper), result).save()
            result = wizard.process()
        self.settle()
        return result

    def decisions(self, picking):
        return self.env["credit.decision"].search([("picking_id", "in", picking.ids)], order="id desc")

    def release(self, picking):
        self.decisions(picking)[:1].with_user(self.manager)._release(self.reason, "Known")
        self.env.invalidate_all()

    def lower_limit(self, amount):
        self.profile.limit_ids._give_way()
        self.grant(self.profile, amount)

    # -- what is asked -------------------------------------------------------------------------------

    def test_nothing_stands_against_it(self):
        picking = self.ordered().picking_ids
        self.assertIs(self.validate(picking), True)
        self.assertEqual(picking.state, "done")
        self.assertRecordValues(
            self.decisions(picking),
            [{"checkpoint": "delivery", "state": "passed", "asked": 1000.0, "exposure_before": 0.0, "order_id": False}],
        )
        self.assertEqual(self.position().exposure, 1000.0)

    def test_customer_over_his_limit_meanwhile(self):
        order = self.ordered()
        self.lower_limit(900.0)
        result = self.validate(order.picking_ids)
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(result["tag"], "display_notification")
        self.assertRecordValues(
            self.decisions(order.picking_ids),
            [{"state": "held", "kinds": "limit_usage", "overage": 100.0, "document_user_id": self.salesperson.id}],
        )
        self.assertFalse(order.credit_state)  # the order stands as it was

    def test_each_delivery_is_judged_on_all_that_is_owed(self):
        orders = self.ordered(5, 500.0) | self.ordered(5, 500.0)
        self.lower_limit(900.0)
        self.validate(orders.picking_ids)
        self.assertEqual(self.decisions(orders.picking_ids).mapped("overage"), [100.0, 100.0])

    def test_manual_hold_and_mass_validation(self):
        other = self.env["res.partner"].create({"name": "Good Inc", "company_type": "company"})
        self.control(other, 5000.0)
        held = self.ordered(1, 100.0).picking_ids
        good = self.ordered(1, 100.0, partner=other).picking_ids
        self.put_on_hold()
        result = self.validate(held | good)
        self.assertEqual((held.state, good.state), ("assigned", "done"))
        self.assertIn(held.name, result["params"]["title"])
        self.assertNotIn(good.name, result["params"]["title"])

    def test_a_warning_goes_and_is_recorded(self):
        self.invoice(100.0, date="2020-01-01")
        order = self.order(500.0, product=self.goods, quantity=5)
        order.action_confirm()
        self.decision(order).with_user(self.manager)._release(self.reason)
        self.settle()
        picking = order.picking_ids
        picking.action_assign()
        self.validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertRecordValues(self.decisions(picking), [{"state": "passed", "outcome": "warn"}])

    def test_partial_delivery_asks_for_what_is_moved(self):
        order = self.ordered()
        picking = order.picking_ids
        self.validate(picking, quantity=4)
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.decisions(picking).mapped("asked"), [400.0])
        self.put_on_hold()
        rest = order.picking_ids - picking
        rest.action_assign()
        self.validate(rest, quantity=1)
        self.assertEqual(rest.state, "assigned")
        self.assertEqual(self.decisions(rest).asked, 100.0)

    def test_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order(960.0, product=self.goods, quantity=1)
        order.order_line.write({"product_uom_id": dozen.id, "price_unit": 960.0})
        order.action_confirm()
        order.picking_ids.action_assign()
        self.validate(order.picking_ids, quantity=6)
        self.assertEqual(self.decisions(order.picking_ids).mapped("asked"), [480.0])

    def test_paid_goods_ask_for_nothing(self):
        self.goods.invoice_policy = "order"
        order = self.ordered()
        invoice = order._create_invoices()
        invoice.action_post()
        self.pay(invoice)
        self.lower_limit(0.0)
        self.invoice(300.0)
        self.validate(order.picking_ids)
        self.assertEqual(order.picking_ids.state, "done")
        self.assertRecordValues(
            self.decisions(order.picking_ids), [{"asked": 0.0, "document_amount": 1000.0, "exemption": "prepaid"}]
        )

    def test_half_paid_goods_ask_for_the_rest(self):
        self.goods.invoice_policy = "order"
        order = self.ordered()
        invoice = order._create_invoices()
        invoice.action_post()
        self.pay(invoice, 600.0)
        self.validate(order.picking_ids)
        self.assertRecordValues(
            self.decisions(order.picking_ids),
            [{"asked": 400.0, "document_amount": 1000.0, "exposure_before": 0.0}],
        )

    def transfer(self, quantity, partner=None, picking_type=None, **values):
        """A transfer that no order asked for."""
        picking_type = picking_type or self.warehouse.out_type_id
        destination = picking_type.warehouse_id.out_type_id.default_location_dest_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": (partner or self.customer).id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": destination.id,
                **values,
            }
        )
        self.env["stock.move"].create(
            {
                "product_id": self.goods.id,
                "product_uom_qty": quantity,
                "picking_id": picking.id,
                "company_id": picking.company_id.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def test_without_an_order_at_sales_price_on_top(self):
        self.goods.taxes_id = self.tax
        rate = 1 + self.tax.amount / 100
        picking = self.transfer(12)
        self.validate(picking)
        self.assertEqual(picking.state, "assigned")
        self.assertRecordValues(
            self.decisions(picking),
            [{"asked": 1200.0 * rate, "overage": 1200.0 * rate - 1000.0, "exposure_before": 0.0}],
        )

    def test_receipts_returns_and_internal_transfers_are_never_asked_about(self):
        order = self.ordered(1, 100.0)
        self.validate(order.picking_ids)
        self.put_on_hold()
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_model="stock.picking", active_id=order.picking_ids.id, active_ids=order.picking_ids.ids
            )
        ).save()
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        suppliers = self.env.ref("stock.stock_location_suppliers").id
        receipt = self.transfer(
            1, picking_type=self.warehouse.in_type_id, location_id=suppliers,
            location_dest_id=self.warehouse.lot_stock_id.id,
        )  # fmt: skip
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        internal = self.transfer(1, picking_type=self.warehouse.int_type_id, location_dest_id=shelf.id)
        pickings = back | receipt | internal
        pickings.move_ids.quantity = 1
        self.validate(pickings)
        self.assertEqual(set(pickings.mapped("state")), {"done"})
        self.assertFalse(self.decisions(pickings))

    def test_goods_straight_from_the_vendor_are_asked_about(self):
        self.put_on_hold()
        picking = self.transfer(1, location_id=self.env.ref("stock.stock_location_suppliers").id)
        picking.move_ids.quantity = 1
        self.validate(picking)
        self.assertEqual(picking.credit_state, "held")

    def test_customers_not_under_control(self):
        self.company.credit_unknown_action = "hold"
        picking = self.transfer(1, partner=self.env["res.partner"].create({"name": "Stranger"}))
        self.validate(picking)
        self.assertEqual(picking.state, "done")

    def test_switched_off(self):
        self.put_on_hold()
        with self.new_policy() as policy:
            policy.rule_ids.on_delivery = "ignore"
        picking = self.transfer(1)
        self.validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(self.decisions(picking))

    # -- ways past it --------------------------------------------------------------------------------

    def test_direct_writes_are_refused_and_recorded(self):
        picking = self.transfer(1)
        self.put_on_hold()
        for records in (picking, picking.move_ids):
            with self.assertRaisesRegex(UserError, "does not let this pass"), self.env.cr.savepoint():
                records.with_user(self.storekeeper).write({"state": "done"})
                self.settle()
            self.env.invalidate_all()
        self.assertEqual(picking.state, "assigned")

    def test_context_grants_nothing(self):
        picking = self.transfer(1)
        self.put_on_hold()
        keys = ("skip_sanity_check", "skip_backorder", "skip_credit", "cancel_backorder", "skip_immediate")
        picking.move_ids.picked = True
        picking.with_user(self.storekeeper).with_context(**dict.fromkeys(keys, True)).button_validate()
        self.assertEqual(picking.state, "assigned")

    def test_without_rights_nothing_is_held(self):
        picking = self.transfer(1)
        self.put_on_hold()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            picking.with_user(self.analyst).button_validate()
        self.assertFalse(self.decisions(picking))

    # -- releasing -----------------------------------------------------------------------------------

    def test_released_it_may_be_validated_once(self):
        order = self.ordered()
        picking = order.picking_ids
        self.put_on_hold()
        self.validate(picking, quantity=4)
        self.release(picking)
        self.assertEqual((picking.state, picking.credit_state), ("assigned", "released"))
        self.assertIn(self.salesperson, picking.activity_ids.user_id)
        self.assertNotIn("Known", "".join(picking.message_ids.mapped("body")))
        self.validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertTrue(self.decisions(picking)[:1].used_on)
        rest = order.picking_ids - picking
        rest.action_assign()
        self.validate(rest)
        self.assertEqual(rest.credit_state, "held")

    def test_release_covers_no_more_than_its_amount(self):
        picking = self.ordered().picking_ids
        self.put_on_hold()
        self.validate(picking, quantity=4)
        self.release(picking)
        picking.move_ids.quantity = 5
        self.validate(picking)
        self.assertEqual((picking.state, picking.credit_state), ("assigned", "held"))

    def test_cancelling_voids_it(self):
        picking = self.ordered().picking_ids
        self.put_on_hold()
        self.validate(picking)
        self.release(picking)
        picking.action_cancel()
        self.assertEqual(set(self.decisions(picking).mapped("state")), {"void"})

    def test_lifting_the_hold_makes_it_ready(self):
        picking = self.ordered().picking_ids
        self.put_on_hold()
        self.validate(picking)
        self.put_on_hold(False)
        self.assertEqual(picking.credit_state, "ready")
        self.validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(self.decisions(picking).filtered("is_open"))

    def test_who_may_release(self):
        """Whoever confirmed the order made the transfer by that, and does not ask for it; its salesperson does."""
        order = self.order(100.0, product=self.goods)
        order.with_user(self.manager).sudo().action_confirm()
        self.settle()
        picking = order.picking_ids
        picking.action_assign()
        self.put_on_hold()
        self.validate(picking)
        decision = self.decisions(picking)
        self.assertFalse(decision._why_not_release(self.manager))
        self.assertIn(
            decision, self.env["credit.decision"].with_user(self.manager).search([("may_release", "=", True)])
        )
        for user in (self.storekeeper, self.salesperson, self.analyst):
            self.assertTrue(decision._why_not_release(user))
        order.user_id = self.manager
        self.assertTrue(decision._why_not_release(self.manager))
        self.assertNotIn(
            decision, self.env["credit.decision"].with_user(self.manager).search([("may_release", "=", True)])
        )

    def test_salesperson_asks_for_it(self):
        picking = self.ordered().picking_ids
        self.put_on_hold()
        self.validate(picking)
        action = picking.with_user(self.salesperson).action_ask_release()
        ask = self.env["credit.ask"].with_user(self.salesperson).with_context(**action["context"])
        ask.create({"note": "He pays today"}).action_ask()
        self.assertEqual(self.decisions(picking).request_note, "He pays today")
        self.assertIn(self.manager, picking.activity_ids.user_id)

    # -- what people see -----------------------------------------------------------------------------

    def test_warehouse_sees_whom_to_ask_and_no_figures(self):
        picking = self.ordered().picking_ids
        self.profile.user_id = self.manager
        self.put_on_hold()
        result = self.validate(picking)
        mine = picking.with_user(self.storekeeper)
        self.assertEqual(mine.credit_state, "held")
        self.assertEqual(mine.credit_words, f"Credit hold – ask {self.manager.name}")
        self.assertEqual(result["params"]["message"], mine.credit_words)
        self.assertNotIn("Bounced", str(result))
        self.assertNotIn("Bounced", str(picking.activity_ids.mapped("note") + picking.message_ids.mapped("body")))
        with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
            mine.write({"state": "done"})
            self.settle()
        self.assertNotIn("Bounced", str(refused.exception))
        self.env.invalidate_all()
        for name in ("credit_meter", "credit_message", "credit_decision_id", "credit_profile_id", "credit_level"):
            with self.assertRaises(AccessError):
                mine.read([name])
        self.assertIn(mine, mine.search([("credit_state", "in", ["held"])]))
        form = Form(mine)
        self.assertEqual(form.credit_words, mine.credit_words)

    def test_salespeople_see_figures(self):
        picking = self.ordered().picking_ids.with_user(self.salesperson)
        self.put_on_hold()
        self.assertEqual(picking.credit_level, "hold")
        self.assertIn("Bounced", picking.credit_message)
        self.assertTrue(picking.credit_meter)

    def test_rules_in_words(self):
        rule = self.policy.rule_ids.filtered(lambda rule: rule.kind == "manual_hold")
        self.assertIn("deliveries are held", rule.description)

    # -- two companies, two currencies ---------------------------------------------------------------

    def test_two_currencies(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 0.5, "currency_id": euro.id, "company_id": self.company.id}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        order = self.ordered(10, 400.0, pricelist_id=pricelist.id)
        self.assertEqual(self.position().order, 800.0)
        self.validate(order.picking_ids, quantity=5)
        self.assertRecordValues(self.decisions(order.picking_ids), [{"asked": 400.0, "exposure_before": 400.0}])

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.env.ref("base.USD").id})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        self.put_on_hold()
        picking = self.transfer(
            1, picking_type=warehouse.out_type_id, location_id=warehouse.lot_stock_id.id, company_id=other.id
        )
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_company(other).button_validate()
        self.settle()
        self.assertEqual(picking.state, "done")  # he is not under control there

    # -- delivered, not invoiced ---------------------------------------------------------------------

    def test_delivered_and_undelivered_add_up(self):
        order = self.ordered()
        self.validate(order.picking_ids, quantity=4)
        row = self.env["credit.exposure"].search([("order_id", "=", order.id), ("component", "=", "order")])
        self.assertRecordValues(row, [{"amount": 1000.0, "delivered": 400.0, "undelivered": 600.0}])
        self.assertEqual(
            self.env["credit.exposure"]._read_group(
                [("profile_id", "=", self.profile.id)], [], ["delivered:sum", "undelivered:sum"]
            ),
            [(400.0, 600.0)],
        )
        self.profile._refresh()
        self.assertEqual((self.profile.order_open, self.profile.order_delivered), (1000.0, 400.0))
