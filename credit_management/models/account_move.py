# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

DISPUTE = {"credit_disputed", "credit_dispute_reason", "credit_disputed_by_id", "credit_disputed_on"}


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_profile_id = fields.Many2one("credit.profile", "Credit profile", compute="_compute_credit_check")
    credit_meter = fields.Json("Credit limit", compute="_compute_credit_check")
    credit_level = fields.Selection(
        [("ok", "ok"), ("near", "near"), ("over", "over"), ("hold", "hold"), ("none", "none")],
        compute="_compute_credit_check",
    )

    credit_disputed = fields.Boolean(
        "Disputed",
        readonly=True,
        copy=False,
        tracking=True,
        help="The customer contests this invoice. Whether it counts in his payment behaviour is for the policy to say.",
        prefetch="credit",
    )
    credit_dispute_reason = fields.Char(
        "Reason of the dispute", readonly=True, copy=False, tracking=True, prefetch="credit",
        help="What the customer objects to, in the words of whoever recorded it.",
    )
    credit_disputed_by_id = fields.Many2one(
        "res.users", "Dispute recorded by", readonly=True, copy=False, prefetch="credit",
        help="Who recorded the dispute.",
    )
    credit_disputed_on = fields.Datetime(
        "Dispute recorded on", readonly=True, copy=False, prefetch="credit",
        help="Since when the invoice has been in dispute. It still counts as owed, and is not expected to be paid"
        " soon.",
    )  # fmt: skip

    @api.constrains("credit_disputed", "credit_dispute_reason")
    def _check_credit_dispute(self):
        for move in self:
            if move.credit_disputed and not (move.credit_dispute_reason or "").strip():
                raise ValidationError(self.env._("Say why “%s” is disputed.", move.display_name))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get(name) for vals in vals_list for name in DISPUTE):
            raise UserError(self.env._("An invoice can be disputed only after it is there: record the dispute on it."))
        return super().create(vals_list)

    def write(self, vals):
        if DISPUTE & set(vals):
            if not self.env.su:
                self._check_credit_dispute_right(vals)
            if "credit_disputed" in vals:
                disputed = bool(vals["credit_disputed"])
                vals = dict(
                    vals,
                    credit_disputed_by_id=disputed and self.env.uid,
                    credit_disputed_on=disputed and fields.Datetime.now(),
                )
        return super().write(vals)

    def _check_credit_dispute_right(self, vals):
        """Accountants record disputes, of posted customer invoices; by whom and when is not for them to enter."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only accountants record and settle disputes."))
        if {"credit_disputed_by_id", "credit_disputed_on"} & set(vals):
            raise AccessError(self.env._("Who recorded a dispute, and when, is noted by itself."))
        if vals.get("credit_disputed") and any(
            move.state != "posted" or move.move_type not in ("out_invoice", "out_receipt") for move in self
        ):
            raise UserError(self.env._("Only posted customer invoices can be disputed."))

    def action_credit_dispute(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a dispute"),
            "res_model": "credit.dispute",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": self.ids},
        }

    def action_credit_dispute_settled(self):
        self.write({"credit_disputed": False, "credit_dispute_reason": False})
        return True

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
