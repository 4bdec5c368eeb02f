"""What the pages of certification share."""

from django.http import HttpRequest

from lianxue.accounts.current import current_user
from lianxue.certification.actions.common import LIFETIMES
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible
from lianxue.shared.links import absolute as absolute
from lianxue.shared.links import qr_svg as qr_svg

#: The choices of a link's lifetime on a form.
LIFETIME_CHOICES = [(days, f"{days} 天") for days in LIFETIMES]


def whole_organization(request: HttpRequest, organization_id: int) -> Organization:
    """An organisation over the whole of which the person has power.

    Raises NotFound for one the person does not belong to, PermissionDenied without the power.
    """
    organization = get_visible(current_user(request), organization_id)
    organization_policy.require_whole(current_user(request), organization)
    return organization


def number(text: str) -> int:
    """A whole number from a form; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
