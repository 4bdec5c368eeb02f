"""Quizzes over the API: taking them, practising what was wrong, setting one up."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import StrictBool, StrictInt, StrictStr

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.notices import policy as notices
from lianxue.notices import schemas as n
from lianxue.notices.models import Notice
from lianxue.notices.queries import keeping
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import paginate

from ..actions import papers as actions
from ..actions import practice as practising
from ..actions import quizzes as setting_up
from ..actions.quizzes import MAX_PARTS, PartSpec, QuizSettings
from ..grading import LONGEST
from ..models import Attempt, BankQuestion, Quiz, QuizPart
from ..queries import practice, quizzes
from ..queries.papers import MyQuiz, Paper, Sheet, get_paper, my_quiz

#: Under ``/learning``: one's own.
own = Router(tags=["quizzes"])
#: Under ``/organizations``: an administrator's.
desk = Router(tags=["quizzes"])

_QUIZ = "/{int:organization_id}/notices/{int:notice_id}/quiz"

Kind = Literal["single", "multiple", "judge", "fill"]
Answers = Literal["at_once", "after_deadline"]
_Text = Annotated[StrictStr, Field(max_length=2 * LONGEST)]
_Place = Annotated[StrictInt, Field(ge=0, le=7)]
#: Places of options, or [true], or a text for each blank.
Given = Annotated[list[StrictBool | _Place | _Text], Field(max_length=20)]


class PaperLine(Schema):
    """One of the own papers."""

    id: int
    number: int = Field(description="the first is 1")
    state: Literal["open", "submitted"]
    started_at: datetime
    submitted_at: datetime | None
    score: int
    full: int
    right: int
    questions: int
    passed: bool


class MyQuizOut(Schema):
    """A quiz as I have it."""

    notice_id: int
    title: str
    deadline: datetime | None
    questions: int
    full: int
    needed: int = Field(description="points that pass")
    pass_percent: int
    attempts: int = Field(description="0: as often as one likes")
    left: int | None = Field(description="papers that may still be begun; null: any number")
    answers: Answers = Field(description="when what was right is shown")
    late: bool = Field(description="the deadline has passed; it may still be taken")
    passed: bool
    papers: list[PaperLine]


class SheetOut(Schema):
    """A question of a paper."""

    number: int = Field(description="the first is 1")
    question_id: int
    kind: Kind
    text: str
    options: list[str]
    blanks: int = Field(description="of a fill-in")
    worth: int
    given: list[bool | int | str] | None
    right: bool | None = Field(description="null: not to be seen (yet)")
    answer: list[Any] | None = Field(description="null: not to be seen (yet)")
    explanation: str


class PaperOut(PaperLine):
    """A paper with its questions."""

    notice_id: int
    title: str
    late: bool
    why_not: str = Field(description="why it can't be filled in any more")
    shows_answers: bool
    sheets: list[SheetOut]


class GivenIn(Schema):
    """What is answered to one question; null: nothing."""

    number: int = Field(ge=1, le=1000)
    given: Given | None


class AnswersIn(Schema):
    """Answers; questions that are left out stay."""

    answers: list[GivenIn] = Field([], max_length=200)

    def by_number(self) -> dict[int, Any]:
        """As the actions take it."""
        return {one.number: one.given for one in self.answers}


class WrongLine(Schema):
    """A question that I had wrong."""

    question_id: int
    kind: Kind
    text: str
    options: list[str]
    blanks: int
    times: int
    last_at: datetime
    cleared_at: datetime | None = Field(description="since when it is mastered")


class WrongPage(Schema):
    """One page of them."""

    items: list[WrongLine]
    page: int
    pages: int
    total: int
    held_back: int = Field(description="those that may be practised after a deadline only")


class PractiseIn(Schema):
    """What is answered."""

    given: Given


class PractisedOut(Schema):
    """What became of it."""

    right: bool
    answer: list[Any]
    explanation: str


class PartOut(Schema):
    """Where a quiz gets questions from."""

    bank_id: int
    bank: str
    kind: Kind
    count: int
    question_id: int | None = Field(description="the one question; null: drawn")
    score: int


class QuizOut(Schema):
    """The quiz of a learning task."""

    pass_percent: int
    attempts: int
    answers: Answers
    questions: int
    full: int
    needed: int
    parts: list[PartOut]


class PartIn(Schema):
    """``count`` questions of a kind drawn from a bank, or the one question."""

    bank_id: Id | None = None
    kind: Kind = "single"
    count: int = Field(1, ge=0, le=10_000)
    score: int = Field(1, ge=0, le=10_000)
    question_id: Id | None = None


class QuizIn(Schema):
    """A draft's quiz; errors are at ``pass_percent``, ``parts``, ``p0-bank``, ``p0-count``, …."""

    pass_percent: int = Field(60, ge=0, le=1000)
    attempts: int = Field(0, ge=0, le=1000)
    answers: Answers = "at_once"
    parts: list[PartIn] = Field(max_length=MAX_PARTS + 1)


