"""Whatever is sent to a page, right person or not: never a fault of the server's."""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import cycle
from pathlib import Path
from urllib import parse

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from config import frame
from lianxue.accounts.actions import challenges, security
from lianxue.accounts.models import User
from lianxue.shared import ratelimit

from .accounts.proofs import fresh_client
from .cast import sign_in
from .routes import World, make_world, routes, undone

#: Percent-encoded, as it goes over the wire.
JUNK = {
    "nothing": "",
    "NUL": "%00",
    "NUL inside": "%E6%9D%8E%00%E6%98%8E",
    "surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "negative": "-1",
    "huge number": "1" + "0" * 30,
    "too huge to read": "9" * 5000,
    "other digits": "%D9%A1%D9%A2",
    "superscript": "%C2%B2",
    "long": "%E9%95%BF" * 20_000,
    "foreign path": "//evil.example/",
    "new line": "%0D%0AX-Evil:%201",
    "deep JSON": "%5B" * 100_000,
    "markup": "%3Cscript%3E%22%27%7B%7B",
    "no number": "abc",
}
#: Names that the handlers read, found in their source, so that a new one is tried by itself.
_READS = re.compile(r"request\.(?:POST|GET)\.get(?:list)?\(\s*\"(\w+)\"|form\.get\(\"(\w+)\"")

#: Every field of every form: more than the quick loop has time for.
pytestmark = pytest.mark.slow


def _names() -> list[str]:
    found = {"at", "face", "credential", "page", "done", "todo", "kind", "who", "since", "until"}
    found |= {"own", "branch_ids", "role", "below", "organization_ids"}
    for path in Path(settings.BASE_DIR, "lianxue").rglob("*.py"):
        found |= {a or b for a, b in _READS.findall(path.read_text())}
    return sorted(found)


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """No limits here: they would turn most of the junk away before it is read.

    The same megabytes are sent to every address, so they are decoded once. What waits for a person
    is no part of what is sent and stays the same (each request is undone), so it is counted once;
    ``test_route_matrix`` counts it on every page.
    """
    for module in (ratelimit, challenges.ratelimit, security.ratelimit):
        monkeypatch.setattr(module, "hit_all", lambda *args, **kwargs: None)
    monkeypatch.setattr(parse, "unquote", lru_cache(maxsize=512)(parse.unquote))
    monkeypatch.setattr(frame, "waiting_lines", cache(frame.waiting_lines))
    return make_world()


def _browser(user: User | None) -> Client:
    """Signed in, and with a fresh proof, so that the pages that ask for one are reached."""
    return sign_in(None) if user is None else fresh_client(user)


FORM = "application/x-www-form-urlencoded"


def _send(client: Client, address: str, body: str, ways: Sequence[str]) -> dict[str, int]:
    """Status by way; what each way wrote is undone, so that the next finds the world as it was."""
    known: dict[str, Callable[[], HttpResponse]] = {
        "GET": lambda: client.get(address, QUERY_STRING=body[:20_000]),
        "POST": lambda: client.post(address, body, content_type=FORM),
        "htmx": lambda: client.post(
            address, body, content_type=FORM, headers={"HX-Request": "true"}
        ),
    }
    return {way: undone(client, known[way]).status_code for way in ways}


def _faults(
    client: Client, address: str, body: str, ways: Sequence[str] = ("GET", "POST", "htmx")
) -> list[tuple[str, str, int]]:
    client.raise_request_exception = False
    answers = _send(client, address, body, ways)
    return [(address, way, status) for way, status in answers.items() if status >= 500]


#: As long as a field may be for all of them together to be read (2.5 MB, Django's limit).
_LONGEST = 20_000
#: What the two databases take differently; the rest is tried on one.
_THEIRS = {"NUL", "NUL inside", "surrogate", "huge number", "too huge to read", "negative"}
_KINDS = [
    pytest.param(kind, way, marks=[] if kind in _THEIRS else [pytest.mark.once], id=kind)
    for kind, way in zip(JUNK, cycle(["POST", "htmx"]), strict=False)
]


@pytest.mark.parametrize(("kind", "way"), _KINDS)
@pytest.mark.parametrize("who", ["nobody", "owner", "operator"])
def test_junk_in_every_field(world: World, who: str, kind: str, way: str) -> None:
    """Read and sent; as a whole page and as a fragment in turn, kind by kind."""
    client = _browser(None if who == "nobody" else getattr(world.cast, who))
    junk = JUNK[kind][: _LONGEST - _LONGEST % 9]  # no character of three bytes cut in two
    body = "&".join(f"{name}={junk}" for name in _names())
    assert len(body) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    there = [world.address(route) for route in routes()]
    assert not [fault for one in there for fault in _faults(client, one, body, ("GET", way))]


@pytest.mark.once
def test_more_than_is_ever_read(world: World) -> None:
    client = _browser(world.cast.owner)
    body = "name=" + "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    there = [world.address(route) for route in routes()]
    assert not [fault for one in there for fault in _faults(client, one, body, ("POST",))]


