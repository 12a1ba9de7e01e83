# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..engine.position import EVERYTHING, Document
from .credit_decision import OPEN

DISPUTE = {"credit_disputed", "credit_dispute_reason", "credit_disputed_by_id", "credit_disputed_on"}


class AccountMove(models.Model):
    """Customer invoices. Those that no order cleared are asked about when they are posted."""

    _name = "account.move"
    _inherit = ["account.move", "credit.checked.mixin"]

    _credit_link = "move_id"
    _credit_gated = "_post"
    _credit_checkpoint = "invoice"

    credit_decision_ids = fields.One2many("credit.decision", "move_id", "Credit decisions", copy=False)

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
        leaving = self.browse()
        if vals.get("state") in ("draft", "cancel"):
            leaving = self.filtered(lambda move: move._credit_is_invoice() and move.state != vals["state"])
        result = super().write(vals)
        if leaving:
            leaving._credit_void()
        return result

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

    # -- what the invoice asks for (credit.checked.mixin) --------------------------------------------

    def _credit_parties(self):
        return {move.id: (move.partner_id._origin.id,) * 2 for move in self}

    def _credit_is_invoice(self):
        """Whether the entry is one that the checkpoint is for: a customer invoice or receipt, never a refund."""
        return self.move_type in ("out_invoice", "out_receipt")

    def _credit_asking(self):
        if not self.env["credit.policy.rule"]._is_at("invoice"):
            return self.browse()
        invoices = self.filtered(lambda move: move._credit_is_invoice() and move.partner_id)
        uncleared = invoices._credit_uncleared()
        return invoices.filtered(lambda move: uncleared[move.id] > move._credit_paid_online(uncleared[move.id]))

    def _credit_uncleared(self):
        """What these invoices bill that no order cleared: ``{id: amount in the currency of the company}``.

        An order that was let through cleared what it bills to its own customer, at its own prices; what an invoice
        bills beyond that is not cleared, and neither are lines that belong to no order.
        """
        # sudo: what was cleared does not depend on who looks
        moves = self.sudo()
        billed = {
            move.id: move.invoice_line_ids.filtered(lambda line: line.display_type == "product") for move in moves
        }
        orders = moves.invoice_line_ids.sale_line_ids.order_id.filtered(lambda order: order.state == "sale")
        cleared = orders._credit_let_through() if orders else orders
        excess = {order: order._credit_billed_beyond() for order in cleared}
        result = {}
        for move in moves:
            company = move.company_id.root_id
            own = cleared.filtered(
                lambda order, move=move, company=company: (
                    order.company_id.root_id == company
                    and order.partner_invoice_id.commercial_partner_id == move.commercial_partner_id
                )
            )
            by_order = {
                order: billed[move.id].filtered(lambda line, order=order: order in line.sale_line_ids.order_id)
                for order in own
            }
            others = billed[move.id] - billed[move.id].browse().union(*by_order.values())
            amount = move.amount_total if not by_order else sum(others.mapped("price_total"))
            for order, lines in by_order.items():
                if excess[order]:
                    beyond = order.currency_id._convert(
                        excess[order], move.currency_id, move.company_id, move.invoice_date or fields.Date.today()
                    )
                    amount += min(beyond, max(0.0, sum(lines.mapped("price_total"))))
            rate = abs(move.amount_total_signed / move.amount_total) if move.amount_total else 1.0
            result[move.id] = move.company_currency_id.round(max(0.0, amount * rate))
        return result

    def _credit_paid_online(self, amount):
        """What of ``amount`` is paid online for the invoice already, in the currency of the company."""
        self.ensure_one()
        # sudo: the amount is all that comes out
        paid = sum(
            transaction.currency_id._convert(
                transaction.amount, self.company_currency_id, self.company_id, fields.Date.today()
            )
            for transaction in self.sudo().transaction_ids
            if transaction.state in ("authorized", "done")
        )
        return min(max(0.0, paid), amount)

    def _credit_document(self, checkpoint, counting=EVERYTHING):
        self.ensure_one()
        amount = self._credit_uncleared()[self.id]
        paid = self._credit_paid_online(amount)
        return Document(
            ask=amount - paid,
            amount=amount,
            checkpoint=checkpoint,
            prepaid=paid,
            payment_term=self.invoice_payment_term_id.id or None,
            terms=self._credit_terms(),
            **self._credit_agreed_terms(self.partner_id),
        )

    def _credit_counted(self, document):
        """The draft counts as a draft, and the posted invoice as a receivable. While it is edited, what counts is what
        was saved."""
        self.ensure_one()
        saved = self._origin
        if not saved._credit_waiting() and not saved._credit_stands():
            return {}
        if saved.commercial_partner_id != self.commercial_partner_id._origin:
            return {}
        ask = document.ask if saved == self else saved._credit_document(document.checkpoint).ask
        return {"receivable" if saved._credit_stands() else "draft_invoice": ask}

    def _credit_terms(self):
        self.ensure_one()
        term = self.invoice_payment_term_id._origin
        if term:
            return term._credit_days()
        start, due = self.invoice_date or fields.Date.today(), self.invoice_date_due
        return max(0, (due - start).days) if due else 0

    def _credit_facts(self):
        self.ensure_one()
        return {
            "name": self.name if self.name and self.name != "/" else f"{self._get_move_display_name()} * {self.id}",
            "move_id": self.id,
            "invoice_partner_id": self.partner_id.id,
            "document_user_id": self.invoice_user_id.id,
            "creator_id": self.create_uid.id,
            "document_currency_id": self.currency_id.id,
            "cleared_value": self.amount_total,
            "cleared_committed": self.amount_total,
            "cleared_terms": self._credit_terms(),
        }

    def _credit_cleared(self):
        self.ensure_one()
        return (self.partner_id.id, self.currency_id.id, self.company_id.id, self.amount_total)

    def _credit_in_order(self):
        return self.sorted(lambda move: (move.invoice_date or fields.Date.today(), move.id))

    # -- the gate ------------------------------------------------------------------------------------

    def _credit_waiting(self):
        return self.filtered(lambda move: move.state == "draft" and move._credit_is_invoice())

    def _credit_stands(self):
        return self.state == "posted"

    def _credit_people(self):
        return self.invoice_user_id | super()._credit_people()

    def _credit_salesperson(self):
        return self.invoice_user_id

    def _credit_go_on(self, method, soft=True):
        """Post what the gate lets through. Held invoices stay drafts, without an exception: those who post (a batch,
        a cron, a payment) go on with the others."""
        may_post = self.env.su or self.env.user.has_group("account.group_account_invoice")
        today = fields.Date.context_today(self)
        waiting = self._credit_waiting() if may_post else self.browse()
        if soft:  # what lies in the future is asked about on its day
            waiting = waiting.filtered(lambda move: move.date <= today)
        asking = waiting._credit_asking()
        # what is to be posted by itself waits until its hold is decided on, without asking every day
        left = self.browse()
        if soft:
            left = asking.filtered(lambda move: move.auto_post != "no" and move.credit_state in ("held", "rejected"))
        asking -= left
        through, held = asking._credit_pass_gate("invoice") if asking else (asking, [])
        if through:
            through._credit_end(OPEN)
        stopped = left.union(*(judgement.record for judgement in held))
        (waiting - stopped)._credit_remember()
        posted = self.browse() if stopped == self and stopped else method(self - stopped)
        if through & posted:
            (through & posted)._credit_name_decisions()
        self._credit_tell_held(held)
        return posted

    def _credit_name_decisions(self):
        """Drafts were asked about that have a number now: decisions call them by it."""
        self.flush_recordset(["name"])
        self.env["credit.decision"].flush_model(["name"])
        self.env.cr.execute(
            SQL(
                """UPDATE credit_decision SET name = move.name
                     FROM account_move move
                    WHERE move.id = credit_decision.move_id AND move_id = ANY(%s)
                      AND credit_decision.name IS DISTINCT FROM move.name""",
                self.ids,
            )
        )
        self.env["credit.decision"].invalidate_model(["name"], flush=False)

    @api.constrains("state")
    def _check_credit_posted(self):
        posted = self.filtered(lambda move: move._credit_stands() and move._credit_is_invoice())
        if posted and self.env["credit.policy.rule"]._is_at("invoice"):
            posted._credit_collect()

    def _credit_go_on_released(self, decision):
        """Post the invoice whose hold was released, by the system: whoever releases need not be an accountant. What
        else keeps it from being posted is for the accountant to see to, and no reason to refuse the release."""
        try:
            with self.env.cr.savepoint():
                self._post(soft=False)
        except UserError as error:
            reason = str(error)
            self._credit_tell(
                lambda reader: (reader.env._("Released by credit control, but it could not be posted"), reason)
            )
        self._credit_use_up(decision)

    # -- what people see -----------------------------------------------------------------------------

    def action_post(self):
        return self._credit_tell_not_posted(super().action_post())

    def _credit_tell_not_posted(self, result):
        """What posting these answers: that some were held, if any were.

        :param result: what it would have answered
        """
        held = self._credit_waiting().filtered(lambda move: move.credit_state == "held")
        if not held:
            return result
        # sudo: the reasons only, of what the user was about to post
        decisions = held.credit_decision_id.sudo()
        return self._credit_held_notification([(decision.name, decision.summary) for decision in decisions], result)

    def _autopost_draft_entries(self, batch_size=100):
        """Invoices that are held take no other's place in the batch."""
        waiting = fields.Domain("state", "=", "draft") & fields.Domain("auto_post", "!=", "no")
        held = self.search_count(waiting & fields.Domain("credit_state", "in", ["held", "rejected"]))
        return super()._autopost_draft_entries(batch_size + held)

    @api.depends("credit_decision_ids.state")
    def _compute_credit_decision_id(self):
        return super()._compute_credit_decision_id()

    @api.depends("partner_id", "company_id", "state", "amount_total_signed", "invoice_payment_term_id")
    @api.depends_context("lang", "uid")
    def _compute_credit_check(self):
        """The meter on every invoice of a customer under control; what stands against posting it on those that ask."""
        self.credit_profile_id = self.credit_meter = self.credit_level = self.credit_message = False
        documents = self.filtered(lambda move: move.is_sale_document(include_receipts=True) and move.partner_id)
        profiles = documents._credit_profiles() if documents else {}
        asking = documents._credit_waiting()._credit_asking()
        for move in asking:  # each on its own, as a list of drafts is not a batch
            [judgement] = move._credit_judge("invoice", {move.id: profiles[move.id]})
            move._credit_show(judgement, self.env._("This invoice"))
        rest = {move: profiles[move.id][0] for move in documents - asking}
        known = self.env["credit.profile"].sudo().union(*rest.values())
        positions = known._positions() if known else {}
        for move, profile in rest.items():
            if profile:
                move.credit_profile_id = profile.id
                move.credit_meter = profile._meter(positions[profile.id])
                move.credit_level = move.credit_meter["level"]

    def _credit_view_id(self):
        """The usual form for people in accounting; others, such as credit managers, get one of their own, which takes
        no rights there."""
        if self.env.user.has_group("account.group_account_readonly") or self.env.user.has_group(
            "account.group_account_invoice"
        ):
            return False
        return self.env.ref("credit_management.account_move_view_form_look").id

    def _compute_partner_credit_warning(self):
        """Odoo's own warning gives way to ours where the customer is under control: never both."""
        result = super()._compute_partner_credit_warning()
        warned = self.filtered("partner_credit_warning")
        profiles = warned._credit_profiles() if warned else {}
        for move in warned:
            if profiles[move.id][0]:
                move.partner_credit_warning = ""
        return result
