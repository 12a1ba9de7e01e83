# Part of credit_management. License LGPL-3.0 or later.
import hashlib
import json

from odoo import fields, models
from odoo.tools import SQL


class CreditExternalReference(models.Model):
    """What another system calls a record that it has handed in, and what it said of it: so that saying the same again
    changes nothing. Kept by the server alone."""

    _name = "credit.external.reference"
    _description = "External Reference"
    _order = "id desc"
    _rec_name = "reference"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    source = fields.Char(required=True, readonly=True, help="The system that handed it in.")
    reference = fields.Char(required=True, readonly=True, help="What that system calls it.")
    kind = fields.Char(required=True, readonly=True, help="What it is handed in as.")
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    digest = fields.Char(readonly=True, help="A fingerprint of what was handed in last.")

    _one_each = models.UniqueIndex("(company_id, kind, source, reference)", "This reference is known already.")

    def _claim(self, company, kind, source, references):
        """The rows of these references, made where there are none: ``{reference: credit.external.reference}``.

        :param kind: what they are handed in as; see ``credit_api_v1_push``

        Two calls that hand in the same at the same moment meet here: the later one begins anew, and finds it known.
        """
        self.env.cr.execute_values(
            """INSERT INTO credit_external_reference
                      (company_id, kind, res_model, source, reference, create_uid, create_date)
               VALUES %s ON CONFLICT (company_id, kind, source, reference) DO NOTHING""",
            [
                (company.id, kind.name, kind.model, source, reference, self.env.uid, self.env.cr.now())
                for reference in references
            ],
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM credit_external_reference
                    WHERE company_id = %s AND kind = %s AND source = %s AND reference = ANY(%s)""",
                company.id,
                kind.name,
                source,
                list(references),
            )
        )
        return self.browse(row_id for (row_id,) in rows).grouped("reference")

    def _note(self, record, digest):
        self.ensure_one()
        self.write({"res_id": record.id, "digest": digest})


def digest(values):
    """A fingerprint of plain values, whatever the order of their keys."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
