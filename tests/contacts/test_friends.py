"""好友: who may ask whom, what is said and what is better not said."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.contacts import policy
from lianxue.contacts.actions import cards, friends
from lianxue.contacts.models import Block, FriendRequest, Friendship, Group, GroupMember
from lianxue.contacts.queries import friends as queries
from lianxue.inbox.actions import user_place
from lianxue.inbox.models import InboxItem
from lianxue.inbox.queries import open_todos
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, RateLimited, StateConflict
from tests.cast import Cast
from tests.factories import UserFactory


def todos(user: User) -> list[str]:
    return [item.title for item in open_todos([user_place(user.pk)])]


def news(user: User) -> list[str]:
    rows = InboxItem.objects.filter(place=user_place(user.pk), kind="message")
    return list(rows.values_list("title", flat=True))


def befriend(one: User, other: User, **values: Any) -> Friendship:
    first, second = sorted((one.pk, other.pk))
    return Friendship.objects.create(first_id=first, second_id=second, since=now(), **values)


def code(act: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises((StateConflict, InvalidInput)) as caught:
        act(*args, **kwargs)
    return caught.value.code


def test_asked_and_accepted(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk, "我是刘洋")
    assert todos(cast.owner) == ["刘洋申请加您为好友"]
    assert queries.waiting_count(cast.owner) == 1
    assert queries.standing(cast.owner, [cast.member.pk]) == {cast.member.pk: "asks_me"}
    assert queries.standing(cast.member, [cast.owner.pk]) == {cast.owner.pk: "asked"}
    friends.answer(cast.owner, request.pk, accept=True)
    assert todos(cast.owner) == []
    assert news(cast.member) == ["李明同意了您的好友申请"]
    assert news(cast.owner) == []
    assert list(queries.friends_of(cast.member)) == [cast.owner]
    assert list(queries.friends_of(cast.owner)) == [cast.member]
    assert queries.standing(cast.member, [cast.owner.pk]) == {cast.owner.pk: "friend"}
    assert code(friends.answer, cast.owner, request.pk, accept=True) == "not-open"
    assert code(friends.ask, cast.owner, cast.member.pk) == "already-friends"


def test_a_refusal_is_not_told(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk, "我是刘洋")
    friends.answer(cast.owner, request.pk, accept=False)
    assert news(cast.member) == []
    assert todos(cast.owner) == []
    assert queries.waiting_count(cast.owner) == 0
    assert queries.sent_state(queries.sent(cast.member).get()) == "waiting"
    assert code(friends.ask, cast.member, cast.owner.pk) == "already-asked"
    FriendRequest.objects.update(asked_at=now() - timedelta(days=7))
    assert queries.sent_state(queries.sent(cast.member).get()) == "unanswered"
    friends.ask(cast.member, cast.owner.pk, "再次申请")
    assert todos(cast.owner) == ["刘洋申请加您为好友"]
    assert queries.sent(cast.member).count() == 1, "as if the first had only waited"


def test_who_refused_may_think_better_of_it(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk)
    friends.answer(cast.owner, request.pk, accept=False)
    friends.ask(cast.owner, cast.member.pk)
    assert Friendship.objects.count() == 1
    assert news(cast.member) == ["李明同意了您的好友申请"]


def test_asking_back_makes_friends(cast: Cast) -> None:
    friends.ask(cast.member, cast.owner.pk)
    request = friends.ask(cast.owner, cast.member.pk)
    assert request.state == "accepted"
    assert Friendship.objects.count() == 1
    assert FriendRequest.objects.filter(state="asked").count() == 0
    assert todos(cast.owner) == todos(cast.member) == []


def test_taken_back(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk)
    friends.withdraw(cast.member, request.pk)
    assert todos(cast.owner) == []
    assert code(friends.answer, cast.owner, request.pk, accept=True) == "not-open"
    assert code(friends.withdraw, cast.member, request.pk) == "not-open"
    assert code(friends.ask, cast.member, cast.owner.pk) == "already-asked", "once a week"
    with pytest.raises(NotFound):
        friends.withdraw(cast.owner, request.pk)
    with pytest.raises(NotFound):
        friends.answer(cast.member, request.pk, accept=True)


def test_strangers_are_not_asked_by_their_ids(cast: Cast) -> None:
    for person in (cast.stranger, cast.other_member, cast.newcomer_admin):
        for way in ("organization", "group", "phone_book", "card"):
            with pytest.raises(NotFound):
                friends.ask(person, cast.owner.pk, way=way)
    with pytest.raises(InvalidInput):
        friends.ask(cast.owner, cast.owner.pk)
    with pytest.raises(InvalidInput):
        friends.ask(cast.member, cast.owner.pk, way="phone")
    assert not FriendRequest.objects.exists()


def test_by_phone_book_only_who_allows_it(cast: Cast) -> None:
    User.objects.filter(pk=cast.owner.pk).update(findable_by_phone=True)
    friends.ask(cast.stranger, cast.owner.pk, way="phone_book")
    assert todos(cast.owner) == ["杨帆申请加您为好友"]


def test_by_phone_nothing_is_told(cast: Cast) -> None:
    """Whether a number is registered, findable, blocked, a friend's, asked before: nobody knows."""
    shy, found = UserFactory(name="不公开"), UserFactory(name="可找到", findable_by_phone=True)
    friend = UserFactory(findable_by_phone=True)
    befriend(cast.stranger, friend)
    hostile = UserFactory(findable_by_phone=True)
    Block.objects.create(user=hostile, blocked=cast.stranger, since=now())
    closed = UserFactory(findable_by_phone=True, is_active=False)
    numbers = [one.phone for one in (shy, found, friend, hostile, closed, found)]
    for phone in [*numbers, "13655550000"]:
        friends.ask_by_phone(cast.stranger, phone, "我是杨帆")
    assert todos(found) == ["杨帆申请加您为好友"]
    assert [todos(one) for one in (shy, friend, hostile, closed)] == [[], [], [], []]
    assert not queries.sent(cast.stranger).exists()
    assert queries.standing(cast.stranger, [found.pk]) == {}
    assert not policy.visible_people(cast.stranger).filter(pk=found.pk).exists()
    events = AuditEvent.objects.filter(action="friend.asked")
    assert {event.target_id for event in events} == {""}
    assert not [event for event in events if found.phone in str(event.data)]
    with pytest.raises(NotFound):
        friends.withdraw(cast.stranger, FriendRequest.objects.get(to_user=found).pk)
    friends.answer(found, FriendRequest.objects.get(to_user=found).pk, accept=True)
    assert queries.sent(cast.stranger).get().to_user == found


