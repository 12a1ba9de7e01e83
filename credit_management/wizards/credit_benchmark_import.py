# Part of credit_management. License LGPL-3.0 or later.
import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.layout import number_of
from ..engine.ratios import RATIOS
from ..engine.statement import normalised
from ..tools import spreadsheet
from ..tools.spreadsheet import UNCOMPUTED, Sheet

COLUMNS = ("Industry", "Ratio", "Lower quartile", "Median", "Upper quartile", "Firms")


class CreditBenchmarkImport(models.TransientModel):
    """A table of an industry's ratios out of an XLSX or CSV file; all of it or nothing."""

    _name = "credit.benchmark.import"
    _description = "Import Benchmarks"

    file = fields.Binary(required=True, attachment=False, help="An XLSX or CSV file, laid out as the template.")
    file_name = fields.Char()
    source = fields.Char(required=True, help="Who has published the table, and where.")
    date = fields.Date("As of", required=True, default=fields.Date.context_today, help="When it was published.")
    decimal = fields.Selection(
        [(".", "Point (1,234.56)"), (",", "Comma (1.234,56)")], "Decimals after a", required=True, default=".",
        help="How figures are written in CSV files.",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", "Used by", domain=[("parent_id", "=", False)],
        help="The company whose customers they stand beside; leave empty for all of your companies.",
    )  # fmt: skip
    template = fields.Binary(compute="_compute_template", attachment=False)

    def _compute_template(self):
        rows = [list(COLUMNS)]
        rows += [["", ratio.label, None, None, None, None] for ratio in RATIOS.values() if ratio.unit != "amount"]
        self.template = base64.b64encode(spreadsheet.write_xlsx([Sheet("Benchmarks", rows)]))

    def action_template(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template/benchmarks.xlsx?download=true",
            "target": "download",
        }

    def action_import(self):
        """Take the table over; a benchmark of the same day for the same industry and ratio is replaced.

        :raises UserError: a cell can't be meant, with all those that can't
        """
        self.ensure_one()
        self.env["credit.benchmark"].check_access("create")
        values, problems = [], []
        for sheet in spreadsheet.read(self.env, base64.b64decode(self.file), self.file_name):
            self._read(sheet, values, problems)
        if problems or not values:
            raise UserError(
                self.env._(
                    "Nothing was imported from “%(file)s”:\n%(problems)s",
                    file=self.file_name,
                    problems="\n".join(problems) or self.env._("there is no row with a median in it"),
                )
            )
        replaced = self.env["credit.benchmark"].search(
            [("origin", "=", "table"), ("date", "=", self.date), ("company_id", "=", self.company_id.id)]
        )
        keys = {(row["industry_id"], row["ratio"]) for row in values}
        replaced.filtered(lambda benchmark: (benchmark.industry_id.id, benchmark.ratio) in keys).unlink()
        benchmarks = self.env["credit.benchmark"].create(values)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported benchmarks"),
            "res_model": "credit.benchmark",
            "view_mode": "list,form",
            "domain": [("id", "in", benchmarks.ids)],
        }

    def _read(self, sheet, values, problems):
        """Add what a sheet says to ``values``, and what is wrong with it to ``problems``."""
        head = [normalised(str(value or "")) for value in sheet.rows[0]] if sheet.rows else []
        places = {column: head.index(normalised(column)) for column in COLUMNS if normalised(column) in head}
        missing = [column for column in COLUMNS[:5] if column not in places]
        if missing:
            problems.append(
                self.env._(
                    "%(place)s: the first row has to name the columns; missing: %(columns)s",
                    place=sheet.place(0, 0), columns=", ".join(missing),
                )
            )  # fmt: skip
            return
        ratios, industries, seen = self._ratio_names(), self._industry_names(), set()
        for number, row in enumerate(sheet.rows[1:], 1):
            cells = {column: row[place] if place < len(row) else None for column, place in places.items()}
            if all(cells[column] in (None, "") for column in COLUMNS[2:5]):
                continue
            wrong = []
            benchmark = self._benchmark(cells, ratios, industries, wrong)
            if not wrong:
                key = (benchmark["industry_id"], benchmark["ratio"])
                if key in seen:
                    wrong.append(("Ratio", self.env._("it is in the file twice for this industry")))
                seen.add(key)
                values.append(benchmark)
            problems += [f"{sheet.place(number, places[column])}: {reason}" for column, reason in wrong]

    def _benchmark(self, cells, ratios, industries, wrong):
        """The values of a row; what can't be meant goes to ``wrong``, as (column, reason)."""
        industry, ratio = (normalised(str(cells[column] or "")) for column in COLUMNS[:2])
        if industry not in industries:
            wrong.append(("Industry", self.env._("there is no industry “%s”", cells["Industry"])))
        if ratio not in ratios:
            wrong.append(("Ratio", self.env._("there is no ratio “%s”", cells["Ratio"] or "")))
        lower, median, upper, firms = (self._number(cells, column, wrong) for column in COLUMNS[2:])
        if not wrong and not lower <= median <= upper:
            wrong.append(("Median", self.env._("it is not between the quartiles")))
        return {
            "industry_id": industries.get(industry),
            "ratio": ratios.get(ratio),
            "lower": lower,
            "median": median,
            "upper": upper,
            "firms": int(firms) if firms else None,
            "source": self.source,
            "date": self.date,
            "company_id": self.company_id.id,
        }

    def _ratio_names(self):
        found = {}
        for ratio in RATIOS.values():
            if ratio.unit != "amount":
                found |= dict.fromkeys(map(normalised, (ratio.code, ratio.label, self.env._(ratio.label))), ratio.code)
        return found

    def _industry_names(self):
        found = {}
        for industry in self.env["res.partner.industry"].search(Domain.TRUE):
            for name in (industry.name, industry.full_name, industry.with_context(lang="en_US").name):
                found.setdefault(normalised(name or ""), industry.id)
        found[""] = False
        return found

    def _number(self, cells, column, wrong):
        value = cells.get(column)
        try:
            number = value if isinstance(value, float) else number_of(str(value or ""), self.decimal)
            if value is UNCOMPUTED or (number is None and column != "Firms"):
                raise ValueError(value)
        except ValueError:
            shown = "" if value in (None, UNCOMPUTED) else value
            wrong.append((column, self.env._("“%s” is not a figure", shown)))
            return None
        return number
