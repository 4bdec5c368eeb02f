"""我的群组 and 常用联系人 over the API: the same actions as the pages."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, P, QueryEx, Router, Schema, Status

from lianxue.accounts.current import current_user
from lianxue.organizations.actions.finding import count_number_search
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.pagination import paginate

from ..actions import frequent
from ..actions import groups as actions
from ..queries import frequent as frequent_queries
from ..queries import groups as queries

router = Router(tags=["contacts"])

PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
_SIZE = 50


class GroupIn(Schema):
    """A new group."""

    name: str = Field(max_length=200, description="群组名称, at most 30 characters")
    organization_id: Id | None = Field(
        None, description="内部群 of this organisation; null: 好友群, of friends"
    )
    people: list[Id] = Field([], max_length=500, description="user ids, besides the caller")


class GroupName(Schema):
    """Another name."""

    name: str = Field(max_length=200)


class People(Schema):
    """Whom it is about, by user id."""

    people: list[Id] = Field(max_length=500)


class Successor(Schema):
    """Who becomes 群主."""

    user_id: Id


class GroupOut(Schema):
    """A group; ``members`` counts who is in it now."""

    id: int
    name: str
    organization_id: int | None = Field(description="null: 好友群")
    organization: str
    members: int
    created_at: datetime


class GroupDetail(GroupOut):
    """With what the caller may do."""

    owner: bool = Field(description="the caller is 群主")
    manages: bool = Field(description="the caller may add, remove, rename, hand over, dissolve")


class GroupPage(Schema):
    """One page of groups, newest first."""

    items: list[GroupOut]
    page: int
    pages: int
    total: int


class GroupMemberOut(Schema):
    """Somebody in a group, by the name that the group shows; never a number."""

    user_id: int
    name: str
    owner: bool


class GroupMemberPage(Schema):
    """One page of a group's people, 群主 first, then A to Z."""

    items: list[GroupMemberOut]
    page: int
    pages: int
    total: int


class CandidateOut(Schema):
    """Somebody who may be added; ``branch`` for internal groups."""

    user_id: int
    name: str
    branch: str


class CandidatePage(Schema):
    """One page of people who may be added."""

    items: list[CandidateOut]
    page: int
    pages: int
    total: int


class Changed(Schema):
    """How many people it touched."""

    people: int


class FrequentOut(Schema):
    """Somebody the caller has to do with often."""

    user_id: int
    name: str


class Frequent(Schema):
    """常用联系人, the most used first."""

    items: list[FrequentOut]


def group_of(row: Any) -> dict[str, Any]:
    """A listed group as ``GroupOut``."""
    return {
        "id": row.pk,
        "name": row.name,
        "organization_id": row.organization_id,
        "organization": row.organization.name if row.organization else "",
        "members": row.member_count,
        "created_at": row.created_at,
    }


def _detail(request: HttpRequest, group_id: int) -> dict[str, Any]:
    row, standing = queries.get_group(current_user(request), group_id)
    return {**group_of(row), "owner": standing.owner, "manages": standing.manages}


@router.get("/groups", response=GroupPage, operation_id="list_groups", summary="我的群组")
def list_groups(request: HttpRequest, page: PageNumber = 1) -> Any:
    """The groups that the caller is in."""
    return page_of(paginate(queries.groups_of(current_user(request)), page, _SIZE), group_of)


@router.post(
    "/groups", response={201: GroupDetail}, operation_id="create_group", summary="创建群组"
)
def create_group(request: HttpRequest, body: GroupIn) -> Status[Any]:
    """A new group with the caller as 群主; an internal one takes members whom the caller sees."""
    made = actions.create_group(current_user(request), body.name, body.organization_id, body.people)
    return Status(201, _detail(request, made.pk))


@router.get(
    "/groups/{int:group_id}", response=GroupDetail, operation_id="read_group", summary="群组"
)
def read_group(request: HttpRequest, group_id: int) -> Any:
    """A group that the caller is in, or oversees as administrator of its whole organisation."""
    return _detail(request, group_id)


