"""Writing what is not sent yet: its text and attachments; discarding, copying an older one."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from lianxue.accounts.models import Actor
from lianxue.files.actions import attach
from lianxue.files.models import StoredFile
from lianxue.organizations.models import Branch
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from .. import rules
from ..extensions import extension_of
from ..models import Notice, NoticeFile
from ..policy import Place
from ..queries.keeping import get_kept
from .common import lock_notice, locked_place, note, person

_FILES_FULL = f"附件最多 {rules.MAX_FILES} 个，请先移除不需要的，或打成一个压缩包。"


_WORDS = {
    "title": "标题",
    "body": "正文",
    "needs_confirmation": "需要确认收到",
    "urgent": "紧急",
    "pass_on": "请下级传达",
    "deadline": "截止时间",
}


@dataclass(frozen=True)
class DraftText:
    """What is typed on the page of a draft; ``deadline`` without a time zone is in the site's.

    ``pass_on`` (请下级传达) is a plain notice's; a task's follows from who does it.
    """

    title: str = ""
    body: str = ""
    needs_confirmation: bool = False
    urgent: bool = False
    pass_on: bool = True
    deadline: datetime | None = None


def _tidy(text: DraftText) -> DraftText:
    """As it is kept. Raises InvalidInput at its fields, all at once; an empty title is allowed."""
    tidied = replace(
        text,
        title=rules.tidy_line(text.title),
        body=rules.tidy_text(text.body),
        deadline=rules.tidy_deadline(text.deadline),
    )
    rules.raise_all(
        {
            "title": rules.title_error(tidied.title, complete=False),
            "body": rules.body_error(tidied.body, complete=False),
            "deadline": rules.deadline_error(tidied.deadline),
        }
    )
    return tidied


@transaction.atomic
def create(actor: Actor, organization_id: int, kind: str, text: DraftText) -> Notice:
    """A new draft. ``kind`` is a ``Notice.Kind``; a work task begins as one for units, not passed
    on; learning is always handed on to the members.

    Raises NotFound, PermissionDenied, InvalidInput at ``kind``, ``title``, ``body``, ``deadline``.
    """
    place = locked_place(actor, organization_id)
    if kind not in Notice.Kind.values:
        raise InvalidInput.at("kind", "请选择发通知还是布置任务。")
    tidied, moment = _tidy(text), now()
    notice = Notice(
        kind=kind,
        organization=place.organization,
        created_at=moment,
        changed_at=moment,
    )
    _belongs(notice, actor, place)
    _put(notice, tidied)
    notice.pass_on = notice.is_learning or (text.pass_on and not notice.is_task)
    notice.save()
    note(actor, "notice.drafted", place.organization.pk, notice)
    return notice


def _belongs(notice: Notice, actor: Actor, place: Place) -> None:
    """A draft is its author's; a scoped administrator's stands within the (first) scope."""
    notice.author, notice.author_name = person(actor), actor.name[:60]
    notice.scoped, notice.scope = not place.power.whole, None
    if notice.scoped:
        notice.scope = Branch.objects.get(path=place.power.scopes[0])


def _put(notice: Notice, text: DraftText) -> list[str]:
    """Set the columns; the words of those that changed."""
    values = {
        "title": text.title,
        "body": text.body,
        "needs_confirmation": text.needs_confirmation,
        "urgent": text.urgent,
        "deadline": text.deadline,
    }
    if not notice.is_task:
        values["pass_on"] = text.pass_on
    changed = []
    for field, value in values.items():
        if getattr(notice, field) != value:
            setattr(notice, field, value)
            changed.append(_WORDS[field])
    return changed


@transaction.atomic
def change(actor: Actor, notice_id: int, text: DraftText) -> Notice:
    """Change a draft's text; the same again changes nothing and leaves no event.

    Raises NotFound, PermissionDenied, StateConflict when it was sent meanwhile, InvalidInput at
    ``title``, ``body``, ``deadline``.
    """
    notice = _locked_draft(actor, notice_id)
    changed = _put(notice, _tidy(text))
    if changed:
        notice.changed_at = now()
        notice.save()
        note(
            actor,
            "notice.changed",
            notice.organization_id,
            notice,
            changed="、".join(changed),
        )
    return notice


@transaction.atomic
def set_kind(actor: Actor, notice_id: int, kind: str, pass_on: bool | None = None) -> Notice:
    """A task becomes a form or the other way, as its questions ask; ``pass_on``: whether
    subordinates hand it on to their members (None: as it was). For the app of tasks.

    Raises NotFound, PermissionDenied, StateConflict for what asks for no answer, or was sent.
    """
    notice = _locked_draft(actor, notice_id)
    if not notice.wants_answer or kind not in {Notice.Kind.TASK, Notice.Kind.FORM}:
        raise StateConflict("通知不能改成任务，请另外布置一个任务。")
    notice.kind, notice.changed_at = kind, now()
    if pass_on is not None:
        notice.pass_on = pass_on
    notice.save(update_fields=["kind", "pass_on", "changed_at"])
    return notice


@transaction.atomic
def hold(actor: Actor, notice_id: int) -> Notice:
    """A draft, locked and counted as changed now: for the app above that sets what it asks.

    Raises NotFound, PermissionDenied, StateConflict when it was sent.
    """
    notice = _locked_draft(actor, notice_id)
    _touched(notice)
    return notice


@transaction.atomic
def add_file(actor: Actor, notice_id: int, stored_file: StoredFile) -> NoticeFile:
    """Attach a file that the actor uploaded (``files.actions.store``); 10 at most.

    Raises NotFound, PermissionDenied, StateConflict when it was sent, InvalidInput at ``file``.
    """
    notice = _locked_draft(actor, notice_id)
    if stored_file.owner_id != (actor.pk or 0):
        raise NotFound("没有找到这个文件，请重新上传。")
    there = NoticeFile.objects.filter(notice=notice)
    found = there.filter(file=stored_file).first()
    if found is not None:
        return found
    if there.count() >= rules.MAX_FILES:
        raise InvalidInput.at("file", _FILES_FULL)
    attach([stored_file.pk])
    last = there.aggregate(last=Max("position"))["last"]
    added = NoticeFile.objects.create(
        notice=notice, file=stored_file, position=0 if last is None else last + 1
    )
    _touched(notice)
    note(actor, "notice.file_added", notice.organization_id, notice, file=stored_file.name)
    return added


@transaction.atomic
def remove_file(actor: Actor, notice_id: int, file_id: int) -> None:
    """Take an attachment (by its StoredFile's id) off a draft; one that is gone is no error.

    Raises NotFound, PermissionDenied, StateConflict when it was sent.
    """
    notice = _locked_draft(actor, notice_id)
    found = (
        NoticeFile.objects.filter(notice=notice, file__id=file_id).select_related("file").first()
    )
    if found is None:
        return
    found.delete()  # the file itself is purged when nothing refers to it any more
    _touched(notice)
    note(actor, "notice.file_removed", notice.organization_id, notice, file=found.file.name)


@transaction.atomic
def discard(actor: Actor, notice_id: int) -> None:
    """Throw a draft away with its questions and attachments; it can't be brought back.

    Raises NotFound, PermissionDenied, StateConflict when it was sent.
    """
    notice = _locked_draft(actor, notice_id)
    note(actor, "notice.discarded", notice.organization_id, notice)
    notice.delete()


@transaction.atomic
def copy(actor: Actor, notice_id: int) -> Notice:
    """A new draft with the text, attachments and questions of one that the actor keeps (再发一次).

    A deadline that has passed is left out. Raises NotFound, PermissionDenied.
    """
    source, _ = get_kept(actor, notice_id)
    place = locked_place(actor, source.organization_id)
    source, moment = lock_notice(place, notice_id), now()
    target = Notice(
        kind=source.kind,
        organization=place.organization,
        title=source.title,
        body=source.body,
        needs_confirmation=source.needs_confirmation,
        urgent=source.urgent,
        pass_on=source.pass_on,
        deadline=None if rules.deadline_error(source.deadline) else source.deadline,
        created_at=moment,
        changed_at=moment,
    )
    _belongs(target, actor, place)
    target.save()
    NoticeFile.objects.bulk_create(
        [
            NoticeFile(notice=target, file_id=file_id, position=position)
            for position, file_id in enumerate(
                source.attachments.order_by("position", "pk").values_list("file_id", flat=True)
            )
        ]
    )
    extension_of(source).copy(source, target)
    note(actor, "notice.copied", place.organization.pk, target)
    return target


def _touched(notice: Notice) -> None:
    notice.changed_at = now()
    notice.save(update_fields=["changed_at"])


def _locked_draft(actor: Actor, notice_id: int) -> Notice:
    """A draft that the actor keeps, it and its organisation locked.

    Raises NotFound, PermissionDenied, StateConflict when it is no draft any more.
    """
    seen, _ = get_kept(actor, notice_id)
    place = locked_place(actor, seen.organization_id)
    notice = lock_notice(place, notice_id)
    need_draft(notice)
    return notice


def need_draft(notice: Notice) -> None:
    """Raises StateConflict for what was sent already."""
    if notice.state != Notice.State.DRAFT:
        raise StateConflict(
            "这条通知已经发出，不能再修改。如需更正，请撤回后再发一次。", code="notice-sent"
        )
