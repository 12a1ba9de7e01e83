# Part of credit_management. License LGPL-3.0 or later.
"""Requests that lose the race at the gate are run again at once."""

import psycopg2.errors

from odoo import models
from odoo.http import request

# Each round lets one of those who wait through, so this many may be there at the same moment.
ROUNDS = 50


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Run a request again that lost the race at the credit gate.

        Odoo would do so too, but five times only and after a random wait of seconds each: too few and too
        long where a whole team confirms orders of one customer. The loser has waited in the queue for the row
        already, so that going on at once is fair, and every round lets one through.
        """
        for _round in range(ROUNDS):
            params = dict(request.params)
            try:
                return super()._dispatch(endpoint)
            except psycopg2.errors.SerializationFailure as failure:
                if not getattr(failure, "at_credit_gate", False) or request.httprequest.files:
                    raise
                request.params = params
                request.env.cr.rollback()
                request.env.transaction.reset()
                request.env.registry.reset_changes()
                request.session = request._get_session_and_dbname()[0]
        return super()._dispatch(endpoint)
