"""Reviewing answers: 通过, 退回, 取消通过; one, or many at once.

The answer's respondent is told in the inbox: the member, or who handed in for the unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import Entry, record_many, register_details, register_events
from lianxue.inbox.actions import Note, post_messages
from lianxue.notices.actions.locks import hold_for_passing
from lianxue.notices.policy import Place, place_of
from lianxue.shared.clock import now
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from lianxue.shared.nav import find_url

from .. import policy
from ..models import Answer, AnswerStep
from ..policy import Step
from ..queries.answers import name_of
from .answering import CHANGED

register_events(
    {
        "task.accepted": "通过了任务答复",
        "task.returned": "退回了任务答复",
        "task.reopened": "取消通过，退回了任务答复",
    }
)
register_details({"review_remark": "审核意见"})

MAX_REMARK = 500
MAX_AT_ONCE = 500


@dataclass(frozen=True)
class _Kind:
    """A reviewer's step: what is kept of it, its event, and what the respondent is told."""

    step: Step
    what: str
    event: str
    told: str


_ACCEPT = _Kind(Step.ACCEPT, AnswerStep.What.ACCEPTED, "task.accepted", "您的答复已通过")
_RETURN = _Kind(Step.RETURN, AnswerStep.What.RETURNED, "task.returned", "您的答复被退回，请修改")
_REOPEN = _Kind(Step.REOPEN, AnswerStep.What.REOPENED, "task.reopened", "您的答复被退回，请修改")


@dataclass(frozen=True)
class Accepted:
    """What became of many: ``done``, and why the others were left out, by id."""

    done: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def accept(actor: Actor, answer_id: int, remark: str = "", version: int | None = None) -> Answer:
    """通过. ``version``: of the answer that was looked at (None: whatever it is now).

    Raises NotFound, PermissionDenied (also for what the actor handed in), StateConflict when it is
    not waiting for review (any more), was changed meanwhile, was recalled, or when its respondent
    isn't asked any more; InvalidInput at ``remark``.
    """
    return _one(actor, answer_id, _ACCEPT, _remark(remark, needed=False), version)


@transaction.atomic
def return_(actor: Actor, answer_id: int, remark: str, version: int | None = None) -> Answer:
    """退回, with a remark that says what to mend. Raises as ``accept``."""
    return _one(actor, answer_id, _RETURN, _remark(remark, needed=True), version)


@transaction.atomic
def reopen(actor: Actor, answer_id: int, remark: str, version: int | None = None) -> Answer:
    """取消通过: an accepted answer is returned, with a remark. Raises as ``accept``."""
    return _one(actor, answer_id, _REOPEN, _remark(remark, needed=True), version)


@transaction.atomic
def accept_many(
    actor: Actor, answer_ids: Iterable[int], versions: Mapping[int, int] | None = None
) -> Accepted:
    """通过 each of these that can be; says of the others why not. What the actor may not even see
    is left out without a word of what it is. A fixed number of statements. ``versions``: those of
    the answers that were looked at (None, or left out: whatever they are now).

    Raises InvalidInput at ``answers`` for none, or more than 500.
    """
    wanted = sorted({pk for pk in answer_ids if 0 < pk < 2**63})
    if not wanted or len(wanted) > MAX_AT_ONCE:
        said = f"一次最多 {MAX_AT_ONCE} 份。" if wanted else "请至少选择一份答复。"
        raise InvalidInput.at("answers", said)
    places: dict[int, Place | None] = {}
    done: list[Answer] = []
    left_out = dict.fromkeys(wanted, NotFound().message)
    for answer in _locked(wanted).order_by("pk"):
        try:
            _need_may(actor, _place(actor, answer, places), answer, Step.ACCEPT)
            _need_unchanged(answer, (versions or {}).get(answer.pk))
        except DomainError as error:
            left_out[answer.pk] = error.message
        else:
            del left_out[answer.pk]
            done.append(answer)
    _review(actor, done, _ACCEPT, "")
    return Accepted([answer.pk for answer in done], left_out)


def _one(actor: Actor, answer_id: int, kind: _Kind, remark: str, version: int | None) -> Answer:
    answer: Answer | None = _locked([answer_id] if 0 < answer_id < 2**63 else []).first()
    if answer is None:
        raise NotFound
    _need_may(actor, _place(actor, answer, {}), answer, kind.step)
    _need_unchanged(answer, version)
    _review(actor, [answer], kind, remark)
    return answer


