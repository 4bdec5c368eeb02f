"""The branch tree inside one organisation: add, rename, move, merge, delete.

All organisations share one treebeard forest. Every write holds its organisation's lock and then
fetches the nodes again, because treebeard computes from the path and numchild that a node carries.
Writes at the top of the forest also hold a lock of their own: the next free path there belongs to
nobody's organisation, and two of them at once would collide on the unique path.
"""

import re
import unicodedata
from typing import Any

from django.db import transaction
from django.db.models import Max

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.shared.clock import now
from lianxue.shared.dbtools import lock_name
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict

from .. import policy, queries
from ..models import Branch, Membership, Organization, RoleGrant
from ..queries import security as reads
from . import organizations

register_events(
    {
        "branch.added": "添加了支部",
        "branch.renamed": "修改了支部",
        "branch.moved": "移动了支部",
        "branch.merged": "合并了支部",
        "branch.deleted": "删除了支部",
    }
)

#: Levels below the organisation. Real trees have four (党委, 党总支, 党支部, 党小组); twice that
#: keeps names readable and paths (4 characters a level) far from the column's 255.
MAX_DEPTH = 8


@transaction.atomic
def add_branch(
    actor: Actor, organization_id: int, name: str, kind: str, parent_id: int | None = None
) -> Branch:
    """A new branch below ``parent_id`` (None: at the top), last among its siblings.

    Raises InvalidInput at ``name`` / ``kind``, PermissionDenied outside the actor's scope,
    NotFound for a parent elsewhere, StateConflict when the tree is too deep.
    """
    if not policy.visible_organizations(actor).filter(pk=organization_id).exists():
        raise NotFound
    organization = organizations.lock(organization_id)[organization_id]
    parent = _seen(actor, organization, parent_id) if parent_id is not None else None
    policy.require_covers(actor, organization, parent)
    name, kind = _clean(name, kind)
    _require_free_name(organization, parent, name)
    if parent and parent.depth >= MAX_DEPTH:
        raise StateConflict(f"组织架构最多 {MAX_DEPTH} 级，这里不能再添加下级。")
    branch = Branch(organization=organization, name=name, kind=kind, created_at=now())
    if parent:
        Branch.objects.add_child(parent, instance=branch)
    else:
        lock_name("branch-roots")
        Branch.objects.add_root(instance=branch)
    _record(actor, "branch.added", branch, {"kind": kind, "parent": parent_id})
    return branch


@transaction.atomic
def rename_branch(actor: Actor, branch_id: int, name: str, kind: str | None = None) -> Branch:
    """Another name, and another kind when given. Raises as ``add_branch`` does."""
    organization, branch, _ = _lock_below_scope(actor, branch_id)
    name, kind = _clean(name, kind or branch.kind)
    _require_free_name(organization, queries.parent_of(branch), name, but=branch)
    before = {"name": branch.name, "kind": branch.kind}
    if before == {"name": name, "kind": kind}:
        return branch
    branch.name, branch.kind = name, kind
    branch.save(update_fields=["name", "kind"])
    _record(actor, "branch.renamed", branch, {"before": before, "kind": kind})
    return branch


@transaction.atomic
def move_branch(actor: Actor, branch_id: int, parent_id: int | None) -> Branch:
    """Put a branch with all below it under another parent (None: at the top), last there.

    Offices scoped to it move with it. Raises StateConflict for a move into itself or below
    itself, for a tree that gets too deep, InvalidInput at ``parent_id`` for a name taken there.
    """
    organization, branch, power = _lock_below_scope(actor, branch_id)
    parent = _seen(actor, organization, parent_id) if parent_id is not None else None
    if not power.covers(parent):
        raise PermissionDenied("要移到的位置不在您的管理范围内，请联系主管理员。")
    before = queries.parent_of(branch)
    if before == parent:
        return branch
    if parent and parent.path.startswith(branch.path):
        raise StateConflict("不能把支部移到它自己或它的下级里面，请选择别的位置。")
    _require_free_name(organization, parent, branch.name, field="parent_id")
    _require_depth(branch, parent)
    _relocate(branch, parent)
    data = {"from": before.pk if before else None, "to": parent_id}
    _record(actor, "branch.moved", branch, data)
    return branch


