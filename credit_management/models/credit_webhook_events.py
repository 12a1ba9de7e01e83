# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what webhooks are told of is a concept of its own
"""Where the events of webhooks come from.

What each says is described in ``docs/api.md``, and holds nothing that only analysts may see.
"""

from odoo import api, models
from odoo.tools import SQL

# what is told of a customer, by the names of credit.api.v1
TOLD = (
    "status", "limit", "limit_status", "limit_until", "exposure", "available", "overdue",
)  # fmt: skip


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    def _refresh(self):
        """Counting anew is what changes a customer's status, and which limit is in force."""
        webhooks = self.env["credit.webhook"]
        if not self or not webhooks._is_told("status", "limit"):
            return super()._refresh()
        before = self._told()
        result = super()._refresh()
        self._tell_of_changes(before, self._told())
        return result

    def _told(self):
        """What webhooks are told of these customers, as stored: ``{profile id: {name: value}}``."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id, status, CASE WHEN limit_status = 'valid' THEN limit_amount END::float8, limit_status,
                          limit_date_end, exposure::float8,
                          CASE WHEN limit_status = 'valid' THEN room END::float8, GREATEST(overdue, 0)::float8
                     FROM credit_profile WHERE id = ANY(%s)""",
                self.ids,
            )
        )
        return {profile_id: dict(zip(TOLD, row, strict=True)) for profile_id, *row in rows}

    def _tell_of_changes(self, before, after):
        webhooks = self.env["credit.webhook"]
        statuses, limits = [], []
        for profile in self.sudo():
            was, now = before.get(profile.id, {}), after[profile.id]
            until = now["limit_until"]
            said = {**now, "limit_until": until and until.isoformat(), "currency": profile.currency_id.name}
            party = (profile.company_id, profile.partner_id)
            if was.get("status") != now["status"]:
                statuses.append((*party, "status.changed", {**said, "before": was.get("status")}))
            if any(was.get(name) != now[name] for name in ("limit", "limit_status", "limit_until")):
                ended = now["limit_status"] == "expired" and was.get("limit_status") != "expired"
                limits.append((*party, "limit.expired" if ended else "limit.changed", said))
        webhooks._tell("status", statuses)
        webhooks._tell("limit", limits)


class CreditLimit(models.Model):
    _inherit = "credit.limit"

    def _decide(self, state):
        result = super()._decide(state)
        webhooks = self.env["credit.webhook"]
        if state in ("granted", "revoked") and webhooks._is_told("limit"):
            webhooks._tell("limit", [event for limit in self.sudo() for event in limit._events(state)])
        return result

    def _events(self, state):
        """An event for the customer, or for each of the group that shares it."""
        said = {
            "kind": self.kind,
            "joint": bool(self.group_id),
            "amount": None if self.unlimited else self.amount,
            "unlimited": self.unlimited,
            "currency": self.currency_id.name,
            "date_start": self.date_start.isoformat(),
            "date_end": self.date_end.isoformat() if self.date_end else None,
        }
        return [(profile.company_id, profile.partner_id, f"limit.{state}", said) for profile in self._profiles()]


class CreditDecision(models.Model):
    _inherit = "credit.decision"

    @api.model
    def _put_on_record(self, vals_list):
        decisions = super()._put_on_record(vals_list)
        if any(vals["state"] == "held" for vals in vals_list):
            decisions._tell_of("held", "hold.placed")
        return decisions

    def write(self, vals):
        result = super().write(vals)
        event = {"released": "hold.released", "rejected": "hold.rejected"}.get(vals.get("state"))
        if event:
            self._tell_of(vals["state"], event)
        return result

    def _tell_of(self, state, event):
        webhooks = self.env["credit.webhook"]
        if not webhooks._is_told("hold"):
            return
        webhooks._tell(
            "hold",
            [
                (decision.company_id, decision.partner_id, event, decision._said())
                for decision in self.sudo()
                if decision.state == state
            ],
        )

    def _said(self):
        return {
            "decision": self.id,
            "document": self.name,
            "document_model": self.res_model,
            "document_id": self.res_id,
            "asked": self.asked,
            "overage": self.overage,
            "currency": self.currency_id.name,
            "rules": self.kinds.split(", ") if self.kinds else [],
        }


class CreditAlert(models.Model):
    _inherit = "credit.alert"

    @api.model
    def _insert(self, raised):
        alerts = super()._insert(raised)
        alerts._tell_webhooks("alert.raised")
        return alerts

    @api.model
    def _wake(self, ids):
        alerts = super()._wake(ids)
        alerts._tell_webhooks("alert.raised")
        return alerts

    @api.model
    def _resolve(self, ids):
        result = super()._resolve(ids)
        self.browse(ids)._tell_webhooks("alert.resolved")
        return result

    def _tell_webhooks(self, event):
        webhooks = self.env["credit.webhook"]
        if not self or not webhooks._is_told("alert"):
            return
        webhooks._tell(
            "alert",
            [
                (alert.company_id, alert.partner_id, event, alert._said())
                for alert in self.sudo()
                if not alert.confidential
            ],
        )

    def _said(self):
        return {
            "alert": self.id,
            "kind": self.kind,
            "severity": self.severity,
            "times_raised": self.raised_count,
            "holds_orders": self.holds,
        }
