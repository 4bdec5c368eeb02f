"""Text messages a day before a deadline: whom, when, once."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.notices.actions import recalling
from lianxue.notices.models import Notice, Relay, SmsRun
from lianxue.organizations.models import RoleGrant
from lianxue.shared.gateways import sms
from lianxue.worktasks import jobs
from lianxue.worktasks.actions import reminding
from lianxue.worktasks.models import WorkTask
from lianxue.worktasks.queries.unanswered import unanswered
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, put_in_chain
from tests.notices.makers import BELOW, WHOLE, to_branches
from tests.notices.test_texting import budget, run_jobs

from .makers import SPECS, sent_task, submitted

pytestmark = pytest.mark.django_db


def at_hour(hour: int, minute: int = 0) -> datetime:
    """That hour of a day soon, in the site's time zone."""
    day = timezone.localdate() + timedelta(days=10)
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The phones that a message went to."""
    phones: list[str] = []
    monkeypatch.setattr(sms, "send_notice", lambda phone, name, link: phones.append(phone))
    return phones


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the clock shows; ten in the morning."""

    class Clock:
        now = at_hour(10)

    monkeypatch.setattr(reminding, "now", lambda: Clock.now)
    return Clock


def due(relay: Relay, deadline: datetime, wanted: bool = True) -> Relay:
    """``relay``'s task is due then."""
    Notice.objects.filter(pk=relay.notice_id).update(deadline=deadline)
    WorkTask.objects.filter(pk=relay.notice_id).update(sms_before_deadline=wanted)
    return relay


def members_task(cast: Cast) -> Relay:
    return sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")


def test_who_has_not_answered_is_told_once(cast: Cast, texts: list[str], clock: Any) -> None:
    relay = due(members_task(cast), at_hour(10) + timedelta(hours=20))
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    assert reminding.remind() == 1
    assert reminding.remind() == 0, "the next slot of the same job"
    run_jobs()
    people = (cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin)
    assert sorted(texts) == sorted(one.phone for one in people)
    run = SmsRun.objects.get()
    assert (run.purpose, run.budget, run.sent) == (SmsRun.Purpose.DEADLINE, 4, 4)
    assert AuditEvent.objects.filter(action="notice.texted").count() == 1
    clock.now += timedelta(hours=5)
    assert reminding.remind() == 0
    run_jobs()
    assert len(texts) == 4


def test_units_are_told_at_their_administrators(cast: Cast, texts: list[str], clock: Any) -> None:
    due(sent_task(cast.city_admin, cast.city, BELOW), at_hour(10) + timedelta(hours=20))
    both = to_branches(cast.first_branch, cast.second_branch)
    due(sent_task(cast.owner, cast.county, both), at_hour(10) + timedelta(hours=20))
    assert reminding.remind() == 2
    run_jobs()
    people = [cast.owner, cast.whole_admin, cast.colleague, cast.outsider_admin]
    assert sorted(texts) == sorted(one.phone for one in people)


@pytest.mark.parametrize(
    ("hour", "minute", "hours_left", "told"),
    [
        (10, 0, 24, 1),
        (10, 0, 24.1, 0),
        (10, 0, 0.1, 1),
        (10, 0, -0.1, 0),
        (8, 0, 12, 1),
        (7, 59, 12, 0),
        (19, 59, 12, 1),
        (20, 0, 12, 0),
    ],
)
def test_when(  # noqa: PLR0913
    cast: Cast,
    texts: list[str],
    clock: Any,
    hour: int,
    minute: int,
    hours_left: float,
    told: int,
) -> None:
    clock.now = at_hour(hour, minute)
    due(members_task(cast), clock.now + timedelta(hours=hours_left))
    assert reminding.remind() == told


def test_only_where_it_was_asked_for(cast: Cast, texts: list[str], clock: Any) -> None:
    due(members_task(cast), at_hour(10) + timedelta(hours=20), wanted=False)
    assert reminding.remind() == 0


def test_who_was_told_just_now_needs_none(cast: Cast, texts: list[str], clock: Any) -> None:
    relay = due(members_task(cast), at_hour(10) + timedelta(hours=20))
    Relay.objects.filter(pk=relay.pk).update(passed_at=clock.now - timedelta(hours=5))
    assert reminding.remind() == 0
    clock.now += timedelta(hours=1)
    assert reminding.remind() == 1


def test_a_recalled_task_reminds_nobody(cast: Cast, texts: list[str], clock: Any) -> None:
    relay = due(members_task(cast), at_hour(10) + timedelta(hours=20))
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "发错了")
    assert reminding.remind() == 0


def test_without_messages_left_it_is_tried_again(
    cast: Cast, texts: list[str], clock: Any, settings: Any
) -> None:
    due(members_task(cast), at_hour(10) + timedelta(hours=20))
    budget(settings, 0)
    assert reminding.remind() == 0
    assert not SmsRun.objects.exists()
    budget(settings, 100)
    assert reminding.remind() == 1


def test_a_site_that_sends_none(cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    due(members_task(cast), at_hour(10) + timedelta(hours=20))
    monkeypatch.setattr(sms, "notifies", lambda: False)
    assert reminding.remind() == 0


def test_the_job(cast: Cast, texts: list[str], clock: Any) -> None:
    due(members_task(cast), at_hour(10) + timedelta(hours=20))
    jobs.remind_before_deadlines.func()
    assert SmsRun.objects.count() == 1


def test_who_administers_two_units_is_told_once(cast: Cast) -> None:
    both = OrganizationFactory()
    put_in_chain(both, cast.city)
    seat = MembershipFactory(organization=both, user=cast.owner, phone=cast.owner.phone)
    RoleGrant.objects.create(
        organization=both, membership=seat, role="main_admin", granted_at=timezone.now()
    )
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    phones = [one.phone for one in unanswered(relay)]
    assert cast.owner.phone in phones
    assert len(phones) == len(set(phones))
