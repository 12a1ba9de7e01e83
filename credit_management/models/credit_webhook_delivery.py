# Part of credit_management. License LGPL-3.0 or later.
"""The outbox of webhooks, and their log.

How it works: a row is what is to be posted, with an id that stays the same however often it is sent. The job takes one
row after the other, the oldest first, posts it, and commits what came of it before the next one; if it dies in between,
the row is still waiting and is sent again. A customer's events wait for those before them, so that they arrive in their
order; a receiver that doesn't answer is asked once a run, so that it doesn't keep others waiting.
"""

import hashlib
import hmac
import json
import time
import uuid
from datetime import timedelta

import requests

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.outbound import Forbidden, post
from ..tools.plain import without_nulls
from .credit_monitor import CLASHES

VERSION = 1
# so often a delivery is tried; the waits between double from a minute on, which makes some eight hours in all
ATTEMPTS = 10
# days that what is sent or given up is kept
KEEP = 30
CLEAN = 10000


class CreditWebhookDelivery(models.Model):
    _name = "credit.webhook.delivery"
    _description = "Delivery of a Webhook"
    _inherit = ["credit.action.mixin"]
    _order = "id desc"
    _rec_name = "event"
    _log_access = False

    webhook_id = fields.Many2one(
        "credit.webhook", required=True, readonly=True, index=True, ondelete="cascade", help="Whom it is sent to."
    )
    uuid = fields.Char("Id", required=True, readonly=True, help="Stays the same however often it is sent.")
    event = fields.Char(required=True, readonly=True, help="What happened, such as status.changed.")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null", ondelete="set null")
    date = fields.Datetime("Happened", required=True, readonly=True)
    body = fields.Text("Content", required=True, readonly=True, help="What is posted, as JSON.")
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Failed")],
        "Status",
        required=True,
        readonly=True,
        default="waiting",
        index=True,
        help="Failed: it was tried ten times, over some eight hours, and given up.",
    )
    attempts = fields.Integer(readonly=True, help="How often it was sent.", aggregator=None)
    next_try = fields.Datetime("Next attempt", readonly=True, help="When it is sent, or sent again, at the earliest.")
    sent_on = fields.Datetime("Sent", readonly=True, help="When the receiver took it.")
    answer = fields.Char("Last answer", readonly=True, help="What the receiver answered, or why it did not.")
    milliseconds = fields.Integer(readonly=True, aggregator="avg", help="How long the last attempt took.")

    _waiting_idx = models.Index("(webhook_id, partner_id, id) WHERE state = 'waiting'")

    @api.model
    def _write_down(self, events):
        """:param events: (webhook id, company, partner, event, plain values) of each"""
        now = fields.Datetime.now()
        rows = []
        for webhook_id, company, partner, event, values in events:
            key = str(uuid.uuid4())
            content = {
                "version": VERSION,
                "id": key,
                "event": event,
                "occurred_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "company": {"id": company.id, "name": company.sudo().name},
                "customer": self.env["credit.api.v1"]._named(partner) if partner else None,
                "data": values,
            }
            rows.append(
                {
                    "webhook_id": webhook_id,
                    "uuid": key,
                    "event": event,
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "date": now,
                    "next_try": now,
                    "body": json.dumps(without_nulls(content), ensure_ascii=False),
                }
            )
        return self.create(rows)

    # -- sending -------------------------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Send what is due, one after the other, until nothing is left or time is up."""
        cron = self.env["ir.cron"]
        due = Domain("state", "=", "waiting") & Domain("next_try", "<=", fields.Datetime.now())
        cron._commit_progress(remaining=self.search_count(due))
        unwell = set()
        while True:
            try:
                delivery = self._take(unwell)
                if not delivery:
                    break
                if not delivery._send():
                    unwell.add(delivery.webhook_id.id)
                self.env.flush_all()
            except CLASHES:
                # somebody has it sent again at this moment
                self.env.cr.rollback()
                continue
            if not cron._commit_progress(1):
                return
        cron._commit_progress(remaining=0)

    @api.model
    def _take(self, unwell):
        """The next delivery to send, locked; empty if there is none.

        :param unwell: ids of webhooks that are not to be asked
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT delivery.id
                     FROM credit_webhook_delivery delivery
                     JOIN credit_webhook webhook ON webhook.id = delivery.webhook_id AND webhook.active
                    WHERE delivery.state = 'waiting' AND delivery.next_try <= %s AND webhook.id <> ALL(%s)
                      AND NOT EXISTS (SELECT FROM credit_webhook_delivery earlier
                                       WHERE earlier.state = 'waiting' AND earlier.id < delivery.id
                                         AND earlier.webhook_id = delivery.webhook_id
                                         AND earlier.partner_id = delivery.partner_id)
                    ORDER BY delivery.id LIMIT 1 FOR UPDATE OF delivery SKIP LOCKED""",
                fields.Datetime.now(),
                list(unwell),
            )
        )
        return self.browse(row_id for (row_id,) in rows)

    def _send(self):
        """Post this once and note what came of it.

        :return: whether the receiver is well: it has answered, and not with an error of its own
        """
        self.ensure_one()
        webhook = self.webhook_id
        body = self.body.encode()
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "credit-management-webhook/1",
            "X-Credit-Delivery": self.uuid,
            "X-Credit-Event": self.event,
            "X-Credit-Timestamp": stamp,
            "X-Credit-Signature": f"sha256={signature(webhook.secret, stamp, body)}",
        }
        began = time.monotonic()
        taken = well = False
        try:
            response = post(webhook.url.strip(), body, headers, internal=webhook.internal)
            answer = f"{response.status_code} {response.reason or ''}".strip()
            taken = 200 <= response.status_code < 300
            well = response.status_code < 500 and response.status_code != 429
        except Forbidden as error:
            answer = self.env._("%s is an address inside a network, which this webhook may not call.", error)
        except requests.Timeout:
            answer = self.env._("No answer in time")
        except (requests.RequestException, OSError, ValueError) as error:
            answer = self.env._("Not reached: %s", _cause(error))
        self._note(taken, answer, int(1000 * (time.monotonic() - began)))
        return well

    def _note(self, taken, answer, milliseconds):
        now = fields.Datetime.now()
        attempts = self.attempts + 1
        values = {"attempts": attempts, "answer": answer, "milliseconds": milliseconds}
        if taken:
            values.update(state="sent", sent_on=now, next_try=False)
        elif attempts >= ATTEMPTS:
            values.update(state="failed", next_try=False)
        else:
            values["next_try"] = now + timedelta(minutes=2 ** (attempts - 1))
        self.write(values)
        if values.get("state") == "failed":
            self._tell_responsible()

    def _tell_responsible(self):
        """Tell whoever is responsible that it was given up: once, until he has seen to it."""
        webhook = self.webhook_id
        user = webhook.user_id
        if user and not webhook.activity_ids.filtered(lambda activity: activity.user_id == user):
            reader = webhook.with_context(lang=user.lang)
            webhook.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=reader.env._("Deliveries have failed"),
                note=reader.env._("The last answer was: %s", self.answer),
                user_id=user.id,
            )

    def action_resend(self):
        """Have these sent again, under their own ids."""
        self.webhook_id.check_access("write")
        # sudo: the log is the server's own; the right to have it sent was checked just now
        self.sudo().write({"state": "waiting", "attempts": 0, "next_try": fields.Datetime.now()})
        return True

    @api.autovacuum
    def _gc_deliveries(self):
        """Delete what was sent or given up long ago."""
        past = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP)
        old = self.search([("state", "!=", "waiting"), ("date", "<", past)], limit=CLEAN, order="id")
        old.unlink()
        return len(old), len(old) == CLEAN


def _cause(error):
    """What an error comes from in the end, in short."""
    while error.__context__ is not None:
        error = error.__context__
    return f"{type(error).__name__} {error}"[:200]


def signature(secret, stamp, body):
    """The signature of a delivery: HMAC-SHA256, in hexadecimal, over the time stamp, a dot, and the body.

    >>> signature("a secret of 16 letters", "1767225600", b"{}")[:16]
    'e8307c730e6e393c'
    """
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
