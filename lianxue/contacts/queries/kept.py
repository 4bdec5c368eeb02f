"""What the address book keeps about a person, for 我的个人信息 (PIPL 44, 45)."""

from typing import Any

from lianxue.accounts.models import User

from . import friends, groups


def kept(user: User, whole: bool) -> dict[str, Any]:
    """Friends, whom one has blocked, groups: their number, in the file each by name."""
    people = friends.friends_of(user)
    blocked = friends.blocked_of(user)
    mine = groups.groups_of(user)
    if not whole:
        return {
            "我的好友": f"{people.count()} 人",
            "黑名单": f"{blocked.count()} 人",
            "我的群组": f"{mine.count()} 个",
        }
    return {
        "我的好友": [{"姓名": one.name} for one in people.iterator()],
        "黑名单": [{"姓名": one.blocked.name, "时间": one.since} for one in blocked],
        "我的群组": [{"名称": one.name} for one in mine],
    }
