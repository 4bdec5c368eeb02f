"""My notices on the phone: the list, one of them, its files, what waits."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.notices.actions import drafts, receipts, sending
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.notices.policy import seats_of
from lianxue.notices.queries import reading, waiting
from lianxue.organizations.models import Membership
from lianxue.shared.errors import NotFound
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory
from tests.files.makers import stored
from tests.notices.makers import ALL, BELOW, WHOLE, draft, passed, sent, to_branches

pytestmark = pytest.mark.django_db


def titles(cast: Cast, tab: str = "all", text: str = "") -> list[str]:
    """What the plain member has, in order."""
    return [one.title for one in reading.my_notices(cast.member, tab, text)]


def recall(relay: Relay) -> None:
    """As the recall of this relay leaves it."""
    Relay.objects.filter(pk=relay.pk).update(
        recalled_at=timezone.now(), recalled_from=relay, recall_reason="时间有变"
    )


def test_the_newest_first_and_only_what_reaches_me(cast: Cast) -> None:
    sent(cast.owner, cast.county, title="一")
    sent(cast.owner, cast.county, to_branches(cast.second_branch), title="别的支部")
    sent(cast.owner, cast.county, to_branches(cast.general_branch), title="二")
    draft(cast.owner, cast.county, title="草稿")
    sent(cast.city_admin, cast.city, title="市里的")
    assert titles(cast) == ["二", "一"]
    assert not reading.my_notices(cast.stranger).exists()


def test_a_notice_of_two_organisations_stands_once(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, relay.notice, ALL)
    passed(cast.owner, cast.county, relay.notice, WHOLE)
    MembershipFactory(organization=cast.city, user=cast.member)
    assert reading.my_notices(cast.member).count() == 1
    assert reading.unread_count(cast.member) == 1


def test_tabs(cast: Cast) -> None:
    one, two, old = (sent(cast.owner, cast.county, title=word) for word in "一二旧")
    past = timezone.now() - timedelta(hours=1)
    Membership.objects.filter(user=cast.member).update(activated_at=past)
    Relay.objects.filter(pk=old.pk).update(open_until=past)
    Relay.objects.filter(pk=one.pk).update(nudged_at=timezone.now())
    receipts.read(cast.member, two.notice_id)
    # what is no longer open is not asked for any more, and is seen all the same by who was there
    assert (titles(cast), titles(cast, "unread")) == (["旧", "二", "一"], ["一"])
    receipts.archive(cast.member, two.notice_id, True)
    assert (titles(cast), titles(cast, "archived")) == (["旧", "一"], ["二"])
    rows = {row.title: row for row in reading.my_notices(cast.member, text="")}
    assert (rows["一"].unread, rows["一"].live, rows["一"].read_at) == (True, True, None)
    assert rows["一"].nudged_at is not None


def test_unread_counts_notices_that_are_open(cast: Cast) -> None:
    open_, urgent, gone = (sent(cast.owner, cast.county) for _ in range(3))
    task = sent(cast.owner, cast.county)
    Notice.objects.filter(pk=task.notice_id).update(kind="task")
    Notice.objects.filter(pk=urgent.notice_id).update(urgent=True)
    recall(gone)
    assert reading.unread_count(cast.member) == 2
    (line,) = waiting.lines(cast.member, seats_of(cast.member))
    assert (line.count, line.urgent, line.href) == (2, True, "/notices/?tab=unread")
    receipts.read(cast.member, urgent.notice_id)
    Relay.objects.filter(pk=open_.pk).update(nudged_at=timezone.now())
    (line,) = waiting.lines(cast.member, seats_of(cast.member))
    assert (line.count, line.urgent) == (1, False)
    assert line.second.startswith("管理员 ")
    receipts.read(cast.member, open_.notice_id)
    assert waiting.lines(cast.member, seats_of(cast.member)) == []


def test_what_came_before_me_and_is_open_is_unread(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    late = MembershipFactory(organization=cast.county)
    assert reading.unread_count(late.user) == 1
    Relay.objects.filter(pk=relay.pk).update(open_until=timezone.now() - timedelta(days=1))
    assert reading.unread_count(late.user) == 0
    assert not reading.my_notices(late.user).exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [("学习", ["关于学习的通知"]), ("会议室", ["开会"]), ("通知 安排", ["关于学习的通知"])]
    + [("%", []), ("没有这个", []), ("\0", ["开会", "关于学习的通知"])],
)
def test_search_looks_in_title_and_text(cast: Cast, text: str, found: list[str]) -> None:
    sent(cast.owner, cast.county, title="关于学习的通知", body="请看安排。")
    sent(cast.owner, cast.county, title="开会", body="一楼会议室")
    assert titles(cast, text=text) == found


def test_search_finds_the_archived_and_no_word_of_the_recalled(cast: Cast) -> None:
    kept, gone = (sent(cast.owner, cast.county, title=word, body="秘密") for word in "甲乙")
    receipts.read(cast.member, kept.notice_id)
    receipts.archive(cast.member, kept.notice_id, True)
    recall(gone)
    assert titles(cast, text="秘密") == ["甲"]
    assert titles(cast, text="乙") == ["乙"]


@pytest.mark.parametrize("tab", list(reading.TABS))
def test_statements_do_not_grow(cast: Cast, tab: str) -> None:
    client = sign_in(cast.member)
    counts = []
    for many in (2, 30):
        for n in range(many):
            relay = sent(cast.owner, cast.county, title=f"通知{n}", needs_confirmation=True)
            if tab == "archived":
                receipts.confirm(cast.member, relay.notice_id)
                receipts.archive(cast.member, relay.notice_id, True)
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(f"/notices/?tab={tab}")
        assert answer.status_code == 200
        assert len(answer.content) < 30_000
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_waits_takes_four_statements(cast: Cast) -> None:
    people = [(cast.stranger, 1), (cast.member, 2), (cast.colleague, 3), (cast.owner, 4)]
    for place in range(3):
        sent(cast.city_admin, cast.city, BELOW, title=f"{place}")
    for person, most in people:
        with CaptureQueriesContext(connection) as seen:
            lines = waiting.lines(person, seats_of(person))
        assert len(seen) <= most
        assert [line.count for line in lines] == ([3] if person == cast.owner else [])


def test_what_came_from_above_waits_in_each_place(cast: Cast) -> None:
    MembershipFactory(organization=cast.city, user=cast.owner)
    from_above = sent(cast.province_admin, cast.province)
    sent(cast.city_admin, cast.city, BELOW)
    lines = waiting.lines(cast.owner, seats_of(cast.owner))
    assert [(line.title, line.second, line.count) for line in lines] == [
        ("上级来文待处理", cast.county.name, 1)
    ]
    assert lines[0].href == f"/orgs/{cast.county.pk}/notices/?tab=incoming"
    assert lines[0].console_href == f"/console/orgs/{cast.county.pk}/notices/?tab=incoming"
    passed(cast.city_admin, cast.city, from_above.notice, BELOW)
    assert [line.count for line in waiting.lines(cast.owner, seats_of(cast.owner))] == [2]
    passed(cast.owner, cast.county, from_above.notice, WHOLE)
    assert [line.key for line in waiting.lines(cast.owner, seats_of(cast.owner))] == [
        f"incoming-{cast.county.pk}"
    ]


# ---------- the pages


def page_of(cast: Cast, relay: Relay, who: str = "member", **headers: str) -> tuple[int, str]:
    """The notice's page as somebody gets it."""
    answer = sign_in(getattr(cast, who)).get(f"/notices/{relay.notice_id}/", headers=headers)
    return answer.status_code, answer.content.decode()


