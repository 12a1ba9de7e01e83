# Part of credit_management. License LGPL-3.0 or later.
"""The rules at their boundaries, the verdict, and what would turn it into a pass."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.position import Document, GroupPosition, Position
from ...engine.rules import (
    GRAVITY,
    RULE_KINDS,
    Finding,
    Rule,
    evaluate,
    evaluate_party,
    needed_limit,
    remedy,
)

TODAY = datetime.date(2026, 6, 30)
HOLD = {"order": "hold", "amendment": "hold", "quotation": "warn"}
LIMITED = Position(TODAY, receivable=900.0, limit=1000.0, limit_status="valid")


def rule(kind, actions=None, **parameters):
    return Rule(kind, actions or HOLD, **parameters)


def kinds(position, document, *rules):
    return [finding.kind for finding in evaluate(position, document, rules).findings]


@pytest.mark.parametrize(("ask", "held"), [(100.0, False), (100.004, False), (100.01, True), (-5000.0, False)])
def test_exposure_up_to_the_limit_passes(ask, held):
    assert bool(kinds(LIMITED, Document(ask, ask), rule("limit_usage", percent=100))) is held


def test_floats_do_not_hold_an_order():
    position = replace(LIMITED, receivable=0.1 + 0.2, limit=0.4)
    assert kinds(position, Document(0.1, 0.1), rule("limit_usage", percent=100)) == []


def test_zero_is_no_credit_and_unlimited_is_unlimited():
    usage = rule("limit_usage", percent=100)
    nothing = Position(TODAY, limit=0.0, limit_status="valid")
    assert kinds(nothing, Document(0.01, 0.01), usage) == ["limit_usage"]
    assert kinds(nothing, Document(0.0, 500.0), usage) == []
    assert kinds(replace(nothing, limit_status="unlimited"), Document(1e12, 1e12), usage) == []


def test_no_limit_is_not_a_limit_of_zero():
    unknown = Position(TODAY)
    verdict = evaluate(unknown, Document(50.0, 50.0), [rule("no_limit"), rule("limit_usage", percent=100)])
    assert [(finding.kind, finding.overage) for finding in verdict.findings] == [("no_limit", 50.0)]


@pytest.mark.parametrize(("days_ago", "held"), [(14, False), (15, True)])
def test_expired_limit_counts_through_its_grace(days_ago, held):
    expired = replace(LIMITED, limit_status="expired", limit_until=TODAY - datetime.timedelta(days_ago))
    assert bool(kinds(expired, Document(1.0, 1.0), rule("limit_expired", days=14))) is held
    # in the days of grace the old limit still counts
    assert kinds(expired, Document(101.0, 101.0), rule("limit_usage", percent=100)) == ["limit_usage"]


@pytest.mark.parametrize(("days", "held"), [(30, False), (31, True)])
def test_oldest_item(days, held):
    late = replace(LIMITED, overdue=10.0, oldest_due=TODAY - datetime.timedelta(days))
    assert bool(kinds(late, Document(1.0, 1.0), rule("oldest_item", days=30))) is held
    assert kinds(late, Document(1.0, 1.0), rule("oldest_item", days=0, amount=10.0)) == []


def test_unallocated_money_covers_what_is_overdue():
    covered = replace(LIMITED, overdue=-5.0, oldest_due=TODAY - datetime.timedelta(90))
    assert covered.overdue_days == 0
    assert kinds(covered, Document(1.0, 1.0), rule("oldest_item", days=1), rule("overdue_amount")) == []


def test_overdue_amount_and_share():
    late = replace(LIMITED, receivable=1000.0, overdue=250.0)
    assert kinds(late, Document(1, 1), rule("overdue_amount", amount=250.0), rule("overdue_share", percent=25)) == []
    later = replace(late, overdue=250.5)
    assert kinds(later, Document(1, 1), rule("overdue_amount", amount=250.0), rule("overdue_share", percent=25)) == [
        "overdue_amount",
        "overdue_share",
    ]


def test_document_amount_is_measured_on_the_whole_document():
    verdict = evaluate(LIMITED, Document(10.0, 600.0), [rule("document_amount", amount=500.0)])
    assert verdict.overage == 100.0


@pytest.mark.parametrize(("terms", "held"), [(0, False), (30, False), (35, False), (36, True)])
def test_terms_up_to_the_ceiling_pass(terms, held):
    rules = [rule("payment_terms", days=5), rule("agreed_terms", days=5)]
    graded = replace(LIMITED, terms_ceiling=30)
    assert kinds(graded, Document(1.0, 1.0, terms=terms), *rules) == ["payment_terms"] * held
    agreed = Document(1.0, 1.0, terms=terms, agreed_terms=30)
    assert kinds(LIMITED, agreed, *rules) == ["agreed_terms"] * held


def test_a_ceiling_of_zero_is_cash_and_an_unknown_one_is_none():
    rules = [rule("payment_terms"), rule("agreed_terms")]
    assert kinds(replace(LIMITED, terms_ceiling=0), Document(1.0, 1.0, terms=1), *rules) == ["payment_terms"]
    assert kinds(LIMITED, Document(1.0, 1.0, terms=999), *rules) == []
    # what asks for nothing has nothing to pay later
    assert kinds(replace(LIMITED, terms_ceiling=0), Document(0.0, 1.0, terms=1), *rules) == []


def test_shorter_terms_are_the_remedy_beside_what_else_stands_against_it():
    position = replace(LIMITED, terms_ceiling=30)
    rules = [rule("payment_terms"), rule("agreed_terms", days=4), rule("limit_usage", percent=100)]
    verdict = evaluate(position, Document(150.0, 150.0, terms=60, agreed_terms=20), rules)
    way_out = remedy(verdict, rules)
    assert (way_out.terms, way_out.pay, way_out.reduce, verdict.overage) == (24, 50.0, 50.0, 150.0)
    assert evaluate(position, Document(100.0, 100.0, terms=24, agreed_terms=20), rules).stands
    assert remedy(evaluate(position, Document(150.0, 150.0), rules), rules).terms is None


def test_manual_hold_beats_every_exemption():
    held = replace(LIMITED, on_hold=True, hold_reason="Lawsuit")
    exemptions = [
        rule("small_document", amount=1e6, cap=1e6),
        rule("prepaid"),
        rule("payment_term", payment_terms=frozenset({7})),
    ]
    verdict = evaluate(held, Document(0.0, 10.0, prepaid=10.0, payment_term=7), exemptions)
    assert (verdict.outcome, verdict.exemption, verdict.findings[0].note) == ("hold", None, "Lawsuit")


def test_manual_hold_needs_no_rule_and_follows_the_one_there_is():
    held = replace(LIMITED, on_hold=True)
    assert evaluate(held, Document(1.0, 1.0), []).outcome == "hold"
    assert evaluate(held, Document(1.0, 1.0, "quotation"), []).outcome == "warn"
    assert evaluate(held, Document(1.0, 1.0), [rule("manual_hold", {"order": "refuse"})]).outcome == "refuse"


def test_first_exemption_ends_it():
    verdict = evaluate(
        LIMITED,
        Document(0.0, 5000.0, prepaid=5000.0),
        [rule("prepaid"), rule("document_amount", {"order": "refuse"}, amount=1.0)],
    )
    assert (verdict.outcome, verdict.exemption) == ("pass", "prepaid")


def test_the_gravest_action_counts():
    rules = [
        rule("limit_usage", {"order": "warn"}, percent=50),
        rule("document_amount", {"order": "hold"}, amount=1.0),
        rule("overdue_amount", {"order": "refuse"}),
    ]
    assert evaluate(LIMITED, Document(50.0, 50.0), rules[:1]).outcome == "warn"
    assert evaluate(LIMITED, Document(50.0, 50.0), rules).outcome == "hold"
    assert evaluate(replace(LIMITED, overdue=1.0), Document(50.0, 50.0), rules).outcome == "refuse"


def test_rules_act_at_their_checkpoints_only():
    usage = rule("limit_usage", percent=1)
    assert evaluate(LIMITED, Document(1.0, 1.0, "quotation"), [usage]).outcome == "warn"
    assert evaluate(LIMITED, Document(1.0, 1.0, "delivery"), [usage]).outcome == "pass"


def test_ordering_party_counts_by_hold_and_refusal_only():
    party = Position(TODAY, receivable=9e9, limit=1.0, limit_status="valid", overdue=5.0)
    rules = [rule("limit_usage", percent=100), rule("overdue_amount", {"order": "refuse"})]
    found = evaluate_party(party, Document(10.0, 10.0), rules)
    assert [finding.kind for finding in found] == ["overdue_amount"]
    assert evaluate(LIMITED, Document(10.0, 10.0), [rule("prepaid")], found).outcome == "refuse"
    assert [f.kind for f in evaluate_party(replace(party, on_hold=True), Document(1, 1), [])] == ["manual_hold"]


def test_small_documents_are_capped_in_all():
    rules = [rule("small_document", amount=50, cap=120), rule("limit_usage", percent=0)]
    position, outcomes = LIMITED, []
    for _part in range(4):
        verdict = evaluate(position, Document(50.0, 50.0), rules)
        outcomes.append(verdict.outcome)
        position = verdict.after()
    assert outcomes == ["pass", "pass", "hold", "hold"]


def test_overage_is_the_document_where_a_finding_has_none():
    late = replace(LIMITED, overdue=10.0, oldest_due=datetime.date(2020, 1, 1))
    assert evaluate(late, Document(70.0, 80.0), [rule("oldest_item")]).overage == 70.0


def test_every_kind_is_a_check_or_an_exemption():
    checks = {code for code, kind in RULE_KINDS.items() if kind.check}
    assert checks == {
        "limit_usage", "no_limit", "limit_expired", "oldest_item", "overdue_amount", "overdue_share",
        "document_amount", "manual_hold", "group_limit", "payment_terms", "agreed_terms", "overdue_usage",
        "payment_index", "grade", "review_overdue", "statement_age", "account_status", "largest_document",
    }  # fmt: skip
    assert set(RULE_KINDS) - checks == {"small_document", "prepaid", "payment_term"}
    for kind in RULE_KINDS.values():
        assert (kind.check is None) != (kind.exempt is None)
        assert kind.label
        assert kind.help


def test_finding_survives_json():
    [finding] = evaluate(LIMITED, Document(500.0, 500.0), [rule("limit_usage", percent=100, key=3)]).findings
    assert Finding.from_json(finding.to_json()) == finding


money = st.integers(0, 10**7).map(lambda cents: cents / 100)
positions = st.builds(
    lambda owed, orders, late, limit, days: Position(
        TODAY, receivable=owed, order=orders, overdue=min(late, owed), oldest_due=TODAY - datetime.timedelta(days),
        limit=limit, limit_status="valid",
    ),
    money, money, money, money, st.integers(0, 200),
)  # fmt: skip
policies = st.lists(
    st.one_of(
        st.builds(lambda percent: rule("limit_usage", percent=percent), st.integers(0, 200)),
        st.builds(lambda amount: rule("overdue_amount", amount=amount), money),
        st.builds(lambda percent: rule("overdue_share", percent=percent), st.integers(0, 99)),
        st.builds(lambda days: rule("oldest_item", days=days), st.integers(0, 100)),
        st.builds(lambda amount: rule("document_amount", amount=amount), money),
    ),
    max_size=5,
)


@given(positions, money, policies, money)
def test_owing_more_never_helps(position, ask, rules, more):
    document = Document(ask, ask)
    before = evaluate(position, document, rules).outcome
    after = evaluate(replace(position, order=position.order + more), document, rules).outcome
    assert GRAVITY[after] >= GRAVITY[before]


@given(positions, st.lists(money, min_size=1, max_size=6))
def test_splitting_an_order_lets_no_more_through(position, parts):
    rules = [rule("limit_usage", percent=100)]
    for part in parts:
        verdict = evaluate(position, Document(part, part), rules)
        position = verdict.after()
        if verdict.stands and part > 0.004:
            assert position.exposure <= position.limit + 0.005


@given(positions, money.filter(bool), policies)
def test_following_the_remedy_lets_it_pass(position, ask, rules):
    rules = [replace(line, key=number) for number, line in enumerate(rules)]
    verdict = evaluate(position, Document(ask, ask), rules)
    if verdict.stands:
        return
    way_out = remedy(verdict, rules)
    if way_out.reduce is not None and not way_out.pay_due:
        left = ask - way_out.reduce
        assert evaluate(position, Document(left, left), rules).stands
    # paying: first what is overdue, then anything; a document that is too large stays so
    paid = max(way_out.pay, way_out.pay_due)
    late = max(0.0, position.overdue - paid)
    after = replace(position, receivable=position.receivable - paid, overdue=late)
    findings = evaluate(after, Document(ask, ask), rules).findings
    assert {finding.kind for finding in findings} <= {"document_amount"}


LIMIT_KINDS = {"limit_usage", "no_limit", "limit_expired"}


shares = st.lists(st.integers(1, 200), max_size=3)


@given(positions, money.filter(bool), shares, money, st.sampled_from([0.01, 1.0, 5.0]))
def test_the_needed_limit_is_enough_and_no_more(position, ask, percents, cover, rounding):
    rules = [rule("no_limit"), rule("limit_expired"), *(rule("limit_usage", percent=percent) for percent in percents)]
    position = replace(position, cover_added=cover, rounding=rounding)
    document = Document(ask, ask)
    needed = needed_limit(position, document, rules)
    granted = replace(position, limit=needed, limit_status="valid")
    assert not LIMIT_KINDS & {finding.kind for finding in evaluate(granted, document, rules).findings}
    # what is allowed is rounded: so much of the limit makes a step of it
    step = rounding * (1 + 100.0 / min(percents, default=100))
    if percents and ask > rounding and needed > step:
        less = replace(granted, limit=needed - step)
        assert "limit_usage" in {finding.kind for finding in evaluate(less, document, rules).findings}


def test_the_needed_limit_counts_what_is_owed_already():
    # without a limit the overage is only what the document asks for; the limit has to bear the rest too
    owing = Position(TODAY, receivable=500.0)
    assert needed_limit(owing, Document(200.0, 200.0), [rule("limit_usage", percent=80)]) == 875.0
    assert needed_limit(owing, Document(200.0, 200.0), [rule("limit_usage", {"order": "warn"}, percent=80)]) == 700.0
    assert needed_limit(replace(owing, cover_added=900.0), Document(200.0, 200.0), []) == 0.0


JOINT = replace(LIMITED, group=GroupPosition("Holding", "EUR", 1000.0, 900.0, rate=0.5))


def test_the_joint_limit_binds_even_where_the_policy_forgot_it():
    fits, exceeds_it = Document(200.0, 200.0), Document(200.02, 200.02)
    for rules in ([], [rule("group_limit")]):
        assert evaluate(JOINT, fits, rules).outcome == "pass"
        verdict = evaluate(JOINT, exceeds_it, rules)
        assert (verdict.outcome, [finding.kind for finding in verdict.findings]) == ("hold", ["group_limit"])
    assert evaluate(replace(JOINT, group=replace(JOINT.group, limit=None)), exceeds_it, []).outcome == "pass"
    assert evaluate(JOINT, exceeds_it, [rule("group_limit", {"order": "warn"})]).outcome == "warn"


def test_the_overage_of_a_group_is_in_the_currency_of_the_profile():
    verdict = evaluate(JOINT, Document(300.0, 300.0), [])
    [finding] = verdict.findings
    assert (finding.measured, finding.threshold, finding.overage) == (2100.0, 2000.0, 100.0)
    assert remedy(verdict, []).reduce == 100.0
    assert remedy(verdict, []).pay == 100.0


def test_a_document_uses_up_the_joint_room():
    verdict = evaluate(JOINT, Document(150.0, 150.0), [])
    assert evaluate(verdict.after(), Document(50.0, 50.0), []).outcome == "pass"
    assert evaluate(verdict.after(), Document(51.0, 51.0), []).outcome == "hold"


def test_guarantees_count_for_the_usage_of_the_limit():
    usage = [rule("limit_usage", percent=100)]
    ask = Document(LIMITED.room + 100.0, 1.0)
    assert evaluate(LIMITED, ask, usage).outcome == "hold"
    assert evaluate(replace(LIMITED, cover_added=100.0), ask, usage).outcome == "pass"
    assert evaluate(replace(LIMITED, cover_lowered=100.0), ask, usage).outcome == "pass"
    assert evaluate(replace(LIMITED, cover_lowered=99.0), ask, usage).outcome == "hold"


# -- what is known of the customer -------------------------------------------------------------------


def found(kind, position, asked=100.0, **parameters):
    """(unit, measured, threshold, overage) of the finding of a rule, if any."""
    findings = evaluate(position, Document(asked, asked), [rule(kind, **parameters)]).findings
    return next(((f.unit, f.measured, f.threshold, f.overage) for f in findings), None)


@pytest.mark.parametrize(
    ("overdue", "ask", "finding"),
    [
        (50.0, 100.0, None),  # not more than is tolerated
        (50.01, 0.0, None),  # at the share, not above it
        (50.01, 0.1, ("amount", 50.01, 50.0, None)),
        (0.0, 5000.0, None),
    ],
)
def test_overdue_and_usage(overdue, ask, finding):
    position = replace(LIMITED, overdue=overdue)
    assert found("overdue_usage", position, ask, percent=90, amount=50.0) == finding


def test_overdue_and_usage_without_a_limit_to_use():
    position = Position(TODAY, receivable=900.0, overdue=900.0)
    assert found("overdue_usage", position, percent=0) is None
    assert found("overdue_usage", replace(position, limit_status="unlimited"), percent=0) is None


def test_what_unblocks_overdue_and_usage():
    position = replace(LIMITED, overdue=80.0)
    rules = [rule("overdue_usage", percent=95, amount=50.0, key=1)]
    verdict = evaluate(position, Document(100.0, 100.0), rules)
    way_out = remedy(verdict, rules)
    assert way_out.pay_due == 30.0
    paid = replace(position, receivable=870.0, overdue=50.0)
    assert evaluate(paid, Document(100.0, 100.0), rules).stands


@pytest.mark.parametrize(
    ("kind", "known", "parameters", "finding"),
    [
        ("payment_index", {"payment_index": 50.0}, {"index": 50.0}, None),
        ("payment_index", {"payment_index": 49.9}, {"index": 50.0}, ("points", 49.9, 50.0, None)),
        ("payment_index", {"payment_index": 0.0}, {"index": 50.0}, ("points", 0.0, 50.0, None)),
        ("grade", {"grade": "BB", "grade_place": 5}, {"grade": "BB", "grade_place": 5}, None),
        ("grade", {"grade": "B", "grade_place": 6}, {"grade": "BB", "grade_place": 5}, ("points", 6, 5, None)),
        ("review_overdue", {"next_review": TODAY - datetime.timedelta(10)}, {"days": 10}, None),
        ("review_overdue", {"next_review": TODAY - datetime.timedelta(11)}, {"days": 10}, ("days", 11, 10, None)),
        ("review_overdue", {"next_review": TODAY + datetime.timedelta(9)}, {"days": 0}, None),
        ("statement_age", {"statement_until": TODAY - datetime.timedelta(365)}, {"days": 365}, None),
        ("statement_age", {"statement_until": TODAY - datetime.timedelta(9)}, {"days": 8}, ("days", 9, 8, None)),
        ("account_status", {"account_status": 3}, {"account_statuses": frozenset({1, 2})}, None),
        ("account_status", {"account_status": 2}, {"account_statuses": frozenset({1, 2})}, ("none", 0.0, 0.0, None)),
        ("largest_document", {"largest_document": 50.0}, {"percent": 200}, None),
        ("largest_document", {"largest_document": 50.0}, {"percent": 150}, ("amount", 100.0, 75.0, 25.0)),
        ("largest_document", {"largest_document": 0.0}, {"percent": 150}, ("amount", 100.0, 0.0, 100.0)),
    ],
)
def test_facts_at_their_boundaries(kind, known, parameters, finding):
    assert found(kind, replace(LIMITED, **known), **parameters) == finding


@pytest.mark.parametrize("kind", ["payment_index", "grade", "review_overdue", "statement_age", "largest_document"])
def test_what_is_unknown_is_a_violation_where_the_rule_says_so(kind):
    parameters = {"index": 50.0, "grade": "BB", "grade_place": 5, "days": 9, "percent": 100}
    assert found(kind, LIMITED, **parameters) is None
    assert found(kind, LIMITED, unknown=True, **parameters) is not None


@pytest.mark.parametrize("kind", ["payment_index", "grade", "review_overdue", "statement_age"])
def test_a_smaller_document_is_no_way_out_of_facts(kind):
    rules = [rule(kind, unknown=True), rule("limit_usage", percent=100)]
    way_out = remedy(evaluate(LIMITED, Document(200.0, 200.0), rules), rules)
    assert (way_out.causes, way_out.reduce) == ((kind,), None)


def test_a_smaller_document_is_one_where_it_is_larger_than_ever():
    rules = [rule("largest_document", percent=150)]
    position = replace(LIMITED, largest_document=50.0)
    assert remedy(evaluate(position, Document(100.0, 100.0), rules), rules).reduce == 25.0


def test_facts_are_frozen_with_the_position():
    position = replace(
        LIMITED, grade="B", grade_place=6, payment_index=49.9, next_review=TODAY, statement_until=TODAY,
        largest_document=5.0, account_status=2, account_status_name="Insolvent",
    )  # fmt: skip
    assert Position.from_json(position.to_json()) == position
