# Part of credit_management. License LGPL-3.0 or later.
"""What other systems ask, over Odoo's own JSON-2 API and XML-RPC. Described for their authors in ``docs/api.md``.

The version is part of the model's name, so that one side can move on while the other still asks the earlier one:
within a version, answers and arguments only gain keys. Answers are plain values without nulls: what is unknown, or
means nothing, is left out. What the caller got wrong is an answer too, with a code that stays the same and a message
in his language; who lacks the right to ask at all gets Odoo's own ``AccessError``.
"""

import datetime
import functools
import math
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine.position import Document, Position, rounded, status
from ..engine.rules import GRAVITY, Finding, Verdict, evaluate
from ..tools.plain import without_nulls

VERSION = 1
# so many customers or items a call may bring along, or get
MOST = 1000
PAGE = 500
# how long a transaction may have been under way before what it changed can be seen: customers that changed within it
# may be told of twice
OVERLAP = datetime.timedelta(minutes=10)
# by what a customer is named, beside his id
NAMES = ("ref", "vat", "external_id")


class Refusal(Exception):
    """What the caller got wrong: a code that stays the same, and a message in his language."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message

    def answer(self):
        return {"ok": False, "error": self.code, "message": self.message}


def answering(method):
    """Have a method answer with its version, and with refusals as answers."""

    @functools.wraps(method)
    def wrapped(self, *args, **kwargs):
        try:
            answer = {"ok": True, **method(self._plain(), *args, **kwargs)}
        except Refusal as refusal:
            answer = refusal.answer()
        return without_nulls({"version": VERSION, **answer})

    return wrapped


class CreditApiV1(models.AbstractModel):
    _name = "credit.api.v1"
    _description = "Credit for Other Systems, Version 1"

    # -- asking --------------------------------------------------------------------------------------

    @api.model
    @api.readonly
    @answering
    def may_buy(self, customer, amount, currency=None, company=None, payment_term=None):
        """Whether an order of this customer would pass now. Nothing is stored, and no order is cleared by it.

        :param customer: his id, his reference as text, or one of ``{"id": …}``, ``{"ref": …}``, ``{"vat": …}``,
            ``{"external_id": "module.name"}``; a contact stands for his company
        :param amount: what the order adds to the exposure, taxes included, in ``currency``
        :param currency: its code, such as "EUR"; the company's by default. Converted at the rate of today.
        :param company: the id of the company that sells; the user's own by default. A branch stands for its root.
        :param payment_term: the id of the order's payment terms; those of the customer by default
        :return: ``verdict`` (pass, warn, hold, refuse), ``allowed``, ``reasons``, and the figures of :meth:`status`
        :raises AccessError: the user has no access to credit figures
        """
        self._check_viewer()
        company = self._company(company)
        partner = self._customer(customer, company)
        rate, code = self._rate(currency, company)
        asked = self._number(amount, "amount")
        if asked < 0:
            raise Refusal("invalid_value", self.env._("“amount” is at least 0."))
        ask = rounded(asked * rate, company.currency_id.rounding)
        document = self._document(partner, company, ask, payment_term)
        profile = self._profiles(partner, company).get(partner.id)
        if profile:
            position = profile._positions()[profile.id]
            verdict = evaluate(position, document, profile.policy_id._engine_rules())
            figures = self._figures(profile, position)
        else:
            verdict = self._uncontrolled(company, document)
            figures = {"as_of": _stamp(fields.Datetime.now())}
        converted = code != company.currency_id.name
        return {
            "customer": self._named(partner),
            "company": {"id": company.id, "name": company.name},
            "controlled": bool(profile),
            "currency": company.currency_id.name,
            "amount": ask,
            "asked": {"amount": asked, "currency": code, "rate": rate} if converted else None,
            "verdict": verdict.outcome,
            "allowed": verdict.stands,
            "exemption": verdict.exemption,
            "reasons": self._reasons(verdict, company.currency_id),
            **figures,
        }

    @api.model
    @api.readonly
    @answering
    def status(self, customers, company=None):
        """How these customers stand now, live.

        :param customers: up to 1000, each named as for :meth:`may_buy`
        :return: ``customers``, an answer for each in the same order: figures in ``currency``, the company's; whoever is
            not found has ``ok`` false and an ``error``
        :raises AccessError: the user has no access to credit figures
        """
        self._check_viewer()
        company = self._company(company)
        partners = self._customers(self._list(customers, "customers"), company)
        found = self.env["res.partner"].union(*(one for one in partners if not isinstance(one, Refusal)))
        profiles = self._profiles(found, company)
        everybody = self.env["credit.profile"].sudo().union(*profiles.values())
        positions = everybody._positions() if everybody else {}
        answers = []
        for partner in partners:
            if isinstance(partner, Refusal):
                answers.append(partner.answer())
                continue
            profile = profiles.get(partner.id)
            answers.append(
                {
                    "ok": True,
                    "customer": self._named(partner),
                    "controlled": bool(profile),
                    "currency": company.currency_id.name,
                    **(self._figures(profile, positions[profile.id]) if profile else {}),
                }
            )
        return {"company": {"id": company.id, "name": company.name}, "customers": answers}

    @api.model
    @api.readonly
    @answering
    def changes(self, cursor="", company=None, limit=PAGE):
        """The customers whose figures were counted anew or whose profile was changed since the last call, page by page,
        for another system to keep its copy up to date.

        :param cursor: what the call before this one answered; empty to begin with all
        :param limit: at most so many customers, up to 1000
        :return: ``customers``, with the live figures of :meth:`status`; ``cursor``, to go on with; ``more``, whether
            to do so at once. A customer may come again without having changed.
        :raises AccessError: the user has no access to credit figures
        """
        self._check_viewer()
        company = self._company(company)
        since, began, after = self._read_cursor(cursor)
        limit = int(self._number(limit, "limit"))
        if not 1 <= limit <= MOST:
            raise Refusal("invalid_value", self.env._("“limit” is 1 to %s.", MOST))
        domain = Domain("company_id", "=", company.id) & Domain("id", ">", after)
        if since:
            domain &= Domain("refreshed_at", ">=", since) | Domain("write_date", ">=", since)
        profiles = self.env["credit.profile"].with_context(active_test=False)
        profiles = profiles.search(domain, order="id", limit=limit + 1)
        more = len(profiles) > limit
        page = profiles[:limit]
        # sudo: what was found with the caller's rights is read as the other questions read it
        controlled = page.sudo().filtered("active")
        positions = controlled._positions() if controlled else {}
        following = (since, began, page[-1:].id) if more else (began - OVERLAP, None, 0)
        return {
            "company": {"id": company.id, "name": company.name},
            "customers": [
                {
                    "customer": self._named(profile.partner_id),
                    "controlled": profile.active,
                    "currency": company.currency_id.name,
                    **(self._figures(profile, positions[profile.id]) if profile.active else {}),
                }
                for profile in page.sudo()
            ],
            "cursor": _write_cursor(*following),
            "more": more,
        }

    # -- what is asked -------------------------------------------------------------------------------

    def _plain(self):
        """Without what the caller put into the context, but for his language and time zone."""
        context = {name: self.env.context[name] for name in ("lang", "tz") if self.env.context.get(name)}
        return self.with_env(self.env(context={"lang": self.env.user.lang, "tz": self.env.user.tz} | context))

    def _check_viewer(self):
        if not self.env.user.has_group("credit_management.group_viewer"):
            raise AccessError(self.env._("Only who sees credit figures may ask for them."))

    def _company(self, company):
        """The root company that is meant.

        :raises Refusal: it is none of the user's
        """
        mine = self.env.user.company_ids
        if company is None or company is False:
            chosen = self.env.user.company_id
        else:
            chosen = mine.filtered(lambda each: each.id == company)
        if not chosen:
            raise Refusal(
                "unknown_company",
                self.env._("There is no company %s that you work in. Companies are named by their id.", company),
            )
        # sudo: a branch user need not see the root to be bound by its limits
        return chosen.sudo().root_id

    def _customer(self, customer, company):
        [partner] = self._customers([customer], company)
        if isinstance(partner, Refusal):
            raise partner
        return partner

    def _customers(self, namings, company):
        """The commercial partner that each naming means, or a :class:`Refusal`; in a query for each way of naming."""
        keys = [self._key(naming) for naming in namings]
        found = self._find(company, {key for key in keys if not isinstance(key, Refusal)})
        return [key if isinstance(key, Refusal) else self._the_one(*key, found[key]) for key in keys]

    def _find(self, company, keys):
        """The commercial partners that keys mean: ``{key: ids}``."""
        wanted = defaultdict(set)
        for by, value in keys:
            wanted[by].add(value)
        partners = self.env["res.partner"].with_context(active_test=False)
        mine = Domain("company_id", "in", (False, *self.env.user.company_ids.ids, company.id))
        active, archived = defaultdict(set), defaultdict(set)
        for by, values in wanted.items():
            field, meant = (by, values) if by in ("ref", "vat") else ("id", self._by_id(by, values))
            for partner in partners.search(mine & Domain(field, "in", list(meant))):
                for value in values if field != "id" else meant[partner.id]:
                    if field == "id" or partner[field] == value:
                        (active if partner.active else archived)[by, value].add(partner.commercial_partner_id.id)
        # one that is archived gives way to one that is not
        return {key: active[key] or archived[key] for key in keys}

    def _by_id(self, by, values):
        """``{id of a contact: the values that name it}``, of ids and external ids."""
        data = self.env["ir.model.data"]
        meant = defaultdict(set)
        for value in values:
            model, number = data._xmlid_to_res_model_res_id(value) if by == "external_id" else ("res.partner", value)
            if model == "res.partner":
                meant[number].add(value)
        return meant

    def _the_one(self, by, value, ids):
        if len(ids) == 1:
            return self.env["res.partner"].browse(ids)
        if ids:
            return Refusal(
                "ambiguous_customer",
                self.env._("Several customers have the %(name)s “%(value)s”.", name=by, value=value),
            )
        return Refusal(
            "unknown_customer", self.env._("There is no customer with the %(name)s “%(value)s”.", name=by, value=value)
        )

    def _key(self, naming):
        """(by what, value) of the name of a customer, or a :class:`Refusal`."""
        if isinstance(naming, int) and not isinstance(naming, bool):
            return "id", naming
        if isinstance(naming, str) and naming.strip():
            return "ref", naming.strip()
        if isinstance(naming, dict) and len(naming) == 1:
            [(by, value)] = naming.items()
            if by == "id" and isinstance(value, int) and not isinstance(value, bool):
                return by, value
            if by in NAMES and isinstance(value, str) and value.strip():
                return by, value.strip()
        return Refusal(
            "invalid_value",
            self.env._(
                "“%s” names no customer. Give the id, the reference as text, or one of id, ref, vat and external_id.",
                naming,
            ),
        )

    def _list(self, values, name):
        if not isinstance(values, list | tuple) or len(values) > MOST:
            raise Refusal(
                "invalid_value", self.env._("“%(name)s” is a list of at most %(most)s.", name=name, most=MOST)
            )
        return list(values)

    def _number(self, value, name):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Refusal(
                "invalid_value", self.env._("“%(name)s” is a number, not “%(value)s”.", name=name, value=value)
            )
        return float(value)

    def _currency(self, code):
        currency = self.env["res.currency"].search([("name", "=", code)]) if isinstance(code, str) else None
        if not currency:
            raise Refusal("unknown_currency", self.env._("There is no active currency “%s”.", code))
        return currency

    def _rate(self, code, company):
        """What a unit of the currency is in the company's, at the rate of today; and the code.

        :raises Refusal: there is no such currency, or no rate of it
        """
        ours = company.currency_id
        currency = ours if code is None or code is False else self._currency(code)
        return self._rate_on(currency, company, fields.Date.today()), currency.name

    def _rate_on(self, currency, company, day):
        ours = company.currency_id
        if currency == ours:
            return 1.0
        # sudo: rates of the company, whoever asks
        if not (currency.sudo().rate_ids or ours.sudo().rate_ids):
            raise Refusal(
                "no_rate",
                self.env._("There is no rate of %(theirs)s in %(ours)s.", theirs=currency.name, ours=ours.name),
            )
        return self.env["res.currency"].sudo()._get_conversion_rate(currency, ours, company, day)

    def _document(self, partner, company, ask, payment_term):
        """What the order asks for, with the payment terms that it would have."""
        # sudo: what was agreed upon with a customer binds whoever may not read it
        agreed = partner.sudo().with_company(company).property_payment_term_id
        term = agreed
        if payment_term:
            term = self.env["account.payment.term"].sudo().browse(int(self._number(payment_term, "payment_term")))
            if not term.exists() or term.company_id not in (company, term.company_id.browse()):
                raise Refusal("unknown_payment_term", self.env._("There are no payment terms %s.", payment_term))
        wanted = self.env["credit.policy.rule"]._is_used("agreed_terms")
        return Document(
            ask,
            ask,
            payment_term=term.id or None,
            terms=term._credit_days() if term else 0,
            agreed_terms=agreed._credit_days() if agreed and wanted else None,
        )

    def _profiles(self, partners, company):
        """``{partner id: profile}`` of those who are under control, with sudo."""
        found = self.env["credit.profile"]._of((partner.id, company.id) for partner in partners)
        return {partner_id: profile for (partner_id, _company), profile in found.items() if profile}

    # -- what is answered ----------------------------------------------------------------------------

    def _uncontrolled(self, company, document):
        """The verdict on a customer who is not under control, by the company's setting."""
        action = company.sudo().credit_unknown_action
        if action == "allow":
            return Verdict("pass", (), Position(fields.Date.today()), document)
        finding = Finding("unknown_customer", "none", action=action)
        return Verdict(action, (finding,), Position(fields.Date.today()), document)

    def _reasons(self, verdict, currency):
        """What stands against the order: code, consequence, sentence and overage of each finding."""
        explain = self.env["credit.decision"]._explain
        found = [finding for finding in verdict.findings if GRAVITY[finding.action]]
        return [
            {
                "code": finding.kind,
                "action": finding.action,
                "message": " ".join(explain([finding], verdict.position, verdict.document, currency)),
                "overage": finding.overage,
            }
            for finding in found
        ]

    @api.model
    def _named(self, partner):
        # sudo: name and reference of a customer whom the caller has named, or whose profile he sees
        partner = partner.sudo()
        return {"id": partner.id, "name": partner.name or "", "ref": partner.ref or None}

    @api.model
    def _figures(self, profile, position):
        """The figures of ``position``, in the currency of the company; as of now."""

        def money(amount):
            return rounded(amount, position.rounding)

        return {
            "status": status(position, profile.policy_id.near_percent / 100.0),
            "limit": money(position.limit) if position.limit_status == "valid" else None,
            "limit_status": position.limit_status,
            "limit_until": _day(position.limit_until),
            "cover": money(position.cover),
            "exposure": money(position.exposure),
            "receivable": money(position.receivable),
            "draft_invoice": money(position.draft_invoice),
            "order_open": money(position.order),
            "available": position.available,
            "usage": position.usage if position.limit_status == "valid" else None,
            "overdue": money(max(position.overdue, 0.0)),
            "oldest_due": _day(position.oldest_due),
            "on_hold": position.on_hold,
            **self._rated(profile),
            "as_of": _stamp(fields.Datetime.now()),
        }

    @api.model
    def _rated(self, profile):
        # sudo: grade and score are for everybody who sees the profile
        grade = profile.sudo().grade_id
        return {"grade": grade.code or None, "score": profile.score if grade else None}

    # -- going on where one was ----------------------------------------------------------------------

    def _read_cursor(self, cursor):
        """(changed since, when the first page was read, id after which to go on)."""
        now = self.env.cr.now()
        if not cursor:
            return None, now, 0
        try:
            since, began, after = cursor.split("|")
            return _time(since), _time(began) or now, int(after)
        except (ValueError, AttributeError):
            raise Refusal(
                "invalid_value", self.env._("“%s” is no cursor: give what the last call answered.", cursor)
            ) from None


def _write_cursor(since, began, after):
    return "|".join((_stamp(since) or "", _stamp(began) or "", str(after)))


def _time(text):
    return datetime.datetime.fromisoformat(text.removesuffix("Z")) if text else None


def _stamp(moment):
    """A moment in ISO 8601, in UTC; ``None`` where there is none."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _day(day):
    return day.isoformat() if day else None
