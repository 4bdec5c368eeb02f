"""Sheets of questions and their imports for tests."""

import io

import xlsxwriter
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.learning.models import QuestionBank, QuestionImport

HEAD = ["题型*", "题干*", "选项A", "选项B", "选项C", "答案*", "解析"]
CAPITAL = ["单选题", "首都是哪里？", "北京", "上海", "", "A", ""]
ROUND = ["判断题", "地球是圆的。", "", "", "", "对", "见地理课本"]
FAULTY = ["单选题", "没有选项的题", "", "", "", "C", ""]


def xlsx(*rows: list[str], **sheets: list[list[str]]) -> bytes:
    """A workbook of one sheet, and of further ones by name."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False})
    for name, lines in {"题目": list(rows), **sheets}.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(lines):
            sheet.write_row(at, 0, row)
    book.close()
    return target.getvalue()


def prepared(actor: User, bank: QuestionBank) -> QuestionImport:
    """An upload that waits, as a file with CAPITAL and FAULTY would be kept; nothing is read."""
    keys = ["kind", "text", "option_a", "option_b", "option_c", "answer", "explanation"]
    rows = [
        {"number": 2, "cells": dict(zip(keys, CAPITAL, strict=True)), "outcome": "new"},
        {"number": 3, "cells": dict(zip(keys, FAULTY, strict=True)), "outcome": "error"},
    ]
    errors = [{}, {"options": "请填写 2 到 8 个选项。"}]
    known = {"sheet": "", "made": None, "old": None}
    return QuestionImport.objects.create(
        bank=bank,
        file_name="题目.xlsx",
        rows=[row | known | {"errors": said} for row, said in zip(rows, errors, strict=True)],
        counts={"new": 1, "error": 1},
        created_by=actor,
        created_by_name=actor.name,
        created_at=timezone.now(),
    )
