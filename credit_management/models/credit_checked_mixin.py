# Part of credit_management. License LGPL-3.0 or later.
"""The gate as a mixin.

A document type joins by inheriting ``credit.checked.mixin`` and saying what it asks for, in a few small methods
(``_credit_parties``, ``_credit_document``, ``_credit_terms``, ``_credit_facts``). In return it gets:

* :meth:`~CreditCheckedMixin._credit_judge`: the verdict on each record, live, leaving no trace (previews, forms);
* :meth:`~CreditCheckedMixin._credit_pass_gate`: the same behind the closed gate, with a decision stored for each.
"""

import logging
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..engine.position import Position, rounded
from ..engine.rules import GRAVITY, Finding, Verdict, evaluate, evaluate_party
from .credit_decision import CLEARANCES

_logger = logging.getLogger(__name__)


class Judgement(NamedTuple):
    """What the rules say of one record. ``verdict`` is ``None`` where there is nothing to judge: the customer is
    not under control and the company lets such customers pass."""

    record: Any
    profile: Any  # empty where the customer is not under control
    verdict: Verdict | None

    @property
    def stands(self):
        return self.verdict is None or self.verdict.stands


class CreditCheckedMixin(models.AbstractModel):
    _name = "credit.checked.mixin"
    _inherit = "credit.derived.mixin"  # what it asks for is reckoned, and nobody's to say
    _description = "Document under Credit Control"

    # -- what a document type says -------------------------------------------------------------------

    def _credit_parties(self):
        """Who is invoiced and who orders: ``{record id: (id of the invoice contact, id of the ordering one)}``."""
        raise NotImplementedError

    def _credit_document(self, checkpoint):
        """What the record asks for, as :class:`~..engine.position.Document`, in its company's currency."""
        raise NotImplementedError

    def _credit_terms(self):
        """The days from the record's invoice to its last due date, 0 for at once."""
        raise NotImplementedError

    def _credit_facts(self):
        """The values that a decision copies from the record: name, salesperson, amounts cleared, …"""
        raise NotImplementedError

    def _credit_cleared(self):
        """What a clearance is given for, as a tuple: while it stays the same, the record stands on it."""
        raise NotImplementedError

    def _credit_without(self):
        """Ids of the sales orders whose own order component must not count when these records are judged."""
        return ()

    def _credit_is_released(self):
        """What follows when a decision on the record was released; see ``_credit_released``."""
        raise NotImplementedError

    # -- judging -------------------------------------------------------------------------------------

    def _credit_profiles(self):
        """``{record id: (profile that answers for it, profile of the ordering party if it is another one)}``.

        The invoiced customer answers. Where he is not under control but the ordering party is, that one does: a
        new invoice address is no way round. All with sudo: control does not depend on who looks.
        """
        parties = self._credit_parties()
        companies = {record.id: record.company_id.id for record in self}
        found = self.env["credit.profile"]._of(
            (contact, companies[record_id]) for record_id, pair in parties.items() for contact in set(pair) if contact
        )
        empty = self.env["credit.profile"].sudo()
        result = {}
        for record_id, (invoiced, ordering) in parties.items():
            profile = found.get((invoiced, companies[record_id]), empty)
            party = found.get((ordering, companies[record_id]), empty)
            result[record_id] = (profile, party - profile) if profile else (party, empty)
        return result

    def _credit_judge(self, checkpoint, profiles=None):
        """The judgement on each record, in date order; each that stands is added to the position before the next.

        :param profiles: the result of :meth:`_credit_profiles`, where the caller has it already
        """
        if profiles is None:
            profiles = self._credit_profiles()
        concerned = self.env["credit.profile"].sudo().union(*(profile | party for profile, party in profiles.values()))
        positions = concerned._positions(self._credit_without()) if concerned else {}
        judgements = []
        for record in self._credit_in_order():
            profile, party = profiles[record.id]
            if not profile:
                judgements.append(Judgement(record, profile, record._credit_unknown(checkpoint)))
                continue
            document = record._credit_document(checkpoint)
            against = evaluate_party(positions[party.id], document, party.policy_id._engine_rules()) if party else ()
            verdict = evaluate(positions[profile.id], document, profile.policy_id._engine_rules(), against)
            positions[profile.id] = verdict.after()
            if verdict.stands and profile.group_id:
                profile._pass_on(positions, document.ask)
            judgements.append(Judgement(record, profile, verdict))
        return judgements

    def _credit_in_order(self):
        """The records in the order in which they are judged."""
        return self.sorted(lambda record: (record.date_order or fields.Datetime.now(), record.id))

    def _credit_unknown(self, checkpoint):
        """The verdict on a customer who is not under control, by the company's setting; ``None`` lets him pass."""
        self.ensure_one()
        # sudo: a branch user need not see the settings of the root
        action = self.company_id.sudo().root_id.credit_unknown_action
        if action == "allow":
            return None
        if checkpoint == "quotation":
            action = "warn"
        finding = Finding("unknown_customer", "none", action=action)
        return Verdict(action, (finding,), Position(fields.Date.today()), self._credit_document(checkpoint))

    # -- the gate ------------------------------------------------------------------------------------

    def _credit_pass_gate(self, checkpoint):
        """Judge these records behind the closed gate, and store a decision for each that is under control.

        :return: (the records that may go on, the judgements on the others)
        """
        profiles = self._credit_profiles()
        gates = self.env["credit.profile"].sudo().union(*(profile | party for profile, party in profiles.values()))
        gates._enter_gate()
        judgements = self._credit_judge(checkpoint, profiles)
        stopped = [judgement for judgement in judgements if not judgement.stands]
        earlier = self._credit_earlier_decisions(stopped)
        through, cleared, held, values = self.browse(), self.browse(), [], []
        for judgement in judgements:
            record = judgement.record
            if judgement.verdict is None:
                through |= record
                continue
            release = earlier.filtered(lambda d, r=record: d.res_id == r.id and d.state == "released")[:1]
            if not judgement.stands and release and release._covers(judgement):
                release.write(dict(record._credit_facts(), used_on=fields.Datetime.now()))
                cleared |= record
                continue
            values.append(self._credit_decision_values(judgement, checkpoint))
            if judgement.stands:
                cleared |= record
            else:
                waiting = earlier.filtered(lambda d, r=record: d.res_id == r.id and d.is_open)
                values[-1].update(waiting._hand_over())
                held.append(judgement)
        self.env["credit.decision"]._put_on_record(values)
        cleared._credit_remember()
        return through | cleared, held

    # what was cleared in this transaction is kept at hand, so that its end need not look it up again: the server's
    # own memory, which goes with every savepoint that is rolled back

    def _credit_remember(self):
        memory = self.env.cr.precommit.data.setdefault("credit_management.cleared", {})
        memory.update(((record._name, record.id), record._credit_cleared()) for record in self)

    def _credit_forget(self):
        memory = self.env.cr.precommit.data.get("credit_management.cleared", {})
        for record_id in self._ids:
            memory.pop((self._name, record_id), None)

    def _credit_is_remembered(self):
        self.ensure_one()
        memory = self.env.cr.precommit.data.get("credit_management.cleared", {})
        return memory.get((self._name, self.id)) == self._credit_cleared()

    def _credit_earlier_decisions(self, judgements):
        """What was decided on stopped records before: unused releases, and holds that the new check replaces."""
        decisions = self.env["credit.decision"].sudo()
        if not judgements:
            return decisions
        return decisions.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", [judgement.record.id for judgement in judgements]),
                ("used_on", "=", False),
                ("state", "in", ("held", "ready", "released")),
            ]
        )

    def _credit_decision_values(self, judgement, checkpoint, state=None):
        """The values of the decision that records ``judgement``."""
        record, profile, verdict = judgement
        position = verdict.position
        [company] = self.env["res.company"]._credit_roots([record.company_id.id]).values()
        customer = profile.partner_id or record.partner_id.commercial_partner_id
        # who may release the order of a customer not under control is for the company's own policy to say
        policy = profile.policy_id or record.company_id.sudo().root_id.credit_policy_id
        stopping = [finding.kind for finding in verdict.findings if GRAVITY[finding.action] >= GRAVITY["hold"]]
        return {
            **record._credit_facts(),
            "res_model": record._name,
            "res_id": record.id,
            "profile_id": profile.id,
            "partner_id": customer.id,
            "partner_name": profile.partner_name or customer.name,
            "policy_id": policy.id,
            "company_id": company,
            "currency_id": (profile.currency_id or record.company_id.sudo().currency_id).id,
            "checkpoint": checkpoint,
            "outcome": verdict.outcome,
            "state": state or ("passed" if verdict.stands else "held"),
            "exemption": verdict.exemption,
            "asked": rounded(verdict.document.ask, position.rounding),
            "document_amount": rounded(verdict.document.amount, position.rounding),
            "overage": rounded(verdict.overage, position.rounding),
            "exposure_before": rounded(position.exposure, position.rounding),
            "limit_amount": rounded(position.limit, position.rounding),
            "findings": [finding.to_json() for finding in verdict.findings],
            "position": position.to_json(),
            "document": verdict.document.to_json(),
            "kinds": ", ".join(stopping),
        }

    # -- enforcement ---------------------------------------------------------------------------------

    def _credit_enforce(self, entering):
        """Hold, before the transaction ends, what went past the gate: writes, imports, edits, other addons' code.

        :param entering: those of these records whose state or parties changed, and not only their amounts
        :raises UserError: a record stands that must not
        """
        unsettled = self.filtered(lambda record: not record._credit_is_remembered())
        if unsettled:
            unsettled._credit_enforce_from_records(entering)

    def _credit_enforce_from_records(self, entering):
        """The part of :meth:`_credit_enforce` that looks up what was decided."""
        profiles = self._credit_profiles()
        # sudo: what was cleared binds whoever may not read the decision
        decisions = (
            self.env["credit.decision"]
            .sudo()
            .search_fetch(
                [("res_model", "=", self._name), ("res_id", "in", self.ids), ("state", "in", CLEARANCES)],
                ["res_id", "state", "used_on", "cleared_value", "cleared_committed", "cleared_terms",
                 "invoice_partner_id", "document_currency_id", "company_id", "profile_id"],
                order="id",
            )
        )  # fmt: skip
        clearances = {decision.res_id: decision for decision in decisions if decision._is_used()}
        new, raised = self.browse(), self.browse()
        for record in self:
            clearance = clearances.get(record.id)
            profile = profiles[record.id][0]
            if clearance is not None and clearance._follows(record, profile):
                clearance.profile_id = profile
            if clearance is None or not clearance._is_for(record, profile):
                if (
                    clearance is not None
                    or profile
                    # one that was confirmed before the company's setting stands: nothing says what it may grow to
                    or (record in entering and record._credit_unknown("order"))
                ):
                    new |= record
            elif clearance._is_exceeded(record):
                if clearance._is_growth(record):
                    record._credit_record_growth(clearance, profile)
                else:
                    raised |= record
            else:
                clearance._lower(record)
        for checkpoint, records in (("order", new), ("amendment", raised)):
            through, stopped = records._credit_pass_gate(checkpoint) if records else (records, [])
            if stopped:
                self._credit_refuse(stopped, checkpoint)
            decisions.filtered(lambda d, ids=set(through.ids): d.res_id in ids and d._is_used()).write(
                {"state": "void"}
            )

    def _credit_refuse(self, judgements, checkpoint):
        """Refuse what a direct write would have done; the refusal itself is put on record.

        :raises UserError: always
        """
        logged = self._credit_log_refusal(judgements, checkpoint)
        explanation = "\n\n".join(
            self.env._(
                "%(document)s: %(why)s",
                document=judgement.record.display_name,
                why=judgement.record._credit_why(judgement),
            )
            for judgement in judgements
        )
        if checkpoint == "amendment" and len(judgements) == 1 and logged:
            raise RedirectWarning(
                self.env._(
                    "The increase is beyond what credit control has cleared. Nothing was saved.\n\n%s", explanation
                ),
                self.env.ref("credit_management.action_credit_ask").id,
                self.env._("Ask for headroom"),
                {"default_decision_id": logged[0]},
            )
        raise UserError(
            self.env._(
                "Credit control does not let this pass; nothing was saved. Confirm the document with its button"
                " to have it held and released.\n\n%s",
                explanation,
            )
        )

    def _credit_log_refusal(self, judgements, checkpoint):
        """Store a refused decision on a cursor of its own, so that the refusal does not take it along.

        :return: the ids of the decisions
        """
        values = [self._credit_decision_values(judgement, checkpoint, state="refused") for judgement in judgements]
        with self.env.registry.cursor() as cursor:
            env = api.Environment(cursor, self.env.uid, {})
            decisions = env["credit.decision"]
            for vals in values:
                # what this transaction has only just created does not exist out there
                for name, value in vals.items():
                    field = decisions._fields[name]
                    if field.type == "many2one" and value and not env[field.comodel_name].sudo().browse(value).exists():
                        vals[name] = False
            return decisions._put_on_record(values).ids

    def _credit_why(self, judgement):
        """The explanation of a judgement in the reader's language, as text."""
        verdict = judgement.verdict
        currency = (judgement.profile.currency_id or self.company_id.currency_id).sudo()
        return "\n".join(
            self.env["credit.decision"]._explain(verdict.findings, verdict.position, verdict.document, currency)
        )
