# Part of credit_management. License LGPL-3.0 or later.
"""What came out of a simulation: a line for each customer, and one for each order. Written by the job only."""

from markupsafe import Markup

from odoo import api, fields, models

from ..engine.position import Document, Position
from ..engine.replay import NOTES
from ..engine.rules import Finding
from ..tools.known import KnownFloat
from ..tools.words import enumerated
from .credit_profile import STATUSES

OUTCOMES = [("pass", "Pass"), ("warn", "Warning"), ("hold", "Hold"), ("refuse", "Refusal")]

RESULTS = [
    ("stricter", "Held by the draft only"),
    ("looser", "Held by the policy in force only"),
    ("held", "Held by both"),
    ("passed", "Held by neither"),
]


class CreditSimulationMixin(models.AbstractModel):
    _name = "credit.simulation.mixin"
    _description = "Line of a Simulation"
    _log_access = False
    _order = "id"

    simulation_id = fields.Many2one(
        "credit.simulation", required=True, readonly=True, index=True, ondelete="cascade",
        help="What was tried out.",
    )
    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    asked = fields.Monetary("Asked for", readonly=True, help="What the order would add to the exposure.")
    exposure = fields.Monetary("Exposure before", readonly=True, help="What was owed and ordered already.")
    outcome_before = fields.Selection(
        OUTCOMES, "By the policy in force", readonly=True,
        help="What happens by the policy in force.",
    )  # fmt: skip
    outcome_after = fields.Selection(OUTCOMES, "By the draft", readonly=True, help="What would happen by the draft.")
    kinds_before = fields.Char("Stopped in force by", readonly=True, help="The rules that stop it.")
    kinds_after = fields.Char("Stopped in the draft by", readonly=True, help="The rules that stop it.")
    result = fields.Selection(RESULTS, "What changes", readonly=True, help="Held or refused, or not, by either policy.")
    stopped_before = fields.Char("Rules in force", compute="_compute_stopped", help="The rules that stop it.")
    stopped_after = fields.Char("Rules of the draft", compute="_compute_stopped", help="The rules that stop it.")
    findings_before = fields.Json(readonly=True)
    findings_after = fields.Json(readonly=True)
    position = fields.Json(readonly=True)
    explanation_before = fields.Html(
        "In force", compute="_compute_words", sanitize=False,
        help="Why, by the policy in force.",
    )  # fmt: skip
    explanation_after = fields.Html("In the draft", compute="_compute_words", sanitize=False, help="Why, by the draft.")

    def _position_after(self):
        """The frozen position that the draft judged."""
        return self.position

    @api.depends("kinds_before", "kinds_after")
    @api.depends_context("lang")
    def _compute_stopped(self):
        for line in self:
            line.stopped_before = line._labels(line.kinds_before)
            line.stopped_after = line._labels(line.kinds_after)

    def _labels(self, kinds):
        labels = dict(self.env["credit.policy.rule"]._fields["kind"]._description_selection(self.env))
        return enumerated(self.env, (labels.get(code, code) for code in kinds.split(", "))) if kinds else ""

    @api.depends("findings_before", "findings_after", "position")
    @api.depends_context("lang")
    def _compute_words(self):
        for line in self:
            line.explanation_before = line._words(line.findings_before, line.position)
            line.explanation_after = line._words(line.findings_after, line._position_after())

    def _words(self, findings, position):
        sentences = (
            self.env["credit.decision"]._explain(
                [Finding.from_json(finding) for finding in findings],
                Position.from_json(position),
                Document(self.asked, self.asked),
                self.currency_id,
            )
            if findings
            else [self.env._("Nothing stands against it.")]
        )
        return Markup("<ul class='mb-0'>%s</ul>") % Markup("").join(
            Markup("<li>%s</li>") % sentence for sentence in sentences
        )

    def action_view_profile(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.profile",
            "res_id": self.profile_id.id,
            "view_mode": "form",
        }


class CreditSimulationCustomer(models.Model):
    _name = "credit.simulation.customer"
    _description = "Customer in a Simulation"
    _inherit = ["credit.simulation.mixin"]
    _rec_name = "partner_id"

    policy_before_id = fields.Many2one(
        "credit.policy", "Policy", readonly=True, ondelete="set null",
        help="The policy that the customer has.",
    )  # fmt: skip
    policy_after_id = fields.Many2one(
        "credit.policy", "Policy then", readonly=True, ondelete="set null",
        help="The policy that the customer would have.",
    )  # fmt: skip
    grade_before = fields.Char("Grade", readonly=True, help="As it is or, where a scorecard is tried out, as of today.")
    grade_after = fields.Char("Grade in the draft", readonly=True, help="By the scorecard that is tried out.")
    limit_known = fields.Boolean(
        "Limit known", readonly=True, help="Whether both policies recommend a limit, by what the last assessment knew."
    )
    limit_before = KnownFloat(
        "Limit in force", readonly=True, digits=(16, 2), help="As the policy in force recommends it."
    )
    limit_after = KnownFloat("Limit in the draft", readonly=True, digits=(16, 2), help="As the draft recommends.")
    overdue_before = fields.Monetary("Overdue", readonly=True, help="By the days of grace of the policy in force.")
    overdue_after = fields.Monetary("Overdue in the draft", readonly=True, help="By the days of grace of the draft.")
    room = fields.Monetary("Available", readonly=True, help="What is left of the limit that is granted.")
    status_before = fields.Selection(STATUSES, "Status", readonly=True, help="The customer's status today.")
    status_after = fields.Selection(
        STATUSES, "Status in the draft", readonly=True,
        help="The customer's status by the draft.",
    )  # fmt: skip
    changed = fields.Boolean(
        readonly=True, help="Grade, limit, status, verdict, or the rules that stop an order differ."
    )


