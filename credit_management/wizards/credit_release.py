# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CreditRelease(models.TransientModel):
    """The dialog in which a credit manager releases or rejects held orders, one or several."""

    _name = "credit.release"
    _description = "Release Held Orders"

    mode = fields.Selection([("release", "Release"), ("reject", "Reject")], required=True, default="release")
    decision_ids = fields.Many2many(
        "credit.decision", string="Held orders", required=True,
        help="They are released one by one, each by itself within your authority.",
    )  # fmt: skip
    count = fields.Integer(compute="_compute_decisions")
    problem = fields.Text("Stands against it", compute="_compute_decisions", help="Why you may not release these.")
    currency_id = fields.Many2one("res.currency", compute="_compute_decisions")
    reason_id = fields.Many2one(
        "credit.reason", required=True, domain="[('usage', 'in', (mode, 'both'))]",
        help="For the statistics on releases.",
    )  # fmt: skip
    note = fields.Text(help="Why, in your words. It stays with the decision.")
    until = fields.Date(
        "Valid until", compute="_compute_terms", store=True, readonly=False,
        help="A release that is not used by then lapses.",
    )  # fmt: skip
    amount = fields.Monetary(
        "Up to", compute="_compute_terms", store=True, readonly=False,
        help="What the order may ask for at most when it is confirmed. Only for a single order.",
    )  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        principals = self.env["credit.deputy"]._principals(self.env.user)
        if not any(user.has_group("credit_management.group_manager") for user in principals):
            raise AccessError(self.env._("Only credit managers, and who stands in for one, decide on held orders."))
        return super().create(vals_list)

    @api.depends("decision_ids", "mode", "amount")
    @api.depends_context("uid")
    def _compute_decisions(self):
        for wizard in self:
            decisions = wizard.decision_ids._origin
            wizard.count = len(decisions)
            wizard.currency_id = decisions[:1].currency_id
            principals = self.env["credit.deputy"]._principals(self.env.user)
            problems = (
                [decision._why_not_release(self.env.user, wizard._amount(), principals) for decision in decisions]
                if wizard.mode == "release"
                else []
            )
            wizard.problem = "\n".join(filter(None, problems))

    @api.depends("decision_ids")
    def _compute_terms(self):
        for wizard in self:
            decisions = wizard.decision_ids._origin
            days = max((decision.policy_id.sudo().release_days for decision in decisions), default=7)
            wizard.until = fields.Date.add(fields.Date.today(), days=days)
            wizard.amount = decisions.asked if len(decisions) == 1 else 0.0

    def _amount(self):
        return self.amount if len(self.decision_ids) == 1 and self.amount else None

    def action_apply(self):
        """Release or reject: all of them or, if one may not be, none."""
        self.ensure_one()
        if not self.decision_ids:
            raise UserError(self.env._("Choose the held orders first."))
        decisions = self.decision_ids.with_env(self.env)
        if self.mode == "release":
            decisions._release(self.reason_id, self.note, self.until, self._amount())
        else:
            decisions._reject(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}
