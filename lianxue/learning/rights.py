"""The rights of learning contents for 权限说明 (``organizations.policy.rights``), by the rules."""

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import Standing
from lianxue.organizations.policy.rights import Right

from . import policy

_GROUP = "学习内容"


def _write(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_writes(standing.power)


def _publish(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_publishes(standing.power)


def _publish_below(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_publishes(standing.power)


def _settings(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_settings(standing.power)


def _decide(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_covers(branch)


def _until_certified(organization: Organization) -> str:
    return "" if organization.is_certified else "本组织还没有认证，认证以后才能用。"


#: What ``learning.urls`` makes known.
RIGHTS = (
    Right("learning.write", _GROUP, "起草学习内容", _write),
    Right("learning.publish", _GROUP, "发布、修改和下架学习内容", _publish),
    Right(
        "learning.publish_below",
        _GROUP,
        "把学习内容发布给下级组织",
        _publish_below,
        closed=_until_certified,
    ),
    Right("learning.settings", _GROUP, "管理栏目和评论设置", _settings),
    Right("learning.decide", _GROUP, "审核成员的评论", _decide, by_branch=True),
)
