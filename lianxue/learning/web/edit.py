"""Writing a content: its words, its file, its pictures; kept at every step.

All of the form's buttons send all of it to one address, so that nothing typed is lost and it works
without scripts. With scripts a draft is also kept while one types (``go=auto``, answered in JSON).
"""

import re
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.files.actions import store
from lianxue.organizations.web.common import FORM_ERRORS, form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict, Unavailable
from lianxue.shared.uploads import large_bytes, too_large, uploaded, words_for
from lianxue.shared.web import redirect_to

from .. import html, policy, rules
from ..actions import drafts, gallery
from ..actions.drafts import ContentText
from ..models import ContentFile, ContentItem
from ..queries import desk as reads
from ..queries.library import pictures_of
from . import plain
from .common import FORM, Context, address, frame, kept_here

Kind, State = ContentItem.Kind, ContentItem.State
_BETWEEN_TAGS = re.compile(r"[\s,，、;；]+")
_NUMBER = re.compile(r"[0-9]{1,9}")
_CAPTION = re.compile(r"caption-[0-9]{1,18}")
_ACT = re.compile(r"(remove|up|down)-([0-9]{1,18})")
_MEGABYTES = 2**20
#: What a file field offers; what is taken is decided by the bytes.
_PICTURES = ".jpg,.jpeg,.png,.webp"
_ACCEPT: dict[str, str] = {
    Kind.AUDIO: ".mp3,.m4a",
    Kind.VIDEO: ".mp4,.webm",
    Kind.DOCUMENT: ".pdf",
}


@dataclass
class Typed:
    """The form as it stands. ``format``: whether ``body`` is ``html`` or plain ``text``."""

    version: int
    title: str = ""
    summary: str = ""
    source: str = ""
    link: str = ""
    column: str = ""
    tags: str = ""
    reach: str = ContentItem.Reach.OWN
    allows_comments: bool = True
    body: str = ""
    format: str = "text"
    #: The words typed for pictures, by the file's id.
    captions: dict[int, str] = field(default_factory=dict)


@login_required
@require_http_methods(FORM)
def edit(
    request: HttpRequest, organization_id: int, item_id: int, console: bool = False
) -> HttpResponse:
    """A content's form; its buttons keep it, add files, or lead to the preview."""
    context = frame(request, organization_id, console)
    item = kept_here(request, context, item_id)
    policy.need_changes(context["power"], item)
    if request.method != "POST":
        return _page(request, context, item, _as_kept(item))
    if request.POST.get("go") == "auto":
        return _by_itself(request, item)
    return _save(request, context, item)


def _by_itself(request: HttpRequest, item: ContentItem) -> HttpResponse:
    """A draft kept while one types; what is published changes at a tap alone."""
    try:
        if item.state != State.DRAFT:
            raise StateConflict("已经发布的内容不会自动保存，改好以后请点“保存更正”。")
        typed = _read(request, item)
        text, user = _text(typed), current_user(request)
        kept = drafts.change(user, item.pk, text, typed.version, by_itself=True)
    except FORM_ERRORS as error:
        return JsonResponse({"message": error.message, "code": error.code}, status=error.status)
    return JsonResponse({"version": kept.version})


def _as_kept(item: ContentItem) -> Typed:
    """The form as it is opened."""
    lines = plain.lines_of(item.body)
    return Typed(
        version=item.version,
        title=item.title,
        summary=item.summary,
        source=item.source,
        link=item.link,
        column=str(item.column_id or ""),
        tags=" ".join(tag.name for tag in item.tags.order_by("pk")),
        reach=item.reach,
        allows_comments=item.allows_comments,
        body=item.body if lines is None else lines,
        format="html" if lines is None else "text",
    )


def _shows_reach(item: ContentItem) -> bool:
    """Whether there is anything to choose: an organisation without a chain has only itself."""
    return item.organization.is_certified or item.reach != ContentItem.Reach.OWN


