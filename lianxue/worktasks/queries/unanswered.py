"""Who has not answered yet: whom a text message before the deadline is for."""

from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from lianxue.notices.models import Relay
from lianxue.organizations.models import Membership, RoleGrant
from lianxue.organizations.policy.sight import lineage

from ..models import Answer
from ..policy import HANDED_IN, asked_branches, asked_members, asked_organizations, written


def unanswered(relay: Relay) -> QuerySet[Membership, Any]:
    """The active memberships of those who have still to answer ``relay``: the members themselves,
    the administrators of the whole of a subordinate organisation, those nearest to a branch.
    """
    handed_in = Answer.objects.filter(relay=relay, state__in=HANDED_IN)
    members = asked_members(relay.pk).filter(
        ~Q(Exists(handed_in.filter(respondent=written("m", OuterRef("pk")))))
    )
    organizations = asked_organizations(relay.pk).filter(
        ~Q(Exists(handed_in.filter(respondent=written("o", OuterRef("pk")))))
    )
    paths = asked_branches(relay.pk).filter(
        ~Q(Exists(handed_in.filter(respondent=written("b", OuterRef("branch_id")))))
    )
    grants = RoleGrant.objects.filter(
        Q(scope=None, organization__in=organizations.values("pk"))
        | Q(scope__in=_nearest(relay, list(paths.values_list("branch__path", flat=True)))),
        membership__state=Membership.State.ACTIVE,
    )
    # who administers several of the units has one telephone
    each = grants.order_by().values("membership__phone").annotate(first=Min("membership"))
    return Membership.objects.filter(
        Q(pk__in=members.values("pk")) | Q(pk__in=each.values("first")),
        state=Membership.State.ACTIVE,
    )


def _nearest(relay: Relay, paths: list[str | None]) -> list[int]:
    """The branches (ids) whose administrators are nearest to these paths."""
    if not paths:
        return []
    rows = RoleGrant.objects.filter(organization=relay.organization_id, scope__isnull=False)
    scopes = {path: pk for path, pk in rows.values_list("scope__path", "scope_id") if path and pk}
    nearest = (
        next((one for one in reversed(lineage(path)) if one in scopes), "") for path in paths
    )
    return sorted({scopes[path] for path in nearest if path})
