# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang

from ..engine.limits import Granted, in_force
from ..engine.position import exceeds

# a limit in one of these states was, is or will be in force on the days of its validity …
DECIDED = ("granted", "revoked")
# … and in one of these it waits for somebody
WAITING = ("requested", "reviewed")

# so many requests at once tell each approver in one message instead of one by one
MANY = 10

# what a request asks for: who changes it is the one who asks, and has it decided anew
TERMS = ("amount", "unlimited", "kind", "date_start", "date_end")
# what only the server says and the buttons change, and how it begins
CLOSED = {
    "state": "requested",
    "origin": "manual",
    "asker_ids": [],
    "reviewed_by": False,
    "decided_by": False,
    "decided_on": False,
    "decision_id": False,
    "assessment_id": False,
    "application_id": False,
    "approval_ids": [],
}


class CreditLimit(models.Model):
    """Granted amounts with their validity, of customers and of groups of them. The history of limits is this table.

    A limit is asked for, reviewed where the policy says so, and approved by as many others as the tier of its amount
    takes; then it is granted. One that was granted is never edited: a new one ends it, or it is revoked, which ends
    it the day before. So what is in force on any day, past or future, is one query (:meth:`_in_force`), and live
    checks use the very same (:meth:`_decided_sql`).
    """

    _name = "credit.limit"
    _description = "Credit Limit"
    _inherit = ["credit.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"

    profile_id = fields.Many2one(
        "credit.profile",
        "Credit profile",
        index=True,
        ondelete="cascade",
        domain=[("active", "=", True)],
        help="The customer who gets the limit.",
    )
    group_id = fields.Many2one(
        "credit.group", index="btree_not_null", ondelete="cascade", help="The group of customers who share the limit."
    )
    holder_name = fields.Char(
        "Customer or group", compute="_compute_holder_name", store=True,
        help="Whose limit it is, by its name at the time.",
    )  # fmt: skip
    partner_id = fields.Many2one(related="profile_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    kind = fields.Selection(
        [
            ("standard", "Standard"),
            ("replace", "Temporary, in place of the standard one"),
            ("top_up", "Temporary, on top of the standard one"),
        ],
        default="standard",
        required=True,
        tracking=True,
        help="A temporary limit needs a last day; after it the standard one holds again.",
    )
    amount = fields.Monetary(required=True, tracking=True, help="0 means no credit.")
    unlimited = fields.Boolean(tracking=True, help="No amount is too much. Not for a limit on top of another one.")
    date_start = fields.Date(
        "Valid from", required=True, default=fields.Date.today, tracking=True, help="The first day."
    )
    date_end = fields.Date("Valid until", tracking=True, help="The last day; leave empty for no end.")
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("reviewed", "Reviewed"),
            ("granted", "Granted"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
            ("revoked", "Revoked"),
            ("replaced", "Replaced"),
        ],
        default="requested",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Withdrawn: by whoever asked. Cancelled: without a decision. Replaced: another one was granted for all of"
        " its days before it came to an end.",
    )
    origin = fields.Selection(
        [
            ("manual", "Entered"),
            ("order", "From a held order"),
            ("assessment", "From an assessment"),
            ("application", "From an application"),
            ("many", "For many customers at once"),
            ("adopted", "Adopted from Odoo's own limit"),
        ],
        default="manual",
        required=True,
        readonly=True,
        help="What the limit came about from: a request, a held order, an assessment, or Odoo's own limit that was"
        " adopted.",
    )
    decision_id = fields.Many2one(
        "credit.decision", "For", readonly=True, copy=False, help="The held order from which it was asked for."
    )
    assessment_id = fields.Many2one(
        "credit.assessment", readonly=True, copy=False, index="btree_not_null", ondelete="set null",
        groups="credit_management.group_analyst", help="The assessment that recommended it.",
    )  # fmt: skip
    application_id = fields.Many2one(
        "credit.application", readonly=True, copy=False, index="btree_not_null", ondelete="set null",
        help="The customer's application, which is decided by the decision on this.",
    )  # fmt: skip
    requested_by = fields.Many2one(
        "res.users", "Requested by", default=lambda self: self.env.user, readonly=True, copy=False,
        help="Who asked for it. He doesn't grant it.",
    )
    # everybody who asked for it or changed what is asked for: none of them decides on it
    asker_ids = fields.Many2many("res.users", "credit_limit_asker_rel", string="Asked by", readonly=True, copy=False)
    reviewed_by = fields.Many2one(
        "res.users", "Reviewed by", readonly=True, copy=False,
        help="The analyst who looked into the request.",
    )  # fmt: skip
    decided_by = fields.Many2one(
        "res.users", "Decided by", readonly=True, copy=False,
        help="Who granted, refused or revoked it; never who asked for it.",
    )  # fmt: skip
    decided_on = fields.Datetime(
        "Decided on", readonly=True, copy=False,
        help="When it was granted, refused or revoked.",
    )  # fmt: skip
    approval_ids = fields.One2many(
        "credit.approval", "limit_id", "Approvals", readonly=True, copy=False,
        help="Who has agreed so far, tier by tier.",
    )  # fmt: skip
    note = fields.Text("Reason", help="Why the limit is asked for.")
    in_force = fields.Boolean("In force today", compute="_compute_in_force", search="_search_in_force")
    is_waiting = fields.Boolean("Waiting", compute="_compute_is_waiting")
    next_step = fields.Char(
        "What comes next", compute="_compute_next_step",
        help="Who has to do what, so that the limit comes into force.",
    )  # fmt: skip
    may_approve = fields.Boolean("Mine to decide", compute="_compute_next_step")
    awaits_review = fields.Boolean("To be reviewed", compute="_compute_next_step")
    is_mine = fields.Boolean("Asked for by me", compute="_compute_next_step")

    _holder = models.Constraint(
        "CHECK(num_nonnulls(profile_id, group_id) = 1)", "A limit is a customer's or a group's: choose one of the two."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A limit cannot be negative. Enter 0 for a customer who gets no credit."
    )
    # one that was revoked on its first day, or before, held on none
    _dates_ordered = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start"
        " OR (state IN ('revoked', 'replaced') AND date_end = date_start - 1))",
        "A limit cannot end before it begins.",
    )
    _temporary_ends = models.Constraint(
        "CHECK(kind = 'standard' OR date_end IS NOT NULL)", "A temporary limit needs a last day: set “Valid until”."
    )
    _top_up_limited = models.Constraint(
        "CHECK(kind <> 'top_up' OR NOT COALESCE(unlimited, FALSE))",
        "A limit on top of another one has an amount. Ask for one in its place to make the customer unlimited.",
    )
    # no two limits of a kind and holder on one day: in the database, so that no two transactions can do it either
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(COALESCE(profile_id, -group_id), COALESCE(profile_id, -group_id), '[]') WITH &&,"
        " (CASE kind WHEN 'standard' THEN int4range(0, 1) WHEN 'replace' THEN int4range(1, 2) ELSE int4range(2, 3) END)"
        " WITH &&,"
        " daterange(date_start, date_end + 1, '[)') WITH &&)"
        " WHERE (state IN ('granted', 'revoked'))",
        "There is a limit for a part of that time already.",
    )

    # -- what is in force ----------------------------------------------------------------------------

    @api.model
    def _decided_sql(self, day, holders):
        """SQL of the limits that count on ``day``: by holder and kind the one that began last, temporary ones only
        while they hold.

        Columns: holder's id, kind, amount, unlimited (0 or 1), revoked (0 or 1), last day; figures as float8.

        :param day: as ISO date
        :param holders: credit profiles, or groups; all of them for an empty recordset
        """
        holder = SQL.identifier("group_id" if holders._name == "credit.group" else "profile_id")
        return SQL(
            """SELECT DISTINCT ON (%(holder)s, kind) %(holder)s, kind, amount::float8,
                      unlimited::integer::float8, (state = 'revoked')::integer::float8, date_end
                 FROM credit_limit
                WHERE state IN ('granted', 'revoked') AND date_start <= %(day)s::date
                  AND (kind = 'standard' OR date_end >= %(day)s::date) %(only)s
                ORDER BY %(holder)s, kind, date_start DESC, state, id DESC""",
            day=day,
            holder=holder,
            only=SQL("AND %s = ANY(%s)", holder, holders.ids) if holders else SQL("AND %s IS NOT NULL", holder),
        )

    @api.model
    def _from_row(self, day, kind, amount, unlimited, revoked, date_end):
        """A row of :meth:`_decided_sql` as the engine takes it; which day it began on has done its part."""
        return Granted(kind, amount, day, date_end, bool(unlimited), bool(revoked))

    @api.model
    def _in_force(self, day, holders=None):
        """What the limits of customers, or of groups, come to on ``day``, past or future, as far as it is decided
        today.

        :param holders: credit profiles, or groups; all profiles if none are given
        :return: ``{holder's id: engine.limits.InForce}``, amounts in the currency of the holder; every holder given
            is there
        """
        holders = self.env["credit.profile"] if holders is None else holders
        self.flush_model(["profile_id", "group_id", "state", "kind", "amount", "unlimited", "date_start", "date_end"])
        limits = {holder_id: [] for holder_id in holders.ids}
        for holder_id, *row in self.env.execute_query(self._decided_sql(fields.Date.to_string(day), holders)):
            limits.setdefault(holder_id, []).append(self._from_row(day, *row))
        return {holder_id: in_force(granted, day) for holder_id, granted in limits.items()}

    # -- whose it is ---------------------------------------------------------------------------------

    def _whose(self):
        """The profile or the group that it belongs to, with sudo."""
        self.ensure_one()
        # sudo: who approves need not see the profile otherwise
        limit = self.sudo()
        return limit.profile_id or limit.group_id

    def _others(self):
        """All limits of the same holder, as a domain."""
        self.ensure_one()
        return Domain("profile_id", "=", self.profile_id.id) & Domain("group_id", "=", self.group_id.id)

    def _profiles(self):
        """The customers whom these limits concern, with sudo: a group's are all its members."""
        limits = self.sudo()
        return limits.profile_id | limits.group_id._members() if limits.group_id else limits.profile_id

    @api.depends("profile_id.partner_name", "group_id.name")
    def _compute_holder_name(self):
        for limit in self:
            limit.holder_name = limit.profile_id.partner_name or limit.group_id.name

    @api.depends("profile_id.currency_id", "group_id.currency_id")
    def _compute_currency_id(self):
        for limit in self:
            limit.currency_id = (limit.profile_id or limit.group_id).currency_id

    @api.depends("state", "date_start", "date_end")
    def _compute_in_force(self):
        today = fields.Date.today()
        for limit in self:
            limit.in_force = (
                limit.state in DECIDED
                and limit.date_start <= today
                and (not limit.date_end or limit.date_end >= today)
            )

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.today()
        return Domain.AND(
            [
                Domain("state", "in", DECIDED),
                Domain("date_start", "<=", today),
                Domain("date_end", "=", False) | Domain("date_end", ">=", today),
            ]
        )

    @api.depends("state")
    def _compute_is_waiting(self):
        for limit in self:
            limit.is_waiting = limit.state in WAITING

    @api.depends("amount", "unlimited", "kind", "holder_name", "currency_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = self.env._(
                "%(customer)s: %(limit)s", customer=limit.holder_name, limit=limit._in_words()
            )

    def _in_words(self):
        self.ensure_one()
        if self.unlimited:
            return self.env._("unlimited")
        amount = formatLang(self.env, self.amount, currency_obj=self.currency_id)
        if self.kind == "top_up":
            return self.env._("%s on top", amount)
        return amount

    # -- asking --------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su:
                # who asks, and what became of it, is for the server to say
                vals.update(CLOSED, requested_by=self.env.uid)
            for name, value in CLOSED.items():
                # never left to the defaults, which a client may bring along in its context
                vals.setdefault(name, value)
        limits = super().create(vals_list)
        for limit in limits.sudo():
            # whoever handed in the application has asked for it too
            limit.asker_ids |= limit.requested_by | limit.application_id.applicant_id
        limits.filtered("is_waiting")._tell_next()
        return limits

    def write(self, vals):
        if not self.env.su:
            if {*CLOSED, "requested_by", "profile_id", "group_id"} & set(vals):
                raise AccessError(
                    self.env._("A limit changes only by being granted, refused or revoked. Use the buttons for that.")
                )
            if set(TERMS) & set(vals):
                decided = self.filtered(lambda limit: not limit.is_waiting)
                if decided:
                    raise UserError(
                        self.env._(
                            "“%(limit)s” is decided and stays as it is. Ask for a new limit: it ends this one when"
                            " it is granted.",
                            limit=decided[0].display_name,
                        )
                    )
                self.check_access("write")
                # an approval that is given at this moment must not outlive what it was given for
                self._enter_gate()
                # sudo: who asks is closed to everybody's writing; the right to change the rest was checked just now
                limits = self.sudo()
                limits.approval_ids.unlink()
                super(CreditLimit, limits).write(
                    dict(
                        vals,
                        requested_by=self.env.uid,
                        asker_ids=[fields.Command.link(self.env.uid)],
                        state="requested",
                        reviewed_by=False,
                    )
                )
                self._tell_next()
                return True
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_requests(self):
        decided = self.filtered(lambda limit: limit.state != "requested" or limit.sudo().approval_ids)
        if decided:
            raise UserError(
                self.env._(
                    "“%(limit)s” is part of the customer's credit history. Revoke it, or take the request back,"
                    " instead.",
                    limit=decided[0].display_name,
                )
            )
        if not self.env.su:
            self._check_asker()

    def _check_asker(self):
        for limit in self:
            if self.env.user not in limit.sudo().asker_ids:
                raise AccessError(
                    self.env._(
                        "“%(limit)s” was asked for by %(asker)s, who alone can take it back.",
                        limit=limit.display_name,
                        asker=limit.sudo().requested_by.name,
                    )
                )

    def action_withdraw(self):
        """Take back what one has asked for.

        :raises AccessError: somebody else asked for it
        """
        self._check_state(WAITING, self.env._("withdrawn"))
        self._check_asker()
        self._enter_gate()
        self._decide("withdrawn")
        return True

    def action_cancel(self):
        """End a request that nobody needs decided any more."""
        self._check_manager(self.env._("Only credit managers cancel the requests of others."))
        self._check_state(WAITING, self.env._("cancelled"))
        self._enter_gate()
        self._decide("cancelled")
        self._tell_asker()
        return True

    # -- reviewing and deciding ----------------------------------------------------------------------

    def action_review(self):
        """Say that a request has been looked into and may be decided on.

        :raises AccessError: who asks does not review, and only analysts do
        """
        if not self.env.user.has_group("credit_management.group_analyst"):
            raise AccessError(self.env._("Only credit analysts review requests."))
        self.check_access("write")
        self._check_state(("requested",), self.env._("reviewed"))
        for limit in self:
            limit._check_not_asker()
        self._enter_gate()
        # sudo: as in _decide
        self.sudo().write({"state": "reviewed", "reviewed_by": self.env.uid})
        self._tell_next()
        return True

    def action_grant(self):
        """Approve what was asked for. With the last approval that its tier takes it is granted, from its first day on:
        a limit of its kind that holds then ends the day before.

        :raises AccessError: it is not the user's to decide on: see :meth:`_why_not_decide`
        """
        self._check_decider(self.env._("granted"))
        self._enter_gate()
        granted = self.browse()
        for limit in self.sorted("date_start"):
            principal = limit._deciding_as(self.env.user)
            # sudo: approvals are closed to everybody's writing; the right to approve was checked just now
            self.env["credit.approval"].sudo().create(
                {"limit_id": limit.id, "user_id": self.env.uid, "principal_id": principal.id}
            )
            limit.sudo().invalidate_recordset(["approval_ids"])
            if not limit._missing_approvals():
                limit._check_beneath()
                limit._end_predecessors()
                limit._decide("granted")
                granted |= limit
        (self - granted)._tell_next()
        granted._tell_asker()
        if granted:
            self.env.flush_all()
            profiles = granted._profiles()
            profiles._refresh()
            profiles._watch()
            profiles._recheck_holds()
        return True

    def action_refuse(self):
        """Turn down what was asked for; one who may approve it is enough.

        :raises AccessError: it is not the user's to decide on
        """
        self._check_decider(self.env._("refused"), again=True)
        self._enter_gate()
        self._decide("refused")
        self._tell_asker()
        return True

    def action_revoke(self):
        """Take a granted limit away at once: yesterday was its last day."""
        self._check_manager(self.env._("Only credit managers revoke limits."))
        self._check_state(("granted",), self.env._("revoked"))
        self._enter_gate()
        self._revoke()
        self.env.flush_all()
        profiles = self._profiles()
        profiles._refresh()
        profiles._watch()
        # less is left: what waited as ready to release may not be so any more
        profiles._recheck_holds()
        return True

    def _revoke(self):
        yesterday = fields.Date.subtract(fields.Date.today(), days=1)
        for limit in self:
            before = fields.Date.subtract(limit.date_start, days=1)
            end = max(before, min(limit.date_end or yesterday, yesterday))
            # sudo: as in _decide
            limit.sudo().write({"state": "revoked", "date_end": end})
            limit._decide("revoked")

    def _check_manager(self, message):
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(message)
        self.check_access("write")

    def _check_decider(self, what, again=False):
        self.check_access("read")
        self._check_state(WAITING, what)
        for limit in self:
            problem = limit._why_not_decide(self.env.user, again)
            if problem:
                raise AccessError(problem)

    def _check_not_asker(self):
        if self.env.user in self.sudo().asker_ids and not self._allows_self_release():
            raise AccessError(self._asked_yourself())

    def _asked_yourself(self):
        return self.env._(
            "You asked for “%(limit)s” yourself, so somebody else has to decide on it.", limit=self.display_name
        )

    def _check_state(self, states, what):
        wrong = self.filtered(lambda limit: limit.state not in states)
        if wrong:
            raise UserError(
                self.env._(
                    "“%(limit)s” cannot be %(what)s: it is %(state)s.",
                    limit=wrong[0].display_name,
                    what=what,
                    state=dict(self._fields["state"]._description_selection(self.env))[wrong[0].state].lower(),
                )
            )

    def _enter_gate(self):
        # sudo: who approves need not see the profile otherwise
        limits = self.sudo()
        # of a group its own gate is enough: whoever checks one of its members goes through that too
        limits.profile_id._enter_gate(limits.group_id)

    def _decide(self, state):
        # sudo: the fields are closed to everybody's writing; the right to decide was checked above
        self.sudo().write({"state": state, "decided_by": self.env.uid, "decided_on": fields.Datetime.now()})
        # the next limit of the same customer must meet this in the database, where overlaps are judged
        self.flush_recordset(["state"])
        # nobody is next any more
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        # sudo: who decides on the limit decides on what it was asked for by
        for limit in self.sudo().filtered("application_id"):
            limit.application_id._follow(limit)

    def _give_way(self):
        """These count on no day any more, not even a past one: another one stands for all of their days."""
        self._decide("replaced")

    def _end_predecessors(self):
        """End the limits of the same kind that reach into this one's time."""
        self.ensure_one()
        overlapping = self.sudo().search(
            self._others()
            & Domain("kind", "=", self.kind)
            & Domain("state", "in", DECIDED)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", self.date_start))
            & (Domain("date_start", "<=", self.date_end) if self.date_end else Domain.TRUE)
        )
        for other in overlapping:
            if other.date_start >= self.date_start:
                # nothing would be left of it: it gives way as a whole
                other.sudo(False)._give_way()
            else:
                other.date_end = fields.Date.subtract(self.date_start, days=1)
                other.flush_recordset(["date_end"])

    def _check_beneath(self):
        """What comes on top needs something beneath it."""
        self.ensure_one()
        if self.kind != "top_up":
            return
        beneath = self._in_force(self.date_start, self._whose())[self._whose().id]
        if beneath.status not in ("valid", "unlimited"):
            raise UserError(
                self.env._(
                    "“%(limit)s” would come on top of nothing: there is no limit in force on %(date)s."
                    " Ask for a standard limit, or for one in its place.",
                    limit=self.display_name,
                    date=format_date(self.env, self.date_start),
                )
            )

    # -- who decides ---------------------------------------------------------------------------------

    def _total(self):
        """What the customer's limit would come to at most while this one holds, for the tiers: what comes on top is
        added to what it comes upon, so that nobody gets past a tier in two steps.

        :return: an amount in its currency; ``None`` for unlimited
        """
        self.ensure_one()
        if self.unlimited:
            return None
        others = self.sudo().search(
            self._others()
            & Domain("state", "=", "granted")
            & Domain("kind", "in", ("standard", "replace") if self.kind == "top_up" else ("top_up",))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", self.date_start))
            & (Domain("date_start", "<=", self.date_end) if self.date_end else Domain.TRUE)
        )
        if any(others.mapped("unlimited")):
            return None
        return self.amount + max(others.mapped("amount"), default=0.0)

    def _is_reduction(self):
        """Whether it only takes credit away: all of its days are days of one limit of its kind that gives more.
        That needs nobody else's consent."""
        self.ensure_one()
        if self.unlimited:
            return False
        covering = self.sudo().search(
            self._others()
            & Domain("kind", "=", self.kind)
            & Domain("state", "=", "granted")
            & Domain("date_start", "<=", self.date_start)
            & (
                Domain("date_end", "=", False) | Domain("date_end", ">=", self.date_end)
                if self.date_end
                else Domain("date_end", "=", False)
            ),
            limit=1,
        )
        # a temporary limit below the standard one, too, is less than what there was
        return bool(covering) and (
            covering.unlimited or not exceeds(self.amount, covering.amount, self.currency_id.rounding)
        )

    def _tier(self):
        """The tier that decides on it, with sudo: the lowest that reaches its amount. Empty where the policy has none,
        or where only credit is taken away: then any credit manager decides.

        :raises UserError: the policy has tiers, and none of them reaches the amount
        """
        self.ensure_one()
        policies = self._policies().filtered("tier_ids")
        found = policies.tier_ids.browse()
        if not policies or self._is_reduction():
            return found
        total = self._total()
        for policy in policies:
            reaching = policy.tier_ids._reaching(self._as_read_by(policy, total), self.currency_id.rounding)
            if not reaching:
                raise UserError(
                    self.env._(
                        "No tier of the policy “%(policy)s” reaches %(amount)s. Ask for less, or have a credit"
                        " administrator add a tier.",
                        policy=policy.name,
                        amount=self.env._("an unlimited amount")
                        if total is None
                        else formatLang(self.env, total, currency_obj=self.currency_id),
                    )
                )
            # members of a group may have several policies: the one that takes the most approvals decides
            found = max(found or reaching[0], reaching[0], key=lambda tier: tier.approvals)
        return found

    def _policies(self):
        """The policies that it is bound by, with sudo: a request is bound by them whoever reads it."""
        return self._profiles().policy_id

    def _allows_self_release(self):
        policies = self._policies()
        return bool(policies) and all(policies.mapped("allow_self_release"))

    def _as_read_by(self, policy, amount):
        """``amount`` in the currency in which ``policy`` gives its own: that of its company. A policy that companies
        share is read in the currency of whatever it is applied to."""
        currency = policy.company_id.currency_id
        if amount is None or not currency or currency == self.currency_id:
            return amount
        return self.currency_id._convert(amount, currency, policy.company_id, fields.Date.today(), round=False)

    def _has_right(self, tier, user):
        return tier._includes(user) if tier else user.has_group("credit_management.group_manager")

    def _missing_approvals(self):
        """How many approvals are still missing. One counts while whoever gave it still has the right to."""
        self.ensure_one()
        tier = self._tier()
        given = self.sudo().approval_ids.filtered(lambda approval: self._has_right(tier, approval.principal_id))
        return max(0, (tier.approvals or 1) - len(given))

    def _deciding_as(self, user, again=False):
        """In whose right ``user`` may decide on this: his own, or that of somebody he stands in for today.

        :param again: also where he has approved already (to refuse after all)
        :return: a user; empty if he may not
        """
        self.ensure_one()
        request = self.sudo()
        tier = self._tier()
        askers = request.asker_ids
        if self._allows_self_release() or self._is_reduction():
            askers = askers.browse()
        approvals = request.approval_ids
        if user in askers or (not again and user in approvals.user_id):
            return user.browse()
        principals = self.env["credit.deputy"]._principals(user) - askers
        if not again:
            principals -= approvals.principal_id
        return principals.filtered(lambda principal: self._has_right(tier, principal))[:1]

    def _why_not_decide(self, user, again=False):
        """Why ``user`` may not decide on this; ``None`` if he may.

        :param again: as for :meth:`_deciding_as`
        """
        self.ensure_one()
        request = self.sudo()
        tier = self._tier()
        if self._awaits_review():
            return self.env._("“%(limit)s” has to be reviewed by an analyst first.", limit=self.display_name)
        if self._deciding_as(user, again):
            return None
        if user in request.asker_ids and not self._allows_self_release() and not self._is_reduction():
            return self._asked_yourself()
        if user in request.approval_ids.user_id:
            return self.env._(
                "You have approved “%(limit)s” already; the next approval has to be somebody else's.",
                limit=self.display_name,
            )
        if not tier:
            return self.env._("Only credit managers grant and refuse limits.")
        return self.env._(
            "Approving “%(limit)s” is for: %(tier)s.", limit=self.display_name, tier=tier._who_in_words()
        )

    @api.depends("state", "amount", "unlimited", "kind", "date_start", "date_end", "approval_ids")
    @api.depends_context("uid", "lang")
    def _compute_next_step(self):
        for limit in self:
            limit.may_approve = limit.awaits_review = limit.next_step = False
            limit.is_mine = self.env.user in limit.sudo().asker_ids
            if not limit.is_waiting or not limit.id:
                continue
            try:
                tier = limit._tier()
                limit.awaits_review = limit._awaits_review()
                limit.may_approve = not limit._why_not_decide(self.env.user)
            except UserError as problem:
                limit.next_step = str(problem)
                continue
            if limit.awaits_review:
                limit.next_step = self.env._("A credit analyst reviews it.")
                continue
            limit.next_step = self.env._(
                "%(count)s more to approve it: %(who)s",
                count=limit._missing_approvals(),
                who=tier._who_in_words() if tier else self.env._("any credit manager"),
            )

    def _awaits_review(self):
        self.ensure_one()
        return (
            self.state == "requested"
            and any(self._policies().mapped("review_requests"))
            and not self._is_reduction()
        )

    # -- telling people ------------------------------------------------------------------------------

    def _next_people(self):
        """Who is next to do something about this request: users with sudo."""
        self.ensure_one()
        tier = self._tier()
        request = self.sudo()
        if self._awaits_review():
            people = self.env.ref("credit_management.group_analyst").sudo().all_user_ids
        elif tier:
            people = tier._people()
        else:
            # the one who looks after the customer, where that is somebody who may
            people = self.env.ref("credit_management.group_manager").sudo().all_user_ids
            responsible = request.profile_id.user_id & people
            people = responsible - request.asker_ids or people
        people |= self.env["credit.deputy"]._deputies(people)
        company = request.company_id
        return people.filtered(
            lambda user: (
                user.active
                and not user.share
                and user != self.env.ref("base.user_root")
                and (not company or company in user.company_ids)
                # whoever asked, or has approved already, is not next
                and (user not in request.asker_ids or self._allows_self_release())
                and user not in request.approval_ids.user_id
            )
        )

    def _tell_next(self):
        """Give those who are next an activity, and with it a mail in their language."""
        todo = "mail.mail_activity_data_todo"
        self.sudo().activity_unlink([todo])
        waiting = self.sudo().filtered("is_waiting")
        people = {limit: limit._next_people() for limit in waiting}
        if len(waiting) > MANY:
            for user in self.env["res.users"].sudo().union(*people.values()):
                reader = waiting.with_context(lang=user.lang)
                mine = reader.filtered(lambda limit, user=user: user in people[limit])
                mine[0].message_notify(
                    partner_ids=user.partner_id.ids,
                    subject=reader.env._("%s credit limits to decide on", len(mine)),
                    body=reader.env._("You find them under Credit › Limits, with the filter “To decide”."),
                )
            return
        for limit, users in people.items():
            for user in users:
                reader = limit.with_context(lang=user.lang)
                reader.activity_schedule(
                    todo,
                    summary=reader.env._("Credit limit to review")
                    if limit._awaits_review()
                    else reader.env._("Credit limit to decide on"),
                    note=reader.note or "",
                    user_id=user.id,
                )

    def _tell_asker(self):
        """Say to whoever asked what became of it, in his language."""
        for limit in self.sudo():
            asker = limit.requested_by
            if asker == self.env.user or not asker.active:
                continue
            reader = limit.with_context(lang=asker.lang)
            state = dict(self._fields["state"]._description_selection(reader.env))[limit.state]
            reader.message_notify(
                partner_ids=asker.partner_id.ids,
                subject=reader.env._(
                    "%(limit)s – %(state)s", limit=reader.display_name, state=state
                ),
                body=reader.env._("By %s.", self.env.user.name),
            )

    @api.constrains("date_start", "date_end", "unlimited", "amount")
    def _check_sensible_dates(self):
        for limit in self:
            if limit.date_start.year < 1990 or (limit.date_end and limit.date_end.year > 2200):
                raise ValidationError(
                    self.env._(
                        "The validity %(start)s – %(end)s cannot be meant: check the years.",
                        start=format_date(self.env, limit.date_start),
                        end=format_date(self.env, limit.date_end) if limit.date_end else "",
                    )
                )
