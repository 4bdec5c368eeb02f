"""Publishing and taking down; columns and settings; the log says what happened."""

from typing import Any

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import columns, publishing, settings
from lianxue.learning.models import Column, ContentItem, ContentToken, LearningSettings
from lianxue.learning.policy import library
from lianxue.learning.queries import desk
from lianxue.learning.queries.library import columns_for
from lianxue.learning.rights import RIGHTS
from lianxue.organizations import logbook
from lianxue.organizations.policy import standing_of
from lianxue.organizations.policy.rights import answer
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast
from tests.learning.makers import CHAIN, Kind, column, content, picture, record


def last() -> AuditEvent:
    """The last event in any log."""
    found = AuditEvent.objects.order_by("pk").last()
    assert found
    return found


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (Kind.ARTICLE, {"title": ""}, "title"),
        (Kind.ARTICLE, {"body": ""}, "body"),
        (Kind.PICTURES, {}, "picture"),
        (Kind.AUDIO, {"file": None}, "file"),
        (Kind.VIDEO, {"file": None}, "file"),
        (Kind.DOCUMENT, {"file": None}, "file"),
        (Kind.LINK, {"link": ""}, "link"),
    ],
)
def test_what_is_missing(cast: Cast, kind: str, values: dict[str, Any], field: str) -> None:
    item = content(cast.county, cast.owner, kind=kind, published=False, **values)
    with pytest.raises(InvalidInput) as caught:
        publishing.publish(cast.owner, item.pk)
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_comes_out(cast: Cast, kind: str) -> None:
    item = content(cast.county, cast.owner, kind=kind, published=False)
    if kind == Kind.PICTURES:
        picture(item)
    publishing.publish(cast.whole_admin, item.pk)
    assert library(cast.member).filter(pk=item.pk).exists()
    assert last().data["reach"] == "本组织"


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("colleague", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_publish(cast: Cast, who: str, error: type[Exception]) -> None:
    actor = getattr(cast, who)
    with pytest.raises(error):
        publishing.publish(actor, content(cast.county, published=False).pk)
    with pytest.raises(error):
        publishing.withdraw(actor, content(cast.county).pk, "重复")
    with pytest.raises(error):
        columns.add(actor, cast.county.pk, "新栏目")
    with pytest.raises(error):
        columns.rename(actor, column(cast.county).pk, "新")
    with pytest.raises(error):
        columns.remove(actor, column(cast.county, "二").pk)
    with pytest.raises(error):
        columns.order(actor, cast.county.pk, [])
    with pytest.raises(error):
        settings.set_comments(actor, cast.county.pk, "open")


def test_down_and_up_again(cast: Cast) -> None:
    item = content(cast.county, cast.owner, reach=CHAIN)
    learned = record(cast.member, item, finished=True)
    with pytest.raises(InvalidInput):
        publishing.withdraw(cast.owner, item.pk, " ")
    publishing.withdraw(cast.owner, item.pk, "内容有更新")
    assert not library(cast.member).exists()
    assert not ContentToken.objects.exists()
    assert last().data["reason"] == "内容有更新"
    count = AuditEvent.objects.count()
    publishing.withdraw(cast.owner, item.pk, "再来一次")  # the same again
    assert AuditEvent.objects.count() == count
    found = publishing.publish(cast.owner, item.pk)
    assert (found.withdrawal_reason, found.withdrawn_at) == ("", None)
    publishing.publish(cast.owner, item.pk)
    assert AuditEvent.objects.count() == count + 1
    learned.refresh_from_db()
    assert learned.finished_at is not None
    assert ContentToken.objects.exists()


def test_a_draft_is_not_taken_down(cast: Cast) -> None:
    with pytest.raises(StateConflict):
        publishing.withdraw(cast.owner, content(cast.county, published=False).pk, "重复")


def test_without_a_certification_nothing_goes_down(cast: Cast) -> None:
    item = content(cast.newcomer, cast.newcomer_admin, published=False, reach=CHAIN)
    with pytest.raises(StateConflict):
        publishing.publish(cast.newcomer_admin, item.pk)


def test_who_will_see_it(cast: Cast) -> None:
    assert desk.reach_of(content(cast.county)) == desk.Reach(5)
    assert desk.reach_of(content(cast.city, reach=CHAIN)) == desk.Reach(1, 1, 5)
    assert desk.reach_of(content(cast.province, reach=CHAIN)) == desk.Reach(1, 2, 6)
    assert desk.reach_of(content(cast.newcomer, reach=CHAIN)) == desk.Reach(1)


# ---------- columns ----------


def test_columns(cast: Cast) -> None:
    first = columns.add(cast.owner, cast.county.pk, " 理论 学习 ")
    second = columns.add(cast.owner, cast.county.pk, "党史")
    assert (first.name, second.position) == ("理论 学习", 1)
    item = content(cast.county, column=second)
    columns.order(cast.owner, cast.county.pk, [second.pk, 2**63])
    assert [one.name for one in desk.columns(cast.owner, cast.county.pk)] == ["党史", "理论 学习"]
    assert last().data["columns"] == "党史、理论 学习"
    assert [one.contents_count for one in desk.columns(cast.owner, cast.county.pk)] == [1, 0]
    assert list(columns_for(cast.member)) == [second]  # where there is anything to read
    columns.rename(cast.owner, second.pk, "党史学习")
    assert last().data["before"] == "党史"
    columns.remove(cast.owner, second.pk)
    item.refresh_from_db()
    assert item.column is None
    count = AuditEvent.objects.count()
    columns.rename(cast.owner, first.pk, "理论 学习")
    columns.order(cast.owner, cast.county.pk, [first.pk])
    assert AuditEvent.objects.count() == count


@pytest.mark.parametrize("name", ["", " \x00 ", "长" * 21, "理论学习"])
def test_a_name_that_can_not_be(cast: Cast, name: str) -> None:
    column(cast.county)
    other = column(cast.county, "党史")
    with pytest.raises(InvalidInput) as caught:
        columns.add(cast.owner, cast.county.pk, name)
    assert list(caught.value.fields) == ["name"]
    with pytest.raises(InvalidInput):
        columns.rename(cast.owner, other.pk, name)


def test_thirty_columns_are_enough(cast: Cast) -> None:
    Column.objects.bulk_create(
        [Column(organization=cast.county, name=f"栏目{n}", position=n) for n in range(30)]
    )
    with pytest.raises(InvalidInput):
        columns.add(cast.owner, cast.county.pk, "又一个")


@pytest.mark.parametrize("pk", [0, 987_654, 2**63])
def test_an_unknown_column(cast: Cast, pk: int) -> None:
    with pytest.raises(NotFound):
        columns.rename(cast.owner, pk, "新")
    with pytest.raises(NotFound):
        columns.remove(cast.owner, pk)


# ---------- settings, the log, the rights ----------


def test_settings(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        settings.set_comments(cast.owner, cast.county.pk, "maybe")
    settings.set_comments(cast.owner, cast.county.pk, "open")
    assert last().data == {"before": "管理员审核后显示", "after": "发表后立即显示"}
    count = AuditEvent.objects.count()
    settings.set_comments(cast.owner, cast.county.pk, "open")
    assert AuditEvent.objects.count() == count
    assert LearningSettings.objects.get().comments == "open"


def test_the_log_has_words_for_all_of_it(cast: Cast) -> None:
    publishing.withdraw(cast.owner, content(cast.county, cast.owner).pk, "重复")
    columns.order(cast.owner, cast.county.pk, [])
    columns.add(cast.owner, cast.county.pk, "党史")
    found = logbook.lines_of(cast.county.pk, list(AuditEvent.objects.order_by("-pk")))
    assert [(line.what, line.thing, line.target) for line in found] == [
        ("添加了栏目", "栏目", "党史"),
        ("下架了学习内容", "学习内容", "主题党日活动怎样开展"),
    ]
    told = {one.label: one.value for one in found[1].details}
    assert told == {"内容类型": "文章", "原因": "重复"}


@pytest.mark.parametrize(
    ("who", "held"),
    [
        ("owner", {"write", "publish", "publish_below", "settings", "decide"}),
        ("colleague", {"write", "decide"}),
        ("member", set()),
    ],
)
def test_rights_answer_as_the_actions_do(cast: Cast, who: str, held: set[str]) -> None:
    standing = standing_of(getattr(cast, who), cast.county)
    found = {right.key for right in RIGHTS if answer(right, standing, cast.county, []).allowed}
    assert found == {f"learning.{key}" for key in held}
    closed = {right.key for right in RIGHTS if right.closed(cast.newcomer)}
    assert closed == {"learning.publish_below"}


def test_desk_lists_by_state_kind_column_and_words(cast: Cast) -> None:
    here = column(cast.county)
    one = content(cast.county, title="读懂基层", column=here)
    two = content(cast.county, kind=Kind.LINK, published=False, title="党史网")
    content(cast.city)

    def listed(**cut: Any) -> list[ContentItem]:
        return list(desk.kept(cast.colleague, cast.county.pk, **cut))

    assert listed() == [two, one]
    assert listed(state="draft") == [two]
    assert listed(kind="article") == [one]
    assert listed(column_id=here.pk) == [one]
    assert listed(text="党史") == [two]
    assert listed(column_id=2**63) == []
    with pytest.raises(PermissionDenied):
        desk.kept(cast.member, cast.county.pk)
    with pytest.raises(NotFound):
        desk.get_kept(cast.stranger, one.pk)
