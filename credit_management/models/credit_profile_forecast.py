# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what a customer will owe is a concept of its own
"""What customers will owe and pay over the next weeks: ``engine/forecast.py`` fed with what is open and ordered today,
how they paid so far, and the limits and guarantees that are decided."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date
from odoo.tools.date_utils import subtract

from ..engine.forecast import WEEKS, Deal, Item, forecast, lateness, observations, usual
from ..engine.limits import Granted, in_force
from ..engine.payment import behaviour
from ..tools.known import KnownFloat
from .credit_payment import MONTHS, READERS

# kept by _refresh_forecast, never by a person
FORECAST = ("breach_date", "forecast_usage", "expected_cash", "forecast_as_of")
# expected cash is counted over so many weeks
CASH_WEEKS = 4
# so many paid invoices are a history of its own
HISTORY = 3
# what nothing is known of: days from invoice to due date
TERMS = 30
# the mean lag of others counts as so many invoices of his own
LAG_PRIOR = 3


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    breach_date = fields.Date(
        "Limit reached on",
        readonly=True,
        index=True,
        help="The day on which the exposure is expected to exceed the limit, within 13 weeks: from what is open and"
        " ordered, how late this customer pays, what he usually buys, and the limits that are decided. Forecast every"
        " night; empty where it is not reached.",
    )
    forecast_usage = KnownFloat(
        "Highest usage expected",
        readonly=True,
        digits=(16, 4),
        aggregator=None,
        help="The most of the limit that the forecast expects to be used within 13 weeks. Empty where nothing limits"
        " the customer. Forecast every night.",
    )
    expected_cash = fields.Monetary(
        "Expected payments, 4 weeks",
        readonly=True,
        groups=READERS,
        help="What this customer is expected to pay within 4 weeks. Forecast every night.",
    )
    forecast_as_of = fields.Date("Forecast as of", readonly=True, index=True, help="Forecast anew every night.")
    forecast = fields.Json(
        compute="_compute_forecast",
        groups=READERS,
        help="Exposure and payments that are expected over the next 13 weeks; live.",
    )

    @api.model
    def _figures(self):
        return (*super()._figures(), *FORECAST)

    # -- what a forecast stands on -------------------------------------------------------------------

    def _forecasts(self, today, portions=None):
        """What these customers will owe and pay, as known on ``today``; a bounded number of queries.

        The limit is the customer's own: that of a group is not looked at.

        :param portions: what :meth:`_recent_portions` said of that day, for who has it already
        :return: ``{profile id: (engine.forecast.Forecast, basis)}``, amounts in the currency of the profile's company;
            the basis says what the forecast stands on, for people to read
        """
        # sudo: what a customer will owe depends on everything known of him; who may see it is checked on the fields
        profiles = self.sudo()
        experience = profiles.env["credit.payment.experience"]._of(profiles, today)
        priors = {each: each._lateness() for each in set(experience.values())}
        portions = profiles._recent_portions(today) if portions is None else portions
        lags = profiles._order_lags(today)
        owed, later = profiles._forecast_documents(today)
        ceilings = profiles._forecast_ceilings(today)
        pipeline = profiles._forecast_pipeline(today)
        currencies = self.env["res.company"]._credit_currencies()
        found = {}
        for profile in profiles:
            others = experience[profile.id]
            own = portions[profile.id]
            how = behaviour(own, today, MONTHS)
            pays = lateness(observations(own, today), priors[others])
            lag = _leaning(lags.get(profile.id), others.order_lag)
            terms = how.terms if how.terms is not None else others.terms if others.terms is not False else TERMS
            usually = usual(own, today)
            found[profile.id] = (
                forecast(
                    today,
                    [_item(today, document, lag, terms) for document in owed[profile.id]],
                    pays,
                    delay=round(lag + terms),
                    usually=usually,
                    deals=(
                        *pipeline.get(profile.id, ()),
                        # what does not count yet does so from when it is invoiced
                        *(Deal(amount, 1.0, _invoiced_in(today, issued, lag)) for amount, issued in later[profile.id]),
                    ),
                    ceilings=ceilings[profile.id],
                    band=others._band(),
                    rounding=currencies[profile.company_id.id][1],
                ),
                {
                    "invoices": how.settled,
                    "days_late": pays.quantile(0.5),
                    "weekly": usually and usually.weekly,
                    "customers": others.customers,
                    "pipeline": sum(deal.amount * deal.probability for deal in pipeline.get(profile.id, ())),
                },
            )
        return found

    def _forecast_documents(self, today):
        """What of the exposure of these customers counts: ``{profile id: [(amount, due, issued)]}``, each document
        as defined in ``credit.exposure``; and what the policy leaves out for now: ``{profile id: [(amount, issued)]}``.
        What is not invoiced has no due date but a date; what is in dispute neither.
        """
        exposure = self.env["credit.exposure"]
        exposure._flush_sources()
        self.env["account.move"].flush_model(["credit_disputed", "invoice_date", "invoice_date_due", "date"])
        owed = {profile_id: [] for profile_id in self.ids}
        later = {profile_id: [] for profile_id in self.ids}
        for source in exposure._sources(exposure._terms(fields.Date.to_string(today), self)):
            if source.date_due:
                disputed = SQL(
                    "COALESCE((SELECT move.credit_disputed FROM account_move move WHERE move.id = %s), FALSE)",
                    source.details.get("move_id", SQL("NULL")),
                )
                due, issued = SQL("CASE WHEN NOT %s THEN %s END", disputed, source.date_due), SQL("NULL::date")
            elif source.component == "receivable":
                # what is set against money that is on the account: both go together
                due, issued = SQL("DATE '1900-01-01'"), SQL("NULL::date")
            else:
                due, issued = SQL("NULL::date"), source.details["date"]
            rows = self.env.execute_query(
                SQL(
                    "SELECT profile.id, SUM(%s)::float8, SUM(%s)::float8, %s, %s %s GROUP BY 1, 4, 5",
                    source.amount,
                    source.counted or source.amount,
                    due,
                    issued,
                    exposure._documents_of(source, self),
                )
            )
            for profile_id, amount, counted, *dates in rows:
                owed[profile_id].append((counted, *dates))
                if amount > counted:
                    later[profile_id].append((amount - counted, dates[1] or today))
        return owed, later

    def _order_lags(self, today):
        """Days from an order to its invoices, of the last months: ``{profile id: (mean, number of invoices)}``; who has
        none is left out."""
        self._flush_payment_sources()
        self.env["sale.order"].flush_model(["date_order"])
        self.env["sale.order.line"].flush_model(["is_downpayment", "invoice_lines"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH party AS MATERIALIZED (%(parties)s)
                SELECT id, AVG(lag)::float8, COUNT(*)
                  FROM (SELECT DISTINCT party.id, move.id AS move_id, so.id AS order_id,
                               GREATEST(move.invoice_date - so.date_order::date, 0) AS lag
                          FROM party
                          JOIN res_partner contact ON contact.commercial_partner_id = party.partner_id
                          JOIN account_move move ON move.partner_id = contact.id AND move.state = 'posted'
                                                AND move.move_type = 'out_invoice'
                                                AND move.invoice_date > %(since)s AND move.invoice_date <= %(day)s
                                                AND %(root)s = party.company_id
                          JOIN account_move_line item ON item.move_id = move.id AND item.display_type = 'product'
                          JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = item.id
                          JOIN sale_order_line line ON line.id = link.order_line_id AND line.is_downpayment IS NOT TRUE
                          JOIN sale_order so ON so.id = line.order_id) lags
                 GROUP BY id
                """,
                parties=self._parties_sql(),
                since=subtract(today, months=MONTHS),
                day=today,
                root=self.env["res.company"]._credit_root_sql(SQL("move.company_id")),
            )
        ) if self else []  # fmt: skip
        return {profile_id: (mean, count) for profile_id, mean, count in rows}

    def _forecast_ceilings(self, today):
        """What the exposure of these customers may reach, as far as it is decided: ``{profile id: [(days from today,
        amount)]}``; ``None`` for no bound: unlimited, or not limited yet. A limit that ends leaves nothing."""
        until = fields.Date.add(today, days=7 * WEEKS)
        self.env["credit.limit"].flush_model(
            ["profile_id", "state", "kind", "amount", "unlimited", "date_start", "date_end"]
        )
        self.env["credit.guarantee"].flush_model()
        granted, covering = defaultdict(list), defaultdict(list)
        for profile_id, kind, amount, *row in self.env.execute_query(
            SQL(
                """SELECT profile_id, kind, amount::float8, date_start, date_end, unlimited, state = 'revoked'
                     FROM credit_limit
                    WHERE profile_id = ANY(%s) AND state IN ('granted', 'revoked') AND date_start <= %s
                    ORDER BY date_start, state DESC, id""",
                self.ids,
                until,
            )
        ):
            granted[profile_id].append(Granted(kind, amount, *row))
        guarantees = self.env["credit.guarantee"]
        for profile_id, _name, *row in (
            self.env.execute_query(guarantees._valid_sql(fields.Date.to_string(today), self)) if self else ()
        ):
            covering[profile_id].append(row)
        return {
            profile_id: self._ceilings_of(profile_id, granted[profile_id], covering[profile_id], today, until)
            for profile_id in self.ids
        }

    @api.model
    def _ceilings_of(self, profile_id, granted, covering, today, until):
        ends = [limit.end for limit in granted] + [row[-1] for row in covering]
        days = {limit.start for limit in granted} | {fields.Date.add(end, days=1) for end in ends if end}
        found, was_limited = [], False
        for day in sorted({today} | {day for day in days if today < day <= until}):
            limit = in_force(granted, day)
            if limit.status == "valid" or (was_limited and limit.status != "unlimited"):
                valid = [row for row in covering if not row[-1] or row[-1] >= day]
                cover = self.env["credit.guarantee"]._covers({profile_id: valid}, day)[profile_id] if valid else {}
                # what lowers the exposure leaves as much more below the limit
                amount = cover.get("cover_lowered", 0.0)
                if limit.status == "valid":
                    amount += limit.amount + cover.get("cover_added", 0.0)
                found.append(((day - today).days, amount))
            else:
                found.append(((day - today).days, None))
            was_limited = was_limited or limit.status in ("valid", "unlimited")
        return found

    def _forecast_pipeline(self, today):
        """Business that may come, beside what customers usually buy: ``{profile id: [engine.forecast.Deal]}``. Nothing
        here; an addon that knows opportunities tells of them."""
        return {}

    # -- stored columns ------------------------------------------------------------------------------

    def _refresh_forecast(self, today, portions=None):
        """Forecast the stored columns anew. Writes the profiles' own rows only.

        :param portions: as for :meth:`_forecasts`
        """
        if not self:
            return
        values = [
            (profile_id, found.breach, found.usage, round(sum(found.cash[:CASH_WEEKS]), 2), today)
            for profile_id, (found, _basis) in self._forecasts(today, portions).items()
        ]
        self.env.cr.execute_values(
            """UPDATE credit_profile profile
                  SET breach_date = new.breach::date, forecast_usage = new.usage::float8, expected_cash = new.cash,
                      forecast_as_of = new.as_of::date
                 FROM (VALUES %s) AS new (id, breach, usage, cash, as_of)
                WHERE profile.id = new.id""",
            values,
            page_size=1000,
        )
        self.invalidate_recordset(FORECAST)

    def action_refresh(self):
        result = super().action_refresh()
        # sudo: as for the other figures
        self.sudo()._refresh_forecast(fields.Date.today())
        return result

    # -- on the screen -------------------------------------------------------------------------------

    @api.depends("exposure", "limit_ids.state")
    @api.depends_context("lang")
    def _compute_forecast(self):
        profiles = self.filtered("id")
        found = profiles._forecasts(fields.Date.today()) if profiles else {}
        for profile in self:
            if profile.id not in found:
                profile.forecast = False
                continue
            course, basis = found[profile.id]
            profile.forecast = {
                "currency_id": profile.currency_id.id,
                "days": [fields.Date.to_string(day) for day in course.days],
                "exposure": course.exposure,
                "low": course.low,
                "high": course.high,
                "known": course.known,
                "ceilings": course.ceilings,
                "cash": course.cash,
                "new": course.new,
                "breach": fields.Date.to_string(course.breach) or None,
                "level": profile._forecast_level(course),
                "sentences": [
                    profile._say_breach(course, basis),
                    profile._say_early(course),
                    profile._say_payments(course),
                    profile._say_basis(basis),
                ],
            }

    def _forecast_level(self, course):
        """How bad it is, as the meter's colours."""
        if course.breach is None:
            return "ok"
        return "near" if (course.breach - course.as_of).days > 30 else "over"

    def _say_breach(self, course, basis):
        """In a sentence whether, when and by what the limit is reached."""
        self.ensure_one()
        if all(ceiling is None for ceiling in course.ceilings):
            return self.env._("No limit is in force that could be reached.")
        if course.breach == course.as_of:
            return self.env._("The exposure is above the limit already.")
        values = {
            "weekly": format_amount(self.env, basis["weekly"] or 0.0, self.currency_id),
            "day": course.breach and format_date(self.env, course.breach),
            "days": course.breach and (course.breach - course.as_of).days,
            "weeks": len(course.cash),
        }
        if course.known_breach is not None and course.known_breach == course.breach:
            return self.env._(
                "The limit is reached around %(day)s, in %(days)s days, without any new order: it changes before what"
                " is owed is paid.",
                **values,
            )
        if course.breach is not None:
            return self.env._(
                "The limit is reached around %(day)s, in %(days)s days, if the customer goes on buying as before"
                " (%(weekly)s a week).",
                **values,
            )
        if basis["weekly"] is None:
            return self.env._(
                "The limit is not reached within %(weeks)s weeks by what is open and ordered. What this customer"
                " usually buys is not known yet.",
                **values,
            )
        return self.env._(
            "The limit is not reached within %(weeks)s weeks, if the customer goes on buying as before (%(weekly)s a"
            " week).",
            **values,
        )

    def _say_early(self, course):
        """How soon the limit may be reached if things go badly, where that is worth saying."""
        if course.early_breach in (course.breach, course.as_of):
            return ""
        return self.env._(
            "If payments come late and orders early, as in one of ten cases, it is reached by %(day)s.",
            day=format_date(self.env, course.early_breach),
        )

    def _say_payments(self, course):
        self.ensure_one()
        return self.env._(
            "Within %(weeks)s weeks payments of %(cash)s are expected.",
            weeks=CASH_WEEKS,
            cash=format_amount(self.env, sum(course.cash[:CASH_WEEKS]), self.currency_id),
        )

    def _say_basis(self, basis):
        """On what the forecast stands."""
        self.ensure_one()
        late = basis["days_late"]
        values = {"days": abs(late or 0), "invoices": round(basis["invoices"]), "customers": basis["customers"]}
        if late is None:
            when = self.env._("Half of the invoices are not expected to be paid at all.")
        elif late < 0:
            when = self.env._("Half of the invoices are expected %(days)s days or more before they are due.", **values)
        elif late == 0:
            when = self.env._("Half of the invoices are expected to be paid by their due date.")
        else:
            when = self.env._("Half of the invoices are expected more than %(days)s days late.", **values)
        if basis["invoices"] >= HISTORY:
            source = self.env._("This stands on %(invoices)s invoices that this customer has paid.", **values)
        elif basis["customers"]:
            source = self.env._(
                "Only %(invoices)s paid invoices of this customer are known, so it leans on %(customers)s others.",
                **values,
            )
        else:
            source = self.env._("How customers pay is not known yet: it is assumed that most keep to the terms.")
        return f"{when} {source}"


def _leaning(own, others):
    """The days from order to invoice: the customer's own mean, leaning on that of others where it is of few invoices;
    0 where nothing is known."""
    mean, count = own or (0.0, 0)
    if others is False or others is None:
        return mean
    return (mean * count + others * LAG_PRIOR) / (count + LAG_PRIOR)


def _item(today, document, lag, terms):
    """A row of :meth:`CreditProfile._forecast_documents` as the engine takes it."""
    amount, due, issued = document
    if due is not None:
        return Item(amount, (due - today).days)
    if issued is None:
        return Item(amount, None)
    return Item(amount, round(_waits(today, issued, lag) + terms))


def _waits(today, issued, lag):
    """The days until something of the day ``issued`` is invoiced: at once where that is longer ago than it takes."""
    return max(0.0, lag - (today - issued).days)


def _invoiced_in(today, issued, lag):
    """The same in whole days from tomorrow on."""
    return max(1, round(_waits(today, issued, lag)))
