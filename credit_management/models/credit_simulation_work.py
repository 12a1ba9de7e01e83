# Part of credit_management. License LGPL-3.0 or later.
"""The steps of a simulation: see ``credit_simulation``. Rows are written in bulk, and without a record of each."""

import hashlib
import json
from dataclasses import replace

from psycopg2.extras import Json

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.limits import Basis, Formula, recommend
from ..engine.position import Document, exceeds, rounded, status
from ..engine.replay import GAPS, Aftermaths, Contender, replay
from ..engine.rules import GRAVITY, evaluate, evaluate_party
from ..engine.scorecard import Rating, Scorecard
from ..indicators import Facts

CHUNK = 1000

CUSTOMER = (
    *("simulation_id", "profile_id", "partner_id", "company_id", "currency_id", "policy_before_id", "policy_after_id"),
    *("grade_before", "grade_after", "limit_known", "limit_before", "limit_after", "exposure", "overdue_before"),
    *("overdue_after", "room", "status_before", "status_after", "outcome_before", "outcome_after", "kinds_before"),
    *("kinds_after", "findings_before", "findings_after", "position", "changed", "result", "asked"),
)

ORDER = (
    *("simulation_id", "profile_id", "partner_id", "company_id", "currency_id", "order_id", "decision_id", "name"),
    *("user_id", "date", "source", "exactness", "notes", "asked", "exposure", "limit_amount", "outcome_then"),
    *("state_then", "outcome_before", "outcome_after", "result", "kinds_before", "kinds_after", "overage_before"),
    *("overage_after", "findings_before", "findings_after", "position", "position_after", "invoiced", "due", "late"),
    *("unpaid", "days_late", "customer_days_late", "customer_late_share"),
)


def result_of(before, after):
    """What two verdicts come to, as in ``credit.simulation.order.result``."""
    if before.stands:
        return "passed" if after.stands else "stricter"
    return "looser" if after.stands else "held"


def _kinds(verdict):
    return ", ".join(finding.kind for finding in verdict.findings if GRAVITY[finding.action] >= GRAVITY["hold"])


def _findings(verdict):
    return [
        {name: value for name, value in finding.to_json().items() if value is not None} for finding in verdict.findings
    ]


def _frozen(position):
    """The figures of a position; what is not known is left out: XML-RPC carries no nulls."""
    return {name: value for name, value in position.to_json().items() if value is not None}


