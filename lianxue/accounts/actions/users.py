"""Users: made once a phone is verified, signed in, counted out; operators; clearing up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from lianxue.audit.actions import record, register_events
from lianxue.shared import ratelimit
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, StateConflict
from lianxue.shared.names import sort_key
from lianxue.shared.phones import mask_phone, normalize_phone
from lianxue.shared.ratelimit import Limit

from ..models import Consent, PhoneChallenge, User
from ..queries import clean_line
from . import challenges

register_events(
    {
        "account.registered": "注册了账号",
        "account.consented": "同意了协议",
        "account.logged_in": "登录了",
        "account.logged_out": "退出了登录",
        "account.operator_added": "设为本站运维人员",
        "account.operator_removed": "不再是本站运维人员",
        "account.marked_demo": "标记为演示账号",
        "account.findable_on": "允许通过手机号找到自己",
        "account.findable_off": "不再允许通过手机号找到自己",
    }
)

WRONG_PASSWORD = "手机号码或密码不正确。没有设置过密码的，请用验证码登录。"  # noqa: S105
_LOCKED = "密码输错次数太多，请 {minutes} 分钟后再试，或改用验证码登录。"


@transaction.atomic
def create_user(
    phone: str, name: str, unit_name: str, consents: Sequence[Mapping[str, str]]
) -> User:
    """A new user for a verified phone, with the agreements given (see PhoneChallenge.consents).

    Raises InvalidInput at ``name`` or ``unit_name``; IntegrityError when the number has a user.
    """
    name = clean_line(name, field="name", label="姓名", longest=20)
    unit_name = clean_line(
        unit_name, field="unit_name", label="企业/组织名称", longest=60, required=False
    )
    user = User.objects.create_user(phone, name, unit_name=unit_name)
    record(user, "account.registered", target=user)
    store_consents(user, consents)
    return user


@transaction.atomic
def store_consents(user: User, consents: Sequence[Mapping[str, str]]) -> None:
    """Keep what the person agreed to; a version that was agreed to before keeps its first time."""
    if not consents:
        return
    Consent.objects.bulk_create(
        [
            Consent(
                user=user,
                document=given["document"],
                version=given["version"],
                digest=given["digest"],
                given_at=datetime.fromisoformat(given["at"]),
            )
            for given in consents
        ],
        ignore_conflicts=True,
    )
    versions = {given["document"]: given["version"] for given in consents}
    record(user, "account.consented", target=user, data=versions)


@transaction.atomic
def use_code(challenge: PhoneChallenge) -> User | None:
    """The user whom a verified challenge signs in; None when the number has none (it goes on to
    registration). The challenge is used up and its agreements are kept with the user.
    """
    user = User.objects.filter(phone=challenge.phone).first()
    if user is None:
        return None
    challenges.consume(challenge)
    store_consents(user, challenge.consents)
    return user


def check_password(request: HttpRequest, phone: str, password: str, address: str) -> User:
    """The user of ``phone`` and ``password``. Not to be called inside a transaction.

    One message whatever was wrong, and the same work (ASVS 6.3.8). Locked out for a while after
    five wrong tries from one address or twenty from anywhere (GB/T 22239). Raises InvalidInput.at
    ``phone`` for what is no number, InvalidInput, RateLimited.
    """
    number = normalize_phone(phone)
    if not password:
        raise InvalidInput.at("password", "请填写密码。")
    here = challenges.address_key(address)
    near, far = f"password:{number}:{here}", f"password:{number}"
    ratelimit.hit_all(
        {
            f"password-address:{here}": Limit(300, 600, _LOCKED.format(minutes=10)),
            near: Limit(5, 900, _LOCKED.format(minutes=15)),
            far: Limit(20, 3600, _LOCKED.format(minutes=60)),
        }
    )
    user = authenticate(request, phone=number, password=password[:4096])
    if not isinstance(user, User):
        record_login_failed(number, "password")
        raise InvalidInput(WRONG_PASSWORD, code="wrong-password")
    ratelimit.forget(near)
    ratelimit.give_back(far)
    return user


@transaction.atomic
def record_login(user: User, methods: Sequence[str]) -> None:
    """``user`` is signed in, by these proofs (code, password, mfa …)."""
    User.objects.filter(pk=user.pk).update(last_login=now())
    record(user, "account.logged_in", target=user, data={"methods": list(methods)})


@transaction.atomic
def record_login_failed(phone: str, method: str) -> None:
    """Somebody failed to sign in; the number stands masked in the site's stream."""
    data = {"phone": mask_phone(phone), "method": method}
    record(None, "account.login_failed", data=data)


