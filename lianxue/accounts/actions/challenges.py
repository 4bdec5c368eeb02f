"""Codes by SMS: ask, send, check, use up (ASVS 5.0 6.5.1-6.5.5, 6.6.1-6.6.3, 6.3.8).

Nothing here asks whether the phone belongs to a user: up to the right code everything that can be
seen from outside is the same for every number.
``start``, ``send`` and ``verify`` count their tries in transactions of their own, which must stay
when the request fails: never call them inside a transaction (Django raises RuntimeError there).
"""

import hmac
import ipaddress
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from lianxue.audit.actions import record, register_events
from lianxue.shared import ratelimit
from lianxue.shared.clock import now
from lianxue.shared.crypto import keyed_hash
from lianxue.shared.errors import DomainError, InvalidInput, StateConflict
from lianxue.shared.gateways import sms
from lianxue.shared.ids import hash_token
from lianxue.shared.phones import mask_phone, normalize_phone
from lianxue.shared.ratelimit import Limit

from .. import agreements
from ..models import PhoneChallenge
from ..queries import clean_code

register_events({"account.login_failed": "登录未成功"})

Purpose = PhoneChallenge.Purpose

TRIES = 5
CODE_LIFE = timedelta(minutes=5)
#: From starting to agreeing and asking for the code, and from the right code to the profile's end.
FORM_LIFE = timedelta(minutes=30)
RESEND_AFTER = 60  # seconds

_BUSY_HERE = "这个网络下的操作太频繁，请过几分钟再试。"
_PHONE_MINUTE = "验证码发送太频繁，请稍等一会儿再获取。"
_PHONE_HOUR = "这个号码一小时内获取验证码的次数已用完，请过一会儿再试。"
_PHONE_DAY = "这个号码今天获取验证码的次数已用完，请明天再试。"


def address_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def start(phone: str, purpose: str, browser: str, address: str) -> PhoneChallenge:
    """Begin to verify ``phone`` as it was typed; nothing is sent yet.

    ``browser`` is the secret of the browser that asks. Raises InvalidInput at ``phone``,
    RateLimited.
    """
    number, moment = normalize_phone(phone), now()
    # A hall of 50 people behind one address: everybody may start over several times.
    ratelimit.hit(f"challenge-start:{address_key(address)}", 600, 600, _BUSY_HERE)
    return PhoneChallenge.objects.create(
        purpose=purpose,
        phone=number,
        browser_hash=hash_token(browser),
        created_at=moment,
        expires_at=moment + FORM_LIFE,
    )


@transaction.atomic
def agree(challenge_id: uuid.UUID, browser: str) -> PhoneChallenge:
    """The person agrees to both agreements: versions, digests and the time stay with the challenge.

    Raises StateConflict when the challenge is gone or over.
    """
    challenge = _own(challenge_id, browser)
    challenge.consents = agreements.consents_now()
    challenge.save(update_fields=["consents"])
    return challenge


@transaction.atomic
def cancel(challenge_id: uuid.UUID, browser: str) -> None:
    """Leave nothing behind: the row goes. Cancelling twice is as good as once."""
    PhoneChallenge.objects.filter(
        pk=challenge_id, browser_hash=hash_token(browser), consumed_at=None
    ).delete()


def send(challenge_id: uuid.UUID, browser: str, address: str) -> PhoneChallenge:
    """Send a new six-digit code; every earlier code of this number is void from then on.

    Raises StateConflict (gone, over, or not agreed yet), RateLimited at ``code``, and Unavailable
    when the message didn't go out: then the person may try again at once.
    """
    phone = _check_sendable(challenge_id, browser).phone
    here = address_key(address)
    minute = f"sms-minute:{phone}"
    ratelimit.hit_all(
        {
            # A hall of 50 people behind one address registers within ten minutes.
            f"sms-address:{here}": Limit(200, 600, _BUSY_HERE),
            f"sms-address-day:{here}": Limit(2000, 86400, _BUSY_HERE),
            minute: Limit(1, RESEND_AFTER, _PHONE_MINUTE),
            f"sms-hour:{phone}": Limit(5, 3600, _PHONE_HOUR),
            f"sms-day:{phone}": Limit(10, 86400, _PHONE_DAY),
        },
        field="code",
    )
    challenge, code = _new_code(challenge_id, browser)
    try:
        sms.send_code(phone, code)  # after the commit above
    except DomainError:
        PhoneChallenge.objects.filter(pk=challenge.pk, verified_at=None).update(
            code_hash="", sent_at=None
        )
        ratelimit.give_back(minute)
        raise
    return challenge


