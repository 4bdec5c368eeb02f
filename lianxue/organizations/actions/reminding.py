"""再次邀请: ask people who have not come yet, by text message; never twice for one asking.

The action writes the moment into ``reminded_at``: that is the claim on the day. The job takes each
claim by changing that very moment before it sends, so a job that is run again, or two at once, find
nothing left to send.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import register_events
from lianxue.audit.models import AuditEvent
from lianxue.inbox.actions import Note, post_message
from lianxue.shared.clock import now
from lianxue.shared.errors import RateLimited, StateConflict, Unavailable
from lianxue.shared.gateways import sms
from lianxue.shared.jobs.registry import job

from .. import policy
from ..models import Membership, Organization
from .seats import record_members

register_events({"member.reminded": "再次邀请了成员"})

#: People of one job: a provider that is slow still ends within the job's deadline.
BATCH = 100
NO_MESSAGES = "本站没有开通邀请短信，请复制邀请文字，自己发给对方。"


def left_today(organization: Organization) -> int:
    """How many more invitations this organisation may send today (``LIANXUE_INVITATIONS_PER_DAY``).

    Counted from the audit log: nothing that is corrected afterwards gives a place back.
    """
    today = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = AuditEvent.objects.filter(
        organization_id=organization.pk, action="member.reminded", at__gte=today
    ).count()
    return max(0, settings.ENV.invitations_per_day - sent)


def remind_rows(actor: Actor, organization: Organization, rows: Sequence[Membership]) -> None:
    """Claim the day for each of ``rows`` and hand the sending to the worker.

    The caller holds the organisation's lock and has judged the rows. Raises StateConflict when no
    invitation can be sent here, above the day's budget, or when somebody was asked meanwhile.
    """
    if not sms.invites():
        raise StateConflict(NO_MESSAGES, code="no-invitations")
    left = left_today(organization)
    if len(rows) > left:
        raise StateConflict(
            f"今天还能发 {left} 条邀请短信，这次选了 {len(rows)} 人。"
            "请少选一些，或复制邀请文字发给对方。",
            code="no-invitations-left",
        )
    moment = now()
    ids = [row.pk for row in rows]
    free = Q(reminded_at=None) | Q(reminded_at__lte=moment - policy.REMIND_AFTER)
    claimed = Membership.objects.filter(free, pk__in=ids, state=Membership.State.INVITED).update(
        reminded_at=moment
    )
    if claimed != len(ids):
        raise StateConflict("有成员刚刚激活或刚被邀请过，请重新确认。")
    for row in rows:
        row.reminded_at = moment
    record_members(actor, "member.reminded", rows)
    by = actor.pk if isinstance(actor, User) else None
    for start in range(0, len(ids), BATCH):
        send_reminders.enqueue(ids[start : start + BATCH], moment.isoformat(), by)


@job(deadline=300)
def send_reminders(ids: list[int], moment: str, asked_by: int | None) -> dict[str, int]:
    """Send what was claimed at ``moment``; ``asked_by`` is told how many did not go out.

    Idempotent. A person who came meanwhile gets nothing; one whose message was refused by the
    provider may be asked again at once.
    """
    claim = datetime.fromisoformat(moment)
    waiting = Membership.objects.filter(
        pk__in=ids,
        state=Membership.State.INVITED,
        reminded_at=claim,
        organization__dissolved_at=None,
    ).select_related("organization")
    sent = failed = 0
    organization = None
    for row in waiting.order_by("pk"):
        at = max(now(), claim + timedelta(microseconds=1))
        mine = Membership.objects.filter(
            pk=row.pk, state=Membership.State.INVITED, reminded_at=claim, phone=row.phone
        )
        if not mine.update(reminded_at=at):
            continue
        try:
            sms.send_invitation(row.phone, row.organization.name, invitation_link())
        except (Unavailable, RateLimited):
            Membership.objects.filter(pk=row.pk, reminded_at=at).update(reminded_at=None)
            failed, organization = failed + 1, row.organization
        else:
            sent += 1
    if failed and asked_by is not None and organization is not None:
        _tell_failed(asked_by, organization, failed)
    return {"sent": sent, "failed": failed}


def invitation_link() -> str:
    """Where a person who was invited comes in."""
    return f"{settings.SITE_URL}/"


def invitation_words(organization: Organization) -> str:
    """The words that an administrator can send by any other way."""
    return (
        f"您好！“{organization.name}”邀请您加入{settings.SITE_NAME}。"
        f"请用本手机号码打开 {invitation_link()} 注册，注册后会自动加入。"
    )


def _tell_failed(user_id: int, organization: Organization, failed: int) -> None:
    tree = reverse("organizations:console_tree", args=[organization.pk])
    post_message(
        user_id,
        Note(
            topic="member.remind_failed",
            title=f"有 {failed} 条邀请短信没有发出",
            body="短信服务暂时不可用，这些成员可以马上再次邀请，也可以复制邀请文字发给对方。",
            link=f"{tree}?state=invited&sort=reminded",
            organization_id=organization.pk,
        ),
    )
