# Part of credit_management. License LGPL-3.0 or later.
"""A policy tried out, in place of the one in force, on today's customers and on past orders.

How it works: what a simulation stands on is noted down when it starts, its moment and both policies' rules. A
background job then works through it, and commits after each step, together with how far it has come; so one that is
killed goes on where it was, does nothing twice, and two workers never do the same.

1. *Today*: every customer, and every order that waits to be confirmed, in one transaction, so on one state of the
   books: by ``_positions`` and ``evaluate``, as the live check does.
2. *The past*: batch by batch of customers, with ``engine/replay.py``; rows are written in bulk, and nothing of a batch
   stays in memory.

What came out is summed up in a fingerprint, line by line: the same inputs give the same one.
"""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .credit_simulation_work import Work

BATCH = 500

# what a simulation is about: not to be changed once it has been started
QUESTION = ("company_id", "policy_id", "draft_id", "scorecard_id", "months", "order_amount", "late_after", "held_stay")

# what only the server says, and how it begins
CLOSED = {
    "state": "draft",
    **dict.fromkeys(("user_id", "moment", "date_start", "inputs", "fingerprint", "finished_on"), False),
    **dict.fromkeys(("total", "done", "last_profile"), 0),
}

# what is added up of orders
SUMS = ("asked", "invoiced", "due", "late", "unpaid")
NOTHING = (0,) * (1 + len(SUMS))


