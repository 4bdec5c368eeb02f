"""认证申请: sent with an invitation, decided by the superior, withdrawn by its sender (2.3.1).

Every write holds the locks of both organisations, taken in the order of their ids, and reads the
state again under them: two approvals at once end in one.
"""

from django.db import transaction
from django.db.models import F, Q

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import Entry, record_many
from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict

from .. import policy
from ..models import CertificationApplication, CertificationInvitation
from ..policy import Step
from ..queries import applications, links
from .chain import Link, certify
from .common import clean_reason, status_note, tell
from .requests import ask_superior, move


@transaction.atomic
def submit_application(actor: User, token: str, organization_id: int) -> CertificationApplication:
    """Apply for ``organization_id`` with an invitation; the superior's administrators get a todo.

    Raises NotFound, PermissionDenied, RealNameRequired, and every error of
    ``links.read_invitation`` and ``links.obstacle``.
    """
    applicant = get_visible(actor, organization_id)
    policy.require_acts(actor, applicant)
    invitation = links.read_invitation(token, applicants=[applicant.pk])
    locked = organizations.lock(applicant.pk, invitation.organization_id)
    applicant, superior = locked[applicant.pk], locked[invitation.organization_id]
    policy.require_acts(actor, applicant)
    invitation = links.read_invitation(token, applicants=[applicant.pk])  # again, under the locks
    pending = applications.pending_of(applicant) is not None
    error = links.obstacle(invitation, applicant, pending=pending)
    if error is not None:
        raise error
    if not links.has_used(invitation, [applicant.pk]):
        _use(invitation)
    application = CertificationApplication.objects.create(
        applicant=applicant,
        superior=superior,
        invitation=invitation,
        submitted_by=actor,
        submitted_at=now(),
    )
    data = {"applicant": applicant.name, "superior": superior.name}
    record_many(
        actor,
        [
            Entry("certification.application_submitted", application, applicant.pk, data),
            Entry("certification.application_received", application, superior.pk, data),
        ],
    )
    ask_superior(application, f"{applicant.name}申请认证", f"由{actor.name}提交，请审核。")
    return application


def _use(invitation: CertificationInvitation) -> None:
    """Count one use, if one is left."""
    left = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    changed = CertificationInvitation.objects.filter(
        left, pk=invitation.pk, revoked_at=None, expires_at__gt=now()
    ).update(uses=F("uses") + 1)
    if not changed:
        raise StateConflict(
            "这份邀请已经被使用过了，请联系上级重新发送。", code="invitation-used-up"
        )


@transaction.atomic
def approve_application(
    actor: Actor, application_id: int, note: str = ""
) -> CertificationApplication:
    """通过: the applicant is certified below the superior from this moment on.

    Raises NotFound, PermissionDenied, RealNameRequired, InvalidInput at ``reason``, StateConflict:
    application-decided, already-certified, superior-not-certified, would-make-circle,
    bound-name-differs, chain-too-deep.
    """
    application = _decide(actor, application_id, Step.APPROVE, note)
    invitation = application.invitation
    if invitation is not None:  # the applicant may have been renamed while it waited
        invitation.organization = application.superior
        error = links.obstacle(invitation, application.applicant, pending=False)
        if error is not None:
            raise error
    certify(actor, [Link(application.applicant, application.superior, application)])
    superior = application.superior.name
    tell(
        application.submitted_by_id,
        status_note(
            "certification.approved",
            f"{application.applicant.name}已通过认证",
            f"上级：{superior}。现在可以邀请下级组织认证了。",
            application.applicant,
        ),
    )
    return application


@transaction.atomic
def refuse_application(actor: Actor, application_id: int, reason: str) -> CertificationApplication:
    """不通过, with a reason that the applicant reads; it may apply again.

    Raises NotFound, PermissionDenied, RealNameRequired, InvalidInput at ``reason``,
    StateConflict (application-decided).
    """
    application = _decide(actor, application_id, Step.REFUSE, reason)
    _record_end(actor, application, "certification.application_refused")
    tell(
        application.submitted_by_id,
        status_note(
            "certification.refused",
            f"{application.applicant.name}的认证申请未通过",
            f"{application.superior.name}：{application.reason}。修改后可以重新申请。",
            application.applicant,
        ),
    )
    return application


@transaction.atomic
def withdraw_application(actor: Actor, application_id: int) -> CertificationApplication:
    """撤回, by the applicant's administrators while it waits.

    Raises NotFound, PermissionDenied, RealNameRequired, StateConflict (application-decided).
    """
    application = _locked(actor, application_id)
    policy.require_acts(actor, application.applicant)
    move(actor, application, Step.WITHDRAW, "")
    _record_end(actor, application, "certification.application_withdrawn")
    return application


def end_without_decision(actor: Actor, application: CertificationApplication, reason: str) -> None:
    """Withdraw an application whose sender ends or is certified otherwise.

    The caller holds the sender's lock, which every change of an application needs.
    """
    move(actor, application, Step.WITHDRAW, reason)
    _record_end(actor, application, "certification.application_withdrawn")


def _decide(actor: Actor, application_id: int, step: Step, text: str) -> CertificationApplication:
    application = _locked(actor, application_id)
    policy.require_acts(actor, application.superior)
    reason = clean_reason(text, required=step == Step.REFUSE)
    if step == Step.APPROVE and not application.superior.is_certified:
        raise StateConflict(
            "本组织目前没有通过认证，不能认证下级组织。", code="superior-not-certified"
        )
    move(actor, application, step, reason)
    return application


def _locked(actor: Actor, application_id: int) -> CertificationApplication:
    """The application as it is under the locks of both organisations, in the order of their ids."""
    found = applications.get_application(actor, application_id)
    locked = organizations.lock(found.applicant_id, found.superior_id)
    application = CertificationApplication.objects.select_related("invitation").get(pk=found.pk)
    application.applicant = locked[found.applicant_id]
    application.superior = locked[found.superior_id]
    return application


def _record_end(actor: Actor, application: CertificationApplication, event: str) -> None:
    applicant: Organization = application.applicant
    data = {
        "applicant": applicant.name,
        "superior": application.superior.name,
        "reason": application.reason,
    }
    record_many(
        actor,
        [
            Entry(event, application, applicant.pk, data),
            Entry(event, application, application.superior.pk, data),
        ],
    )