@router.patch(
    "/groups/{int:group_id}",
    response=GroupDetail,
    operation_id="rename_group",
    summary="修改群组名称",
)
def rename_group(request: HttpRequest, group_id: int, body: GroupName) -> Any:
    """By 群主 or an overseeing administrator."""
    actions.rename_group(current_user(request), group_id, body.name)
    return _detail(request, group_id)


@router.delete(
    "/groups/{int:group_id}",
    response={204: None},
    operation_id="dissolve_group",
    summary="解散群组",
)
def dissolve_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """For all, for good."""
    actions.dissolve_group(current_user(request), group_id)
    return HttpResponse(status=204)


@router.get(
    "/groups/{int:group_id}/members",
    response=GroupMemberPage,
    operation_id="list_group_members",
    summary="群成员",
)
def list_members(request: HttpRequest, group_id: int, page: PageNumber = 1) -> Any:
    """Who is in it now."""
    group, _ = queries.get_group(current_user(request), group_id)
    return page_of(paginate(queries.members(group), page, _SIZE), _member)


def _member(row: Any) -> dict[str, Any]:
    return {"user_id": row.user_id, "name": row.shown_name, "owner": row.is_owner}


@router.get(
    "/groups/{int:group_id}/candidates",
    response=CandidatePage,
    operation_id="list_group_candidates",
    summary="可以添加的人",
)
def list_candidates(
    request: HttpRequest,
    group_id: int,
    q: QueryEx[str, P(max_length=40, description="name, pinyin or initials")] = "",
    page: PageNumber = 1,
) -> Any:
    """Whom the caller may add: friends, or active members whom the caller sees."""
    user = current_user(request)
    group, standing = queries.get_group(user, group_id)
    queries.require_manages(standing)
    count_number_search(user, q, group.organization)
    choice = queries.choice(user, group, q, page, _SIZE)
    items = [{"user_id": p.user_id, "name": p.name, "branch": p.where} for p in choice.people]
    return page_of(choice.page, lambda row: {}) | {"items": items}


@router.post(
    "/groups/{int:group_id}/members",
    response=Changed,
    operation_id="add_group_members",
    summary="添加群成员",
)
def add_members(request: HttpRequest, group_id: int, body: People) -> Any:
    """All or none; who is in it already does not count."""
    return {"people": actions.add_members(current_user(request), group_id, body.people)}


@router.delete(
    "/groups/{int:group_id}/members/{int:user_id}",
    response=Changed,
    operation_id="remove_group_member",
    summary="移出群成员",
)
def remove_member(request: HttpRequest, group_id: int, user_id: int) -> Any:
    """Take somebody out; to go oneself: ``leave``."""
    return {"people": actions.remove_members(current_user(request), group_id, [user_id])}


@router.post(
    "/groups/{int:group_id}/owner",
    response=GroupDetail,
    operation_id="hand_over_group",
    summary="移交群主",
)
def hand_over(request: HttpRequest, group_id: int, body: Successor) -> Any:
    """Another member becomes 群主 at once."""
    actions.hand_over(current_user(request), group_id, body.user_id)
    return _detail(request, group_id)


@router.post(
    "/groups/{int:group_id}/leave",
    response={204: None},
    operation_id="leave_group",
    summary="退出群组",
)
def leave_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """群主 hands over first."""
    actions.leave_group(current_user(request), group_id)
    return HttpResponse(status=204)


@router.get(
    "/contacts/frequent", response=Frequent, operation_id="list_frequent", summary="常用联系人"
)
def list_frequent(request: HttpRequest) -> Any:
    """At most eight, learned from use; it fades with time."""
    people = frequent_queries.top(current_user(request))
    return {"items": [{"user_id": one.pk, "name": one.name} for one in people]}


@router.delete(
    "/contacts/frequent/{int:user_id}",
    response={204: None},
    operation_id="forget_frequent",
    summary="从常用联系人移除",
)
def forget_frequent(request: HttpRequest, user_id: int) -> HttpResponse:
    """Nothing is kept of how often."""
    frequent.forget(current_user(request), user_id)
    return HttpResponse(status=204)
