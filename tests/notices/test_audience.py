"""Who is reached: the rule read from the relay, from the reader, and thought out again here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.accounts.models import User
from lianxue.notices import policy
from lianxue.notices.models import Notice, Relay, RelayBranch
from lianxue.notices.queries.reach import Checked, members_reached
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant
from tests.cast import Cast
from tests.factories import OrganizationFactory, UserFactory, grant, make_branch, make_many
from tests.notices.makers import WHOLE, sent, to_branches

pytestmark = pytest.mark.django_db

MAIN, WHOLE_OFFICE = -2, -1
PLACES = 2


@dataclass
class Seat:
    """Somebody's place: who, in which organisation and branch, since when (hours from the start),
    with which offices: main, the whole, or a branch's number."""

    person: int
    place: int
    branch: int | None
    state: str
    since: int
    offices: set[int]


@dataclass
class Sent:
    """What an organisation passed on, or did not; ``branches`` None: one merged away since."""

    place: int
    state: str
    own: str
    role: str
    branches: list[int | None]
    until: int
    recalled: bool


@dataclass
class Model:
    """Organisations of some branches each (``above``: their parents), seats, and relays."""

    above: list[list[int | None]]
    seats: list[Seat]
    relays: list[Sent]
    rows: dict[str, list[int]] = field(default_factory=dict)

    def way(self, place: int, branch: int | None) -> list[int]:
        """The branch and all above it."""
        found = []
        while branch is not None:
            found.append(branch)
            branch = self.above[place][branch]
        return found

    def stands(self, seat: Seat, relay: Sent) -> bool:
        """Whether somebody belongs to the audience, come or not."""
        if seat.place != relay.place or relay.state != "passed" or seat.state == "ended":
            return False
        if relay.own == "branches":
            if not set(relay.branches) & set(self.way(seat.place, seat.branch)):
                return False
        elif relay.own != "whole":
            return False
        if relay.role == "main_admin":
            return MAIN in seat.offices
        if relay.role == "learning_admin":
            return bool(seat.offices - {MAIN})
        return not relay.role or bool(seat.offices)

    def reaches(self, seat: Seat, relay: Sent) -> bool:
        """Whether the relay reaches the seat."""
        come = seat.state == "active" and seat.since <= relay.until
        return come and self.stands(seat, relay)


@st.composite
def models(draw: st.DrawFn) -> Model:
    above = []
    for _ in range(PLACES):
        size = draw(st.integers(0, 5))
        above.append(
            [draw(st.one_of(st.none(), st.integers(0, n - 1))) if n else None for n in range(size)]
        )

    def branch(place: int) -> st.SearchStrategy[int | None]:
        size = len(above[place])
        return st.one_of(st.none(), st.integers(0, size - 1)) if size else st.none()

    seats, mains = [], set()
    for person in range(draw(st.integers(1, 4))):
        for place in draw(st.sets(st.integers(0, PLACES - 1), min_size=1)):
            offices = set(
                draw(st.lists(st.integers(MAIN, len(above[place]) - 1), max_size=2))
                if draw(st.booleans())
                else []
            )
            if place in mains:
                offices.discard(MAIN)
            state = draw(st.sampled_from(["active", "active", "active", "invited", "ended"]))
            if MAIN in offices:
                mains.add(place)
            since = draw(st.integers(-1, 1))
            seats.append(Seat(person, place, draw(branch(place)), state, since, offices))
    relays = []
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, PLACES - 1))
        own = draw(st.sampled_from(["whole", "branches", "branches", "units", "nobody"]))
        named = draw(st.lists(branch(place), max_size=3, unique=True))
        relays.append(
            Sent(
                place=place,
                state=draw(st.sampled_from(["passed", "passed", "passed", "received", "closed"])),
                own=own,
                role=draw(st.sampled_from(["", "", *Relay.Role.values])),
                branches=named if own in {"branches", "units"} else [],
                until=draw(st.integers(-1, 1)),
                recalled=draw(st.booleans()),
            )
        )
    return Model(above, seats, relays)


