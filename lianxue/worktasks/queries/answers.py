"""Answers as those who asked see them: one, a list, and who is still silent."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.notices.models import Relay
from lianxue.notices.policy import Place, overseen_relays, place_of
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.organizations.policy import below, manageable_members
from lianxue.shared.errors import DomainError, NotFound

from .. import policy
from ..models import Answer, AnswerFile, AnswerStep, Question
from ..policy import MEMBERS, State, Step
from .filling import (
    Submission,
    ToAnswer,
    files_of,
    get_to_answer,
    questions_of,
    submission_of,
    why_closed,
)

__all__ = [
    "Reviewed",
    "Submission",
    "ToAnswer",
    "answers_of",
    "get_review",
    "get_to_answer",
    "name_of",
    "relay_of",
    "silent_of",
    "silent_units",
]


@dataclass(frozen=True)
class Reviewed:
    """An answer as its reviewer sees it: what was handed in last. ``values`` and ``file_names`` by
    the question's id; ``files`` likewise, none while it is being changed after a return.
    ``why_not``: why the actor can't review it now, or "". ``name``: the respondent's present name,
    or its last.
    """

    answer: Answer
    place: Place
    questions: list[Question]
    values: dict[int, str]
    file_names: dict[int, list[str]]
    files: dict[int, list[AnswerFile]]
    steps: list[AnswerStep]
    why_not: str
    name: str

    @property
    def relay(self) -> Relay:
        """The one that asked."""
        return self.answer.relay

    @property
    def may_review(self) -> bool:
        """Whether the actor may accept or return it (or reopen it)."""
        return not self.why_not


def get_review(actor: Actor, organization_id: int, answer_id: int) -> Reviewed:
    """An answer as the administrators of ``organization_id`` see it: the one that asked, or, for
    what a unit answered, one above it on the chain that has the task too.

    Raises NotFound (also for drafts, and what was taken back), PermissionDenied for who belongs to
    the asking organisation and doesn't cover the respondent.
    """
    place = place_of(actor, organization_id)
    answer = (
        Answer.objects.filter(pk=answer_id, state__in=policy.SEEN)
        .select_related(
            "task__notice__organization",
            "relay__organization",
            "relay__notice",
            "membership__branch",
            "organization",
            "branch",
        )
        .first()
    )
    if answer is None:
        raise NotFound
    _need_sees(place, answer)
    steps = list(answer.steps.order_by("pk").select_related("by"))
    submitted = _last(steps, AnswerStep.What.SUBMITTED)
    shown = submission_of(submitted)
    return Reviewed(
        answer=answer,
        place=place,
        questions=questions_of(answer.task),
        values={pk: text for pk, text in shown.values.items() if text},
        file_names=shown.file_names,
        files=files_of([answer.pk])[answer.pk] if answer.state != State.RETURNED else {},
        steps=steps,
        why_not=_why_not_reviewed(actor, place, answer),
        name=name_of(answer),
    )


def _need_sees(place: Place, answer: Answer) -> None:
    """That the place's administrator may see ``answer`` (with its relations).

    Raises NotFound, PermissionDenied.
    """
    asking = answer.relay.organization
    if asking.pk == place.organization.pk:
        policy.need_read(place.power, answer)
        return
    if answer.membership_id is not None:
        raise NotFound
    policy.need_watches(place, answer.relay.notice, asking)


def name_of(answer: Answer) -> str:
    """The respondent's present name, or the one that it had when it answered last."""
    thing = answer.membership or answer.organization or answer.branch
    return thing.name if thing else answer.name


def _why_not_reviewed(actor: Actor, place: Place, answer: Answer) -> str:
    if answer.relay.organization_id != place.organization.pk:
        return f"这份答复由“{answer.relay.organization.name}”审核。"
    step = Step.REOPEN if answer.state == State.ACCEPTED else Step.ACCEPT
    closed = why_closed(answer.relay, answer.state, step)
    if closed:
        return closed
    if not policy.in_force(Answer.objects.filter(pk=answer.pk)).exists():
        return policy.OUT
    try:
        policy.need_review(actor, place.power, answer)
    except DomainError as error:
        return error.message
    return ""


def _last(steps: list[AnswerStep], what: str) -> AnswerStep | None:
    return next((step for step in reversed(steps) if step.what == what), None)


