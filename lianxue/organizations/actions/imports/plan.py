"""What a roster would change: each row set against the organisation as it is now.

Used for the preview and again, under the lock, right before the writing: what differs then was
changed by somebody in between.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lianxue.accounts.models import Actor, User
from lianxue.shared.errors import InvalidInput
from lianxue.shared.phones import mask_phone

from ... import policy
from ...models import ImportRow, Membership, Organization, RoleGrant, RosterDetail
from ...roster.fields import DETAIL_KEYS
from ...roster.rows import RowData, understand
from .branches import BranchFinder

Outcome = ImportRow.Outcome
T = TypeVar("T")
CHUNK = 1000


@dataclass
class Planned:
    """One row with what it would do. ``member``: whom it found."""

    number: int
    row: RowData
    outcome: str = Outcome.NEW
    member: Membership | None = None
    #: As it is stored: the row's id, and whom it had found.
    row_id: int = 0
    found_id: int | None = None
    #: Worked out before the writing: the name's A-Z key, its tokens, the details' ciphertext.
    key: str = ""
    terms: set[tuple[str, bytes]] = field(default_factory=set)
    sealed: str = ""

    @property
    def membership_id(self) -> int | None:
        """Whom it found, by id."""
        return self.member.pk if self.member else None

    def essence(self) -> tuple[object, ...]:
        """What must still be so when it is written; someone registering meanwhile is no matter."""
        row = self.row
        found = self.membership_id or self.found_id
        return self.outcome, found, row.branch, row.make, row.before, row.clean


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """``items``, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def understood(lines: Iterable[tuple[int, dict[str, str]]]) -> list[Planned]:
    """Rows (number, cells), each read by itself."""
    return [Planned(number, understand(cells)) for number, cells in lines]


@dataclass
class Present:
    """The organisation as the rows need it; a fixed number of statements for each 1,000 of them."""

    actor: Actor
    power: policy.Power
    finder: BranchFinder
    members: dict[str, Membership] = field(default_factory=dict)  # by phone
    seats: dict[int, Membership] = field(default_factory=dict)  # by user
    users: dict[str, int] = field(default_factory=dict)  # by phone
    details: dict[int, dict[str, str]] = field(default_factory=dict)  # by membership
    namesakes: dict[str, list[Membership]] = field(default_factory=dict)
    officers: frozenset[int] = frozenset()  # memberships that hold an office


def look(
    actor: Actor, organization: Organization, rows: Sequence[Planned], *, make: bool, warn: bool
) -> Present:
    """The present state of everything that ``rows`` touch. Raises PermissionDenied.

    ``warn``: also people of the same name.
    """
    power = policy.require_administers(actor, organization)
    found = Present(actor, power, BranchFinder(organization, power, make=make))
    living = Membership.objects.filter(organization=organization).exclude(
        state=Membership.State.ENDED
    )
    phones = list({row.row.clean["phone"] for row in rows if "phone" in row.row.clean})
    for some in chunks(phones):
        found.members |= {one.phone: one for one in living.filter(phone__in=some)}
        found.users |= dict(User.objects.filter(phone__in=some).values_list("phone", "pk"))
    strangers = [pk for phone, pk in found.users.items() if phone not in found.members]
    for ids in chunks(strangers):
        found.seats |= {one.user_id: one for one in living.filter(user__in=ids) if one.user_id}
    if any(key in row.row.clean for row in rows for key in DETAIL_KEYS):
        everyone = [one.pk for one in (*found.members.values(), *found.seats.values())]
        for ids in chunks(everyone):
            kept = RosterDetail.objects.filter(membership__in=ids)
            found.details |= {one.pk: json.loads(one.data) for one in kept}
    if warn:
        new = {row.row.clean.get("name", "") for row in rows} - {""}
        for names in chunks(sorted(new)):
            for one in living.filter(name__in=names):
                found.namesakes.setdefault(one.name, []).append(one)
    found.officers = frozenset(
        RoleGrant.objects.filter(organization=organization).values_list("membership_id", flat=True)
    )
    return found


