# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_policy_id = fields.Many2one(
        "credit.policy",
        "Standard credit policy",
        default=lambda self: self._credit_shipped_policy(),
        domain="[('company_id', 'in', (id, False)), ('in_force', '=', True)]",
        help="The policy of customers who belong to no segment that has one of its own. A new version of it takes its"
        " place here too.",
        prefetch="credit",
    )
    credit_unknown_action = fields.Selection(
        [("allow", "Let their orders pass"), ("warn", "Warn"), ("hold", "Hold their orders")],
        "Customers not under credit control",
        default="allow",
        required=True,
        help="What happens to orders of customers who have no credit profile in the company.",
        prefetch="credit",
    )
    credit_statement_tolerance = fields.Float(
        "Tolerance of statements",
        default=0.1,
        help="By how many percent of the total assets the totals of a statement may differ from their parts, so that it"
        " can still be confirmed. A difference of one unit is rounding, and always tolerated.",
        prefetch="credit",
    )

    _credit_statement_tolerance_percent = models.Constraint(
        "CHECK(credit_statement_tolerance BETWEEN 0 AND 100)", "The tolerance of statements is 0 to 100 percent."
    )

    @api.constrains("credit_policy_id")
    def _check_credit_policy(self):
        for company in self:
            if company.credit_policy_id and not company.credit_policy_id.in_force:
                raise ValidationError(
                    self.env._("“%s” is not in force: publish it first.", company.credit_policy_id.display_name)
                )

    @api.model
    def _credit_shipped_policy(self):
        """The policy that comes with the addon, in the version in force; empty while it is being installed."""
        # sudo: new companies get it, whoever makes them
        shipped = self.env.ref("credit_management.policy_standard", raise_if_not_found=False)
        return shipped.sudo()._current() if shipped else self.env["credit.policy"]

    @api.model
    def _credit_roots(self, company_ids):
        """The root company's id for each of ``company_ids``: branches share the credit of their root."""
        branches = self._credit_branches()
        return {company: branches.get(company, company) for company in company_ids}

    @tools.ormcache()
    def _credit_branches(self):
        """The root of every branch: ``{branch id: root id}``. Hardly ever changes, and is asked at every check."""
        # sudo: a branch user need not see the root to be bound by its limits
        branches = self.sudo().with_context(active_test=False).search([("parent_id", "!=", False)])
        return {branch.id: int(branch.parent_path.split("/")[0]) for branch in branches}

    @api.model
    def _credit_root(self):
        """The id of the root of the session's company."""
        company = self.env.company.id
        return self._credit_roots([company])[company]

    @tools.ormcache()
    def _credit_currencies(self):
        """By root company: its currency's id, and the unit in which amounts are compared."""
        # sudo: as above
        companies = self.sudo().with_context(active_test=False).search([("parent_id", "=", False)])
        return {company.id: (company.currency_id.id, company.currency_id.rounding) for company in companies}

    @api.model
    def _credit_root_sql(self, company):
        """SQL of the root of ``company`` (SQL of an id)."""
        branches = self._credit_branches()
        if not branches:
            return company
        cases = SQL(" ").join(SQL("WHEN %s THEN %s", branch, root) for branch, root in branches.items())
        return SQL("CASE %s %s ELSE %s END", company, cases, company)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"parent_id", "currency_id"} & set(vals):
            self.env.registry.clear_cache()
        return super().write(vals)


class ResCurrency(models.Model):
    _inherit = "res.currency"

    def write(self, vals):
        if "rounding" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)
