# Part of credit_management. License LGPL-3.0 or later.
"""Holds and what becomes of them: rights (I5), separation of duties (I7), decisions that explain themselves (I6)."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestRelease(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("credit_management.reason_reliable")

    def held(self, amount=1500.0, **values):
        order = self.order(amount, **values)
        order.with_user(order.user_id).action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")
        return order

    def release(self, decisions, user, **values):
        wizard = (
            self.env["credit.release"]
            .with_user(user)
            .create({"decision_ids": decisions.ids, "reason_id": self.reason.id, **values})
        )
        wizard.action_apply()
        self.settle()

    def test_manager_releases_and_the_order_is_confirmed(self):
        order = self.held()
        decision = self.decision(order)
        self.release(decision, self.manager, note="Paid by wire")
        self.assertEqual(order.state, "sale")
        self.assertRecordValues(
            decision,
            [{"state": "released", "released_by": self.manager.id, "reason_id": self.reason.id,
              "release_note": "Paid by wire", "release_amount": 1500.0, "cleared_value": 1500.0}],
        )  # fmt: skip
        self.assertFalse(decision.is_open)

    def test_decision_outlives_what_it_names(self):
        """Those who deleted users, policies and customers find the decision as it was, by the copied names."""
        self.company.credit_unknown_action = "hold"
        customer = self.env["res.partner"].create({"name": "Gone Ltd", "company_type": "company"})
        order = self.order(50.0, partner=customer, user=self.other_salesperson)
        order.action_confirm()
        decision = self.decision(order)
        order.unlink()
        customer.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        [values] = decision.with_user(self.manager).web_read(
            {"partner_id": {"fields": {"display_name": {}}}, "order_id": {}, "summary": {}, "display_name": {}}
        )
        self.assertFalse(values["partner_id"])
        self.assertFalse(values["order_id"])
        self.assertIn("Gone Ltd", values["display_name"])
        self.assertIn("not under credit control", values["summary"])

    def test_who_may_only_look_at_an_order_leaves_its_hold_alone(self):
        order = self.held()
        decision = self.decision(order)
        with self.assertRaises(AccessError):
            order.with_user(self.manager).action_confirm()
        self.assertEqual(self.decision(order), decision)
        self.assertEqual(decision.state, "held")

    def test_unknown_customers_are_released_by_the_company_s_policy(self):
        self.company.credit_unknown_action = "hold"
        stranger = self.env["res.partner"].create({"name": "Stranger", "company_type": "company"})
        decision = self.decision(self.held(500.0, partner=stranger))
        self.assertEqual(decision.policy_id, self.policy)
        with self.new_policy() as policy:
            policy.authority_ids.unlink()
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(decision, self.manager)
        decision.policy_id = False
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(decision, self.manager)

    def test_hand_back_leaves_it_to_the_salesperson(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
        order = self.held()
        self.release(self.decision(order), self.manager)
        self.assertEqual((order.state, order.credit_state), ("draft", "released"))
        self.assertEqual(order.activity_ids.user_id, self.salesperson)
        order.with_user(self.salesperson).action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertTrue(self.decision(order).used_on)

    def test_release_covers_no_more_than_its_amount(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
        order = self.held()
        self.release(self.decision(order), self.manager)
        order.order_line.price_unit = 1500.01
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")
        self.assertEqual(self.decision(order).state, "held")

    def test_release_ends_on_its_day(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
        order = self.held()
        decision = self.decision(order)
        self.release(decision, self.manager)
        decision.release_until = fields.Date.subtract(fields.Date.today(), days=1)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")

    def test_release_is_for_one_use(self):
        order = self.held()
        self.release(self.decision(order), self.manager)
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.credit_decision_ids.sorted("id").mapped("state"), ["void", "held"])

    def test_release_in_the_past_is_refused(self):
        order = self.held()
        with self.assertRaisesRegex(UserError, "past"):
            self.release(self.decision(order), self.manager, until="2020-01-01")
        self.assertEqual(self.decision(order).state, "held")

    def test_nobody_below_manager_releases(self):
        decision = self.decision(self.held())
        for user in (self.salesperson, self.other_salesperson, self.accountant, self.analyst):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    decision.with_user(user)._release(self.reason)
                with self.assertRaises(AccessError):
                    decision.with_user(user).write({"state": "released"})
                with self.assertRaises(AccessError):
                    self.env["credit.release"].with_user(user).create(
                        {"decision_ids": decision.ids, "reason_id": self.reason.id}
                    )
        self.assertEqual(decision.state, "held")

    def test_nobody_writes_or_forges_decisions(self):
        order = self.held()
        for user in (self.salesperson, self.manager, self.admin):
            with self.assertRaises(AccessError):
                self.env["credit.decision"].with_user(user).create({"order_id": order.id, "state": "passed"})
            with self.assertRaises(AccessError):
                order.with_user(user).with_context(credit_cleared=True).credit_decision_ids.write({"state": "passed"})

    def test_own_orders_are_not_released(self):
        """I7: the salesperson then and now, who entered it and who asked for it: none of them releases it."""
        self.manager.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        own = self.held(user=self.manager)
        with self.assertRaisesRegex(AccessError, "your own order"):
            self.release(self.decision(own), self.manager)
        entered = self.order(1500.0)
        entered = (
            self.env["sale.order"]
            .with_user(self.manager)
            .browse(entered.with_user(self.manager).sudo().copy({"user_id": self.salesperson.id}).id)
        )
        entered.sudo().action_confirm()
        with self.assertRaisesRegex(AccessError, "your own order"):
            self.release(self.decision(entered.sudo()), self.manager)
        # handing the order to a colleague afterwards changes nothing
        own.user_id = self.other_salesperson
        with self.assertRaisesRegex(AccessError, "your own order"):
            self.release(self.decision(own), self.manager)
        with self.new_policy() as policy:
            policy.allow_self_release = True
        self.release(self.decision(own), self.manager)
        self.assertEqual(own.state, "sale")

    def let_managers_release(self, **values):
        """Their authority from now on."""
        group = self.env.ref("credit_management.group_manager")
        with self.new_policy() as policy:
            policy.authority_ids.filtered(lambda authority: authority.group_id == group).write(values)

    def let_release(self, user, **values):
        """A line of authority of his own."""
        with self.new_policy() as policy:
            policy.authority_ids.filtered(lambda authority: authority.user_id == user).unlink()
            self.env["credit.authority"].create({"policy_id": policy.id, "user_id": user.id, **values})

    def test_authority_is_measured_on_the_overage(self):
        self.let_managers_release(amount=500.0)
        within, beyond = self.held(1500.0), self.held(1500.01)
        self.assertTrue(self.decision(within).with_user(self.manager).may_release)
        self.assertFalse(self.decision(beyond).with_user(self.manager).may_release)
        with self.assertRaisesRegex(AccessError, "500.01"):
            self.release(self.decision(beyond), self.manager)
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(self.decision(within), self.manager, amount=1600.0)
        self.release(self.decision(within), self.manager)
        self.assertEqual(within.state, "sale")
        self.release(self.decision(beyond), self.admin)
        self.assertEqual(beyond.state, "sale")

    def test_filter_within_authority_agrees_with_the_release(self):
        """The queue's filter, one query for all, finds just what a release would let through."""
        self.manager.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        self.let_managers_release(amount=500.0)
        lenient = self.policy.copy({"name": "Lenient", "allow_self_release": True})
        lenient.authority_ids.amount = 800.0
        self.publish(lenient)
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        self.control(other, 1000.0, policy_id=lenient.id)
        entered = self.held()
        self.env.cr.execute("UPDATE sale_order SET create_uid = %s WHERE id = %s", [self.manager.id, entered.id])
        given_away = self.held(user=self.manager)
        given_away.user_id = self.other_salesperson
        orders = {
            "at the authority": self.held(1500.0),
            "above it": self.held(1500.01),
            "his own": self.held(user=self.manager),
            "entered by him": entered,
            "given away": given_away,
            "under another policy": self.held(1800.0, partner=other),
            "his own under it": self.held(1800.0, partner=other, user=self.manager),
            "above its authority": self.held(1800.01, partner=other),
        }
        asked = self.held()
        self.decision(asked).write({"requested_by": self.manager.id, "requested_on": fields.Datetime.now()})
        refused = self.held()
        self.decision(refused).write({"outcome": "refuse"})
        released = self.held()
        self.release(self.decision(released), self.manager)
        orders |= {"asked for by him": asked, "refused": refused, "released already": released}
        decisions = self.env["credit.decision"].browse([self.decision(order).id for order in orders.values()])
        self.env.invalidate_all()
        for user in (self.manager, self.admin, self.analyst):
            seen = decisions.with_user(user)
            expected = seen.filtered("may_release")
            self.assertEqual(seen.search([("id", "in", seen.ids), ("may_release", "=", True)]), expected.sorted())
            self.assertEqual(
                seen.search([("id", "in", seen.ids), ("may_release", "=", False)]), (seen - expected).sorted()
            )
        self.assertFalse(decisions.with_user(self.salesperson).search([("may_release", "=", True)]))
        self.assertEqual(
            {name for name, order in orders.items() if self.decision(order).with_user(self.manager).may_release},
            {"at the authority", "under another policy", "his own under it"},
        )

    def test_authority_is_measured_on_the_document_too(self):
        self.let_managers_release(amount=600.0, any_document=False, document_amount=1500.0)
        within, beyond = self.held(1500.0), self.held(1500.01)
        self.assertTrue(self.decision(within).with_user(self.manager).may_release)
        with self.assertRaisesRegex(AccessError, r"1,500\.01.*Administrator"):
            self.release(self.decision(beyond), self.manager)
        # not by releasing it for more than it asks
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(self.decision(within), self.manager, amount=1500.01)
        self.assertEqual(self.decision(beyond).releasers, "Administrator")
        self.assertEqual(self.decision(within).releasers, "Manager, Administrator")
        # a person's own line counts beside that of his role, but two lines do not add up
        self.let_release(self.manager, amount=10.0, any_document=True)
        self.assertFalse(self.decision(beyond).with_user(self.manager).may_release)
        self.let_release(self.manager, amount=600.0, any_document=True)
        self.release(self.decision(beyond), self.manager)
        self.release(self.decision(within), self.manager)
        self.assertEqual((within.state, beyond.state), ("sale", "sale"))

    def test_nothing_is_authority_for_no_document(self):
        self.let_managers_release(unlimited=True, any_document=False, document_amount=0.0)
        decision = self.decision(self.held())
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(decision, self.manager)
        self.let_managers_release(any_document=True)
        self.release(decision, self.manager)

    def stands_in(self, user, deputy, **values):
        today = fields.Date.today()
        return (
            self.env["credit.deputy"]
            .with_user(user)
            .create({"deputy_id": deputy.id, "date_start": today, "date_end": today, **values})
        )

    def test_deputies_release_in_the_right_of_who_is_absent(self):
        self.let_managers_release(amount=100.0)
        second = self._user("second", "credit_management.group_manager")
        decision = self.decision(self.held())
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(decision, second)
        deputy = self.stands_in(self.admin, second)
        self.assertTrue(decision.with_user(second).may_release)
        self.release(decision, second)
        self.assertRecordValues(
            decision, [{"state": "released", "released_by": second.id, "principal_id": self.admin.id}]
        )
        # only while he is absent
        other = self.decision(self.held())
        deputy.with_user(self.admin).write({"date_start": "2020-01-01", "date_end": "2020-01-31"})
        with self.assertRaisesRegex(AccessError, "authority"):
            self.release(other, second)

    def test_a_deputy_decides_on_neither_s_own_order(self):
        """I7: what one of the two has asked for is for a third."""
        second = self._user("second", "credit_management.group_manager")
        for user in (self.manager, second):
            user.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        self.stands_in(self.manager, second)
        self.let_managers_release(amount=0.0)
        self.let_release(self.manager, unlimited=True)
        for user, words in ((self.manager, "authority|stand in"), (second, "your own order")):
            decision = self.decision(self.held(user=user))
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, words):
                self.release(decision, second)
        self.assertEqual(self.decision(self.held()).with_user(second)._next_people() & second, second)

    def test_who_is_no_manager_stands_in_for_one(self):
        decision = self.decision(self.held())
        with self.assertRaisesRegex(AccessError, "Only credit managers"):
            self.release(decision, self.analyst)
        self.stands_in(self.manager, self.analyst)
        self.release(decision, self.analyst)
        self.assertEqual((decision.released_by, decision.principal_id), (self.analyst, self.manager))
        # a deputy's deputy is nobody's
        other = self.decision(self.held())
        self.stands_in(self.analyst, self.accountant)
        with self.assertRaises(AccessError):
            self.release(other, self.accountant)

    def test_filter_within_authority_knows_documents_and_deputies(self):
        self.let_managers_release(amount=600.0, any_document=False, document_amount=1550.0)
        for user in (self.manager, self.analyst):
            user.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        orders = {
            "small": self.held(1500.0),
            "too large a document": self.held(1550.01),
            "the manager's": self.held(1500.0, user=self.manager),
            "the analyst's": self.held(1500.0, user=self.analyst),
        }
        decisions = self.env["credit.decision"].browse([self.decision(order).id for order in orders.values()])
        self.stands_in(self.manager, self.analyst)
        found = {}
        for user in (self.manager, self.analyst, self.accountant):
            self.env.invalidate_all()
            seen = decisions.with_user(user)
            expected = seen.filtered("may_release")
            self.assertEqual(seen.search([("id", "in", seen.ids), ("may_release", "=", True)]), expected.sorted())
            found[user] = {name for name, order in orders.items() if self.decision(order) in expected}
        self.assertEqual(found[self.manager], {"small", "the analyst's"})
        self.assertEqual(found[self.analyst], {"small"})
        self.assertEqual(found[self.accountant], set())

    def test_the_queue_asks_for_authority_once(self):
        decisions = self.env["credit.decision"].browse(
            [self.decision(self.held()).id for _order in range(6)]
        )

        def queries(of):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            of.with_user(self.manager).mapped("may_release")
            return self.env.cr.sql_log_count - before

        queries(decisions)
        self.assertEqual(queries(decisions), queries(decisions[:2]))

    def test_whoever_may_release_it_is_told(self):
        second = self._user("second", "credit_management.group_manager")
        self.let_managers_release(amount=400.0)
        order = self.held()

        def told(order):
            self.env["credit.ask"].with_user(self.salesperson).create(
                {"decision_id": self.decision(order).id, "note": "Please"}
            ).action_ask()
            return asked_to(order) & (self.manager | second | self.admin | self.analyst)

        def asked_to(order):
            activity_type = self.env.ref("credit_management.activity_release")
            return order.activity_ids.filtered(lambda activity: activity.activity_type_id == activity_type).user_id

        self.assertEqual(told(order), self.admin)
        self.let_managers_release(amount=500.0)
        other = self.held()
        self.assertEqual(told(other), self.manager | second | self.admin)
        # whoever looks after the customer comes first, and who stands in for him
        self.profile.user_id = second
        self.stands_in(second, self.analyst)
        third = self.held()
        self.assertEqual(told(third), second | self.analyst)
        # who has nothing left to decide is not reminded of it
        self.release(self.decision(third), second)
        self.assertFalse(asked_to(third))

    def test_several_at_once_all_or_none(self):
        self.let_managers_release(amount=2000.0)
        orders = self.held(1500.0) | self.held(9000.0)
        decisions = orders.credit_decision_ids
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.release(decisions, self.manager)
        self.assertEqual(set(decisions.mapped("state")), {"held"})
        self.release(decisions, self.admin)
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    def test_reject_tells_the_salesperson(self):
        order = self.held()
        self.release(
            self.decision(order),
            self.manager,
            mode="reject",
            reason_id=self.env.ref("credit_management.reason_risk").id,
            note="Too much",
        )
        self.assertEqual((order.state, order.credit_state), ("draft", "rejected"))
        self.assertEqual(order.activity_ids.user_id, self.salesperson)

    def test_it_is_told_in_the_language_of_who_reads_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.salesperson.lang = "fr_FR"
        words = {
            "Held by credit control": "Bloqué",
            "Rejected by credit control": "Rejeté",
            "Released by credit control": "Débloqué",
        }
        with self.rewritten() as policy:
            policy.on_release = "hand_back"
        rejected, released = self.order(1500.0), self.order(1500.0)
        with patch.object(
            code_translations, "get_python_translations", lambda module, lang: words if lang == "fr_FR" else {}
        ):
            (rejected | released).action_confirm()  # by the system: the salesperson is not there
            self.settle()
            # figures too
            self.assertIn("500,00", rejected.activity_ids.note)
            reason = self.env.ref("credit_management.reason_risk")
            self.release(self.decision(rejected), self.manager, mode="reject", reason_id=reason.id, note="No")
            self.release(self.decision(released), self.manager)
        self.assertEqual(set(rejected.activity_ids.mapped("summary")), {"Bloqué", "Rejeté"})
        self.assertEqual(set(released.activity_ids.mapped("summary")), {"Bloqué", "Débloqué"})

    def test_asking_for_release(self):
        self.profile.user_id = self.manager
        order = self.held()
        action = order.with_user(self.salesperson).action_ask_release()
        wizard = (
            self.env["credit.ask"]
            .with_user(self.salesperson)
            .with_context(**action["context"])
            .create({"note": "Big chance"})
        )
        wizard.action_ask()
        decision = self.decision(order)
        self.assertRecordValues(
            decision, [{"request_note": "Big chance", "requested_by": self.salesperson.id, "state": "held"}]
        )
        self.assertIn(self.manager, order.activity_ids.user_id)
        # confirming once more is a new check, which takes the request along
        order.action_confirm()
        self.assertEqual(self.decision(order).request_note, "Big chance")
        self.assertEqual(decision.state, "void")

    def test_refusal_cannot_be_released(self):
        with self.new_policy() as policy:
            policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").on_order = "refuse"
        order = self.held()
        with self.assertRaisesRegex(AccessError, "refused"):
            self.release(self.decision(order), self.admin)

    def test_ready_when_the_cause_has_gone(self):
        invoice = self.invoice(800.0)
        order = self.held(500.0)
        self.pay(invoice)
        self.env["credit.change"]._process()
        self.assertEqual(self.decision(order).state, "ready")
        self.invoice(900.0)
        self.env["credit.change"]._process()
        self.assertEqual(self.decision(order).state, "held")

    def test_auto_release(self):
        with self.new_policy() as policy:
            policy.auto_release = True
        invoice = self.invoice(800.0)
        order = self.held(500.0)
        self.pay(invoice)
        self.env["credit.change"]._process()
        self.settle()
        self.assertEqual(order.state, "sale")
        released = order.credit_decision_ids.filtered(lambda decision: decision.state == "released")
        self.assertEqual(released.released_by, self.env.ref("base.user_root"))
        self.assertTrue(released.used_on)

    def test_manual_hold_voids_unused_releases(self):
        with self.new_policy() as policy:
            policy.on_release = "hand_back"
        order = self.held()
        self.release(self.decision(order), self.manager)
        self.env["credit.hold"].with_user(self.manager).create(
            {"profile_ids": self.profile.ids, "reason": "Insolvency"}
        ).action_hold()
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")
        self.assertIn("Insolvency", self.decision(order).summary)

    def test_decision_explains_itself_for_ever(self):
        """I6: the figures are frozen, whatever happens to customer, policy and order afterwards."""
        self.invoice(700.0)
        order = self.held(500.0)
        decision = self.decision(order)
        before = (decision.summary, decision.position, decision.findings, decision.overage)
        with self.new_policy() as policy:
            policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").percent = 10
        self.invoice(5000.0)
        self.customer.name = "Renamed"
        order.action_cancel()
        order.unlink()
        decision.invalidate_recordset()
        self.assertEqual((decision.summary, decision.position, decision.findings, decision.overage), before)
        self.assertEqual((decision.partner_name, decision.state), ("Lumber Inc", "void"))
        self.assertIn("1,200.00", decision.summary)
        self.assertEqual(decision.position["receivable"], 700.0)

    def test_advice_follows_through(self):
        invoice = self.invoice(800.0)
        order = self.held(500.0)
        decision = self.decision(order)
        self.assertIn("300.00", decision.advice)
        self.assertIn(invoice.name, decision.advice)
        self.pay(invoice, 300.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")

    def test_who_decides_can_look_at_the_order(self):
        """A credit manager without any right in sales or accounting opens what he decides on, and changes nothing."""
        decision = self.decision(self.held())
        for user, view in ((self.manager, True), (self.analyst, True), (self.salesperson, False)):
            action = decision.with_user(user).action_view_document()
            order = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
            [(view_id, _kind)] = action["views"]
            self.assertEqual(bool(view_id), view)
            arch = order.get_view(view_id or None, "form")
            if view:
                read = order.web_read(
                    {
                        name: {"fields": {field: {} for field in arch["models"]["sale.order.line"]}}
                        if name == "order_line"
                        else {"fields": {"display_name": {}}}
                        if order._fields[name].type == "many2one"
                        else {}
                        for name in arch["models"]["sale.order"]
                    }
                )
                self.assertEqual(read[0]["amount_total"], 1500.0)
                with self.assertRaises(AccessError):
                    order.write({"note": "changed"})

    def test_salespeople_see_their_own_decisions_only(self):
        own, others = self.held(), self.held(user=self.other_salesperson)
        seen = self.env["credit.decision"].with_user(self.salesperson).search([])
        self.assertIn(self.decision(own), seen)
        self.assertNotIn(self.decision(others), seen)
        self.assertEqual(own.with_user(self.salesperson).credit_state, "held")

    def test_context_grants_nothing(self):
        """I5: whatever a client writes into the context, the order stays held."""
        order = self.order(1500.0)
        for context in (
            {"credit_check": False}, {"no_credit_check": True}, {"skip_credit_check": True}, {"credit_ok": order.ids},
            {"install_mode": True}, {"import_file": True}, {"tracking_disable": True}, {"active_test": False},
            {"tz": "Pacific/Kiritimati"}, {"test_enable": True}, {"bypass": True},
        ):  # fmt: skip
            with self.subTest(context=context):
                order.with_context(**context).action_confirm()
                self.settle()
                self.assertEqual(order.state, "draft")
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    order.with_context(**context).write({"state": "sale"})
                    self.settle()
