"""我的: who I am, my settings' doors, what is kept about me."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from lianxue.accounts import realname_terms
from lianxue.accounts.actions import realname as actions
from lianxue.accounts.devices import device_name
from lianxue.audit.models import AuditEvent
from tests.cast import Cast, sign_in

NUMBER = "11010519491231002X"
DOORS = ["me", "profile", "appearance", "data"]


@pytest.mark.parametrize("door", [*DOORS, "export"])
def test_every_door_leads_the_signed_out_to_login(db: None, door: str) -> None:
    address = reverse(f"accounts:{door}")
    answer = Client().post(address) if door == "export" else Client().get(address)
    assert answer["Location"] == f"/login/?next={address}"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", ["owner", "member", "unverified_admin", "stranger", "operator"])
def test_every_role_has_its_own_pages(cast: Cast, role: str, door: str) -> None:
    user = getattr(cast, role)
    page = sign_in(user).get(reverse(f"accounts:{door}"))
    assert page.status_code == 200
    assert "style=" not in page.content.decode()


def avatar_door(page: str) -> str:
    """Where the avatar at the top right leads."""
    found = re.search(r'href="([^"]+)" aria-label="我的头像', page)
    assert found
    return found[1]


def test_the_way_of_the_manual(cast: Cast) -> None:
    """1.4: 头像 at the top right → 头像 again → 个人实名认证."""
    client = sign_in(cast.unverified_admin)
    assert avatar_door(client.get("/").content.decode()) == "/me/"
    me = client.get("/me/").content.decode()
    assert avatar_door(me) == "/me/profile/"
    assert cast.unverified_admin.phone not in me
    assert cast.unverified_admin.phone[-4:] in me
    profile = client.get("/me/profile/").content.decode()
    assert "个人实名认证" in profile
    assert 'href="/me/realname/"' in profile
    assert "未认证" in profile
    assert "已实名" in sign_in(cast.owner).get("/me/").content.decode()


def test_signing_out_is_a_post(cast: Cast) -> None:
    client = sign_in(cast.member)
    assert 'action="/logout/"' in client.get("/me/").content.decode()
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/me/").status_code == 302


def test_the_export_holds_everything_but_the_full_number_and_is_audited(cast: Cast) -> None:
    user = cast.unverified_admin
    actions.submit(user, actions.Submission("周涛", NUMBER, realname_terms.VERSION))
    client = sign_in(user)
    assert client.get(reverse("accounts:export")).status_code == 405
    answer = client.post(reverse("accounts:export"))
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    kept = json.loads(answer.content)
    assert kept["手机号码"] == user.phone
    assert kept["实名认证"][0]["身份证号"] == "1****************X"
    assert kept["同意记录"][0]["文件"] == "处理身份证号的单独同意"
    assert NUMBER not in answer.content.decode()
    assert AuditEvent.objects.filter(action="account.exported", actor_id=user.pk).count() == 1
    assert "1****************X" in client.get(reverse("accounts:data")).content.decode()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14; V2) MicroMessenger/8.0", "安卓手机，微信"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17 Safari/604", "苹果手机，Safari"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Windows 电脑，Edge"),
        ("", "未知设备"),
    ],
)
def test_devices_have_names(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_real_name_over_the_api(cast: Cast) -> None:
    client = sign_in(cast.unverified_admin)
    assert Client().get("/api/v1/me/realname").status_code == 401
    before = client.get("/api/v1/me/realname").json()
    assert before["state"] == "none"
    body = {"name": "周涛", "id_number": NUMBER, "consent": before["terms_version"]}
    bad = client.post(
        "/api/v1/me/realname", body | {"id_number": "1"}, content_type="application/json"
    )
    assert bad.status_code == 422
    assert [error["field"] for error in bad.json()["errors"]] == ["id_number"]
    after = client.post("/api/v1/me/realname", body, content_type="application/json").json()
    assert (after["state"], after["id_number_masked"]) == ("pending", "1****************X")
    assert NUMBER not in json.dumps(after)
    again = client.post("/api/v1/me/realname", body, content_type="application/json")
    assert again.status_code == 409
