"""The rights of notices and tasks for 权限说明 (``organizations.policy.rights``), by the rules."""

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import Standing
from lianxue.organizations.policy.rights import Right

from . import policy
from .models import Notice

_GROUP = "通知与任务"
#: The rules of who may are asked apart from whether the organisation is certified (``closed``).
_CERTIFIED = Organization(chain_path="0")


def _send(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_send_to(standing.power, None if branch is None else [branch])


def _send_below(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_send_below(standing.power, _CERTIFIED)


def _pass_on(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_passes_on(standing.power)


def _keep(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_keeps(standing.power, Notice(scoped=branch is not None, scope=branch))


def _until_certified(organization: Organization) -> str:
    return "" if organization.is_certified else "本组织还没有认证，认证以后才能用。"


def _without_superior(organization: Organization) -> str:
    if organization.is_root:
        return "本组织是最上级组织，没有上级发来的通知。"
    return _until_certified(organization)


#: What ``notices.urls`` makes known.
RIGHTS = (
    Right("notices.send", _GROUP, "给成员发通知、布置任务", _send, by_branch=True),
    Right("notices.keep", _GROUP, "提醒未读、撤回本组织发出的通知", _keep, by_branch=True),
    Right(
        "notices.send_below",
        _GROUP,
        "给下级组织发通知、布置任务",
        _send_below,
        closed=_until_certified,
    ),
    Right("notices.pass_on", _GROUP, "查看、传达上级的通知", _pass_on, closed=_without_superior),
)
