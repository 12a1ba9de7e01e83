# Part of credit_management. License LGPL-3.0 or later.
"""Tests with real transactions, committed on connections of their own.

Odoo's test cursor runs everything on one connection, where no race can be seen. These tests use the database that
``CREDIT_SCRATCH_DB`` names (``script/test`` provides it) and may commit to it.
"""

import os
import threading
import unittest
import uuid
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config


class ScratchCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        database = os.environ.get("CREDIT_SCRATCH_DB")
        if not database:
            raise unittest.SkipTest("CREDIT_SCRATCH_DB names no database to commit to; script/test provides one")
        # a second registry in one process: loading it must not look for tests of its own
        testing, config["test_enable"] = config["test_enable"], False
        cls.addClassCleanup(config.__setitem__, "test_enable", testing)
        cls.registry = Registry(database)
        with cls.transaction() as env:
            company = env["res.company"].create(
                {"name": f"Scratch {uuid.uuid4().hex[:8]}", "currency_id": env.ref("base.USD").id}
            )
            env.user.company_ids |= company
            env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
            product = env["product.product"].create(
                {"name": "Widget", "type": "service", "invoice_policy": "order", "list_price": 100.0, "taxes_id": False}
            )
            cls.company_id, cls.product_id = company.id, product.id

    @classmethod
    def transaction(cls):
        """A transaction of its own: committed at the end of the block, rolled back if it raises."""
        return Transaction(cls.registry, getattr(cls, "company_id", None))

    def customer(self, limit):
        """A customer under control with a limit; returns the id of his profile."""
        with self.transaction() as env:
            partner = env["res.partner"].create({"name": f"Customer {uuid.uuid4().hex[:8]}", "company_type": "company"})
            profile = env["credit.profile"].create(
                {
                    "partner_id": partner.id,
                    "company_id": self.company_id,
                    "policy_id": env.ref("credit_management.policy_standard").id,
                }
            )
            env["credit.limit"].sudo().create(
                {"profile_id": profile.id, "amount": limit, "date_start": "2000-01-01", "state": "granted"}
            )
            return profile.id

    def orders(self, profile_id, *amounts):
        """Quotations of the customer; returns their ids."""
        with self.transaction() as env:
            partner = env["credit.profile"].browse(profile_id).partner_id
            return (
                env["sale.order"]
                .create(
                    [
                        {
                            "partner_id": partner.id,
                            "company_id": self.company_id,
                            "order_line": [
                                Command.create(
                                    {
                                        "product_id": self.product_id,
                                        "product_uom_qty": 1,
                                        "price_unit": amount,
                                        "tax_ids": False,
                                    }
                                )
                            ],
                        }
                        for amount in amounts
                    ]
                )
                .ids
            )

    def states(self, order_ids):
        with self.transaction() as env:
            return env["sale.order"].browse(order_ids).mapped("state")

    def exposure(self, profile_id):
        with self.transaction() as env:
            return env["credit.profile"].browse(profile_id)._positions()[profile_id].exposure

    def request(self, function):
        """Run ``function(env)`` as Odoo runs a request: in a transaction, again if it fails to serialise."""
        with self.registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {"allowed_company_ids": [self.company_id]})
            with patch("odoo.service.model.random.uniform", return_value=0.01):
                return retrying(lambda: function(env), env)

    def at_once(self, *functions):
        """Run several requests side by side, started at the same moment; returns the exceptions that reached a user."""
        barrier, errors = threading.Barrier(len(functions)), []

        def work(function):
            barrier.wait()
            try:
                self.request(function)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(function,)) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors


class Transaction:
    def __init__(self, registry, company_id):
        self.registry, self.company_id = registry, company_id

    def __enter__(self):
        self.cursor = self.registry.cursor()
        context = {"allowed_company_ids": [self.company_id]} if self.company_id else {}
        return api.Environment(self.cursor, SUPERUSER_ID, dict(context, tracking_disable=True))

    def __exit__(self, kind, error, traceback):
        return self.cursor.__exit__(kind, error, traceback)
