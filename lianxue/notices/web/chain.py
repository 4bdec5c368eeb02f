"""传达情况: the live picture of the chain, on the phone and on the console."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput, NotFound

from .. import policy
from ..actions import counting, nudging, texting
from ..extensions import extension_of
from ..models import Notice, Relay
from ..queries import chain as reads
from ..queries import keeping
from ..queries.chain import BelowPart, OwnPart, Standpoint
from ..queries.reading import files_of
from .common import address, frame, named


@login_required
@require_safe
def chain(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """Who has it, who has read it: the own people and, one level at a time (``?at=``), those below.

    ``?branch=`` looks into a branch, ``?show=`` and ``?q=`` narrow the organisations.
    """
    return picture(request, frame(request, organization_id, console), notice_id)


def picture(
    request: HttpRequest,
    context: dict[str, Any],
    notice_id: int,
    error: DomainError | None = None,
) -> HttpResponse:
    """The page, or the page once more with what was refused."""
    stand = reads.stand(
        current_user(request), context["organization"].pk, notice_id, id_in(request, "at")
    )
    counting.freshen_at(stand)
    known, show = reads.shows(stand.notice), request.GET.get("show", "")
    show, words = show if show in known else "", request.GET.get("q", "")
    below = reads.below_part(stand, show, words, request.GET.get("page", 1))
    own = None
    if stand.at_home and stand.own.own in {Relay.Own.WHOLE, Relay.Own.BRANCHES}:
        own = reads.own_part(stand, id_in(request, "branch"), request.GET.get("branches", 1))
    home = address("chain", context["console"], context["organization"].pk, notice_id)
    context |= {
        "stand": stand,
        "notice": stand.notice,
        "relay": stand.relay,
        "own": own,
        "below": below,
        "show": show,
        "words": words,
        "home": home,
        "views": _tabs(stand, below, home, show) if below else [],
        "files": files_of(stand.notice) if stand.notice.state != Notice.State.RECALLED else [],
        "audience": keeping.words_of(stand.own) if stand.at_home else "",
    }
    context |= _acts(stand, own, below) | {"progress_at": _progress(stand, context["console"])}
    return form_page(request, "notices/both/chain.html", context, error)


def _progress(stand: Standpoint, console: bool) -> str:
    """The page that says how far a task is done, "" where there is none."""
    name = extension_of(stand.notice).progress if stand.at_home else ""
    return named(name, console, stand.place.organization.pk, stand.notice.pk) if name else ""


def id_in(request: HttpRequest, name: str) -> int | None:
    """An id of the address's query, None without it. Raises NotFound for what is no id."""
    try:
        return number_in(request.GET.get(name))
    except InvalidInput as error:
        raise NotFound from error


def _tabs(
    stand: Standpoint, below: BelowPart, home: str, show: str
) -> list[tuple[str, int, str, bool]]:
    """The list's counts that are also the ways to narrow it; a recall shows where there is one."""
    ways = {"": "全部", **reads.shows(stand.notice)}
    items = []
    for key, word in ways.items():
        count = below.counts[key or "all"]
        if key == "recalled" and not count:
            continue
        query = {} if stand.at_home else {"at": str(stand.at.pk)}
        query |= {"show": key} if key else {}
        items.append((f"{home}?{urlencode(query)}" if query else home, count, word, key == show))
    return items


def _acts(stand: Standpoint, own: OwnPart | None, below: BelowPart | None) -> dict[str, Any]:
    """What may be done about it here, and when it was done last."""
    power, relay = stand.place.power, stand.own
    may = stand.at_home and relay.recalled_at is None and policy.governs(power, relay)
    # who has read a task may still owe the answer
    left = own is not None and bool(
        own.total.expected if relay.notice.is_task else own.total.unread
    )
    waiting = below is not None and bool(below.counts["waiting"])
    text = None
    if may and left and relay.notice.urgent and texting.may_nudge(relay):
        text = texting.offer(stand.place.organization, texting.count_for(relay))
    return {
        "may": may,
        "nudges": may and left,
        "nudges_below": may and waiting,
        "next_own": nudging.next_nudge(relay, nudging.OWN),
        "next_below": nudging.next_nudge(relay, nudging.BELOW),
        "text": text,
    }
