# Part of credit_management. License LGPL-3.0 or later.
"""The layouts' rows are known to the statement, and heads, units and figures are read as they are meant."""

import datetime
import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...engine import layout
from ...engine.layout import LAYOUTS, is_head, is_passed_over, number_of, period_of, unit_of
from ...engine.statement import LINES, match


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_is_a_line_of_its_section(name):
    for table in LAYOUTS[name]:
        for row in table.rows:
            assert match(row), row
            assert match(row).line.section == table.section, row
        assert is_head(table.head)


def test_the_international_layout_has_every_line():
    assert [row for table in LAYOUTS["international"] for row in table.rows] == [line.label for line in LINES.values()]


def test_the_chinese_layout_reaches_what_ratios_need():
    reached = {match(row).line.code for table in LAYOUTS["chinese"] for row in table.rows}
    derived = {code for code, line in LINES.items() if line.parts}
    assert set(LINES) - derived - reached <= {"interest_income", "other_equity"}


@pytest.mark.parametrize(
    ("head", "meaning"),
    [
        (datetime.datetime(2024, 6, 30, 12, tzinfo=datetime.UTC), datetime.date(2024, 6, 30)),
        ("2024-06-30", datetime.date(2024, 6, 30)),
        ("2024/6/30", datetime.date(2024, 6, 30)),
        ("2024年6月30日", datetime.date(2024, 6, 30)),
        ("2024-02-31", None),
        (2024, 2024),
        (2024.0, 2024),
        ("2024年度", 2024),
        ("本期金额", "current"),
        ("上年年末余额", "previous"),
        ("Prior year", "previous"),
        ("30/06/2024", None),
        (12345.0, None),
        (True, None),
        ("", None),
    ],
)
def test_heads_of_columns(head, meaning):
    assert period_of(head) == meaning


def test_names_and_numbers_of_lines():
    assert is_head(None)
    assert is_head("资 产")
    assert is_head("负债和所有者权益(或股东权益)")
    assert not is_head("编制单位:某公司")
    assert is_passed_over("行次")
    assert not is_passed_over(None)


def test_units():
    assert [unit_of(text) for text in ("单位:元", "金额单位:人民币万元", "Unit: millions", "in EUR thousands", "")] == [
        1, 10_000, 1_000_000, 1000, None,
    ]  # fmt: skip
    assert unit_of(12.0) is None


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,234,567", ".", 1234567.0), ("1 234 567,89", ",", 1234567.89), ("-5", ".", -5.0), ("5-", ".", -5.0),
        ("¥ 12.5", ".", 12.5), ("１２３", ".", 123.0), ("–", ".", 0.0), ("", ".", None), (".5", ".", 0.5),
        ("−7", ".", -7.0),
    ],
)  # fmt: skip
def test_figures(text, decimal, value):
    assert number_of(text, decimal) == value


@pytest.mark.parametrize("text", ["n/a", "=1+1", "1.2.3", "12,34", "1e5", "1,234.5.6", "()", "12 %"])
def test_what_is_no_figure(text):
    with pytest.raises(ValueError, match="not a figure"):
        number_of(text)


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", "."]))
def test_figures_come_back(value, decimal):
    group = "." if decimal == "," else ","
    text = f"{value:,}".replace(",", group)
    assert number_of(text, decimal) == value


def test_examples_in_the_docs():
    assert doctest.testmod(layout).failed == 0
