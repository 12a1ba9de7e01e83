# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what the customers of the demo are watched for is a story of its own
"""Demo data: what the snapshots of the last months would have kept, a night of the monitor, and what people did about
its alerts."""

from odoo import api, fields, models
from odoo.tools import SQL

# a snapshot each of so many days
DAYS = 90


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _tell_alerts(self):
        today = fields.Date.today()
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            company.credit_manager_id = self.env.ref("credit_management.user_manager")
        profiles = self.env["credit.profile"].browse(self.env["credit.profile"]._positions())
        for profile in profiles.filtered(lambda profile: not profile.user_id):
            profile.user_id = self.env.ref("credit_management.user_analyst")
        for back in range(DAYS, 0, -1):
            self._remember_day(profiles, fields.Date.subtract(today, days=back))
        run = self.env["credit.monitor.run"]._begin(today)
        while run._work(100):
            pass
        self.env["credit.profile"]._watch_book(today)
        run._close("done")
        alerts = self.env["credit.alert"].search([("state", "=", "open")])
        analyst = self.env.ref("credit_management.user_analyst")

        def about(name, kind):
            customer = self.env.ref(f"credit_management.demo_customer_{name}")
            return alerts.filtered(lambda alert: alert.partner_id == customer and alert.kind == kind).with_user(analyst)

        about("hold", "adverse_record").sudo(False).action_acknowledge()
        about("expired", "limit_ending").sudo(False)._snooze(fields.Date.add(today, days=5))

    def _remember_day(self, profiles, day):
        """A snapshot as that of ``day`` would have been, as far as accounting knows it: what was owed and overdue, and
        how customers paid."""
        self.env["credit.snapshot"]._take(profiles, day)
        behaviours = profiles._behaviours(day)
        for profile_id, figures in profiles._sales_figures(day).items():
            self.env.cr.execute(
                SQL(
                    """UPDATE credit_snapshot
                          SET exposure = %(owed)s, receivable = %(owed)s, order_open = 0, draft_invoice = 0,
                              order_delivered = 0, room = limit_amount - %(owed)s,
                              usage = %(owed)s / NULLIF(limit_amount, 0), overdue = %(overdue)s,
                              oldest_days = NULL, expected_loss = NULL, payment_index = %(index)s, dso = %(dso)s,
                              status = CASE WHEN %(overdue)s > 0 THEN 'overdue' ELSE 'ok' END
                        WHERE profile_id = %(profile)s AND day = %(day)s""",
                    owed=figures.balance,
                    overdue=max(0.0, figures.balance - figures.current),
                    index=behaviours[profile_id].index,
                    dso=figures.dso,
                    profile=profile_id,
                    day=day,
                )
            )
        self.env["credit.snapshot"].invalidate_model()
