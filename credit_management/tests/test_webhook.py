# Part of credit_management. License LGPL-3.0 or later.
import hashlib
import hmac
import json
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.base.models.ir_cron import IrCron

from ..models.credit_webhook_delivery import ATTEMPTS
from .common import CreditCase

SECRET = "a secret of the tests"


class Receiver:
    """Another system: notes down what it is posted, and answers what it is told to."""

    def __init__(self):
        self.answers, self.posts = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append((dict(self.headers), body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if answer == "hang up":
                    return
                self.send_response(answer)
                if answer == 302:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/credit"

    def events(self):
        return [json.loads(body) for _headers, body in self.posts]


@tagged("post_install", "-at_install")
class TestWebhook(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsider = cls._user("outsider", "base.group_user")
        cls.system = new_test_user(
            cls.env, "credit_system", groups="base.group_system,credit_management.group_admin",
            company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)],
        )  # fmt: skip
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.env["credit.webhook"].search([]).active = False

    @classmethod
    def write_policy(cls, draft):
        cls.env["credit.authority"].create({"policy_id": draft.id, "user_id": cls.manager.id, "unlimited": True})

    def setUp(self):
        super().setUp()
        # commits are for real jobs
        self.startPatcher(patch.object(IrCron, "_commit_progress", lambda cron, *args, **kwargs: 1.0))
        self.receiver.posts.clear()
        self.receiver.answers.clear()

    def webhook(self, **values):
        return self.env["credit.webhook"].create(
            {
                "name": "CRM", "url": self.receiver.url, "internal": True, "secret": SECRET,
                "company_id": self.company.id, "user_id": self.admin.id, **values,
            }
        )  # fmt: skip

    def deliveries(self):
        return self.env["credit.webhook.delivery"].search([], order="id")

    def send(self, minutes=0):
        """Run the job, so many minutes from now."""
        now = fields.Datetime.now() + timedelta(minutes=minutes)
        with patch.object(fields.Datetime, "now", lambda: now):
            self.env["credit.webhook.delivery"]._cron_send()

    def told(self):
        """(event, customer, what it says) of all that is written down."""
        contents = [json.loads(delivery.body) for delivery in self.deliveries()]
        return [(content["event"], content["customer"]["id"], content["data"]) for content in contents]

    # -- what is told --------------------------------------------------------------------------------

    def everything_happens(self):
        self.confirmed(900.0)
        self.profile._refresh()
        order = self.order(500.0)
        order.action_confirm()
        self.decision(order).with_user(self.manager)._reject(None)
        limit = self.env["credit.limit"].with_user(self.analyst).create({"profile_id": self.profile.id, "amount": 5e3})
        limit.with_user(self.manager).action_grant()

    def test_nothing_is_written_where_nobody_listens(self):
        self.everything_happens()
        self.assertFalse(self.deliveries())
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self.webhook(company_id=other.id)
        self.webhook(status=False, limit=False, hold=False, alert=False)
        self.webhook(active=False)
        self.order(5000.0).action_confirm()
        self.profile._refresh()
        self.assertFalse(self.deliveries())

    def test_a_check_asks_nothing_more_where_nobody_listens(self):
        order = self.order(5000.0)
        order.action_confirm()
        self.env["credit.webhook"]._listening()
        decision = self.decision(order)
        with self.assertQueryCount(0):
            decision._tell_of("held", "hold.placed")
            self.assertFalse(self.env["credit.webhook"]._is_told("status", "limit"))

    def test_status_and_limit(self):
        self.webhook()
        self.confirmed(900.0)
        self.profile._refresh()
        [(event, customer, said)] = [told for told in self.told() if told[0].startswith("status")]
        self.assertEqual((event, customer), ("status.changed", self.customer.id))
        self.assertEqual(
            {name: said[name] for name in ("before", "status", "limit", "exposure", "available", "currency")},
            {"before": "ok", "status": "near", "limit": 1000.0, "exposure": 900.0, "available": 100.0,
             "currency": "USD"},
        )  # fmt: skip
        self.profile._refresh()
        self.assertEqual(len([told for told in self.told() if told[0].startswith("status")]), 1)
        limit = self.env["credit.limit"].with_user(self.analyst).create({"profile_id": self.profile.id, "amount": 5e3})
        limit.with_user(self.manager).action_grant()
        limits = {event: said for event, _customer, said in self.told() if event.startswith("limit")}
        self.assertEqual((limits["limit.granted"]["amount"], limits["limit.changed"]["limit"]), (5000.0, 5000.0))
        limit.with_user(self.manager).action_revoke()
        self.assertIn("limit.revoked", [event for event, _customer, _said in self.told()])

    def test_a_limit_that_ends(self):
        customer = self.env["res.partner"].create({"name": "Brief", "is_company": True})
        profile = self.control(customer)
        today = fields.Date.today()
        self.webhook(status=False)
        self.grant(profile, 10.0, date_end=today)
        self.env["credit.limit"].search([("profile_id", "=", profile.id)]).sudo().write(
            {"date_end": fields.Date.subtract(today, days=1)}
        )
        profile._refresh()
        self.assertEqual([event for event, _customer, _said in self.told()], ["limit.changed", "limit.expired"])
        self.assertNotIn("limit", self.told()[1][2])

    def test_holds(self):
        self.webhook(status=False, limit=False, alert=False)
        self.confirmed(100.0)
        first, second = self.order(5000.0), self.order(6000.0)
        (first | second).action_confirm()
        self.decision(first).with_user(self.manager)._release(None)
        self.decision(second).with_user(self.manager)._reject(None)
        self.assertEqual(
            [(event, said["document"]) for event, _customer, said in self.told()],
            [("hold.placed", first.name), ("hold.placed", second.name), ("hold.released", first.name),
             ("hold.rejected", second.name)],
        )  # fmt: skip
        self.assertEqual((self.told()[0][2]["rules"], self.told()[0][2]["asked"]), (["limit_usage"], 5000.0))

    def test_alerts_but_confidential_ones(self):
        self.webhook(status=False, limit=False, hold=False)
        self.confirmed(950.0)
        self.profile._refresh()
        self.profile._watch()
        usage = [(event, said["kind"]) for event, _customer, said in self.told()]
        self.assertIn(("alert.raised", "limit_usage"), usage)
        self.grant(self.profile, 99000.0, kind="replace", date_end="2099-01-01")
        self.profile._watch()
        self.assertIn(("alert.resolved", "limit_usage"), [(told[0], told[2]["kind"]) for told in self.told()])
        before = len(self.told())
        alert = self.env["credit.alert"].search([("profile_id", "=", self.profile.id)], limit=1)
        self.env.cr.execute("UPDATE credit_alert SET confidential = TRUE WHERE id = %s", [alert.id])
        alert.invalidate_recordset()
        alert._tell_webhooks("alert.raised")
        self.assertEqual(len(self.told()), before)

    def test_what_did_not_happen_is_not_told(self):
        self.webhook()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.order(5000.0).action_confirm()
            self.env.flush_all()
            raise ZeroDivisionError
        self.assertFalse(self.deliveries())

    # -- sending -------------------------------------------------------------------------------------

    def test_deliveries_are_signed(self):
        self.webhook()
        self.order(5000.0).action_confirm()
        self.send()
        delivery = self.deliveries()[0]
        headers, body = self.receiver.posts[0]
        self.assertEqual((delivery.state, delivery.attempts, delivery.answer), ("sent", 1, "200 OK"))
        self.assertEqual(headers["X-Credit-Delivery"], delivery.uuid)
        self.assertEqual(json.loads(body)["id"], delivery.uuid)
        self.assertEqual(json.loads(body)["version"], 1)
        stamp = headers["X-Credit-Timestamp"]
        self.assertLess(abs(int(stamp) - time.time()), 60)
        expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Credit-Signature"], f"sha256={expected}")
        self.assertNotIn(SECRET, str(self.receiver.posts))
        self.send(60)
        self.assertEqual(len(self.receiver.posts), len(self.deliveries()))

    def test_a_failing_receiver_is_tried_again_ever_later(self):
        webhook = self.webhook(status=False, limit=False, alert=False)
        self.receiver.answers = [500, "hang up", 302, 429]
        self.order(5000.0).action_confirm()
        delivery = self.deliveries()
        waits = []
        for attempt, answer in enumerate(("500", "Not reached", "302", "429"), 1):
            self.send(2**attempt)
            self.assertEqual((delivery.state, delivery.attempts), ("waiting", attempt))
            self.assertIn(answer, delivery.answer)
            waits.append(delivery.next_try)
            self.send(0)  # not before its time
            self.assertEqual(delivery.attempts, attempt)
        self.assertEqual(waits, sorted(waits))
        self.send(24 * 60)
        self.assertEqual((delivery.state, delivery.attempts), ("sent", 5))
        self.assertEqual(len({headers["X-Credit-Delivery"] for headers, _body in self.receiver.posts}), 1)
        self.assertFalse(webhook.activity_ids)

    def test_who_never_takes_it_is_given_up_and_somebody_is_told(self):
        webhook = self.webhook(status=False, limit=False, alert=False)
        self.receiver.answers = [400] * ATTEMPTS
        self.order(5000.0).action_confirm()
        for attempt in range(ATTEMPTS):
            self.send(24 * 60 * (attempt + 1))
        delivery = self.deliveries()
        self.assertEqual((delivery.state, delivery.attempts, webhook.failed_count), ("failed", ATTEMPTS, 1))
        self.assertEqual(webhook.activity_ids.user_id, self.admin)
        self.send(24 * 60 * 30)
        self.assertEqual(len(self.receiver.posts), ATTEMPTS)
        with self.assertRaises(AccessError):
            delivery.with_user(self.manager).action_resend()
        delivery.with_user(self.admin).action_resend()
        self.send()
        self.assertEqual((delivery.state, delivery.attempts), ("sent", 1))
        self.assertEqual(len({headers["X-Credit-Delivery"] for headers, _body in self.receiver.posts}), 1)

    def test_killed_between_sending_and_noting_it_down(self):
        self.webhook(status=False, limit=False, alert=False)
        self.order(5000.0).action_confirm()
        self.env.flush_all()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.send()
            raise ZeroDivisionError
        self.env.invalidate_all()
        self.assertEqual(self.deliveries().mapped("state"), ["waiting"])
        self.send()
        self.assertEqual(self.deliveries().mapped("state"), ["sent"])
        first, again = self.receiver.posts
        self.assertEqual(first[0]["X-Credit-Delivery"], again[0]["X-Credit-Delivery"])
        self.assertEqual(first[1], again[1])

    def test_events_of_a_customer_keep_their_order(self):
        self.webhook(status=False, limit=False, alert=False)
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        self.control(other, 10.0)
        names = []
        for partner in (self.customer, self.customer, other):
            order = self.order(5000.0, partner=partner)
            order.action_confirm()
            names.append(order.name)
        self.receiver.answers = [400]
        self.send()
        sent = [event["data"]["document"] for event in self.receiver.events()]
        self.assertEqual(sent, [names[0], names[2]])  # the second waits for the first
        self.send(5)
        sent = [event["data"]["document"] for event in self.receiver.events()]
        self.assertEqual(sent, [names[0], names[2], names[0], names[1]])

    def test_a_receiver_that_is_down_is_asked_once_a_run(self):
        self.webhook(status=False, limit=False, alert=False)
        well = self.webhook(name="Well", status=False, limit=False, alert=False, url=f"{self.receiver.url}/well")
        for number in range(4):
            partner = self.env["res.partner"].create({"name": f"P{number}", "is_company": True})
            self.control(partner, 10.0)
            self.order(5000.0, partner=partner).action_confirm()
        self.receiver.answers = [503]
        self.send()
        states = {(delivery.webhook_id == well, delivery.state, delivery.attempts) for delivery in self.deliveries()}
        self.assertEqual(states, {(True, "sent", 1), (False, "waiting", 1), (False, "waiting", 0)})

    def test_an_archived_one_waits(self):
        webhook = self.webhook(status=False, limit=False, alert=False)
        self.order(5000.0).action_confirm()
        webhook.active = False
        self.send()
        self.assertFalse(self.receiver.posts)
        webhook.active = True
        self.send()
        self.assertEqual(len(self.receiver.posts), 1)

    def test_the_log_is_cleaned(self):
        self.webhook(status=False, limit=False, alert=False)
        self.order(5000.0).action_confirm()
        self.order(5000.0).action_confirm()
        old = self.deliveries()
        old.date = "2020-01-01"
        old[0].state = "sent"
        self.env["credit.webhook.delivery"]._gc_deliveries()
        self.assertEqual(self.deliveries(), old[1])  # what still waits stays

    # -- where to ------------------------------------------------------------------------------------

    def test_only_public_addresses_over_https(self):
        for url in ("http://crm.example.com", "ftp://crm.example.com", "crm.example.com", "https://", "https://u@h/",
                    "javascript:alert(1)", "https://[bad/"):  # fmt: skip
            with self.subTest(url=url), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.webhook(url=url, internal=False)
        # whatever a name says, what counts is where the connection comes to
        for url in (f"https://127.0.0.1:{self.receiver.port}/", f"https://localhost:{self.receiver.port}/"):
            webhook = self.webhook(url=url, internal=False)
            delivery = self.env["credit.webhook.delivery"].browse(webhook.action_ping()["res_id"])
            self.assertEqual(delivery.state, "waiting")
            self.assertRegex(delivery.answer, "(127.0.0.1|::1).*inside a network|Not reached")
        self.assertFalse(self.receiver.posts)

    def test_ping(self):
        webhook = self.webhook()
        action = webhook.with_user(self.system).action_ping()
        delivery = self.env["credit.webhook.delivery"].browse(action["res_id"])
        self.assertEqual((delivery.state, delivery.event), ("sent", "ping"))
        [event] = self.receiver.events()
        self.assertEqual((event["event"], event["data"]), ("ping", {}))
        self.assertNotIn("customer", event)

    def test_administrators_only(self):
        webhook = self.webhook()
        webhook.action_ping()
        delivery = self.deliveries()
        for user in (self.outsider, self.salesperson, self.accountant, self.analyst, self.manager):
            for record in (webhook, delivery):
                with self.subTest(user=user.login, record=record._name):
                    with self.assertRaises(AccessError):
                        record.with_user(user).read(["webhook_id" if record == delivery else "secret"])
                    with self.assertRaises(AccessError):
                        record.with_user(user).unlink()
            for act in (webhook.action_ping, delivery.action_resend):
                with self.assertRaises(AccessError):
                    getattr(act.__self__.with_user(user), act.__name__)()
        with self.assertRaises(AccessError):
            delivery.with_user(self.admin).write({"body": "{}"})

    def test_what_reaches_far_is_for_system_administrators(self):
        mine = self.env["credit.webhook"].with_user(self.admin).create(
            {"name": "CRM", "url": "https://crm.example.com", "company_id": self.company.id}
        )  # fmt: skip
        self.assertGreaterEqual(len(mine.secret), 32)
        for values in ({"internal": True}, {"company_id": False}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                mine.write(values)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                mine.copy(values)
        mine.with_user(self.system).write({"internal": True})
        for values in ({"url": "http://10.0.0.1"}, {"internal": False, "url": "https://crm.example.com"}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                mine.write(values)
        other = self.env["res.company"].create({"name": "Other Ltd"})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            mine.copy({"company_id": other.id})
