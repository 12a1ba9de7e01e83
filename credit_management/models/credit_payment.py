# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited
# the profile is one model in several files, one concept in each
"""How customers pay: what of their invoices was paid when, and the measures taken of it.

How it works: one query (:meth:`CreditProfile._portions_sql`) turns invoices and what they were reconciled with into
portions, the plain tuples that ``engine/payment.py`` measures. Every reconciliation of an invoice is a portion, and
what is left of it is another one; so the query goes over reconciliations and open items once, whatever the day is
that it is asked for:

- reconciled with a payment: settled, on the payment's day or, if that is later, the invoice's;
- reconciled with a credit note: taken off the invoice, as if it had never been on it;
- reconciled with anything else, or short-paid and written off: never paid, unless it is but a small difference;
- reconciled after the day asked for: open.

Imported history (``credit.payment.history``) joins in as further portions.
"""

import datetime
from collections import defaultdict
from itertools import pairwise

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import subtract

from ..engine.loss import BUCKET_BOUNDS, bucket
from ..engine.payment import behaviours, by_month, habit, period_days, sales_figures
from ..tools.known import KnownFloat, KnownInteger

MONTHS = 24  # that payment behaviour looks back
SALES_DAYS = 365  # that the days sales outstanding are counted over
CHART_MONTHS = 12
# up to this part of an amount, what is written off is a difference (rounding, bank charges), not a debt unpaid
DIFFERENCE = 0.05

# who may see how a customer pays: the same people who see invoices, or rate customers
READERS = "credit_management.group_analyst,account.group_account_readonly,account.group_account_invoice"

