# Part of credit_management. License LGPL-3.0 or later.
"""What credit control would say of an order over an opportunity: on its form, when it is won, and on the way
to a quotation."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestCrmLeadCheck(CrmCase):
    def notes(self, lead):
        """What the chatter of the opportunity says of credit."""
        return lead.message_ids.filtered(lambda message: "order" in (message.body or "").lower()).mapped("body")

    def win(self, leads, how="button"):
        """Win opportunities as the salesperson; returns what is said on the screen."""
        said = []

        def send(_user, kind, message, **_options):
            if kind == "simple_notification":
                said.append(message)

        with patch.object(type(self.env["res.users"]), "_bus_send", send):
            seller = leads.with_user(self.salesperson)
            if how == "button":
                seller.action_set_won_rainbowman()
            elif how == "board":
                seller.write({"stage_id": self.won.id})
            else:
                seller.action_set_won()
        self.env.flush_all()
        self.assertEqual(set(leads.mapped("won_status")), {"won"})
        return said

    # -- on the form

    def test_within_the_limit_there_is_only_the_meter(self):
        lead = self.lead(700.0).with_user(self.salesperson)
        self.assertFalse(lead.credit_message)
        self.assertEqual((lead.credit_meter["total"], lead.credit_meter["room"]), (700.0, 300.0))
        self.assertEqual(lead.credit_meter["segments"][-1]["label"], "This opportunity")

    def test_beyond_it_an_order_would_be_held_and_why(self):
        self.invoice(400.0)
        lead = self.lead(700.0).with_user(self.salesperson)
        self.assertEqual(lead.credit_level, "hold")
        self.assertIn("An order over $ 700.00 would be held", lead.credit_message.replace("\xa0", " "))
        self.assertIn("$ 100.00 more than", lead.credit_message.replace("\xa0", " "))
        self.assertIn("What would unblock it", lead.credit_message)

    def test_it_says_what_the_order_is_then_told(self):
        """I2: the opportunity and the order are judged by the same rules on the same figures."""
        self.invoice(400.0)
        lead = self.lead(700.0)
        order = self.order(700.0)
        reasons = [text.split("</ul>")[0].split("<ul class='mb-0'>")[-1] for text in (
            lead.credit_message, order.credit_message
        )]  # fmt: skip
        self.assertEqual(reasons[0], reasons[1])

    def test_the_form_follows_what_is_typed(self):
        other = self.control(self.partner("Other"), 50.0).partner_id
        lead = self.lead(100.0)
        with Form(lead.with_user(self.salesperson)) as form:
            self.assertFalse(form.credit_message)
            form.expected_revenue = 5000.0
            self.assertEqual(form.credit_meter["total"], 5000.0)
            self.assertIn("would be held", form.credit_message)
            form.expected_revenue = 100.0
            self.assertFalse(form.credit_message)
            form.partner_id = other
            self.assertIn("would be held", form.credit_message)
            self.assertEqual(form.credit_profile_id, other.credit_profile_id)
            form.partner_id = self.env["res.partner"]
            self.assertFalse(form.credit_message)
            self.assertFalse(form.credit_meter)

    def test_a_customer_on_hold(self):
        self.profile.write({"hold": True, "hold_reason": "Lawsuit"})
        self.assertIn("Orders of this customer are held", self.lead(0.0).credit_message)
        self.assertIn("Lawsuit", self.lead(10.0).credit_message)

    def test_a_customer_not_under_control(self):
        unknown = self.partner("Unknown")
        for action, message in (("allow", ""), ("warn", "pass with a warning"), ("hold", "would be held")):
            self.company.credit_unknown_action = action
            lead = self.lead(100.0, unknown).with_user(self.salesperson)
            with self.subTest(action):
                self.assertIn(message, lead.credit_message or "")
                self.assertEqual(bool(lead.credit_message), bool(message))
                self.assertFalse(lead.credit_meter)
                self.assertFalse(lead.credit_profile_id)

    def test_no_customer_yet(self):
        self.company.credit_unknown_action = "hold"
        lead = self.lead(100.0, self.env["res.partner"], partner_name="Prospect")
        self.assertFalse(lead.credit_message)
        self.assertFalse(lead.credit_meter)

    def test_many_are_judged_each_by_itself_in_a_bounded_number_of_queries(self):
        leads = self.env["crm.lead"].browse()
        for number in range(10):
            partner = self.partner(f"C{number}")
            self.control(partner, 1000.0)
            leads |= self.lead(800.0, partner) | self.lead(900.0, partner)

        def cost(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            messages = some.mapped("credit_message")
            return messages, self.env.cr.sql_log_count - before

        cost(leads)
        self.assertLessEqual(cost(leads)[1] - cost(leads[:2])[1], 2)
        self.assertFalse(any(cost(leads)[0]))

    def test_payment_terms_of_the_customer_are_looked_at(self):
        self.add_rule("agreed_terms")
        self.customer.with_company(self.company).property_payment_term_id = self.env.ref(
            "account.account_payment_term_30days"
        )
        lead = self.lead(100.0)
        self.assertEqual(lead._credit_document("order").terms, 30)
        self.assertFalse(lead.credit_message)  # what was agreed upon is what he gets

    def test_the_joint_limit_of_a_group(self):
        group = self.env["credit.group"].create({"name": "Holding", "currency_id": self.company.currency_id.id})
        sister = self.control(self.partner("Sister"), 5000.0)
        (self.profile | sister).group_id = group
        self.env["credit.limit"].sudo().create(
            {"group_id": group.id, "amount": 600.0, "date_start": "2000-01-01", "state": "granted"}
        )
        self.invoice(500.0, partner=sister.partner_id)
        lead = self.lead(200.0)
        self.assertIn("Holding", lead.credit_message)
        self.assertEqual(lead.credit_beyond, 0.0)  # lists show the customer's own limit

    def test_figures_are_those_of_the_opportunity_s_company(self):
        self.control(self.customer, 100.0, company=self.euro_company)
        lead = self.lead(300.0, company=self.euro_company).with_user(self.salesperson)
        lead = lead.with_context(allowed_company_ids=(self.company | self.euro_company).ids)
        self.assertEqual(lead.credit_meter["currency_id"], self.env.ref("base.EUR").id)
        self.assertIn("€", lead.credit_message)
        self.assertFalse(self.lead(300.0).credit_message)

    # -- winning

    def test_winning_beyond_the_limit_warns_and_does_not_block(self):
        self.invoice(400.0)
        for how in ("button", "board", "action"):
            with self.subTest(how):
                lead = self.lead(700.0, name=f"By {how}")
                [said] = self.win(lead, how)
                self.assertEqual((said["type"], said["sticky"]), ("warning", True))
                self.assertIn(f"By {how}", said["title"])
                self.assertIn("would be held", said["message"])
                [note] = self.notes(lead)
                self.assertIn("would be held", note)
                self.assertIn("What would unblock it", note)
                self.assertFalse(lead.activity_ids)
                self.assertEqual(lead.message_ids[0].subtype_id, self.env.ref("mail.mt_note"))

    def test_winning_within_it_says_nothing(self):
        lead = self.lead(700.0)
        self.assertFalse(self.win(lead))
        self.assertFalse(self.notes(lead))

    def test_created_as_won(self):
        lead = self.lead(1700.0, stage_id=self.won.id, probability=100.0)
        self.assertEqual(lead.won_status, "won")
        self.assertTrue(self.notes(lead))
        # what is won already is not won again
        lead.write({"expected_revenue": 1800.0, "stage_id": self.won.id})
        self.assertEqual(len(self.notes(lead)), 1)

    def test_several_won_at_once_share_the_limit(self):
        first = self.lead(700.0, name="First", date_deadline=self.day(1))
        second = self.lead(700.0, name="Second", date_deadline=self.day(2))
        [said] = self.win(second | first, "board")
        self.assertIn("Second", said["title"])
        self.assertNotIn("First", said["title"])
        self.assertEqual((self.notes(first), len(self.notes(second))), ([], 1))

    def test_what_is_ordered_already_is_not_warned_about(self):
        lead = self.lead(900.0)
        order = self.order(900.0, opportunity_id=lead.id)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self.win(lead))

    def test_the_salesperson_is_told_when_somebody_else_wins_it(self):
        lead = self.lead(1700.0)
        lead.user_id = self.other_salesperson
        leader = self._user("leader", "sales_team.group_sale_salesman_all_leads")
        lead.with_user(leader).action_set_won()
        [activity] = lead.activity_ids
        self.assertEqual(activity.user_id, self.other_salesperson)
        self.assertIn("would be held", activity.note)

    def test_a_customer_not_under_control_is_warned_about_as_the_company_says(self):
        unknown = self.partner("Unknown")
        self.assertFalse(self.win(self.lead(900.0, unknown)))
        self.company.credit_unknown_action = "hold"
        self.assertTrue(self.win(self.lead(900.0, unknown)))
        self.assertFalse(self.win(self.lead(900.0, self.env["res.partner"])))

    # -- going on

    def test_the_quotation_of_an_opportunity_has_its_own_banner(self):
        lead = self.lead(1500.0).with_user(self.salesperson)
        action = lead.action_sale_quotations_new()
        with Form(self.env["sale.order"].with_user(self.salesperson).with_context(**action["context"])) as form:
            self.assertEqual(form.partner_id, self.customer)
            self.assertFalse(form.credit_message)  # nothing is on it yet
            with form.order_line.new() as line:
                line.product_id = self.product
                line.price_unit = 1500.0
            self.assertEqual(form.credit_level, "hold")
            self.assertIn("more than", form.credit_message)
        order = form.record
        self.assertEqual(order.opportunity_id, lead)
        order.action_confirm()
        self.assertEqual(order.credit_state, "held")

    def test_a_limit_is_asked_for_from_the_opportunity(self):
        self.invoice(400.0)
        lead = self.lead(700.0, name="New hall").with_user(self.salesperson)
        action = lead.action_ask_credit_limit()
        request = self.env["credit.limit.request"].with_user(self.salesperson).with_context(**action["context"])
        with Form(request) as form:
            self.assertEqual(form.amount, 1100.0)
            self.assertIn("New hall", form.note)
            self.assertEqual(form.profile_ids[:], self.profile)
        with self.assertRaisesRegex(UserError, "not under credit control"):
            self.lead(1.0, self.partner("Unknown")).action_ask_credit_limit()
        with self.assertRaisesRegex(UserError, "has no customer yet"):
            self.lead(1.0, self.env["res.partner"]).action_ask_credit_limit()

    def test_leads_are_merged_and_copied_as_ever(self):
        first, second = self.lead(100.0), self.lead(200.0, order_ids=[Command.link(self.order(50.0).id)])
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged.credit_profile_id, self.profile)
        self.assertEqual(merged.copy().credit_profile_id, self.profile)

    def test_credit_is_applied_for_from_the_opportunity(self):
        self.invoice(400.0)
        lead = self.lead(700.0, name="New hall").with_user(self.salesperson)
        action = lead.action_apply_credit()
        applications = self.env["credit.application"].with_user(self.salesperson)
        with Form(applications.with_context(**action["context"])) as form:
            self.assertEqual((form.partner_id, form.company_id), (self.customer, self.company))
            self.assertEqual(form.amount, 1100.0)  # the limit in all
            self.assertIn("New hall", form.purpose)
        application = form.record
        self.assertEqual((application.opportunity_id, application.origin), (lead, "salesperson"))
        self.assertEqual((lead.credit_application_id, lead.credit_application_state), (application, "draft"))
        # another opportunity goes on with the same one
        action = self.lead(5000.0).with_user(self.salesperson).action_apply_credit()
        self.assertEqual(action["res_id"], application.id)
        other = self.lead(100.0, name="Other")
        (lead.sudo() | other).merge_opportunity()
        self.assertEqual(application.opportunity_id.exists().credit_application_id, application)

    def test_who_is_not_under_control_applies_for_what_is_expected(self):
        contact = self.env["res.partner"].create({"name": "Jo", "parent_id": self.partner("Unknown").id})
        lead = self.lead(700.0, contact, company=self.euro_company)
        lead = lead.with_user(self.salesperson).with_context(allowed_company_ids=self.euro_company.ids)
        values = lead.action_apply_credit()["context"]
        self.assertEqual(values["default_partner_id"], contact.parent_id.id)
        self.assertEqual(values["default_contact_id"], contact.id)
        self.assertEqual((values["default_amount"], values["default_company_id"]), (700.0, self.euro_company.id))
        lead.expected_revenue = 0.0
        self.assertNotIn("default_amount", lead.action_apply_credit()["context"])
        with self.assertRaisesRegex(UserError, "has no customer yet"):
            self.lead(1.0, self.env["res.partner"]).action_apply_credit()

    def test_applications_that_are_not_one_s_own_are_not_shown(self):
        lead = self.lead(700.0)
        application = self.env["credit.application"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "contact_id": self.customer.id,
                "amount": 900.0,
                "opportunity_id": lead.id,
            }
        )
        self.assertFalse(lead.with_user(self.salesperson).credit_application_id)
        self.customer.user_id = self.salesperson
        self.env.invalidate_all()
        self.assertEqual(lead.with_user(self.salesperson).credit_application_id, application)