def _read(request: HttpRequest, item: ContentItem) -> Typed:
    """What was typed; what this kind's page does not show stays as it was."""
    sent = request.POST
    captions = {int(name[8:]): sent[name] for name in sent if _CAPTION.fullmatch(name)}
    version = sent.get("version", "")
    return Typed(
        version=int(version) if _NUMBER.fullmatch(version) else 0,
        title=sent.get("title", ""),
        summary=sent.get("summary", ""),
        source=sent.get("source", ""),
        link=sent.get("link", "") if item.kind == Kind.LINK else item.link,
        column=sent.get("column_id", ""),
        tags=sent.get("tags", ""),
        reach=sent.get("reach", "") if _shows_reach(item) else item.reach,
        allows_comments=sent.get("allows_comments") == "on",
        body=sent.get("body", ""),
        format="html" if sent.get("format") == "html" else "text",
        captions=captions,
    )


def _text(typed: Typed) -> ContentText:
    """The form as the action takes it. Raises InvalidInput at ``column_id``."""
    return ContentText(
        title=typed.title,
        summary=typed.summary,
        source=typed.source,
        body=typed.body if typed.format == "html" else plain.paragraphs(typed.body),
        link=typed.link,
        column_id=number_in(typed.column, "column_id"),
        tags=tuple(name for name in _BETWEEN_TAGS.split(typed.tags) if name),
        reach=typed.reach,
        allows_comments=typed.allows_comments,
    )


def _save(request: HttpRequest, context: Context, item: ContentItem) -> HttpResponse:
    """The words first (somebody else's newer ones are never written over unseen), then the files,
    also beside a refused word: a browser never keeps the files that were chosen."""
    user, go = current_user(request), request.POST.get("go", "")
    typed, summary = _read(request, item), ""
    errors: dict[str, str] = {}
    try:
        drafts.change(user, item.pk, _text(typed), typed.version)
    except InvalidInput as error:
        errors |= error.fields
        summary = "" if error.fields else error.message
    except StateConflict as error:
        if error.code != "content-changed":
            return _page(request, context, item, typed, error)
        typed.version = item.version
        return _page(request, context, item, typed, _newer(item))
    errors |= _files(request, user, item, typed)
    if not errors and not summary:
        errors |= _act_on_pictures(user, item, go)
    if errors or summary:
        fresh = kept_here(request, context, item.pk)
        typed.version = fresh.version
        refused = InvalidInput(summary or next(iter(errors.values())), fields=errors)
        return _page(request, context, fresh, typed, refused)
    return _onward(request, context, item, go)


def _newer(item: ContentItem) -> StateConflict:
    return StateConflict(
        f"打开这一页以后，别人又保存过一次（现在的标题是“{item.title or '还没有标题'}”）。"
        "您写的还在下面：再按一次保存，就用您的内容替换。",
        code="content-changed",
    )


def _files(request: HttpRequest, user: User, item: ContentItem, typed: Typed) -> dict[str, str]:
    """What was chosen into the item, and the words of its pictures; what was refused, and why."""
    errors = {}
    if item.kind in rules.FILES and ("file" in request.FILES or "file" in too_large(request)):
        try:
            drafts.set_file(user, item.pk, store(user, uploaded(request), large=True))
        except (InvalidInput, StateConflict, Unavailable) as error:
            errors["file"] = error.message
    if "pictures" in too_large(request):
        errors["pictures"] = words_for(20 * _MEGABYTES)
    for upload in request.FILES.getlist("pictures"):
        try:
            added = drafts.add_picture(user, item.pk, store(user, upload, "pictures"))
            if item.kind == Kind.ARTICLE:
                _into_text(user, item, added)
        except (InvalidInput, StateConflict, Unavailable) as error:
            errors["pictures"] = f"“{upload.name}”没有上传：{error.message}"
    if typed.captions:
        try:
            gallery.arrange(user, item.pk, list(typed.captions.items()))
        except InvalidInput as error:
            errors |= error.fields
    return errors


