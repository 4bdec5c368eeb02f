"""The stable cast: one province's chain with everybody that a door can meet.

    省 (root, certified) — 市 (certified) — 县 (certified); 新 and 外 (uncertified)

县 has a general branch 第一党总支 with 第一党支部 below it, and 第二党支部 beside it.
All are verified administrators unless the name says otherwise; all people are invented.
"""

import re
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant

from .factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    grant,
    make_branch,
    put_in_chain,
)
from .kept import Kept


@dataclass
class Cast:
    """People and places by the role they play at a door of 县."""

    province: Organization
    city: Organization
    county: Organization
    newcomer: Organization
    other: Organization

    general_branch: Branch
    first_branch: Branch
    second_branch: Branch

    province_admin: User  # 省's main administrator
    city_admin: User  # 市's main administrator: the superior of 县
    owner: User  # 县's main administrator
    colleague: User  # 县's learning administrator for 第一党总支
    outsider_admin: User  # 县's learning administrator for 第二党支部: out of scope elsewhere
    whole_admin: User  # 县's learning administrator without a scope
    member: User  # a plain member of 县, in 第一党支部
    newcomer_admin: User  # 新's main administrator, verified
    unverified_admin: User  # 外's main administrator, not verified by real name
    other_member: User  # a plain member of 外
    stranger: User  # signed in, belongs nowhere
    operator: User  # serves the site

    memberships: dict[int, Membership] = field(default_factory=dict)  # by user id
    invited: Membership | None = None  # somebody in 县's 第一党支部 who has not come yet


def sign_in(user: User | None) -> Client:
    """A browser in which ``user`` is signed in (None: nobody)."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="lianxue.accounts.backends.PhoneBackend")
    return client


def shown(page: str) -> str:
    """A page's words without its markup: in the shape of an icon any four digits may stand."""
    return re.sub(r"<[^>]*>", " ", page)


def make_cast_anew() -> Cast:
    """Everybody, in about seventy statements."""
    people = {
        key: UserFactory(name=name, realname_verified_at=timezone.now() if verified else None)
        for key, name, verified in [
            ("province_admin", "省主管", True),
            ("city_admin", "市主管", True),
            ("owner", "李明", True),
            ("colleague", "王秀英", True),
            ("outsider_admin", "张建国", True),
            ("whole_admin", "陈静", True),
            ("member", "刘洋", False),
            ("newcomer_admin", "赵敏", True),
            ("unverified_admin", "周涛", False),
            ("other_member", "吴磊", False),
            ("stranger", "杨帆", True),
        ]
    }
    people["operator"] = UserFactory(name="运维", is_operator=True)
    places = {
        "province": OrganizationFactory(name="中共东海省委宣传部"),
        "city": OrganizationFactory(name="中共临江市委宣传部"),
        "county": OrganizationFactory(name="中共历山县委宣传部"),
        "newcomer": OrganizationFactory(name="中共青石县委宣传部"),
        "other": OrganizationFactory(name="中共白杨县委宣传部"),
    }
    put_in_chain(places["province"])
    put_in_chain(places["city"], places["province"])
    put_in_chain(places["county"], places["city"])
    general = make_branch(places["county"], "第一党总支", kind="general_branch")
    first = make_branch(places["county"], "第一党支部", parent=general)
    second = make_branch(places["county"], "第二党支部")
    general.refresh_from_db()
    seats: list[tuple[str, str, Branch | None, str | None, Branch | None]] = [
        ("province_admin", "province", None, "main_admin", None),
        ("city_admin", "city", None, "main_admin", None),
        ("owner", "county", None, "main_admin", None),
        ("colleague", "county", general, "learning_admin", general),
        ("outsider_admin", "county", second, "learning_admin", second),
        ("whole_admin", "county", None, "learning_admin", None),
        ("member", "county", first, None, None),
        ("newcomer_admin", "newcomer", None, "main_admin", None),
        ("unverified_admin", "other", None, "main_admin", None),
        ("other_member", "other", None, None, None),
    ]
    memberships = {}
    for person, place, branch, role, scope in seats:
        seat = MembershipFactory(organization=places[place], user=people[person], branch=branch)
        memberships[people[person].pk] = seat
        if role:
            grant(seat, RoleGrant.Role(role), scope)
    invited = MembershipFactory(
        organization=places["county"], user=None, branch=first, phone="13711112222", name="孙未来"
    )
    return Cast(
        **places,
        **people,
        general_branch=general,
        first_branch=first,
        second_branch=second,
        memberships=memberships,
        invited=invited,
    )


#: Everybody, in eight statements once the process has made them.
make_cast = Kept(make_cast_anew)


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, fresh for one test."""
    return make_cast()
