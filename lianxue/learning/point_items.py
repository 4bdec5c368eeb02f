"""What learning gives points for, with the site's first rules; registered when imported.

By what was done, never by minutes, likes or shares. A link gives none: nobody can know what was
read behind it.
"""

from lianxue.points.items import Item, register_items, register_sources

from .models import ContentItem

READ = "learning.read"
WATCHED = "learning.watched"
QUIZ = "learning.quiz"
TASK = "learning.task"

_KINDS = {
    ContentItem.Kind.ARTICLE: READ,
    ContentItem.Kind.PICTURES: READ,
    ContentItem.Kind.DOCUMENT: READ,
    ContentItem.Kind.AUDIO: WATCHED,
    ContentItem.Kind.VIDEO: WATCHED,
}

register_items(
    [
        Item(READ, "读完一篇内容（文章、图集、文档）", 10, day_cap=60),
        Item(WATCHED, "看完或听完一个音视频", 10, day_cap=60),
        Item(QUIZ, "测验及格", 20, day_cap=50),
        Item(TASK, "完成一个学习任务", 20, day_cap=60),
    ]
)
register_sources({"learning.contentitem": "learning:item", "notices.notice": "learning:task"})


def item_of(content: ContentItem) -> str | None:
    """What finishing ``content`` is credited as; None: nothing."""
    return _KINDS.get(ContentItem.Kind(content.kind))


def content_event(item_id: int) -> str:
    """Finishing an item of the library, once for all time."""
    return f"learning.content:{item_id}"


def quiz_event(notice_id: int) -> str:
    """Passing the quiz of a task."""
    return f"learning.quiz:{notice_id}"


def task_event(notice_id: int) -> str:
    """Completing a task."""
    return f"learning.task:{notice_id}"
