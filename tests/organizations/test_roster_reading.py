"""Roster files: real ones of LibreOffice, XlsxWriter's, CSV as Excel writes it, broken ones."""

import io
import random
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxue.organizations.roster import reading, workbook
from lianxue.organizations.roster.fields import BY_KEY
from lianxue.organizations.roster.reading import Sheet, letters, read
from lianxue.organizations.roster.rows import understand
from lianxue.shared.errors import InvalidInput
from tests.organizations import imports_help

pytestmark = pytest.mark.once

ROSTERS = Path(__file__).parent / "rosters"
PEOPLE = [
    {
        "name": "李明",
        "branch": "第一党总支/第一党支部",
        "gender": "男",
        "ethnicity": "汉族",
        "birth_date": "1985-03-09",
        "education": "大学本科",
        "category": "正式党员",
        "joined_on": "2006-07-01",
        "full_member_on": "2007-07-01",
        "post": "办公室主任",
        "phone": "13800001001",
        "landline": "0531-86000001",
        "standing": "正常",
        "lost_contact": "否",
        "mobile_member": "否",
    },
    {
        "name": "阿依古丽·买买提",
        "branch": "第一党总支/第一党支部",
        "gender": "女",
        "ethnicity": "维吾尔族",
        "birth_date": "1990-01-02",
        "education": "研究生",
        "category": "正式党员",
        "joined_on": "2011-07",
        "full_member_on": "2012-07",
        "post": "科员",
        "phone": "13800001002",
        "standing": "正常",
        "lost_contact": "否",
        "mobile_member": "是",
        "whereabouts": "乌鲁木齐市",
    },
    {
        "name": "王秀英",
        "branch": "第一党总支/第二党支部",
        "gender": "女",
        "ethnicity": "壮族",
        "birth_date": "1990-01-01",
        "education": "大专",
        "category": "预备党员",
        "joined_on": "2024-07-01",
        "post": "1号窗口",
        "phone": "13800011003",
        "landline": "(0531)86000003",
        "standing": "正常",
        "lost_contact": "否",
        "mobile_member": "否",
    },
    {
        "name": "赵强",
        "branch": "第二党支部",
        "gender": "男",
        "ethnicity": "汉族",
        "birth_date": "1979-12-31",
        "education": "高中",
        "category": "正式党员",
        "joined_on": "1999-07-01",
        "full_member_on": "2000-07-01",
        "post": "司机",
        "phone": "13800011004",
        "standing": "停止党籍",
        "lost_contact": "是",
        "lost_contact_on": "2025-05-01",
        "mobile_member": "否",
    },
]


def said(data: bytes, name: str = "名册.xlsx") -> str:
    with pytest.raises(InvalidInput) as caught:
        read(data, name)
    assert set(caught.value.fields) == {"file"}
    return caught.value.fields["file"]


def people(sheet: Sheet) -> list[tuple[int, dict[str, str], dict[str, str]]]:
    rows = [(line.number, understand(line.cells)) for line in sheet.lines]
    return [(number, row.clean, row.errors) for number, row in rows]


@pytest.mark.parametrize(
    "name",
    ["libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods", "libreoffice.csv", "gb18030.csv"],
)
def test_the_same_roster_out_of_every_file(name):
    sheet = read((ROSTERS / name).read_bytes(), name)
    numbers = [5, 6, 8, 9]
    assert people(sheet) == [(n, one, {}) for n, one in zip(numbers, PEOPLE, strict=True)]
    assert sheet.header_row == 4
    assert sheet.ignored == ["爱好"]
    assert sheet.id_numbers
    assert sheet.skipped == [(11, "合计"), (12, "备注或说明")]
    assert sheet.name == ("" if name.endswith(".csv") else "党员名册")


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.xls", "gb18030.csv"])
def test_no_id_number_is_carried_further(name):
    sheet = read((ROSTERS / name).read_bytes(), name)
    assert "11010519491231002X" not in repr(sheet)
    assert "440524188001010014" not in repr(sheet)


