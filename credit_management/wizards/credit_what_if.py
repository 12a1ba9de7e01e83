# Part of credit_management. License LGPL-3.0 or later.
from dataclasses import replace

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.position import Document
from ..engine.rules import evaluate, evaluate_party
from ..engine.whatif import OpenItem, lifted, pay, with_limit

ITEMS = 40  # so many open invoices are offered, the oldest first

VERDICT = ("on_hold", "outcome_now", "outcome", "explanation", "advice", "meter")


class CreditWhatIf(models.TransientModel):
    """The dialog in which somebody tries an amount, a payment, a limit or payment terms, and sees what would follow.

    It judges as the live check does, on what is known of the customer now. It stores no decision and closes no gate.
    """

    _name = "credit.what.if"
    _description = "What If"

    profile_id = fields.Many2one("credit.profile", "Customer", required=True, readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, help="The order that is tried out; it is not changed.")
    currency_id = fields.Many2one(related="profile_id.currency_id")
    amount = fields.Monetary(
        "An order of", compute="_compute_order", store=True, readonly=False, precompute=True, compute_sudo=False,
        help="What it would add to the exposure, taxes included, in the currency of the company.",
    )  # fmt: skip
    payment_term_id = fields.Many2one(
        "account.payment.term", "With payment terms", compute="_compute_order", store=True, readonly=False,
        precompute=True, compute_sudo=False, help="Some rules look at the terms of an order.",
    )  # fmt: skip
    payment = fields.Monetary(
        "The customer pays", help="Settles the oldest invoices first, besides those that are ticked below."
    )
    other_limit = fields.Boolean("Another limit", help="Instead of the one in force.")
    limit_amount = fields.Monetary("Of", help="0 means no credit.")
    unlimited = fields.Boolean(help="No amount is too much.")
    on_hold = fields.Boolean(compute="_compute_verdict")
    lift_hold = fields.Boolean("Lift the hold", help="As if the manual hold on the customer were lifted.")
    item_ids = fields.One2many(
        "credit.what.if.item", "what_if_id", "Open invoices",
        help="Enter what would be paid of each.",
    )  # fmt: skip

    outcome_now = fields.Selection(
        "_selection_outcome", "As it is", compute="_compute_verdict",
        help="What would happen without any of it.",
    )  # fmt: skip
    outcome = fields.Selection("_selection_outcome", "Then", compute="_compute_verdict", help="What would happen.")
    explanation = fields.Html(
        "Why", compute="_compute_verdict", sanitize=False, help="What would stand against it, with the figures."
    )
    advice = fields.Html(
        "What would unblock it", compute="_compute_verdict", sanitize=False,
        help="Each line alone would let the order pass.",
    )  # fmt: skip
    meter = fields.Json("Limit and exposure", compute="_compute_verdict")

    @api.model
    def _selection_outcome(self):
        return [
            ("pass", self.env._("Passes")),
            ("warn", self.env._("Passes with a warning")),
            ("hold", self.env._("Is held")),
            ("refuse", self.env._("Is refused")),
        ]

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        profile = self.env["credit.profile"].browse(values.get("profile_id"))
        if profile and "item_ids" in names:
            # those open items only of which whoever asks may know
            domain = Domain("profile_id", "=", profile.id) & Domain("component", "=", "receivable")
            domain &= Domain("amount", ">", 0)
            items = self.env["credit.exposure"].search(domain, order="date_due, id", limit=ITEMS)
            values["item_ids"] = [
                fields.Command.create(
                    {
                        "exposure_id": item.id,
                        "name": item.name,
                        "date_due": item.date_due,
                        "days_overdue": item.days_overdue,
                        "amount": item.amount,
                    }
                )
                for item in items
            ]
        return values

    @api.depends("order_id")
    def _compute_order(self):
        for wizard in self:
            document = wizard._document() if wizard.order_id else None
            wizard.amount = document.ask if document else 0.0
            wizard.payment_term_id = document.payment_term if document else False

    # -- judging -------------------------------------------------------------------------------------

    def _checkpoint(self):
        return "amendment" if self.order_id.state == "sale" else "order"

    def _document(self):
        self.order_id.check_access("read")
        return self.order_id._credit_document(self._checkpoint(), self.profile_id.sudo()._counting())

    @api.depends(
        "profile_id", "order_id", "amount", "payment_term_id", "payment", "other_limit", "limit_amount", "unlimited",
        "lift_hold", "item_ids.paid",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_verdict(self):
        for wizard in self:
            if not wizard.profile_id:
                wizard.update(dict.fromkeys(VERDICT, False))
                continue
            wizard._judge()

    def _judge(self):
        self.ensure_one()
        self.profile_id.check_access("read")
        # sudo: what binds a customer does not depend on who looks, see _credit_judge
        profile, order, party = self.profile_id.sudo(), self.order_id._origin, self.env["credit.profile"].sudo()
        if order:
            answering, party = order._credit_profiles()[order.id]
            if answering != profile:
                raise UserError(
                    self.env._(
                        "“%(customer)s” does not answer for “%(order)s”.",
                        customer=profile.partner_id.name,
                        order=order.name,
                    )
                )
        positions = (profile | party)._positions(order._credit_without() if order else ())
        position = positions.get(profile.id)
        if position is None:
            raise UserError(self.env._("“%s” is not under credit control any more.", profile.partner_id.name))
        rules = profile.policy_id._engine_rules()
        now = self._document() if order else Document(self.amount, self.amount)
        tried = replace(
            now,
            ask=self.amount,
            amount=max(0.0, now.amount + self.amount - now.ask),
            prepaid=now.prepaid if self.amount == now.ask else 0.0,
            payment_term=self.payment_term_id._origin.id or None,
            terms=self.payment_term_id._origin._credit_days() if self.payment_term_id else 0,
        )
        against = evaluate_party(positions[party.id], now, party.policy_id._engine_rules()) if party else ()
        after, settled = self._tried(position, profile)
        verdict = evaluate(after, tried, rules, against)
        decisions = self.env["credit.decision"]
        sentences = decisions._explain(verdict.findings, after, tried, profile.currency_id)
        self.on_hold = position.on_hold
        self.outcome_now = evaluate(position, now, rules, against).outcome
        self.outcome = verdict.outcome
        self.explanation = Markup("<ul class='mb-0'>%s</ul>") % Markup("").join(
            Markup("<li>%s</li>") % sentence for sentence in sentences or [self.env._("Nothing stands against it.")]
        )
        self.advice = decisions._advise(verdict, profile, settled)
        self.meter = profile._meter(after, tried.ask, self.env._("This order"))

    def _tried(self, position, profile):
        """``position`` with all that is tried, and the ids of the exposure rows that are paid then."""
        domain = Domain("profile_id", "=", profile.id) & Domain("component", "=", "receivable")
        chosen = {item.exposure_id for item in self.item_ids if item.paid}
        settled = ()
        if chosen or self.payment:
            items = [
                OpenItem(item.id, item.amount, item.date_due or position.as_of, item.overdue)
                for item in self.env["credit.exposure"].sudo().search(domain)
            ]
            position, settled = pay(position, items, chosen, self.payment)
        if self.other_limit:
            position = with_limit(position, None if self.unlimited else max(0.0, self.limit_amount))
        if self.lift_hold:
            position = lifted(position)
        return position, settled

    def action_ask_limit(self):
        """Go on from what was tried: ask for that limit."""
        self.ensure_one()
        if not self.other_limit:
            raise UserError(self.env._("Try another limit first."))
        decision = self.order_id.credit_decision_id
        return self.profile_id._action_ask_for_limit(
            {
                "default_profile_ids": self.profile_id.ids,
                "default_decision_id": decision.id if decision.state in ("held", "ready") else False,
                "default_amount": self.limit_amount,
                "default_unlimited": self.unlimited,
            }
        )


class CreditWhatIfItem(models.TransientModel):
    _name = "credit.what.if.item"
    _description = "Open Invoice in a What If"
    _order = "date_due, id"

    what_if_id = fields.Many2one("credit.what.if", required=True, ondelete="cascade")
    exposure_id = fields.Float(digits=(16, 0), readonly=True, help="The row of the exposure.")
    paid = fields.Boolean("Pays", help="Tick what the customer would pay.")
    name = fields.Char("Invoice", readonly=True)
    date_due = fields.Date("Due date", readonly=True, help="When the invoice is to be paid.")
    days_overdue = fields.Integer(
        "Days overdue", readonly=True,
        help="Days past the due date and the policy's days of grace.",
    )  # fmt: skip
    amount = fields.Monetary(readonly=True, help="What is open of the invoice, in the company's currency.")
    currency_id = fields.Many2one(related="what_if_id.currency_id")


class CreditProfile(models.Model):
    # pylint: disable=consider-merging-classes-inherited; the button that opens the dialog, beside the dialog
    _inherit = "credit.profile"

    def action_what_if(self):
        """Open the dialog in which things can be tried out with this customer."""
        self.ensure_one()
        return self._action_what_if()

    def _action_what_if(self, order_id=False):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What if: %s", self.partner_id.name),
            "res_model": "credit.what.if",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id, "default_order_id": order_id},
        }


class SaleOrder(models.Model):
    # pylint: disable=consider-merging-classes-inherited; as above
    _inherit = "sale.order"

    def action_credit_what_if(self):
        """Open the dialog in which things can be tried out with this order."""
        self.ensure_one()
        profile = self._credit_profiles()[self.id][0]
        if not profile:
            raise UserError(self.env._("“%s” is not under credit control.", self.partner_id.display_name))
        return profile.sudo(False)._action_what_if(self.id)


class CreditDecision(models.Model):
    # pylint: disable=consider-merging-classes-inherited; as above
    _inherit = "credit.decision"

    def action_what_if(self):
        """Open the dialog in which things can be tried out with the document."""
        self.ensure_one()
        self.check_access("read")
        if self.order_id:
            return self.order_id.action_credit_what_if()
        if not self.profile_id:
            raise UserError(self.env._("“%s” is not under credit control.", self.partner_name))
        return self.profile_id.action_what_if()
