#!/usr/bin/env python3
"""Keep a copy of customers' credit up to date: fetch what has changed since the last run. Only Python is needed.

    export ODOO_URL=https://odoo.example.com ODOO_DB=production ODOO_KEY=…
    docs/examples/sync.py cursor.txt

Prints a line of JSON for each customer; a real one would write into the other system instead, by the customer's
reference. The file keeps where it was; it is written when a page is done, so nothing is missed when it is stopped.
"""

import json
import os
import sys
import urllib.request
from pathlib import Path


def call(method, **arguments):
    """A method of the interface, over JSON-2; an error of HTTP raises."""
    request = urllib.request.Request(
        f"{os.environ['ODOO_URL']}/json/2/credit.api.v1/{method}",
        data=json.dumps(arguments).encode(),
        headers={
            "Authorization": f"bearer {os.environ['ODOO_KEY']}",
            "X-Odoo-Database": os.environ["ODOO_DB"],
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


kept = Path(sys.argv[1])
cursor = kept.read_text() if kept.exists() else ""
more = True
while more:
    page = call("changes", cursor=cursor, limit=500)
    if not page["ok"]:
        sys.exit(f"{page['error']}: {page['message']}")
    for changed in page["customers"]:
        print(json.dumps(changed, ensure_ascii=False))
    cursor, more = page["cursor"], page["more"]
    kept.write_text(cursor)
