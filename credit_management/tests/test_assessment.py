# Part of credit_management. License LGPL-3.0 or later.
"""Assessments: what goes in, what comes out, who may do what, and that nothing changes afterwards."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from odoo.addons.base.models.ir_cron import IrCron

from ..models.credit_profile_rating import CreditProfile
from .test_indicator import RatingCase

QUESTIONS = ("management", "references", "market", "ownership", "premises", "dependence")


@tagged("post_install", "-at_install")
class TestAssessment(RatingCase):
    def answer(self, profile=None, place=0, questions=QUESTIONS):
        """Answers to questions, by default to enough of them for a grade; ``place``: how good, 0 is best."""
        asked = [self.env.ref(f"credit_management.question_{question}") for question in questions]
        return self.env["credit.answer"].create(
            [
                {
                    "profile_id": (profile or self.profile).id,
                    "question_id": question.id,
                    "choice_id": question.choice_ids[: place + 1][-1].id,
                }
                for question in asked
            ]
        )

    def assess(self, profile=None, confirm=False):
        assessment = (profile or self.profile)._assess()
        if confirm:
            assessment.sudo(False).with_user(self.manager).action_confirm()
        return assessment.sudo(False)

    # -- which scorecard -----------------------------------------------------------------------------

    def test_the_scorecard_fits_what_is_known(self):
        self.assertEqual(self.assess().scorecard_id.fits, "new")
        self.history(self.customer, 3, count=2)
        self.assertEqual(self.assess().scorecard_id.fits, "new", "two invoices are no history")
        self.history(self.customer, 3, count=1)
        self.assertEqual(self.assess().scorecard_id.fits, "payment")
        self.statement(self.customer)
        self.assertEqual(self.assess().scorecard_id.fits, "statements")
        self.profile.scorecard_id = self.env.ref("credit_management.scorecard_new")
        self.assertEqual(self.assess().scorecard_id.fits, "new")

    def test_its_limit_is_asked_for_from_there(self):
        """As any other: what is recommended grants nothing, and it is for analysts to know."""
        self.answer()
        draft = self.assess()
        draft.sudo().write({"limit_recommended": True, "recommended_limit": 4200.0})
        with self.assertRaisesRegex(UserError, "it is draft"):
            draft.with_user(self.analyst).action_ask_limit()
        draft.with_user(self.manager).action_confirm()
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                draft.with_user(user).action_ask_limit()
        context = draft.with_user(self.analyst).action_ask_limit()["context"]
        form = Form(self.env["credit.limit.request"].with_user(self.analyst).with_context(**context))
        self.assertEqual(form.amount, 4200.0)
        self.assertIn(draft.grade_id.code, form.note)
        limit = self.env["credit.limit"].browse(form.save().action_ask()["res_id"])
        self.assertRecordValues(
            limit, [{"amount": 4200.0, "origin": "assessment", "assessment_id": draft.id, "state": "requested"}]
        )
        with self.assertRaisesRegex(AccessError, "Use the buttons"):
            limit.with_user(self.manager).write({"assessment_id": False})
        with self.assertRaises(AccessError):
            limit.with_user(self.salesperson).read(["assessment_id"])
        # what recommends nothing is no ground for asking
        draft.sudo().limit_recommended = False
        with self.assertRaisesRegex(UserError, "recommends no limit"):
            draft.with_user(self.analyst).action_ask_limit()

    def test_a_batch_may_need_several_scorecards(self):
        """Each customer is assessed as if he were alone."""
        paying, told = self.another("Paying Ltd"), self.another("Told Ltd")
        self.statement(self.customer)
        self.history(paying.partner_id, 3)
        self.answer(told)
        several = self.profile | paying | told
        together = several._assess()
        self.assertEqual(together.mapped("scorecard_id.fits"), ["statements", "payment", "new"])
        for assessment in together:
            alone = assessment.profile_id._assess()
            self.assertEqual(alone.scorecard_id, assessment.scorecard_id)
            self.assertEqual((alone.score, alone.inputs), (assessment.score, assessment.inputs))
            self.assertEqual(alone.limit_steps, assessment.limit_steps)

    def test_a_companys_own_comes_first_and_a_choice_follows_versions(self):
        shared = self.env.ref("credit_management.scorecard_new")
        own = shared.copy({"code": "own", "company_id": self.company.id})
        own.action_activate()
        self.assertEqual(self.assess().scorecard_id, own)
        other = shared.copy({"code": "chosen", "fits": "chosen"})
        other.action_activate()
        self.profile.scorecard_id = other
        later = self.env["credit.scorecard"].browse(other.action_new_version()["res_id"])
        later.action_activate()
        self.assertEqual(self.assess().scorecard_id, later)

    def test_without_a_scorecard_it_says_so(self):
        self.env["credit.scorecard"].search([("state", "=", "active")]).action_retire()
        with self.assertRaisesRegex(UserError, "no active scorecard for “Lumber Inc”"):
            self.profile.with_user(self.analyst).action_assess()

    # -- what it says --------------------------------------------------------------------------------

    def test_every_point_is_explained(self):
        statement = self.statement(self.customer)
        self.history(self.customer, 12)
        self.answer()
        assessment = self.assess()
        lines = assessment.line_ids
        self.assertAlmostEqual(sum(lines.mapped("contribution")), assessment.score, 2)
        self.assertAlmostEqual(sum(lines.mapped("effective_weight")), 100.0, 2)
        self.assertEqual(lines.factor_id, assessment.scorecard_id.factor_ids)
        by_code = {line.factor_id.code: line for line in lines}
        equity = by_code["equity_ratio"]
        self.assertEqual((equity.value, equity.points, equity.band), (37.5, 100.0, "≥ 30"))
        self.assertEqual(equity.as_of, statement.date_end)
        self.assertEqual((equity.evidence_model, equity.evidence_ids), ("credit.statement", statement.ids))
        self.assertEqual(equity.action_view_evidence()["domain"], [("id", "in", statement.ids)])
        late = by_code["median_days_late"]
        self.assertEqual((late.value, late.points, late.evidence_model), (12.0, 70.0, "account.move"))
        invoices = self.env["account.move"].search(late.action_view_evidence()["domain"])
        self.assertEqual(len(invoices), 4)
        self.assertEqual(by_code["question_management"].shown, "Strong")
        self.assertEqual(by_code["adverse_records"].state, "missing")
        self.assertEqual(assessment.grade_id, assessment.scored_grade_id)
        self.assertTrue(assessment.card["advice"]["singles"] or assessment.card["advice"]["together"])
        # what it would take is true: reckoned again with it, the grade is better
        rating, answers = assessment._rating()
        self.assertEqual(rating.assess(answers).score, assessment.score)

    def test_nothing_known_gives_no_grade(self):
        assessment = self.assess()
        self.assertFalse(assessment.scored or assessment.grade_id or assessment.limit_recommended)
        self.env.cr.execute("SELECT score, pd, recommended_limit FROM credit_assessment WHERE id = %s", assessment.ids)
        self.assertEqual(self.env.cr.fetchone(), (None, None, None))
        self.assertIsNone(assessment.card["score"])
        with self.assertRaisesRegex(UserError, "Not enough is known of “Lumber Inc” for a grade. Missing: External"):
            assessment.with_user(self.manager).action_confirm()

    def test_too_little_known_gives_no_grade_and_says_what_is_missing(self):
        self.answer(questions=["management", "market"])
        assessment = self.assess()
        self.assertTrue(assessment.scored)
        self.assertAlmostEqual(assessment.completeness, 0.2)
        self.assertFalse(assessment.grade_id or assessment.scored_grade_id or assessment.limit_recommended)
        lacking = assessment.card["lacking"]
        self.assertEqual(
            lacking["text"], "No grade: 20% of the weights are known, and the scorecard asks for 50%."
        )
        self.assertIn("Missing: External score (25 %), Adverse records of 3 years (15 %), ", lacking["missing"])
        self.assertIsNone(assessment.card["advice"])
        with self.assertRaisesRegex(UserError, "Missing: External score, Adverse records of 3 years, What do"):
            assessment.with_user(self.manager).action_confirm()
        self.assertFalse(self.profile.with_user(self.analyst).draft_graded)
        # nor can an expert move a grade that there is not
        with self.assertRaisesRegex(UserError, "no grade to move"), self.env.cr.savepoint():
            self.override(assessment, "bb")
        self.answer(questions=["references", "ownership", "premises"])
        self.assertTrue(self.assess().grade_id)
        self.assertIsNone(self.assess().card["lacking"])

    def test_how_much_must_be_known_is_the_scorecards_choice(self):
        self.answer(questions=["management", "market"])
        card = self.env.ref("credit_management.scorecard_new")
        draft = self.env["credit.scorecard"].browse(card.action_new_version()["res_id"])
        draft.least_known = 0.2
        self.assertEqual(draft.preview["lacking"], None)
        draft.action_activate()
        self.assertTrue(self.assess().grade_id)
        with self.assertRaisesRegex(UserError, "in use"):
            draft.with_user(self.admin).least_known = 0.1

    def test_insolvency_knocks_out(self):
        self.statement(self.customer)
        self.record(self.customer, "insolvency", adverse=True, severity="critical")
        assessment = self.assess(confirm=True)
        self.assertEqual(assessment.grade_id.code, "D")
        self.assertTrue(assessment.score > 0.0)
        self.assertEqual(self.profile.recommended_limit, 0.0)
        self.assertTrue(self.profile.limit_recommended)
        with self.assertRaisesRegex(UserError, "knock-out|is confirmed|changed"):
            assessment.with_user(self.analyst).write(
                {"override_grade_id": self.env.ref("credit_management.grade_c").id, "override_reason": "No"}
            )

    def test_stale_statements_lose_points(self):
        self.statement(self.customer, "2020-12-31")
        line = self.assess().line_ids.filtered(lambda line: line.factor_id.code == "equity_ratio")
        self.assertEqual((line.state, line.points), ("stale", 75.0))
        self.assertGreater(line.cost, 0.0)

    # -- confirming ----------------------------------------------------------------------------------

    def test_confirming_rates_the_customer(self):
        self.answer()
        self.invoice(400.0)
        profile = self.profile
        profile._refresh()
        assessment = self.assess(confirm=True)
        self.assertEqual((profile.grade_id, profile.score), (assessment.grade_id, assessment.score))
        self.assertEqual(profile.assessment_id, assessment)
        self.assertEqual(
            profile.next_review, fields.Date.add(assessment.date, months=assessment.grade_id.review_months)
        )
        loss = 400.0 * assessment.grade_id.pd * assessment.grade_id.lgd
        self.assertAlmostEqual(profile.expected_loss, loss, 2)
        self.invoice(600.0)
        profile._refresh()
        self.assertAlmostEqual(profile.expected_loss, loss * 2.5, 1)
        self.assertEqual(assessment.confirmed_by, self.manager)

    def test_the_next_one_supersedes_and_says_what_changed(self):
        answer = self.answer(place=3)
        first = self.assess(confirm=True)
        self.env.cr.execute("UPDATE credit_answer SET date = date - 10 WHERE id = ANY(%s)", [answer.ids])
        self.env.invalidate_all()
        self.answer(place=0)
        messages = len(self.profile.message_ids)
        second = self.assess()
        self.assertEqual(second.previous_id, first)
        self.assertGreater(second.score_change, 0.0)
        self.assertGreater(second.grade_change, 0)
        second.with_user(self.manager).action_confirm()
        self.assertEqual((first.state, second.state), ("superseded", "confirmed"))
        self.env.invalidate_all()
        self.assertEqual(len(self.profile.message_ids), messages + 1)
        self.assertIn("→", self.profile.message_ids[0].body)
        self.assertEqual([each["grade"] for each in second.card["history"]], (first | second).mapped("grade_id.code"))

    def test_a_new_draft_takes_the_place_of_the_old(self):
        first, second = self.assess(), self.assess()
        self.assertEqual((first.state, second.state), ("cancelled", "draft"))
        self.assertEqual(self.profile.with_user(self.analyst).draft_assessment_id, second)

    def test_only_managers_confirm(self):
        self.answer()
        assessment = self.assess()
        with self.assertRaisesRegex(AccessError, "Only credit managers confirm"):
            assessment.with_user(self.analyst).action_confirm()
        assessment.with_user(self.analyst).action_cancel()
        with self.assertRaisesRegex(UserError, "can't be confirmed: it is cancelled"):
            assessment.with_user(self.manager).action_confirm()

    def test_an_older_one_does_not_replace_a_newer(self):
        self.answer()
        old = self.profile._assess(fields.Date.today()).sudo(False)
        self.env.cr.execute("UPDATE credit_assessment SET date = date - 30, state = 'cancelled' WHERE id = %s", old.ids)
        self.env.invalidate_all()
        self.assess(confirm=True)
        self.env.cr.execute("UPDATE credit_assessment SET state = 'draft' WHERE id = %s", old.ids)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "A later assessment"):
            old.with_user(self.manager).action_confirm()

    # -- overrides -----------------------------------------------------------------------------------

    def override(self, assessment, code, user=None, reason="Parent company stands behind them"):
        assessment.with_user(user or self.analyst).write(
            {"override_grade_id": self.env.ref(f"credit_management.grade_{code}").id, "override_reason": reason}
        )

    def test_an_override_is_bounded_grounded_and_seen_by_another(self):
        self.statement(self.customer)
        assessment = self.assess()
        codes = [grade["code"].lower() for grade in assessment.inputs["grades"]]
        place = codes.index(assessment.scored_grade_id.code.lower())
        before = assessment.recommended_limit
        # each refusal is the end of a request, whose changes go with it
        with self.assertRaisesRegex(UserError, "at most 2 notches"), self.env.cr.savepoint():
            self.override(assessment, codes[place + 3])
        with self.assertRaisesRegex(ValidationError, "Say why"), self.env.cr.savepoint():
            self.override(assessment, codes[place + 1], reason=" ")
        self.override(assessment, codes[place + 1], self.manager)
        self.assertEqual(assessment.grade_id.code.lower(), codes[place + 1])
        self.assertEqual(assessment.overridden_by, self.manager)
        self.assertLess(assessment.recommended_limit, before)
        self.assertEqual(assessment.pd, assessment.grade_id.pd)
        # whoever mends the reason has not moved the grade
        assessment.with_user(self.analyst).override_reason = "Parent company stands behind them, by letter"
        self.assertEqual(assessment.overridden_by, self.manager)
        with self.assertRaisesRegex(AccessError, "You moved the grade"):
            assessment.with_user(self.manager).action_confirm()
        second = new_test_user(
            self.env, "credit_manager2", groups="credit_management.group_manager", company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        assessment.with_user(second).action_confirm()
        self.assertEqual(self.profile.grade_id, assessment.grade_id)

    def test_an_override_can_be_taken_back(self):
        self.statement(self.customer)
        assessment = self.assess()
        before = assessment.read(["grade_id", "recommended_limit", "pd", "expected_loss", "limit_steps"])
        codes = [grade["code"].lower() for grade in assessment.inputs["grades"]]
        self.override(assessment, codes[codes.index(assessment.grade_id.code.lower()) + 1])
        assessment.with_user(self.analyst).override_grade_id = False
        self.assertEqual(
            assessment.read(["grade_id", "recommended_limit", "pd", "expected_loss", "limit_steps"]), before
        )
        self.assertFalse(assessment.overridden_by or assessment.override_reason)
        assessment.with_user(self.manager).action_confirm()

    def test_an_override_does_not_lift_a_knock_out(self):
        self.statement(self.customer, total_equity=-100.0, total_liabilities=900.0)
        assessment = self.assess()
        cap = assessment.inputs["caps"][0]["grade"]
        if assessment.grade_id.code == cap:
            with self.assertRaisesRegex(UserError, "knock-out"):
                self.override(assessment, "bb")
        self.assertEqual(cap, "B")

    def test_a_draft_with_an_override_is_not_replaced(self):
        self.statement(self.customer)
        assessment = self.assess()
        codes = [grade["code"].lower() for grade in assessment.inputs["grades"]]
        self.override(assessment, codes[codes.index(assessment.grade_id.code.lower()) + 1])
        self.assertFalse(self.assess())
        action = self.profile.with_user(self.analyst).action_assess()
        self.assertEqual(action["res_id"], assessment.id)

    def test_one_person_firm(self):
        with self.new_policy() as policy:
            policy.allow_self_release = True
        self.statement(self.customer)
        assessment = self.assess()
        codes = [grade["code"].lower() for grade in assessment.inputs["grades"]]
        self.override(assessment, codes[codes.index(assessment.grade_id.code.lower()) + 1], self.manager)
        assessment.with_user(self.manager).action_confirm()
        self.assertEqual(assessment.state, "confirmed")

    # -- never edited --------------------------------------------------------------------------------

    def test_nobody_edits_an_assessment(self):
        self.answer()
        assessment = self.assess()
        for user in (self.analyst, self.manager, self.admin):
            mine = assessment.with_user(user)
            for values in (
                {"score": 99.0}, {"grade_id": self.env.ref("credit_management.grade_aaa").id}, {"state": "confirmed"},
                {"inputs": {}}, {"overridden_by": False}, {"recommended_limit": 1e9}, {"profile_id": self.profile.id},
                {"line_ids": [Command.clear()]},
            ):  # fmt: skip
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    mine.write(values)
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.line_ids.write({"points": 100.0})
            with self.assertRaises(AccessError):
                self.env["credit.assessment"].with_user(user).create(
                    {"profile_id": self.profile.id, "scorecard_id": assessment.scorecard_id.id, "date": "2026-01-01"}
                )
        assessment.with_user(self.analyst).expert_text = "Met the owner"
        assessment.with_user(self.manager).action_confirm()
        for values in ({"expert_text": "Other"}, {"override_reason": "x"}, {"override_grade_id": False}):
            with self.assertRaisesRegex(UserError, "can't be changed: it is confirmed"):
                assessment.with_user(self.admin).write(values)

    def test_the_grade_is_not_written(self):
        for name, value in {"grade_id": False, "score": 100.0, "next_review": "2099-01-01", "pd": 0.0}.items():
            with self.subTest(name), self.assertRaises(AccessError):
                self.profile.with_user(self.admin).write({name: value})

    def test_it_explains_itself_after_everything_changed(self):
        statement = self.statement(self.customer)
        assessment = self.assess(confirm=True)
        names = ["score", "grade_id", "pd", "recommended_limit", "expected_loss", "card"]
        before = assessment.read(names)
        self.statement(self.customer, "2026-06-30", ebit=-500.0)
        statement.sudo().state = "superseded"
        self.env.ref("credit_management.grade_aaa").floor = 95.0
        with self.new_policy() as policy:
            policy.limit_method_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(assessment.read(names), before)

    # -- who sees it ---------------------------------------------------------------------------------

    def test_viewers_see_grade_and_score_only(self):
        self.answer()
        assessment = self.assess(confirm=True)
        for user in (self.salesperson, self.accountant):
            profile = self.profile.with_user(user)
            self.assertEqual((profile.grade_id.code, profile.score), (assessment.grade_id.code, assessment.score))
            for name in ("recommended_limit", "pd", "expected_loss", "assessment_id", "rating", "answer_ids"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    profile.read([name])
            for model in ("credit.assessment", "credit.assessment.line", "credit.assessment.run"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaisesRegex(AccessError, "Only credit analysts assess"):
                profile.action_assess()
            self.assertTrue(profile.get_views([(False, "form"), (False, "list"), (False, "kanban")]))

    def test_the_credit_file_is_printed_for_analysts_only(self):
        self.statement(self.customer)
        self.answer()
        self.assess(confirm=True)

        def printed(profile, user):
            report = self.env["ir.actions.report"].with_user(user)
            return report._render_qweb_html("credit_management.credit_file", profile.ids)[0].decode()

        nobody = self.another("Nobody Ltd")
        self.assertIn("has not been assessed yet", printed(nobody, self.analyst))
        self.assertIn("Equity ratio", printed(self.profile, self.analyst))
        with self.assertRaisesRegex(AccessError, "Only credit analysts print"):
            printed(self.profile, self.salesperson)

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.env.ref("base.EUR").id})
        self.env.user.company_ids |= other
        theirs = self.control(self.customer, company=other)
        self.answer()
        self.answer(theirs, place=3)
        both = (self.profile | theirs)._assess()
        scores = {assessment.company_id: assessment.score for assessment in both}
        self.assertGreater(scores[self.company], scores[other])
        self.assertFalse(self.env["credit.assessment"].with_user(self.analyst).search([("company_id", "=", other.id)]))

    # -- limits --------------------------------------------------------------------------------------

    def test_the_limit_is_explained(self):
        self.statement(self.customer)
        with self.new_policy() as policy:
            policy.limit_method_ids = [
                Command.clear(),
                Command.create({"method": "net_worth", "share": 0.2}),
                Command.create({"method": "working_capital"}),
            ]
            policy.write({"limit_combine": "min", "limit_rounding": "step", "limit_step": 1.0})
        assessment = self.assess()
        methods = {step["code"]: step["amount"] for step in assessment.limit_steps if step["stage"] == "method"}
        # a fifth of 300; the usual fifth of 400 − 200
        self.assertEqual(methods, {"net_worth": 60.0, "working_capital": 40.0})
        self.assertEqual(assessment.recommended_limit, int(40.0 * assessment.grade_id.limit_factor))
        steps = assessment.card["limit"]["steps"]
        self.assertIn("20 %", steps[0]["figures"])
        self.assertLessEqual(assessment.recommended_terms, assessment.grade_id.terms_ceiling_days)

    def test_statements_in_another_currency_are_converted(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2025-12-31", "rate": 0.5, "company_id": self.company.id}
        )
        self.statement(self.customer, currency=euro, unit="1000")
        with self.new_policy() as policy:
            policy.limit_method_ids = [Command.clear(), Command.create({"method": "net_worth"})]
        [step] = [step for step in self.assess().limit_steps if step["stage"] == "method"]
        # 300 thousand euros at two dollars each
        self.assertAlmostEqual(step["figures"]["net_worth"], 600_000.0)

    def test_caps(self):
        self.statement(self.customer, unit="1000000")
        with self.new_policy() as policy:
            policy.write({"limit_capped": True, "limit_cap": 5_000.0})
        self.assertEqual(self.assess().recommended_limit, 5_000.0)
        with self.new_policy() as policy:
            policy.write({"limit_capped": False, "limit_equity_capped": True, "limit_equity_share": 0.1})
        self.company.credit_own_equity = 20_000.0
        self.assertEqual(self.assess().recommended_limit, 2_000.0)
        with self.assertRaisesRegex(ValidationError, "step"):
            self.policy._new_version().write({"limit_rounding": "step", "limit_step": 0.0})

    def test_the_standard_policy_recommends_no_more_than_is_needed(self):
        self.assertTrue(self.env.ref("credit_management.policy_standard").limit_within_need)
        self.statement(self.customer, unit="1000")
        self.history(self.customer, 0)
        assessment = self.assess()
        [cap] = [step for step in assessment.limit_steps if step["stage"] == "cap"]
        # four invoices of 100 in a year, at 30 days
        need = 400.0 * 30 / 365
        self.assertAlmostEqual(cap["figures"]["cap"], need, 6)
        self.assertAlmostEqual(cap["amount"], need, 6)
        self.assertEqual(assessment.recommended_limit, 32.0)
        [words] = [step for step in assessment.card["limit"]["steps"] if step["stage"] == "cap"]
        self.assertEqual(words["label"], "Not above the need")
        with self.new_policy() as policy:
            policy.limit_within_need = False
        self.assertGreater(self.assess().recommended_limit, 1000.0)

    def test_where_the_need_is_unknown_it_caps_nothing(self):
        self.statement(self.customer, unit="1000")
        assessment = self.assess()
        [cap] = [step for step in assessment.limit_steps if step["stage"] == "cap"]
        self.assertEqual(cap["reason"], "unknown")
        self.assertGreater(assessment.recommended_limit, 1000.0)
        [words] = [step for step in assessment.card["limit"]["steps"] if step["stage"] == "cap"]
        self.assertEqual(words["figures"], "Figures it needs are not known.")

    def test_expected_loss_is_rounded_to_the_currency(self):
        for code, digits in (("JPY", 0), ("KWD", 3)):
            with self.subTest(code):
                currency = self.env.ref(f"base.{code}")
                currency.active = True
                company = self.env["res.company"].create({"name": f"{code} Ltd", "currency_id": currency.id})
                self.env.user.company_ids |= company
                self.manager.company_ids |= company
                policy = self.publish(self.policy.copy({"company_id": company.id}))
                profile = self.control(self.customer, company=company, policy_id=policy.id)
                self.answer(profile, place=2)
                self.env.cr.execute("UPDATE credit_profile SET exposure = 7654.321 WHERE id = %s", profile.ids)
                self.env.invalidate_all()
                profile._assess()._confirm()
                self.env.cr.execute("SELECT expected_loss, pd, lgd FROM credit_profile WHERE id = %s", profile.ids)
                loss, pd, lgd = self.env.cr.fetchone()
                self.assertGreater(loss, 0)
                self.assertEqual(float(loss), round(7654.321 * float(pd) * float(lgd), digits))

    def test_payments_are_read_once(self):
        self.history(self.customer, 3)
        asked, profiles = [], self.env.registry["credit.profile"]
        read = profiles._payment_portions

        def counting(self, as_of, since=None):
            asked.append(since)
            return read(self, as_of, since)

        with patch.object(profiles, "_payment_portions", counting):
            self.profile._assess()
        self.assertEqual(asked, [fields.Date.subtract(fields.Date.today(), months=24)])

    def test_it_is_read_in_the_language_of_the_reader(self):
        """What an analyst of another language had made, is kept without words."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.statement(self.customer, total_equity=-100.0, total_liabilities=900.0)
        self.history(self.customer, 12)
        self.answer(questions=["management"])
        french = {
            "%s invoices": "%s factures", "Net worth": "Fonds propres", "Bureau report": "Rapport",
            "The customer owes more than he owns.": "Il doit plus qu'il ne possède.",
        }  # fmt: skip
        translations = {"fr_FR": french}
        with patch.object(
            code_translations, "get_python_translations", lambda module, lang: translations.get(lang, {})
        ):
            made = self.profile.with_context(lang="fr_FR")._assess().sudo(False)
            for lang, words in (("en_US", list(french)), ("fr_FR", list(french.values()))):
                card = made.with_context(lang=lang).card
                parts = {part["code"]: part for part in card["parts"]}
                step = card["limit"]["steps"][0]
                self.assertEqual(parts["median_days_late"]["evidence"], words[0] % 4)
                self.assertEqual(step["label"], words[1])
                self.assertIn(words[2], parts["completeness"]["evidence"])
                self.assertIn(words[3], step["figures"])
                self.assertEqual(card["caps"], ["Equity ratio: < 0"])

    def test_peers_are_those_next_in_score(self):
        with self.new_policy() as policy:
            policy.limit_method_ids = [Command.clear(), Command.create({"method": "peers"})]
        peers = self.env["credit.profile"].union(*(self.another(f"Peer {n}", 100.0 * n) for n in (1, 2, 3)))
        for peer in peers:
            self.answer(peer)
        peers._assess()._confirm()
        self.answer()
        [step] = [step for step in self.assess().limit_steps if step["stage"] == "method"]
        self.assertEqual((step["amount"], step["figures"]["peers"]), (200.0, 3.0))

    # -- merges --------------------------------------------------------------------------------------

    def test_a_merge_brings_assessments_and_answers_along(self):
        kept = self.another("Kept Ltd", 10.0)
        answer = self.answer()
        mine = self.assess(confirm=True)
        self.profile.sudo()._merge_into(kept.partner_id)
        self.assertEqual((kept.grade_id, kept.assessment_id), (mine.grade_id, mine))
        self.assertEqual((mine.profile_id, answer.profile_id), (kept, kept))
        third = self.another("Third Ltd", 10.0)
        self.answer(third, place=3)
        theirs = self.assess(third, confirm=True)
        third.sudo()._merge_into(kept.partner_id)
        self.assertEqual((theirs.state, kept.assessment_id), ("superseded", mine))

    # -- runs ----------------------------------------------------------------------------------------

    def run_over(self, profiles, user=None, **values):
        run = (
            self.env["credit.assessment.run"]
            .with_user(user or self.manager)
            .create({"scope": "selection", "profile_ids": [Command.set(profiles.ids)], **values})
        )
        run.action_start()
        return run

    def background(self, batch=500):
        """The background job, in this transaction."""
        with patch.object(IrCron, "_commit_progress", lambda cron, *args, **kwargs: 1.0):
            self.env["credit.assessment.run"]._cron_run(batch)

    def many(self, count=6):
        profiles = self.env["credit.profile"].union(*(self.another(f"Many {number}") for number in range(count)))
        for profile in profiles:
            self.answer(profile)
        return profiles

    def test_a_run_assesses_and_confirms(self):
        profiles = self.many()
        run = self.run_over(profiles, confirm="all")
        self.assertEqual((run.state, run.total, run.progress), ("running", 6, 0.0))
        work = self.env["credit.assessment.run"].browse(run.id)
        self.assertEqual(work._work(4), 4)
        run.invalidate_recordset()
        self.assertAlmostEqual(run.progress, 400 / 6)
        # whoever takes over goes on where it was
        self.background(batch=4)
        self.assertEqual((run.state, run.done, run.failed), ("done", 6, 0))
        self.assertEqual(set(profiles.mapped("grade_id")), set(run.assessment_ids.grade_id))
        self.assertTrue(all(profiles.mapped("grade_id")))
        self.assertEqual(run.assessment_ids.mapped("profile_id"), profiles)
        self.assertEqual(run.assessment_ids.confirmed_by, self.manager)

    @mute_logger("odoo.addons.credit_management.models.credit_assessment_run")
    def test_one_failing_customer_never_stops_the_rest(self):
        profiles = self.many()
        bad = profiles[2]
        assess = CreditProfile._assess

        def fails(self, as_of=None, run=None):
            if bad in self:
                raise ValueError("The file is damaged")
            return assess(self, as_of, run)

        run = self.run_over(profiles)
        with patch.object(CreditProfile, "_assess", fails):
            self.background()
        self.assertEqual((run.state, run.done, run.failed), ("done", 5, 1))
        self.assertRecordValues(run.failed_ids, [{"profile_id": bad.id, "message": "The file is damaged"}])
        run.action_retry()
        self.background()
        self.assertEqual((run.state, run.done, run.failed), ("done", 6, 0))

    def test_a_run_is_cancelled(self):
        profiles = self.many()
        run = self.run_over(profiles)
        self.env["credit.assessment.run"].browse(run.id)._work(2)
        run.action_cancel()
        self.background()
        self.assertEqual((run.state, len(run.assessment_ids)), ("cancelled", 2))

    def test_results_that_moved_far_stay_drafts(self):
        profiles = self.many(2)
        profiles._assess()._confirm()
        for answer in profiles[0].answer_ids:
            self.env.cr.execute("UPDATE credit_answer SET date = date - 10 WHERE id = %s", answer.ids)
        self.env.invalidate_all()
        self.answer(profiles[0], place=3)
        run = self.run_over(profiles, confirm="small", notches=1)
        self.background()
        states = {assessment.profile_id: assessment.state for assessment in run.assessment_ids}
        self.assertEqual(states, {profiles[0]: "draft", profiles[1]: "confirmed"})

    def test_experts_work_is_left_alone(self):
        profiles = self.many(2)
        assessment = profiles[0]._assess().sudo(False)
        codes = [grade["code"].lower() for grade in assessment.inputs["grades"]]
        self.override(assessment, codes[codes.index(assessment.grade_id.code.lower()) + 1])
        run = self.run_over(profiles)
        self.background()
        self.assertEqual((run.done, run.skipped), (1, 1))
        self.assertEqual(assessment.state, "draft")

    def test_who_runs(self):
        with self.assertRaises(AccessError):
            self.run_over(self.profile, self.salesperson)
        with self.assertRaisesRegex(AccessError, "Only credit managers confirm"):
            self.run_over(self.profile, self.analyst, confirm="all")
        run = self.run_over(self.profile, self.analyst)
        with self.assertRaises(AccessError):
            run.write({"state": "done"})
        with self.assertRaises(UserError):
            run.write({"scope": "all"})
        with self.assertRaises(UserError):
            run.unlink()

    def test_due_customers(self):
        self.answer()
        self.assess(confirm=True)
        new = self.another("Never assessed Ltd")
        run = self.env["credit.assessment.run"].with_user(self.manager).create({"scope": "due"})
        self.assertEqual(self.env["credit.profile"].search(run._domain()), new)
        self.env.cr.execute("UPDATE credit_profile SET next_review = CURRENT_DATE WHERE id = %s", self.profile.ids)
        self.env.invalidate_all()
        self.assertEqual(self.env["credit.profile"].search(run._domain()), new | self.profile)

    def test_queries_do_not_grow_with_customers(self):
        profiles = self.many(24)
        profiles._assess()

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._assess()._confirm()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = queries(profiles[:4])
        self.assertLessEqual(queries(profiles[4:]), few + 5)
