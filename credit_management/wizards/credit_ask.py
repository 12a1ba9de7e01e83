# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class CreditAsk(models.TransientModel):
    """The dialog in which a salesperson asks for the release of a held order, or for headroom to raise one."""

    _name = "credit.ask"
    _description = "Ask for Release"

    decision_id = fields.Many2one("credit.decision", required=True, readonly=True)
    explanation = fields.Html(related="decision_id.explanation")
    advice = fields.Html(related="decision_id.advice")
    note = fields.Text("Why should it be released?", required=True)

    def action_ask(self):
        """Put the request on the decision, and tell whoever decides."""
        self.ensure_one()
        # sudo: decisions are closed to everybody's writing; who may ask is checked here
        decision = self.decision_id.sudo()
        self.decision_id.check_access("read")
        if decision.state not in ("held", "ready", "refused"):
            raise UserError(self.env._("“%s” is not waiting for a decision any more.", decision.display_name))
        record = decision._record()
        if not record or not record.with_user(self.env.user).sudo(False).has_access("write"):
            raise AccessError(self.env._("Only those who may change “%s” can ask for its release.", decision.name))
        decision.write({"request_note": self.note, "requested_on": fields.Datetime.now(), "requested_by": self.env.uid})
        if decision.owner_id:
            record.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Release asked for by %s", self.env.user.name),
                note=self.note,
                user_id=decision.owner_id.id,
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
