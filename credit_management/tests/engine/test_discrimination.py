# Part of credit_management. License LGPL-3.0 or later.
"""AUC and KS against their definitions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.discrimination import auc, ks


@pytest.mark.parametrize(
    ("scores", "outcomes", "area", "distance"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 1.0, 1.0),
        ([4, 3, 2, 1], [False, False, True, True], 0.0, 1.0),
        ([5, 5, 5, 5], [False, True, False, True], 0.5, 0.0),
        ([1, 2, 3, 4], [False, True, False, True], 0.75, 0.5),
        ([1, 2, 2, 3], [False, False, True, True], 0.875, 0.5),
    ],
)
def test_cases(scores, outcomes, area, distance):
    assert (auc(scores, outcomes), ks(scores, outcomes)) == (area, distance)


@pytest.mark.parametrize("outcomes", [[], [True, True], [False]])
def test_without_both_outcomes_nothing_is_told_apart(outcomes):
    scores = [1.0] * len(outcomes)
    assert auc(scores, outcomes) is None
    assert ks(scores, outcomes) is None


@pytest.mark.parametrize("measure", [auc, ks])
def test_what_is_no_score_is_refused(measure):
    with pytest.raises(ValueError, match="not a number"):
        measure([1.0, float("nan")], [True, False])
    with pytest.raises(ValueError, match="zip"):
        measure([1.0], [True, False])


samples = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), max_size=30)


@given(samples)
def test_by_definition(sample):
    scores, outcomes = [score for score, _outcome in sample], [outcome for _score, outcome in sample]
    hits = [score for score, outcome in sample if outcome]
    misses = [score for score, outcome in sample if not outcome]
    if not hits or not misses:
        return
    pairs = list(itertools.product(hits, misses))
    wins = sum((hit > miss) + (hit == miss) / 2 for hit, miss in pairs)
    assert auc(scores, outcomes) == pytest.approx(wins / len(pairs))
    gaps = [
        abs(sum(hit <= bound for hit in hits) / len(hits) - sum(miss <= bound for miss in misses) / len(misses))
        for bound in scores
    ]
    assert ks(scores, outcomes) == pytest.approx(max(gaps))


@given(samples, st.randoms(use_true_random=False))
def test_only_ranks_matter_and_their_order_not(sample, random):
    before = auc(*zip(*sample, strict=True)) if sample else None
    random.shuffle(sample)
    stretched = [(score**3 * 2.0 + 7, outcome) for score, outcome in sample]
    after = auc(*zip(*stretched, strict=True)) if sample else None
    assert before == (None if after is None else pytest.approx(after))
    if after is not None:
        turned = [(-score, outcome) for score, outcome in sample]
        assert auc(*zip(*turned, strict=True)) == pytest.approx(1 - after)