@own.get("/tasks/{int:notice_id}/quiz", response=MyQuizOut, operation_id="my_quiz")
def quiz(request: HttpRequest, notice_id: int) -> Any:
    """The quiz of a task that reaches me, with my papers."""
    return _mine(my_quiz(current_user(request), notice_id))


@own.post("/tasks/{int:notice_id}/quiz/papers", response=PaperOut, operation_id="begin_paper")
def begin(request: HttpRequest, notice_id: int) -> Any:
    """Begin a paper, or go on with the open one; 409 when none may be begun any more."""
    user = current_user(request)
    return _paper(get_paper(user, actions.begin(user, notice_id).pk))


@own.get("/papers/{int:attempt_id}", response=PaperOut, operation_id="my_paper")
def paper(request: HttpRequest, attempt_id: int) -> Any:
    """One of my papers; what was right once it may be seen."""
    return _paper(get_paper(current_user(request), attempt_id))


@own.put("/papers/{int:attempt_id}/answers", response=PaperOut, operation_id="save_answers")
def save(request: HttpRequest, attempt_id: int, body: AnswersIn) -> Any:
    """Keep answers; 409 once the paper was handed in or the task recalled."""
    user = current_user(request)
    actions.save(user, attempt_id, body.by_number())
    return _paper(get_paper(user, attempt_id))


@own.post("/papers/{int:attempt_id}/submit", response=PaperOut, operation_id="submit_paper")
def submit(request: HttpRequest, attempt_id: int, body: AnswersIn) -> Any:
    """Hand the paper in, with these last answers; it is graded at once."""
    user = current_user(request)
    actions.submit(user, attempt_id, body.by_number())
    return _paper(get_paper(user, attempt_id))


@own.get("/practice", response=WrongPage, operation_id="my_wrong_questions")
def wrong(
    request: HttpRequest,
    tab: Literal["waiting", "mastered"] = "waiting",
    page: n.PageNumber = 1,
) -> Any:
    """What I had wrong in quizzes: to be practised, or mastered."""
    user = current_user(request)
    rows = paginate(practice.mine(user, tab), page, n.SIZE)
    held_back = practice.counts(user).held_back
    return page_of(rows, _wrong) | {"held_back": held_back}


@own.post("/practice/{int:question_id}", response=PractisedOut, operation_id="practise")
def practise(request: HttpRequest, question_id: int, body: PractiseIn) -> Any:
    """Answer one of them; right once, and it is mastered."""
    done = practising.practise(current_user(request), question_id, body.given)
    return {
        "right": done.right,
        "answer": done.question.answer,
        "explanation": done.question.explanation,
    }


