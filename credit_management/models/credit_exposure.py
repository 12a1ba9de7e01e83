# Part of credit_management. License LGPL-3.0 or later.
"""What customers owe or will owe, document by document. This is the only place where exposure is defined.

How it works: exposure has components, and each component has one or more *sources*
(:class:`ExposureSource`): a FROM clause whose rows are documents, and the SQL of their amount. Everything is
generated from the same sources: the rows people see and drill into (this model, a query without a table)
and the sums that checks, forms, lists and the monitor use (:meth:`CreditExposure._sums`).

A glue addon adds a component, or refines one, by extending :meth:`CreditExposure._sources`.
"""

from typing import NamedTuple

from odoo import api, fields, models
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
        ]

    @api.model
    def _join_profile(self, partner, company, is_commercial=False):
        """JOIN the profile of the commercial partner of ``partner`` in the root of ``company``.

        ``{profile}`` is put in later: the table of profiles, or the few that are asked for.

        :param is_commercial: ``partner`` is a commercial partner already
        """
        return SQL(
            "%(partner)s JOIN {profile} profile"
            " ON profile.partner_id = %(commercial)s AND profile.company_id = %(root)s",
            partner=SQL() if is_commercial else SQL("JOIN res_partner partner ON partner.id = %s", partner),
            commercial=partner if is_commercial else SQL("partner.commercial_partner_id"),
            root=self.env["res.company"]._credit_root_sql(company),
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
        money that came for one order gives no other order room. Its own order asks for that much less.

        What is left of the payments is looked up by a function of the database, for the few orders concerned.
        """
        return ExposureSource(
            component="receivable",
            key=SQL("so.id"),
            source=SQL(
                """FROM sale_order so
                   %(join)s
                   WHERE so.state IN ('draft', 'sent') AND so.credit_paid_online > 0""",
                join=self._join_profile(SQL("so.partner_invoice_id"), SQL("so.company_id")),
            ),
            amount=SQL("credit_earmarked(so.id)"),
            details={
                "name": SQL("so.name"),
                "date": SQL("so.date_order::date"),
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
                join=self._join_profile(SQL("move.commercial_partner_id"), SQL("move.company_id"), is_commercial=True),
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
        """Confirmed orders: what they would still bill (``credit_open``), at the order's own rate. What is authorised
        online and not captured yet is reserved for us by the customer's bank, and asks for no credit."""
        rate = SQL("COALESCE(NULLIF(so.currency_rate, 0), 1)")
        return ExposureSource(
            component="order",
            key=SQL("so.id"),
            source=SQL(
                """FROM sale_order so
                   %(join)s
                   WHERE so.state = 'sale' AND so.credit_open <> 0""",
                join=self._join_profile(SQL("so.partner_invoice_id"), SQL("so.company_id")),
            ),
            amount=SQL("GREATEST(so.credit_open - COALESCE(so.credit_authorized, 0), 0) / %s", rate),
            delivered=SQL("so.credit_open_delivered / %s", rate),
            details={
                "name": SQL("so.name"),
                "date": SQL("so.date_order::date"),
                "amount_document": SQL("GREATEST(so.credit_open - COALESCE(so.credit_authorized, 0), 0)"),
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
        table = SQL("credit_profile")
        # the server's day, whatever a client says it is
        sources = self._sources(SQL("%s::date", fields.Date.to_string(fields.Date.today())))
        rows = SQL(
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
        return self._with_profiles(rows, table)

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
    def _with_profiles(self, query, profiles):
        """Put the relation of the profiles in where the sources left its place."""
        return SQL(query.code.replace("{profile}", profiles.code), *self._params(query, profiles))

    @staticmethod
    def _params(query, profiles):
        """The parameters of ``query``, with those of ``profiles`` wherever it is put in."""
        parts = query.code.split("{profile}")
        params, position = [], 0
        for number, part in enumerate(parts):
            if number:
                params += profiles.params
            count = part.count("%s")
            params += query.params[position : position + count]
            position += count
        return params

    @api.model
    def _sums(self, today, profiles, without_orders=()):
        """SQL of the sums by profile and component.

        Columns: profile_id, component, amount, delivered, overdue, oldest_due. A source is summed before the
        next one is read, so that each runs on its own partial index.

        :param today: SQL of the day on which something counts as overdue
        :param profiles: SQL of the relation of the profiles, with id, partner_id, company_id and grace_days
        :param without_orders: ids of the sales orders whose own order component is left out
        """
        without = SQL("AND so.id <> ALL(%s)", list(without_orders)) if without_orders else SQL()
        query = SQL(" UNION ALL ").join(
            SQL(
                """SELECT profile.id AS profile_id, %(component)s AS component,
                          SUM(%(amount)s) AS amount, SUM(%(delivered)s) AS delivered, SUM(%(overdue)s) AS overdue,
                          MIN(%(date_due)s) FILTER (WHERE %(overdue)s > 0) AS oldest_due
                   %(source)s %(without)s
                   GROUP BY profile.id""",
                component=source.component,
                amount=source.amount,
                delivered=source.delivered,
                overdue=source.overdue,
                date_due=source.date_due,
                source=source.source,
                without=without if source.component == "order" else SQL(),
            )
            for source in self._sources(today)
        )
        return self._with_profiles(query, profiles)

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
            [
                "state",
                "credit_open",
                "credit_open_delivered",
                "credit_authorized",
                "credit_paid_online",
                "currency_rate",
                "partner_invoice_id",
                "company_id",
            ]
        )
        self.env["payment.transaction"].flush_model(["state", "payment_id", "sale_order_ids"])
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
                INCLUDE (company_id, credit_open, credit_open_delivered, credit_authorized, currency_rate, id)
                WHERE state = 'sale' AND credit_open <> 0""",
            "credit_exposure_earmarked": """
                sale_order (partner_invoice_id)
                WHERE state IN ('draft', 'sent') AND credit_paid_online > 0""",
        }.items():
            self.env.cr.execute(SQL("CREATE INDEX IF NOT EXISTS %s ON %s", SQL.identifier(name), SQL(definition)))
        self.env.cr.execute(
            """
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
