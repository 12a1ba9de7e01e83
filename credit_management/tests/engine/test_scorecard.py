# Part of credit_management. License LGPL-3.0 or later.
"""Scorecards: points, missing values, grades, what is wrong with them, and what would raise a grade."""

import doctest
import json
import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine import scorecard as module
from ...engine.scorecard import (
    MISSING,
    PROBLEMS,
    Answer,
    Assessment,
    Band,
    Factor,
    Grade,
    KnockOut,
    NotchError,
    Rating,
    Scorecard,
    assess,
    grade_of,
    notched,
    validate,
    validate_grades,
)

GRADES = (
    Grade("A", 80, 0.001, 0.4, 1.5, 90, 12), Grade("B", 60, 0.01, 0.45, 1.0, 60, 12),
    Grade("C", 40, 0.05, 0.45, 0.5, 30, 6), Grade("D", 0, 0.3, 0.6, 0.0, 0, 3),
)  # fmt: skip
STEPS = (Band(None, 1, 0), Band(1, 2, 50), Band(2, None, 100))
LIQUIDITY = Factor("liquidity", "Liquidity", 50, STEPS, direction=1)
LATENESS = Factor(
    "late", "Days late", 30, (Band(None, 10, 100), Band(10, 30, 60), Band(30, None, 10)), direction=-1
)  # fmt: skip
VISIT = Factor("visit", "Visit", 20, choices={"good": 100.0, "fair": 50.0, "poor": 0.0})
CARD = Scorecard((LIQUIDITY, LATENESS, VISIT), "trade-1")


def answers(**values):
    return {code: value if isinstance(value, Answer) else Answer(value) for code, value in values.items()}


def part(assessment, code):
    [found] = [contribution for contribution in assessment.contributions if contribution.code == code]
    return found


def card(**changes):
    """The usual scorecard with the visit changed."""
    return Scorecard((LIQUIDITY, LATENESS, replace(VISIT, **changes)))


def test_the_manual_tells_the_truth():
    assert doctest.testmod(module).failed == 0


# -- points and scores -------------------------------------------------------------------------------


def test_every_point_is_explained():
    result = assess(CARD, GRADES, answers(liquidity=Answer(1.2, "statement,7", 30), late=10, visit="good"))
    assert (result.score, result.grade, result.completeness) == (63.0, "B", 1.0)
    assert [contribution.contribution for contribution in result.contributions] == [25.0, 18.0, 20.0]
    found = part(result, "liquidity")
    assert (found.value, found.evidence, found.age_days, found.lower, found.upper) == (1.2, "statement,7", 30, 1, 2)
    assert (found.points, found.weight, found.effective_weight, found.state) == (50, 50, 50, "known")
    assert result.scorecard == "trade-1"


@pytest.mark.parametrize(
    ("value", "points"), [(-1e300, 0), (0.999, 0), (1, 50), (1.999, 50), (2, 100), (1e300, 100)]
)  # fmt: skip
def test_a_band_holds_its_lower_bound_and_not_its_upper(value, points):
    assert part(assess(CARD, GRADES, answers(liquidity=value)), "liquidity").points == points


def test_a_missing_value_spreads_its_weight_over_the_others():
    result = assess(CARD, GRADES, answers(liquidity=2, late=10))
    assert [contribution.effective_weight for contribution in result.contributions] == [62.5, 37.5, 0.0]
    assert (result.score, result.completeness) == (85.0, 0.8)
    visit = part(result, "visit")
    assert (visit.state, visit.points, visit.weight, visit.cost) == ("missing", None, 20, 0.0)


@pytest.mark.parametrize(("rule", "points", "score", "cost"), [("worst", 0, 68.0, 17.0), ("neutral", 50, 78.0, 7.0)])
def test_a_missing_value_may_count(rule, points, score, cost):
    result = assess(card(missing=rule), GRADES, answers(liquidity=2, late=10))
    assert result.score == score
    assert (part(result, "visit").points, part(result, "visit").effective_weight) == (points, 20.0)
    assert part(result, "visit").cost == pytest.approx(cost)
    assert result.completeness == 0.8


def test_counting_as_worst_is_the_worst_the_factor_gives():
    assert (
        part(assess(card(missing="worst", choices={"a": 30.0, "b": 90.0}), GRADES, answers(late=1)), "visit").points
        == 30
    )