def test_the_same_work_whatever_the_number(cast: Cast, django_assert_max_num_queries: Any) -> None:
    """A registered number that may not be found costs what an unknown one costs; one that is
    reached costs its two inserts more."""
    friends.ask_by_phone(cast.stranger, "13655550000")
    shy, found = UserFactory(), UserFactory(findable_by_phone=True)
    counts = []
    for phone in ("13655550001", shy.phone):
        with django_assert_max_num_queries(40) as seen:
            friends.ask_by_phone(cast.stranger, phone)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    with django_assert_max_num_queries(counts[0] + 2):
        friends.ask_by_phone(cast.stranger, found.phone)


def test_a_number_asked_before_says_nothing_about_a_colleague(cast: Cast) -> None:
    """Whoever asked a number and then each colleague would find its owner by the refusal."""
    User.objects.filter(pk=cast.owner.pk).update(findable_by_phone=True)
    friends.ask_by_phone(cast.member, cast.owner.phone, "第一次")
    friends.ask(cast.member, cast.owner.pk, "第二次")
    friends.ask(cast.member, cast.colleague.pk, "第二次")
    assert [queries.sent_state(row) for row in queries.sent(cast.member)] == ["waiting"] * 2
    assert len(todos(cast.owner)) == 1
    assert queries.received(cast.owner).get().words == "第二次"


def test_the_own_number_and_what_is_no_number(cast: Cast) -> None:
    for phone in (cast.stranger.phone, "", "123", "\0", "9" * 5000):
        with pytest.raises(InvalidInput) as caught:
            friends.ask_by_phone(cast.stranger, phone)
        assert "phone" in caught.value.fields
    with pytest.raises(InvalidInput) as caught:
        friends.ask_by_phone(cast.stranger, "13655550000", "我" * 51)
    assert "words" in caught.value.fields


def test_so_many_numbers_in_a_day(cast: Cast) -> None:
    for n in range(friends.NUMBERS.count):
        friends.ask_by_phone(cast.stranger, f"136555500{n:02d}")
    with pytest.raises(RateLimited) as caught:
        friends.ask_by_phone(cast.stranger, "13655559999")
    assert "phone" in caught.value.fields


def test_so_many_open_requests(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "MAX_OPEN", 2)
    User.objects.update(findable_by_phone=True)
    friends.ask_by_phone(cast.member, cast.whole_admin.phone)
    friends.ask(cast.member, cast.owner.pk)
    request = friends.ask(cast.member, cast.colleague.pk)
    friends.answer(cast.colleague, request.pk, accept=False)  # still counts: it is not known
    assert code(friends.ask, cast.member, cast.outsider_admin.pk) == "too-many-open"
    friends.withdraw(cast.member, request.pk)
    friends.ask(cast.member, cast.outsider_admin.pk)


def test_so_many_friends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "MAX_FRIENDS", 1)
    befriend(cast.owner, cast.colleague)
    request = friends.ask(cast.member, cast.owner.pk)
    assert code(friends.answer, cast.owner, request.pk, accept=True) == "friends-full"
    assert code(friends.ask, cast.owner, cast.member.pk) == "friends-full"
    assert FriendRequest.objects.get().state == "asked", "nothing half done"
    other = friends.ask(cast.owner, cast.whole_admin.pk)
    assert code(friends.answer, cast.whole_admin, other.pk, accept=True) == "friends-full"
    assert Friendship.objects.count() == 1


