"""One task as somebody meets it: what is asked, and whom that person can answer for."""

from dataclasses import dataclass

from lianxue.accounts.models import User
from lianxue.notices.models import Notice, Relay
from lianxue.notices.queries import reading
from lianxue.notices.queries.reading import Reading
from lianxue.shared.errors import NotFound

from . import tasks
from .tasks import TaskRow


@dataclass(frozen=True)
class AskedTask:
    """``rows``: for whom one answers, recalled or not. ``read``: the task as it reaches one as a
    member, None for who answers for a unit alone."""

    notice: Notice
    rows: list[TaskRow]
    read: Reading | None

    @property
    def open_rows(self) -> list[TaskRow]:
        """The rows of what is not recalled."""
        return [row for row in self.rows if row.relay.recalled_at is None]

    @property
    def relays(self) -> list[Relay]:
        """The relays by which it came and that are not recalled, each once."""
        by_reading = self.read.relays if self.read else []
        found = {one.pk: one for one in [*by_reading, *(row.relay for row in self.rows)]}
        return [one for one in found.values() if one.recalled_at is None]

    @property
    def recalled(self) -> bool:
        """Whether nothing of it is left but the trace."""
        return not self.relays


def get_task(user: User, notice_id: int) -> AskedTask:
    """The task as ``user`` meets it; it is not marked as read. Raises NotFound."""
    return asked(tasks.mine(user, notice_id), reading_of(user, notice_id))


def asked(rows: list[TaskRow], read: Reading | None) -> AskedTask:
    """Put together. Raises NotFound for who isn't asked, and for what is no task."""
    notice = next((one.relay.notice for one in rows), read.notice if read else None)
    if notice is None or not notice.wants_answer:
        raise NotFound
    return AskedTask(notice, rows, read)


def reading_of(user: User, notice_id: int) -> Reading | None:
    """The task as it reaches ``user`` as a member, or None."""
    try:
        return reading.get_mine(user, notice_id)
    except NotFound:
        return None
