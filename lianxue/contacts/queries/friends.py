"""Reads of friends: who they are, what was asked, who is blocked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import User
from lianxue.shared.errors import NotFound
from lianxue.shared.names import letter_of, query_range, search_tokens
from lianxue.shared.pagination import Page, paginate

from .. import policy
from ..models import Block, FriendRequest, Friendship

State, Way = FriendRequest.State, FriendRequest.Way

#: Friends on one page of 我的好友.
PAGE = 50


@dataclass(frozen=True)
class Pair:
    """How two people stand to each other, read under their lock: ``me`` asks, answers, ends.

    ``mine``, ``theirs``: the newest request of each direction, whatever became of it.
    """

    me: User
    other_id: int
    friendship: Friendship | None
    mine: FriendRequest | None
    theirs: FriendRequest | None
    i_block: bool
    they_block: bool


def pair_of(me: User, other_id: int) -> Pair:
    """How ``me`` and the other one stand, in three statements whatever there is."""
    both = Q(from_user=me, to_user=other_id) | Q(from_user=other_id, to_user=me)
    newest: dict[int, FriendRequest] = {}
    for row in FriendRequest.objects.filter(both).order_by("asked_at", "pk"):
        newest[row.from_user_id] = row
    blocks = set(
        Block.objects.filter(
            Q(user=me, blocked=other_id) | Q(user=other_id, blocked=me)
        ).values_list("user_id", flat=True)
    )
    return Pair(
        me=me,
        other_id=other_id,
        friendship=policy.friendship_between(me.pk, other_id),
        mine=newest.get(me.pk),
        theirs=newest.get(other_id),
        i_block=me.pk in blocks,
        they_block=other_id in blocks,
    )


def standing(user: User, ids: Sequence[int]) -> dict[int, str]:
    """``friend``, ``asks_me`` or ``asked`` by person; who is none of them is not in it.

    As ``user`` may know it: whom ``user`` asked by number is not ``asked``, a refused one is.
    """
    wanted = list(ids)
    asked = FriendRequest.objects.filter(
        from_user=user,
        to_user__in=wanted,
        state__in=[State.ASKED, State.REFUSED],
        asked_at__gt=policy.waiting_since(),
    ).exclude(way=Way.PHONE)
    asking = FriendRequest.objects.filter(to_user=user, from_user__in=wanted, state=State.ASKED)
    found = dict.fromkeys(asked.values_list("to_user_id", flat=True), "asked")
    found |= dict.fromkeys(asking.values_list("from_user_id", flat=True), "asks_me")
    rows = policy.friendships_of(user).filter(Q(first__in=wanted) | Q(second__in=wanted))
    for first, second in rows.values_list("first_id", "second_id"):
        found[second if first == user.pk else first] = "friend"
    return found


def friends_of(user: User, text: str = "") -> QuerySet[User, Any]:
    """The user's friends A to Z; ``text``: whose name, pinyin or initials it is a part of.

    At most 2,000 friends are looked through, with the same tokens as the search of 通讯录.
    """
    rows = User.objects.filter(pk__in=policy.friend_ids(user), is_active=True)
    low, _ = query_range(text)
    if low:
        names = rows.values_list("pk", "name")
        rows = User.objects.filter(
            pk__in=[
                pk
                for pk, name in names
                if any(token.startswith(low) for token in search_tokens(name))
            ]
        )
    return rows.order_by("sort_key", "name", "pk")


@dataclass(frozen=True)
class Letter:
    """A heading of 我的好友: on which page it begins (from 1)."""

    letter: str
    page: int


def friend_page(user: User, text: str, number: object) -> tuple[Page[User], list[Letter]]:
    """A page of friends and all headings with the page each begins on, in three statements."""
    rows = friends_of(user, text)
    keys = list(rows.values_list("sort_key", flat=True))
    letters: dict[str, int] = {}
    for place, key in enumerate(keys):
        letters.setdefault(letter_of(key), place // PAGE + 1)
    return paginate(rows, number, PAGE), [Letter(*one) for one in letters.items()]


def sections(people: Sequence[User]) -> list[tuple[str, list[User]]]:
    """These people, who stand A to Z, under their headings."""
    found: dict[str, list[User]] = {}
    for person in people:
        found.setdefault(letter_of(person.sort_key), []).append(person)
    return list(found.items())


def received(user: User) -> QuerySet[FriendRequest, Any]:
    """Who asks ``user`` now, newest first."""
    return (
        FriendRequest.objects.filter(to_user=user, state=State.ASKED, from_user__is_active=True)
        .select_related("from_user")
        .order_by("-asked_at", "-pk")
    )


def sent(user: User) -> QuerySet[FriendRequest, Any]:
    """What ``user`` asked, newest first; by number only what was accepted (``visible_people``)."""
    return (
        FriendRequest.objects.filter(from_user=user)
        .exclude(Q(way=Way.PHONE) & ~Q(state=State.ACCEPTED))
        .select_related("to_user")
        .order_by("-asked_at", "-pk")
    )


def sent_state(request: FriendRequest) -> str:
    """``waiting``, ``accepted``, ``withdrawn`` or ``unanswered``, as the asker sees it."""
    if request.state in {State.ACCEPTED, State.WITHDRAWN}:
        return str(request.state)
    return "waiting" if policy.stands(request) else "unanswered"


#: What these states are called on screen.
SENT_STATES = {
    "waiting": "等待对方同意",
    "accepted": "已同意",
    "withdrawn": "已撤回",
    "unanswered": "暂未回应",
}


def waiting_count(user: User) -> int:
    """How many ask ``user`` to be friends."""
    return received(user).count()


def blocked_of(user: User) -> QuerySet[Block, Any]:
    """黑名单, the newest first."""
    return Block.objects.filter(user=user).select_related("blocked").order_by("-since", "-pk")


def get_received(user: User, request_id: int) -> FriendRequest:
    """A request to ``user``, open or not. Raises NotFound."""
    found = FriendRequest.objects.filter(pk=request_id, to_user=user).first()
    if found is None:
        raise NotFound("没有找到这条好友申请，对方可能已撤回。")
    return found


def get_sent(user: User, request_id: int) -> FriendRequest:
    """A request that ``user`` sees among the own ones. Raises NotFound."""
    found: FriendRequest | None = sent(user).filter(pk=request_id).first()
    if found is None:
        raise NotFound("没有找到这条好友申请。")
    return found
