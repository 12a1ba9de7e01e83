# Part of credit_management. License LGPL-3.0 or later.
"""What a client on the network gets to do, as each role: requests, approvals, guarantees, groups and releases.

All of it twice: over JSON-RPC with odoorpc, and over XML-RPC with Python's own client. Either has a password and a
database of its own: nothing here knows that it is a test.
"""

import uuid
import xmlrpc.client

import odoorpc

from odoo import Command, fields
from odoo.tests.common import HOST, HttpCase
from odoo.tools import config, mute_logger

from .scratch import ScratchCase

ROLES = {
    "outsider": "base.group_user",
    "salesperson": "sales_team.group_sale_salesman",
    "colleague": "sales_team.group_sale_salesman",
    "accountant": "account.group_account_invoice",
    "analyst": "credit_management.group_analyst",
    "manager": "credit_management.group_manager",
    "second": "credit_management.group_manager",
    "admin": "credit_management.group_admin",
}

# from which state each step leads on; from every other one it is refused
LIMIT_STEPS = {
    "action_review": ("reviewed", {"requested"}),
    "action_grant": ("granted", {"requested", "reviewed"}),
    "action_refuse": ("refused", {"requested", "reviewed"}),
    "action_withdraw": ("withdrawn", {"requested", "reviewed"}),
    "action_cancel": ("cancelled", {"requested", "reviewed"}),
    "action_revoke": ("revoked", {"granted"}),
}
LIMIT_WAYS = {
    "requested": [],
    "reviewed": ["action_review"],
    "granted": ["action_grant"],
    "refused": ["action_refuse"],
    "withdrawn": ["action_withdraw"],
    "cancelled": ["action_cancel"],
    "revoked": ["action_grant", "action_revoke"],
}
GUARANTEE_STEPS = {"action_activate": {"draft"}, "action_end": {"active"}, "action_call": {"active"}}
GUARANTEE_WAYS = {
    "draft": [],
    "active": ["action_activate"],
    "ended": ["action_activate", "action_end"],
    "called": ["action_activate", "action_call"],
}
# whatever a client writes into the context, it grants nothing
CONTEXTS = (
    {"su": True, "uid": 1},
    {"force": True, "install_mode": True, "module": "base"},
    {"credit_skip_check": True, "tracking_disable": True, "active_test": False},
    {"default_state": "granted", "default_requested_by": 1, "default_asker_ids": [(6, 0, [1])]},
    {"default_requested_by": False, "default_document_user_id": False, "allow_self_release": True},
)


class JsonClient:
    """odoorpc, a client that people use."""

    refusal = odoorpc.error.RPCError

    def __init__(self, database, login):
        self.connection = odoorpc.ODOO(HOST, port=HttpCase.http_port())
        self.connection.login(database, login, login)

    def execute(self, model, method, args, kwargs):
        return self.connection.execute_kw(model, method, args, kwargs)


class XmlClient:
    """Python's own client, on Odoo's documented external interface."""

    refusal = xmlrpc.client.Fault

    def __init__(self, database, login):
        address = f"http://{HOST}:{HttpCase.http_port()}/xmlrpc/2"
        user = xmlrpc.client.ServerProxy(f"{address}/common").authenticate(database, login, login, {})
        assert user, f"{login} could not log in"
        self.credentials = (database, user, login)
        self.objects = xmlrpc.client.ServerProxy(f"{address}/object", allow_none=True)

    def execute(self, model, method, args, kwargs):
        return self.objects.execute_kw(*self.credentials, model, method, args, kwargs)


