"""错题本: what was wrong in quizzes, practised until it is right."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import form_page
from lianxue.shared.errors import InvalidInput
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import practice as actions
from ..grading import answer_in_words, clean, in_words, is_right
from ..models import BankQuestion, WrongQuestion
from ..queries import practice
from .answers import read_given, write_given
from .common import FORM


@login_required
@require_safe
def wrong(request: HttpRequest) -> HttpResponse:
    """The list; ``tab`` one of 待练习, 已掌握."""
    user, tab = current_user(request), request.GET.get("tab", "")
    tab = tab if tab in practice.TABS else "waiting"
    counts = practice.counts(user)
    number = {"waiting": counts.waiting, "mastered": counts.mastered}
    context = {
        "tab_shown": tab,
        "rows": paginate(practice.mine(user, tab), request.GET.get("page", 1)),
        "counts": counts,
        "views": [
            (f"?tab={key}", f"{word} {number[key]}", key == tab)
            for key, word in practice.TABS.items()
        ],
        "next_id": practice.following(user, 0),
    }
    return page(request, "learning/mobile/wrong.html", context)


@login_required
@require_http_methods(FORM)
def practise(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question. What was answered comes back in the address, so that going back and reloading
    practise nothing a second time."""
    user = current_user(request)
    row = practice.get_mine(user, question_id)
    if request.method != "POST":
        return _page(request, row)
    try:
        done = actions.practise(user, question_id, read_given(row.question, request.POST))
    except InvalidInput as error:
        if row.question.kind == BankQuestion.Kind.FILL:  # its fields are its blanks
            error.fields = {"blank0": error.fields.get("given", error.message)}
        return _page(request, row, error)
    here = reverse("learning:practise", args=[question_id])
    return redirect_to(f"{here}?{write_given(row.question, done.given)}", request)


def _page(
    request: HttpRequest, row: WrongQuestion, error: InvalidInput | None = None
) -> HttpResponse:
    user, question = current_user(request), row.question
    given = read_given(question, request.POST if error else request.GET)
    try:
        answered = None if error else clean(question, given)
    except InvalidInput:  # an address made by hand
        given = answered = None
    context = {
        "row": row,
        "question": question,
        "given": given or [],
        "answered": answered is not None,
        "right": is_right(question, answered),
        "next_id": practice.following(user, question.pk),
        "left": practice.counts(user).waiting,
        "here": reverse("learning:practise", args=[question.pk]),
        "in_words": in_words,
        "answer_in_words": answer_in_words,
    }
    return form_page(request, "learning/mobile/practise.html", context, error)
