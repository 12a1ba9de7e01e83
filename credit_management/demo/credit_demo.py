# Part of credit_management. License LGPL-3.0 or later.
"""Demo data that tells stories, made with real orders, invoices and payments."""

import base64

from odoo import Command, api, fields, models

# xml id, name, limit, country
CUSTOMERS = [
    ("within", "Northwind Timber Ltd", 50_000, "base.uk"),
    ("near", "深圳市华强电子有限公司", 80_000, "base.cn"),
    ("over", "Bayside Kitchens Inc", 30_000, "base.us"),
    ("overdue", "上海明达家具有限公司", 60_000, "base.cn"),
    ("expired", "Alpine Interiors GmbH", 40_000, "base.de"),
    ("hold", "广州盛世贸易有限公司", 45_000, "base.cn"),
    ("prepaid", "Harbour Hotels Group", 20_000, "base.uk"),
    ("foreign", "Maison Lefèvre SARL", 35_000, "base.fr"),
    ("both", "Meridian Office Supplies", 25_000, "base.us"),
    ("waiting", "北京天工建筑装饰工程有限公司", 50_000, "base.cn"),
    ("growing", "Lakeside Outdoor Living", 27_000, "base.us"),
    ("unknown", "Corner Café", None, "base.us"),
]


# How customers paid before: (months ago, terms in days, days late); amounts follow from the customer's usual ones.
PAST = {
    "within": [(15, 30, -8), (13, 30, -3), (11, 30, 0), (9, 30, -5), (7, 30, 0), (5, 30, -10), (4, 30, -2)],
    "near": [(16, 30, 0), (14, 30, 2), (12, 30, 0), (10, 30, 5), (7, 30, 14), (5, 30, 22), (4, 30, 31), (3, 30, 35)],
    "overdue": [(17, 30, 12), (15, 30, 25), (13, 30, 40), (11, 30, 33), (9, 30, 58), (7, 30, 61), (6, 30, 74)],
    "foreign": [(14, 30, 4), (11, 30, 1), (8, 30, -1), (5, 30, 6)],
    "waiting": [(15, 30, 9), (12, 30, 11), (9, 30, 6), (6, 30, 12), (4, 30, 10)],
    "hold": [(12, 30, 3), (9, 30, 20), (7, 30, 45)],
}
# of an earlier system, as lines of a file: number, months ago, terms, days late
EARLIER = [(f"ALT-{number:03}", 23 - 2 * number, 30, late) for number, late in enumerate((0, -4, 2, 18, 0, 1, 5, -2))]


class CreditDemo(models.AbstractModel):
    _name = "credit.demo"
    _description = "Credit Demo Data"

    @api.model
    def _tell_stories(self):
        """Make the customers, and what happened with each of them, in the language of the administrator."""
        # so far the texts of the addon are there in English only: other languages come after the demo data
        self.env.ref("base.module_credit_management")._update_translations()
        self.with_context(lang=self.env.ref("base.user_admin").lang)._tell_all()

    def _tell_all(self):
        self.env.user.group_ids |= self.env.ref("base.group_multi_company")
        company = self.env.ref("base.main_company")
        second = self._company("Trading Office Europe", self.env.ref("base.EUR"))
        self._people(company | second)
        for firm in company | second:
            if (
                not self.env["account.chart.template"].with_company(firm)._get_chart_template_mapping()
                or not firm.chart_template
            ):
                currency = firm.currency_id
                self.env["account.chart.template"]._load("generic_coa", firm, install_demo=False)
                firm.currency_id = currency
        product = self.env["product.product"].create(
            {
                "name": "Office furniture",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 100.0,
                "taxes_id": False,
            }
        )
        # while addons are being loaded the gates are not in their places yet: orders would be refused instead of held
        gates = [self.env["sale.order"], self.env["account.move"]]
        for gate in gates:
            gate._register_hook()
        try:
            Story(self.env, company, product).tell()
            Story(self.env, second, product).tell_second()
            self._tell_limits()
        finally:
            for gate in gates:
                gate._unregister_hook()
        self.with_context(tracking_disable=True)._tell_what_is_known()
        self.env["credit.change"]._process()
        profiles = self.env["credit.profile"].browse(self.env["credit.profile"]._positions())
        profiles._refresh()
        profiles._refresh_behaviour()
        self.env["credit.payment.experience"]._learn(profiles.company_id, fields.Date.today())
        profiles._refresh_forecast(fields.Date.today())
        self.with_context(tracking_disable=True)._tell_ratings()
        self.with_context(tracking_disable=True)._tell_policies()
        self.with_context(tracking_disable=True)._tell_alerts()
        self._tell_applications()

    def _company(self, name, currency):
        currency.active = True
        company = self.env["res.company"].create({"name": name, "currency_id": currency.id})
        self._remember("company_second", company)
        return company

    def _people(self, companies):
        for login in ("user_sales", "user_accountant", "user_analyst", "user_manager"):
            user = self.env.ref(f"credit_management.{login}")
            user.company_ids |= companies
            user.lang = self.env.lang
        for user in self.env.ref("base.user_admin") | self.env.ref("base.user_root"):
            user.company_ids |= companies

    def _remember(self, name, record):
        """Give a record an external id, so that tests and updates find it."""
        self.env["ir.model.data"].create(
            {
                "module": "credit_management",
                "name": f"demo_{name}",
                "model": record._name,
                "res_id": record.id,
                "noupdate": True,
            }
        )


