# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what was tried out in the demo is a story of its own
"""Demo data: the orders behind old invoices, ratings of more than a year ago, a draft tried out, and a back-test."""

from odoo import Command, api, fields, models
from odoo.tools import SQL

# whose invoices of the past came of orders: these were confirmed before their customers came under control
ORDERED = ("within", "near", "overdue", "hold", "waiting")


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_ratings(self):
        """Rate everybody as of last year, before the ratings that follow."""
        manager = self.env.ref("credit_management.user_manager")
        customers = self.env["res.partner"].union(
            *(self.env.ref(f"credit_management.demo_customer_{name}") for name in ORDERED)
        )
        company = self.env.ref("base.main_company")
        profiles = self.env["credit.profile"].search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        rated = profiles.with_user(self.env.ref("credit_management.user_analyst")).sudo()
        last_year = fields.Date.subtract(fields.Date.today(), months=14)
        rated._assess(last_year).filtered("grade_id").with_user(manager).sudo()._confirm()
        result = super()._tell_ratings()
        self._tell_past_orders(profiles)
        return result

    @api.model
    def _tell_policies(self):
        """Try out the draft that is being written."""
        result = super()._tell_policies()
        self._tell_what_was_tried(
            self.env.ref("base.main_company"), self.env.ref("credit_management.user_manager")
        )
        return result

    def _tell_past_orders(self, profiles):
        """An order for each invoice, a few days before it."""
        moves = self.env["account.move"].search(
            [
                ("commercial_partner_id", "in", profiles.partner_id.ids),
                ("company_id", "in", profiles.company_id.ids),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("invoice_line_ids.sale_line_ids", "=", False),
            ]
        )
        product = self.env["product.product"].search([("name", "=", "Office furniture")], limit=1)
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": move.partner_id.id,
                    "company_id": move.company_id.id,
                    "user_id": move.invoice_user_id.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": 1,
                                "price_unit": move.amount_total,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
                for move in moves
            ]
        )
        for order, move in zip(orders, moves, strict=True):
            order.order_line.price_unit = move.amount_total
        # nobody confirms an order in the past: as their customers come under control, they stand as they are
        self.env.cr.flush()
        for order, move in zip(orders, moves, strict=True):
            day = fields.Datetime.add(fields.Datetime.to_datetime(move.invoice_date), days=-3, hours=10)
            self.env.cr.execute(
                SQL("UPDATE sale_order SET state = 'sale', date_order = %s WHERE id = %s", day, order.id)
            )
        self.env.invalidate_all()
        profiles._take_over_open_orders()
        for order, move in zip(orders, moves, strict=True):
            order.order_line.invoice_lines = move.invoice_line_ids
        self.env.cr.flush()

    def _tell_what_was_tried(self, company, manager):
        draft = self.env.ref("credit_management.demo_policy_draft")
        values = {"company_id": company.id, "draft_id": draft.id, "months": 18, "order_amount": 5_000.0}
        simulation = self.env["credit.simulation"].with_user(manager).create(values)
        simulation.action_start()
        while simulation.sudo()._work() is not None:
            continue
        self._remember("simulation", simulation)
        # few customers, and none of them in default for 90 days yet
        backtest = self.env["credit.backtest"].with_user(manager).create({"company_id": company.id, "default_days": 60})
        backtest.action_measure()
        self._remember("backtest", backtest)
