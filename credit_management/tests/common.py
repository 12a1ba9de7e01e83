# Part of credit_management. License LGPL-3.0 or later.
"""A small trading company with the people and customers that the tests need, all through Odoo's own methods."""

from contextlib import contextmanager

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user


class CreditCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, mail_notrack=True))
        cls.company = cls.env["res.company"].create({"name": "Trading Ltd", "currency_id": cls.env.ref("base.USD").id})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company, install_demo=False)
        cls.salesperson = cls._user("seller", "sales_team.group_sale_salesman")
        cls.other_salesperson = cls._user("seller2", "sales_team.group_sale_salesman")
        cls.accountant = cls._user("accountant", "account.group_account_invoice")
        cls.analyst = cls._user("analyst", "credit_management.group_analyst")
        cls.manager = cls._user("manager", "credit_management.group_manager")
        cls.admin = cls._user("creditadmin", "credit_management.group_admin")
        policy = cls.env.ref("credit_management.policy_standard").copy(
            {"name": "Test policy", "company_id": cls.company.id, "grace_days": 0}
        )
        cls.write_policy(policy)
        cls.publish(policy)
        policy._record({"date_from": "2000-01-01"})
        cls.company.credit_policy_id = policy
        cls.tax = cls.env["account.tax"].search(
            [("company_id", "=", cls.company.id), ("type_tax_use", "=", "sale")], limit=1
        )
        cls.product = cls._product("Widget", "order")
        cls.product_delivered = cls._product("Gadget", "delivery")
        cls.customer = cls.env["res.partner"].create({"name": "Lumber Inc", "company_type": "company"})
        cls.profile = cls.control(cls.customer, 1000.0)

    @property
    def policy(self):
        """The standard policy of the company, in the version in force."""
        return self.company.credit_policy_id

    @classmethod
    def write_policy(cls, draft):
        """What the policy of the company says otherwise than the shipped one, before it is published."""

    @classmethod
    @contextmanager
    def new_policy(cls, policy=None):
        """The next version of the company's policy, or of ``policy``: written within the block, in force after it."""
        draft = (policy or cls.company.credit_policy_id)._new_version()
        yield draft
        cls.publish(draft)

    @classmethod
    def add_rule(cls, kind, **values):
        """The next version of the company's policy, with one more rule. Returns the rule."""
        with cls.new_policy() as policy:
            return cls.env["credit.policy.rule"].create({"policy_id": policy.id, "kind": kind, **values})

    @classmethod
    def publish(cls, policy, date_from=None):
        """As a manager does it, who didn't write it."""
        policy.with_user(cls.manager)._publish(date_from, "As the test says")
        return policy

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(
            cls.env, f"credit_{login}", groups=groups, company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)], email=f"{login}@example.com",
        )  # fmt: skip

    @classmethod
    def _product(cls, name, invoice_policy, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "invoice_policy": invoice_policy,
                "list_price": 100.0,
                "taxes_id": False,
                **values,
            }
        )

    @classmethod
    def control(cls, partner, limit=None, company=None, **values):
        """Bring a customer under control, with a limit in force since long ago."""
        company = company or cls.company
        profile = cls.env["credit.profile"].create(
            {"partner_id": partner.id, "company_id": company.id, "policy_id": company.credit_policy_id.id, **values}
        )
        if limit is not None:
            cls.grant(profile, limit)
        return profile

    @classmethod
    def grant(cls, profile, amount=0.0, date_start="2000-01-01", date_end=False, unlimited=False, kind="standard"):
        """A limit in force, as if it had been asked for and granted."""
        limit = (
            cls.env["credit.limit"]
            .sudo()
            .create(
                {
                    "profile_id": profile.id,
                    "amount": amount,
                    "unlimited": unlimited,
                    "kind": kind,
                    "date_start": date_start,
                    "date_end": date_end,
                    "state": "granted",
                }
            )
        )
        profile._refresh()
        return limit

    @classmethod
    def order(cls, amount=100.0, partner=None, product=None, quantity=1.0, user=None, company=None, **values):
        """A quotation over ``quantity`` pieces that come to ``amount`` in all."""
        company = company or cls.company
        return (
            cls.env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": (partner or cls.customer).id,
                    "company_id": company.id,
                    "user_id": (user or cls.salesperson).id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": (product or cls.product).id,
                                "product_uom_qty": quantity,
                                "price_unit": amount / quantity if quantity else amount,
                                "tax_ids": False,
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def confirmed(cls, amount=100.0, **values):
        order = cls.order(amount, **values)
        order.action_confirm()
        assert order.state == "sale", "the order was held"
        cls.settle()
        return order

    @classmethod
    def settle(cls):
        """End the transaction as far as the constraints are concerned: what waits for its end is judged now."""
        cls.env.cr.flush()

    @classmethod
    def invoice(cls, amount, partner=None, date=None, due=None, post=True, move_type="out_invoice", company=None):
        """A customer invoice that belongs to no order."""
        company = company or cls.company
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": (partner or cls.customer).id,
                    "company_id": company.id,
                    "invoice_date": date or fields.Date.today(),
                    "invoice_date_due": due or date or fields.Date.today(),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": False})
                    ],
                }
            )
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def pay(cls, move, amount=None):
        """Register a payment of an invoice, in full if no amount is given."""
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"amount": amount} if amount else {})._create_payments()

    def position(self, profile=None):
        profile = profile or self.profile
        return profile._positions()[profile.id]

    def decision(self, order):
        return self.env["credit.decision"].search([("order_id", "=", order.id)], order="id desc", limit=1)
