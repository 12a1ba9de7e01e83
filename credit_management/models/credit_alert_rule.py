# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; the alert rules of a policy are a concept of their own
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

from ..engine.alerts import ALERT_KINDS, AlertRule

SEVERITIES = [("info", "Info"), ("warning", "Warning"), ("critical", "Critical")]
OWNERS = [
    ("salesperson", "Salesperson of the customer"),
    ("responsible", "Responsible for the customer's credit"),
    ("manager", "Credit manager of the company"),
]
PARAMETERS = ("percent", "amount", "days", "points")


class Watched(NamedTuple):
    """An alert rule as the engine takes it, and what follows from an alert of it."""

    rule: AlertRule
    severity: str
    owner: str
    tell: str
    holds: bool


class CreditAlertRule(models.Model):
    """What the customers of a policy are watched for, and who is told of it how loudly."""

    _name = "credit.alert.rule"
    _inherit = ["credit.kept.mixin", "credit.policy.part"]
    _description = "Alert Rule"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="While it is off nobody is warned, and its alerts are resolved.")
    kind = fields.Selection(
        selection="_select_kind", string="Alert", required=True, default="limit_usage",
        help="What is watched for. The figures beside it depend on it.",
    )  # fmt: skip
    percent = fields.Float(digits=(16, 2), default=80.0, help="See the sentence beside it for what it is a part of.")
    amount = fields.Monetary(help="In the currency of the customer's company.")
    days = fields.Integer(default=30, help="How many days; what they mean is said by the kind of alert.")
    points = fields.Float(digits=(16, 1), default=1.0, help="Points, notches, or standard deviations.")
    margin = fields.Float(
        "Margin (%)",
        digits=(16, 1),
        default=5.0,
        help="How far, in percent of the bound, a figure has to come back for the alert to go: so that one which"
        " wavers around the bound alarms nobody twice.",
    )
    severity = fields.Selection(SEVERITIES, required=True, default="warning", help="How grave it is.")
    owner = fields.Selection(
        OWNERS,
        required=True,
        default="responsible",
        help="Whose alert it is. Where there is no such person, the responsible's, or the credit manager's.",
    )
    tell = fields.Selection(
        [
            ("digest", "In the list and the digest"),
            ("note", "With a note on the customer"),
            ("activity", "With an activity for the owner"),
        ],
        required=True,
        default="note",
        help="Notes on the customer are not written of what is for analysts only.",
    )
    holds = fields.Boolean(
        "Holds orders",
        help="While such an alert is open or acknowledged, the policy's rule “Open alert” stops further orders.",
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    description = fields.Char(
        "In words", compute="_compute_description",
        help="What the rule does, in a sentence made of its figures.",
    )  # fmt: skip
    uses_percent = fields.Boolean(compute="_compute_uses")
    uses_amount = fields.Boolean(compute="_compute_uses")
    uses_days = fields.Boolean(compute="_compute_uses")
    uses_points = fields.Boolean(compute="_compute_uses")

    _figures_positive = models.Constraint(
        "CHECK(percent >= 0 AND amount >= 0 AND days >= 0 AND points >= 0)",
        "The figures of an alert rule cannot be negative.",
    )
    _margin_range = models.Constraint(
        "CHECK(margin >= 0 AND margin < 100)", "The margin is at least 0 % and less than 100 %."
    )

    @api.model
    def _select_kind(self):
        return [(kind.code, self.env._(kind.label)) for kind in ALERT_KINDS.values()]

    @api.depends("kind")
    def _compute_uses(self):
        for rule in self:
            kind = ALERT_KINDS.get(rule.kind)
            for parameter in PARAMETERS:
                rule[f"uses_{parameter}"] = bool(kind and parameter in kind.parameters)

    @api.depends("kind", "policy_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._select_kind())
        for rule in self:
            rule.display_name = f"{rule.policy_id.name}: {labels.get(rule.kind, '')}"

    @api.constrains("kind", "owner")
    def _check_owner(self):
        for rule in self:
            if rule.owner == "salesperson" and ALERT_KINDS[rule.kind].confidential:
                raise ValidationError(
                    self.env._(
                        "What “%s” says is for analysts only: choose the responsible or the credit manager as owner.",
                        self.env._(ALERT_KINDS[rule.kind].label),
                    )
                )

    @api.constrains("kind", "days")
    def _check_days(self):
        for rule in self:
            if not rule.days and rule.kind in ("overdue_growing", "index_falling"):
                raise ValidationError(
                    self.env._(
                        "“%s” compares with the figures of some days ago: set the days.",
                        self.env._(ALERT_KINDS[rule.kind].label),
                    )
                )

    @api.depends("kind", "percent", "amount", "days", "points", "currency_id")
    @api.depends_context("lang")
    def _compute_description(self):
        for rule in self:
            rule.description = rule._sentence() if rule.kind else ""

    def _sentence(self):
        """When it alarms, in the reader's language."""
        self.ensure_one()
        amount = formatLang(self.env, self.amount, currency_obj=self.currency_id)
        known = {"percent": f"{self.percent:g}", "amount": amount, "days": self.days, "points": f"{self.points:g}"}
        sentences = {
            "limit_usage": lambda: self.env._("%(percent)s %% of the limit or more is used.", **known),
            "over_limit": lambda: self.env._("More is owed and ordered than the limit allows."),
            "limit_ending": lambda: self.env._("The limit ends within %(days)s days, or has ended.", **known),
            "forecast_breach": lambda: self.env._(
                "By the forecast the limit is reached within %(days)s days.", **known
            ),
            "guarantee_ending": lambda: self.env._("A guarantee ends within the days that it says itself."),
            "group_usage": lambda: self.env._("%(percent)s %% of the group's limit or more is used.", **known),
            "concentration": lambda: self.env._(
                "%(percent)s %% or more of what all customers owe and have ordered is this one's.", **known
            ),
            "overdue_days": lambda: self.env._(
                "An item has been due for more than %(days)s days, and more than %(amount)s is overdue.", **known
            ),
            "overdue_amount": lambda: self.env._("More than %(amount)s is overdue.", **known),
            "first_overdue": lambda: self.env._(
                "More than %(amount)s is overdue of a customer who never was late.", **known
            ),
            "overdue_growing": lambda: self.env._(
                "Overdue has grown within %(days)s days, by more than %(percent)s %% and more than %(amount)s.", **known
            ),
            "index_falling": lambda: self.env._(
                "The payment index has fallen by %(points)s points or more within %(days)s days.", **known
            ),
            "dso_drifting": lambda: self.env._(
                "Days outstanding are above their own mean of a year by more than %(points)s standard deviations, and"
                " more than %(days)s days.",
                **known,
            ),
            "grade_drop": lambda: self.env._(
                "The grade has dropped by %(points)s notches or more within %(days)s days.", **known
            ),
            "adverse_record": lambda: self.env._(
                "A record against the customer became known within %(days)s days.", **known
            ),
            "statement_old": lambda: self.env._("The latest statement is more than %(days)s days old.", **known),
            "review_due": lambda: self.env._("The next review is due within %(days)s days.", **known),
            "order_unusual": lambda: self.env._(
                "An order comes to %(percent)s %% or more of the customer's usual ones, and more than %(amount)s.",
                **known,
            ),
            "order_after_silence": lambda: self.env._(
                "An order is the first one since %(days)s days or more.", **known
            ),
        }
        return sentences[self.kind]() if self.kind in sentences else self.env._(ALERT_KINDS[self.kind].help)

    def _identity(self):
        return self.kind

    def _in_words(self):
        """When it alarms, how gravely, and who is told how; and whether it holds orders."""
        severity, owner, tell = (
            dict(self._fields[name]._description_selection(self.env))[self[name]]
            for name in ("severity", "owner", "tell")
        )
        words = self.env._(
            "%(sentence)s %(severity)s, %(owner)s; %(tell)s; margin %(margin)s %%.",
            sentence=self.description,
            severity=severity,
            owner=owner,
            tell=tell[:1].lower() + tell[1:],
            margin=f"{self.margin:g}",
        )
        return f"{words} {self.env._('It holds orders.')}" if self.holds else words

    def _watched(self):
        rule = AlertRule(self.kind, self.percent, self.amount, self.days, self.points, self.margin, self.id)
        return Watched(rule, self.severity, self.owner, self.tell, self.holds)


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    alert_rule_ids = fields.One2many(
        "credit.alert.rule", "policy_id", "Alert rules", copy=True, help="What this policy's customers are watched for."
    )

    @tools.ormcache("self.id")
    def _alert_rules(self):
        """The active alert rules as :class:`Watched`, kept in memory like the other rules."""
        self.ensure_one()
        return tuple(rule._watched() for rule in self.sudo().alert_rule_ids.filtered("active").sorted())
