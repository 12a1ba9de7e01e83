# Part of credit_management. License LGPL-3.0 or later.
"""What customers owe or will owe, document by document. This is the only place where exposure is defined.

How it works: exposure has components, and each component has one or more *sources*
(:class:`ExposureSource`): a FROM clause whose rows are documents, and the SQL of their amount. Everything is
generated from the same sources: the rows people see and drill into (this model, a query without a table)
and the sums that checks, forms, lists and the monitor use (:meth:`CreditExposure._sums`).

A glue addon adds a component, or refines one, by extending :meth:`CreditExposure._sources`.
"""

import hashlib
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.tools import SQL


class ExposureSource(NamedTuple):
    """Where the documents of a component come from.

    Each source joins its documents to ``profile`` (credit_profile), their credit profile. Amounts are in the
    currency of the profile's company.
    """

    component: str
    source: SQL  # FROM … WHERE …
    key: SQL  # a number that is unique within the component
    amount: SQL
    details: dict[str, SQL]  # the columns of the model that describe the document
    delivered: SQL = SQL("0.0")  # the part of the amount that is delivered and not yet invoiced
    date_due: SQL = SQL("NULL::date")
    overdue: SQL = SQL("0.0")


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
    )
    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", "Company currency", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    date = fields.Date(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    days_overdue = fields.Integer("Days overdue", readonly=True, aggregator="max")
    amount = fields.Monetary("Exposure", readonly=True, help="What counts against the limit, in company currency.")
    delivered = fields.Monetary("Delivered, not invoiced", readonly=True)
    overdue = fields.Monetary(
        readonly=True, help="The part of the receivables that is past its due date and the policy's grace days."
    )
    amount_document = fields.Monetary("In document currency", currency_field="document_currency_id", readonly=True)
    document_currency_id = fields.Many2one("res.currency", "Document currency", readonly=True)
    move_id = fields.Many2one("account.move", "Journal entry", readonly=True)
    order_id = fields.Many2one("sale.order", "Sales order", readonly=True)

    # -- the definition ------------------------------------------------------------------------------

    @api.model
    def _sources(self, today):
        """All sources of all components, in the order in which people read them.

        :param today: SQL of the day on which something counts as overdue
        """
        return [
            self._source_receivable(today),
            self._source_earmarked(today),
            self._source_draft_invoice(today),
            self._source_order(today),
            self._source_authorized(today),
        ]

    @api.model
    def _join_profile(self, partner, company):
        """JOIN the profile of the commercial partner of ``partner`` in the root of ``company``."""
        return SQL(
            """
            JOIN res_partner partner ON partner.id = %(partner)s
            JOIN res_company company ON company.id = %(company)s
            JOIN credit_profile profile ON profile.partner_id = partner.commercial_partner_id
                                       AND profile.company_id = split_part(company.parent_path, '/', 1)::integer
            """,
            partner=partner,
            company=company,
        )

    @api.model
    def _source_receivable(self, today):
        """Open posted receivable items, by the commercial partner of the item's partner: payments post on
        contacts. Credit notes and unmatched payments count negative."""
        due = SQL("COALESCE(item.date_maturity, item.date)")
        overdue = SQL("%s + profile.grace_days < %s", due, today)
        return ExposureSource(
            component="receivable",
            key=SQL("item.id"),
            source=SQL(
                """FROM account_move_line item
                   JOIN account_account account ON account.id = item.account_id
                                               AND account.account_type = 'asset_receivable'
                   %(join)s
                   WHERE item.parent_state = 'posted' AND item.amount_residual <> 0""",
                join=self._join_profile(SQL("item.partner_id"), SQL("item.company_id")),
            ),
            amount=SQL("item.amount_residual"),
            date_due=due,
            overdue=SQL("CASE WHEN %s THEN item.amount_residual ELSE 0 END", overdue),
            details={
                "name": SQL("(SELECT move.name FROM account_move move WHERE move.id = item.move_id)"),
                "date": SQL("item.date"),
                "days_overdue": SQL("CASE WHEN %s THEN %s - %s ELSE 0 END", overdue, today, due),
                "amount_document": SQL("item.amount_residual_currency"),
                "document_currency_id": SQL("item.currency_id"),
                "move_id": SQL("item.move_id"),
                "user_id": SQL("(SELECT move.invoice_user_id FROM account_move move WHERE move.id = item.move_id)"),
            },
        )

    @api.model
    def _source_earmarked(self, today):
        """Prepayments linked to an order that is not confirmed: taken out of the receivables again, so that
        money that came for one order gives no other order room. Its own order asks for that much less."""
        return ExposureSource(
            component="receivable",
            key=SQL("item.id"),
            source=SQL(
                """FROM (SELECT link.transaction_id, MIN(so.id) AS order_id
                           FROM sale_order_transaction_rel link
                           JOIN sale_order so ON so.id = link.sale_order_id
                          GROUP BY link.transaction_id
                         HAVING bool_and(so.state IN ('draft', 'sent'))) earmark
                   JOIN sale_order so ON so.id = earmark.order_id
                   JOIN payment_transaction transaction ON transaction.id = earmark.transaction_id
                   JOIN account_payment payment ON payment.id = transaction.payment_id
                   JOIN account_move_line item ON item.move_id = payment.move_id
                   JOIN account_account account ON account.id = item.account_id
                                               AND account.account_type = 'asset_receivable'
                   %(join)s
                   WHERE item.parent_state = 'posted' AND item.amount_residual < 0""",
                join=self._join_profile(SQL("item.partner_id"), SQL("item.company_id")),
            ),
            amount=SQL("-item.amount_residual"),
            overdue=SQL(
                "CASE WHEN COALESCE(item.date_maturity, item.date) + profile.grace_days < %s"
                " THEN -item.amount_residual ELSE 0 END",
                today,
            ),
            details={
                "name": SQL("so.name"),
                "date": SQL("item.date"),
                "amount_document": SQL("-item.amount_residual_currency"),
                "document_currency_id": SQL("item.currency_id"),
                "move_id": SQL("item.move_id"),
                "order_id": SQL("so.id"),
                "user_id": SQL("so.user_id"),
            },
        )

    @api.model
    def _source_draft_invoice(self, today):
        """Draft customer invoices. A draft credit note counts only where it is linked to order lines: otherwise
        anyone could draft himself room."""
        return ExposureSource(
            component="draft_invoice",
            key=SQL("move.id"),
            source=SQL(
                """FROM account_move move
                   %(join)s
                   WHERE move.state = 'draft' AND (
                         move.move_type IN ('out_invoice', 'out_receipt')
                         OR (move.move_type = 'out_refund' AND EXISTS (
                                SELECT FROM account_move_line line
                                  JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = line.id
                                 WHERE line.move_id = move.id)))""",
                join=self._join_profile(SQL("move.commercial_partner_id"), SQL("move.company_id")),
            ),
            amount=SQL("move.amount_total_signed"),
            details={
                "name": SQL("COALESCE(NULLIF(move.name, '/'), move.ref, '/')"),
                "date": SQL("COALESCE(move.invoice_date, move.date)"),
                "amount_document": SQL("move.amount_total_in_currency_signed"),
                "document_currency_id": SQL("move.currency_id"),
                "move_id": SQL("move.id"),
                "user_id": SQL("move.invoice_user_id"),
            },
        )

    @api.model
    def _source_order(self, today):
        """Confirmed orders: what they would still bill (``credit_open``), at the order's own rate."""
        return ExposureSource(
            component="order",
            key=SQL("so.id * 2"),
            source=SQL(
                """FROM sale_order so
                   %(join)s
                   WHERE so.state = 'sale' AND so.credit_open <> 0""",
                join=self._join_profile(SQL("so.partner_invoice_id"), SQL("so.company_id")),
            ),
            amount=SQL("so.credit_open / COALESCE(NULLIF(so.currency_rate, 0), 1)"),
            delivered=SQL("so.credit_open_delivered / COALESCE(NULLIF(so.currency_rate, 0), 1)"),
            details={
                "name": SQL("so.name"),
                "date": SQL("so.date_order::date"),
                "amount_document": SQL("so.credit_open"),
                "document_currency_id": SQL("so.currency_id"),
                "order_id": SQL("so.id"),
                "user_id": SQL("so.user_id"),
            },
        )

    @api.model
    def _source_authorized(self, today):
        """What is authorised online for a confirmed order and not captured yet: reserved for us by the
        customer's bank, it asks for no credit."""
        covered = SQL("LEAST(paid.amount, so.credit_open)")
        return ExposureSource(
            component="order",
            key=SQL("so.id * 2 + 1"),
            source=SQL(
                """FROM (SELECT link.sale_order_id, SUM(transaction.amount) AS amount
                           FROM payment_transaction transaction
                           JOIN sale_order_transaction_rel link ON link.transaction_id = transaction.id
                          WHERE transaction.state = 'authorized'
                          GROUP BY link.sale_order_id) paid
                   JOIN sale_order so ON so.id = paid.sale_order_id AND so.state = 'sale' AND so.credit_open > 0
                   %(join)s
                   WHERE paid.amount > 0""",
                join=self._join_profile(SQL("so.partner_invoice_id"), SQL("so.company_id")),
            ),
            amount=SQL("-%s / COALESCE(NULLIF(so.currency_rate, 0), 1)", covered),
            details={
                "name": SQL("so.name"),
                "date": SQL("so.date_order::date"),
                "amount_document": SQL("-%s", covered),
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
        "amount_document": "numeric",
        "document_currency_id": "integer",
        "move_id": "integer",
        "order_id": "integer",
        "user_id": "integer",
    }

    @property
    def _table_query(self):
        self._flush_sources()
        # the server's day, whatever a client says it is
        sources = self._sources(SQL("%s::date", fields.Date.to_string(fields.Date.today())))
        return SQL(
            " UNION ALL ",
        ).join(
            SQL(
                """SELECT %(key)s::bigint * %(stride)s + %(number)s AS id, %(component)s AS component,
                          profile.id AS profile_id, profile.partner_id, profile.company_id, profile.currency_id,
                          %(amount)s AS amount, %(delivered)s AS delivered, %(date_due)s AS date_due,
                          %(overdue)s AS overdue, %(details)s
                   %(source)s""",
                key=source.key,
                stride=len(sources),
                number=number,
                component=source.component,
                amount=source.amount,
                delivered=source.delivered,
                date_due=source.date_due,
                overdue=source.overdue,
                details=SQL(", ").join(
                    SQL("%s::%s AS %s", source.details.get(name, SQL("NULL")), SQL(sql_type), SQL.identifier(name))
                    for name, sql_type in self._details.items()
                ),
                source=source.source,
            )
            for number, source in enumerate(sources)
        )

    def action_view_document(self):
        """Open the invoice, payment entry or order behind the row."""
        self.ensure_one()
        record = self.order_id if self.component == "order" else self.move_id or self.order_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    # -- sums ----------------------------------------------------------------------------------------

    @api.model
    def _sums(self, today, profiles=None, without_orders=None):
        """SQL of the sums by profile and component.

        Columns: profile_id, component, amount, delivered, overdue, oldest_due. A source is summed before the
        next one is read, so that each runs on its own partial index.

        :param today: SQL of the day on which something counts as overdue
        :param profiles: SQL of an array of profile ids; ``None`` for all
        :param without_orders: SQL of an array of the sales orders whose own order component is left out
        """
        selected = SQL() if profiles is None else SQL("AND profile.id = ANY(%s)", profiles)
        without = SQL() if without_orders is None else SQL("AND so.id <> ALL(%s)", without_orders)
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT profile.id AS profile_id, %(component)s::varchar AS component,
                          SUM(%(amount)s) AS amount, SUM(%(delivered)s) AS delivered, SUM(%(overdue)s) AS overdue,
                          MIN(%(date_due)s) FILTER (WHERE %(overdue)s > 0) AS oldest_due
                   %(source)s %(selected)s %(without)s
                   GROUP BY profile.id""",
                component=source.component,
                amount=source.amount,
                delivered=source.delivered,
                overdue=source.overdue,
                date_due=source.date_due,
                source=source.source,
                selected=selected,
                without=without if source.component == "order" else SQL(),
            )
            for source in self._sources(today)
        )

    @api.model
    def _positions_query(self, profiles, today, without_orders):
        """SQL of everything that a position is made of; see ``credit.profile._positions`` for the columns' use.

        Parameters as for :meth:`_sums`.
        """
        return SQL(
            """
            SELECT profile.id, currency.rounding::float8, profile.hold, profile.hold_reason,
                   sums.receivable::float8, sums.draft_invoice::float8, sums.orders::float8,
                   sums.delivered::float8, sums.other::float8, sums.overdue::float8, sums.oldest_due,
                   credit_limit.amount::float8, credit_limit.unlimited, credit_limit.date_end, small.asked::float8
              FROM credit_profile profile
              JOIN res_currency currency ON currency.id = profile.currency_id
              LEFT JOIN (
                    SELECT profile_id,
                           SUM(amount) FILTER (WHERE component = 'receivable') AS receivable,
                           SUM(amount) FILTER (WHERE component = 'draft_invoice') AS draft_invoice,
                           SUM(amount) FILTER (WHERE component = 'order') AS orders,
                           SUM(amount) FILTER (
                               WHERE component NOT IN ('receivable', 'draft_invoice', 'order')) AS other,
                           SUM(delivered) AS delivered, SUM(overdue) AS overdue, MIN(oldest_due) AS oldest_due
                      FROM (%(sums)s) components
                     GROUP BY profile_id) sums ON sums.profile_id = profile.id
              LEFT JOIN (
                    SELECT DISTINCT ON (profile_id) profile_id, amount, unlimited, date_end
                      FROM credit_limit
                     WHERE state = 'granted' AND date_start <= %(today)s %(only_children)s
                     ORDER BY profile_id, date_start DESC) credit_limit ON credit_limit.profile_id = profile.id
              LEFT JOIN (
                    SELECT decision.profile_id, SUM(decision.asked) AS asked
                      FROM credit_decision decision
                      JOIN credit_profile owner ON owner.id = decision.profile_id
                      JOIN credit_policy_rule rule ON rule.policy_id = owner.policy_id
                                                  AND rule.kind = 'small_document' AND rule.active
                     WHERE decision.exemption = 'small_document' AND decision.state = 'passed'
                       AND decision.date > %(today)s - rule.period_days
                       %(only_decisions)s
                     GROUP BY decision.profile_id) small ON small.profile_id = profile.id
             WHERE profile.active %(only)s
            """,
            sums=self._sums(today, profiles, without_orders),
            today=today,
            only=SQL() if profiles is None else SQL("AND profile.id = ANY(%s)", profiles),
            only_children=SQL() if profiles is None else SQL("AND profile_id = ANY(%s)", profiles),
            only_decisions=SQL() if profiles is None else SQL("AND decision.profile_id = ANY(%s)", profiles),
        )

    @tools.ormcache()
    def _positions_function(self):
        """Name and body of the database function that answers for a few profiles.

        Planning the query takes several times as long as running it for one customer. A function's plan is made
        once per connection. The name carries a hash of the body, so that code and database always agree.
        """
        query = self._positions_query(SQL("profile_ids"), SQL("today"), SQL("without_orders"))
        body = self.env.cr.mogrify(query).decode()
        return f"credit_positions_{hashlib.sha256(body.encode()).hexdigest()[:12]}", body

    @api.model
    def _create_positions_function(self):
        """Create the function unless it is there, and drop those of earlier definitions."""
        name, body = self._positions_function()
        known = self.env.execute_query(
            SQL("SELECT proname FROM pg_proc WHERE proname LIKE %s", r"credit\_positions\_%")
        )
        if (name,) in known:
            return
        for (other,) in known:
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s(integer[], date, integer[])", SQL.identifier(other)))
        # %-signs in the body are no parameters here: it is executed as it is
        self.env.cr._obj.execute(
            f"""CREATE OR REPLACE FUNCTION {name}(profile_ids integer[], today date, without_orders integer[])
                RETURNS TABLE (id integer, rounding float8, hold boolean, hold_reason varchar, receivable float8,
                    draft_invoice float8, orders float8, delivered float8, other float8, overdue float8,
                    oldest_due date, limit_amount float8, unlimited boolean, date_end date, small float8)
                LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $function$
                #variable_conflict use_column
                BEGIN RETURN QUERY {body}; END $function$"""
        )

    def _register_hook(self):
        """The sources may have changed without an update of this addon: by one that was uninstalled."""
        super()._register_hook()
        self._create_positions_function()

    @api.model
    def _flush_sources(self):
        """Bring to the database what the sources read."""
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["res.company"].flush_model(["parent_path"])
        self.env["account.move"].flush_model(
            ["state", "move_type", "amount_total_signed", "commercial_partner_id", "company_id"]
        )
        self.env["account.move.line"].flush_model(
            ["parent_state", "amount_residual", "date_maturity", "partner_id", "account_id", "company_id"]
        )
        self.env["sale.order"].flush_model(
            ["state", "credit_open", "credit_open_delivered", "currency_rate", "partner_invoice_id", "company_id"]
        )
        self.env["payment.transaction"].flush_model(["state", "amount", "payment_id", "sale_order_ids"])
        self.env["credit.profile"].flush_model(
            ["partner_id", "company_id", "currency_id", "active", "grace_days", "hold", "hold_reason"]
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
                INCLUDE (company_id, credit_open, credit_open_delivered, currency_rate, id)
                WHERE state = 'sale' AND credit_open <> 0""",
            "credit_exposure_authorized": """
                payment_transaction (id) WHERE state = 'authorized'""",
        }.items():
            self.env.cr.execute(SQL("CREATE INDEX IF NOT EXISTS %s ON %s", SQL.identifier(name), SQL(definition)))
        self._create_positions_function()
