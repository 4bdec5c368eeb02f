"""成员, A to Z: the order, the strip of letters, what finds whom in one organisation."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.organizations import queries
from lianxue.organizations.models import SecuritySettings
from tests.cast import Cast, sign_in
from tests.factories import make_many


def address(cast: Cast) -> str:
    return reverse("organizations:members", args=[cast.county.pk])


def listed(cast: Cast, **cut: str) -> list[str]:
    rows = queries.members(cast.owner, cast.county, queries.MemberFilter(**cut))  # type: ignore[arg-type]
    return [row.name for row in rows]


def test_the_order_is_a_to_z(cast: Cast) -> None:
    make_many(cast.county, ["区小明", "单雄", "欧阳海", "曾国"])
    assert listed(cast) == [
        "陈静",
        "李明",
        "刘洋",
        "区小明",  # read ou, so it stands with 欧阳
        "欧阳海",
        "单雄",
        "孙未来",
        "王秀英",
        "曾国",
        "张建国",
    ]


@pytest.mark.parametrize(
    ("letter", "names"),
    [
        ("L", ["李明", "刘洋"]),
        ("Z", ["张建国"]),
        ("#", ["㐂乐"]),
        ("B", []),
        ("l", None),
        ("LL", None),
        ("王", None),
    ],
)
def test_under_a_letter(cast: Cast, letter: str, names: list[str] | None) -> None:
    make_many(cast.county, ["㐂乐"])
    everybody = listed(cast)
    assert listed(cast, letter=letter) == (everybody if names is None else names)


def test_the_strip_has_the_letters_that_somebody_stands_under(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    assert 'class="letters"' not in browser.get(address(cast)).content.decode()  # one page
    make_many(cast.county, ["安宁"] * 20)
    page = browser.get(address(cast), {"state": "invited"}).content.decode()
    strip = page.split('class="letters"')[1].split("</nav>")[0]
    assert [letter for letter in "ACLSWZ#" if f">{letter}</a>" in strip] == ["A", "S"]
    assert "state=invited&amp;letter=S" in strip
    under = browser.get(address(cast), {"letter": "S"}).content.decode()
    assert "S · 共 1 人" in under
    assert ">全部</a>" in under
    assert 'aria-current="true">S</a>' in under
    nobody = browser.get(address(cast), {"letter": "B"}).content.decode()
    assert "没有找到符合条件的成员" in nobody
    assert 'class="letters"' not in browser.get(address(cast), {"q": "安"}).content.decode()


def test_no_letter_tells_of_whom_one_does_not_see(cast: Cast) -> None:
    SecuritySettings.objects.create(organization=cast.county, reach="branch")
    make_many(cast.county, ["安宁"] * 30, branch=cast.first_branch)
    make_many(cast.county, ["包容"], branch=cast.second_branch)
    page = sign_in(cast.member).get(address(cast)).content.decode()
    strip = page.split('class="letters"')[1].split("</nav>")[0]
    assert ">A</a>" in strip
    assert ">B</a>" not in strip


@pytest.mark.parametrize(
    "text", ["王", "秀英", "英", "wangxiuying", "xiuying", "wxy", "xy", "王 秀英"]
)
def test_found_in_the_list_and_on_the_console_alike(cast: Cast, text: str) -> None:
    assert listed(cast, text=text) == ["王秀英"]
    browser = sign_in(cast.owner)
    for where in (address(cast), reverse("organizations:console_tree", args=[cast.county.pk])):
        page = browser.get(where, {"q": text}).content.decode()
        assert "王秀英" in page
        assert "张建国" not in page
    found = browser.get(f"/api/v1/organizations/{cast.county.pk}/members", {"q": text}).json()
    assert [one["name"] for one in found["items"]] == ["王秀英"]


def statements(cast: Cast, **asked: str) -> int:
    browser = sign_in(cast.owner)
    browser.get(address(cast), asked)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address(cast), asked).status_code == 200
    return len(seen)


def test_as_many_statements_at_ten_and_at_a_thousand(cast: Cast) -> None:
    asked = [{"letter": "W"}, {"q": "王"}, {"q": "ying"}, {"q": "0001"}, {"state": "invited"}]
    make_many(cast.county, ["王英"] * 20)
    few = [statements(cast, **one) for one in asked]
    make_many(cast.county, ["王英"] * 1000)
    assert [statements(cast, **one) for one in asked] == few
