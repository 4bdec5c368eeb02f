"""The product's rights by name: who has one, where, and why, asked of the rules themselves.

Each right holds the very rule that its action asks (``Power.need_*`` and what apps above make of
them), so this page and the doors can't differ. An app above adds its own with ``register_rights``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lianxue.shared.errors import PermissionDenied, RealNameRequired

from ..models import Branch, Organization
from .powers import EVERYTHING, Standing, power_of

Rule = Callable[[Standing, Organization, Branch | None], None]

#: Stands for every branch right under the organisation: no scope's path begins it.
_TOP = Branch(path="")


@dataclass(frozen=True)
class Right:
    """One thing that one may do: ``rule`` raises what the action would raise.

    ``by_branch``: it is asked about a place in the tree. ``below``: about a branch itself, so that
    a scope holds it truly below itself only. ``closed``: why nobody can do it now, or "".
    """

    key: str
    group: str
    label: str
    rule: Rule
    by_branch: bool = False
    below: bool = False
    closed: Callable[[Organization], str] = lambda organization: ""


@dataclass(frozen=True)
class Office:
    """One office as rules see it: the role, and the scope's path (None: the whole organisation)."""

    role: str
    path: str | None = None


@dataclass(frozen=True)
class Answer:
    """Whether somebody has a right: ``whole``: everywhere; ``paths``: else, in which scopes.

    ``offices``: those that alone are enough (for somebody verified, where it takes that), by their
    place in the sequence that was given.
    ``refusal``: the rule's own words, when the answer is no. ``verified``: whether the right takes
    real-name verification; ``lacks_verification``: whether nothing but that is missing.
    """

    right: Right
    whole: bool
    paths: tuple[str, ...]
    offices: tuple[int, ...]
    refusal: str
    verified: bool
    lacks_verification: bool
    closed: str

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes, anywhere."""
        return self.whole or bool(self.paths)


RIGHTS: dict[str, Right] = {}


def register_rights(rights: Iterable[Right]) -> None:
    """Make rights known, in this order."""
    RIGHTS.update({right.key: right for right in rights})


def answer(
    right: Right, standing: Standing, organization: Organization, offices: Sequence[Office]
) -> Answer:
    """Whether who has this ``standing``, by these ``offices``, has ``right``. No statements."""
    whole, refusal = _ask(right, standing, organization, None)
    paths: tuple[str, ...] = ()
    if right.by_branch and not whole:
        paths = tuple(
            path
            for path in standing.power.scopes
            if not _refused(right, standing, organization, path)
        )
    named = Standing(EVERYTHING, verified=False, above=EVERYTHING)
    takes_name = isinstance(_raised(right, named, organization, None), RealNameRequired)
    return Answer(
        right=right,
        whole=whole,
        paths=paths,
        offices=tuple(
            index for index, office in enumerate(offices) if _enough(right, organization, office)
        ),
        refusal="" if whole or paths else refusal,
        verified=takes_name,
        lacks_verification=takes_name
        and not standing.verified
        and _ask(right, replace(standing, verified=True), organization, None)[0],
        closed=right.closed(organization),
    )


def _enough(right: Right, organization: Organization, office: Office) -> bool:
    """Whether this office alone gives the right, somewhere, to somebody verified."""
    alone = Standing(power_of([(office.role, office.path)]), verified=True)
    return not _refused(right, alone, organization, office.path)


def _refused(right: Right, standing: Standing, organization: Organization, path: str | None) -> str:
    return _ask(right, standing, organization, path)[1]


def _ask(
    right: Right, standing: Standing, organization: Organization, path: str | None
) -> tuple[bool, str]:
    """Yes or no, with the rule's words, below ``path`` (None: everywhere)."""
    error = _raised(right, standing, organization, path)
    return error is None, error.message if error else ""


def _raised(
    right: Right, standing: Standing, organization: Organization, path: str | None
) -> PermissionDenied | None:
    try:
        right.rule(standing, organization, _probe(right, path))
    except PermissionDenied as error:
        return error
    return None


def _probe(right: Right, path: str | None) -> Branch | None:
    """The place to ask about: the scope, or a branch right below it."""
    if path is None:
        return _TOP if right.below else None
    return Branch(path=path + "0" * Branch.steplen) if right.below else Branch(path=path)


def _covers(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_covers(branch)


def _below(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_below_scope(branch or _TOP)


def _log(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_log()


def _main(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_main()


def _whole(standing: Standing, organization: Organization, branch: Branch | None) -> None:
    standing.power.need_whole()


def _in_scope(key: str, group: str, label: str) -> Right:
    return Right(key, group, label, _covers, by_branch=True)


register_rights(
    [
        _in_scope("members.add", "成员", "添加成员"),
        _in_scope("members.import", "成员", "导入成员"),
        _in_scope("members.export", "成员", "导出成员"),
        _in_scope("members.move", "成员", "调整成员所在支部"),
        _in_scope("members.rename", "成员", "修改成员姓名"),
        _in_scope("members.correct", "成员", "更正未激活成员的手机号码"),
        _in_scope("members.details", "成员", "查看和修改名册信息"),
        _in_scope("members.remind", "成员", "再次邀请未激活成员"),
        _in_scope("members.remove", "成员", "移出成员"),
        _in_scope("branches.add", "组织架构", "添加下级支部"),
        Right(
            "branches.change",
            "组织架构",
            "支部改名、移动、合并、删除",
            _below,
            by_branch=True,
            below=True,
        ),
        Right("roles.appoint", "管理员", "任命和免去学习管理员", _main),
        Right("roles.remove", "管理员", "移出学习管理员", _main),
        Right("roles.handover", "管理员", "移交主管理员", _main),
        Right("security", "安全与记录", "更改安全中心的设置", _whole),
        Right("log", "安全与记录", "查看操作日志", _log),
    ]
)
