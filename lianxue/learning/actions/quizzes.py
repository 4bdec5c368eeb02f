"""The quiz of a learning task while it is written, and whether it can be sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_details, register_events
from lianxue.notices.models import Notice
from lianxue.shared.errors import InvalidInput, StateConflict

from ..models import BankQuestion, LearningTask, QuestionBank, Quiz, QuizPart
from ..queries.quizzes import Short, outline, parts_of, quiz_of, shortages
from .task_drafts import open_draft

register_events({"quiz.set": "设置了学习任务的测验", "quiz.removed": "去掉了学习任务的测验"})
register_details({"questions": "题数", "full_score": "满分", "pass_percent": "及格线（%）"})

MAX_PARTS = 30
MAX_QUESTIONS = 100
MAX_SCORE = 100
MAX_ATTEMPTS = 20


@dataclass(frozen=True)
class QuizSettings:
    """``pass_percent``: 1 to 100; ``attempts``: 0 for any number; ``answers``: when what was right
    is shown (``Quiz.Answers``)."""

    pass_percent: int = 60
    attempts: int = 0
    answers: str = Quiz.Answers.AT_ONCE.value


@dataclass(frozen=True)
class PartSpec:
    """``count`` questions of ``kind`` drawn from a bank for each paper, or the one ``question_id``;
    ``score``: whole points for each. Of a question by itself, its own bank and kind count."""

    bank_id: int | None = None
    kind: str = BankQuestion.Kind.SINGLE.value
    count: int = 1
    score: int = 1
    question_id: int | None = None


@transaction.atomic
def set_quiz(
    actor: Actor, notice_id: int, settings: QuizSettings, parts: Sequence[PartSpec]
) -> Quiz:
    """The quiz of a draft, in place of what it was before.

    Raises NotFound, PermissionDenied; StateConflict when it was sent or is no learning task;
    InvalidInput at ``pass_percent``, ``attempts``, ``answers``, ``parts``, and at the parts' own
    (``p0-bank``, ``p0-kind``, ``p0-count``, ``p0-score``, ``p0-question``), all at once.
    """
    task = open_draft(actor, notice_id)
    errors = _settings_errors(settings)
    rows = _rows(task, parts, errors)
    if errors:
        raise InvalidInput("有几处需要改一改，请看下面的提示。", fields=errors)
    quiz, _ = Quiz.objects.update_or_create(
        task=task,
        defaults={
            "pass_percent": settings.pass_percent,
            "attempts": settings.attempts,
            "answers": settings.answers,
        },
    )
    QuizPart.objects.filter(quiz=quiz).delete()
    for row in rows:
        row.quiz = quiz
    QuizPart.objects.bulk_create(rows)
    _note(actor, task.notice, "quiz.set", quiz)
    return quiz


@transaction.atomic
def remove_quiz(actor: Actor, notice_id: int) -> None:
    """The draft's task goes without a quiz; none is no error.

    Raises NotFound, PermissionDenied, StateConflict.
    """
    task = open_draft(actor, notice_id)
    quiz = quiz_of(task.pk)
    if quiz is not None:
        quiz.delete()
        _note(actor, task.notice, "quiz.removed", None)


def _note(actor: Actor, notice: Notice, action: str, quiz: Quiz | None) -> None:
    data: dict[str, object] = {"name": notice.title or "（还没有标题）"}
    if quiz is not None:
        numbers = outline(quiz)
        data |= {
            "questions": numbers.questions,
            "full_score": numbers.full,
            "pass_percent": quiz.pass_percent,
        }
    record(actor, action, target=notice, organization_id=notice.organization_id, data=data)


def _settings_errors(settings: QuizSettings) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not 1 <= settings.pass_percent <= 100:
        errors |= {"pass_percent": "请填写 1 到 100 之间的整数。"}
    if not 0 <= settings.attempts <= MAX_ATTEMPTS:
        errors["attempts"] = f"请填写 0 到 {MAX_ATTEMPTS} 之间的整数，0 表示不限次数。"
    if settings.answers not in Quiz.Answers.values:
        errors["answers"] = "请选择什么时候显示正确答案。"
    return errors


def _rows(task: LearningTask, parts: Sequence[PartSpec], errors: dict[str, str]) -> list[QuizPart]:
    """The parts as rows; what is wrong goes into ``errors``."""
    if not parts:
        errors["parts"] = "请至少添加一处题目来源。"
    if len(parts) > MAX_PARTS:
        errors["parts"] = f"题目来源最多 {MAX_PARTS} 处，请减少一些。"
        return []
    banks = QuestionBank.objects.filter(organization=task.notice.organization_id)
    known = banks.in_bulk([spec.bank_id for spec in parts if spec.bank_id])
    asked = [spec.question_id for spec in parts if spec.question_id]
    named = BankQuestion.objects.filter(bank__in=banks).in_bulk(asked)
    rows = []
    for at, spec in enumerate(parts):
        question = named.get(spec.question_id or 0)
        errors |= _part_errors(at, spec, known, question, asked)
        rows.append(
            QuizPart(
                position=at,
                bank_id=question.bank_id if question else spec.bank_id or 0,
                kind=question.kind if question else spec.kind,
                count=1 if question else spec.count,
                question=question,
                score=spec.score,
            )
        )
    if not errors:
        errors |= {f"p{short.position}-count": _too_few(rows, short) for short in shortages(rows)}
        if sum(row.count for row in rows) > MAX_QUESTIONS:
            errors["parts"] = f"一次测验最多 {MAX_QUESTIONS} 题，请减少一些。"
    return rows


def _part_errors(
    at: int,
    spec: PartSpec,
    banks: dict[int, QuestionBank],
    question: BankQuestion | None,
    asked: Sequence[int],
) -> dict[str, str]:
    errors = {}
    if not 1 <= spec.score <= MAX_SCORE:
        errors[f"p{at}-score"] = f"请填写 1 到 {MAX_SCORE} 之间的整数。"
    if spec.question_id:
        if question is None:
            errors[f"p{at}-question"] = "这道题不在本组织的题库里，请去掉这一项。"
        elif asked.count(question.pk) > 1:
            errors[f"p{at}-question"] = "这道题选了不止一次，请去掉重复的。"
        return errors
    if spec.bank_id not in banks:
        errors[f"p{at}-bank"] = "请选择题库。"
    if spec.kind not in BankQuestion.Kind.values:
        errors[f"p{at}-kind"] = "请选择题型。"
    if not 1 <= spec.count <= MAX_QUESTIONS:
        errors[f"p{at}-count"] = f"请填写 1 到 {MAX_QUESTIONS} 之间的整数。"
    return errors


def _too_few(rows: Sequence[QuizPart], short: Short) -> str:
    row = rows[short.position]
    if row.question_id:
        return "这道题已经停用，请去掉，或换成改过的那一道。"
    kind = BankQuestion.Kind(row.kind).label
    if not short.there:
        return f"这个题库里没有可抽的{kind}，请换一个题库或题型。"
    return f"这个题库里可抽的{kind}只有 {short.there} 道，请减少题数，或先往题库里加题。"


def need_sendable(notice: Notice) -> None:
    """That the quiz of a draft, if it has one, can be drawn from what stands in the banks now.

    Raises StateConflict (quiz-short). For the check before a learning task is sent.
    """
    quiz = quiz_of(notice)
    if quiz is None:
        return
    parts = parts_of(quiz)
    if not parts:
        raise StateConflict("测验还没有题目，请先添加，或去掉测验。", code="quiz-short")
    for short in shortages(parts):
        part = next(one for one in parts if one.position == short.position)
        raise StateConflict(
            f"测验第 {short.position + 1} 处题目来源（“{part.bank.name}”）要改一改："
            f"{_too_few(parts, short)}",
            code="quiz-short",
        )


def lines_of(notice: Notice) -> list[str]:
    """What is said of the quiz where the task is described, a sentence each; none without one."""
    quiz = quiz_of(notice)
    if quiz is None:
        return []
    return [outline(quiz).line, f"正确答案和解析在{_WHEN[quiz.answers]}。"]


_WHEN: dict[str, str] = {
    Quiz.Answers.AT_ONCE: "交卷后立即显示",
    Quiz.Answers.AFTER_DEADLINE: "任务截止后显示",
}
