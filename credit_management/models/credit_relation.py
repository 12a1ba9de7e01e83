# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.known import KnownFloat

KINDS = [
    ("parent", "Parent company"),
    ("subsidiary", "Subsidiary"),
    ("sister", "Sister company"),
    ("shareholder", "Shareholder"),
    ("holding", "Holding in"),
    ("management", "Same management"),
    ("guarantor", "Guarantor"),
    ("guaranteed", "Guarantees for"),
    ("other", "Related otherwise"),
]
# what the customer is to the other one
INVERSE = {
    "parent": "subsidiary",
    "subsidiary": "parent",
    "shareholder": "holding",
    "holding": "shareholder",
    "guarantor": "guaranteed",
    "guaranteed": "guarantor",
}


class CreditRelation(models.Model):
    """A company or person that a customer is connected with. It is recorded once, and seen from both sides."""

    _name = "credit.relation"
    _description = "Related Company"
    _inherit = ["credit.information.mixin"]
    _order = "partner_id, kind, id"

    related_id = fields.Many2one(
        "res.partner", "Related company", required=True, index=True, ondelete="cascade",
        help="The company or person that the customer is connected with.",
    )  # fmt: skip
    kind = fields.Selection(KINDS, required=True, default="parent", help="What the related company is to the customer.")
    share = KnownFloat(
        "Share %", digits=(5, 2), help="Of the capital or votes, in percent; leave empty where it is not known."
    )
    note = fields.Char(help="Since when, through whom, and what else there is to know.")

    _share_percent = models.Constraint("CHECK(share >= 0 AND share <= 100)", "A share is between 0 and 100 percent.")

    @api.depends("partner_id", "related_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for relation in self:
            relation.display_name = self.env._(
                "%(kind)s: %(name)s", kind=kinds.get(relation.kind, ""), name=relation.related_id.name or ""
            )

    @api.constrains("partner_id", "related_id", "kind")
    def _check_two(self):
        for relation in self:
            if relation.partner_id == relation.related_id:
                raise ValidationError(self.env._("“%s” cannot be related to itself.", relation.partner_id.name))
            same = self.search_count(
                Domain("id", "!=", relation.id)
                & (
                    (
                        Domain("partner_id", "=", relation.partner_id.id)
                        & Domain("related_id", "=", relation.related_id.id)
                        & Domain("kind", "=", relation.kind)
                    )
                    | (
                        Domain("partner_id", "=", relation.related_id.id)
                        & Domain("related_id", "=", relation.partner_id.id)
                        & Domain("kind", "=", INVERSE.get(relation.kind, relation.kind))
                    )
                ),
                limit=1,
            )
            if same:
                raise ValidationError(
                    self.env._(
                        "That “%(related)s” and “%(customer)s” are so related is recorded already.",
                        related=relation.related_id.name,
                        customer=relation.partner_id.name,
                    )
                )

    @api.model
    def _bring_own_along(self, sources, target):
        for relation in self.search([("related_id", "in", sources.ids)]):
            if relation.partner_id == target or relation._repeats(relation.partner_id, target):
                relation.unlink()
            else:
                relation.related_id = target
        return super()._bring_own_along(sources, target)

    def _move_to(self, partner):
        """Two customers that become one are no longer related, and what both had is kept once."""
        for relation in self:
            if relation.related_id == partner or relation._repeats(partner, relation.related_id):
                relation.unlink()
            else:
                relation.partner_id = partner

    def _repeats(self, partner, related):
        return bool(
            self.search_count(
                Domain("partner_id", "=", partner.id)
                & Domain("related_id", "=", related.id)
                & Domain("kind", "=", self.kind)
                & Domain("id", "!=", self.id),
                limit=1,
            )
        )
