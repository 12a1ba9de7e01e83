# Part of credit_management. License LGPL-3.0 or later.
"""From indicators and answers to points, a score and a grade, with every point explained.

>>> liquidity = Factor("current_ratio", "Current ratio", 60, (Band(None, 1, 0), Band(1, 2, 50), Band(2, None, 100)))
>>> visit = Factor("visit", "Impression", 40, choices={"good": 100, "poor": 0})
>>> grades = (Grade("A", 70), Grade("B", 40), Grade("C", 0))
>>> rating = Rating(Scorecard((liquidity, visit)), grades)
>>> assessment = rating.assess({"current_ratio": Answer(1.5), "visit": Answer("good")})
>>> assessment.score, assessment.grade, [change.gain for change in rating.improvements(assessment.answers)]
(70.0, 'A', [30.0])

How it works: every factor finds the band its value falls into, or the choice that was answered, and takes its points
(0–100, higher is better). A factor without a value follows its missing-value rule: its weight is re-spread over
the others in proportion, or it counts as the worst, or as neutral. The score is the weighted mean of the points; the
grade is the best one whose floor the score reaches, unless a knock-out caps it. A customer of whom nothing is known
has no score and no grade; one of whom less than the scorecard asks for is known has a score and no grade.

:class:`Rating` prepares a scorecard once and then assesses customer by customer; nothing here raises on any
value. :func:`validate` and :func:`validate_grades` tell what is wrong with a scorecard before it is used.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from . import _

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

Missing = Literal["respread", "worst", "neutral"]
State = Literal["known", "stale", "missing", "unmatched"]
Kind = Literal["better", "fresh", "supplied"]
Value = float | str | bool | None

MISSING: dict[Missing, str] = {
    "respread": _("Leave it out and spread its weight over the others"),
    "worst": _("Count it as the worst"),
    "neutral": _("Count it as neutral"),
}
# What a neutral factor gets: the middle of the points, whatever its bands are.
NEUTRAL_POINTS = 50.0
# A score is rounded to what people see before it is held against a grade's floor.
SCORE_DIGITS = 2


# -- scorecards --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Band:
    """Values from ``lower`` up to, and without, ``upper`` get ``points`` (0–100); None is an open end."""

    lower: float | None
    upper: float | None
    points: float


@dataclass(frozen=True, slots=True)
class KnockOut:
    """A value that caps the grade, whatever the score: from ``lower`` up to ``upper``, or one of ``answers``."""

    grade: str
    label: str = ""
    lower: float | None = None
    upper: float | None = None
    answers: tuple[str, ...] = ()

    def hit(self, value: float | str) -> bool:
        """Whether ``value`` is one of those meant."""
        if isinstance(value, str):
            return value in self.answers
        if self.lower is None and self.upper is None:
            return False
        return (self.lower is None or value >= self.lower) and (self.upper is None or value < self.upper)


@dataclass(frozen=True, slots=True)
class Factor:
    """An indicator (with ``bands``) or a question (with ``choices``: answer → points) and what it weighs.

    ``weight`` is in percent of the scorecard. ``direction``: +1 higher values are better, -1 lower ones, 0 neither.
    A value older than ``max_age_days`` loses ``stale_penalty`` percent of its points. A factor may weigh 0 to be a
    mere knock-out.
    """

    code: str
    label: str
    weight: float
    bands: tuple[Band, ...] = ()
    choices: Mapping[str, float] = field(default_factory=dict)
    missing: Missing = "respread"
    direction: int = 0
    knock_outs: tuple[KnockOut, ...] = ()
    max_age_days: int | None = None
    stale_penalty: float = 0.0

    @property
    def worst_points(self) -> float:
        """The fewest points that the factor gives: what a missing value gets that counts as worst."""
        return min([*(band.points for band in self.bands), *self.choices.values()], default=0.0)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Factors whose weights add up to 100, under a ``code`` (a version's name) that assessments keep.

    ``least_known`` is the share (0–1) of the weight that must be known for a grade.
    """

    factors: tuple[Factor, ...]
    code: str = ""
    least_known: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        factors = [_plain(factor) for factor in self.factors]
        return {"code": self.code, "factors": factors, "least_known": self.least_known}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Scorecard:
        """The inverse of :meth:`to_json`; what this version does not know is left out."""
        factors = tuple(_factor_from_json(factor) for factor in values["factors"])
        return cls(factors, values.get("code", ""), values.get("least_known", 0.0))


