# Part of credit_management. License LGPL-3.0 or later.
"""Read a receivables history and make it real: customers, posted invoices, reconciled payments.

:func:`.receivables_csv.read` turns the lines of a CSV file into :class:`.receivables_csv.Line` values and rejects
those that cannot be meant.
:class:`Book` loads them into a company as of a date, in batches. It may be stopped and run again: what is there
already is known by customer and invoice number, and nothing is loaded twice.
"""

import datetime
from collections import defaultdict

from odoo import Command, fields

from .receivables_csv import Line, Rejected, read

__all__ = ["Book", "Line", "Rejected", "parse_as_of", "read"]
BATCH = 100


class Book:
    """The loading of a history into a company.

    :param env: environment whose company gets the documents
    :param as_of: invoices issued after this day are left out, payments made after it have not happened
    :param commit: called after every batch; makes what was loaded stay
    :param progress: called with (what, done, total) after every batch
    """

    def __init__(self, env, as_of, commit=lambda: None, progress=lambda what, done, total: None):
        self.env = env(context=dict(env.context, tracking_disable=True, mail_create_nosubscribe=True))
        self.company = env.company
        self.as_of, self.commit, self.progress = as_of, commit, progress

    def load(self, lines):
        """Load what is not there yet.

        :return: ``{"customers": …, "invoices": …, "payments": …}``, counting what was made now
        """
        lines = [line for line in lines if line.issued <= self.as_of]
        made = {"customers": self._customers(lines)}
        made["invoices"] = self._invoices(lines)
        made["payments"] = self._payments(lines)
        return made

    def partners(self, lines):
        """The customers of these lines, by their reference."""
        references = sorted({line.customer for line in lines})
        found = self.env["res.partner"].search(
            [("ref", "in", references), ("parent_id", "=", False), ("company_id", "in", (False, self.company.id))]
        )
        return {partner.ref: partner for partner in found}

    def moves(self, lines):
        """The posted invoices of these lines, by customer and number."""
        found = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "=", "out_invoice"),
                ("ref", "in", [line.invoice for line in lines]),
                ("state", "=", "posted"),
            ]
        )
        return {(move.partner_id.ref, move.ref): move for move in found}

    def _customers(self, lines):
        known = self.partners(lines)
        values = {
            line.customer: {
                "name": f"Customer {line.customer}",
                "ref": line.customer,
                "company_type": "company",
                "comment": f"Country code {line.country}",
            }
            for line in lines
            if line.customer not in known
        }
        self.env["res.partner"].create(list(values.values()))
        self.commit()
        return len(values)

    def _invoices(self, lines):
        known, partners = self.moves(lines), self.partners(lines)
        missing = [line for line in lines if (line.customer, line.invoice) not in known]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            moves = self.env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": partners[line.customer].id,
                        "ref": line.invoice,
                        "invoice_date": line.issued,
                        "invoice_date_due": line.due,
                        "invoice_payment_term_id": False,
                        "invoice_line_ids": [
                            Command.create({"name": "Goods", "price_unit": line.amount, "tax_ids": False})
                        ],
                    }
                    for line in batch
                ]
            )
            moves.action_post()
            disputed = [move.id for move, line in zip(moves, batch, strict=True) if line.disputed]
            moves.browse(disputed).write({"credit_disputed": True, "credit_dispute_reason": "As in the history"})
            self.commit()
            self.progress("invoices", start + len(batch), len(missing))
        return len(missing)

    def _payments(self, lines):
        moves = self.moves(lines)
        unpaid = [
            (line.settled, moves[line.customer, line.invoice])
            for line in sorted(lines, key=lambda line: (line.settled or self.as_of, line.number))
            if line.settled
            and line.settled <= self.as_of
            and moves[line.customer, line.invoice].payment_state == "not_paid"
        ]
        for start in range(0, len(unpaid), BATCH):
            batch = unpaid[start : start + BATCH]
            self._pay(batch)
            self.commit()
            self.progress("payments", start + len(batch), len(unpaid))
        return len(unpaid)

    def _pay(self, batch):
        """Pay invoices in full, each with a payment of its own on its day, as Odoo's dialog would; but that takes one
        day at a time, and reconciles one payment after the other.

        :param batch: list of (day, invoice)
        """
        invoices = self.env["account.move"].union(*(move for _day, move in batch))
        # whatever the dialog would choose
        dialog = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({"group_payment": False})
        )
        owed = [
            move.line_ids.filtered(lambda item: item.account_id.account_type == "asset_receivable")
            for _day, move in batch
        ]
        payments = self.env["account.payment"].create(
            [
                {
                    "date": day,
                    "amount": move.amount_residual,
                    "currency_id": move.currency_id.id,
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": move.commercial_partner_id.id,
                    "company_id": self.company.id,
                    "journal_id": dialog.journal_id.id,
                    "payment_method_line_id": dialog.payment_method_line_id.id,
                    "destination_account_id": items.account_id.id,
                    "memo": move.payment_reference or move.ref or move.name,
                    "invoice_ids": [Command.set(move.ids)],
                }
                for (day, move), items in zip(batch, owed, strict=True)
            ]
        )
        payments.action_post()
        pairs = [
            items | payment.move_id.line_ids.filtered(lambda item, items=items: item.account_id == items.account_id)
            for payment, items in zip(payments, owed, strict=True)
        ]
        self.env["account.move.line"]._reconcile_plan(pairs)

    def control(self, lines, factor):
        """Bring the customers under credit control, with ``factor`` times the most that each has ever owed as his
        limit, entered as Odoo's own limit and adopted from there.

        :return: the profiles that are new
        """
        lines = [line for line in lines if line.issued <= self.as_of]
        partners = self.partners(lines)
        for reference, peak in self.peaks(lines).items():
            partners[reference].with_company(self.company).credit_limit = round(factor * peak, -1)
        wizard = self.env["credit.enrol"].create(
            {
                "company_id": self.company.root_id.id,
                "policy_id": self.company.root_id.credit_policy_id.id,
                "scope": "selection",
                "partner_ids": [Command.set([partner.id for partner in partners.values()])],
                "limit_source": "odoo",
            }
        )
        before = self.env["credit.profile"].search([("company_id", "=", wizard.company_id.id)])
        if wizard.count_new:
            wizard.action_enrol()
        self.commit()
        return self.env["credit.profile"].search([("company_id", "=", wizard.company_id.id)]) - before

    def peaks(self, lines):
        """The most that each customer has owed on any day up to the date: ``{reference: amount}``."""
        changes = defaultdict(list)
        for line in lines:
            changes[line.customer].append((line.issued, 1, line.amount))
            if line.settled and line.settled <= self.as_of:
                changes[line.customer].append((line.settled, 0, -line.amount))
        peaks = {}
        for customer, events in changes.items():
            owed = peak = 0.0
            for _day, _order, amount in sorted(events):
                owed += amount
                peak = max(peak, owed)
            peaks[customer] = peak
        return peaks


def parse_as_of(text):
    """A day given as YYYY-MM-DD; today if nothing is given."""
    if not text:
        return fields.Date.today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Rejected(f"“{text}” is not a date of the form YYYY-MM-DD") from None
