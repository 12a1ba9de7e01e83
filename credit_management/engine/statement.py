# Part of credit_management. License LGPL-3.0 or later.
"""Financial statements: their lines, how subtotals are made, and how the rows of a file become figures.

How it works: a statement is a mapping of line codes to figures. :data:`LINES` says which lines there are, how
subtotals are made of others, and under which names a line is found in a file, in the international layout and in the
Chinese one (资产负债表, 利润表, 现金流量表). :func:`gather` maps named rows to lines, :func:`completed` derives
the subtotals that follow from the rest, and :func:`check` tells where the figures contradict each other.

Figures are in one currency and unit for the whole statement; which one it is doesn't matter here. An unknown figure
is absent or None, never 0, and what needs it is unknown as well. Costs, taxes and capital expenditure are positive
figures. To add a line, add it to the table.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from . import _

# pylint: disable=prefer-env-translation
# a mark for whoever looks for texts to translate: there is no environment to translate in

Section = Literal["balance", "income", "cash_flow"]
Figures = Mapping[str, float | None]


# -- lines -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement.

    ``parts`` are the (code, sign) that make up a subtotal; empty for a line that stands for itself. ``optional``:
    some layouts don't state it by itself but within another part of the same subtotal, so a subtotal doesn't
    need it. ``checked`` is False where the parts are the usual ones but not all: the subtotal may be derived from
    them, and may also differ. ``names`` are alternatives for the whole line in a file, ``added`` and
    ``deducted`` are rows of finer layouts that the line is summed from.
    """

    code: str
    label: str
    section: Section
    parts: tuple[tuple[str, int], ...] = ()
    optional: bool = False
    checked: bool = True
    names: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    deducted: tuple[str, ...] = ()
    help: str = ""

    @property
    def flow(self) -> bool:
        """Whether the figure grows with the length of the period (income, cash flow), unlike a balance."""
        return self.section != "balance" and self.code not in ("opening_cash", "closing_cash")


LINES: dict[str, Line] = {}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def _line(
    code: str, label: str, section: Section, names: str = "", *, total: str = "", optional: bool = False,
    checked: bool = True, added: str = "", deducted: str = "", help: str = "",
) -> None:  # fmt: skip
    """Put a line in the registry; names are separated by ``|``, a total is written ``+part -part``."""

    parts = tuple((word[1:], -1 if word[0] == "-" else 1) for word in total.split())
    LINES[code] = Line(
        code, label, section, parts, optional, checked, (label, *_names(names)), _names(added), _names(deducted), help
    )


