"""Every door of certification, tried by everybody; and what the pages say."""

import html
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lianxue.certification.actions import applications
from lianxue.certification.models import CertificationApplication, CertificationInvitation
from lianxue.organizations.models import Organization
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, put_in_chain

from .helpers import apply, certify, expire, invite, run_by

#: Who may look at the pages of 县, by what they get; everybody else belongs elsewhere.
WHOLE = {"owner": 200, "whole_admin": 200, "colleague": 403, "outsider_admin": 403, "member": 403}
ELSEWHERE = {"newcomer_admin": 404, "unverified_admin": 404, "other_member": 404, "stranger": 404}
ABOVE = {"city_admin": 404, "province_admin": 404}
IN_REACH = {"city_admin": 200, "province_admin": 200}

DOORS: dict[str, dict[str, int]] = {
    "/orgs/{county}/invitations/": WHOLE | ELSEWHERE | ABOVE,
    "/orgs/{county}/applications/": WHOLE | ELSEWHERE | ABOVE,
    "/orgs/{county}/certification/": WHOLE
    | ELSEWHERE
    | ABOVE
    | {"colleague": 200, "outsider_admin": 200},
    "/orgs/{county}/more/": WHOLE | ELSEWHERE | ABOVE,
    "/orgs/{county}/subordinates/": WHOLE | ELSEWHERE | IN_REACH,
    "/orgs/{county}/decertify/": WHOLE | ELSEWHERE | IN_REACH,
    "/orgs/{county}/claim/": ELSEWHERE
    | {"city_admin": 200, "province_admin": 403, "owner": 403, "member": 403},
    "/console/chain/{county}/": WHOLE | ELSEWHERE | IN_REACH,
    "/console/orgs/{county}/decertify/": WHOLE | ELSEWHERE | IN_REACH,
    "/console/orgs/{county}/claim/": ELSEWHERE
    | {"city_admin": 200, "province_admin": 403, "owner": 403, "member": 403},
    "/console/chain/": dict.fromkeys([*WHOLE, *ELSEWHERE, *ABOVE], 200),
    "/console/certification/": dict.fromkeys([*WHOLE, *ELSEWHERE, *ABOVE], 200),
    "/console/certification/sent/": dict.fromkeys([*WHOLE, *ELSEWHERE, *ABOVE], 200),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_for_everybody(cast: Cast, door: str) -> None:
    address = door.format(county=cast.county.pk)
    got = {who: sign_in(getattr(cast, who)).get(address).status_code for who in DOORS[door]}
    assert got == DOORS[door]
    answer = sign_in(None).get(address)
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]


@pytest.mark.parametrize(
    "path",
    [
        "/orgs/{0}/invitations/1/revoke/",
        "/orgs/{0}/more/rename/",
        "/applications/1/approve/",
        "/applications/1/refuse/",
        "/applications/1/withdraw/",
        "/console/applications/1/approve/",
        "/orgs/{0}/claim/1/revoke/",
    ],
)
def test_doors_that_write_take_post_alone(cast: Cast, path: str) -> None:
    address = path.format(cast.county.pk)
    assert sign_in(cast.owner).get(address).status_code == 405
    assert sign_in(cast.stranger).post(address).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.owner, backend="lianxue.accounts.backends.PhoneBackend")
    assert strict.post(address).status_code == 403


def _text(answer: object) -> str:
    body = answer.content.decode()  # type: ignore[attr-defined]
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def test_from_invitation_to_certified_by_the_pages(cast: Cast) -> None:
    superior, applicant = sign_in(cast.owner), sign_in(cast.newcomer_admin)
    made = superior.post(
        f"/orgs/{cast.county.pk}/invitations/", {"bound_name": "", "days": "7", "max_uses": "1"}
    )
    assert made.status_code == 302
    shown = superior.get(made.headers["Location"])
    assert "<svg" in shown.content.decode()
    invitation = CertificationInvitation.objects.get()
    assert f"/i/{invitation.token}/" in shown.content.decode()

    opened = applicant.get(f"/i/{invitation.token}/")
    assert cast.county.name in _text(opened)
    assert cast.newcomer.name in _text(opened)
    sent = applicant.post(f"/i/{invitation.token}/", {"organization": cast.newcomer.pk})
    assert sent.headers["Location"] == f"/orgs/{cast.newcomer.pk}/certification/"
    assert "撤回申请" in _text(applicant.get(sent.headers["Location"]))

    listed = superior.get(f"/orgs/{cast.county.pk}/applications/")
    assert cast.newcomer.name in _text(listed)
    application = CertificationApplication.objects.get()
    done = superior.post(f"/applications/{application.pk}/approve/")
    assert done.headers["Location"] == f"/orgs/{cast.county.pk}/applications/"
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.superior == cast.county
    again = superior.post(f"/applications/{application.pk}/approve/")
    assert again.status_code == 409
    assert "已经通过" in _text(again)


