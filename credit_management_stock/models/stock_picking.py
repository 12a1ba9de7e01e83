# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import float_is_zero

from odoo.addons.credit_management.engine.position import EVERYTHING, Document
from odoo.addons.credit_management.models.credit_decision import OPEN

VIEWER = "credit_management.group_viewer"


class StockPicking(models.Model):
    """Deliveries to customers, dropshipped ones among them: asked about when their goods leave.

    A delivery asks for what it moves and is not paid yet. Of a cleared order that is in the exposure already, so that
    the rules look at what the customer owes today; of goods without an order it comes on top. Whoever works in the
    warehouse sees that a delivery is held, and whom to ask; the figures are for those who may see credit.
    """

    _name = "stock.picking"
    _inherit = ["stock.picking", "credit.checked.mixin"]

    _credit_link = "picking_id"
    _credit_gated = "_action_done"
    _credit_checkpoint = "delivery"
    _credit_counts_when_held = True

    credit_decision_ids = fields.One2many(
        "credit.decision", "picking_id", "Credit decisions", copy=False, groups=VIEWER
    )
    credit_decision_id = fields.Many2one(groups=VIEWER)
    credit_profile_id = fields.Many2one(groups=VIEWER)
    credit_meter = fields.Json(groups=VIEWER)
    credit_level = fields.Selection(groups=VIEWER)
    credit_message = fields.Html(groups=VIEWER)
    credit_words = fields.Char(
        "Credit control", compute="_compute_credit_words", compute_sudo=True, help="Why the delivery waits."
    )

    # -- what the delivery asks for (credit.checked.mixin) -------------------------------------------

    def _credit_is_delivery(self):
        """Whether goods go to a customer: not where they come back from one, and not what was handed over at a till,
        which has left already."""
        if self.location_dest_id.usage != "customer" or self.location_id.usage == "customer":
            return False
        return "pos_session_id" not in self._fields or not self.sudo().pos_session_id

    def _credit_order(self):
        """The sales order that the goods were ordered with, with sudo: who works in the warehouse need not see it."""
        self.ensure_one()
        transfer = self.sudo()
        return transfer.sale_id or transfer.move_ids.sale_line_id.order_id[:1]

    def _credit_parties(self):
        parties = {}
        for picking in self:
            order = picking._credit_order()
            contact = picking.partner_id._origin.id
            parties[picking.id] = (order.partner_invoice_id.id, order.partner_id.id) if order else (contact, contact)
        return parties

    def _credit_asking(self):
        if not self.env["credit.policy.rule"]._is_at("delivery"):
            return self.browse()
        return self.filtered(lambda picking: picking._credit_is_delivery())

    def _credit_moved(self):
        """What goes to the customer now: ``{move: quantity in its unit}``, with sudo; what is picked or, before
        anything is, what is reserved or asked for. Goods that go out again in exchange are not billed, and left
        out."""
        self.ensure_one()
        moves = self.sudo().move_ids.filtered(
            lambda move: (
                move.state != "cancel"
                and move.location_dest_id.usage == "customer"
                and (move.to_refund or not move.origin_returned_move_id)
            )
        )
        moved = {move: move._get_picked_quantity() for move in moves.filtered("picked") or moves}
        return moved if any(moved.values()) else {move: move.product_uom_qty for move in moves}

    def _credit_asked(self):
        """What the delivery asks for, in company currency: ``(its whole value, what of it is not paid, {component: what
        of that counts already})``."""
        self.ensure_one()
        company = self.company_id.sudo()
        ordered, value = {}, 0.0
        for move, quantity in self._credit_moved().items():
            order = move.sale_line_id.order_id
            if order.state == "sale":
                ordered[order] = ordered.get(order, 0.0) + move._credit_ordered_value(quantity) / order._credit_rate()
            else:
                value += move._credit_sales_value(quantity)
        asked, counted = value, {}
        for order, amount in ordered.items():
            value += amount
            left = amount
            for component, unpaid in order._credit_unpaid().items():
                part = min(left, max(0.0, unpaid))
                if not float_is_zero(part, precision_rounding=company.currency_id.rounding):
                    counted[component] = counted.get(component, 0.0) + part
                    left -= part
            asked += amount - left
        return value, asked, counted

    def _credit_document(self, checkpoint, counting=EVERYTHING):
        value, asked, counted = self._credit_asked()
        if counting.orders == "none":  # nor does what is delivered of them
            asked -= counted.get("order", 0.0)
        order = self._credit_order()
        return Document(
            ask=asked,
            amount=value,
            checkpoint=checkpoint,
            prepaid=value - asked,
            payment_term=order.payment_term_id.id or None,
            terms=self._credit_terms(),
            **self._credit_agreed_terms(order.partner_invoice_id or self.partner_id),
        )

    def _credit_counted(self, document):
        return self._credit_asked()[2]

    def _credit_held_already(self, document, profile):
        counted = super()._credit_held_already(document, profile)
        order = self._credit_order()
        if order and "order" in counted:
            counted["order"] = profile._counting().of_order(counted["order"], 0.0, order._credit_ahead())
        return counted

    def _credit_terms(self):
        order = self._credit_order()
        return order._credit_terms() if order else 0

    def _credit_facts(self):
        self.ensure_one()
        order = self._credit_order()
        value = self._credit_asked()[0]
        return {
            "name": self.name,
            "picking_id": self.id,
            "invoice_partner_id": (order.partner_invoice_id or self.partner_id).id,
            "document_user_id": (order or self.sudo()).user_id.id,
            "creator_id": (order or self.sudo()).create_uid.id,
            "document_currency_id": self.company_id.sudo().currency_id.id,
            "cleared_value": value,
            "cleared_committed": value,
            "cleared_terms": self._credit_terms(),
        }

    def _credit_cleared(self):
        self.ensure_one()
        return (self.partner_id.id, self.company_id.id, self._credit_order().id)

    def _credit_in_order(self):
        return self.sorted(lambda picking: (picking.scheduled_date or fields.Datetime.now(), picking.id))

    # -- the gate ------------------------------------------------------------------------------------

    def _credit_waiting(self):
        return self.filtered(lambda picking: picking.state not in ("done", "cancel") and picking._credit_is_delivery())

    def _credit_stands(self):
        return self.state == "done"

    def _credit_people(self):
        """Who ordered. Whoever confirmed or released the order made the transfer by that, and asks for nothing."""
        order = self._credit_order()
        return order._credit_people() if order else self.user_id | self.create_uid

    def _credit_why(self, judgement):
        """Whoever may not see credit is told whom to ask."""
        if self.env.user.has_group(VIEWER):
            return super()._credit_why(judgement)
        return self._credit_ask_words(judgement.profile.user_id.name)

    def _credit_ask_words(self, who):
        return self.env._("Credit hold – ask %s", who or self.env._("a credit manager"))

    def _credit_note(self, note):
        """Everybody in the warehouse reads what is left on a transfer."""
        return ""

    def _credit_salesperson(self):
        return self._credit_order().user_id or self.user_id

    def _credit_go_on(self, method):
        """Move the goods that the gate lets go. Held transfers stay as they are, each by itself, and the others go."""
        waiting = self._credit_waiting()
        asking = waiting._credit_asking()
        if not asking:
            return method(self)
        asking.check_access("write")
        through, held = asking._credit_pass_gate("delivery")
        stopped = self.browse(judgement.record.id for judgement in held)
        if through:
            through._credit_end(OPEN)
        (waiting - stopped)._credit_remember()
        result = method(self - stopped) if self - stopped else True
        self._credit_tell_held(held)
        return result

    @api.constrains("state")
    def _check_credit_done(self):
        done = self.filtered(lambda picking: picking.state == "done" and picking._credit_is_delivery())
        if done and self.env["credit.policy.rule"]._is_at("delivery"):
            done._credit_collect()

    def action_cancel(self):
        result = super().action_cancel()
        self.filtered(lambda picking: picking.state == "cancel")._credit_void()
        return result

    def _credit_go_on_released(self, decision):
        """Goods leave when somebody in the warehouse sends them: it is only handed back."""

        def words(reader):
            return reader.env._("Released by credit control"), decision.release_note or ""

        self._credit_tell(words)
        if self.user_id and self.user_id != self._credit_salesperson():
            summary, _note = words(self._credit_for(self.user_id))
            self.activity_schedule("mail.mail_activity_data_todo", summary=summary, user_id=self.user_id.id)

    # -- what people see -----------------------------------------------------------------------------

    def button_validate(self):
        result = super().button_validate()
        # sudo: names and reasons of what the user was about to send
        held = self.sudo()._credit_waiting().filtered(lambda picking: picking.credit_state == "held")
        if not held:
            return result
        if isinstance(result, dict) and result.get("target") == "new":
            return result  # a question first, such as whether the rest is to follow
        see = self.env.user.has_group(VIEWER)
        reasons = [
            (picking.name, picking.credit_decision_id.summary if see else picking.credit_words) for picking in held
        ]
        return self._credit_held_notification(reasons, result)

    def _get_autoprint_report_actions(self):
        """Of what is held nothing is printed."""
        held = self._credit_waiting().filtered(lambda picking: picking.credit_state == "held")
        return super(StockPicking, self - held)._get_autoprint_report_actions()

    @api.depends("credit_decision_ids.state")
    def _compute_credit_decision_id(self):
        return super()._compute_credit_decision_id()

    @api.depends("credit_state")
    @api.depends_context("lang")
    def _compute_credit_words(self):
        for picking in self:
            decision = picking.credit_decision_id
            people = decision._next_people()[:3].mapped("name") if decision.state in ("held", "rejected") else []
            who = ", ".join(people)
            words = {
                "held": lambda who=who: self._credit_ask_words(who),
                "rejected": lambda who=who: self.env._(
                    "Release rejected – ask %s", who or self.env._("a credit manager")
                ),
                "ready": lambda: self.env._("Nothing stands against it any more: validate it again"),
                "released": lambda: self.env._("Released by credit control: it can be validated now"),
            }
            picking.credit_words = (
                picking.state not in ("done", "cancel") and words.get(picking.credit_state, lambda: False)()
            )

    @api.depends("partner_id", "sale_id", "state", "move_ids.quantity", "move_ids.picked", "move_ids.product_uom_qty")
    @api.depends_context("lang", "uid")
    def _compute_credit_check(self):
        self.credit_profile_id = self.credit_meter = self.credit_level = self.credit_message = False
        waiting = self._credit_waiting()._credit_asking()
        profiles = waiting._credit_profiles() if waiting else {}
        for picking in waiting:  # each on its own, as a list of transfers is not a batch
            profile = profiles[picking.id][0]
            if profile and profile.policy_id._asks_at("delivery"):
                [judgement] = picking._credit_judge("delivery", {picking.id: profiles[picking.id]})
                picking._credit_show(judgement, self.env._("This delivery"))

    def _credit_view_id(self):
        """The usual form for people in the warehouse and in sales; others, such as credit managers, get one of their
        own, which takes no rights there."""
        if self.env.user.has_group("stock.group_stock_user") or self.env.user.has_group(
            "sales_team.group_sale_salesman"
        ):
            return False
        return self.env.ref("credit_management_stock.stock_picking_view_form_look").id
