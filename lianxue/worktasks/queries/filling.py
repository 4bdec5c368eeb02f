"""A task as its respondent fills it in, and what an answer holds."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lianxue.accounts.models import User
from lianxue.notices.models import Relay
from lianxue.shared.clock import now
from lianxue.shared.errors import DomainError, NotFound

from .. import policy
from ..models import Answer, AnswerFile, AnswerStep, AnswerValue, Question, WorkTask
from ..policy import Duty, Respondent, State, Step


@dataclass(frozen=True)
class ToAnswer:
    """A task as somebody answers it. ``name``: whom one answers for; ``values``: what is filled in,
    by the question's id; ``files`` likewise. ``why_not``: why nothing may be changed now, or "".
    ``may_take_back``: whether it can be taken back to be changed. ``late``: whether handing it in
    now is 逾期. ``remark``: what the reviewer said when it was returned.
    """

    task: WorkTask
    relay: Relay
    duty: Duty
    answer: Answer | None
    questions: list[Question]
    values: dict[int, str]
    files: dict[int, list[AnswerFile]]
    steps: list[AnswerStep]
    why_not: str
    may_take_back: bool
    late: bool
    remark: str

    @property
    def respondent(self) -> Respondent:
        """Who answers."""
        return self.duty.respondent

    @property
    def name(self) -> str:
        """What the respondent is called."""
        return self.duty.name

    @property
    def may_edit(self) -> bool:
        """Whether it may be filled in now."""
        return not self.why_not

    @property
    def version(self) -> int:
        """What the form sends back; 0 before anything was saved."""
        return self.answer.version if self.answer else 0


@dataclass(frozen=True)
class Submission:
    """What was handed in with a step: texts and names of files by the question's id."""

    values: dict[int, str] = field(default_factory=dict)
    file_names: dict[int, list[str]] = field(default_factory=dict)


def asked_relay(relay_id: int) -> Relay:
    """A relay of a task that was passed on, with its notice, task and organisation.

    Recalled or not. Raises NotFound.
    """
    found = (
        Relay.objects.filter(pk=relay_id, state=Relay.State.PASSED, notice__task__isnull=False)
        .select_related("notice__task", "notice__organization", "organization")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_to_answer(user: User, relay_id: int, respondent: str | Respondent) -> ToAnswer:
    """The task as ``user`` answers it for ``respondent``, and how far it is.

    Raises NotFound for who isn't asked (any more), PermissionDenied for who belongs to the unit and
    doesn't administer it.
    """
    duty = duty_in(user, relay_id, respondent)
    relay = duty.relay
    task = relay.notice.task
    answer = Answer.objects.filter(relay=relay, respondent=str(duty.respondent)).first()
    steps = list(answer.steps.order_by("pk").select_related("by")) if answer else []
    state = answer.state if answer else State.DRAFT
    why_not = why_closed(relay, state, Step.SAVE)
    return ToAnswer(
        task=task,
        relay=relay,
        duty=duty,
        answer=answer,
        questions=questions_of(task),
        values=values_of([answer.pk])[answer.pk] if answer else {},
        files=files_of([answer.pk])[answer.pk] if answer else {},
        steps=steps,
        why_not=why_not,
        may_take_back=not why_closed(relay, state, Step.TAKE_BACK),
        late=is_late(relay),
        remark=_returned_with(steps) if state == State.RETURNED else "",
    )


def duty_in(user: User, relay_id: int, respondent: str | Respondent) -> Duty:
    """Whom ``user`` may answer for. Raises NotFound, PermissionDenied as ``policy.duty_of``."""
    if isinstance(respondent, str):
        respondent = Respondent.parse(respondent)
    return policy.duty_of(user, asked_relay(relay_id), respondent)


def is_late(relay: Relay) -> bool:
    """Whether the deadline has passed."""
    deadline = relay.notice.deadline
    return deadline is not None and deadline < now()


def why_closed(relay: Relay, state: str, step: Step) -> str:
    """Why ``step`` can't be taken now, in words, or ""."""
    if relay.recalled_at is not None:
        return policy.RECALLED
    try:
        policy.next_state(state, step)
    except DomainError as error:
        return error.message
    return ""


def questions_of(task: WorkTask) -> list[Question]:
    """The task's questions in their order."""
    return list(task.questions.order_by("position"))


def values_of(answer_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """What is filled in, by answer and question, in one statement; empty texts left out."""
    found: dict[int, dict[int, str]] = {pk: {} for pk in answer_ids}
    rows = AnswerValue.objects.filter(answer__in=list(found))
    for answer_id, question_id, text in rows.values_list("answer_id", "question_id", "text"):
        if text:
            found[answer_id][question_id] = text
    return found


def files_of(answer_ids: Iterable[int]) -> dict[int, dict[int, list[AnswerFile]]]:
    """The files, by answer and question, in the order in which they came, in one statement."""
    found: dict[int, dict[int, list[AnswerFile]]] = {pk: {} for pk in answer_ids}
    rows = AnswerFile.objects.filter(answer__in=list(found)).select_related("file").order_by("pk")
    for row in rows:
        found[row.answer_id].setdefault(row.question_id, []).append(row)
    return found


def submission_of(step: AnswerStep | None) -> Submission:
    """What was handed in with a step (SUBMITTED); nothing for other steps."""
    if step is None or not step.values:
        return Submission()
    kept: dict[str, Any] = json.loads(step.values)
    return Submission(
        {int(pk): str(text) for pk, text in kept["texts"].items()},
        {int(pk): [str(name) for name in names] for pk, names in kept["files"].items()},
    )


def written_submission(values: dict[int, str], files: dict[int, list[AnswerFile]]) -> str:
    """What ``AnswerStep.values`` keeps of it, which ``submission_of`` reads."""
    names = {pk: [row.file.name for row in rows] for pk, rows in files.items()}
    return json.dumps({"texts": values, "files": names}, ensure_ascii=False)


def _returned_with(steps: list[AnswerStep]) -> str:
    returned = {AnswerStep.What.RETURNED, AnswerStep.What.REOPENED}
    return next((step.remark for step in reversed(steps) if step.what in returned), "")