@transaction.atomic
def merge_branches(actor: Actor, source_id: int, target_id: int) -> Branch:
    """Everybody and everything below ``source_id`` goes to ``target_id``; the source is deleted.

    Offices scoped to the source end (they would otherwise grow beyond what the main administrator
    gave), so then it takes the main administrator, as dismissing does; their holders are told.
    What 安全中心 says of the source ends, too; then it takes power over the whole organisation.
    Raises StateConflict when the target is the source or lies below it, InvalidInput at
    ``target_id`` when two children would have one name.
    """
    organization, source, power = _lock_below_scope(actor, source_id)
    target = _seen(actor, organization, target_id)
    if not power.covers(target):
        raise PermissionDenied("要并入的支部不在您的管理范围内，请联系主管理员。")
    if not power.main and RoleGrant.objects.filter(scope=source).exists():
        raise PermissionDenied(
            f"“{source.name}”有学习管理员，合并后其职务会结束，请由主管理员来合并。"
        )
    rules = reads.rules_on(source)
    if rules and not power.whole:
        raise PermissionDenied(
            f"“{source.name}”有安全设置（{'、'.join(rules)}），合并后会取消，"
            "请由负责整个组织的管理员来合并。"
        )
    if target.path.startswith(source.path):
        raise StateConflict("不能并入自己或自己的下级，请选择别的支部。")
    children = list(queries.children_of(organization, source))
    names = set(queries.children_of(organization, target).values_list("name", flat=True))
    clash = [child.name for child in children if child.name in names - {source.name}]
    if clash:
        raise InvalidInput.at(
            "target_id", f"“{target.name}”下已有同名的支部：{'、'.join(clash)}，请先改名再合并。"
        )
    for child in children:
        _require_depth(child, target)
    moved = Membership.objects.filter(branch=source).update(branch=target)
    _end_offices(source, organization)
    # a child may bear the source's own name, so the source steps aside first
    for child in children:
        _relocate(_get(organization, child.pk), _get(organization, target.pk))
    data: dict[str, Any] = {
        "into": target.pk,
        "children": [c.pk for c in children],
        "memberships": moved,
    }
    if rules:
        data["rules"] = "、".join(rules)
    _delete(_get(organization, source.pk))
    _record(actor, "branch.merged", source, data)
    return _get(organization, target.pk)


@transaction.atomic
def delete_branch(actor: Actor, branch_id: int) -> None:
    """Delete an empty branch. Raises StateConflict naming what is still in it."""
    organization, branch, _ = _lock_below_scope(actor, branch_id)
    people = queries.living_in(branch).count()
    children = queries.children_of(organization, branch).count()
    offices = RoleGrant.objects.filter(scope=branch).count()
    inside = [
        text
        for number, text in (
            (people, f"{people} 位成员"),
            (children, f"{children} 个下级支部"),
            (offices, f"{offices} 位学习管理员的管理范围"),
        )
        if number
    ]
    if inside:
        raise StateConflict(
            f"“{branch.name}”还有{'、'.join(inside)}，请先移走、合并或免去，再删除。"
        )
    rules, pk = reads.rules_on(branch), branch.pk
    _delete(branch)
    branch.pk = pk
    data = {"rules": "、".join(rules)} if rules else {}
    _record(actor, "branch.deleted", branch, {"kind": branch.kind, **data})


def _clean(name: str, kind: str) -> tuple[str, str]:
    """A tidy name and a known kind. Raises InvalidInput for both at once."""
    fields: dict[str, str] = {}
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()
    longest = Branch._meta.get_field("name").max_length or 0
    if not name:
        fields["name"] = "请填写支部名称，例如“第一党支部”。"
    elif len(name) > longest:
        fields["name"] = f"名称最多 {longest} 个字，现在是 {len(name)} 个字，请适当缩写。"
    elif not name.isprintable():
        fields["name"] = "名称里有不能显示的字符，请重新填写。"
    if kind not in Branch.Kind.values:
        fields["kind"] = "请选择类型：党委、党总支、党支部或党小组。"
    if fields:
        raise InvalidInput("请按提示修改。", fields=fields)
    return name, kind


