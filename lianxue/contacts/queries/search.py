"""One search over the people and organisations that a person may see (manual 2.4.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F, Q, QuerySet

from lianxue.accounts.models import User
from lianxue.organizations import policy as organization_policy
from lianxue.organizations import queries as organization_queries
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.errors import NotFound
from lianxue.shared.ids import STEP
from lianxue.shared.names import name_tokens, plain, query_range, search_tokens
from lianxue.shared.pagination import Page, cut, paginate
from lianxue.shared.phones import mask_phone

from .. import policy
from .friends import friends_of

#: Nobody turns more pages than these people fill; who finds more is asked to say more.
MOST = 500
SIZE = 20


@dataclass(frozen=True)
class Hit:
    """Somebody found, before anything is shown: by user, or, not registered yet, by number.

    ``inner``: the words stand within the name, not at its beginning. Personal data: the number.
    """

    inner: bool
    sort_key: str
    user_id: int | None
    membership_id: int | None
    phone: str

    @property
    def person(self) -> int | str:
        """What makes several places one person."""
        return self.user_id or self.phone


@dataclass(frozen=True)
class Person:
    """Somebody as a list shows it, once however many organisations show this person.

    ``card``: the user whose card may be opened; None for oneself and for who has not come yet
    (then ``places`` has the way). ``phone``: masked, in a search by number alone.
    """

    name: str
    key: int
    card: int | None
    is_friend: bool = False
    is_me: bool = False
    phone: str = ""
    places: list[Membership] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether the person has not come yet (未激活)."""
        return bool(self.places) and all(one.state != "active" for one in self.places)


@dataclass(frozen=True)
class People:
    """A page of people; ``more``: there are more than ``MOST``."""

    page: Page[Person]
    more: bool


@dataclass(frozen=True)
class Place:
    """An organisation found; ``former``: the former name by which it was."""

    organization: Organization
    mine: bool
    former: str = ""


def find_people(user: User, text: str, number: object = 1, size: int = SIZE) -> People:
    """Who is found by ``text``: members of my organisations whom I see, and friends.

    Whose name begins with it first, each part A to Z. A fixed number of statements.
    """
    seen = organization_policy.visible_memberships(user)
    hits = _once([*_members(user, seen, text), *_friends(user, text)])
    page = cut(hits[:MOST], number, size)
    people = _shown(user, seen, page.items, with_phone=organization_queries.is_number(text))
    return People(Page(people, page.number, page.size, page.total), len(hits) > MOST)


def _members(user: User, seen: QuerySet[Membership, Any], text: str) -> list[Hit]:
    if not plain(text):
        return []
    mine = organization_policy.visible_organizations(user).values_list("pk", flat=True)
    places = list(mine)
    found = organization_queries.matching(seen, text, places).order_by("sort_key", "pk")
    if organization_queries.is_number(text):
        return _hits(found, inner=False)
    first = organization_queries.called(seen, text, places).order_by("sort_key", "pk")
    hits = _hits(first, inner=False)
    if len(hits) <= MOST:
        hits += _hits(found, inner=True, besides=len(hits))
    return hits


def _hits(rows: QuerySet[Membership, Any], *, inner: bool, besides: int = 0) -> list[Hit]:
    columns = rows.values_list("sort_key", "user_id", "pk", "phone")[: MOST + 1 + besides]
    return [Hit(inner, *row) for row in columns]


def _friends(user: User, text: str) -> list[Hit]:
    """Friends are few: they are matched here; by number where the friend lets it be seen."""
    if not plain(text):
        return []
    if organization_queries.is_number(text):
        people: Iterable[User] = _friends_by_number(user, plain(text))
        return [Hit(False, one.sort_key, one.pk, None, "") for one in people]
    low, _ = query_range(text)
    return [
        Hit(
            not any(token.startswith(low) for token in name_tokens(one.name)[0]),
            one.sort_key,
            one.pk,
            None,
            "",
        )
        for one in friends_of(user, text)
    ]


def _friends_by_number(user: User, digits: str) -> list[User]:
    if len(digits) not in {4, 11}:
        return []
    rows = policy.friendships_of(user).filter(
        Q(first=user, second_shows=True, second__phone__endswith=digits)
        | Q(second=user, first_shows=True, first__phone__endswith=digits)
    )
    people = [
        row.second if row.first_id == user.pk else row.first
        for row in rows.select_related("first", "second")
    ]
    return [one for one in people if one.is_active]


