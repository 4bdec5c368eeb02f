"""改名申请: a certified organisation's new name is decided by its superior (manual 2.4.2 ⑤).

Every write holds the locks of both organisations, taken in the order of their ids, and reads the
state again under them: two decisions at once end in one.
"""

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record_many
from lianxue.inbox.actions import Note
from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, StateConflict

from .. import policy
from ..models import RenameRequest
from ..policy import Step
from ..queries import renames
from .common import clean_reason, tell
from .requests import ask_superior, move, rename_entries
from .settings import set_name


@transaction.atomic
def ask_rename(actor: User, organization_id: int, name: str, purpose: str = "") -> RenameRequest:
    """Ask the superior for a new name; its administrators get a todo.

    Raises NotFound, PermissionDenied, RealNameRequired, InvalidInput at ``name`` or ``purpose``,
    StateConflict: rename-freely, root-renamed-by-operator, superior-changed, rename-pending.
    """
    organization, superior = _lock_to_ask(get_visible(actor, organization_id))
    policy.require_main(actor, organization)
    if superior is None:
        raise _not_to_be_asked(organization)
    name = organizations.tidy_name(name)
    organizations.check_name(name)
    if name == organization.name:
        raise InvalidInput.at("name", "和现在的名称相同，没有需要修改的内容。")
    purpose = clean_reason(purpose, required=False, field="purpose")
    if renames.pending_of(organization) is not None:
        raise StateConflict(
            "已有一份改名申请在等待上级审核；要改成别的名称，请先撤回它。", code="rename-pending"
        )
    request = RenameRequest.objects.create(
        organization=organization,
        superior=superior,
        old_name=organization.name,
        new_name=name,
        purpose=purpose,
        asked_by=actor,
        asked_at=now(),
    )
    record_many(actor, rename_entries(request, "certification.rename_asked"))
    ask_superior(
        request,
        f"{organization.name}申请改名",
        f"新名称：{name}。由{actor.name}提交，请审核。",
    )
    return request


def _lock_to_ask(found: Organization) -> tuple[Organization, Organization | None]:
    ids = [found.pk] + ([found.superior_id] if found.superior_id else [])
    locked = organizations.lock(*ids)
    organization = locked[found.pk]
    if organization.superior_id != found.superior_id:
        raise StateConflict("本组织的上级刚刚变了，请刷新后再试。", code="superior-changed")
    return organization, locked.get(organization.superior_id or 0)


def _not_to_be_asked(organization: Organization) -> StateConflict:
    if organization.is_certified:
        return StateConflict(
            "最上级组织没有上级，改名请联系平台运维人员。", code="root-renamed-by-operator"
        )
    return StateConflict(
        "本组织还没有认证，不用申请：可以在“更多设置”中直接改名。",
        code="rename-freely",
        link=reverse("certification:settings", args=[organization.pk]),
    )


@transaction.atomic
def approve_rename(actor: Actor, request_id: int, note: str = "") -> RenameRequest:
    """通过: the new name holds from this moment on, the old one is kept and found.

    Raises NotFound, PermissionDenied, RealNameRequired, InvalidInput at ``reason``, StateConflict:
    application-decided, superior-changed.
    """
    request = _decide(actor, request_id, Step.APPROVE, note)
    entries = rename_entries(request, "certification.rename_approved")
    set_name(actor, request.organization, request.new_name, entries)
    _tell(
        request,
        f"{request.old_name}已改名",
        f"{request.superior.name}已同意，新名称：{request.new_name}。",
    )
    return request


@transaction.atomic
def refuse_rename(actor: Actor, request_id: int, reason: str) -> RenameRequest:
    """不通过, with a reason that the asker reads; it may be asked again.

    Raises NotFound, PermissionDenied, RealNameRequired, InvalidInput at ``reason``, StateConflict:
    application-decided, superior-changed.
    """
    request = _decide(actor, request_id, Step.REFUSE, reason)
    record_many(actor, rename_entries(request, "certification.rename_refused"))
    _tell(
        request,
        f"{request.old_name}的改名申请未通过",
        f"{request.superior.name}：{request.reason}。修改后可以重新申请。",
    )
    return request


@transaction.atomic
def withdraw_rename(actor: Actor, request_id: int) -> RenameRequest:
    """撤回, by the asking organisation's main administrator while it waits.

    Raises NotFound, PermissionDenied, RealNameRequired, StateConflict (application-decided).
    """
    request = _locked(actor, request_id)
    policy.require_main(actor, request.organization)
    move(actor, request, Step.WITHDRAW, "")
    record_many(actor, rename_entries(request, "certification.rename_withdrawn"))
    return request


def _decide(actor: Actor, request_id: int, step: Step, text: str) -> RenameRequest:
    request = _locked(actor, request_id)
    policy.require_acts(actor, request.superior)
    reason = clean_reason(text, required=step == Step.REFUSE)
    policy.next_state(request, step)  # what is decided says so, whatever the superior is now
    if request.organization.superior_id != request.superior_id:
        raise StateConflict(
            "对方已不是本组织的下级，不能再处理它的改名申请。", code="superior-changed"
        )
    move(actor, request, step, reason)
    return request


def _locked(actor: Actor, request_id: int) -> RenameRequest:
    """The request as it is under the locks of both organisations, in the order of their ids."""
    found = renames.get_request(actor, request_id)
    locked = organizations.lock(found.organization_id, found.superior_id)
    request = RenameRequest.objects.get(pk=found.pk)
    request.organization = locked[found.organization_id]
    request.superior = locked[found.superior_id]
    return request


def _tell(request: RenameRequest, title: str, body: str) -> None:
    """A message to who asked, leading to the organisation's settings."""
    tell(
        request.asked_by_id,
        Note(
            topic=request.topic,
            title=title,
            body=body,
            link=reverse("certification:settings", args=[request.organization_id]),
            organization_id=request.organization_id,
            subject=request.subject,
        ),
    )
