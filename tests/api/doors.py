"""One door of the API, tried by everybody whom it can meet."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.cast import Cast, sign_in

BASE = "/api/v1"
#: People who have nothing to do with 县, and what they are told.
STRANGERS = {"city_admin": 404, "other_member": 404, "newcomer_admin": 404, "stranger": 404}


def call(client: Client, verb: str, path: str, body: Any = None) -> Any:
    """The answer to one request with a JSON body."""
    return client.generic(verb, f"{BASE}{path}", json.dumps(body or {}), "application/json")


def ask(client: Client, path: str, **query: Any) -> Any:
    """What a GET gives, parsed; it must be a 200."""
    answer = client.get(f"{BASE}{path}", query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


@dataclass(frozen=True)
class Door:
    """An operation: ``path`` is filled in from the world's ids; ``who``: status by role;
    ``bad``: which of the ids is then tried with numbers that are none (404)."""

    verb: str
    path: str
    who: dict[str, int]
    body: Any = None
    bad: tuple[str, ...] = field(default=("notice",))

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"


def try_door(cast: Cast, door: Door, ids: dict[str, Any]) -> None:
    """Nobody signed in: 401; everybody in ``who``, those who are refused first; bad ids."""
    body = door.body(ids) if callable(door.body) else door.body
    path = door.path.format(**ids)
    assert call(sign_in(None), door.verb, path, body).status_code == 401
    chosen = sorted(door.who.items(), key=lambda one: -one[1])
    allowed = [role for role, status in chosen if status < 300]
    for key in door.bad:
        for none in (0, 987_654_321, 2**63, 10**22):
            wrong = door.path.format(**{**ids, key: none})
            answer = call(sign_in(getattr(cast, allowed[-1])), door.verb, wrong, body)
            assert answer.status_code == 404, (wrong, answer.content.decode())
            assert answer["Content-Type"].startswith("application/problem+json")
    for role, status in chosen:
        answer = call(sign_in(getattr(cast, role)), door.verb, path, body)
        assert answer.status_code == status, (role, path, _text(answer))
        if status >= 400:
            assert answer["Content-Type"].startswith("application/problem+json")


def _text(answer: Any) -> str:
    return "" if answer.streaming else answer.content.decode()
