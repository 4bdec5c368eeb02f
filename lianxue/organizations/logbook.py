"""操作日志: an organisation's audit events in words, for its pages and for the API.

What people and branches are called is what the event noted at the time; only a branch's id in the
notes is looked up, all branches of a page in one statement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps

from lianxue.audit.actions import DETAILS, EVENTS, register_details
from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import LogFilter
from lianxue.shared.actors import Operator
from lianxue.shared.errors import InvalidInput

from .models import Branch, Membership, Organization, RoleGrant

register_details(
    {
        "phone": "手机号码",
        "branch": "所在支部",
        "state": "状态",
        "before": "原来",
        "after": "现在",
        "kind": "类型",
        "parent": "上级",
        "from": "原来在",
        "to": "移到",
        "into": "并入",
        "children": "一起移动的下级支部（个）",
        "memberships": "一起移动的成员（人）",
        "members": "离开的成员（人）",
        "scope": "管理范围",
        "roles": "同时免去",
        "reason": "原因",
        "division_code": "地区代码",
        "code": "组织代码",
        "level": "级别",
    }
)

#: Whose value is a branch's id, and the words for none.
_BRANCHES = {
    "branch": "不分支部",
    "parent": "最上一层",
    "from": "最上一层",
    "to": "最上一层",
    "into": "",
    "scope": "整个组织",
}
_CHOICES: dict[str, dict[str, str]] = {
    "state": {str(key): str(word) for key, word in Membership.State.choices},
    "kind": {str(key): str(word) for key, word in Branch.Kind.choices},
    "level": {str(key): str(word) for key, word in Organization.Level.choices},
    "roles": {str(key): str(word) for key, word in RoleGrant.Role.choices},
}
#: Where the notes say what the event is about: the first that is there.
_NAMES = ("name", "organization", "applicant")
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)
_NAME_MAX = 40


@dataclass(frozen=True)
class Detail:
    """One note of an event: 原因 / 调动."""

    label: str
    value: str


@dataclass(frozen=True)
class Line:
    """One event in words; ``thing`` is the kind of what it touched (成员), ``target`` its name."""

    seq: int
    at: datetime
    who: str
    kind: str
    what: str
    thing: str
    target: str
    details: list[Detail]


def make_filter(
    kind: str, name: str, since: date | None = None, until: date | None = None
) -> LogFilter:
    """The filter out of what was asked for.

    Raises InvalidInput at ``kind``, ``since`` or ``until``, all of them at once.
    """
    fields = {}
    if kind and kind not in EVENTS:
        fields["kind"] = "请从列表中选择。"
    for field, day in (("since", since), ("until", until)):
        if day and not _FIRST <= day <= _LAST:
            fields[field] = f"请填写 {_FIRST.year} 年至 {_LAST.year} 年之间的日期。"
    if since and until and since > until and not fields:
        fields["until"] = "结束日期不能早于开始日期。"
    if fields:
        raise InvalidInput("有筛选条件填写不正确，请按提示修改。", fields=fields)
    name = name.replace("\x00", "").strip()[:_NAME_MAX]
    return LogFilter(action=kind, name=name, since=since, until=until)


def kind_choices(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Kinds of events with their words, by the words."""
    return sorted(((kind, what_is(kind)) for kind in kinds), key=lambda one: one[1])


def what_is(kind: str) -> str:
    """The words for a kind of event; one of a part that is gone has none of its own."""
    return EVENTS.get(kind, "其他操作")


def lines_of(organization_id: int, events: Sequence[AuditEvent]) -> list[Line]:
    """``events`` of one organisation in words; one statement however many there are."""
    wanted = {pk for event in events for pk in _branch_ids(event)}
    names = dict(
        Branch.objects.filter(organization_id=organization_id, pk__in=wanted).values_list(
            "pk", "name"
        )
    )
    return [_line(event, names) for event in events]


def _line(event: AuditEvent, names: dict[int, str]) -> Line:
    data = _data(event)
    named = next((key for key in _NAMES if isinstance(data.get(key), str) and data[key]), "")
    details = [
        Detail(words, text)
        for key, words in DETAILS.items()
        if key in data and key != named and (text := _text(event, key, data[key], names))
    ]
    return Line(
        seq=event.seq,
        at=event.at,
        who=_who(event),
        kind=event.action,
        what=what_is(event.action),
        thing=_thing(event.target_type),
        target=data[named] if named else "",
        details=details,
    )


def _data(event: AuditEvent) -> dict[str, Any]:
    """The notes; of a move of people, those of this one alone, and the place is said once."""
    data = dict(event.data) if isinstance(event.data, dict) else {}
    if event.action == "member.moved":
        before = data.get("from")
        if isinstance(before, dict):
            data["from"] = before.get(event.target_id)
        data.pop("branch", None)
    return data


def _who(event: AuditEvent) -> str:
    if event.actor_id is not None:
        return event.actor_name
    if event.actor_name == Operator.name:
        return "运维人员（命令行）"
    return event.actor_name or "未登录的人"


def _thing(target_type: str) -> str:
    """学习组织, 支部, 成员 …; nothing for a model that is gone."""
    try:
        return str(apps.get_model(target_type)._meta.verbose_name) if target_type else ""
    except (LookupError, ValueError):
        return ""


def _branch_ids(event: AuditEvent) -> Iterator[int]:
    data = _data(event)
    for key in _BRANCHES:
        value = data.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            yield value


def _text(event: AuditEvent, key: str, value: Any, names: dict[int, str]) -> str:
    """A note's value in words; empty for what can't be shown as words."""
    if key in _BRANCHES:
        return _place(event, key, value, names)
    if isinstance(value, dict):
        parts = (_text(event, one, value[one], names) for one in ("name", *DETAILS) if one in value)
        return "，".join(part for part in parts if part)
    if isinstance(value, list):
        if key == "roles":
            return "、".join(_CHOICES[key].get(str(one), "") for one in value)
        return str(len(value)) if value else ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return _CHOICES[key].get(str(value), "") if key in _CHOICES else str(value)


def _place(event: AuditEvent, key: str, value: Any, names: dict[int, str]) -> str:
    if value is None:
        return _BRANCHES["branch"] if event.action == "member.moved" else _BRANCHES[key]
    return names.get(value, "已删除的支部") if isinstance(value, int) else ""