_line(
    "cash", _("Cash and bank"), "balance",
    "Cash|Cash and cash equivalents|Cash at bank and in hand|Cash and bank balances|货币资金|现金及现金等价物"
    "|银行存款",
)  # fmt: skip
_line(
    "short_term_investments", _("Short-term investments"), "balance",
    "Marketable securities|Current financial assets|交易性金融资产|短期投资",
    optional=True,
    added="Derivative financial assets|以公允价值计量且其变动计入当期损益的金融资产|衍生金融资产",
)  # fmt: skip
_line(
    "receivables", _("Trade receivables"), "balance",
    "Accounts receivable|Trade and other receivables|Trade debtors|Debtors|Receivables|应收账款|应收帐款"
    "|应收账款净额|应收票据及应收账款",
)  # fmt: skip
_line(
    "notes_receivable", _("Notes receivable"), "balance",
    "Bills receivable|应收票据",
    optional=True,
    added="应收款项融资",
    help=_("Where a layout has no such row, notes are part of the trade receivables."),
)  # fmt: skip
_line("inventories", _("Inventories"), "balance", "Inventory|Stock|Stocks|存货|存货净额")
_line(
    "other_current_assets", _("Other current assets"), "balance",
    "其他流动资产",
    added="Prepayments|Prepaid expenses|Other receivables|Contract assets|Current tax assets"
    "|Income tax receivable|Assets held for sale|预付款项|预付账款|预付帐款|其他应收款|应收利息|应收股利"
    "|应收补贴款|合同资产|持有待售资产|划分为持有待售的资产|待摊费用|一年内到期的非流动资产"
    "|一年内到期的长期债权投资",
)  # fmt: skip
_line(
    "total_current_assets", _("Total current assets"), "balance",
    "Current assets total|流动资产合计|流动资产总计|流动资产总额",
    total="+cash +short_term_investments +receivables +notes_receivable +inventories +other_current_assets",
)  # fmt: skip
_line(
    "tangible_assets", _("Tangible fixed assets"), "balance",
    "Property, plant and equipment|Fixed assets|Tangible assets|固定资产|固定资产净额|固定资产净值"
    "|固定资产账面价值",
    added="Right-of-use assets|Investment property|Biological assets|在建工程|工程物资|固定资产清理|使用权资产"
    "|投资性房地产|生产性生物资产|油气资产",
)  # fmt: skip
_line(
    "intangible_assets", _("Intangible assets"), "balance",
    "Intangibles|Intangible assets other than goodwill|Goodwill and intangible assets|无形资产",
    optional=True,
    added="Goodwill|商誉|开发支出",
    help=_("With goodwill and capitalised development: what tangible net worth leaves out."),
)  # fmt: skip
_line(
    "other_non_current_assets", _("Other non-current assets"), "balance",
    "Other fixed assets|其他非流动资产|其他长期资产",
    added="Investments|Long-term investments|Investments in associates|Non-current financial assets"
    "|Long-term receivables|Deferred tax assets|长期股权投资|长期债权投资|长期投资|长期应收款|可供出售金融资产"
    "|持有至到期投资|债权投资|其他债权投资|其他权益工具投资|其他非流动金融资产|长期待摊费用|递延所得税资产",
)  # fmt: skip
_line(
    "total_non_current_assets", _("Total non-current assets"), "balance",
    "Total fixed assets|非流动资产合计|非流动资产总计",
    total="+tangible_assets +intangible_assets +other_non_current_assets",
)  # fmt: skip
_line(
    "total_assets", _("Total assets"), "balance",
    "Balance sheet total|资产总计|资产合计|资产总额",
    total="+total_current_assets +total_non_current_assets",
)  # fmt: skip

_line(
    "short_term_debt", _("Short-term debt"), "balance",
    "Short-term borrowings|Short-term loans|Current borrowings|短期借款",
    added="Bank overdraft|Bank overdrafts|Current portion of long-term debt|Current lease liabilities"
    "|一年内到期的非流动负债|一年内到期的长期负债|交易性金融负债|衍生金融负债"
    "|以公允价值计量且其变动计入当期损益的金融负债",
)  # fmt: skip
_line(
    "payables", _("Trade payables"), "balance",
    "Accounts payable|Trade and other payables|Trade creditors|Payables|应付账款|应付帐款|应付票据及应付账款",
)  # fmt: skip
_line(
    "notes_payable", _("Notes payable"), "balance",
    "Bills payable|应付票据",
    optional=True,
    help=_("Where a layout has no such row, notes are part of the trade payables."),
)  # fmt: skip
_line(
    "other_current_liabilities", _("Other current liabilities"), "balance",
    "其他流动负债",
    added="Accrued expenses|Accruals|Contract liabilities|Deferred income|Current tax liabilities"
    "|Income tax payable|Other payables|Provisions|Current provisions|预收款项|预收账款|预收帐款|合同负债"
    "|应付职工薪酬|应付工资|应付福利费|应交税费|应交税金|其他应交款|其他应付款|应付利息|应付股利|应付利润"
    "|持有待售负债|划分为持有待售的负债|预提费用",
)  # fmt: skip
_line(
    "total_current_liabilities", _("Total current liabilities"), "balance",
    "Current liabilities total|Creditors due within one year|流动负债合计|流动负债总计|流动负债总额",
    total="+short_term_debt +payables +notes_payable +other_current_liabilities",
)  # fmt: skip
_line(
    "long_term_debt", _("Long-term debt"), "balance",
    "Long-term borrowings|Long-term loans|Non-current borrowings|长期借款",
    added="Bonds payable|Lease liabilities|Non-current lease liabilities|应付债券|租赁负债|长期应付款",
)  # fmt: skip
_line(
    "other_non_current_liabilities", _("Other non-current liabilities"), "balance",
    "Other long-term liabilities|其他非流动负债|其他长期负债",
    added="Deferred tax liabilities|Non-current provisions|Retirement benefit obligations|预计负债|预计非流动负债"
    "|递延收益|递延所得税负债|专项应付款|长期应付职工薪酬",
)  # fmt: skip
_line(
    "total_non_current_liabilities", _("Total non-current liabilities"), "balance",
    "Total long-term liabilities|非流动负债合计|长期负债合计",
    total="+long_term_debt +other_non_current_liabilities",
)  # fmt: skip
_line(
    "total_liabilities", _("Total liabilities"), "balance",
    "Liabilities total|负债合计|负债总计|负债总额",
    total="+total_current_liabilities +total_non_current_liabilities",
)  # fmt: skip

