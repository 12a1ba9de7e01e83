# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class CreditSnooze(models.TransientModel):
    """Let alerts rest until a day."""

    _name = "credit.snooze"
    _description = "Let Alerts Rest"

    alert_ids = fields.Many2many("credit.alert", required=True)
    until = fields.Date(
        required=True,
        default=lambda self: fields.Date.add(fields.Date.today(), days=7),
        help="On this day they are told again, if their cause is still there.",
    )
    note = fields.Char("Why", help="Kept in the log of the alerts.")

    def action_snooze(self):
        self.ensure_one()
        self.alert_ids._snooze(self.until)
        if self.note:
            self.alert_ids._message_log_batch({alert.id: self.note for alert in self.alert_ids})
        return {"type": "ir.actions.act_window_close"}
