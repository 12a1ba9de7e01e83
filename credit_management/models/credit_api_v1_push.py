# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; what other systems hand in is a concept of its own
"""What other systems hand in: statements, records, scores, limits and guarantees, payment history.

How it works: an item is checked and turned into the values of a record before anything is stored. Then all items of a
call are stored in one savepoint; where one fails they are stored by halves, down to the one that can't be, which is
answered with the reason and leaves nothing behind. Each item has a reference of its own in its source system, by which
it is found again (``credit.external.reference``): handed in again as it was, it changes nothing; otherwise it is
changed, as far as the user could do so himself. Nothing here grants, activates or releases anything.
"""

import base64
import datetime
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from .credit_api_v1 import Refusal, answering
from .credit_external_reference import digest
from .credit_monitor import CLASHES

_logger = logging.getLogger(__name__)

ANALYST = "credit_management.group_analyst"


class Key(NamedTuple):
    """A key of an item: the method that reads its value, and whether it has to be there."""

    read: str
    required: bool = False


STATEMENT = {
    "period": Key("_text", True),
    "date_start": Key("_day"),
    "date_end": Key("_day", True),
    "currency": Key("_currency_id", True),
    "unit": Key("_unit"),
    "audited": Key("_flag"),
    "auditor": Key("_text"),
    "consolidated": Key("_flag"),
    "source": Key("_text"),
    "figures": Key("_numbers", True),
    "document": Key("_file"),
    "document_name": Key("_text"),
    "shared": Key("_flag"),
}
RECORD = {
    "kind": Key("_text", True),
    "title": Key("_text", True),
    "date": Key("_day", True),
    "date_until": Key("_day"),
    "adverse": Key("_flag"),
    "severity": Key("_text"),
    "source": Key("_text"),
    "currency": Key("_currency_id"),
    "amount": Key("_amount"),
    "note": Key("_text"),
    "document": Key("_file"),
    "document_name": Key("_text"),
    "shared": Key("_flag"),
}
SCORE = {
    "bureau": Key("_text", True),
    "title": Key("_text"),
    "date": Key("_day", True),
    "date_until": Key("_day"),
    "score": Key("_amount", True),
    "score_worst": Key("_amount", True),
    "score_best": Key("_amount", True),
    "adverse": Key("_flag"),
    "severity": Key("_text"),
    "note": Key("_text"),
    "document": Key("_file"),
    "document_name": Key("_text"),
    "shared": Key("_flag"),
}
GUARANTEE = {
    "kind": Key("_text", True),
    "number": Key("_text", True),
    "amount": Key("_amount", True),
    "currency": Key("_currency_id"),
    "coverage": Key("_amount"),
    "effect": Key("_text"),
    "date_start": Key("_day", True),
    "date_end": Key("_day"),
    "note": Key("_text"),
}
LIMIT = {
    "kind": Key("_text"),
    "amount": Key("_amount"),
    "unlimited": Key("_flag"),
    "date_start": Key("_day"),
    "date_end": Key("_day"),
    "note": Key("_text"),
}
INVOICE = {
    "invoice": Key("_text", True),
    "date_invoice": Key("_day", True),
    "date_due": Key("_day", True),
    "date_settled": Key("_day"),
    "currency": Key("_currency_id"),
    "amount": Key("_amount", True),
    "disputed": Key("_flag"),
}


class Item(NamedTuple):
    """An item that may be stored: where it stands in the call, its reference, and the values of its record."""

    place: int
    reference: str
    values: dict[str, Any]


class Kind(NamedTuple):
    """What can be handed in; references are unique within ``name``. ``values`` turns what was read into the values of
    a record, and ``settled`` says which records stay as they are."""

    name: str
    model: str
    keys: dict[str, Key]
    values: Callable[..., dict[str, Any]]
    settled: Callable[[Any], bool] = lambda record: False


