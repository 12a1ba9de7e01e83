# Part of credit_management. License LGPL-3.0 or later.
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.mimetypes import guess_mimetype

# What may be handed in: the ends of names, by what the content of such a file is found to be.
ACCEPTED = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "text/plain": (".csv",),
    "text/csv": (".csv",),
    "application/csv": (".csv",),
}
# bytes of one file, and files of one application
MAX_SIZE = 10 * 1024 * 1024
MAX_FILES = 10


class CreditApplicationDocument(models.Model):
    """A file handed in with an application. Confidential: for analysts, whoever added it, and the applicant himself."""

    _name = "credit.application.document"
    _description = "Document of an Application"
    _inherit = ["credit.derived.mixin"]
    _order = "id"

    application_id = fields.Many2one("credit.application", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="application_id.company_id", store=True)
    name = fields.Char("File", required=True, help="Its name.")
    content = fields.Binary(
        required=True, attachment=True, help="PDF, XLSX, CSV, JPEG or PNG, of at most 10 MB."
    )
    importable = fields.Boolean(compute="_compute_importable", help="Statements can be read from it.")

    @api.depends("name")
    def _compute_importable(self):
        for document in self:
            document.importable = (document.name or "").lower().endswith((".xlsx", ".csv"))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_file(vals.get("name"), vals.get("content"))
        documents = super().create(vals_list)
        documents.application_id._check_additions()
        documents._check_number()
        return documents

    def write(self, vals):
        self.application_id._check_additions()
        for document in self:
            if {"name", "content"} & set(vals):
                content = vals.get("content") or document.with_context(bin_size=False).content
                self._check_file(vals.get("name", document.name), content)
        result = super().write(vals)
        self._check_number()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_written(self):
        self.application_id._check_additions()

    @api.model
    def _check_file(self, name, content):
        """
        :param content: in base 64, as of the field
        :raises ValidationError: the file is too large, empty, or not of a kind that is accepted
        """
        data = base64.b64decode(content or b"")
        name = name or ""
        if not data:
            raise ValidationError(self.env._("“%s” is empty. Choose the file again.", name))
        if len(data) > MAX_SIZE:
            raise ValidationError(
                self.env._("“%(file)s” is larger than %(size)s MB.", file=name, size=MAX_SIZE // 1024 // 1024)
            )
        if not name.lower().endswith(ACCEPTED.get(guess_mimetype(data), ())):
            raise ValidationError(
                self.env._("“%s” is not a PDF, XLSX, CSV, JPEG or PNG file, whatever its name says.", name)
            )

    def _check_number(self):
        # sudo: those count too that the user doesn't see
        counts = self.sudo()._read_group(
            [("application_id", "in", self.application_id.ids)], ["application_id"], ["__count"]
        )
        for _application, count in counts:
            if count > MAX_FILES:
                raise ValidationError(
                    self.env._("At most %s files can be handed in with an application.", MAX_FILES)
                )

    def action_import(self):
        """Open the import of statements with this file."""
        self.ensure_one()
        self.env["credit.statement"].check_access("create")
        if not self.importable:
            raise UserError(self.env._("Statements can be read from XLSX and CSV files only."))
        application = self.application_id
        wizard = self.env["credit.statement.import"].create(
            {
                "partner_id": application.partner_id.id,
                "company_id": application.company_id.id,
                "currency_id": application.currency_id.id,
                "file": self.with_context(bin_size=False).content,
                "file_name": self.name,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import statements"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }
