# Part of credit_management. License LGPL-3.0 or later.
"""Payment behaviour from accounting: the portions that an invoice falls into, as of a day, and what is made of them."""

import datetime
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.base.models.ir_cron import IrCron

from ..engine.payment import behaviour
from ..models.credit_payment import BEHAVIOUR, CreditProfile
from .common import CreditCase
from .scratch import ScratchCase

TODAY = datetime.date(2026, 6, 30)


def day(number):
    return fields.Date.add(TODAY, days=number)


def seen(portions):
    """Portions as people read them: (amount, share of the invoice, due, settled), days counted from TODAY."""
    zero = TODAY.toordinal()
    return sorted(
        (
            round(amount, 2),
            round(amount / whole, 4),
            due - zero,
            None if settled is None else settled - zero,
        )
        for amount, whole, _issued, due, settled, _disputed in portions
    )


class PaymentCase(CreditCase):
    """A company whose documents have the dates that a test gives them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.general = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "general")], limit=1
        )
        cls.receivable = cls.customer.with_company(cls.company).property_account_receivable_id
        cls.expense = cls.account("expense")
        cls.payable = cls.account("liability_payable")
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.euro.id, "company_id": cls.company.id, "name": start, "rate": rate}
                for start, rate in (("2020-01-01", 0.5), (day(-40), 0.4), (day(-15), 0.8))
            ]
        )

    @classmethod
    def account(cls, account_type):
        return cls.env["account.account"].search(
            [("company_ids", "in", cls.company.ids), ("account_type", "=", account_type)], limit=1
        )

    @classmethod
    def bill(cls, amount, issued, due, partner=None, currency=None, company=None, terms=None, lines=1):
        move = (
            cls.env["account.move"]
            .with_company(company or cls.company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": (partner or cls.customer).id,
                    "company_id": (company or cls.company).id,
                    "currency_id": (currency or cls.company.currency_id).id,
                    "invoice_date": day(issued),
                    "invoice_payment_term_id": terms.id if terms else False,
                    "invoice_date_due": day(due),
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "price_unit": amount / lines, "tax_ids": False})
                        for _line in range(lines)
                    ],
                }
            )
        )
        move.action_post()
        return move

    @classmethod
    def pay_on(cls, move, settled, amount=None, **values):
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create(
            {"payment_date": day(settled), **({"amount": amount} if amount else {}), **values}
        )._create_payments()

    @classmethod
    def items(cls, moves):
        return moves.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")

    @classmethod
    def credit(cls, move, amount, issued):
        """A credit note, reconciled with the invoice."""
        note = cls.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": move.partner_id.id,
                "company_id": move.company_id.id,
                "currency_id": move.currency_id.id,
                "invoice_date": day(issued),
                "invoice_line_ids": [Command.create({"name": "Back", "price_unit": amount, "tax_ids": False})],
            }
        )
        note.action_post()
        cls.items(move + note).filtered(lambda line: not line.reconciled).reconcile()
        return note

    @classmethod
    def entry(cls, move, amount, on, account):
        """An entry that moves part of a receivable to another account, reconciled with the invoice."""
        partner = move.commercial_partner_id.id
        made = cls.env["account.move"].create(
            {
                "journal_id": cls.general.id,
                "date": day(on),
                "line_ids": [
                    Command.create({"account_id": cls.receivable.id, "partner_id": partner, "credit": amount}),
                    Command.create({"account_id": account.id, "partner_id": partner, "debit": amount}),
                ],
            }
        )
        made.action_post()
        cls.items(move + made).filtered(lambda line: not line.reconciled).reconcile()
        return made

    def portions(self, as_of=0, profile=None, since=None):
        profile = profile or self.profile
        return profile._payment_portions(day(as_of), since)[profile.id]

    def seen(self, as_of=0, profile=None):
        return seen(self.portions(as_of, profile))


@tagged("post_install", "-at_install")
class TestPortions(PaymentCase):
    def test_nothing_is_known_of_who_bought_nothing(self):
        self.assertEqual(self.portions(), [])
        known = self.profile._behaviours(TODAY)[self.profile.id]
        self.assertIsNone(known.index)
        self.assertIsNone(self.profile._sales_figures(TODAY)[self.profile.id].dso)

    def test_a_payment_settles_on_its_day(self):
        self.pay_on(self.bill(100.0, -60, -30), -18)
        self.assertEqual(self.seen(), [(100.0, 1.0, -30, -18)])
        [(amount, whole, issued, *_rest)] = self.portions()
        self.assertEqual((amount, whole, issued), (100.0, 100.0, day(-60).toordinal()))

    def test_as_of_a_day_only_what_was_known_on_it(self):
        self.pay_on(self.bill(100.0, -60, -30), -18)
        self.assertEqual(self.seen(-19), [(100.0, 1.0, -30, None)])
        self.assertEqual(self.seen(-18), [(100.0, 1.0, -30, -18)])
        self.assertEqual(self.seen(-60), [(100.0, 1.0, -30, None)])
        self.assertEqual(self.seen(-61), [])

    def test_since_leaves_out_what_was_done_with(self):
        self.pay_on(self.bill(100.0, -90, -60), -70)
        self.pay_on(self.bill(30.0, -90, -60), -40)
        self.bill(20.0, -90, -60)
        self.assertEqual(
            seen(self.portions(since=day(-60))), [(20.0, 1.0, -60, None), (30.0, 1.0, -60, -40)]
        )
        self.assertEqual(len(self.portions(since=day(-61))), 3)

    def test_parts_are_portions_of_one_invoice(self):
        move = self.bill(100.0, -60, -30)
        self.pay_on(move, -35, 60.0)
        self.pay_on(move, -10, 30.0)
        self.assertEqual(self.seen(), [(10.0, 0.1, -30, None), (30.0, 0.3, -30, -10), (60.0, 0.6, -30, -35)])
        known = self.profile._behaviours(TODAY)[self.profile.id]
        self.assertAlmostEqual(known.invoices, 1.0)
        self.assertEqual(known.worst_days_late, 30)

    def test_instalments_are_portions_of_one_invoice(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 10}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 40}),
                ],
            }
        )
        move = self.bill(100.0, -60, -60, terms=terms)
        self.pay_on(move, -45, 50.0)
        self.assertEqual(self.seen(), [(50.0, 0.5, -50, -45), (50.0, 0.5, -20, None)])

    def test_one_payment_of_several_invoices(self):
        moves = self.bill(100.0, -60, -30) + self.bill(50.0, -50, -20)
        self.pay_on(moves, -25, group_payment=True)
        self.assertEqual(self.seen(), [(50.0, 1.0, -20, -25), (100.0, 1.0, -30, -25)])

    def test_paid_in_advance_is_settled_on_the_day_of_the_invoice(self):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 100.0,
                "date": day(-80),
                "journal_id": self.bank.id,
                "payment_type": "inbound",
                "company_id": self.company.id,
            }
        )
        payment.action_post()
        self.assertEqual(self.seen(), [])
        move = self.bill(100.0, -60, -30)
        self.items(move + payment.move_id).reconcile()
        self.assertEqual(self.seen(), [(100.0, 1.0, -30, -60)])

    def test_a_credit_note_nets_its_invoice(self):
        move = self.bill(100.0, -60, -30)
        self.credit(move, 40.0, -20)
        self.pay_on(move, -10)
        self.assertEqual(self.seen(), [(60.0, 1.0, -30, -10)])
        # before the credit note nobody knew of it
        self.assertEqual(self.seen(-21), [(40.0, 0.4, -30, None), (60.0, 0.6, -30, None)])
        # and one that is matched with nothing says nothing
        self.credit(self.bill(10.0, -5, 25), 10.0, -4)
        self.assertEqual(self.seen(), [(60.0, 1.0, -30, -10)])

    def test_what_is_written_off_was_never_paid(self):
        move = self.bill(100.0, -60, -30)
        self.pay_on(move, -20, 70.0)
        self.entry(move, 30.0, -5, self.expense)
        self.assertEqual(move.amount_residual, 0.0)
        self.assertEqual(self.seen(), [(30.0, 0.3, -30, None), (70.0, 0.7, -30, -20)])

    def test_a_small_difference_is_no_debt(self):
        move = self.bill(100.0, -60, -30)
        self.pay_on(move, -40, 99.0)
        self.entry(move, 1.0, -5, self.expense)
        self.assertEqual(self.seen(), [(99.0, 0.99, -30, -40)])

    def test_marked_as_fully_paid_is_not_paid(self):
        move = self.bill(100.0, -60, -30)
        self.pay_on(
            move, -20, 20.0, payment_difference_handling="reconcile", writeoff_account_id=self.expense.id
        )
        self.assertEqual(move.amount_residual, 0.0)
        self.assertEqual(self.seen(), [(20.0, 0.2, -30, -20), (80.0, 0.8, -30, None)])

    def test_bank_charges_taken_off_a_payment_are_no_debt(self):
        move = self.bill(100.0, -60, -30)
        self.pay_on(
            move, -20, 97.0, payment_difference_handling="reconcile", writeoff_account_id=self.expense.id
        )
        self.assertEqual(self.seen(), [(100.0, 1.0, -30, -20)])

    def test_an_agreed_discount_is_no_debt(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "10/7 net 30",
                "early_discount": True,
                "discount_percentage": 10,
                "discount_days": 7,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        move = self.bill(100.0, -60, -60, terms=terms)
        payment = self.pay_on(move, -55)
        self.assertEqual((payment.amount, move.amount_residual), (90.0, 0.0))
        self.assertEqual(self.seen(), [(100.0, 1.0, -30, -55)])

    def test_set_off_against_what_we_owe_is_paid(self):
        move = self.bill(100.0, -60, -30)
        self.entry(move, 100.0, -12, self.payable)
        self.assertEqual(self.seen(), [(100.0, 1.0, -30, -12)])

    def test_foreign_currency_in_original_amounts_at_the_rate_of_the_invoice(self):
        move = self.bill(100.0, -60, -30, currency=self.euro)  # 200 dollars
        self.pay_on(move, -35, 50.0)  # 125 dollars
        self.pay_on(move, -10)  # 62.50 dollars
        self.assertEqual(move.amount_residual, 0.0)
        self.assertEqual(self.seen(), [(100.0, 0.5, -30, -35), (100.0, 0.5, -30, -10)])

    def test_contacts_pay_and_are_invoiced_for_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Accounts payable", "parent_id": self.customer.id, "type": "invoice"}
        )
        self.pay_on(self.bill(100.0, -60, -30, partner=contact), -18)
        self.assertEqual(self.seen(), [(100.0, 1.0, -30, -18)])

    def test_drafts_and_cancelled_ones_are_none(self):
        self.bill(100.0, -60, -30).button_draft()
        move = self.bill(50.0, -60, -30)
        move.button_draft()
        move.button_cancel()
        self.assertEqual(self.seen(), [])

    def test_companies_are_kept_apart_and_branches_are_not(self):
        other = self.env["res.company"].create({"name": "Elsewhere", "currency_id": self.euro.id})
        branch = self.env["res.company"].create({"name": "Trading North", "parent_id": self.company.id})
        self.env.user.company_ids |= other | branch
        env = self.env(context=dict(self.env.context, allowed_company_ids=(self.company | other | branch).ids))
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        other.currency_id = self.euro  # the chart of accounts comes with its country's
        self.customer.with_company(branch).property_account_receivable_id = self.receivable
        there = self.control(self.customer, company=other)
        customer = self.customer.with_env(env)
        self.bill(100.0, -60, -30, partner=customer)
        self.bill(70.0, -60, -30, partner=customer, company=branch)
        self.bill(40.0, -60, -20, partner=customer, company=other, currency=self.euro)
        self.assertEqual(self.seen(), [(70.0, 1.0, -30, None), (100.0, 1.0, -30, None)])
        self.assertEqual(self.seen(profile=there), [(40.0, 1.0, -20, None)])
        sales = (self.profile | there)._sales_figures(TODAY)
        self.assertEqual((sales[self.profile.id].balance, sales[there.id].balance), (170.0, 40.0))

    def test_many_cost_as_many_queries_as_one(self):
        others = self.env["credit.profile"]
        for number in range(4):
            partner = self.env["res.partner"].create({"name": f"Customer {number}", "company_type": "company"})
            others |= self.control(partner)
            self.pay_on(self.bill(100.0 + number, -60, -30, partner=partner), number - 30)
        self.env.flush_all()
        together = others._behaviours(TODAY)
        self.assertEqual([together[profile.id].days_late for profile in others], [0.0, 1.0, 2.0, 3.0])
        self.assertEqual(together, {profile.id: profile._behaviours(TODAY)[profile.id] for profile in others})
        everybody = self.env["credit.profile"]._behaviours(TODAY)
        self.assertEqual({profile.id: everybody[profile.id] for profile in others}, together)
        for profiles in (others[:1], others):
            with self.assertQueryCount(3):
                profiles._behaviours(TODAY)
            with self.assertQueryCount(2):
                profiles._sales_figures(TODAY)


@tagged("post_install", "-at_install")
class TestSalesFigures(PaymentCase):
    def figures(self, as_of=0):
        return self.profile._sales_figures(day(as_of))[self.profile.id]

    def test_sales_and_receivables_of_the_year(self):
        self.pay_on(self.bill(600.0, -500, -470), -400, 100.0)
        self.pay_on(self.bill(1000.0, -200, -170), -150)
        self.bill(400.0, -20, 10)
        self.credit(self.bill(300.0, -100, -70), 100.0, -90)
        found = self.figures()
        self.assertEqual((found.balance, found.current, found.begin, found.sales), (1100.0, 400.0, 500.0, 1600.0))
        self.assertEqual(found.days, 365)
        self.assertAlmostEqual(found.dso, 1100 / 1600 * 365)
        self.assertAlmostEqual(found.best_possible_dso, 400 / 1600 * 365)
        self.assertAlmostEqual(found.average_days_delinquent, 700 / 1600 * 365)
        self.assertAlmostEqual(found.collection_effectiveness, (500 + 1600 - 1100) / (500 + 1600 - 400) * 100)
        # 400 of the last month, nothing for two, 200 of the 700 left in the one of the -100th day …
        self.assertIsNotNone(found.count_back_dso)

    def test_as_of_a_day_what_was_open_then(self):
        self.pay_on(self.bill(100.0, -60, -30), -18)
        self.assertEqual((self.figures(-19).balance, self.figures(-19).current), (100.0, 0.0))
        self.assertEqual((self.figures(-40).balance, self.figures(-40).current), (100.0, 100.0))
        self.assertEqual(self.figures().balance, 0.0)
        self.assertEqual(self.figures().dso, 0.0)

    def test_the_period_starts_with_the_first_invoice(self):
        self.bill(100.0, -50, -20)
        self.assertEqual((self.figures().days, self.figures().dso), (50, 50.0))


@tagged("post_install", "-at_install")
class TestStoredBehaviour(PaymentCase):
    """Relative to the real day: the stored columns are always of today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shift = (fields.Date.today() - TODAY).days

    def refresh(self):
        self.profile._refresh_behaviour()
        return self.profile

    def history(self, *lates):
        for late in lates:
            self.pay_on(self.bill(100.0, self.shift - 90, self.shift - 60), self.shift - 60 + late)

    def test_columns_hold_what_the_engine_says(self):
        self.history(-5, 0, 10, 40)
        self.bill(50.0, self.shift - 60, self.shift - 30)
        known = self.profile._behaviours(fields.Date.today())[self.profile.id]
        profile = self.refresh()
        self.assertEqual(known, behaviour(self.portions(self.shift), fields.Date.today()))
        self.assertTrue(profile.payment_known)
        self.assertEqual(profile.median_days_late, 10.0)
        self.assertEqual(profile.worst_days_late, 40)
        self.assertEqual(profile.share_on_time, 0.4)
        self.assertAlmostEqual(profile.payment_index, known.index, delta=0.05)
        self.assertAlmostEqual(profile.days_late, (45 * 100 + 30 * 50) / 450, delta=0.05)
        self.assertEqual(profile.payment_habit, "slow")
        self.assertEqual(profile.behaviour_as_of, fields.Date.today())
        self.assertIs(profile.index_trend, False)  # all of it is recent: nothing to compare

    def test_unknown_is_unknown_and_never_found_as_zero(self):
        profile = self.refresh()
        self.assertFalse(profile.payment_known)
        for name in ("payment_index", "median_days_late", "worst_days_late", "dso"):
            self.assertIs(profile[name], False, name)
            self.assertIs(profile.read([name])[0][name], False, name)
        search = self.env["credit.profile"].search
        ours = [("id", "=", profile.id)]
        for term in (("payment_index", "<", 60), ("median_days_late", "<=", 0), ("worst_days_late", "=", 0)):
            self.assertFalse(search([*ours, term]), term)
        self.assertEqual(search([*ours, ("payment_index", "=", False)]), profile)
        self.history(0)
        self.refresh()
        self.assertEqual(search([*ours, ("median_days_late", "<=", 0)]), profile)
        self.assertEqual(search([*ours, ("worst_days_late", "=", 0)]), profile)
        self.assertEqual(profile.read(["worst_days_late"])[0]["worst_days_late"], 0)

    def test_groups_by_habit(self):
        self.history(20, 20)
        self.refresh()
        groups = self.env["credit.profile"]._read_group(
            [("company_id", "=", self.company.id)], ["payment_habit"], ["median_days_late:avg", "__count"]
        )
        self.assertEqual(groups, [("late", 20.0, 1)])

    def test_nobody_enters_them(self):
        for name in BEHAVIOUR:
            with self.assertRaises(AccessError, msg=name):
                self.profile.with_user(self.manager).write({name: self.profile[name]})

    def test_who_may_see_them(self):
        self.history(5)
        self.refresh()
        for user in (self.analyst, self.manager, self.admin, self.accountant):
            self.assertEqual(self.profile.with_user(user).median_days_late, 5.0)
            self.assertTrue(self.profile.with_user(user).payment_course)
        seller = self.profile.with_user(self.salesperson)
        for name in (*BEHAVIOUR, "payment_course"):
            with self.assertRaises(AccessError, msg=name):
                seller.read([name])
        with self.assertRaises(AccessError):
            seller.search([("median_days_late", ">", 0)])

    def test_a_button_counts_anew_for_everybody(self):
        self.history(7)
        self.profile.with_user(self.salesperson).action_refresh()
        self.assertEqual(self.profile.median_days_late, 7.0)

    def test_who_comes_under_control_is_measured_at_once(self):
        partner = self.env["res.partner"].create({"name": "Later", "company_type": "company"})
        self.pay_on(self.bill(100.0, self.shift - 90, self.shift - 60, partner=partner), self.shift - 57)
        self.assertEqual(self.control(partner).median_days_late, 3.0)

    def test_the_course_of_the_last_months(self):
        self.history(10)
        self.bill(50.0, self.shift - 60, self.shift - 40)
        self.bill(20.0, self.shift - 1, self.shift + 20)
        course = self.profile.payment_course
        self.assertEqual(len(course["months"]), 12)
        self.assertEqual(course["ageing"], [20.0, 0.0, 50.0, 0.0, 0.0])
        index = self.profile._behaviours(fields.Date.today())[self.profile.id].index
        self.assertAlmostEqual(course["months"][-1]["index"], index)
        self.assertEqual(sum(course["ageing"]), self.position().receivable)