def test_opening_is_reading(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, title="第一行", body="甲<b>\n乙")
    status, text = page_of(cast, relay)
    assert status == 200
    assert "甲&lt;b&gt;\n乙" in text
    assert "确认收到" not in text
    assert Receipt.objects.filter(relay=relay, membership__user=cast.member).count() == 1


@pytest.mark.parametrize(
    "header",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}],
)
def test_fetching_in_advance_is_not_reading(cast: Cast, header: dict[str, str]) -> None:
    relay = sent(cast.owner, cast.county)
    assert page_of(cast, relay, **header) == (503, "")
    sign_in(cast.member).head(f"/notices/{relay.notice_id}/")
    assert not Receipt.objects.filter(membership__user=cast.member).exists()


def test_confirming_on_the_page(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, needs_confirmation=True)
    _, before = page_of(cast, relay)
    assert "归档" not in before
    client = sign_in(cast.member)
    answer = client.post(f"/notices/{relay.notice_id}/confirm/", follow=True)
    text = answer.content.decode()
    at = Receipt.objects.get(membership__user=cast.member).confirmed_at
    assert f"{timezone.localtime(at):%Y-%m-%d %H:%M}" in text
    assert "归档" in text
    client.post(f"/notices/{relay.notice_id}/archive/")
    assert "取消归档" in page_of(cast, relay)[1]
    client.post(f"/notices/{relay.notice_id}/archive/", {"undo": "on"})
    assert "取消归档" not in page_of(cast, relay)[1]


def test_remarks_of_who_passed_it_on(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province, body="省里的话")
    passed(cast.city_admin, cast.city, relay.notice, ALL, "只给县里看的话")
    passed(cast.owner, cast.county, relay.notice, WHOLE, "请各支部抓紧")
    _, text = page_of(cast, relay)
    assert cast.province.name in text
    assert cast.county.name in text
    assert "请各支部抓紧" in text
    assert "只给县里看的话" not in text
    assert "省主管" not in text


