# Part of credit_management. License LGPL-3.0 or later.
"""Past orders judged again, by any policy, on what was known of the customer when each of them came.

How it works: what happened with a customer (:class:`History`) is swept in the order of time. Whenever an order comes
up, each policy (:class:`Contender`) judges it with :func:`.rules.evaluate`, the very function of the live check. The
position it is judged on is

- *frozen*: the one that the decision of that day kept, where there is one; or
- *reconstructed*: receivables from dated postings and reconciliations, orders from when they were confirmed and
  invoiced, limits and guarantees from their validity. What nobody wrote down stays out of it, and :data:`NOTES` says
  so wherever something is known to be missing.

By default history stays as it happened: an order that a policy would have held counts in the positions of later ones
all the same, as it does in frozen positions. Otherwise (``held_stay=False``) what a policy would have held is left
out of what it sees afterwards: the order, its invoices, and what was paid for them.

Days of postings have no hour: what is dated on the day of an order was there before it, except its own invoices.
All amounts are in the currency of the credit profile.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from heapq import heappop, heappush
from itertools import accumulate
from operator import methodcaller
from typing import Any, Literal, NamedTuple

from . import _
from .limits import Granted, Guarantee, covers, in_force
from .position import EVERYTHING, Counting, Document, Position
from .rules import KNOWN_FACTS, Finding, Rule, Verdict, evaluate

Source = Literal["frozen", "reconstructed"]
Note = Literal["grace", "counting", "small", "limit", "order", "group", "held", "facts", "document"]
Settlement = Literal["paid", "credited", "written_off"]

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

# What keeps a position from being exactly the one of that day, in words.
NOTES: Mapping[Note, str] = {
    "grace": _("The policy has other days of grace: what was overdue by them was reckoned from dated postings."),
    "counting": _("The policy counts other orders: which ones, the delivery dates that they have today told."),
    "small": _("Small documents were added up as the policy would have let them pass."),
    "limit": _("There was no limit yet: the first one granted later was taken."),
    "order": _("The order changed, or was invoiced, in ways that have no date."),
    "group": _("The joint limit of the customer's group was left out."),
    "facts": _("Rules on grade, payment index, terms and the like were left out: what these were then is not kept."),
    "held": _("Without the earlier orders that the policy would have held."),
    "document": _(
        "What was prepaid, and the payment terms, were not kept: they were told from the order's amounts and from the"
        " order as it is today."
    ),
}

# … and those of them that are gaps; the others say that dated postings stand in for what was kept
GAPS: frozenset[Note] = frozenset({"counting", "limit", "order", "group", "facts"})

# kinds of rules that look at what no date tells of the past, and of those the ones that no decision keeps either
UNDATED = frozenset({*KNOWN_FACTS, "largest_document", "payment_terms", "agreed_terms"})
UNKEPT = frozenset({"agreed_terms"})
# … and those that have nothing to say where a document is to be paid at once
TERMS = frozenset({"payment_terms", "agreed_terms"})
# kinds that look at more of a document than its amounts
TOLD = frozenset({"prepaid", "payment_term", "payment_terms"})

AFTER = 365  # days in which a customer's invoices tell what became of him


class Small(NamedTuple):
    """The exemption of small documents: up to ``amount`` each, ``cap`` in all within ``days``."""

    amount: float
    cap: float
    days: int


@dataclass(frozen=True, slots=True)
class Contender:
    """A policy in a replay: its rules, and what of it positions depend on."""

    rules: tuple[Rule, ...]
    grace_days: int = 0
    small: Small | None = None
    counting: Counting = EVERYTHING

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values; what there is not is left out."""
        values: dict[str, Any] = {
            "rules": [
                {key: sorted(value) if isinstance(value, frozenset) else value for key, value in asdict(rule).items()}
                for rule in self.rules
            ],
            "grace_days": self.grace_days,
        }
        if self.small is not None:
            values["small"] = self.small
        if self.counting != EVERYTHING:
            values["counting"] = self.counting
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Contender:
        """The inverse of :meth:`to_json`."""
        sets = {each.name for each in fields(Rule) if each.default == frozenset()}

        def rule(known: Mapping[str, Any]) -> Rule:
            given: dict[str, Any] = {key: frozenset(each) if key in sets else each for key, each in known.items()}
            return Rule(**given)

        rules = tuple(rule(known) for known in values["rules"])
        small = Small(*values["small"]) if "small" in values else None
        return cls(rules, values["grace_days"], small, Counting(*values.get("counting", EVERYTHING)))


