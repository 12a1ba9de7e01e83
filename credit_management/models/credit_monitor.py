# Part of credit_management. License LGPL-3.0 or later.
"""The monitor: every night, and by button, everything that time changes, for every customer under control.

How it works: a run puts every customer's claim on "waiting". Workers, as many as like, take claims off in batches,
each in one transaction: rows that another worker holds are skipped, so no customer is done twice, and what was not
committed when a worker dies is still waiting for the next one. A customer who can't be done is noted down with the
reason, and never stops the others.
"""

import logging
import time

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

_logger = logging.getLogger(__name__)

BATCH = 1000
# so often a batch begins anew when somebody else was at its customers' figures
ATTEMPTS = 5
# the database's way of saying so
CLASHES = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)


class CreditMonitorRun(models.Model):
    """One going over all customers, as of one day. At most one is under way."""

    _name = "credit.monitor.run"
    _description = "Run of the Credit Monitor"
    _order = "id desc"
    _log_access = False

    name = fields.Char(compute="_compute_name")
    day = fields.Date(required=True, readonly=True, help="The day as of which customers are looked at.")
    user_id = fields.Many2one("res.users", "Started by", readonly=True, help="Empty: by itself, at night.")
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("overtaken", "Overtaken")],
        "Status",
        required=True,
        readonly=True,
        default="running",
        help="Overtaken: the day ended before it did, and the next day's run does everybody.",
    )
    started_at = fields.Datetime(
        "Started", readonly=True, required=True, default=fields.Datetime.now,
        help="When the run began.",
    )  # fmt: skip
    ended_at = fields.Datetime("Ended", readonly=True, help="When the last customer was looked at.")
    seconds = fields.Integer("Duration (seconds)", compute="_compute_seconds", help="So far, while it is running.")
    total = fields.Integer("Customers", readonly=True, help="How many customers there are to look at.")
    done = fields.Integer(compute="_compute_progress", help="How many customers have been looked at.")
    failed = fields.Integer(
        "Failures", compute="_compute_progress",
        help="Customers that could not be looked at; see why below.",
    )  # fmt: skip
    # what became of it, once it has ended: claims tell of the latest run only
    final_done = fields.Integer(readonly=True)
    final_failed = fields.Integer(readonly=True)
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    failed_ids = fields.One2many(
        "credit.monitor.claim", "run_id", "Customers not done", domain=[("state", "=", "failed")], readonly=True
    )

    _one_running = models.UniqueIndex("(state) WHERE state = 'running'", "The monitor is running already.")

    @api.depends("day")
    @api.depends_context("lang")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Monitor of %s", format_date(self.env, run.day))

    @api.depends("started_at", "ended_at")
    def _compute_seconds(self):
        now = fields.Datetime.now()
        for run in self:
            run.seconds = ((run.ended_at or now) - run.started_at).total_seconds()

    @api.depends("state", "final_done", "final_failed")
    def _compute_progress(self):
        running = self.filtered(lambda run: run.state == "running")
        # sudo: counts only
        counts = {
            (run.id, state): count
            for run, state, count in self.env["credit.monitor.claim"]
            .sudo()
            ._read_group([("run_id", "in", running.ids)], ["run_id", "state"], ["__count"])
        }
        for run in self:
            run.done, run.failed = (
                (counts.get((run.id, "done"), 0), counts.get((run.id, "failed"), 0))
                if run in running
                else (run.final_done, run.final_failed)
            )
            run.progress = 100.0 * min(1.0, (run.done + run.failed) / run.total) if run.total else 100.0

    # -- starting ------------------------------------------------------------------------------------

    def action_run_now(self):
        """Go over all customers now, in the background, also if that was done today.

        :raises AccessError: only credit managers start it
        """
        self._check_manager()
        run = self.sudo().search([("state", "=", "running")])
        if not run:
            run = self._begin(fields.Date.today(), self.env.user)
        self._wake()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": run.id,
            "view_mode": "form",
        }

    def action_retry(self):
        """Try those again that failed.

        :raises UserError: a later run has begun: whoever failed then has been tried again since
        """
        self.ensure_one()
        self._check_manager()
        # sudo: claims are the server's own; the right to start was checked just now
        again = self.sudo().failed_ids
        if not again:
            raise UserError(self.env._("Nobody failed in this run, or a later run has tried them again since."))
        if self.state != "running":
            self.sudo().write({"state": "running", "day": fields.Date.today(), "ended_at": False})
        again.write({"state": "waiting", "message": False})
        self._wake()
        return True

    def action_refresh(self):
        """Look how far it has come."""
        self.invalidate_recordset()
        return True

    def _check_manager(self):
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers start the monitor."))

    @api.model
    def _wake(self):
        self.env.ref("credit_management.cron_credit_monitor").sudo()._trigger()

    @api.model
    def _begin(self, day, user=None):
        """Start a run of ``day``: from now on everybody waits for it. What holds for all of them comes first: versions
        of policies whose day has come, and how customers pay on the whole."""
        # sudo: runs and claims are the server's own
        self.env["credit.policy"].sudo()._new_day()
        self.env["credit.payment.experience"].sudo()._learn_of_day(day)
        run = self.sudo().create({"day": day, "user_id": user and user.id})
        self.env["credit.profile"].flush_model(["active"])
        self.env["credit.monitor.claim"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_monitor_claim (profile_id, run_id, state)
                   SELECT id, %s, 'waiting' FROM credit_profile WHERE active ORDER BY id
                       ON CONFLICT (profile_id) DO UPDATE
                      SET run_id = EXCLUDED.run_id, state = EXCLUDED.state, message = NULL, done_at = NULL""",
                run.id,
            )
        )
        run.total = self.env.cr.rowcount
        self.env["credit.monitor.claim"].invalidate_model(flush=False)
        return run

    # -- running -------------------------------------------------------------------------------------

    @api.model
    def _cron_run(self, batch=BATCH):
        """Go on with the run under way, or begin that of the night; until everybody is done or time is up.

        Several workers may be here at once, in one process or in many.
        """
        cron = self.env["ir.cron"]
        run = self._again(self._of_now)
        cron._commit_progress(remaining=run._waiting())
        while run and (worked := self._again(run._work, batch)):
            if not cron._commit_progress(worked):
                return
        if run:
            self._again(run._end)
        cron._commit_progress(remaining=run._waiting())

    def _again(self, step, *arguments):
        """``step(*arguments)``, from the beginning of the transaction where it clashed with somebody else's."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                result = step(*arguments)
                self.env.flush_all()
                return result
            except (*CLASHES, psycopg2.errors.UniqueViolation):  # two began the night's run
                if attempt == ATTEMPTS:
                    raise
                self.env.cr.rollback()
                time.sleep(0.1 * attempt)
        raise AssertionError("unreachable")

    @api.model
    def _of_now(self):
        """The run to work on: the one under way, unless its day is over; else that of the night, if it is still to
        be done; else none."""
        today = fields.Date.today()
        run = self.search([("state", "=", "running")])
        if run and run.day != today:
            run._close("overtaken")
            run = run.browse()
        if not run and not self.search_count([("day", "=", today), ("user_id", "=", False)], limit=1):
            run = self._begin(today)
        return run

    def _waiting(self):
        """How many customers are still to be done."""
        return self.env["credit.monitor.claim"].search_count([("run_id", "in", self.ids), ("state", "=", "waiting")])

    def _work(self, batch):
        """Do up to ``batch`` customers and say how many; 0 when there is nobody left whom nobody else is at."""
        self.ensure_one()
        claimed = self.env.execute_query(
            SQL(
                """SELECT claim.id FROM credit_monitor_claim claim
                     JOIN credit_monitor_run run ON run.id = claim.run_id AND run.state = 'running'
                    WHERE claim.run_id = %s AND claim.state = 'waiting'
                    ORDER BY claim.profile_id LIMIT %s FOR UPDATE OF claim SKIP LOCKED""",
                self.id,
                batch,
            )
        )
        claims = self.env["credit.monitor.claim"].browse(claim_id for (claim_id,) in claimed)
        # activities and messages are written in their readers' languages, and nothing of it is tracked
        claims.with_context(tracking_disable=True)._do(self.day)
        return len(claims)

    def _end(self):
        """The run has done everybody. Nothing, while another worker is still at some."""
        if self.state != "running" or self._waiting():
            return
        self.env["credit.profile"]._watch_book(self.day)
        self._plan_reviews()
        self._close("done")

    def _close(self, state):
        counts = dict(self.env["credit.monitor.claim"]._read_group([("run_id", "=", self.id)], ["state"], ["__count"]))
        self.write(
            {
                "state": state,
                "ended_at": fields.Datetime.now(),
                "final_done": counts.get("done", 0),
                "final_failed": counts.get("failed", 0),
            }
        )
        # before another one can be under way
        self.flush_recordset()

    def _plan_reviews(self):
        """Have those assessed anew whose review is due, as drafts for somebody to look at; a run for each company.

        Not who has been assessed since it fell due: what became of that is for people to say.
        """
        self.env["credit.profile"].flush_model(["next_review", "active", "company_id"])
        self.env["credit.assessment"].flush_model(["profile_id", "date"])
        rows = self.env.execute_query(
            SQL(
                """SELECT profile.company_id, array_agg(profile.id ORDER BY profile.id)
                     FROM credit_profile profile JOIN res_company company ON company.id = profile.company_id
                    WHERE profile.active AND profile.next_review <= %s AND company.credit_prepare_reviews
                      AND NOT EXISTS (SELECT FROM credit_assessment assessment
                                       WHERE assessment.profile_id = profile.id
                                         AND assessment.date >= profile.next_review)
                    GROUP BY profile.company_id""",
                self.day,
            )
        )
        for company_id, profile_ids in rows:
            self.env["credit.assessment.run"].create(
                {"company_id": company_id, "scope": "selection", "profile_ids": [fields.Command.set(profile_ids)]}
            ).action_start()


class CreditMonitorClaim(models.Model):
    """Where the monitor stands with a customer. Who has locked the row is at it."""

    _name = "credit.monitor.claim"
    _description = "Customer of the Credit Monitor"
    _log_access = False
    _order = "profile_id"
    _rec_name = "profile_id"

    profile_id = fields.Many2one(
        "credit.profile", "Customer", required=True, readonly=True, ondelete="cascade",
        help="The customer that was looked at.",
    )  # fmt: skip
    run_id = fields.Many2one(
        "credit.monitor.run", required=True, readonly=True, ondelete="cascade", help="The night that it belongs to."
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")], "Status", required=True, readonly=True
    )
    message = fields.Char(
        "Why not", readonly=True,
        help="What went wrong with this customer; the others were looked at all the same.",
    )  # fmt: skip
    done_at = fields.Datetime("Done", readonly=True, help="When this customer was looked at.")

    _profile_unique = models.UniqueIndex("(profile_id)")
    _waiting = models.Index("(profile_id) WHERE state = 'waiting'")

    def _do(self, day):
        """Do these customers: all at once, or by halves where one of them fails."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self.profile_id._monitor(day)
                self.write({"state": "done", "done_at": fields.Datetime.now()})
                self.env.flush_all()
        except CLASHES:
            # not the customer's fault: somebody else was at the same rows
            raise
        except Exception as error:
            # whatever was read within the savepoint may be untrue now
            self.env.invalidate_all(flush=False)
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._do(day)
                self[half:]._do(day)
                return
            _logger.warning("the monitor can't do the customer of profile %s", self.profile_id.id, exc_info=True)
            self.write(
                {
                    "state": "failed",
                    "message": str(error) or type(error).__name__,
                    "done_at": fields.Datetime.now(),
                }
            )


# what the monitor does with a profile stands beside it
# pylint: disable=consider-merging-classes-inherited
class CreditProfile(models.Model):
    _inherit = "credit.profile"

    def _monitor(self, day):
        """Everything that time changes of these customers, in one transaction and a bounded number of queries: limits,
        guarantees and dues as of ``day``, how they pay, what is known of them, holds, and the day's snapshot.

        An addon that adds a figure extends this.
        """
        self.env["credit.guarantee"]._end_past(self)
        self._refresh()
        # read once: they are most of what a night reads
        portions = self._recent_portions(day)
        behaviours = self._behaviours(day, portions)
        self._refresh_behaviour(behaviours)
        self._refresh_information(behaviours)
        self._refresh_forecast(day, portions)
        self._recheck_holds()
        self.env["credit.snapshot"]._take(self, day)
        self.env["credit.snapshot"]._thin(self, day)
        self._watch(day)
