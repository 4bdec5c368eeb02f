"""Answers in a workbook (``notices.workbook``): one row per respondent, one column per question."""

from datetime import date
from decimal import Decimal

from lianxue.notices.workbook import Cell, Column

from .models import Question

_WIDTHS = {"text": 36, "number": 14, "choice": 18, "date": 13, "file": 30}


def column_of(question: Question) -> Column:
    """The column of a question, its unit in the heading: 党员人数（人）."""
    unit = f"（{question.unit}）" if question.unit else ""
    number = question.kind == Question.Kind.NUMBER
    return Column(f"{question.label}{unit}", _WIDTHS[question.kind], number)


def value_of(question: Question, text: str) -> Cell:
    """An answer's text (``AnswerValue.text``) as what it means: a number, a day, or words."""
    if not text:
        return None
    if question.kind == Question.Kind.NUMBER:
        return Decimal(text)
    if question.kind == Question.Kind.DATE:
        return date.fromisoformat(text)
    return text