@pytest.mark.parametrize(("least", "grade"), [(0.0, "A"), (0.8, "A"), (0.81, None), (1.0, None)])
def test_too_little_known_is_a_score_and_no_grade(least, grade):
    result = assess(replace(CARD, least_known=least), GRADES, answers(liquidity=2, late=10))
    assert (result.score, result.grade, result.grade_by_score) == (85.0, grade, grade)
    assert [part.code for part in result.lacking] == ["visit"]


def test_a_share_of_thirds_is_not_lost_in_a_floats_tail():
    thirds = tuple(replace(LIQUIDITY, code=code, weight=100 / 3) for code in "abc")
    assert assess(Scorecard(thirds, least_known=2 / 3), GRADES, answers(a=2, b=2)).grade == "A"


def test_what_counts_as_neutral_is_not_known():
    scorecard = replace(card(missing="neutral"), least_known=0.9)
    result = assess(scorecard, GRADES, answers(liquidity=2, late=10))
    assert (result.score, result.grade, result.completeness) == (78.0, None, 0.8)


def test_what_is_lacking_comes_by_weight():
    assert [part.code for part in assess(CARD, GRADES, {}).lacking] == ["liquidity", "late", "visit"]


def test_an_insolvency_needs_no_more_to_be_known():
    knocked = replace(LATENESS, knock_outs=(KnockOut("D", lower=30),))
    scorecard = Scorecard((LIQUIDITY, knocked, VISIT), least_known=0.5)
    result = assess(scorecard, GRADES, answers(late=40))
    assert (result.grade, result.grade_by_score, result.completeness) == ("D", None, 0.3)
    better = Rating(scorecard, GRADES).raise_grade(answers(late=40))
    assert better.combination[-1].grade in ("A", "B", "C")
    assert {change.factor for change in better.combination} >= {"late", "liquidity"}


def test_what_is_supplied_may_be_enough():
    scorecard = replace(CARD, least_known=0.6)
    changes = Rating(scorecard, GRADES).improvements(answers(liquidity=2))
    assert {(change.factor, change.target, change.grade) for change in changes} >= {("visit", "good", "A")}


@pytest.mark.parametrize("rule", MISSING)
def test_nothing_known_is_no_score_and_no_grade(rule):
    everything = Scorecard(tuple(replace(factor, missing=rule) for factor in CARD.factors))
    for given_answers in ({}, answers(visit=None, late=math.nan), answers(other=3)):
        result = assess(everything, GRADES, given_answers)
        assert (result.score, result.grade, result.grade_by_score, result.completeness) == (None, None, None, 0.0)
        assert all(not contribution.effective_weight for contribution in result.contributions)


def test_an_answer_that_no_band_or_choice_has_is_not_a_zero():
    gap = Scorecard((replace(LIQUIDITY, weight=100, bands=(Band(None, 1, 0), Band(2, None, 100))),))
    assert assess(gap, GRADES, answers(liquidity=1.5)).score is None
    for strange in ("excellent", 3.0):
        result = assess(CARD, GRADES, answers(liquidity=2, late=5, visit=strange))
        assert (part(result, "visit").state, result.score, result.completeness) == ("unmatched", 100.0, 0.8)


def test_yes_and_no():
    asked = card(choices={"yes": 100.0, "no": 0.0})
    assert part(assess(asked, GRADES, answers(visit=True)), "visit").points == 100.0
    assert part(assess(asked, GRADES, answers(visit=False)), "visit").points == 0.0


@pytest.mark.parametrize(("age", "points", "state"), [(365, 100, "known"), (366, 75, "stale"), (None, 100, "known")])
def test_old_values_lose_points(age, points, state):
    result = assess(
        card(max_age_days=365, stale_penalty=25), GRADES, answers(liquidity=2, late=5, visit=Answer("good", "", age))
    )
    visit = part(result, "visit")
    assert (visit.points, visit.full_points, visit.state) == (points, 100, state)
    assert (result.score, visit.cost) == (100.0 - (100 - points) / 5, (100 - points) / 5)


def test_a_score_is_graded_as_it_is_shown():
    thirds = Scorecard(tuple(Factor(str(n), str(n), 100 / 3, (Band(None, None, 80),)) for n in range(3)))
    result = assess(thirds, GRADES, {str(n): Answer(0) for n in range(3)})
    assert (result.score, result.grade) == (80.0, "A")
    assert [grade_of(score, GRADES) for score in (100, 80, 79.99, 40, 0, None)] == ["A", "A", "B", "C", "D", None]


