"""题库 on both faces: an organisation's banks, a bank's questions, one question's form."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.downloads import attachment
from lianxue.shared.errors import DomainError, StateConflict
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import bank_export
from ..actions import banks as actions
from ..grading import answer_in_words
from ..models import BankQuestion
from ..queries import banks as reads
from ..question_sheet import OPTION_KEYS
from ..questions import MAX_EXPLANATION, MAX_OPTION, MAX_TEXT, Typed, as_typed, letter_of
from .common import FORM, Context, address, frame

Kind = BankQuestion.Kind
#: Kinds with options.
_CHOICES = {Kind.SINGLE, Kind.MULTIPLE}
#: Options that stand open in an empty form.
_SHOWN = 4
_ADDED = "已添加这道题。"


@login_required
@require_http_methods(FORM)
def banks(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """The organisation's banks with how many questions they hold; a new one."""
    context = frame(request, organization_id, console)
    user, error = current_user(request), None
    if request.method == "POST":
        try:
            made = actions.create(user, organization_id, request.POST.get("name", ""))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"已建立题库“{made.name}”。")
            return redirect_to(address("bank", console, organization_id, made.pk), request)
    rows = paginate(reads.banks_of(user, organization_id), request.GET.get("page", 1))
    context |= {
        "rows": rows,
        "lines": [(bank, _by_kind(bank)) for bank in rows.items],
        "most": actions.MAX_NAME,
    }
    return form_page(request, "learning/both/banks.html", context, error)


def _by_kind(bank: Any) -> list[tuple[str, int]]:
    """The kinds that there are in a bank of ``reads.banks_of``, in words, with how many."""
    counts = [(kind.label, getattr(bank, kind.value)) for kind in Kind]
    return [(label, count) for label, count in counts if count]


def bank_context(
    request: HttpRequest, organization_id: int, bank_id: int, console: bool
) -> Context:
    """The frame's context with a bank of this organisation. Raises NotFound, PermissionDenied."""
    context = frame(request, organization_id, console)
    found = reads.get_bank(current_user(request), organization_id, bank_id)
    return context | {"bank": found, "here": address("bank", console, organization_id, found.pk)}


@login_required
@require_http_methods(["GET", "HEAD"])
def bank(
    request: HttpRequest, organization_id: int, bank_id: int, console: bool = False
) -> HttpResponse:
    """A bank's questions: by kind, by words; those that are no longer drawn."""
    context = bank_context(request, organization_id, bank_id, console)
    show, text = request.GET.get("show", ""), request.GET.get("q", "")[:40]
    counts = reads.counts_of(context["bank"])
    retired = counts.pop("retired")
    show = show if show in counts or (show == "retired" and retired) else ""
    kind = "" if show == "retired" else show
    rows = reads.questions_of(context["bank"], kind, text, retired=show == "retired")
    shown = [("", sum(counts.values()), "全部")]
    shown += [(kind.value, counts[kind.value], kind.label) for kind in Kind if counts[kind.value]]
    shown += [("retired", retired, "已停用")] if retired else []
    context |= {
        "rows": paginate(rows, request.GET.get("page", 1)),
        "total": sum(counts.values()),
        "show": show,
        "text": text,
        "ways": [
            (context["here"] + (f"?show={key}" if key else ""), number, word, key == show)
            for key, number, word in shown
        ],
        "answer_in_words": answer_in_words,
    }
    return page(request, "learning/both/bank.html", context)


@login_required
@require_http_methods(FORM)
def bank_rename(
    request: HttpRequest, organization_id: int, bank_id: int, console: bool = False
) -> HttpResponse:
    """Another name for a bank."""
    context = bank_context(request, organization_id, bank_id, console)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            actions.rename(current_user(request), bank_id, request.POST.get("name", ""))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, "题库名称已修改。")
            return redirect_to(context["here"], request)
    context["most"] = actions.MAX_NAME
    return form_page(request, "learning/both/bank_rename.html", context, error)


@login_required
@never_cache
@require_POST
def bank_export_file(
    request: HttpRequest, organization_id: int, bank_id: int, console: bool = False
) -> HttpResponseBase:
    """The bank as a workbook that can be imported again; an empty one says so on its page."""
    try:
        taken = bank_export.export_bank(current_user(request), organization_id, bank_id)
    except StateConflict as error:
        messages.error(request, error.message)
        return redirect_to(address("bank", console, organization_id, bank_id), request)
    return attachment(taken.data, taken.name)


