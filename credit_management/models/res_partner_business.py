# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; business facts are a concept of their own beside credit figures
from stdnum.exceptions import ValidationError as InvalidNumber
from stdnum.util import get_cc_module

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.known import PositiveMonetary

# Company registers whose numbers can be checked: the names that python-stdnum has for them. A VAT number is checked
# wherever it knows the country.
REGISTERS = {
    "AU": ("acn", "abn"),
    "BE": ("vat",),
    "BR": ("cnpj",),
    "CH": ("uid",),
    "CN": ("uscc",),
    "CZ": ("dic",),
    "DK": ("cvr",),
    "EE": ("registrikood",),
    "FI": ("ytunnus",),
    "FR": ("siren", "siret"),
    "JP": ("cn",),
    "NO": ("orgnr",),
    "PL": ("regon",),
    "SE": ("orgnr",),
    "TW": ("ubn",),
}

REGISTRATION_STATES = [
    ("valid", "Valid"),
    ("invalid", "Not valid"),
    ("unchecked", "Cannot be checked"),
    ("missing", "Not known"),
]

# what a file on a customer should say of his business
FACTS = (
    "industry_id", "credit_founded", "credit_ownership", "credit_employees", "credit_capital",
    "credit_market_position", "credit_products", "credit_premises", "credit_key_customers", "credit_key_suppliers",
)  # fmt: skip


