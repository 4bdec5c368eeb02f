"""Who comes through which door: every page and API operation against everybody of the cast."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from lianxue.organizations.actions import roles
from lianxue.organizations.models import Branch, Membership, RoleGrant
from tests.cast import Cast, sign_in
from tests.factories import make_branch

EVERYBODY = (
    "owner",
    "whole_admin",
    "colleague",  # in scope
    "outsider_admin",  # out of scope
    "member",
    "city_admin",  # the superior's
    "newcomer_admin",  # another organisation's
    "stranger",
    "anonymous",
)
MEMBERS = {"owner", "whole_admin", "colleague", "outsider_admin", "member"}
ADMINS = MEMBERS - {"member"}
WHOLE = {"owner", "whole_admin"}
IN_SCOPE = WHOLE | {"colleague"}
MAIN = {"owner"}

Arg = Callable[[Cast], Any]


def county(cast: Cast) -> int:
    return cast.county.pk


def first(cast: Cast) -> int:
    return cast.first_branch.pk


def seat(cast: Cast) -> int:
    return cast.memberships[cast.member.pk].pk


def invited(cast: Cast) -> int:
    assert cast.invited
    return cast.invited.pk


def office(cast: Cast) -> int:
    return RoleGrant.objects.get(membership__user=cast.outsider_admin).pk


def offer(cast: Cast) -> int:
    return roles.offer_handover(cast.owner, cast.memberships[cast.whole_admin.pk].pk).pk


def expected(who: str, allowed: set[str]) -> int:
    """What somebody who is not allowed gets: members of the organisation 403, others 404."""
    if who == "anonymous":
        return 302
    if who in allowed:
        return 200
    return 403 if who in MEMBERS else 404


PAGES: list[tuple[str, Arg, set[str]]] = [
    ("home", county, MEMBERS),
    ("tree", county, MEMBERS),
    ("manage", county, WHOLE),
    ("branch_add", county, WHOLE),
    ("branch_edit", first, IN_SCOPE),
    ("branch_move", first, IN_SCOPE),
    ("branch_merge", first, IN_SCOPE),
    ("members", county, MEMBERS),
    ("members_add", county, ADMINS),
    ("member", seat, MEMBERS),
    ("member_phone", invited, IN_SCOPE),
    ("member_move", seat, IN_SCOPE),
    ("member_remove", seat, IN_SCOPE),
    ("admins", county, ADMINS),
    ("pick_admin", county, MAIN),
    ("pick_successor", county, MAIN),
    ("appoint", seat, MAIN),
    ("offer_handover", seat, MAIN),
    ("log", county, WHOLE),
    ("console_tree", county, ADMINS),
    ("console_level", county, ADMINS),
]


def test_pages(cast: Cast) -> None:
    wrong = {}
    for who in EVERYBODY:
        browser = browser_of(cast, who)
        for name, arg, allowed in PAGES:
            url = reverse(f"organizations:{name}", args=[arg(cast)])
            status = browser.get(url).status_code
            if status != expected(who, allowed):
                wrong[who, name] = status
    assert not wrong


def browser_of(cast: Cast, who: str) -> Client:
    return sign_in(None if who == "anonymous" else getattr(cast, who))


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back, so that one cast serves everybody."""
    before = transaction.savepoint()  # no block: what may not stand inside another one may here
    yield
    transaction.savepoint_rollback(before)


def test_pages_without_an_organisation(cast: Cast) -> None:
    for name in ("work", "console_home", "console_members"):
        url = reverse(f"organizations:{name}")
        assert sign_in(None).get(url)["Location"].startswith("/login/")
        for person in (cast.owner, cast.colleague, cast.member, cast.stranger, cast.operator):
            assert sign_in(person).get(url, follow=True).status_code == 200
        assert sign_in(cast.owner).post(url).status_code == 405


POSTS: list[tuple[str, Arg, dict[str, Any], set[str]]] = [
    ("branch_add", county, {"name": "第三党支部", "kind": "branch"}, WHOLE),
    ("branch_edit", first, {"name": "新名", "kind": "branch"}, IN_SCOPE),
    ("branch_move", first, {"parent_id": "top"}, WHOLE),
    ("branch_delete", first, {}, IN_SCOPE),
    ("members_add", county, {"branch_id": "first", "lines": "钱多 13600000001"}, IN_SCOPE),
    ("member_reveal", seat, {}, MEMBERS),
    ("member_phone", invited, {"phone": "13711113333"}, IN_SCOPE),
    ("member_move", seat, {"branch_id": "second"}, WHOLE),
    ("member_remove", seat, {"reason": "组织关系转出"}, IN_SCOPE),
    ("appoint", seat, {"scope_id": "whole"}, MAIN),
    ("dismiss", office, {}, MAIN),
    ("offer_handover", seat, {}, MAIN),
    ("withdraw_handover", offer, {}, MAIN),
    ("console_move", county, {"moved": "first", "target": "top"}, WHOLE),
]


@pytest.mark.parametrize(("name", "arg", "form", "allowed"), POSTS, ids=[row[0] for row in POSTS])
def test_writes(cast: Cast, name: str, arg: Arg, form: dict[str, Any], allowed: set[str]) -> None:
    ids = {"first": str(cast.first_branch.pk), "second": str(cast.second_branch.pk)}
    typed = {key: ids.get(value, value) for key, value in form.items()}
    url = reverse(f"organizations:{name}", args=[arg(cast)])
    for who in EVERYBODY:
        with undone():
            before = snapshot()
            answer = browser_of(cast, who).post(url, typed)
            if who in allowed:
                assert answer.status_code in {200, 302}, who
                assert answer.status_code == 200 or "/login/" not in answer["Location"], who
                if name not in {"branch_delete", "member_reveal"}:  # the branch is not empty
                    assert snapshot() != before, who
                continue
            # what lies outside a scope may be "not found" as well
            refused = {302} if who == "anonymous" else {403, 404} if who in MEMBERS else {404}
            assert answer.status_code in refused, who
            assert snapshot() == before, who


