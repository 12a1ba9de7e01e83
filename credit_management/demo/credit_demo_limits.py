# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; how limits of the demo came about is a story of its own
"""Demo data: limits that are temporary, refused, waiting or shared, guarantees, and who stands in for whom."""

from odoo import Command, api, fields, models


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_limits(self):
        LimitStory(self.env).tell()


class LimitStory:
    """What people asked for and what became of it; dates count from today."""

    def __init__(self, env):
        company = env.ref("base.main_company")
        self.env = env(context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))
        self.today = fields.Date.today()
        self.salesperson, self.analyst, self.manager = (
            env.ref(f"credit_management.user_{name}") for name in ("sales", "analyst", "manager")
        )
        self.admin = env.ref("base.user_admin")

    def tell(self):
        self.season()
        self.refused()
        self.waiting_in_tiers()
        self.guarantees()
        self.group()
        self.absent()

    def season(self):
        """More for some weeks, and a higher limit from next month on."""
        self.ask(
            "prepaid", 15_000, self.analyst, kind="top_up", date_start=self.day(-10), date_end=self.day(35),
            note="Opening of the season. 旺季备货，临时增加额度。",
        ).with_user(self.manager).action_grant()  # fmt: skip
        self.ask(
            "within", 65_000, self.manager, date_start=self.day(30), date_end=self.day(395),
            note="Pays early, and grows. 付款及时，业务增长。",
        ).with_user(self.admin).action_grant()  # fmt: skip

    def refused(self):
        """A salesperson asked, and was told why not."""
        asked = self.ask(
            "overdue", 90_000, self.salesperson, note="New branch opens in Pudong. 浦东新店即将开业。"
        )
        asked.with_user(self.manager).action_refuse()
        why = "Invoices are more than 70 days overdue: payment first. 逾期超过 70 天，先付清欠款再谈。"
        asked.with_user(self.manager).message_post(body=why)

    def waiting_in_tiers(self):
        """From a held order: so large a limit takes two people, and one of them has approved it."""
        profile = self.profile("waiting")
        profile.policy_id = self.policy_in_tiers()
        order = self.env["credit.decision"].search([("profile_id", "=", profile.id), ("is_open", "=", True)]).order_id
        context = order.with_user(self.salesperson).action_ask_limit()["context"]
        request = self.env["credit.limit.request"].with_user(self.salesperson).with_context(**context)
        request = request.create(
            {"note": f"{context['default_note']} The showroom needs a second delivery. 展厅需要第二批货。"}
        )
        limit = self.env["credit.limit"].browse(request.action_ask()["res_id"])
        limit.with_user(self.manager).action_grant()
        self.remember("limit_in_tiers", limit)

    def policy_in_tiers(self):
        """Written by the administrator, published by the manager."""
        group = self.env.ref("credit_management.group_manager")
        policy = self.env.ref("credit_management.policy_standard").with_user(self.admin).copy(
            {
                "name": "Projects 项目客户",
                "tier_ids": [
                    Command.create({"amount": 50_000, "group_id": group.id}),
                    Command.create({"amount": 200_000, "group_id": group.id, "approvals": 2}),
                    Command.create({"unlimited": True, "user_ids": self.admin.ids}),
                ],
            }
        )
        policy.with_user(self.manager)._publish()
        self.remember("policy_in_tiers", policy)
        return policy

    def guarantees(self):
        """An insurance that ends soon, collateral below its value, and one that nobody has activated yet."""
        insurance = self.guarantee(
            "foreign", "COF-77-2031", "insurance", 12_000, "Coface, Paris", currency_id=self.env.ref("base.EUR").id,
            coverage=90.0, date_start=self.day(-345), date_end=self.day(20),
        )  # fmt: skip
        self.remember("guarantee_ending", insurance)
        self.guarantee(
            "hold", "抵字 2025-0116", "collateral", 30_000, "广州盛世贸易有限公司", coverage=60.0, effect="lower",
            note="Warehouse in Panyu, second mortgage. 番禺仓库，第二顺位抵押。",
        )  # fmt: skip
        self.guarantee("near", "LG-0098/25", "bank", 20_000, "Bank of China 中国银行", active=False)

    def guarantee(self, customer, name, kind, amount, issuer, active=True, **values):
        issuer = self.env["res.partner"].search([("name", "=", issuer)], limit=1) or self.env["res.partner"].create(
            {"name": issuer, "company_type": "company"}
        )
        guarantee = (
            self.env["credit.guarantee"]
            .with_user(self.analyst)
            .create(
                {
                    "profile_id": self.profile(customer).id,
                    "name": name,
                    "kind": kind,
                    "amount": amount,
                    "issuer_id": issuer.id,
                    **values,
                }
            )
        )
        if active:
            guarantee.with_user(self.manager).action_activate()
        return guarantee

    def group(self):
        """A group in two companies, and a request for more that waits."""
        group = self.env["credit.group"].create(
            {"name": "Meridian Group 美瑞集团", "note": "Same owner. 同一实际控制人。"}
        )
        self.remember("group", group)
        self.env["credit.profile"].search(
            [("partner_id", "=", self.env.ref("credit_management.demo_customer_both").id)]
        ).group_id = group
        limits = self.env["credit.limit"].with_user(self.analyst)
        limits.create(
            {
                "group_id": group.id, "amount": 32_000, "date_start": self.day(-200), "date_end": self.day(165),
                "note": "Both companies together. 两家公司合计。",
            }
        ).with_user(self.manager).action_grant()  # fmt: skip
        limits.create(
            {
                "group_id": group.id, "amount": 60_000, "date_start": self.today, "date_end": self.day(365),
                "note": "A third company joins next year. 明年第三家公司加入。",
            }
        )  # fmt: skip

    def absent(self):
        self.env["credit.deputy"].with_user(self.manager).create(
            {
                "deputy_id": self.analyst.id,
                "date_start": self.today,
                "date_end": self.day(12),
                "note": "Annual leave 年假",
            }
        )

    # -- what can happen -----------------------------------------------------------------------------

    def day(self, days):
        return fields.Date.add(self.today, days=days)

    def profile(self, customer):
        return self.env["credit.profile"].search(
            [
                ("partner_id", "=", self.env.ref(f"credit_management.demo_customer_{customer}").id),
                ("company_id", "=", self.env.ref("base.main_company").id),
            ]
        )

    def ask(self, customer, amount, user, **values):
        """A request as its user makes it in the dialog."""
        request = (
            self.env["credit.limit.request"]
            .with_user(user)
            .create({"profile_ids": self.profile(customer).ids, "amount": amount, **values})
        )
        return self.env["credit.limit"].browse(request.action_ask()["res_id"])

    def remember(self, name, record):
        self.env["credit.demo"]._remember(name, record)
