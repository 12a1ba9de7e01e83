#!/usr/bin/env python3
"""Ask about a customer, and hand in what is known of him, with odoorpc (pip install odoorpc).

    export ODOO_URL=https://odoo.example.com ODOO_DB=production ODOO_LOGIN=erp@example.com ODOO_KEY=…
    docs/examples/ask_and_push.py C-1001

An API key takes the place of the password. Run it again: nothing is handed in twice.
"""

import json
import os
import sys
from urllib.parse import urlsplit

import odoorpc

customer = sys.argv[1]

url = urlsplit(os.environ["ODOO_URL"])
protocol, port = ("jsonrpc+ssl", 443) if url.scheme == "https" else ("jsonrpc", 80)
odoo = odoorpc.ODOO(url.hostname, protocol=protocol, port=url.port or port)
odoo.login(os.environ["ODOO_DB"], os.environ["ODOO_LOGIN"], os.environ["ODOO_KEY"])
credit = odoo.env["credit.api.v1"]


def show(title, answer):
    print(title, json.dumps(answer, indent=2, ensure_ascii=False, sort_keys=True))


answer = credit.may_buy(customer=customer, amount=25000.0)
if not answer["ok"]:
    sys.exit(f"{answer['error']}: {answer['message']}")
show("May he buy for 25,000?", answer)

show("How does he stand?", credit.status(customers=[customer]))

statement = {
    "reference": "FS-2024",
    "customer": customer,
    "period": "year",
    "date_end": "2024-12-31",
    "currency": answer["currency"],
    "unit": 1000,
    "audited": True,
    "figures": {"revenue": 42000, "net_profit": 1800, "total_current_assets": 15000, "total_current_liabilities": 9000},
}
show("Statement:", credit.push_statements(source="erp", items=[statement]))

lawsuit = {
    "reference": "LAW-17",
    "customer": customer,
    "kind": "lawsuit",
    "title": "Claim of a supplier",
    "date": "2025-03-01",
    "amount": 120000,
}
show("Record:", credit.push_records(source="erp", items=[lawsuit]))

insured = {
    "reference": "POLICY-4711",
    "customer": customer,
    "kind": "insurance",
    "number": "4711/2025",
    "amount": 50000,
    "coverage": 90,
    "date_start": "2025-01-01",
}
show("Insured limit:", credit.push_guarantees(source="insurer", items=[insured]))
