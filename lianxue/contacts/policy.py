"""Whose card a person may open, and what of that person it shows (design rule 12).

The rule of the number, as the pages say it in plain words: a colleague's number is shown where an
organisation that shows us to each other shows it (安全中心); a friend's whole number besides where
that friend lets me see it. A friend's number is masked otherwise, unless an organisation hides it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership
from lianxue.organizations.policy import visible_memberships
from lianxue.shared.clock import now
from lianxue.shared.phones import mask_phone

from .circles import people_in_my_groups
from .models import Block, FriendRequest, Friendship

#: A request waits so many days; then it counts as unanswered and may be made again. The asker sees
#: the same for a refused one, so that nobody is told of a refusal or a block.
ASK_AGAIN_DAYS = 7
MAX_FRIENDS = 2000
MAX_BLOCKED = 2000
#: So many requests of one person may wait at a time.
MAX_OPEN = 50

State = FriendRequest.State


def waiting_since() -> datetime:
    """Requests asked after this moment still wait, as their asker sees it."""
    return now() - timedelta(days=ASK_AGAIN_DAYS)


def stands(request: FriendRequest) -> bool:
    """Whether the asker still sees ``request`` as waiting for an answer."""
    return request.state in {State.ASKED, State.REFUSED} and request.asked_at > waiting_since()


def friendships_of(user: User) -> QuerySet[Friendship, Any]:
    """All rows with ``user`` on either side."""
    mine = Friendship.objects.filter(first=user)
    return mine | Friendship.objects.filter(second=user)


def friendship_between(one_id: int, other_id: int) -> Friendship | None:
    """The friendship of two people, in one statement."""
    first, second = sorted((one_id, other_id))
    return Friendship.objects.filter(first=first, second=second).first()


def friend_ids(user: User, among: Sequence[int] | None = None) -> QuerySet[Any, Any]:
    """The ids of ``user``'s friends (or of those among these), as a subquery of one column."""
    right = Friendship.objects.filter(first=user).order_by()
    left = Friendship.objects.filter(second=user).order_by()
    if among is not None:
        right, left = right.filter(second__in=among), left.filter(first__in=among)
    return right.values_list("second").union(left.values_list("first"))


def visible_people(user: User, among: Sequence[int] | None = None) -> QuerySet[User, Any]:
    """The people whose card ``user`` may open; with ``among`` only these (index look-ups alone,
    however large the organisations are).

    Friends; who stands in a membership that ``user`` sees; who asks ``user``, and whom ``user``
    asked within a week (by a phone number: not before it is accepted, else asking would tell who
    is registered); the people of the own groups; whom ``user`` blocked. A block takes nothing away
    that its person could tell it by: it ends the friendship and silences what is asked.
    """
    places = visible_memberships(user).filter(user__isnull=False).order_by()
    asking = FriendRequest.objects.filter(to_user=user, state=State.ASKED)
    asked = FriendRequest.objects.filter(
        from_user=user, state__in=[State.ASKED, State.REFUSED], asked_at__gt=waiting_since()
    ).exclude(way=FriendRequest.Way.PHONE)
    blocked = Block.objects.filter(user=user)
    if among is not None:
        among = [pk for pk in among if pk < 2**63]  # no database holds more
        places = places.filter(user__in=among)
        asking, asked = asking.filter(from_user__in=among), asked.filter(to_user__in=among)
        blocked = blocked.filter(blocked__in=among)
    ids = friend_ids(user, among).union(
        places.values_list("user"),
        asking.values_list("from_user"),
        asked.values_list("to_user"),
        people_in_my_groups(user, among),
        blocked.values_list("blocked"),
    )
    return User.objects.filter(pk__in=ids, is_active=True).exclude(pk=user.pk)


@dataclass(frozen=True)
class Number:
    """What a card shows of the phone number.

    ``kind``: ``open`` (masked, the whole on request), ``masked``, ``hidden`` (an organisation hides
    it), ``none`` (no ground to show anything). ``membership_id``: by whose organisation's rules it
    is open; None where the friend lets it be seen.
    """

    kind: str
    masked: str = ""
    membership_id: int | None = None


@dataclass(frozen=True)
class PersonView:
    """What ``viewer`` is shown of ``person``: the name, the places that an organisation shows (each
    with its organisation, branch and offices), the number as far as it is open.
    """

    person: User
    places: list[Membership]
    friendship: Friendship | None
    number: Number

    @property
    def is_friend(self) -> bool:
        """Whether the two are friends."""
        return self.friendship is not None

    @property
    def i_show(self) -> bool:
        """Whether the viewer lets this friend see the own number."""
        if self.friendship is None:
            return False
        first, second = self.friendship.first_id, self.friendship.second_id
        return shown_by(self.friendship, first if second == self.person.pk else second)

    @property
    def they_show(self) -> bool:
        """Whether this friend lets the viewer see the number."""
        return self.friendship is not None and shown_by(self.friendship, self.person.pk)


def shown_by(friendship: Friendship, user_id: int) -> bool:
    """Whether that one of the two lets the other see the number."""
    if friendship.first_id == user_id:
        return friendship.first_shows
    return friendship.second_shows


def places_shown(viewer: User, people: list[int]) -> dict[int, list[Membership]]:
    """By person, the places in which ``viewer`` sees them, by the organisation's name.

    Seven statements however many people there are.
    """
    rows = (
        visible_memberships(viewer)
        .filter(user__in=people, state=Membership.State.ACTIVE, organization__dissolved_at=None)
        .select_related("organization", "branch")
        .prefetch_related("role_grants__scope")
        .order_by("organization__name", "pk")
    )
    found: dict[int, list[Membership]] = {}
    for row in rows:
        found.setdefault(int(row.user_id or 0), []).append(row)
    return found


def view_of(viewer: User, person: User) -> PersonView:
    """The card of somebody out of ``visible_people``, or of who gave the own card's link."""
    places = places_shown(viewer, [person.pk]).get(person.pk, [])
    friendship = friendship_between(viewer.pk, person.pk)
    return PersonView(person, places, friendship, _number(person, places, friendship))


def _number(person: User, places: list[Membership], friendship: Friendship | None) -> Number:
    masked = mask_phone(person.phone)
    for place in places:
        if getattr(place, "phone_seen", False):
            return Number("open", masked, place.pk)
    if friendship is not None and shown_by(friendship, person.pk):
        return Number("open", masked)
    if places:
        return Number("hidden")
    return Number("masked", masked) if friendship is not None else Number("none")
