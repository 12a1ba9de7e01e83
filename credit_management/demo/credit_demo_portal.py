# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; customers on the portal are a story of their own
"""Demo data: a customer who sees the credit on the portal and has applied for more of it, and one who is new."""

import base64

from odoo import Command, api, models

STATEMENT = b"Position;2025\nCash;18400\nReceivables;61200\nInventories;74900\n"


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_applications(self):
        company = self.env.ref("base.main_company")
        applications = self.env["credit.application"]
        northwind = self._portal_user(self._customer("within"), company)
        raised = applications.with_user(northwind).sudo().create(
            {
                **applications._prefilled(northwind.partner_id, company, 80_000.0),
                "origin": "portal",
                "purchases": 420_000.0,
                "purpose": "We open a second sawmill in spring and would order every two weeks.",
                "employees": "50",
                "reference_ids": [
                    Command.create(
                        {"name": "Baltic Pine AS", "contact": "Kaja Tamm", "phone": "+372 5555 0100",
                         "email": "kaja@balticpine.example", "since": "2012-01-01", "volume": 22_000.0}
                    )
                ],
                "document_ids": [
                    Command.create({"name": "balance-sheet.csv", "content": base64.b64encode(STATEMENT)})
                ],
            }
        )  # fmt: skip
        raised.action_submit()
        raised.sudo(False).with_user(self.env.ref("credit_management.user_analyst"))._ask_information(
            "Thank you. Please add the profit and loss statement of last year, and say how the second mill is financed."
        )
        self._remember("application_asked", raised)

        salesperson = self.env.ref("credit_management.user_sales")
        new = applications.with_user(salesperson).create(
            {
                **applications._prefilled(self._customer("unknown"), company, 3_000.0),
                "purpose": "They furnish a second café. 第二家咖啡馆开业。",
                "reference_ids": [Command.create({"name": "City Roasters", "phone": "+1 555 0199", "volume": 900.0})],
            }
        )
        new.action_submit()
        self._remember("application_new", new)

    def _portal_user(self, customer, company):
        contact = self.env["res.partner"].create(
            {"name": "Nora Timber", "parent_id": customer.id, "email": "nora@northwind.example", "lang": self.env.lang}
        )
        user = self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": contact.name,
                "partner_id": contact.id,
                "login": "demo_customer",
                "password": "demo_customer",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )  # fmt: skip
        self._remember("user_customer", user)
        return user