#: Forms as they should be filled in; each field in its turn is junk, the others are right.
FORMS: dict[str, dict[str, str]] = {
    "organizations:create": {"name": "中共临江市水务局委员会", "division_code": "110101"},
    "organizations:branch_add": {"name": "第五党支部", "kind": "branch", "parent": ""},
    "organizations:branch_edit": {"name": "第五党支部", "kind": "branch"},
    "organizations:branch_move": {"parent_id": "top"},
    "organizations:branch_merge": {"target_id": "1", "step": "confirm"},
    "organizations:members_add": {
        "branch_id": "top",
        "name": "王小明",
        "phone": "13811110000",
        "lines": "李小红 13811110001",
    },
    "organizations:member_phone": {"phone": "13811110000"},
    "organizations:member_move": {"branch_id": "top"},
    "organizations:member_name": {"name": "王小明"},
    "organizations:member_detail_change": {
        "version": "",
        "gender": "男",
        "ethnicity": "汉族",
        "birth_date": "1990-05-04",
        "post": "办公室主任",
        "landline": "0531-88880000",
        "lost_contact": "否",
    },
    "organizations:export_members": {
        "format": "csv",
        "phones": "full",
        "details": "on",
        "reason": "核对组织关系",
    },
    "organizations:member_remove": {"reason": "组织关系转出"},
    "organizations:appoint": {"scope_id": "whole"},
    "organizations:offer_handover": {"stay": "on"},
    "certification:invitations": {"bound_name": "", "max_uses": "1", "days": "7"},
    "contacts:group_new": {"kind": "friends", "name": "读书小组"},
    "contacts:group_add": {"people": "1", "more": "1"},
    "contacts:group_remove": {"people": "1"},
    "contacts:group_hand_over": {"people": "1"},
    "contacts:group_rename": {"name": "晨读小组"},
    "contacts:phone_book_add": {"proof": "1:2:3"},
    "accounts:privacy": {"findable": "yes"},
    "contacts:add_friend": {"phone": "13811110000", "words": "我是李明"},
    "contacts:ask_friend": {"words": "我是李明"},
    "contacts:open_card": {"words": "我是李明"},
    "contacts:answer_friend": {"answer": "yes", "from": "card"},
    "notices:new": {"kind": "notice", "title": "学习通知", "body": "请学习", "deadline": ""},
    "notices:edit": {"title": "学习通知", "body": "请学习", "go": "next", "remove": "1"},
    "notices:preview": {
        "own": "branches",
        "branch_ids": "1",
        "role": "admin",
        "below": "chosen",
        "organization_ids": "1",
        "sms": "on",
    },
    "notices:pass_on": {"own": "branches", "branch_ids": "1", "below": "all", "remark": "请传达"},
    "notices:close": {"remark": "与本组织无关"},
    "certification:approve": {"reason": ""},
    "certification:refuse": {"reason": "请补充材料"},
    "certification:console_refuse": {"reason": "请补充材料"},
    "certification:rename": {"name": "中共历山县委组织部"},
    "certification:dissolve": {"typed_name": "中共历山县委宣传部"},
    "certification:console_dissolve": {"typed_name": "中共历山县委宣传部"},
    "certification:console_rename_now": {"name": "中共历山县委组织部"},
    "certification:claim_links": {"days": "7"},
    "certification:decertify": {"reason": "机构调整"},
    "certification:open_invitation": {"organization": "1"},
    "accounts:console_realname_refuse": {"reason": "照片不清楚"},
    "accounts:realname": {"name": "李明", "id_number": "11010119900307889X", "agree": "on"},
    "accounts:password": {"new": "a-good-password", "again": "a-good-password"},
    "accounts:passkeys": {"name": "我的手机", "credential": "{}"},
    "accounts:login": {"by": "password", "phone": "13800000000", "password": "x", "next": "/"},
    "onboarding:register": {"phone": "13811110000", "next": "/"},
    "appearance": {"view": "elder", "theme": "dark", "next": "/"},
}


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(sorted(_THEIRS), id="theirs"),
        pytest.param(sorted(set(JUNK) - _THEIRS), marks=pytest.mark.once, id="ours"),
    ],
)
@pytest.mark.parametrize("name", FORMS)
def test_junk_in_one_field_of_a_form(world: World, name: str, kinds: list[str]) -> None:
    route = next(route for route in routes() if route.name == name)
    who = {"accounts:login": None, "onboarding:register": None}.get(name, world.cast.owner)
    client = _browser(world.cast.operator if "console_realname" in name else who)
    faults = []
    for field in FORMS[name]:
        for kind in kinds:
            junk = JUNK[kind]
            sent = parse.urlencode(
                {key: value for key, value in FORMS[name].items() if key != field}
            )
            found = _faults(client, world.address(route), f"{sent}&{field}={junk}")
            faults += [(field, kind, fault) for fault in found]
    assert not faults


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 10**30, 10**200])
def test_an_id_of_any_size_in_an_address(world: World, number: int, part: int) -> None:
    client = _browser(world.cast.owner)
    faults = []
    for route in routes()[part::4]:
        for name in route.arguments:
            if isinstance(world.ids[name], int):
                there = World(world.cast, world.unclaimed, world.ids | {name: number})
                faults += _faults(client, there.address(route), "")
    assert not faults
