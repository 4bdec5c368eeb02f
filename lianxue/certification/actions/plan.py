"""A chain file beside what is there: which rows are new, which differ, which can't be."""

from dataclasses import dataclass, field

from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Organization
from lianxue.shared.errors import InvalidInput

from ..chainfile import ChainFile, ChainFileError, Row, is_code, top_down


@dataclass
class Plan:
    """The rows, each after its superior, with the organisations they speak of, by code.

    ``made``: codes that this import has made; ``touched``: codes whose organisation it changed.
    """

    rows: list[Row]
    there: dict[str, Organization]
    parents: dict[str, Organization]
    codes: set[str]
    warnings: list[tuple[int, str]] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def superior(self, row: Row) -> Organization | None:
        """The organisation above a row, once it is there."""
        if not row.parent_code:
            return None
        return self.there.get(row.parent_code) or self.parents[row.parent_code]


def current_root() -> Organization | None:
    """The chain's top, if one is named."""
    return Organization.objects.filter(superior=None, chain_path__isnull=False).first()


def compare(file: ChainFile) -> Plan:
    """Look at what is there, lock it, and check every row against it (five statements).

    Raises ChainFileError with every row that can't be.
    """
    rows = top_down(file.rows)
    codes = {row.code for row in file.rows}
    above = {row.parent_code for row in rows if row.parent_code} - codes
    asked = [code for code in codes | above if is_code(code)]
    known = {one.code: one for one in Organization.objects.filter(code__in=asked)}
    root = current_root()
    ids = {one.pk for one in known.values() if one.dissolved_at is None}
    locked = organizations.lock(*ids, *([root.pk] if root else []))
    there = {code: locked.get(one.pk, one) for code, one in known.items() if code in codes}
    parents = {code: locked.get(one.pk, one) for code, one in known.items() if code in above}
    plan = Plan(rows, there, parents, codes)
    if root is not None:
        root = locked[root.pk]
        _adopt(plan, root)
    errors = [(row.number, text) for row in rows for text in _against(row, plan, root)]
    errors += file.errors + _names(plan)
    if errors:
        raise ChainFileError(errors)
    return plan


def _adopt(plan: Plan, root: Organization) -> None:
    """A root that was named without a code is the file's first row, when the names agree."""
    for row in plan.rows:
        if not row.parent_code and row.code not in plan.there:
            if root.code is None and root.name == row.name:
                plan.there[row.code] = root
            return


def _names(plan: Plan) -> list[tuple[int, str]]:
    errors = []
    for row in plan.rows:
        try:
            plan.warnings += [
                (row.number, f"“{row.name}”：{text}") for text in organizations.check_name(row.name)
            ]
        except InvalidInput as error:
            errors.append((row.number, f"“{row.name}”：{error.message}"))
    return errors


def _against(row: Row, plan: Plan, root: Organization | None) -> list[str]:
    """What is wrong with one row beside what is there; a bad code was told before."""
    if not is_code(row.code) or (row.parent_code and not is_code(row.parent_code)):
        return []
    return [text for text in (_parent(row, plan, root), _self(row, plan)) if text]


def _parent(row: Row, plan: Plan, root: Organization | None) -> str:
    if not row.parent_code:
        there = plan.there.get(row.code)
        if root is not None and (there is None or there.pk != root.pk):
            return f"平台的最上级组织已经是“{root.name}”，请填 parent_code。"
        return ""
    if row.parent_code in plan.codes:
        return ""
    parent = plan.parents.get(row.parent_code)
    if parent is None or parent.dissolved_at is not None:
        return f"没有 code 为 {row.parent_code} 的上级组织。"
    if not parent.is_certified:
        return f"上级组织“{parent.name}”（{row.parent_code}）还没有通过认证。"
    return ""


def _self(row: Row, plan: Plan) -> str:
    there = plan.there.get(row.code)
    if there is None:
        return ""
    if there.dissolved_at is not None:
        return f"code {row.code} 的组织已解散，请换一个 code。"
    if not there.is_certified:
        return ""
    if there.name != row.name:
        return (
            f"code {row.code} 的组织已认证，名称是“{there.name}”；"
            "已认证的组织改名须经上级同意，不能由导入修改。"
        )
    if there.superior_id != _wanted_superior(row, plan):
        return f"“{there.name}”已由别的上级认证，要换上级请先解除认证。"
    return ""


def _wanted_superior(row: Row, plan: Plan) -> int | None:
    """The id that the row asks for; 0 for a superior that does not exist yet."""
    if not row.parent_code:
        return None
    superior = plan.there.get(row.parent_code) or plan.parents.get(row.parent_code)
    return superior.pk if superior else 0
