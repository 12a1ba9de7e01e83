# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class CreditQuestion(models.Model):
    """What figures don't tell: a question with a few answers to choose from."""

    _name = "credit.question"
    _description = "Credit Question"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, copy=False, help="How scorecards know the question; it stays as it is.")
    name = fields.Char("Question", required=True, translate=True, help="What the analyst is asked.")
    help = fields.Text(
        "What to look at", translate=True, help="What the answer is to rest on, so that two people answer the same."
    )
    active = fields.Boolean(default=True)
    choice_ids = fields.One2many(
        "credit.question.choice", "question_id", "Answers", copy=True, help="The best one first."
    )

    _code_unique = models.UniqueIndex("(code)", "There is a question of this code already.")

    @api.constrains("choice_ids")
    def _check_choices(self):
        for question in self:
            if len(question.choice_ids) < 2:
                raise ValidationError(
                    self.env._("“%s” needs at least two answers to choose from.", question.name)
                )

    def copy_data(self, default=None):
        return [
            dict(values, code=(default or {}).get("code") or self.env._("%s (copy)", question.code))
            for question, values in zip(self, super().copy_data(default), strict=True)
        ]

    def write(self, vals):
        if "code" in vals and self.filtered(lambda question: question.code != vals["code"]):
            raise UserError(self.env._("Scorecards know a question by its code, so it stays as it is."))
        return super().write(vals)


class CreditQuestionChoice(models.Model):
    _name = "credit.question.choice"
    _description = "Answer to Choose"
    _order = "question_id, sequence, id"

    question_id = fields.Many2one("credit.question", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char("Answer", required=True, translate=True)

    def write(self, vals):
        if "question_id" in vals:
            raise UserError(self.env._("An answer stays with its question."))
        return super().write(vals)


class CreditAnswer(models.Model):
    """What somebody answered about a customer, and when. A new answer takes the place of an old one; both stay."""

    _name = "credit.answer"
    _inherit = ["credit.derived.mixin"]
    _description = "Answer about a Customer"
    _order = "date desc, id desc"
    _rec_name = "question_id"

    profile_id = fields.Many2one(
        "credit.profile", "Credit profile", required=True, index=True, ondelete="cascade",
        help="Whom the answer is about.",
    )  # fmt: skip
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    question_id = fields.Many2one(
        "credit.question", required=True, index=True, ondelete="restrict",
        help="What was asked of the customer.",
    )  # fmt: skip
    choice_id = fields.Many2one(
        "credit.question.choice",
        "Answer",
        required=True,
        ondelete="restrict",
        domain="[('question_id', '=', question_id)]",
        help="What was answered.",
    )
    date = fields.Date(required=True, default=fields.Date.today, help="The day that the answer is of.")
    user_id = fields.Many2one(
        "res.users", "Answered by", required=True, readonly=True, default=lambda self: self.env.user,
        help="Who gave the answer.",
    )
    note = fields.Text("Grounds", help="What the answer rests on.")

    _profile_question_date = models.Index("(profile_id, question_id, date DESC, id DESC)")

    @api.constrains("question_id", "choice_id", "date")
    def _check_answer(self):
        for answer in self:
            if answer.choice_id.question_id != answer.question_id:
                raise ValidationError(
                    self.env._(
                        "“%(answer)s” is no answer to “%(question)s”.",
                        answer=answer.choice_id.name,
                        question=answer.question_id.name,
                    )
                )
            if answer.date > fields.Date.today():
                raise ValidationError(self.env._("An answer can't be of a day to come."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # who answers is for the server to say
            vals_list = [dict(vals, user_id=self.env.uid) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("An answer stays as it was given. Give a new one instead."))
        return super().write(vals)

    @api.model
    def _latest(self, profiles, as_of):
        """The answer to each question in force on ``as_of``: ``{profile id: {question id: answer}}``."""
        found = {profile_id: {} for profile_id in profiles.ids}
        for answer in self.search([("profile_id", "in", profiles.ids), ("date", "<=", as_of)], order="date, id"):
            found[answer.profile_id.id][answer.question_id.id] = answer
        return found
