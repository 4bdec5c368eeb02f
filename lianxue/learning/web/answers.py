"""An answer as it stands in a form (or in an address), and a question's parts for the page."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from ..grading import Given
from ..models import BankQuestion

_JUDGED = {"true": True, "false": False}


def read_given(question: BankQuestion, data: QueryDict) -> Any:
    """What was chosen or filled in, for ``grading.clean``; None when nothing was."""
    if question.kind == BankQuestion.Kind.FILL:
        names = [f"blank{at}" for at in range(len(question.answer))]
        return [data.get(name, "") for name in names] if set(names) & set(data) else None
    chosen = data.getlist("given")
    if question.kind == BankQuestion.Kind.JUDGE:
        return [_JUDGED.get(one, one) for one in chosen]
    return [int(one) if one.isascii() and one.isdigit() and len(one) < 4 else one for one in chosen]


def write_given(question: BankQuestion, given: Given) -> str:
    """The same as an address carries it; ``read_given`` reads it."""
    if question.kind == BankQuestion.Kind.FILL:
        return urlencode({f"blank{at}": text for at, text in enumerate(given or [])})
    if question.kind == BankQuestion.Kind.JUDGE:
        return urlencode([("given", "true" if one else "false") for one in given or []])
    return urlencode([("given", one) for one in given or []])


def number_or(text: str | None, otherwise: int) -> int:
    """A number out of an address; what is none is ``otherwise``."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def nearest(number: int, among: Sequence[object]) -> int:
    """The number (from 1) of one of ``among`` that is nearest."""
    return max(1, min(number, len(among)))
