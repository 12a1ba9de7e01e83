# Part of credit_management. License LGPL-3.0 or later.
"""The limit to recommend for a customer, and what a limit amounts to with guarantees and within a group.

How it works: several methods each estimate a limit from what is known of the customer (:class:`Basis`). The known
estimates are combined, the result is scaled by the limit factor of the customer's grade, capped, and rounded down to
a step. :func:`recommend` returns every one of these steps with the figures it used, so that the breakdown can be
shown, kept, and understood without the customer's data of that day.

To add a method, write one function and register it with :func:`limit_method`: models and views read the rest from
the registry. All amounts are in the currency of the credit profile.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, median
from typing import Any, Literal, NamedTuple

from . import _
from .position import LimitStatus, rounded, uncovered

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

Combination = Literal["min", "mean", "median"]
LimitKind = Literal["standard", "replace", "top_up"]
Stage = Literal["method", "combine", "grade", "cap", "round"]

COMBINATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {"min": min, "mean": fmean, "median": median}

# how far below a round figure, relatively, floats may leave what is meant to be one
TAIL = 1e-12

# Why an amount is what it is, where the figures alone don't say so.
REASONS: Mapping[str, str] = {
    "unknown": _("Figures it needs are not known."),
    "few_peers": _("There are too few peers with a limit to compare with."),
    "few_methods": _("Fewer methods than the policy asks for have the figures they need."),
    "no_grade": _("The customer has no grade yet."),
    "negative_net_worth": _("The customer owes more than he owns."),
    "negative_working_capital": _("Short-term debts are larger than short-term assets."),
    "nothing_sold": _("The customer has no turnover."),
    "no_need": _("Nothing is expected to be sold to him on credit."),
    "nothing_on_time": _("The customer has paid nothing on time so far."),
    "grade_without_credit": _("The grade gives no credit."),
    "capped_at_zero": _("A cap leaves nothing."),
    "below_step": _("Less than one rounding step is left."),
}

# The figures that a step of a breakdown may use, in words and in the order to show them; see Step.figures.
FIGURES: Mapping[str, str] = {
    "net_worth": _("net worth"),
    "tangible_net_worth": _("tangible net worth"),
    "working_capital": _("working capital"),
    "turnover": _("turnover"),
    "forecast": _("sales expected"),
    "tax": _("tax"),
    "terms": _("days of credit"),
    "horizon": _("days of the forecast"),
    "repaid": _("paid on time at most"),
    "peers": _("comparable customers"),
    "known": _("methods with figures"),
    "needed": _("methods needed"),
    "factor": _("factor of the grade"),
    "cap": _("cap"),
    "step": _("step"),
}
# Those of them that are amounts.
AMOUNTS = frozenset(
    ("net_worth", "tangible_net_worth", "working_capital", "turnover", "forecast", "repaid", "cap", "step")
)
STAGES: Mapping[str, str] = {
    "combine": _("Together"),
    "grade": _("Scaled by the grade"),
    "round": _("Rounded down"),
}
CAPS: Mapping[str, str] = {
    "absolute": _("Cap of the policy"),
    "equity": _("Cap by our own equity"),
    "need": _("Not above the need"),
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What the methods know of a customer. ``None`` is unknown, which is not 0."""

    net_worth: float | None = None  # equity of the last statement
    tangible_net_worth: float | None = None  # equity less intangible assets
    working_capital: float | None = None  # current assets less current liabilities
    turnover: float | None = None  # sales of a year
    forecast: float | None = None  # our sales to him expected over the policy's horizon, before tax
    tax: float = 0.0  # tax on them, a fraction
    terms: float | None = None  # payment terms in days
    repaid: float | None = None  # see :func:`.payment.repaid_on_time`
    peers: tuple[float, ...] = ()  # limits, or exposures, of comparable customers


