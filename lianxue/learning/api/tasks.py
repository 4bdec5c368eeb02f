"""Learning tasks over the API: one's own, and an organisation's (contents, progress, names)."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.notices import schemas as n
from lianxue.notices.actions import counting
from lianxue.notices.models import Notice, Relay
from lianxue.notices.queries import chain, keeping
from lianxue.notices.queries.people import Asked
from lianxue.organizations.models import Branch
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import cut, paginate, paginate_far

from ..actions import opening, tasks
from ..actions.task_counting import TALLY
from ..models import ContentItem
from ..queries import mine, progress, task_people
from ..queries.mine import Assigned, MyTask, Step
from ..queries.papers import Best, best_of
from ..queries.progress import Counts
from ..queries.quizzes import quiz_of
from ..queries.search import matching
from ..queries.tasks import choosable, contents_of

#: Under ``/learning``: one's own.
own = Router(tags=["learning tasks"])
#: Under ``/organizations``: an administrator's.
desk = Router(tags=["learning tasks"])

_DRAFT = "/{int:organization_id}/notices/{int:notice_id}/contents"
_TASK = "/{int:organization_id}/learning-tasks/{int:notice_id}"


class MyTaskOut(n.NoticeHead):
    """One of one's own learning tasks."""

    total: int = Field(description="things to do: items, and the quiz")
    done: int = Field(description="of total")
    progress: Literal["new", "begun", "done", "recalled"]
    completed_at: datetime | None
    late: bool


class MyTaskPage(Schema):
    """One page of them."""

    items: list[MyTaskOut]
    page: int
    pages: int
    total: int


class TaskItem(Schema):
    """An item to be finished."""

    id: int
    kind: Literal["article", "pictures", "audio", "video", "document", "link"]
    title: str
    withdrawn: bool = Field(description="it is asked of nobody any more")
    position: int = Field(description="where one stopped: seconds, a page, or per mille")
    finished_at: datetime | None


class TaskQuiz(Schema):
    """The task's quiz, in numbers."""

    questions: int
    full: int
    needed: int
    passed: bool
    papers: int = Field(description="handed in so far")


class TaskOut(n.NoticeHead):
    """A learning task as its reader has it; recalled, there is nothing but the head."""

    body: str
    recalled: bool
    read_at: datetime | None
    files: list[n.FileOut]
    items: list[TaskItem]
    quiz: TaskQuiz | None
    total: int
    done: int
    completed_at: datetime | None
    late: bool


class ContentsIn(Schema):
    """The items in their order, 50 at most; errors at ``items``."""

    items: list[Id] = Field(max_length=200)


class Choice(Schema):
    """An item that a task may ask for, or asks for."""

    id: int
    kind: Literal["article", "pictures", "audio", "video", "document", "link"]
    title: str
    organization: str
    withdrawn: bool


class ContentsOut(Schema):
    """What a task asks for."""

    items: list[Choice]
    has_quiz: bool


class ChoicePage(Schema):
    """One page of what may be asked for, the newest first."""

    items: list[Choice]
    page: int
    pages: int
    total: int


class CountsOut(Schema):
    """People."""

    expected: int = Field(description="应完成: whom it reaches, the denominator")
    completed: int
    late: int = Field(description="of completed, after the deadline")
    inactive: int = Field(description="未激活: no part of expected; own organisation alone")
    uncounted: int = Field(description="organisations whose people are not counted yet")
    as_of: datetime | None = Field(description="the oldest count in a sum; null: counted now")


class BranchLine(CountsOut):
    """A branch with the numbers of its whole subtree; null: those in no branch."""

    branch: n.Named | None


class UnitLine(CountsOut):
    """A subordinate with the numbers of its whole subtree."""

    id: int
    name: str
    opens: bool = Field(description="there is something to look at further down (``at``)")


class ProgressOut(Schema):
    """学习进度 from where one stands; further down there are numbers only."""

    way: list[n.Named] = Field(description="from the own organisation down to the one looked at")
    counts: CountsOut
    branches: list[BranchLine]
    below: list[UnitLine]
    page: int
    pages: int


