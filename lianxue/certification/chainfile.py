"""Reading the operator's CSV of a chain: bytes in, checked rows or every bad row with its number.

Columns code, name, parent_code, level; optional admin_name, admin_phone. UTF-8 with or without a
byte-order mark, or GB18030 (what spreadsheet programs in China save). Nothing here touches the
database.
"""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lianxue.organizations.actions.organizations import tidy_name
from lianxue.shared.errors import InvalidInput
from lianxue.shared.phones import normalize_phone

REQUIRED = ("code", "name", "parent_code", "level")
OPTIONAL = ("admin_name", "admin_phone")
#: Highest first; an organisation stands no higher than its superior.
LEVELS = ("province", "city", "county", "township")
_CODE = re.compile(r"[0-9A-Za-z_\-]{1,20}")


class ChainFileError(InvalidInput):
    """What is wrong with the file: ``rows`` holds (row number, message), in the file's order."""

    default_code = "bad-chain-file"

    def __init__(self, rows: Iterable[tuple[int, str]]) -> None:
        self.rows = sorted(rows)
        super().__init__(f"文件里有 {len(self.rows)} 处错误，什么都没有导入。")


@dataclass(frozen=True)
class Row:
    """One organisation as the file has it; ``number`` is its line in the file (the header is 1)."""

    number: int
    code: str
    name: str
    parent_code: str
    level: str
    admin_name: str = ""
    admin_phone: str = ""


@dataclass(frozen=True)
class ChainFile:
    """The rows, names put into the pattern, and what is wrong as far as the file can tell."""

    rows: list[Row]
    errors: list[tuple[int, str]]


def is_code(text: str) -> bool:
    """Whether it can be the code of an organisation."""
    return _CODE.fullmatch(text) is not None


def decode(content: bytes) -> str:
    """The text of a file. Raises ChainFileError when it is neither UTF-8 nor GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ChainFileError([(1, "文件的编码不能识别，请存为 UTF-8 或 GB18030（ANSI）的 CSV。")])


def read(content: bytes, pattern: str = "{name}") -> ChainFile:
    """All rows; bad ones are told in ``errors``, so that the import can say everything at once.

    Raises ChainFileError for a file that can't be read as a table, InvalidInput at ``name`` for a
    pattern without its place.
    """
    if pattern.count("{name}") != 1:
        raise InvalidInput.at("name", "名称格式里要有一处 {name}，例如：中共{name}委员会。")
    reader = csv.reader(io.StringIO(decode(content), newline=""), strict=True)
    rows: list[Row] = []
    errors: list[tuple[int, str]] = []
    try:
        places = _header(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(places):
                errors.append((reader.line_num, f"应有 {len(places)} 列，实际有 {len(cells)} 列。"))
                continue
            values = {key: cell.strip() for key, cell in zip(places, cells, strict=True)}
            row, wrong = _row(reader.line_num, values, pattern)
            rows.append(row)
            errors += [(row.number, text) for text in wrong]
    except csv.Error as error:
        errors.append((reader.line_num, f"不是正确的 CSV：{error}"))
    if not rows and not errors:
        errors.append((1, "文件里没有组织。"))
    return ChainFile(rows, errors + _among(rows))


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ChainFileError([(1, f"缺少列：{'、'.join(missing)}。")])
    unknown = [name for name in names if name not in REQUIRED + OPTIONAL]
    if unknown:
        raise ChainFileError([(1, f"不认识的列：{'、'.join(unknown) or '（空）'}。")])
    if len(set(names)) != len(names):
        raise ChainFileError([(1, "有重复的列名。")])
    return names


def _row(number: int, values: dict[str, str], pattern: str) -> tuple[Row, list[str]]:
    wrong = []
    if not is_code(values["code"]):
        wrong.append("code 应为 1 至 20 位的数字、字母、- 或 _。")
    if not values["name"]:
        wrong.append("name 是空的。")
    if values["level"] and values["level"] not in LEVELS:
        wrong.append(f"level “{values['level']}”不对，应为 {'、'.join(LEVELS)} 或留空。")
    if values["parent_code"] and not is_code(values["parent_code"]):
        wrong.append("parent_code 应为 1 至 20 位的数字、字母、- 或 _，或留空。")
    elif values["code"] and values["parent_code"] == values["code"]:
        wrong.append("parent_code 与自己的 code 相同。")
    admin_name, phone = values.get("admin_name", ""), values.get("admin_phone", "")
    if bool(admin_name) != bool(phone):
        wrong.append("admin_name 和 admin_phone 要么都填，要么都不填。")
    if len(admin_name) > 20:
        wrong.append("admin_name 最多 20 个字。")
    if phone:
        try:
            phone = normalize_phone(phone)
        except InvalidInput as error:
            wrong.append(f"admin_phone：{error.message}")
    row = Row(
        number=number,
        code=values["code"],
        name=tidy_name(pattern.replace("{name}", values["name"])),
        parent_code=values["parent_code"],
        level=values["level"],
        admin_name=admin_name,
        admin_phone=phone,
    )
    return row, wrong


def _among(rows: list[Row]) -> list[tuple[int, str]]:
    """What is wrong between rows: codes twice, a second root, a level too high, circles."""
    errors: list[tuple[int, str]] = []
    first: dict[str, Row] = {}
    for row in rows:
        if row.code in first:
            errors.append((row.number, f"code {row.code} 与第 {first[row.code].number} 行重复。"))
        else:
            first[row.code] = row
    roots = [row for row in rows if not row.parent_code]
    for row in roots[1:]:
        errors.append(
            (row.number, f"第二个最上级组织（第 {roots[0].number} 行已有一个），请填 parent_code。")
        )
    for row in rows:
        parent = first.get(row.parent_code)
        if parent and _height(row) < _height(parent):
            errors.append((row.number, f"level 比上级（第 {parent.number} 行）还高。"))
    return errors + [
        (row.number, "上下级成了一个圈，从它往上走不到头。")
        for row in _circling(list(first.values()))
    ]


def _height(row: Row) -> float:
    """The level's place from the top; an unnamed level is never too high nor too low."""
    return LEVELS.index(row.level) if row.level in LEVELS else math.nan


def _circling(rows: list[Row]) -> list[Row]:
    """The rows that lie on a circle, in one pass over the file."""
    parent = {row.code: row.parent_code for row in rows}
    done: set[str] = set()
    circle: set[str] = set()
    for start in parent:
        walk: list[str] = []
        seen: dict[str, int] = {}
        code = start
        while code in parent and code not in done and code not in seen:
            seen[code] = len(walk)
            walk.append(code)
            code = parent[code]
        if code in seen and len(walk) - seen[code] > 1:  # itself as parent has its own message
            circle.update(walk[seen[code] :])
        done.update(walk)
    return [row for row in rows if row.code in circle]


def top_down(rows: list[Row]) -> list[Row]:
    """The rows, each after its superior; first those whose superior is not in the file.

    Rows that hang on a circle are left out (``read`` has told of it).
    """
    below: dict[str, list[Row]] = {}
    codes = {row.code for row in rows}
    for row in rows:
        key = row.parent_code if row.parent_code in codes else ""
        below.setdefault(key, []).append(row)
    ordered, at = below.pop("", []), 0
    while at < len(ordered):
        ordered += below.pop(ordered[at].code, [])
        at += 1
    return ordered