def build(model: Model) -> tuple[list[User], list[Membership], list[Relay]]:
    """The model's rows."""
    start = timezone.now()

    def hour(number: int) -> datetime:
        return start + timedelta(hours=number)

    people = [UserFactory() for _ in range(1 + max(seat.person for seat in model.seats))]
    places = [OrganizationFactory() for _ in range(PLACES)]
    trees = [_tree(place, above) for place, above in zip(places, model.above, strict=True)]
    seats = []
    for one in model.seats:
        user, tree = people[one.person], trees[one.place]
        seat = Membership.objects.create(
            organization=places[one.place],
            user=None if one.state == "invited" else user,
            branch=None if one.branch is None else tree[one.branch],
            phone=user.phone,
            name=user.name,
            state=one.state,
            created_at=start,
            activated_at=None if one.state == "invited" else hour(one.since),
        )
        for office in one.offices if one.state != "ended" else ():
            if office == MAIN:
                grant(seat, RoleGrant.Role.MAIN_ADMIN)
            else:
                scope = None if office == WHOLE_OFFICE else tree[office]
                grant(seat, RoleGrant.Role.LEARNING_ADMIN, scope)
        seats.append(seat)
    relays = []
    for told in model.relays:
        relay = _relay(places[told.place], told, hour(told.until))
        RelayBranch.objects.bulk_create(
            RelayBranch(
                relay=relay, branch=None if one is None else trees[told.place][one], name="支部"
            )
            for one in told.branches
        )
        relays.append(relay)
    return people, seats, relays


def _tree(organization: Organization, above: list[int | None]) -> list[Branch]:
    made: list[Branch] = []
    for number, parent in enumerate(above):
        over = None if parent is None else Branch.objects.get(pk=made[parent].pk)
        made.append(make_branch(organization, f"第{number}支部", parent=over))
    return [Branch.objects.get(pk=one.pk) for one in made]


def _relay(organization: Organization, told: Sent, until: datetime) -> Relay:
    moment = timezone.now()
    notice = Notice.objects.create(
        organization=organization,
        author_name="某人",
        title="标题",
        state="sent",
        created_at=moment,
        changed_at=moment,
        sent_at=moment,
    )
    return Relay.objects.create(
        notice=notice,
        organization=organization,
        state=told.state,
        own=told.own,
        role=told.role,
        passed_at=moment,
        open_until=until,
        recalled_at=moment if told.recalled else None,
    )


def check(model: Model) -> None:
    """Every person against every relay, every way round."""
    people, seats, relays = build(model)
    counted: dict[int, set[int]] = {relay.pk: set() for relay in relays}
    for row in policy.recipients(*counted):
        assert row.pk not in counted[row.relay], "counted twice"
        counted[row.relay].add(row.pk)
    stand: dict[int, set[int]] = {relay.pk: set() for relay in relays}
    for row in policy.standing(*stand).exclude(state="ended"):
        stand[row.relay].add(row.pk)
    for relay, told in zip(relays, model.relays, strict=True):
        pairs = list(zip(seats, model.seats, strict=True))
        assert counted[relay.pk] == {row.pk for row, one in pairs if model.reaches(one, told)}
        assert stand[relay.pk] == {row.pk for row, one in pairs if model.stands(one, told)}
        alone = policy.recipients(relay.pk).values_list("pk", flat=True)
        assert set(alone) == counted[relay.pk]
        if told.state == "passed" and None not in told.branches:
            named = tuple(Branch.objects.filter(pk__in=relay.branches.values("branch")))
            chosen = Checked(told.own, named, told.role, "nobody", ())
            before = members_reached(relay.organization, chosen)
            assert {row.pk for row in before} == stand[relay.pk]
    for number, user in enumerate(people):
        mine = policy.seats_of(user)
        seen = list(policy.reaching(mine))
        assert len(seen) == len(set(seen)), "listed twice"
        own = {
            row.pk
            for row, one in zip(seats, model.seats, strict=True)
            if one.person == number and one.state == "active"
        }
        assert {seat.membership_id for seat in mine} == own
        assert set(seen) == {relay for relay in relays if counted[relay.pk] & own}
        for seat in mine:  # and seat by seat
            found = set(Relay.objects.filter(policy.reached_by(seat)))
            assert found == {one for one in relays if seat.membership_id in counted[one.pk]}


