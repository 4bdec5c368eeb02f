"""The names behind the own organisation's numbers, on the phone and on the console."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations import queries as organizations
from lianxue.shared.pagination import paginate_far
from lianxue.shared.web import page

from ..queries import people as reads
from ..queries.people import STATES
from .chain import id_in
from .common import address, frame


@login_required
@require_safe
def people(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """``?state=`` one of STATES, ``?branch=`` its subtree alone, ``?direct=1`` that branch alone
    (without one: those in none), ``?q=`` part of a name."""
    context = frame(request, organization_id, console)
    user, organization = current_user(request), context["organization"]
    state, words = request.GET.get("state", "unread"), request.GET.get("q", "")
    direct = request.GET.get("direct") == "1"
    of = reads.Asked(state, id_in(request, "branch"), direct, words)
    found = reads.people(user, organization_id, notice_id, of)
    shown = paginate_far(found.rows, request.GET.get("page", 1))
    asked = {"branch": str(found.branch.pk)} if found.branch else {}
    asked |= {"direct": "1"} if direct else {}
    confirms = found.notice.needs_confirmation
    context |= {
        "notice": found.notice,
        "relay": found.relay,
        "branch": found.branch,
        "asked": asked,
        "people": shown,
        "state": state,
        "word": STATES[state],
        "words": words,
        "views": [
            ("?" + urlencode({"state": key} | asked), found.counts[key], word, key == state)
            for key, word in STATES.items()
            if confirms or key not in {"confirmed", "unconfirmed"}
        ],
        "home": address("chain", console, organization_id, notice_id),
        "watermark": organizations.watermark_of(user, organization),
    }
    return page(request, "notices/both/people.html", context)
