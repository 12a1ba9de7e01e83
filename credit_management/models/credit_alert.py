# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, formatLang

from ..engine.alerts import ALERT_KINDS
from .credit_alert_rule import SEVERITIES

STATES = [("open", "Open"), ("acknowledged", "Acknowledged"), ("snoozed", "Snoozed"), ("resolved", "Resolved")]
# an alert in one of these states holds orders, where its rule says so
HOLDING = ("open", "acknowledged")
# what a cause like "order:17" names
CAUSES = {
    "order": "sale.order",
    "record": "credit.record",
    "guarantee": "credit.guarantee",
    "group": "credit.group",
}
# what people change; all the rest is found, or done by buttons
ENTERED = {"user_id", "activity_ids", "message_follower_ids", "message_ids", "message_main_attachment_id"}


class CreditAlert(models.Model):
    """An early warning: what was found about a customer, who sees to it, and what became of it.

    There is one for each cause at a time. It is raised by :meth:`credit.profile._watch`, which also raises it again
    when it gets worse and resolves it when its cause is gone; people acknowledge it, or have it rest until a day.
    """

    _name = "credit.alert"
    _description = "Credit Alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "gravity desc, raised_on desc, id desc"
    _mail_post_access = "read"

    profile_id = fields.Many2one(
        "credit.profile", "Credit profile", required=True, readonly=True, ondelete="cascade",
        help="The customer that it is about.",
    )  # fmt: skip
    partner_id = fields.Many2one(related="profile_id.partner_id")
    salesperson_id = fields.Many2one(related="profile_id.salesperson_id")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    rule_id = fields.Many2one(
        "credit.alert.rule", readonly=True, index="btree_not_null", ondelete="set null",
        help="The alert rule of the policy that raised it.",
    )  # fmt: skip
    kind = fields.Selection(
        selection="_select_kind", string="Alert", readonly=True, required=True, index=True,
        help="What is watched for.",
    )  # fmt: skip
    severity = fields.Selection(SEVERITIES, readonly=True, required=True, help="By the rule.")
    gravity = fields.Integer(readonly=True, help="The severity as a number, the gravest being the highest.")
    confidential = fields.Boolean(readonly=True, help="For analysts only.")
    holds = fields.Boolean("Holds orders", readonly=True, help="It stops further orders, where the policy says so.")
    cause = fields.Char(readonly=True, required=True, help="What it is about, within its rule.")
    user_id = fields.Many2one(
        "res.users", "Owner", index=True, tracking=True, domain=[("share", "=", False)], help="Who sees to it."
    )
    state = fields.Selection(
        STATES, "Status", readonly=True, required=True, default="open", index=True, tracking=True,
        help="Acknowledged: somebody sees to it; it is told again only if it gets worse. Snoozed: it rests until a day."
        " Resolved: its cause is gone.",
    )  # fmt: skip
    # found
    unit = fields.Char(readonly=True)
    measured = fields.Float(
        "Value measured", readonly=True, aggregator=None, help="What was found when it was last looked at."
    )
    threshold = fields.Float(readonly=True, aggregator=None, help="From where on it is an alert.")
    before = fields.Float(readonly=True, aggregator=None, help="What it was before, or is usually.")
    about = fields.Char(readonly=True, help="The name of what it is about.")
    date_about = fields.Date("Date", readonly=True, help="The day that it is about.")
    # its life
    raised_on = fields.Datetime("Raised on", readonly=True, help="When its cause was found for the first time.")
    last_raised = fields.Datetime("Last raised", readonly=True, help="When it was last told of.")
    raised_count = fields.Integer(
        "Times raised", readonly=True, default=1, aggregator=None,
        help="How often the same cause came up, went and came up again.",
    )  # fmt: skip
    told = fields.Float(readonly=True, aggregator=None, help="What was measured when people last heard of it.")
    # a mark and no time: what is committed after a mail was put together is in the next one
    mailed = fields.Boolean(readonly=True, help="Its owner has had a mail about it.")
    acknowledged_by = fields.Many2one("res.users", readonly=True, help="Who has seen it and takes care of it.")
    acknowledged_on = fields.Datetime(readonly=True, help="When somebody said that he takes care of it.")
    snoozed_until = fields.Date(readonly=True, help="On this day it comes back, if its cause is still there.")
    snoozed_by = fields.Many2one("res.users", readonly=True, help="Who put it aside.")
    resolved_on = fields.Datetime("Resolved", readonly=True, help="When its cause had gone, or somebody said so.")
    # in the reader's language
    summary = fields.Char(
        "What it is", compute="_compute_summary",
        help="What was found, with the figures of when it was last looked at.",
    )  # fmt: skip
    age_days = fields.Integer("Days open", compute="_compute_age_days")

    _one_standing = models.UniqueIndex(
        "(profile_id, rule_id, cause) WHERE state <> 'resolved'", "There is an open alert of this cause already."
    )
    _standing = models.Index("(profile_id) WHERE state <> 'resolved'")
    _owner_standing = models.Index("(user_id, gravity) WHERE state <> 'resolved'")

    @api.model
    def _select_kind(self):
        return [(kind.code, self.env._(kind.label)) for kind in ALERT_KINDS.values()]

    @api.depends("profile_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._select_kind())
        for alert in self:
            alert.display_name = f"{alert.partner_id.name}: {labels.get(alert.kind, alert.kind)}"

    @api.depends("raised_on", "resolved_on")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for alert in self:
            alert.age_days = ((alert.resolved_on or now) - (alert.raised_on or now)).days

    @api.depends("kind", "measured", "threshold", "before", "about", "date_about")
    @api.depends_context("lang")
    def _compute_summary(self):
        for alert in self:
            alert.summary = alert._sentence()

    def _sentence(self):
        """What was found, in the reader's language."""
        self.ensure_one()

        def money(amount):
            return formatLang(self.env, amount, currency_obj=self.currency_id)

        def number(value, digits=0):
            return formatLang(self.env, value, digits=digits)

        day = format_date(self.env, self.date_about) if self.date_about else ""
        days = int(self.measured)
        sentences = {
            "limit_usage": lambda: self.env._("%s %% of the limit is used.", number(self.measured)),
            "over_limit": lambda: self.env._("The limit is exceeded by %s.", money(self.measured)),
            "limit_ending": lambda: (
                self.env._("The limit ends on %(date)s, in %(days)s days.", date=day, days=days)
                if days >= 0
                else self.env._("The limit ended on %s, and there is no new one.", day)
            ),
            "forecast_breach": lambda: (
                self.env._("By the forecast the limit is nearly reached.")
                if not day
                else self.env._(
                    "By the forecast the limit is reached around %(date)s, in %(days)s days.", date=day, days=days
                )
                if days > 0
                else self.env._("The limit is reached, as was forecast.")
            ),
            "guarantee_ending": lambda: self.env._(
                "The guarantee “%(name)s” ends on %(date)s: have it renewed.", name=self.about, date=day
            ),
            "group_usage": lambda: self.env._(
                "The group “%(group)s” uses %(share)s %% of its joint limit.",
                group=self.about,
                share=number(self.measured),
            ),
            "concentration": lambda: self.env._(
                "%s %% of what all customers owe and have ordered is this one's.", number(self.measured, 1)
            ),
            "overdue_days": lambda: self.env._("The oldest item has been due for %s days.", days),
            "overdue_amount": lambda: self.env._("%s is overdue.", money(self.measured)),
            "first_overdue": lambda: self.env._(
                "%s is overdue, and the customer never was late before.", money(self.measured)
            ),
            "overdue_growing": lambda: self.env._(
                "Overdue has grown by %(growth)s, from %(before)s.",
                growth=money(self.measured),
                before=money(self.before),
            ),
            "index_falling": lambda: self.env._(
                "The payment index has fallen from %(before)s by %(fall)s points.",
                before=number(self.before),
                fall=number(self.measured, 1),
            ),
            "dso_drifting": lambda: self.env._(
                "Days outstanding are %(days)s above the customer's own mean of %(mean)s.",
                days=number(self.measured, 1),
                mean=number(self.before, 1),
            ),
            "grade_drop": lambda: self.env._(
                "The grade has dropped on %(date)s: %(grades)s.", date=day, grades=self.about
            ),
            "adverse_record": lambda: self.env._("%(record)s; known since %(date)s.", record=self.about, date=day),
            "statement_old": lambda: self.env._(
                "The latest statement is of %(date)s, %(days)s days ago.", date=day, days=days
            ),
            "review_due": lambda: self.env._("The customer is to be reviewed by %s.", day),
            "order_unusual": lambda: self.env._(
                "The order %(order)s has %(share)s %% of the usual size, which is %(usual)s.",
                order=self.about,
                share=number(self.measured),
                usual=money(self.before),
            ),
            "order_after_silence": lambda: self.env._(
                "The order %(order)s is the first one since %(days)s days.", order=self.about, days=days
            ),
        }
        return sentences[self.kind]() if self.kind in sentences else self.env._(ALERT_KINDS[self.kind].help)

    # -- what people do ------------------------------------------------------------------------------

    def write(self, vals):
        if not self.env.su and set(vals) - ENTERED:
            raise AccessError(self.env._("What an alert says is found, not entered. Use its buttons."))
        if "user_id" in vals:
            # sudo: news for whoever it is given to
            super(CreditAlert, self.sudo()).write({"mailed": False})
        return super().write(vals)

    def action_acknowledge(self):
        """Say that one sees to it; it is told again only if it gets worse.

        :raises AccessError: neither its owner nor an analyst
        """
        self._check_mine()
        # sudo: the state is closed to everybody's writing; the right to change it was checked just now
        for alert in self.sudo():
            alert.write(
                {
                    "state": "acknowledged",
                    "acknowledged_by": self.env.uid,
                    "acknowledged_on": fields.Datetime.now(),
                    "told": alert.measured,
                    "snoozed_until": False,
                    "snoozed_by": False,
                }
            )
        self.sudo().activity_ids.action_feedback()
        self._holds_changed()
        return True

    def action_reopen(self):
        """Take back that it was acknowledged or snoozed."""
        self._check_mine()
        # sudo: as above
        self.sudo().write(
            {"state": "open", "snoozed_until": False, "snoozed_by": False, "acknowledged_by": False,
             "acknowledged_on": False}
        )  # fmt: skip
        self._holds_changed()
        return True

    def _snooze(self, until):
        """Let these rest until a day: then they are told again, if their cause is still there.

        :raises AccessError: neither its owner nor an analyst; only managers, where it holds orders
        """
        self._check_mine()
        if until <= fields.Date.today():
            raise UserError(self.env._("An alert rests until a day that is to come: choose a later one."))
        if any(alert.holds for alert in self) and not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("This alert holds orders: only credit managers let it rest."))
        # sudo: as above
        self.sudo().write({"state": "snoozed", "snoozed_until": until, "snoozed_by": self.env.uid})
        self.sudo().activity_ids.action_feedback()
        self._holds_changed()

    def action_snooze(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Let it rest"),
            "res_model": "credit.snooze",
            "view_mode": "form",
            "target": "new",
            "context": {"default_alert_ids": self.ids},
        }

    def _check_mine(self):
        self.check_access("read")
        analyst = self.env.user.has_group("credit_management.group_analyst")
        for alert in self:
            if not analyst and alert.user_id != self.env.user:
                raise AccessError(
                    self.env._("“%s” is somebody else's to see to. Ask for it to be given to you.", alert.display_name)
                )
            if alert.state == "resolved":
                raise UserError(self.env._("“%s” is resolved: its cause is gone.", alert.display_name))

    def _holds_changed(self):
        if any(alert.holds for alert in self):
            self.env.flush_all()
            # sudo: columns that the server keeps
            self.sudo().profile_id._refresh_alerts()

    def action_view_profile(self):
        self.ensure_one()
        return self.profile_id._action_form()

    def action_view_cause(self):
        """Open what it is about: the order, the record, the guarantee, the group; else the customer."""
        self.ensure_one()
        prefix, _sep, number = self.cause.partition(":")
        model = CAUSES.get(prefix)
        record = self.env[model].browse(int(number)).exists() if model else None
        if not record:
            return self.action_view_profile()
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record.id,
            "view_mode": "form",
            **({"views": [(record._credit_view_id(), "form")]} if model == "sale.order" else {}),
        }
