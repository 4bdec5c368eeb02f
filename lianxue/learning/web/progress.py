"""学习进度 and the names behind it, on the phone and on the console."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.notices.actions import counting
from lianxue.notices.queries.people import Asked
from lianxue.notices.web.chain import id_in
from lianxue.organizations.models import Membership
from lianxue.organizations.web.common import branch_choices
from lianxue.shared.clock import now
from lianxue.shared.pagination import cut, paginate_far
from lianxue.shared.web import page

from ..actions.task_counting import TALLY
from ..models import ContentItem
from ..queries import progress as reads
from ..queries import task_people
from ..queries.papers import Best, best_of
from ..queries.progress import Counts
from ..queries.quizzes import quiz_of
from ..queries.task_people import STATES
from ..queries.tasks import contents_of, criterion
from .overseen import Desk, desk_of

#: The lists in the order of their tabs on the page of progress.
_TABS = ("done", "left", "late")


@login_required
@require_safe
def progress(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The numbers with denominator and time: own, per branch, and (``?at=``) further down."""
    desk = desk_of(request, organization_id, notice_id, console)
    stand = desk.stand
    counting.freshen_at(stand, TALLY)
    counts, branches = reads.looked_at_with_branches(stand)
    below = reads.below_at(stand)
    words, left = request.GET.get("q", "").strip()[:40], request.GET.get("left") == "1"
    rows = [row for row in branches if row.counts.left or not left]
    places = [row for row in below if row.counts.left or not left]
    context = desk.context | {
        "counts": counts,
        "asks": counts.expected > 0,
        "at": now(),
        "views": _tabs(desk, counts),
        "branches": cut(
            [row for row in rows if words in (row.branch.name if row.branch else "不分支部")],
            request.GET.get("branches", 1),
        ),
        "below": cut(
            [row for row in places if words in row.organization.name], request.GET.get("page", 1)
        ),
        "summed": sum((row.counts for row in below), Counts()),
        "rows": len(branches) + len(below),
        "words": words,
        "left": left,
        "standard": criterion(_live(desk), quiz_of(stand.notice) is not None),
    }
    return page(request, "learning/both/task_progress.html", context)


def _tabs(desk: Desk, counts: Counts) -> list[tuple[str, int, str, bool]]:
    """The counts that are also the ways into the lists."""
    if not desk.stand.at_home:
        return []
    numbers = {"done": counts.completed, "left": counts.left, "late": counts.late}
    return [(desk.list(key), numbers[key], STATES[key], False) for key in _TABS]


@login_required
@require_safe
def people(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """``?state=`` one of STATES, ``?branch=`` its subtree alone, ``?q=`` part of a name."""
    desk = desk_of(request, organization_id, notice_id, console)
    relay, state = desk.relay, request.GET.get("state", "left")
    words = request.GET.get("q", "")
    asked = Asked(state, id_in(request, "branch"), text=words)
    found = task_people.people(desk.place, relay, asked)
    shown = paginate_far(found.rows, request.GET.get("page", 1))
    quiz = quiz_of(desk.stand.notice)
    kept = {"branch": str(found.branch.pk)} if found.branch else {}
    context = desk.context | {
        "state": state,
        "word": STATES[state],
        "words": words,
        "branch": found.branch,
        "people": shown,
        "best": _best(quiz, shown.items) if quiz else {},
        "quiz": quiz,
        "items": _live(desk),
        "finished": task_people.finished_items(notice_id, task_people.users_of(shown.items)),
        "views": [
            ("?" + urlencode({"state": key} | kept), found.counts[key], word, key == state)
            for key, word in STATES.items()
        ],
        "choices": branch_choices(desk.place.organization, desk.place.power),
    }
    return page(request, "learning/both/task_people.html", context)


def _live(desk: Desk) -> int:
    """How many items the task still asks for."""
    contents = contents_of(desk.stand.notice)
    return sum(row.item.state == ContentItem.State.PUBLISHED for row in contents)


def _best(quiz: Any, rows: list[Membership]) -> dict[int, Best]:
    return best_of(task_people.users_of(rows), quiz)
