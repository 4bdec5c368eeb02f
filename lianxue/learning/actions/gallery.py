"""The order and the words of the pictures in a gallery."""

from collections.abc import Sequence

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import register_events

from .. import rules
from ..models import ContentFile
from .common import locked_item, note

register_events({"content.pictures_arranged": "调整了学习内容的图片"})


@transaction.atomic
def arrange(actor: Actor, item_id: int, captions: Sequence[tuple[int, str]]) -> None:
    """Put an item's pictures (file id, caption) in this order, with these words; those not named
    come behind, as they stood. The same again leaves no event.

    Raises NotFound, PermissionDenied, InvalidInput at ``caption-<file id>``.
    """
    item, _ = locked_item(actor, item_id)
    words = {file_id: rules.tidy_line(caption) for file_id, caption in captions}
    rules.raise_all(
        {
            f"caption-{file_id}": rules.line_error(caption, "图片说明", rules.MAX_CAPTION)
            for file_id, caption in words.items()
        }
    )
    places = {file_id: index for index, file_id in enumerate(words)}
    rows = list(ContentFile.objects.filter(item=item).order_by("position", "pk"))
    rows.sort(key=lambda row: places.get(row.file_id, len(places)))
    changed = []
    for position, row in enumerate(rows):
        caption = words.get(row.file_id, row.caption)
        if (row.position, row.caption) != (position, caption):
            row.position, row.caption = position, caption
            changed.append(row)
    if changed:
        ContentFile.objects.bulk_update(changed, ["position", "caption"])
        note(actor, "content.pictures_arranged", item)
