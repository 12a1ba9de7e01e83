# Part of credit_management. License LGPL-3.0 or later.
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine.benchmark import Quartiles, quartiles
from ..engine.ratios import RATIOS
from ..tools.known import KnownInteger

# of fewer firms a median says little of the industry, and much of the firms
LEAST_FIRMS = 5


class CreditBenchmark(models.Model):
    """Quartiles of a ratio among the firms of an industry: of our own customers, or from a table of others.

    Those of our own customers are counted anew by a job, from their latest confirmed annual statements.
    """

    _name = "credit.benchmark"
    _description = "Industry Benchmark"
    _order = "industry_id, ratio, origin, date desc, id desc"
    _rec_name = "ratio"

    industry_id = fields.Many2one(
        "res.partner.industry", ondelete="cascade", index=True, help="Leave empty for firms of all industries."
    )
    ratio = fields.Selection(
        selection="_select_ratio", required=True, index=True, help="Percentages are stated as 12.5, days as days."
    )
    origin = fields.Selection(
        [("portfolio", "Our customers"), ("table", "Table")], required=True, readonly=True, default="table",
        help="Counted from our own customers' statements, or taken from a table of others.",
    )  # fmt: skip
    source = fields.Char(help="Who has published the table, and where.")
    date = fields.Date(
        "As of", required=True, default=fields.Date.context_today, help="When it was counted or published."
    )
    lower = fields.Float("Lower quartile", required=True, aggregator=None, help="A quarter of the firms are below it.")
    median = fields.Float(required=True, aggregator=None, help="Half of the firms are below it.")
    upper = fields.Float("Upper quartile", required=True, aggregator=None, help="A quarter of the firms are above it.")
    firms = KnownInteger(aggregator=None, help="How many firms it is of; empty where the table does not say.")
    company_id = fields.Many2one(
        "res.company", "Used by", index=True, domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
        help="The company whose customers it stands beside; leave empty for all of your companies.",
    )  # fmt: skip

    _in_order = models.Constraint(
        "CHECK(lower <= median AND median <= upper)",
        "The lower quartile cannot be above the median, nor the median above the upper quartile.",
    )
    _firms_positive = models.Constraint("CHECK(firms > 0)", "A benchmark is of one firm at least.")
    _unique = models.UniqueIndex(
        "((COALESCE(industry_id, 0)), ratio, origin, date, (COALESCE(company_id, 0)))",
        "There is a benchmark of this industry and ratio for this day already.",
    )

    @api.model
    def _select_ratio(self):
        # amounts are of a firm's size, and have no industry to compare with
        return [(ratio.code, self.env._(ratio.label)) for ratio in RATIOS.values() if ratio.unit != "amount"]

    @api.model
    def _beside(self, industry, company):
        """The benchmarks to show for a customer of ``industry`` (may be empty): ``{ratio code: benchmarks}``.

        Of each origin the latest; of the industry if there is one, else of all industries.
        """
        found = self.search(
            Domain("industry_id", "in", (industry.id, False)) & Domain("company_id", "in", (company.id, False)),
            order="date desc, id desc",
        )
        chosen = {}
        for benchmark in found.sorted(lambda benchmark: not benchmark.industry_id):
            chosen.setdefault((benchmark.ratio, benchmark.origin), benchmark)
        by_ratio = defaultdict(list)
        for (ratio, _origin), benchmark in sorted(chosen.items()):
            by_ratio[ratio].append(benchmark)
        return by_ratio

    def _shown(self, ratio, value):
        """What the comparison widget shows of it beside ``value``."""
        self.ensure_one()
        peers = Quartiles(self.lower, self.median, self.upper)
        return {
            "origin": self.origin,
            "label": self.env._("Customers") if self.origin == "portfolio" else (self.source or self.env._("Table")),
            "industry": self.industry_id.name or self.env._("All industries"),
            "lower": self.lower,
            "median": self.median,
            "upper": self.upper,
            "firms": self.firms,
            "standing": peers.standing(value, ratio.direction),
        }

    # -- our own customers ---------------------------------------------------------------------------

    def action_count_portfolio(self):
        """Count the medians of the current company's customers anew."""
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers have benchmarks counted."))
        counted = self._count_portfolio(self.env.company.root_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if counted else "warning",
                "message": self.env._("Medians counted: %s", len(counted))
                if counted
                else self.env._(
                    "No median was counted: no ratio is known of %s customers with confirmed annual statements.",
                    LEAST_FIRMS,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_count_portfolio(self):
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            self._count_portfolio(company)

    @api.model
    def _count_portfolio(self, company):
        """Replace the company's portfolio benchmarks by today's: from each customer's latest annual statement.

        :return: the new ones
        """
        today = fields.Date.context_today(self)
        # sudo: medians of at least LEAST_FIRMS give no single firm away, and analysts see what managers have counted
        profiles = self.env["credit.profile"].sudo().search([("company_id", "=", company.id)])
        values = defaultdict(list)
        for statements in profiles._statements(today).values():
            annual = statements.filtered(lambda statement: statement.period == "year")[:2]
            if not annual:
                continue
            industry = annual.partner_id.industry_id
            for code, value in annual._ratios()[annual[0].id].items():
                if value is not None and RATIOS[code].unit != "amount":
                    for group in {industry.id, False}:
                        values[group, code].append(value)
        own = self.sudo()
        own.search([("origin", "=", "portfolio"), ("company_id", "=", company.id)]).unlink()
        return own.create(
            [
                {
                    "industry_id": industry_id,
                    "ratio": code,
                    "origin": "portfolio",
                    "date": today,
                    "lower": found.lower,
                    "median": found.median,
                    "upper": found.upper,
                    "firms": found.count,
                    "company_id": company.id,
                }
                for (industry_id, code), group in values.items()
                if len(group) >= LEAST_FIRMS and (found := quartiles(group))
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                # what is counted is counted by us
                vals["origin"] = "table"
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and ("origin" in vals or any(benchmark.origin == "portfolio" for benchmark in self)):
            raise AccessError(self.env._("Benchmarks of our own customers are counted, not entered."))
        return super().write(vals)
