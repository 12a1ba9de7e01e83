# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

from ..engine.position import exceeds
from ..tools.words import enumerated


class CreditAuthority(models.Model):
    """Who may release held documents under a policy: up to which overage, on documents of up to which amount.

    One line has to cover both; of several lines of a person each counts for itself.
    """

    _name = "credit.authority"
    _inherit = ["credit.policy.part"]
    _description = "Credit Release Authority"
    _order = "policy_id, unlimited, amount, id"

    group_id = fields.Many2one(
        "res.groups", "Role", domain="[('privilege_id', '=', privilege_id)]",
        help="Everybody who has this role may release that much.",
    )  # fmt: skip
    user_id = fields.Many2one(
        "res.users", "Person", domain=[("share", "=", False)], help="Leave empty for everybody who has the role."
    )
    privilege_id = fields.Many2one("res.groups.privilege", compute="_compute_privilege_id")
    amount = fields.Monetary(
        "Up to an overage of",
        help="What exceeds the limit. Where a rule that knows no limit stops an order, what the order asks for.",
    )
    unlimited = fields.Boolean("Any overage", help="Releases are not bounded by the overage.")
    document_amount = fields.Monetary(
        "On documents up to", help="The whole document, taxes included, however little of it exceeds the limit."
    )
    any_document = fields.Boolean("Any document", default=True, help="However large the document is.")
    currency_id = fields.Many2one(related="policy_id.currency_id")

    _amount_positive = models.Constraint(
        "CHECK(amount >= 0 AND document_amount >= 0)", "An authority cannot be negative."
    )
    _somebody = models.Constraint(
        "CHECK(group_id IS NOT NULL OR user_id IS NOT NULL)",
        "An authority is given to a role or to a person: choose one.",
    )

    @api.depends("policy_id")
    def _compute_privilege_id(self):
        self.privilege_id = self.env.ref("credit_management.privilege_credit", raise_if_not_found=False)

    def _of(self, user):
        """Those of these lines that give ``user`` authority."""
        return self.filtered(
            lambda authority: (
                authority.user_id == user
                or (not authority.user_id and authority.group_id and authority.group_id in user.all_group_ids)
            )
        )

    def _covers(self, overage, document_amount, rounding):
        """Those of these lines that suffice for an overage on a document, both in the currency of the company."""
        return self.filtered(
            lambda authority: (
                (authority.unlimited or not exceeds(overage, authority.amount, rounding))
                and (authority.any_document or not exceeds(document_amount, authority.document_amount, rounding))
            )
        )

    def _covered(self):
        """The decisions that one of these lines suffices for, as a domain."""
        return Domain.OR(
            (Domain.TRUE if authority.unlimited else Domain("overage", "<=", authority.amount))
            & (Domain.TRUE if authority.any_document else Domain("document_amount", "<=", authority.document_amount))
            for authority in self
        )

    def _who_in_words(self):
        """The persons and roles, for whoever asks who decides."""
        who = dict.fromkeys(authority.user_id.name or authority.group_id.name for authority in self)
        return enumerated(self.env, who)

    @api.depends("group_id", "user_id")
    def _compute_display_name(self):
        for authority in self:
            authority.display_name = authority.user_id.name or authority.group_id.name

    def _identity(self):
        return self.group_id.id, self.user_id.id

    def _in_words(self):
        def up_to(unlimited, amount):
            if unlimited:
                return self.env._("any amount")
            return self.env._("up to %s", formatLang(self.env, amount, currency_obj=self.currency_id))

        return self.env._(
            "overage: %(overage)s; document: %(document)s",
            overage=up_to(self.unlimited, self.amount),
            document=up_to(self.any_document, self.document_amount),
        )
