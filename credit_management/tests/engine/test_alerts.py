# Part of credit_management. License LGPL-3.0 or later.
"""Alert kinds one by one, and the life of an alert as a property of any course that a figure may take."""

import datetime
import unittest
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from ...engine.alerts import (
    ALERT_KINDS,
    NEWS,
    Adverse,
    AlertRule,
    Ending,
    Facts,
    Joint,
    Order,
    Standing,
    Then,
    follow,
    readings,
)

TODAY = datetime.date(2026, 6, 30)
NOTHING = Facts(TODAY)


def day(number):
    return TODAY + datetime.timedelta(days=number)


class TestKinds(unittest.TestCase):
    """By kind: a rule, facts that are an alert, facts on the bound that are none (or still one), and facts that make an
    alert go."""

    CASES = {
        "limit_usage": (
            {"percent": 80.0}, {"usage": 0.8}, {"usage": 0.7999}, {"usage": 0.76},
        ),
        "over_limit": (
            {}, {"usage": 1.001, "room": -1.0, "exposure": 1001.0}, {"usage": 1.0, "room": 0.0, "exposure": 1000.0},
            {"usage": 0.95, "room": 50.0, "exposure": 950.0},
        ),
        "limit_ending": (
            {"days": 30}, {"limit_until": day(30)}, {"limit_until": day(31)}, {"limit_until": day(31)},
        ),
        "forecast_breach": (
            {"days": 30}, {"forecast_on": TODAY, "breach": day(30), "forecast_usage": 1.2, "room": 5.0},
            {"forecast_on": TODAY, "breach": day(31), "forecast_usage": 1.2, "room": 5.0},
            {"forecast_on": TODAY, "forecast_usage": 0.95, "room": 5.0},
        ),
        "guarantee_ending": (
            {}, {"endings": (Ending(1, "LG", day(10), 10),)}, {"endings": (Ending(1, "LG", day(11), 10),)}, {},
        ),
        "group_usage": (
            {"percent": 90.0}, {"joint": Joint(3, "Timber", 0.9)}, {"joint": Joint(3, "Timber", 0.899)}, {},
        ),
        "concentration": (
            {"percent": 10.0}, {"exposure": 10.0, "book": 100.0}, {"exposure": 9.99, "book": 100.0},
            {"exposure": 9.5, "book": 100.0},
        ),
        "overdue_days": (
            {"days": 30, "amount": 5.0}, {"overdue_days": 31, "overdue": 6.0}, {"overdue_days": 30, "overdue": 6.0},
            {"overdue_days": 90, "overdue": 4.0},
        ),
        "overdue_amount": ({"amount": 100.0}, {"overdue": 100.01}, {"overdue": 100.0}, {"overdue": 95.0}),
        "first_overdue": (
            {}, {"late_before": False, "overdue": 1.0}, {"late_before": True, "overdue": 1.0}, {"late_before": False},
        ),
        "overdue_growing": (
            {"days": 30, "percent": 50.0, "amount": 100.0}, {"overdue": 301.0, "then": {30: Then(200.0)}},
            {"overdue": 300.0, "then": {30: Then(200.0)}}, {"overdue": 295.0, "then": {30: Then(200.0)}},
        ),
        "index_falling": (
            {"days": 90, "points": 10.0}, {"payment_index": 70.0, "then": {90: Then(0.0, 80.0)}},
            {"payment_index": 70.5, "then": {90: Then(0.0, 80.0)}},
            {"payment_index": 71.0, "then": {90: Then(0.0, 80.0)}},
        ),
        "dso_drifting": (
            {"days": 5, "points": 2.0}, {"dso": 50.0, "dso_usual": 40.0, "dso_spread": 4.0, "dso_known": 50},
            {"dso": 48.0, "dso_usual": 40.0, "dso_spread": 4.0, "dso_known": 50},
            {"dso": 47.0, "dso_usual": 40.0, "dso_spread": 4.0, "dso_known": 50},
        ),
        "grade_drop": (
            {"days": 60, "points": 1.0}, {"notches": 1, "graded_on": day(-60)}, {"notches": 1, "graded_on": day(-61)},
            {"notches": 0, "graded_on": day(-60)},
        ),
        "adverse_record": (
            {"days": 30}, {"adverse": (Adverse(4, "Lawsuit", day(-30)),)},
            {"adverse": (Adverse(4, "Lawsuit", day(-31)),)},
            {},
        ),
        "statement_old": (
            {"days": 500}, {"statement_end": day(-501)}, {"statement_end": day(-500)}, {"statement_end": day(-1)},
        ),
        "review_due": ({"days": 14}, {"next_review": day(14)}, {"next_review": day(15)}, {"next_review": day(300)}),
        "order_unusual": (
            {"percent": 300.0, "amount": 50.0}, {"orders": (Order(7, "S7", 300.0, 100.0, 9),)},
            {"orders": (Order(7, "S7", 299.9, 100.0, 9),)}, {},
        ),
        "order_after_silence": (
            {"days": 180}, {"orders": (Order(7, "S7", 1.0, None, 180),)}, {"orders": (Order(7, "S7", 1.0, None, 179),)},
            {},
        ),
    }  # fmt: skip

    def test_every_kind_has_a_case(self):
        self.assertEqual(set(self.CASES), set(ALERT_KINDS))

    def test_it_alarms_at_its_bound_and_not_below(self):
        for kind, (parameters, alarming, fine, _eased) in self.CASES.items():
            rule = AlertRule(kind, **parameters)
            with self.subTest(kind=kind):
                [reading] = readings(rule, replace(NOTHING, **alarming))
                self.assertTrue(reading.breached and not reading.eased)
                self.assertFalse([reading for reading in readings(rule, replace(NOTHING, **fine)) if reading.breached])

    def test_it_goes_with_its_cause(self):
        for kind, (parameters, alarming, _fine, eased) in self.CASES.items():
            rule = AlertRule(kind, **parameters)
            with self.subTest(kind=kind):
                [reading] = readings(rule, replace(NOTHING, **alarming))
                standing = {reading.cause: Standing()}
                steps = follow(readings(rule, replace(NOTHING, **eased)), standing, TODAY)
                self.assertEqual([(step.action, step.cause) for step in steps], [("resolve", reading.cause)])

    def test_unknown_alarms_nobody(self):
        for kind in ALERT_KINDS:
            with self.subTest(kind=kind):
                self.assertFalse([each for each in readings(AlertRule(kind), NOTHING) if each.breached])

    def test_only_what_a_kind_says_it_uses_counts(self):
        # a parameter that is not declared has no effect: what the screen does not show must not matter
        for kind, (parameters, alarming, _fine, _eased) in self.CASES.items():
            with self.subTest(kind=kind):
                self.assertLessEqual(set(parameters), set(ALERT_KINDS[kind].parameters))
                others = {"percent": 77.0, "amount": 7.0, "days": 7, "points": 7.0}
                others = {name: value for name, value in others.items() if name not in ALERT_KINDS[kind].parameters}
                facts = replace(NOTHING, **alarming)
                self.assertEqual(
                    readings(AlertRule(kind, **parameters), facts),
                    readings(AlertRule(kind, **parameters, **others), facts),
                )

    def test_a_falling_index_without_snapshots_is_told_by_its_trend(self):
        rule = AlertRule("index_falling", days=90, points=10.0)
        [reading] = readings(rule, replace(NOTHING, payment_index=60.0, index_trend=-12.0, then={}))
        self.assertEqual((reading.measured, reading.before, reading.breached), (12.0, 72.0, True))

    def test_a_forecast_that_comes_true_or_is_of_the_limits_end(self):
        rule = AlertRule("forecast_breach", days=30, margin=20.0)
        soon = replace(NOTHING, forecast_on=TODAY, breach=day(9), forecast_usage=1.4, room=3.0)
        self.assertTrue(readings(rule, soon)[0].breached)
        # the limit is exceeded: nothing new, and what stands stays
        [over] = readings(rule, replace(soon, breach=TODAY, room=-3.0))
        self.assertEqual((over.breached, over.eased), (False, False))
        # the limit itself ends before: that is another kind's to tell
        [ends] = readings(rule, replace(soon, limit_until=day(8), forecast_usage=0.5))
        self.assertEqual((ends.breached, ends.eased), (False, True))
        self.assertTrue(readings(rule, replace(soon, limit_until=day(9)))[0].breached)
        # nothing limits it: there is no usage
        self.assertTrue(readings(rule, replace(NOTHING, forecast_on=TODAY))[0].eased)

    def test_too_short_a_history_says_nothing(self):
        rule = AlertRule("dso_drifting", days=5, points=2.0)
        self.assertEqual(readings(rule, replace(NOTHING, dso=90.0, dso_usual=40.0, dso_known=9)), [])


