"""What addresses of quizzes name, for the matrices: all of 县."""

from lianxue.learning.actions import papers
from lianxue.learning.actions.quizzes import PartSpec
from tests.cast import Cast

from .quiz_makers import bank, draft_quiz, question, right_answers, sent_quiz

#: The pages that are about a quiz that was sent, and about one in a draft.
SENT = {"quiz"}
DRAFTS = {"quiz_edit", "quiz_pick", "quiz_sample", "quiz_remove"}


def quiz_world(cast: Cast) -> dict[str, int | str]:
    """A quiz that 县 sent to its own members: 刘洋 had one question wrong and has begun again; the
    same bank's in a draft.
    """
    own = bank(cast.county)
    asked = question(own, "single", "党的基层组织是什么？")
    question(own, "judge", "另一道题。")
    parts = [PartSpec(question_id=asked.pk)]
    sent = sent_quiz(cast.owner, cast.county, parts)
    first = papers.begin(cast.member, sent.notice_id)
    papers.submit(cast.member, first.pk, right_answers(first, wrong=1))
    return {
        "quiz_id": sent.notice_id,
        "quiz_draft_id": draft_quiz(cast.owner, cast.county, parts).pk,
        "attempt_id": papers.begin(cast.member, sent.notice_id).pk,
        "done_attempt_id": first.pk,
        "bank_id": own.pk,
        "question_id": asked.pk,
    }


def address_ids(page: str, ids: dict[str, int | str]) -> dict[str, int | str]:
    """What the addresses of this page of quizzes are filled with."""
    found = {"attempt_id": ids["done_attempt_id" if page == "result" else "attempt_id"]}
    if page in SENT | DRAFTS:
        found["notice_id"] = ids["quiz_id" if page in SENT else "quiz_draft_id"]
    return found
