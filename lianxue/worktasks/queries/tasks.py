"""What a person has to answer: as a member, for organisations, for branches; in one statement.

Nothing is written for who has not begun, so the list is asked of the relays that reach the person
and of the units that the person administers (``duties``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, overload

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.notices.models import Relay
from lianxue.notices.policy import Seat, seats_of
from lianxue.notices.policy.audience import reached_by
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant
from lianxue.shared.clock import now

from .. import policy
from ..models import Answer, AnswerStep
from ..policy import MEMBERS, Respondent, State

#: How long after its deadline an unanswered task still waits; then it is only 已截止.
OVERDUE = timedelta(days=30)
TABS = ("waiting", "submitted", "done", "closed")
#: From the first moment on, before the second.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Offices:
    """What a person administers: whole organisations (ids), and (organisation, path) of scopes."""

    whole: tuple[int, ...] = ()
    scopes: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class TaskRow:
    """One line of the list: a task, and for whom I answer it. ``name`` is the unit's, "" for
    oneself; ``state`` one of ``Answer.State``, "" while nothing is begun; ``remark`` why it was
    returned.
    """

    relay: Relay
    respondent: Respondent
    name: str
    answer: Answer | None
    remark: str

    @property
    def state(self) -> str:
        """How far it is."""
        return self.answer.state if self.answer else ""

    @property
    def late(self) -> bool:
        """Whether it was handed in after the deadline."""
        return bool(self.answer and self.answer.late)

    @property
    def title(self) -> str:
        """The task's title."""
        return self.relay.notice.title

    @property
    def deadline(self) -> datetime | None:
        """Until when it is to be answered."""
        return self.relay.notice.deadline

    @property
    def answer_href(self) -> str:
        """The page of the own answer."""
        return reverse("worktasks:answer", args=[self.relay.pk, str(self.respondent)])

    @property
    def href(self) -> str:
        """Where the row leads: to what is asked while nothing was begun, then to the answer."""
        if self.state:
            return self.answer_href
        return reverse("worktasks:task", args=[self.relay.notice_id])

    @property
    def recalled_at(self) -> datetime | None:
        """When it was recalled."""
        return self.relay.recalled_at


@dataclass(frozen=True)
class Duties:
    """The seats and offices of a person, by which tasks come."""

    seats: list[Seat]
    offices: Offices


def duties_of(user: User) -> Duties:
    """One statement for who holds no office (and no seat), two else."""
    return duties_by(user, seats_of(user))


def duties_by(user: User, seats: list[Seat]) -> Duties:
    """The same for who has read all ``seats`` of the user: no statement, or one."""
    return Duties(seats, _offices(user) if any(seat.roles for seat in seats) else Offices())


def _offices(user: User) -> Offices:
    rows = RoleGrant.objects.filter(
        membership__user=user,
        membership__state=Membership.State.ACTIVE,
        organization__dissolved_at=None,
    ).values_list("organization_id", "scope__path")
    whole = {place for place, path in rows if path is None}
    scopes = {(place, path) for place, path in rows if path and place not in whole}
    return Offices(tuple(sorted(whole)), tuple(sorted(scopes)))


def duty_rows(
    duties: Duties, tab: str = "", notice_id: int | None = None, span: Span | None = None
) -> QuerySet[Any, Any]:
    """All that these ``duties`` ask for, a dict each: ``relay_pk``, ``who`` (the respondent's
    text), ``due``, ``turned_in``, ``answered`` (the state, "" for none), ``rank`` (0: returned).
    ``tab`` as ``my_tasks``, "" for all; ``span``: due from the first moment on, before the second.
    One statement when it is read, one when it is counted.
    """
    parts: list[QuerySet[Any, Any]] = [_of_seat(seat) for seat in duties.seats]
    if duties.offices.whole:
        parts.append(_of_organizations(duties.offices.whole))
    if duties.offices.scopes:
        parts.append(_of_branches(duties.offices))
    columns = ("relay_pk", "who", "due", "turned_in", "answered", "rank")
    if span is not None:
        parts = [part.filter(due__gte=span[0], due__lt=span[1]) for part in parts]
    chosen = [_in_tab(part, tab, notice_id).order_by().values(*columns) for part in parts]
    found: QuerySet[Any, Any] = chosen[0] if chosen else _nothing().values(*columns)
    if len(chosen) > 1:
        found = found.union(*chosen[1:], all=True)
    return found


