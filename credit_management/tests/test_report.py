# Part of credit_management. License LGPL-3.0 or later.
"""Reports: ageing, holds and what came of them, changes of limits, concentration, provisions, the audit trail."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestReport(CreditCase):
    @staticmethod
    def day(days):
        return fields.Date.add(fields.Date.today(), days=days)

    def other_company(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        other = self.env["res.company"].create({"name": "Second", "currency_id": euro.id})
        self.env.user.company_ids |= other
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        other.currency_id = euro
        return other

    def released(self, amount, **values):
        order = self.order(amount, **values)
        order.action_confirm()
        decision = self.decision(order)
        self.env["credit.release"].with_user(self.manager).create(
            {"decision_ids": [(6, 0, decision.ids)], "reason_id": self.env["credit.reason"].search([], limit=1).id,
             "note": "Fine"}
        ).action_apply()  # fmt: skip
        self.settle()
        return order, decision

    # -- ageing

    def test_ageing_by_bucket(self):
        for amount, days in ((10, 5), (20, 0), (30, -1), (40, -30), (50, -31), (60, -60), (70, -90), (80, -91)):
            self.invoice(float(amount), date=self.day(-100), due=self.day(days))
        self.invoice(7.0, post=False)
        base = [("profile_id", "=", self.profile.id)]
        rows = self.env["credit.exposure"]._read_group(base, ["age"], ["amount:sum"])
        self.assertEqual(dict(rows), {"0": 30.0, "1": 70.0, "2": 110.0, "3": 70.0, "4": 80.0, False: 7.0})
        self.assertAlmostEqual(sum(amount for _age, amount in rows), self.position().exposure)

    def test_days_of_grace_do_not_make_an_item_younger(self):
        with self.new_policy() as policy:
            policy.grace_days = 10
        self.invoice(10.0, date=self.day(-50), due=self.day(-5))
        row = self.env["credit.exposure"].search([("profile_id", "=", self.profile.id)])
        self.assertEqual((row.age, row.days_overdue, row.overdue), ("1", 0, 0.0))

    # -- holds and releases

    def test_what_came_of_a_hold(self):
        waiting = self.order(1500.0)
        waiting.action_confirm()
        order, decision = self.released(1600.0)
        report = self.env["credit.decision.report"]
        found = {row.name: row for row in report.search([("company_id", "=", self.company.id)])}
        self.assertEqual((found[waiting.name].state, found[waiting.name].result), ("held", "waiting"))
        row = found[order.name]
        self.assertEqual((row.result, row.released_by, row.asked), ("not_invoiced", self.manager, 1600.0))
        self.assertEqual(report.browse(decision.id).days, decision.released_on and row.days)

        def result():
            self.env.flush_all()
            self.env.invalidate_all()
            return report.browse(decision.id).result

        invoice = order._create_invoices()
        invoice.invoice_date = self.day(-40)
        invoice.invoice_date_due = self.day(-10)
        invoice.action_post()
        self.assertEqual(result(), "overdue")
        self.assertEqual(report.browse(decision.id).overdue, 1600.0)
        self.pay(invoice)
        self.assertEqual((result(), report.browse(decision.id).overdue), ("paid", 0.0))
        self.assertEqual(row.action_view_decision()["res_id"], decision.id)

    def test_how_long_a_hold_waited(self):
        order, decision = self.released(1600.0)
        decision.sudo().write({"date": fields.Datetime.subtract(decision.released_on, hours=36)})
        self.assertEqual(order.state, "sale")
        self.assertAlmostEqual(self.env["credit.decision.report"].browse(decision.id).days, 1.5)

    # -- limits

    def test_changes_of_limits(self):
        partner = self.env["res.partner"].create({"name": "Steps Ltd", "company_type": "company"})
        profile = self.control(partner)
        self.grant(profile, 100.0, date_start="2024-01-01", date_end="2024-12-31")
        self.grant(profile, 300.0, date_start="2025-01-01", date_end="2025-05-31")
        self.grant(profile, 250.0, date_start="2025-06-01", date_end="2025-06-30")
        self.grant(profile, 250.0, date_start="2025-07-01", date_end="2025-07-31")
        self.grant(profile, unlimited=True, date_start="2025-08-01")
        self.grant(profile, 50.0, kind="top_up", date_start="2025-02-01", date_end="2025-02-28")
        rows = self.env["credit.limit.report"].search([("profile_id", "=", profile.id)], order="date_start, id")
        self.assertEqual(rows.mapped("direction"), ["first", "raised", "first", "lowered", "same", "raised"])
        self.assertEqual(rows.mapped("change"), [100.0, 200.0, 50.0, -50.0, 0.0, 0.0])
        self.assertEqual(rows.mapped("amount_before"), [0.0, 100.0, 0.0, 300.0, 250.0, 250.0])

    def test_a_refused_limit(self):
        asked = self.env["credit.limit"].with_user(self.analyst).create(
            {"profile_id": self.profile.id, "amount": 5000.0, "date_start": self.day(0)}
        )
        asked.with_user(self.manager).action_refuse()
        row = self.env["credit.limit.report"].browse(asked.id)
        self.assertEqual((row.direction, row.decided_by, row.requested_by), ("refused", self.manager, self.analyst))
        self.assertEqual(row.action_view_limit()["res_id"], asked.id)

    # -- concentration

    def test_concentration(self):
        other = self.other_company()
        partners = self.env["res.partner"].create([{"name": f"C{n}", "company_type": "company"} for n in range(3)])
        for partner, amount in zip(partners, (600.0, 300.0, 0.0), strict=True):
            self.control(partner)
            if amount:
                self.invoice(amount, partner=partner)
        self.invoice(100.0)
        second = self.control(self.customer, company=other)
        self.invoice(55.0, company=other)
        self.env["credit.profile"].search([])._refresh()
        rows = self.env["credit.concentration.report"].search([("company_id", "=", self.company.id)])
        self.assertEqual(rows.partner_id, partners[:2] | self.customer)
        self.assertEqual(rows.mapped("rank"), [1, 2, 3])
        for name, values in (("share", (0.6, 0.3, 0.1)), ("cumulated", (0.6, 0.9, 1.0))):
            for value, expected in zip(rows.mapped(name), values, strict=True):
                self.assertAlmostEqual(value, expected)
        self.assertAlmostEqual(sum(rows.mapped("herfindahl")), 3600 + 900 + 100)
        alone = self.env["credit.concentration.report"].search([("company_id", "=", other.id)])
        self.assertEqual((alone.profile_id, alone.share, alone.herfindahl), (second, 1.0, 10_000.0))

    # -- provisions

    def history(self, partner=None):
        """Of 100,000 that fell due, 50,000 reached the second bucket, 23,000 the third, 8,000 the fourth, 2,000 the
        last, and nobody ever paid those."""
        rows = ((50_000, 0), (27_000, 20), (15_000, 45), (6_000, 75), (2_000, None))
        load = self.env["credit.payment.import"].create({"company_id": self.company.id, "name": "old.csv"})
        self.env["credit.payment.history"].create(
            [
                {
                    "import_id": load.id,
                    "partner_id": (partner or self.customer).id,
                    "name": f"H{number}",
                    "date_invoice": self.day(-330),
                    "date_due": self.day(-300),
                    "date_settled": None if late is None else self.day(late - 300),
                    "amount": amount,
                }
                for number, (amount, late) in enumerate(rows)
            ]
        )

    def matrix(self, user=None, **values):
        provision = self.env["credit.provision"].with_user(user or self.analyst).create(
            {"company_id": self.company.id, **values}
        )
        provision.action_reckon()
        return provision.sudo()

    def test_the_published_matrix(self):
        """IFRS 9, the case of FORMULAS: rates 2, 4, 8.7, 25, 100 %; 27,567 in all."""
        self.history()
        for amount, days in ((300_000, 10), (140_000, -15), (60_000, -45), (23_000, -75)):
            self.invoice(float(amount), date=self.day(-100), due=self.day(days))
        # open since before the history that is looked at
        self.invoice(5_000.0, date=self.day(-1500), due=self.day(-1400))
        matrix = self.matrix()
        lines = matrix.line_ids
        self.assertEqual(lines.mapped("reached"), [100_000.0, 50_000.0, 23_000.0, 8_000.0, 2_000.0])
        self.assertEqual(lines.mapped("balance"), [300_000.0, 140_000.0, 60_000.0, 23_000.0, 5_000.0])
        for line, rate in zip(lines, (0.02, 0.04, 2 / 23, 0.25, 1.0), strict=True):
            self.assertAlmostEqual(line.rate, rate, places=5)
        self.assertAlmostEqual(matrix.amount, 27_567.39, places=1)
        self.assertEqual((matrix.balance, matrix.unknown, matrix.as_of), (528_000.0, 0.0, fields.Date.today()))
        exposure = self.env["credit.exposure"]._read_group([("profile_id", "=", self.profile.id)], [], ["amount:sum"])
        self.assertAlmostEqual(matrix.balance, exposure[0][0])
        outlook = self.matrix(outlook=1.5)
        self.assertAlmostEqual(outlook.amount, 1.5 * (27_567.39 - 5000) + 5000, places=1)

    def test_what_history_tells_nothing_of_has_no_rate(self):
        self.invoice(100.0, due=self.day(5))
        matrix = self.matrix()
        self.assertEqual((matrix.balance, matrix.amount, matrix.unknown), (100.0, 0.0, 100.0))
        self.assertEqual(set(matrix.line_ids.mapped("rate")), {False})

    def test_segments_have_rates_of_their_own(self):
        france, germany = self.env.ref("base.fr"), self.env.ref("base.de")
        self.customer.country_id = france
        prompt = self.env["res.partner"].create({"name": "P", "company_type": "company", "country_id": germany.id})
        self.control(prompt)
        self.history()
        self.invoice(500.0, partner=prompt, date=self.day(-400), due=self.day(-370))
        self.pay(self.env["account.move"].search([("partner_id", "=", prompt.id)]))
        self.invoice(1000.0, due=self.day(5))
        self.invoice(1000.0, partner=prompt, due=self.day(5))
        matrix = self.matrix(segment_by="country")
        current = {line.segment: line for line in matrix.line_ids if line.bucket == "0"}
        self.assertAlmostEqual(current[france.name].rate, 0.02)
        self.assertEqual(current[germany.name].rate, 0.0)
        self.assertAlmostEqual(matrix.amount, 20.0)

    def test_a_matrix_is_kept_as_it_was_reckoned(self):
        matrix = self.matrix().with_user(self.analyst)
        for values in ({"months": 12}, {"segment_by": "grade"}, {"outlook": 2.0}):
            with self.assertRaises(UserError):
                matrix.write(values)
        with self.assertRaises(AccessError):
            matrix.write({"as_of": self.day(-1)})
        with self.assertRaises(UserError):
            matrix.action_reckon()
        with self.assertRaises(AccessError):
            matrix.line_ids.write({"amount": 1.0})
        matrix.note = "Agreed upon"
        forged = self.env["credit.provision"].with_user(self.analyst).create(
            {"company_id": self.company.id, "as_of": self.day(-1), "line_ids": [(0, 0, {"bucket": "0", "amount": 9.0})]}
        )
        self.assertFalse(forged.as_of or forged.line_ids)

    def test_it_prints(self):
        self.history()
        self.invoice(1000.0, due=self.day(5))
        matrix = self.matrix(segment_by="policy")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "credit_management.credit_provision", matrix.ids
        )
        text = html.decode()
        self.assertIn("2.00 %", text)
        self.assertIn("Test policy", text)
        self.assertEqual(matrix.action_print()["report_name"], "credit_management.credit_provision")

    # -- the audit trail

    def test_who_asked_approved_and_released(self):
        asked = self.env["credit.limit"].with_user(self.analyst).create(
            {"profile_id": self.profile.id, "amount": 900.0, "date_start": self.day(400), "note": "Season"}
        )
        asked.with_user(self.manager).action_refuse()
        _order, decision = self.released(1600.0)
        self.env.flush_all()
        trail = self.env["credit.audit.event"].search([("company_id", "=", self.company.id)])
        of = {
            (event.res_model, event.res_id, event.event): event for event in trail
        }
        event = of["credit.limit", asked.id, "limit_requested"]
        self.assertEqual((event.user_id, event.amount, event.note), (self.analyst, 900.0, "Season"))
        event = of["credit.limit", asked.id, "limit_refused"]
        self.assertEqual((event.user_id, event.other_user_id, event.same_person), (self.manager, self.analyst, False))
        self.assertIn(("credit.decision", decision.id, "held"), of)
        event = of["credit.decision", decision.id, "released"]
        self.assertEqual((event.user_id, event.other_user_id, event.note), (self.manager, self.salesperson, "Fine"))
        self.assertEqual(event.action_view_record()["res_id"], decision.id)
        self.assertEqual(len(set(trail.ids)), len(trail))

    def test_tracked_changes(self):
        self.settle()
        self.profile.with_user(self.manager).with_context(tracking_disable=False, mail_notrack=False).write(
            {"hold": True, "hold_reason": "Rumours"}
        )
        self.settle()
        events = self.env["credit.audit.event"].search(
            [("res_model", "=", "credit.profile"), ("res_id", "=", self.profile.id)]
        )
        notes = {event.name: event for event in events}
        self.assertIn("Rumours", notes["hold_reason"].note)
        self.assertEqual((notes["hold"].user_id, notes["hold"].event), (self.manager, "changed"))
        self.assertEqual(notes["hold"].partner_id, self.customer)

    # -- who sees what

    def test_rights(self):
        other = self.other_company()
        self.control(self.customer, 10.0, company=other)
        self.invoice(55.0, company=other)
        self.env["credit.profile"].search([])._refresh()
        self.matrix()
        reports = (
            "credit.decision.report", "credit.limit.report", "credit.concentration.report", "credit.audit.event",
        )  # fmt: skip
        for model in (*reports, "credit.provision", "credit.provision.line"):
            with self.subTest(model=model):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(self.salesperson).search([])
                seen = self.env[model].with_user(self.analyst).search([])
                self.assertNotIn(other, seen.sudo().company_id)
        for model in reports:
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.accountant).search([])
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.admin).create({})
        self.assertTrue(self.matrix(user=self.accountant).as_of)
        self.assertEqual(len(self.env["credit.provision"].with_user(self.analyst).search([])), 2)
