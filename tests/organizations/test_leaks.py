"""What lies beyond one's sight is not told in passing: no branch's name, nobody's, on no page."""

import pytest
from django.test import Client
from django.urls import reverse

from lianxue.organizations.actions import imports
from lianxue.organizations.models import BranchReach, HiddenPhones, SecuritySettings
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, UserFactory, grant, make_branch
from tests.organizations import imports_help

BEYOND = "第二党支部"


@pytest.fixture
def narrow(cast: Cast) -> Cast:
    """县 shows its members their own branch alone; 第二党支部 has rules of its own."""
    SecuritySettings.objects.create(organization=cast.county, reach="branch")
    BranchReach.objects.create(organization=cast.county, branch=cast.second_branch, reach="whole")
    HiddenPhones.objects.create(organization=cast.county, branch=cast.second_branch)
    return cast


def page(client: Client, name: str, *args: int) -> str:
    answer = client.get(reverse(f"organizations:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_my_own_page_of_rights_names_no_branch_that_i_do_not_see(narrow: Cast) -> None:
    client = sign_in(narrow.member)
    assert BEYOND not in page(client, "access_me", narrow.county.pk)
    answer = client.get(f"/api/v1/organizations/{narrow.county.pk}/access/me")
    assert answer.status_code == 200
    assert BEYOND not in str(answer.json())
    assert BEYOND in page(sign_in(narrow.owner), "access_person", *whom(narrow, narrow.member))


def test_nor_does_that_of_somebody_in_my_care(narrow: Cast) -> None:
    assert BEYOND not in page(
        sign_in(narrow.colleague), "access_person", *whom(narrow, narrow.member)
    )


def test_a_roster_is_not_told_the_ways_to_branches_out_of_scope(narrow: Cast) -> None:
    for name in ("甲总支", "乙总支"):
        above = make_branch(narrow.county, name, kind="general_branch")
        make_branch(narrow.county, "同名支部", parent=above)
    file = imports_help.upload([("赵新", "13600000001", "同名支部")])
    batch = imports.prepare(narrow.colleague, narrow.county.pk, file)
    said = imports_help.row(batch, 2).errors["branch"]
    assert said == "“同名支部”不在您的管理范围内，请联系主管理员。"
    batch = imports.prepare(narrow.owner, narrow.county.pk, file)
    assert "甲总支/同名支部" in imports_help.row(batch, 2).errors["branch"]


def whom(cast: Cast, person: object) -> tuple[int, int]:
    return cast.county.pk, cast.memberships[person.pk].pk  # type: ignore[attr-defined]


def test_an_office_over_an_unseen_branch_does_not_name_it(narrow: Cast) -> None:
    """刘洋's neighbour looks after 第二党支部."""
    mate = MembershipFactory(
        organization=narrow.county, branch=narrow.first_branch, user=UserFactory(name="孙莉")
    )
    grant(mate, "learning_admin", narrow.second_branch)
    assert BEYOND not in page(sign_in(narrow.member), "member", mate.pk)
    assert "其他支部" in page(sign_in(narrow.member), "member", mate.pk)
    for name in ("admins", "console_tree", "access"):
        assert BEYOND not in page(sign_in(narrow.colleague), name, narrow.county.pk), name
        assert BEYOND in page(sign_in(narrow.owner), name, narrow.county.pk), name
    client = sign_in(narrow.colleague)
    for path in ("roles", "access"):
        answer = client.get(f"/api/v1/organizations/{narrow.county.pk}/{path}")
        assert answer.status_code == 200
        assert BEYOND not in str(answer.json()), path


def test_an_office_ended_by_a_merge_names_nobody_whom_one_does_not_see(narrow: Cast) -> None:
    far = MembershipFactory(
        organization=narrow.county, branch=narrow.second_branch, user=UserFactory(name="郑远")
    )
    grant(far, "learning_admin", narrow.first_branch)
    address = reverse("organizations:branch_merge", args=[narrow.first_branch.pk])
    form = {"target_id": str(narrow.general_branch.pk)}
    said = sign_in(narrow.colleague).post(address, form).content.decode()
    assert "郑远" not in said
    assert "学习管理员职务会结束" in said
    assert "郑远" in sign_in(narrow.owner).post(address, form).content.decode()
    looked = page(sign_in(narrow.colleague), "access_person", *whom(narrow, narrow.member))
    assert "郑远" not in looked
