# Part of credit_management. License LGPL-3.0 or later.
import base64
import io
from collections import defaultdict
from dataclasses import replace

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.receivables_csv import Layout, Rejected, read

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DECIMALS = {"point": ".", "comma": ","}
LINES_SHOWN = 200


class CreditPaymentLoad(models.TransientModel):
    """Read a file of payment history: show what would come of it, then import the good lines."""

    _name = "credit.payment.load"
    _description = "Import Payment History"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id, domain=[("parent_id", "=", False)],
        help="Whose customers these were; in other companies the history does not count.",
    )  # fmt: skip
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Another currency than the company's is converted at the rate of the invoice date.",
    )
    file = fields.Binary(
        required=True,
        attachment=False,
        help="A CSV file whose first line names the columns: customerID, invoiceNumber, InvoiceDate, DueDate,"
        " InvoiceAmount, SettledDate and, if you like, Disputed; in any order, and under similar names.",
    )
    filename = fields.Char()
    dates = fields.Selection(
        [
            ("iso", "Year-month-day (2026-01-31)"),
            ("dmy", "Day/month/year (31/1/2026)"),
            ("mdy", "Month/day/year (1/31/2026)"),
            ("ymd", "Year/month/day (2026/1/31)"),
        ],
        "Dates are written",
        default="iso",
        required=True,
        help="In which order the file writes days, months and years; dots, dashes and slashes are all the same.",
    )
    decimal = fields.Selection(
        [("point", "1,234.56"), ("comma", "1.234,56")],
        "Amounts are written",
        default="point",
        required=True,
        help="What stands before the cents.",
    )
    delimiter = fields.Selection(
        [("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab")],
        "Columns end with",
        default="comma",
        required=True,
        help="What stands between two columns of a line.",
    )
    encoding = fields.Selection(
        [("utf-8-sig", "UTF-8"), ("gb18030", "GB 18030"), ("cp1252", "Windows-1252")],
        default="utf-8-sig",
        required=True,
        help="How letters are stored. Chinese spreadsheets often save GB 18030, Western ones Windows-1252.",
    )
    problem = fields.Char(compute="_compute_preview", help="Why the file can't be read.")
    count_good = fields.Integer(
        "Invoices to import", compute="_compute_preview", help="The lines that can be imported."
    )
    count_customers = fields.Integer(
        "Of customers", compute="_compute_preview", help="How many customers these are of."
    )
    count_bad = fields.Integer("Lines rejected", compute="_compute_preview", help="The lines that can't be imported.")
    rejected = fields.Text(
        "Why lines are rejected", compute="_compute_preview", help="By the number of the line in the file."
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.company_id.currency_id

    @api.depends("file", "dates", "decimal", "delimiter", "encoding", "company_id", "currency_id")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            good, bad, wizard.problem = [], [], False
            try:
                if wizard.file:
                    good, bad = wizard._read()
            except Rejected as problem:
                wizard.problem = str(problem)
            wizard.count_good = len(good)
            wizard.count_customers = len({partner for _line, partner in good})
            wizard.count_bad = len(bad)
            wizard.rejected = wizard._reasons(bad)

    def _reasons(self, bad):
        """What people read of the rejected lines."""
        shown = [
            self.env._("Line %(number)s: %(reason)s", number=number, reason=reason)
            for number, reason in bad[:LINES_SHOWN]
        ]
        if len(bad) > LINES_SHOWN:
            shown.append(self.env._("… and %s more lines", len(bad) - LINES_SHOWN))
        return "\n".join(shown)

    def _read(self):
        """The good lines, each with its customer, and the rejected ones.

        :return: ``(list of (Line, partner id), list of (line number, reason))``, both in the order of the file
        :raises Rejected: the file is no such history
        """
        self.ensure_one()
        if self.company_id not in self.env.user.company_ids.root_id:
            raise AccessError(self.env._("You do not work in the company “%s”.", self.company_id.sudo().name))
        ours, theirs = self.company_id.currency_id, self.currency_id
        if ours != theirs and not (ours.sudo().rate_ids or theirs.sudo().rate_ids):
            raise Rejected(
                self.env._("There is no rate of %(theirs)s in %(ours)s: enter one.", theirs=theirs.name, ours=ours.name)
            )
        layout = Layout(self.dates, DECIMALS[self.decimal], DELIMITERS[self.delimiter])
        text = base64.b64decode(self.file).decode(self.encoding, errors="replace")
        lines, bad = read(io.StringIO(text, newline=""), layout, self.env._)
        partners = self._partners(lines)
        good = []
        known = self.env["credit.payment.history"]._known(
            self.company_id,
            {partner for found in partners.values() for partner in found},
            list({line.invoice for line in lines}),
        )
        today = fields.Date.today()
        for line in lines:
            found = partners[line.customer]
            reason = None
            if not found:
                reason = self.env._(
                    "there is no customer with reference, tax ID or name “%(customer)s”", customer=line.customer
                )
            elif len(found) > 1:
                reason = self.env._(
                    "several customers are called “%(customer)s”: use their reference", customer=line.customer
                )
            elif line.settled and line.settled > today:
                reason = self.env._("it was settled on %(day)s: that day is still to come", day=line.settled)
            else:
                [partner] = found
                converted = self._in_company_currency(line)
                reason = known.get((partner, line.invoice))
                if not reason and ours.is_zero(converted.amount):
                    reason = self.env._("its amount is nothing in %(currency)s", currency=ours.name)
            if reason:
                bad.append((line.number, reason))
            else:
                good.append((converted, partner))
        return good, sorted(bad)

    def _partners(self, lines):
        """The customers that each name in the file may mean, by reference, else tax ID, else name:
        ``{name: set of commercial partner ids}``."""
        names = list({line.customer for line in lines})
        found = defaultdict(set)
        company = Domain("company_id", "in", (False, self.company_id.id))
        for field in ("ref", "vat", "name"):
            left = [name for name in names if name not in found]
            for partner in self.env["res.partner"].search(company & Domain(field, "in", left)):
                found[partner[field]].add(partner.commercial_partner_id.id)
        return found

    def action_import(self):
        """Import the good lines and open the import, which keeps what was rejected."""
        self.ensure_one()
        if not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts import payment history."))
        try:
            good, bad = self._read()
        except Rejected as problem:
            raise UserError(str(problem)) from None
        if not good:
            raise UserError(self.env._("There is nothing to import: no line of the file is good."))
        imported = self.env["credit.payment.import"].create(
            {
                "name": self.filename or self.env._("Payment history"),
                "company_id": self.company_id.id,
                "count_rejected": len(bad),
                "rejected": self._reasons(bad),
                "history_ids": [Command.create(self._values(line, partner)) for line, partner in good],
            }
        )
        imported.history_ids._profiles()._refresh_behaviour()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.payment.import",
            "res_id": imported.id,
            "view_mode": "form",
        }

    def _in_company_currency(self, line):
        """The line with its amount in company currency, at the rate of its invoice date."""
        ours = self.company_id.currency_id
        if self.currency_id == ours:
            return replace(line, amount=ours.round(line.amount))
        return replace(line, amount=self.currency_id._convert(line.amount, ours, self.company_id, line.issued))

    @api.model
    def _values(self, line, partner):
        return {
            "partner_id": partner,
            "name": line.invoice,
            "date_invoice": line.issued,
            "date_due": line.due,
            "date_settled": line.settled,
            "amount": line.amount,
            "disputed": line.disputed,
        }
