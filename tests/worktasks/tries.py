"""What each right of tasks is tried by in tests/organizations/test_access_rules.py."""

from collections.abc import Callable
from typing import Any, Protocol

from lianxue.accounts.models import User
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.errors import NotFound
from lianxue.worktasks.actions import answering, reviewing
from tests.factories import MembershipFactory, UserFactory, grant, make_branch
from tests.notices.makers import BELOW, WHOLE, to_branches

from .makers import sent_task, submitted, who


class Place(Protocol):
    """An organisation, one certified below it, and the person that tries."""

    organization: Organization
    below: Organization

    @property
    def who(self) -> User: ...

    def stand(self, branch: Branch | None) -> Membership: ...


def _boss(organization: Organization) -> User:
    """Somebody else who administers the whole of it."""
    user: User = UserFactory()
    grant(MembershipFactory(organization=organization, user=user), "learning_admin")
    return user


def _branch(place: Place, branch: Branch | None) -> Branch:
    """The branch, or one that no scope holds."""
    return branch or make_branch(place.organization, "别处")


def answer_unit(place: Place, branch: Branch | None) -> None:
    superior = place.organization.superior
    if superior is None:
        raise NotFound
    relay = sent_task(_boss(superior), superior, BELOW)
    answering.save_draft(place.who, relay.pk, who(place.organization), {}, 0)


def answer_branch(place: Place, branch: Branch | None) -> None:
    spot = _branch(place, branch)
    relay = sent_task(_boss(place.organization), place.organization, to_branches(spot))
    answering.save_draft(place.who, relay.pk, who(spot), {}, 0)


def review_member(place: Place, branch: Branch | None) -> None:
    seat = place.stand(branch)
    assert seat.user
    relay = sent_task(_boss(place.organization), place.organization, WHOLE, respondents="members")
    reviewing.accept(place.who, submitted(seat.user, relay, seat).pk)


def review_branch(place: Place, branch: Branch | None) -> None:
    boss, spot = _boss(place.organization), _branch(place, branch)
    relay = sent_task(boss, place.organization, to_branches(spot))
    reviewing.accept(place.who, submitted(boss, relay, spot).pk)


def review_unit(place: Place, branch: Branch | None) -> None:
    relay = sent_task(_boss(place.organization), place.organization, BELOW)
    answer = submitted(_boss(place.below), relay, place.below)
    reviewing.accept(place.who, answer.pk)


TRIES: dict[str, Callable[[Any, Branch | None], None]] = {
    "tasks.answer_unit": answer_unit,
    "tasks.answer_branch": answer_branch,
    "tasks.review_members": review_member,
    "tasks.review_branches": review_branch,
    "tasks.review_units": review_unit,
}
