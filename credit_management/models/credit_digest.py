# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.fields import Domain

# so many alerts are written out in a mail; the list has the rest
WRITTEN_OUT = 20
EVERY = {"daily": 1, "weekly": 7}


class ResUsers(models.Model):
    """One mail about one's alerts, daily or weekly, in one's own language."""

    _inherit = "res.users"

    credit_digest = fields.Selection(
        [("daily", "Every day"), ("weekly", "Every week"), ("never", "Never")],
        "Mail about credit alerts",
        default="daily",
        required=True,
        help="One mail with the alerts that were raised since the last one and are yours to see to; none if there are"
        " none.",
        prefetch="credit",
    )
    credit_digest_at = fields.Datetime("Last mail about alerts", readonly=True, copy=False, prefetch="credit")

    @property
    def SELF_READABLE_FIELDS(self):  # noqa: N802 - Odoo's name
        return [*super().SELF_READABLE_FIELDS, "credit_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802 - Odoo's name
        return [*super().SELF_WRITEABLE_FIELDS, "credit_digest"]

    @api.model
    def _cron_credit_digest(self):
        """Write to everybody whose turn it is; each in a transaction of its own, so that nobody gets it twice."""
        users = self._due_for_credit_digest()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(users))
        for user in users:
            # another worker may be at it, or may have been in the meantime
            if user.try_lock_for_update() and user in self._due_for_credit_digest(user):
                user._send_credit_digest()
            if not cron._commit_progress(1):
                break

    @api.model
    def _due_for_credit_digest(self, users=None):
        """Those whose last mail is long enough ago, of the owners of alerts that are open."""
        today = fields.Date.today()
        turn = Domain.OR(
            Domain("credit_digest", "=", choice)
            & (
                Domain("credit_digest_at", "=", False)
                | Domain("credit_digest_at", "<", fields.Date.subtract(today, days=days - 1))
            )
            for choice, days in EVERY.items()
        )
        owners = self.env["credit.alert"]._read_group([("state", "=", "open"), ("user_id", "!=", False)], ["user_id"])
        found = self.search(turn & Domain("id", "in", [user.id for (user,) in owners]))
        return found & users if users is not None else found

    def _send_credit_digest(self):
        self.ensure_one()
        # who reads it sees what he may see, of all his companies, in his language
        reader = self.with_user(self).with_context(
            allowed_company_ids=self.company_ids.ids, lang=self.lang, tz=self.tz
        )
        alerts = reader.env["credit.alert"].search([("user_id", "=", self.id), ("state", "=", "open")])
        new = alerts.filtered(lambda alert: not alert.mailed)
        self.credit_digest_at = fields.Datetime.now()
        new.sudo().mailed = True
        if not new or not self.email:
            return
        labels = dict(reader.env["credit.alert"]._fields["severity"]._description_selection(reader.env))
        body = reader.env["ir.qweb"]._render(
            "credit_management.credit_digest",
            {
                "user": reader,
                "alerts": new[:WRITTEN_OUT],
                "more": len(new) - len(new[:WRITTEN_OUT]),
                "earlier": len(alerts - new),
                "labels": labels,
                "several": len(self.company_ids.root_id) > 1,
                "url": f"{self.get_base_url()}/odoo/credit-alerts",
            },
            lang=self.lang,
        )
        self.env["mail.mail"].create(
            {
                "subject": reader.env._("Credit alerts: %s new", len(new)),
                "body_html": body,
                "email_from": self.company_id.email_formatted or self.env.ref("base.partner_root").email_formatted,
                "recipient_ids": [fields.Command.link(self.partner_id.id)],
                "auto_delete": True,
            }
        )
