# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.tools import SQL


class CreditConcentrationReport(models.Model):
    """How much of a company's exposure the single customers make, the largest first."""

    _name = "credit.concentration.report"
    _description = "Concentration of Exposure"
    _auto = False
    _order = "company_id, rank"
    _rec_name = "partner_id"

    rank = fields.Integer(readonly=True, aggregator="min", help="Place by exposure within the company.")
    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    group_id = fields.Many2one("credit.group", readonly=True, help="The group that the customer is a member of.")
    grade_id = fields.Many2one("credit.grade", readonly=True, help="The grade in force.")
    country_id = fields.Many2one("res.country", readonly=True, help="The customer's country.")
    policy_id = fields.Many2one("credit.policy", readonly=True)
    salesperson_id = fields.Many2one("res.users", readonly=True, help="The customer's salesperson.")
    exposure = fields.Monetary(readonly=True, help="What the customer owes and has ordered, in the company's currency.")
    share = fields.Float(readonly=True, digits=(16, 6), help="Part of the company's exposure.")
    cumulated = fields.Float(
        "Share so far", readonly=True, digits=(16, 6), aggregator="max", help="With all larger customers."
    )
    herfindahl = fields.Float(
        "Herfindahl index", readonly=True, digits=(16, 1),
        help="10,000 × the sum of the squared shares: 10,000 is a single customer, 100 a hundred equal ones; above"
        " 1,800 is called highly concentrated.",
    )  # fmt: skip

    @property
    def _table_query(self):
        self.env["credit.profile"].flush_model(
            ["exposure", "active", "group_id", "grade_id", "country_id", "policy_id", "salesperson_id"]
        )
        return SQL(
            """
            SELECT id, id AS profile_id, partner_id, company_id, currency_id, group_id, grade_id, country_id, policy_id,
                   salesperson_id, exposure, row_number() OVER largest AS rank,
                   (exposure / SUM(exposure) OVER company)::float8 AS share,
                   (SUM(exposure) OVER largest / SUM(exposure) OVER company)::float8 AS cumulated,
                   (10000 * (exposure / SUM(exposure) OVER company) ^ 2)::float8 AS herfindahl
              FROM credit_profile
             WHERE active AND exposure > 0
            WINDOW company AS (PARTITION BY company_id),
                   largest AS (PARTITION BY company_id ORDER BY exposure DESC, id)
            """
        )

    def action_view_profile(self):
        self.ensure_one()
        return self.profile_id._action_form()
