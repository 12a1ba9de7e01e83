# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what customers are watched for is a concept of its own
"""Alerts raised, raised again and resolved.

How it works: :meth:`CreditProfile._watch` brings together what the alert rules of the customers' policies look at
(:class:`engine.alerts.Facts`, read in a few queries for all of them, and only what the rules need), has the engine say
what becomes of each cause, and writes that: one INSERT, one UPDATE a kind of change. The change queue calls it within a
minute of whatever touches exposure, records and assessments call it at once, and the monitor calls it for everybody
every night.
"""

from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.alerts import (
    ALERT_KINDS,
    ORDER_DAYS,
    ORDERS,
    SEVERITIES,
    Adverse,
    Ending,
    Facts,
    Joint,
    Order,
    Standing,
    Then,
    follow,
    readings,
)
from .credit_alert import HOLDING
from .credit_alert_rule import SEVERITIES as SEVERITY_LABELS
from .credit_profile_information import ANALYST

# kept by _refresh_alerts, never by a person
ALERTS = ("alert_count", "alert_severity", "alert_holds")
# what holds orders without its name being everybody's to know
UNNAMED = "*"
# to one person in one go; who gets more of them reads the list
ACTIVITIES = 20
# a snapshot stands for up to so many days before the one asked for: of older months only the ends are kept
NEAREST = 31


