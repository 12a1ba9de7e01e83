# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; for whom a policy holds is a concept of its own
from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.segments import Customer, Segment, first
from ..indicators import Facts
from ..tools.words import enumerated, side_by_side


class CreditPolicy(models.Model):
    """For whom a policy holds: :meth:`_policy_for` is the only way in which that is found out.

    A customer whose policy was chosen by hand keeps it. For all others the policies for segments are gone through in
    their order; the first whose conditions the customer meets holds, and if there is none, the company's standard
    policy.
    """

    _inherit = "credit.policy"

    by_segment = fields.Boolean(
        "For a segment", tracking=True,
        help="Customers who meet the conditions get this policy, unless another one was chosen for them by hand."
        " Otherwise it holds for customers for whom it is chosen, and where it is a company's standard policy.",
    )  # fmt: skip
    segment_country_ids = fields.Many2many(
        "res.country", "credit_policy_country_rel", string="Countries", help="Any of them. Empty: every country."
    )
    segment_industry_ids = fields.Many2many(
        "res.partner.industry", "credit_policy_industry_rel", string="Industries",
        help="Any of them. Empty: every industry.",
    )  # fmt: skip
    segment_category_ids = fields.Many2many(
        "res.partner.category", "credit_policy_category_rel", string="Tags",
        help="Any of them, or of those below them. Empty: with and without tags.",
    )  # fmt: skip
    segment_grade_ids = fields.Many2many(
        "credit.grade", "credit_policy_grade_rel", string="Grades", help="Any of them. Empty: every grade, and none."
    )
    segment_unrated = fields.Boolean("Without a grade", help="Customers who were never rated, too.")
    segment_from_months = fields.Integer(
        "Customer for at least (months)", help="Since the first invoice or confirmed order. 0: any time."
    )
    segment_to_months = fields.Integer(
        "Customer for less than (months)", help="Since the first invoice or confirmed order. 0: any time."
    )
    segment_domain = fields.Char("Filter", help="Any further condition on the credit profile.")
    segment_words = fields.Char(
        "Holds for", compute="_compute_segment_words",
        help="Which customers have the policy by themselves.",
    )  # fmt: skip

    _months_positive = models.Constraint(
        "CHECK(segment_from_months >= 0 AND segment_to_months >= 0)", "Months can't be negative."
    )

    @api.constrains("segment_domain", "segment_from_months", "segment_to_months")
    def _check_segment(self):
        for policy in self:
            if policy.segment_domain:
                try:
                    self.env["credit.profile"].search_count(policy._segment_filter(), limit=1)
                except (ValueError, SyntaxError, TypeError, KeyError) as error:
                    raise ValidationError(
                        self.env._(
                            "The filter of “%(policy)s” can't be used: %(error)s", policy=policy.name, error=error
                        )
                    ) from error
            if policy.segment_to_months and policy.segment_from_months >= policy.segment_to_months:
                raise ValidationError(
                    self.env._(
                        "Nobody is a customer for at least, and for less than, the months given in “%s”.", policy.name
                    )
                )

    @api.depends("by_segment", "segment_country_ids", "segment_industry_ids", "segment_category_ids",
                 "segment_grade_ids", "segment_unrated", "segment_from_months", "segment_to_months", "segment_domain")
    @api.depends_context("lang")
    def _compute_segment_words(self):
        # sudo: names of companies; a draft is for those of the version whose place it takes
        standard = self.env["res.company"].sudo().search([("credit_policy_id.first_id", "in", self.first_id.ids)])
        by_policy = standard.grouped(lambda company: company.credit_policy_id.first_id)
        for policy in self:
            if policy.by_segment:
                conditions = side_by_side(self.env, policy._conditions_in_words())
                policy.segment_words = conditions or self.env._("All customers")
            elif policy.first_id in by_policy:
                policy.segment_words = self.env._(
                    "Standard policy of %s", enumerated(self.env, by_policy[policy.first_id].mapped("name"))
                )
            else:
                policy.segment_words = self.env._("Customers for whom it is chosen")

    def _conditions_in_words(self):
        """The conditions of the segment, each in words."""
        self.ensure_one()
        for records, name in (
            (self.segment_country_ids, "name"),
            (self.segment_industry_ids, "name"),
            (self.segment_category_ids, "name"),
            (self.segment_grade_ids, "code"),
        ):
            if records:
                yield enumerated(self.env, records.mapped(name))
        if self.segment_unrated:
            yield self.env._("without a grade")
        if self.segment_from_months:
            yield self.env._("customer for at least %s months", self.segment_from_months)
        if self.segment_to_months:
            yield self.env._("customer for less than %s months", self.segment_to_months)
        if not self._segment_filter().is_true():
            yield self.env._("filter")

    def _segment_filter(self):
        self.ensure_one()
        return Domain(literal_eval(self.segment_domain or "[]"))

    def _segment(self, profiles):
        """The conditions as :class:`~..engine.segments.Segment`; of the filter, whom of ``profiles`` it finds."""
        self.ensure_one()
        categories = self.segment_category_ids
        if categories:
            categories = categories.search([("id", "child_of", categories.ids)])
        members = None
        condition = self._segment_filter()
        if not condition.is_true():
            members = frozenset(profiles.search(condition & Domain("id", "in", profiles.ids)).ids)
        return Segment(
            company=self.company_id.id or None,
            countries=frozenset(self.segment_country_ids.ids),
            industries=frozenset(self.segment_industry_ids.ids),
            tags=frozenset(categories.ids),
            grades=frozenset(self.segment_grade_ids.ids),
            unrated=self.segment_unrated,
            from_months=self.segment_from_months or None,
            to_months=self.segment_to_months or None,
            members=members,
        )

    def _segment_customers(self, profiles):
        """What these policies look at of ``profiles``: ``{profile id: (Customer, pinned, policy id)}``."""
        since = {}
        if any(policy.segment_from_months or policy.segment_to_months for policy in self):
            relationships = Facts(profiles, fields.Date.today()).relationships
            since = {profile_id: relationship.since for profile_id, relationship in relationships.items()}
        profiles.flush_model(
            ["company_id", "country_id", "industry_id", "grade_id", "policy_id", "policy_pinned", "partner_id"]
        )
        self.env["res.partner"].flush_model(["category_id"])
        tags = self.env["res.partner"]._fields["category_id"]
        return {
            profile_id: (
                Customer(company, country, industry, frozenset(categories), grade, since.get(profile_id)),
                pinned,
                policy,
            )
            for profile_id, company, country, industry, grade, pinned, policy, categories in self.env.execute_query(
                SQL(
                    """SELECT profile.id, company_id, country_id, industry_id, grade_id, policy_pinned, policy_id,
                              ARRAY(SELECT %(tag)s FROM %(tags)s tagged WHERE tagged.%(customer)s = profile.partner_id)
                         FROM credit_profile profile WHERE id = ANY(%(profiles)s)""",
                    tag=SQL.identifier(tags.column2),
                    tags=SQL.identifier(tags.relation),
                    customer=SQL.identifier(tags.column1),
                    profiles=profiles.ids,
                )
            )
        }

    @api.model
    def _policy_for(self, profiles, today, instead=None):
        """Which policy holds for each of ``profiles``, in a number of queries that doesn't grow with them.

        Customers are looked at as they are now.

        :param today: the day whose versions count
        :param instead: ``{published version: draft}``: drafts that are put in the place of the versions that they
            would replace, wherever those hold; under an empty recordset, one that is put beside all others
        :return: ``{profile id: credit.policy}``, with sudo, as which policy holds doesn't depend on who looks. Where
            neither a segment nor a company's standard policy is there, the one that the profile has.
        """
        # sudo: as said
        profiles = profiles.sudo()
        if not profiles:
            return {}
        swapped = {policy.id: draft.sudo() for policy, draft in (instead or {}).items()}
        in_force = {policy.first_id.id: swapped.get(policy.id, policy) for policy in self._in_force_on(today)}
        beside = [swapped[False]] if False in swapped else []
        candidates = self.sudo().browse().union(*in_force.values(), *beside).filtered(lambda each: each.by_segment)
        candidates = candidates.sorted(lambda policy: (policy.sequence, policy.first_id.id))
        segments = [(policy.id, policy._segment(profiles)) for policy in candidates]
        standard = {
            company.id: in_force.get(company.credit_policy_id.first_id.id) for company in profiles.company_id
        }
        found = {}
        for profile_id, (customer, pinned, policy_id) in candidates._segment_customers(profiles).items():
            own = self.sudo().browse(policy_id)
            policy = None
            if not pinned:
                number = first(segments, profile_id, customer, today)
                policy = self.sudo().browse(number) if number else standard[customer.company]
            found[profile_id] = policy or in_force.get(own.first_id.id) or own
        return found

    @api.model
    def _why_for(self, profiles):
        """Why each of ``profiles`` has its policy, in the reader's language: ``{profile id: text}``."""
        today = fields.Date.today()
        policies = profiles.sudo().policy_id
        segments = {policy.id: policy._segment(profiles.sudo()) for policy in policies if policy.by_segment}
        found = {}
        for profile_id, (customer, pinned, policy_id) in policies._segment_customers(profiles.sudo()).items():
            reasons = None
            if policy_id in segments:
                reasons = segments[policy_id].reasons(profile_id, customer, today)
            if pinned:
                found[profile_id] = self.env._("Chosen by hand")
            elif reasons is None:
                found[profile_id] = self.env._("Standard policy of the company")
            else:
                found[profile_id] = self._reasons_in_words(reasons, customer, policies.browse(policy_id))
        return found

    @api.model
    def _reasons_in_words(self, reasons, customer, policy):
        """The conditions that a customer meets, in words."""
        # sudo: names of countries, tags and so on
        env = self.sudo().env
        words = {
            "company": lambda: self.env._("company %s", env["res.company"].browse(customer.company).name),
            "country": lambda: self.env._("country %s", env["res.country"].browse(customer.country).name),
            "industry": lambda: self.env._("industry %s", env["res.partner.industry"].browse(customer.industry).name),
            "tags": lambda: self.env._(
                "tag %s",
                enumerated(
                    env,
                    env["res.partner.category"]
                    .search([("id", "child_of", policy.segment_category_ids.ids), ("id", "in", list(customer.tags))])
                    .mapped("name"),
                ),
            ),
            "grade": lambda: (
                self.env._("grade %s", env["credit.grade"].browse(customer.grade).code)
                if customer.grade
                else self.env._("no grade")
            ),
            "since": lambda: self.env._("customer since %s", fields.Date.to_string(customer.since)),
            "filter": lambda: self.env._("filter of the policy"),
        }
        if not reasons:
            return self.env._("All customers")
        return self.env._("Because: %s", side_by_side(self.env, (words[reason]() for reason in reasons)))
