"""The branch tree: add, rename, move, merge, delete, and who may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.organizations import queries
from lianxue.organizations.actions import branches, members
from lianxue.organizations.models import Branch, Membership, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, grant, make_branch


def fresh(branch: Branch) -> Branch:
    return Branch.objects.get(pk=branch.pk)


def above(branch: Branch) -> Branch | None:
    return queries.parent_of(fresh(branch))


def whole() -> bool:
    return not any(Branch.objects.find_problems())


def test_add_at_the_top_and_below(cast: Cast) -> None:
    top = branches.add_branch(cast.owner, cast.county.pk, " 第三  党支部 ", "branch")
    below = branches.add_branch(cast.owner, cast.county.pk, "第一党小组", "group", top.pk)
    assert (top.name, top.depth, above(below)) == ("第三 党支部", 1, top)
    assert whole()
    event = AuditEvent.objects.filter(action="branch.added").latest("seq")
    assert (event.target_id, event.data["parent"]) == (str(below.pk), top.pk)


@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [
        ("", "branch", "name"),
        ("  ", "branch", "name"),
        ("某" * 61, "branch", "name"),
        ("第\x00一", "branch", "name"),
        ("第二党支部", "branch", "name"),  # there is one already
        ("第三党支部", "party", "kind"),
        ("第三党支部", "", "kind"),
    ],
)
def test_bad_branches(cast: Cast, name: str, kind: str, field: str) -> None:
    before = Branch.objects.count()
    with pytest.raises(InvalidInput) as caught:
        branches.add_branch(cast.owner, cast.county.pk, name, kind)
    assert field in caught.value.fields
    assert Branch.objects.count() == before


def test_names_are_free_under_another_parent_and_in_another_organisation(cast: Cast) -> None:
    branches.add_branch(cast.owner, cast.county.pk, "第二党支部", "branch", cast.general_branch.pk)
    branches.add_branch(cast.newcomer_admin, cast.newcomer.pk, "第二党支部", "branch")


def test_the_tree_has_a_last_level(cast: Cast) -> None:
    parent = None
    for level in range(branches.MAX_DEPTH):
        made = branches.add_branch(
            cast.owner, cast.county.pk, f"第{level}级", "branch", parent.pk if parent else None
        )
        parent = made
    assert parent is not None
    with pytest.raises(StateConflict):
        branches.add_branch(cast.owner, cast.county.pk, "太深", "branch", parent.pk)
    with pytest.raises(StateConflict):
        branches.move_branch(cast.owner, cast.general_branch.pk, parent.pk)
    assert whole()


def test_rename_keeps_names_apart(cast: Cast) -> None:
    branches.rename_branch(cast.owner, cast.second_branch.pk, "老干部党支部", "general_branch")
    assert fresh(cast.second_branch).name == "老干部党支部"
    assert fresh(cast.second_branch).kind == "general_branch"
    branches.rename_branch(cast.owner, cast.second_branch.pk, "老干部党支部")
    assert AuditEvent.objects.filter(action="branch.renamed").count() == 1
    with pytest.raises(InvalidInput):
        branches.rename_branch(cast.owner, cast.second_branch.pk, "第一党总支")


def test_move_takes_everything_along(cast: Cast) -> None:
    branches.move_branch(cast.owner, cast.general_branch.pk, cast.second_branch.pk)
    assert above(cast.general_branch) == cast.second_branch
    assert above(cast.first_branch) == cast.general_branch
    assert fresh(cast.first_branch).depth == 3
    assert whole()
    branches.move_branch(cast.owner, cast.general_branch.pk, None)
    assert above(cast.general_branch) is None
    assert fresh(cast.second_branch).numchild == 0
    assert whole()
    event = AuditEvent.objects.filter(action="branch.moved").latest("seq")
    assert event.data["from"] == cast.second_branch.pk


def test_no_move_into_itself_or_below_itself(cast: Cast) -> None:
    for target in (cast.general_branch, cast.first_branch):
        with pytest.raises(StateConflict) as caught:
            branches.move_branch(cast.owner, cast.general_branch.pk, target.pk)
        assert "它自己或它的下级" in caught.value.message


def test_a_move_to_where_it_stands_changes_nothing(cast: Cast) -> None:
    branches.move_branch(cast.owner, cast.first_branch.pk, cast.general_branch.pk)
    assert not AuditEvent.objects.filter(action="branch.moved").exists()


def test_no_move_under_a_taken_name_or_into_another_organisation(cast: Cast) -> None:
    branches.add_branch(cast.owner, cast.county.pk, "第二党支部", "branch", cast.general_branch.pk)
    with pytest.raises(InvalidInput) as caught:
        branches.move_branch(cast.owner, cast.second_branch.pk, cast.general_branch.pk)
    assert "parent_id" in caught.value.fields
    foreign = make_branch(cast.newcomer, "外面的支部")
    with pytest.raises(NotFound):
        branches.move_branch(cast.owner, cast.second_branch.pk, foreign.pk)


def test_merge_moves_people_and_children_and_ends_offices(cast: Cast) -> None:
    child = make_branch(cast.county, "第二党支部", parent=cast.second_branch, kind="group")
    seat = MembershipFactory(organization=cast.county, branch=fresh(cast.second_branch))
    into = branches.merge_branches(cast.owner, cast.second_branch.pk, cast.general_branch.pk)
    assert into.pk == cast.general_branch.pk
    assert not Branch.objects.filter(pk=cast.second_branch.pk).exists()
    assert above(child) == cast.general_branch
    seat.refresh_from_db()
    assert seat.branch_id == cast.general_branch.pk
    assert not RoleGrant.objects.filter(membership__user=cast.outsider_admin).exists()
    told = InboxItem.objects.get(place=f"user:{cast.outsider_admin.pk}")
    assert "第二党支部" in told.title
    assert RoleGrant.objects.filter(membership__user=cast.colleague).exists()
    assert whole()


def test_merge_into_a_child_or_over_a_name_is_refused(cast: Cast) -> None:
    with pytest.raises(StateConflict):
        branches.merge_branches(cast.owner, cast.general_branch.pk, cast.first_branch.pk)
    with pytest.raises(StateConflict):
        branches.merge_branches(cast.owner, cast.general_branch.pk, cast.general_branch.pk)
    make_branch(cast.county, "第一党支部", parent=fresh(cast.second_branch))
    with pytest.raises(InvalidInput) as caught:
        branches.merge_branches(cast.owner, cast.general_branch.pk, cast.second_branch.pk)
    assert "第一党支部" in caught.value.fields["target_id"]
    assert fresh(cast.first_branch)


def test_a_child_merges_into_its_parent_even_with_a_grandchild_of_its_name(cast: Cast) -> None:
    grandchild = make_branch(cast.county, "第一党支部", parent=fresh(cast.first_branch))
    branches.merge_branches(cast.owner, cast.first_branch.pk, cast.general_branch.pk)
    assert above(grandchild) == cast.general_branch
    assert Membership.objects.get(pk=cast.memberships[cast.member.pk].pk).branch_id == (
        cast.general_branch.pk
    )
    assert whole()


def test_delete_says_what_is_inside(cast: Cast) -> None:
    with pytest.raises(StateConflict) as caught:
        branches.delete_branch(cast.owner, cast.general_branch.pk)
    assert "1 个下级支部" in caught.value.message
    assert "学习管理员" in caught.value.message
    with pytest.raises(StateConflict) as caught:
        branches.delete_branch(cast.owner, cast.first_branch.pk)
    assert "2 位成员" in caught.value.message
    people = [cast.memberships[cast.member.pk].pk, cast.invited.pk if cast.invited else 0]
    members.move_members(cast.owner, cast.county.pk, people[:1], None)
    members.remove_member(cast.owner, people[1], "组织关系转出")
    branches.delete_branch(cast.owner, cast.first_branch.pk)
    assert not Branch.objects.filter(pk=cast.first_branch.pk).exists()
    assert fresh(cast.general_branch).numchild == 0
    event = AuditEvent.objects.get(action="branch.deleted")
    assert event.target_id == str(cast.first_branch.pk)
    assert whole()


@pytest.mark.parametrize("who", ["colleague", "whole_admin"])
def test_ending_somebodys_office_by_a_merge_takes_the_main_administrator(
    cast: Cast, who: str
) -> None:
    office = grant(cast.memberships[cast.member.pk], "learning_admin", cast.first_branch)
    with pytest.raises(PermissionDenied, match="请由主管理员来合并"):
        branches.merge_branches(getattr(cast, who), cast.first_branch.pk, cast.general_branch.pk)
    assert RoleGrant.objects.filter(pk=office.pk).exists()
    branches.merge_branches(cast.owner, cast.first_branch.pk, cast.general_branch.pk)
    assert not RoleGrant.objects.filter(pk=office.pk).exists()


def test_a_learning_administrator_works_below_the_scope_alone(cast: Cast) -> None:
    me = cast.colleague  # for 第一党总支
    made = branches.add_branch(me, cast.county.pk, "第三党支部", "branch", cast.general_branch.pk)
    branches.rename_branch(me, made.pk, "第四党支部")
    branches.merge_branches(me, made.pk, cast.general_branch.pk)
    for forbidden in (
        lambda: branches.add_branch(me, cast.county.pk, "顶层", "branch"),
        lambda: branches.add_branch(me, cast.county.pk, "别处", "branch", cast.second_branch.pk),
        lambda: branches.rename_branch(me, cast.general_branch.pk, "改名"),
        lambda: branches.move_branch(me, cast.general_branch.pk, None),
        lambda: branches.delete_branch(me, cast.general_branch.pk),
        lambda: branches.merge_branches(me, cast.general_branch.pk, cast.second_branch.pk),
        lambda: branches.rename_branch(me, cast.second_branch.pk, "改名"),
        lambda: branches.move_branch(me, cast.first_branch.pk, None),
        lambda: branches.move_branch(me, cast.first_branch.pk, cast.second_branch.pk),
        lambda: branches.merge_branches(me, cast.first_branch.pk, cast.second_branch.pk),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()


def test_strangers_find_nothing(cast: Cast) -> None:
    for person in (cast.stranger, cast.city_admin, cast.unverified_admin):
        with pytest.raises(NotFound):
            branches.rename_branch(person, cast.first_branch.pk, "改名")
        with pytest.raises(NotFound):
            branches.add_branch(person, cast.county.pk, "支部", "branch")
    with pytest.raises(PermissionDenied):
        branches.rename_branch(cast.member, cast.first_branch.pk, "改名")
    with pytest.raises(NotFound):
        branches.rename_branch(cast.owner, 999999, "改名")


def test_tallies_add_up_the_whole_subtree_in_two_statements(cast: Cast) -> None:
    rows = [fresh(cast.general_branch), fresh(cast.first_branch), fresh(cast.second_branch)]
    with CaptureQueriesContext(
        connection,
    ) as seen:
        found = queries.tallies(cast.owner, cast.county, rows)
    assert len(seen) == 2  # whom the reader sees, and the people
    assert found[cast.general_branch.pk] == queries.Tally(3, 2)  # colleague, member, invited
    assert found[cast.first_branch.pk] == queries.Tally(2, 1)
    assert found[cast.second_branch.pk] == queries.Tally(1, 1)


@pytest.mark.slow
def test_tallies_hold_at_a_thousand_branches(db: None) -> None:
    organization = OrganizationFactory()
    tops = [make_branch(organization, f"总支{n}") for n in range(10)]
    rows = [make_branch(organization, f"支部{n}", parent=tops[n % 10]) for n in range(990)]
    Membership.objects.bulk_create(
        Membership(
            organization=organization,
            branch=rows[n % 990],
            phone=f"137{n:08d}",
            name="某",
            created_at=organization.created_at,
        )
        for n in range(1000)
    )
    with CaptureQueriesContext(connection) as seen:
        found = queries.tallies(Operator(), organization, tops)
    assert len(seen) == 1
    assert sum(tally.members for tally in found.values()) == 1000


@pytest.mark.parametrize(
    ("kind", "people", "words"),
    [
        ("branch", 2, "联合党支部"),
        ("branch", 3, ""),
        ("branch", 6, ""),
        ("branch", 7, "支部委员会"),
        ("branch", 51, "党总支"),
        ("general_branch", 50, "超过 50 人"),
        ("general_branch", 51, ""),
        ("general_branch", 101, "党委"),
        ("committee", 100, "超过 100 人"),
        ("committee", 101, ""),
        ("group", 1, ""),
    ],
)
def test_sizes_are_advice(kind: str, people: int, words: str) -> None:
    advice = queries.size_advice(Branch(kind=kind), people)
    assert (words in advice) if words else advice == ""
