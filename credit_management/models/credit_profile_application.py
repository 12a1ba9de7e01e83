# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; a customer's applications are a concept of their own
from odoo import fields, models

from ..engine.position import exceeds, rounded


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    application_count = fields.Integer(
        "Applications", compute="_compute_application_count", help="Applications for credit, open and closed."
    )

    def _compute_application_count(self):
        counts = {
            (partner.id, company.id): count
            for partner, company, count in self.env["credit.application"]._read_group(
                [("partner_id", "in", self.partner_id.ids)], ["partner_id", "company_id"], ["__count"]
            )
        }
        for profile in self:
            profile.application_count = counts.get((profile.partner_id.id, profile.company_id.id), 0)

    def action_view_applications(self):
        self.ensure_one()
        return self.partner_id._action_credit_applications(self.company_id)

    def _portal_figures(self):
        """What the customer may know of his credit now, where the policy lets him: amounts in the company's currency.

        ``available`` is what he can order, never below 0; ``None`` for any amount. ``limit`` is what is granted and
        covered. Both are 0 without a limit in force.
        """
        self.ensure_one()
        position = self._positions()[self.id]
        ceiling, available = position.ceiling, position.available
        return {
            "status": position.limit_status,
            "until": position.limit_until,
            "currency": self.currency_id,
            "limit": ceiling,
            "used": rounded(max(0.0, position.counted), position.rounding),
            "available": None if available is None else max(0.0, available),
            # for the bar
            "share": min(1.0, max(0.0, position.usage)) if position.usage is not None else None,
            "overdue": position.overdue if exceeds(position.overdue, 0.0, position.rounding) else 0.0,
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_application_count = fields.Integer(
        "Credit applications", compute="_compute_credit_application_count", groups="credit_management.group_viewer",
        help="Applications for credit, open and closed.",
    )  # fmt: skip

    def _compute_credit_application_count(self):
        counts = dict(
            self.env["credit.application"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.credit_application_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_credit_applications(self):
        self.ensure_one()
        return self._action_credit_applications(self.env["res.company"])

    def _action_credit_applications(self, companies):
        """The applications of this customer, to ``companies`` or to all; a new one begins with what is known."""
        self.ensure_one()
        applications = self.env["credit.application"]
        action = self.env["ir.actions.act_window"]._for_xml_id("credit_management.action_credit_application")
        domain = [("partner_id", "=", self.commercial_partner_id.id)]
        if companies:
            domain.append(("company_id", "in", companies.ids))
        values = applications._prefilled(self, companies[:1] or self.env.company)
        return {
            **action,
            "domain": domain,
            "context": {f"default_{name}": value for name, value in values.items()},
        }
