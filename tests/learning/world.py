"""What addresses of learning name, for the matrices: all of 县. Each part adds its own."""

from django.utils import timezone

from lianxue.files.actions import attach
from lianxue.learning.models import Column, Comment, ContentFile, ContentItem
from tests.cast import Cast
from tests.files.makers import stored

from .bank_world import address_ids as bank_ids
from .bank_world import bank_world
from .quiz_world import address_ids as quiz_ids
from .quiz_world import quiz_world
from .task_world import address_ids as task_ids
from .task_world import task_world

#: The pages that are about a draft.
DRAFTS = {"edit", "picture", "preview", "publish", "discard"}


def learning_world(cast: Cast) -> dict[str, int | str]:
    """A published article of 县 for itself and all below, with a picture and a comment of 刘洋
    that waits; a draft; a column.
    """
    moment = timezone.now()
    common = {
        "organization": cast.county,
        "author": cast.owner,
        "author_name": cast.owner.name,
        "created_at": moment,
        "changed_at": moment,
        "summary": "一篇讲话的要点。",
    }
    column = Column.objects.create(organization=cast.county, name="理论学习")
    item = ContentItem.objects.create(
        title="读懂基层治理",
        body="<p>要把服务做到群众身边。</p>",
        text="要把服务做到群众身边。",
        column=column,
        state=ContentItem.State.PUBLISHED,
        reach=ContentItem.Reach.CHAIN,
        published_at=moment,
        **common,
    )
    file = stored(cast.owner)
    attach([file.pk])
    ContentFile.objects.create(item=item, file=file)
    draft = ContentItem.objects.create(
        title="还没有写完", body="<p>开头。</p>", text="开头。", **common
    )
    comment = Comment.objects.create(
        item=item,
        organization=cast.county,
        membership=cast.memberships[cast.member.pk],
        text="很受启发。",
        state=Comment.State.WAITING,
        at=moment,
    )
    quizzes = quiz_world(cast)
    return {
        "content_id": item.pk,
        "content_draft_id": draft.pk,
        "content_file_id": file.pk,
        "column_id": column.pk,
        "comment_id": comment.pk,
        **quizzes,
        **bank_world(cast, quizzes["bank_id"]),
        **task_world(cast, item),
    }


def address_ids(page: str, ids: dict[str, int | str]) -> dict[str, int | str]:
    """What the addresses of this page of ``learning`` are filled with."""
    return {
        "item_id": ids["content_draft_id" if page in DRAFTS else "content_id"],
        "file_id": ids["content_file_id"],
        **quiz_ids(page, ids),
        **bank_ids(page, ids),
        **task_ids(page, ids),
    }
