"""Questions in a spreadsheet: read from whatever people have, the template, the rows to mend, and
what is taken out again.

Cells are written as text, never as formulas, as rosters are (``organizations.roster.writing``).
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xlsxwriter

from lianxue.organizations.roster.reading import letters
from lianxue.organizations.roster.tidying import tidy
from lianxue.organizations.roster.workbook import Table, tables, unusable

from .questions import MOST_OPTIONS, Typed

#: As many questions as a bank holds, so that what is taken out can be brought in again.
MAX_ROWS = 5000
#: Rows at the top among which the headings must be.
_LOOK_AT = 20
#: The sheet of the template that is none of the questions.
EXAMPLES = "填写示例"
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
OPTION_KEYS = tuple(f"option_{letters(place).lower()}" for place in range(MOST_OPTIONS))
#: The columns in their order, with the headings that we write.
COLUMNS: dict[str, str] = {
    "kind": "题型",
    "text": "题干",
    **{key: f"选项{key[-1].upper()}" for key in OPTION_KEYS},
    "answer": "答案",
    "explanation": "解析",
}
_REQUIRED = ("kind", "text", "answer")
_OTHER_WORDS = {
    "kind": {"题目类型", "试题类型", "类型", "题类"},
    "text": {"题目", "题目内容", "试题", "试题内容", "问题", "试题题干"},
    "answer": {"正确答案", "标准答案", "参考答案"},
    "explanation": {"答案解析", "试题解析", "说明", "出处"},
}
PROBLEM = "问题说明"
_FONT = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "vcenter", "text_wrap": True}
_RED, _SOFT, _GREY, _LINE = "#B3261E", "#FBECEB", "#F4F3F5", "#CFCAD3"
_WIDTHS = {"kind": 11, "text": 52, "answer": 20, "explanation": 32}
_TEXT = 49
_PREPARED = MAX_ROWS
_XLSX: dict[str, Any] = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


@dataclass(frozen=True)
class Row:
    """One question's row: its number in the sheet, the cells as typed by column key; ``sheet`` is
    that sheet's name where there are questions in several.
    """

    number: int
    cells: dict[str, str]
    sheet: str = ""

    @property
    def typed(self) -> Typed:
        """The question as it was typed."""
        return typed_of(self.cells)


def typed_of(cells: Mapping[str, str]) -> Typed:
    """The question in cells by column key."""
    return Typed(
        kind=cells.get("kind", ""),
        text=cells.get("text", ""),
        options=tuple(cells.get(key, "") for key in OPTION_KEYS),
        answer=cells.get("answer", ""),
        explanation=cells.get("explanation", ""),
    )


def cells_of(typed: Typed, kind: str) -> dict[str, str]:
    """The cells of a question, by column key; ``kind``: the kind's name."""
    options = dict(zip(OPTION_KEYS, typed.options, strict=False))
    return {
        "kind": kind,
        "text": typed.text,
        **options,
        "answer": typed.answer,
        "explanation": typed.explanation,
    }


def read(data: bytes, file_name: str) -> list[Row]:
    """The questions in a file (.xlsx, .xls, .ods, .csv), of all its sheets: many people keep each
    kind in a sheet of its own. Raises InvalidInput at ``file``.
    """
    found = [table for table in tables(data, file_name) if table.rows]
    if not found:
        raise unusable("文件里没有内容，请检查后重新选择。")
    headed, rows = False, list[list[Row]]()
    for table in found:
        places = None if table.name == EXAMPLES else _headings(table)
        if places is not None:
            headed = True
            rows.append(_rows(table, *places))
    if not headed:
        raise unusable("没有找到“题型”“题干”“答案”三列，请下载模板，按模板的列名填写。")
    filled = [some for some in rows if some]
    if not filled:
        raise unusable("表头下面没有题目，请填写后再上传。")
    if len(filled) == 1:
        filled[0][:] = [replace(row, sheet="") for row in filled[0]]
    questions = [row for some in filled for row in some]
    if len(questions) > MAX_ROWS:
        raise unusable(f"一次最多导入 {MAX_ROWS:,} 道题，请分成几个文件再上传。")
    return questions


