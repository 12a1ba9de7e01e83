# Part of credit_management. License LGPL-3.0 or later.
"""The monitor: what it does to a customer, who starts it; and, with real processes and connections, that a run which
is killed goes on without a gap and without doing anybody twice (I11)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ..models.credit_monitor import CreditProfile
from .common import CreditCase
from .scratch import ScratchCase

MONITOR = "odoo.addons.credit_management.models.credit_monitor"


def day(days):
    return fields.Date.add(fields.Date.today(), days=days)


@tagged("post_install", "-at_install")
class TestMonitor(CreditCase):
    def setUp(self):
        super().setUp()
        # commits are for real jobs
        self.startPatcher(patch.object(IrCron, "_commit_progress", lambda cron, *args, **kwargs: 1.0))

    def run_it(self, batch=500):
        runs = self.env["credit.monitor.run"]
        runs._cron_run(batch)
        return runs.search([], limit=1)

    def many(self, count=5):
        return self.env["credit.profile"].union(
            *(
                self.control(self.env["res.partner"].create({"name": f"Many {number}", "company_type": "company"}), 10)
                for number in range(count)
            )
        )

    def test_it_does_everything_that_time_changes(self):
        self.grant(self.profile, 500.0, date_start=day(1), date_end=day(10), kind="replace")
        self.invoice(600.0, due=day(0))
        self.profile._refresh()
        self.assertEqual((self.profile.status, self.profile.overdue), ("ok", 0.0))
        guarantee = self.env["credit.guarantee"].create(
            {"name": "Letter 7", "profile_id": self.profile.id, "amount": 50.0, "date_end": day(0)}
        )
        guarantee.with_user(self.manager).action_activate()
        with freeze_time(day(1)):
            run = self.run_it()
            self.assertEqual((run.state, run.failed, run.day), ("done", 0, day(0)))
            self.assertEqual((self.profile.status, self.profile.limit_amount), ("over", 500.0))
            self.assertEqual((self.profile.overdue, guarantee.state), (600.0, "ended"))
            self.assertEqual(self.profile.behaviour_as_of, day(0))
            self.assertEqual(self.profile.information_as_of, day(0))
            snapshot = self.env["credit.snapshot"].search([("profile_id", "=", self.profile.id)])
            self.assertEqual((snapshot.day, snapshot.status, snapshot.overdue), (day(0), "over", 600.0))

    def test_holds_whose_cause_has_gone_are_ready(self):
        self.grant(self.profile, 5000.0, date_start=day(1), date_end=day(10), kind="replace")
        order = self.order(1500.0)
        order.action_confirm()
        self.assertEqual(order.credit_state, "held")
        with freeze_time(day(1)):
            self.run_it()
            order.invalidate_recordset()
            self.assertEqual(order.credit_state, "ready")

    def test_every_night_once(self):
        profiles = self.many()
        done = []
        monitor = CreditProfile._monitor

        def noted(batch, on):
            done.extend(batch.ids)
            return monitor(batch, on)

        with patch.object(CreditProfile, "_monitor", noted):
            first = self.run_it(batch=2)
            self.assertEqual(Counter(done), Counter(self.env["credit.profile"].search([]).ids))
            self.assertLessEqual(set(profiles.ids), set(done))
            self.assertEqual((first.state, first.done, first.total), ("done", len(done), len(done)))
            self.assertEqual(self.run_it(), first)
            self.assertEqual(len(done), first.total)
            with freeze_time(day(1)):
                second = self.run_it()
                self.assertEqual(second.day, day(0))
            self.assertEqual(len(done), 2 * first.total)

    @mute_logger(MONITOR)
    def test_one_failing_customer_never_stops_the_rest(self):
        profiles = self.many()
        bad, monitor = profiles[2], CreditProfile._monitor

        def fails(batch, on):
            monitor(batch, on)
            if bad in batch:
                raise ValueError("The file is damaged")

        with patch.object(CreditProfile, "_monitor", fails):
            run = self.run_it()
        self.assertEqual((run.state, run.done, run.failed), ("done", run.total - 1, 1))
        self.assertRecordValues(run.failed_ids, [{"profile_id": bad.id, "message": "The file is damaged"}])
        taken = self.env["credit.snapshot"].search([("day", "=", day(0))]).profile_id
        self.assertEqual(self.env["credit.profile"].search([]) - taken, bad)
        with self.assertRaises(AccessError):
            run.with_user(self.analyst).action_retry()
        run.with_user(self.manager).action_retry()
        self.assertEqual(self.run_it(), run)
        self.assertEqual((run.state, run.done, run.failed), ("done", run.total, 0))
        self.assertTrue(self.env["credit.snapshot"].search([("profile_id", "=", bad.id)]))
        with self.assertRaisesRegex(UserError, "Nobody failed"):
            run.with_user(self.manager).action_retry()

    @mute_logger(MONITOR, "odoo.sql_db")
    def test_a_customer_with_broken_data(self):
        profiles = self.many(3)
        # no payment can have been due on such a day: reading it fails
        history = {
            "partner_id": profiles[1].partner_id.id, "name": "B-1", "amount": 10.0,
            "date_invoice": "2026-01-01", "date_due": "2026-02-01",
        }  # fmt: skip
        self.env["credit.payment.import"].create(
            {"name": "damaged.csv", "company_id": self.company.id, "history_ids": [Command.create(history)]}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE credit_payment_history SET date_due = 'infinity' WHERE partner_id = %s", profiles[1].partner_id.ids
        )
        run = self.run_it()
        self.assertEqual((run.state, run.failed_ids.profile_id), ("done", profiles[1]))
        self.assertTrue(run.failed_ids.message)

    def test_the_day_ends_before_the_run(self):
        self.many(3)
        first = self.env["credit.monitor.run"]._begin(day(0))
        first._work(2)
        with freeze_time(day(1)):
            second = self.run_it()
            self.assertNotEqual(second, first)
            self.assertEqual((first.state, first.final_done), ("overtaken", 2))
            self.assertEqual((second.state, second.done, second.day), ("done", second.total, day(0)))

    def test_a_clock_that_jumps(self):
        taken = self.env["credit.snapshot"]
        for jump in (0, 1, 0, 2, 40, 3):
            with freeze_time(day(jump)):
                self.run_it()
        found = taken.search([("profile_id", "=", self.profile.id)], order="day").mapped("day")
        self.assertEqual(found, [day(number) for number in (0, 1, 2, 3, 40)])

    def test_a_manager_runs_it_by_button(self):
        self.run_it()
        runs = self.env["credit.monitor.run"]
        for user in (self.salesperson, self.accountant, self.analyst):
            with self.assertRaises(AccessError):
                runs.with_user(user).action_run_now()
        action = runs.with_user(self.manager).action_run_now()
        run = runs.browse(action["res_id"])
        self.assertEqual((run.state, run.user_id, run.progress), ("running", self.manager, 0.0))
        again = runs.with_user(self.manager).action_run_now()
        self.assertEqual(again["res_id"], run.id)
        run._work(1)
        run.invalidate_recordset()
        self.assertAlmostEqual(run.progress, 100.0 / run.total)
        self.assertEqual(self.run_it(), run)
        self.assertEqual((run.state, run.progress), ("done", 100.0))
        with Form(run.with_user(self.manager)) as form:
            self.assertEqual(form.done, run.total)

    def test_nobody_writes_runs(self):
        run = self.run_it()
        for user in (self.analyst, self.manager, self.admin):
            for record in (run, self.env["credit.monitor.claim"].search([], limit=1)):
                with self.assertRaises(AccessError):
                    record.with_user(user).write({"state": "done"})
        with self.assertRaises(AccessError):
            run.with_user(self.salesperson).read(["total"])

    def test_reviews_are_prepared_once(self):
        other = self.many(1)
        grade = self.env["credit.grade"].search([], limit=1)
        (self.profile | other).sudo().write({"grade_id": grade.id, "next_review": day(1)})
        runs = self.env["credit.assessment.run"]
        self.run_it()
        self.assertFalse(runs.search([("company_id", "=", self.company.id)]))
        with freeze_time(day(1)):
            self.run_it()
            run = runs.search([("company_id", "=", self.company.id)])
            self.assertEqual((run.state, run.profile_ids, run.confirm), ("running", self.profile | other, "none"))
            runs._cron_run()
            self.assertEqual(run.assessment_ids.mapped("state"), ["draft", "draft"])
            run.assessment_ids[0]._cancel()
        with freeze_time(day(2)):
            self.run_it()
            self.assertEqual(runs.search([("company_id", "=", self.company.id)]), run)

    def test_reviews_are_left_alone_where_the_company_says_so(self):
        self.company.credit_prepare_reviews = False
        grade = self.env["credit.grade"].search([], limit=1)
        self.profile.sudo().write({"grade_id": grade.id, "next_review": day(-1)})
        self.run_it()
        self.assertFalse(self.env["credit.assessment.run"].search([("company_id", "=", self.company.id)]))


# a process of its own: does batch after batch, and says so
WORKER = """
import sys
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.addons.base.models.ir_cron import IrCron

