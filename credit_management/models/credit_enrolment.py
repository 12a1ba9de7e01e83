# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; how customers come under control by themselves is a concept
"""Customers come under control with their first document, in companies that want that.

The change queue knows of every document, so nobody's confirmation or posting waits for it, and two of them at once
can't make two profiles. Until then, a minute at most, the company's setting for unknown customers says what happens.
"""

from odoo import api, fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_enrolment = fields.Selection(
        [
            ("hand", "By hand"),
            ("invoice", "With the first invoice"),
            ("order", "With the first confirmed order or invoice"),
        ],
        "New customers come under control",
        default="hand",
        required=True,
        prefetch="credit",
        help="By themselves, customers come under control within a minute of their first document, under the policy of"
        " their segment and without a limit. The document itself stands as it is.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_enrolment = fields.Selection(related="company_id.credit_enrolment", readonly=False, required=True)


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    @api.model
    def _enrol_new(self, pairs):
        """Bring those under control who have their first document. Whose control was ended stays without.

        :param pairs: (commercial partner id, root company id): who may have a new document
        :return: the new profiles
        """
        companies = self.env["res.company"].sudo().search([("credit_enrolment", "!=", "hand")]).root_id
        if not companies:
            return self.browse()
        wanted = {pair for pair in pairs if pair[0] and pair[1] in companies._ids}
        # orders of unknown customers that were held are first documents too, and the queue doesn't know them
        held = self.env["credit.decision"].sudo().search(
            [("is_open", "=", True), ("profile_id", "=", False), ("company_id", "in", companies.ids)]
        )
        held = held.filtered(lambda decision: decision.company_id.credit_enrolment == "order")
        held = {(decision.partner_id.id, decision.company_id.id) for decision in held if decision.partner_id}
        known = self.sudo().with_context(active_test=False).search(
            [("partner_id", "in", [partner for partner, _company in wanted | held])]
        )  # fmt: skip
        known = {(profile.partner_id.id, profile.company_id.id) for profile in known}
        new = self._with_documents(wanted - known - held) | (held - known)
        profiles = self.sudo().create([{"partner_id": partner, "company_id": company} for partner, company in new])
        profiles._message_log_batch(
            {profile.id: self.env._("Came under credit control with the first document.") for profile in profiles}
        )
        return profiles

    @api.model
    def _with_documents(self, pairs):
        """Those of the (partner, company) ``pairs`` that have a posted invoice or, where the company counts them, a
        confirmed order."""
        if not pairs:
            return set()
        self.env["account.move"].flush_model(["state", "move_type", "partner_id", "company_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["sale.order"].flush_model(["state", "partner_invoice_id", "company_id"])
        root = self.env["res.company"]._credit_root_sql
        rows = self.env.execute_query(
            SQL(
                """SELECT pair.partner, pair.company FROM unnest(%s, %s) AS pair (partner, company)
                     JOIN res_company company ON company.id = pair.company
                     JOIN res_partner partner ON partner.id = pair.partner AND partner.active
                    WHERE EXISTS (SELECT FROM res_partner contact
                                    JOIN account_move move ON move.partner_id = contact.id
                                   WHERE contact.commercial_partner_id = pair.partner AND %s = pair.company
                                     AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt'))
                       OR company.credit_enrolment = 'order'
                          AND EXISTS (SELECT FROM sale_order so
                                        JOIN res_partner contact ON contact.id = so.partner_invoice_id
                                       WHERE contact.commercial_partner_id = pair.partner AND %s = pair.company
                                         AND so.state = 'sale')""",
                [partner for partner, _company in pairs],
                [company for _partner, company in pairs],
                root(SQL("move.company_id")),
                root(SQL("so.company_id")),
            )
        )
        return set(rows)
