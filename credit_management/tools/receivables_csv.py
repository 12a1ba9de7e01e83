# Part of credit_management. License LGPL-3.0 or later.
"""Read the lines of a receivables history: which customer was invoiced what, when it was due, and when it was paid.

Columns are known by their heading, in any order and under several names (:data:`COLUMNS`); how dates and amounts are
written is said by a :class:`Layout`. A line that cannot be meant is rejected with its number and the reason, and the
others are read.
"""

import csv
import datetime
import re
from dataclasses import dataclass, replace

# what a column may be headed, small letters and nothing but letters and digits
COLUMNS = {
    "customer": (
        "customerid", "customer", "customernumber", "customerno", "customercode", "partner", "client", "debtor", "ref",
        "客户", "客户编号", "客户名称",
    ),
    "invoice": (
        "invoicenumber", "invoice", "invoiceno", "number", "document", "documentnumber", "发票", "发票号", "发票号码",
        "单据号",
    ),
    "issued": ("invoicedate", "issued", "issuedate", "date", "documentdate", "开票日期", "发票日期", "单据日期"),
    "due": ("duedate", "due", "dateofmaturity", "maturity", "到期日", "到期日期", "应付日期"),
    "amount": ("invoiceamount", "amount", "total", "totalamount", "grossamount", "金额", "发票金额", "价税合计"),
    "disputed": ("disputed", "dispute", "有争议", "争议"),
    "settled": (
        "settleddate", "settled", "datesettled", "paid", "paidon", "paymentdate", "paiddate", "收款日期", "付款日期",
        "结清日期",
    ),
    "country": ("countrycode", "country", "国家"),
}  # fmt: skip
OPTIONAL = ("disputed", "country")
# how a missing column is called
HEADINGS = {
    "customer": "customerID", "invoice": "invoiceNumber", "issued": "InvoiceDate", "due": "DueDate",
    "amount": "InvoiceAmount", "settled": "SettledDate",
}  # fmt: skip

DATE_FORMATS = {"iso": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}
YES, NO = ("yes", "y", "true", "1", "x", "是"), ("no", "n", "false", "0", "", "否")


class Rejected(Exception):
    """A line that cannot be loaded, or a file, and why."""


@dataclass(frozen=True)
class Layout:
    """How a file is written. ``dates`` is a key of :data:`DATE_FORMATS`; dots and dashes do for slashes."""

    dates: str = "mdy"
    decimal: str = "."
    delimiter: str = ","


@dataclass(frozen=True)
class Line:
    """One invoice of the history. ``settled`` is ``None`` while it is unpaid."""

    number: int  # of the line in the file
    customer: str
    country: str
    invoice: str
    issued: datetime.date
    due: datetime.date
    amount: float
    disputed: bool
    settled: datetime.date | None

    def shifted(self, days):
        """The same line, all dates moved by ``days``."""
        move = datetime.timedelta(days=days)
        return replace(
            self,
            issued=self.issued + move,
            due=self.due + move,
            settled=self.settled and self.settled + move,
        )


def read(lines, layout=None, translate=None):
    """The invoices of a history.

    :param lines: an iterable of text lines, the first with the names of the columns
    :param layout: a :class:`Layout`; month/day/year and commas if left out
    :param translate: how reasons are put into the reader's language: ``env._``, or nothing for English
    :return: ``(list of Line, list of (line number, reason))``
    :raises Rejected: the file as a whole is not such a history
    """
    return Reader(lines, layout or Layout(), translate or _english).lines()


def _english(text, /, **values):
    return text % values if values else text