class CreditSimulationOrder(models.Model):
    _name = "credit.simulation.order"
    _description = "Order in a Simulation"
    _inherit = ["credit.simulation.mixin"]
    _order = "date desc, id desc"

    name = fields.Char("Order", readonly=True)
    order_id = fields.Many2one("sale.order", "Sales order", readonly=True, index="btree_not_null", ondelete="set null")
    decision_id = fields.Many2one(
        "credit.decision", readonly=True, index="btree_not_null", ondelete="set null",
        help="The check of that day, whose position it was judged on again.",
    )  # fmt: skip
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="The order's salesperson.")
    date = fields.Datetime(readonly=True, help="When it came up.")
    source = fields.Selection(
        [("live", "Today's figures"), ("frozen", "Kept by the check"), ("reconstructed", "Reconstructed")],
        "Judged on",
        readonly=True,
        help="Reconstructed: from dated entries, orders, limits and guarantees, where no check has kept the figures.",
    )
    exactness = fields.Selection(
        [
            ("exact", "Exact"),
            ("close", "By dates"),
            ("rough", "With gaps"),
        ],
        "How exact",
        readonly=True,
        help="Exact: the figures of the check. By dates: all that is dated is in it; drafts and manual holds of then"
        " are not known. With gaps: something is known to be missing, see the notes.",
    )
    notes = fields.Char(
        "Notes in short", readonly=True, help="What stands in for something, or is known to be missing."
    )
    notes_text = fields.Text(
        "Notes", compute="_compute_notes_text",
        help="What is not known of that time, or had to be taken from today.",
    )  # fmt: skip
    limit_amount = fields.Monetary("Limit then", readonly=True, help="The limit in force when the order was confirmed.")
    outcome_then = fields.Selection(
        OUTCOMES, "What came out then", readonly=True, help="Empty where nothing was checked."
    )
    state_then = fields.Selection(
        "_selection_state", "What became of it", readonly=True,
        help="What really happened to the order.",
    )  # fmt: skip
    overage_before = fields.Monetary(
        "Overage in force", readonly=True,
        help="By how much it exceeds what the policy in force allows.",
    )  # fmt: skip
    overage_after = fields.Monetary(
        "Overage in the draft", readonly=True,
        help="By how much the order would have exceeded what the draft allows.",
    )  # fmt: skip
    position_after = fields.Json(readonly=True)
    invoiced = fields.Monetary(readonly=True, help="Invoiced of the order, less credit notes.")
    due = fields.Monetary("Of it due", readonly=True, help="The part that was to be paid by the day of the simulation.")
    late = fields.Monetary(
        "Paid late", readonly=True,
        help="The invoices of the order were paid late, or are still open and overdue.",
    )  # fmt: skip
    unpaid = fields.Monetary("Not paid", readonly=True, help="Overdue, or written off.")
    days_late = KnownFloat(
        "Mean days late", readonly=True, digits=(16, 1), aggregator="avg",
        help="Of the order's invoices, weighted by amount. Empty while nothing was due.",
    )  # fmt: skip
    customer_days_late = KnownFloat(
        "Customer's days late", readonly=True, digits=(16, 1), aggregator="avg",
        help="Of all that the customer was invoiced in the year that followed.",
    )  # fmt: skip
    customer_late_share = KnownFloat(
        "Customer's late share", readonly=True, digits=(16, 4), aggregator="avg",
        help="The part of what the customer was to pay in the year that followed, that he paid late or not at all.",
    )  # fmt: skip

    _result_index = models.Index("(simulation_id, result, source)")

    @api.model
    def _selection_state(self):
        return self.env["credit.decision"]._fields["state"].selection

    def _position_after(self):
        return self.position_after or self.position

    @api.depends("notes")
    @api.depends_context("lang")
    def _compute_notes_text(self):
        for line in self:
            line.notes_text = "\n".join(self.env._(NOTES[note]) for note in (line.notes or "").split(",") if note)

    def action_view_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(self.order_id._credit_view_id(), "form")],
        }
