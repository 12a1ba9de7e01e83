# Part of credit_management. License LGPL-3.0 or later.
"""Invoices that no order cleared are asked about when they are posted, whichever way they are."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestInvoiceCheckpoint(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("credit_management.reason_reliable")

    @classmethod
    def write_policy(cls, draft):
        draft.rule_ids.filtered(lambda rule: rule.kind in ("limit_usage", "manual_hold")).on_invoice = "hold"

    def draft(self, amount, **values):
        return self.invoice(amount, post=False, **values)

    def decisions(self, move):
        return self.env["credit.decision"].search([("move_id", "=", move.id)], order="id desc")

    def release(self, move, **values):
        wizard = self.env["credit.release"].with_user(self.manager)
        wizard = wizard.create(
            {"decision_ids": self.decisions(move)[:1].ids, "reason_id": self.reason.id, "note": "Known", **values}
        )
        wizard.action_apply()
        self.settle()
        self.env.invalidate_all()

    # -- passing, warning, holding -------------------------------------------------------------------

    def test_within_the_limit_is_posted(self):
        move = self.draft(1000.0)
        self.assertFalse(move.action_post())
        self.settle()
        self.assertEqual(move.state, "posted")
        self.assertRecordValues(
            self.decisions(move),
            [{"state": "passed", "outcome": "pass", "checkpoint": "invoice", "asked": 1000.0, "exposure_before": 0.0}],
        )
        self.assertEqual(self.decisions(move).name, move.name)
        self.assertEqual(self.position().exposure, 1000.0)

    def test_over_the_limit_stays_a_draft(self):
        move = self.draft(1000.01)
        result = move.with_user(self.accountant).action_post()
        self.settle()
        self.assertEqual((move.state, move.credit_state), ("draft", "held"))
        self.assertIn(self.decisions(move).name, result["params"]["title"])
        self.assertIn("1,000.01", result["params"]["message"])
        self.assertRecordValues(
            self.decisions(move),
            [{"state": "held", "overage": 0.01, "exposure_before": 0.0, "document_user_id": move.invoice_user_id.id}],
        )
        self.assertIn(move, self.env["account.move"].search([("credit_state", "in", ["held"])]))
        self.assertNotIn(move, self.env["account.move"].search([("credit_state", "=", False)]))

    def test_draft_is_not_counted_twice(self):
        move = self.draft(600.0)
        self.assertEqual(self.position().draft_invoice, 600.0)
        move.action_post()
        self.assertEqual(self.decisions(move).position.get("draft_invoice", 0.0), 0.0)
        self.assertEqual(self.decisions(move).exposure_before, 0.0)
        self.assertEqual(self.position().exposure, 600.0)

    def test_other_drafts_count(self):
        self.draft(600.0)
        move = self.draft(600.0)
        move.action_post()
        self.assertEqual(self.decisions(move).overage, 200.0)

    def test_a_warning_is_recorded_and_posts(self):
        self.profile.limit_ids._give_way()
        move = self.draft(10.0)
        self.assertIn("no credit limit", move.credit_message)
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertRecordValues(self.decisions(move), [{"state": "passed", "outcome": "warn"}])

    def test_manual_hold(self):
        self.profile.with_user(self.manager).write({"hold": True, "hold_reason": "Bounced"})
        move = self.draft(1.0)
        move.action_post()
        self.assertEqual(move.credit_state, "held")

    def test_one_of_a_batch_does_not_stop_the_others(self):
        moves = self.draft(600.0) | self.draft(600.0) | self.draft(400.0)
        entry = self.env["account.move"].create({"move_type": "entry", "line_ids": self._entry_lines(5.0)})
        (moves | entry).action_post()
        self.settle()
        self.assertEqual(moves.mapped("state"), ["posted", "draft", "posted"])
        self.assertEqual(entry.state, "posted")
        self.assertFalse(self.decisions(entry))

    def _entry_lines(self, amount):
        account = self.env["account.account"].search(
            [("company_ids", "in", self.company.ids), ("account_type", "=", "expense")], limit=1
        )
        return [
            Command.create({"account_id": account.id, "debit": amount, "name": "x"}),
            Command.create({"account_id": account.id, "credit": amount, "name": "x"}),
        ]

    def test_refunds_and_bills_are_never_asked_about(self):
        refund = self.draft(5000.0, move_type="out_refund")
        bill = self.draft(5000.0, move_type="in_invoice")
        (refund | bill).action_post()
        self.settle()
        self.assertEqual((refund | bill).mapped("state"), ["posted", "posted"])
        self.assertFalse(self.decisions(refund) | self.decisions(bill))

    def test_receipts_are_asked_about(self):
        receipt = self.draft(2000.0, move_type="out_receipt")
        receipt.action_post()
        self.assertEqual(receipt.credit_state, "held")

    def test_customers_not_under_control(self):
        self.company.credit_unknown_action = "hold"
        move = self.draft(9000.0, partner=self.env["res.partner"].create({"name": "Stranger"}))
        move.action_post()
        self.settle()
        self.assertEqual(move.state, "posted")

    def test_switched_off_nothing_is_looked_up(self):
        with self.new_policy() as policy:
            policy.rule_ids.on_invoice = "ignore"
        # other policies still ask something of their own customers
        move = self.draft(9000.0)
        move.action_post()
        self.settle()
        self.assertEqual(move.state, "posted")
        self.assertFalse(self.decisions(move))
        self.env["credit.policy.rule"].sudo().search([]).policy_id._record({"state": "draft"})
        self.env["credit.policy.rule"].sudo().search([]).on_invoice = "ignore"
        moves = self.draft(1.0) | self.draft(2.0)
        self.assertFalse(self.env["credit.policy.rule"]._is_at("invoice"))
        with self.assertQueryCount(0):
            self.assertFalse(moves._credit_asking())

    # -- what orders cleared -------------------------------------------------------------------------

    def test_invoice_of_a_cleared_order_is_not_asked_about(self):
        order = self.confirmed(1000.0)
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 10.0)
        move = order._create_invoices()
        move.action_post()
        self.settle()
        self.assertEqual(move.state, "posted")
        self.assertFalse(self.decisions(move))

    def test_order_taken_over_cleared_it(self):
        partner = self.env["res.partner"].create({"name": "Late", "company_type": "company"})
        order = self.confirmed(5000.0, partner=partner)
        self.control(partner, 10.0)
        move = order._create_invoices()
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_mixed_invoice_asks_for_the_uncleared_part(self):
        order = self.confirmed(900.0)
        move = order._create_invoices()
        move.invoice_line_ids = [
            Command.create({"name": "Extra", "quantity": 1, "price_unit": 150.0, "tax_ids": False})
        ]
        move.action_post()
        self.settle()
        self.assertRecordValues(
            self.decisions(move),
            [{"state": "held", "asked": 150.0, "overage": 50.0, "exposure_before": 900.0, "document_amount": 150.0}],
        )

    def test_price_raised_on_the_invoice_is_not_cleared(self):
        order = self.confirmed(900.0)
        move = order._create_invoices()
        move.invoice_line_ids.price_unit = 1300.0
        move.action_post()
        self.assertRecordValues(self.decisions(move), [{"state": "held", "asked": 400.0, "overage": 300.0}])

    def test_invoice_turned_to_another_customer_is_not_cleared(self):
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        self.control(other, 10.0)
        move = self.confirmed(900.0)._create_invoices()
        move.partner_id = other
        move.action_post()
        self.assertRecordValues(self.decisions(move), [{"state": "held", "asked": 900.0, "partner_id": other.id}])

    def test_invoice_of_a_cancelled_order_is_not_cleared(self):
        order = self.confirmed(900.0)
        move = order._create_invoices()
        order._action_cancel()
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 10.0)
        move.filtered(lambda invoice: invoice.state == "cancel").button_draft()
        move.action_post()
        self.assertEqual(move.credit_state, "held")

    def test_down_payment_and_the_rest_are_cleared(self):
        order = self.confirmed(1000.0)
        wizard = self.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=order.ids)
        advance = wizard.create({"advance_payment_method": "percentage", "amount": 30})
        advance._create_invoices(order).action_post()
        self.assertEqual(order.invoice_ids.mapped("state"), ["posted"])
        rest = order._create_invoices(final=True)
        rest.action_post()
        self.settle()
        self.assertEqual(set(order.invoice_ids.mapped("state")), {"posted"})
        self.assertFalse(self.env["credit.decision"].search([("move_id", "in", order.invoice_ids.ids)]))

    def test_paid_online_asks_for_nothing(self):
        provider = self.env["payment.provider"].create(
            {"name": "Wire", "code": "custom", "company_id": self.company.id}
            if "custom_mode" not in self.env["payment.provider"]._fields
            else {"name": "Wire", "code": "none", "company_id": self.company.id}
        )
        move = self.draft(5000.0)
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "reference": "paid",
                "amount": 5000.0,
                "currency_id": move.currency_id.id,
                "partner_id": self.customer.id,
                "invoice_ids": move.ids,
                "state": "done",
            }
        )
        move.action_post()
        self.assertEqual(move.state, "posted")

    # -- ways to post --------------------------------------------------------------------------------

    def run_cron(self, batch_size):
        with patch.object(self.env.registry["ir.cron"], "_commit_progress"):
            self.env["account.move"]._autopost_draft_entries(batch_size)
        self.settle()

    def test_wizard_of_the_list(self):
        good, bad = self.draft(100.0), self.draft(5000.0)
        wizard = (
            self.env["validate.account.move"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=(good | bad).ids)
        )
        result = wizard.create({}).validate_move()
        self.settle()
        self.assertEqual((good.state, bad.state), ("posted", "draft"))
        self.assertEqual(result["tag"], "display_notification")
        self.assertEqual(result["params"]["next"]["type"], "ir.actions.act_window_close")

    def test_direct_write_is_refused_and_recorded(self):
        move = self.draft(5000.0)
        with self.assertRaisesRegex(UserError, "does not let this pass"), self.env.cr.savepoint():
            move.with_user(self.accountant).write({"state": "posted"})
            self.settle()
        small = self.draft(100.0)
        move.unlink()
        small.with_user(self.accountant).write({"state": "posted"})
        self.settle()
        self.assertEqual(small.state, "posted")
        self.assertRecordValues(self.decisions(small), [{"state": "passed", "asked": 100.0, "exposure_before": 0.0}])

    def test_context_grants_nothing(self):
        move = self.draft(5000.0)
        keys = ["credit_check", "skip_credit", "no_credit_check", "force", "disable_credit", "default_credit_state"]
        move.with_user(self.accountant).with_context(**dict.fromkeys(keys, True)).action_post()
        self.assertEqual(move.state, "draft")

    def test_cron_posts_the_others_and_asks_once(self):
        yesterday = fields.Date.subtract(fields.Date.today(), days=1)
        held, good = self.draft(5000.0, date=yesterday), self.draft(100.0, date=yesterday)
        future = self.draft(100.0, date=fields.Date.add(fields.Date.today(), days=5))
        (held | good | future).auto_post = "at_date"
        for _night in range(2):
            self.run_cron(batch_size=1000)
            self.assertEqual((held.state, good.state, future.state), ("draft", "posted", "draft"))
            self.assertEqual(self.decisions(held).mapped("state"), ["held"])
        self.assertFalse(self.decisions(future))
        self.release(held)
        self.assertEqual(held.state, "posted")

    def test_held_ones_take_no_place_in_the_batch_of_the_cron(self):
        yesterday = fields.Date.subtract(fields.Date.today(), days=1)
        held = self.draft(5000.0, date=fields.Date.today())
        held.auto_post = "at_date"
        held._post()
        good = self.draft(100.0, date=yesterday, partner=self.env["res.partner"].create({"name": "Another"}))
        good.auto_post = "at_date"
        self.env["account.move"].search(
            [("auto_post", "!=", "no"), ("state", "=", "draft"), ("id", "not in", (held | good).ids)]
        ).auto_post = "no"
        self.run_cron(batch_size=1)
        self.assertEqual((held.state, good.state), ("draft", "posted"))

    def test_future_invoice_posted_softly_is_not_asked_about_yet(self):
        move = self.draft(5000.0, date=fields.Date.add(fields.Date.today(), days=5))
        move._post(soft=True)
        self.assertEqual((move.state, move.auto_post), ("draft", "at_date"))
        self.assertFalse(self.decisions(move))

    def test_without_rights_nothing_is_held(self):
        move = self.draft(5000.0)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            move.with_user(self.salesperson).action_post()
        self.assertFalse(self.decisions(move))

    # -- releasing -----------------------------------------------------------------------------------

    def test_release_posts_it(self):
        move = self.draft(1500.0)
        move.with_user(self.accountant).action_post()
        self.release(move)
        self.assertEqual(move.state, "posted")
        decision = self.decisions(move)
        self.assertRecordValues(decision, [{"state": "released", "released_by": self.manager.id}])
        self.assertTrue(decision.used_on)
        self.assertIn("Known", "".join(move.message_ids.mapped("body")))

    def test_release_handed_back_is_used_once(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
        move = self.draft(1500.0)
        move.action_post()
        self.release(move)
        self.assertEqual((move.state, move.credit_state), ("draft", "released"))
        move.invoice_line_ids.price_unit = 1600.0
        move.action_post()
        self.assertEqual((move.state, move.credit_state), ("draft", "held"))
        move.invoice_line_ids.price_unit = 1500.0
        self.release(move)
        move.action_post()
        self.assertEqual(move.state, "posted")
        move.button_draft()
        self.assertEqual(set(self.decisions(move).mapped("state")), {"void"})
        move.action_post()
        self.assertEqual((move.state, move.credit_state), ("draft", "held"))

    def test_who_may_release(self):
        move = self.draft(1500.0)
        move.invoice_user_id = self.manager
        move.with_user(self.accountant).action_post()
        decision = self.decisions(move)
        for user in (self.accountant, self.analyst, self.manager):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                decision.with_user(user)._release(self.reason)
            self.assertNotIn(decision, self.env["credit.decision"].with_user(user).search([("may_release", "=", True)]))
        move.invoice_user_id = self.salesperson
        self.assertFalse(decision._why_not_release(self.admin))
        decision.with_user(self.admin)._release(self.reason)
        self.assertEqual(move.state, "posted")

    def test_accountant_asks_and_salesperson_may_not(self):
        move = self.draft(1500.0)
        move.with_user(self.accountant).action_post()
        decision = self.decisions(move)
        action = move.with_user(self.accountant).action_ask_release()
        ask = self.env["credit.ask"].with_context(**action["context"])
        ask.with_user(self.accountant).create({"note": "Agreed by phone"}).action_ask()
        self.assertRecordValues(decision, [{"request_note": "Agreed by phone", "requested_by": self.accountant.id}])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            ask.with_user(self.other_salesperson).create({"note": "Me too"}).action_ask()

    def test_rejected_stays_a_draft(self):
        move = self.draft(1500.0)
        move.action_post()
        self.decisions(move).with_user(self.manager)._reject(self.reason, "No")
        self.assertEqual((move.state, move.credit_state), ("draft", "rejected"))

    def test_what_keeps_it_from_being_posted_does_not_undo_the_release(self):
        move = self.draft(1500.0)
        move.action_post()
        move.write({"invoice_date": fields.Date.add(fields.Date.today(), days=5), "auto_post": "at_date"})
        self.release(move)
        self.assertEqual((move.state, move.credit_state), ("draft", "released"))
        self.assertIn("could not be posted", "".join(move.activity_ids.mapped("summary")))
        move.auto_post = "no"
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_ready_when_the_cause_has_gone(self):
        move = self.draft(1500.0)
        move.action_post()
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 2000.0)
        self.profile._recheck_holds()
        self.assertEqual(move.credit_state, "ready")
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertFalse(self.decisions(move).filtered("is_open"))

    def test_limit_that_is_needed(self):
        move = self.draft(1500.0)
        move.action_post()
        self.assertEqual(self.decisions(move)._needed_limit(), 1500.0)

    def test_cancelled_or_deleted_the_hold_is_void(self):
        cancelled, deleted = self.draft(1500.0), self.draft(2500.0)
        (cancelled | deleted).action_post()
        decisions = self.decisions(cancelled) | self.decisions(deleted)
        self.assertEqual(set(decisions.mapped("state")), {"held"})
        cancelled.button_cancel()
        deleted.unlink()
        self.assertEqual(set(decisions.mapped("state")), {"void"})

    # -- two companies, two currencies ---------------------------------------------------------------

    def test_two_currencies(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 0.5, "currency_id": euro.id, "company_id": self.company.id}
        )
        move = self.draft(400.0)
        move.currency_id = euro
        move.invoice_line_ids.price_unit = 400.0
        self.assertEqual(move.amount_total_signed, 800.0)
        move.action_post()
        self.assertRecordValues(self.decisions(move), [{"state": "passed", "asked": 800.0, "cleared_value": 400.0}])

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.env.ref("base.USD").id})
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        move = self.draft(5000.0, company=other)
        move.with_company(other).action_post()
        self.assertEqual(move.state, "posted")  # he is not under control there
        self.control(
            self.customer, 100.0, company=other, policy_id=self.env.ref("credit_management.policy_standard").id
        )
        self.draft(1000.0).action_post()
        self.assertEqual(self.position().exposure, 1000.0)

    # -- what people see -----------------------------------------------------------------------------

    def test_meter_is_on_every_customer_invoice(self):
        moves = self.draft(100.0) | self.invoice(100.0) | self.draft(50.0, move_type="out_refund")
        for move in moves.with_user(self.accountant):
            self.assertEqual(move.credit_profile_id.id, self.profile.id)
            self.assertTrue(move.credit_meter)
        stranger = self.draft(100.0, partner=self.env["res.partner"].create({"name": "Stranger"}))
        self.assertFalse(stranger.credit_meter)

    def test_form_shows_what_would_follow(self):
        with Form(self.draft(100.0).with_user(self.accountant)) as form:
            self.assertFalse(form.credit_message)
            with form.invoice_line_ids.edit(0) as line:
                line.price_unit = 1300.0
            form.save()
            self.assertEqual(form.credit_level, "hold")
            self.assertIn("300", form.credit_message)
