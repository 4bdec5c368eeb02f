"""Reviewing a task's answers: returned with a remark, accepted many at once, taken out."""

from .scene import Case

CASES = [
    case
    for face in ("", "console_")
    for case in (
        Case(
            f"worktasks:{face}review",
            {"act": ""},
            "",
            "请选择通过或退回",
            ids=("organization_id", "answer_id"),
        ),
        Case(
            f"worktasks:{face}review",
            {"act": "return", "remark": " ", "version": "{answer_version}"},
            "remark",
            "请写明退回的原因",
            ids=("organization_id", "answer_id"),
        ),
        Case(
            f"worktasks:{face}review",
            {"act": "return", "remark": "改" * 501, "version": "{answer_version}"},
            "remark",
            "最多 500 个字",
            {"remark": "改" * 501},
            ids=("organization_id", "answer_id"),
        ),
        Case(
            f"worktasks:{face}review",
            {"act": "accept", "version": "77"},
            "",
            "刚才有变化",
            ids=("organization_id", "answer_id"),
            status=409,
        ),
        Case(
            f"worktasks:{face}review",
            {"act": "accept", "version": "一"},
            "",
            "页面已过期",
            ids=("organization_id", "answer_id"),
            status=409,
        ),
        Case(
            f"worktasks:{face}accept_many",
            {},
            "answers",
            "请先勾选",
            ids=("organization_id", "task_id"),
        ),
        Case(
            f"worktasks:{face}accept_many",
            {"answers": "{answer_id}:x"},
            "answers",
            "从列表中勾选",
            ids=("organization_id", "task_id"),
        ),
        Case(
            f"worktasks:{face}accept_many",
            {"answers": "{answer_id}:99", "step": "do"},
            "",
            "已有变化",
            ids=("organization_id", "task_id"),
            status=409,
        ),
        Case(
            f"worktasks:{face}export",
            {"which": "nobody's"},
            "which",
            "请选择导出哪些答复",
            ids=("organization_id", "task_id"),
        ),
    )
]
