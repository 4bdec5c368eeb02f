"""The page of an item: read, played and finished, with and without scripts."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.files import actions as files
from lianxue.files.models import StoredFile
from lianxue.learning.actions import publishing, records
from lianxue.learning.models import Comment, ContentItem, LearningRecord
from lianxue.organizations.models import Membership
from lianxue.points.models import PointEntry, PointRule
from lianxue.shared.clock import now, today
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory

from .makers import Kind, comment, comments_are, content, picture, record
from .task_makers import sent_learning

pytestmark = pytest.mark.django_db

MEDIA = Path(__file__).parent / "media"


def opened(user: object, item: ContentItem, **headers: str) -> HttpResponse:
    client = sign_in(user)  # type: ignore[arg-type]
    return client.get(reverse("learning:item", args=[item.pk]), headers=headers)


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


def recording(cast: Cast, name: str = "lesson.mp4", **values: object) -> ContentItem:
    data = SimpleUploadedFile(name, (MEDIA / name).read_bytes())
    file = files.store(cast.owner, data)
    files.attach([file.pk])
    kind = Kind.VIDEO if name.endswith(("mp4", "webm")) else Kind.AUDIO
    return content(cast.county, cast.owner, kind=kind, file=file, **{"length": 24, **values})


def report(client: Client, item: ContentItem, **form: object) -> HttpResponse:
    return client.post(reverse("learning:progress", args=[item.pk]), form)


def a_while_later(seconds: int = 10) -> None:
    """The only record was opened, and last reported of, so long ago."""
    before = now() - timedelta(seconds=seconds)
    LearningRecord.objects.update(started_at=before, changed_at=before)


def test_opening_an_article_begins_its_record(cast: Cast) -> None:
    item = content(cast.county, cast.owner, body="<h2>一</h2><p>正文在这里。</p>", source="县委办")
    page = words(opened(cast.member, item))
    assert "正文在这里" in page
    assert "县委办" in page
    assert reverse("learning:finish", args=[item.pk]) in page
    assert "读完了" in page
    assert LearningRecord.objects.get().user == cast.member


def test_a_look_ahead_and_head_begin_nothing(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    assert opened(cast.member, item, **{"Sec-Purpose": "prefetch"}).status_code == 503
    client = sign_in(cast.member)
    assert client.head(reverse("learning:item", args=[item.pk])).status_code == 200
    assert not LearningRecord.objects.exists()


def test_without_scripts_a_text_is_finished_by_a_button(cast: Cast) -> None:
    item, client = content(cast.county, cast.owner), sign_in(cast.member)
    answer = client.post(reverse("learning:finish", args=[item.pk]))
    assert answer["Location"] == reverse("learning:item", args=[item.pk]) + "#item-state"
    page = words(client.get(answer["Location"]))
    assert "读完。" in page
    assert "得 1 分。" in page
    entry = PointEntry.objects.get()
    assert reverse("points:explain", args=[entry.pk]) in page
    assert reverse("learning:finish", args=[item.pk]) not in page


def test_what_a_cap_left_over_is_said(cast: Cast) -> None:
    PointRule.objects.create(
        item="learning.read",
        effective_from=today(),
        points=30,
        day_cap=10,
        reason="试行",
        made_by_name="运维",
        created_at=now(),
    )
    item = content(cast.county, cast.owner)
    records.finish(cast.member, item.pk)
    page = words(opened(cast.member, item))
    assert "得 3 分，计 1 分：这一项当日已到上限 1 分。" in page


def test_a_link_says_that_it_gives_no_points(cast: Cast) -> None:
    item = content(cast.county, cast.owner, kind=Kind.LINK, link="https://example.cn/read?a=1&b=2")
    before = words(opened(cast.member, item))
    assert 'href="https://example.cn/read?a=1&amp;b=2"' in before
    assert "noopener noreferrer" in before
    assert "外部链接不计积分" in before
    records.finish(cast.member, item.pk)
    assert "外部链接不计积分" in words(opened(cast.member, item))


def test_a_film_plays_from_where_one_stopped(cast: Cast) -> None:
    item = recording(cast)
    record(cast.member, item, position=12, seen=[[0, 12]], covered=12)
    page = words(opened(cast.member, item))
    assert f"/learn/{item.pk}/files/{item.file_id}/?view=1#t=12" in page
    assert "controls" in page
    assert "上次看到 0:12" in page
    assert "已播放 <span" in page
    assert "50%" in page
    assert "没有运行网页脚本" in page
    assert reverse("learning:finish", args=[item.pk]) not in page, "nobody says so by a button"


@pytest.mark.parametrize("position", [0, 3, 22])
def test_near_its_ends_a_film_begins_anew(cast: Cast, position: int) -> None:
    item = recording(cast)
    record(cast.member, item, position=position)
    assert "#t=" not in words(opened(cast.member, item))


def test_a_recording_is_not_finished_by_hand_and_says_why(cast: Cast) -> None:
    item = recording(cast)
    answer = sign_in(cast.member).post(reverse("learning:finish", args=[item.pk]))
    assert answer.status_code == 409
    assert "还没有看完" in words(answer)
    assert "<video" in words(answer), "the page it was on"
    assert not LearningRecord.objects.filter(finished_at__isnull=False).exists()


def test_a_recording_of_unknown_length_has_the_button(cast: Cast) -> None:
    item = recording(cast, "lesson.webm", length=0)
    page = words(opened(cast.member, item))
    assert reverse("learning:finish", args=[item.pk]) in page
    assert "没有运行网页脚本" not in page


def test_sound_is_heard_to_its_end(cast: Cast) -> None:
    item = recording(cast, "lesson.mp3", length=6)
    client = sign_in(cast.member)
    assert "<audio" in words(client.get(reverse("learning:item", args=[item.pk])))
    a_while_later()
    part = words(report(client, item, position="6", seen="0-6"))
    assert "听完。" in part
    assert "得 1 分。" in part
    assert "<html" not in part


def test_a_report_is_answered_with_how_far_that_is(cast: Cast) -> None:
    item, client = recording(cast), sign_in(cast.member)
    at_once = words(report(client, item, position="8", seen="0-6"))
    assert "25%" not in at_once, "nobody has played six seconds in none"
    a_while_later()
    part = words(report(client, item, position="8", seen="0-6"))
    assert "25%" in part
    found = LearningRecord.objects.get()
    assert (found.position, found.seen) == (8, [[0, 6]])
    article = content(cast.county, cast.owner)
    assert "读完了" in words(report(client, article, position="400"))
    assert "读完。" in words(report(client, article, position="1000"))


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"position": "-1"},
        {"position": "1.5"},
        {"position": "９"},
        {"position": "9" * 30},
        {"position": "1\0"},
        {"position": "1", "seen": "a"},
        {"position": "1", "seen": "0-" + "9" * 20},
    ],
)
def test_a_report_that_makes_no_sense(cast: Cast, form: dict[str, str]) -> None:
    item = recording(cast)
    answer = report(sign_in(cast.member), item, **form)
    assert answer.status_code == 422
    assert "刷新" in words(answer)
    assert not LearningRecord.objects.exists()


def test_the_seconds_come_in_ranges(cast: Cast) -> None:
    item, client = recording(cast), sign_in(cast.member)
    address = reverse("learning:file", args=[item.pk, item.file_id])
    answer = client.get(f"{address}?view=1", headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, b"ftyp")
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("who", "published", "withdrawn"),
    [
        ("member", 200, 404),
        ("owner", 200, 200),
        ("stranger", 404, 404),
        ("other_member", 404, 404),
        ("city_admin", 404, 404),
    ],
)
def test_who_gets_the_file(cast: Cast, who: str, published: int, withdrawn: int) -> None:
    """As long as it is published its readers; afterwards who keeps it."""
    item, client = recording(cast), sign_in(getattr(cast, who))
    address = reverse("learning:file", args=[item.pk, item.file_id])
    assert client.get(address).status_code == published
    publishing.withdraw(cast.owner, item.pk, "内容有误")
    assert client.get(address).status_code == withdrawn


def test_a_file_of_another_item_is_not_found_here(cast: Cast) -> None:
    one, two = recording(cast), recording(cast)
    address = reverse("learning:file", args=[one.pk, two.file_id])
    assert sign_in(cast.member).get(address).status_code == 404
    assert sign_in(None).get(address).status_code == 302
    gone = StoredFile.objects.latest("pk").pk + 1
    missing = reverse("learning:file", args=[one.pk, gone])
    assert sign_in(cast.member).get(missing).status_code == 404


def test_pictures_and_a_document(cast: Cast) -> None:
    gallery = content(cast.county, cast.owner, kind=Kind.PICTURES)
    first = picture(gallery, "村口的老井")
    page = words(opened(cast.member, gallery))
    assert f"/files/{first.file_id}/?view=1" in page
    assert "村口的老井" in page
    paper = content(cast.county, cast.owner, kind=Kind.DOCUMENT, length=12)
    page = words(opened(cast.member, paper))
    assert "打开文档" in page
    assert "12 页" in page
    assert "看完了" in page


def test_an_open_task_that_asks_for_it_stands_below(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    relay = sent_learning(cast.owner, cast.county, [item])
    address = reverse("learning:task", args=[relay.notice_id])
    assert address in words(opened(cast.member, item))
    records.finish(cast.member, item.pk)
    assert address not in words(opened(cast.member, item))


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ("/learn/search/?q=学习", "/learn/search/?q=学习"),
        ("/learn/tasks/7/", "/learn/tasks/7/"),
        ("/messages/", "/learn/"),
        ("{own}comments/", "/learn/"),
        ("//evil.example/learn/", "/learn/"),
        ("", "/learn/"),
    ],
)
def test_the_way_back(cast: Cast, came: str, back: str) -> None:
    item = content(cast.county, cast.owner)
    own = reverse("learning:item", args=[item.pk])
    referer = came.format(own=own)
    if referer.startswith("/") and not referer.startswith("//"):
        referer = f"http://testserver{referer}"
    page = words(opened(cast.member, item, Referer=referer))
    assert f'bar-back" href="{back}"' in page


def test_a_text_can_do_no_harm(cast: Cast) -> None:
    item = content(cast.county, cast.owner, title="<script>a</script>", source="<b>x</b>")
    answer = opened(cast.member, item)
    assert "<script>a" not in words(answer)
    assert "<b>x</b>" not in words(answer)
    assert "media-src" not in answer["Content-Security-Policy"]
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_the_page_costs_the_same_whatever_stands_on_it(cast: Cast) -> None:
    """10 or 300 comments, readers and files."""
    comments_are(cast.county, "open")
    item, costs = content(cast.county, cast.owner, kind=Kind.PICTURES), []
    client = sign_in(cast.member)
    client.get(reverse("learning:item", args=[item.pk]))
    for number in (10, 290):
        seats = [MembershipFactory(organization=cast.county) for _ in range(number // 10)]
        Comment.objects.bulk_create(
            Comment(
                item=item,
                organization=cast.county,
                membership=seats[at % len(seats)],
                text="好",
                state=Comment.State.SHOWN,
                at=now(),
            )
            for at in range(number)
        )
        for _ in range(number // 10):
            picture(item)
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("learning:item", args=[item.pk])).status_code == 200
        costs.append(len(found))
    assert costs[0] == costs[1]
    assert costs[1] <= 45
    assert Membership.objects.filter(organization=cast.county).count() > 25


def test_another_organisation_sees_no_names(cast: Cast) -> None:
    comments_are(cast.county, "open")
    item = content(cast.city, cast.city_admin, reach="chain")
    comment(cast.memberships[cast.member.pk], item, "县里的话")
    assert "县里的话" in words(opened(cast.owner, item))
    assert "县里的话" not in words(opened(cast.city_admin, item))
