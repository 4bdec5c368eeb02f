"""The rights of tasks for 权限说明 (``organizations.policy.rights``), by their own rules."""

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import Standing
from lianxue.organizations.policy.rights import Right

_GROUP = "通知与任务"


def _answers_for_unit(
    standing: Standing, organization: Organization, branch: Branch | None
) -> None:
    standing.power.need_whole()


def _covers(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_covers(branch)


def _above(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_whole() if branch is None else standing.power.need_below_scope(branch)


def _reviews_units(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_whole()


def _below_somebody(organization: Organization) -> str:
    if organization.is_root:
        return "本组织是最上级组织，没有上级布置的任务。"
    return _while_certified(organization)


def _while_certified(organization: Organization) -> str:
    return "" if organization.is_certified else "本组织还没有认证，认证以后才有上下级之间的任务。"


#: What ``worktasks.urls`` makes known.
RIGHTS = (
    Right(
        "tasks.answer_unit",
        _GROUP,
        "代表本组织答复上级的任务",
        _answers_for_unit,
        closed=_below_somebody,
    ),
    Right("tasks.answer_branch", _GROUP, "代表支部答复任务", _covers, by_branch=True),
    Right("tasks.review_members", _GROUP, "审核成员的答复", _covers, by_branch=True),
    Right("tasks.review_branches", _GROUP, "审核支部的答复", _above, by_branch=True, below=True),
    Right(
        "tasks.review_units",
        _GROUP,
        "审核下级组织的答复",
        _reviews_units,
        closed=_while_certified,
    ),
)
