"""What the administrators' pages of learning share: one set of pages in both frames."""

from typing import Any

from django.http import HttpRequest

from lianxue.accounts.current import current_user
from lianxue.notices.web.common import FORM
from lianxue.notices.web.common import address as address_of
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import ContentItem
from ..queries import desk

__all__ = ["FORM", "Context", "address", "frame", "kept_here"]

Context = dict[str, Any]


def frame(request: HttpRequest, organization_id: int, console: bool) -> Context:
    """What every administrators' page of one organisation needs in its context.

    ``place`` (with ``organization`` and ``power``), ``frame`` to extend, ``console``, ``prefix`` of
    URL names (``learning:console_`` or ``learning:``; ``notices`` the same), ``desk`` the address
    of the desk. Raises NotFound for who does not belong here, PermissionDenied for a plain member.
    """
    place = policy.place_of(current_user(request), organization_id)
    face = "console_" * console
    return {
        "place": place,
        "organization": place.organization,
        "power": place.power,
        "frame": "console.html" if console else "mobile.html",
        "console": console,
        "prefix": f"learning:{face}",
        "notices": f"notices:{face}",
        "desk": address("desk", console, organization_id),
    }


def address(name: str, console: bool, *args: object, app: str = "learning") -> str:
    """A page of either face: ``address("desk", True, 5)`` is ``learning:console_desk`` of 5."""
    return address_of(name, console, *args, app=app)


def kept_here(request: HttpRequest, context: Context, item_id: int) -> ContentItem:
    """A content of the page's own organisation, in whatever state, for its administrators.

    Raises NotFound, PermissionDenied.
    """
    found, place = desk.get_kept(current_user(request), item_id)
    if place.organization.pk != context["organization"].pk:
        raise NotFound(policy.GONE)
    return found
