"""好友: asking, answering, taking back, ending; the black list.

Every act on two people holds both (``_hold``), so that crossing requests end in one friendship.
What the other one did not like is never told: a refused request looks to its asker like one that
nobody answered, and so does what is asked of somebody who blocked the asker.
"""

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.accounts.queries import clean_line
from lianxue.audit.actions import record, register_events
from lianxue.inbox.actions import Note, close_todos, post_message, post_todo, user_place
from lianxue.shared import ratelimit
from lianxue.shared.clock import now
from lianxue.shared.dbtools import lock_name
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from lianxue.shared.phones import mask_phone, normalize_phone
from lianxue.shared.ratelimit import Limit

from .. import policy
from ..models import Block, FriendRequest, Friendship
from ..queries import friends as queries
from ..queries import people
from ..queries.friends import Pair

register_events(
    {
        "friend.asked": "申请加好友",
        "friend.accepted": "同意了好友申请",
        "friend.refused": "谢绝了好友申请",
        "friend.withdrawn": "撤回了好友申请",
        "friend.ended": "删除了好友",
        "friend.blocked": "加入了黑名单",
        "friend.unblocked": "移出了黑名单",
        "friend.number_opened": "允许好友查看手机号码",
        "friend.number_closed": "不再允许好友查看手机号码",
    }
)

State, Way = FriendRequest.State, FriendRequest.Way

#: What an asker can't tell apart; so what comes next must not differ either.
_UNTOLD = {State.ASKED, State.REFUSED}
_TOPIC = "friend.request"
MAX_WORDS = 50
_DAY = 24 * 3600
#: Of one person in a day: people asked in all, and numbers tried.
ASKS = Limit(50, _DAY, "今天发出的好友申请已经很多了，请明天再试。")
NUMBERS = Limit(20, _DAY, "今天用手机号添加的次数已经用完，请明天再试，或请对方出示二维码名片。")


def ask(
    actor: User, to_user_id: int, words: str = "", way: str = Way.ORGANIZATION
) -> FriendRequest:
    """Ask somebody to be friends; asking back whoever asks me makes us friends at once.

    ``way`` phone_book: the caller has matched the number; the person must allow being found by it.
    Any other: somebody whose card ``actor`` may open (a card's link: ``cards.ask_by_card``).
    Not to be called inside a transaction (the daily limit is counted on its own).
    Raises InvalidInput at ``words``, NotFound, StateConflict (already-friends, already-asked,
    in-black-list, too-many-open, friends-full), RateLimited.
    """
    if to_user_id == actor.pk:
        raise InvalidInput("这是您自己，不用加好友。")
    if way == Way.PHONE_BOOK:
        other = User.objects.filter(
            pk=to_user_id, findable_by_phone=True, is_active=True
        ).first() or people.get_person(actor, to_user_id)
    else:
        other = people.get_person(actor, to_user_id)
    return ask_known(actor, other, words, way)


def ask_known(actor: User, other: User, words: str, way: str) -> FriendRequest:
    """As ``ask``, for callers that have made sure that ``actor`` may ask ``other``."""
    if way not in set(Way.values) - {Way.PHONE}:
        raise InvalidInput("请从页面上的入口添加好友。")
    tidy = _tidy(words)
    ratelimit.hit_all({f"friend-ask:{actor.pk}": ASKS})
    return _ask(actor, other, tidy, way)


@transaction.atomic
def _ask(actor: User, other: User, words: str, way: str) -> FriendRequest:
    request = _ask_held(_hold(actor, other.pk), words, way)
    record(actor, "friend.asked", target=other, data={"way": way})
    return request


def ask_by_phone(actor: User, phone: str, words: str = "") -> None:
    """Ask whoever has this number and allows being found by it.

    The answer is nothing in every case, so that nobody learns whether a number is registered; the
    same statements are run up to the two inserts that reach somebody. Not to be called inside a
    transaction. Raises InvalidInput at ``phone`` (no number, or the own) or ``words``, RateLimited.
    """
    number = normalize_phone(phone)
    if number == actor.phone:
        raise InvalidInput.at("phone", "这是您自己的号码，请填写对方的手机号码。")
    tidy = _tidy(words)
    ratelimit.hit_all(
        {f"friend-ask:{actor.pk}": ASKS, f"friend-number:{actor.pk}": NUMBERS}, field="phone"
    )
    _ask_number(actor, number, tidy)


@transaction.atomic
def _ask_number(actor: User, number: str, words: str) -> None:
    found = User.objects.filter(phone=number, findable_by_phone=True, is_active=True).first()
    pair = _hold(actor, found.pk if found else 0)
    # no target: whoever reads the own events must not learn it either
    record(actor, "friend.asked", data={"way": Way.PHONE, "phone": mask_phone(number)})
    if found is None:
        return
    try:
        _ask_held(pair, words, Way.PHONE)
    except StateConflict:
        return  # friends already, asked already, full: nothing was written, nothing is told


