# Part of credit_management. License LGPL-3.0 or later.
"""The gate as a mixin.

A document type joins by inheriting ``credit.checked.mixin`` and saying, beside what it asks for
(``credit.judged.mixin``), when it waits and when it stands, and what a decision is to keep of it. In return it gets:

* :meth:`~CreditCheckedMixin._credit_pass_gate`: the verdict behind the closed gate, with a decision stored for each;
* the gate in front of the method that lets it go on (``_credit_gated``), and the enforcement behind all other ways;
* the fields that banners, lists and filters show of it.
"""

import functools
import logging
from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import MissingError, RedirectWarning, UserError
from odoo.tools import SQL

from ..engine.position import rounded
from ..engine.rules import ALWAYS_AT, GRAVITY
from .credit_decision import CLEARANCES, OPEN

_logger = logging.getLogger(__name__)

STATES = [("held", "On hold"), ("ready", "Ready to release"), ("released", "Released"), ("rejected", "Rejected")]
LEVELS = [("ok", "ok"), ("near", "near"), ("over", "over"), ("hold", "hold"), ("none", "none")]


class CreditCheckedMixin(models.AbstractModel):
    _name = "credit.checked.mixin"
    # what a document asks for is reckoned, and nobody's to say
    _inherit = ["credit.judged.mixin", "credit.derived.mixin"]
    _description = "Document under Credit Control"

    # what a document type says in a word: the field of a decision that names the document, the method in front of
    # which the gate stands, and the checkpoint there
    _credit_link: str
    _credit_gated: str | None = None
    _credit_checkpoint: str

    credit_decision_id = fields.Many2one("credit.decision", "Credit decision", compute="_compute_credit_decision_id")
    credit_state = fields.Selection(
        STATES, "Credit", compute="_compute_credit_decision_id", search="_search_credit_state",
        help="Where the document stands with credit control.",
    )  # fmt: skip
    credit_profile_id = fields.Many2one("credit.profile", "Credit profile", compute="_compute_credit_check")
    credit_meter = fields.Json("Credit limit", compute="_compute_credit_check")
    credit_level = fields.Selection(LEVELS, compute="_compute_credit_check")
    credit_message = fields.Html("Credit control", compute="_compute_credit_check", sanitize=False)

    # -- what a document type says -------------------------------------------------------------------

    def _credit_facts(self):
        """The values that a decision copies from the record: name, salesperson, amounts cleared, …"""
        raise NotImplementedError

    def _credit_cleared(self):
        """What a clearance is given for, as a tuple: while it stays the same, the record stands on it."""
        raise NotImplementedError

    def _credit_waiting(self):
        """Those of the records that the gate stands in front of: they have not gone on yet, and are asked about."""
        raise NotImplementedError

    def _credit_stands(self):
        """Whether the record has gone on."""
        raise NotImplementedError

    def _credit_people(self):
        """The users who count as asking for the record as it is now."""
        self.ensure_one()
        return self.create_uid

    def _credit_salesperson(self):
        """Who is told what becomes of the record."""
        raise NotImplementedError

    def _credit_may_be_asked_for(self):
        """Whether the user may ask for its release."""
        self.ensure_one()
        return self.has_access("write")

    # -- the gate ------------------------------------------------------------------------------------

    def _register_hook(self):
        """Put the gate in front of the outermost method that lets documents go on.

        An override of ours would come too late: what other addons do before calling ``super()`` (mails, event
        registrations, loyalty points, further journal items) would happen for documents that are then held.
        """
        super()._register_hook()
        if not self._credit_gated:
            return
        model = self.env.registry[self._name]
        method = getattr(model, self._credit_gated)
        if hasattr(method, "behind_credit_gate"):
            return

        @functools.wraps(method)
        def gated(records, *args, **kwargs):
            return records._credit_go_on(lambda through: method(through, *args, **kwargs), *args, **kwargs)

        gated.behind_credit_gate = method
        setattr(model, self._credit_gated, gated)

    def _unregister_hook(self):
        model = self.env.registry[self._name]
        if self._credit_gated and hasattr(model.__dict__.get(self._credit_gated), "behind_credit_gate"):
            delattr(model, self._credit_gated)
        return super()._unregister_hook()

    def _credit_go_on(self, method, *args, **kwargs):
        """What the gated method does: go on with the records that the gate lets through, and hold the others.

        :param method: what it does behind the gate, to be called with the records
        """
        raise NotImplementedError

    def _credit_pass_gate(self, checkpoint):
        """Judge these records behind the closed gate, and store a decision for each that is under control.

        :return: (the records that may go on, the judgements on the others)
        """
        profiles = self._credit_profiles()
        # of an order something is asked always
        asked = self if checkpoint in ALWAYS_AT else self.filtered(
            lambda record: any(party.policy_id._asks_at(checkpoint) for pair in profiles[record.id] for party in pair)
        )
        if asked != self:
            through, held = asked._credit_pass_gate(checkpoint) if asked else (asked, [])
            return through | (self - asked), held
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

    def _credit_collect(self, what="entering"):
        """Collect what changed, to be judged once when the transaction ends: edits may go up and down until then."""
        precommit = self.env.cr.precommit
        key = f"credit_management.{self._name}"
        if key not in precommit.data:
            precommit.data[key] = defaultdict(set)
            # nothing of the client's context reaches the judgement
            precommit.add(self.env[self._name].with_context(lang=self.env.lang)._credit_enforce_collected)
        precommit.data[key][what].update(self.ids)

    def _credit_collected(self):
        """What was collected in this transaction: ``{what: ids}``."""
        return self.env.cr.precommit.data.get(f"credit_management.{self._name}", {})

    def _credit_enforce_collected(self):
        collected = self.env.cr.precommit.data.pop(f"credit_management.{self._name}", {})
        # sudo: documents that the user cannot read are bound too
        records = self.browse(set().union(*collected.values())).sudo()
        try:
            standing = records.filtered(lambda record: record._credit_stands())
        except MissingError:  # some were deleted meanwhile; asking every time would be one more query for each check
            standing = records.exists().filtered(lambda record: record._credit_stands())
        if standing:
            standing._credit_enforce(self.browse(collected.get("entering", ())))

    def unlink(self):
        self._credit_void()
        for collected in self._credit_collected().values():
            collected.difference_update(self.ids)
        return super().unlink()

    def _credit_void(self):
        """What was cleared, released or held for these documents is void: cancelled, reset or deleted, they are to be
        checked anew."""
        self._credit_forget()
        self._credit_end((*CLEARANCES, *OPEN))

    def _credit_end(self, states):
        """Decisions on these documents that are in one of ``states`` are void from now on."""
        if not self.ids:
            return
        self.env["credit.decision"].flush_model(["state", self._credit_link])
        self.env.cr.execute(
            SQL(
                "UPDATE credit_decision SET state = 'void', is_open = FALSE WHERE %s = ANY(%s) AND state = ANY(%s)",
                SQL.identifier(self._credit_link),
                self.ids,
                list(states),
            )
        )
        if self.env.cr.rowcount:
            self.env["credit.decision"].invalidate_model(["state", "is_open"])

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
        asking = self._credit_asking()
        _through, stopped = asking._credit_pass_gate(self._credit_checkpoint) if asking else (asking, [])
        if stopped:
            self._credit_refuse(stopped, self._credit_checkpoint)

    def _credit_asking(self):
        """Those of the records about which anything is asked at their checkpoint."""
        return self

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

    # -- holding and releasing -----------------------------------------------------------------------

    def _credit_held_notification(self, held, result):
        """The notification that documents were held, as an action.

        :param held: the name of each, and why it was held
        :param result: what the method would have answered, to be done next where it is an action
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": len(held) > 1,
                "title": self.env._("On credit hold: %s", ", ".join(name for name, _why in held)),
                "message": "\n".join(why for _name, why in held[:3]),
                "next": result if isinstance(result, dict) else {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _credit_tell_held(self, held):
        """Tell salespeople who are not there that documents were held."""
        for judgement in held:
            record = judgement.record
            if record._credit_salesperson() != self.env.user:
                record._credit_tell(
                    lambda reader, why=judgement: (reader.env._("Held by credit control"), reader._credit_why(why))
                )

    def _credit_for(self, user):
        """These documents in the language of whom something is written to."""
        return self.with_context(lang=user.lang)

    def _credit_tell(self, words):
        """Leave word for the salesperson of the document, where he may look at it.

        :param words: what gives summary and note, called with the document in the reader's language
        """
        self.ensure_one()
        user = self._credit_salesperson()
        if user and self._credit_may_be_read_by(user):
            # sudo: whoever holds or releases it need not be allowed to write on it
            reader = self.sudo()._credit_for(user)
            summary, note = words(reader)
            reader.activity_schedule(
                "mail.mail_activity_data_todo", summary=summary, note=self._credit_note(note), user_id=user.id
            )

    def _credit_note(self, note):
        """What of ``note``, on a customer's credit, may be left on the document for everybody who looks at it."""
        return note

    def _credit_may_be_read_by(self, user):
        """Whether ``user`` may look at the document, whichever companies are being worked in now."""
        companies = user.sudo().company_ids.ids
        return self.with_user(user).with_context(allowed_company_ids=companies).has_access("read")

    def _credit_released(self, decision):
        """A hold was released: go on, or hand the document back, as its policy says."""
        self.ensure_one()
        self.activity_unlink(["credit_management.activity_release"])
        if self._credit_waiting() and decision.policy_id.sudo().on_release != "hand_back":
            self._credit_go_on_released(decision)
        else:
            self._credit_tell(
                lambda reader: (reader.env._("Released by credit control"), decision.release_note or "")
            )
        self._credit_post_decision(self.env._("Released by %s.", decision.released_by.name), decision)

    def _credit_go_on_released(self, decision):
        """Let the document go on whose hold was released."""
        raise NotImplementedError

    def _credit_use_up(self, decision):
        """It passed by itself, as the cause has gone: the release is used up all the same."""
        if self._credit_stands() and not decision.used_on:
            decision.sudo().used_on = fields.Datetime.now()

    def _credit_rejected(self, decision):
        self.ensure_one()
        self.activity_unlink(["credit_management.activity_release"])
        self._credit_post_decision(self.env._("Rejected by %s.", decision.released_by.name), decision)
        if self._credit_salesperson() != decision.released_by:
            self._credit_tell(
                lambda reader: (reader.env._("Rejected by credit control"), decision.release_note or "")
            )

    def _credit_post_decision(self, sentence, decision):
        reason = self._credit_note(" – ".join(filter(None, [decision.reason_id.name, decision.release_note])))
        self.message_post(body=Markup("%s<br/>%s") % (sentence, reason), subtype_xmlid="mail.mt_note")

    def action_ask_release(self):
        """Open the dialog in which the salesperson asks for the release of a held document."""
        self.ensure_one()
        if self.credit_decision_id.state not in ("held", "ready", "refused"):
            raise UserError(self.env._("“%s” is not held: there is nothing to ask for.", self.display_name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for release"),
            "res_model": "credit.ask",
            "view_mode": "form",
            "target": "new",
            "context": {"default_decision_id": self.credit_decision_id.id},
        }

    def action_ask_limit(self):
        """Open the dialog in which the salesperson of a held document asks for a limit that lets it pass."""
        self.ensure_one()
        if not self.credit_decision_id:
            raise UserError(self.env._("“%s” is not held: there is nothing to ask for.", self.display_name))
        return self.credit_decision_id.sudo(False).action_ask_limit()

    def action_view_credit_decision(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit decisions"),
            "res_model": "credit.decision",
            "view_mode": "list,form",
            "domain": [(self._credit_link, "=", self.id)],
        }

    # -- what people see -----------------------------------------------------------------------------

    def _credit_view_id(self):
        """The form in which whoever decides looks at the document; ``False`` for the usual one."""
        return False

    def _compute_credit_decision_id(self):
        """The latest decision that says anything about the document, and what it says."""
        # sudo: of a colleague's document only its state is shown; the decision itself has access rules of its own
        latest, link = {}, self._credit_link
        decisions = (
            self.env["credit.decision"]
            .sudo()
            .search_fetch(
                [(link, "in", self.ids), ("state", "not in", ("void", "recorded"))], [link, "state"], order="id"
            )
        )
        for decision in decisions:
            if decision.state != "refused" or decision[link].id not in latest:
                latest[decision[link].id] = decision
        shown = dict(STATES)
        for record in self:
            decision = latest.get(record._origin.id)
            record.credit_decision_id = decision
            record.credit_state = decision.state if decision and decision.state in shown else False

    def _search_credit_state(self, operator, value):
        if operator != "in":
            return NotImplemented

        self.env["credit.decision"].flush_model([self._credit_link, "state"])

        def decided(states):
            link = SQL.identifier(self._credit_link)
            query = SQL(
                "SELECT DISTINCT %s FROM credit_decision WHERE %s IS NOT NULL AND state = ANY(%s)", link, link, states
            )
            return [row[0] for row in self.env.execute_query(query)]

        states = [state for state in value if state]
        domain = fields.Domain("id", "in", decided(states) if states else [])
        if False in value:
            domain |= fields.Domain("id", "not in", decided([state for state, _label in STATES]))
        return domain

    def _compute_credit_check(self):
        """The meter and the banner: always live."""
        raise NotImplementedError

    def _credit_show(self, judgement, label):
        """Show ``judgement`` in the meter and the banner.

        :param label: what the meter calls the document
        """
        self.ensure_one()
        verdict, profile = judgement.verdict, judgement.profile
        if verdict is None:
            return
        decisions = self.env["credit.decision"]
        currency = (profile.currency_id or self.company_id.currency_id).sudo()
        if profile:
            self.credit_profile_id = profile.id
            self.credit_meter = profile._meter(verdict.position, verdict.document.ask, label)
            self.credit_level = self.credit_meter["level"]
        sentences = decisions._explain(verdict.findings, verdict.position, verdict.document, currency)
        if not sentences:
            return
        if not verdict.stands and not self._credit_stands():
            self.credit_level = "hold"
        advice = decisions._advise(verdict, profile)
        self.credit_message = Markup("<ul class='mb-0'>%s</ul>%s") % (
            Markup("").join(Markup("<li>%s</li>") % sentence for sentence in sentences),
            Markup("<div class='mt-1'><b>%s</b>%s</div>") % (self.env._("What would unblock it"), advice)
            if advice
            else "",
        )
