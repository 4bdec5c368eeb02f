"""Reads of imports: who uploaded one, and whoever administers the whole organisation, sees it."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import ImportRow, MemberImport, Organization


@dataclass(frozen=True)
class About:
    """What is told of the file: ``columns`` are its headings by key, ``skipped`` rows with why."""

    sheet: str = ""
    header_row: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    id_numbers: bool = False
    skipped: list[tuple[int, str]] = field(default_factory=list)


def about(batch: MemberImport) -> About:
    """What was found in the file of ``batch``."""
    told = batch.counts.get("file", {})
    return About(
        sheet=told.get("sheet", ""),
        header_row=told.get("header_row", 0),
        columns=dict(told.get("columns", [])),
        ignored=told.get("ignored", []),
        id_numbers=told.get("id_numbers", False),
        skipped=[(number, why) for number, why in told.get("skipped", [])],
    )


def imports_of(actor: Actor, organization: Organization) -> QuerySet[MemberImport, Any]:
    """The imports of ``organization`` that the actor may see, newest first.

    Raises PermissionDenied unless the actor administers something there.
    """
    power = policy.require_administers(actor, organization)
    rows = MemberImport.objects.filter(organization=organization).select_related(
        "created_by", "organization"
    )
    if not power.whole:
        rows = rows.filter(created_by=actor if isinstance(actor, User) else None)
    return rows.order_by("-created_at", "-pk")


def get_import(actor: Actor, import_id: int) -> MemberImport:
    """An import with its organisation, for whoever may see it.

    Raises NotFound for others, PermissionDenied for members that administer nothing there.
    """
    seen = (
        MemberImport.objects.filter(
            pk=import_id, organization__in=policy.visible_organizations(actor)
        )
        .select_related("organization")
        .first()
    )
    if seen is None:
        raise NotFound("没有找到这次导入。")
    found: MemberImport | None = imports_of(actor, seen.organization).filter(pk=import_id).first()
    if found is None:
        raise NotFound("没有找到这次导入。")
    return found


def rows_of(actor: Actor, batch: MemberImport, outcome: str = "") -> QuerySet[ImportRow, Any]:
    """The rows of an import that the actor may see, by number.

    ``outcome``: new, changed, unchanged, error, or warning; anything else means all.
    """
    get_import(actor, batch.pk)
    rows = ImportRow.objects.filter(batch=batch)
    if outcome == "warning":
        rows = rows.filter(Q(number__in=batch.counts.get("file", {}).get("warned", [])))
    elif outcome in ImportRow.Outcome.values:
        rows = rows.filter(outcome=outcome)
    return rows.order_by("number")