@dataclass(frozen=True, slots=True)
class Formula:
    """A policy's choice of how a limit is reckoned. Shares are fractions of 1.

    :raises ValueError: a method or combination does not exist, or a share, horizon or step makes no sense
    """

    methods: tuple[str, ...] = ("net_worth", "working_capital", "tangible", "need")
    combine: Combination = "min"
    least_methods: int = 1  # how many methods must know their figures

    net_worth_share: float = 0.10
    working_capital_share: float = 0.20
    tangible_share: float = 0.35
    turnover_share: float = 0.05
    history_share: float = 1.0
    horizon: int = 365  # days that the forecast is for
    least_peers: int = 3

    cap: float | None = None  # never more than this
    own_equity: float | None = None  # our own, for the next
    equity_share: float | None = None  # never more than this share of our own equity
    within_need: bool = False  # never more than the customer needs, however good he is
    step: float | None = None  # ``None``: two leading digits
    rounding: float = 0.01  # of the currency

    def __post_init__(self) -> None:
        unknown = [code for code in self.methods if code not in LIMIT_METHODS]
        if unknown or not self.methods:
            raise ValueError(f"No such method: {', '.join(unknown)}." if unknown else "A formula needs a method.")
        if self.combine not in COMBINATIONS:
            raise ValueError(f"No such combination: {self.combine}.")
        shares = (
            self.net_worth_share, self.working_capital_share, self.tangible_share, self.turnover_share,
            self.history_share, self.equity_share or 0.0, self.cap or 0.0,
        )  # fmt: skip
        if min(shares) < 0:
            raise ValueError("Shares and caps are not below 0.")
        if self.horizon <= 0 or self.rounding <= 0 or (self.step is not None and self.step <= 0):
            raise ValueError("The horizon and the rounding steps are above 0.")
        if self.equity_share is not None and self.own_equity is None:
            raise ValueError("A share of our own equity needs our own equity.")

    def to_json(self) -> dict[str, Any]:
        """All choices as JSON values."""
        return {**asdict(self), "methods": list(self.methods)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Formula:
        """The inverse of :meth:`to_json`; choices that this version does not know are left out."""
        known = {key: value for key, value in values.items() if key in cls.__dataclass_fields__}
        if "methods" in known:
            known["methods"] = tuple(known["methods"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one method says: an amount, ``None`` where its figures are unknown, and the figures it used."""

    amount: float | None
    figures: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


Method = Callable[[Basis, Formula], Estimate]


@dataclass(frozen=True, slots=True)
class LimitMethod:
    """A way to estimate a limit: its name on screen and its function."""

    code: str
    label: str
    help: str
    estimate: Method


LIMIT_METHODS: dict[str, LimitMethod] = {}


def limit_method(code: str, label: str, help: str) -> Callable[[Method], Method]:
    """Register the decorated function as a method."""

    def register(estimate: Method) -> Method:
        LIMIT_METHODS[code] = LimitMethod(code, label, help, estimate)
        return estimate

    return register


# -- methods -----------------------------------------------------------------------------------------


@limit_method("net_worth", _("Net worth"), _("A share of the customer's equity."))
def _net_worth(basis: Basis, formula: Formula) -> Estimate:
    """10 % of net worth (checksure.biz)."""
    return _share("net_worth", basis.net_worth, formula.net_worth_share, "negative_net_worth")


@limit_method("working_capital", _("Working capital"), _("A share of current assets less current liabilities."))
def _working_capital(basis: Basis, formula: Formula) -> Estimate:
    """20 % of working capital (checksure.biz)."""
    return _share("working_capital", basis.working_capital, formula.working_capital_share, "negative_working_capital")


@limit_method(
    "tangible",
    _("Tangible net worth and turnover"),
    _("A share of equity without intangible assets, or of turnover, whichever is less."),
)
def _tangible(basis: Basis, formula: Formula) -> Estimate:
    """The lower of 35 % of tangible net worth and 5 % of turnover, for a middling grade (mydsomanager.com)."""
    worth = _share("tangible_net_worth", basis.tangible_net_worth, formula.tangible_share, "negative_net_worth")
    sales = _share("turnover", basis.turnover, formula.turnover_share, "nothing_sold")
    figures = {**worth.figures, **sales.figures}
    for side in (worth, sales):
        if side.amount == 0:
            return Estimate(0.0, figures, side.reason)  # whatever the other side is
    if worth.amount is None or sales.amount is None:
        return Estimate(None, figures, "unknown")
    return Estimate(min(worth.amount, sales.amount), figures)


@limit_method("need", _("Need"), _("What he will owe if he buys as forecast and pays on the day."))
def _need(basis: Basis, formula: Formula) -> Estimate:
    """Forecast × (1 + tax) × terms ÷ horizon (academy.highako.com; creditmanagement-tools.com)."""
    if basis.forecast is None or basis.terms is None:
        figures = {"forecast": basis.forecast, "terms": basis.terms}
        return Estimate(None, {key: value for key, value in figures.items() if value is not None}, "unknown")
    amount = max(0.0, basis.forecast) * (1.0 + basis.tax) * max(0.0, basis.terms) / formula.horizon
    return Estimate(
        amount,
        {"forecast": basis.forecast, "tax": basis.tax, "terms": basis.terms, "horizon": float(formula.horizon)},
        "" if amount else "no_need",
    )


@limit_method("history", _("Own payment history"), _("The most that he has owed us at one time and paid on time."))
def _history(basis: Basis, formula: Formula) -> Estimate:
    return _share("repaid", basis.repaid, formula.history_share, "nothing_on_time")


@limit_method("peers", _("Peers"), _("The median of comparable customers."))
def _peers(basis: Basis, formula: Formula) -> Estimate:
    figures = {"peers": float(len(basis.peers))}
    if len(basis.peers) < max(1, formula.least_peers):
        return Estimate(None, figures, "few_peers" if basis.peers else "unknown")
    return Estimate(max(0.0, median(basis.peers)), figures)


def _share(name: str, value: float | None, share: float, reason: str) -> Estimate:
    """``share`` of ``value``; nothing, for ``reason``, where that is 0 or less."""
    if value is None:
        return Estimate(None, {}, "unknown")
    figures = {name: value, f"{name}_share": share}
    return Estimate(value * share, figures) if value > 0 else Estimate(0.0, figures, reason)


# -- the recommendation ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a breakdown.

    ``stage`` and ``code`` say what was done (a method's code, the combination, which cap); ``amount`` is where it
    stands after that, for a method what it says by itself. ``reason`` is a key of :data:`REASONS` or empty.
    """

    stage: Stage
    code: str
    amount: float | None
    figures: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """All values as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Step:
        """The inverse of :meth:`to_json`."""
        return cls(**{key: value for key, value in values.items() if key in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The limit recommended, ``None`` where too little is known to recommend any, and how it came about."""

    amount: float | None
    steps: tuple[Step, ...] = ()

    @property
    def reason(self) -> str:
        """Why it is unknown or 0, as a key of :data:`REASONS`; empty for an amount."""
        if self.amount:
            return ""
        return next((step.reason for step in reversed(self.steps) if step.reason and step.amount == self.amount), "")

    def to_json(self) -> dict[str, Any]:
        """The amount and the breakdown as JSON values."""
        return {"amount": self.amount, "steps": [step.to_json() for step in self.steps]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recommendation:
        """The inverse of :meth:`to_json`."""
        return cls(values["amount"], tuple(Step.from_json(step) for step in values["steps"]))


def recommend(basis: Basis, formula: Formula, factor: float | None) -> Recommendation:
    """The limit to recommend, with its breakdown.

    :param factor: limit factor of the customer's grade: 1 for a middling one, 0 for no credit, ``None`` for a
        customer who has no grade, and then gets no recommendation
    :return: an amount in the currency of ``basis``, in whole steps, never above a cap
    :raises ValueError: the factor is below 0
    """
    if factor is not None and factor < 0:
        raise ValueError("A grade's limit factor is not below 0.")
    steps: list[Step] = []
    known: list[float] = []
    for code in formula.methods:
        estimate = LIMIT_METHODS[code].estimate(basis, formula)
        steps.append(Step("method", code, estimate.amount, estimate.figures, estimate.reason))
        if estimate.amount is not None:
            known.append(estimate.amount)
    if len(known) < max(1, formula.least_methods):
        needs = {"known": float(len(known)), "needed": float(max(1, formula.least_methods))}
        return Recommendation(None, (*steps, Step("combine", formula.combine, None, needs, "few_methods")))
    amount = float(COMBINATIONS[formula.combine](known))
    steps.append(Step("combine", formula.combine, amount, {"known": float(len(known))}))
    if factor is None:
        return Recommendation(None, (*steps, Step("grade", "factor", None, {}, "no_grade")))
    amount *= factor
    steps.append(Step("grade", "factor", amount, {"factor": factor}, "" if factor else "grade_without_credit"))
    for code, cap in _caps(basis, formula):
        if cap is None:
            steps.append(Step("cap", code, amount, {}, "unknown"))
        else:
            reason = "capped_at_zero" if amount > 0 and not cap else ""
            amount = min(amount, cap)
            steps.append(Step("cap", code, amount, {"cap": cap}, reason))
    step = max(formula.rounding, formula.step or _step_of(amount, formula.rounding))
    result = _down(amount, step, formula.rounding)
    steps.append(Step("round", "down", result, {"step": step}, "below_step" if amount > 0 and not result else ""))
    return Recommendation(result, tuple(steps))


def _caps(basis: Basis, formula: Formula) -> Iterable[tuple[str, float | None]]:
    """The caps that the formula sets, by code."""
    if formula.cap is not None:
        yield "absolute", formula.cap
    if formula.equity_share is not None and formula.own_equity is not None:
        yield "equity", max(0.0, formula.own_equity * formula.equity_share)
    if formula.within_need:
        yield "need", _need(basis, formula).amount


def _step_of(amount: float, rounding: float) -> float:
    """The step that leaves an amount its two leading digits: 10 for 123, 1,000 for 12,345."""
    if amount <= 0:
        return rounding
    return math.pow(10.0, math.floor(math.log10(amount * (1.0 + TAIL))) - 1)


def _down(amount: float, step: float, rounding: float) -> float:
    """The whole steps in ``amount``; a float's tail below one is no reason to lose it."""
    return rounded(math.floor(amount / step * (1.0 + TAIL)) * step, rounding)


def recommended_terms(ceiling: int | None, asked: int | None = None) -> int | None:
    """Payment terms in days to recommend: what is asked for or usual, up to the ceiling of the customer's grade.

    :param ceiling: the grade's longest terms, 0 for cash only; ``None`` where the grade sets none
    :param asked: the customer's usual terms; ``None`` recommends the ceiling
    :return: days; ``None`` where neither is known
    """
    days = [value for value in (ceiling, asked) if value is not None]
    return min(days) if days else None


# -- the limit in force ------------------------------------------------------------------------------


class Granted(NamedTuple):
    """A limit that was granted. Both dates belong to its validity.

    A ``standard`` one holds until it ends; a temporary one stands in its place (``replace``) or comes on top of it
    (``top_up``). ``revoked``: it was taken away, and ``end`` is its last day.
    """

    kind: LimitKind
    amount: float
    start: datetime.date
    end: datetime.date | None = None
    unlimited: bool = False
    revoked: bool = False

    def holds(self, day: datetime.date) -> bool:
        """Whether it is in force on a day."""
        return self.start <= day and (self.end is None or day <= self.end)


class InForce(NamedTuple):
    """What a customer's limits come to on a day: the amount, or that of the last limit where it has ended.

    ``until`` is the last day on which it comes to that; ``None``: no end is set.
    """

    amount: float = 0.0
    status: LimitStatus = "none"
    until: datetime.date | None = None

    @property
    def amount_given(self) -> float | None:
        """What may be owed by it: ``None`` for any amount, 0 where nothing is in force any more."""
        if self.status == "unlimited":
            return None
        return self.amount if self.status == "valid" else 0.0


def in_force(limits: Iterable[Granted], day: datetime.date) -> InForce:
    """What the granted limits of a customer come to on ``day``.

    Of each kind the one that began last counts. A limit that was revoked leaves none, and no days of grace; one that
    has ended leaves "expired", with the amount that a rule may tolerate for some days. What comes on top counts only
    where there is something beneath it, and where that is unlimited adds nothing.
    """
    last: dict[LimitKind, Granted] = {}
    for limit in limits:
        known = last.get(limit.kind)
        if limit.start <= day and (known is None or limit.start >= known.start):
            last[limit.kind] = limit
    base = last.get("replace")
    if base is None or not base.holds(day):
        base = last.get("standard")
    if base is None or (base.revoked and not base.holds(day)):
        return InForce()
    if not base.holds(day):
        status: LimitStatus = "expired"
    else:
        status = "unlimited" if base.unlimited else "valid"
    top = last.get("top_up")
    if top is None or not top.holds(day) or base.unlimited:
        return InForce(base.amount, status, base.end)
    until = min((end for end in (base.end, top.end) if end is not None), default=None)
    return InForce(base.amount + top.amount, status, until)


# -- guarantees --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Collateral, a bank guarantee, a deposit or insurance; ``amount`` in the currency of the profile.

    ``included``: it lowers exposure instead of adding to the limit. Both dates belong to its validity.
    """

    amount: float
    share: float = 1.0  # of the amount that is covered, 0 to 1
    included: bool = False
    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None

    def cover(self, day: datetime.date) -> float:
        """What it covers on a day."""
        if (self.valid_from and day < self.valid_from) or (self.valid_until and day > self.valid_until):
            return 0.0
        return max(0.0, self.amount * self.share)


@dataclass(frozen=True, slots=True)
class Effective:
    """A limit (``None``: unlimited) and an exposure, once guarantees are taken into account."""

    limit: float | None
    exposure: float

    @property
    def room(self) -> float | None:
        """What is still free, below 0 when over it; ``None`` when unlimited."""
        return None if self.limit is None else self.limit - self.exposure


def covers(guarantees: Iterable[Guarantee], day: datetime.date) -> tuple[float, float]:
    """What guarantees add to the limit, and what they take off the exposure, on a day."""
    sides: dict[bool, list[float]] = {False: [], True: []}
    for guarantee in guarantees:
        sides[guarantee.included].append(guarantee.cover(day))
    return math.fsum(sides[False]), math.fsum(sides[True])


def effective(limit: float | None, exposure: float, guarantees: Iterable[Guarantee], day: datetime.date) -> Effective:
    """Limit and exposure with the guarantees valid on ``day``: granted + guarantee × cover, or exposure less that.

    Source: Microsoft Dynamics 365 Finance, credit information of customers. A guarantee never turns a debt into a
    credit balance: exposure falls to 0 at most.

    :param limit: the granted limit, 0 for no credit, ``None`` for unlimited
    """
    added, lowered = covers(guarantees, day)
    return Effective(
        None if limit is None else limit + added,
        uncovered(exposure, lowered),
    )