def book(fill: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        fill(made)
    return out.getvalue()


def test_numbers_and_dates_as_a_spreadsheet_stores_them():
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet()
        day = made.add_format({"num_format": "yyyy年m月d日"})
        sheet.write_row(0, 0, ["姓名", "手机号", "出生日期", "失联情况", "固定电话"])
        sheet.write_row(1, 0, ["张三", 13800001000])
        sheet.write_datetime(1, 2, datetime(1990, 1, 2), day)
        sheet.write_boolean(1, 3, False)
        sheet.write_number(1, 4, 86000001)
        sheet.write_formula(2, 0, '="李"&"四"', value="李四")
        sheet.write_formula(2, 1, "=13800001000+1", value=13800001001)
        sheet.write_number(2, 2, 32874)

    sheet = read(book(fill), "a.xlsx")
    assert people(sheet) == [
        (
            2,
            {
                "name": "张三",
                "phone": "13800001000",
                "birth_date": "1990-01-02",
                "lost_contact": "否",
                "landline": "86000001",
            },
            {},
        ),
        (3, {"name": "李四", "phone": "13800001001", "birth_date": "1990-01-01"}, {}),
    ]


def test_merged_cells_say_the_same_of_each_row_and_headings_may_have_two_storeys():
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("说明")
        sheet.write(0, 0, "这一页是说明")
        sheet = made.add_worksheet("名单")
        sheet.merge_range(0, 0, 0, 4, "党员名单")
        sheet.merge_range(1, 0, 2, 0, "姓名")
        sheet.merge_range(1, 1, 1, 2, "联系办法")
        sheet.write_row(2, 1, ["手机号", "座机"])
        sheet.merge_range(1, 3, 2, 3, "所在党支部")
        sheet.write_row(3, 0, ["张三", "13800001000", "", ""])
        sheet.write_row(4, 0, ["李四", "13800001001", "", ""])
        sheet.merge_range(3, 3, 4, 3, "第一党支部")

    sheet = read(book(fill), "a.xlsx")
    assert (sheet.name, sheet.header_row) == ("名单", 3)
    assert [(number, clean["branch"]) for number, clean, _ in people(sheet)] == [
        (4, "第一党支部"),
        (5, "第一党支部"),
    ]


def test_headings_repeated_on_each_printed_page_totals_and_notes_are_said():
    rows = [
        ("张三", "13800001000", ""),
        ("姓名", "手机号", "所在党支部"),
        ("", "", ""),
        ("小计", "", "1 人"),
        ("李四", "13800001001", ""),
        ("填表人：王五", "", ""),
        ("赵六", "", ""),
    ]
    sheet = read(imports_help.workbook(rows), "a.xlsx")
    assert [line.number for line in sheet.lines] == [2, 6, 8]
    assert sheet.skipped == [(3, "重复的表头"), (5, "合计"), (7, "备注或说明")]


def test_the_very_label_goes_before_an_alias_and_two_of_a_kind_are_told():
    data = imports_help.workbook(
        [("张三", "0531-1", "13800001000")], ("姓名", "联系电话", "手机号")
    )
    sheet = read(data, "a.xlsx")
    assert sheet.lines[0].cells["phone"] == "13800001000"
    assert sheet.ignored == ["联系电话"]
    double = imports_help.workbook([("张三", "1", "2")], ("姓名", "手机", "联系电话"))
    assert said(double) == "“手机号”有几列（B 列、C 列），请只留一列。"


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_columns_are_named_as_spreadsheets_name_them(place, name):
    assert letters(place) == name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_as_programs_write_it(encoding, delimiter, end):
    lines = [
        ["某某名册"],
        ["姓名", "手机号", "所在党支部"],
        [],
        ["张三", '"="" 13800001000"""', '"第一党总支/第一党支部"'],
    ]
    text = end.join(delimiter.join(cells) for cells in lines)
    [(number, clean, errors)] = people(read(text.encode(encoding), "名册.csv"))
    assert (number, errors) == (4, {})
    assert clean == {"name": "张三", "phone": "13800001000", "branch": "第一党总支/第一党支部"}


XLSX = imports_help.workbook([("张三", 13800001000, "第一党支部")])
XLS = (ROSTERS / "libreoffice.xls").read_bytes()


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (b" \n ", "a.csv", "文件是空的"),
        (b"%PDF-1.7", "a.pdf", "只能上传"),
        (b"%PDF-1.7 \x00\x01\x02", "a.xlsx", "文件不是表格"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.xls", "文件不是表格"),
        (b"<html><table><tr><td>1</td></tr></table>", "a.xls", "网页格式"),
        (b"PK\x03\x04 broken", "a.xlsx", "文件已损坏"),
        (XLSX[:-300], "a.xlsx", "文件已损坏"),
        (zipped(a=b"1"), "a.xlsx", "文件不是表格"),
        (XLS[:4000], "a.xls", "文件不是表格"),
        (XLS[:512] + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "打开密码"),
        ("姓名,电子邮箱\n张三,1".encode(), "a.csv", "没有找到“手机号”列"),
        ("一,二\n三,四".encode(), "a.csv", "没有找到表头"),
        ("姓名,手机号\n".encode(), "a.csv", "表头下面没有成员"),
        ('姓名,手机号\n"张三,1'.encode() + b"\n" * 140_000, "a.csv", "引号没有成对"),
        (b"x" * (workbook.MAX_BYTES + 1), "a.csv", "超过 20 MB"),
        (zipped(a=b"\0" * (workbook.MAX_UNPACKED + 1)), "a.xlsx", "展开后太大"),
    ],
)
def test_what_is_no_roster_is_told(data, name, words):
    assert words in said(data, name)


