"""Opening a learning task is reading it; who had done all of it before completes it by that."""

from dataclasses import replace

from lianxue.accounts.models import User
from lianxue.notices.actions import receipts

from ..queries.mine import Assigned, get_task, left_to_settle
from .completing import settle_task


def open_task(user: User, notice_id: int) -> Assigned:
    """The task as ``user`` has it, its receipt written, and completed if all of it is done. The
    first time stays. Raises NotFound for whom it does not reach.
    """
    found = get_task(user, notice_id)
    if found.recalled:
        return found
    read = receipts.read(user, notice_id)
    if found.total and found.done >= found.total and left_to_settle(user, notice_id):
        settle_task(user, notice_id)
        return replace(get_task(user, notice_id), read=read)
    return replace(found, read=read)
