"""权限说明 tells the truth: each line says what the rules say and what trying the act shows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.accounts.models import User
from lianxue.certification.actions import applications, chain, invitations, links, renaming
from lianxue.certification.actions import settings as own_settings
from lianxue.certification.actions.invitations import Terms
from lianxue.certification.models import CertificationApplication, RenameRequest
from lianxue.certification.rights import RIGHTS as OF_CERTIFICATION
from lianxue.notices.actions import passing, recalling, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.rights import RIGHTS as OF_NOTICES
from lianxue.organizations import policy
from lianxue.organizations.actions import (
    branches,
    bulk_members,
    details,
    export,
    imports,
    members,
    roles,
    security,
)
from lianxue.organizations.models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Membership,
    Organization,
    Reach,
    SecuritySettings,
)
from lianxue.organizations.newcomers import NewPerson
from lianxue.organizations.policy import rights
from lianxue.organizations.queries import access
from lianxue.organizations.queries.table import TableView
from lianxue.shared.errors import DomainError, NotFound, PermissionDenied
from lianxue.worktasks.rights import RIGHTS as OF_TASKS
from tests.cast import Cast
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    grant,
    make_branch,
    put_in_chain,
)
from tests.notices.makers import BELOW, WHOLE, draft, sent
from tests.route_tables import ROLES, expected
from tests.worktasks.tries import TRIES as OF_TASKS_TRIED

rights.register_rights(OF_CERTIFICATION)
rights.register_rights(OF_NOTICES)
rights.register_rights(OF_TASKS)

NUMBERS = count(10_000_000)


@dataclass
class Place:
    """An organisation with a small tree, and one person of it who may hold any offices."""

    organization: Organization
    below: Organization  # certified below it
    branches: list[Branch]  # 总支, 一 (below it), 二
    person: Membership

    @property
    def who(self) -> User:
        assert self.person.user
        return self.person.user

    def stand(self, branch: Branch | None, *, come: bool = True) -> Membership:
        """One more plain member."""
        phone = f"136{next(NUMBERS)}"
        user = UserFactory(phone=phone) if come else None
        return MembershipFactory(
            organization=self.organization, user=user, phone=phone, branch=branch, name="某人"
        )


def make_place(offices: set[int], *, verified: bool, certified: int, above: bool) -> Place:
    """``offices``: 0 main, 1 whole, 2 to 4 a branch.

    ``certified``: 0 no, 1 below another, 2 the root.
    """
    superior = put_in_chain(OrganizationFactory())
    organization = OrganizationFactory()
    if certified:
        put_in_chain(organization, superior if certified == 1 else None)
    below = OrganizationFactory()
    if certified:
        put_in_chain(below, organization)
    general = make_branch(organization, "总支", kind="general_branch")
    tree = [general, make_branch(organization, "一", parent=general)]
    tree.append(make_branch(organization, "二"))
    general.refresh_from_db()
    user = UserFactory(realname_verified_at=timezone.now() if verified else None)
    person = MembershipFactory(organization=organization, user=user, branch=tree[1])
    place = Place(organization, below, tree, person)
    if 0 in offices:
        grant(person, "main_admin")
    else:
        grant(place.stand(None), "main_admin")
        if 1 in offices:
            grant(person, "learning_admin")
        for office in offices - {0, 1}:
            grant(person, "learning_admin", tree[office - 2])
    if above:
        grant(MembershipFactory(organization=superior, user=user), "main_admin")
    return place


# ---------- what each right is tried by ----------


def add(place: Place, branch: Branch | None) -> None:
    people = [NewPerson("钱多多", f"135{next(NUMBERS)}")]
    members.add_members(place.who, place.organization.pk, branch.pk if branch else None, people)


def move(place: Place, branch: Branch | None) -> None:
    seat, target = place.stand(branch), branch.pk if branch else None
    members.move_members(place.who, place.organization.pk, [seat.pk], target)


def correct(place: Place, branch: Branch | None) -> None:
    members.correct_phone(place.who, place.stand(branch, come=False).pk, f"135{next(NUMBERS)}")


def remove(place: Place, branch: Branch | None) -> None:
    members.remove_member(place.who, place.stand(branch).pk, "调动")


def grow(place: Place, branch: Branch | None) -> None:
    branches.add_branch(
        place.who, place.organization.pk, "新", "branch", branch.pk if branch else None
    )


def rename_branch(place: Place, branch: Branch | None) -> None:
    assert branch
    branches.rename_branch(place.who, branch.pk, "改")


def bring_in(place: Place, branch: Branch | None) -> None:
    """A roster of one person; a row that may not be written says why."""
    where = {None: "", 0: "总支", 1: "总支/一", 2: "二"}
    index = place.branches.index(branch) if branch else None
    text = f"姓名,手机号码,所在支部\n钱多多,135{next(NUMBERS)},{where[index]}\n"
    seen = imports.preview(
        place.who, place.organization.pk, imports.Upload("a.csv", text.encode("utf-8-sig"))
    )
    (row,) = seen.rows
    if row.outcome != "new":
        raise PermissionDenied(str(row.row.errors))


def take_out(place: Place, branch: Branch | None) -> None:
    """Whether a person who stands there is among those that may be taken out."""
    seat = place.stand(branch)
    rows = export.exportable(place.who, place.organization, TableView())
    if not rows.filter(pk=seat.pk).exists():
        raise PermissionDenied("not in the file")


def rename_member(place: Place, branch: Branch | None) -> None:
    details.rename_member(place.who, place.stand(branch).pk, "钱改名")


def look_up(place: Place, branch: Branch | None) -> None:
    details.reveal(place.who, place.stand(branch).pk)


def remind(place: Place, branch: Branch | None) -> None:
    seat = place.stand(branch, come=False)
    row = Membership.objects.prefetch_related("role_grants").get(pk=seat.pk)
    bulk_members.remind_members(place.who, place.organization.pk, {seat.pk: policy.mark_of(row)})


def secure(place: Place, branch: Branch | None) -> None:
    security.hide_phones(place.who, place.organization.pk)


def appoint(place: Place, branch: Branch | None) -> None:
    roles.appoint(place.who, place.stand(None).pk, None)


def remove_admin(place: Place, branch: Branch | None) -> None:
    seat = place.stand(place.branches[1])
    grant(seat, "learning_admin", place.branches[1])
    members.remove_member(place.who, seat.pk, "调动")


def hand_over(place: Place, branch: Branch | None) -> None:
    roles.offer_handover(place.who, place.stand(None).pk)


def read_log(place: Place, branch: Branch | None) -> None:
    policy.require_reads_log(place.who, place.organization)


def apply(place: Place, branch: Branch | None) -> None:
    upper = put_in_chain(OrganizationFactory())
    sender = UserFactory(realname_verified_at=timezone.now())
    grant(MembershipFactory(organization=upper, user=sender), "main_admin")
    token = invitations.create_invitation(sender, upper.pk, Terms()).token
    applications.submit_application(place.who, token, place.organization.pk)


def invite(place: Place, branch: Branch | None) -> None:
    invitations.create_invitation(place.who, place.organization.pk, Terms())


def decide(place: Place, branch: Branch | None) -> None:
    row = CertificationApplication.objects.create(
        applicant=OrganizationFactory(), superior=place.organization, submitted_at=timezone.now()
    )
    applications.approve_application(place.who, row.pk)


def decide_rename(place: Place, branch: Branch | None) -> None:
    place.below.superior = place.organization
    row = RenameRequest.objects.create(
        organization=place.below,
        superior=place.organization,
        old_name=place.below.name,
        new_name="中共新名委员会",
        asked_at=timezone.now(),
    )
    if not policy.administered_organizations(place.who, whole=True).exists():
        raise PermissionDenied("not even seen")
    renaming.approve_rename(place.who, row.pk)


def claim_link(place: Place, branch: Branch | None) -> None:
    links.create_claim_link(place.who, place.below.pk)


def decertify_below(place: Place, branch: Branch | None) -> None:
    chain.decertify(place.who, place.below.pk, "调整")


def decertify(place: Place, branch: Branch | None) -> None:
    Organization.objects.filter(pk=place.below.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    chain.decertify(place.who, place.organization.pk, "调整")


def rename(place: Place, branch: Branch | None) -> None:
    own_settings.rename_organization(place.who, place.organization.pk, "中共新名委员会")


def ask_rename(place: Place, branch: Branch | None) -> None:
    renaming.ask_rename(place.who, place.organization.pk, "中共新名委员会")


def dissolve(place: Place, branch: Branch | None) -> None:
    own_settings.dissolve_organization(place.who, place.organization.pk, place.organization.name)


def _within(branch: Branch | None) -> Audience:
    return WHOLE if branch is None else Audience(own="branches", branch_ids=(branch.pk,))


def send(place: Place, branch: Branch | None) -> None:
    place.stand(branch)
    sending.send(place.who, draft(place.who, place.organization).pk, _within(branch))


def send_below(place: Place, branch: Branch | None) -> None:
    sending.send(place.who, draft(place.who, place.organization).pk, BELOW)


def _somebody_with(place: Place, branch: Branch | None) -> User:
    """Another administrator, of ``branch`` alone (None: of everything)."""
    seat = place.stand(branch)
    grant(seat, "learning_admin", branch)
    assert seat.user
    return seat.user


def recall(place: Place, branch: Branch | None) -> None:
    author = _somebody_with(place, branch)
    relay = sent(author, place.organization, _within(branch))
    recalling.recall(place.who, place.organization.pk, relay.notice_id, "写错了")


def pass_on(place: Place, branch: Branch | None) -> None:
    superior = place.organization.superior
    if superior is None:
        raise NotFound
    author = UserFactory()
    grant(MembershipFactory(organization=superior, user=author), "learning_admin")
    relay = sent(author, superior, BELOW)
    passing.pass_on(place.who, place.organization.pk, relay.notice_id, passing.Passing(WHOLE))


TRIES: dict[str, Callable[[Place, Branch | None], None]] = {
    "members.add": add,
    "members.import": bring_in,
    "members.export": take_out,
    "members.move": move,
    "members.rename": rename_member,
    "members.details": look_up,
    "members.remind": remind,
    "members.correct": correct,
    "members.remove": remove,
    "branches.add": grow,
    "branches.change": rename_branch,
    "roles.appoint": appoint,
    "roles.remove": remove_admin,
    "roles.handover": hand_over,
    "security": secure,
    "log": read_log,
    "notices.send": send,
    "notices.keep": recall,
    "notices.send_below": send_below,
    "notices.pass_on": pass_on,
    **OF_TASKS_TRIED,
    "certification.apply": apply,
    "certification.invite": invite,
    "certification.decide": decide,
    "certification.decide_rename": decide_rename,
    "certification.hand_over": claim_link,
    "certification.decertify_below": decertify_below,
    "certification.decertify": decertify,
    "certification.rename": rename,
    "certification.ask_rename": ask_rename,
    "certification.dissolve": dissolve,
}


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