class Life:
    """Somebody who goes through a course of figures and keeps the alert of a single cause, as the models do."""

    def __init__(self, rule):
        self.rule, self.alert, self.raised, self.told = rule, None, 0, 0

    def look(self, usage, today):
        return self.see(Facts(today, usage=usage))

    def see(self, facts):
        today = facts.as_of
        found = readings(self.rule, facts)
        standing = {"": self.alert} if self.alert else {}
        steps = follow(found, standing, today)
        assert len({step.cause for step in steps}) == len(steps)
        for step in steps:
            if step.action == "raise":
                assert self.alert is None
                self.raised += 1
                self.alert = Standing("open", step.reading.measured)
            elif step.action == "wake":
                self.told += 1
                self.alert = Standing("open", step.reading.measured)
            elif step.action == "resolve":
                self.alert = None
        return [step.action for step in steps]


actions = st.tuples(
    st.sampled_from(["look", "look", "look", "acknowledge", "snooze"]),
    st.one_of(st.none(), st.floats(0.0, 2.0), st.floats(0.74, 0.86)),
    st.integers(0, 5),
)


class TestLife(unittest.TestCase):
    """By any course of the figures, with people who acknowledge and snooze in between."""

    @given(st.lists(actions, max_size=40), st.sampled_from([0.0, 5.0, 20.0]))
    @example([("look", 0.81, 1), ("look", 0.79, 1), ("look", 0.81, 1), ("look", 0.5, 1), ("look", 0.9, 1)], 5.0)
    def test_one_alert_a_cause_and_no_flapping(self, play, margin):
        rule = AlertRule("limit_usage", percent=80.0, margin=margin)
        life, today, swings, armed = Life(rule), TODAY, 0, True
        for action, usage, days in play:
            today += datetime.timedelta(days=days)
            if action == "acknowledge" and life.alert:
                life.alert = replace(life.alert, state="acknowledged")
                continue
            if action == "snooze" and life.alert:
                life.alert = replace(life.alert, state="snoozed", snoozed_until=today + datetime.timedelta(days=3))
                continue
            before = life.alert
            happened = life.look(usage, today)
            share = None if usage is None else round(100.0 * usage, 6)
            # an independent count of the swings over the whole band: from where it has eased to the bound
            if share is None or (share <= round(80.0 - 0.8 * margin, 6) and share < 80.0):
                armed = True
            elif share >= 80.0 and armed:
                armed, swings = False, swings + 1
            self.assertEqual(life.raised, swings)
            # it stands exactly between a raise and the easing that follows it
            self.assertEqual(life.alert is not None, not armed)
            if "wake" in happened:
                self.assertIn(before.state, ("acknowledged", "snoozed"))
                if before.state == "snoozed":
                    self.assertLessEqual(before.snoozed_until, today)
                else:
                    self.assertGreaterEqual(share - before.told, 80.0 * max(NEWS, margin / 100.0) - 1e-6)
            if before and before.state == "snoozed" and before.snoozed_until > today:
                self.assertNotIn("wake", happened)

    @given(st.lists(st.floats(0.7601, 0.7999), min_size=1), st.floats(0.8, 1.0))
    def test_wavering_within_the_margin_changes_nothing(self, course, high):
        life = Life(AlertRule("limit_usage", percent=80.0, margin=5.0))
        for usage in course:
            self.assertEqual(life.look(usage, TODAY), [])
        self.assertEqual(life.look(high, TODAY), ["raise"])
        for usage in course:
            self.assertEqual(life.look(usage, TODAY), ["keep"])
        self.assertEqual(life.raised, 1)

    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("day"), st.integers(0, 60)),
                st.tuples(st.just("usage"), st.floats(0.6, 1.0)),
                st.tuples(st.just("over"), st.none()),
                st.tuples(st.just("unknown"), st.none()),
            ),
            max_size=40,
        ),
        st.sampled_from([0.0, 20.0]),
    )
    @example([("day", 30), ("day", 31), ("day", 30), ("day", 36), ("usage", 1.0), ("day", 29), ("day", 37)], 20.0)
    @example([("day", 3), ("over", None), ("day", 1), ("usage", 0.99), ("day", 2), ("usage", 0.8), ("day", 2)], 20.0)
    def test_a_forecast_that_moves_from_night_to_night_does_not_flap(self, nights, margin):
        life = Life(AlertRule("forecast_breach", days=30, margin=margin))
        raised, standing = 0, False
        for number, (kind, value) in enumerate(nights):
            today = day(number)
            facts = Facts(today, forecast_on=None if kind == "unknown" else today, room=-1.0 if kind == "over" else 1.0)
            if kind in ("day", "over"):
                facts = replace(facts, breach=day(number + (value or 0)), forecast_usage=1.1)
            elif kind == "usage":
                facts = replace(facts, forecast_usage=value)
            life.see(facts)
            # in plain words: it comes within 30 days, and goes a margin beyond them, or a margin below the limit
            if kind == "day" and value <= 30 and not standing:
                standing, raised = True, raised + 1
            elif (
                (kind == "day" and value > 30 + 0.3 * margin)
                or (kind == "usage" and 100.0 * value <= 100.0 - margin)
                or kind == "unknown"
            ):
                standing = False
            self.assertEqual((life.alert is not None, life.raised), (standing, raised))
