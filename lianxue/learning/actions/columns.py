"""The columns (栏目) under which an organisation orders its content."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from lianxue.accounts.models import Actor
from lianxue.shared.errors import InvalidInput, NotFound

from .. import policy, rules
from ..models import Column
from .common import locked_place, note_here

_GONE = "没有找到这个栏目，可能已被删除。"


@transaction.atomic
def add(actor: Actor, organization_id: int, name: str) -> Column:
    """A new column behind the others.

    Raises NotFound, PermissionDenied, InvalidInput at ``name``.
    """
    place = locked_place(actor, organization_id)
    policy.need_settings(place.power)
    rows = Column.objects.filter(organization=place.organization)
    tidied = _tidy(name)
    _need_free(place.organization.pk, tidied)
    if rows.count() >= rules.MAX_COLUMNS:
        raise InvalidInput.at("name", f"栏目最多 {rules.MAX_COLUMNS} 个，请先删除不用的。")
    last = rows.aggregate(last=Max("position"))["last"]
    column = Column.objects.create(
        organization=place.organization, name=tidied, position=0 if last is None else last + 1
    )
    note_here(actor, "column.added", place.organization.pk, column, name=tidied)
    return column


@transaction.atomic
def rename(actor: Actor, column_id: int, name: str) -> Column:
    """Another name; the same again leaves no event.

    Raises NotFound, PermissionDenied, InvalidInput at ``name``.
    """
    column = _locked(actor, column_id)
    tidied = _tidy(name)
    if tidied == column.name:
        return column
    _need_free(column.organization_id, tidied)
    before, column.name = column.name, tidied
    column.save(update_fields=["name"])
    note_here(
        actor,
        "column.renamed",
        column.organization_id,
        column,
        name=tidied,
        before=before,
        after=tidied,
    )
    return column


@transaction.atomic
def remove(actor: Actor, column_id: int) -> None:
    """Delete a column; its contents stay, in no column. Raises NotFound, PermissionDenied."""
    column = _locked(actor, column_id)
    note_here(actor, "column.removed", column.organization_id, column, name=column.name)
    column.delete()


@transaction.atomic
def order(actor: Actor, organization_id: int, column_ids: Sequence[int]) -> None:
    """Put the columns in this order; those not named come behind, as they stood.

    Raises NotFound, PermissionDenied.
    """
    place = locked_place(actor, organization_id)
    policy.need_settings(place.power)
    rows = list(
        Column.objects.select_for_update()
        .filter(organization=place.organization)
        .order_by("position", "pk")
    )
    wanted = {pk: index for index, pk in enumerate(column_ids)}
    ordered = sorted(rows, key=lambda row: wanted.get(row.pk, len(wanted)))
    if [row.pk for row in ordered] == [row.pk for row in rows]:
        return
    for position, row in enumerate(ordered):
        row.position = position
    Column.objects.bulk_update(ordered, ["position"])
    names = "、".join(row.name for row in ordered)
    note_here(actor, "column.ordered", place.organization.pk, columns=names)


def _tidy(name: str) -> str:
    tidied = rules.tidy_line(name)
    if not tidied:
        raise InvalidInput.at("name", "请填写栏目名称。")
    error = rules.line_error(tidied, "栏目名称", rules.MAX_COLUMN)
    if error:
        raise InvalidInput.at("name", error)
    return tidied


def _need_free(organization_id: int, name: str) -> None:
    if Column.objects.filter(organization=organization_id, name=name).exists():
        raise InvalidInput.at("name", "已经有这个栏目了，请换一个名称。")


def _locked(actor: Actor, column_id: int) -> Column:
    seen = Column.objects.filter(pk=column_id).values_list("organization_id", flat=True).first()
    if seen is None:
        raise NotFound(_GONE)
    place = locked_place(actor, seen)
    policy.need_settings(place.power)
    column = Column.objects.select_for_update().filter(pk=column_id).first()
    if column is None:
        raise NotFound(_GONE)
    return column
