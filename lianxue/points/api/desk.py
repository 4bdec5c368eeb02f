"""An organisation's points over the API: averages, members, corrections, rules, the ranking."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from lianxue.accounts.current import current_user
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.clock import today
from lianxue.shared.pagination import paginate, paginate_far

from .. import policy
from .. import schemas as s
from ..actions import ranking as ranking_actions
from ..actions import reversing
from ..actions import rules as rule_actions
from ..actions.rules import Wish
from ..queries import averages, ledger, rules
from ..queries.averages import Asked, Counted, Row
from ..queries.ranking import Ranked
from ..queries.ranking import ranking as read_ranking

router = Router(tags=["points"])

_HERE = "/{int:organization_id}/points"


@router.get(_HERE, response=s.OverviewOut, operation_id="points_overview")
def points_overview(
    request: HttpRequest,
    organization_id: int,
    branch_id: Id | None = None,
    year: s.Year = None,
    page: s.PageNumber = 1,
) -> Any:
    """Sum, people and average of those whom the caller administers, branch by branch."""
    found = averages.overview(
        current_user(request), organization_id, year or today().year, branch_id, page
    )
    return {
        "year": found.year,
        "at": found.at,
        "total": _counted(found.total),
        "branches": [_branch(row) for row in found.rows.items],
        "page": found.rows.number,
        "pages": found.rows.pages,
    }


@router.get(f"{_HERE}/people", response=s.PeoplePage, operation_id="points_people")
def points_people(request: HttpRequest, organization_id: int, asked: Query[s.PeopleQuery]) -> Any:
    """The members behind the numbers, by name."""
    of = Asked(asked.branch_id, asked.direct, asked.q, asked.left)
    year = asked.year or today().year
    found = averages.people(current_user(request), organization_id, year, of)
    return page_of(paginate_far(found.rows, asked.page, s.SIZE), _person)


@router.get(
    f"{_HERE}/members/{{int:membership_id}}", response=s.EntryPage, operation_id="member_points"
)
def member_points(
    request: HttpRequest,
    organization_id: int,
    membership_id: int,
    year: s.Year = None,
    page: s.PageNumber = 1,
) -> Any:
    """A member's entries in this organisation in one year."""
    found = ledger.account(
        current_user(request), organization_id, membership_id, year or today().year
    )
    return page_of(paginate(found.rows, page, s.SIZE), s.entry_of)


@router.post(
    f"{_HERE}/entries/{{int:entry_id}}/reverse",
    response={201: s.EntryOut},
    operation_id="reverse_entry",
)
def reverse_entry(
    request: HttpRequest, organization_id: int, entry_id: int, body: s.ReasonIn
) -> Any:
    """更正: a second entry takes it back; 409 when it was taken back already."""
    made = reversing.reverse(current_user(request), organization_id, entry_id, body.reason)
    return Status(201, s.entry_of(made))


@router.get(f"{_HERE}/rules", response=s.RulesOut, operation_id="point_rules")
def point_rules(request: HttpRequest, organization_id: int) -> Any:
    """What everything is worth here, for any member."""
    place = policy.own_place(current_user(request), organization_id)
    return {"items": [s.line_out(line) for line in rules.lines(place.pk)]}


@router.post(f"{_HERE}/rules", response={201: s.RuleOut}, operation_id="set_point_rule")
def set_point_rule(request: HttpRequest, organization_id: int, body: s.RuleIn) -> Any:
    """A new version of one item's rule, from today or later."""
    wish = Wish(body.points, body.day_cap, body.year_cap, body.inherits, body.effective_from)
    made = rule_actions.set_rule(
        current_user(request), organization_id, body.item, wish, body.reason
    )
    return Status(201, s.rule_out(made))


@router.get(f"{_HERE}/ranking", response=s.RankingPage, operation_id="point_ranking")
def point_ranking(request: HttpRequest, organization_id: int, page: s.PageNumber = 1) -> Any:
    """积分排名; 404 where it is switched off, as it is by default."""
    found = read_ranking(current_user(request), organization_id, page)
    return page_of(found.page, _ranked) | {
        "year": found.year,
        "own": _ranked(found.own) if found.own else None,
        "switched_by": found.settings.changed_by_name,
        "reason": found.settings.reason,
    }


@router.put(f"{_HERE}/ranking", response=s.RankingOut, operation_id="switch_point_ranking")
def switch_point_ranking(request: HttpRequest, organization_id: int, body: s.RankingIn) -> Any:
    """On or off, by the main administrator, with a reason; 409 when it is so already."""
    made = ranking_actions.switch(current_user(request), organization_id, body.on, body.reason)
    return {"on": made.ranking, "reason": made.reason}


def _counted(one: Counted) -> dict[str, Any]:
    return {"people": one.people, "points": one.points, "average": one.average}


def _branch(row: Row) -> dict[str, Any]:
    return _counted(row.counted) | {
        "branch_id": row.branch.pk if row.branch else None,
        "branch": row.branch.name if row.branch else "",
    }


def _person(row: Any) -> dict[str, Any]:
    return {
        "membership_id": row.pk,
        "name": row.name,
        "branch": row.branch.name if row.branch else "",
        "points": row.points,
    }


def _ranked(one: Ranked) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "membership_id": one.member.pk,
        "name": one.member.name,
        "points": one.points,
    }
