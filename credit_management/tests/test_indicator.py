# Part of credit_management. License LGPL-3.0 or later.
"""Indicators: each is registered once, in words, measures in batch, and never takes unknown for 0."""

from odoo import fields
from odoo.tests import tagged

from ..engine.payment import behaviour, portion
from ..engine.ratios import RATIOS
from ..indicators import INDICATORS, Facts, indicator, measure
from ..indicators.registry import GROUPS, UNITS
from .common import CreditCase

FIGURES = {
    "cash": 100.0, "receivables": 200.0, "inventories": 100.0, "other_current_assets": 0.0, "tangible_assets": 400.0,
    "intangible_assets": 0.0, "other_non_current_assets": 0.0, "total_assets": 800.0,
    "total_current_liabilities": 200.0, "total_liabilities": 500.0, "total_equity": 300.0, "revenue": 1000.0,
    "ebit": 60.0, "interest_expense": 20.0, "net_profit": 40.0, "depreciation": 20.0, "retained_earnings": 100.0,
}  # fmt: skip


class RatingCase(CreditCase):
    """Customers of whom something is known."""

    @classmethod
    def statement(cls, partner, date_end="2025-12-31", currency=None, unit="1", company=None, **figures):
        statement = cls.env["credit.statement"].create(
            {
                "partner_id": partner.id,
                "company_id": company and company.id,
                "date_end": date_end,
                "currency_id": (currency or cls.company.currency_id).id,
                "unit": unit,
                "figures": FIGURES | figures,
            }
        )
        statement.with_user(cls.env.ref("base.user_root")).action_confirm()
        return statement

    @classmethod
    def record(cls, partner, kind, **values):
        return cls.env["credit.record"].create(
            {"partner_id": partner.id, "kind": kind, "title": kind, "date": fields.Date.today(), **values}
        )

    @classmethod
    def history(cls, partner, days_late, count=4, amount=100.0):
        """Invoices of the last year that were paid so many days late."""
        for number in range(count):
            due = fields.Date.subtract(fields.Date.today(), days=100 + 30 * number)
            invoice = cls.invoice(amount, partner, date=fields.Date.subtract(due, days=30), due=due)
            wizard = cls.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            wizard.create({"payment_date": fields.Date.add(due, days=days_late)})._create_payments()
        cls.env.flush_all()

    @classmethod
    def another(cls, name, limit=None, **values):
        partner = cls.env["res.partner"].create({"name": name, "company_type": "company"})
        return cls.control(partner, limit, **values)

    def facts(self, profiles=None, as_of=None):
        return Facts(profiles if profiles is not None else self.profile, as_of or fields.Date.today())

    def value(self, code, profile=None, as_of=None):
        profile = profile or self.profile
        facts = self.facts(profile, as_of)
        reading = measure(profile, facts.as_of, facts, [code])[profile.id].get(code)
        return reading and reading.value


