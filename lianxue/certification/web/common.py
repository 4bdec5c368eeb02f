"""What the pages of certification share."""

import io

import segno
from django.conf import settings
from django.http import HttpRequest
from markupsafe import Markup

from lianxue.accounts.current import current_user
from lianxue.certification.actions.common import LIFETIMES
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible

#: The choices of a link's lifetime on a form.
LIFETIME_CHOICES = [(days, f"{days} 天") for days in LIFETIMES]


def absolute(request: HttpRequest, path: str) -> str:
    """The whole address of ``path`` to hand out: the site's own, or the demo's present port."""
    return request.build_absolute_uri(path) if settings.DEMO else settings.SITE_URL + path


def qr_svg(address: str) -> Markup:
    """A QR code as inline SVG: dark on white in every mode, with the quiet zone scanners need."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        border=4,
        dark="#000000",
        light="#ffffff",
        omitsize=True,
        xmldecl=False,
        svgns=False,
        nl=False,
        svgclass=None,
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made of numbers by segno


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