# -- knock-outs --------------------------------------------------------------------------------------

INSOLVENT = Factor("insolvent", "Insolvency", 0, knock_outs=(KnockOut("D", "Insolvent", answers=("yes",)),))
VERY_LATE = replace(LATENESS, knock_outs=(KnockOut("C", "Over 90 days late", lower=90),))


def test_a_knock_out_caps_the_grade_and_not_the_score():
    rating = Rating(Scorecard((*CARD.factors, INSOLVENT)), GRADES)
    good = answers(liquidity=2, late=5, visit="good")
    result = rating.assess(good | answers(insolvent=True))
    assert (result.score, result.grade_by_score, result.grade) == (100.0, "A", "D")
    assert [(cap.factor, cap.label, cap.grade) for cap in result.caps] == [("insolvent", "Insolvent", "D")]
    assert rating.assess(good | answers(insolvent=False)).grade == "A"
    assert rating.assess(good).completeness == 1.0


def test_a_knock_out_never_lifts_a_grade():
    result = assess(Scorecard((LIQUIDITY, VERY_LATE, VISIT)), GRADES, answers(liquidity=0, late=90, visit="poor"))
    assert (result.grade_by_score, result.grade, len(result.caps)) == ("D", "D", 1)


def test_a_known_insolvency_is_the_lowest_grade_even_if_nothing_else_is_known():
    rating = Rating(Scorecard((LIQUIDITY, INSOLVENT)), GRADES)
    result = rating.assess(answers(insolvent=True))
    assert (result.score, result.grade) == (None, "D")
    capped = replace(INSOLVENT, knock_outs=(KnockOut("C", answers=("yes",)),))
    assert Rating(Scorecard((LIQUIDITY, capped)), GRADES).assess(answers(insolvent=True)).grade is None


# -- what is wrong with a scorecard ------------------------------------------------------------------


def problems(*bands, **changes):
    factor = replace(LIQUIDITY, weight=100, bands=bands or STEPS, **changes)
    return [(problem.kind, str(problem)) for problem in validate(Scorecard((factor,)), GRADES)]


def test_a_good_scorecard_has_no_problems():
    assert validate(CARD, GRADES) == validate(Scorecard((*CARD.factors, INSOLVENT)), GRADES) == []
    assert validate_grades(GRADES) == []


@pytest.mark.parametrize(
    ("bands", "texts"),
    [
        ((Band(None, 1, 0), Band(2, None, 100)), ["Liquidity: no band from 1 to 2."]),
        ((Band(None, 2, 0), Band(1.5, None, 100)), ["Liquidity: two bands from 1.5 to 2."]),
        ((Band(None, None, 0), Band(1, 2, 100)), ["Liquidity: two bands from 1 to 2."]),
        ((Band(0, 1, 0), Band(1, 2, 100)), ["Liquidity: no band below 0.", "Liquidity: no band from 2."]),
        ((Band(None, 1, 0), Band(3, 2, 50), Band(1, None, 100)), ["Liquidity: no value can fall into [3, 2)."]),
        ((Band(None, 1, -1), Band(1, None, 101)),
         ["Liquidity: [−∞, 1) gives -1 points; points are 0 to 100.",
          "Liquidity: [1, ∞) gives 101 points; points are 0 to 100."]),
        ((Band(None, 1, 60), Band(1, None, 40)), ["Liquidity: [1, ∞) gives fewer points than a worse value does."]),
        ((Band(1, None, 100), Band(None, 1, 0)), []),
        ((Band(None, 10, 0), Band(2, 3, 50), Band(10, None, 100)), ["Liquidity: two bands from 2 to 3."]),
    ],
)  # fmt: skip
def test_bands_are_held_to_be_complete(bands, texts):
    assert [text for _kind, text in problems(*bands)] == texts


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"direction": -1}, ["direction", "direction"]),
        ({"direction": 0}, []),
        ({"weight": 90}, ["weights"]),
        ({"weight": -100}, ["weights", "weight"]),
        ({"bands": ()}, ["no_bands"]),
        ({"choices": {"yes": 200.0}}, ["bands_and_choices", "points"]),
        ({"missing": "guess"}, ["missing_rule"]),
        ({"stale_penalty": 101}, ["stale"]),
        ({"max_age_days": 0}, ["max_age"]),
        ({"knock_outs": (KnockOut("E"),)}, ["knock_out", "knock_out_grade"]),
    ],
)
def test_settings_are_checked(changes, kinds):
    factor = replace(LIQUIDITY, **{"weight": 100, **changes})
    assert [problem.kind for problem in validate(Scorecard((factor,)), GRADES)] == kinds