class TestEveryNight(ScratchCase):
    """The nightly job, with real commits."""

    def stale(self, profiles):
        with self.transaction() as env:
            yesterday = fields.Date.subtract(fields.Date.today(), days=1)
            env["credit.profile"].search([]).write({"behaviour_as_of": fields.Date.today()})
            env["credit.profile"].browse(profiles).write({"behaviour_as_of": yesterday})

    def left(self, profiles):
        with self.transaction() as env:
            found = env["credit.profile"].search([("behaviour_as_of", "!=", fields.Date.today())])
            self.assertLessEqual(set(found.ids), set(profiles))
            return len(found)

    def night(self, out_of_time=None):
        """Run it; ``out_of_time``: after so many batches no time is left. Returns the batches that were measured."""
        measured = []
        commit = IrCron._commit_progress
        refresh = CreditProfile._refresh_behaviour

        def commit_progress(cron, *args, **kwargs):
            commit(cron, *args, **kwargs)
            return 0.0 if len(measured) == out_of_time else 1.0

        def refresh_behaviour(profiles):
            measured.append(profiles.ids)
            return refresh(profiles)

        with (
            self.transaction() as env,
            patch.object(IrCron, "_commit_progress", commit_progress),
            patch.object(CreditProfile, "_refresh_behaviour", refresh_behaviour),
        ):
            env["credit.profile"]._cron_refresh_behaviour(batch=2)
        return measured

    def test_goes_on_where_it_was_stopped(self):
        profiles = [self.customer(1000.0) for _number in range(5)]
        self.stale(profiles)
        first = self.night(out_of_time=1)
        self.assertEqual((first, self.left(profiles)), ([profiles[:2]], 3))
        second = self.night()
        self.assertEqual((second, self.left(profiles)), ([profiles[2:4], profiles[4:]], 0))
        self.assertEqual(self.night(), [])

    def test_leaves_to_another_what_he_is_at(self):
        profiles = [self.customer(1000.0) for _number in range(4)]
        self.stale(profiles)
        with self.transaction() as env:
            self.assertEqual(env["credit.profile"]._claim_stale(2).ids, profiles[:2])
            self.assertEqual(self.night(), [profiles[2:]])
        self.assertEqual(self.night(), [profiles[:2]])

    def test_a_batch_that_fails_takes_nothing_with_it(self):
        profiles = [self.customer(1000.0) for _number in range(4)]
        self.stale(profiles)
        refresh, calls = CreditProfile._refresh_behaviour, []

        def failing(batch):
            calls.append(batch.ids)
            if len(calls) == 2:
                raise ZeroDivisionError
            return refresh(batch)

        with (
            patch.object(CreditProfile, "_refresh_behaviour", failing),
            self.assertRaises(ZeroDivisionError),
            self.transaction() as env,
        ):
            env["credit.profile"]._cron_refresh_behaviour(batch=2)
        self.assertEqual(self.left(profiles), 2)
        self.assertEqual(self.night(), [profiles[2:]])