def _lock_below_scope(actor: Actor, branch_id: int) -> tuple[Organization, Branch, policy.Power]:
    """A branch that the actor may change (not the very branch of a narrower office), locked.

    Raises NotFound for what the actor can't see, PermissionDenied otherwise.
    """
    seen = (
        Branch.objects.filter(pk=branch_id, organization__in=policy.visible_organizations(actor))
        .values_list("organization_id", flat=True)
        .first()
    )
    if seen is None:
        raise NotFound("没有找到这个支部，可能已被删除，请刷新后再试。")
    organization = organizations.lock(seen)[seen]
    branch = _seen(actor, organization, branch_id)
    power = policy.require_below_scope(actor, organization, branch)
    return organization, branch, power


def _seen(actor: Actor, organization: Organization, branch_id: int) -> Branch:
    """A branch of this organisation that the actor may see, as it is now. Raises NotFound."""
    found: Branch | None = policy.visible_branches(actor, organization).filter(pk=branch_id).first()
    if found is None:
        raise NotFound("没有找到这个支部，可能已被删除，请刷新后再试。")
    return found


def _get(organization: Organization, branch_id: int) -> Branch:
    """A branch of this organisation as it is now. Raises NotFound."""
    branch = Branch.objects.filter(pk=branch_id, organization=organization).first()
    if branch is None:
        raise NotFound("没有找到这个支部，可能已被删除，请刷新后再试。")
    return branch


def _require_free_name(
    organization: Organization,
    parent: Branch | None,
    name: str,
    *,
    but: Branch | None = None,
    field: str = "name",
) -> None:
    rows = queries.children_of(organization, parent).filter(name=name)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    if rows.exists():
        where = parent.name if parent else organization.name
        raise InvalidInput.at(field, f"“{where}”下已有同名的“{name}”，请换一个名称。")


def _require_depth(branch: Branch, parent: Branch | None) -> None:
    deepest = Branch.objects.filter(path__startswith=branch.path).aggregate(d=Max("depth"))["d"]
    if (parent.depth if parent else 0) + deepest - branch.depth + 1 > MAX_DEPTH:
        raise StateConflict(f"移动后组织架构会超过 {MAX_DEPTH} 级，请选择更上层的位置。")


def _relocate(branch: Branch, parent: Branch | None) -> None:
    """Move in treebeard: last child of ``parent``, or last of the forest's roots."""
    if parent is not None:
        Branch.objects.move(branch, parent, "last-child")
        return
    lock_name("branch-roots")
    last = Branch.objects.get_last_root_node()
    assert last is not None  # noqa: S101 - the branch itself stands below some root
    Branch.objects.move(branch, last, "last-sibling")


def _end_offices(branch: Branch, organization: Organization) -> None:
    grants = RoleGrant.objects.filter(scope=branch).select_related("membership")
    for grant in grants:
        if grant.membership.user_id is not None:
            post_message(
                grant.membership.user_id,
                Note(
                    topic="role.dismissed",
                    title=f"“{branch.name}”已并入其他支部，您在该支部的学习管理员职务随之结束",
                    body=f"学习组织：{organization.name}。如需继续管理，请联系主管理员。",
                    organization_id=organization.pk,
                ),
            )
    grants.delete()


def _delete(branch: Branch) -> None:
    """The node goes; those who left earlier no longer point at it."""
    Membership.objects.filter(branch=branch, state=Membership.State.ENDED).update(branch=None)
    branch.delete()


def _record(actor: Actor, action: str, branch: Branch, data: dict[str, Any]) -> None:
    record(
        actor,
        action,
        target=branch,
        organization_id=branch.organization_id,
        data={"name": branch.name, **data},
    )