class Entry(NamedTuple):
    """A posted receivable item; ``balance`` is negative for payments and credit notes."""

    item: int
    move: int
    date: datetime.date
    due: datetime.date
    balance: float
    invoice: bool = False


class Match(NamedTuple):
    """A reconciliation of two items. ``short`` is the part of it that was never paid, though marked as such."""

    debit: int
    credit: int
    date: datetime.date
    amount: float
    settlement: Settlement = "paid"
    short: float = 0.0


class Billing(NamedTuple):
    """What a posted invoice (credit notes: negative) billed of an order."""

    order: int
    move: int
    date: datetime.date
    amount: float


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a decision kept. ``grace_days``, ``small`` and ``counting`` are those of the policy that it was made by;
    ``party`` what stood against an ordering party that is not the one invoiced. ``inferred``: of the document it kept
    the amounts only."""

    position: Position
    grace_days: int = 0
    small: Small | None = None
    party: tuple[Finding, ...] = ()
    counting: Counting = EVERYTHING
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order of the past.

    ``confirmed`` is when it began to count (``None``: it never did), ``standing`` what it then still had to bill,
    ``delivery`` when that was to be delivered (``None``: at once).
    ``document`` is what it asks for when it is judged at ``moment``; without one it only counts for the others.
    """

    order: int
    moment: datetime.datetime
    standing: float = 0.0
    confirmed: datetime.datetime | None = None
    document: Document | None = None
    frozen: Frozen | None = None
    delivery: datetime.date | None = None
    undated: bool = False  # it was changed or invoiced in ways that have no date


@dataclass(slots=True)
class History:
    """What happened with one customer, in any order.

    Entries that were settled in full before the first order to be judged may be left out, on both sides of a match.
    """

    rounding: float = 0.01
    entries: list[Entry] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    billings: list[Billing] = field(default_factory=list)
    orders: list[PastOrder] = field(default_factory=list)
    limits: list[Granted] = field(default_factory=list)
    guarantees: list[Guarantee] = field(default_factory=list)
    grouped: bool = False  # he belongs to a group with a joint limit


@dataclass(frozen=True, slots=True)
class Replayed:
    """An order as each contender would have judged it."""

    order: PastOrder
    source: Source
    verdicts: tuple[Verdict, ...]
    notes: tuple[tuple[Note, ...], ...]


# -- what is open, day by day ------------------------------------------------------------------------


class _Overdue:
    """What is overdue of a customer by certain days of grace, while time goes on."""

    def __init__(self, grace_days: int, residuals: Mapping[int, float]) -> None:
        self._grace = datetime.timedelta(days=grace_days)
        self._residuals = residuals
        self._waiting: list[tuple[datetime.date, int]] = []
        self._oldest: list[tuple[datetime.date, int]] = []
        self._items: set[int] = set()
        self.amount = 0.0

    def add(self, due: datetime.date, item: int) -> None:
        heappush(self._waiting, (due, item))

    def change(self, item: int, amount: float) -> None:
        if item in self._items:
            self.amount += amount

    def at(self, day: datetime.date, rounding: float) -> tuple[float, datetime.date | None]:
        """The amount and the oldest due date; days never go back."""
        while self._waiting and self._waiting[0][0] + self._grace < day:
            due, item = heappop(self._waiting)
            self._items.add(item)
            self.amount += self._residuals[item]
            if self._residuals[item] > 0:
                heappush(self._oldest, (due, item))
        while self._oldest and self._residuals[self._oldest[0][1]] < rounding / 2:
            heappop(self._oldest)
        return self.amount, self._oldest[0][0] if self._oldest else None


