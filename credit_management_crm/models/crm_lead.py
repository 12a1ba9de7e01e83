# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.credit_management.engine.position import rounded
from odoo.addons.credit_management.models.credit_profile import LIMIT_STATUSES, STATUSES

# field of the opportunity → column of its customer's credit profile
SHOWN = {
    "credit_profile_id": "id",
    "credit_status": "status",
    "credit_limit_status": "limit_status",
    "credit_grade_id": "grade_id",
    "credit_room": "room",
    "credit_on_hold": "hold",
    "credit_refreshed_at": "refreshed_at",
}
VIEWER = "credit_management.group_viewer"


class CrmLead(models.Model):
    """The credit of the customer beside what is to be sold to him.

    Nothing is stored on the opportunity: lists, filters and groupings read the columns of the credit profile, whose
    figures say as of when they are. The company is the opportunity's own; where it is visible to all, the session's,
    as for the currency of its expected revenue.
    """

    _inherit = "crm.lead"

    credit_profile_id = fields.Many2one(
        "credit.profile", "Credit profile", compute="_compute_credit", search="_search_credit_profile_id",
        groups=VIEWER, help="The customer's, in the company of the opportunity. Empty: not under credit control.",
    )  # fmt: skip
    credit_status = fields.Selection(
        STATUSES, compute="_compute_credit", search="_search_credit_status", groups=VIEWER,
        help="How the customer stands, without this opportunity.",
    )  # fmt: skip
    credit_limit_status = fields.Selection(
        LIMIT_STATUSES, "Validity of the credit limit", compute="_compute_credit", search="_search_credit_limit_status",
        groups=VIEWER, help="Whether the customer has a limit in force.",
    )  # fmt: skip
    credit_grade_id = fields.Many2one(
        "credit.grade", "Credit grade", compute="_compute_credit", search="_search_credit_grade_id", groups=VIEWER,
        help="The customer's grade, by the last assessment.",
    )  # fmt: skip
    credit_room = fields.Monetary(
        "Available credit", compute="_compute_credit", search="_search_credit_room", currency_field="company_currency",
        groups=VIEWER,
        help="What is left of the customer's limit, without this opportunity; negative when it is exceeded.",
    )  # fmt: skip
    credit_on_hold = fields.Boolean(
        "On credit hold", compute="_compute_credit", search="_search_credit_on_hold", groups=VIEWER,
        help="The customer was put on hold by hand: his orders are held.",
    )  # fmt: skip
    credit_refreshed_at = fields.Datetime(
        "Credit figures as of", compute="_compute_credit", search="_search_credit_refreshed_at", groups=VIEWER,
        help="When the figures that lists show were counted.",
    )  # fmt: skip
    credit_ask = fields.Monetary(
        "Not ordered yet", compute="_compute_credit_ask", currency_field="company_currency", groups=VIEWER,
        help="What of the expected revenue is not in confirmed orders yet; 0 for what is lost. Without taxes, as Odoo"
        " expects revenue without them.",
    )  # fmt: skip
    credit_beyond = fields.Monetary(
        "Beyond available credit", compute="_compute_credit", search="_search_credit_beyond",
        currency_field="company_currency", groups=VIEWER,
        help="The part of the expected revenue, as far as it is not ordered yet, that the customer's limit has no room"
        " for. Nothing for customers who are not under credit control, and for what is lost.",
    )  # fmt: skip

    @api.depends("partner_id.commercial_partner_id", "company_id", "credit_ask")
    @api.depends_context("company")
    def _compute_credit(self):
        roots = self.env["res.company"]._credit_roots({lead._credit_company().id for lead in self})
        # one query for the whole list, straight from the profile's own columns
        columns = [column for column in SHOWN.values() if column != "id"]
        profiles = self.env["credit.profile"].search_fetch(
            [
                ("partner_id", "in", self.partner_id.commercial_partner_id._origin.ids),
                ("company_id", "in", list(roots.values())),
                ("active", "=", True),
            ],
            ["partner_id", "company_id", *columns],
            order="id",
        )
        known = {(profile.partner_id.id, profile.company_id.id): profile for profile in profiles}
        currencies = self.env["res.company"]._credit_currencies()
        for lead in self:
            root = roots[lead._credit_company().id]
            profile = known.get((lead.partner_id.commercial_partner_id._origin.id, root), profiles.browse())
            for name, column in SHOWN.items():
                lead[name] = profile[column]
            lead.credit_beyond = profile and _beyond(
                lead.credit_ask, profile.room, profile.limit_status, currencies[root][1]
            )

    def _credit_company(self):
        return self.company_id or self.env.company

    # -- what is still to be ordered -----------------------------------------------------------------

    @api.depends(
        "company_id", "expected_revenue", "won_status",
        "order_ids.state", "order_ids.currency_id", "order_ids.amount_untaxed", "order_ids.company_id",
    )  # fmt: skip
    @api.depends_context("company")
    def _compute_credit_ask(self):
        self._credit_flush()
        company = SQL("COALESCE(lead.company_id, %s)", self.env.company.id)
        # an opportunity's orders count whoever's they are: they are in the customer's exposure already
        ordered = dict(
            self.env.execute_query(
                SQL(
                    "SELECT lead.id, %s::float8 FROM crm_lead lead WHERE lead.id = ANY(%s)",
                    self._credit_ordered_sql(SQL.identifier("lead"), company),
                    self._origin.ids,
                )
            )
        )
        for lead in self:
            lost = lead.won_status == "lost"
            lead.credit_ask = 0.0 if lost else max(0.0, lead.expected_revenue - ordered.get(lead._origin.id, 0.0))

    @api.model
    def _credit_ask_sql(self, lead, company):
        """SQL of ``credit_ask``.

        :param lead: SQL of the alias of ``crm_lead``
        :param company: SQL of the id of the opportunity's company
        """
        return SQL(
            "CASE WHEN %(lead)s.won_status = 'lost' THEN 0"
            " ELSE GREATEST(0, COALESCE(%(lead)s.expected_revenue, 0) - %(ordered)s) END",
            lead=lead,
            ordered=self._credit_ordered_sql(lead, company),
        )

    @api.model
    def _credit_ordered_sql(self, lead, company):
        """SQL of what is ordered of an opportunity in its company, untaxed and in the company's currency."""
        companies = self.env["res.company"]
        return SQL(
            """COALESCE((SELECT SUM(so.amount_untaxed / COALESCE(NULLIF(so.currency_rate, 0), 1))
                           FROM sale_order so
                          WHERE so.opportunity_id = %s.id AND so.state = 'sale' AND %s = %s), 0)""",
            lead,
            companies._credit_root_sql(SQL("so.company_id")),
            companies._credit_root_sql(company),
        )

    @api.model
    def _credit_flush(self):
        """Write out what the SQL above and below reads."""
        self.flush_model(["partner_id", "company_id", "expected_revenue", "won_status"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["sale.order"].flush_model(["opportunity_id", "state", "amount_untaxed", "currency_rate", "company_id"])
        self.env["credit.profile"].flush_model(["partner_id", "company_id", "active", *SHOWN.values()])

    # -- searching, sorting and grouping -------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in SHOWN and field_expr != "credit_beyond":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        self._credit_flush()
        lead = SQL.identifier(alias)
        company = SQL("COALESCE(%s.company_id, %s)", lead, self.env.company.id)
        contact, profile = (
            query.make_alias(alias, "credit_contact"),
            query.make_alias(alias, "credit_profile"),
        )
        query.add_join(
            "LEFT JOIN", contact, "res_partner", SQL("%s.id = %s.partner_id", SQL.identifier(contact), lead)
        )
        query.add_join(
            "LEFT JOIN",
            profile,
            "credit_profile",
            SQL(
                "%(profile)s.partner_id = %(contact)s.commercial_partner_id AND %(profile)s.company_id = %(root)s"
                " AND %(profile)s.active",
                profile=SQL.identifier(profile),
                contact=SQL.identifier(contact),
                root=self.env["res.company"]._credit_root_sql(company),
            ),
        )
        if field_expr in SHOWN:
            return SQL.identifier(profile, SHOWN[field_expr])
        # as _beyond
        return SQL(
            """CASE WHEN %(profile)s.id IS NULL THEN NULL
                    WHEN %(profile)s.limit_status = 'unlimited' THEN 0
                    ELSE ROUND(GREATEST(0, LEAST(%(ask)s, %(ask)s - COALESCE(%(profile)s.room, 0))),
                               (SELECT decimal_places FROM res_currency WHERE id = %(profile)s.currency_id)) END""",
            profile=SQL.identifier(profile),
            ask=self._credit_ask_sql(lead, company),
        )

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # customers who are not under control come last, whichever way the list is sorted
        if (field_name in SHOWN or field_name == "credit_beyond") and not nulls:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _search_credit(self, name, operator, value):
        if operator not in ("in", "not in", "<", ">", "<=", ">=", "any", "not any"):
            return NotImplemented
        field = self._fields[name]

        def to_sql(model, alias, query):
            condition = field.condition_to_sql(name, operator, value, model, alias, query)
            if operator in ("in", "not in", "any", "not any"):
                return condition
            # what is not known is neither less nor more; Odoo would take it for 0
            return SQL("(%s AND %s IS NOT NULL)", condition, model._field_to_sql(alias, name, query))

        return Domain.custom(to_sql=to_sql)

    def _search_credit_profile_id(self, operator, value):
        return self._search_credit("credit_profile_id", operator, value)

    def _search_credit_status(self, operator, value):
        return self._search_credit("credit_status", operator, value)

    def _search_credit_limit_status(self, operator, value):
        return self._search_credit("credit_limit_status", operator, value)

    def _search_credit_grade_id(self, operator, value):
        return self._search_credit("credit_grade_id", operator, value)

    def _search_credit_room(self, operator, value):
        return self._search_credit("credit_room", operator, value)

    def _search_credit_on_hold(self, operator, value):
        return self._search_credit("credit_on_hold", operator, value)

    def _search_credit_refreshed_at(self, operator, value):
        return self._search_credit("credit_refreshed_at", operator, value)

    def _search_credit_beyond(self, operator, value):
        return self._search_credit("credit_beyond", operator, value)

    # -- buttons -------------------------------------------------------------------------------------

    def _check_credit_profile(self):
        """
        :raises UserError: the customer has no credit profile in the opportunity's company
        """
        if not self.credit_profile_id:
            raise UserError(
                self.env._(
                    "The customer of “%s” is not under credit control, so there is no credit profile. Apply for credit,"
                    " or have a credit administrator bring the customer under control.",
                    self.display_name,
                )
            )

    def action_view_credit_profile(self):
        self.ensure_one()
        self._check_credit_profile()
        return self.credit_profile_id._action_form()

    def action_enrol_credit(self):
        """Open the dialog that brings the customer under control in the opportunity's company."""
        self.ensure_one()
        action = self._credit_customer().action_enrol_credit()
        action["context"]["default_company_id"] = self._credit_company().root_id.id
        return action

    def _credit_customer(self):
        """The customer whose credit it is.

        :raises UserError: there is none yet
        """
        self.ensure_one()
        if not self.partner_id:
            raise UserError(
                self.env._("“%s” has no customer yet: choose or create the customer first.", self.display_name)
            )
        return self.partner_id.commercial_partner_id


def _beyond(ask, room, limit_status, rounding):
    """What of ``ask`` goes beyond what is available: all of it without a valid limit, nothing of it without a bound.

    All in the same currency; ``room`` may be negative.
    """
    if limit_status == "unlimited":
        return 0.0
    return rounded(max(0.0, min(ask, ask - (room if limit_status == "valid" else 0.0))), rounding)
