"""Workbooks that people get: read back as a spreadsheet program would, and as the import does."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lianxue.organizations.roster import fields, reading, writing
from lianxue.organizations.roster.fields import FIELDS

pytestmark = pytest.mark.once

PATHS = ["第一党总支", "第一党总支/第一党支部", "第二党支部"]
EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '=HYPERLINK("http://x.example","点")',
]


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def part(data: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def formulas(data: bytes) -> list[str]:
    """The sheets that hold a formula."""
    book = zipfile.ZipFile(io.BytesIO(data))
    names = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    return [name for name in names if "<f>" in book.read(name).decode()]


# ---------- the template ----------


@pytest.mark.parametrize(("full", "columns"), [(False, 3), (True, len(FIELDS))])
def test_a_template_has_the_columns_and_marks_the_required_ones(full: bool, columns: int) -> None:
    data = writing.template(PATHS, full=full)
    found = sheets(data)
    heads = found["成员名册"][0]
    assert heads[:3] == ["姓名*（必填）", "手机号*（必填）", "所在党支部"]
    assert len(heads) == columns
    assert found["成员名册"][1:] == [], "nothing that could be imported as a person"
    assert "公民身份证号" not in "".join(map(str, heads))
    told = "".join(str(cell) for row in found["填写说明"] for cell in row)
    assert "必填" in told
    assert "公民身份证号" in told
    for head, field in zip(heads, FIELDS, strict=False):
        assert fields.key_of(str(head)) == (field.key, True)


def test_a_template_keeps_numbers_as_text_and_offers_the_branches() -> None:
    data = writing.template(PATHS, full=True)
    sheet, styles = part(data, "xl/worksheets/sheet1.xml"), part(data, "xl/styles.xml")
    assert 'numFmtId="49"' in styles, "@: text"
    assert 'state="frozen"' in sheet
    assert sheet.count("<dataValidation ") == 4, "branch, 性别, 失联情况, 流动党员"
    assert "选项!$C$1:$C$3" in sheet
    assert 'name="选项" sheetId="3" state="hidden"' in part(data, "xl/workbook.xml")
    assert [row[0] for row in sheets(data)["选项"]] == PATHS


def test_a_template_without_branches() -> None:
    assert "选项" not in sheets(writing.template([], full=False))


def test_a_filled_template_is_read_back() -> None:
    """Filled in as a person would; the reader takes the sheet of people, not the one that helps."""
    faulty = writing.Faulty(2, {"name": "李明", "phone": "13800001000", "branch": PATHS[1]}, {})
    data = writing.corrected([faulty], ["name", "phone", "branch"], PATHS)
    sheet = reading.read(data, "名册.xlsx")
    assert set(sheet.columns) == {"name", "phone", "branch"}
    assert sheet.ignored == []
    [row] = sheet.lines
    assert row.cells == {"name": "李明", "phone": "13800001000", "branch": PATHS[1]}


# ---------- the rows to mend ----------

BAD = writing.Faulty(
    7,
    {"name": "=cmd|'/C calc'!A0", "phone": "1380000", "branch": "没有的支部"},
    {"phone": "手机号码应为 11 位数字。", "branch": "没有这个支部。", "row": "和第 3 行重复。"},
)


def test_the_rows_to_mend_stand_as_they_were_typed() -> None:
    data = writing.corrected([BAD], ["name", "phone", "branch"], PATHS)
    head, row = sheets(data)["需要修改的行"]
    assert head == ["问题", "姓名*（必填）", "手机号*（必填）", "所在党支部"]
    assert row[1:] == ["=cmd|'/C calc'!A0", "1380000", "没有的支部"]
    words = str(row[0])
    assert words == (
        "原第 7 行；手机号：手机号码应为 11 位数字；所在党支部：没有这个支部；和第 3 行重复"
    )
    assert formulas(data) == []
    notes = part(data, "xl/comments1.xml")
    assert "手机号码应为 11 位数字。" in notes
    assert notes.count("<comment ") == 2, "one at each bad cell"
    assert 'quotePrefix="1"' in part(data, "xl/styles.xml")


def test_the_file_keeps_its_own_columns() -> None:
    data = writing.corrected([BAD], ["phone", "name"], [])
    assert sheets(data)["需要修改的行"][0] == ["问题", "手机号*（必填）", "姓名*（必填）"]


# ---------- the list that is taken out ----------

LAYOUT = writing.Layout(["姓名", "手机号", "所在党支部"], "导出人：李明 & 尾号 1000")


def written(rows: list[list[str]]) -> bytes:
    target = io.BytesIO()
    assert writing.write_list(target, LAYOUT, rows) == len(rows)
    return target.getvalue()


def test_a_list_has_its_mark_on_top_and_on_every_printed_page() -> None:
    data = written([["李明", "138 **** 1000", ""], ["王秀英", "", "第二党支部"]])
    rows = sheets(data)["成员"]
    assert rows[0][0] == LAYOUT.watermark
    assert rows[1] == ["姓名", "手机号", "所在党支部"]
    assert rows[2:] == [["李明", "138 **** 1000", ""], ["王秀英", "", "第二党支部"]]
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert "<oddHeader>&amp;L导出人：李明 &amp;&amp; 尾号 1000</oddHeader>" in sheet
    assert "尾号 1000&amp;R第 &amp;P / &amp;N 页</oddFooter>" in sheet


@pytest.mark.parametrize("cell", EVIL)
def test_no_cell_becomes_a_formula(cell: str) -> None:
    data = written([[cell, cell, cell]])
    assert formulas(data) == []
    assert "hyperlink" not in part(data, "xl/worksheets/sheet1.xml")
    target = io.BytesIO()
    writing.write_csv(target, LAYOUT, [[cell]])
    text = target.getvalue().decode("utf-8-sig").split("\r\n", 2)[2]
    assert text.startswith(("'", "\"'"))


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_csv_never_begins_a_cell_with_a_formula(cells: list[str]) -> None:
    safe = [writing.safe_cell(cell) for cell in cells]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in safe)
    assert [cell.removeprefix("'") for cell in safe] == [cell.removeprefix("'") for cell in cells]


def test_csv_opens_in_excel() -> None:
    target = io.BytesIO()
    assert writing.write_csv(target, LAYOUT, [["李明", "138", "a,b"]]) == 1
    data = target.getvalue()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n") == [
        "导出人：李明 & 尾号 1000",
        "姓名,手机号,所在党支部",
        '李明,138,"a,b"',
        "",
    ]