@dataclass(frozen=True, slots=True)
class Grade:
    """A class of customers: those whose score is at least ``floor``.

    ``pd_one_year`` and ``lgd`` are shares (0.02 = 2 %), ``limit_factor`` scales a recommended limit (1 = as
    computed), ``terms_ceiling_days`` is the longest payment term (None: no ceiling), ``review_months`` the time to the
    next review, ``color`` an index of the palette.
    """

    code: str
    floor: float
    pd_one_year: float = 0.0
    lgd: float = 0.0
    limit_factor: float = 1.0
    terms_ceiling_days: int | None = None
    review_months: int = 12
    color: int | None = None

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Grade:
        """The inverse of :meth:`to_json`; figures that this version does not know are left out."""
        return cls(**_known(cls, values))


def grade_of(score: float | None, grades: Sequence[Grade]) -> str | None:
    """The best grade whose floor ``score`` reaches; ``grades`` are in order, the best first."""
    if score is None:
        return None
    return next((grade.code for grade in grades if score >= grade.floor), None)


# -- what is wrong with a scorecard ------------------------------------------------------------------

# Texts are templates, so that they can be translated before the values are put in.
PROBLEMS: dict[str, str] = {
    "no_factor": _("The scorecard has no factor."),
    "weights": _("The weights add up to %(total)s, not to 100."),
    "least_known": _("The part of the weights that must be known is %(share)s; it is 0 to 1."),
    "weight": _("%(factor)s: the weight %(weight)s is negative."),
    "repeated": _("%(factor)s: there is another factor of the same code."),
    "no_bands": _("%(factor)s: there is nothing that turns a value into points."),
    "bands_and_choices": _("%(factor)s: it has bands and choices; it can only have one of them."),
    "points": _("%(factor)s: %(band)s gives %(points)s points; points are 0 to 100."),
    "empty_band": _("%(factor)s: no value can fall into %(band)s."),
    "gap": _("%(factor)s: no band from %(lower)s to %(upper)s."),
    "open_below": _("%(factor)s: no band below %(bound)s."),
    "open_above": _("%(factor)s: no band from %(bound)s."),
    "overlap": _("%(factor)s: two bands from %(lower)s to %(upper)s."),
    "direction": _("%(factor)s: %(band)s gives fewer points than a worse value does."),
    "missing_rule": _("%(factor)s: unknown rule for missing values: %(rule)s."),
    "stale": _("%(factor)s: the penalty for old values is %(penalty)s %%; it is 0 to 100."),
    "max_age": _("%(factor)s: the age from which a value is old must be above 0 days."),
    "knock_out": _("%(factor)s: a knock-out has no condition."),
    "knock_out_grade": _("%(factor)s: a knock-out leads to %(grade)s, which is no grade."),
    "no_grade": _("There is no grade."),
    "grade_repeated": _("Grade %(grade)s: there is another one of the same code."),
    "floors": _("Grade %(grade)s: its floor %(floor)s is not below that of the grade above."),
    "lowest_floor": _("Grade %(grade)s: the lowest grade must begin at 0, not at %(floor)s."),
    "floor": _("Grade %(grade)s: the floor %(floor)s is not a score; scores are 0 to 100."),
    "pd": _("Grade %(grade)s: the probability of default is %(value)s; it is 0 to 1."),
    "lgd": _("Grade %(grade)s: the loss given default is %(value)s; it is 0 to 1."),
    "pd_order": _("Grade %(grade)s: its probability of default is below that of the grade above."),
    "limit_factor": _("Grade %(grade)s: its limit factor %(value)s is negative, or above that of the grade above."),
    "terms": _("Grade %(grade)s: its terms or review cycle are negative, or terms longer than in the grade above."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: its kind (a key of :data:`PROBLEMS`), whose it is, and the values of the text."""

    kind: str
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return PROBLEMS[self.kind] % self.values


def validate(scorecard: Scorecard, grades: Sequence[Grade] | None = None) -> list[Problem]:
    """What keeps ``scorecard`` from being used; knock-outs are held against ``grades`` if given."""
    if not scorecard.factors:
        return [Problem("no_factor")]
    problems = []
    total = math.fsum(factor.weight for factor in scorecard.factors)
    if not abs(total - 100.0) < 1e-6:
        problems.append(Problem("weights", values={"total": _number(total)}))
    if not 0.0 <= scorecard.least_known <= 1.0:
        problems.append(Problem("least_known", values={"share": _number(scorecard.least_known)}))
    codes = [factor.code for factor in scorecard.factors]
    known = None if grades is None else {grade.code for grade in grades}
    for number, factor in enumerate(scorecard.factors):
        found = [*_wrong_settings(factor), *_wrong_knock_outs(factor, known), *_wrong_points(factor)]
        if factor.bands:
            found += _wrong_bands(factor)
        if factor.code in codes[:number]:
            found.append(("repeated", {}))
        problems += [Problem(kind, factor.code, {"factor": factor.label or factor.code} | v) for kind, v in found]
    return problems


_Found = tuple[str, dict[str, str]]


def _wrong_settings(factor: Factor) -> Iterator[_Found]:
    if factor.weight < 0.0:
        yield "weight", {"weight": _number(factor.weight)}
    if not factor.bands and not factor.choices and (factor.weight or not factor.knock_outs):
        yield "no_bands", {}
    if factor.bands and factor.choices:
        yield "bands_and_choices", {}
    if factor.missing not in MISSING:
        yield "missing_rule", {"rule": str(factor.missing)}
    if not 0.0 <= factor.stale_penalty <= 100.0:
        yield "stale", {"penalty": _number(factor.stale_penalty)}
    if factor.max_age_days is not None and factor.max_age_days <= 0:
        yield "max_age", {}


def _wrong_knock_outs(factor: Factor, grades: set[str] | None) -> Iterator[_Found]:
    for knock_out in factor.knock_outs:
        if knock_out.lower is None and knock_out.upper is None and not knock_out.answers:
            yield "knock_out", {}
        if grades is not None and knock_out.grade not in grades:
            yield "knock_out_grade", {"grade": knock_out.grade}


def _wrong_points(factor: Factor) -> Iterator[_Found]:
    named = [*((_interval(band), band.points) for band in factor.bands), *factor.choices.items()]
    for name, points in named:
        if not 0.0 <= points <= 100.0:
            yield "points", {"band": name, "points": _number(points)}


def _wrong_bands(factor: Factor) -> Iterator[_Found]:
    bands = []
    for band in _in_order(factor.bands):
        if band.lower is not None and band.upper is not None and not band.lower < band.upper:
            yield "empty_band", {"band": _interval(band)}
        else:
            bands.append(band)
    if not bands:
        return
    if bands[0].lower is not None:
        yield "open_below", {"bound": _number(bands[0].lower)}
    reached = bands[0].upper
    for below, band in pairwise(bands):
        lower = -math.inf if band.lower is None else band.lower
        if reached is None or lower < reached:
            ends = [bound for bound in (reached, band.upper) if bound is not None]
            yield "overlap", {"lower": _number(lower), "upper": _number(min(ends, default=math.inf))}
        elif lower > reached:
            yield "gap", {"lower": _number(reached), "upper": _number(lower)}
        reached = None if reached is None or band.upper is None else max(reached, band.upper)
        if (band.points - below.points) * factor.direction < 0.0:
            yield "direction", {"band": _interval(band if factor.direction > 0 else below)}
    if reached is not None:
        yield "open_above", {"bound": _number(reached)}


def validate_grades(grades: Sequence[Grade]) -> list[Problem]:
    """What is wrong with ``grades``, the best first."""
    if not grades:
        return [Problem("no_grade")]
    problems = []
    for number, grade in enumerate(grades):
        above = grades[number - 1] if number else None
        found = [*_wrong_grade(grade), *(_wrong_order(grade, above) if above else ())]
        if grade.code in [other.code for other in grades[:number]]:
            found.append(("grade_repeated", {}))
        problems += [Problem(kind, grade.code, {"grade": grade.code} | values) for kind, values in found]
    lowest = grades[-1]
    if lowest.floor != 0.0:
        problems.append(Problem("lowest_floor", lowest.code, {"grade": lowest.code, "floor": _number(lowest.floor)}))
    return problems


def _wrong_grade(grade: Grade) -> Iterator[_Found]:
    if not 0.0 <= grade.floor <= 100.0:
        yield "floor", {"floor": _number(grade.floor)}
    for kind, value in (("pd", grade.pd_one_year), ("lgd", grade.lgd)):
        if not 0.0 <= value <= 1.0:
            yield kind, {"value": _number(value)}
    if grade.limit_factor < 0.0:
        yield "limit_factor", {"value": _number(grade.limit_factor)}
    if (grade.terms_ceiling_days or 0) < 0 or grade.review_months < 0:
        yield "terms", {}


def _wrong_order(grade: Grade, above: Grade) -> Iterator[_Found]:
    if not grade.floor < above.floor:
        yield "floors", {"floor": _number(grade.floor)}
    if grade.pd_one_year < above.pd_one_year:
        yield "pd_order", {}
    if grade.limit_factor > above.limit_factor:
        yield "limit_factor", {"value": _number(grade.limit_factor)}
    terms = math.inf if grade.terms_ceiling_days is None else grade.terms_ceiling_days
    if above.terms_ceiling_days is not None and terms > above.terms_ceiling_days:
        yield "terms", {}


def _in_order(bands: Iterable[Band]) -> list[Band]:
    def bounds(band: Band) -> tuple[float, float]:
        lower, upper = band.lower, band.upper
        return -math.inf if lower is None else lower, math.inf if upper is None else upper

    return sorted(bands, key=bounds)


def _number(value: float) -> str:
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    return f"{round(value, 6):.15g}"


def _interval(band: Band) -> str:
    lower = _number(-math.inf if band.lower is None else band.lower)
    return f"[{lower}, {_number(math.inf if band.upper is None else band.upper)})"


# -- assessments -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known on a factor: a figure, an answer (True and False are "yes" and "no"), or None.

    ``evidence`` names where it is from (the caller's own key), ``age_days`` says how old it is; an unknown age
    is not held against it.
    """

    value: Value = None
    evidence: str = ""
    age_days: int | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One factor's part in a score.

    ``lower`` and ``upper`` are the bounds of the band that was hit. ``points`` are what counts, after any penalty;
    ``full_points`` what the value would get if it were fresh. ``effective_weight`` is the weight after re-spreading,
    ``contribution`` = points × effective weight ÷ 100. ``cost`` is how many points of the score staleness took away,
    or counting a missing value rather than leaving it out (negative where that helped).
    """

    code: str
    label: str
    value: float | str | None
    state: State
    evidence: str = ""
    age_days: int | None = None
    lower: float | None = None
    upper: float | None = None
    points: float | None = None
    full_points: float | None = None
    weight: float = 0.0
    effective_weight: float = 0.0
    contribution: float = 0.0
    cost: float = 0.0
    missing: Missing = "respread"


@dataclass(frozen=True, slots=True)
class Cap:
    """A knock-out that was hit: whose, why, and the grade that it allows at best."""

    factor: str
    label: str
    grade: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One run of a scorecard, complete enough to be kept for ever.

    ``score`` is 0–100, or None when nothing is known. ``grade`` is after knock-outs, ``grade_by_score`` before; both
    are None when less is known than the scorecard asks for, but for a knock-out to the lowest grade. ``caps`` are all
    the knock-outs that were hit. ``completeness`` is the share (0–1) of the weight that is known.
    """

    score: float | None
    grade: str | None
    grade_by_score: str | None
    completeness: float
    contributions: tuple[Contribution, ...]
    caps: tuple[Cap, ...] = ()
    scorecard: str = ""

    @property
    def answers(self) -> dict[str, Answer]:
        """What went in, to be assessed again."""
        return {part.code: Answer(part.value, part.evidence, part.age_days) for part in self.contributions}

    @property
    def lacking(self) -> tuple[Contribution, ...]:
        """The factors whose values are not known, the heaviest first."""
        unknown = (part for part in self.contributions if part.weight and part.full_points is None)
        return tuple(sorted(unknown, key=lambda part: -part.weight))

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Assessment:
        """The inverse of :meth:`to_json`; figures that this version does not know are left out."""
        known = _known(cls, values)
        known["contributions"] = tuple(Contribution(**_known(Contribution, part)) for part in known["contributions"])
        known["caps"] = tuple(Cap(**_known(Cap, cap)) for cap in known.get("caps", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Improvement:
    """A change of one factor that raises the score or lifts a knock-out.

    ``kind``: a "better" value, a "fresh" one (the same value, known anew), or one to be "supplied" that is missing.
    ``target`` is the nearest value that does it, ``lower`` and ``upper`` the bounds of its band. ``gain`` is in points
    of the score, or None where there was no score. ``score``, ``grade`` and ``caps`` are what this change alone leads
    to. For people, say the band: a target beneath an open upper bound is only a hair below it.
    """

    factor: str
    label: str
    kind: Kind
    value: float | str | None
    target: float | str
    lower: float | None
    upper: float | None
    score: float
    gain: float | None
    grade: str | None
    caps: tuple[Cap, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Raise:
    """What leads to the next better grade.

    ``needed`` is how much the score lacks (0 when only a knock-out stands in the way). ``singles``: changes that do it
    alone, the smallest of each factor, least gain first. ``combination``: a few changes that do it together (the
    smallest single one, if there is one), each to be taken on top of those before it; empty if no change of values can.
    ``caps``: knock-outs in the way.
    """

    grade: str
    floor: float
    needed: float
    singles: tuple[Improvement, ...]
    combination: tuple[Improvement, ...]
    caps: tuple[Cap, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON values."""
        return asdict(self)


class _Measured(NamedTuple):
    """A factor's value and points, before the weights are known."""

    factor: Factor
    value: float | str | None
    state: State
    evidence: str
    age_days: int | None
    band: Band | None
    points: float | None
    full_points: float | None


class _Ready:
    """A factor prepared for quick look-up."""

    __slots__ = ("bands", "factor", "lowers", "without")

    def __init__(self, factor: Factor) -> None:
        self.factor = factor
        self.bands = _in_order(factor.bands)
        self.lowers = [-math.inf if band.lower is None else band.lower for band in self.bands]
        # what a missing value gets; None: it is left out
        self.without = {"respread": None, "worst": factor.worst_points, "neutral": NEUTRAL_POINTS}[factor.missing]

    def measure(self, answer: Answer | None) -> _Measured:
        """Find the points of an answer, by the band or choice, the rule for missing values and the penalty for age."""
        factor, band, points = self.factor, None, None
        value = None if answer is None else _clean(answer.value)
        state: State = "missing"
        if value is not None:
            band, points = self._look_up(value)
            state = "unmatched" if points is None and (self.bands or factor.choices) else "known"
        full, age = points, None if answer is None else answer.age_days
        if points is not None and age is not None and factor.max_age_days is not None and age > factor.max_age_days:
            state, points = "stale", points * (100.0 - factor.stale_penalty) / 100.0
        elif points is None and factor.weight:
            points = self.without
        return _Measured(factor, value, state, "" if answer is None else answer.evidence, age, band, points, full)

    def _look_up(self, value: float | str) -> tuple[Band | None, float | None]:
        if isinstance(value, str):
            return None, self.factor.choices.get(value)
        number = bisect_right(self.lowers, value) - 1
        if number < 0:
            return None, None
        band = self.bands[number]
        return (band, band.points) if band.upper is None or value < band.upper else (None, None)

    def targets(self, value: float | str | None) -> Iterator[float | str]:
        """Values worth trying instead of ``value``: each choice, or the nearest one in each band, the nearest first.

        Also those just outside a knock-out, which needn't end where a band does.
        """
        if self.factor.choices:
            yield from sorted(self.factor.choices, key=lambda answer: (self.factor.choices[answer], answer))
            return
        start = value if isinstance(value, (int, float)) else 0.0
        found = {min(max(start, lower), _last(band.upper)) for lower, band in zip(self.lowers, self.bands, strict=True)}
        for knock_out in self.factor.knock_outs:
            if knock_out.upper is not None:
                found.add(knock_out.upper)
            if knock_out.lower is not None:
                found.add(_last(knock_out.lower))
        yield from sorted(found, key=lambda target: (abs(target - start), target))


def _last(upper: float | None) -> float:
    """The largest value below an open upper bound."""
    return math.inf if upper is None else math.nextafter(upper, -math.inf)


class Rating:
    """A scorecard and grades (the best first), prepared to assess many customers."""

    def __init__(self, scorecard: Scorecard, grades: Sequence[Grade]) -> None:
        self.scorecard = scorecard
        self.grades = tuple(grades)
        self._ready = {factor.code: _Ready(factor) for factor in scorecard.factors}
        self._rank = {grade.code: number for number, grade in enumerate(self.grades)}
        self._total = math.fsum(factor.weight for factor in scorecard.factors)

    def assess(self, answers: Mapping[str, Answer]) -> Assessment:
        """Assess one customer by his ``answers`` (factor code → answer); those of no factor are left out."""
        parts = self._measured(answers)
        score, grade, by_score, caps = self._result(parts)
        contributions = tuple(_contributions(parts, score is not None))
        return Assessment(score, grade, by_score, self._known(parts), contributions, caps, self.scorecard.code)

    def _known(self, parts: Iterable[_Measured]) -> float:
        """The share of the weight whose values are known, 0–1."""
        known = math.fsum(part.factor.weight for part in parts if part.full_points is not None)
        return min(1.0, known / self._total) if self._total > 0.0 else 0.0

    def _measured(self, answers: Mapping[str, Answer]) -> list[_Measured]:
        return [ready.measure(answers.get(code)) for code, ready in self._ready.items()]

    def _result(self, parts: Sequence[_Measured]) -> tuple[float | None, str | None, str | None, tuple[Cap, ...]]:
        """Score, grade, grade by score alone, and the knock-outs that were hit."""
        caps = tuple(self._caps(parts))
        score = _score(parts)
        # weights of a third are no exact shares
        enough = self._known(parts) >= self.scorecard.least_known - 1e-9
        by_score = grade_of(score, self.grades) if enough else None
        return score, self._capped(by_score, caps), by_score, caps

    def _caps(self, parts: Iterable[_Measured]) -> Iterator[Cap]:
        for part in parts:
            for knock_out in part.factor.knock_outs:
                if part.value is not None and knock_out.hit(part.value):
                    yield Cap(part.factor.code, knock_out.label or part.factor.label, knock_out.grade)

    def _capped(self, grade: str | None, caps: Iterable[Cap]) -> str | None:
        """The grade that the caps leave; without one by score only a cap to the very lowest says which it is."""
        last = len(self.grades) - 1
        worst = max((self._rank[cap.grade] for cap in caps if cap.grade in self._rank), default=-1)
        if grade is None:
            return self.grades[last].code if worst == last >= 0 else None
        return self.grades[max(worst, self._rank[grade])].code

    # -- what would be better ------------------------------------------------------------------------

    def improvements(self, answers: Mapping[str, Answer]) -> tuple[Improvement, ...]:
        """Every change of a single factor that raises the score, lifts a knock-out, or lets there be a grade, factor by
        factor, the nearest first.

        Each was assessed with the change made, so knock-outs, re-spread weights and staleness are accounted for.
        """
        return tuple(self._improvements(answers))

    def _improvements(self, answers: Mapping[str, Answer], only: str | None = None) -> Iterator[Improvement]:
        parts = self._measured(answers)
        score, grade, _by_score, caps = self._result(parts)
        for number, part in enumerate(parts):
            if only not in (None, part.factor.code):
                continue
            for kind, target in self._targets(part):
                # everything else stays as it is, so only this factor is measured anew
                changed = self._ready[part.factor.code].measure(Answer(target, age_days=0))
                after = self._result([*parts[:number], changed, *parts[number + 1 :]])
                gain = None if score is None or after[0] is None else round(after[0] - score, SCORE_DIGITS)
                fewer_caps = len(after[3]) < len(caps)
                known_enough = grade is None and after[1] is not None and gain == 0.0
                if after[0] is None or not (gain is None or gain > 0.0 or fewer_caps or known_enough):
                    continue
                if kind == "better" and not fewer_caps and (changed.full_points or 0.0) <= (part.full_points or 0.0):
                    continue  # it is better only because it is new, and the old value known anew does as well
                lower, upper = (changed.band.lower, changed.band.upper) if changed.band else (None, None)
                yield Improvement(
                    part.factor.code, part.factor.label, kind, part.value, target, lower, upper, after[0], gain,
                    after[1], after[3],
                )  # fmt: skip

    def _targets(self, part: _Measured) -> Iterator[tuple[Kind, float | str]]:
        """What to try instead of a value, or with it."""
        if part.state == "stale" and part.value is not None:
            yield "fresh", part.value
        kind: Kind = "better" if part.state in ("known", "stale") else "supplied"
        for target in self._ready[part.factor.code].targets(part.value):
            if target != part.value:
                yield kind, target

    def raise_grade(self, answers: Mapping[str, Answer]) -> Raise | None:
        """What would lead to the next better grade; None for the best one, and where there is no score or grade."""
        score, grade, _by_score, caps = self._result(self._measured(answers))
        if grade is None or score is None or not self._rank[grade]:
            return None
        goal = self.grades[self._rank[grade] - 1]
        singles: dict[str, Improvement] = {}
        for change in self._improvements(answers):
            smallest = singles.get(change.factor)
            if self._is(change.grade, goal) and (smallest is None or _gain(change) < _gain(smallest)):
                singles[change.factor] = change
        found = tuple(sorted(singles.values(), key=lambda change: (_gain(change), change.factor)))
        needed = round(max(0.0, goal.floor - score), SCORE_DIGITS)
        combination = found[:1] or self._combination(answers, goal)
        return Raise(goal.code, goal.floor, needed, found, combination, tuple(self._in_the_way(caps, goal)))

    def _combination(self, answers: Mapping[str, Answer], goal: Grade) -> tuple[Improvement, ...]:
        """Changes that reach ``goal`` together: the most useful one at a time, then no more than it takes."""
        chosen: dict[str, Improvement] = {}
        while not self._reaches(answers, chosen, goal):
            options = self._improvements(_changed(answers, chosen))
            best = max(
                (change for change in options if change.factor not in chosen),
                key=lambda change: (-len(list(self._in_the_way(change.caps, goal))), _gain(change)),
                default=None,
            )
            if best is None:
                return ()
            chosen[best.factor] = best
        for code in list(chosen):
            others = {other: change for other, change in chosen.items() if other != code}
            if self._reaches(answers, others, goal):
                chosen = others
            else:
                chosen[code] = self._smallest(answers, others, chosen[code], goal)
        return tuple(chosen.values())

    def _smallest(
        self, answers: Mapping[str, Answer], others: Mapping[str, Improvement], change: Improvement, goal: Grade
    ) -> Improvement:
        """The smallest change of the same factor that still reaches ``goal`` with the others."""
        options = self._improvements(_changed(answers, others), only=change.factor)
        enough = [option for option in options if self._is(option.grade, goal)]
        return min(enough, key=_gain, default=change)

    def _in_the_way(self, caps: Iterable[Cap], goal: Grade) -> Iterator[Cap]:
        return (cap for cap in caps if self._rank.get(cap.grade, -1) > self._rank[goal.code])

    def _reaches(self, answers: Mapping[str, Answer], changes: Mapping[str, Improvement], goal: Grade) -> bool:
        return self._is(self._result(self._measured(_changed(answers, changes)))[1], goal)

    def _is(self, grade: str | None, goal: Grade) -> bool:
        """Whether ``grade`` is ``goal`` or better."""
        return grade is not None and self._rank[grade] <= self._rank[goal.code]


def _gain(change: Improvement) -> float:
    return change.gain or 0.0


def _changed(answers: Mapping[str, Answer], changes: Mapping[str, Improvement]) -> dict[str, Answer]:
    """The answers once the changes are made; what is new is fresh."""
    return {**answers, **{code: Answer(change.target, age_days=0) for code, change in changes.items()}}


def assess(scorecard: Scorecard, grades: Sequence[Grade], answers: Mapping[str, Answer]) -> Assessment:
    """Assess one customer; for many, keep a :class:`Rating`."""
    return Rating(scorecard, grades).assess(answers)


def _clean(value: Value) -> float | str | None:
    """A figure, an answer, or None; what is not a number is unknown, and so is an empty answer."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value or None
    return value if value is not None and math.isfinite(value) else None


def _score(parts: Sequence[_Measured]) -> float | None:
    """The weighted mean of the points; None when nothing of any weight is known.

    Sums are exact (``fsum``), so that the order of the factors never matters.
    """
    if not any(part.full_points is not None and part.factor.weight > 0.0 for part in parts):
        return None
    counted = [(part.factor.weight, part.points) for part in parts if part.points is not None]
    total = math.fsum([weight for weight, _points in counted])
    score = math.fsum([weight * 100.0 / total * points / 100.0 for weight, points in counted])
    return min(100.0, max(0.0, round(score, SCORE_DIGITS)))


def _contributions(parts: Sequence[_Measured], scored: bool) -> Iterator[Contribution]:
    """What each factor brought; nothing has an effective weight when there is no score."""
    counted = math.fsum([part.factor.weight for part in parts if part.points is not None])
    weights = [part.factor.weight * 100.0 / counted if scored and part.points is not None else 0.0 for part in parts]
    shares = [weight * (part.points or 0.0) / 100.0 for weight, part in zip(weights, parts, strict=True)]
    total = math.fsum(shares)
    for part, weight, share in zip(parts, weights, shares, strict=True):
        factor, value, state, evidence, age, band, points, full = part
        cost = 0.0
        if state == "stale":
            cost = ((full or 0.0) - (points or 0.0)) * weight / 100.0
        elif full is None and 0.0 < weight < 100.0:
            cost = (total - share) * 100.0 / (100.0 - weight) - total
        yield Contribution(
            factor.code, factor.label, value, state, evidence, age, band.lower if band else None,
            band.upper if band else None, points, full, factor.weight, weight, share, cost, factor.missing,
        )  # fmt: skip


# -- an expert's override ----------------------------------------------------------------------------


class NotchError(ValueError):
    """An override that isn't allowed; ``kind`` is a key of :data:`NOTCH_ERRORS`."""

    def __init__(self, kind: str, **values: str | int) -> None:
        super().__init__(NOTCH_ERRORS[kind] % values)
        self.kind = kind
        self.values = values


NOTCH_ERRORS: dict[str, str] = {
    "unknown": _("%(grade)s is no grade."),
    "bound": _("An override is at most %(bound)s notches; this one is %(notches)s."),
    "end": _("There is no grade %(notches)s notches from %(grade)s."),
    "cap": _("%(grade)s is above %(cap)s, which a knock-out allows at best."),
}


def notched(grades: Sequence[Grade], grade: str, notches: int, bound: int, cap: str | None = None) -> str:
    """The grade that is ``notches`` better (negative: worse) than ``grade``.

    :param bound: how many notches an override may be, up or down
    :param cap: the best grade that knock-outs allow; an override doesn't go above it
    :raises NotchError: a grade is unknown, the override is too large, there is no such grade, or it is above the cap
    """
    codes = [each.code for each in grades]
    for code in (grade, cap):
        if code is not None and code not in codes:
            raise NotchError("unknown", grade=code)
    if abs(notches) > bound:
        raise NotchError("bound", bound=bound, notches=abs(notches))
    place = codes.index(grade) - notches
    if not 0 <= place < len(codes):
        raise NotchError("end", grade=grade, notches=abs(notches))
    if cap is not None and notches > 0 and place < codes.index(cap):
        raise NotchError("cap", grade=codes[place], cap=cap)
    return codes[place]


# -- JSON --------------------------------------------------------------------------------------------


def _known(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in cls.__dataclass_fields__}  # type: ignore[attr-defined]


def _plain(factor: Factor) -> dict[str, Any]:
    return asdict(replace(factor, choices=dict(factor.choices)))


def _factor_from_json(values: Mapping[str, Any]) -> Factor:
    known = _known(Factor, values)
    known["bands"] = tuple(Band(**_known(Band, band)) for band in known.get("bands", ()))
    known["knock_outs"] = tuple(
        KnockOut(**_known(KnockOut, line) | {"answers": tuple(line.get("answers", ()))})
        for line in known.get("knock_outs", ())
    )
    return Factor(**known)
