# Part of credit_management. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import models
from odoo.tools import SQL, format_amount

from odoo.addons.credit_management.engine.forecast import WEEKS, Deal


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    def _forecast_pipeline(self, today):
        """Opportunities that are expected to close within the forecast, each with what of its revenue is not ordered
        yet, in the currency of the profile's company.

        One without a closing date, or whose date has passed, is left out: nobody knows when it comes. The company is
        the opportunity's own or, where it is visible to all, that of its salesperson.
        """
        found = super()._forecast_pipeline(today)
        concerned = self.filtered("company_id.credit_forecast_pipeline")
        if not concerned:
            return found
        leads = self.env["crm.lead"]
        leads._credit_flush()
        leads.flush_model(["active", "type", "probability", "date_deadline", "user_id"])
        self.env["res.users"].flush_model(["company_id"])
        company = SQL("COALESCE(lead.company_id, seller.company_id)")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT profile.id, %(ask)s::float8, lead.probability, lead.date_deadline
                  FROM crm_lead lead
                  LEFT JOIN res_users seller ON seller.id = lead.user_id
                  JOIN res_partner contact ON contact.id = lead.partner_id
                  JOIN credit_profile profile ON profile.partner_id = contact.commercial_partner_id
                                             AND profile.company_id = %(root)s
                 WHERE profile.id = ANY(%(profiles)s) AND lead.active AND lead.type = 'opportunity'
                   AND lead.probability > 0 AND lead.date_deadline BETWEEN %(today)s AND %(until)s
                 ORDER BY lead.date_deadline, lead.id
                """,
                ask=leads._credit_ask_sql(SQL.identifier("lead"), company),
                root=self.env["res.company"]._credit_root_sql(company),
                profiles=concerned.ids,
                today=today,
                until=today + timedelta(days=7 * WEEKS),
            )
        )
        deals = {profile_id: list(known) for profile_id, known in found.items()}
        for profile_id, ask, probability, closing in rows:
            if ask > 0.0:
                # one that closes today is decided before the forecast's first day ends
                deal = Deal(ask, probability / 100.0, max(1, (closing - today).days))
                deals.setdefault(profile_id, []).append(deal)
        return deals

    def _say_basis(self, basis):
        said = super()._say_basis(basis)
        if not basis["pipeline"]:
            return said
        pipeline = self.env._(
            "Opportunities come to %s in addition, by their probability.",
            format_amount(self.env, basis["pipeline"], self.currency_id),
        )
        return f"{said} {pipeline}"
