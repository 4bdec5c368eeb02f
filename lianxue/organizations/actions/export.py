"""导出成员: people as a file that says who took it, and an event that says what was taken."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.shared import ratelimit, watermark
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput
from lianxue.shared.jinja import full_time
from lianxue.shared.phones import mask_phone

from .. import policy, queries
from ..models import Membership, Organization, RoleGrant
from ..queries import table
from ..queries.paths import branch_paths
from ..roster import writing
from ..roster.fields import BY_KEY, DETAIL_KEYS
from .members import tidy_reason

register_events({"members.exported": "导出了成员名单"})
register_details(
    {
        "count": "人数（人）",
        "format": "文件格式",
        "phones": "手机号",
        "details": "名册信息",
        "filter": "筛选条件",
    }
)

FORMATS = {"xlsx": "Excel 表格（.xlsx）", "csv": "CSV 文本（.csv）"}
PHONES = {"masked": "隐藏中间四位", "full": "完整号码"}
_ROLES = dict(RoleGrant.Role.choices)
_STATES = dict(Membership.State.choices)
_CHUNK = 2000
_AN_HOUR = 3600
#: Exports of one person in an hour; a file of 100,000 people keeps a server busy for a while.
_LIMIT = 30


@dataclass(frozen=True)
class Wish:
    """What the file is to hold. ``phones``: masked or full; ``details``: the sensitive columns."""

    format: str = "xlsx"
    phones: str = "masked"
    details: bool = False
    reason: str = ""

    @property
    def sensitive(self) -> bool:
        """Whether it holds what nobody takes out without saying why."""
        return self.phones == "full" or self.details


@dataclass(frozen=True)
class Taken:
    """The file, at its beginning, and what it is called."""

    file: IO[bytes]
    name: str
    count: int


def exportable(
    actor: User, organization: Organization, view: table.TableView
) -> QuerySet[Membership, Any]:
    """Whom ``actor`` may take out of those that the view's filters leave: the own scope's people.

    Raises PermissionDenied for who administers nothing here, NotFound for an unseen branch.
    """
    power = policy.require_administers(actor, organization)
    rows = table.matched(actor, organization, view)
    if not power.whole:
        rows = rows.filter(pk__in=policy.manageable_members(power, organization).values("pk"))
    return rows.order_by(*table.ordering(view))


def export_members(actor: User, organization_id: int, view: table.TableView, wish: Wish) -> Taken:
    """The list as a file, written row by row; audited with its filter, count and kind (rule 11).

    The event is written when the file is whole and before anybody has it: no file without an event.
    Numbers that the organisation hides from ``actor`` are left out. Raises InvalidInput at
    ``format``, ``phones``, ``reason``; PermissionDenied, NotFound, RateLimited.
    """
    organization = queries.get_visible(actor, organization_id)
    rows = exportable(actor, organization, view)
    wish = _checked(wish)
    ratelimit.hit(
        f"export:{actor.pk}", _LIMIT, _AN_HOUR, "一小时内导出的次数太多，请过一会儿再导出。"
    )
    moment = now()
    line = watermark.line(actor.name, actor.phone, moment)
    layout = writing.Layout(_headings(wish), f"{organization.name} 成员名单 {line} 请勿外传")
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    write = writing.write_list if wish.format == "xlsx" else writing.write_csv
    count = write(file, layout, _cells(organization, rows, wish))
    file.seek(0)
    with transaction.atomic():
        record(
            actor,
            "members.exported",
            target=organization,
            organization_id=organization.pk,
            data={
                "count": count,
                "format": wish.format,
                "phones": PHONES[wish.phones],
                "details": "含名册信息" if wish.details else "不含",
                "filter": words_of(actor, organization, view),
                "reason": wish.reason,
            },
        )
    return Taken(file, f"{organization.name}-成员-{moment:%Y%m%d}.{wish.format}", count)


def _checked(wish: Wish) -> Wish:
    """The wish with its reason in one line. Raises InvalidInput naming all that is wrong."""
    fields = {}
    if wish.format not in FORMATS:
        fields["format"] = "请选择文件格式。"
    if wish.phones not in PHONES:
        fields["phones"] = "请选择手机号怎样显示。"
    try:
        reason = tidy_reason(wish.reason)
    except InvalidInput as error:
        reason = "-"
        fields |= error.fields
    if wish.sensitive and not reason:
        fields["reason"] = "导出完整号码或名册信息，请写明用途，例如“核对组织关系”。"
    if fields:
        raise InvalidInput("有选项需要修改，还没有导出。", fields=fields)
    return Wish(wish.format, wish.phones, wish.details, reason)


def words_of(actor: User, organization: Organization, view: table.TableView) -> str:
    """The view's filter in words, for the event and for the page; no number that was looked for."""
    parts = []
    if view.branch_id:
        name = queries.get_branch(actor, organization, view.branch_id).name
        parts.append(f"“{name}”" + ("（不含下级）" if view.direct else "及下级"))
    elif view.direct:
        parts.append("不分支部的成员")
    parts += [
        words[key] for words, key in ((table.STATES, view.state), (table.ROLES, view.role)) if key
    ]
    if view.text:
        digits = any(char.isdigit() for char in view.text)
        parts.append("按号码查找" if digits else f"姓名含“{view.text}”")
    return "，".join(parts) or "全部成员"


def _headings(wish: Wish) -> list[str]:
    words = [BY_KEY[key].label for key in writing.SHORT] + ["角色", "状态", "加入时间", "激活时间"]
    return words + [BY_KEY[key].label for key in DETAIL_KEYS] if wish.details else words


def _cells(
    organization: Organization, rows: QuerySet[Membership, Any], wish: Wish
) -> Iterator[Sequence[str]]:
    """The rows as cells, in a fixed number of statements and memory."""
    branches = branch_paths(organization)
    roles: dict[int, list[str]] = {}
    for membership, role in RoleGrant.objects.filter(organization=organization).values_list(
        "membership_id", "role"
    ):
        roles.setdefault(membership, []).append(str(_ROLES[role]))
    columns = ["pk", "name", "phone", "phone_seen", "branch_id", "state", "created_at"]
    columns += ["activated_at", *(["detail__data"] if wish.details else [])]
    found = rows.values_list(*columns)
    for pk, name, phone, seen, branch, state, made, active, *detail in found.iterator(_CHUNK):
        shown = phone if wish.phones == "full" else mask_phone(phone)
        cells = [
            name,
            shown if seen else "号码已隐藏",
            branches.get(branch, ""),
            "、".join(dict.fromkeys(roles.get(pk, ["党员"]))),
            str(_STATES[state]),
            full_time(made),
            full_time(active),
        ]
        if wish.details:
            values = json.loads(detail[0]) if detail[0] else {}
            cells += [str(values.get(key, "")) for key in DETAIL_KEYS]
        yield cells
