"""我的名片: the link in the own QR code; 加好友 by somebody else's; a number that is shown."""

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.organizations.actions import members
from lianxue.shared import ratelimit
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, PermissionDenied
from lianxue.shared.ids import hash_token, new_token
from lianxue.shared.ratelimit import Limit

from .. import policy
from ..models import CardLink, FriendRequest
from ..queries import people
from . import friends

register_events(
    {
        "friend.card_renewed": "更换了二维码名片",
        "friend.number_revealed": "查看了好友的完整手机号码",
    }
)

_DAY = 24 * 3600
RENEWALS = Limit(20, _DAY, "今天换二维码的次数已经很多了，请明天再试。")
NUMBERS = Limit(100, _DAY, "今天查看的号码已经很多了，请明天再试。")


def own_card(actor: User) -> CardLink:
    """The person's card, made when it is first shown (``token`` on the row); then nothing is
    written, and nobody waited for."""
    return CardLink.objects.filter(user=actor).first() or _first_card(actor)


@transaction.atomic
def _first_card(actor: User) -> CardLink:
    token = new_token()
    card, _ = CardLink.objects.get_or_create(
        user=actor,
        defaults={"token": token, "token_hash": hash_token(token), "created_at": now()},
    )
    return card


def renew_card(actor: User) -> CardLink:
    """换一个二维码: the old code and link lead nowhere from now on.

    Not to be called inside a transaction. Raises RateLimited.
    """
    ratelimit.hit_all({f"card-renew:{actor.pk}": RENEWALS})
    return _renew(actor)


@transaction.atomic
def _renew(actor: User) -> CardLink:
    token = new_token()
    card, _ = CardLink.objects.update_or_create(
        user=actor,
        defaults={"token": token, "token_hash": hash_token(token), "created_at": now()},
    )
    record(actor, "friend.card_renewed", target=card)
    return card


def ask_by_card(actor: User, token: str, words: str = "") -> FriendRequest:
    """加为好友 on the card that a link opened; whoever shows it may be asked by everybody.

    Not to be called inside a transaction. Raises NotFound (card-not-found), InvalidInput, and what
    ``friends.ask`` raises.
    """
    owner = people.read_card(token)
    if owner.pk == actor.pk:
        raise InvalidInput("这是您自己的名片。")
    return friends.ask_known(actor, owner, words, FriendRequest.Way.CARD)


def reveal_number(actor: User, person_id: int) -> str:
    """显示号码 on a person's card: the whole number, where the card shows it (``policy.Number``).

    By an organisation's rules the look stands in that organisation's log, else in the own stream.
    Not to be called inside a transaction. Raises NotFound, PermissionDenied, RateLimited.
    """
    person = people.get_person(actor, person_id)
    number = policy.view_of(actor, person).number
    if number.kind != "open":
        raise PermissionDenied("对方没有向您公开手机号码。")
    if number.membership_id is not None:
        return members.reveal_phone(actor, number.membership_id)
    ratelimit.hit_all({f"friend-reveal:{actor.pk}": NUMBERS})
    return _reveal_friend(actor, person)


@transaction.atomic
def _reveal_friend(actor: User, person: User) -> str:
    friendship = policy.friendship_between(actor.pk, person.pk)
    if friendship is None or not policy.shown_by(friendship, person.pk):  # taken back meanwhile
        raise PermissionDenied("对方没有向您公开手机号码。")
    record(actor, "friend.number_revealed", target=person)
    return person.phone
