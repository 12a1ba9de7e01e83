# Part of credit_management. License LGPL-3.0 or later.
"""What the rules say of a document: live, and leaving no trace.

A model joins by inheriting ``credit.judged.mixin`` and saying what it asks for, in a few small methods
(``_credit_parties``, ``_credit_document``, ``_credit_terms``). In return it gets
:meth:`~CreditJudgedMixin._credit_judge`, the verdict on each record. What is stopped by the verdict is a matter of
``credit.checked.mixin``.
"""

from typing import Any, NamedTuple

from odoo import fields, models

from ..engine.position import EVERYTHING, Position
from ..engine.rules import Finding, Verdict, evaluate, evaluate_party


class Judgement(NamedTuple):
    """What the rules say of one record. ``verdict`` is ``None`` where there is nothing to judge: the customer is
    not under control and the company lets such customers pass."""

    record: Any
    profile: Any  # empty where the customer is not under control
    verdict: Verdict | None

    @property
    def stands(self):
        return self.verdict is None or self.verdict.stands


class CreditJudgedMixin(models.AbstractModel):
    _name = "credit.judged.mixin"
    _description = "Document that Asks for Credit"

    # whether what counts already stays where it is when the record is held: then each is judged on all of it, and
    # otherwise the first ones of a batch have the room of the last
    _credit_counts_when_held = False

    # -- what a document type says -------------------------------------------------------------------

    def _credit_company(self):
        """The company whose customers and policies the record is judged by."""
        return self.company_id

    def _credit_parties(self):
        """Who is invoiced and who orders: ``{record id: (id of the invoice contact, id of the ordering one)}``."""
        raise NotImplementedError

    def _credit_document(self, checkpoint, counting=EVERYTHING):
        """What the record asks for, as :class:`~..engine.position.Document`, in its company's currency.

        :param counting: what of the exposure counts by the policy, see :class:`~..engine.position.Counting`
        """
        raise NotImplementedError

    def _credit_terms(self):
        """The days from the record's invoice to its last due date, 0 for at once."""
        raise NotImplementedError

    def _credit_agreed_terms(self, customer):
        """What of a :class:`~..engine.position.Document` says which days were agreed upon with ``customer``: those of
        the payment term that he has in the record's company. Nothing where no policy asks for it."""
        self.ensure_one()
        if not self.env["credit.policy.rule"]._is_used("agreed_terms"):
            return {}
        # sudo: what was agreed upon with a customer binds whoever may not read it
        customer = customer.commercial_partner_id._origin.sudo()
        term = customer.with_company(self.company_id).property_payment_term_id
        return {"agreed_terms": term._credit_days() if term else None, "agreed_known": True}

    def _credit_without(self):
        """Ids of the sales orders whose own order component must not count when these records are judged."""
        return ()

    def _credit_counted(self, document):
        """What of ``document`` the position holds already, beside ``_credit_without``: ``{component: amount}``. It is
        taken out, so that it is not counted twice."""
        self.ensure_one()
        return {}

    def _credit_held_already(self, document, profile):
        """The same of what counts by the policy of ``profile``: drafts may not."""
        counted = self._credit_counted(document)
        return {name: amount for name, amount in counted.items() if name != "draft_invoice" or profile.count_drafts}

    # -- judging -------------------------------------------------------------------------------------

    def _credit_profiles(self):
        """``{record id: (profile that answers for it, profile of the ordering party if it is another one)}``.

        The invoiced customer answers. Where he is not under control but the ordering party is, that one does: a
        new invoice address is no way round. All with sudo: control does not depend on who looks.
        """
        parties = self._credit_parties()
        companies = {record.id: record._credit_company().id for record in self}
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

    def _credit_judge(self, checkpoint, profiles=None, alone=False):
        """The judgement on each record, in date order; each that stands is added to the position before the next.

        :param profiles: the result of :meth:`_credit_profiles`, where the caller has it already
        :param alone: judge each as if the others were not there
        """
        if profiles is None:
            profiles = self._credit_profiles()
        concerned = self.env["credit.profile"].sudo().union(*(profile | party for profile, party in profiles.values()))
        positions = concerned._positions(self._credit_without()) if concerned else {}
        asking = [record for record in self._credit_in_order() if profiles[record.id][0]]
        documents = {
            record.id: record._credit_document(checkpoint, profiles[record.id][0]._counting()) for record in asking
        }
        counted = {
            record.id: record._credit_held_already(documents[record.id], profiles[record.id][0]) for record in asking
        }
        if not self._credit_counts_when_held:
            for record in asking:
                if counted[record.id]:
                    profile = profiles[record.id][0]
                    positions[profile.id] = positions[profile.id].without(counted[record.id])
                    profile._pass_on(positions, -sum(counted.pop(record.id).values()))
        judgements = []
        for record in self._credit_in_order():
            profile, party = profiles[record.id]
            if not profile:
                judgements.append(Judgement(record, profile, record._credit_unknown(checkpoint)))
                continue
            document, own = documents[record.id], counted.get(record.id)
            against = evaluate_party(positions[party.id], document, party.policy_id._engine_rules()) if party else ()
            position = positions[profile.id].without(own) if own else positions[profile.id]
            verdict = evaluate(position, document, profile.policy_id._engine_rules(), against)
            if verdict.stands and not alone:
                positions[profile.id] = verdict.after()
                if profile.group_id:
                    profile._pass_on(positions, document.ask - sum(own.values()) if own else document.ask)
            judgements.append(Judgement(record, profile, verdict))
        return judgements

    def _credit_in_order(self):
        """The records in the order in which they are judged."""
        return self.sorted(lambda record: (record.date_order or fields.Datetime.now(), record.id))

    def _credit_unknown(self, checkpoint):
        """The verdict on a customer who is not under control, by the company's setting; ``None`` lets him pass."""
        self.ensure_one()
        # sudo: a branch user need not see the settings of the root
        action = self._credit_company().sudo().root_id.credit_unknown_action
        if action == "allow" or checkpoint in ("delivery", "invoice"):  # the setting is about orders
            return None
        if checkpoint == "quotation":
            action = "warn"
        finding = Finding("unknown_customer", "none", action=action)
        return Verdict(action, (finding,), Position(fields.Date.today()), self._credit_document(checkpoint))

    def _credit_why(self, judgement):
        """The explanation of a judgement in the reader's language, as text."""
        verdict = judgement.verdict
        currency = (judgement.profile.currency_id or self._credit_company().currency_id).sudo()
        return "\n".join(
            self.env["credit.decision"]._explain(verdict.findings, verdict.position, verdict.document, currency)
        )
