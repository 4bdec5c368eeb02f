"""权限说明 tells the truth: each line says what the rules say and what trying the act shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.certification.rights import RIGHTS as OF_CERTIFICATION
from lianxue.learning.rights import RIGHTS as OF_LEARNING
from lianxue.notices.rights import RIGHTS as OF_NOTICES
from lianxue.organizations import policy
from lianxue.organizations.models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Membership,
    Reach,
    SecuritySettings,
)
from lianxue.organizations.policy import rights
from lianxue.organizations.queries import access
from lianxue.points.rights import RIGHTS as OF_POINTS
from lianxue.shared.errors import DomainError, NotFound, PermissionDenied
from lianxue.worktasks.rights import RIGHTS as OF_TASKS
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, grant, make_branch
from tests.route_tables import ROLES, expected

from .tries import TRIES, Place, make_place

rights.register_rights(OF_CERTIFICATION)
rights.register_rights(OF_NOTICES)
rights.register_rights(OF_TASKS)
rights.register_rights(OF_POINTS)
rights.register_rights(OF_LEARNING)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def outcome(place: Place, key: str, branch: Branch | None) -> DomainError | None:
    """What trying it ends in; nothing of it stays."""
    with undone():
        try:
            TRIES[key](place, branch)
        except DomainError as error:
            return error
    return None


def told(answer: rights.Answer, branch: Branch | None) -> bool:
    """What the page says about this place."""
    if answer.whole:
        return True
    if branch is None or not answer.right.by_branch:
        return False
    inside = (path for path in answer.paths if branch.path.startswith(path))
    return any(branch.path != path or not answer.right.below for path in inside)


def check(place: Place) -> None:
    """Every line against every place."""
    person = access.get_me(place.who, place.organization.pk)
    by_key = {line.key: line for line in access.lines(person)}
    for answer in access.answers(person):
        key = answer.right.key
        spots: list[Branch | None] = [None]
        if answer.right.by_branch:
            spots += place.branches
        if answer.right.below:
            spots.remove(None)
        for spot in spots:
            error = outcome(place, key, spot)
            if answer.closed:
                assert error is not None, key
                continue
            refused = isinstance(error, PermissionDenied | NotFound)
            assert refused != told(answer, spot), (key, spot, str(error), answer)
            assert refused == (error is not None), (key, spot, error)
        line = by_key[key]
        assert line.allowed == answer.allowed
        assert bool(line.where) == answer.allowed
        assert line.why, key
        if answer.lacks_verification and not answer.closed:
            assert getattr(outcome(place, key, None), "code", "") == "real-name-required", key


def test_every_right_is_tried() -> None:
    assert set(TRIES) == set(rights.RIGHTS)


@pytest.mark.django_db
@pytest.mark.parametrize("offices", [{0}, {1}, {2}, {3}, {3, 4}, set()], ids=str)
def test_each_line_says_what_trying_shows(offices: set[int]) -> None:
    check(make_place(offices, verified=True, certified=1, above=False))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    offices=st.sets(st.integers(0, 4)),
    verified=st.booleans(),
    certified=st.integers(0, 2),
    above=st.booleans(),
)
def test_each_line_says_what_trying_shows_in_any_cast(
    db: None, offices: set[int], verified: bool, certified: int, above: bool
) -> None:
    with undone():
        check(make_place(offices, verified=verified, certified=certified, above=above))


# ---------- and what the doors do (tests/route_tables, for the same cast) ----------

#: The door behind each right; its thing stands in 第一党支部 or is the organisation itself.
DOORS = {
    "members.move": "GET organizations:member_move",
    "members.rename": "GET organizations:member_name",
    "members.correct": "GET organizations:member_phone",
    "members.details": "POST organizations:member_detail_change",
    "members.remind": "POST organizations:member_remind",
    "members.remove": "GET organizations:member_remove",
    "branches.change": "GET organizations:branch_edit",
    "roles.appoint": "GET organizations:appoint",
    "roles.handover": "GET organizations:offer_handover",
    "security": "GET organizations:security",
    "log": "GET organizations:log",
    "certification.invite": "POST certification:invitations",
    "certification.decide": "POST certification:approve",
    "certification.decide_rename": "POST certification:approve_rename",
    "certification.decertify": "POST certification:decertify",
    "certification.ask_rename": "POST certification:console_rename",
    "certification.dissolve": "POST certification:dissolve",
}


@pytest.mark.parametrize("key", DOORS)
def test_each_line_says_what_its_door_does(cast: Cast, key: str) -> None:
    """Whoever the page says may, gets in; whoever it says may not, is turned away."""
    verb, name = DOORS[key].split()
    statuses = dict(zip(ROLES, expected()[verb, name], strict=True))
    for who in ("owner", "whole_admin", "colleague", "outsider_admin", "member"):
        person = access.get_me(getattr(cast, who), cast.county.pk)
        (answer,) = [one for one in access.answers(person) if one.right.key == key]
        spot = cast.first_branch if answer.right.by_branch else None
        assert told(answer, spot) == (statuses[who] not in {403, 404}), who


# ---------- the offices named are the reason ----------


@pytest.mark.django_db
@pytest.mark.parametrize("offices", [{0}, {1}, {2, 4}, {3}, set()], ids=str)
def test_without_the_offices_named_the_right_is_gone(offices: set[int]) -> None:
    place = make_place(offices, verified=True, certified=1, above=False)
    person = access.get_me(place.who, place.organization.pk)
    for answer in access.answers(person):
        left = [
            (one.role, one.path)
            for index, one in enumerate(person.offices)
            if index not in answer.offices
        ]
        standing = policy.Standing(policy.power_of(left), verified=True)
        again = rights.answer(answer.right, standing, place.organization, [])
        assert not again.allowed, answer
        assert bool(answer.offices) == answer.allowed


# ---------- sight and its other direction ----------

REACHES = st.sampled_from([*Reach.values])


@st.composite
def casts(draw: Any) -> dict[str, Any]:
    """Where people stand (-1: no branch), their offices, the reaches, whose numbers are hidden."""
    spot = st.integers(-1, 4)
    return {
        "people": draw(
            st.lists(st.tuples(spot, st.sets(spot, max_size=2)), min_size=2, max_size=6)
        ),
        "general": draw(st.none() | REACHES),
        "own": draw(st.dictionaries(st.integers(0, 4), REACHES, max_size=4)),
        "hidden": draw(st.sets(st.integers(-3, 4), max_size=3)),
    }


def build(drawn: dict[str, Any]) -> list[Membership]:
    organization = OrganizationFactory()
    tree: list[Branch] = []
    for parent in (None, 0, 1, 0, None):  # 0 > 1 > 2, 0 > 3, 4
        above = Branch.objects.get(pk=tree[parent].pk) if parent is not None else None
        tree.append(make_branch(organization, f"支部{len(tree)}", parent=above))
    tree = [Branch.objects.get(pk=one.pk) for one in tree]
    rows = []
    for spot, offices in drawn["people"]:
        branch = tree[spot] if spot >= 0 else None
        row = MembershipFactory(organization=organization, branch=branch)
        for office in offices:
            grant(row, "learning_admin", tree[office] if office >= 0 else None)
        rows.append(row)
    if drawn["general"]:
        SecuritySettings.objects.create(organization=organization, reach=drawn["general"])
    for spot, reach in drawn["own"].items():
        BranchReach.objects.create(organization=organization, branch=tree[spot], reach=reach)
    roles_hidden = {-1: "", -2: "learning_admin", -3: "main_admin"}
    for spot in drawn["hidden"]:
        HiddenPhones.objects.create(
            organization=organization,
            branch=tree[spot] if spot >= 0 else None,
            role=roles_hidden.get(spot, ""),
        )
    return rows


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=casts())
def test_who_sees_a_member_is_who_sees_it(db: None, drawn: dict[str, Any]) -> None:
    """``seers_of`` is ``sight`` the other way round."""
    with undone():
        rows = build(drawn)
        organization = rows[0].organization
        reaches = policy.reaches_of(organization.pk)
        seen = {
            row.pk: set(policy.visible_members(row.user, organization).values_list("pk", flat=True))
            for row in rows
        }
        for row in rows:
            row = Membership.objects.select_related("branch").get(pk=row.pk)
            told = Membership.objects.filter(policy.seers_of(row, reaches))
            assert set(told.values_list("pk", flat=True)) == {
                viewer for viewer, whom in seen.items() if row.pk in whom
            }
