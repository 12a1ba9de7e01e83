# Part of credit_management. License LGPL-3.0 or later.
"""``script/bench [--scale N] [--only NAME …] [--json FILE]``: measure, print a table, fail where a bound is missed."""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from kit import databases
from kit.home import locked, say

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config

from . import book, measures

STOCK = ("account", "sale")


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the book; 1 is 20,000 customers")
    parser.add_argument("--repeats", type=int, default=200, help="how often each confirmation is timed")
    parser.add_argument("--only", nargs="+", choices=measures.MEASURES, help="measure only these")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file too")
    options = parser.parse_args()
    config.parse_config(["--no-http", "--max-cron-threads", "0", "--log-level", "critical"])
    with locked("bench.lock", "another bench, whose databases are the same"):
        return measure(options)


def measure(options):
    stock, credit = (Registry(name) for name in prepare(options.scale))
    bench = measures.Bench(stock, credit, options.repeats, lambda: Registry(_enrolled(options.scale / 2, "bench_half")))
    figures = []
    for name in options.only or measures.MEASURES:
        for figure in measures.MEASURES[name](bench):
            figures.append(figure)
            mark = "✓" if figure.reached else "✗"
            sign, digits = ("≥", 3) if figure.floor else ("≤", 2)
            value = f"{figure.value:>8.{digits}f} {figure.unit:<2} {sign} {figure.bound:<5g}"
            print(f"{mark} {figure.name:<48} {value} {figure.note}", flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False))
    return 0 if all(figure.reached for figure in figures) else 1


def prepare(scale):
    """The two databases, with the same book."""
    databases.clone(_book(scale), "bench_stock")
    databases.query("VACUUM ANALYZE", "bench_stock")
    return "bench_stock", _enrolled(scale, "bench_credit")


def _book(scale):
    """The database with a book, which is made once per scale and state of its maker."""
    maker = Path(book.__file__).read_bytes() + repr((scale, STOCK)).encode()
    digest = hashlib.sha256(maker).hexdigest()[:8]
    template = f"bench_book_{digest}"
    if databases.made_from(template) != template:
        base = databases.Template(f"bench_base_{hashlib.sha256(repr(STOCK).encode()).hexdigest()[:8]}", STOCK)
        with locked():
            base.ready()
        databases.clone(base.name, template)
        say(f"making the book at scale {scale:g} (takes minutes, but only once)")
        _transact(template, lambda env: book.make(env, scale))
        databases.query("VACUUM ANALYZE", template)
        databases.complete(template, template)
    return template


def _enrolled(scale, name):
    """The database ``name`` with the addon on a book, and all its customers under control."""
    databases.clone(_book(scale), name)
    databases.odoo_once("installing credit_management on the book", name, "--init", "credit_management")
    _transact(name, _enrol)
    databases.query("VACUUM ANALYZE", name)
    return name


def _transact(name, function):
    with Registry(name).cursor() as cursor:
        function(api.Environment(cursor, SUPERUSER_ID, {}))
        cursor.commit()
    # a database can be copied only while nobody is connected to it
    Registry.delete(name)
    close_db(name)


def _enrol(env):
    """All customers under control, with limits adopted from Odoo's own; nobody of the crowd is over it but a few."""
    customers = env["res.partner"].search([("ref", "in", ("bench", "bench-special")), ("name", "!=", "Prototype")])
    env.cr.execute(
        """UPDATE res_partner
              SET credit_limit = jsonb_build_object(%s::text, CASE WHEN id %% 50 = 0 THEN 100.0 ELSE 1e9 END)
            WHERE id = ANY(%s)""",
        [str(env.company.id), customers.ids],
    )
    env.invalidate_all()
    wizard = env["credit.enrol"].create(
        {"scope": "selection", "partner_ids": [(6, 0, customers.ids)], "limit_source": "odoo"}
    )
    wizard.action_enrol()
    # age is not what is measured here
    version = env.company.credit_policy_id._new_version()
    version.rule_ids.filtered(lambda rule: rule.kind in ("oldest_item", "overdue_share")).active = False
    version.with_user(env.ref("base.user_admin"))._publish()
    env["credit.change"]._process()


sys.exit(main())
