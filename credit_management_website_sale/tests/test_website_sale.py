# Part of credit_management. License LGPL-3.0 or later.
"""A checkout that credit control holds: visible to the customer, and no cart any more."""

from odoo import Command, fields, http
from odoo.tests import HttpCase, tagged

from odoo.addons.credit_management.tests.common import CreditCase


@tagged("post_install", "-at_install")
class TestWebsiteSale(HttpCase, CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].search([], order="sequence, id", limit=1)
        cls.website.write(
            {"company_id": cls.company.id, "salesperson_id": cls.salesperson.id, "send_abandoned_cart_email": True}
        )
        cls.product.is_published = True
        cls.shopper = cls._user("shopper", "base.group_portal")
        cls.shopper.password = "credit_shopper_password"
        cls.shopper.partner_id.write({"parent_id": cls.customer.id, "country_id": cls.env.ref("base.us").id})
        provider = cls.env.ref("payment.payment_provider_demo", raise_if_not_found=False)
        cls.provider = (
            provider.copy({"company_id": cls.company.id, "state": "test"})
            if provider and provider.code == "demo"
            else None
        )
        cls.profile.write({"hold": True, "hold_reason": "Lawsuit"})

    def cart(self, amount=0.0):
        cart = self.order(amount, partner=self.shopper.partner_id, website_id=self.website.id)
        cart.user_id = False
        return cart

    def pay_online(self, cart, state, provider=None):
        provider = provider or self.provider
        if not provider:
            self.skipTest("payment_demo is not installed")
        transaction = self.env["payment.transaction"].create(
            {
                "amount": cart.amount_total,
                "currency_id": cart.currency_id.id,
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "operation": "online_direct",
                "partner_id": cart.partner_id.id,
                "reference": f"{cart.name}-{state}",
                "sale_order_ids": [Command.set(cart.ids)],
            }
        )
        getattr(transaction, f"_set_{state}")()
        transaction._post_process()
        self.settle()
        return transaction

    def shop(self, cart):
        """Log in as the customer at the end of the checkout of ``cart``."""
        self.env.flush_all()
        session = self.authenticate(self.shopper.login, "credit_shopper_password")
        session.update(sale_last_order_id=cart.id, sale_order_id=cart.id)
        http.root.session_store.save(session)

    def assertHeld(self, cart):
        self.env.invalidate_all()
        self.assertEqual((cart.state, cart.credit_state), ("sent", "held"))
        self.assertEqual(cart.user_id, self.salesperson)
        self.assertIn(self.salesperson, cart.activity_ids.user_id)

    def test_checkout_without_payment_ends_in_a_visible_hold(self):
        cart = self.cart()
        self.shop(cart)
        page = self.url_open("/shop/payment/validate")
        self.assertHeld(cart)
        self.assertEqual(page.status_code, 200)
        self.assertIn("/shop/confirmation", page.url)
        self.assertIn("are reviewing it", page.text)
        self.assertNotIn("Lawsuit", page.text)

    def test_held_cart_is_not_filled_on(self):
        cart = self.cart()
        self.shop(cart)
        self.url_open("/shop/payment/validate")
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {"product_template_id": self.product.product_tmpl_id.id, "product_id": self.product.id, "quantity": 3},
        )
        self.env.invalidate_all()
        self.assertEqual(cart.order_line.product_uom_qty, 1.0)
        later = self.env["sale.order"].search([("partner_id", "=", self.shopper.partner_id.id), ("id", ">", cart.id)])
        self.assertEqual((later.state, later.order_line.product_uom_qty), ("draft", 3.0))

    def test_paid_cart_of_a_customer_on_hold(self):
        for state in ("done", "authorized"):
            with self.subTest(state=state):
                cart = self.cart(500.0)
                transaction = self.pay_online(cart, state)
                self.assertEqual((transaction.state, transaction.is_post_processed), (state, True))
                self.assertHeld(cart)
                self.shop(cart)
                page = self.url_open("/shop/confirmation")
                self.assertIn("are reviewing it", page.text)
                self.assertNotIn("can not be confirmed", page.text)

    def test_cash_on_delivery_asks_for_credit(self):
        if "custom_mode" not in self.env["payment.provider"]._fields:
            self.skipTest("payment_custom is not installed")
        if "cash_on_delivery" not in self.env["payment.provider"]._fields["custom_mode"].get_values(self.env):
            self.skipTest("delivery is not installed")
        provider = self.env["payment.provider"].create(
            {"name": "COD", "code": "custom", "custom_mode": "cash_on_delivery", "company_id": self.company.id}
        )
        self.profile.hold = False
        cart = self.cart(1500.0)
        transaction = self.pay_online(cart, "pending", provider)
        self.assertTrue(transaction.is_post_processed)
        self.assertHeld(cart)
        self.assertEqual(self.decision(cart).asked, 1500.0)
        self.shop(cart)
        self.assertIn("are reviewing it", self.url_open("/shop/confirmation").text)
        within = self.cart(500.0)
        self.pay_online(within, "pending", provider)
        self.assertEqual(within.state, "sale")

    def test_no_abandoned_cart_mail(self):
        held, abandoned = self.cart(500.0), self.cart(500.0)
        held.action_confirm()
        self.settle()
        self.assertHeld(held)
        (held | abandoned).date_order = fields.Datetime.subtract(fields.Datetime.now(), hours=11)
        self.website.send_abandoned_cart_email_activation_time = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.env["website"]._send_abandoned_cart_email()
        self.assertEqual((held.is_abandoned_cart, abandoned.is_abandoned_cart), (False, True))
        self.assertEqual((held.cart_recovery_email_sent, abandoned.cart_recovery_email_sent), (False, True))

    def test_released_cart_is_confirmed(self):
        cart = self.cart(500.0)
        cart.action_confirm()
        self.settle()
        self.decision(cart).with_user(self.admin)._release(self.env.ref("credit_management.reason_business"))
        self.settle()
        self.assertEqual(cart.state, "sale")