def test_a_cell_at_the_end_of_the_world_takes_no_memory():
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "姓名")
        sheet.write(1048575, 16383, "手机号")

    assert "请" in said(book(fill))


def test_too_many_rows_and_columns(monkeypatch):
    wide = ("姓名", "手机号", *[f"列{number}" for number in range(100)])
    assert "超过 100 列" in said(imports_help.workbook([], wide))
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    rows = [("张三", f"1380000100{number}", "") for number in range(3)]
    assert "超过 50,000 行" in said(imports_help.workbook(rows))
    many = "姓名,手机号\n" + "张三,1\n" * 50_200
    assert "超过 50,000 行" in said(many.encode(), "a.csv")


def faults(data: bytes, name: str) -> set[str]:
    """Where the file is at fault; nowhere when it can be read."""
    try:
        read(data, name)
    except InvalidInput as error:
        return set(error.fields) or {"nowhere"}
    return set()


@pytest.mark.slow
@pytest.mark.parametrize("data", [XLSX, XLS], ids=["xlsx", "xls"])
def test_mutated_files_are_read_or_told(data):
    """Bytes turned, cut and doubled: a sheet, or one message at ``file``; nothing else."""
    chance = random.Random(20260)  # noqa: S311 - the same files at every run
    for _ in range(40):
        broken = bytearray(data)
        for _ in range(chance.choice([1, 3, 30])):
            at = chance.randrange(len(broken))
            broken[at : at + chance.choice([0, 1, 9])] = chance.randbytes(chance.choice([0, 1, 9]))
        assert faults(bytes(broken), "a.xlsx") <= {"file"}


@given(st.binary(max_size=300))
def test_any_bytes_as_csv_are_read_or_told(data):
    assert faults(data, "a.csv") <= {"file"}


NAMES = st.text(st.sampled_from("王李张刘陈杨秀英建国明华"), min_size=2, max_size=4)
PHONES = st.integers(13000000000, 19999999999)
DAYS = st.dates(datetime(1900, 3, 1).date(), datetime(2020, 1, 1).date())
PERSON = st.fixed_dictionaries(
    {"name": NAMES, "phone": PHONES},
    optional={
        "branch": st.lists(NAMES, min_size=1, max_size=3).map("/".join),
        "gender": st.sampled_from("男女"),
        "birth_date": DAYS,
        "joined_on": DAYS,
        "mobile_member": st.sampled_from("是否"),
        "post": NAMES,
    },
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(PERSON, min_size=1, max_size=6),
    st.integers(0, 5),
    st.permutations(["name", "phone", "branch", "gender", "birth_date", "joined_on", "post"]),
    st.booleans(),
)
def test_what_is_written_is_read(rows, titles, columns, as_text):
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet()
        day = made.add_format({"num_format": "yyyy/mm/dd"})
        for line in range(titles):
            sheet.write(line, 0, "某某名册")
        sheet.write_row(titles, 0, [BY_KEY[key].label for key in columns])
        for line, person in enumerate(rows, titles + 1):
            for place, key in enumerate(columns):
                value = person.get(key)
                if hasattr(value, "year") and not as_text:
                    sheet.write_datetime(line, place, value, day)
                elif value is not None:
                    sheet.write(line, place, str(value) if as_text else value)

    sheet = read(book(fill), "a.xlsx")
    wanted = [
        {key: str(value) for key, value in person.items() if key in columns} for person in rows
    ]
    assert [clean for _, clean, _ in people(sheet)] == wanted
    assert [line.number for line in sheet.lines] == [titles + 2 + n for n in range(len(rows))]


def test_a_line_of_commas_is_cut_at_once():
    """20 MB of commas are 20 million cells, each of which was tidied: a minute's work."""
    wide = ("姓名,手机号\n" + "," * 5000 + "x\n张三,13800001000" + "," * 5000 + "\n").encode()
    [table] = workbook.tables(wide, "a.csv")
    assert max(len(cells) for _, cells in table.rows) == 400
    assert [line.cells["name"] for line in read(wide, "a.csv").lines] == ["张三"]