class PeopleQuery(Schema):
    """Whose names."""

    state: Literal["left", "done", "late", "expected", "inactive"] = "left"
    branch_id: Id | None = Field(None, description="with all below it")
    q: str = Field("", max_length=40, description="part of a name")
    page: int = Field(1, ge=1, le=100000)


class PersonLine(Schema):
    """A member, and how far."""

    membership_id: int
    name: str
    branch: str
    completed_at: datetime | None
    late: bool
    finished: int = Field(description="items finished")
    score: int | None = Field(description="the best of the papers handed in; null: none")
    passed: bool


class PeoplePage(Schema):
    """One page of members."""

    items: list[PersonLine]
    page: int
    pages: int
    total: int


@own.get("/tasks", response=MyTaskPage, operation_id="my_learning_tasks")
def my_tasks(
    request: HttpRequest,
    tab: Literal["waiting", "done", "closed"] = "waiting",
    page: n.PageNumber = 1,
) -> Any:
    """The own learning tasks; what is due first stands first."""
    rows = paginate(mine.my_tasks(current_user(request), tab), page, n.SIZE)
    lines = {line.notice.pk: line for line in mine.lines_of(rows.items)}
    return page_of(rows, lambda row: _my_line(lines[row.pk]))


@own.get("/tasks/{int:notice_id}", response=TaskOut, operation_id="my_learning_task")
def my_task(request: HttpRequest, notice_id: int) -> Any:
    """One of them; it is not marked as read."""
    return _task(mine.get_task(current_user(request), notice_id))


@own.post("/tasks/{int:notice_id}/open", response=TaskOut, operation_id="open_learning_task")
def open_task(request: HttpRequest, notice_id: int) -> Any:
    """Read it; completes it for who had done all of it before."""
    return _task(opening.open_task(current_user(request), notice_id))


