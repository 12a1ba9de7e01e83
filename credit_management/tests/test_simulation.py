# Part of credit_management. License LGPL-3.0 or later.
"""Simulations: the policy in force gives the live and the frozen verdicts; a draft is compared with
it; past orders without a check are reconstructed; what became of them; who may; stopping and going on."""

import xmlrpc.client
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..engine.replay import Contender, replay
from ..engine.rules import Finding
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestSimulation(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.draft = cls.company.credit_policy_id._new_version()
        cls.other = cls.env["res.partner"].create({"name": "Other Ltd", "company_type": "company"})
        cls.other_profile = cls.control(cls.other, 5000.0)

    def rule(self, policy, kind):
        return policy.rule_ids.filtered(lambda rule: rule.kind == kind)

    def simulation(self, user=None, **values):
        return (
            self.env["credit.simulation"]
            .with_user(user or self.analyst)
            .create({"company_id": self.company.id, "policy_id": self.policy.id, "draft_id": self.draft.id, **values})
        )

    def simulated(self, batch=500, **values):
        simulation = self.simulation(**values)
        simulation.action_start()
        self.finish(simulation, batch)
        return simulation.sudo()

    def finish(self, simulation, batch=500):
        while simulation.sudo()._work(batch) is not None:
            pass

    def day(self, days):
        return fields.Date.add(self.today, days=days)

    def past_order(self, amount, days, partner=None):
        """An order that was confirmed days ago, as if no check had been made of it."""
        order = self.order(amount, partner=partner)
        self.settle()
        at = fields.Datetime.add(fields.Datetime.now(), days=-days)
        self.env.cr.execute("UPDATE sale_order SET state = 'sale', date_order = %s WHERE id = %s", [at, order.id])
        self.env.invalidate_all()
        order.modified(["state"])  # what may be invoiced follows from it
        order._credit_profiles()[order.id][0]._take_over_open_orders()
        return order

    def bill(self, order, days, due):
        """Invoice an order in full, days ago."""
        move = order._create_invoices()
        move.write({"invoice_date": self.day(-days), "invoice_payment_term_id": False})
        move.invoice_date_due = self.day(-due)
        move.action_post()
        return move

    def paid(self, move, days):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"payment_date": self.day(-days)})._create_payments()

    @staticmethod
    def findings(values):
        return tuple(Finding.from_json(each) for each in values or ())

    def line(self, simulation, order):
        return simulation.order_ids.filtered(lambda line: line.order_id == order)

    # -- today ---------------------------------------------------------------------------------------

    def test_the_policy_in_force_gives_todays_live_verdicts_exactly(self):
        self.invoice(700.0, date=self.day(-50), due=self.day(-45))
        self.invoice(400.0, partner=self.other, date=self.day(-5), due=self.day(20))
        self.confirmed(100.0, partner=self.other)
        hold = self.control(self.env["res.partner"].create({"name": "Held", "company_type": "company"}), 100.0)
        hold.write({"hold": True, "hold_reason": "Rumours"})
        without = self.control(self.env["res.partner"].create({"name": "No limit", "company_type": "company"}))
        orders = self.env["sale.order"].union(
            self.order(50.0),
            self.order(4400.0, partner=self.other),
            self.order(4600.0, partner=self.other),
            self.order(1.0, partner=hold.partner_id),
            self.order(1.0, partner=without.partner_id),
            # somebody else is invoiced, and the ordering party is on hold
            self.order(1.0, partner=hold.partner_id, partner_invoice_id=self.other.id),
        )
        held = self.order(9000.0)
        held.action_confirm()
        orders |= held
        self.settle()
        simulation = self.simulated(draft_id=self.policy.id, months=0)
        outcomes = set()
        for order in orders:
            [judgement] = order._credit_judge("order")
            line = self.line(simulation, order)
            self.assertEqual((line.outcome_before, line.source), (judgement.verdict.outcome, "live"), order.name)
            self.assertEqual(self.findings(line.findings_before), judgement.verdict.findings)
            self.assertEqual((line.outcome_after, line.findings_after), (line.outcome_before, line.findings_before))
            outcomes.add(line.outcome_before)
        self.assertEqual(outcomes, {"pass", "hold"})
        self.assertEqual(simulation.order_count, len(orders))
        # and every customer's status is the one that lists show
        profiles = self.env["credit.profile"].search([("company_id", "=", self.company.id)])
        profiles._refresh()
        self.assertEqual(
            {line.profile_id: (line.status_before, line.status_after) for line in simulation.customer_ids},
            {profile: (profile.status, profile.status) for profile in profiles},
        )
        self.assertEqual(simulation.changed_count, 0)

    def test_it_leaves_no_trace(self):
        self.past_order(100.0, 20)
        order = self.order(50.0)
        before = self.env["credit.decision"].search_count([])
        # where a row lies in its table changes whenever it is written
        lies = SQL("SELECT id, ctid::text FROM credit_gate ORDER BY id")
        gates = self.env.execute_query(lies)
        self.simulated()
        self.assertEqual(self.env["credit.decision"].search_count([]), before)
        self.assertEqual(self.env.execute_query(lies), gates)
        self.assertEqual(order.state, "draft")

    def test_a_stricter_draft_on_todays_customers(self):
        self.rule(self.draft, "limit_usage").percent = 50.0
        self.invoice(600.0)
        self.invoice(600.0, partner=self.other)
        simulation = self.simulated(months=0)
        found = {line.profile_id: line for line in simulation.customer_ids}
        self.assertRecordValues(
            found[self.profile],
            [
                {
                    "outcome_before": "pass",
                    "outcome_after": "hold",
                    "result": "stricter",
                    "changed": True,
                    "kinds_after": "limit_usage",
                    "exposure": 600.0,
                }
            ],
        )
        self.assertIn("500.00 allowed", found[self.profile].explanation_after)
        self.assertIn("Nothing stands against it", found[self.profile].explanation_before)
        self.assertFalse(found[self.other_profile].changed)
        self.assertEqual((simulation.customer_count, simulation.changed_count), (2, 1))

    def test_an_order_of_an_amount_is_tried_with_each_customer(self):
        simulation = self.simulated(months=0, order_amount=3000.0, draft_id=self.policy.id)
        found = {line.profile_id: line.outcome_before for line in simulation.customer_ids}
        self.assertEqual(found, {self.profile: "hold", self.other_profile: "pass"})

    def test_a_drafts_days_of_grace_change_what_is_overdue(self):
        with self.new_policy() as policy:
            policy.grace_days = 5
        self.draft.grace_days = 30
        self.invoice(300.0, date=self.day(-60), due=self.day(-40))
        self.invoice(200.0, date=self.day(-60), due=self.day(-20))
        self.invoice(100.0, date=self.day(-60), due=self.day(-3))
        [line] = self.simulated(months=0).customer_ids.filtered(lambda line: line.profile_id == self.profile)
        self.assertEqual((line.overdue_before, line.overdue_after), (500.0, 300.0))
        # what would be live, if the policy had these days
        with self.new_policy() as policy:
            policy.grace_days = 30
        self.assertEqual(self.position().overdue, 300.0)
        with self.new_policy() as policy:
            policy.grace_days = 5
        self.draft.grace_days = 60
        [line] = self.simulated(months=0).customer_ids.filtered(lambda line: line.profile_id == self.profile)
        self.assertEqual((line.status_before, line.status_after), ("overdue", "ok"))

    def test_a_draft_recommends_other_limits(self):
        card = self.env["credit.scorecard"].search([("state", "=", "active")], limit=1)
        self.assertTrue(card)
        self.profile._assess()
        assessment = self.profile.draft_assessment_id.sudo()
        grade = self.env["credit.grade"].search([], limit=1)
        basis = dict(assessment.inputs["basis"], net_worth=100_000.0, working_capital=None, tangible_net_worth=None)
        assessment.write({"inputs": dict(assessment.inputs, basis=basis), "grade_id": grade.id})
        assessment._confirm()
        with self.new_policy() as policy:
            for each, share in ((policy, 0.1), (self.draft, 0.05)):
                each.limit_method_ids.unlink()
                each.write({"limit_method_ids": [Command.create({"method": "net_worth", "share": share})]})
        simulation = self.simulated(months=0)
        [line] = simulation.customer_ids.filtered(lambda line: line.profile_id == self.profile)
        self.assertEqual(line.limit_before, 10_000.0 * grade.limit_factor)
        self.assertEqual(line.limit_after, 5_000.0 * grade.limit_factor)
        self.assertTrue(line.changed and line.limit_known)
        # nothing is known of the other one, which is not 0
        [line] = simulation.customer_ids.filtered(lambda line: line.profile_id == self.other_profile)
        self.assertEqual((line.limit_known, line.limit_before, line.limit_after), (False, False, False))

    def test_a_drafts_scorecard_changes_grades_and_limits(self):
        card = self.env["credit.scorecard"].search([("state", "=", "active"), ("fits", "=", "new")], limit=1)
        question = card.factor_ids.question_id[:1]
        self.assertTrue(question)
        choices = question.choice_ids.sorted("sequence")
        profiles = self.profile | self.other_profile
        for profile, choice in ((self.profile, choices[:1]), (self.other_profile, choices[-1:])):
            self.env["credit.answer"].create(
                {"profile_id": profile.id, "question_id": question.id, "choice_id": choice.id}
            )
        draft = self.env["credit.scorecard"].browse(card.action_new_version()["res_id"])
        # by the draft that question alone counts
        draft.factor_ids.filtered(lambda factor: factor.question_id != question).unlink()
        simulation = self.simulated(months=0, scorecard_id=draft.id)
        for line in simulation.customer_ids:
            profile = line.profile_id
            [before] = profile._assess()
            self.assertEqual(line.grade_before, before.scored_grade_id.code)
        found = {line.profile_id: line for line in simulation.customer_ids}
        after = [found[profile].grade_after for profile in profiles]
        self.assertEqual(len(set(after)), 2)
        self.assertTrue(all(found[profile].changed == (found[profile].grade_before != found[profile].grade_after)
                            for profile in profiles))  # fmt: skip
        self.assertIn(True, [line.changed for line in found.values()])
        self.assertEqual((simulation.state, simulation.done), ("done", 2))

    # -- the past: kept by the check -----------------------------------------------------------------

    def test_the_policy_in_force_on_frozen_positions_gives_the_frozen_verdicts(self):
        self.add_rule("small_document", sequence=0, amount=10.0, cap=15.0)
        self.invoice(100.0, date=self.day(-90), due=self.day(-60))
        orders = [self.order(10.0), self.order(10.0), self.order(300.0, partner=self.other), self.order(5000.0)]
        for order in orders:
            order.action_confirm()
            self.settle()
        # history changes afterwards: what was frozen does not
        self.invoice(999.0, partner=self.other)
        simulation = self.simulated(draft_id=self.policy.id)
        outcomes = set()
        for order in orders:
            decision = self.decision(order)
            line = simulation.order_ids.filtered(lambda line, d=decision: line.decision_id == d)
            self.assertRecordValues(
                line,
                [
                    {
                        "source": "frozen",
                        "exactness": "exact",
                        "outcome_before": decision.outcome,
                        "outcome_then": decision.outcome,
                        "kinds_before": decision.kinds,
                        "overage_before": decision.overage,
                        "state_then": decision.state,
                        "asked": decision.asked,
                    }
                ],
            )
            if decision.findings:
                self.assertEqual(self.findings(line.findings_before), self.findings(decision.findings))
            outcomes.add((decision.outcome, decision.exemption))
        self.assertEqual(outcomes, {("pass", "small_document"), ("hold", False), ("pass", False)})

    def test_a_decision_keeps_what_the_order_asked_for(self):
        """Terms that are changed afterwards change nothing of the past; where they were not kept, that is said."""
        later = self.env["account.payment.term"].create(
            {"name": "30 days", "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})]}
        )
        self.draft.rule_ids = [
            Command.create({"kind": "payment_term", "payment_term_ids": [Command.set(later.ids)], "sequence": 0})
        ]
        order = self.order(5000.0, payment_term_id=later.id)
        order.action_confirm()
        self.settle()
        decision = self.decision(order)
        self.assertEqual(decision.state, "held")
        self.assertEqual(
            decision.document,
            {"ask": 5000.0, "amount": 5000.0, "checkpoint": "order", "prepaid": 0.0, "payment_term": later.id,
             "terms": 30, "agreed_known": False},
        )  # fmt: skip
        xmlrpc.client.dumps((decision.document,))
        order.payment_term_id = False

        def replayed():
            line = self.simulated().order_ids.filtered(lambda line: line.decision_id == decision)
            return line.outcome_before, line.outcome_after, line.exactness, line.notes

        self.assertEqual(replayed(), ("hold", "pass", "exact", ""))
        self.env.cr.execute("UPDATE credit_decision SET document = NULL WHERE id = %s", [decision.id])
        decision.invalidate_recordset()
        self.assertEqual(replayed(), ("hold", "hold", "close", "document"))
        self.assertIn("payment terms, were not kept", self.line(self.simulated(), order)[:1].notes_text or "")

    def test_a_held_order_counts_as_past_and_as_waiting(self):
        order = self.order(5000.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(sorted(self.line(self.simulated(), order).mapped("source")), ["frozen", "live"])

    # -- the past: reconstructed ---------------------------------------------------------------------

    def test_an_order_without_a_check_is_reconstructed(self):
        self.invoice(300.0, date=self.day(-100), due=self.day(-70))  # open to this day
        self.paid(self.invoice(5000.0, date=self.day(-95), due=self.day(-65)), 60)
        self.invoice(7777.0, date=self.day(-10), due=self.day(20))  # after the orders
        first = self.past_order(100.0, 80)
        second = self.past_order(200.0, 50)
        third = self.past_order(200.0, 40)
        self.bill(first, 45, 15)
        self.rule(self.draft, "limit_usage").percent = 50.0
        simulation = self.simulated()
        exposures = {order: self.line(simulation, order).exposure for order in (first, second, third)}
        self.assertEqual(exposures, {first: 5300.0, second: 400.0, third: 600.0})
        self.assertRecordValues(
            self.line(simulation, second),
            [
                {
                    "source": "reconstructed",
                    "exactness": "close",
                    "notes": "",
                    "limit_amount": 1000.0,
                    # 300 have been due for 20 days
                    "kinds_before": "",
                    "kinds_after": "limit_usage",
                    "result": "stricter",
                    "outcome_then": False,
                }
            ],
        )

    def test_reconstructed_to_this_moment_is_the_live_position(self):
        """The oracle: what is swept up to today equals what a check would find, over ways to bill and pay."""
        with self.new_policy() as policy:
            policy.rule_ids.active = False
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "rate": 0.5, "name": self.day(-300)}
        )
        self.grant(self.other_profile, 2000.0, self.day(-30), self.day(30), kind="top_up")
        for partner in (self.customer, self.other):
            paid = self.past_order(300.0, 90, partner=partner)
            self.paid(self.bill(paid, 88, 60), 50)
            half = self.past_order(400.0, 70, partner=partner)
            self.pay(self.bill(half, 60, 30), 150.0)
            credited = self.bill(self.past_order(250.0, 66, partner=partner), 65, 35)
            reversal = self.env["account.move.reversal"].with_context(
                active_model="account.move", active_ids=credited.ids
            )
            reversal.create({"journal_id": credited.journal_id.id, "date": self.day(-20)}).reverse_moves()
            self.past_order(120.0, 40, partner=partner)
            self.invoice(80.0, partner=partner, date=self.day(-15), due=self.day(-1))
        foreign = self.past_order(100.0, 30)
        foreign.currency_id = euro
        self.env.flush_all()
        probe = self.past_order(1.0, 0)
        self.other.child_ids = [Command.create({"name": "Contact"})]
        second = self.past_order(1.0, 0, partner=self.other.child_ids)
        self.settle()
        profiles = self.profile | self.other_profile
        moment = fields.Datetime.add(fields.Datetime.now(), seconds=1)
        histories = profiles._histories(self.day(-365), moment)
        live = profiles._positions((probe | second).ids)
        for profile, order in ((self.profile, probe), (self.other_profile, second)):
            history, facts = histories[profile.id]
            found = {
                each.order.order: each.verdicts[0].position
                for each in replay(history, [Contender((), profile.grace_days)])
            }[order.id]
            self.assertIn(order.id, facts)
            for name in ("receivable", "order", "overdue", "limit"):
                self.assertAlmostEqual(getattr(found, name), getattr(live[profile.id], name), 2, f"{profile.id} {name}")
            self.assertEqual(found.oldest_due, live[profile.id].oldest_due)
            self.assertEqual((found.limit_status, found.limit_until), ("valid", live[profile.id].limit_until))
            self.assertGreater(found.receivable, 0.0)

    def test_before_the_first_limit_the_first_one_is_taken_and_said(self):
        partner = self.env["res.partner"].create({"name": "New", "company_type": "company"})
        profile = self.control(partner)
        self.grant(profile, 500.0, self.day(-10))
        order = self.past_order(100.0, 60, partner=partner)
        line = self.line(self.simulated(), order)
        self.assertEqual((line.exactness, line.notes, line.limit_amount), ("rough", "limit", 500.0))
        self.assertIn("no limit yet", line.notes_text)

    def test_what_changed_without_a_date_is_said(self):
        order = self.past_order(100.0, 60)
        order.order_line.qty_invoiced = 1.0  # by hand, or by another program
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET credit_open = 0 WHERE id = %s", [order.id])
        line = self.line(self.simulated(), order)
        self.assertEqual((line.exactness, line.notes), ("rough", "order"))

    def test_only_the_months_asked_for(self):
        old, recent = self.past_order(1.0, 100), self.past_order(1.0, 50)
        self.assertEqual(self.simulated(months=2).order_ids.order_id, recent)
        self.assertEqual(self.simulated(months=12).order_ids.order_id, old | recent)
        self.assertFalse(self.simulated(months=0).order_ids)

    def test_cancelled_orders_without_a_check_never_were(self):
        order = self.past_order(100.0, 60)
        order._action_cancel()
        self.assertFalse(self.simulated().order_ids)

    # -- what became of them -------------------------------------------------------------------------

    def test_what_customers_paid_late_or_not_at_all(self):
        early, late, never, open_order = (self.past_order(100.0 * each, 80 - each) for each in (1, 2, 3, 1))
        self.paid(self.bill(early, 75, 45), 50)
        self.paid(self.bill(late, 70, 40), 20)
        self.bill(never, 65, 35)
        simulation = self.simulated()
        known = {"late": 0.0, "unpaid": 0.0}
        self.assertRecordValues(
            simulation.order_ids.sorted("date"),
            [
                dict(known, order_id=early.id, invoiced=100.0, due=100.0, days_late=-5.0)
                if order == early
                else dict(known, order_id=late.id, invoiced=200.0, due=200.0, late=200.0, days_late=20.0)
                if order == late
                else dict(known, order_id=never.id, invoiced=300.0, due=300.0, unpaid=300.0, days_late=35.0)
                if order == never
                else dict(known, order_id=open_order.id, invoiced=0.0, due=0.0, days_late=False)
                for order in simulation.order_ids.sorted("date").order_id
            ],
        )
        # of 600 that the customer was to pay since, 500 came late or not at all
        self.assertAlmostEqual(self.line(simulation, early).customer_late_share, 0.8333, 4)
        self.assertEqual(self.line(self.simulated(late_after=25), late).late, 0.0)

    def test_the_summary_adds_up(self):
        self.rule(self.draft, "document_amount").unlink()
        self.env["credit.policy.rule"].create({"policy_id": self.draft.id, "kind": "document_amount", "amount": 250.0})
        lax, strict = self.past_order(200.0, 80), self.past_order(300.0, 79)
        self.bill(lax, 70, 10)
        self.bill(strict, 70, 10)
        waiting = self.order(50.0)
        simulation = self.simulated()
        past, today = simulation.result["tables"]
        rows = {row["result"]: row for row in past["rows"]}
        self.assertEqual({key: row["count"] for key, row in rows.items()},
                         {"stricter": 1, "looser": 0, "held": 0, "passed": 1})  # fmt: skip
        self.assertEqual((rows["stricter"]["asked"], rows["stricter"]["unpaid"]), (300.0, 300.0))
        self.assertEqual([row["count"] for row in today["rows"]], [0, 0, 0, 1])
        self.assertEqual(simulation.result["exactness"], [{"label": "By dates", "count": 2}])
        action = simulation.action_view_orders("stricter")
        shown = self.env["credit.simulation.order"].search(action["domain"])
        self.assertEqual(shown.order_id, lax | strict)
        self.assertEqual(action["context"], {"search_default_stricter": 1})
        live = self.env["credit.simulation.order"].search(simulation.action_view_orders(past=False)["domain"])
        self.assertEqual(live.order_id, waiting)

    # -- versions and segments -----------------------------------------------------------------------

    def test_a_draft_is_marked_as_simulated(self):
        self.assertEqual(self.draft.state, "draft")
        self.simulated(months=0)
        self.assertEqual(self.draft.state, "simulated")
        # and is a draft again once it is edited
        self.rule(self.draft, "limit_usage").percent = 40.0
        self.assertEqual(self.draft.state, "draft")

    def test_a_draft_that_was_edited_meanwhile_is_not_marked(self):
        simulation = self.simulation(months=0)
        simulation.action_start()
        self.rule(self.draft, "limit_usage").percent = 40.0
        self.finish(simulation)
        self.assertEqual((simulation.state, self.draft.state), ("done", "draft"))

    def test_the_policy_in_force_is_found_by_the_draft(self):
        simulation = self.env["credit.simulation"].with_user(self.analyst).create(
            {"company_id": self.company.id, "draft_id": self.draft.id}
        )
        self.assertEqual(simulation.policy_id, self.policy)

    def test_a_drafts_segment_changes_who_has_it(self):
        """A policy for one country, beside the standard one: its draft is for another."""
        france, spain = self.env.ref("base.fr"), self.env.ref("base.es")
        self.customer.country_id, self.other.country_id = france, spain
        special = self.policy.copy({"name": "France", "by_segment": True, "company_id": self.company.id})
        special.segment_country_ids = france
        self.rule(special, "limit_usage").percent = 50.0
        self.publish(special)
        self.invoice(600.0)
        self.invoice(3000.0, partner=self.other)
        self.assertEqual((self.profile.policy_id, self.other_profile.policy_id), (special, self.policy))
        draft = special._new_version()
        draft.segment_country_ids = spain
        simulation = self.simulated(months=0, policy_id=special.id, draft_id=draft.id)
        self.assertEqual(
            {line.profile_id: (line.policy_before_id, line.policy_after_id, line.result)
             for line in simulation.customer_ids},
            {self.profile: (special, self.policy, "looser"), self.other_profile: (self.policy, draft, "stricter")},
        )  # fmt: skip

    def test_rules_on_what_no_date_tells_are_left_out_and_said(self):
        order = self.past_order(10.0, 40)
        self.env["credit.policy.rule"].create(
            {"policy_id": self.draft.id, "kind": "payment_index", "index_floor": 60.0, "if_unknown": True}
        )
        simulation = self.simulated()
        self.assertRecordValues(
            self.line(simulation, order), [{"outcome_after": "pass", "exactness": "rough", "notes": "facts"}]
        )
        # today it counts
        self.assertEqual(set(simulation.customer_ids.mapped("outcome_after")), {"hold"})

    # -- running -------------------------------------------------------------------------------------

    def test_the_same_inputs_give_the_same_whatever_the_batches(self):
        for number in range(6):
            partner = self.env["res.partner"].create({"name": f"C{number}", "company_type": "company"})
            self.control(partner, 100.0)
            self.past_order(50.0 + number, 40 + number, partner=partner)
        first, second = self.simulated(), self.simulated(batch=2)
        self.assertTrue(first.fingerprint)
        self.assertEqual(first.fingerprint, second.fingerprint)
        self.assertEqual((first.done, first.progress, first.state), (first.total, 100.0, "done"))
        self.rule(self.draft, "limit_usage").percent = 40.0
        self.assertNotEqual(self.simulated().fingerprint, first.fingerprint)

    def test_what_is_edited_meanwhile_is_not_tried_out(self):
        self.past_order(900.0, 40)
        simulation = self.simulation()
        simulation.action_start()
        self.rule(self.draft, "limit_usage").percent = 1.0
        self.finish(simulation)
        self.assertEqual(simulation.order_ids.mapped("result"), ["passed"])

    def test_cancelling_keeps_what_is_done(self):
        self.past_order(10.0, 40)
        self.past_order(10.0, 40, partner=self.other)
        simulation = self.simulation()
        simulation.action_start()
        for _step in range(2):
            simulation.sudo()._work(1)
        simulation.action_cancel()
        self.assertIsNone(simulation.sudo()._work(1))
        self.assertEqual((simulation.state, len(simulation.order_ids), simulation.progress), ("cancelled", 1, 50.0))
        with self.assertRaisesRegex(UserError, "not under way"):
            simulation.action_cancel()

    def test_the_cron_works_through_all_that_run(self):
        first, second = self.simulation(), self.simulation()
        waiting = self.simulation()
        (first | second)[0].action_start()
        second.action_start()
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda cron, *args, **kwargs: 1.0):
            self.env["credit.simulation"]._cron_run()
        self.assertEqual((first | second | waiting).mapped("state"), ["done", "done", "draft"])

    def test_a_customer_merged_away_meanwhile_stops_nothing(self):
        self.past_order(10.0, 40)
        simulation = self.simulation()
        simulation.action_start()
        simulation.sudo()._work()
        self.other_profile.unlink()
        self.finish(simulation)
        self.assertEqual((simulation.state, len(simulation.order_ids)), ("done", 1))

    # -- who may -------------------------------------------------------------------------------------

    def test_only_analysts_managers_and_administrators(self):
        simulation = self.simulated()
        for user in (self.salesperson, self.accountant):
            for model in ("credit.simulation", "credit.simulation.customer", "credit.simulation.order"):
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.simulation(user)
            with self.assertRaises(AccessError):
                simulation.with_user(user).action_start()
        for user in (self.analyst, self.manager, self.admin):
            own = self.simulation(user)
            own.action_start()
            self.finish(own)
            self.assertTrue(own.with_user(user).customer_ids)

    def test_results_are_closed(self):
        simulation = self.simulated().sudo(False).with_user(self.admin)
        for values in ({"state": "draft"}, {"fingerprint": "x"}, {"inputs": {}}, {"user_id": self.env.uid}):
            with self.assertRaises(AccessError):
                simulation.write(values)
        with self.assertRaisesRegex(UserError, "Duplicate"):
            simulation.write({"months": 3})
        with self.assertRaises(AccessError):
            simulation.customer_ids.write({"outcome_after": "pass"})
        with self.assertRaises(AccessError):
            self.env["credit.simulation.order"].with_user(self.admin).create({"simulation_id": simulation.id})
        with self.assertRaisesRegex(UserError, "already"):
            simulation.action_start()
        again = simulation.copy()
        self.assertRecordValues(
            again, [{"state": "draft", "fingerprint": False, "total": 0, "moment": False, "draft_id": self.draft.id}]
        )

    def test_nobody_enters_what_the_server_says(self):
        made = self.simulation(state="done", fingerprint="x", total=5, inputs={"policies": {}})
        self.assertRecordValues(made, [{"state": "draft", "fingerprint": False, "total": 0, "inputs": False}])
        context = {"default_state": "done", "default_fingerprint": "x", "default_total": 7}
        made = self.env["credit.simulation"].with_user(self.analyst).with_context(**context).create(
            {"company_id": self.company.id, "draft_id": self.draft.id}
        )
        self.assertRecordValues(
            made, [{"state": "draft", "fingerprint": False, "total": 0, "policy_id": self.policy.id}]
        )

    def test_refusals(self):
        simulation = self.simulation()
        simulation.action_start()
        with self.assertRaisesRegex(UserError, "Cancel it first"):
            simulation.unlink()
        empty = self.env["res.company"].create({"name": "Empty"})
        self.analyst.company_ids |= empty
        standard = self.env.ref("credit_management.policy_standard")
        env = self.env(user=self.analyst, context={"allowed_company_ids": (empty | self.company).ids})
        asked = {"company_id": empty.id, "policy_id": standard.id, "draft_id": standard.id}
        with self.assertRaisesRegex(UserError, "no customers"):
            env["credit.simulation"].create(asked).action_start()
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            env["credit.simulation"].create({**asked, "draft_id": self.draft.id})

    def test_another_companys_simulation_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere", "currency_id": self.env.ref("base.EUR").id})
        stranger = self._user("stranger", "credit_management.group_admin")
        stranger.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        simulation = self.simulated()
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        for records in (simulation, simulation.customer_ids):
            self.assertFalse(env[records._name].search([]))
            with self.assertRaises(AccessError):
                records.with_env(env).read(["company_id"])

    def test_sums_never_mix_companies(self):
        """A customer of two companies, in two currencies: each simulation sees its own side only."""
        second = self.env["res.company"].create({"name": "Europe", "currency_id": self.env.ref("base.EUR").id})
        self.env.user.company_ids |= second
        self.analyst.company_ids |= second
        self.env["account.chart.template"].try_loading("generic_coa", company=second, install_demo=False)
        second.currency_id = self.env.ref("base.EUR")
        second.credit_policy_id = self.env.ref("credit_management.policy_standard")
        profile = self.control(self.customer, 70.0, company=second)
        self.invoice(60.0, company=second)
        self.invoice(900.0)
        context = dict(self.env.context, allowed_company_ids=(self.company | second).ids)
        env = self.env(user=self.analyst, context=context)
        policy = second.credit_policy_id
        simulation = env["credit.simulation"].create(
            {"company_id": second.id, "policy_id": policy.id, "draft_id": policy.id}
        )
        simulation.action_start()
        self.finish(simulation)
        self.assertRecordValues(
            simulation.sudo().customer_ids,
            [{"profile_id": profile.id, "exposure": 60.0, "currency_id": self.env.ref("base.EUR").id}],
        )
        self.assertEqual(self.simulated(months=0).customer_ids.mapped("company_id"), self.company)

    def test_a_draft_is_simulated_from_its_own_screen(self):
        draft = self.policy._new_version()
        context = draft.with_user(self.analyst).action_simulate()["context"]
        simulation = self.env["credit.simulation"].with_user(self.analyst).with_context(**context).create({"months": 0})
        self.assertEqual((simulation.draft_id, simulation.policy_id), (draft, self.policy))

    def test_the_result_can_be_exported(self):
        self.past_order(10.0, 40)
        self.past_order(10.0, 40, partner=self.other)
        self.invoice(9000.0)
        self.order(50.0)
        simulation = self.simulated()
        lines = simulation.order_ids.filtered(lambda line: line.source != "live")
        data = lines.export_data(["name", "partner_id/name", "outcome_after", "days_late"])["datas"]
        self.assertEqual(data[0][2:], ["Pass", ""])
        for records in (simulation, simulation.order_ids, simulation.customer_ids):
            names = [name for name, field in records._fields.items() if field.type == "json"]
            xmlrpc.client.dumps((records.with_user(self.analyst).read(names),))
