"""Rosters as workbooks: the template to fill in, the rows to mend, the list that is taken out.

Whatever a person typed is written as a string, never as a formula, and marked as text, so that it
stays one when somebody edits the cell. CSV has no types: there such a cell gets an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from .fields import BY_KEY, FIELDS, Field

#: The columns of 简表; 全表 has them all.
SHORT = ("name", "phone", "branch")
#: The column of a corrected file that says what to mend; a reader passes over it.
PROBLEM = "问题"
#: Rows of the template that have their drop-down lists and their text format.
_PREPARED = 5000
_XLSX: dict[str, Any] = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
#: What makes a spreadsheet program take a cell for a formula (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant
#: Excel's own format for text: what is typed stays as it is, a phone is no number.
_TEXT = 49
_FONT = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "vcenter"}
_RED, _SOFT, _GREY, _LINE = "#B3261E", "#FBECEB", "#F4F3F5", "#CFCAD3"
_WIDTHS = {"name": 14, "phone": 17, "branch": 38, "post": 22, "whereabouts": 26, "landline": 17}


def heading(field: Field) -> str:
    """What stands over a column: the required ones say so by sign and word."""
    return f"{field.label}*（必填）" if field.required else field.label


def template(branches: Sequence[str], *, full: bool) -> bytes:
    """The empty roster: 简表, or 全表 with every column; ``branches``: the paths to choose from."""
    keys = [field.key for field in FIELDS] if full else list(SHORT)
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, _XLSX)
    sheet = book.add_worksheet("成员名册")
    _columns(book, sheet, keys, first=0)
    _explain(book, keys)
    _lists(book, sheet, keys, branches)
    sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()


@dataclass(frozen=True)
class Faulty:
    """A row to mend: the cells as they were typed, and the messages, both by column key.

    A message at a key that is no column of the file is about the row as a whole.
    """

    number: int
    raw: Mapping[str, str]
    errors: Mapping[str, str]


def corrected(rows: Iterable[Faulty], keys: Sequence[str], branches: Sequence[str]) -> bytes:
    """The rows in error under the file's own columns, the cells to mend coloured and commented.

    The first column, 问题, says what to mend; the file can be uploaded again as it is.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, _XLSX)
    sheet = book.add_worksheet("需要修改的行")
    sheet.set_column(0, 0, 46)
    sheet.write_string(0, 0, PROBLEM, book.add_format(_FONT | _head(_SOFT) | {"font_color": _RED}))
    _columns(book, sheet, keys, first=1)
    plain = book.add_format(_FONT | {"num_format": _TEXT, "quote_prefix": True})
    bad = book.add_format(
        _FONT
        | {"num_format": _TEXT, "quote_prefix": True, "bg_color": _SOFT, "font_color": _RED}
        | {"border": 1, "border_color": _RED}
    )
    words = book.add_format(_FONT | {"text_wrap": True, "num_format": _TEXT})
    for at, row in enumerate(rows, start=1):
        sheet.write_string(at, 0, problem_of(row), words)
        for column, key in enumerate(keys, start=1):
            message = row.errors.get(key, "")
            sheet.write_string(at, column, row.raw.get(key, ""), bad if message else plain)
            if message:
                sheet.write_comment(at, column, message, {"author": "", "x_scale": 1.6})
    _lists(book, sheet, keys, branches, first=1)
    sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()


def problem_of(row: Faulty) -> str:
    """What is to be mended in a row: 手机号：应为 11 位数字；性别：只能填男或女."""
    parts = [f"原第 {row.number} 行"]
    for key, message in row.errors.items():
        field = BY_KEY.get(key)
        parts.append(f"{field.label}：{message.rstrip('。')}" if field else message.rstrip("。"))
    return "；".join(parts)


def _head(ground: str) -> dict[str, Any]:
    return {"bold": True, "bg_color": ground, "border": 1, "border_color": _LINE, "text_wrap": True}


def _columns(book: Any, sheet: Any, keys: Sequence[str], *, first: int) -> None:
    """Headings, widths, and cells that keep what is typed (a phone is no number)."""
    required = book.add_format(_FONT | _head(_SOFT) | {"font_color": _RED})
    optional = book.add_format(_FONT | _head(_GREY))
    text = book.add_format(_FONT | {"num_format": _TEXT})
    for column, key in enumerate(keys, start=first):
        field = BY_KEY[key]
        sheet.set_column(column, column, _WIDTHS.get(key, 15), text)
        sheet.write_string(0, column, heading(field), required if field.required else optional)
    sheet.set_row(0, 34)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    # numbers kept as text are meant here: no green corners
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _lists(
    book: Any, sheet: Any, keys: Sequence[str], branches: Sequence[str], *, first: int = 0
) -> None:
    """Drop-down lists for the columns that have choices, out of a hidden sheet.

    What is not on a list may still be typed (the reader knows more ways to say it): a warning only.
    """
    options = None
    for column, key in enumerate(keys, start=first):
        choices = list(branches) if key == "branch" else list(BY_KEY[key].choices)
        if not choices:
            continue
        options = options or book.add_worksheet("选项")
        letter = xlsxwriter.utility.xl_col_to_name(column)
        for row, choice in enumerate(choices):
            options.write_string(row, column, choice)
        sheet.data_validation(
            1,
            column,
            _PREPARED,
            column,
            {
                "validate": "list",
                "source": f"=选项!${letter}$1:${letter}${len(choices)}",
                "error_type": "warning",
                "error_title": "不在列表中",
                "error_message": "这一项不在列表里，确定要这样填写吗？",
            },
        )
    if options is not None:
        options.hide()


