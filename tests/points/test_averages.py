"""Averages with their denominator, and the people behind them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxue.organizations.actions import leaving
from lianxue.organizations.models import Membership
from lianxue.points.actions import ranking as switching
from lianxue.points.actions.crediting import credit, credit_many
from lianxue.points.queries import averages, ranking
from lianxue.points.queries.averages import Asked, Counted
from lianxue.shared.clock import today
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import paginate_far
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory

from .makers import TASK, did, items

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]


def _year() -> int:
    return today().year


def _names(cast: Cast, who: str, **asked: object) -> list[str]:
    of = Asked(**asked)  # type: ignore[arg-type]
    found = averages.people(getattr(cast, who), cast.county.pk, _year(), of)
    return [one.name for one in found.rows]


def test_by_hand(cast: Cast) -> None:
    """县 has five active members; 第一党总支 holds two of them, 孙未来 has not come."""
    credit(did(cast.member, cast.county, 1, TASK))
    credit(did(cast.colleague, cast.county, 1))
    credit(did(cast.owner, cast.county, 1, TASK))
    credit(did(cast.member, cast.city, 2))  # another organisation's
    credit(did(cast.member, cast.county, 3, day=today().replace(year=_year() - 1, day=1)))
    found = averages.overview(cast.owner, cast.county.pk, _year())
    people = Membership.objects.filter(organization=cast.county, state="active").count()
    assert found.total == Counted(people, 15 + 10 + 15)
    rows = {row.branch.name if row.branch else "": row.counted for row in found.rows.items}
    assert rows == {
        "第一党总支": Counted(2, 25),
        "第二党支部": Counted(1, 0),
        "": Counted(people - 3, 15),
    }
    assert rows["第一党总支"].average == "1.25"
    inside = averages.overview(cast.owner, cast.county.pk, _year(), cast.general_branch.pk)
    assert inside.total == Counted(2, 25)
    inner = [(row.branch and row.branch.name, row.counted.points) for row in inside.rows.items]
    assert inner == [("第一党支部", 15), (None, 10)]
    before = averages.overview(cast.owner, cast.county.pk, _year() - 1)
    assert (before.total.points, before.total.people) == (10, people)
    assert Counted(0, 0).average == "—"


def test_cut_to_the_scope(cast: Cast) -> None:
    credit_many(
        [did(one, cast.county, 1) for one in (cast.owner, cast.member, cast.outsider_admin)]
    )
    found = averages.overview(cast.colleague, cast.county.pk, _year())
    assert found.total == Counted(2, 10)
    assert found.left is None
    assert [row.branch and row.branch.name for row in found.rows.items] == ["第一党总支"]
    with pytest.raises(NotFound):
        averages.overview(cast.colleague, cast.county.pk, _year(), cast.second_branch.pk)
    assert set(_names(cast, "colleague")) == {"王秀英", "刘洋"}
    assert _names(cast, "colleague", left=True) == []


def test_who_has_left_is_told_apart(cast: Cast) -> None:
    credit(did(cast.member, cast.county, 1))
    leaving.leave(cast.member, cast.county.pk, "")
    found = averages.overview(cast.owner, cast.county.pk, _year())
    assert found.total.points == 0
    assert found.left == Counted(1, 10)
    assert _names(cast, "owner", left=True) == ["刘洋"]
    MembershipFactory(organization=cast.county, user=cast.member)
    again = averages.overview(cast.owner, cast.county.pk, _year())
    assert again.total.points == 10, "who comes back has the points still"
    assert again.left == Counted(0, 0)
    assert _names(cast, "owner", left=True) == []


def test_people_stand_by_name(cast: Cast) -> None:
    credit(did(cast.member, cast.county, 1))
    names = _names(cast, "owner")
    assert "孙未来" not in names
    assert names == ["陈静", "李明", "刘洋", "王秀英", "张建国"]
    assert _names(cast, "owner", text="刘") == ["刘洋"]
    assert _names(cast, "owner", branch_id=cast.general_branch.pk) == ["刘洋", "王秀英"]
    assert _names(cast, "owner", branch_id=cast.general_branch.pk, direct=True) == ["王秀英"]
    assert _names(cast, "owner", direct=True) == ["陈静", "李明"]


def _statements(cast: Cast) -> dict[str, int]:
    counts = {}
    for name, ask in {
        "overview": lambda: averages.overview(cast.owner, cast.county.pk, _year()),
        "people": lambda: paginate_far(
            averages.people(cast.owner, cast.county.pk, _year(), Asked()).rows
        ),
        "ranking": lambda: ranking.ranking(cast.member, cast.county.pk),
    }.items():
        with CaptureQueriesContext(connection) as seen:
            ask()
        counts[name] = len(seen)
    return counts


def test_statements_do_not_grow(cast: Cast) -> None:
    """At 10 and at 1,000 people; crediting a thousand at once takes as many as crediting ten."""
    switching.switch(cast.owner, cast.county.pk, True, "试")
    sizes = []
    for size in (10, 1000):
        people = [UserFactory.build() for _ in range(size)]
        users = type(people[0]).objects.bulk_create(people)
        Membership.objects.bulk_create(
            [
                Membership(
                    organization=cast.county,
                    user=one,
                    phone=one.phone,
                    name=one.name,
                    sort_key=one.sort_key,
                    state="active",
                    branch=cast.first_branch,
                    created_at=cast.memberships[cast.owner.pk].created_at,
                )
                for one in users
            ]
        )
        with CaptureQueriesContext(connection) as seen:
            credit_many([did(one, cast.county, f"of {size}") for one in users])
        sizes.append(_statements(cast) | {"crediting": len(seen)})
    assert sizes[0] == sizes[1]
    assert sizes[1]["overview"] <= 6
    assert sizes[1]["crediting"] <= 14
