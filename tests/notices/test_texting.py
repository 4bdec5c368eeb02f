"""Text messages: within the month's budget, at most once a person, and what did not go out."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.notices.actions import nudging, recalling, receipts, sending, texting
from lianxue.notices.models import Notice, Relay, SmsRun
from lianxue.organizations.models import Membership
from lianxue.shared.errors import StateConflict, Unavailable
from lianxue.shared.gateways import sms
from tests.cast import Cast
from tests.factories import MembershipFactory

from .makers import WHOLE, draft, sent

Sent = list[str]
#: 县 has this many who have come.
PEOPLE = 5


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The phones that a message went to, in order; each with the organisation and the site."""
    phones: Sent = []

    def send(phone: str, organization_name: str, link: str) -> None:
        assert organization_name == "中共历山县委宣传部"
        assert link.endswith("/")
        phones.append(phone)

    monkeypatch.setattr(sms, "send_notice", send)
    return phones


def urgent(cast: Cast, text: bool = True) -> Relay:
    """An urgent notice of 县's to everybody there."""
    return sending.send(cast.owner, draft(cast.owner, cast.county, urgent=True).pk, WHOLE, text)


def run_jobs(most: int = 100) -> int:
    """Run what waits in the queue, one after another, as the worker does."""
    done = 0
    while done < most:
        task = DBTaskResult.objects.filter(status="READY").order_by("enqueued_at", "id").first()
        if task is None:
            return done
        DBTaskResult.objects.filter(pk=task.pk).update(status="SUCCESSFUL")
        task.task.func(*task.args_kwargs["args"])
        done += 1
    raise AssertionError("the queue never empties")


def budget(settings: Any, most: int) -> None:
    settings.ENV = settings.ENV.model_copy(update={"notice_sms_per_month": most})


def crowd(cast: Cast, people: int) -> None:
    for _ in range(people):
        MembershipFactory(organization=cast.county)


def test_everybody_once_but_who_wrote_it(cast: Cast, texts: Sent) -> None:
    relay = urgent(cast)
    assert texts == [], "the worker sends"
    run = SmsRun.objects.get()
    assert (run.purpose, run.budget, run.asked_by) == ("sent", PEOPLE - 1, cast.owner)
    assert AuditEvent.objects.filter(action="notice.texted").count() == 1
    run_jobs()
    wanted = {cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member}
    assert sorted(texts) == sorted(user.phone for user in wanted)
    run.refresh_from_db()
    assert (run.state, run.sent, run.failed) == ("done", 4, 0)
    assert not InboxItem.objects.filter(topic="notice.texts_failed").exists()
    assert texting.start(cast.owner, relay, SmsRun.Purpose.SENT) is None, "not a second time"


def test_who_has_read_it_meanwhile_gets_none(cast: Cast, texts: Sent) -> None:
    relay = urgent(cast)
    receipts.read(cast.member, relay.notice_id)
    run_jobs()
    assert cast.member.phone not in texts
    assert len(texts) == 3
    assert texting.left_this_month(cast.county) == 1000 - 3


