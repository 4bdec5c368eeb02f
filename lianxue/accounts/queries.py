"""Reads of accounts, and the tidying of what people type into their forms."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput

from . import policy
from .devices import device_name
from .kept import kept_by_apps
from .models import Actor, Consent, PhoneChallenge, RealNameVerification, User

RESEND_AFTER = 60  # seconds
#: What people agreed to, by the key that is kept with the agreement.
DOCUMENTS = {
    "service": "服务协议",
    "privacy": "信息保护政策",
    "realname": "处理身份证号的单独同意",
}


def clean_code(text: str, *, field: str = "code") -> str:
    """The six digits of a code as people type or paste it (spaces, full-width digits).

    Raises InvalidInput at ``field``.
    """
    digits = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text[:60]))
    if not re.fullmatch(r"[0-9]{6}", digits):
        raise InvalidInput.at(field, "验证码是六位数字，请核对短信后重新输入。")
    return digits


def clean_line(text: str, *, field: str, label: str, longest: int, required: bool = True) -> str:
    """One line of text: invisible characters out, spaces single, the length checked in characters.

    Raises InvalidInput at ``field``.
    """
    visible = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", text[:2000])
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    line = re.sub(r" +", " ", visible).strip()
    if not line and required:
        raise InvalidInput.at(field, f"请填写{label}。")
    if len(line) > longest:
        raise InvalidInput.at(field, f"{label}请填写 {longest} 字以内，现在是 {len(line)} 字。")
    if line and not any(char.isalpha() for char in line):
        raise InvalidInput.at(field, f"请填写真实的{label}，不能只有数字或符号。")
    return line


def resend_in(challenge: PhoneChallenge) -> int:
    """Seconds until another code may be asked for; 0 when it may be at once."""
    if challenge.sent_at is None:
        return 0
    return max(0, RESEND_AFTER - int((now() - challenge.sent_at).total_seconds()))


def is_verified(user: User) -> bool:
    """Whether ``user`` is verified by real name."""
    return user.is_verified


def user_by_phone(phone: str) -> User | None:
    """The user of a number, closed accounts too; only for who has proved to hold the number."""
    return User.objects.filter(phone=phone).first()


def latest_realname_request(user: User) -> RealNameVerification | None:
    """The person's newest request, whatever became of it."""
    rows = RealNameVerification.objects.filter(user=user).defer("id_number")
    return rows.order_by("-submitted_at", "-pk").first()


def realname_requests(actor: Actor, state: str = "") -> QuerySet[RealNameVerification, Any]:
    """Requests that the actor may see, the longest waiting first; ``state`` '' means all.

    The full number is not even read: that is for ``actions.realname.read_full``, which is audited.
    """
    rows = policy.visible_realname_requests(actor).defer("id_number")
    rows = rows.select_related("user", "decided_by")
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("submitted_at", "pk")


def export_of(user: User, *, whole: bool = True) -> dict[str, Any]:
    """What is kept about a person, as plain data (Personal Information Protection Law 45).

    ``whole``: every row of every app, for the file; else long lists as their number, for the page.
    The ID number stays masked: its full form is read through ``read_full`` alone.
    """
    requests = RealNameVerification.objects.filter(user=user).defer("id_number")
    consents = Consent.objects.filter(user=user).order_by("given_at")
    dingtalk = dingtalk_of(user)
    return {
        "手机号码": user.phone,
        "姓名": user.name,
        "企业/组织名称": user.unit_name,
        "通过手机号找到我": "允许" if user.findable_by_phone else "不允许",
        "注册时间": user.created_at,
        "上次登录": user.last_login,
        "钉钉昵称": dingtalk.extra_data.get("nick", "") if dingtalk else "",
        "实名认证": [
            {
                "状态": request.get_state_display(),
                "姓名": request.name,
                "身份证号": request.id_number_masked,
                "提交时间": request.submitted_at,
                "原因": request.reason,
            }
            for request in requests.order_by("submitted_at")
        ],
        "同意记录": [
            {
                "文件": DOCUMENTS.get(c.document, c.document),
                "版本": c.version,
                "时间": c.given_at,
            }
            for c in consents
        ],
        "登录设备": [
            {"设备": device_name(row.user_agent), "地址": row.ip, "登录时间": row.created_at}
            for row in sessions_of(user)
        ],
        "通行密钥": [
            {"名称": row.wrap().name, "添加时间": row.created_at} for row in passkeys_of(user)
        ],
        **kept_by_apps(user, whole=whole),
    }


def second_factors(user: User) -> set[str]:
    """Which second factors are on: ``totp``, ``webauthn``."""
    rows = Authenticator.objects.filter(user=user).values_list("type", flat=True)
    return set(rows) & {Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value}


@dataclass(frozen=True)
class Protection:
    """What protects an account; ``codes_left``: unused recovery codes."""

    password: bool
    totp: bool
    passkeys: int
    codes_left: int


def protection_of(user: User) -> Protection:
    """What protects ``user``'s account, in one statement."""
    rows = list(Authenticator.objects.filter(user=user))
    kinds = [row.type for row in rows]
    codes = [row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES]
    return Protection(
        password=user.has_usable_password(),
        totp=Authenticator.Type.TOTP in kinds,
        passkeys=kinds.count(Authenticator.Type.WEBAUTHN),
        codes_left=len(codes[0].wrap().get_unused_codes()) if codes else 0,
    )


def passkeys_of(user: User) -> list[Authenticator]:
    """The passkeys, oldest first; each has ``wrap().name``."""
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    return list(rows.order_by("created_at"))


def sessions_of(user: User) -> list[UserSession]:
    """Where the account is signed in now, newest first."""
    rows: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(rows, key=lambda row: row.created_at, reverse=True)


def dingtalk_of(user: User) -> SocialAccount | None:
    """The linked DingTalk account, None when there is none."""
    return SocialAccount.objects.filter(user=user, provider="dingtalk").first()
