"""Answering: the form, its files, what was answered before, the question before it is handed in.

All of the form's buttons send all of it to one address, so that nothing typed is lost and it works
without scripts; what was chosen as a file is kept in the draft at once, because no browser keeps it
when a form comes back.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.files.actions import store
from lianxue.files.web import serve
from lianxue.notices.queries.reading import files_of
from lianxue.notices.web.common import FORM
from lianxue.organizations.queries import watermark_of
from lianxue.organizations.web.common import FORM_ERRORS, Typed, form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, Unavailable
from lianxue.shared.uploads import MAX_BYTES, too_large
from lianxue.shared.web import redirect_to

from ..actions import answering
from ..fields import field_name
from ..models import Question
from ..queries import earlier, filling
from ..queries.filling import ToAnswer

_TOO_LARGE = f"文件超过 {MAX_BYTES // 2**20} MB，请分成几个文件上传。"


@dataclass
class Filled:
    """The form as it stands: ``values`` by question, ``used``: those just taken from earlier,
    ``errors`` by field name, ``version`` of the answer when the form was opened, ``theirs``: what
    somebody else saved meanwhile, where it is not what was typed here."""

    values: dict[int, str]
    version: int
    used: set[int] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)
    theirs: dict[int, str] = field(default_factory=dict)

    @property
    def first_used(self) -> int | None:
        """The first question (they are numbered in order) that was just filled in."""
        return min(self.used, default=None)


def seen_by(found: ToAnswer) -> str:
    """Who reviews the answer and who gets to see it, in a sentence."""
    name = found.relay.organization.name
    if found.respondent.kind == "m":
        return f"由“{name}”的管理员审核，内容只有本组织的管理员能看到，上级只看到数字。"
    if found.respondent.kind == "b":
        return f"由“{name}”的上级管理员审核。"
    return f"由“{name}”审核，它的上级组织也能看到内容。"


def _address(found: ToAnswer, name: str = "answer") -> str:
    return reverse(f"worktasks:{name}", args=[found.relay.pk, str(found.respondent)])


@login_required
@require_http_methods(FORM)
def answer(request: HttpRequest, relay_id: int, respondent: str) -> HttpResponse:
    """The form, or, when nothing may be changed, what was answered and what became of it."""
    user = current_user(request)
    found = filling.get_to_answer(user, relay_id, respondent)
    if request.method != "POST":
        filled = Filled(dict(found.values), found.version)
        if request.GET.get("check") and found.may_edit:
            filled.errors = _missing(request, found)
        return _page(request, found, filled)
    filled = _read(request, found)
    try:
        return _act(request, found, filled, request.POST.get("act", "save"))
    except FORM_ERRORS as error:
        fresh = filling.get_to_answer(user, relay_id, respondent)
        filled.errors |= error.fields
        if error.code == "answer-changed":  # shown beside what was typed; saving again replaces it
            filled.version = fresh.version
            filled.theirs = {
                pk: text for pk, text in fresh.values.items() if filled.values.get(pk) != text
            }
        return _page(request, fresh, filled, error)


def _read(request: HttpRequest, found: ToAnswer) -> Filled:
    """What was typed; a field that did not come stays as it was kept."""
    values = {
        one.pk: request.POST.get(field_name(one), found.values.get(one.pk, ""))
        for one in found.questions
        if one.kind != Question.Kind.FILE
    }
    return Filled(values, _version(request))


def _version(request: HttpRequest) -> int:
    """Which version the form was opened with; one that can't be is nobody's."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _act(request: HttpRequest, found: ToAnswer, filled: Filled, act: str) -> HttpResponse:
    """Do what the button says. Raises InvalidInput, StateConflict."""
    what, _, which = act.partition("-")
    _take_files(request, found, filled)
    if what == "use":
        _use(found, filled, which)
    elif what == "remove":
        _remove(request, found, filled, which)
    if what in {"use", "remove", "upload"}:
        _keep_quietly(request, found, filled)
        fresh = filling.get_to_answer(current_user(request), found.relay.pk, str(found.respondent))
        return _page(request, fresh, filled)
    if filled.errors:
        raise InvalidInput("有文件没有收下，请看下面的说明。", fields=filled.errors)
    try:
        _keep(request, found, filled)
    except InvalidInput as error:
        if act != "submit":
            raise
        missing = _also_missing(request, found, filled, error)
        raise InvalidInput(error.message, fields=missing) from error
    if act != "submit":
        messages.success(request, "草稿已保存，还没有提交。")
        return redirect_to(_address(found), request)
    answering.check(current_user(request), found.relay.pk, str(found.respondent))
    return redirect_to(_address(found, "confirm"), request)


def _keep(request: HttpRequest, found: ToAnswer, filled: Filled) -> None:
    kept = answering.save_draft(
        current_user(request),
        found.relay.pk,
        str(found.respondent),
        filled.values,
        filled.version,
    )
    filled.version = kept.version


def _keep_quietly(request: HttpRequest, found: ToAnswer, filled: Filled) -> None:
    """What was typed so far is kept beside the file; what can't be kept yet stays in the form."""
    try:
        _keep(request, found, filled)
    except InvalidInput as error:
        filled.errors |= error.fields


