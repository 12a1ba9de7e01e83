# Part of credit_management. License LGPL-3.0 or later.
"""Alerts: raised by what causes them, one for each cause, told to whom it concerns, and gone by themselves."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..engine.alerts import ALERT_KINDS
from .common import CreditCase


def day(days):
    return fields.Date.add(fields.Date.today(), days=days)


class AlertCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.rewritten() as policy:
            policy.alert_rule_ids.unlink()
        cls.customer.user_id = cls.salesperson
        cls.profile.user_id = cls.analyst
        cls.company.credit_manager_id = cls.manager

    def rule(self, kind, **values):
        values = {"percent": 0.0, "amount": 0.0, "days": 0, "points": 0.0, **values}
        with self.rewritten() as policy:
            return self.env["credit.alert.rule"].create({"policy_id": policy.id, "kind": kind, **values})

    def alerts(self, profile=None, state=None):
        domain = [("profile_id", "=", (profile or self.profile).id)]
        return self.env["credit.alert"].search(domain + ([("state", "=", state)] if state else []), order="id")

    def standing(self, profile=None):
        return self.alerts(profile).filtered(lambda alert: alert.state != "resolved")

    def process(self):
        """What the change queue's job does within a minute."""
        self.env.flush_all()
        self.env["credit.change"]._process()

    def snapshot(self, days, **values):
        """A snapshot of so many days ago."""
        self.env["credit.snapshot"]._take(self.profile, day(-days))
        snapshot = self.env["credit.snapshot"].search([("profile_id", "=", self.profile.id), ("day", "=", day(-days))])
        snapshot.sudo().write(values)


