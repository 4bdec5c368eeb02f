"""任务日历: what is due stands on its day, done or not; the phone's calendar fetches the same."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from icalendar import Calendar

from lianxue.audit.models import AuditEvent
from lianxue.notices.actions import feeds, recalling, receipts
from lianxue.notices.queries.calendar import agenda, month_named, month_of
from lianxue.shared.models import RateLimitCounter
from tests.cast import Cast, sign_in
from tests.notices.makers import BELOW, WHOLE, sent
from tests.worktasks.makers import TEXT, sent_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sources() -> None:
    """The apps give their dates where their addresses are made."""
    assert get_resolver().url_patterns


@pytest.fixture
def soon() -> datetime:
    return timezone.now() + timedelta(days=2)


def _events(answer: bytes) -> list[dict[str, str]]:
    return [
        {key.lower(): str(value) for key, value in event.items()}
        for event in Calendar.from_ical(answer).walk("VEVENT")
    ]


def test_a_notice_stands_on_the_day_of_its_deadline(cast: Cast, soon: datetime) -> None:
    sent(cast.owner, cast.county, WHOLE, title="报名", deadline=soon)
    sent(cast.owner, cast.county, WHOLE, title="没有时间")
    first = timezone.localdate(soon).replace(day=1)
    (day,) = month_of(cast.member, first).days
    assert (day.day, [one.title for one in day.dates]) == (timezone.localdate(soon), ["报名"])
    assert not month_of(cast.other_member, first).days


@pytest.mark.parametrize("needs_confirmation", [False, True])
def test_done_is_what_was_read_and_where_asked_confirmed(
    cast: Cast, soon: datetime, needs_confirmation: bool
) -> None:
    relay = sent(
        cast.owner, cast.county, WHOLE, deadline=soon, needs_confirmation=needs_confirmation
    )
    assert [one.done for one in agenda(cast.member)] == [False]
    receipts.read(cast.member, relay.notice_id)
    assert [one.done for one in agenda(cast.member)] == [not needs_confirmation]
    if needs_confirmation:
        receipts.confirm(cast.member, relay.notice_id)
        assert [one.done for one in agenda(cast.member)] == [True]


def test_what_is_recalled_is_gone(cast: Cast, soon: datetime) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, deadline=soon)
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "时间有误")
    assert agenda(cast.member) == []


def test_tasks_of_oneself_and_of_a_unit(cast: Cast, soon: datetime) -> None:
    mine = sent_task(
        cast.owner, cast.county, WHOLE, respondents="members", deadline=soon, title="谈体会"
    )
    assert [(one.uid, one.word) for one in agenda(cast.member)] == [
        (f"task-{mine.pk}-m:{cast.memberships[cast.member.pk].pk}", "填报表格")
    ]
    sent_task(cast.city_admin, cast.city, BELOW, deadline=soon, title="报数")
    owned = [one for one in agenda(cast.owner) if one.title == "报数"]
    assert [one.second for one in owned] == [f"{cast.city.name} · 代表“{cast.county.name}”"]


@pytest.mark.parametrize("text", ["", "2026-13", "0001-01", "9999-12", "x" * 300, "2026-1-1"])
def test_any_other_month_is_the_present_one(text: str) -> None:
    assert month_named(text) == timezone.localdate().replace(day=1)


def test_a_month_is_whole_weeks(cast: Cast) -> None:
    month = month_of(cast.member, month_named("2026-11"))
    assert {len(week) for week in month.weeks} == {7}
    assert (month.before, month.after) == ("2026-10", "2026-12")
    assert (month.weeks[0][0].day.isoformat(), month.weeks[-1][-1].day.isoformat()) == (
        "2026-10-26",
        "2026-12-06",
    )


def test_the_page_costs_the_same_whatever_stands_in_it(
    cast: Cast, soon: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        sent(cast.owner, cast.county, WHOLE, title=f"通知{number}", deadline=soon)
        sent_task(cast.owner, cast.county, WHOLE, (TEXT,), "members", deadline=soon)
    with django_assert_max_num_queries(8):
        assert len(agenda(cast.member)) == 16


def test_a_phone_fetches_what_the_page_shows(cast: Cast, soon: datetime) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, title="报名；截止", deadline=soon)
    answer = sign_in(cast.member).post("/calendar/feed/")
    address = re.search(r"http://testserver(/calendar/[\w-]+\.ics)", answer.content.decode())
    assert address
    got = Client().get(address[1])
    assert got["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = _events(got.content)
    assert event["summary"] == "报名；截止（截止）"
    assert event["url"].endswith(f"/notices/{relay.notice_id}/")
    (end,) = [one.end for one in Calendar.from_ical(got.content).walk("VEVENT")]
    assert end == soon.replace(microsecond=0)
    assert relay.notice.body not in got.content.decode()


def test_a_new_address_ends_the_old_one_and_so_does_ending_it(cast: Cast) -> None:
    old, new = feeds.subscribe(cast.member), feeds.subscribe(cast.member)
    assert Client().get(f"/calendar/{old}.ics").status_code == 404
    assert Client().get(f"/calendar/{new}.ics").status_code == 200
    assert sign_in(cast.member).post("/calendar/feed/end/").status_code == 302
    assert Client().get(f"/calendar/{new}.ics").status_code == 404
    actions = (
        AuditEvent.objects.filter(actor_id=cast.member.pk)
        .values_list("action", flat=True)
        .order_by("pk")
    )
    assert list(actions) == ["calendar.subscribed", "calendar.subscribed", "calendar.ended"]


def test_who_may_not_sign_in_has_no_calendar(cast: Cast) -> None:
    token = feeds.subscribe(cast.member)
    cast.member.is_active = False
    cast.member.save(update_fields=["is_active"])
    assert Client().get(f"/calendar/{token}.ics").status_code == 404


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_an_address_is_only_read(cast: Cast, verb: str) -> None:
    token = feeds.subscribe(cast.member)
    assert getattr(Client(), verb)(f"/calendar/{token}.ics").status_code == 405


def test_an_address_is_never_shown_again(cast: Cast) -> None:
    token = feeds.subscribe(cast.member)
    page = sign_in(cast.member).get("/calendar/feed/").content.decode()
    assert token not in page
    assert "换一个新地址" in page


def test_an_address_of_nobody_leaves_no_trace(cast: Cast) -> None:
    """Whoever tries addresses writes nothing; what asks for a true one too often is told."""
    client = Client()
    for number in range(3):
        assert client.get(f"/calendar/{number}nobody.ics").status_code == 404
    assert not RateLimitCounter.objects.exists()
    address = f"/calendar/{feeds.subscribe(cast.member)}.ics"
    assert client.get(address).status_code == 200
    RateLimitCounter.objects.update(count=120)
    assert client.get(address).status_code == 429
