# Part of credit_management. License LGPL-3.0 or later.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date


class CreditApplicationReference(models.Model):
    """A supplier whom an applicant names as knowing how he pays. Confidential: for analysts, and whoever entered it.

    Taken over, it becomes a credit record, where the analyst notes what the supplier says.
    """

    _name = "credit.application.reference"
    _description = "Trade Reference of an Application"
    _inherit = ["credit.derived.mixin"]
    _order = "id"

    application_id = fields.Many2one("credit.application", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="application_id.company_id", store=True)
    currency_id = fields.Many2one(related="application_id.currency_id")
    name = fields.Char("Company", required=True, help="The supplier.")
    contact = fields.Char(help="Whom to ask there.")
    phone = fields.Char(help="Under which number.")
    email = fields.Char(help="Or at which address.")
    since = fields.Date("Customer since", help="The first of January where only the year is known.")
    volume = fields.Monetary("Purchases a month", help="What the applicant buys there; empty where he doesn't say.")
    record_id = fields.Many2one(
        "credit.record", readonly=True, copy=False, ondelete="set null",
        groups="credit_management.group_analyst", help="What it was taken over as.",
    )  # fmt: skip

    _volume_positive = models.Constraint("CHECK(volume >= 0)", "The purchases a month cannot be negative.")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                vals.pop("record_id", None)
        references = super().create(vals_list)
        references.application_id._check_additions()
        return references

    def write(self, vals):
        self.application_id._check_additions()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_written(self):
        self.application_id._check_additions()

    def _take_over(self):
        """Make a credit record of each that has none yet. It is known to the company that was applied to."""
        # sudo: which record it became is closed to everybody's writing; analysts come here only
        new = self.filtered(lambda reference: not reference.record_id)
        records = self.env["credit.record"].create([reference._record_values() for reference in new])
        for reference, record in zip(new.sudo(), records, strict=True):
            reference.record_id = record

    def _record_values(self):
        self.ensure_one()
        lines = [
            (self._fields[name]._description_string(self.env), value)
            for name, value in (
                ("contact", self.contact),
                ("phone", self.phone),
                ("email", self.email),
                ("since", self.since and format_date(self.env, self.since)),
            )
            if value
        ]
        return {
            "partner_id": self.application_id.partner_id.id,
            "company_id": self.company_id.id,
            "kind": "trade_reference",
            "title": self.env._("Reference named by the customer: %s", self.name),
            "source": self.name,
            "amount": self.volume,
            "currency_id": self.currency_id.id,
            "note": Markup("").join(Markup("<p>%s: %s</p>") % line for line in lines),
        }