@desk.get(_DRAFT, response=ContentsOut, operation_id="learning_contents")
def contents(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """What a learning task asks for, for who keeps it."""
    return _contents(_kept(current_user(request), organization_id, notice_id))


@desk.put(_DRAFT, response=ContentsOut, operation_id="set_learning_contents")
def set_contents(
    request: HttpRequest, organization_id: int, notice_id: int, body: ContentsIn
) -> Any:
    """What a draft asks for, in place of what it asked before; 409 once it is sent."""
    user = current_user(request)
    notice = _kept(user, organization_id, notice_id)
    tasks.set_contents(user, notice_id, body.items)
    return _contents(notice)


@desk.get(f"{_DRAFT}/choices", response=ChoicePage, operation_id="learning_choices")
def choices(
    request: HttpRequest,
    organization_id: int,
    notice_id: int,
    q: n.Words = "",
    page: n.PageNumber = 1,
) -> Any:
    """What it may ask for: the organisation's library, those with every word of ``q``."""
    notice = _kept(current_user(request), organization_id, notice_id)
    rows = choosable(notice.organization)
    words = q.replace("\0", "").strip()
    return page_of(paginate(matching(rows, words) if words else rows, page, n.SIZE), _choice)


@desk.get(f"{_TASK}/progress", response=ProgressOut, operation_id="learning_progress")
def task_progress(
    request: HttpRequest,
    organization_id: int,
    notice_id: int,
    at: n.At = None,
    page: n.PageNumber = 1,
) -> Any:
    """The numbers, per branch and, one level at a time, per subordinate."""
    stand = chain.stand(current_user(request), organization_id, notice_id, at)
    if not stand.notice.is_learning:
        raise NotFound
    counting.freshen_at(stand, TALLY)
    counts, branches = progress.looked_at_with_branches(stand)
    rows = cut(progress.below_at(stand), page, n.SIZE)
    return {
        "way": [{"id": one.pk, "name": one.name} for one in stand.way],
        "counts": _counts(counts),
        "branches": [_counts(row.counts) | {"branch": _branch(row.branch)} for row in branches],
        "below": [
            _counts(row.counts)
            | {"id": row.organization.pk, "name": row.organization.name, "opens": row.opens}
            for row in rows.items
        ],
        "page": rows.number,
        "pages": rows.pages,
    }


@desk.get(f"{_TASK}/people", response=PeoplePage, operation_id="learning_people")
def people(
    request: HttpRequest, organization_id: int, notice_id: int, asked: Query[PeopleQuery]
) -> Any:
    """The names behind the own organisation's numbers, within the caller's scope."""
    relay, place = keeping.overseen(current_user(request), organization_id, notice_id)
    if not relay.notice.is_learning:
        raise NotFound
    of = Asked(asked.state, asked.branch_id, text=asked.q)
    rows = paginate_far(task_people.people(place, relay, of).rows, asked.page, n.SIZE)
    return page_of(rows, _People(relay, rows.items).line)


class _People:
    """What stands beside the names of one page."""

    def __init__(self, relay: Relay, rows: list[Any]) -> None:
        users = task_people.users_of(rows)
        quiz = quiz_of(relay.notice)
        self.finished = task_people.finished_items(relay.notice_id, users)
        self.best: dict[int, Best] = best_of(users, quiz) if quiz else {}

    def line(self, row: Any) -> dict[str, Any]:
        """A member as ``PersonLine``."""
        best = self.best.get(row.user_id or 0)
        return {
            "membership_id": row.pk,
            "name": row.name,
            "branch": row.branch.name if row.branch else "",
            "completed_at": row.completed_at,
            "late": bool(row.late),
            "finished": self.finished.get(row.user_id or 0, 0),
            "score": best.score if best else None,
            "passed": bool(best and best.passed),
        }


def _kept(user: User, organization_id: int, notice_id: int) -> Notice:
    notice, _ = keeping.get_kept(user, notice_id)
    if notice.organization_id != organization_id or not notice.is_learning:
        raise NotFound
    return notice


def _my_line(line: MyTask) -> dict[str, Any]:
    return n.head_of(line.notice) | {
        "total": line.total,
        "done": line.done,
        "progress": line.state,
        "completed_at": line.completed_at,
        "late": line.late,
    }


def _task(found: Assigned) -> dict[str, Any]:
    quiz = found.quiz
    return n.head_of(found.notice) | {
        "body": "" if found.recalled else found.notice.body,
        "recalled": found.recalled,
        "read_at": found.read.read_at,
        "files": [n.file_of(one) for one in found.files],
        "items": [_item(step) for step in found.steps],
        "quiz": None
        if quiz is None
        else {
            "questions": quiz.outline.questions,
            "full": quiz.outline.full,
            "needed": quiz.outline.needed,
            "passed": found.passed,
            "papers": len(quiz.done),
        },
        "total": found.total,
        "done": found.done,
        "completed_at": found.completion.completed_at if found.completion else None,
        "late": bool(found.completion and found.completion.late),
    }


def _item(step: Step) -> dict[str, Any]:
    return {
        "id": step.item.pk,
        "kind": step.item.kind,
        "title": step.item.title,
        "withdrawn": step.withdrawn,
        "position": step.position,
        "finished_at": step.finished_at,
    }


def _contents(notice: Notice) -> dict[str, Any]:
    rows = contents_of(notice)
    return {
        "items": [_choice(row.item) for row in rows],
        "has_quiz": quiz_of(notice) is not None,
    }


def _choice(item: ContentItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "kind": item.kind,
        "title": item.title,
        "organization": item.organization.name,
        "withdrawn": item.state != ContentItem.State.PUBLISHED,
    }


def _counts(counts: Counts) -> dict[str, Any]:
    names = ("expected", "completed", "late", "inactive", "uncounted", "as_of")
    return {name: getattr(counts, name) for name in names}


def _branch(branch: Branch | None) -> dict[str, Any] | None:
    return {"id": branch.pk, "name": branch.name} if branch else None
