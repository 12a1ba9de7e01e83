# Part of credit_management. License LGPL-3.0 or later.
"""Profiles, their stored figures and how customers show them (I2, I10)."""

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestProfile(CreditCase):
    def test_status_follows_the_figures(self):
        expected = []
        for amount, status in ((790.0, "ok"), (10.0, "near"), (200.0, "near"), (0.01, "over")):
            self.invoice(amount)
            self.profile._refresh()
            expected.append((self.profile.status, status))
        self.assertEqual([status for status, _ in expected], [status for _, status in expected])
        self.assertEqual(self.profile.room, -0.01)
        self.assertTrue(self.profile.refreshed_at)

    def test_overdue_expired_hold(self):
        self.invoice(10.0, date="2020-01-01", due="2020-01-31")
        self.profile._refresh()
        self.assertEqual((self.profile.status, self.profile.overdue), ("overdue", 10.0))
        self.profile.write({"hold": True, "hold_reason": "Lawsuit"})
        self.assertEqual(self.profile.status, "hold")
        self.profile.with_user(self.manager).action_lift_hold()
        self.assertEqual(self.profile.status, "overdue")

    def test_figures_are_not_entered(self):
        with self.assertRaisesRegex(AccessError, "counted"):
            self.profile.with_user(self.admin).write({"limit_amount": 1e9})
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        profile = (
            self.env["credit.profile"]
            .with_user(self.admin)
            .create({"partner_id": other.id, "exposure": -5.0, "limit_amount": 1e9})
        )
        self.assertEqual((profile.exposure, profile.limit_amount), (0.0, 0.0))

    def test_who_may_do_what(self):
        for user in (self.salesperson, self.accountant):
            profile = self.profile.with_user(user)
            self.assertEqual(profile.limit_amount, 1000.0)
            with self.assertRaises(AccessError):
                profile.write({"hold": True})
            with self.assertRaises(AccessError):
                profile.action_lift_hold()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.analyst).action_lift_hold()

    def test_analyst_does_not_lift_a_hold_by_writing(self):
        self.profile.hold = True
        for values in (
            {"hold": False},
            {"policy_id": self.env.ref("credit_management.policy_standard").id},
            {"active": False},
        ):
            with self.assertRaises(AccessError):
                self.profile.with_user(self.analyst).write(values)

    def test_only_commercial_partners_and_root_companies(self):
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})
        with self.assertRaisesRegex(ValidationError, "Lumber Inc"):
            self.control(contact)
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        with self.assertRaisesRegex(ValidationError, "branch"):
            self.env["credit.profile"].create(
                {"partner_id": other.id, "company_id": branch.id, "policy_id": self.policy.id}
            )

    def test_profile_stays_with_its_customer(self):
        other = self.env["res.partner"].create({"name": "Other", "company_type": "company"})
        with self.assertRaises(UserError):
            self.profile.with_user(self.admin).write({"partner_id": other.id})

    # -- lists ---------------------------------------------------------------------------------------

    def test_customers_are_searched_sorted_and_grouped_by_credit(self):
        partners = self.env["res.partner"].create([{"name": f"C{i}", "company_type": "company"} for i in range(4)])
        for partner, limit, owed in zip(partners[:3], (100.0, 100.0, 0.0), (150.0, 50.0, 0.0), strict=True):
            profile = self.control(partner, limit)
            if owed:
                self.invoice(owed, partner=partner)
            profile._refresh()

        def search(*domain, **options):
            return self.env["res.partner"].search([("id", "in", partners.ids), *domain], **options)

        self.assertEqual(search(("credit_status", "=", "over")), partners[0])
        self.assertEqual(search(("credit_status", "in", ["over", "ok"])), partners[:3])
        self.assertEqual(search(("credit_status", "=", False)), partners[3])
        self.assertEqual(search(("credit_status", "!=", "over")), partners[1:])
        self.assertEqual(search(("credit_exposure", ">", 40)), partners[:2])
        self.assertEqual(search(("credit_room", "<", 0)), partners[0])
        self.assertEqual(search(("credit_usage", ">=", 0.5), order="credit_usage desc"), partners[:2])
        self.assertEqual(search(("credit_on_hold", "=", False)), partners)
        self.assertEqual(search(("credit_profile_id", "!=", False)), partners[:3])
        # who is not under control comes last, whichever way it goes
        self.assertEqual(search(order="credit_exposure desc").ids, partners.ids)
        self.assertEqual(search(order="credit_exposure").ids[-1], partners[3].id)
        groups = dict(self.env["res.partner"]._read_group([("id", "in", partners.ids)], ["credit_status"], ["__count"]))
        self.assertEqual(groups, {"over": 1, "ok": 2, False: 1})
        [(total, currencies)] = self.env["res.partner"]._read_group(
            [("id", "in", partners.ids)], [], ["credit_exposure:sum", "credit_currency_id:array_agg_distinct"]
        )
        self.assertEqual((total, currencies), (200.0, [self.company.currency_id.id]))
        self.assertEqual(partners.credit_currency_id, self.company.currency_id)

    def test_without_a_valid_limit_there_is_no_room_to_speak_of(self):
        """I8: an expired limit is no limit that is exceeded, and unlimited is not 0 available."""
        partners = self.env["res.partner"].create(
            [{"name": name, "company_type": "company"} for name in ("none", "expired", "unlimited", "zero", "valid")]
        )
        none, expired, unlimited, zero, valid = (self.control(partner) for partner in partners)
        self.grant(expired, 100.0, date_start="2020-01-01", date_end="2020-12-31")
        self.grant(unlimited, unlimited=True)
        self.grant(zero, 0.0)
        self.grant(valid, 100.0)
        profiles = none | expired | unlimited | zero | valid
        for partner in partners:
            self.invoice(40.0, partner=partner)
        profiles._refresh()
        domain = [("id", "in", profiles.ids)]
        search = self.env["credit.profile"].search
        self.assertEqual(search([*domain, ("room", "<", 0)]), zero)
        [(room, usage)] = self.env["credit.profile"]._read_group(domain, [], ["room:sum", "usage:avg"])
        self.assertEqual((room, usage), (-40.0 + 60.0, 0.4))
        for order in ("usage", "usage desc"):
            self.assertEqual(search(domain, order=order)[0], valid, order)
        self.assertEqual(
            self.env["res.partner"].search([("id", "in", partners.ids), ("credit_room", "<", 0)]), zero.partner_id
        )
        self.assertEqual(
            self.env["res.partner"].search([("id", "in", partners.ids), ("credit_limit_status", "=", "unlimited")]),
            unlimited.partner_id,
        )

    def test_list_of_customers_costs_two_queries_more(self):
        partners = self.env["res.partner"].create([{"name": f"C{i}", "company_type": "company"} for i in range(80)])
        for partner in partners[:40]:
            self.control(partner)
        self.env.flush_all()
        credit = ["credit_status", "credit_exposure", "credit_granted", "credit_usage", "credit_overdue", "credit_room"]

        def read(names):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.web_read({name: {} for name in names})
            return self.env.cr.sql_log_count - before

        read(["name", *credit])
        self.assertLessEqual(read(["name", *credit]) - read(["name"]), 2)

    def test_contacts_show_the_credit_of_their_company(self):
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})
        self.assertEqual(contact.credit_granted, 1000.0)
        self.assertIn(contact, self.env["res.partner"].search([("credit_granted", "=", 1000.0)]))

    def test_users_without_credit_rights_are_not_shown_it(self):
        user = self._user("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.customer.with_user(user).read(["credit_exposure"])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(user).search([("credit_exposure", ">", 0)])

    # -- the change queue ----------------------------------------------------------------------------

    def drain(self):
        self.env.flush_all()
        self.env["credit.change"]._process()

    def queued(self):
        partners = self.env["res.partner"].browse(self.env["credit.change"].search([]).mapped("partner"))
        return self.customer in partners.exists().commercial_partner_id

    def documents(self, model, state):
        return self.env[model].search([("partner_id", "=", self.customer.id), ("state", "=", state)])

    def test_everything_that_changes_exposure_is_noticed(self):
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})

        def change_draft():
            line = fields.Command.create({"name": "more", "price_unit": 5})
            self.documents("account.move", "draft").write({"invoice_line_ids": [line]})

        def bypass_the_orm():
            order = self.confirmed(5.0)
            self.drain()
            self.env.cr.execute("UPDATE sale_order SET credit_open = credit_open + 1 WHERE id = %s", [order.id])

        steps = {
            "draft invoice": lambda: self.invoice(100.0, post=False),
            "posted invoice": lambda: self.invoice(100.0),
            "order": lambda: self.confirmed(10.0),
            "cancelled order": lambda: self.documents("sale.order", "sale")[:1].action_cancel(),  # noqa: PLW0108
            "order of a contact": lambda: self.confirmed(10.0, partner=contact),
            "payment": lambda: self.pay(self.documents("account.move", "posted")[:1]),
            "changed draft": change_draft,
            "deleted draft": lambda: self.documents("account.move", "draft")[:1].unlink(),  # noqa: PLW0108
            "contact moved away": lambda: contact.write({"parent_id": False}),
            "raw SQL": bypass_the_orm,
        }
        for name, step in steps.items():
            self.drain()
            self.assertFalse(self.queued())
            with self.subTest(step=name):
                step()
                self.env.flush_all()
                self.assertTrue(self.queued())

    def test_unrelated_changes_leave_no_note(self):
        invoice = self.invoice(100.0)
        self.env.flush_all()
        self.drain()
        invoice.ref = "another reference"
        invoice.line_ids.name = "another label"
        self.customer.phone = "123"
        self.env.flush_all()
        self.assertFalse(self.queued())

    def test_queue_brings_lists_up_to_date(self):
        self.invoice(400.0)
        self.assertEqual(self.profile.exposure, 0.0)
        self.env.flush_all()
        self.drain()
        self.assertEqual(self.profile.exposure, 400.0)

    def test_check_is_live_whatever_the_list_says(self):
        """I10: the stored figures are old, and the order is held all the same."""
        self.invoice(900.0)
        self.assertEqual(self.profile.exposure, 0.0)
        order = self.order(200.0)
        order.action_confirm()
        self.settle()
        self.assertEqual(order.state, "draft")

    def test_queue_in_batches_loses_nothing(self):
        """I11: a batch that is not committed is still there for the next run."""
        self.drain()
        self.env["credit.change"].create([{"partner": self.customer.id, "company": self.company.id}] * 5)
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            self.assertEqual(self.env["credit.change"]._process(3), 3)
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.env["credit.change"].search_count([]), 5)
        self.assertEqual([self.env["credit.change"]._process(3), self.env["credit.change"]._process(3)], [3, 2])

    def test_unknown_profiles_in_the_queue_are_dropped(self):
        self.env["credit.change"].create({"partner": 2**31 - 1, "company": self.company.id})
        self.env.flush_all()
        self.drain()
        self.assertFalse(self.env["credit.change"].search([]))

    # -- forms ---------------------------------------------------------------------------------------

    def test_meter_of_an_unsaved_quotation(self):
        self.invoice(300.0)
        line = {"product_id": self.product.id, "product_uom_qty": 1, "price_unit": 800.0, "tax_ids": False}
        order = self.env["sale.order"].new(
            {"partner_id": self.customer.id, "company_id": self.company.id, "order_line": [fields.Command.create(line)]}
        )
        meter = order.credit_meter
        self.assertEqual((meter["exposure"], meter["total"], meter["room"]), (300.0, 1100.0, -100.0))
        self.assertEqual((meter["level"], order.credit_level), ("over", "hold"))
        self.assertIn("100.00", order.credit_message)

    def test_odoo_warning_is_replaced_not_doubled(self):
        self.company.account_use_credit_limit = True
        other = self.env["res.partner"].create(
            {"name": "Not under control", "company_type": "company", "credit_limit": 10.0}
        )
        self.customer.credit_limit = 10.0
        self.assertEqual(self.order(500.0).partner_credit_warning, "")
        self.assertTrue(self.order(500.0, partner=other).partner_credit_warning)
        self.assertFalse(self.invoice(500.0, post=False).partner_credit_warning)
        self.assertTrue(self.invoice(500.0, partner=other, post=False).partner_credit_warning)

    def test_invoice_shows_the_limit(self):
        invoice = self.invoice(400.0)
        self.assertEqual(invoice.credit_meter["exposure"], 400.0)
        self.assertEqual(invoice.with_user(self.accountant).credit_meter["limit"], 1000.0)
