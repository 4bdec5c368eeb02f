"""The pages: what stands on them, how forms come back, how many statements they take."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.audit.models import AuditEvent
from lianxue.inbox.actions import Note, post_todo
from lianxue.organizations import queries
from lianxue.organizations.actions import branches, members, roles
from lianxue.organizations.models import Branch, HandoverOffer, Membership
from lianxue.organizations.newcomers import NewPerson
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, make_branch, make_many


def url(name: str, *args: Any) -> str:
    return reverse(f"organizations:{name}", args=args)


def text(browser: Client, address: str, **query: Any) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_work_says_where_i_am_what_waits_and_what_i_can_do(cast: Cast) -> None:
    note = Note(
        topic="certification.application", title="有认证申请等您审核", link="/x/", subject="a:1"
    )
    post_todo(queries.admin_place(cast.county.pk), note)
    page = text(sign_in(cast.owner), url("work"))
    assert (
        page.index("有认证申请等您审核")
        < page.index("中共历山县委宣传部</h2>")
        < page.index("组织架构")
    )
    assert "收到的认证申请" in page
    plain = text(sign_in(cast.member), url("work"))
    assert "有认证申请等您审核" not in plain
    assert "第一党支部" in plain
    for word in ("收到的认证申请", "更多设置", ">管理员<"):
        assert word not in plain
    nobody = text(sign_in(cast.stranger), url("work"))
    assert "您还没有加入学习组织" in nobody
    assert url("create") in nobody


def test_the_switch_is_remembered(cast: Cast) -> None:
    MembershipFactory(organization=cast.newcomer, user=cast.owner)
    browser = sign_in(cast.owner)
    first = text(browser, url("work"))
    assert "中共历山县委宣传部</h2>" in first  # what I administer comes first
    assert "切换组织" in first
    assert "中共青石县委宣传部</h2>" in text(browser, url("work"), org=cast.newcomer.pk)
    assert "中共青石县委宣传部</h2>" in text(browser, url("work"))
    assert "中共历山县委宣传部</h2>" in text(browser, url("work"), org=cast.county.pk)
    for foreign in (cast.city.pk, "x", "9" * 30):
        assert "中共历山县委宣传部</h2>" in text(browser, url("work"), org=foreign)


def test_management_page(cast: Cast) -> None:
    page = text(sign_in(cast.owner), url("home", cast.county.pk))
    assert "上级：中共临江市委宣传部" in page
    assert "已认证" in page
    assert "5 / 6" in page
    assert "83.3%" in page
    for word in ("邀请下级组织认证", "下级组织", "更多设置", "未激活成员", "管理员"):
        assert word in page
    fresh = text(sign_in(cast.newcomer_admin), url("home", cast.newcomer.pk))
    assert "未认证" in fresh
    assert "邀请下级组织认证" not in fresh
    assert "组织认证" in fresh


def test_tree_and_manage_pages(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    top = text(browser, url("tree", cast.county.pk))
    assert top.index("第一党总支") < top.index("第二党支部")
    assert "3 人" in top
    assert url("manage", cast.county.pk) in top
    assert url("manage", cast.county.pk) not in text(
        sign_in(cast.member), url("tree", cast.county.pk)
    )
    below = text(browser, url("tree", cast.county.pk), branch=cast.first_branch.pk)
    assert "孙未来" in below
    assert "137\xa0****\xa02222" in below
    assert "13711112222" not in below
    manage = text(browser, url("manage", cast.county.pk), branch=cast.first_branch.pk)
    for word in ("添加党支部", "添加成员", "改名", "移动", "合并", "联合党支部"):
        assert word in manage
    assert "删除这个支部" not in manage
    own = text(
        sign_in(cast.colleague), url("manage", cast.county.pk), branch=cast.general_branch.pk
    )
    assert "添加党支部" in own
    assert "改名" not in own
    empty = make_branch(cast.county, "空支部")
    assert "删除这个支部" in text(browser, url("manage", cast.county.pk), branch=empty.pk)


def test_adding_a_branch_ends_where_it_began(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    form = url("branch_add", cast.county.pk) + f"?parent={cast.general_branch.pk}"
    page = text(browser, form)
    assert "完成" in page
    answer = browser.post(form, {"name": "第三党支部", "kind": "branch"})
    assert answer["Location"] == url("tree", cast.county.pk) + f"?branch={cast.general_branch.pk}"
    page = text(browser, answer["Location"])
    assert "已添加“第三党支部”" in page
    made = Branch.objects.get(name="第三党支部")
    assert queries.parent_of(made) == cast.general_branch


FORMS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("branch_add", "county", {"name": "", "kind": "branch"}, "name", "请填写支部名称"),
    ("branch_add", "county", {"name": "第二党支部", "kind": "branch"}, "name", "已有同名"),
    ("branch_add", "county", {"name": "新支部", "kind": "x"}, "kind", "请选择类型"),
    ("branch_edit", "second", {"name": "第一党总支", "kind": "branch"}, "name", "已有同名"),
    ("branch_edit", "second", {"name": " ", "kind": "branch"}, "name", "请填写支部名称"),
    ("branch_move", "second", {"parent_id": ""}, "parent_id", "请选择要移到的位置"),
    ("branch_move", "second", {"parent_id": "abc"}, "parent_id", "请从列表中选择"),
    ("branch_merge", "second", {"target_id": ""}, "target_id", "请选择要并入的支部"),
    ("branch_merge", "second", {"target_id": "٣"}, "target_id", "请从列表中选择"),
    ("member_phone", "invited", {"phone": "12345"}, "phone", "11 位数字"),
    ("member_phone", "invited", {"phone": "13711112222"}, "phone", "和现在的号码相同"),
    ("member_move", "seat", {"branch_id": ""}, "branch_id", "请选择支部"),
    ("member_remove", "seat", {"reason": ""}, "reason", "请填写移出的原因"),
    ("member_remove", "seat", {"reason": "由" * 101}, "reason", "最多 100 个字"),
    ("appoint", "seat", {"scope_id": ""}, "scope_id", "请选择管理范围"),
    ("appoint", "seat", {"scope_id": "-1"}, "scope_id", "请从列表中选择"),
]


@pytest.mark.parametrize(("name", "key", "form", "field", "words"), FORMS)
def test_bad_input_comes_back_beside_its_field(
    cast: Cast, name: str, key: str, form: dict[str, Any], field: str, words: str
) -> None:
    assert cast.invited
    ids = {
        "county": cast.county.pk,
        "second": cast.second_branch.pk,
        "invited": cast.invited.pk,
        "seat": cast.memberships[cast.member.pk].pk,
    }
    before = AuditEvent.objects.count()
    answer = sign_in(cast.owner).post(url(name, ids[key]), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    beside = page.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert words in beside
    typed = form[field]
    if typed.strip() and name in {"branch_add", "branch_edit", "member_phone", "member_remove"}:
        assert typed in page or field == "kind"
    assert AuditEvent.objects.count() == before


def test_conflicts_come_back_in_the_form(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    answer = browser.post(
        url("branch_move", cast.general_branch.pk), {"parent_id": cast.first_branch.pk}
    )
    assert answer.status_code == 409
    assert "它自己或它的下级" in answer.content.decode()
    answer = browser.post(url("branch_delete", cast.first_branch.pk), follow=True)
    assert "还有2 位成员" in answer.content.decode().replace(" 位", " 位")


def test_merge_shows_first_what_would_move(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    form = url("branch_merge", cast.second_branch.pk)
    answer = browser.post(form, {"target_id": cast.general_branch.pk})
    page = answer.content.decode()
    assert "张建国" in page
    assert "职务会结束" in page
    assert "确认合并" in page
    assert Branch.objects.filter(pk=cast.second_branch.pk).exists()
    browser.post(form, {"target_id": cast.general_branch.pk, "step": "confirm"})
    assert not Branch.objects.filter(pk=cast.second_branch.pk).exists()


def test_adding_rows_and_lines_together(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    answer = browser.post(
        url("members_add", cast.county.pk),
        {
            "branch_id": cast.first_branch.pk,
            "name": ["钱多", "", "杨帆"],
            "phone": ["13600000001", "", cast.stranger.phone],
            "lines": "周小小 13600000002\n\n吴大大，13600000003\n",
        },
        follow=True,
    )
    page = answer.content.decode()
    assert "已添加 4 人，其中 1 人已激活，3 人未激活" in page
    assert Membership.objects.filter(branch=cast.first_branch).count() == 6


def test_every_bad_row_and_line_is_named_and_all_typing_kept(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    typed = {
        "branch_id": cast.first_branch.pk,
        "name": ["钱多", "", "<b>"],
        "phone": ["136", "13600000009", cast.member.phone],
    }
    answer = browser.post(url("members_add", cast.county.pk), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    for field in ("phone-0", "name-1", "name-2", "phone-2"):
        assert f'id="{field}-error"' in page
    assert 'value="136"' in page
    assert 'value="&lt;b&gt;"' in page
    lines = "周小小 13600000002\n没有号码\n"
    answer = browser.post(url("members_add", cast.county.pk), {"branch_id": "top", "lines": lines})
    page = answer.content.decode()
    assert "第 2 行：请写成“姓名 手机号码”" in page
    assert "周小小 13600000002" in page
    typed = {"branch_id": "top", "name": "钱多", "phone": "136", "lines": "周小小 1\n没有号码"}
    page = browser.post(url("members_add", cast.county.pk), typed).content.decode()
    assert 'id="phone-0-error"' in page
    assert "第 1 行：手机号码应为 11 位数字" in page
    assert "第 2 行：请写成" in page
    lines = f"周小小 13600000002\n孙小小 {cast.member.phone}"
    answer = browser.post(url("members_add", cast.county.pk), {"branch_id": "top", "lines": lines})
    assert "第 2 行：这个号码已在“第一党支部”中（刘洋）" in answer.content.decode()
    assert not Membership.objects.filter(phone__startswith="136").exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "branch_id"),
        ({"branch_id": "top"}, "name-0"),
        ({"branch_id": "x", "lines": "钱多 13600000001"}, "branch_id"),
    ],
)
def test_adding_nobody_or_nowhere(cast: Cast, form: dict[str, str], field: str) -> None:
    answer = sign_in(cast.owner).post(url("members_add", cast.county.pk), form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.content.decode()


def test_the_number_is_shown_when_asked_for_and_only_then(cast: Cast) -> None:
    browser = sign_in(cast.colleague)
    seat = cast.memberships[cast.member.pk].pk
    assert cast.member.phone not in text(browser, url("member", seat))
    answer = browser.post(url("member_reveal", seat))
    assert cast.member.phone in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.filter(action="member.phone_revealed").count() == 1
    assert cast.member.phone not in text(browser, url("member", seat))


def test_what_a_member_page_offers(cast: Cast) -> None:
    assert cast.invited
    main = text(sign_in(cast.owner), url("member", cast.invited.pk))
    assert "更正手机号码" in main
    assert "任命学习管理员" not in main  # not active yet
    helper = text(sign_in(cast.owner), url("member", cast.memberships[cast.colleague.pk].pk))
    for word in ("免去学习管理员", "任命学习管理员", "移交主管理员", "移出组织"):
        assert word in helper
    for reader in (cast.member, cast.outsider_admin):
        page = text(sign_in(reader), url("member", cast.invited.pk))
        assert "显示号码" in page  # a colleague may, unless 安全中心 hides it
        for word in ("更正手机号码", "移出组织"):
            assert word not in page
    own = text(sign_in(cast.whole_admin), url("member", cast.memberships[cast.whole_admin.pk].pk))
    assert "移出组织" not in own


def test_the_handover_page_by_page(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk].pk
    owner, taker = sign_in(cast.owner), sign_in(cast.member)
    assert "刘洋" in text(owner, url("pick_successor", cast.county.pk))
    owner.post(url("offer_handover", seat), {"stay": "on"})
    offer = HandoverOffer.objects.get()
    assert offer.stay_as_learning_admin
    assert "等待对方接受" in text(owner, url("admins", cast.county.pk))
    answer = taker.post(url("handover", offer.pk), {"answer": "accept"})
    assert answer["Location"].startswith(reverse("accounts:realname") + "?next=")
    answer = taker.post(url("handover", offer.pk), {"answer": "perhaps"})
    assert answer.status_code == 422
    taker.post(url("handover", offer.pk), {"answer": "refuse"})
    assert "已谢绝" in text(taker, url("handover", offer.pk))
    answer = taker.post(url("handover", offer.pk), {"answer": "refuse"})
    assert answer.status_code == 409
    again = roles.offer_handover(cast.owner, cast.memberships[cast.colleague.pk].pk)
    answer = sign_in(cast.colleague).post(url("handover", again.pk), {"answer": "accept"})
    assert answer["Location"] == url("home", cast.county.pk)


def test_the_list_is_searched_filtered_and_paged(cast: Cast) -> None:
    people = [NewPerson("某人", f"136{n:08d}") for n in range(30)]
    members.add_members(cast.owner, cast.county.pk, cast.second_branch.pk, people)
    browser = sign_in(cast.owner)
    page = text(browser, url("members", cast.county.pk), state="invited")
    assert "共 31 人" in page
    assert "第 1 / 2 页" in page
    assert "state=invited&amp;page=2" in page
    assert "共 1 人" in text(browser, url("members", cast.county.pk), q="0007")
    assert "没有找到" in text(browser, url("members", cast.county.pk), q="不存在")


def statements(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


def test_pages_take_the_same_number_of_statements_at_ten_and_at_a_thousand(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    addresses = [
        url("work"),
        url("home", cast.county.pk),
        url("tree", cast.county.pk),
        url("tree", cast.county.pk) + f"?branch={cast.second_branch.pk}",
        url("manage", cast.county.pk),
        url("members", cast.county.pk),
        url("members_add", cast.county.pk),
        url("branch_move", cast.first_branch.pk),
        url("admins", cast.county.pk),
        url("pick_admin", cast.county.pk),
        url("console_home"),
        url("console_tree", cast.county.pk),
        url("console_level", cast.county.pk) + f"?branch={cast.second_branch.pk}",
        reverse("contacts:home"),
        f"/api/v1/organizations/{cast.county.pk}/branches",
        f"/api/v1/organizations/{cast.county.pk}/members",
        f"/api/v1/organizations/{cast.county.pk}/roles",
    ]
    # more than a page already: a long list has a strip of letters, which takes two more
    make_many(cast.county, ["左某"] * 30, branch=cast.second_branch)
    for address in addresses:
        browser.get(address)  # warm: what is kept in memory is read once
    few = {address: statements(browser, address) for address in addresses}
    for n in range(30):
        made = branches.add_branch(
            cast.owner, cast.county.pk, f"新{n}", "branch", cast.second_branch.pk
        )
        if n % 3 == 0:
            MembershipFactory(organization=cast.county, branch=made)
    # last from A to Z, so that the first page still shows who holds offices
    make_many(cast.county, ["左某"] * 1000, branch=cast.second_branch)
    many = {address: statements(browser, address) for address in addresses}
    assert many == few
    assert max(few.values()) <= 34


def test_dragging_on_the_console(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    page = text(browser, url("console_tree", cast.county.pk))
    assert f'data-drag="{cast.second_branch.pk}"' in page
    assert 'data-drop="top"' in page
    assert 'draggable="true"' not in text(
        sign_in(cast.outsider_admin), url("console_tree", cast.county.pk)
    )
    level = text(browser, url("console_level", cast.county.pk), branch=cast.general_branch.pk)
    assert "第一党支部" in level
    assert "<html" not in level
    address = url("console_level", cast.county.pk)
    marked = text(browser, address, branch=cast.general_branch.pk, current=cast.first_branch.pk)
    assert 'aria-current="true"' in marked
    for nonsense in ("x", "9" * 30):
        query = {"branch": cast.general_branch.pk, "current": nonsense}
        assert "aria-current" not in text(browser, address, **query)
    move = url("console_move", cast.county.pk)
    answer = browser.post(
        move, {"moved": cast.second_branch.pk, "target": cast.general_branch.pk}, follow=True
    )
    assert "已移动" in answer.content.decode()
    answer = browser.post(
        move, {"moved": cast.general_branch.pk, "target": cast.second_branch.pk}, follow=True
    )
    assert "它自己或它的下级" in answer.content.decode()
    for bad in ({}, {"moved": "x", "target": "top"}, {"moved": cast.second_branch.pk}):
        answer = browser.post(move, bad, follow=True)
        assert "请" in answer.content.decode().split('class="toasts"')[1].split("</div>")[0]


def test_long_names_keep_their_marks(cast: Cast) -> None:
    cast.county.name = "中共某某市某某区委宣传部机关委员会"
    cast.county.save(update_fields=["name"])
    page = text(sign_in(cast.owner), reverse("contacts:home"))
    assert cast.county.name in page
    assert "已认证" in page
