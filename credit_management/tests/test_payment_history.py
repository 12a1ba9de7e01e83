# Part of credit_management. License LGPL-3.0 or later.
"""Payment history of an earlier system: read in from a file, counted, and taken away again."""

import base64

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..tools.receivables_csv import Layout, Rejected, read
from .test_payment_behaviour import PaymentCase, day

HEADER = "customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate"


class HistoryCase(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"ref": "L-1", "vat": False})

    def load(self, *rows, header=HEADER, user=None, encoding="utf-8", **values):
        wizard = self.env["credit.payment.load"].with_user(user or self.analyst)
        return wizard.create(
            {
                "company_id": self.company.id,
                "file": base64.b64encode("\n".join([header, *rows]).encode(encoding)),
                "filename": "history.csv",
                **values,
            }
        )

    def imported(self, *rows, **values):
        action = self.load(*rows, **values).action_import()
        return self.env["credit.payment.import"].browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestReading(HistoryCase):
    def test_columns_by_any_of_their_names_and_in_any_order(self):
        lines, bad = read(["Due date;Paid on;Amount;Client;Invoice no.;Date", "31.1.2026;;1.234,5;A;7;1.1.2026"],
                          Layout("dmy", ",", ";"))  # fmt: skip
        self.assertEqual(bad, [])
        self.assertEqual((lines[0].customer, lines[0].invoice, lines[0].amount), ("A", "7", 1234.5))
        dates = (str(lines[0].issued), str(lines[0].due), lines[0].settled)
        self.assertEqual(dates, ("2026-01-01", "2026-01-31", None))

    def test_chinese_columns(self):
        header = "客户,发票号码,开票日期,到期日,金额,收款日期,争议"
        [line], bad = read([header, '明达,7,2026/1/5,2026/2/4,"12,000.50",2026/2/6,是'], Layout("ymd"))
        self.assertEqual((bad, line.amount, line.disputed), ([], 12000.5, True))

    def test_every_form_of_a_date(self):
        for dates, text in (("iso", "2026-03-04"), ("dmy", "4/3/2026"), ("mdy", "3/4/2026"), ("ymd", "2026/3/4")):
            [line], bad = read([HEADER, f"A,1,{text},{text},5,no,{text}"], Layout(dates))
            self.assertEqual((bad, str(line.issued)), ([], "2026-03-04"), dates)
            _lines, bad = read([HEADER, "A,1,20260304,20260304,5,no,"], Layout(dates))
            self.assertIn("is not a date of the form", bad[0][1])

    def test_amounts(self):
        good = {".": {"5": 5, "1,234.56": 1234.56, "1 000": 1000, ".5": 0.5}, ",": {"1.234,56": 1234.56, "7,": 7}}
        for decimal, texts in good.items():
            for text, amount in texts.items():
                [line], bad = read([HEADER.replace(",", ";"), f"A;1;1/1/2026;1/1/2026;{text};;"],
                                   Layout("mdy", decimal, ";"))  # fmt: skip
                self.assertEqual((bad, line.amount), ([], amount), text)
        for text in ("", ".", "1,23", "1.2.3", "five", "nan", "1e5", "-3", "0", "9" * 13):
            _lines, bad = read([HEADER, f'A,1,1/1/2026,1/1/2026,"{text}",,'], Layout("mdy"))
            self.assertEqual(len(bad), 1, text)

    def test_files_that_are_none(self):
        for header, reason in (("a,b", "missing: customerID"), ("", "missing"), (HEADER + ",Customer", "Two columns")):
            with self.assertRaisesRegex(Rejected, reason):
                read([header])


