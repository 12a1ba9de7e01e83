# Part of credit_management. License LGPL-3.0 or later.
"""Read and write small tables as XLSX and CSV.

:func:`read` turns the bytes of a file into :class:`Sheet` values, whatever the kind of file, and refuses what is too
large to be such a table. A cell with a formula has the value that the program which wrote the file computed; one that
was never computed is :data:`UNCOMPUTED`, and in a CSV file, which has no formulas, a text that looks like one is too.
"""

import csv
import datetime
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from odoo.exceptions import UserError

BYTES = 5 * 2**20
# a packed file that would fill the memory once it is unpacked is no statement
BYTES_UNPACKED = 60 * 2**20
SHEETS, ROWS, COLUMNS = 30, 3000, 60

UNCOMPUTED = object()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Sheet:
    """A table. ``rows`` are lists of str, float, date, None or UNCOMPUTED; ``title`` is empty in a CSV file."""

    title: str
    rows: list[list[object]]

    def place(self, row, column):
        """Where a cell is, as a spreadsheet shows it: ``Balance sheet!B5``; rows and columns count from 0."""
        cell = f"{get_column_letter(column + 1)}{row + 1}"
        return f"{self.title}!{cell}" if self.title else cell


def read(env, data, name):
    """The sheets of a file.

    :param env: in whose language to complain
    :param data: the bytes
    :param name: the name of the file, whose ending tells what kind it is
    :raises UserError: it is no XLSX or CSV file, broken, or too large
    """
    if len(data) > BYTES:
        raise UserError(
            env._(
                "“%(file)s” has %(size).1f MB; a table may have up to %(most)s MB.",
                file=name, size=len(data) / 2**20, most=BYTES // 2**20,
            )
        )  # fmt: skip
    ending = PurePath(name or "").suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        return _read_xlsx(env, data, name)
    if ending in (".csv", ".txt"):
        return _read_csv(env, data, name)
    raise UserError(env._("“%s” is neither an XLSX nor a CSV file. Save it as one of these.", name or ""))


def _read_xlsx(env, data, name):
    broken = UserError(env._("“%s” is no readable XLSX file. Open it and save it as XLSX again.", name))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > BYTES_UNPACKED:
                raise UserError(env._("“%s” is too large once it is unpacked.", name))
        # once for what formulas came to, and once to know where they are
        computed = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        written = load_workbook(io.BytesIO(data), read_only=True)
        if len(computed.worksheets) > SHEETS:
            raise UserError(env._("“%(file)s” has more than %(most)s sheets.", file=name, most=SHEETS))
        return [
            Sheet(sheet.title, _rows(env, name, sheet, source))
            for sheet, source in zip(computed.worksheets, written.worksheets, strict=True)
            if sheet.sheet_state == "visible"
        ]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        # a broken XML part is a SyntaxError
        raise broken from error


def _rows(env, name, sheet, source):
    rows = []
    pairs = zip(
        sheet.iter_rows(max_col=COLUMNS, values_only=True),
        source.iter_rows(max_col=COLUMNS, values_only=True),
        strict=False,
    )
    for number, (values, formulas) in enumerate(pairs):
        if number >= ROWS:
            raise UserError(
                env._(
                    "“%(file)s”, sheet “%(sheet)s”: more than %(most)s rows are no such table.",
                    file=name, sheet=sheet.title, most=ROWS,
                )
            )  # fmt: skip
        rows.append([_value(value, formula) for value, formula in zip(values, formulas, strict=False)])
    while rows and not any(value not in (None, "") for value in rows[-1]):
        rows.pop()
    return rows


def _value(value, formula):
    if value is None and formula is not None:
        return UNCOMPUTED
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    return str(value)


def _read_csv(env, data, name):
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UserError(env._("“%s” is no text that can be read. Save it as CSV in UTF-8.", name))
    if "\0" in text:
        raise UserError(env._("“%s” is no CSV file.", name))
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    rows = []
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if number >= ROWS:
                raise UserError(env._("“%(file)s” has more than %(most)s rows.", file=name, most=ROWS))
            rows.append(
                [
                    UNCOMPUTED if value.startswith("=") else value if value.strip() else None
                    for value in values[:COLUMNS]
                ]
            )
    except csv.Error as error:
        raise UserError(env._("“%(file)s” is no CSV file: %(why)s.", file=name, why=error)) from error
    return [Sheet("", rows)]


def write_xlsx(sheets):
    """The bytes of a workbook with the ``sheets``; the first row of each is its head."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for sheet in sheets:
        page = workbook.create_sheet(sheet.title)
        for row in sheet.rows:
            page.append(row)
        page.freeze_panes = "B2"
        for cell in page[1]:
            cell.font = Font(bold=True)
        page.column_dimensions["A"].width = 52
        for column in range(2, page.max_column + 1):
            page.column_dimensions[get_column_letter(column)].width = 18
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def write_csv(rows):
    """The bytes of a CSV file with the ``rows``, marked as UTF-8 so that spreadsheets read Chinese right."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(["" if value is None else value for value in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")
