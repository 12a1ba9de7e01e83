# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models


class CreditPublish(models.TransientModel):
    """Publish a version of a policy: from which day, and why."""

    _name = "credit.publish"
    _description = "Publish a Credit Policy"

    policy_id = fields.Many2one("credit.policy", required=True, readonly=True, help="The version to publish.")
    date_from = fields.Date(
        "In force from", required=True, default=fields.Date.today,
        help="Today: at once. Otherwise it takes its place when the day begins, and can be withdrawn until then.",
    )  # fmt: skip
    note = fields.Text("Why", required=True, help="Kept with the version, for whoever wonders later.")
    differences = fields.Html(related="policy_id.differences")
    author_ids = fields.Many2many(related="policy_id.author_ids")
    customer_count = fields.Integer(
        "Customers concerned", compute="_compute_customer_count",
        help="How many customers the version will hold for.",
    )  # fmt: skip

    @api.depends("policy_id")
    def _compute_customer_count(self):
        for wizard in self:
            wizard.customer_count = wizard.policy_id._before().profile_count

    def action_publish(self):
        self.ensure_one()
        self.policy_id._publish(self.date_from, self.note)
        return self.policy_id._action_form()
