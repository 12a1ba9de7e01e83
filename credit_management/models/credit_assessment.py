# Part of credit_management. License LGPL-3.0 or later.
from dataclasses import asdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date, formatLang

from ..engine.limits import (
    AMOUNTS,
    CAPS,
    FIGURES,
    LIMIT_METHODS,
    REASONS,
    STAGES,
    Basis,
    Formula,
    recommend,
    recommended_terms,
)
from ..engine.loss import expected_loss
from ..engine.scorecard import NOTCH_ERRORS, Answer, Grade, NotchError, Rating, notched
from ..tools.words import enumerated

STATES = [("draft", "Draft"), ("confirmed", "Confirmed"), ("superseded", "Superseded"), ("cancelled", "Cancelled")]

# what an expert may add to a draft; all else is frozen from the first moment on
OPINION = frozenset(("override_grade_id", "override_reason", "expert_text"))


class CreditAssessment(models.Model):
    """One run of a scorecard over one customer, with everything that it stands on.

    Inputs, grades, and the figures of the limit are frozen (``inputs``); the scorecard's version never changes. So an
    assessment explains itself for ever, and can be reckoned again with another grade. It is made by
    :meth:`credit.profile._assess` as a draft, may be given an expert's opinion, and is confirmed by somebody else
    than who moved its grade. Nobody edits it afterwards: a newer one supersedes it.
    """

    _name = "credit.assessment"
    _description = "Credit Assessment"
    _inherit = ["credit.derived.mixin", "credit.action.mixin"]
    _order = "date desc, id desc"

    profile_id = fields.Many2one(
        "credit.profile", "Customer", required=True, readonly=True, index=True, help="The customer who is assessed."
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", store=True, index=True, string="Contact")
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="profile_id.currency_id")
    date = fields.Date("As of", required=True, readonly=True, help="What was known on this day went in.")
    scorecard_id = fields.Many2one(
        "credit.scorecard", required=True, readonly=True, index=True, ondelete="restrict",
        help="The version of the scorecard that was used; it never changes.",
    )  # fmt: skip
    state = fields.Selection(
        STATES, "Status", required=True, readonly=True, default="draft", index=True,
        help="Draft: computed, and without effect. Confirmed: the customer's grade. Superseded: there is a later one.",
    )  # fmt: skip
    run_id = fields.Many2one("credit.assessment.run", "Made by", readonly=True, index="btree_not_null")
    inputs = fields.Json(readonly=True)
    line_ids = fields.One2many(
        "credit.assessment.line", "assessment_id", "Factors", readonly=True,
        help="Every factor with its value, points and weight.",
    )  # fmt: skip

    # unknown figures are empty in the database
    scored = fields.Boolean("Has a score", readonly=True, help="Anything of weight was known.")
    score = fields.Float(readonly=True, aggregator="avg", digits=(16, 2), help="0 to 100, higher is better.")
    completeness = fields.Float(
        "Known", readonly=True, aggregator="avg", digits=(16, 4), help="The part of the weights whose values are known."
    )
    scored_grade_id = fields.Many2one(
        "credit.grade", "Grade by the scorecard", readonly=True, ondelete="restrict", help="After knock-outs."
    )
    grade_id = fields.Many2one(
        "credit.grade", readonly=True, index=True, ondelete="restrict",
        help="What holds: the expert's grade, or the scorecard's.",
    )  # fmt: skip
    grade_color = fields.Integer(related="grade_id.color", string="Colour of the grade")
    previous_id = fields.Many2one(
        "credit.assessment", "Assessment before", readonly=True, index="btree_not_null",
        help="The one that was in force when this one was made.",
    )  # fmt: skip
    previous_grade_id = fields.Many2one(
        related="previous_id.grade_id", string="Grade before",
        help="The grade that was in force when this assessment was made.",
    )  # fmt: skip
    score_change = fields.Float(
        "Change of the score", readonly=True, digits=(16, 2), help="Points since the assessment before."
    )
    grade_change = fields.Integer(
        "Notches since", readonly=True, help="Grades better (negative: worse) than in the assessment before."
    )

    pd = fields.Float("Probability of default", readonly=True, aggregator="avg", digits=(16, 6), help="In one year.")
    lgd = fields.Float(
        "Loss given default", readonly=True, aggregator="avg", digits=(16, 4),
        help="The part of the exposure that a default costs, by the grade.",
    )  # fmt: skip
    exposure = fields.Monetary(readonly=True, help="Exposure at the time.")
    expected_loss = fields.Monetary(
        "Expected loss", readonly=True,
        help="Probability of default × loss given default × exposure at the time.",
    )  # fmt: skip
    limit_recommended = fields.Boolean(
        "Limit is recommended", readonly=True,
        help="Whether enough is known to recommend a limit.",
    )  # fmt: skip
    recommended_limit = fields.Monetary(
        "Recommended limit", readonly=True, help="See the breakdown for how it comes about."
    )
    limit_steps = fields.Json(readonly=True)
    terms_recommended = fields.Boolean("Terms are recommended", readonly=True)
    recommended_terms = fields.Integer("Recommended terms (days)", readonly=True, help="0: cash or payment in advance.")

    override_grade_id = fields.Many2one(
        "credit.grade", "Expert's grade", ondelete="restrict",
        help="Moves the grade by some notches from what the scorecard says. Somebody else has to confirm it.",
    )  # fmt: skip
    override_reason = fields.Text("Reason of the override", help="What the scorecard does not see.")
    overridden_by = fields.Many2one(
        "res.users", "Grade moved by", readonly=True, help="The expert; somebody else confirms it."
    )
    overridden_on = fields.Datetime("Grade moved on", readonly=True, help="When the expert chose another grade.")
    expert_text = fields.Html("Expert opinion", help="For the credit file.")
    confirmed_by = fields.Many2one(
        "res.users", "Confirmed by", readonly=True, help="Who made the grade the customer's."
    )
    confirmed_on = fields.Datetime("Confirmed on", readonly=True, help="When the grade became the customer's.")
    next_review = fields.Date("Next review", readonly=True, help="By the review cycle of the grade.")
    card = fields.Json(compute="_compute_card")

    _one_confirmed = models.UniqueIndex(
        "(profile_id) WHERE state = 'confirmed'", "Another assessment of this customer was confirmed just now."
    )

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for assessment in self:
            assessment.display_name = self.env._(
                "%(customer)s, %(date)s",
                customer=assessment.partner_id.name or "",
                date=format_date(self.env, assessment.date),
            )

    # -- making --------------------------------------------------------------------------------------

    @api.model
    def _make(self, profiles, as_of, run, facts, cards, grades, results, readings, formulas, bases):
        """Freeze what was found about ``profiles``; see :meth:`credit.profile._assess` for what comes in."""
        ids = {grade.code: grade.id for grade in self.env["credit.grade"].search([])}
        scale = [grade.to_json() for grade in grades]
        peers = profiles._peers() if any("peers" in formula.methods for formula in formulas.values()) else {}
        values = []
        for profile in profiles:
            result = results[profile.id]
            position = facts.positions.get(profile.id)
            basis = asdict(bases[profile.id])
            if peers:
                basis["peers"] = profile._nearest_peers(peers[profile.company_id.id], result.score)
            inputs = {
                "answers": {
                    part.code: {"value": part.value, "age_days": part.age_days} for part in result.contributions
                },
                "caps": [asdict(cap) for cap in result.caps],
                "grades": scale,
                "basis": basis,
                "formula": formulas[profile.id].to_json(),
            }
            vals = {
                "profile_id": profile.id,
                "date": as_of,
                "scorecard_id": cards[profile.id].id,
                "run_id": run and run.id,
                "inputs": inputs,
                "scored": result.score is not None,
                "completeness": result.completeness,
                "scored_grade_id": ids.get(result.grade),
                "previous_id": profile.assessment_id.id,
                **({} if position is None else {"exposure": position.exposure}),
                **({} if result.score is None else {"score": result.score}),
                **self._consequences(inputs, result.grade, position and position.exposure, ids),
            }
            if profile.grade_id and result.grade:
                places = [grade.code for grade in grades]
                vals["grade_change"] = places.index(profile.grade_id.code) - places.index(result.grade)
            if profile.assessment_id.scored and result.score is not None:
                vals["score_change"] = result.score - profile.assessment_id.score
            values.append(vals)
        assessments = self.create(values)
        self.env["credit.assessment.line"]._make(
            (assessment, results[assessment.profile_id.id], readings[assessment.profile_id.id], as_of)
            for assessment in assessments
        )
        return assessments

    @api.model
    def _consequences(self, inputs, code, exposure, ids):
        """What a grade leads to, as values to write: limit, terms and expected loss. Unknown ones are left out.

        :param code: the grade's code, ``None`` without one
        :param exposure: ``None`` where it was not known
        :param ids: grade ids by code
        """
        grade = _grade(inputs, code)
        basis = inputs["basis"]
        recommendation = recommend(
            Basis(**{**basis, "peers": tuple(basis["peers"])}),
            Formula.from_json(inputs["formula"]),
            grade and grade.limit_factor,
        )
        asked = basis["terms"]
        terms = recommended_terms(grade.terms_ceiling_days, None if asked is None else round(asked)) if grade else None
        vals = {
            "grade_id": ids.get(code),
            "limit_steps": [step.to_json() for step in recommendation.steps],
            "limit_recommended": recommendation.amount is not None,
            "terms_recommended": terms is not None,
        }
        if recommendation.amount is not None:
            vals["recommended_limit"] = recommendation.amount
        if terms is not None:
            vals["recommended_terms"] = terms
        if grade:
            vals |= {"pd": grade.pd_one_year, "lgd": grade.lgd}
            if exposure is not None:
                vals["expected_loss"] = expected_loss(
                    grade.pd_one_year, grade.lgd, exposure, inputs["formula"]["rounding"]
                )
        return vals

    # -- opinion, confirmation, end ------------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            if set(vals) - OPINION:
                raise AccessError(self.env._("An assessment is made of what is known, and not entered."))
            self._check_state("draft", self.env._("changed"))
            if {"override_grade_id", "override_reason"} & set(vals):
                self.check_access("write")
                # sudo: who moved the grade, and what that leads to, is for the server to say
                return self.sudo()._override(vals)
        return super().write(vals)

    def _override(self, vals):
        """Move the grade. Who only mends the reason has not moved it: whoever has still needs another to confirm it."""
        if "override_grade_id" in vals:
            moved = self.filtered(lambda assessment: assessment.override_grade_id.id != vals["override_grade_id"])
            moved.write({"overridden_by": self.env.uid, "overridden_on": fields.Datetime.now()})
        self.write(vals)
        self._apply_override()
        return True

    def _apply_override(self):
        ids = {grade.code: grade.id for grade in self.env["credit.grade"].search([])}
        for assessment in self:
            moved = assessment.override_grade_id
            if moved and not (assessment.override_reason or "").strip():
                raise ValidationError(self.env._("Say why the grade is moved: what does the scorecard not see?"))
            code = assessment._moved_grade() if moved else assessment.scored_grade_id.code or None
            if not moved:
                assessment.write({"overridden_by": False, "overridden_on": False, "override_reason": False})
            # figures that are unknown with the new grade become empty
            unknown = dict.fromkeys(("recommended_limit", "recommended_terms", "pd", "lgd", "expected_loss"), False)
            known = self._consequences(assessment.inputs, code, assessment.exposure, ids)
            assessment.write(unknown | known)

    def _moved_grade(self):
        """The code of the expert's grade, if it is one that an override may lead to."""
        grades = _scale(self.inputs)
        codes = [grade.code for grade in grades]
        scored, moved = self.scored_grade_id.code, self.override_grade_id.code
        if not scored:
            raise UserError(
                self.env._("Too little is known of “%s”: there is no grade to move.", self.partner_id.name)
            )
        if moved not in codes:
            raise UserError(self.env._("There was no grade “%s” at the time of the assessment.", moved))
        caps = [cap["grade"] for cap in self.inputs["caps"] if cap["grade"] in codes]
        cap = max(caps, key=codes.index, default=None)
        try:
            return notched(
                grades, scored, codes.index(scored) - codes.index(moved), self.company_id.credit_override_notches, cap
            )
        except NotchError as error:
            raise UserError(self.env._(NOTCH_ERRORS[error.kind], **error.values)) from error

    def _check_state(self, state, what):
        wrong = self.filtered(lambda assessment: assessment.state != state)
        if wrong:
            raise UserError(
                self.env._(
                    "The assessment “%(assessment)s” can't be %(what)s: it is %(state)s.",
                    assessment=wrong[0].display_name,
                    what=what,
                    state=dict(self._fields["state"]._description_selection(self.env))[wrong[0].state].lower(),
                )
            )

    def action_confirm(self):
        """Make the grade the customer's.

        :raises AccessError: only managers confirm, and nobody a grade that he has moved himself
        """
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers confirm assessments."))
        self.check_access("read")
        self._check_state("draft", self.env._("confirmed"))
        for assessment in self:
            if (
                assessment.override_grade_id
                and assessment.overridden_by == self.env.user
                and not assessment.profile_id.policy_id.allow_self_release
            ):
                raise AccessError(
                    self.env._(
                        "You moved the grade of “%s” yourself, so somebody else has to confirm it.",
                        assessment.partner_id.name,
                    )
                )
            if not assessment.grade_id:
                raise UserError(
                    self.env._(
                        "Not enough is known of “%(customer)s” for a grade. Missing: %(missing)s. Complete his file or"
                        " answer the questions, and assess him again.",
                        customer=assessment.partner_id.name,
                        missing=enumerated(self.env, assessment._lacking_lines().factor_id.mapped("display_name")),
                    )
                )
            newer = assessment.profile_id.assessment_id
            if newer.date and newer.date > assessment.date:
                raise UserError(
                    self.env._(
                        "A later assessment of “%(customer)s”, as of %(date)s, is confirmed already.",
                        customer=assessment.partner_id.name,
                        date=format_date(self.env, newer.date),
                    )
                )
        # sudo: the result is closed to everybody's writing; the right to confirm was checked above
        self.sudo()._confirm()
        return True

    def _confirm(self):
        """Confirm drafts that have a grade; at most one of a customer."""
        before = self.search([("profile_id", "in", self.profile_id.ids), ("state", "=", "confirmed")])
        before.write({"state": "superseded"})
        before.flush_recordset(["state"])
        profiles = {}
        for assessment in self:
            grade = _grade(assessment.inputs, assessment.grade_id.code)
            review = fields.Date.add(assessment.date, months=grade.review_months)
            assessment.next_review = review
            profiles[assessment.profile_id.id] = {
                "grade_id": assessment.grade_id.id,
                "score": assessment.score if assessment.scored else None,
                "assessment_id": assessment.id,
                "assessed_on": assessment.date,
                "next_review": review,
                "limit_recommended": assessment.limit_recommended,
                "recommended_limit": assessment.recommended_limit if assessment.limit_recommended else None,
                "pd": grade.pd_one_year,
                "lgd": grade.lgd,
            }
        self.write({"state": "confirmed", "confirmed_by": self.env.uid, "confirmed_on": fields.Datetime.now()})
        self.flush_recordset()
        if profiles:
            self.env["credit.profile"]._rate(profiles)

    def action_cancel(self):
        if not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts cancel assessments."))
        self.check_access("write")
        self._check_state("draft", self.env._("cancelled"))
        # sudo: as in action_confirm
        self.sudo()._cancel()
        return True

    def _cancel(self):
        self.write({"state": "cancelled"})

    def action_ask_limit(self):
        """Open the dialog in which the limit is asked for that a confirmed assessment recommends."""
        self.ensure_one()
        self.check_access("read")
        self._check_state("confirmed", self.env._("the ground for a limit"))
        if not self.limit_recommended:
            raise UserError(self.env._("“%s” recommends no limit: too little is known.", self.display_name))
        return self.profile_id._action_ask_for_limit(
            {
                "default_profile_ids": self.profile_id.ids,
                "default_assessment_id": self.id,
                "default_amount": self.recommended_limit,
                "default_note": self.env._(
                    "Assessed on %(date)s: grade %(grade)s.",
                    date=format_date(self.env, self.date),
                    grade=self.grade_id.code,
                ),
            }
        )

    def action_assess_again(self):
        """A new draft of what is known today."""
        self.ensure_one()
        return self.profile_id.action_assess()

    # -- what it says --------------------------------------------------------------------------------

    @api.depends("grade_id", "state", "line_ids", "override_grade_id")
    @api.depends_context("lang")
    def _compute_card(self):
        """What the rating widget shows; see ``static/src/rating``."""
        histories = self.search(
            [("profile_id", "in", self.profile_id.ids), ("state", "in", ("confirmed", "superseded"))], order="date, id"
        ).grouped("profile_id")
        for assessment in self:
            inputs = assessment.inputs
            if not inputs:
                assessment.card = False
                continue
            grade = _grade(inputs, assessment.grade_id.code)
            assessment.card = {
                "score": assessment.score if assessment.scored else None,
                "grade": grade and grade.code,
                "meaning": assessment.grade_id.name or "",
                "scored_grade": assessment.scored_grade_id.code if assessment.override_grade_id else None,
                "color": grade.color if grade else 0,
                "scorecard": assessment.scorecard_id.display_name,
                "completeness": assessment.completeness,
                "scale": [{"code": each.code, "floor": each.floor, "color": each.color} for each in _scale(inputs)],
                "caps": [cap.label for cap in assessment._caps()],
                "lacking": assessment._lacking_in_words(),
                "parts": [line._part() for line in assessment.line_ids],
                "history": [
                    {"date": fields.Date.to_string(each.date), "score": each.score, "grade": each.grade_id.code}
                    for each in histories.get(assessment.profile_id, self.browse())
                    if each.scored
                ],
                "limit": {
                    "amount": assessment._money(assessment.recommended_limit)
                    if assessment.limit_recommended
                    else None,
                    "steps": [assessment._step_in_words(step) for step in assessment.limit_steps or ()],
                },
                "advice": assessment._advice(),
            }

    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _step_in_words(self, step):
        """One line of the breakdown of a limit: what was done, from which figures, and where it stands."""
        stage, code = step["stage"], step["code"]
        label = LIMIT_METHODS[code].label if stage == "method" else CAPS.get(code) if stage == "cap" else STAGES[stage]
        figures = []
        # in this order, as the database keeps none
        for name, words in FIGURES.items():
            value, share = step["figures"].get(name), step["figures"].get(f"{name}_share")
            if value is not None:
                shown = self._money(value) if name in AMOUNTS else f"{value:.1%}" if name == "tax" else f"{value:g}"
                of_it = "" if share is None else f" × {share * 100:g} %"
                figures.append(f"{self.env._(words)} {shown}{of_it}")
        if step["reason"]:
            figures.append(self.env._(REASONS[step["reason"]]))
        return {
            "stage": stage,
            "label": self.env._(label),
            "figures": " · ".join(figures),
            "amount": None if step["amount"] is None else self._money(step["amount"]),
            "value": step["amount"],
        }

    def _rating(self):
        """The frozen scorecard and scale, ready to be asked again, and the frozen answers."""
        self.ensure_one()
        answers = {
            code: Answer(each["value"], age_days=each["age_days"]) for code, each in self.inputs["answers"].items()
        }
        return Rating(self.scorecard_id._engine(), _scale(self.inputs)), answers

    def _caps(self):
        """The knock-outs that were hit, in the reader's language."""
        self.ensure_one()
        if not self.inputs["caps"]:
            return ()
        rating, answers = self._rating()
        return rating.assess(answers).caps

    def _lacking_lines(self):
        """The factors whose values are not known, the heaviest first."""
        self.ensure_one()
        unknown = self.line_ids.filtered(lambda line: line.weight and line.state in ("missing", "unmatched"))
        return unknown.sorted("weight", reverse=True)

    def _lacking_in_words(self):
        """What is missing for a grade; None where there is one."""
        if self.grade_id:
            return None
        factors = [(line.factor_id.display_name, line.weight) for line in self._lacking_lines()]
        return self.scorecard_id._lacking_in_words(self.completeness, factors)

    def _advice(self):
        """What would raise the grade, in words: ``{grade, singles, together}``; None at the top and without a score."""
        rating, answers = self._rating()
        better = rating.raise_grade(answers)
        if not better:
            return None
        factors = {factor.code: factor for factor in self.scorecard_id.factor_ids}
        return {
            "grade": better.grade,
            "needed": better.needed,
            "singles": [self._change_in_words(change, factors[change.factor]) for change in better.singles[:5]],
            "together": [self._change_in_words(change, factors[change.factor]) for change in better.combination]
            if not better.singles
            else [],
        }

    def _change_in_words(self, change, factor):
        target = factor._shown(change.target)
        if isinstance(change.target, float | int) and (change.lower is not None or change.upper is not None):
            # what is meant is the band: its end is only a hair away from the next one
            if change.lower is None:
                target = self.env._("below %s", factor._shown(change.upper))
            elif change.upper is None:
                target = self.env._("%s or more", factor._shown(change.lower))
            else:
                target = self.env._("%(lower)s to below %(upper)s", lower=factor._shown(change.lower),
                                    upper=factor._shown(change.upper))  # fmt: skip
        kinds = {
            "better": self.env._("%(factor)s: %(target)s instead of %(value)s"),
            "fresh": self.env._("%(factor)s: known anew"),
            "supplied": self.env._("%(factor)s: known, and %(target)s"),
        }
        text = kinds[change.kind] % {
            "factor": factor.display_name,
            "target": target,
            "value": factor._shown(change.value),
        }
        return {"text": text, "gain": change.gain, "grade": change.grade}


