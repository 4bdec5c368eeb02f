"""What addresses of learning tasks name, for the matrices: all of 县."""

from lianxue.learning.models import ContentItem
from tests.cast import Cast
from tests.notices.makers import WHOLE

from .task_makers import draft_learning, sent_learning

#: The pages that are about a task that was sent, and about one in a draft.
SENT = {"task", "task_progress", "task_people", "task_export"}
DRAFTS = {"contents"}


def task_world(cast: Cast, item: ContentItem) -> dict[str, int | str]:
    """A task that 县 sent to its own members, which asks for ``item``; the same in a draft."""
    return {
        "learning_task_id": sent_learning(cast.owner, cast.county, [item], WHOLE).notice_id,
        "learning_draft_id": draft_learning(cast.owner, cast.county, [item]).pk,
    }


def address_ids(page: str, ids: dict[str, int | str]) -> dict[str, int | str]:
    """What the addresses of this page of learning tasks are filled with."""
    if page in SENT | DRAFTS:
        return {"notice_id": ids["learning_task_id" if page in SENT else "learning_draft_id"]}
    return {}
