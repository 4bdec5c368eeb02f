"""The quiz as it stands in the editor's form, half typed: read, turned, shown again.

Nothing of this is kept: every button but 保存 sends the whole form and gets it back with one part
more, one less, or another order, so that it works without scripts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..actions.quizzes import MAX_PARTS, PartSpec, QuizSettings
from ..models import BankQuestion, Quiz, QuizPart

_KINDS = set(BankQuestion.Kind.values)


@dataclass
class Row:
    """One part as it is typed. ``source``: "<bank>-<kind>" to draw from; ``question``: the id of a
    question by itself, "" else."""

    source: str = ""
    count: str = "5"
    score: str = "5"
    question: str = ""

    @classmethod
    def of(cls, part: QuizPart) -> "Row":
        """A kept part, to be typed on."""
        named = str(part.question_id) if part.question_id else ""
        return cls(f"{part.bank_id}-{part.kind}", str(part.count), str(part.score), named)

    @property
    def untouched(self) -> bool:
        """Whether nothing was chosen for it yet."""
        return not self.source and not self.question

    def spec(self) -> PartSpec:
        """As the action takes it; what is no number is 0, which it refuses."""
        bank, _, kind = self.source.partition("-")
        return PartSpec(
            bank_id=number(bank) or None,
            kind=kind if kind in _KINDS else "",
            count=number(self.count),
            score=number(self.score),
            question_id=number(self.question) or None,
        )


@dataclass
class Typed:
    """The whole form. ``moved``: the row that a button turned, to stand in sight afterwards."""

    pass_percent: str = "60"  # noqa: S105 - what passes, no password
    attempts: str = "0"
    answers: str = Quiz.Answers.AT_ONCE.value
    rows: list[Row] = field(default_factory=list)
    moved: int | None = None

    def settings(self) -> QuizSettings:
        """As the action takes them; what is no number is refused there."""
        return QuizSettings(
            pass_percent=number(self.pass_percent),
            attempts=number(self.attempts, wrong=-1),
            answers=self.answers,
        )

    def specs(self) -> list[PartSpec]:
        """As the action takes them."""
        return [row.spec() for row in self.rows]

    @property
    def questions(self) -> int:
        """How many questions a paper would have."""
        return sum(number(row.count) for row in self.rows)

    @property
    def full(self) -> int:
        """How many points it would be out of."""
        return sum(number(row.count) * number(row.score) for row in self.rows)


def number(text: str, wrong: int = 0) -> int:
    """A number in a form's field, or ``wrong``."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else wrong


def kept(quiz: Quiz | None, parts: Sequence[QuizPart]) -> Typed:
    """What was saved last, to be typed on; a new quiz begins with a part to fill in."""
    if quiz is None:
        return Typed(rows=[Row()])
    return Typed(
        str(quiz.pass_percent), str(quiz.attempts), quiz.answers, [Row.of(part) for part in parts]
    )


def read(post: Mapping[str, str]) -> Typed:
    """The form as it was sent."""
    count = min(number(post.get("count", "")), MAX_PARTS)
    rows = [
        Row(
            source=post.get(f"p{at}-source", ""),
            count=post.get(f"p{at}-count", "1"),
            score=post.get(f"p{at}-score", ""),
            question=post.get(f"p{at}-question", ""),
        )
        for at in range(count)
    ]
    return Typed(
        pass_percent=post.get("pass_percent", ""),
        attempts=post.get("attempts", ""),
        answers=post.get("answers", ""),
        rows=rows,
    )


def turn(typed: Typed, act: str) -> None:
    """Do what a button says: ``add``, ``remove-2``, ``up-2``, ``down-2``; another changes nothing.

    A new part begins with the points of the one before it.
    """
    rows = typed.rows
    what, _, which = act.partition("-")
    at = number(which, wrong=-1)
    if what == "add" and len(rows) < MAX_PARTS:
        rows.append(Row(score=rows[-1].score if rows else "5"))
        typed.moved = len(rows) - 1
    elif 0 <= at < len(rows):
        if what == "remove":
            rows.pop(at)
        to = {"up": at - 1, "down": at + 1}.get(what, at)
        if 0 <= to < len(rows) and to != at:
            rows[at], rows[to] = rows[to], rows[at]
        typed.moved = min(max(0, to), len(rows) - 1) if rows else None