def test_a_scorecard_needs_factors_that_differ():
    assert [str(problem) for problem in validate(Scorecard(()))] == ["The scorecard has no factor."]
    for share in (-0.1, 50.0):
        assert [problem.kind for problem in validate(replace(CARD, least_known=share))] == ["least_known"]
    twice = Scorecard((replace(VISIT, weight=50), replace(VISIT, weight=50)))
    assert [problem.kind for problem in validate(twice)] == ["repeated"]


@pytest.mark.parametrize(
    ("grades", "kinds"),
    [
        ((), ["no_grade"]),
        ((Grade("A", 50),), ["lowest_floor"]),
        ((Grade("A", 50), Grade("B", 50), Grade("C", 0)), ["floors"]),
        ((Grade("A", 50), Grade("A", 0)), ["grade_repeated"]),
        ((Grade("A", 101), Grade("B", 0, 1.2, -0.1)), ["floor", "pd", "lgd"]),
        ((Grade("A", 50, 0.2), Grade("B", 0, 0.1)), ["pd_order"]),
        ((Grade("A", 50, limit_factor=1), Grade("B", 0, limit_factor=2)), ["limit_factor"]),
        ((Grade("A", 50, terms_ceiling_days=30), Grade("B", 0)), ["terms"]),
    ],
)
def test_grades_are_checked(grades, kinds):
    assert [problem.kind for problem in validate_grades(grades)] == kinds
    assert all(str(problem) for problem in validate_grades(grades))
    assert set(kinds) <= set(PROBLEMS)


# -- what would raise the grade ----------------------------------------------------------------------


def test_the_smallest_single_change_that_raises_the_grade():
    rating = Rating(CARD, GRADES)
    way = rating.raise_grade(answers(liquidity=1.2, late=10, visit="fair"))
    assert (way.grade, way.floor, way.needed) == ("B", 60, 7.0)
    assert [(change.factor, change.gain, change.grade) for change in way.singles] == [
        ("visit", 10.0, "B"), ("late", 12.0, "B"), ("liquidity", 25.0, "B"),
    ]  # fmt: skip
    assert (way.singles[1].lower, way.singles[1].upper) == (None, 10)
    assert way.combination == way.singles[:1]


def test_several_changes_together():
    rating = Rating(CARD, GRADES)
    start = answers(liquidity=0, late=15, visit="poor")
    way = rating.raise_grade(start | answers(liquidity=1, visit="poor"))
    assert (way.grade, {change.factor for change in way.combination}) == ("B", {"visit"})
    hard = rating.raise_grade(answers(liquidity=1, late=10, visit="good"))
    assert (hard.grade, [change.factor for change in hard.combination]) == ("A", ["liquidity"])
    both = rating.raise_grade(answers(liquidity=2, late=30, visit="poor"))
    assert (both.grade, both.combination[0].gain) == ("B", 10.0)
    none_alone = Rating(Scorecard(tuple(
        Factor(str(n), str(n), 20, STEPS, direction=1) for n in range(5)
    )), GRADES)  # fmt: skip
    way = none_alone.raise_grade({str(n): Answer(0) for n in range(5)})
    assert (way.grade, way.singles, len(way.combination)) == ("C", (), 2)


def test_what_is_old_or_missing_counts_as_an_improvement():
    rating = Rating(card(max_age_days=365, stale_penalty=100), GRADES)
    way = rating.raise_grade(answers(liquidity=2, late=35, visit=Answer("good", "", 400)))
    assert [(change.kind, change.target) for change in way.singles if change.factor == "visit"] == [("fresh", "good")]
    supplied = Rating(card(missing="worst"), GRADES).raise_grade(answers(liquidity=2, late=35))
    assert {change.kind for change in supplied.singles if change.factor == "visit"} == {"supplied"}