# kept by _refresh_behaviour, never by a person
BEHAVIOUR = (
    "payment_known",
    "payment_index",
    "median_days_late",
    "days_late",
    "share_on_time",
    "worst_days_late",
    "index_trend",
    "dso",
    "payment_habit",
    "late_before",
    "behaviour_as_of",
)


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    payment_known = fields.Boolean(
        "Payment behaviour known",
        readonly=True,
        groups=READERS,
        help="Whether anything that fell due in the last 24 months tells how this customer pays.",
    )
    payment_index = KnownFloat(
        "Payment index",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        groups=READERS,
        help="From 0 to 100, weighted by amount: 80 is prompt, more is early; 50 is 30 days late, 20 is 120 days late.",
    )
    median_days_late = KnownFloat(
        "Median days late",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        groups=READERS,
        help="Half of the invoices were paid later than this, half sooner; negative is early."
        " Of all measures this one tells best who will pay late.",
    )
    days_late = KnownFloat(
        "Mean days late",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        groups=READERS,
        help="Weighted by original amount; negative is early. An open invoice counts with its days late so far.",
    )
    share_on_time = KnownFloat(
        "Paid on time",
        readonly=True,
        digits=(16, 4),
        aggregator="avg",
        groups=READERS,
        help="Share of the invoices that were paid by their due date.",
    )
    worst_days_late = KnownInteger(
        "Worst days late",
        readonly=True,
        aggregator="max",
        groups=READERS,
        help="The longest delay of any invoice, open ones so far.",
    )
    index_trend = KnownFloat(
        "Trend of the index",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        groups=READERS,
        help="Points by which the payment index of the last 6 months is better than before (negative: worse)."
        " Empty where there is nothing to compare.",
    )
    dso = KnownFloat(
        "Days sales outstanding",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        groups=READERS,
        help="Receivables ÷ sales of the last 365 days × days. Empty without sales.",
    )
    payment_habit = fields.Selection(
        [
            ("prompt", "On time"),
            ("slow", "Up to 15 days late"),
            ("late", "Up to 30 days late"),
            ("very_late", "More than 30 days late"),
            ("unknown", "Unknown"),
        ],
        "Usually pays",
        default="unknown",
        readonly=True,
        index=True,
        groups=READERS,
        help="By the median of the days late.",
    )
    late_before = fields.Boolean(
        "Ever paid late",
        readonly=True,
        groups=READERS,
        help="Whether anything that fell due in the last 24 months was paid late. What is overdue now does not count.",
    )
    behaviour_as_of = fields.Date(
        "Payment behaviour as of", readonly=True, groups=READERS, help="Measured anew every night."
    )
    payment_course = fields.Json(
        compute="_compute_payment_course",
        groups=READERS,
        help="Days late, share on time and index of the last months, and how old the receivables are; live.",
    )
    payment_history_count = fields.Integer(
        "Imported invoices", compute="_compute_payment_history_count", groups="credit_management.group_analyst",
        help="Invoices of an earlier system that were imported.",
    )

    # -- portions ------------------------------------------------------------------------------------

    def _payment_portions(self, as_of, since=None):
        """What of these customers' invoices was paid when, as known on a day; one query.

        Invoices and receipts of the profile's company and its branches, by the commercial partner of the receivable
        item's partner, and imported history.

        :param as_of: the day; what was invoiced later is left out, what was paid later is open
        :param since: leave out what was both due and paid by this day
        :return: ``{profile id: list of engine.payment.Portion}``, original amounts in the currency of the profile's
            company; of all active profiles for an empty recordset
        """
        self._flush_payment_sources()
        portions = {profile_id: [] for profile_id in self._behaviour_ids()}
        self.env.cr.execute(self._portions_sql(as_of, since))
        while rows := self.env.cr.fetchmany(10_000):
            for row in rows:
                portions[row[0]].append(row[1:])
        return portions

    def _behaviour_ids(self):
        rows = () if self else self.env.execute_query(SQL("SELECT id FROM credit_profile WHERE active"))
        return self.ids or [profile_id for (profile_id,) in rows]

    def _parties_sql(self):
        """SQL of id, customer and company of these profiles, of all active ones for an empty recordset.

        Written out, so that the planner knows how many there are also while the table is being filled.
        """
        if not self:
            return SQL("SELECT id, partner_id, company_id FROM credit_profile WHERE active")
        return SQL(
            "SELECT * FROM unnest(%s::int[], %s::int[], %s::int[]) written_out (id, partner_id, company_id)",
            self.ids,
            [profile.partner_id.id for profile in self],
            [profile.company_id.id for profile in self],
        )

    def _portions_sql(self, as_of, since):
        """SQL of the portions. Columns: profile id, then those of an :data:`engine.payment.Portion`."""
        # An item's share of the invoice in the invoice's currency, at the invoice's rate: differences in exchange are
        # nobody's lateness, and as reconciliations they have no amount in that currency.
        rate = SQL("CASE WHEN item.amount_currency <> 0 THEN item.balance / item.amount_currency ELSE 1 END")
        day = SQL("%s::date", as_of)
        due = SQL("COALESCE(item.date_maturity, move.invoice_date)")
        # from the customer to the item, in this order also where the planner takes joins as they are written
        items = SQL(
            """party
               JOIN res_partner contact ON contact.commercial_partner_id = party.partner_id
               JOIN account_move_line item ON item.partner_id = contact.id AND item.parent_state = 'posted'
                                          AND %(root)s = party.company_id
                                          AND item.account_id = ANY(ARRAY(
                                              SELECT id FROM account_account WHERE account_type = 'asset_receivable'))
               JOIN account_move move ON move.id = item.move_id
                                     AND move.move_type IN ('out_invoice', 'out_receipt')
                                     AND move.invoice_date <= %(day)s""",
            day=day,
            root=self.env["res.company"]._credit_root_sql(SQL("item.company_id")),
        )
        return SQL(
            """
            WITH party AS NOT MATERIALIZED (%(parties)s),
            credited AS (
                SELECT item.move_id, SUM(partial.debit_amount_currency * %(rate)s) AS amount
                  FROM %(items)s
                  JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
                  JOIN account_move_line other ON other.id = partial.credit_move_id AND other.date <= %(day)s
                  JOIN account_move note ON note.id = other.move_id AND note.move_type = 'out_refund'
                                        AND note.state = 'posted'
                 GROUP BY item.move_id),
            part AS MATERIALIZED (
                SELECT party.id AS profile_id, partial.debit_amount_currency * %(rate)s AS amount,
                       move.amount_total_signed - COALESCE(credited.amount, 0) AS invoice_amount, move.invoice_date,
                       %(due)s AS due, GREATEST(other.date, move.invoice_date) AS reconciled,
                       COALESCE(move.credit_disputed, FALSE) AS disputed, %(kind)s AS kind, %(short)s AS short
                  FROM %(items)s
                  JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
                                                        AND partial.debit_amount_currency > 0
                  JOIN account_move_line other ON other.id = partial.credit_move_id
                  LEFT JOIN account_payment payment ON payment.id = other.payment_id
                  LEFT JOIN credited ON credited.move_id = move.id),
            portion AS (
                SELECT profile_id, amount * (1 - short) AS amount, invoice_amount, invoice_date, due,
                       CASE WHEN kind = 'paid' AND reconciled <= %(day)s THEN reconciled END AS settled, disputed
                  FROM part
                 WHERE reconciled > %(day)s OR kind = 'paid'
                    OR (kind = 'written_off' AND amount > %(difference)s * invoice_amount)
                 UNION ALL
                SELECT profile_id, amount * short, invoice_amount, invoice_date, due, NULL, disputed
                  FROM part
                 WHERE short > 0
                 UNION ALL
                SELECT party.id, item.amount_residual_currency * %(rate)s,
                       move.amount_total_signed - COALESCE(credited.amount, 0), move.invoice_date, %(due)s, NULL,
                       COALESCE(move.credit_disputed, FALSE)
                  FROM %(items)s AND item.amount_residual <> 0 AND item.amount_residual_currency > 0
                  LEFT JOIN credited ON credited.move_id = move.id
                 UNION ALL
                SELECT party.id, history.amount, history.amount, history.date_invoice, history.date_due,
                       CASE WHEN history.date_settled <= %(day)s THEN history.date_settled END, history.disputed
                  FROM party
                  JOIN res_partner contact ON contact.commercial_partner_id = party.partner_id
                  JOIN credit_payment_history history ON history.partner_id = contact.id
                                                     AND history.company_id = party.company_id
                                                     AND history.date_invoice <= %(day)s)
            SELECT profile_id, amount::float8, invoice_amount::float8, invoice_date - %(zero)s, due - %(zero)s,
                   settled - %(zero)s, disputed
              FROM portion %(since)s
            """,
            rate=rate,
            day=day,
            due=due,
            items=items,
            kind=self._reconciliation_sql(),
            short=self._short_paid_sql(),
            parties=self._parties_sql(),
            difference=DIFFERENCE,
            # so that a day becomes its number
            zero=SQL("DATE '0001-01-01' + 1"),
            since=SQL("WHERE settled IS NULL OR GREATEST(settled, due) > %s::date", since) if since else SQL(),
        )

    @api.model
    def _reconciliation_sql(self):
        """SQL that says what ``other``, the item that an invoice's item is reconciled with, did to it: ``paid``,
        ``credited`` or ``written_off``.

        An entry that is neither a payment nor a bank statement line counts as payment where it moves the debt to
        money, to what we owe the customer, or to a clearing account (as the point of sale does).
        """
        return SQL(
            """CASE WHEN other.payment_id IS NOT NULL OR other.statement_line_id IS NOT NULL THEN 'paid'
                    ELSE (
                    SELECT CASE
                           WHEN entry.move_type = 'out_refund' THEN 'credited'
                           WHEN entry.move_type <> 'entry' OR journal.type IN ('bank', 'cash', 'credit') OR EXISTS (
                               SELECT FROM account_move_line counter
                                 JOIN account_account account ON account.id = counter.account_id
                                WHERE counter.move_id = entry.id AND counter.balance > 0
                                  AND (account.account_type IN ('asset_cash', 'liability_credit_card',
                                                                'liability_payable')
                                       OR (account.account_type = 'asset_receivable' AND account.non_trade)))
                           THEN 'paid'
                           ELSE 'written_off' END
                      FROM account_move entry
                      JOIN account_journal journal ON journal.id = entry.journal_id
                     WHERE entry.id = other.move_id) END"""
        )

    @api.model
    def _short_paid_sql(self):
        """SQL of the share of ``other`` that its ``payment`` wrote off ("mark as fully paid"): money that never came.

        A discount for early payment that the invoice's terms grant is no such thing.
        """
        return SQL(
            """CASE WHEN payment.amount_company_currency_signed < -other.balance * (1 - %s) AND NOT EXISTS (
                        SELECT FROM account_payment_term term
                         WHERE term.id = move.invoice_payment_term_id AND term.early_discount
                           AND other.date <= move.invoice_date + term.discount_days)
                    THEN 1 - GREATEST(payment.amount_company_currency_signed, 0) / -other.balance
                    ELSE 0 END""",
            DIFFERENCE,
        )

    @api.model
    def _flush_payment_sources(self):
        """Bring to the database what payment behaviour is read from."""
        if not (self.env.transaction.field_dirty or self.env.transaction.tocompute):
            return
        for model in (
            "account.move",
            "account.move.line",
            "account.partial.reconcile",
            "account.payment",
            "credit.payment.history",
            "credit.profile",
            "res.company",
            "res.partner",
        ):
            self.env[model].flush_model()

    # -- measures ------------------------------------------------------------------------------------

    def _recent_portions(self, as_of):
        """The portions that payment behaviour as of a day looks at; see :meth:`_payment_portions`."""
        return self._payment_portions(as_of, subtract(as_of, months=MONTHS))

    def _behaviours(self, as_of, portions=None):
        """How these customers pay, as known on a day.

        :param portions: what :meth:`_recent_portions` said of that day, for who has it already
        :return: ``{profile id: engine.payment.Behaviour}``; of all active profiles for an empty recordset. Of who has
            no history, every figure is ``None``
        """
        portions = self._recent_portions(as_of) if portions is None else portions
        by_choice = defaultdict(dict)
        counting = self._counting_disputes(portions)
        for profile_id, known in portions.items():
            by_choice[profile_id in counting][profile_id] = known
        found = {}
        for disputes, customers in by_choice.items():
            found |= behaviours(customers, as_of, MONTHS, disputes=disputes)
        return found

    @api.model
    def _counting_disputes(self, profile_ids):
        """Those of the profiles whose policy counts disputed invoices, as a set of ids."""
        self.env["credit.policy"].flush_model(["count_disputed"])
        rows = self.env.execute_query(
            SQL(
                """SELECT profile.id
                     FROM credit_profile profile JOIN credit_policy policy ON policy.id = profile.policy_id
                    WHERE policy.count_disputed AND profile.id = ANY(%s)""",
                list(profile_ids),
            )
        )
        return {profile_id for (profile_id,) in rows}

    def _sales_figures(self, as_of):
        """Days sales outstanding and its kin, as of a day; two queries. From accounting only: of the time before, the
        receivables are not known.

        Sales are invoices and receipts less credit notes, taxes included as in the receivables, by accounting date.

        :return: ``{profile id: engine.payment.SalesFigures}`` in the currency of the profile's company; of all active
            profiles for an empty recordset
        """
        self._flush_payment_sources()
        bounds = [as_of, *(subtract(as_of, months=month) for month in range(1, 13))]
        months = SQL(", ").join(
            SQL(
                "COALESCE(SUM(item.balance) FILTER (WHERE %s AND item.date > %s AND item.date <= %s), 0)::float8",
                self._sale_sql(),
                start,
                end,
            )
            for end, start in pairwise(bounds)
        )
        begin = as_of - datetime.timedelta(days=SALES_DAYS)
        owner = SQL(
            """JOIN account_account account ON account.id = item.account_id
                                           AND account.account_type = 'asset_receivable'
               JOIN res_partner contact ON contact.id = item.partner_id
               JOIN (%s) profile ON profile.partner_id = contact.commercial_partner_id AND profile.company_id = %s""",
            self._parties_sql(),
            self.env["res.company"]._credit_root_sql(SQL("item.company_id")),
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT profile.id, MIN(item.date) FILTER (WHERE %(sale)s), SUM(item.balance)::float8,
                       COALESCE(SUM(item.balance) FILTER (WHERE item.date <= %(begin)s), 0)::float8,
                       COALESCE(SUM(item.balance) FILTER (WHERE %(sale)s AND item.date > %(begin)s), 0)::float8,
                       %(months)s
                  FROM account_move_line item %(owner)s
                 WHERE item.parent_state = 'posted' AND item.date <= %(day)s
                 GROUP BY profile.id
                """,
                sale=self._sale_sql(),
                begin=begin,
                months=months,
                owner=owner,
                day=as_of,
            )
        )
        overdue = dict(self.env.execute_query(self._overdue_sql(as_of, owner)))
        lengths = [(end - start).days for end, start in pairwise(bounds)]
        nothing = sales_figures(0.0, 0.0, 0.0, 0.0, 0, [])
        found = dict.fromkeys(self._behaviour_ids(), nothing)
        for profile_id, since, balance, before, sales, *monthly in rows:
            found[profile_id] = sales_figures(
                balance,
                overdue.get(profile_id, 0.0),
                before,
                sales,
                period_days(as_of, SALES_DAYS, since),
                list(zip(monthly, lengths, strict=True)),
            )
        return found

    @api.model
    def _sale_sql(self):
        """SQL that tells the receivable items of invoices, receipts and credit notes from those of payments."""
        return SQL("item.display_type = 'payment_term'")

    @api.model
    def _overdue_sql(self, as_of, owner):
        """SQL of what was overdue at the end of a day, by profile: what is open now, and what was reconciled since.

        Credit notes and unmatched payments that are past their date count negative, as they do in the exposure.
        """
        due = SQL("item.date <= %s AND COALESCE(item.date_maturity, item.date) < %s", as_of, as_of)
        return SQL(
            """
            SELECT profile.id, SUM(item.amount)::float8
              FROM (SELECT item.partner_id, item.account_id, item.company_id, item.amount_residual AS amount
                      FROM account_move_line item
                     WHERE item.parent_state = 'posted' AND item.amount_residual <> 0 AND %(due)s
                     UNION ALL
                    SELECT item.partner_id, item.account_id, item.company_id,
                           CASE WHEN item.id = partial.debit_move_id THEN partial.amount ELSE -partial.amount END
                      FROM account_partial_reconcile partial
                      JOIN account_move_line item ON item.id IN (partial.debit_move_id, partial.credit_move_id)
                     WHERE partial.max_date > %(day)s AND item.parent_state = 'posted' AND %(due)s) item
              %(owner)s
             GROUP BY profile.id
            """,
            due=due,
            day=as_of,
            owner=owner,
        )

    # -- stored columns ------------------------------------------------------------------------------

    @api.model
    def _figures(self):
        return (*super()._figures(), *BEHAVIOUR)

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        profiles.sudo()._refresh_behaviour()
        return profiles

    def action_refresh(self):
        # sudo: as for the other figures
        self.sudo()._refresh_behaviour()
        return super().action_refresh()

    def _refresh_behaviour(self, behaviours=None):
        """Measure the stored columns anew as of today. Writes the profile's own row only, unknown as NULL.

        :param behaviours: what :meth:`_behaviours` says of today, for who has it already
        """
        if not self:
            return
        today = fields.Date.today()
        sales = self._sales_figures(today)
        self._keep_sales(sales)
        values = [
            (
                profile_id,
                known.index is not None,
                known.index,
                known.median_days_late,
                known.days_late,
                known.on_time,
                known.worst_days_late,
                known.index_trend,
                sales[profile_id].dso,
                habit(known.median_days_late) or "unknown",
                known.paid_late > 0,
                today,
            )
            for profile_id, known in (self._behaviours(today) if behaviours is None else behaviours).items()
        ]
        self.env.cr.execute_values(
            """UPDATE credit_profile profile
                  SET payment_known = new.known, payment_index = ROUND(new.index::numeric, 1),
                      median_days_late = ROUND(new.median::numeric, 1), days_late = ROUND(new.late::numeric, 1),
                      share_on_time = ROUND(new.on_time::numeric, 4), worst_days_late = new.worst::integer,
                      index_trend = ROUND(new.trend::numeric, 1), dso = ROUND(new.dso::numeric, 1),
                      payment_habit = new.habit, late_before = new.late_before, behaviour_as_of = new.as_of::date
                 FROM (VALUES %s) AS new (id, known, index, median, late, on_time, worst, trend, dso, habit,
                      late_before, as_of)
                WHERE profile.id = new.id""",
            values,
            page_size=1000,
        )
        self.invalidate_recordset(BEHAVIOUR)

    # -- on the screen -------------------------------------------------------------------------------

    @api.depends_context("lang")
    def _compute_payment_course(self):
        today = fields.Date.today()
        profiles = self.filtered("id")
        portions = profiles._payment_portions(today) if profiles else {}
        counting = self._counting_disputes(portions)
        ageing = profiles._receivables_by_age(today)
        for profile in self:
            if not profile.id:
                profile.payment_course = False
                continue
            course = by_month(portions[profile.id], today, CHART_MONTHS, disputes=profile.id in counting)
            profile.payment_course = {
                "currency_id": profile.currency_id.id,
                "months": [
                    {
                        "start": fields.Date.to_string(month.start),
                        "days_late": month.days_late,
                        "on_time": month.on_time,
                        "index": month.index,
                    }
                    for month in course
                ],
                "ageing": ageing[profile.id],
            }

    def _receivables_by_age(self, today):
        """Receivables by days overdue, as exposure defines them: ``{profile id: list of amounts}``, from not due to the
        oldest, see ``engine.loss.BUCKET_BOUNDS``."""
        ages = {profile.id: [0.0] * (len(BUCKET_BOUNDS) + 1) for profile in self}
        groups = self.env["credit.exposure"]._read_group(
            [("profile_id", "in", self.ids), ("component", "=", "receivable")],
            ["profile_id", "date_due:day"],
            ["amount:sum"],
        )
        for profile, due, amount in groups:
            ages[profile.id][bucket((today - due).days if due else 0)] += amount
        return ages

    def _compute_payment_history_count(self):
        groups = self.env["credit.payment.history"]._read_group(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): count for partner, company, count in groups}
        for profile in self:
            profile.payment_history_count = counts.get((profile.partner_id.id, profile.company_id.id), 0)

    def action_view_payment_history(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported payment history"),
            "res_model": "credit.payment.history",
            "view_mode": "list",
            "domain": [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)],
        }