class CreditApiV1(models.AbstractModel):
    _inherit = "credit.api.v1"

    @api.model
    @answering
    def push_statements(self, source, items, company=None, confirm=False):
        """Hand in financial statements, as drafts.

        :param source: the system that hands them in
        :param items: up to 1000; see ``docs/api.md`` for the keys of each
        :param company: the id of the company that alone may use them; the user's own by default
        :param confirm: confirm those whose totals don't contradict their parts, in the user's name
        :return: ``results``, for each item in the same order: ``result`` (created, updated, unchanged) and the ``id``
            of the record, or ``error`` and ``message``
        :raises AccessError: the user is no credit analyst
        """
        kind = Kind(
            "statement", "credit.statement", STATEMENT, self._statement, lambda statement: statement.state != "draft"
        )

        def finish(statements):
            if confirm:
                statements.filtered(lambda statement: statement.state == "draft").action_confirm()

        return self._push(kind, source, items, company, finish)

    @api.model
    @answering
    def push_records(self, source, items, company=None):
        """Hand in credit records: loans, lawsuits, references, visits, … See :meth:`push_statements`."""
        return self._push(Kind("record", "credit.record", RECORD, self._record), source, items, company)

    @api.model
    @answering
    def push_bureau_scores(self, source, items, company=None):
        """Hand in scores of credit bureaus, each a record of its own. See :meth:`push_statements`."""
        return self._push(Kind("bureau_score", "credit.record", SCORE, self._score), source, items, company)

    @api.model
    @answering
    def push_guarantees(self, source, items, company=None):
        """Hand in what others stand for: insured limits, guarantees of banks, deposits, collateral. They are drafts,
        and count when a credit manager has activated them. See :meth:`push_statements`."""
        kind = Kind(
            "guarantee", "credit.guarantee", GUARANTEE, self._guarantee, lambda guarantee: guarantee.state != "draft"
        )
        return self._push(kind, source, items, company)

    @api.model
    @answering
    def push_limits(self, source, items, company=None):
        """Ask for limits that another system proposes. They are requests, decided on like all others. See
        :meth:`push_statements`."""
        kind = Kind("limit", "credit.limit", LIMIT, self._limit, lambda limit: not limit.is_waiting)
        return self._push(kind, source, items, company)

    @api.model
    @answering
    def push_payment_history(self, source, items, company=None):
        """Hand in invoices that are in no accounting here, and when they were paid: they count in the customer's
        payment behaviour, and nowhere else. See :meth:`push_statements`."""
        kind = Kind("invoice", "credit.payment.history", INVOICE, self._invoice)
        return self._push(kind, source, items, company, lambda history: history._profiles()._refresh_behaviour())

    # -- storing -------------------------------------------------------------------------------------

    def _push(self, kind, source, items, company, finish=None):
        """:param finish: called with all records of a savepoint once they are stored, those unchanged included"""
        if not self.env.user.has_group(ANALYST):
            raise AccessError(self.env._("Only credit analysts hand in what is known of customers."))
        company = self._company(company)
        source = self._text(source, "source")
        items = self._list(items, "items")
        results = [None] * len(items)
        good = list(self._read_items(kind, source, items, company, results))
        self.with_company(company)._store(kind, company, source, good, results, finish)
        return {"results": results}

    def _store(self, kind, company, source, items, results, finish):
        """Store ``items``: all at once, or by halves where one of them fails."""
        if not items:
            return
        try:
            with self.env.cr.savepoint():
                stored = list(self._store_all(kind, company, source, items))
                if finish:
                    finish(self.env[kind.model].union(*(record for _item, _word, record in stored)))
                self.env.flush_all()
        except CLASHES:
            # the caller's items are all right: somebody else was at the same rows, and the whole call begins anew
            raise
        except Exception as error:
            # whatever was read within the savepoint may be untrue now
            self.env.invalidate_all(flush=False)
            if len(items) > 1:
                half = len(items) // 2
                self._store(kind, company, source, items[:half], results, finish)
                self._store(kind, company, source, items[half:], results, finish)
                return
            [item] = items
            results[item.place] = {"reference": item.reference, **self._refusal(kind, error).answer()}
            return
        for item, word, record in stored:
            results[item.place] = {"reference": item.reference, "ok": True, "result": word, "id": record.id}

    def _store_all(self, kind, company, source, items):
        """(item, what became of it, its record) of each."""
        # sudo: what records are called elsewhere is the server's own; the records are the user's
        known = (
            self.env["credit.external.reference"]
            .sudo()
            ._claim(company, kind, source, [item.reference for item in items])
        )
        model = self.env[kind.model]
        there = model.browse(row.res_id for row in known.values() if row.res_id).exists().grouped("id")
        new = []
        for item in items:
            row, mark = known[item.reference], digest(item.values)
            record = there.get(row.res_id)
            if record is None:
                new.append((item, row, mark))
            elif row.digest == mark:
                yield item, "unchanged", record
            else:
                if kind.settled(record):
                    raise Refusal(
                        "settled",
                        self.env._(
                            "“%s” is settled and stays as it is. Hand in another one, under a reference of its own.",
                            record.display_name,
                        ),
                    )
                self._update(record, item.values)
                row._note(record, mark)
                yield item, "updated", record
        records = self._create(model, company, source, [item.values for item, _row, _mark in new])
        for (item, row, mark), record in zip(new, records, strict=True):
            row._note(record, mark)
            yield item, "created", record

    def _create(self, model, company, source, vals_list):
        if model._name != "credit.payment.history" or not vals_list:
            return model.create(vals_list)
        numbers = [values["name"] for values in vals_list]
        known = model._known(company, {values["partner_id"] for values in vals_list}, numbers)
        for values in vals_list:
            if reason := known.get((values["partner_id"], values["name"])):
                raise Refusal(
                    "known_already", self.env._("Invoice “%(name)s”: %(why)s.", name=values["name"], why=reason)
                )
        imported = self.env["credit.payment.import"].create({"name": source, "company_id": company.id})
        return model.create([dict(values, import_id=imported.id) for values in vals_list])

    def _update(self, record, values):
        if record._name == "credit.payment.history":
            # lines of history are not edited, but deleted and imported anew: who may do that may have it done
            record.check_access("unlink")
            record = record.sudo()
        # what stays the same is not written: some of it may not be, such as whose limit it is
        same = record._convert_to_write({name: record[name] for name in values})
        record.write({name: value for name, value in values.items() if same[name] != value})

    def _refusal(self, kind, error):
        """What to answer where an item could not be stored."""
        if isinstance(error, Refusal):
            return error
        if isinstance(error, AccessError):
            return Refusal("access_denied", str(error))
        if isinstance(error, UserError | ValueError):
            return Refusal("invalid_value", str(error))
        if isinstance(error, psycopg2.IntegrityError):
            return Refusal("invalid_value", self.env[kind.model]._sql_error_to_message(error))
        _logger.error("an item for %s could not be stored", kind.model, exc_info=error)
        return Refusal("internal_error", self.env._("This could not be stored. The server's log says more."))

    # -- reading -------------------------------------------------------------------------------------

    def _read_items(self, kind, source, items, company, results):
        """The items that may be stored; those that can't be are answered in ``results``."""
        namings = [item.get("customer") if isinstance(item, dict) else None for item in items]
        customers = self._customers(namings, company)
        found = self.env["res.partner"].union(*(one for one in customers if not isinstance(one, Refusal)))
        profiles = self._profiles(found, company)
        seen = set()
        read = []
        for place, (item, customer) in enumerate(zip(items, customers, strict=True)):
            try:
                reference, values = self._read_item(kind, item)
                if reference in seen:
                    raise Refusal("duplicate_reference", self.env._("“%s” is there twice.", reference))
                seen.add(reference)
                if isinstance(customer, Refusal):
                    raise customer
                values = kind.values(values, customer, profiles.get(customer.id), company, source)
                self._check_choices(kind, values)
                read.append(Item(place, reference, values))
            except Refusal as refusal:
                reference = item.get("reference") if isinstance(item, dict) else None
                results[place] = {
                    "reference": reference if isinstance(reference, str) else None,
                    **refusal.answer(),
                }
        return read

    def _read_item(self, kind, item):
        """(reference, values by key) of an item."""
        if not isinstance(item, dict):
            raise Refusal("invalid_value", self.env._("An item is a set of keys and values."))
        reference = self._text(item.get("reference"), "reference")
        given = {key: value for key, value in item.items() if value is not None}
        for key in set(given) - set(kind.keys) - {"reference", "customer"}:
            raise Refusal("unknown_key", self.env._("There is no key “%s” here.", key))
        for key, (_read, required) in kind.keys.items():
            if required and key not in given:
                raise Refusal("missing_key", self.env._("“%s” is missing.", key))
        return reference, {
            key: getattr(self, kind.keys[key].read)(value, key) for key, value in given.items() if key in kind.keys
        }

    def _check_choices(self, kind, values):
        """What is chosen from a list is on it."""
        for name, value in values.items():
            field = self.env[kind.model]._fields[name]
            if field.type == "selection" and value not in field.get_values(self.env):
                raise Refusal(
                    "invalid_value",
                    self.env._(
                        "“%(name)s” is one of %(choices)s, not “%(value)s”.",
                        name=name,
                        choices=", ".join(field.get_values(self.env)),
                        value=value,
                    ),
                )

    def _text(self, value, name):
        if not isinstance(value, str) or not value.strip():
            raise Refusal("invalid_value", self.env._("“%s” is a text that is not empty.", name))
        return value.strip()

    def _amount(self, value, name):
        return self._number(value, name)

    def _flag(self, value, name):
        if not isinstance(value, bool):
            raise Refusal("invalid_value", self.env._("“%s” is true or false.", name))
        return value

    def _day(self, value, name):
        if isinstance(value, datetime.date):
            return fields.Date.to_string(value)
        try:
            return datetime.date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            raise Refusal(
                "invalid_value", self.env._("“%(name)s” is a day such as 2026-01-31, not “%(value)s”.",
                                            name=name, value=value)
            ) from None  # fmt: skip

    def _file(self, value, name):
        try:
            base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            raise Refusal("invalid_value", self.env._("“%s” is a file in base64.", name)) from None
        return value

    def _numbers(self, value, name):
        if not isinstance(value, dict):
            raise Refusal("invalid_value", self.env._("“%s” is a set of keys and numbers.", name))
        return {code: self._number(number, code) for code, number in value.items() if number is not None}

    def _unit(self, value, name):
        return str(int(self._number(value, name)))

    def _currency_id(self, value, name):
        return self._currency(value).id

    # -- what becomes of it --------------------------------------------------------------------------

    def _known_to(self, values, customer, company):
        """The values that all information on a customer has."""
        values = dict(values)
        shared = values.pop("shared", False)
        if "note" in values:
            values["note"] = plaintext2html(values["note"])
        if "currency" in values:
            values["currency_id"] = values.pop("currency")
        return values | {"partner_id": customer.id, "company_id": False if shared else company.id}

    def _statement(self, values, customer, profile, company, source):
        return {"source": source} | self._known_to(values, customer, company)

    def _record(self, values, customer, profile, company, source):
        return {"source": source, "currency_id": company.currency_id.id} | self._known_to(values, customer, company)

    def _score(self, values, customer, profile, company, source):
        values = dict(values)
        bureau = values.pop("bureau")
        title = {"title": self.env._("Score of %s", bureau)}
        return title | self._known_to(values, customer, company) | {"kind": "bureau", "source": bureau}

    def _guarantee(self, values, customer, profile, company, source):
        values = dict(values)
        return {
            "name": values.pop("number"),
            "profile_id": self._controlled(customer, profile),
            "currency_id": values.pop("currency", company.currency_id.id),
            **values,
        }

    def _limit(self, values, customer, profile, company, source):
        if ("amount" in values) == values.get("unlimited", False):
            raise Refusal("missing_key", self.env._("A limit has an amount, or is unlimited: one of the two."))
        return {"profile_id": self._controlled(customer, profile), "note": source, "amount": 0.0, **values}

    def _controlled(self, customer, profile):
        if not profile:
            raise Refusal(
                "not_under_control",
                self.env._("“%s” is not under credit control here, so there is nothing to add to.", customer.name),
            )
        return profile.id

    def _invoice(self, values, customer, profile, company, source):
        values = dict(values)
        currency = self.env["res.currency"].browse(values.pop("currency", company.currency_id.id))
        amount = values["amount"] * self._rate_on(currency, company, fields.Date.to_date(values["date_invoice"]))
        return values | {
            "name": values.pop("invoice"),
            "partner_id": customer.id,
            "amount": company.currency_id.round(amount),
        }
