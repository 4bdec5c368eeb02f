"""Writing and sending over the API: drafts, their files, whom they would reach, sending."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, File, Router, Schema, Status, UploadedFile

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.files.actions import store
from lianxue.organizations.schemas import page_of
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import Page, paginate
from lianxue.shared.uploads import uploaded

from .. import schemas as s
from ..actions import drafts, sending
from ..actions.audiences import checked
from ..actions.drafts import DraftText
from ..models import Notice
from ..policy import Place
from ..queries import figures, keeping
from ..queries.reading import files_of
from .preview import PreviewOut, preview_of

router = Router(tags=["notices"])


class DraftIn(Schema):
    """A draft's text. When it is changed, a key that is left out stays."""

    title: str = Field("", max_length=400, description="标题, at most 100 characters")
    body: str = Field("", max_length=20_000, description="正文, at most 10,000 characters")
    needs_confirmation: bool = Field(False, description="需要确认收到")
    urgent: bool = False
    pass_on: bool = Field(True, description="请下级传达; of a task it follows from who answers")
    deadline: datetime | None = Field(None, description="without a time zone: in the site's")

    def over(self, text: DraftText) -> DraftText:
        """``text`` with what was sent in its place."""
        return replace(text, **{key: getattr(self, key) for key in self.model_fields_set})


class NewDraftIn(DraftIn):
    """A new draft."""

    kind: s.NoticeKind = "notice"

    def over(self, text: DraftText) -> DraftText:
        """``text`` with what was sent in its place."""
        sent = self.model_fields_set - {"kind"}
        return replace(text, **{key: getattr(self, key) for key in sent})


class KeptNotice(s.NoticeHead):
    """A line of what the organisation has written."""

    author: str
    changed_at: datetime
    figures: s.FiguresOut | None = Field(description="of the own members; null for drafts")


class KeptPage(Schema):
    """One page of drafts and sent notices, newest first."""

    items: list[KeptNotice]
    page: int
    pages: int
    total: int


class SendIn(Schema):
    """To whom; ``sms``: an urgent one by text message, too."""

    audience: s.AudienceIn
    sms: bool = False


class SentOut(Schema):
    """What was sent or passed on."""

    notice_id: int
    organization_id: int
    passed_at: datetime
    audience: str = Field(description="in words")


@router.get("/{int:organization_id}/notices", response=KeptPage, operation_id="kept_notices")
def kept_notices(
    request: HttpRequest,
    organization_id: int,
    state: Literal["", "draft", "sent"] = "",
    q: s.Words = "",
    page: s.PageNumber = 1,
) -> Any:
    """Drafts and what was sent (recalled ones too), for the administrators who keep them."""
    rows: Page[Any] = paginate(
        keeping.kept(current_user(request), organization_id, state, q), page, s.SIZE
    )
    live = figures.live(row.relay_pk for row in rows.items if row.relay_pk and not row.recalled)
    return page_of(rows, lambda row: _line(row, live))


@router.post(
    "/{int:organization_id}/notices", response={201: s.NoticeOut}, operation_id="create_draft"
)
def create_draft(request: HttpRequest, organization_id: int, body: NewDraftIn) -> Any:
    """A new draft, of a notice or a task; a task's questions are set at ``…/questions``."""
    made = drafts.create(current_user(request), organization_id, body.kind, body.over(DraftText()))
    return Status(201, s.notice_of(made, []))


