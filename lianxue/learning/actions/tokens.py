"""What a search looks through, kept in step with what is published by whoever writes that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from lianxue.shared.actors import Operator
from lianxue.shared.dbtools import insert_many

from ..models import ContentItem, ContentTag, ContentToken
from ..words import tokens_of

#: Items that are looked at at once: a long article has some thousand tokens.
_LOT = 50
_CHUNK = 500


def terms_of(item: ContentItem, tags: Iterable[str]) -> set[bytes]:
    """What ``item`` may be found by; nothing unless it is published."""
    if item.state != ContentItem.State.PUBLISHED:
        return set()
    return tokens_of([item.title, item.summary, item.source, item.text, *tags])


def index(item: ContentItem) -> None:
    """Write the tokens of ``item`` as it stands now; only what differs is touched."""
    kept = {
        bytes(token): pk
        for pk, token in ContentToken.objects.filter(item=item).values_list("pk", "token")
    }
    wanted = terms_of(item, item.tags.values_list("name", flat=True))
    gone = [pk for token, pk in kept.items() if token not in wanted]
    for start in range(0, len(gone), _CHUNK):
        ContentToken.objects.filter(pk__in=gone[start : start + _CHUNK]).delete()
    insert_many(
        ContentToken, ("item_id", "token"), [(item.pk, one) for one in sorted(wanted - set(kept))]
    )


def forget(item: ContentItem) -> None:
    """A withdrawn item is found no more."""
    ContentToken.objects.filter(item=item).delete()


@dataclass(frozen=True)
class Mended:
    """How many items were looked at, and how many of them did not agree with their words."""

    items: int = 0
    wrong: int = 0


def rebuild(actor: Operator, *, check: bool = False) -> Mended:
    """Compare every item's tokens with its words, and write anew what differs.

    ``check``: only count. Some items at a time, each lot in its own transaction with its rows
    locked; nothing is audited, because nothing that people wrote changes. For the operator.
    """
    assert isinstance(actor, Operator)  # noqa: S101 - the command line alone calls this
    items = wrong = last = 0
    while True:
        rows = ContentItem.objects.filter(pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:_LOT])
        if not ids:
            return Mended(items, wrong)
        items, last = items + len(ids), ids[-1]
        wrong += _mend(ids, check=check)


@transaction.atomic
def _mend(ids: Sequence[int], *, check: bool) -> int:
    rows = list(ContentItem.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    tags: dict[int, list[str]] = {row.pk: [] for row in rows}
    kept: dict[int, set[bytes]] = {row.pk: set() for row in rows}
    for pk, name in ContentTag.objects.filter(item__in=ids).values_list("item_id", "name"):
        tags[pk].append(name)
    for pk, token in ContentToken.objects.filter(item__in=ids).values_list("item_id", "token"):
        kept[pk].add(bytes(token))
    wrong = [row for row in rows if kept[row.pk] != terms_of(row, tags[row.pk])]
    if not check:
        for row in wrong:
            index(row)
    return len(wrong)
