"""What the administrators' pages of points share: one set of pages in both frames."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import watermark_of
from lianxue.shared.errors import NotFound

from .. import policy
from ..items import ITEMS, SOURCES, TOTAL, label_of
from ..models import PointEntry
from ..queries.averages import year_in, years
from ..wording import cap_words, told

#: What a page with a form takes.
FORM = ["GET", "HEAD", "POST"]
#: How the item of a person's whole day and year stands in an address.
_TOTAL = "total"


def frame(request: HttpRequest, organization_id: int, console: bool) -> dict[str, Any]:
    """What every administrators' page of one organisation needs in its context.

    ``place`` (with ``organization`` and ``power``), ``frame`` to extend, ``console``, ``prefix`` of
    URL names, ``desk`` the address of the averages, ``year`` and the ``years`` to choose from.
    Raises NotFound for who does not belong here, PermissionDenied for a plain member.
    """
    user = current_user(request)
    place = policy.place_of(user, organization_id)
    year = year_in(request.GET.get("year", ""), organization_id)
    return {
        "place": place,
        "organization": place.organization,
        "power": place.power,
        "frame": "console.html" if console else "mobile.html",
        "console": console,
        "prefix": f"points:{'console_' * console}",
        "desk": address("desk", console, organization_id),
        "year": year,
        "years": [(one, f"{one} 年") for one in years(organization_id)],
        "watermark": watermark_of(user, place.organization),
        **WORDS,
    }


def address(name: str, console: bool, *args: object) -> str:
    """A page of either face: ``address("desk", True, 5)`` is ``points:console_desk`` of 5."""
    return reverse(f"points:{'console_' * console}{name}", args=args)


def slug_of(item: str) -> str:
    """An item in an address."""
    return item or _TOTAL


def item_of(slug: str) -> str:
    """The item that an address names. Raises NotFound."""
    item = TOTAL if slug == _TOTAL else slug
    if item not in ITEMS or (item == TOTAL and slug != _TOTAL):
        raise NotFound
    return item


def source_of(entry: PointEntry) -> tuple[str, tuple[int, ...]]:
    """The URL name (and its argument) of what an entry was given for; "" when there is no page."""
    name = SOURCES.get(entry.source_type, "")
    return (name, (entry.source_id,)) if name and entry.source_id else ("", ())


#: Words that templates ask for.
WORDS = {"told": told, "cap_words": cap_words, "label_of": label_of, "slug_of": slug_of}