class Ledger:
    """Receivables and open orders of a customer, kept up while time goes on."""

    def __init__(self, graces: Sequence[int], rounding: float) -> None:
        self._rounding = rounding
        self._residuals: dict[int, float] = {}
        self._open: dict[int, float] = {}
        self._deliveries: dict[int, datetime.date] = {}
        self._overdue = {grace: _Overdue(grace, self._residuals) for grace in graces}
        self.receivable = 0.0
        self.order = 0.0

    def post(self, entry: Entry) -> None:
        """An item is posted."""
        self._residuals[entry.item] = entry.balance
        self.receivable += entry.balance
        for overdue in self._overdue.values():
            overdue.add(entry.due, entry.item)

    def match(self, match: Match) -> None:
        """Two items settle each other. One that is not here was settled, or left out, with the other side's part."""
        for item, change in ((match.debit, -match.amount), (match.credit, match.amount)):
            if item in self._residuals:
                self._residuals[item] += change
                self.receivable += change
                for overdue in self._overdue.values():
                    overdue.change(item, change)

    def confirm(self, order: int, amount: float, delivery: datetime.date | None = None) -> None:
        """An order begins to count, with what it has to bill."""
        self._open[order] = amount
        if delivery is not None:
            self._deliveries[order] = delivery
        self.order += max(0.0, amount)

    def bill(self, order: int, amount: float) -> None:
        """A part of an order is invoiced (negative: given back)."""
        if order in self._open:
            before = self._open[order]
            self._open[order] = before - amount
            self.order += max(0.0, before - amount) - max(0.0, before)

    def left_out(self, day: datetime.date, counting: Counting) -> float:
        """What of the orders does not count on ``day``. What was delivered of them by then is not known."""
        if counting.orders != "horizon":
            return self.order - counting.of_order(self.order, 0.0, 0)
        dates = ((order, due) for order, due in self._deliveries.items() if self._open[order] > 0)
        return sum(
            self._open[order] - counting.of_order(self._open[order], 0.0, (due - day).days) for order, due in dates
        )

    def overdue(self, day: datetime.date, grace_days: int) -> tuple[float, datetime.date | None]:
        """What is overdue on ``day``, and the oldest due date of it."""
        return self._overdue[grace_days].at(day, self._rounding)


# -- replaying ---------------------------------------------------------------------------------------

# within a moment: what has no hour, then the judgement of an order, then what follows from the order
_ENTRY, _JUDGE, _CONFIRM, _BILL, _OWN_ENTRY, _MATCH = range(6)


class _Event(NamedTuple):
    moment: datetime.datetime
    rank: int
    key: int
    what: Entry | Match | Billing | PastOrder


def replay(history: History, contenders: Sequence[Contender], *, held_stay: bool = True) -> Iterator[Replayed]:
    """Judge the orders of ``history`` that have a document, in the order of time, by each of ``contenders``.

    :param held_stay: whether what a contender would have held counts in later positions all the same
    """
    return _Replay(history, contenders, held_stay).run()


