# Part of credit_management. License LGPL-3.0 or later.
"""The life of alerts as people and figures play with it: in whichever order things happen, each cause has at most one
alert, none flaps, and all of it is as an independent bookkeeper has it."""

from collections import Counter

from freezegun import freeze_time
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged

from .test_alert import AlertCase

MARGIN = 10.0
# rule → the bound, and the column of the profile that is held against it
BOUNDS = {"limit_usage": 80.0, "overdue_amount": 500.0}


class Bookkeeper:
    """What ought to be, of one rule: written down in a simple way, from the sentence that describes the rule."""

    def __init__(self, bound, strict):
        self.bound, self.strict = bound, strict
        self.state, self.told, self.until, self.raised, self.again = None, 0.0, None, 0, 0

    def alarming(self, figure):
        return figure > self.bound if self.strict else figure >= self.bound

    def look(self, figure, today):
        if self.state is None:
            if self.alarming(figure):
                self.state, self.told, self.raised, self.again = "open", figure, self.raised + 1, 0
            return
        if figure <= self.bound * (1 - MARGIN / 100) and not self.alarming(figure):
            self.state = None
        elif self.alarming(figure) and (
            (self.state == "snoozed" and self.until <= today)
            or (self.state == "acknowledged" and figure >= self.told + self.bound * MARGIN / 100)
        ):
            self.state, self.told, self.again = "open", figure, self.again + 1


moves = st.one_of(
    st.tuples(st.just("owe"), st.sampled_from([0, 500, 719, 720, 721, 760, 799, 800, 801, 850, 880, 950, 1200])),
    st.tuples(st.just("late"), st.sampled_from([0, 449, 450, 451, 480, 500, 501, 560, 700])),
    st.tuples(st.just("acknowledge"), st.integers(0, 1)),
    st.tuples(st.just("snooze"), st.integers(1, 4)),
    st.tuples(st.just("wait"), st.integers(1, 5)),
    st.tuples(st.just("watch"), st.integers(1, 3)),
)


@tagged("post_install", "-at_install")
class TestAlertPlay(AlertCase):
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @example([("owe", 800), ("owe", 799), ("owe", 721), ("owe", 800), ("owe", 720), ("owe", 800)])
    @example([("owe", 801), ("acknowledge", 0), ("owe", 880), ("owe", 881), ("snooze", 2), ("wait", 2)])
    @given(st.lists(moves, min_size=2, max_size=25))
    def test_whatever_happens(self, play):
        with self.env.cr.savepoint() as savepoint:
            self.play(play)
            savepoint.rollback()
        self.env.invalidate_all()

    def play(self, play):
        rules = {kind: self.rule(kind, percent=80.0, amount=500.0, margin=MARGIN) for kind in BOUNDS}
        books = {kind: Bookkeeper(bound, kind == "overdue_amount") for kind, bound in BOUNDS.items()}
        figures = {"limit_usage": 0.0, "overdue_amount": 0.0}
        today = fields.Date.today()
        for action, number in play:
            if action == "owe":
                figures["limit_usage"] = number / 10
            elif action == "late":
                figures["overdue_amount"] = float(number)
            elif action == "wait":
                today = fields.Date.add(today, days=number)
            with freeze_time(today):
                if action in ("acknowledge", "snooze"):
                    self.people(action, number, books, figures, today)
                else:
                    self.figures(figures)
                    for _time in range(number if action == "watch" else 1):
                        self.profile._watch()
                        for kind, book in books.items():
                            book.look(figures[kind], today)
            self.compare(rules, books)

    def figures(self, figures):
        self.env.cr.execute(
            "UPDATE credit_profile SET usage = %s, overdue = %s WHERE id = %s",
            [figures["limit_usage"] / 100.0, figures["overdue_amount"], self.profile.id],
        )
        self.env.invalidate_all()

    def people(self, action, number, books, figures, today):
        for alert in self.standing():
            book = books[alert.kind]
            if action == "acknowledge" and (number or alert.kind == "limit_usage"):
                alert.with_user(self.analyst).action_acknowledge()
                book.state, book.told = "acknowledged", alert.measured
            elif action == "snooze":
                book.state, book.until = "snoozed", fields.Date.add(today, days=number)
                alert.with_user(self.analyst)._snooze(book.until)

    def compare(self, rules, books):
        alerts = self.alerts()
        standing = alerts.filtered(lambda alert: alert.state != "resolved")
        self.assertLessEqual(max(Counter((alert.rule_id, alert.cause) for alert in standing).values(), default=0), 1)
        for kind, book in books.items():
            mine = alerts.filtered(lambda alert, kind=kind: alert.rule_id == rules[kind])
            self.assertEqual(len(mine), book.raised, kind)
            now = mine & standing
            self.assertEqual(now.state or None, book.state, kind)
            if now:
                self.assertEqual(now.raised_count, 1 + book.again, kind)
        self.assertEqual(self.profile.alert_count, len(standing))