class Story:
    """What happens in one company; dates count from today."""

    def __init__(self, env, company, product):
        self.env = env(context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))
        self.company = company.with_env(self.env)
        self.product = product.with_env(self.env)
        self.today = fields.Date.today()
        self.salesperson = env.ref("credit_management.user_sales")
        self.manager = env.ref("credit_management.user_manager")

    def day(self, days):
        return fields.Date.add(self.today, days=days)

    def tell(self):
        env = self.env
        policy = env.ref("credit_management.policy_standard")
        customers = {}
        for name, title, _limit, country in CUSTOMERS:
            customers[name] = env["res.partner"].create(
                {
                    "name": title,
                    "company_type": "company",
                    "country_id": env.ref(country).id,
                    "user_id": self.salesperson.id,
                }
            )
            env["credit.demo"]._remember(f"customer_{name}", customers[name])
        self.past(customers)
        env.cr.flush()  # what was invoiced before the customers came under control was not asked about
        for name, _title, limit, _country in CUSTOMERS:
            if limit is not None:
                self.control(customers[name], policy, limit, {"expired": -60}.get(name, 300))
        self.earlier(customers["both"])
        self.invoice(customers["within"], 9_400, -20, 10)
        self.pay(self.invoice(customers["within"], 12_600, -75, -45), day=-46)
        self.order(customers["within"], 6_200).action_confirm()
        self.order(customers["within"], 52_000).action_confirm()  # held: too much at once

        self.invoice(customers["near"], 52_000, -25, 5)
        self.order(customers["near"], 17_500).action_confirm()

        order = self.order(customers["over"], 26_000)
        order.action_confirm()
        self.invoice(customers["over"], 9_800, -8, 22)
        self.invoice(customers["over"], 1_200, -2, 28, post=False)

        self.invoice(customers["overdue"], 21_000, -110, -80)
        self.pay(self.invoice(customers["overdue"], 16_500, -70, -40), 6_500)
        self.invoice(customers["overdue"], 8_000, -15, 15)
        self.order(customers["overdue"], 5_000).action_confirm()  # held: over 30 days late

        self.invoice(customers["expired"], 11_000, -18, 12)
        self.order(customers["expired"], 4_000).action_confirm()  # held: the limit has ended

        self.invoice(customers["hold"], 14_000, -40, -10).with_user(
            env.ref("credit_management.user_accountant")
        ).write(
            {"credit_disputed": True, "credit_dispute_reason": "三把椅子损坏，要求退换。 Three chairs damaged"}
        )
        self.profile(customers["hold"]).write(
            {"hold": True, "hold_reason": "Insolvency rumoured; bank reference awaited"}
        )
        self.order(customers["hold"], 3_000).action_confirm()

        self.order(customers["foreign"], 10_000, currency=env.ref("base.EUR")).action_confirm()
        self.invoice(customers["foreign"], 7_500, -12, 18, currency=env.ref("base.EUR"))

        self.prepaid(customers["prepaid"])

        for week in range(10):  # buys every week and pays after 80 days: within weeks the limit is reached
            self.invoice(customers["growing"], 2_200 + 20 * (10 - week), -7 * week - 1, -7 * week + 79)

        self.invoice(customers["both"], 13_000, -22, 8)
        self.invoice(customers["unknown"], 480, -9, 21)
        self.order(customers["unknown"], 350).action_confirm()

        self.invoice(customers["waiting"], 31_000, -28, 2)
        waiting = self.order(customers["waiting"], 27_500)
        waiting.action_confirm()
        env["credit.ask"].with_user(self.salesperson).create(
            {
                "decision_id": waiting.credit_decision_id.id,
                "note": "展厅项目下周开工，客户承诺本月底付清欠款。"
                " They pay the open invoice this month; the showroom starts next week.",
            }
        ).action_ask()

    def tell_second(self):
        env = self.env
        customer = env.ref("credit_management.demo_customer_both")
        self.control(customer, env.ref("credit_management.policy_standard"), 10_000, 300)
        self.invoice(customer, 11_500, -35, -5)

    # -- what can happen -----------------------------------------------------------------------------

    def control(self, customer, policy, limit, ending):
        profile = self.env["credit.profile"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "policy_id": policy.id,
                "user_id": self.manager.id,
            }
        )
        asked = (
            self.env["credit.limit"]
            .with_user(self.manager)
            .sudo()
            .create(
                {
                    "profile_id": profile.id,
                    "amount": limit,
                    "date_start": self.day(-400),
                    "date_end": self.day(ending),
                    "requested_by": self.manager.id,
                }
            )
        )
        asked.sudo(False).with_user(self.env.ref("base.user_admin")).action_grant()

    def profile(self, customer):
        return self.env["credit.profile"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", self.company.id)]
        )

    def order(self, customer, amount, currency=None):
        values = {
            "partner_id": customer.id,
            "company_id": self.company.id,
            "user_id": self.salesperson.id,
            "order_line": [
                Command.create(
                    {"product_id": self.product.id, "product_uom_qty": 10, "price_unit": amount / 10, "tax_ids": False}
                )
            ],
        }
        if currency:
            values["pricelist_id"] = self._pricelist(currency).id
        order = self.env["sale.order"].create(values)
        order.order_line.price_unit = amount / 10
        return order

    def _pricelist(self, currency):
        return self.env["product.pricelist"].create(
            {"name": f"Export {currency.name}", "currency_id": currency.id, "company_id": self.company.id}
        )

    def invoice(self, customer, amount, issued, due, post=True, currency=None):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "company_id": self.company.id,
                "invoice_user_id": self.salesperson.id,
                "invoice_date": self.day(issued),
                "invoice_date_due": self.day(due),
                "invoice_payment_term_id": False,
                "currency_id": (currency or self.company.currency_id).id,
                "invoice_line_ids": [
                    Command.create({"name": "Office furniture", "price_unit": amount, "tax_ids": False})
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def pay(self, move, amount=None, day=-5):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        values = {"payment_date": self.day(day)}
        wizard.create({**values, "amount": amount} if amount else values)._create_payments()
        return move

    def past(self, customers):
        """Invoices of the last months, each paid as early or late as its customer used to be at the time."""
        euro = self.env.ref("base.EUR")
        for name, history in PAST.items():
            for months, terms, late in history:
                issued = -30 * months
                move = self.invoice(
                    customers[name], 4_000 + 350 * months, issued, issued + terms,
                    currency=euro if name == "foreign" else None,
                )  # fmt: skip
                self.pay(move, day=issued + terms + late)

    def earlier(self, customer):
        """Payment history of an earlier system, imported from a file."""
        customer.ref = "M-100"
        lines = ["customer,invoice,date,due,amount,paid,disputed"]
        for number, months, terms, late in EARLIER:
            issued = -30 * months
            days = [self.day(day).isoformat() for day in (issued, issued + terms, issued + terms + late)]
            lines.append(f"M-100,{number},{days[0]},{days[1]},{2_500 + 120 * months},{days[2]},no")
        lines.append(f"M-100,ALT-099,{self.day(-400).isoformat()},31.12.2020,900,,no")  # rejected: no such date form
        self.env["credit.payment.load"].with_user(self.manager).create(
            {
                "company_id": self.company.id,
                "file": base64.b64encode("\n".join(lines).encode()),
                "filename": "invoices-of-the-earlier-system.csv",
            }
        ).action_import()

    def prepaid(self, customer):
        """An order beyond the limit that its customer paid in advance: a down payment invoice, paid."""
        order = self.order(customer, 18_000)
        order.action_confirm()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids, active_id=order.id)
            .create({"advance_payment_method": "percentage", "amount": 100})
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        self.pay(invoice)
