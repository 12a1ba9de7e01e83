# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; the customer's facts as they are edited on the profile
from odoo import fields, models

from ..tools.known import PositiveMonetary

# fields of the customer that whoever keeps the profile may write
BUSINESS = (
    "industry_id", "company_registry", "vat", "credit_founded", "credit_ownership", "credit_employees",
    "credit_capital", "credit_capital_currency_id", "credit_market_position", "credit_products", "credit_premises",
    "credit_key_customers", "credit_key_suppliers", "credit_business_date",
)  # fmt: skip


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    industry_id = fields.Many2one(
        related="partner_id.industry_id", store=True, readonly=False, index=True,
        help="What the customer lives by; statements are compared with others of the industry.",
    )  # fmt: skip
    company_registry = fields.Char(
        related="partner_id.company_registry", readonly=False, string="Registration number",
        help="The number in the register of companies; in China the unified social credit code.",
    )  # fmt: skip
    vat = fields.Char(related="partner_id.vat", readonly=False, string="VAT number")
    credit_registration_state = fields.Selection(related="partner_id.credit_registration_state")
    credit_founded = fields.Date(related="partner_id.credit_founded", readonly=False)
    credit_ownership = fields.Selection(related="partner_id.credit_ownership", readonly=False)
    credit_employees = fields.Selection(related="partner_id.credit_employees", readonly=False)
    credit_capital = PositiveMonetary(
        related="partner_id.credit_capital", readonly=False, currency_field="credit_capital_currency_id"
    )
    credit_capital_currency_id = fields.Many2one(related="partner_id.credit_capital_currency_id", readonly=False)
    credit_market_position = fields.Selection(related="partner_id.credit_market_position", readonly=False)
    credit_products = fields.Text(related="partner_id.credit_products", readonly=False)
    credit_premises = fields.Selection(related="partner_id.credit_premises", readonly=False)
    credit_key_customers = fields.Text(related="partner_id.credit_key_customers", readonly=False)
    credit_key_suppliers = fields.Text(related="partner_id.credit_key_suppliers", readonly=False)
    credit_business_date = fields.Date(related="partner_id.credit_business_date", readonly=False)

    def write(self, vals):
        """Analysts keep the business facts of customers whom they may not write otherwise."""
        facts = {name: vals[name] for name in BUSINESS if name in vals}
        if facts:
            self.check_access("write")
            # sudo: on these fields of the customer, the right on the profile is enough
            self.partner_id.sudo().write(facts)
            vals = {name: value for name, value in vals.items() if name not in facts}
        return super().write(vals) if vals or not facts else True

    def action_confirm_business(self):
        """The facts were looked at and are still true."""
        self.write({"credit_business_date": fields.Date.context_today(self)})
        return True
