"""Requests for a new name: asked, received, waiting; always cut to what the actor may see."""

from django.db.models import QuerySet

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Organization
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import RenameRequest


def get_request(actor: Actor, request_id: int) -> RenameRequest:
    """A request asked or received by an organisation that the actor acts for. Raises NotFound."""
    found = _rows(policy.visible_renames(actor)).filter(pk=request_id).first()
    if found is None:
        raise NotFound
    return found


def asked_by(organization: Organization) -> QuerySet[RenameRequest]:
    """What the organisation asked for, newest first; the caller has checked who asks."""
    return _rows(RenameRequest.objects.filter(organization=organization))


def received_by(organization: Organization) -> QuerySet[RenameRequest]:
    """What came to the organisation, newest first; the caller has checked who asks."""
    return _rows(RenameRequest.objects.filter(superior=organization))


def received(actor: Actor) -> QuerySet[RenameRequest]:
    """What came to any organisation that the actor acts for, newest first."""
    mine = policy.acting_organizations(actor).values("pk")
    return _rows(RenameRequest.objects.filter(superior__in=mine))


def asked(actor: Actor) -> QuerySet[RenameRequest]:
    """What any organisation that the actor acts for has asked, newest first."""
    mine = policy.acting_organizations(actor).values("pk")
    return _rows(RenameRequest.objects.filter(organization__in=mine))


def pending_of(organization: Organization) -> RenameRequest | None:
    """The organisation's request that waits for an answer, if there is one."""
    return asked_by(organization).filter(state=RenameRequest.State.PENDING).first()


def _rows(found: QuerySet[RenameRequest]) -> QuerySet[RenameRequest]:
    return found.select_related("organization", "superior", "asked_by", "decided_by").order_by(
        "-asked_at", "-pk"
    )
