# Part of credit_management. License LGPL-3.0 or later.
"""The figures of a whole portfolio on one screen.

How it works: every tile is a question to a list – a model, a domain, and what of it is counted or summed up – and opens
that very list. So a tile's number is the list's, for everybody: both are read with the rights of who looks. Amounts are
of one company, in its currency; they are never summed up over several. Columns stored on the profiles make it quick;
only holds and ageing are counted live.
"""

import datetime
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine.payment import average_days_delinquent, best_possible_dso, collection_effectiveness, dso
from ..tools.plain import without_nulls
from .credit_payment import READERS

# whose customers are all of the company's; others have those they are the salesperson of
ALL = (*READERS.split(","), "sales_team.group_sale_salesman_all_leads")
# days within which a limit ends or is reached
SOON = 30
TOP = 10
# days that a hold waits, above which the next step begins
AGES = (1, 3, 7)
TREND_WEEKS = 13
# lists whose columns show what a tile adds up, where the usual one does not
LIST_BREACH = "credit_management.credit_profile_view_list_breach"
LIST_SALES = "credit_management.credit_profile_view_list_sales"
LIST_UNDONE = "credit_management.credit_monitor_claim_view_list"
LIST_LOSS = "credit_management.credit_profile_view_list_loss"


class CreditDashboard(models.AbstractModel):
    _name = "credit.dashboard"
    _description = "Credit Dashboard"

    @api.model
    @api.readonly
    def read_figures(self, company_id=None, currency_id=None, team_id=None):
        """All that the dashboard shows, for the customers that the user looks after.

        :param company_id: one of the session's root companies; the current one if none is given
        :param currency_id: only customers whose invoices are in this currency; amounts stay in the company's
        :param team_id: only customers whose salesperson belongs to this sales team
        :return: JSON values; see ``static/src/dashboard``. What is not known is left out
        :raises AccessError: it is none of the session's companies, or the user sees no credit profiles
        """
        profiles = self.env["credit.profile"]
        profiles.check_access("read")
        companies = self.env.companies.root_id
        company = companies.browse(company_id) if company_id else self.env.company.root_id
        if company not in companies:
            raise AccessError(self.env._("Choose one of the companies that you are working in."))
        everybody = self._sees_everybody()
        teams = self.env["crm.team"]
        if everybody:
            teams = teams.search([("company_id", "in", (company.id, False))])
        scope = [("company_id", "=", company.id)]
        if not everybody:
            scope.append(("salesperson_id", "=", self.env.uid))
        currencies = profiles._read_group(scope, ["invoice_currency_id"])
        narrowed = []
        if currency_id:
            narrowed.append(("invoice_currency_id", "=", currency_id))
        if team_id:
            narrowed.append(("salesperson_id.sale_team_id", "=", team_id))
        book = Book(self.env, company, scope + narrowed, whole=everybody and not narrowed)
        figures = {
            "company_id": company.id,
            # sudo: names of the companies that the session works in
            "companies": [{"id": each.id, "name": each.sudo().name} for each in companies],
            "currency_id": company.sudo().currency_id.id,
            "currencies": sorted(
                ({"id": each.id, "name": each.name} for [each] in currencies if each), key=lambda each: each["name"]
            ),
            "invoice_currency_id": currency_id or False,
            "teams": [{"id": team.id, "name": team.name} for team in teams],
            "team_id": team_id or False,
            "everybody": everybody,
            "customers": book.count,
            "as_of": fields.Datetime.to_string(book.as_of) if book.as_of else False,
            "tiles": list(book.tiles()),
            "ageing": book.ageing(),
            "waiting": book.waiting(),
            "grades": book.grades(),
            "statuses": book.statuses(),
            "worst": book.worst(),
            "trend": book.trend(),
            "appetite": book.appetite(),
        }
        return without_nulls(figures)

    @api.model
    def _sees_everybody(self):
        """Whether the user looks after all customers, and not only after those he sells to."""
        return any(self.env.user.has_group(group) for group in ALL)


