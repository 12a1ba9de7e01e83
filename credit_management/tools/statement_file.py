# Part of credit_management. License LGPL-3.0 or later.
"""Read statements out of the tables of a file, and say which cell is wrong and why.

How it works: a row whose cells are heads (a name and one or more periods) says what the columns below it are, until
the next such row; so a sheet may have its assets and liabilities side by side, and a CSV file all three tables one
after the other. The named figures of a period, from all sheets, are one statement. Which names and heads are
understood is for :mod:`engine.statement` and :mod:`engine.layout` to say.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from odoo.fields import Date

from ..engine.layout import LAYOUTS, is_head, is_passed_over, number_of, period_of, unit_of
from ..engine.statement import gather, match, normalised
from .spreadsheet import UNCOMPUTED, Sheet


@dataclass
class Found:
    """What a file says of one period. ``problems`` are (place, reason); with any the statement isn't to be had."""

    end: datetime.date
    figures: dict[str, float] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)


class StatementFile:
    """The statements in a file.

    :param env: in whose language to complain
    :param sheets: what :func:`spreadsheet.read` gave
    :param end: the last day of the current period, for heads that don't say it
    :param annual: whether the periods are years; the previous column of another period is of two different ones
    :param unit: the unit that the figures are taken to be in; a sheet that states another one is a problem
    :param decimal: what separates decimals in figures that are text
    :param skip_unknown: leave out rows with names that aren't understood, and don't take them for problems
    """

    def __init__(self, env, sheets, *, end, annual=True, unit=1, decimal=".", skip_unknown=False):
        self.env = env
        self.end, self.annual, self.unit, self.decimal = end, annual, unit, decimal
        self.skip_unknown = skip_unknown
        self.problems = []
        self._rows = defaultdict(list)
        self._found = {}
        for sheet in sheets:
            self._read(sheet)
        for period, rows in self._rows.items():
            self._gather(self._of(period), rows)
        if not self._rows and not self.problems:
            self.problems.append(
                (
                    "",
                    env._(
                        "No table was found. A table begins with a row that names its periods, as the template has it."
                    ),
                )
            )

    @property
    def statements(self):
        """The statements, newest first."""
        return sorted(self._found.values(), key=lambda found: found.end, reverse=True)

    def _of(self, period):
        return self._found.setdefault(period, Found(period))

    # -- tables --------------------------------------------------------------------------------------

    def _read(self, sheet):
        columns = []
        for number, row in enumerate(sheet.rows):
            self._check_units(sheet, number, row)
            heads = self._heads(row)
            if heads:
                columns = heads
                continue
            for name_column, column, period in columns:
                if column < len(row):
                    self._cell(sheet, number, row, name_column, column, period)

    def _check_units(self, sheet, number, row):
        for column, value in enumerate(row):
            stated = unit_of(value)
            if stated is not None and stated != self.unit:
                self.problems.append(
                    (
                        sheet.place(number, column),
                        self.env._(
                            "the sheet states its figures in units of %(stated)s, and %(chosen)s was chosen",
                            stated=f"{stated:,}", chosen=f"{self.unit:,}",
                        ),
                    )
                )  # fmt: skip

    def _heads(self, row):
        """The columns of figures that a row heads: (column of names, column, last day); empty if it heads none."""
        columns, name_column = [], None
        for column, value in enumerate(row):
            period = self._day(period_of(value)) if value is not UNCOMPUTED else None
            if period == "none":
                continue
            if period:
                if name_column is None:
                    return []
                columns.append((name_column, column, period))
            elif value is not UNCOMPUTED and is_head(value) and (value or name_column is None):
                name_column = column
            elif not is_passed_over(value) and value not in (None, ""):
                # a title or a figure: this row heads nothing
                return []
        return columns

    def _day(self, period):
        """The last day of what a head says; "none" for a column that is of no single period."""
        if period == "current":
            return self.end
        if period == "previous":
            return Date.subtract(self.end, years=1) if self.annual else "none"
        if isinstance(period, int):
            return Date.add(self.end, years=period - self.end.year)
        return period

    def _cell(self, sheet, number, row, name_column, column, period):
        name = row[name_column] if name_column < len(row) else None
        value = row[column]
        if not isinstance(name, str) or not normalised(name) or value is None:
            return
        place = sheet.place(number, column)
        if value is UNCOMPUTED:
            self._problem(period, place, self.env._("it holds a formula that was never computed; enter its value"))
            return
        if isinstance(value, str):
            try:
                value = number_of(value, self.decimal)
            except ValueError:
                self._problem(period, place, self.env._("“%s” is not a figure", value.strip()))
                return
        elif not isinstance(value, float):
            self._problem(period, place, self.env._("a date is not a figure"))
            return
        if value is not None:
            self._rows[period].append((name, value, place))

    def _problem(self, period, place, reason):
        self._of(period).problems.append((place, reason))

    # -- figures -------------------------------------------------------------------------------------

    def _gather(self, found, rows):
        result = gather((name, value) for name, value, _place in rows)
        found.figures = result.figures
        places = defaultdict(list)
        for name, _value, place in rows:
            places[name].append(place)
        for name in result.unknown:
            found.unknown.append((places[name].pop(0), name))
        if not self.skip_unknown:
            found.problems += [
                (place, self.env._("“%s” is no line of a statement that we know", name))
                for place, name in found.unknown
            ]
        for name in result.repeated:
            code = match(name).line.code
            found.problems.append(
                (
                    places[name][-1],
                    self.env._("“%(name)s” contradicts another row for the same line (%(line)s)", name=name, line=code),
                )
            )
        if not found.figures and not found.problems:
            found.problems.append(("", self.env._("there is no figure for this period")))


def template(layout, ends):
    """The sheets of an empty file to fill in, with a column for each of the last days ``ends``.

    :param layout: a name of :data:`engine.layout.LAYOUTS`
    """
    return [
        Sheet(
            table.title,
            [
                [table.head, *(Date.to_string(end) for end in ends)],
                *([row, *(None for _end in ends)] for row in table.rows),
            ],
        )
        for table in LAYOUTS[layout]
    ]
