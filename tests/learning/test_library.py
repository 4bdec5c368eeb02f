"""What a reader finds: lists with the own records, favourites, an item and its files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from lianxue.learning.actions import favourites as keeping
from lianxue.learning.models import ContentItem, Favourite
from lianxue.learning.queries import library
from lianxue.learning.queries.kept import kept
from lianxue.shared.errors import NotFound
from tests.cast import Cast
from tests.learning.makers import (
    CHAIN,
    Kind,
    column,
    comment,
    content,
    picture,
    record,
    stored_file,
)

AtMost = Callable[[int], AbstractContextManager[Any]]


def test_by_column_kind_and_tag_the_newest_first(cast: Cast) -> None:
    here = column(cast.county)
    one = content(cast.county, column=here, tags=("党建",))
    two = content(cast.city, kind=Kind.VIDEO, reach=CHAIN, tags=("党建", "榜样"))
    assert list(library.contents(cast.member)) == [two, one]
    assert list(library.contents(cast.member, column=here.pk)) == [one]
    assert list(library.contents(cast.member, kind="video")) == [two]
    assert list(library.contents(cast.member, tag="党建")) == [two, one]
    assert list(library.contents(cast.member, tag="党")) == []
    assert list(library.contents(cast.member, column=2**63)) == []


def test_each_with_the_own_record(cast: Cast) -> None:
    begun, done, fresh = content(cast.county), content(cast.county), content(cast.county)
    record(cast.member, begun, position=120)
    record(cast.member, done, position=1000, finished=True)
    record(cast.owner, fresh, position=7, finished=True)
    found = {one: (one.position, bool(one.finished_at)) for one in library.contents(cast.member)}
    assert found == {begun: (120, False), done: (1000, True), fresh: (None, False)}


def test_records_say_what_still_opens(cast: Cast) -> None:
    here, gone = content(cast.county), content(cast.county)
    for item in (here, gone):
        record(cast.member, item)
    ContentItem.objects.filter(pk=gone.pk).update(state="withdrawn")
    assert [(one.item, one.opens) for one in library.records(cast.member)] == [
        (gone, False),
        (here, True),
    ]


def test_an_item(cast: Cast) -> None:
    item = content(cast.county)
    assert library.get_readable(cast.member, item.pk) == item
    for who, pk in ((cast.stranger, item.pk), (cast.member, 0), (cast.member, 2**63)):
        with pytest.raises(NotFound):
            library.get_readable(who, pk)


def test_columns_of_above_come_too(cast: Cast) -> None:
    above, mine, empty = column(cast.city), column(cast.county), column(cast.county, "空")
    content(cast.city, reach=CHAIN, column=above)
    content(cast.county, column=mine)
    assert list(library.columns_for(cast.member)) == sorted(
        [above, mine], key=lambda one: one.organization_id
    )
    assert library.get_column(cast.member, above.pk) == above
    with pytest.raises(NotFound):
        library.get_column(cast.member, empty.pk)
    with pytest.raises(NotFound):
        library.get_column(cast.other_member, above.pk)


# ---------- favourites ----------


def test_kept_and_dropped(cast: Cast) -> None:
    one, two = content(cast.county), content(cast.county)
    for item in (one, two, one):
        keeping.keep(cast.member, item.pk)
    found = list(library.favourites(cast.member))
    assert found == [two, one]
    assert found[0].kept_at is not None
    assert library.is_favourite(cast.member, one)
    ContentItem.objects.filter(pk=two.pk).update(state="withdrawn")
    assert list(library.favourites(cast.member)) == [one]
    keeping.drop(cast.member, one.pk)
    keeping.drop(cast.member, one.pk)
    assert list(library.favourites(cast.member)) == []
    for who, pk in ((cast.stranger, one.pk), (cast.member, two.pk), (cast.member, 2**63)):
        with pytest.raises(NotFound):
            keeping.keep(who, pk)
    keeping.drop(cast.member, 2**63)
    assert Favourite.objects.count() == 1  # what was withdrawn comes back with it


# ---------- files ----------


@pytest.mark.parametrize("state", ["draft", "published", "withdrawn"])
def test_who_opens_the_files(cast: Cast, state: str) -> None:
    item = content(cast.county, cast.owner, kind=Kind.DOCUMENT)
    shown = picture(item).file
    ContentItem.objects.filter(pk=item.pk).update(state=state)
    assert item.file is not None
    for file in (item.file, shown):
        for who in (cast.owner, cast.colleague, cast.outsider_admin):
            assert library.file_for(who, item.pk, file.pk) == file
        if state == "published":
            assert library.file_for(cast.member, item.pk, file.pk) == file
        else:
            with pytest.raises(NotFound):
                library.file_for(cast.member, item.pk, file.pk)
        for who in (cast.city_admin, cast.stranger):
            with pytest.raises(NotFound):
                library.file_for(who, item.pk, file.pk)


def test_only_the_files_of_the_item(cast: Cast) -> None:
    item, other = content(cast.county), content(cast.county)
    for pk in (picture(other).file_id, stored_file(cast.member).pk, 0, 2**63):
        with pytest.raises(NotFound):
            library.file_for(cast.member, item.pk, pk)


# ---------- scale, and what is kept about a person ----------


@pytest.mark.parametrize("rows", [10, 1000])
def test_statements_do_not_grow(
    cast: Cast, rows: int, django_assert_max_num_queries: AtMost
) -> None:
    first = content(cast.city, reach=CHAIN, column=column(cast.city))
    copied = ("organization_id", "column_id", "state", "reach", "created_at", "changed_at")
    values = {field: getattr(first, field) for field in (*copied, "published_at")}
    ContentItem.objects.bulk_create(
        [ContentItem(**values, title=f"第{n}篇", author_name="") for n in range(rows - 1)]
    )
    Favourite.objects.bulk_create(
        [
            Favourite(user=cast.member, item=item, at=first.created_at)
            for item in ContentItem.objects.all()
        ]
    )
    for item in ContentItem.objects.order_by("pk")[:10]:
        record(cast.member, item)
    with django_assert_max_num_queries(2):
        found = list(library.contents(cast.member))
        assert {one.organization.name for one in found} == {cast.city.name}
        assert len(found) == rows
    with django_assert_max_num_queries(3):
        assert len(library.favourites(cast.member)) == rows
    with django_assert_max_num_queries(3):
        assert all(one.opens for one in library.records(cast.member))
    with django_assert_max_num_queries(2):
        assert len(library.columns_for(cast.member)) == 1


def test_what_is_kept_about_a_person(cast: Cast) -> None:
    item = content(cast.county)
    record(cast.member, item, finished=True)
    comment(cast.memberships[cast.member.pk], item, "好")
    keeping.keep(cast.member, item.pk)
    numbers = kept(cast.member, False)
    assert {key: numbers[key] for key in ("学习记录", "评论", "收藏")} == {
        "学习记录": "1 条",
        "评论": "1 条",
        "收藏": "1 条",
    }
    whole = kept(cast.member, True)
    assert whole["学习记录"][0]["内容"] == item.title
    assert whole["评论"][0]["评论"] == "好"
    assert whole["收藏"][0]["内容"] == item.title
    assert (whole["答卷"], whole["错题"], whole["完成的学习任务"]) == ([], [], [])
    assert kept(cast.owner, True)["评论"] == []
