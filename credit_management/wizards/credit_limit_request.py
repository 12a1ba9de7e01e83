# Part of credit_management. License LGPL-3.0 or later.
import ast

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import float_round

from ..models.credit_limit import WAITING


class CreditLimitRequest(models.TransientModel):
    """Ask for limits: for one customer, from a held order, or for many customers at once, previewed first."""

    _name = "credit.limit.request"
    _description = "Ask for Limits"

    scope = fields.Selection(
        [("selection", "The customers selected"), ("filter", "All customers that a filter finds")],
        "For",
        required=True,
        default="selection",
        help="Of the customers that you may see.",
    )
    profile_ids = fields.Many2many("credit.profile", string="Customers", help="Who is to get the limit.")
    domain = fields.Char("Filter", default="[]", help="Which credit profiles are meant.")
    decision_id = fields.Many2one(
        "credit.decision", "For the held order", readonly=True,
        help="The held order that the limit is asked for.",
    )  # fmt: skip
    assessment_id = fields.Many2one(
        "credit.assessment", "By the assessment", readonly=True, groups="credit_management.group_analyst",
        help="The assessment whose recommended limit is asked for.",
    )
    application_id = fields.Many2one(
        "credit.application", "By the application", readonly=True, groups="credit_management.group_analyst"
    )
    mode = fields.Selection("_selection_mode", "New limit", required=True, default="amount", help="How much.")
    amount = fields.Float(
        digits=(16, 2), compute="_compute_amount", compute_sudo=False, store=True, readonly=False,
        help="In the currency of each customer's company. 0 means no credit.",
    )  # fmt: skip
    percent = fields.Float("By (%)", default=10.0, help="Of the standard limit in force; below 0 to lower it.")
    kind = fields.Selection(
        lambda self: self.env["credit.limit"]._fields["kind"]._description_selection(self.env),
        required=True,
        default="standard",
        help="A temporary limit needs a last day; after it the standard one holds again.",
    )
    date_start = fields.Date("Valid from", required=True, default=fields.Date.today, help="The first day.")
    date_end = fields.Date("Valid until", help="The last day; leave empty for no end.")
    note = fields.Text("Reason", help="Why, for those who decide.")
    # the preview shows what its user may see, and finds the customers that he may find
    single = fields.Boolean(compute="_compute_line_ids", compute_sudo=False, store=True)
    line_ids = fields.One2many(
        "credit.limit.request.line", "request_id", "Preview",
        compute="_compute_line_ids", compute_sudo=False, store=True, readonly=False,
    )  # fmt: skip

    @api.model
    def _selection_mode(self):
        modes = [("amount", self.env._("Set to an amount")), ("percent", self.env._("Raise or lower"))]
        # what is recommended is for analysts to know
        if self.env.user.has_group("credit_management.group_analyst"):
            modes.append(("recommended", self.env._("Set to what is recommended")))
        return modes

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "profile_ids" in fields_list and self.env.context.get("active_model") == "credit.profile":
            values["profile_ids"] = [fields.Command.set(self.env.context.get("active_ids", []))]
        if "mode" in fields_list and len(self._chosen_in(self.env.context)) > 1:
            # one amount for many customers is hardly ever meant
            values["mode"] = "percent"
        return values

    @api.model
    def _chosen_in(self, context):
        """The customers that a list or a button opened the dialog for."""
        if context.get("active_model") == "credit.profile":
            return context.get("active_ids", [])
        return context.get("default_profile_ids", [])

    @api.depends("profile_ids", "decision_id", "assessment_id")
    def _compute_amount(self):
        """For a single customer what is needed: by the held order, by what is recommended, by what he owes and has
        waiting."""
        for request in self:
            profiles = request.profile_ids._origin
            request.amount = request._proposal(profiles) if len(profiles) == 1 else 0.0

    def _proposal(self, profile):
        profile.check_access("read")
        if self.decision_id:
            self.decision_id.check_access("read")
            # sudo: who may read the decision may know what it takes
            return self.decision_id.sudo()._needed_limit()
        if self.env.user.has_group("credit_management.group_analyst"):
            if self.assessment_id:
                self.assessment_id.check_access("read")
                return self.assessment_id.recommended_limit
            if profile.limit_recommended:
                return profile.recommended_limit
        return profile.sudo()._needed_limit()

    def _profiles(self):
        self.ensure_one()
        if self.scope == "selection":
            self.profile_ids._origin.check_access("read")
            return self.profile_ids._origin
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            return self.env["credit.profile"].search(domain)
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter cannot be read: %s", error)) from error

    @api.depends("scope", "profile_ids", "domain", "mode", "amount", "percent", "kind", "date_start")
    def _compute_line_ids(self):
        for request in self:
            profiles = request._profiles()
            request.single = request.scope == "selection" and len(profiles) <= 1
            day = request.date_start or fields.Date.today()
            in_force = self.env["credit.limit"].sudo()._in_force(day, profiles) if profiles else {}
            asked = {
                profile.id
                for (profile,) in self.env["credit.limit"]
                .sudo()
                ._read_group(
                    [
                        ("profile_id", "in", profiles.ids),
                        ("state", "in", WAITING),
                        ("kind", "=", request.kind),
                    ],
                    ["profile_id"],
                )
            }
            request.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(request._line(profile, in_force[profile.id], profile.id in asked))
                    for profile in profiles
                ),
            ]

    def _line(self, profile, limit, asked):
        """The preview of one customer."""
        amount, problem = self._new_amount(profile, limit)
        if asked:
            problem = self.env._("Asked for already.")
        return {
            "profile_id": profile.id,
            "current": limit.amount if limit.status == "valid" else 0.0,
            "current_status": limit.status,
            "amount": amount or 0.0,
            "problem": problem,
        }

    def _new_amount(self, profile, limit):
        """(the limit to ask for, or ``None``; why not)"""
        if self.mode == "amount":
            return self.amount, False
        if self.mode == "recommended":
            if not self.env.user.has_group("credit_management.group_analyst"):
                raise AccessError(self.env._("What is recommended for a customer is for credit analysts to know."))
            if not profile.limit_recommended:
                return None, self.env._("Nothing is recommended.")
            return profile.recommended_limit, False
        if limit.status != "valid":
            return None, self.env._("No limit in force that could be raised.")
        step = profile.currency_id.rounding
        return float_round(limit.amount * (1.0 + self.percent / 100.0), precision_rounding=step), False

    def action_ask(self):
        """Ask for the limits of the preview, without the exceptions.

        :raises AccessError: the customers are not the user's to ask for
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: not line.excluded and not line.problem)
        if not lines:
            problems = self.line_ids.filtered("problem")[:1].problem
            raise UserError(self.env._("There is nothing to ask for. %s", problems or "").strip())
        self._check_asker(lines.profile_id)
        if self.percent < -100 and self.mode == "percent":
            raise UserError(self.env._("A limit cannot be lowered by more than 100 %."))
        # sudo: there is one only where an analyst has set it
        assessment = self.sudo().assessment_id.filtered(lambda assessment: assessment.profile_id == lines.profile_id)
        application = self.sudo().application_id.filtered(
            lambda application: application.is_open and application.profile_id == lines.profile_id
        )
        origin = (
            "order" if self.decision_id
            else "application" if application
            else "assessment" if assessment
            else "many" if len(lines) > 1
            else "manual"
        )  # fmt: skip
        # sudo: who may ask was checked just now; asking grants nothing
        limits = (
            self.env["credit.limit"]
            .sudo()
            .create(
                [
                    {
                        "profile_id": line.profile_id.id,
                        "amount": line.amount,
                        "kind": self.kind,
                        "date_start": self.date_start,
                        "date_end": self.date_end,
                        "note": self.note,
                        "origin": origin,
                        "decision_id": self.decision_id.id,
                        "assessment_id": assessment.id,
                        "application_id": application.id,
                        "unlimited": False,
                        "requested_by": self.env.uid,
                    }
                    for line in lines
                ]
            )
            .sudo(False)
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Asked for"),
            "res_model": "credit.limit",
            "view_mode": "list,form" if len(limits) > 1 else "form",
            "views": [(False, "list"), (False, "form")] if len(limits) > 1 else [(False, "form")],
            "res_id": limits.id if len(limits) == 1 else False,
            "domain": [("id", "in", limits.ids)],
        }

    def _check_asker(self, profiles):
        """Analysts ask for anybody; others for their own customers, and for the orders they may change."""
        profiles.check_access("read")
        user = self.env.user
        if user.has_group("credit_management.group_analyst"):
            return
        if self.decision_id:
            self.decision_id.check_access("read")
            record = self.decision_id.sudo()._record()
            if (
                record
                and profiles == self.decision_id.sudo().profile_id
                and record.with_user(user).sudo(False).has_access("write")
            ):
                return
        elif user.has_group("sales_team.group_sale_salesman"):
            everybody = user.has_group("sales_team.group_sale_salesman_all_leads")
            if everybody or all(profile.sudo().salesperson_id == user for profile in profiles):
                return
        raise AccessError(
            self.env._(
                "You can ask for limits of your own customers only. Ask their salesperson, or a credit analyst."
            )
        )


class CreditLimitRequestLine(models.TransientModel):
    _name = "credit.limit.request.line"
    _description = "Preview of a Limit Asked for"

    request_id = fields.Many2one("credit.limit.request", required=True, ondelete="cascade", index=True)
    profile_id = fields.Many2one(
        "credit.profile", "Customer", required=True, readonly=True, ondelete="cascade",
        help="For whom a limit is asked for.",
    )  # fmt: skip
    currency_id = fields.Many2one(related="profile_id.currency_id")
    current = fields.Monetary("Limit then", readonly=True, help="What is in force on the first day.")
    current_status = fields.Selection(
        [("valid", "Valid"), ("unlimited", "Unlimited"), ("expired", "Expired"), ("none", "None")], readonly=True
    )
    amount = fields.Monetary("New limit", help="What is asked for.")
    excluded = fields.Boolean("Leave out", help="Not to be asked for.")
    problem = fields.Char("Left out because", readonly=True, help="Why nothing can be asked for this customer.")
