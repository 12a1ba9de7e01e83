# Part of credit_management. License LGPL-3.0 or later.
"""Early warnings: what each kind of alert looks at, and the life of an alert.

How it works: a *kind* reads the :class:`Facts` of a customer and yields a :class:`Reading` for each cause: what was
measured, whether that is an alert, and whether it has eased so far that an alert goes again. The second bound lies a
margin below the first, so that a figure which wavers around one of them raises nobody's alarm twice. :func:`follow`
lays the readings beside the alerts that stand, and says what becomes of each.

>>> rule = AlertRule("limit_usage", percent=80.0, margin=5.0)
>>> [reading] = readings(rule, Facts(datetime.date(2026, 6, 30), usage=0.81))
>>> reading.measured, reading.threshold, reading.breached
(81.0, 80.0, True)
>>> [step.action for step in follow([reading], {}, datetime.date(2026, 6, 30))]
['raise']

To add a kind, write one function and register it with :func:`alert_kind`: the models, views and tests read everything
else from the registry. What is not known is ``None`` in the facts, and no reading: unknown alarms nobody.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from . import _
from .forecast import WEEKS

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

Severity = Literal["info", "warning", "critical"]
Unit = Literal["amount", "percent", "days", "points", "none"]
State = Literal["open", "acknowledged", "snoozed"]
Action = Literal["raise", "keep", "wake", "resolve"]

# from the mildest to the gravest
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

# a change by less than this share of the bound is no news of an alert that somebody knows of
NEWS = 0.1
# so many snapshots are a history to compare with
HISTORY = 10
# orders are looked at for so many days
ORDER_DAYS = 14
# so many earlier orders say what is usual
ORDERS = 3


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert rule of a policy. Which parameters count is said by its kind.

    ``margin`` is how far, in percent of the bound, a figure has to come back for the alert to go. ``key`` is the
    caller's own number for the rule.
    """

    kind: str
    percent: float = 0.0
    amount: float = 0.0
    days: int = 0
    points: float = 0.0
    margin: float = 5.0
    key: int = 0


@dataclass(frozen=True, slots=True)
class Then:
    """The figures of a customer as a snapshot kept them."""

    overdue: float = 0.0
    payment_index: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A confirmed order of the last :data:`ORDER_DAYS`, with what was usual before: the median value of earlier ones
    (``None`` where they are too few), and the days since the one before it (``None`` for the first)."""

    id: int
    name: str
    value: float
    usual: float | None
    silence: int | None


@dataclass(frozen=True, slots=True)
class Adverse:
    """A record against the customer that is in force."""

    id: int
    name: str
    known_on: datetime.date


@dataclass(frozen=True, slots=True)
class Ending:
    """A guarantee with a last day, and how many days before it somebody is to be told."""

    id: int
    name: str
    until: datetime.date
    warn_days: int


@dataclass(frozen=True, slots=True)
class Joint:
    """A group, told of by the one of its members who stands for all."""

    id: int
    name: str
    usage: float  # of the joint limit, a part of 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What alerts look at, of one customer on one day. Amounts in the currency of the customer's profile."""

    as_of: datetime.date
    usage: float | None = None  # of the limit in force, a part of 1
    room: float | None = None  # left of the limit in force; negative when exceeded
    exposure: float = 0.0
    limit_until: datetime.date | None = None  # last day of the limit in force, or of the last one
    forecast_on: datetime.date | None = None  # when the next two were forecast
    breach: datetime.date | None = None  # when the expected exposure exceeds the limit
    forecast_usage: float | None = None  # the most of the limit that is expected to be used, a part of 1
    overdue: float = 0.0
    overdue_days: int = 0
    late_before: bool | None = None  # whether anything was ever paid late
    payment_index: float | None = None
    index_trend: float | None = None
    dso: float | None = None
    dso_usual: float | None = None  # mean of the customer's own snapshots of a year …
    dso_spread: float | None = None  # … their standard deviation …
    dso_known: int = 0  # … and how many they are
    then: Mapping[int, Then] | None = None  # so many days ago
    notches: int | None = None  # by which the last assessment was worse than the one before; negative: better
    graded_on: datetime.date | None = None
    grades: str = ""  # "A → B"
    statement_end: datetime.date | None = None
    next_review: datetime.date | None = None
    adverse: tuple[Adverse, ...] = ()
    endings: tuple[Ending, ...] = ()
    orders: tuple[Order, ...] = ()
    joint: Joint | None = None
    book: float | None = None  # exposure of all the company's customers


