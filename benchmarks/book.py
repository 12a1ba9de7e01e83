# Part of credit_management. License LGPL-3.0 or later.
"""The book that everything is measured on, made in bulk.

One customer, one invoice and one order are made through Odoo's own methods; the rest are copies of their rows, so
that every column holds what Odoo would have written. Four more customers stand beside the crowd: one with 10,000
open invoices, one with 10,000 open orders, one with 10,000 closed ones, and a plain one to compare them with.
"""

from dataclasses import dataclass

CUSTOMERS, INVOICES_EACH, ORDERS_EACH, HEAVY = 20_000, 20, 5, 10_000
PRICE = 100.0


@dataclass(frozen=True)
class Special:
    """The ids of the customers beside the crowd."""

    open_invoices: int
    open_orders: int
    closed: int
    plain: int


def make(env, scale):
    """Fill an empty company's books.

    :param scale: 1.0 for the full book
    """
    customers, heavy = int(CUSTOMERS * scale), int(HEAVY * scale)
    company = env.company
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    partner = env["res.partner"].create({"name": "Prototype", "company_type": "company", "ref": "bench"})
    product = env["product.product"].create(
        {"name": "Bench", "type": "service", "invoice_policy": "order", "list_price": PRICE, "taxes_id": False}
    )
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                (0, 0, {"product_id": product.id, "quantity": 1, "price_unit": PRICE, "tax_ids": False})
            ],
        }
    )
    invoice.action_post()
    order = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "order_line": [
                (0, 0, {"product_id": product.id, "product_uom_qty": 2, "price_unit": PRICE, "tax_ids": False})
            ],
        }
    )
    order.action_confirm()
    env.flush_all()
    prototypes = {
        "res_partner": partner.id,
        "account_move": invoice.id,
        "receivable": invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable").id,
        "income": invoice.line_ids.filtered(lambda line: line.account_id.account_type != "asset_receivable").id,
        "sale_order": order.id,
        "sale_order_line": order.order_line.id,
    }
    first = _partners(env, prototypes, customers + 4)
    crowd = f"{first} + n %% {customers}"
    _invoices(env, prototypes, customers * INVOICES_EACH, crowd, "n %% 5 = 0")
    _orders(env, prototypes, customers * ORDERS_EACH, crowd, "n %% 5")
    special = first + customers
    _invoices(env, prototypes, heavy, str(special), "TRUE")
    _orders(env, prototypes, heavy, str(special + 1), "0")
    _invoices(env, prototypes, heavy, str(special + 2), "FALSE")
    _orders(env, prototypes, heavy, str(special + 2), "4")
    _invoices(env, prototypes, INVOICES_EACH, str(special + 3), "n %% 5 = 0")
    _orders(env, prototypes, ORDERS_EACH, str(special + 3), "n %% 5")
    env.cr.execute("UPDATE res_partner SET ref = 'bench-special' WHERE id >= %s AND id < %s", [special, special + 4])


def special(env):
    """The four customers beside the crowd."""
    return Special(*env["res.partner"].search([("ref", "=", "bench-special")], order="id").ids)


def crowd(env):
    """Everybody else."""
    return env["res.partner"].search([("ref", "=", "bench"), ("name", "!=", "Prototype")])


def _copy(env, table, prototype, count, changes):
    """Copy a row ``count`` times with ``changes`` (column → SQL of ``n`` and ``new_id``); returns the first id."""
    env.cr.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")
    [first] = env.cr.fetchone()
    columns = ", ".join(f"'{column}', {expression}" for column, expression in changes.items())
    env.cr.execute(
        f"""INSERT INTO {table}
            SELECT (jsonb_populate_record(prototype, jsonb_build_object('id', new_id, {columns}))).*
              FROM {table} prototype, (SELECT n, {first} + n AS new_id FROM generate_series(0, %s - 1) n) copies
             WHERE prototype.id = %s""",
        [count, prototype],
    )
    env.cr.execute(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))")
    return first


def _partners(env, prototypes, count):
    return _copy(
        env,
        "res_partner",
        prototypes["res_partner"],
        count,
        {"name": "'Customer ' || n", "complete_name": "'Customer ' || n", "commercial_partner_id": "new_id"},
    )


def _invoices(env, prototypes, count, partner, is_open):
    first = _copy(
        env,
        "account_move",
        prototypes["account_move"],
        count,
        {
            "name": "'BENCH/' || new_id",
            "sequence_number": "new_id",
            "partner_id": partner,
            "commercial_partner_id": partner,
            "partner_shipping_id": partner,
            "payment_state": f"CASE WHEN {is_open} THEN 'not_paid' ELSE 'paid' END",
            "amount_residual": f"CASE WHEN {is_open} THEN {PRICE} ELSE 0 END",
            "amount_residual_signed": f"CASE WHEN {is_open} THEN {PRICE} ELSE 0 END",
        },
    )
    line = {"move_id": f"{first} + n", "partner_id": partner, "move_name": f"'BENCH/' || ({first} + n)"}
    left = f"CASE WHEN {is_open} THEN {PRICE} ELSE 0 END"
    _copy(
        env,
        "account_move_line",
        prototypes["receivable"],
        count,
        {
            **line,
            "date_maturity": "(CURRENT_DATE - (n %% 90 - 60))",
            "amount_residual": left,
            "amount_residual_currency": left,
            "reconciled": f"NOT ({is_open})",
        },
    )
    _copy(env, "account_move_line", prototypes["income"], count, line)


def _orders(env, prototypes, count, partner, kind):
    """``kind`` 0: nothing invoiced; 1: half; any other: all."""
    first = _copy(
        env,
        "sale_order",
        prototypes["sale_order"],
        count,
        {
            "name": "'B' || new_id",
            "partner_id": partner,
            "partner_invoice_id": partner,
            "partner_shipping_id": partner,
            "invoice_status": f"CASE WHEN {kind} < 2 THEN 'to invoice' ELSE 'invoiced' END",
            "access_token": "NULL",
        },
    )
    _copy(
        env,
        "sale_order_line",
        prototypes["sale_order_line"],
        count,
        {
            "order_id": f"{first} + n",
            "order_partner_id": partner,
            "qty_invoiced": f"CASE {kind} WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 END",
            "qty_to_invoice": f"CASE {kind} WHEN 0 THEN 2 WHEN 1 THEN 1 ELSE 0 END",
            "invoice_status": f"CASE WHEN {kind} < 2 THEN 'to invoice' ELSE 'invoiced' END",
        },
    )
