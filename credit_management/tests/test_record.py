# Part of credit_management. License LGPL-3.0 or later.
"""Records and related companies: what counts against a customer, from when until when, and for whom to see."""

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestRecord(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()

    def day(self, days):
        return fields.Date.add(self.today, days=days)

    def record(self, kind="lawsuit", days=-30, user=None, **values):
        """A record that was known at once; only managers enter such a one later."""
        return (
            self.env["credit.record"]
            .with_user(user or self.manager)
            .create(
                {
                    "partner_id": self.customer.id, "kind": kind, "title": kind, "date": self.day(days),
                    "known_on": self.day(days), **values,
                }
            )
            .with_user(user or self.analyst)
        )  # fmt: skip

    def adverse(self, days=0):
        return self.profile._adverse(self.day(days))[self.profile.id]

    def test_kinds_say_what_is_adverse(self):
        expected = {
            "loan": (False, "low"), "default": (True, "high"), "lawsuit": (True, "medium"),
            "insolvency": (True, "critical"), "cheque": (True, "medium"), "visit": (False, "low"),
        }  # fmt: skip
        found = {kind: self.record(kind) for kind in expected}
        self.assertEqual({kind: (record.adverse, record.severity) for kind, record in found.items()}, expected)
        with Form(self.env["credit.record"].with_user(self.analyst)) as form:
            form.partner_id = self.customer
            form.title = "Sued"
            form.kind = "lawsuit"
            self.assertTrue(form.adverse)
            form.severity = "low"
        self.assertEqual(form.record.severity, "low")

    def test_adverse_records_are_counted(self):
        self.record("lawsuit", -30)
        self.record("default", -500)
        self.record("insolvency", -2000)
        self.record("trade_reference", -3)
        said = self.adverse()
        counts = {("recent", "medium"): 1, ("past", "high"): 1, ("old", "critical"): 1}
        self.assertEqual(dict(said.counts), counts)
        self.assertTrue(said.insolvent)
        self.assertEqual(self.profile.with_user(self.analyst).adverse_count, 3)

    def test_in_force_from_when_it_is_known_until_it_ends(self):
        record = self.record("default", -100, known_on=self.day(-60), date_until=self.day(-20))
        known = [self.adverse(days).number() for days in (-80, -61, -60, -20, -19, 0)]
        self.assertEqual(known, [0, 0, 1, 1, 0, 0])
        self.assertFalse(record.in_force)
        self.assertNotIn(record, record.search([("in_force", "=", True)]))
        self.assertIn(record, record.search([("in_force", "=", False)]))

    def test_an_analyst_dates_nothing_back(self):
        """What was entered today was not known when credit was given a month ago, whenever it happened."""
        values = {"partner_id": self.customer.id, "kind": "lawsuit", "title": "Sued", "date": self.day(-30)}
        records = self.env["credit.record"].with_user(self.analyst)
        for stated in (self.day(-30), fields.Date.to_string(self.day(-30))):
            with self.assertRaisesRegex(AccessError, "Only credit managers state another day"):
                records.create({**values, "known_on": stated})
        for entering in (records, records.with_context(default_known_on=self.day(-30))):
            self.assertEqual(entering.create(values).known_on, self.today)
        self.env["ir.default"].set("credit.record", "known_on", fields.Date.to_string(self.day(-30)), self.analyst.id)
        record = records.create({**values, "known_on": self.today})
        self.assertEqual(record.known_on, self.today)
        with self.assertRaisesRegex(AccessError, "Only credit managers"):
            record.known_on = self.day(-30)
        record.write({"known_on": self.today, "title": "Sued again"})
        record.with_user(self.manager).known_on = self.day(-20)
        # what was brought in is not made unknown again, and a copy is a record of today
        with self.assertRaisesRegex(AccessError, "Only credit managers"):
            record.known_on = self.today
        self.assertEqual(record.copy().known_on, self.today)
        with Form(record) as form:
            form.title = "Sued and settled"
        loaded = records.load(
            ["partner_id/.id", "kind", "title", "date", "known_on"],
            [[str(self.customer.id), "lawsuit", "Old", str(self.day(-30)), str(self.day(-30))]],
        )
        self.assertIn("Only credit managers", loaded["messages"][0]["message"])

    def test_the_timeline_shows_all_records(self):
        self.record("default", -400, date_until=self.day(-100))
        self.record("visit", -10)
        timeline = self.profile.with_user(self.analyst).record_timeline
        self.assertEqual(
            [(each["kind"], each["severity"], each["in_force"]) for each in timeline],
            [("Default", "high", False), ("Visit", None, True)],
        )
        with self.assertRaises(AccessError):
            self.profile.with_user(self.salesperson).read(["record_timeline"])

    def test_the_last_external_score(self):
        self.record("bureau", -90, score=245.0, score_worst=600.0, score_best=100.0)
        self.assertAlmostEqual(self.adverse().score, 71.0)
        zero = self.record("bureau", -10, score=0.0, score_worst=0.0, score_best=100.0)
        self.assertTrue(zero.scored)
        self.assertEqual(self.adverse().score, 0.0)
        self.record("bureau", -5)
        self.assertEqual(self.adverse().score, 0.0)
        self.assertEqual(self.adverse(-20).score_date, self.day(-90))

    def test_what_cannot_be_meant(self):
        for values, message in (
            ({"kind": "bureau", "score": 700.0, "score_worst": 600.0, "score_best": 100.0}, "700 is not between"),
            ({"kind": "bureau", "score": 50.0}, "scale"),
            ({"days": 3}, "has happened"),
            ({"known_on": self.day(-31)}, "before it happened"),
        ):
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self.record(**values)
        for values in ({"date_until": self.day(-40)}, {"amount": -1.0}):
            with (
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.record(**values)
                self.env.flush_all()

    def test_records_are_confidential(self):
        record = self.record(company_id=self.company.id)
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                record.with_user(user).read(["title"])
            with self.assertRaises(AccessError):
                self.record(user=user)
        with self.assertRaises(AccessError):
            record.unlink()
        other = self.env["res.company"].create({"name": "Other Ltd"})
        hidden = self.record(user=self.env.user, company_id=other.id)
        self.assertNotIn(hidden, self.env["credit.record"].with_user(self.analyst).search([]))
        self.assertEqual(self.adverse().number(), 1)
        record.with_user(self.manager).unlink()
        self.assertEqual(self.adverse().number(), 0)

    # -- related companies ---------------------------------------------------------------------------

    def relate(self, partner, related, kind="parent", user=None):
        return (
            self.env["credit.relation"]
            .with_user(user or self.analyst)
            .create({"partner_id": partner.id, "related_id": related.id, "kind": kind})
        )

    def firm(self, name):
        return self.env["res.partner"].create({"name": name, "company_type": "company"})

    def test_a_relation_is_seen_from_both_sides(self):
        holding = self.firm("Holding")
        profile = self.control(holding)
        relation = self.relate(self.customer, holding)
        for one in (self.profile, profile):
            self.assertEqual(one.with_user(self.analyst).relation_ids, relation)

    def test_a_relation_is_recorded_once(self):
        holding = self.firm("Holding")
        self.relate(self.customer, holding)
        for arguments in ((self.customer, holding), (holding, self.customer, "subsidiary")):
            with self.assertRaisesRegex(ValidationError, "already"), self.env.cr.savepoint():
                self.relate(*arguments)
        with self.assertRaisesRegex(ValidationError, "itself"):
            self.relate(self.customer, self.customer)
        with self.assertRaises(AccessError):
            self.relate(self.customer, holding, "guarantor", user=self.salesperson)

    def test_merged_customers_bring_records_and_relations(self):
        double, holding, third = self.firm("Double"), self.firm("Holding"), self.firm("Third")
        record = self.record(partner_id=double.id)
        kept = self.relate(self.customer, holding)
        repeated = self.relate(double, holding)
        internal = self.relate(double, self.customer, "sister")
        moved = self.relate(third, double, "guarantor")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (double | self.customer).ids, self.customer, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(record.partner_id, self.customer)
        self.assertEqual((kept | repeated | internal | moved).exists(), kept | moved)
        self.assertEqual(moved.related_id, self.customer)
