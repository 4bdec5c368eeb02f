"""Writing learning content, its columns, its settings, deciding about comments."""

from typing import Any

from .scene import Case

_ORG = ("organization_id",)
_DRAFT = ("organization_id", "content_draft_id")
_ITEM = ("organization_id", "content_id")
_COMMENT = ("organization_id", "comment_id")
_TEXT = {"version": "1", "title": "读懂基层治理", "body": "第一段。\n第二段。", "reach": "own"}
#: What must stand in the form again.
_TYPED = {"title", "body", "summary", "source", "tags"}


def _cases(face: str) -> list[Case]:
    """The same forms on the phone (``""``) and on the console."""

    def case(name: str, form: dict[str, Any], at: str, words: str, **more: Any) -> Case:
        return Case(f"learning:{face}{name}", form, at, words, **more)

    def edit(change: dict[str, str], at: str, words: str, **more: Any) -> Case:
        kept = {key: value for key, value in change.items() if key in _TYPED}
        return case("edit", _TEXT | change, at, words, ids=_DRAFT, kept=kept, **more)

    return [
        case("new", {}, "kind", "请选择内容的类型", ids=_ORG),
        case("new", {"kind": "x"}, "kind", "请选择内容的类型", ids=_ORG),
        case("import_document", {}, "file", "请选择要上传的文件", ids=_ORG),
        edit({"title": "长" * 101}, "title", "最多 100 个字"),
        edit({"summary": "长" * 201}, "summary", "最多 200 个字"),
        edit({"source": "长" * 61}, "source", "最多 60 个字"),
        edit({"body": "长" * 400_001}, "body", "正文太长"),
        edit({"tags": "长" * 11}, "tags", "每个标签最多 10 个字"),
        edit({"tags": " ".join("一二三四五六七八九十百")}, "tags", "标签最多 10 个"),
        edit({"reach": "x"}, "reach", "请选择谁能看到"),
        edit({"column_id": "x"}, "column_id", "从列表中选择"),
        edit({"column_id": "999999999999999999"}, "column_id", "已经不在了"),
        edit({"version": "0"}, "", "别人又保存过一次", status=409),
        edit({"version": "x", "title": "我写的"}, "", "别人又保存过一次", status=409),
        case("withdraw", {}, "reason", "请填写原因", ids=_ITEM),
        case(
            "withdraw",
            {"reason": "长" * 201},
            "reason",
            "最多 200 个字",
            kept={"reason": "长" * 201},
            ids=_ITEM,
        ),
        case("columns", {"act": "add"}, "name", "请填写栏目名称", ids=_ORG),
        case(
            "columns",
            {"act": "add", "name": "长" * 21},
            "name",
            "最多 20 个字",
            kept={"name": "长" * 21},
            ids=_ORG,
        ),
        case("columns", {"name": "理论学习"}, "name", "已经有这个栏目", ids=_ORG),
        case(
            "columns",
            {"act": "rename", "column": "{column_id}", "name": " "},
            "name-{column_id}",
            "请填写栏目名称",
            ids=_ORG,
        ),
        case("columns", {"act": "rename", "column": "x"}, "name", "从列表中选择", ids=_ORG),
        case("settings", {}, "comments", "请选择评论怎样处理", ids=_ORG),
        case("settings", {"comments": "x"}, "comments", "请选择评论怎样处理", ids=_ORG),
        case("decide", {}, "", "请选择显示还是不显示", ids=_COMMENT),
        case("decide", {"act": "hide"}, "reason", "请填写原因", ids=_COMMENT),
        case(
            "decide",
            {"act": "hide", "reason": "长" * 101},
            "reason",
            "最多 100 个字",
            kept={"reason": "长" * 101},
            ids=_COMMENT,
        ),
    ]


CASES = [*_cases(""), *_cases("console_")]
