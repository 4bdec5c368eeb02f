"""What the page of an item says of its reader: how far, what was credited, for which task."""

from lianxue.accounts.models import User
from lianxue.notices import policy as notices
from lianxue.notices.models import Notice
from lianxue.points.models import PointEntry

from ..models import ContentItem, LearningRecord
from ..point_items import content_event
from .completing import has_completed, tasks_of


def record_of(user: User, item: ContentItem) -> LearningRecord | None:
    """The reader's record with the item; None while it was not opened."""
    return LearningRecord.objects.filter(user=user, item=item).first()


def entry_of(user: User, item: ContentItem) -> PointEntry | None:
    """What finishing the item was credited as; None when it was not, or gives none."""
    return PointEntry.objects.filter(key=f"{content_event(item.pk)}:{user.pk}").first()


def tasks_with(user: User, item: ContentItem) -> list[Notice]:
    """The learning tasks that ask the reader for the item and are not completed, the soonest
    deadline first; two statements."""
    seats = notices.seats_of(user)
    rows = tasks_of(seats).filter(notice__learning_task__contents__item=item)
    open_ones = rows.filter(~has_completed(seats)).select_related("notice")
    found = {relay.notice_id: relay.notice for relay in open_ones}
    return sorted(found.values(), key=lambda one: (one.deadline is None, one.deadline, one.pk))
