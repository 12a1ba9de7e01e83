# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what was tried out in the demo is a story of its own
"""Demo data: the draft of the standard policy tried out, and a back-test of the rating."""

from odoo import api, models


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_policies(self):
        """Try out the draft that is being written."""
        result = super()._tell_policies()
        self._tell_what_was_tried(
            self.env.ref("base.main_company"), self.env.ref("credit_management.user_manager")
        )
        return result

    def _tell_what_was_tried(self, company, manager):
        draft = self.env.ref("credit_management.demo_policy_draft")
        values = {"company_id": company.id, "draft_id": draft.id, "months": 18, "order_amount": 5_000.0}
        simulation = self.env["credit.simulation"].with_user(manager).create(values)
        simulation.action_start()
        while simulation.sudo()._work() is not None:
            continue
        self._remember("simulation", simulation)
        # few customers, and none of them in default for 90 days yet
        backtest = self.env["credit.backtest"].with_user(manager).create({"company_id": company.id, "default_days": 60})
        backtest.action_measure()
        self._remember("backtest", backtest)
