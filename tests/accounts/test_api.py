"""Sessions and registration over the API: the same rules as the pages."""

import json

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from lianxue.accounts.models import Consent, PhoneChallenge, User
from lianxue.organizations.models import Membership
from tests.cast import Cast, sign_in
from tests.factories import UserFactory

from .helpers import PHONE, Outbox

API = "/api/v1"
PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


def post(client: Client, path: str, body: object = None, **headers: str) -> object:
    return client.post(
        f"{API}{path}", json.dumps(body or {}), content_type="application/json", headers=headers
    )


def agreed(client: Client) -> list[dict[str, str]]:
    items = client.get(f"{API}/agreements").json()["items"]
    return [{"document": item["document"], "version": item["version"]} for item in items]


def test_by_code_then_me_then_out(client: Client, outbox: Outbox) -> None:
    user = UserFactory(phone=PHONE, name="林小雨")
    response = post(client, "/sessions/codes", {"phone": "+86 180 1234 9100"})
    assert response.status_code == 202
    assert response.json() == {"phone_masked": "180 **** 9100", "expires_in": 300, "resend_in": 60}
    response = post(client, "/sessions", {"code": outbox.code})
    assert response.status_code == 200
    assert response.json()["state"] == "signed-in"
    me = client.get(f"{API}/me").json()
    assert me == response.json()["me"]
    assert (me["id"], me["name"], me["phone_masked"]) == (user.pk, "林小雨", "180 **** 9100")
    assert client.delete(f"{API}/sessions/current").status_code == 204
    assert client.get(f"{API}/me").status_code == 401


def test_by_password(client: Client) -> None:
    UserFactory(phone=PHONE, password=make_password(PASSWORD))
    response = post(client, "/sessions", {"phone": PHONE, "password": PASSWORD})
    assert response.json()["state"] == "signed-in"


@pytest.mark.parametrize("phone", [PHONE, "18012349999"])
def test_a_wrong_password_is_one_problem_for_every_number(client: Client, phone: str) -> None:
    UserFactory(phone=PHONE, password=make_password(PASSWORD))
    response = post(client, "/sessions", {"phone": phone, "password": "not the one"})
    assert response.status_code == 422
    assert response["Content-Type"].startswith("application/problem+json")
    assert response.json()["type"].endswith("#problem-wrong-password")
    for _ in range(4):
        post(client, "/sessions", {"phone": phone, "password": "not the one"})
    response = post(client, "/sessions", {"phone": phone, "password": PASSWORD})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_a_closed_account(client: Client, outbox: Outbox) -> None:
    UserFactory(phone=PHONE, is_active=False)
    post(client, "/sessions/codes", {"phone": PHONE})
    response = post(client, "/sessions", {"code": outbox.code})
    assert response.status_code == 409
    assert response.json()["type"].endswith("#problem-account-closed")


def test_registration(cast: Cast, client: Client, outbox: Outbox) -> None:
    assert cast.invited is not None
    post(client, "/sessions/codes", {"phone": cast.invited.phone})
    response = post(client, "/sessions", {"code": outbox.code})
    assert response.json() == {"state": "registration", "me": None}
    assert not User.objects.filter(phone=cast.invited.phone).exists()
    body = {"name": "孙未来", "unit_name": "", "consents": agreed(client)}
    response = post(client, "/registrations", body)
    assert response.status_code == 201
    assert response.json()["organizations"] == [cast.county.name]
    assert cast.county.name in response.json()["greeting"]
    assert client.get(f"{API}/me").json()["name"] == "孙未来"
    assert Consent.objects.count() == 2
    assert Membership.objects.get(pk=cast.invited.pk).state == Membership.State.ACTIVE
    assert post(client, "/registrations", body).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "名" * 21}, "name"),
        ({"unit_name": "企" * 61}, "unit_name"),
        ({"consents": []}, "consents"),
        ({"consents": [{"document": "privacy", "version": "1999-01-01"}]}, "consents"),
    ],
)
def test_a_registration_with_something_wrong(
    client: Client, outbox: Outbox, change: dict[str, object], field: str
) -> None:
    post(client, "/sessions/codes", {"phone": PHONE})
    post(client, "/sessions", {"code": outbox.code})
    body = {"name": "林小雨", "consents": agreed(client), **change}
    response = post(client, "/registrations", body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field
    assert not User.objects.exists()


def test_registration_needs_a_verified_number(client: Client, outbox: Outbox) -> None:
    body = {"name": "林小雨", "consents": agreed(client)}
    assert post(client, "/registrations", body).status_code == 409
    client.post("/register/", {"phone": PHONE})
    assert post(client, "/registrations", body).status_code == 409
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{}, {"phone": PHONE}, {"password": "x"}, {"code": "12"}, {"code": "123456"}, {"phone": []}],
)
def test_bad_credentials_are_problems(client: Client, body: dict[str, object]) -> None:
    response = post(client, "/sessions", body)
    assert response.status_code == 422
    assert response["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("body", [{}, {"phone": ""}, {"phone": "123"}, {"phone": None}])
def test_bad_numbers_are_problems(client: Client, body: dict[str, object]) -> None:
    assert post(client, "/sessions/codes", body).status_code == 422
    assert not PhoneChallenge.objects.exists()


def test_too_often(client: Client, outbox: Outbox) -> None:
    post(client, "/sessions/codes", {"phone": PHONE})
    response = post(client, "/sessions/codes", {"phone": PHONE})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert PhoneChallenge.objects.count() == 1


def test_writing_needs_the_csrf_token(outbox: Outbox) -> None:
    UserFactory(phone=PHONE, password=make_password(PASSWORD))
    client = Client(enforce_csrf_checks=True)
    for path in ("/sessions/codes", "/sessions", "/registrations"):
        assert post(client, path, {"phone": PHONE, "password": PASSWORD}).status_code == 403
    assert not outbox.sent
    token = client.get(f"{API}/sessions/csrf").json()["token"]
    body = {"phone": PHONE, "password": PASSWORD}
    response = post(client, "/sessions", body, **{"X-CSRFToken": token})
    assert response.json()["state"] == "signed-in"
    assert client.delete(f"{API}/sessions/current").status_code == 403


def test_who_is_not_signed_in_sees_nobody(client: Client) -> None:
    assert client.get(f"{API}/me").status_code == 401
    assert client.delete(f"{API}/sessions/current").status_code == 401


@pytest.mark.parametrize("path", ["/sessions", "/sessions/codes", "/registrations"])
def test_wrong_methods(cast: Cast, path: str) -> None:
    client = sign_in(cast.member)
    assert client.get(f"{API}{path}").status_code == 405
    assert client.put(f"{API}{path}").status_code == 405
