"""The rights of points for 权限说明 (``organizations.policy.rights``), by their own rules."""

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import Standing
from lianxue.organizations.policy.rights import Right

from . import policy

_GROUP = "积分"


def _covers(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_covers(branch)


def _rules(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_sets_rules(standing.power)


def _ranking(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_switches_ranking(standing.power)


#: What ``points.urls`` makes known.
RIGHTS = (
    Right("points.see", _GROUP, "查看成员的积分和平均积分", _covers, by_branch=True),
    Right("points.correct", _GROUP, "更正成员的积分（自己的除外）", _covers, by_branch=True),
    Right("points.rules", _GROUP, "设置本组织的积分规则", _rules),
    Right("points.ranking", _GROUP, "开启或关闭积分排名", _ranking),
)
