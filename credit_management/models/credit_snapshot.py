# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.known import KnownFloat, KnownInteger
from .credit_payment import READERS
from .credit_profile import LIMIT_STATUSES, STATUSES
from .credit_profile_information import ANALYST

# so many days every day is kept, and of the time before that the last day of each month
DAYS_KEPT = 90

# copied from the profile's columns of the same names, unknown as NULL
COPIED = (
    "company_id",
    "currency_id",
    "receivable",
    "draft_invoice",
    "order_open",
    "order_delivered",
    "exposure",
    "limit_amount",
    "limit_status",
    "cover",
    "room",
    "usage",
    "overdue",
    "payment_index",
    "dso",
    "grade_id",
    "status",
    "expected_loss",
)


class CreditSnapshot(models.Model):
    """A profile's figures on a day: what trends are drawn from, and what alerts compare today with.

    One row per profile and day, written by one INSERT … SELECT from the stored figures; taken again on the same day
    it is the day's last state.
    """

    _name = "credit.snapshot"
    _description = "Credit Snapshot"
    _log_access = False
    _order = "day desc, id desc"
    _rec_name = "day"

    profile_id = fields.Many2one(
        "credit.profile", "Customer", required=True, readonly=True, ondelete="cascade",
        help="Whose figures these are.",
    )  # fmt: skip
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    day = fields.Date(required=True, readonly=True, help="The day at whose night it was taken.")
    receivable = fields.Monetary("Receivables", readonly=True, help="Posted invoices that were not paid on the day.")
    draft_invoice = fields.Monetary("Draft invoices", readonly=True, help="Customer invoices that were not posted yet.")
    order_open = fields.Monetary("Orders to invoice", readonly=True, help="What confirmed orders would still bill.")
    order_delivered = fields.Monetary(
        "Delivered, not invoiced", readonly=True,
        help="The part of confirmed orders that was delivered and not invoiced.",
    )  # fmt: skip
    exposure = fields.Monetary(readonly=True, help="All that the customer owed or had ordered.")
    # as on the profile: nothing in the database where they mean nothing, so that sums and averages leave them out
    limit_amount = fields.Monetary("Limit", readonly=True, help="The limit in force on the day, without guarantees.")
    limit_status = fields.Selection(LIMIT_STATUSES, "Validity of the limit", readonly=True)
    cover = fields.Monetary(
        "Covered by guarantees", readonly=True,
        help="What guarantees added to the limit on the day.",
    )  # fmt: skip
    room = fields.Monetary("Available", readonly=True, help="What was left of the limit; negative when exceeded.")
    usage = KnownFloat("Usage of the limit", readonly=True, aggregator="avg", digits=(16, 4), help="A part of 1.")
    overdue = fields.Monetary(readonly=True, help="Past its due date and the policy's days of grace.")
    oldest_days = KnownInteger(
        "Oldest item (days)", readonly=True, aggregator="max", help="How long the oldest unpaid item had been due."
    )
    payment_index = KnownFloat(
        "Payment index", readonly=True, digits=(16, 1), aggregator="avg", groups=READERS,
        help="0 to 100; 80 is prompt.",
    )  # fmt: skip
    dso = KnownFloat(
        "Days sales outstanding", readonly=True, digits=(16, 1), aggregator="avg", groups=READERS,
        help="Receivables ÷ sales × days, on the day.",
    )  # fmt: skip
    grade_id = fields.Many2one(
        "credit.grade", readonly=True, ondelete="restrict",
        help="The grade in force on the day.",
    )  # fmt: skip
    status = fields.Selection(STATUSES, readonly=True, help="The customer's status on the day.")
    expected_loss = fields.Monetary(
        readonly=True, groups=ANALYST,
        help="Probability of default × loss given default × exposure, on the day.",
    )  # fmt: skip

    # with what every night compares with: read from here, a customer's year is a page or two, and not one for each day
    _profile_day_unique = models.UniqueIndex("(profile_id, day) INCLUDE (dso, overdue, payment_index)")
    _day_company = models.Index("(day, company_id)")

    @api.model
    def _take(self, profiles, day):
        """Keep the figures of these profiles as they are stored, as those of ``day``."""
        self.env["credit.profile"].flush_model([*COPIED, "oldest_due"])
        columns = SQL(", ").join(map(SQL.identifier, COPIED))
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_snapshot (profile_id, day, oldest_days, %(columns)s)
                   SELECT id, %(day)s, CASE WHEN overdue > 0 THEN GREATEST(%(day)s::date - oldest_due, 0) END,
                          %(columns)s
                     FROM credit_profile WHERE id = ANY(%(profiles)s)
                       ON CONFLICT (profile_id, day) DO UPDATE
                      SET oldest_days = EXCLUDED.oldest_days, %(again)s""",
                columns=columns,
                day=day,
                profiles=profiles.ids,
                again=SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name)) for name in COPIED
                ),
            )
        )
        self.invalidate_model()

    @api.model
    def _thin(self, profiles, day):
        """Of what is older than :data:`DAYS_KEPT` on ``day``, leave the last one of each month.

        The last that there is: a month in whose last night nothing ran keeps the night before.
        """
        self.env.cr.execute(
            SQL(
                """DELETE FROM credit_snapshot snapshot
                    WHERE profile_id = ANY(%s) AND day < %s
                      AND EXISTS (SELECT FROM credit_snapshot later
                                   WHERE later.profile_id = snapshot.profile_id AND later.day > snapshot.day
                                     AND later.day < date_trunc('month', snapshot.day) + INTERVAL '1 month')""",
                profiles.ids,
                fields.Date.subtract(day, days=DAYS_KEPT),
            )
        )
        self.invalidate_model()


# the trend is a concept of its own, apart from what a profile is
# pylint: disable=consider-merging-classes-inherited
class CreditProfile(models.Model):
    _inherit = "credit.profile"

    trend = fields.Json(compute="_compute_trend")

    @api.depends("exposure", "overdue", "limit_amount")
    @api.depends_context("uid")
    def _compute_trend(self):
        """What the snapshots say from day to day, oldest first; how customers pay for those only who may see it."""
        names = ["day", "exposure", "overdue", "limit_amount"]
        names += [name for name in ("payment_index", "dso") if self._has_field_access(self._fields[name], "read")]
        snapshots = self.env["credit.snapshot"].search_fetch(
            [("profile_id", "in", self.ids), ("day", "<=", fields.Date.today())],
            ["profile_id", "limit_status", *names],
            order="day, id",
        )
        by_profile = snapshots.grouped("profile_id")
        for profile in self:
            known = by_profile.get(profile._origin, snapshots.browse())
            series = {name: [] for name in names}
            for snapshot in known:
                for name in names:
                    series[name].append(snapshot[name])
                series["day"][-1] = fields.Date.to_string(snapshot.day)
                if snapshot.limit_status != "valid":
                    series["limit_amount"][-1] = None
            for name in set(names) & {"payment_index", "dso"}:
                series[name] = [None if value is False else value for value in series[name]]
            profile.trend = {"currency_id": profile.currency_id.id, **series} if known else False
