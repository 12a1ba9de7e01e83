# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models, tools
from odoo.exceptions import AccessError


class CreditDerivedMixin(models.AbstractModel):
    """What is stored and follows from other things is nobody's to write.

    ``readonly`` binds the web client only: over RPC anybody who may write a record writes its computed columns too,
    and a client's context gives them defaults that take the place of computing. Here either is closed, for the
    columns that this addon, and those that extend it, bring to the model.
    """

    _name = "credit.derived.mixin"
    _description = "Derived Figures"

    @api.model
    @tools.ormcache("self._name")
    def _derived(self):
        """The names of these columns."""
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store
            and field.compute
            and field.readonly
            and str(field._module).startswith("credit_management")
        )

    @api.model_create_multi
    def create(self, vals_list):
        derived = self._derived()
        given = {f"default_{name}" for name in derived} & self.env.context.keys()
        # pylint: disable-next=context-overridden; taking something away is what it is for
        plain = self.with_context({key: value for key, value in self.env.context.items() if key not in given})
        kept = [{name: value for name, value in vals.items() if name not in derived} for vals in vals_list]
        return super(CreditDerivedMixin, plain if given else self).create(kept).with_env(self.env)

    def write(self, vals):
        wrong = self._derived() & vals.keys()
        if wrong and not self.env.su:
            raise AccessError(
                self.env._(
                    "“%s” follows from other things, and is not entered. Change those.",
                    self._fields[min(wrong)]._description_string(self.env),
                )
            )
        return super().write(vals)
