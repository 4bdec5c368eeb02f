"""安全中心 over the API: the same actions, the same doors."""

from typing import Any

import pytest
from django.test import Client

from lianxue.organizations.models import BranchReach, HiddenPhones, SecuritySettings
from tests.cast import Cast, sign_in

BASE = "/api/v1/organizations"


def send(browser: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(browser, method)(BASE + path, body, content_type="application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_read_and_change(cast: Cast) -> None:
    browser, path = sign_in(cast.whole_admin), f"/{cast.county.pk}/security"
    right = {
        "watermark": True,
        "group_real_names": True,
        "group_watermark": True,
        "reach": "whole",
    }
    assert send(browser, "get", path) == (200, right)
    right |= {"watermark": False, "reach": "branch"}
    assert send(browser, "patch", path, {"watermark": False, "reach": "branch"}) == (200, right)
    assert send(browser, "patch", path, {}) == (200, right)
    assert send(browser, "patch", path, {"reach": "all"})[0] == 422
    assert SecuritySettings.objects.get().reach == "branch"


def test_branches_of_their_own(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    path = f"/{cast.county.pk}/security/reaches"
    one = f"{path}/{cast.first_branch.pk}"
    row = {"branch_id": cast.first_branch.pk, "branch": "第一党支部", "reach": "subtree"}
    assert send(browser, "put", one, {"reach": "subtree"}) == (200, row)
    assert send(browser, "get", path)[1]["items"] == [row]
    assert send(browser, "delete", one)[0] == 204
    assert send(browser, "delete", one)[0] == 404
    assert not BranchReach.objects.exists()


def test_hidden_numbers(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    path = f"/{cast.county.pk}/security/hidden-phones"
    status, made = send(browser, "post", path, {"branch_id": cast.first_branch.pk})
    assert status == 201
    assert (made["whose"], made["people"]) == ("“第一党支部”及下级的成员", 2)
    assert send(browser, "post", path, {"branch_id": cast.first_branch.pk})[0] == 409
    assert send(browser, "post", path, {})[1]["people"] == 6
    both = {"role": "main_admin", "branch_id": cast.first_branch.pk}
    assert send(browser, "post", path, both)[0] == 422
    assert send(browser, "get", path)[1]["total"] == 2
    assert send(browser, "delete", f"{path}/{made['id']}")[0] == 204
    assert send(browser, "delete", f"{path}/{made['id']}")[0] == 404
    assert HiddenPhones.objects.get().branch is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("colleague", 403),
        ("outsider_admin", 403),
        ("member", 403),
        ("city_admin", 404),
        ("newcomer_admin", 404),
        ("stranger", 404),
        ("operator", 404),
        (None, 401),
    ],
)
def test_who_may(cast: Cast, who: str | None, status: int) -> None:
    rule = HiddenPhones.objects.create(organization=cast.county)
    browser = sign_in(getattr(cast, who) if who else None)
    path = f"/{cast.county.pk}/security"
    for method, address, body in (
        ("get", path, None),
        ("patch", path, {"watermark": False}),
        ("get", f"{path}/reaches", None),
        ("put", f"{path}/reaches/{cast.first_branch.pk}", {"reach": "branch"}),
        ("delete", f"{path}/reaches/{cast.first_branch.pk}", None),
        ("get", f"{path}/hidden-phones", None),
        ("post", f"{path}/hidden-phones", {"role": "main_admin"}),
        ("delete", f"{path}/hidden-phones/{rule.pk}", None),
    ):
        assert send(browser, method, address, body)[0] == status, (method, address)
    assert HiddenPhones.objects.count() == 1
    assert not SecuritySettings.objects.exists()
