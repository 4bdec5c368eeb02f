"""Sessions over the API: the same codes, passwords and limits as the pages.

A code is bound to the session cookie that asked for it, so a client keeps its cookies from the
first call on. Every call that writes needs the token of ``GET /sessions/csrf``.
"""

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from ninja.utils import check_csrf

from lianxue.shared.errors import DomainError, InvalidInput, StateConflict
from lianxue.shared.phones import mask_phone
from lianxue.shared.web import client_address

from . import agreements, pending, queries, realname_terms
from .actions import challenges, realname, users
from .current import current_user
from .models import PhoneChallenge, User
from .session import sign_in, sign_out

router = Router(tags=["accounts"])
LOGIN, REGISTER = PhoneChallenge.Purpose.LOGIN, PhoneChallenge.Purpose.REGISTER


def visitor(request: HttpRequest) -> bool:
    """Who need not be signed in, but must send the CSRF token when writing."""
    if check_csrf(request) is not None:
        raise HttpError(403, "缺少或过期的 CSRF 令牌：请先调用 GET /sessions/csrf。")
    return True


class Token(Schema):
    """The token for ``X-CSRFToken``."""

    token: str


class CodeRequest(Schema):
    """Ask for a code."""

    phone: str = Field(max_length=40, description="手机号码; +86 and spaces are allowed")


class CodeSent(Schema):
    """A code is on its way; the answer is the same for every number."""

    phone_masked: str = Field(description="138 **** 1000")
    expires_in: int = Field(description="seconds until the code is void")
    resend_in: int = Field(description="seconds until another may be asked for")


class Credentials(Schema):
    """Either ``code`` (of the number that this session asked for) or ``phone`` and ``password``."""

    code: str | None = Field(None, max_length=60, description="验证码")
    phone: str | None = Field(None, max_length=40, description="手机号码, with the password")
    password: str | None = Field(None, max_length=4096, description="密码")


class Me(Schema):
    """The signed-in person, as they see themself."""

    id: int
    name: str
    phone_masked: str
    unit_name: str
    is_verified: bool = Field(description="verified by real name (个人实名认证)")
    is_operator: bool


class SignedIn(Schema):
    """What became of the proof."""

    state: Literal["signed-in", "second-factor", "registration"] = Field(
        description=(
            "`signed-in`; `second-factor`: finish on the page /login/second-step/; "
            "`registration`: the number is new, go on with POST /registrations"
        )
    )
    me: Me | None = None


class AgreementOut(Schema):
    """One agreement as it stands today."""

    document: str
    title: str
    version: str
    html: str


class Agreements(Schema):
    """Both agreements."""

    items: list[AgreementOut]


def me_of(user: User) -> dict[str, Any]:
    """A user as ``Me``."""
    return {
        "id": user.pk,
        "name": user.name,
        "phone_masked": mask_phone(user.phone),
        "unit_name": user.unit_name,
        "is_verified": user.is_verified,
        "is_operator": user.is_operator,
    }


def state_after_sign_in(request: HttpRequest) -> dict[str, Any]:
    """``SignedIn`` after the login flow has run; raises StateConflict for a closed account."""
    if isinstance(request.user, User):
        return {"state": "signed-in", "me": me_of(request.user)}
    if "account_login" in request.session:  # allauth waits for the second factor
        return {"state": "second-factor"}
    raise StateConflict("这个账号已停用，如有疑问请联系本站管理员。", code="account-closed")


@router.get(
    "/sessions/csrf", response=Token, auth=None, operation_id="get_csrf_token", summary="CSRF token"
)
def csrf(request: HttpRequest) -> dict[str, str]:
    """The token, and the cookie that belongs to it."""
    return {"token": get_token(request)}


@router.get(
    "/agreements",
    response=Agreements,
    auth=None,
    operation_id="list_agreements",
    summary="《服务协议》《信息保护政策》",
)
def list_agreements(request: HttpRequest) -> dict[str, Any]:
    """Both agreements in full, with the versions that a registration must name."""
    return {
        "items": [
            {"document": d.key, "title": d.title, "version": d.version, "html": d.html}
            for d in agreements.current_documents()
        ]
    }


@router.post(
    "/sessions/codes",
    response={202: CodeSent},
    auth=visitor,
    operation_id="request_code",
    summary="获取验证码",
)
def request_code(request: HttpRequest, body: CodeRequest) -> Status[Any]:
    """Send six digits to a number, registered or not; a code asked for before is void."""
    browser, address = pending.new_browser_secret(), client_address(request)
    challenge = challenges.start(body.phone, LOGIN, browser, address)
    try:
        challenge = challenges.send(challenge.pk, browser, address)
    except DomainError:
        challenges.cancel(challenge.pk, browser)
        raise
    pending.begin(request, challenge, browser)
    answer = {
        "phone_masked": mask_phone(challenge.phone),
        "expires_in": int(challenges.CODE_LIFE.total_seconds()),
        "resend_in": queries.resend_in(challenge),
    }
    return Status(202, answer)


