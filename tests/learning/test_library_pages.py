"""The reader's pages: the 学习 tab, the lists behind it, search, favourites, comments."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from lianxue.learning.models import (
    ContentItem,
    ContentToken,
    Favourite,
    LearningRecord,
)
from lianxue.learning.web.home import _NEWEST
from tests.cast import Cast, sign_in
from tests.notices.makers import WHOLE

from .makers import CHAIN, Kind, column, comment, content, record
from .task_makers import finish, in_days, sent_learning

pytestmark = pytest.mark.django_db


def page(user, address: str, status: int = 200) -> str:
    """What ``user`` sees there."""
    answer = sign_in(user).get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def titles(text: str) -> list[str]:
    """The titles of the rows, in their order."""
    return re.findall(r'cell-title">([^<]+)<', text)


# ---------- the tab ----------


def test_the_tab_says_what_to_do_where_nothing_is(cast: Cast) -> None:
    assert "您还没有加入学习组织" in page(cast.stranger, "/learn/")
    assert "会出现在这里" in page(cast.member, "/learn/")
    assert "去发布" not in page(cast.member, "/learn/")


def test_the_newest_first_and_a_way_to_the_rest(cast: Cast) -> None:
    moment = timezone.now()
    for number in range(_NEWEST + 1):
        at = moment - timedelta(hours=number)
        content(cast.county, cast.owner, title=f"第{number}篇", published_at=at)
    text = page(cast.member, "/learn/")
    assert [one for one in titles(text) if one.startswith("第")] == [
        f"第{number}篇" for number in range(_NEWEST)
    ]
    assert "查看全部内容" in text
    assert f"第{_NEWEST}篇" in page(cast.member, "/learn/all/")


def test_where_to_go_on_stands_before_what_is_new(cast: Cast) -> None:
    new = content(cast.county, cast.owner, title="新的")
    begun = content(cast.county, cast.owner, title="学到一半", kind=Kind.VIDEO, length=125)
    done = content(cast.county, cast.owner, title="学完的")
    record(cast.member, begun, position=65)
    record(cast.member, done, position=1000, finished=True)
    text = page(cast.member, "/learn/")
    assert titles(text)[0] == "学到一半"
    assert "看到 1:05，共 2:05" in text
    assert titles(text).index(new.title) > 0
    first_part = text[: text.index("学习内容</h2>")]
    assert "学完的" not in first_part
    assert "已学完" in text


def test_what_waits_stands_first_the_soonest_before_the_others(cast: Cast) -> None:
    items = [content(cast.county, cast.owner, title=f"第{n}篇") for n in range(2)]
    record(cast.member, items[0], finished=True)
    record(cast.member, items[1], position=300)
    for days in (9, 2, 5, 7):
        sent_learning(
            cast.owner, cast.county, items, WHOLE, title=f"{days}天后", deadline=in_days(days)
        )
    text = page(cast.member, "/learn/")
    assert titles(text)[:5] == ["2天后", "5天后", "7天后", "全部学习任务", "第1篇"]
    assert "已完成 1 / 2 项" in text
    finish(cast.member, items[1])
    assert "等你完成" not in page(cast.member, "/learn/")
    assert "等你完成" not in page(cast.other_member, "/learn/")


def test_what_does_not_open_any_more_is_not_gone_on_with(cast: Cast) -> None:
    gone = content(cast.county, cast.owner, title="后来下架", state="withdrawn")
    record(cast.member, gone, position=100)
    assert "后来下架" not in page(cast.member, "/learn/")
    text = page(cast.member, "/learn/records/")
    assert "后来下架" in text
    assert "不再开放" in text
    assert f"/learn/{gone.pk}/" not in text


def test_each_sees_the_own_library(cast: Cast) -> None:
    own = content(cast.county, cast.owner, title="县里的")
    content(cast.city, cast.city_admin, title="市里给下级的", reach=CHAIN)
    content(cast.city, cast.city_admin, title="市里自己的")
    seen = page(cast.member, "/learn/all/")
    assert titles(seen) == ["市里给下级的", "县里的"]
    assert titles(page(cast.city_admin, "/learn/all/")) == ["市里自己的", "市里给下级的"]
    assert titles(page(cast.other_member, "/learn/all/")) == []
    draft = content(cast.county, cast.owner, title="草稿", published=False)
    for address in ("/learn/", "/learn/all/", f"/learn/search/?q={draft.title}"):
        assert own.title not in page(cast.other_member, address)
        assert draft.title not in titles(page(cast.owner, address))


# ---------- lists ----------


def test_a_column_and_its_kinds(cast: Cast) -> None:
    place = column(cast.county, "读书")
    content(cast.county, cast.owner, title="文章在里面", column=place)
    content(cast.county, cast.owner, title="录音在里面", column=place, kind=Kind.AUDIO)
    content(cast.county, cast.owner, title="在外面")
    address = f"/learn/columns/{place.pk}/"
    assert titles(page(cast.member, address)) == ["录音在里面", "文章在里面"]
    assert titles(page(cast.member, f"{address}?kind=audio")) == ["录音在里面"]
    assert titles(page(cast.member, f"{address}?kind=nonsense")) == ["录音在里面", "文章在里面"]
    assert "没有这一类的内容" in page(cast.member, f"{address}?kind=video")
    assert "读书" in page(cast.member, "/learn/")
    page(cast.other_member, address, 404)


def test_an_empty_column_is_not_there(cast: Cast) -> None:
    place = column(cast.county, "还没有内容")
    assert place.name not in page(cast.member, "/learn/")
    page(cast.member, f"/learn/columns/{place.pk}/", 404)
    page(cast.member, f"/learn/columns/{10**30}/", 404)


def test_every_column_is_found_from_the_whole_library(cast: Cast) -> None:
    for number in range(9):
        place = column(cast.county, f"栏目{number}")
        content(cast.county, cast.owner, column=place)
    content(cast.city, cast.city_admin, column=column(cast.city, "市里的"), reach=CHAIN)
    column(cast.county, "空的")
    assert "栏目8" not in re.findall(r'class="chip"[^>]*>([^<]+)<', page(cast.member, "/learn/"))
    text = page(cast.member, "/learn/all/")
    assert "10 个栏目" in text
    assert {"栏目8", "市里的"} <= set(titles(text))
    assert "空的" not in text


def test_a_tag_holds_any_words(cast: Cast) -> None:
    content(cast.county, cast.owner, title="有标签", tags=("a/b&c", "读书"))
    content(cast.county, cast.owner, title="没有")
    assert titles(page(cast.member, "/learn/tags/?name=a%2Fb%26c")) == ["有标签"]
    shown = page(cast.member, "/learn/tags/?name=读书&kind=video")
    assert titles(shown) == []
    assert escape("?name=读书") in shown or "?name=%E8%AF%BB%E4%B9%A6" in shown
    for odd in ("", "?name=", "?name=%00", "?name=" + "长" * 500, "?name=<b>&page=x"):
        assert titles(page(cast.member, f"/learn/tags/{odd}")) == []


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (Kind.AUDIO, {"length": 3725, "position": 61}, "听到 1:01"),
        (Kind.DOCUMENT, {"length": 12, "position": 3}, "看到第 3 页"),
        (Kind.ARTICLE, {"position": 424}, "读到 42%"),
        (Kind.LINK, {"position": 0}, "链接 ·"),
    ],
)
def test_a_row_says_how_far_one_came(cast: Cast, kind: str, values: dict, words: str) -> None:
    position = values.pop("position")
    record(cast.member, content(cast.county, cast.owner, kind=kind, **values), position=position)
    text = page(cast.member, "/learn/all/")
    assert words in text
    if kind == Kind.AUDIO:
        assert "1:02:05" in text


def test_records_by_how_far(cast: Cast) -> None:
    for title, finished in (("一半", False), ("全部", True)):
        record(cast.member, content(cast.county, cast.owner, title=title), finished=finished)
    assert set(titles(page(cast.member, "/learn/records/"))) == {"一半", "全部"}
    assert titles(page(cast.member, "/learn/records/?tab=begun")) == ["一半"]
    assert titles(page(cast.member, "/learn/records/?tab=done")) == ["全部"]
    assert "还没有学习记录" in page(cast.owner, "/learn/records/?tab=x")


# ---------- search ----------


def test_words_of_any_length_find_it(cast: Cast) -> None:
    content(cast.county, cast.owner, title="怎样用好图书馆", body="<p>老花镜可以借。</p>")
    content(cast.city, cast.city_admin, title="市里的图书馆")
    for words in ("图", "书馆", "老花镜", "老花 图书"):
        assert titles(page(cast.member, f"/learn/search/?q={words}")) == ["怎样用好图书馆"], words
    assert "没有找到" in page(cast.member, "/learn/search/?q=老花 磨坊")
    assert "想学什么" in page(cast.member, "/learn/search/")
    for odd in ("%00", "%", "_", "x" * 5000, "'\""):
        assert "没有找到" in page(cast.member, f"/learn/search/?q={odd}") or odd == "%00"


def test_what_was_found_is_shown_where_it_stands(cast: Cast) -> None:
    words = "一" * 30 + "Old磨坊<b>旁边\n可以打热水" + "二" * 90
    content(cast.county, cast.owner, title="步道", text=words)
    content(cast.county, cast.owner, title="磨坊的名字")
    text = page(cast.member, "/learn/search/?q=磨坊")
    assert text.count("<mark>") == 1
    assert "…" + "一" * 7 + "Old<mark>磨坊</mark>&lt;b&gt;旁边 可以打热水" in text
    assert "二" * 60 not in text
    assert "<mark>Old磨</mark>" in page(cast.member, "/learn/search/?q=old磨 打热水")


def test_htmx_gets_the_list_alone(cast: Cast) -> None:
    content(cast.county, cast.owner, title="怎样用好图书馆")
    client = sign_in(cast.member)
    part = client.get("/learn/search/?q=图书", HTTP_HX_REQUEST="true")
    assert titles(part.content.decode()) == ["怎样用好图书馆"]
    assert b"<html" not in part.content
    assert "HX-Request" in part["Vary"]


# ---------- favourites ----------


def test_keeping_and_not_keeping(cast: Cast) -> None:
    item = content(cast.county, cast.owner, title="有用的")
    client = sign_in(cast.member)
    for _ in range(2):
        assert client.post(f"/learn/{item.pk}/favourite/").status_code == 302
    assert titles(page(cast.member, "/learn/favourites/")) == ["有用的"]
    assert titles(page(cast.owner, "/learn/favourites/")) == []
    part = client.post(f"/learn/{item.pk}/favourite/", {"undo": "on"}, HTTP_HX_REQUEST="true")
    assert 'aria-pressed="false"' in part.content.decode()
    assert not Favourite.objects.exists()
    assert "还没有收藏" in page(cast.member, "/learn/favourites/")


def test_what_is_not_mine_to_read_is_not_kept(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    for user in (cast.other_member, cast.stranger, cast.city_admin):
        assert sign_in(user).post(f"/learn/{item.pk}/favourite/").status_code == 404
    assert sign_in(cast.member).get(f"/learn/{item.pk}/favourite/").status_code == 405
    assert sign_in(None).post(f"/learn/{item.pk}/favourite/").status_code == 302
    assert not Favourite.objects.exists()


# ---------- whatever there is ----------


def _fill(cast: Cast, many: int) -> None:
    place = column(cast.county)
    for number in range(many):
        item = content(cast.county, cast.owner, title=f"第{number}篇", column=place)
        record(cast.member, item, finished=bool(number % 2))
        Favourite.objects.create(user=cast.member, item=item, at=timezone.now())
        comment(cast.memberships[cast.member.pk], item)


@pytest.mark.parametrize(
    "address",
    ["/learn/", "/learn/all/", "/learn/search/?q=篇", "/learn/favourites/", "/learn/records/"],
)
def test_lists_ask_as_often_whatever_there_is(
    cast: Cast, address: str, django_assert_max_num_queries
) -> None:
    client = sign_in(cast.member)
    _fill(cast, 3)
    client.get(address)
    with django_assert_max_num_queries(60) as few:
        client.get(address)
    _fill_more(cast, 1000)
    with django_assert_max_num_queries(60) as many:
        answer = client.get(address)
    assert len(many) <= len(few) + 1
    assert len(answer.content) < 30 * 1024


def _fill_more(cast: Cast, many: int) -> None:
    """Copies of what is there, in a few statements."""
    moment = timezone.now()
    first = ContentItem.objects.filter(organization=cast.county).order_by("pk").first()
    values = {
        field.attname: getattr(first, field.attname)
        for field in ContentItem._meta.concrete_fields
        if not field.primary_key
    }
    items = ContentItem.objects.bulk_create(
        ContentItem(**values | {"title": f"又{number}篇"}) for number in range(many)
    )
    tokens = ContentToken.objects.filter(item=first).values_list("token", flat=True)
    ContentToken.objects.bulk_create(
        ContentToken(item=item, token=token) for item in items for token in list(tokens)[:3]
    )
    LearningRecord.objects.bulk_create(
        LearningRecord(
            user=cast.member,
            item=item,
            organization=cast.county,
            started_at=moment,
            changed_at=moment,
        )
        for item in items
    )
    Favourite.objects.bulk_create(
        Favourite(user=cast.member, item=item, at=moment) for item in items
    )
