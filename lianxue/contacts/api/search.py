"""The search of 通讯录 over the API: the people and organisations that the caller may see."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, P, QueryEx, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.organizations.actions.finding import count_number_search
from lianxue.organizations.schemas import page_of

from ..queries import search as queries

router = Router(tags=["contacts"])

PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
Words = QueryEx[
    str,
    P(
        max_length=40,
        description="part of a name (one character is enough), pinyin, initials, "
        "a whole phone number or its last four digits",
    ),
]
Title = QueryEx[
    str, P(max_length=40, description="part of a name or former name, its pinyin or its initials")
]
_SIZE = 50


class SeatFound(Schema):
    """Where the caller sees the person."""

    membership_id: int
    organization_id: int
    organization: str
    branch: str = Field(description="empty: directly under the organisation")
    state: str = Field(description="invited (has not come yet) or active")


class PersonFound(Schema):
    """A person, once however many organisations show them."""

    user_id: int | None = Field(description="null for the caller and for who has not come yet")
    name: str
    friend: bool
    phone: str = Field(description="masked; only in a search by number, where it may be seen")
    places: list[SeatFound]


class PeopleFound(Schema):
    """One page of people: whose name begins with the words first, then A to Z."""

    items: list[PersonFound]
    page: int
    pages: int
    total: int = Field(description=f"at most {queries.MOST}")
    more: bool = Field(description="there are more than ``total``: say more")


class OrganizationFound(Schema):
    """A learning organisation."""

    id: int
    name: str
    region: str
    certified: bool
    mine: bool = Field(description="the caller belongs to it")
    former_name: str = Field(description="the former name by which it was found, else empty")


class OrganizationsFound(Schema):
    """One page of organisations, from the top of the chain down."""

    items: list[OrganizationFound]
    page: int
    pages: int
    total: int


@router.get("/contacts/search/people", response=PeopleFound, operation_id="search_people")
def search_people(request: HttpRequest, q: Words, page: PageNumber = 1) -> Any:
    """Members of the caller's organisations whom the caller sees, and friends.

    By number 60 times an hour, unless the caller administers the whole of them (429 beyond).
    """
    user = current_user(request)
    count_number_search(user, q)
    found = queries.find_people(user, q, page, _SIZE)
    return {**page_of(found.page, _person), "more": found.more}


def _person(one: queries.Person) -> dict[str, Any]:
    return {
        "user_id": one.card,
        "name": one.name,
        "friend": one.is_friend,
        "phone": one.phone,
        "places": [
            {
                "membership_id": place.pk,
                "organization_id": place.organization_id,
                "organization": place.organization.name,
                "branch": place.branch.name if place.branch else "",
                "state": place.state,
            }
            for place in one.places
        ],
    }


@router.get(
    "/contacts/search/organizations",
    response=OrganizationsFound,
    operation_id="search_organizations",
)
def search_organizations(request: HttpRequest, q: Title, page: PageNumber = 1) -> Any:
    """The caller's organisations, those above them, and what lies below where the caller
    administers the whole organisation."""
    found = queries.find_organizations(current_user(request), q, page, _SIZE)
    return page_of(found, _organization)


def _organization(one: queries.Place) -> dict[str, Any]:
    return {
        "id": one.organization.pk,
        "name": one.organization.name,
        "region": one.organization.region,
        "certified": one.organization.is_certified,
        "mine": one.mine,
        "former_name": one.former,
    }
