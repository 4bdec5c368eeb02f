"""Branch trees under random work: whatever happens, the rules of design §3.1 hold."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lianxue.organizations import queries
from lianxue.organizations.actions import branches, members
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant
from lianxue.organizations.newcomers import NewPerson
from lianxue.shared.errors import DomainError
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory, grant

NAMES = st.sampled_from([f"第{n}党支部" for n in "一二三四五"])
PICK = st.integers(min_value=0, max_value=999)


class Trees(RuleBasedStateMachine):
    """Two organisations, one forest; every step is an action that may say no, never half done."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def start(self) -> None:
        self.organizations: list[Organization] = []
        self.people = 0
        for _ in range(2):
            organization = OrganizationFactory()
            seat = MembershipFactory(organization=organization, user=UserFactory())
            grant(seat, RoleGrant.Role.MAIN_ADMIN)
            self.organizations.append(organization)

    def _owner(self, organization: Organization) -> Any:
        seat = Membership.objects.get(
            organization=organization, role_grants__role=RoleGrant.Role.MAIN_ADMIN
        )
        return seat.user

    def _branch(self, organization: Organization, pick: int) -> Branch | None:
        rows = list(Branch.objects.filter(organization=organization))
        choices: list[Branch | None] = [None, *rows]
        return choices[pick % len(choices)]

    @rule(which=st.integers(0, 1), parent=PICK, name=NAMES)
    def add(self, which: int, parent: int, name: str) -> None:
        organization = self.organizations[which]
        above = self._branch(organization, parent)
        self._try(
            branches.add_branch,
            self._owner(organization),
            organization.pk,
            name,
            "branch",
            above.pk if above else None,
        )

    @rule(which=st.integers(0, 1), moved=PICK, parent=PICK)
    def move(self, which: int, moved: int, parent: int) -> None:
        organization = self.organizations[which]
        branch, above = self._branch(organization, moved), self._branch(organization, parent)
        if branch:
            owner = self._owner(organization)
            self._try(branches.move_branch, owner, branch.pk, above.pk if above else None)

    @rule(which=st.integers(0, 1), source=PICK, into=PICK)
    def merge(self, which: int, source: int, into: int) -> None:
        organization = self.organizations[which]
        one, other = self._branch(organization, source), self._branch(organization, into)
        if one and other:
            self._try(branches.merge_branches, self._owner(organization), one.pk, other.pk)

    @rule(which=st.integers(0, 1), gone=PICK)
    def delete(self, which: int, gone: int) -> None:
        organization = self.organizations[which]
        branch = self._branch(organization, gone)
        if branch:
            self._try(branches.delete_branch, self._owner(organization), branch.pk)

    @precondition(lambda self: self.people < 30)
    @rule(which=st.integers(0, 1), place=PICK)
    def add_person(self, which: int, place: int) -> None:
        organization = self.organizations[which]
        branch = self._branch(organization, place)
        self.people += 1
        members.add_members(
            self._owner(organization),
            organization.pk,
            branch.pk if branch else None,
            [NewPerson("某人", f"136{self.people:08d}")],
        )

    @rule(which=st.integers(0, 1), who=PICK, place=PICK, leave=st.booleans())
    def move_or_remove_person(self, which: int, who: int, place: int, leave: bool) -> None:
        organization = self.organizations[which]
        seats = list(Membership.objects.filter(organization=organization, state="invited"))
        if not seats:
            return
        seat, branch = seats[who % len(seats)], self._branch(organization, place)
        if leave:
            members.remove_member(self._owner(organization), seat.pk, "组织关系转出")
        else:
            members.move_members(
                self._owner(organization), organization.pk, [seat.pk], branch.pk if branch else None
            )

    def _try(self, action: Any, *args: Any) -> None:
        before = list(Branch.objects.values_list("pk", "path", "name"))
        try:
            action(*args)
        except DomainError:
            assert list(Branch.objects.values_list("pk", "path", "name")) == before

    @invariant()
    def the_tree_is_whole(self) -> None:
        assert not any(Branch.objects.find_problems())
        by_path = {branch.path: branch for branch in Branch.objects.all()}
        for branch in by_path.values():
            above = queries.parent_of(branch)
            assert (above is None) == (branch.depth == 1)
            assert above is None or above.organization_id == branch.organization_id
            assert branch.depth <= branches.MAX_DEPTH

    @invariant()
    def names_are_apart(self) -> None:
        seen = set()
        for branch in Branch.objects.all():
            key = (branch.organization_id, branch.path[:-4], branch.name)
            assert key not in seen
            seen.add(key)

    @invariant()
    def everybody_stands_in_the_own_organisation(self) -> None:
        for seat in Membership.objects.select_related("branch"):
            assert seat.branch is None or seat.branch.organization_id == seat.organization_id


@pytest.mark.slow
def test_trees(db: None) -> None:
    run_state_machine_as_test(
        Trees,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
