# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what rules look at beside debts is a concept of its own
"""What rules look at beside a customer's debts. It is stored on the profile, so that a check reads it along with the
profile and asks nothing more."""

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.known import KnownFloat
from .credit_profile_information import ANALYST

# so far back the largest document is looked for
MONTHS = 24

FACTS = ("statement_until", "largest_document")


class CreditAccountStatus(models.Model):
    """A state that a customer's account may be in, for rules to look at: with a lawyer, insolvent, dormant…"""

    _name = "credit.account.status"
    _inherit = ["credit.kept.mixin"]
    _description = "Account Status"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)

    @api.model
    @tools.ormcache("self.env.lang")
    def _names(self):
        # sudo: a decision names it, whoever asks
        return {status.id: status.name for status in self.sudo().with_context(active_test=False).search(Domain.TRUE)}


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    account_status_id = fields.Many2one(
        "credit.account.status", "Account status", tracking=True, ondelete="restrict", index="btree_not_null",
        help="Rules of the policy may look at it. Empty: nothing to say.",
    )  # fmt: skip
    statement_until = fields.Date(
        "Latest statement until", readonly=True, groups=ANALYST,
        help="The end of the period of the latest confirmed statement.",
    )  # fmt: skip
    largest_document = KnownFloat(
        "Largest invoice", readonly=True, digits=(16, 2), aggregator="max",
        help="The largest invoice of the last 24 months, taxes included, in the currency of the company; every night.",
    )  # fmt: skip

    @api.model
    def _figures(self):
        return (*super()._figures(), *FACTS)

    @api.model
    def _standing(self, grade_id, payment_index, next_review, statement_until, largest_document, account_status_id):
        """What is known of a customer beside his debts, as :class:`~..engine.position.Position` takes it; from the
        columns that :data:`~.credit_profile.STANDING` names. Nothing is looked up."""
        standing = {
            "payment_index": payment_index,
            "next_review": next_review,
            "statement_until": statement_until,
            "largest_document": largest_document,
        }
        # nothing, where Odoo has False
        standing = {name: value for name, value in standing.items() if value is not None and value is not False}
        if grade_id:
            standing["grade"], standing["grade_place"] = self.env["credit.grade"]._places()[grade_id]
        if account_status_id:
            standing["account_status"] = account_status_id
            standing["account_status_name"] = self.env["credit.account.status"]._names()[account_status_id]
        return standing

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        profiles.sudo()._refresh_standing()
        return profiles

    def write(self, vals):
        if "account_status_id" in vals and not self.env.su and not self.env.user.has_group(ANALYST):
            raise AccessError(self.env._("Only credit analysts set the status of an account."))
        result = super().write(vals)
        if "account_status_id" in vals:
            self._recheck_holds()
        return result

    def _refresh_standing(self):
        """Look up the facts that are stored here, by one query."""
        if not self:
            return
        self.env["credit.statement"].flush_model(["partner_id", "company_id", "state", "date_end"])
        self.env["account.move"].flush_model(
            ["state", "move_type", "partner_id", "company_id", "invoice_date", "amount_total_signed"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        today = fields.Date.today()
        self.env.cr.execute(
            SQL(
                """UPDATE credit_profile profile
                      SET statement_until = new.statement_until, largest_document = new.largest_document
                     FROM (SELECT known.id, (SELECT MAX(statement.date_end) FROM credit_statement statement
                                              WHERE statement.partner_id = known.partner_id
                                                AND statement.state = 'confirmed'
                                                AND (statement.company_id IS NULL
                                                     OR statement.company_id = known.company_id)) AS statement_until,
                                  -- by way of the contacts: only these have an index
                                  (SELECT MAX(move.amount_total_signed)
                                     FROM res_partner contact JOIN account_move move ON move.partner_id = contact.id
                                    WHERE contact.commercial_partner_id = known.partner_id
                                      AND %(root)s = known.company_id
                                      AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt')
                                      AND move.invoice_date > %(since)s::date) AS largest_document
                             FROM credit_profile known WHERE known.id = ANY(%(profiles)s)) new
                    WHERE profile.id = new.id
                      AND (profile.statement_until, profile.largest_document)
                          IS DISTINCT FROM (new.statement_until, new.largest_document)""",
                root=self.env["res.company"]._credit_root_sql(SQL("move.company_id")),
                since=fields.Date.to_string(fields.Date.subtract(today, months=MONTHS)),
                profiles=self.ids,
            )
        )
        self.invalidate_recordset(FACTS)

    @api.model
    def _information_changed(self, partners):
        result = super()._information_changed(partners)
        # sudo: it follows whoever changes what
        profiles = self.sudo().search([("partner_id", "in", partners.ids)])
        profiles._refresh_standing()
        profiles._recheck_holds()
        return result

    def _monitor(self, day):
        self._refresh_standing()
        return super()._monitor(day)
