"""Bytes to rows of text: workbooks (.xlsx, .xls, .ods) by a child process, and CSV."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lianxue.shared.errors import InvalidInput

from . import calamine_child as child

MAX_BYTES = 20 * 1024 * 1024
#: What a workbook's parts may come to when unpacked; 50,000 rows of 20 columns take about 60 MB.
MAX_UNPACKED = 400 * 1024 * 1024
MAX_PARTS = 2000
MAX_CELL = 2000
_CHILD = Path(child.__file__)
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_KINDS = (".xlsx", ".xlsm", ".xls", ".et", ".ods", ".csv", ".txt", "")
_SAVE_AGAIN = "请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"


@dataclass
class Table:
    """One sheet: (row number as the spreadsheet shows it, the cells as text)."""

    name: str
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def unusable(message: str) -> InvalidInput:
    """What is told of a file that can't be read."""
    return InvalidInput.at("file", message)


def tables(data: bytes, file_name: str) -> list[Table]:
    """The file's sheets with something in them. Raises InvalidInput at ``file``."""
    ending = Path(file_name.lower().replace("\\", "/")).suffix
    if ending not in _KINDS:
        raise unusable("只能上传 .xlsx、.xls、.ods 或 .csv 文件，请另存为其中一种再上传。")
    if not data.strip():
        raise unusable("文件是空的，请检查后重新选择。")
    if len(data) > MAX_BYTES:
        raise unusable("文件超过 20 MB，请删去图片或分成几个文件再上传。")
    if data.startswith(_ZIP):
        _check_zip(data)
        return _by_child(data)
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise unusable("文件设了打开密码，请去掉密码，另存后再上传。")
        return _by_child(data)
    return [Table("", _csv(_text(data)))]


def _check_zip(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RecursionError):
        raise unusable(f"文件已损坏，无法读取。{_SAVE_AGAIN}") from None
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise unusable("文件展开后太大，请删去多余的内容，或分成几个文件再上传。")


def _by_child(data: bytes) -> list[Table]:
    """The sheets, read in a process of its own (see ``calamine_child``)."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, the file at its standard input
            [sys.executable, "-I", str(_CHILD)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=90,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unusable(f"文件读得太久，可能已损坏。{_SAVE_AGAIN}") from None
    if done.returncode == child.PASSWORD:
        raise unusable("文件设了打开密码，请去掉密码，另存后再上传。")
    if done.returncode == child.TOO_BIG:
        raise unusable("表格超过 50,000 行，请分成几个文件再上传。")
    if done.returncode != 0:
        raise unusable(f"文件不是表格，或已损坏，无法读取。{_SAVE_AGAIN}")
    found: list[Table] = []
    for line in done.stdout.splitlines():
        entry = json.loads(line)
        if isinstance(entry, dict):
            found.append(Table(entry["sheet"]))
        else:
            found[-1].rows.append((entry[0], [_shown(cell) for cell in entry[1]]))
    return found


def _shown(cell: object) -> str:
    """A cell as text: whole numbers without a decimal point, dates as ISO."""
    if isinstance(cell, dict):
        return str(cell["d"])
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    return str(cell)[:MAX_CELL]


def _text(data: bytes) -> str:
    """The text of a CSV: UTF-8 or UTF-16 with their marks, else UTF-8, else GB18030."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings = ["utf-16"] if wide else ["utf-8-sig", "gb18030"]
    if wide or b"\x00" not in data:
        for encoding in encodings:
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if text.lstrip()[:200].lower().startswith(("<html", "<!doctype", "<?xml", "<table")):
                raise unusable(f"这是网页格式的文件。{_SAVE_AGAIN}")
            if not any(char < " " and char not in "\t\r\n\f" for char in text[:4000]):
                return text.replace("\x00", "")
    raise unusable(f"文件不是表格，或已损坏，无法读取。{_SAVE_AGAIN}")


def _csv(text: str) -> list[tuple[int, list[str]]]:
    """The records; numbered as a spreadsheet program numbers them, blank lines counted."""
    sample = text[:20000]
    delimiter = max(",\t;，", key=sample.count)
    found: list[tuple[int, list[str]]] = []
    try:
        for number, record in enumerate(_records(text, delimiter), 1):
            cells = record[: child.MAX_COLUMNS]  # a line of 20 MB may be nothing but commas
            if any(cell.strip() for cell in cells):
                found.append((number, [cell[:MAX_CELL] for cell in cells]))
            if number > child.MAX_ROWS:
                raise unusable("表格超过 50,000 行，请分成几个文件再上传。")
    except csv.Error:
        raise unusable(f"CSV 文件的格式不对（引号没有成对）。{_SAVE_AGAIN}") from None
    return found


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return iter(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
