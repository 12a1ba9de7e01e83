# Part of credit_management. License LGPL-3.0 or later.
"""Past orders judged again: frozen positions give the frozen verdict, and sweeping equals adding up anew."""

import datetime
import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.limits import Granted, Guarantee
from ...engine.position import Counting, Document, GroupPosition, Position
from ...engine.replay import (
    Aftermath,
    Aftermaths,
    Billing,
    Contender,
    Entry,
    Frozen,
    History,
    Ledger,
    Match,
    PastOrder,
    Small,
    replay,
)
from ...engine.rules import Finding, Rule, evaluate

DAY = datetime.date(2026, 3, 1)
HOLD = {"order": "hold"}
USAGE = Rule("limit_usage", HOLD, percent=100.0)
OLDEST = Rule("oldest_item", HOLD, days=30)
FOREVER = Granted("standard", 1000.0, datetime.date(2020, 1, 1))


def day(number):
    return DAY + datetime.timedelta(days=number)


def noon(number, hour=12):
    return datetime.datetime.combine(day(number), datetime.time(hour))


def asked(number, order, amount, **values):
    """An order over ``amount`` that stood from the moment it was confirmed on day ``number``."""
    at = noon(number)
    return PastOrder(order, at, amount, values.pop("confirmed", at), Document(amount, amount), **values)


def outcomes(history, *contenders, **options):
    return {each.order.order: [verdict.outcome for verdict in each.verdicts]
            for each in replay(history, contenders, **options)}  # fmt: skip


# -- frozen ------------------------------------------------------------------------------------------

amounts = st.floats(-5_000, 5_000, allow_nan=False).map(lambda amount: round(amount, 2))
positions = st.builds(
    Position,
    as_of=st.just(DAY),
    receivable=amounts,
    draft_invoice=amounts,
    order=amounts,
    overdue=amounts,
    oldest_due=st.none() | st.integers(-90, 0).map(day),
    limit=amounts.map(abs),
    limit_status=st.sampled_from(["valid", "unlimited", "expired", "none"]),
    limit_until=st.none() | st.integers(-90, 0).map(day),
    cover_added=amounts.map(abs),
    cover_lowered=amounts.map(abs),
    on_hold=st.booleans(),
    small_documents=amounts.map(abs),
    group=st.none() | st.builds(GroupPosition, st.just("Group"), st.just("EUR"), st.none() | amounts.map(abs), amounts,
                                st.floats(0.1, 10)),
)  # fmt: skip
rules = st.lists(
    st.builds(
        Rule,
        st.sampled_from(["manual_hold", "no_limit", "limit_expired", "limit_usage", "oldest_item", "overdue_amount",
                         "overdue_share", "document_amount", "small_document", "prepaid", "payment_term",
                         "agreed_terms"]),
        st.sampled_from([HOLD, {"order": "warn"}, {"order": "refuse"}, {}]),
        percent=st.floats(0, 150),
        amount=amounts.map(abs),
        cap=amounts.map(abs),
        days=st.integers(0, 60),
        payment_terms=st.just(frozenset({7})),
        key=st.integers(1, 99),
    ),
    max_size=6,
)  # fmt: skip
terms = st.none() | st.just(7)
documents = st.builds(
    Document, amounts, amounts.map(abs), prepaid=amounts.map(abs), payment_term=terms, terms=st.integers(0, 90),
    agreed_terms=st.none() | st.integers(0, 90), agreed_known=st.just(True),
)  # fmt: skip


@given(positions, rules, documents, st.integers(0, 30), st.none() | st.builds(Small, amounts, amounts, st.just(30)))
def test_published_rules_on_a_frozen_position_give_the_frozen_verdict(position, policy, document, grace, small):
    then = evaluate(position, document, policy)
    frozen = Frozen(Position.from_json(then.position.to_json()), grace, small)
    kept = Document.from_json(json.loads(json.dumps(document.to_json())))
    past = PastOrder(1, noon(0), document.ask, noon(0), kept, frozen)
    # what else happened does not matter to it
    history = History(entries=[Entry(1, 1, day(-60), day(-30), 777.0)], orders=[past], limits=[FOREVER])
    [replayed] = replay(history, [Contender(tuple(policy), grace, small)])
    assert replayed.verdicts == (then,)
    assert (replayed.source, replayed.notes) == ("frozen", ((),))


@given(rules, st.integers(0, 30), st.none() | st.builds(Small, amounts, amounts, st.just(30)))
def test_contenders_survive_json(policy, grace, small):
    contender = Contender(tuple(policy), grace, small)
    assert Contender.from_json(json.loads(json.dumps(contender.to_json()))) == contender


