"""解散: looked at first, typed to be sure, ends what it said and keeps what it said."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.certification.actions import settings
from lianxue.certification.models import CertificationApplication, ClaimLink, RenameRequest
from lianxue.certification.queries import dissolving
from lianxue.inbox.models import InboxItem
from lianxue.organizations.models import (
    HandoverOffer,
    ImportRow,
    MemberImport,
    Membership,
    Organization,
    RosterDetail,
)
from lianxue.shared.errors import NotFound
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, OrganizationFactory, put_in_chain

from .helpers import apply, invite

FACES = ("certification:dissolve", "certification:console_dissolve")


def words(answer: Any) -> str:
    """What the page says."""
    html = answer.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def roster(place: Organization, member: Membership) -> MemberImport:
    """An import that waits, and what a roster says of one member."""
    moment = timezone.now()
    RosterDetail.objects.create(membership=member, data="{}", changed_at=moment)
    batch = MemberImport.objects.create(
        organization=place, file_name="名册.xlsx", digest="0", created_at=moment
    )
    ImportRow.objects.create(batch=batch, number=1, outcome="new", data="{}")
    return batch


def fill(cast: Cast) -> MemberImport:
    """新 with one of everything that dissolving ends."""
    member = MembershipFactory(organization=cast.newcomer)
    HandoverOffer.objects.create(
        organization=cast.newcomer,
        from_membership=cast.memberships[cast.newcomer_admin.pk],
        to_membership=member,
        offered_at=timezone.now(),
    )
    ClaimLink.objects.create(
        organization=cast.newcomer,
        token="t",
        token_hash="h",
        created_at=timezone.now(),
        expires_at=timezone.now() + timezone.timedelta(days=1),
    )
    apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    return roster(cast.newcomer, member)


@pytest.mark.parametrize("face", FACES)
def test_what_is_in_the_way_in_order_each_with_its_link(cast: Cast, face: str) -> None:
    put_in_chain(OrganizationFactory(), cast.county)
    RenameRequest.objects.create(
        organization=cast.county,
        superior=cast.city,
        old_name=cast.county.name,
        new_name="中共历山区委宣传部",
        asked_at=timezone.now(),
    )
    answer = sign_in(cast.owner).get(reverse(face, args=[cast.county.pk]))
    said = words(answer)
    assert "现在还不能解散" in said
    assert (
        said.index("1. 解除下级组织的认证") < said.index("还有 1 个") < said.index("2. 解除本组织")
    )
    assert "改名申请会撤回" in said
    way = face.replace("dissolve", "decertify")
    assert reverse(way, args=[cast.county.pk]) in answer.content.decode()
    assert "typed_name" not in answer.content.decode(), "no form that can't work"
    assert "会保留的" in said


def test_the_root_is_told_whom_to_ask(cast: Cast) -> None:
    answer = sign_in(cast.province_admin).get(reverse(FACES[0], args=[cast.province.pk]))
    assert "请联系平台运维人员" in words(answer)


@pytest.mark.parametrize("face", FACES)
def test_what_it_would_end_delete_and_keep(cast: Cast, face: str) -> None:
    fill(cast)
    said = words(sign_in(cast.newcomer_admin).get(reverse(face, args=[cast.newcomer.pk])))
    for line in (
        "认证申请 发给“中共历山县委宣传部”，还在等待审核 1 份",
        "主管理员移交",
        "成员导入 没有写入的不再写入 1 份",
        "2 人",
        "管理职务 主管理员和学习管理员 1 项",
        "认领链接 立即失效 1 份",
        "名册信息 民族、出生日期、入党时间等，删除后不能恢复 1 人",
        "操作日志 由平台运维人员保管 1 条",
        "曾用名 0 个",
    ):
        assert line in said, line


@pytest.mark.parametrize("face", FACES)
def test_then_the_name_is_typed_and_it_does_what_it_said(cast: Cast, face: str) -> None:
    batch = fill(cast)
    address = reverse(face, args=[cast.newcomer.pk])
    browser = sign_in(cast.newcomer_admin)
    wrong = browser.post(address, {"typed_name": "中共青石县"})
    assert wrong.status_code == 422
    assert 'value="中共青石县"' in wrong.content.decode()
    assert "与组织名称不一致" in words(wrong)
    events = AuditEvent.objects.count()
    assert browser.post(address, {"typed_name": "中共青石县委宣传部"}).status_code == 302
    cast.newcomer.refresh_from_db()
    batch.refresh_from_db()
    assert cast.newcomer.dissolved_at is not None
    assert (batch.state, batch.note) == ("dropped", "组织已解散。")
    assert not ImportRow.objects.exists()
    assert not RosterDetail.objects.exists()
    assert not HandoverOffer.objects.filter(state="offered").exists()
    assert not ClaimLink.objects.filter(revoked_at=None).exists()
    assert CertificationApplication.objects.get().state == "withdrawn"
    assert AuditEvent.objects.count() > events, "the log stays and grows"
    ended = cast.newcomer.memberships.values_list("state", flat=True)
    assert set(ended) == {Membership.State.ENDED}
    assert browser.get(address).status_code == 404


def test_who_leaves_is_told_once_and_the_one_who_did_it_is_not(cast: Cast) -> None:
    member = MembershipFactory(organization=cast.newcomer)
    awaited = MembershipFactory(organization=cast.newcomer, user=None, phone="13711119999")
    gone = MembershipFactory(organization=cast.newcomer, state="ended")
    settings.dissolve_organization(cast.newcomer_admin, cast.newcomer.pk, cast.newcomer.name)
    told = InboxItem.objects.filter(topic="organization.dissolved").values_list("place", flat=True)
    assert list(told) == [f"user:{member.user_id}"]
    assert awaited.user_id is None
    assert gone.user_id != member.user_id


def test_only_the_main_administrator_gets_the_form(cast: Cast) -> None:
    helper = MembershipFactory(organization=cast.newcomer)
    helper.role_grants.create(
        organization=cast.newcomer, role="learning_admin", granted_at=timezone.now()
    )
    answer = sign_in(helper.user).get(reverse(FACES[0], args=[cast.newcomer.pk]))
    assert "解散组织由主管理员进行" in words(answer)
    assert "typed_name" not in answer.content.decode()


def test_who_is_not_verified_is_led_there(cast: Cast) -> None:
    answer = sign_in(cast.unverified_admin).get(reverse(FACES[0], args=[cast.other.pk]))
    assert "去实名认证" in words(answer)
    assert f"{reverse('accounts:realname')}?next=" in answer.content.decode()
    assert "typed_name" not in answer.content.decode()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200),
        ("whole_admin", 200),
        ("colleague", 403),
        ("member", 403),
        ("other_member", 404),
        ("stranger", 404),
        ("operator", 404),
    ],
)
def test_who_may_look(cast: Cast, who: str, status: int, face: str) -> None:
    browser = sign_in(getattr(cast, who))
    assert browser.get(reverse(face, args=[cast.county.pk])).status_code == status
    assert browser.get(reverse(face, args=[10**15])).status_code == 404


def test_the_api_says_the_same(cast: Cast) -> None:
    fill(cast)
    address = f"/api/v1/organizations/{cast.newcomer.pk}/dissolve"
    found = sign_in(cast.newcomer_admin).get(address).json()
    assert found["free"] is True
    assert found["subordinates"] == 0
    assert [one["word"] for one in found["withdrawn"]] == ["认证申请", "主管理员移交", "成员导入"]
    county = f"/api/v1/organizations/{cast.county.pk}/dissolve"
    assert sign_in(cast.owner).get(county).json()["free"] is False
    assert sign_in(cast.member).get(county).status_code == 403
    assert sign_in(cast.stranger).get(county).status_code == 404


def test_the_settings_lead_there(cast: Cast) -> None:
    for face in ("settings", "console_settings"):
        page = sign_in(cast.owner).get(reverse(f"certification:{face}", args=[cast.county.pk]))
        target = "certification:console_dissolve" if "console" in face else FACES[0]
        assert reverse(target, args=[cast.county.pk]) in page.content.decode()


def test_a_new_name_on_the_console_stays_there(cast: Cast) -> None:
    address = reverse("certification:console_rename_now", args=[cast.newcomer.pk])
    browser = sign_in(cast.newcomer_admin)
    done = browser.post(address, {"name": "中共青石区委宣传部"})
    assert done["Location"] == reverse("certification:console_settings", args=[cast.newcomer.pk])
    html = browser.get(done["Location"]).content.decode()
    assert "中共青石县委宣传部" in html, "the former name is shown"
    home = browser.get(reverse("organizations:home", args=[cast.newcomer.pk]))
    assert "曾用名：中共青石县委宣传部" in words(home)


def test_decertifying_says_that_a_request_for_a_name_ends(cast: Cast) -> None:
    address = reverse("certification:decertify", args=[cast.county.pk])
    assert "改名申请" not in words(sign_in(cast.city_admin).get(address))
    RenameRequest.objects.create(
        organization=cast.county,
        superior=cast.city,
        old_name=cast.county.name,
        new_name="中共历山区委宣传部",
        asked_at=timezone.now(),
    )
    for face in ("certification:decertify", "certification:console_decertify"):
        said = words(sign_in(cast.city_admin).get(reverse(face, args=[cast.county.pk])))
        assert "改名申请（新名称：中共历山区委宣传部）还在等待审核" in said


@pytest.mark.parametrize("people", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_it_costs_the_same_however_many(cast: Cast, people: int) -> None:
    Membership.objects.bulk_create(
        Membership(
            organization=cast.newcomer,
            phone=f"136{n:08d}",
            name="某人",
            created_at=timezone.now(),
        )
        for n in range(people)
    )
    with CaptureQueriesContext(
        connection,
    ) as looked:
        dissolving.preview(cast.newcomer)
    assert len(looked) <= 13
    with CaptureQueriesContext(connection) as done:
        settings.dissolve_organization(cast.newcomer_admin, cast.newcomer.pk, cast.newcomer.name)
    assert len(done) <= 40


def test_an_unseen_one_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        settings.dissolve_organization(cast.stranger, cast.newcomer.pk, cast.newcomer.name)
