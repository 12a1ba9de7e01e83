# Part of credit_management. License LGPL-3.0 or later.
"""One mail about one's alerts, daily or weekly, in one's own language."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron

from .test_alert import AlertCase, day


@tagged("post_install", "-at_install")
class TestDigest(AlertCase):
    def setUp(self):
        super().setUp()
        # commits are for real jobs
        self.startPatcher(patch.object(IrCron, "_commit_progress", lambda cron, *args, **kwargs: 1.0))
        self.analyst.credit_digest = "daily"

    def mails(self, when=None):
        """Run the job; returns the new mails to the analyst."""
        before = self.env["mail.mail"].search([])
        with freeze_time(when or fields.Datetime.now()):
            self.env["res.users"]._cron_credit_digest()
        return (self.env["mail.mail"].search([]) - before).filtered(
            lambda mail: mail.recipient_ids == self.analyst.partner_id
        )

    def alarm(self, number=1):
        """Alerts of one customer each."""
        if not self.policy.alert_rule_ids:
            self.rule("overdue_amount")
        profiles = self.env["credit.profile"].union(
            *(
                self.control(
                    self.env["res.partner"].create({"name": f"Late {each}", "company_type": "company"}), 10.0,
                    user_id=self.analyst.id,
                )
                for each in range(number)
            )
        )  # fmt: skip
        self.env.cr.execute("UPDATE credit_profile SET overdue = 250 WHERE id = ANY(%s)", [profiles.ids])
        self.env.invalidate_all()
        profiles._watch()
        return self.env["credit.alert"].search([("profile_id", "in", profiles.ids)])

    def test_one_mail_for_all(self):
        self.alarm(3)
        mail = self.mails()
        self.assertEqual((len(mail), mail.subject), (1, "Credit alerts: 3 new"))
        self.assertIn("Late 2", mail.body_html)
        self.assertIn("250.00 is overdue", mail.body_html)
        self.assertFalse(self.mails())

    def test_only_what_is_new(self):
        self.alarm(1)
        self.mails(day(0))
        self.assertFalse(self.mails(day(1)))
        with freeze_time(day(2)):
            self.alarm(2)
        mail = self.mails(day(3))
        self.assertEqual(mail.subject, "Credit alerts: 2 new")
        self.assertIn("1 earlier ones are still open", mail.body_html)

    def test_daily_weekly_never(self):
        for choice, days in (("daily", [0, 1, 2, 7, 8]), ("weekly", [0, 7]), ("never", [])):
            self.analyst.write({"credit_digest": choice, "credit_digest_at": False})
            sent = []
            for number in (0, 1, 2, 7, 8):
                with freeze_time(day(number)):
                    self.alarm(1)
                if self.mails(day(number)):
                    sent.append(number)
            self.assertEqual(sent, days, choice)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.analyst.lang = "fr_FR"
        template = self.env.ref("credit_management.credit_digest")
        template.with_context(lang="fr_FR").arch_db = template.arch_db.replace("All alerts", "Toutes les alertes")
        self.alarm(1)
        body = self.mails().body_html
        self.assertIn("Toutes les alertes", body)
        self.assertIn("250,00", body)

    def test_it_is_news_for_whom_it_is_given_to(self):
        alert = self.alarm(1)
        self.assertTrue(self.mails(day(0)))
        alert.with_user(self.manager).user_id = self.manager
        self.manager.credit_digest_at = False
        alert.with_user(self.manager).user_id = self.analyst
        self.assertTrue(self.mails(day(1)))

    def test_many_are_not_all_written_out(self):
        self.alarm(23)
        body = self.mails().body_html
        self.assertEqual(body.count("is overdue"), 20)
        self.assertIn("And 3 more", body)

    def test_what_is_acknowledged_or_gone_is_not_in_it(self):
        alerts = self.alarm(3)
        alerts[0].with_user(self.analyst).action_acknowledge()
        alerts[1].with_user(self.analyst)._snooze(day(5))
        self.assertEqual(self.mails().subject, "Credit alerts: 1 new")

    def test_nothing_that_the_reader_may_not_see(self):
        alert = self.alarm(1)
        self.env.cr.execute("UPDATE credit_alert SET user_id = %s, confidential = TRUE", [self.salesperson.id])
        self.env.invalidate_all()
        self.env["res.users"]._cron_credit_digest()
        sent = self.env["mail.mail"].search([("recipient_ids", "in", self.salesperson.partner_id.ids)])
        self.assertFalse(sent.filtered(lambda mail: alert.partner_id.name in mail.body_html))

    def test_everybody_chooses_for_himself(self):
        own = self.salesperson.with_user(self.salesperson)
        own.write({"credit_digest": "weekly"})
        self.assertEqual(own.credit_digest, "weekly")
        with self.assertRaises(AccessError):
            self.analyst.with_user(self.salesperson).write({"credit_digest": "never"})
        with self.assertRaises(AccessError):
            own.write({"credit_digest_at": False})
