"""Organisations, branches, members and offices over the API: the same actions as the pages."""

from typing import Any

from django.http import HttpRequest
from ninja import P, Query, QueryEx, Router, Status

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.shared.errors import InvalidInput, RealNameRequired
from lianxue.shared.pagination import paginate

from .. import policy, queries
from .. import schemas as s
from ..actions import branches as branch_actions
from ..actions import leaving
from ..actions import members as member_actions
from ..actions import organizations as organization_actions
from ..actions import roles as role_actions
from ..actions.finding import count_number_search
from ..models import Branch
from ..newcomers import NewPerson
from ..queries import table
from ..queries.table import TableView

router = Router(tags=["organizations"])

PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
SIZE = 50


@router.get("", response=s.LearningOrganizationPage, operation_id="list_my_organizations")
def list_my_organizations(request: HttpRequest, page: PageNumber = 1) -> Any:
    """The organisations that the caller belongs to."""
    rows = paginate(queries.my_organizations(current_user(request)), page, SIZE)
    return s.page_of(rows, lambda one: s.organization_of(one, administered=one.administered))


@router.post("", response={201: s.LearningOrganization}, operation_id="create_organization")
def create_learning_organization(request: HttpRequest, body: s.LearningOrganizationIn) -> Any:
    """Create a learning organisation; the caller, verified, is its main administrator."""
    user = current_user(request)
    if not user.is_verified:
        raise RealNameRequired
    warnings = organization_actions.check_name(organization_actions.tidy_name(body.name))
    made = organization_actions.create_organization(user, body.name, body.division_code)
    return Status(201, s.organization_of(made, administered=True, warnings=warnings))


@router.get(
    "/{int:organization_id}",
    response=s.LearningOrganizationDetail,
    operation_id="read_organization",
)
def read_learning_organization(request: HttpRequest, organization_id: int) -> Any:
    """One organisation of the caller's, with its figures."""
    user = current_user(request)
    found = queries.get_visible(user, organization_id)
    counts = queries.head_count(user, found)
    administered = policy.power_in(user, found).administers
    return {
        **s.organization_of(found, administered=administered),
        "members": counts["members"],
        "active": counts["active"],
        "branches": policy.visible_branches(user, found).count(),
    }


@router.post(
    "/{int:organization_id}/leave", response={204: None}, operation_id="leave_organization"
)
def leave_organization(request: HttpRequest, organization_id: int, body: s.LeavingIn) -> Any:
    """退出组织: end the caller's own membership; not for the main administrator."""
    leaving.leave(current_user(request), organization_id, body.reason)
    return Status(204, None)


