"""安全中心: watermarks, who sees whom, whose numbers are hidden (manual 2.4.2 ④).

For whoever administers the whole organisation. Every change tells the log what was and what is, in
words; the main administrator is told when somebody else lets more be seen.
"""

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_details, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from .. import policy, queries
from ..models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Organization,
    Reach,
    RoleGrant,
    SecuritySettings,
)
from ..queries import security as reads
from ..queries.security import Choices
from . import organizations

register_events(
    {
        "security.changed": "修改了安全设置",
        "security.reach_set": "设置了支部的可见范围",
        "security.reach_removed": "取消了支部的可见范围",
        "security.phones_hidden": "隐藏了手机号",
        "security.phones_shown": "取消了隐藏手机号",
    }
)
register_details({"whose": "谁的号码", "rules": "随之取消的安全设置"})

_REACH_WRONG = "请选择成员可见范围。"


@transaction.atomic
def change(
    actor: Actor, organization_id: int, wanted: Choices, *, seen: str = ""
) -> SecuritySettings:
    """The general settings. ``seen``: ``reads.state_of`` what the actor looked at, if known.

    Raises InvalidInput at ``reach``, PermissionDenied, NotFound, StateConflict when somebody else
    changed them since ``seen``.
    """
    organization = _lock(actor, organization_id)
    if wanted.reach not in Reach.values:
        raise InvalidInput.at("reach", _REACH_WRONG)
    row = queries.settings_of(organization)
    before = reads.choices_of(row)
    if seen and seen != reads.state_of(before):
        raise StateConflict("刚才另一位管理员修改了安全设置，请核对现在的设置后再保存。")
    if before == wanted:
        return row
    row.watermark, row.reach = wanted.watermark, wanted.reach
    row.group_real_names, row.group_watermark = wanted.group_real_names, wanted.group_watermark
    row.save()
    old, new = reads.in_words(before), reads.in_words(wanted)
    changed = [name for name in old if old[name] != new[name]]
    data = {
        "name": organization.name,
        "before": "，".join(f"{name} {old[name]}" for name in changed),
        "after": "，".join(f"{name} {new[name]}" for name in changed),
    }
    record(
        actor, "security.changed", target=organization, organization_id=organization.pk, data=data
    )
    costs = reads.costs(before, wanted)
    if costs:
        _tell_main(actor, organization, "".join(costs))
    return row


@transaction.atomic
def set_reach(actor: Actor, organization_id: int, branch_id: int, reach: str) -> BranchReach:
    """Another reach for who stands in a branch or below it; replaces the branch's present one.

    Raises InvalidInput at ``reach``, NotFound, PermissionDenied.
    """
    organization = _lock(actor, organization_id)
    branch = queries.get_branch(actor, organization, branch_id)
    if reach not in Reach.values:
        raise InvalidInput.at("reach", _REACH_WRONG)
    before = reads.reach_at(organization, branch)
    row = BranchReach.objects.filter(branch=branch).first()
    if row is not None and row.reach == reach:
        return row
    row = row or BranchReach(organization=organization, branch=branch)
    row.reach = reach
    row.save()
    data = {"before": _word(before), "after": _word(reach)}
    _record_branch(actor, "security.reach_set", branch, data)
    if reads.wider(before, reach):
        _tell_main(actor, organization, f"“{branch.name}”的可见范围现在是{_word(reach)}。")
    return row


@transaction.atomic
def remove_reach(actor: Actor, organization_id: int, branch_id: int) -> Branch:
    """A branch has no reach of its own any more. Raises NotFound, PermissionDenied."""
    organization = _lock(actor, organization_id)
    branch = queries.get_branch(actor, organization, branch_id)
    row = BranchReach.objects.filter(branch=branch).first()
    if row is None:
        raise NotFound("这个支部没有单独的可见范围，可能已被取消，请刷新页面。")
    before = row.reach
    row.delete()
    after = reads.reach_at(organization, branch)
    data = {"before": _word(before), "after": _word(after)}
    _record_branch(actor, "security.reach_removed", branch, data)
    if reads.wider(before, after):
        _tell_main(actor, organization, f"“{branch.name}”的可见范围现在是{_word(after)}。")
    return branch


@transaction.atomic
def hide_phones(
    actor: Actor, organization_id: int, *, branch_id: int | None = None, role: str = ""
) -> HiddenPhones:
    """Hide the numbers of a branch with all below it, of a role, or (neither given) of everybody.

    Raises InvalidInput at ``role``, StateConflict when they are hidden so already, NotFound,
    PermissionDenied.
    """
    organization = _lock(actor, organization_id)
    if role and (role not in RoleGrant.Role.values or branch_id is not None):
        raise InvalidInput.at("role", "请选择一种角色，或一个支部。")
    branch = queries.get_branch(actor, organization, branch_id) if branch_id is not None else None
    rule = HiddenPhones(organization=organization, branch=branch, role=role)
    whose = reads.whose(rule)
    if HiddenPhones.objects.filter(organization=organization, branch=branch, role=role).exists():
        raise StateConflict(f"{whose}的手机号已经隐藏，请刷新页面。")
    rule.save()
    _record_rule(actor, "security.phones_hidden", rule, whose)
    return rule


@transaction.atomic
def show_phones(actor: Actor, organization_id: int, rule_id: int) -> str:
    """Take a rule of ``hide_phones`` back; gives whose it was, in words.

    Raises NotFound when it is gone already, PermissionDenied.
    """
    organization = _lock(actor, organization_id)
    rule = (
        HiddenPhones.objects.filter(pk=rule_id, organization=organization)
        .select_related("branch")
        .first()
    )
    if rule is None:
        raise NotFound("这条隐藏已经取消，请刷新页面。")
    whose = reads.whose(rule)
    _record_rule(actor, "security.phones_shown", rule, whose)
    rule.delete()
    _tell_main(actor, organization, f"不再隐藏{whose}的手机号。")
    return whose


def _lock(actor: Actor, organization_id: int) -> Organization:
    """The organisation, locked, for who administers the whole of it."""
    if not policy.visible_organizations(actor).filter(pk=organization_id).exists():
        raise NotFound
    organization = organizations.lock(organization_id)[organization_id]
    policy.require_whole(actor, organization)
    return organization


def _word(reach: str) -> str:
    return str(Reach(reach).label)


def _record_branch(actor: Actor, event: str, branch: Branch, data: dict[str, str]) -> None:
    data = {"name": branch.name, **data}
    record(actor, event, target=branch, organization_id=branch.organization_id, data=data)


def _record_rule(actor: Actor, event: str, rule: HiddenPhones, whose: str) -> None:
    data = {"whose": whose}
    place = rule.organization
    record(actor, event, target=place, organization_id=place.pk, data={"name": place.name, **data})


def _tell_main(actor: Actor, organization: Organization, what: str) -> None:
    """The main administrator hears of it, unless it was the main administrator."""
    user_id = (
        RoleGrant.objects.filter(organization=organization, role=RoleGrant.Role.MAIN_ADMIN)
        .values_list("membership__user_id", flat=True)
        .first()
    )
    if user_id is not None and user_id != actor.pk:
        post_message(
            user_id,
            Note(
                topic="security.changed",
                title=f"{actor.name}放宽了“{organization.name}”的安全设置",
                body=what,
                link=reverse("organizations:security", args=[organization.pk]),
                organization_id=organization.pk,
            ),
        )
