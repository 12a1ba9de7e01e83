# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; which policy holds for a customer is a concept of its own
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# up to so many customers are counted anew at once when their policy changes; more of them wait for the change queue
AT_ONCE = 1000

# decisions that somebody has yet to take
UNDECIDED = Domain("is_open", "=", True) | (Domain("state", "=", "refused") & Domain("requested_on", "!=", False))


class CreditProfile(models.Model):
    """The policy that holds for the customer, and how he came by it. ``policy_id`` is the answer that
    :meth:`credit.policy._policy_for` gave, stored for the checks."""

    _inherit = "credit.profile"

    policy_pinned = fields.Boolean(
        "Policy chosen by hand", tracking=True, copy=False,
        help="Keep the policy, whatever segments the customer belongs to. New versions of it hold all the same.",
    )  # fmt: skip
    policy_why = fields.Char(
        "Why this policy", compute="_compute_policy_why",
        help="By which segment or choice the customer has this policy.",
    )  # fmt: skip

    @api.depends("policy_id", "policy_pinned")
    @api.depends_context("lang")
    def _compute_policy_why(self):
        why = self.env["credit.policy"]._why_for(self._origin) if self._origin else {}
        for profile in self:
            profile.policy_why = why.get(profile._origin.id, False)

    @api.constrains("policy_id")
    def _check_policy_in_force(self):
        for profile in self:
            if not profile.policy_id.sudo().in_force:
                raise ValidationError(
                    self.env._("“%s” is not in force, and can hold for no customer.", profile.policy_id.display_name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        undecided = profiles.filtered(lambda profile: not profile.policy_pinned)
        holds = self.env["credit.policy"]._policy_for(undecided, fields.Date.today())
        # who names another policy than the customer would get has chosen it
        chosen = self.browse(
            profile.id
            for profile, vals in zip(profiles, vals_list, strict=True)
            if "policy_pinned" not in vals and vals.get("policy_id") and holds[profile.id] != profile.policy_id.sudo()
        )
        # sudo: this is what the server makes of what was entered
        chosen.sudo().write({"policy_pinned": True})
        (undecided - chosen).sudo()._move_to({key: policy for key, policy in holds.items() if key not in chosen._ids})
        return profiles

    def write(self, vals):
        if "policy_id" in vals and "policy_pinned" not in vals:
            vals = {**vals, "policy_pinned": True}
        if "policy_pinned" in vals and not self.env.su:
            self._check_manager(self.env._("Only credit managers choose policies by hand."))
        result = super().write(vals)
        if "policy_id" in vals:
            self._hand_undecided_over()
        if vals.get("policy_pinned") is False:
            self.sudo()._assign_policies()
        return result

    def action_follow_segments(self):
        """Give up the choice made by hand."""
        self.write({"policy_pinned": False})
        return True

    def _assign_policies(self):
        """Find out anew which policy holds for these customers, and move those for whom it is another one."""
        self._move_to(self.env["credit.policy"]._policy_for(self, fields.Date.today()))

    def _move_to(self, policies):
        """Move customers to the policies that hold for them now.

        :param policies: ``{profile id: credit.policy}``; who has his already stays
        """
        before = {profile.id: profile.policy_id for profile in self.browse(policies).sudo()}
        moved = self.browse(key for key, policy in policies.items() if before[key] != policy)
        if not moved:
            return
        moved._set_policies({profile.id: policies[profile.id].id for profile in moved})
        why = self.env["credit.policy"]._why_for(moved)
        moved._message_log_batch(
            {
                profile.id: self.env._(
                    "Credit policy: %(before)s → %(after)s. %(why)s",
                    before=before[profile.id].display_name,
                    after=profile.policy_id.display_name,
                    why=why[profile.id],
                )
                for profile in moved
            }
        )

    @api.model
    def _follow_versions(self, before, after):
        """The customers of the versions ``before`` are those of ``after``, which took their place. The policy says who
        did that, and why; the customers' own logs don't repeat it."""
        profiles = self.with_context(active_test=False).search([("policy_id", "in", before.ids)])
        profiles._set_policies(dict.fromkeys(profiles.ids, after.id))
        # sudo: as there; these are of customers who are not under control
        self.env["credit.decision"].sudo().search(UNDECIDED & Domain("policy_id", "in", before.ids)).policy_id = after

    def _set_policies(self, policies):
        """Store which policy holds for each of these customers, by one UPDATE; with what follows of it.

        A check that is running ends on the policy that it began with.

        :param policies: ``{profile id: policy id}``
        """
        if not self:
            return
        self.flush_model(["policy_id", "partner_id", "company_id", "active"])
        self.env.cr.execute(
            SQL(
                """UPDATE credit_profile profile SET policy_id = new.policy_id
                     FROM unnest(%s, %s) AS new (id, policy_id) WHERE profile.id = new.id""",
                list(policies),
                list(policies.values()),
            )
        )
        self.invalidate_recordset(["policy_id"])
        # what is stored of the policy on the profile follows
        self.modified(["policy_id"])
        self.env["credit.policy"].invalidate_model(["profile_ids"])
        self._hand_undecided_over()
        active = self.filtered("active")
        if len(active) <= AT_ONCE:
            active._refresh()
            active._recheck_holds()
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_change (partner, company)
                   SELECT partner_id, company_id FROM credit_profile WHERE id = ANY(%s)""",
                active.ids,
            )
        )

    def _hand_undecided_over(self):
        """What waits for a decision is decided on by the policy that holds for its customer now: also what a check
        held that ran while that one was published."""
        # sudo: decisions are closed to everybody's writing
        waiting = self.env["credit.decision"].sudo().search(UNDECIDED & Domain("profile_id", "in", self.ids))
        for policy, alike in waiting.grouped(lambda decision: decision.profile_id.policy_id).items():
            alike.policy_id = policy

    @api.model
    def _rate(self, values):
        profiles = self.browse(values)
        before = {profile.id: profile.grade_id for profile in profiles}
        result = super()._rate(values)
        changed = profiles.filtered(lambda profile: profile.grade_id != before[profile.id])
        if changed:
            # sudo: a new grade may bring another policy, whoever confirmed it
            changed.sudo()._assign_policies()
        return result

    def _monitor(self, day):
        # first of all, as everything else goes by the policy
        self._assign_policies()
        self._hand_undecided_over()
        return super()._monitor(day)