def _locked(answer_ids: Sequence[int]) -> QuerySet[Answer, Any]:
    """Answers under their locks, each with whether its respondent is still ``asked``.

    A recall waits until they are reviewed, or has been; held before the rows, as in answering.
    """
    rows = Answer.objects.filter(pk__in=answer_ids)
    for notice_id in sorted(set(rows.values_list("task_id", flat=True))):
        hold_for_passing(notice_id)
    counts = policy.in_force(Answer.objects.filter(pk=OuterRef("pk")))
    return (
        rows.select_for_update(of=("self",))
        .annotate(asked=Exists(counts))
        .select_related(
            "relay__organization", "relay__notice", "membership__branch", "organization", "branch"
        )
    )


def _place(actor: Actor, answer: Answer, known: dict[int, Place | None]) -> Place:
    """The asking organisation with the actor's power; read once for each. Raises NotFound."""
    pk = answer.relay.organization_id
    if pk not in known:
        try:
            known[pk] = place_of(actor, pk)
        except DomainError:
            known[pk] = None  # a plain member isn't told which answers there are
    place = known[pk]
    if place is None:
        raise NotFound
    return place


def _need_may(actor: Actor, place: Place, answer: Any, step: Step) -> None:
    """Raises PermissionDenied, StateConflict; NotFound for a draft that was never handed in."""
    if answer.submitted_at is None:
        raise NotFound
    policy.need_review(actor, place.power, answer)
    if answer.relay.recalled_at is not None:
        raise StateConflict(policy.RECALLED, code="task-recalled")
    policy.next_state(answer.state, step)
    if not answer.asked:
        raise StateConflict(policy.OUT, code="answer-out")


def _need_unchanged(answer: Answer, version: int | None) -> None:
    """What was handed in again since it was looked at isn't reviewed unseen."""
    if version is not None and version != answer.version:
        raise StateConflict("这份答复刚才有变化，请看过最新的内容再审核。", code=CHANGED)


def _review(actor: Actor, answers: Sequence[Answer], kind: _Kind, remark: str) -> None:
    """Take the step for all of them, which were judged (from one and the same state): rows, steps,
    events, messages."""
    if not answers:
        return
    moment, state = now(), policy.next_state(answers[0].state, kind.step)
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).update(
        state=state, reviewed_at=moment, changed_at=moment, version=F("version") + 1
    )
    for answer in answers:
        answer.state, answer.reviewed_at, answer.changed_at = state, moment, moment
        answer.version += 1
    by = actor if isinstance(actor, User) else None
    AnswerStep.objects.bulk_create(
        [
            AnswerStep(
                answer=answer,
                what=kind.what,
                at=moment,
                by=by,
                by_name=actor.name[:60],
                remark=remark,
            )
            for answer in answers
        ]
    )
    record_many(actor, [_entry(answer, kind, remark) for answer in answers])
    _tell(answers, kind, remark)


def _entry(answer: Answer, kind: _Kind, remark: str) -> Entry:
    data = {"name": answer.relay.notice.title, "respondent": name_of(answer)}
    if remark:
        data["review_remark"] = remark
    return Entry(kind.event, answer, answer.relay.organization_id, data)


def _tell(answers: Sequence[Answer], kind: _Kind, remark: str) -> None:
    """One message each, to the member or to who handed it in; those of one task go out together."""
    told: dict[int, set[int]] = {}
    notices = {answer.relay.notice_id: answer.relay.notice for answer in answers}
    for answer in answers:
        whom = answer.membership.user_id if answer.membership else answer.submitted_by_id
        if whom is not None:
            told.setdefault(answer.relay.notice_id, set()).add(whom)
    for notice_id, people in told.items():
        title = notices[notice_id].title
        note = Note(
            topic=kind.event,
            title=kind.told,
            body=f"《{title}》" + (f"：{remark}" if remark else ""),
            link=find_url("worktasks:task", notice_id),
            subject=f"task:{notice_id}",
        )
        post_messages(sorted(people), note)


def _remark(text: str, *, needed: bool) -> str:
    """A remark as it is kept. Raises InvalidInput at ``remark``."""
    remark = text.replace("\0", "").replace("\r\n", "\n").strip()
    if needed and not remark:
        raise InvalidInput.at("remark", "请写明退回的原因，告诉对方要改什么。")
    if len(remark) > MAX_REMARK:
        raise InvalidInput.at("remark", f"意见最多 {MAX_REMARK} 个字，现在是 {len(remark)} 个字。")
    return remark
