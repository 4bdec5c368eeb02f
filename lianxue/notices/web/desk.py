"""通知与任务 of an organisation: what came from above, what was sent, what is being written."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import running_places
from lianxue.organizations.web.home import chosen_place
from lianxue.shared.pagination import Page, paginate
from lianxue.shared.web import page, redirect_to

from ..models import Notice
from ..queries import figures, keeping
from .common import address, frame

Context = dict[str, Any]
#: The tabs in their order, and their words.
TABS = {"incoming": "收到的", "sent": "已发送", "drafts": "草稿"}


@login_required
@require_safe
def desk(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """The three tabs; ``?tab=incoming|sent|drafts``, ``?q=`` searches the titles."""
    context = frame(request, organization_id, console)
    user, text = current_user(request), request.GET.get("q", "")
    tabs = [name for name in TABS if name != "incoming" or context["power"].whole]
    tab = request.GET.get("tab", "")
    if tab not in tabs:
        tab = _first(context)
    waiting = drafts = 0
    if context["power"].whole:
        waiting = keeping.incoming_list(user, organization_id).count()
    drafts = keeping.kept(user, organization_id, Notice.State.DRAFT).count()
    counts = {"incoming": waiting, "drafts": drafts}
    context |= {
        "view": tab,
        "text": text,
        "ways": [
            (f"{context['desk']}?tab={name}", _word(name, counts), name == tab) for name in tabs
        ],
        "places": running_places(user) if console else [],
    }
    fill = {"incoming": _incoming, "sent": _sent, "drafts": _drafts}[tab]
    return page(request, "notices/both/desk.html", context | fill(request, context, text))


def _first(context: Context) -> str:
    """The tab that one comes to: what came from above, where anything can come from."""
    above = context["organization"].superior_id is not None
    return "incoming" if context["power"].whole and above else "sent"


def _word(name: str, counts: dict[str, int]) -> str:
    number = counts.get(name, 0)
    return f"{TABS[name]} {number}" if number else TABS[name]


def _incoming(request: HttpRequest, context: Context, text: str) -> Context:
    """What is to be dealt with first, then what was; each in pages of its own."""
    user, pk = current_user(request), context["organization"].pk
    waiting = keeping.incoming_list(user, pk, "waiting", text)
    done = keeping.incoming_list(user, pk, "done", text)
    return {
        "waiting": paginate(waiting, request.GET.get("page", 1)),
        "done": paginate(done, request.GET.get("done", 1)),
    }


def _sent(request: HttpRequest, context: Context, text: str) -> Context:
    """What was sent, each with the figures of the own members, counted now in one statement."""
    rows = keeping.kept(current_user(request), context["organization"].pk, "sent", text)
    found: Page[Any] = paginate(rows, request.GET.get("page", 1))
    relays = [one.relay_pk for one in found.items if one.relay_pk and not one.recalled]
    return {"rows": found, "figures": figures.live(relays)}


def _drafts(request: HttpRequest, context: Context, text: str) -> Context:
    rows = keeping.kept(current_user(request), context["organization"].pk, "draft", text)
    return {"rows": paginate(rows, request.GET.get("page", 1))}


@login_required
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """The console's side door: the desk of the organisation that was looked at last."""
    chosen = chosen_place(request, running_places(current_user(request)))
    if chosen is None:
        return redirect_to(reverse("organizations:console_home"), request)
    return redirect_to(address("desk", True, chosen.organization_id), request)