@pytest.mark.slow
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(model=models())
def test_all_ways_agree_on_every_pair(db: None, model: Model) -> None:
    with transaction.atomic():
        check(model)
        transaction.set_rollback(True)


def test_all_ways_agree_on_a_small_example() -> None:
    """One of everything, for the quick run."""
    seats = [
        Seat(0, 0, 1, "active", 0, {MAIN}),
        Seat(0, 1, None, "active", 0, {WHOLE_OFFICE}),
        Seat(1, 0, 2, "active", 1, {2}),
        Seat(2, 0, 1, "invited", 0, {0}),
        Seat(3, 0, None, "ended", 0, set()),
    ]
    relays = [
        Sent(0, "passed", own, role, branches, until, recalled=False)
        for own, branches in (("whole", []), ("branches", [0]), ("branches", [2, None]))
        for role in Relay.Role.values
        for until in (0, 1)
    ]
    check(Model([[None, 0, None], []], seats, relays))


# ---------- what happens after it was sent ----------


def seen_by(user: User) -> set[Relay]:
    return set(policy.reaching(policy.seats_of(user)))


def test_who_moves_leaves_or_loses_the_office_stops_counting(cast: Cast) -> None:
    branch = sent(cast.owner, cast.county, to_branches(cast.first_branch))
    office = sent(cast.owner, cast.county, to_branches(cast.general_branch, role="learning_admin"))
    whole = sent(cast.owner, cast.county, WHOLE)
    seat = cast.memberships[cast.member.pk]
    assert seen_by(cast.member) == {branch, whole}
    assert seen_by(cast.colleague) == {office, whole}
    Membership.objects.filter(pk=seat.pk).update(branch=cast.second_branch)
    assert seen_by(cast.member) == {whole}
    assert not policy.recipients(branch.pk).exists()
    RoleGrant.objects.filter(membership__user=cast.colleague).delete()
    assert seen_by(cast.colleague) == {whole}
    assert not policy.recipients(office.pk).exists()
    Membership.objects.filter(pk=seat.pk).update(state="ended", ended_at=timezone.now())
    assert seen_by(cast.member) == set()
    assert seat.pk not in policy.recipients(whole.pk).values_list("pk", flat=True)


def test_who_comes_later_sees_what_is_still_open(cast: Cast) -> None:
    over = sent(cast.owner, cast.county, WHOLE)
    Relay.objects.filter(pk=over.pk).update(open_until=timezone.now() - timedelta(minutes=1))
    still = sent(cast.owner, cast.county, WHOLE)
    Membership.objects.filter(user=cast.member).update(
        activated_at=timezone.now() - timedelta(days=1)
    )
    assert cast.invited
    newcomer = UserFactory()
    Membership.objects.filter(pk=cast.invited.pk).update(
        user=newcomer, state="active", activated_at=timezone.now()
    )
    assert seen_by(newcomer) == {still}
    assert seen_by(cast.member) == {over, still}


def test_a_dissolved_organisation_reaches_nobody(cast: Cast) -> None:
    sent(cast.newcomer_admin, cast.newcomer, WHOLE)
    Organization.objects.filter(pk=cast.newcomer.pk).update(dissolved_at=timezone.now())
    assert seen_by(cast.newcomer_admin) == set()


def test_one_statement_however_many_seats_relays_and_people(cast: Cast) -> None:
    relays = [sent(cast.owner, cast.county, WHOLE) for _ in range(3)]
    make_many(cast.county, [f"钱未来{n}" for n in range(200)])
    seats = policy.seats_of(cast.member)
    with CaptureQueriesContext(connection) as seen:
        assert len(policy.reaching(seats)) == 3
        assert policy.recipients(*[one.pk for one in relays]).count() == 15
    assert len(seen) == 2
    assert not policy.reaching([])
    assert not policy.recipients()