def test_a_recalled_notice_shows_its_trace_alone(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, title="标题还在", body="正文没有了")
    recall(relay)
    status, text = page_of(cast, relay)
    assert status == 200
    assert "标题还在" in text
    assert "时间有变" in text
    assert "正文没有了" not in text
    listed = sign_in(cast.member).get("/notices/").content.decode()
    assert "已撤回" in listed


def test_refusals_show_the_notice_again(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    answer = sign_in(cast.member).post(f"/notices/{relay.notice_id}/confirm/")
    assert answer.status_code == 409
    assert "不需要确认" in answer.content.decode()


@pytest.mark.parametrize("bad", [0, 2**31, 2**63, 10**30])
def test_there_is_no_such_notice(cast: Cast, bad: int) -> None:
    client = sign_in(cast.member)
    for end in ("", f"files/{bad}/"):
        assert client.get(f"/notices/{bad}/{end}").status_code == 404
    for end in ("confirm/", "archive/"):
        assert client.post(f"/notices/{bad}/{end}").status_code == 404


@pytest.mark.parametrize("query", ["tab=x", "page=x", "page=-1", "page=9999999", "q=%00", "q=%25_"])
def test_odd_addresses_give_a_page(cast: Cast, query: str) -> None:
    sent(cast.owner, cast.county)
    assert sign_in(cast.member).get(f"/notices/?{query}").status_code == 200


@pytest.mark.parametrize("tab", ["", "?tab=unread", "?tab=archived", "?q=没有"])
def test_an_empty_list_says_what_to_do(cast: Cast, tab: str) -> None:
    text = sign_in(cast.stranger).get(f"/notices/{tab}").content.decode()
    assert 'class="button button-filled"' in text


# ---------- files


@pytest.fixture
def attached(cast: Cast) -> tuple[Relay, str]:
    """A notice with a file, from 市 to 县; its address."""
    notice = draft(cast.city_admin, cast.city)
    file = stored(cast.city_admin)
    drafts.add_file(cast.city_admin, notice.pk, file)
    relay = sending.send(cast.city_admin, notice.pk, ALL)
    return relay, f"/notices/{notice.pk}/files/{file.pk}/"


def who_gets(cast: Cast, address: str) -> set[str]:
    """Those of the cast to whom the file opens."""
    people = ["city_admin", "owner", "whole_admin", "colleague", "member", "province_admin"]
    people += ["newcomer_admin", "stranger", "operator"]
    return {name for name in people if sign_in(getattr(cast, name)).get(address).status_code == 200}


def test_files_open_to_whom_it_came(cast: Cast, attached: tuple[Relay, str]) -> None:
    relay, address = attached
    # who may pass it on reads it first; the rest of 县 when it was passed on
    assert who_gets(cast, address) == {"city_admin", "owner", "whole_admin"}
    county = passed(cast.owner, cast.county, relay.notice, to_branches(cast.second_branch))
    # but for who administers another branch than the one it was passed to
    assert who_gets(cast, address) == {"city_admin", "owner", "whole_admin"}
    county.delete()
    passed(cast.owner, cast.county, relay.notice, to_branches(cast.first_branch))
    assert "member" in who_gets(cast, address)


def test_a_recalled_one_s_files_are_its_keepers_alone(
    cast: Cast, attached: tuple[Relay, str]
) -> None:
    relay, address = attached
    passed(cast.owner, cast.county, relay.notice, WHOLE)
    Relay.objects.update(recalled_at=timezone.now(), recalled_from=relay)
    Notice.objects.update(state="recalled")
    assert who_gets(cast, address) == {"city_admin"}


def test_a_draft_s_files_are_its_keepers_alone(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    file = stored(cast.owner)
    drafts.add_file(cast.owner, notice.pk, file)
    assert who_gets(cast, f"/notices/{notice.pk}/files/{file.pk}/") == {"owner", "whole_admin"}


def test_a_file_opens_at_its_own_notice_alone(cast: Cast, attached: tuple[Relay, str]) -> None:
    other = sent(cast.city_admin, cast.city)
    file = attached[1].split("/")[-2]
    assert (
        sign_in(cast.city_admin).get(f"/notices/{other.notice_id}/files/{file}/").status_code == 404
    )
    with pytest.raises(NotFound):
        reading.file_for(cast.city_admin, other.notice_id, int(file))


def test_files_of_another_branch_stay_closed_to_a_scoped_administrator(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    file = stored(cast.owner)
    drafts.add_file(cast.owner, notice.pk, file)
    sending.send(cast.owner, notice.pk, to_branches(cast.second_branch))
    assert reading.file_for(cast.outsider_admin, notice.pk, file.pk) == file
    with pytest.raises(NotFound):
        reading.file_for(cast.colleague, notice.pk, file.pk)
