"""Comments below an item: who sees whose, what waits, what is taken back."""

import pytest

from lianxue.learning.models import Comment
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory

from .makers import CHAIN, comment, comments_are, content
from .test_library_pages import page

pytestmark = pytest.mark.django_db


def test_a_comment_waits_and_only_its_author_sees_it(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    address = f"/learn/{item.pk}/comments/"
    assert "您来说第一句" in page(cast.member, address)
    answer = sign_in(cast.member).post(address, {"text": "路线写得清楚。"})
    assert answer["Location"] == f"/learn/{item.pk}/#comments"
    text = page(cast.member, address)
    assert "路线写得清楚。" in text
    assert "待审核" in text
    assert "路线写得清楚。" not in page(cast.owner, address)


def test_an_open_organisation_shows_it_at_once_with_the_name(cast: Cast) -> None:
    comments_are(cast.county, "open")
    item = content(cast.county, cast.owner)
    address = f"/learn/{item.pk}/comments/"
    assert sign_in(cast.member).post(address, {"text": "<b>好</b>"}).status_code == 302
    text = page(cast.colleague, address)
    assert "&lt;b&gt;好&lt;/b&gt;" in text
    assert cast.member.name in text
    assert "删除这条评论" not in text


def test_other_organisations_see_no_comment_and_no_name(cast: Cast) -> None:
    item = content(cast.city, cast.city_admin, reach=CHAIN)
    comment(cast.memberships[cast.member.pk], item, "县里说的")
    address = f"/learn/{item.pk}/comments/"
    assert "县里说的" in page(cast.owner, address)
    seen_above = page(cast.city_admin, address)
    assert "县里说的" not in seen_above
    assert cast.member.name not in seen_above


def test_where_comments_are_closed(cast: Cast) -> None:
    comments_are(cast.county, "off")
    item = content(cast.county, cast.owner)
    comment(cast.memberships[cast.member.pk], item, "从前说的")
    address = f"/learn/{item.pk}/comments/"
    text = page(cast.member, address)
    assert "您所在的组织没有开放评论" in text
    assert "从前说的" not in text
    assert sign_in(cast.member).post(address, {"text": "好"}).status_code == 409
    comments_are(cast.county, "open")
    quiet = content(cast.county, cast.owner, allows_comments=False)
    refused = sign_in(cast.member).post(f"/learn/{quiet.pk}/comments/", {"text": "好"})
    assert refused.status_code == 409
    assert "这条内容没有开放评论" in refused.content.decode()


def test_what_was_not_let_through_says_why(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    seat = cast.memberships[cast.member.pk]
    comment(seat, item, "留个电话", state=Comment.State.HIDDEN, reason="请不要写电话号码")
    address = f"/learn/{item.pk}/comments/"
    assert "请不要写电话号码" in page(cast.member, address)
    assert "请不要写电话号码" not in page(cast.owner, address)


def test_taking_ones_own_back(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    said = comment(cast.memberships[cast.member.pk], item)
    for user in (cast.owner, cast.other_member, cast.city_admin):
        assert sign_in(user).post(f"/learn/comments/{said.pk}/remove/").status_code == 404
    assert sign_in(cast.member).get(f"/learn/comments/{said.pk}/remove/").status_code == 405
    answer = sign_in(cast.member).post(f"/learn/comments/{said.pk}/remove/")
    assert answer["Location"] == f"/learn/{item.pk}/#comments"
    assert not Comment.objects.exists()
    for gone in (said.pk, 10**30):
        assert sign_in(cast.member).post(f"/learn/comments/{gone}/remove/").status_code == 404


def test_too_many_in_an_hour_say_when_to_go_on(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    for number in range(20):
        comment(cast.memberships[cast.member.pk], item, f"第{number}句")
    answer = sign_in(cast.member).post(f"/learn/{item.pk}/comments/", {"text": "还有一句"})
    assert answer.status_code == 429
    assert "过一会儿" in answer.content.decode()
    assert "还有一句" in answer.content.decode()


def test_comments_ask_as_often_whoever_spoke(cast: Cast, django_assert_max_num_queries) -> None:
    item = content(cast.county, cast.owner)
    client = sign_in(cast.member)
    comment(cast.memberships[cast.owner.pk], item)
    with django_assert_max_num_queries(60) as few:
        client.get(f"/learn/{item.pk}/comments/")
    for _ in range(12):
        comment(MembershipFactory(organization=cast.county), item)
    with django_assert_max_num_queries(60) as many:
        text = client.get(f"/learn/{item.pk}/comments/").content.decode()
    assert len(many) <= len(few)
    assert text.count('class="comment"') == 13
