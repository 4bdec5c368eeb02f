"""What a person does to keep the account safe: password, second factors, passkeys, sessions.

The pages ask for a fresh proof of the person before any of these (``web.fresh``).
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from lianxue.accounts.mfa import unseal
from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.shared import ratelimit
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from lianxue.shared.phones import normalize_phone

register_events(
    {
        "account.exported": "导出了自己的个人信息",
        "account.password_set": "设置了密码",
        "account.totp_on": "开启了动态口令",
        "account.totp_off": "关闭了动态口令",
        "account.recovery_codes": "重新生成了备用码",
        "account.passkey_added": "添加了通行密钥",
        "account.passkey_removed": "移除了通行密钥",
        "account.session_ended": "退出了其他设备上的登录",
        "account.second_factor_failed": "第二步验证未成功",
        "account.second_factors_reset": "重置了第二步验证",
    }
)

Type = Authenticator.Type
MAX_PASSKEYS = 10
#: Characters that a password needs (AUTH_PASSWORD_VALIDATORS asks the same).
MIN_PASSWORD = 8
_WRONG = "动态码或备用码不正确，请重新输入。"
_WRONG_FIRST = "动态码不正确。请确认手机时间准确，再输入应用里现在显示的 6 位数字。"
_BUSY = "输错次数太多，请 5 分钟后再试。"


@transaction.atomic
def record_export(user: User) -> None:
    """``user`` takes a copy of what is kept about them (design rule 11)."""
    record(user, "account.exported", target=user)


@transaction.atomic
def set_password(actor: User, new: str, again: str) -> None:
    """Set or change the password; Django ends every other session with it (their hash is over).

    Raises InvalidInput at ``new`` or ``again``.
    """
    user = User.objects.select_for_update().get(pk=actor.pk)
    if not new:
        raise InvalidInput.at("new", "请填写新密码。")
    if len(new) > 128:
        raise InvalidInput.at("new", "密码请控制在 128 个字符以内。")
    if len(new) < MIN_PASSWORD:  # Django's own words for this have no Chinese
        raise InvalidInput.at("new", f"密码至少 {MIN_PASSWORD} 位，请换一个长一些的。")
    if new != again:
        raise InvalidInput.at("again", "两次填写的密码不一样，请重新填写。")
    if user.phone in new:
        raise InvalidInput.at("new", "密码里不要包含自己的手机号码。")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise InvalidInput.at("new", "".join(_sentence(m) for m in error.messages)) from None
    user.set_password(new)
    user.save(update_fields=["password"])
    actor.password = user.password
    record(user, "account.password_set", target=user)


def _sentence(text: str) -> str:
    return text.rstrip("。. ") + "。"


@transaction.atomic
def enable_totp(actor: User, secret: str, code: str) -> list[str]:
    """Turn the authenticator app on, proved by its first code; returns the recovery codes if new.

    Raises InvalidInput at ``code``, StateConflict when it is on already.
    """
    user = User.objects.select_for_update().get(pk=actor.pk)
    if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
        raise StateConflict("动态口令已经开启。")
    step = _totp_step(secret, clean_code(code), after=0)
    if step is None:
        raise InvalidInput.at(
            "code", "动态码不正确。请确认手机时间准确，再输入应用里现在显示的 6 位数字。"
        )
    row = TOTP.activate(user, secret).instance
    row.data["last_step"] = step
    row.save(update_fields=["data"])
    record(user, "account.totp_on", target=user)
    return _first_recovery_codes(user)


@transaction.atomic
def disable_totp(actor: User) -> None:
    """Turn the authenticator app off. Raises NotFound when it is not on."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    if not Authenticator.objects.filter(user=user, type=Type.TOTP).delete()[0]:
        raise NotFound("动态口令没有开启。")
    _drop_lonely_recovery_codes(user)
    record(user, "account.totp_off", target=user)


