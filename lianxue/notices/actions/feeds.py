"""The secret address of a person's calendar: made, made anew, ended (日历订阅)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.shared.clock import now
from lianxue.shared.ids import hash_token, new_token

from ..models import CalendarFeed

register_events(
    {"calendar.subscribed": "建立了日历订阅地址", "calendar.ended": "停用了日历订阅地址"}
)

#: ``fetched_at`` is written no more often than this.
_EVERY = timedelta(hours=1)


@transaction.atomic
def subscribe(user: User) -> str:
    """A new secret token for the user's calendar; the one before ends. It is told this once."""
    token = new_token()
    CalendarFeed.objects.update_or_create(
        user=user,
        defaults={"token_hash": hash_token(token), "created_at": now(), "fetched_at": None},
    )
    record(user, "calendar.subscribed", target=user)
    return token


@transaction.atomic
def unsubscribe(user: User) -> bool:
    """End the user's address; whether there was one."""
    ended, _ = CalendarFeed.objects.filter(user=user).delete()
    if ended:
        record(user, "calendar.ended", target=user)
    return bool(ended)


def fetched(feed: CalendarFeed) -> None:
    """Note that a phone has fetched it, once an hour at most."""
    moment = now()
    CalendarFeed.objects.filter(
        Q(fetched_at=None) | Q(fetched_at__lt=moment - _EVERY), pk=feed.pk
    ).update(fetched_at=moment)
