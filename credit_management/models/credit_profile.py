# Part of credit_management. License LGPL-3.0 or later.
from collections import defaultdict
from dataclasses import replace
from math import fsum

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.limits import in_force
from ..engine.position import EVERYTHING, Counting, Document, GroupPosition, Position, rounded, status
from ..engine.rules import needed_limit
from ..tools.plain import without_nulls
from .credit_guarantee import IN_POSITIONS as GUARANTEE
from .credit_limit import DECIDED

STATUSES = [
    ("ok", "Within limit"),
    ("near", "Near limit"),
    ("over", "Over limit"),
    ("overdue", "Overdue"),
    ("expired", "Limit expired"),
    ("none", "No limit"),
    ("hold", "On hold"),
]

LIMIT_STATUSES = [("valid", "Valid"), ("unlimited", "Unlimited"), ("expired", "Expired"), ("none", "None")]

# what lists read: kept by _refresh, never by a person
FIGURES = (
    "limit_amount",
    "limit_status",
    "limit_date_end",
    "receivable",
    "draft_invoice",
    "order_open",
    "order_delivered",
    "exposure",
    "left_out",
    "cover",
    "room",
    "usage",
    "overdue",
    "oldest_due",
    "status",
    "refreshed_at",
)

LIMIT_KINDS = ("standard", "replace", "top_up")

# up to so many profiles are written out in a query
WRITTEN_OUT = 20

# what rules look at beside debts: the arguments of _standing
STANDING = (
    "grade_id", "payment_index", "next_review", "statement_until", "largest_document", "account_status_id",
)  # fmt: skip


def _column(name):
    """SQL of a column as Python's plain type."""
    return f"profile.{name}::float8" if name in ("payment_index", "largest_document") else f"profile.{name}"


# what a check has to know of a profile, beside its figures
KNOWN = (
    *("partner_id", "partner_name", "company_id", "currency_id", "policy_id", "grace_days"),
    *("count_orders", "order_horizon", "count_drafts"),
    *("user_id", "active", "hold", "hold_reason", "alert_holds", "group_id"),
    *STANDING,
)
FIND = f"""
    SELECT contact.id, profile.id, {", ".join(map(_column, KNOWN))}
      FROM res_partner contact
      JOIN credit_profile profile ON profile.partner_id = contact.commercial_partner_id
     WHERE contact.id = ANY(%s) AND profile.company_id = ANY(%s) AND profile.active"""