def test_knock_outs_stand_in_the_way():
    rating = Rating(Scorecard((LIQUIDITY, VERY_LATE, VISIT, INSOLVENT)), GRADES)
    late = answers(liquidity=2, late=95, visit="good")
    way = rating.raise_grade(late)
    assert (way.grade, way.needed, [cap.label for cap in way.caps]) == ("B", 0.0, ["Over 90 days late"])
    # anything below 90 days lifts it, though it is in the same band
    assert (way.singles[0].factor, way.singles[0].gain, way.singles[0].grade) == ("late", 0.0, "B")
    assert way.singles[0].target < 90
    hopeless = rating.raise_grade(late | answers(insolvent="yes"))
    assert (hopeless.grade, hopeless.singles, hopeless.combination) == ("C", (), ())
    assert [cap.label for cap in hopeless.caps] == ["Insolvent"]


def test_nothing_above_the_best_grade_and_nothing_without_a_score():
    rating = Rating(CARD, GRADES)
    assert rating.raise_grade(answers(liquidity=2)) is None
    assert rating.raise_grade({}) is None
    assert {change.kind for change in rating.improvements({})} == {"supplied"}


# -- the expert's override ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "notches", "cap", "result"),
    [("C", 1, None, "B"), ("C", 2, None, "A"), ("C", -1, None, "D"), ("B", 0, None, "B"), ("C", 1, "B", "B"),
     ("C", -1, "B", "D"), ("B", 0, "C", "B")],
)  # fmt: skip
def test_an_override(grade, notches, cap, result):
    assert notched(GRADES, grade, notches, 2, cap) == result


@pytest.mark.parametrize(
    ("grade", "notches", "cap", "kind"),
    [("C", 3, None, "bound"), ("C", -3, None, "bound"), ("A", 1, None, "end"), ("D", -1, None, "end"),
     ("X", 1, None, "unknown"), ("C", 1, "C", "cap"), ("C", 1, "X", "unknown")],
)  # fmt: skip
def test_an_override_that_is_not_allowed(grade, notches, cap, kind):
    with pytest.raises(NotchError) as error:
        notched(GRADES, grade, notches, 2, cap)
    assert error.value.kind == kind


# -- kept for ever -----------------------------------------------------------------------------------


def test_json_and_back():
    full = Scorecard((LIQUIDITY, VERY_LATE, VISIT, INSOLVENT), "trade-2")
    there = json.loads(json.dumps(full.to_json()))
    assert Scorecard.from_json(there) == full
    result = assess(full, GRADES, answers(liquidity=1.2, late=95, visit="good"))
    there = json.loads(json.dumps(result.to_json()))
    assert Assessment.from_json(there | {"from_a_later_version": 1}) == result
    assert Grade.from_json(json.loads(json.dumps(GRADES[0].to_json()))) == GRADES[0]
    assert json.dumps(Rating(full, GRADES).raise_grade(result.answers).to_json())


def test_an_assessment_can_be_repeated_from_what_it_keeps():
    rating = Rating(card(max_age_days=10, stale_penalty=30), GRADES)
    result = rating.assess(answers(liquidity=Answer(1, "a", 4), visit=Answer("good", "b", 40)))
    assert rating.assess(Assessment.from_json(result.to_json()).answers) == result


# -- properties --------------------------------------------------------------------------------------


@st.composite
def factors(draw, number):
    """A factor with bands that are complete, and monotone in its direction."""
    bounds = sorted(draw(st.sets(st.integers(-20, 20), max_size=4)))
    direction = draw(st.sampled_from([-1, 1]))
    points = sorted(draw(st.lists(st.integers(0, 100), min_size=len(bounds) + 1, max_size=len(bounds) + 1)))
    if direction < 0:
        points.reverse()
    edges = [None, *bounds, None]
    return Factor(
        f"f{number}", f"Factor {number}", draw(st.integers(1, 9)),
        tuple(Band(*edges[i : i + 2], points[i]) for i in range(len(points))),
        missing=draw(st.sampled_from(sorted(MISSING))), direction=direction,
        knock_outs=tuple(draw(st.lists(knock_outs(direction), max_size=1))),
        max_age_days=draw(st.none() | st.integers(1, 100)), stale_penalty=draw(st.integers(0, 100)),
    )  # fmt: skip


def knock_outs(direction):
    bad_end = {"upper": st.integers(-25, -15)} if direction > 0 else {"lower": st.integers(15, 25)}
    return st.builds(KnockOut, st.sampled_from(["B", "C", "D"]), **bad_end)


cards = st.integers(1, 5).flatmap(lambda size: st.tuples(*(factors(number) for number in range(size)))).map(
    lambda made: Scorecard(
        tuple(replace(factor, weight=factor.weight * 100 / sum(f.weight for f in made)) for factor in made)
    )
)  # fmt: skip
values = st.none() | st.floats(-30, 30) | st.integers(-30, 30)
customers = st.fixed_dictionaries(
    {f"f{number}": st.builds(Answer, values, age_days=st.none() | st.integers(0, 200)) for number in range(5)}
)  # fmt: skip