class Stands(NamedTuple):
    """An alert that is not resolved, as it is in the database."""

    id: int
    kind: str
    standing: Standing


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    alert_ids = fields.One2many("credit.alert", "profile_id", "Alerts")
    open_alerts = fields.Integer(
        "Open alerts", compute="_compute_open_alerts",
        help="Warnings that nobody has resolved yet.",
    )  # fmt: skip
    alert_count = fields.Integer("Alerts open", readonly=True, groups=ANALYST, help="Those that are not resolved.")
    alert_severity = fields.Selection(
        SEVERITY_LABELS, "Gravest alert", readonly=True, groups=ANALYST, help="Of those that are not resolved."
    )
    alert_holds = fields.Char(
        "Alerts that hold orders", readonly=True, help="The kinds of those that are open or acknowledged."
    )

    @api.model
    def _figures(self):
        return (*super()._figures(), *ALERTS)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_alerts(self):
        # as many as the reader may see
        counts = dict(
            self.env["credit.alert"]._read_group(
                [("profile_id", "in", self.ids), ("state", "!=", "resolved")], ["profile_id"], ["__count"]
            )
        )
        for profile in self:
            profile.open_alerts = counts.get(profile, 0)

    def action_view_alerts(self):
        action = self._action_related("credit.alert", self.env._("Alerts"), "list,kanban,form")
        action["context"] = {"search_default_standing": 1}
        return action

    # -- watching ------------------------------------------------------------------------------------

    def _watch(self, day=None, whole_book=False):
        """Raise, raise again and resolve the alerts of these customers, as of today; in a bounded number of queries.

        :param day: today, for who has it
        :param whole_book: judge the kinds that compare a customer with all others, and only those
        """
        day = day or fields.Date.today()
        self.env.flush_all()
        # sudo: alerts are found for everybody, whoever's doing made them appear
        profiles = self.sudo()
        profiles |= profiles._group_leaders()
        rules = {
            profile.id: [
                watched
                for watched in (profile.policy_id._alert_rules() if profile.active else ())
                if ALERT_KINDS[watched.rule.kind].whole_book == whole_book
            ]
            for profile in profiles
        }
        standing = profiles._standing_alerts(whole_book)
        used = {watched.rule for alike in rules.values() for watched in alike}
        if not used and not standing:
            return
        facts = profiles._alert_facts(day, used, whole_book)
        raised, kept, woken, resolved = [], [], [], []
        for profile in profiles:
            own = standing.get(profile.id, {})
            for watched, stand in self._by_rule(rules[profile.id], own):
                steps = follow(
                    readings(watched.rule, facts[profile.id]),
                    {cause: alert.standing for cause, alert in stand.items()},
                    day,
                )
                for step in steps:
                    if step.action == "raise":
                        raised.append((profile, watched, step.reading))
                    elif step.action == "resolve":
                        resolved.append(stand[step.cause])
                    else:
                        (woken if step.action == "wake" else kept).append((stand[step.cause], watched, step.reading))
            # of rules that are off or deleted
            resolved += [alert for stand in own.values() for alert in stand.values()]
        alerts = profiles.env["credit.alert"]
        new = alerts._insert(raised)
        alerts._update_readings(kept + woken)
        again = alerts._wake([stands.id for stands, _watched, _reading in woken])
        alerts._resolve([stands.id for stands in resolved])
        profiles.filtered(lambda profile: profile.id in standing or profile in new.profile_id)._refresh_alerts()
        (new | again)._tell()

    @api.model
    def _by_rule(self, rules, own):
        """(rule, {cause: Stands}) of each rule; takes what it gives out of ``own``.

        Alerts of a rule that holds no more pass to the one of the same kind, if it has none yet: another version of a
        policy does not raise again what somebody has seen to.
        """
        keys = {watched.rule.key for watched in rules}
        former = {}
        for key, stand in own.items():
            if key not in keys:
                former.setdefault(next(iter(stand.values())).kind, key)
        for watched in rules:
            key = watched.rule.key
            if key not in own and watched.rule.kind in former:
                key = former.pop(watched.rule.kind)
            yield watched, own.pop(key, {})

    @api.model
    def _watch_book(self, day):
        """Judge the kinds that compare customers with all others, of those customers whom it may concern."""
        whole = [kind.code for kind in ALERT_KINDS.values() if kind.whole_book]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT profile.id
                     FROM credit_profile profile
                     JOIN (SELECT company_id, SUM(exposure) AS exposure FROM credit_profile WHERE active
                            GROUP BY company_id) book ON book.company_id = profile.company_id
                    WHERE profile.active AND profile.exposure > 0
                      AND profile.exposure * 100 >= book.exposure * (SELECT MIN(percent) FROM credit_alert_rule
                                                                      WHERE active AND kind = ANY(%(kinds)s))
                    UNION
                   SELECT profile_id FROM credit_alert WHERE kind = ANY(%(kinds)s) AND state <> 'resolved'""",
                kinds=whole,
            )
        )
        self.browse(profile_id for (profile_id,) in rows)._watch(day, whole_book=True)

    def _group_leaders(self):
        """Of the groups that these customers belong to, the member who stands for all: the one that came first."""
        groups = self.group_id
        return self.browse(
            profile_id
            for (profile_id,) in self.env.execute_query(
                SQL(
                    "SELECT MIN(id) FROM credit_profile WHERE active AND group_id = ANY(%s) GROUP BY group_id",
                    groups.ids,
                )
            )
        ) if groups else self.browse()  # fmt: skip

    def _standing_alerts(self, whole_book):
        """``{profile id: {rule id: {cause: Stands}}}`` of the kinds that are judged now."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id, profile_id, rule_id, kind, cause, state, told, snoozed_until
                     FROM credit_alert WHERE profile_id = ANY(%s) AND state <> 'resolved'""",
                self.ids,
            )
        )
        found = defaultdict(lambda: defaultdict(dict))
        for alert_id, profile_id, rule_id, kind, cause, state, told, until in rows:
            known = ALERT_KINDS.get(kind)
            if known is None or known.whole_book == whole_book:
                # those whose rule is deleted have none to be told apart by
                found[profile_id][rule_id or -alert_id][cause] = Stands(
                    alert_id, kind, Standing(state, told or 0.0, until)
                )
        return found

    def _refresh_alerts(self):
        """Bring the columns that lists and checks read up to date, and judge the holds again where that matters."""
        holds = SQL(
            """string_agg(DISTINCT CASE WHEN alert.confidential THEN %s ELSE alert.kind END, ',')
                   FILTER (WHERE alert.holds AND alert.state = ANY(%s))""",
            UNNAMED,
            list(HOLDING),
        )
        rows = self.env.execute_query(
            SQL(
                """UPDATE credit_profile profile
                      SET alert_count = new.number, alert_severity = (%(severities)s::varchar[])[new.gravity],
                          alert_holds = new.holds
                     FROM (SELECT profile.id, count(alert.id) AS number, MAX(alert.gravity) + 1 AS gravity,
                                  %(holds)s AS holds, profile.alert_holds AS held_before
                             FROM credit_profile profile
                             LEFT JOIN credit_alert alert ON alert.profile_id = profile.id
                                                         AND alert.state <> 'resolved'
                            WHERE profile.id = ANY(%(profiles)s) GROUP BY profile.id) new
                    WHERE profile.id = new.id
                      AND (profile.alert_count, profile.alert_severity, profile.alert_holds)
                          IS DISTINCT FROM
                          (new.number::integer, (%(severities)s::varchar[])[new.gravity], new.holds::varchar)
                RETURNING profile.id, new.holds IS DISTINCT FROM new.held_before""",
                severities=list(SEVERITIES),
                holds=holds,
                profiles=self.ids,
            )
        )
        self.invalidate_recordset(ALERTS, flush=False)
        self.browse(profile_id for profile_id, changed in rows if changed)._recheck_holds()

    def _alert_owner(self, watched):
        """Whose alert of a rule it is; of what is for analysts only it is never the salesperson's."""
        self.ensure_one()
        manager = self.company_id.credit_manager_id
        chosen = {"salesperson": self.salesperson_id, "responsible": self.user_id, "manager": manager}[watched.owner]
        return chosen or self.user_id or manager

    # -- what alerts look at -------------------------------------------------------------------------

    def _alert_facts(self, day, rules, whole_book):
        """What ``rules`` look at: ``{profile id: engine.alerts.Facts}``.

        Figures are those stored on the profile, of history those of the snapshots.
        """
        needs = {need for rule in rules for need in ALERT_KINDS[rule.kind].needs}
        further = defaultdict(dict)
        for need, read in (
            ("dso", self._facts_dso),
            ("grades", self._facts_grades),
            ("adverse", self._facts_adverse),
            ("statements", self._facts_statements),
            ("guarantees", self._facts_guarantees),
            ("orders", self._facts_orders),
            ("groups", self._facts_groups),
        ):
            if need in needs:
                for profile_id, known in read(day):
                    further[profile_id].update(known)
        if "then" in needs:
            windows = {rule.days for rule in rules if "then" in ALERT_KINDS[rule.kind].needs}
            for profile_id, known in self._facts_then(day, windows):
                further[profile_id]["then"] = known
        book = self._books() if whole_book else {}
        rows = self.env.execute_query(
            SQL(
                """SELECT id, company_id, usage::float8, room::float8, COALESCE(exposure, 0)::float8,
                          CASE WHEN limit_status <> 'none' THEN limit_date_end END, COALESCE(overdue, 0)::float8,
                          CASE WHEN overdue > 0 THEN oldest_due END, late_before, payment_index::float8,
                          index_trend::float8, dso::float8, next_review, forecast_as_of, breach_date,
                          forecast_usage::float8
                     FROM credit_profile WHERE id = ANY(%s)""",
                self.ids,
            )
        )
        names = ("usage", "room", "exposure", "limit_until", "overdue")
        further_names = (
            "late_before", "payment_index", "index_trend", "dso", "next_review", "forecast_on", "breach",
            "forecast_usage",
        )  # fmt: skip
        return {
            profile_id: Facts(
                day,
                **dict(zip(names, row[:5], strict=True)),
                overdue_days=max(0, (day - row[5]).days) if row[5] else 0,
                **dict(zip(further_names, row[6:], strict=True)),
                book=book.get(company_id),
                **further[profile_id],
            )
            for profile_id, company_id, *row in rows
        }

    def _books(self):
        """``{company id: exposure of all its customers}``."""
        return dict(
            self.env.execute_query(
                SQL("SELECT company_id, SUM(exposure)::float8 FROM credit_profile WHERE active GROUP BY company_id")
            )
        )

    def _facts_then(self, day, windows):
        """The figures of so many days ago, as far as a snapshot is near."""
        found = defaultdict(dict)
        for days in windows:
            rows = self.env.execute_query(
                SQL(
                    """SELECT profile.id, snapshot.overdue::float8, snapshot.payment_index::float8
                         FROM unnest(%(profiles)s) profile (id)
                         JOIN LATERAL (SELECT overdue, payment_index FROM credit_snapshot
                                        WHERE profile_id = profile.id AND day <= %(then)s AND day > %(oldest)s
                                        ORDER BY day DESC LIMIT 1) snapshot ON TRUE""",
                    profiles=self.ids,
                    then=fields.Date.subtract(day, days=days),
                    oldest=fields.Date.subtract(day, days=days + NEAREST),
                )
            )
            for profile_id, overdue, index in rows:
                found[profile_id][days] = Then(overdue or 0.0, index)
        return found.items()

    def _facts_dso(self, day):
        rows = self.env.execute_query(
            SQL(
                """SELECT profile_id, AVG(dso)::float8, STDDEV_SAMP(dso)::float8, COUNT(dso)
                     FROM credit_snapshot
                    WHERE profile_id = ANY(%s) AND day < %s AND day >= %s AND dso IS NOT NULL GROUP BY profile_id""",
                self.ids,
                day,
                fields.Date.subtract(day, years=1),
            )
        )
        for profile_id, mean, spread, known in rows:
            yield profile_id, {"dso_usual": mean, "dso_spread": spread, "dso_known": known}

    def _facts_grades(self, day):
        rows = self.env.execute_query(
            SQL(
                """WITH scale AS (SELECT id, code, row_number() OVER (ORDER BY sequence, id) AS place FROM credit_grade)
                   SELECT profile.id, now.place - before.place, assessment.confirmed_on::date,
                          before.code || ' → ' || now.code
                     FROM credit_profile profile
                     JOIN credit_assessment assessment ON assessment.id = profile.assessment_id
                     JOIN scale now ON now.id = assessment.grade_id
                     JOIN credit_assessment earlier ON earlier.id = assessment.previous_id
                     JOIN scale before ON before.id = earlier.grade_id
                    WHERE profile.id = ANY(%s)""",
                self.ids,
            )
        )
        for profile_id, notches, graded_on, grades in rows:
            yield profile_id, {"notches": notches, "graded_on": graded_on, "grades": grades}

    def _facts_adverse(self, day):
        records = self.env["credit.record"]
        known = self._by_profile(
            records.search(
                [("partner_id", "in", self.partner_id.ids), ("adverse", "=", True), *records._in_force_domain(day)]
            )
        )
        for profile_id, adverse in known.items():
            yield (
                profile_id,
                {"adverse": tuple(Adverse(record.id, record.title, record.known_on) for record in adverse)},
            )

    def _facts_statements(self, day):
        rows = self.env.execute_query(
            SQL(
                """SELECT profile.id, MAX(statement.date_end)
                     FROM credit_profile profile
                     JOIN credit_statement statement ON statement.partner_id = profile.partner_id
                                                    AND statement.state = 'confirmed'
                                                    AND COALESCE(statement.company_id, profile.company_id)
                                                        = profile.company_id
                    WHERE profile.id = ANY(%s) GROUP BY profile.id""",
                self.ids,
            )
        )
        for profile_id, end in rows:
            yield profile_id, {"statement_end": end}

    def _facts_guarantees(self, day):
        rows = self.env.execute_query(
            SQL(
                """SELECT profile_id, id, name, date_end, warn_days FROM credit_guarantee
                    WHERE profile_id = ANY(%s) AND state = 'active' AND date_end IS NOT NULL ORDER BY date_end, id""",
                self.ids,
            )
        )
        endings = defaultdict(list)
        for profile_id, *ending in rows:
            endings[profile_id].append(Ending(*ending))
        for profile_id, alike in endings.items():
            yield profile_id, {"endings": tuple(alike)}

    def _facts_orders(self, day):
        """Orders of the last days, and what was usual before: the customer's confirmed ones, by their value in company
        currency."""
        rows = self.env.execute_query(
            SQL(
                """WITH confirmed AS (
                       SELECT profile.id AS profile_id, so.id, so.name, so.date_order,
                              so.credit_value / COALESCE(NULLIF(so.currency_rate, 0), 1) AS value,
                              so.date_order::date > %(since)s AS is_recent,
                              so.date_order::date - LAG(so.date_order::date) OVER (
                                  PARTITION BY profile.id ORDER BY so.date_order, so.id) AS silence
                         FROM credit_profile profile
                         JOIN res_partner contact ON contact.commercial_partner_id = profile.partner_id
                         JOIN sale_order so ON so.partner_invoice_id = contact.id AND so.state = 'sale'
                                           AND %(root)s = profile.company_id
                        WHERE profile.id = ANY(%(profiles)s)),
                   usual AS (
                       SELECT profile_id, COUNT(*) AS number,
                              percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value
                         FROM confirmed WHERE NOT is_recent GROUP BY profile_id)
                   SELECT confirmed.profile_id, confirmed.id, confirmed.name, confirmed.value::float8,
                          CASE WHEN usual.number >= %(orders)s AND usual.value > 0 THEN usual.value::float8 END,
                          confirmed.silence
                     FROM confirmed LEFT JOIN usual ON usual.profile_id = confirmed.profile_id
                    WHERE is_recent ORDER BY confirmed.profile_id, confirmed.id""",
                since=fields.Date.subtract(day, days=ORDER_DAYS),
                root=self.env["res.company"]._credit_root_sql(SQL("so.company_id")),
                profiles=self.ids,
                orders=ORDERS,
            )
        )
        orders = defaultdict(list)
        for profile_id, *order in rows:
            orders[profile_id].append(Order(*order))
        for profile_id, alike in orders.items():
            yield profile_id, {"orders": tuple(alike)}

    def _facts_groups(self, day):
        leaders = self._group_leaders() & self
        for leader_id, position in (leaders._positions() if leaders else {}).items():
            group = position.group
            if group and group.limit:
                number = self.browse(leader_id).group_id.id
                yield leader_id, {"joint": Joint(number, group.name, group.exposure / group.limit)}


