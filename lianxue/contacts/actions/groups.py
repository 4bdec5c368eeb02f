"""我的群组: made, filled, renamed, handed over, left, dissolved.

Every act holds the group's row and reads again under it who may do what. What happens in an
internal group stands in its organisation's log, the rest in the actor's own.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.accounts.queries import clean_line
from lianxue.audit.actions import record, register_details, register_events
from lianxue.inbox.actions import Note, post_message, post_messages
from lianxue.organizations.queries import get_visible
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from .. import circles
from ..models import Group, GroupMember
from ..queries import groups as queries
from ..queries.groups import MAX_GROUPS, MAX_MEMBERS, Standing

register_events(
    {
        "group.created": "创建了群组",
        "group.members_added": "添加了群组成员",
        "group.members_removed": "移出了群组成员",
        "group.renamed": "修改了群组名称",
        "group.handed_over": "移交了群组",
        "group.left": "退出了群组",
        "group.dissolved": "解散了群组",
    }
)
register_details({"people": "人员"})

MAX_NAME = 30
#: How long the rows of a dissolved group's members are kept.
KEPT = timedelta(days=30)
SYSTEM = Operator("系统")


@transaction.atomic
def create_group(
    actor: User, name: str, organization_id: int | None = None, user_ids: Sequence[int] = ()
) -> Group:
    """A new group with the actor as 群主: of friends, or an internal one of ``organization_id``.

    Raises InvalidInput at ``name`` or ``people``, NotFound for an organisation that the actor does
    not belong to, StateConflict for the same name twice and for too many groups.
    """
    name = _tidy_name(name)
    organization = get_visible(actor, organization_id) if organization_id is not None else None
    # a double tap waits here; no_key: who adds this person to a group meanwhile does not
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    mine = circles.my_groups(actor)
    if mine.filter(owner=actor, name=name, organization=organization).exists():
        raise StateConflict("您已经有一个同名的群组，请到“我的群组”中查看。")
    if mine.count() >= MAX_GROUPS:
        raise StateConflict(f"您已在 {MAX_GROUPS} 个群组里，请先退出不用的群组。")
    moment = now()
    group = Group.objects.create(
        name=name, organization=organization, owner=actor, created_at=moment
    )
    GroupMember.objects.create(group=group, user=actor, joined_at=moment)
    _log(actor, "group.created", group)
    if user_ids:
        _add(actor, group, user_ids)
    return group


@transaction.atomic
def add_members(actor: User, group_id: int, user_ids: Sequence[int]) -> int:
    """Add people, all or none; how many are new. By the owner or an overseeing administrator.

    Raises NotFound, PermissionDenied, InvalidInput at ``people``.
    """
    group, standing = _lock(actor, group_id)
    queries.require_manages(standing)
    if not user_ids:
        raise InvalidInput.at("people", "请至少选择一个人。")
    return _add(actor, group, user_ids)


def _add(actor: User, group: Group, user_ids: Sequence[int]) -> int:
    wanted = set(user_ids) - {actor.pk}
    if len(wanted) > MAX_MEMBERS:
        raise InvalidInput.at("people", f"一个群组最多 {MAX_MEMBERS} 人。")
    if wanted - queries.addable(actor, group, list(wanted)):
        raise InvalidInput.at("people", "选择的人里有的已不能添加，请刷新页面后重新选择。")
    inside = _inside(group)
    new = sorted(wanted - inside)
    if len(inside) + len(new) > MAX_MEMBERS:
        left = MAX_MEMBERS - len(inside)
        raise InvalidInput.at("people", f"一个群组最多 {MAX_MEMBERS} 人，还能添加 {left} 人。")
    full = queries.too_many_groups(new)
    if full:
        names = "、".join(User.objects.filter(pk__in=full[:5]).values_list("name", flat=True))
        raise InvalidInput.at("people", f"{names}加入的群组已满 {MAX_GROUPS} 个，不能再添加。")
    moment = now()
    GroupMember.objects.bulk_create(
        [GroupMember(group=group, user_id=pk, joined_at=moment) for pk in new],
        ignore_conflicts=True,
    )
    if new:
        _log(actor, "group.members_added", group, people=_words(queries.names_in(group, new)))
        post_messages(new, _note(group, f"{actor.name}把您加入了群组“{group.name}”"))
    return len(new)


@transaction.atomic
def remove_members(actor: User, group_id: int, user_ids: Sequence[int]) -> int:
    """Take people out; how many were in. They are told.

    Raises NotFound, PermissionDenied, InvalidInput at ``people`` for nobody, oneself or the owner.
    """
    group, standing = _lock(actor, group_id)
    queries.require_manages(standing)
    wanted = set(user_ids)
    if not wanted:
        raise InvalidInput.at("people", "请至少选择一个人。")
    if actor.pk in wanted:
        raise InvalidInput.at("people", "不能移出自己，请使用“退出群组”。")
    if group.owner_id in wanted:
        raise InvalidInput.at("people", "不能移出群主，请先移交群主。")
    gone = sorted(wanted & _inside(group))
    names = queries.names_in(group, gone)
    GroupMember.objects.filter(group=group, user__in=gone).delete()
    if gone:
        _log(actor, "group.members_removed", group, people=_words(names))
        post_messages(gone, _note(group, f"您已被移出群组“{group.name}”", link=False))
    return len(gone)


@transaction.atomic
def rename_group(actor: User, group_id: int, name: str) -> Group:
    """Another name. Raises NotFound, PermissionDenied, InvalidInput at ``name``."""
    group, standing = _lock(actor, group_id)
    queries.require_manages(standing)
    before, group.name = group.name, _tidy_name(name)
    if group.name != before:
        group.save(update_fields=["name"])
        _log(actor, "group.renamed", group, before=before)
    return group


@transaction.atomic
def hand_over(actor: User, group_id: int, user_id: int) -> Group:
    """Make another member 群主, at once; the member is told and may hand it on.

    Raises NotFound, PermissionDenied, InvalidInput at ``people`` for who is not in it or is it.
    """
    group, standing = _lock(actor, group_id)
    queries.require_manages(standing)
    if user_id not in _inside(group):
        raise InvalidInput.at("people", "请从群成员中选择一位。")
    if group.owner_id == user_id:
        raise InvalidInput.at("people", "这位成员已经是群主。")
    _give(actor, group, user_id)
    return group


def _give(actor: User | Operator, group: Group, user_id: int) -> None:
    group.owner_id = user_id
    group.save(update_fields=["owner"])
    _log(actor, "group.handed_over", group, people=_words(queries.names_in(group, [user_id])))
    if actor.pk != user_id:
        post_message(user_id, _note(group, f"您现在是群组“{group.name}”的群主"))


@transaction.atomic
def leave_group(actor: User, group_id: int) -> Group:
    """Leave. Raises NotFound for who is outside, StateConflict (hand-over-first) for the owner."""
    group, standing = _lock(actor, group_id)
    if not standing.inside:
        raise NotFound("您不在这个群组里。")
    if standing.owner:
        alone = circles.members_of(group).count() == 1
        raise StateConflict(
            "群里只有您一个人，不需要时可以解散群组。"
            if alone
            else "您是群主，请先把群主移交给另一位成员，再退出群组。",
            code="hand-over-first",
            link=reverse("contacts:group_hand_over", args=[group.pk]),
        )
    GroupMember.objects.filter(group=group, user=actor).delete()
    _log(actor, "group.left", group)
    return group


@transaction.atomic
def dissolve_group(actor: User, group_id: int) -> Group:
    """Dissolve it for all; the members are told. Raises NotFound, PermissionDenied."""
    group, standing = _lock(actor, group_id)
    queries.require_manages(standing)
    people = circles.members_of(group).exclude(user=actor).values_list("user_id", flat=True)
    post_messages(list(people), _note(group, f"群组“{group.name}”已解散", link=False))
    group.dissolved_at = now()
    group.save(update_fields=["dissolved_at"])
    _log(actor, "group.dissolved", group)
    return group


def tidy_groups() -> dict[str, int]:
    """Put right what organisations, who know nothing of groups, have left behind. Idempotent.

    ``stale``: rows of people who no longer stand in the group's organisation; ``orphans``: groups
    whose owner is gone, given to who has been in longest, or dissolved when nobody is left;
    ``old``: member rows of groups dissolved 30 days ago. How many of each.
    """
    with transaction.atomic():
        counted = GroupMember.objects.filter(group__dissolved_at=None)
        inside = circles.standing(counted).values("pk")
        stale = counted.exclude(pk__in=inside).delete()[0]
        old = GroupMember.objects.filter(group__dissolved_at__lt=now() - KEPT).delete()[0]
    orphans = 0
    for pk in _orphaned():
        with transaction.atomic():
            orphans += _settle(pk)
    return {"stale": stale, "orphans": orphans, "old": old}


def _orphaned() -> list[int]:
    """Living groups whose owner is not among their people."""
    owned = circles.standing(GroupMember.objects.filter(user=F("group__owner"))).values("group")
    rows = Group.objects.filter(dissolved_at=None).exclude(pk__in=owned)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _settle(group_id: int) -> int:
    group = Group.objects.select_for_update().filter(pk=group_id, dissolved_at=None).first()
    if group is None or circles.members_of(group).filter(user=group.owner_id).exists():
        return 0
    heir = circles.members_of(group).order_by("joined_at", "pk").first()
    if heir is not None:
        _give(SYSTEM, group, heir.user_id)
    else:
        group.dissolved_at = now()
        group.save(update_fields=["dissolved_at"])
        _log(SYSTEM, "group.dissolved", group)
    return 1


def _lock(actor: User, group_id: int) -> tuple[Group, Standing]:
    """The group, held until the transaction ends, and how the actor stands to it. NotFound."""
    group = (
        Group.objects.select_for_update(of=("self",))
        .filter(pk=group_id, dissolved_at=None)
        .select_related("organization")
        .first()
    )
    standing = queries.standing_in(actor, group) if group else Standing()
    if group is None or not (standing.inside or standing.oversees):
        raise NotFound("没有找到这个群组，可能已解散，或您已不在群里。")
    return group, standing


def _inside(group: Group) -> set[int]:
    """Who is in it now; a few hundred ids at most."""
    return set(circles.members_of(group).values_list("user_id", flat=True))


def _tidy_name(name: str) -> str:
    return clean_line(name, field="name", label="群组名称", longest=MAX_NAME)


def _words(names: Sequence[str]) -> str:
    """王秀英、李明 等 12 人."""
    shown = "、".join(names[:10])
    return f"{shown} 等 {len(names)} 人" if len(names) > 10 else shown


def _note(group: Group, title: str, *, link: bool = True) -> Note:
    return Note(
        topic="group",
        title=title,
        link=reverse("contacts:group" if link else "contacts:groups", args=[group.pk] * link),
        organization_id=group.organization_id,
    )


def _log(actor: User | Operator, action: str, group: Group, **data: str) -> None:
    record(
        actor,
        action,
        target=group,
        organization_id=group.organization_id,
        data={"name": group.name, **data},
    )
