# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models, tools


class AccountAccount(models.Model):
    _inherit = "account.account"

    @tools.ormcache()
    def _credit_receivable(self):
        """The ids of all receivable accounts, of all companies: they hardly ever change, and every check counts what
        is open on them."""
        # sudo: what a customer owes does not depend on who looks
        receivable = [("account_type", "=", "asset_receivable")]
        return self.sudo().with_context(active_test=False).search(receivable, order="id").ids

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "account_type" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
