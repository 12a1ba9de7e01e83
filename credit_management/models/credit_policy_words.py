# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what a policy does, said in words, is a concept of its own
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import formatLang


class CreditPolicy(models.Model):
    """All that a policy says, in sentences: for whoever works by it and doesn't read tables of settings."""

    _inherit = "credit.policy"

    words = fields.Html("In words", compute="_compute_words", sanitize=False, help="All that this policy says.")

    @api.depends_context("lang", "uid", "company")
    def _compute_words(self):
        for policy in self:
            policy.words = Markup("").join(
                Markup("<h4>%s</h4><ul>%s</ul>")
                % (heading, Markup("").join(Markup("<li>%s</li>") % sentence for sentence in sentences))
                for heading, sentences in policy._in_words()
            )

    def _in_words(self):
        """What the policy says, as ``[(heading, [sentence, …]), …]`` in the reader's language: what he may not see of
        it, and sections that are empty, are left out. Addons that bring settings bring their sentences here."""
        self.ensure_one()
        sections = [
            (self.env._("For whom"), self._words_of_segment()),
            (self.env._("What is checked"), self._words_of_rules()),
            (self.env._("What counts"), self._words_of_figures()),
            (self.env._("Holds and releases"), self._words_of_releases()),
            (self.env._("Approval of limits"), self._words_of_approval()),
            (self.env._("Recommended limits"), self._words_of_recommendation()),
            (self.env._("What customers are watched for"), self._words_of_alerts()),
            (self.env._("On the portal"), self._words_of_portal()),
            (self.env._("Who reads it"), self._words_of_reading()),
        ]
        known = [(heading, list(sentences)) for heading, sentences in sections]
        return [(heading, sentences) for heading, sentences in known if sentences]

    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _words_of_segment(self):
        company = self.company_id.sudo().name
        yield f"{company}: {self.segment_words}" if company else self.segment_words
        if self.by_segment:
            yield self.env._("Priority %s: the lowest number comes first.", self.sequence)

    def _words_of_rules(self):
        rules = self.rule_ids.filtered("active").sorted()
        if not rules:
            yield self.env._("Nothing is checked but holds by hand and the joint limits of groups.")
        for rule in rules:
            yield rule._in_words()

    def _words_of_figures(self):
        yield (
            self.env._("An invoice is overdue from %s days past its due date on.", self.grace_days + 1)
            if self.grace_days
            else self.env._("An invoice is overdue from the day after its due date on.")
        )
        yield self.env._("From %s %% of the limit on, a customer is near it.", f"{self.near_percent:g}")
        yield {
            "all": self.env._("Every confirmed order counts until it is invoiced."),
            "horizon": self.env._(
                "Orders count that are to be delivered within %s days, and what is delivered.", self.order_horizon
            ),
            "delivered": self.env._("Of orders only what is delivered counts."),
            "none": self.env._("Orders do not count before they are invoiced."),
        }[self.count_orders]
        yield (
            self.env._("Draft invoices count.")
            if self.count_drafts
            else self.env._("Draft invoices do not count before they are posted.")
        )
        yield (
            self.env._("What a customer disputes counts in his payment behaviour.")
            if self.count_disputed
            else self.env._("What a customer disputes does not count in his payment behaviour.")
        )

    def _words_of_releases(self):
        yield (
            self.env._("A held order that is released is confirmed.")
            if self.on_release == "confirm"
            else self.env._("A held order that is released goes back to its salesperson, who confirms it.")
        )
        yield self.env._("A release that is not used at once holds for %s days, unless it says otherwise.",
                         self.release_days)  # fmt: skip
        yield (
            self.env._("A held order whose cause has gone is released by itself.")
            if self.auto_release
            else self.env._("A held order whose cause has gone is marked as ready to release.")
        )
        yield (
            self.env._("Whoever asks for a release or a limit may also grant it.")
            if self.allow_self_release
            else self.env._("Whoever asks for a release or a limit does not grant it.")
        )
        if self.env["credit.authority"].has_access("read"):
            for authority in self.authority_ids:
                yield self.env._(
                    "May release: %(who)s, %(amounts)s.", who=authority.display_name, amounts=authority._in_words()
                )
            if not self.authority_ids:
                yield self.env._("Nobody may release what exceeds anything.")

    def _words_of_approval(self):
        if self.review_requests:
            yield self.env._("A credit analyst, not the one who asks, reviews a request before it can be approved.")
        for tier in self.tier_ids:
            yield self.env._("Limits: %s.", tier._in_words())
        if not self.tier_ids:
            yield self.env._("Every credit manager grants limits alone.")

    def _words_of_recommendation(self):
        for method in self.limit_method_ids.sorted(lambda line: (line.sequence, line.id)):
            yield method._in_words()
        combine = dict(self._fields["limit_combine"]._description_selection(self.env))[self.limit_combine]
        yield self.env._(
            "Of the methods: %(combine)s, and nothing with fewer than %(least)s of them.",
            combine=combine,
            least=self.limit_least_methods,
        )
        if self.limit_within_need:
            yield self.env._("Never more than the customer's need.")
        if self.limit_capped:
            yield self.env._("Never more than %s.", self._money(self.limit_cap))
        if self.limit_equity_capped:
            yield self.env._("Never more than %s %% of our own equity.", f"{100.0 * self.limit_equity_share:g}")
        yield (
            self.env._("Rounded down to whole multiples of %s.", self._money(self.limit_step))
            if self.limit_rounding == "step"
            else self.env._("Rounded down to two leading digits.")
        )

    def _words_of_alerts(self):
        if not self.env["credit.alert.rule"].has_access("read"):
            return
        for rule in self.alert_rule_ids.filtered("active").sorted():
            yield rule._in_words()

    def _words_of_portal(self):
        if self.portal_show:
            yield self.env._("Customers see their limit, what they owe, and their orders on hold.")
        if self.portal_apply:
            yield self.env._("Customers may apply for credit, or for more of it.")

    def _words_of_reading(self):
        if self.document_name:
            yield self.env._("The policy as it was written: %s.", self.document_name)
        if self.must_acknowledge:
            yield self.env._("Everybody who sees credit confirms to have read it.")
