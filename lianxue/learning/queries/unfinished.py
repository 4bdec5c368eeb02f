"""Who has not completed a learning task yet."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from lianxue.notices import policy as notices
from lianxue.notices.models import Relay
from lianxue.organizations.models import Membership

from ..models import Completion, Quiz, TaskContent
from .completing import LIVE


def unfinished(relay: Relay) -> QuerySet[Membership, Any]:
    """The active memberships that ``relay`` reaches and that have not completed its task; nobody
    when nothing is left of it to do (all was withdrawn).
    """
    task = relay.notice_id
    items = TaskContent.objects.filter(LIVE, task=task)
    if not items.exists() and not Quiz.objects.filter(pk=task).exists():
        return Membership.objects.none()
    done = Completion.objects.filter(relay=relay, membership=OuterRef("pk"))
    rows: QuerySet[Membership, Any] = notices.recipients(relay.pk).filter(~Exists(done))
    return rows
