# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models


class CreditKeptMixin(models.AbstractModel):
    """Records that are asked for at every check, and rarely change: they are kept in memory (``ormcache``), and any
    change of one of them clears that, in all processes."""

    _name = "credit.kept.mixin"
    _description = "Kept in Memory"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
