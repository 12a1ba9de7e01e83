# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError


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
    # what the dialog showed, kept by the client until its button is pressed
    before_id = fields.Many2one(
        "credit.policy", "In place of", compute="_compute_seen", store=True, readonly=False, precompute=True,
        help="The version in force when you opened this.",
    )  # fmt: skip
    revision = fields.Integer(
        compute="_compute_seen", store=True, readonly=False, precompute=True, help="How it was when you opened this."
    )
    author_ids = fields.Many2many(related="policy_id.author_ids")
    customer_count = fields.Integer(
        "Customers concerned", compute="_compute_customer_count",
        help="How many customers the version will hold for.",
    )  # fmt: skip

    @api.depends("policy_id")
    def _compute_seen(self):
        for wizard in self:
            wizard.before_id = wizard.policy_id._before()
            wizard.revision = wizard.policy_id.revision

    @api.depends("policy_id")
    def _compute_customer_count(self):
        for wizard in self:
            wizard.customer_count = wizard.policy_id._before().profile_count

    def action_publish(self):
        self.ensure_one()
        self.policy_id._check_may_publish()
        self._check_seen()
        self.policy_id._publish(self.date_from, self.note)
        return self.policy_id._action_form()

    def _check_seen(self):
        """
        :raises UserError: what would be published, or what it would take the place of, isn't what was shown
        """
        if self.before_id != self.policy_id._before():
            raise UserError(
                self.env._(
                    "“%s” was published meanwhile. Open this again to see what would change now.",
                    self.policy_id._before().display_name,
                )
            )
        if self.revision != self.policy_id.revision:
            raise UserError(
                self.env._(
                    "“%s” was changed meanwhile. Open this again to see what would change now.",
                    self.policy_id.display_name,
                )
            )
