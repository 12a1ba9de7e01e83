# Part of credit_management. License LGPL-3.0 or later.
"""The provision for expected credit losses, by the simplified approach of IFRS 9: a matrix of loss rates from our own
history, by how long receivables are past due, over today's receivables. The formulas are in ``engine/loss.py``."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.date_utils import subtract

from ..engine.loss import BUCKET_BOUNDS, Reach, loss_rates, provision, reach
from ..models.credit_payment import READERS
from ..tools.known import KnownFloat

BATCH = 1000


class CreditProvision(models.Model):
    """A provision matrix as of a day, kept as it was reckoned."""

    _name = "credit.provision"
    _description = "Provision Matrix"
    _order = "as_of desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)],
    )  # fmt: skip
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(readonly=True, help="Receivables and payments as of this day.")
    months = fields.Integer(
        "Months of history", required=True, default=36,
        help="What fell due within these months, and over 90 days ago, tells how much is finally not paid.",
    )  # fmt: skip
    outlook = fields.Float(
        required=True, default=1.0, digits=(16, 3),
        help="Factor on the rates for what is to come (IFRS 9 5.5.17 c): above 1 where times are expected to be worse"
        " than in the history, below 1 where better. A rate never goes above 100 %.",
    )  # fmt: skip
    segment_by = fields.Selection(
        [("none", "All customers together"), ("country", "Country"), ("policy", "Credit policy"), ("grade", "Grade")],
        "Segments", required=True, default="none", help="Customers who share a risk have rates of their own.",
    )  # fmt: skip
    line_ids = fields.One2many(
        "credit.provision.line", "provision_id", "Matrix", readonly=True,
        help="By days past due: what is open, and which part of it was lost in the past.",
    )  # fmt: skip
    balance = fields.Monetary("Receivables", compute="_compute_totals", help="All open receivables on the day.")
    amount = fields.Monetary("Provision", compute="_compute_totals", help="Of the buckets whose rate is known.")
    unknown = fields.Monetary(
        "Without a rate", compute="_compute_totals", help="Receivables in buckets that the history tells nothing of."
    )
    note = fields.Text("Notes", help="Why this outlook, and what was agreed upon with the auditors.")

    _months_enough = models.Constraint("CHECK(months BETWEEN 6 AND 120)", "Take 6 to 120 months of history.")
    _outlook_positive = models.Constraint("CHECK(outlook >= 0)", "The outlook is a factor of 0 or more.")

    @api.depends("company_id", "as_of")
    def _compute_display_name(self):
        for matrix in self:
            day = fields.Date.to_string(matrix.as_of) if matrix.as_of else self.env._("not reckoned yet")
            matrix.display_name = f"{matrix.company_id.name}, {day}"

    @api.depends("line_ids.balance", "line_ids.amount", "line_ids.rate")
    def _compute_totals(self):
        for matrix in self:
            unknown = matrix.line_ids.filtered(lambda line: line.balance > 0 and line.rate is False)
            matrix.balance = sum(matrix.line_ids.mapped("balance"))
            matrix.unknown = sum(unknown.mapped("balance"))
            matrix.amount = sum(line.amount for line in matrix.line_ids if line.amount is not False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop("as_of", None)
            vals.pop("line_ids", None)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {"as_of", "line_ids"} & set(vals):
            raise AccessError(self.env._("A provision matrix is reckoned, not entered."))
        if {"company_id", "months", "outlook", "segment_by"} & set(vals) and any(matrix.as_of for matrix in self):
            raise UserError(self.env._("This matrix is reckoned already. Make another one with the other settings."))
        return super().write(vals)

    def action_reckon(self):
        """Read history and receivables, and fill the matrix.

        :raises AccessError: who does not see how customers pay has none reckoned
        :raises UserError: it is reckoned already
        """
        if not any(self.env.user.has_group(group) for group in READERS.split(",")):
            raise AccessError(self.env._("Only analysts and accountants have provisions reckoned."))
        self.check_access("write")
        today = fields.Date.today()
        for matrix in self:
            if matrix.as_of:
                raise UserError(self.env._("This matrix is reckoned already. Make another one."))
            # sudo: lines are the server's own, and figures of a whole company need not be readable one by one
            matrix.sudo()._fill(today)
        return True

    def _fill(self, today):
        self.ensure_one()
        segments = self._segments()
        history = self._history(segments, today)
        balances = self._balances(segments)
        values = []
        for name in sorted(set(history) | set(balances), key=lambda name: (not name, name)):
            reached = history.get(name)
            rates = loss_rates(reached.reached, reached.unpaid) if reached else (None,) * (len(BUCKET_BOUNDS) + 1)
            amounts = provision(balances[name], rates, self.outlook).amounts
            for number, (balance, rate, amount) in enumerate(zip(balances[name], rates, amounts, strict=True)):
                values.append(
                    {
                        "segment": name,
                        "bucket": str(number),
                        "reached": reached.reached[number] if reached else 0.0,
                        "unpaid": reached.unpaid if reached else 0.0,
                        "rate": rate,
                        "balance": balance,
                        "amount": amount,
                    }
                )
        self.write({"as_of": today, "line_ids": [(0, 0, line) for line in values]})

    def _segments(self):
        """The segment of each customer: ``{profile id: its name}``, empty where he belongs to none."""
        profiles = self.env["credit.profile"].search([("company_id", "=", self.company_id.id)])
        name = {"country": "country_id", "policy": "policy_id", "grade": "grade_id"}.get(self.segment_by)
        return {profile.id: (profile[name].display_name or "") if name else "" for profile in profiles}

    def _history(self, segments, today):
        """How far the receivables of each segment went down the buckets: ``{segment: engine.loss.Reach}``."""
        since = subtract(today, months=self.months)
        found = {}
        ids = sorted(segments)
        for start in range(0, len(ids), BATCH):
            batch = self.env["credit.profile"].browse(ids[start : start + BATCH])
            for profile_id, portions in batch._payment_portions(today).items():
                one = reach(portions, today, since=since)
                name = segments[profile_id]
                known = found.get(name)
                found[name] = one if known is None else Reach(
                    tuple(map(sum, zip(known.reached, one.reached, strict=True))), known.unpaid + one.unpaid
                )  # fmt: skip
        return found

    def _balances(self, segments):
        """Receivables by segment and bucket, as exposure defines them: ``{segment: list of amounts}``."""
        found = {name: [0.0] * (len(BUCKET_BOUNDS) + 1) for name in segments.values()}
        for profile, age, amount in self.env["credit.exposure"]._read_group(
            [("company_id", "=", self.company_id.id), ("component", "=", "receivable")],
            ["profile_id", "age"],
            ["amount:sum"],
        ):
            if profile.id in segments:
                found[segments[profile.id]][int(age)] += amount
        return found

    def action_print(self):
        return self.env.ref("credit_management.action_report_credit_provision").report_action(self, config=False)


class CreditProvisionLine(models.Model):
    _name = "credit.provision.line"
    _description = "Bucket of a Provision Matrix"
    _order = "provision_id, segment, bucket"
    _rec_name = "segment"

    provision_id = fields.Many2one("credit.provision", required=True, index=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="provision_id.company_id", store=True)
    currency_id = fields.Many2one(related="provision_id.currency_id")
    as_of = fields.Date(related="provision_id.as_of", store=True)
    segment = fields.Char(readonly=True, help="Empty for all customers, or for those of none.")
    bucket = fields.Selection(
        lambda self: self.env["credit.exposure"]._selection_age(), "Days past due", required=True, readonly=True,
        help="Days since the due date.",
    )
    reached = fields.Monetary(
        "Reached the bucket", readonly=True, aggregator=None, help="Of what fell due in the history, original amount."
    )
    unpaid = fields.Monetary(
        "Finally not paid", readonly=True, aggregator=None, help="Over 90 days past due and never paid."
    )
    rate = KnownFloat(
        "Loss rate", readonly=True, digits=(16, 6), aggregator=None,
        help="Not paid ÷ reached. Empty where nothing ever reached the bucket.",
    )  # fmt: skip
    balance = fields.Monetary("Receivables", readonly=True, help="Today, in this bucket.")
    amount = KnownFloat("Provision", readonly=True, digits=(16, 2), help="Receivables × loss rate × outlook.")
