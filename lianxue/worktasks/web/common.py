"""What the pages of tasks share: a draft of one's own, the files that a form brought."""

from typing import Any

from django.http import HttpRequest

from lianxue.accounts.current import current_user
from lianxue.notices.models import Notice
from lianxue.notices.queries import keeping
from lianxue.notices.web.common import address, frame
from lianxue.shared.errors import NotFound

from ..models import WorkTask


def kept_task(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool
) -> dict[str, Any]:
    """The frame's context with the ``notice`` that the actor keeps here, and its ``task`` if there
    is one yet. Raises NotFound for another's, and for a plain notice; PermissionDenied.
    """
    context = frame(request, organization_id, console, app="worktasks")
    notice, _ = keeping.get_kept(current_user(request), notice_id)
    if notice.organization_id != organization_id or not notice.wants_answer:
        raise NotFound
    context |= {
        "notice": notice,
        "task": WorkTask.objects.filter(pk=notice.pk).first(),
        "edit_address": address("edit", console, organization_id, notice.pk),
        "editor": address("questions", console, organization_id, notice.pk, app="worktasks"),
        "form_preview": address(
            "form_preview", console, organization_id, notice.pk, app="worktasks"
        ),
    }
    return context


def is_draft(notice: Notice) -> bool:
    """Whether its questions may still be changed."""
    return notice.state == Notice.State.DRAFT
