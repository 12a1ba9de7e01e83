# Part of credit_management. License LGPL-3.0 or later.
"""A delivery that is held: its order was released, and the customer is on hold all the same."""

from odoo import Command, api, models


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_deliveries(self):
        company = self.env.ref("base.main_company")
        env = self.env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
        manager, salesperson = (env.ref(f"credit_management.user_{name}") for name in ("manager", "sales"))
        customer = env.ref("credit_management.demo_customer_hold")
        goods = env["product.product"].create(
            {"name": "Desk, oak", "type": "consu", "is_storable": True, "list_price": 250.0, "taxes_id": False}
        )
        warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        env["stock.quant"]._update_available_quantity(goods, warehouse.lot_stock_id, 100)
        order = env["sale.order"].create(
            {
                "partner_id": customer.id,
                "company_id": company.id,
                "user_id": salesperson.id,
                "order_line": [Command.create({"product_id": goods.id, "product_uom_qty": 8, "price_unit": 250.0})],
            }
        )
        # while addons are being loaded the gates are not in their places yet
        gates = [env["sale.order"], env["stock.picking"]]
        for gate in gates:
            gate._register_hook()
        try:
            order.action_confirm()
            order.credit_decision_id.with_user(manager)._release(
                env.ref("credit_management.reason_reliable"), "客户承诺先付一半。 They pay half of it before it leaves."
            )
            transfer = order.picking_ids
            transfer.action_assign()
            transfer.move_ids.picked = True
            transfer.button_validate()
        finally:
            for gate in gates:
                gate._unregister_hook()
        env["ir.model.data"].create(
            {
                "module": "credit_management_stock",
                "name": "demo_delivery_held",
                "model": transfer._name,
                "res_id": transfer.id,
                "noupdate": True,
            }
        )
