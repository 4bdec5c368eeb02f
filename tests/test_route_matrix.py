"""Who may go where: every address of the site, tried by nobody and by each role of the cast.

A new address fails here until it has its row in ``tests/route_tables``: decide who may, then write
it down.
"""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from .accounts.proofs import fresh_client
from .cast import Cast, sign_in
from .route_tables import PUBLIC, ROLES, expected
from .routes import Route, World, make_world, routes, undone

GUARDED = [route for route in routes() if route.name not in PUBLIC]
EXAMPLE = "13800001000"  # in the help beside a form


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def _send(client: Client, verb: str, address: str) -> HttpResponse:
    """The answer; what it wrote is undone."""
    form = "application/x-www-form-urlencoded"
    return undone(client, lambda: client.generic(verb, address, "", content_type=form))


def test_every_address_has_its_row() -> None:
    names = {route.name for route in routes()}
    assert {name for _, name in expected()} == names - PUBLIC
    assert names >= PUBLIC
    assert {len(statuses) for statuses in expected().values()} == {len(ROLES)}


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_visitor_is_led_to_the_login_page(world: World, verb: str) -> None:
    let_in = []
    for route in GUARDED:
        answer = _send(Client(), verb, world.address(route))
        led = answer.status_code == 302 and answer["Location"].startswith("/login/?next=")
        if not led and answer.status_code != 405:
            let_in.append((route.name, answer.status_code))
    assert not let_in


def _is_page(answer: HttpResponse) -> bool:
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_what_each_role_gets(world: World, who: str) -> None:
    """Each address by both verbs; and of each page that it can read, what must not be in it."""
    table, person, wrong = expected(), getattr(world.cast, who), []
    client = fresh_client(person)
    for route in routes():
        for verb in ("GET", "POST") if route.name not in PUBLIC else ("GET",):
            answer = _send(client, verb, world.address(route))
            got = answer.status_code
            if route.name not in PUBLIC:
                right = table.get((verb, route.name), [405] * len(ROLES))[ROLES.index(who)]
                wrong += [(verb, route.name, f"{got}, should be {right}")] * (got != right)
            if verb == "GET" and _is_page(answer):
                page = answer.content.decode()
                wrong += [(verb, route.name, one) for one in _numbers(page) - {person.phone}]
                if who in APART:
                    wrong += [(verb, route.name, one) for one in _named(page, world.cast)]
                wrong += [(verb, route.name, one) for one in _bad_headers(route, answer)]
    assert not wrong


#: Who must never read a name of 县.
APART = {"newcomer_admin", "stranger"}


def _numbers(page: str) -> set[str]:
    """The numbers in it: of somebody else, but for one's own."""
    return set(re.findall(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])", page)) - {EXAMPLE}


def _named(page: str, cast: Cast) -> list[str]:
    """The people of 县 who are named in it."""
    people = [cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member]
    return [person.name for person in people if person.name in page]


def _bad_headers(route: Route, answer: HttpResponse) -> list[str]:
    """Never in another's frame, scripts by the policy alone, never kept in a shared cache."""
    held = {
        "policy": "script-src 'self'" in answer.get("Content-Security-Policy", ""),
        "no eval": "unsafe" not in answer.get("Content-Security-Policy", "unsafe"),
        "frame": answer.get("X-Frame-Options") == "DENY",
        "sniff": answer.get("X-Content-Type-Options") == "nosniff",
        "cache": "private" in (cache := answer.get("Cache-Control", "")) and "no-store" in cache,
    }
    if route.name in {"offline"}:  # the same for everybody; the service worker keeps it
        held.pop("cache")
    return [what for what, right in held.items() if not right]


def test_a_visitors_form_is_kept_by_nobody() -> None:
    for address in ("/login/", "/register/"):
        assert "no-store" in sign_in(None).get(address)["Cache-Control"], address