def snapshot() -> tuple[Any, ...]:
    """All rows of the app, to see that a refused write wrote nothing."""
    return (
        list(Branch.objects.values_list()),
        list(Membership.objects.order_by("pk").values_list()),
        list(RoleGrant.objects.order_by("pk").values_list()),
        list(roles.HandoverOffer.objects.order_by("pk").values_list()),
    )


def test_handover_page_is_for_the_one_asked(cast: Cast) -> None:
    url = reverse("organizations:handover", args=[offer(cast)])
    assert sign_in(cast.whole_admin).get(url).status_code == 200
    for person in (cast.owner, cast.colleague, cast.stranger):
        for answer in (sign_in(person).get(url), sign_in(person).post(url, {"answer": "accept"})):
            assert answer.status_code == 404
    assert sign_in(None).get(url).status_code == 302


def test_bad_ids_are_not_found(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    for name, _, _ in PAGES:
        for bad in (999999, 10**25):
            url = reverse(f"organizations:{name}", args=[bad])
            assert browser.get(url).status_code == 404, url
    for name in ("tree", "members", "members_add", "console_tree", "console_level", "manage"):
        url = reverse(f"organizations:{name}", args=[cast.county.pk])
        for bad_branch in ("x", "999999", "9" * 30, "-1", "1.5"):
            assert browser.get(url, {"branch": bad_branch}).status_code == 404, (url, bad_branch)
        foreign = make_branch(cast.newcomer, f"外{name}")
        assert browser.get(url, {"branch": foreign.pk}).status_code == 404
    for name in ("members", "pick_admin"):
        url = reverse(f"organizations:{name}", args=[cast.county.pk])
        assert browser.get(url, {"page": "x"}).status_code == 200


def test_wrong_methods(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    for name, arg, _ in PAGES:
        url = reverse(f"organizations:{name}", args=[arg(cast)])
        assert browser.delete(url).status_code == 405, name
    for name, arg in (("branch_delete", first), ("member_reveal", seat), ("dismiss", office)):
        url = reverse(f"organizations:{name}", args=[arg(cast)])
        assert browser.get(url).status_code == 405


API: list[tuple[str, str, Any, set[str]]] = [
    ("get", "/{county}", None, MEMBERS),
    ("get", "/{county}/branches", None, MEMBERS),
    ("post", "/{county}/branches", {"name": "第三党支部"}, WHOLE),
    ("patch", "/branches/{first}", {"name": "新名"}, IN_SCOPE),
    ("patch", "/branches/{first}", {"parent_id": None}, WHOLE),
    ("post", "/branches/{first}/merge", {"target_id": "{second}"}, WHOLE),
    ("delete", "/branches/{empty}", None, IN_SCOPE),
    ("get", "/{county}/members", None, MEMBERS),
    (
        "post",
        "/{county}/members",
        {"branch_id": "{first}", "people": [{"name": "钱多", "phone": "13600000001"}]},
        IN_SCOPE,
    ),
    ("post", "/{county}/members/move", {"members": ["{seat}"], "branch_id": None}, WHOLE),
    ("get", "/members/{seat}", None, MEMBERS),
    ("post", "/members/{seat}/reveal", None, MEMBERS),
    ("put", "/members/{invited}/phone", {"phone": "13711113333"}, IN_SCOPE),
    ("post", "/members/{seat}/remove", {"reason": "组织关系转出"}, IN_SCOPE),
    ("get", "/{county}/roles", None, ADMINS),
    ("post", "/{county}/roles", {"membership_id": "{seat}"}, MAIN),
    ("delete", "/roles/{office}", None, MAIN),
    ("post", "/{county}/handovers", {"membership_id": "{seat}"}, MAIN),
    ("post", "/handovers/{offer}/answer", {"accept": True}, {"whole_admin"}),
    ("post", "/handovers/{offer}/withdraw", None, MAIN),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"), API, ids=[f"{row[0]} {row[1]}" for row in API]
)
def test_api(cast: Cast, method: str, path: str, body: Any, allowed: set[str]) -> None:
    empty = make_branch(cast.county, "空支部", parent=Branch.objects.get(pk=cast.general_branch.pk))
    ids = {
        "county": cast.county.pk,
        "first": cast.first_branch.pk,
        "second": cast.second_branch.pk,
        "empty": empty.pk,
        "seat": seat(cast),
        "invited": invited(cast),
        "office": office(cast),
        "offer": offer(cast) if "{offer}" in path else 0,
    }
    url = "/api/v1/organizations" + path.format(**ids)
    sent = None if body is None else fill(body, ids)
    for who in EVERYBODY:
        with undone():
            before = snapshot()
            answer = getattr(browser_of(cast, who), method)(
                url, sent, content_type="application/json"
            )
            if who in allowed:
                assert answer.status_code in {200, 201, 204}, (who, answer.content)
                continue
            refused = {401} if who == "anonymous" else {403, 404} if who in MEMBERS else {404}
            assert answer.status_code in refused, (who, answer.content)
            assert answer["Content-Type"].startswith("application/problem+json")
            assert snapshot() == before, who


def fill(value: Any, ids: dict[str, int]) -> Any:
    """``{first}`` and the like in a body, replaced by ids."""
    if isinstance(value, dict):
        return {key: fill(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, ids) for inner in value]
    if isinstance(value, str) and value.startswith("{"):
        return ids[value.strip("{}")]
    return value
