# Part of credit_management. License LGPL-3.0 or later.
"""The book that everything is measured on, made in bulk.

One customer, one invoice and one order are made through Odoo's own methods; the rest are copies of their rows, so
that every column holds what Odoo would have written. What is closed was paid: a payment, its entry and its
reconciliation each, over the last two years, from 20 days early to 49 days late.

Four more customers stand beside the crowd: one with 10,000 open invoices, one with 10,000 open orders, one with
10,000 closed ones, and a plain one to compare them with.
"""

from dataclasses import dataclass

CUSTOMERS, INVOICES_EACH, ORDERS_EACH, HEAVY = 20_000, 20, 5, 10_000
PRICE = 100.0
# of the n-th invoice where it is paid: when it was issued and due, and when paid; primes spread them
ISSUED = "(CURRENT_DATE - 90 - (n * 619 %% 640))"
DUE = f"({ISSUED} + 30)"
PAID = f"({DUE} - 20 + n * 31 %% 70)"


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
    paid = invoice.copy({"invoice_date": invoice.invoice_date})
    paid.action_post()
    register = env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids)
    payment = register.create({})._create_payments()
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
    # a copy of a row points where the row points: checking that again would take most of the time
    env.cr.execute("SET LOCAL session_replication_role = replica")
    receivable, income = _items(invoice)
    credited, received = _items(payment.move_id)
    prototypes = {
        "res_partner": partner.id,
        "account_move": invoice.id,
        "receivable": receivable.id,
        "income": income.id,
        "account_payment": payment.id,
        "payment_move": payment.move_id.id,
        "payment_receivable": credited.id,
        "payment_received": received.id,
        "account_full_reconcile": credited.full_reconcile_id.id,
        "account_partial_reconcile": credited.matched_debit_ids.id,
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


def _items(move):
    """The receivable item of an entry of two items, and the other one."""
    receivable = move.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
    return receivable, move.line_ids - receivable


def special(env):
    """The four customers beside the crowd."""
    return Special(*env["res.partner"].search([("ref", "=", "bench-special")], order="id").ids)


def crowd(env):
    """Everybody else."""
    return env["res.partner"].search([("ref", "=", "bench"), ("name", "!=", "Prototype")])


def _copy(env, table, prototype, count, changes, where="TRUE"):
    """Copy a row ``count`` times with ``changes`` (column → SQL of ``n`` and ``new_id``); returns the first id.

    :param where: SQL of ``n``: which copies are made. The others leave their ids free, so that what belongs together
        is found by ``n``
    """
    env.cr.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")
    [first] = env.cr.fetchone()
    columns = ", ".join(f"'{column}', {expression}" for column, expression in ({"id": "new_id"} | changes).items())
    env.cr.execute(
        f"""INSERT INTO {table}
            SELECT copy.*
              FROM {table} prototype,
                   (SELECT n, {first} + n AS new_id FROM generate_series(0, %s - 1) n) copies,
                   -- here, as after SELECT it would be called for every column
                   LATERAL jsonb_populate_record(prototype, jsonb_build_object({columns})) copy
             WHERE prototype.id = %s AND {where}""",
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
            **_dated("date", "CURRENT_DATE", ISSUED, is_open),
            **_dated("invoice_date", "CURRENT_DATE", ISSUED, is_open),
            "payment_state": f"CASE WHEN {is_open} THEN 'not_paid' ELSE 'paid' END",
            "amount_residual": f"CASE WHEN {is_open} THEN {PRICE} ELSE 0 END",
            "amount_residual_signed": f"CASE WHEN {is_open} THEN {PRICE} ELSE 0 END",
        },
    )
    line = {
        "move_id": f"{first} + n",
        "partner_id": partner,
        "move_name": f"'BENCH/' || ({first} + n)",
        **_dated("date", "CURRENT_DATE", ISSUED, is_open),
        **_dated("invoice_date", "CURRENT_DATE", ISSUED, is_open),
    }
    left = f"CASE WHEN {is_open} THEN {PRICE} ELSE 0 END"
    items = _copy(
        env,
        "account_move_line",
        prototypes["receivable"],
        count,
        {
            **line,
            **_dated("date_maturity", "(CURRENT_DATE - (n %% 90 - 60))", DUE, is_open),
            "amount_residual": left,
            "amount_residual_currency": left,
            "reconciled": f"NOT ({is_open})",
        },
    )
    _copy(env, "account_move_line", prototypes["income"], count, line)
    _payments(env, prototypes, count, partner, items, f"NOT ({is_open})")


def _dated(column, of_open, of_paid, is_open):
    return {column: f"CASE WHEN {is_open} THEN {of_open} ELSE {of_paid} END"}


def _payments(env, prototypes, count, partner, items, where):
    """A payment of each invoice that is paid.

    :param items: id of the first invoice's receivable item
    """
    # payment and entry point at each other: the payment gets its entry at the end
    payments = _copy(
        env, "account_payment", prototypes["account_payment"], count,
        {"name": "'BPAY/' || new_id", "partner_id": partner, "date": PAID, "move_id": "NULL::integer"}, where,
    )  # fmt: skip
    moves = _copy(
        env,
        "account_move",
        prototypes["payment_move"],
        count,
        {
            "name": "'BPAY/' || new_id",
            "sequence_number": "new_id",
            "partner_id": partner,
            "commercial_partner_id": partner,
            "partner_shipping_id": partner,
            "date": PAID,
            "origin_payment_id": f"{payments} + n",
        },
        where,
    )
    env.cr.execute(
        f"UPDATE account_payment SET move_id = id - {payments} + {moves} WHERE id >= {payments} AND move_id IS NULL"
    )
    line = {
        "move_id": f"{moves} + n",
        "partner_id": partner,
        "move_name": f"'BPAY/' || ({moves} + n)",
        "date": PAID,
        "payment_id": f"{payments} + n",
    }
    _copy(env, "account_move_line", prototypes["payment_received"], count, line, where)
    full = _copy(env, "account_full_reconcile", prototypes["account_full_reconcile"], count, {}, where)
    matched = {"full_reconcile_id": f"{full} + n", "matching_number": f"({full} + n)::text"}
    credits = _copy(
        env, "account_move_line", prototypes["payment_receivable"], count,
        {**line, "date_maturity": PAID, **matched}, where,
    )  # fmt: skip
    _copy(
        env,
        "account_partial_reconcile",
        prototypes["account_partial_reconcile"],
        count,
        {
            "debit_move_id": f"{items} + n",
            "credit_move_id": f"{credits} + n",
            "full_reconcile_id": f"{full} + n",
            "max_date": f"GREATEST({ISSUED}, {PAID})",
        },
        where,
    )
    env.cr.execute(
        f"""UPDATE account_move_line item
               SET full_reconcile_id = partial.full_reconcile_id, matching_number = partial.full_reconcile_id::text
              FROM account_partial_reconcile partial
             WHERE partial.debit_move_id = item.id AND partial.full_reconcile_id >= {full}"""
    )


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
