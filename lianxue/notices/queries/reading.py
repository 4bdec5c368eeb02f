"""What a reader has: the own notices, one of them, its files, how many are unread.

Somebody in two organisations that both passed a notice on has it once; what is read is read for
both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Notice, NoticeFile, Receipt, Relay

#: 全部 (but what is archived), 未读 (what is open still), 已归档.
TABS = {"all": "全部", "unread": "未读", "archived": "已归档"}
#: The longest text that is searched for.
LONGEST = 40


@dataclass(frozen=True)
class Recall:
    """The trace of a recalled notice: which organisation recalled it, when and why; ``person`` is
    named to the own members alone, else "".
    """

    organization: str
    person: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Reading:
    """A notice as one reader has it.

    ``relays``: those of ``notice`` that reach the reader and are not recalled, the first one first,
    each with its ``organization``; empty when all are recalled, and then ``recall`` is the last.
    ``read_at``, ``confirmed_at``: the first time, once it is done for all of them, else None.
    ``archived_at``: None while anything of it is unread. ``nudged_at``: the last 提醒, while the
    reader has not done what it asks. ``opened``: whether there is any receipt of it.
    """

    notice: Notice
    relays: list[Relay]
    read_at: datetime | None = None
    confirmed_at: datetime | None = None
    archived_at: datetime | None = None
    nudged_at: datetime | None = None
    recall: Recall | None = None
    opened: bool = False

    @property
    def may_archive(self) -> bool:
        """Whether nothing is left to do with it."""
        done = self.read_at is not None and not self.to_confirm
        return self.opened and (done or self.recall is not None)

    @property
    def to_confirm(self) -> bool:
        """Whether 确认收到 is asked for and not done."""
        return bool(self.relays) and self.notice.needs_confirmation and not self.confirmed_at


def my_notices(user: User, tab: str = "all", text: str = "") -> QuerySet[Notice, Any]:
    """The notices, tasks and forms that reach ``user``, the newest first, with ``organization``.

    ``tab`` is one of TABS; ``text`` is looked for in title and text, each word of it (a recalled
    notice is found by its title alone), in archived ones, too, when the tab is ``all``. Annotated:
    ``came_at`` (when it was passed on), ``live`` (not recalled), ``unread``, ``unconfirmed``,
    ``archived`` (bools), ``read_at``, ``nudged_at``.
    One statement for the seats; to be cut with ``shared.pagination.paginate_far``.
    """
    seats = policy.seats_of(user)
    if not seats:
        return Notice.objects.none()
    mine = policy.reaching(seats)
    live = mine.filter(recalled_at=None)
    receipts = Receipt.objects.filter(membership__in=[seat.membership_id for seat in seats])
    unread = _without(live, receipts)
    own = receipts.filter(relay__notice=OuterRef("pk"))
    archived = Q(Exists(own.exclude(archived_at=None))) & ~_of_notice(unread)
    shown = {
        "archived": archived,
        "live": _of_notice(live),
        "unread": _of_notice(unread),
        "unconfirmed": _of_notice(_without(live, receipts.exclude(confirmed_at=None))),
        "read_at": Subquery(own.order_by("read_at").values("read_at")[:1]),
        "nudged_at": _last(live.exclude(nudged_at=None), "nudged_at"),
    }
    words = text[:LONGEST].replace("\0", "").split()
    rows = Notice.objects.filter(pk__in=mine.values("notice"))
    if tab == "unread":
        rows = Notice.objects.filter(pk__in=_unread_open(seats).values("notice"))
    elif tab == "archived":
        rows = rows.filter(archived)
    elif not words:
        rows = rows.filter(~archived)
    for word in words:
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word) & _of_notice(live))
    return (
        rows.select_related("organization")
        .annotate(came_at=_last(mine, "passed_at"), **shown)
        .order_by("-came_at", "-pk")
    )


def _of_notice(relays: QuerySet[Relay, Any]) -> Q:
    """Whether the row (a notice) has any of ``relays``."""
    return Q(Exists(relays.filter(notice=OuterRef("pk"))))


def _last(relays: QuerySet[Relay, Any], field: str) -> Subquery:
    """The greatest ``field`` among those of ``relays`` that are the row's (a notice)."""
    own = relays.filter(notice=OuterRef("pk")).order_by(f"-{field}")
    return Subquery(own.values(field)[:1])


def _without(
    relays: QuerySet[Relay, Any], receipts: QuerySet[Receipt, Any]
) -> QuerySet[Relay, Any]:
    """Those of ``relays`` for which none of ``receipts`` was written."""
    without = ~Q(Exists(receipts.filter(relay=OuterRef("pk"))))
    return relays.filter(without)