def _ask_held(pair: Pair, words: str, way: str) -> FriendRequest:
    """One request under the lock of both. Raises StateConflict before anything is written."""
    if pair.friendship is not None:
        raise StateConflict("你们已经是好友了。", code="already-friends")
    if pair.i_block:
        raise StateConflict("对方在您的黑名单里，请先移出黑名单，再加好友。", code="in-black-list")
    theirs = pair.theirs
    if theirs is not None and (theirs.state == State.ASKED or policy.stands(theirs)):
        _befriend(pair, theirs)
        return theirs
    waiting = _still_waiting(pair, words, way)
    if waiting is not None:
        return waiting
    _require_few_open(pair.me, way)
    mine, moment = pair.mine, now()
    if mine is None or mine.state not in _UNTOLD:
        mine = FriendRequest(from_user=pair.me, to_user_id=pair.other_id)
    mine.words, mine.way, mine.asked_at = words, way, moment
    mine.state, mine.answered_at = State.ASKED, None
    if pair.they_block:  # it looks like every other to its asker, and reaches nobody
        mine.state, mine.answered_at = State.REFUSED, moment
    mine.save()
    if mine.state == State.ASKED:
        _post(pair, mine)
    return mine


def _still_waiting(pair: Pair, words: str, way: str) -> FriendRequest | None:
    """What was asked within a week and by number alone comes into view when it is asked otherwise.

    Raises StateConflict for what is in view already, and for what was taken back: each person is
    asked once a week at most.
    """
    mine = pair.mine
    if mine is None or mine.state == State.ACCEPTED or mine.asked_at <= policy.waiting_since():
        return None
    unseen = mine.way == Way.PHONE and way != Way.PHONE
    if mine.state == State.WITHDRAWN:
        if unseen:
            return None
        raise StateConflict(
            f"您最近撤回过给对方的申请，{policy.ASK_AGAIN_DAYS} 天后可以再次申请。",
            code="already-asked",
        )
    if not unseen:
        raise StateConflict("您已经申请过了，请等对方同意。", code="already-asked")
    mine.words, mine.way, mine.asked_at = words, way, now()
    mine.save(update_fields=["words", "way", "asked_at"])
    return mine


def _require_few_open(user: User, way: str) -> None:
    """By number is not counted (its own daily limit holds): the count would tell who was found."""
    if way == Way.PHONE:
        return
    standing = FriendRequest.objects.filter(
        from_user=user,
        state__in=_UNTOLD,
        asked_at__gt=policy.waiting_since(),
    ).exclude(way=Way.PHONE)
    if standing.count() >= policy.MAX_OPEN:
        raise StateConflict(
            f"您有 {policy.MAX_OPEN} 条申请还在等对方同意，请等一等，或先撤回几条。",
            code="too-many-open",
        )


@transaction.atomic
def answer(actor: User, request_id: int, *, accept: bool) -> FriendRequest:
    """同意 or 谢绝. Raises NotFound for a request to somebody else, StateConflict (not-open,
    friends-full). The asker is told of 同意 alone.
    """
    seen = queries.get_received(actor, request_id)
    pair = _hold(actor, seen.from_user_id)
    request = queries.get_received(actor, request_id)
    if request.state != State.ASKED:
        raise StateConflict(_NOT_OPEN[request.state], code="not-open")
    if accept:
        _befriend(pair, request)
    else:
        _end(actor, request, State.REFUSED)
        record(actor, "friend.refused", target=request)
    return request


_NOT_OPEN: dict[str, str] = {
    State.ACCEPTED: "这条申请您已经同意过了。",
    State.REFUSED: "这条申请您已经谢绝过了。想加对方，可以打开对方的名片加好友。",
    State.WITHDRAWN: "对方已撤回这条申请。",
}


@transaction.atomic
def withdraw(actor: User, request_id: int) -> FriendRequest:
    """撤回 what was asked; a refused one too, its asker does not know. Raises NotFound,
    StateConflict (not-open).
    """
    seen = queries.get_sent(actor, request_id)
    _hold(actor, seen.to_user_id)
    request = FriendRequest.objects.get(pk=request_id)
    if request.state not in _UNTOLD:
        words = (
            "对方已经同意，你们是好友了。" if request.state == State.ACCEPTED else "已经撤回了。"
        )
        raise StateConflict(words, code="not-open")
    _end(actor, request, State.WITHDRAWN)
    record(actor, "friend.withdrawn", target=request)
    return request


@transaction.atomic
def unfriend(actor: User, user_id: int) -> None:
    """删除好友, for both; the other one is not told. Raises StateConflict (not-friends)."""
    pair = _hold(actor, user_id)
    friendship = _friendship(pair)
    record(actor, "friend.ended", target=friendship, data={"user": user_id})
    friendship.delete()


