"""常用联系人: learned from use, fading with time, seen by nobody else."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from lianxue.accounts.models import User
from lianxue.contacts.actions import frequent
from lianxue.contacts.models import FrequentContact
from lianxue.contacts.queries.frequent import EPOCH, HALF_LIFE, KEPT, contacts_of, top, weight_at
from lianxue.organizations.models import Membership
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory

START = EPOCH + timedelta(days=400)


def use(user: User, contact: User, hours: float) -> None:
    """``contact`` is used so many hours after the start."""
    with mock.patch.object(frequent, "now", return_value=START + timedelta(hours=hours)):
        frequent.note_use(user, contact.pk)


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0.01, 3000)), max_size=25),
    st.integers(0, 2000),
)
def test_the_order_is_that_of_the_faded_uses(
    cast: Cast, uses: list[tuple[int, float]], wait: int
) -> None:
    """Against the plain sum: every counted use halves each 30 days, looked at whenever."""
    FrequentContact.objects.all().delete()
    people = [cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member, cast.city_admin]
    hours, last, counted = 0.0, {}, {}
    for who, pause in uses:
        hours += pause
        use(cast.owner, people[who], hours)
        if who not in last or hours - last[who] >= 1:
            last[who] = hours
            counted.setdefault(people[who].pk, []).append(hours)
    seen = hours + wait
    plain = {
        pk: sum(2 ** ((at - seen) / 24 / HALF_LIFE) for at in moments)
        for pk, moments in counted.items()
    }
    kept = list(contacts_of(cast.owner))
    assert {row.contact_id for row in kept} == set(plain)
    weights = [plain[row.contact_id] for row in kept]
    assert all(a >= b * (1 - 1e-9) for a, b in zip(weights, weights[1:], strict=False))


def test_once_an_hour_and_then_without_a_write(cast: Cast) -> None:
    use(cast.owner, cast.member, 0)
    with CaptureQueriesContext(
        connection,
    ) as taken:
        use(cast.owner, cast.member, 0.9)
    assert [one["sql"].split()[0] for one in taken] == ["SELECT"]
    assert FrequentContact.objects.get().weight == pytest.approx(weight_at(START))
    use(cast.owner, cast.member, 1)
    assert FrequentContact.objects.get().weight > 1.99 * weight_at(START)


def test_oneself_is_no_contact(cast: Cast) -> None:
    use(cast.owner, cast.owner, 0)
    assert not FrequentContact.objects.exists()


def test_a_hundred_are_kept_and_the_newest_is_among_them(cast: Cast) -> None:
    people = [UserFactory() for _ in range(KEPT)]
    for person in people:
        use(cast.owner, person, 0)
        use(cast.owner, person, 2)
    use(cast.owner, people[0], 4)
    use(cast.owner, cast.member, 5)
    kept = {row.contact_id for row in contacts_of(cast.owner)}
    assert len(kept) == KEPT
    assert {cast.member.pk, people[0].pk} <= kept


def test_only_whom_one_may_still_see(cast: Cast) -> None:
    use(cast.owner, cast.member, 0)
    use(cast.owner, cast.colleague, 2)
    use(cast.owner, cast.stranger, 3)
    assert top(cast.owner) == [cast.colleague, cast.member]
    assert top(cast.owner, 1) == [cast.colleague]
    seat = cast.memberships[cast.colleague.pk]
    Membership.objects.filter(pk=seat.pk).update(state=Membership.State.ENDED)
    assert top(cast.owner) == [cast.member]
    assert top(cast.member) == []


def test_forgetting(cast: Cast) -> None:
    use(cast.owner, cast.member, 0)
    use(cast.colleague, cast.member, 0)
    frequent.forget(cast.owner, cast.member.pk)
    frequent.forget(cast.owner, cast.member.pk)
    assert top(cast.owner) == []
    assert top(cast.colleague) == [cast.member]


@pytest.mark.parametrize("count", [3, 60])
def test_statements_do_not_grow(cast: Cast, count: int) -> None:
    for _ in range(count):
        person = UserFactory()
        MembershipFactory(organization=cast.county, user=person)
        use(cast.owner, person, 0)
    with CaptureQueriesContext(connection) as taken:
        assert len(top(cast.owner, 1000)) == count
    assert len(taken) <= 6