def _once(hits: Sequence[Hit]) -> list[Hit]:
    """Each person once, in order: called so before having it in the name, then A to Z."""
    ordered = sorted(hits, key=lambda hit: (hit.inner, hit.sort_key, hit.user_id or 0))
    found: dict[int | str, Hit] = {}
    for hit in ordered:
        found.setdefault(hit.person, hit)
    return list(found.values())


def _shown(
    user: User, seen: QuerySet[Membership, Any], hits: Sequence[Hit], *, with_phone: bool
) -> list[Person]:
    """What the list shows of these, in three statements; who went away meanwhile is left out."""
    ids = [hit.user_id for hit in hits if hit.user_id]
    numbers = [hit.phone for hit in hits if not hit.user_id]
    rows = (
        seen.filter(Q(user__in=ids) | Q(user=None, phone__in=numbers))
        .select_related("organization", "branch")
        .order_by("organization__name", "pk")
    )
    places: dict[int | str, list[Membership]] = {}
    for row in rows:
        places.setdefault(row.user_id or row.phone, []).append(row)
    users = User.objects.in_bulk(ids)
    friends = set()
    for row in policy.friendships_of(user).filter(Q(first__in=ids) | Q(second__in=ids)):
        friends.add(row.second_id if row.first_id == user.pk else row.first_id)
    shown = []
    for hit in hits:
        standing, account = places.get(hit.person, []), users.get(hit.user_id or 0)
        if standing or hit.user_id in friends:
            one = _person(user, hit, standing, account)
            is_friend = hit.user_id in friends
            phone = _masked(standing, account, is_friend=is_friend) if with_phone else ""
            shown.append(replace(one, is_friend=is_friend, phone=phone))
    return shown


def _person(user: User, hit: Hit, places: list[Membership], account: User | None) -> Person:
    """By the name that was found: the roster's, or, of somebody who is a friend alone, the own."""
    name = next((one.name for one in places if one.pk == hit.membership_id), "")
    name = name or (account.name if account else places[0].name)
    is_me = hit.user_id == user.pk
    card = account.pk if account and account.is_active and not is_me else None
    return Person(name, hit.user_id or places[0].pk, card, is_me=is_me, places=places)


def _masked(places: list[Membership], account: User | None, *, is_friend: bool) -> str:
    """The number, masked, as an organisation or the friend lets it be seen (it was found by it)."""
    numbers = [number for one in places if (number := organization_queries.shown_phone(one))]
    if numbers:
        return numbers[0]
    return mask_phone(account.phone) if account and is_friend else ""


def find_organizations(user: User, text: str, number: object = 1, size: int = SIZE) -> Page[Place]:
    """What is found by ``text``, a part of a name or of a former one: from the top down.

    The own organisations, those above them, and what lies below where the user administers all.
    """
    findable = organization_policy.findable_organizations(user)
    rows = organization_queries.named(findable, text).order_by(
        F("chain_path").asc(nulls_last=True), "name", "pk"
    )
    found = paginate(rows.prefetch_related("former_names"), number, size)
    mine = set(organization_policy.visible_organizations(user).values_list("pk", flat=True))
    items = [Place(one, one.pk in mine, _former(one, text)) for one in found.items]
    return Page(items, found.number, found.size, found.total)


def _former(organization: Organization, text: str) -> str:
    """The former name that ``text`` means, when it is not the name of today."""
    low, _ = query_range(text)
    former = [one.name for one in organization.former_names.all()]
    for name in (organization.name, *former):
        if any(token.startswith(low) for token in search_tokens(name)):
            return name if name != organization.name else ""
    return ""


@dataclass(frozen=True)
class OrganizationCard:
    """An organisation's page for whoever may find it: what it is called, where it stands."""

    organization: Organization
    former_names: list[str]
    above: list[Organization]
    mine: bool
    administered: bool
    #: Whether it stands in the part of the chain that the reader looks after.
    in_charge: bool


def get_organization(user: User, organization_id: int) -> OrganizationCard:
    """One of those that ``user`` may find. Raises NotFound."""
    one = organization_policy.findable_organizations(user).filter(pk=organization_id).first()
    if one is None:
        raise NotFound("没有找到这个学习组织，可能已解散，或您没有查看权限。")
    path = one.chain_path or ""
    above = Organization.objects.filter(
        chain_path__in=[path[:end] for end in range(STEP, len(path), STEP)]
    )
    return OrganizationCard(
        organization=one,
        former_names=list(one.former_names.order_by("-until").values_list("name", flat=True)),
        above=list(above.order_by("chain_path")),
        mine=organization_policy.visible_organizations(user).filter(pk=one.pk).exists(),
        administered=organization_policy.administered_organizations(user)
        .filter(pk=one.pk)
        .exists(),
        in_charge=organization_policy.below_administered(user, one),
    )
