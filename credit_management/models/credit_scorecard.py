# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.scorecard import PROBLEMS, Rating, Scorecard, validate
from ..indicators import Facts
from ..tools.words import enumerated


class CreditScorecard(models.Model):
    """How what is known of a customer becomes points. A version that was used once is never edited: it is copied to
    a draft, and the draft takes its place when it is activated."""

    _name = "credit.scorecard"
    _description = "Credit Scorecard"
    _inherit = ["credit.action.mixin"]
    _order = "sequence, code, version desc, id desc"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True, help="Whom or what it is for.")
    code = fields.Char(required=True, help="The versions of a scorecard share it.")
    version = fields.Integer(
        default=1, required=True, readonly=True, copy=False,
        help="Each change of a scorecard in use is a version of its own.",
    )  # fmt: skip
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        help="Draft: can be edited. Active: used by assessments. Retired: kept for those it was used by.",
    )
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        help="Leave empty to share the scorecard. A company's own one comes before a shared one.",
    )
    fits = fields.Selection(
        [
            ("statements", "Customers with a confirmed statement"),
            ("payment", "Customers with payment history, without statements"),
            ("new", "Customers without either"),
            ("chosen", "Only customers for whom it is chosen"),
        ],
        "For",
        required=True,
        default="chosen",
        help="Whom the scorecard is used for, unless another one is chosen on the credit profile.",
    )
    least_known = fields.Float(
        "Known at least", digits=(16, 4), default=0.5,
        help="With less of the weights known than this there is no grade. A part of 1: 0.5 is 50 %. What is unknown"
        " counts as unknown here even where a factor counts it as worst or neutral.",
    )  # fmt: skip
    description = fields.Text(translate=True, help="What it is for, in a sentence or two.")
    factor_ids = fields.One2many(
        "credit.scorecard.factor", "scorecard_id", "Factors", copy=True,
        help="What it looks at, and how much each counts.",
    )  # fmt: skip
    total_weight = fields.Float(
        "Weight in all", compute="_compute_total_weight", digits=(16, 2), help="It has to be 100."
    )
    activated_by = fields.Many2one(
        "res.users", "Activated by", readonly=True, copy=False, help="Who took this version into use."
    )
    activated_on = fields.Datetime("Activated on", readonly=True, copy=False, help="Since when it has been in use.")
    assessment_count = fields.Integer(
        "Assessments", compute="_compute_assessment_count", help="The assessments made by this version."
    )
    preview_profile_id = fields.Many2one(
        "credit.profile",
        "Try it on",
        compute="_compute_preview_profile_id",
        readonly=False,
        help="A customer who is assessed by the scorecard while you edit it. Nothing is stored.",
    )
    preview = fields.Json(compute="_compute_preview")

    _code_version_unique = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))", "There is such a version of this scorecard already."
    )
    _one_active = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE state = 'active'", "Another version of this scorecard is active."
    )

    @api.depends("name", "version", "state")
    def _compute_display_name(self):
        for scorecard in self:
            scorecard.display_name = self.env._(
                "%(name)s, version %(version)s", name=scorecard.name, version=scorecard.version
            )

    @api.depends("factor_ids.weight")
    def _compute_total_weight(self):
        for scorecard in self:
            scorecard.total_weight = sum(scorecard.factor_ids.mapped("weight"))

    def _compute_assessment_count(self):
        counts = dict(
            self.env["credit.assessment"]._read_group(
                [("scorecard_id", "in", self.ids)], ["scorecard_id"], ["__count"]
            )
        )
        for scorecard in self:
            scorecard.assessment_count = counts.get(scorecard, 0)

    # -- versions ------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        scorecards = self.browse()
        for vals in vals_list:
            own = {"version": self._next_version(vals)}
            if not self.env.su:
                own |= {"state": "draft", "activated_by": False, "activated_on": False}
            # one after the other, as each takes the next number
            scorecards += super().create([vals | own])
        return scorecards

    @api.model
    def _next_version(self, vals):
        same = [("code", "=", vals.get("code")), ("company_id", "=", vals.get("company_id", False))]
        return max(self.search(same).mapped("version"), default=0) + 1

    def write(self, vals):
        if not self.env.su:
            if {"state", "version", "activated_by", "activated_on"} & set(vals):
                raise UserError(self.env._("A scorecard is activated and retired by its buttons."))
            if set(vals) - {"sequence", "name", "description"}:
                self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_draft(self):
        for scorecard in self:
            if scorecard.state != "draft":
                raise UserError(
                    self.env._(
                        "“%s” is in use, or was, and stays as it is. Copy it to a new version and edit that.",
                        scorecard.display_name,
                    )
                )

    def copy_data(self, default=None):
        """A copy is a scorecard of its own; a new *version* comes of :meth:`action_new_version`."""
        copies = super().copy_data(default)
        for scorecard, values in zip(self, copies, strict=True):
            if "code" not in (default or {}):
                values["code"] = self.env._("%s_copy", scorecard.code)
                values["name"] = self.env._("%s (copy)", scorecard.name)
        return copies

    def action_new_version(self):
        """A draft with all factors, to be edited and then activated in this one's place."""
        self.ensure_one()
        self.check_access("write")
        drafts = self._versions().filtered(lambda scorecard: scorecard.state == "draft")
        draft = drafts[:1] or self.copy({"code": self.code})
        return draft._action_form()

    def _versions(self):
        return self.search([("code", "=", self.code), ("company_id", "=", self.company_id.id)])

    def action_activate(self):
        """Take it into use, in the place of the version that was active.

        :raises ValidationError: something is wrong with it; all of it is said
        """
        self.check_access("write")
        self._check_draft()
        for scorecard in self:
            problems = scorecard._problems()
            if problems:
                raise ValidationError(
                    self.env._(
                        "“%(scorecard)s” can't be used yet:\n%(problems)s",
                        scorecard=scorecard.name,
                        problems="\n".join(f"– {problem}" for problem in problems),
                    )
                )
            before = scorecard._versions().filtered(lambda other: other.state == "active")
            # sudo: the state is closed to everybody's writing; the right to activate was checked above
            before.sudo().state = "retired"
            before.flush_recordset(["state"])
            scorecard.sudo().write(
                {"state": "active", "activated_by": self.env.uid, "activated_on": fields.Datetime.now()}
            )
        return True

    def action_retire(self):
        """Take it out of use; what it assessed stays."""
        self.check_access("write")
        for scorecard in self:
            if scorecard.state != "active":
                raise UserError(self.env._("“%s” is not in use.", scorecard.display_name))
            # sudo: as above
            scorecard.sudo().state = "retired"
        return True

    def action_view_assessments(self):
        return self._action_related("credit.assessment", self.env._("Assessments"), "list,kanban,form", "scorecard_id")

    # -- what the engine makes of it -----------------------------------------------------------------

    def _engine(self):
        """The scorecard as :class:`~..engine.scorecard.Scorecard`."""
        self.ensure_one()
        return Scorecard(
            tuple(factor._engine() for factor in self.factor_ids.sorted(lambda factor: factor.sequence)),
            f"{self.code}-{self.version}",
            self.least_known,
        )

    def _problems(self):
        """What is wrong with it, in words."""
        self.ensure_one()
        problems = [
            self.env._("Choose an indicator or a question for every factor.")
            for factor in self.factor_ids
            if not factor.code
        ][:1]
        found = validate(self._engine(), self.env["credit.grade"]._scale())
        return problems + [self.env._(PROBLEMS[problem.kind], **problem.values) for problem in found]

    @api.depends("fits", "company_id")
    def _compute_preview_profile_id(self):
        for scorecard in self:
            scorecard.preview_profile_id = scorecard.preview_profile_id or self.env["credit.profile"].search(
                [("company_id", "=", scorecard.company_id.id)] if scorecard.company_id else [], limit=1
            )

    @api.depends(
        "preview_profile_id",
        "least_known",
        *(
            f"factor_ids.{name}"
            for name in (
                "sequence", "kind", "indicator", "question_id", "weight", "missing", "ages", "max_age_days",
                "stale_penalty",
            )
        ),
        *(
            f"factor_ids.band_ids.{name}"
            for name in ("lower", "upper", "no_lower", "no_upper", "choice_id", "points", "grade_id")
        ),
    )  # fmt: skip
    @api.depends_context("lang", "uid")
    def _compute_preview(self):
        """The customer of the preview, assessed by the scorecard as it stands on the screen."""
        as_of = fields.Date.today()
        grades = self.env["credit.grade"]._scale()
        for scorecard in self:
            profile = scorecard.preview_profile_id._origin
            problems = scorecard._problems()
            preview = {"problems": problems}
            if profile and profile.has_access("read"):
                # sudo: who writes scorecards may see what they make of a customer
                facts = Facts(profile.sudo(), as_of)
                engine = scorecard._engine()
                readings = profile.sudo()._readings(facts, scorecard.factor_ids)[profile.id]
                answers = {code: reading.answer(as_of) for code, reading in readings.items()}
                result = Rating(engine, grades).assess(answers)
                preview |= {
                    "score": result.score,
                    "grade": result.grade,
                    "color": next((grade.color for grade in grades if grade.code == result.grade), 0),
                    "completeness": result.completeness,
                    "lacking": None
                    if result.grade
                    else scorecard._lacking_in_words(
                        result.completeness, [(part.label, part.weight) for part in result.lacking]
                    ),
                    "caps": [cap.label for cap in result.caps],
                    "parts": scorecard._parts(result, readings),
                }
            scorecard.preview = preview

    def _lacking_in_words(self, known, factors):
        """Why there is no grade.

        :param known: the share of the weights that is known
        :param factors: name and weight of those that are not, the heaviest first
        """
        self.ensure_one()
        missing = enumerated(self.env, (f"{name} ({weight:g} %)" for name, weight in factors))
        text = self.env._(
            "No grade: %(known)s of the weights are known, and the scorecard asks for %(needed)s.",
            known=f"{known:.0%}",
            needed=f"{self.least_known:.0%}",
        )
        return {"text": text, "missing": self.env._("Missing: %s.", missing) if missing else ""}

    def _parts(self, result, readings):
        """What the bars of contributions show; see ``static/src/rating``."""
        self.ensure_one()
        factors = {factor.code: factor for factor in self.factor_ids}
        return [
            {
                "code": part.code,
                "label": part.label,
                "state": part.state,
                "value": factors[part.code]._shown(part.value),
                "points": part.points,
                "weight": part.weight,
                "effective_weight": part.effective_weight,
                "contribution": part.contribution,
                "evidence": factors[part.code]._evidence_in_words(*readings[part.code].evidence[:2])
                if part.code in readings
                else "",
            }
            for part in result.contributions
        ]

