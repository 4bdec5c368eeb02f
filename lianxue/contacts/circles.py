"""Which groups are mine, and who is in them: the conditions that every read of groups begins with.

An internal group (内部群) holds only people who stand in its organisation. Organisations know
nothing of groups, so whoever leaves one is cut out here, by the active memberships; a job deletes
the rows that are left over (``jobs.tidy_groups``). In a group people see one another's names, also
where the organisation's rules would not show them to each other: they were brought together on
purpose, by somebody who sees both. Numbers are never shown for a group's sake.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership
from lianxue.organizations.policy import administered_organizations

from .models import Group, GroupMember


def seats(organization: OuterRef | int, user: OuterRef | int) -> QuerySet[Membership, Any]:
    """The active membership of ``user`` in the living ``organization`` (none or one)."""
    rows = Membership.objects.filter(
        organization=organization,
        user=user,
        state=Membership.State.ACTIVE,
        organization__dissolved_at=None,
    )
    # says nothing more, but lets SQLite use the unique index of the living ones
    return rows.exclude(state=Membership.State.ENDED)


def standing(rows: QuerySet[GroupMember, Any]) -> QuerySet[GroupMember, Any]:
    """Those of ``rows`` that count: in a friends' group, or standing in its organisation."""
    seat = seats(OuterRef("group__organization"), OuterRef("user"))
    return rows.filter(Q(group__organization=None) | Q(Exists(seat)))


def my_groups(user: User) -> QuerySet[Group, Any]:
    """The living groups that ``user`` is in."""
    mine = standing(GroupMember.objects.filter(user=user))
    return Group.objects.filter(dissolved_at=None, pk__in=mine.values("group"))


def overseen_groups(user: User) -> QuerySet[Group, Any]:
    """The living internal groups of the organisations that ``user`` administers whole."""
    return Group.objects.filter(
        dissolved_at=None, organization__in=administered_organizations(user, whole=True)
    )


def visible_groups(user: User) -> QuerySet[Group, Any]:
    """The groups whose page ``user`` may open: the own ones and the overseen ones."""
    return Group.objects.filter(
        Q(pk__in=my_groups(user).values("pk")) | Q(pk__in=overseen_groups(user).values("pk"))
    )


def members_of(group: Group) -> QuerySet[GroupMember, Any]:
    """Who is in ``group`` now."""
    rows = GroupMember.objects.filter(group=group)
    if group.organization_id is None:
        return rows
    return rows.filter(Exists(seats(group.organization_id, OuterRef("user"))))


def people_in_my_groups(user: User, among: Sequence[int] | None = None) -> QuerySet[Any, Any]:
    """The ids of who shares a group with ``user`` (or of those among these), as one column."""
    rows = GroupMember.objects.filter(group__in=my_groups(user).values("pk"))
    if among is not None:
        rows = rows.filter(user__in=among)
    return standing(rows).values_list("user")