@transaction.atomic
def record_logout(user: User) -> None:
    """``user`` signs out."""
    record(user, "account.logged_out", target=user)


@transaction.atomic
def add_operator(actor: Operator, phone: str, name: str) -> User:
    """Let the person of ``phone`` serve the site; a user is made when there is none.

    They sign in by code like everybody. Raises InvalidInput. Doing it twice changes nothing.
    """
    number = normalize_phone(phone)
    user = User.objects.select_for_update().filter(phone=number).first()
    if user is None:
        user = User.objects.create_user(
            number, clean_line(name, field="name", label="姓名", longest=20)
        )
        record(user, "account.registered", target=user)
    if not user.is_operator:
        user.is_operator = True
        user.save(update_fields=["is_operator"])
        record(actor, "account.operator_added", target=user)
    return user


@transaction.atomic
def remove_operator(actor: Operator, phone: str) -> User:
    """Take the site's service from the person of ``phone``. Raises InvalidInput, StateConflict."""
    number = normalize_phone(phone)
    user = User.objects.select_for_update().filter(phone=number, is_operator=True).first()
    if user is None:
        raise StateConflict("这个号码不是本站运维人员。")
    user.is_operator = False
    user.save(update_fields=["is_operator"])
    record(actor, "account.operator_removed", target=user)
    return user


@transaction.atomic
def mark_demo(actor: Operator, user: User) -> None:
    """``user`` is invented, for the demo; ``lianxue doctor`` refuses them in a real one."""
    user.is_demo = True
    user.save(update_fields=["is_demo"])
    record(actor, "account.marked_demo", target=user)


def mend_sort_keys(actor: Operator, *, check: bool = False) -> tuple[int, int]:
    """Compare everybody's ``sort_key`` with the name; write anew what differs, unless ``check``.

    Returns how many people were looked at and how many were wrong. Each row is changed only while
    its name is still the one that was read. Nothing that people wrote changes, so no audit event.
    """
    looked = wrong = 0
    for pk, name, key in User.objects.values_list("pk", "name", "sort_key").iterator():
        looked += 1
        if key != sort_key(name):
            wrong += 1
            if not check:
                User.objects.filter(pk=pk, name=name).update(sort_key=sort_key(name))
    return looked, wrong


@transaction.atomic
def set_findable(actor: User, findable: bool) -> User:
    """Whether others who have the actor's number may find the actor by it; off from the start.

    Setting what is set already changes nothing.
    """
    user = User.objects.select_for_update().get(pk=actor.pk)
    if user.findable_by_phone != findable:
        user.findable_by_phone = findable
        user.save(update_fields=["findable_by_phone"])
        record(user, "account.findable_on" if findable else "account.findable_off", target=user)
    return user


@transaction.atomic
def purge_expired() -> dict[str, int]:
    """Delete what has had its day: challenges (a day), counters, sessions. How many of each."""
    challenges_gone = PhoneChallenge.objects.filter(
        created_at__lt=now() - timedelta(days=1)
    ).delete()[0]
    sessions_gone = Session.objects.filter(expire_date__lt=now()).delete()[0]
    UserSession.objects.exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()  # the address and the browser of a session that is over
    return {
        "challenges": challenges_gone,
        "counters": ratelimit.purge(),
        "sessions": sessions_gone,
    }
