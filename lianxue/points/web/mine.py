"""我的积分: the own sums, 积分明细, one entry explained, and the rules as members see them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import watermark_of
from lianxue.shared.nav import find_url
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from .. import policy
from ..queries import ledger, rules
from ..queries.ranking import ranking as read_ranking
from ..queries.ranking import settings_of, shows_ranking
from .common import WORDS, source_of


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The sums, where they come from, and every entry, the newest first."""
    user = current_user(request)
    mine = ledger.mine(user)
    context: dict[str, Any] = {
        "mine": mine,
        "ranked": shows_ranking([place.pk for place, _ in mine.places]),
        "rows": paginate(ledger.entries(user), request.GET.get("page", 1)),
        **WORDS,
    }
    return page(request, "points/mobile/home.html", context)


@login_required
@require_safe
def explain(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One own entry: the rule, the caps, what had been credited before it."""
    found = ledger.explain(current_user(request), entry_id)
    name, arguments = source_of(found.entry)
    context = {
        "found": found,
        "entry": found.entry,
        "source": find_url(name, *arguments) if name else "",
        **WORDS,
    }
    return page(request, "points/mobile/explain.html", context)


@login_required
@require_safe
def terms(request: HttpRequest, organization_id: int) -> HttpResponse:
    """积分规则 of an organisation, for its members."""
    organization = policy.own_place(current_user(request), organization_id)
    context = {
        "organization": organization,
        "lines": rules.lines(organization.pk),
        "ranking": settings_of(organization),
        **WORDS,
    }
    return page(request, "points/mobile/terms.html", context)


@login_required
@require_safe
def ranking(request: HttpRequest, organization_id: int) -> HttpResponse:
    """积分排名, where the main administrator switched it on."""
    user = current_user(request)
    found = read_ranking(user, organization_id, request.GET.get("page", 1))
    context = {
        "found": found,
        "organization": found.organization,
        "watermark": watermark_of(user, found.organization),
    }
    return page(request, "points/mobile/ranking.html", context)