class ResPartner(models.Model):
    """Business facts on a customer. Empty is unknown, so there is none that 0 would mean something for."""

    _inherit = "res.partner"

    credit_founded = fields.Date(
        "Founded", groups="credit_management.group_viewer", tracking=True,
        help="When the business was founded; the first of January where only the year is known.",
        prefetch="credit",
    )  # fmt: skip
    credit_ownership = fields.Selection(
        [
            ("state", "State-owned"),
            ("listed", "Listed"),
            ("group", "Part of a group"),
            ("foreign", "Foreign-owned"),
            ("private", "Privately held"),
            ("family", "Family business"),
            ("cooperative", "Cooperative"),
            ("sole", "Sole trader"),
            ("public", "Public body"),
        ],
        "Ownership", groups="credit_management.group_viewer", tracking=True, help="Who owns the business.",
        prefetch="credit",
    )  # fmt: skip
    credit_employees = fields.Selection(
        [("1", "1–9"), ("10", "10–49"), ("50", "50–249"), ("250", "250–999"), ("1000", "1,000 and more")],
        "Employees", groups="credit_management.group_viewer", tracking=True, help="How many people work there.",
        prefetch="credit",
    )  # fmt: skip
    credit_capital = PositiveMonetary(
        "Registered capital", currency_field="credit_capital_currency_id", groups="credit_management.group_viewer",
        tracking=True, help="As it is in the register; empty where it is not known.",
        prefetch="credit",
    )  # fmt: skip
    credit_capital_currency_id = fields.Many2one(
        "res.currency", "Currency of the capital", groups="credit_management.group_viewer",
        default=lambda self: self.env.company.currency_id, help="What the registered capital is stated in.",
        prefetch="credit",
    )  # fmt: skip
    credit_market_position = fields.Selection(
        [("leader", "Leader"), ("major", "One of the major ones"), ("niche", "Strong in a niche"),
         ("follower", "Follower"), ("marginal", "Marginal")],
        "Market position", groups="credit_management.group_viewer", tracking=True,
        help="Where it stands in its market.",
        prefetch="credit",
    )  # fmt: skip
    credit_products = fields.Text(
        "Main products", groups="credit_management.group_viewer", help="What the business lives on.",
        prefetch="credit",
    )
    credit_premises = fields.Selection(
        [("owned", "Owned"), ("mixed", "Owned and rented"), ("rented", "Rented"), ("none", "None of its own")],
        "Premises", groups="credit_management.group_viewer", help="Whose premises it works in.",
        prefetch="credit",
    )  # fmt: skip
    credit_key_customers = fields.Text(
        "Key customers", groups="credit_management.group_viewer", help="Whom the business depends on, and how much.",
        prefetch="credit",
    )
    credit_key_suppliers = fields.Text(
        "Key suppliers", groups="credit_management.group_viewer", help="Who else supplies it, and on what terms.",
        prefetch="credit",
    )
    credit_business_date = fields.Date(
        "Business facts as of", groups="credit_management.group_viewer", copy=False,
        help="When somebody last looked at these facts. Set by itself when one of them is changed.",
        prefetch="credit",
    )  # fmt: skip
    credit_registration_state = fields.Selection(
        REGISTRATION_STATES, "Registration number is", compute="_compute_credit_registration",
        groups="credit_management.group_viewer",
        help="What checking the registration and VAT number against the rules of the country came to.",
    )  # fmt: skip

    @api.depends("vat", "company_registry", "country_id")
    def _compute_credit_registration(self):
        for partner in self:
            results = [valid for _label, _number, valid, _why in partner._credit_numbers()]
            if not results:
                partner.credit_registration_state = "missing"
            elif False in results:
                partner.credit_registration_state = "invalid"
            else:
                partner.credit_registration_state = "valid" if True in results else "unchecked"

    def _credit_numbers(self):
        """The customer's registration and VAT number, checked.

        :return: (label, number, True, False or None where the country's rules are not known, what is wrong)
        """
        self.ensure_one()
        country = self.country_id.code or ""
        found = []
        # "/" is Odoo's word for a firm that has none
        if self.vat and self.vat != "/":
            # a firm may have the VAT number of another country, which then begins with that one's code
            found.append((self.env._("VAT number"), self.vat, *_checked((country, self.vat[:2]), ("vat",), self.vat)))
        if self.company_registry:
            number = self.company_registry
            label = self.company_registry_label or self.env._("Registration number")
            found.append((label, number, *_checked((country,), REGISTERS.get(country, ()), number)))
        return found

    @api.constrains("vat", "company_registry", "country_id")
    def _check_credit_numbers(self):
        """Of customers under credit control: those of others are only shown to be wrong."""
        # sudo: who may change a number need not see who is under control
        controlled = self.env["credit.profile"].sudo().search([("partner_id", "in", self.ids)]).partner_id
        for partner in controlled.with_env(self.env):
            for label, number, valid, why in partner._credit_numbers():
                if valid is False:
                    raise ValidationError(
                        self.env._(
                            "%(customer)s is under credit control, and the %(label)s “%(number)s” is not a valid one"
                            " for %(country)s: %(why)s Correct it, or leave it empty until it is known.",
                            customer=partner.name,
                            label=label,
                            number=number,
                            country=partner.country_id.name or self.env._("its country"),
                            why=why,
                        )
                    )

    # -- keeping the date ----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if set(FACTS[1:]) & {name for name, value in vals.items() if value}:
                vals.setdefault("credit_business_date", fields.Date.context_today(self))
        return super().create(vals_list)

    def write(self, vals):
        facts = set(FACTS) & set(vals)
        if facts and "credit_business_date" not in vals:
            vals = dict(vals, credit_business_date=fields.Date.context_today(self))
        moved = {"parent_id", "is_company"} & set(vals)
        before = {partner: partner.commercial_partner_id for partner in self} if moved else {}
        result = super().write(vals)
        for partner, customer in before.items():
            if partner == customer and partner.commercial_partner_id != partner:
                self.env["credit.information.mixin"]._bring_along(partner, partner.commercial_partner_id)
        if facts or {"vat", "company_registry", "country_id"} & set(vals):
            self.env["credit.profile"]._information_changed(self)
        return result


def _checked(countries, names, number):
    """Whether python-stdnum finds ``number`` valid in one of the ``countries``, by one of its kinds of number there.

    :return: (True, ""), (False, what is wrong by the first rule) or (None, "") where it knows none
    """
    problem = None
    for country in countries:
        for name in names:
            rules = get_cc_module(country.lower(), name) if country.isalpha() else None
            if rules is None:
                continue
            try:
                rules.validate(number)
            except InvalidNumber as error:
                problem = problem or str(error)
            else:
                return True, ""
    return (None, "") if problem is None else (False, problem)
