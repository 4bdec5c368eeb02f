"""Answering a task: filling in, handing in, taking back.

A member's answer leaves no audit event (its steps are the trace); a unit's does. Every change
counts ``Answer.version`` up, so that of two people who fill in the same answer the second is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.files.actions import attach
from lianxue.files.models import StoredFile
from lianxue.notices.actions.locks import hold_for_passing
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from .. import policy
from ..fields import clean_value, field_name
from ..models import Answer, AnswerFile, AnswerStep, AnswerValue, Question
from ..policy import Duty, Respondent, Step
from ..queries.earlier import earlier_answers
from ..queries.filling import (
    duty_in,
    files_of,
    is_late,
    questions_of,
    values_of,
    written_submission,
)

register_events(
    {
        "task.answered": "提交了任务答复",
        "task.taken_back": "撤回了任务答复进行修改",
    }
)
register_details({"respondent": "答复单位", "asked_by": "布置任务的组织", "late": "逾期"})

MAX_FILES = 10  # a question
CHANGED = "answer-changed"
Values = Mapping[int, str]


@dataclass
class _Sheet:
    """An answer under its lock, and what its task asks."""

    duty: Duty
    answer: Answer
    questions: list[Question]
    values: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def save_draft(
    user: User, relay_id: int, respondent: str | Respondent, values: Values, version: int | None
) -> Answer:
    """Keep what is filled in so far; what ``values`` (by question) doesn't name stays as it was.

    ``version``: of the answer when the form was opened, 0 when there was none (None: whatever it
    is now). Raises NotFound, PermissionDenied; StateConflict when it is handed in or recalled, and
    (answer-changed) when somebody else changed it meanwhile; InvalidInput at every ``q<id>`` that
    can't be an answer.
    """
    sheet = _open(user, relay_id, respondent, Step.SAVE, version)
    _write(sheet, values)
    return _moved(sheet, Step.SAVE)


@transaction.atomic
def submit(
    user: User, relay_id: int, respondent: str | Respondent, values: Values, version: int | None
) -> Answer:
    """Hand the answer in, with ``values`` as ``save_draft``; after the deadline it is late.

    One that was handed in in time and then returned is not late for it. Raises as ``save_draft``,
    and InvalidInput at every ``q<id>`` that has to be filled in.
    """
    sheet = _open(user, relay_id, respondent, Step.SUBMIT, version)
    _write(sheet, values)
    files = files_of([sheet.answer.pk])[sheet.answer.pk]
    _need_complete(sheet.questions, sheet.values, files)
    answer, moment = sheet.answer, now()
    returned = answer.state == policy.State.RETURNED
    answer.late = answer.late if returned else is_late(sheet.duty.relay)
    answer.submitted_at, answer.submitted_by = moment, user
    answer.submitted_by_name = user.name[:60]
    _step(answer, user, AnswerStep.What.SUBMITTED, values=written_submission(sheet.values, files))
    _tell_log(user, sheet.duty, answer, "task.answered")
    return _moved(sheet, Step.SUBMIT, "late", "submitted_at", "submitted_by", "submitted_by_name")


@transaction.atomic
def take_back(
    user: User, relay_id: int, respondent: str | Respondent, version: int | None = None
) -> Answer:
    """Make a handed-in answer a draft again, while nobody has reviewed it.

    Raises NotFound, PermissionDenied, StateConflict.
    """
    sheet = _open(user, relay_id, respondent, Step.TAKE_BACK, version)
    _step(sheet.answer, user, AnswerStep.What.TAKEN_BACK)
    _tell_log(user, sheet.duty, sheet.answer, "task.taken_back")
    return _moved(sheet, Step.TAKE_BACK)


@transaction.atomic
def add_file(
    user: User,
    relay_id: int,
    respondent: str | Respondent,
    question_id: int,
    stored_file: StoredFile,
    version: int | None = None,
) -> AnswerFile:
    """Put a file that ``user`` uploaded into the answer; ``.answer.version`` is the new version.

    Raises as ``save_draft``; NotFound for a question that takes no file, InvalidInput at ``q<id>``
    above 10 files.
    """
    sheet = _open(user, relay_id, respondent, Step.SAVE, version)
    asked = {row.pk: row for row in sheet.questions if row.kind == Question.Kind.FILE}
    question = asked.get(question_id)
    if question is None or stored_file.owner_id != user.pk:
        raise NotFound
    there = AnswerFile.objects.filter(answer=sheet.answer)
    row = there.filter(file=stored_file).first()
    if row is None:
        if there.filter(question=question).count() >= MAX_FILES:
            raise InvalidInput.at(
                field_name(question), f"这一项最多 {MAX_FILES} 个文件，请先移除不需要的。"
            )
        attach([stored_file.pk])
        row = AnswerFile.objects.create(answer=sheet.answer, question=question, file=stored_file)
    row.answer = _moved(sheet, Step.SAVE)
    return row


@transaction.atomic
def remove_file(
    user: User,
    relay_id: int,
    respondent: str | Respondent,
    answer_file_id: int,
    version: int | None = None,
) -> Answer:
    """Take a file out of the answer; one that is gone already is no error. Raises as
    ``save_draft``."""
    sheet = _open(user, relay_id, respondent, Step.SAVE, version)
    # the file itself is purged a day after nothing refers to it any more
    AnswerFile.objects.filter(answer=sheet.answer, pk=answer_file_id).delete()
    return _moved(sheet, Step.SAVE)


@transaction.atomic
def fill_earlier(
    user: User, relay_id: int, respondent: str | Respondent, version: int | None
) -> Answer:
    """Fill every empty field with what was answered to the same question before (减负).

    Raises as ``save_draft``; StateConflict when there is nothing to fill in.
    """
    sheet = _open(user, relay_id, respondent, Step.SAVE, version)
    found = earlier_answers(sheet.duty.relay.notice.task, sheet.duty.respondent)
    offered = {pk: one.text for pk, one in found.items() if not sheet.values.get(pk)}
    if not offered:
        raise StateConflict("没有可以带出的内容：本期内还没有填过相同的项，或者都已填好。")
    _write(sheet, offered)
    return _moved(sheet, Step.SAVE)


def check(user: User, relay_id: int, respondent: str | Respondent) -> None:
    """That what is kept could be handed in. Raises InvalidInput at every ``q<id>`` that is still to
    be filled in, NotFound, PermissionDenied.
    """
    duty = duty_in(user, relay_id, respondent)
    answer = Answer.objects.filter(relay=duty.relay, respondent=str(duty.respondent)).first()
    ids = [answer.pk] if answer else []
    values, files = values_of(ids), files_of(ids)
    pk = answer.pk if answer else 0
    _need_complete(questions_of(duty.relay.notice.task), values.get(pk, {}), files.get(pk, {}))


def _open(
    user: User, relay_id: int, respondent: str | Respondent, step: Step, version: int | None
) -> _Sheet:
    """The answer, made if need be, locked and found able to take ``step``."""
    duty = duty_in(user, relay_id, respondent)
    # beside everybody else who answers; a recall waits, or has been: nothing is answered after it
    hold_for_passing(duty.relay.notice_id)
    duty.relay.refresh_from_db(fields=["recalled_at"])
    if duty.relay.recalled_at is not None:
        raise StateConflict(policy.RECALLED, code="task-recalled")
    answer = _lock(duty)
    policy.next_state(answer.state, step)
    if version is not None and answer.version != version:
        raise StateConflict(
            "这份答复刚才已被修改（可能是您在另一个页面，或同单位的其他管理员）。"
            "您填写的内容还在下面，请核对后再保存。",
            code=CHANGED,
        )
    task = duty.relay.notice.task
    return _Sheet(duty, answer, questions_of(task), values_of([answer.pk])[answer.pk])


def _lock(duty: Duty) -> Answer:
    rows = Answer.objects.select_for_update().filter(
        relay=duty.relay, respondent=str(duty.respondent)
    )
    found: Answer | None = rows.first()
    if found is not None:
        return found
    fresh = Answer(
        task_id=duty.relay.notice_id,
        relay=duty.relay,
        respondent=str(duty.respondent),
        membership=duty.membership,
        organization=duty.organization,
        branch=duty.branch,
        name=duty.name[:100],
        changed_at=now(),
    )
    # somebody of the same unit may begin at the same moment: one row, whoever is first
    Answer.objects.bulk_create([fresh], ignore_conflicts=True)
    return rows.get()


def _write(sheet: _Sheet, values: Values) -> None:
    """Clean ``values`` and keep them, all in one statement; ``sheet.values`` is then the whole."""
    asked = {row.pk: row for row in sheet.questions}
    if unknown := set(values) - set(asked):
        raise InvalidInput(f"任务里没有这个问题：{min(unknown)}。")
    clean: dict[int, str] = {}
    errors: dict[str, str] = {}
    for pk, text in values.items():
        try:
            clean[pk] = clean_value(asked[pk], text)
        except InvalidInput as error:
            errors[field_name(asked[pk])] = error.message
    if errors:
        raise InvalidInput("有几项需要改一改，请看下面的提示。", fields=errors)
    changed = {pk: text for pk, text in clean.items() if sheet.values.get(pk, "") != text}
    AnswerValue.objects.bulk_create(
        [
            AnswerValue(answer=sheet.answer, question_id=pk, text=text)
            for pk, text in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["answer", "question"],
        update_fields=["text"],
    )
    sheet.values = {pk: text for pk, text in {**sheet.values, **clean}.items() if text}


def _need_complete(
    questions: list[Question],
    values: Mapping[int, str],
    files: Mapping[int, list[AnswerFile]],
) -> None:
    missing: dict[str, str] = {}
    for question in questions:
        if question.kind == Question.Kind.FILE:
            given, said = bool(files.get(question.pk)), "请上传文件。"
        else:
            given, said = bool(values.get(question.pk)), "请填写这一项。"
        if question.required and not given:
            missing[field_name(question)] = said
    if missing:
        raise InvalidInput(f"还有 {len(missing)} 项必填的内容没有填写。", fields=missing)


def _step(answer: Answer, user: User, what: str, values: str = "") -> None:
    AnswerStep.objects.create(
        answer=answer, what=what, at=now(), by=user, by_name=user.name[:60], values=values
    )


def _tell_log(user: User, duty: Duty, answer: Answer, action: str) -> None:
    """What a unit hands in stands in its own organisation's log; a member's is the member's own."""
    if not duty.is_unit:
        return
    data: dict[str, object] = {"name": duty.relay.notice.title, "respondent": duty.name}
    if duty.place_id != duty.relay.organization_id:
        data["asked_by"] = duty.relay.organization.name
    if answer.late:
        data["late"] = "是"
    record(user, action, target=answer, organization_id=duty.place_id, data=data)


def _moved(sheet: _Sheet, step: Step, *changed: str) -> Answer:
    """Take ``step``, count the version up, and keep what changed."""
    answer = sheet.answer
    answer.state = policy.next_state(answer.state, step)
    answer.name, answer.changed_at = sheet.duty.name[:100], now()
    answer.version += 1
    answer.save(update_fields=["state", "name", "changed_at", "version", *changed])
    return answer
