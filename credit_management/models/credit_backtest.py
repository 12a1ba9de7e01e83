# Part of credit_management. License LGPL-3.0 or later.
"""What became of customers in the year after they were rated: see ``engine/backtest.py``."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine.backtest import FEW_DEFAULTS, FEW_RATINGS, STATES, Rated, by_grade, follow
from ..engine.position import rounded
from ..tools.known import KnownFloat, KnownInteger

BATCH = 1000

# what a back-test is asked, and what only the server says
QUESTION = ("company_id", "date_from", "default_days", "threshold")
CLOSED = {"state": "draft", "date": False, "figures": False, "user_id": False}

LINE = (
    *("backtest_id", "assessment_id", "profile_id", "partner_id", "company_id", "currency_id", "date", "grade"),
    *("score", "pd", "state", "due", "late_30", "late_60", "late_90", "unpaid", "worst_days", "exposure"),
    "expected_loss",
)


class CreditBacktest(models.Model):
    """Confirmed assessments of a company, each followed for the twelve months after it.

    Payments are told as of the day on which it is measured; grade, score and probability of default are those that
    the assessment has kept. Measured once, it stays as it is.
    """

    _name = "credit.backtest"
    _description = "Back-test of the Rating"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)], help="Whose customers.",
    )  # fmt: skip
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("Assessments since", help="Leave empty for all there are.")
    default_days = fields.Integer(
        "Default after (days)", default=90, required=True,
        help="A customer is in default once a debt is so many days past due, or was written off.",
    )  # fmt: skip
    threshold = fields.Monetary("Of more than", help="A debt of no more than this makes nobody default.")
    state = fields.Selection(
        [("draft", "To measure"), ("done", "Measured")], "Status", required=True, readonly=True, default="draft",
        copy=False,
        help="Measuring works in the background.",
    )  # fmt: skip
    date = fields.Date("As of", readonly=True, copy=False)
    user_id = fields.Many2one("res.users", "Measured by", readonly=True, copy=False, help="Who asked for it.")
    figures = fields.Json(readonly=True, copy=False)
    result = fields.Json(compute="_compute_result", help="By grade: what was promised, and what came about.")
    line_ids = fields.One2many("credit.backtest.line", "backtest_id", "Assessments", readonly=True)
    line_count = fields.Integer(
        "Assessments followed", compute="_compute_line_count",
        help="How many grades that held on their day were followed over the months after it.",
    )  # fmt: skip

    _figures_positive = models.Constraint(
        "CHECK(default_days BETWEEN 1 AND 365 AND threshold >= 0)",
        "Default comes after 1 to 365 days; an amount can't be negative.",
    )

    @api.depends("date", "company_id")
    def _compute_name(self):
        for backtest in self:
            backtest.name = (
                self.env._("Ratings as of %s", format_date(self.env, backtest.date))
                if backtest.date
                else self.env._("Ratings of %s", backtest.company_id.name or "")
            )

    def _compute_line_count(self):
        counts = dict(
            self.env["credit.backtest.line"]._read_group(
                [("backtest_id", "in", self.ids)], ["backtest_id"], ["__count"]
            )
        )
        for backtest in self:
            backtest.line_count = counts.get(backtest, 0)

    # -- asking --------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # not left to the defaults, which a client may bring along in its context
            vals_list = [dict(vals, **CLOSED) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if CLOSED.keys() & set(vals):
                raise AccessError(self.env._("A back-test is measured by its button."))
            if set(QUESTION) & set(vals) and any(backtest.state == "done" for backtest in self):
                raise UserError(self.env._("The back-test has been measured and stays as it is. Duplicate it instead."))
        return super().write(vals)

    def action_measure(self):
        """Follow all assessments, as known today."""
        self.ensure_one()
        if not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts measure ratings."))
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("The back-test has been measured already."))
        # sudo: it is about all customers of its company; the right to measure was checked above
        self.sudo()._measure()
        return True

    # -- measuring -----------------------------------------------------------------------------------

    def _measure(self):
        today = fields.Date.today()
        domain = Domain("company_id", "=", self.company_id.id) & Domain("state", "in", ("confirmed", "superseded"))
        domain &= Domain("grade_id", "!=", False)
        if self.date_from:
            domain &= Domain("date", ">=", self.date_from)
        groups = self.env["credit.assessment"]._read_group(domain, ["profile_id"], ["id:recordset"], order="profile_id")
        if not groups:
            raise UserError(self.env._("No assessment has been confirmed yet: there is nothing to follow."))
        rated = []
        for start in range(0, len(groups), BATCH):
            rated += self._follow(groups[start : start + BATCH], today)
        found = by_grade(rated, self.env["credit.grade"].search(Domain.TRUE).mapped("code"))
        states = [each.course.state for each in rated]
        self.write(
            {
                "state": "done",
                "date": today,
                "user_id": self.env.uid,
                "figures": {
                    "grades": [_cell(cell) for cell in found.grades],
                    "total": _cell(found.total),
                    **({} if found.auc is None else {"auc": found.auc, "ks": found.ks}),
                    "thin": found.thin,
                    "states": {state: states.count(state) for state in STATES},
                },
            }
        )

    def _follow(self, groups, today):
        """Write the lines of some customers.

        :param groups: (profile, its assessments) pairs
        :return: list of :class:`~..engine.backtest.Rated`
        """
        profiles = self.env["credit.profile"].browse([profile.id for profile, _assessments in groups])
        portions = profiles._payment_portions(today)
        counting = profiles._counting_disputes(profiles.ids)
        rounding = self.currency_id.rounding
        rated, rows = [], []
        for profile, assessments in groups:
            for assessment in assessments.sorted(lambda each: (each.date, each.id)):
                course = follow(
                    portions[profile.id],
                    assessment.date.toordinal(),
                    today.toordinal(),
                    default_days=self.default_days,
                    threshold=self.threshold,
                    disputes=profile.id in counting,
                )
                each = Rated(
                    assessment.grade_id.code,
                    assessment.pd,
                    course,
                    assessment.score if assessment.scored else None,
                    assessment.exposure,
                    assessment.expected_loss,
                )
                rated.append(each)
                rows.append(
                    (
                        *(self.id, assessment.id, profile.id, profile.partner_id.id),
                        *(self.company_id.id, self.currency_id.id, assessment.date),
                        *(each.grade, each.score, each.pd, course.state),
                        *(rounded(amount, rounding) for amount in (course.due, *course.late, course.unpaid)),
                        *(course.worst_days, each.exposure, each.expected_loss),
                    )
                )
        insert = SQL("INSERT INTO credit_backtest_line (%s) VALUES", SQL(", ").join(map(SQL.identifier, LINE)))
        self.env.cr.execute_values(f"{insert.code} %s", rows, page_size=BATCH)
        profiles.env.invalidate_all()
        return rated

    # -- in words ------------------------------------------------------------------------------------

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_result(self):
        fits = {
            "fits": self.env._("as promised"),
            "low": self.env._("more defaults than promised"),
            "high": self.env._("fewer defaults than promised"),
            "unknown": self.env._("not known"),
        }
        labels = self.env["credit.backtest.line"]._fields["state"]._description_selection(self.env)
        for backtest in self:
            figures = backtest.figures
            if not figures:
                backtest.result = False
                continue
            states = figures["states"]
            backtest.result = {
                **figures,
                "currency_id": backtest.currency_id.id,
                "grades": [dict(cell, words=fits[cell["fit"]]) for cell in figures["grades"]],
                "total": dict(figures["total"], words=fits[figures["total"]["fit"]]),
                "discrimination": backtest._discrimination(figures),
                "states": [{"state": state, "label": label, "count": states[state]} for state, label in labels],
                "caution": self.env._(
                    "This is little to go by: %(ratings)s ratings with a known end, %(defaults)s of them defaults."
                    " From about %(few)s ratings and %(least)s defaults on, the figures begin to say something.",
                    ratings=figures["total"]["ratings"],
                    defaults=figures["total"]["defaults"],
                    few=FEW_RATINGS,
                    least=FEW_DEFAULTS,
                )
                if figures["thin"]
                else "",
            }

    def _discrimination(self, figures):
        """How well the score tells defaults from the others, in words."""
        if "auc" not in figures:
            return self.env._(
                "How well scores tell defaults apart is not known: there are no two ratings, one with a default and one"
                " without."
            )
        return self.env._(
            "Of a customer who defaulted and one who did not, the score puts the right one first in %(share)s %% of"
            " cases (AUC %(auc)s; 50 %% is chance). Kolmogorov–Smirnov: %(ks)s.",
            share=f"{100 * figures['auc']:.0f}",
            auc=f"{figures['auc']:.3f}",
            ks=f"{figures['ks']:.3f}",
        )

    def action_view_lines(self, grade=None):
        """The assessments behind the figures, of one grade or all."""
        self.ensure_one()
        domain = [("backtest_id", "=", self.id)]
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.name}: {grade}" if grade else self.name,
            "res_model": "credit.backtest.line",
            "views": [(False, view) for view in ("list", "kanban", "pivot", "graph")],
            "domain": [*domain, ("grade", "=", grade)] if grade else domain,
        }


def _cell(cell):
    """A row of the table as JSON values; what is not known is left out: XML-RPC carries no nulls."""
    names = ("grade", "ratings", "defaults", "pd", "rate", "low", "high", "exposure", "expected_loss", "loss", "fit")
    late = dict(zip(("late_30", "late_60", "late_90"), cell.late, strict=True))
    return {name: value for name, value in (*((name, getattr(cell, name)) for name in names), *late.items())
            if value is not None}  # fmt: skip


class CreditBacktestLine(models.Model):
    _name = "credit.backtest.line"
    _description = "Assessment in a Back-test"
    _log_access = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    backtest_id = fields.Many2one("credit.backtest", required=True, readonly=True, index=True, ondelete="cascade")
    assessment_id = fields.Many2one("credit.assessment", readonly=True, index=True, ondelete="cascade")
    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date("Assessed as of", readonly=True)
    grade = fields.Char("Grade then", readonly=True, help="The grade that held on the day.")
    score = KnownFloat("Score then", readonly=True, digits=(16, 2), aggregator="avg", help="Empty without a score.")
    pd = fields.Float(
        "Promised", readonly=True, digits=(16, 6), aggregator="avg", help="The probability of default of the grade."
    )
    state = fields.Selection(
        list(STATES.items()), "What became of it", readonly=True, help="In the twelve months after the assessment."
    )
    due = fields.Monetary("Fell due", readonly=True, help="In the twelve months after the assessment.")
    late_30 = fields.Monetary(
        "Over 30 days late", readonly=True,
        help="Whether anything was paid more than 30 days late in the months after.",
    )  # fmt: skip
    late_60 = fields.Monetary(
        "Over 60 days late", readonly=True,
        help="Whether anything was paid more than 60 days late in the months after.",
    )  # fmt: skip
    late_90 = fields.Monetary(
        "Over 90 days late", readonly=True,
        help="Whether anything was paid more than 90 days late in the months after.",
    )  # fmt: skip
    unpaid = fields.Monetary("Never paid", readonly=True, help="Of the debt in default, to the day of the back-test.")
    worst_days = KnownInteger(
        "Longest delay (days)", readonly=True, aggregator="max", help="Empty where nothing fell due."
    )
    exposure = fields.Monetary(
        "Exposure then", readonly=True,
        help="What the customer owed on the day, in the company's currency.",
    )  # fmt: skip
    expected_loss = fields.Monetary(
        "Loss expected then", readonly=True,
        help="Probability of default × loss given default × exposure, as it was on the day.",
    )  # fmt: skip

    def action_view_assessment(self):
        self.ensure_one()
        return self.assessment_id._action_form()
