"""The search of 通讯录: people and organisations, whole or as what htmx puts under the field."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.organizations.actions.finding import count_number_search
from lianxue.organizations.queries import is_number, watermark_of
from lianxue.shared.errors import RateLimited
from lianxue.shared.names import plain
from lianxue.shared.pagination import Page
from lianxue.shared.web import page

from ..queries import search as queries

#: How many of each group stand on the page that shows both.
_FIRST = 8
_LONGEST = 40


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """``?q=``; ``?kind=people`` or ``organizations`` shows one group alone, page by page."""
    user = current_user(request)
    text = request.GET.get("q", "")[:_LONGEST].replace("\0", "").strip()
    part = (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )
    status = 200
    context: dict[str, Any] = {"text": text, "asked": bool(plain(text))}
    try:
        count_number_search(user, text)
        context |= _found(user, text, request.GET.get("kind", ""), request.GET.get("page", 1))
    except RateLimited as error:
        if not part:
            raise
        context["refused"], status = (
            error.message,
            422,
        )  # the status that htmx shows in place (base.html)
    context["watermark"] = watermark_of(user)
    template = "_results" if part else "search"
    response = page(request, f"contacts/mobile/{template}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _found(user: User, text: str, kind: str, number: object) -> dict[str, Any]:
    """Both groups, each with its first few, or one of them page by page."""
    people_only, places_only = kind == "people", kind == "organizations"
    people, places = queries.People(Page([], 1, 1, 0), False), Page[queries.Place]([], 1, 1, 0)
    if not places_only:
        size = queries.SIZE if people_only else _FIRST
        people = queries.find_people(user, text, number if people_only else 1, size)
    if not people_only:
        size = queries.SIZE if places_only else _FIRST
        places = queries.find_organizations(user, text, number if places_only else 1, size)
    return {
        "people": people.page,
        "more": people.more,
        "most": queries.MOST,
        "places": places,
        "kind": kind if people_only or places_only else "",
        "by_number": is_number(text),
    }


@login_required
@require_safe
def organization(request: HttpRequest, organization_id: int) -> HttpResponse:
    """An organisation that was found: its names, its place in the chain, the doors open to me."""
    card = queries.get_organization(current_user(request), organization_id)
    return page(request, "contacts/mobile/organization.html", {"card": card})
