# Part of credit_management. License LGPL-3.0 or later.
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

_logger = logging.getLogger(__name__)

BATCH = 500


class CreditAssessmentRun(models.Model):
    """Assess many customers in the background, batch by batch.

    Each customer of a run has a row that says whether he is done. A batch claims rows, assesses and commits, so that
    a run that is killed goes on where it was, and two workers never take the same customer. A customer that can't be
    assessed is noted down with the reason, and never stops the others.
    """

    _name = "credit.assessment.run"
    _description = "Assessment Run"
    _inherit = ["credit.action.mixin"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    user_id = fields.Many2one(
        "res.users", "Started by", readonly=True, default=lambda self: self.env.user,
        help="His rights count for what the run does.",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id, domain=[("parent_id", "=", False)]
    )
    scope = fields.Selection(
        [
            ("due", "Customers never assessed, or due for review"),
            ("all", "All customers under control"),
            ("selection", "The customers selected"),
        ],
        "Whom",
        required=True,
        default="due",
        help="Who is to be assessed; found when the run is started.",
    )
    profile_ids = fields.Many2many("credit.profile", string="Customers", help="Whom to assess.")
    confirm = fields.Selection(
        [
            ("none", "Leave all as drafts"),
            ("small", "Confirm where the grade moves little"),
            ("all", "Confirm all"),
        ],
        "Then",
        required=True,
        default="none",
        help="Confirming takes a credit manager. Results without a grade always stay drafts.",
    )
    notches = fields.Integer(
        "At most (notches)", default=1, help="A grade that moves further stays a draft, for somebody to look at."
    )
    state = fields.Selection(
        [("draft", "To start"), ("running", "Running"), ("done", "Done"), ("cancelled", "Cancelled")],
        "Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        help="A run works in the background, and goes on where it was if it is interrupted.",
    )
    line_ids = fields.One2many("credit.assessment.run.line", "run_id", "Customers of the run", readonly=True)
    failed_ids = fields.One2many(
        "credit.assessment.run.line", "run_id", "Not assessed", domain=[("state", "=", "failed")], readonly=True,
        help="Those that could not be assessed, and why.",
    )  # fmt: skip
    assessment_ids = fields.One2many("credit.assessment", "run_id", "Results", readonly=True)
    total = fields.Integer("Customers in all", compute="_compute_progress", help="Whom the run is about.")
    done = fields.Integer("Assessed", compute="_compute_progress", help="Those who have a new assessment.")
    skipped = fields.Integer("Left alone", compute="_compute_progress", help="Drafts that an expert is working on.")
    failed = fields.Integer(compute="_compute_progress", help="Those that could not be assessed.")
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    finished_on = fields.Datetime(
        "Finished on", readonly=True, copy=False, help="When the last customer was done, or the run was cancelled."
    )

    @api.depends("create_date")
    def _compute_name(self):
        for run in self:
            started = run.create_date or fields.Datetime.now()
            run.name = self.env._("Assessments of %s", format_datetime(self.env, started))

    @api.depends("line_ids.state")
    def _compute_progress(self):
        counts = {
            (run.id, state): count
            for run, state, count in self.env["credit.assessment.run.line"]._read_group(
                [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
            )
        }
        for run in self:
            run.done, run.failed, run.skipped, left = (
                counts.get((run.id, state), 0) for state in ("done", "failed", "skipped", "waiting")
            )
            run.total = run.done + run.failed + run.skipped + left
            run.progress = 100.0 * (run.total - left) / run.total if run.total else 0.0

    # -- starting and stopping -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [dict(vals, state="draft", user_id=self.env.uid) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if {"state", "user_id", "finished_on"} & set(vals):
                raise AccessError(self.env._("A run is started and cancelled by its buttons."))
            if any(run.state != "draft" for run in self):
                raise UserError(self.env._("The run has been started; what it is to do can't be changed any more."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(run.state != "draft" for run in self):
            raise UserError(self.env._("A run that was started stays: its assessments refer to it."))

    def _domain(self):
        """The profiles that the run is to assess."""
        domain = Domain("company_id", "=", self.company_id.id)
        if self.scope == "selection":
            return domain & Domain("id", "in", self.profile_ids.ids)
        if self.scope == "due":
            due = Domain("next_review", "<=", fields.Date.today()) | Domain("grade_id", "=", False)
            return domain & due
        return domain

    def action_start(self):
        """Note down whom to assess, and let the background job begin."""
        self.ensure_one()
        self._check_rights()
        if self.state != "draft":
            raise UserError(self.env._("The run has been started already."))
        profiles = self.env["credit.profile"].search(self._domain())
        if not profiles:
            raise UserError(self.env._("There is nobody to assess."))
        if self.scope == "selection" and self.profile_ids - profiles:
            left = (self.profile_ids - profiles)[0]
            raise UserError(
                self.env._(
                    "“%(customer)s” is a customer of “%(company)s”, not of the run's company; start a run for each.",
                    customer=left.partner_id.name,
                    company=left.company_id.name,
                )
            )
        self.env["credit.profile"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_assessment_run_line (run_id, profile_id, state)
                   SELECT %s, id, 'waiting' FROM credit_profile WHERE id = ANY(%s) ORDER BY id""",
                self.id,
                profiles.ids,
            )
        )
        # sudo: the state is closed to everybody's writing; the right to start was checked above
        self.sudo().write({"state": "running", "user_id": self.env.uid})
        self.invalidate_recordset()
        self.env.ref("credit_management.cron_credit_assessment").sudo()._trigger()
        return True

    def _check_rights(self):
        user = self.env.user
        if not user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts assess customers."))
        if self.confirm != "none" and not user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers confirm assessments: let the run leave drafts."))
        self.check_access("write")

    def action_cancel(self):
        """Stop after the batch that is at work; what is assessed stays."""
        self.ensure_one()
        self._check_rights()
        if self.state != "running":
            raise UserError(self.env._("The run is not under way."))
        # sudo: as above
        self.sudo().write({"state": "cancelled", "finished_on": fields.Datetime.now()})
        return True

    def action_retry(self):
        """Try those again that failed."""
        self.ensure_one()
        self._check_rights()
        if self.state not in ("done", "cancelled"):
            raise UserError(self.env._("The run is still under way."))
        # sudo: as above
        run = self.sudo()
        again = run.line_ids.filtered(lambda line: line.state in ("failed", "waiting"))
        if not again:
            raise UserError(self.env._("There is nobody left to assess."))
        again.write({"state": "waiting", "message": False})
        run.write({"state": "running", "finished_on": False})
        self.env.ref("credit_management.cron_credit_assessment").sudo()._trigger()
        return True

    def action_refresh(self):
        """Look how far it has come."""
        self.invalidate_recordset()
        return True

    def action_view_assessments(self):
        return self._action_related("credit.assessment", self.env._("Assessments"), "list,kanban,form", "run_id")

    # -- running -------------------------------------------------------------------------------------

    @api.model
    def _cron_run(self, batch=BATCH):
        """Work on the runs that are under way, the oldest first."""
        cron = self.env["ir.cron"]
        waiting = [("state", "=", "waiting"), ("run_id.state", "=", "running")]
        cron._commit_progress(remaining=self.env["credit.assessment.run.line"].search_count(waiting))
        for run in self.search([("state", "=", "running")], order="id"):
            while worked := run._work(batch):
                if not cron._commit_progress(worked):
                    return

    def _work(self, batch):
        """Assess up to ``batch`` customers of the run, and say how many; 0 when there is nothing left to do.

        Whoever started the run, his rights and his language count.
        """
        self.ensure_one()
        # a cancelled run was cancelled by another transaction
        self.invalidate_recordset(["state"])
        if self.state != "running":
            return 0
        self.env.flush_all()
        claimed = self.env.execute_query(
            SQL(
                """SELECT id FROM credit_assessment_run_line WHERE run_id = %s AND state = 'waiting'
                    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED""",
                self.id,
                batch,
            )
        )
        lines = self.env["credit.assessment.run.line"].browse(line_id for (line_id,) in claimed)
        if not lines:
            if not self.env["credit.assessment.run.line"].search_count(
                [("run_id", "=", self.id), ("state", "=", "waiting")], limit=1
            ):
                self.write({"state": "done", "finished_on": fields.Datetime.now()})
            return 0
        user = self.user_id
        run = self.with_user(user).with_context(lang=user.lang, tz=user.tz, tracking_disable=True).sudo()
        run._assess(lines.with_env(run.env))
        return len(lines)

    def _assess(self, lines):
        """Assess the customers of ``lines``: all at once, or by halves where one of them fails."""
        try:
            with self.env.cr.savepoint():
                assessments = lines.profile_id._assess(run=self)
                self._confirm(assessments)
                done = assessments.profile_id
                for state, some in (
                    ("done", lines.filtered(lambda line: line.profile_id in done)),
                    ("skipped", lines.filtered(lambda line: line.profile_id not in done)),
                ):
                    some.write({"state": state})
                self.env.flush_all()
        except psycopg2.OperationalError:
            # not the customer's fault: somebody else was at the same rows; the job runs again
            raise
        except Exception as error:
            # whatever was read within the savepoint may be untrue now
            self.env.invalidate_all(flush=False)
            if len(lines) > 1:
                half = len(lines) // 2
                self._assess(lines[:half])
                self._assess(lines[half:])
                return
            _logger.info("customer of profile %s can't be assessed", lines.profile_id.id, exc_info=True)
            lines.write({"state": "failed", "message": str(error) or type(error).__name__})

    def _confirm(self, assessments):
        if self.confirm == "none" or not self.user_id.has_group("credit_management.group_manager"):
            return
        assessments.filtered(
            lambda each: (
                each.grade_id
                and not each.override_grade_id
                and (self.confirm == "all" or not each.previous_id or abs(each.grade_change) <= self.notches)
            )
        )._confirm()


class CreditAssessmentRunLine(models.Model):
    _name = "credit.assessment.run.line"
    _description = "Customer of an Assessment Run"
    _log_access = False
    _order = "id"
    _rec_name = "profile_id"

    run_id = fields.Many2one("credit.assessment.run", required=True, ondelete="cascade")
    profile_id = fields.Many2one(
        "credit.profile", "Customer", required=True, index=True, ondelete="cascade",
        help="The customer assessed in this run.",
    )  # fmt: skip
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Assessed"), ("skipped", "Left alone"), ("failed", "Failed")],
        "Status",
        required=True,
        readonly=True,
    )
    message = fields.Char("Why not", readonly=True, help="What went wrong.")

    _run_profile_unique = models.UniqueIndex("(run_id, profile_id)")
    _waiting = models.Index("(run_id, id) WHERE state = 'waiting'")
