# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; the currency a customer trades in is a concept of its own
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import subtract

from .credit_payment import MONTHS


class CreditProfile(models.Model):
    """The currency of a customer's invoices, to look at the portfolio by. Amounts of a profile are always in that of
    its company."""

    _inherit = "credit.profile"

    invoice_currency_id = fields.Many2one(
        "res.currency",
        "Invoiced in",
        readonly=True,
        index="btree_not_null",
        help="The currency in which most was invoiced in the last 24 months; empty where nothing was. Found anew every"
        " night.",
    )

    @api.model
    def _figures(self):
        return (*super()._figures(), "invoice_currency_id")

    def _refresh_behaviour(self, behaviours=None):
        result = super()._refresh_behaviour(behaviours)
        self._refresh_invoice_currency()
        return result

    def _refresh_invoice_currency(self):
        """Find the stored column anew. Writes the profiles' own rows only, where it is another one."""
        if not self:
            return
        self._flush_payment_sources()
        self.env.cr.execute(
            SQL(
                """
                WITH party AS MATERIALIZED (%(parties)s)
                UPDATE credit_profile profile SET invoice_currency_id = most.currency_id
                  FROM (SELECT DISTINCT ON (party.id) party.id, invoiced.currency_id
                          FROM party
                          LEFT JOIN LATERAL (
                               SELECT move.currency_id, SUM(move.amount_total_signed) AS amount
                                 FROM res_partner contact
                                 JOIN account_move move ON move.partner_id = contact.id AND move.state = 'posted'
                                                       AND move.move_type = 'out_invoice'
                                                       AND move.invoice_date > %(since)s
                                                       AND %(root)s = party.company_id
                                WHERE contact.commercial_partner_id = party.partner_id
                                GROUP BY move.currency_id) invoiced ON TRUE
                         ORDER BY party.id, invoiced.amount DESC, invoiced.currency_id) most
                 WHERE profile.id = most.id AND profile.invoice_currency_id IS DISTINCT FROM most.currency_id
                """,
                parties=self._parties_sql(),
                since=subtract(fields.Date.today(), months=MONTHS),
                root=self.env["res.company"]._credit_root_sql(SQL("move.company_id")),
            )
        )
        self.invalidate_recordset(["invoice_currency_id"], flush=False)
