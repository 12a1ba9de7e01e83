# Part of credit_management. License LGPL-3.0 or later.
import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

# what a webhook may be told of: the fields that say so
TOPICS = ("status", "limit", "hold", "alert")


class CreditWebhook(models.Model):
    """An address of another system that is told what happens to customers' credit.

    What happens is written down as a delivery in the very transaction in which it happens, so that nothing is told that
    did not happen, and nothing is forgotten; a job sends it. Without webhooks nothing is written.
    """

    _name = "credit.webhook"
    _description = "Credit Webhook"
    _inherit = ["credit.kept.mixin", "credit.action.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True, help="Which system it tells.")
    active = fields.Boolean(default=True, tracking=True, help="What waits for an archived one waits until it is back.")
    url = fields.Char(
        "Address",
        required=True,
        tracking=True,
        help="Where events are posted to: an address that begins with https://.",
    )
    internal = fields.Boolean(
        "Inside our network",
        tracking=True,
        help="Let the address be one of your own network, and plain http. Only system administrators decide on that:"
        " whoever enters such an address makes this server call it.",
    )
    secret = fields.Char(
        default=lambda self: secrets.token_urlsafe(32),
        required=True,
        copy=False,
        help="With it each delivery is signed. Give it to the receiving system, and to nobody else.",
    )
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
        tracking=True,
        help="Whose customers it is about. Only system administrators leave it empty, for all companies.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Who is told when a delivery has failed for good.",
    )
    status = fields.Boolean("Status of customers", default=True, help="A customer's status has changed.")
    limit = fields.Boolean("Limits", default=True, help="A limit was granted or revoked, or another one is in force.")
    hold = fields.Boolean("Held orders", default=True, help="An order was put on hold, released or rejected.")
    alert = fields.Boolean(
        "Alerts", default=True, help="An alert was raised or resolved; never those that only analysts may see."
    )
    delivery_ids = fields.One2many("credit.webhook.delivery", "webhook_id", "Deliveries")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts", help="Deliveries that are still to be sent.")
    failed_count = fields.Integer("Failed", compute="_compute_counts", help="Deliveries that were given up.")

    @api.depends("delivery_ids.state")
    def _compute_counts(self):
        counts = {
            (webhook.id, state): count
            for webhook, state, count in self.env["credit.webhook.delivery"]._read_group(
                [("webhook_id", "in", self.ids)], ["webhook_id", "state"], ["__count"]
            )
        }
        for webhook in self:
            webhook.waiting_count = counts.get((webhook.id, "waiting"), 0)
            webhook.failed_count = counts.get((webhook.id, "failed"), 0)

    @api.constrains("url", "internal")
    def _check_url(self):
        for webhook in self:
            try:
                parts = urlsplit(webhook.url.strip())
                host, _port = parts.hostname, parts.port
            except ValueError:
                host = None
            schemes = ("https", "http") if webhook.internal else ("https",)
            if not host or parts.username or parts.scheme not in schemes:
                raise ValidationError(
                    self.env._(
                        "“%s” is no address to post to: it has to begin with https:// and name a host.", webhook.url
                    )
                )

    @api.constrains("secret")
    def _check_secret(self):
        for webhook in self:
            if len(webhook.secret) < 16:
                raise ValidationError(self.env._("A secret has at least 16 characters."))

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        webhooks._far_reaching()._check_system()
        return webhooks

    def write(self, vals):
        before = self._far_reaching()
        result = super().write(vals)
        if {"url", "secret", "internal", "company_id"} & set(vals):
            (before | self._far_reaching())._check_system()
        return result

    def _far_reaching(self):
        """Those of them that reach where a credit administrator has no say."""
        return self.filtered(lambda webhook: webhook.internal or not webhook.company_id)

    def _check_system(self):
        if self and not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._(
                    "Only system administrators decide on webhooks that are told of all companies, or lead inside the"
                    " own network."
                )
            )

    # -- events --------------------------------------------------------------------------------------

    @tools.ormcache()
    def _listening(self):
        """The webhooks that are told of each topic: ``{topic: ((webhook id, company id or False), …)}``. Asked at
        every event, and kept in memory."""
        # sudo: events happen whoever brings them about
        webhooks = self.sudo().search([("active", "=", True)])
        return {topic: tuple((each.id, each.company_id.id) for each in webhooks if each[topic]) for topic in TOPICS}

    @api.model
    def _is_told(self, *topics):
        """Whether anybody is told of one of these topics."""
        listening = self._listening()
        return any(listening[topic] for topic in topics)

    @api.model
    def _tell(self, topic, events):
        """Write down events for all webhooks that are told of them.

        :param events: (company, partner, name of the event, plain values) of each
        """
        listening = self._listening()[topic]
        # sudo: the log is the server's own
        deliveries = self.env["credit.webhook.delivery"].sudo()
        deliveries._write_down(
            (webhook_id, company, partner, event, values)
            for company, partner, event, values in events
            for webhook_id, only in listening
            if not only or only == company.id
        )

    def action_ping(self):
        """Send a ping at once, and say what came of it."""
        self.ensure_one()
        self.check_access("write")
        deliveries = self.env["credit.webhook.delivery"].sudo()
        company = self.company_id or self.env.company.root_id
        delivery = deliveries._write_down([(self.id, company, self.env["res.partner"], "ping", {})])
        delivery._send()
        return delivery._action_form()

    def action_view_deliveries(self):
        return self._action_related(
            "credit.webhook.delivery", self.env._("Deliveries"), "list,kanban,form", "webhook_id"
        )