def _headings(table: Table) -> tuple[int, dict[str, int]] | None:
    """In which row the headings are and where each column is, None for a sheet without them."""
    for index, (_, cells) in enumerate(table.rows[:_LOOK_AT]):
        places = _places(cells)
        if places is not None:
            return index, places
    return None


def _places(cells: Sequence[str]) -> dict[str, int] | None:
    """Where each column is, None without the required ones. Raises InvalidInput (one twice)."""
    found: dict[str, int] = {}
    twice = ""
    for place, cell in enumerate(cells):
        key = _key(cell)
        if key in found:
            twice = twice or key
        elif key:
            found[key] = place
    if not all(key in found for key in _REQUIRED):
        return None
    if twice:
        raise unusable(f"“{COLUMNS[twice]}”有几列，请只留一列。")
    return found


def _key(heading: str) -> str:
    """The column that a heading means, "" for none."""
    word = re.sub(r"[*＊:：（(].*$", "", "".join(tidy(heading).split()))  # noqa: RUF001
    option = re.fullmatch(r"(?:选项|备选项|答案选项|备选答案)?([A-Ha-h1-8])(?:选项|项)?", word)
    if option and not word.isdigit():
        sign = option[1].lower()
        return OPTION_KEYS[int(sign) - 1] if sign.isdigit() else f"option_{sign}"
    for key, heading_ in COLUMNS.items():
        if word == heading_ or word in _OTHER_WORDS.get(key, ()):
            return key
    return ""


def _rows(table: Table, header: int, places: Mapping[str, int]) -> list[Row]:
    """The rows below the headings with something in them; headings that come again are none."""
    rows = []
    for number, cells in table.rows[header + 1 :]:
        values = {
            key: _readable(cells[place]) if place < len(cells) else ""
            for key, place in places.items()
        }
        if any(tidy(value) for value in values.values()) and _key(values["text"]) != "text":
            rows.append(Row(number, values, table.name))
    return rows


def _readable(cell: str) -> str:
    """A cell as typed, without what a database can't keep."""
    return cell if cell.isprintable() else _UNREADABLE.sub("", cell)


@dataclass(frozen=True)
class Faulty:
    """A row to mend: the cells as typed, and the messages, both by column key."""

    number: int
    cells: Mapping[str, str]
    errors: Mapping[str, str]
    sheet: str = ""


def template() -> bytes:
    """The empty sheet, with an example of each kind on a sheet of its own."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, _XLSX)
    _headed(book, book.add_worksheet("题目"))
    example = book.add_worksheet(EXAMPLES)
    _headed(book, example)
    _filled(book, example, _EXAMPLES)
    words = book.add_format(_FONT | {"font_color": _RED})
    for row, line in enumerate(_HELP, start=len(_EXAMPLES) + 2):
        example.merge_range(row, 0, row, 9, "")
        example.write_string(row, 0, line, words)
    book.close()
    return target.getvalue()


def corrected(rows: Iterable[Faulty]) -> bytes:
    """The rows in error, what is wrong in the first column, the cells coloured and commented; the
    file can be uploaded again as it is.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, _XLSX)
    sheet = book.add_worksheet("需要修改的题目")
    sheet.set_column(0, 0, 40)
    sheet.write_string(0, 0, PROBLEM, book.add_format(_FONT | _head(_SOFT) | {"font_color": _RED}))
    _headed(book, sheet, first=1)
    plain = book.add_format(_FONT | {"num_format": _TEXT, "quote_prefix": True})
    bad = book.add_format(
        _FONT | _head(_SOFT) | {"num_format": _TEXT, "quote_prefix": True, "font_color": _RED}
    )
    for at, row in enumerate(rows, start=1):
        sheet.write_string(at, 0, problem_of(row), plain)
        errors = _by_cell(row.errors)
        for column, key in enumerate(COLUMNS, start=1):
            message = errors.get(key, "")
            sheet.write_string(at, column, row.cells.get(key, ""), bad if message else plain)
            if message:
                sheet.write_comment(at, column, message, {"author": "", "x_scale": 1.6})
    book.close()
    return target.getvalue()


