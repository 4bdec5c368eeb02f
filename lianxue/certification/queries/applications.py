"""Applications: sent, received, waiting; always cut to what the actor may see."""

from django.db.models import QuerySet

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Organization
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Certification, CertificationApplication


def get_application(actor: Actor, application_id: int) -> CertificationApplication:
    """An application sent or received by an organisation of the actor's. Raises NotFound."""
    found = (
        policy.visible_applications(actor)
        .filter(pk=application_id)
        .select_related("applicant", "superior", "invitation")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def received_by(organization: Organization) -> QuerySet[CertificationApplication]:
    """What came to the organisation, newest first; the caller has checked who asks."""
    return (
        CertificationApplication.objects.filter(superior=organization)
        .select_related("applicant", "submitted_by", "decided_by")
        .order_by("-submitted_at", "-pk")
    )


def sent_by(organization: Organization) -> QuerySet[CertificationApplication]:
    """What the organisation sent, newest first; the caller has checked who asks."""
    return (
        CertificationApplication.objects.filter(applicant=organization)
        .select_related("superior", "submitted_by", "decided_by")
        .order_by("-submitted_at", "-pk")
    )


def received(actor: Actor) -> QuerySet[CertificationApplication]:
    """What came to any organisation that the actor acts for, newest first."""
    return (
        CertificationApplication.objects.filter(
            superior__in=policy.acting_organizations(actor).values("pk")
        )
        .select_related("applicant", "superior", "submitted_by", "decided_by")
        .order_by("-submitted_at", "-pk")
    )


def sent(actor: Actor) -> QuerySet[CertificationApplication]:
    """What any organisation that the actor acts for has sent, newest first."""
    return (
        CertificationApplication.objects.filter(
            applicant__in=policy.acting_organizations(actor).values("pk")
        )
        .select_related("applicant", "superior", "submitted_by", "decided_by")
        .order_by("-submitted_at", "-pk")
    )


def pending_of(organization: Organization) -> CertificationApplication | None:
    """The application of the organisation that waits for an answer, if there is one."""
    return (
        CertificationApplication.objects.filter(
            applicant=organization, state=CertificationApplication.State.PENDING
        )
        .select_related("superior", "submitted_by")
        .first()
    )


def history_of(organization: Organization) -> QuerySet[Certification]:
    """Who certified the organisation, and until when, newest first."""
    return (
        Certification.objects.filter(organization=organization)
        .select_related("superior")
        .order_by("-since", "-pk")
    )