def _into_text(user: User, item: ContentItem, picture: ContentFile) -> None:
    """A picture at the end of an article, for who writes without scripts."""
    fresh, _ = reads.get_kept(user, item.pk)
    source = html.picture_address(item.pk, picture.file_id)
    text = _text(_as_kept(fresh))
    body = f'{fresh.body}<p><img src="{source}" alt=""></p>'
    drafts.change(user, item.pk, ContentText(**{**text.__dict__, "body": body}), fresh.version)


def _act_on_pictures(user: User, item: ContentItem, go: str) -> dict[str, str]:
    """One picture taken away, or moved by one place; why not, where it was refused."""
    found = _ACT.fullmatch(go)
    if found is None:
        return {}
    act, file_id = found[1], int(found[2])
    try:
        if act == "remove":
            drafts.remove_picture(user, item.pk, file_id)
        else:
            _move(user, item, file_id, -1 if act == "up" else 1)
    except InvalidInput as error:
        return error.fields or {"pictures": error.message}
    return {}


def _move(user: User, item: ContentItem, file_id: int, by: int) -> None:
    rows = [(one.file_id, one.caption) for one in pictures_of(item)]
    at = next((index for index, row in enumerate(rows) if row[0] == file_id), None)
    if at is None or not 0 <= at + by < len(rows):
        return
    rows[at], rows[at + by] = rows[at + by], rows[at]
    gallery.arrange(user, item.pk, rows)


def _onward(request: HttpRequest, context: Context, item: ContentItem, go: str) -> HttpResponse:
    """Where the button leads, everything being kept."""
    where = (context["console"], context["organization"].pk, item.pk)
    if go == "preview":
        return redirect_to(address("preview", *where), request)
    if go == "save" and item.state == State.PUBLISHED:
        messages.success(request, "更正已保存，读者现在看到的就是新的内容。")
        return redirect_to(address("preview", *where), request)
    if go in {"save", ""}:
        messages.success(request, "已保存。")
    return redirect_to(address("edit", *where), request)


def _page(
    request: HttpRequest,
    context: Context,
    item: ContentItem,
    typed: Typed,
    error: DomainError | None = None,
) -> HttpResponse:
    """The form: as it is kept, or with what was typed when it came back."""
    organization_id, console = context["organization"].pk, context["console"]
    by_file = {one.file_id: one for one in pictures_of(item)}
    for file_id, one in by_file.items():
        one.caption = typed.captions.get(file_id, one.caption)
    options: list[Any] = [
        (one.pk, one.name) for one in reads.columns(current_user(request), organization_id)
    ]
    context |= {
        "item": item,
        "typed": typed,
        "columns": options,
        "pictures": list(by_file.values()) if item.kind == Kind.PICTURES else [],
        "shows_reach": _shows_reach(item),
        "accept": _PICTURES,
        "file_words": rules.FILE_WORDS.get(item.kind, ""),
        "file_accept": _ACCEPT.get(item.kind, ""),
        "large_megabytes": large_bytes() // _MEGABYTES,
        "most_pictures": rules.MAX_PICTURES,
        "action": address("edit", console, organization_id, item.pk),
    }
    return form_page(request, "learning/both/edit.html", context, error)


@login_required
@require_POST
def picture(
    request: HttpRequest, organization_id: int, item_id: int, console: bool = False
) -> HttpResponse:
    """A picture for the text, from the editor: where it is found now, or why it was refused."""
    context = frame(request, organization_id, console)
    item = kept_here(request, context, item_id)
    policy.need_changes(context["power"], item)
    user = current_user(request)
    try:
        file = store(user, uploaded(request))
        added = drafts.add_picture(user, item.pk, file, request.POST.get("caption", ""))
    except (InvalidInput, StateConflict, Unavailable, NotFound) as error:
        return JsonResponse({"message": error.message}, status=error.status)
    shown = {"address": html.picture_address(item.pk, file.pk), "caption": added.caption}
    return JsonResponse(shown, status=201)
