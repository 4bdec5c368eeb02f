"""Text messages a day before a task's deadline, where its author asked for them."""

import logging
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from lianxue.notices.actions import texting
from lianxue.notices.models import Notice, Relay, SmsRun
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict
from lianxue.shared.gateways import sms

log = logging.getLogger(__name__)

#: How long before the deadline who has not answered is told.
BEFORE = timedelta(days=1)
#: Who was told of the task just now needs no reminder yet.
SETTLED = timedelta(hours=6)
#: Nobody's phone rings at night: from this hour on, and before that one (the site's time zone).
FROM_HOUR, TO_HOUR = 8, 20


def remind() -> int:
    """Set off the text messages that are due, once for each relay; how many relays.

    Idempotent: ``texting.start`` knows under its lock which relay has had its own. One whose
    organisation has no messages left is tried again until the deadline.
    """
    moment = now()
    if not sms.notifies() or not FROM_HOUR <= timezone.localtime(moment).hour < TO_HOUR:
        return 0
    earlier = SmsRun.objects.filter(relay=OuterRef("pk"), purpose=SmsRun.Purpose.DEADLINE)
    due = Relay.objects.filter(
        ~Exists(earlier),
        notice__state=Notice.State.SENT,
        notice__task__sms_before_deadline=True,
        notice__deadline__gt=moment,
        notice__deadline__lte=moment + BEFORE,
        state=Relay.State.PASSED,
        passed_at__lte=moment - SETTLED,
        recalled_at=None,
    )
    started = 0
    for pk in list(due.order_by("notice__deadline", "pk").values_list("pk", flat=True)):
        relay = Relay.objects.select_related("notice").get(pk=pk)
        try:
            started += texting.start(None, relay, SmsRun.Purpose.DEADLINE) is not None
        except StateConflict as error:
            log.info("deadline of relay %s not texted: %s", pk, error.code)
    return started
