"""What the pages of points say: to the person, to the members, to administrators."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxue.accounts.kept import kept_by_apps
from lianxue.points.actions import rules
from lianxue.points.actions.crediting import credit
from lianxue.points.actions.reversing import reverse
from lianxue.points.actions.rules import Wish
from lianxue.points.items import SOURCES, TOTAL
from lianxue.points.models import PointEntry, PointRule
from lianxue.shared.clock import today
from tests.cast import Cast, sign_in

from .makers import READ, TASK, did, items

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]


def _text(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


@pytest.fixture
def entries(cast: Cast) -> list[PointEntry]:
    """四篇: the third is cut, the fourth gives nothing; the first was taken back afterwards."""
    made = [credit(did(cast.member, cast.county, number)) for number in range(1, 5)]
    reverse(cast.owner, cast.county.pk, made[0].pk, "由他人代学")
    return made


def test_the_own_page_says_why(cast: Cast, entries: list[PointEntry]) -> None:
    page = _text(sign_in(cast.member), "/points/")
    assert "得 1 分，计 0.5 分：这一项当日已到上限 2.5 分" in page
    assert "得 1 分，计 0 分：这一项当日已到上限 2.5 分" in page
    assert "更正 −1 分：由他人代学（李明）" in page
    assert cast.county.name in page
    assert "我的积分" in _text(sign_in(cast.member), "/me/")


def test_nothing_yet_says_what_to_do(cast: Cast) -> None:
    page = _text(sign_in(cast.stranger), "/points/")
    assert "还没有积分" in page
    assert "完成学习任务" in page


def test_an_entry_is_explained(cast: Cast, entries: list[PointEntry]) -> None:
    client = sign_in(cast.member)
    page = _text(client, f"/points/{entries[2].pk}/")
    assert "此前已计 2 分，还可计 0.5 分" in page, "as it was before the correction"
    assert "每次 1 分，每日上限 2.5 分，每年上限 6 分" in page
    assert "按这个上限计入" in page
    taken = _text(client, f"/points/{entries[0].pk}/")
    assert "已被更正" in taken
    made = PointEntry.objects.get(kind="reversal")
    back = _text(client, f"/points/{made.pk}/")
    assert "由他人代学" in back
    assert f"/points/{entries[0].pk}/" in back
    for who in ("owner", "stranger"):
        assert sign_in(getattr(cast, who)).get(f"/points/{made.pk}/").status_code == 404


def test_a_cap_that_was_made_later_explains_nothing_before(
    cast: Cast, entries: list[PointEntry]
) -> None:
    rules.set_rule(cast.owner, cast.county.pk, TOTAL, Wish(day_cap=5), "试")
    page = _text(sign_in(cast.member), f"/points/{entries[1].pk}/")
    assert "当日全部项目不设上限" in page
    later = credit(did(cast.member, cast.county, 9, TASK))
    assert later.amount == 0
    assert "当日全部项目上限 0.5 分" in _text(sign_in(cast.member), f"/points/{later.pk}/")


def test_the_source_opens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = credit(did(cast.member, cast.county, 1))
    page = _text(sign_in(cast.member), f"/points/{entry.pk}/")
    assert "打开" not in page
    monkeypatch.setitem(SOURCES, "test", "points:terms")
    assert "/points/rules/1/" in _text(sign_in(cast.member), f"/points/{entry.pk}/")


def test_members_see_the_rules(cast: Cast) -> None:
    rules.set_rule(cast.owner, cast.county.pk, READ, Wish(15, 60), "提高分值")
    coming = Wish(20, effective_from=today() + timedelta(days=9))
    rules.set_rule(cast.owner, cast.county.pk, READ, coming, "再提高")
    page = _text(sign_in(cast.member), f"/points/rules/{cast.county.pk}/")
    assert "每次 1.5 分，每日上限 6 分，每年不设上限" in page
    assert "提高分值" in page
    assert "每次 2 分" in page
    assert "全部项目合计" in page


def test_averages_open_to_people_and_their_entries(cast: Cast, entries: list[PointEntry]) -> None:
    client, base = sign_in(cast.owner), f"/orgs/{cast.county.pk}/points/"
    for face in ("", "/console"):
        page = _text(client, face + base)
        assert "1.5 ÷ 5 = 0.30" in page
        assert "截至" in page
        assert f"{face}{base}people/" in page
        people = _text(client, f"{face}{base}people/", branch=cast.first_branch.pk)
        assert "刘洋" in people
        assert "陈静" not in people
        seat = cast.memberships[cast.member.pk].pk
        ledger = _text(client, f"{face}{base}members/{seat}/")
        assert "由他人代学" in ledger
        assert ledger.count("/reverse/") == 2, "what was taken back, or gave nothing, offers none"
        own = cast.memberships[cast.owner.pk].pk
        assert "自己的积分" in _text(client, f"{face}{base}members/{own}/") or face


def test_a_correction_from_the_page(cast: Cast, entries: list[PointEntry]) -> None:
    client = sign_in(cast.colleague)
    address = f"/orgs/{cast.county.pk}/points/entries/{entries[1].pk}/reverse/"
    assert "不能恢复" in _text(client, address)
    answer = client.post(address, {"reason": "账号由他人使用"}, follow=True)
    assert "已更正：刘洋 −1 分" in answer.content.decode()
    assert answer.request["PATH_INFO"].endswith(f"/members/{cast.memberships[cast.member.pk].pk}/")
    assert client.post(address, {"reason": "再来一次"}).status_code == 409
    assert "没有可以更正" in _text(client, address)


def test_a_rule_from_the_page(cast: Cast) -> None:
    client, base = sign_in(cast.whole_admin), f"/orgs/{cast.county.pk}/points/rules/"
    form = {
        "use": "own",
        "points": "１．５",
        "day_cap": "6",
        "year_cap": "",
        "effective_from": today().isoformat(),
        "reason": "提高分值",
    }
    assert client.post(f"{base}{READ}/", form, follow=True).status_code == 200
    made = PointRule.objects.get()
    assert (made.points, made.day_cap, made.year_cap) == (15, 60, None)
    assert "没有改动" in client.post(f"{base}{READ}/", form).content.decode()
    back = client.post(f"{base}{READ}/", form | {"use": "site", "points": "", "reason": "试"})
    assert back.status_code == 302
    assert PointRule.objects.order_by("pk").last().inherits  # type: ignore[union-attr]
    total = form | {"points": "", "day_cap": "20"}
    assert client.post(f"{base}total/", total).status_code == 302
    assert client.get(f"{base}no.such/").status_code == 404
    assert "保存新规则" not in _text(sign_in(cast.colleague), f"{base}{READ}/")


def test_years_that_are_none(cast: Cast) -> None:
    client, base = sign_in(cast.owner), f"/orgs/{cast.county.pk}/points/"
    for year in ("1066", "x", "９", "99999999999999999999", "-1"):
        assert f"{today().year} 年" in _text(client, base, year=year)
    for branch in ("x", "987654321", "99999999999999999999999"):
        assert client.get(base, {"branch": branch}).status_code in {200, 404}


def test_what_is_kept_about_a_person(cast: Cast, entries: list[PointEntry]) -> None:
    page = kept_by_apps(cast.member, whole=False)
    assert page["总积分"] == "1.5 分"
    assert page["积分明细"] == "5 条"
    rows = kept_by_apps(cast.member, whole=True)["积分明细"]
    assert [one["内容"] for one in rows] == ["第1篇", "第2篇", "第3篇", "第4篇", "第1篇"]
    assert rows[-1]["说明"] == "更正 −1 分：由他人代学（李明）"
