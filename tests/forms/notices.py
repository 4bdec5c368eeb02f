"""Writing a notice, whom it is for, passing on what came from above."""

from typing import Any

from .scene import Case

_TEXT = {"title": "关于开展主题学习的通知", "body": "请各支部认真组织学习。"}
_ORG = ("organization_id",)
_DRAFT = ("organization_id", "draft_id")
_ABOVE = ("organization_id", "from_above_id")
_LONG_TITLE = _TEXT | {"title": "长" * 101}
_LONG_BODY = _TEXT | {"body": "长" * 10_001}


def _cases(face: str) -> list[Case]:
    """The same forms on the phone (``""``) and on the console."""

    def case(name: str, form: dict[str, Any], at: str, words: str, **more: Any) -> Case:
        return Case(f"notices:{face}{name}", form, at, words, **more)

    return [
        case("new", {"kind": "notice"}, "title", "请先填写标题或正文", ids=_ORG),
        case("new", _LONG_TITLE, "title", "最多 100 个字", kept=_LONG_TITLE, ids=_ORG),
        case("new", _LONG_BODY, "body", "放在附件里", kept=_LONG_BODY, ids=_ORG),
        case(
            "new",
            _TEXT | {"deadline": "2001-02-03T04:05", "urgent": "on"},
            "deadline",
            "已经过去",
            kept=_TEXT | {"deadline": "2001-02-03T04:05"},
            ids=_ORG,
        ),
        case("new", _TEXT | {"deadline": "31日"}, "deadline", "请选择日期", kept=_TEXT, ids=_ORG),
        case(
            "edit",
            _LONG_TITLE | {"go": "next"},
            "title",
            "最多 100 个字",
            kept=_LONG_TITLE,
            ids=_DRAFT,
        ),
        case(
            "edit",
            _TEXT | {"deadline": "9999-12-31T23:59"},
            "deadline",
            "三年以内",
            kept=_TEXT | {"deadline": "9999-12-31T23:59"},
            ids=_DRAFT,
        ),
        case(
            "edit", _TEXT | {"deadline": "2030-02-31T10:00"}, "deadline", "请选择日期", ids=_DRAFT
        ),
        case("edit", _TEXT | {"remove": "x", "go": ""}, "files", "从列表中选择", ids=_DRAFT),
        case("preview", {}, "own", "请选择发给谁", ids=_DRAFT),
        case("preview", {"own": "branches"}, "branch_ids", "至少选择一个支部", ids=_DRAFT),
        case("preview", {"own": "x"}, "own", "请选择", ids=_DRAFT),
        case(
            "preview",
            {"own": "branches", "branch_ids": "x"},
            "branch_ids",
            "从列表中选择",
            ids=_DRAFT,
        ),
        case("preview", {"own": "whole", "role": "x"}, "role", "从列表中选择", ids=_DRAFT),
        case("preview", {"below": "chosen"}, "organization_ids", "至少选择一个下级", ids=_DRAFT),
        case(
            "preview",
            {"below": "chosen", "organization_ids": "999999"},
            "organization_ids",
            "重新选择",
            ids=_DRAFT,
        ),
        case("preview", {"own": "whole", "sms": "on"}, "sms", "紧急", ids=_DRAFT),
        case(
            "pass_on",
            {"own": "whole", "remark": "长" * 501},
            "remark",
            "最多 500 个字",
            kept={"remark": "长" * 501},
            ids=_ABOVE,
        ),
        case("pass_on", {"remark": "请组织学习"}, "own", "请选择发给谁", ids=_ABOVE),
        case("close", {"remark": " "}, "remark", "请写明", ids=_ABOVE),
        case(
            "close",
            {"remark": "长" * 501},
            "remark",
            "最多 500 个字",
            kept={"remark": "长" * 501},
            ids=_ABOVE,
        ),
    ]


CASES = [*_cases(""), *_cases("console_")]
