# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class CreditEnrol(models.TransientModel):
    """Bring customers under credit control: a selection, or all that a filter finds."""

    _name = "credit.enrol"
    _description = "Bring Customers under Credit Control"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id, domain=[("parent_id", "=", False)]
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    scope = fields.Selection(
        [
            ("selection", "The customers selected"),
            ("limit", "All customers that have a limit in Odoo"),
            ("invoiced", "All customers with invoices or orders"),
        ],
        required=True,
        default=lambda self: "selection" if self.env.context.get("default_partner_ids") else "limit",
        help="Whom to bring under control.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers",
        help="Companies, or people who buy for themselves. A contact stands for its company.",
    )  # fmt: skip
    policy_id = fields.Many2one(
        "credit.policy",
        domain="[('company_id', 'in', (company_id, False)), ('in_force', '=', True)]",
        help="Leave empty to let each customer have the policy of his segment, or else the company's standard policy.",
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", domain=[("share", "=", False)],
        help="The credit analyst or manager who looks after these customers.",
    )  # fmt: skip
    limit_source = fields.Selection(
        [("odoo", "Adopt the limits they have in Odoo"), ("none", "Without limits for now")],
        "Limits",
        required=True,
        default="odoo",
        help="Adopted limits are in force from today on. Other limits are asked for and granted one by one.",
    )
    date_end = fields.Date(
        "Adopted limits valid until",
        help="The last day of the limits adopted; empty: until they are changed.",
    )
    count_new = fields.Integer(
        "To come under control", compute="_compute_preview",
        help="They get a credit profile. Their open orders stand as they are, and count.",
    )  # fmt: skip
    count_known = fields.Integer("Under control already", compute="_compute_preview", help="Nothing changes for these.")
    count_limit = fields.Integer(
        "With a limit to adopt", compute="_compute_preview",
        help="How many of the new ones have a limit in Odoo.",
    )  # fmt: skip
    total_limit = fields.Monetary(
        "Sum of the limits adopted", compute="_compute_preview",
        help="What is granted by adopting, in the company's currency.",
    )  # fmt: skip

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "partner_ids" in fields_list and self.env.context.get("active_model") == "res.partner":
            partners = self.env["res.partner"].browse(self.env.context.get("active_ids", []))
            values["partner_ids"] = [fields.Command.set(partners.commercial_partner_id.ids)]
            values["scope"] = "selection"
        return values

    def _customers(self):
        """The commercial partners meant, as the user sees them."""
        self.ensure_one()
        partners = self.env["res.partner"]
        if self.scope == "selection":
            return self.partner_ids.commercial_partner_id
        if self.scope == "limit":
            return partners.browse(self._odoo_limits(None)).filtered(
                lambda partner: partner.commercial_partner_id == partner
            )
        company = Domain("company_id", "child_of", self.company_id.id)
        invoiced = (
            self.env["account.move"]
            .sudo()
            ._read_group(company & Domain("move_type", "in", ("out_invoice", "out_refund")), ["commercial_partner_id"])
        )
        ordered = (
            self.env["sale.order"].sudo()._read_group(company & Domain("state", "=", "sale"), ["partner_invoice_id"])
        )
        found = {partner.id for (partner,) in invoiced if partner}
        found |= {partner.commercial_partner_id.id for (partner,) in ordered if partner}
        return partners.browse(found).exists()

    def _odoo_limits(self, partners):
        """The limits that partners have in Odoo itself, in this company: ``{partner id: amount}``.

        A limit of 0 is Odoo's way of saying that there is none, so it is not adopted.

        :param partners: only these; ``None`` for all that have one of their own
        """
        scope = Domain("id", "in", partners.ids) if partners is not None else Domain.TRUE
        # sudo: the field is for accountants; administrators of credit adopt it all the same
        found = (
            self.env["res.partner"].sudo().with_company(self.company_id).search(scope & Domain("credit_limit", ">", 0))
        )
        by_default = self.env["ir.default"].sudo()._get("res.partner", "credit_limit", company_id=self.company_id.id)
        return {
            partner.id: partner.credit_limit
            for partner in found
            if partners is not None or partner.credit_limit != by_default
        }

    @api.depends("scope", "partner_ids", "company_id", "limit_source")
    def _compute_preview(self):
        for wizard in self:
            customers = wizard._customers()._origin if wizard.company_id else self.env["res.partner"]
            known = wizard._known(customers)
            limits = (
                wizard._odoo_limits(customers - known) if wizard.limit_source == "odoo" and customers - known else {}
            )
            wizard.count_new = len(customers - known)
            wizard.count_known = len(known)
            wizard.count_limit = len(limits)
            wizard.total_limit = sum(limits.values())

    def _known(self, customers):
        # sudo, and archived ones too: who is under control already must not depend on who looks
        return (
            self.env["credit.profile"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", customers.ids), ("company_id", "=", self.company_id.id)])
            .partner_id.with_env(self.env)
        )

    def action_enrol(self):
        """Create the profiles, adopt the limits and take over the open orders."""
        self.ensure_one()
        if not self.env.user.has_group("credit_management.group_admin"):
            raise AccessError(self.env._("Only credit administrators bring customers under control."))
        if self.date_end and self.date_end < fields.Date.today():
            raise UserError(self.env._("The adopted limits would have ended already: choose a later day, or none."))
        customers = self._customers()
        new = customers - self._known(customers)
        if not new:
            raise UserError(self.env._("There is nobody to bring under control: all of these customers are already."))
        profiles = self._enrol(new)
        return self.env["credit.profile"]._action_list(
            self.env._("Now under credit control"), [("id", "in", profiles.ids)]
        )

    def _enrol(self, customers):
        """Bring ``customers`` (commercial partners without a profile) under control; one batch, whatever its size.

        :return: the profiles
        """
        limits = self._odoo_limits(customers) if self.limit_source == "odoo" else {}
        chosen = {"policy_id": self.policy_id.id} if self.policy_id else {}
        profiles = (
            self.env["credit.profile"]
            .with_context(tracking_disable=True)
            .create(
                [
                    {
                        "partner_id": customer.id,
                        "company_id": self.company_id.id,
                        "user_id": self.user_id.id,
                        **chosen,
                    }
                    for customer in customers
                ]
            )
        )
        # sudo: an adopted limit is in force at once, as it was before in Odoo; only administrators come here
        self.env["credit.limit"].sudo().with_context(tracking_disable=True).create(
            [
                {
                    "profile_id": profile.id,
                    "amount": limits[profile.partner_id.id],
                    "date_start": fields.Date.today(),
                    "date_end": self.date_end,
                    "state": "granted",
                    "origin": "adopted",
                    "requested_by": self.env.uid,
                    "decided_by": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                }
                for profile in profiles
                if profile.partner_id.id in limits
            ]
        )
        profiles._refresh()
        return profiles
