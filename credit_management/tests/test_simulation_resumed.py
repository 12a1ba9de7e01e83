# Part of credit_management. License LGPL-3.0 or later.
"""I11: a simulation that dies and runs again loses nothing and does nothing twice, with real transactions."""

import os
import signal
import subprocess
import sys
import time

from odoo import fields
from odoo.tools import config

from .scratch import ScratchCase

# the background job in a process of its own, which says when it has committed a step, and never ends by itself
JOB = """
import sys, time
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
config.parse_config(sys.argv[3:])
with Registry(sys.argv[1]).cursor() as cursor:
    env = api.Environment(cursor, SUPERUSER_ID, {})
    simulation = env["credit.simulation"].browse(int(sys.argv[2]))
    for _step in range(3):
        simulation._work(2)
        cursor.commit()
    simulation._work(2)  # done, and not committed
    print("at work", flush=True)
    time.sleep(600)
"""


class TestSimulationResumed(ScratchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("started")
        for _number in range(8):
            profile = case.customer(1000.0)
            orders = case.orders(profile, 300.0, 500.0, 400.0)
            for order in orders:
                case.request(lambda env, order=order: env["sale.order"].browse(order).action_confirm())

    def started(self):
        with self.transaction() as env:
            policy = env.ref("credit_management.policy_standard")
            simulation = env["credit.simulation"].create(
                {"company_id": self.company_id, "policy_id": policy.id, "draft_id": policy.id, "months": 1}
            )
            simulation.action_start()
            return simulation.id

    def finish(self, simulation_id):
        while True:
            with self.transaction() as env:
                if env["credit.simulation"].browse(simulation_id)._work(2) is None:
                    return

    def outcome(self, simulation_id):
        """What it came to, and whether every order of every customer is in it once."""
        with self.transaction() as env:
            simulation = env["credit.simulation"].browse(simulation_id)
            keys = [(line.source, line.order_id.id) for line in simulation.order_ids]
            self.assertEqual(len(keys), len(set(keys)))
            self.assertEqual(len(simulation.customer_ids), len(simulation.customer_ids.profile_id))
            return simulation.state, simulation.done, simulation.fingerprint, len(keys)

    def test_killed_and_run_again(self):
        straight = self.started()
        self.finish(straight)
        expected = self.outcome(straight)
        with self.transaction() as env:
            customers = env["credit.profile"].search_count([("company_id", "=", self.company_id)])
        self.assertEqual(expected[:2], ("done", customers))
        self.assertGreaterEqual(expected[3], 8 * 3 + 8)  # of each customer three checks, and one that still waits
        killed = self.started()
        options = [f"--{name}={config[name]}" for name in ("db_host", "db_port", "db_user") if config[name]]
        options += [f"--addons-path={','.join(config['addons_path'])}"] if config["addons_path"] else []
        job = subprocess.Popen(
            [sys.executable, "-c", JOB, os.environ["CREDIT_SCRATCH_DB"], str(killed), *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self.assertEqual(job.stdout.readline().strip(), "at work")
        finally:
            job.send_signal(signal.SIGKILL)
            job.wait()
            job.stdout.close()
        self.freed(killed)
        self.assertEqual(self.outcome(killed)[:2], ("running", 4))
        self.finish(killed)
        self.assertEqual(self.outcome(killed), expected)

    def freed(self, simulation_id):
        """Wait until the database has noticed that the job is gone."""
        for _attempt in range(100):
            with self.transaction() as env:
                env.cr.execute(
                    "SELECT id FROM credit_simulation WHERE id = %s FOR UPDATE SKIP LOCKED", [simulation_id]
                )
                if env.cr.fetchone():
                    return
            time.sleep(0.1)
        self.fail("the row of the killed job is still locked")

    def test_two_workers_never_do_the_same(self):
        simulation = self.started()
        with self.transaction() as env:
            env["credit.simulation"].browse(simulation)._work(2)
            with self.transaction() as other:
                self.assertIsNone(other["credit.simulation"].browse(simulation)._work(2))
        self.finish(simulation)
        straight = self.started()
        self.finish(straight)
        self.assertEqual(self.outcome(simulation), self.outcome(straight))

    def test_cancelled_by_another_transaction(self):
        simulation = self.started()
        with self.transaction() as env:
            env["credit.simulation"].browse(simulation)._work(2)
        with self.transaction() as env:
            self.assertEqual(env["credit.simulation"].browse(simulation).state, "running")
            with self.transaction() as other:
                other["credit.simulation"].browse(simulation).action_cancel()
        with self.transaction() as env:
            self.assertIsNone(env["credit.simulation"].browse(simulation)._work(2))
        self.assertEqual(self.outcome(simulation)[0], "cancelled")

    def test_an_order_of_after_the_moment_is_not_in_it(self):
        simulation = self.started()
        time.sleep(2.1)  # its moment is the end of a second
        profile = self.customer(50.0)
        [order] = self.orders(profile, 10.0)
        self.request(lambda env: env["sale.order"].browse(order).action_confirm())
        self.finish(simulation)
        with self.transaction() as env:
            found = env["credit.simulation"].browse(simulation)
            self.assertNotIn(order, found.order_ids.order_id.ids)
            self.assertLess(found.moment, fields.Datetime.now())
