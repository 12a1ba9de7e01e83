# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class CreditDispute(models.TransientModel):
    """The dialog in which an accountant records that customers dispute invoices."""

    _name = "credit.dispute"
    _description = "Record a Dispute"

    move_ids = fields.Many2many(
        "account.move", string="Invoices", required=True,
        help="The invoices that the customer objects to.",
    )  # fmt: skip
    reason = fields.Char(required=True, help="What the customer contests. It is kept with the invoice and its history.")

    def action_apply(self):
        self.ensure_one()
        self.move_ids.write({"credit_disputed": True, "credit_dispute_reason": self.reason})
        return {"type": "ir.actions.act_window_close"}