class RpcCase:
    """What holds over either protocol: ``Client`` is one of the above."""

    Client = None

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
            cls.clients[role] = cls.Client(database, login)

    def call(self, role, model, method, *args, **kwargs):
        return self.clients[role].execute(model, method, list(args), kwargs)

    @mute_logger("odoo.http", "odoo.service.model", "odoo.sql_db")
    def refused(self, words, role, model, method, *args, **kwargs):
        """The call is refused, in so many words (a regular expression)."""
        with self.assertRaisesRegex(self.Client.refusal, words):
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
        for context in CONTEXTS:
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

    def limit_in(self, state):
        """A limit that the analyst asked for, brought into a state by its buttons."""
        profile, limit = self.asked(date_start="2030-01-01")
        if state == "replaced":
            self.call("manager", "credit.limit", "action_grant", [limit])
            other = self.call(
                "analyst", "credit.limit", "create",
                {"profile_id": profile, "amount": 1.0, "date_start": "2030-01-01"},
            )  # fmt: skip
            self.call("manager", "credit.limit", "action_grant", [other])
        for step in LIMIT_WAYS.get(state, ()):
            self.call("analyst" if step == "action_withdraw" else "manager", "credit.limit", step, [limit])
        self.assertEqual(self.stored("credit.limit", limit, "state"), [state])
        return limit

    def test_illegal_steps_of_a_limit_say_why(self):
        """Every step from every state: those that lead nowhere are refused with the reason, and change nothing."""
        for state in (*LIMIT_WAYS, "replaced"):
            limit = self.limit_in(state)
            for step, (what, before) in LIMIT_STEPS.items():
                if state not in before:
                    role = "analyst" if step == "action_withdraw" else "second"
                    self.refused(f"cannot be {what}: it is {state}", role, "credit.limit", step, [limit])
            if state not in ("requested", "reviewed"):
                self.refused("stays as it is", "admin", "credit.limit", "write", [limit], {"amount": 1e9})
            if state != "requested":
                self.refused("history", "admin", "credit.limit", "unlink", [limit])
            self.assertEqual(self.stored("credit.limit", limit, "state"), [state])

    def test_each_role_may_take_its_own_steps_only(self):
        """What is legal by the state is refused all the same to whoever it is not for."""
        requested, granted = self.limit_in("requested"), self.limit_in("granted")
        for step, limit, roles, words in (
            ("action_review", requested, ("outsider", "salesperson", "accountant"), "Only credit analysts|not allowed"),
            ("action_review", requested, ("analyst",), "yourself"),
            ("action_withdraw", requested, ("salesperson", "accountant", "manager", "admin"), "alone can take it back"),
            ("action_cancel", requested, ("salesperson", "accountant", "analyst"), "Only credit managers"),
            ("action_revoke", granted, ("outsider", "salesperson", "accountant", "analyst"), "Only credit managers"),
        ):
            for role in roles:
                self.refused(words, role, "credit.limit", step, [limit])
        self.assertEqual(self.stored("credit.limit", requested, "state"), ["requested"])
        self.assertEqual(self.stored("credit.limit", granted, "state"), ["granted"])

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

    def test_deputies_release(self):
        """A manager's deputy releases in his right, and neither forges one nor keeps it."""
        today = fields.Date.to_string(fields.Date.today())
        _profile, order, decision = self.held()
        values = {"decision_ids": [decision], "reason_id": self.reason()}
        right = {
            "user_id": self.users["manager"][0], "deputy_id": self.users["analyst"][0],
            "date_start": today, "date_end": today,
        }  # fmt: skip
        self.refused("own deputies", "analyst", "credit.deputy", "create", right)
        self.refused("Only credit managers", "analyst", "credit.release", "create", values)
        deputy = self.call("manager", "credit.deputy", "create", right)
        mine = [("id", "=", decision), ("may_release", "=", True)]
        self.assertEqual(self.call("analyst", "credit.decision", "search", mine), [decision])
        self.assertEqual(self.call("accountant", "credit.decision", "search", mine), [])
        wizard = self.call("analyst", "credit.release", "create", values)
        self.call("manager", "credit.deputy", "unlink", [deputy])
        self.refused("Only credit managers", "analyst", "credit.release", "action_apply", [wizard])
        deputy = self.call("manager", "credit.deputy", "create", right)
        self.call("analyst", "credit.release", "action_apply", [wizard])
        by, principal = self.stored("credit.decision", decision, "released_by", "principal_id")
        self.assertEqual((by.id, principal.id), (self.users["analyst"][0], self.users["manager"][0]))
        self.assertEqual(self.stored("sale.order", order, "state"), ["sale"])
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
        values = {"decision_ids": [decision], "reason_id": self.reason()}
        for role in ("outsider", "salesperson", "accountant", "analyst"):
            self.refused("not allowed|Only credit managers", role, "credit.release", "create", values)
        self.refused("[Pp]rivate", "manager", "credit.decision", "_set_released", [decision], 1, "", False, 1e9)
        self.refused("not allowed", "admin", "credit.decision", "write", [decision], {"state": "released"})
        wizard = self.call("manager", "credit.release", "create", values)
        self.call("manager", "credit.release", "action_apply", [wizard])
        self.assertEqual(self.stored("sale.order", order, "state"), ["sale"])
        # I6: what was found stays with it
        [read] = self.call("manager", "credit.decision", "read", [decision], ["findings", "position", "explanation"])
        self.assertEqual(read["position"]["limit"], 100.0)
        self.assertEqual(read["findings"][0]["overage"], 500.0)

    def reason(self, usage="release"):
        return self.call("manager", "credit.reason", "search", [("usage", "=", usage)], limit=1)[0]

    def test_own_orders_are_released_by_others(self):
        profile = self.customer(100.0)
        [order] = self.orders(profile, 600.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).user_id = self.users["manager"][0]
        with self.transaction() as env:
            env["sale.order"].browse(order).action_confirm()
            decision = env["credit.decision"].search([("order_id", "=", order)]).id
        values = {"decision_ids": [decision], "reason_id": self.reason()}
        for context in ({}, *CONTEXTS):
            wizard = self.call("manager", "credit.release", "create", values, context=context)
            self.refused("own order", "manager", "credit.release", "action_apply", [wizard], context=context)
        self.assertEqual(self.stored("sale.order", order, "state"), ["draft"])

    def test_illegal_steps_of_a_decision_say_why(self):
        """Only what waits is released, rejected or asked for."""
        _profile, order, decision = self.held()
        values = {"decision_ids": [decision], "reason_id": self.reason()}
        for state in ("passed", "released", "rejected", "refused", "taken_over", "recorded", "void"):
            with self.transaction() as env:
                env["credit.decision"].browse(decision).state = state
            for mode in ("release", "reject"):
                wizard = self.call("manager", "credit.release", "create", {**values, "mode": mode})
                self.refused("is not waiting for a decision", "manager", "credit.release", "action_apply", [wizard])
            if state != "refused":  # a refused increase is what headroom is asked for
                ask = self.call("salesperson", "credit.ask", "create", {"decision_id": decision, "note": "Please"})
                self.refused("not waiting", "salesperson", "credit.ask", "action_ask", [ask])
                self.refused("not held", "salesperson", "sale.order", "action_ask_limit", [order])
            self.assertEqual(self.stored("credit.decision", decision, "state"), [state])

    def test_only_managers_reject(self):
        _profile, order, decision = self.held()
        values = {"decision_ids": [decision], "reason_id": self.reason("reject"), "mode": "reject"}
        for role in ("outsider", "salesperson", "accountant", "analyst"):
            self.refused("not allowed|Only credit managers", role, "credit.release", "create", values)
        wizard = self.call("manager", "credit.release", "create", values)
        self.call("manager", "credit.release", "action_apply", [wizard])
        self.assertEqual(self.stored("credit.decision", decision, "state"), ["rejected"])
        self.assertEqual(self.stored("sale.order", order, "state"), ["draft"])

    # -- headroom for an increase that was refused ---------------------------------------------------

    def raised(self, amount=1500.0):
        """(order, decision) of a confirmed order over 800 of a limit of 1,000 that the salesperson could not raise."""
        profile = self.customer(1000.0)
        [order] = self.orders(profile, 800.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).user_id = self.users["salesperson"][0]
        self.call("salesperson", "sale.order", "action_confirm", [order])
        self.refused("Nothing was saved", "salesperson", "sale.order", "write", [order], self.priced(order, amount))
        self.assertEqual(self.stored("sale.order", order, "amount_total"), [800.0])
        with self.transaction() as env:
            # the refusal is on record, though its transaction was rolled back
            return order, env["credit.decision"].search([("order_id", "=", order), ("state", "=", "refused")]).id

    def priced(self, order, amount):
        with self.transaction() as env:
            [line] = env["sale.order"].browse(order).order_line.ids
        return {"order_line": [(1, line, {"price_unit": amount})]}

    def test_headroom_is_asked_for_from_the_refusal(self):
        order, decision = self.raised()
        self.refused("not allowed", "outsider", "credit.ask", "create", {"decision_id": decision})
        self.refused("doesn't have 'read' access", "colleague", "credit.ask", "create", {"decision_id": decision})
        self.refused("doesn't have 'read' access", "colleague", "credit.decision", "action_ask_limit", [decision])
        ask = self.asking("analyst", decision)
        self.refused("may change", "analyst", "credit.ask", "action_ask", [ask])
        [read] = self.call(
            "salesperson", "credit.ask", "read", [self.asking("salesperson", decision)],
            ["name", "asked", "overage", "note", "limit_helps"],
        )  # fmt: skip
        self.assertEqual((read["asked"], read["overage"], read["limit_helps"]), (1500.0, 500.0, True))
        self.assertRegex(read["note"], r"is to be raised from \$.800\.00 to \$.1,500\.00\.")
        self.assertIn(read["name"], read["note"])
        self.call("salesperson", "credit.ask", "action_ask", [self.asking("salesperson", decision)])
        self.refused("Only credit managers", "salesperson", "credit.release", "create", {"decision_ids": [decision]})
        values = {"decision_ids": [decision], "reason_id": self.reason()}
        wizard = self.call("manager", "credit.release", "create", values)
        self.call("manager", "credit.release", "action_apply", [wizard])
        # it is for what was looked at, and for one use
        self.refused("Nothing", "salesperson", "sale.order", "write", [order], self.priced(order, 1500.01))
        self.call("salesperson", "sale.order", "write", [order], self.priced(order, 1500.0))
        self.assertEqual(self.stored("sale.order", order, "amount_total", "state"), [1500.0, "sale"])
        self.call("salesperson", "sale.order", "write", [order], self.priced(order, 800.0))
        self.refused("Nothing", "salesperson", "sale.order", "write", [order], self.priced(order, 1500.0))

    def asking(self, role, decision):
        return self.call(role, "credit.ask", "create", {"decision_id": decision})

    def test_a_limit_is_asked_for_from_the_refusal(self):
        order, decision = self.raised()
        action = self.call("salesperson", "credit.ask", "action_ask_limit", [self.asking("salesperson", decision)])
        values = {key.removeprefix("default_"): value for key, value in action["context"].items()}
        self.assertEqual(values["amount"], 1500.0)
        self.assertIn("is to be raised", values["note"])
        request = self.call("salesperson", "credit.limit.request", "create", values)
        asked = self.call("salesperson", "credit.limit.request", "action_ask", [request])["res_id"]
        self.refused("yourself", "salesperson", "credit.limit", "action_grant", [asked])
        self.call("manager", "credit.limit", "action_grant", [asked])
        self.call("salesperson", "sale.order", "write", [order], self.priced(order, 1500.0))
        self.assertEqual(self.stored("sale.order", order, "amount_total"), [1500.0])

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

    def test_illegal_steps_of_a_guarantee_say_why(self):
        words = {"draft": "is draft", "active": "is active", "ended": "is ended", "called": "is called"}
        for state, way in GUARANTEE_WAYS.items():
            values = {"name": "LG", "profile_id": self.customer(100.0), "amount": 500.0}
            guarantee = self.call("analyst", "credit.guarantee", "create", values)
            for step in way:
                self.call("manager", "credit.guarantee", step, [guarantee])
            for step, before in GUARANTEE_STEPS.items():
                if state not in before:
                    self.refused(words[state], "manager", "credit.guarantee", step, [guarantee])
            if state != "draft":
                self.refused("stays as it is", "admin", "credit.guarantee", "write", [guarantee], {"amount": 9e9})
                self.refused("history", "admin", "credit.guarantee", "unlink", [guarantee])
            self.assertEqual(self.stored("credit.guarantee", guarantee, "state"), [state])

    def test_groups(self):
        profile = self.customer(100.0)
        for role in ("outsider", "salesperson", "accountant", "analyst"):
            self.refused("not allowed", role, "credit.group", "create", {"name": "X"})
        group = self.call("manager", "credit.group", "create", {"name": "X", "amount": 1e9})
        self.assertEqual(self.stored("credit.group", group, "amount"), [0.0])  # it is granted, not entered
        for role in ("outsider", "salesperson", "accountant"):
            self.refused("not allowed", role, "credit.limit", "create", {"group_id": group, "amount": 50.0})
        joint = self.call("manager", "credit.limit", "create", {"group_id": group, "amount": 50.0, "state": "granted"})
        self.refused("yourself", "manager", "credit.limit", "action_grant", [joint])
        self.call("second", "credit.limit", "action_grant", [joint])
        for role in ("salesperson", "accountant", "analyst"):
            self.refused("not allowed|Only", role, "credit.profile", "write", [profile], {"group_id": group})
        self.call("manager", "credit.profile", "write", [profile], {"group_id": group})
        [order] = self.orders(profile, 60.0)
        with self.transaction() as env:
            env["sale.order"].browse(order).user_id = self.users["salesperson"][0]
        self.call("salesperson", "sale.order", "action_confirm", [order])
        self.assertEqual(self.stored("sale.order", order, "state"), ["draft"])


class TestJsonRpc(RpcCase, ScratchCase):
    Client = JsonClient


class TestXmlRpc(RpcCase, ScratchCase):
    Client = XmlClient
