# Part of credit_management. License LGPL-3.0 or later.
"""Asking for limits: from a held order, from the customer, for many at once."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestLimitRequest(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.others = cls.env["credit.profile"]
        for number, limit in enumerate((2000.0, 0.0, None)):
            partner = cls.env["res.partner"].create({"name": f"Other {number}", "company_type": "company"})
            cls.others |= cls.control(partner, limit)
        cls.grant(cls.others[2], unlimited=True)

    def ask(self, profiles, user=None, **values):
        return (
            self.env["credit.limit.request"]
            .with_user(user or self.analyst)
            .create({"profile_ids": profiles.ids, **values})
        )

    def asked(self, profiles):
        return self.env["credit.limit"].search([("profile_id", "in", profiles.ids), ("state", "=", "requested")])

    def test_many_by_percent(self):
        request = self.ask(self.profile | self.others, mode="percent", percent=10.0)
        self.assertEqual(request.line_ids.mapped("amount"), [1100.0, 2200.0, 0.0, 0.0])
        self.assertEqual(request.line_ids.mapped("current_status"), ["valid", "valid", "valid", "unlimited"])
        self.assertEqual([bool(problem) for problem in request.line_ids.mapped("problem")], [False, False, False, True])
        request.line_ids[1].excluded = True
        request.action_ask()
        limits = self.asked(self.profile | self.others)
        self.assertEqual(limits.profile_id, self.profile | self.others[1])
        self.assertEqual(set(limits.mapped("origin")), {"many"})
        self.assertEqual(limits.requested_by, self.analyst)

    def test_exceptions_by_name(self):
        request = self.ask(self.profile | self.others, amount=7000.0)
        request.line_ids[0].amount = 7500.0
        request.action_ask()
        self.assertEqual(
            {limit.profile_id: limit.amount for limit in self.asked(self.profile | self.others)},
            {self.profile: 7500.0, **dict.fromkeys(self.others, 7000.0)},
        )

    def test_to_what_is_recommended(self):
        self.profile.sudo().write({"limit_recommended": True, "recommended_limit": 0.0})
        request = self.ask(self.profile | self.others[0], mode="recommended")
        self.assertEqual(request.line_ids.mapped("amount"), [0.0, 0.0])
        # a recommendation of 0 is one, and none is none
        self.assertEqual([bool(line.problem) for line in request.line_ids], [False, True])
        request.action_ask()
        self.assertRecordValues(self.asked(self.profile | self.others[0]), [{"amount": 0.0}])
        # it is not for salespeople to know
        with self.assertRaises(AccessError):
            self.ask(self.profile, self.salesperson, mode="recommended").line_ids.mapped("amount")

    def test_a_filter_finds_only_what_its_user_may_find(self):
        abroad = self.env["res.company"].create({"name": "Elsewhere"})
        abroad.credit_policy_id = self.env.ref("credit_management.policy_standard")
        foreign = self.control(self.customer, company=abroad)
        found = self.ask(self.profile, scope="filter", domain="[]").line_ids.profile_id
        self.assertIn(self.profile, found)
        self.assertNotIn(foreign, found)
        with self.assertRaises(AccessError):
            self.ask(foreign, amount=1.0).action_ask()

    def test_by_filter(self):
        request = self.ask(self.profile, scope="filter", domain="[('limit_amount', '>=', 1000)]", amount=1.0)
        mine = request.line_ids.filtered(lambda line: line.profile_id.company_id == self.company)
        self.assertEqual(mine.profile_id, self.profile | self.others[0])
        for domain in ("[(", "__import__('os')", "[('nothing_of_the_sort', '=', 1)]"):
            with self.assertRaises(UserError):
                self.ask(self.profile, scope="filter", domain=domain)

    def test_not_twice(self):
        self.ask(self.profile, amount=5000.0).action_ask()
        with self.assertRaisesRegex(UserError, "already"):
            self.ask(self.profile, amount=6000.0).action_ask()

    def test_a_form_previews_it(self):
        with Form(self.env["credit.limit.request"].with_user(self.analyst).with_context(
            default_profile_ids=(self.profile | self.others[0]).ids
        )) as form:  # fmt: skip
            form.mode = "percent"
            form.percent = 50.0
            self.assertEqual([line["amount"] for line in form.line_ids._records], [1500.0, 3000.0])
        form.save().action_ask()
        self.assertEqual(self.asked(self.profile | self.others[0]).mapped("amount"), [3000.0, 1500.0])

    def test_from_the_held_order(self):
        order = self.order(1500.0)
        order.action_confirm()
        self.settle()
        action = order.with_user(self.salesperson).action_ask_limit()
        request = (
            self.env["credit.limit.request"]
            .with_user(self.salesperson)
            .create(
                {
                    name.removeprefix("default_"): value
                    for name, value in action["context"].items()
                }
                | {"note": "They grow"}
            )
        )
        self.assertEqual(request.line_ids.amount, 1500.0)
        request.action_ask()
        limit = self.asked(self.profile)
        self.assertRecordValues(
            limit,
            [{"origin": "order", "decision_id": order.credit_decision_id.id, "requested_by": self.salesperson.id}],
        )
        limit.with_user(self.manager).action_grant()
        self.assertEqual(order.credit_state, "ready")

    def test_it_proposes_what_the_held_order_needs(self):
        """Not the overage on top of the limit, but all that the limit would have to bear."""
        lone = self.env["res.partner"].create({"name": "Without a limit", "company_type": "company"})
        profile = self.control(lone)
        self.invoice(500.0, partner=lone)
        order = self.order(200.0, partner=lone)
        order.action_confirm()
        self.settle()
        self.assertEqual(self.decision(order).overage, 200.0)
        context = order.with_user(self.salesperson).action_ask_limit()["context"]
        self.assertEqual(context["default_amount"], 700.0)
        self.assertIn(order.name, context["default_note"])
        with Form(
            self.env["credit.limit.request"].with_user(self.salesperson).with_context(**context)
        ) as form:
            self.assertEqual([line["amount"] for line in form.line_ids._records], [700.0])
        form.save().action_ask()
        self.asked(profile).with_user(self.manager).action_grant()
        self.assertEqual(order.credit_state, "ready")
        order.with_user(self.salesperson).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_it_proposes_what_is_needed(self):
        """From the customer: what is recommended, else what he owes and has on hold, at least what he has."""
        asks = self.env["credit.limit.request"].with_context(default_profile_ids=self.profile.ids)
        self.customer.user_id = self.salesperson
        for user in (self.salesperson, self.analyst):
            self.assertEqual(Form(asks.with_user(user)).amount, 1000.0)
        self.invoice(800.0)
        order = self.order(500.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(Form(asks.with_user(self.analyst)).amount, 1300.0)
        self.profile.sudo().write({"limit_recommended": True, "recommended_limit": 1700.0})
        self.assertEqual(Form(asks.with_user(self.analyst)).amount, 1700.0)
        # what is recommended is for analysts to know
        self.assertEqual(Form(asks.with_user(self.salesperson)).amount, 1300.0)

    def test_it_proposes_nothing_of_what_its_user_may_not_see(self):
        abroad = self.env["res.company"].create({"name": "Elsewhere"})
        abroad.credit_policy_id = self.env.ref("credit_management.policy_standard")
        with self.assertRaises(AccessError):
            self.ask(self.control(self.customer, 9000.0, company=abroad), self.salesperson).mapped("amount")

    def test_many_are_raised_by_default(self):
        several = (self.profile | self.others[0]).ids
        for context in (
            {"default_profile_ids": several},
            {"active_model": "credit.profile", "active_ids": several},
        ):
            form = Form(self.env["credit.limit.request"].with_user(self.analyst).with_context(**context))
            self.assertEqual(form.mode, "percent")

    def test_salespeople_ask_for_their_own(self):
        with self.assertRaisesRegex(AccessError, "own customers"):
            self.ask(self.profile, self.salesperson, amount=5000.0).action_ask()
        self.customer.user_id = self.salesperson
        self.ask(self.profile, self.salesperson, amount=5000.0).action_ask()
        self.assertEqual(self.asked(self.profile).requested_by, self.salesperson)
        for user in (self.accountant, self.other_salesperson):
            with self.assertRaises(AccessError):
                self.ask(self.others[0], user, amount=5000.0).action_ask()

    def test_another_ones_order_is_no_way_round(self):
        order = self.order(1500.0, user=self.other_salesperson)
        order.action_confirm()
        self.settle()
        decision = order.credit_decision_id
        with self.assertRaises(AccessError):
            self.ask(self.profile, self.salesperson, amount=5000.0, decision_id=decision.id).action_ask()
        mine = self.order(1500.0)
        mine.action_confirm()
        self.settle()
        with self.assertRaises(AccessError):
            self.ask(
                self.others[0], self.salesperson, amount=5000.0, decision_id=mine.credit_decision_id.id
            ).action_ask()

    def test_from_the_customer(self):
        action = self.customer.with_company(self.company).action_ask_credit_limit()
        self.assertEqual(action["context"]["default_profile_ids"], self.profile.ids)

    def test_the_salesperson_takes_it_back(self):
        self.customer.user_id = self.salesperson
        self.ask(self.profile, self.salesperson, amount=5000.0).action_ask()
        limit = self.asked(self.profile)
        limit.with_user(self.salesperson).action_withdraw()
        self.assertEqual(limit.state, "withdrawn")

    def test_the_cost_does_not_grow_with_the_customers(self):
        many = self.env["credit.profile"].create(
            [
                {
                    "partner_id": self.env["res.partner"].create({"name": f"N{n}", "company_type": "company"}).id,
                    "company_id": self.company.id,
                    "policy_id": self.policy.id,
                }
                for n in range(40)
            ]
        )
        self.env.flush_all()

        def queries(profiles):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.ask(profiles, amount=5.0).line_ids.mapped("amount")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(many[:2])
        self.assertLess(queries(many) - queries(many[:2]), 20)
