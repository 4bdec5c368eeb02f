"""Opening a task is reading it: as a member, and for the organisations one answers for."""

from contextlib import suppress
from dataclasses import replace

from lianxue.accounts.models import User
from lianxue.notices.actions import passing, receipts
from lianxue.shared.errors import DomainError

from ..queries.asked import AskedTask, get_task


def open_task(user: User, notice_id: int) -> AskedTask:
    """The task as ``user`` meets it, and that it was looked at: the receipt of whom it came to as a
    member, and 已查看 of each organisation that ``user`` answers for. The first time stays.

    Raises NotFound for who isn't asked.
    """
    found = get_task(user, notice_id)
    for row in found.open_rows:
        if row.respondent.kind == "o":
            with suppress(DomainError):  # what it may lack is said when it is answered
                passing.open_incoming(user, row.respondent.pk, notice_id)
    if found.read is None:
        return found
    return replace(found, read=receipts.read(user, notice_id))
