# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the credit profiles first: Odoo would delete those that it cannot move."""
        # sudo: merging contacts takes no rights on credit, and loses none of it
        profiles = (
            self.env["credit.profile"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", src_partners.ids)])
        )
        profiles._merge_into(dst_partner.commercial_partner_id)
        self.env["credit.information.mixin"]._bring_along(src_partners, dst_partner.commercial_partner_id)
        self.env.flush_all()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["credit.decision"]._move_contacts(src_partners, dst_partner)
        dst_partner._credit_take_over()
        return result
