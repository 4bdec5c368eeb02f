"""Linking a DingTalk account to a user, and taking the link away."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from lianxue.accounts.models import User
from lianxue.accounts.social import PROVIDER, Proof
from lianxue.audit.actions import record, register_events
from lianxue.shared.errors import NotFound, StateConflict

register_events(
    {
        "account.dingtalk_linked": "绑定了钉钉账号",
        "account.dingtalk_unlinked": "解除了钉钉账号的绑定",
    }
)


@transaction.atomic
def link(actor: User, proof: Proof) -> None:
    """Let the DingTalk account sign ``actor`` in; linking it again changes nothing.

    Raises StateConflict when it serves somebody else, or another one serves ``actor``.
    """
    user = User.objects.select_for_update().get(pk=actor.pk)
    mine = SocialAccount.objects.filter(user=user, provider=PROVIDER).first()
    if mine is not None and mine.uid == proof.uid:
        return
    if mine is not None:
        raise StateConflict("您已经绑定了一个钉钉账号，请先解除，再绑定新的。")
    SocialAccount.objects.bulk_create(
        [
            SocialAccount(
                user=user, provider=PROVIDER, uid=proof.uid, extra_data={"nick": proof.nick}
            )
        ],
        ignore_conflicts=True,  # (provider, uid) is unique: the first of two wins
    )
    if not SocialAccount.objects.filter(user=user, provider=PROVIDER, uid=proof.uid).exists():
        raise StateConflict("这个钉钉账号已绑定另一个账号，不能重复绑定。")
    record(user, "account.dingtalk_linked", target=user)


@transaction.atomic
def unlink(actor: User) -> None:
    """Signing in by phone is always possible, so nobody locks themselves out. Raises NotFound."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    if not SocialAccount.objects.filter(user=user, provider=PROVIDER).delete()[0]:
        raise NotFound("没有绑定钉钉账号。")
    record(user, "account.dingtalk_unlinked", target=user)
