# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

from ..engine.information import PARTS
from ..engine.scorecard import MISSING, Band, Factor, KnockOut
from ..indicators import INDICATORS
from ..indicators.registry import GROUPS, UNITS
from ..tools.words import enumerated


class CreditScorecardFactor(models.Model):
    """An indicator or a question, what it weighs, and how its values become points."""

    _name = "credit.scorecard.factor"
    _description = "Scorecard Factor"
    _order = "scorecard_id, sequence, id"

    scorecard_id = fields.Many2one("credit.scorecard", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("indicator", "Indicator"), ("question", "Question")], required=True, default="indicator",
        help="A figure that is measured, or an answer that somebody gives.",
    )  # fmt: skip
    indicator = fields.Selection(
        [(indicator.code, indicator.label) for indicator in INDICATORS.values()],
        help="A figure that is measured by itself.",
    )  # fmt: skip
    question_id = fields.Many2one(
        "credit.question", ondelete="restrict", help="Something that a person judges and answers on the credit profile."
    )
    code = fields.Char(compute="_compute_code", help="How the factor is known in an assessment.")
    group = fields.Selection(list(GROUPS.items()), compute="_compute_about", help="What kind of information it is.")
    about = fields.Text("What it is", compute="_compute_about", help="What is measured, and by whose definition.")
    direction = fields.Selection(
        [("1", "Higher is better"), ("-1", "Lower is better"), ("0", "Neither by itself")], compute="_compute_about",
        help="Bands that say otherwise are refused.",
    )  # fmt: skip
    weight = fields.Float(
        "Weight (%)", digits=(16, 2), help="The weights of a scorecard add up to 100. 0: only its caps count."
    )
    missing = fields.Selection(
        list(MISSING.items()),
        "If unknown",
        required=True,
        default="respread",
        help="What happens when the value is not known. Unknown is never taken for 0.",
    )
    ages = fields.Boolean("Goes stale", help="An old value loses points.")
    max_age_days = fields.Integer("Old after (days)", default=550, help="An older value loses points.")
    stale_penalty = fields.Float("Loses (%)", digits=(16, 2), default=25.0, help="Of its points, once it is old.")
    band_ids = fields.One2many(
        "credit.scorecard.band", "factor_id", "Bands", copy=True,
        help="From which values on there are how many points; without gaps and overlaps.",
    )  # fmt: skip
    summary = fields.Char(
        "Points", compute="_compute_summary", help="The values and their points; (≤ B): with it the grade is B at best."
    )

    @api.depends("kind", "indicator", "question_id.code")
    def _compute_code(self):
        for factor in self:
            if factor.kind == "question":
                factor.code = factor.question_id and f"question_{factor.question_id.code}"
            else:
                factor.code = factor.indicator

    @api.depends("kind", "indicator", "question_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["indicator"]._description_selection(self.env))
        for factor in self:
            factor.display_name = (
                factor.question_id.name if factor.kind == "question" else labels.get(factor.indicator)
            ) or self.env._("Factor")

    @api.depends("kind", "indicator", "question_id")
    def _compute_about(self):
        for factor in self:
            known = INDICATORS.get(factor.indicator) if factor.kind == "indicator" else None
            factor.group = known and known.group
            factor.direction = known and str(known.direction)
            if known:
                factor.about = self.env._(
                    "%(help)s Source: %(where)s.", help=self.env._(known.help), where=self.env._(known.source)
                )
            else:
                factor.about = factor.question_id.help

    @api.depends("band_ids.name", "band_ids.points", "band_ids.grade_id")
    def _compute_summary(self):
        for factor in self:
            factor.summary = " · ".join(
                f"{band.name}: {band.points:g}" + (f" (≤ {band.grade_id.code})" if band.grade_id else "")
                for band in factor.band_ids
            )

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "question":
            self.indicator = False
        else:
            self.question_id = False

    @api.onchange("question_id", "indicator")
    def _onchange_subject(self):
        """A question brings its answers, the first the best one; bands of another subject mean nothing."""
        self.band_ids = [fields.Command.clear()]
        choices = self.question_id.choice_ids if self.kind == "question" else []
        self.band_ids = [
            fields.Command.create(
                {"choice_id": choice.id, "points": round(100.0 * (len(choices) - 1 - place) / (len(choices) - 1 or 1))}
            )
            for place, choice in enumerate(choices)
        ]

    @api.constrains("kind", "indicator", "question_id")
    def _check_subject(self):
        for factor in self:
            if not factor.code:
                raise ValidationError(
                    self.env._("A factor of “%s” names no indicator or question.", factor.scorecard_id.name)
                )

    def _check_draft(self):
        if not self.env.su:
            self.scorecard_id._check_draft()

    @api.model_create_multi
    def create(self, vals_list):
        factors = super().create(vals_list)
        factors._check_draft()
        return factors

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        if "scorecard_id" in vals:
            self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_of_drafts(self):
        self._check_draft()

    def _engine(self):
        """The factor as :class:`~..engine.scorecard.Factor`. Answers are known by the ids of their choices."""
        self.ensure_one()
        bands, choices = self.band_ids, {}
        if self.kind == "question":
            choices = {band._answer(): band.points for band in bands if band.choice_id}
        known = INDICATORS.get(self.indicator) if self.kind == "indicator" else None
        return Factor(
            self.code or "",
            self.display_name,
            self.weight,
            () if self.kind == "question" else tuple(band._engine() for band in bands),
            choices,
            self.missing,
            known.direction if known else 0,
            tuple(band._knock_out() for band in bands if band.grade_id),
            self.max_age_days if self.ages else None,
            self.stale_penalty if self.ages else 0.0,
        )

    def _shown(self, value):
        """A value of this factor as people read it; empty for one that is unknown."""
        self.ensure_one()
        if value is None or value is False:
            return ""
        if self.kind == "question":
            # sudo: whoever sees an assessment sees which answer it rests on
            choices = self.question_id.sudo().choice_ids
            return choices.filtered(lambda choice: str(choice._origin.id) == value).name or ""
        unit = INDICATORS[self.indicator].unit
        digits = {"days": 0, "count": 0, "amount": 0, "percent": 1, "years": 1, "points": 0}.get(unit, 2)
        if unit == "days" and value % 1:
            digits = 1
        word = self.env._(UNITS[unit]) if UNITS[unit] else ""
        shown = formatLang(self.env, value, digits=digits)
        # a figure and its unit stay on one line
        return f"{shown}\N{NO-BREAK SPACE}{word}" if word else shown


    def _evidence_in_words(self, text, model):
        """Where a value of this factor is from, in the reader's language; see :class:`..indicators.Evidence`.

        :param text: how many invoices there were, the codes of parts of a file, or words that need no translation
        """
        self.ensure_one()
        if not text:
            return ""
        if self.kind == "indicator" and model == "account.move":
            return self.env._("%s invoices", text)
        if self.kind == "indicator" and self.group == "information":
            return enumerated(self.env, (self.env._(PARTS[code].label) for code in text.split(",") if code in PARTS))
        return text


class CreditScorecardBand(models.Model):
    """Points for the values from one bound up to, and without, another; or for an answer to a question."""

    _name = "credit.scorecard.band"
    _description = "Scorecard Band"
    _order = "factor_id, no_lower desc, lower, id"

    factor_id = fields.Many2one("credit.scorecard.factor", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(related="factor_id.kind")
    question_id = fields.Many2one(related="factor_id.question_id")
    no_lower = fields.Boolean("No lower end", help="The band begins at the lowest value there is.")
    lower = fields.Float("From", digits=(16, 4), help="This value belongs to the band.")
    no_upper = fields.Boolean("No upper end", help="The band goes up to the highest value there is.")
    upper = fields.Float("Below", digits=(16, 4), help="This value belongs to the next band.")
    choice_id = fields.Many2one(
        "credit.question.choice", "Answer", ondelete="restrict", domain="[('question_id', '=', question_id)]",
        help="The answer that gets the points.",
    )  # fmt: skip
    points = fields.Float(digits=(16, 2), help="0 to 100, more is better.")
    grade_id = fields.Many2one(
        "credit.grade",
        "Grade at best",
        ondelete="restrict",
        help="A knock-out: with such a value the grade is at best this one, whatever the score.",
    )
    name = fields.Char("Values", compute="_compute_name")

    @api.depends("lower", "upper", "no_lower", "no_upper", "choice_id")
    def _compute_name(self):
        for band in self:
            if band.choice_id:
                band.name = band.choice_id.name
            elif band.no_lower:
                band.name = "…" if band.no_upper else f"< {band.upper:g}"
            else:
                band.name = f"≥ {band.lower:g}" if band.no_upper else f"{band.lower:g} – {band.upper:g}"

    def _bounds(self):
        return (None if self.no_lower else self.lower, None if self.no_upper else self.upper)

    def _answer(self):
        return str(self.choice_id._origin.id)

    def _engine(self):
        return Band(*self._bounds(), self.points)

    def _knock_out(self):
        lower, upper = self._bounds()
        label = f"{self.factor_id.display_name}: {self.name}"
        if self.choice_id:
            return KnockOut(self.grade_id.code, label, answers=(self._answer(),))
        return KnockOut(self.grade_id.code, label, lower, upper)

    @api.model_create_multi
    def create(self, vals_list):
        bands = super().create(vals_list)
        bands.factor_id._check_draft()
        return bands

    def write(self, vals):
        self.factor_id._check_draft()
        result = super().write(vals)
        if "factor_id" in vals:
            self.factor_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_of_drafts(self):
        self.factor_id._check_draft()