def test_killed_between_two_people(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each claim is written before its message: a run taken up again goes on behind it."""
    urgent(cast)
    tried: Sent = []

    def dies(phone: str, *words: str) -> None:
        tried.append(phone)
        if len(tried) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(sms, "send_notice", dies)
    run = SmsRun.objects.get()
    with pytest.raises(KeyboardInterrupt):
        texting.send_texts.func(run.pk)
    texting.send_texts.func(run.pk)
    texting.send_texts.func(run.pk)
    assert len(tried) == len(set(tried)) == 4
    run.refresh_from_db()
    assert (run.state, run.sent, run.failed) == ("done", 3, 1), "what is uncertain counts as failed"
    note = InboxItem.objects.get(topic="notice.texts_failed")
    assert note.title == "有 1 条通知短信没有发出"


def test_two_workers_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one sends, another takes the run: the first finds it moved, and stops."""
    urgent(cast)
    run, tried = SmsRun.objects.get(), []
    answers: list[dict[str, int]] = []

    def send(phone: str, *words: str) -> None:
        tried.append(phone)
        if len(tried) == 1:
            answers.append(texting.send_texts.func(run.pk))

    monkeypatch.setattr(sms, "send_notice", send)
    assert texting.send_texts.func(run.pk) == {"left_to_another": 1}
    assert answers == [{"tried": 3}]
    assert len(tried) == len(set(tried)) == 4


def test_more_than_a_batch(cast: Cast, texts: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texting, "BATCH", 5)
    crowd(cast, 11)  # fifteen in all: the third batch is whole, and a fourth finds nobody
    urgent(cast)
    assert run_jobs() == 4
    assert len(texts) == len(set(texts)) == 15
    assert SmsRun.objects.get().state == "done"


def test_what_did_not_go_out_is_told_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(phone: str, *words: str) -> None:
        if phone != cast.member.phone:
            raise Unavailable("down")

    monkeypatch.setattr(sms, "send_notice", refuses)
    relay = urgent(cast)
    run_jobs()
    texting.send_texts.func(SmsRun.objects.get().pk)
    note = InboxItem.objects.get(topic="notice.texts_failed")
    assert note.place == f"user:{cast.owner.pk}"
    assert note.title == "有 3 条通知短信没有发出"
    assert "已发出 1 条" in note.body
    assert note.link == f"/orgs/{cast.county.pk}/notices/{relay.notice_id}/"
    assert texting.left_this_month(cast.county) == 999, "what was not sent is given back"


def test_a_provider_that_is_down_is_not_tried_to_the_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(cast, 30)
    tried: Sent = []

    def down(phone: str, *words: str) -> None:
        tried.append(phone)
        raise Unavailable("down")

    monkeypatch.setattr(sms, "send_notice", down)
    urgent(cast)
    run_jobs()
    assert len(tried) == texting.GIVE_UP_AFTER
    assert InboxItem.objects.get(topic="notice.texts_failed").title == "有 34 条通知短信没有发出"


def test_the_months_budget(cast: Cast, texts: Sent, settings: Any) -> None:
    budget(settings, 9)
    urgent(cast)
    assert texting.left_this_month(cast.county) == 5, "set aside before it is sent"
    assert texting.left_this_month(cast.city) == 9, "each organisation its own"
    urgent(cast)
    run_jobs()
    assert texting.left_this_month(cast.county) == 1
    before = Notice.objects.filter(state="sent").count()
    with pytest.raises(StateConflict, match="本月还能发 1 条通知短信，这次需要 4 条"):
        urgent(cast)
    assert Notice.objects.filter(state="sent").count() == before, "nothing is half done"
    SmsRun.objects.update(month=date(2020, 1, 1))
    assert texting.left_this_month(cast.county) == 9, "a new month"


def test_what_a_page_says_before(cast: Cast, settings: Any) -> None:
    offer = texting.offer(cast.county, 121)
    assert (offer.people, offer.left, offer.refused) == (121, 1000, "")
    budget(settings, 100)
    assert "本月还能发 100 条" in texting.offer(cast.county, 121).refused
    settings.ENV = settings.ENV.model_copy(
        update={"sms_backend": "aliyun", "aliyun_sms_notice_template": ""}
    )
    assert "没有开通通知短信" in texting.offer(cast.county, 1).refused
    with pytest.raises(StateConflict, match="没有开通"):
        urgent(cast)


def test_a_reminder_once_a_day(cast: Cast, texts: Sent) -> None:
    relay = urgent(cast, text=False)
    receipts.read(cast.member, relay.notice_id)
    arguments = (cast.owner, cast.county.pk, relay.notice_id, nudging.OWN)
    nudging.nudge(*arguments, sms=True)
    run_jobs()
    assert len(texts) == 3
    Relay.objects.update(nudged_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(StateConflict, match="一天内已经用短信提醒过"):
        nudging.nudge(*arguments, sms=True)
    nudging.nudge(*arguments)
    SmsRun.objects.update(created_at=timezone.now() - timedelta(days=2))
    Relay.objects.update(nudged_at=timezone.now() - timedelta(hours=2))
    nudging.nudge(*arguments, sms=True)


def test_a_recall_stops_them(cast: Cast, texts: Sent) -> None:
    relay = urgent(cast)
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "时间有变")
    run_jobs()
    assert texts == []
    assert texting.left_this_month(cast.county) == 1000


def test_nobody_to_be_told(cast: Cast) -> None:
    Membership.objects.filter(organization=cast.county).exclude(user=cast.owner).update(
        state="ended"
    )
    relay = urgent(cast)
    assert not SmsRun.objects.exists()
    assert texting.count_for(relay) == 0


def test_a_run_that_lies_about(cast: Cast, texts: Sent) -> None:
    urgent(cast)
    DBTaskResult.objects.all().delete()  # the worker died five times over it
    texting.resume()
    assert run_jobs() == 0, "it may still be at work"
    SmsRun.objects.update(created_at=timezone.now() - timedelta(hours=1))
    texting.resume()
    run_jobs()
    assert len(texts) == 4
    urgent(cast)
    SmsRun.objects.filter(state="running").update(created_at=timezone.now() - timedelta(days=2))
    texting.resume()
    run_jobs()
    assert len(texts) == 4, "a day late is too late"
    assert InboxItem.objects.get(topic="notice.texts_failed").title == "有 4 条通知短信没有发出"


@pytest.mark.parametrize("people", [10, 100])
def test_rows_that_are_set_aside(cast: Cast, texts: Sent, people: int) -> None:
    crowd(cast, people)
    urgent(cast)
    assert SmsRun.objects.count() == 1
    assert DBTaskResult.objects.count() == 1
    run_jobs()
    assert len(texts) == people + 4
    assert SmsRun.objects.count() == 1


def test_the_site_itself_reminds_before_a_deadline(cast: Cast) -> None:
    """A plain notice has nobody who still owes an answer (``extensions``)."""
    relay = sent(cast.owner, cast.county, WHOLE)
    assert texting.start(None, relay, SmsRun.Purpose.DEADLINE) is None
