"""What a learning task asks for, and who is exported."""

from .scene import Case

_DRAFT = ("organization_id", "learning_draft_id")
_SENT = ("organization_id", "learning_task_id")

CASES = [
    Case("learning:contents", {"act": "save"}, "items", "至少选择一项", ids=_DRAFT),
    Case(
        "learning:contents",
        {"act": "save", "items": "987654321"},
        "items",
        "已下架或本组织看不到",
        ids=_DRAFT,
    ),
    Case("learning:contents", {"act": "quiz", "items": "9" * 18}, "items", "看不到", ids=_DRAFT),
    Case("learning:console_contents", {"act": "save"}, "items", "至少选择一项", ids=_DRAFT),
    Case(
        "learning:console_contents",
        {"act": "save", "items": "987654321"},
        "items",
        "已下架或本组织看不到",
        ids=_DRAFT,
    ),
    Case("learning:task_export", {"which": "x"}, "which", "请选择导出哪些人", ids=_SENT),
    Case("learning:console_task_export", {}, "which", "请选择导出哪些人", ids=_SENT),
]
