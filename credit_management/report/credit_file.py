# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, models
from odoo.exceptions import AccessError

from ..models.credit_profile_information import ANALYST


class CreditFile(models.AbstractModel):
    """All that is known of a customer and how he is rated, on paper. As confidential as what it shows."""

    _name = "report.credit_management.credit_file"
    _description = "Credit File"

    @api.model
    def _get_report_values(self, docids, data=None):
        if not self.env.user.has_group(ANALYST):
            raise AccessError(self.env._("Only credit analysts print credit files."))
        profiles = self.env["credit.profile"].browse(docids)
        profiles.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": "credit.profile",
            "docs": profiles,
            "assessments": {profile.id: profile.draft_assessment_id or profile.assessment_id for profile in profiles},
        }