class Work:
    """One step of a simulation, within the transaction that also notes down that it was done."""

    def __init__(self, simulation):
        # sudo: a simulation is about all customers of its company; who may start one was checked
        self.simulation = simulation.sudo()
        self.env = self.simulation.env
        self.fingerprint = simulation.fingerprint or ""
        inputs = simulation.inputs
        self._policies = inputs["policies"]
        self._contenders = {int(key): Contender.from_json(each) for key, each in self._policies.items()}
        self._customers = {int(key): tuple(pair) for key, pair in inputs["customers"].items()}
        self._rounding = simulation.currency_id.rounding

    # -- today ---------------------------------------------------------------------------------------

    def today(self):
        """All customers, and the orders that wait to be confirmed, on one state of the books."""
        profiles = self.env["credit.profile"].browse(sorted(self._customers)).exists()
        positions = profiles._positions()
        other = self._other_positions(profiles, positions)
        grades = {profile.id: (profile.grade_id.code or None,) * 2 for profile in profiles}
        limits = self._limits(profiles, grades)
        amount = max(self.simulation.order_amount, self._rounding)
        rows = []
        for profile in profiles.filtered("active"):
            keys = self._customers[profile.id]
            pair = positions[profile.id], other.get(profile.id, positions[profile.id])
            before, after = (
                evaluate(position, Document(each.counting.of_order(amount, 0.0, 0), amount), each.rules)
                for position, each in zip(pair, (self._contenders[key] for key in keys), strict=True)
            )
            words = [
                status(position, self._policies[str(key)]["near"]) for position, key in zip(pair, keys, strict=True)
            ]
            amounts = limits.get(profile.id, (None, None))
            result = result_of(before, after)
            changed = (
                words[0] != words[1]
                or before.outcome != after.outcome
                or _kinds(before) != _kinds(after)
                or _differ(*amounts, self._rounding)
            )
            rows.append(
                (
                    *self._whose(profile),
                    *keys,
                    *grades[profile.id],
                    None not in amounts,
                    *amounts,
                    rounded(pair[0].exposure, self._rounding),
                    *(rounded(max(0.0, position.overdue), self._rounding) for position in pair),
                    pair[0].room if pair[0].limit_status == "valid" else None,
                    *words,
                    before.outcome,
                    after.outcome,
                    _kinds(before),
                    _kinds(after),
                    Json(_findings(before)),
                    Json(_findings(after)),
                    Json(_frozen(pair[0])),
                    changed,
                    result,
                    amount,
                )
            )
        self._insert("credit_simulation_customer", CUSTOMER, rows)
        self._waiting(positions, other)

    def _other_positions(self, profiles, positions):
        """The positions of customers who would have other days of grace, or of whom something else would count: by
        the sums of the one definition, on these terms."""
        groups = {}
        for profile_id, keys in self._customers.items():
            before, after = ((each.grace_days, each.counting) for each in (self._contenders[key] for key in keys))
            if before != after and profile_id in positions:
                groups.setdefault(after, []).append(profile_id)
        found = {}
        today = fields.Date.to_string(fields.Date.today())
        for instead, ids in groups.items():
            overdue, left_out, oldest = dict.fromkeys(ids, 0.0), dict.fromkeys(ids, 0.0), {}
            for profile_id, component, amount, _delivered, late, due in self.env.execute_query(
                self.env["credit.exposure"]._sums(today, profiles.browse(ids), instead=instead)
            ):
                if component == "left_out":
                    left_out[profile_id] += amount
                    continue
                overdue[profile_id] += late
                if due and due < oldest.get(profile_id, fields.Date.add(due, days=1)):
                    oldest[profile_id] = due
            for profile_id in ids:
                found[profile_id] = replace(
                    positions[profile_id],
                    overdue=overdue[profile_id],
                    oldest_due=oldest.get(profile_id),
                    left_out=left_out[profile_id],
                )
        return found

    def _limits(self, profiles, grades):
        """The limits that either policy recommends, by what the customer's last confirmed assessment knew.

        :param grades: ``{profile id: (code in force, code in the draft)}``, ``None`` without a grade
        :return: ``{profile id: (before, after)}``, ``None`` where one recommends none; who has no assessment is left
            out
        """
        formulas = {key: Formula.from_json(each["formula"]) for key, each in self._policies.items()}
        found = {}
        self.env["credit.assessment"].flush_model(["inputs", "grade_id", "state", "profile_id"])
        self.env.cr.execute(
            SQL(
                """SELECT profile_id, inputs -> 'basis', inputs -> 'grades' FROM credit_assessment
                    WHERE state = 'confirmed' AND grade_id IS NOT NULL AND profile_id = ANY(%s)""",
                profiles.ids,
            )
        )
        while rows := self.env.cr.fetchmany(CHUNK):
            for profile_id, known, scale in rows:
                basis = Basis(**{**known, "peers": tuple(known["peers"])})
                factors = {grade["code"]: grade["limit_factor"] for grade in scale}
                found[profile_id] = tuple(
                    recommend(basis, formulas[str(key)], factors.get(code)).amount
                    for key, code in zip(self._customers[profile_id], grades[profile_id], strict=True)
                )
        return found

    # -- the rating ----------------------------------------------------------------------------------

    def rate(self, profiles):
        """Rate those of some customers anew whose scorecard is tried out in another version: by that, and by the one
        in use. Both read what is known today."""
        draft, today = self.simulation.scorecard_id, fields.Date.today()
        active = {
            profile: card for profile, card in self._scorecards(profiles, today).items() if card.code == draft.code
        }
        rated = profiles.browse([profile.id for profile in active])
        if not rated:
            return
        scale = self.env["credit.grade"]._scale()
        tried = Rating(Scorecard.from_json(json.loads(self.simulation.inputs["scorecard"])), scale)
        used = {card: Rating(card._engine(), scale) for card in set(active.values())}
        readings = rated._readings(Facts(rated, today), (draft | draft.union(*used)).factor_ids)
        grades = {}
        for profile, card in active.items():
            answers = {code: reading.answer(today) for code, reading in readings[profile.id].items()}
            grades[profile.id] = (used[card].assess(answers).grade, tried.assess(answers).grade)
        limits = self._limits(rated, grades)
        rows = []
        for profile_id, pair in sorted(grades.items()):
            amounts = limits.get(profile_id, (None, None))
            changed = pair[0] != pair[1] or _differ(*amounts, self._rounding)
            rows.append((profile_id, *pair, None not in amounts, *amounts, changed))
        self._sum_up(rows)
        self.env.cr.execute_values(
            """UPDATE credit_simulation_customer line
                  SET grade_before = new.grade_before::varchar, grade_after = new.grade_after::varchar,
                      limit_known = new.limit_known, limit_before = new.limit_before::numeric,
                      limit_after = new.limit_after::numeric, changed = line.changed OR new.changed
                 FROM (VALUES %s) AS new (simulation_id, profile_id, grade_before, grade_after, limit_known,
                                          limit_before, limit_after, changed)
                WHERE line.simulation_id = new.simulation_id AND line.profile_id = new.profile_id""",
            [(self.simulation.id, *row) for row in rows],
            page_size=CHUNK,
        )

    def _scorecards(self, profiles, today):
        """The active scorecard of each customer: ``{profile: credit.scorecard}``."""
        cards = profiles._scorecards(Facts(profiles, today))
        return {profile: cards[profile.id] for profile in profiles if cards[profile.id]}

    def _waiting(self, positions, other):
        """Orders that wait to be confirmed, each on its own: a list of quotations is not a batch."""
        company = self.simulation.company_id
        domain = Domain("state", "in", ("draft", "sent")) & Domain("company_id", "child_of", company.id)
        orders = self.env["sale.order"].with_context(active_test=False).search(domain, order="id")
        then = {**positions, **other}
        for start in range(0, len(orders), CHUNK):
            chunk = orders[start : start + CHUNK]
            parties = chunk._credit_profiles()
            rows = []
            for order in chunk:
                profile, party = parties[order.id]
                if profile.id not in positions or profile.id not in self._customers:
                    continue
                verdicts = []
                for number, known in enumerate((positions, then)):
                    contender = self._contender(profile, number)
                    document = order._credit_document("order", contender.counting)
                    against = ()
                    if party.id in known:
                        against = evaluate_party(known[party.id], document, self._contender(party, number).rules)
                    verdicts.append(evaluate(known[profile.id], document, contender.rules, against))
                rows.append(
                    self._order_row(
                        profile,
                        (order.id, None, order.name, order.user_id.id or None, order.date_order),
                        ("live", "exact", ""),
                        (None, order.credit_state or None),
                        verdicts,
                    )
                )
            self._insert("credit_simulation_order", ORDER, rows)
            chunk.invalidate_recordset(flush=False)

    def _contender(self, profile, number):
        """The policy for a customer: the one in force (0), or with the draft (1)."""
        return self._contenders[self._customers[profile.id][number]]

    # -- the past ------------------------------------------------------------------------------------

    def past(self, profiles):
        """The past orders of some customers."""
        simulation = self.simulation
        since, until = simulation.date_start, simulation.moment.date()
        histories = profiles._histories(since, simulation.moment)
        rows = []
        for profile in profiles:
            history, facts = histories[profile.id]
            if not facts:
                continue
            contenders = [self._contenders[key] for key in self._customers[profile.id]]
            came = Aftermaths(history, until, simulation.late_after)
            for replayed in replay(history, contenders, held_stay=simulation.held_stay == "stay"):
                known = facts[replayed.order.order]
                notes = sorted({note for missing in replayed.notes for note in missing})
                exactness = "close" if notes or replayed.source == "reconstructed" else "exact"
                exactness = "rough" if GAPS.intersection(notes) else exactness
                rows.append(
                    self._order_row(
                        profile,
                        (known.order_id, known.decision_id, known.name, known.user_id, replayed.order.moment),
                        (replayed.source, exactness, ",".join(notes)),
                        (known.outcome, known.state),
                        replayed.verdicts,
                        came.of_order(replayed.order.order),
                        came.since(replayed.order.moment.date()),
                    )
                )
        self._insert("credit_simulation_order", ORDER, rows)

    # -- rows ----------------------------------------------------------------------------------------

    def _whose(self, profile):
        company = self.simulation.company_id
        return (self.simulation.id, profile.id, profile.partner_id.id, company.id, company.currency_id.id)

    def _order_row(self, profile, what, how, then, verdicts, came=None, customer=None):
        before, after = verdicts
        position = before.position
        # what nobody asks about is not kept
        told = any(verdict.findings for verdict in verdicts)
        names = ("invoiced", "due", "late", "unpaid")
        money = [rounded(getattr(came, name), self._rounding) if came else 0.0 for name in names]
        return (
            *self._whose(profile),
            *what,
            *how,
            rounded(before.document.ask, self._rounding),
            rounded(position.exposure, self._rounding),
            rounded(position.limit, self._rounding) if position.limit_status == "valid" else None,
            *then,
            before.outcome,
            after.outcome,
            result_of(before, after),
            _kinds(before),
            _kinds(after),
            rounded(before.overage, self._rounding),
            rounded(after.overage, self._rounding),
            Json(_findings(before)) if told else None,
            Json(_findings(after)) if told else None,
            Json(_frozen(position)) if told else None,
            Json(_frozen(after.position)) if told and after.position != position else None,
            *money,
            _known(came and came.days_late, 1),
            _known(customer and customer.days_late, 1),
            _known(customer and customer.late_share, 4),
        )

    def _insert(self, table, columns, rows):
        if not rows:
            return
        # the simulation's own number aside, the same inputs are to give the same
        self._sum_up(row[1:] for row in rows)
        names = SQL(", ").join(map(SQL.identifier, columns))
        insert = SQL("INSERT INTO %s (%s) VALUES", SQL.identifier(table), names)
        self.env.cr.execute_values(f"{insert.code} %s", rows, page_size=CHUNK)

    def _sum_up(self, rows):
        for row in rows:
            words = json.dumps([_plain(value) for value in row], sort_keys=True, default=str)
            self.fingerprint = hashlib.sha256(f"{self.fingerprint}{words}".encode()).hexdigest()


def _known(value, digits):
    return None if value is None else round(value, digits)


def _plain(value):
    return value.adapted if isinstance(value, Json) else value


def _differ(before, after, rounding):
    if before is None or after is None:
        return before is not after
    return exceeds(abs(before - after), 0.0, rounding)
