"""Setting a quiz up, on both faces: where its questions come from, what passes; and how a paper
looks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.notices.models import Notice
from lianxue.notices.web.common import kept_here
from lianxue.organizations.web.common import FORM_ERRORS, form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from lianxue.shared.nav import find_url
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import quizzes as actions
from ..actions.quizzes import MAX_PARTS, PartSpec
from ..grading import answer_in_words, in_words
from ..models import Quiz
from ..queries import quizzes as queries
from .common import FORM, Context, address, frame
from .quiz_typed import Typed, kept, number, read, turn

_SENT = "任务已经发出，测验不能再改。需要改的话，请在“已发出”里复制一份，改好再发。"
_ATTEMPTS = [(0, "不限次数"), *((one, f"{one} 次") for one in (1, 2, 3, 5, 10))]
#: What a question chosen by itself is worth at first.
_SCORE = 5


def _task(request: HttpRequest, organization_id: int, notice_id: int, console: bool) -> Context:
    """The frame's context with the learning task that the actor keeps here, and its quiz.

    Raises NotFound (also for what is no learning task), PermissionDenied.
    """
    context = frame(request, organization_id, console)
    notice = kept_here(request, context["place"], notice_id)
    if not notice.is_learning:
        raise NotFound
    here = address("quiz_edit", console, organization_id, notice_id)
    step = f"learning:{'console_' * console}contents"
    text = address("edit", console, organization_id, notice_id, app="notices")
    quiz = queries.quiz_of(notice)
    return context | {
        "notice": notice,
        "quiz": quiz,
        "parts": queries.parts_of(quiz) if quiz else [],
        "draft": notice.state == Notice.State.DRAFT,
        "here": here,
        "pick": address("quiz_pick", console, organization_id, notice_id),
        "sample": address("quiz_sample", console, organization_id, notice_id),
        "remove": address("quiz_remove", console, organization_id, notice_id),
        "contents": find_url(step, organization_id, notice_id) or text,
    }


@login_required
@require_http_methods(FORM)
def quiz_edit(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The editor; ``act``: 保存, 挑选题目, 看样卷, or one that turns the typed parts. Once the task
    is sent, what was asked."""
    context = _task(request, organization_id, notice_id, console)
    if not context["draft"]:
        if request.method == "POST":
            raise StateConflict(_SENT, code="notice-sent")
        return page(request, "learning/both/quiz_sent.html", context | _numbers(context))
    if request.method != "POST":
        return _editor(request, context, kept(context["quiz"], context["parts"]))
    typed, act = read(request.POST), request.POST.get("act", "save")
    if act not in {"save", "pick", "sample"}:
        turn(typed, act)
        return _editor(request, context, typed)
    specs = typed.specs()
    if act == "pick":  # what will be chosen there needs no part that was left empty
        specs = [row.spec() for row in typed.rows if not row.untouched]
    if act == "pick" and not specs:
        return redirect_to(context["pick"], request)
    try:
        actions.set_quiz(current_user(request), notice_id, typed.settings(), specs)
    except FORM_ERRORS as error:
        return _editor(request, context, typed, _beside(error))
    if act == "save":
        messages.success(request, "测验已保存。")
        return redirect_to(context["contents"], request)
    return redirect_to(context[act], request)


def _beside(error: DomainError) -> DomainError:
    """Bank and kind are one field of the form."""
    for name in [name for name in error.fields if name.startswith("p") and "-" in name]:
        if name.endswith(("-bank", "-kind")):
            message = error.fields.pop(name)
            error.fields[f"{name.rpartition('-')[0]}-source"] = message
    return error


def _said(errors: dict[str, str]) -> dict[str, str]:
    """The messages at the form's top: each with its part's number."""
    found = {}
    for name, text in errors.items():
        which = name.removeprefix("p").split("-")[0]
        found[name] = f"第 {int(which) + 1} 部分：{text}" if which.isdigit() else text
    return found