def settle(present: Present, rows: Sequence[Planned]) -> None:
    """Say of each row what it would do, or what is wrong with it."""
    _tell_twice(rows, lambda row: row.row.clean.get("phone"), "手机号和第 {} 行相同，请只留一行。")
    for planned in rows:
        phone = planned.row.clean.get("phone", "")
        user = present.users.get(phone)
        planned.member = present.members.get(phone) or (present.seats.get(user) if user else None)
    _tell_twice(rows, lambda row: row.membership_id, "和第 {} 行是同一位成员，请只留一行。")
    for planned in rows:
        _settle(present, planned)


def _tell_twice(rows: Sequence[Planned], what: Callable[[Planned], Any], message: str) -> None:
    """An error at every row that shares ``what`` with another."""
    first: dict[Any, Planned] = {}
    for planned in rows:
        value = what(planned)
        if not value:
            continue
        other = first.setdefault(value, planned)
        if other is not planned:
            planned.row.errors.setdefault("phone", message.format(other.number))
            other.row.errors.setdefault("phone", message.format(planned.number))


def _settle(present: Present, planned: Planned) -> None:
    row, member = planned.row, planned.member
    if member and not present.power.covers(_branch_of(present, member)):
        row.errors.setdefault("phone", "这个号码是本组织其他成员的，不在您的管理范围内。")
        member = planned.member = None
    _find_branch(present, planned)
    if member:
        _compare(present, planned, member)
        _may_rename(present, row, member)
    else:
        _warn_of_namesakes(present, row)
    if row.errors:
        planned.outcome, row.before = Outcome.ERROR, {}
    elif member is None:
        planned.outcome = Outcome.NEW
    else:
        planned.outcome = Outcome.CHANGED if row.before else Outcome.UNCHANGED


def _branch_of(present: Present, member: Membership) -> Any:
    return present.finder.by_id.get(member.branch_id) if member.branch_id else None


def _find_branch(present: Present, planned: Planned) -> None:
    row = planned.row
    if "branch" in row.errors:
        return
    typed = row.clean.pop("branch", "")
    if typed:
        try:
            place = present.finder.find(typed)
        except InvalidInput as error:
            row.errors["branch"] = error.message
            return
        row.branch, row.make = place.branch.pk if place.branch else None, place.make
        if place.path:
            row.clean["branch"] = place.path
            return
    if planned.member is None and not present.power.whole:
        row.errors["branch"] = "请填写所在党支部，须在您的管理范围内。"


def _compare(present: Present, planned: Planned, member: Membership) -> None:
    """The old value of each cell that would change; an empty cell changes nothing."""
    row = planned.row
    kept = present.details.get(member.pk, {})
    old = {key: kept.get(key, "") for key in DETAIL_KEYS}
    old["name"] = member.name
    old["branch"] = present.finder.path_of.get(member.branch_id or 0, "")
    row.before = {
        key: old[key] for key in row.clean if key != "phone" and old[key] != row.clean[key]
    }
    if "branch" in row.before and row.branch == member.branch_id and not row.make:
        del row.before["branch"]
    row.left = member.branch_id if "branch" in row.before else None


def _may_rename(present: Present, row: RowData, member: Membership) -> None:
    """As ``details.rename_member``: an administrator's name is the main administrator's to mend."""
    own = isinstance(present.actor, User) and member.user_id == present.actor.pk
    free = own or present.power.main or member.pk not in present.officers
    if "name" in row.before and not free:
        row.errors["name"] = "该成员是管理员，姓名请由主管理员修改。"


def _warn_of_namesakes(present: Present, row: RowData) -> None:
    """The same name under another number may be the same person with a new number."""
    same = [
        one
        for one in present.namesakes.get(row.clean.get("name", ""), [])
        if present.power.covers(_branch_of(present, one))
    ]
    if same:
        numbers = "、".join(mask_phone(one.phone) for one in same[:3])
        row.warnings["name"] = (
            f"已有同名成员（{numbers}）。如果是同一个人换了号码，请不要导入这一行，改为更正号码。"
        )
