"""Many members at once over the API: all of those named or none, as on the console.

Moving many is ``move_members`` (``POST …/members/move``).
"""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from lianxue.accounts.current import current_user

from .. import schemas as s
from ..actions import bulk_members
from ..queries.bulk import LIMIT

router = Router(tags=["organizations"])


class MembersIn(Schema):
    """Whom it is for."""

    members: list[s.Id] = Field(max_length=LIMIT, description="memberships of this organisation")


class RemovalIn(MembersIn):
    """With one reason for all."""

    reason: str = Field(max_length=1000, description="each of them is told; at most 100 characters")


class AppointmentIn(MembersIn):
    """With the scope of the office."""

    scope_id: s.Id | None = Field(None, description="a branch with all below it; null: the whole")


class Touched(Schema):
    """How many it was done for."""

    count: int


def _marks(members: list[int]) -> dict[int, str]:
    return dict.fromkeys(members, "")


@router.post(
    "/{int:organization_id}/members/remove", response=Touched, operation_id="remove_members"
)
def remove_members(request: HttpRequest, organization_id: int, body: RemovalIn) -> Any:
    """移出组织 of many."""
    rows = bulk_members.remove_members(
        current_user(request), organization_id, _marks(body.members), body.reason
    )
    return {"count": len(rows)}


@router.post(
    "/{int:organization_id}/members/appoint", response=Touched, operation_id="appoint_members"
)
def appoint_members(request: HttpRequest, organization_id: int, body: AppointmentIn) -> Any:
    """任命学习管理员 of many for one scope; the main administrator alone."""
    grants = bulk_members.appoint_members(
        current_user(request), organization_id, _marks(body.members), body.scope_id
    )
    return {"count": len(grants)}


@router.post(
    "/{int:organization_id}/members/remind",
    response={202: Touched},
    operation_id="remind_members",
)
def remind_members(request: HttpRequest, organization_id: int, body: MembersIn) -> Any:
    """再次邀请: text messages to people who are 未激活, once a day at most; sent by the worker."""
    rows = bulk_members.remind_members(current_user(request), organization_id, _marks(body.members))
    return Status(202, {"count": len(rows)})
