# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what is known of a customer is a concept of its own
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine.information import PARTS, information
from ..engine.records import count
from ..tools.known import KnownFloat
from .credit_record import CONTACTS, REFERENCES
from .res_partner_business import FACTS

ANALYST = "credit_management.group_analyst"
# so many periods stand side by side
COMPARED = 5


class CreditProfile(models.Model):
    """Statements, records and business facts, and how complete and fresh all this is.

    What is handed out is of the customer and of the profile's company or shared, and what was known on the day asked
    for. Statements and records are confidential: their own access rights say who may read them.
    """

    _inherit = "credit.profile"

    statement_ids = fields.Many2many(
        "credit.statement", compute="_compute_information_records", groups=ANALYST, string="Statements"
    )
    record_ids = fields.Many2many(
        "credit.record", compute="_compute_information_records", groups=ANALYST, string="Records"
    )
    relation_ids = fields.Many2many(
        "credit.relation", compute="_compute_information_records", groups=ANALYST, string="Related companies"
    )
    record_timeline = fields.Json("Records over time", compute="_compute_record_timeline", groups=ANALYST)
    statement_count = fields.Integer(
        "Statements on file", compute="_compute_information_records", groups=ANALYST,
        help="Financial statements of the customer.",
    )  # fmt: skip
    record_count = fields.Integer(
        "Records on file", compute="_compute_information_records", groups=ANALYST,
        help="Loans, lawsuits, bureau reports, references, visits and the like.",
    )  # fmt: skip
    adverse_count = fields.Integer(
        "Adverse records", compute="_compute_information_records", groups=ANALYST,
        help="Records that speak against the customer: defaults, lawsuits, returned cheques.",
    )  # fmt: skip
    comparison = fields.Json("Periods side by side", compute="_compute_comparison", groups=ANALYST)
    information = fields.Json("What is known", compute="_compute_information", groups=ANALYST)
    completeness = KnownFloat(
        readonly=True, aggregator="avg", digits=(16, 4), groups=ANALYST,
        help="How much of a full file on the customer there is; see the profile for what is missing.",
    )  # fmt: skip
    freshness = KnownFloat(
        readonly=True, aggregator="avg", digits=(16, 4), groups=ANALYST,
        help="How much of what is there is recent enough to go by.",
    )  # fmt: skip
    information_as_of = fields.Date("Completeness as of", readonly=True, groups=ANALYST)

    # -- what was known on a day ---------------------------------------------------------------------

    def _by_profile(self, records):
        """Records of customers, given to the profiles that they are for: ``{profile id: records}``, order kept."""
        empty = records.browse()
        ids = defaultdict(list)
        for record in records:
            ids[record.partner_id.id].append((record.id, record.company_id.id))
        return {
            profile.id: empty.browse(
                [
                    record_id
                    for record_id, company_id in ids[profile.partner_id.id]
                    if company_id in (False, profile.company_id.id)
                ]
            ).with_prefetch(records._prefetch_ids)
            for profile in self
        }

    def _statements(self, as_of):
        """The confirmed statements that held on the day ``as_of``: ``{profile id: credit.statement}``.

        Newest period first, and all of them comparable: see :meth:`credit.statement._one_stream`.
        """
        known = self.env["credit.statement"]._known_on(self.partner_id, as_of)
        return {key: statements._one_stream() for key, statements in self._by_profile(known).items()}

    def _records(self, as_of):
        """The records in force, and known, on the day ``as_of``, latest first: ``{profile id: credit.record}``."""
        record = self.env["credit.record"]
        return self._by_profile(
            record.search(Domain("partner_id", "in", self.partner_id.ids) & record._in_force_domain(as_of))
        )

    def _adverse(self, as_of):
        """What is known against the customers on the day ``as_of``: ``{profile id: engine.records.Adverse}``."""
        return {profile_id: count(records._engine(), as_of) for profile_id, records in self._records(as_of).items()}

    def _information(self, as_of, behaviours=None):
        """How complete and fresh the files were on ``as_of``: ``{profile id: engine.information.Information}``.

        Of business facts there is no history: those looked at after ``as_of`` are not counted.

        :param behaviours: what :meth:`_behaviours` said of ``as_of``, for who has it already
        """
        if not self:
            return {}
        statements, records = self._statements(as_of), self._records(as_of)
        behaviours = self._behaviours(as_of) if behaviours is None else behaviours
        found = {}
        for profile in self:
            ages, shares = profile._business_age(as_of)
            if statements[profile.id]:
                ages["statement"] = (as_of - statements[profile.id][0].date_end).days
            behaviour = behaviours.get(profile.id)
            if behaviour and behaviour.newest:
                ages["payment"] = (as_of - behaviour.newest).days
            for record in records[profile.id]:
                part = _part_of(record.kind)
                if part:
                    # they come latest first
                    ages.setdefault(part, (as_of - record.date).days)
            found[profile.id] = information(ages, shares)
        return found

    def _business_age(self, as_of):
        """Age and share of the business facts, and of the registration number, which doesn't age."""
        # sudo: whether a fact is known is no secret of the customer's
        partner = self.partner_id.sudo()
        ages, shares = {}, {}
        looked_at = partner.credit_business_date
        if not looked_at or looked_at <= as_of:
            known = sum(bool(partner[name]) for name in FACTS)
            shares["business"] = known / len(FACTS)
            ages["business"] = (as_of - looked_at).days if looked_at else None
        if partner.credit_registration_state == "valid":
            ages["registration"] = None
        return ages, shares

    # -- on the screen -------------------------------------------------------------------------------

    @api.depends("partner_id", "company_id")
    def _compute_information_records(self):
        mine = {}
        for model, field in (("credit.statement", "statement_ids"), ("credit.record", "record_ids")):
            mine[field] = self._by_profile(self.env[model].search([("partner_id", "in", self.partner_id.ids)]))
        relations = self.env["credit.relation"].search(
            Domain("partner_id", "in", self.partner_id.ids) | Domain("related_id", "in", self.partner_id.ids)
        )
        adverse = self._adverse(fields.Date.context_today(self)) if self.ids else {}
        for profile in self:
            empty = self.env["credit.statement"], self.env["credit.record"]
            profile.statement_ids = mine["statement_ids"].get(profile.id, empty[0])
            profile.record_ids = mine["record_ids"].get(profile.id, empty[1])
            profile.relation_ids = relations.filtered(
                lambda relation, profile=profile: (
                    profile.partner_id in (relation.partner_id | relation.related_id)
                    and relation.company_id.id in (False, profile.company_id.id)
                )
            )
            profile.statement_count = len(profile.statement_ids)
            profile.record_count = len(profile.record_ids)
            profile.adverse_count = adverse[profile.id].number() if profile.id in adverse else 0

    @api.depends("record_ids")
    @api.depends_context("lang")
    def _compute_record_timeline(self):
        """What the timeline of the records shows; see ``static/src/record``."""
        kinds = dict(self.env["credit.record"]._fields["kind"]._description_selection(self.env))
        for profile in self:
            profile.record_timeline = [
                {
                    "id": record.id,
                    "day": fields.Date.to_string(record.date),
                    "kind": kinds[record.kind],
                    "title": record.title,
                    "severity": record.severity if record.adverse else None,
                    "in_force": record.in_force,
                }
                for record in profile.record_ids.sorted(lambda record: (record.date, record.id))
            ]

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_comparison(self):
        statements = self._statements(fields.Date.context_today(self))
        for profile in self:
            shown = statements[profile.id]
            # those of the same length as the latest one can be compared with it
            shown = shown.filtered(lambda statement, first=shown[:1]: statement.period == first.period)[:COMPARED]
            profile.comparison = shown._compare(profile.company_id)

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_information(self):
        found = self._information(fields.Date.context_today(self)) if self.ids else {}
        for profile in self:
            known = found.get(profile.id)
            profile.information = known and {
                "completeness": known.completeness,
                "freshness": known.freshness,
                "parts": [
                    {
                        "code": part.code,
                        "label": self.env._(part.label),
                        "weight": part.weight,
                        "share": known.partial.get(part.code, float(part.code in known.ages)),
                        "age": known.ages.get(part.code),
                        "stale": part.code in known.stale,
                    }
                    for part in PARTS.values()
                ],
            }

    def action_complete(self, part):
        """What there is to do about a part of the file that is missing or stale.

        :param part: a code of :data:`engine.information.PARTS`
        """
        self.ensure_one()
        self.env["credit.statement"].check_access("read")
        if part == "statement":
            return self.action_import_statements()
        if part in ("business", "registration"):
            return self.action_edit_business()
        kind = {"bureau": "bureau", "reference": "trade_reference", "contact": "visit"}.get(part)
        if kind:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("New record"),
                "res_model": "credit.record",
                "views": [(False, "form")],
                "target": "current",
                "context": {**self._information_defaults(), "default_kind": kind},
            }
        return self.action_view_partner()

    def _information_defaults(self):
        return {"default_partner_id": self.partner_id.id, "default_company_id": self.partner_id.company_id.root_id.id}

    def action_edit_business(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Business facts"),
            "res_model": "credit.profile",
            "res_id": self.id,
            "views": [(self.env.ref("credit_management.credit_profile_view_form_business").id, "form")],
            "target": "new",
        }

    def action_import_statements(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import statements"),
            "res_model": "credit.statement.import",
            "views": [(False, "form")],
            "target": "new",
            "context": self._information_defaults(),
        }

    def action_new_statement(self):
        return self._action_information("credit.statement", self.env._("New statement"), "form")

    def action_new_record(self):
        return self._action_information("credit.record", self.env._("New record"), "form")

    def action_view_statements(self):
        return self._action_information("credit.statement", self.env._("Statements"), "list,form")

    def action_view_records(self):
        return self._action_information("credit.record", self.env._("Records"), "list,kanban,form")

    def action_view_relations(self):
        return self._action_information("credit.relation", self.env._("Related companies"), "list,form")

    def _action_information(self, model, name, view_mode):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": view_mode,
            "domain": [("partner_id", "=", self.partner_id.id), ("company_id", "in", (self.company_id.id, False))],
            "context": self._information_defaults(),
        }

    # -- stored for lists ----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        # sudo: much may be known of a customer before anybody gave him credit, whoever does that
        profiles.sudo()._refresh_information()
        return profiles

    def write(self, vals):
        if not self.env.su and {"completeness", "freshness", "information_as_of"} & set(vals):
            raise AccessError(self.env._("How complete a file is, is counted and not entered."))
        return super().write(vals)

    @api.model
    def _information_changed(self, partners):
        """What is known of ``partners`` has changed: their stored completeness follows."""
        # sudo: it follows whoever changes what
        profiles = self.sudo().search([("partner_id", "in", partners.ids)])
        profiles._refresh_information()
        profiles._watch()

    def _refresh_information(self, behaviours=None):
        """Count the stored columns anew as of today.

        :param behaviours: as for :meth:`_information`
        """
        today = fields.Date.context_today(self)
        values = [
            (profile_id, known.completeness, known.freshness, fields.Date.to_string(today))
            for profile_id, known in self._information(today, behaviours).items()
        ]
        if values:
            self.env.cr.execute_values(
                """UPDATE credit_profile profile
                      SET completeness = new.completeness, freshness = new.freshness::numeric,
                          information_as_of = new.as_of::date
                     FROM (VALUES %s) AS new (id, completeness, freshness, as_of)
                    WHERE profile.id = new.id""",
                values,
                page_size=1000,
            )
            self.invalidate_recordset(["completeness", "freshness", "information_as_of"])


def _part_of(kind):
    """The part of a customer's file that a kind of record answers for, if any."""
    if kind == "bureau":
        return "bureau"
    if kind in REFERENCES:
        return "reference"
    return "contact" if kind in CONTACTS else None
