"""Taking a quiz on the phone: one question after another, each kept by every button (and, where
scripts run, as soon as it is chosen), so that a page left loses nothing; an overview before it is
handed in; the result with every question.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from lianxue.shared.web import page, redirect_to

from ..actions import papers as actions
from ..grading import answer_in_words, in_words
from ..models import BankQuestion
from ..queries.papers import MyQuiz, Paper, Sheet, best, get_paper, my_quiz
from .answers import nearest, number_or, read_given
from .common import FORM

_DONE = "paper-submitted"


@login_required
@require_http_methods(FORM)
def quiz(request: HttpRequest, notice_id: int) -> HttpResponse:
    """What the quiz is, the own papers; 开始 draws a paper."""
    user = current_user(request)
    if request.method == "POST":
        attempt = actions.begin(user, notice_id)
        return redirect_to(reverse("learning:paper", args=[attempt.pk]), request)
    context = {"mine": my_quiz(user, notice_id), "best": best(user, notice_id)}
    return page(request, "learning/mobile/quiz.html", context)


@login_required
@require_http_methods(FORM)
def paper(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """One question of the paper. ``act`` says which button: 上一题, 下一题, one of 答题卡, 检查;
    ``keep`` is sent by itself, and answered with a word."""
    found = get_paper(current_user(request), attempt_id)
    if not found.open:
        return _closed(request, found)
    if request.method != "POST":
        first = found.missing[0] if found.missing else 1
        at = nearest(number_or(request.GET.get("at"), first), found.sheets)
        return _paper(request, found, at)
    at = nearest(number_or(request.POST.get("number"), 0), found.sheets)
    error = _kept(request, found, at)
    if error is not None and error.code == _DONE:
        return _closed(request, get_paper(current_user(request), attempt_id))
    act = request.POST.get("act", "next")
    if act == "keep":
        status = error.status if error else 200
        told = {"message": error.message if error else ""}
        return page(request, "learning/mobile/_kept.html", told, status=status)
    if error is not None:
        return _paper(request, found, at, error)
    if act == "check":
        return redirect_to(reverse("learning:hand_in", args=[attempt_id]), request)
    return redirect_to(f"{_address(found)}?at={_turned(found, at, act)}", request)


def _kept(request: HttpRequest, found: Paper, at: int) -> DomainError | None:
    """Keep what was answered to question ``at``; what was wrong with it."""
    sheet = found.sheet(at)
    if number_or(request.POST.get("number"), 0) != at:  # no form of ours
        return InvalidInput.at("given", "这份答卷没有这道题，请返回答题卡重新选择。")
    given = read_given(sheet.question, request.POST)
    try:
        actions.save(current_user(request), found.attempt.pk, {at: given})
    except InvalidInput as error:
        said = error.fields.get(f"q{at}", error.message)
        return InvalidInput.at(_first_field(sheet), said)
    except StateConflict as error:
        return error
    return None


def _first_field(sheet: Sheet) -> str:
    """Where a question's message stands."""
    return "blank0" if sheet.question.kind == BankQuestion.Kind.FILL else "given"


def _turned(found: Paper, at: int, act: str) -> int:
    """The question that a button leads to."""
    what, _, which = act.partition("-")
    to = {"previous": at - 1, "go": number_or(which, at)}.get(what, at + 1)
    return nearest(to, found.sheets)


def _address(found: Paper) -> str:
    return reverse("learning:paper", args=[found.attempt.pk])


def _paper(
    request: HttpRequest, found: Paper, at: int, error: DomainError | None = None
) -> HttpResponse:
    sheet = found.sheet(at)
    given = sheet.row.given
    if error is not None:
        given = read_given(sheet.question, request.POST)
    context = {"paper": found, "sheet": sheet, "given": given or [], "here": _address(found)}
    return form_page(request, "learning/mobile/paper.html", context, error)


def _closed(request: HttpRequest, found: Paper) -> HttpResponse:
    """A paper that can't be filled in any more: handed in, or the task was recalled."""
    if found.attempt.submitted_at is None:
        raise StateConflict(found.why_not, code="task-recalled")
    if request.method == "POST":
        messages.warning(request, found.why_not)
    return redirect_to(reverse("learning:result", args=[found.attempt.pk]), request)


@login_required
@require_http_methods(FORM)
def hand_in(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """答题卡: which questions are answered; 交卷 grades the paper at once."""
    user = current_user(request)
    found = get_paper(user, attempt_id)
    if not found.open:
        return _closed(request, found)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            actions.submit(user, attempt_id)
        except FORM_ERRORS as caught:
            if caught.code == _DONE:
                return _closed(request, get_paper(user, attempt_id))
            error = caught
        else:
            return redirect_to(reverse("learning:result", args=[attempt_id]), request)
    context = {"paper": found, "here": _address(found)}
    return form_page(request, "learning/mobile/hand_in.html", context, error)


@login_required
@require_safe
def result(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """How it went: the points, and each question with what was right, as the setting allows.

    ``only=wrong``: those that were wrong alone.
    """
    found = get_paper(current_user(request), attempt_id)
    if found.attempt.submitted_at is None:
        return redirect_to(_address(found), request)
    only = request.GET.get("only") == "wrong" and found.shows_answers
    context: dict[str, Any] = {
        "paper": found,
        "mine": _again(request, found),
        "only": only,
        "shown": [one for one in found.sheets if not (only and one.row.right)],
        "wrong": found.attempt.questions - found.attempt.right,
        "in_words": in_words,
        "answer_in_words": answer_in_words,
    }
    return page(request, "learning/mobile/result.html", context)


def _again(request: HttpRequest, found: Paper) -> MyQuiz | None:
    """The quiz, as long as it may be taken; None after a recall, or when it reaches one no more."""
    try:
        return my_quiz(current_user(request), found.notice.pk)
    except (NotFound, StateConflict):
        return None
