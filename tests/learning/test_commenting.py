"""Comments: inside one organisation, as it has set; names only as the reader sees people."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import commenting
from lianxue.learning.models import Comment, ContentItem
from lianxue.learning.queries.comments import thread, to_decide, waiting_comments
from lianxue.organizations.models import Reach, SecuritySettings
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    StateConflict,
)
from tests.cast import Cast
from tests.factories import MembershipFactory, make_many
from tests.learning.makers import CHAIN, comment, comments_are, content

AtMost = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def item(cast: Cast) -> ContentItem:
    """What 市 published for all below."""
    return content(cast.city, reach=CHAIN)


def texts(cast: Cast, who: str, item: ContentItem) -> list[str]:
    """The comments that this person reads, the newest first."""
    return [one.text for one in thread(getattr(cast, who), item).rows]


@pytest.mark.parametrize(
    ("setting", "state"), [(None, "waiting"), ("moderated", "waiting"), ("open", "shown")]
)
def test_as_the_organisation_has_set(
    cast: Cast, item: ContentItem, setting: str | None, state: str
) -> None:
    if setting:
        comments_are(cast.county, setting)
    comments_are(cast.city, "off")  # whoever published it
    said = commenting.comment(cast.member, item.pk, " 学得很好 \r\n 很受启发 ")
    assert (said.state, said.text) == (state, "学得很好\n 很受启发")
    assert said.organization == cast.county
    assert texts(cast, "member", item) == [said.text]
    assert texts(cast, "owner", item) == ([said.text] if state == "shown" else [])
    assert not AuditEvent.objects.filter(action__startswith="comment").exists()


def test_where_comments_are_closed(cast: Cast, item: ContentItem) -> None:
    comment(cast.memberships[cast.member.pk], item)
    comments_are(cast.county, "off")
    with pytest.raises(StateConflict, match="组织没有开放"):
        commenting.comment(cast.member, item.pk, "好")
    assert thread(cast.member, item).closed
    assert texts(cast, "member", item) == []
    comments_are(cast.county, "open")
    ContentItem.objects.filter(pk=item.pk).update(allows_comments=False)
    with pytest.raises(StateConflict, match="这条内容没有开放"):
        commenting.comment(cast.member, item.pk, "好")


def test_never_out_of_the_organisation(cast: Cast, item: ContentItem) -> None:
    for who in ("member", "city_admin"):
        comment(cast.memberships[getattr(cast, who).pk], item, f"{who}说")
    assert texts(cast, "owner", item) == ["member说"]
    assert texts(cast, "city_admin", item) == ["city_admin说"]
    assert [one.text for one in to_decide(cast.city_admin, cast.city.pk, "")] == ["city_admin说"]
    with pytest.raises(NotFound):
        thread(cast.stranger, item)
    with pytest.raises(NotFound):
        commenting.comment(cast.stranger, item.pk, "好")


def test_names_only_of_whom_one_sees(cast: Cast, item: ContentItem) -> None:
    other = MembershipFactory(organization=cast.county, branch=cast.second_branch)
    comment(other, item, "隔壁说")
    comment(cast.memberships[cast.member.pk], item, "自己说")
    assert [one.author for one in thread(cast.member, item).rows] == ["刘洋", other.name]
    SecuritySettings.objects.update_or_create(
        organization=cast.county, defaults={"reach": Reach.BRANCH}
    )
    assert [one.author for one in thread(cast.member, item).rows] == ["刘洋", None]
    assert [one.author for one in thread(cast.owner, item).rows] == ["刘洋", other.name]


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "长" * 301])
def test_words_that_can_not_be(cast: Cast, item: ContentItem, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        commenting.comment(cast.member, item.pk, text)
    assert list(caught.value.fields) == ["text"]


def test_twice_at_once_is_once(cast: Cast, item: ContentItem) -> None:
    first = commenting.comment(cast.member, item.pk, "好")
    assert commenting.comment(cast.member, item.pk, "好 ") == first
    assert commenting.comment(cast.member, item.pk, "很好") != first


def test_not_all_day_long(cast: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commenting, "MOST_IN_AN_HOUR", 2)
    for n in range(2):
        commenting.comment(cast.member, item.pk, f"第{n}次")
    with pytest.raises(RateLimited):
        commenting.comment(cast.member, item.pk, "第三次")
    hours_ago = timezone.now() - timedelta(hours=2)
    Comment.objects.update(at=hours_ago)
    commenting.comment(cast.member, item.pk, "第三次")


def test_one_takes_back_the_own_alone(cast: Cast, item: ContentItem) -> None:
    said = comment(cast.memberships[cast.member.pk], item, state="hidden")
    for who in (cast.owner, cast.city_admin, cast.stranger):
        with pytest.raises(NotFound):
            commenting.remove(who, said.pk)
    commenting.remove(cast.member, said.pk)
    with pytest.raises(NotFound):
        commenting.remove(cast.member, said.pk)
    with pytest.raises(NotFound):
        commenting.remove(cast.member, 2**63)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("whole_admin", None),
        ("colleague", None),  # administers where the member stands
        ("outsider_admin", NotFound),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_decides(
    cast: Cast, item: ContentItem, who: str, error: type[Exception] | None
) -> None:
    said = comment(cast.memberships[cast.member.pk], item, state="waiting")
    actor = getattr(cast, who)
    if error:
        for decide in (
            lambda: commenting.show(actor, said.pk),
            lambda: commenting.hide(actor, said.pk, "广告"),
        ):
            with pytest.raises(error):
                decide()
        return
    assert waiting_comments(actor, cast.county.pk) == 1
    commenting.show(actor, said.pk)
    commenting.show(actor, said.pk)  # the same again
    assert texts(cast, "owner", item) == ["学得很好"]
    commenting.hide(actor, said.pk, "广告")
    commenting.hide(actor, said.pk, "再来")
    said.refresh_from_db()
    assert (said.state, said.reason, said.decided_by) == ("hidden", "广告", actor)
    assert [one.reason for one in thread(cast.member, item).rows] == ["广告"]  # its author is told
    assert waiting_comments(actor, cast.county.pk) == 0
    found = AuditEvent.objects.filter(action__startswith="comment.").order_by("pk")
    assert [one.action for one in found] == ["comment.shown", "comment.hidden"]


def test_hiding_takes_a_reason(cast: Cast, item: ContentItem) -> None:
    said = comment(cast.memberships[cast.member.pk], item)
    for reason in ("", "长" * 101):
        with pytest.raises(InvalidInput):
            commenting.hide(cast.owner, said.pk, reason)
    with pytest.raises(InvalidInput):
        to_decide(cast.owner, cast.county.pk, "maybe")


def test_a_scoped_administrator_decides_in_the_scope(cast: Cast, item: ContentItem) -> None:
    comment(cast.memberships[cast.member.pk], item, state="waiting")
    assert waiting_comments(cast.colleague, cast.county.pk) == 1
    assert waiting_comments(cast.outsider_admin, cast.county.pk) == 0
    with pytest.raises(PermissionDenied):
        waiting_comments(cast.member, cast.county.pk)


@pytest.mark.parametrize("rows", [10, 1000])
def test_statements_do_not_grow(
    cast: Cast, item: ContentItem, rows: int, django_assert_max_num_queries: AtMost
) -> None:
    moment = timezone.now()
    seats = make_many(cast.county, [f"某人{n}" for n in range(rows)])
    Comment.objects.bulk_create(
        [
            Comment(
                item=item,
                organization=cast.county,
                membership=seat,
                text="好",
                state="shown",
                at=moment,
            )
            for seat in seats
        ]
    )
    with django_assert_max_num_queries(10):
        found = list(thread(cast.member, item).rows[:20])
        assert all(one.author for one in found)
    with django_assert_max_num_queries(6):
        assert len(to_decide(cast.owner, cast.county.pk, "shown")) == rows
