"""Who may go where: every address of the site, tried by nobody and by each role of the cast.

A new address fails here until it has its row in ``tests/route_tables``: decide who may, then write
it down.
"""

import re
from collections.abc import Iterator

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
def world(cast: Cast) -> World:
    return make_world(cast)


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


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_what_each_role_gets(world: World, who: str) -> None:
    table, wrong = expected(), []
    client = fresh_client(getattr(world.cast, who))
    for route in GUARDED:
        for verb in ("GET", "POST"):
            right = table.get((verb, route.name), [405] * len(ROLES))[ROLES.index(who)]
            got = _send(client, verb, world.address(route)).status_code
            if got != right:
                wrong.append((verb, route.name, f"{got}, should be {right}"))
    assert not wrong


def _pages(world: World, who: str) -> Iterator[tuple[Route, HttpResponse]]:
    """Every page that ``who`` can read."""
    client = fresh_client(getattr(world.cast, who))
    for route in routes():
        answer = _send(client, "GET", world.address(route))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            yield route, answer


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_no_page_shows_the_number_of_somebody_else(world: World, who: str) -> None:
    mine = getattr(world.cast, who).phone
    shown = {
        (route.name, number)
        for route, answer in _pages(world, who)
        for number in re.findall(
            r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])", answer.content.decode()
        )
        if number not in {mine, EXAMPLE}
    }
    assert not shown


@pytest.mark.parametrize("who", ["newcomer_admin", "stranger"])
def test_no_page_names_the_people_of_another_organisation(world: World, who: str) -> None:
    cast = world.cast
    people = [cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member]
    named = {
        (route.name, person.name)
        for route, answer in _pages(world, who)
        for person in people
        if person.name in answer.content.decode()
    }
    assert not named


def test_headers_of_every_page(world: World) -> None:
    """Never in another's frame, scripts by the policy alone, never kept in a shared cache."""
    wrong = []
    for route, answer in [*_pages(world, "owner"), *_pages(world, "operator")]:
        held = {
            "policy": "script-src 'self'" in answer.get("Content-Security-Policy", ""),
            "no eval": "unsafe" not in answer.get("Content-Security-Policy", "unsafe"),
            "frame": answer.get("X-Frame-Options") == "DENY",
            "sniff": answer.get("X-Content-Type-Options") == "nosniff",
            "cache": "private" in (cache := answer.get("Cache-Control", ""))
            and "no-store" in cache,
        }
        if route.name in {"offline"}:  # the same for everybody; the service worker keeps it
            held.pop("cache")
        wrong += [(route.name, what) for what, right in held.items() if not right]
    assert not wrong


def test_a_visitors_form_is_kept_by_nobody() -> None:
    for address in ("/login/", "/register/"):
        assert "no-store" in sign_in(None).get(address)["Cache-Control"], address
