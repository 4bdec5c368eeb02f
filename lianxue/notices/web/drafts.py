"""Writing a notice, or beginning a task: a draft that is saved at every step."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.files.actions import store
from lianxue.files.models import StoredFile
from lianxue.organizations.web.common import FORM_ERRORS, form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.uploads import limit_of, too_large, words_for
from lianxue.shared.web import redirect_to

from .. import rules
from ..actions import drafts
from ..actions.drafts import DraftText
from ..extensions import extension_of
from ..models import Notice
from ..policy import Place
from ..queries.reading import files_of
from .common import FORM, address, frame, kept_here, moment_in, moment_out, named

#: What each kind is begun with, and called on its page.
TITLES = {
    "notice": "写通知",
    "task": "布置工作任务",
    "form": "发填报表格",
    "learning": "布置学习任务",
}
_SWITCHES = ("needs_confirmation", "urgent", "pass_on")


@login_required
@require_http_methods(FORM)
def new(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """A draft's first page; ``?kind=`` one of TITLES. Nothing is written before it is sent."""
    context = frame(request, organization_id, console)
    sent = request.POST if request.method == "POST" else request.GET
    kind = sent.get("kind", "")
    if kind not in Notice.Kind.values:
        kind = Notice.Kind.NOTICE.value
    draft = Notice(kind=kind, organization=context["organization"])
    if request.method == "POST":
        return _save(request, context, draft)
    return _page(request, context, draft)


