# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.known import KnownInteger


class CreditPaymentImport(models.Model):
    """One file of payment history that was read in. Deleting it takes all of its lines away again."""

    _name = "credit.payment.import"
    _description = "Import of Payment History"
    _order = "create_date desc, id desc"

    name = fields.Char("File", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    create_uid = fields.Many2one("res.users", "Imported by", readonly=True)
    create_date = fields.Datetime("Imported on", readonly=True)
    history_ids = fields.One2many("credit.payment.history", "import_id", "Invoices", readonly=True)
    count = fields.Integer("Invoices imported", compute="_compute_count", help="The lines that became history.")
    count_rejected = fields.Integer("Lines rejected", readonly=True, help="The lines that did not.")
    rejected = fields.Text("Why lines were rejected", readonly=True, help="By the number of the line in the file.")

    def _compute_count(self):
        counts = dict(
            self.env["credit.payment.history"]._read_group(
                [("import_id", "in", self.ids)], ["import_id"], ["__count"]
            )
        )
        for imported in self:
            imported.count = counts.get(imported, 0)

    def unlink(self):
        profiles = self.history_ids._profiles()
        result = super().unlink()
        profiles._refresh_behaviour()
        return result

    def action_view_history(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "credit.payment.history",
            "view_mode": "list",
            "domain": [("import_id", "=", self.id)],
        }


class CreditPaymentHistory(models.Model):
    """An invoice of the time before accounting was kept here, and when it was paid.

    It counts in the customer's payment behaviour, and nowhere else: there is no entry behind it, and nothing to pay.
    """

    _name = "credit.payment.history"
    _inherit = ["credit.derived.mixin"]
    _description = "Payment History"
    _order = "date_invoice desc, id desc"
    _rec_name = "name"

    import_id = fields.Many2one(
        "credit.payment.import", required=True, index=True, ondelete="cascade",
        help="The file that the line came from.",
    )  # fmt: skip
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char("Invoice", required=True, help="Its number in the earlier system.")
    date_invoice = fields.Date("Invoice date", required=True, help="The day of the invoice.")
    date_due = fields.Date("Due date", required=True, help="The day by which it was to be paid.")
    date_settled = fields.Date("Paid on", help="Empty while it is unpaid.")
    days_late = KnownInteger(
        compute="_compute_days_late",
        store=True,
        aggregator="avg",
        help="Days from the due date to the payment; negative is early. Empty while it is unpaid.",
    )
    amount = fields.Monetary(required=True, help="The original amount in company currency, taxes included.")
    disputed = fields.Boolean(help="The customer contested it.")

    _amount_positive = models.Constraint("CHECK(amount > 0)", "The amount of an invoice must be above 0.")
    _due_after_invoice = models.Constraint(
        "CHECK(date_due >= date_invoice)", "An invoice cannot be due before its date."
    )
    _settled_after_invoice = models.Constraint(
        "CHECK(date_settled >= date_invoice)", "An invoice cannot be paid before its date."
    )

    @api.depends("date_due", "date_settled")
    def _compute_days_late(self):
        for history in self:
            history.days_late = history.date_settled and (history.date_settled - history.date_due).days

    @api.constrains("date_settled")
    def _check_settled(self):
        for history in self:
            if history.date_settled and history.date_settled > fields.Date.today():
                raise ValidationError(
                    self.env._(
                        "Invoice “%(name)s” cannot have been paid on %(day)s: that day is still to come.",
                        name=history.name,
                        day=fields.Date.to_string(history.date_settled),
                    )
                )

    def _profiles(self):
        """The credit profiles whose behaviour these lines count in, with sudo."""
        return self.env["credit.profile"].sudo().union(
            *self.env["credit.profile"]
            ._of({(history.partner_id.id, history.company_id.id) for history in self})
            .values()
        )

    @api.model
    def _known(self, company, partners, numbers):
        """The invoices of these customers that are known already, imported or in accounting.

        :param partners: ids of commercial partners
        :param numbers: of invoices
        :return: ``{(partner id, number): reason in words}``
        """
        # sudo: an invoice must not count twice, whether or not the reader may see the first one; he is told no more
        history = self.sudo().search_fetch(
            [("partner_id", "in", list(partners)), ("company_id", "=", company.id), ("name", "in", numbers)],
            ["partner_id", "name"],
        )
        moves = (
            self.env["account.move"]
            .sudo()
            .search_fetch(
                Domain("commercial_partner_id", "in", list(partners))
                & Domain("company_id", "child_of", company.id)
                & Domain("state", "=", "posted")
                & Domain("move_type", "in", ("out_invoice", "out_receipt"))
                & (Domain("name", "in", numbers) | Domain("ref", "in", numbers)),
                ["commercial_partner_id", "name", "ref"],
            )
        )
        known = {}
        for move in moves:
            reason = self.env._("it is in accounting already, as %(name)s", name=move.name)
            known[move.commercial_partner_id.id, move.name] = reason
            known[move.commercial_partner_id.id, move.ref] = reason
        for line in history:
            known[line.partner_id.id, line.name] = self.env._("it was imported already")
        return known
