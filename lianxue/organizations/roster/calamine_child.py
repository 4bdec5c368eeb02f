"""``python -I calamine_child.py < workbook``: a workbook's cells as JSON lines, or an exit code.

A program of its own, with bounded memory and time: a workbook can claim a billion cells in a few
bytes, and a broken one may end its reader; here that ends this process and nothing else.
It knows nothing of Lianxue. Output: per sheet ``{"sheet": name}``, then ``[number, cells]`` for
each row that has one; a cell is text, a number, true/false, or ``{"d": ISO date}``.
"""

import datetime
import io
import json
import resource
import signal
import sys

import python_calamine

MEMORY = 1536 * 1024 * 1024
SECONDS = 40
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS = 20, 50_100, 400
UNREADABLE, PASSWORD, TOO_BIG = 3, 4, 5


def main() -> int:
    """Read standard input, write the cells."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(2 * SECONDS)
    try:
        return _write(python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read())))
    except python_calamine.PasswordError:
        return PASSWORD
    except MemoryError:
        return TOO_BIG
    except BaseException:  # noqa: BLE001 - also the reader's own panics
        return UNREADABLE


def _write(book: python_calamine.CalamineWorkbook) -> int:
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", write_through=False)
    usual = python_calamine.SheetTypeEnum.WorkSheet
    shown = python_calamine.SheetVisibleEnum.Visible
    metadata = [one for one in book.sheets_metadata if one.typ == usual and one.visible == shown]
    for one in metadata[:MAX_SHEETS]:
        sheet = book.get_sheet_by_name(one.name)
        if sheet.total_height > MAX_ROWS:
            return TOO_BIG
        out.write(json.dumps({"sheet": one.name}, ensure_ascii=True) + "\n")
        rows = sheet.to_python(skip_empty_area=False)
        _fill_merged(rows, sheet.merged_cell_ranges or [])
        for number, row in enumerate(rows, 1):
            if any(value != "" for value in row):
                cells = [_cell(value) for value in row]
                out.write(json.dumps([number, cells], ensure_ascii=True) + "\n")
    out.flush()
    return 0


def _fill_merged(rows, ranges) -> None:  # type: ignore[no-untyped-def]
    """A cell merged over several rows of one column says the same of each of them."""
    for (top, left), (bottom, right) in ranges:
        if left != right or top >= len(rows) or left >= len(rows[top]):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = rows[top][left]


def _cell(value: object) -> object:
    """A cell in JSON's types."""
    if isinstance(value, datetime.datetime):
        return {"d": value.date().isoformat()}
    if isinstance(value, datetime.date):
        return {"d": value.isoformat()}
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, float) and value != value:
        return ""
    if isinstance(value, str | int | float | bool):
        return value
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