def relay_of(
    actor: Actor, organization_id: int, notice_id: int, at: int | None = None
) -> tuple[Place, Relay]:
    """A task's relay as the administrators of ``organization_id`` look after it: the own one, or,
    with ``at``, that of an organisation below. With notice, task and organisation.

    Raises NotFound (also for what is no task, or not passed on), PermissionDenied for members.
    """
    place = place_of(actor, organization_id)
    lower = at is not None and at != organization_id
    rows = overseen_relays(place)
    if at is not None and lower:
        rows = Relay.objects.filter(organization__id=at, state=Relay.State.PASSED)
    found: Relay | None = (
        rows.filter(notice__id=notice_id, notice__task__isnull=False)
        .select_related("notice__task", "notice__organization", "organization")
        .first()
    )
    if found is None:
        raise NotFound
    if lower:
        policy.need_watches(place, found.notice, found.organization)
    return place, found


def answers_of(
    place: Place,
    relay: Relay,
    state: str = "",
    branch: Branch | None = None,
    text: str = "",
) -> QuerySet[Answer, Any]:
    """The answers to ``relay`` that the place's administrator may read, of those still asked, the
    first handed in first. ``state``: one of ``SEEN``, ``late``, or "" for all; ``branch``: members
    below it, and it and the branches below it; ``text`` stands in the name.

    ``relay`` is one of ``relay_of``. Raises NotFound for members' answers to another organisation.
    """
    rows = Answer.objects.filter(relay=relay, state__in=policy.SEEN)
    if relay.organization_id == place.organization.pk:
        rows = rows.filter(policy.readable(place.power))
    elif relay.notice.task.respondents == MEMBERS:
        raise NotFound
    if state == "late":
        rows = rows.filter(late=True)
    elif state:
        rows = rows.filter(state=state)
    if branch is not None:
        rows = rows.filter(below(branch.path, "membership__branch__path") | below(branch.path))
    if text.strip():
        rows = rows.filter(name__icontains=text.strip()[:50].replace("\0", ""))
    return (
        policy.in_force(rows)
        .select_related("membership__branch", "organization", "branch", "relay__organization")
        .order_by("submitted_at", "pk")
    )


def silent_of(
    place: Place, relay: Relay, branch: Branch | None = None, text: str = ""
) -> QuerySet[Membership, Any]:
    """The members who have handed in nothing (nothing begun, a draft, taken back), of those whom
    the place's administrator covers, by name. Raises NotFound for another organisation's.
    """
    if relay.organization_id != place.organization.pk:
        raise NotFound
    handed = Answer.objects.filter(
        relay=relay, state__in=policy.SEEN, respondent=policy.written("m", OuterRef("pk"))
    )
    rows = policy.asked_members(relay.pk).filter(~Q(Exists(handed)))
    if not place.power.whole:
        mine = manageable_members(place.power, place.organization)
        rows = rows.filter(pk__in=mine.values("pk"))
    if branch is not None:
        rows = rows.filter(below(branch.path))
    if text.strip():
        rows = rows.filter(name__icontains=text.strip()[:50].replace("\0", ""))
    return rows.select_related("branch").order_by("sort_key", "name", "pk")


def silent_units(place: Place, relay: Relay, text: str = "") -> list[Organization | Branch]:
    """The units that have handed in nothing: subordinate organisations by name, then branches in
    the order of the tree; of the own organisation's, those that the administrator covers.
    """
    handed = Answer.objects.filter(relay=relay, state__in=policy.SEEN)
    own = relay.organization_id == place.organization.pk
    organizations: list[Organization | Branch] = []
    if place.power.whole:
        rows = policy.asked_organizations(relay.pk).filter(
            ~Q(Exists(handed.filter(respondent=policy.written("o", OuterRef("pk")))))
        )
        organizations = list(rows.order_by("name", "pk"))
    duties = policy.asked_branches(relay.pk).filter(
        ~Q(Exists(handed.filter(respondent=policy.written("b", OuterRef("branch_id")))))
    )
    duties = duties.select_related("branch").order_by("branch__path")
    branches = [
        duty.branch
        for duty in duties
        if duty.branch and (place.power.covers(duty.branch) if own else place.power.whole)
    ]
    needle = text.strip()
    return [one for one in [*organizations, *branches] if needle in one.name]
