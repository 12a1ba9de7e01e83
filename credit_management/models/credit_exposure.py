# Part of credit_management. License LGPL-3.0 or later.
"""What customers owe or will owe, document by document. This is the only place where exposure is defined.

How it works: exposure has components, and each component has one or more *sources*
(:class:`ExposureSource`): a table whose rows are documents, and the SQL of their amount. Everything is
generated from the same sources: the rows people see and drill into (this model, a query without a table)
and the sums that checks, forms, lists and the monitor use (:meth:`CreditExposure._sums`).

A glue addon adds a component, or refines one, by extending :meth:`CreditExposure._sources`.
"""

from itertools import pairwise
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..engine.loss import BUCKET_BOUNDS
from ..engine.position import EVERYTHING, Counting
from .credit_profile import WRITTEN_OUT


class ExposureSource(NamedTuple):
    """Where the documents of a component come from.

    Each document belongs to the profile of its ``partner`` in the root of its ``company``. Amounts are in the
    currency of that company.
    """

    component: str
    table: SQL  # FROM this …
    where: SQL  # … WHERE this
    partner: SQL  # the contact's id, or the commercial partner's where ``commercial``
    company: SQL
    key: SQL  # a number that is unique within the source
    amount: SQL
    details: dict[str, SQL]  # the columns of the model that describe the document
    commercial: bool = False
    counted: SQL | None = None  # what of the amount counts against the limit; all of it for None
    delivered: SQL | None = None  # the part of the amount that is delivered and not yet invoiced
    date_due: SQL | None = None
    overdue: SQL | None = None


class Blank(NamedTuple):
    """A parameter of a query that is put together once, to be filled in whenever it runs."""

    name: str


class Terms(NamedTuple):
    """What the amounts of a source may depend on beside the documents themselves, as SQL."""

    today: SQL  # the day on which something counts as overdue
    grace_days: SQL  # of the profile's policy
    # what counts by that policy, as engine.position.Counting; None where all does, for all these profiles
    counting: Counting | None = None

    def counted_order(self, amount, delivered, date):
        """SQL of what counts of an order that is to be delivered on ``date``: as ``Counting.of_order``."""
        if self.counting is None:
            return None
        orders, horizon, _drafts = self.counting
        return SQL(
            """CASE WHEN %(orders)s = 'all' OR (%(orders)s = 'horizon' AND %(date)s - %(horizon)s <= %(today)s)
                    THEN %(amount)s WHEN %(orders)s = 'none' THEN 0 ELSE LEAST(%(delivered)s, %(amount)s) END""",
            orders=orders, horizon=horizon, date=date, today=self.today, amount=amount, delivered=delivered,
        )  # fmt: skip

    def counted_draft(self, amount):
        """SQL of what counts of a draft invoice."""
        return self.counting and SQL("CASE WHEN %s THEN %s ELSE 0 END", self.counting.drafts, amount)