def test_what_stood_against_another_ordering_party_still_does():
    party = (Finding("manual_hold", "none", action="hold", note="rumours"),)
    past = PastOrder(1, noon(0), 5.0, noon(0), Document(5.0, 5.0), Frozen(Position(DAY), party=party))
    [replayed] = replay(History(orders=[past]), [Contender(())])
    assert replayed.verdicts[0].findings == party


def test_other_days_of_grace_are_reckoned_from_postings():
    frozen = Frozen(Position(DAY, receivable=10.0, overdue=10.0, oldest_due=day(-40)), grace_days=0)
    past = PastOrder(1, noon(0), 5.0, noon(0), Document(5.0, 5.0), frozen)
    history = History(entries=[Entry(1, 1, day(-70), day(-40), 10.0, invoice=True)], orders=[past])
    [replayed] = replay(history, [Contender((OLDEST,), 0), Contender((OLDEST,), 40), Contender((OLDEST,), 39)])
    assert [verdict.outcome for verdict in replayed.verdicts] == ["hold", "pass", "hold"]
    assert replayed.notes == ((), ("grace",), ("grace",))


def test_other_orders_count_by_another_policy():
    """What a kept position left out follows from its figures, or from delivery dates; an order asks accordingly."""
    ways = [Counting(), Counting("none"), Counting("delivered"), Counting("horizon", 30), Counting("all", 0, False)]
    contenders = [Contender((USAGE,), counting=counting) for counting in ways]
    known = Position(day(2), receivable=100.0, draft_invoice=20.0, order=700.0, order_delivered=50.0, limit=800.0,
                     limit_status="valid")  # fmt: skip
    far = replace(asked(0, 1, 600.0), delivery=day(40))
    near = asked(1, 2, 100.0)
    judged = replace(asked(2, 3, 90.0), delivery=day(33), frozen=Frozen(known))
    *_earlier, last = replay(History(orders=[far, near, judged], limits=[FOREVER]), contenders)
    found = [(verdict.position.left_out, verdict.document.ask) for verdict in last.verdicts]
    assert found == [(0.0, 90.0), (700.0, 0.0), (650.0, 0.0), (600.0, 0.0), (20.0, 90.0)]
    assert [verdict.outcome for verdict in last.verdicts] == ["hold", "pass", "pass", "pass", "hold"]
    assert last.notes == ((), (), (), ("counting",), ())
    # kept by a policy that left the order itself out: it asks for the whole of it again
    partly = replace(judged, document=Document(0.0, 90.0), frozen=Frozen(replace(known, left_out=650.0),
                     counting=Counting("delivered")))  # fmt: skip
    *_earlier, last = replay(History(orders=[far, near, partly]), contenders[:3])
    found = [(verdict.position.left_out, verdict.document.ask) for verdict in last.verdicts]
    assert found == [(0.0, 90.0), (700.0, 0.0), (650.0, 0.0)]
    assert [verdict.outcome for verdict in last.verdicts] == ["hold", "pass", "pass"]


def test_contenders_become_json_and_come_back():
    full = Contender((USAGE, OLDEST), 4, Small(5, 6, 7), Counting("horizon", 9, False))
    for contender in (Contender((USAGE,)), full):
        assert Contender.from_json(json.loads(json.dumps(contender.to_json()))) == contender


# -- reconstructed -----------------------------------------------------------------------------------


def test_orders_beyond_the_horizon_come_in_with_time():
    far = replace(asked(0, 1, 600.0), delivery=day(40))
    past = [far, asked(1, 2, 1.0), asked(9, 3, 1.0), asked(10, 4, 1.0)]
    contender = Contender((USAGE,), counting=Counting("horizon", 30))
    found = list(replay(History(orders=past, limits=[FOREVER]), [contender]))
    assert found[0].verdicts[0].document.ask == 0.0
    assert [each.verdicts[0].position.counted for each in found] == [0.0, 0.0, 1.0, 602.0]
    assert found[0].notes == (("counting",),)


def test_an_order_is_counted_once_on_its_way_to_payment():
    history = History(
        entries=[Entry(1, 1, day(5), day(35), 600.0, invoice=True), Entry(2, 2, day(20), day(20), -600.0)],
        matches=[Match(1, 2, day(20), 600.0)],
        billings=[Billing(1, 1, day(5), 600.0)],
        orders=[asked(0, 1, 600.0), asked(1, 2, 400.0), asked(2, 3, 0.01), asked(10, 4, 0.01), asked(21, 5, 600.0)],
        limits=[FOREVER],
    )
    found = list(replay(history, [Contender((USAGE,))]))
    exposures = [each.verdicts[0].position.exposure for each in found]
    # after the third one, which would be held, history goes on as it happened
    assert exposures == pytest.approx([0.0, 600.0, 1000.0, 1000.01, 400.02])
    assert [each.verdicts[0].outcome for each in found] == ["pass", "pass", "hold", "hold", "hold"]
    assert [(each.verdicts[0].position.receivable, each.source) for each in found][3] == (600.0, "reconstructed")