def _nothing() -> QuerySet[Any, Any]:
    """No rows, with the columns by which they would be ordered."""
    who = Value("", output_field=CharField())
    return _columns(Relay.objects.none(), "", who, Answer.objects.filter(relay=OuterRef("pk")))


def _of_seat(seat: Seat) -> QuerySet[Any, Any]:
    rows = Relay.objects.filter(reached_by(seat), notice__task__respondents=MEMBERS)
    who = Value(str(Respondent("m", seat.membership_id)), output_field=CharField())
    return _columns(rows, "", who, Answer.objects.filter(relay=OuterRef("pk")))


def _of_organizations(ids: Sequence[int]) -> QuerySet[Any, Any]:
    answers = Answer.objects.filter(relay=OuterRef("relay"))
    rows = policy.duties_of_organizations(ids)
    return _columns(rows, "superior__relays__", policy.written("o"), answers)


def _of_branches(offices: Offices) -> QuerySet[Any, Any]:
    """Those that the person is nearest to. Who administers the whole organisation asks; it may
    answer for a branch too, but nothing waits for it here."""
    answers = Answer.objects.filter(relay=OuterRef("relay"))
    rows = policy.duties_of_branches().filter(policy.nearest_to(path for _, path in offices.scopes))
    return _columns(rows, "relay__", policy.written("b", "branch_id"), answers)


def _columns(
    rows: QuerySet[Any, Any], relay: str, who: Any, answers: QuerySet[Answer, Any]
) -> QuerySet[Any, Any]:
    """The columns of ``duty_rows``, and those that ``_in_tab`` asks; ``relay`` leads to it."""
    answers = answers.filter(respondent=OuterRef("who"))
    state = Coalesce(Subquery(answers.values("state")[:1]), Value(""), output_field=CharField())
    turned_in = Subquery(answers.values("submitted_at")[:1], output_field=DateTimeField())
    found: QuerySet[Any, Any] = rows.annotate(
        relay_pk=F(f"{relay}pk"),
        who=who,
        due=F(f"{relay}notice__deadline"),
        asked_by_notice=F(f"{relay}notice__id"),
        recalled=F(f"{relay}recalled_at"),
        answered=state,
        turned_in=turned_in,
        rank=Case(When(answered=State.RETURNED, then=Value(0)), default=Value(1)),
    )
    return found


def _in_tab(rows: QuerySet[Any, Any], tab: str, notice_id: int | None) -> QuerySet[Any, Any]:
    if notice_id is not None:
        rows = rows.filter(asked_by_notice=notice_id)
    handed_in = Q(answered__in=list(policy.HANDED_IN))
    old = Q(due__lt=now() - OVERDUE) & ~Q(answered=State.RETURNED)
    tabs = {
        "": Q(),
        "standing": Q(recalled=None),
        "waiting": Q(recalled=None) & ~handed_in & ~(Q(due__isnull=False) & old),
        "submitted": Q(recalled=None, answered=State.SUBMITTED),
        "done": Q(recalled=None, answered=State.ACCEPTED),
        "closed": Q(recalled__isnull=False) | ~handed_in & Q(due__isnull=False) & old,
    }
    return rows.filter(tabs[tab])


