# Part of credit_management. License LGPL-3.0 or later.
from functools import cached_property
from typing import Any, NamedTuple

from odoo import fields
from odoo.tools import SQL


class Relationship(NamedTuple):
    """What was invoiced to a customer and ordered by him, in the currency of the profile."""

    since: Any = None  # the day of his first invoice or order
    last_invoice: Any = None
    invoices: int = 0  # all of them
    turnover: float | None = None  # of twelve months, without tax; None where there never was any
    turnover_before: float | None = None  # of the twelve months before those
    tax: float = 0.0  # tax on the turnover, a fraction
    orders: int = 0  # confirmed within twelve months


class Facts:
    """What the indicators of a batch of customers read: loaded once, and only when somebody asks.

    Each property is ``{profile id: …}``; customers of whom there is nothing are left out, or have an empty value.
    Everything is as known on ``as_of``. The position is live: it is there for today only.
    """

    def __init__(self, profiles, as_of):
        self.profiles = profiles
        self.as_of = as_of
        self.today = as_of == fields.Date.today()

    @cached_property
    def statements(self):
        """Confirmed statements, the newest first."""
        return self.profiles._statements(self.as_of)

    @cached_property
    def ratios(self):
        """The newest statement of each customer and its ratios by code: ``{profile id: (statement, ratios)}``."""
        found = {}
        for profiles in self.profiles.grouped("company_id").values():
            mine = {profile_id: self.statements[profile_id] for profile_id in profiles.ids}
            # of a company's own and of the shared ones, as another company's own would stand between them
            ratios = self.profiles.env["credit.statement"].union(*mine.values())._ratios()
            found |= {key: (each[0], ratios[each[0].id]) for key, each in mine.items() if each}
        return found

    @cached_property
    def balances(self):
        """The newest statement of each customer, completed, in the currency of the profile."""
        found = {}
        for currency, profiles in self.profiles.grouped("currency_id").items():
            newest = {key: self.statements[key][0] for key in profiles.ids if self.statements[key]}
            engine = self.profiles.env["credit.statement"].union(*newest.values())._engine(currency)
            found |= {key: engine[statement.id].completed() for key, statement in newest.items()}
        return found

    @cached_property
    def portions(self):
        return self.profiles._recent_portions(self.as_of)

    @cached_property
    def behaviours(self):
        return self.profiles._behaviours(self.as_of, self.portions)

    @cached_property
    def sales(self):
        return self.profiles._sales_figures(self.as_of)

    @cached_property
    def adverse(self):
        return self.profiles._adverse(self.as_of)

    @cached_property
    def records(self):
        return self.profiles._records(self.as_of)

    @cached_property
    def information(self):
        return self.profiles._information(self.as_of, self.behaviours)

    @cached_property
    def positions(self):
        return self.profiles._positions() if self.today and self.profiles else {}

    @cached_property
    def relationships(self):
        """:class:`Relationship` of each customer, by two queries."""
        env = self.profiles.env
        env["account.move"].flush_model()
        env["sale.order"].flush_model()
        root = env["res.company"]._credit_root_sql
        values = {
            "profiles": SQL(
                "(SELECT id, partner_id, company_id FROM credit_profile WHERE id = ANY(%s))", self.profiles.ids
            ),
            "day": fields.Date.to_string(self.as_of),
        }
        invoiced = env.execute_query(
            SQL(
                """
                SELECT profile.id, MIN(move.invoice_date), MAX(move.invoice_date),
                       COUNT(*) FILTER (WHERE move.move_type = 'out_invoice'),
                       SUM(move.amount_untaxed_signed) FILTER (WHERE year.this)::float8,
                       SUM(move.amount_untaxed_signed) FILTER (WHERE NOT year.this
                           AND move.invoice_date > %(day)s::date - interval '24 months')::float8,
                       SUM(move.amount_total_signed - move.amount_untaxed_signed) FILTER (WHERE year.this)::float8
                  FROM %(profiles)s profile
                  JOIN res_partner contact ON contact.commercial_partner_id = profile.partner_id
                  JOIN account_move move ON move.partner_id = contact.id AND profile.company_id = %(root)s
                 CROSS JOIN LATERAL (SELECT move.invoice_date > %(day)s::date - interval '12 months' AS this) year
                 WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
                   AND move.invoice_date <= %(day)s::date
                 GROUP BY profile.id
                """,
                root=root(SQL("move.company_id")),
                **values,
            )
        )
        ordered = {
            profile_id: (since, orders)
            for profile_id, since, orders in env.execute_query(
                SQL(
                    """
                    SELECT profile.id, MIN(so.date_order)::date,
                           COUNT(*) FILTER (WHERE so.date_order > %(day)s::date - interval '12 months')
                      FROM %(profiles)s profile
                      JOIN res_partner contact ON contact.commercial_partner_id = profile.partner_id
                      JOIN sale_order so ON so.partner_invoice_id = contact.id AND profile.company_id = %(root)s
                     WHERE so.state = 'sale' AND so.date_order < %(day)s::date + 1
                     GROUP BY profile.id
                    """,
                    root=root(SQL("so.company_id")),
                    **values,
                )
            )
        }
        found = {
            profile_id: Relationship(since, orders=orders) for profile_id, (since, orders) in ordered.items()
        }
        for profile_id, since, last, invoices, turnover, before, tax in invoiced:
            first_order, orders = ordered.get(profile_id, (since, 0))
            found[profile_id] = Relationship(
                since=min(since, first_order),
                last_invoice=last,
                invoices=invoices,
                # a year without invoices is a turnover of 0 for one who was a customer in that time
                turnover=turnover or 0.0,
                turnover_before=before,
                tax=max(0.0, tax / turnover) if tax and turnover and turnover > 0 else 0.0,
                orders=orders,
            )
        return found
