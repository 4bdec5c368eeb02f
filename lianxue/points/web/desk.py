"""积分 of an organisation: averages per branch, the people behind them, a member's entries."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import running_places
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.organizations.web.home import chosen_place
from lianxue.shared.errors import DomainError
from lianxue.shared.pagination import paginate, paginate_far
from lianxue.shared.tenths import tenths
from lianxue.shared.web import page, redirect_to

from ..actions import reversing
from ..models import PointEntry
from ..queries import averages, ledger
from ..queries.averages import Asked
from ..queries.ranking import settings_of
from .common import FORM, address, frame


@login_required
@require_safe
def desk(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """Sums, people and averages of one level; ``?branch=`` goes down, ``?year=`` chooses."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    found = averages.overview(
        user,
        organization_id,
        context["year"],
        id_in(request, "branch"),
        request.GET.get("branches", 1),
    )
    context |= {
        "found": found,
        "branch": found.inside,
        "ranking": settings_of(context["organization"]),
        "places": running_places(user) if console else [],
    }
    return page(request, "points/both/desk.html", context)


@login_required
@require_safe
def people(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """The members behind a number, by name: ``?branch=`` its subtree, ``?direct=1`` that branch
    alone (without one: those in none), ``?left=1`` who has left, ``?q=`` part of a name."""
    context = frame(request, organization_id, console)
    direct, left = request.GET.get("direct") == "1", request.GET.get("left") == "1"
    words = request.GET.get("q", "")
    asked = Asked(id_in(request, "branch"), direct, words, left)
    found = averages.people(current_user(request), organization_id, context["year"], asked)
    kept = {"branch": str(found.branch.pk)} if found.branch else {}
    kept |= {"direct": "1"} if direct else {}
    kept |= {"left": "1"} if left else {}
    context |= {
        "branch": found.branch,
        "direct": direct,
        "left": left,
        "words": words,
        "asked": kept | {"year": str(context["year"])},
        "all": "?" + urlencode({"year": context["year"]}),
        "people": paginate_far(found.rows, request.GET.get("page", 1)),
    }
    return page(request, "points/both/people.html", context)


@login_required
@require_safe
def member(
    request: HttpRequest, organization_id: int, membership_id: int, console: bool = False
) -> HttpResponse:
    """A member's entries within this organisation in one year."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    found = ledger.account(user, organization_id, membership_id, context["year"])
    context |= {
        "found": found,
        "member": found.member,
        "own": found.member.user_id == user.pk,
        "rows": paginate(found.rows, request.GET.get("page", 1)),
    }
    return page(request, "points/both/member.html", context)


@login_required
@require_http_methods(FORM)
def reverse_entry(
    request: HttpRequest, organization_id: int, entry_id: int, console: bool = False
) -> HttpResponse:
    """更正: what it takes back, the reason that the person will read, and the doing of it."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    entry = ledger.entry_to_correct(user, organization_id, entry_id)
    back = _back(entry, organization_id, console)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            made = reversing.reverse(
                user, organization_id, entry_id, request.POST.get("reason", "")
            )
        except FORM_ERRORS as raised:
            error = raised
            entry = ledger.entry_to_correct(user, organization_id, entry_id)
        else:
            done = f"已更正：{entry.user.name} {tenths(made.amount)} 分，本人会收到消息。"
            messages.success(request, done)
            return redirect_to(back, request)
    context |= {
        "entry": entry,
        "can": entry.kind == PointEntry.Kind.CREDIT
        and bool(entry.amount)
        and not hasattr(entry, "reversal"),
        "back": back,
        "most": reversing.REASON_MAX,
    }
    return form_page(request, "points/both/reverse.html", context, error)


def _back(entry: PointEntry, organization_id: int, console: bool) -> str:
    """The person's page here, else the averages."""
    rows = entry.user.memberships.filter(organization=organization_id)
    seat = rows.order_by("ended_at", "-pk").values_list("pk", flat=True).first()
    if seat is None:
        return address("desk", console, organization_id)
    return f"{address('member', console, organization_id, seat)}?year={entry.day.year}"


@login_required
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """The console's side door: the averages of the organisation that was looked at last."""
    chosen = chosen_place(request, running_places(current_user(request)))
    if chosen is None:
        return redirect_to(reverse("organizations:console_home"), request)
    return redirect_to(address("desk", True, chosen.organization_id), request)


def id_in(request: HttpRequest, name: str) -> int | None:
    """An id in the query, None for none or what is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