def test_an_invoice_of_the_same_day_comes_after_its_order_and_a_payment_before():
    history = History(
        entries=[
            Entry(1, 1, day(0), day(0), 600.0, invoice=True),  # of the order itself
            Entry(2, 2, day(-9), day(-9), 800.0, invoice=True),
            Entry(3, 3, day(0), day(0), -800.0),
        ],
        matches=[Match(2, 3, day(0), 800.0)],
        billings=[Billing(1, 1, day(0), 600.0)],
        orders=[asked(0, 1, 600.0), PastOrder(2, noon(0, 13), 0.0, None, Document(1.0, 1.0))],
        limits=[FOREVER],
    )
    first, second = replay(history, [Contender((USAGE,))])
    assert first.verdicts[0].position.exposure == 0.0
    assert (second.verdicts[0].position.receivable, second.verdicts[0].position.order) == (600.0, 0.0)


def test_credit_notes_give_back_and_nothing_is_owed_twice():
    history = History(
        entries=[Entry(1, 1, day(1), day(1), 600.0, invoice=True), Entry(2, 2, day(2), day(2), -200.0)],
        billings=[Billing(1, 1, day(1), 600.0), Billing(1, 2, day(2), -200.0)],
        orders=[asked(0, 1, 500.0), asked(1, 2, 1.0), asked(3, 3, 1.0)],
    )
    found = [each.verdicts[0].position for each in replay(history, [Contender(())])]
    # billed 100 more than was ordered: the order never counts below nothing
    assert [(each.receivable, each.order) for each in found] == [(0.0, 0.0), (600.0, 0.0), (400.0, 101.0)]


def test_limits_and_guarantees_are_those_of_the_day():
    limits = [Granted("standard", 100.0, day(0), day(9)), Granted("standard", 300.0, day(10))]
    history = History(
        limits=limits,
        guarantees=[Guarantee(50.0, valid_from=day(5), valid_until=day(6))],
        orders=[asked(number, number + 1, 1.0) for number in (0, 5, 7, 10)] + [asked(-5, 9, 1.0)],
    )
    found = {each.order.order: (each.verdicts[0].position.ceiling, each.notes[0])
             for each in replay(history, [Contender(())])}  # fmt: skip
    assert found == {1: (100.0, ()), 6: (150.0, ()), 8: (100.0, ()), 11: (300.0, ()), 9: (100.0, ("limit",))}


def test_who_never_had_a_limit_has_none():
    [replayed] = replay(History(orders=[asked(0, 1, 5.0)]), [Contender((Rule("no_limit", HOLD),))])
    assert (replayed.verdicts[0].outcome, replayed.notes) == ("hold", ((),))


def test_what_no_date_tells_is_left_out_and_said():
    """A rule that takes the unknown for a violation must not hold every order of the past."""
    index = Rule("payment_index", HOLD, index=60.0, unknown=True)
    agreed = Rule("agreed_terms", HOLD)
    frozen = Frozen(Position(DAY, payment_index=50.0))
    later = Document(5.0, 5.0, terms=30)
    past = [replace(asked(0, 1, 5.0), document=later), replace(asked(0, 2, 5.0), document=later, frozen=frozen)]
    first, second = replay(History(orders=past), [Contender((index,)), Contender((agreed,)), Contender(())])
    assert [verdict.outcome for verdict in first.verdicts] == ["pass", "pass", "pass"]
    assert first.notes == (("facts",), ("facts",), ())
    # a decision keeps the index, but not what was agreed upon
    assert [verdict.outcome for verdict in second.verdicts] == ["hold", "pass", "pass"]
    assert second.notes == ((), ("facts",), ())
    [at_once] = replay(History(orders=[asked(0, 1, 5.0)]), [Contender((agreed,))])
    assert at_once.notes == ((),)
    # … unless it was asked for by then
    known = replace(later, agreed_terms=20, agreed_known=True)
    [kept] = replay(History(orders=[replace(asked(0, 1, 5.0), document=known, frozen=frozen)]), [Contender((agreed,))])
    assert (kept.verdicts[0].outcome, kept.notes) == ("hold", ((),))