def test_ended_by_one_for_both(cast: Cast) -> None:
    befriend(cast.owner, cast.member)
    friends.unfriend(cast.member, cast.owner.pk)
    assert not queries.friends_of(cast.owner).exists()
    assert news(cast.owner) == []
    assert code(friends.unfriend, cast.owner, cast.member.pk) == "not-friends"


def test_blocked(cast: Cast) -> None:
    befriend(cast.owner, cast.member)
    friends.block(cast.owner, cast.member.pk)
    friends.block(cast.owner, cast.member.pk)
    assert not Friendship.objects.exists()
    assert [row.blocked for row in queries.blocked_of(cast.owner)] == [cast.member]
    friends.ask(cast.member, cast.owner.pk, "请加我")
    assert todos(cast.owner) == []
    assert not queries.received(cast.owner).exists()
    assert queries.sent_state(queries.sent(cast.member).get()) == "waiting"
    assert news(cast.member) == []
    assert code(friends.ask, cast.owner, cast.member.pk) == "in-black-list"
    friends.unblock(cast.owner, cast.member.pk)
    assert not queries.received(cast.owner).exists(), "what was asked meanwhile stays unseen"
    friends.ask(cast.owner, cast.member.pk)
    assert Friendship.objects.count() == 1


def test_a_block_ends_what_was_asked_either_way(cast: Cast) -> None:
    friends.ask(cast.member, cast.owner.pk)
    mine = friends.ask(cast.owner, cast.colleague.pk)
    friends.block(cast.owner, cast.member.pk)
    friends.block(cast.owner, cast.colleague.pk)
    assert todos(cast.owner) == todos(cast.colleague) == []
    assert queries.sent_state(queries.sent(cast.member).get()) == "waiting"
    assert queries.sent_state(FriendRequest.objects.get(pk=mine.pk)) == "withdrawn"


def test_whom_one_may_not_block(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        friends.block(cast.owner, cast.owner.pk)
    for person in (cast.stranger.pk, 999_999, 2**63, 10**30):
        with pytest.raises(NotFound):
            friends.block(cast.owner, person)
    with pytest.raises(NotFound):
        friends.unblock(cast.owner, cast.member.pk)


def test_events_stand_in_the_own_stream(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk)
    friends.answer(cast.owner, request.pk, accept=True)
    friends.show_number(cast.owner, cast.member.pk, shown=True)
    friends.unfriend(cast.member, cast.owner.pk)
    friends.block(cast.owner, cast.member.pk)
    friends.unblock(cast.owner, cast.member.pk)
    kinds = AuditEvent.objects.filter(action__startswith="friend.").order_by("pk")
    assert list(kinds.values_list("stream", "action")) == [
        (f"user:{cast.member.pk}", "friend.asked"),
        (f"user:{cast.owner.pk}", "friend.accepted"),
        (f"user:{cast.owner.pk}", "friend.number_opened"),
        (f"user:{cast.member.pk}", "friend.ended"),
        (f"user:{cast.owner.pk}", "friend.blocked"),
        (f"user:{cast.owner.pk}", "friend.unblocked"),
    ]


def test_the_card_and_its_new_code(cast: Cast) -> None:
    token = cards.own_card(cast.owner).token
    assert cards.own_card(cast.owner).token == token
    request = cards.ask_by_card(cast.stranger, token, "我是杨帆")
    assert (request.to_user, request.way) == (cast.owner, "card")
    new = cards.renew_card(cast.owner).token
    assert new != token
    for old in (token, "", "\0", "x" * 5000):
        with pytest.raises(NotFound):
            cards.ask_by_card(cast.other_member, old)
    cards.ask_by_card(cast.other_member, new)
    with pytest.raises(InvalidInput):
        cards.ask_by_card(cast.owner, new)


def test_the_token_is_encrypted_at_rest(cast: Cast) -> None:
    token = cards.own_card(cast.owner).token
    with connection.cursor() as cursor:
        cursor.execute("SELECT token, token_hash FROM contacts_cardlink")
        (row,) = cursor.fetchall()
    assert token not in " ".join(row)


def test_a_group_is_a_way_to_ask(cast: Cast) -> None:
    group = Group.objects.create(name="摄影", owner=cast.stranger, created_at=now())
    for person in (cast.stranger, cast.other_member):
        GroupMember.objects.create(group=group, user=person, joined_at=now())
    friends.ask(cast.other_member, cast.stranger.pk, way="group")
    assert todos(cast.stranger) == ["吴磊申请加您为好友"]
    group.dissolved_at = timezone.now()
    group.save()
    FriendRequest.objects.all().delete()
    with pytest.raises(NotFound):
        friends.ask(cast.other_member, cast.stranger.pk, way="group")