def _scale(inputs):
    return [Grade.from_json(grade) for grade in inputs["grades"]]


def _grade(inputs, code):
    return next((grade for grade in _scale(inputs) if grade.code == code), None)


class CreditAssessmentLine(models.Model):
    """One factor's part in an assessment; written once, in bulk."""

    _name = "credit.assessment.line"
    _description = "Factor of an Assessment"
    _log_access = False
    _order = "assessment_id, sequence, id"
    _rec_name = "factor_id"

    assessment_id = fields.Many2one("credit.assessment", required=True, index=True, ondelete="cascade")
    factor_id = fields.Many2one(
        "credit.scorecard.factor", required=True, readonly=True, ondelete="restrict",
        help="The indicator or question of the scorecard.",
    )  # fmt: skip
    sequence = fields.Integer(readonly=True)
    state = fields.Selection(
        [("known", "Known"), ("stale", "Out of date"), ("missing", "Unknown"), ("unmatched", "In no band")],
        readonly=True,
        required=True,
        help="Whether the figure is known, out of date, or unknown, and so what it counts for.",
    )
    value = fields.Float("Figure", readonly=True, digits=(16, 4))
    answer = fields.Char(readonly=True)
    shown = fields.Char("Value", compute="_compute_shown", help="What was known, in its unit.")
    as_of = fields.Date("As of", readonly=True, help="The day that the value is of.")
    band = fields.Char(readonly=True, help="The values that get the same points.")
    points = fields.Float(readonly=True, digits=(16, 2), help="0 to 100, after any loss for age.")
    weight = fields.Float("Weight (%)", readonly=True, digits=(16, 2), help="Of the scorecard.")
    effective_weight = fields.Float(
        "Weight used (%)", readonly=True, digits=(16, 2), help="What is unknown has its weight spread over the rest."
    )
    contribution = fields.Float(readonly=True, digits=(16, 2), help="Points of the score: points × weight used.")
    cost = fields.Float(
        "Lost for age or gaps", readonly=True, digits=(16, 2),
        help="Points of the score that old or unknown information costs; negative where it helps.",
    )  # fmt: skip
    evidence = fields.Char("Evidence as kept", readonly=True, help="Where the value is from, without words.")
    evidence_words = fields.Char("Evidence", compute="_compute_evidence_words", help="Where the value is from.")
    evidence_model = fields.Char(readonly=True)
    evidence_ids = fields.Json("Records of the evidence", readonly=True)

    @api.model
    def _make(self, found):
        """Insert the lines of new assessments.

        :param found: (assessment, engine.scorecard.Assessment, {factor code: Reading}, day) tuples
        """
        rows = []
        cards = {}
        for assessment, result, readings, _as_of in found:
            card = assessment.scorecard_id
            if card not in cards:
                cards[card] = {factor.code: (number, factor.id) for number, factor in enumerate(card.factor_ids)}
            for part in result.contributions:
                number, factor_id = cards[card][part.code]
                reading = readings.get(part.code)
                is_answer = isinstance(part.value, str)
                rows.append(
                    (
                        assessment.id,
                        factor_id,
                        number,
                        part.state,
                        None if is_answer else part.value,
                        part.value if is_answer else None,
                        reading and reading.as_of,
                        _band(part),
                        part.points,
                        part.weight,
                        part.effective_weight,
                        part.contribution,
                        part.cost,
                        reading.evidence.text if reading else None,
                        reading.evidence.model if reading else None,
                        fields.Json.convert_to_column(self._fields["evidence_ids"], list(reading.evidence.ids), self)
                        if reading
                        else None,
                    )
                )
        self.env["credit.assessment"].flush_model()
        self.env.cr.execute_values(
            """INSERT INTO credit_assessment_line (
                   assessment_id, factor_id, sequence, state, value, answer, as_of, band, points, weight,
                   effective_weight, contribution, cost, evidence, evidence_model, evidence_ids)
               VALUES %s""",
            rows,
            page_size=2000,
        )
        self.env["credit.assessment"].invalidate_model(["line_ids"])

    @api.depends("value", "answer", "state")
    @api.depends_context("lang")
    def _compute_shown(self):
        for line in self:
            line.shown = "" if line.state == "missing" else line.factor_id._shown(line.answer or line.value)

    @api.depends("evidence", "evidence_model", "factor_id")
    @api.depends_context("lang")
    def _compute_evidence_words(self):
        for line in self:
            line.evidence_words = line.factor_id._evidence_in_words(line.evidence, line.evidence_model)

    def _part(self):
        """What a bar of contributions shows; see ``static/src/rating``."""
        return {
            "id": self.id,
            "code": self.factor_id.code,
            "label": self.factor_id.display_name,
            "state": self.state,
            "value": self.shown,
            "band": self.band or "",
            "points": self.points if self.effective_weight or self.state != "missing" else None,
            "weight": self.weight,
            "effective_weight": self.effective_weight,
            "contribution": self.contribution,
            "cost": self.cost,
            "as_of": fields.Date.to_string(self.as_of) if self.as_of else None,
            "evidence": self.evidence_words or "",
            "linked": bool(self.evidence_model),
        }

    def action_view_evidence(self):
        """The records that the value is from; where none is named, all of the customer's."""
        self.ensure_one()
        model = self.evidence_model
        if not model:
            raise UserError(self.env._("There is nothing to look at for “%s”.", self.factor_id.display_name))
        profile = self.assessment_id.profile_id
        domains = {
            "account.move": [
                ("commercial_partner_id", "=", profile.partner_id.id),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("company_id", "child_of", profile.company_id.id),
            ],
            "sale.order": [
                ("partner_invoice_id", "child_of", profile.partner_id.id),
                ("company_id", "child_of", profile.company_id.id),
                ("state", "=", "sale"),
            ],
            "credit.exposure": [("profile_id", "=", profile.id)],
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.factor_id.display_name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": domains.get(model, [("id", "in", self.evidence_ids or [])]),
        }


def _band(part):
    """The bounds of the band that was hit, in signs that need no translation."""
    if part.lower is None and part.upper is None:
        return None
    if part.lower is None:
        return f"< {part.upper:g}"
    return f"≥ {part.lower:g}" if part.upper is None else f"{part.lower:g} – {part.upper:g}"