class CreditExposure(models.Model):
    _name = "credit.exposure"
    _description = "Credit Exposure"
    _auto = False
    _order = "date_due, date, id"

    name = fields.Char("Document", readonly=True)
    component = fields.Selection(
        [
            ("receivable", "Receivables"),
            ("draft_invoice", "Draft invoices"),
            ("order", "Orders to invoice"),
        ],
        readonly=True,
        help="Receivables: posted and open. Draft invoices. Orders to invoice: what confirmed orders will still bill.",
    )
    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", "Company currency", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="The document's salesperson.")
    date = fields.Date(readonly=True)
    date_due = fields.Date(
        "Due date", readonly=True,
        help="When the item is to be paid; orders and drafts have no such day.",
    )  # fmt: skip
    days_overdue = fields.Integer(
        "Days overdue", readonly=True, aggregator="max",
        help="Days past the due date and the policy's days of grace.",
    )  # fmt: skip
    age = fields.Selection(
        "_selection_age", "Days past due", readonly=True, help="Of receivables; days of grace are not taken off."
    )
    amount = fields.Monetary(
        "Exposure", readonly=True, help="What the customer owes or will owe by the document, in company currency."
    )
    counted = fields.Monetary(
        "Counts against the limit",
        readonly=True,
        help="The part of it that the customer's policy counts: it may leave out draft invoices, and orders that"
        " are not delivered soon.",
    )
    delivered = fields.Monetary(
        "Delivered, not invoiced", readonly=True, help="The part of orders to invoice that is delivered already."
    )
    undelivered = fields.Monetary(
        "Ordered, not delivered", readonly=True, help="The part of orders to invoice that is still to be delivered."
    )
    overdue = fields.Monetary(
        readonly=True, help="The part of the receivables that is past its due date and the policy's grace days."
    )
    amount_document = fields.Monetary(
        "In document currency", currency_field="document_currency_id", readonly=True,
        help="The same amount in the document's own currency.",
    )  # fmt: skip
    document_currency_id = fields.Many2one("res.currency", "Document currency", readonly=True)
    move_id = fields.Many2one("account.move", "Journal entry", readonly=True)
    order_id = fields.Many2one("sale.order", "Sales order", readonly=True)

    @api.model
    def _selection_age(self):
        """The buckets of ``engine.loss``, as (number, label)."""
        between = [
            (str(number), self.env._("%(first)s–%(last)s days", first=low + 1, last=high))
            for number, (low, high) in enumerate(pairwise(BUCKET_BOUNDS), 1)
        ]
        oldest = (str(len(BUCKET_BOUNDS)), self.env._("Over %s days", BUCKET_BOUNDS[-1]))
        return [("0", self.env._("Not due")), *between, oldest]

    # -- the definition ------------------------------------------------------------------------------

    @api.model
    def _sources(self, terms):
        """All sources of all components, in the order in which people read them.

        :param terms: a :class:`Terms`
        """
        return [
            self._source_receivable(terms),
            self._source_earmarked(),
            self._source_draft_invoice(terms),
            self._source_order(terms),
        ]

    @api.model
    def _terms(self, today, profiles):
        """The terms on which the documents of ``profiles`` count, that are joined to their ``profile``.

        :param today: as ISO date
        :param profiles: credit profiles; all of them for an empty recordset
        """
        counting = Counting(SQL("profile.count_orders"), SQL("profile.order_horizon"), SQL("profile.count_drafts"))
        if profiles and len(profiles) <= WRITTEN_OUT:
            in_part = any(profile._counting() != EVERYTHING for profile in profiles)
        else:
            in_part = self.env["credit.policy"]._counts_in_part()
        return Terms(SQL("%s::date", today), SQL("profile.grace_days"), counting if in_part else None)

    @api.model
    def _documents_of(self, source, profiles):
        """SQL « FROM … WHERE … » of the documents of ``source`` that belong to ``profiles``, joined to ``profile``.

        :param profiles: credit profiles; all of them for an empty recordset
        """
        if not profiles:
            relation = SQL("credit_profile")
        elif len(profiles) <= WRITTEN_OUT:
            # joining with the table takes longer to plan than a few customers' documents take to count
            rows = SQL(", ").join(
                SQL("(%s, %s, %s, %s, %s, %s, %s)", *self._written_out(profile).values()) for profile in profiles
            )
            names = SQL(", ").join(map(SQL.identifier, self._written_out(profiles[:1])))
            relation = SQL("(SELECT * FROM (VALUES %s) written_out (%s))", rows, names)
        else:
            relation = SQL("(SELECT * FROM credit_profile WHERE id = ANY(%s))", profiles.ids)
        return SQL(
            "FROM %s %s JOIN %s profile ON profile.partner_id = %s AND profile.company_id = %s WHERE %s",
            source.table,
            SQL() if source.commercial else SQL("JOIN res_partner contact ON contact.id = %s", source.partner),
            relation,
            source.partner if source.commercial else SQL("contact.commercial_partner_id"),
            self.env["res.company"]._credit_root_sql(source.company),
            source.where,
        )

    @api.model
    def _written_out(self, profile):
        """What a query has to know of a profile: ``{column: value}``."""
        return {
            "id": profile.id,
            "partner_id": profile.partner_id.id,
            "company_id": profile.company_id.id,
            "grace_days": profile.grace_days,
            "count_orders": profile.count_orders,
            "order_horizon": profile.order_horizon,
            "count_drafts": profile.count_drafts,
        }

    @api.model
    def _documents_of_one(self, source):
        """The same for a single profile, with a :class:`Blank` for each thing known of it: its contacts are looked up
        first, and nothing is left to join."""
        customer = SQL("= %s", Blank("partner"))
        contacts = SQL("= ANY(ARRAY(SELECT id FROM res_partner WHERE commercial_partner_id %s))", customer)
        return SQL(
            "FROM %s WHERE %s AND %s %s AND %s = %s",
            source.table,
            source.where,
            source.partner,
            customer if source.commercial else contacts,
            self.env["res.company"]._credit_root_sql(source.company),
            Blank("company"),
        )

    @api.model
    def _source_receivable(self, terms):
        """Open posted receivable items, by the commercial partner of the item's partner: payments post on
        contacts. Credit notes and unmatched payments count negative."""
        due = SQL("COALESCE(item.date_maturity, item.date)")
        overdue = SQL("%s + %s < %s", due, terms.grace_days, terms.today)
        return ExposureSource(
            component="receivable",
            table=SQL("account_move_line item"),
            where=SQL(
                "item.parent_state = 'posted' AND item.amount_residual <> 0 AND item.account_id = ANY(%s)",
                self.env["account.account"]._credit_receivable(),
            ),
            partner=SQL("item.partner_id"),
            company=SQL("item.company_id"),
            key=SQL("item.id"),
            amount=SQL("item.amount_residual"),
            date_due=due,
            overdue=SQL("CASE WHEN %s THEN item.amount_residual ELSE 0 END", overdue),
            details={
                "name": SQL("(SELECT move.name FROM account_move move WHERE move.id = item.move_id)"),
                "date": SQL("item.date"),
                "days_overdue": SQL("CASE WHEN %s THEN %s - %s ELSE 0 END", overdue, terms.today, due),
                "age": self._age_sql(terms.today, due),
                "amount_document": SQL("item.amount_residual_currency"),
                "document_currency_id": SQL("item.currency_id"),
                "move_id": SQL("item.move_id"),
                "user_id": SQL("(SELECT move.invoice_user_id FROM account_move move WHERE move.id = item.move_id)"),
            },
        )

    @api.model
    def _age_sql(self, today, due):
        """SQL of the bucket that an item stands in, by its due date."""
        cases = SQL(" ").join(
            SQL("WHEN %s >= %s - %s THEN %s", due, today, bound, str(number))
            for number, bound in enumerate(BUCKET_BOUNDS)
        )
        return SQL("CASE %s ELSE %s END", cases, str(len(BUCKET_BOUNDS)))

    @api.model
    def _source_earmarked(self):
        """Prepayments linked to an order that is not confirmed: taken out of the receivables again, so that
        money that came for one order gives no other order room. Its own order asks for that much less.

        What is left of the payments is looked up by a function of the database, for the few orders concerned.
        """
        return ExposureSource(
            component="receivable",
            table=SQL("sale_order so"),
            where=SQL("so.state IN ('draft', 'sent') AND so.credit_paid_online > 0"),
            partner=SQL("so.partner_invoice_id"),
            company=SQL("so.company_id"),
            key=SQL("so.id"),
            amount=SQL("credit_earmarked(so.id)"),
            details={
                "name": SQL("so.name"),
                "age": SQL("'0'"),
                "date": SQL("so.date_order::date"),
                "order_id": SQL("so.id"),
                "user_id": SQL("so.user_id"),
            },
        )

    @api.model
    def _source_draft_invoice(self, terms):
        """Draft customer invoices. A draft credit note counts only where it is linked to order lines: otherwise
        anyone could draft himself room."""
        return ExposureSource(
            component="draft_invoice",
            table=SQL("account_move move"),
            where=SQL(
                """move.state = 'draft' AND (move.move_type IN ('out_invoice', 'out_receipt')
                   OR (move.move_type = 'out_refund' AND credit_bills_orders(move.id)))"""
            ),
            partner=SQL("move.commercial_partner_id"),
            commercial=True,
            company=SQL("move.company_id"),
            key=SQL("move.id"),
            amount=SQL("move.amount_total_signed"),
            counted=terms.counted_draft(SQL("move.amount_total_signed")),
            details={
                "name": SQL("COALESCE(NULLIF(move.name, '/'), NULLIF(move.ref, ''), '* ' || move.id)"),
                "date": SQL("COALESCE(move.invoice_date, move.date)"),
                "amount_document": SQL("move.amount_total_in_currency_signed"),
                "document_currency_id": SQL("move.currency_id"),
                "move_id": SQL("move.id"),
                "user_id": SQL("move.invoice_user_id"),
            },
        )

    @api.model
    def _source_order(self, terms):
        """Confirmed orders: what they would still bill (``credit_open``), at the order's own rate. What is authorised
        online and not captured yet is reserved for us by the customer's bank, and asks for no credit."""
        rate = SQL("COALESCE(NULLIF(so.currency_rate, 0), 1)")
        amount = SQL("GREATEST(so.credit_open - COALESCE(so.credit_authorized, 0), 0)")
        delivered = SQL("so.credit_open_delivered")
        counted = terms.counted_order(amount, delivered, SQL("COALESCE(so.commitment_date, so.date_order)::date"))
        return ExposureSource(
            component="order",
            table=SQL("sale_order so"),
            where=SQL("so.state = 'sale' AND so.credit_open <> 0"),
            partner=SQL("so.partner_invoice_id"),
            company=SQL("so.company_id"),
            key=SQL("so.id"),
            amount=SQL("%s / %s", amount, rate),
            counted=counted and SQL("(%s) / %s", counted, rate),
            # what is authorised is taken off what is not delivered first
            delivered=SQL("LEAST(%s, %s) / %s", delivered, amount, rate),
            details={
                "name": SQL("so.name"),
                "date": SQL("so.date_order::date"),
                "amount_document": amount,
                "document_currency_id": SQL("so.currency_id"),
                "order_id": SQL("so.id"),
                "user_id": SQL("so.user_id"),
            },
        )

    # -- documents -----------------------------------------------------------------------------------

    _details = {
        "name": "varchar",
        "date": "date",
        "days_overdue": "integer",
        "age": "varchar",
        "amount_document": "numeric",
        "document_currency_id": "integer",
        "move_id": "integer",
        "order_id": "integer",
        "user_id": "integer",
    }

    @property
    def _table_query(self):
        self._flush_sources()
        everybody = self.env["credit.profile"]
        # the server's day, whatever a client says it is
        sources = self._sources(self._terms(fields.Date.to_string(fields.Date.today()), everybody))
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT %(key)s::bigint * %(stride)s + %(number)s AS id, %(component)s AS component,
                          profile.id AS profile_id, profile.partner_id, profile.company_id, profile.currency_id,
                          %(amount)s AS amount, %(counted)s AS counted, %(delivered)s AS delivered,
                          %(undelivered)s AS undelivered, %(date_due)s AS date_due,
                          %(overdue)s AS overdue, %(details)s
                   %(documents)s""",
                key=source.key,
                stride=len(sources),
                number=number,
                component=source.component,
                amount=source.amount,
                counted=source.counted or source.amount,
                delivered=source.delivered or SQL("0.0"),
                undelivered=SQL("%s - %s", source.amount, source.delivered) if source.delivered else SQL("0.0"),
                date_due=source.date_due or SQL("NULL::date"),
                overdue=source.overdue or SQL("0.0"),
                details=SQL(", ").join(
                    SQL("%s::%s AS %s", source.details.get(name, SQL("NULL")), SQL(sql_type), SQL.identifier(name))
                    for name, sql_type in self._details.items()
                ),
                documents=self._documents_of(source, everybody),
            )
            for number, source in enumerate(sources)
        )

    def action_view_document(self):
        """Open the invoice, payment entry or order behind the row."""
        self.ensure_one()
        record = self.order_id if self.component == "order" else self.move_id or self.order_id
        view = record._credit_view_id()
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(view, "form")],
        }

    # -- sums ----------------------------------------------------------------------------------------

    @api.model
    def _sums(self, today, profiles, without_orders=(), instead=None):
        """SQL of the sums by profile and component.

        Columns: profile id, component, amount, delivered, overdue, oldest due date; all figures as float8, and empty
        where there are no documents. A source is summed before the next one is read, so that each runs on its own
        partial index. Where policies leave something out, that comes as further rows, “left_out” for a component.

        :param today: the day (ISO date) on which something counts as overdue
        :param profiles: the credit profiles; all of them for an empty recordset
        :param without_orders: ids of the sales orders whose own order component is left out
        :param instead: (days of grace, :class:`~..engine.position.Counting`), in place of those of the policies
        """
        if len(profiles) == 1 and instead is None:
            return self._sums_of_one(today, profiles, without_orders)
        if instead is None:
            terms = self._terms(today, profiles)
        else:
            grace_days, counting = instead
            in_sql = Counting(*(SQL("%s", each) for each in counting))
            terms = Terms(SQL("%s::date", today), SQL("%s", grace_days), in_sql)
        profile_id = SQL("profile.id")
        return SQL(" UNION ALL ").join(
            SQL("%s GROUP BY %s", query, profile_id)
            for source in self._sources(terms)
            for query in self._source_sums(
                source, profile_id, self._documents_of(source, profiles), list(without_orders)
            )
        )

    @api.model
    def _sums_of_one(self, today, profile, without_orders):
        """The sums of a single profile, which every check asks for: put together once, and then only filled in."""
        values = {
            "today": today,
            "profile": profile.id,
            "partner": profile.partner_id.id,
            "company": profile.company_id.id,
            "grace_days": profile.grace_days,
            "count_orders": profile.count_orders,
            "order_horizon": profile.order_horizon,
            "count_drafts": profile.count_drafts,
            "without": list(without_orders),
        }
        code, params = self._sums_of_one_in_blank(profile._counting() != EVERYTHING)
        return SQL(code, *(values[param.name] if isinstance(param, Blank) else param for param in params))

    @tools.ormcache("in_part")
    def _sums_of_one_in_blank(self, in_part):
        counting = Counting(*(SQL("%s", Blank(name)) for name in ("count_orders", "order_horizon", "count_drafts")))
        terms = Terms(SQL("%s::date", Blank("today")), SQL("%s", Blank("grace_days")), counting if in_part else None)
        query = SQL(" UNION ALL ").join(
            query
            for source in self._sources(terms)
            for query in self._source_sums(
                source, SQL("%s", Blank("profile")), self._documents_of_one(source), Blank("without")
            )
        )
        return query.code, tuple(query.params)

    @api.model
    def _source_sums(self, source, profile_id, documents, without_orders):
        """The sums of a source, and of what of it does not count."""
        yield self._sum(source, profile_id, documents, without_orders)
        if source.counted:
            left_out = source._replace(
                amount=SQL("%s - %s", source.amount, source.counted),
                delivered=None,
                overdue=None,
            )
            yield self._sum(left_out, profile_id, documents, without_orders, "left_out")

    @api.model
    def _sum(self, source, profile_id, documents, without_orders, named=None):
        nothing = SQL("0.0::float8")
        without = SQL()
        if without_orders and source.component == "order":
            without = SQL("AND so.id <> ALL(%s)", without_orders)
        return SQL(
            "SELECT %s, %s, SUM(%s)::float8, %s, %s, %s %s %s",
            profile_id,
            named or source.component,
            source.amount,
            SQL("SUM(%s)::float8", source.delivered) if source.delivered else nothing,
            SQL("SUM(%s)::float8", source.overdue) if source.overdue else nothing,
            SQL("MIN(%s) FILTER (WHERE %s > 0)", source.date_due, source.overdue)
            if source.overdue
            else SQL("NULL::date"),
            documents,
            without,
        )

    @api.model
    def _is_unsaved(self):
        """Whether anything waits to be written at all: looking for it field by field takes longer than this."""
        return bool(self.env.transaction.field_dirty or self.env.transaction.tocompute)

    @api.model
    def _flush_sources(self):
        """Bring to the database what positions stand on."""
        if not self._is_unsaved():
            return
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["res.company"].flush_model(["parent_path"])
        self.env["account.move"].flush_model(
            ["state", "move_type", "amount_total_signed", "commercial_partner_id", "company_id"]
        )
        self.env["account.move.line"].flush_model(
            ["parent_state", "amount_residual", "date_maturity", "partner_id", "account_id", "company_id"]
        )
        self.env["sale.order"].flush_model(
            [
                "state",
                "credit_open",
                "credit_open_delivered",
                "credit_authorized",
                "credit_paid_online",
                "currency_rate",
                "partner_invoice_id",
                "company_id",
                "commitment_date",
                "date_order",
            ]
        )
        self.env["credit.limit"].flush_model(
            ["profile_id", "state", "kind", "amount", "unlimited", "date_start", "date_end"]
        )
        self.env["credit.guarantee"].flush_model()
        self.env["payment.transaction"].flush_model(["state", "payment_id", "sale_order_ids"])
        self.env["credit.profile"].flush_model(
            [
                "partner_id",
                "company_id",
                "currency_id",
                "active",
                "grace_days",
                "count_orders",
                "order_horizon",
                "count_drafts",
                "hold",
                "hold_reason",
                "alert_holds",
                "grade_id",
            ]
        )

    def init(self):
        """The partial indexes that make the sums cheap: only what is open is in them, so that a long history
        costs nothing."""
        for name, definition in {
            "credit_exposure_item": """
                account_move_line (partner_id)
                INCLUDE (company_id, account_id, amount_residual, date_maturity, date)
                WHERE parent_state = 'posted' AND amount_residual <> 0""",
            "credit_exposure_draft": """
                account_move (commercial_partner_id)
                INCLUDE (company_id, move_type, amount_total_signed, id)
                WHERE state = 'draft'""",
            "credit_exposure_order": """
                sale_order (partner_invoice_id)
                INCLUDE (company_id, credit_open, credit_open_delivered, credit_authorized, currency_rate, id)
                WHERE state = 'sale' AND credit_open <> 0""",
            "credit_exposure_earmarked": """
                sale_order (partner_invoice_id)
                WHERE state IN ('draft', 'sent') AND credit_paid_online > 0""",
        }.items():
            self.env.cr.execute(SQL("CREATE INDEX IF NOT EXISTS %s ON %s", SQL.identifier(name), SQL(definition)))
        # functions, as their queries are planned only where a document is there to look up
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION credit_bills_orders(move_id integer)
            RETURNS boolean LANGUAGE plpgsql STABLE AS $$
            BEGIN RETURN EXISTS (
                SELECT FROM account_move_line line
                  JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = line.id
                 WHERE line.move_id = $1); END $$;

            CREATE OR REPLACE FUNCTION credit_earmarked(order_id integer) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
            BEGIN RETURN (
                SELECT COALESCE(SUM(-item.amount_residual), 0)
                  FROM sale_order_transaction_rel link
                  JOIN payment_transaction transaction ON transaction.id = link.transaction_id
                  JOIN account_payment payment ON payment.id = transaction.payment_id
                  JOIN account_move_line item ON item.move_id = payment.move_id
                  JOIN account_account account ON account.id = item.account_id
                                              AND account.account_type = 'asset_receivable'
                 WHERE link.sale_order_id = order_id AND transaction.state = 'done'
                   AND item.parent_state = 'posted' AND item.amount_residual < 0); END $$
            """
        )

    @api.model
    def _drop_from_database(self):
        for name in ("credit_bills_orders", "credit_earmarked"):
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s(integer)", SQL.identifier(name)))