_line(
    "paid_in_capital", _("Paid-in capital"), "balance",
    "Share capital|Issued capital|Called up share capital|Common stock|实收资本|股本|实收资本净额",
)  # fmt: skip
_line(
    "retained_earnings", _("Retained earnings"), "balance",
    "Accumulated profits|Accumulated deficit|Profit and loss account|留存收益",
    added="盈余公积|未分配利润",
    help=_("All profits kept so far: in the Chinese layout surplus reserves and undistributed profit."),
)  # fmt: skip
_line(
    "other_equity", _("Other equity"), "balance",
    "Other reserves|Reserves",
    optional=True,
    added="Share premium|Additional paid-in capital|Treasury shares|Revaluation reserve"
    "|Other comprehensive income|Non-controlling interests|Minority interests|资本公积|其他权益工具|其他综合收益"
    "|专项储备|一般风险准备|外币报表折算差额|少数股东权益",
    deducted="库存股",
)  # fmt: skip
_line(
    "total_equity", _("Total equity"), "balance",
    "Equity|Net worth|Shareholders' equity|Total shareholders' equity|Total stockholders' equity"
    "|Shareholders' funds|Net assets|所有者权益合计|股东权益合计|所有者权益总计|股东权益总计|净资产",
    total="+paid_in_capital +retained_earnings +other_equity",
)  # fmt: skip
_line(
    "total_liabilities_equity", _("Total liabilities and equity"), "balance",
    "Total equity and liabilities|Total liabilities and shareholders' equity"
    "|Total liabilities and stockholders' equity|负债和所有者权益总计|负债及所有者权益总计|负债和所有者权益合计"
    "|负债及所有者权益合计|负债和股东权益总计|负债及股东权益总计",
    total="+total_liabilities +total_equity",
)  # fmt: skip

