"""权限说明 over the API: the same answers as the pages, each with its reason."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, P, QueryEx, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.shared.pagination import paginate

from .. import queries
from ..queries import access as reads
from ..queries import access_sight as sight

router = Router(tags=["organizations"])

_ADMINS, _PEOPLE = 30, 50
PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]


class RightLine(Schema):
    """One right of the product, answered for one person."""

    key: str
    group: str
    label: str = Field(description="the right in Chinese")
    allowed: bool
    where: str = Field(description="where it holds, empty when it does not")
    why: list[str] = Field(description="the reasons, in Chinese")
    closed: str = Field(description="why nobody can do it just now, or empty")


class Whom(Schema):
    """Whom a person sees."""

    seen: int
    total: int
    numbers: int = Field(description="of those seen, how many with their number")
    rules: list[str]
    hidden: list[str] = Field(description="whose numbers are kept back, by which rule")


class Seers(Schema):
    """Who sees a person."""

    count: int
    total: int = Field(description="others who have come")
    administrators: list[str] = Field(description="those in charge of the person, by name")
    rules: list[str]
    hidden: list[str] = Field(description="the rules that hide the person's number")


class AccessLook(Schema):
    """Somebody read the person's number or roster details, or took the list out."""

    at: datetime
    who: str
    what: str


class Access(Schema):
    """What somebody can see and do in an organisation, and why."""

    membership_id: int
    name: str
    state: str = Field(description="active or invited")
    verified: bool = Field(description="实名认证 done")
    offices: list[str]
    rights: list[RightLine]
    sees: Whom
    seen_by: Seers
    looks: list[AccessLook] | None = Field(description="null for who may not read the log")


class AdministratorRights(Schema):
    """One administrator with the rights in words."""

    membership_id: int
    name: str
    offices: list[str]
    rights: list[RightLine]


class AdministratorPage(Schema):
    """One page of administrators, the main one first."""

    items: list[AdministratorRights]
    page: int
    pages: int
    total: int


@router.get("/{int:organization_id}/access", response=AdministratorPage, operation_id="list_access")
def list_access(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """All administrators with every right of theirs, for any administrator."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    rows = paginate(reads.administrators(user, organization), page, _ADMINS)
    return {
        "items": [_rights(one) for one in reads.persons_of(user, organization, rows.items)],
        "page": rows.number,
        "pages": rows.pages,
        "total": rows.total,
    }


@router.get("/{int:organization_id}/access/me", response=Access, operation_id="read_my_access")
def read_my_access(request: HttpRequest, organization_id: int) -> Any:
    """What the caller sees and may do here, and who sees the caller."""
    user = current_user(request)
    return _access(user, reads.get_me(user, organization_id), looks=True)


@router.get(
    "/{int:organization_id}/access/{int:membership_id}",
    response=Access,
    operation_id="read_access",
)
def read_access(request: HttpRequest, organization_id: int, membership_id: int) -> Any:
    """The same of one member, for the administrators in charge of that member."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    person = reads.get_person(user, organization, membership_id)
    return _access(user, person, looks=reads.may_see_looks(user, person))


def _rights(person: reads.Person) -> dict[str, Any]:
    organization = person.member.organization
    return {
        "membership_id": person.member.pk,
        "name": person.member.name,
        "offices": [reads.office_words(one, organization) for one in person.grants],
        "rights": reads.lines(person),
    }


def _access(user: User, person: reads.Person, *, looks: bool) -> dict[str, Any]:
    seers = sight.seen_by(user, person.member)
    return {
        **_rights(person),
        "state": person.member.state,
        "verified": person.standing.verified,
        "sees": sight.sees(user, person),
        "seen_by": {
            "count": seers.count,
            "total": seers.total,
            "administrators": [one.membership.name for one in reads.in_charge(user, person.member)],
            "rules": seers.rules,
            "hidden": seers.hidden,
        },
        "looks": reads.looks(person.member) if looks else None,
    }
