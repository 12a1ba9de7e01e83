# Part of credit_management. License LGPL-3.0 or later.
"""The layouts in which statements are handed in, and what the heads of their columns mean.

A layout is a table per section, its rows named so that :func:`engine.statement.match` knows them. The Chinese one is
the general enterprise form of the Ministry of Finance (财会〔2019〕6号) with the rows that say something of credit.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from .statement import Section, lines, normalised

Column = Literal["current", "previous"]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its title, the head of the column of names, and the names of its rows."""

    section: Section
    title: str
    head: str
    rows: tuple[str, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_INTERNATIONAL_TITLES: Mapping[Section, str] = MappingProxyType(
    {"balance": "Balance sheet", "income": "Income statement", "cash_flow": "Cash flow statement"}
)

LAYOUTS: Mapping[str, tuple[Table, ...]] = MappingProxyType(
    {
        "international": tuple(
            Table(section, title, "Item", tuple(line.label for line in lines(section)))
            for section, title in _INTERNATIONAL_TITLES.items()
        ),
        "chinese": (
            Table(
                "balance", "资产负债表", "项目",
                _names(
                    "货币资金 交易性金融资产 应收票据 应收账款 应收款项融资 预付款项 其他应收款 存货 合同资产"
                    " 一年内到期的非流动资产 其他流动资产 流动资产合计 长期应收款 长期股权投资 投资性房地产 固定资产"
                    " 在建工程 使用权资产 无形资产 开发支出 商誉 长期待摊费用 递延所得税资产 其他非流动资产"
                    " 非流动资产合计 资产总计 短期借款 应付票据 应付账款 预收款项 合同负债 应付职工薪酬 应交税费"
                    " 其他应付款 一年内到期的非流动负债 其他流动负债 流动负债合计 长期借款 应付债券 租赁负债"
                    " 长期应付款 预计负债 递延收益 递延所得税负债 其他非流动负债 非流动负债合计 负债合计 实收资本"
                    " 资本公积 减:库存股 其他综合收益 盈余公积 未分配利润 所有者权益合计 负债和所有者权益总计"
                ),
            ),
            Table(
                "income", "利润表", "项目",
                _names(
                    "一、营业收入 减:营业成本 税金及附加 销售费用 管理费用 研发费用 财务费用 其中:利息费用 利息收入"
                    " 加:其他收益 投资收益 公允价值变动收益 信用减值损失(损失以“-”号填列)"
                    " 资产减值损失(损失以“-”号填列) 资产处置收益 二、营业利润 加:营业外收入 减:营业外支出"
                    " 三、利润总额 减:所得税费用 四、净利润 折旧与摊销"
                ),
            ),
            Table(
                "cash_flow", "现金流量表", "项目",
                _names(
                    "经营活动产生的现金流量净额 购建固定资产、无形资产和其他长期资产支付的现金"
                    " 投资活动产生的现金流量净额 筹资活动产生的现金流量净额 汇率变动对现金及现金等价物的影响"
                    " 现金及现金等价物净增加额 期初现金及现金等价物余额 期末现金及现金等价物余额"
                ),
            ),
        ),
    }
)  # fmt: skip


# -- heads of columns --------------------------------------------------------------------------------

_HEADS = frozenset(
    map(
        normalised,
        (
            "", "Item", "Items", "Line", "Account", "Accounts", "Description", "Particulars", "Name", "Assets",
            "Liabilities and equity", "Equity and liabilities", "Balance sheet", "Income statement",
            "Profit and loss account", "Cash flow statement", "项目", "资产", "负债和所有者权益",
            "负债和所有者权益(或股东权益)", "负债及所有者权益", "负债和股东权益", "科目", "报表项目", "补充资料",
        ),
    )
)  # fmt: skip
_PASSED_OVER = frozenset(map(normalised, ("行次", "附注", "注释", "Note", "Notes", "No", "Ref", "Code")))
_CURRENT = frozenset(
    map(
        normalised,
        (
            "Current", "Current period", "Current year", "This year", "Amount", "期末余额", "期末数", "期末金额",
            "年末余额", "年末数", "本期金额", "本期数", "本期发生额", "本年金额", "本年数", "本年累计", "本年累计数",
            "本年累计金额", "本期累计", "金额",
        ),
    )
)  # fmt: skip
_PREVIOUS = frozenset(
    map(
        normalised,
        (
            "Previous", "Previous period", "Previous year", "Prior year", "Last year", "年初余额", "年初数", "期初余额",
            "期初数", "上年年末余额", "上年年末数", "上年末余额", "上期金额", "上期数", "上期发生额", "上年金额",
            "上年数", "上年同期", "上年同期金额", "上年同期数",
        ),
    )
)  # fmt: skip
_DAY = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
_YEAR = re.compile(r"^(?:fy\s*)?((?:19|20)\d{2})\s*(?:年度?|年末)?$")


def is_head(text: object) -> bool:
    """Whether a cell heads a column of names."""
    return normalised("" if text is None else str(text)) in _HEADS


def is_passed_over(text: object) -> bool:
    """Whether a cell heads a column that says nothing, such as one of line numbers."""
    return text is not None and normalised(str(text)) in _PASSED_OVER


def period_of(head: object) -> datetime.date | int | Column | None:
    """What the head of a column of figures says: a day, a year, this or the previous period; None for nothing of it.

    >>> period_of("2024年12月31日"), period_of("FY2024"), period_of("年初余额"), period_of("Item")
    (datetime.date(2024, 12, 31), 2024, 'previous', None)
    """
    if isinstance(head, datetime.datetime):
        return head.date()
    if isinstance(head, datetime.date):
        return head
    if isinstance(head, bool) or head is None:
        return None
    if isinstance(head, float):
        head = int(head) if head.is_integer() else head
    text = unicodedata.normalize("NFKC", str(head)).strip().lower()
    if day := _DAY.match(text):
        try:
            return datetime.date(*map(int, day.groups()))
        except ValueError:
            return None
    if year := _YEAR.match(text):
        return int(year[1])
    name = normalised(text)
    if name in _CURRENT:
        return "current"
    return "previous" if name in _PREVIOUS else None


_UNITS = {
    "元": 1, "千元": 1000, "万元": 10_000, "百万元": 1_000_000,
    "ones": 1, "units": 1, "thousand": 1000, "thousands": 1000, "million": 1_000_000, "millions": 1_000_000,
}  # fmt: skip
_UNIT = re.compile(r"(?:单位|unit)\s*:\s*(?:人民币)?\s*(百万元|万元|千元|元|[a-z]+)")
_IN_UNITS = re.compile(r"\bin\s+(?:[a-z]{3}\s+)?(thousands?|millions?)\b")


def unit_of(text: object) -> int | None:
    """The unit that a remark on a sheet states; None if it states none.

    >>> unit_of("单位:万元"), unit_of("in thousands of USD"), unit_of("United Units")
    (10000, 1000, None)
    """
    if not isinstance(text, str):
        return None
    plain = unicodedata.normalize("NFKC", text).lower()
    found = _UNIT.search(plain) or _IN_UNITS.search(plain)
    return _UNITS.get(found[1]) if found else None


def number_of(text: str, decimal: str = ".") -> float | None:
    """The figure that a text states: brackets and trailing minus are negative, a dash alone is nil.

    >>> number_of("(1,234.50)"), number_of("1.234,5", ","), number_of("—"), number_of("  ")
    (-1234.5, 1234.5, 0.0, None)

    :param decimal: what separates the decimals, ``.`` or ``,``; the other one groups thousands
    :raises ValueError: the text states no figure
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-").replace("—", "-")
    if not plain:
        return None
    if set(plain) == {"-"}:
        return 0.0
    negative = plain.startswith("-") or plain.endswith("-") or (plain[0] == "(" and plain[-1] == ")")
    digits = re.sub(r"^[-+(¥$€£\s]+|[-)\s]+$", "", plain)
    group = "," if decimal == "." else "."
    grouped = rf"\d{{1,3}}(?:[{re.escape(group)}\s'’]\d{{3}})+|\d+"
    if not re.fullmatch(rf"(?:{grouped})?(?:{re.escape(decimal)}\d+)?", digits) or not digits:
        raise ValueError(f"“{text.strip()}” is not a figure")
    value = float(re.sub(r"[^\d" + re.escape(decimal) + "]", "", digits).replace(decimal, "."))
    return -value if negative else value
