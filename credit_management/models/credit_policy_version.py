# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; how versions follow each other is a concept of its own
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from .credit_policy_part import compared

STATES = [("draft", "Draft"), ("simulated", "Simulated"), ("published", "Published"), ("retired", "Retired")]

# as long as a version is in one of these states, it may be written
OPEN = ("draft", "simulated")

# what only the steps from one state to the next write, and how it begins
LIFE = {
    "state": "draft", "version": 1, "origin_id": False, "first_id": False, "date_from": False, "date_to": False,
    "published_by": False, "published_on": False, "publication_note": False, "author_ids": False, "revision": 0,
}  # fmt: skip

# what changes no verdict, and stays free for good
FREE = ("name", "description", "active")

# the lines of a policy, as they are compared
PARTS = ("rule_ids", "authority_ids", "tier_ids", "limit_method_ids", "alert_rule_ids")


class CreditPolicy(models.Model):
    """A record is one *version* of a policy, and versions follow each other: what was published is never edited, but
    copied to a draft, tried out, and published by somebody else than its authors from a day on.

    The versions of a policy share ``first_id``. The one in force is the published one whose day has come; it is
    what credit profiles and companies refer to, and when the next takes its place they all move on to that.
    """

    _inherit = "credit.policy"

    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, index=True, tracking=True,
        help="Only a published version holds for customers, from its day on. It is never edited.",
    )  # fmt: skip
    version = fields.Integer(
        default=1, required=True, readonly=True, copy=False,
        help="Versions of a policy are counted from 1. What is in force is never edited.",
    )  # fmt: skip
    origin_id = fields.Many2one(
        "credit.policy", "Made from", readonly=True, copy=False, ondelete="restrict",
        help="The version that this one was copied from.",
    )  # fmt: skip
    first_id = fields.Many2one(
        "credit.policy", "First version", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    date_from = fields.Date(
        "In force from", readonly=True, copy=False,
        help="The first day on which the version holds.",
    )  # fmt: skip
    date_to = fields.Date("In force until before", readonly=True, copy=False, help="The first day without it.")
    published_by = fields.Many2one(
        "res.users", "Published by", readonly=True, copy=False, ondelete="restrict",
        help="Who put it into force; not an author, unless the policy says that yours is a one-person firm.",
    )  # fmt: skip
    published_on = fields.Datetime("Published on", readonly=True, copy=False, help="When it was published.")
    publication_note = fields.Text("Why", readonly=True, copy=False, help="What its publisher said about it.")
    author_ids = fields.Many2many(
        "res.users", "credit_policy_author_rel", string="Written by", readonly=True, copy=False,
        help="Everybody who wrote in it. Somebody else publishes it.",
    )  # fmt: skip
    revision = fields.Integer(
        readonly=True, copy=False, help="How often it was changed: what is published is what its publisher has seen."
    )
    in_force = fields.Boolean(
        compute="_compute_in_force", search="_search_in_force", help="Published, and its day has come."
    )  # fmt: skip
    version_count = fields.Integer(
        "Versions", compute="_compute_version_count",
        help="How many versions of the policy there are.",
    )  # fmt: skip
    compare_id = fields.Many2one(
        "credit.policy",
        "Compared with",
        compute="_compute_compare_id",
        readonly=False,
        help="The version that this one is compared with: by default the one whose place it takes.",
    )
    differences = fields.Html(compute="_compute_differences", sanitize=False)
    may_publish = fields.Boolean(compute="_compute_may_publish", help="Whether you may: see why not on the form.")
    not_publish_reason = fields.Char("Why I can't publish it", compute="_compute_may_publish")

    _version_unique = models.UniqueIndex("(first_id, version)", "There is such a version of this policy already.")
    _day_unique = models.UniqueIndex(
        "(first_id, date_from) WHERE state = 'published'",
        "Another version of this policy is published from that day on. Choose another day.",
    )
    _published_from = models.Constraint(
        "CHECK(state NOT IN ('published', 'retired') OR date_from IS NOT NULL)",
        "A published version holds from a day on.",
    )

    @api.depends("name", "version", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for policy in self:
            name = policy.name or ""
            if policy.version > 1:
                name = self.env._("%(policy)s, version %(version)s", policy=name, version=policy.version)
            if policy.state != "published":
                name = self.env._("%(policy)s (%(state)s)", policy=name, state=states[policy.state])
            policy.display_name = name

    @api.depends("state", "date_from")
    def _compute_in_force(self):
        today = fields.Date.today()
        for policy in self:
            policy.in_force = policy.state == "published" and policy.date_from <= today

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "=", "published") & Domain("date_from", "<=", fields.Date.today())

    def _compute_version_count(self):
        counts = dict(
            self.with_context(active_test=False)._read_group(
                [("first_id", "in", self.first_id.ids)], ["first_id"], ["__count"]
            )
        )
        for policy in self:
            policy.version_count = counts.get(policy.first_id, 1)

    # -- written while a draft, and never after ------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # not left to the defaults either, which a client may bring along in its context
        policies = super().create([{**vals, **LIFE} for vals in vals_list])
        for policy in policies:
            policy._record({"first_id": policy.id, "author_ids": [Command.link(self.env.uid)]})
        return policies

    def write(self, vals):
        self.check_access("write")
        if LIFE.keys() & set(vals):
            raise UserError(self.env._("Versions of a policy move on by their buttons, and by nothing else."))
        if any(self._is_verdict(name) for name in vals):
            self._edit()
        return super().write(vals)

    def _record(self, vals):
        """Write what belongs to the life of a version, which :meth:`write` leaves to nobody."""
        # pylint: disable=super-method-mismatch; it is what write would do if it let anybody
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_open()

    @api.model
    def _is_verdict(self, name):
        """Whether a field may change what the policy says. What isn't stored, and the talk about it, doesn't."""
        field = self._fields.get(name)
        return (
            field is not None
            and bool(field.store)
            and name not in FREE
            and not name.startswith(("message_", "activity_", "website_message_"))
        )

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """On forms, what :meth:`write` refuses can't be typed in either."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for node in arch.xpath("//field[not(ancestor::field)]"):
                name = node.get("name")
                if self._is_verdict(name) and not self._fields[name].readonly and not node.get("readonly"):
                    node.set("readonly", "state not in ('draft', 'simulated')")
        return arch, view

    def _check_open(self):
        """
        :raises UserError: one of these versions is published or retired
        """
        for policy in self:
            if policy.state not in OPEN:
                raise UserError(
                    self.env._(
                        "“%s” is in force, or was, and stays as it is. Make a new version and change that.",
                        policy.display_name,
                    )
                )

    def _edit(self):
        """These versions are being changed: that must still be allowed, the one who does it is an author, and what
        was simulated is not what it was.

        The row of each is written, also for a change of one of its lines, so that a transaction that publishes it
        meanwhile fails to serialise, and is run again on what it says now.
        """
        self._check_open()
        for policy in self:
            life = {"revision": policy.revision + 1}
            if self.env.user not in policy.sudo().author_ids:
                life["author_ids"] = [Command.link(self.env.uid)]
            if policy.state == "simulated":
                life["state"] = "draft"
            policy._record(life)

    @api.constrains("company_id")
    def _check_same_company(self):
        for policy in self:
            if policy.first_id and policy.first_id.company_id != policy.company_id:
                raise ValidationError(
                    self.env._(
                        "“%s” belongs to another company. All versions of a policy hold in the same one.",
                        policy.first_id.name,
                    )
                )

    @api.constrains("active", "state")
    def _check_in_use(self):
        result = super()._check_in_use()
        for policy in self:
            if not policy.active and policy.state == "published":
                raise ValidationError(
                    self.env._("“%s” is published. Retire it before you archive it.", policy.display_name)
                )
        return result

    # -- from one version to the next ----------------------------------------------------------------

    def _versions(self):
        """All versions of these policies, the latest first."""
        return self.with_context(active_test=False).search(
            [("first_id", "in", self.first_id.ids)], order="version desc"
        )

    @api.model
    def _in_force_on(self, day):
        """The versions that are, or were, in force on ``day``: one of each policy at most."""
        found = self.sudo().with_context(active_test=False).search(
            Domain("state", "in", ("published", "retired"))
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">", day)),
            order="first_id, date_from, version",
        )  # fmt: skip
        # on its first day a version is there before the one before it is retired
        return self.sudo().browse().union(*{policy.first_id: policy for policy in found}.values())

    def _current(self):
        """The version in force of the same policy; empty if there is none."""
        self.ensure_one()
        versions = self._in_force_on(fields.Date.today()).with_env(self.env)
        return versions.filtered(lambda policy: policy.first_id == self.first_id)

    def _new_version(self):
        """A draft with all that this version says."""
        self.ensure_one()
        # rules that are switched off come along, switched off
        draft = self.with_context(active_test=False).copy({"name": self.name}).with_env(self.env)
        draft._record(
            {
                "first_id": self.first_id.id,
                "origin_id": self.id,
                "version": max(self._versions().mapped("version")) + 1,
            }
        )
        # a copy says what somebody else has written
        draft.sudo().message_post(body=self.env._("Made from version %s.", self.version))
        return draft

    def copy_data(self, default=None):
        """A copy is a policy of its own, unless :meth:`_new_version` makes it a version."""
        copies = super().copy_data(default)
        for policy, values in zip(self, copies, strict=True):
            if "name" not in (default or {}):
                values["name"] = self.env._("%s (copy)", policy.name)
        return copies

    def action_new_version(self):
        """The button: a new draft, on the screen."""
        self.ensure_one()
        self.check_access("write")
        return self._new_version()._action_form()

    def action_view_versions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions of %s", self.name),
            "res_model": self._name,
            "view_mode": "list,kanban,form",
            "domain": [("first_id", "=", self.first_id.id)],
            "context": {"active_test": False},
        }

    def _set_simulated(self):
        """It was tried out as it stands."""
        self._check_open()
        self._record({"state": "simulated"})

    # -- publishing ----------------------------------------------------------------------------------

    def _one_person(self):
        """Whether authors may publish: what the version in force says, not what they write."""
        self.ensure_one()
        # sudo: whose word counts doesn't depend on who looks
        governing = self.sudo()._current() or (self.sudo().company_id or self.env.company.root_id).credit_policy_id
        return governing.sudo().allow_self_release

    def _why_not_publish(self, user):
        """Why ``user`` may not publish this version; ``None`` if he may."""
        self.ensure_one()
        if not user.has_group("credit_management.group_manager"):
            return self.env._("Only credit managers publish policies.")
        if self.state not in OPEN:
            return self.env._("“%s” is published already, or was.", self.display_name)
        if user in self.sudo().author_ids and not self._one_person():
            return self.env._(
                "You wrote in “%s”, so somebody else has to look at it and publish it.", self.display_name
            )
        return None

    def _check_may_publish(self):
        """
        :raises AccessError: the user may not publish it
        """
        self.check_access("read")
        problem = self._why_not_publish(self.env.user)
        if problem:
            raise AccessError(problem)

    @api.depends("state", "author_ids")
    @api.depends_context("uid")
    def _compute_may_publish(self):
        for policy in self:
            policy.not_publish_reason = bool(policy.id) and policy._why_not_publish(self.env.user)
            policy.may_publish = bool(policy.id) and not policy.not_publish_reason

    def _publish(self, date_from=None, note=None):
        """Publish this version from a day on: in the place of the one before it, which is retired then.

        :param date_from: today by default
        :raises AccessError: the user may not publish it
        :raises UserError: the day is over
        """
        self.ensure_one()
        self._check_may_publish()
        today = fields.Date.today()
        date_from = date_from or today
        if date_from < today:
            raise UserError(self.env._("A policy can't be published from a day that is over. Choose today or later."))
        # sudo: managers publish what administrators write
        policy = self.sudo()
        at_once = date_from <= today
        if not at_once and policy._versions().filtered(lambda other: other._is_published_from(date_from)):
            raise UserError(
                self.env._("Another version of “%s” is published from that day on. Choose another day.", self.name)
            )
        before = policy._retire_those_before(date_from) if at_once else policy.browse()
        policy._record(
            {
                "state": "published",
                "date_from": date_from,
                "published_by": self.env.uid,
                "published_on": fields.Datetime.now(),
                "publication_note": note,
            }
        )
        policy.message_post(
            body=self.env._("Published from %(day)s. %(note)s", day=format_date(self.env, date_from), note=note or "")
        )
        if at_once:
            policy._take_place_of(before)

    def _is_published_from(self, day):
        self.ensure_one()
        return self.state == "published" and self.date_from == day

    def _retire_those_before(self, day):
        """Retire what this version takes the place of on ``day``.

        :return: the versions retired
        """
        before = (self._versions() - self).filtered(
            lambda other: other.state == "published" and other.date_from <= day
        )
        before._record({"state": "retired", "date_to": day})
        before.flush_recordset()
        return before

    def _take_place_of(self, before):
        """Whom the versions ``before`` held for, customers and companies, this version holds for now."""
        self.ensure_one()
        # sudo: whoever publishes need not be allowed to write companies and customers
        companies = self.env["res.company"].sudo().search([("credit_policy_id", "in", before.ids)])
        companies.credit_policy_id = self
        profiles = self.env["credit.profile"].sudo()
        profiles._follow_versions(before, self)
        if self.by_segment or any(before.mapped("by_segment")):
            profiles.search([("active", "=", True)])._assign_policies()

    @api.model
    def _publish_shipped(self, policy_id):
        """The policy that comes with the addon holds from its installation on."""
        self.browse(policy_id)._record({"state": "published", "date_from": fields.Date.today()})

    @api.model
    def _new_day(self):
        """Versions whose day has come take the place of those before them."""
        today = fields.Date.today()
        for policy in self._in_force_on(today).filtered(lambda policy: policy.state == "published"):
            before = policy._retire_those_before(today)
            if before:
                policy._take_place_of(before)

    def action_publish(self):
        """The button: from when, and why."""
        self.ensure_one()
        self._check_may_publish()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Publish %s", self.display_name),
            "res_model": "credit.publish",
            "view_mode": "form",
            "target": "new",
            "context": {"default_policy_id": self.id},
        }

    def action_withdraw(self):
        """Take back a publication whose day has not come yet."""
        self._check_manager()
        for policy in self:
            if policy.state != "published" or policy.in_force:
                raise UserError(
                    self.env._("“%s” can't be withdrawn: its day has come, or it isn't published.", policy.display_name)
                )
            # sudo: as for publishing
            policy.sudo()._record(
                {"state": "draft", "date_from": False, "published_by": False, "published_on": False,
                 "publication_note": False}
            )  # fmt: skip
            policy.sudo().message_post(body=self.env._("The publication was withdrawn."))
        return True

    def action_retire(self):
        """Take a policy out of force that holds for nobody any more."""
        self._check_manager()
        for policy in self:
            if policy.state != "published":
                raise UserError(self.env._("“%s” is not published.", policy.display_name))
            # sudo: customers and companies count whether the user sees them or not
            customers = policy.sudo().with_context(active_test=False).profile_ids
            if customers:
                raise UserError(
                    self.env._(
                        "“%(policy)s” holds for %(count)s customers."
                        " Give them another policy, or publish a new version.",
                        policy=policy.display_name,
                        count=len(customers),
                    )
                )
            if self.env["res.company"].sudo().search_count([("credit_policy_id", "=", policy.id)], limit=1):
                raise UserError(
                    self.env._("“%s” is the standard policy of a company. Choose another one first.", policy.name)
                )
            policy.sudo()._record({"state": "retired", "date_to": fields.Date.today()})
        return True

    def _check_manager(self):
        if not self.env.user.has_group("credit_management.group_manager"):
            raise AccessError(self.env._("Only credit managers publish policies and take them out of force."))
        self.check_access("read")

    # -- what is different ---------------------------------------------------------------------------

    def _before(self):
        """The version whose place this one takes, or took."""
        self.ensure_one()
        if self.state in OPEN:
            return self._current() or self.origin_id
        decided = self._versions().filtered(lambda other: other.date_from and other.state not in OPEN)
        earlier = decided.filtered(lambda other: (other.date_from, other.version) < (self.date_from, self.version))
        return earlier.sorted(lambda other: (other.date_from, other.version))[-1:]

    @api.depends("state", "origin_id")
    def _compute_compare_id(self):
        for policy in self:
            policy.compare_id = policy._origin._before() if policy._origin else False

    @api.depends("compare_id")
    @api.depends_context("lang")
    def _compute_differences(self):
        for policy in self:
            rows = policy._differences(policy.compare_id) if policy.compare_id and policy._origin else []
            policy.differences = policy._differences_table(rows) if policy.compare_id else False

    def _differences(self, other):
        """What this version says otherwise than ``other``: ``[(where, what, before, after)]``, all in words."""
        self.ensure_one()
        # what is switched off is there too, and files are compared, not their sizes
        here, there = (
            (policy._origin or policy).with_context(active_test=False, bin_size=False) for policy in (self, other)
        )
        rows = [(self.env._("Policy"), *row) for row in compared(here, there, self._is_compared)]
        for name in PARTS:
            where = self._fields[name]._description_string(self.env)
            rows += [(where, *row) for row in here[name]._compared(there[name])]
        return rows

    @api.model
    def _is_compared(self, field):
        if field.name in LIFE or field.type == "one2many":
            return False
        return self._is_verdict(field.name) or field.name in ("name", "description")

    def _differences_table(self, rows):
        if not rows:
            return Markup("<p class='text-muted'>%s</p>") % self.env._("There is no difference.")
        head = (self.env._("Where"), self.env._("What"), self.env._("Before"), self.env._("After"))
        cells = Markup("").join(Markup("<th>%s</th>") % cell for cell in head)
        lines = Markup("").join(
            Markup(
                "<tr><td class='text-muted'>%s</td><td>%s</td><td class='text-danger'>%s</td>"
                "<td class='text-success'>%s</td></tr>"
            )
            % row
            for row in rows
        )
        return (
            Markup(
                "<table class='table table-sm o_credit_differences'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>"
            )
            % (cells, lines)
        )