@tagged("post_install", "-at_install")
class TestAlertKinds(AlertCase):
    """Each kind through the models: what the facts are read from."""

    def found(self):
        self.process()
        [alert] = self.standing()
        return alert

    def test_usage_of_the_limit(self):
        self.rule("limit_usage", percent=80.0)
        self.invoice(790.0)
        self.process()
        self.assertFalse(self.alerts())
        invoice = self.invoice(10.0)
        alert = self.found()
        self.assertEqual((alert.measured, alert.summary), (80.0, "80 % of the limit is used."))
        self.pay(invoice)
        self.process()
        self.assertEqual(alert.state, "open")
        self.pay(self.invoice(1.0, move_type="out_refund") and self.invoice(0.01))
        credit = self.invoice(60.0, move_type="out_refund")
        self.process()
        self.assertEqual((alert.state, bool(alert.resolved_on), credit.state), ("resolved", True, "posted"))

    def test_over_the_limit(self):
        self.rule("over_limit")
        self.invoice(1000.0)
        self.process()
        self.assertFalse(self.alerts())
        self.invoice(0.01)
        self.assertEqual(self.found().summary, "The limit is exceeded by $\xa00.01.")

    def test_a_limit_and_a_guarantee_that_end(self):
        self.rule("limit_ending", days=30)
        self.rule("guarantee_ending")
        self.grant(self.profile, 2000.0, date_start=day(-1), date_end=day(20), kind="replace")
        guarantee = self.env["credit.guarantee"].create(
            {"name": "LG 5", "profile_id": self.profile.id, "amount": 5.0, "date_end": day(10), "warn_days": 10}
        )
        guarantee.with_user(self.manager).action_activate()
        self.profile._watch()
        limit, ending = self.standing().sorted("kind", reverse=True)
        self.assertIn("in 20 days", limit.summary)
        self.assertIn("LG 5", ending.summary)
        self.assertEqual(ending.with_user(self.analyst).action_view_cause()["res_id"], guarantee.id)
        guarantee.with_user(self.manager).action_end()
        self.profile._watch()
        self.assertEqual((ending.state, limit.state), ("resolved", "open"))

    def test_a_limit_that_will_be_reached(self):
        self.rule("forecast_breach", days=30, margin=20.0)
        for week in range(26):
            self.invoice(30.0, date=day(-7 * week), due=day(-7 * week + 400))
        self.invoice(50.0, due=day(200))
        self.profile._watch()
        self.assertFalse(self.alerts())  # nothing is forecast yet
        self.profile._monitor(fields.Date.today())
        self.assertFalse(self.alerts())  # 830 of 1,000 and 32 a week: more than 30 days to go
        self.assertGreater(self.profile.breach_date, day(30))
        self.assertGreater(self.profile.forecast_usage, 1.0)
        self.invoice(100.0, due=day(200))
        self.profile._monitor(fields.Date.today())
        [alert] = self.standing()
        self.assertEqual((alert.date_about, alert.state), (self.profile.breach_date, "open"))
        self.assertLessEqual(alert.date_about, day(30))
        self.assertIn(f"in {(alert.date_about - day(0)).days} days", alert.summary)
        # it comes nearer: the day moves with it, without another alert
        self.invoice(60.0, due=day(200))
        self.profile._monitor(fields.Date.today())
        self.assertEqual((self.standing(), alert.date_about), (alert, self.profile.breach_date))
        # exceeded: it came true; a larger limit: it goes
        self.invoice(100.0, due=day(200))
        self.profile._monitor(fields.Date.today())
        self.assertEqual((alert.state, alert.summary), ("open", "The limit is reached, as was forecast."))
        self.profile.limit_ids._give_way()
        self.grant(self.profile, 5000.0)
        self.profile._monitor(fields.Date.today())
        self.assertEqual(alert.state, "resolved")
        self.assertLess(self.profile.forecast_usage, 0.8)

    def test_overdue(self):
        self.rule("overdue_days", days=30, amount=50.0)
        self.rule("overdue_amount", amount=100.0)
        self.invoice(60.0, date=day(-31), due=day(-31))
        self.assertEqual(self.found().kind, "overdue_days")
        self.invoice(50.0, date=day(-1), due=day(-1))
        self.process()
        self.assertEqual(set(self.standing().mapped("kind")), {"overdue_days", "overdue_amount"})

    def test_overdue_for_the_first_time(self):
        self.rule("first_overdue")
        invoice = self.invoice(60.0, date=day(-40), due=day(-5))
        self.profile._refresh_behaviour()
        self.assertIn("never was late", self.found().summary)
        self.pay(invoice)
        self.profile._refresh_behaviour()
        self.process()
        self.assertFalse(self.standing())
        self.invoice(60.0, date=day(-40), due=day(-5))
        self.profile._refresh_behaviour()
        self.process()
        self.assertFalse(self.standing())

    def test_overdue_that_grows(self):
        self.rule("overdue_growing", days=30, percent=50.0, amount=100.0)
        self.snapshot(35, overdue=200.0)
        self.invoice(300.0, date=day(-9), due=day(-9))
        self.process()
        self.assertFalse(self.alerts())
        self.invoice(1.0, date=day(-9), due=day(-9))
        alert = self.found()
        self.assertEqual((alert.measured, alert.before, alert.threshold), (101.0, 200.0, 100.0))

    def test_nothing_grows_where_the_past_is_unknown(self):
        self.rule("overdue_growing", days=30, percent=50.0)
        self.snapshot(29, overdue=0.0)
        self.snapshot(70, overdue=0.0)
        self.invoice(300.0, date=day(-9), due=day(-9))
        self.process()
        self.assertFalse(self.alerts())

    def test_a_payment_index_that_falls(self):
        self.rule("index_falling", days=90, points=10.0)
        self.snapshot(95, payment_index=81.0)
        self.profile.sudo().write({"payment_index": 71.0})
        self.profile._watch()
        alert = self.standing()
        self.assertEqual((alert.measured, alert.before, alert.confidential), (10.0, 81.0, True))

    def test_days_outstanding_drift_from_the_customers_own_history(self):
        self.rule("dso_drifting", days=5, points=2.0)
        for number in range(1, 13):
            self.snapshot(7 * number, dso=40.0 + number % 3)
        self.profile.sudo().write({"dso": 46.0})
        self.profile._watch()
        self.assertFalse(self.alerts())
        self.profile.sudo().write({"dso": 46.1})
        self.profile._watch()
        self.assertEqual(self.standing().before, 41.0)

    def test_a_grade_that_drops(self):
        self.rule("grade_drop", days=60, points=1.0)
        grades = self.env["credit.grade"].search([], order="sequence, id")
        card = self.env["credit.scorecard"].search([("state", "=", "active")], limit=1)
        for grade in grades[1], grades[3]:
            [assessment] = self.profile._assess()
            self.assertEqual(assessment.scorecard_id.state, card.state)
            assessment.sudo().write({"grade_id": grade.id})
            assessment._confirm()
        alert = self.standing()
        self.assertEqual((alert.measured, alert.about), (2.0, f"{grades[1].code} → {grades[3].code}"))
        with freeze_time(day(61)):
            self.profile._watch()
            self.assertEqual(alert.state, "resolved")

    def test_an_adverse_record_alarms_at_once(self):
        self.rule("adverse_record", days=90)
        record = (
            self.env["credit.record"]
            .with_user(self.analyst)
            .create({"partner_id": self.customer.id, "kind": "lawsuit", "title": "Sued for 5,000"})
        )
        alert = self.standing()
        self.assertIn("Sued for 5,000", alert.summary)
        self.assertEqual(alert.with_user(self.analyst).action_view_cause()["res_model"], "credit.record")
        # another one is another cause
        record.copy({"title": "Bounced cheque"})
        self.assertEqual(len(self.standing()), 2)
        record.with_user(self.manager).unlink()
        self.assertEqual(alert.state, "resolved")

    def test_a_review_that_is_due(self):
        self.rule("review_due", days=14)
        self.profile.sudo().write({"next_review": day(14)})
        self.profile._watch()
        self.assertTrue(self.standing().confidential)
        self.profile.sudo().write({"next_review": day(200)})
        self.profile._watch()
        self.assertFalse(self.standing())

    def test_a_statement_out_of_date(self):
        self.rule("statement_old", days=500)
        self.profile._watch()
        self.assertFalse(self.alerts())
        statement = self.env["credit.statement"].create(
            {"partner_id": self.customer.id, "date_end": "2023-12-31", "figures": {"cash": 10.0}}
        )
        statement.action_confirm()
        self.profile._watch()
        self.assertEqual(self.standing().date_about, statement.date_end)

    def test_the_group_is_told_of_once(self):
        self.rule("group_usage", percent=90.0)
        other = self.env["res.partner"].create({"name": "Sister", "company_type": "company"})
        sister = self.control(other, 5000.0)
        group = self.env["credit.group"].create(
            {"name": "Timber Group", "currency_id": self.company.currency_id.id}
        )
        joint = self.env["credit.limit"].with_user(self.analyst).create({"group_id": group.id, "amount": 1000.0})
        joint.with_user(self.manager).action_grant()
        (self.profile | sister).write({"group_id": group.id})
        self.invoice(950.0, partner=other)
        self.process()
        alert = self.standing()
        self.assertIn("“Timber Group” uses 95 %", alert.summary)
        self.assertFalse(self.standing(sister))
        sister._watch()
        self.assertEqual(self.standing(), alert)

    def test_concentration_is_judged_over_the_whole_book(self):
        self.rule("concentration", percent=30.0)
        others = [
            self.control(self.env["res.partner"].create({"name": f"C{number}", "company_type": "company"}), 9000.0)
            for number in range(3)
        ]
        for profile in others:
            self.invoice(233.0, partner=profile.partner_id)
        self.invoice(301.0)
        self.process()
        self.assertFalse(self.alerts())
        self.env["credit.profile"]._watch_book(day(0))
        self.assertEqual(self.standing().measured, 30.1)
        # the change queue leaves it alone
        self.profile._watch()
        self.assertEqual(self.standing().state, "open")
        self.invoice(400.0, partner=others[0].partner_id)
        self.process()
        self.env["credit.profile"]._watch_book(day(0))
        self.assertFalse(self.standing())
        self.assertTrue(self.standing(others[0]))

    def test_unusual_orders_and_orders_after_silence(self):
        self.rule("order_unusual", percent=300.0, amount=200.0)
        self.rule("order_after_silence", days=100)
        for ago, amount in ((300, 100.0), (280, 120.0), (260, 80.0)):
            self.confirmed(amount).date_order = fields.Datetime.subtract(fields.Datetime.now(), days=ago)
        order = self.confirmed(299.0)
        self.process()
        alert = self.standing()
        self.assertEqual((alert.kind, alert.measured), ("order_after_silence", 260.0))
        self.assertEqual(alert.with_user(self.analyst).action_view_cause()["res_id"], order.id)
        large = self.confirmed(301.0)
        self.process()
        unusual = self.standing().filtered(lambda each: each.kind == "order_unusual")
        self.assertEqual((unusual.measured, unusual.before, unusual.about), (301.0, 100.0, large.name))
        large._action_cancel()
        self.process()
        self.assertEqual(unusual.state, "resolved")

    def test_every_kind_speaks(self):
        """Each kind has a sentence of its own, as a rule and as an alert."""
        sentences = set()
        for kind in ALERT_KINDS.values():
            rule = self.rule(kind.code, percent=11.0, amount=12.0, days=13, points=14.0)
            self.assertNotEqual(rule.description, kind.help)
            alert = self.env["credit.alert"].create(
                {
                    "profile_id": self.profile.id, "company_id": self.company.id, "rule_id": rule.id,
                    "currency_id": self.company.currency_id.id, "kind": kind.code, "severity": "info", "cause": "",
                    "measured": 21.0, "before": 22.0, "about": "Something", "date_about": day(0),
                }
            )  # fmt: skip
            self.assertNotEqual(alert.summary, kind.help)
            self.assertNotIn("%(", alert.summary)
            sentences.add(alert.summary)
        self.assertEqual(len(sentences), len(ALERT_KINDS))


