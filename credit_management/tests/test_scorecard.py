# Part of credit_management. License LGPL-3.0 or later.
"""Grades, questions and scorecards: what may be built, by whom, and how versions follow each other."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine.scorecard import validate, validate_grades
from .test_indicator import RatingCase


@tagged("post_install", "-at_install")
class TestScorecard(RatingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shipped = cls.env.ref("credit_management.scorecard_statements")

    def draft(self, weights=(60.0, 40.0), user=None):
        """A scorecard of two factors, bare enough to be broken."""
        return (
            self.env["credit.scorecard"]
            .with_user(user or self.admin)
            .create(
                {
                    "name": "Ours",
                    "code": "ours",
                    "factor_ids": [
                        Command.create(
                            {
                                "indicator": code,
                                "weight": weight,
                                "band_ids": [
                                    Command.create({"no_lower": True, "upper": 1.0, "points": points[0]}),
                                    Command.create({"lower": 1.0, "no_upper": True, "points": points[1]}),
                                ],
                            }
                        )
                        for code, weight, points in zip(
                            ("current_ratio", "median_days_late"), weights, ((0, 100), (100, 0)), strict=True
                        )
                    ],
                }
            )
        )

    # -- grades --------------------------------------------------------------------------------------

    def test_the_shipped_scale_is_whole(self):
        grades = self.env["credit.grade"]._scale()
        self.assertEqual([grade.code for grade in grades], ["AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D"])
        self.assertEqual(validate_grades(grades), [])
        steps = self.env["credit.grade"].search([]).mapped("quality_step")
        self.assertEqual(steps, sorted(steps))
        bb = self.env.ref("credit_management.grade_bb")
        # FORMULAS: 7.5 % in three years are 2.565 % in one, which is step 4
        self.assertAlmostEqual(bb.pd, 0.02565, 5)
        self.assertEqual(bb.quality_step, 4)

    def test_a_scale_that_is_not_whole_is_refused(self):
        grade = self.env.ref("credit_management.grade_bbb").with_user(self.admin)
        for values, what in (
            ({"floor": 80.0}, "floor"),
            ({"floor": -1.0}, "floor"),
            ({"pd": 1.5}, "probability"),
            ({"pd": 0.0}, "probability"),
            ({"lgd": -0.1}, "loss given default"),
            ({"limit_factor": 9.0}, "limit factor"),
            ({"terms_ceiling_days": 400}, "terms"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, what):
                grade.write(values)
        with self.assertRaises(UserError):
            self.env.ref("credit_management.grade_d").unlink()
        with self.assertRaises(AccessError):
            grade.with_user(self.manager).write({"floor": 66.0})

    # -- questions -----------------------------------------------------------------------------------

    def test_answers_are_dated_signed_and_stay(self):
        question = self.env.ref("credit_management.question_management")
        answer = (
            self.env["credit.answer"]
            .with_user(self.analyst)
            .create(
                {
                    "profile_id": self.profile.id,
                    "question_id": question.id,
                    "choice_id": question.choice_ids[0].id,
                    "user_id": self.manager.id,
                }
            )
        )
        self.assertEqual(answer.user_id, self.analyst)
        with self.assertRaisesRegex(AccessError, "stays as it was given"):
            answer.write({"choice_id": question.choice_ids[1].id})
        with self.assertRaises(AccessError):
            answer.unlink()
        with self.assertRaisesRegex(ValidationError, "no answer to"):
            self.env["credit.answer"].create(
                {
                    "profile_id": self.profile.id,
                    "question_id": question.id,
                    "choice_id": self.env.ref("credit_management.choice_market_1").id,
                }
            )
        with self.assertRaises(AccessError):
            self.env["credit.answer"].with_user(self.salesperson).search([])

    def test_the_questionnaire_keeps_what_is_new(self):
        wizard = self.env["credit.questionnaire"].with_user(self.analyst)
        form = Form(wizard.with_context(default_profile_id=self.profile.id))
        with form.line_ids.edit(0) as line:
            line.choice_id = self.env.ref("credit_management.choice_management_2")
            line.note = "Met them"
        form.save().action_answer()
        answers = self.env["credit.answer"].search([("profile_id", "=", self.profile.id)])
        self.assertRecordValues(answers, [{"note": "Met them", "user_id": self.analyst.id}])
        form = Form(wizard.with_context(default_profile_id=self.profile.id))
        self.assertEqual(form.line_ids._records[0]["choice_id"], answers.choice_id.id)
        form.save().action_answer()
        self.assertEqual(self.env["credit.answer"].search([("profile_id", "=", self.profile.id)]), answers)

    def test_a_question_has_a_choice(self):
        with self.assertRaisesRegex(ValidationError, "at least two"):
            self.env["credit.question"].create(
                {"name": "Is it?", "code": "is_it", "choice_ids": [Command.create({"name": "Yes"})]}
            )

    # -- scorecards ----------------------------------------------------------------------------------

    def test_the_shipped_ones_are_ready(self):
        cards = self.env["credit.scorecard"].search([("state", "=", "active"), ("company_id", "=", False)])
        self.assertEqual(set(cards.mapped("fits")), {"statements", "payment", "new"})
        grades = self.env["credit.grade"]._scale()
        for card in cards:
            self.assertEqual(validate(card._engine(), grades), [])
            self.assertEqual(card.total_weight, 100.0)

    def test_activation_lists_every_problem(self):
        card = self.draft((60.0, 30.0))
        card.factor_ids[0].band_ids[1].lower = 2.0
        card.factor_ids[1].band_ids[1].lower = 0.5
        card.factor_ids[1].band_ids[0].points = 120.0
        with self.assertRaises(ValidationError) as raised:
            card.action_activate()
        for problem in ("add up to 90", "no band from 1 to 2", "two bands from 0.5 to 1", "120 points"):
            self.assertIn(problem, str(raised.exception))
        self.assertEqual(card.state, "draft")

    def test_an_active_version_is_never_edited(self):
        card = self.draft()
        card.action_activate()
        factor = card.factor_ids[0]
        for change in (
            lambda: card.write({"fits": "new"}),
            lambda: card.write({"state": "draft"}),
            lambda: card.write({"factor_ids": [Command.unlink(factor.id)]}),
            lambda: factor.write({"weight": 1.0}),
            lambda: factor.band_ids[0].write({"points": 1.0}),
            factor.band_ids[0].unlink,
            factor.unlink,
            lambda: self.env["credit.scorecard.band"]
            .with_user(self.admin)
            .create({"factor_id": factor.id, "no_lower": True, "no_upper": True}),
            lambda: self.draft().factor_ids[0].write({"scorecard_id": card.id}),
            card.unlink,
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                change()
        card.write({"description": "What it is for may be said better"})

    def test_versions_follow_each_other(self):
        card = self.draft()
        card.action_activate()
        draft = card.browse(card.action_new_version()["res_id"])
        self.assertEqual((draft.code, draft.version, draft.state), ("ours", 2, "draft"))
        self.assertEqual(draft._engine().factors, card._engine().factors)
        self.assertEqual(card.action_new_version()["res_id"], draft.id)
        draft.factor_ids[0].weight, draft.factor_ids[1].weight = 50.0, 50.0
        draft.action_activate()
        self.assertEqual((card.state, draft.state), ("retired", "active"))
        self.assertEqual(draft.activated_by, self.admin)
        copy = card.copy()
        self.assertNotEqual(copy.code, card.code)

    @mute_logger("odoo.sql_db")
    def test_who_builds_scorecards(self):
        for user in (self.analyst, self.manager):
            self.assertTrue(self.shipped.with_user(user).factor_ids.band_ids)
            with self.assertRaises(AccessError):
                self.draft(user=user)
            with self.assertRaises(AccessError):
                self.shipped.with_user(user).action_retire()
            with self.assertRaises(AccessError):
                self.shipped.with_user(user).action_new_version()
        with self.assertRaises(AccessError):
            self.shipped.with_user(self.salesperson).read(["name"])

    def test_a_rpc_client_does_not_make_an_active_one(self):
        card = self.env["credit.scorecard"].with_user(self.admin).create(
            {"name": "Sly", "code": "sly", "state": "active", "version": 7}
        )  # fmt: skip
        self.assertEqual((card.state, card.version), ("draft", 1))

    def test_preview_follows_the_screen(self):
        self.statement(self.customer)
        card = self.draft()
        card.preview_profile_id = self.profile
        self.assertEqual(card.preview["score"], 100.0)
        self.assertEqual(card.preview["problems"], [])
        with Form(card) as form:
            form.preview_profile_id = self.profile
            with form.factor_ids.edit(0) as factor:
                factor.weight = 30.0
            self.assertIn("add up to 70", form.preview["problems"][0])
            with form.factor_ids.edit(0) as factor, factor.band_ids.edit(1) as band:
                band.points = 40.0
            self.assertEqual(form.preview["score"], 40.0)
        self.assertFalse(self.env["credit.assessment"].search([("scorecard_id", "=", card.id)]))

    def test_a_question_brings_its_answers(self):
        card = self.draft()
        question = self.env.ref("credit_management.question_management")
        with Form(card) as form, form.factor_ids.new() as factor:
            factor.kind = "question"
            factor.question_id = question
            factor.weight = 0.0
        added = card.factor_ids[-1]
        self.assertEqual(added.band_ids.choice_id, question.choice_ids)
        self.assertEqual(added.band_ids.mapped("points"), [100.0, 67.0, 33.0, 0.0])