class _Replay:
    def __init__(self, history: History, contenders: Sequence[Contender], held_stay: bool) -> None:
        self._history = history
        self._contenders = contenders
        graces = sorted({contender.grace_days for contender in contenders})
        self._all = Ledger(graces, history.rounding)
        # what each contender sees of the world, where the ones it would have held are not in it
        self._own = [Ledger(graces, history.rounding) for _each in contenders] if not held_stay else []
        self._held: list[set[int]] = [set() for _each in contenders]
        self._small: list[deque[tuple[datetime.date, float]]] = [deque() for _each in contenders]
        self._orders_of: dict[int, list[int]] = defaultdict(list)
        for billing in history.billings:
            self._orders_of[billing.move].append(billing.order)

    def run(self) -> Iterator[Replayed]:
        for event in self._events():
            what = event.what
            if isinstance(what, Entry):
                self._each(methodcaller("post", what), self._orders_of.get(what.move))
            elif isinstance(what, Match):
                self._each(methodcaller("match", what))
            elif isinstance(what, Billing):
                self._each(methodcaller("bill", what.order, what.amount), [what.order])
            elif event.rank == _CONFIRM:
                self._each(methodcaller("confirm", what.order, what.standing, what.delivery), [what.order])
            else:
                yield self._judge(what)

    def _each(self, change: Callable[[Ledger], None], orders: Sequence[int] | None = None) -> None:
        """Make a change in all ledgers, but not where all the ``orders`` that it is about were held."""
        change(self._all)
        for ledger, held in zip(self._own, self._held, strict=False):
            if not orders or not held.issuperset(orders):
                change(ledger)

    def _events(self) -> list[_Event]:
        history = self._history
        confirmed = {order.order: order.confirmed for order in history.orders if order.confirmed}
        posted: dict[int, datetime.datetime] = {}
        events: list[_Event] = []
        for entry in history.entries:
            since = max((confirmed[order] for order in self._orders_of.get(entry.move, ()) if order in confirmed),
                        default=None)  # fmt: skip
            # an order comes before its invoices, also on the same day
            moment = _start(entry.date) if since is None else max(since, _start(entry.date))
            posted[entry.item] = moment
            events.append(_Event(moment, _ENTRY if since is None else _OWN_ENTRY, entry.item, entry))
        for match in history.matches:
            sides = [posted[item] for item in (match.debit, match.credit) if item in posted]
            moment = max(_start(match.date), *sides) if sides else _start(match.date)
            events.append(_Event(moment, _MATCH, match.debit, match))
        for billing in history.billings:
            if billing.order in confirmed:
                moment = max(confirmed[billing.order], _start(billing.date))
                events.append(_Event(moment, _BILL, billing.order, billing))
        for order in history.orders:
            if order.document is not None:
                events.append(_Event(order.moment, _JUDGE, order.order, order))
            if order.confirmed is not None:
                events.append(_Event(order.confirmed, _CONFIRM, order.order, order))
        # the rest of an event has no order; those that are alike in all of this are alike for the ledger
        return sorted(events, key=lambda event: event[:3])

    def _judge(self, order: PastOrder) -> Replayed:
        assert order.document is not None
        verdicts, notes = [], []
        for number in range(len(self._contenders)):
            position, missing = self._position(number, order)
            party = order.frozen.party if order.frozen else ()
            rules = [rule for rule in self._contenders[number].rules if rule.kind not in _untold(order)]
            if len(rules) < len(self._contenders[number].rules):
                missing = (*missing, "facts")
            if order.frozen and order.frozen.inferred and any(rule.kind in TOLD for rule in rules):
                missing = (*missing, "document")
            verdict = evaluate(position, self._document(number, order), rules, party)
            if verdict.exemption == "small_document":
                self._small[number].append((position.as_of, verdict.document.ask))
            if not verdict.stands:
                self._held[number].add(order.order)
            verdicts.append(verdict)
            notes.append(missing)
        return Replayed(order, "frozen" if order.frozen else "reconstructed", tuple(verdicts), tuple(notes))

    def _document(self, number: int, order: PastOrder) -> Document:
        """What ``order`` asks for, by what counts for contender ``number``."""
        assert order.document is not None
        document, counting = order.document, self._contenders[number].counting
        known = order.frozen.counting if order.frozen else EVERYTHING
        if counting == known:
            return document
        whole = document.ask if known == EVERYTHING else document.amount - document.prepaid
        ahead = (order.delivery - order.moment.date()).days if order.delivery else 0
        return replace(document, ask=counting.of_order(whole, 0.0, ahead))

    def _position(self, number: int, order: PastOrder) -> tuple[Position, tuple[Note, ...]]:
        """What contender ``number`` is to judge ``order`` on, and what it lacks."""
        contender, frozen = self._contenders[number], order.frozen
        notes: list[Note] = []
        if frozen is None:
            position = self._reconstructed(order, contender, notes)
        else:
            position = frozen.position
            if contender.grace_days != frozen.grace_days:
                overdue, oldest = self._all.overdue(position.as_of, contender.grace_days)
                position = replace(position, overdue=overdue, oldest_due=oldest)
                notes.append("grace")
            if contender.counting != frozen.counting:
                position = replace(position, left_out=self._left_out(position, contender.counting))
                if contender.counting.orders == "horizon":
                    notes.append("counting")
        if contender.small is not None and (frozen is None or contender.small != frozen.small):
            position = replace(position, small_documents=self._small_documents(number, position.as_of))
            notes.append("small")
        if self._own and self._held[number]:
            position = self._without_held(number, position)
            notes.append("held")
        return position, tuple(notes)

    def _reconstructed(self, order: PastOrder, contender: Contender, notes: list[Note]) -> Position:
        history, day = self._history, order.moment.date()
        limit = in_force(history.limits, day)
        if history.limits and all(granted.start > day for granted in history.limits):
            limit = in_force(history.limits, min(granted.start for granted in history.limits))
            notes.append("limit")
        added, lowered = covers(history.guarantees, day)
        overdue, oldest = self._all.overdue(day, contender.grace_days)
        if order.undated:
            notes.append("order")
        if history.grouped:
            notes.append("group")
        if contender.counting.orders != "all":
            notes.append("counting")
        return Position(
            as_of=day,
            rounding=history.rounding,
            receivable=self._all.receivable,
            order=self._all.order,
            left_out=self._all.left_out(day, contender.counting),
            overdue=overdue,
            oldest_due=oldest,
            limit=limit.amount,
            limit_status=limit.status,
            limit_until=limit.until,
            cover_added=added,
            cover_lowered=lowered,
        )

    def _left_out(self, position: Position, counting: Counting) -> float:
        """What of a kept position would not have counted by another policy than the one that kept it."""
        draft = 0.0 if counting.drafts else position.draft_invoice
        open_order = position.order - position.order_delivered
        later = self._all.left_out(position.as_of, counting) if counting.orders == "horizon" else open_order
        match counting.orders:
            case "all":
                return draft
            case "none":
                return draft + position.order
        return draft + min(later, open_order)

    def _without_held(self, number: int, position: Position) -> Position:
        own, grace, day = self._own[number], self._contenders[number].grace_days, position.as_of
        counting = self._contenders[number].counting
        overdue, _oldest = self._all.overdue(day, grace)
        own_overdue, own_oldest = own.overdue(day, grace)
        return replace(
            position,
            receivable=position.receivable + own.receivable - self._all.receivable,
            order=position.order + own.order - self._all.order,
            left_out=position.left_out + own.left_out(day, counting) - self._all.left_out(day, counting),
            overdue=position.overdue + own_overdue - overdue,
            oldest_due=own_oldest,
        )

    def _small_documents(self, number: int, day: datetime.date) -> float:
        small, passed = self._contenders[number].small, self._small[number]
        assert small is not None
        while passed and passed[0][0] <= day - datetime.timedelta(days=small.days):
            passed.popleft()
        return sum(amount for _day, amount in passed)


