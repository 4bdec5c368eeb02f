"""Which rule counts, and who makes a new version of it."""

from datetime import timedelta

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.organizations.logbook import lines_of
from lianxue.points.actions import rules
from lianxue.points.actions.crediting import credit
from lianxue.points.actions.rules import Wish
from lianxue.points.items import TOTAL
from lianxue.points.models import PointEntry, PointRule
from lianxue.points.queries.rules import Rulebook, lines
from lianxue.shared.actors import Operator
from lianxue.shared.clock import today
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied
from tests.cast import Cast

from .makers import READ, TASK, did, items, rule

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]


def test_the_organisations_over_the_sites_over_the_default(cast: Cast) -> None:
    day = today()

    def worth() -> int:
        return Rulebook([cast.county.pk], [READ], day).terms(cast.county.pk, READ, day).points

    assert worth() == 10
    rule(None, READ, day, points=20)
    assert worth() == 20
    rule(cast.county, READ, day - timedelta(days=2), points=30)
    assert worth() == 30
    rule(cast.county, READ, day + timedelta(days=1), points=40)
    assert worth() == 30
    rule(cast.county, READ, day, inherits=True)
    assert worth() == 20
    rule(None, READ, day, inherits=True)
    assert worth() == 10
    other = Rulebook([cast.city.pk], [READ], day)
    assert other.terms(cast.city.pk, READ, day).origin == "default"


def test_a_new_version_counts_from_its_day(cast: Cast) -> None:
    before = credit(did(cast.member, cast.county, 1))
    made = rules.set_rule(cast.owner, cast.county.pk, READ, Wish(15, 60), " 提高分值 ")
    assert (made.reason, made.effective_from) == ("提高分值", today())
    later = Wish(5, effective_from=today() + timedelta(days=3))
    rules.set_rule(cast.whole_admin, cast.county.pk, READ, later, "试")
    after = credit(did(cast.member, cast.county, 2))
    assert (after.amount, after.rule_id) == (15, made.pk)
    before.refresh_from_db()
    assert (before.amount, before.rule_id) == (10, None)
    ahead = credit(did(cast.member, cast.county, 3, day=today() + timedelta(days=3)))
    assert ahead.amount == 5
    [line] = [one for one in lines(cast.county.pk) if one.item == READ]
    assert line.terms.rule == made
    assert [one.points for one in line.coming] == [5]


def test_a_rule_of_nothing_after_the_cap_was_passed(cast: Cast) -> None:
    """An item that gives nothing any more is written, too, and cut by no cap."""
    credit(did(cast.member, cast.county, 1))
    rule(cast.county, READ, today(), points=0, day_cap=5)
    entry = credit(did(cast.member, cast.county, 2))
    assert (entry.earned, entry.amount, entry.limit) == (0, 0, "")


def test_all_items_together_have_their_cap(cast: Cast) -> None:
    rules.set_rule(cast.owner, cast.county.pk, TOTAL, Wish(99, day_cap=20), "试")
    assert PointRule.objects.get().points == 0
    amounts = [
        credit(did(cast.member, cast.county, n, item)).amount
        for n, item in enumerate((TASK, READ, TASK))
    ]
    assert amounts == [15, 5, 0]
    last = PointEntry.objects.order_by("pk").last()
    assert last is not None
    assert (last.limit, last.cap) == ("day", 20)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(-1), "points"),
        (Wish(rules.MOST_POINTS + 1), "points"),
        (Wish(1, day_cap=-1), "day_cap"),
        (Wish(1, year_cap=rules.MOST_CAP + 1), "year_cap"),
        (Wish(1, day_cap=50, year_cap=40), "year_cap"),
        (Wish(1, effective_from=today() - timedelta(days=1)), "effective_from"),
        (Wish(1, effective_from=today() + timedelta(days=400)), "effective_from"),
    ],
)
def test_what_is_refused(cast: Cast, wish: Wish, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        rules.set_rule(cast.owner, cast.county.pk, READ, wish, "试")
    assert set(raised.value.fields) == {field}
    with pytest.raises(InvalidInput) as raised:
        rules.set_rule(cast.owner, cast.county.pk, READ, wish, "")
    assert set(raised.value.fields) == {field, "reason"}
    assert not PointRule.objects.exists()


def test_what_changes_nothing_is_no_version(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="没有改动"):
        rules.set_rule(cast.owner, cast.county.pk, READ, Wish(inherits=True), "试")
    rules.set_rule(cast.owner, cast.county.pk, READ, Wish(15), "试")
    with pytest.raises(InvalidInput, match="没有改动"):
        rules.set_rule(cast.owner, cast.county.pk, READ, Wish(15), "又试")
    rules.set_rule(cast.owner, cast.county.pk, READ, Wish(inherits=True), "试")
    assert PointRule.objects.count() == 2


def test_who_may(cast: Cast) -> None:
    refused = {
        "colleague": PermissionDenied,
        "outsider_admin": PermissionDenied,
        "member": PermissionDenied,
        "city_admin": NotFound,
        "stranger": NotFound,
    }
    for who, error in refused.items():
        with pytest.raises(error):
            rules.set_rule(getattr(cast, who), cast.county.pk, READ, Wish(15), "试")
    with pytest.raises(NotFound):
        rules.set_rule(cast.owner, cast.county.pk, "no.such", Wish(15), "试")
    with pytest.raises(PermissionDenied):
        rules.set_site_rule(cast.operator, READ, Wish(15), "试")  # type: ignore[arg-type]
    assert not PointRule.objects.exists()


def test_the_sites_rule_is_the_operators(cast: Cast) -> None:
    made = rules.set_site_rule(Operator(), READ, Wish(25), "按规定")
    assert (made.organization_id, made.made_by_id) == (None, None)
    assert credit(did(cast.member, cast.county, 1)).amount == 25
    assert AuditEvent.objects.get(action="points.rule_set").stream == "site"


def test_the_log_reads_well(cast: Cast) -> None:
    rules.set_rule(cast.owner, cast.county.pk, READ, Wish(15, 60), "提高分值")
    event = AuditEvent.objects.get(action="points.rule_set")
    [line] = lines_of(cast.county.pk, [event])
    assert (line.what, line.thing, line.target) == ("修改了积分规则", "积分规则", "试读一篇")
    assert {one.label: one.value for one in line.details} == {
        "原来": "每次 1 分，每日上限 2.5 分，每年上限 6 分",
        "现在": "每次 1.5 分，每日上限 6 分，每年不设上限",
        "原因": "提高分值",
        "生效日期": today().isoformat(),
    }
