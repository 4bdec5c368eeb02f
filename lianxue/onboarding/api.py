"""Registration over the API: after ``POST /sessions`` has answered ``registration``."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from lianxue.accounts import agreements, pending
from lianxue.accounts.actions import challenges
from lianxue.accounts.api import SignedIn, state_after_sign_in, visitor
from lianxue.accounts.models import PhoneChallenge
from lianxue.accounts.session import sign_in
from lianxue.shared.errors import InvalidInput, StateConflict

from . import actions

router = Router(tags=["onboarding"])


class Consent(Schema):
    """The agreement to one document in the version that was read."""

    document: str = Field(max_length=20)
    version: str = Field(max_length=20)


class Registration(Schema):
    """填写基本信息, with the agreements (both, in their present versions: GET /agreements)."""

    name: str = Field(max_length=200, description="姓名, at most 20 characters")
    unit_name: str = Field("", max_length=200, description="企业/组织名称")
    consents: list[Consent] = Field(max_length=10)


class Registered(SignedIn):
    """The new user, signed in, and the organisations that were waiting."""

    organizations: list[str] = Field(description="names of the organisations joined")
    greeting: str


@router.post(
    "/registrations",
    response={201: Registered},
    auth=visitor,
    operation_id="create_registration",
    summary="新用户注册",
)
def create_registration(request: HttpRequest, body: Registration) -> Status[Any]:
    """Make the user of the number that this session has proved to hold, and sign in."""
    held = pending.current(request, PhoneChallenge.Purpose.REGISTER)
    if held is None or not held.challenge.verified_at:
        raise StateConflict("请先用验证码验证手机号码。", code="not-verified")
    wanted = {(d.key, d.version) for d in agreements.current_documents()}
    if not wanted <= {(given.document, given.version) for given in body.consents}:
        raise InvalidInput.at(
            "consents", "请先阅读并同意《服务协议》和《信息保护政策》的现行版本。"
        )
    challenge = challenges.agree(held.challenge.pk, held.browser)
    done = actions.complete_registration(challenge, body.name, body.unit_name)
    sign_in(request, done.user, "code")
    answer = {
        **state_after_sign_in(request),
        "organizations": [seat.organization.name for seat in done.memberships],
        "greeting": done.greeting,
    }
    return Status(201, answer)
