"""好友 on the phone: the lists, the forms, my card and the way through login to somebody's."""

import re
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.contacts.actions import cards, friends
from lianxue.contacts.models import FriendRequest, Friendship
from lianxue.contacts.queries import friends as queries
from lianxue.shared.clock import now
from lianxue.shared.names import sort_key
from tests.cast import Cast, shown, sign_in
from tests.certification.test_links import _paint as paint
from tests.contacts.test_friends import befriend, todos
from tests.factories import UserFactory


def url(name: str, *args: Any) -> str:
    return reverse(f"contacts:{name}", args=args)


def text(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(url(name, *args), query)
    assert answer.status_code == 200, answer.headers.get("Location")
    return answer.content.decode()


def make_friends(user: User, names: list[str]) -> list[User]:
    """New people of these names, friends of ``user``."""
    start = User.objects.filter(phone__startswith="134").count()
    people = User.objects.bulk_create(
        [
            User(phone=f"134{start + n:08d}", name=name, sort_key=sort_key(name), password="!")
            for n, name in enumerate(names)
        ]
    )
    Friendship.objects.bulk_create(
        [Friendship(first_id=user.pk, second_id=one.pk, since=now()) for one in people]
    )
    return people


def test_friends_a_to_z(cast: Cast) -> None:
    make_friends(cast.stranger, ["曾丽", "王强", "单雨", "欧阳建国", "🙂", "Anna"])
    befriend(cast.stranger, cast.other_member)  # 吴磊
    page = text(sign_in(cast.stranger), "friends")
    headings = re.findall(r'<h2 class="label" id="letter-(\w+)">', page)
    assert headings == ["other", "A", "O", "S", "W", "Z"]
    assert re.findall(r'class="letter" href="([^"]+)"', page) == [
        f"#letter-{letter}" for letter in headings
    ]
    order = [page.index(name) for name in ("Anna", "欧阳建国", "单雨", "王强", "吴磊", "曾丽")]
    assert order == sorted(order)


def test_search_among_friends(cast: Cast) -> None:
    make_friends(cast.stranger, ["欧阳建国", "王秀英", "王强", "重庆", "曾单"])
    found = {
        query: sorted(person.name for person in queries.friends_of(cast.stranger, query))
        for query in (
            "王",
            "wang",
            "wxy",
            "oyjg",
            "ouyang",
            "阳建",
            "zhong",
            "chong",
            "x",
            "%",
            "_",
        )
    }
    assert found["王"] == found["wang"] == ["王强", "王秀英"]
    assert found["wxy"] == ["王秀英"]
    assert found["oyjg"] == found["ouyang"] == found["阳建"] == ["欧阳建国"]
    assert found["chong"] == ["重庆"]
    page = text(sign_in(cast.stranger), "friends", q="没有这个人")
    assert "没有找到这位好友" in page
    assert "查看全部好友" in page


def test_pages_of_friends_keep_the_letters(cast: Cast) -> None:
    make_friends(cast.stranger, [f"陈{n}" for n in range(60)] + ["赵敏"])
    first = text(sign_in(cast.stranger), "friends")
    assert "?page=2#letter-Z" in first
    second = text(sign_in(cast.stranger), "friends", page=2)
    assert "赵敏" in second
    assert "?page=1#letter-C" in second
    assert 'href="#letter-Z"' in second


@pytest.mark.parametrize("many", [10, 1000])
@pytest.mark.parametrize("name", ["friends", "new_friends", "blocked"])
def test_statements_of_the_lists(
    cast: Cast, name: str, many: int, django_assert_max_num_queries: Any
) -> None:
    people = make_friends(cast.member, [f"好友{n}" for n in range(many)])
    if name == "new_friends":
        Friendship.objects.all().delete()
        FriendRequest.objects.bulk_create(
            FriendRequest(from_user=one, to_user=cast.member, way="card", asked_at=now())
            for one in people
        )
    if name == "blocked":
        for one in people[:30]:
            friends.block(cast.member, one.pk)
    client = sign_in(cast.member)
    text(client, name)
    with django_assert_max_num_queries(22):
        text(client, name)


def test_nobody_yet(cast: Cast) -> None:
    client = sign_in(cast.stranger)
    assert "还没有好友" in text(client, "friends")
    assert "发送好友申请" in text(client, "new_friends")
    assert "黑名单是空的" in text(client, "blocked")


def test_new_friends_from_both_sides(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk, "我是<b>刘洋</b>")
    asked = text(sign_in(cast.owner), "new_friends")
    assert asked.index("刘洋") < asked.index("添加好友")
    assert "我是&lt;b&gt;刘洋" in asked
    assert "同意" in asked
    sent = text(sign_in(cast.member), "new_friends")
    assert "等待对方同意" in sent
    assert "撤回" in sent
    answer = sign_in(cast.owner).post(url("answer_friend", request.pk), {"answer": "no"})
    assert answer["Location"] == url("new_friends")
    assert "等待对方同意" in text(sign_in(cast.member), "new_friends")
    assert "刘洋" not in text(sign_in(cast.owner), "new_friends")


def test_answered_on_the_card(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk)
    card = text(sign_in(cast.owner), "person", cast.member.pk)
    assert "对方申请加您为好友" in card
    answer = sign_in(cast.owner).post(
        url("answer_friend", request.pk), {"answer": "yes", "from": "card"}
    )
    assert answer["Location"] == url("person", cast.member.pk)
    card = text(sign_in(cast.owner), "person", cast.member.pk)
    assert "删除好友" in card
    assert "加为好友</a>" not in card


def test_added_by_number_with_one_answer(cast: Cast) -> None:
    """Page, address and message are the same for a person, for nobody, and for who is hidden."""
    found = UserFactory(findable_by_phone=True)
    answers = set()
    for phone in (found.phone, cast.owner.phone, "13655550000"):
        client = sign_in(cast.stranger)
        client.get(url("new_friends"))
        answer = client.post(url("add_friend"), {"phone": phone, "words": "我是杨帆"}, follow=True)
        plain = re.sub(r"(csrf\w+|X-CSRFToken)[^>]+", "", answer.content.decode())
        answers.add((answer.status_code, str(answer.redirect_chain), plain))
    assert len(answers) == 1
    assert "已发送" in answers.pop()[2]
    assert todos(found) == ["杨帆申请加您为好友"]


def test_too_often_is_said_beside_the_field(cast: Cast) -> None:
    client = sign_in(cast.stranger)
    for n in range(friends.NUMBERS.count):
        friends.ask_by_phone(cast.stranger, f"136555500{n:02d}")
    answer = client.post(url("add_friend"), {"phone": "13655559999"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "今天用手机号添加的次数已经用完" in answer.content.decode()
    assert "13655559999" in answer.content.decode()


def test_my_card_is_a_code_that_leads_to_me(cast: Cast) -> None:
    page = text(sign_in(cast.owner), "my_card")
    token = cards.own_card(cast.owner).token
    svg = re.search(r"<svg[^>]*viewBox.*?</svg>", page.split('class="qr"')[1], re.S)
    assert svg
    (found,) = zxingcpp.read_barcodes(paint(svg[0]))
    link = found.text
    assert link.endswith(url("open_card", token))
    assert link in page
    opened = sign_in(cast.stranger).get(url("open_card", token)).content.decode()
    assert "李明" in opened
    assert cast.owner.phone[-4:] not in shown(opened)
    assert cast.county.name not in opened


def test_my_card_waits_for_no_writer_once_it_is_there(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    cards.own_card(cast.owner)
    with django_assert_num_queries(1):  # no transaction: on SQLite it would wait for every writer
        cards.own_card(cast.owner)


def test_a_new_code_ends_the_old_one(cast: Cast) -> None:
    old = cards.own_card(cast.owner).token
    client = sign_in(cast.owner)
    assert client.post(url("renew_card"))["Location"] == url("my_card")
    assert old not in text(client, "my_card")
    answer = sign_in(cast.stranger).get(url("open_card", old))
    assert answer.status_code == 404
    assert "已经失效" in answer.content.decode()


def test_through_login_to_the_card(cast: Cast) -> None:
    address = url("open_card", cards.own_card(cast.owner).token)
    answer = Client().get(address)
    assert answer["Location"] == f"/login/?next={address}"


def test_asked_from_the_card(cast: Cast) -> None:
    address = url("open_card", cards.own_card(cast.owner).token)
    client = sign_in(cast.stranger)
    assert client.post(address, {"words": "我是杨帆"})["Location"] == url("new_friends")
    assert todos(cast.owner) == ["杨帆申请加您为好友"]
    assert "请等对方同意" in client.get(address).content.decode()
    friends.answer(cast.owner, FriendRequest.objects.get().pk, accept=True)
    assert client.get(address)["Location"] == url("person", cast.owner.pk)
    assert sign_in(cast.owner).get(address)["Location"] == url("my_card")


def test_asked_back_from_the_card_makes_friends(cast: Cast) -> None:
    cards.ask_by_card(cast.owner, cards.own_card(cast.stranger).token)
    address = url("open_card", cards.own_card(cast.owner).token)
    answer = sign_in(cast.stranger).post(address, {"words": ""}, follow=True)
    assert "你们已经是好友了" in answer.content.decode()


def test_who_blocked_me_looks_like_anybody(cast: Cast) -> None:
    friends.block(cast.owner, cast.member.pk)
    other = text(sign_in(cast.member), "person", cast.whole_admin.pk)
    mine = text(sign_in(cast.member), "person", cast.owner.pk)
    for words in ("加为好友</a>", "显示号码</button>", "加入黑名单"):
        assert words in mine
        assert words in other
    answer = sign_in(cast.member).post(url("ask_friend", cast.owner.pk), {"words": ""})
    assert answer["Location"] == url("new_friends")
    assert "等待对方同意" in text(sign_in(cast.member), "new_friends")
    assert "刘洋" not in text(sign_in(cast.owner), "new_friends")


def test_the_black_list(cast: Cast) -> None:
    client = sign_in(cast.owner)
    assert client.post(url("block", cast.member.pk))["Location"] == url("blocked")
    assert "刘洋" in text(client, "blocked")
    card = text(client, "person", cast.member.pk)
    assert "黑名单" in card
    assert url("ask_friend", cast.member.pk) not in card
    assert client.post(url("unblock", cast.member.pk)).status_code == 302
    assert "刘洋" not in text(client, "blocked")


def test_my_number_for_one_friend(cast: Cast) -> None:
    befriend(cast.stranger, cast.other_member)
    mine, theirs = sign_in(cast.stranger), sign_in(cast.other_member)
    assert "显示号码</button>" not in text(theirs, "person", cast.stranger.pk)
    mine.post(url("show_number", cast.other_member.pk), {"shown": "yes"})
    assert "对方可以查看" in text(mine, "person", cast.other_member.pk)
    assert "显示号码</button>" in text(theirs, "person", cast.stranger.pk)
    mine.post(url("show_number", cast.other_member.pk), {"shown": "no"})
    assert "显示号码</button>" not in text(theirs, "person", cast.stranger.pk)


def test_doors(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk)
    posts = [("answer_friend", request.pk), ("withdraw_friend", request.pk)]
    for viewer in (cast.colleague, cast.outsider_admin, cast.other_member, cast.stranger):
        for name, pk in posts:
            answer = sign_in(viewer).post(url(name, pk), {"answer": "yes"})
            assert answer.status_code == 404
    for name, pk in posts:
        assert sign_in(cast.owner).get(url(name, pk)).status_code == 405
        assert Client().post(url(name, pk)).status_code == 302
        for bad in (999_999, 2**63, 10**30):
            answer = sign_in(cast.owner).post(url(name, bad), {"answer": "yes"})
            assert answer.status_code == 404
    assert FriendRequest.objects.get().state == "asked"
