"""Learning records: where somebody stopped, and what was finished.

They are honest: a recording is finished when most of it was really played, and nobody can have
played more than the time that went by. No minutes of use are kept. A record is its own trace; no
audit event is written, because a hundred thousand readers must not queue for the head of one chain.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.points.actions.crediting import Earned, credit
from lianxue.shared.clock import now, today
from lianxue.shared.errors import StateConflict

from .. import policy, segments
from ..models import ContentItem, LearningRecord
from ..point_items import content_event, item_of
from ..queries import library
from .completing import settle_item

#: The end of an article, in per mille.
END = 1000
#: Nobody plays faster than that, and a report may be a little late (seconds).
_FASTEST, _LATE = 2, 15
#: A page opened again so soon is the same visit (seconds).
_SAME_VISIT = 10


def open_item(user: User, item_id: int) -> LearningRecord:
    """The record of ``user`` with the item, begun when there is none yet. Raises NotFound."""
    item = library.get_readable(user, item_id)
    record = LearningRecord.objects.filter(user=user, item=item).first()
    moment = now()
    if record and (moment - record.changed_at).total_seconds() < _SAME_VISIT:
        return record
    with transaction.atomic():
        record = _held(user, item)
        record.changed_at = now()
        record.save(update_fields=["changed_at"])
    return record


@transaction.atomic
def played(
    user: User, item_id: int, position: int, parts: Iterable[segments.Segment]
) -> LearningRecord:
    """What a player reports: where it stands, and what it has played since its last report.

    Of what it says, only as much counts as can have been played in the time since then, at twice
    the speed. When 90 % of the recording have been, it is finished, and credited.
    Raises NotFound; StateConflict for what is no recording.
    """
    item = library.get_readable(user, item_id)
    if not item.is_recording:
        raise StateConflict("这项内容不是音频或视频，没有播放进度。")
    record = _held(user, item)
    moment = now()  # behind the lock: what waited for another device's report comes after it
    fresh = segments.merge(parts, item.length)
    fresh = segments.first_of(fresh, _playable(record, moment))
    merged = segments.merge([*record.seen, *fresh], item.length)
    record.seen = [list(one) for one in merged]
    record.covered = segments.seconds(merged)
    record.position = min(max(0, position), item.length or position)
    record.changed_at = moment
    record.save(update_fields=["seen", "covered", "position", "changed_at"])
    if item.length and record.covered >= segments.needed(item.length):
        _finish(user, item, record)
    return record


@transaction.atomic
def reached(user: User, item_id: int, position: int) -> LearningRecord:
    """Where a reader stands: per mille of an article, the page of a document. The end of an article
    finishes it. Raises NotFound; StateConflict for a recording, which has to be played.
    """
    item = library.get_readable(user, item_id)
    if item.is_recording:
        raise StateConflict("音频和视频要播放了才算，不能只报位置。")
    record = _held(user, item)
    most = END if item.kind == ContentItem.Kind.ARTICLE else item.length or END
    record.position = min(max(0, position), most)
    record.changed_at = now()
    record.save(update_fields=["position", "changed_at"])
    if item.kind == ContentItem.Kind.ARTICLE and record.position == END:
        _finish(user, item, record)
    return record


@transaction.atomic
def finish(user: User, item_id: int) -> LearningRecord:
    """读完了, by the reader's own word; credits it, once for all time.

    A recording whose length is known is believed by what was played alone.
    Raises NotFound, StateConflict (too little of a recording was played).
    """
    item = library.get_readable(user, item_id)
    record = _held(user, item)
    by_playing = item.is_recording and item.length and not record.finished_at
    if by_playing and record.covered < segments.needed(item.length):
        raise StateConflict(_too_little(item, record))
    _finish(user, item, record)
    return record


def _held(user: User, item: ContentItem) -> LearningRecord:
    """The record, locked, in the caller's transaction; made when there is none."""
    rows = LearningRecord.objects.select_for_update().filter(user=user, item=item)
    record = rows.first()
    if record is None:
        moment = now()
        LearningRecord.objects.bulk_create(
            [
                LearningRecord(
                    user=user,
                    item=item,
                    organization_id=policy.seat_for(user, item).organization_id,
                    started_at=moment,
                    changed_at=moment,
                )
            ],
            ignore_conflicts=True,
        )
        record = rows.get()
    return record


def _playable(record: LearningRecord, moment: datetime) -> int:
    """How many seconds can have been played since the last report, and not more in all than since
    the first opening. A report that is late brings more than its time; that, too, grows with the
    time, so reports in quick succession gain nothing, on a record of last week either.
    """
    since = max(0.0, (moment - record.changed_at).total_seconds())
    ever = (moment - record.started_at).total_seconds()
    most = int(_FASTEST * ever) + _LATE - record.covered
    return max(0, min(int(_FASTEST * since + min(since, _LATE)), most))


def _finish(user: User, item: ContentItem, record: LearningRecord) -> None:
    """Finished; the tasks that asked for it settled; credited under the rules of the organisation
    through which it came now.
    """
    if record.finished_at:
        return
    record.organization_id = policy.seat_for(user, item).organization_id
    record.finished_at = record.changed_at = now()
    record.save(update_fields=["organization", "finished_at", "changed_at"])
    settle_item(user, item.pk)  # first: it holds notices, which come before points
    earned = item_of(item)
    if earned:
        credit(
            Earned(
                user_id=user.pk,
                organization_id=record.organization_id,
                item=earned,
                event=content_event(item.pk),
                day=today(),
                source_type="learning.contentitem",
                source_id=item.pk,
                title=item.title,
            )
        )


def _too_little(item: ContentItem, record: LearningRecord) -> str:
    done = "听完" if item.kind == ContentItem.Kind.AUDIO else "看完"
    return (
        f"还没有{done}：已播放 {100 * record.covered // item.length}%，"
        f"播放满 {segments.WHOLE}% 才算{done}，跳过的部分不算。"
    )
