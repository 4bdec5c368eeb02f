"""Asking and looking after a task over the API: its questions, 进度, answers, 审核, 批量通过."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, Query, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.files.web import serve
from lianxue.notices import schemas as n
from lianxue.notices.actions import counting
from lianxue.notices.models import Relay
from lianxue.notices.queries import chain
from lianxue.notices.queries.keeping import get_kept
from lianxue.organizations.models import Branch
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.errors import NotFound, StateConflict
from lianxue.shared.pagination import Page, cut, paginate

from .. import schemas as s
from ..actions import reviewing, tasks
from ..fields import QuestionSpec, TaskSettings
from ..models import Answer, WorkTask
from ..policy import MEMBERS, Respondent
from ..queries import answers as reads
from ..queries import below, progress
from ..queries import reviewing as reviewable
from ..queries.answers import Reviewed
from ..queries.progress import Counts

router = Router(tags=["tasks"])

_NOTICE = "/{int:organization_id}/notices/{int:notice_id}"
_TASK = "/{int:organization_id}/tasks/{int:notice_id}"
_ANSWER = "/{int:organization_id}/answers/{int:answer_id}"


class QuestionsIn(Schema):
    """What a draft asks, in place of what it asked before; errors at ``q<index>-label`` and so on,
    from 0."""

    respondents: Literal["members", "units"] = "units"
    period: Literal["month", "quarter", "year"] = Field(
        "year", description="for how long an answer to the same question holds (减负)"
    )
    sms_before_deadline: bool = False
    questions: list[s.QuestionIn] = Field(max_length=60, description="30 at most")


class QuestionsOut(Schema):
    """What it asks."""

    respondents: Literal["members", "units"]
    period: Literal["month", "quarter", "year"]
    sms_before_deadline: bool
    questions: list[s.QuestionOut]


class BranchLine(s.CountsOut):
    """A branch with the numbers of its whole subtree; null: those in no branch."""

    branch: n.Named | None


class UnitLine(s.CountsOut):
    """A subordinate with the numbers of its whole subtree."""

    id: int
    name: str
    opens: bool = Field(description="there is something to look at further down (``at``)")


class ProgressOut(Schema):
    """答复进度 from where one stands; further down there are numbers only."""

    respondents: Literal["members", "units"]
    way: list[n.Named] = Field(description="from the own organisation down to the one looked at")
    counts: s.CountsOut = Field(description="of those whom the organisation looked at asks")
    branches: list[BranchLine]
    below: list[UnitLine]
    page: int
    pages: int


class AnswerLine(Schema):
    """An answer that was handed in."""

    id: int
    version: int
    name: str
    branch: str = Field(description="of a member; may be empty")
    state: s.AnswerState
    late: bool
    submitted_at: datetime


class AnswerPage(Schema):
    """One page of answers, the first handed in first."""

    items: list[AnswerLine]
    page: int
    pages: int
    total: int


class AnswersQuery(Schema):
    """Which answers."""

    state: Literal["", "submitted", "returned", "accepted", "late"] = ""
    branch_id: Id | None = Field(None, description="with all below it; of the own members")
    at: Id | None = Field(None, description="an organisation below, of a task for units")
    q: str = Field("", max_length=40, description="part of a name")
    page: int = Field(1, ge=1, le=100000)


class SilentLine(Schema):
    """Who has handed in nothing."""

    respondent: str = Field(description="m:<membership>, o:<organization> or b:<branch>")
    name: str
    branch: str = Field(description="of a member; may be empty")


class SilentPage(Schema):
    """One page of those who have handed in nothing."""

    items: list[SilentLine]
    page: int
    pages: int
    total: int


class ReviewOut(AnswerLine):
    """An answer as its reviewer sees it: what was handed in last."""

    notice_id: int
    may_review: bool
    why_not: str
    questions: list[s.QuestionOut]
    values: list[s.ValueOut]
    files: list[s.AnswerFileOut]
    steps: list[s.StepOut]


class ReviewIn(Schema):
    """``version``: of the answer that was looked at; 409 when it has changed since."""

    version: Annotated[int, s.Version]
    remark: str = Field("", max_length=2000, description="意见, at most 500; needed to return")


class MarkIn(Schema):
    """An answer that was looked at."""

    id: Id
    version: Annotated[int, s.Version]


class AcceptIn(Schema):
    """The answers to accept, 500 at most."""

    answers: list[MarkIn] = Field(max_length=500)


class AcceptedOut(Schema):
    """What became of them."""

    done: list[int]
    left_out: list[int] = Field(description="changed meanwhile, or not the caller's to review")


@router.get(f"{_NOTICE}/questions", response=QuestionsOut, operation_id="questions")
def questions(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """What a task asks, for who keeps it."""
    _need_kept(current_user(request), organization_id, notice_id)
    return _questions(WorkTask.objects.filter(pk=notice_id).first())


@router.put(f"{_NOTICE}/questions", response=QuestionsOut, operation_id="set_questions")
def set_questions(
    request: HttpRequest, organization_id: int, notice_id: int, body: QuestionsIn
) -> Any:
    """What a draft asks, and of whom; 409 once it is sent, and for a plain notice."""
    user = current_user(request)
    _need_kept(user, organization_id, notice_id)
    settings = TaskSettings(body.respondents, body.period, body.sms_before_deadline)
    specs = [
        QuestionSpec(one.kind, one.label, one.hint, one.required, one.unit, tuple(one.options))
        for one in body.questions
    ]
    return _questions(tasks.set_questions(user, notice_id, settings, specs))


@router.get(f"{_TASK}/progress", response=ProgressOut, operation_id="task_progress")
def task_progress(
    request: HttpRequest,
    organization_id: int,
    notice_id: int,
    at: n.At = None,
    page: n.PageNumber = 1,
) -> Any:
    """The numbers, per branch and, one level at a time, per subordinate."""
    stand = chain.stand(current_user(request), organization_id, notice_id, at)
    task = WorkTask.objects.filter(pk=notice_id).first()
    if task is None:
        raise NotFound
    if task.respondents == MEMBERS:
        counting.freshen_at(stand)
    passed = stand.relay is not None and stand.relay.state == Relay.State.PASSED
    relay = stand.relay if passed else None
    rows = cut(below.rows_below(stand), page, n.SIZE)
    return {
        "respondents": task.respondents,
        "way": [{"id": one.pk, "name": one.name} for one in stand.way],
        "counts": s.counts_of(progress.progress(stand.place, relay) if relay else Counts()),
        "branches": [
            s.counts_of(row.counts) | {"branch": _branch(row.branch)}
            for row in (progress.by_branch(stand.place, relay) if relay else [])
        ],
        "below": [
            s.counts_of(row.counts)
            | {"id": row.organization.pk, "name": row.organization.name, "opens": row.opens}
            for row in rows.items
        ],
        "page": rows.number,
        "pages": rows.pages,
    }


@router.get(f"{_TASK}/answers", response=AnswerPage, operation_id="task_answers")
def task_answers(
    request: HttpRequest, organization_id: int, notice_id: int, asked: Query[AnswersQuery]
) -> Any:
    """The answers that the caller may read, without their contents."""
    place, relay = reads.relay_of(current_user(request), organization_id, notice_id, asked.at)
    branch = place.branch(asked.branch_id)
    rows = reads.answers_of(place, relay, asked.state, branch, asked.q)
    return page_of(paginate(rows, asked.page, n.SIZE), _line)


@router.get(f"{_TASK}/silent", response=SilentPage, operation_id="task_silent")
def task_silent(
    request: HttpRequest, organization_id: int, notice_id: int, asked: Query[AnswersQuery]
) -> Any:
    """Who has handed in nothing (``state`` says nothing here): members, or units."""
    place, relay = reads.relay_of(current_user(request), organization_id, notice_id, asked.at)
    rows: Page[Any]
    if relay.notice.task.respondents == MEMBERS:
        branch = place.branch(asked.branch_id)
        rows = paginate(reads.silent_of(place, relay, branch, asked.q), asked.page, n.SIZE)
    else:
        rows = cut(reads.silent_units(place, relay, asked.q), asked.page, n.SIZE)
    return page_of(rows, _silent)


@router.post(f"{_TASK}/accept", response=AcceptedOut, operation_id="accept_answers")
def accept_answers(
    request: HttpRequest, organization_id: int, notice_id: int, body: AcceptIn
) -> Any:
    """批量通过: those that wait, that the caller may review, and that are unchanged."""
    user = current_user(request)
    place, relay = reads.relay_of(user, organization_id, notice_id)
    marks = {one.id: one.version for one in body.answers}
    chosen = reviewable.chosen_to_review(user, place, relay, marks)
    if not chosen:
        raise StateConflict("选中的答复都已有变化，请重新选择。")
    done = reviewing.accept_many(user, [answer.pk for answer in chosen], versions=marks).done
    return {"done": done, "left_out": sorted(set(marks) - set(done))}


@router.get(_ANSWER, response=ReviewOut, operation_id="answer")
def answer(request: HttpRequest, organization_id: int, answer_id: int) -> Any:
    """One answer, for the administrators of who asked; a unit's also for those above."""
    return _review(reads.get_review(current_user(request), organization_id, answer_id))


