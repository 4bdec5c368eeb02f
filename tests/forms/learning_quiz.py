"""A question of a paper, one to practise, and the quiz's editor."""

from typing import Any

from .scene import Case

_DRAFT = ("organization_id", "quiz_draft_id")
_RULES = {"pass_percent": "60", "attempts": "0", "answers": "at_once", "act": "save"}
_ONE = _RULES | {"count": "1", "p0-source": "", "p0-count": "1", "p0-score": "5"}
_NAMED = _RULES | {"count": "1", "p0-question": "999999", "p0-count": "1", "p0-score": "5"}
_EDITED = [
    (_RULES | {"count": "0"}, "parts", "至少添加", {}),
    (_RULES | {"count": "0", "pass_percent": "0"}, "pass_percent", "1 到 100", {}),
    (_RULES | {"count": "0", "pass_percent": "多"}, "pass_percent", "1 到 100", {"attempts": "0"}),
    (_RULES | {"count": "0", "attempts": "x"}, "attempts", "0 到 20", {"pass_percent": "60"}),
    (_RULES | {"count": "0", "answers": "x"}, "answers", "请选择", {}),
    (_ONE, "p0-source", "请选择", {"p0-score": "5", "p0-count": "1"}),
    (_ONE | {"p0-source": "x-y"}, "p0-source", "请选择", {}),
    (_ONE | {"p0-source": "999999-single"}, "p0-source", "请选择题库", {}),
    (_ONE | {"p0-count": "0"}, "p0-count", "1 到 100", {"p0-count": "0"}),
    (_ONE | {"p0-score": "一"}, "p0-score", "1 到 100", {"p0-score": "一"}),
    (_NAMED | {"p0-score": "101"}, "p0-score", "1 到 100", {"p0-score": "101"}),
]
_PICKED = [
    ({"score": "5"}, "question", "至少选一道题", {"score": "5"}),
    ({"question": "x", "score": "5"}, "question", "从列表中选择", {"score": "5"}),
    ({"question": "999999", "score": "5"}, "question", "不在本组织的题库里", {"score": "5"}),
    ({"question": "1", "score": "0"}, "score", "1 到 100", {"score": "0"}),
]


def _case(name: str, form: dict[str, Any], at: str, words: str, **more: Any) -> Case:
    return Case(f"learning:{name}", form, at, words, **more)


CASES = [
    *[
        _case(face + "quiz_edit", form, at, words, kept=kept, ids=_DRAFT)
        for form, at, words, kept in _EDITED
        for face in ("", "console_")
    ],
    *[
        _case(face + "quiz_pick", form, at, words, kept=kept, ids=_DRAFT)
        for form, at, words, kept in _PICKED
        for face in ("", "console_")
    ],
    _case(
        "paper",
        {"number": "1", "given": "9"},
        "given",
        "请从列出的选项中选择",
        who="member",
        ids=("attempt_id",),
    ),
    _case(
        "paper",
        {"number": "7", "given": "0"},
        "given",
        "没有这道题",
        who="member",
        ids=("attempt_id",),
    ),
    _case("practise", {}, "given", "请先作答", who="member", ids=("question_id",)),
    _case(
        "practise", {"given": "x"}, "given", "请从列出的选项", who="member", ids=("question_id",)
    ),
]