def test_a_refusal_without_a_reason_comes_back_with_what_was_typed(cast: Cast) -> None:
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    for prefix in ("", "/console"):
        answer = sign_in(cast.owner).post(
            f"{prefix}/applications/{sent.pk}/refuse/", {"reason": "长" * 101}
        )
        assert answer.status_code == 422
        assert "长" * 101 in answer.content.decode()
        assert "最多 100 个字" in _text(answer)
        empty = sign_in(cast.owner).post(f"{prefix}/applications/{sent.pk}/refuse/", {})
        assert empty.status_code == 422
        assert f'id="reason-{sent.pk}-error"' in empty.content.decode()
    sent.refresh_from_db()
    assert sent.state == "pending"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"bound_name": "长" * 101, "days": "7", "max_uses": "1"}, "名称最多 100 个字"),
        ({"bound_name": "甲县", "days": "7.5", "max_uses": "1"}, "请从列出的有效期中选择一项"),
        ({"bound_name": "甲县", "days": "7", "max_uses": "zero"}, "可用次数为 1 至 1000"),
    ],
)
def test_a_bad_invitation_form_comes_back(cast: Cast, data: dict[str, str], message: str) -> None:
    answer = sign_in(cast.owner).post(f"/orgs/{cast.county.pk}/invitations/", data)
    assert answer.status_code == 422
    assert message in _text(answer)
    assert data["bound_name"] in answer.content.decode()
    assert not CertificationInvitation.objects.exists()


