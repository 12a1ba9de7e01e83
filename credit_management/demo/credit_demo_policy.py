# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; the policies of the demo are a story of their own
"""Demo data: a policy for key accounts beside the standard one, of which the next version is being written."""

from odoo import Command, api, models

KEY_ACCOUNTS = ("within", "foreign")


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_policies(self):
        standard = self.env.ref("credit_management.policy_standard").with_user(self.env.ref("base.user_admin"))
        key_accounts = self._policy_for_key_accounts(standard)
        key_accounts._publish(note="Agreed with the head of sales. 已与销售总监商定。")
        for login in ("user_sales", "user_manager"):
            key_accounts.with_user(self.env.ref(f"credit_management.{login}")).action_acknowledge()
        self._set_appetite(self.env.ref("base.main_company"))
        draft = standard._new_version()
        draft.write(
            {
                "grace_days": 3,
                "description": "Orders are held above the limit, without a limit, or with invoices more than 20 days"
                " overdue; large orders are looked at one by one.",
                "rule_ids": [Command.create({"kind": "document_amount", "amount": 25_000.0, "sequence": 80})],
            }
        )
        draft.rule_ids.filtered(lambda rule: rule.kind == "oldest_item").days = 20
        draft.authority_ids.filtered(lambda line: not line.unlimited).amount = 30_000.0
        self._remember("policy_draft", draft)

    def _set_appetite(self, company):
        self.env["credit.appetite"].create(
            [
                {"company_id": company.id, "sequence": sequence, "kind": kind, **ceiling}
                for sequence, (kind, ceiling) in enumerate(
                    {
                        "exposure": {"amount": 500_000.0},
                        "expected_loss": {"amount": 10_000.0},
                        "weak": {"percent": 20.0, "grade_id": self.env.ref("credit_management.grade_b").id},
                        "customer": {"percent": 25.0},
                        "industry": {"percent": 40.0},
                        "salesperson": {"percent": 60.0},
                    }.items()
                )
            ]
        )

    def _policy_for_key_accounts(self, standard):
        """The policy as its author leaves it to the manager to publish."""
        tag = self.env["res.partner.category"].create({"name": "Key account", "color": 4})
        self._remember("tag_key_account", tag)
        for name in KEY_ACCOUNTS:
            self._customer(name).category_id |= tag
        policy = standard.copy(
            {
                "name": "Key accounts",
                "description": "Customers of long standing may go a tenth beyond their limit.",
                "by_segment": True,
                "portal_show": True,
                "portal_apply": True,
                "segment_category_ids": [Command.set(tag.ids)],
                "grace_days": 10,
                "must_acknowledge": True,
                "document_text": "<p>Key accounts are looked after by the credit manager in person. Whoever sells to"
                " one tells him beforehand of orders above half of the limit.</p><p>重点客户由信用经理亲自负责。</p>",
            }
        )
        policy.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").percent = 110
        policy.rule_ids.filtered(lambda rule: rule.kind == "oldest_item").days = 45
        self._remember("policy_key_accounts", policy)
        return policy.with_user(self.env.ref("credit_management.user_manager"))
