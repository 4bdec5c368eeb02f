"""The ranking: off by default, switched by the main administrator, cut to whom one sees."""

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.organizations.models import Reach, SecuritySettings
from lianxue.points.actions.crediting import credit
from lianxue.points.actions.ranking import switch
from lianxue.points.actions.reversing import take_back
from lianxue.points.models import PointSettings
from lianxue.points.queries import ranking as module
from lianxue.points.queries.ranking import ranking
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from tests.cast import Cast, sign_in

from .makers import TASK, did, items

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]


def _ranks(cast: Cast, who: str = "member", page: int = 1) -> list[tuple[int, str, int]]:
    found = ranking(getattr(cast, who), cast.county.pk, page)
    return [(one.rank, one.member.name, one.points) for one in found.page.items]


@pytest.fixture
def some(cast: Cast) -> Cast:
    for who, item in (("member", TASK), ("owner", TASK), ("colleague", ""), ("whole_admin", "")):
        credit(did(getattr(cast, who), cast.county, who, item or "test.read"))
    return cast


def test_off_by_default(some: Cast) -> None:
    for who in ("member", "owner"):
        with pytest.raises(NotFound, match="没有开启"):
            ranking(getattr(some, who), some.county.pk)
    client = sign_in(some.member)
    assert client.get(f"/orgs/{some.county.pk}/points/ranking/").status_code == 404
    assert "积分排名" not in client.get("/points/").content.decode()


def test_equal_points_have_one_rank(some: Cast) -> None:
    switch(some.owner, some.county.pk, True, "大会讨论通过")
    assert _ranks(some) == [(1, "刘洋", 15), (1, "李明", 15), (3, "王秀英", 10), (3, "陈静", 10)]
    own = ranking(some.colleague, some.county.pk).own
    assert own is not None
    assert own.rank == 3
    assert ranking(some.outsider_admin, some.county.pk).own is None
    page = sign_in(some.member).get(f"/orgs/{some.county.pk}/points/ranking/").content.decode()
    assert "大会讨论通过" in page
    assert "李明" in page
    assert "积分排名" in sign_in(some.member).get("/points/").content.decode()


def test_ranks_go_on_over_pages(some: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(some.owner, some.county.pk, True, "试")
    real = module.paginate
    monkeypatch.setattr(module, "paginate", lambda rows, number: real(rows, number, 3))
    assert _ranks(some, page=1)[-1] == (3, "王秀英", 10)
    assert _ranks(some, page=2) == [(3, "陈静", 10)]


def test_names_only_of_whom_one_sees(some: Cast) -> None:
    SecuritySettings.objects.create(organization=some.county, reach=Reach.BRANCH)
    switch(some.owner, some.county.pk, True, "试")
    seen = {name for _, name, _ in _ranks(some)}
    assert "刘洋" in seen
    assert {name for _, name, _ in _ranks(some, "outsider_admin")} == {"李明", "陈静"}
    assert len(_ranks(some, "owner")) == 4
    for who in ("city_admin", "stranger", "newcomer_admin"):
        with pytest.raises(NotFound):
            ranking(getattr(some, who), some.county.pk)


def test_nobody_stands_there_with_nothing(some: Cast) -> None:
    switch(some.owner, some.county.pk, True, "试")
    entry = some.member.point_entries.get()
    take_back([entry], "错了", some.owner)
    assert "刘洋" not in {name for _, name, _ in _ranks(some)}


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("whole_admin", PermissionDenied),
        ("colleague", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_switch_it(cast: Cast, who: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        switch(getattr(cast, who), cast.county.pk, True, "试")
    assert not PointSettings.objects.exists()


def test_a_reason_and_an_event(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        switch(cast.owner, cast.county.pk, True, " ")
    with pytest.raises(StateConflict):
        switch(cast.owner, cast.county.pk, False, "本来就关着")
    switch(cast.owner, cast.county.pk, True, "大会讨论通过")
    switch(cast.owner, cast.county.pk, False, "减负")
    events = AuditEvent.objects.filter(action__startswith="points.").order_by("pk")
    assert [(one.action, one.data["reason"]) for one in events] == [
        ("points.ranking_on", "大会讨论通过"),
        ("points.ranking_off", "减负"),
    ]