def _unread_open(seats: Iterable[policy.Seat]) -> QuerySet[Relay, Any]:
    """The open relays that reach ``seats`` and that they have not read: as if all had come just
    now, so that the index gives the open ones and nothing of years past.
    """
    moment = now()
    present = [replace(seat, activated_at=moment) for seat in seats]
    receipts = Receipt.objects.filter(membership__in=[seat.membership_id for seat in present])
    return _without(policy.reaching(present).filter(recalled_at=None), receipts)


@dataclass(frozen=True)
class Unread:
    """How many notices are unread, whether any of them is urgent, and the last 提醒 to read."""

    count: int = 0
    urgent: bool = False
    nudged_at: datetime | None = None


def unread_of(seats: list[policy.Seat]) -> Unread:
    """What stands in the badge: the open notices (not tasks: those wait to be answered) that
    ``seats`` have not read. One statement, none without seats.
    """
    if not seats:
        return Unread()
    rows = _unread_open(seats).filter(notice__kind=Notice.Kind.NOTICE)
    found = rows.aggregate(
        count=Count("notice", distinct=True),
        urgent=Count("pk", filter=Q(notice__urgent=True)),
        nudged_at=Max("nudged_at"),
    )
    return Unread(found["count"], bool(found["urgent"]), found["nudged_at"])


def unread_count(user: User) -> int:
    """How many open notices (not tasks) the user has not read, in two statements."""
    return unread_of(policy.seats_of(user)).count


def get_mine(user: User, notice_id: int) -> Reading:
    """One notice that reaches ``user``, recalled or not, in three statements. Raises NotFound."""
    seats = {seat.organization_id: seat for seat in policy.seats_of(user)}
    relays = list(
        policy.reaching(list(seats.values()))
        .filter(notice__id=notice_id)  # an id of any size
        .select_related("notice__organization", "organization", "recalled_from__organization")
        .order_by("passed_at", "pk")
    )
    if not relays:
        raise NotFound
    own = list(
        Receipt.objects.filter(
            relay__in=relays, membership__in=[seat.membership_id for seat in seats.values()]
        )
    )
    live = [relay for relay in relays if relay.recalled_at is None]
    if live:
        here = {relay.pk for relay in live}
        return _reading(live, [receipt for receipt in own if receipt.relay_id in here])
    archived = [receipt.archived_at for receipt in own if receipt.archived_at]
    return Reading(
        relays[0].notice,
        [],
        archived_at=max(archived, default=None),
        recall=_trace(relays, set(seats)),
        opened=bool(own),
    )


def _reading(relays: list[Relay], receipts: list[Receipt]) -> Reading:
    read = {receipt.relay_id for receipt in receipts}
    whole = len(read) == len(relays)
    confirmed = [receipt.confirmed_at for receipt in receipts if receipt.confirmed_at]
    done = len(confirmed) == len(relays)
    archived = [receipt.archived_at for receipt in receipts if receipt.archived_at]
    notice = relays[0].notice
    asked = [relay.nudged_at for relay in relays if relay.nudged_at]
    waits = not whole or (notice.needs_confirmation and not done)
    return Reading(
        notice,
        relays,
        read_at=min(receipt.read_at for receipt in receipts) if whole else None,
        confirmed_at=min(confirmed) if done else None,
        archived_at=max(archived) if archived and whole else None,
        nudged_at=max(asked) if asked and waits else None,
        opened=bool(receipts),
    )


def _trace(relays: list[Relay], places: set[int]) -> Recall:
    """The last recall of ``relays``, all recalled, as members of ``places`` may see it."""
    last = max(relays, key=lambda relay: (relay.recalled_at or now(), relay.pk))
    by = (last.recalled_from or last).organization
    own = by.pk in places
    at = last.recalled_at or now()
    return Recall(by.name, last.recalled_by_name if own else "", at, last.recall_reason)


def files_of(notice: Notice) -> list[StoredFile]:
    """The notice's attachments in their order, one statement."""
    rows = NoticeFile.objects.filter(notice=notice).select_related("file")
    return [row.file for row in rows.order_by("position", "pk")]


def file_for(user: User, notice_id: int, file_id: int) -> StoredFile:
    """An attachment that ``user`` may open. Raises NotFound."""
    row = (
        NoticeFile.objects.filter(notice__id=notice_id, file__id=file_id)
        .select_related("file", "notice__organization")
        .first()
    )
    if row is None or not policy.may_open_files(user, row.notice):
        raise NotFound
    return row.file
