# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CreditAsk(models.TransientModel):
    """The dialog in which a salesperson asks for the release of a held order, or for headroom to raise one."""

    _name = "credit.ask"
    _description = "Ask for Release"

    decision_id = fields.Many2one("credit.decision", required=True, readonly=True)
    name = fields.Char(related="decision_id.name")
    currency_id = fields.Many2one(related="decision_id.currency_id")
    asked = fields.Monetary(related="decision_id.asked")
    overage = fields.Monetary(related="decision_id.overage")
    limit_helps = fields.Boolean(related="decision_id.limit_helps")
    explanation = fields.Html(related="decision_id.explanation")
    advice = fields.Html(related="decision_id.advice")
    note = fields.Text(
        "Why should it be released?", required=True, compute="_compute_note", store=True, readonly=False,
        precompute=True, help="For whoever decides.",
    )  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # what is shown of the decision is for those who may read it
        wizards.decision_id.check_access("read")
        return wizards

    @api.depends("decision_id")
    def _compute_note(self):
        """An increase that was refused is nowhere else to be read: what it was to be is said for the salesperson."""
        for wizard in self:
            decision = wizard.decision_id
            wizard.note = wizard.note or (decision.checkpoint == "amendment" and f"{decision._in_brief()} ")

    def action_ask_limit(self):
        """Ask for a limit that lets the document pass, rather than for its release."""
        self.ensure_one()
        return self.decision_id.action_ask_limit()

    def action_ask(self):
        """Put the request on the decision, and tell whoever decides."""
        self.ensure_one()
        # sudo: decisions are closed to everybody's writing; who may ask is checked here
        decision = self.decision_id.sudo()
        self.decision_id.check_access("read")
        if decision.state not in ("held", "ready", "refused"):
            raise UserError(self.env._("“%s” is not waiting for a decision any more.", decision.display_name))
        record = decision._record()
        if not record or not record.with_user(self.env.user).sudo(False)._credit_may_be_asked_for():
            raise AccessError(self.env._("Only those who may change “%s” can ask for its release.", decision.name))
        decision.write({"request_note": self.note, "requested_on": fields.Datetime.now(), "requested_by": self.env.uid})
        for user in decision._next_people():
            reader = record.with_context(lang=user.lang)
            # who stands in for somebody need not be one who may look at orders
            if reader._credit_may_be_read_by(user):
                reader.activity_schedule(
                    "credit_management.activity_release",
                    summary=reader.env._("Release asked for by %s", self.env.user.name),
                    note=record._credit_note(self.note),
                    user_id=user.id,
                )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Asked. You will be told when it is decided."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
