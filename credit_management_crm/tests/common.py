# Part of credit_management. License LGPL-3.0 or later.
"""The trading company with a pipeline."""

from odoo import fields

from odoo.addons.credit_management.tests.common import CreditCase


class CrmCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.won = cls.env.ref("crm.stage_lead4")
        cls.euro_company = cls.env["res.company"].create(
            {"name": "Trading Europe", "currency_id": cls.env.ref("base.EUR").id, "credit_policy_id": cls.policy_of()}
        )
        cls.env.user.company_ids |= cls.euro_company
        cls.salesperson.company_ids |= cls.euro_company

    @classmethod
    def policy_of(cls):
        """A policy that all companies may use, without days of grace, in force."""
        policy = cls.env.ref("credit_management.policy_standard").copy({"name": "Shared", "company_id": False})
        cls.publish(policy)
        return policy.id

    @classmethod
    def lead(cls, revenue=0.0, partner=None, company=None, **values):
        """An open opportunity of the salesperson's."""
        partner = cls.customer if partner is None else partner
        return cls.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": (company or cls.company).id,
                "user_id": cls.salesperson.id,
                "expected_revenue": revenue,
                "probability": 50.0,
                **values,
            }
        )

    @staticmethod
    def day(days):
        return fields.Date.add(fields.Date.today(), days=days)

    @classmethod
    def partner(cls, name):
        return cls.env["res.partner"].create({"name": name, "company_type": "company"})
