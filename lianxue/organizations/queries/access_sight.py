"""权限说明, the seeing: whom somebody sees and whose number, who sees them, each with its rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianxue.accounts.models import Actor

from .. import policy
from ..models import HiddenPhones, Membership, Organization, Reach, RoleGrant
from ..policy.sight import HiddenRule, lineage
from .access import Person, branch_names

_ROLES: dict[str, str] = {str(key): str(word) for key, word in RoleGrant.Role.choices}
_REACH: dict[str, str] = {str(key): str(word) for key, word in Reach.choices}


@dataclass(frozen=True)
class Sees:
    """Whom a person sees: ``seen`` of ``total`` people, ``numbers`` of them with their number.

    ``rules``: why these people; ``hidden``: whose numbers are kept back, each a sentence.
    """

    seen: int
    total: int
    numbers: int
    rules: list[str]
    hidden: list[str]


@dataclass(frozen=True)
class SeenBy:
    """Who sees a member: ``count`` of ``total`` people who have come, without the member.

    ``rules``: which colleagues, each a sentence; ``hidden``: the rules that keep the number back.
    """

    count: int
    total: int
    rules: list[str]
    hidden: list[str]


def sees(actor: Actor, person: Person) -> Sees:
    """Whom the person sees here, in words for ``actor``; nobody while the person has not come."""
    organization, user = person.member.organization, person.member.user
    total = living(organization).count()
    found = policy.sights(user, organization) if user is not None and person.active else []
    if user is None or not found:
        return Sees(0, total, 0, ["还没有激活，现在看不到任何人。"], [])
    sight = found[0]
    figures = policy.visible_members(user, organization).aggregate(
        seen=Count("pk"), numbers=Count("pk", filter=Q(phone_seen=True))
    )
    names = branch_names(actor, organization, _paths_in(sight))
    return Sees(
        figures["seen"],
        total,
        figures["numbers"],
        list(_reach_words(sight, names)),
        list(_hidden_words(sight, names)),
    )


def living(organization: Organization) -> QuerySet[Membership, Any]:
    """Everybody who stands in the organisation."""
    rows = Membership.objects.filter(organization=organization)
    return rows.exclude(state=Membership.State.ENDED)


def _paths_in(sight: policy.Sight) -> set[str]:
    paths = {rule.path for rule in sight.hidden} | {sight.path, sight.reach_from}
    return {path for path in paths | set(sight.power.scopes) if path}


def _reach_words(sight: policy.Sight, names: dict[str, str]) -> Iterator[str]:
    if sight.power.whole:
        yield "负责整个组织，看到全部成员。"
        return
    place = f"“{names[sight.path]}”" if sight.path else "不分支部的成员"
    if sight.reach == Reach.WHOLE:
        who = "看到整个组织的成员"
    elif sight.path is None:
        who = "没有分到支部，只看到同样不分支部的成员"
    elif sight.reach == Reach.SUBTREE:
        who = f"看到所在支部{place}及下级支部的成员"
    else:
        who = f"只看到所在支部{place}的成员"
    rule = f"“{names[sight.reach_from]}”的单独规定" if sight.reach_from else "本组织的一般规定"
    yield f"{who}：按{rule}“{_REACH[sight.reach]}”。"
    for path in sight.power.scopes:
        yield f"作为学习管理员，看到“{names[path]}”及下级支部的全部成员。"
    if not sight.whole:
        yield "另外总能看到负责自己的管理员。"


def _hidden_words(sight: policy.Sight, names: dict[str, str]) -> Iterator[str]:
    if sight.power.whole or not sight.hidden:
        return
    for rule in sight.hidden:
        yield f"{_whose(rule, names)}号码已隐藏。"
    if sight.power.scopes:
        yield "自己管理范围内的成员不受影响。"


def _whose(rule: HiddenRule, names: dict[str, str]) -> str:
    if rule.path is not None:
        return f"“{names[rule.path]}”及下级支部成员的"
    return f"{_ROLES[rule.role]}的" if rule.role else "全部成员的"


def seen_by(actor: Actor, member: Membership) -> SeenBy:
    """Who sees this member, in words for ``actor``; a fixed number of statements."""
    organization = member.organization
    reaches = policy.reaches_of(organization.pk)
    others = Membership.objects.filter(
        organization=organization, state=Membership.State.ACTIVE
    ).exclude(pk=member.pk)
    figures = others.aggregate(
        total=Count("pk"), count=Count("pk", filter=policy.seers_of(member, reaches))
    )
    hidden = list(_rules_hiding(member))
    path = member.branch.path if member.branch else None
    above = [one for one in lineage(path) if reaches.at(one) == Reach.SUBTREE]
    wanted = {*above, *reaches.own} | {rule.path for rule in hidden if rule.path}
    names = branch_names(actor, organization, wanted | ({path} if path else set()))
    return SeenBy(
        figures["count"],
        figures["total"],
        list(_seer_words(member, reaches, above, names)),
        [f"{_whose(rule, names)}号码隐藏。" for rule in hidden],
    )


def _seer_words(
    member: Membership, reaches: policy.Reaches, above: list[str], names: dict[str, str]
) -> Iterator[str]:
    if any(grant.scope_id is None for grant in member.role_grants.all()):
        yield "负责整个组织的管理员，全体成员都能看到。"
        return
    if set(reaches.own.values()) | {reaches.general} == {Reach.WHOLE}:
        yield "全体成员：本组织的一般规定是“整个组织”。"
        return
    for grant in member.role_grants.all():
        yield f"自己负责的“{grant.scope.name if grant.scope else ''}”及下级支部的成员。"
    if reaches.general == Reach.WHOLE:
        own = [path for path, reach in reaches.own.items() if reach != Reach.WHOLE]
        without = _quoted(own, names)
        yield f"按一般规定“整个组织”看到全部成员的人（{without}另有规定）。"
    whole = [path for path, reach in reaches.own.items() if reach == Reach.WHOLE]
    if whole and reaches.general != Reach.WHOLE:
        yield f"{_quoted(whole, names)}的成员：可见范围是“整个组织”。"
    if above:
        yield f"{_quoted(above, names)}的成员：看到本支部及下级支部。"
    if member.branch is None:
        yield "同样不分支部的成员。"
    elif member.branch.path not in above:
        yield f"同在“{member.branch.name}”的成员。"


def _quoted(paths: list[str], names: dict[str, str]) -> str:
    return "、".join(dict.fromkeys(f"“{names[path]}”" for path in sorted(paths)))


def _rules_hiding(member: Membership) -> Iterator[HiddenRule]:
    """The rules of the organisation that hide this member's number."""
    ways = lineage(member.branch.path if member.branch else None)
    roles = {grant.role for grant in member.role_grants.all()}
    rows = HiddenPhones.objects.filter(organization=member.organization_id).order_by("pk")
    for path, role in rows.values_list("branch__path", "role"):
        if path in ways or (path is None and (not role or role in roles)):
            yield HiddenRule(path, role)


def seen_list(actor: Actor, person: Person) -> QuerySet[Membership, Any]:
    """Those whom the person sees, as far as the actor sees them too, by branch and name.

    ``phone_seen`` is the person's, not the actor's: show no number by it.
    """
    organization, user = person.member.organization, person.member.user
    if user is None or not person.active:
        return Membership.objects.none()
    mine = policy.visible_members(actor, organization).values("pk")
    return (
        policy.visible_members(user, organization)
        .filter(pk__in=mine)
        .select_related("branch")
        .prefetch_related("role_grants")
        .order_by("branch__path", "sort_key", "name", "pk")
    )
