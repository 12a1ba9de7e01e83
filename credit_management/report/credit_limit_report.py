# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.tools import SQL


class CreditLimitReport(models.Model):
    """Limits that were decided, each with the one of its kind that it followed."""

    _name = "credit.limit.report"
    _description = "Changes of Limits"
    _auto = False
    _order = "date_start desc, id desc"
    _rec_name = "profile_id"

    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    grade_id = fields.Many2one("credit.grade", "Grade now", readonly=True, help="The grade in force today.")
    kind = fields.Selection(
        lambda self: self.env["credit.limit"]._fields["kind"]._description_selection(self.env), readonly=True,
        help="Standard; or temporary, in place of another or on top of it.",
    )
    state = fields.Selection(
        lambda self: self.env["credit.limit"]._fields["state"]._description_selection(self.env), readonly=True,
        help="What became of the request.",
    )
    origin = fields.Selection(
        lambda self: self.env["credit.limit"]._fields["origin"]._description_selection(self.env), readonly=True,
        help="What the limit came about from.",
    )
    date_start = fields.Date("Valid from", readonly=True, help="The first day on which it holds.")
    date_end = fields.Date("Valid until", readonly=True, help="The last day on which it holds; empty: it has no end.")
    unlimited = fields.Boolean(readonly=True, help="The customer may buy without a limit.")
    amount = fields.Monetary("Limit", readonly=True, help="The limit granted or asked for, in the company's currency.")
    amount_before = fields.Monetary("Limit before", readonly=True, help="The one of this kind that came before.")
    change = fields.Monetary(readonly=True, help="Empty where one of the two is unlimited.")
    direction = fields.Selection(
        [
            ("first", "First limit"),
            ("raised", "Raised"),
            ("same", "Unchanged"),
            ("lowered", "Lowered"),
            ("refused", "Refused"),
        ],
        readonly=True,
        help="Compared with the limit that held before it.",
    )
    requested_by = fields.Many2one("res.users", "Requested by", readonly=True, help="Who asked for it.")
    decided_by = fields.Many2one("res.users", "Decided by", readonly=True, help="Who granted, refused or revoked it.")
    requested_on = fields.Datetime("Requested on", readonly=True)
    decided_on = fields.Datetime("Decided on", readonly=True)
    days = fields.Float(
        "Days to the decision", readonly=True, aggregator="avg", digits=(16, 1),
        help="Days from the request to the decision.",
    )  # fmt: skip

    @property
    def _table_query(self):
        self.env["credit.limit"].flush_model()
        self.env["credit.profile"].flush_model(["grade_id", "currency_id"])
        return SQL(
            """
            SELECT lim.id, lim.profile_id, lim.partner_id, lim.company_id, profile.currency_id, profile.grade_id,
                   lim.kind, lim.state, lim.origin, lim.date_start, lim.date_end, COALESCE(lim.unlimited, FALSE)
                   AS unlimited, CASE WHEN NOT COALESCE(lim.unlimited, FALSE) THEN lim.amount END AS amount,
                   CASE WHEN NOT before.unlimited THEN before.amount END AS amount_before,
                   CASE WHEN lim.state <> 'refused' AND NOT COALESCE(lim.unlimited, FALSE)
                         AND NOT COALESCE(before.unlimited, FALSE)
                        THEN lim.amount - COALESCE(before.amount, 0) END AS change,
                   CASE WHEN lim.state = 'refused' THEN 'refused'
                        WHEN before.id IS NULL THEN 'first'
                        WHEN (COALESCE(lim.unlimited, FALSE)::int, lim.amount) > (before.unlimited::int, before.amount)
                        THEN CASE WHEN lim.unlimited AND before.unlimited THEN 'same' ELSE 'raised' END
                        WHEN (COALESCE(lim.unlimited, FALSE)::int, lim.amount) < (before.unlimited::int, before.amount)
                        THEN CASE WHEN lim.unlimited AND before.unlimited THEN 'same' ELSE 'lowered' END
                        ELSE 'same' END AS direction,
                   lim.requested_by, lim.decided_by, lim.create_date AS requested_on, lim.decided_on,
                   EXTRACT(EPOCH FROM lim.decided_on - lim.create_date)::float8 / 86400 AS days
              FROM credit_limit lim
              JOIN credit_profile profile ON profile.id = lim.profile_id
              LEFT JOIN LATERAL (
                   SELECT id, amount, COALESCE(unlimited, FALSE) AS unlimited
                     FROM credit_limit earlier
                    WHERE earlier.profile_id = lim.profile_id AND earlier.kind = lim.kind
                      AND earlier.state IN ('granted', 'revoked', 'replaced')
                      AND (earlier.date_start, earlier.id) < (lim.date_start, lim.id)
                    ORDER BY date_start DESC, id DESC LIMIT 1) before ON TRUE
             WHERE lim.state IN ('granted', 'revoked', 'replaced', 'refused')
            """
        )

    def action_view_limit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.limit",
            "res_id": self.id,
            "views": [(False, "form")],
        }
