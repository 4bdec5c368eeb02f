"""What a quiz asks: where its questions come from, how many there are, what it is out of."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianxue.notices.models import Notice

from ..models import BankQuestion, Quiz, QuizPart


@dataclass(frozen=True)
class Outline:
    """A quiz in numbers. ``full``: its points, ``needed``: of them to pass."""

    quiz: Quiz
    questions: int
    full: int
    needed: int

    @property
    def line(self) -> str:
        """In a sentence."""
        tries = f"最多答 {self.quiz.attempts} 次" if self.quiz.attempts else "不限次数"
        return (
            f"测验 {self.questions} 题，满分 {self.full} 分，"
            f"{self.needed} 分及格（{self.quiz.pass_percent}%），{tries}。"
        )


def needed(full: int, pass_percent: int) -> int:
    """The least whole points that pass: score * 100 >= full * pass_percent."""
    return -(-full * pass_percent // 100)


def quiz_of(notice: Notice | int) -> Quiz | None:
    """The quiz of a learning task, None where it has none."""
    pk = notice if isinstance(notice, int) else notice.pk
    return Quiz.objects.filter(task__notice__id=pk).first()


def parts_of(quiz: Quiz) -> list[QuizPart]:
    """Where it gets questions from, in order, each with ``bank`` and ``question``."""
    rows = QuizPart.objects.filter(quiz=quiz).select_related("bank", "question")
    return list(rows.order_by("position"))


def outline(quiz: Quiz) -> Outline:
    """The quiz in numbers, one statement."""
    parts = list(QuizPart.objects.filter(quiz=quiz).values_list("count", "score"))
    full = sum(count * score for count, score in parts)
    return Outline(quiz, sum(count for count, _ in parts), full, needed(full, quiz.pass_percent))


def standing(moment: datetime | None = None) -> Q:
    """A condition on questions: they stood in their bank at ``moment`` (None: they do now)."""
    if moment is None:
        return Q(retired_at=None)
    return Q(created_at__lte=moment) & (Q(retired_at=None) | Q(retired_at__gt=moment))


def pool(part: QuizPart, moment: datetime | None) -> QuerySet[BankQuestion, Any]:
    """What a part may draw from."""
    return BankQuestion.objects.filter(standing(moment), bank=part.bank_id, kind=part.kind)


@dataclass(frozen=True)
class Drawn:
    """A question of a paper, and what it is worth."""

    question_id: int
    worth: int


_DICE = random.SystemRandom()


def draw(parts: Sequence[QuizPart], moment: datetime | None) -> list[Drawn]:
    """The questions of a paper, part by part, none twice, of what stood in the banks at ``moment``
    (when the task was sent; None: now). Fewer where a bank has no more; a statement per part.
    """
    taken = {part.question_id for part in parts if part.question_id}
    drawn: list[Drawn] = []
    for part in parts:
        if part.question_id:
            drawn.append(Drawn(part.question_id, part.score))
            continue
        ids = pool(part, moment).order_by("pk").values_list("pk", flat=True)
        there = [pk for pk in ids if pk not in taken]
        chosen = _DICE.sample(there, min(part.count, len(there)))
        taken.update(chosen)
        drawn += [Drawn(pk, part.score) for pk in chosen]
    return drawn


@dataclass(frozen=True)
class Source:
    """A kind of questions in a bank: ``key`` as forms write it, ``there`` how many there are."""

    bank_id: int
    bank: str
    kind: str
    there: int

    @property
    def key(self) -> str:
        """``<bank>-<kind>``."""
        return f"{self.bank_id}-{self.kind}"

    @property
    def words(self) -> str:
        """Its kind, how many there are, its bank."""
        return f"{BankQuestion.Kind(self.kind).label}（{self.there} 道）· {self.bank}"


def sources(organization_id: int) -> list[Source]:
    """What an organisation's quizzes may draw from now: each kind in each bank, one statement."""
    rows = (
        BankQuestion.objects.filter(standing(), bank__organization=organization_id)
        .order_by("bank__name", "bank_id")
        .values_list("bank_id", "bank__name", "kind")
        .annotate(there=Count("pk"))
    )
    place = {kind: at for at, kind in enumerate(BankQuestion.Kind.values)}
    found = [Source(*row) for row in rows]
    return sorted(found, key=lambda one: (one.bank, one.bank_id, place[one.kind]))


def choosable(
    organization_id: int, bank_id: int = 0, kind: str = "", text: str = ""
) -> QuerySet[BankQuestion, Any]:
    """The questions that may be chosen by themselves, with ``bank``, the newest first; of a bank, a
    kind, with ``text`` in them (each "" or 0: of all)."""
    rows = BankQuestion.objects.filter(standing(), bank__organization=organization_id)
    if bank_id:
        rows = rows.filter(bank__id=bank_id)  # an id of any size
    if kind:
        rows = rows.filter(kind=kind)
    for word in text.replace("\0", "").split():
        rows = rows.filter(text__icontains=word)
    return rows.select_related("bank").order_by("-pk")


@dataclass(frozen=True)
class Short:
    """A part that asks for more than is there: ``there`` questions are left for it."""

    position: int
    there: int


def shortages(parts: Sequence[QuizPart], moment: datetime | None = None) -> list[Short]:
    """The parts (in their order) for which there are not enough questions; one statement.

    No question is drawn twice into a paper, so parts that draw of the same kind from the same bank
    share what is there, less the questions named by themselves.
    """
    stood: dict[tuple[int, str], set[int]] = {}
    banks = {part.bank_id for part in parts}
    rows = BankQuestion.objects.filter(standing(moment), bank__in=banks)
    for pk, bank_id, kind in rows.values_list("pk", "bank_id", "kind"):
        stood.setdefault((bank_id, kind), set()).add(pk)
    named = {part.question_id for part in parts if part.question_id}
    left = {key: len(ids - named) for key, ids in stood.items()}
    found = []
    for part in parts:
        key = (part.bank_id, part.kind)
        if part.question_id:
            if part.question_id not in stood.get(key, set()):
                found.append(Short(part.position, 0))
            continue
        there = left.get(key, 0)
        if part.count > there:
            found.append(Short(part.position, there))
        left[key] = max(0, there - part.count)
    return found


def questions_by_id(organization_id: int, ids: Iterable[int]) -> dict[int, BankQuestion]:
    """Questions of an organisation's banks by their ids, one statement; ids come from forms, and
    those of another organisation's questions find nothing."""
    mine = BankQuestion.objects.filter(bank__organization=organization_id)
    return mine.in_bulk(list(ids))
