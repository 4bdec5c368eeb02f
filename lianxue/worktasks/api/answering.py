"""My tasks over the API: what is asked of me, filling in, handing in, taking back."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, File, Form, Router, Schema, Status, UploadedFile

from lianxue.accounts.current import current_user
from lianxue.files.actions import store
from lianxue.files.web import serve
from lianxue.notices import schemas as n
from lianxue.notices.queries.reading import files_of
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.errors import NotFound, StateConflict
from lianxue.shared.pagination import cut
from lianxue.shared.uploads import uploaded

from .. import schemas as s
from ..actions import answering, opening
from ..queries import asked, earlier, filling, tasks
from ..queries.asked import AskedTask
from ..queries.filling import ToAnswer
from ..queries.tasks import TaskRow

router = Router(tags=["tasks"])

State = Literal["", "draft", "submitted", "returned", "accepted"]


class TaskLine(Schema):
    """A task, and one for whom I answer it."""

    notice_id: int
    relay_id: int = Field(description="with ``respondent``: the answer's address")
    respondent: str = Field(description="m:<membership>, o:<organization> or b:<branch>")
    name: str = Field(description="the unit I answer for; empty: myself")
    title: str
    asked_by: str = Field(description="the organisation that reviews")
    deadline: datetime | None
    state: State = Field(description="empty: not begun")
    late: bool
    remark: str = Field(description="why it was returned")
    recalled: bool


class TaskPage(Schema):
    """One page of my tasks."""

    items: list[TaskLine]
    page: int
    pages: int
    total: int


class TaskOut(n.NoticeHead):
    """A task as I meet it; of a recalled one neither text nor files."""

    body: str
    files: list[n.FileOut] = Field(description="at /notices/{id}/files/{file}")
    recalled: bool
    remarks: list[str] = Field(description="传达意见 of those who passed it on to me")
    answers: list[TaskLine] = Field(description="for whom I can answer it")


class OfferOut(Schema):
    """What was answered to the same question before (减负)."""

    question_id: int
    text: str
    task_title: str
    at: datetime


class ToAnswerOut(Schema):
    """A task as I fill it in for one respondent."""

    notice_id: int
    relay_id: int
    respondent: str
    name: str
    title: str
    asked_by: str
    deadline: datetime | None
    state: State
    version: int = Field(description="to be sent back with a change; 0: nothing was saved")
    may_edit: bool
    why_not: str
    may_take_back: bool
    late: bool = Field(description="逾期: handed in after the deadline")
    remark: str = Field(description="why it was returned")
    questions: list[s.QuestionOut]
    values: list[s.ValueOut]
    files: list[s.AnswerFileOut]
    offers: list[OfferOut]
    steps: list[s.StepOut]


class FillIn(Schema):
    """What is filled in; questions that are left out stay. 409 ``answer-changed`` when somebody
    changed it since ``version``; null: whatever it is now."""

    values: list[s.ValueIn] = Field([], max_length=100)
    version: Annotated[int, s.Version] | None = None

    def by_question(self) -> dict[int, str]:
        """As the actions take it."""
        return {one.question_id: one.text for one in self.values}


class VersionIn(Schema):
    """The version that was looked at; null: whatever it is now."""

    version: Annotated[int, s.Version] | None = None


@router.get("/tasks", response=TaskPage, operation_id="my_tasks")
def my_tasks(
    request: HttpRequest,
    tab: Literal["waiting", "submitted", "done", "closed"] = "waiting",
    page: n.PageNumber = 1,
) -> Any:
    """What I have to answer: 待答复, 已提交, 已完成, 已截止."""
    rows = tasks.my_tasks(current_user(request), tab)
    return page_of(cut(rows, page, n.SIZE), _line)


@router.get("/tasks/{int:notice_id}", response=TaskOut, operation_id="my_task")
def my_task(request: HttpRequest, notice_id: int) -> Any:
    """What is asked, and for whom I can answer. It leaves no receipt."""
    return _task(asked.get_task(current_user(request), notice_id))


@router.post("/tasks/{int:notice_id}/open", response=TaskOut, operation_id="open_task")
def open_task(request: HttpRequest, notice_id: int) -> Any:
    """That I have looked at it, as a member and for the organisations I answer for."""
    return _task(opening.open_task(current_user(request), notice_id))


@router.get("/answers/{int:relay_id}/{respondent}", response=ToAnswerOut, operation_id="to_answer")
def to_answer(request: HttpRequest, relay_id: int, respondent: str) -> Any:
    """The form as it is filled in for one respondent, and what became of it."""
    return _to_answer(filling.get_to_answer(current_user(request), relay_id, respondent))


@router.put(
    "/answers/{int:relay_id}/{respondent}", response=ToAnswerOut, operation_id="save_answer"
)
def save_answer(request: HttpRequest, relay_id: int, respondent: str, body: FillIn) -> Any:
    """Keep what is filled in so far; nothing is handed in."""
    answering.save_draft(
        current_user(request), relay_id, respondent, body.by_question(), body.version
    )
    return to_answer(request, relay_id, respondent)


@router.post(
    "/answers/{int:relay_id}/{respondent}/submit",
    response=ToAnswerOut,
    operation_id="submit_answer",
)
def submit_answer(request: HttpRequest, relay_id: int, respondent: str, body: FillIn) -> Any:
    """提交. 422 at every ``q<id>`` that has to be filled in."""
    answering.submit(current_user(request), relay_id, respondent, body.by_question(), body.version)
    return to_answer(request, relay_id, respondent)


@router.post(
    "/answers/{int:relay_id}/{respondent}/take-back",
    response=ToAnswerOut,
    operation_id="take_back_answer",
)
def take_back_answer(request: HttpRequest, relay_id: int, respondent: str, body: VersionIn) -> Any:
    """撤回修改: a draft again, while nobody has reviewed it."""
    answering.take_back(current_user(request), relay_id, respondent, body.version)
    return to_answer(request, relay_id, respondent)


@router.post(
    "/answers/{int:relay_id}/{respondent}/fill-earlier",
    response=ToAnswerOut,
    operation_id="fill_earlier",
)
def fill_earlier(request: HttpRequest, relay_id: int, respondent: str, body: VersionIn) -> Any:
    """Fill every empty field with what was answered before (``offers``)."""
    answering.fill_earlier(current_user(request), relay_id, respondent, body.version)
    return to_answer(request, relay_id, respondent)


@router.post(
    "/answers/{int:relay_id}/{respondent}/files",
    response={201: s.AnswerFileOut},
    operation_id="add_answer_file",
)
def add_answer_file(
    request: HttpRequest,
    relay_id: int,
    respondent: str,
    question_id: Form[Id],
    file: File[UploadedFile | None] = None,
) -> Any:
    """Put a file into the answer: 20 MB each, 10 a question at most."""
    user = current_user(request)
    found = filling.get_to_answer(user, relay_id, respondent)
    if not found.may_edit:  # before anything is kept
        raise StateConflict(found.why_not)
    if question_id not in {one.pk for one in found.questions if one.kind == "file"}:
        raise NotFound
    stored = store(user, uploaded(request))
    row = answering.add_file(user, relay_id, respondent, question_id, stored)
    return Status(201, s.file_of(row))


@router.delete(
    "/answers/{int:relay_id}/{respondent}/files/{int:answer_file_id}",
    response={204: None},
    operation_id="remove_answer_file",
)
def remove_answer_file(
    request: HttpRequest, relay_id: int, respondent: str, answer_file_id: int
) -> Any:
    """Take a file out of the answer; one that is gone is no error."""
    answering.remove_file(current_user(request), relay_id, respondent, answer_file_id)
    return Status(204, None)


@router.get(
    "/answers/{int:relay_id}/{respondent}/files/{int:answer_file_id}",
    operation_id="answer_file",
    openapi_extra=n.binary(),
)
def answer_file(
    request: HttpRequest, relay_id: int, respondent: str, answer_file_id: int
) -> HttpResponseBase:
    """A file of the own answer."""
    found = filling.get_to_answer(current_user(request), relay_id, respondent)
    for rows in found.files.values():
        for row in rows:
            if row.pk == answer_file_id:
                return serve(request, row.file)
    raise NotFound


def _line(row: TaskRow) -> dict[str, Any]:
    return {
        "notice_id": row.relay.notice_id,
        "relay_id": row.relay.pk,
        "respondent": str(row.respondent),
        "name": row.name,
        "title": row.title,
        "asked_by": row.relay.organization.name,
        "deadline": row.deadline,
        "state": row.state,
        "late": row.late,
        "remark": row.remark,
        "recalled": row.recalled_at is not None,
    }


def _task(found: AskedTask) -> dict[str, Any]:
    notice, recalled = found.notice, found.recalled
    shown = n.head_of(notice)
    if recalled:
        shown["state"] = notice.State.RECALLED
    return shown | {
        "body": "" if recalled else notice.body,
        "files": [] if recalled else [n.file_of(one) for one in files_of(notice)],
        "recalled": recalled,
        "remarks": [relay.remark for relay in found.relays if relay.remark],
        "answers": [_line(row) for row in found.rows],
    }


def _to_answer(found: ToAnswer) -> dict[str, Any]:
    notice, answer = found.relay.notice, found.answer
    return {
        "notice_id": notice.pk,
        "relay_id": found.relay.pk,
        "respondent": str(found.respondent),
        "name": found.name,
        "title": notice.title,
        "asked_by": found.relay.organization.name,
        "deadline": notice.deadline,
        "state": answer.state if answer else "",
        "version": found.version,
        "may_edit": found.may_edit,
        "why_not": found.why_not,
        "may_take_back": found.may_take_back,
        "late": bool(answer and answer.late),
        "remark": found.remark,
        "questions": [s.question_of(row) for row in found.questions],
        "values": s.values_of(found.values),
        "files": s.files_of(found.files),
        "offers": _offers(found) if found.may_edit else [],
        "steps": s.steps_of(found.steps),
    }


def _offers(found: ToAnswer) -> list[dict[str, Any]]:
    offers = earlier.earlier_answers(found.task, found.respondent)
    return [
        {"question_id": pk, "text": one.text, "task_title": one.task_title, "at": one.at}
        for pk, one in offers.items()
        if found.values.get(pk) != one.text
    ]
