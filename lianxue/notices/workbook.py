"""What a task has brought in as a workbook: one row for each; what it is of on 说明.

Numbers are written as numbers and days as days, so that they can be summed and sorted; all else is
written as a string, never as a formula, and marked as text. Row by row, never all in memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils import timezone

#: What stands in a cell.
Cell = str | int | Decimal | date | datetime | None

_FONT = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "top"}
_RED, _GREY, _LINE = "#B3261E", "#F4F3F5", "#CFCAD3"
#: Excel's own format for text: what is there stays as it is.
_TEXT = {"num_format": 49, "quote_prefix": True, "text_wrap": True}
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
#: The first day that Excel knows.
_FIRST = date(1900, 3, 1)


@dataclass(frozen=True)
class Column:
    """``width`` is in characters; ``number`` puts the heading to the right, over its numbers."""

    heading: str
    width: int = 16
    number: bool = False


@dataclass(frozen=True)
class Book:
    """``name``: of its first sheet. ``mark``: the line that says who took it. ``about``: 说明 as
    pairs of words. ``lacking`` and ``complete``: what stands over who is missing, and when none is.
    """

    name: str
    columns: Sequence[Column]
    mark: str
    about: Sequence[tuple[str, Cell]]
    missing: Sequence[Column]
    lacking: str
    complete: str


def write(
    target: IO[bytes], book: Book, rows: Iterable[Sequence[Cell]], missing: Iterable[Sequence[Cell]]
) -> int:
    """The workbook: a sheet of ``rows``; sheet 说明, who is missing (``missing``) below; how many
    rows."""
    made = xlsxwriter.Workbook(
        target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    pen = _Pen(made, book.mark)
    sheet = pen.sheet(book.name, book.columns)
    pen.mark_line(sheet)
    sheet.freeze_panes(2, 1)
    pen.headings(sheet, 1, book.columns)
    count = pen.rows(sheet, 2, rows)
    if count:
        sheet.autofilter(1, 0, count + 1, len(book.columns) - 1)
    pen.about(book, missing)
    made.close()
    return count


class _Pen:
    """Writes into the sheets of one workbook."""

    def __init__(self, made: Any, mark: str) -> None:
        self.made, self.mark = made, mark
        self.text = made.add_format(_FONT | _TEXT)
        self.number = made.add_format(_FONT)
        self.day = made.add_format(_FONT | {"num_format": _DAY, "align": "left"})
        self.moment = made.add_format(_FONT | {"num_format": _MOMENT, "align": "left"})
        self.red = made.add_format(_FONT | {"font_color": _RED})
        self.bold = made.add_format(_FONT | {"bold": True})
        head = _FONT | {"bold": True, "bg_color": _GREY, "border": 1, "border_color": _LINE}
        self.head = made.add_format(head | {"text_wrap": True})
        self.head_right = made.add_format(head | {"text_wrap": True, "align": "right"})

    def sheet(self, name: str, columns: Sequence[Column]) -> Any:
        """A sheet that prints on A4 across, the mark at the head and foot of every page."""
        sheet = self.made.add_worksheet(name)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
        mark = self.mark.replace("&", "&&")[:120]
        sheet.set_header(f"&L{mark}")
        sheet.set_footer(f"&L{mark}&R第 &P / &N 页")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def mark_line(self, sheet: Any) -> None:
        """Who took it, on top."""
        sheet.write_string(0, 0, self.mark, self.red)

    def headings(self, sheet: Any, row: int, columns: Sequence[Column]) -> None:
        """The grey line over a table."""
        for at, column in enumerate(columns):
            sheet.write_string(
                row, at, column.heading, self.head_right if column.number else self.head
            )

    def rows(self, sheet: Any, first: int, rows: Iterable[Sequence[Cell]]) -> int:
        """The table's rows from ``first`` on; how many."""
        count = 0
        for count, row in enumerate(rows, start=1):
            for at, cell in enumerate(row):
                self.cell(sheet, first + count - 1, at, cell)
        return count

    def cell(self, sheet: Any, row: int, at: int, cell: Cell) -> None:
        """One value as what it is; a day before Excel's time as words."""
        if isinstance(cell, datetime):
            plain = timezone.localtime(cell).replace(tzinfo=None, second=0, microsecond=0)
            sheet.write_datetime(row, at, plain, self.moment)
        elif isinstance(cell, date) and cell >= _FIRST:
            sheet.write_datetime(row, at, cell, self.day)
        elif isinstance(cell, int | Decimal):
            sheet.write_number(row, at, cell, self.number)
        elif cell:
            sheet.write_string(row, at, str(cell), self.text)

    def about(self, book: Book, missing: Iterable[Sequence[Cell]]) -> None:
        """说明: what the figures are of, and who is missing."""
        sheet = self.sheet("说明", [Column("", 22), Column("", 60)])
        self.mark_line(sheet)
        row = 1
        for row, (word, value) in enumerate(book.about, start=2):
            sheet.write_string(row, 0, word, self.bold)
            self.cell(sheet, row, 1, value)
        sheet.write_string(row + 2, 0, book.lacking, self.bold)
        self.headings(sheet, row + 3, book.missing)
        if not self.rows(sheet, row + 4, missing):
            sheet.write_string(row + 4, 0, book.complete, self.text)
