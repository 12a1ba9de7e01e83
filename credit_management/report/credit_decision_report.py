# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.tools import SQL

from ..models.credit_decision import OPEN


class CreditDecisionReport(models.Model):
    """Documents that were stopped: by what, who decided after how long, and what came of them since.

    A row for each decision that held or refused; what came of it is the present state of its order and invoices.
    """

    _name = "credit.decision.report"
    _description = "Holds and Releases"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"

    name = fields.Char("Document", readonly=True)
    date = fields.Datetime(readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    profile_id = fields.Many2one("credit.profile", "Credit profile", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    policy_id = fields.Many2one("credit.policy", readonly=True)
    document_user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="The document's salesperson.")
    released_by = fields.Many2one("res.users", "Decided by", readonly=True, help="Who released or rejected it.")
    reason_id = fields.Many2one("credit.reason", readonly=True, help="Why it was released or rejected.")
    kinds = fields.Char("Rules", readonly=True, help="The rules that stopped the document.")
    state = fields.Selection(
        lambda self: self.env["credit.decision"]._fields["state"]._description_selection(self.env), readonly=True,
        help="What became of the check.",
    )
    asked = fields.Monetary("Asked for", readonly=True, help="What the document would have added to the exposure.")
    overage = fields.Monetary(readonly=True, help="The amount that releasing it took authority for.")
    days = fields.Float(
        "Days waiting", readonly=True, aggregator="avg", digits=(16, 1), help="Until it was decided, or until now."
    )
    result = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("dropped", "No order came of it"),
            ("not_invoiced", "Ordered, not invoiced"),
            ("open", "Invoiced, not due"),
            ("overdue", "Invoiced, overdue"),
            ("paid", "Paid"),
        ],
        "What came of it",
        readonly=True,
        help="By the order and its invoices, today.",
    )
    invoiced = fields.Monetary(readonly=True, help="Of the order, in the company's currency.")
    overdue = fields.Monetary(readonly=True, help="What of it is overdue today.")

    @property
    def _table_query(self):
        for model, names in {
            "credit.decision": None,
            "sale.order": ["state"],
            "account.move": ["state", "amount_total_signed", "amount_residual_signed", "invoice_date_due"],
        }.items():
            self.env[model].flush_model(names)
        return SQL(
            """
            SELECT decision.id, decision.name, decision.date, decision.partner_id, decision.profile_id,
                   decision.company_id, decision.currency_id, decision.policy_id, decision.document_user_id,
                   decision.released_by, decision.reason_id, decision.kinds, decision.state, decision.asked,
                   decision.overage,
                   EXTRACT(EPOCH FROM COALESCE(decision.released_on,
                                               CASE WHEN decision.is_open THEN now() AT TIME ZONE 'UTC' END)
                                      - decision.date)::float8 / 86400 AS days,
                   CASE WHEN decision.state IN %(open)s THEN 'waiting'
                        WHEN so.id IS NULL OR so.state <> 'sale' THEN 'dropped'
                        WHEN invoices.invoiced IS NULL THEN 'not_invoiced'
                        WHEN invoices.overdue > 0 THEN 'overdue'
                        WHEN invoices.residual > 0 THEN 'open'
                        ELSE 'paid' END AS result,
                   invoices.invoiced, invoices.overdue
              FROM credit_decision decision
              LEFT JOIN sale_order so ON so.id = decision.order_id
              LEFT JOIN LATERAL (
                   SELECT SUM(amount_total_signed) AS invoiced, SUM(amount_residual_signed) AS residual,
                          SUM(amount_residual_signed) FILTER (WHERE invoice_date_due < %(today)s) AS overdue
                     FROM account_move
                    WHERE state = 'posted' AND id IN (
                          SELECT item.move_id
                            FROM sale_order_line line
                            JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
                            JOIN account_move_line item ON item.id = link.invoice_line_id
                           WHERE line.order_id = decision.order_id)) invoices ON decision.order_id IS NOT NULL
             WHERE decision.outcome IN ('hold', 'refuse')
            """,
            open=OPEN,
            today=fields.Date.today(),
        )

    def action_view_decision(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.decision",
            "res_id": self.id,
            "views": [(False, "form")],
        }
