# Part of credit_management. License LGPL-3.0 or later.
"""The change queue: which profiles have to be counted anew.

Lists read figures stored on the profile. Whatever changes exposure leaves a note here, from triggers in the
database, as code that only listens to the ORM would miss merges of customers, moved contacts, deletions and
everything other addons do in SQL. Notes are inserted only, without a foreign key to the profile, so that
accounting never waits for us. A cron turns them into figures every minute.
"""

from odoo import api, fields, models
from odoo.tools import SQL

# table → (event → SELECT of the profile ids that a statement touched)
_BY_PARTNER = """
    JOIN res_partner partner ON partner.id = {partner}
    JOIN res_company company ON company.id = {company}
    JOIN credit_profile profile ON profile.partner_id = partner.commercial_partner_id
                               AND profile.company_id = split_part(company.parent_path, '/', 1)::integer
"""


class Watched:
    """A table whose changes touch exposure.

    ``counts`` says which of its rows count at all, ``columns`` which columns matter, and ``profiles`` joins
    ``profile`` to a row called ``r``.
    """

    def __init__(self, table, counts, columns, profiles):
        self.table, self.counts, self.columns, self.profiles = table, counts, columns, profiles

    def select(self, event):
        rows = {
            "insert": "after_rows",
            "delete": "before_rows",
            "update": f"""(
                SELECT changed.* FROM (
                    SELECT a.id, a.{", a.".join(self.columns)} FROM after_rows a
                      JOIN before_rows b ON b.id = a.id
                     WHERE (a.{", a.".join(self.columns)}) IS DISTINCT FROM (b.{", b.".join(self.columns)})
                    UNION
                    SELECT b.id, b.{", b.".join(self.columns)} FROM before_rows b
                      JOIN after_rows a ON b.id = a.id
                     WHERE (a.{", a.".join(self.columns)}) IS DISTINCT FROM (b.{", b.".join(self.columns)})
                ) changed)""",
        }[event]
        return f"SELECT DISTINCT profile.id FROM {rows} r {self.profiles} WHERE {self.counts}"


WATCHED = [
    Watched(
        "account_move_line",
        "r.parent_state = 'posted'",
        ["parent_state", "amount_residual", "partner_id", "company_id", "date_maturity", "account_id"],
        _BY_PARTNER.format(partner="r.partner_id", company="r.company_id")
        + "JOIN account_account account ON account.id = r.account_id AND account.account_type = 'asset_receivable'",
    ),
    Watched(
        "account_move",
        "r.state = 'draft' AND r.move_type IN ('out_invoice', 'out_refund', 'out_receipt')",
        ["state", "move_type", "amount_total_signed", "commercial_partner_id", "company_id"],
        _BY_PARTNER.format(partner="r.commercial_partner_id", company="r.company_id"),
    ),
    Watched(
        "sale_order",
        "r.state = 'sale'",
        ["state", "credit_open", "currency_rate", "partner_invoice_id", "company_id"],
        _BY_PARTNER.format(partner="r.partner_invoice_id", company="r.company_id"),
    ),
    Watched(
        "payment_transaction",
        "TRUE",
        ["state", "amount", "payment_id"],
        "JOIN sale_order_transaction_rel link ON link.transaction_id = r.id"
        " JOIN sale_order so ON so.id = link.sale_order_id "
        + _BY_PARTNER.format(partner="so.partner_invoice_id", company="so.company_id"),
    ),
    Watched(
        "res_partner",
        "TRUE",
        ["commercial_partner_id"],
        "JOIN credit_profile profile ON profile.partner_id = r.commercial_partner_id",
    ),
]

BATCH = 500


class CreditChange(models.Model):
    _name = "credit.change"
    _description = "Credit Change Queue"
    _log_access = False
    _rec_name = "profile"

    # a bare number on purpose: a foreign key would make accounting wait for whoever changes the profile
    profile = fields.Integer(required=True)

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
                        INSERT INTO credit_change (profile) {watched.select(event)};
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
                """DELETE FROM credit_change WHERE id IN (
                       SELECT id FROM credit_change ORDER BY id %s FOR UPDATE SKIP LOCKED)
                   RETURNING profile""",
                SQL("LIMIT %s", batch) if batch else SQL(),
            )
        )
        # sudo: the queue serves every company, whoever runs it
        profiles = self.env["credit.profile"].sudo().browse({row[0] for row in taken}).exists()
        profiles._refresh()
        profiles._recheck_holds()
        return len(taken)
