"""Certification on the console: the pending work, and the chain as a picture."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.models import Organization
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from .. import policy
from ..queries import applications
from ..queries import chain as chain_queries
from .applications import console_received_page


@require_safe
@login_required
def received(request: HttpRequest) -> HttpResponse:
    """组织认证: what waits for me, and what was decided."""
    return console_received_page(request)


@require_safe
@login_required
def sent(request: HttpRequest) -> HttpResponse:
    """What my organisations have asked for."""
    rows = paginate(applications.sent(current_user(request)), request.GET.get("page", 1))
    return page(request, "certification/console/sent.html", {"rows": rows})


@require_safe
@login_required
def chain(request: HttpRequest) -> HttpResponse:
    """认证链: my part of it as a tree that opens level by level, or a search in it."""
    actor = current_user(request)
    words = request.GET.get("q", "").strip()[:50]
    number = request.GET.get("page", 1)
    if words:
        found = chain_queries.search(actor, words, number)
        context: dict[str, Any] = {
            "found": found,
            "ways": chain_queries.ways_down(actor, found.items),
        }
    else:
        context = {"found": None, "rows": chain_queries.tops(actor, number)}
    context |= {"words": words, "operator": policy.is_site_operator(actor)}
    return page(request, "certification/console/chain.html", context)


@require_safe
@login_required
def level(request: HttpRequest, organization_id: int) -> HttpResponse:
    """One organisation of the chain with the level below it; for htmx that level alone."""
    actor = current_user(request)
    organization = chain_queries.get_in_reach(actor, organization_id)
    rows = chain_queries.children(organization, request.GET.get("page", 1))
    if request.headers.get("HX-Request") == "true":
        return page(
            request, "certification/console/_level.html", {"parent": organization, "rows": rows}
        )
    return page(
        request,
        "certification/console/level.html",
        {
            "target": organization,
            "crumbs": chain_queries.ways_down(actor, [organization])[organization.pk],
            "rows": rows,
            **_facts(request, organization),
        },
    )


def _facts(request: HttpRequest, organization: Organization) -> dict[str, Any]:
    actor = current_user(request)
    counted = chain_queries.figures_of(organization)
    return {
        "below": chain_queries.descendant_count(organization),
        "member_count": counted.member_count,
        "unclaimed": counted.unclaimed,
        "may_hand_over": counted.unclaimed and policy.may_hand_over(actor, organization),
        "may_decertify": organization.is_certified and policy.may_decertify(actor, organization),
    }