def test_what_was_inferred_of_a_document_is_said_where_it_matters():
    frozen = Frozen(Position(DAY), inferred=True)
    past = PastOrder(1, noon(0), 5.0, noon(0), Document(0.0, 5.0, prepaid=5.0), frozen)
    [replayed] = replay(History(orders=[past]), [Contender((Rule("prepaid"),)), Contender((USAGE,))])
    assert (replayed.verdicts[0].exemption, replayed.notes) == ("prepaid", (("document",), ()))


def test_held_orders_can_be_left_out_of_what_follows():
    """600 are paid late: with them the second order is held for their sake, without them it passes."""
    strict = Contender((Rule("document_amount", HOLD, amount=500.0), OLDEST, USAGE))
    lax = Contender((OLDEST, USAGE))
    history = History(
        entries=[Entry(1, 1, day(1), day(2), 600.0, invoice=True), Entry(2, 2, day(50), day(50), -600.0)],
        matches=[Match(1, 2, day(50), 600.0)],
        billings=[Billing(1, 1, day(1), 600.0)],
        orders=[asked(0, 1, 600.0), asked(40, 2, 100.0), asked(60, 3, 100.0)],
        limits=[FOREVER],
    )
    assert outcomes(history, strict, lax) == {1: ["hold", "pass"], 2: ["hold", "hold"], 3: ["pass", "pass"]}
    apart = list(replay(history, [strict, lax], held_stay=False))
    assert [[verdict.outcome for verdict in each.verdicts] for each in apart] == [
        ["hold", "pass"], ["pass", "hold"], ["pass", "pass"]]  # fmt: skip
    # what was held took its invoice and its payment along; the one that passed is still there
    assert [verdict.position.exposure for verdict in apart[2].verdicts] == pytest.approx([100.0, 0.0])
    assert apart[1].notes == (("held",), ())


def test_held_orders_are_taken_off_frozen_positions():
    strict = Contender((Rule("document_amount", HOLD, amount=500.0),))
    frozen = Frozen(Position(day(1), receivable=50.0, order=600.0))
    past = [asked(0, 1, 600.0), replace(asked(1, 2, 100.0), frozen=frozen)]
    _first, second = replay(History(orders=past), [strict], held_stay=False)
    assert second.verdicts[0].position == replace(frozen.position, order=0.0)


def test_small_documents_are_added_up_as_the_policy_lets_them_pass():
    small = Contender((Rule("small_document", amount=50.0, cap=100.0), Rule("no_limit", HOLD)), 0, Small(50, 100, 30))
    past = [asked(number, number + 1, 50.0) for number in (0, 1, 2, 31)]
    assert outcomes(History(orders=past), small) == {1: ["pass"], 2: ["pass"], 3: ["hold"], 32: ["pass"]}


def test_groups_and_undated_changes_are_owned_up_to():
    past = asked(0, 1, 1.0, undated=True)
    [replayed] = replay(History(orders=[past], grouped=True), [Contender(())])
    assert replayed.notes == (("order", "group"),)


@st.composite
def books(draw):
    """Entries and the matches between them, each match at most what is left on both sides by its day."""
    entries = [
        Entry(number, number, day(draw(st.integers(0, 40))), day(draw(st.integers(0, 80))),
              draw(st.integers(1, 9)) * draw(st.sampled_from([10.0, -10.0])))
        for number in range(draw(st.integers(1, 12)))
    ]  # fmt: skip
    left, matches = {entry.item: abs(entry.balance) for entry in entries}, []
    for debit in entries:
        for credit in entries:
            if debit.balance > 0 > credit.balance and draw(st.booleans()):
                amount = min(left[debit.item], left[credit.item])
                if amount > 0:
                    late = max(debit.date, credit.date) + datetime.timedelta(days=draw(st.integers(0, 9)))
                    matches.append(Match(debit.item, credit.item, late, amount))
                    left[debit.item] -= amount
                    left[credit.item] -= amount
    return entries, matches


def added_up(entries, matches, today, grace):
    """What :class:`Ledger` keeps up, from scratch: receivable, overdue, oldest due date."""
    residual = {entry.item: entry.balance for entry in entries if entry.date <= today}
    for match in matches:
        if match.date <= today:
            residual[match.debit] -= match.amount
            residual[match.credit] += match.amount
    late = [entry for entry in entries
            if entry.item in residual and entry.due + datetime.timedelta(days=grace) < today]  # fmt: skip
    return (
        sum(residual.values()),
        sum(residual[entry.item] for entry in late),
        min((entry.due for entry in late if residual[entry.item] > 0), default=None),
    )


