# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_profile_id = fields.Many2one("credit.profile", "Credit profile", compute="_compute_credit_check")
    credit_meter = fields.Json("Credit limit", compute="_compute_credit_check")
    credit_level = fields.Selection(
        [("ok", "ok"), ("near", "near"), ("over", "over"), ("hold", "hold"), ("none", "none")],
        compute="_compute_credit_check",
    )

    def _credit_profiles(self):
        """The credit profile of each customer document: ``{move: profile}``, with sudo."""
        documents = self.filtered(lambda move: move.is_sale_document(include_receipts=True) and move.partner_id)
        if not documents:
            return {}
        found = self.env["credit.profile"]._of((move.partner_id._origin.id, move.company_id.id) for move in documents)
        return {move: found[move.partner_id._origin.id, move.company_id.id] for move in documents}

    @api.depends("partner_id", "company_id", "state", "amount_total_signed")
    @api.depends_context("lang")
    def _compute_credit_check(self):
        self.credit_profile_id = self.credit_meter = self.credit_level = False
        by_move = self._credit_profiles()
        profiles = self.env["credit.profile"].sudo().union(*by_move.values())
        positions = profiles._positions() if profiles else {}
        for move, profile in by_move.items():
            if profile:
                move.credit_profile_id = profile.id
                move.credit_meter = profile._meter(positions[profile.id])
                move.credit_level = move.credit_meter["level"]

    def _compute_partner_credit_warning(self):
        """Odoo's own warning gives way to ours where the customer is under control: never both."""
        result = super()._compute_partner_credit_warning()
        for move, profile in self.filtered("partner_credit_warning")._credit_profiles().items():
            if profile:
                move.partner_credit_warning = ""
        return result
