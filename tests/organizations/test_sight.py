"""Whom one sees and whose number: the database's answer against a plain model of the rules."""

from dataclasses import dataclass, field
from itertools import count

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.accounts.models import User
from lianxue.organizations import policy, queries
from lianxue.organizations.models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Membership,
    Organization,
    Reach,
    RoleGrant,
    SecuritySettings,
)
from lianxue.shared.actors import Operator
from tests.cast import Cast
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    grant,
    make_branch,
    make_many,
)

NUMBERS = count(20_000_000)
MAIN, WHOLE = "main", "whole"


@dataclass
class Someone:
    """A person of the model: ``branch`` and ``scopes`` are places in ``Model.above``."""

    branch: int | None
    state: str = "active"
    offices: list[str | int] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return MAIN in self.offices or WHOLE in self.offices

    @property
    def scopes(self) -> list[int]:
        return [one for one in self.offices if isinstance(one, int)]


@dataclass
class Model:
    """An organisation as the rules are told, without paths, columns or statements."""

    above: list[int | None]  # each branch's parent, always an earlier one
    people: list[Someone]
    reach: str = "whole"
    reaches: dict[int, str] = field(default_factory=dict)
    hidden: set[str | int] = field(default_factory=set)  # "" all, a role, a branch

    def way(self, branch: int | None) -> list[int]:
        """The branch and all above it, from the nearest on."""
        found = []
        while branch is not None:
            found.append(branch)
            branch = self.above[branch]
        return found

    def reach_of(self, one: Someone) -> str:
        return next(
            (self.reaches[b] for b in self.way(one.branch) if b in self.reaches), self.reach
        )

    def administers(self, one: Someone, other: Someone) -> bool:
        return one.whole or any(scope in self.way(other.branch) for scope in one.scopes)

    def sees(self, one: Someone, other: Someone) -> bool:
        if other.state == "ended":
            return False
        if one is other or self.administers(one, other) or self.administers(other, one):
            return True
        reach = self.reach_of(one)
        if reach == "whole":
            return True
        if one.branch is None:
            return other.branch is None
        if reach == "subtree":
            return one.branch in self.way(other.branch)
        return one.branch == other.branch

    def hides(self, other: Someone) -> bool:
        roles = {"main_admin" if o == MAIN else "learning_admin" for o in other.offices}
        return (
            "" in self.hidden
            or bool(roles & self.hidden)
            or any(branch in self.hidden for branch in self.way(other.branch))
        )

    def sees_number(self, one: Someone, other: Someone) -> bool:
        return one is other or self.administers(one, other) or not self.hides(other)

    def sees_branch(self, one: Someone, branch: int) -> bool:
        """All of it, the own scopes and what lies below, and wherever somebody seen may stand."""
        if one.whole or self.reach_of(one) == "whole":
            return True
        way = self.way(branch)
        if any(scope in way for scope in one.scopes):
            return True
        if self.reach_of(one) == "subtree" and one.branch in way:
            return True
        places = [one.branch, *one.scopes]
        places += [p.branch for p in self.people if self.administers(p, one) and p.offices]
        return any(branch in self.way(place) for place in places)


@st.composite
def models(draw: st.DrawFn) -> Model:
    size = draw(st.integers(0, 7))
    above = [draw(st.one_of(st.none(), st.integers(0, n - 1))) if n else None for n in range(size)]
    place = st.one_of(st.none(), st.integers(0, size - 1)) if size else st.none()
    people = []
    for n in range(draw(st.integers(1, 7))):
        state = draw(st.sampled_from(["active", "active", "active", "invited", "ended"]))
        offices: list[str | int] = []
        if state != "ended":
            if n == 0 and draw(st.booleans()):
                offices = [MAIN]
            elif draw(st.integers(0, 4)) == 0:
                offices = [WHOLE]
            elif size and draw(st.integers(0, 2)) == 0:
                offices = list(draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=2)))
        people.append(Someone(draw(place), state, offices))
    reach = st.sampled_from(["whole", "subtree", "branch"])
    branch = st.integers(0, size - 1) if size else st.nothing()
    return Model(
        above,
        people,
        draw(reach),
        draw(st.dictionaries(branch, reach, max_size=3)) if size else {},
        draw(
            st.sets(
                st.one_of(st.sampled_from(["", "main_admin", "learning_admin"]), branch),
                max_size=2,
            )
        ),
    )


@dataclass
class Built:
    """The model's rows."""

    organization: Organization
    branches: list[Branch]
    seats: list[Membership]

    def user(self, at: int) -> User:
        user = self.seats[at].user
        assert user
        return user


