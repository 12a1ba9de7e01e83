# Part of credit_management. License LGPL-3.0 or later.
"""Which policy holds for whom: segments, priorities, choices made by hand, and when it is found out."""

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestPolicySegment(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.germany, cls.france = cls.env.ref("base.de"), cls.env.ref("base.fr")
        cls.key = cls.env["res.partner.category"].create({"name": "Key account"})
        cls.gold = cls.env["res.partner.category"].create({"name": "Gold", "parent_id": cls.key.id})

    def segment(self, name="Segment", publish=True, **values):
        policy = self.policy.copy({"name": name, "by_segment": True, **values})
        return self.publish(policy) if publish else policy

    def countries(self, *countries):
        return {"segment_country_ids": [Command.set([country.id for country in countries])]}

    def another(self, name="Another", **values):
        return self.env["res.partner"].create({"name": name, "company_type": "company", **values})

    def policies(self, *profiles):
        return [profile.policy_id.name for profile in profiles]

    def night(self):
        self.env["credit.profile"].search([])._monitor(fields.Date.today())

    def test_without_segments_the_standard_policy_holds(self):
        self.assertEqual(self.profile.policy_id, self.policy)
        self.assertEqual(self.profile.policy_why, "Standard policy of the company")

    def test_every_condition(self):
        grade = self.env.ref("credit_management.grade_b")
        industry = self.env["res.partner.industry"].create({"name": "Retail"})
        conditions = {
            "country Germany": (self.countries(self.germany), lambda: {"country_id": self.germany.id}),
            "industry Retail": (
                {"segment_industry_ids": [Command.set(industry.ids)]}, lambda: {"industry_id": industry.id},
            ),
            "tag Gold": (
                {"segment_category_ids": [Command.set(self.key.ids)]},
                lambda: {"category_id": [Command.set(self.gold.ids)]},
            ),
        }  # fmt: skip
        for why, (condition, facts) in conditions.items():
            with self.subTest(why), self.env.cr.savepoint() as savepoint:
                policy = self.segment(**condition)
                self.assertEqual(self.profile.policy_id, self.policy)
                self.customer.write(facts())
                self.night()
                self.assertEqual(self.profile.policy_id, policy)
                self.assertEqual(self.profile.policy_why, f"Because: company Trading Ltd; {why}")
                savepoint.rollback()
            self.env.invalidate_all()
        policy = self.segment(segment_grade_ids=[Command.set(grade.ids)])
        names = ("assessment_id", "assessed_on", "next_review", "limit_recommended", "recommended_limit", "score")
        self.profile._rate(
            {self.profile.id: {**dict.fromkeys(names), "grade_id": grade.id, "pd": grade.pd, "lgd": grade.lgd}}
        )
        # a new grade counts at once
        self.assertEqual(self.profile.policy_id, policy)
        self.assertIn("grade B", self.profile.policy_why)

    def test_without_a_grade(self):
        policy = self.segment(segment_unrated=True)
        self.assertEqual(self.profile.policy_id, policy)
        self.assertIn("no grade", self.profile.policy_why)

    def test_customer_since(self):
        new = self.segment("New customers", segment_to_months=12)
        old = self.segment("Old customers", segment_from_months=12)
        fresh = self.control(self.another("Fresh"))
        loyal = self.control(self.another("Loyal"))
        self.invoice(5.0, partner=fresh.partner_id)
        self.invoice(5.0, partner=loyal.partner_id, date=fields.Date.subtract(self.today, months=13))
        self.night()
        self.assertEqual((fresh.policy_id, loyal.policy_id), (new, old))
        # of whom nothing is known to be a customer since then, no such condition is met
        self.assertEqual(self.profile.policy_id, self.policy)

    def test_a_filter(self):
        self.segment("Well known", segment_domain="[('partner_id.name', 'ilike', 'lumber')]")
        other = self.control(self.another())
        self.assertEqual(self.policies(self.profile, other), ["Well known", "Test policy"])
        self.assertIn("filter", self.profile.policy_why)
        for nonsense in ("[('no_such_field', '=', 1)]", "[(", "__import__('os')"):
            with self.subTest(nonsense), self.assertRaisesRegex(ValidationError, "can't be used"):
                self.segment(publish=False, segment_domain=nonsense)
        with self.assertRaisesRegex(ValidationError, "Nobody"):
            self.segment(publish=False, segment_from_months=6, segment_to_months=6)

    def test_priority(self):
        self.customer.country_id = self.germany
        self.segment("Germans", sequence=20, **self.countries(self.germany))
        self.assertEqual(self.policies(self.profile), ["Germans"])
        self.segment("Europe", sequence=30, **self.countries(self.germany, self.france))
        self.assertEqual(self.policies(self.profile), ["Germans"])
        self.segment("First", sequence=10, **self.countries(self.germany))
        self.assertEqual(self.policies(self.profile), ["First"])

    def test_at_enrolment(self):
        self.segment("Germans", **self.countries(self.germany))
        german, french = self.another(country_id=self.germany.id), self.another(country_id=self.france.id)
        wizard = self.env["credit.enrol"].with_user(self.admin)
        form = Form(wizard.with_context(default_partner_ids=(german | french).ids))
        self.assertFalse(form.policy_id)
        form.save().action_enrol()
        profiles = self.env["credit.profile"].search([("partner_id", "in", (german | french).ids)])
        by_partner = {profile.partner_id: profile for profile in profiles}
        self.assertEqual(self.policies(by_partner[german], by_partner[french]), ["Germans", "Test policy"])
        self.assertFalse(any(profiles.mapped("policy_pinned")))

    def test_chosen_by_hand(self):
        self.customer.country_id = self.germany
        germans = self.segment("Germans", **self.countries(self.germany))
        self.assertEqual(self.profile.policy_id, germans)
        self.profile.with_user(self.manager).policy_id = self.policy
        self.assertTrue(self.profile.policy_pinned)
        self.assertEqual(self.profile.policy_why, "Chosen by hand")
        self.night()
        self.assertEqual(self.profile.policy_id, self.policy)
        self.profile.with_user(self.manager).action_follow_segments()
        self.assertEqual((self.profile.policy_id, self.profile.policy_pinned), (germans, False))
        for user in (self.salesperson, self.accountant, self.analyst):
            for values in ({"policy_pinned": True}, {"policy_id": self.policy.id}):
                with self.assertRaises(AccessError):
                    self.profile.with_user(user).write(values)
        # naming at the start what would hold anyway is no choice
        self.assertFalse(self.control(self.another(country_id=self.germany.id), policy_id=germans.id).policy_pinned)
        self.assertTrue(self.control(self.another(), policy_id=germans.id).policy_pinned)

    def test_what_follows_of_another_policy(self):
        self.customer.country_id = self.germany
        self.invoice(500.0, due=fields.Date.subtract(self.today, days=10))
        self.env["credit.change"]._process()
        held = self.order(600.0)
        held.action_confirm()
        self.assertEqual((self.profile.status, self.decision(held).state), ("overdue", "held"))
        policy = self.segment(publish=False, grace_days=20, **self.countries(self.germany))
        policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").percent = 200
        self.publish(policy)
        self.assertEqual((self.profile.grace_days, self.profile.status), (20, "ok"))
        self.assertRecordValues(self.decision(held), [{"state": "ready", "policy_id": policy.id}])
        self.assertIn("country Germany", self.profile.message_ids[:1].body)

    def test_a_new_version_may_be_for_others(self):
        self.customer.country_id = self.germany
        policy = self.segment("Segment", **self.countries(self.germany))
        french = self.control(self.another(country_id=self.france.id))
        with self.new_policy(policy) as version:
            version.segment_country_ids = self.france
        self.assertEqual((self.profile.policy_id, french.policy_id), (self.policy, version))

    def test_of_another_company_it_holds_there_only(self):
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": self.env.ref("base.EUR").id})
        self.env.user.company_ids |= abroad
        there = self.control(self.customer, company=abroad)
        standard = there.policy_id
        own = self.segment("Ours")
        self.assertEqual((self.profile.policy_id, there.policy_id), (own, standard))
        shared = self.segment("Shared", company_id=False)
        self.assertEqual((self.profile.policy_id, there.policy_id), (own, shared))

    def test_a_draft_in_the_place_of_what_it_would_replace(self):
        """What a simulation asks for."""
        self.customer.country_id = self.germany
        germans = self.segment("Germans", **self.countries(self.germany))
        french = self.control(self.another(country_id=self.france.id))
        pinned = self.control(self.another(), policy_id=germans.id)
        everybody = self.profile | french | pinned
        policy = self.env["credit.policy"]
        ask = lambda instead=None: [  # noqa: E731
            policy._policy_for(everybody, self.today, instead)[profile.id] for profile in everybody
        ]
        self.assertEqual(ask(), [germans, self.policy, germans])
        self.assertEqual(ask(), [profile.policy_id for profile in everybody])
        draft = germans._new_version()
        draft.segment_country_ids = self.france
        self.assertEqual(ask({germans: draft}), [self.policy, draft, draft])
        standard = self.policy._new_version()
        self.assertEqual(ask({self.policy: standard}), [germans, standard, germans])
        new = self.segment("Everybody", publish=False, sequence=99)
        self.assertEqual(ask({policy: new}), [germans, new, germans])
        self.assertEqual([profile.policy_id for profile in everybody], [germans, self.policy, germans])

    def test_on_another_day(self):
        germans = self.segment("Germans")
        later = germans._new_version()
        day = fields.Date.add(self.today, days=5)
        self.publish(later, day)
        policy = self.env["credit.policy"]
        self.assertEqual(policy._policy_for(self.profile, self.today), {self.profile.id: germans})
        self.assertEqual(policy._policy_for(self.profile, day), {self.profile.id: later})
        yesterday = fields.Date.subtract(self.today, days=1)
        self.assertEqual(policy._policy_for(self.profile, yesterday), {self.profile.id: self.policy})

    def test_in_a_number_of_queries_that_does_not_grow(self):
        self.segment("Germans", **self.countries(self.germany), segment_from_months=1)
        self.segment("Tagged", segment_category_ids=[Command.set(self.key.ids)], segment_domain="[('hold', '=', True)]")
        profiles = self.env["credit.profile"].union(*(self.control(self.another(f"C{n}")) for n in range(20)))

        def queries(of):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["credit.policy"]._policy_for(of, self.today)
            return self.env.cr.sql_log_count - before

        queries(profiles)
        self.assertEqual(queries(profiles), queries(profiles[:2]))

        def moves(of):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            of._assign_policies()
            return self.env.cr.sql_log_count - before

        moves(profiles)
        self.assertEqual(moves(profiles), moves(profiles[:2]))

    def test_the_segment_in_words(self):
        policy = self.segment(
            publish=False, segment_from_months=3, segment_unrated=True, **self.countries(self.germany)
        )
        self.assertEqual(policy.segment_words, "Germany; without a grade; customer for at least 3 months")
        self.assertEqual(self.policy.segment_words, "Standard policy of Trading Ltd")
        self.assertEqual(self.segment(publish=False).segment_words, "All customers")
        self.assertEqual(self.policy.copy().segment_words, "Customers for whom it is chosen")
