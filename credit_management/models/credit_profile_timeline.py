# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.limits import Granted, in_force
from .credit_limit import DECIDED

# so many of the latest decisions of each customer are drawn
POINTS = 200


# the timeline is a concept of its own, apart from what a profile is
# pylint: disable=consider-merging-classes-inherited
class CreditProfile(models.Model):
    _inherit = "credit.profile"

    limit_timeline = fields.Json("Limit and exposure over time", compute="_compute_limit_timeline")

    @api.depends("limit_ids.state", "limit_ids.amount", "limit_ids.date_start", "limit_ids.date_end", "exposure")
    def _compute_limit_timeline(self):
        """What the limits come to from day to day, and the exposure as far as it is known: as the decisions and the
        snapshots found it, and now."""
        limits = (
            self.env["credit.limit"]
            .search([("profile_id", "in", self.ids), ("state", "in", DECIDED)], order="date_start, state desc, id")
            .grouped("profile_id")
        )
        points = self._exposure_points()
        today = fields.Date.today()
        for profile in self:
            granted = [
                Granted(
                    limit.kind,
                    limit.amount,
                    limit.date_start,
                    limit.date_end or None,
                    limit.unlimited,
                    limit.state == "revoked",
                )
                for limit in limits.get(profile._origin, self.env["credit.limit"])
            ]
            days = {limit.start for limit in granted} | {today}
            days |= {fields.Date.add(limit.end, days=1) for limit in granted if limit.end}
            steps = []
            for day in sorted(days):
                limit = in_force(granted, day)
                steps.append(
                    {
                        "day": fields.Date.to_string(day),
                        # no amount where there is none: unlimited is no number, and ended or missing gives nothing
                        "amount": None if limit.status == "unlimited" else limit.amount * (limit.status == "valid"),
                        "status": limit.status,
                    }
                )
            known = points.get(profile._origin.id, [])
            if profile.refreshed_at:
                known = [*known, [fields.Date.to_string(profile.refreshed_at.date()), profile.exposure]]
            profile.limit_timeline = {
                "currency_id": profile.currency_id.id,
                "today": fields.Date.to_string(today),
                "steps": steps if granted else [],
                "exposure": known,
            }

    def _exposure_points(self):
        """``{profile id: [[day, exposure]]}``, as the latest decisions and the snapshots found it, oldest first."""
        if not self.ids:
            return {}
        self.env["credit.decision"].flush_model(["profile_id", "date", "exposure_before", "position"])
        rows = self.env.execute_query(
            SQL(
                """SELECT profile_id, date::date AS day, exposure_before::float8, date AS moment
                     FROM (SELECT profile_id, id, date, exposure_before,
                                  row_number() OVER (PARTITION BY profile_id ORDER BY date DESC, id DESC) AS nth
                             FROM credit_decision
                            WHERE profile_id = ANY(%(profiles)s) AND position IS NOT NULL) latest
                    WHERE nth <= %(points)s
                    UNION ALL
                   SELECT profile_id, day, exposure::float8, day
                     FROM credit_snapshot WHERE profile_id = ANY(%(profiles)s) AND day < %(today)s
                    ORDER BY profile_id, moment""",
                profiles=self.ids,
                points=POINTS,
                today=fields.Date.today(),
            )
        )
        points = {}
        for profile_id, day, amount, _moment in rows:
            points.setdefault(profile_id, []).append([fields.Date.to_string(day), amount])
        return points
