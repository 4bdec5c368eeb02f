"""A roster file to a ``Sheet``: which sheet, which columns, which rows are people.

Rosters come with title rows, blank rows, totals, notes and repeated headings; what is left out is
said (``Sheet.skipped``), never dropped in silence. A column of ID numbers is not carried further.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lianxue.shared.errors import InvalidInput

from .fields import BY_KEY, FIELDS, REQUIRED, is_id_number, is_untold, key_of
from .tidying import tidy
from .workbook import Table, tables, unusable

MAX_ROWS = 50_000
MAX_COLUMNS = 100
#: Rows at the top among which the headings must be.
_LOOK_AT = 40
_TOTAL = re.compile(r"(合|总|小)\s*计|共计|共\s*\d+\s*人")
_REMARK = re.compile(r"(备注|说明|填表|注[:：]|注意|制表|审核|填报|联系人|单位负责人|示例|例如)")


@dataclass(frozen=True)
class Line:
    """One person's row: its number in the spreadsheet, the known columns' cells as typed."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """What a roster file holds.

    ``columns``: heading in the file by column key, in the file's order. ``ignored``: headings that
    nothing is known of. ``id_numbers``: there was a column of ID numbers, which was left out.
    ``skipped``: rows that are no people, with the reason.
    """

    name: str
    header_row: int
    columns: dict[str, str]
    lines: list[Line] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    id_numbers: bool = False
    skipped: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Header:
    row: int
    index: int  # of the last heading row among the table's rows
    cells: list[str]
    places: dict[str, int]


def read(data: bytes, file_name: str) -> Sheet:
    """The roster in a file. Raises InvalidInput at ``file`` that says what to do."""
    found = [table for table in tables(data, file_name) if table.rows]
    if not found:
        raise unusable("文件里没有内容，请检查后重新选择。")
    for table in found:
        header = _header(table)
        if header is not None:
            sheet = _sheet(table, header)
            if sheet.lines or table is found[-1]:
                return _with_people(sheet)
    raise unusable(_missing(found))


def _with_people(sheet: Sheet) -> Sheet:
    if not sheet.lines:
        raise unusable("表头下面没有成员，请填写后再上传。")
    if len(sheet.lines) > MAX_ROWS:
        raise unusable("表格超过 50,000 行，请分成几个文件再上传。")
    return sheet


def _header(table: Table) -> _Header | None:
    """The first row, or pair of rows, that has all required headings."""
    rows = table.rows[:_LOOK_AT]
    for index, (number, cells) in enumerate(rows):
        if (places := _places(cells)) is not None:
            return _Header(number, index, cells, places)
        if index + 1 == len(rows) or rows[index + 1][0] != number + 1:
            continue
        both = _two_storeys(cells, rows[index + 1][1])
        if (places := _places(both)) is not None and _places(rows[index + 1][1]) is None:
            return _Header(number + 1, index + 1, both, places)
    return None


def _two_storeys(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Headings in two rows: the lower one counts where it says something known."""
    width = max(len(upper), len(lower))
    upper = [*upper, *[""] * (width - len(upper))]
    lower = [*lower, *[""] * (width - len(lower))]
    return [low if key_of(low)[0] or not key_of(up)[0] else up
            for up, low in zip(upper, lower, strict=True)]  # fmt: skip


def _places(cells: Sequence[str]) -> dict[str, int] | None:
    """Where each known column is, None without the required ones. Raises InvalidInput."""
    found: dict[str, list[tuple[bool, int]]] = {}
    for place, cell in enumerate(cells):
        if len(cell) > 60:
            continue
        key, exact = key_of(cell)
        if key:
            found.setdefault(key, []).append((exact, place))
    if any(key not in found for key in REQUIRED):
        return None
    places = {}
    for key, candidates in found.items():
        chosen = [place for exact, place in candidates if exact] or [p for _, p in candidates]
        if len(chosen) > 1:
            columns = "、".join(f"{letters(place)} 列" for place in chosen)
            raise unusable(f"“{BY_KEY[key].label}”有几列（{columns}），请只留一列。")
        places[key] = chosen[0]
    return places


def letters(place: int) -> str:
    """A column as spreadsheets name it: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _sheet(table: Table, header: _Header) -> Sheet:
    used = [place for place, cell in enumerate(header.cells) if cell.strip()]
    if used and used[-1] >= MAX_COLUMNS:
        raise unusable(f"表格超过 {MAX_COLUMNS} 列，请删去多余的列再上传。")
    order = sorted(header.places.items(), key=lambda one: one[1])
    known = set(header.places.values())
    others = [tidy(cell)[:40] for place, cell in enumerate(header.cells) if place not in known]
    sheet = Sheet(
        name=table.name,
        header_row=header.row,
        columns={key: tidy(header.cells[place]) for key, place in order},
        ignored=[cell for cell in others if not is_id_number(cell) and not is_untold(cell)],
        id_numbers=any(is_id_number(cell) for cell in others),
    )
    for number, cells in table.rows[header.index + 1 :]:
        values = {key: cells[place] if place < len(cells) else "" for key, place in order}
        reason = _no_person(values, cells)
        if reason:
            sheet.skipped.append((number, reason))
        elif reason is None:
            sheet.lines.append(Line(number, values))
    return sheet


def _no_person(values: dict[str, str], cells: Sequence[str]) -> str | None:
    """Why a row is no person ("" for a blank one), None for a person."""
    filled = [text for text in map(tidy, cells) if text]
    if not filled or _only_numbers(filled):
        return ""
    name, phone = tidy(values["name"]), tidy(values["phone"])
    if key_of(name)[0] == "name" and key_of(phone)[0] == "phone":
        return "重复的表头"
    if phone:
        return None
    if any(_TOTAL.match(text) for text in filled[:3]):
        return "合计"
    if _REMARK.match(filled[0]) or (not name and len(filled) == 1):
        return "备注或说明"
    return None if any(tidy(value) for value in values.values()) else "没有姓名和手机号"


def _only_numbers(filled: Sequence[str]) -> bool:
    """A row with nothing but its running number."""
    return len(filled) == 1 and filled[0].isdigit()


def _missing(found: Sequence[Table]) -> str:
    """What is missing, by the row that looks most like headings."""
    best: set[str] = set()
    for table in found:
        for _, cells in table.rows[:_LOOK_AT]:
            keys = {key_of(cell)[0] for cell in cells if len(cell) <= 60} - {""}
            best = max(best, keys, key=len)
    missing = [field.label for field in FIELDS if field.required and field.key not in best]
    return (
        f"没有找到“{'”和“'.join(missing)}”列，请对照模板检查表头。"
        if best
        else "没有找到表头，请下载模板，按模板的列名填写。"
    )


__all__ = ["InvalidInput", "Line", "MAX_COLUMNS", "MAX_ROWS", "Sheet", "letters", "read"]
