"""The chain: levels, paths, searching; no recursion (rule 6), a fixed number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
)

from lianxue.accounts.models import Actor
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.models import Membership, Organization, RoleGrant
from lianxue.shared.dbtools import count_of
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import Page, paginate

from .. import policy
from ..models import CertificationApplication, CertificationInvitation, RenameRequest
from .renames import pending_of

LEVEL_SIZE = 50


def get_in_reach(actor: Actor, organization_id: int) -> Organization:
    """An organisation in the actor's part of the chain, with its superior.

    Raises PermissionDenied for an own organisation over which the actor lacks the power, NotFound
    for any other that lies elsewhere.
    """
    found = (
        policy.visible_chain(actor).filter(pk=organization_id).select_related("superior").first()
    )
    if found is None:
        own = organization_policy.visible_organizations(actor).filter(pk=organization_id).first()
        if own is None:
            raise NotFound
        organization_policy.require_whole(actor, own)
        raise NotFound
    return found


def with_figures(rows: QuerySet[Organization]) -> QuerySet[Organization]:
    """Adds ``child_count``, ``member_count`` and ``unclaimed`` to each row of a page.

    Correlated subqueries on indexes: the cost is that of the rows shown.
    """
    main = RoleGrant.objects.filter(organization=OuterRef("pk"), role=RoleGrant.Role.MAIN_ADMIN)
    members = Membership.objects.exclude(state=Membership.State.ENDED)
    return rows.annotate(
        child_count=count_of(Organization.objects.all(), "superior"),
        member_count=count_of(members, "organization"),
        unclaimed=~Exists(main),
    )


def figures_of(organization: Organization) -> Any:
    """The organisation's row with its figures, as in ``with_figures``."""
    return with_figures(Organization.objects.filter(pk=organization.pk)).get()


def in_order(rows: QuerySet[Organization]) -> QuerySet[Organization]:
    """By the operator's code where there is one, then by name."""
    return rows.order_by(F("code").asc(nulls_last=True), "name", "pk")


def children(organization: Organization, number: object = 1) -> Page[Organization]:
    """One page of the level below; the caller has found ``organization`` in the actor's reach."""
    rows = Organization.objects.filter(superior=organization)
    return paginate(in_order(with_figures(rows)), number, LEVEL_SIZE)


def tops(actor: Actor, number: object = 1) -> Page[Organization]:
    """Where the actor's part begins: the root and what is not certified for the operator,
    the highest of the own organisations for everybody else."""
    if policy.is_site_operator(actor):
        rows = Organization.objects.filter(superior=None, dissolved_at=None)
    else:
        rows = Organization.objects.filter(pk__in=[top.pk for top in policy.chain_tops(actor)])
    rows = with_figures(rows).order_by(
        F("chain_path").asc(nulls_last=True), F("code").asc(nulls_last=True), "name", "pk"
    )
    return paginate(rows, number, LEVEL_SIZE)


def search(actor: Actor, words: str, number: object = 1) -> Page[Organization]:
    """By part of the name, a former name or the whole code, within the actor's part."""
    words = words.replace("\0", "").strip()  # PostgreSQL takes no NUL
    named = Q(name__icontains=words) | Q(code=words)
    named |= Q(pk__in=Organization.objects.filter(former_names__name__icontains=words).values("pk"))
    rows = (
        with_figures(policy.visible_chain(actor).filter(named))
        if words
        else (Organization.objects.none())
    )
    return paginate(rows.order_by(F("chain_path").asc(nulls_last=True), "pk"), number)


@dataclass(frozen=True)
class Crumb:
    """One step of the way down."""

    pk: int
    name: str


def ways_down(actor: Actor, found: Iterable[Organization]) -> dict[int, list[Crumb]]:
    """For each organisation, what lies above it within the actor's part; two statements in all."""
    rows = list(found)
    ids = {one.pk: [int(step, 36) for step in policy.steps(one)[:-1]] for one in rows}
    wanted = {pk for line in ids.values() for pk in line}
    names = (
        dict(policy.visible_chain(actor).filter(pk__in=wanted).values_list("pk", "name"))
        if wanted
        else {}
    )
    return {one.pk: [Crumb(pk, names[pk]) for pk in ids[one.pk] if pk in names] for one in rows}


def descendant_count(organization: Organization) -> int:
    """How many organisations lie below, at every depth: one index range scan."""
    if organization.chain_path is None:
        return 0
    return Organization.objects.filter(policy.subtree(organization.chain_path)).count() - 1


@dataclass(frozen=True)
class Preview:
    """What stands in the way of decertifying, and what would end with it."""

    subordinates: Page[Organization]
    pending_applications: int
    open_invitations: int
    #: Its own request for a new name, which its superior would decide no longer.
    renaming: RenameRequest | None = None

    @property
    def free(self) -> bool:
        """Whether nothing stands in the way (design rule 5: leaves first)."""
        return self.subordinates.total == 0


def decertify_preview(organization: Organization, number: object = 1) -> Preview:
    """See Preview; the caller has found ``organization`` in the actor's reach."""
    return Preview(
        subordinates=children(organization, number),
        pending_applications=CertificationApplication.objects.filter(
            superior=organization, state=CertificationApplication.State.PENDING
        ).count(),
        open_invitations=open_invitations(organization).count(),
        renaming=pending_of(organization),
    )


def open_invitations(organization: Organization) -> QuerySet[CertificationInvitation]:
    """The invitations that nobody has revoked, expired and used-up ones too."""
    return CertificationInvitation.objects.filter(organization=organization, revoked_at=None)
