"""Registration's end: the user is made and what waits for the number becomes active, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from lianxue.accounts import queries as accounts
from lianxue.accounts.actions import challenges, users
from lianxue.accounts.models import PhoneChallenge, User
from lianxue.organizations.actions import members
from lianxue.organizations.models import Membership
from lianxue.shared.actors import Operator
from lianxue.shared.errors import StateConflict


@dataclass(frozen=True)
class Registered:
    """``user`` and what became active; ``is_new`` is False when the number had a user already."""

    user: User
    memberships: Sequence[Membership] = ()
    is_new: bool = True

    @property
    def greeting(self) -> str:
        """What the person reads first; names the organisations that were waiting."""
        names = "、".join(f"“{seat.organization.name}”" for seat in self.memberships)
        if names:
            return f"欢迎您，{self.user.name}！您已加入{names}。"
        if self.is_new:
            return f"欢迎您，{self.user.name}！注册已完成。"
        return "这个手机号码已经注册过，已为您直接登录。"


@transaction.atomic
def complete_registration(challenge: PhoneChallenge, name: str, unit_name: str) -> Registered:
    """Make the user of a verified challenge and activate what waits for the number (design rule 2).

    Consents, memberships, greeting and audit are one transaction with the user. A number that got
    its user meanwhile signs that user in. Raises InvalidInput at ``name`` or ``unit_name``,
    StateConflict when the challenge is not verified, not agreed, used, or over.
    """
    challenges.consume(challenge)
    if not challenge.consents:
        raise StateConflict("请先阅读并同意《服务协议》和《信息保护政策》。", code="no-consent")
    try:
        with transaction.atomic():
            user = users.create_user(challenge.phone, name, unit_name, challenge.consents)
    except IntegrityError:  # the same number finished in another browser a moment ago
        existing = accounts.user_by_phone(challenge.phone)
        if existing is None:
            raise
        users.store_consents(existing, challenge.consents)
        return Registered(existing, is_new=False)
    return Registered(user, members.activate_for(user))


@transaction.atomic
def add_operator(actor: Operator, phone: str, name: str) -> User:
    """``users.add_operator``; what waits for the number becomes active with its user (rule 2).

    Raises InvalidInput. Doing it twice changes nothing.
    """
    user = users.add_operator(actor, phone, name)
    members.activate_for(user)
    return user
