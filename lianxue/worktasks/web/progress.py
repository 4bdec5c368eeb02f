"""答复进度 and the lists of answers, on the phone and on the console."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.notices.actions import counting
from lianxue.notices.models import Relay
from lianxue.notices.web.chain import id_in
from lianxue.organizations.models import Branch
from lianxue.organizations.web.common import branch_choices
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import Page, cut, paginate
from lianxue.shared.web import page

from ..models import Answer
from ..queries import answers as lists
from ..queries import progress as reads
from ..queries.below import rows_below
from ..queries.progress import Counts
from .overseen import Desk, desk_of

#: The lists of answers, in the order of their tabs; SILENT is whoever has not answered.
SILENT = "silent"
LISTS = {
    Answer.State.SUBMITTED.value: "待审核",
    Answer.State.ACCEPTED.value: "已通过",
    Answer.State.RETURNED.value: "已退回",
    SILENT: "未答复",
}


@login_required
@require_safe
def progress(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The numbers with denominator and time: own, per branch, and (``?at=``) further down."""
    desk = desk_of(request, organization_id, notice_id, console)
    stand = desk.stand
    relay = stand.relay if stand.relay and stand.relay.state == Relay.State.PASSED else None
    counts = reads.progress(desk.place, relay) if relay else Counts()
    branches = reads.by_branch(desk.place, relay) if relay else []
    if desk.members:
        counting.freshen_at(stand)
    below = rows_below(stand)
    summed = sum((row.counts for row in below), Counts())
    words, left = request.GET.get("q", "").strip()[:40], request.GET.get("left") == "1"
    shown = [
        row for row in below if words in row.organization.name and (row.counts.missing or not left)
    ]
    kept = [
        row
        for row in branches
        if words in (row.branch.name if row.branch else "不分支部")
        and (row.counts.missing or not left)
    ]
    places = cut(shown, request.GET.get("page", 1))
    context = desk.context | {
        "counts": counts,
        "asks": relay is not None and counts.asked > 0,
        "at": now(),
        "views": _tabs(desk, counts) if relay else [],
        "branches": cut(kept, request.GET.get("branches", 1)),
        "below": places,
        "summed": summed,
        "rows": len(branches) + len(below),
        "words": words,
        "left": left,
        "given": _given(desk, relay, [row.organization.pk for row in places.items]),
        # of another organisation's members there are numbers only
        "opens": stand.at_home or not desk.members,
    }
    return page(request, "worktasks/both/progress.html", context)


@login_required
@require_safe
def answers(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The answers in one state, or who has not answered; ``?branch=`` and ``?q=`` narrow them."""
    desk = desk_of(request, organization_id, notice_id, console)
    if desk.members and not desk.stand.at_home:
        raise NotFound
    state = request.GET.get("state", "")
    state = state if state in LISTS else Answer.State.SUBMITTED.value
    branch = _branch(request, desk)
    text = request.GET.get("q", "")[:40]
    counts = reads.progress(desk.place, desk.relay, branch)
    number = request.GET.get("page", 1)
    rows: Page[Any]
    if state != SILENT:
        rows = paginate(lists.answers_of(desk.place, desk.relay, state, branch, text), number)
    elif desk.members:
        rows = paginate(lists.silent_of(desk.place, desk.relay, branch, text), number)
    else:
        rows = cut(lists.silent_units(desk.place, desk.relay, text), number)
    context = desk.context | {
        "state": state,
        "branch": branch,
        "words": text,
        "counts": counts,
        "views": _tabs(desk, counts, state, branch),
        "rows": rows,
        "choices": branch_choices(desk.place.organization, desk.place.power)
        if desk.members
        else [],
    }
    return page(request, "worktasks/both/answers.html", context)


def _given(desk: Desk, relay: Relay | None, organizations: list[int]) -> dict[int, int]:
    """The answers (ids) that these organisations handed in themselves, by organisation."""
    if relay is None or desk.members:
        return {}
    rows = lists.answers_of(desk.place, relay).filter(organization__in=organizations)
    return {one.organization_id: one.pk for one in rows if one.organization_id is not None}


def _branch(request: HttpRequest, desk: Desk) -> Branch | None:
    """The branch that the list is cut to. Raises NotFound for one out of reach."""
    return desk.place.branch(id_in(request, "branch")) if desk.members else None


def _tabs(
    desk: Desk, counts: Counts, state: str = "", branch: Branch | None = None
) -> list[tuple[str, int, str, bool]]:
    """The counts that are also the ways into the lists."""
    numbers = {
        Answer.State.SUBMITTED.value: counts.submitted,
        Answer.State.ACCEPTED.value: counts.accepted,
        Answer.State.RETURNED.value: counts.returned,
        SILENT: counts.silent,
    }
    more = {"branch": branch.pk} if branch else {}
    return [
        (desk.list(key, **more), numbers[key], word, key == state) for key, word in LISTS.items()
    ]
