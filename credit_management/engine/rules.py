# Part of credit_management. License LGPL-3.0 or later.
"""Rule kinds, and the judgement of a document against a policy's rules.

How it works: :func:`evaluate` takes the rules in their order. The first *exemption* that holds ends the
matter with a pass, unless the customer is on manual hold, which no exemption overrides. Otherwise every
rule that is violated becomes a :class:`Finding`, and the gravest action among them is the outcome:
pass < warn < hold < refuse.

To add a kind, write one function and register it with :func:`rule_kind`: the models, views and tests read
everything else from the registry.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .position import Checkpoint, Document, Position, exceeds, rounded

Action = Literal["ignore", "warn", "hold", "refuse"]
Outcome = Literal["pass", "warn", "hold", "refuse"]
Unit = Literal["amount", "percent", "days", "points", "none"]

# kinds that hold documents even where a policy has no rule of the kind, and the checkpoints at which they do: what was
# ordered is delivered and invoiced unless the policy says otherwise
ALWAYS = ("manual_hold", "group_limit")
ALWAYS_AT: tuple[Checkpoint, ...] = ("quotation", "order", "amendment")

# how far above a whole step floats may leave what is meant to be one
TAIL = 1e-6

# kinds that look at what is known of the customer, which neither paying nor a smaller document changes at once
KNOWN_FACTS = ("payment_index", "grade", "review_overdue", "statement_age", "account_status")

GRAVITY: dict[str, int] = {"ignore": 0, "pass": 0, "warn": 1, "hold": 2, "refuse": 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a policy. Which parameters count is said by its kind."""

    kind: str
    actions: Mapping[Checkpoint, Action] = field(default_factory=dict)
    percent: float = 0.0
    amount: float = 0.0
    cap: float = 0.0
    days: int = 0
    payment_terms: frozenset[int] = frozenset()
    index: float = 0.0
    grade: str = ""  # the worst that is allowed, and its place in the scale, the best being 1
    grade_place: int = 0
    account_statuses: frozenset[int] = frozenset()
    unknown: bool = False  # whether what isn't known counts as a violation
    key: int = 0  # the caller's own number for the rule

    def action(self, checkpoint: Checkpoint) -> Action:
        """What follows at ``checkpoint`` when the rule is violated."""
        return self.actions.get(checkpoint, "ignore")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was violated: what was measured, what was allowed, and by how much it is exceeded.

    ``measured`` and ``threshold`` are in ``unit``; ``overage`` is always an amount of money, and ``None``
    where the finding has none (then the whole document measures the authority needed to release it).
    """

    kind: str
    unit: Unit
    measured: float = 0.0
    threshold: float = 0.0
    overage: float | None = None
    action: Action = "hold"
    note: str = ""
    key: int = 0

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values; an overage that it has not is left out: XML-RPC carries no nulls."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Finding:
        """The inverse of :meth:`to_json`."""
        return cls(**{key: value for key, value in values.items() if key in cls.__dataclass_fields__})


Check = Callable[[Rule, Position, Document], Finding | None]
Exemption = Callable[[Rule, Position, Document], bool]


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of rule: its name on screen, the parameters it uses, and its function.

    Exactly one of ``check`` and ``exempt`` is set.
    """

    code: str
    label: str
    help: str
    parameters: tuple[str, ...] = ()
    check: Check | None = None
    exempt: Exemption | None = None


RULE_KINDS: dict[str, RuleKind] = {}