class CreditAlert(models.Model):
    """What :meth:`credit.profile._watch` writes; all of it for many alerts at once."""

    _inherit = "credit.alert"

    @api.model
    def _insert(self, raised):
        """:param raised: (profile, Watched, Reading) of each"""
        if not raised:
            return self.browse()
        now = fields.Datetime.now()
        columns = (
            "profile_id", "company_id", "currency_id", "rule_id", "kind", "severity", "gravity", "confidential",
            "holds", "cause", "user_id", "state", "unit", "measured", "threshold", "before", "about", "date_about",
            "told", "raised_on", "last_raised", "raised_count", "create_uid", "write_uid", "create_date", "write_date",
        )  # fmt: skip
        rows = []
        for profile, watched, reading in raised:
            kind = ALERT_KINDS[watched.rule.kind]
            rows.append(
                (
                    profile.id, profile.company_id.id, profile.currency_id.id, watched.rule.key, kind.code,
                    watched.severity, SEVERITIES.index(watched.severity), kind.confidential, watched.holds,
                    reading.cause, profile._alert_owner(watched).id or None, "open", reading.unit, reading.measured,
                    reading.threshold, reading.before, reading.name or None, reading.date, reading.measured, now, now,
                    1, self.env.uid, self.env.uid, now, now,
                )
            )  # fmt: skip
        ids = self.env.cr.execute_values(
            # who raises the same at this moment is found out by the database, and begins anew
            f"INSERT INTO credit_alert ({', '.join(columns)}) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
            rows,
            page_size=500,
            fetch=True,
        )
        self.env["credit.profile"].invalidate_model(["alert_ids"], flush=False)
        return self.browse(alert_id for (alert_id,) in ids)

    @api.model
    def _update_readings(self, kept):
        """The figures of today, and what their rules say today, for alerts that stand.

        :param kept: (Stands, Watched, Reading) of each
        """
        rows = [
            (
                stands.id, watched.rule.key, watched.severity, SEVERITIES.index(watched.severity), watched.holds,
                reading.measured, reading.threshold, reading.before, reading.date,
            )
            for stands, watched, reading in kept
        ]  # fmt: skip
        if not rows:
            return
        self.env.cr.execute_values(
            """UPDATE credit_alert alert
                  SET rule_id = new.rule_id, severity = new.severity, gravity = new.gravity, holds = new.holds,
                      measured = new.measured::float8, threshold = new.threshold::float8,
                      before = new.before::float8, date_about = new.date::date
                 FROM (VALUES %s) AS new (id, rule_id, severity, gravity, holds, measured, threshold, before, date)
                WHERE alert.id = new.id
                  AND (alert.rule_id, alert.severity, alert.holds, alert.measured, alert.threshold, alert.date_about)
                      IS DISTINCT FROM
                      (new.rule_id, new.severity::varchar, new.holds, new.measured::float8, new.threshold::float8,
                       new.date::date)""",
            rows,
            page_size=500,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _wake(self, ids):
        """Raise these alerts again."""
        alerts = self.browse(ids)
        if alerts:
            self.env.cr.execute(
                SQL(
                    """UPDATE credit_alert
                          SET state = 'open', told = measured, last_raised = %s, raised_count = raised_count + 1,
                              mailed = FALSE, acknowledged_by = NULL, acknowledged_on = NULL,
                              snoozed_until = NULL, snoozed_by = NULL
                        WHERE id = ANY(%s)""",
                    fields.Datetime.now(),
                    alerts.ids,
                )
            )
            alerts.invalidate_recordset(flush=False)
            alerts._log_in_words(lambda alert: alert.env._("Raised again: %s", alert.summary))
        return alerts

    @api.model
    def _resolve(self, ids):
        """Their cause is gone, or nobody asks for it any more."""
        alerts = self.browse(ids)
        if alerts:
            self.env.cr.execute(
                SQL(
                    """UPDATE credit_alert SET state = 'resolved', resolved_on = %s, snoozed_until = NULL
                        WHERE id = ANY(%s)""",
                    fields.Datetime.now(),
                    alerts.ids,
                )
            )
            alerts.invalidate_recordset(flush=False)
            # whoever had it on his list has it no more
            alerts.activity_ids.unlink()

    def _tell(self):
        """Tell of alerts that were raised, or raised again, as their rules say: a note on the customer, an activity for
        the owner. All of them are in the list, and in the next digest."""
        noted = self.filtered(lambda alert: alert.rule_id.tell in ("note", "activity") and not alert.confidential)
        bodies = {
            # in the language of whoever looks after the customer
            profile.id: Markup("<br/>").join(
                alert._line() for alert in alerts.with_context(lang=profile.user_id.lang or self.env.lang)
            )
            for profile, alerts in noted.grouped("profile_id").items()
        }
        noted.profile_id._message_log_batch(bodies, author_id=self.env.ref("base.partner_root").id)
        urgent = self.filtered(lambda alert: alert.rule_id.tell == "activity" and alert.user_id)
        for user, alerts in urgent.grouped("user_id").items():
            alerts.sorted(lambda alert: (-alert.gravity, alert.id))[:ACTIVITIES]._give_activity(user)

    def _line(self):
        """The alert in a line, in the reader's language."""
        severity = dict(self._fields["severity"]._description_selection(self.env))[self.severity]
        return self.env._("%(severity)s: %(what)s", severity=severity, what=self.summary)

    def _give_activity(self, user):
        """An activity for each, in the owner's language; without the mail that Odoo sends for one assigned by hand."""
        alerts = self.with_context(lang=user.lang, mail_activity_quick_update=True)
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id(self._name)
        alerts.env["mail.activity"].create(
            [
                {
                    "activity_type_id": todo.id,
                    "res_model_id": model,
                    "res_id": alert.id,
                    "user_id": user.id,
                    "date_deadline": fields.Date.today(),
                    "summary": alert.display_name,
                    "note": alert.summary,
                }
                for alert in alerts
            ]
        )

    def _log_in_words(self, words):
        """Note ``words(alert)`` on each, in its owner's language."""
        self._message_log_batch(
            {alert.id: words(alert.with_context(lang=alert.user_id.lang or self.env.lang)) for alert in self},
            author_id=self.env.ref("base.partner_root").id,
        )
