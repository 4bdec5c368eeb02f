"""积分排名 of an organisation, where its main administrator switched it on (design rule 13)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.clock import today
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import Page, paginate

from .. import policy
from ..models import Balance, PointSettings


@dataclass(frozen=True)
class Ranked:
    """One line: ``rank`` from 1, the same for equal points."""

    rank: int
    member: Membership
    points: int


@dataclass(frozen=True)
class Ranking:
    """This ``year``'s points in one organisation, among those whom the reader sees there and who
    have any: ``page.total`` people. ``own``: the reader's own line, None without points."""

    organization: Organization
    settings: PointSettings
    year: int
    page: Page[Ranked]
    own: Ranked | None


def settings_of(organization: Organization) -> PointSettings:
    """The organisation's choice; an unsaved default where it never chose: no ranking."""
    found = PointSettings.objects.filter(pk=organization.pk).first()
    return found or PointSettings(organization=organization)


def shows_ranking(organization_ids: list[int]) -> set[int]:
    """Those of the organisations whose members see a ranking; one statement."""
    rows = PointSettings.objects.filter(pk__in=organization_ids, ranking=True)
    return set(rows.values_list("pk", flat=True))


def ranking(user: User, organization_id: int, number: object = 1) -> Ranking:
    """For a member, also one who administers it. Raises NotFound, too, when it is switched off."""
    organization = policy.own_place(user, organization_id)
    settings = settings_of(organization)
    if not settings.ranking:
        raise NotFound("本组织没有开启积分排名。")
    year = today().year
    members = policy.ranked_members(user, organization)
    rows = Balance.objects.filter(organization=organization, year=year, points__gt=0).filter(
        Exists(members.filter(user=OuterRef("user")))
    )
    found: Page[Balance] = paginate(rows.order_by("-points", "pk"), number)
    lines = _lines(rows, found, members)
    own = rows.filter(user=user).first()
    return Ranking(
        organization,
        settings,
        year,
        Page(lines, found.number, found.size, found.total),
        _lines(rows, Page([own], 1, 1, 1), members)[0] if own else None,
    )


def _lines(
    rows: QuerySet[Balance, Any], page: Page[Balance], members: QuerySet[Membership, Any]
) -> list[Ranked]:
    """The page's rows with their names and ranks: two statements."""
    if not page.items:
        return []
    names = {
        one.user_id: one
        for one in members.filter(user__in=[row.user_id for row in page.items]).select_related(
            "branch"
        )
    }
    ahead = rows.filter(points__gt=page.items[0].points).count()
    lines: list[Ranked] = []
    before, start = page.items[0].points, (page.number - 1) * page.size
    rank = ahead + 1
    for index, row in enumerate(page.items):
        if row.points != before:
            rank, before = start + index + 1, row.points
        if row.user_id in names:  # not, when it left between two statements
            lines.append(Ranked(rank, names[row.user_id], row.points))
    return lines
