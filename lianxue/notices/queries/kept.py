"""What notices keep about a person, for 我的个人信息 (PIPL 44, 45)."""

from typing import Any

from lianxue.accounts.models import User

from ..models import Receipt


def kept(user: User, whole: bool) -> dict[str, Any]:
    """The receipts: their number, in the file each with its title and times."""
    rows = Receipt.objects.filter(membership__user=user)
    if not whole:
        return {"通知的回执": f"{rows.count()} 条"}
    found = rows.order_by("read_at", "pk").values_list(
        "relay__notice__title", "relay__organization__name", "read_at", "confirmed_at"
    )
    return {
        "通知的回执": [
            {"通知": title, "组织": place, "阅读时间": read, "确认时间": confirmed}
            for title, place, read, confirmed in found.iterator()
        ]
    }
