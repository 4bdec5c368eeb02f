"""What crosses (PostgreSQL): two people act on each other at the same moment."""

from functools import partial

import pytest

from lianxue.audit.queries import first_broken_link
from lianxue.contacts import policy
from lianxue.contacts.actions import cards, friends
from lianxue.contacts.models import Block, CardLink, FriendRequest, Friendship
from lianxue.inbox.models import InboxItem
from lianxue.shared.errors import StateConflict
from tests.cast import Cast
from tests.organizations.test_concurrency import at_once, good, people

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 8


def again() -> None:
    """Nothing between anybody."""
    for model in (Friendship, FriendRequest, Block, InboxItem):
        model.objects.all().delete()


def open_todos() -> int:
    return InboxItem.objects.filter(topic="friend.request", done_at=None).count()


def test_both_ask_at_the_same_time(people: Cast) -> None:
    one, other = people.owner, people.member
    for _ in range(TIMES):
        again()
        results = at_once(
            [partial(friends.ask, one, other.pk), partial(friends.ask, other, one.pk)]
        )
        assert len(good(results)) == 2
        assert Friendship.objects.count() == 1
        assert list(FriendRequest.objects.values_list("state", flat=True)) == ["accepted"]
        assert open_todos() == 0
    assert first_broken_link(f"user:{one.pk}") is None


def test_the_same_one_is_asked_twice_at_once(people: Cast) -> None:
    for _ in range(TIMES):
        again()
        results = at_once([partial(friends.ask, people.member, people.owner.pk)] * 3)
        assert len(good(results)) == 1
        assert FriendRequest.objects.count() == 1
        assert open_todos() == 1


def test_accepted_while_taken_back(people: Cast) -> None:
    for _ in range(TIMES):
        again()
        pk = friends.ask(people.member, people.owner.pk).pk
        results = at_once(
            [
                partial(friends.answer, people.owner, pk, accept=True),
                partial(friends.withdraw, people.member, pk),
            ]
        )
        assert len(good(results)) == 1
        state = FriendRequest.objects.get().state
        assert Friendship.objects.exists() == (state == "accepted")
        assert state in {"accepted", "withdrawn"}
        assert open_todos() == 0


def test_accepted_and_refused_at_once(people: Cast) -> None:
    for _ in range(TIMES):
        again()
        pk = friends.ask(people.member, people.owner.pk).pk
        results = at_once(
            [
                partial(friends.answer, people.owner, pk, accept=True),
                partial(friends.answer, people.owner, pk, accept=False),
            ]
        )
        assert len(good(results)) == 1
        assert Friendship.objects.exists() == (FriendRequest.objects.get().state == "accepted")


def test_blocked_while_accepting(people: Cast) -> None:
    """Whichever comes first: in the end the block holds and nobody is friends."""
    for _ in range(TIMES):
        again()
        pk = friends.ask(people.member, people.owner.pk).pk
        at_once(
            [
                partial(friends.answer, people.owner, pk, accept=True),
                partial(friends.block, people.member, people.owner.pk),
            ]
        )
        assert Block.objects.count() == 1
        assert not Friendship.objects.exists()
        assert not FriendRequest.objects.filter(state="asked").exists()
        assert open_todos() == 0


def test_blocked_while_asked(people: Cast) -> None:
    for _ in range(TIMES):
        again()
        at_once(
            [
                partial(friends.ask, people.member, people.owner.pk),
                partial(friends.block, people.owner, people.member.pk),
            ]
        )
        assert FriendRequest.objects.get().state == "refused"
        assert open_todos() == 0


def test_friends_of_one_never_pass_the_limit(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three accept the same person at once; there is room for one."""
    monkeypatch.setattr(policy, "MAX_FRIENDS", 1)
    others = [people.owner, people.colleague, people.whole_admin]
    requests = [friends.ask(people.member, other.pk).pk for other in others]
    results = at_once(
        [
            partial(friends.answer, other, pk, accept=True)
            for other, pk in zip(others, requests, strict=True)
        ]
    )
    assert len(good(results)) == 1
    assert all(isinstance(one, StateConflict) for one in results if one not in good(results))
    assert Friendship.objects.count() == 1


def test_a_ring_of_three_never_waits_for_good(people: Cast) -> None:
    ring = [people.owner, people.colleague, people.member]
    for _ in range(TIMES):
        again()
        pairs = [(one, other) for one in ring for other in ring if one != other]
        results = at_once([partial(friends.ask, one, other.pk) for one, other in pairs])
        assert len(good(results)) == 6
        assert Friendship.objects.count() == 3


def test_one_card_however_often_it_is_opened_first(people: Cast) -> None:
    results = at_once([partial(cards.own_card, people.owner)] * 4)
    assert len({card.token for card in results}) == 1
    assert CardLink.objects.count() == 1
