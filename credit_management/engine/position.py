# Part of credit_management. License LGPL-3.0 or later.
"""What is known of a customer (:class:`Position`) and what asks for credit (:class:`Document`).

Both are plain, immutable values. The models build them in batches, :mod:`.rules` judges them, and a
decision keeps a copy of them for ever, so every figure here can be turned into JSON and back.

Amounts are in the currency of the credit profile, which is its company's. They are compared in steps of
that currency's ``rounding`` (0.01 for most), never as bare floats: see :func:`exceeds`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

LimitStatus = Literal["valid", "unlimited", "expired", "none"]
Checkpoint = Literal["quotation", "order", "amendment", "delivery", "invoice"]

# the dates of a position
DATES = ("as_of", "oldest_due", "limit_until", "next_review", "statement_until")

CHECKPOINTS: tuple[Checkpoint, ...] = ("quotation", "order", "amendment", "delivery", "invoice")


def exceeds(amount: float, bound: float, rounding: float) -> bool:
    """Whether ``amount`` is above ``bound`` by at least half a unit of the currency.

    >>> exceeds(100.0, 100.0, 0.01), exceeds(0.1 + 0.2, 0.3, 0.01), exceeds(100.01, 100.0, 0.01)
    (False, False, True)
    """
    return round((amount - bound) / rounding) > 0


def rounded(amount: float, rounding: float) -> float:
    """``amount`` in whole steps of ``rounding``, without a negative zero or a float's tail."""
    digits = max(0, -int(f"{rounding:e}".partition("e")[2]) + 1)
    return round(round(amount / rounding) * rounding, digits) + 0.0


class Counting(NamedTuple):
    """What of the exposure counts against the limit, as a policy has it. Receivables always do.

    ``orders``: all that is confirmed; only what is to be delivered within ``horizon`` days, and what is delivered; only
    what is delivered and not yet invoiced; or none. ``drafts``: draft invoices count.

    Source: SAP credit management, horizon of the open orders; Microsoft Dynamics 365 Finance, credit limit type
    (balance; balance and packing slips; all).
    """

    orders: Literal["all", "horizon", "delivered", "none"] = "all"
    horizon: int = 0
    drafts: bool = True

    def of_order(self, amount: float, delivered: float, ahead: int) -> float:
        """What counts of an order that still bills ``amount``, of it ``delivered`` already, the rest to be delivered in
        ``ahead`` days.

        >>> Counting("horizon", 30).of_order(100.0, 20.0, 31), Counting("none").of_order(100.0, 20.0, 0)
        (20.0, 0.0)
        """
        if self.orders == "all" or (self.orders == "horizon" and ahead <= self.horizon):
            return amount
        return min(delivered, amount) if self.orders != "none" else 0.0


EVERYTHING = Counting()


def uncovered(exposure: float, cover: float) -> float:
    """What of ``exposure`` is left when ``cover`` lowers it; a debt never becomes a credit balance by it."""
    return min(exposure, max(0.0, exposure - cover))


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """The joint side of a customer who belongs to a group: what all its members owe, against their joint limit.

    ``limit`` and ``exposure`` are in the group's ``currency`` (its ISO code). ``rate`` is how much of that a unit of
    the profile's currency is worth, on the day of the position. ``limit`` is ``None`` where the group sets none, and 0
    where the last one ended on ``limit_until``.
    """

    name: str
    currency: str
    limit: float | None = None
    exposure: float = 0.0
    rate: float = 1.0
    rounding: float = 0.01
    limit_until: datetime.date | None = None

    @property
    def room(self) -> float | None:
        """What is left for all members (negative when over it), in the group's currency; ``None``: no joint limit."""
        return None if self.limit is None else rounded(self.limit - self.exposure, self.rounding)

    def plus(self, amount: float) -> GroupPosition:
        """The group with ``amount`` more, in the profile's currency."""
        return replace(self, exposure=self.exposure + amount * self.rate)


