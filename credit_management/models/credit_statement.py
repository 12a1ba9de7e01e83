# Part of credit_management. License LGPL-3.0 or later.
import math
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..engine.ratios import OFF_SCALE, RATIOS, ratios
from ..engine.statement import LINES, Statement, check, completed
from ..tools.words import enumerated

PERIODS = [("year", "Year"), ("half", "Half-year"), ("quarter", "Quarter")]
MONTHS = {"year": 12, "half": 6, "quarter": 3}
UNITS = [("1", "Ones"), ("1000", "Thousands"), ("10000", "Ten thousands"), ("1000000", "Millions")]
STATES = [("draft", "Draft"), ("confirmed", "Confirmed"), ("superseded", "Superseded")]

# what a confirmed statement says; all of it stays as it is
CONTENT = frozenset(
    (
        "partner_id", "company_id", "period", "date_start", "date_end", "currency_id", "unit", "audited", "auditor",
        "consolidated", "source", "document", "document_name", "figures",
    )
)  # fmt: skip
# what confirming writes, and nobody else
LIFECYCLE = frozenset(("state", "confirmed_by", "confirmed_on", "superseded_on"))


class CreditStatement(models.Model):
    """A balance sheet, income and cash-flow statement of a customer.

    ``figures`` are those that were stated, by line code of :data:`engine.statement.LINES`, in the statement's
    currency and unit; a line that isn't there is unknown. Subtotals that follow from them are derived on the way.
    A draft can be edited; a confirmed statement never, but a new version of it supersedes it.
    """

    _name = "credit.statement"
    _description = "Financial Statement"
    _inherit = [
        "credit.derived.mixin", "credit.information.mixin", "credit.action.mixin", "mail.thread", "mail.activity.mixin",
    ]  # fmt: skip
    _order = "date_end desc, date_start, id desc"

    name = fields.Char("Period", compute="_compute_name", store=True)
    period = fields.Selection(
        PERIODS,
        "Covers a",
        required=True,
        default="year",
        tracking=True,
        help="The time that income and cash flow are of.",
    )
    date_start = fields.Date(
        "From", compute="_compute_date_start", store=True, readonly=False, precompute=True, required=True,
        help="The first day of the period. Change it for a first or a last year that was shorter.",
    )  # fmt: skip
    date_end = fields.Date(
        "Balance sheet date",
        required=True,
        tracking=True,
        help="The last day of the period, which the balances are of.",
    )
    months = fields.Integer(compute="_compute_months", help="The length of the period.")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, tracking=True,
        help="The currency in which the customer reports.",
    )  # fmt: skip
    unit = fields.Selection(
        UNITS, required=True, default="1", tracking=True, help="What the figures are stated in, such as thousands."
    )
    audited = fields.Boolean(tracking=True, help="An auditor has certified this statement.")
    auditor = fields.Char(help="Who audited it.")
    consolidated = fields.Boolean(
        tracking=True, help="It is of the whole group that the customer heads, and not of the firm alone."
    )
    source = fields.Char(help="Where it comes from: the customer, a register, a bureau…")
    document = fields.Binary("Original", attachment=True, help="The statement as it was handed in.")
    document_name = fields.Char("Name of the original")
    figures = fields.Json(default=dict, help="The figures that were stated, by line.")
    sheet = fields.Json(compute="_compute_sheet", help="The lines with their subtotals and differences.")
    comparison = fields.Json(compute="_compute_comparison", help="This period beside those before it.")
    summary = fields.Char(compute="_compute_summary", help="The main figures that are known.")
    difference_count = fields.Integer(
        "Differences", compute="_compute_sheet", help="Totals that contradict their parts."
    )
    state = fields.Selection(
        STATES, "Status", required=True, readonly=True, default="draft", copy=False, index=True, tracking=True,
        help="Only confirmed statements are used for ratings. One that is confirmed is not edited any more.",
    )
    confirmed_by = fields.Many2one("res.users", "Confirmed by", readonly=True, copy=False, help="Who confirmed it.")
    confirmed_on = fields.Datetime("Confirmed on", readonly=True, copy=False, help="From when on it counts.")
    superseded_on = fields.Datetime(
        "Superseded on", readonly=True, copy=False, help="When a newer version was confirmed."
    )

    _dates_ordered = models.Constraint("CHECK(date_end > date_start)", "A period cannot end before it begins.")
    _confirmed_unique = models.UniqueIndex(
        "(partner_id, (COALESCE(company_id, 0)), period, date_end, consolidated) WHERE state = 'confirmed'",
        "There is a confirmed statement of this customer for this period already.",
    )
    _known_idx = models.Index("(partner_id, confirmed_on) WHERE state IN ('confirmed', 'superseded')")

    # -- names and periods ---------------------------------------------------------------------------

    @api.depends("period", "date_end")
    def _compute_name(self):
        for statement in self:
            end = statement.date_end
            if not end:
                statement.name = False
            elif statement.period == "year":
                statement.name = f"{end.year}" if end.month == 12 else f"{end.year}-{end.month:02}"
            elif end.month % MONTHS[statement.period]:
                statement.name = f"{end.year}-{end.month:02} ({MONTHS[statement.period]}M)"
            else:
                letter = "H" if statement.period == "half" else "Q"
                statement.name = f"{end.year} {letter}{end.month // MONTHS[statement.period]}"

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "%(customer)s: %(period)s", customer=statement.partner_id.name or "", period=statement.name or ""
            )

    @api.depends("period", "date_end")
    def _compute_date_start(self):
        for statement in self:
            if statement.date_end:
                day_after = fields.Date.add(statement.date_end, days=1)
                statement.date_start = fields.Date.subtract(day_after, months=MONTHS[statement.period or "year"])
            else:
                statement.date_start = statement.date_start

    @api.depends("date_start", "date_end")
    def _compute_months(self):
        for statement in self:
            known = statement.date_start and statement.date_end
            days = (statement.date_end - statement.date_start).days + 1 if known else 0
            statement.months = round(days / 30.4375)

    @api.constrains("date_start", "date_end", "period")
    def _check_dates(self):
        for statement in self:
            if statement.date_end > fields.Date.context_today(statement):
                raise ValidationError(
                    self.env._(
                        "A statement of %(date)s is not of the past yet. Plans are no statements.",
                        date=format_date(self.env, statement.date_end),
                    )
                )
            if statement.date_start.year < 1990:
                raise ValidationError(
                    self.env._(
                        "A period from %(date)s on cannot be meant: check the year.",
                        date=format_date(self.env, statement.date_start),
                    )
                )
            if not 1 <= statement.months <= MONTHS[statement.period]:
                raise ValidationError(
                    self.env._(
                        "The period %(start)s – %(end)s has %(months)s months; a statement for that kind of period"
                        " covers at most %(most)s, and at least one.",
                        start=format_date(self.env, statement.date_start),
                        end=format_date(self.env, statement.date_end),
                        months=statement.months,
                        most=MONTHS[statement.period],
                    )
                )

    @api.constrains("figures")
    def _check_figures(self):
        for statement in self:
            figures = statement.figures or {}
            if not isinstance(figures, dict):
                raise ValidationError(self.env._("The figures of a statement are given by line."))
            for code, value in figures.items():
                if code not in LINES:
                    raise ValidationError(self.env._("A statement has no line “%s”.", code))
                if value is not None and (
                    isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
                ):
                    raise ValidationError(
                        self.env._(
                            "%(line)s: “%(value)s” is not a figure. Leave out what is not known.",
                            line=self.env._(LINES[code].label),
                            value=value,
                        )
                    )

    # -- what the figures say ------------------------------------------------------------------------

    def _engine(self, currency=None):
        """These statements for the engine, figures in single units: ``{statement id: engine.statement.Statement}``.

        :param currency: convert to this currency, at the rate of each statement's end; None leaves them in their own
        """
        return {
            statement.id: Statement(
                statement.date_end,
                statement._figures_times(float(statement.unit) * statement._rate(currency, statement.date_end)),
                min(12, max(1, statement.months)),
            )
            for statement in self
        }

    def _figures_times(self, factor):
        return {code: value * factor for code, value in (self.figures or {}).items() if value is not None}

    def _rate(self, currency, day):
        """What one unit of the statement's currency is in ``currency`` on ``day``; 1 if none is given."""
        if not currency or currency == self.currency_id:
            return 1.0
        company = self.company_id or self.env.company.root_id
        return self.env["res.currency"]._get_conversion_rate(self.currency_id, currency, company, day)

    def _ratios(self):
        """All ratios of these statements, with growth and averages where the period before is among them.

        Where a customer has changed the currency he reports in, the period before is converted at the rate of the
        later one's end, so that exchange rates make no growth.

        :return: ``{statement id: {ratio code: value or None}}``; amounts in single units of the statement's currency
        """
        engines = self._engine()
        return {
            statement.id: ratios(
                engines[statement.id],
                before
                and Statement(
                    before.date_end,
                    before._figures_times(float(before.unit) * before._rate(statement.currency_id, statement.date_end)),
                    engines[before.id].months,
                ),
            )
            for statement, before in self._with_previous(engines)
        }

    def _with_previous(self, engines):
        """Pairs of a statement and the one of these that is of a year earlier and comparable, None without one."""
        streams = defaultdict(self.browse)
        for statement in self:
            streams[statement.partner_id, statement.consolidated] |= statement
        for stream in streams.values():
            for statement in stream:
                yield (
                    statement,
                    next((other for other in stream if engines[statement.id].follows(engines[other.id])), None),
                )

    @api.depends("figures", "unit", "currency_id")
    @api.depends_context("lang")
    def _compute_sheet(self):
        for statement in self:
            stated = statement.figures if isinstance(statement.figures, dict) else {}
            known = completed({code: value for code, value in stated.items() if code in LINES})
            differences = {difference.code: difference for difference in check(known)}
            statement.difference_count = len(differences)
            statement.sheet = {
                "lines": [
                    {
                        "code": line.code,
                        "section": line.section,
                        "label": self.env._(line.label),
                        "help": line.help and self.env._(line.help),
                        "total": bool(line.parts),
                        "value": known.get(line.code),
                        "difference": statement._in_words(differences[line.code]) if line.code in differences else None,
                    }
                    for line in LINES.values()
                ]
            }

    def _in_words(self, difference):
        return self.env._(
            "%(line)s: %(stated)s, but %(expected)s follows from the other lines (%(off)s)",
            line=self.env._(difference.label),
            stated=self._number(difference.stated),
            expected=self._number(difference.expected),
            off=("+" if difference.difference > 0 else "−") + self._number(abs(difference.difference)),
        )

    def _number(self, value):
        return formatLang(self.env, value, digits=0 if float(value).is_integer() else 2)

    @api.depends("figures", "unit", "currency_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        for statement in self:
            known = completed({code: value for code, value in (statement.figures or {}).items() if code in LINES})
            statement.summary = " · ".join(
                self.env._(
                    "%(line)s %(amount)s",
                    line=self.env._(LINES[code].label),
                    amount=statement._number(known[code]),
                )
                for code in ("revenue", "net_profit", "total_assets", "total_equity")
                if code in known
            )

    @api.depends("partner_id")
    @api.depends_context("lang")
    def _compute_comparison(self):
        for statement in self:
            if not statement._origin.id:
                statement.comparison = False
                continue
            others = statement.search(
                Domain("partner_id", "=", statement.partner_id.id)
                & Domain("consolidated", "=", statement.consolidated)
                & Domain("company_id", "in", (statement.company_id.id, False))
                & Domain("date_end", "<", statement.date_end)
                & Domain("state", "=", "confirmed"),
                limit=4,
            )
            statement.comparison = (statement._origin | others)._compare(statement.company_id)

    # -- side by side --------------------------------------------------------------------------------

    def _compare(self, company):
        """These statements of one customer side by side, for the comparison widget; the first one comes first.

        Amounts are in the currency and unit of the first statement, those of others converted at the rate of
        each one's end.

        :param company: whose benchmarks stand beside the ratios; empty for those of all
        """
        if not self:
            return False
        first = self[0]
        unit = float(first.unit)
        engines = {key: engine.completed() for key, engine in self._engine(first.currency_id).items()}
        found = self._ratios()
        previous = {statement.id: before and before.id for statement, before in self._with_previous(self._engine())}
        benchmarks = self.env["credit.benchmark"]._beside(first.partner_id.industry_id, company)

        def scaled(value):
            return None if value is None else value / unit

        def amount(statement, value):
            return value and scaled(value * statement._rate(first.currency_id, statement.date_end))

        return {
            "currency": first.currency_id.name,
            "unit": dict(self._fields["unit"]._description_selection(self.env))[first.unit],
            "columns": [statement._column(first.currency_id) for statement in self],
            "sections": [
                {
                    "code": section,
                    "label": label,
                    "lines": [
                        self._row(
                            code=line.code,
                            label=self.env._(line.label),
                            total=bool(line.parts),
                            values=[scaled(engines[statement.id].get(line.code)) for statement in self],
                            previous=previous,
                        )
                        for line in LINES.values()
                        if line.section == section and any(line.code in engines[key].figures for key in self.ids)
                    ],
                }
                for section, label in self._sections()
            ],
            "families": [
                {
                    "code": family,
                    "label": label,
                    "ratios": [
                        self._ratio_row(
                            ratio,
                            [
                                amount(statement, found[statement.id][ratio.code])
                                if ratio.unit == "amount"
                                else found[statement.id][ratio.code]
                                for statement in self
                            ],
                            previous,
                            benchmarks.get(ratio.code, []),
                        )
                        for ratio in RATIOS.values()
                        if ratio.family == family
                    ],
                }
                for family, label in self._families()
            ],
        }

    def _sections(self):
        return [
            ("balance", self.env._("Balance sheet")),
            ("income", self.env._("Income statement")),
            ("cash_flow", self.env._("Cash flow statement")),
        ]

    def _families(self):
        return [
            ("liquidity", self.env._("Liquidity")),
            ("leverage", self.env._("Leverage")),
            ("coverage", self.env._("Coverage")),
            ("cash_flow", self.env._("Cash flow")),
            ("profitability", self.env._("Profitability")),
            ("activity", self.env._("Activity")),
            ("growth", self.env._("Growth")),
            ("distress", self.env._("Distress scores")),
        ]

    def _column(self, currency):
        remarks = [
            self.env._("audited") if self.audited else self.env._("not audited"),
            self.consolidated and self.env._("consolidated"),
            self.state == "draft" and self.env._("draft"),
            self.currency_id != currency and self.env._("from %s", self.currency_id.name),
        ]
        return {
            "id": self.id,
            "label": self.name,
            "title": format_date(self.env, self.date_end),
            "remarks": enumerated(self.env, filter(None, remarks)),
        }

    def _row(self, *, code, label, values, previous, unit="amount", **more):
        """A row of the comparison, with the change of each value against a year before it.

        Changes are in percent, of percentages in points; there is none from or to the end of a ratio's scale.
        """
        by_id = dict(zip(self.ids, values, strict=True))

        def change(statement_id):
            before, now = by_id.get(previous.get(statement_id)), by_id[statement_id]
            if before is None or now is None or (unit != "amount" and OFF_SCALE in (abs(before), abs(now))):
                return None
            if unit == "percent":
                return now - before
            return (now - before) / abs(before) * 100.0 if before else None

        changes = [change(key) for key in self.ids]
        return {"code": code, "label": label, "values": values, "changes": changes, "unit": unit} | more

    def _ratio_row(self, ratio, values, previous, benchmarks):
        return self._row(
            code=ratio.code,
            label=self.env._(ratio.label),
            help=self.env._(ratio.help),
            values=values,
            previous=previous,
            unit=ratio.unit,
            direction=ratio.direction,
            zones=[ratio.zone(value) for value in values],
            source=ratio.source,
            benchmarks=[benchmark._shown(ratio, values[0]) for benchmark in benchmarks],
        )

    # -- confirming ----------------------------------------------------------------------------------

    def _tolerance(self, known):
        """By how much totals may be off, in the statement's unit: rounding, or the company's share of the assets."""
        company = self.company_id or self.env.company.root_id
        return max(1.0, abs(known.get("total_assets") or 0.0) * company.credit_statement_tolerance / 100.0)

    def action_confirm(self):
        """Confirm drafts; each supersedes the confirmed statement of the same period.

        :raises UserError: totals contradict their parts beyond the tolerance, or there is nothing to confirm
        """
        self._check_analyst(self.env._("Only credit analysts confirm statements."))
        self.check_access("write")
        for statement in self:
            if statement.state != "draft":
                raise UserError(self.env._("“%s” is confirmed already.", statement.display_name))
            known = completed(statement.figures or {})
            if not known:
                raise UserError(
                    self.env._("“%s” has no figures yet. Enter or import them first.", statement.display_name)
                )
            differences = check(known, statement._tolerance(known))
            if differences:
                raise UserError(
                    self.env._(
                        "“%(statement)s” contradicts itself. Correct these lines, or have the tolerance raised in the"
                        " settings:\n%(differences)s",
                        statement=statement.display_name,
                        differences="\n".join(f"• {statement._in_words(difference)}" for difference in differences),
                    )
                )
            statement._replaced()._supersede()
            statement._set(state="confirmed", confirmed_by=self.env.uid, confirmed_on=fields.Datetime.now())
        self.env["credit.profile"]._information_changed(self.partner_id)
        return True

    def _replaced(self):
        """The confirmed statement of the same period."""
        return self.search(
            Domain("state", "=", "confirmed")
            & Domain("partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("period", "=", self.period)
            & Domain("date_end", "=", self.date_end)
            & Domain("consolidated", "=", self.consolidated)
            & Domain("id", "!=", self.id)
        )

    def _supersede(self):
        self._set(state="superseded", superseded_on=fields.Datetime.now())

    def _set(self, **values):
        # sudo: the fields are closed to everybody's writing; the right to confirm was checked before
        self.sudo().write(values)
        # the database judges whether there are two of a period, and has to know one by one
        self.flush_recordset(["state"])

    def _check_analyst(self, message):
        if not self.env.su and not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(message)

    def action_new_version(self):
        """A draft to correct a confirmed statement with; it supersedes this one when it is confirmed."""
        self.ensure_one()
        return self.copy()._action_form()

    # -- keeping it as it is -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # not left to the defaults, which a client may bring along in its context
            begun = {**dict.fromkeys(LIFECYCLE, False), "state": "draft"}
            vals_list = [{**vals, **begun} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if LIFECYCLE & set(vals):
                raise AccessError(self.env._("A statement changes its status by being confirmed, not by writing it."))
            settled = self.filtered(lambda statement: statement.state != "draft")
            if settled and CONTENT & set(vals):
                raise UserError(
                    self.env._(
                        "“%s” is confirmed and stays as it is. Make a new version of it instead.",
                        settled[0].display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        settled = self.filtered(lambda statement: statement.state != "draft")
        if settled:
            raise UserError(
                self.env._(
                    "“%s” is part of what credit was decided on and stays. Supersede it with a new version instead.",
                    settled[0].display_name,
                )
            )

    def _move_to(self, partner):
        """Of two confirmed statements of one period, the one that was confirmed later holds."""
        for statement in self.filtered(lambda statement: statement.state == "confirmed"):
            there = self.search(
                Domain("state", "=", "confirmed")
                & Domain("partner_id", "=", partner.id)
                & Domain("company_id", "=", statement.company_id.id)
                & Domain("period", "=", statement.period)
                & Domain("date_end", "=", statement.date_end)
                & Domain("consolidated", "=", statement.consolidated)
            )
            if there:
                (there if there.confirmed_on < statement.confirmed_on else statement)._supersede()
            statement.partner_id = partner
            statement.flush_recordset()
        return super()._move_to(partner)

    # -- what was known on a day ---------------------------------------------------------------------

    @api.model
    def _known_on(self, partners, as_of):
        """The statements of ``partners`` that held on the day ``as_of``, newest period first, longer ones before."""
        ended = fields.Datetime.to_datetime(fields.Date.add(as_of, days=1))
        return self.search(
            Domain("partner_id", "in", partners.ids)
            & Domain("confirmed_on", "<", ended)
            & (Domain("superseded_on", "=", False) | Domain("superseded_on", ">=", ended))
            & Domain("date_end", "<=", as_of),
            order="date_end desc, date_start, company_id NULLS LAST, id desc",
        )

    def _one_stream(self):
        """Those of one customer that can be compared with each other, newest first.

        Either all consolidated or none, whichever is the more recent, and consolidated where both are; of a period
        that is there for one company and for all, the company's own.
        """
        if not self:
            return self
        latest = self.filtered(lambda statement: statement.date_end == self[0].date_end)
        consolidated = any(latest.mapped("consolidated"))
        seen, stream = set(), self.browse()
        for statement in self:
            key = (statement.date_end, statement.period)
            if statement.consolidated == consolidated and key not in seen:
                seen.add(key)
                stream += statement
        return stream