class Reader:
    """One file being read; see :func:`read`."""

    def __init__(self, lines, layout, translate):
        self._ = translate
        self.layout = layout
        self.rows = csv.DictReader(lines, delimiter=layout.delimiter)
        self.headings = self._columns(self.rows.fieldnames or [])

    def _columns(self, headings):
        """The heading of each column that is there."""
        known = {name: column for column, names in COLUMNS.items() for name in names}
        found = {}
        for heading in headings:
            column = known.get(re.sub(r"[\W_]", "", heading or "").lower())
            if column in found:
                raise Rejected(
                    self._(
                        "Two columns are read as the same: “%(first)s” and “%(second)s”. Rename one of them.",
                        first=found[column],
                        second=heading,
                    )
                )
            if column:
                found[column] = heading
        missing = [HEADINGS[column] for column in COLUMNS if column not in (*found, *OPTIONAL)]
        if missing:
            raise Rejected(
                self._("The first line has to name the columns; missing: %(columns)s.", columns=", ".join(missing))
            )
        return found

    def lines(self):
        """What :func:`read` returns."""
        good, bad, seen = [], [], set()
        for values in self.rows:
            number = self.rows.line_num
            try:
                line = self._line(number, values)
                if (line.customer, line.invoice) in seen:
                    raise Rejected(
                        self._(
                            "invoice %(invoice)s of customer %(customer)s is in the file already",
                            invoice=line.invoice,
                            customer=line.customer,
                        )
                    )
                seen.add((line.customer, line.invoice))
                good.append(line)
            except Rejected as reason:
                bad.append((number, str(reason)))
        return good, bad

    def _line(self, number, values):
        if None in values or None in values.values():
            raise Rejected(self._("the number of columns is wrong"))
        if any("\N{REPLACEMENT CHARACTER}" in value for value in values.values()):
            raise Rejected(self._("it is not written in the encoding that was chosen"))
        line = Line(
            number=number,
            customer=self._text(values, "customer"),
            country=self._cell(values, "country"),
            invoice=self._text(values, "invoice"),
            issued=self._date(values, "issued"),
            due=self._date(values, "due"),
            amount=self._amount(values),
            disputed=self._flag(values),
            settled=self._date(values, "settled") if self._cell(values, "settled") else None,
        )
        if line.due < line.issued:
            raise Rejected(
                self._("it is due on %(due)s, before it was issued on %(issued)s", due=line.due, issued=line.issued)
            )
        if line.settled and line.settled < line.issued:
            raise Rejected(
                self._(
                    "it was settled on %(settled)s, before it was issued on %(issued)s",
                    settled=line.settled,
                    issued=line.issued,
                )
            )
        return line

    def _cell(self, values, column):
        return values[self.headings[column]].strip() if column in self.headings else ""

    def _text(self, values, column):
        text = self._cell(values, column)
        if not text:
            raise Rejected(self._("%(column)s is empty", column=self.headings[column]))
        return text

    def _date(self, values, column):
        text = self._cell(values, column)
        expected = DATE_FORMATS[self.layout.dates]
        separator = "-" if self.layout.dates == "iso" else "/"
        try:
            return datetime.datetime.strptime(re.sub(r"[./-]", separator, text), expected).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            raise Rejected(
                self._(
                    "%(column)s “%(text)s” is not a date of the form %(form)s",
                    column=self.headings[column],
                    text=text,
                    form=separator.join(
                        {"%Y": self._("year"), "%m": self._("month"), "%d": self._("day")}[part]
                        for part in expected.split(separator)
                    ),
                )
            ) from None

    def _amount(self, values):
        text = self._cell(values, "amount")
        point, thousands = (r"\.", "[,'\u2019 \u00a0\u202f]") if self.layout.decimal == "." else (
            ",", "[.'\u2019 \u00a0\u202f]"
        )  # fmt: skip
        if not re.fullmatch(rf"[+-]?(?:\d+|\d{{1,3}}(?:{thousands}\d{{3}})+)?(?:{point}\d*)?", text) or not re.search(
            r"\d", text
        ):
            raise Rejected(
                self._("%(column)s “%(text)s” is not a number", column=self.headings["amount"], text=text)
            )
        amount = float(re.sub(thousands, "", text).replace(",", "."))
        if not 0 < amount < 1e12:
            raise Rejected(
                self._(
                    "%(column)s %(text)s is not an amount that can be invoiced",
                    column=self.headings["amount"],
                    text=text,
                )
            )
        return amount

    def _flag(self, values):
        text = self._cell(values, "disputed").lower()
        if text not in YES + NO:
            raise Rejected(
                self._(
                    "%(column)s “%(text)s” is neither yes nor no", column=self.headings["disputed"], text=text
                )
            )
        return text in YES
