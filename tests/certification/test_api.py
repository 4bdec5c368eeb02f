"""The same doors over the API: who gets what, errors as problem documents."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lianxue.certification.models import CertificationApplication, CertificationInvitation
from lianxue.organizations.models import RoleGrant
from lianxue.shared.ids import new_token
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, put_in_chain

from .helpers import apply, expire, invite, run_by

BASE = "/api/v1"


def send(client: Client, path: str, body: dict[str, Any] | None = None, verb: str = "post") -> Any:
    """One JSON call."""
    return client.generic(verb.upper(), BASE + path, json.dumps(body or {}), "application/json")


WHOLE = {"owner": 200, "whole_admin": 200, "colleague": 403, "outsider_admin": 403, "member": 403}
ELSEWHERE = {"newcomer_admin": 404, "unverified_admin": 404, "other_member": 404, "stranger": 404}
READS: dict[str, dict[str, int]] = {
    "/organizations/{0}/invitations": WHOLE | ELSEWHERE | {"city_admin": 404},
    "/organizations/{0}/claim-links": {"city_admin": 200, "owner": 403, "province_admin": 403}
    | ELSEWHERE,
    "/chain/{0}/children": WHOLE | ELSEWHERE | {"city_admin": 200, "province_admin": 200},
    "/chain/{0}/decertification": WHOLE | ELSEWHERE | {"city_admin": 200},
    "/chain": dict.fromkeys(["owner", "member", "stranger"], 200),
    "/applications": dict.fromkeys(["owner", "member", "stranger"], 200),
}


@pytest.mark.parametrize("door", READS)
def test_every_read_for_everybody(cast: Cast, door: str) -> None:
    path = BASE + door.format(cast.county.pk)
    got = {who: sign_in(getattr(cast, who)).get(path).status_code for who in READS[door]}
    assert got == READS[door]
    assert sign_in(None).get(path).status_code == 401


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/organizations/{county}/invitations", {}),
    ("post", "/invitations/{invitation}/revoke", {}),
    ("post", "/applications/{sent}/approve", {}),
    ("post", "/applications/{sent}/refuse", {"reason": "材料不全"}),
    ("put", "/organizations/{county}/name", {"name": "新名称"}),
    ("post", "/organizations/{county}/dissolve", {"typed_name": "x"}),
]


@pytest.mark.parametrize(("verb", "path", "body"), WRITES)
def test_nobody_else_writes(cast: Cast, verb: str, path: str, body: dict[str, Any]) -> None:
    link = invite(cast.owner, cast.county, max_uses=None)
    sent = apply(cast.newcomer_admin, cast.newcomer, link)
    address = path.format(county=cast.county.pk, invitation=link.pk, sent=sent.pk)
    got = {
        who: send(sign_in(getattr(cast, who)), address, body, verb).status_code
        for who in ("member", "colleague", "other_member", "stranger", "unverified_admin")
    }
    assert set(got.values()) <= {403, 404}, got
    assert got["stranger"] == 404
    assert send(sign_in(None), address, body, verb).status_code == 401
    sent.refresh_from_db()
    link.refresh_from_db()
    assert (sent.state, link.revoked_at) == ("pending", None)


def test_from_invitation_to_certified_and_back(cast: Cast) -> None:
    superior, applicant = sign_in(cast.owner), sign_in(cast.newcomer_admin)
    made = send(superior, f"/organizations/{cast.county.pk}/invitations", {"max_uses": None})
    assert made.status_code == 201, made.content
    token = made.json()["url"].rstrip("/").rsplit("/", 1)[1]
    read = applicant.get(f"{BASE}/invitations/{token}")
    assert read.json()["superior"]["id"] == cast.county.pk
    sent = send(applicant, "/applications", {"token": token, "organization_id": cast.newcomer.pk})
    assert sent.status_code == 201, sent.content
    waiting = superior.get(f"{BASE}/applications?direction=received&state=pending").json()
    assert [one["id"] for one in waiting["items"]] == [sent.json()["id"]]
    done = send(superior, f"/applications/{sent.json()['id']}/approve", {})
    assert done.json()["state"] == "approved"
    assert done.json()["applicant"]["certified"] is True
    below = superior.get(f"{BASE}/chain/{cast.county.pk}/children").json()
    assert [one["id"] for one in below["items"]] == [cast.newcomer.pk]
    preview = superior.get(f"{BASE}/chain/{cast.county.pk}/decertification").json()
    assert (preview["free"], preview["open_invitations"]) == (False, 1)
    barred = send(superior, f"/chain/{cast.county.pk}/decertification", {"reason": "调整"})
    assert barred.json()["code"] == "has-subordinates"
    gone = send(superior, f"/chain/{cast.newcomer.pk}/decertification", {"reason": "调整"})
    assert gone.json()["certified"] is False


def test_each_failure_has_its_code(cast: Cast) -> None:
    client = sign_in(cast.newcomer_admin)
    link = invite(cast.owner, cast.county)
    body = {"token": new_token(), "organization_id": cast.newcomer.pk}
    answer = send(client, "/applications", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "invitation-not-found")
    assert answer["Content-Type"].startswith("application/problem+json")
    expire(link)
    answer = send(client, "/applications", body | {"token": link.token})
    assert (answer.status_code, answer.json()["code"]) == (409, "invitation-expired")
    other = send(
        sign_in(cast.unverified_admin),
        "/applications",
        {"token": link.token, "organization_id": cast.other.pk},
    )
    assert (other.status_code, other.json()["code"]) == (403, "real-name-required")


def test_bad_fields_are_named(cast: Cast) -> None:
    client = sign_in(cast.owner)
    answer = send(
        client, f"/organizations/{cast.county.pk}/invitations", {"days": 3, "max_uses": 0}
    )
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"days", "max_uses"}
    assert not CertificationInvitation.objects.exists()
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    answer = send(client, f"/applications/{sent.pk}/refuse", {"reason": " "})
    assert answer.json()["errors"][0]["field"] == "reason"


def test_withdraw_rename_and_dissolve(cast: Cast) -> None:
    client = sign_in(cast.newcomer_admin)
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    assert send(client, f"/applications/{sent.pk}/withdraw").json()["state"] == "withdrawn"
    mine = client.get(f"{BASE}/applications?direction=sent").json()
    assert mine["total"] == CertificationApplication.objects.count() == 1
    path = f"/organizations/{cast.newcomer.pk}"
    named = send(client, f"{path}/name", {"name": "中共蓝湖县委员会"}, "put")
    assert named.json()["name"] == "中共蓝湖县委员会"
    assert send(client, f"{path}/dissolve", {"typed_name": "x"}).status_code == 422
    gone = send(client, f"{path}/dissolve", {"typed_name": "中共蓝湖县委员会"})
    assert gone.status_code == 204
    assert client.get(f"{BASE}/chain").json()["total"] == 0


def test_claiming(cast: Cast) -> None:
    town = put_in_chain(OrganizationFactory(), cast.county)
    superior = sign_in(cast.owner)
    made = send(superior, f"/organizations/{town.pk}/claim-links", {"days": 7})
    assert made.status_code == 201, made.content
    token = made.json()["url"].rstrip("/").rsplit("/", 1)[1]
    spare = send(superior, f"/organizations/{town.pk}/claim-links", {}).json()
    taken = send(superior, f"/claim-links/{spare['id']}/revoke")
    assert taken.json()["state"] == "revoked"
    done = send(sign_in(cast.stranger), "/claims", {"token": token})
    assert done.status_code == 201, done.content
    assert RoleGrant.objects.get(organization=town).membership.user == cast.stranger
    again = send(sign_in(cast.newcomer_admin), "/claims", {"token": token})
    assert again.json()["code"] == "claim-used"


def test_a_level_takes_the_same_statements_however_large(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(cast.owner)
    for _ in range(60):
        put_in_chain(run_by()[0], cast.county)
    with django_assert_max_num_queries(9):
        page = client.get(f"{BASE}/chain/{cast.county.pk}/children?page=2").json()
    assert (page["page"], page["pages"], page["total"], len(page["items"])) == (2, 2, 60, 10)
    assert page["items"][0]["unclaimed"] is False
