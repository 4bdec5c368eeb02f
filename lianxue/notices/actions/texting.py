"""Urgent notices and reminders as text messages: within a budget, and at most once per person.

``start`` sets a part of the organisation's month aside under its lock and hands the sending to the
worker. The job goes through the people in the order of their memberships and moves ``reached``
past each before it sends: killed and run again, or run twice at once, nobody gets a second one.
A message names the organisation and the site alone, never the notice: lock screens are read by all.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.urls import reverse

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.clock import now, today
from lianxue.shared.errors import RateLimited, StateConflict, Unavailable
from lianxue.shared.gateways import sms
from lianxue.shared.jobs.registry import job

from ..extensions import extension_of
from ..models import Receipt, Relay, SmsRun
from ..policy import recipients

register_events({"notice.texted": "发送了通知短信"})
register_details({"texts": "短信条数", "texted_for": "短信用途"})

NO_TEXTS = "本站没有开通通知短信，请不要勾选短信，或联系本站管理员。"
#: Messages of one job: a provider that is slow still ends within the job's deadline.
BATCH = 50
#: After so many refusals one after another the provider is down; the rest is told, not tried.
GIVE_UP_AFTER = 10
#: A run that nobody has taken further by then is over: an urgent message a day late is none.
STALE_AFTER = timedelta(days=1)
#: Reminders of one notice by text message, at least so far apart.
NUDGE_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Offer:
    """Whether ``people`` may be sent a text message each: ``left`` of this month before it, and
    ``refused``, why not ("": it can be done)."""

    people: int
    left: int
    refused: str


def left_this_month(organization: Organization) -> int:
    """How many more messages the organisation may send this calendar month (the site's time zone;
    ``LIANXUE_NOTICE_SMS_PER_MONTH``): what running ones have set aside is taken off already."""
    runs = SmsRun.objects.filter(relay__organization=organization, month=_month())
    set_aside = runs.filter(state=SmsRun.State.RUNNING).aggregate(n=Sum("budget"))["n"] or 0
    sent = runs.filter(state=SmsRun.State.DONE).aggregate(n=Sum("sent"))["n"] or 0
    return max(0, int(settings.ENV.notice_sms_per_month) - set_aside - sent)


def offer(organization: Organization, people: int) -> Offer:
    """What a page says before it sends: whether ``people`` messages can go out now."""
    left = left_this_month(organization)
    if not sms.notifies():
        return Offer(people, left, NO_TEXTS)
    if people > left:
        return Offer(
            people,
            left,
            f"本组织本月还能发 {left} 条通知短信，这次需要 {people} 条。"
            "请不发短信（大家在站内仍会看到），或缩小范围。",
        )
    return Offer(people, left, "")


def count_for(relay: Relay, purpose: str = SmsRun.Purpose.NUDGE) -> int:
    """How many people a run for ``relay`` would text now; one statement."""
    return _people(relay, purpose).count()


def may_nudge(relay: Relay) -> bool:
    """Whether the last reminder by text message for ``relay`` is a day ago, or there was none."""
    rows = SmsRun.objects.filter(relay=relay, purpose=SmsRun.Purpose.NUDGE)
    return not rows.filter(created_at__gt=now() - NUDGE_AGAIN).exists()


@transaction.atomic
def start(actor: Actor | None, relay: Relay, purpose: str) -> SmsRun | None:
    """Set the messages for ``relay`` aside from the month and let the worker send them.

    ``purpose``: ``SmsRun.Purpose``. The caller has asked the policy; ``actor`` None stands for the
    site itself (reminders of the day before). Returns None when there is nobody to be told, or when
    this relay has had its messages for this purpose (SENT and DEADLINE go out once). Raises
    StateConflict: no messages here, above the month's budget, a reminder within a day of the last.
    """
    organization = organizations.lock(relay.organization_id)[relay.organization_id]
    earlier = SmsRun.objects.filter(relay=relay, purpose=purpose)
    if purpose == SmsRun.Purpose.NUDGE:
        if not may_nudge(relay):
            raise StateConflict("一天内已经用短信提醒过，请明天再发短信。站内提醒不受影响。")
    elif earlier.exists():
        return None
    people = count_for(relay, purpose)
    if not people:
        return None
    refused = offer(organization, people).refused
    if refused:
        raise StateConflict(refused, code="no-texts-left")
    run = SmsRun.objects.create(
        relay=relay,
        purpose=purpose,
        month=_month(),
        budget=people,
        asked_by=actor if isinstance(actor, User) else None,
        created_at=now(),
    )
    record(
        actor,
        "notice.texted",
        target=relay.notice,
        organization_id=organization.pk,
        data={
            "title": relay.notice.title,
            "texts": people,
            "texted_for": run.get_purpose_display(),
        },
    )
    send_texts.enqueue(run.pk)
    return run


def stop(relays: QuerySet[Relay, Any]) -> None:
    """A recall: no further message for ``relays`` goes out; what was not sent is given back."""
    SmsRun.objects.filter(relay__in=relays.values("pk"), state=SmsRun.State.RUNNING).update(
        state=SmsRun.State.DONE
    )


@job(deadline=600)
def send_texts(run_id: int) -> dict[str, int]:
    """Send one batch of a run, and go on with the next in a job of its own. Idempotent.

    Whoever finds ``reached`` moved by another stops: that one goes on. ``failed`` counts a person
    from the claim on, and ``sent`` from the provider's word on, so that what a kill in between
    leaves uncertain is told as not sent, and not sent again.
    """
    rows = SmsRun.objects.select_related("relay__notice", "relay__organization")
    found = rows.filter(pk=run_id, state=SmsRun.State.RUNNING).first()
    if found is None:
        return {}
    people = _people(found.relay, found.purpose).filter(pk__gt=found.reached).order_by("pk")
    room = max(0, found.budget - found.sent - found.failed)
    batch = list(people.values_list("pk", "phone")[: min(BATCH, room)])
    refused_in_a_row = 0
    for membership_id, phone in batch:
        if not _claim(found, membership_id):
            return {"left_to_another": 1}
        if _text(phone, found.relay.organization):
            refused_in_a_row = 0
            SmsRun.objects.filter(pk=run_id).update(sent=F("sent") + 1, failed=F("failed") - 1)
        else:
            refused_in_a_row += 1
        if refused_in_a_row == GIVE_UP_AFTER:
            break
    if len(batch) == BATCH and refused_in_a_row < GIVE_UP_AFTER:
        send_texts.enqueue(run_id)
    else:
        _finish(run_id)
    return {"tried": len(batch)}


def resume() -> None:
    """Take up runs that no job carries on any more, and end those that are a day old."""
    open_runs = SmsRun.objects.filter(state=SmsRun.State.RUNNING)
    for pk in open_runs.filter(created_at__lt=now() - STALE_AFTER).values_list("pk", flat=True):
        _finish(pk)
    waiting = open_runs.filter(created_at__lt=now() - timedelta(minutes=30))
    for pk in waiting.values_list("pk", flat=True):
        send_texts.enqueue(pk)


def _people(relay: Relay, purpose: str) -> QuerySet[Membership, Any]:
    """Who is texted: who has not read it; before a deadline, who has not answered."""
    if purpose == SmsRun.Purpose.DEADLINE:
        return extension_of(relay.notice).unanswered(relay)
    read = Receipt.objects.filter(relay=relay, membership=OuterRef("pk"))
    return recipients(relay.pk).filter(~Exists(read))


def _claim(run: SmsRun, membership_id: int) -> bool:
    """Move the run past this person; False when another has moved it, or it was stopped."""
    moved = SmsRun.objects.filter(
        pk=run.pk, state=SmsRun.State.RUNNING, reached=run.reached
    ).update(reached=membership_id, failed=F("failed") + 1)
    run.reached = membership_id
    return bool(moved)


def _text(phone: str, organization: Organization) -> bool:
    try:
        sms.send_notice(phone, organization.name, f"{settings.SITE_URL}/")
    except (Unavailable, RateLimited):
        return False
    return True


@transaction.atomic
def _finish(run_id: int) -> None:
    """The run is over; who asked for it is told once what did not go out."""
    over = SmsRun.objects.filter(pk=run_id, state=SmsRun.State.RUNNING)
    if not over.update(state=SmsRun.State.DONE):
        return
    run = SmsRun.objects.select_related("relay__notice").get(pk=run_id)
    relay = run.relay
    untold = run.failed + _people(relay, run.purpose).filter(pk__gt=run.reached).count()
    if not untold or run.asked_by_id is None:
        return
    post_message(
        run.asked_by_id,
        Note(
            topic="notice.texts_failed",
            title=f"有 {untold} 条通知短信没有发出",
            body=f"“{relay.notice.title}”：已发出 {run.sent} 条，{untold} 条没有发出或没有得到"
            "短信服务的确认。大家在站内仍会看到，也可以电话通知还没有看的人。",
            link=reverse("notices:chain", args=[relay.organization_id, relay.notice_id]),
            organization_id=relay.organization_id,
        ),
    )


def _month() -> date:
    return today().replace(day=1)