@router.get("/{int:organization_id}/branches", response=s.BranchPage, operation_id="list_branches")
def list_branches(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """The branches that the caller sees, in their order, with the people of each subtree."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    rows = paginate(policy.visible_branches(user, organization).order_by("path"), page, SIZE)
    tallies = queries.tallies(user, organization, rows.items)
    parents = queries.parent_ids(rows.items)
    return s.page_of(
        rows,
        lambda one: s.branch_of(
            one, tallies[one.pk], parents, queries.size_advice(one, tallies[one.pk].members)
        ),
    )


@router.post(
    "/{int:organization_id}/branches", response={201: s.BranchOut}, operation_id="add_branch"
)
def add_branch(request: HttpRequest, organization_id: int, body: s.BranchIn) -> Any:
    """添加党支部."""
    made = branch_actions.add_branch(
        current_user(request), organization_id, body.name, body.kind, body.parent_id
    )
    return Status(201, _branch(current_user(request), made))


@router.patch("/branches/{int:branch_id}", response=s.BranchOut, operation_id="change_branch")
def change_branch(request: HttpRequest, branch_id: int, body: s.BranchPatch) -> Any:
    """Rename, or move to another parent; one of the two in one call."""
    user, given = current_user(request), body.model_fields_set
    if "parent_id" in given and given != {"parent_id"}:
        raise InvalidInput.at("parent_id", "移动和改名请分两次进行。")
    if "parent_id" in given:
        return _branch(user, branch_actions.move_branch(user, branch_id, body.parent_id))
    name = body.name if body.name is not None else queries.find_branch(user, branch_id).name
    return _branch(user, branch_actions.rename_branch(user, branch_id, name, body.kind))


@router.post("/branches/{int:branch_id}/merge", response=s.BranchOut, operation_id="merge_branch")
def merge_branch(request: HttpRequest, branch_id: int, body: s.MergeIn) -> Any:
    """Merge a branch into another; gives the other."""
    user = current_user(request)
    return _branch(user, branch_actions.merge_branches(user, branch_id, body.target_id))


@router.delete("/branches/{int:branch_id}", response={204: None}, operation_id="delete_branch")
def delete_branch(request: HttpRequest, branch_id: int) -> Any:
    """Delete an empty branch."""
    branch_actions.delete_branch(current_user(request), branch_id)
    return Status(204, None)


@router.get("/{int:organization_id}/members", response=s.MemberPage, operation_id="list_members")
def list_members(request: HttpRequest, organization_id: int, asked: Query[s.MemberQuery]) -> Any:
    """The living members that the caller sees, phones masked, in the order asked for."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    count_number_search(user, asked.q, organization)
    view = TableView(
        branch_id=asked.branch_id,
        direct=asked.direct,
        state=asked.state,
        role=asked.role,
        text=asked.q,
        sort=asked.sort.removeprefix("-"),
        descending=asked.sort.startswith("-"),
        page=asked.page,
        size=SIZE,
    )
    return s.page_of(table.page_of(user, organization, view), s.member_of)


@router.post(
    "/{int:organization_id}/members", response={201: s.MembersAdded}, operation_id="add_members"
)
def add_members(request: HttpRequest, organization_id: int, body: s.PeopleIn) -> Any:
    """Add people by name and phone, all or none."""
    people = [NewPerson(one.name, one.phone) for one in body.people]
    added = member_actions.add_members(
        current_user(request), organization_id, body.branch_id, people
    )
    return Status(
        201,
        {
            "items": [s.member_of(row, seen=True) for row in added.memberships],
            "active": added.active,
        },
    )


@router.post(
    "/{int:organization_id}/members/move",
    response=list[s.MemberOut],
    operation_id="move_members",
)
def move_members(request: HttpRequest, organization_id: int, body: s.PlaceIn) -> Any:
    """Put members into another branch, all or none; gives those that moved."""
    moved = member_actions.move_members(
        current_user(request), organization_id, body.members, body.branch_id
    )
    return [s.member_of(row, seen=True) for row in moved]


@router.get("/members/{int:membership_id}", response=s.MemberOut, operation_id="read_member")
def read_member(request: HttpRequest, membership_id: int) -> Any:
    """One member, phone masked."""
    return s.member_of(queries.get_member(current_user(request), membership_id)[0])


@router.post(
    "/members/{int:membership_id}/reveal", response=s.PhoneOut, operation_id="reveal_phone"
)
def reveal_phone(request: HttpRequest, membership_id: int) -> Any:
    """显示号码: the full number, for whoever may see it; audited, 30 a day for a colleague."""
    return {"phone": member_actions.reveal_phone(current_user(request), membership_id)}


@router.put(
    "/members/{int:membership_id}/phone", response=s.MemberOut, operation_id="correct_phone"
)
def correct_phone(request: HttpRequest, membership_id: int, body: s.PhoneIn) -> Any:
    """更正手机号码, while the member is 未激活."""
    row = member_actions.correct_phone(current_user(request), membership_id, body.phone)
    return s.member_of(row, seen=True)


@router.post(
    "/members/{int:membership_id}/remove", response=s.MemberOut, operation_id="remove_member"
)
def remove_member(request: HttpRequest, membership_id: int, body: s.ReasonIn) -> Any:
    """移出组织, with a reason."""
    row = member_actions.remove_member(current_user(request), membership_id, body.reason)
    return s.member_of(row, seen=True)


@router.get("/{int:organization_id}/roles", response=s.RolePage, operation_id="list_roles")
def list_roles(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """Who runs the organisation, for its administrators."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    return s.page_of(paginate(queries.admin_rows(user, organization), page, SIZE), s.role_of)


@router.post("/{int:organization_id}/roles", response={201: s.RoleOut}, operation_id="appoint")
def appoint(request: HttpRequest, organization_id: int, body: s.AppointIn) -> Any:
    """任命学习管理员; the main administrator alone."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    queries.require_member_of(user, organization, body.membership_id)
    return Status(201, s.role_of(role_actions.appoint(user, body.membership_id, body.scope_id)))


@router.delete("/roles/{int:grant_id}", response={204: None}, operation_id="dismiss")
def dismiss(request: HttpRequest, grant_id: int) -> Any:
    """免去学习管理员; the main administrator alone."""
    role_actions.dismiss(current_user(request), grant_id)
    return Status(204, None)


@router.post(
    "/{int:organization_id}/handovers",
    response={201: s.HandoverOut},
    operation_id="offer_handover",
)
def offer_handover(request: HttpRequest, organization_id: int, body: s.HandoverIn) -> Any:
    """移交主管理员: offer the office to an active member."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    queries.require_member_of(user, organization, body.membership_id)
    offer = role_actions.offer_handover(
        user, body.membership_id, stay_as_learning_admin=body.stay_as_learning_admin
    )
    return Status(201, s.handover_of(offer))


@router.post(
    "/handovers/{int:offer_id}/answer", response=s.HandoverOut, operation_id="answer_handover"
)
def answer_handover(request: HttpRequest, offer_id: int, body: s.AnswerIn) -> Any:
    """Accept (verified by real name) or refuse; for the one asked."""
    return s.handover_of(role_actions.answer_handover(current_user(request), offer_id, body.accept))


@router.post(
    "/handovers/{int:offer_id}/withdraw",
    response=s.HandoverOut,
    operation_id="withdraw_handover",
)
def withdraw_handover(request: HttpRequest, offer_id: int) -> Any:
    """Take an open offer back; the main administrator alone."""
    return s.handover_of(role_actions.withdraw_handover(current_user(request), offer_id))


def _branch(user: User, branch: Branch) -> dict[str, Any]:
    tally = queries.tallies(user, branch.organization, [branch])[branch.pk]
    advice = queries.size_advice(branch, tally.members)
    return s.branch_of(branch, tally, queries.parent_ids([branch]), advice)
