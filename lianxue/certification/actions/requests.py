"""What happens to every request between two organisations, whatever it asks for."""

from django.urls import reverse

from lianxue.accounts.models import Actor
from lianxue.audit.actions import Entry
from lianxue.inbox.actions import Note, close_todos, post_todo
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import admin_place
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict

from .. import policy
from ..models import CertificationApplication, RenameRequest
from ..policy import Step
from ..queries import renames
from .common import account


def move(
    actor: Actor, request: CertificationApplication | RenameRequest, step: Step, reason: str
) -> None:
    """One transition of the table; the conditional update is a second lock, for SQLite's sake.

    The caller holds the locks of both organisations. Raises StateConflict (application-decided).
    """
    before = request.state
    request.state = policy.next_state(request, step)
    request.decided_by, request.decided_at = account(actor), now()
    request.reason = reason
    changed = (
        type(request)
        ._default_manager.filter(pk=request.pk, state=before)
        .update(
            state=request.state,
            decided_by=request.decided_by,
            decided_at=request.decided_at,
            reason=reason,
        )
    )
    if not changed:
        raise StateConflict("这份申请刚刚被处理过了，请刷新。", code="application-decided")
    close_todos(actor, topic=request.topic, subject=request.subject)


def ask_superior(request: CertificationApplication | RenameRequest, title: str, body: str) -> None:
    """The todo of those who administer the superior, until the request is decided."""
    post_todo(
        admin_place(request.superior_id),
        Note(
            topic=request.topic,
            title=title,
            body=body,
            link=reverse("certification:received", args=[request.superior_id]),
            organization_id=request.superior_id,
            subject=request.subject,
        ),
    )


def rename_entries(request: RenameRequest, event: str) -> list[Entry]:
    """A request for a new name in both organisations' streams."""
    data = {
        "organization": request.old_name,
        "superior": request.superior.name,
        "before": request.old_name,
        "after": request.new_name,
        "reason": request.reason,
    }
    return [
        Entry(event, request, request.organization_id, data),
        Entry(event, request, request.superior_id, data),
    ]


def withdraw_rename_of(actor: Actor, organization: Organization, reason: str) -> list[Entry]:
    """End the request that waits, since its superior decides no longer; what to record about it."""
    waiting = renames.pending_of(organization)
    if waiting is None:
        return []
    move(actor, waiting, Step.WITHDRAW, reason)
    return rename_entries(waiting, "certification.rename_withdrawn")
