# Part of credit_management. License LGPL-3.0 or later.
from odoo import models


class ValidateAccountMove(models.TransientModel):
    _inherit = "validate.account.move"

    def validate_move(self):
        """Say which of the entries that were to be posted were held."""
        return self.move_ids._credit_tell_not_posted(super().validate_move())