@transaction.atomic
def show_number(actor: User, user_id: int, *, shown: bool) -> None:
    """Let one friend see the own whole number, or no longer. Raises StateConflict (not-friends)."""
    friendship = _friendship(_hold(actor, user_id))
    side = "first_shows" if friendship.first_id == actor.pk else "second_shows"
    if getattr(friendship, side) == shown:
        return
    setattr(friendship, side, shown)
    friendship.save(update_fields=[side])
    kind = "friend.number_opened" if shown else "friend.number_closed"
    record(actor, kind, target=friendship, data={"user": user_id})


@transaction.atomic
def block(actor: User, user_id: int) -> None:
    """加入黑名单: ends the friendship and what was asked either way; nothing is told.

    Blocking twice changes nothing. Raises InvalidInput (oneself), NotFound for somebody whose card
    ``actor`` may not open, StateConflict (black-list-full).
    """
    if user_id == actor.pk:
        raise InvalidInput("不能把自己加入黑名单。")
    pair = _hold(actor, user_id)
    other = people.get_person(actor, user_id)
    if pair.i_block:
        return
    if Block.objects.filter(user=actor).count() >= policy.MAX_BLOCKED:
        raise StateConflict(f"黑名单最多 {policy.MAX_BLOCKED} 人。", code="black-list-full")
    Block.objects.create(user=actor, blocked=other, since=now())
    if pair.friendship is not None:
        pair.friendship.delete()
    if pair.theirs is not None and pair.theirs.state == State.ASKED:
        _end(actor, pair.theirs, State.REFUSED)
    if pair.mine is not None and pair.mine.state in _UNTOLD:
        _end(actor, pair.mine, State.WITHDRAWN)
    record(actor, "friend.blocked", target=other)


@transaction.atomic
def unblock(actor: User, user_id: int) -> None:
    """移出黑名单; the friendship does not come back by itself. Raises NotFound."""
    _hold(actor, user_id)
    found = Block.objects.filter(user=actor, blocked=user_id).first()
    if found is None:
        raise NotFound("这个人不在您的黑名单里。")
    found.delete()
    record(actor, "friend.unblocked", data={"user": user_id})


def _hold(actor: User, other_id: int) -> Pair:
    """How the two stand, both held until the transaction ends; named locks are taken in one order,
    so that two who ask each other wait and do not block one another for good. Raises NotFound for
    what can be nobody's id.
    """
    if other_id >= 2**63:  # no database holds it
        raise NotFound
    names = [f"friends:{actor.pk}"]
    if other_id:  # 0: nobody has the number
        names.append(f"friends:{other_id}")
    lock_name(*names)
    return queries.pair_of(actor, other_id)


def _friendship(pair: Pair) -> Friendship:
    if pair.friendship is None:
        raise StateConflict("你们已经不是好友了。", code="not-friends")
    return pair.friendship


def _befriend(pair: Pair, request: FriendRequest) -> None:
    """``pair.me`` says yes to ``request`` of the other. Raises StateConflict (friends-full)."""
    _require_room(pair)
    moment = now()
    first, second = sorted((pair.me.pk, pair.other_id))
    Friendship.objects.create(first_id=first, second_id=second, since=moment)
    _end(pair.me, request, State.ACCEPTED)
    if pair.mine is not None and pair.mine.state in _UNTOLD:
        _end(pair.me, pair.mine, State.ACCEPTED)
    record(pair.me, "friend.accepted", target=request)
    post_message(
        request.from_user_id,
        Note(
            topic="friend.accepted",
            title=f"{pair.me.name}同意了您的好友申请",
            body="你们现在是好友了，可以在通讯录的“我的好友”里找到对方。",
            link=reverse("contacts:person", args=[pair.me.pk]),
        ),
    )


def _require_room(pair: Pair) -> None:
    if policy.friendships_of(pair.me).count() >= policy.MAX_FRIENDS:
        raise StateConflict(
            f"您的好友已满 {policy.MAX_FRIENDS} 位，请先删除不常联系的好友。", code="friends-full"
        )
    other = User(pk=pair.other_id)
    if policy.friendships_of(other).count() >= policy.MAX_FRIENDS:
        raise StateConflict("对方的好友已满，暂时不能成为好友。", code="friends-full")


def _end(actor: User, request: FriendRequest, state: FriendRequest.State) -> None:
    request.state, request.answered_at = state, now()
    request.save(update_fields=["state", "answered_at"])
    close_todos(actor, topic=_TOPIC, subject=f"friend_request:{request.pk}")


def _post(pair: Pair, request: FriendRequest) -> None:
    post_todo(
        user_place(pair.other_id),
        Note(
            topic=_TOPIC,
            title=f"{pair.me.name}申请加您为好友",
            body=request.words,
            link=reverse("contacts:new_friends"),
            subject=f"friend_request:{request.pk}",
        ),
    )


def _tidy(words: str) -> str:
    """Raises InvalidInput at ``words``."""
    return clean_line(words, field="words", label="验证信息", longest=MAX_WORDS, required=False)
