# Part of credit_management. License LGPL-3.0 or later.
import base64

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.credit_api_v1 import MOST
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestAsking(CreditCase):
    """What other systems ask: as each role, in two companies and two currencies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"ref": "C-1", "vat": "US-111"})
        cls.env["ir.model.data"].create(
            {"module": "crm_far", "name": "lumber", "model": "res.partner", "res_id": cls.customer.id}
        )
        cls.contact = cls.env["res.partner"].create({"name": "Ann", "parent_id": cls.customer.id})
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger", "ref": "C-2", "is_company": True})
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.euro.id, "company_id": cls.company.id, "name": "2020-01-01", "rate": 0.5}
        )
        cls.outsider = cls._user("outsider", "base.group_user")
        cls.confirmed(400.0)

    def ask(self, customer="C-1", amount=100.0, user=None, **options):
        api = self.env["credit.api.v1"].with_user(user or self.salesperson)
        return api.may_buy(customer, amount, **options)

    def test_every_role_that_sees_figures_may_ask(self):
        for user in (self.salesperson, self.accountant, self.analyst, self.manager, self.admin):
            with self.subTest(user=user.login):
                answer = self.ask(amount=600.0, user=user)
                self.assertEqual((answer["ok"], answer["verdict"], answer["allowed"]), (True, "pass", True))
                names = ("version", "limit", "exposure", "available", "currency", "amount")
                self.assertEqual(
                    {name: answer[name] for name in names},
                    {"version": 1, "limit": 1000.0, "exposure": 400.0, "available": 600.0, "currency": "USD",
                     "amount": 600.0},
                )  # fmt: skip
        for method, args in (("may_buy", ("C-1", 1.0)), ("status", (["C-1"],)), ("changes", ())):
            with self.assertRaises(AccessError):
                getattr(self.env["credit.api.v1"].with_user(self.outsider), method)(*args)

    def test_an_answer_agrees_with_the_order_and_leaves_no_trace(self):
        decisions = self.env["credit.decision"].search_count([])
        answer = self.ask(amount=600.01)
        self.assertEqual((answer["verdict"], answer["allowed"]), ("hold", False))
        [reason] = answer["reasons"]
        self.assertEqual((reason["code"], reason["action"], reason["overage"]), ("limit_usage", "hold", 0.01))
        self.assertIn("$ 1,000.00", reason["message"].replace("\N{NO-BREAK SPACE}", " "))
        self.assertEqual(self.env["credit.decision"].search_count([]), decisions)
        order = self.order(600.01)
        order.action_confirm()
        decision = self.decision(order)
        self.assertEqual((decision.outcome, decision.summary), ("hold", reason["message"]))

    def test_reasons_are_in_the_language_of_the_caller(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.salesperson.lang = "fr_FR"
        english = self.ask(amount=601.0, user=self.accountant)["reasons"][0]["message"]
        french = self.ask(amount=601.0)["reasons"][0]["message"]
        self.assertNotEqual(english, french)  # amounts at least are written otherwise

    def test_a_customer_is_named_in_several_ways(self):
        for naming in (
            self.customer.id, self.contact.id, "C-1", {"id": self.customer.id}, {"ref": " C-1 "}, {"vat": "US-111"},
            {"external_id": "crm_far.lumber"},
        ):  # fmt: skip
            with self.subTest(naming=naming):
                answer = self.ask(naming)
                self.assertEqual(
                    answer["customer"], {"id": self.customer.id, "name": "Lumber Inc", "ref": "C-1"}
                )
        for naming, error in (
            ("nobody", "unknown_customer"), (0, "unknown_customer"), ({"vat": "no"}, "unknown_customer"),
            ({"external_id": "base.USD"}, "unknown_customer"), ({"external_id": "nonsense"}, "unknown_customer"),
            (None, "invalid_value"), (True, "invalid_value"), ("", "invalid_value"), ({}, "invalid_value"),
            ({"name": "Lumber Inc"}, "invalid_value"), ({"id": 1, "ref": "C-1"}, "invalid_value"),
            ({"id": "1"}, "invalid_value"), ([1], "invalid_value"),
        ):  # fmt: skip
            with self.subTest(naming=naming):
                answer = self.ask(naming)
                self.assertEqual((answer["ok"], answer["error"]), (False, error), answer)
                self.assertTrue(answer["message"])
        self.env["res.partner"].create({"name": "Double", "ref": "C-1", "is_company": True})
        self.assertEqual(self.ask("C-1")["error"], "ambiguous_customer")

    def test_an_archived_customer_gives_way(self):
        self.env["res.partner"].create({"name": "Old", "ref": "C-1", "is_company": True, "active": False})
        self.assertEqual(self.ask("C-1")["customer"]["id"], self.customer.id)

    def test_another_currency_is_converted_and_said(self):
        answer = self.ask(amount=300.0, currency="EUR")
        self.assertEqual((answer["verdict"], answer["amount"]), ("pass", 600.0))
        self.assertEqual(answer["asked"], {"amount": 300.0, "currency": "EUR", "rate": 2.0})
        self.assertEqual(self.ask(amount=301.0, currency="EUR")["verdict"], "hold")
        self.assertNotIn("asked", self.ask(currency="USD"))
        self.assertEqual(self.ask(currency="XXX")["error"], "unknown_currency")
        self.env["res.currency"].with_context(active_test=False).search([("name", "=", "ISK")]).active = True
        self.env["res.currency"].search([("name", "=", "ISK")]).rate_ids.unlink()
        self.company.currency_id.rate_ids.unlink()
        self.assertEqual(self.ask(currency="ISK")["error"], "no_rate")

    def test_amounts_are_amounts(self):
        for amount in (-1.0, "100", True, None, float("nan"), float("inf")):
            with self.subTest(amount=amount):
                self.assertEqual(self.ask(amount=amount)["error"], "invalid_value")

    def test_a_customer_not_under_control(self):
        for setting, verdict, allowed in (("allow", "pass", True), ("warn", "warn", True), ("hold", "hold", False)):
            self.company.credit_unknown_action = setting
            answer = self.ask("C-2")
            self.assertEqual((answer["controlled"], answer["verdict"], answer["allowed"]), (False, verdict, allowed))
            self.assertEqual([reason["code"] for reason in answer["reasons"]],
                             [] if setting == "allow" else ["unknown_customer"])  # fmt: skip
            self.assertFalse({"limit", "exposure", "available"} & set(answer))

    def test_unlimited_and_unknown_have_no_figure(self):
        self.control(self.stranger)
        self.assertNotIn("limit", self.ask("C-2"))
        self.grant(self.env["credit.profile"].search([("partner_id", "=", self.stranger.id)]), unlimited=True)
        answer = self.ask("C-2", amount=1e9)
        self.assertEqual((answer["limit_status"], answer["verdict"]), ("unlimited", "pass"))
        self.assertFalse({"limit", "available", "usage", "grade", "score"} & set(answer))

    def test_payment_terms_count(self):
        self.add_rule("agreed_terms")
        self.customer.with_company(self.company).property_payment_term_id = self.env.ref(
            "account.account_payment_term_30days"
        )
        self.assertEqual(self.ask()["verdict"], "pass")
        longer = self.env.ref("account.account_payment_term_45days")
        answer = self.ask(payment_term=longer.id)
        self.assertEqual([reason["code"] for reason in answer["reasons"]], ["agreed_terms"])
        self.assertEqual(self.ask(payment_term=10**9)["error"], "unknown_payment_term")

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.euro.id})
        self.assertEqual(self.ask(company=other.id)["error"], "unknown_company")
        self.salesperson.company_ids |= other
        self.control(self.customer, 50.0, other)
        first, second = self.ask(), self.ask(company=other.id)
        self.assertEqual((first["limit"], first["currency"]), (1000.0, "USD"))
        self.assertEqual((second["limit"], second["currency"], second["verdict"]), (50.0, "EUR", "hold"))
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.salesperson.company_ids |= branch
        self.assertEqual(self.ask(company=branch.id)["company"]["id"], self.company.id)

    def test_context_grants_nothing(self):
        api = self.env["credit.api.v1"].with_user(self.outsider)
        for context in ({"su": True, "uid": 1}, {"force_company": self.company.id, "allowed_company_ids": []}):
            with self.assertRaises(AccessError):
                api.with_context(**context).may_buy("C-1", 1.0)

    def test_status_of_many_in_their_order(self):
        customers = [self.control(self.env["res.partner"].create({"name": f"C{n}", "ref": f"R{n}"}), n * 10.0)
                     for n in range(1, 21)]  # fmt: skip
        names = [f"R{n}" for n in range(20, 0, -1)]
        self.env.invalidate_all()
        api = self.env["credit.api.v1"].with_user(self.analyst)
        api.status(["C-1"])
        with self.assertQueryCount(18):
            answer = api.status([*names, "nobody", "C-2"])
        self.assertEqual([one.get("limit") for one in answer["customers"][:20]], [n * 10.0 for n in range(20, 0, -1)])
        self.assertEqual(answer["customers"][20]["error"], "unknown_customer")
        self.assertFalse(answer["customers"][21]["controlled"])
        self.assertEqual(len(customers), 20)
        self.assertEqual(api.status("C-1")["error"], "invalid_value")
        self.assertEqual(api.status(["C-1"] * (MOST + 1))["error"], "invalid_value")

    def test_status_says_what_the_list_says(self):
        self.invoice(100.0, due="2020-01-01", date="2020-01-01")
        self.profile._refresh()
        [answer] = self.env["credit.api.v1"].with_user(self.salesperson).status(["C-1"])["customers"]
        for name in ("status", "receivable", "draft_invoice", "order_open", "exposure", "overdue", "limit_status"):
            self.assertEqual(answer[name], self.profile[name], name)
        self.assertEqual((answer["limit"], answer["available"]), (self.profile.limit_amount, self.profile.room))
        self.assertEqual((answer["oldest_due"], answer["on_hold"]), ("2020-01-01", False))

    def test_changes_page_by_page(self):
        for n in range(5):
            self.control(self.env["res.partner"].create({"name": f"C{n}"}), 10.0)
        api = self.env["credit.api.v1"].with_user(self.salesperson)
        seen, cursor = [], ""
        for _page in range(10):
            answer = api.changes(cursor, limit=2)
            seen += [one["customer"]["id"] for one in answer["customers"]]
            cursor = answer["cursor"]
            if not answer["more"]:
                break
        profiles = self.env["credit.profile"].search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(seen), sorted(profiles.partner_id.ids))
        self.env.cr.execute(
            "UPDATE credit_profile SET refreshed_at = '2020-01-01', write_date = '2020-01-01' WHERE company_id = %s",
            [self.company.id],
        )
        self.assertFalse(api.changes(cursor)["customers"])
        self.profile._refresh()
        [one] = api.changes(cursor)["customers"]
        self.assertEqual((one["customer"]["ref"], one["limit"]), ("C-1", 1000.0))
        for wrong in ("nonsense", "a|b|c", 7):
            self.assertEqual(api.changes(wrong)["error"], "invalid_value")
        for wrong in (0, MOST + 1, "5"):
            self.assertEqual(api.changes(limit=wrong)["error"], "invalid_value")

    def test_changes_tell_of_ended_control(self):
        api = self.env["credit.api.v1"].with_user(self.salesperson)
        cursor = api.changes()["cursor"]
        self.profile.active = False
        told = {one["customer"].get("ref"): one for one in api.changes(cursor)["customers"]}
        self.assertFalse(told["C-1"]["controlled"])
        self.assertNotIn("limit", told["C-1"])


@tagged("post_install", "-at_install")
class TestPushing(CreditCase):
    """What other systems hand in: idempotent, item by item, with the rights of the user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.ref = "C-1"
        cls.second = cls.env["res.partner"].create({"name": "Second", "ref": "C-2", "is_company": True})
        cls.outsider = cls._user("outsider", "base.group_user")
        cls.api = cls.env["credit.api.v1"].with_user(cls.analyst)
        cls.statement = {
            "reference": "FS-1", "customer": "C-1", "period": "year", "date_end": "2024-12-31", "currency": "USD",
            "unit": 1000, "audited": True, "figures": {"revenue": 900, "net_profit": 40.5},
        }  # fmt: skip
        cls.record = {
            "reference": "L-1", "customer": "C-1", "kind": "lawsuit", "title": "Claim", "date": "2025-03-01",
            "amount": 500, "note": "Settled <b>soon</b>",
        }  # fmt: skip
        cls.guarantee = {
            "reference": "G-1", "customer": "C-1", "kind": "insurance", "number": "P-77", "amount": 300, "coverage": 90,
            "date_start": "2025-01-01",
        }  # fmt: skip
        cls.asked = {"reference": "A-1", "customer": "C-1", "amount": 5000, "note": "As the bank says"}
        cls.paid = {
            "reference": "I-1", "customer": "C-1", "invoice": "INV-9", "date_invoice": "2025-01-01",
            "date_due": "2025-01-31", "date_settled": "2025-02-10", "amount": 100,
        }  # fmt: skip
        cls.score = {
            "reference": "S-1", "customer": "C-1", "bureau": "Creditreform", "date": "2025-05-01", "score": 250,
            "score_worst": 600, "score_best": 100,
        }  # fmt: skip

    def push(self, method, *items, user=None, source="crm", **options):
        answer = getattr(self.api.with_user(user or self.analyst), method)(source, list(items), **options)
        self.assertTrue(answer["ok"], answer)
        return answer["results"]

    def one(self, method, item, word, **options):
        [result] = self.push(method, item, **options)
        self.assertEqual((result.get("result"), result["reference"]), (word, item["reference"]), result)
        return result["id"]

    def refused(self, method, item, error, **options):
        [result] = self.push(method, item, **options)
        self.assertEqual((result["ok"], result.get("error")), (False, error), result)
        return result["message"]

    def all_of_them(self):
        return (
            ("push_statements", self.statement, "credit.statement"),
            ("push_records", self.record, "credit.record"),
            ("push_bureau_scores", self.score, "credit.record"),
            ("push_guarantees", self.guarantee, "credit.guarantee"),
            ("push_limits", self.asked, "credit.limit"),
            ("push_payment_history", self.paid, "credit.payment.history"),
        )

    def test_only_analysts_hand_in(self):
        for method, item, model in self.all_of_them():
            for user in (self.outsider, self.salesperson, self.accountant):
                with self.subTest(method=method, user=user.login), self.assertRaises(AccessError):
                    getattr(self.api.with_user(user), method)("crm", [item])
            before = self.env[model].search_count([])
            for number, user in enumerate((self.analyst, self.manager, self.admin)):
                self.one(method, {**item, "reference": f"X{number}", **({"invoice": f"N{number}"} if "invoice" in item
                                                                       else {})}, "created", user=user)  # fmt: skip
            self.assertEqual(self.env[model].search_count([]), before + 3)

    def test_the_same_again_changes_nothing(self):
        for method, item, model in self.all_of_them():
            with self.subTest(method=method):
                made = self.one(method, item, "created")
                before = self.env[model].search_count([])
                # whole numbers, other orders of keys, and other names of the customer say the same
                again = {key: float(value) if type(value) is int else value for key, value in reversed(item.items())}
                self.assertEqual(self.one(method, {**again, "customer": self.customer.id}, "unchanged"), made)
                self.assertEqual(self.env[model].search_count([]), before)
                # another system, or another company, may call its own the same
                other = {**item, **({"invoice": "Other"} if "invoice" in item else {})}
                self.assertNotEqual(self.one(method, other, "created", source="erp"), made)

    def test_drafts_are_changed_and_what_is_settled_is_not(self):
        statement = self.env["credit.statement"].browse(self.one("push_statements", self.statement, "created"))
        self.assertEqual((statement.state, statement.unit, statement.company_id), ("draft", "1000", self.company))
        self.assertEqual(statement.figures, {"revenue": 900.0, "net_profit": 40.5})
        changed = {**self.statement, "figures": {"revenue": 1000}}
        self.assertEqual(self.one("push_statements", changed, "updated"), statement.id)
        self.assertEqual(statement.figures, {"revenue": 1000.0})
        self.one("push_statements", changed, "unchanged", confirm=True)
        self.assertEqual((statement.state, statement.confirmed_by), ("confirmed", self.analyst))
        self.one("push_statements", changed, "unchanged", confirm=True)
        self.assertIn("settled", self.refused("push_statements", self.statement, "settled"))
        self.assertEqual(statement.figures, {"revenue": 1000.0})
        newer = self.one("push_statements", {**self.statement, "reference": "FS-1b"}, "created", confirm=True)
        self.assertEqual(statement.state, "superseded")
        self.assertEqual(self.env["credit.statement"].browse(newer).state, "confirmed")

    def test_records_and_scores(self):
        record = self.env["credit.record"].browse(self.one("push_records", self.record, "created"))
        self.assertEqual((record.kind, record.adverse, record.severity), ("lawsuit", True, "medium"))
        self.assertEqual((record.amount, record.source, record.user_id), (500.0, "crm", self.analyst))
        self.assertIn("&lt;b&gt;", record.note)
        self.one("push_records", {**self.record, "severity": "critical"}, "updated")
        self.assertEqual(record.severity, "critical")
        score = self.env["credit.record"].browse(self.one("push_bureau_scores", self.score, "created"))
        self.assertEqual((score.kind, score.score_scaled, score.source), ("bureau", 70.0, "Creditreform"))
        self.refused("push_bureau_scores", {**self.score, "reference": "S-2", "score": 50}, "invalid_value")

    def test_information_is_shared_only_on_demand(self):
        shared = self.one("push_records", {**self.record, "shared": True}, "created")
        self.assertFalse(self.env["credit.record"].browse(shared).company_id)

    def test_external_limits_never_go_around_approval(self):
        before = self.position()
        limit = self.env["credit.limit"].browse(self.one("push_limits", self.asked, "created", user=self.manager))
        self.assertEqual((limit.state, limit.requested_by, limit.amount), ("requested", self.manager, 5000.0))
        guarantee = self.env["credit.guarantee"].browse(
            self.one("push_guarantees", self.guarantee, "created", user=self.manager)
        )
        self.assertEqual((guarantee.state, guarantee.kind, guarantee.coverage), ("draft", "insurance", 90.0))
        self.assertEqual(self.position(), before)
        for record, step in ((limit, "action_grant"), (guarantee, "action_activate")):
            with self.assertRaises(AccessError):
                getattr(record.with_user(self.manager), step)()
        self.one("push_limits", {**self.asked, "amount": 6000}, "updated")
        self.assertEqual((limit.amount, limit.state), (6000.0, "requested"))
        self.one("push_guarantees", {**self.guarantee, "amount": 400}, "updated")
        second = self._user("manager2", "credit_management.group_manager")
        guarantee.with_user(second).action_activate()
        limit.with_user(second).action_grant()
        self.refused("push_guarantees", self.guarantee, "settled")
        self.refused("push_limits", self.asked, "settled")
        self.assertEqual((limit.amount, guarantee.amount), (6000.0, 400.0))
        self.assertEqual(self.position().available, 6000.0 + 360.0)
        unlimited = {"reference": "A-2", "customer": "C-1", "unlimited": True}
        self.assertTrue(self.env["credit.limit"].browse(self.one("push_limits", unlimited, "created")).unlimited)
        for wrong in ({"unlimited": True, "amount": 5}, {"unlimited": False}, {}):
            self.refused("push_limits", {"reference": "A-3", "customer": "C-1", **wrong}, "missing_key")
        for method, item in (("push_limits", self.asked), ("push_guarantees", self.guarantee)):
            self.refused(method, {**item, "reference": "Z", "customer": "C-2"}, "not_under_control")
        # state and who asked are not for other systems to say
        self.refused("push_limits", {**self.asked, "reference": "Z", "state": "granted"}, "unknown_key")

    def test_payment_history(self):
        history = self.env["credit.payment.history"].browse(self.one("push_payment_history", self.paid, "created"))
        self.assertEqual((history.name, history.days_late, history.import_id.name), ("INV-9", 10, "crm"))
        self.assertTrue(self.profile.payment_known)
        self.one("push_payment_history", {**self.paid, "date_settled": "2025-02-20"}, "updated")
        self.assertEqual(history.days_late, 20)
        self.refused("push_payment_history", {**self.paid, "reference": "I-2"}, "known_already")
        posted = self.invoice(50.0)
        self.refused(
            "push_payment_history", {**self.paid, "reference": "I-3", "invoice": posted.name}, "known_already"
        )
        self.refused(
            "push_payment_history", {**self.paid, "reference": "I-4", "invoice": "B", "date_due": "2024-01-01"},
            "invalid_value",
        )  # fmt: skip

    def test_an_amount_in_another_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.5}
        )
        history = self.one("push_payment_history", {**self.paid, "currency": "EUR"}, "created")
        self.assertEqual(self.env["credit.payment.history"].browse(history).amount, 200.0)
        guarantee = self.one("push_guarantees", {**self.guarantee, "currency": "EUR"}, "created")
        self.assertEqual(self.env["credit.guarantee"].browse(guarantee).currency_id, euro)

    @mute_logger("odoo.sql_db")
    def test_one_bad_item_does_not_stop_the_others(self):
        bad = [
            ({"period": "week"}, "invalid_value"),
            ({"date_end": "31.12.2024"}, "invalid_value"),
            ({"date_end": "2030-12-31"}, "invalid_value"),
            ({"figures": {"revenue": "much"}}, "invalid_value"),
            ({"figures": {"no such line": 1}}, "invalid_value"),
            ({"currency": "XXX"}, "unknown_currency"),
            ({"customer": "nobody"}, "unknown_customer"),
            ({"unit": 12}, "invalid_value"),
            ({"audited": "yes"}, "invalid_value"),
            ({"document": "no base64!"}, "invalid_value"),
            ({"state": "confirmed"}, "unknown_key"),
            ({"company_id": 1}, "unknown_key"),
        ]
        items = []
        for number, (wrong, _error) in enumerate(bad):
            items.append({**self.statement, "reference": f"bad {number}", **wrong})
            items.append({**self.statement, "reference": f"good {number}", "date_end": f"{2000 + number}-12-31"})
        items += [
            {key: value for key, value in self.statement.items() if key != "figures"},
            {key: value for key, value in self.statement.items() if key != "reference"},
            "nonsense",
            dict(items[1]),
        ]
        before = self.env["credit.statement"].search_count([])
        results = self.push("push_statements", *items, confirm=True)
        self.assertEqual([result.get("result") for result in results[1:24:2]], ["created"] * 12)
        self.assertEqual([result.get("error") for result in results[0:24:2]], [error for _wrong, error in bad])
        self.assertEqual(
            [result["error"] for result in results[24:]],
            ["missing_key", "invalid_value", "invalid_value", "duplicate_reference"],
        )
        self.assertEqual(self.env["credit.statement"].search_count([]), before + 12)
        # what was refused can be handed in once it is right
        self.one("push_statements", {**self.statement, "reference": "bad 0"}, "created")

    def test_nothing_is_half_done(self):
        """A statement that can't be confirmed is not left behind as a draft."""
        wrong = {**self.statement, "figures": {"total_assets": 100, "total_liabilities": 10, "total_equity": 10}}
        self.assertIn("contradicts", self.refused("push_statements", wrong, "invalid_value", confirm=True))
        self.assertFalse(self.env["credit.statement"].search([("partner_id", "=", self.customer.id)]))
        self.one("push_statements", wrong, "created")

    def test_a_document_comes_along(self):
        document = base64.b64encode(b"%PDF-1.4").decode()
        item = {**self.statement, "document": document, "document_name": "a.pdf"}
        made = self.one("push_statements", item, "created")
        statement = self.env["credit.statement"].browse(made)
        self.assertEqual((base64.b64decode(statement.document), statement.document_name), (b"%PDF-1.4", "a.pdf"))

    def test_what_was_deleted_here_is_made_anew(self):
        made = self.one("push_records", self.record, "created")
        self.env["credit.record"].browse(made).unlink()
        self.assertNotEqual(self.one("push_records", self.record, "created"), made)

    def test_context_brings_nothing_in(self):
        api = self.api.with_context(
            default_state="confirmed", default_confirmed_by=self.manager.id, default_company_id=False,
            default_known_on="2020-01-01", default_note="x", tracking_disable=True,
        )  # fmt: skip
        [result] = api.push_statements("crm", [self.statement])["results"]
        statement = self.env["credit.statement"].browse(result["id"])
        self.assertEqual((statement.state, statement.company_id), ("draft", self.company))
        self.assertFalse(statement.confirmed_by)
        [result] = api.push_records("crm", [self.record])["results"]
        self.assertEqual(self.env["credit.record"].browse(result["id"]).known_on, fields.Date.today())

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.env.ref("base.EUR").id})
        with self.assertRaises(AssertionError):
            self.push("push_records", self.record, company=other.id)
        both = new_test_user(
            self.env, "credit_both", groups="credit_management.group_analyst", company_id=other.id,
            company_ids=[Command.set((self.company | other).ids)],
        )  # fmt: skip
        mine = self.one("push_records", self.record, "created", user=both, company=self.company.id)
        theirs = self.one("push_records", self.record, "created", user=both)
        self.assertNotEqual(mine, theirs)
        records = self.env["credit.record"].browse((mine, theirs))
        self.assertEqual(records.company_id, self.company | other)
        self.assertEqual(records[1].currency_id.name, "EUR")

    def test_what_is_called_how_is_for_administrators_to_see(self):
        self.one("push_records", self.record, "created")
        rows = self.env["credit.external.reference"]
        self.assertEqual(rows.with_user(self.admin).search([]).mapped("reference"), ["L-1"])
        for user in (self.outsider, self.salesperson, self.analyst, self.manager):
            with self.assertRaises(AccessError):
                rows.with_user(user).search([])
        with self.assertRaises(AccessError):
            rows.with_user(self.admin).search([]).write({"res_id": 1})

    def test_many_at_once_in_few_queries(self):
        items = [
            {**self.record, "reference": f"M-{n}", "title": f"Claim {n}", "customer": ("C-1", "C-2")[n % 2]}
            for n in range(40)
        ]
        self.push("push_records", self.record)
        with self.assertQueryCount(220):
            self.push("push_records", *items)
        with self.assertQueryCount(30):
            self.assertEqual({result["result"] for result in self.push("push_records", *items)}, {"unchanged"})
