# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .credit_profile import LIMIT_STATUSES, STATUSES

# field of the customer → column of his credit profile in the current company
SHOWN = {
    "credit_status": "status",
    "credit_limit_status": "limit_status",
    "credit_granted": "limit_amount",
    "credit_exposure": "exposure",
    "credit_room": "room",
    "credit_usage": "usage",
    "credit_overdue": "overdue",
    "credit_on_hold": "hold",
    "credit_refreshed_at": "refreshed_at",
}


class ResPartner(models.Model):
    """The credit of a customer where people look for it. Nothing is ever stored on the customer: the fields read the
    credit profile's own columns, and can be searched, sorted and grouped by all the same."""

    _inherit = "res.partner"

    credit_profile_id = fields.Many2one(
        "credit.profile", "Credit profile", compute="_compute_credit", search="_search_credit_profile_id",
        groups="credit_management.group_viewer",
    )  # fmt: skip
    credit_status = fields.Selection(
        STATUSES, compute="_compute_credit", search="_search_credit_status", groups="credit_management.group_viewer",
        help="Within: below 80 % of the limit. Near: from there to the limit. Over: beyond it.",
    )
    credit_limit_status = fields.Selection(
        LIMIT_STATUSES, "Validity of the credit limit", compute="_compute_credit", search="_search_credit_limit_status",
        groups="credit_management.group_viewer",
        help="Whether a limit is in force. Without a limit there is no credit.",
    )  # fmt: skip
    credit_granted = fields.Monetary(
        "Credit limit granted", compute="_compute_credit", search="_search_credit_granted",
        currency_field="credit_currency_id", groups="credit_management.group_viewer",
        help="What the customer may owe and have ordered in all.",
    )  # fmt: skip
    credit_exposure = fields.Monetary(
        compute="_compute_credit", search="_search_credit_exposure",
        currency_field="credit_currency_id", groups="credit_management.group_viewer",
        help="What the customer owes and has ordered.",
    )  # fmt: skip
    credit_room = fields.Monetary(
        "Available credit", compute="_compute_credit", search="_search_credit_room",
        currency_field="credit_currency_id", groups="credit_management.group_viewer",
        help="What may still be ordered.",
    )  # fmt: skip
    credit_usage = fields.Float(
        "Usage of the limit", compute="_compute_credit", search="_search_credit_usage",
        digits=(16, 4), aggregator="avg", groups="credit_management.group_viewer",
        help="Exposure as a part of the limit.",
    )  # fmt: skip
    credit_overdue = fields.Monetary(
        "Overdue amount", compute="_compute_credit", search="_search_credit_overdue",
        currency_field="credit_currency_id", groups="credit_management.group_viewer",
        help="What is past its due date and the policy's days of grace.",
    )  # fmt: skip
    credit_on_hold = fields.Boolean(
        "On credit hold", compute="_compute_credit", search="_search_credit_on_hold",
        groups="credit_management.group_viewer",
        help="All new orders of the customer are held, by somebody's decision.",
    )  # fmt: skip
    credit_refreshed_at = fields.Datetime(
        "Credit figures as of", compute="_compute_credit", search="_search_credit_refreshed_at",
        groups="credit_management.group_viewer",
        help="When these figures were last counted. Checks and the meter count anew.",
    )  # fmt: skip
    credit_currency_id = fields.Many2one(
        "res.currency", compute="_compute_credit", groups="credit_management.group_viewer",
        help="Credit figures are in the currency of your company.",
    )
    credit_meter = fields.Json(
        "Credit usage now", compute="_compute_credit_meter", groups="credit_management.group_viewer"
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_credit(self):
        companies = self.env["res.company"]
        company = companies._credit_root()
        currency, _rounding = companies._credit_currencies()[company]
        # one query for the whole list, straight from the profile's own columns
        profiles = self.env["credit.profile"].search_fetch(
            [("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", company)],
            ["partner_id", *SHOWN.values()],
        )
        by_partner = {profile.partner_id.id: profile for profile in profiles}
        empty = profiles.browse()
        for partner in self:
            profile = by_partner.get(partner.commercial_partner_id.id, empty)
            partner.credit_profile_id = profile
            # of those without a profile too: sums over a list have one currency
            partner.credit_currency_id = currency
            for name, column in SHOWN.items():
                partner[name] = profile[column]

    def _compute_credit_meter(self):
        profiles = self.mapped("credit_profile_id")
        meters = dict(zip(profiles.ids, profiles.mapped("meter"), strict=True)) if profiles else {}
        for partner in self:
            partner.credit_meter = meters.get(partner.credit_profile_id.id)

    # -- searching, sorting and grouping -------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr == "credit_currency_id":
            self._check_field_access(self._fields[field_expr], "read")
            companies = self.env["res.company"]
            return SQL("%s::integer", companies._credit_currencies()[companies._credit_root()][0])
        if field_expr not in SHOWN and field_expr != "credit_profile_id":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        column = SHOWN.get(field_expr, "id")
        profile = self.env["credit.profile"]
        profile.flush_model(["partner_id", "company_id", "active", column])
        partner = SQL.identifier(alias, "commercial_partner_id", to_flush=self._fields["commercial_partner_id"])
        if query is None:
            return SQL(
                "(SELECT p.%s FROM credit_profile p WHERE p.partner_id = %s AND p.company_id = %s AND p.active)",
                SQL.identifier(column),
                partner,
                self.env["res.company"]._credit_root(),
            )
        joined = query.make_alias(alias, "credit_profile")
        query.add_join(
            "LEFT JOIN",
            joined,
            "credit_profile",
            SQL(
                "%s = %s AND %s = %s AND %s",
                SQL.identifier(joined, "partner_id"),
                partner,
                SQL.identifier(joined, "company_id"),
                self.env["res.company"]._credit_root(),
                SQL.identifier(joined, "active"),
            ),
        )
        return SQL.identifier(joined, column)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # customers who are not under control come last, whichever way the list is sorted
        if field_name in SHOWN and not nulls:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _search_credit(self, name, operator, value):
        if operator not in ("in", "not in", "<", ">", "<=", ">="):
            return NotImplemented
        field = self._fields[name]
        return Domain.custom(
            to_sql=lambda model, alias, query: field.condition_to_sql(name, operator, value, model, alias, query)
        )

    def _search_credit_profile_id(self, operator, value):
        return self._search_credit("credit_profile_id", operator, value)

    def _search_credit_status(self, operator, value):
        return self._search_credit("credit_status", operator, value)

    def _search_credit_limit_status(self, operator, value):
        return self._search_credit("credit_limit_status", operator, value)

    def _search_credit_granted(self, operator, value):
        return self._search_credit("credit_granted", operator, value)

    def _search_credit_exposure(self, operator, value):
        return self._search_credit("credit_exposure", operator, value)

    def _search_credit_room(self, operator, value):
        return self._search_credit("credit_room", operator, value)

    def _search_credit_usage(self, operator, value):
        return self._search_credit("credit_usage", operator, value)

    def _search_credit_overdue(self, operator, value):
        return self._search_credit("credit_overdue", operator, value)

    def _search_credit_on_hold(self, operator, value):
        return self._search_credit("credit_on_hold", operator, value)

    def _search_credit_refreshed_at(self, operator, value):
        return self._search_credit("credit_refreshed_at", operator, value)

    # -- customers that move -------------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if {"parent_id", "is_company"} & set(vals):
            # sudo: whoever moves a contact need not have rights on credit profiles
            stranded = (
                self.env["credit.profile"]
                .sudo()
                .with_context(active_test=False)
                .search([("partner_id", "in", self.ids)])
                .filtered(lambda profile: profile.partner_id.commercial_partner_id != profile.partner_id)
            )
            for profile in stranded:
                profile._merge_into(profile.partner_id.commercial_partner_id)
            self._credit_take_over()
        return result

    def _credit_take_over(self):
        """Orders that came along with a contact stand as they are, also where they were not under control before."""
        # sudo: as above
        profiles = self.env["credit.profile"].sudo().search([("partner_id", "in", self.commercial_partner_id.ids)])
        if profiles:
            profiles._take_over_open_orders()

    # -- buttons -------------------------------------------------------------------------------------

    def action_ask_credit_limit(self):
        self.ensure_one()
        return self.credit_profile_id.action_new_limit()

    def action_view_credit_profile(self):
        self.ensure_one()
        if not self.credit_profile_id:
            return self.action_enrol_credit()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit"),
            "res_model": "credit.profile",
            "res_id": self.credit_profile_id.id,
            "views": [(False, "form")],
        }

    def action_enrol_credit(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bring under credit control"),
            "res_model": "credit.enrol",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": self.commercial_partner_id.ids},
        }
