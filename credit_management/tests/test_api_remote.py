# Part of credit_management. License LGPL-3.0 or later.
"""The interface from outside: over real XML-RPC and JSON-2 with API keys, and by the examples of the documentation."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
import xmlrpc.client
from datetime import timedelta
from pathlib import Path

from odoo import Command, fields
from odoo.tests.common import HOST, HttpCase
from odoo.tools import config, mute_logger

from ..engine.statement import LINES
from ..models import credit_api_v1_push
from ..models.credit_webhook_delivery import signature
from .scratch import ScratchCase

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"
ROLES = {
    "outsider": "base.group_user",
    "salesperson": "sales_team.group_sale_salesman",
    "accountant": "account.group_account_invoice",
    "analyst": "credit_management.group_analyst",
    "admin": "credit_management.group_admin",
}
SECRET = "a secret of the tests"


class TestApiRemote(ScratchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.registry.db_name
        served, config["dbfilter"] = config["dbfilter"], f"^{cls.database}$"
        cls.addClassCleanup(config.__setitem__, "dbfilter", served)
        cls.url = f"http://{HOST}:{HttpCase.http_port()}"
        cls.users, cls.keys = {}, {}
        with cls.transaction() as env:
            for role, group in ROLES.items():
                login = f"api_{role}_{uuid.uuid4().hex[:8]}"
                user = env["res.users"].create(
                    {
                        "name": f"Api {role}", "login": login, "company_id": cls.company_id,
                        "company_ids": [Command.set([cls.company_id])],
                        "group_ids": [Command.set([env.ref(group).id, env.ref("base.group_user").id])],
                    }
                )  # fmt: skip
                soon = fields.Datetime.now() + timedelta(days=1)
                cls.keys[role] = env["res.users.apikeys"].with_user(user)._generate("rpc", "tests", soon)
                cls.users[role] = (user.id, login)

    def setUp(self):
        super().setUp()
        self.ref = f"C-{uuid.uuid4().hex[:8]}"
        self.profile = self.customer(1000.0)
        with self.transaction() as env:
            env["credit.profile"].browse(self.profile).partner_id.ref = self.ref

    def xml(self, role, model, method, *args, **kwargs):
        proxy = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object")
        return proxy.execute_kw(self.database, self.users[role][0], self.keys[role], model, method, list(args), kwargs)

    def json(self, role, method, **arguments):
        request = urllib.request.Request(
            f"{self.url}/json/2/credit.api.v1/{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"bearer {self.keys[role]}", "X-Odoo-Database": self.database,
                "Content-Type": "application/json",
            },
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def test_both_protocols_answer_the_same(self):
        for role in ("salesperson", "accountant", "analyst", "admin"):
            with self.subTest(role=role):
                arguments = {"customer": self.ref, "amount": 1000.5}
                by_json = self.json(role, "may_buy", **arguments)
                by_xml = self.xml(role, "credit.api.v1", "may_buy", **arguments)
                self.assertEqual((by_json["verdict"], by_json["available"]), ("hold", 1000.0))
                for answer in (by_json, by_xml):
                    answer.pop("as_of")
                self.assertEqual(by_json, by_xml)
        self.assertTrue(self.xml("analyst", "credit.api.v1", "status", [self.ref, "nobody"])["ok"])
        self.assertTrue(self.xml("analyst", "credit.api.v1", "changes")["ok"])

    @mute_logger("odoo.http", "odoo.service.model")
    def test_who_may_not_is_told_so_by_the_protocol(self):
        for role, method, arguments in (
            ("outsider", "may_buy", {"customer": self.ref, "amount": 1}),
            ("outsider", "changes", {}),
            ("salesperson", "push_records", {"source": "x", "items": []}),
            ("accountant", "push_limits", {"source": "x", "items": []}),
        ):
            with self.subTest(role=role, method=method):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    self.json(role, method, **arguments)
                self.assertEqual(refused.exception.code, 403)
                self.assertEqual(json.load(refused.exception)["name"], "odoo.exceptions.AccessError")
                with self.assertRaises(xmlrpc.client.Fault) as fault:
                    self.xml(role, "credit.api.v1", method, **arguments)
                self.assertEqual(fault.exception.faultCode, 4)
        for private in ("_push", "_profiles", "_customers"):
            with self.assertRaises(urllib.error.HTTPError):
                self.json("admin", private)

    def test_handing_in_over_both_protocols(self):
        item = {
            "reference": "L-1", "customer": self.ref, "kind": "loan", "title": "A loan", "date": "2025-01-31",
            "amount": 5,
        }  # fmt: skip
        [created] = self.json("analyst", "push_records", source="erp", items=[item])["results"]
        self.assertEqual(created["result"], "created")
        [again] = self.xml("analyst", "credit.api.v1", "push_records", "erp", [{**item, "amount": 5.0}])["results"]
        self.assertEqual(again, {**created, "result": "unchanged"})

    def test_two_calls_at_once_make_one_record(self):
        item = {"reference": "R", "customer": self.ref, "kind": "loan", "title": "A loan", "date": "2025-01-31"}

        def push(env):
            api = env["credit.api.v1"].with_user(self.users["analyst"][0])
            self.assertTrue(api.push_records("erp", [item])["results"][0]["ok"])

        self.assertEqual(self.at_once(push, push, push), [])
        with self.transaction() as env:
            partner = env["credit.profile"].browse(self.profile).partner_id
            self.assertEqual(env["credit.record"].search_count([("partner_id", "=", partner.id)]), 1)

    def test_figures_of_screens_carry_no_nulls(self):
        with self.transaction() as env:
            [order] = self.orders(self.profile, 5000.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).action_confirm()
            decision = env["credit.decision"].search([("order_id", "=", order)]).id
            free = self.customer(0.0)
            env["credit.limit"].search([("profile_id", "=", free)]).sudo().write({"unlimited": True})
        for model, records in (("credit.profile", [self.profile, free]), ("credit.decision", [decision])):
            for values in self.xml("admin", model, "read", records, ["meter"]):
                self.assertIn("level", values["meter"])
        self.assertTrue(self.xml("admin", "credit.dashboard", "read_figures")["tiles"])

    def test_all_keys_and_lines_are_documented(self):
        text = (DOCS / "api.md").read_text()
        kinds = (getattr(credit_api_v1_push, name) for name in
                 ("STATEMENT", "RECORD", "SCORE", "GUARANTEE", "LIMIT", "INVOICE"))  # fmt: skip
        for name in (*LINES, *(key for keys in kinds for key in keys)):
            self.assertIn(f"`{name}`", text)

    # -- the examples --------------------------------------------------------------------------------

    def example(self, name, *arguments, role="analyst", code=0):
        command = [str(EXAMPLES / name), *arguments]
        done = subprocess.run(
            [sys.executable, *command] if name.endswith(".py") else command,
            env={
                **os.environ, "ODOO_URL": self.url, "ODOO_DB": self.database, "ODOO_KEY": self.keys[role],
                "ODOO_LOGIN": self.users[role][1],
            },
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_example_may_buy(self):
        answer = json.loads(self.example("may_buy.sh", self.ref, "1000", role="salesperson"))
        self.assertEqual((answer["verdict"], answer["limit"]), ("pass", 1000.0))
        answer = json.loads(self.example("may_buy.sh", self.ref, "1000.01", role="salesperson", code=1))
        self.assertEqual(answer["reasons"][0]["code"], "limit_usage")
        with mute_logger("odoo.http"):
            self.example("may_buy.sh", self.ref, "1", role="outsider", code=2)

    def test_example_push_score(self):
        first = json.loads(self.example("push_score.sh", self.ref, "CR-1", "2025-05-31", "250"))
        again = json.loads(self.example("push_score.sh", self.ref, "CR-1", "2025-05-31", "250"))
        self.assertEqual([answer["results"][0]["result"] for answer in (first, again)], ["created", "unchanged"])

    def test_example_ask_and_push(self):
        said = self.example("ask_and_push.py", self.ref)
        self.assertEqual(said.count('"result": "created"'), 3)
        self.assertIn('"verdict": "hold"', said)
        self.assertEqual(self.example("ask_and_push.py", self.ref).count('"result": "unchanged"'), 3)

    def test_example_sync(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = self.example("sync.py", f"{folder}/cursor", role="salesperson").splitlines()
            self.assertIn(self.ref, [json.loads(line)["customer"].get("ref") for line in lines])
            # what changed within the last minutes is told of again
            self.assertTrue(self.example("sync.py", f"{folder}/cursor", role="salesperson"))

    def test_example_webhook_receiver(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        receiver = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "webhook_receiver.py"), str(port)],
            env={**os.environ, "CREDIT_SECRET": SECRET}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(receiver.stdout.close)
        self.addCleanup(receiver.wait)
        self.addCleanup(receiver.kill)
        for _attempt in range(100):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        with self.transaction() as env:
            webhook = env["credit.webhook"].create(
                {
                    "name": "Example", "url": f"http://127.0.0.1:{port}/", "internal": True, "secret": SECRET,
                    "company_id": self.company_id, "status": False, "limit": False, "alert": False,
                }
            )  # fmt: skip
        self.addCleanup(self.archive, webhook.id)
        [order] = self.orders(self.profile, 5000.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).action_confirm()
        for _kill in range(2):
            # stopped after it was sent, before that was noted down: then it is sent again, and done once
            with self.assertRaises(ZeroDivisionError), self.transaction() as env:
                env["credit.webhook.delivery"].search([("webhook_id", "=", webhook.id)])._send()
                raise ZeroDivisionError
        with self.transaction() as env:
            env["credit.webhook.delivery"]._cron_send()
        with self.transaction() as env:
            delivery = env["credit.webhook.delivery"].search([("webhook_id", "=", webhook.id)])
            self.assertEqual((delivery.state, delivery.answer, delivery.attempts), ("sent", "200 OK", 1))
            body = delivery.body.encode()
        stamp = str(int(time.time()))
        for headers in (
            {"X-Credit-Timestamp": stamp, "X-Credit-Signature": "sha256=" + "0" * 64},
            {"X-Credit-Timestamp": "1", "X-Credit-Signature": "sha256=" + signature(SECRET, "1", body)},
            {},
        ):
            forged = urllib.request.Request(f"http://127.0.0.1:{port}/", data=body, headers=headers)
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(forged, timeout=10)
            self.assertEqual(refused.exception.code, 401)
        receiver.kill()
        [line] = receiver.stdout.read().splitlines()
        self.assertIn("hold.placed", line)
        self.assertIn(self.ref, line)

    def archive(self, webhook):
        with self.transaction() as env:
            env["credit.webhook"].browse(webhook).active = False