@given(books(), st.lists(st.integers(0, 90), min_size=1, max_size=8), st.sampled_from([0, 7]), st.randoms())
def test_sweeping_equals_adding_up(book, days, grace, shuffler):
    entries, matches = book
    past = [PastOrder(number, noon(number), 0.0, None, Document(1.0, 1.0)) for number in sorted(set(days))]
    expected = [added_up(entries, matches, each.moment.date(), grace) for each in past]
    for some in (entries, matches, past):
        shuffler.shuffle(some)
    history = History(entries=entries, matches=matches, orders=past)
    found = [each.verdicts[0].position for each in replay(history, [Contender((), grace)])]
    assert [(each.receivable, each.overdue, each.oldest_due) for each in found] == expected


def test_what_was_settled_before_may_be_left_out():
    """A payment that settled an old invoice, left out, and a new one: only the new one is open."""
    ledger = Ledger([0], 0.01)
    ledger.post(Entry(2, 2, DAY, DAY, -300.0))
    ledger.match(Match(1, 2, DAY, 100.0))
    assert ledger.receivable == -200.0


def test_ten_thousand_orders_of_one_customer_take_no_square_of_time():
    random.seed(1)
    count = 10_000
    history = History(
        entries=[Entry(each, each, day(each // 30), day(each // 30 + 30), 10.0, True) for each in range(count)],
        orders=[asked(each // 30, each, 10.0) for each in range(count)],
        limits=[FOREVER],
    )
    start = datetime.datetime.now(datetime.UTC)
    assert sum(1 for _each in replay(history, [Contender((USAGE, OLDEST)), Contender((USAGE,), 14)])) == count
    assert (datetime.datetime.now(datetime.UTC) - start).total_seconds() < 10


# -- what became of it -------------------------------------------------------------------------------


def test_what_became_of_invoices():
    entries = [
        Entry(1, 1, day(0), day(30), 100.0, invoice=True),  # paid 10 days early
        Entry(2, 2, day(1), day(30), 200.0, invoice=True),  # half credited, half paid 15 days late
        Entry(3, 3, day(2), day(32), 300.0, invoice=True),  # written off
        Entry(4, 4, day(3), day(40), 400.0, invoice=True),  # open, 60 days overdue
        Entry(5, 5, day(4), day(200), 500.0, invoice=True),  # open, not due
    ]
    matches = [
        Match(1, 9, day(20), 100.0),
        Match(2, 8, day(25), 100.0, "credited"),
        Match(2, 9, day(45), 100.0),
        Match(3, 7, day(90), 300.0, "written_off"),
        Match(4, 9, day(150), 400.0),  # after the day
    ]
    billings = [Billing(each, each, day(0), 100.0 * each) for each in range(1, 6)] + [Billing(6, 5, day(0), 100.0)]
    found = Aftermaths(History(entries=entries, matches=matches, billings=billings), day(100))
    assert found.of_order(1) == Aftermath(100.0, 100.0, 0.0, 0.0, -1000.0)
    assert (found.of_order(1).days_late, found.of_order(1).late_share) == (-10.0, 0.0)
    assert found.of_order(2) == Aftermath(100.0, 100.0, 100.0, 0.0, 1500.0)
    assert found.of_order(3) == Aftermath(300.0, 300.0, 0.0, 300.0, 300.0 * 68)
    assert found.of_order(4) == Aftermath(400.0, 400.0, 0.0, 400.0, 400.0 * 60)
    assert (found.of_order(4).days_late, found.of_order(4).late_share) == (60.0, 1.0)
    # nothing due yet, so nothing is known
    assert found.of_order(5) == Aftermath(500.0)
    assert (found.of_order(5).days_late, found.of_order(5).late_share) == (None, None)
    # a part of an invoice
    assert found.of_order(6).invoiced == 100.0
    assert found.of_order(99) == Aftermath()
    everything, later = found.since(day(0)), found.since(day(3))
    assert (everything.invoiced, everything.late, everything.unpaid) == (1400.0, 100.0, 700.0)
    assert (later.invoiced, later.due, later.unpaid) == (900.0, 400.0, 400.0)


def test_late_begins_after_the_days_given():
    history = History(
        entries=[Entry(1, 1, day(0), day(0), 100.0, invoice=True)],
        matches=[Match(1, 2, day(10), 100.0, "paid", 0.25)],
        billings=[Billing(1, 1, day(0), 100.0)],
    )
    assert Aftermaths(history, day(50), 9).of_order(1).late == 75.0
    assert Aftermaths(history, day(50), 10).of_order(1).late == 0.0
    # what was marked as paid and never was
    assert Aftermaths(history, day(50), 10).of_order(1).unpaid == 25.0