@dataclass(frozen=True, slots=True)
class Position:
    """What is known of one customer in one company at one moment.

    A frozen position holds everything a rule may look at, so that a verdict can be repeated later.
    """

    as_of: datetime.date
    rounding: float = 0.01

    # what the customer owes or will owe: disjoint, and they add up
    receivable: float = 0.0
    draft_invoice: float = 0.0
    order: float = 0.0
    order_delivered: float = 0.0  # the part of ``order`` that is delivered and not yet invoiced
    other: float = 0.0  # components that glue addons bring
    left_out: float = 0.0  # the part of all these that does not count by the policy: see :class:`Counting`

    # a property of ``receivable``: what is past its due date and the policy's grace days
    overdue: float = 0.0
    oldest_due: datetime.date | None = None

    # the limit in force on ``as_of`` or, where that has ended ("expired"), the last one
    limit: float = 0.0
    limit_status: LimitStatus = "none"
    limit_until: datetime.date | None = None

    # guarantees valid on ``as_of``: what they add to the limit, and what they take off the exposure
    cover_added: float = 0.0
    cover_lowered: float = 0.0

    # the group that the customer belongs to, if any
    group: GroupPosition | None = None

    # the longest payment terms, in days, that the customer's grade allows; ``None`` where it sets none or is unknown
    terms_ceiling: int | None = None

    # what is known of the customer beside his debts, as it is stored: ``None`` where nothing is. The grade's place in
    # the scale counts from 1, the best; the payment index is 0 to 100; the largest document is of the last two years
    grade: str | None = None
    grade_place: int | None = None
    payment_index: float | None = None
    next_review: datetime.date | None = None
    statement_until: datetime.date | None = None
    largest_document: float | None = None
    account_status: int | None = None
    account_status_name: str | None = None

    on_hold: bool = False
    hold_reason: str = ""
    # kinds of the alerts that hold orders, separated by commas; "*" stands for those that are not everybody's to know
    alerts: str = ""
    # asked under the small-document exemption within its period
    small_documents: float = 0.0

    @property
    def exposure(self) -> float:
        """All that the customer owes or will owe."""
        return self.receivable + self.draft_invoice + self.order + self.other

    @property
    def counted(self) -> float:
        """What of the exposure counts against the limit: all that the policy counts and no guarantee lowers."""
        return uncovered(self.exposure - self.left_out, self.cover_lowered)

    @property
    def cover(self) -> float:
        """What all guarantees come to, whichever way they count."""
        return self.cover_added + self.cover_lowered

    @property
    def ceiling(self) -> float | None:
        """What :attr:`counted` may reach, guarantees that add to the limit included: ``None`` when unlimited, 0
        without a limit in force."""
        if self.limit_status == "unlimited":
            return None
        return self.limit + self.cover_added if self.limit_status == "valid" else 0.0

    @property
    def room(self) -> float | None:
        """What is still free below the ceiling (negative when over it); ``None`` when unlimited."""
        ceiling = self.ceiling
        return None if ceiling is None else rounded(ceiling - self.counted, self.rounding)

    @property
    def available(self) -> float | None:
        """What a document may still ask for: the lower of the own room and the group's, in the currency of the
        profile; ``None`` where both sides are open.

        Source: Microsoft Dynamics 365 Finance, scenarios of how credit limits are determined. There, a limit of 0 may
        mean that none was set; here 0 is 0, and a missing limit gives no room.
        """
        joint = self.group.room if self.group else None
        rooms = [self.room, None if joint is None or self.group is None else joint / self.group.rate]
        return min((rounded(room, self.rounding) for room in rooms if room is not None), default=None)

    @property
    def usage(self) -> float | None:
        """What counts ÷ what it may reach; ``None`` where that means nothing (unlimited, no limit, a limit of 0)."""
        ceiling = self.ceiling
        return self.counted / ceiling if ceiling else None

    @property
    def overdue_share(self) -> float:
        """The part of the receivables that is overdue, 0 to 1."""
        if not exceeds(self.overdue, 0.0, self.rounding):
            return 0.0
        return min(1.0, self.overdue / self.receivable) if self.receivable > 0 else 1.0

    @property
    def overdue_days(self) -> int:
        """Days since the oldest unpaid item fell due; 0 when unallocated money covers all that is overdue."""
        if self.oldest_due is None or not exceeds(self.overdue, 0.0, self.rounding):
            return 0
        return max(0, (self.as_of - self.oldest_due).days)

    def plus(self, document: Document, *, small: bool = False) -> Position:
        """The position once ``document`` stands: what the next one in the same batch is judged on."""
        after = self.plus_amount(document.ask)
        return replace(after, small_documents=self.small_documents + document.ask) if small else after

    def plus_amount(self, amount: float) -> Position:
        """The position with ``amount`` more in orders."""
        group = self.group and self.group.plus(amount)
        return replace(self, order=self.order + amount, group=group)

    def without(self, counted: Mapping[str, float]) -> Position:
        """The position without what a document counts in it already, as ``{component: amount}``."""
        if not counted:
            return self
        group = self.group and self.group.plus(-sum(counted.values()))
        return replace(self, group=group, **{name: getattr(self, name) - amount for name, amount in counted.items()})

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values; dates in ISO form. What is unknown is left out: XML-RPC carries no nulls."""
        known = ((name, getattr(self, name)) for name in self.__slots__)
        values = {name: value for name, value in known if value is not None}
        for name in DATES:
            if name in values:
                values[name] = values[name].isoformat()
        if self.group is not None:
            values["group"] = {name: value for name, value in asdict(self.group).items() if value is not None}
            if self.group.limit_until is not None:
                values["group"]["limit_until"] = self.group.limit_until.isoformat()
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Position:
        """The inverse of :meth:`to_json`; figures that this version does not know are left out."""
        known = {key: value for key, value in values.items() if key in cls.__dataclass_fields__}
        for key in DATES:
            if known.get(key):
                known[key] = datetime.date.fromisoformat(known[key])
        if known.get("group"):
            group = dict(known["group"])
            if group.get("limit_until"):
                group["limit_until"] = datetime.date.fromisoformat(group["limit_until"])
            known["group"] = GroupPosition(**group)
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Document:
    """What asks for credit at a checkpoint.

    ``ask`` is what the document would add to the exposure that counts, beyond what the position already holds, less
    what has been paid for it. ``amount`` is the whole document, for rules on its size. ``terms`` are the days from its
    invoice to the last due date, 0 for at once; ``agreed_terms`` those that were agreed upon with the customer,
    ``None`` where nothing was. They are looked up only where a rule asks for them, which ``agreed_known`` says.
    """

    ask: float
    amount: float
    checkpoint: Checkpoint = "order"
    prepaid: float = 0.0
    payment_term: int | None = None
    terms: int = 0
    agreed_terms: int | None = None
    agreed_known: bool = False

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values. What is unknown is left out: XML-RPC carries no nulls."""
        known = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value for name, value in known if value is not None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Document:
        """The inverse of :meth:`to_json`; figures that this version does not know are left out."""
        return cls(**{name: value for name, value in values.items() if name in cls.__dataclass_fields__})


Status = Literal["ok", "near", "over", "overdue", "expired", "none", "hold"]


def status(position: Position, near: float = 0.8) -> Status:
    """The one word for a position, the gravest first; ``near`` is the usage from which amber begins."""
    if position.on_hold:
        return "hold"
    room = position.room
    if position.limit_status == "valid" and room is not None and exceeds(0.0, room, position.rounding):
        return "over"
    if exceeds(position.overdue, 0.0, position.rounding):
        return "overdue"
    if position.limit_status in ("expired", "none"):
        return "expired" if position.limit_status == "expired" else "none"
    usage = position.usage
    return "near" if usage is not None and usage >= near else "ok"