@transaction.atomic
def renew_recovery_codes(actor: User) -> list[str]:
    """New recovery codes; the old ones are void. Raises StateConflict without a second factor."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    mine = Authenticator.objects.filter(user=user)
    if not mine.exclude(type=Type.RECOVERY_CODES).exists():
        raise StateConflict("请先开启动态口令或添加通行密钥。")
    mine.filter(type=Type.RECOVERY_CODES).delete()
    record(user, "account.recovery_codes", target=user)
    return _first_recovery_codes(user)


def _first_recovery_codes(user: User) -> list[str]:
    if Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).exists():
        return []
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def _drop_lonely_recovery_codes(user: User) -> None:
    mine = Authenticator.objects.filter(user=user)
    if not mine.exclude(type=Type.RECOVERY_CODES).exists():
        mine.delete()


@transaction.atomic
def add_passkey(actor: User, name: str, credential: dict[str, Any]) -> list[str]:
    """Keep a passkey that the browser has just made and allauth has checked.

    Returns the recovery codes if these are the first. Raises InvalidInput at ``name``,
    StateConflict.
    """
    user = User.objects.select_for_update().get(pk=actor.pk)
    name = name.strip() or "通行密钥"
    if len(name) > 20:
        raise InvalidInput.at("name", "名称请控制在 20 个字以内。")
    if Authenticator.objects.filter(user=user, type=Type.WEBAUTHN).count() >= MAX_PASSKEYS:
        raise StateConflict(f"最多 {MAX_PASSKEYS} 个通行密钥，请先移除不用的。")
    row = WebAuthn.add(user, name, credential).instance
    record(user, "account.passkey_added", target=user, data={"passkey": row.pk})
    return _first_recovery_codes(user)


@transaction.atomic
def remove_passkey(actor: User, passkey_id: int) -> None:
    """Take a passkey away. Raises NotFound."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    rows = Authenticator.objects.filter(user=user, type=Type.WEBAUTHN, pk=passkey_id)
    if not rows.delete()[0]:
        raise NotFound("没有找到这个通行密钥，可能已经移除。")
    _drop_lonely_recovery_codes(user)
    record(user, "account.passkey_removed", target=user, data={"passkey": passkey_id})


@transaction.atomic
def reset_second_factors(actor: Operator, phone: str) -> User:
    """Take every second factor from a person who has lost theirs, and sign them out everywhere.

    The operator makes sure who is asking. Raises InvalidInput, NotFound, StateConflict.
    """
    number = normalize_phone(phone)
    user = User.objects.select_for_update().filter(phone=number).first()
    if user is None:
        raise NotFound("没有这个号码的账号。")
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise StateConflict("这个账号没有开启第二步验证。")
    for row in UserSession.objects.filter(user_id=user.pk):
        row.end()
    record(actor, "account.second_factors_reset", target=user)
    return user


@transaction.atomic
def end_sessions(actor: User, keep: str, session_id: int | None = None) -> int:
    """Sign out one other session (``session_id``) or all but ``keep`` (a session key); how many."""
    rows = UserSession.objects.filter(user_id=actor.pk).exclude(session_key=keep)
    if session_id is not None:
        rows = rows.filter(pk=session_id)
    ended = 0
    for row in rows:
        row.end()
        ended += 1
    if session_id is not None and not ended:
        raise NotFound("这个登录已经退出了。")
    if ended:
        record(actor, "account.session_ended", target=actor, data={"count": ended})
    return ended


@transaction.atomic
def keep_only(actor: User, before: str, after: str) -> None:
    """The session ``before`` has the key ``after`` now; all others are signed out."""
    UserSession.objects.filter(user_id=actor.pk, session_key=before).update(session_key=after)
    end_sessions(actor, after)


def clean_code(text: str) -> str:
    """Digits of an authenticator's or a recovery code as people type them."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text[:60]))


def spend_code(user: User, text: str) -> Authenticator:
    """Use a code of the authenticator app, or a recovery code; each works once (ASVS 6.5.1).

    Five tries in five minutes, counted in the database; not to be called inside a transaction.
    Raises InvalidInput and RateLimited at ``code``.
    """
    key = f"second-factor:{user.pk}"
    ratelimit.hit(key, 5, 300, _BUSY, "code")
    row = _spend(user, clean_code(text))
    if row is None:
        _record_failure(user)
        raise InvalidInput.at("code", _WRONG)
    ratelimit.forget(key)
    return row


@transaction.atomic
def _record_failure(user: User) -> None:
    record(user, "account.second_factor_failed", target=user)


@transaction.atomic
def _spend(user: User, code: str) -> Authenticator | None:
    spenders: dict[str, Callable[[Authenticator, str], bool]] = {
        Type.TOTP: _spend_totp,
        Type.RECOVERY_CODES: _spend_recovery,
    }
    rows = Authenticator.objects.select_for_update().filter(user=user, type__in=spenders)
    for row in rows.order_by("type"):
        if spenders[row.type](row, code):
            row.last_used_at = now()
            row.save(update_fields=["data", "last_used_at"])
            return row
    return None


def _spend_totp(row: Authenticator, code: str) -> bool:
    step = _totp_step(unseal(row.data["secret"]), code, after=row.data.get("last_step", 0))
    if step is not None:
        row.data["last_step"] = step
    return step is not None


def _spend_recovery(row: Authenticator, code: str) -> bool:
    used = RecoveryCodes(row).validate_code(code)
    if used:
        row.refresh_from_db()
    return bool(used)


def _totp_step(secret: str, code: str, *, after: int) -> int | None:
    """The time step whose code this is, later than the last one used; None when there is none."""
    for step in yield_hotp_counters_from_time():
        right = compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
        if right and step > after:
            return int(step)
    return None


def totp_address(user: User, secret: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads from the QR code."""
    return str(get_adapter().build_totp_url(user, secret))
