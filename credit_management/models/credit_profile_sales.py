# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; the portfolio's sales figures are a concept of their own
from odoo import api, fields, models

from .credit_payment import READERS

# what portfolio figures (days sales outstanding, collection effectiveness) are put together from; see _keep_sales
SALES = ("sales_year", "sales_days", "receivable_before", "receivable_end", "receivable_current")


class CreditProfile(models.Model):
    """Sales and receivables as of the day of the payment behaviour: unlike the ratios made of them, they add up."""

    _inherit = "credit.profile"

    sales_year = fields.Monetary(
        "Sales of 365 days", readonly=True, groups=READERS, help="Invoices less credit notes, taxes included."
    )
    sales_days = fields.Integer(
        "Days of sales", readonly=True, groups=READERS, aggregator="max", help="365, or since the first invoice."
    )
    receivable_before = fields.Monetary(
        "Receivables 365 days ago", readonly=True, groups=READERS, help="At the beginning of those days."
    )
    receivable_end = fields.Monetary(
        "Receivables then", readonly=True, groups=READERS, help="On the day of the payment behaviour."
    )
    receivable_current = fields.Monetary(
        "Not overdue then", readonly=True, groups=READERS, help="The part of them that was not past its due date."
    )

    @api.model
    def _figures(self):
        return (*super()._figures(), *SALES)

    @api.model
    def _keep_sales(self, figures):
        """Store what sales figures are made of.

        :param figures: ``{profile id: engine.payment.SalesFigures}``, see :meth:`_sales_figures`
        """
        self.env.cr.execute_values(
            """UPDATE credit_profile profile
                  SET sales_year = ROUND(new.sales::numeric, 2), sales_days = new.days,
                      receivable_before = ROUND(new.before::numeric, 2),
                      receivable_end = ROUND(new.balance::numeric, 2),
                      receivable_current = ROUND(new.current::numeric, 2)
                 FROM (VALUES %s) AS new (id, sales, days, before, balance, current)
                WHERE profile.id = new.id""",
            [
                (profile_id, found.sales, found.days, found.begin, found.balance, found.current)
                for profile_id, found in figures.items()
            ],
            page_size=1000,
        )
        self.browse(figures).invalidate_recordset(SALES)