@dataclass(frozen=True)
class _Option:
    """One option's line in the form."""

    letter: str
    name: str
    text: str
    right: bool


@login_required
@require_http_methods(FORM)
def question_new(
    request: HttpRequest, organization_id: int, bank_id: int, console: bool = False
) -> HttpResponse:
    """One more question; ``?kind=`` says of which kind the form is."""
    context = bank_context(request, organization_id, bank_id, console)
    wanted = request.POST.get("kind") or request.GET.get("kind", "")
    kind = wanted if wanted in Kind.values else Kind.SINGLE.value
    form = address("question_new", console, organization_id, bank_id)
    error: DomainError | None = None
    typed = Typed(kind, "")
    if request.method == "POST":
        typed = _read(request, kind)
        try:
            actions.add(current_user(request), bank_id, typed)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, _ADDED)
            more = request.POST.get("act") == "more"
            return redirect_to(f"{form}?kind={kind}" if more else context["here"], request)
    context |= {
        "kinds": [(f"{form}?kind={one.value}", one.label, one.value == kind) for one in Kind]
    }
    return _form(request, context, typed, error)


@login_required
@require_http_methods(FORM)
def question_edit(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    question_id: int,
    console: bool = False,
) -> HttpResponse:
    """A question, to be corrected; a retired one is shown as it was."""
    context = bank_context(request, organization_id, bank_id, console)
    question = reads.get_question(context["bank"], question_id)
    context["question"] = question
    if question.retired_at is not None:
        if request.method == "POST":
            raise StateConflict("这道题已经停用或修改过了，请刷新页面查看。")
        context |= {"newer": reads.replaced_by(question), "answer_in_words": answer_in_words}
        return page(request, "learning/both/bank_retired.html", context)
    error: DomainError | None = None
    typed = as_typed(question)
    if request.method == "POST":
        typed = _read(request, question.kind)
        try:
            made = actions.correct(current_user(request), question_id, typed)
        except FORM_ERRORS as caught:
            error = caught
        else:
            same = made.pk == question_id
            messages.success(request, "没有改动，题目保持原样。" if same else "题目已修改。")
            return redirect_to(context["here"], request)
    return _form(request, context, typed, error)


@login_required
@require_POST
def question_retire(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    question_id: int,
    console: bool = False,
) -> HttpResponse:
    """停用: drawn no more."""
    context = bank_context(request, organization_id, bank_id, console)
    reads.get_question(context["bank"], question_id)
    actions.retire(current_user(request), question_id)
    messages.success(request, "已停用这道题，以后的测验不会再抽到它。")
    return redirect_to(context["here"], request)


def _read(request: HttpRequest, kind: str) -> Typed:
    """The question as it was typed in the form."""
    sent = request.POST
    return Typed(
        kind=kind,
        text=sent.get("text", ""),
        options=tuple(sent.get(key, "") for key in OPTION_KEYS),
        answer="".join(sent.getlist("answer")),
        explanation=sent.get("explanation", ""),
    )


def _form(
    request: HttpRequest, context: Context, typed: Typed, error: DomainError | None
) -> HttpResponse:
    """The question's form with what was typed. Options are lines with a mark for the right ones."""
    options = _options(typed) if typed.kind in _CHOICES else []
    shown = max(_SHOWN, *(at for at, one in enumerate(options, 1) if one.text or one.right), 0)
    context |= {
        "question": context.get("question"),
        "kinds": context.get("kinds"),
        "typed": typed,
        "kind": Kind(typed.kind),
        "first": options[:shown],
        "further": options[shown:],
        "lines": typed.answer.replace("；", "\n"),  # noqa: RUF001 - full width is meant
        "most": {"text": MAX_TEXT, "option": MAX_OPTION, "explanation": MAX_EXPLANATION},
    }
    return form_page(request, "learning/both/bank_question.html", context, error)


def _options(typed: Typed) -> list[_Option]:
    letters = [letter_of(place) for place in range(len(OPTION_KEYS))]
    return [
        _Option(
            letter,
            key,
            typed.options[place] if place < len(typed.options) else "",
            letter in typed.answer,
        )
        for place, (letter, key) in enumerate(zip(letters, OPTION_KEYS, strict=True))
    ]
