# Part of credit_management. License LGPL-3.0 or later.
"""The credit figures of orders that were there before us: filled in bulk, they are what the ORM computes."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.sale_order_fill import FIGURES, PAID_ONLINE
from .common import CreditCase

COLUMNS = (*FIGURES, *PAID_ONLINE)
FILL = "odoo.addons.credit_management.models.sale_order_fill"


@tagged("post_install", "-at_install")
class TestSaleOrderFill(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.limit_ids._give_way()
        cls.grant(cls.profile, unlimited=True)
        cls.dinar = cls.env.ref("base.KWD")  # three decimals
        cls.dinar.active = True
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.dinar.id, "company_id": cls.company.id, "name": "2020-01-01", "rate": 0.3}
        )
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Dinar", "currency_id": cls.dinar.id, "company_id": cls.company.id}
        )
        cls.plain, cls.special = cls._plain_orders(), cls._special_orders()
        cls.env.flush_all()

    @classmethod
    def _plain_orders(cls):
        orders = cls.order(33.33, quantity=3)  # a quotation
        orders |= cls.order(10.0)
        orders[-1:].action_quotation_sent()
        orders |= cls.order(20.0)
        orders[-1:]._action_cancel()
        orders |= cls.confirmed(100.0, quantity=7)
        partly, taxed, several = (cls.confirmed(400.0, quantity=4) for _number in range(3))
        partly._create_invoices().invoice_line_ids.quantity = 1
        delivered, beyond = (
            cls.confirmed(400.0, quantity=4, product=cls.product_delivered) for _number in range(2)
        )
        delivered.order_line.qty_delivered, beyond.order_line.qty_delivered = 2, 6
        beyond._create_invoices().action_post()
        taxed.order_line.tax_ids = cls.tax
        taxed.order_line.discount = 12.5
        several.order_line = [
            Command.create({"display_type": "line_section", "name": "Section"}),
            Command.create({"display_type": "line_note", "name": "Note"}),
            Command.create({"product_id": cls.product.id, "product_uom_qty": -1, "price_unit": 70.0, "tax_ids": False}),
            Command.create(
                {"product_id": cls.product_delivered.id, "product_uom_qty": -2, "price_unit": 5.0, "tax_ids": False}
            ),
        ]
        several.order_line[-1].qty_delivered = -3
        orders |= partly | delivered | beyond | taxed | several
        orders |= cls.order(1.0, order_line=False)  # no line at all
        foreign = cls.order(10.0, quantity=3, pricelist_id=cls.pricelist.id)
        foreign.order_line.price_unit = 1.2345
        assert foreign.currency_id == cls.dinar
        return orders | foreign

    @classmethod
    def _special_orders(cls):
        credited, down_payment, paid, nothing = (cls.confirmed(300.0, quantity=3) for _number in range(4))
        invoice = credited._create_invoices()
        invoice.action_post()
        reversal = (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "returned"})
        )
        cls.env["account.move"].browse(reversal.reverse_moves()["res_id"]).invoice_line_ids.quantity = 1
        cls.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=down_payment.ids, active_id=down_payment.id
        ).create({"advance_payment_method": "percentage", "amount": 30})._create_invoices(down_payment)
        provider = cls.env["payment.provider"].sudo().search([], limit=1)
        paid.transaction_ids = [
            Command.create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": cls.env["payment.method"].sudo().search([], limit=1).id,
                    "reference": "fill",
                    "amount": 120.0,
                    "currency_id": paid.currency_id.id,
                    "partner_id": cls.customer.id,
                    "state": "authorized",
                }
            )
        ]
        nothing.order_line = [
            Command.create(
                {"product_id": cls.product_delivered.id, "product_uom_qty": 0, "price_unit": 10.0, "tax_ids": False}
            )
        ]
        nothing.order_line[-1].qty_delivered = 5
        return credited | down_payment | paid | nothing

    def stored(self, orders):
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM sale_order WHERE id = ANY(%s)",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                orders.ids,
            )
        )
        return {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in rows}

    def emptied(self, orders):
        """Take the figures away, as they are when the columns have just been made."""
        self.env.cr.execute(
            SQL(
                "UPDATE sale_order SET %s WHERE id = ANY(%s)",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in COLUMNS),
                orders.ids,
            )
        )
        orders.invalidate_recordset(COLUMNS, flush=False)

    def test_in_bulk_as_computed(self):
        orders = self.plain | self.special
        computed = self.stored(orders)
        self.assertGreater(len({tuple(figures.values()) for figures in computed.values()}), 10, "worth comparing")
        self.assertTrue(all(any(computed[order.id].values()) for order in self.special))
        self.emptied(orders)
        with patch(f"{FILL}.BULK", 5), patch(f"{FILL}.BATCH", 3), patch(f"{FILL}._logger.info") as log:
            rest = orders._credit_fill()
            self.assertEqual(rest, self.special, "only these take the ORM")
            self.assertEqual(self.stored(self.plain), {order.id: computed[order.id] for order in self.plain})
            self.assertIsNone(self.stored(rest)[rest[0].id]["credit_open"])
            rest._credit_compute_by_batches()
        self.assertEqual(self.stored(orders), computed)
        progress = [(done, total) for (_text, done, total), _options in log.call_args_list]
        self.assertEqual(progress[:2], [(5, len(orders)), (10, len(orders))])
        self.assertIn((len(orders), len(orders)), progress)
        self.assertEqual(progress[-2:], [(3, 4), (4, 4)])

    def test_a_new_column_is_filled(self):
        """As Odoo does it when the addon is installed: mark every order, call ``init``, then what waits for its end."""
        orders = self.plain | self.special
        computed = self.stored(orders)
        self.emptied(orders)
        for name in COLUMNS:
            self.env.add_to_compute(orders._fields[name], orders)
        waiting = []
        compute = type(orders)._compute_commitment
        looked_at = self.env["sale.order"].browse()

        def _compute_commitment(batch):
            nonlocal looked_at
            looked_at |= batch
            return compute(batch)

        with (
            patch.object(self.registry, "post_init", waiting.append),
            patch.object(type(orders), "_compute_commitment", _compute_commitment),
        ):
            self.env["sale.order"].init()
            self.assertFalse(looked_at)
            for function in waiting:
                function()
            self.env.flush_all()
        self.assertEqual(looked_at, self.special)
        self.assertEqual(self.stored(orders), computed)

    def test_nothing_new_is_nothing_to_do(self):
        with patch.object(type(self.plain), "_credit_fill", side_effect=AssertionError("not again")):
            self.env["sale.order"].init()

    def test_computing_many_asks_once(self):
        """No query per order: twice as many orders take as many queries."""
        few, many = (
            self.env["sale.order"].union(*(self.order(10.0 + number) for number in range(count))) for count in (3, 9)
        )
        self.env.flush_all()
        counts = []
        for orders in (few, few, many):  # the first one warms up
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._compute_commitment()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
