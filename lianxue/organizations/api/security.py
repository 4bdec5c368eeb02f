"""安全中心 over the API, for whoever administers the whole organisation."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, P, QueryEx, Router, Schema, Status

from lianxue.accounts.current import current_user
from lianxue.shared.pagination import paginate

from .. import policy, queries
from .. import schemas as s
from ..actions import security as actions
from ..models import BranchReach, HiddenPhones, Organization
from ..queries import security as reads
from ..queries.security import Choices

router = Router(tags=["security"])

SIZE = 50
PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
ReachKey = Literal["whole", "subtree", "branch"]
Role = Literal["", "main_admin", "learning_admin"]


class SecurityOut(Schema):
    """The general settings of an organisation."""

    watermark: bool = Field(description="通讯录水印")
    group_real_names: bool = Field(description="内部群显示真名")
    group_watermark: bool = Field(description="内部群水印")
    reach: ReachKey = Field(
        description="成员可见范围: the whole organisation, own branch and below, own branch"
    )


class SecurityPatch(Schema):
    """What changes; a key that is left out stays."""

    watermark: bool | None = None
    group_real_names: bool | None = None
    group_watermark: bool | None = None
    reach: ReachKey | None = None


class ReachIn(Schema):
    """What the people of a branch, and of those below it without a reach of their own, see."""

    reach: ReachKey


class ReachOut(Schema):
    """A branch with a reach of its own."""

    branch_id: int
    branch: str
    reach: ReachKey


class ReachPage(Schema):
    """One page of branches with a reach of their own."""

    items: list[ReachOut]
    page: int
    pages: int
    total: int


class HiddenIn(Schema):
    """Whose numbers: of a branch with all below it, of a role, or (neither) of everybody."""

    branch_id: s.Id | None = None
    role: Role = ""


class HiddenOut(Schema):
    """A rule that hides numbers."""

    id: int
    branch_id: int | None
    role: Role
    whose: str = Field(description="in words")
    people: int = Field(description="how many members it is about")


class HiddenPage(Schema):
    """One page of rules."""

    items: list[HiddenOut]
    page: int
    pages: int
    total: int


def _get(request: HttpRequest, organization_id: int) -> Organization:
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    policy.require_whole(user, organization)
    return organization


def _reach(row: BranchReach) -> dict[str, Any]:
    return {"branch_id": row.branch_id, "branch": row.branch.name, "reach": row.reach}


def _hidden(request: HttpRequest, place: Organization, rules: list[HiddenPhones]) -> list[Any]:
    return [
        {
            "id": one.rule.pk,
            "branch_id": one.rule.branch_id,
            "role": one.rule.role,
            "whose": one.whose,
            "people": one.people,
        }
        for one in reads.with_people(current_user(request), place, rules)
    ]


@router.get("/{int:organization_id}/security", response=SecurityOut, operation_id="read_security")
def read_security(request: HttpRequest, organization_id: int) -> Any:
    """The general settings."""
    return reads.choices_of(queries.settings_of(_get(request, organization_id)))


@router.patch(
    "/{int:organization_id}/security", response=SecurityOut, operation_id="change_security"
)
def change_security(request: HttpRequest, organization_id: int, body: SecurityPatch) -> Any:
    """Change the general settings; audited. 409 when somebody else changed them meanwhile."""
    now = reads.choices_of(queries.settings_of(_get(request, organization_id)))
    wanted = Choices(
        watermark=now.watermark if body.watermark is None else body.watermark,
        group_real_names=(
            now.group_real_names if body.group_real_names is None else body.group_real_names
        ),
        group_watermark=(
            now.group_watermark if body.group_watermark is None else body.group_watermark
        ),
        reach=body.reach or now.reach,
    )
    user = current_user(request)
    row = actions.change(user, organization_id, wanted, seen=reads.state_of(now))
    return reads.choices_of(row)


@router.get(
    "/{int:organization_id}/security/reaches", response=ReachPage, operation_id="list_reaches"
)
def list_reaches(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """The branches with a reach of their own."""
    organization = _get(request, organization_id)
    return s.page_of(paginate(reads.reach_rules(organization), page, SIZE), _reach)


@router.put(
    "/{int:organization_id}/security/reaches/{int:branch_id}",
    response=ReachOut,
    operation_id="set_reach",
)
def set_reach(request: HttpRequest, organization_id: int, branch_id: int, body: ReachIn) -> Any:
    """Give a branch a reach of its own."""
    return _reach(actions.set_reach(current_user(request), organization_id, branch_id, body.reach))


@router.delete(
    "/{int:organization_id}/security/reaches/{int:branch_id}",
    response={204: None},
    operation_id="remove_reach",
)
def remove_reach(request: HttpRequest, organization_id: int, branch_id: int) -> Any:
    """A branch follows the one above again."""
    actions.remove_reach(current_user(request), organization_id, branch_id)
    return Status(204, None)


@router.get(
    "/{int:organization_id}/security/hidden-phones",
    response=HiddenPage,
    operation_id="list_hidden_phones",
)
def list_hidden_phones(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """Whose numbers are hidden from all but themselves and their administrators."""
    organization = _get(request, organization_id)
    rows = paginate(reads.hidden_rules(organization), page, SIZE)
    items = _hidden(request, organization, rows.items)
    return s.page_of(rows, lambda row: row) | {"items": items}


@router.post(
    "/{int:organization_id}/security/hidden-phones",
    response={201: HiddenOut},
    operation_id="hide_phones",
)
def hide_phones(request: HttpRequest, organization_id: int, body: HiddenIn) -> Any:
    """Hide numbers: they are neither shown nor found nor exported."""
    rule = actions.hide_phones(
        current_user(request), organization_id, branch_id=body.branch_id, role=body.role
    )
    return Status(201, _hidden(request, rule.organization, [rule])[0])


@router.delete(
    "/{int:organization_id}/security/hidden-phones/{int:rule_id}",
    response={204: None},
    operation_id="show_phones",
)
def show_phones(request: HttpRequest, organization_id: int, rule_id: int) -> Any:
    """Hidden numbers are shown again."""
    actions.show_phones(current_user(request), organization_id, rule_id)
    return Status(204, None)
