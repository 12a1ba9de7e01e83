# Part of credit_management. License LGPL-3.0 or later.
"""Decisions only note down what they name, and no longer refer to it."""

from odoo.tools import SQL

# what a decision still refers to: who decided on it, and why
REFERENCES = ("requested_by", "released_by", "principal_id", "reason_id")


def migrate(cr, version):
    """Drop the foreign keys that checks paid for with every decision; the triggers in their place come by themselves.

    The decisions stay as they are.
    """
    cr.execute(
        """SELECT fk.conname FROM pg_constraint fk
             JOIN pg_attribute referring ON referring.attrelid = fk.conrelid AND referring.attnum = fk.conkey[1]
            WHERE fk.contype = 'f' AND fk.conrelid = to_regclass('credit_decision')
              AND NOT referring.attname = ANY(%s)""",
        [list(REFERENCES)],
    )
    for (name,) in cr.fetchall():
        cr.execute(SQL("ALTER TABLE credit_decision DROP CONSTRAINT %s", SQL.identifier(name)))