_line(
    "revenue", _("Revenue"), "income",
    "Sales|Net sales|Turnover|Total revenue|Operating revenue|营业收入|营业总收入|主营业务收入|销售收入",
)  # fmt: skip
_line(
    "cost_of_sales", _("Cost of sales"), "income", "Cost of goods sold|Cost of revenue|营业成本|主营业务成本|销售成本"
)
_line("gross_profit", _("Gross profit"), "income", "Gross margin|毛利|毛利润|营业毛利", total="+revenue -cost_of_sales")
_line(
    "selling_expenses", _("Selling expenses"), "income",
    "Distribution costs|Selling and distribution expenses|Marketing expenses|销售费用|营业费用",
    optional=True,
)  # fmt: skip
_line(
    "admin_expenses", _("Administrative expenses"), "income",
    "General and administrative expenses|Selling, general and administrative expenses|SG&A|Overheads|管理费用",
)  # fmt: skip
_line(
    "research_expenses", _("Research and development"), "income",
    "Research and development expenses|R&D expenses|研发费用",
    optional=True,
)  # fmt: skip
_line(
    "other_operating_expenses", _("Other operating expenses"), "income",
    "Other expenses",
    optional=True,
    added="Taxes and surcharges|税金及附加|营业税金及附加|主营业务税金及附加",
)  # fmt: skip
_line(
    "operating_expenses", _("Operating expenses"), "income",
    "Total operating expenses|期间费用合计",
    total="+selling_expenses +admin_expenses +research_expenses +other_operating_expenses",
)  # fmt: skip
_line(
    "other_operating_income", _("Other operating income"), "income",
    "Other income|Other gains and losses|其他收益|其他业务利润",
    optional=True,
    added="Share of profit of associates|Investment income|投资收益|公允价值变动收益|公允价值变动净收益"
    "|净敞口套期收益|资产处置收益",
    deducted="Impairment losses|信用减值损失|资产减值损失",
)  # fmt: skip
_line(
    "ebit", _("Operating profit"), "income",
    "EBIT|Operating income|Profit from operations|Earnings before interest and taxes|息税前利润",
    total="+gross_profit -operating_expenses +other_operating_income",
    help=_("Before interest and taxes."),
)  # fmt: skip
_line("interest_expense", _("Interest expense"), "income", "Interest paid and payable|利息费用|利息支出")
_line("interest_income", _("Interest income"), "income", "Finance income|利息收入", optional=True)
_line(
    "finance_costs", _("Finance costs, net"), "income",
    "Finance costs|Net finance costs|Financial expenses|财务费用",
    total="+interest_expense -interest_income",
    checked=False,
    help=_("Interest paid less interest received; the Chinese line also has exchange differences and bank charges."),
)  # fmt: skip
_line(
    "profit_after_finance", _("Profit after finance costs"), "income",
    "营业利润",
    total="+ebit -finance_costs",
    help=_("The Chinese operating profit, which is after finance costs."),
)  # fmt: skip
_line(
    "non_operating", _("Non-operating result"), "income",
    "Exceptional items|Extraordinary items|营业外收支净额",
    optional=True,
    added="Non-operating income|营业外收入",
    deducted="Non-operating expenses|营业外支出",
)  # fmt: skip
_line(
    "profit_before_tax", _("Profit before tax"), "income",
    "Pre-tax profit|Income before tax|Profit before taxation|Profit before income tax|利润总额|税前利润",
    total="+profit_after_finance +non_operating",
)  # fmt: skip
_line("income_tax", _("Income tax"), "income", "Tax|Taxation|Tax expense|Income tax expense|所得税费用|所得税")
_line(
    "net_profit", _("Net profit"), "income",
    "Net income|Profit for the year|Profit for the period|Profit after tax|净利润|税后利润",
    total="+profit_before_tax -income_tax",
)  # fmt: skip
_line(
    "depreciation", _("Depreciation and amortisation"), "income",
    "Depreciation and amortization|折旧与摊销|折旧及摊销|折旧和摊销",
    added="Depreciation|Amortisation|Amortization|Depreciation of right-of-use assets"
    "|固定资产折旧、油气资产折耗、生产性生物资产折旧|固定资产折旧|使用权资产折旧|无形资产摊销|长期待摊费用摊销",
    help=_("Of the operating costs, the part that took no cash."),
)  # fmt: skip

