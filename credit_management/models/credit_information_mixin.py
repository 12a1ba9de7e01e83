# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditInformationMixin(models.AbstractModel):
    """What is known of a customer: it belongs to the commercial partner, and to all companies or to one of them.

    Whoever is merged with or becomes part of another customer brings along what is known of him; see
    :meth:`_bring_along`.
    """

    _name = "credit.information.mixin"
    _description = "Information on a Customer"

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("parent_id", "=", False)],
        help="The company itself, not one of its contacts.",
    )
    company_id = fields.Many2one(
        "res.company",
        "Known to",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        domain=[("parent_id", "=", False)],
        help="The company that alone may use this; leave empty to share it with all of your companies.",
    )

    @api.depends("partner_id")
    def _compute_company_id(self):
        for record in self:
            record.company_id = record.partner_id.company_id.root_id

    @api.constrains("partner_id", "company_id")
    def _check_party(self):
        for record in self:
            customer = record.partner_id.commercial_partner_id
            if customer != record.partner_id:
                raise ValidationError(
                    self.env._(
                        "“%(contact)s” is a contact of “%(company)s”. Keep what you know with the company.",
                        contact=record.partner_id.name,
                        company=customer.name,
                    )
                )
            if record.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "“%(branch)s” is a branch. What is known of customers is kept by “%(root)s”.",
                        branch=record.company_id.name,
                        root=record.company_id.root_id.name,
                    )
                )

    @api.model
    def _bring_along(self, sources, target):
        """Move all that is known of the partners ``sources`` to the commercial partner ``target``."""
        for name in sorted(self._inherit_children):
            # sudo: whoever merges or moves contacts need not have rights on what is known of them
            self.env[name].sudo().with_context(active_test=False)._bring_own_along(sources - target, target)

    @api.model
    def _bring_own_along(self, sources, target):
        """Move those of this model."""
        self.search([("partner_id", "in", sources.ids)])._move_to(target)

    def _move_to(self, partner):
        """Make these ``partner``'s. Models whose records can stand in each other's way settle that first."""
        self.partner_id = partner