@router.post(f"{_ANSWER}/accept", response=ReviewOut, operation_id="accept_answer")
def accept_answer(
    request: HttpRequest, organization_id: int, answer_id: int, body: ReviewIn
) -> Any:
    """通过."""
    user = current_user(request)
    reads.get_review(user, organization_id, answer_id)
    reviewing.accept(user, answer_id, body.remark, body.version)
    return answer(request, organization_id, answer_id)


@router.post(f"{_ANSWER}/return", response=ReviewOut, operation_id="return_answer")
def return_answer(
    request: HttpRequest, organization_id: int, answer_id: int, body: ReviewIn
) -> Any:
    """退回, with a remark that says what to mend."""
    user = current_user(request)
    reads.get_review(user, organization_id, answer_id)
    reviewing.return_(user, answer_id, body.remark, body.version)
    return answer(request, organization_id, answer_id)


@router.post(f"{_ANSWER}/reopen", response=ReviewOut, operation_id="reopen_answer")
def reopen_answer(
    request: HttpRequest, organization_id: int, answer_id: int, body: ReviewIn
) -> Any:
    """取消通过: an accepted answer is returned, with a remark."""
    user = current_user(request)
    reads.get_review(user, organization_id, answer_id)
    reviewing.reopen(user, answer_id, body.remark, body.version)
    return answer(request, organization_id, answer_id)


