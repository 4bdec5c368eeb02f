"""The own points over the API."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from lianxue.accounts.current import current_user
from lianxue.organizations.schemas import page_of
from lianxue.shared.pagination import paginate

from .. import schemas as s
from ..queries import ledger
from ..queries.ranking import shows_ranking

router = Router(tags=["points"])


@router.get("", response=s.MineOut, operation_id="my_points")
def my_points(request: HttpRequest) -> Any:
    """The sums: of everything, of this year, and of it per organisation."""
    mine = ledger.mine(current_user(request))
    ranked = shows_ranking([place.pk for place, _ in mine.places])
    return {
        "total": mine.total,
        "year": mine.year,
        "this_year": mine.this_year,
        "organizations": [
            {
                "organization_id": place.pk,
                "name": place.name,
                "points": points,
                "ranking": place.pk in ranked,
            }
            for place, points in mine.places
        ],
    }


@router.get("/entries", response=s.EntryPage, operation_id="my_entries")
def my_entries(request: HttpRequest, page: s.PageNumber = 1, year: s.Year = None) -> Any:
    """积分明细, the newest first; ``year``: of its days alone, null: of all time."""
    rows = ledger.entries(current_user(request), year)
    return page_of(paginate(rows, page, s.SIZE), s.entry_of)


@router.get("/entries/{int:entry_id}", response=s.ExplainedOut, operation_id="explain_entry")
def explain_entry(request: HttpRequest, entry_id: int) -> Any:
    """Why an own entry is exactly that much."""
    found = ledger.explain(current_user(request), entry_id)
    return s.entry_of(found.entry) | {
        "terms": s.terms_out(found.terms),
        "steps": [
            {"name": one.name, "cap": one.cap, "had": one.had, "met": one.met}
            for one in found.steps
        ],
    }
