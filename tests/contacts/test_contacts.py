"""通讯录, for now: my organisations with their marks, and the way to a new one."""

from django.urls import reverse

from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory

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
