# Part of credit_management. License LGPL-3.0 or later.
"""The gate: one narrow row per credit profile, and per group of them, that everybody who uses up, grants or takes
credit writes.

Odoo's transactions run REPEATABLE READ, where a lock alone protects nothing: whoever waited for it goes on
with the snapshot from before. A row that was *written* makes the later transaction fail to serialise, and it
is run again with a fresh snapshot. Only checks, and changes of limits, holds and releases, write here: never the
monitor, never accounting.
"""

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL


class CreditGate(models.Model):
    _name = "credit.gate"
    _description = "Credit Gate"
    _log_access = False
    _rec_name = "profile_id"

    profile_id = fields.Many2one("credit.profile", ondelete="cascade")
    group_id = fields.Many2one("credit.group", ondelete="cascade")
    passages = fields.Integer(default=0, help="Counts the transactions that went through.")

    _profile_unique = models.UniqueIndex("(profile_id)")
    _group_unique = models.UniqueIndex("(group_id) WHERE group_id IS NOT NULL")
    _either = models.Constraint("CHECK(num_nonnulls(profile_id, group_id) = 1)", "A gate is a profile's or a group's.")

    @api.model
    def _enter(self, profile_ids, group_ids=()):
        """Wait until nobody else is at the gate of these profiles and groups, and close it until the transaction
        ends.

        Rows are locked in the order of their ids, so that two transactions never wait for each other.

        :raises psycopg2.errors.SerializationFailure: somebody went through since this transaction began. The
            caller lets it pass: Odoo runs the request again (see ``ir_http.py`` for how soon).
        """
        profile_ids, group_ids = list(profile_ids), list(group_ids)
        if not profile_ids and not group_ids:
            return
        if len(profile_ids) == 1 and not group_ids:
            query = SQL("UPDATE credit_gate SET passages = passages + 1 WHERE profile_id = %s", *profile_ids)
        else:
            query = SQL(
                """UPDATE credit_gate gate SET passages = gate.passages + 1
                     FROM (SELECT id FROM credit_gate WHERE profile_id = ANY(%s) OR group_id = ANY(%s)
                            ORDER BY id FOR NO KEY UPDATE) waiting
                    WHERE gate.id = waiting.id""",
                profile_ids,
                group_ids,
            )
        try:
            # a lost race is not an error: keep it out of the log
            self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.errors.SerializationFailure as failure:
            failure.at_credit_gate = True
            raise
