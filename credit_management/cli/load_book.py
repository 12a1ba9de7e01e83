# Part of credit_management. License LGPL-3.0 or later.
import argparse
import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class LoadBook(Command):
    """Load a receivables history (CSV) into customers, posted invoices and reconciled payments"""

    name = "load_book"

    def run(self, arguments):
        parser = argparse.ArgumentParser(prog="load_book", description=self.__doc__)
        parser.add_argument("csv", help="the history; see the project's README for its columns")
        parser.add_argument("--db", required=True, help="the database to load it into")
        parser.add_argument("--company", help="the company, by name; the first one if left out")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="load what was known on this day; today if left out")
        parser.add_argument("--as-if-today", action="store_true", help="move all dates so that this day is today")
        parser.add_argument(
            "--limits",
            type=float,
            metavar="FACTOR",
            help="bring the customers under control, with FACTOR times the most they ever owed as their limits",
        )
        options = parser.parse_args(arguments)
        config.parse_config(["--no-http", "--max-cron-threads", "0", "--log-level", "warn"])
        # only now is the addons path known; and a command is no part of the addon's package
        from odoo.addons.credit_management.tools import (  # pylint: disable=odoo-addons-relative-import
            receivables_book,
        )

        try:
            self._load(receivables_book, options)
        except (receivables_book.Rejected, OSError) as problem:
            sys.exit(f"load_book: {problem}")

    def _load(self, book, options):
        as_of = book.parse_as_of(options.as_of)
        if options.limits is not None and not 0 < options.limits < 1e6:
            raise book.Rejected(f"--limits {options.limits} is not a factor above 0")
        # a letter in another encoding spoils its own line only
        with Path(options.csv).open(newline="", encoding="utf-8-sig", errors="replace") as file:
            lines, rejected = book.read(file)
        for number, reason in rejected:
            sys.stderr.write(f"line {number} rejected: {reason}\n")
        if options.as_if_today:
            days = (book.parse_as_of(None) - as_of).days
            lines, as_of = [line.shifted(days) for line in lines], book.parse_as_of(None)
        with Registry(options.db).cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            if "credit.profile" not in env:
                raise book.Rejected(f"credit_management is not installed in “{options.db}”")
            domain = [("name", "=", options.company)] if options.company else [("parent_id", "=", False)]
            company = env["res.company"].search(domain, order="id", limit=1)
            if not company:
                raise book.Rejected(f"there is no company “{options.company}”")
            env = env(context={"allowed_company_ids": company.ids})
            loader = book.Book(env, as_of, commit=cursor.commit, progress=self._progress)
            made = loader.load(lines)
            if options.limits:
                made["credit profiles"] = len(loader.control(lines, options.limits))
        summary = ", ".join(f"{count} {what}" for what, count in made.items())
        sys.stdout.write(f"loaded {summary}; {len(rejected)} lines rejected\n")

    @staticmethod
    def _progress(what, done, total):
        sys.stderr.write(f"\r{what}: {done} of {total}" + ("\n" if done == total else ""))
        sys.stderr.flush()
