"""常用联系人 learns from use, and forgets on request."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from lianxue.accounts.models import User
from lianxue.shared.clock import now

from ..models import FrequentContact
from ..queries.frequent import KEPT, contacts_of, weight_at

#: A contact used again within it counts once: a page opened twice is one use.
PAUSE = timedelta(hours=1)


def note_use(user: User, contact_id: int) -> None:
    """``user`` had to do with ``contact_id`` (opened the card, wrote); once an hour at most.

    Within the hour nothing is written and no lock is taken. Callers have asked
    ``policy.visible_people``. Not audited: it is no act, and only its person ever sees it.
    """
    if contact_id == user.pk:
        return
    moment = now()
    row = FrequentContact.objects.filter(user=user, contact=contact_id)
    last = row.values_list("used_at", flat=True).first()
    if last is None or last <= moment - PAUSE:
        _write(user, contact_id)


@transaction.atomic
def _write(user: User, contact_id: int) -> None:
    moment = now()
    row = FrequentContact.objects.filter(user=user, contact=contact_id)
    more = weight_at(moment)
    due = row.filter(used_at__lte=moment - PAUSE)
    if due.update(weight=F("weight") + more, used_at=moment) or row.exists():
        return
    made = FrequentContact(user=user, contact_id=contact_id, weight=more, used_at=moment)
    FrequentContact.objects.bulk_create([made], ignore_conflicts=True)
    # the newest stays, else nobody new could ever rise among many old ones
    least = contacts_of(user).exclude(contact=contact_id).values_list("pk", flat=True)[KEPT - 1 :]
    FrequentContact.objects.filter(pk__in=list(least)).delete()


@transaction.atomic
def forget(user: User, contact_id: int) -> None:
    """移除: nothing is kept of how much ``user`` had to do with that one; twice changes nothing."""
    contact = User.objects.filter(pk=contact_id)  # of an impossible id: nobody
    FrequentContact.objects.filter(user=user, contact__in=contact).delete()