class CreditProfile(models.Model):
    """One customer (commercial partner) under credit control in one company.

    Checks and forms use :meth:`_positions`, which is always live. The stored figures are for lists, filters and
    groupings; they say as of when they are (``refreshed_at``) and are kept true by the change queue.
    """

    _name = "credit.profile"
    _description = "Credit Profile"
    _inherit = ["credit.derived.mixin", "credit.action.mixin", "mail.thread", "mail.activity.mixin"]
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id.complete_name", "partner_id.ref", "partner_id.vat"]
    _order = "partner_id, company_id"
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="restrict")
    partner_name = fields.Char(related="partner_id.name", store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        tracking=True,
        domain=[("share", "=", False)],
        help="Who looks after this customer's credit.",
    )
    salesperson_id = fields.Many2one(related="partner_id.user_id", string="Salesperson", store=True)
    country_id = fields.Many2one(related="partner_id.country_id", store=True, help="From the customer's address.")
    policy_id = fields.Many2one(
        "credit.policy",
        "Credit policy",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self.env.company.root_id.credit_policy_id,
        domain="[('company_id', 'in', (company_id, False)), ('in_force', '=', True)]",
        help="What is checked for this customer, in the version in force.",
    )
    # the policy says who changed them; said once more of each customer, a new version of it took minutes
    grace_days = fields.Integer(related="policy_id.grace_days", store=True, tracking=False)
    count_orders = fields.Selection(related="policy_id.count_orders", store=True, tracking=False)
    order_horizon = fields.Integer(related="policy_id.order_horizon", store=True, tracking=False)
    count_drafts = fields.Boolean(related="policy_id.count_drafts", store=True, tracking=False)
    hold = fields.Boolean("On hold", tracking=True, copy=False)
    hold_reason = fields.Char(tracking=True, copy=False, help="Why the customer was put on hold by hand.")
    note = fields.Text("Notes", help="For credit people only.")
    limit_ids = fields.One2many(
        "credit.limit", "profile_id", "Limits",
        help="All limits that were, are and will be in force, and those asked for.",
    )  # fmt: skip
    guarantee_ids = fields.One2many(
        "credit.guarantee", "profile_id", "Guarantees",
        help="Collateral, bank guarantees, deposits and insurance that add cover.",
    )  # fmt: skip
    group_id = fields.Many2one(
        "credit.group",
        index=True,
        tracking=True,
        ondelete="restrict",
        copy=False,
        help="Customers of a group share a joint limit beside their own.",
    )
    decision_ids = fields.One2many(
        "credit.decision", "profile_id", "Decisions",
        help="Every check of an order of this customer.",
    )  # fmt: skip
    held_count = fields.Integer(
        "Orders held", compute="_compute_held_count",
        help="Orders that wait in the hold queue.",
    )  # fmt: skip

    limit_amount = fields.Monetary(
        "Limit", readonly=True,
        help="What the customer may owe and have ordered in all, in the company's currency.",
    )  # fmt: skip
    limit_status = fields.Selection(
        LIMIT_STATUSES, "Validity of the limit", default="none", required=True, readonly=True,
        help="Whether a limit is in force. Without a limit there is no credit; unlimited is granted as such.",
    )
    limit_date_end = fields.Date(
        "Limit valid until", readonly=True,
        help="The last day of the limit in force; empty: it has no end.",
    )  # fmt: skip
    receivable = fields.Monetary(
        "Receivables", readonly=True,
        help="Posted invoices that are not paid, less credit notes and payments that are not matched.",
    )  # fmt: skip
    draft_invoice = fields.Monetary("Draft invoices", readonly=True, help="Customer invoices that are not posted yet.")
    order_open = fields.Monetary("Orders to invoice", readonly=True, help="What confirmed orders will still bill.")
    order_delivered = fields.Monetary(
        "Delivered, not invoiced", readonly=True,
        help="The part of confirmed orders that is delivered and not yet invoiced.",
    )  # fmt: skip
    exposure = fields.Monetary(
        readonly=True, help="Receivables, draft invoices and confirmed orders still to be invoiced."
    )
    left_out = fields.Monetary(
        "Not counted",
        readonly=True,
        help="The part of the exposure that the policy does not count against the limit: draft invoices, or orders that"
        " are not delivered soon, as it has it.",
    )
    cover = fields.Monetary(
        "Covered by guarantees",
        readonly=True,
        help="What guarantees add to the limit or take off the exposure.",
    )
    # the two are empty in the database unless a limit is valid, so that sums, averages and filters leave them out
    room = fields.Monetary("Available", readonly=True, help="What is left of the limit; negative when it is exceeded.")
    usage = fields.Float(
        "Usage of the limit", readonly=True, aggregator="avg", digits=(16, 4), help="Exposure as a part of the limit."
    )
    overdue = fields.Monetary(
        readonly=True, help="The part of the receivables that is past its due date and the policy's days of grace."
    )
    oldest_due = fields.Date("Oldest due date", readonly=True, help="Due date of the oldest unpaid invoice.")
    status = fields.Selection(
        STATUSES, readonly=True, index=True, default="none", required=True,
        help="Within: below 80 % of the limit. Near: from there to the limit. Over: beyond it.",
    )  # fmt: skip
    refreshed_at = fields.Datetime(
        "As of", readonly=True,
        help="When the figures of lists were last counted. Checks and the meter count anew.",
    )  # fmt: skip
    meter = fields.Json("Usage now", compute="_compute_meter")

    _partner_company_unique = models.UniqueIndex(
        "(partner_id, company_id)", "This customer is under credit control in this company already."
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("allowed_company_ids")
    def _compute_display_name(self):
        several = len(self.env.companies.root_id) > 1
        for profile in self:
            name = profile.partner_id.name or ""
            profile.display_name = f"{name} ({profile.company_id.name})" if several else name

    def _compute_held_count(self):
        counts = dict(
            self.env["credit.decision"]
            .sudo()  # a count only; salespeople see it for customers whose orders are not theirs
            ._read_group([("profile_id", "in", self.ids), ("is_open", "=", True)], ["profile_id"], ["__count"])
        )
        for profile in self:
            profile.held_count = counts.get(profile.sudo(), 0)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # who has no limit to use has nothing to do at the top of a list by usage
        if field_name in ("room", "usage") and not nulls:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    # -- keeping it consistent -----------------------------------------------------------------------

    @api.constrains("partner_id", "company_id")
    def _check_party(self):
        for profile in self:
            if profile.partner_id.commercial_partner_id != profile.partner_id:
                raise ValidationError(
                    self.env._(
                        "“%(contact)s” is a contact of “%(company)s”."
                        " Credit is given to the company: put that one under control.",
                        contact=profile.partner_id.name,
                        company=profile.partner_id.commercial_partner_id.name,
                    )
                )
            if profile.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "“%(branch)s” is a branch. Its credit is managed in “%(root)s”.",
                        branch=profile.company_id.name,
                        root=profile.company_id.root_id.name,
                    )
                )

    @api.constrains("policy_id", "company_id")
    def _check_policy_company(self):
        for profile in self:
            if profile.policy_id.company_id and profile.policy_id.company_id != profile.company_id:
                raise ValidationError(
                    self.env._(
                        "The policy “%(policy)s” belongs to “%(company)s”.",
                        policy=profile.policy_id.name,
                        company=profile.policy_id.company_id.name,
                    )
                )

    @api.model
    def _figures(self):
        """The columns that are counted or measured, and that nobody enters."""
        return FIGURES

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                for figure in self._figures():
                    vals.pop(figure, None)
        profiles = super().create(vals_list)
        # sudo: gate rows and decisions are the server's own
        self.env["credit.gate"].sudo().create([{"profile_id": profile.id} for profile in profiles])
        profiles.sudo()._take_over_open_orders()
        profiles._refresh()
        return profiles

    def write(self, vals):
        if not self.env.su:
            if set(self._figures()) & set(vals):
                raise AccessError(self.env._("The figures of a credit profile are counted, not entered."))
            if {"partner_id", "company_id"} & set(vals):
                raise UserError(
                    self.env._("A credit profile stays with its customer and company. Create another one instead.")
                )
            if {"hold", "hold_reason", "policy_id", "active", "group_id"} & set(vals):
                self._check_manager(
                    self.env._(
                        "Only credit managers decide on holds, on the policy, on the group and on ending the control."
                    )
                )
        left = self.sudo().group_id
        result = super().write(vals)
        if {"hold", "policy_id", "active", "group_id"} & set(vals):
            self._enter_gate(left)
            if vals.get("active"):
                self.sudo()._take_over_open_orders()
            if vals.get("hold"):
                # a hold placed by hand is stronger than what was released before it
                self.env["credit.decision"].sudo()._void_unused_releases(self)
            self._refresh()
            if {"policy_id", "active"} & set(vals):
                self._watch()
            self._recheck_holds()
        return result

    def _enter_gate(self, groups=None):
        """Close the gate of these profiles, and of their groups: see :meth:`credit.gate._enter`. Both at once, as
        whoever locked the one first and the other later could wait for somebody who waits for him.

        :param groups: further groups
        """
        # sudo: gate rows are the server's own, and a group may have members of all companies
        groups = self.sudo().group_id | groups if groups else self.sudo().group_id
        self.env["credit.gate"].sudo()._enter(self.ids, groups.ids)

    def _take_over_open_orders(self):
        """Orders that were open when the customer came under control stand as they are: one decision each.

        Not those that this very transaction has put into their state: they are still to be judged, or writing a
        customer and his orders in one go would be a way round.
        """
        self.env.flush_all()
        pending = self.env["sale.order"]._credit_collected().get("entering", ())
        # sudo: how long terms are, of any company
        terms = self.env["account.payment.term"].sudo().with_context(active_test=False).search(Domain.TRUE)
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_decision (
                       user_id, name, res_model, res_id, order_id,
                       profile_id, partner_id, partner_name, policy_id, company_id, currency_id, checkpoint, date,
                       outcome, state, is_open, document_user_id, creator_id, asked, document_amount, overage,
                       cleared_value, cleared_committed, cleared_terms, cleared_delivery, document_currency_id,
                       invoice_partner_id)
                   SELECT %(uid)s, so.name, 'sale.order',
                          so.id, so.id, profile.id, profile.partner_id, customer.name, profile.policy_id,
                          profile.company_id, profile.currency_id, 'order', now() AT TIME ZONE 'UTC', 'pass',
                          'taken_over', FALSE, so.user_id, so.create_uid,
                          so.credit_open / COALESCE(NULLIF(so.currency_rate, 0), 1),
                          so.credit_value / COALESCE(NULLIF(so.currency_rate, 0), 1), 0,
                          so.credit_value, so.credit_committed,
                          COALESCE((%(terms)s::jsonb ->> so.payment_term_id::text)::integer, 0),
                          so.commitment_date::date, so.currency_id, so.partner_invoice_id
                     FROM sale_order so
                     JOIN res_partner partner ON partner.id = so.partner_invoice_id
                     JOIN res_company company ON company.id = so.company_id
                     JOIN credit_profile profile ON profile.partner_id = partner.commercial_partner_id
                                  AND profile.company_id = split_part(company.parent_path, '/', 1)::integer
                     JOIN res_partner customer ON customer.id = profile.partner_id
                    WHERE so.state = 'sale' AND profile.id = ANY(%(profiles)s) AND so.id <> ALL(%(pending)s)
                      AND NOT EXISTS (SELECT FROM credit_decision known
                                       WHERE known.order_id = so.id
                                         AND known.state IN ('passed', 'released', 'taken_over'))""",
                uid=self.env.uid,
                profiles=self.ids,
                pending=list(pending),
                terms=Json({term.id: term._credit_days() for term in terms}),
            )
        )
        self.env["credit.decision"].invalidate_model()

    # -- positions -----------------------------------------------------------------------------------

    def _positions(self, without_orders=()):
        """What is known of these customers now, in one query; in a few more for those who belong to groups.

        This is the only way in which a :class:`Position` comes about: checks, meters, lists and the monitor all
        stand on it. Called on an empty recordset it returns the positions of all active profiles.

        :param without_orders: ids of sales orders whose own order component is left out, for judging them anew
        :return: ``{profile id: Position}``, amounts in the currency of the profile's company
        """
        positions = self._own_positions(without_orders)
        # sudo: who belongs together, of any company, does not depend on who looks
        groups = self.env["credit.group"].sudo()
        groups = self.sudo().group_id if self else groups.search([("profile_ids", "!=", False)])
        return self._joint_positions(positions, groups, without_orders) if groups else positions

    def _own_positions(self, without_orders):
        """The positions without the side of the groups."""
        exposure = self.env["credit.exposure"]
        exposure._flush_sources()
        limits, guarantees = self.env["credit.limit"], self.env["credit.guarantee"]
        today = fields.Date.today()
        day = fields.Date.to_string(today)
        # sums, limits and guarantees as rows of one query: joining them would take the database longer than us
        rows = self.env.execute_query(
            SQL(
                "%s UNION ALL (%s) UNION ALL %s",
                exposure._sums(day, self, without_orders),
                limits._decided_sql(day, self),
                guarantees._valid_sql(day, self),
            )
        )
        found, granted, covering = defaultdict(dict), defaultdict(list), defaultdict(list)
        for profile_id, component, amount, *row in rows:
            if component in LIMIT_KINDS:
                granted[profile_id].append(limits._from_row(today, component, amount, *row))
                continue
            if component == GUARANTEE:
                covering[profile_id].append((amount, *row))
                continue
            if amount is None:
                continue
            delivered, overdue, day_due = row
            figures = found[profile_id]
            known = component if component in ("receivable", "draft_invoice", "order", "left_out") else "other"
            figures[known] = figures.get(known, 0.0) + amount
            if delivered:
                figures["order_delivered"] = figures.get("order_delivered", 0.0) + delivered
            if overdue:
                figures["overdue"] = figures.get("overdue", 0.0) + overdue
            if day_due and (not figures.get("oldest_due") or day_due < figures["oldest_due"]):
                figures["oldest_due"] = day_due
        for profile_id, alike in granted.items():
            limit = in_force(alike, today)
            found[profile_id].update(limit=limit.amount, limit_status=limit.status, limit_until=limit.until)
        for profile_id, figures in guarantees._covers(covering, today).items():
            found[profile_id].update(figures)
        small = self._small_documents()
        currencies = self.env["res.company"]._credit_currencies()
        ceilings = self.env["credit.grade"]._terms_ceilings()
        return {
            profile_id: Position(
                as_of=today,
                rounding=currencies[company_id][1],
                on_hold=bool(hold),
                hold_reason=hold_reason or "",
                alerts=alerts or "",
                small_documents=small.get(profile_id, 0.0),
                terms_ceiling=ceilings.get(grade_id),
                # of most customers nothing of it is known, which is quickly said
                **(self._standing(grade_id, *standing) if grade_id or standing.count(None) < len(standing) else {}),
                **found.get(profile_id, {}),
            )
            for profile_id, company_id, hold, hold_reason, alerts, grade_id, *standing in self._customers()
        }

    def _joint_positions(self, positions, groups, without_orders):
        """``positions`` with the side of the groups that their customers belong to.

        A group's exposure is that of all its members, of any company, each converted at the rate of the day.
        """
        # members may be customers of companies that whoever asks does not see; their sum binds him all the same
        members = groups._members()
        absent = members.filtered(lambda profile: profile.id not in positions)
        known = {**positions, **(absent._own_positions(without_orders) if absent else {})}
        result = dict(positions)
        limits = groups._joint_limits()
        for group in groups:
            limit = limits.get(group.id)
            rates = {profile.id: group._rate_from(profile) for profile in members if profile.group_id == group}
            # exact, so that the order in which members are added does not matter
            exposure = fsum(known[profile_id].counted * rate for profile_id, rate in rates.items())
            for profile_id, rate in rates.items():
                if profile_id in positions:
                    joint = GroupPosition(
                        name=group.name,
                        currency=group.currency_id.name,
                        limit=limit and limit.amount_given,
                        limit_until=limit and limit.until,
                        exposure=exposure,
                        rate=rate,
                        rounding=group.currency_id.rounding,
                    )
                    result[profile_id] = replace(positions[profile_id], group=joint)
        return result

    def _pass_on(self, positions, ask):
        """A document over ``ask`` of this customer stands: the other members of the group in ``positions`` have that
        much less joint room."""
        self.ensure_one()
        own = positions[self.id].group
        if not own:
            return
        for profile in self.browse(positions) - self:
            position = positions[profile.id]
            if profile.group_id == self.group_id and position.group:
                joint = replace(position.group, exposure=position.group.exposure + ask * own.rate)
                positions[profile.id] = replace(position, group=joint)

    def _counting(self):
        """What of the exposure counts by the customer's policy, as :class:`~..engine.position.Counting`."""
        self.ensure_one()
        if self.count_orders == "all" and self.count_drafts:
            return EVERYTHING
        return Counting(self.count_orders, self.order_horizon, self.count_drafts)

    def _customers(self):
        """(id, company id, hold, reason, alerts that hold, and what :data:`STANDING` names) of these profiles that are
        active, or of all for an empty recordset."""
        if self and len(self) <= WRITTEN_OUT:
            # sudo: not everybody who may see a position may see each of the facts
            return [
                (
                    profile.id, profile.company_id.id, profile.hold, profile.hold_reason, profile.alert_holds,
                    profile.grade_id.id, profile.payment_index, profile.next_review, profile.statement_until,
                    profile.largest_document, profile.account_status_id.id,
                )
                for profile in self.sudo()
                if profile.active
            ]  # fmt: skip
        only = SQL("AND id = ANY(%s)", self.ids) if self else SQL()
        return self.env.execute_query(
            SQL(
                "SELECT id, company_id, hold, hold_reason, alert_holds, %s FROM credit_profile profile WHERE active %s",
                SQL(", ".join(map(_column, STANDING))),
                only,
            )
        )

    def _small_documents(self):
        """What passed as small documents within their period: ``{profile id: amount}``, where a policy has the rule."""
        rules = self.env["credit.policy.rule"].sudo()
        policies = self.policy_id if self else self.env["credit.policy"].sudo().search([("active", "=", True)])
        if not any(rule.kind == "small_document" for policy in policies for rule in policy._engine_rules()):
            return {}
        rules.flush_model(["policy_id", "kind", "active", "period_days"])
        self.env["credit.decision"].flush_model(["profile_id", "exemption", "state", "asked", "date"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT decision.profile_id, SUM(decision.asked)::float8
                      FROM credit_decision decision
                      JOIN credit_profile profile ON profile.id = decision.profile_id
                      JOIN credit_policy_rule rule ON rule.policy_id = profile.policy_id
                                                  AND rule.kind = 'small_document' AND rule.active
                     WHERE decision.exemption = 'small_document' AND decision.state = 'passed'
                       AND decision.date > %s::date - rule.period_days %s
                     GROUP BY decision.profile_id
                    """,
                    fields.Date.to_string(fields.Date.today()),
                    SQL("AND decision.profile_id = ANY(%s)", self.ids) if self else SQL(),
                )
            )
        )

    def _refresh(self):
        """Bring the stored figures up to date. Writes the profile's own row only, and only where it differs."""
        if not self:
            return
        policies = {profile.id: profile.policy_id.near_percent / 100.0 for profile in self}
        positions = self._positions()
        values = [
            (
                profile_id,
                # nothing, not 0, where they mean nothing: without a valid limit there is none, nor room below it
                position.limit if position.limit_status == "valid" else None,
                position.limit_status,
                position.limit_until,
                rounded(position.receivable, position.rounding),
                rounded(position.draft_invoice, position.rounding),
                rounded(position.order, position.rounding),
                rounded(position.order_delivered, position.rounding),
                rounded(position.exposure, position.rounding),
                rounded(position.left_out, position.rounding),
                rounded(position.cover, position.rounding),
                position.room if position.limit_status == "valid" else None,
                position.usage,
                rounded(position.overdue, position.rounding),
                position.oldest_due,
                status(position, policies[profile_id]),
            )
            for profile_id, position in positions.items()
        ]
        if values:
            self.env.cr.execute_values(
                """UPDATE credit_profile profile
                      SET limit_amount = new.limit_amount::numeric, limit_status = new.limit_status,
                          limit_date_end = new.limit_date_end::date, receivable = new.receivable,
                          draft_invoice = new.draft_invoice, order_open = new.order_open,
                          order_delivered = new.order_delivered, exposure = new.exposure,
                          left_out = new.left_out, cover = new.cover,
                          room = new.room::numeric, usage = new.usage::numeric, overdue = new.overdue,
                          oldest_due = new.oldest_due::date,
                          status = new.status, refreshed_at = now() AT TIME ZONE 'UTC'
                     FROM (VALUES %s) AS new (id, limit_amount, limit_status, limit_date_end, receivable,
                          draft_invoice, order_open, order_delivered, exposure, left_out, cover, room, usage,
                          overdue, oldest_due, status)
                    WHERE profile.id = new.id""",
                values,
                page_size=1000,
            )
        self.invalidate_recordset(FIGURES)

    def _recheck_holds(self):
        """Judge the held orders of these customers again: those whose cause has gone become ready to release."""
        # sudo: holds are judged for everybody, whoever's change it was that removed the cause
        decisions = self.env["credit.decision"].sudo().search([("profile_id", "in", self.ids), ("is_open", "=", True)])
        decisions._recheck()

    @api.depends_context("lang")
    def _compute_meter(self):
        positions = self._positions() if self.ids else {}
        for profile in self:
            position = positions.get(profile._origin.id)
            profile.meter = position and profile._meter(position)

    def _meter(self, position, ask=None, ask_label=None):
        """What the meter widget shows of ``position``; see ``static/src/meter``. What there is not is left out.

        :param ask: what a document asks for on top of it, in the profile's currency
        """
        self.ensure_one()
        near = self.policy_id.near_percent / 100.0
        segments = [
            {
                "key": "receivable",
                "label": self.env._("Receivables"),
                "amount": rounded(position.receivable, position.rounding),
            },
            {
                "key": "draft_invoice",
                "label": self.env._("Draft invoices"),
                "amount": rounded(position.draft_invoice, position.rounding),
            },
            {"key": "order", "label": self.env._("Orders"), "amount": rounded(position.order, position.rounding)},
        ]
        if position.other:
            segments.append(
                {"key": "other", "label": self.env._("Other"), "amount": rounded(position.other, position.rounding)}
            )
        if ask is not None:
            segments.append({"key": "document", "label": ask_label, "amount": rounded(ask, position.rounding)})
        ceiling = position.ceiling
        after = position if not ask else position.plus_amount(ask)
        total = rounded(after.counted, position.rounding)
        word = status(after, near)
        # the colour says how much of the limit is used; what is overdue is said in words beside it
        level = word if word in ("hold", "over", "near", "ok") else "none"
        if word == "overdue":
            level = status(replace(after, overdue=0.0), near)
            level = level if level in ("near", "ok") else "none"
        figures = {
            "profile_id": self.id,
            "currency_id": self.currency_id.id,
            "level": level,
            "status": word,
            "limit": ceiling,
            "granted": rounded(position.limit, position.rounding) if position.limit_status == "valid" else None,
            "available": after.available,
            "limit_status": position.limit_status,
            "limit_until": fields.Date.to_string(position.limit_until) or None,
            "segments": segments,
            "exposure": rounded(position.exposure, position.rounding),
            "total": total,
            "room": None if ceiling is None else rounded(ceiling - total, position.rounding),
            "usage": total / ceiling if ceiling else None,
            "near": near,
            "cover_added": rounded(position.cover_added, position.rounding),
            "cover_lowered": rounded(position.cover_lowered, position.rounding),
            "left_out": rounded(position.left_out, position.rounding),
            "group": after.group and self._meter_group(after.group, ask or 0.0),
            "overdue": rounded(max(position.overdue, 0.0), position.rounding),
            "oldest_days": position.overdue_days,
            "hold_reason": position.hold_reason if position.on_hold else "",
            "as_of": fields.Datetime.to_string(fields.Datetime.now()),
        }
        return without_nulls(figures)

    def _meter_group(self, group, ask):
        """The joint side of the meter, in the group's currency; ``ask``, in the profile's, is in ``group`` already."""
        currency = self.group_id.sudo().currency_id
        return {
            "name": group.name,
            "currency_id": currency.id,
            "limit": group.limit,
            "limit_until": fields.Date.to_string(group.limit_until) or None,
            "total": rounded(group.exposure, group.rounding),
            "document": rounded(max(0.0, ask * group.rate), group.rounding),
            "room": group.room,
        }

    # -- finding the profile -------------------------------------------------------------------------

    @api.model
    def _of(self, contacts):
        """The active profiles that answer for contacts in companies, which may be branches.

        One plain query, as it stands in front of every check: the ORM would read contacts and profiles one after
        the other, and whole.

        :param contacts: (contact id, company id) pairs
        :return: ``{pair: profile}``, with sudo: whether a customer is under control does not depend on who looks
        """
        contacts = set(contacts)
        roots = self.env["res.company"]._credit_roots({company for _contact, company in contacts})
        if self.env["credit.exposure"]._is_unsaved():
            self.env["res.partner"].flush_model(["commercial_partner_id"])
            self.flush_model(KNOWN)
        rows = self.env.execute_query(
            SQL(FIND, [contact for contact, _company in contacts], list(set(roots.values())))
        ) if contacts else []  # fmt: skip
        empty = self.sudo().browse()
        found = {}
        for contact, profile_id, *known in rows:
            profile = empty.browse(profile_id)
            for name, value in zip(KNOWN, known, strict=True):
                self._fields[name]._insert_cache(profile, [value])
            found[contact, profile.company_id.id] = profile
        return {pair: found.get((pair[0], roots[pair[1]]), empty) for pair in contacts}

    # -- buttons -------------------------------------------------------------------------------------

    def action_hold(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on hold"),
            "res_model": "credit.hold",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_ids": self.ids},
        }

    def action_lift_hold(self):
        self._check_manager(self.env._("Only credit managers lift a hold."))
        self.write({"hold": False, "hold_reason": False})
        return True

    def _check_manager(self, message):
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(message)

    def action_refresh(self):
        # sudo: anybody who may see the figures may have them counted anew
        self.sudo()._refresh()
        self._watch()
        return True

    def action_view_exposure(self):
        return self._action_related("credit.exposure", self.env._("Exposure"), "list,pivot,graph")

    def action_view_decisions(self):
        return self._action_related("credit.decision", self.env._("Decisions"), "list,form")

    def action_view_guarantees(self):
        return self._action_related("credit.guarantee", self.env._("Guarantees"), "list,form")

    def action_view_limits(self):
        return self._action_related("credit.limit", self.env._("Limits"), "list,form")

    def action_new_limit(self):
        return self._action_ask_for_limit({"default_profile_ids": self.ids})

    @api.model
    def _action_ask_for_limit(self, context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a limit"),
            "res_model": "credit.limit.request",
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def _needed_limit(self):
        """The limit that bears what the customer owes and what of his is on hold, at least the one in force."""
        self.ensure_one()
        position = self._positions()[self.id]
        [[held]] = self.env["credit.decision"]._read_group(
            [("profile_id", "=", self.id), ("is_open", "=", True)], [], ["asked:sum"]
        )
        needed = needed_limit(position, Document(held, held), self.policy_id._engine_rules())
        return max(needed, position.limit if position.limit_status == "valid" else 0.0)

    def action_view_partner(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    @api.model
    def _action_list(self, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.profile",
            "view_mode": "list,kanban,form",
            "domain": domain,
        }

    # -- merges --------------------------------------------------------------------------------------

    def _merge_into(self, partner):
        """Move these profiles to ``partner``, whose own profiles (one per company) win where both exist.

        Holds are kept: a hold on either of them holds the customer that they become. The limits of a profile that
        gives way hold no more, as two limits must not add up by a merge; its guarantees stay what they are.
        """
        by_company = defaultdict(self.browse)
        for profile in self.with_context(active_test=False).search([("partner_id", "=", partner.id)]):
            by_company[profile.company_id] |= profile
        for profile in self:
            kept = by_company[profile.company_id]
            if not kept:
                profile.sudo().partner_id = partner
                by_company[profile.company_id] = profile
                continue
            profile._give_way(kept)
            if profile.hold and not kept.hold:
                kept.write({"hold": True, "hold_reason": profile.hold_reason})
            kept.message_post(
                body=self.env._("The credit profile of “%s” was merged into this one.", profile.partner_id.name)
            )
            profile.unlink()

    def _give_way(self, kept):
        """Leave what belongs to this profile to ``kept``, which takes its place."""
        # what held for the one holds on no day for the other
        self.limit_ids.filtered(lambda limit: limit.state in DECIDED)._give_way()
        self.env.flush_all()
        for model in ("credit.limit", "credit.guarantee", "credit.decision"):
            self.env[model].search([("profile_id", "=", self.id)]).profile_id = kept
        if self.group_id and not kept.group_id:
            kept.group_id = self.group_id
