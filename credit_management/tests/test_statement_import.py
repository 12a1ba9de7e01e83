# Part of credit_management. License LGPL-3.0 or later.
"""Statements and benchmarks out of files: both layouts, both formats, and what is said of a bad one."""

import base64
import datetime
import io
import zipfile

from openpyxl import Workbook, load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.layout import LAYOUTS
from ..engine.statement import LINES, completed, match
from ..tools import spreadsheet
from .test_statement import FIGURES, InformationCase

YEARS = ("Item", 2023, 2024)


def xlsx(sheets):
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestStatementImport(InformationCase):
    def wizard(self, data, name="figures.xlsx", user=None, **values):
        return (
            self.env["credit.statement.import"]
            .with_user(user or self.analyst)
            .create(
                {
                    "partner_id": self.customer.id, "date_end": "2024-12-31", "file": base64.b64encode(data),
                    "file_name": name, **values,
                }
            )
        )  # fmt: skip

    def imported(self, *arguments, **values):
        before = self.env["credit.statement"].search([])
        self.wizard(*arguments, **values).action_import()
        return self.env["credit.statement"].search([]) - before

    def assertRefused(self, data, *reasons, name="figures.xlsx", **values):
        wizard = self.wizard(data, name, **values)
        with self.assertRaises(UserError) as caught:
            wizard.action_import()
        for reason in reasons:
            self.assertIn(reason, str(caught.exception))
        self.assertFalse(self.env["credit.statement"].search([("partner_id", "=", self.customer.id)]))
        shown = wizard.preview
        self.assertTrue(shown["problems"] or any(statement["problems"] for statement in shown["statements"]))

    # -- templates -----------------------------------------------------------------------------------

    def filled(self, layout, column=2):
        """The template with every row filled in whose line we have a figure for, once."""
        known = completed(FIGURES)
        wizard = self.wizard(b"", layout=layout)
        workbook = load_workbook(io.BytesIO(base64.b64decode(wizard.template)))
        filled = set()
        for sheet in workbook.worksheets:
            for row in sheet.iter_rows(min_row=2):
                line = match(row[0].value).line
                if line.code in known and line.code not in filled:
                    row[column].value = known[line.code]
                    filled.add(line.code)
        stream = io.BytesIO()
        workbook.save(stream)
        return stream.getvalue(), filled

    def test_templates_come_back_filled_in(self):
        for layout in LAYOUTS:
            with self.subTest(layout):
                data, filled = self.filled(layout)
                statement = self.imported(data)
                self.assertEqual(statement.name, "2024")
                self.assertEqual(set(statement.figures), filled)
                self.assertEqual(completed(statement.figures)["total_assets"], 1000.0)
                self.assertEqual(statement.document_name, "figures.xlsx")
                statement.action_confirm()
                self.assertEqual(statement.state, "confirmed")

    def test_csv_templates(self):
        for layout in LAYOUTS:
            with self.subTest(layout):
                wizard = self.wizard(b"", layout=layout, format="csv")
                text = base64.b64decode(wizard.template).decode("utf-8-sig")
                lines = text.splitlines()
                self.assertEqual(lines[0].split(",")[1:], ["2023-12-31", "2024-12-31"])
                row = "固定资产" if layout == "chinese" else "Tangible fixed assets"
                changed = "\r\n".join(f"{row},7,8" if line.startswith(row) else line for line in lines)
                statements = self.imported(changed.encode("utf-8-sig"), "figures.csv")
                self.assertEqual([s.figures for s in statements], [{"tangible_assets": 8.0}, {"tangible_assets": 7.0}])
                statements.unlink()

    def test_the_template_is_downloaded_from_the_screen(self):
        action = self.wizard(b"", layout="chinese").action_template()
        self.assertTrue(action["url"].endswith("/template/资产负债表.xlsx?download=true"))

    # -- files as they are ---------------------------------------------------------------------------

    def test_several_years_at_once(self):
        statements = self.imported(
            xlsx({"Balance": [YEARS, ("Total assets", 900, 1000)], "Income": [YEARS, ("Revenue", 1, 2)]}),
            unit="1000", audited=True, auditor="Check & Co",
        )  # fmt: skip
        self.assertEqual(statements.mapped("name"), ["2024", "2023"])
        self.assertEqual(statements[0].figures, {"total_assets": 1000.0, "revenue": 2.0})
        self.assertEqual(statements[1].figures, {"total_assets": 900.0, "revenue": 1.0})
        self.assertEqual(set(statements.mapped("auditor")), {"Check & Co"})
        self.assertEqual(set(statements.mapped("state")), {"draft"})

    def test_the_chinese_form_with_both_sides(self):
        rows = [
            ("资产负债表",),
            ("编制单位:北京天工", None, "2024年12月31日", None, None, "单位:万元"),
            ("资产", "行次", "期末余额", "年初余额", "负债和所有者权益(或股东权益)", "行次", "期末余额", "年初余额"),
            ("流动资产:", None, None, None, "流动负债:"),
            ("货币资金", 1, 50, 40, "短期借款", 31, 80, 90),
            ("  应收账款", 2, "200.00", "180", "应付账款", 32, "1,00", None),
        ]
        shown = self.wizard(xlsx({"资产负债表": rows}), unit="10000").preview["statements"]
        self.assertEqual(
            [statement["problems"] for statement in shown], [["资产负债表!G6: “1,00” is not a figure"], []]
        )
        rows[-1] = ("  应收账款", 2, "200.00", "180", "应付账款", 32, "1,000", None)
        statements = self.imported(xlsx({"资产负债表": rows}), unit="10000")
        self.assertEqual(
            statements[0].figures,
            {"cash": 50.0, "receivables": 200.0, "short_term_debt": 80.0, "payables": 1000.0},
        )
        self.assertEqual(statements[1].figures, {"cash": 40.0, "receivables": 180.0, "short_term_debt": 90.0})
        self.assertEqual(statements[1].name, "2023")

    def test_the_previous_column_of_a_half_year_is_of_two_periods(self):
        rows = [("项目", "期末余额", "年初余额"), ("货币资金", 50, 40)]
        statements = self.imported(xlsx({"资产负债表": rows}), period="half", date_end="2024-06-30")
        self.assertEqual(statements.mapped("name"), ["2024 H1"])

    def test_csv_in_chinese_encoding_with_decimal_commas(self):
        text = "项目;2024\n货币资金;1.234,5\n应收账款;-\n"
        statement = self.imported(text.encode("gb18030"), "报表.csv", decimal=",")
        self.assertEqual(statement.figures, {"cash": 1234.5, "receivables": 0.0})

    def test_dates_in_heads(self):
        rows = [("Item", datetime.date(2024, 6, 30), "2023-06-30"), ("Revenue", 5, 4)]
        statements = self.imported(xlsx({"Income": rows}))
        self.assertEqual(statements.mapped("name"), ["2024-06", "2023-06"])

    def test_empty_is_unknown_and_nil_is_nil(self):
        rows = [("Item", 2024), ("Cash", 0), ("Inventory", None), ("Goodwill", "-")]
        self.assertEqual(self.imported(xlsx({"A": rows})).figures, {"cash": 0.0, "intangible_assets": 0.0})

    # -- bad files -----------------------------------------------------------------------------------

    def test_a_bad_cell_is_named(self):
        rows = [("Item", 2024), ("Cash", 5), ("Inventory", "many"), ("Cash", 6)]
        self.assertRefused(
            xlsx({"Balance": rows}), "Balance!B3: “many” is not a figure", "Balance!B4", "contradicts another row"
        )

    def test_a_bad_year_leaves_the_others(self):
        rows = [YEARS, ("Cash", "x", 5)]
        wizard = self.wizard(xlsx({"Balance": rows}))
        self.assertEqual([bool(s["problems"]) for s in wizard.preview["statements"]], [False, True])
        wizard.action_import()
        statement = self.env["credit.statement"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((statement.name, statement.figures), ("2024", {"cash": 5.0}))

    def test_unknown_rows(self):
        data = xlsx({"Balance": [("Item", 2024), ("Cash", 5), ("Gold in the cellar", 7)]})
        self.assertRefused(data, "Balance!B3", "Gold in the cellar")
        wizard = self.wizard(data, skip_unknown=True)
        self.assertEqual(wizard.preview["statements"][0]["left_out"], ["Gold in the cellar"])
        wizard.action_import()
        statement = self.env["credit.statement"].search([], limit=1, order="id desc")
        self.assertEqual(statement.figures, {"cash": 5.0})
        self.assertIn("Gold in the cellar", statement.message_ids[0].body)

    def test_a_chinese_cash_flow_statement_has_more_rows_than_are_needed(self):
        """The form of 财会〔2019〕6号 as it is handed in: what says nothing of credit is left out, by name."""
        rows = [
            ("现金流量表",), ("项目", "本期金额", "上期金额"), ("一、经营活动产生的现金流量:",),
            ("销售商品、提供劳务收到的现金", 900, 800), ("收到的税费返还", 5, 4),
            ("收到其他与经营活动有关的现金", 10, 9), ("经营活动现金流入小计", 915, 813),
            ("购买商品、接受劳务支付的现金", 600, 560), ("支付给职工以及为职工支付的现金", 120, 110),
            ("支付的各项税费", 60, 50), ("支付其他与经营活动有关的现金", 35, 33), ("经营活动现金流出小计", 815, 753),
            ("经营活动产生的现金流量净额", 100, 60), ("二、投资活动产生的现金流量:",),
            ("购建固定资产、无形资产和其他长期资产支付的现金", 40, 30), ("投资活动产生的现金流量净额", -40, -30),
            ("三、筹资活动产生的现金流量:",), ("取得借款收到的现金", 20, 20), ("偿还债务支付的现金", 30, 25),
            ("筹资活动产生的现金流量净额", -10, -5), ("四、汇率变动对现金及现金等价物的影响", 0, 0),
            ("五、现金及现金等价物净增加额", 50, 25), ("加:期初现金及现金等价物余额", 100, 75),
            ("六、期末现金及现金等价物余额", 150, 100),
        ]  # fmt: skip
        data = xlsx({"现金流量表": rows})
        self.assertRefused(data, "现金流量表!B4", "销售商品、提供劳务收到的现金")
        wizard = self.wizard(data, skip_unknown=True)
        shown = wizard.preview["statements"][0]
        self.assertEqual((shown["problems"], shown["differences"]), ([], []))
        self.assertIn("销售商品、提供劳务收到的现金", shown["left_out"])
        self.assertNotIn("经营活动产生的现金流量净额", shown["left_out"])
        wizard.action_import()
        latest = self.env["credit.statement"].search([("partner_id", "=", self.customer.id)], limit=1)
        figures = {code: latest.figures[code] for code in ("operating_cash_flow", "opening_cash", "closing_cash")}
        self.assertEqual(figures, {"operating_cash_flow": 100.0, "opening_cash": 100.0, "closing_cash": 150.0})
        for name in shown["left_out"]:
            self.assertIn(name, latest.message_ids[0].body)

    def test_formulas(self):
        data = xlsx({"Balance": [("Item", 2024), ("Cash", "=1+1")]})
        self.assertRefused(data, "Balance!B2", "formula that was never computed")
        # with the value that a spreadsheet has computed, it is that value
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
            for part in old.namelist():
                content = old.read(part)
                if part.startswith("xl/worksheets/"):
                    self.assertIn(b"<f>1+1</f><v />", content.replace(b"<v></v>", b"<v />").replace(b"<v/>", b"<v />"))
                    content = content.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
                    content = content.replace(b"<v/>", b"<v>2</v>")
                new.writestr(part, content)
        self.assertEqual(self.imported(stream.getvalue()).figures, {"cash": 2.0})
        self.env["credit.statement"].search([]).unlink()
        self.assertRefused(b"Item,2024\nCash,=HYPERLINK()\n", "B2", "formula", name="figures.csv")

    def test_a_unit_that_the_sheet_contradicts(self):
        rows = [("单位:万元",), ("项目", 2024), ("货币资金", 5)]
        self.assertRefused(xlsx({"资产负债表": rows}), "资产负债表!A1", "10,000")
        self.assertEqual(self.imported(xlsx({"资产负债表": rows}), unit="10000").figures, {"cash": 5.0})

    def test_what_is_no_such_file(self):
        for data, name, reason in (
            (b"not a workbook", "figures.xlsx", "no readable XLSX"),
            (b"%PDF-1.4", "figures.pdf", "neither an XLSX nor a CSV"),
            (b"\0\0\0", "figures.csv", "no CSV"),
            (b"hello\n", "figures.csv", "No table was found"),
            (b"", "figures.csv", "No table was found"),
            (b"x" * (spreadsheet.BYTES + 1), "figures.csv", "may have up to 5 MB"),
            (b"Item,2024\n" * (spreadsheet.ROWS + 1), "figures.csv", "rows"),
            (xlsx({f"S{number}": [("Item", 2024)] for number in range(31)}), "figures.xlsx", "30 sheets"),
            (xlsx({"A": [("Item", 2090), ("Cash", 1)]}), "figures.xlsx", "not past yet"),
        ):
            with self.subTest(name=name, reason=reason):
                if data:
                    self.assertRefused(data, reason, name=name)

    def test_a_bomb_is_not_unpacked(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (spreadsheet.BYTES_UNPACKED + 1))
        self.assertRefused(stream.getvalue(), "too large once it is unpacked")

    def test_a_second_import_of_the_same_period(self):
        data = xlsx({"A": [("Item", 2024), ("Cash", 1)]})
        self.imported(data)
        with self.assertRaisesRegex(UserError, "a draft of this period already"):
            self.wizard(data).action_import()

    def test_differences_are_shown_before_importing(self):
        rows = [
            ("Item", 2024),
            *((LINES[code].label, value) for code, value in FIGURES.items()),
            ("Total assets", 1234),
        ]
        shown = self.wizard(xlsx({"A": rows})).preview["statements"][0]
        self.assertIn("1,234", shown["differences"][0])
        self.assertFalse(shown["problems"])

    def test_who_imports(self):
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self.wizard(b"", user=user)

    # -- benchmarks ----------------------------------------------------------------------------------

    HEAD = ("Industry", "Ratio", "Lower quartile", "Median", "Upper quartile", "Firms")

    def benchmarks(self, rows, user=None):
        wizard = (
            self.env["credit.benchmark.import"]
            .with_user(user or self.manager)
            .create(
                {
                    "file": base64.b64encode(xlsx({"Table": [self.HEAD, *rows]})), "file_name": "table.xlsx",
                    "source": "The bureau", "date": "2025-01-01",
                }
            )
        )  # fmt: skip
        wizard.action_import()
        return self.env["credit.benchmark"].search([("source", "=", "The bureau")])

    def test_a_table_of_benchmarks(self):
        wood = self.env["res.partner.industry"].create({"name": "Woodworks"})
        rows = [("Woodworks", "Current ratio", 1.1, 1.5, 2.2, 40), (None, "net_margin", "-1.5", "2", "5", None)]
        found = self.benchmarks(rows)
        self.assertEqual(found.industry_id, wood)
        margin = found.filtered(lambda benchmark: benchmark.ratio == "net_margin")
        self.assertEqual((margin.lower, margin.median, margin.upper, margin.firms), (-1.5, 2.0, 5.0, False))
        # the same table again replaces itself
        rows[0] = ("Woodworks", "Current ratio", 1.1, 1.6, 2.2, 41)
        again = self.benchmarks(rows)
        self.assertEqual(len(again), 2)
        self.assertEqual(again.filtered("industry_id").median, 1.6)

    def test_a_bad_table_of_benchmarks(self):
        rows = [
            ("Nowhere", "Current ratio", 1, 2, 3), (None, "Luck", 1, 2, 3), (None, "Quick ratio", 3, 2, 1),
            (None, "Quick ratio", 1, "two", 3), (None, "Cash ratio", 1, 2, 3), (None, "Cash ratio", 1, 2, 3),
        ]  # fmt: skip
        with self.assertRaises(UserError) as caught:
            self.benchmarks(rows)
        for reason in (
            "Table!A2: there is no industry “Nowhere”", "Table!B3: there is no ratio “Luck”",
            "Table!D4: it is not between", "Table!D5: “two”", "Table!B7: it is in the file twice",
        ):  # fmt: skip
            self.assertIn(reason, str(caught.exception))
        with self.assertRaises(AccessError):
            self.benchmarks([], user=self.analyst)
