"""Certification's rights for 权限说明 (``organizations.policy.rights``), by its own rules."""

from collections.abc import Callable
from dataclasses import replace

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import NOTHING, Standing
from lianxue.organizations.policy.rights import Right, Rule

from . import policy

_GROUP = "组织认证"
_OWN = "本组织"


def _of(need: Callable[[Standing], None]) -> Rule:
    """A rule that asks about the organisation as a whole."""

    def rule(standing: Standing, organization: Organization, branch: Branch | None) -> None:
        need(standing)

    return rule


def _decertify(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_may_decertify(standing, organization)


def _decertify_below(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    below = Organization(superior_id=organization.pk)
    policy.need_may_decertify(_seen_from_below(standing), below)


def _hand_over_below(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    policy.need_hand_over(_seen_from_below(standing))


def _seen_from_below(standing: Standing) -> Standing:
    """The standing of this organisation's people towards one of its subordinates."""
    return replace(standing, above=standing.power, power=NOTHING)


def _until_certified(organization: Organization) -> str:
    return "" if organization.is_certified else "本组织还没有认证，认证以后才能用。"


def _while_uncertified(organization: Organization) -> str:
    return "本组织已经认证，现在不用申请。" if organization.is_certified else ""


def _rename_closed(organization: Organization) -> str:
    return "本组织已经认证，改名要向上级申请。" if organization.is_certified else ""


def _ask_rename_closed(organization: Organization) -> str:
    if organization.is_root:
        return "最上级组织改名由平台运维人员进行。"
    return "" if organization.is_certified else "本组织还没有认证，可以直接修改名称。"


def _dissolve_closed(organization: Organization) -> str:
    return "本组织已经认证，要先解除认证。" if organization.is_certified else ""


_acts, _main = _of(policy.need_acts), _of(policy.need_main)

#: What ``certification.urls`` makes known.
RIGHTS = (
    Right("certification.apply", _GROUP, "向上级申请认证", _acts, closed=_while_uncertified),
    Right("certification.invite", _GROUP, "邀请下级组织认证", _acts, closed=_until_certified),
    Right("certification.decide", _GROUP, "审批认证申请", _acts, closed=_until_certified),
    Right(
        "certification.decide_rename",
        _GROUP,
        "审批下级组织的改名申请",
        _acts,
        closed=_until_certified,
    ),
    Right(
        "certification.hand_over",
        _GROUP,
        "给待认领的下级组织发认领链接",
        _hand_over_below,
        closed=_until_certified,
    ),
    Right(
        "certification.decertify_below",
        _GROUP,
        "解除下级组织的认证",
        _decertify_below,
        closed=_until_certified,
    ),
    Right(
        "certification.decertify",
        _GROUP,
        "解除本组织的认证",
        _decertify,
        closed=_until_certified,
    ),
    Right("certification.rename", _OWN, "修改组织名称", _acts, closed=_rename_closed),
    Right("certification.ask_rename", _OWN, "申请改名", _main, closed=_ask_rename_closed),
    Right("certification.dissolve", _OWN, "解散组织", _main, closed=_dissolve_closed),
)
