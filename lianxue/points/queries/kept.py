"""What points keep about a person, for 我的个人信息 (PIPL 44, 45)."""

from typing import Any

from lianxue.accounts.models import User
from lianxue.shared.tenths import tenths

from ..items import label_of
from ..models import PointEntry
from ..wording import told
from .ledger import mine


def kept(user: User, whole: bool) -> dict[str, Any]:
    """The sum, and the entries: their number, in the file each with what it says."""
    rows = PointEntry.objects.filter(user=user)
    found: dict[str, Any] = {"总积分": f"{tenths(mine(user).total)} 分"}
    if not whole:
        return found | {"积分明细": f"{rows.count()} 条"}
    joined = rows.select_related("organization").order_by("pk")
    return found | {
        "积分明细": [
            {
                "日期": one.day,
                "组织": one.organization.name,
                "项目": label_of(one.item),
                "内容": one.title,
                "说明": told(one),
                "记入时间": one.at,
            }
            for one in joined.iterator()
        ]
    }
