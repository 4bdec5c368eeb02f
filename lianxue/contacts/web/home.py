"""通讯录: the search, the ways to people, my organisations, whom I turn to most (manual 2.4.1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import watermark_of
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from ..queries import frequent, friends
from ..queries import home as queries


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of 通讯录; more organisations than one page holds turn over in place."""
    user = current_user(request)
    context = {
        "organizations": paginate(queries.my_organizations(user), request.GET.get("page", 1)),
        "asking": friends.waiting_count(user),
        "frequent": frequent.top(user),
        "watermark": watermark_of(user),
    }
    return page(request, "contacts/mobile/home.html", context)