@router.get(
    "/{int:organization_id}/notices/{int:notice_id}",
    response=s.NoticeOut,
    operation_id="kept_notice",
)
def kept_notice(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """A draft, or what was sent, for who keeps it."""
    notice, _ = kept_here(current_user(request), organization_id, notice_id)
    return s.notice_of(notice, files_of(notice))


@router.patch(
    "/{int:organization_id}/notices/{int:notice_id}",
    response=s.NoticeOut,
    operation_id="change_draft",
)
def change_draft(request: HttpRequest, organization_id: int, notice_id: int, body: DraftIn) -> Any:
    """Change a draft's text; 409 once it is sent."""
    user = current_user(request)
    notice, _ = kept_here(user, organization_id, notice_id)
    stays = DraftText(
        notice.title,
        notice.body,
        notice.needs_confirmation,
        notice.urgent,
        notice.pass_on,
        notice.deadline,
    )
    changed = drafts.change(user, notice_id, body.over(stays))
    return s.notice_of(changed, files_of(changed))


@router.delete(
    "/{int:organization_id}/notices/{int:notice_id}",
    response={204: None},
    operation_id="discard_draft",
)
def discard_draft(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """Throw a draft away; it can't be brought back."""
    user = current_user(request)
    kept_here(user, organization_id, notice_id)
    drafts.discard(user, notice_id)
    return Status(204, None)


@router.post(
    "/{int:organization_id}/notices/{int:notice_id}/copy",
    response={201: s.NoticeOut},
    operation_id="copy_notice",
)
def copy_notice(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """再发一次: a new draft with the text, files and questions of this one."""
    user = current_user(request)
    kept_here(user, organization_id, notice_id)
    made = drafts.copy(user, notice_id)
    return Status(201, s.notice_of(made, files_of(made)))


@router.post(
    "/{int:organization_id}/notices/{int:notice_id}/files",
    response={201: s.FileOut},
    operation_id="attach_file",
)
def attach_file(
    request: HttpRequest,
    organization_id: int,
    notice_id: int,
    file: File[UploadedFile | None] = None,
) -> Any:
    """Attach a file to a draft: 20 MB each, 10 at most."""
    user = current_user(request)
    notice, _ = kept_here(user, organization_id, notice_id)
    drafts.need_draft(notice)
    row = drafts.add_file(user, notice_id, store(user, uploaded(request)))
    return Status(201, s.file_of(row.file))


@router.delete(
    "/{int:organization_id}/notices/{int:notice_id}/files/{int:file_id}",
    response={204: None},
    operation_id="detach_file",
)
def detach_file(request: HttpRequest, organization_id: int, notice_id: int, file_id: int) -> Any:
    """Take a file off a draft; one that is gone is no error."""
    user = current_user(request)
    kept_here(user, organization_id, notice_id)
    drafts.remove_file(user, notice_id, file_id)
    return Status(204, None)


@router.post(
    "/{int:organization_id}/notices/{int:notice_id}/preview",
    response=PreviewOut,
    operation_id="preview_notice",
)
def preview_notice(
    request: HttpRequest, organization_id: int, notice_id: int, body: s.AudienceIn
) -> Any:
    """Whom it would reach, and what these received this month. Nothing is written."""
    notice, place = kept_here(current_user(request), organization_id, notice_id)
    drafts.need_draft(notice)
    return preview_of(place, notice, checked(place, body.audience(), notice))


@router.post(
    "/{int:organization_id}/notices/{int:notice_id}/send",
    response=SentOut,
    operation_id="send_notice",
)
def send_notice(request: HttpRequest, organization_id: int, notice_id: int, body: SendIn) -> Any:
    """Send it; it can't be changed any more, only recalled. 409 when it was sent meanwhile."""
    user = current_user(request)
    kept_here(user, organization_id, notice_id)
    relay = sending.send(user, notice_id, body.audience.audience(), body.sms)
    return {
        "notice_id": relay.notice_id,
        "organization_id": relay.organization_id,
        "passed_at": relay.passed_at,
        "audience": keeping.words_of(relay),
    }


def kept_here(user: User, organization_id: int, notice_id: int) -> tuple[Notice, Place]:
    """A notice of this organisation, for who keeps it. Raises NotFound, PermissionDenied."""
    notice, place = keeping.get_kept(user, notice_id)
    if notice.organization_id != organization_id:
        raise NotFound
    return notice, place


def _line(row: Any, live: dict[int, figures.Figures]) -> dict[str, Any]:
    numbers = live.get(row.relay_pk)
    return s.head_of(row) | {
        "author": row.author_name,
        "changed_at": row.changed_at,
        "figures": asdict(numbers) if numbers else None,
    }
