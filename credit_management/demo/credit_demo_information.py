# Part of credit_management. License LGPL-3.0 or later.
"""What is known of demo customers: a furniture maker in good shape, one in growing trouble, and a Chinese builder."""

from odoo import api, fields, models

# the year before the last, two more before it; in the unit that the customer reports in
TIMBER = {
    "cash": (310, 355, 420), "receivables": (640, 690, 720), "inventories": (520, 540, 575),
    "other_current_assets": (60, 64, 71), "tangible_assets": (1480, 1530, 1600), "intangible_assets": (40, 36, 32),
    "other_non_current_assets": (30, 30, 32), "short_term_debt": (210, 180, 150), "payables": (430, 445, 460),
    "other_current_liabilities": (150, 160, 175), "long_term_debt": (720, 640, 560),
    "other_non_current_liabilities": (60, 62, 65), "paid_in_capital": (500, 500, 500),
    "retained_earnings": (930, 1168, 1430), "other_equity": (80, 90, 110), "revenue": (4820, 5190, 5610),
    "cost_of_sales": (3230, 3440, 3690), "selling_expenses": (420, 450, 480), "admin_expenses": (690, 720, 760),
    "interest_expense": (62, 55, 47), "income_tax": (104, 131, 158), "depreciation": (165, 172, 180),
    "operating_cash_flow": (470, 505, 540), "investing_cash_flow": (-230, -240, -260),
    "financing_cash_flow": (-190, -220, -215), "capital_expenditure": (225, 238, 262),
}  # fmt: skip
KITCHENS = {
    "cash": (120, 64, 22), "receivables": (410, 520, 640), "inventories": (380, 470, 590),
    "other_current_assets": (30, 34, 40), "tangible_assets": (520, 500, 470), "intangible_assets": (90, 110, 130),
    "other_non_current_assets": (10, 10, 10), "short_term_debt": (280, 420, 560), "payables": (320, 430, 580),
    "other_current_liabilities": (110, 140, 190), "long_term_debt": (400, 380, 350), "paid_in_capital": (250, 250, 250),
    "other_non_current_liabilities": (0, 0, 0), "retained_earnings": (200, 88, -28), "revenue": (3120, 2960, 2710),
    "cost_of_sales": (2270, 2240, 2120), "selling_expenses": (330, 340, 335), "admin_expenses": (400, 420, 430),
    "interest_expense": (58, 72, 91), "income_tax": (15, 0, 0), "depreciation": (70, 74, 75),
    "operating_cash_flow": (90, -40, -110), "investing_cash_flow": (-60, -75, -70),
    "financing_cash_flow": (-10, 59, 138), "capital_expenditure": (55, 70, 72),
}  # fmt: skip
BUILDER = {
    "cash": (1850, 2100, 1760), "notes_receivable": (320, 400, 510), "receivables": (4100, 4900, 6200),
    "inventories": (2600, 2850, 3300), "other_current_assets": (700, 820, 940), "tangible_assets": (2950, 3100, 3200),
    "intangible_assets": (240, 230, 220), "other_non_current_assets": (310, 330, 360),
    "short_term_debt": (2200, 2600, 3300), "notes_payable": (600, 700, 900), "payables": (3100, 3500, 4200),
    "other_current_liabilities": (1500, 1650, 1800), "long_term_debt": (800, 800, 700),
    "other_non_current_liabilities": (100, 100, 100), "paid_in_capital": (3000, 3000, 3000),
    "retained_earnings": (1470, 2080, 2190), "other_equity": (300, 300, 300), "revenue": (16800, 18300, 18900),
    "cost_of_sales": (13600, 14850, 15700), "selling_expenses": (620, 680, 710), "admin_expenses": (1250, 1340, 1420),
    "other_operating_expenses": (90, 95, 100), "interest_expense": (165, 185, 220), "interest_income": (25, 22, 20),
    "finance_costs": (150, 172, 211), "income_tax": (270, 290, 190), "depreciation": (330, 350, 360),
    "operating_cash_flow": (900, 760, -280), "investing_cash_flow": (-480, -520, -500),
    "financing_cash_flow": (-120, 10, 440), "capital_expenditure": (470, 510, 495),
}  # fmt: skip