_line(
    "operating_cash_flow", _("Operating cash flow"), "cash_flow",
    "Net cash from operating activities|Net cash provided by operating activities"
    "|Cash flow from operating activities|Cash generated from operations|经营活动产生的现金流量净额"
    "|经营活动现金流量净额|经营现金流量净额",
)  # fmt: skip
_line(
    "investing_cash_flow", _("Investing cash flow"), "cash_flow",
    "Net cash used in investing activities|Net cash from investing activities|Cash flow from investing activities"
    "|投资活动产生的现金流量净额|投资活动现金流量净额",
)  # fmt: skip
_line(
    "financing_cash_flow", _("Financing cash flow"), "cash_flow",
    "Net cash used in financing activities|Net cash from financing activities|Cash flow from financing activities"
    "|筹资活动产生的现金流量净额|筹资活动现金流量净额",
)  # fmt: skip
_line(
    "exchange_effect", _("Exchange effect on cash"), "cash_flow",
    "Effect of exchange rate changes|Effect of exchange rate changes on cash|汇率变动对现金及现金等价物的影响"
    "|汇率变动对现金的影响",
    optional=True,
)  # fmt: skip
_line(
    "net_change_in_cash", _("Net change in cash"), "cash_flow",
    "Net increase in cash|Net increase in cash and cash equivalents|现金及现金等价物净增加额|现金净增加额",
    total="+operating_cash_flow +investing_cash_flow +financing_cash_flow +exchange_effect",
)  # fmt: skip
_line(
    "opening_cash", _("Cash at the beginning"), "cash_flow",
    "Cash and cash equivalents at beginning of period|Cash and cash equivalents at beginning of year"
    "|期初现金及现金等价物余额",
)  # fmt: skip
_line(
    "closing_cash", _("Cash at the end"), "cash_flow",
    "Cash and cash equivalents at end of period|Cash and cash equivalents at end of year|期末现金及现金等价物余额",
    total="+opening_cash +net_change_in_cash",
)  # fmt: skip
_line(
    "capital_expenditure", _("Capital expenditure"), "cash_flow",
    "Capex|Purchase of property, plant and equipment|Purchases of fixed assets"
    "|购建固定资产、无形资产和其他长期资产支付的现金|购建固定资产无形资产和其他长期资产所支付的现金",
    help=_("Spent on fixed assets: a positive figure."),
)  # fmt: skip

# Rows that files have and that say nothing more than the others: headings, and sums that we don't keep.
UNUSED_NAMES = _names(
    "Assets|Current assets|Non-current assets|Liabilities|Current liabilities|Non-current liabilities"
    "|Equity and liabilities|Liabilities and equity|资产|流动资产|非流动资产|负债|流动负债|非流动负债|所有者权益"
    "|股东权益|负债和所有者权益|负债及所有者权益|归属于母公司所有者权益合计|归属于母公司股东权益合计"
    "|固定资产合计|固定资产原价|累计折旧|营业总成本|经营活动产生的现金流量|投资活动产生的现金流量"
    "|筹资活动产生的现金流量"
)

# What must hold: every subtotal, and both sides of the balance sheet.
_EQUATIONS: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = (
    *((line.code, line.parts) for line in LINES.values() if line.parts),
    ("total_assets", (("total_liabilities_equity", 1),)),
)


def lines(section: Section) -> Iterator[Line]:
    """The lines of one section, in the order of a statement."""
    return (line for line in LINES.values() if line.section == section)


# -- rows of a file ----------------------------------------------------------------------------------

_DIGITS = "一二三四五六七八九十"
_NUMBERING = re.compile(rf"^(?:[{_DIGITS}]+[、.]|\([{_DIGITS}\d]+\)|\d+[、.)]|[ivx]+[.)]|[*△☆#])\s*")
_PREFIX = re.compile(r"^(减|加|其中|less|add|plus|of which|including|thereof)\s*:\s*")
_LOSS_IS_NEGATIVE = re.compile(r"损失以")


@dataclass(frozen=True, slots=True)
class Match:
    """What a row's name means: the line, whether it is the whole of it or a part, and the part's sign."""

    line: Line
    whole: bool
    sign: int = 1
    of_which: bool = False


def normalised(name: str) -> str:
    """The name without what varies between files: case, spaces, width, numbering, prefixes, remarks in brackets.

    >>> normalised("  三、营业利润(亏损以“-”号填列)"), normalised("Less: Cost of Sales"), normalised("存  货:")
    ('营业利润', 'costofsales', '存货')
    """
    return _normalised(name)[0]


def _normalised(name: str) -> tuple[str, bool]:
    text = unicodedata.normalize("NFKC", name).strip().lower()
    of_which = False
    while True:
        prefix = _PREFIX.match(text) or _NUMBERING.match(text)
        if not prefix:
            break
        of_which |= prefix.group().startswith(("其中", "of which", "including", "thereof"))
        text = text[prefix.end() :]
    text = re.sub(r"\([^)]*\)", "", text)
    words = re.findall(r"[^\W_]+", text.replace("'", "").replace("’", ""))
    return "".join(word for word in words if word not in ("and", "the")), of_which