def rule_kind(code: str, label: str, help: str, parameters: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Register the decorated function as the check of a rule kind."""

    def register(check: Check) -> Check:
        RULE_KINDS[code] = RuleKind(code, label, help, parameters, check=check)
        return check

    return register


def exemption_kind(
    code: str, label: str, help: str, parameters: tuple[str, ...] = ()
) -> Callable[[Exemption], Exemption]:
    """Register the decorated function as the condition of an exemption."""

    def register(exempt: Exemption) -> Exemption:
        RULE_KINDS[code] = RuleKind(code, label, help, parameters, exempt=exempt)
        return exempt

    return register


# -- checks ------------------------------------------------------------------------------------------


@rule_kind("manual_hold", "Manual hold", "The customer was put on hold by hand.")
def _manual_hold(rule: Rule, position: Position, document: Document) -> Finding | None:
    return Finding("manual_hold", "none", note=position.hold_reason) if position.on_hold else None


@rule_kind("no_limit", "No valid limit", "The customer never had a limit, or has none yet.")
def _no_limit(rule: Rule, position: Position, document: Document) -> Finding | None:
    if position.limit_status != "none" or not exceeds(document.ask, 0.0, position.rounding):
        return None
    total = rounded(position.exposure + document.ask, position.rounding)
    return Finding("no_limit", "amount", total, 0.0, _at_most_the_ask(total, position, document))


@rule_kind(
    "limit_expired", "Limit expired", "The customer's last limit has ended, and the grace days are over.", ("days",)
)
def _limit_expired(rule: Rule, position: Position, document: Document) -> Finding | None:
    if position.limit_status != "expired" or position.limit_until is None:
        return None
    if not exceeds(document.ask, 0.0, position.rounding):
        return None
    elapsed = (position.as_of - position.limit_until).days
    if elapsed <= rule.days:
        return None
    total = rounded(position.exposure + document.ask, position.rounding)
    return Finding("limit_expired", "days", elapsed, rule.days, _at_most_the_ask(total, position, document))


@rule_kind(
    "limit_usage",
    "Limit usage",
    "What the customer owes and has ordered, with this document, is above a share of the limit.",
    ("percent",),
)
def _limit_usage(rule: Rule, position: Position, document: Document) -> Finding | None:
    if position.limit_status not in ("valid", "expired"):
        return None  # without a limit "no valid limit" speaks, and unlimited is unlimited
    if not exceeds(document.ask, 0.0, position.rounding):
        return None  # a document that asks for nothing makes nothing worse
    allowed = rounded((position.limit + position.cover_added) * rule.percent / 100.0, position.rounding)
    total = rounded(position.plus_amount(document.ask).counted, position.rounding)
    if not exceeds(total, allowed, position.rounding):
        return None
    return Finding("limit_usage", "amount", total, allowed, rounded(total - allowed, position.rounding))


@rule_kind(
    "group_limit",
    "Limit of the group",
    "What all members of the customer's group owe and have ordered, with this document, is above their joint limit.",
)
def _group_limit(rule: Rule, position: Position, document: Document) -> Finding | None:
    group = position.group
    if group is None or group.limit is None or not exceeds(document.ask, 0.0, position.rounding):
        return None
    joint = group.plus(document.ask).exposure
    if not exceeds(joint, group.limit, group.rounding):
        return None
    # said, and released, in the currency of the profile
    total = rounded(joint / group.rate, position.rounding)
    allowed = rounded(group.limit / group.rate, position.rounding)
    return Finding(
        "group_limit", "amount", total, allowed, rounded(total - allowed, position.rounding), note=group.name
    )


@rule_kind(
    "oldest_item",
    "Oldest open item",
    "An invoice has been due for longer than the days given.",
    ("days", "amount"),
)
def _oldest_item(rule: Rule, position: Position, document: Document) -> Finding | None:
    days = position.overdue_days
    if days <= rule.days or not exceeds(position.overdue, rule.amount, position.rounding):
        return None
    return Finding("oldest_item", "days", days, rule.days)


@rule_kind("overdue_amount", "Overdue amount", "More than the amount given is overdue.", ("amount",))
def _overdue_amount(rule: Rule, position: Position, document: Document) -> Finding | None:
    if not exceeds(position.overdue, rule.amount, position.rounding):
        return None
    return Finding("overdue_amount", "amount", rounded(position.overdue, position.rounding), rule.amount)


@rule_kind(
    "overdue_share",
    "Overdue share",
    "More than the share given of what the customer owes is overdue.",
    ("percent", "amount"),
)
def _overdue_share(rule: Rule, position: Position, document: Document) -> Finding | None:
    share = round(100.0 * position.overdue_share, 2)
    if share <= rule.percent or not exceeds(position.overdue, rule.amount, position.rounding):
        return None
    return Finding("overdue_share", "percent", share, rule.percent)


@rule_kind(
    "overdue_usage",
    "Overdue and usage",
    "More than the amount given is overdue, and with this document the limit is used above the share given.",
    ("percent", "amount"),
)
def _overdue_usage(rule: Rule, position: Position, document: Document) -> Finding | None:
    if not exceeds(position.overdue, rule.amount, position.rounding):
        return None
    usage = position.plus_amount(document.ask).usage
    if usage is None or round(100.0 * usage, 2) <= rule.percent:
        return None
    return Finding("overdue_usage", "amount", rounded(position.overdue, position.rounding), rule.amount)


@rule_kind(
    "payment_index", "Payment index", "The customer's payment index is below the one given.", ("index", "unknown")
)
def _payment_index(rule: Rule, position: Position, document: Document) -> Finding | None:
    index = position.payment_index
    if index is None:
        return Finding("payment_index", "none", threshold=rule.index) if rule.unknown else None
    return Finding("payment_index", "points", index, rule.index) if index < rule.index else None


@rule_kind("grade", "Grade", "The customer's grade is worse than the one given.", ("grade", "unknown"))
def _grade(rule: Rule, position: Position, document: Document) -> Finding | None:
    place = position.grade_place
    if place is None:
        return Finding("grade", "none", threshold=rule.grade_place, note=rule.grade) if rule.unknown else None
    if place <= rule.grade_place:
        return None
    return Finding("grade", "points", place, rule.grade_place, note=rule.grade)


@rule_kind("review_overdue", "Review overdue", "The customer should have been assessed anew.", ("days", "unknown"))
def _review_overdue(rule: Rule, position: Position, document: Document) -> Finding | None:
    return _past(rule, position.next_review, position)


@rule_kind(
    "statement_age",
    "Statement out of date",
    "The period of the customer's latest confirmed statement ended longer ago than the days given.",
    ("days", "unknown"),
)
def _statement_age(rule: Rule, position: Position, document: Document) -> Finding | None:
    return _past(rule, position.statement_until, position)


def _past(rule: Rule, day: datetime.date | None, position: Position) -> Finding | None:
    """A finding where ``day`` is longer past than the days of the rule."""
    if day is None:
        return Finding(rule.kind, "none", threshold=rule.days) if rule.unknown else None
    elapsed = (position.as_of - day).days
    return Finding(rule.kind, "days", elapsed, rule.days) if elapsed > rule.days else None


@rule_kind(
    "account_status", "Account status", "The customer's account has one of the states listed.", ("account_statuses",)
)
def _account_status(rule: Rule, position: Position, document: Document) -> Finding | None:
    if position.account_status is None or position.account_status not in rule.account_statuses:
        return None
    return Finding("account_status", "none", note=position.account_status_name or "")


@rule_kind(
    "largest_document",
    "Larger than ever",
    "The document is larger than the share given of the customer's largest invoice of the last two years.",
    ("percent", "unknown"),
)
def _largest_document(rule: Rule, position: Position, document: Document) -> Finding | None:
    if position.largest_document is None and not rule.unknown:
        return None
    allowed = rounded((position.largest_document or 0.0) * rule.percent / 100.0, position.rounding)
    if not exceeds(document.amount, allowed, position.rounding):
        return None
    amount = rounded(document.amount, position.rounding)
    return Finding("largest_document", "amount", amount, allowed, rounded(amount - allowed, position.rounding))


@rule_kind("document_amount", "Document amount", "A single document is larger than the amount given.", ("amount",))
def _document_amount(rule: Rule, position: Position, document: Document) -> Finding | None:
    if not exceeds(document.amount, rule.amount, position.rounding):
        return None
    return Finding(
        "document_amount",
        "amount",
        rounded(document.amount, position.rounding),
        rule.amount,
        rounded(document.amount - rule.amount, position.rounding),
    )


@rule_kind(
    "payment_terms",
    "Terms of the grade",
    "The document has longer payment terms than the customer's grade allows.",
    ("days",),
)
def _payment_terms(rule: Rule, position: Position, document: Document) -> Finding | None:
    return _longer_terms(rule, position.terms_ceiling, position, document)


@rule_kind(
    "agreed_terms",
    "Terms agreed upon",
    "The document has longer payment terms than were agreed upon with the customer.",
    ("days",),
)
def _agreed_terms(rule: Rule, position: Position, document: Document) -> Finding | None:
    return _longer_terms(rule, document.agreed_terms, position, document)


def _longer_terms(rule: Rule, ceiling: int | None, position: Position, document: Document) -> Finding | None:
    """A finding where the document's terms are longer than ``ceiling`` by more than the days of the rule."""
    if ceiling is None or not exceeds(document.ask, 0.0, position.rounding):
        return None
    allowed = ceiling + rule.days
    return Finding(rule.kind, "days", document.terms, allowed) if document.terms > allowed else None


@rule_kind(
    "open_alert",
    "Open alert",
    "An alert about the customer is open whose rule says that it holds orders.",
)
def _open_alert(rule: Rule, position: Position, document: Document) -> Finding | None:
    if not position.alerts or not exceeds(document.ask, 0.0, position.rounding):
        return None
    return Finding("open_alert", "none", note=position.alerts)


def _at_most_the_ask(total: float, position: Position, document: Document) -> float:
    """The overage where nothing is allowed: all of it, as far as this document brings it about."""
    return min(total, rounded(document.ask, position.rounding))


# -- exemptions --------------------------------------------------------------------------------------


@exemption_kind(
    "small_document",
    "Small document",
    "Small documents pass, up to a total within a number of days.",
    ("amount", "cap", "period_days"),
)
def _small_document(rule: Rule, position: Position, document: Document) -> bool:
    # the cap is what makes a big order no cheaper to get through when it is split into small ones
    return not exceeds(document.amount, rule.amount, position.rounding) and not exceeds(
        position.small_documents + document.ask, rule.cap, position.rounding
    )


@exemption_kind("prepaid", "Fully prepaid", "The document is already paid in full.")
def _prepaid(rule: Rule, position: Position, document: Document) -> bool:
    return document.prepaid > 0 and not exceeds(document.ask, 0.0, position.rounding)


@exemption_kind(
    "payment_term", "Payment terms", "The document has one of the payment terms listed.", ("payment_terms",)
)
def _payment_term(rule: Rule, position: Position, document: Document) -> bool:
    return document.payment_term in rule.payment_terms


# -- the verdict -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check, with everything it stands on."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    position: Position
    document: Document
    exemption: str | None = None

    @property
    def stands(self) -> bool:
        """Whether the document may go on."""
        return GRAVITY[self.outcome] < GRAVITY["hold"]

    @property
    def overage(self) -> float:
        """The amount that releasing this takes authority for, in the profile's currency.

        The largest overage of the findings that stop the document; a finding that has none (an overdue
        item, a manual hold) is measured on what the document asks for.
        """
        stopping = [finding for finding in self.findings if GRAVITY[finding.action] >= GRAVITY["hold"]]
        return max((self.document.ask if f.overage is None else f.overage for f in stopping), default=0.0)

    def after(self) -> Position:
        """The position that the next document of the same customer is judged on."""
        if not self.stands:
            return self.position
        return self.position.plus(self.document, small=self.exemption == "small_document")


def evaluate(position: Position, document: Document, rules: Iterable[Rule], party: Iterable[Finding] = ()) -> Verdict:
    """Judge ``document`` on ``position`` by ``rules``, in their order.

    :param party: what :func:`evaluate_party` found against the ordering party, where somebody else is invoiced
    :raises KeyError: a rule is of a kind that is not registered
    """
    rules, party = tuple(rules), tuple(party)
    if not position.on_hold and not party:
        for rule in rules:
            exempt = RULE_KINDS[rule.kind].exempt
            if exempt is not None and exempt(rule, position, document):
                return Verdict("pass", (), position, document, rule.kind)
    findings = (*_findings(position, document, rules), *party)
    outcome: Outcome = "pass"
    for finding in findings:
        if finding.action != "ignore" and GRAVITY[finding.action] > GRAVITY[outcome]:
            outcome = finding.action
    return Verdict(outcome, findings, position, document)


def asks_at(checkpoint: Checkpoint, rules: Iterable[Rule]) -> bool:
    """Whether anything is asked at ``checkpoint`` by ``rules``."""
    return checkpoint in ALWAYS_AT or any(
        RULE_KINDS[rule.kind].check is not None and rule.action(checkpoint) != "ignore" for rule in rules
    )


def evaluate_party(position: Position, document: Document, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """What stands against the party that orders while somebody else is invoiced: its hold, and refusals.

    Its limit is not touched, as the invoice goes elsewhere; but a new invoice address is no way round a hold.
    """
    return tuple(
        finding
        for finding in _findings(position, document, rules)
        if finding.kind == "manual_hold" or finding.action == "refuse"
    )


def _findings(position: Position, document: Document, rules: Iterable[Rule]) -> Iterable[Finding]:
    rules = tuple(rules)
    kinds = {rule.kind for rule in rules}
    by_default: Action = "warn" if document.checkpoint == "quotation" else "hold"
    # a hold placed by hand and a joint limit are never without effect, whatever the policy forgot
    missing = [kind for kind in ALWAYS if kind not in kinds] if document.checkpoint in ALWAYS_AT else []
    forgotten = (Rule(kind, {document.checkpoint: by_default}) for kind in missing)
    for rule in (*forgotten, *rules):
        check = RULE_KINDS[rule.kind].check
        action = rule.action(document.checkpoint)
        if check is None or action == "ignore":
            continue
        finding = check(rule, position, document)
        if finding is not None:
            yield Finding(
                finding.kind,
                finding.unit,
                finding.measured,
                finding.threshold,
                finding.overage,
                action,
                finding.note,
                rule.key,
            )


# -- what would unblock it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would let a held document pass; amounts in the profile's currency.

    ``pay`` is what the customer would have to pay, ``pay_due`` says that it must be what is overdue, oldest
    first. ``reduce`` is what would have to come off the document instead (``None``: reducing it is no way
    out). ``ask_limit``: a (new) limit is needed. ``lift_hold``: somebody has to lift the manual hold. ``terms``:
    the document's payment terms have to be shortened to so many days, beside the rest. ``causes``: the kinds of
    findings on what is known of the customer, whose cause somebody has to remove.
    """

    pay: float = 0.0
    pay_due: float = 0.0
    reduce: float | None = None
    ask_limit: bool = False
    lift_hold: bool = False
    terms: int | None = None
    causes: tuple[str, ...] = ()


def remedy(verdict: Verdict, rules: Iterable[Rule]) -> Remedy:
    """What would turn a stopped ``verdict`` into a pass, by the rules that stopped it."""
    position, document = verdict.position, verdict.document
    stopping = [finding for finding in verdict.findings if GRAVITY[finding.action] >= GRAVITY["hold"]]
    by_key = {rule.key: rule for rule in rules}
    pay = due = reduce = 0.0
    reducible, ask_limit, lift_hold = bool(stopping), False, False
    terms: int | None = None
    causes = tuple(dict.fromkeys(finding.kind for finding in stopping if finding.kind in KNOWN_FACTS))
    for finding in stopping:
        if finding.kind in ("limit_usage", "group_limit") and finding.overage is not None:
            pay = max(pay, finding.overage)
            reduce = max(reduce, finding.overage)
        elif finding.kind in ("document_amount", "largest_document") and finding.overage is not None:
            reduce = max(reduce, finding.overage)
        elif finding.kind in ("no_limit", "limit_expired"):
            ask_limit, reducible = True, False
        elif finding.kind == "manual_hold":
            lift_hold, reducible = True, False
        elif finding.kind == "open_alert" or finding.kind in KNOWN_FACTS:
            reducible = False
        elif finding.kind in ("oldest_item", "overdue_amount", "overdue_share", "overdue_usage"):
            reducible = False
            due = max(due, _due_to_pay(finding, by_key.get(finding.key), position))
        elif finding.kind in ("payment_terms", "agreed_terms"):
            terms = min(int(finding.threshold), int(finding.threshold) if terms is None else terms)
    if not reducible or exceeds(reduce, document.ask, position.rounding):
        return Remedy(pay, due, None, ask_limit, lift_hold, terms, causes)
    return Remedy(pay, due, reduce, ask_limit, lift_hold, terms, causes)


def needed_limit(position: Position, document: Document, rules: Iterable[Rule]) -> float:
    """The own limit with which the rules on the limit would let ``document`` pass, whatever limit there is now.

    :return: an amount in the currency of the profile, rounded up; guarantees that add to the limit are taken off it
    """
    total = rounded(position.plus_amount(document.ask).counted, position.rounding)
    shares = [
        rule.percent
        for rule in rules
        if rule.kind == "limit_usage"
        and rule.percent > 0  # nothing passes a share of 0
        and GRAVITY[rule.action(document.checkpoint)] >= GRAVITY["hold"]
    ]
    share = min(shares, default=100.0) / 100.0
    step = position.rounding
    limit = math.ceil((total / share - position.cover_added) / step - TAIL) * step
    return rounded(max(0.0, limit), step)


def _due_to_pay(finding: Finding, rule: Rule | None, position: Position) -> float:
    """How much of what is overdue must be paid for the finding to go."""
    overdue = position.overdue
    if finding.kind in ("overdue_amount", "overdue_usage"):
        return rounded(overdue - finding.threshold, position.rounding)
    if finding.kind == "overdue_share" and rule is not None:
        # paying x lowers both sides: (overdue - x) / (receivable - x) = share
        share = rule.percent / 100.0
        needed = (overdue - share * position.receivable) / (1.0 - share) if share < 1.0 else 0.0
        return rounded(min(max(needed, 0.0) + position.rounding, overdue - rule.amount), position.rounding)
    return rounded(overdue, position.rounding)
