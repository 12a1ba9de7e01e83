# Part of credit_management. License LGPL-3.0 or later.
"""What an order commits and would still bill (I1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine.commitment import OrderLine, commitment, committed_quantity, expected_quantity


def line(unit_price=100.0, expected=10.0, committed=None, **values):
    return OrderLine(unit_price, expected, expected if committed is None else committed, **values)


@pytest.mark.parametrize(
    ("values", "still_open"),
    [
        ({}, 1000.0),
        ({"invoiced": 4}, 600.0),
        ({"invoiced": 10}, 0.0),
        ({"invoiced": 12}, 0.0),  # more was invoiced than expected: nothing is given back
        ({"expected": 0.0}, 0.0),
        ({"expected": -2.0}, 0.0),  # a return: the order as a whole never counts below zero
        # invoiced 10, credited 3 in full: 3 may be billed again
        ({"invoiced": 7, "credited_quantity": 3, "credited_amount": 300.0}, 300.0),
        # a price reduction credits 10 pieces with 50 in all: 50 may be billed again, not 1,000
        ({"invoiced": 0, "credited_quantity": 10, "credited_amount": 50.0}, 50.0),
    ],
)
def test_open_amount(values, still_open):
    assert commitment([line(**values)]).open == still_open


def test_down_payment_is_deducted_until_the_final_invoice_takes_it_back():
    assert commitment([line()], down_payments=300.0).open == 700.0
    # the final invoice bills everything and deducts the down payment: billed 0 on its line in sum
    assert commitment([line(invoiced=10)], down_payments=0.0).open == 0.0


def test_discount_lines_count_negative():
    assert commitment([line(), line(unit_price=-50.0, expected=1.0)]).open == 950.0


def test_delivered_part():
    figures = commitment([line(delivered=4.0, invoiced=1.0)])
    assert (figures.open, figures.open_delivered) == (900.0, 300.0)


def test_growth_is_no_decision():
    figures = commitment([line(expected=15.0, committed=10.0, delivered=15.0)])
    assert (figures.value, figures.committed) == (1500.0, 1000.0)


quantities = st.integers(0, 1000)
prices = st.integers(0, 100_000).map(lambda cents: cents / 100)


@given(prices, quantities, quantities)
def test_counted_once_at_order_prices(price, expected, invoiced):
    """Open plus billed is the whole, whatever part is billed."""
    invoiced = min(invoiced, expected)
    figures = commitment([line(price, float(expected), invoiced=float(invoiced))])
    assert figures.open + invoiced * price == pytest.approx(figures.value)


@given(st.lists(st.builds(line, prices, quantities.map(float)), max_size=5), prices)
def test_never_negative_and_delivered_is_a_part(lines, down_payments):
    figures = commitment(lines, down_payments)
    assert figures.open >= 0
    assert 0 <= figures.open_delivered <= figures.open


@pytest.mark.parametrize(
    ("ordered", "delivered", "on_delivery", "settled", "expected"),
    [
        (5.0, 8.0, False, False, 5.0),  # what was ordered is billed, whatever is delivered
        (5.0, 2.0, True, False, 5.0),  # the rest is to come
        (5.0, 8.0, True, False, 8.0),
        (5.0, 2.0, True, True, 2.0),  # nothing more will come
        (-5.0, -2.0, True, False, -5.0),
        (-5.0, -8.0, True, False, -8.0),
        (0.0, 3.0, True, False, 3.0),
    ],
)
def test_expected_quantity(ordered, delivered, on_delivery, settled, expected):
    assert expected_quantity(ordered, delivered, on_delivery=on_delivery, settled=settled) == expected


@pytest.mark.parametrize(
    ("ordered", "delivered", "on_delivery", "by_hand", "committed"),
    [
        (5.0, 8.0, True, True, 8.0),  # somebody entered that more was delivered
        (5.0, 8.0, True, False, 5.0),  # it grew by itself
        (5.0, 8.0, False, True, 5.0),  # and is not billed
        (5.0, 2.0, True, True, 5.0),
        (-5.0, -8.0, True, True, -8.0),
        (-5.0, -8.0, True, False, -5.0),
    ],
)
def test_committed_quantity(ordered, delivered, on_delivery, by_hand, committed):
    assert committed_quantity(ordered, delivered, on_delivery=on_delivery, by_hand=by_hand) == committed
