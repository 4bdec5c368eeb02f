"""What work tasks keep about a person, for 我的个人信息 (PIPL 44, 45)."""

from typing import Any

from lianxue.accounts.models import User

from ..models import Answer, AnswerFile, AnswerValue


def kept(user: User, whole: bool) -> dict[str, Any]:
    """What the person answered for oneself (a unit's answers are the unit's): the number, in the
    file every answer with what was filled in."""
    rows = Answer.objects.filter(membership__user=user)
    if not whole:
        return {"工作任务的答复": f"{rows.count()} 份"}
    found = list(rows.select_related("task__notice").order_by("changed_at", "pk"))
    filled: dict[int, dict[str, Any]] = {}
    values = AnswerValue.objects.filter(answer__in=found).select_related("question")
    for value in values.order_by("question__position"):
        filled.setdefault(value.answer_id, {})[value.question.label] = value.text
    files = AnswerFile.objects.filter(answer__in=found).select_related("question", "file")
    for one in files.order_by("question__position", "pk"):
        names = filled.setdefault(one.answer_id, {}).setdefault(one.question.label, [])
        if isinstance(names, list):
            names.append(one.file.name)
    return {
        "工作任务的答复": [
            {
                "任务": row.task.notice.title,
                "状态": row.get_state_display(),
                "提交时间": row.submitted_at,
                "内容": filled.get(row.pk, {}),
            }
            for row in found
        ]
    }
