"""What the API of `worktasks` takes and gives in more than one place."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from lianxue.organizations.schemas import Id

from .models import AnswerFile, AnswerStep, Question
from .queries.progress import Counts

QuestionKind = Literal["text", "number", "choice", "date", "file"]
AnswerState = Literal["draft", "submitted", "returned", "accepted"]
Version = Field(ge=0, le=2**31 - 1)


class QuestionIn(Schema):
    """One question."""

    kind: QuestionKind
    label: str = Field(max_length=240, description="at most 60 characters")
    hint: str = Field("", max_length=400, description="at most 100 characters")
    required: bool = True
    unit: str = Field("", max_length=40, description="of a number: 人, 次")
    options: list[Annotated[str, Field(max_length=240)]] = Field(
        [], max_length=40, description="of a choice: 2 to 20"
    )


class QuestionOut(Schema):
    """One question; errors in its answer are at ``q<id>``."""

    id: int
    kind: QuestionKind
    label: str
    hint: str
    required: bool
    unit: str
    options: list[str]


class ValueIn(Schema):
    """What is filled in; empty text takes it away."""

    question_id: Id
    text: str = Field(max_length=8000, description="a number, 2026-11-23, an option, or words")


class ValueOut(Schema):
    """What is filled in."""

    question_id: int
    text: str


class AnswerFileOut(Schema):
    """A file of an answer; its bytes are at ``…/files/{id}``."""

    id: int
    question_id: int
    name: str
    size: int = Field(description="bytes")


class StepOut(Schema):
    """What happened to an answer."""

    what: Literal["submitted", "taken_back", "returned", "accepted", "reopened"]
    at: datetime
    by: str = Field(description="empty further up the chain")
    remark: str


class CountsOut(Schema):
    """Respondents: ``asked`` is the denominator, the others are of it."""

    asked: int
    draft: int
    submitted: int = Field(description="待审核")
    returned: int
    accepted: int
    silent: int = Field(description="nothing handed in: not begun, or a draft")
    late: int = Field(description="逾期, of those handed in")
    uncounted: int = Field(description="organisations whose people are not counted yet")
    as_of: datetime | None = Field(description="截至: the oldest count in the denominator")


def question_of(row: Question) -> dict[str, Any]:
    """A question as ``QuestionOut``."""
    names = ("kind", "label", "hint", "required", "unit", "options")
    return {"id": row.pk} | {name: getattr(row, name) for name in names}


def values_of(values: Mapping[int, str]) -> list[dict[str, Any]]:
    """What is filled in as ``ValueOut``."""
    return [{"question_id": pk, "text": text} for pk, text in values.items()]


def files_of(files: Mapping[int, list[AnswerFile]]) -> list[dict[str, Any]]:
    """Files by question as ``AnswerFileOut``."""
    return [file_of(row) for rows in files.values() for row in rows]


def file_of(row: AnswerFile) -> dict[str, Any]:
    """A file as ``AnswerFileOut``."""
    return {
        "id": row.pk,
        "question_id": row.question_id,
        "name": row.file.name,
        "size": row.file.size,
    }


def steps_of(rows: Iterable[AnswerStep], *, named: bool = True) -> list[dict[str, Any]]:
    """What happened, in order; ``named``: whether it says who did it."""
    return [
        {"what": row.what, "at": row.at, "by": row.by_name if named else "", "remark": row.remark}
        for row in rows
    ]


def counts_of(counts: Counts) -> dict[str, Any]:
    """Numbers as ``CountsOut``."""
    names = "asked draft submitted returned accepted silent late uncounted as_of"
    return {name: getattr(counts, name) for name in names.split()}