def exported(rows: Iterable[Mapping[str, str]], watermark: str) -> bytes:
    """The questions of a bank, as they can be imported again; ``watermark`` when printed."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, _XLSX)
    sheet = book.add_worksheet("题目")
    sheet.set_footer(f"&L{watermark.replace('&', '&&')[:120]}&R第 &P / &N 页")
    _headed(book, sheet)
    _filled(book, sheet, list(rows))
    book.close()
    return target.getvalue()


def problem_of(row: Faulty) -> str:
    """What is to be mended in a row: 原第 3 行；答案：…"""
    parts = [f"原{where(row.number, row.sheet)}"]
    for key, message in row.errors.items():
        label = "选项" if key == "options" else COLUMNS.get(key, "")
        parts.append(f"{label}：{message}" if label else message)
    return "；".join(part.rstrip("。") for part in parts)


def where(number: int, sheet: str = "") -> str:
    """A row's place in the file: 第 3 行, “判断题”表第 3 行."""
    return f"{f'“{sheet}”表' if sheet else ''}第 {number} 行"


def _by_cell(errors: Mapping[str, str]) -> dict[str, str]:
    """The messages by column; what is said of the options stands at the first."""
    return {OPTION_KEYS[0] if key == "options" else key: word for key, word in errors.items()}


def _head(ground: str) -> dict[str, Any]:
    return {"bold": True, "bg_color": ground, "border": 1, "border_color": _LINE}


def _headed(book: Any, sheet: Any, *, first: int = 0) -> None:
    """Headings, widths, cells that keep what is typed, and the list of kinds."""
    required = book.add_format(_FONT | _head(_SOFT) | {"font_color": _RED})
    optional = book.add_format(_FONT | _head(_GREY))
    text = book.add_format(_FONT | {"num_format": _TEXT})
    for column, (key, label) in enumerate(COLUMNS.items(), start=first):
        must = key in _REQUIRED
        sheet.set_column(column, column, _WIDTHS.get(key, 18), text)
        sheet.write_string(
            0, column, f"{label}*" if must else label, required if must else optional
        )
    kinds = ["单选题", "多选题", "判断题", "填空题"]
    sheet.data_validation(1, first, _PREPARED, first, {"validate": "list", "source": kinds})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _filled(book: Any, sheet: Any, rows: Sequence[Mapping[str, str]]) -> None:
    plain = book.add_format(_FONT | {"num_format": _TEXT, "quote_prefix": True})
    for at, cells in enumerate(rows, start=1):
        for column, key in enumerate(COLUMNS):
            sheet.write_string(at, column, cells.get(key, ""), plain)


_EXAMPLES: list[dict[str, str]] = [
    cells_of(
        Typed("", "下列哪一项是直辖市？", ("南京", "天津", "苏州", "青岛"), "B", "天津是直辖市。"),
        "单选题",
    ),
    cells_of(Typed("", "下列哪些在长江边？", ("武汉", "南京", "西安"), "AB"), "多选题"),
    cells_of(Typed("", "地球绕着太阳转。", (), "对"), "判断题"),
    cells_of(Typed("", "一年有____个月，一周有____天。", (), "12|十二；7|七"), "填空题"),
]
_HELP = (
    "1. 在“题目”表中一题一行，从第 2 行起填写，表头请保留。带 * 的列必须填写。",
    "2. 单选题、多选题填 2 到 8 个选项，答案填选项的字母；判断题的答案填“对”或“错”，不填选项。",
    "3. 填空题在题干里用 ____ 标出空，几个空的答案用“；”隔开，同一个空有几种写法用“|”隔开。",
    "4. 几个空不分先后的，每个空都填上全部答案，例如两个空填“甲|乙；甲|乙”。",
    "5. 上传后先逐题核对，确认以前不会写入任何内容；题库里已有的题不会重复添加。",
)
