# Part of credit_management. License LGPL-3.0 or later.
"""I3: no way into ``sale`` without clearance, and nothing leaks out of an order that is held."""

import contextlib

from odoo import Command, fields
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestWaysIn(CreditCase):
    def assertHeld(self, order):
        self.settle()
        self.assertEqual(order.state, "draft")
        self.assertEqual(self.decision(order).state, "held")

    def assertRefused(self, act):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            act()
            self.settle()

    def test_an_order_that_is_created_and_deleted_in_one_go(self):
        """What is there no more is not judged, and what came along with it is."""
        gone, stays = self.order(100.0), self.order(99_999.0)
        with self.assertRaisesRegex(UserError, stays.name), self.env.cr.savepoint():
            stays.state = "sale"
            gone.unlink()
            self.settle()
        gone.unlink()
        self.settle()
        self.assertFalse(gone.exists())

    def test_button_and_its_relatives(self):
        for confirm in (
            lambda order: order.action_confirm(),
            lambda order: order._validate_order(),
            lambda order: order.sudo().action_confirm(),
            lambda order: order.with_user(self.salesperson).action_confirm(),
            lambda order: order.copy().action_confirm() and order.action_confirm(),
        ):
            order = self.order(1500.0)
            confirm(order)
            self.assertHeld(order)

    def test_direct_ways_are_refused(self):
        order = self.order(1500.0)
        self.assertRefused(lambda: order.write({"state": "sale"}))
        self.assertRefused(lambda: order.update({"state": "sale"}))
        self.assertRefused(lambda: order._action_confirm() or order.write({"state": "sale", "locked": True}))
        self.assertRefused(lambda: order.copy({"state": "sale"}))
        self.assertRefused(lambda: self.order(1500.0, state="sale"))
        self.assertEqual(order.state, "draft")

    def test_import_is_refused(self):
        order = self.order(1500.0)
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "held_order", "model": "sale.order", "res_id": order.id}
        )

        result = self.env["sale.order"].load(["id", "state"], [["__import__.held_order", "sale"]])
        self.assertFalse(result["ids"])
        self.assertIn("Credit control does not let this pass", result["messages"][0]["message"])
        self.env.invalidate_all()
        self.assertEqual(order.state, "draft")

    def test_server_action_and_automation_are_held(self):
        order = self.order(1500.0)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Confirm",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "state": "code",
                "code": "records.action_confirm()",
            }
        )
        action.with_context(active_model="sale.order", active_ids=order.ids, active_id=order.id).run()
        self.assertHeld(order)

    def test_gate_stays_when_the_registry_is_set_up_again(self):
        """Someone adds a custom field: the registry is built anew, and the gate is still in front."""
        self.registry._setup_models__(self.env.cr, ["sale.order"])
        order = self.order(1500.0)
        order.action_confirm()
        self.assertHeld(order)
        self.env["ir.model.fields"].create(
            {
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "name": "x_credit_test",
                "ttype": "char",
                "field_description": "Test",
            }
        )
        self.assertHeld_after(self.order(1500.0))

    def test_server_action_that_writes_the_state_is_refused(self):
        order = self.order(1500.0)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Set",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "state": "code",
                "code": "records.write({'state': 'sale'})",
            }
        )
        self.assertRefused(
            lambda: action.with_context(active_model="sale.order", active_ids=order.ids, active_id=order.id).run()
        )

    def test_automation_on_creation_is_held(self):
        if "base.automation" not in self.env:
            self.skipTest("base_automation is not installed")
        model = self.env["ir.model"]._get("sale.order")
        self.env["base.automation"].create(
            {
                "name": "Confirm at once",
                "model_id": model.id,
                "trigger": "on_create",
                "action_server_ids": [
                    Command.create(
                        {"name": "Confirm", "model_id": model.id, "state": "code", "code": "records.action_confirm()"}
                    )
                ],
            }
        )
        self.assertHeld(self.order(1500.0))

    def test_cron_is_held(self):
        order = self.order(1500.0)
        cron = self.env["ir.cron"].create(
            {
                "name": "Confirm",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "state": "code",
                "code": f"model.browse({order.id}).action_confirm()",
                "interval_number": 1,
                "interval_type": "days",
            }
        )
        cron.ir_actions_server_id.run()
        self.assertHeld(order)
        self.assertEqual(order.activity_ids.user_id, self.salesperson)

    def test_sent_quotation_is_held_as_sent(self):
        order = self.order(1500.0)
        order.action_quotation_sent()
        order.action_confirm()
        self.settle()
        self.assertEqual((order.state, order.credit_state), ("sent", "held"))

    def test_copy_of_a_confirmed_order_is_checked_itself(self):
        order = self.confirmed(900.0)
        copy = order.copy()
        self.assertFalse(copy.credit_decision_ids)
        self.assertHeld_after(copy)

    def test_locked_orders_are_bound_too(self):
        order = self.confirmed(900.0)
        order.action_lock()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.sudo().order_line.with_context(skip_lock=True).price_unit = 5000.0
            self.settle()
        self.env.invalidate_all()
        order.action_unlock()
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            order.order_line.price_unit = 5000.0
            self.settle()

    def test_moving_lines_to_a_cleared_order_is_a_raise(self):
        """Two orders, one of them cleared: its lines do not take along the other's."""
        order, other = self.confirmed(900.0), self.order(900.0)
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            other.order_line.order_id = order
            self.settle()

    def test_cancelled_and_set_back_to_sale_is_refused(self):
        order = self.confirmed(900.0)
        order.action_cancel()
        self.invoice(200.0)
        self.assertRefused(lambda: order.write({"state": "sale"}))

    def test_passed_cancelled_and_set_to_sale_within_one_transaction(self):
        first, second = self.order(700.0), self.order(700.0)

        def confirm_both():
            first.action_confirm()
            first._action_cancel()
            second.action_confirm()
            self.assertEqual((first.state, second.state), ("cancel", "sale"))
            first.state = "sale"

        self.assertRefused(confirm_both)

    def test_raising_an_order_that_was_taken_over(self):
        """Orders open when the customer comes under control stand; raising them is checked."""
        customer = self.env["res.partner"].create({"name": "Old customer", "company_type": "company"})
        order = self.order(900.0, partner=customer)
        order.action_confirm()
        self.settle()
        self.assertFalse(self.decision(order))
        self.control(customer, 1000.0)
        self.assertEqual(self.decision(order).state, "taken_over")
        order.order_line.name = "untouched otherwise"
        order.order_line.price_unit = 950.0
        self.settle()
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            order.order_line.price_unit = 1000.01
            self.settle()

    def test_empty_and_mixed_batches(self):
        self.assertTrue(self.env["sale.order"].action_confirm())
        small, large = self.order(100.0), self.order(5000.0)
        (small | large).action_confirm()
        self.settle()
        self.assertEqual((small.state, large.state), ("sale", "draft"))

    def test_cancelled_orders_raise_as_ever(self):
        order = self.order(100.0)
        order.action_cancel()
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_cancel_reset_and_confirm_again_is_a_new_check(self):
        order = self.confirmed(900.0)
        order.action_cancel()
        order.action_draft()
        self.invoice(200.0)
        order.action_confirm()
        self.assertHeld(order)

    def test_lowered_and_raised_again_is_a_new_check(self):
        order = self.confirmed(900.0)
        order.order_line.price_unit = 100.0
        self.settle()
        other = self.confirmed(800.0)
        self.assertEqual(other.state, "sale")
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            order.order_line.price_unit = 900.0
            self.settle()

    def test_up_and_down_in_one_transaction_is_fine(self):
        order = self.confirmed(900.0)
        order.order_line.price_unit = 5000.0
        order.order_line.price_unit = 950.0
        self.settle()
        self.assertEqual(order.credit_open, 950.0)

    def test_every_kind_of_raise(self):
        order = self.confirmed(1000.0, quantity=10)  # at the list price, so that no edit resets it
        line = order.order_line
        edits = {
            "quantity": lambda: line.write({"product_uom_qty": 11}),
            "price": lambda: line.write({"price_unit": 100.01}),
            "tax": lambda: line.write({"tax_ids": [Command.set(self.tax.ids)]}),
            "line": lambda: order.write(
                {"order_line": [Command.create({"product_id": self.product.id, "price_unit": 1.0})]}
            ),
        }
        for name, edit in edits.items():
            with self.subTest(edit=name), self.assertRaises(RedirectWarning), self.env.cr.savepoint():
                edit()
                self.settle()
            self.env.invalidate_all()
        self.assertEqual(order.amount_total, 1000.0)

    def test_other_customer_after_confirmation(self):
        order = self.confirmed(900.0)
        other = self.env["res.partner"].create({"name": "No credit", "company_type": "company"})
        self.control(other, 0.0)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.partner_invoice_id = other
            self.settle()

    def test_growth_by_delivery_is_recorded_and_never_stops(self):
        self.profile.user_id = self.manager
        order = self.confirmed(1000.0, product=self.product_delivered, quantity=10)
        order.order_line.qty_delivered_method = "analytic"
        order.order_line.qty_delivered = 15
        self.settle()
        self.assertEqual(order.credit_open, 1500.0)
        recorded = order.credit_decision_ids.filtered(lambda decision: decision.state == "recorded")
        self.assertEqual(recorded.mapped("outcome"), ["hold"])
        self.assertIn(self.manager, order.activity_ids.user_id)

    def test_delivery_entered_by_hand_is_an_edit(self):
        order = self.confirmed(1000.0, product=self.product_delivered, quantity=10)
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            order.order_line.qty_delivered = 15
            self.settle()

    # -- parties -------------------------------------------------------------------------------------

    def test_contacts_and_invoice_addresses_count_for_their_company(self):
        contact = self.env["res.partner"].create({"name": "Branch office", "parent_id": self.customer.id})
        self.confirmed(600.0, partner=contact)
        self.assertHeld_after(self.order(600.0, partner_invoice_id=contact.id))

    def assertHeld_after(self, order):
        order.action_confirm()
        self.assertHeld(order)

    def test_a_new_invoice_address_is_no_way_round(self):
        stranger = self.env["res.partner"].create({"name": "Shell company", "company_type": "company"})
        self.assertHeld_after(self.order(1500.0, partner_invoice_id=stranger.id))
        known = self.env["res.partner"].create({"name": "Payer", "company_type": "company"})
        self.control(known, 1e6)
        self.profile.write({"hold": True, "hold_reason": "Lawsuit"})
        order = self.order(10.0, partner_invoice_id=known.id)
        self.assertHeld_after(order)
        self.assertIn("Lawsuit", self.decision(order).summary)

    def test_customer_and_order_written_in_one_go(self):
        """Moving a contact takes its standing orders over, but not one that the same write puts into ``sale``."""
        contact = self.env["res.partner"].create({"name": "Buyer"})
        order = self.order(5000.0, partner=contact)
        values = {"parent_id": self.customer.id, "sale_order_ids": [Command.update(order.id, {"state": "sale"})]}
        self.assertRefused(lambda: contact.write(values))
        self.env.invalidate_all()
        self.assertEqual(order.state, "draft")

    def test_merged_customers_keep_exposure_hold_and_limit(self):
        double = self.env["res.partner"].create({"name": "Lumber Incorporated", "company_type": "company"})
        profile = self.control(double, 5000.0)
        self.invoice(700.0, partner=double)
        standing = self.confirmed(100.0, partner=double)
        profile.write({"hold": True, "hold_reason": "Cheque bounced"})
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (double | self.customer).ids, self.customer, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertFalse(profile.exists())
        position = self.position()
        self.assertEqual((position.exposure, position.limit, position.on_hold), (800.0, 1000.0, True))
        standing.order_line.name = "still standing"
        self.settle()
        self.assertEqual(standing.credit_decision_ids.profile_id, self.profile)

    def test_merge_into_a_customer_without_profile_moves_it(self):
        target = self.env["res.partner"].create({"name": "Target", "company_type": "company"})
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (target | self.customer).ids, target, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.profile.partner_id, target)

    def test_contact_moved_to_another_company_takes_its_invoices_along(self):
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        self.confirmed(600.0, partner=contact)
        other = self.env["res.partner"].create({"name": "New employer", "company_type": "company"})
        other_profile = self.control(other, 5000.0)
        contact.parent_id = other
        self.settle()
        self.assertEqual(self.position().exposure, 0.0)
        self.assertEqual(self.position(other_profile).exposure, 600.0)

    def test_customer_that_becomes_a_contact_brings_its_profile(self):
        parent = self.env["res.partner"].create({"name": "Holding", "company_type": "company"})
        self.customer.write({"is_company": False, "parent_id": parent.id})
        self.env.invalidate_all()
        self.assertEqual(self.profile.partner_id, parent)

    # -- customers that change behind their orders ---------------------------------------------------

    def company_of(self, name, limit=None):
        partner = self.env["res.partner"].create({"name": name, "company_type": "company"})
        if limit is not None:
            self.control(partner, limit)
        return partner

    def merge(self, source):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (source | self.customer).ids, self.customer, extra_checks=False
        )
        self.env.invalidate_all()

    def delivering(self, amount, partner=None):
        return self.confirmed(amount, partner=partner or self.customer, product=self.product_delivered, quantity=10)

    def assertShips(self, order):
        """What the system delivers is written without anybody's being stopped; what people raise is checked."""
        order.order_line.qty_delivered_method = "analytic"
        order.order_line.qty_delivered = 5
        self.settle()
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            order.order_line.product_uom_qty = 100
            self.settle()
        self.env.invalidate_all()

    def test_contact_moved_to_a_customer_without_room(self):
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        order = self.delivering(600.0, contact)
        contact.parent_id = self.company_of("No credit", 0.0)
        self.settle()
        self.assertShips(order)

    def test_contact_moved_from_a_customer_not_under_control(self):
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.company_of("Free").id})
        order = self.delivering(6000.0, contact)
        contact.parent_id = self.customer
        self.settle()
        self.assertEqual(self.decision(order).state, "taken_over")
        self.assertShips(order)

    def test_customer_not_under_control_merged_into_one_who_is(self):
        free = self.company_of("Free")
        order = self.delivering(6000.0, free)
        self.merge(free)
        self.assertEqual(self.decision(order).state, "taken_over")
        self.assertEqual(self.position().order, 6000.0)
        self.assertShips(order)

    def test_decisions_name_the_customer_that_a_merge_left(self):
        double = self.company_of("Double", 100.0)
        order = self.order(60.0, partner=double)
        order.action_confirm()
        self.settle()
        decision = self.decision(order)
        self.merge(double)
        self.assertEqual(decision.partner_id | decision.invoice_partner_id, self.customer)
        self.assertEqual(decision.partner_name, "Double")

    def test_held_orders_of_merged_customers(self):
        double = self.company_of("Double", 100.0)
        small, large = self.order(500.0, partner=double), self.order(5000.0)
        (small | large).action_confirm()
        self.assertHeld(small)
        self.merge(double)
        self.env["credit.change"]._process()
        self.assertEqual(self.decision(small).profile_id, self.profile)
        self.assertEqual((self.decision(small).state, self.decision(large).state), ("ready", "held"))

    def test_control_that_was_ended_and_taken_up_again(self):
        order = self.delivering(900.0)
        self.profile.active = False
        free = self.delivering(5000.0)
        order.order_line.price_unit = 80.0
        self.settle()
        self.profile.active = True
        self.assertShips(free)
        self.assertShips(order)

    def test_unknown_customers_held_from_now_on(self):
        """The company's setting is for new orders: those that stand are delivered."""
        free = self.company_of("Free")
        order = self.delivering(6000.0, free)
        self.company.credit_unknown_action = "hold"
        order.order_line.qty_delivered_method = "analytic"
        order.order_line.qty_delivered = 5
        self.settle()
        later = self.order(10.0, partner=free)
        self.assertHeld_after(later)
        self.assertRefused(lambda: later.write({"state": "sale"}))

    # -- nothing leaks -------------------------------------------------------------------------------

    def test_no_confirmation_mail(self):
        order = self.order(1500.0)
        self.customer.email = "customer@example.com"
        messages = len(order.message_ids)
        order.with_context(send_email=True).action_confirm()
        self.assertHeld(order)
        self.assertFalse(self.env["mail.mail"].sudo().search([("recipient_ids", "in", self.customer.ids)]))
        self.assertEqual(len(order.message_ids), messages)

    def test_no_loyalty_points(self):
        if "loyalty.program" not in self.env:
            self.skipTest("sale_loyalty is not installed")
        program = self.env["loyalty.program"].create(
            {
                "name": "Points",
                "program_type": "loyalty",
                "trigger": "auto",
                "applies_on": "both",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"reward_point_mode": "order", "reward_point_amount": 10})],
            }
        )
        order = self.order(1500.0)
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertHeld(order)
        self.assertEqual(sum(program.coupon_ids.mapped("points")), 0)
        self.grant_more(5000.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertEqual(sum(program.coupon_ids.mapped("points")), 10)

    def test_no_project_and_no_delivery(self):
        for model, module in (("project.task", "sale_project"), ("stock.picking", "sale_stock")):
            if not self.env["ir.module.module"].search_count([("name", "=", module), ("state", "=", "installed")]):
                continue
            with self.subTest(module=module):
                product = (
                    self._product("Job", "order", service_tracking="task_in_project")
                    if module == "sale_project"
                    else self._product("Goods", "order", type="consu")
                )
                before = self.env[model].search_count([])
                order = self.order(1500.0, product=product)
                self.assertHeld_after(order)
                self.assertEqual(self.env[model].search_count([]), before)

    def grant_more(self, amount):
        self.profile.limit_ids.filtered(lambda limit: limit.state == "granted")._give_way()
        self.grant(self.profile, amount)

    def test_no_event_registration(self):
        if "event.registration" not in self.env or "event_ticket_id" not in self.env["sale.order.line"]._fields:
            self.skipTest("event_sale is not installed")
        product = self._product("Ticket", "order", service_tracking="event")
        event = self.env["event.event"].create(
            {
                "name": "Fair",
                "date_begin": fields.Datetime.add(fields.Datetime.now(), days=5),
                "date_end": fields.Datetime.add(fields.Datetime.now(), days=6),
                "company_id": self.company.id,
                "event_ticket_ids": [Command.create({"name": "Standard", "product_id": product.id, "price": 100})],
            }
        )
        line = {
            "product_id": product.id,
            "event_id": event.id,
            "event_ticket_id": event.event_ticket_ids.id,
            "product_uom_qty": 20,
            "tax_ids": False,
        }
        order = self.order(order_line=[Command.create(line)])
        self.assertGreater(order.amount_total, 1000.0)
        order.action_confirm()
        self.assertHeld(order)
        self.assertFalse(event.registration_ids)


@tagged("post_install", "-at_install")
class TestPayment(CreditCase):
    """Money taken online never loops and never vanishes: the order is held visibly, and says what happens next."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        provider = cls.env.ref("payment.payment_provider_demo", raise_if_not_found=False)
        if not provider or provider.code != "demo":
            cls.skipTest(cls, "payment_demo is not installed")
        cls.provider = provider.copy({"company_id": cls.company.id, "state": "test", "name": "Demo"})
        cls.method = cls.env["payment.method"].search([], limit=1)

    def pay_online(self, order, amount=None, state="done"):
        transaction = self.env["payment.transaction"].create(
            {
                "amount": amount or order.amount_total,
                "currency_id": order.currency_id.id,
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "operation": "online_direct",
                "partner_id": order.partner_id.id,
                "reference": f"{order.name}-{state}-{amount}",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        {"done": transaction._set_done, "authorized": transaction._set_authorized, "pending": transaction._set_pending}[
            state
        ]()
        transaction._post_process()
        self.settle()
        return transaction

    def test_paid_in_full_asks_for_no_credit(self):
        order = self.order(5000.0)
        self.pay_online(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.decision(order).exemption, "prepaid")
        self.assertAlmostEqual(self.position().exposure, 0.0)

    def test_authorised_in_full_asks_for_no_credit(self):
        order = self.order(5000.0)
        self.pay_online(order, state="authorized")
        self.assertEqual(order.state, "sale")
        self.assertAlmostEqual(self.position().exposure, 0.0)

    def test_pending_payment_asks_for_nothing_yet(self):
        """A bank transfer that was only announced neither confirms the order nor counts as paid."""
        order = self.order(5000.0)
        transaction = self.pay_online(order, state="pending")
        self.assertEqual((transaction.is_post_processed, order.state), (True, "sent"))
        self.assertFalse(self.decision(order))
        order.action_confirm()
        self.settle()
        self.assertEqual((order.state, order.credit_state), ("sent", "held"))
        self.assertEqual(self.decision(order).asked, 5000.0)

    def test_post_processing_again_changes_nothing(self):
        order = self.order(5000.0)
        order.write({"require_payment": True, "prepayment_percent": 0.2})
        transaction = self.pay_online(order, 1000.0)
        transaction._post_process()
        self.settle()
        self.assertTrue(transaction.is_post_processed)
        self.assertEqual(order.credit_state, "held")
        self.assertEqual(order.credit_decision_ids.mapped("state").count("held"), 1)

    def test_customer_and_salesperson_are_told(self):
        self.customer.email = "customer@example.com"
        order = self.order(5000.0)
        order.write({"require_payment": True, "prepayment_percent": 0.2})
        self.pay_online(order, 1000.0)
        told = order.message_ids.filtered(lambda message: self.customer in message.partner_ids)
        self.assertEqual(len(told), 1, "the mail that the payment arrived, and no confirmation")
        self.assertEqual(order.activity_ids.user_id, self.salesperson)

    def test_paid_in_part_is_held_visibly(self):
        order = self.order(5000.0)
        order.write({"require_payment": True, "prepayment_percent": 0.2})
        transaction = self.pay_online(order, 1000.0)
        self.assertEqual((transaction.state, transaction.is_post_processed), ("done", True))
        self.assertEqual((order.state in ("draft", "sent"), order.credit_state), (True, "held"))
        self.assertEqual(self.decision(order).asked, 4000.0)
        self.assertEqual(order.activity_ids.user_id, self.salesperson)

    def test_prepayment_of_a_held_order_gives_no_other_order_room(self):
        order = self.order(5000.0)
        order.write({"require_payment": True, "prepayment_percent": 0.2})
        self.pay_online(order, 1000.0)
        self.assertAlmostEqual(self.position().exposure, 0.0)
        other = self.order(1500.0)
        other.action_confirm()
        self.settle()
        self.assertEqual(other.state, "draft")

    def test_only_confirmed_orders_are_reported(self):
        order = self.order(5000.0)
        order.write({"require_payment": True, "prepayment_percent": 0.2})
        transaction = self.pay_online(order, 1000.0)
        self.assertFalse(transaction._check_amount_and_confirm_order())

    def test_release_invoices_what_was_paid(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        order = self.order(5000.0)
        order.write({"require_payment": True, "prepayment_percent": 0.2})
        self.pay_online(order, 1000.0)
        self.assertFalse(order.invoice_ids)
        self.decision(order).with_user(self.admin)._release(self.env.ref("credit_management.reason_business"))
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.invoice_ids.mapped("state"), ["posted"])
        self.assertEqual(order.invoice_ids.amount_total, 1000.0)


@tagged("post_install", "-at_install")
class TestPortal(HttpCase, CreditCase):
    def test_signature_ends_in_a_visible_hold(self):
        order = self.order(1500.0)
        order.write({"require_signature": True, "require_payment": False})
        order._portal_ensure_token()
        self.env.flush_all()
        pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        result = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": order.access_token, "name": "Joe Customer", "signature": pixel},
        )
        self.assertIn("redirect_url", result)
        self.env.invalidate_all()
        self.assertEqual((order.state in ("draft", "sent"), order.credit_state), (True, "held"))
        self.assertEqual(order.signed_by, "Joe Customer")
        self.assertEqual(order.activity_ids.user_id, self.salesperson)
        page = self.url_open(result["redirect_url"])
        self.assertEqual(page.status_code, 200)
        self.assertIn("We are reviewing it", page.text)
        self.assertNotIn("1,000.00", page.text.split("portal_sale_content")[0], "the customer is not told his limit")

    def test_over_rpc_a_salesperson_gets_nowhere(self):
        order = self.order(1500.0)
        self.salesperson.password = "credit_seller_password"
        self.env.flush_all()
        self.authenticate(self.salesperson.login, "credit_seller_password")

        def call(model, method, args, **kwargs):
            return self.make_jsonrpc_request(
                "/web/dataset/call_kw", {"model": model, "method": method, "args": args, "kwargs": kwargs}
            )

        held = call("sale.order", "action_confirm", [order.ids], context={"credit_cleared": True, "no_check": 1})
        self.assertEqual(held["tag"], "display_notification")
        self.env.invalidate_all()
        decision = self.decision(order)
        attempts = [
            ("sale.order", "write", [order.ids, {"state": "sale"}]),
            ("credit.decision", "write", [decision.ids, {"state": "passed"}]),
            ("credit.decision", "create", [[{"res_model": "sale.order", "res_id": order.id, "state": "passed"}]]),
            ("credit.decision", "action_release", [decision.ids]),
            ("credit.release", "create", [[{"decision_ids": decision.ids}]]),
            ("credit.decision", "_release", [decision.ids, 1]),
            ("credit.profile", "write", [self.profile.ids, {"hold": False, "policy_id": 1}]),
            ("credit.limit", "create", [[{"profile_id": self.profile.id, "amount": 1e9}]]),
            ("credit.gate", "write", [[1], {"passages": 0}]),
        ]
        for model, method, args in attempts:
            with self.subTest(model=model, method=method):
                try:
                    result = call(model, method, args)
                except JsonRpcException:
                    result = None
                # opening a dialog is no harm; going through with it is refused
                self.assertTrue(result is None or result.get("res_model") == "credit.release")
        for context in (
            {"install_mode": True, "import_file": True, "tracking_disable": True, "mail_notrack": True},
            {"su": True, "uid": 1, "sudo": True, "force_company": self.company.id, "active_test": False},
            {"disable_credit_check": True, "credit_check": False, "skip_gate": True, "no_validate": True},
            {"allowed_company_ids": [], "lang": "zh_CN", "tz": "Pacific/Kiritimati", "default_state": "sale"},
            {"behind_credit_gate": True, "credit_management.cleared": {"sale.order": order.ids}},
        ):
            for method, args in (("action_confirm", []), ("write", [{"state": "sale"}]), ("copy", [{"state": "sale"}])):
                with self.subTest(method=method, context=context), contextlib.suppress(JsonRpcException):
                    call("sale.order", method, [order.ids, *args], context=context)
        self.env.invalidate_all()
        decision = self.decision(order)
        self.assertFalse(
            self.env["sale.order"].search_count([("partner_id", "=", self.customer.id), ("state", "=", "sale")])
        )
        self.env.invalidate_all()
        self.assertEqual((order.state, decision.state), ("draft", "held"))