class CreditSimulation(models.Model):
    _name = "credit.simulation"
    _description = "Policy Simulation"
    _order = "id desc"

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, required=True, precompute=True, help="What is tried out."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)], help="Whose customers and orders, in its currency.",
    )  # fmt: skip
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(
        "credit.policy", "Policy in force", required=True, ondelete="restrict",
        domain="[('company_id', 'in', (company_id, False)), ('in_force', '=', True)]",
        compute="_compute_policy_id", store=True, readonly=False, precompute=True,
        help="The one that the draft is to take the place of.",
    )  # fmt: skip
    draft_id = fields.Many2one(
        "credit.policy", "Policy tried out", required=True, ondelete="restrict",
        domain="[('company_id', 'in', (company_id, False)), ('state', '!=', 'retired')]",
        help="Choose the policy in force itself to see how well the past can be told.",
    )  # fmt: skip
    scorecard_id = fields.Many2one(
        "credit.scorecard", "Scorecard tried out", ondelete="restrict",
        domain="[('state', '=', 'draft'), ('company_id', 'in', (company_id, False))]",
        help="Customers of the scorecard that this is a draft of are rated by both, on what is known today."
        " Leave it empty to leave grades as they are.",
    )  # fmt: skip
    months = fields.Integer(
        "Months back", default=12, required=True, help="Orders that came up in these months are judged as of then."
    )
    order_amount = fields.Monetary(
        "An order today of", help="Each customer is tried with an order of this amount. 0: the smallest there can be."
    )
    late_after = fields.Integer(
        "Late after (days)", help="Only what was paid so many days past its due date counts as late."
    )
    held_stay = fields.Selection(
        [
            ("stay", "Count in later positions, as it happened"),
            ("leave", "Count no more, as if they had not been delivered"),
        ],
        "Orders that a policy would have held",
        default="stay",
        required=True,
        help="History stays as it happened unless you say otherwise: nobody knows what customers would have done.",
    )

    user_id = fields.Many2one("res.users", "Started by", readonly=True, copy=False, help="Who started it.")
    state = fields.Selection(
        [("draft", "To start"), ("running", "Running"), ("done", "Done"), ("cancelled", "Cancelled")],
        "Status", required=True, readonly=True, default="draft", copy=False,
        help="A simulation works in the background, and goes on where it was if it is interrupted.",
    )  # fmt: skip
    moment = fields.Datetime(
        "As of", readonly=True, copy=False, help="What was entered later is not in it, and rules are those of then."
    )
    date_start = fields.Date("Orders since", readonly=True, copy=False, help="Orders since this day were tried out.")
    inputs = fields.Json(readonly=True, copy=False)
    total = fields.Integer("Customers in all", readonly=True, copy=False)
    done = fields.Integer("Customers done", readonly=True, copy=False)
    last_profile = fields.Integer(readonly=True, copy=False, help="The number of the last customer done; -1: none.")
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    fingerprint = fields.Char(
        readonly=True, copy=False, help="Of all results: two simulations with the same one came to the same."
    )
    finished_on = fields.Datetime(readonly=True, copy=False)

    customer_ids = fields.One2many("credit.simulation.customer", "simulation_id", "Customers", readonly=True)
    order_ids = fields.One2many("credit.simulation.order", "simulation_id", "Orders", readonly=True)
    customer_count = fields.Integer("Customers simulated", compute="_compute_result")
    changed_count = fields.Integer(
        "Customers with a change", compute="_compute_result",
        help="Customers whose grade, limit or status would be another.",
    )  # fmt: skip
    order_count = fields.Integer(
        "Orders simulated", compute="_compute_result",
        help="How many past orders were tried out.",
    )  # fmt: skip
    result = fields.Json(compute="_compute_result", help="Past orders by what either policy would have done.")

    _figures_positive = models.Constraint(
        "CHECK(months BETWEEN 0 AND 120 AND order_amount >= 0 AND late_after >= 0)",
        "Months back are 0 to 120; amounts and days can't be negative.",
    )

    @api.depends("draft_id")
    def _compute_name(self):
        for simulation in self:
            simulation.name = simulation.draft_id.name or self.env._("Simulation")

    @api.depends("company_id", "draft_id")
    def _compute_policy_id(self):
        for simulation in self:
            current = simulation.draft_id._origin._current() if simulation.draft_id else simulation.draft_id
            simulation.policy_id = current or simulation.company_id.credit_policy_id

    @api.depends("done", "total", "state")
    def _compute_progress(self):
        for simulation in self:
            done = simulation.done / simulation.total if simulation.total else 0.0
            simulation.progress = 100.0 if simulation.state == "done" else 100.0 * done

    @api.constrains("company_id", "policy_id", "draft_id")
    def _check_company(self):
        for simulation in self:
            for policy in simulation.policy_id | simulation.draft_id:
                if policy.company_id and policy.company_id != simulation.company_id:
                    raise ValidationError(
                        self.env._(
                            "The policy “%(policy)s” belongs to “%(company)s”.",
                            policy=policy.name,
                            company=policy.company_id.name,
                        )
                    )

    # -- asking and starting -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # not left to the defaults, which a client may bring along in its context
            vals_list = [dict(vals, **CLOSED) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if CLOSED.keys() & set(vals):
                raise AccessError(self.env._("A simulation is started and cancelled by its buttons."))
            if set(QUESTION) & set(vals) and any(simulation.state != "draft" for simulation in self):
                raise UserError(
                    self.env._("The simulation has been started and stays as it is. Duplicate it to ask anew.")
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_running(self):
        if any(simulation.state == "running" for simulation in self):
            raise UserError(self.env._("The simulation is under way. Cancel it first."))

    def _check_analyst(self):
        if not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts try out policies."))
        self.check_access("write")

    def action_start(self):
        """Note down what the simulation stands on, and let the background job begin."""
        self.ensure_one()
        self._check_analyst()
        if self.state != "draft":
            raise UserError(self.env._("The simulation has been started already."))
        profiles = self.env["credit.profile"].search_count(self._customers_domain())
        if not profiles:
            raise UserError(
                self.env._("“%s” has no customers under credit control yet.", self.company_id.name)
            )
        # all that was entered until now, to the end of this second
        moment = fields.Datetime.add(fields.Datetime.now(), seconds=1)
        # sudo: closed to everybody's writing; the right to start was checked above
        self.sudo().write(
            {
                "state": "running",
                "user_id": self.env.uid,
                "moment": moment,
                "date_start": fields.Date.subtract(moment.date(), months=self.months),
                "total": profiles,
                "done": 0,
                "last_profile": -1,
                "inputs": self._inputs(),
                "fingerprint": "",
            }
        )
        self.env.ref("credit_management.cron_credit_simulation").sudo()._trigger()
        return True

    def action_cancel(self):
        """Stop after the batch that is at work; what was found until then stays."""
        self.ensure_one()
        self._check_analyst()
        if self.state != "running":
            raise UserError(self.env._("The simulation is not under way."))
        # sudo: as above
        self.sudo().write({"state": "cancelled", "finished_on": fields.Datetime.now()})
        return True

    def action_refresh(self):
        """Look how far it has come."""
        self.invalidate_recordset()
        return True

    def _customers_domain(self):
        return Domain("company_id", "=", self.company_id.id)

    # -- what it stands on ---------------------------------------------------------------------------

    def _policies(self):
        """Which policy each customer has, and which he would have: ``{profile id: (policy, policy)}``."""
        # sudo: a policy binds its customers, whoever looks
        profiles = self.env["credit.profile"].sudo().search(self._customers_domain())
        policies, today = self.env["credit.policy"], fields.Date.today()
        as_it_is = policies._policy_for(profiles, today)
        tried = policies._policy_for(profiles, today, {self.policy_id: self.draft_id})
        # what the live check goes by is what stands on the profile
        return {
            profile.id: (
                profile.policy_id,
                profile.policy_id if tried[profile.id] == as_it_is[profile.id] else tried[profile.id],
            )
            for profile in profiles
        }

    def _inputs(self):
        """The policies as they are when the simulation starts: what is changed afterwards is not tried out."""
        policies = self._policies()
        used = self.env["credit.policy"].sudo().union(*(before | after for before, after in policies.values()))
        company = self.company_id.sudo()
        return {
            "policies": {
                str(policy.id): {
                    **policy._contender().to_json(),
                    "near": policy.near_percent / 100.0,
                    # nothing is left out: XML-RPC carries no nulls
                    "formula": {
                        name: value
                        for name, value in policy._limit_formula(company).to_json().items()
                        if value is not None
                    },
                }
                for policy in used
            },
            "customers": {str(key): [before.id, after.id] for key, (before, after) in policies.items()},
            **({"scorecard": json.dumps(self.scorecard_id.sudo()._engine().to_json())} if self.scorecard_id else {}),
        }

    # -- running -------------------------------------------------------------------------------------

    @api.model
    def _cron_run(self, batch=BATCH):
        """Work on the simulations that are under way, the oldest first."""
        cron = self.env["ir.cron"]
        running = self.search([("state", "=", "running")], order="id")
        cron._commit_progress(remaining=sum(each.total - each.done for each in running))
        for simulation in running:
            while (worked := simulation._work(batch)) is not None:
                if not cron._commit_progress(worked):
                    return

    def _work(self, batch=BATCH):
        """Do the next step, and say how many customers it brought; ``None`` when there is nothing left to do."""
        self.ensure_one()
        self.env.flush_all()
        claimed = self.env.execute_query(
            SQL(
                "SELECT id FROM credit_simulation WHERE id = %s AND state = 'running' FOR NO KEY UPDATE SKIP LOCKED",
                self.id,
            )
        )
        # another transaction may have cancelled it, or have taken it further
        self.invalidate_recordset()
        if not claimed:
            return None
        work = Work(self)
        if self.last_profile < 0:
            work.today()
            self.write({"last_profile": 0, "fingerprint": work.fingerprint})
            return 0
        ids = sorted(int(key) for key in self.inputs["customers"] if int(key) > self.last_profile)
        # a customer who was merged into another one meanwhile is there no more
        profiles = self.env["credit.profile"].browse(ids[:batch]).exists()
        if not ids or not (self.months or self.scorecard_id):
            self.write({"state": "done", "done": self.total, "finished_on": fields.Datetime.now()})
            self._mark_draft()
            return None
        if self.scorecard_id:
            work.rate(profiles)
        if self.months:
            work.past(profiles)
        self.write(
            {
                "last_profile": ids[:batch][-1],
                "done": self.done + len(ids[:batch]),
                "fingerprint": work.fingerprint,
            }
        )
        return len(ids[:batch])

    def _mark_draft(self):
        """Say on the draft that it was simulated, if it is still what was tried out."""
        draft = self.draft_id
        tried = self.inputs["policies"].get(str(draft.id))
        if draft.state == "draft" and tried and all(
            tried[name] == value for name, value in json.loads(json.dumps(draft._contender().to_json())).items()
        ):
            draft._set_simulated()

    # -- what came out -------------------------------------------------------------------------------

    @api.depends("customer_ids", "order_ids", "state")
    @api.depends_context("lang")
    def _compute_result(self):
        mine = Domain("simulation_id", "in", self.ids)
        counts = {
            (simulation.id, changed): count
            for simulation, changed, count in self.env["credit.simulation.customer"]._read_group(
                mine, ["simulation_id", "changed"], ["__count"]
            )
        }
        orders = self.env["credit.simulation.order"]
        found, exact = {}, {}
        for simulation, source, result, exactness, *figures in orders._read_group(
            mine,
            ["simulation_id", "source", "result", "exactness"],
            ["__count", *(f"{name}:sum" for name in SUMS)],
        ):
            past = source != "live"
            known = found.setdefault((simulation.id, past, result), [0] * len(figures))
            found[simulation.id, past, result] = [sum(pair) for pair in zip(known, figures, strict=True)]
            if past:
                exact[simulation.id, exactness] = exact.get((simulation.id, exactness), 0) + figures[0]
        words = dict(orders._fields["result"]._description_selection(self.env))
        sure = dict(orders._fields["exactness"]._description_selection(self.env))
        for simulation in self:
            key = simulation.id
            simulation.customer_count = counts.get((key, True), 0) + counts.get((key, False), 0)
            simulation.changed_count = counts.get((key, True), 0)
            simulation.order_count = sum(figures[0] for (each, *_rest), figures in found.items() if each == key)
            simulation.result = {
                "currency_id": simulation.currency_id.id,
                "since": format_date(self.env, simulation.date_start) if simulation.date_start else "",
                "tables": [
                    {
                        "past": past,
                        "rows": [
                            {
                                "result": result,
                                "label": label,
                                **dict(zip(("count", *SUMS), found.get((key, past, result), NOTHING), strict=True)),
                            }
                            for result, label in words.items()
                        ],
                    }
                    for past in (True, False)
                ],
                "exactness": [
                    {"label": label, "count": exact[key, code]} for code, label in sure.items() if (key, code) in exact
                ],
            }

    def action_view_customers(self):
        return self._action_lines("credit.simulation.customer", self.env._("Customers"), {"search_default_changed": 1})

    def action_view_orders(self, result=None, past=True):
        """The orders behind the figures.

        :param result: only those with this result, see ``credit.simulation.order``
        :param past: past orders, or those that wait today
        """
        context = {f"search_default_{result}": 1} if result else {}
        name = self.env._("Past orders") if past else self.env._("Orders waiting today")
        return self._action_lines(
            "credit.simulation.order", name, context, Domain("source", "!=" if past else "=", "live")
        )

    def _action_lines(self, model, name, context, domain=Domain.TRUE):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.name}: {name}",
            "res_model": model,
            "views": [(False, view) for view in ("list", "kanban", "pivot", "graph", "form")],
            "domain": list(domain & Domain("simulation_id", "=", self.id)),
            "context": context,
        }


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    def action_simulate(self):
        """A simulation of this draft, to be started, in place of the version in force."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try out %s", self.display_name),
            "res_model": "credit.simulation",
            "view_mode": "form",
            "context": {
                "default_draft_id": self.id,
                "default_company_id": (self.company_id or self.env.company.root_id).id,
            },
        }
