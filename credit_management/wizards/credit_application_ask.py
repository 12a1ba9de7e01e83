# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class CreditApplicationAsk(models.TransientModel):
    """Ask an applicant for more information."""

    _name = "credit.application.ask"
    _description = "Ask an Applicant for More Information"

    application_id = fields.Many2one("credit.application", required=True, ondelete="cascade")
    question = fields.Text(required=True, help="Is sent to the contact, and shown to the customer on the portal.")

    def action_ask(self):
        self.ensure_one()
        self.application_id._ask_information(self.question)
        return {"type": "ir.actions.act_window_close"}