def _editor(
    request: HttpRequest, context: Context, typed: Typed, error: DomainError | None = None
) -> HttpResponse:
    percent = number(typed.pass_percent)
    context |= {
        "typed": typed,
        "choices": _choices(context),
        "named": queries.questions_by_id(
            context["organization"].pk,
            (number(row.question) for row in typed.rows if number(row.question)),
        ),
        "attempts": _ATTEMPTS,
        "answers": Quiz.Answers.choices,
        "needed": queries.needed(typed.full, percent) if 1 <= percent <= 100 else 0,
        "most": MAX_PARTS,
        "banks": find_url(f"{context['prefix']}banks", context["organization"].pk),
        "said": _said(error.fields if error else {}),
    }
    return form_page(request, "learning/both/quiz_edit.html", context, error)


def _choices(context: Context) -> list[tuple[str, str]]:
    """The kinds in each bank, for a select."""
    return [(one.key, one.words) for one in queries.sources(context["organization"].pk)]


def _numbers(context: Context) -> Context:
    quiz = context["quiz"]
    return {"outline": queries.outline(quiz) if quiz else None}


@login_required
@require_http_methods(FORM)
def quiz_pick(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """Choose questions one by one; they come behind what the quiz has already."""
    context = _task(request, organization_id, notice_id, console)
    if not context["draft"]:
        raise StateConflict(_SENT, code="notice-sent")
    error: DomainError | None = None
    if request.method == "POST":
        try:
            added = _add(request, context)
        except FORM_ERRORS as caught:
            error = _at_list(caught)
        else:
            messages.success(request, f"已添加 {added} 道题，可以改每题的分值。")
            return redirect_to(context["here"], request)
    wanted, text = request.GET.get("source", ""), request.GET.get("q", "")[:40]
    bank, _, kind = wanted.partition("-")
    taken = {part.question_id for part in context["parts"] if part.question_id}
    rows = queries.choosable(organization_id, number(bank), kind, text).exclude(pk__in=taken)
    context |= {
        "rows": paginate(rows, request.GET.get("page", 1)),
        "choices": _choices(context),
        "source": wanted,
        "text": text,
        "ticked": set(request.POST.getlist("question")),
        "score": request.POST.get("score", str(_SCORE)),
        "answer_in_words": answer_in_words,
        "banks": find_url(f"{context['prefix']}banks", organization_id),
    }
    return form_page(request, "learning/both/quiz_pick.html", context, error)


def _add(request: HttpRequest, context: Context) -> int:
    """Put the ticked questions behind the parts; how many."""
    ticked = [number_in(one, "question") for one in request.POST.getlist("question")]
    chosen = list(dict.fromkeys(one for one in ticked if one))
    if not chosen:
        raise InvalidInput.at("question", "请至少选一道题。")
    score = number(request.POST.get("score", ""))
    if not 1 <= score <= actions.MAX_SCORE:
        raise InvalidInput.at("score", f"请填写 1 到 {actions.MAX_SCORE} 之间的整数。")
    typed = kept(context["quiz"], context["parts"])
    old = [row.spec() for row in typed.rows if not row.untouched]
    taken = {row.question for row in typed.rows}
    specs = [PartSpec(question_id=one, score=score) for one in chosen if str(one) not in taken]
    actions.set_quiz(
        current_user(request),
        context["notice"].pk,
        typed.settings(),
        [*old, *specs],
    )
    return len(specs)


def _at_list(error: DomainError) -> DomainError:
    """What is wrong with the parts, said at the list of questions."""
    if not {"question", "score"} & set(error.fields) and error.fields:
        said = next(iter(_said(error.fields).values()))
        return InvalidInput.at("question", said)
    return error


@login_required
@require_POST
def quiz_remove(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The task goes without a quiz."""
    context = _task(request, organization_id, notice_id, console)
    actions.remove_quiz(current_user(request), notice_id)
    messages.success(request, "已去掉测验。")
    return redirect_to(context["contents"], request)


@login_required
@require_safe
def quiz_sample(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """A paper as it may be drawn, with what is right; drawn anew at each look, kept nowhere."""
    context = _task(request, organization_id, notice_id, console)
    quiz: Quiz | None = context["quiz"]
    drawn = queries.draw(context["parts"], context["notice"].sent_at) if quiz else []
    found = queries.questions_by_id(organization_id, (one.question_id for one in drawn))
    context |= _numbers(context) | {
        "sheets": [(found[one.question_id], one.worth) for one in drawn],
        "in_words": in_words,
        "answer_in_words": answer_in_words,
    }
    return page(request, "learning/both/quiz_sample.html", context)