@tagged("post_install", "-at_install")
class TestDispute(PaymentCase):
    def disputed(self, reason="Goods damaged"):
        move = self.bill(100.0, -60, -30)
        wizard = self.env["credit.dispute"].with_user(self.accountant)
        wizard.create({"move_ids": [Command.set(move.ids)], "reason": reason}).action_apply()
        return move

    def test_an_accountant_records_and_settles_it(self):
        move = self.disputed()
        self.assertRecordValues(
            move,
            [
                {
                    "credit_disputed": True,
                    "credit_dispute_reason": "Goods damaged",
                    "credit_disputed_by_id": self.accountant.id,
                }
            ],
        )
        self.assertTrue(move.credit_disputed_on)
        self.assertEqual([portion[5] for portion in self.portions()], [True])
        move.with_user(self.accountant).action_credit_dispute_settled()
        self.assertFalse(move.credit_disputed or move.credit_dispute_reason or move.credit_disputed_by_id)
        self.assertEqual([portion[5] for portion in self.portions()], [False])

    def test_the_policy_says_whether_it_counts(self):
        self.disputed()
        self.pay_on(self.bill(100.0, -60, -30), -30)
        found = self.profile._behaviours(TODAY)[self.profile.id]
        self.assertEqual((found.worst_days_late, found.disputed), (30, 0.5))
        with self.new_policy() as policy:
            policy.count_disputed = False
        found = self.profile._behaviours(TODAY)[self.profile.id]
        self.assertEqual((found.worst_days_late, found.disputed), (0, 0.5))

    def test_salespeople_and_analysts_do_not(self):
        move = self.bill(100.0, -60, -30)
        for user in (self.salesperson, self.analyst):
            with self.assertRaises(AccessError):
                move.with_user(user).write({"credit_disputed": True, "credit_dispute_reason": "x"})
            with self.assertRaises(AccessError):
                self.env["credit.dispute"].with_user(user).create({"move_ids": move.ids, "reason": "x"})

    def test_it_has_a_reason_and_a_posted_invoice(self):
        move = self.bill(100.0, -60, -30).with_user(self.accountant)
        for reason in (False, "  "):
            with self.assertRaises(ValidationError):
                move.write({"credit_disputed": True, "credit_dispute_reason": reason})
        with self.assertRaises(AccessError):
            move.write({"credit_disputed_by_id": self.manager.id})
        values = {"credit_disputed": True, "credit_dispute_reason": "x"}
        with self.assertRaises(UserError):
            self.invoice(10.0, post=False).with_user(self.accountant).write(values)
        with self.assertRaises(UserError):
            self.env["account.move"].with_user(self.accountant).create(
                {"move_type": "out_invoice", "partner_id": self.customer.id, **values}
            )

    def test_a_copy_is_not_disputed(self):
        self.assertFalse(self.disputed().copy().credit_disputed)

    def test_the_form_shows_it(self):
        move = self.disputed()
        with Form(move.with_user(self.accountant)) as form:
            self.assertTrue(form.credit_disputed)


@tagged("post_install", "-at_install")
class TestPaymentScreens(PaymentCase, HttpCase):
    """In a real browser."""

    def tour(self, name, url, user):
        self.env.flush_all()
        self.start_tour(url, name, login=user.login)
        self.env.invalidate_all()

    def test_an_analyst_sees_how_a_customer_pays(self):
        shift = (fields.Date.today() - TODAY).days
        self.pay_on(self.bill(100.0, shift - 90, shift - 60), shift - 50)
        self.bill(40.0, shift - 10, shift + 20)
        self.profile._refresh_behaviour()
        self.tour("credit_payment_behaviour", f"/odoo/credit.profile/{self.profile.id}", self.analyst)

    def test_an_accountant_records_a_dispute(self):
        move = self.bill(100.0, -60, -30)
        self.tour("credit_dispute", f"/odoo/account.move/{move.id}", self.accountant)
        self.assertEqual(move.credit_dispute_reason, "Two chairs damaged")
        self.assertEqual(move.credit_disputed_by_id, self.accountant)
