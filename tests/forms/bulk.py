"""Many members at once: the confirm pages of the console, and 再次邀请 of one."""

from collections.abc import Callable

from lianxue.organizations import policy
from lianxue.organizations.web.chosen import Note, sign

from .scene import LONG, Case, Scene

_ORG = ("organization_id",)


def looked_at(act: str, *, changed: bool = False) -> Callable[[Scene], None]:
    """What the confirm page of ``act`` carries for 刘洋; ``changed``: seen somewhere else."""

    def before(scene: Scene) -> None:
        seat = scene.cast.memberships[scene.cast.member.pk]
        mark = "a999999" if changed else policy.mark_of(seat)
        note = Note(act, scene.cast.county.pk, {seat.pk: mark})
        scene.ids["note"] = sign(scene.cast.owner.pk, note)

    return before


def _form(act: str, **values: str) -> dict[str, str]:
    return {"act": act, "note": "{note}", "step": "do", "filter": "state=active", **values}


_KEPT = {"act": "move", "filter": "state=active", "step": "look"}

CASES = [
    Case(
        "organizations:console_bulk",
        _form("move", branch_id=""),
        "branch_id",
        "请选择支部",
        _KEPT,
        ids=_ORG,
        before=looked_at("move"),
    ),
    Case(
        "organizations:console_bulk",
        _form("move", branch_id="x"),
        "branch_id",
        "从列表中选择",
        _KEPT,
        ids=_ORG,
        before=looked_at("move"),
    ),
    Case(
        "organizations:console_bulk",
        _form("move", branch_id="999999999999999999"),
        "branch_id",
        "没有找到这个支部",
        _KEPT,
        ids=_ORG,
        before=looked_at("move"),
    ),
    Case(
        "organizations:console_bulk",
        _form("appoint", scope_id=""),
        "scope_id",
        "请选择管理范围",
        {"act": "appoint"},
        ids=_ORG,
        before=looked_at("appoint"),
    ),
    Case(
        "organizations:console_bulk",
        _form("remove", reason=""),
        "reason",
        "请填写移出的原因",
        {"act": "remove", "step": "do"},
        ids=_ORG,
        before=looked_at("remove"),
    ),
    Case(
        "organizations:console_bulk",
        _form("remove", reason=LONG),
        "reason",
        "100",
        {"reason": LONG},
        ids=_ORG,
        before=looked_at("remove"),
    ),
    Case(
        "organizations:console_bulk",
        _form("remove", reason="转出"),
        "",
        "刘洋的情况刚刚有变化",
        {"reason": "转出"},
        ids=_ORG,
        status=409,
        before=looked_at("remove", changed=True),
    ),
    Case(
        "organizations:console_bulk",
        _form("remind"),
        "",
        "已激活，不需要再邀请",
        {"act": "remind"},
        ids=_ORG,
        status=409,
        before=looked_at("remind"),
    ),
    Case(
        "organizations:member_remind",
        {},
        "",
        "已激活，不需要再邀请",
        ids=("membership_id",),
        status=409,
    ),
]