class TaskRows(Sequence[TaskRow]):
    """A list that reads only the part that is looked at (``shared.pagination.cut``)."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        self._rows = rows
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._rows.count()
        return self._count

    @overload
    def __getitem__(self, index: int) -> TaskRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[TaskRow]: ...

    def __getitem__(self, index: int | slice) -> TaskRow | list[TaskRow]:
        if isinstance(index, slice):
            return _rows_of(list(self._rows[index]))
        return _rows_of([self._rows[index]])[0]

    def __iter__(self) -> Iterator[TaskRow]:
        return iter(_rows_of(list(self._rows)))


def my_tasks(user: User, tab: str = "waiting") -> TaskRows:
    """What ``user`` has to answer, a row for each task and each respondent.

    ``waiting``: to be answered; returned ones first, then what is due first (also those overdue
    for less than 30 days). ``submitted``: handed in, not reviewed. ``done``: accepted.
    ``closed``: recalled, or never answered and long overdue. Any other ``tab`` is ``waiting``.
    """
    tab = tab if tab in TABS else "waiting"
    rows = duty_rows(duties_of(user), tab)
    order = {
        "waiting": ("rank", F("due").asc(nulls_last=True), "-relay_pk", "who"),
        "closed": (F("due").desc(nulls_last=True), "-relay_pk", "who"),
    }
    handed = (F("turned_in").desc(nulls_last=True), "-relay_pk", "who")
    return TaskRows(rows.order_by(*order.get(tab, handed)))


def due_in(user: User, seats: list[Seat], span: Span, most: int) -> list[TaskRow]:
    """The rows that are due in ``span`` and not recalled, by their deadlines, ``most`` at most.
    ``seats``: all of the user's.
    """
    rows = duty_rows(duties_by(user, seats), "standing", span=span)
    return _rows_of(list(rows.order_by("due", "relay_pk", "who")[:most]))


def mine(user: User, notice_id: int) -> list[TaskRow]:
    """The same rows for one notice, whatever became of it; empty for who isn't asked."""
    return list(TaskRows(duty_rows(duties_of(user), "", notice_id).order_by("who")))


def _rows_of(found: Sequence[dict[str, Any]]) -> list[TaskRow]:
    """Rows to show, in a fixed number of statements."""
    if not found:
        return []
    relays = {
        row.pk: row
        for row in Relay.objects.filter(pk__in={one["relay_pk"] for one in found}).select_related(
            "notice__task", "notice__organization", "organization"
        )
    }
    answers = {
        (row.relay_id, row.respondent): row
        for row in Answer.objects.filter(
            relay__in=list(relays), respondent__in={one["who"] for one in found}
        )
    }
    respondents = [Respondent.parse(one["who"]) for one in found]
    names, remarks = _names(respondents), _remarks(answers.values())
    rows = []
    for one, respondent in zip(found, respondents, strict=True):
        answer = answers.get((one["relay_pk"], one["who"]))
        remark = remarks.get(answer.pk, "") if answer else ""
        rows.append(
            TaskRow(relays[one["relay_pk"]], respondent, names.get(respondent, ""), answer, remark)
        )
    return rows


def _names(respondents: Sequence[Respondent]) -> dict[Respondent, str]:
    kinds: tuple[tuple[str, type[Model]], ...] = (("o", Organization), ("b", Branch))
    found: dict[Respondent, str] = {}
    for kind, model in kinds:
        ids = [one.pk for one in respondents if one.kind == kind]
        if ids:
            rows = model._default_manager.filter(pk__in=ids).values_list("pk", "name")
            found |= {Respondent(kind, pk): name for pk, name in rows}  # type: ignore[arg-type]
    return found


def _remarks(answers: Any) -> dict[int, str]:
    """What each returned answer was returned with, the last time."""
    ids = [row.pk for row in answers if row.state == State.RETURNED]
    if not ids:
        return {}
    steps = AnswerStep.objects.filter(
        answer__in=ids, what__in=[AnswerStep.What.RETURNED, AnswerStep.What.REOPENED]
    ).order_by("pk")
    return dict(steps.values_list("answer_id", "remark"))
