"""What the tests of certification share."""

from datetime import timedelta

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.certification.actions import applications, invitations
from lianxue.certification.actions.invitations import Terms
from lianxue.certification.models import CertificationApplication, CertificationInvitation
from lianxue.organizations.models import Membership, Organization, RoleGrant
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory, grant


def invite(actor: User, organization: Organization, **terms: object) -> CertificationInvitation:
    """An invitation through the product's own door."""
    return invitations.create_invitation(actor, organization.pk, Terms(**terms))  # type: ignore[arg-type]


def apply(
    actor: User, applicant: Organization, invitation: CertificationInvitation
) -> CertificationApplication:
    """An application through the product's own door."""
    return applications.submit_application(actor, invitation.token, applicant.pk)


def certify(superior_admin: User, superior: Organization, admin: User, org: Organization) -> None:
    """Invite, apply, approve."""
    sent = apply(admin, org, invite(superior_admin, superior))
    applications.approve_application(superior_admin, sent.pk)
    org.refresh_from_db()


def expire(link: object) -> None:
    """Make a link as if its time were over."""
    type(link).objects.filter(pk=link.pk).update(  # type: ignore[attr-defined]
        expires_at=timezone.now() - timedelta(seconds=1)
    )


def run_by(user: User | None = None, name: str | None = None) -> tuple[Organization, User]:
    """An uncertified organisation and its verified main administrator."""
    organization = OrganizationFactory(**({"name": name} if name else {}))
    admin = user or UserFactory(realname_verified_at=timezone.now())
    seat = Membership.objects.filter(organization=organization, user=admin).first()
    seat = seat or MembershipFactory(organization=organization, user=admin)
    grant(seat, RoleGrant.Role.MAIN_ADMIN)
    return organization, admin


def events(organization: Organization) -> list[str]:
    """The actions in an organisation's audit stream, oldest first."""
    return list(
        AuditEvent.objects.filter(stream=f"org:{organization.pk}")
        .order_by("seq")
        .values_list("action", flat=True)
    )
