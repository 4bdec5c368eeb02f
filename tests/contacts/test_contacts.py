"""The first page of 通讯录: the search, the tiles, my organisations, whom I turn to most."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.contacts.actions import frequent
from lianxue.contacts.models import FriendRequest
from lianxue.organizations.models import SecuritySettings
from lianxue.shared.clock import now
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory, make_many

HOME = "/contacts/"


def test_my_organisations_with_their_marks(cast: Cast) -> None:
    MembershipFactory(organization=cast.newcomer, user=cast.owner)
    page = sign_in(cast.owner).get(HOME).content.decode()
    assert page.count('class="cell"') == 3  # two organisations, and 创建学习组织
    certified = page.split("中共历山县委宣传部")[1].split("</a>")[0]
    assert "已认证" in certified
    assert "管理" in certified
    assert "6 人" in certified
    other = page.split("中共青石县委宣传部")[1].split("</a>")[0]
    assert "未认证" in other
    assert "管理" not in other
    assert reverse("organizations:create") in page
    assert "中共临江市委宣传部" not in page


def test_somebody_who_belongs_nowhere_is_told_what_to_do(cast: Cast) -> None:
    page = sign_in(cast.stranger).get(HOME).content.decode()
    assert "您还没有加入学习组织" in page
    assert "创建学习组织" in page


def test_the_way_in_from_messages(cast: Cast) -> None:
    assert f'href="{HOME}"' in sign_in(cast.owner).get(reverse("inbox:home")).content.decode()


def test_doors(cast: Cast) -> None:
    assert sign_in(None).get(HOME)["Location"].startswith("/login/")
    assert sign_in(cast.owner).post(HOME).status_code == 405
    assert sign_in(cast.owner).get(HOME, {"page": "x"}).status_code == 200


def test_the_watermark_names_the_reader(cast: Cast) -> None:
    page = sign_in(cast.owner).get(HOME).content.decode()
    assert f"李明 {cast.owner.phone[-4:]}" in page


def test_no_watermark_where_no_organisation_wants_one(cast: Cast) -> None:
    SecuritySettings.objects.create(organization=cast.county, watermark=False)
    page = sign_in(cast.owner).get(HOME).content.decode()
    assert f"李明 {cast.owner.phone[-4:]}" not in page


def test_the_search_and_the_tiles(cast: Cast) -> None:
    FriendRequest.objects.create(
        from_user=cast.stranger, to_user=cast.owner, way="card", asked_at=now()
    )
    page = sign_in(cast.owner).get(HOME).content.decode()
    assert f'action="{reverse("contacts:search")}"' in page
    for name in ("new_friends", "phone_book", "friends", "groups", "add_friend"):
        assert f'href="{reverse(f"contacts:{name}")}"' in page
    tile = page.split("新的好友")[1].split("</a>")[0]
    assert '<span class="num">1</span>' in tile
    assert len(page.encode()) < 30_000


def test_whom_one_turns_to_most_stands_at_the_bottom(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    assert "常用联系人" not in browser.get(HOME).content.decode()
    frequent.note_use(cast.owner, cast.member.pk)
    page = browser.get(HOME).content.decode()
    below = page.split("常用联系人")[1]
    assert "刘洋" in below
    assert reverse("contacts:person", args=[cast.member.pk]) in below


def statements(user: User) -> int:
    browser = sign_in(user)
    browser.get(HOME)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(HOME).status_code == 200
    return len(seen)


def test_as_many_statements_however_much_there_is(cast: Cast) -> None:
    MembershipFactory(organization=cast.other, user=cast.owner)
    frequent.note_use(cast.owner, cast.member.pk)
    few = statements(cast.owner)
    for _ in range(30):
        MembershipFactory(organization=OrganizationFactory(), user=cast.owner)
        friend = UserFactory()
        MembershipFactory(organization=cast.county, user=friend)
        frequent.note_use(cast.owner, friend.pk)
    make_many(cast.county, ["王英"] * 1000)
    assert statements(cast.owner) == few
    assert few <= 25
