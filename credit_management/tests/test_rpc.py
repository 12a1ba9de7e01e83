# Part of credit_management. License LGPL-3.0 or later.
"""What a client on the network gets to do, as each role: requests, approvals, guarantees, groups and releases.

The client is odoorpc, with a session, a password and a database of its own: nothing here knows that it is a test.
"""

import uuid

import odoorpc

from odoo import Command, fields
from odoo.tests.common import HOST, HttpCase
from odoo.tools import config, mute_logger

from .scratch import ScratchCase

ROLES = {
    "outsider": "base.group_user",
    "salesperson": "sales_team.group_sale_salesman",
    "accountant": "account.group_account_invoice",
    "analyst": "credit_management.group_analyst",
    "manager": "credit_management.group_manager",
    "second": "credit_management.group_manager",
    "admin": "credit_management.group_admin",
}


class TestRpc(ScratchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        database = cls.registry.db_name
        served, config["dbfilter"] = config["dbfilter"], f"^{database}$"
        cls.addClassCleanup(config.__setitem__, "dbfilter", served)
        cls.clients, cls.users = {}, {}
        with cls.transaction() as env:
            for role, group in ROLES.items():
                login = f"rpc_{role}_{uuid.uuid4().hex[:8]}"
                user = env["res.users"].create(
                    {
                        "name": f"Rpc {role}",
                        "login": login,
                        "password": login,
                        "company_id": cls.company_id,
                        "company_ids": [Command.set([cls.company_id])],
                        "group_ids": [Command.set([env.ref(group).id, env.ref("base.group_user").id])],
                    }
                )
                cls.users[role] = (user.id, login)
        for role, (_id, login) in cls.users.items():
            client = odoorpc.ODOO(HOST, port=HttpCase.http_port())
            client.login(database, login, login)
            cls.clients[role] = client

    def call(self, role, model, method, *args, **kwargs):
        client = self.clients[role]
        return client.execute_kw(model, method, list(args), kwargs)

    @mute_logger("odoo.http", "odoo.service.model", "odoo.sql_db")
    def refused(self, words, role, model, method, *args, **kwargs):
        """The call is refused, in so many words (a regular expression)."""
        with self.assertRaisesRegex(odoorpc.error.RPCError, words):
            self.call(role, model, method, *args, **kwargs)

    def asked(self, role="analyst", limit=1000.0, **values):
        profile = self.customer(limit)
        return profile, self.call(
            role, "credit.limit", "create", {"profile_id": profile, "amount": 5000.0, **values}
        )

    def stored(self, model, record, *names):
        with self.transaction() as env:
            return [env[model].browse(record)[name] for name in names]

    def held(self, amount=600.0, limit=100.0):
        """(profile, order, decision) of a held order of the salesperson."""
        profile = self.customer(limit)
        [order] = self.orders(profile, amount)
        with self.transaction() as env:
            env["sale.order"].browse(order).user_id = self.users["salesperson"][0]
        self.call("salesperson", "sale.order", "action_confirm", [order])
        with self.transaction() as env:
            decision = env["credit.decision"].search([("order_id", "=", order)])
            self.assertEqual(decision.state, "held")
            return profile, order, decision.id

    # -- requests and approvals ----------------------------------------------------------------------

    def test_only_analysts_ask_directly(self):
        profile = self.customer(1000.0)
        for role in ("outsider", "salesperson", "accountant"):
            self.refused("not allowed", role, "credit.limit", "create", {"profile_id": profile, "amount": 1.0})
        for role in ("analyst", "manager", "admin"):
            limit = self.call(
                role, "credit.limit", "create",
                {"profile_id": profile, "amount": 1.0, "state": "granted", "requested_by": 1, "origin": "adopted"},
            )  # fmt: skip
            state, by = self.stored("credit.limit", limit, "state", "requested_by")
            self.assertEqual((state, by.id), ("requested", self.users[role][0]))

    def test_who_asks_does_not_approve(self):
        for role in ("manager", "admin"):
            _profile, limit = self.asked(role)
            self.refused("yourself", role, "credit.limit", "action_grant", [limit])
            self.refused("yourself", role, "credit.limit", "action_refuse", [limit])
            self.assertEqual(self.stored("credit.limit", limit, "state"), ["requested"])

    def test_only_managers_approve(self):
        for step in ("action_grant", "action_refuse", "action_cancel"):
            _profile, limit = self.asked()
            for role in ("outsider", "salesperson", "accountant", "analyst"):
                self.refused("Only|not allowed|yourself", role, "credit.limit", step, [limit])
            self.assertEqual(self.stored("credit.limit", limit, "state"), ["requested"])
            self.call("manager", "credit.limit", step, [limit])
            self.assertNotEqual(self.stored("credit.limit", limit, "state"), ["requested"])

    def test_context_grants_nothing(self):
        _profile, limit = self.asked("manager")
        for context in (
            {"su": True, "uid": 1},
            {"force": True, "install_mode": True, "module": "base"},
            {"credit_skip_check": True, "tracking_disable": True, "active_test": False},
            {"default_state": "granted", "default_requested_by": 1, "default_asker_ids": [(6, 0, [1])]},
        ):
            self.refused("yourself", "manager", "credit.limit", "action_grant", [limit], context=context)
            forged = self.call(
                "analyst", "credit.limit", "create",
                {"profile_id": self.customer(5.0), "amount": 1.0}, context=context,
            )  # fmt: skip
            state, by = self.stored("credit.limit", forged, "state", "requested_by")
            self.assertEqual((state, by.id), ("requested", self.users["analyst"][0]))
            request = self.call(
                "analyst", "credit.limit.request", "create",
                {"profile_ids": [self.customer(5.0)], "amount": 7.0}, context=context,
            )  # fmt: skip
            action = self.call("analyst", "credit.limit.request", "action_ask", [request], context=context)
            self.assertEqual(self.stored("credit.limit", action["res_id"], "state"), ["requested"])
            guarantee = self.call(
                "analyst", "credit.guarantee", "create",
                {"name": "X", "profile_id": self.customer(5.0), "amount": 1.0},
                context={**context, "default_state": "active"},
            )  # fmt: skip
            self.assertEqual(self.stored("credit.guarantee", guarantee, "state"), ["draft"])

    def test_nobody_writes_what_the_buttons_do(self):
        _profile, limit = self.asked()
        for role in ("analyst", "manager", "admin"):
            for values in (
                {"state": "granted"},
                {"asker_ids": [(5,)]},
                {"requested_by": 1},
                {"approval_ids": [(0, 0, {"user_id": 1, "principal_id": 1})]},
            ):
                self.refused("Use the buttons", role, "credit.limit", "write", [limit], values)
            self.refused(
                "not allowed", role, "credit.approval", "create",
                {"limit_id": limit, "user_id": 1, "principal_id": 1},
            )  # fmt: skip
        self.assertEqual(self.stored("credit.limit", limit, "state"), ["requested"])

    def test_what_is_private_is_not_to_be_called(self):
        _profile, limit = self.asked()
        for method in ("_decide", "_give_way", "_revoke", "_end_predecessors"):
            self.refused("[Pp]rivate", "admin", "credit.limit", method, [limit])
        self.refused("[Pp]rivate", "admin", "credit.gate", "_enter", [1])

    def test_illegal_steps_say_why(self):
        _profile, limit = self.asked()
        self.refused("cannot be revoked: it is requested", "manager", "credit.limit", "action_revoke", [limit])
        self.call("manager", "credit.limit", "action_grant", [limit])
        for step in ("action_grant", "action_refuse", "action_review", "action_cancel"):
            self.refused("cannot be .*: it is granted", "second", "credit.limit", step, [limit])
        self.refused("cannot be withdrawn: it is granted", "analyst", "credit.limit", "action_withdraw", [limit])
        self.refused("stays as it is", "admin", "credit.limit", "write", [limit], {"amount": 1e9})
        self.refused("history", "admin", "credit.limit", "unlink", [limit])
        self.call("second", "credit.limit", "action_revoke", [limit])
        self.refused("it is revoked", "second", "credit.limit", "action_revoke", [limit])

    def test_a_salesperson_asks_from_the_held_order(self):
        profile, order, decision = self.held()
        action = self.call("salesperson", "sale.order", "action_ask_limit", [order])
        values = {key.removeprefix("default_"): value for key, value in action["context"].items()}
        request = self.call("salesperson", "credit.limit.request", "create", values)
        self.call("salesperson", "credit.limit.request", "action_ask", [request])
        with self.transaction() as env:
            limit = env["credit.limit"].search([("profile_id", "=", profile), ("state", "=", "requested")])
            self.assertEqual((limit.amount, limit.decision_id.id), (600.0, decision))
            limit = limit.id
        self.refused("yourself", "salesperson", "credit.limit", "action_grant", [limit])
        self.call("manager", "credit.limit", "action_grant", [limit])
        self.assertEqual(self.stored("credit.decision", decision, "state"), ["ready"])

    def test_deputies(self):
        today = fields.Date.to_string(fields.Date.today())
        _profile, limit = self.asked()
        values = {
            "user_id": self.users["manager"][0], "deputy_id": self.users["salesperson"][0],
            "date_start": today, "date_end": today,
        }  # fmt: skip
        for role in ("salesperson", "analyst", "second"):
            self.refused("own deputies", role, "credit.deputy", "create", values)
        deputy = self.call("manager", "credit.deputy", "create", values)
        self.call("salesperson", "credit.limit", "action_grant", [limit])
        self.assertEqual(self.stored("credit.limit", limit, "state"), ["granted"])
        self.call("manager", "credit.deputy", "unlink", [deputy])

    # -- I8 ------------------------------------------------------------------------------------------

    def test_zero_unlimited_unknown(self):
        for values, ceiling, status in (
            ({"amount": 0.0}, 0.0, "valid"),
            ({"amount": 0.0, "unlimited": True}, None, "unlimited"),
        ):
            profile, limit = self.asked(**values)
            self.call("manager", "credit.limit", "action_grant", [limit])
            with self.transaction() as env:
                position = env["credit.profile"].browse(profile)._positions()[profile]
                self.assertEqual((position.ceiling, position.limit_status), (ceiling, status))
        [read] = self.call("salesperson", "credit.profile", "read", [profile], ["limit_status", "limit_amount", "room"])
        self.assertEqual(read["limit_status"], "unlimited")

    # -- releases ------------------------------------------------------------------------------------

    def test_releases(self):
        _profile, order, decision = self.held()
        reason = self.call("manager", "credit.reason", "search", [("usage", "=", "release")], limit=1)[0]
        values = {"decision_ids": [decision], "reason_id": reason}
        for role in ("outsider", "salesperson", "accountant", "analyst"):
            self.refused("not allowed", role, "credit.release", "create", values)
        self.refused("[Pp]rivate", "manager", "credit.decision", "_set_released", [decision], reason, "", False, 1e9)
        self.refused("not allowed", "admin", "credit.decision", "write", [decision], {"state": "released"})
        wizard = self.call("manager", "credit.release", "create", values)
        self.call("manager", "credit.release", "action_apply", [wizard])
        self.assertEqual(self.stored("sale.order", order, "state"), ["sale"])
        # I6: what was found stays with it
        [read] = self.call("manager", "credit.decision", "read", [decision], ["findings", "position", "explanation"])
        self.assertEqual(read["position"]["limit"], 100.0)
        self.assertEqual(read["findings"][0]["overage"], 500.0)

    def test_own_orders_are_released_by_others(self):
        profile = self.customer(100.0)
        [order] = self.orders(profile, 600.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).user_id = self.users["manager"][0]
        with self.transaction() as env:
            env["sale.order"].browse(order).action_confirm()
            decision = env["credit.decision"].search([("order_id", "=", order)]).id
        reason = self.call("manager", "credit.reason", "search", [("usage", "=", "release")], limit=1)[0]
        wizard = self.call("manager", "credit.release", "create", {"decision_ids": [decision], "reason_id": reason})
        self.refused("own order", "manager", "credit.release", "action_apply", [wizard])
        self.assertEqual(self.stored("sale.order", order, "state"), ["draft"])

    # -- guarantees and groups -----------------------------------------------------------------------

    def test_guarantees(self):
        profile = self.customer(100.0)
        values = {"name": "LG", "profile_id": profile, "amount": 500.0, "state": "active"}
        for role in ("outsider", "salesperson", "accountant"):
            self.refused("not allowed", role, "credit.guarantee", "create", values)
        guarantee = self.call("manager", "credit.guarantee", "create", values)
        self.assertEqual(self.stored("credit.guarantee", guarantee, "state"), ["draft"])
        self.refused("yourself", "manager", "credit.guarantee", "action_activate", [guarantee])
        self.refused("Only credit managers", "analyst", "credit.guarantee", "action_activate", [guarantee])
        self.call("second", "credit.guarantee", "action_activate", [guarantee])
        self.refused("buttons", "admin", "credit.guarantee", "write", [guarantee], {"state": "draft"})
        self.assertEqual(self.stored("credit.profile", profile, "cover"), [500.0])

    def test_groups(self):
        profile = self.customer(100.0)
        for role in ("outsider", "salesperson", "accountant", "analyst"):
            self.refused("not allowed", role, "credit.group", "create", {"name": "X"})
        group = self.call("manager", "credit.group", "create", {"name": "X", "amount": 50.0})
        for role in ("salesperson", "accountant", "analyst"):
            self.refused("not allowed|Only", role, "credit.profile", "write", [profile], {"group_id": group})
        self.call("manager", "credit.profile", "write", [profile], {"group_id": group})
        [order] = self.orders(profile, 60.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).user_id = self.users["salesperson"][0]
        self.call("salesperson", "sale.order", "action_confirm", [order])
        self.assertEqual(self.stored("sale.order", order, "state"), ["draft"])

    # -- alerts and the monitor ----------------------------------------------------------------------

    def alarmed(self):
        """The id of an alert that the analyst is to see to, about a customer who uses 95 % of the limit."""
        profile = self.customer(100.0)
        [order] = self.orders(profile, 95.0)
        with self.transaction() as env:
            env["credit.profile"].browse(profile).user_id = self.users["analyst"][0]
            env["sale.order"].browse(order).action_confirm()
        with self.transaction() as env:
            env["credit.change"]._process()
            return env["credit.alert"].search([("profile_id", "=", profile), ("kind", "=", "limit_usage")]).id

    def test_alerts_are_seen_to_by_whose_they_are(self):
        alert = self.alarmed()
        for role in ("outsider", "salesperson"):
            self.refused("not allowed|access", role, "credit.alert", "read", [alert], ["summary"])
            self.refused("not allowed|access", role, "credit.alert", "action_acknowledge", [alert])
        self.refused("somebody else", "accountant", "credit.alert", "action_acknowledge", [alert])
        for role in ("analyst", "manager", "admin"):
            self.refused("found, not entered", role, "credit.alert", "write", [alert], {"state": "resolved"})
            self.refused("not allowed", role, "credit.alert", "unlink", [alert])
            self.refused("rivate", role, "credit.alert", "_resolve", [alert])
        wizard = self.call("accountant", "credit.snooze", "create", {"alert_ids": [(6, 0, [alert])]})
        self.refused("somebody else", "accountant", "credit.snooze", "action_snooze", [wizard])
        self.assertEqual(self.stored("credit.alert", alert, "state"), ["open"])
        self.call("analyst", "credit.alert", "action_acknowledge", [alert], context={"su": True, "uid": 1})
        state, by = self.stored("credit.alert", alert, "state", "acknowledged_by")
        self.assertEqual((state, by.id), ("acknowledged", self.users["analyst"][0]))

    def test_only_managers_start_the_monitor(self):
        for role in ("outsider", "salesperson", "accountant", "analyst"):
            self.refused("Only|not allowed", role, "credit.monitor.run", "action_run_now", [])
        self.refused("rivate", "manager", "credit.monitor.run", "_cron_run")
        self.refused("not allowed", "admin", "credit.monitor.run", "create", {"day": "2026-01-01"})
        run = self.call("manager", "credit.monitor.run", "action_run_now", [])["res_id"]
        state, by = self.stored("credit.monitor.run", run, "state", "user_id")
        self.assertEqual((state, by.id), ("running", self.users["manager"][0]))
        self.refused("not allowed", "admin", "credit.monitor.run", "write", [run], {"state": "done"})
        with self.transaction() as env:
            # as it was, for the tests after this one
            env["credit.monitor.run"].browse(run).unlink()
