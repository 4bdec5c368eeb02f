"""提醒 and 撤回 of what was sent."""

from .scene import Case

_ONE = ("organization_id", "notice_id")
_FACES = ("", "console_")

CASES = [
    case
    for face in _FACES
    for case in (
        Case(f"notices:{face}nudge", {}, "", "请选择提醒", ids=_ONE),
        Case(f"notices:{face}nudge", {"whom": "everybody\0"}, "", "请选择提醒", ids=_ONE),
        Case(
            f"notices:{face}nudge",
            {"whom": "own", "sms": "on"},
            "",
            "只有紧急通知",
            ids=_ONE,
            status=409,
        ),
        Case(f"notices:{face}recall", {"reason": ""}, "reason", "请填写撤回的原因", ids=_ONE),
        Case(f"notices:{face}recall", {"reason": " \n\0"}, "reason", "请填写", ids=_ONE),
        Case(
            f"notices:{face}recall",
            {"reason": "由" * 201},
            "reason",
            "最多 200 个字",
            {"reason": "由" * 201},
            ids=_ONE,
        ),
    )
]