@login_required
@require_http_methods(FORM)
def edit(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """A draft's words and files; its buttons save, add files, or lead to the next step."""
    context = frame(request, organization_id, console)
    draft = kept_here(request, context["place"], notice_id)
    if request.method == "POST":
        return _save(request, context, draft)
    if draft.state != Notice.State.DRAFT:
        return redirect_to(address("chain", console, organization_id, notice_id), request)
    return _page(request, context, draft)


def _save(request: HttpRequest, context: dict[str, Any], draft: Notice) -> HttpResponse:
    """The form, sent by one of its buttons; the files first, so that they are kept when a word is
    refused (a browser never keeps the files that were chosen)."""
    user, place = current_user(request), context["place"]
    try:
        removed = number_in(request.POST.get("remove"), "files")
        files, refused = _uploads(request, user)
        try:
            text = _text(request, draft, place)
            if refused:
                raise refused
            draft = _written(user, place, draft, text)
        except InvalidInput:
            if files:
                draft = draft if draft.pk else _begun(user, place, draft)
                _attach(user, draft, files)
            raise
        _attach(user, draft, files)
        return _onward(request, context, draft, removed)
    except FORM_ERRORS as error:
        return _page(request, context, draft, error)


def _uploads(request: HttpRequest, user: User) -> tuple[list[StoredFile], InvalidInput | None]:
    """What was chosen, kept in the storage; and why the last of those not taken was refused."""
    taken, refused = [], None
    if "files" in too_large(request):  # dropped while it arrived; nothing of it is here
        refused = InvalidInput.at("files", words_for(limit_of(request, "files")))
    for upload in request.FILES.getlist("files"):
        try:
            taken.append(store(user, upload, "files"))
        except InvalidInput as error:
            words = f"“{upload.name}”没有上传：{error.message}"
            refused = InvalidInput.at("files", words)
    return taken, refused


def _attach(user: User, draft: Notice, files: list[StoredFile]) -> None:
    """The files into the draft. Raises InvalidInput at ``files`` above the number it holds."""
    try:
        for one in files:
            drafts.add_file(user, draft.pk, one)
    except InvalidInput as error:
        raise InvalidInput.at("files", error.message) from error


def _begun(user: User, place: Place, draft: Notice) -> Notice:
    """An empty draft, for the files that came with words that were refused."""
    return drafts.create(user, place.organization.pk, draft.kind, DraftText())


def _written(user: User, place: Place, draft: Notice, text: DraftText) -> Notice:
    if draft.pk is None:
        if not (text.title.strip() or text.body.strip()):
            raise InvalidInput.at("title", "请先填写标题或正文，再保存。")
        return drafts.create(user, place.organization.pk, draft.kind, text)
    return drafts.change(user, draft.pk, text)


def _text(request: HttpRequest, draft: Notice, place: Place) -> DraftText:
    """What was typed; a switch that this page does not show stays as it was.

    Raises InvalidInput at ``deadline``.
    """
    shown = _shown(draft, place)
    on = {
        name: request.POST.get(name) == "on" if name in shown else getattr(draft, name)
        for name in _SWITCHES
    }
    return DraftText(
        title=request.POST.get("title", ""),
        body=request.POST.get("body", ""),
        deadline=moment_in(request.POST.get("deadline", "")),
        **on,
    )


def _shown(draft: Notice, place: Place) -> set[str]:
    """The switches of this kind, for this administrator. A task is confirmed by doing it, and
    whether it goes further down follows from who does it."""
    if draft.is_task:
        return {"urgent"}
    below = {"pass_on"} if place.power.whole and place.organization.is_certified else set()
    return {"urgent", "needs_confirmation"} | below


def _onward(
    request: HttpRequest, context: dict[str, Any], draft: Notice, removed: int | None
) -> HttpResponse:
    """Where the button leads; ``next`` only with a whole draft. Raises InvalidInput."""
    user, console = current_user(request), context["console"]
    organization_id = context["organization"].pk
    here = address("edit", console, organization_id, draft.pk)
    if removed is not None:
        drafts.remove_file(user, draft.pk, removed)
        messages.success(request, "附件已移除，其他内容已保存。")
        return redirect_to(here, request)
    go = request.POST.get("go", "")
    if go == "next":
        rules.need_complete(draft)
        return redirect_to(next_step(draft, organization_id, console), request)
    messages.success(request, "附件和草稿已保存。" if go == "files" else "草稿已保存。")
    return redirect_to(here if go == "files" else f"{context['desk']}?tab=drafts", request)


def next_step(draft: Notice, organization_id: int, console: bool) -> str:
    """The page after the words: what a task asks, else choosing whom it is for."""
    step = extension_of(draft).step
    return named(step or "notices:audience", console, organization_id, draft.pk)


def _page(
    request: HttpRequest, context: dict[str, Any], draft: Notice, error: DomainError | None = None
) -> HttpResponse:
    """The form: with what was typed when it came back, else with the draft."""
    organization_id, console = context["organization"].pk, context["console"]
    saved = draft.pk is not None
    typed = request.POST if request.method == "POST" else None
    shown = _shown(draft, context["place"])
    on = {name: typed.get(name) == "on" if typed else getattr(draft, name) for name in shown}
    if saved:
        action = address("edit", console, organization_id, draft.pk)
    else:
        action = address("new", console, organization_id)
    context |= {
        "draft": draft,
        "saved": saved,
        "word": TITLES[draft.kind],
        "files": files_of(draft) if saved else [],
        "most_files": rules.MAX_FILES,
        "on": on,
        "typed": {
            "title": typed.get("title", "") if typed else draft.title,
            "body": typed.get("body", "") if typed else draft.body,
            "deadline": typed.get("deadline", "") if typed else moment_out(draft.deadline),
        },
        "steps": 4 if extension_of(draft).step else 3,
        "action": action,
    }
    return form_page(request, "notices/both/edit.html", context, error)


@login_required
@require_POST
def discard(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """A draft is thrown away, with its files."""
    context = frame(request, organization_id, console)
    kept_here(request, context["place"], notice_id)
    drafts.discard(current_user(request), notice_id)
    messages.success(request, "草稿已删除。")
    return redirect_to(f"{context['desk']}?tab=drafts", request)


@login_required
@require_POST
def copy(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """再发一次: a new draft with the same words and files."""
    context = frame(request, organization_id, console)
    kept_here(request, context["place"], notice_id)
    draft = drafts.copy(current_user(request), notice_id)
    messages.success(request, "已复制成新的草稿，改好以后再发送。")
    return redirect_to(address("edit", console, organization_id, draft.pk), request)