def _name_table() -> dict[str, Match]:
    table: dict[str, Match] = {}
    for line in LINES.values():
        for name in line.names:
            table[normalised(name)] = Match(line, whole=True)
        for names, sign in ((line.added, 1), (line.deducted, -1)):
            for name in names:
                table[normalised(name)] = Match(line, whole=False, sign=sign)
    return table


_BY_NAME = _name_table()
_UNUSED = frozenset(map(normalised, UNUSED_NAMES))


def match(name: str) -> Match | None:
    """The line that a row with this name belongs to; ``None`` if no line has the name."""
    text, of_which = _normalised(name)
    found = _BY_NAME.get(text)
    if found is None:
        return None
    # since 2019 the Chinese form has impairments as signed figures, and says so in the row's name
    sign = 1 if found.sign < 0 and _LOSS_IS_NEGATIVE.search(name) else found.sign
    return replace(found, sign=sign, of_which=of_which)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows turned into figures. ``unknown``: names that no line has; ``repeated``: rows that contradict others."""

    figures: dict[str, float]
    unknown: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


def gather(rows: Iterable[tuple[str, float | None]]) -> Gathered:
    """Map named rows to lines, and sum up the rows that are parts of a line.

    A row without a figure is unknown. A row "of which …" (其中) counts only where nothing else states its line.
    Where a file has its costs as negative figures, they are turned, and so is capital expenditure.
    """
    gathering = _Gathering()
    for name, value in rows:
        gathering.add(name, value)
    return gathering.result()


class _Gathering:
    """The rows so far: figures of whole lines, sums of parts, and what "of which" rows say."""

    def __init__(self) -> None:
        self._whole: dict[str, float] = {}
        self._partial: dict[str, dict[str, float]] = {}
        self._within: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._unknown: list[str] = []
        self._repeated: list[str] = []

    def add(self, name: str, value: float | None) -> None:
        found, key = match(name), normalised(name)
        if found is None:
            if key and key not in _UNUSED:
                self._unknown.append(name)
        elif value is None or not math.isfinite(value):
            return
        elif found.of_which:
            # a part that is shown beneath another row is in that row already
            if found.whole:
                self._within.setdefault(found.line.code, value)
        elif self._seen.setdefault(key, value) != value or not self._fits(found, key, value):
            self._repeated.append(name)

    def _fits(self, found: Match, key: str, value: float) -> bool:
        """Take the figure; say whether it agrees with what other names of the same line said."""
        code = found.line.code
        if found.whole:
            return self._whole.setdefault(code, value) == value
        self._partial.setdefault(code, {})[key] = found.sign * value
        return True

    def result(self) -> Gathered:
        figures = dict(self._within)
        for code in [*self._whole, *self._partial]:
            figures[code] = self._whole.get(code, 0.0) + sum(self._partial.get(code, {}).values())
        return Gathered(_costs_positive(figures), tuple(self._unknown), tuple(self._repeated))


_COSTS = (
    "cost_of_sales", "selling_expenses", "admin_expenses", "research_expenses", "other_operating_expenses",
    "operating_expenses", "interest_expense", "finance_costs", "income_tax",
)  # fmt: skip


def _costs_positive(figures: dict[str, float]) -> dict[str, float]:
    """Turn the costs of a layout that states them as negatives, told by those that can't be a gain."""
    signed = next((figures[code] for code in _COSTS[:6] if figures.get(code)), 0.0) < 0.0
    turned = {code: -figures[code] + 0.0 for code in _COSTS if signed and code in figures}
    if "capital_expenditure" in figures:
        turned["capital_expenditure"] = abs(figures["capital_expenditure"])
    return figures | turned


# -- subtotals ---------------------------------------------------------------------------------------


def _sum_of(figures: Figures, parts: Iterable[tuple[str, int]], without: str = "") -> float | None:
    """The signed sum of the parts; ``None`` when one is unknown that the sum needs."""
    total, known = 0.0, False
    for code, sign in parts:
        if code == without:
            continue
        value = figures.get(code)
        if value is not None:
            total += sign * value
            known = True
        elif not LINES[code].optional:
            return None
    return total if known or without else None