@tagged("post_install", "-at_install")
class TestImport(HistoryCase):
    def test_counts_in_behaviour_and_nowhere_else(self):
        imported = self.imported(
            "L-1,A1,2026-01-01,2026-01-31,100,no,2026-02-10", "L-1,A2,2026-05-01,2026-05-31,50,no,"
        )
        self.assertEqual((imported.count, imported.count_rejected, imported.create_uid), (2, 0, self.analyst))
        self.assertEqual(self.seen(), [(50.0, 1.0, -30, None), (100.0, 1.0, -150, -140)])
        self.assertEqual(self.profile._behaviours(day(0))[self.profile.id].worst_days_late, 30)
        self.assertEqual(self.position().exposure, 0.0)
        self.assertEqual(self.profile._sales_figures(day(0))[self.profile.id].balance, 0.0)
        self.assertEqual(self.seen(-145), [(100.0, 1.0, -150, None)])
        self.assertTrue(self.profile.payment_known)
        self.assertEqual(self.profile.payment_history_count, 2)

    def test_deleting_an_import_takes_it_away(self):
        first = self.imported("L-1,A1,2026-01-01,2026-01-31,100,no,2026-02-10")
        second = self.imported("L-1,A2,2026-01-01,2026-01-31,100,no,2026-01-31")
        self.assertEqual(len(self.portions()), 2)
        first.with_user(self.analyst).unlink()
        self.assertEqual(self.seen(), [(100.0, 1.0, -150, -150)])
        self.assertEqual(self.profile.worst_days_late, 0)
        second.unlink()
        self.assertFalse(self.profile.payment_known)
        self.imported("L-1,A1,2026-01-01,2026-01-31,100,no,2026-02-10")  # it may come again

    def test_bad_lines_are_rejected_with_number_and_reason_and_the_others_imported(self):
        self.env["res.partner"].create([{"name": "Twin", "company_type": "company"} for _number in range(2)])
        known = self.bill(70.0, -60, -30)
        self.imported("L-1,OLD,2026-01-01,2026-01-31,100,no,")
        imported = self.imported(
            "L-1,A1,2026-01-01,2026-01-31,100,no,",
            "nobody,A2,2026-01-01,2026-01-31,100,no,",
            "Twin,A3,2026-01-01,2026-01-31,100,no,",
            "L-1,A4,1/1/2026,2026-01-31,100,no,",
            "L-1,A5,2026-02-01,2026-01-31,100,no,",
            "L-1,A6,2026-01-01,2026-01-31,-4,no,",
            "L-1,A7,2026-01-01,2026-01-31,100,maybe,",
            "L-1,A8,2026-01-01,2026-01-31,100,no,2999-01-01",
            "L-1,OLD,2026-01-01,2026-01-31,100,no,",
            f"L-1,{known.name},2026-01-01,2026-01-31,100,no,",
            "L-1,A1,2026-01-01,2026-01-31,100,no,",
            "L-1,A9,2026-01-01",
            "Lumber Inc,A10,2026-01-01,2026-01-31,100,yes,",
        )
        self.assertEqual(imported.history_ids.sorted("name").mapped("name"), ["A1", "A10"])
        self.assertEqual(imported.history_ids.sorted("name").mapped("disputed"), [False, True])
        reasons = dict(line.removeprefix("Line ").split(": ", 1) for line in imported.rejected.splitlines())
        self.assertEqual(list(reasons), [str(number) for number in range(3, 14)])
        for number, words in {
            "3": "no customer", "4": "several customers", "5": "not a date", "6": "before it was issued",
            "7": "cannot|amount", "8": "neither yes nor no", "9": "still to come", "10": "imported already",
            "11": "in accounting already", "12": "in the file already", "13": "number of columns",
        }.items():  # fmt: skip
            self.assertRegex(reasons[number], words)

    def test_the_dialog_shows_what_would_happen(self):
        form = Form(self.env["credit.payment.load"].with_user(self.analyst))
        form.file = base64.b64encode(f"{HEADER}\nL-1,A1,2026-01-01,2026-01-31,100,no,\nx,A2,1,1,1,no,".encode())
        self.assertEqual((form.count_good, form.count_customers, form.count_bad), (1, 1, 1))
        self.assertIn("Line 3", form.rejected)
        form.dates = "dmy"
        self.assertEqual((form.count_good, form.count_bad), (0, 2))
        form.file = base64.b64encode(b"a,b\n1,2")
        self.assertIn("missing", form.problem)

    def test_nothing_good_imports_nothing(self):
        before = self.env["credit.payment.import"].search_count([])
        for wizard in (self.load("x,A2,1,1,1,no,"), self.load("1,2", header="a,b")):
            with self.assertRaises(UserError):
                wizard.action_import()
        self.assertEqual(self.env["credit.payment.import"].search_count([]), before)

    def test_another_currency_at_the_rate_of_the_invoice_date(self):
        imported = self.imported(
            f"L-1,A1,{day(-60)},{day(-30)},100,no,", f"L-1,A2,{day(-20)},{day(-1)},100,no,", currency_id=self.euro.id
        )
        self.assertEqual(imported.history_ids.sorted("name").mapped("amount"), [200.0, 250.0])
        pounds = self.env["res.currency"].create({"name": "XYZ", "symbol": "x"})
        self.company.currency_id.rate_ids.unlink()
        with self.assertRaisesRegex(UserError, "no rate of XYZ"):
            self.load("L-1,A3,2026-01-01,2026-01-31,100,no,", currency_id=pounds.id).action_import()

    def test_encodings(self):
        self.customer.name = "明达家具"
        row = "明达家具,A1,2026-01-01,2026-01-31,100,no,"
        self.assertIn("encoding", self.load(row, encoding="gb18030").rejected)
        wizard = self.load(row, encoding="gb18030")
        wizard.encoding = "gb18030"
        self.assertEqual(wizard.count_good, 1)

    def test_contacts_stand_for_their_company(self):
        self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id, "ref": "L-2"})
        imported = self.imported("L-2,A1,2026-01-01,2026-01-31,100,no,")
        self.assertEqual(imported.history_ids.partner_id, self.customer)

    def test_roles(self):
        imported = self.imported("L-1,A1,2026-01-01,2026-01-31,100,no,")
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self.load("L-1,A2,2026-01-01,2026-01-31,100,no,", user=user)
            for records in (imported, imported.history_ids):
                with self.assertRaises(AccessError):
                    records.with_user(user).read(["display_name"])
                with self.assertRaises(AccessError):
                    records.with_user(user).unlink()
        for user in (self.analyst, self.manager, self.admin):
            self.assertEqual(imported.with_user(user).history_ids.amount, 100.0)
            with self.assertRaises(AccessError):
                imported.history_ids.with_user(user).write({"date_settled": "2026-01-31"})

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere", "currency_id": self.euro.id})
        self.env.user.company_ids |= other
        shared = self.publish(self.policy.copy({"company_id": False}))
        there = self.control(self.customer, company=other, policy_id=shared.id)
        with self.assertRaises(AccessError):
            self.load("L-1,A1,2026-01-01,2026-01-31,100,no,", company_id=other.id).action_import()
        imported = self.imported(
            "L-1,A1,2026-01-01,2026-01-31,100,no,", company_id=other.id, user=self.env.user
        )
        self.assertEqual((self.seen(), len(self.portions(profile=there))), ([], 1))
        self.assertNotIn(
            imported, self.env["credit.payment.import"].with_user(self.analyst).search([])
        )

    def test_the_facts_are_checked_however_they_come(self):
        imported = self.imported("L-1,A1,2026-01-01,2026-01-31,100,no,")
        line = {
            "import_id": imported.id, "partner_id": self.customer.id, "name": "B", "date_invoice": "2026-01-01",
            "date_due": "2026-01-31", "amount": 5.0,
        }  # fmt: skip
        create = self.env["credit.payment.history"].create
        for wrong in ({"amount": 0.0}, {"date_due": "2025-12-31"}, {"date_settled": "2025-12-31"}):
            with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                create({**line, **wrong})
        with self.assertRaises(ValidationError):
            create({**line, "date_settled": "2999-01-01"})

    def test_merged_customers_keep_their_history(self):
        double = self.env["res.partner"].create({"name": "Lumber", "company_type": "company", "ref": "L-9"})
        self.imported("L-9,A1,2026-01-01,2026-01-31,100,no,2026-01-31")
        self.assertEqual(self.portions(), [])
        self.env["base.partner.merge.automatic.wizard"].create(
            {"dst_partner_id": self.customer.id, "partner_ids": [Command.set((double | self.customer).ids)]}
        ).action_merge()
        self.assertEqual(self.seen(), [(100.0, 1.0, -150, -150)])
