"""A person's own learning tasks: the list, how far each is, one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.notices import policy as notices
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import Seat
from lianxue.notices.queries import reading
from lianxue.notices.queries.reading import Reading
from lianxue.shared.clock import now
from lianxue.shared.dbtools import count_of
from lianxue.shared.errors import NotFound

from ..models import Attempt, Completion, ContentItem, LearningRecord, Quiz, TaskContent
from .completing import LIVE, has_completed, tasks_of
from .papers import MyQuiz, my_quiz
from .tasks import contents_of

#: How long after its deadline a task still waits; then it is only 已截止.
OVERDUE = timedelta(days=30)
#: What is due within this time is urgent.
SOON = timedelta(days=2)
TABS = {"waiting": "待完成", "done": "已完成", "closed": "已截止"}


def my_tasks(
    user: User, tab: str = "waiting", seats: list[Seat] | None = None
) -> QuerySet[Any, Any]:
    """The learning tasks (notices) that reach ``user``, with ``organization``: ``waiting`` (what is
    due first, also overdue for less than 30 days), ``done``, ``closed`` (recalled, or long
    overdue), "" all.

    To be shown by ``lines_of``. Annotated: ``live`` (not recalled), ``left`` (not completed for
    every organisation that passed it on), the numbers of what is to be done and is done,
    ``nudged_at``, the own ``completed_at`` and ``late``. ``seats``: the user's, when known.
    """
    seats = notices.seats_of(user) if seats is None else seats
    mine = notices.reaching(lately(seats) if tab == "waiting" else seats)
    mine = mine.filter(notice__kind=Notice.Kind.LEARNING)
    live = mine.filter(recalled_at=None)
    left = Q(left=True)
    rows: QuerySet[Any, Any] = Notice.objects.filter(pk__in=mine.values("notice")).annotate(
        live=Exists(live.filter(notice=OuterRef("pk"))),
        left=Exists(live.filter(~has_completed(seats), notice=OuterRef("pk"))),
        nudged_at=Subquery(
            live.filter(notice=OuterRef("pk")).order_by("-nudged_at").values("nudged_at")[:1]
        ),
        **_numbers(user, seats),
    )
    old = Q(deadline__lt=now() - OVERDUE)
    something = Q(items__gt=0) | Q(quizzes__gt=0)
    tabs = {
        "waiting": left & something & ~(Q(deadline__isnull=False) & old),
        "done": Q(live=True) & ~left,
        "closed": Q(live=False) | left & (~something | Q(deadline__isnull=False) & old),
    }
    order: tuple[str, ...] = ("deadline", "pk") if tab == "waiting" else ("-deadline", "-pk")
    rows = rows.filter(tabs.get(tab, Q()))
    return rows.select_related("organization").order_by(*order)


def lately(seats: list[Seat]) -> list[Seat]:
    """The seats as of those who came lately: what closed long ago is not even looked at."""
    since = now() - OVERDUE
    return [replace(seat, activated_at=max(seat.activated_at, since)) for seat in seats]


def _numbers(user: User, seats: list[Seat]) -> dict[str, Any]:
    finished = LearningRecord.objects.filter(
        user=user, item=OuterRef("item_id"), finished_at__isnull=False
    )
    items = TaskContent.objects.filter(LIVE)
    passed = Attempt.objects.filter(quiz=OuterRef("pk"), user=user, passed=True)
    own = Completion.objects.filter(
        relay__notice=OuterRef("pk"),
        relay__recalled_at=None,
        membership__in=[seat.membership_id for seat in seats],
    ).order_by("completed_at")
    quiz = Quiz.objects.all()
    return {
        "items": count_of(items, "task"),
        "items_done": count_of(items.filter(Exists(finished)), "task"),
        "quizzes": count_of(quiz, "task"),
        "passed": Exists(passed),
        "completed_at": Subquery(own.values("completed_at")[:1]),
        "late": Subquery(own.values("late")[:1]),
    }


@dataclass(frozen=True)
class MyTask:
    """A line of the list. ``done`` of ``total`` things are done; ``completed``: for every
    organisation that passed it on, ``completed_at`` the first time (None: not yet).
    """

    notice: Notice
    total: int
    done: int
    completed: bool
    completed_at: datetime | None
    late: bool
    live: bool
    nudged_at: datetime | None

    @property
    def state(self) -> str:
        """``recalled``, ``done``, ``begun`` or ``new``."""
        if not self.live:
            return "recalled"
        if self.completed:
            return "done"
        return "begun" if self.done else "new"


def lines_of(rows: Sequence[Any]) -> list[MyTask]:
    """Rows of ``my_tasks`` as lines; no statement."""
    return [
        MyTask(
            notice=row,
            total=row.items + row.quizzes,
            done=row.items_done + (row.quizzes and int(row.passed)),
            completed=row.live and not row.left,
            completed_at=row.completed_at,
            late=bool(row.late),
            live=row.live,
            nudged_at=row.nudged_at,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Step:
    """One item of a task. ``record``: the own one, None before it was opened."""

    item: ContentItem
    record: LearningRecord | None

    @property
    def withdrawn(self) -> bool:
        """Whether it is asked of nobody any more."""
        return self.item.state != ContentItem.State.PUBLISHED

    @property
    def finished_at(self) -> datetime | None:
        """When it was finished."""
        return self.record.finished_at if self.record else None

    @property
    def position(self) -> int:
        """Where one stopped."""
        return self.record.position if self.record else 0


@dataclass(frozen=True)
class Assigned:
    """A learning task as one person has it. ``completion``: the own one, the first of several."""

    read: Reading
    steps: list[Step]
    quiz: MyQuiz | None
    completion: Completion | None

    @property
    def notice(self) -> Notice:
        """What it is all about."""
        return self.read.notice

    @property
    def files(self) -> list[StoredFile]:
        """Its attachments, one statement; nothing is left of them after a recall."""
        return [] if self.recalled else reading.files_of(self.notice)

    @property
    def relays(self) -> list[Relay]:
        """Those by which it came and that are not recalled."""
        return self.read.relays

    @property
    def recalled(self) -> bool:
        """Whether nothing of it is left but the trace."""
        return self.read.recall is not None

    @property
    def nudged_at(self) -> datetime | None:
        """The last 提醒, while it is not completed; that it was opened is not what it asks for."""
        asked = [relay.nudged_at for relay in self.relays if relay.nudged_at]
        return None if self.completion else max(asked, default=None)

    @property
    def asked(self) -> list[Step]:
        """The items that have to be finished."""
        return [step for step in self.steps if not step.withdrawn]

    @property
    def total(self) -> int:
        """How many things are to be done."""
        return len(self.asked) + (self.quiz is not None)

    @property
    def done(self) -> int:
        """How many of them are."""
        return sum(step.finished_at is not None for step in self.asked) + self.passed

    @property
    def passed(self) -> bool:
        """Whether the quiz was passed."""
        return self.quiz is not None and any(paper.passed for paper in self.quiz.done)

    @property
    def next_step(self) -> Step | None:
        """What to go on with: the first item that is not finished."""
        return next((step for step in self.asked if step.finished_at is None), None)


def get_task(user: User, notice_id: int) -> Assigned:
    """A learning task that reaches ``user``, recalled or not; it is not marked as read. A fixed
    number of statements. Raises NotFound.
    """
    read = reading.get_mine(user, notice_id)
    if not read.notice.is_learning:
        raise NotFound
    if read.recall:
        return Assigned(read, [], None, None)
    contents = contents_of(read.notice)
    records = {
        record.item_id: record
        for record in LearningRecord.objects.filter(
            user=user, item__in=[row.item_id for row in contents]
        )
    }
    own = Completion.objects.filter(relay__in=read.relays, membership__user=user)
    quiz = Quiz.objects.filter(pk=read.notice.pk).exists()
    return Assigned(
        read,
        [Step(row.item, records.get(row.item_id)) for row in contents],
        my_quiz(user, read.notice.pk) if quiz else None,
        own.order_by("completed_at", "pk").first(),
    )


def left_to_settle(user: User, notice_id: int) -> bool:
    """Whether a relay of the task reaches ``user`` without a completion. Two statements."""
    seats = notices.seats_of(user)
    rows = tasks_of(seats).filter(notice__id=notice_id)
    return rows.filter(~has_completed(seats)).exists()
