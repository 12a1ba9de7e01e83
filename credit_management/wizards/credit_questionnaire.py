# Part of credit_management. License LGPL-3.0 or later.
from odoo import Command, api, fields, models
from odoo.exceptions import AccessError


class CreditQuestionnaire(models.TransientModel):
    """All questions about a customer on one sheet. What is chosen anew becomes an answer of today."""

    _name = "credit.questionnaire"
    _description = "Questions about a Customer"

    profile_id = fields.Many2one("credit.profile", "Customer", required=True, readonly=True)
    line_ids = fields.One2many(
        "credit.questionnaire.line", "questionnaire_id", "Questions", help="Every question with the last answer to it."
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        profile = self.env["credit.profile"].browse(values.get("profile_id"))
        if profile and "line_ids" in fields_list:
            latest = self.env["credit.answer"]._latest(profile, fields.Date.today())[profile.id]
            empty = self.env["credit.answer"]
            values["line_ids"] = [
                Command.create(
                    {
                        "question_id": question.id,
                        "choice_id": latest.get(question.id, empty).choice_id.id,
                        "note": latest.get(question.id, empty).note,
                        "date": latest.get(question.id, empty).date,
                    }
                )
                for question in self.env["credit.question"].search([])
            ]
        return values

    def action_answer(self):
        """Store an answer for every question whose choice or grounds are new."""
        self.ensure_one()
        if not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts answer questions about customers."))
        latest = self.env["credit.answer"]._latest(self.profile_id, fields.Date.today())[self.profile_id.id]
        empty = self.env["credit.answer"]
        self.env["credit.answer"].create(
            [
                {
                    "profile_id": self.profile_id.id,
                    "question_id": line.question_id.id,
                    "choice_id": line.choice_id.id,
                    "note": line.note,
                }
                for line in self.line_ids
                if line.choice_id and line._differs_from(latest.get(line.question_id.id, empty))
            ]
        )
        return True


class CreditQuestionnaireLine(models.TransientModel):
    _name = "credit.questionnaire.line"
    _description = "Question about a Customer"

    questionnaire_id = fields.Many2one("credit.questionnaire", required=True, ondelete="cascade")
    question_id = fields.Many2one("credit.question", required=True, help="What is asked of the customer.")
    help = fields.Text(related="question_id.help", string="What to look at")
    choice_id = fields.Many2one(
        "credit.question.choice", "Answer", domain="[('question_id', '=', question_id)]",
        help="Leave empty what you can't tell: unknown is no answer.",
    )  # fmt: skip
    note = fields.Char("Grounds", help="What the answer rests on.")
    date = fields.Date("Answered on", readonly=True, help="The day of the last answer; empty where there is none.")
    again = fields.Boolean("Still so", help="Give the same answer again, as of today.")

    def _differs_from(self, answer):
        return self.again or self.choice_id != answer.choice_id or (self.note or "") != (answer.note or "")
