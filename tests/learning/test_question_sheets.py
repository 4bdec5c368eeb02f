"""Questions in the files that people have: real ones by LibreOffice, sheets by kind, headings."""

from pathlib import Path

import pytest

from lianxue.learning.question_sheet import Row, cells_of, exported, read, template
from lianxue.learning.questions import Typed, as_typed, clean
from lianxue.shared.errors import InvalidInput

from .bank_makers import CAPITAL, HEAD, ROUND, xlsx

pytestmark = pytest.mark.once
SHEETS = Path(__file__).parent / "sheets"
CHOICES = [
    ("单选题", "首都是哪里？", ["北京", "上海", "天津", "重庆"], [0], "见地理课本"),
    ("多选题", "下列哪些是直辖市？", ["北京", "南京", "天津", "重庆"], [0, 2, 3], ""),
    ("单选题", "2 的 10 次方是多少？", ["512", "1024", "2048", "4096"], [1], ""),
]
OTHERS = [
    ("判断题", "地球绕着太阳转。", [], [True], ""),
    ("判断题", "一年有十三个月。", [], [False], "一年有十二个月。"),
    ("填空题", "一年有____个月，一周有____天。", [], [["12", "十二"], ["7", "七"]], ""),
]


def _read(name: str) -> tuple[list[tuple[object, ...]], list[Row]]:
    """The questions of a file, and the rows that are none."""
    good, bad = [], []
    for row in read((SHEETS / name).read_bytes(), name):
        try:
            one = clean(row.typed)
        except InvalidInput:
            bad.append(row)
        else:
            label = {"single": "单选题", "multiple": "多选题", "judge": "判断题", "fill": "填空题"}
            good.append((label[one.kind], one.text, one.options, one.answer, one.explanation))
    return good, bad


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_a_real_workbook_is_read_whole(ending: str) -> None:
    good, bad = _read(f"libreoffice.{ending}")
    assert good == CHOICES + OTHERS
    assert [(row.sheet, row.number, row.cells["text"]) for row in bad] == [
        ("选择题", 7, "以上共三题")
    ]


@pytest.mark.parametrize("name", ["libreoffice.csv", "gb18030.csv"])
def test_a_real_csv_is_read(name: str) -> None:
    good, bad = _read(name)
    assert good == CHOICES
    assert [(row.sheet, row.number) for row in bad] == [("", 7)]


def test_a_file_of_one_sheet_with_questions_names_no_sheet() -> None:
    rows = read(xlsx(HEAD, CAPITAL, 说明=[["请认真填写"]], 填写示例=[HEAD, ROUND]), "题.xlsx")
    assert [(row.number, row.sheet, row.cells["text"]) for row in rows] == [(2, "", "首都是哪里？")]


def test_the_templates_examples_are_questions_when_they_are_copied_over() -> None:
    with pytest.raises(InvalidInput, match="没有题目"):
        read(template(), "模板.xlsx")


@pytest.mark.parametrize(
    "heading", ["选项B", "选项 B", "B", "B选项", "选项2", "选项二", "备选项 Ｂ", "选项B（必填）"]
)
def test_the_heading_of_an_option(heading: str) -> None:
    head = [*HEAD[:3], heading, *HEAD[4:]]
    (row,) = read(xlsx(head, CAPITAL), "题.xlsx")
    assert row.cells.get("option_b") == (None if heading == "选项二" else "上海")


def test_what_a_database_cannot_keep_is_left_out() -> None:
    pages = "题型,题干,答案\n" + "判断题,地球是平的。,错\n" * 400  # so far a file is looked at
    rows = read(f"{pages}判断题,地球\x07是圆的\x1f。,对\n".encode(), "题.csv")
    assert rows[-1].cells["text"] == "地球是圆的。"


@pytest.mark.parametrize(
    ("options", "answer", "right"),
    [
        (("对", "错"), "A", True),
        (("错", "对"), "A", False),
        (("A. 错误", "B. 正确"), "Ｂ", True),
        ((), "A", True),
        ((), "√", True),
    ],
)
def test_a_letter_of_a_judgement_means_its_option(
    options: tuple[str, ...], answer: str, right: bool
) -> None:
    assert clean(Typed("判断题", "对吗？", options, answer)).answer == [right]


def test_only_the_letter_of_its_own_place_is_a_label() -> None:
    options = ("A、甲", "C. 罗纳尔多", "c：丙")
    assert clean(Typed("single", "谁？", options, "A")).options == ["甲", "C. 罗纳尔多", "丙"]


def test_what_is_taken_out_can_be_brought_in_again() -> None:
    typed = [
        Typed("单选题", "=1+1 是几？", ("2", "=3", "@4", "-5"), "A", "+口算"),
        Typed("填空题", "____和____", (), "甲|乙；乙|甲"),
        Typed("判断题", "007 是一个数。", (), "错"),
    ]
    cells = [cells_of(as_typed(clean(one)), one.kind) for one in typed]
    rows = read(exported(cells, "某县 & 题库 李明0001"), "题库.xlsx")
    assert [clean(row.typed) for row in rows] == [clean(one) for one in typed]
