"""The console's table of members: what an address asks for, and the rows in that order.

Everything stands in the address (a view can be kept as a bookmark); what it asks for and nobody
knows falls back to the usual. The columns are each person's own choice, in a cookie.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest

from lianxue.accounts.models import Actor
from lianxue.shared.pagination import Page

from .. import policy
from ..models import Membership, Organization, RoleGrant
from .core import get_branch, in_subtree, offices_named
from .search import matching

#: The columns that can be shown beside the name, in their order, with their words.
COLUMNS: dict[str, str] = {
    "branch": "所在支部",
    "phone": "手机号",
    "role": "角色",
    "state": "状态",
    "activated": "激活时间",
    "created": "添加时间",
    "reminded": "最近邀请",
}
USUAL_COLUMNS = ("branch", "phone", "role", "state", "activated")
#: The cookie that keeps a person's choice, names joined by dots.
COLUMNS_COOKIE = "lx_columns"

STATES: dict[str, str] = {"active": "已激活", "invited": "未激活"}
ROLES: dict[str, str] = {
    "admin": "所有管理员",
    "main_admin": "主管理员",
    "learning_admin": "学习管理员",
    "member": "党员",
}
SIZES = (20, 50, 100)
#: What rows can be sorted by: the fields of ``Membership``, each ended by name and id.
SORTS: dict[str, tuple[str, ...]] = {
    "name": (),
    "branch": ("branch__path",),
    "state": ("state",),
    "activated": ("activated_at",),
    "created": ("created_at",),
    "reminded": ("reminded_at",),
}
_BY_NAME = ("sort_key", "name", "pk")
_TEXT_MAX = 40
_ID_DIGITS = 18


@dataclass(frozen=True)
class TableView:
    """What one address of the table asks for.

    ``branch_id`` with all below it, or, when ``direct``, only who stands right there (None: right
    under the organisation). ``sort`` is a key of ``SORTS``, ``descending`` turns it round.
    """

    branch_id: int | None = None
    direct: bool = False
    state: str = ""
    role: str = ""
    text: str = ""
    sort: str = "name"
    descending: bool = False
    page: int = 1
    size: int = 20
    columns: tuple[str, ...] = USUAL_COLUMNS

    #: The address's names; ``sort`` carries the direction as a minus sign before it.
    NAMES: ClassVar[tuple[str, ...]] = (
        "branch",
        "direct",
        "state",
        "role",
        "q",
        "sort",
        "size",
        "page",
    )

    @classmethod
    def parse(cls, asked: Mapping[str, str], columns: str = "") -> "TableView":
        """The view that ``asked`` (an address's names and values) means; never raises.

        What the rows are sorted by is shown, whatever columns were chosen.
        """
        sort = asked.get("sort", "")
        key = sort.removeprefix("-")
        chosen = [name for name in columns.split(".") if name in COLUMNS] or list(USUAL_COLUMNS)
        return cls(
            branch_id=_number(asked.get("branch", "")),
            direct=asked.get("direct") == "1",
            state=_known(asked.get("state", ""), STATES),
            role=_known(asked.get("role", ""), ROLES),
            text=asked.get("q", "").replace("\0", "").strip()[:_TEXT_MAX],
            sort=key if key in SORTS else "name",
            descending=key in SORTS and sort.startswith("-"),
            page=_number(asked.get("page", "")) or 1,
            size=size if (size := _number(asked.get("size", ""))) in SIZES else SIZES[0],
            columns=tuple(name for name in COLUMNS if name in (*chosen, key)),
        )

    @classmethod
    def from_request(cls, request: HttpRequest) -> "TableView":
        """The view of the address, with the columns that this person chose."""
        asked = {name: request.GET.get(name, "") for name in cls.NAMES}
        return cls.parse(asked, request.COOKIES.get(COLUMNS_COOKIE, ""))

    def query(self, **changes: Any) -> str:
        """The address's query for this view with ``changes``; the usual is left out.

        A change of anything but the page begins at the first page again.
        """
        if changes and "page" not in changes:
            changes["page"] = 1
        view = replace(self, **changes)
        sign = "-" if view.descending else ""
        pairs = {
            "branch": view.branch_id or "",
            "direct": "1" if view.direct else "",
            "state": view.state,
            "role": view.role,
            "q": view.text,
            "sort": "" if (view.sort, sign) == ("name", "") else sign + view.sort,
            "size": "" if view.size == SIZES[0] else view.size,
            "page": "" if view.page == 1 else view.page,
        }
        return urlencode({name: value for name, value in pairs.items() if value != ""})

    def direction(self, sort: str) -> str:
        """How the rows stand in the order of ``sort``: ascending, descending, or "" for neither."""
        if sort != self.sort:
            return ""
        return "descending" if self.descending else "ascending"

    def turned(self, sort: str) -> str:
        """The address's query for the order by ``sort``; by the present one: turned round."""
        return self.query(sort=sort, descending=sort == self.sort and not self.descending)

    @property
    def filters(self) -> bool:
        """Whether anything but the branch cuts the rows."""
        return bool(self.state or self.role or self.text or self.direct)


def _number(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS
    return (int(text) or None) if plain else None


def _known(text: str, words: Mapping[str, str]) -> str:
    return text if text in words else ""


def matched(actor: Actor, organization: Organization, view: TableView) -> QuerySet[Membership, Any]:
    """The living members that the actor sees and the view's filters match, in no order.

    Raises NotFound for a branch that the actor does not see.
    """
    return _cut(policy.visible_members(actor, organization), actor, organization, view)


def _cut(
    seen: QuerySet[Membership, Any], actor: Actor, organization: Organization, view: TableView
) -> QuerySet[Membership, Any]:
    branch = get_branch(actor, organization, view.branch_id) if view.branch_id else None
    if view.direct:
        seen = seen.filter(branch=branch)
    elif branch is not None:
        seen = seen.filter(**in_subtree(branch, "branch__path"))
    if view.state:
        seen = seen.filter(state=view.state)
    if view.role:
        held = RoleGrant.objects.filter(membership=OuterRef("pk"))
        if view.role in RoleGrant.Role.values:
            held = held.filter(role=view.role)
        seen = seen.filter(~Exists(held) if view.role == "member" else Exists(held))
    return matching(seen, view.text, [organization.pk])


def rows(actor: Actor, organization: Organization, view: TableView) -> QuerySet[Membership, Any]:
    """``matched`` in the view's order, branch and offices joined: three statements for a page.

    What is empty (never activated, never asked) comes first in ascending order, on both databases.
    Raises NotFound as ``matched`` does.
    """
    return (
        matched(actor, organization, view)
        .select_related("branch")
        .prefetch_related("role_grants", offices_named(actor, organization))
        .order_by(*ordering(view))
    )


def ordering(view: TableView) -> list[Any]:
    """The view's order as ``order_by`` takes it."""
    first = [
        F(name).desc(nulls_last=True) if view.descending else F(name).asc(nulls_first=True)
        for name in SORTS[view.sort]
    ]
    turned = view.descending and not first
    return [*first, *(f"-{name}" if turned else name for name in _BY_NAME)]


def page_of(actor: Actor, organization: Organization, view: TableView) -> Page[Membership]:
    """The view's page of ``rows``, quick at both ends of a long table.

    The ids of the page are looked up first, counted from whichever end is nearer; then those rows
    alone are joined to branch and offices. An impossible page is the nearest one.
    """
    seen = policy.visible_members(actor, organization)
    found = _cut(seen, actor, organization, view).order_by(*ordering(view))
    total = found.count()
    number = max(1, min(view.page, -(-total // view.size)))
    start, stop = (number - 1) * view.size, min(number * view.size, total)
    if start > total // 2:
        ids = list(found.reverse().values_list("pk", flat=True)[total - stop : total - start])[::-1]
    else:
        ids = list(found.values_list("pk", flat=True)[start:stop])
    joined = seen.select_related("branch").prefetch_related(
        "role_grants", offices_named(actor, organization)
    )
    shown = {row.pk: row for row in joined.filter(pk__in=ids)}
    return Page([shown[pk] for pk in ids if pk in shown], number, view.size, total)