def _explain(book: Any, keys: Sequence[str]) -> None:
    """填写说明: a few sentences, and one line for each column."""
    sheet = book.add_worksheet("填写说明")
    title = book.add_format(_FONT | {"bold": True, "font_size": 14})
    words = book.add_format(_FONT | {"text_wrap": True})
    head = book.add_format(_FONT | _head(_GREY))
    must = book.add_format(_FONT | {"font_color": _RED, "bold": True})
    for column, width in enumerate((20, 10, 70)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, "怎样填写", title)
    for row, line in enumerate(_RULES, start=1):
        sheet.merge_range(row, 0, row, 2, "")
        sheet.write_string(row, 0, line, words)
        sheet.set_row(row, 34 if len(line) > 45 else 20)
    top = len(_RULES) + 2
    for column, word in enumerate(("列", "要求", "怎样填写")):
        sheet.write_string(top, column, word, head)
    for row, key in enumerate(keys, start=top + 1):
        field = BY_KEY[key]
        sheet.write_string(row, 0, field.label, words)
        sheet.write_string(
            row, 1, "必填" if field.required else "选填", must if field.required else words
        )
        sheet.write_string(row, 2, _help(field), words)


_RULES = (
    "1. 在“成员名册”中一人一行，从第 2 行起填写，表头请保留。",
    "2. 红色、带 * 和“必填”字样的列必须填写，其他列可以空着；空着的格子不会改动系统里已有的内容。",
    "3. 按手机号认人：系统里已有这个号码的成员会更新，没有的会新增。表里没有的人不受影响。",
    "4. 请不要填写公民身份证号，系统不收集；表里有这一列时会跳过。",
    "5. 上传后先逐格核对，确认以前不会写入任何内容；有错误的行可以下载下来，改好再上传。",
)


def _help(field: Field) -> str:
    if field.choices:
        return f"从列表中选择：{'、'.join(field.choices[:4])}"
    if field.kind == "date":
        return f"{field.hint or '例如 1990-05-04'}（2010.7.1、2010年7月1日 也可以）"
    return field.hint or _HINTS.get(field.key, "按实际情况填写")


_HINTS = {"name": "例如 李明、阿依古丽·买买提，最多 20 个字", "landline": "例如 0531-88880000"}


# ---------- what is taken out ----------


def safe_cell(text: str) -> str:
    """``text`` for CSV: what would be run as a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """CSV as Excel opens it: UTF-8 with a mark at its beginning, formulas made harmless."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


@dataclass(frozen=True)
class Layout:
    """How a list that is taken out looks: its headings, and the line that says who took it."""

    headings: Sequence[str]
    watermark: str


def write_csv(target: IO[bytes], layout: Layout, rows: Iterable[Sequence[str]]) -> int:
    """The list as CSV, the watermark line on top; how many rows."""
    count = 0

    def counted() -> Iterator[Sequence[str]]:
        nonlocal count
        yield [layout.watermark]
        yield layout.headings
        for row in rows:
            count += 1
            yield row

    for line in csv_lines(counted()):
        target.write(line)
    return count


def write_list(target: IO[bytes], layout: Layout, rows: Iterable[Sequence[str]]) -> int:
    """The list as a workbook, a row at a time and never all in memory; how many rows.

    The watermark stands on top and, when printed, at the head and foot of every page.
    """
    book = xlsxwriter.Workbook(
        target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet("成员")
    text = book.add_format(_FONT | {"num_format": _TEXT, "quote_prefix": True})
    for column, word in enumerate(layout.headings):
        sheet.set_column(column, column, 38 if "支部" in word else 16)
    mark = layout.watermark.replace("&", "&&")[:120]
    sheet.set_header(f"&L{mark}")
    sheet.set_footer(f"&L{mark}&R第 &P / &N 页")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(2, 1)
    sheet.write_string(0, 0, layout.watermark, book.add_format(_FONT | {"font_color": _RED}))
    head = book.add_format(_FONT | _head(_GREY))
    for column, word in enumerate(layout.headings):
        sheet.write_string(1, column, word, head)
    count = 0
    for count, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(count + 1, column, cell, text)
    book.close()
    return count
