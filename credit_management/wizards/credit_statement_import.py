# Part of credit_management. License LGPL-3.0 or later.
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine.layout import LAYOUTS
from ..engine.statement import check
from ..models.credit_statement import PERIODS, UNITS
from ..tools import spreadsheet
from ..tools.statement_file import StatementFile, template

SHOWN = 20


class CreditStatementImport(models.TransientModel):
    """Statements of a customer out of an XLSX or CSV file. What is wrong with the file is shown before importing."""

    _name = "credit.statement.import"
    _description = "Import Statements"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, domain=[("parent_id", "=", False)], help="Whose statements these are."
    )
    company_id = fields.Many2one(
        "res.company", "Known to", domain=[("parent_id", "=", False)],
        help="The company that alone may use them; leave empty to share them with all of your companies.",
    )  # fmt: skip
    currency_id = fields.Many2one(
        "res.currency", required=True, compute="_compute_currency_id", store=True, readonly=False, precompute=True,
        help="The currency of the figures.",
    )  # fmt: skip
    unit = fields.Selection(UNITS, required=True, default="1", help="What the figures are stated in.")
    period = fields.Selection(PERIODS, required=True, default="year", help="The length of the periods in the file.")
    date_end = fields.Date(
        "Last period ends on", required=True, default=lambda self: self._default_date_end(),
        help="For columns that are headed “this year” or 期末余额; columns with a date or year say it themselves.",
    )  # fmt: skip
    decimal = fields.Selection(
        [(".", "Point (1,234.56)"), (",", "Comma (1.234,56)")], "Decimals after a", required=True,
        default=lambda self: "," if self.env["res.lang"]._lang_get(self.env.user.lang).decimal_point == "," else ".",
        help="How figures are written in CSV files; XLSX files have it by themselves.",
    )  # fmt: skip
    audited = fields.Boolean(help="An auditor has certified these statements.")
    auditor = fields.Char(help="Who audited them.")
    consolidated = fields.Boolean(help="They are of the group that the customer heads.")
    skip_unknown = fields.Boolean(
        "Leave out rows with unknown names",
        help="Without this, a row that is not understood is a mistake to correct in the file.",
    )  # fmt: skip
    file = fields.Binary(attachment=False, help="An XLSX or CSV file, laid out as the template.")
    file_name = fields.Char()
    preview = fields.Json(
        compute="_compute_preview", help="What is found in the file, and which cell is wrong and why."
    )
    layout = fields.Selection(
        [("international", "International"), ("chinese", "Chinese (资产负债表, 利润表, 现金流量表)")],
        required=True, default=lambda self: self._default_layout(),
        help="Of the template; files of either layout are understood.",
    )  # fmt: skip
    format = fields.Selection(
        [("xlsx", "XLSX"), ("csv", "CSV")], required=True, default="xlsx", help="Of the template."
    )
    template = fields.Binary(compute="_compute_template", attachment=False)

    def _default_layout(self):
        return "chinese" if (self.env.user.lang or "").startswith("zh") else "international"

    def _default_date_end(self):
        today = fields.Date.context_today(self)
        return today.replace(year=today.year - 1, month=12, day=31)

    @api.depends("partner_id")
    def _compute_currency_id(self):
        for wizard in self:
            latest = self.env["credit.statement"].search([("partner_id", "=", wizard.partner_id.id)], limit=1)
            wizard.currency_id = (
                latest.currency_id or wizard.partner_id.credit_capital_currency_id or self.env.company.currency_id
            )

    def _read(self):
        """The file's statements.

        :raises UserError: it can't be read at all
        """
        self.ensure_one()
        # forms ask for the size of files only
        data = base64.b64decode(self.with_context(bin_size=False).file)
        sheets = spreadsheet.read(self.env, data, self.file_name)
        return StatementFile(
            self.env,
            sheets,
            end=self.date_end,
            annual=self.period == "year",
            unit=int(self.unit),
            decimal=self.decimal,
            skip_unknown=self.skip_unknown,
        )

    @api.depends("file", "file_name", "date_end", "period", "unit", "decimal", "skip_unknown", "partner_id")
    @api.depends("company_id", "consolidated")
    def _compute_preview(self):
        for wizard in self:
            if not wizard.file or not wizard.date_end or not wizard.file_name:
                wizard.preview = False
                continue
            try:
                read = wizard._read()
            except UserError as error:
                wizard.preview = {"problems": [str(error)], "statements": []}
                continue
            wizard.preview = {
                "problems": wizard._in_words(read.problems),
                "statements": [wizard._shown(found) for found in read.statements],
            }

    def _shown(self, found):
        differences = check(found.figures)
        new = self.env["credit.statement"].new({"period": self.period, "date_end": found.end})
        return {
            "name": new.name,
            "lines": len(found.figures),
            "summary": self.env["credit.statement"].new({"figures": found.figures}).summary,
            "problems": self._in_words(self._problems(found)),
            "left_out": [name for _place, name in found.unknown] if self.skip_unknown else [],
            "differences": [new._in_words(difference) for difference in differences[:SHOWN]],
        }

    def _problems(self, found):
        """What keeps a period of the file from becoming a statement."""
        problems = list(found.problems)
        if found.end > fields.Date.context_today(self):
            problems.append(("", self.env._("%s is not past yet", format_date(self.env, found.end))))
        elif self._drafts(found.end):
            problems.append(("", self.env._("there is a draft of this period already: confirm it or delete it first")))
        return problems

    def _drafts(self, end):
        return self.env["credit.statement"].search(
            Domain("state", "=", "draft")
            & Domain("partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("period", "=", self.period)
            & Domain("consolidated", "=", self.consolidated)
            & Domain("date_end", "=", end)
        )

    def _in_words(self, problems):
        """Problems as lines of text: the place first, where they have one."""
        lines = [
            self.env._("%(place)s: %(reason)s", place=place, reason=reason) if place else reason
            for place, reason in problems[:SHOWN]
        ]
        if len(problems) > SHOWN:
            lines.append(self.env._("… and %s more", len(problems) - SHOWN))
        return lines

    def action_import(self):
        """Make drafts of the periods that have no problem.

        :raises UserError: there is none, with all that is wrong
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        read = self._read()
        good = [found for found in read.statements if not self._problems(found)]
        if read.problems or not good:
            problems = read.problems + [
                (place and f"{found.end.year} · {place}", reason)
                for found in read.statements
                for place, reason in self._problems(found)
            ]
            raise UserError(
                self.env._(
                    "Nothing was imported from “%(file)s”:\n%(problems)s",
                    file=self.file_name,
                    problems="\n".join(self._in_words(problems)),
                )
            )
        statements = self.env["credit.statement"].create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "company_id": self.company_id.id,
                    "period": self.period,
                    "date_end": found.end,
                    "currency_id": self.currency_id.id,
                    "unit": self.unit,
                    "audited": self.audited,
                    "auditor": self.auditor,
                    "consolidated": self.consolidated,
                    "figures": found.figures,
                    "source": self.file_name,
                    "document": self.with_context(bin_size=False).file,
                    "document_name": self.file_name,
                }
                for found in good
            ]
        )
        left_out = {
            statement.id: self.env._(
                "Left out, as we know no such line: %s", ", ".join(name for _place, name in found.unknown)
            )
            for statement, found in zip(statements, good, strict=True)
            if found.unknown
        }
        if left_out:
            statements.browse(left_out)._message_log_batch(left_out)
        if len(statements) == 1:
            return statements._action_form()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported statements"),
            "res_model": "credit.statement",
            "view_mode": "list,form",
            "domain": [("id", "in", statements.ids)],
        }

    # -- templates -----------------------------------------------------------------------------------

    @api.depends("layout", "format", "date_end")
    def _compute_template(self):
        for wizard in self:
            end = wizard.date_end or wizard._default_date_end()
            sheets = template(wizard.layout, [fields.Date.subtract(end, years=1), end])
            if wizard.format == "xlsx":
                data = spreadsheet.write_xlsx(sheets)
            else:
                data = spreadsheet.write_csv([row for sheet in sheets for row in sheet.rows])
            wizard.template = base64.b64encode(data)

    def action_template(self):
        """Download an empty file to fill in."""
        self.ensure_one()
        titles = "_".join(table.title for table in LAYOUTS[self.layout][:1]).replace(" ", "_")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template/{titles}.{self.format}?download=true",
            "target": "download",
        }
