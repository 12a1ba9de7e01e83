# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine.loss import quality_step, three_year_pd
from ..engine.scorecard import PROBLEMS, Grade, validate_grades


class CreditGrade(models.Model):
    """A class of customers. All companies share one scale, the best grade first; an assessment keeps a copy of it."""

    _name = "credit.grade"
    _inherit = ["credit.kept.mixin"]
    _description = "Credit Grade"
    _rec_name = "code"
    _order = "sequence, id"

    sequence = fields.Integer(default=10, help="The best grade comes first.")
    code = fields.Char("Grade", required=True, help="Such as AAA or D.")
    name = fields.Char("Meaning", required=True, translate=True, help="The grade in a word or two.")
    floor = fields.Float("From score", digits=(16, 2), help="The lowest score, 0 to 100, that still gets the grade.")
    pd = fields.Float(
        "Probability of default",
        digits=(16, 6),
        help="Within one year. A part of 1: 0.02 is 2 %.",
    )
    lgd = fields.Float(
        "Loss given default",
        digits=(16, 4),
        default=0.45,
        help="The part of the exposure that a default costs. A part of 1: 0.45 is 45 %.",
    )
    quality_step = fields.Integer(
        "Quality step",
        compute="_compute_quality_step",
        help="The credit quality step, 1 to 6, that Regulation (EU) 2016/1799 gives such a probability of default.",
    )
    color = fields.Integer("Colour", help="Of the scale, badges and charts.")
    no_terms_ceiling = fields.Boolean(
        "No ceiling", help="Customers of this grade may get any payment terms."
    )
    terms_ceiling_days = fields.Integer("Longest terms (days)", help="0: payment in advance or in cash.")
    review_months = fields.Integer(
        "Review after (months)", default=12, help="When a customer of this grade is to be assessed again."
    )
    limit_factor = fields.Float(
        "Limit factor", digits=(16, 2), default=1.0, help="Scales the recommended limit: 1 as computed, 0 no credit."
    )

    _code_unique = models.UniqueIndex("(code)", "There is a grade of this code already.")

    @api.depends("pd")
    def _compute_quality_step(self):
        for grade in self:
            grade.quality_step = quality_step(three_year_pd(grade.pd)) if 0.0 <= grade.pd <= 1.0 else 0

    @api.constrains(
        "sequence", "code", "floor", "pd", "lgd", "no_terms_ceiling", "terms_ceiling_days", "review_months",
        "limit_factor",
    )  # fmt: skip
    def _check_scale(self):
        problems = validate_grades(self._scale())
        if problems:
            raise ValidationError("\n".join(self.env._(PROBLEMS[each.kind], **each.values) for each in problems))

    @api.ondelete(at_uninstall=False)
    def _unlink_leaves_a_scale(self):
        remaining = self.search(Domain.TRUE) - self
        problems = validate_grades([grade._engine() for grade in remaining])
        if problems:
            raise UserError(
                self.env._(
                    "Without these grades the scale is not whole: %s",
                    " ".join(self.env._(PROBLEMS[each.kind], **each.values) for each in problems),
                )
            )

    def _engine(self):
        """This grade as :class:`~..engine.scorecard.Grade`."""
        self.ensure_one()
        return Grade(
            self.code,
            self.floor,
            self.pd,
            self.lgd,
            self.limit_factor,
            None if self.no_terms_ceiling else self.terms_ceiling_days,
            self.review_months,
            self.color,
        )

    @api.model
    @tools.ormcache()
    def _terms_ceilings(self):
        """The longest payment terms by grade: ``{grade id: days}``, without grades that set none. Every check asks for
        them, so they are kept in memory; every change of a grade clears that."""
        # sudo: the scale is the same for everybody who is rated by it
        limited = self.sudo().search([("no_terms_ceiling", "=", False)])
        return {grade.id: grade.terms_ceiling_days for grade in limited}

    @api.model
    @tools.ormcache()
    def _places(self):
        """Code and place of every grade, the best being 1: ``{grade id: (code, place)}``, kept in memory likewise."""
        # sudo: as above
        return {grade.id: (grade.code, place) for place, grade in enumerate(self.sudo().search(Domain.TRUE), 1)}

    @api.model
    def _scale(self):
        """All grades as the engine takes them, the best first."""
        # sudo: the scale is the same for everybody who is rated by it
        return tuple(grade._engine() for grade in self.sudo().search(Domain.TRUE))
