"""The chain on the phone: one level at a time."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.web import page

from .. import policy
from ..queries import chain, links


@require_safe
@login_required
def subordinates(request: HttpRequest, organization_id: int) -> HttpResponse:
    """下级组织 of an organisation in my part, with the way back up; or a search in my part."""
    actor = current_user(request)
    organization = chain.get_in_reach(actor, organization_id)
    words = request.GET.get("q", "").strip()[:50]
    number = request.GET.get("page", 1)
    found = chain.search(actor, words, number) if words else None
    rows = found or chain.children(organization, number)
    unclaimed = links.is_unclaimed(organization)
    return page(
        request,
        "certification/mobile/subordinates.html",
        {
            "organization": organization,
            "crumbs": chain.ways_down(actor, [organization])[organization.pk],
            "ways": chain.ways_down(actor, found.items) if found else {},
            "rows": rows,
            "words": words,
            "below": chain.descendant_count(organization),
            "unclaimed": unclaimed,
            "may_hand_over": unclaimed and policy.may_hand_over(actor, organization),
            "may_decertify": organization.is_certified
            and policy.may_decertify(actor, organization),
        },
    )
