# Part of credit_management. License LGPL-3.0 or later.
"""The trail for internal control: who set, asked, approved, released what, and when.

How it works: nothing is written for it. It reads what the records themselves keep – who asked and decided, and the
changes that Odoo tracks – as one list (:meth:`CreditAuditEvent._sources`). An addon adds its own by one SELECT.
"""

from odoo import api, fields, models
from odoo.tools import SQL

# whose tracked changes belong to the trail
TRACKED = ("credit.profile", "credit.limit", "credit.guarantee", "credit.group", "credit.policy")


class CreditAuditEvent(models.Model):
    _name = "credit.audit.event"
    _description = "Audit Trail of Credit"
    _auto = False
    _order = "date desc, id desc"

    date = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", "Who", readonly=True, help="Who did it; empty for what the system did.")
    event = fields.Selection(
        [
            ("limit_requested", "Asked for a limit"),
            ("limit_approved", "Approved a limit"),
            ("limit_granted", "Granted a limit"),
            ("limit_refused", "Refused a limit"),
            ("limit_ended", "Ended a request or a limit"),
            ("held", "Order held or refused"),
            ("release_requested", "Asked for a release"),
            ("released", "Released an order"),
            ("rejected", "Rejected an order"),
            ("grade_moved", "Moved a grade"),
            ("grade_confirmed", "Confirmed a grade"),
            ("statement_confirmed", "Confirmed a statement"),
            ("changed", "Changed"),
        ],
        "What",
        readonly=True,
        help="What happened.",
    )
    name = fields.Char("Subject", readonly=True, help="The document, or the field that was changed.")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True, help="The limit, what was asked for, or what it took authority for.")
    other_user_id = fields.Many2one(
        "res.users", "Asked by", readonly=True, help="Whose request, order or proposal it was that was decided on."
    )
    same_person = fields.Boolean(
        "Decided by who asked", readonly=True, help="Credit control forbids it, but where the policy allows it."
    )
    note = fields.Char(readonly=True, help="The reason given, or what was changed.")
    res_model = fields.Char("Record type", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)

    @api.model
    def _sources(self):
        """SELECTs of a key, date, user, event, name, customer, company, currency, amount, who asked, note, and the
        model and id of the record."""
        limit = SQL(
            """FROM credit_limit lim JOIN credit_profile profile ON profile.id = lim.profile_id
               JOIN res_partner customer ON customer.id = profile.partner_id"""
        )
        assessment = SQL(
            """FROM credit_assessment ass JOIN credit_profile profile ON profile.id = ass.profile_id
               JOIN res_partner customer ON customer.id = profile.partner_id
               LEFT JOIN credit_grade grade ON grade.id = ass.grade_id"""
        )
        return [
            SQL(
                """SELECT lim.id, lim.create_date, lim.requested_by, 'limit_requested', customer.name,
                          profile.partner_id, profile.company_id, profile.currency_id, lim.amount, NULL::integer,
                          lim.note, 'credit.limit', lim.id %s WHERE lim.requested_by IS NOT NULL""",
                limit,
            ),
            SQL(
                """SELECT approval.id, approval.create_date, approval.user_id, 'limit_approved', customer.name,
                          profile.partner_id, profile.company_id, profile.currency_id, lim.amount, lim.requested_by,
                          NULL, 'credit.limit', lim.id
                       %s JOIN credit_approval approval ON approval.limit_id = lim.id""",
                limit,
            ),
            SQL(
                """SELECT lim.id, lim.decided_on, lim.decided_by,
                          CASE WHEN lim.state IN ('granted', 'replaced') THEN 'limit_granted'
                               WHEN lim.state = 'refused' THEN 'limit_refused' ELSE 'limit_ended' END,
                          customer.name, profile.partner_id, profile.company_id, profile.currency_id, lim.amount,
                          lim.requested_by, lim.note, 'credit.limit', lim.id %s WHERE lim.decided_on IS NOT NULL""",
                limit,
            ),
            SQL(
                """SELECT id, date, user_id, 'held', name, partner_id, company_id, currency_id, asked, NULL::integer,
                          kinds, 'credit.decision', id FROM credit_decision WHERE outcome IN ('hold', 'refuse')"""
            ),
            SQL(
                """SELECT id, requested_on, requested_by, 'release_requested', name, partner_id, company_id,
                          currency_id, asked, NULL::integer, request_note, 'credit.decision', id
                     FROM credit_decision WHERE requested_on IS NOT NULL"""
            ),
            SQL(
                """SELECT decision.id, released_on, released_by, CASE WHEN decision.state = 'rejected' THEN 'rejected'
                          ELSE 'released' END, decision.name, decision.partner_id, decision.company_id,
                          decision.currency_id, overage, COALESCE(requested_by, document_user_id),
                          release_note, 'credit.decision', decision.id
                     FROM credit_decision decision WHERE released_on IS NOT NULL"""
            ),
            SQL(
                """SELECT ass.id, ass.overridden_on, ass.overridden_by, 'grade_moved', grade.code, profile.partner_id,
                          profile.company_id, profile.currency_id, NULL::numeric, NULL::integer, ass.override_reason,
                          'credit.assessment', ass.id %s WHERE ass.overridden_on IS NOT NULL""",
                assessment,
            ),
            SQL(
                """SELECT ass.id, ass.confirmed_on, ass.confirmed_by, 'grade_confirmed', grade.code,
                          profile.partner_id, profile.company_id, profile.currency_id, NULL::numeric,
                          ass.overridden_by, NULL, 'credit.assessment', ass.id %s
                    WHERE ass.confirmed_on IS NOT NULL""",
                assessment,
            ),
            SQL(
                """SELECT id, confirmed_on, confirmed_by, 'statement_confirmed', to_char(date_end, 'YYYY-MM-DD'),
                          partner_id, company_id, NULL::integer, NULL::numeric, create_uid, NULL, 'credit.statement', id
                     FROM credit_statement WHERE confirmed_on IS NOT NULL"""
            ),
            self._source_tracked(),
        ]

    @api.model
    def _source_tracked(self):
        """Changes that Odoo tracks: holds, policies, responsibles, limits, guarantees, rules of the policy."""

        def value(side):
            columns = ("char", "text", "float", "integer", "datetime")
            texts = (SQL("%s::text", SQL.identifier("track", f"{side}_value_{each}")) for each in columns)
            return SQL("COALESCE(%s)", SQL(", ").join(texts))

        return SQL(
            """SELECT track.id, message.date, message.create_uid, 'changed', field.name,
                      COALESCE(profile.partner_id, lim.partner_id, guarantee.partner_id),
                      COALESCE(profile.company_id, lim.company_id, guarantee.company_id, policy.company_id),
                      NULL::integer, NULL::numeric, NULL::integer,
                      COALESCE(%s, '') || ' → ' || COALESCE(%s, ''), message.model, message.res_id
                 FROM mail_message message
                 JOIN mail_tracking_value track ON track.mail_message_id = message.id
                 LEFT JOIN ir_model_fields field ON field.id = track.field_id
                 LEFT JOIN credit_profile profile ON message.model = 'credit.profile' AND profile.id = message.res_id
                 LEFT JOIN credit_limit lim ON message.model = 'credit.limit' AND lim.id = message.res_id
                 LEFT JOIN credit_guarantee guarantee ON message.model = 'credit.guarantee'
                                                     AND guarantee.id = message.res_id
                 LEFT JOIN credit_policy policy ON message.model = 'credit.policy' AND policy.id = message.res_id
                WHERE message.model IN %s""",
            value("old"),
            value("new"),
            TRACKED,
        )

    @property
    def _table_query(self):
        for model in ("credit.limit", "credit.approval", "credit.decision", "credit.assessment", "credit.statement"):
            self.env[model].flush_model()
        sources = self._sources()
        union = SQL(" UNION ALL ").join(
            SQL(
                "SELECT source.key::bigint * %s + %s AS id, source.* FROM (%s) source (%s)",
                len(sources),
                number,
                source,
                SQL(
                    "key, date, user_id, event, name, partner_id, company_id, currency_id, amount, other_user_id, note,"
                    " res_model, res_id"
                ),
            )
            for number, source in enumerate(sources)
        )
        return SQL(
            """SELECT id, date, user_id, event, name, partner_id, company_id,
                      CASE WHEN amount IS NOT NULL THEN currency_id END AS currency_id, amount::numeric AS amount,
                      other_user_id, note, res_model, res_id, COALESCE(user_id = other_user_id, FALSE) AS same_person
                 FROM (%s) trail""",
            union,
        )

    @api.depends("name", "event")
    def _compute_display_name(self):
        events = dict(self._fields["event"]._description_selection(self.env))
        for event in self:
            event.display_name = f"{events.get(event.event, '')}: {event.name or ''}"

    def action_view_record(self):
        """Open what it happened to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