def _untold(order: PastOrder) -> frozenset[str]:
    """Kinds of rules that have to be left out, as nothing tells what they look at."""
    assert order.document is not None
    untold = UNKEPT if order.frozen else UNDATED
    if order.document.agreed_known:
        untold -= {"agreed_terms"}
    return untold if order.document.terms else untold - TERMS


def _start(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time.min)


# -- what became of it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of invoices, as known on a day.

    ``invoiced`` is less credit notes. ``late`` was paid late, ``unpaid`` is overdue or was written off: together never
    more than ``due``, the part of it that was to be paid by the day. ``days_late`` is their mean, weighted by amount,
    negative when early; of what is unpaid, the days so far. ``None`` where nothing was due yet.
    """

    invoiced: float = 0.0
    due: float = 0.0
    late: float = 0.0
    unpaid: float = 0.0
    day_amounts: float = 0.0  # days late × amount

    @property
    def days_late(self) -> float | None:
        """Mean days late by amount."""
        return self.day_amounts / self.due if self.due > 0 else None

    @property
    def late_share(self) -> float | None:
        """The part of what was due that was paid late or not at all, 0 to 1."""
        return min(1.0, (self.late + self.unpaid) / self.due) if self.due > 0 else None

    def plus(self, other: Aftermath, share: float = 1.0) -> Aftermath:
        """Both together, of the other one only a share."""
        return Aftermath(
            self.invoiced + other.invoiced * share,
            self.due + other.due * share,
            self.late + other.late * share,
            self.unpaid + other.unpaid * share,
            self.day_amounts + other.day_amounts * share,
        )

    def minus(self, other: Aftermath) -> Aftermath:
        """This without the other one."""
        return self.plus(other, -1.0)


class Aftermaths:
    """What became of a customer's invoices until a day: by order, and of all that came after an order.

    :param late_after: days past due from which on a payment is late
    """

    def __init__(self, history: History, until: datetime.date, late_after: int = 0) -> None:
        matches = defaultdict(list)
        for match in history.matches:
            if match.date <= until:
                matches[match.debit].append(match)
        moves: dict[int, Aftermath] = defaultdict(Aftermath)
        totals: dict[int, float] = defaultdict(float)
        dated: list[tuple[datetime.date, Aftermath]] = []
        for entry in history.entries:
            if entry.invoice and entry.balance > 0 and entry.date <= until:
                found = _aftermath(entry, matches[entry.item], until, late_after, history.rounding)
                moves[entry.move] = moves[entry.move].plus(found)
                totals[entry.move] += entry.balance
                dated.append((entry.date, found))
        self._by_order: dict[int, Aftermath] = defaultdict(Aftermath)
        for billing in history.billings:
            if billing.amount > 0 and totals.get(billing.move):
                share = min(1.0, billing.amount / totals[billing.move])
                self._by_order[billing.order] = self._by_order[billing.order].plus(moves[billing.move], share)
        dated.sort(key=lambda each: each[0])
        self._days = [day for day, _found in dated]
        self._sums = list(accumulate((found for _day, found in dated), Aftermath.plus, initial=Aftermath()))

    def of_order(self, order: int) -> Aftermath:
        """What became of the invoices of one order."""
        return self._by_order.get(order, Aftermath())

    def since(self, day: datetime.date) -> Aftermath:
        """What became of the customer's invoices issued on the :data:`AFTER` days from ``day`` on."""
        first = bisect_left(self._days, day)
        last = bisect_right(self._days, day + datetime.timedelta(days=AFTER))
        return self._sums[last].minus(self._sums[first])


def _aftermath(
    entry: Entry, matches: Sequence[Match], until: datetime.date, late_after: int, rounding: float
) -> Aftermath:
    invoiced = left = entry.balance
    due = late = unpaid = days = 0.0
    for match in matches:
        left -= match.amount
        if match.settlement == "credited":
            invoiced -= match.amount
            continue
        never = match.amount if match.settlement == "written_off" else match.amount * match.short
        paid, days_late = match.amount - never, (max(match.date, entry.date) - entry.due).days
        due += match.amount
        days += paid * days_late + never * max(0, (until - entry.due).days)
        late += paid if days_late > late_after else 0.0
        unpaid += never
    if left > rounding / 2 and entry.due < until:
        due += left
        days += left * (until - entry.due).days
        unpaid += left if (until - entry.due).days > late_after else 0.0
    return Aftermath(invoiced, due, late, unpaid, days)
