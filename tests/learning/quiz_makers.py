"""Banks, questions and quizzes for tests; quizzes by the very actions that people use."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.learning.actions import quizzes
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings
from lianxue.learning.models import Attempt, BankQuestion, QuestionBank
from lianxue.notices.actions import sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Organization
from tests.notices.makers import WHOLE, draft

_RIGHT: dict[str, Any] = {
    "single": [0],
    "multiple": [0, 2],
    "judge": [True],
    "fill": [["三会一课"]],
}
#: A wrong answer to a question that ``question`` made.
WRONG: dict[str, Any] = {"single": [1], "multiple": [0], "judge": [False], "fill": ["主题党日"]}


def bank(organization: Organization, name: str = "党章知识") -> QuestionBank:
    """A question bank, empty."""
    return QuestionBank.objects.create(
        organization=organization, name=name, created_at=timezone.now()
    )


def question(bank: QuestionBank, kind: str = "single", text: str = "", **values: Any) -> Any:
    """A question of a bank (right is the first option; the first and third; 对; 三会一课).

    ``values``: of its columns, such as ``answer``, ``explanation``, ``created_at``.
    """
    text = text or f"第 {bank.questions.count() + 1} 道题：党的基层组织制度____。"
    options = ["支部建在连上", "定期轮训", "谈心谈话"] if kind in {"single", "multiple"} else []
    known = {
        "kind": kind,
        "text": text,
        "options": options,
        "answer": _RIGHT[kind],
        "explanation": "见党章第五章。",
        "key": hashlib.sha256(f"{kind}{text}".encode()).hexdigest(),
        "created_at": timezone.now(),
    }
    return BankQuestion.objects.create(bank=bank, **known | values)


def draft_quiz(
    actor: User,
    organization: Organization,
    parts: Sequence[PartSpec],
    settings: QuizSettings | None = None,
    **text: Any,
) -> Notice:
    """A draft of a learning task that is a quiz alone; ``text`` as ``DraftText``."""
    values = {
        "title": "党章知识测验",
        "deadline": timezone.now() + timedelta(days=7),
        **text,
    }
    notice = draft(actor, organization, "learning", **values)
    quizzes.set_quiz(actor, notice.pk, settings or QuizSettings(), parts)
    return notice


def sent_quiz(
    actor: User,
    organization: Organization,
    parts: Sequence[PartSpec] = (),
    settings: QuizSettings | None = None,
    audience: Audience = WHOLE,
    **text: Any,
) -> Relay:
    """A quiz that was sent: the sender's relay. Without ``parts``: one question of each kind, a
    point each."""
    if not parts:
        own = bank(organization, "每种一道")
        kinds = BankQuestion.Kind.values
        parts = [PartSpec(question_id=question(own, kind).pk) for kind in kinds]
    return sending.send(
        actor, draft_quiz(actor, organization, parts, settings, **text).pk, audience
    )


def right_answers(attempt: Attempt, wrong: int = 0) -> dict[int, Any]:
    """What answers a paper of such questions rightly, the first ``wrong`` of them wrongly."""
    found = {}
    for row in attempt.answers.select_related("question").order_by("position"):
        kind, answer = row.question.kind, row.question.answer
        right = [words[0] for words in answer] if kind == "fill" else answer
        found[row.position] = WRONG[kind] if row.position <= wrong else right
    return found
