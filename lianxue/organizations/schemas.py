"""What the API of `organizations` takes and gives."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from lianxue.shared.pagination import Page
from lianxue.shared.phones import mask_phone

from .models import Branch, HandoverOffer, Membership, Organization, RoleGrant
from .queries import Tally, shown_phone

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Kind = Literal["committee", "general_branch", "branch", "group"]


class LearningOrganizationIn(Schema):
    """A new learning organisation."""

    name: str = Field(max_length=200, description="名称: the party organisation's full name")
    division_code: str = Field(max_length=12, description="所在地区: a current GB/T 2260 code")


class LearningOrganization(Schema):
    """A learning organisation that the caller belongs to."""

    id: int
    name: str
    region: str
    certified: bool = Field(description="已认证 or 未认证")
    superior: str = Field(description="上级's name, empty without one")
    administered: bool = Field(description="管理: the caller is an administrator here")
    warnings: list[str] = Field([], description="advice about the name; it never blocks")


class LearningOrganizationDetail(LearningOrganization):
    """With its figures."""

    members: int = Field(description="people on the roster")
    active: int = Field(description="已激活, of ``members``")
    branches: int


class BranchIn(Schema):
    """A new branch."""

    name: str = Field(max_length=200)
    kind: Kind = "branch"
    parent_id: Id | None = Field(None, description="null: at the top of the organisation")


class BranchPatch(Schema):
    """What changes; a key that is left out stays. ``parent_id`` null means the top."""

    name: str | None = Field(None, max_length=200)
    kind: Kind | None = None
    parent_id: Id | None = None


class BranchOut(Schema):
    """A branch with the people of its whole subtree."""

    id: int
    name: str
    kind: Kind
    depth: int = Field(description="1 at the top")
    parent_id: int | None
    members: int
    active: int
    advice: str = Field(description="size advice of party rules; it never blocks")


class MergeIn(Schema):
    """Where the branch goes."""

    target_id: Id


class PersonIn(Schema):
    """Somebody to add."""

    name: str = Field(max_length=100, description="姓名")
    phone: str = Field(max_length=40, description="手机号码; +86 and spaces are allowed")


class PeopleIn(Schema):
    """Several at once, all or none; errors are at ``people.<n>.name`` / ``people.<n>.phone``."""

    branch_id: Id | None = Field(None, description="null: directly under the organisation")
    people: list[PersonIn] = Field(max_length=1000)


class PhoneIn(Schema):
    """The right number."""

    phone: str = Field(max_length=40)


class PlaceIn(Schema):
    """Where members go."""

    members: list[Id] = Field(max_length=1000)
    branch_id: Id | None = Field(None, description="null: directly under the organisation")


class ReasonIn(Schema):
    """Why a member is removed; the person is told."""

    reason: str = Field(max_length=1000)


class LeavingIn(Schema):
    """Why the caller leaves, if it is to be said; the main administrator reads it."""

    reason: str = Field("", max_length=400, description="原因, at most 100 characters")


class RoleOut(Schema):
    """An office."""

    id: int
    role: Literal["main_admin", "learning_admin"]
    membership_id: int
    name: str
    scope_id: int | None = Field(description="null: the whole organisation")
    scope: str


class MemberOut(Schema):
    """A member; the phone is masked."""

    id: int
    name: str
    phone_masked: str = Field(description="empty where 安全中心 hides the number from the caller")
    state: Literal["invited", "active", "ended"] = Field(description="未激活, 已激活, 已移出")
    branch_id: int | None
    branch: str
    created_at: datetime
    activated_at: datetime | None


class MemberQuery(Schema):
    """Which members, in which order, which page."""

    q: str = Field(
        "",
        max_length=40,
        description="part of a name, pinyin, a whole phone or its last four digits",
    )
    state: Literal["", "invited", "active"] = Field("", description="empty: both")
    role: Literal["", "admin", "main_admin", "learning_admin", "member"] = Field(
        "", description="admin: any administrator; member: nobody's; empty: all"
    )
    branch_id: Id | None = Field(None, description="a branch with all below it")
    direct: bool = Field(False, description="only who stands right there, without what is below")
    sort: str = Field(
        "name",
        pattern="^-?(name|branch|state|activated|created|reminded)$",
        description="the order; a minus sign turns it round",
    )
    page: int = Field(1, ge=1, le=100000, description="page number, from 1")


class PhoneOut(Schema):
    """A full number; the look is audited. 403 where 安全中心 hides it from the caller."""

    phone: str


class AppointIn(Schema):
    """A learning administrator."""

    membership_id: Id
    scope_id: Id | None = Field(None, description="null: the whole organisation")


class HandoverIn(Schema):
    """Whom the main administrator's office is offered to."""

    membership_id: Id
    stay_as_learning_admin: bool = False


