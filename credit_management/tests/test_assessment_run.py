# Part of credit_management. License LGPL-3.0 or later.
"""I11: an assessment run whose process is killed goes on in another one, with no gap and nothing done twice."""

import signal
import subprocess
import sys
import time

from .scratch import ScratchCase

CUSTOMERS, BATCH = 10, 3

# Works on the runs as the background job does, and dies in the third batch: assessed, and not yet committed.
KILLED = """
import os, signal, sys
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

database, batch = sys.argv[1], int(sys.argv[2])
config.parse_config(["--database", database, "--log-level", "critical"])
registry = Registry(database)
runs = registry["credit.assessment.run"]
assess, batches = runs._assess, []

def dying(self, lines):
    assess(self, lines)
    self.env.flush_all()
    batches.append(lines)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

runs._assess = dying
with registry.cursor() as cursor:
    api.Environment(cursor, SUPERUSER_ID, {})["credit.assessment.run"]._cron_run(batch)
"""


class TestAssessmentRun(ScratchCase):
    def start(self):
        with self.transaction() as env:
            partners = env["res.partner"].create([{"name": f"Many {number}"} for number in range(CUSTOMERS)])
            policy = env.ref("credit_management.policy_standard")
            profiles = env["credit.profile"].create(
                [
                    {"partner_id": partner.id, "company_id": self.company_id, "policy_id": policy.id}
                    for partner in partners
                ]
            )
            run = env["credit.assessment.run"].create(
                {"scope": "selection", "profile_ids": profiles.ids, "company_id": self.company_id}
            )
            run.action_start()
            return run.id, profiles.ids

    def counts(self, run_id):
        """How many customers of the run are done, how many wait, and how many assessments there are of each."""
        with self.transaction() as env:
            run = env["credit.assessment.run"].browse(run_id)
            assessed = env["credit.assessment"]._read_group([("run_id", "=", run_id)], ["profile_id"], ["__count"])
            waiting = run.line_ids.filtered(lambda line: line.state == "waiting")
            return run.state, run.done, len(waiting), {profile.id: count for profile, count in assessed}

    def test_another_process_goes_on_where_one_was_killed(self):
        run_id, profile_ids = self.start()
        database = self.registry.db_name
        # as the test's own process was started, its environment says where Odoo and the database are
        died = subprocess.run(
            [sys.executable, "-c", KILLED, database, str(BATCH)], capture_output=True, text=True, check=False,
            timeout=300,
        )  # fmt: skip
        self.assertEqual(died.returncode, -signal.SIGKILL, died.stderr)
        state, done, waiting, assessed = self.counts(run_id)
        kept = 2 * BATCH
        self.assertEqual((state, done, waiting, len(assessed)), ("running", kept, CUSTOMERS - kept, kept))
        for _attempt in range(100):
            # the database lets go of what the dead process had claimed as soon as it notices
            with self.transaction() as env:
                env["credit.assessment.run"]._cron_run(BATCH)
            if self.counts(run_id)[0] == "done":
                break
            time.sleep(0.1)
        self.assertEqual(self.counts(run_id), ("done", CUSTOMERS, 0, dict.fromkeys(profile_ids, 1)))
