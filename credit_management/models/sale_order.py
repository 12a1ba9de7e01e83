# Part of credit_management. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import str2bool

from ..engine.commitment import commitment
from ..engine.position import EVERYTHING, Document
from .credit_decision import CLEARANCES


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "credit.checked.mixin"]

    _credit_link = "order_id"
    _credit_gated = "action_confirm"
    _credit_checkpoint = "order"

    # in the order's currency; on quotations too, as if they were confirmed
    credit_open = fields.Monetary(
        "To be invoiced",
        compute="_compute_commitment",
        store=True,
        help="What the order would still bill, taxes included.",
    )
    credit_open_delivered = fields.Monetary(
        "Delivered, to be invoiced",
        compute="_compute_commitment",
        store=True,
        help="The part of it that is delivered already.",
    )
    credit_value = fields.Monetary(
        "Credit value", compute="_compute_commitment", store=True, help="What the order bills in all, taxes included."
    )
    credit_committed = fields.Monetary(
        "Committed", compute="_compute_commitment", store=True,
        help="The part of the credit value that people decided, without what deliveries added by themselves.",
    )  # fmt: skip

    credit_authorized = fields.Monetary(
        "Authorised online", compute="_compute_credit_paid_online", store=True, compute_sudo=True
    )
    credit_paid_online = fields.Monetary(
        "Paid online", compute="_compute_credit_paid_online", store=True, compute_sudo=True
    )

    credit_decision_ids = fields.One2many("credit.decision", "order_id", "Credit decisions", copy=False)

    # -- what the order commits ----------------------------------------------------------------------

    @api.depends(
        "currency_id",
        "order_line.display_type",
        "order_line.is_downpayment",
        "order_line.price_total",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.qty_delivered_method",
        "order_line.qty_invoiced",
        "order_line.invoice_lines.price_total",
        "order_line.invoice_lines.quantity",
        "order_line.invoice_lines.move_id.state",
    )
    def _compute_commitment(self):
        for order in self:
            # not `filtered`: its lines would be read for this order alone, and not for all of them at once
            lines = [line for line in order.order_line if not line.display_type]
            figures = commitment(
                [line._credit_line() for line in lines if not line.is_downpayment],
                sum(line._credit_billed() for line in lines if line.is_downpayment),
            )
            order.credit_open = order.currency_id.round(figures.open) if order.currency_id else figures.open
            order.credit_open_delivered = figures.open_delivered
            order.credit_value = figures.value
            order.credit_committed = figures.committed

    @api.depends("transaction_ids.state", "transaction_ids.amount", "transaction_ids.currency_id", "currency_id")
    def _compute_credit_paid_online(self):
        """Stored, so that an order without online payments, which is nearly every one, costs no look at them."""
        for order in self:
            paid = {"authorized": 0.0, "done": 0.0}
            for transaction in order.transaction_ids:
                if transaction.state in paid:
                    paid[transaction.state] += transaction.currency_id._convert(
                        transaction.amount, order.currency_id, order.company_id, fields.Date.today()
                    )
            order.credit_authorized = paid["authorized"]
            order.credit_paid_online = paid["done"]

    # -- what the order asks for (credit.checked.mixin) ----------------------------------------------

    def _credit_parties(self):
        return {order.id: (order.partner_invoice_id._origin.id, order.partner_id._origin.id) for order in self}

    def _credit_rate(self):
        """Order currency per unit of company currency: of today while the order can still be confirmed, its own once
        it is."""
        self.ensure_one()
        company = self.company_id.sudo()
        if self.currency_id == company.currency_id:
            return 1.0
        if self.state == "sale" and self.currency_rate:
            return self.currency_rate
        return self.env["res.currency"]._get_conversion_rate(
            company.currency_id, self.currency_id, company, fields.Date.today()
        )

    def _credit_delivery(self):
        """The day on which the customer was promised the delivery; ``None`` for none, which means at once."""
        self.ensure_one()
        return self.commitment_date.date() if self.commitment_date else None

    def _credit_ahead(self):
        """The days until the order is to be delivered, as ``credit.exposure`` counts it once it is confirmed."""
        self.ensure_one()
        today = fields.Date.today()
        day = self._credit_delivery() or (self.state == "sale" and self.date_order.date()) or today
        return (day - today).days

    def _credit_document(self, checkpoint, counting=EVERYTHING):
        self.ensure_one()
        rate = self._credit_rate()
        asked = self.credit_open / rate
        if counting != EVERYTHING:
            asked = counting.of_order(asked, self.credit_open_delivered / rate, self._credit_ahead())
        paid = min(self._credit_paid(), asked) if asked > 0 else 0.0
        return Document(
            ask=asked - paid,
            amount=self.credit_value / rate,
            checkpoint=checkpoint,
            prepaid=paid,
            payment_term=self.payment_term_id.id or None,
            terms=self._credit_terms(),
            **self._credit_agreed_terms(self.partner_invoice_id),
        )

    def _credit_terms(self):
        self.ensure_one()
        term = self.payment_term_id._origin
        return term._credit_days() if term else 0

    def _credit_paid(self):
        """What is paid for the order in particular, in company currency.

        Authorised money always; received money while the order is not confirmed and the payment is still there,
        earmarked for it (see ``credit.exposure``): once it is confirmed the payment counts as any other.
        """
        self.ensure_one()
        paid = self.credit_authorized / self._credit_rate() if self.credit_authorized else 0.0
        if self.state == "sale" or not self.credit_paid_online:
            return paid
        # sudo: salespeople do not read transactions; the amount is all that comes out
        for transaction in self.sudo().transaction_ids.filtered(lambda transaction: transaction.state == "done"):
            if transaction.payment_id:
                items = transaction.payment_id.move_id.line_ids.filtered(
                    lambda item: item.account_id.account_type == "asset_receivable" and item.parent_state == "posted"
                )
                paid += max(0.0, -sum(items.mapped("amount_residual")))
            else:
                company = self.company_id.sudo()
                paid += transaction.currency_id._convert(
                    transaction.amount, company.currency_id, company, fields.Date.today()
                )
        return max(0.0, paid)

    def _credit_without(self):
        return self.filtered(lambda order: order.state == "sale").ids

    def _credit_facts(self):
        self.ensure_one()
        return {
            "name": self.name,
            "order_id": self.id,
            "invoice_partner_id": self.partner_invoice_id.id,
            "document_user_id": self.user_id.id,
            "creator_id": self.create_uid.id,
            "document_currency_id": self.currency_id.id,
            "cleared_value": self.credit_value,
            "cleared_committed": self.credit_committed,
            "cleared_terms": self._credit_terms(),
            "cleared_delivery": self._credit_delivery(),
        }

    def _credit_cleared(self):
        self.ensure_one()
        return (
            self.partner_invoice_id.id,
            self.currency_id.id,
            self.company_id.id,
            self.credit_value,
            self.credit_committed,
            self._credit_terms(),
            self._credit_delivery(),
        )

    # -- the gate ------------------------------------------------------------------------------------

    def _credit_waiting(self):
        return self.filtered(lambda order: order.state in ("draft", "sent"))

    def _credit_stands(self):
        return self.state == "sale"

    def _credit_people(self):
        return self.user_id | super()._credit_people()

    def _credit_salesperson(self):
        return self.user_id

    def _credit_go_on(self, method):
        waiting = self._credit_waiting()
        if not waiting:
            return method(self)
        waiting.check_access("write")  # before it is put on hold by somebody who may only look at it
        through, held = waiting._credit_pass_gate("order")
        through |= self - waiting
        result = method(through) if through else True
        if not held:
            return result
        self._credit_tell_held(held)
        reasons = [(judgement.record.name, judgement.record._credit_why(judgement)) for judgement in held]
        return self._credit_held_notification(reasons, result)

    @api.constrains("state", "partner_id", "partner_invoice_id", "company_id", "currency_id")
    def _check_credit_entering(self):
        self._credit_collect()

    @api.constrains("credit_value", "credit_committed", "payment_term_id", "commitment_date")
    def _check_credit_terms(self):
        self._credit_collect("terms")

    def _credit_enforce_from_records(self, entering):
        """The part of :meth:`_credit_enforce` that looks up what was decided."""
        profiles = self._credit_profiles()
        # sudo: what was cleared binds whoever may not read the decision
        decisions = (
            self.env["credit.decision"]
            .sudo()
            .search_fetch(
                [("res_model", "=", self._name), ("res_id", "in", self.ids), ("state", "in", CLEARANCES)],
                ["res_id", "state", "used_on", "cleared_value", "cleared_committed", "cleared_terms",
                 "cleared_delivery", "invoice_partner_id", "document_currency_id", "company_id", "profile_id"],
                order="id",
            )
        )  # fmt: skip
        clearances = {decision.res_id: decision for decision in decisions if decision._is_used()}
        new, raised = self.browse(), self.browse()
        for record in self:
            clearance = clearances.get(record.id)
            profile = profiles[record.id][0]
            if clearance is not None and clearance._follows(record, profile):
                clearance.profile_id = profile
            if clearance is None or not clearance._is_for(record, profile):
                if (
                    clearance is not None
                    or profile
                    # one that was confirmed before the company's setting stands: nothing says what it may grow to
                    or (record in entering and record._credit_unknown("order"))
                ):
                    new |= record
            elif clearance._is_exceeded(record, profile):
                if clearance._is_growth(record, profile):
                    record._credit_record_growth(clearance, profile)
                else:
                    raised |= record
            else:
                clearance._lower(record)
        for checkpoint, records in (("order", new), ("amendment", raised)):
            through, stopped = records._credit_pass_gate(checkpoint) if records else (records, [])
            if stopped:
                self._credit_refuse(stopped, checkpoint)
            decisions.filtered(lambda d, ids=set(through.ids): d.res_id in ids and d._is_used()).write(
                {"state": "void"}
            )

    def write(self, vals):
        leaving = self.browse()
        if vals.get("state") in ("draft", "cancel"):
            leaving = self
        elif vals.get("state") == "sent":
            leaving = self.filtered(lambda order: order.state == "sale")
        result = super().write(vals)
        if leaving:
            leaving._credit_void()
        return result

    def _credit_let_through(self):
        """Those of these orders that stand on a clearance."""
        # sudo: what was cleared binds whoever may not read the decision
        decisions = self.env["credit.decision"].sudo().search_fetch(
            [("order_id", "in", self.ids), ("state", "in", CLEARANCES)], ["order_id", "state", "used_on"]
        )
        return self & self.browse(decision.order_id.id for decision in decisions if decision._is_used())

    def _credit_billed_beyond(self):
        """What was billed for the order beyond what it commits, in its currency: by prices raised on an invoice, or by
        more than was ordered. A unit of rounding on each line billed is not more."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        beyond = sum(line._credit_billed() for line in lines) - self.credit_value
        tolerance = self.currency_id.rounding * (1 + len(lines.invoice_lines))
        return beyond if beyond > tolerance else 0.0

    def _credit_record_growth(self, clearance, profile):
        """Put on record that the order grew by itself, and tell whoever looks after the customer's credit."""
        self.ensure_one()
        [judgement] = self._credit_judge("amendment")
        values = self._credit_decision_values(judgement, "amendment", state="recorded")
        self.env["credit.decision"]._put_on_record([values])
        clearance.write({"cleared_value": self.credit_value, "cleared_committed": self.credit_committed})
        if profile.user_id and not judgement.stands:
            reader = self._credit_for(profile.user_id)
            reader.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=reader.env._("Grown beyond what credit control has cleared"),
                note=reader._credit_why(judgement),
                user_id=profile.user_id.id,
            )

    # -- holding and releasing -----------------------------------------------------------------------

    def _credit_go_on_released(self, decision):
        self.with_context(send_email=True).action_confirm()
        self._credit_use_up(decision)
        self._credit_invoice_paid()

    def _credit_invoice_paid(self):
        """Invoice what was paid online while the order was held, as Odoo does for paid orders: by the system, since
        whoever released the order need not have rights in accounting."""
        order = self.with_user(SUPERUSER_ID)
        automatic = order.env["ir.config_parameter"].get_param("sale.automatic_invoice")
        paid = order.transaction_ids.filtered(lambda transaction: transaction.state == "done")
        if str2bool(automatic or "false") and paid and order.state == "sale" and not order.invoice_ids:
            paid._invoice_sale_orders()
            order.invoice_ids.filtered(lambda move: move.state == "draft").action_post()

    # -- what people see -----------------------------------------------------------------------------

    @api.depends("credit_decision_ids.state")
    def _compute_credit_decision_id(self):
        return super()._compute_credit_decision_id()

    @api.depends(
        "partner_id", "partner_invoice_id", "company_id", "credit_open", "state", "payment_term_id", "commitment_date"
    )
    @api.depends_context("lang", "uid")
    def _compute_credit_check(self):
        """The meter and the banner: always live. A form not saved yet is judged as it stands on the screen."""
        self.credit_profile_id = self.credit_meter = self.credit_level = self.credit_message = False
        orders = self.filtered(lambda order: order.partner_id and order.company_id and order.state != "cancel")
        if not orders:
            return
        profiles = orders._credit_profiles()
        for checkpoint, part in (
            ("order", orders.filtered(lambda order: order.state in ("draft", "sent"))),
            ("amendment", orders.filtered(lambda order: order.state == "sale")),
        ):
            for order in part:  # each on its own, as a list of quotations is not a batch
                [judgement] = order._credit_judge(checkpoint, {order.id: profiles[order.id]})
                order._credit_show(judgement, self.env._("This order"))

    def _compute_partner_credit_warning(self):
        """Odoo's own warning gives way to ours where the customer is under control: never both."""
        result = super()._compute_partner_credit_warning()
        warned = self.filtered("partner_credit_warning")
        profiles = warned._credit_profiles() if warned else {}
        for order in warned:
            if profiles[order.id][0]:
                order.partner_credit_warning = ""
        return result

    def _credit_view_id(self):
        """The form in which to look at a held order: the usual one for people in sales. Others, such as credit
        managers, get one of their own, as that takes rights which addons to sales (loyalty, for one) give to
        salespeople only."""
        if not self or self.env.user.has_group("sales_team.group_sale_salesman"):
            return False
        return self.env.ref("credit_management.sale_order_view_form_look").id
