"""Reads of one person: the card, and who stands behind a card's link."""

from collections.abc import Sequence
from dataclasses import dataclass

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership
from lianxue.shared.errors import NotFound
from lianxue.shared.ids import hash_token

from .. import policy
from ..models import CardLink, FriendRequest
from . import friends


def get_person(viewer: User, person_id: int) -> User:
    """Somebody whose card ``viewer`` may open. Raises NotFound."""
    found: User | None = policy.visible_people(viewer, [person_id]).first()
    if found is None:
        raise NotFound("没有找到这个人，或您没有查看权限。")
    return found


@dataclass(frozen=True)
class Card:
    """A person's card as ``viewer`` sees it.

    ``standing``: ``friend``, ``asks_me``, ``asked`` or empty; ``request``: what waits for me.
    """

    view: policy.PersonView
    standing: str
    request: FriendRequest | None
    blocked: bool


def card_of(viewer: User, person: User) -> Card:
    """The card of somebody whom ``get_person`` or ``read_card`` found."""
    pair = friends.pair_of(viewer, person.pk)
    theirs = pair.theirs
    asks = theirs is not None and theirs.state == friends.State.ASKED
    state = friends.standing(viewer, [person.pk]).get(person.pk, "")
    return Card(
        view=policy.view_of(viewer, person),
        standing=state,
        request=theirs if asks else None,
        blocked=pair.i_block,
    )


def read_card(token: str) -> User:
    """The person behind a card's link. Raises NotFound for one that was replaced or never was."""
    found = (
        CardLink.objects.filter(token_hash=hash_token(token), user__is_active=True)
        .select_related("user")
        .first()
    )
    if found is None:
        raise NotFound(
            "这张名片已经失效，请对方打开“我的名片”，把新的二维码给您扫。", code="card-not-found"
        )
    return found.user


def places_by_person(viewer: User, people: Sequence[User]) -> dict[int, list[Membership]]:
    """Where ``viewer`` sees each of these people, for the second line of a list."""
    return policy.places_shown(viewer, [person.pk for person in people])
