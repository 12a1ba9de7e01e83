# Part of credit_management. License LGPL-3.0 or later.
"""The change queue: whose figures have to be counted anew.

Lists read figures stored on the profile. Whatever changes exposure leaves a note here, from triggers in the
database, as code that only listens to the ORM would miss merges of customers, moved contacts, deletions and
everything other addons do in SQL. The triggers are called for changed rows only, and only for those that count, which
costs less than handing over all rows of a statement. Notes are inserted only, without a foreign key, so that
accounting never waits for us. A cron turns them into figures every minute.
"""

import re
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class Watched(NamedTuple):
    """A table whose changes touch exposure.

    The triggers do as little as can be, as they run within everybody's transactions: they note partner and company
    of a row that changed in one of ``columns``. Who is under control, and whose branch it is, is found out later.
    """

    table: str
    counts: str  # SQL: which rows count at all; a row is called ``r``
    columns: list[str]
    partner: str  # SQL of the partner
    company: str  # SQL of the company, NULL for all
    join: str = ""  # FROM this, where the row alone does not tell

    def note(self, row):
        """SQL that notes the row ``row`` (OLD or NEW)."""
        source = f"FROM {self.join}" if self.join else ""
        values = f"SELECT {self.partner}, {self.company} {source}"
        return _row(f"INSERT INTO credit_change (partner, company) {values};", row)

    def trigger(self, event):
        """SQL of the condition on which ``event`` is worth a note, and of the notes."""
        if event != "update":
            row = {"insert": "NEW", "delete": "OLD"}[event]
            return _row(self.counts, row), self.note(row)
        old, new = (", ".join(f"{row}.{column}" for column in self.columns) for row in ("OLD", "NEW"))
        condition = f"({old}) IS DISTINCT FROM ({new}) AND ({_row(self.counts, 'OLD')} OR {_row(self.counts, 'NEW')})"
        if self.join:
            return condition, self.note("NEW")
        left, came = (_row(f"({self.partner}, {self.company})", row) for row in ("OLD", "NEW"))
        return condition, f"{self.note('NEW')} IF {left} IS DISTINCT FROM {came} THEN {self.note('OLD')} END IF;"


def _row(sql, row):
    return re.sub(r"\br\.", f"{row}.", sql)


WATCHED = [
    Watched(
        "account_move_line",
        "r.parent_state = 'posted' AND r.amount_residual <> 0",
        ["parent_state", "amount_residual", "partner_id", "company_id", "date_maturity", "account_id"],
        "r.partner_id",
        "r.company_id",
    ),
    Watched(
        "account_move",
        "r.state = 'draft' AND r.move_type IN ('out_invoice', 'out_refund', 'out_receipt')",
        ["state", "move_type", "amount_total_signed", "commercial_partner_id", "company_id"],
        "r.commercial_partner_id",
        "r.company_id",
    ),
    Watched(
        "sale_order",
        "r.state = 'sale' OR r.credit_paid_online > 0",
        ["state", "credit_open", "currency_rate", "partner_invoice_id", "company_id", "credit_authorized",
         "credit_paid_online"],
        "r.partner_invoice_id",
        "r.company_id",
    ),
    Watched(
        "payment_transaction",
        "TRUE",
        ["state", "payment_id"],
        "so.partner_invoice_id",
        "so.company_id",
        "sale_order_transaction_rel link JOIN sale_order so ON so.id = link.sale_order_id"
        " WHERE link.transaction_id = r.id",
    ),
    Watched("res_partner", "TRUE", ["commercial_partner_id"], "r.commercial_partner_id", "NULL::integer"),
]  # fmt: skip

BATCH = 500


class CreditChange(models.Model):
    _name = "credit.change"
    _description = "Credit Change Queue"
    _log_access = False
    _rec_name = "partner"

    # bare numbers on purpose: a foreign key would make accounting wait for whoever changes the partner
    partner = fields.Integer()
    company = fields.Integer()

    def init(self):
        self._drop_from_database()
        for watched in WATCHED:
            for event in ("insert", "update", "delete"):
                name = f"credit_change_{watched.table}_{event}"
                condition, notes = watched.trigger(event)
                # names and columns are those of WATCHED, nobody's input
                self.env.cr.execute(  # pylint: disable=sql-injection
                    f"""
                    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$
                    BEGIN {notes} RETURN NULL; END $$ LANGUAGE plpgsql;
                    CREATE TRIGGER {name} AFTER {event} ON {watched.table} FOR EACH ROW WHEN ({condition})
                        EXECUTE FUNCTION {name}();
                    """
                )

    @api.model
    def _drop_from_database(self):
        """Take all triggers off again, and their functions with them."""
        for watched in WATCHED:
            for event in ("insert", "update", "delete"):
                name = SQL.identifier(f"credit_change_{watched.table}_{event}")
                self.env.cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", name, SQL.identifier(watched.table)))
                self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s()", name))

    @api.model
    def _cron_process(self):
        """Count anew what has changed, batch by batch; what is not reached now is still there next time."""
        remaining = self.search_count([])
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        while processed := self._process(BATCH):
            remaining = max(0, remaining - processed)
            if not self.env["ir.cron"]._commit_progress(processed, remaining=remaining):
                break

    @api.model
    def _process(self, batch=None):
        """Take up to ``batch`` notes off the queue and refresh their profiles, in this one transaction.

        :return: how many notes were taken
        """
        taken = self.env.execute_query(
            SQL(
                # an array is read once; with IN the planner may read again and take more than the batch
                """DELETE FROM credit_change WHERE id = ANY(ARRAY(
                       SELECT id FROM credit_change ORDER BY id %s FOR UPDATE SKIP LOCKED))
                   RETURNING partner, company""",
                SQL("LIMIT %s", batch) if batch else SQL(),
            )
        )
        roots = self.env["res.company"]._credit_roots({company for _partner, company in taken if company})
        # sudo: the queue serves every company, whoever runs it
        partners = self.env["res.partner"].sudo().browse({partner for partner, _company in taken if partner}).exists()
        commercial = {partner.id: partner.commercial_partner_id.id for partner in partners}
        touched = {(commercial.get(partner), roots.get(company)) for partner, company in taken}
        self.env["credit.profile"]._enrol_new(touched)
        profiles = (
            self.env["credit.profile"]
            .sudo()
            .search([("partner_id", "in", list(commercial.values()))])
            .filtered(
                lambda profile: (
                    (profile.partner_id.id, profile.company_id.id) in touched
                    or (profile.partner_id.id, None) in touched
                )
            )
        )
        profiles._refresh()
        profiles._recheck_holds()
        return len(taken)
