"""审核: one answer with its history, and many at once, on the phone and on the console."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.files.web import serve
from lianxue.notices.web.common import FORM, address, frame
from lianxue.organizations.queries import watermark_of
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from lianxue.shared.pagination import paginate
from lianxue.shared.web import redirect_to

from ..actions import reviewing
from ..queries import answers as reads
from ..queries import reviewing as reviewable
from ..queries.answers import Reviewed
from ..queries.filling import questions_of
from .overseen import Desk, desk_of, list_address

#: Answers to look through on one page of 批量通过, and to accept at once.
MANY = 50
_MOST = 200


@login_required
@require_http_methods(FORM)
def review(
    request: HttpRequest, organization_id: int, answer_id: int, console: bool = False
) -> HttpResponse:
    """What was answered and what became of it; accept, return with a remark, reopen."""
    context = frame(request, organization_id, console, app="worktasks")
    user = current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        remark = request.POST.get("remark", "")
        try:
            if act not in _ACTS:
                raise InvalidInput("请选择通过或退回。")
            do, said = _ACTS[act]
            # who may not even see it is told so by this read, not by what is typed
            seen = reads.get_review(user, organization_id, answer_id)
            do(user, answer_id, remark, _version(request))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"“{seen.name}”的答复{said}。")
            notice_id = seen.answer.task_id
            return redirect_to(list_address(organization_id, notice_id, console), request)
    seen = reads.get_review(user, organization_id, answer_id)
    if seen.answer.relay.organization_id != organization_id:
        for step in seen.steps:  # who did it is told to whom it was handed in, not further up
            step.by_name = ""
    context |= {
        "seen": seen,
        "answer": seen.answer,
        "notice": seen.answer.task.notice,
        "watermark": watermark_of(user, seen.place.organization),
        "back": _back(seen, organization_id, console),
        "here": address("review", console, organization_id, answer_id, app="worktasks"),
        "act": request.POST.get("act", "") if error else "",
    }
    return form_page(request, "worktasks/both/review.html", context, error)


_ACTS = {
    "accept": (reviewing.accept, "已通过"),
    "return": (reviewing.return_, "已退回"),
    "reopen": (reviewing.reopen, "已取消通过，退回修改"),
}


def _version(request: HttpRequest) -> int:
    """Which submission was on the page. Raises StateConflict when the form does not say it."""
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise StateConflict("页面已过期，请看过这份答复现在的内容，再审核。")
    return int(text)


def _back(seen: Reviewed, organization_id: int, console: bool) -> str:
    state = seen.answer.state
    asking = seen.answer.relay.organization_id
    at = asking if asking != organization_id else None
    return list_address(organization_id, seen.answer.task_id, console, state, at)


@login_required
@require_safe
def review_file(
    request: HttpRequest,
    organization_id: int,
    answer_id: int,
    file_id: int,
    console: bool = False,
) -> HttpResponseBase:
    """A file of an answer, for who may see the answer."""
    seen = reads.get_review(current_user(request), organization_id, answer_id)
    for rows in seen.files.values():
        for row in rows:
            if row.file_id == file_id:
                return serve(request, row.file)
    raise NotFound


@login_required
@require_http_methods(FORM)
def accept_many(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """批量通过: what waits, each with its answers to look through; tick, look once more, accept."""
    desk = desk_of(request, organization_id, notice_id, console)
    error: DomainError | None = None
    marks: dict[int, int] = {}
    if request.method == "POST":
        try:
            marks = _marks(request)
            if request.POST.get("step") == "do":
                return _accept(request, desk, marks)
            return _look(request, desk, marks)
        except FORM_ERRORS as caught:
            error = caught
    waiting = reviewable.to_review(current_user(request), desk.place, desk.relay)
    page = paginate(waiting, request.GET.get("page", 1), MANY)
    context = desk.context | {
        "page": page,
        "ticked": set(marks),
        "questions": questions_of(desk.task),
        "submissions": reviewable.submissions_of(page.items),
    }
    return form_page(request, "worktasks/both/accept_many.html", context, error)


def _marks(request: HttpRequest) -> dict[int, int]:
    """The ticked answers with the version that was looked at. Raises InvalidInput."""
    found: dict[int, int] = {}
    for mark in request.POST.getlist("answers")[: _MOST + 1]:
        pk, _, version = mark.partition(":")
        if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (pk, version)):
            raise InvalidInput.at("answers", "请从列表中勾选要通过的答复。")
        found[int(pk)] = int(version)
    if not found:
        raise InvalidInput.at("answers", "请先勾选要通过的答复。")
    if len(found) > _MOST:
        raise InvalidInput.at("answers", f"一次最多通过 {_MOST} 份，请分几次。")
    return found


def _look(request: HttpRequest, desk: Desk, marks: dict[int, int]) -> HttpResponse:
    """Who would be accepted, once more, and nobody else."""
    user = current_user(request)
    chosen = reviewable.chosen_to_review(user, desk.place, desk.relay, marks)
    if not chosen:
        raise StateConflict("选中的答复都已有变化，请重新勾选。")
    context = desk.context | {"chosen": chosen, "gone": len(marks) - len(chosen)}
    return form_page(request, "worktasks/both/accept_confirm.html", context)


def _accept(request: HttpRequest, desk: Desk, marks: dict[int, int]) -> HttpResponse:
    user = current_user(request)
    chosen = reviewable.chosen_to_review(user, desk.place, desk.relay, marks)
    if not chosen:
        raise StateConflict("选中的答复都已有变化，请重新勾选。")
    accepted = reviewing.accept_many(user, [answer.pk for answer in chosen], versions=marks)
    said = f"已通过 {len(accepted.done)} 份答复。"
    left_out = len(marks) - len(accepted.done)
    if left_out:
        said += f"另有 {left_out} 份刚刚有变化，没有通过，请重新查看。"
    messages.success(request, said)
    return redirect_to(desk.list("submitted"), request)
