# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.limits import InForce


class CreditGroup(models.Model):
    """Customers, of any company, who share a joint limit: each document has to have room under the customer's own
    limit and under that of the group.

    The joint limit is asked for and granted as any other, with its validity (``credit.limit``). A group that never had
    one only shows what its members owe; one whose limit has ended, or was revoked, gives no credit.

    Checks of members and changes of the group lock the gate rows of profiles and group alike, in one order.
    """

    _name = "credit.group"
    _description = "Group of Customers"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True, help="Such as the name of the parent company.")
    active = fields.Boolean(default=True, tracking=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, tracking=True, default=lambda self: self.env.company.currency_id,
        help="What members owe in other currencies is converted at the rate of the day.",
    )  # fmt: skip
    limit_ids = fields.One2many(
        "credit.limit", "group_id", "Joint limits",
        help="All joint limits that were, are and will be in force, and those asked for.",
    )  # fmt: skip
    # what is in force now
    limit_status = fields.Selection(
        [("valid", "Valid"), ("unlimited", "Unlimited"), ("expired", "Ended"), ("none", "None")],
        "Validity of the limit",
        compute="_compute_figures",
        help="Ended or revoked: the members get no credit until another one is granted. None was ever granted: the"
        " group only shows what its members owe.",
    )
    amount = fields.Monetary(
        "Joint limit", compute="_compute_figures", help="What all members together may owe. 0 means no credit for any."
    )
    limit_date_end = fields.Date(
        "Limit valid until", compute="_compute_figures",
        help="The last day of the joint limit in force; empty: it has no end.",
    )  # fmt: skip
    profile_ids = fields.One2many(
        "credit.profile", "group_id", "Members",
        help="The customers that share the limit, of whichever company.",
    )  # fmt: skip
    profile_count = fields.Integer(
        "Number of members", compute="_compute_figures",
        help="How many customers share the limit.",
    )  # fmt: skip
    exposure = fields.Monetary(compute="_compute_figures", help="What all members owe and have ordered, now.")
    room = fields.Monetary("Available", compute="_compute_figures", help="What is left of the joint limit, now.")
    usage = fields.Float("Usage of the limit", compute="_compute_figures", digits=(16, 4), help="As a part of it.")
    note = fields.Text("Notes", help="How its members belong together.")

    def _members(self):
        """The active members, of all companies, with sudo.

        Searched for, and not read from ``profile_ids``: what a user has read there, which is what he may see, would
        be what sudo finds in memory.
        """
        # sudo: who belongs together, of any company, does not depend on who looks
        domain = [("group_id", "in", self.ids), ("active", "=", True)]
        return self.env["credit.profile"].sudo().search_fetch(domain, ["group_id"])

    def _joint_limits(self):
        """The joint limits in force, one that has ended or was revoked among them: ``{group id: InForce}``, in the
        currency of the group; groups that never had one are left out."""
        groups = self.filtered("active")
        # sudo: limits bind members of all companies, whoever asks
        limits = self.env["credit.limit"].sudo()
        known = limits._in_force(fields.Date.today(), groups) if groups else {}
        none = [group_id for group_id, limit in known.items() if limit.status == "none"]
        # none in force, and one was: it was revoked, and leaves nothing
        revoked = limits.search([("group_id", "in", none), ("state", "=", "revoked")]) if none else limits
        held = revoked.filtered(lambda limit: limit.date_end >= limit.date_start)
        known |= {group.id: InForce(0.0, "expired") for group in held.group_id}
        return {group_id: limit for group_id, limit in known.items() if limit.status != "none"}

    def _rate_from(self, profile):
        """What a unit of the currency of ``profile`` is worth in the group's, today."""
        if profile.currency_id == self.currency_id:
            return 1.0
        return self.env["res.currency"]._get_conversion_rate(
            profile.currency_id, self.currency_id, profile.company_id, fields.Date.today()
        )

    @api.depends("profile_ids", "limit_ids.state", "limit_ids.date_start", "limit_ids.date_end", "currency_id")
    def _compute_figures(self):
        # the sum binds every member, so whoever sees the group sees all of it; the list shows one's own companies
        members = self._origin._members()
        positions = members._positions() if members else {}
        limits = self._origin._joint_limits()
        for group in self:
            own = members.filtered(lambda profile, group=group: profile.group_id.id == group._origin.id)
            joint = positions[own[0].id].group if own else None
            limit = limits.get(group._origin.id, InForce())
            group.limit_status = limit.status
            group.amount = limit.amount if limit.status == "valid" else 0.0
            group.limit_date_end = limit.until
            group.profile_count = len(own)
            group.exposure = joint.exposure if joint else 0.0
            group.room = group.amount - group.exposure if limit.status in ("valid", "expired") else 0.0
            group.usage = group.exposure / group.amount if group.amount else 0.0

    # -- changes -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        # sudo: gate rows are the server's own
        self.env["credit.gate"].sudo().create([{"group_id": group.id} for group in groups])
        return groups

    def write(self, vals):
        if "currency_id" in vals and self.filtered(lambda group: group.currency_id.id != vals["currency_id"]).limit_ids:
            raise UserError(
                self.env._("A group that has joint limits keeps its currency: the amounts granted are in it.")
            )
        result = super().write(vals)
        if {"currency_id", "active"} & set(vals):
            members = self._members()
            members._enter_gate(self)
            members._recheck_holds()
        return result

    def action_new_limit(self):
        """Ask for a joint limit; who asks does not grant it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a joint limit"),
            "res_model": "credit.limit",
            "views": [(False, "form")],
            "context": {"default_group_id": self.id, "default_amount": self.amount or self.exposure},
        }

    def action_view_limits(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Joint limits"),
            "res_model": "credit.limit",
            "view_mode": "list,kanban,form",
            "domain": [("group_id", "=", self.id)],
            "context": {"default_group_id": self.id},
        }

    def action_view_members(self):
        self.ensure_one()
        return self.env["credit.profile"]._action_list(self.name, [("group_id", "=", self.id)])