def verify(challenge_id: uuid.UUID, browser: str, code: str, address: str) -> PhoneChallenge:
    """Check the code that was typed; right once, it can't be used again.

    Raises InvalidInput at ``code`` (wrong, over, used up, or asked for in another browser) and
    RateLimited. A wrong try stays counted.
    """
    digits = clean_code(code)
    ratelimit.hit(f"code-address:{address_key(address)}", 600, 600, _BUSY_HERE, "code")
    with transaction.atomic(durable=True):
        challenge, trouble = _try_code(challenge_id, browser, digits)
    if trouble or challenge is None:
        raise InvalidInput.at("code", trouble)
    return challenge


@transaction.atomic
def consume(challenge: PhoneChallenge) -> None:
    """Use up a verified challenge, in the transaction of what it is used for.

    Raises StateConflict when it is not verified, was used already, or half an hour has passed.
    """
    used = PhoneChallenge.objects.filter(
        pk=challenge.pk, verified_at__gt=now() - FORM_LIFE, consumed_at=None
    ).update(consumed_at=now())
    if not used:
        raise StateConflict("验证已失效，请重新验证手机号码。", code="challenge-over")


@transaction.atomic
def turn_into_registration(challenge: PhoneChallenge) -> PhoneChallenge:
    """A right login code for a number without a user goes on as a registration."""
    PhoneChallenge.objects.filter(pk=challenge.pk).update(purpose=Purpose.REGISTER)
    challenge.purpose = Purpose.REGISTER
    return challenge


def _own(challenge_id: uuid.UUID, browser: str) -> PhoneChallenge:
    """The challenge of this browser, locked. Raises StateConflict when it is gone or over."""
    challenge = (
        PhoneChallenge.objects.select_for_update()
        .filter(pk=challenge_id, browser_hash=hash_token(browser), consumed_at=None)
        .first()
    )
    over = challenge is not None and now() >= _form_end(challenge)
    if challenge is None or over:
        raise StateConflict("这次验证已失效，请从填写手机号码重新开始。", code="challenge-over")
    return challenge


def _form_end(challenge: PhoneChallenge) -> datetime:
    return (challenge.verified_at or challenge.sent_at or challenge.created_at) + FORM_LIFE


@transaction.atomic
def _check_sendable(challenge_id: uuid.UUID, browser: str) -> PhoneChallenge:
    challenge = _own(challenge_id, browser)
    if challenge.verified_at is not None:
        raise StateConflict("手机号码已经验证过了，请继续下一步。", code="already-verified")
    if challenge.purpose == Purpose.REGISTER and not challenge.consents:
        raise StateConflict("请先阅读并同意《服务协议》和《信息保护政策》。", code="no-consent")
    return challenge


@transaction.atomic(durable=True)
def _new_code(challenge_id: uuid.UUID, browser: str) -> tuple[PhoneChallenge, str]:
    challenge, moment = _check_sendable(challenge_id, browser), now()
    code = f"{secrets.randbelow(10**6):06d}"
    PhoneChallenge.objects.filter(phone=challenge.phone, verified_at=None).exclude(
        pk=challenge.pk
    ).update(code_hash="")
    challenge.code_hash = _hash(challenge.pk, code)
    challenge.sent_at, challenge.expires_at = moment, moment + CODE_LIFE
    challenge.tries_left = TRIES
    challenge.save(update_fields=["code_hash", "sent_at", "expires_at", "tries_left"])
    return challenge, code


def _hash(challenge_id: uuid.UUID, code: str) -> str:
    return keyed_hash(f"{challenge_id}:{code}", context="accounts.phone_code")


def _try_code(
    challenge_id: uuid.UUID, browser: str, digits: str
) -> tuple[PhoneChallenge | None, str]:
    """One try, counted before it is looked at; the trouble in words, or the empty string."""
    challenge = (
        PhoneChallenge.objects.select_for_update()
        .filter(pk=challenge_id, browser_hash=hash_token(browser))
        .first()
    )
    if challenge is None or (not challenge.code_hash and challenge.verified_at is None):
        return None, "请先获取验证码，再输入收到的六位数字。"
    if challenge.verified_at is not None:
        return None, "这个验证码已经用过，请重新获取。"
    if now() >= challenge.expires_at:
        return None, "验证码已过期，请重新获取。"
    mine = PhoneChallenge.objects.filter(pk=challenge.pk, verified_at=None)
    if not mine.filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1):
        return None, "输错次数太多，这个验证码已失效，请重新获取。"
    if not hmac.compare_digest(challenge.code_hash, _hash(challenge.pk, digits)):
        left = challenge.tries_left - 1
        record(
            None,
            "account.login_failed",
            data={"phone": mask_phone(challenge.phone), "method": "code"},
        )
        if left == 0:
            return None, "输错次数太多，这个验证码已失效，请重新获取。"
        return None, f"验证码不正确，请核对短信后重新输入，还可以试 {left} 次。"
    if not mine.filter(code_hash=challenge.code_hash).update(verified_at=now(), code_hash=""):
        return None, "这个验证码已经用过，请重新获取。"
    challenge.refresh_from_db()
    return challenge, ""
