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

    def test_accountant_sees_the_meter_on_an_invoice(self):
        day = fields.Date.subtract(fields.Date.today(), days=40)
        invoice = self.invoice(400.0, date=day, due=day)
        self.tour("credit_invoice_meter", f"/odoo/account.move/{invoice.id}", self.accountant)

    def test_administrator_edits_a_rule(self):
        rule = self.policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage")
        self.assertEqual(rule.percent, 100.0)
        self.tour("credit_policy_rule", f"/odoo/credit.policy/{self.policy.id}", self.admin)
        self.assertEqual(rule.percent, 90.0)

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

    def test_analyst_imports_a_statement(self):
        self.tour("credit_statement_imported", "/odoo/credit-statements", self.analyst)
        statement = self.env["credit.statement"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((statement.figures, statement.source), ({"cash": 70.0}, "good.csv"))

    def overdue(self):
        """An alert that an invoice is overdue; returns it."""
        self.customer.user_id = self.salesperson
        day = fields.Date.subtract(fields.Date.today(), days=90)
        self.invoice(400.0, date=day, due=day)
        self.policy.alert_rule_ids.unlink()
        self.env["credit.alert.rule"].create({"policy_id": self.policy.id, "kind": "overdue_amount"})
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
