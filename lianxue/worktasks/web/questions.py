"""What a task asks: its questions, who answers, and how the form will look (both faces)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.notices.models import Notice
from lianxue.notices.web.common import FORM, address
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput, StateConflict
from lianxue.shared.web import page, redirect_to

from ..actions import tasks as actions
from ..fields import MAX_QUESTIONS, TaskSettings, settings_of, spec_of
from ..models import Question, WorkTask
from ..queries import earlier
from .common import is_draft, kept_task
from .typed import STARTS, Typed, begin, kept, read, turn

#: Who answers, with what follows from it.
WHO = [
    (
        WorkTask.Respondents.UNITS,
        "单位答复",
        "每个下级组织、每个选定的支部答一份，由那里的管理员填写。",
    ),
    (
        WorkTask.Respondents.MEMBERS,
        "成员本人答复",
        "收到的每个人各答一份，内容只有其所在组织的管理员能看到，上级只看到数字。",
    ),
]
_SENT = "任务已经发出，问题不能再改。需要改的话，请在“已发出”里复制一份，改好再发。"


@login_required
@require_http_methods(FORM)
def questions(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The editor. ``act`` says which button: 保存, 预览, or one that turns the typed questions."""
    context = kept_task(request, organization_id, notice_id, console)
    if not is_draft(context["notice"]):
        if request.method == "POST":
            raise StateConflict(_SENT)
        return redirect_to(context["form_preview"], request)
    if request.method != "POST":
        return _editor(request, context, _stored(context))
    typed, act = read(request.POST), request.POST.get("act", "save")
    if act not in {"save", "preview"}:
        turn(typed, act)
        return _editor(request, context, typed)
    try:
        if not typed.rows:
            raise InvalidInput.at("questions", "请至少写一个问题。")
        actions.set_questions(current_user(request), notice_id, typed.settings, typed.specs())
    except FORM_ERRORS as error:
        return _editor(request, context, typed, error)
    if act == "preview":
        return redirect_to(context["form_preview"], request)
    messages.success(request, "问题已保存。")
    return redirect_to(_next(context), request)


@login_required
@require_safe
def form_preview(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The form as respondents will see it."""
    context = kept_task(request, organization_id, notice_id, console)
    task = context["task"]
    context |= {
        "questions": list(task.questions.order_by("position")) if task else [],
        "draft": is_draft(context["notice"]),
        "next": _next(context),
        "who": {key: word for key, word, _ in WHO},
    }
    return page(request, "worktasks/both/form_preview.html", context)


def _next(context: dict[str, Any]) -> str:
    """Behind the questions: who it goes to."""
    return address("audience", context["console"], context["organization"].pk, context["notice"].pk)


def _stored(context: dict[str, Any]) -> Typed:
    """What was saved; a new 填报表格 begins with a question to fill in."""
    task: WorkTask | None = context["task"]
    if task is None:
        form = context["notice"].kind == Notice.Kind.FORM
        return Typed(rows=begin("form") if form else [])
    rows = [spec_of(one) for one in task.questions.order_by("position")]
    return kept(task, rows, settings_of(task) if task else TaskSettings())


def _said(errors: dict[str, str]) -> dict[str, str]:
    """The messages at the form's top: each with its question's number."""
    found = {}
    for name, text in errors.items():
        number = name.removeprefix("q").split("-")[0]
        found[name] = f"第 {int(number) + 1} 题：{text}" if number.isdigit() else text
    return found


def _editor(
    request: HttpRequest, context: dict[str, Any], typed: Typed, error: DomainError | None = None
) -> HttpResponse:
    period = typed.settings.period
    known = period in WorkTask.Period.values
    asked = earlier.asked_before(
        context["organization"],
        typed.specs(),
        period if known else WorkTask.Period.YEAR,
        but=context["notice"].pk,
    )
    context |= {
        "typed": typed,
        "asked": asked,
        "kinds": Question.Kind.choices,
        "kind_icons": _ICONS,
        "starts": STARTS,
        "who": WHO,
        "periods": WorkTask.Period.choices,
        "period_words": WorkTask.Period(period).label if known else "",
        "most": MAX_QUESTIONS,
        "said": _said(error.fields if error else {}),
    }
    return form_page(request, "worktasks/both/questions.html", context, error)


_ICONS = {
    "text": "file-text",
    "number": "chart-column",
    "choice": "list-checks",
    "date": "calendar",
    "file": "paperclip",
}
