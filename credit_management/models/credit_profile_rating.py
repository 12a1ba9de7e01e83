# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; how a customer is rated is a concept of its own
from bisect import bisect_left

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine.limits import Basis
from ..engine.loss import expected_loss
from ..engine.payment import repaid_on_time
from ..engine.ratios import RATIOS
from ..engine.scorecard import Rating
from ..indicators import Evidence, Facts, Reading, measure
from .credit_profile_information import ANALYST

# what the last confirmed assessment says; written by confirming one, and by nobody else
RATING = (
    "grade_id", "score", "assessment_id", "assessed_on", "next_review", "limit_recommended", "recommended_limit",
    "pd", "lgd", "expected_loss",
)  # fmt: skip
# so many settled invoices are a history to judge by
HISTORY = 3
# so many customers next in score are whom a limit is compared with
PEERS = 25


class CreditProfile(models.Model):
    """Grade, score and recommended limit, and how they come about.

    :meth:`_assess` is the only way to an assessment, for one customer as for thousands. What an assessment stands on
    is confidential; grade and score are for everybody who sees the profile.
    """

    _inherit = "credit.profile"

    grade_id = fields.Many2one(
        "credit.grade", readonly=True, index=True, ondelete="restrict",
        help="The grade of the confirmed assessment.",
    )  # fmt: skip
    grade_color = fields.Integer(related="grade_id.color", string="Colour of the grade")
    # empty in the database where there is none, so that averages and filters leave it out
    score = fields.Float(readonly=True, aggregator="avg", digits=(16, 2), help="0 to 100; see the last assessment.")
    assessed_on = fields.Date("Assessed on", readonly=True, help="The day of the assessment that is in force.")
    assessment_id = fields.Many2one(
        "credit.assessment", readonly=True, groups=ANALYST, ondelete="restrict",
        help="The confirmed assessment that the grade comes from.",
    )  # fmt: skip
    next_review = fields.Date(
        "Next review", readonly=True, index=True, groups=ANALYST, help="By the review cycle of the grade."
    )
    limit_recommended = fields.Boolean("Limit is recommended", readonly=True, groups=ANALYST)
    recommended_limit = fields.Monetary(
        "Recommended limit", readonly=True, groups=ANALYST,
        help="What the last assessment recommends. Granting it is another step.",
    )  # fmt: skip
    pd = fields.Float(
        "Probability of default", readonly=True, aggregator="avg", digits=(16, 6), groups=ANALYST,
        help="Within one year, by the grade.",
    )  # fmt: skip
    lgd = fields.Float(
        "Loss given default", readonly=True, aggregator="avg", digits=(16, 4), groups=ANALYST,
        help="The part of the exposure that is lost if the customer defaults, after guarantees.",
    )  # fmt: skip
    expected_loss = fields.Monetary(
        "Expected loss", readonly=True, groups=ANALYST, help="Probability of default × loss given default × exposure."
    )
    scorecard_id = fields.Many2one(
        "credit.scorecard",
        "Scorecard chosen",
        groups=ANALYST,
        tracking=True,
        domain="[('state', '=', 'active'), ('company_id', 'in', (company_id, False))]",
        help="Leave empty to let the one be used that fits what is known of the customer.",
    )
    answer_ids = fields.One2many("credit.answer", "profile_id", "Answers", groups=ANALYST)
    assessment_ids = fields.One2many("credit.assessment", "profile_id", "Assessments", groups=ANALYST)
    draft_assessment_id = fields.Many2one(
        "credit.assessment", "Assessment to confirm", compute="_compute_draft_assessment_id", groups=ANALYST,
        help="It has no effect until somebody confirms it.",
    )
    draft_graded = fields.Boolean(
        compute="_compute_draft_assessment_id", groups=ANALYST, help="Enough was known to give the draft a grade."
    )
    rating = fields.Json(compute="_compute_rating", groups=ANALYST)

    _next_review_active = models.Index("(next_review) WHERE active")

    @api.model
    def _figures(self):
        return (*super()._figures(), *RATING)

    # -- what an assessment reads --------------------------------------------------------------------

    def _readings(self, facts, factors):
        """The values that scorecard factors look at: ``{profile id: {factor code: Reading}}``; unknown ones are left
        out."""
        as_of = facts.as_of
        codes = {factor.indicator for factor in factors if factor.kind == "indicator" and factor.indicator}
        found = measure(self, as_of, facts, codes)
        questions = {
            factor.question_id.id: factor.code for factor in factors if factor.kind == "question" and factor.code
        }
        if questions:
            for profile_id, answers in self.env["credit.answer"]._latest(self, as_of).items():
                for question_id, answer in answers.items():
                    if question_id in questions:
                        found[profile_id][questions[question_id]] = Reading(
                            str(answer.choice_id.id),
                            answer.date,
                            Evidence(answer.note or "", "credit.answer", answer._ids),
                        )
        return found

    def _scorecards(self, facts):
        """The active scorecard for each of these customers: ``{profile id: credit.scorecard}``.

        The one chosen on the profile, in its active version; otherwise the first that fits what is known: a confirmed
        statement, payment history, or neither. A company's own comes before a shared one.
        """
        none = self.env["credit.scorecard"]
        by_code, by_kind = {}, {}
        for card in none.search([("state", "=", "active")]):
            by_code.setdefault((card.company_id.id, card.code), card)
            by_kind.setdefault((card.company_id.id, card.fits), card)
        found = {}
        for profile in self:
            # a company's own, then a shared one
            companies = (profile.company_id.id, False)
            wanted = [(by_code, profile.scorecard_id.code)] if profile.scorecard_id else []
            wanted += [(by_kind, kind) for kind in _fitting(profile.id, facts)]
            fitting = (cards.get((company, name)) for cards, name in wanted for company in companies)
            found[profile.id] = next(filter(None, fitting), none)
        return found

    def _bases(self, facts, formulas):
        """What limits are reckoned from: ``{profile id: engine.limits.Basis}``, without peers.

        :param formulas: ``{profile id: engine.limits.Formula}``
        """
        found = {}
        for profile in self:
            balance = facts.balances.get(profile.id)
            relationship = facts.relationships.get(profile.id)
            behaviour = facts.behaviours.get(profile.id)
            formula = formulas[profile.id]
            repaid = None
            if "history" in formula.methods:
                repaid = repaid_on_time(facts.portions.get(profile.id, ()), facts.as_of, grace=profile.grace_days)
            sold = relationship and relationship.turnover
            found[profile.id] = Basis(
                net_worth=balance and balance.get("total_equity"),
                tangible_net_worth=balance and RATIOS["tangible_net_worth"].value(balance),
                working_capital=balance and RATIOS["working_capital"].value(balance),
                turnover=balance and balance.annual("revenue"),
                # what was sold in a year is what is expected to be sold in the next
                forecast=None if sold is None else max(0.0, sold) * formula.horizon / 365.0,
                tax=relationship.tax if relationship else 0.0,
                terms=behaviour and behaviour.terms,
                repaid=repaid,
            )
        return found

    def _peers(self):
        """Rated customers with a limit in force, of these companies: ``{company id: [(score, profile id, limit)]}``,
        ordered by score."""
        self.flush_model(["score", "limit_amount", "limit_status", "company_id", "active"])
        found = {company_id: [] for company_id in self.company_id.ids}
        for company_id, *peer in self.env.execute_query(
            SQL(
                """SELECT company_id, score::float8, id, limit_amount::float8 FROM credit_profile
                    WHERE active AND score IS NOT NULL AND limit_status = 'valid' AND company_id = ANY(%s)
                    ORDER BY score, id""",
                list(found),
            )
        ):
            found[company_id].append(tuple(peer))
        return found

    # -- assessing -----------------------------------------------------------------------------------

    def _assess(self, as_of=None, run=None):
        """Assess these customers: one draft each, in a bounded number of queries.

        A draft from before gives way, unless somebody has put an override on it: then there is no new one.

        :param as_of: the day to look at things as known then; today by default
        :param run: the ``credit.assessment.run`` that asked for it
        :return: the new ``credit.assessment`` records
        :raises UserError: no scorecard fits a customer
        """
        as_of = as_of or fields.Date.today()
        # sudo: an assessment reads everything that is known of a customer; who may have one made was checked before
        profiles = self.sudo().filtered("active")
        assessments = profiles.env["credit.assessment"]
        drafts = assessments.search([("profile_id", "in", profiles.ids), ("state", "=", "draft")])
        profiles -= drafts.filtered("override_grade_id").profile_id
        if not profiles:
            return assessments
        facts = Facts(profiles, as_of)
        cards = profiles._scorecards(facts)
        without = profiles.filtered(lambda profile: not cards[profile.id])
        if without:
            raise UserError(
                self.env._("There is no active scorecard for “%s”. Activate one that fits.", without[0].partner_id.name)
            )
        grades = self.env["credit.grade"]._scale()
        used = self.env["credit.scorecard"].union(*cards.values()).sudo()
        ratings = {card: Rating(card._engine(), grades) for card in used}
        # measured once for all; a rating takes what its factors ask for
        readings = profiles._readings(facts, used.factor_ids)
        results = {
            profile_id: ratings[cards[profile_id]].assess(
                {code: reading.answer(as_of) for code, reading in readings[profile_id].items()}
            )
            for profile_id in profiles.ids
        }
        (drafts & drafts.filtered(lambda draft: draft.profile_id in profiles))._cancel()
        formulas = profiles._limit_formulas()
        return assessments._make(
            profiles, as_of, run, facts, cards, grades, results, readings, formulas, profiles._bases(facts, formulas)
        )

    def _limit_formulas(self):
        """How limits are reckoned: ``{profile id: engine.limits.Formula}`` by policy and company."""
        made = {}
        for profile in self:
            key = (profile.policy_id, profile.company_id)
            if key not in made:
                made[key] = profile.policy_id._limit_formula(profile.company_id)
        return {profile.id: made[profile.policy_id, profile.company_id] for profile in self}

    def _nearest_peers(self, peers, score):
        """The limits of the :data:`PEERS` customers nearest in score, this one left out."""
        self.ensure_one()
        if score is None:
            return ()
        place = bisect_left(peers, (score,))
        near = sorted(
            (peer for peer in peers[max(0, place - PEERS - 1) : place + PEERS + 1] if peer[1] != self.id),
            key=lambda peer: (abs(peer[0] - score), peer[1]),
        )
        return tuple(limit for _score, _profile_id, limit in near[:PEERS])

    def action_assess(self):
        """The button: assess one customer and show it; assess several in the background.

        :raises AccessError: only analysts assess
        """
        self._check_analyst()
        if len(self) != 1:
            run = self.env["credit.assessment.run"].create({"scope": "selection", "profile_ids": [(6, 0, self.ids)]})
            return run._action_form()
        if not self.active:
            raise UserError(self.env._("“%s” is not under credit control any more.", self.partner_id.name))
        assessment = self._assess() or self.draft_assessment_id
        return assessment.sudo(False)._action_form()

    def _check_analyst(self):
        if not self.env.user.has_group(ANALYST):
            raise AccessError(self.env._("Only credit analysts assess customers."))
        self.check_access("read")

    def action_answer(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Questions about %s", self.partner_id.name),
            "res_model": "credit.questionnaire",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_view_assessments(self):
        return self._action_related("credit.assessment", self.env._("Assessments"), "list,form,graph")

    # -- what a confirmed assessment leaves on the profile -------------------------------------------

    @api.model
    def _rate(self, values):
        """Write what confirmed assessments say.

        :param values: ``{profile id: {name in RATING: value}}``; None is unknown
        """
        names = [name for name in RATING if name != "expected_loss"]
        profiles = self.browse(values)
        before = {profile.id: profile.grade_id.code for profile in profiles}
        casts = {"score": "numeric", "pd": "numeric", "lgd": "numeric", "recommended_limit": "numeric"}
        casts |= dict.fromkeys(("grade_id", "assessment_id"), "integer")
        casts |= dict.fromkeys(("assessed_on", "next_review"), "date") | {"limit_recommended": "boolean"}
        assignments = SQL(", ").join(
            SQL("%s = new.%s::" + casts[name], SQL.identifier(name), SQL.identifier(name)) for name in names
        )
        columns = SQL(", ").join(map(SQL.identifier, ("id", *names)))
        rows = SQL(", ").join(
            SQL("(%s)", SQL(", ").join(SQL("%s", value) for value in (key, *(each[name] for name in names))))
            for key, each in values.items()
        )
        self.flush_model(names)
        self.env.cr.execute(
            SQL(
                "UPDATE credit_profile profile SET %s FROM (VALUES %s) AS new (%s) WHERE profile.id = new.id",
                assignments,
                rows,
                columns,
            )
        )
        profiles.invalidate_recordset(RATING)
        profiles._refresh_expected_loss()
        changed = profiles.filtered(lambda profile: before[profile.id] != profile.grade_id.code)
        changed._recheck_holds()
        changed = changed.filtered(lambda profile: before[profile.id])
        if changed:
            changed._message_log_batch(
                {
                    profile.id: self.env._(
                        "Grade: %(before)s → %(after)s", before=before[profile.id], after=profile.grade_id.code
                    )
                    for profile in changed
                }
            )
        profiles._watch()

    def _refresh(self):
        result = super()._refresh()
        self._refresh_expected_loss()
        return result

    def _refresh_expected_loss(self):
        """Probability of default × loss given default × exposure, as that is stored; NULL without a grade."""
        self.flush_model(["exposure", "grade_id", "pd", "lgd"])
        roundings = {profile.id: profile.currency_id.rounding for profile in self}
        values = [
            (profile_id, expected_loss(pd, lgd, exposure or 0.0, roundings[profile_id]))
            for profile_id, pd, lgd, exposure in self.env.execute_query(
                SQL(
                    """SELECT id, pd::float8, lgd::float8, exposure::float8 FROM credit_profile
                        WHERE id = ANY(%s) AND grade_id IS NOT NULL""",
                    self.ids,
                )
            )
        ]
        if values:
            self.env.cr.execute_values(
                """UPDATE credit_profile profile SET expected_loss = new.loss::numeric
                     FROM (VALUES %s) AS new (id, loss)
                    WHERE profile.id = new.id""",
                values,
                page_size=1000,
            )
        self.invalidate_recordset(["expected_loss"])

    def _give_way(self, kept):
        result = super()._give_way(kept)
        assessments = self.env["credit.assessment"].search([("profile_id", "=", self.id)])
        if kept.assessment_id:
            assessments.filtered(lambda each: each.state == "confirmed").state = "superseded"
        assessments.filtered(lambda each: each.state == "draft")._cancel()
        self.env.flush_all()
        own = {name: self[name] for name in RATING}
        self.assessment_id = False
        assessments.profile_id = kept
        self.env["credit.answer"].search([("profile_id", "=", self.id)]).profile_id = kept
        if not kept.assessment_id and own["assessment_id"]:
            kept.write(own)
        return result

    # -- on the screen -------------------------------------------------------------------------------

    @api.depends("assessment_ids.state")
    def _compute_draft_assessment_id(self):
        drafts = self.env["credit.assessment"].search([("profile_id", "in", self.ids), ("state", "=", "draft")])
        by_profile = drafts.grouped("profile_id")
        for profile in self:
            profile.draft_assessment_id = by_profile.get(profile._origin, drafts.browse())[:1]
            profile.draft_graded = bool(profile.draft_assessment_id.grade_id)

    @api.depends("assessment_id", "assessment_ids.state")
    @api.depends_context("lang")
    def _compute_rating(self):
        for profile in self:
            assessment = profile.assessment_id
            profile.rating = assessment.card if assessment else False


def _fitting(profile_id, facts):
    """The kinds of scorecard that fit a customer, the best first."""
    if facts.statements.get(profile_id):
        yield "statements"
    behaviour = facts.behaviours.get(profile_id)
    if behaviour and behaviour.settled >= HISTORY:
        yield "payment"
    yield "new"
