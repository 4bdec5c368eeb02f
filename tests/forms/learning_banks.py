"""Question banks: their names, a question of each kind, the sheet."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from .scene import Case

_ORG = ("organization_id",)
_BANK = ("organization_id", "bank_id")
_QUESTION = ("organization_id", "bank_id", "question_id")
_CHOICE = {"kind": "single", "text": "首都是哪里？", "option_a": "北京", "option_b": "上海"}
_FILL = {"kind": "fill", "text": "一年有____个月，一周有____天。", "answer": "12"}
_LONG = {"text": "长" * 501}


def _cases(face: str) -> list[Case]:
    """The same forms on the phone (``""``) and on the console."""

    def case(name: str, form: dict[str, Any], at: str, words: str, **more: Any) -> Case:
        return Case(f"learning:{face}{name}", form, at, words, **more)

    return [
        case("banks", {"name": " "}, "name", "请填写题库名称", ids=_ORG),
        case("banks", {"name": "党章知识"}, "name", "同名", kept={"name": "党章知识"}, ids=_ORG),
        case("bank_rename", {"name": "长" * 41}, "name", "40 个字", kept={"name": "长" * 41},
             ids=_BANK),
        case("question_new", {"kind": "single"}, "text", "请填写题干", ids=_BANK),
        case("question_new", _CHOICE, "answer", "A 到 B", kept=_CHOICE, ids=_BANK),
        case("question_new", {"kind": "judge", "text": "对吗？"}, "answer", "“对”或“错”",
             kept={"text": "对吗？"}, ids=_BANK),
        case("question_new", _FILL, "answer", "2 个空", kept=_FILL, ids=_BANK),
        case("question_new", {"kind": "multiple", "text": "哪些？", "option_a": "北京"}, "options",
             "2 到 8 个", kept={"option_a": "北京"}, ids=_BANK),
        case("question_edit", _CHOICE | _LONG | {"answer": "A"}, "text", "500", kept=_LONG,
             ids=_QUESTION),
        case("bank_import", {}, "file", "请选择要上传的文件", ids=_BANK),
        case("bank_import", {"file": SimpleUploadedFile("题目.docx", b"PK no questions")}, "file",
             "xlsx", ids=_BANK),
        case("bank_import", {"file": SimpleUploadedFile("名册.csv", "姓名\n李明".encode())}, "file",
             "题干", ids=_BANK),
    ]  # fmt: skip


CASES = [*_cases(""), *_cases("console_")]