class AnswerIn(Schema):
    """Accept or refuse."""

    accept: bool


class HandoverOut(Schema):
    """An offered office."""

    id: int
    organization_id: int
    to_membership_id: int
    state: Literal["offered", "accepted", "refused", "withdrawn"]
    offered_at: datetime


class LearningOrganizationPage(Schema):
    """One page of organisations."""

    items: list[LearningOrganization]
    page: int
    pages: int
    total: int


class BranchPage(Schema):
    """One page of branches, in the order of the tree."""

    items: list[BranchOut]
    page: int
    pages: int
    total: int


class MemberPage(Schema):
    """One page of members."""

    items: list[MemberOut]
    page: int
    pages: int
    total: int


class RolePage(Schema):
    """One page of offices."""

    items: list[RoleOut]
    page: int
    pages: int
    total: int


class MembersAdded(Schema):
    """Who was added; ``active`` counts those who were registered already."""

    items: list[MemberOut]
    active: int


def page_of(page: Page[Any], show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """A page as every list of the API gives it."""
    return {
        "items": [show(row) for row in page.items],
        "page": page.number,
        "pages": page.pages,
        "total": page.total,
    }


def organization_of(
    row: Organization, *, administered: bool, warnings: list[str] | None = None
) -> dict[str, Any]:
    """An organisation as ``LearningOrganization``."""
    return {
        "id": row.pk,
        "name": row.name,
        "region": row.region,
        "certified": row.is_certified,
        "superior": row.superior.name if row.superior else "",
        "administered": administered,
        "warnings": warnings or [],
    }


def branch_of(
    row: Branch, tally: Tally, parents: dict[str, int], advice: str = ""
) -> dict[str, Any]:
    """A branch as ``BranchOut``; ``parents`` maps paths to ids."""
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "depth": row.depth,
        "parent_id": parents.get(row.path[: -Branch.steplen]),
        "members": tally.members,
        "active": tally.active,
        "advice": advice,
    }


def member_of(row: Membership, *, seen: bool = False) -> dict[str, Any]:
    """A row of ``policy.visible_members`` as ``MemberOut``; ``seen``: the caller just changed it,
    as only its administrators may."""
    return {
        "id": row.pk,
        "name": row.name,
        "phone_masked": mask_phone(row.phone) if seen else shown_phone(row),
        "state": row.state,
        "branch_id": row.branch_id,
        "branch": row.branch.name if row.branch else "",
        "created_at": row.created_at,
        "activated_at": row.activated_at,
    }


def role_of(row: RoleGrant) -> dict[str, Any]:
    """An office as ``RoleOut``."""
    return {
        "id": row.pk,
        "role": row.role,
        "membership_id": row.membership_id,
        "name": row.membership.name,
        "scope_id": row.scope_id,
        "scope": row.scope.name if row.scope else "",
    }


def handover_of(row: HandoverOffer) -> dict[str, Any]:
    """A handover as ``HandoverOut``."""
    return {
        "id": row.pk,
        "organization_id": row.organization_id,
        "to_membership_id": row.to_membership_id,
        "state": row.state,
        "offered_at": row.offered_at,
    }
