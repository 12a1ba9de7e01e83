# Part of credit_management. License LGPL-3.0 or later.
"""The dashboard: each figure is that of the list it opens, for everybody who looks."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..engine.payment import average_days_delinquent, best_possible_dso, collection_effectiveness, dso
from .common import CreditCase

SALES = ("receivable_end", "receivable_current", "receivable_before", "sales_year")


def total(name):
    return lambda records: sum(records.mapped(name))


def of_sales(formula):
    return lambda records: formula(*(sum(records.mapped(name)) for name in SALES), max(records.mapped("sales_days")))


def part(percent):
    return None if percent is None else percent / 100


# what each tile is of the records in its list, reckoned in another way
TILES = {
    "exposure": total("exposure"),
    "limit": total("limit_amount"),
    "usage": lambda records: total("exposure")(records) / total("limit_amount")(records),
    "overdue": total("overdue"),
    "over": lambda records: -total("room")(records),
    "breach": len,
    "ending": len,
    "dso": of_sales(lambda end, current, before, sales, days: dso(end, sales, days)),
    "bpdso": of_sales(lambda end, current, before, sales, days: best_possible_dso(current, sales, days)),
    "add": of_sales(lambda end, current, before, sales, days: average_days_delinquent(end, current, sales, days)),
    "cei": of_sales(
        lambda end, current, before, sales, days: part(collection_effectiveness(before, sales, end, current))
    ),
    "cash": total("expected_cash"),
    "loss": total("expected_loss"),
    "appetite": len,
    "holds": len,
    "requests": len,
    "undone": len,
    "reviews": len,
    "alerts": len,
}


@tagged("post_install", "-at_install")
class TestDashboard(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.salesperson
        cls.others = cls.env["res.partner"].create(
            [
                {"name": name, "company_type": "company", "user_id": cls.other_salesperson.id}
                for name in ("Late Ltd", "Over Ltd", "Ending Ltd", "Plain Ltd")
            ]
        )
        late, over, ending, plain = cls.others
        cls.late, cls.over, cls.ending, cls.plain = (
            cls.control(late, 5000.0), cls.control(over, 100.0), cls.control(ending), cls.control(plain)
        )  # fmt: skip
        cls.grant(cls.ending, 700.0, date_end=cls.day(12))
        cls.invoice(300.0, date=cls.day(-20), due=cls.day(10))
        cls.invoice(900.0, partner=late, date=cls.day(-90), due=cls.day(-45))
        cls.invoice(40.0, partner=late, date=cls.day(-200), due=cls.day(-170))
        cls.pay(cls.invoice(500.0, partner=late, date=cls.day(-100), due=cls.day(-60)))
        cls.invoice(250.0, partner=over, date=cls.day(-5), due=cls.day(60))
        cls.invoice(450.0, partner=ending, date=cls.day(-5), due=cls.day(40))
        cls.order(2000.0).action_confirm()
        cls.order(9000.0, partner=late, user=cls.other_salesperson).action_confirm()
        cls.settle()
        grade = cls.env["credit.grade"].search([], limit=1, order="sequence desc")
        rating = {"grade_id": grade.id, "pd": 0.1, "lgd": 0.45, "next_review": cls.day(-1)}
        (cls.late | cls.profile).sudo().write(rating)
        cls.env["credit.limit"].with_user(cls.analyst).create(
            {"profile_id": cls.plain.id, "amount": 500.0, "date_start": cls.day(0)}
        )
        cls.ceilings = cls.env["credit.appetite"].create(
            [
                {"company_id": cls.company.id, "kind": "exposure", "amount": 1500.0},
                {"company_id": cls.company.id, "kind": "customer", "percent": 60.0},
                {"company_id": cls.company.id, "kind": "industry", "percent": 60.0},
            ]
        )
        cls.all = cls.profile | cls.late | cls.over | cls.ending | cls.plain
        cls.all._refresh()
        cls.all._refresh_behaviour()
        cls.all._refresh_forecast(fields.Date.today())

    @staticmethod
    def day(days):
        return fields.Date.add(fields.Date.today(), days=days)

    def figures(self, user, **choice):
        return self.env["credit.dashboard"].with_user(user).read_figures(**choice)

    def tiles(self, user, **choice):
        return {tile["key"]: tile for tile in self.figures(user, **choice)["tiles"]}

    def listed(self, action, user):
        """What the list of an action shows to a user."""
        return self.env[action["res_model"]].with_user(user).search(action["domain"])

    def check_tiles(self, user, **choice):
        tiles = self.tiles(user, **choice)
        for key, tile in tiles.items():
            if key == "concentration":  # of all customers, see its own test
                continue
            with self.subTest(tile=key, user=user.login):
                records = self.listed(tile["action"], user)
                expected = TILES[key](records) if records else None if tile["unit"] in ("percent", "days") else 0
                if expected is None:
                    self.assertNotIn("value", tile)
                else:
                    self.assertAlmostEqual(tile["value"], expected, places=6)
        return tiles

    def test_each_tile_is_its_list(self):
        tiles = self.check_tiles(self.manager)
        self.assertEqual(set(tiles), {*TILES, "concentration"} - {"undone"})
        self.assertEqual(tiles["exposure"]["value"], 300 + 900 + 40 + 250 + 450)
        self.assertEqual(tiles["overdue"]["value"], 940.0)
        self.assertEqual(tiles["over"]["value"], 150.0)
        self.assertEqual(tiles["limit"]["value"], 1000 + 5000 + 100 + 700)
        self.assertEqual(tiles["breach"]["value"], 1)  # the limit that ends before the invoice is due
        self.assertEqual(tiles["ending"]["value"], 1)
        self.assertEqual((tiles["holds"]["value"], tiles["requests"]["value"], tiles["reviews"]["value"]), (2, 1, 2))
        self.assertAlmostEqual(tiles["loss"]["value"], (300 + 940) * 0.1 * 0.45)

    def test_days_sales_outstanding_of_the_portfolio(self):
        tiles = self.tiles(self.accountant)
        sales = 300 + 900 + 40 + 500 + 250 + 450
        self.assertAlmostEqual(tiles["dso"]["value"], 1940 / sales * 200)  # a customer since 200 days
        self.assertAlmostEqual(tiles["bpdso"]["value"], 1000 / sales * 200)
        self.assertAlmostEqual(tiles["add"]["value"], 940 / sales * 200)
        self.assertAlmostEqual(tiles["cei"]["value"], (sales - 1940) / (sales - 1000))

    def test_largest_customers(self):
        tile = self.tiles(self.manager)["concentration"]
        self.assertEqual(tile["value"], 1.0)  # there are fewer than ten
        self.assertEqual(self.listed(tile["action"], self.manager), self.all - self.plain)

    def test_charts_are_their_lists(self):
        data = self.figures(self.manager)
        for name in ("ageing", "grades"):
            for bar in data[name]:
                with self.subTest(chart=name, bar=bar["label"]):
                    records = self.listed(bar["action"], self.manager)
                    field = "amount" if name == "ageing" else "exposure"
                    self.assertAlmostEqual(bar["amount"], sum(records.mapped(field)))
                    if "count" in bar:
                        self.assertEqual(bar["count"], len(records))
        self.assertEqual([bar["amount"] for bar in data["ageing"]], [1000.0, 0.0, 900.0, 0.0, 40.0])
        for status in data["statuses"]:
            self.assertEqual(status["count"], len(self.listed(status["action"], self.manager)))
        self.assertEqual(sum(status["count"] for status in data["statuses"]), data["customers"])
        for bar in data["waiting"]:
            records = self.listed(bar["action"], self.manager)
            self.assertEqual((bar["count"], bar["amount"]), (len(records), sum(records.mapped("asked"))))

    def test_holds_by_time_waiting(self):
        decisions = self.env["credit.decision"].search([("is_open", "=", True), ("company_id", "=", self.company.id)])
        self.assertEqual([bar["count"] for bar in self.figures(self.manager)["waiting"]], [2, 0, 0, 0])
        for days, expected in ((2, [1, 1, 0, 0]), (5, [1, 0, 1, 0]), (30, [1, 0, 0, 1])):
            decisions[0].sudo().write({"date": fields.Datetime.subtract(fields.Datetime.now(), days=days)})
            data = self.figures(self.manager)
            self.assertEqual([bar["count"] for bar in data["waiting"]], expected)
        [tile] = [tile for tile in data["tiles"] if tile["key"] == "holds"]
        self.assertIn("30", tile["note"])

    def test_who_needs_attention(self):
        tables = {table["key"]: table for table in self.figures(self.manager)["worst"]}
        self.assertEqual([row["id"] for row in tables["overdue"]["rows"]], self.late.ids)
        self.assertEqual([row["amount"] for row in tables["room"]["rows"]], [150.0])
        self.assertEqual([row["id"] for row in tables["expected_loss"]["rows"]], (self.late | self.profile).ids)
        self.assertEqual(tables["exposure"]["rows"][0]["amount"], 940.0)
        for table in tables.values():
            self.assertEqual(len(table["rows"]), len(self.listed(table["action"], self.manager)))

    # -- who sees what

    def test_a_salesperson_sees_his_customers(self):
        data = self.figures(self.salesperson)
        self.assertFalse(data["everybody"])
        self.assertEqual(data["customers"], 1)
        tiles = self.check_tiles(self.salesperson)
        self.assertEqual(tiles["exposure"]["value"], 300.0)
        self.assertEqual(tiles["holds"]["value"], 1)
        self.assertFalse({"dso", "cei", "cash", "loss", "reviews"} & set(tiles))
        self.assertEqual(data["teams"], [])
        self.assertNotIn("expected_loss", [table["key"] for table in data["worst"]])
        # asking for a team does not show him those of others
        team = self.env["crm.team"].create({"name": "Theirs", "member_ids": [(4, self.other_salesperson.id)]})
        self.assertEqual(self.figures(self.salesperson, team_id=team.id)["customers"], 0)

    def test_an_accountant_sees_how_all_pay_but_not_how_they_are_rated(self):
        tiles = self.check_tiles(self.accountant)
        self.assertIn("dso", tiles)
        self.assertFalse({"loss", "reviews"} & set(tiles))

    def test_a_sales_manager_sees_all_customers(self):
        user = self._user("lead", "sales_team.group_sale_salesman_all_leads")
        self.assertTrue(self.figures(user)["everybody"])
        self.assertEqual(self.figures(user)["customers"], 5)

    def test_others_see_nothing(self):
        user = new_test_user(self.env, "credit_nobody", groups="base.group_user", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.figures(user)

    def test_a_team(self):
        team = self.env["crm.team"].create({"name": "Theirs", "company_id": self.company.id})
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": self.other_salesperson.id})
        data = self.figures(self.manager, team_id=team.id)
        self.assertEqual((data["customers"], data["team_id"]), (4, team.id))
        self.assertIn(team.id, [each["id"] for each in data["teams"]])
        tiles = self.check_tiles(self.manager, team_id=team.id)
        self.assertEqual(tiles["exposure"]["value"], 900 + 40 + 250 + 450)
        self.assertEqual(tiles["holds"]["value"], 1)

    def test_a_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "name": "2000-01-01", "rate": 0.5}
        )
        self.assertEqual(self.figures(self.manager)["currencies"], [{"id": self.company.currency_id.id, "name": "USD"}])
        # most of what he was invoiced is in euros now
        self.profile._refresh_invoice_currency()
        self.assertEqual(self.profile.invoice_currency_id.name, "USD")
        move = self.invoice(200.0, date=self.day(-3), due=self.day(30), post=False)
        move.currency_id = euro
        move.action_post()
        self.all._refresh()
        self.all._refresh_behaviour()
        self.assertEqual(self.all.mapped("invoice_currency_id.name"), ["EUR", "USD"])
        self.assertFalse(self.plain.invoice_currency_id)
        data = self.figures(self.manager, currency_id=euro.id)
        self.assertEqual((data["customers"], data["invoice_currency_id"]), (1, euro.id))
        self.assertEqual([each["name"] for each in data["currencies"]], ["EUR", "USD"])
        # amounts are in the company's currency all the same
        self.assertEqual(data["currency_id"], self.company.currency_id.id)
        tiles = self.check_tiles(self.manager, currency_id=euro.id)
        self.assertEqual((tiles["exposure"]["value"], tiles["holds"]["value"]), (300.0 + 400.0, 1))
        self.assertNotIn("appetite", tiles)
        self.check_tiles(self.salesperson, currency_id=euro.id)

    def test_the_currency_is_that_of_this_company_and_of_late(self):
        self.profile._refresh_invoice_currency()
        self.assertEqual(self.profile.invoice_currency_id.name, "USD")
        for move in self.env["account.move"].search([("partner_id", "=", self.customer.id), ("state", "=", "posted")]):
            move.button_draft()
            move.unlink()
        self.profile._refresh_invoice_currency()
        self.assertFalse(self.profile.invoice_currency_id)
        self.invoice(70.0, date=self.day(-800), due=self.day(-770))
        self.invoice(50.0, date=self.day(-10), post=False)
        self.invoice(60.0, date=self.day(-10), move_type="out_refund")
        self.profile._refresh_invoice_currency()
        self.assertFalse(self.profile.invoice_currency_id)

    def test_whom_the_monitor_could_not_do(self):
        with (
            patch.object(type(self.env["credit.alert"]), "_insert", side_effect=ValueError("Broken")),
            mute_logger("odoo.addons.credit_management.models.credit_monitor"),
        ):
            run = self.env["credit.monitor.run"]._begin(fields.Date.today())
            self.env["credit.monitor.claim"].search([("profile_id", "in", self.all.ids)])._do(fields.Date.today())
        tiles = self.check_tiles(self.manager)
        self.assertEqual(tiles["undone"]["value"], run.failed)
        self.assertGreater(run.failed, 0)
        self.assertNotIn("undone", self.tiles(self.accountant))

    def test_appetite_beside_what_is_borne(self):
        data = self.figures(self.manager)
        [tile] = [tile for tile in data["tiles"] if tile["key"] == "appetite"]
        self.assertEqual((tile["value"], tile["level"]), (1, "over"))
        self.assertEqual(self.listed(tile["action"], self.manager), self.ceilings[0])
        rows = {row["id"]: row for row in data["appetite"]}
        self.assertEqual(list(rows), self.ceilings.ids)
        for ceiling in self.ceilings.with_user(self.manager):
            row = rows[ceiling.id]
            action = ceiling.action_view()
            behind = sum(self.listed(action, self.manager).mapped("exposure"))
            share = {"exposure": behind / 1500.0, "customer": behind / 1940.0 / 0.6, "industry": None}[ceiling.kind]
            if share is None:  # nobody has an industry: unknown is not nothing
                self.assertEqual((row["usage"], row["actual"], row["level"]), (None, "–", "unknown"))
            else:
                self.assertAlmostEqual(row["usage"], share, 3)
        # ceilings are of the company as a whole, and analysts' to see
        team = self.env["crm.team"].create({"name": "Some", "company_id": self.company.id})
        self.assertFalse(self.figures(self.manager, team_id=team.id)["appetite"])
        for user in (self.salesperson, self.accountant):
            self.assertFalse(self.figures(user)["appetite"])
            self.assertNotIn("appetite", self.tiles(user))

    def test_two_companies_with_two_currencies_are_not_summed_up(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        other = self.env["res.company"].create({"name": "Second", "currency_id": euro.id})
        self.env.user.company_ids |= other
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        other.currency_id = euro
        second = self.control(self.customer, 700.0, company=other)
        self.invoice(90.0, company=other, due=self.day(10))
        second._refresh()
        self.manager.company_ids |= other
        session = {"allowed_company_ids": (self.company | other).ids}
        figures = self.env["credit.dashboard"].with_user(self.manager).with_context(**session).read_figures
        first, last = figures(self.company.id), figures(other.id)
        self.assertEqual(len(first["companies"]), 2)
        self.assertEqual((first["currency_id"], last["currency_id"]), (self.env.ref("base.USD").id, euro.id))
        self.assertEqual([data["tiles"][0]["value"] for data in (first, last)], [1940.0, 90.0])
        with self.assertRaises(AccessError):
            self.figures(self.analyst, company_id=other.id)

    def test_nobody_under_control(self):
        self.all.active = False
        data = self.figures(self.manager)
        self.assertEqual((data["customers"], data["as_of"]), (0, False))
        self.assertEqual(["value" in tile for tile in data["tiles"] if tile["key"] in ("usage", "dso")], [False, False])

    def test_queries_do_not_grow_with_customers(self):
        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.figures(self.manager)
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        partners = self.env["res.partner"].create([{"name": f"Q{n}", "company_type": "company"} for n in range(8)])
        for partner in partners:
            self.control(partner, 10.0)
            self.invoice(100.0, partner=partner, due=self.day(-3))
        self.env["credit.profile"].search([])._refresh()
        self.env.flush_all()
        self.assertLess(queries(), few + 3)