commit = IrCron._commit_progress

def commit_progress(cron, processed=0, **kwargs):
    left = commit(cron, processed, **kwargs)
    print("committed", processed, flush=True)
    return left

IrCron._commit_progress = commit_progress
with Registry(sys.argv[1]).cursor() as cursor:
    env = api.Environment(cursor, SUPERUSER_ID, {})
    env["credit.monitor.run"]._cron_run(batch=int(sys.argv[2]))
print("finished", flush=True)
"""


class TestWorkers(ScratchCase):
    """Real transactions."""

    CUSTOMERS = 24

    def setUp(self):
        super().setUp()
        self.profiles = [self.customer(1000.0) for _number in range(self.CUSTOMERS)]
        with self.transaction() as env:
            # as if no night had been yet
            env["credit.monitor.run"].search([]).unlink()
            env["credit.snapshot"].search([]).unlink()
            self.everybody = env["credit.profile"].search([]).ids

    def claims(self):
        with self.transaction() as env:
            claims = env["credit.monitor.claim"].search([])
            return {claim.profile_id.id: (claim.state, claim.done_at) for claim in claims}

    def assert_whole(self):
        """Everybody is done, and has one snapshot of today."""
        with self.transaction() as env:
            run = env["credit.monitor.run"].search([])
            self.assertEqual([(each.state, each.done, each.failed) for each in run], [("done", len(self.everybody), 0)])
            taken = env["credit.snapshot"].search([("day", "=", fields.Date.today())]).mapped("profile_id.id")
            self.assertEqual(sorted(taken), sorted(self.everybody))
            self.assertEqual(set(env["credit.monitor.claim"].search([]).mapped("state")), {"done"})

    def worker(self, batch):
        return subprocess.Popen(
            [sys.executable, "-c", WORKER, self.registry.db_name, str(batch)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def test_kill_minus_nine_in_the_middle(self):
        worker = self.worker(2)
        commits = 0
        for line in worker.stdout:
            commits += line.startswith("committed 2")
            if commits == 3:
                break
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        before = {key: value for key, value in self.claims().items() if value[0] == "done"}
        self.assertGreaterEqual(len(before), 6)
        self.assertLess(len(before), len(self.everybody))
        # done_at is of the second: what is done twice would show
        time.sleep(1.1)
        again = self.worker(2)
        output, _errors = again.communicate(timeout=120)
        self.assertIn("finished", output)
        done = output.count("committed 2") * 2 + output.count("committed 1")
        self.assertEqual(done, len(self.everybody) - len(before))
        after = self.claims()
        self.assertEqual({key: after[key] for key in before}, before)
        self.assert_whole()

    def test_two_processes_at_once(self):
        workers = [self.worker(1) for _number in range(2)]
        outputs = [worker.communicate(timeout=120)[0] for worker in workers]
        self.assertTrue(all("finished" in output for output in outputs), outputs)
        self.assertEqual(sum(output.count("committed 1") for output in outputs), len(self.everybody))
        self.assert_whole()

    def side_by_side(self, count, batch=2):
        """Several workers started at the same moment; returns the profiles that each did."""
        done, errors, barrier = [[] for _number in range(count)], [], threading.Barrier(count)
        monitor, numbers = CreditProfile._monitor, threading.local()

        def noted(profiles, on):
            done[numbers.own].extend(profiles.ids)
            time.sleep(0.01)
            return monitor(profiles, on)

        def work(number):
            numbers.own = number
            try:
                with self.registry.cursor() as cursor:
                    barrier.wait()
                    api.Environment(cursor, SUPERUSER_ID, {})["credit.monitor.run"]._cron_run(batch)
            except Exception as error:
                errors.append(error)

        with ExitStack() as stack:
            stack.enter_context(patch.object(CreditProfile, "_monitor", noted))
            stack.enter_context(mute_logger("odoo.sql_db"))
            threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(errors, [])
        return done

    def test_four_workers_do_nobody_twice(self):
        done = self.side_by_side(4)
        self.assertEqual(Counter(profile for each in done for profile in each), Counter(self.everybody))
        self.assertGreater(sum(bool(each) for each in done), 1)
        self.assert_whole()

    def test_goes_on_where_time_was_up(self):
        commit, times = IrCron._commit_progress, []

        def out_of_time(cron, processed=0, **kwargs):
            commit(cron, processed, **kwargs)
            times.append(processed)
            return 0.0

        with patch.object(IrCron, "_commit_progress", out_of_time), self.transaction() as env:
            env["credit.monitor.run"]._cron_run(5)
        self.assertEqual(times, [0, 5])
        self.assertEqual(Counter(state for state, _at in self.claims().values())["done"], 5)
        with self.transaction() as env:
            env["credit.monitor.run"]._cron_run(50)
        self.assert_whole()

    def test_who_clashes_begins_anew(self):
        calls, monitor = [], CreditProfile._monitor

        def clashes(profiles, on):
            calls.append(profiles.ids)
            if len(calls) == 1:
                raise psycopg2.errors.SerializationFailure("somebody else was at it")
            return monitor(profiles, on)

        with patch.object(CreditProfile, "_monitor", clashes), self.transaction() as env:
            env["credit.monitor.run"]._cron_run(500)
        self.assertEqual(calls[0], calls[1])
        self.assert_whole()

    def test_the_queue_writes_the_same_customers_meanwhile(self):
        """The change queue refreshes a customer between the worker's first look and its writing."""
        monitor, once = CreditProfile._monitor, []

        def meanwhile(profiles, on):
            if not once:
                once.append(True)
                with self.transaction() as env:
                    env.cr.execute("UPDATE credit_profile SET exposure = 5 WHERE id = %s", [self.profiles[0]])
            return monitor(profiles, on)

        with (
            patch.object(CreditProfile, "_monitor", meanwhile),
            mute_logger("odoo.sql_db"),
            self.transaction() as env,
        ):
            env["credit.monitor.run"]._cron_run(500)
        self.assert_whole()
        self.assertEqual(self.exposure(self.profiles[0]), 0.0)
        with self.transaction() as env:
            self.assertEqual(env["credit.profile"].browse(self.profiles[0]).exposure, 0.0)
