"""What an organisation's 安全中心 holds, and the number that a viewer is shown (manual 2.4.2 ④)."""

from django.db.models import Q

from lianxue.accounts.models import Actor
from lianxue.shared.phones import mask_phone

from .. import policy
from ..models import Membership, Organization, SecuritySettings


def settings_of(organization: Organization) -> SecuritySettings:
    """The organisation's choices; unsaved defaults where it never chose."""
    found = SecuritySettings.objects.filter(pk=organization.pk).first()
    return found or SecuritySettings(organization=organization)


def watermark_of(user: Actor, organization: Organization | None = None) -> bool:
    """Whether pages that show people of ``organization`` bear the viewer's mark.

    Without one: whether any organisation of the viewer's wants it. One statement.
    """
    if organization is not None:
        return settings_of(organization).watermark
    wanted = Q(security=None) | Q(security__watermark=True)
    return policy.visible_organizations(user).filter(wanted).exists()


def shown_phone(member: Membership) -> str:
    """The masked number of a row of ``policy.visible_members``, "" where it is hidden.

    A row that does not say ``phone_seen`` counts as hidden.
    """
    return mask_phone(member.phone) if getattr(member, "phone_seen", False) else ""