def test_the_opened_invitation_leads_to_real_name_and_back(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    client = sign_in(cast.unverified_admin)
    page = client.get(f"/i/{made.token}/").content.decode()
    assert f"/me/realname/?next=/i/{made.token}/" in page
    sent = client.post(f"/i/{made.token}/", {"organization": cast.other.pk})
    assert sent.status_code == 302
    assert sent.headers["Location"].startswith("/me/realname/?next=")
    assert not CertificationApplication.objects.exists()


def test_a_visitor_signs_in_and_comes_back(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    answer = Client().get(f"/i/{made.token}/")
    assert answer.headers["Location"] == f"/login/?next=/i/{made.token}/"


def test_choosing_none_or_a_foreign_organisation_says_so(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    for chosen in ("", "x", str(cast.other.pk), "99999999999999999999"):
        answer = sign_in(cast.newcomer_admin).post(f"/i/{made.token}/", {"organization": chosen})
        assert answer.status_code == 422
        assert "请选择要申请认证的组织" in _text(answer)


def test_somebody_without_an_organisation_is_shown_the_way(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    page = sign_in(cast.stranger).get(f"/i/{made.token}/")
    assert "创建学习组织" in _text(page)


def test_after_creating_one_the_way_leads_back_to_the_invitation(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    client, back = sign_in(cast.stranger), f"/i/{made.token}/"
    form = client.get(f"/orgs/new/?next={back}").content.decode()
    assert f'name="next" value="{back}"' in form
    typed = {"name": "中共红柳县委员会", "province": "110000", "next": back, "step": "confirm"}
    done = client.post("/orgs/new/", typed)
    assert done.headers["Location"] == back
    typed |= {"name": "中共白柳县委员会", "next": "https://elsewhere.example/"}
    done = client.post("/orgs/new/", typed)
    assert done.headers["Location"].startswith("/orgs/")
    assert "中共红柳县委员会" in _text(client.get(back))


def test_an_organisation_that_can_not_apply_is_listed_with_its_reason(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    page = _text(sign_in(cast.city_admin).get(f"/i/{made.token}/"))
    assert "不能反过来申请" in page


def test_an_expired_link_is_a_plain_page(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    expire(made)
    answer = sign_in(cast.newcomer_admin).get(f"/i/{made.token}/")
    assert answer.status_code == 409
    assert "这份邀请已过期" in _text(answer)


def test_rename_and_dissolve_forms_keep_what_was_typed(cast: Cast) -> None:
    client, base = sign_in(cast.newcomer_admin), f"/orgs/{cast.newcomer.pk}/more/"
    answer = client.post(base + "rename/", {"name": "名 称！"})
    assert answer.status_code == 422
    assert "名 称！" in answer.content.decode()
    answer = client.post(base + "dissolve/", {"typed_name": "别的名字"})
    assert answer.status_code == 422
    assert "别的名字" in answer.content.decode()
    assert client.post(base + "rename/", {"name": "中共青石县委员会"}).status_code == 302
    gone = client.post(base + "dissolve/", {"typed_name": "中共青石县委员会"})
    assert gone.status_code == 302
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.dissolved_at is not None


def test_the_certified_read_why_they_can_not_be_renamed(cast: Cast) -> None:
    page = sign_in(cast.owner).get(f"/orgs/{cast.county.pk}/more/")
    assert "经上级组织同意" in _text(page)
    answer = sign_in(cast.owner).post(f"/orgs/{cast.county.pk}/more/rename/", {"name": "新名称"})
    assert answer.status_code == 409
    assert "经上级组织同意" in _text(answer)


def test_the_preview_links_to_what_stands_in_the_way(cast: Cast) -> None:
    page = sign_in(cast.province_admin).get(f"/orgs/{cast.city.pk}/decertify/")
    assert f'href="/orgs/{cast.county.pk}/decertify/"' in page.content.decode()
    assert "<textarea" not in page.content.decode()
    free = sign_in(cast.city_admin).get(f"/orgs/{cast.county.pk}/decertify/")
    assert "<textarea" in free.content.decode()
    empty = sign_in(cast.city_admin).post(f"/orgs/{cast.county.pk}/decertify/", {"reason": ""})
    assert empty.status_code == 422
    done = sign_in(cast.city_admin).post(f"/orgs/{cast.county.pk}/decertify/", {"reason": "调整"})
    assert done.headers["Location"] == f"/orgs/{cast.city.pk}/subordinates/"


def test_claiming_by_the_pages(cast: Cast) -> None:
    unclaimed = put_in_chain(OrganizationFactory(name="中共红柳镇委员会"), cast.county)
    base = f"/orgs/{unclaimed.pk}/claim/"
    superior = sign_in(cast.owner)
    assert superior.post(base, {"days": "3"}).status_code == 422
    assert superior.post(base, {"days": "7"}).status_code == 302
    page = superior.get(base).content.decode()
    link = re.search(r"/claim/[\w-]+/", page)
    assert link is not None
    assert "认领并担任主管理员" in _text(sign_in(cast.stranger).get(link[0]))
    waiting = sign_in(cast.unverified_admin).post(link[0])
    assert waiting.headers["Location"].startswith("/me/realname/")
    done = sign_in(cast.stranger).post(link[0])
    assert done.headers["Location"] == f"/orgs/{unclaimed.pk}/"
    again = sign_in(cast.newcomer_admin).post(link[0])
    assert again.status_code == 409
    assert "已经被使用过了" in _text(again)


def test_the_chain_shows_each_their_part(cast: Cast) -> None:
    below_newcomer, _ = run_by()
    everything = _text(sign_in(cast.operator).get("/console/chain/"))
    assert cast.province.name in everything
    assert below_newcomer.name in everything
    part = _text(sign_in(cast.city_admin).get("/console/chain/"))
    assert cast.city.name in part
    assert cast.province.name not in part
    found = _text(sign_in(cast.city_admin).get("/console/chain/", {"q": "县"}))
    assert cast.county.name in found
    assert cast.newcomer.name not in found


def test_a_level_is_a_fragment_for_htmx_and_a_page_without(cast: Cast) -> None:
    client = sign_in(cast.province_admin)
    address = f"/console/chain/{cast.province.pk}/"
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert cast.city.name in part
    assert "<html" not in part
    assert "<html" in client.get(address).content.decode()


def test_breadcrumbs_begin_where_my_part_begins(cast: Cast) -> None:
    page = sign_in(cast.city_admin).get(f"/orgs/{cast.county.pk}/subordinates/")
    assert f'href="/orgs/{cast.city.pk}/subordinates/"' in page.content.decode()
    assert cast.province.name not in _text(page)


@pytest.mark.parametrize(
    "address",
    ["/console/chain/{city}/", "/orgs/{city}/subordinates/", "/orgs/{city}/decertify/"],
)
def test_levels_take_the_same_statements_however_large(
    cast: Cast, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, path = sign_in(cast.province_admin), address.format(city=cast.city.pk)
    for _ in range(60):
        put_in_chain(OrganizationFactory(), cast.city)
    with django_assert_max_num_queries(27):
        page = client.get(path)
    assert page.status_code == 200
    assert page.content.decode().count("中共测试第") >= 45


def test_received_lists_take_the_same_statements_however_many(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = invite(cast.owner, cast.county, max_uses=None)
    for _ in range(25):
        organization, admin = run_by()
        apply(admin, organization, made)
    client = sign_in(cast.owner)
    for path in (f"/orgs/{cast.county.pk}/applications/", "/console/certification/"):
        with django_assert_max_num_queries(23):
            page = client.get(path)
        assert page.content.decode().count('name="csrfmiddlewaretoken"') >= 40


def test_history_and_withdrawing_on_the_status_page(cast: Cast) -> None:
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    applications.refuse_application(cast.owner, sent.pk, "名称要写全称")
    certify(cast.owner, cast.county, cast.newcomer_admin, cast.newcomer)
    page = _text(sign_in(cast.newcomer_admin).get(f"/orgs/{cast.newcomer.pk}/certification/"))
    assert "名称要写全称" in page
    assert f"上级：{cast.county.name}" in page


def test_no_page_of_a_dissolved_organisation(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.newcomer.pk).update(dissolved_at=cast.newcomer.created_at)
    for path in ("certification", "more", "subordinates", "invitations"):
        answer = sign_in(cast.newcomer_admin).get(f"/orgs/{cast.newcomer.pk}/{path}/")
        assert answer.status_code == 404
