# Part of credit_management. License LGPL-3.0 or later.
"""Business facts, the numbers that can be checked, completeness and freshness, and benchmarks."""

from freezegun import freeze_time
from stdnum.util import get_cc_module

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.res_partner_business import REGISTERS
from .test_statement import FIGURES, InformationCase

# a real code: it has a valid check digit
CODE = "91110000600037341L"


@tagged("post_install", "-at_install")
class TestInformation(InformationCase):
    def test_analysts_keep_business_facts(self):
        profile = self.profile.with_user(self.analyst)
        self.assertFalse(self.customer.with_user(self.analyst).has_access("write"))
        profile.write({"credit_ownership": "family", "credit_employees": "50", "note": "Careful"})
        self.assertEqual((self.customer.credit_ownership, self.customer.credit_employees), ("family", "50"))
        self.assertEqual(self.customer.credit_business_date, fields.Date.today())
        self.assertEqual(profile.note, "Careful")
        # on these fields only
        with self.assertRaisesRegex(AccessError, "counted"):
            profile.write({"credit_products": "Boards", "exposure": 1.0})
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self.profile.with_user(user).write({"credit_ownership": "listed"})

    def test_a_capital_that_nobody_knows_is_empty(self):
        profile = self.profile.with_user(self.analyst)
        euro = self.env.ref("base.EUR")
        for values, known in (
            ({}, False),
            ({"credit_capital": 25_000.004, "credit_capital_currency_id": euro.id}, 25_000.0),
            ({"credit_capital": 0.0}, False),  # what a cleared field sends
        ):
            profile.write(values)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertIs(type(profile.credit_capital), type(known))
            self.assertEqual((profile.credit_capital, self.customer.credit_capital), (known, known))
            self.assertEqual(profile.web_read({"credit_capital": {}})[0]["credit_capital"], known)
            unknown = self.env["res.partner"].search([("credit_capital", "=", False), ("id", "=", self.customer.id)])
            self.assertEqual(bool(unknown), not known)
        self.assertFalse(self.env["res.partner"].create({"name": "New", "credit_capital": 0}).credit_capital)

    def test_the_date_follows_and_can_be_confirmed(self):
        with freeze_time("2024-05-05"):
            self.customer.credit_products = "Boards"
        self.assertEqual(fields.Date.to_string(self.customer.credit_business_date), "2024-05-05")
        self.profile.with_user(self.analyst).action_confirm_business()
        self.assertEqual(self.customer.credit_business_date, fields.Date.today())
        with self.assertRaises(AccessError):
            self.profile.with_user(self.salesperson).action_confirm_business()

    def test_numbers_are_checked_where_the_rules_are_known(self):
        partner = self.env["res.partner"].create({"name": "天工", "company_type": "company"})
        state = []
        for values in (
            {},
            {"company_registry": CODE, "country_id": self.env.ref("base.cn").id},
            {"company_registry": CODE[:-1] + "M"},
            {"company_registry": "12 345", "country_id": self.env.ref("base.us").id},
            {"company_registry": "732829320", "country_id": self.env.ref("base.fr").id},
            {"company_registry": "732829321"},
        ):
            partner.write(values)
            state.append(partner.credit_registration_state)
        self.assertEqual(state, ["missing", "valid", "invalid", "unchecked", "valid", "invalid"])

    def test_every_register_is_known_to_the_library(self):
        for country, names in REGISTERS.items():
            for name in names:
                self.assertTrue(get_cc_module(country.lower(), name), f"{country} {name}")

    def test_a_vat_number_of_another_country(self):
        partner = self.env["res.partner"].create({"name": "Export", "country_id": self.env.ref("base.us").id})
        for number, state in (("DE136695976", "valid"), ("DE136695978", "invalid"), ("/", "missing")):
            with self.subTest(number):
                # whether the VAT addon is there, which refuses by itself, is not our affair
                self.env.cr.execute("UPDATE res_partner SET vat = %s WHERE id = %s", (number, partner.id))
                partner.invalidate_recordset()
                self.assertEqual(partner.credit_registration_state, state)

    def test_wrong_numbers_of_customers_under_control_are_refused(self):
        self.customer.country_id = self.env.ref("base.cn")
        with self.assertRaisesRegex(ValidationError, "Lumber Inc.*not a valid"):
            self.profile.with_user(self.analyst).company_registry = CODE[:-1] + "M"
        self.profile.with_user(self.analyst).company_registry = CODE
        self.assertEqual(self.profile.credit_registration_state, "valid")

    # -- completeness --------------------------------------------------------------------------------

    def information(self, day=None):
        return self.profile._information(fields.Date.to_date(day) if day else fields.Date.today())[self.profile.id]

    def test_completeness_grows_with_what_is_known(self):
        empty = self.information()
        self.assertEqual(empty.completeness, 0.0)
        self.assertIn("statement", empty.missing)
        self.statement(fields.Date.today().year - 1)
        self.assertAlmostEqual(self.information().completeness, 0.30)
        self.customer.write({"credit_ownership": "family", "credit_products": "Boards"})
        known = self.information()
        self.assertAlmostEqual(known.partial["business"], 0.2)
        self.assertAlmostEqual(known.completeness, 0.34)
        self.env["credit.record"].create({"partner_id": self.customer.id, "kind": "visit", "title": "Seen the works"})
        known = self.information()
        self.assertAlmostEqual(known.completeness, 0.44)
        self.assertEqual(known.ages["contact"], 0)
        self.assertEqual(known.freshness, 1.0)
        self.pay(self.invoice(100.0))
        known = self.information()
        self.assertEqual((known.ages["payment"], "payment" in known.missing), (0, False))

    def test_freshness_goes_with_time(self):
        statement = self.statement(2020)
        self.assertEqual(self.information().stale, ("statement",))
        self.assertEqual(self.information().ages["statement"], (fields.Date.today() - statement.date_end).days)
        self.assertEqual(self.information().freshness, 0.0)

    def test_only_what_was_known_that_day(self):
        with freeze_time("2025-04-10"):
            self.statement(2024)
            self.customer.credit_products = "Boards"
        self.assertEqual(self.information("2025-04-09").completeness, 0.0)
        self.assertAlmostEqual(self.information("2025-04-10").completeness, 0.32)

    def test_lists_follow(self):
        self.assertEqual(self.profile.completeness, 0.0)
        self.statement(fields.Date.today().year - 1)
        self.assertAlmostEqual(self.profile.completeness, 0.30)
        self.profile.with_user(self.analyst).write({"credit_ownership": "family"})
        self.assertAlmostEqual(self.profile.completeness, 0.32)
        record = self.env["credit.record"].create({"partner_id": self.customer.id, "kind": "bureau", "title": "Report"})
        self.assertAlmostEqual(self.profile.completeness, 0.42)
        record.unlink()
        self.assertAlmostEqual(self.profile.completeness, 0.32)
        found = self.env["credit.profile"].with_user(self.analyst).search([("completeness", ">", 0.3)])
        self.assertIn(self.profile, found)
        with self.assertRaises(AccessError):
            self.profile.with_user(self.admin).write({"completeness": 1.0})
        with self.assertRaises(AccessError):
            self.env["credit.profile"].with_user(self.salesperson).search([("completeness", ">", 0.3)])

    def test_the_monitor_counts_it_anew(self):
        self.statement(2024)
        self.env.cr.execute(
            "UPDATE credit_profile SET completeness = 0, information_as_of = '2020-01-01' WHERE id = %s",
            (self.profile.id,),
        )
        self.profile.invalidate_recordset()
        self.profile._monitor(fields.Date.today())
        self.assertAlmostEqual(self.profile.completeness, 0.30)
        self.assertEqual(self.profile.information_as_of, fields.Date.today())

    def test_what_to_do_about_each_part(self):
        profile = self.profile.with_user(self.analyst)
        models = {
            part["code"]: profile.action_complete(part["code"])["res_model"] for part in profile.information["parts"]
        }
        self.assertEqual(
            models,
            {
                "statement": "credit.statement.import", "payment": "res.partner", "business": "credit.profile",
                "registration": "credit.profile", "bureau": "credit.record", "reference": "credit.record",
                "contact": "credit.record",
            },
        )  # fmt: skip

    # -- benchmarks ----------------------------------------------------------------------------------

    def firms(self, count, industry, cash=50.0):
        for number in range(count):
            partner = self.env["res.partner"].create(
                {"name": f"{industry.name} {number}", "company_type": "company", "industry_id": industry.id}
            )
            self.control(partner)
            change = 10.0 * number
            self.statement(
                2024,
                FIGURES | {"cash": cash + change, "retained_earnings": 200.0 + cash - 50.0 + change},
                partner=partner,
            )

    def portfolio(self, industry, ratio="current_ratio"):
        return self.env["credit.benchmark"].search(
            [("industry_id", "=", industry.id), ("ratio", "=", ratio), ("origin", "=", "portfolio")]
        )

    def test_medians_of_our_customers(self):
        wood, metal = self.env["res.partner.industry"].create([{"name": "Wood"}, {"name": "Metal"}])
        self.firms(4, metal, cash=450.0)
        action = self.env["credit.benchmark"].with_user(self.manager).action_count_portfolio()
        self.assertIn("No median was counted", action["params"]["message"])
        self.firms(5, wood)
        self.env["credit.benchmark"].with_user(self.manager).action_count_portfolio()
        found = self.portfolio(wood)
        self.assertEqual((found.lower, found.median, found.upper, found.firms), (2.05, 2.1, 2.15, 5))
        self.assertFalse(self.portfolio(metal), "of four firms a median would give them away")
        self.assertEqual(self.portfolio(self.env["res.partner.industry"]).firms, 9)
        self.assertFalse(self.portfolio(wood, "revenue_growth"), "nobody has a year before")
        # again, and there is still one of each
        self.env["credit.benchmark"].with_user(self.manager).action_count_portfolio()
        self.assertEqual(len(self.portfolio(wood)), 1)
        for user in (self.analyst, self.salesperson):
            with self.assertRaises(AccessError):
                self.env["credit.benchmark"].with_user(user).action_count_portfolio()

    def test_benchmarks_stand_beside_the_ratios(self):
        wood = self.env["res.partner.industry"].create({"name": "Wood"})
        self.customer.industry_id = wood
        self.statement(2024)
        values = {"ratio": "current_ratio", "lower": 1.0, "median": 1.5, "upper": 1.9, "company_id": self.company.id}
        benchmarks = self.env["credit.benchmark"].with_user(self.manager)
        benchmarks.create(
            [
                {**values, "industry_id": wood.id, "date": "2024-01-01", "source": "Old"},
                {**values, "industry_id": wood.id, "date": "2025-01-01", "source": "New"},
                {**values, "industry_id": False, "date": "2025-06-01", "source": "All"},
                {**values, "ratio": "quick_ratio", "industry_id": False, "source": "All"},
            ]
        )
        shown = {
            ratio["code"]: ratio["benchmarks"]
            for family in self.profile.with_user(self.analyst).comparison["families"]
            for ratio in family["ratios"]
        }
        self.assertEqual([(b["label"], b["standing"]) for b in shown["current_ratio"]], [("New", "best")])
        self.assertEqual([b["industry"] for b in shown["quick_ratio"]], ["All industries"])
        self.assertEqual(shown["cash_ratio"], [])

    def test_benchmarks_of_our_customers_are_not_entered(self):
        values = {"ratio": "current_ratio", "lower": 1.0, "median": 1.5, "upper": 2.0}
        benchmark = self.env["credit.benchmark"].with_user(self.manager).create({**values, "origin": "portfolio"})
        self.assertEqual(benchmark.origin, "table")
        with self.assertRaises(AccessError):
            benchmark.write({"origin": "portfolio"})
        benchmark.sudo().origin = "portfolio"
        with self.assertRaises(AccessError):
            benchmark.write({"median": 1.6})
        with self.assertRaises(AccessError):
            self.env["credit.benchmark"].with_user(self.analyst).create(values)
        with self.assertRaises(AccessError):
            self.env["credit.benchmark"].with_user(self.salesperson).search([])

    def test_quartiles_out_of_order_are_refused(self):
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.env["credit.benchmark"].create({"ratio": "current_ratio", "lower": 2.0, "median": 1.5, "upper": 2.0})
            self.env.flush_all()
        self.assertNotIsInstance(caught.exception, UserError | AssertionError)