def _take_files(request: HttpRequest, found: ToAnswer, filled: Filled) -> None:
    """Every file that came, into the draft; what is wrong with one stands at its field."""
    user, dropped = current_user(request), too_large(request)
    for question in found.questions:
        name = field_name(question)
        if question.kind != Question.Kind.FILE:
            continue
        if name in dropped:
            filled.errors[name] = _TOO_LARGE
        for upload in request.FILES.getlist(name):
            try:
                stored = store(user, upload, name)
                row = answering.add_file(
                    user,
                    found.relay.pk,
                    str(found.respondent),
                    question.pk,
                    stored,
                    filled.version,
                )
            except InvalidInput as error:
                filled.errors[name] = error.fields.get(name, error.message)
            except Unavailable as error:
                filled.errors[name] = error.message
            else:
                filled.version = row.answer.version


def _use(found: ToAnswer, filled: Filled, which: str) -> None:
    """Fill in what was answered before: ``all`` empty fields, or the question's."""
    for pk, one in earlier.earlier_answers(found.task, found.respondent).items():
        if which == str(pk) or (which == "all" and not filled.values.get(pk)):
            filled.values[pk] = one.text
            filled.used.add(pk)


def _remove(request: HttpRequest, found: ToAnswer, filled: Filled, which: str) -> None:
    user, file_id = current_user(request), number_in(which, "act") or 0
    row = answering.remove_file(
        user, found.relay.pk, str(found.respondent), file_id, filled.version
    )
    filled.version = row.version


def _missing(request: HttpRequest, found: ToAnswer) -> dict[str, str]:
    """What is still to be filled in before it can be handed in."""
    try:
        answering.check(current_user(request), found.relay.pk, str(found.respondent))
    except InvalidInput as error:
        return error.fields
    return {}


def _said(found: ToAnswer, errors: dict[str, str]) -> dict[str, str]:
    """The messages at the form's top: each with its question's number and words."""
    names = {
        field_name(one): f"第 {number} 题“{one.label}”："
        for number, one in enumerate(found.questions, 1)
    }
    return {name: names.get(name, "") + text for name, text in errors.items()}


def _also_missing(
    request: HttpRequest, found: ToAnswer, filled: Filled, error: InvalidInput
) -> dict[str, str]:
    """What was typed wrong, and what was left out, in the order of the questions."""
    names = {field_name(one): filled.values.get(one.pk, "").strip() for one in found.questions}
    missing = {name: text for name, text in _missing(request, found).items() if not names.get(name)}
    said = missing | error.fields
    return {name: said[name] for name in names if name in said}


def _page(
    request: HttpRequest, found: ToAnswer, filled: Filled, error: DomainError | None = None
) -> HttpResponse:
    offers = earlier.earlier_answers(found.task, found.respondent) if found.may_edit else {}
    context: dict[str, Any] = {
        "found": found,
        "filled": filled,
        "notice": found.task.notice,
        "notice_files": files_of(found.task.notice),
        "offers": {pk: one for pk, one in offers.items() if filled.values.get(pk) != one.text},
        "here": _address(found),
        "confirm_address": _address(found, "confirm"),
        "seen_by": seen_by(found),
        # who reviewed it, and colleagues who filled it in, are named in what happened to it alone
        "watermark": bool(found.steps)
        and watermark_of(current_user(request), found.relay.organization),
        "typed_errors": Typed(filled.errors),
        "said": _said(found, filled.errors),
    }
    return form_page(request, "worktasks/mobile/answer.html", context, error)


@login_required
@require_http_methods(FORM)
def confirm(request: HttpRequest, relay_id: int, respondent: str) -> HttpResponse:
    """All that will be handed in, once more, before it is."""
    user = current_user(request)
    found = filling.get_to_answer(user, relay_id, respondent)
    if not found.may_edit:
        return redirect_to(_address(found), request)
    if _missing(request, found):
        return redirect_to(f"{_address(found)}?check=1", request)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            answering.submit(user, relay_id, respondent, found.values, _version(request))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, "已提交，等待审核。")
            return redirect_to(_address(found), request)
    context = {
        "found": found,
        "notice": found.task.notice,
        "here": _address(found),
        "seen_by": seen_by(found),
    }
    return form_page(request, "worktasks/mobile/confirm.html", context, error)


@login_required
@require_POST
def take_back(request: HttpRequest, relay_id: int, respondent: str) -> HttpResponse:
    """撤回修改: it is a draft again, while nobody has reviewed it."""
    found = filling.get_to_answer(current_user(request), relay_id, respondent)
    answering.take_back(current_user(request), relay_id, respondent)
    messages.success(request, "已撤回，改好以后请重新提交。")
    return redirect_to(_address(found), request)


@login_required
@require_safe
def answer_file(
    request: HttpRequest, relay_id: int, respondent: str, file_id: int
) -> HttpResponseBase:
    """A file of the own answer."""
    found = filling.get_to_answer(current_user(request), relay_id, respondent)
    for rows in found.files.values():
        for row in rows:
            if row.file_id == file_id:
                return serve(request, row.file)
    raise NotFound