@router.get(
    f"{_ANSWER}/files/{{int:answer_file_id}}",
    operation_id="reviewed_file",
    openapi_extra=n.binary(),
)
def reviewed_file(
    request: HttpRequest, organization_id: int, answer_id: int, answer_file_id: int
) -> HttpResponseBase:
    """A file of an answer, for who may see the answer."""
    seen = reads.get_review(current_user(request), organization_id, answer_id)
    for rows in seen.files.values():
        for row in rows:
            if row.pk == answer_file_id:
                return serve(request, row.file)
    raise NotFound


def _need_kept(user: User, organization_id: int, notice_id: int) -> None:
    """Raises NotFound (also for another organisation's), PermissionDenied."""
    notice, _ = get_kept(user, notice_id)
    if notice.organization_id != organization_id or not notice.wants_answer:
        raise NotFound


def _questions(task: WorkTask | None) -> dict[str, Any]:
    """What is asked; before anything was set, the settings that a task begins with."""
    settings = task or WorkTask()
    rows = task.questions.order_by("position") if task else []
    return {
        "respondents": settings.respondents,
        "period": settings.period,
        "sms_before_deadline": settings.sms_before_deadline,
        "questions": [s.question_of(row) for row in rows],
    }


def _branch(branch: Branch | None) -> dict[str, Any] | None:
    return {"id": branch.pk, "name": branch.name} if branch else None


def _line(row: Answer) -> dict[str, Any]:
    branch = row.membership.branch if row.membership else None
    return {
        "id": row.pk,
        "version": row.version,
        "name": reads.name_of(row),
        "branch": branch.name if branch else "",
        "state": row.state,
        "late": row.late,
        "submitted_at": row.submitted_at,
    }


def _silent(row: Any) -> dict[str, Any]:
    branch = getattr(row, "branch", None)
    return {
        "respondent": str(Respondent.of(row)),
        "name": row.name,
        "branch": branch.name if branch else "",
    }


def _review(seen: Reviewed) -> dict[str, Any]:
    row = seen.answer
    # who did it is told to whom it was handed in, not further up
    own = row.relay.organization_id == seen.place.organization.pk
    return _line(row) | {
        "notice_id": row.task_id,
        "may_review": seen.may_review,
        "why_not": seen.why_not,
        "questions": [s.question_of(one) for one in seen.questions],
        "values": s.values_of(seen.values),
        "files": s.files_of(seen.files),
        "steps": s.steps_of(seen.steps, named=own),
    }
