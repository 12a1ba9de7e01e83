# Part of credit_management. License LGPL-3.0 or later.
"""Statements: what they say, how they are confirmed and superseded, who may read them, and what was known when."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CreditCase

BALANCE = {
    "cash": 50.0, "receivables": 200.0, "inventories": 130.0, "other_current_assets": 20.0, "tangible_assets": 500.0,
    "intangible_assets": 60.0, "other_non_current_assets": 40.0, "short_term_debt": 80.0, "payables": 100.0,
    "other_current_liabilities": 20.0, "long_term_debt": 350.0, "other_non_current_liabilities": 50.0,
    "paid_in_capital": 150.0, "retained_earnings": 200.0, "other_equity": 50.0,
}  # fmt: skip
INCOME = {
    "revenue": 1500.0, "cost_of_sales": 1100.0, "selling_expenses": 100.0, "admin_expenses": 180.0,
    "interest_expense": 20.0, "income_tax": 25.0,
}  # fmt: skip
FIGURES = BALANCE | INCOME


class InformationCase(CreditCase):
    @classmethod
    def statement(cls, year=2024, figures=None, confirm=True, partner=None, **values):
        statement = cls.env["credit.statement"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "date_end": f"{year}-12-31",
                "currency_id": cls.company.currency_id.id,
                "figures": FIGURES if figures is None else figures,
                **values,
            }
        )
        if confirm:
            statement.action_confirm()
        return statement


@tagged("post_install", "-at_install")
class TestStatement(InformationCase):
    # -- what it says --------------------------------------------------------------------------------

    def test_ratios_come_out_of_what_was_entered(self):
        before = self.statement(2023, FIGURES | {"revenue": 1200.0})
        statement = self.statement(2024)
        ratios = (before | statement)._ratios()[statement.id]
        self.assertEqual(ratios["current_ratio"], 2.0)
        self.assertAlmostEqual(ratios["z_double"], 3.4704, 4)
        self.assertAlmostEqual(ratios["revenue_growth"], 25.0)
        self.assertIsNone(statement._ratios()[statement.id]["revenue_growth"])

    def test_units_and_currencies_do_not_touch_ratios(self):
        plain = self.statement(2024, confirm=False)
        yuan = self.env.ref("base.CNY")
        scaled = self.statement(
            2024, {code: value / 10.0 for code, value in FIGURES.items()}, confirm=False, unit="10000",
            currency_id=yuan.id,
        )  # fmt: skip
        expected, found = plain._ratios()[plain.id], scaled._ratios()[scaled.id]
        for code, value in expected.items():
            if code not in ("working_capital", "tangible_net_worth", "free_cash_flow") and value is not None:
                self.assertAlmostEqual(found[code], value, 9, code)
        self.assertEqual(found["working_capital"], 2_000.0 * 100)
        self.assertEqual(scaled._engine()[scaled.id].figures["revenue"], 1_500_000.0)

    def test_figures_are_converted_at_the_rate_of_the_end(self):
        euro = self.env.ref("base.EUR")
        self.env["res.currency.rate"].create(
            [
                {"currency_id": euro.id, "company_id": self.company.id, "name": "2024-12-31", "rate": 0.5},
                {"currency_id": euro.id, "company_id": self.company.id, "name": "2025-12-31", "rate": 0.25},
            ]
        )
        statement = self.statement(2024, currency_id=euro.id, company_id=self.company.id)
        self.assertEqual(statement._engine(self.company.currency_id)[statement.id].figures["revenue"], 3000.0)
        later = self.statement(2025, currency_id=euro.id, company_id=self.company.id)
        self.assertEqual(later._engine(self.company.currency_id)[later.id].figures["revenue"], 6000.0)

    def test_a_change_of_currency_is_no_growth(self):
        euro = self.env.ref("base.EUR")
        self.env["res.currency.rate"].create(
            [
                {"currency_id": euro.id, "company_id": self.company.id, "name": day, "rate": rate}
                for day, rate in (("2023-12-31", 0.8), ("2024-12-31", 0.5))
            ]
        )
        before = self.statement(2023, currency_id=euro.id, company_id=self.company.id)
        doubled = {code: value * 2.0 for code, value in FIGURES.items()}
        statement = self.statement(2024, doubled, company_id=self.company.id)
        self.assertAlmostEqual((statement | before)._ratios()[statement.id]["revenue_growth"], 0.0)

    def test_sheet_derives_totals_and_marks_differences(self):
        statement = self.statement(figures=BALANCE | {"total_current_assets": 410.0}, confirm=False)
        lines = {line["code"]: line for line in statement.sheet["lines"]}
        self.assertEqual(lines["total_equity"]["value"], 400.0)
        self.assertIsNone(lines["revenue"]["value"])
        self.assertIn("410", lines["total_current_assets"]["difference"])
        self.assertIn("400", lines["total_current_assets"]["difference"])
        self.assertIsNone(lines["total_equity"]["difference"])
        self.assertTrue(statement.difference_count)

    def test_periods_have_names_and_lengths(self):
        expected = [
            ("year", "2024-12-31", "2024", "2024-01-01", 12),
            ("year", "2024-03-31", "2024-03", "2023-04-01", 12),
            ("half", "2024-06-30", "2024 H1", "2024-01-01", 6),
            ("quarter", "2024-09-30", "2024 Q3", "2024-07-01", 3),
            ("quarter", "2024-02-29", "2024-02 (3M)", "2023-12-01", 3),
        ]
        for period, end, name, start, months in expected:
            statement = self.statement(confirm=False, period=period, date_end=end)
            found = (statement.name, fields.Date.to_string(statement.date_start), statement.months)
            self.assertEqual(found, (name, start, months))

    def test_short_years_are_as_long_as_they_are(self):
        statement = self.statement(date_start="2024-07-01")
        self.assertEqual(statement._engine()[statement.id].months, 6)
        self.assertAlmostEqual(statement._ratios()[statement.id]["asset_turnover"], 3.0)

    def test_form_counts_along(self):
        with Form(self.env["credit.statement"].with_user(self.analyst)) as form:
            form.partner_id = self.customer
            form.date_end = "2024-06-30"
            form.period = "half"
            self.assertEqual(fields.Date.to_string(form.date_start), "2024-01-01")
            form.figures = {"cash": 10.0, "receivables": 5.0, "inventories": 1.0, "other_current_assets": 0.0}
            total = next(line for line in form.sheet["lines"] if line["code"] == "total_current_assets")
            self.assertEqual(total["value"], 16.0)
        self.assertEqual(form.record.figures["cash"], 10.0)

    # -- what is refused -----------------------------------------------------------------------------

    def test_figures_that_cannot_be_meant(self):
        for figures, message in (
            ({"gold": 1.0}, "gold"),
            ({"cash": "a lot"}, "Cash and bank"),
            ({"cash": True}, "Cash and bank"),
            ([1.0], "by line"),
        ):
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self.statement(figures=figures, confirm=False)

    def test_dates_that_cannot_be_meant(self):
        for values, message in (
            ({"date_end": fields.Date.add(fields.Date.today(), days=40)}, "past"),
            ({"date_start": "2022-01-01"}, "covers at most 12"),
            ({"date_end": "1901-12-31"}, "check the year"),
            ({"period": "quarter", "date_start": "2024-01-01"}, "covers at most 3"),
        ):
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self.statement(confirm=False, **values)

    def test_statements_are_of_companies_not_contacts(self):
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        with self.assertRaisesRegex(ValidationError, "Lumber Inc"):
            self.statement(partner=contact, confirm=False)
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        with self.assertRaisesRegex(ValidationError, "branch"):
            self.statement(company_id=branch.id, confirm=False)

    # -- confirming ----------------------------------------------------------------------------------

    def test_contradictions_beyond_the_tolerance_are_refused(self):
        statement = self.statement(figures=FIGURES | {"total_assets": 1020.0}, confirm=False)
        with self.assertRaisesRegex(UserError, "Total assets: 1,020, but 1,000"):
            statement.action_confirm()
        self.assertEqual(statement.state, "draft")
        self.company.credit_statement_tolerance = 2.0
        statement.action_confirm()
        self.assertEqual(statement.state, "confirmed")

    def test_one_unit_is_rounding(self):
        self.company.credit_statement_tolerance = 0.0
        self.statement(2024, FIGURES | {"total_assets": 1001.0})
        with self.assertRaises(UserError):
            self.statement(2023, FIGURES | {"total_assets": 1001.5})

    def test_the_tolerance_is_of_the_statements_company(self):
        other = self.env["res.company"].create({"name": "Strict Ltd"})
        other.credit_statement_tolerance = 0.0
        self.company.credit_statement_tolerance = 5.0
        figures = FIGURES | {"total_assets": 1020.0}
        with self.assertRaises(UserError):
            self.statement(figures=figures, company_id=other.id)
        self.assertEqual(self.statement(figures=figures, company_id=self.company.id).state, "confirmed")

    def test_an_empty_statement_is_not_confirmed(self):
        with self.assertRaisesRegex(UserError, "no figures"):
            self.statement(figures={})

    def test_confirmed_stays_as_it_is(self):
        statement = self.statement().with_user(self.manager)
        for values in ({"figures": {}}, {"unit": "1000"}, {"date_end": "2023-12-31"}, {"partner_id": 1}):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                statement.write(values)
        for values in ({"state": "draft"}, {"confirmed_on": False}, {"superseded_on": "2020-01-01"}):
            with self.assertRaises(AccessError):
                statement.with_context(force=True).write(values)
        with self.assertRaisesRegex(UserError, "stays"):
            statement.unlink()
        with self.assertRaisesRegex(UserError, "already"):
            statement.action_confirm()

    def test_nobody_creates_a_confirmed_one(self):
        statement = (
            self.env["credit.statement"]
            .with_user(self.analyst)
            .create(
                {
                    "partner_id": self.customer.id, "date_end": "2024-12-31", "state": "confirmed",
                    "confirmed_on": "2020-01-01", "confirmed_by": self.manager.id,
                }
            )
        )  # fmt: skip
        self.assertEqual((statement.state, statement.confirmed_on, statement.confirmed_by.id), ("draft", False, False))
        statement.unlink()

    def test_a_new_version_supersedes(self):
        first = self.statement()
        action = first.with_user(self.analyst).action_new_version()
        second = self.env["credit.statement"].browse(action["res_id"])
        self.assertEqual((second.state, second.figures), ("draft", first.figures))
        second.with_user(self.analyst).figures = FIGURES | {"cash": 60.0, "payables": 110.0}
        self.assertEqual(first.state, "confirmed")
        second.with_user(self.analyst).action_confirm()
        self.assertEqual((first.state, second.state), ("superseded", "confirmed"))
        self.assertEqual(second.confirmed_by, self.analyst)
        with self.assertRaises(UserError):
            first.with_user(self.analyst).write({"figures": {}})

    def test_other_periods_are_not_superseded(self):
        statements = (
            self.statement(2024)
            | self.statement(2023)
            | self.statement(2024, consolidated=True)
            | self.statement(2024, period="half")
            | self.statement(2024, company_id=self.company.id)
        )
        self.assertEqual(set(statements.mapped("state")), {"confirmed"})

    # -- who -----------------------------------------------------------------------------------------

    def test_statements_are_confidential(self):
        statement = self.statement()
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                statement.with_user(user).read(["figures"])
            with self.assertRaises(AccessError):
                statement.with_user(user).action_confirm()
            profile = self.profile.with_user(user)
            for field in ("statement_ids", "comparison", "information", "completeness", "record_ids"):
                with self.assertRaises(AccessError):
                    profile.read([field])
            with self.assertRaises(AccessError):
                profile.action_complete("statement")
        for user in (self.analyst, self.manager, self.admin):
            self.assertEqual(statement.with_user(user).figures, FIGURES)

    def test_statements_of_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        secret = self.statement(company_id=other.id)
        shared = self.statement(2023)
        found = self.env["credit.statement"].with_user(self.analyst).search([("partner_id", "=", self.customer.id)])
        self.assertEqual(found, shared)
        with self.assertRaises(AccessError):
            secret.with_user(self.analyst).read(["figures"])
        self.assertEqual(self.profile._statements(fields.Date.today())[self.profile.id], shared)

    def test_customers_of_one_company_are_that_ones(self):
        partner = self.env["res.partner"].create(
            {"name": "Ours", "company_type": "company", "company_id": self.company.id}
        )
        self.assertEqual(self.statement(partner=partner, confirm=False).company_id, self.company)
        self.assertFalse(self.statement(confirm=False).company_id)

    # -- what was known ------------------------------------------------------------------------------

    def known(self, day):
        return self.profile._statements(fields.Date.to_date(day))[self.profile.id]

    def test_only_what_was_known_that_day(self):
        with freeze_time("2025-03-10"):
            first = self.statement(2024)
        with freeze_time("2025-06-20"):
            second = first.copy()
            second.action_confirm()
        self.assertFalse(self.known("2025-03-09"))
        self.assertEqual(self.known("2025-03-10"), first)
        self.assertEqual(self.known("2025-06-19"), first)
        self.assertEqual(self.known("2025-06-20"), second)
        draft = self.statement(2023, confirm=False)
        self.assertNotIn(draft, self.known("2025-12-31"))

    def test_newest_first_and_one_stream(self):
        single = self.statement(2023) | self.statement(2024)
        group = self.statement(2024, consolidated=True)
        self.assertEqual(self.known(fields.Date.today()), group)
        later = self.statement(2025)
        self.assertEqual(self.known(fields.Date.today()), later | single.sorted("date_end", reverse=True))

    def test_a_companys_own_statement_goes_before_the_shared_one(self):
        self.statement(2024)
        own = self.statement(2024, company_id=self.company.id)
        self.assertEqual(self.known(fields.Date.today()), own)

    def test_a_batch_costs_no_more_queries_than_one(self):
        profiles = self.profile
        for number in range(12):
            partner = self.env["res.partner"].create({"name": f"Firm {number}", "company_type": "company"})
            profiles |= self.control(partner)
            self.statement(2024, partner=partner)
            self.statement(2023, partner=partner)
        today = fields.Date.today()

        def queries(batch):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            statements = batch._statements(today)
            for found in statements.values():
                found._ratios()
            batch._adverse(today)
            batch._information(today)
            return self.env.cr.sql_log_count - before

        one = queries(profiles[1])
        self.assertLessEqual(queries(profiles), one + 2)

    # -- side by side --------------------------------------------------------------------------------

    def test_periods_side_by_side(self):
        self.statement(2023, FIGURES | {"revenue": 1200.0}, audited=True)
        self.statement(2024, unit="1000")
        shown = self.profile.with_user(self.analyst).comparison
        self.assertEqual([column["label"] for column in shown["columns"]], ["2024", "2023"])
        income = next(section for section in shown["sections"] if section["code"] == "income")
        revenue = next(line for line in income["lines"] if line["code"] == "revenue")
        self.assertEqual(revenue["values"], [1500.0, 1.2])
        distress = next(family for family in shown["families"] if family["code"] == "distress")
        score = next(ratio for ratio in distress["ratios"] if ratio["code"] == "z_double")
        self.assertEqual(score["zones"][0], "safe")
        liquidity = next(family for family in shown["families"] if family["code"] == "liquidity")
        working = next(ratio for ratio in liquidity["ratios"] if ratio["code"] == "working_capital")
        self.assertEqual(working["values"], [200.0, 0.2])
        self.assertAlmostEqual(working["changes"][0], 99900.0)
        self.assertIsNone(working["changes"][1])

    def test_without_statements_there_is_nothing_to_compare(self):
        self.assertFalse(self.profile.comparison)
        self.statement(confirm=False)
        self.env.invalidate_all()
        self.assertFalse(self.profile.comparison)

    # -- merges --------------------------------------------------------------------------------------

    def merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (source | target).ids, target, extra_checks=False
        )
        self.env.invalidate_all()

    def test_merged_customers_bring_their_statements(self):
        double = self.env["res.partner"].create({"name": "Lumber Incorporated", "company_type": "company"})
        mine = self.statement(2024)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            theirs = self.statement(2024, partner=double)
        older = self.statement(2023, partner=double)
        self.merge(double, self.customer)
        self.assertEqual((mine | theirs | older).partner_id, self.customer)
        self.assertEqual((mine.state, theirs.state, older.state), ("superseded", "confirmed", "confirmed"))

    def test_a_customer_that_becomes_a_contact_brings_his_statements(self):
        statement = self.statement()
        parent = self.env["res.partner"].create({"name": "Holding", "company_type": "company"})
        self.customer.write({"is_company": False, "parent_id": parent.id})
        self.assertEqual(statement.partner_id, parent)
