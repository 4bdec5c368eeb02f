"""DingTalk: no keys no door, no account without a phone, linking is asked for."""

import re
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from lianxue.accounts.actions import dingtalk, security
from lianxue.accounts.models import User
from lianxue.accounts.social import Proof
from lianxue.shared.errors import NotFound, StateConflict
from tests.cast import sign_in
from tests.factories import UserFactory

from .proofs import PASSWORD, SECRET, fresh_client, totp_code

# ---- DingTalk


class _Answer:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def raise_for_status(self) -> None:
        """Always well."""

    def json(self) -> dict[str, Any]:
        return dict(self.data)


class _DingTalk:
    """Stands in for DingTalk's two addresses."""

    uid = "dt-open-1"

    def __enter__(self) -> "_DingTalk":
        return self

    def __exit__(self, *args: object) -> None:
        """Nothing to close."""

    def request(self, method: str, url: str, **kwargs: Any) -> _Answer:
        assert kwargs["json"]["code"] == "the-code"
        return _Answer({"accessToken": "t", "refreshToken": "r", "expireIn": 7200})

    def get(self, url: str, **kwargs: Any) -> _Answer:
        assert kwargs["headers"]["x-acs-dingtalk-access-token"] == "t"
        return _Answer({"openId": self.uid, "nick": "小李", "mobile": "13900000000"})


@pytest.fixture
def ding(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {
        "dingtalk": {"APP": {"client_id": "an-id", "secret": "a-secret"}}
    }
    monkeypatch.setattr(
        "lianxue.accounts.social.SocialAdapter.get_requests_session", lambda self: _DingTalk()
    )


def through_dingtalk(client: Client, **form: str) -> Any:
    """There and back; the answer of the callback."""
    away = client.post("/login/dingtalk/", form)
    assert away.status_code == 302
    assert away["Location"].startswith("https://login.dingtalk.com/oauth2/auth?")
    state = re.search(r"state=([^&]+)", away["Location"])
    assert state
    return client.get("/login/dingtalk/callback/", {"authCode": "the-code", "state": state[1]})


def test_without_keys_there_is_no_dingtalk(user: User) -> None:
    assert "钉钉" not in Client().get("/login/").content.decode()
    assert "绑定钉钉" not in sign_in(user).get("/me/security/").content.decode()
    assert Client().post("/login/dingtalk/").status_code == 404
    assert Client().get("/login/dingtalk/callback/").status_code == 404


@pytest.mark.usefixtures("ding")
def test_an_unlinked_dingtalk_account_makes_no_user_and_is_linked_after_login(user: User) -> None:
    security.set_password(user, PASSWORD, PASSWORD)
    client = Client()
    before = User.objects.count()
    back = through_dingtalk(client)
    assert back["Location"] == "/me/security/dingtalk/"
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()
    login = client.get(back["Location"])
    assert login["Location"] == "/login/?next=/me/security/dingtalk/"
    assert "还没有绑定" in client.get(login["Location"]).content.decode()
    form = {"by": "password", "phone": user.phone, "password": PASSWORD}
    signed_in = client.post("/login/", form | {"next": "/me/security/dingtalk/"})
    assert signed_in["Location"] == "/me/security/dingtalk/"
    assert "小李" in client.get("/me/security/dingtalk/").content.decode()
    assert client.post("/me/security/dingtalk/", {"answer": "yes"}).status_code == 302
    account = SocialAccount.objects.get(user=user)
    assert (account.uid, account.extra_data) == ("dt-open-1", {"nick": "小李"})
    # from now on it signs in, keeping nothing more about the person
    again = Client()
    assert through_dingtalk(again, next="/me/")["Location"] == "/me/"
    assert again.get("/me/").status_code == 200
    account.refresh_from_db()
    assert account.extra_data == {"nick": "小李"}


@pytest.mark.usefixtures("ding")
def test_saying_no_links_nothing(user: User) -> None:
    client = fresh_client(user)
    assert through_dingtalk(client, process="connect")["Location"] == "/me/security/dingtalk/"
    client.post("/me/security/dingtalk/", {"answer": "no"})
    assert not SocialAccount.objects.exists()
    assert client.get("/me/security/dingtalk/")["Location"] == "/me/security/"


@pytest.mark.django_db
@pytest.mark.usefixtures("ding")
def test_cancelling_at_dingtalk_leads_back_with_a_word() -> None:
    client = Client()
    away = client.post("/login/dingtalk/")
    state = re.search(r"state=([^&]+)", away["Location"])
    assert state
    answer = client.get("/login/dingtalk/callback/", {"error": "access_denied", "state": state[1]})
    assert answer["Location"] == "/login/"
    forged = Client().get("/login/dingtalk/callback/", {"authCode": "x", "state": "forged"})
    assert forged["Location"] == "/login/"
    assert Client().get("/login/dingtalk/").status_code == 405


def test_one_dingtalk_account_serves_one_user(user: User) -> None:
    other = UserFactory()
    dingtalk.link(user, Proof("a", "小李"))
    dingtalk.link(user, Proof("a", "小李"))
    with pytest.raises(StateConflict, match="另一个账号"):
        dingtalk.link(other, Proof("a", "小李"))
    with pytest.raises(StateConflict, match="先解除"):
        dingtalk.link(user, Proof("b", "小李"))
    assert SocialAccount.objects.count() == 1
    assert fresh_client(user).post(reverse("accounts:dingtalk_unlink")).status_code == 302
    with pytest.raises(NotFound):
        dingtalk.unlink(user)


@pytest.mark.usefixtures("ding")
def test_dingtalk_login_still_asks_for_the_second_factor(user: User) -> None:
    dingtalk.link(user, Proof("dt-open-1", "小李"))
    security.enable_totp(user, SECRET, totp_code())
    client = Client()
    assert through_dingtalk(client)["Location"] == "/login/second-step/"
    assert client.get("/me/").status_code == 302