class Book:
    """The portfolio of one company, as far as a user looks after it. ``whole``: that is all of it."""

    def __init__(self, env, company, scope, whole):
        self.env, self.company, self.scope = env, company, scope
        self.profiles = env["credit.profile"]
        self.today = fields.Date.today()
        sums = ["exposure", "expected_loss", "expected_cash", "sales_year", "receivable_before", "receivable_end"]
        self.sums = [name for name in [*sums, "receivable_current"] if self.may_read(name)]
        days = ["sales_days:max"] if self.may_read("sales_days") else []
        [(self.count, self.as_of, *figures)] = self.profiles._read_group(
            scope, [], ["__count", "refreshed_at:min", *(f"{name}:sum" for name in self.sums), *days]
        )
        self.total = dict(zip([*self.sums, "sales_days"], figures, strict=False))
        # ceilings are of a company as a whole
        ceilings = env["credit.appetite"]
        seen = whole and ceilings.has_access("read")
        self.ceilings = ceilings.search([("company_id", "=", company.id)]) if seen else ceilings

    def may_read(self, name):
        return self.profiles._has_field_access(self.profiles._fields[name], "read")

    def having(self, *domain):
        return [*self.scope, *domain]

    def summed(self, domain, *names):
        """Number of the profiles in the domain, and the sums of columns."""
        [row] = self.profiles._read_group(domain, [], ["__count", *(f"{name}:sum" for name in names)])
        return row

    # -- tiles ---------------------------------------------------------------------------------------

    def tiles(self):
        """The tiles that the user may see, section by section."""
        for section, tiles in (
            (self.env._("Risk"), [
                self._exposure, self._limits, self._overdue, self._over, self._loss, self._largest, self._exceeded,
            ]),
            (self.env._("Payments"), [self._sales, self._cash]),
            (
                self.env._("To see to"),
                [
                    self._holds, self._requests, self._breach, self._ending, self._reviews, self._alerts, self._undone,
                ],
            ),
        ):
            for made in tiles:
                for tile in made():
                    yield {**tile, "section": section}

    def tile(self, key, label, value, unit, action, note="", level="", formula=""):
        """A tile as the screen shows it.

        :param value: ``None`` where it is not known
        :param unit: money, count, percent (a part of 1) or days
        :param level: colour: ok, near, over, or none
        :param formula: how it is reckoned, where that is not said by its name
        """
        return {
            "key": key,
            "label": label,
            "value": value,
            "unit": unit,
            "action": action,
            "note": note,
            "level": level,
            "formula": formula,
        }

    def action(self, name, domain, model="credit.profile", views=("list", "kanban", "form"), view=None, context=None):
        """The list behind a figure. ``view``: the list view to show it in, if not the usual one."""
        listed = self.env.ref(view).id if view else False
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(listed if kind == "list" else False, kind) for kind in views],
            "domain": domain,
            "context": context or {},
        }

    def _exposure(self):
        yield self.tile(
            "exposure",
            self.env._("Exposure"),
            self.total["exposure"] or 0.0,
            "money",
            self.action(self.env._("Exposure"), self.scope),
            note=self.env._("customers under control: %s", self.count),
        )

    def _limits(self):
        domain = self.having(("limit_status", "=", "valid"))
        count, limits, exposure = self.summed(domain, "limit_amount", "exposure")
        usage = exposure / limits if limits else None
        yield self.tile(
            "limit",
            self.env._("Limits"),
            limits or 0.0,
            "money",
            self.action(self.env._("Limits in force"), domain),
            note=self.env._("customers with one in force: %s", count),
        )
        yield self.tile(
            "usage",
            self.env._("Usage"),
            usage,
            "percent",
            self.action(self.env._("Customers with a limit in force"), domain),
            level="" if usage is None else "ok" if usage < 0.8 else "near" if usage <= 1.0 else "over",
            formula=self.env._("Exposure of customers with a limit in force ÷ their limits"),
        )

    def _overdue(self):
        domain = self.having(("overdue", ">", 0))
        count, overdue = self.summed(domain, "overdue")
        yield self.tile(
            "overdue",
            self.env._("Overdue"),
            overdue or 0.0,
            "money",
            self.action(self.env._("Overdue"), domain),
            note=self.env._("customers: %s", count),
            level="near" if overdue else "ok",
            formula=self.env._("Past the due date and the policy's days of grace"),
        )

    def _over(self):
        domain = self.having(("room", "<", 0))
        count, room = self.summed(domain, "room")
        yield self.tile(
            "over",
            self.env._("Over the limit"),
            -(room or 0.0),
            "money",
            self.action(self.env._("Over the limit"), domain),
            note=self.env._("customers: %s", count),
            level="over" if count else "ok",
            formula=self.env._("What is owed and ordered beyond the limits"),
        )

    def _breach(self):
        until = fields.Date.add(self.today, days=SOON)
        domain = self.having(("breach_date", "<=", fields.Date.to_string(until)), ("room", ">=", 0))
        yield self.tile(
            "breach",
            self.env._("Will reach the limit"),
            self.profiles.search_count(domain),
            "count",
            self.action(self.env._("Will reach the limit within %s days", SOON), domain, view=LIST_BREACH),
            note=self.env._("within %s days, by the forecast", SOON),
        )

    def _ending(self):
        until = fields.Date.add(self.today, days=SOON)
        domain = self.having(
            ("limit_status", "in", ["valid", "unlimited"]), ("limit_date_end", "<=", fields.Date.to_string(until))
        )
        yield self.tile(
            "ending",
            self.env._("Limits ending"),
            self.profiles.search_count(domain),
            "count",
            self.action(self.env._("Limits that end within %s days", SOON), domain),
            note=self.env._("within %s days", SOON),
        )

    def _sales(self):
        """Days sales outstanding and its kin, of the whole portfolio, from columns that add up."""
        if "receivable_end" not in self.sums:
            return
        names = ("receivable_end", "receivable_current", "receivable_before", "sales_year")
        balance, current, begin, sales = (self.total[name] or 0.0 for name in names)
        days = self.total.get("sales_days") or 0
        action = self.action(self.env._("Sales and receivables"), self.scope, view=LIST_SALES)
        for key, label, value, unit, formula in (
            (
                "dso",
                self.env._("DSO"),
                dso(balance, sales, days),
                "days",
                self.env._("Days sales outstanding: receivables ÷ sales × days"),
            ),
            (
                "bpdso",
                self.env._("Best possible DSO"),
                best_possible_dso(current, sales, days),
                "days",
                self.env._("Receivables that are not overdue ÷ sales × days"),
            ),
            (
                "add",
                self.env._("Average days delinquent"),
                average_days_delinquent(balance, current, sales, days),
                "days",
                self.env._("DSO less best possible DSO"),
            ),
            (
                "cei",
                self.env._("Collection effectiveness"),
                _part(collection_effectiveness(begin, sales, balance, current)),
                "percent",
                self.env._("What was collected of what could have been, within 365 days"),
            ),
        ):
            yield self.tile(key, label, value, unit, action, formula=formula)

    def _cash(self):
        if "expected_cash" not in self.sums:
            return
        yield self.tile(
            "cash",
            self.env._("Expected payments"),
            self.total["expected_cash"] or 0.0,
            "money",
            self.action(self.env._("Expected payments"), self.scope, view=LIST_BREACH),
            note=self.env._("within 4 weeks, by the forecast"),
        )

    def _loss(self):
        if "expected_loss" not in self.sums:
            return
        domain = self.having(("grade_id", "!=", False))
        count, loss = self.summed(domain, "expected_loss")
        yield self.tile(
            "loss",
            self.env._("Expected loss"),
            loss or 0.0,
            "money",
            self.action(self.env._("Expected loss"), domain, view=LIST_LOSS),
            note=self.env._("within a year; customers with a grade: %s", count),
            formula=self.env._("Probability of default × loss given default × exposure"),
        )

    def _largest(self):
        largest = self.profiles.search(self.having(("exposure", ">", 0)), order="exposure desc, id", limit=TOP)
        total = self.total["exposure"] or 0.0
        share = sum(largest.mapped("exposure")) / total if total > 0 else None
        yield self.tile(
            "concentration",
            self.env._("Largest %s customers", TOP),
            share,
            "percent",
            self.action(self.env._("Largest customers"), [("id", "in", largest.ids)]),
            note=self.env._("of the exposure"),
        )

    def _exceeded(self):
        if not self.ceilings:
            return
        over = self.ceilings.filtered(lambda ceiling: ceiling.level == "over")
        near = self.ceilings.filtered(lambda ceiling: ceiling.level == "near")
        yield self.tile(
            "appetite",
            self.env._("Ceilings exceeded"),
            len(over),
            "count",
            self.action(
                self.env._("Ceilings exceeded"), [("id", "in", over.ids)], "credit.appetite", ("list", "kanban")
            ),
            note=self.env._("of %(all)s; nearly: %(near)s", all=len(self.ceilings), near=len(near)),
            level="over" if over else "near" if near else "ok",
            formula=self.env._("Risk appetite: how much of which risk the company wants to bear at most"),
        )

    # -- what waits ----------------------------------------------------------------------------------

    def _held(self, *domain):
        """Domain of the holds that wait. Whose they are is for the rules on decisions: salespeople have their own."""
        scope = [condition for condition in self._through_profile() if condition[0] != "profile_id.salesperson_id"]
        return [("is_open", "=", True), *scope, *domain]

    def _holds(self):
        domain = self._held()
        [(count, oldest)] = self.env["credit.decision"]._read_group(domain, [], ["__count", "date:min"])
        age = (fields.Datetime.now() - oldest).days if oldest else 0
        yield self.tile(
            "holds",
            self.env._("Orders on hold"),
            count,
            "count",
            self._holds_action(self.env._("Orders on hold"), domain),
            note=self.env._("the oldest waits for days: %s", age) if count else self.env._("nothing waits"),
            level="near" if count else "ok",
        )

    def _holds_action(self, name, domain):
        return self.action(name, domain, "credit.decision", ("list", "kanban", "form"))

    def waiting(self):
        """Holds by how long they have waited: bars with number and amount."""
        now = fields.Datetime.now()
        edges = [now, *(now - datetime.timedelta(days=age) for age in AGES)]
        labels = [
            self.env._("up to a day"),
            self.env._("up to 3 days"),
            self.env._("up to 7 days"),
            self.env._("longer"),
        ]
        found = []
        for number, label in enumerate(labels):
            domain = [] if not number else [("date", "<=", fields.Datetime.to_string(edges[number]))]
            if number < len(AGES):
                domain.append(("date", ">", fields.Datetime.to_string(edges[number + 1])))
            domain = self._held(*domain)
            [(count, asked)] = self.env["credit.decision"]._read_group(domain, [], ["__count", "asked:sum"])
            found.append(
                {
                    "label": label,
                    "count": count,
                    "amount": asked or 0.0,
                    "action": self._holds_action(self.env._("On hold: %s", label), domain),
                }
            )
        return found

    def _requests(self):
        limits = self.env["credit.limit"]
        domain = [("state", "in", ["requested", "reviewed"]), *self._through_profile()]
        yield self.tile(
            "requests",
            self.env._("Limits to decide on"),
            limits.search_count(domain),
            "count",
            self.action(self.env._("Limits to decide on"), domain, "credit.limit", ("list", "form")),
        )

    def _reviews(self):
        if not self.may_read("next_review"):
            return
        domain = self.having(("next_review", "<=", fields.Date.to_string(self.today)))
        yield self.tile(
            "reviews",
            self.env._("Reviews due"),
            self.profiles.search_count(domain),
            "count",
            self.action(self.env._("Reviews due"), domain),
        )

    def _alerts(self):
        domain = [("state", "in", ["open", "acknowledged"]), *self._through_profile()]
        count = self.env["credit.alert"].search_count(domain)
        yield self.tile(
            "alerts",
            self.env._("Alerts"),
            count,
            "count",
            self.action(self.env._("Alerts"), domain, "credit.alert", ("list", "form")),
            level="near" if count else "ok",
        )

    def _undone(self):
        """Customers whom the monitor couldn't do: only where there are some."""
        claims = self.env["credit.monitor.claim"]
        if not claims.has_access("read"):
            return
        domain = [("state", "=", "failed"), *self._through_profile()]
        if count := claims.search_count(domain):
            yield self.tile(
                "undone",
                self.env._("Not done by the monitor"),
                count,
                "count",
                self.action(
                    self.env._("Not done by the monitor"), domain, "credit.monitor.claim", ("list",), view=LIST_UNDONE
                ),
                note=self.env._("customers; their figures are not of today"),
                level="over",
            )

    def _through_profile(self):
        """The scope as a domain of what belongs to a profile."""
        return [(f"profile_id.{name}", operator, value) for name, operator, value in self.scope]

    # -- charts --------------------------------------------------------------------------------------

    def ageing(self):
        """Receivables by days past due, live, as exposure defines them: bars from not due to the oldest."""
        exposure = self.env["credit.exposure"]
        base = [("component", "=", "receivable"), *self._through_profile()]
        amounts = dict(exposure._read_group(base, ["age"], ["amount:sum"]))
        return [
            {
                "label": label,
                "amount": amounts.get(age, 0.0),
                "action": self.action(
                    self.env._("Receivables: %s", label),
                    [*base, ("age", "=", age)],
                    "credit.exposure",
                    ("list", "kanban", "pivot"),
                ),
            }
            for age, label in exposure._selection_age()
        ]

    def grades(self):
        """Exposure by grade, the best first; those without one at the end."""
        rows = self.profiles._read_group(self.scope, ["grade_id"], ["__count", "exposure:sum"])
        rows.sort(key=lambda row: (not row[0], row[0].sequence, row[0].id))
        return [
            {
                "label": grade.code or self.env._("none"),
                "count": count,
                "amount": exposure or 0.0,
                "action": self.action(
                    self.env._("Grade %s", grade.code or self.env._("none")), self.having(("grade_id", "=", grade.id))
                ),
            }
            for grade, count, exposure in rows
        ]

    def statuses(self):
        """Number of customers by status."""
        labels = dict(self.profiles._fields["status"]._description_selection(self.env))
        counts = defaultdict(int, self.profiles._read_group(self.scope, ["status"], ["__count"]))
        return [
            {
                "key": status,
                "label": label,
                "count": counts[status],
                "action": self.action(label, self.having(("status", "=", status))),
            }
            for status, label in labels.items()
            if counts[status]
        ]

    def worst(self):
        """The customers with the most of something that is bad: tables of ten to choose from."""
        choices = [
            ("overdue", self.env._("Overdue"), [("overdue", ">", 0)], "overdue desc"),
            ("room", self.env._("Over the limit"), [("room", "<", 0)], "room"),
            ("expected_loss", self.env._("Expected loss"), [("expected_loss", ">", 0)], "expected_loss desc"),
            ("exposure", self.env._("Exposure"), [("exposure", ">", 0)], "exposure desc"),
        ]
        found = []
        for name, label, domain, order in choices:
            if not self.may_read(name):
                continue
            these = self.profiles.search(self.having(*domain), order=f"{order}, id", limit=TOP)
            found.append(
                {
                    "key": name,
                    "label": label,
                    "rows": [
                        {
                            "id": profile.id,
                            "name": profile.partner_name,
                            "status": profile.status,
                            "grade": profile.grade_id.code or "",
                            "amount": abs(profile[name]),
                            "usage": self._usage(profile),
                        }
                        for profile in these
                    ],
                    "action": self.action(label, self.having(*domain)),
                }
            )
        return found

    @staticmethod
    def _usage(profile):
        return profile.usage if profile.limit_status == "valid" and profile.limit_amount else None

    def appetite(self):
        """What is borne of each risk beside its ceiling; see :meth:`credit.appetite.action_view` for who is behind."""
        kinds = dict(self.ceilings._fields["kind"]._description_selection(self.env))
        return [
            {
                "id": ceiling.id,
                "label": kinds[ceiling.kind],
                "actual": ceiling.actual,
                "ceiling": ceiling.ceiling,
                "usage": None if ceiling.usage is False else ceiling.usage,
                "level": ceiling.level,
                "note": ceiling.note,
            }
            for ceiling in self.ceilings
        ]

    def trend(self):
        """Exposure, limits and overdue at the end of the last weeks, from the snapshots."""
        days = [fields.Date.subtract(self.today, days=7 * week) for week in range(TREND_WEEKS, -1, -1)]
        rows = self.env["credit.snapshot"]._read_group(
            Domain("day", "in", days) & Domain(self._through_profile()),
            ["day:day"],
            ["exposure:sum", "limit_amount:sum", "overdue:sum"],
        )
        return [
            {"day": fields.Date.to_string(day), "exposure": exposure, "limit": limits, "overdue": overdue}
            for day, exposure, limits, overdue in rows
        ]


def _part(percent):
    return None if percent is None else percent / 100.0
