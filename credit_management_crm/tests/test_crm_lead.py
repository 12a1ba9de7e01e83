# Part of credit_management. License LGPL-3.0 or later.
"""What lists, filters, groupings and buttons of opportunities show of their customers' credit."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestCrmLead(CrmCase):
    def read_by_sql(self, leads, name):
        """A field of leads as filters and groupings read it."""
        query = leads._as_query(ordered=False)
        column = leads._field_to_sql(leads._table, name, query)
        return dict(self.env.execute_query(query.select(SQL.identifier(leads._table, "id"), column)))

    def every_kind(self):
        """An opportunity of each kind of customer, and what of it goes beyond the available credit."""
        kinds = {}
        for name, limit, owed, revenue, beyond in (
            ("within", 1000.0, 200.0, 800.0, 0.0),
            ("beyond", 1000.0, 200.0, 900.0, 100.0),
            ("exceeded", 1000.0, 1500.0, 300.0, 300.0),
            ("zero", 0.0, 0.0, 50.0, 50.0),
            ("nothing expected", 0.0, 100.0, 0.0, 0.0),
        ):
            partner = self.partner(name)
            profile = self.control(partner, limit)
            if owed:
                self.invoice(owed, partner=partner)
            profile._refresh()
            kinds[name] = (self.lead(revenue, partner), beyond)
        unlimited = self.control(self.partner("unlimited"))
        self.grant(unlimited, unlimited=True)
        kinds["unlimited"] = (self.lead(9e9, unlimited.partner_id), 0.0)
        expired = self.control(self.partner("expired"))
        self.grant(expired, 5000.0, date_start="2020-01-01", date_end="2020-12-31")
        kinds["expired"] = (self.lead(70.0, expired.partner_id), 70.0)
        kinds["no limit"] = (self.lead(80.0, self.control(self.partner("none")).partner_id), 80.0)
        kinds["unknown"] = (self.lead(90.0, self.partner("unknown")), None)
        kinds["no customer"] = (self.lead(90.0, self.env["res.partner"]), None)
        lost = self.lead(90.0, kinds["zero"][0].partner_id)
        lost.action_set_lost()
        kinds["lost"] = (lost, 0.0)
        return kinds

    def test_beyond_is_the_same_in_forms_lists_and_filters(self):
        kinds = self.every_kind()
        leads = self.env["crm.lead"].union(*(lead for lead, _beyond in kinds.values()))
        by_sql = self.read_by_sql(leads, "credit_beyond")
        search = self.env["crm.lead"].with_context(active_test=False).search
        beyond = search([("id", "in", leads.ids), ("credit_beyond", ">", 0)])
        for kind, (lead, expected) in kinds.items():
            with self.subTest(kind):
                self.assertEqual(lead.credit_beyond, expected or 0.0)
                self.assertEqual(by_sql[lead.id], expected)
                self.assertEqual(lead in beyond, bool(expected))

    def test_what_is_ordered_is_not_asked_again(self):
        lead = self.lead(900.0)
        self.assertEqual((lead.credit_ask, lead.credit_beyond), (900.0, 0.0))
        self.order(300.0, opportunity_id=lead.id)  # a quotation takes nothing yet
        self.assertEqual(lead.credit_ask, 900.0)
        order = self.order(250.0, opportunity_id=lead.id, user=self.other_salesperson)
        order.action_confirm()
        self.settle()
        self.profile._refresh()
        self.env.invalidate_all()
        self.assertEqual((lead.credit_ask, lead.credit_room, lead.credit_beyond), (650.0, 750.0, 0.0))
        # whoever's order it is
        self.assertEqual(lead.with_user(self.salesperson).credit_ask, 650.0)
        lead.expected_revenue = 1100.0
        self.assertEqual((lead.credit_ask, lead.credit_beyond), (850.0, 100.0))
        self.assertEqual(self.read_by_sql(lead, "credit_beyond"), {lead.id: 100.0})
        lead.expected_revenue = 100.0
        self.assertEqual(lead.credit_ask, 0.0)

    def test_orders_in_another_currency_count_at_their_rate(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "name": self.day(-5), "rate": 0.5}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        lead = self.lead(900.0)
        order = self.order(100.0, opportunity_id=lead.id, pricelist_id=pricelist.id)
        order.order_line.price_unit = 100.0
        self.assertEqual(order.currency_id, euro)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertEqual(lead.credit_ask, 700.0)

    def test_filters_sorting_and_groupings(self):
        self.profile.write({"hold": True, "hold_reason": "Lawsuit"})
        good, bad = self.env["credit.grade"].search([], limit=2)
        self.profile.sudo().grade_id = good
        second = self.control(self.partner("Second"), 500.0)
        second.sudo().grade_id = bad
        held, other = self.lead(100.0), self.lead(200.0, second.partner_id)
        unknown = self.lead(400.0, self.partner("Unknown"))
        leads = (held | other | unknown).with_user(self.salesperson)

        def search(*domain, **options):
            return leads.search([("id", "in", leads.ids), *domain], **options)

        self.assertEqual(search(("credit_on_hold", "=", True)), held)
        self.assertEqual(search(("credit_status", "=", "hold")), held)
        self.assertEqual(search(("credit_status", "!=", "hold")), other | unknown)
        self.assertEqual(search(("credit_profile_id", "=", False)), unknown)
        self.assertEqual(search(("credit_grade_id", "=", bad.id)), other)
        self.assertEqual(search(("credit_grade_id.code", "=", good.code)), held)
        self.assertEqual(search(("credit_limit_status", "=", "valid")), held | other)
        self.assertEqual(search(("credit_room", "<", 600)), other)
        self.assertEqual(search(("credit_beyond", "<", 1)), held | other)  # what is unknown is not 0
        self.assertEqual(search(("credit_refreshed_at", "<=", fields.Datetime.now())), held | other)
        # who is not under control comes last, whichever way it goes
        self.assertEqual(search(order="credit_room").ids, [other.id, held.id, unknown.id])
        self.assertEqual(search(order="credit_room desc").ids, [held.id, other.id, unknown.id])
        groups = leads._read_group(
            [("id", "in", leads.ids)], ["credit_grade_id"], ["expected_revenue:sum", "credit_beyond:sum"]
        )
        self.assertEqual(
            {grade.code: sums for grade, *sums in groups},
            {good.code: [100.0, 0.0], bad.code: [200.0, 0.0], False: [400.0, False]},
        )
        [*rows] = leads.formatted_read_group(
            [("id", "in", leads.ids)], ["credit_status"], ["credit_beyond:sum", "company_currency:array_agg_distinct"]
        )
        self.assertEqual({row["credit_status"] for row in rows}, {"hold", "ok", False})

    def test_pivot_and_graph_offer_the_dimensions(self):
        described = self.env["crm.lead"].with_user(self.salesperson).fields_get()
        for name in ("credit_status", "credit_grade_id", "credit_on_hold"):
            self.assertTrue(described[name]["groupable"], name)
        for name in ("credit_beyond", "credit_room"):
            self.assertEqual(described[name]["aggregator"], "sum", name)

    def test_a_list_costs_a_few_queries_more(self):
        leads = self.env["crm.lead"].browse()
        for number in range(40):
            partner = self.partner(f"C{number}")
            if number % 2:
                self.control(partner)
            leads |= self.lead(100.0, partner)
        self.env.flush_all()
        credit = ["credit_status", "credit_room", "credit_grade_id", "credit_beyond", "credit_on_hold"]

        def read(names):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            leads.with_user(self.salesperson).web_read({name: {} for name in names})
            return self.env.cr.sql_log_count - before

        # what Odoo's own list has anyway
        plain = ["name", "partner_id", "company_id", "company_currency", "expected_revenue", "won_status"]
        read([*plain, *credit])
        # the company behind each contact, the profiles, what is ordered, and how the currency is rounded
        self.assertLessEqual(read([*plain, *credit]) - read(plain), 4)

    def test_the_company_of_the_opportunity_decides(self):
        european = self.control(self.customer, 200.0, company=self.euro_company)
        here, there = self.lead(500.0), self.lead(500.0, company=self.euro_company)
        nowhere = self.lead(500.0, company_id=False)
        both = (self.company | self.euro_company).ids
        for session in (both, both[::-1]):
            leads = (here | there | nowhere).with_user(self.salesperson).with_context(allowed_company_ids=session)
            profiles = {self.company.id: self.profile, self.euro_company.id: european}
            with self.subTest(session=session):
                self.assertRecordValues(
                    leads,
                    [
                        {"credit_profile_id": self.profile.id, "credit_room": 1000.0, "credit_beyond": 0.0},
                        {"credit_profile_id": european.id, "credit_room": 200.0, "credit_beyond": 300.0},
                        # visible to all: the session's company, in whose currency its revenue is
                        {
                            "credit_profile_id": profiles[session[0]].id,
                            "credit_room": profiles[session[0]].room,
                            "credit_beyond": 300.0 if session[0] == self.euro_company.id else 0.0,
                        },
                    ],
                )
                self.assertEqual(
                    leads.search([("id", "in", leads.ids), ("credit_beyond", ">", 0)]),
                    leads.filtered("credit_beyond"),
                )
                self.assertEqual(there.company_currency.name, "EUR")

    def test_a_branch_shows_the_credit_of_its_root(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= branch
        self.salesperson.company_ids |= branch
        lead = self.lead(1500.0, company=branch)
        lead = lead.with_user(self.salesperson).with_context(allowed_company_ids=branch.ids)
        self.assertEqual((lead.credit_profile_id, lead.credit_beyond), (self.profile, 500.0))
        self.assertIn(lead, lead.search([("credit_beyond", "=", 500.0)]))

    def test_contacts_show_the_credit_of_their_company(self):
        contact = self.env["res.partner"].create({"name": "Jo", "parent_id": self.customer.id})
        lead = self.lead(10.0, contact)
        self.assertEqual(lead.credit_profile_id, self.profile)
        self.assertIn(lead, lead.search([("credit_profile_id", "=", self.profile.id)]))

    def test_who_is_not_under_control_any_more_is_unknown(self):
        lead = self.lead(5000.0)
        self.profile.active = False
        for reading in (lead, lead.with_context(active_test=False)):
            reading.invalidate_recordset()
            self.assertFalse(reading.credit_profile_id)
            self.assertEqual(self.read_by_sql(reading, "credit_beyond"), {lead.id: None})

    def test_users_without_credit_rights_are_not_shown_it(self):
        lead = self.lead(100.0)
        self.salesperson.group_ids -= self.env.ref("credit_management.group_viewer")
        clerk = self._user("clerk", "base.group_user")
        with self.assertRaises(AccessError):
            lead.with_user(clerk).read(["credit_room"])
        self.env.ref("sales_team.group_sale_salesman").implied_ids -= self.env.ref("credit_management.group_viewer")
        seller = lead.with_user(self.salesperson)
        self.assertEqual(seller.read(["name"])[0]["name"], "Deal")
        for name in ("credit_profile_id", "credit_status", "credit_room", "credit_beyond", "credit_ask",
                     "credit_message", "credit_meter"):  # fmt: skip
            with self.subTest(name), self.assertRaises(AccessError), self.env.cr.savepoint():
                seller.read([name])
        with self.assertRaises(AccessError):
            seller.search([("credit_room", ">", 0)])
        with self.assertRaises(AccessError):
            seller._read_group([], ["credit_grade_id"], ["__count"])

    def test_buttons(self):
        lead = self.lead(100.0).with_user(self.salesperson)
        action = lead.action_view_credit_profile()
        self.assertEqual((action["res_model"], action["res_id"]), ("credit.profile", self.profile.id))
        unknown = self.lead(100.0, self.partner("Unknown"), company=self.euro_company)
        with self.assertRaisesRegex(UserError, "not under credit control"):
            unknown.with_user(self.salesperson).action_view_credit_profile()
        action = unknown.with_user(self.admin).sudo().action_enrol_credit()
        enrol = self.env["credit.enrol"].with_context(**action["context"]).create({})
        self.assertEqual((enrol.company_id, enrol.partner_ids), (self.euro_company, unknown.partner_id))
        with self.assertRaisesRegex(UserError, "has no customer yet"):
            self.lead(100.0, self.env["res.partner"]).action_enrol_credit()
