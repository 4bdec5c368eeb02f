"""Where a form is filled in: the cast, one of everything, and the way a person comes to a form."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from lianxue.accounts.actions import security
from lianxue.accounts.models import Consent
from tests.accounts.helpers import PHONE, Outbox, begin
from tests.accounts.proofs import PASSWORD, SECRET, fresh_client, totp_code
from tests.cast import Cast, sign_in
from tests.certification.helpers import run_by
from tests.routes import CARD_TOKEN, make_world

WRONG_CODE = "824751"
LONG = "由" * 101
Kept = dict[str, str]


@dataclass
class Scene:
    """The cast, one of everything that an address can name, and the messages sent."""

    cast: Cast
    outbox: Outbox
    ids: dict[str, int | str]
    client: Client = field(default_factory=Client)


@dataclass(frozen=True)
class Case:
    """``form`` sent to ``name``: ``words`` beside ``at`` ("" = in the summary), ``kept`` in it."""

    name: str
    form: dict[str, Any]
    at: str
    words: str
    kept: Kept = field(default_factory=dict)
    who: str = "owner"
    ids: tuple[str, ...] = ()
    status: int = 422
    before: Callable[[Scene], None] | None = None

    def __str__(self) -> str:
        return f"{self.name}-{self.at or 'summary'}-{self.words}"


def at_agreements(scene: Scene) -> None:
    assert scene.client.post("/register/", {"phone": PHONE}).status_code == 302


def at_register_code(scene: Scene) -> None:
    begin(scene.client)
    scene.client.post("/register/code/send/")


def at_register_profile(scene: Scene) -> None:
    at_register_code(scene)
    scene.client.post("/register/code/", {"code": scene.outbox.code})


def at_login_code(scene: Scene) -> None:
    scene.client.post("/login/", {"phone": scene.cast.owner.phone})


def with_password(scene: Scene) -> None:
    user = scene.cast.stranger
    user.set_password(PASSWORD)
    user.save()


def at_second_step(scene: Scene) -> None:
    with_password(scene)
    security.enable_totp(scene.cast.stranger, SECRET, totp_code())
    form = {"by": "password", "phone": scene.cast.stranger.phone, "password": PASSWORD}
    scene.client.post("/login/", form)


def at_confirm(scene: Scene) -> None:
    with_password(scene)
    scene.client = sign_in(scene.cast.stranger)


def at_confirm_code(scene: Scene) -> None:
    scene.client = sign_in(scene.cast.stranger)
    scene.client.post("/me/security/confirm/", {"way": "send"})


def freshly(scene: Scene) -> None:
    scene.client = fresh_client(scene.cast.stranger)


def at_totp(scene: Scene) -> None:
    freshly(scene)
    scene.client.get("/me/security/totp/")


def outdated(scene: Scene) -> None:
    """Somebody who agreed to an older text."""
    moment = timezone.now()
    Consent.objects.create(
        user=scene.cast.member, document="service", version="old", digest="x", given_at=moment
    )
    scene.client = sign_in(scene.cast.member)


def with_organization(scene: Scene) -> None:
    run_by(scene.cast.stranger, "中共青松县委宣传部")


def make_scene(outbox: Outbox) -> Scene:
    """The cast and one of everything, all of 县 where it has an owner."""
    world = make_world()
    cast = world.cast
    assert cast.invited
    ids = world.ids | {
        "newcomer_id": cast.newcomer.pk,
        "unclaimed_id": world.unclaimed.pk,
        "branch_id": cast.second_branch.pk,
        "general_id": cast.general_branch.pk,
        "first_id": cast.first_branch.pk,
        "invited_id": cast.invited.pk,
        "card_token": CARD_TOKEN,
    }
    return Scene(cast, outbox, ids)