@dataclass(frozen=True, slots=True)
class Reading:
    """What a kind found of one cause.

    ``cause`` names it within the rule: empty for the customer as such, else like ``order:17``. Within the margin it is
    neither breached nor eased. ``news`` is by how much worse it has to get to be told again; ``None``: never.
    """

    cause: str
    unit: Unit
    measured: float
    threshold: float
    breached: bool
    eased: bool
    news: float | None = None
    before: float | None = None  # what the measured figure was, or is usually
    name: str = ""
    date: datetime.date | None = None


Check = Callable[[AlertRule, Facts], Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class AlertKind:
    """A kind of alert: its name on screen, its parameters, its function, and which facts it looks at.

    ``confidential``: what it says is for analysts only. ``whole_book``: it compares a customer with all others, and is
    judged when everybody has been looked at.
    """

    code: str
    label: str
    help: str
    check: Check
    parameters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    confidential: bool = False
    whole_book: bool = False


ALERT_KINDS: dict[str, AlertKind] = {}


def alert_kind(
    code: str,
    label: str,
    help: str,
    parameters: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    confidential: bool = False,
    whole_book: bool = False,
) -> Callable[[Check], Check]:
    """Register the decorated function as an alert kind."""

    def register(check: Check) -> Check:
        ALERT_KINDS[code] = AlertKind(code, label, help, check, parameters, needs, confidential, whole_book)
        return check

    return register


def readings(rule: AlertRule, facts: Facts) -> list[Reading]:
    """What ``rule`` finds in ``facts``.

    :raises KeyError: its kind is not registered
    """
    return list(ALERT_KINDS[rule.kind].check(rule, facts))


def _above(
    rule: AlertRule,
    unit: Unit,
    measured: float,
    threshold: float,
    *,
    cause: str = "",
    strict: bool = False,
    before: float | None = None,
    name: str = "",
    date: datetime.date | None = None,
) -> Reading:
    """The reading of a figure that is worse the higher it is; ``strict``: the bound itself is still fine."""
    measured, threshold = round(measured, 6), round(threshold, 6)
    band = abs(threshold) * rule.margin / 100.0
    breached = measured > threshold if strict else measured >= threshold
    eased = not breached and measured <= round(threshold - band, 6)
    news = max(band, abs(threshold) * NEWS) or None
    return Reading(cause, unit, measured, threshold, breached, eased, news, before, name, date)


def _within(
    unit: Unit, measured: float, threshold: float, *, cause: str, name: str = "", date: datetime.date | None = None
) -> Reading:
    """The reading of something that is near: the fewer days are left the worse. Time does not waver."""
    breached = measured <= threshold
    return Reading(cause, unit, measured, threshold, breached, not breached, None, None, name, date)


def _both(reading: Reading, other: Reading) -> Reading:
    """``reading``, which is an alert only while the ``other`` one is too."""
    return replace(reading, breached=reading.breached and other.breached, eased=reading.eased or other.eased)


# -- the limit ---------------------------------------------------------------------------------------


@alert_kind(
    "limit_usage",
    _("Usage of the limit"),
    _("The customer uses this share of the limit, or more."),
    ("percent",),
)
def _limit_usage(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.usage is not None:
        yield _above(rule, "percent", 100.0 * facts.usage, rule.percent)


@alert_kind("over_limit", _("Over limit"), _("The customer owes, or has ordered, more than the limit."))
def _over_limit(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.room is None:
        return
    # the margin is a share of the limit, which is what usage says
    near = facts.usage is not None and 100.0 * facts.usage > 100.0 - rule.margin
    over = facts.room < 0
    ceiling = facts.exposure / facts.usage if facts.usage else 0.0
    yield Reading("", "amount", -facts.room, 0.0, over, not over and not near, max(NEWS * ceiling, 0.01))


@alert_kind("limit_ending", _("Limit ends"), _("The limit ends within so many days, or has ended."), ("days",))
def _limit_ending(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.limit_until is not None:
        left = (facts.limit_until - facts.as_of).days
        yield _within("days", left, rule.days, cause=f"limit:{facts.limit_until}", date=facts.limit_until)


@alert_kind(
    "forecast_breach",
    _("Limit will be reached"),
    _(
        "By the nightly forecast the exposure exceeds the limit within so many days. Where that is because the limit"
        " ends, “Limit ends” tells of it."
    ),
    ("days",),
)
def _forecast_breach(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.forecast_on is None:
        return
    breach = facts.breach
    if breach and facts.limit_until and breach > facts.limit_until:
        breach = None
    # once the limit is exceeded, that is told by a kind of its own; what was forecast stands as long as it is true
    over = facts.room is not None and facts.room < 0
    if breach is not None:
        left = (breach - facts.as_of).days
        breached, eased = left <= rule.days, left > rule.days * (1.0 + rule.margin / 100.0)
    else:
        # a day that comes and goes with a few coins does not waver in amount
        left = 7 * WEEKS
        breached, eased = False, 100.0 * (facts.forecast_usage or 0.0) <= 100.0 - rule.margin
    yield Reading("", "days", left, rule.days, breached and not over, eased and not over, date=breach)


@alert_kind(
    "guarantee_ending",
    _("Guarantee ends"),
    _("A guarantee ends within the days that it says itself (“Warn before”)."),
    needs=("guarantees",),
)
def _guarantee_ending(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    for ending in facts.endings:
        left = (ending.until - facts.as_of).days
        cause = f"guarantee:{ending.id}"
        yield _within("days", left, ending.warn_days, cause=cause, name=ending.name, date=ending.until)


@alert_kind(
    "group_usage",
    _("Usage of the group's limit"),
    _("The customer's group uses this share of its joint limit, or more. Told once, of one of its members."),
    ("percent",),
    needs=("groups",),
)
def _group_usage(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.joint:
        cause = f"group:{facts.joint.id}"
        yield _above(rule, "percent", 100.0 * facts.joint.usage, rule.percent, cause=cause, name=facts.joint.name)


@alert_kind(
    "concentration",
    _("Concentration"),
    _("The customer owes this share, or more, of what all customers of the company owe and have ordered."),
    ("percent",),
    whole_book=True,
)
def _concentration(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.book:
        yield _above(rule, "percent", 100.0 * facts.exposure / facts.book, rule.percent)


# -- payment -----------------------------------------------------------------------------------------


@alert_kind(
    "overdue_days",
    _("Overdue for days"),
    _("An item has been due for more than so many days, and more than the amount is overdue in all."),
    ("days", "amount"),
)
def _overdue_days(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    yield _both(
        _above(rule, "days", facts.overdue_days, rule.days, strict=True),
        _above(rule, "amount", facts.overdue, rule.amount, strict=True),
    )


@alert_kind("overdue_amount", _("Overdue amount"), _("More than the amount is overdue."), ("amount",))
def _overdue_amount(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    yield _above(rule, "amount", facts.overdue, rule.amount, strict=True)


@alert_kind(
    "first_overdue",
    _("Overdue for the first time"),
    _("Something is overdue of a customer who never was late in the last 24 months; more than the amount."),
    ("amount",),
)
def _first_overdue(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.late_before is False:
        yield _above(rule, "amount", facts.overdue, rule.amount, strict=True)


@alert_kind(
    "overdue_growing",
    _("Overdue is growing"),
    _("More is overdue than so many days ago: by the percentage, and by the amount at least."),
    ("days", "percent", "amount"),
    needs=("then",),
)
def _overdue_growing(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    then = (facts.then or {}).get(rule.days)
    if then is not None:
        bound = max(rule.amount, rule.percent / 100.0 * then.overdue)
        yield _above(rule, "amount", facts.overdue - then.overdue, bound, strict=True, before=then.overdue)


@alert_kind(
    "index_falling",
    _("Payment index is falling"),
    _("The payment index has fallen by so many points within so many days."),
    ("points", "days"),
    needs=("then",),
    confidential=True,
)
def _index_falling(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.payment_index is None:
        return
    then = (facts.then or {}).get(rule.days)
    if then is not None and then.payment_index is not None:
        fall, before = then.payment_index - facts.payment_index, then.payment_index
    elif facts.index_trend is not None:
        # no snapshot goes back so far: the trend over 6 months, which invoices tell
        fall, before = -facts.index_trend, facts.payment_index - facts.index_trend
    else:
        return
    yield _above(rule, "points", fall, rule.points, before=before)


@alert_kind(
    "dso_drifting",
    _("Days outstanding drift"),
    _(
        "Days sales outstanding are above the customer's own mean of a year: by so many times their standard deviation,"
        " and so many days at least."
    ),
    ("points", "days"),
    needs=("dso",),
    confidential=True,
)
def _dso_drifting(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.dso is None or facts.dso_usual is None or facts.dso_known < HISTORY:
        return
    bound = max(float(rule.days), rule.points * (facts.dso_spread or 0.0))
    yield _above(rule, "days", facts.dso - facts.dso_usual, bound, strict=True, before=facts.dso_usual)


# -- what is known -----------------------------------------------------------------------------------


@alert_kind(
    "grade_drop",
    _("Grade has dropped"),
    _("The last assessment was worse than the one before, by so many notches, and not older than so many days."),
    ("points", "days"),
    needs=("grades",),
)
def _grade_drop(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.notches is None or facts.graded_on is None:
        return
    recent = (facts.as_of - facts.graded_on).days <= rule.days
    dropped = recent and facts.notches >= rule.points and facts.notches > 0
    yield Reading(
        f"grade:{facts.graded_on}", "points", facts.notches, rule.points, dropped, not dropped, name=facts.grades,
        date=facts.graded_on,
    )  # fmt: skip


@alert_kind(
    "adverse_record",
    _("Adverse record"),
    _("A record against the customer became known within so many days, and is in force."),
    ("days",),
    needs=("adverse",),
    confidential=True,
)
def _adverse_record(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    for record in facts.adverse:
        age = (facts.as_of - record.known_on).days
        yield _within("days", age, rule.days, cause=f"record:{record.id}", name=record.name, date=record.known_on)


@alert_kind(
    "statement_old",
    _("Statement out of date"),
    _("The latest statement is of a period that ended more than so many days ago."),
    ("days",),
    needs=("statements",),
    confidential=True,
)
def _statement_old(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.statement_end is not None:
        age = (facts.as_of - facts.statement_end).days
        old = age > rule.days
        yield Reading("", "days", age, rule.days, old, not old, date=facts.statement_end)


@alert_kind(
    "review_due",
    _("Review due"),
    _("The customer is to be reviewed within so many days, by the cycle of the grade."),
    ("days",),
    confidential=True,
)
def _review_due(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    if facts.next_review is not None:
        left = (facts.next_review - facts.as_of).days
        yield _within("days", left, rule.days, cause=f"review:{facts.next_review}", date=facts.next_review)


# -- orders ------------------------------------------------------------------------------------------


@alert_kind(
    "order_unusual",
    _("Unusual order"),
    _(
        "An order of the last two weeks has this size or more, in percent of what is usual for the customer, and comes"
        " to more than the amount."
    ),
    ("percent", "amount"),
    needs=("orders",),
)
def _order_unusual(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    for order in facts.orders:
        if order.usual and order.value > rule.amount:
            share = round(100.0 * order.value / order.usual, 2)
            unusual = share >= rule.percent
            yield Reading(
                f"order:{order.id}", "percent", share, rule.percent, unusual, not unusual, before=order.usual,
                name=order.name,
            )  # fmt: skip


@alert_kind(
    "order_after_silence",
    _("Order after long silence"),
    _("An order of the last two weeks is the first one since so many days or more."),
    ("days",),
    needs=("orders",),
)
def _order_after_silence(rule: AlertRule, facts: Facts) -> Iterator[Reading]:
    for order in facts.orders:
        if order.silence is not None:
            silent = order.silence >= rule.days
            yield Reading(f"order:{order.id}", "days", order.silence, rule.days, silent, not silent, name=order.name)


# -- the life of an alert ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that was raised and has not been resolved. ``told`` is what was measured when people last heard."""

    state: State = "open"
    told: float = 0.0
    snoozed_until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a cause."""

    action: Action
    cause: str
    reading: Reading | None = None


def follow(found: Iterable[Reading], standing: Mapping[str, Standing], today: datetime.date) -> list[Step]:
    """What becomes of each cause of one rule: of those ``found``, and of those that alerts are ``standing`` for.

    - ``raise``: there is a new alert;
    - ``keep``: it stands as it is, with the figures of today;
    - ``wake``: it is to be looked at again, as it got worse since somebody acknowledged it, or as its snooze is over;
    - ``resolve``: its cause is gone.
    """
    by_cause = {reading.cause: reading for reading in found}
    steps = [
        Step("raise", cause, reading)
        for cause, reading in by_cause.items()
        if cause not in standing and reading.breached
    ]
    for cause, alert in standing.items():
        reading = by_cause.get(cause)
        if reading is None or reading.eased:
            steps.append(Step("resolve", cause, reading))
        elif reading.breached and _is_news(alert, reading, today):
            steps.append(Step("wake", cause, reading))
        else:
            steps.append(Step("keep", cause, reading))
    return steps


def _is_news(alert: Standing, reading: Reading, today: datetime.date) -> bool:
    if alert.state == "snoozed":
        return alert.snoozed_until is None or alert.snoozed_until <= today
    return (
        alert.state == "acknowledged"
        and reading.news is not None
        and reading.measured - alert.told >= reading.news - 1e-9
    )