@router.post(
    "/sessions", response=SignedIn, auth=visitor, operation_id="create_session", summary="登录"
)
def create_session(request: HttpRequest, body: Credentials) -> dict[str, Any]:
    """Sign in. A right code for a number without a user answers ``registration``."""
    if body.code is not None:
        return _by_code(request, body.code)
    if body.phone is None or body.password is None:
        raise InvalidInput("请提供验证码，或手机号码和密码。")
    user = users.check_password(request, body.phone, body.password, client_address(request))
    sign_in(request, user, "password")
    return state_after_sign_in(request)


def _by_code(request: HttpRequest, code: str) -> dict[str, Any]:
    held = pending.current(request, LOGIN)
    if held is None:
        raise InvalidInput.at("code", "请先获取验证码。")
    challenge = challenges.verify(held.challenge.pk, held.browser, code, client_address(request))
    user = users.use_code(challenge)
    if user is None:
        challenge = challenges.turn_into_registration(challenge)
        pending.forget_all(request)
        pending.begin(request, challenge, held.browser)
        request.session.cycle_key()
        return {"state": "registration"}
    sign_in(request, user, "code")
    return state_after_sign_in(request)


@router.delete(
    "/sessions/current",
    response={204: None},
    operation_id="delete_session",
    summary="退出登录",
)
def delete_session(request: HttpRequest) -> HttpResponse:
    """End this session on the server."""
    sign_out(request)
    return HttpResponse(status=204)


@router.get("/me", response=Me, operation_id="read_me", summary="我的")
def get_me(request: HttpRequest) -> dict[str, Any]:
    """Who is signed in."""
    return me_of(current_user(request))


class RealName(Schema):
    """The person's real-name verification; the number is masked always."""

    state: Literal["none", "pending", "approved", "refused"]
    name: str = Field("", description="姓名, as it was submitted")
    id_number_masked: str = ""
    submitted_at: datetime | None = None
    decided_at: datetime | None = None
    reason: str = Field("", description="why it was refused")
    verifier: Literal["manual", "aliyun", "demo"] = Field(
        description="who decides about a request made now"
    )
    terms_version: str = Field(description="to be sent as `consent`")
    terms: list[str] = Field(description="what the person consents to, part by part")


class RealNameRequest(Schema):
    """Name and ID number, with the separate consent to handle them."""

    name: str = Field(max_length=60, description="姓名, as on the identity card")
    id_number: str = Field(max_length=60, description="身份证号 (GB 11643), 18 places")
    consent: str = Field(max_length=20, description="the `terms_version` the person agreed to")


def realname_of(user: User) -> dict[str, Any]:
    """The newest request as ``RealName``."""
    latest = queries.latest_realname_request(user)
    answer: dict[str, Any] = {
        "state": "approved" if user.is_verified else "none",
        "verifier": settings.ENV.realname_verifier,
        "terms_version": realname_terms.VERSION,
        "terms": [f"{heading}：{text}" for heading, text in realname_terms.PARTS],
    }
    if latest is not None:
        answer |= {
            "state": latest.state,
            "name": latest.name,
            "id_number_masked": latest.id_number_masked,
            "submitted_at": latest.submitted_at,
            "decided_at": latest.decided_at,
            "reason": latest.reason,
        }
    return answer


@router.get("/me/realname", response=RealName, operation_id="read_realname", summary="个人实名认证")
def get_realname(request: HttpRequest) -> dict[str, Any]:
    """How far the person's verification is, and what it asks for."""
    return realname_of(current_user(request))


@router.post(
    "/me/realname",
    response={200: RealName},
    operation_id="submit_realname",
    summary="提交个人实名认证",
)
def submit_realname(request: HttpRequest, body: RealNameRequest) -> dict[str, Any]:
    """Ask for verification; the answer says whether it is decided already."""
    user = current_user(request)
    realname.submit(user, realname.Submission(body.name, body.id_number, body.consent))
    user.refresh_from_db()
    return realname_of(user)


class Privacy(Schema):
    """What others may do with what they know of the person."""

    findable_by_phone: bool = Field(
        description="允许通过手机号找到我: who has the number sees the name and may ask"
    )


@router.get("/me/privacy", response=Privacy, operation_id="read_privacy", summary="隐私")
def get_privacy(request: HttpRequest) -> Any:
    """The person's own choices; everything is off from the start."""
    return current_user(request)


@router.put("/me/privacy", response=Privacy, operation_id="set_privacy", summary="修改隐私设置")
def put_privacy(request: HttpRequest, body: Privacy) -> Any:
    """Choose anew; audited in the person's own stream."""
    return users.set_findable(current_user(request), body.findable_by_phone)