def completed(figures: Figures) -> dict[str, float]:
    """The known figures, and the subtotals that follow from them.

    A subtotal follows from its parts, or from the subtotal it is a part of and that one's other parts (total
    liabilities = total liabilities and equity − equity). What is stated is never changed, and a line that is
    no subtotal is never derived. Non-finite figures are unknown; codes that are no lines are kept.
    """
    known = {code: float(value) for code, value in figures.items() if value is not None and math.isfinite(value)}
    found = True
    while found:
        # parts that are only the usual ones are the last resort
        found = _derive_totals(known) or _derive_from_above(known) or _derive_totals(known, checked=False)
    return known


def _derive_totals(known: dict[str, float], checked: bool = True) -> bool:
    """Add the first subtotal that follows from its parts; say whether there was one."""
    for code, parts in _EQUATIONS:
        if code not in known and LINES[code].checked == checked:
            value = _sum_of(known, parts)
            if value is not None and math.isfinite(value):
                known[code] = value
                return True
    return False


def _derive_from_above(known: dict[str, float]) -> bool:
    """Add the first subtotal that is the only unknown part of a known one; say whether there was one."""
    for code, parts in _EQUATIONS:
        if code not in known:
            continue
        for part, sign in parts:
            if part in known or not LINES[part].parts:
                continue
            others = _sum_of(known, parts, without=part)
            if others is not None and math.isfinite(known[code] - others):
                known[part] = sign * (known[code] - others)
                return True
    return False


@dataclass(frozen=True, slots=True)
class Difference:
    """A subtotal that isn't the sum of its parts; ``difference`` = stated − expected, in the statement's unit."""

    code: str
    label: str
    stated: float
    expected: float
    parts: tuple[tuple[str, int], ...]

    @property
    def difference(self) -> float:
        """How much too high the stated figure is."""
        return self.stated - self.expected


def check(figures: Figures, tolerance: float = 0.0) -> list[Difference]:
    """Where the figures contradict each other by more than ``tolerance`` (an amount in the statement's unit).

    An equation is checked once all that it needs is known. The noise of floats is no difference.
    """
    known = completed(figures)
    differences = []
    for code, parts in _EQUATIONS:
        expected = _sum_of(known, parts)
        if code not in known or expected is None or not LINES[code].checked:
            continue
        size = max((abs(known[part]) for part, _sign in parts if part in known), default=0.0)
        off = abs(known[code] - expected)
        if off > tolerance + 1e-9 * max(size, abs(known[code])):
            differences.append(Difference(code, LINES[code].label, known[code], expected, parts))
    return differences


@dataclass(frozen=True, slots=True)
class Statement:
    """A balance sheet at ``end``, with income and cash flow of the ``months`` (12, 6 or 3) before it.

    :raises ValueError: ``months`` is not 1 to 12
    """

    end: datetime.date
    figures: Figures = field(default_factory=dict)
    months: int = 12

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 12:
            raise ValueError(f"A statement covers 1 to 12 months, not {self.months}")

    def get(self, code: str) -> float | None:
        """The figure of a line as stated; ``None`` when unknown."""
        return self.figures.get(code)

    def beside(self, code: str) -> float:
        """The figure of an optional line; 0 where the layout has it within another line."""
        return self.figures[code] or 0.0 if code in self.figures else 0.0

    def annual(self, code: str) -> float | None:
        """The figure of a flow, brought to twelve months."""
        value = self.figures.get(code)
        return None if value is None else value * 12.0 / self.months

    def completed(self) -> Statement:
        """The statement with its subtotals: see :func:`completed`."""
        return replace(self, figures=completed(self.figures))

    def follows(self, previous: Statement) -> bool:
        """Whether ``previous`` is of the same length and a year earlier, give or take half a month.

        Only then are growth and averages computed: a half-year against a year would show a collapse.
        """
        return self.months == previous.months and abs((self.end - previous.end).days - 365) <= 16