def build(model: Model, users: list[User] | None = None) -> Built:
    organization = OrganizationFactory()
    branches: list[Branch] = []
    for n, parent in enumerate(model.above):
        up = Branch.objects.get(pk=branches[parent].pk) if parent is not None else None
        branches.append(make_branch(organization, f"支部{n}", parent=up))
    seats = []
    for at, one in enumerate(model.people):
        phone = f"137{next(NUMBERS)}"
        user = (users[at] if users else UserFactory(phone=phone)) if one.state == "active" else None
        branch = branches[one.branch] if one.branch is not None else None
        seat = MembershipFactory(
            organization=organization,
            user=user,
            phone=user.phone if user else phone,
            branch=branch,
            state=one.state,
            name="某人",
        )
        for office in one.offices:
            if office == MAIN:
                grant(seat, RoleGrant.Role.MAIN_ADMIN)
            else:
                scope = branches[office] if isinstance(office, int) else None
                grant(seat, RoleGrant.Role.LEARNING_ADMIN, scope)
        seats.append(seat)
    if model.reach != "whole":
        SecuritySettings.objects.create(organization=organization, reach=model.reach)
    for at, reach in model.reaches.items():
        BranchReach.objects.create(organization=organization, branch=branches[at], reach=reach)
    for rule in model.hidden:
        where = branches[rule] if isinstance(rule, int) else None
        role = rule if isinstance(rule, str) else ""
        HiddenPhones.objects.create(organization=organization, branch=where, role=role)
    return Built(organization, branches, seats)


def check(model: Model, built: Built) -> None:
    for at, one in enumerate(model.people):
        if one.state != "active":
            continue
        user = built.user(at)
        rows = policy.visible_members(user, built.organization)
        got = {row.pk: bool(getattr(row, "phone_seen")) for row in rows}  # noqa: B009 - annotated
        right = {
            seat.pk: model.sees_number(one, other)
            for seat, other in zip(built.seats, model.people, strict=True)
            if model.sees(one, other)
        }
        assert got == right
        found = set(policy.visible_branches(user, built.organization).values_list("pk", flat=True))
        assert found == {
            branch.pk for n, branch in enumerate(built.branches) if model.sees_branch(one, n)
        }
        # whoever is seen stands where one may look
        assert {row.branch_id for row in rows if row.branch_id} <= found
        # one statement over all organisations gives the same as one of them
        everywhere = policy.visible_memberships(user)
        assert {
            row.pk: bool(getattr(row, "phone_seen"))  # noqa: B009 - annotated
            for row in everywhere
            if row.organization_id == built.organization.pk
        } == right


@pytest.mark.django_db
@pytest.mark.slow
@given(models(), models())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_database_says_what_the_rules_say(model: Model, other: Model) -> None:
    """Two organisations with some people in common, so that none's rules reach into the other."""
    with transaction.atomic():
        built = build(model)
        shared = [seat.user or UserFactory(phone=f"138{next(NUMBERS)}") for seat in built.seats]
        shared += [UserFactory(phone=f"138{next(NUMBERS)}") for _ in other.people]
        second = build(other, shared)
        check(model, built)
        check(other, second)
        transaction.set_rollback(True)


def test_who_belongs_nowhere_sees_nobody_and_the_operator_all(cast: Cast) -> None:
    for person in (cast.stranger, cast.city_admin):
        assert not policy.visible_members(person, cast.county).exists()
        assert not policy.visible_branches(person, cast.county).exists()
    rows = policy.visible_members(Operator(), cast.county)
    assert rows.count() == 6
    assert all(getattr(row, "phone_seen") for row in rows)  # noqa: B009 - annotated


def narrow(cast: Cast) -> None:
    SecuritySettings.objects.create(organization=cast.county, reach=Reach.BRANCH)
    HiddenPhones.objects.create(organization=cast.county, branch=cast.general_branch)


@pytest.mark.parametrize("rules", [False, True])
def test_statements_do_not_grow_with_people_or_branches(cast: Cast, rules: bool) -> None:
    if rules:
        narrow(cast)

    def cost(user: User) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as members:
            list(policy.visible_members(user, cast.county))
        with CaptureQueriesContext(connection) as branches:
            list(policy.visible_branches(user, cast.county))
        return len(members), len(branches)

    people = (cast.owner, cast.colleague, cast.member)
    few = {person.name: cost(person) for person in people}
    for n in range(20):
        made = make_branch(cast.county, f"新{n}")
        make_many(cast.county, ["某人"] * 50, branch=made)
        BranchReach.objects.create(organization=cast.county, branch=made, reach=Reach.BRANCH)
    assert {person.name: cost(person) for person in people} == few
    assert max(max(one) for one in few.values()) <= 5
    assert few[cast.owner.name] == (2, 2)


def test_counts_are_of_whom_one_sees(cast: Cast) -> None:
    whole = queries.head_count(cast.member, cast.county)
    assert whole == {"members": 6, "active": 5, "invited": 1}
    narrow(cast)
    # the own branch (刘洋, 孙未来), and who administers it (李明, 陈静, 王秀英)
    assert queries.head_count(cast.member, cast.county) == {
        "members": 5,
        "active": 4,
        "invited": 1,
    }
    assert queries.head_count(cast.owner, cast.county) == whole
    rows = [cast.general_branch, cast.first_branch, cast.second_branch]
    tallies = queries.tallies(cast.member, cast.county, rows)
    assert [tallies[row.pk].members for row in rows] == [3, 2, 0]
    mine = {one.name: one.member_count for one in queries.my_organizations(cast.member)}
    assert mine == {cast.county.name: 5}
