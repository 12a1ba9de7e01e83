# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; how the customers of the demo are rated is a story of its own
"""Demo data: what analysts answered about the customers, and how these were rated half a year ago and today."""

from odoo import api, fields, models

# question → place of the answer, the best being 1
ANSWERS = {
    "within": {"management": 1, "references": 1, "market": 2, "ownership": 1},
    "near": {"management": 2, "references": 2, "market": 2},
    "over": {"management": 2, "references": 1, "market": 2, "ownership": 1, "premises": 1},
    "overdue": {"management": 3, "references": 3, "market": 3, "ownership": 2},
    "expired": {"management": 2, "references": 1},
    "hold": {"management": 3, "references": 3, "premises": 3},
    "foreign": {"management": 1, "references": 2},
    "waiting": {"management": 2, "references": 2, "market": 1, "ownership": 1, "premises": 1},
}
# whose assessment of today still waits: for a manager, and for another pair of eyes
WAITING, MOVED = "near", "waiting"


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_ratings(self):
        today = fields.Date.today()
        before = fields.Date.subtract(today, months=6)
        manager = self.env.ref("credit_management.user_manager")
        analyst = self.env.ref("credit_management.user_analyst")
        customers = {name: self.env.ref(f"credit_management.demo_customer_{name}") for name in ANSWERS}
        company = self.env.ref("base.main_company")
        profiles = {
            name: self.env["credit.profile"].search(
                [("partner_id", "=", customer.id), ("company_id", "=", company.id)]
            )
            for name, customer in customers.items()
        }
        self.env["credit.answer"].create(
            [
                {
                    "profile_id": profiles[name].id,
                    "question_id": self.env.ref(f"credit_management.question_{question}").id,
                    "choice_id": self.env.ref(f"credit_management.choice_{question}_{place}").id,
                    "date": fields.Date.subtract(before, days=14),
                    "user_id": analyst.id,
                }
                for name, answers in ANSWERS.items()
                for question, place in answers.items()
            ]
        )
        everybody = self.env["credit.profile"].union(*profiles.values())
        # as an analyst and a manager of the company do it: their names stand below it
        rated = everybody.with_user(analyst).sudo()
        rated._assess(before).filtered("grade_id").with_user(manager).sudo()._confirm()
        assessments = rated._assess(today).filtered("grade_id")
        self._move(assessments.filtered(lambda each: each.profile_id == profiles[MOVED]), analyst)
        waiting = profiles[WAITING] | profiles[MOVED]
        ready = assessments.filtered(lambda each: each.profile_id not in waiting)
        ready.with_user(manager).sudo()._confirm()

    def _move(self, assessment, analyst):
        """An expert's opinion that somebody else has yet to look at."""
        grades = self.env["credit.grade"].search([("sequence", "<", assessment.scored_grade_id.sequence)])
        assessment.with_user(analyst).sudo(False).write(
            {
                "override_grade_id": grades[-1:].id,
                "override_reason": "The showroom order comes with a guarantee of the parent company."
                " 母公司为展厅项目提供担保。",
                "expert_text": "<p>Visited in spring: well organised, full order book.</p>",
            }
        )
