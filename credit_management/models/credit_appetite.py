# Part of credit_management. License LGPL-3.0 or later.
"""Risk appetite: how much of which risk a company wants to bear at most, with what it bears beside it."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.known import KnownFloat


class Borne(NamedTuple):
    """What is borne of a risk: ``actual`` is ``None`` where there is nothing to measure it on."""

    actual: float | None
    domain: Domain  # the customers behind it
    note: str = ""


class CreditAppetite(models.Model):
    """A ceiling. What is borne is counted from the figures stored on the profiles, by grouping them."""

    _name = "credit.appetite"
    _description = "Risk Appetite"
    _order = "company_id, sequence, id"
    _rec_name = "kind"

    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)],
    )  # fmt: skip
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("exposure", "Exposure in all"),
            ("expected_loss", "Expected loss"),
            ("weak", "Share of weak grades"),
            ("customer", "Share of the largest customer"),
            ("industry", "Share of the largest industry"),
            ("salesperson", "Share of the largest salesperson"),
        ],
        "Risk",
        required=True,
        help="Which risk is bounded.",
    )
    grade_id = fields.Many2one(
        "credit.grade", "Weak from", ondelete="restrict", help="This grade and all that are worse are weak."
    )
    amount = fields.Monetary("At most (amount)", help="For exposure and expected loss.")
    percent = fields.Float("At most (%)", digits=(16, 2), help="For shares: of the exposure of all customers.")
    near_percent = fields.Float("Amber from (%)", default=80.0, help="Of the ceiling.")
    is_share = fields.Boolean(compute="_compute_is_share")
    ceiling = fields.Char(compute="_compute_actual", help="The most that the company is willing to bear.")
    actual = fields.Char("Borne", compute="_compute_actual", help="What is borne today, in the unit of the ceiling.")
    usage = KnownFloat(
        "Of the ceiling", compute="_compute_actual", digits=(16, 4),
        help="What is borne as a part of the ceiling; empty where it is not known.",
    )  # fmt: skip
    level = fields.Selection(
        [("ok", "Within"), ("near", "Near"), ("over", "Above"), ("unknown", "Unknown")], "Status",
        compute="_compute_actual",
        help="Within: below 80 % of the ceiling. Near: from there to the ceiling. Above: beyond it.",
    )  # fmt: skip
    note = fields.Char(
        "In particular", compute="_compute_actual",
        help="What the ceiling is about in particular: a country, a grade, a customer.",
    )  # fmt: skip

    _kind_unique = models.UniqueIndex("(company_id, kind)", "The company has a ceiling of this kind already.")
    _figures_positive = models.Constraint(
        "CHECK(amount >= 0 AND percent >= 0 AND near_percent > 0 AND near_percent <= 100)",
        "Ceilings can't be negative, and amber begins above 0 % and at most at 100 %.",
    )

    @api.depends("kind")
    def _compute_is_share(self):
        for appetite in self:
            appetite.is_share = appetite.kind not in ("exposure", "expected_loss", False)

    @api.constrains("kind", "grade_id")
    def _check_grade(self):
        for appetite in self:
            if appetite.kind == "weak" and not appetite.grade_id:
                raise ValidationError(self.env._("Say from which grade on grades are weak."))

    @api.depends("kind", "amount", "percent", "near_percent", "grade_id", "company_id")
    @api.depends_context("lang")
    def _compute_actual(self):
        for appetite in self:
            if not appetite.kind:
                appetite.update({"actual": "", "ceiling": "", "usage": False, "level": "unknown", "note": ""})
                continue
            borne = appetite._borne()
            ceiling = appetite.percent / 100.0 if appetite.is_share else appetite.amount
            appetite.ceiling = appetite._shown(ceiling)
            appetite.actual = "–" if borne.actual is None else appetite._shown(borne.actual)
            appetite.note = borne.note
            appetite.usage = borne.actual / ceiling if borne.actual is not None and ceiling else False
            appetite.level = appetite._level(borne.actual, ceiling)

    def _level(self, actual, ceiling):
        if actual is None:
            return "unknown"
        step = 1e-6 if self.is_share else self.currency_id.rounding
        if round((actual - ceiling) / step) > 0:
            return "over"
        return "near" if ceiling and actual >= ceiling * self.near_percent / 100.0 else "ok"

    def _shown(self, value):
        return f"{100.0 * value:.1f} %" if self.is_share else self.currency_id.format(value)

    def _borne(self):
        """What the company bears of this risk now, as :class:`Borne`; amounts in its currency, shares of 1."""
        self.ensure_one()
        active = Domain("company_id", "=", self.company_id.id) & Domain("active", "=", True)
        owing = active & Domain("exposure", ">", 0)
        profiles = self.env["credit.profile"]
        if self.kind in ("exposure", "expected_loss"):
            [[total, count]] = profiles._read_group(active, [], [f"{self.kind}:sum", "__count"])
            unrated = ""
            if self.kind == "expected_loss":
                ungraded = owing & Domain("grade_id", "=", False)
                unrated = self._without_grade(ungraded)
                count = profiles.search_count(active & Domain("grade_id", "!=", False), limit=1)
            return Borne(total or 0.0 if count else None, active & Domain(self.kind, "!=", 0), unrated)
        [[total]] = profiles._read_group(owing, [], ["exposure:sum"])
        if not total:
            return Borne(None, owing)
        if self.kind == "weak":
            places = self.env["credit.grade"]._places()
            worst = places.get(self.grade_id.id, ("", 0))[1]
            weak = owing & Domain("grade_id", "in", [key for key, (_code, place) in places.items() if place >= worst])
            [[amount]] = profiles._read_group(weak, [], ["exposure:sum"])
            return Borne((amount or 0.0) / total, weak, self._without_grade(owing & Domain("grade_id", "=", False)))
        field = {"customer": "partner_id", "industry": "industry_id", "salesperson": "salesperson_id"}[self.kind]
        groups = profiles._read_group(
            owing & Domain(field, "!=", False), [field], ["exposure:sum"], order="exposure:sum desc", limit=1
        )
        if not groups:
            return Borne(None, owing & Domain(field, "=", False))
        [(largest, amount)] = groups
        return Borne(amount / total, owing & Domain(field, "=", largest.id), largest.sudo().display_name)

    def _without_grade(self, domain):
        """What is not rated is said, as it counts as neither weak nor strong."""
        [[amount]] = self.env["credit.profile"]._read_group(domain, [], ["exposure:sum"])
        return self.env._("%s more is owed without a grade", self.currency_id.format(amount)) if amount else ""

    def action_view(self):
        """The customers behind the figure."""
        self.ensure_one()
        kind = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        return self.env["credit.profile"]._action_list(kind, list(self._borne().domain))
