# Part of credit_management. License LGPL-3.0 or later.
"""The change queue: whose figures have to be counted anew.

Lists read figures stored on the profile. Whatever changes exposure leaves a note here, from triggers in the
database, as code that only listens to the ORM would miss merges of customers, moved contacts, deletions and
everything other addons do in SQL. Notes are inserted only, without a foreign key, so that
accounting never waits for us. A cron turns them into figures every minute.
"""

from odoo import api, fields, models
from odoo.tools import SQL


class Watched:
    """A table whose changes touch exposure.

    The triggers do as little as can be, as they run within everybody's transactions: they note partner and company
    of the rows that changed in ``columns``. Who is under control, and whose branch it is, is found out later.

    :param counts: SQL: which rows count at all; a row is called ``r``
    :param partner: SQL of the partner; ``company`` SQL of the company, NULL for all
    """

    def __init__(self, table, counts, columns, partner, company, join=""):
        self.table, self.counts, self.columns = table, counts, columns
        self.partner, self.company, self.join = partner, company, join

    def select(self, event):
        rows = {"insert": "after_rows r", "delete": "before_rows r"}.get(event)
        if rows is None:
            after, before = (", ".join(f"{side}.{column}" for column in self.columns) for side in "ab")
            rows = f"""after_rows a JOIN before_rows b ON b.id = a.id AND ({after}) IS DISTINCT FROM ({before})
                CROSS JOIN LATERAL (VALUES (a.id, {after}), (b.id, {before})) r (id, {", ".join(self.columns)})"""
        return f"SELECT DISTINCT {self.partner}, {self.company} FROM {rows} {self.join} WHERE {self.counts}"


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
        "JOIN sale_order_transaction_rel link ON link.transaction_id = r.id"
        " JOIN sale_order so ON so.id = link.sale_order_id",
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
        self._drop_triggers()
        for watched in WATCHED:
            for event, transition in (
                ("insert", "REFERENCING NEW TABLE AS after_rows"),
                ("update", "REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows"),
                ("delete", "REFERENCING OLD TABLE AS before_rows"),
            ):
                name = f"credit_change_{watched.table}_{event}"
                # names and columns are those of WATCHED, nobody's input
                self.env.cr.execute(  # pylint: disable=sql-injection
                    f"""
                    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$
                    BEGIN
                        INSERT INTO credit_change (partner, company) {watched.select(event)};
                        RETURN NULL;
                    END $$ LANGUAGE plpgsql;
                    CREATE TRIGGER {name} AFTER {event} ON {watched.table} {transition}
                        FOR EACH STATEMENT EXECUTE FUNCTION {name}();
                    """
                )

    @api.model
    def _drop_triggers(self):
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
