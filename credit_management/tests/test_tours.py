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
        draft = self.policy._new_version()
        rule = draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage")
        self.assertEqual(rule.percent, 100.0)
        self.tour("credit_policy_rule", f"/odoo/credit.policy/{draft.id}", self.admin)
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
