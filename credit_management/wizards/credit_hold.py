# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class CreditHold(models.TransientModel):
    """The dialog that puts customers on hold by hand."""

    _name = "credit.hold"
    _description = "Put on Hold"

    profile_ids = fields.Many2many(
        "credit.profile", string="Customers", required=True,
        help="All new orders of these customers will be held.",
    )  # fmt: skip
    reason = fields.Char(required=True, help="Shown to whoever wants to sell to them.")

    def action_hold(self):
        self.profile_ids._check_manager(self.env._("Only credit managers put customers on hold."))
        self.profile_ids.write({"hold": True, "hold_reason": self.reason})
        return {"type": "ir.actions.act_window_close"}