@given(cards, customers)
def test_weights_add_up_and_scores_stay_within_bounds(scorecard, customer):
    assert validate(scorecard, GRADES) == []
    result = assess(scorecard, GRADES, customer)
    assert 0.0 <= result.completeness <= 1.0
    if result.score is None:
        assert result.completeness == 0.0
        return
    assert 0.0 <= result.score <= 100.0
    assert math.fsum(one.effective_weight for one in result.contributions) == pytest.approx(100.0)
    assert math.fsum(one.contribution for one in result.contributions) == pytest.approx(result.score, abs=0.006)


@given(cards, customers, st.integers(0, 4), st.floats(0, 60))
def test_a_better_value_never_lowers_score_or_grade(scorecard, customer, number, better):
    number %= len(scorecard.factors)
    factor, answer = scorecard.factors[number], customer[f"f{number}"]
    if answer.value is None:
        return
    improved = customer | {factor.code: replace(answer, value=answer.value + better * factor.direction)}
    before, after = assess(scorecard, GRADES, customer), assess(scorecard, GRADES, improved)
    assert after.score >= before.score
    assert GRADES.index(next(g for g in GRADES if g.code == after.grade)) <= GRADES.index(
        next(g for g in GRADES if g.code == before.grade)
    )


@given(cards, st.lists(customers, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_factors_and_customers_does_not_matter(scorecard, people, shuffler):
    turned = list(scorecard.factors)
    shuffler.shuffle(turned)
    rating, other = Rating(scorecard, GRADES), Rating(Scorecard(tuple(turned)), GRADES)
    first = [rating.assess(person) for person in people]
    again = [other.assess(dict(reversed(person.items()))) for person in reversed(people)]
    assert [(one.score, one.grade) for one in first] == [(one.score, one.grade) for one in reversed(again)]
    for one, two in zip(first, reversed(again), strict=True):
        assert {c.code: c.contribution for c in one.contributions} == pytest.approx(
            {c.code: c.contribution for c in two.contributions}
        )


@given(cards, customers)
def test_what_would_raise_the_grade_does(scorecard, customer):
    rating = Rating(scorecard, GRADES)
    before, way = rating.assess(customer), rating.raise_grade(customer)
    codes = [grade.code for grade in GRADES]
    for change in rating.improvements(customer):
        after = rating.assess(customer | {change.factor: Answer(change.target)})
        assert (after.score, after.grade) == (change.score, change.grade)
        assert before.score is None or change.gain == pytest.approx(after.score - before.score)
    if way is None:
        assert before.score is None or before.grade == "A"
        return
    assert codes.index(way.grade) == codes.index(before.grade) - 1
    for changes in [[single] for single in way.singles] + [list(way.combination)] * bool(way.combination):
        after = rating.assess(customer | {change.factor: Answer(change.target) for change in changes})
        assert codes.index(after.grade) <= codes.index(way.grade)
    # nothing in the combination is there for show
    for change in way.combination:
        rest = [other for other in way.combination if other is not change]
        after = rating.assess(customer | {other.factor: Answer(other.target) for other in rest})
        assert codes.index(after.grade) > codes.index(way.grade)


anything = st.none() | st.booleans() | st.floats() | st.sampled_from(["", "good", "poor", "a poem", "yes"])


@given(
    st.dictionaries(
        st.sampled_from(["liquidity", "late", "visit"]),
        st.builds(Answer, anything, age_days=st.none() | st.integers(-10, 10**6)),
    )
)
def test_no_value_breaks_it(given_answers):
    result = assess(CARD, GRADES, given_answers)
    assert Assessment.from_json(json.loads(json.dumps(result.to_json(), allow_nan=False))) == result


def test_many_customers_take_seconds():
    """Not a bench: it only fails if the work of one assessment grows out of hand."""
    chance = random.Random(7)
    twelve = tuple(replace(LIQUIDITY, code=str(number), weight=100 / 12) for number in range(12))
    rating = Rating(Scorecard(twelve), GRADES)
    people = [{str(n): Answer(chance.uniform(0, 3)) for n in range(12)} for _customer in range(1000)]
    assert all(0 <= rating.assess(person).score <= 100 for person in people)
