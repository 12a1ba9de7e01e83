# Part of credit_management. License LGPL-3.0 or later.
import functools

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.tools import SQL, str2bool

from ..engine.commitment import commitment
from ..engine.position import EVERYTHING, Document

STATES = [("held", "On hold"), ("ready", "Ready to release"), ("released", "Released"), ("rejected", "Rejected")]


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "credit.checked.mixin"]

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
    credit_decision_id = fields.Many2one("credit.decision", "Credit decision", compute="_compute_credit_decision_id")
    credit_state = fields.Selection(
        STATES, "Credit", compute="_compute_credit_decision_id", search="_search_credit_state",
        help="Where the order stands with credit control.",
    )
    credit_profile_id = fields.Many2one("credit.profile", "Credit profile", compute="_compute_credit_check")
    credit_meter = fields.Json("Credit limit", compute="_compute_credit_check")
    credit_level = fields.Selection(
        [("ok", "ok"), ("near", "near"), ("over", "over"), ("hold", "hold"), ("none", "none")],
        compute="_compute_credit_check",
    )
    credit_message = fields.Html("Credit control", compute="_compute_credit_check", sanitize=False)

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

    def _credit_document(self, checkpoint, counting=EVERYTHING):
        self.ensure_one()
        rate = self._credit_rate()
        asked = self.credit_open / rate
        if counting != EVERYTHING:
            # as credit.exposure counts it once it is confirmed, which dates it
            day = self._credit_delivery() or (self.state == "sale" and self.date_order.date()) or fields.Date.today()
            asked = counting.of_order(
                asked, self.credit_open_delivered / rate, (day - fields.Date.today()).days
            )
        paid = min(self._credit_paid(), asked) if asked > 0 else 0.0
        agreed_known = self.env["credit.policy.rule"]._is_used("agreed_terms")
        return Document(
            ask=asked - paid,
            amount=self.credit_value / rate,
            checkpoint=checkpoint,
            prepaid=paid,
            payment_term=self.payment_term_id.id or None,
            terms=self._credit_terms(),
            agreed_terms=self._credit_agreed_terms() if agreed_known else None,
            agreed_known=agreed_known,
        )

    def _credit_terms(self):
        self.ensure_one()
        term = self.payment_term_id._origin
        return term._credit_days() if term else 0

    def _credit_agreed_terms(self):
        """The days of the payment term that the customer has in the order's company; ``None`` where he has none."""
        self.ensure_one()
        # sudo: what was agreed upon with a customer binds whoever may not read it
        customer = self.partner_invoice_id.commercial_partner_id._origin.sudo()
        term = customer.with_company(self.company_id).property_payment_term_id
        return term._credit_days() if term else None

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

    def _register_hook(self):
        """Put the gate in front of the outermost ``action_confirm``.

        An override of ours would come too late: what other addons do before calling ``super()`` (mails, event
        registrations, loyalty points) would happen for orders that are then held.
        """
        super()._register_hook()
        model = self.env.registry[self._name]
        confirm = model.action_confirm
        if hasattr(confirm, "behind_credit_gate"):
            return

        @functools.wraps(confirm)
        def action_confirm(orders):
            waiting = orders.filtered(lambda order: order.state in ("draft", "sent"))
            if not waiting:
                return confirm(orders)
            waiting.check_access("write")  # before it is put on hold by somebody who may only look at it
            through, held = waiting._credit_pass_gate("order")
            through |= orders - waiting
            result = confirm(through) if through else True
            return orders._credit_tell_held(held, result) if held else result

        action_confirm.behind_credit_gate = confirm
        model.action_confirm = action_confirm

    def _unregister_hook(self):
        model = self.env.registry[self._name]
        if hasattr(model.__dict__.get("action_confirm"), "behind_credit_gate"):
            del model.action_confirm
        return super()._unregister_hook()

    @api.constrains("state", "partner_id", "partner_invoice_id", "company_id", "currency_id")
    def _check_credit_entering(self):
        self._credit_collect("entering")

    @api.constrains("credit_value", "credit_committed", "payment_term_id", "commitment_date")
    def _check_credit_terms(self):
        self._credit_collect("terms")

    def _credit_collect(self, what):
        """Collect what changed, to be judged once when the transaction ends: edits may go up and down until then."""
        precommit = self.env.cr.precommit
        if "credit_management.orders" not in precommit.data:
            precommit.data["credit_management.orders"] = {"entering": set(), "terms": set()}
            # nothing of the client's context reaches the judgement
            precommit.add(self.env["sale.order"].with_context(lang=self.env.lang)._credit_enforce_collected)
        precommit.data["credit_management.orders"][what].update(self.ids)

    def _credit_enforce_collected(self):
        collected = self.env.cr.precommit.data.pop("credit_management.orders", {"entering": set(), "terms": set()})
        # sudo: orders that the user cannot read are bound too
        orders = self.browse(collected["entering"] | collected["terms"]).sudo()
        try:
            standing = orders.filtered(lambda order: order.state == "sale")
        except MissingError:  # some were deleted meanwhile; asking every time would be one more query for each check
            standing = orders.exists().filtered(lambda order: order.state == "sale")
        if standing:
            standing._credit_enforce(self.browse(collected["entering"]))

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

    def unlink(self):
        self._credit_void()
        for collected in self.env.cr.precommit.data.get("credit_management.orders", {}).values():
            collected.difference_update(self.ids)
        return super().unlink()

    def _credit_void(self):
        """What was cleared, released or held for these orders is void: cancelled, reset or deleted, they are to be
        checked anew."""
        self._credit_forget()
        self.env["credit.decision"].flush_model(["state", "order_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE credit_decision SET state = 'void', is_open = FALSE
                    WHERE order_id = ANY(%s) AND state IN ('passed', 'released', 'taken_over', 'held', 'ready')""",
                self.ids,
            )
        )
        if self.env.cr.rowcount:
            self.env["credit.decision"].invalidate_model(["state", "is_open"])

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

    def _credit_for(self, user):
        """These orders in the language of whom something is written to."""
        return self.with_context(lang=user.lang)

    # -- holding and releasing -----------------------------------------------------------------------

    def _credit_tell_held(self, held, result):
        """Say that orders were held: to whoever confirmed them, and to salespeople who are not there."""
        for judgement in held:
            order = judgement.record
            if order.user_id and order.user_id != self.env.user:
                reader = order.sudo()._credit_for(order.user_id)
                reader.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=reader.env._("Held by credit control"),
                    note=reader._credit_why(judgement),
                    user_id=order.user_id.id,
                )
        names = ", ".join(judgement.record.name for judgement in held)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": len(held) > 1,
                "title": self.env._("On credit hold: %s", names),
                "message": "\n".join(judgement.record._credit_why(judgement) for judgement in held[:3]),
                "next": result if isinstance(result, dict) else {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _credit_released(self, decision):
        """A hold was released: confirm the order or hand it back, as its policy says."""
        self.ensure_one()
        self.activity_unlink(["credit_management.activity_release"])
        if self.state in ("draft", "sent") and decision.policy_id.sudo().on_release != "hand_back":
            self.with_context(send_email=True).action_confirm()
            if self.state == "sale" and not decision.used_on:
                # it passed by itself, as the cause has gone: the release is used up all the same
                decision.sudo().used_on = fields.Datetime.now()
            self._credit_invoice_paid()
        elif self.user_id:
            reader = self._credit_for(self.user_id)
            reader.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=reader.env._("Released by credit control"),
                note=decision.release_note or "",
                user_id=self.user_id.id,
            )
        self.message_post(
            body=Markup("%s<br/>%s")
            % (
                self.env._("Released by %s.", decision.released_by.name),
                " – ".join(filter(None, [decision.reason_id.name, decision.release_note])),
            ),
            subtype_xmlid="mail.mt_note",
        )

    def _credit_invoice_paid(self):
        """Invoice what was paid online while the order was held, as Odoo does for paid orders: by the system, since
        whoever released the order need not have rights in accounting."""
        order = self.with_user(SUPERUSER_ID)
        automatic = order.env["ir.config_parameter"].get_param("sale.automatic_invoice")
        paid = order.transaction_ids.filtered(lambda transaction: transaction.state == "done")
        if str2bool(automatic or "false") and paid and order.state == "sale" and not order.invoice_ids:
            paid._invoice_sale_orders()
            order.invoice_ids.filtered(lambda move: move.state == "draft").action_post()

    def _credit_rejected(self, decision):
        self.ensure_one()
        self.activity_unlink(["credit_management.activity_release"])
        self.message_post(
            body=Markup("%s<br/>%s")
            % (
                self.env._("Rejected by %s.", decision.released_by.name),
                " – ".join(filter(None, [decision.reason_id.name, decision.release_note])),
            ),
            subtype_xmlid="mail.mt_note",
        )
        if self.user_id and self.user_id != decision.released_by:
            reader = self._credit_for(self.user_id)
            reader.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=reader.env._("Rejected by credit control"),
                note=decision.release_note or "",
                user_id=self.user_id.id,
            )

    # -- what people see -----------------------------------------------------------------------------

    @api.depends("credit_decision_ids.state")
    def _compute_credit_decision_id(self):
        # sudo: of a colleague's order only its state is shown; the decision itself has access rules of its own
        latest = {}
        decisions = (
            self.env["credit.decision"]
            .sudo()
            .search_fetch(
                [("order_id", "in", self.ids), ("state", "not in", ("void", "recorded"))],
                ["order_id", "state"],
                order="id",
            )
        )
        for decision in decisions:
            if decision.state != "refused" or decision.order_id.id not in latest:
                latest[decision.order_id.id] = decision
        shown = dict(STATES)
        for order in self:
            decision = latest.get(order._origin.id)
            order.credit_decision_id = decision
            order.credit_state = decision.state if decision and decision.state in shown else False

    def _search_credit_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = [state for state in value if state]
        latest = SQL(
            """(SELECT DISTINCT ON (order_id) order_id FROM credit_decision
                 WHERE order_id IS NOT NULL AND state = ANY(%s))""",
            states,
        )
        self.env["credit.decision"].flush_model(["order_id", "state"])
        ids = [row[0] for row in self.env.execute_query(latest)] if states else []
        domain = fields.Domain("id", "in", ids)
        if False in value:
            known = [row[0] for row in self.env.execute_query(SQL(
                "SELECT DISTINCT order_id FROM credit_decision WHERE order_id IS NOT NULL AND state = ANY(%s)",
                [state for state, _label in STATES],
            ))]  # fmt: skip
            domain |= fields.Domain("id", "not in", known)
        return domain

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
                order._credit_show(judgement)

    def _credit_show(self, judgement):
        verdict, profile = judgement.verdict, judgement.profile
        if verdict is None:
            return
        decisions = self.env["credit.decision"]
        currency = (profile.currency_id or self.company_id.currency_id).sudo()
        if profile:
            self.credit_profile_id = profile.id
            self.credit_meter = profile._meter(verdict.position, verdict.document.ask, self.env._("This order"))
            self.credit_level = self.credit_meter["level"]
        sentences = decisions._explain(verdict.findings, verdict.position, verdict.document, currency)
        if not sentences:
            return
        if not verdict.stands and self.state != "sale":
            self.credit_level = "hold"
        advice = decisions._advise(verdict, profile)
        self.credit_message = Markup("<ul class='mb-0'>%s</ul>%s") % (
            Markup("").join(Markup("<li>%s</li>") % sentence for sentence in sentences),
            Markup("<div class='mt-1'><b>%s</b>%s</div>") % (self.env._("What would unblock it"), advice)
            if advice
            else "",
        )

    def _compute_partner_credit_warning(self):
        """Odoo's own warning gives way to ours where the customer is under control: never both."""
        result = super()._compute_partner_credit_warning()
        warned = self.filtered("partner_credit_warning")
        profiles = warned._credit_profiles() if warned else {}
        for order in warned:
            if profiles[order.id][0]:
                order.partner_credit_warning = ""
        return result

    def action_ask_release(self):
        """Open the dialog in which the salesperson asks for the release of a held order."""
        self.ensure_one()
        if self.credit_decision_id.state not in ("held", "ready", "refused"):
            raise UserError(self.env._("“%s” is not held: there is nothing to ask for.", self.display_name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for release"),
            "res_model": "credit.ask",
            "view_mode": "form",
            "target": "new",
            "context": {"default_decision_id": self.credit_decision_id.id},
        }

    def action_ask_limit(self):
        """Open the dialog in which the salesperson of a held order asks for a limit that lets it pass."""
        self.ensure_one()
        if not self.credit_decision_id:
            raise UserError(self.env._("“%s” is not held: there is nothing to ask for.", self.display_name))
        return self.credit_decision_id.sudo(False).action_ask_limit()

    def action_view_credit_decision(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit decisions"),
            "res_model": "credit.decision",
            "view_mode": "list,form",
            "domain": [("order_id", "=", self.id)],
        }

    def _credit_view_id(self):
        """The form in which to look at a held order: the usual one for people in sales. Others, such as credit
        managers, get one of their own, as that takes rights which addons to sales (loyalty, for one) give to
        salespeople only."""
        if not self or self.env.user.has_group("sales_team.group_sale_salesman"):
            return False
        return self.env.ref("credit_management.sale_order_view_form_look").id