@desk.get(_QUIZ, response=QuizOut, operation_id="quiz")
def kept_quiz(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """The quiz of a learning task, for who keeps it; 404 where there is none."""
    found = quizzes.quiz_of(_kept(current_user(request), organization_id, notice_id))
    if found is None:
        raise NotFound("这项任务没有测验。")
    return _quiz(found)


@desk.put(_QUIZ, response=QuizOut, operation_id="set_quiz")
def set_quiz(request: HttpRequest, organization_id: int, notice_id: int, body: QuizIn) -> Any:
    """The quiz of a draft, in place of what it was; 409 once it is sent."""
    user = current_user(request)
    _kept(user, organization_id, notice_id)
    settings = QuizSettings(body.pass_percent, body.attempts, body.answers)
    parts = [PartSpec(**one.dict()) for one in body.parts]
    return _quiz(setting_up.set_quiz(user, notice_id, settings, parts))


@desk.delete(_QUIZ, response={204: None}, operation_id="remove_quiz")
def remove_quiz(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """The draft's task goes without a quiz; none is no error."""
    user = current_user(request)
    _kept(user, organization_id, notice_id)
    setting_up.remove_quiz(user, notice_id)
    return Status(204, None)


def _kept(user: User, organization_id: int, notice_id: int) -> Notice:
    notices.place_of(user, organization_id)
    notice, _ = keeping.get_kept(user, notice_id)
    if notice.organization_id != organization_id or not notice.is_learning:
        raise NotFound
    return notice


def _line(attempt: Attempt) -> dict[str, Any]:
    names = ("number", "state", "started_at", "submitted_at", "score", "full", "right")
    found = {name: getattr(attempt, name) for name in (*names, "questions", "passed")}
    return {"id": attempt.pk, **found}


def _mine(found: MyQuiz) -> dict[str, Any]:
    return {
        "notice_id": found.notice.pk,
        "title": found.notice.title,
        "deadline": found.notice.deadline,
        "questions": found.outline.questions,
        "full": found.outline.full,
        "needed": found.outline.needed,
        "pass_percent": found.quiz.pass_percent,
        "attempts": found.quiz.attempts,
        "left": found.left,
        "answers": found.quiz.answers,
        "late": found.late,
        "passed": found.passed,
        "papers": [_line(one) for one in found.papers],
    }


def _asked(question: BankQuestion) -> dict[str, Any]:
    fill = question.kind == BankQuestion.Kind.FILL
    return {
        "question_id": question.pk,
        "kind": question.kind,
        "text": question.text,
        "options": question.options,
        "blanks": len(question.answer) if fill else 0,
    }


def _sheet(sheet: Sheet, shows: bool) -> dict[str, Any]:
    return _asked(sheet.question) | {
        "number": sheet.number,
        "worth": sheet.row.worth,
        "given": sheet.row.given,
        "right": sheet.row.right if shows else None,
        "answer": sheet.question.answer if shows else None,
        "explanation": sheet.question.explanation if shows else "",
    }


def _paper(found: Paper) -> dict[str, Any]:
    return _line(found.attempt) | {
        "notice_id": found.notice.pk,
        "title": found.notice.title,
        "late": found.late,
        "why_not": found.why_not,
        "shows_answers": found.shows_answers,
        "sheets": [_sheet(one, found.shows_answers) for one in found.sheets],
    }


def _wrong(row: Any) -> dict[str, Any]:
    return _asked(row.question) | {
        "times": row.times,
        "last_at": row.last_at,
        "cleared_at": row.cleared_at,
    }


def _quiz(found: Quiz) -> dict[str, Any]:
    numbers = quizzes.outline(found)
    return {
        "pass_percent": found.pass_percent,
        "attempts": found.attempts,
        "answers": found.answers,
        "questions": numbers.questions,
        "full": numbers.full,
        "needed": numbers.needed,
        "parts": [_part(one) for one in quizzes.parts_of(found)],
    }


def _part(part: QuizPart) -> dict[str, Any]:
    return {
        "bank_id": part.bank_id,
        "bank": part.bank.name,
        "kind": part.kind,
        "count": part.count,
        "question_id": part.question_id,
        "score": part.score,
    }
