"""Passkeys: whose they are, and nonsense refused (the real thing: tests/e2e/test_passkey.py)."""

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from lianxue.accounts import mfa
from lianxue.accounts.actions import security
from lianxue.accounts.models import User
from tests.cast import sign_in
from tests.factories import UserFactory

from .proofs import PASSWORD, SECRET, fresh_client

# ---- passkeys


NONSENSE = [
    "",
    "nonsense",
    "[]",
    "{}",
    '{"id": 1}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "attestationObject": "AAAA", "authenticatorData": "AAAA", "signature": "AA",'
    ' "userHandle": "MQ"}}',
    '{"response": {"userHandle": "AAAA"}}',
    '{"response": []}',
]


def test_passkey_page_and_bad_answers(user: User) -> None:
    client = fresh_client(user)
    page = client.get(reverse("accounts:passkeys")).content.decode()
    assert "data-options" in page
    assert "script-src" not in page
    for answer in NONSENSE:
        posted = client.post(
            reverse("accounts:passkeys"), {"name": "我的手机", "credential": answer}
        )
        assert posted.status_code == 422, answer
        assert "没有添加成功" in posted.content.decode()
        assert 'value="我的手机"' in posted.content.decode()


def test_nonsense_in_place_of_a_passkey_is_refused_at_every_door(user: User) -> None:
    security.set_password(user, PASSWORD, PASSWORD)
    Authenticator.objects.create(user=user, type="totp", data={"secret": mfa.seal(SECRET)})
    confirming, entering = sign_in(user), Client()
    form = {"by": "password", "phone": user.phone, "password": PASSWORD}
    assert entering.post("/login/", form)["Location"] == "/login/second-step/"
    for credential in NONSENSE[:4]:
        asked = {"way": "passkey", "credential": credential}
        assert confirming.post("/me/security/confirm/", asked).status_code == 422
    for credential in NONSENSE:
        assert entering.post("/login/second-step/", {"credential": credential}).status_code == 422
    assert entering.get("/me/").status_code == 302


def test_passkeys_are_the_persons_own(user: User) -> None:
    mine = Authenticator.objects.create(user=user, type="webauthn", data={"name": "手机"})
    nosy = fresh_client(UserFactory())
    remove = reverse("accounts:passkey_remove", args=[mine.pk])
    assert nosy.post(remove).status_code == 404
    assert fresh_client(user, "mfa").post(remove).status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()


def test_passkey_login_door(db: None) -> None:
    client = Client()
    options = client.get("/login/passkey/").json()
    assert options["publicKey"]["userVerification"] == "required"
    for credential in NONSENSE:
        answer = client.post("/login/passkey/", {"credential": credential})
        assert answer["Location"] == "/login/"
    assert "没有用通行密钥登录成功" in client.get("/login/").content.decode()
