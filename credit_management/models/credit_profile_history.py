# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited
# the profile is one model in several files, one concept in each
"""What happened with customers, as ``engine/replay.py`` sweeps it: a handful of queries for any number of them.

What was so at a moment is told by dates: of accounting entries, reconciliations, confirmations, validities. Odoo keeps
neither drafts that are gone, nor when an entry was posted, nor when a customer was put on hold or joined a group: the
decisions of that time do, and nothing else does. What was entered after the moment asked for is left out.
"""

from dataclasses import replace
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.limits import Granted, Guarantee
from ..engine.position import EVERYTHING, Document, Position
from ..engine.replay import Billing, Contender, Entry, Frozen, History, Match, PastOrder, Small
from ..engine.rules import Finding


class OrderFacts(NamedTuple):
    """What a result says of a past order, beside the verdicts on it."""

    name: str
    order_id: int | None  # None: it was deleted
    user_id: int | None
    decision_id: int | None = None
    outcome: str | None = None  # what really came out of the check
    state: str | None = None  # … and what became of it


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    def _contender(self):
        """The policy as :class:`~..engine.replay.Contender`, whatever its state."""
        self.ensure_one()
        # sudo: which rules hold does not depend on who looks
        small = self.sudo().rule_ids.filtered(lambda rule: rule.active and rule.kind == "small_document")[:1]
        return Contender(
            self._engine_rules(),
            self.grace_days,
            Small(small.amount, small.cap, small.period_days) if small else None,
            self._counting(),
        )


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    def _histories(self, since, moment):
        """What happened with these customers.

        :param since: orders from this day on are to be judged
        :param moment: what was entered or is dated after this time (naive, UTC) is left out
        :return: ``{profile id: (engine.replay.History, {order id: OrderFacts})}``; amounts in the currency of the
            profile's company
        """
        self.env.flush_all()
        rounding = {root: rounding for root, (_id, rounding) in self.env["res.company"]._credit_currencies().items()}
        bound = self.sudo().group_id._joint_limits()  # sudo: they bind whoever looks
        histories = {
            profile.id: (
                History(rounding=rounding[profile.company_id.id], grouped=profile.group_id.id in bound),
                {},
            )
            for profile in self
        }
        # straight through, and each thing read once: orders first, as they say whose invoices matter
        self._read_orders(histories, since, moment)
        self._read_entries(histories, since, moment)
        self._read_limits(histories, moment)
        self._read_guarantees(histories, moment)
        return histories

    # -- orders --------------------------------------------------------------------------------------

    def _read_orders(self, histories, since, moment):
        # sudo: how long terms are, of any company
        terms = self.env["account.payment.term"].sudo().with_context(active_test=False).search(Domain.TRUE)
        days = {term.id: term._credit_days() for term in terms}
        judged = self._read_decisions(since, moment)
        orders = {row[1]: row for row in self.env.execute_query(self._orders_sql(since, moment))}
        billed = {}
        for order_id, move_id, date, amount in self.env.execute_query(
            self._billings_sql(list({*orders, *judged}), moment)
        ):
            billed.setdefault(order_id, []).append(Billing(order_id, move_id, date, amount))
        for order_id in sorted({*orders, *judged}):
            decided, row = judged.get(order_id), orders.get(order_id)
            profile_id = decided[0] if decided else row[0]
            history, facts = histories[profile_id]
            history.billings += billed.get(order_id, ())
            past = PastOrder(order_id, moment)
            if row:
                past = self._past_order(row, billed.get(order_id, ()), since, days)
                facts[order_id] = OrderFacts(row[2], order_id, row[8])
            if decided:
                _profile_id, date, document, frozen, facts[order_id] = decided
                past = replace(past, moment=date, document=document, frozen=frozen)
            history.orders.append(past)

    @api.model
    def _past_order(self, row, billings, since, days):
        """An order without a decision: it asked for what it comes to today.

        :param days: ``{payment term id: days}``
        """
        _profile_id, order_id, _name, confirmed, value, still_open, term, rounding, _user, delivery = row
        billed = sum(billing.amount for billing in billings)
        return PastOrder(
            order_id,
            confirmed,
            # so that what is left of it today is what is open today
            standing=still_open + billed,
            confirmed=confirmed,
            document=Document(value, value, "order", payment_term=term, terms=days.get(term, 0))
            if confirmed.date() >= since
            else None,
            delivery=delivery,
            undated=abs(value - still_open - billed) >= rounding,
        )

    def _read_decisions(self, since, moment):
        """The last decision at each order's confirmation, with the position that it froze: ``{order id: (profile id,
        moment, document, frozen, facts)}``."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (decision.res_id) decision.res_id, decision.profile_id, decision.id,
                          decision.date, decision.asked::float8, decision.document_amount::float8, decision.position,
                          decision.findings, decision.outcome, decision.state, decision.policy_id, decision.name,
                          decision.document_user_id, so.id, so.payment_term_id,
                          COALESCE(decision.cleared_terms, 0), decision.document
                     FROM credit_decision decision
                     LEFT JOIN sale_order so ON so.id = decision.order_id
                    WHERE decision.profile_id = ANY(%s) AND decision.res_model = 'sale.order'
                      AND decision.checkpoint = 'order' AND decision.state <> 'recorded'
                      AND jsonb_typeof(decision.position) = 'object' AND decision.date BETWEEN %s AND %s
                    ORDER BY decision.res_id, decision.id DESC""",
                self.ids,
                fields.Datetime.to_datetime(since),
                moment,
            )
        )
        policies = self.env["credit.policy"].sudo().browse({row[10] for row in rows if row[10]}).exists()
        made_by = {policy.id: policy._contender() for policy in policies}
        found = {}
        for (order_id, profile_id, decision_id, date, asked, amount, figures, findings, outcome, state, policy_id,
             name, user_id, known, term, terms, document) in rows:  # fmt: skip
            position = Position.from_json(figures)
            policy = made_by.get(policy_id)
            counting = policy.counting if policy else EVERYTHING
            # another party was on hold, where the customer himself was not
            party = [Finding.from_json(each) for each in findings or () if each["kind"] == "manual_hold"]
            found[order_id] = (
                profile_id,
                date,
                Document.from_json(document)
                if document
                else Document(
                    asked,
                    amount,
                    # what else an order does not ask for is what does not count
                    prepaid=max(0.0, amount - asked) if counting == EVERYTHING else 0.0,
                    payment_term=term,
                    terms=terms,
                ),
                Frozen(
                    position,
                    policy.grace_days if policy else 0,
                    policy and policy.small,
                    () if position.on_hold else tuple(party),
                    counting,
                    inferred=not document,
                ),
                OrderFacts(name, known, user_id, decision_id, outcome, state),
            )
        return found

    def _orders_sql(self, since, moment):
        """SQL of confirmed orders that are to be judged, or count for those that are.

        Columns: profile id, order id, name, confirmed, value, still open, payment terms, rounding, salesperson, day of
        delivery.
        """
        return SQL(
            """
            SELECT party.id, so.id, so.name, so.date_order,
                   (so.credit_value / %(rate)s)::float8, (so.credit_open / %(rate)s)::float8, so.payment_term_id,
                   currency.rounding::float8, so.user_id, so.commitment_date::date
              FROM (%(parties)s) party
              JOIN res_partner contact ON contact.commercial_partner_id = party.partner_id
              JOIN sale_order so ON so.partner_invoice_id = contact.id AND %(root)s = party.company_id
              JOIN res_currency currency ON currency.id = so.currency_id
             WHERE so.state = 'sale' AND so.date_order <= %(moment)s AND so.create_date <= %(moment)s
               AND (so.date_order >= %(since)s OR so.credit_open <> 0 OR EXISTS (
                    SELECT FROM sale_order_line line
                      JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
                      JOIN account_move_line item ON item.id = link.invoice_line_id
                     WHERE line.order_id = so.id AND item.parent_state = 'posted' AND item.date >= %(since)s))
            """,
            rate=SQL("COALESCE(NULLIF(so.currency_rate, 0), 1)"),
            parties=self._parties_sql(),
            root=self.env["res.company"]._credit_root_sql(SQL("so.company_id")),
            since=since,
            moment=moment,
        )

    @api.model
    def _billings_sql(self, order_ids, moment):
        """SQL of what posted invoices and credit notes billed of orders, in company currency at the invoice's rate.

        Columns: order id, entry id, date, amount.
        """
        return SQL(
            """
            SELECT line.order_id, move.id, move.date,
                   SUM(item.price_total * move.amount_total_signed / NULLIF(move.amount_total, 0))::float8
              FROM sale_order_line line
              JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
              JOIN account_move_line item ON item.id = link.invoice_line_id
              JOIN account_move move ON move.id = item.move_id AND move.state = 'posted' AND move.amount_total <> 0
                                    AND move.date <= %(moment)s::date AND move.create_date <= %(moment)s
             WHERE line.order_id = ANY(%(orders)s)
             GROUP BY line.order_id, move.id
             ORDER BY line.order_id, move.id
            """,
            orders=order_ids,
            moment=moment,
        )

    # -- receivables ---------------------------------------------------------------------------------

    def _read_entries(self, histories, since, moment):
        owners = {}
        self.env.cr.execute(self._entries_sql(since, moment))
        for profile_id, *entry in self.env.cr.fetchall():
            histories[profile_id][0].entries.append(Entry(*entry))
            owners[entry[0]] = profile_id
        self.env.cr.execute(self._matches_sql(list(owners), moment))
        for row in self.env.cr.fetchall():
            match = Match(*row)
            # usually both sides are of one customer, but one may pay for another
            for profile_id in {owners.get(match.debit), owners.get(match.credit)} - {None}:
                histories[profile_id][0].matches.append(match)

    def _entries_sql(self, since, moment):
        """SQL of posted receivable items, but for those that were settled in full before ``since``.

        Columns: profile id, then those of an :class:`engine.replay.Entry`.
        """
        return SQL(
            """
            SELECT party.id, item.id, item.move_id, item.date, COALESCE(item.date_maturity, item.date),
                   item.balance::float8, move.move_type IN ('out_invoice', 'out_receipt')
              FROM (%(parties)s) party
              JOIN res_partner contact ON contact.commercial_partner_id = party.partner_id
              JOIN account_move_line item ON item.partner_id = contact.id AND item.parent_state = 'posted'
                                         AND %(root)s = party.company_id
                                         AND item.account_id = ANY(ARRAY(
                                             SELECT id FROM account_account WHERE account_type = 'asset_receivable'))
              JOIN account_move move ON move.id = item.move_id
             WHERE item.date <= %(moment)s::date AND item.create_date <= %(moment)s AND item.balance <> 0
               AND (item.date >= %(since)s OR item.amount_residual <> 0
                    OR EXISTS (SELECT FROM account_partial_reconcile partial
                                WHERE partial.debit_move_id = item.id AND partial.max_date >= %(since)s)
                    OR EXISTS (SELECT FROM account_partial_reconcile partial
                                WHERE partial.credit_move_id = item.id AND partial.max_date >= %(since)s))
            """,
            parties=self._parties_sql(),
            root=self.env["res.company"]._credit_root_sql(SQL("item.company_id")),
            since=since,
            moment=moment,
        )

    @api.model
    def _matches_sql(self, item_ids, moment):
        """SQL of the reconciliations of items. Columns: those of an :class:`engine.replay.Match`."""
        return SQL(
            """
            SELECT partial.debit_move_id, partial.credit_move_id, partial.max_date, partial.amount::float8,
                   %(kind)s, (%(short)s)::float8
              FROM (SELECT * FROM account_partial_reconcile WHERE debit_move_id = ANY(%(items)s)
                     UNION
                    SELECT * FROM account_partial_reconcile WHERE credit_move_id = ANY(%(items)s)) partial
              JOIN account_move_line item ON item.id = partial.debit_move_id
              JOIN account_move move ON move.id = item.move_id
              JOIN account_move_line other ON other.id = partial.credit_move_id
              LEFT JOIN account_payment payment ON payment.id = other.payment_id
             WHERE partial.max_date <= %(moment)s::date AND partial.create_date <= %(moment)s
            """,
            kind=self._reconciliation_sql(),
            short=self._short_paid_sql(),
            items=item_ids,
            moment=moment,
        )

    # -- limits and guarantees -----------------------------------------------------------------------

    def _read_limits(self, histories, moment):
        for profile_id, *limit in self.env.execute_query(
            SQL(
                """SELECT profile_id, kind, amount::float8, date_start, date_end, COALESCE(unlimited, FALSE),
                          state = 'revoked'
                     FROM credit_limit
                    WHERE profile_id = ANY(%s) AND state IN ('granted', 'revoked') AND create_date <= %s
                    ORDER BY id""",
                self.ids,
                moment,
            )
        ):
            histories[profile_id][0].limits.append(Granted(*limit))

    def _read_guarantees(self, histories, moment):
        """Guarantees that are or were active, at today's rate. Of one that was ended or called before its time, the
        day on which it was last changed stands for the day of that."""
        guarantees = self.env["credit.guarantee"].sudo()
        for guarantee in guarantees.search(
            [("profile_id", "in", self.ids), ("state", "!=", "draft"), ("create_date", "<=", moment)]
        ):
            until = guarantee.date_end or None
            if guarantee.state != "active":
                ended = guarantee.write_date.date()
                until = min(until, ended) if until else ended
            rate = guarantees._rate(guarantee.currency_id.id, guarantee.profile_id, moment.date())
            histories[guarantee.profile_id.id][0].guarantees.append(
                Guarantee(
                    guarantee.amount * rate,
                    guarantee.coverage / 100.0,
                    included=guarantee.effect == "lower",
                    valid_from=guarantee.date_start,
                    valid_until=until,
                )
            )
