# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what credit control says is a concept of its own
"""What credit control would say of an order over the opportunity: live, by the same rules as the order's own check. It
leaves no decision and stops nothing; the order is what is checked."""

from datetime import date

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount

from odoo.addons.credit_management.engine.position import EVERYTHING, Document
from odoo.addons.credit_management.engine.rules import needed_limit

from .crm_lead import VIEWER


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "credit.judged.mixin"]

    credit_meter = fields.Json(
        "Credit limit", compute="_compute_credit_check", groups=VIEWER,
        help="How much of the customer's limit is used, and what the opportunity would add; live.",
    )  # fmt: skip
    credit_level = fields.Selection(
        [("ok", "ok"), ("near", "near"), ("over", "over"), ("hold", "hold"), ("none", "none")],
        compute="_compute_credit_check", groups=VIEWER,
    )  # fmt: skip
    credit_message = fields.Html(
        "Credit control", compute="_compute_credit_check", sanitize=False, groups=VIEWER,
        help="What credit control would say of an order over what is expected and not ordered yet.",
    )  # fmt: skip

    # -- what it would ask for (credit.judged.mixin) ------------------------------------------------

    def _credit_parties(self):
        return {lead.id: (lead.partner_id._origin.id, lead.partner_id._origin.id) for lead in self}

    def _credit_document(self, checkpoint, counting=EVERYTHING):
        self.ensure_one()
        return Document(
            ask=counting.of_order(self.credit_ask, 0.0, 0),
            amount=self.credit_ask,
            checkpoint=checkpoint,
            payment_term=self._credit_payment_term().id or None,
            terms=self._credit_terms(),
        )

    def _credit_payment_term(self):
        """The payment term that the customer has in the company: what an order of his would get."""
        # sudo: what was agreed upon with a customer binds whoever may not read it
        customer = self.partner_id._origin.sudo().with_company(self._credit_company())
        return customer.property_payment_term_id

    def _credit_terms(self):
        term = self._credit_payment_term()
        return term._credit_days() if term else 0

    def _credit_in_order(self):
        return self.sorted(lambda lead: (lead.date_deadline or date.max, lead.id))

    # -- what people see -----------------------------------------------------------------------------

    @api.depends("partner_id", "company_id", "credit_ask", "won_status")
    @api.depends_context("company", "lang", "uid")
    def _compute_credit_check(self):
        """A form not saved yet is judged as it stands on the screen."""
        self.credit_meter = self.credit_level = self.credit_message = False
        leads = self.filtered(lambda lead: lead.partner_id and lead.won_status != "lost")
        for judgement in leads._credit_judge("order", alone=True):
            judgement.record._credit_show(judgement)

    def _credit_show(self, judgement):
        verdict, profile = judgement.verdict, judgement.profile
        if verdict is None:
            return
        if profile:
            ask = verdict.document.ask or None
            self.credit_meter = profile._meter(verdict.position, ask, self.env._("This opportunity"))
            self.credit_level = self.credit_meter["level"]
        if verdict.outcome == "pass":
            return
        if not verdict.stands:
            self.credit_level = "hold"
        self.credit_message = self._credit_warning(judgement)

    def _credit_warning(self, judgement):
        """What would become of an order, why, and what can be done about it, as HTML."""
        decisions = self.env["credit.decision"]
        verdict, profile = judgement.verdict, judgement.profile
        advice = decisions._advise(verdict, profile) if profile else ""
        reasons = Markup("").join(Markup("<li>%s</li>") % reason for reason in self._credit_why(judgement).split("\n"))
        return Markup("<div><b>%s</b></div><ul class='mb-0'>%s</ul>%s") % (
            self._credit_headline(judgement),
            reasons,
            Markup("<div class='mt-1'><b>%s</b>%s</div>") % (self.env._("What would unblock it"), advice)
            if advice
            else "",
        )

    def _credit_headline(self, judgement):
        """In a sentence what would become of an order."""
        verdict = judgement.verdict
        if not verdict.document.ask:
            return {
                "warn": self.env._("Orders of this customer pass with a warning."),
                "hold": self.env._("Orders of this customer are held."),
                "refuse": self.env._("Orders of this customer are refused."),
            }[verdict.outcome]
        currency = (judgement.profile.currency_id or self._credit_company().currency_id).sudo()
        amount = format_amount(self.env, verdict.document.ask, currency)
        return {
            "warn": self.env._("An order over %s would pass with a warning.", amount),
            "hold": self.env._("An order over %s would be held.", amount),
            "refuse": self.env._("An order over %s would be refused.", amount),
        }[verdict.outcome]

    # -- winning -------------------------------------------------------------------------------------

    def _handle_won_lost(self, old_status_by_lead, new_status_by_lead):
        """Every way in which opportunities are won comes by here: buttons, the board, imports, other addons."""
        result = super()._handle_won_lost(old_status_by_lead, new_status_by_lead)
        nothing = {"is_won": False}
        won = self.filtered(
            lambda lead: (
                new_status_by_lead.get(lead.id, nothing)["is_won"]
                and not old_status_by_lead.get(lead.id, nothing)["is_won"]
            )
        )
        won._credit_warn_won()
        return result

    def _credit_warn_won(self):
        """Say it where credit control would stop or warn about the orders of opportunities just won: on the screen of
        whoever won them, in the chatter, and to the salesperson. Never an error: winning a customer is no mistake, and
        the order is checked anyway."""
        leads = self.filtered(lambda lead: lead.type == "opportunity" and lead.partner_id)
        warnings = [
            judgement
            for judgement in leads._credit_judge("order")
            if judgement.verdict and judgement.verdict.outcome != "pass"
        ]
        if not warnings:
            return
        self._message_log_batch({each.record.id: each.record._credit_warning(each) for each in warnings})
        for judgement in warnings:
            lead = judgement.record
            if lead.user_id and lead.user_id != self.env.user:
                lead.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Won, and credit is not arranged"),
                    note=lead._credit_warning(judgement),
                    user_id=lead.user_id.id,
                )
        if self.env.user.has_group(VIEWER):
            names = ", ".join(judgement.record.name for judgement in warnings)
            said = [f"{each.record._credit_headline(each)}\n{each.record._credit_why(each)}" for each in warnings[:3]]
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "sticky": True,
                    "title": self.env._("Won, and credit is not arranged: %s", names),
                    "message": "\n".join(said),
                },
            )

    # -- asking for more -----------------------------------------------------------------------------

    def _credit_needed_limit(self):
        """The limit that would bear the opportunity, in the company's currency; ``None`` where nothing is expected of
        a customer of whom nothing is known."""
        self.ensure_one()
        profile = self._credit_profiles()[self.id][0]
        document = self._credit_document("order")
        if not profile:
            return document.ask or None
        return needed_limit(profile._positions()[profile.id], document, profile.policy_id._engine_rules())

    def action_ask_credit_limit(self):
        """Open the dialog in which the salesperson asks for a limit that bears the opportunity.

        :raises UserError: the customer is not under credit control, or there is none yet
        """
        self.ensure_one()
        self._credit_customer()
        self._check_credit_profile()
        return self.credit_profile_id._action_ask_for_limit(
            {
                "default_profile_ids": self.credit_profile_id.ids,
                "default_amount": self._credit_needed_limit(),
                "default_note": self.env._("For the opportunity “%s”", self.name),
            }
        )
