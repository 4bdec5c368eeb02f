"""名册信息 of a member (sensitive): each look and change leaves an event; the roster's name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, PermissionDenied, StateConflict
from lianxue.shared.names import sort_key
from lianxue.shared.phones import mask_phone

from .. import policy, queries
from ..models import Membership, Organization, RosterDetail
from ..newcomers import tidy_person_name
from ..roster.fields import BY_KEY, DETAIL_KEYS
from .members import lock_member
from .tokens import index_members

register_events(
    {
        "member.details_revealed": "查看了成员的名册信息",
        "member.details_changed": "修改了成员的名册信息",
        "member.renamed": "修改了成员的姓名",
    }
)
register_details({"filled": "修改的项目"})

#: Longer than anything that a roster says; the fields themselves are stricter.
MAX_VALUE = 200


@dataclass(frozen=True)
class Details:
    """What the roster says of a member, by column key; ``version`` changes with every change."""

    values: dict[str, str]
    changed_at: datetime | None = None

    @property
    def version(self) -> str:
        """What a form sends back, so that two who change at once don't undo one another."""
        return self.changed_at.isoformat() if self.changed_at else ""


@transaction.atomic
def reveal(actor: Actor, membership_id: int) -> Details:
    """The roster's details of a member in the actor's scope, or of the actor itself (PIPL 44, 45).

    Every look is audited (rule 11). Raises NotFound, PermissionDenied outside the scope.
    """
    row, _ = queries.get_member(actor, membership_id)
    if not is_own(actor, row):
        _, row = lock_member(actor, membership_id)
    _record(actor, "member.details_revealed", row)
    return _read(row)


def is_own(actor: Actor, row: Membership) -> bool:
    """Whether ``row`` is the actor's own place."""
    return isinstance(actor, User) and row.user_id == actor.pk


@transaction.atomic
def change(
    actor: Actor, membership_id: int, typed: Mapping[str, str], version: str | None = None
) -> Details:
    """Put the details given (by column key) in place; an empty one is taken away, others stay.

    The event names what was changed, never the values. With ``version``, raises StateConflict when
    somebody has changed them since. Raises InvalidInput at the keys, PermissionDenied outside the
    actor's scope.
    """
    _, row = lock_member(actor, membership_id)
    kept = _read(row)
    clean = clean_details(typed)
    if version is not None and version != kept.version:
        raise StateConflict("刚刚有人修改了这位成员的名册信息，请重新查看后再改。")
    values = {key: text for key, text in (kept.values | clean).items() if text}
    changed = [key for key in clean if clean[key] != kept.values.get(key, "")]
    if not changed:
        return kept
    moment = now()
    RosterDetail.objects.update_or_create(
        membership=row,
        defaults={"data": json.dumps(values, ensure_ascii=False), "changed_at": moment},
    )
    words = "、".join(BY_KEY[key].label for key in changed)
    _record(actor, "member.details_changed", row, filled=words)
    return Details(values, moment)


def clean_details(typed: Mapping[str, str]) -> dict[str, str]:
    """The details as they are kept. Raises InvalidInput that names every bad one at its key."""
    clean: dict[str, str] = {}
    fields: dict[str, str] = {}
    for key, text in typed.items():
        if key not in DETAIL_KEYS:
            fields[key] = "没有这一项，请刷新页面后再试。"
        elif len(text) > MAX_VALUE:
            fields[key] = f"最多 {MAX_VALUE} 个字，现在是 {len(text)} 个字。"
        else:
            try:
                clean[key] = BY_KEY[key].clean(text)
            except InvalidInput as error:
                fields[key] = error.message
    if fields:
        raise InvalidInput("有内容填写不正确，请按提示修改。", fields=fields)
    return clean


@transaction.atomic
def rename_member(actor: Actor, membership_id: int, name: str) -> Membership:
    """Correct a member's name on this organisation's roster; who is active is told.

    An administrator's name is the main administrator's (or its own) to correct. Raises InvalidInput
    at ``name``, PermissionDenied.
    """
    organization, row = lock_member(actor, membership_id)
    own = is_own(actor, row)
    if row.role_grants.exists() and not own and not policy.power_in(actor, organization).main:
        raise PermissionDenied("该成员是管理员，姓名请由主管理员修改。")
    name = tidy_person_name(name)
    if name == row.name:
        raise InvalidInput.at("name", "和现在的姓名相同，没有需要修改的内容。")
    before, row.name, row.sort_key = row.name, name, sort_key(name)
    row.save(update_fields=["name", "sort_key"])
    index_members([row])
    record(
        actor,
        "member.renamed",
        target=row,
        organization_id=organization.pk,
        data={"name": name, "phone": mask_phone(row.phone), "before": before, "after": name},
    )
    if row.user_id is not None and not own:
        _tell(row, organization, before)
    return row


def _tell(row: Membership, organization: Organization, before: str) -> None:
    assert row.user_id is not None  # noqa: S101 - the caller has looked
    post_message(
        row.user_id,
        Note(
            topic="member.renamed",
            title=f"您在“{organization.name}”的姓名改为“{row.name}”",
            body=f"原来是“{before}”。如有疑问，请联系该组织的管理员。",
            link=reverse("organizations:member", args=[row.pk]),
            organization_id=organization.pk,
        ),
    )


def _read(row: Membership) -> Details:
    found = RosterDetail.objects.filter(membership=row).first()
    return Details(json.loads(found.data), found.changed_at) if found else Details({})


def _record(actor: Actor, action: str, row: Membership, **more: str) -> None:
    record(
        actor,
        action,
        target=row,
        organization_id=row.organization_id,
        data={"name": row.name, "phone": mask_phone(row.phone), "branch": row.branch_id, **more},
    )