@tagged("post_install", "-at_install")
class TestAlertLife(AlertCase):
    def owe(self, amount):
        """Exposure of the customer, as if he owed that much."""
        self.env.cr.execute(
            "UPDATE credit_profile SET exposure = %s, usage = %s / 1000.0, room = 1000 - %s WHERE id = %s",
            [amount, amount, amount, self.profile.id],
        )
        self.env.invalidate_all()
        self.profile._watch()

    def test_one_alert_a_cause_that_does_not_flap(self):
        self.rule("limit_usage", percent=80.0, margin=5.0)
        for amount in (800, 799, 801, 761, 800, 770):
            self.owe(amount)
            self.assertEqual(self.alerts().mapped("state"), ["open"])
        self.assertEqual((self.alerts().measured, self.alerts().raised_count), (77.0, 1))
        self.owe(760)
        self.assertEqual(self.alerts().mapped("state"), ["resolved"])
        self.owe(790)
        self.assertEqual(self.alerts().mapped("state"), ["resolved"])
        self.owe(800)
        self.assertEqual(self.alerts().mapped("state"), ["resolved", "open"])

    def test_acknowledged_it_is_told_again_only_if_it_gets_worse(self):
        self.rule("limit_usage", percent=80.0)
        self.owe(820)
        alert = self.alerts()
        alert.with_user(self.analyst).action_acknowledge()
        self.assertEqual((alert.state, alert.acknowledged_by, alert.told), ("acknowledged", self.analyst, 82.0))
        self.owe(899)
        self.assertEqual(alert.state, "acknowledged")
        self.owe(900)
        self.assertEqual((alert.state, alert.raised_count, alert.acknowledged_by.id), ("open", 2, False))
        self.assertIn("Raised again", alert.message_ids[0].body)
        alert.with_user(self.analyst).action_acknowledge()
        alert.with_user(self.analyst).action_reopen()
        self.assertEqual(alert.state, "open")

    def snooze(self, alert, user, until, note=False):
        wizard = self.env["credit.snooze"].with_user(user)
        wizard.create({"alert_ids": [Command.set(alert.ids)], "until": until, "note": note}).action_snooze()

    def test_snoozed_it_rests_until_its_day(self):
        self.rule("limit_usage", percent=80.0)
        self.owe(820)
        alert = self.alerts()
        with self.assertRaisesRegex(UserError, "later one"):
            self.snooze(alert, self.analyst, day(0))
        self.snooze(alert, self.analyst, day(3), "Pays on Friday")
        self.assertEqual((alert.state, alert.snoozed_until, alert.snoozed_by), ("snoozed", day(3), self.analyst))
        self.assertIn("Pays on Friday", alert.message_ids[0].body)
        self.owe(1900)
        self.assertEqual(alert.state, "snoozed")
        with freeze_time(day(2)):
            self.profile._watch()
            self.assertEqual(alert.state, "snoozed")
        with freeze_time(day(4)):  # the day itself was jumped over
            self.profile._watch()
            self.assertEqual((alert.state, alert.raised_count, alert.snoozed_until), ("open", 2, False))

    def test_snoozed_it_goes_with_its_cause(self):
        self.rule("limit_usage", percent=80.0)
        self.owe(820)
        self.snooze(self.alerts(), self.analyst, day(3))
        self.owe(10)
        self.assertEqual(self.alerts().state, "resolved")
        with self.assertRaisesRegex(UserError, "resolved"):
            self.alerts().with_user(self.analyst).action_acknowledge()

    def test_a_rule_that_is_switched_off_or_deleted(self):
        rules = self.rule("limit_usage", percent=80.0) | self.rule("over_limit")
        self.owe(1900)
        self.assertEqual(len(self.standing()), 2)
        with self.rewritten():
            rules[0].active = False
            rules[1].unlink()
        self.profile._watch()
        self.assertEqual(self.alerts().mapped("state"), ["resolved", "resolved"])

    def test_another_policy_takes_over_what_somebody_has_seen_to(self):
        self.rule("limit_usage", percent=80.0)
        self.invoice(820.0)
        self.process()
        alert = self.alerts()
        alert.with_user(self.analyst).action_acknowledge()
        other = self.policy.copy({"name": "Other"})
        self.assertEqual(len(other.alert_rule_ids), 1)
        other.alert_rule_ids.write({"severity": "critical", "holds": True})
        self.publish(other)
        self.profile.with_user(self.manager).policy_id = other
        self.assertEqual(self.alerts(), alert)
        self.assertEqual((alert.state, alert.rule_id), ("acknowledged", other.alert_rule_ids))
        self.assertEqual((self.profile.alert_severity, self.profile.alert_holds), ("critical", "limit_usage"))
        without = self.policy.copy({"name": "Without", "alert_rule_ids": False})
        self.assertFalse(without.alert_rule_ids)
        self.publish(without)
        self.profile.with_user(self.manager).policy_id = without
        self.assertEqual(alert.state, "resolved")

    def test_the_end_of_control(self):
        self.rule("limit_usage", percent=80.0)
        self.owe(820)
        self.profile.active = False
        self.assertFalse(self.standing())
        self.assertEqual(self.profile.alert_count, 0)

    def test_what_the_rule_says_now(self):
        rule = self.rule("limit_usage", percent=80.0, severity="info")
        self.owe(820)
        with self.rewritten():
            rule.write({"severity": "critical", "holds": True})
        self.owe(820)
        self.assertEqual((self.alerts().severity, self.alerts().gravity, self.alerts().holds), ("critical", 2, True))
        self.assertEqual(self.profile.alert_holds, "limit_usage")

    def test_two_rules_of_a_kind_are_two_causes(self):
        self.rule("limit_usage", percent=80.0)
        self.rule("limit_usage", percent=95.0, severity="critical")
        self.owe(960)
        self.assertEqual(len(self.standing()), 2)
        self.assertEqual((self.profile.alert_count, self.profile.alert_severity), (2, "critical"))
        self.owe(10)
        self.assertEqual((self.profile.alert_count, self.profile.alert_severity), (0, False))

    # -- telling -------------------------------------------------------------------------------------

    def test_whose_it_is(self):
        rules = {
            owner: self.rule("limit_usage", percent=80.0, owner=owner)
            for owner in ("salesperson", "responsible", "manager")
        }
        self.owe(900)
        owners = {alert.rule_id: alert.user_id for alert in self.standing()}
        self.assertEqual(owners[rules["salesperson"]], self.salesperson)
        self.assertEqual(owners[rules["responsible"]], self.analyst)
        self.assertEqual(owners[rules["manager"]], self.manager)
        self.owe(10)
        self.customer.user_id = self.profile.user_id = False
        self.owe(900)
        self.assertEqual(self.standing().user_id, self.manager)

    def test_a_note_and_an_activity(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.rule("limit_usage", percent=80.0, tell="activity", severity="critical")
        self.owe(900)
        alert = self.standing()
        self.assertIn("90 % of the limit is used", self.profile.message_ids[0].body)
        self.assertEqual(alert.activity_ids.user_id, self.analyst)
        self.owe(901)
        self.assertEqual(len(alert.activity_ids), 1)
        alert.with_user(self.analyst).action_acknowledge()
        self.assertFalse(alert.activity_ids)
        self.owe(1900)
        self.assertEqual(len(alert.activity_ids), 1)
        self.owe(10)
        self.assertFalse(
            self.env["mail.activity"].search([("res_model", "=", "credit.alert"), ("res_id", "=", alert.id)])
        )

    def test_in_the_language_of_whom_it_is_for(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.analyst.lang = "fr_FR"
        self.rule("over_limit", tell="activity")
        self.owe(2500)
        alert = self.standing()
        # an amount as the French write it, though nobody here speaks the language else
        self.assertIn("500,00", alert.activity_ids.note)
        self.assertIn("500,00", self.profile.message_ids[0].body)
        self.assertIn("1,500.00", alert.summary)

    def test_what_is_confidential_is_not_noted_on_the_customer(self):
        self.rule("review_due", days=14, tell="note")
        self.profile.sudo().write({"next_review": day(1)})
        before = self.profile.message_ids
        self.profile._watch()
        self.assertTrue(self.standing())
        self.assertEqual(self.profile.message_ids, before)

    def test_no_flood_of_activities(self):
        rule = self.rule("limit_usage", percent=80.0, tell="activity")
        profiles = self.env["credit.profile"].union(
            *(
                self.control(
                    self.env["res.partner"].create({"name": f"F{number}", "company_type": "company"}), 10.0,
                    user_id=self.analyst.id,
                )
                for number in range(25)
            )
        )  # fmt: skip
        self.env.cr.execute("UPDATE credit_profile SET usage = 0.9 WHERE id = ANY(%s)", [profiles.ids])
        self.env.invalidate_all()
        profiles._watch()
        alerts = self.env["credit.alert"].search([("rule_id", "=", rule.id)])
        self.assertEqual((len(alerts), len(alerts.activity_ids)), (25, 20))

    # -- holding orders ------------------------------------------------------------------------------

    def test_alerts_hold_further_orders_where_the_policy_says_so(self):
        self.rule("overdue_amount", amount=100.0, holds=True)
        self.invoice(150.0, date=day(-2), due=day(-2))
        self.process()
        self.assertEqual(self.profile.alert_holds, "overdue_amount")
        self.assertEqual(self.confirmed(10.0).state, "sale")
        with self.rewritten() as policy:
            policy.rule_ids.create({"policy_id": policy.id, "kind": "open_alert"})
        order = self.order(10.0)
        order.action_confirm()
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
        decision = self.decision(order)
        self.assertEqual(decision.kinds, "open_alert")
        self.assertIn("Overdue amount", decision.summary)
        # who lets it rest, lets the orders pass: a manager's right
        alert = self.standing()
        with self.assertRaisesRegex(AccessError, "managers"):
            self.snooze(alert, self.analyst, day(5))
        self.snooze(alert, self.manager, day(5))
        self.assertFalse(self.profile.alert_holds)
        order.invalidate_recordset()
        self.assertEqual(order.credit_state, "ready")

    def test_a_confidential_alert_holds_without_its_name(self):
        self.rule("adverse_record", days=90, holds=True)
        with self.rewritten() as policy:
            policy.rule_ids.create({"policy_id": policy.id, "kind": "open_alert"})
        self.env["credit.record"].create({"partner_id": self.customer.id, "kind": "lawsuit", "title": "Sued"})
        self.assertEqual(self.profile.alert_holds, "*")
        order = self.order(10.0)
        order.with_user(self.salesperson).action_confirm()
        told = self.decision(order).with_user(self.salesperson)
        self.assertNotIn("dverse", f"{told.summary}{told.findings}")
        self.assertIn("credit department", told.summary)

    def test_no_query_for_it_in_a_check(self):
        order = self.order(10.0)

        def queries():
            self.env.invalidate_all()
            self.env["sale.order"].browse(order.id).mapped("order_line.product_id")
            before = self.env.cr.sql_log_count
            order._credit_judge("order")
            return self.env.cr.sql_log_count - before

        queries()
        plain = queries()
        with self.rewritten() as policy:
            policy.rule_ids.create({"policy_id": policy.id, "kind": "open_alert"})
        queries()
        self.assertEqual(queries(), plain)

    # -- rights --------------------------------------------------------------------------------------

    def test_who_sees_what(self):
        self.rule("limit_usage", percent=80.0, owner="responsible")
        self.rule("review_due", days=14)
        self.profile.sudo().write({"next_review": day(1)})
        self.owe(900)
        alerts = self.env["credit.alert"]
        mine = [("profile_id", "=", self.profile.id)]
        for user, kinds in (
            (self.salesperson, ["limit_usage"]),
            (self.other_salesperson, []),
            (self.accountant, ["limit_usage"]),
            (self.analyst, ["limit_usage", "review_due"]),
            (self.manager, ["limit_usage", "review_due"]),
        ):
            self.assertEqual(sorted(alerts.with_user(user).search(mine).mapped("kind")), kinds, user.login)
            self.assertEqual(self.profile.with_user(user).open_alerts, len(kinds))
        hidden = self.standing().filtered("confidential").with_user(self.salesperson)
        for call in (hidden.action_acknowledge, lambda: hidden.read(["summary"]), lambda: hidden._snooze(day(3))):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.salesperson).read(["alert_count"])

    def test_only_its_owner_or_an_analyst_sees_to_it(self):
        self.rule("limit_usage", percent=80.0, owner="responsible")
        self.owe(900)
        alert = self.standing()
        for user in (self.salesperson, self.accountant):
            with self.assertRaisesRegex(AccessError, "somebody else's"):
                alert.with_user(user).action_acknowledge()
        alert.with_user(self.manager).user_id = self.salesperson
        alert.with_user(self.salesperson).action_acknowledge()
        self.assertEqual(alert.acknowledged_by, self.salesperson)

    def test_what_it_says_is_nobodys_to_write(self):
        self.rule("limit_usage", percent=80.0)
        self.owe(900)
        alert = self.standing()
        for user in (self.salesperson, self.analyst, self.admin):
            for values in ({"state": "resolved"}, {"severity": "info"}, {"holds": False}, {"measured": 0.0}):
                with self.assertRaises(AccessError):
                    alert.with_user(user).write(values)
            with self.assertRaises(AccessError):
                alert.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["credit.alert"].with_user(user).create(
                    {"profile_id": self.profile.id, "kind": "over_limit", "severity": "info", "cause": "x"}
                )
            with self.assertRaises(AccessError):
                self.profile.with_user(user).write({"alert_holds": False})

    def test_only_administrators_write_rules(self):
        self.rule("limit_usage", percent=80.0)
        rule = self.policy._new_version().alert_rule_ids
        for user in (self.salesperson, self.analyst, self.manager):
            with self.assertRaises(AccessError):
                rule.with_user(user).write({"percent": 99.0})
        rule.with_user(self.admin).percent = 99.0
        # of a version in force it is nobody's to write
        with self.assertRaisesRegex(UserError, "new version"):
            self.policy.alert_rule_ids.with_user(self.admin).percent = 99.0
        with self.assertRaisesRegex(ValidationError, "analysts only"):
            self.rule("adverse_record", days=9, owner="salesperson")
        with self.assertRaisesRegex(ValidationError, "set the days"):
            self.rule("overdue_growing")

    def test_a_rule_in_a_form(self):
        with Form(self.policy._new_version().with_user(self.admin)) as form, form.alert_rule_ids.new() as line:
            line.kind = "overdue_days"
            line.days = 45
            self.assertTrue(line.uses_days and line.uses_amount)
            self.assertIn("45 days", line.description)

    def test_two_companies(self):
        self.rule("overdue_amount")
        other = self.env["res.company"].create({"name": "Europe"})
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        other.currency_id = self.env.ref("base.EUR")
        self.env.user.company_ids |= other
        self.manager.company_ids |= other
        other.credit_policy_id = self.publish(self.policy.copy({"name": "Europe", "company_id": other.id}))
        profile = self.control(self.customer, 50.0, company=other)
        self.invoice(30.0, date=day(-2), due=day(-2), company=other)
        self.process()
        self.assertFalse(self.standing())
        alert = self.standing(profile)
        self.assertEqual((alert.company_id, alert.currency_id.name, alert.measured), (other, "EUR", 30.0))
        self.assertFalse(self.env["credit.alert"].with_user(self.manager).search([("id", "=", alert.id)]))

    # -- the queue and the monitor -------------------------------------------------------------------

    def test_bounded_queries(self):
        for kind in ALERT_KINDS:
            self.rule(kind, percent=80.0, days=30, points=1.0)
        profiles = self.env["credit.profile"].union(
            *(
                self.control(self.env["res.partner"].create({"name": f"B{number}", "company_type": "company"}), 10.0)
                for number in range(12)
            )
        )

        def queries(some):
            self.env.invalidate_all()
            some._watch()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._watch()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(queries(profiles), queries(profiles[:2]) + 2)

    def test_a_merge_leaves_no_alert_of_what_is_gone(self):
        self.rule("limit_usage", percent=80.0)
        self.owe(900)
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        kept = self.control(other, 10.0)
        self.profile._merge_into(other)
        self.assertFalse(self.env["credit.alert"].search([("cause", "=", ""), ("profile_id", "!=", kept.id)]).filtered(
            lambda alert: alert.partner_id == self.customer
        ))  # fmt: skip

    def test_two_who_find_the_same_at_once(self):
        """The second one finds the alert there, and takes it as it is."""
        self.rule("limit_usage", percent=80.0)
        profile_class = self.registry["credit.profile"]
        with patch.object(profile_class, "_standing_alerts", lambda profiles, whole_book: {}):
            self.owe(900)
            self.owe(900)
        self.assertEqual(len(self.standing()), 1)
