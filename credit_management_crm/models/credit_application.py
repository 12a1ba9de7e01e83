# Part of credit_management. License LGPL-3.0 or later.
"""Applications for credit that come from an opportunity."""

from odoo import api, fields, models

from odoo.addons.credit_management.models.credit_application import OPEN, STATES

from .crm_lead import VIEWER


class CreditApplication(models.Model):
    _inherit = "credit.application"

    opportunity_id = fields.Many2one(
        "crm.lead", index="btree_not_null", readonly=True, copy=False, ondelete="set null",
        groups="sales_team.group_sale_salesman", help="The opportunity that the credit is for.",
    )  # fmt: skip


class CrmLead(models.Model):
    # pylint: disable=consider-merging-classes-inherited; its applications, beside the field that links them
    _inherit = "crm.lead"

    credit_application_ids = fields.One2many(
        "credit.application", "opportunity_id", "Credit applications", groups=VIEWER,
        help="What was applied for in view of this opportunity.",
    )  # fmt: skip
    credit_application_id = fields.Many2one(
        "credit.application", "Credit application", compute="_compute_credit_application", groups=VIEWER,
        help="The last of this opportunity that you may see.",
    )  # fmt: skip
    credit_application_state = fields.Selection(
        STATES, "Status of the application", compute="_compute_credit_application", groups=VIEWER,
        help="How far it is.",
    )  # fmt: skip

    @api.depends("credit_application_ids.state")
    @api.depends_context("uid")
    def _compute_credit_application(self):
        applications = self.env["credit.application"].search_fetch(
            [("opportunity_id", "in", self._origin.ids)], ["opportunity_id", "state"], order="id"
        )
        latest = {application.opportunity_id.id: application for application in applications}
        for lead in self:
            application = latest.get(lead._origin.id, applications.browse())
            lead.credit_application_id = application
            lead.credit_application_state = application.state

    def _merge_get_fields_specific(self):
        return {
            **super()._merge_get_fields_specific(),
            "credit_application_ids": lambda _name, leads: [
                fields.Command.link(application.id) for application in leads.sudo().credit_application_ids
            ],
        }

    def action_apply_credit(self):
        """Open an application of the customer's for the credit that the opportunity takes, prefilled; the one that is
        not decided yet, if there is one.

        :raises UserError: there is no customer yet
        """
        self.ensure_one()
        customer, company = self._credit_customer(), self._credit_company().root_id
        applications = self.env["credit.application"]
        known = applications.search(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "=", company.id),
                ("state", "in", ("draft", *OPEN)),
            ],
            limit=1,
        )
        if known:
            return known._action_form()
        values = applications._prefilled(self.partner_id, company, self._credit_needed_limit())
        values.update(opportunity_id=self.id, purpose=self.env._("For the opportunity “%s”", self.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply for credit"),
            "res_model": applications._name,
            "views": [(False, "form")],
            "context": {f"default_{name}": value for name, value in values.items()},
        }