FACTS = {
    "within": {
        "credit_founded": "1986-01-01", "credit_ownership": "family", "credit_employees": "50",
        "credit_market_position": "major", "credit_premises": "owned", "credit_products": "Oak furniture, flooring",
        "credit_key_customers": "Three hotel chains, 30 % of sales", "credit_key_suppliers": "Sawmills in the Baltics",
        "credit_capital": 500_000, "currency": "GBP", "industry": "base.res_partner_industry_C",
    },
    "over": {
        "credit_founded": "2011-01-01", "credit_ownership": "private", "credit_employees": "10",
        "credit_market_position": "follower", "credit_premises": "rented", "credit_products": "Fitted kitchens",
        "industry": "base.res_partner_industry_C",
    },
    "waiting": {
        "credit_founded": "2003-06-18", "credit_ownership": "private", "credit_employees": "250",
        "credit_market_position": "major", "credit_premises": "mixed", "credit_products": "建筑装饰工程设计与施工",
        "credit_key_customers": "北京市属酒店集团，约占收入 35 %", "credit_key_suppliers": "华北建材、木业供应商",
        "credit_capital": 30_000_000, "currency": "CNY", "industry": "base.res_partner_industry_F",
        "company_registry": "91110105MA01RKX74L",
    },
    "hold": {"credit_ownership": "private", "industry": "base.res_partner_industry_G"},
}  # fmt: skip

# customer, kind, days ago, title, and what else there is to say
RECORDS = (
    ("within", "bureau", 120, "Annual report: low risk",
     {"source": "Example Bureau", "score": 84.0, "score_worst": 0.0, "score_best": 100.0}),
    ("within", "visit", 45, "Works at capacity, orderly stock, new kiln ordered", {"source": "Works manager"}),
    ("within", "bank_reference", 200, "Account conducted well for twelve years", {"source": "House bank"}),
    ("over", "lawsuit", 260, "Sued by a supplier of fittings over unpaid invoices",
     {"amount": 41_000.0, "source": "County court"}),
    ("over", "cheque", 75, "Cheque returned unpaid", {"amount": 6_300.0, "source": "Our bank"}),
    ("over", "bureau", 60, "Report: payments slow, ratios falling",
     {"source": "Example Bureau", "score": 412.0, "score_worst": 600.0, "score_best": 100.0}),
    ("hold", "insolvency", 12, "法院已受理破产申请 (petition for insolvency accepted)", {"source": "人民法院公告"}),
    ("hold", "default", 150, "银行贷款逾期 (bank loan overdue)",
     {"amount": 800_000.0, "source": "征信报告", "severity": "high"}),
    ("waiting", "loan", 400, "流动资金贷款，一年期 (working capital loan, one year)",
     {"amount": 8_000_000.0, "source": "华北银行", "currency": "CNY"}),
    ("waiting", "interview", 30, "财务总监访谈：回款集中在第四季度 (interview with the finance director)",
     {"source": "财务总监"}),
    ("waiting", "trade_reference", 90, "付款一般晚两周 (pays two weeks late as a rule)", {"source": "建材供应商"}),
)  # fmt: skip


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_what_is_known(self):
        """Statements, business facts, records and related companies of the customers of the stories."""
        self._state("within", TIMBER, "1000", "GBP", audited=True, auditor="Check & Co LLP")
        self._state("over", KITCHENS, "1000", "USD")
        self._state("waiting", BUILDER, "10000", "CNY", audited=True, auditor="信诚会计师事务所", source="企业年报")
        for name, facts in FACTS.items():
            values = dict(facts)
            industry, currency = values.pop("industry"), values.pop("currency", "USD")
            values["industry_id"] = self.env.ref(industry).id
            if "credit_capital" in values:
                values["credit_capital_currency_id"] = self._active_currency(currency).id
            self._customer(name).write(values)
        today = fields.Date.context_today(self)
        manager = self.env.ref("credit_management.user_manager")
        for name, kind, days, title, more in RECORDS:
            values = {"currency": "USD"} | more
            day = fields.Date.subtract(today, days=days)
            self.env["credit.record"].create(
                {
                    "partner_id": self._customer(name).id,
                    "kind": kind,
                    "title": title,
                    "date": day,
                    "known_on": day,
                    "user_id": manager.id,
                    "currency_id": self._active_currency(values.pop("currency")).id,
                    **values,
                }
            )
        holding = self.env["res.partner"].create(
            {"name": "天工控股集团有限公司", "company_type": "company", "country_id": self.env.ref("base.cn").id}
        )
        self.env["credit.relation"].create(
            {"partner_id": self._customer("waiting").id, "related_id": holding.id, "kind": "parent", "share": 67.0}
        )

    def _customer(self, name):
        return self.env.ref(f"credit_management.demo_customer_{name}")

    def _active_currency(self, name):
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        return currency

    def _state(self, name, figures, unit, currency, **values):
        """Three years' statements, the last of them of last year, confirmed."""
        last = fields.Date.context_today(self).year - 1
        statements = self.env["credit.statement"].create(
            [
                {
                    "partner_id": self._customer(name).id,
                    "date_end": f"{last - 2 + index}-12-31",
                    "unit": unit,
                    "currency_id": self._active_currency(currency).id,
                    "source": "The customer",
                    "figures": {code: float(of_years[index]) for code, of_years in figures.items()},
                    **values,
                }
                for index in range(3)
            ]
        )
        statements.action_confirm()
