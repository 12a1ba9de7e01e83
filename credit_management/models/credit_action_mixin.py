# Part of credit_management. License LGPL-3.0 or later.
from odoo import models


class CreditActionMixin(models.AbstractModel):
    """The two ways that buttons lead on: to the form of a record, and to the list of what refers to some."""

    _name = "credit.action.mixin"
    _description = "Where Buttons Lead"

    def _action_form(self):
        """The form of this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def _action_related(self, model, name, view_mode, field="profile_id"):
        """The list of the records of ``model`` whose ``field`` is one of these; a new one there gets it."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": view_mode,
            "domain": [(field, "in", self.ids)],
            "context": {f"default_{field}": self.id if len(self) == 1 else False},
        }
