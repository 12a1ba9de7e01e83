# Part of credit_management. License LGPL-3.0 or later.
import datetime

from odoo import models, tools

# a leap year: whatever day of a year an invoice is issued on, it is among them
YEAR = [datetime.date(2028, 1, 1) + datetime.timedelta(days) for days in range(366)]


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    @tools.ormcache("self.id")
    def _credit_days(self):
        """The most days that may pass from an invoice to its last due date, whatever day it is issued on; 0: at once.

        Kept in memory, as every check of an order asks for it; a change of a term clears that.
        """
        self.ensure_one()
        # sudo: how long a payment term is does not depend on who looks
        return max(((line._get_due_date(day) - day).days for line in self.sudo().line_ids for day in YEAR), default=0)


class AccountPaymentTermLine(models.Model):
    _name = "account.payment.term.line"
    _inherit = ["account.payment.term.line", "credit.kept.mixin"]
