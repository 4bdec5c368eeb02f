"""Corrections: who may, what the person is told, what stays."""

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.organizations.actions import leaving
from lianxue.organizations.logbook import lines_of
from lianxue.points.actions.crediting import credit
from lianxue.points.actions.reversing import reverse
from lianxue.points.models import PointEntry
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from tests.cast import Cast

from .makers import did, items, need_whole_books

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]


@pytest.fixture
def entry(cast: Cast) -> PointEntry:
    return credit(did(cast.member, cast.county, 1))


def test_the_person_is_told_and_the_log_knows(cast: Cast, entry: PointEntry) -> None:
    made = reverse(cast.colleague, cast.county.pk, entry.pk, " 由他人代学 ")
    assert (made.amount, made.reason, made.actor_name) == (-10, "由他人代学", "王秀英")
    note = InboxItem.objects.get(place=f"user:{cast.member.pk}", topic="points.reversed")
    assert "由他人代学" in note.body
    assert note.link == f"/points/{made.pk}/"
    [line] = lines_of(cast.county.pk, [AuditEvent.objects.get(action="points.reversed")])
    assert (line.what, line.target) == ("更正了积分", "刘洋")
    assert {one.label: one.value for one in line.details} == {
        "积分项目": "试读一篇：第1篇",
        "积分": "−1 分",
        "原因": "由他人代学",
    }
    need_whole_books()


def test_once(cast: Cast, entry: PointEntry) -> None:
    made = reverse(cast.owner, cast.county.pk, entry.pk, "错了")
    for one in (entry, made):
        with pytest.raises(StateConflict):
            reverse(cast.owner, cast.county.pk, one.pk, "又错了")
    assert credit(did(cast.member, cast.county, 1)).pk == entry.pk, "the event never counts again"
    assert PointEntry.objects.count() == 2


def test_nothing_to_take_back(cast: Cast) -> None:
    entries = [credit(did(cast.member, cast.county, number)) for number in range(4)]
    with pytest.raises(StateConflict, match="没有可更正"):
        reverse(cast.owner, cast.county.pk, entries[3].pk, "错了")


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("outsider_admin", NotFound),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_may_not(cast: Cast, entry: PointEntry, who: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        reverse(getattr(cast, who), cast.county.pk, entry.pk, "错了")
    assert PointEntry.objects.count() == 1


def test_the_own_is_left_to_another(cast: Cast) -> None:
    own = credit(did(cast.owner, cast.county, 1))
    with pytest.raises(PermissionDenied, match="自己"):
        reverse(cast.owner, cast.county.pk, own.pk, "错了")
    reverse(cast.whole_admin, cast.county.pk, own.pk, "错了")


def test_of_another_organisation(cast: Cast) -> None:
    """Under whose rules it was earned decides, wherever else the person belongs."""
    entry = credit(did(cast.member, cast.city, 1))
    with pytest.raises(NotFound):
        reverse(cast.owner, cast.county.pk, entry.pk, "错了")
    for none in (0, 987_654_321):
        with pytest.raises(NotFound):
            reverse(cast.owner, cast.county.pk, none, "错了")


def test_who_has_left_is_left_to_the_whole(cast: Cast, entry: PointEntry) -> None:
    leaving.leave(cast.member, cast.county.pk, "")
    with pytest.raises(NotFound):
        reverse(cast.colleague, cast.county.pk, entry.pk, "错了")
    assert reverse(cast.whole_admin, cast.county.pk, entry.pk, "错了").amount == -10


@pytest.mark.parametrize("reason", ["", " \0 ", "由" * 201])
def test_a_reason_is_needed(cast: Cast, entry: PointEntry, reason: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        reverse(cast.owner, cast.county.pk, entry.pk, reason)
    assert set(raised.value.fields) == {"reason"}
    assert PointEntry.objects.count() == 1
