"""我的群组: which, who is in them, whom one may add."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from lianxue.accounts.models import User
from lianxue.organizations import queries as organizations
from lianxue.organizations.models import Organization
from lianxue.organizations.policy import administered_organizations, visible_members
from lianxue.shared.dbtools import count_of
from lianxue.shared.errors import NotFound, PermissionDenied
from lianxue.shared.pagination import Page, paginate

from .. import circles, policy
from ..models import Group, GroupMember
from . import friends

MAX_MEMBERS = 500
MAX_GROUPS = 200


@dataclass(frozen=True)
class Standing:
    """How a person stands to a group. ``inside``: a member now; ``owner``: 群主, and inside;
    ``oversees``: administers the whole of the organisation whose internal group it is.
    """

    inside: bool = False
    owner: bool = False
    oversees: bool = False

    @property
    def manages(self) -> bool:
        """Whether the person may add, remove, rename, hand over and dissolve."""
        return self.owner or self.oversees


def require_manages(standing: Standing) -> None:
    """Raises PermissionDenied."""
    if not standing.manages:
        raise PermissionDenied("只有群主才能进行这项操作。")


def standing_in(user: User, group: Group) -> Standing:
    """How ``user`` stands to ``group``, in two statements at most."""
    inside = circles.members_of(group).filter(user=user).exists()
    oversees = (
        group.organization_id is not None
        and administered_organizations(user, whole=True).filter(pk=group.organization_id).exists()
    )
    return Standing(inside, inside and group.owner_id == user.pk, oversees)


def get_group(user: User, group_id: int) -> tuple[Group, Standing]:
    """A group whose page ``user`` may open. Raises NotFound."""
    found = (
        circles.visible_groups(user)
        .filter(pk=group_id)
        .select_related("organization", "owner")
        .annotate(member_count=_COUNT)
        .first()
    )
    if found is None:
        raise NotFound("没有找到这个群组，可能已解散，或您已不在群里。")
    return found, standing_in(user, found)


_COUNT = count_of(circles.standing(GroupMember.objects.all()), "group")


def _listed(rows: QuerySet[Group, Any]) -> QuerySet[Group, Any]:
    return (
        rows.select_related("organization", "owner")
        .annotate(member_count=_COUNT)
        .order_by("-created_at", "-pk")
    )


def groups_of(user: User) -> QuerySet[Group, Any]:
    """The groups that ``user`` is in, newest first, with ``member_count``; one statement a page."""
    return _listed(circles.my_groups(user))


def overseen_by(user: User) -> QuerySet[Group, Any]:
    """The internal groups of the organisations that ``user`` administers whole, newest first."""
    return _listed(circles.overseen_groups(user))


def members(group: Group, text: str = "") -> QuerySet[Any, Any]:
    """Who is in ``group``, the owner first, then A to Z, each with ``shown_name`` and ``is_owner``.

    In an internal group that is the name in the roster (内部群显示真名 on) or the name that the
    person gave itself (off). ``text``: a part of that name, or the beginning of its pinyin.
    """
    rows = circles.members_of(group).select_related("user")
    name: Any = F("user__name")
    key: Any = F("user__sort_key")
    place = group.organization
    if place is not None and organizations.settings_of(place).group_real_names:
        seat = circles.seats(place.pk, OuterRef("user"))
        name, key = Subquery(seat.values("name")[:1]), Subquery(seat.values("sort_key")[:1])
    rows = rows.annotate(
        shown_name=name,
        shown_key=key,
        is_owner=Case(
            When(user=group.owner_id, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
    )
    wanted = tidy_search(text)
    if wanted:
        rows = rows.filter(Q(shown_name__contains=wanted) | Q(shown_key__startswith=wanted.lower()))
    return rows.order_by("-is_owner", "shown_key", "shown_name", "pk")


def branches_of(user: User, group: Group, user_ids: Sequence[int]) -> dict[int, str]:
    """The branches, by person, in which ``user`` sees these members anyway: names may be alike."""
    if group.organization is None:
        return {}
    seats = visible_members(user, group.organization).filter(user__in=list(user_ids))
    rows = seats.values_list("user_id", "branch__name")
    return {int(pk): name or "" for pk, name in rows if pk is not None}


def names_in(group: Group, user_ids: Sequence[int]) -> list[str]:
    """What the group calls these members, A to Z."""
    rows = members(group).filter(user__in=list(user_ids))
    return [str(name) for name in rows.values_list("shown_name", flat=True)]


def tidy_search(text: str) -> str:
    """What was typed into a search field, without spaces; at most 20 characters."""
    return "".join(text.replace("\0", "").split())[:20]


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be added; ``where``: the branch, for an internal group."""

    user_id: int
    name: str
    where: str = ""


@dataclass(frozen=True)
class Choice:
    """A page of people who may be added to a group."""

    page: Page[Any]
    people: list[Candidate]


def choice(user: User, group: Group, text: str = "", number: object = 1, size: int = 50) -> Choice:
    """Whom ``user`` may add: friends; to an internal group the active members that ``user`` sees.

    Who is in it already is left out. A constant number of statements.
    """
    inside = circles.members_of(group).values("user")
    if group.organization is None:
        friendly = paginate(friends.friends_of(user, text).exclude(pk__in=inside), number, size)
        return Choice(friendly, [Candidate(one.pk, one.name) for one in friendly.items])
    cut = organizations.MemberFilter(state="active", text=text)
    seats = organizations.members(user, group.organization, cut)
    seats = seats.filter(user__is_active=True).exclude(user__in=inside).exclude(user=user)
    page = paginate(seats, number, size)
    people = [
        Candidate(one.user_id or 0, one.name, one.branch.name if one.branch else "不分支部")
        for one in page.items
    ]
    return Choice(page, people)


def addable(user: User, group: Group, user_ids: Sequence[int]) -> set[int]:
    """Those of ``user_ids`` whom ``user`` may add to ``group`` (or who are in it already)."""
    wanted = set(user_ids)
    if group.organization_id is None:
        rows = User.objects.filter(pk__in=wanted, is_active=True)
        return set(rows.filter(pk__in=policy.friend_ids(user)).values_list("pk", flat=True))
    organization = Organization(pk=group.organization_id)
    seats = visible_members(user, organization).filter(
        user__in=wanted, user__is_active=True, state="active"
    )
    return {int(pk) for pk in seats.values_list("user_id", flat=True) if pk is not None}


def too_many_groups(user_ids: Sequence[int]) -> list[int]:
    """Those who are in ``MAX_GROUPS`` living groups or more, in one statement."""
    rows = circles.standing(GroupMember.objects.filter(user__in=list(user_ids)))
    full = (
        rows.filter(group__dissolved_at=None)
        .values("user")
        .annotate(n=Count("pk"))
        .filter(n__gte=MAX_GROUPS)
        .order_by()
    )
    return list(full.values_list("user", flat=True))
