"""Whom it is for, as a form and as an address: shared by sending and by passing on."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from lianxue.accounts.current import current_user
from lianxue.organizations.models import Organization
from lianxue.organizations.web.common import number_in
from lianxue.shared.pagination import Page, paginate

from .. import policy
from ..actions.audiences import Audience
from ..extensions import extension_of
from ..models import Notice, Relay
from ..queries import choosing

_OWN, _BELOW = Relay.Own, Relay.Below
#: How many subordinates stand on one page to tick; up to so many there is no search either.
_PAGE = 20
ROLES = [(str(key), str(word)) for key, word in Relay.Role.choices]


def audience_in(values: QueryDict) -> Audience:
    """The audience in a form or an address; several ids may stand in one value (``5.6.7``).

    What is not chosen is nobody; who may be chosen is asked by ``actions.audiences.checked``.
    Raises InvalidInput for an id that is none.
    """
    return Audience(
        own=values.get("own", _OWN.NOBODY),
        branch_ids=_ids(values, "branch_ids"),
        role=values.get("role", ""),
        below=values.get("below", _BELOW.NOBODY),
        organization_ids=_ids(values, "organization_ids"),
    )


def _ids(values: QueryDict, name: str) -> tuple[int, ...]:
    texts = ".".join(values.getlist(name)).split(".")
    return tuple(dict.fromkeys(number_in(text, name) or 0 for text in texts if text))


def fields_of(audience: Audience) -> dict[str, str]:
    """``audience`` as the fields of a form or of an address, the shortest way; what was ticked and
    then left unused (branches, when it goes to all) is dropped.
    """
    found = {"own": audience.own, "role": audience.role, "below": audience.below}
    if audience.own not in {_OWN.BRANCHES, _OWN.UNITS}:
        audience = replace(audience, branch_ids=())
    if audience.below != _BELOW.CHOSEN:
        audience = replace(audience, organization_ids=())
    found["branch_ids"] = ".".join(map(str, audience.branch_ids))
    found["organization_ids"] = ".".join(map(str, audience.organization_ids))
    return {name: value for name, value in found.items() if value}


def with_audience(address: str, audience: Audience, **more: str) -> str:
    """``address`` with the audience in its query."""
    return f"{address}?{urlencode(fields_of(audience) | more)}"


@dataclass(frozen=True)
class Picker:
    """What the form shows: the choices that this administrator has, and what is ticked.

    ``carried``: chosen subordinates that stand on other pages of the list. ``units``: branches
    answer, so that each is ticked by itself and no member is a reader.
    """

    chosen: Audience
    units: bool
    owns: list[tuple[str, str, str]]
    tree: list[choosing.BranchChoice]
    belows: list[tuple[str, str, str]]
    organizations: Page[Organization]
    all_below: int
    carried: str
    words: str

    @property
    def carried_count(self) -> int:
        """How many are chosen on other pages."""
        return len(self.carried.split(".")) if self.carried else 0

    @property
    def long(self) -> bool:
        """Whether there are so many subordinates that one searches among them."""
        return self.all_below > _PAGE


def picker(request: HttpRequest, place: policy.Place, notice: Notice, chosen: Audience) -> Picker:
    """The form as it stands, in a fixed number of statements."""
    units = by_units(notice)
    words = request.GET.get("q", "")
    rows = choosing.subordinates(place)
    all_below = rows.count()
    page = paginate(choosing.subordinates(place, words), request.GET.get("page", 1), _PAGE)
    shown = {one.pk for one in page.items}
    carried = [str(pk) for pk in chosen.organization_ids if pk not in shown]
    tree = choosing.branch_tree(current_user(request), place, frozenset(chosen.branch_ids))
    return Picker(
        chosen=chosen,
        units=units,
        owns=_owns(place, units, bool(tree)),
        tree=tree,
        belows=_belows(all_below),
        organizations=page,
        all_below=all_below,
        carried=".".join(carried),
        words=words,
    )


def by_units(notice: Notice) -> bool:
    """Whether chosen branches answer it as units."""
    return extension_of(notice).own(notice, _OWN.BRANCHES) == _OWN.UNITS


def first_choice(place: policy.Place, notice: Notice, passing: bool) -> Audience:
    """What is ticked at first: all that one administers; when passing on, those below, too."""
    units = by_units(notice)
    below = _BELOW.NOBODY
    if (passing or units) and choosing.subordinates(place).exists():
        below = _BELOW.ALL
    own = _OWN.WHOLE if place.power.whole and not units else _OWN.BRANCHES
    if units and below == _BELOW.ALL:
        own = _OWN.NOBODY
    return Audience(own=own, branch_ids=choosing.own_scope(place), below=below)


def _owns(place: policy.Place, units: bool, has_branches: bool) -> list[tuple[str, str, str]]:
    """Which of the own members: (value, words, help); none when there is nothing to choose."""
    if units:
        some = "每个勾选的支部由它的管理员答复一次"
        nobody = "不要求本组织的支部答复"
    else:
        some, nobody = "勾选一个支部，就包括它的全部下级", "不发给本组织成员"
    found = []
    if place.power.whole and not units:
        found.append((_OWN.WHOLE.value, "本组织全体成员", ""))
    if has_branches:
        found.append((_OWN.BRANCHES.value, "选定的支部", some))
    if place.power.whole and found:
        found.append((_OWN.NOBODY.value, nobody, ""))
    return found


def _belows(count: int) -> list[tuple[str, str, str]]:
    """Which subordinates: (value, words, help); none when there are none."""
    if not count:
        return []
    return [
        (_BELOW.NOBODY.value, "不发给下级组织", ""),
        (_BELOW.ALL.value, f"全部直属下级组织（{count} 个）", "以后新认证的下级组织也会收到"),
        (_BELOW.CHOSEN.value, "选定的下级组织", ""),
    ]
