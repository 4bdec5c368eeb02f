"""安全中心: the settings, a branch's own reach, hidden numbers; on the phone and on the console."""

from lianxue.organizations.models import HiddenPhones

from .scene import Case, Scene


def _hidden_already(scene: Scene) -> None:
    HiddenPhones.objects.create(organization=scene.cast.county)


CASES = [
    case
    for face in ("", "console_")
    for case in (
        Case(
            f"organizations:{face}security",
            {"watermark": "on", "reach": ""},
            "reach",
            "请选择成员可见范围",
            {"watermark": "on"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security",
            {"watermark": "on", "reach": "everybody"},
            "reach",
            "请选择成员可见范围",
            {"watermark": "on"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security",
            {
                "watermark": "on",
                "group_real_names": "on",
                "group_watermark": "on",
                "reach": "branch",
                "seen": "011whole",
            },
            "",
            "另一位管理员",
            ids=("organization_id",),
            status=409,
        ),
        Case(
            f"organizations:{face}security_reach",
            {"branch_id": "", "reach": "branch"},
            "branch_id",
            "请选择支部",
            {"reach": "branch"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security_reach",
            {"branch_id": "一", "reach": "branch"},
            "branch_id",
            "从列表中选择",
            {"reach": "branch"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security_reach",
            {"branch_id": "{first_id}", "reach": "x"},
            "reach",
            "请选择成员可见范围",
            {"branch_id": "{first_id}"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security_phones",
            {"whose": ""},
            "whose",
            "请选择隐藏谁的手机号",
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security_phones",
            {"whose": "branch", "branch_id": ""},
            "branch_id",
            "请选择支部",
            {"whose": "branch"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security_phones",
            {"whose": "branch", "branch_id": "9" * 30},
            "branch_id",
            "从列表中选择",
            {"whose": "branch"},
            ids=("organization_id",),
        ),
        Case(
            f"organizations:{face}security_phones",
            {"whose": "everybody"},
            "",
            "已经隐藏",
            {"whose": "everybody"},
            ids=("organization_id",),
            before=_hidden_already,
            status=409,
        ),
    )
]
