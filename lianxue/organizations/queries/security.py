"""What an organisation's 安全中心 holds, and the number that a viewer is shown (manual 2.4.2 ④)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.shared.phones import mask_phone

from .. import policy
from ..models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Membership,
    Organization,
    Reach,
    RoleGrant,
    SecuritySettings,
)
from .core import head_count, tallies

_WIDTH = {Reach.BRANCH: 0, Reach.SUBTREE: 1, Reach.WHOLE: 2}


@dataclass(frozen=True)
class Choices:
    """The general settings; ``reach`` is one of ``Reach``."""

    watermark: bool
    group_real_names: bool
    group_watermark: bool
    reach: str


def settings_of(organization: Organization) -> SecuritySettings:
    """The organisation's choices; unsaved defaults where it never chose."""
    found = SecuritySettings.objects.filter(pk=organization.pk).first()
    return found or SecuritySettings(organization=organization)


def choices_of(row: SecuritySettings) -> Choices:
    """What is chosen now."""
    return Choices(row.watermark, row.group_real_names, row.group_watermark, row.reach)


def state_of(row: Choices) -> str:
    """The settings in one short word, to tell whether somebody changed them meanwhile."""
    switches = (row.watermark, row.group_real_names, row.group_watermark)
    return "".join("1" if one else "0" for one in switches) + str(row.reach)


def in_words(row: Choices) -> dict[str, str]:
    """Every setting by its name on screen."""
    return {
        "通讯录水印": _switch(row.watermark),
        "内部群显示真名": _switch(row.group_real_names),
        "内部群水印": _switch(row.group_watermark),
        "成员可见范围": str(Reach(row.reach).label),
    }


def _switch(on: bool) -> str:
    return "开" if on else "关"


def costs(before: Choices, wanted: Choices) -> list[str]:
    """What would be less protected by the change, a sentence each; none for a change that is not.

    ``wanted.reach`` is one of ``Reach``.
    """
    found = []
    if before.watermark and not wanted.watermark:
        found.append("关闭通讯录水印后，截图和打印件上不再有查看人的姓名和手机尾号。")
    if before.group_real_names and not wanted.group_real_names:
        found.append("关闭内部群显示真名后，群里不再保证能看到对方的真实姓名。")
    if before.group_watermark and not wanted.group_watermark:
        found.append("关闭内部群水印后，群聊截图上不再有查看人的姓名和手机尾号。")
    if wider(before.reach, wanted.reach):
        found.append(f"放宽可见范围后，成员能看到：{Reach(wanted.reach).label}。")
    return found


def wider(before: str, after: str) -> bool:
    """Whether ``after`` shows more people than ``before``."""
    return _WIDTH[Reach(after)] > _WIDTH[Reach(before)]


def reach_at(organization: Organization, branch: Branch) -> str:
    """The reach for who stands in ``branch``: the nearest rule on the way up, else the general."""
    step = Branch.steplen
    way = [branch.path[:end] for end in range(step, len(branch.path) + 1, step)]
    nearest = BranchReach.objects.filter(branch__path__in=way).order_by("-branch__path").first()
    return nearest.reach if nearest else str(settings_of(organization).reach)


def watermark_of(user: Actor, organization: Organization | None = None) -> bool:
    """Whether pages that show people of ``organization`` bear the viewer's mark.

    Without one: whether any organisation of the viewer's wants it. One statement.
    """
    if organization is not None:
        return settings_of(organization).watermark
    wanted = Q(security=None) | Q(security__watermark=True)
    return policy.visible_organizations(user).filter(wanted).exists()


def sees_all(user: User, organization: Organization) -> bool:
    """Whether no rule of the organisation's keeps any of its people from ``user``, a member."""
    return all(sight.whole for sight in policy.sights(user, organization))


def shown_phone(member: Membership) -> str:
    """The masked number of a row of ``policy.visible_members``, "" where it is hidden.

    A row that does not say ``phone_seen`` counts as hidden.
    """
    return mask_phone(member.phone) if getattr(member, "phone_seen", False) else ""


def reach_rules(organization: Organization) -> QuerySet[BranchReach, Any]:
    """The branches with a reach of their own, in the order of the tree."""
    rows = BranchReach.objects.filter(organization=organization)
    return rows.select_related("branch").order_by("branch__path")


def hidden_rules(organization: Organization) -> QuerySet[HiddenPhones, Any]:
    """Whose numbers are hidden: everybody's, then by role, then by branch in the tree's order."""
    rows = HiddenPhones.objects.filter(organization=organization).select_related("branch")
    return rows.order_by("branch__path", "role", "pk")


def whose(rule: HiddenPhones) -> str:
    """A rule in words: 全部成员, 学习管理员, “第一党支部”及下级的成员."""
    if rule.branch is not None:
        return f"“{rule.branch.name}”及下级的成员"
    return str(RoleGrant.Role(rule.role).label) if rule.role else "全部成员"


def rules_on(branch: Branch) -> list[str]:
    """What 安全中心 says of this very branch, in words; it ends when the branch does."""
    reach = BranchReach.objects.filter(branch=branch).first()
    found = [f"单独的可见范围（{reach.get_reach_display()}）"] if reach else []
    if HiddenPhones.objects.filter(branch=branch).exists():
        found.append("隐藏手机号")
    return found


@dataclass(frozen=True)
class Hidden:
    """A rule with its words and how many people it is about."""

    rule: HiddenPhones
    whose: str
    people: int


def with_people(
    actor: Actor, organization: Organization, rules: Iterable[HiddenPhones]
) -> list[Hidden]:
    """The rules with their counts; a fixed number of statements."""
    rules = list(rules)
    by_branch = tallies(actor, organization, [one.branch for one in rules if one.branch])
    by_role = dict(
        RoleGrant.objects.filter(organization=organization)
        .values_list("role")
        .annotate(people=Count("membership", distinct=True))
        .order_by()
    )
    everybody = head_count(actor, organization)["members"] if rules else 0
    found = []
    for rule in rules:
        if rule.branch is not None:
            people = by_branch[rule.branch.pk].members
        else:
            people = by_role.get(rule.role, 0) if rule.role else everybody
        found.append(Hidden(rule, whose(rule), people))
    return found
