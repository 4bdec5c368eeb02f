"""What an organisation's administrators have written, and whom it reaches."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.dbtools import count_of
from lianxue.shared.errors import NotFound
from lianxue.shared.ids import path_end

from .. import policy
from ..models import Column, ContentItem
from ..policy import Place
from ..rules import tidy_line

State = ContentItem.State


def get_kept(actor: Actor, item_id: int) -> tuple[ContentItem, Place]:
    """An item of an organisation that the actor administers, in whatever state, with its
    organisation, column and file.

    Raises NotFound for who does not belong there, PermissionDenied for its plain members.
    """
    rows = ContentItem.objects.select_related("organization", "column", "file", "author")
    found = rows.filter(pk=item_id).first()
    if found is None:
        raise NotFound(policy.GONE)
    return found, policy.place_of(actor, found.organization_id)


def kept(
    actor: Actor,
    organization_id: int,
    state: str = "",
    kind: str = "",
    column_id: int | None = None,
    text: str = "",
) -> QuerySet[ContentItem, Any]:
    """The organisation's contents as its administrators list them, the last touched first.

    ``state``, ``kind``, ``column_id`` cut it where given; ``text`` stands in the title. Each with
    its ``column``; the body stays where it is. Raises NotFound, PermissionDenied.
    """
    rows = policy.kept_contents(policy.place_of(actor, organization_id))
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    if column_id is not None:
        rows = rows.filter(column__id=column_id)
    words = tidy_line(text)[:100]
    if words:
        rows = rows.filter(title__icontains=words)
    return rows.select_related("column").defer("body", "text").order_by("-changed_at", "-pk")


def columns(actor: Actor, organization_id: int) -> QuerySet[Column, Any]:
    """The organisation's columns in their order, each with ``contents_count`` (drafts too).

    Raises NotFound, PermissionDenied.
    """
    place = policy.place_of(actor, organization_id)
    rows = Column.objects.filter(organization=place.organization)
    inside = ContentItem.objects.filter(organization=place.organization)
    return rows.annotate(contents_count=count_of(inside, "column")).order_by("position", "pk")


@dataclass(frozen=True)
class Reach:
    """Who will see an item at this moment: ``people``, active members of the own organisation;
    below it ``organizations`` and their ``people_below`` (both 0 for what stays inside)."""

    people: int
    organizations: int = 0
    people_below: int = 0


def reach_of(item: ContentItem) -> Reach:
    """Whom ``item`` reaches, or would; three statements at most."""
    active = Membership.objects.filter(state=Membership.State.ACTIVE)
    people = active.filter(organization=item.organization).count()
    path = item.organization.chain_path
    if item.reach != ContentItem.Reach.CHAIN or path is None:
        return Reach(people)
    below = Q(chain_path__gt=path, chain_path__lt=path_end(path), dissolved_at=None)
    rows = Organization.objects.filter(below)
    found = active.filter(organization__in=rows.values("pk")).aggregate(n=Count("pk"))
    return Reach(people, rows.count(), int(found["n"]))
