# Part of credit_management. License LGPL-3.0 or later.
"""What people click, in a real browser: hold, request, release, the meter on an invoice, policy and enrolment."""

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestTours(CreditCase, HttpCase):
    def tour(self, name, url, user):
        self.env.flush_all()
        self.start_tour(url, name, login=user.login)
        self.env.invalidate_all()

    def test_salesperson_asks_and_manager_releases(self):
        order = self.order(1500.0)
        self.tour("credit_order_held", f"/odoo/sale.order/{order.id}", self.salesperson)
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
        decision = self.decision(order)
        self.assertEqual(decision.request_note, "They pay on Friday")
        self.assertEqual(decision.requested_by, self.salesperson)

        self.tour("credit_hold_released", "/odoo/credit-holds", self.manager)
        self.assertEqual((order.state, decision.state), ("sale", "released"))
        self.assertEqual(decision.released_by, self.manager)
        self.assertEqual(decision.release_note, "Good customer since years")

    def test_a_limit_from_the_held_order_to_its_revocation(self):
        order = self.order(1500.0)
        order.with_user(self.salesperson).action_confirm()
        self.tour("credit_limit_asked_from_order", f"/odoo/sale.order/{order.id}", self.salesperson)
        limit = self.env["credit.limit"].search([("decision_id", "=", self.decision(order).id)])
        self.assertRecordValues(
            limit, [{"amount": 1500.0, "state": "requested", "requested_by": self.salesperson.id, "origin": "order"}]
        )
        self.assertIn("They have grown", limit.note)
        self.tour("credit_limit_approved", f"/odoo/credit.limit/{limit.id}", self.manager)
        self.assertEqual((limit.state, limit.decided_by, order.credit_state), ("granted", self.manager, "ready"))
        self.tour("credit_order_confirmed_at_last", f"/odoo/sale.order/{order.id}", self.salesperson)
        self.assertEqual((order.state, self.decision(order).state), ("sale", "passed"))
        self.tour("credit_limit_revoked", f"/odoo/credit.limit/{limit.id}", self.manager)
        self.assertEqual((limit.state, self.position().limit_status), ("revoked", "none"))

    def test_accountant_sees_the_meter_on_an_invoice(self):
        day = fields.Date.subtract(fields.Date.today(), days=40)
        invoice = self.invoice(400.0, date=day, due=day)
        self.tour("credit_invoice_meter", f"/odoo/account.move/{invoice.id}", self.accountant)

    def test_accountant_posts_an_invoice_that_was_held(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
            policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").on_invoice = "hold"
        move = self.invoice(1500.0, post=False)
        self.tour("credit_invoice_held", f"/odoo/account.move/{move.id}", self.accountant)
        decision = move.credit_decision_id
        self.assertEqual((move.state, decision.state), ("draft", "held"))
        self.assertEqual(decision.request_note, "Service is done already")
        decision.with_user(self.manager)._release(self.env.ref("credit_management.reason_reliable"))
        self.tour("credit_invoice_posted_at_last", f"/odoo/account.move/{move.id}", self.accountant)
        self.assertEqual(move.state, "posted")

    def test_administrator_edits_a_rule(self):
        draft = self.policy._new_version()
        rule = draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage")
        self.assertEqual(rule.percent, 100.0)
        self.tour("credit_policy_rule", f"/odoo/credit.policy/{draft.id}", self.admin)
        self.assertEqual(rule.percent, 90.0)

    def test_manager_publishes_a_version_and_says_that_he_has_read_it(self):
        draft = self.policy._new_version()
        draft.write({"grace_days": 9, "must_acknowledge": True})
        self.tour("credit_policy_published", f"/odoo/credit.policy/{draft.id}", self.manager)
        self.assertRecordValues(
            draft,
            [{"state": "published", "published_by": self.manager.id, "publication_note": "Agreed by the board"}],
        )
        self.assertEqual((self.profile.policy_id, self.profile.grace_days), (draft, 9))
        self.assertEqual(draft.acknowledgement_ids.user_id, self.manager)

    def test_administrator_enrols_a_customer(self):
        partner = self.env["res.partner"].create({"name": "New Customer Ltd", "company_type": "company"})
        self.tour("credit_enrol", f"/odoo/res.partner/{partner.id}", self.admin)
        profile = self.env["credit.profile"].search([("partner_id", "=", partner.id)])
        self.assertEqual(profile.company_id, self.company)
        self.assertEqual(profile.policy_id, self.policy)

    def test_analyst_enters_and_confirms_a_statement(self):
        self.tour("credit_statement_entered", f"/odoo/credit.profile/{self.profile.id}", self.analyst)
        statement = self.env["credit.statement"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((statement.state, statement.name, statement.confirmed_by), ("confirmed", "2024", self.analyst))
        expected = {"cash": 1000.0, "receivables": 2000.0, "inventories": 500.0, "other_current_assets": 100.0}
        self.assertEqual(statement.figures, expected)

    def test_a_customer_is_assessed_and_his_grade_moved_and_confirmed(self):
        self.tour("credit_customer_assessed", f"/odoo/credit.profile/{self.profile.id}", self.analyst)
        assessment = self.env["credit.assessment"].search([("profile_id", "=", self.profile.id)])
        self.assertEqual((assessment.state, assessment.scorecard_id.fits), ("draft", "statements"))
        self.assertTrue(assessment.grade_id)

        self.tour("credit_grade_moved", "/odoo/credit-assessments", self.manager)
        self.assertEqual((assessment.grade_id.code, assessment.state), ("BB", "draft"))
        self.assertEqual(assessment.overridden_by, self.manager)

        second = self._user("manager2", "credit_management.group_manager")
        self.tour("credit_grade_confirmed", "/odoo/credit-assessments", second)
        self.assertEqual((assessment.state, assessment.confirmed_by), ("confirmed", second))
        self.assertEqual(self.profile.grade_id.code, "BB")

    def test_administrator_edits_the_bands_of_a_scorecard(self):
        card = self.env.ref("credit_management.scorecard_statements")
        self.tour("credit_scorecard_edited", f"/odoo/credit.scorecard/{card.id}", self.admin)
        edited = self.env["credit.scorecard"].search([("code", "=", card.code), ("state", "=", "active")])
        self.assertEqual((card.state, edited.version, edited.activated_by), ("retired", card.version + 1, self.admin))

        def points(scorecard):
            factor = scorecard.factor_ids.filtered(lambda factor: factor.code == "equity_ratio")
            return factor.band_ids.mapped("points")

        self.assertEqual([70.0 if value == 75.0 else value for value in points(card)], points(edited))

    def test_analyst_imports_a_statement(self):
        self.tour("credit_statement_imported", "/odoo/credit-statements", self.analyst)
        statement = self.env["credit.statement"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((statement.figures, statement.source), ({"cash": 70.0}, "good.csv"))

    def test_manager_simulates_a_draft(self):
        order = self.confirmed(600.0)
        move = order._create_invoices()
        day = fields.Date.subtract(fields.Date.today(), days=10)
        move.write({"invoice_date": day, "invoice_payment_term_id": False})
        move.invoice_date_due = day
        move.action_post()
        draft = self.policy._new_version()
        draft.name = "Draft: half"
        draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").percent = 50.0
        self.tour("credit_simulation_started", "/odoo/credit-simulations", self.manager)
        simulation = self.env["credit.simulation"].search([("draft_id", "=", draft.id)])
        self.assertEqual((simulation.state, simulation.policy_id), ("running", self.policy))
        while simulation._work() is not None:
            pass
        self.assertEqual(draft.state, "simulated")
        self.tour("credit_simulation_read", f"/odoo/credit-simulations/{simulation.id}", self.manager)

    def test_salesperson_tries_a_payment(self):
        self.invoice(600.0)
        order = self.order(900.0)
        self.tour("credit_what_if", f"/odoo/sale.order/{order.id}", self.salesperson)
        self.assertEqual((order.state, order.credit_state), ("draft", False))

    def overdue(self):
        """An alert that an invoice is overdue; returns it."""
        self.customer.user_id = self.salesperson
        day = fields.Date.subtract(fields.Date.today(), days=90)
        self.invoice(400.0, date=day, due=day)
        with self.new_policy() as policy:
            policy.alert_rule_ids.unlink()
            self.env["credit.alert.rule"].create({"policy_id": policy.id, "kind": "overdue_amount"})
        self.profile._monitor(fields.Date.today())
        return self.env["credit.alert"].search([("profile_id", "=", self.profile.id)])

    def test_analyst_sees_to_an_alert(self):
        alert = self.overdue()
        self.tour("credit_alert_acknowledged", "/odoo/credit-alerts", self.analyst)
        self.assertEqual((alert.state, alert.acknowledged_by), ("acknowledged", self.analyst))

    def test_manager_runs_the_monitor(self):
        self.tour("credit_monitor_run", "/odoo/credit-monitor", self.manager)
        run = self.env["credit.monitor.run"].search([])
        self.assertEqual((run.state, run.user_id), ("running", self.manager))

    def test_salesperson_sees_the_alerts_of_his_customers(self):
        self.overdue()
        orders = "/odoo/action-sale.action_quotations_with_onboarding"
        self.tour("credit_alerts_of_my_customers", orders, self.salesperson)

    def test_figures_open_what_is_behind_them(self):
        today = fields.Date.today()
        self.invoice(840.0, date=fields.Date.subtract(today, days=60), due=fields.Date.subtract(today, days=45))
        self.invoice(400.0, due=fields.Date.add(today, days=20))
        self.profile._refresh()
        self.tour("credit_dashboard", "/odoo/credit-dashboard", self.manager)
        self.tour("credit_forecast", f"/odoo/credit.profile/{self.profile.id}", self.accountant)
        action = self.env.ref("credit_management.action_credit_provision")
        self.tour("credit_provision", f"/odoo/action-{action.id}", self.accountant)
        matrix = self.env["credit.provision"].search([("company_id", "=", self.company.id)])
        self.assertEqual((matrix.as_of, matrix.balance), (today, 1240.0))
