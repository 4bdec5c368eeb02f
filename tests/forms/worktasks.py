"""The questions' editor and the answer's form. What else they can lack is in
tests/worktasks/test_{questions,answer}_pages.py: their buttons keep a draft on purpose."""

from lianxue.worktasks.actions import answering

from .scene import Case, Scene

_DRAFT = ("organization_id", "task_draft_id")
_ONE = {"count": "1", "respondents": "units", "period": "year", "q0-kind": "text", "act": "save"}
_LONG = "长" * 61
_ASKS = [
    (_ONE | {"count": "0"}, "", "至少写一个问题", {}),
    (_ONE | {"q0-label": ""}, "q0-label", "请写明要填什么", {}),
    (_ONE | {"q0-label": _LONG}, "q0-label", "最多 60 个字", {"q0-label": _LONG}),
    (_ONE | {"q0-label": "人数", "q0-kind": "x"}, "q0-kind", "请选择", {"q0-label": "人数"}),
    (
        _ONE | {"q0-label": "人数", "q0-hint": "长" * 101},
        "q0-hint",
        "最多 100 个字",
        {"q0-hint": "长" * 101},
    ),
    (
        _ONE | {"q0-label": "人数", "q0-kind": "number", "q0-unit": "长" * 11},
        "q0-unit",
        "最多 10 个字",
        {"q0-unit": "长" * 11},
    ),
    (
        _ONE | {"q0-label": "方式", "q0-kind": "choice", "q0-options": "甲"},
        "q0-options",
        "2 到 20",
        {"q0-options": "甲", "q0-label": "方式"},
    ),
    (
        _ONE | {"q0-label": "方式", "q0-kind": "choice", "q0-options": "甲\n甲"},
        "q0-options",
        "重复",
        {"q0-options": "甲\n甲"},
    ),
    (
        _ONE | {"count": "2", "q0-label": "人数", "q1-kind": "text", "q1-label": "人数"},
        "q1-label",
        "重复",
        {"q0-label": "人数", "q1-label": "人数"},
    ),
    (
        _ONE | {"q0-label": "人数", "respondents": "x"},
        "respondents",
        "由谁答复",
        {"q0-label": "人数"},
    ),
    (_ONE | {"q0-label": "人数", "period": "x"}, "period", "有效期", {"q0-label": "人数"}),
]


def taken_back(scene: Scene) -> None:
    """The member's answer is a draft again; the form has its version."""
    answer = answering.take_back(
        scene.cast.member, int(scene.ids["relay_id"]), str(scene.ids["respondent"])
    )
    scene.ids["version"] = answer.version


CASES = [
    *(
        Case(f"worktasks:{face}questions", form, at, words, kept, ids=_DRAFT)
        for face in ("", "console_")
        for form, at, words, kept in _ASKS
    ),
    *(
        Case(
            "worktasks:answer",
            {"version": "{version}", "act": act, "q{number_id}": "很多"},
            "q{number_id}",
            "看不懂",
            {"q{number_id}": "很多"},
            who="member",
            ids=("relay_id", "respondent"),
            before=taken_back,
        )
        for act in ("save", "submit")
    ),
    Case(
        "worktasks:answer",
        {"version": "1", "q{number_id}": "12"},
        "",
        "刚才已被修改",
        {"q{number_id}": "12"},
        who="member",
        ids=("relay_id", "respondent"),
        status=409,
        before=taken_back,
    ),
    Case(
        "worktasks:confirm",
        {"version": "x"},
        "",
        "刚才已被修改",
        who="member",
        ids=("relay_id", "respondent"),
        status=409,
        before=taken_back,
    ),
]