@tagged("post_install", "-at_install")
class TestIndicator(RatingCase):
    def test_each_says_what_it_is(self):
        self.assertGreaterEqual(len(INDICATORS), 40)
        self.assertEqual({each.group for each in INDICATORS.values()}, set(GROUPS))
        for code, each in INDICATORS.items():
            with self.subTest(code):
                self.assertEqual(each.code, code)
                self.assertTrue(each.label and each.help and each.source)
                self.assertIn(each.unit, UNITS)
                self.assertIn(each.direction, (-1, 0, 1))
        labels = [each.label for each in INDICATORS.values()]
        self.assertEqual(len(labels), len(set(labels)))
        self.assertLessEqual({code for code, ratio in RATIOS.items() if ratio.unit != "amount"}, set(INDICATORS))

    def test_nothing_known_is_unknown(self):
        """Of a customer without anything, the only figures are those that count what there is."""
        new = self.another("Nobody Ltd")
        facts = self.facts(new)
        found = measure(new, facts.as_of, facts, INDICATORS)[new.id]
        self.assertEqual(set(found), {"completeness", "overdue_days"})
        self.assertEqual(found["completeness"].value, 0.0)

    def test_a_new_indicator_is_registered_once(self):
        @indicator("answer", "Answer", "count", 0, "information", "The answer.", "the guide")
        def answer(profiles, as_of, facts):
            return {}

        self.addCleanup(INDICATORS.pop, "answer")
        self.assertIs(INDICATORS["answer"].measure, answer)

    def test_ratios_come_from_the_newest_confirmed_statement(self):
        self.statement(self.customer, "2023-12-31", total_current_liabilities=400.0)
        statement = self.statement(self.customer, "2024-12-31")
        draft = self.env["credit.statement"].create(
            {"partner_id": self.customer.id, "date_end": "2025-12-31", "figures": FIGURES | {"cash": 9e9}}
        )
        self.assertEqual(draft.state, "draft")
        facts = self.facts()
        found = measure(self.profile, facts.as_of, facts, ["current_ratio", "equity_ratio"])[self.profile.id]
        self.assertEqual(found["current_ratio"].value, 2.0)
        self.assertEqual(found["equity_ratio"].value, 37.5)
        self.assertEqual(found["current_ratio"].as_of, fields.Date.to_date("2024-12-31"))
        self.assertEqual(found["current_ratio"].evidence[1:], ("credit.statement", (statement.id,)))
        self.assertEqual(self.value("revenue_growth"), 0.0)

    def test_unit_and_currency_scale_out_of_ratios(self):
        euros = self.another("Euro GmbH")
        self.env.ref("base.EUR").active = True
        self.statement(self.customer)
        self.statement(euros.partner_id, currency=self.env.ref("base.EUR"), unit="10000")
        facts = self.facts(self.profile | euros)
        found = measure(self.profile | euros, facts.as_of, facts, RATIOS.keys() & INDICATORS.keys())
        self.assertEqual(
            {code: reading.value for code, reading in found[self.profile.id].items()},
            {code: reading.value for code, reading in found[euros.id].items()},
        )

    def test_another_companys_statement_is_not_looked_at(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.company.currency_id.id})
        self.statement(self.customer, company=other)
        self.assertIsNone(self.value("current_ratio"))

    def test_payment_behaviour(self):
        self.history(self.customer, 12)
        today = fields.Date.today()
        portions = [portion(100.0, today, today, today)]
        self.assertEqual(behaviour(portions, today).median_days_late, 0.0)
        self.assertEqual(self.value("median_days_late"), 12.0)
        self.assertEqual(self.value("worst_days_late"), 12)
        self.assertEqual(self.value("share_on_time"), 0.0)
        self.assertEqual(self.value("dso"), 0.0)
        # nothing of it was known before
        self.assertIsNone(self.value("median_days_late", as_of=fields.Date.subtract(today, days=400)))

    def test_relationship(self):
        today = fields.Date.today()
        self.invoice(300.0, date=fields.Date.subtract(today, days=500), due=today)
        self.invoice(150.0, date=fields.Date.subtract(today, days=40), due=today)
        self.invoice(30.0, date=fields.Date.subtract(today, days=20), due=today, move_type="out_refund")
        self.confirmed(50.0)
        self.assertAlmostEqual(self.value("tenure"), 500 / 365.25)
        self.assertEqual(self.value("turnover"), 120.0)
        self.assertAlmostEqual(self.value("turnover_growth"), -60.0)
        self.assertEqual(self.value("orders"), 1)
        self.assertEqual(self.value("silence"), 20)

    def test_a_contacts_invoice_is_the_customers(self):
        contact = self.env["res.partner"].create({"name": "Joe", "parent_id": self.customer.id})
        self.invoice(70.0, partner=contact)
        self.assertEqual(self.value("turnover"), 70.0)

    def test_exposure_is_todays(self):
        self.invoice(400.0, date="2020-01-01", due="2020-01-31")
        self.invoice(100.0)
        self.assertEqual(self.value("limit_usage"), 50.0)
        self.assertEqual(self.value("overdue_share"), 80.0)
        self.assertGreater(self.value("overdue_days"), 365)
        self.assertIsNone(self.value("limit_usage", as_of=fields.Date.to_date("2024-06-30")))

    def test_no_record_is_not_a_clean_record(self):
        self.assertIsNone(self.value("adverse_records"))
        self.assertIsNone(self.value("insolvency"))
        self.record(self.customer, "trade_reference")
        self.assertEqual((self.value("adverse_records"), self.value("insolvency")), (0, 0))
        record = self.record(self.customer, "insolvency", adverse=True, severity="critical")
        self.assertEqual((self.value("adverse_records"), self.value("insolvency")), (1, 1))
        facts = self.facts()
        found = measure(self.profile, facts.as_of, facts, ["insolvency"])[self.profile.id]["insolvency"]
        self.assertEqual(found.evidence.ids, (record.id,))

    def test_batch_and_order_do_not_matter(self):
        others = self.env["credit.profile"].union(*(self.another(f"Batch {number}", 500.0) for number in range(4)))
        for number, profile in enumerate(others):
            self.history(profile.partner_id, 5 * number, count=2)
            self.statement(profile.partner_id, ebit=60.0 + number)
        several = self.profile | others
        facts = self.facts(several)
        together = measure(several, facts.as_of, facts, INDICATORS)
        facts = self.facts(several[::-1])
        self.assertEqual(measure(several[::-1], facts.as_of, facts, list(INDICATORS)[::-1]), together)
        for profile in several:
            facts = self.facts(profile)
            self.assertEqual(measure(profile, facts.as_of, facts, INDICATORS)[profile.id], together[profile.id])

    def test_queries_do_not_grow_with_customers(self):
        profiles = self.env["credit.profile"].union(*(self.another(f"Many {number}") for number in range(30)))

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            facts = self.facts(some)
            measure(some, facts.as_of, facts, INDICATORS)
            return self.env.cr.sql_log_count - before

        queries(profiles)
        self.assertLessEqual(queries(profiles), queries(profiles[:3]) + 2)
