"""What the API of `points` takes and gives. Every number of points is in tenths, an integer."""

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, P, QueryEx, Schema

from lianxue.organizations.schemas import Id

from .items import label_of
from .models import PointEntry, PointRule
from .queries.rules import Line, Terms
from .wording import told

#: How many rows a page of a list has.
SIZE = 50
PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
Year = QueryEx[int | None, P(ge=2000, le=2100, description="null: this year")]
Limit = Literal["", "item_day", "item_year", "day", "year"]
Origin = Literal["own", "site", "default"]


class EntryOut(Schema):
    """One line of 积分明细."""

    id: int
    kind: Literal["credit", "reversal"]
    organization_id: int
    item: str = Field(description="the key of what points are given for")
    label: str = Field(description="the item in words")
    title: str = Field(description="what it was for, as it was called then")
    source_type: str
    source_id: int | None
    day: date
    at: datetime
    earned: int = Field(description="what the rule gives, in tenths of a point")
    amount: int = Field(description="what was credited, in tenths; negative in a reversal")
    limit: Limit = Field(description="the cap that cut it; empty: none")
    cap: int | None = Field(description="how much that cap is, in tenths")
    reverses_id: int | None = Field(description="the entry that this one takes back")
    reversed_by: int | None = Field(description="the entry that takes this one back")
    reason: str = Field(description="why it was taken back")
    told: str = Field(description="all of it in words, in Chinese")


class EntryPage(Schema):
    """One page of entries, the newest first."""

    items: list[EntryOut]
    page: int
    pages: int
    total: int


class PlacePoints(Schema):
    """What somebody has from one organisation in a year."""

    organization_id: int
    name: str
    points: int = Field(description="in tenths of a point")
    ranking: bool = Field(description="whether its members see a ranking")


class MineOut(Schema):
    """The own sums, in tenths of a point."""

    total: int
    year: int
    this_year: int
    organizations: list[PlacePoints]


class TermsOut(Schema):
    """What an item is worth, in tenths of a point."""

    points: int
    day_cap: int | None = Field(description="null: none")
    year_cap: int | None
    origin: Origin = Field(description="the organisation's, the site's, the item's default")
    since: date | None = Field(description="the first day of this version; null: the default")


class StepOut(Schema):
    """A cap that was asked: how much it is, what had been credited before, whether it cut."""

    name: str
    cap: int | None
    had: int
    met: bool


class ExplainedOut(EntryOut):
    """An entry with what made it what it is."""

    terms: TermsOut
    steps: list[StepOut] = Field(description="empty for a reversal")


class RuleOut(Schema):
    """A version of an item's rule."""

    id: int
    organization_id: int | None = Field(description="null: the site's")
    effective_from: date
    inherits: bool = Field(description="back to the site's rule (a site's: to the default)")
    points: int
    day_cap: int | None
    year_cap: int | None
    reason: str


class LineOut(Schema):
    """An item with its rule in force, and those that are decided for later."""

    item: str = Field(description="empty: the caps of a person's whole day and year")
    label: str
    terms: TermsOut
    coming: list[RuleOut]


class RulesOut(Schema):
    """All rules of an organisation."""

    items: list[LineOut]


class RuleIn(Schema):
    """A new version; the numbers, in tenths of a point, say nothing when it inherits."""

    item: str = Field(max_length=40, description="empty: the caps of a whole day and year")
    inherits: bool = False
    points: int = Field(0, ge=0, le=10**9, description="at most 1000")
    day_cap: int | None = Field(None, ge=0, le=10**9, description="null: none")
    year_cap: int | None = Field(None, ge=0, le=10**9, description="null: none")
    effective_from: date | None = Field(None, description="today or later; null: today")
    reason: str = Field(max_length=400, description="原因, at most 200; members read it")


class CountedOut(Schema):
    """A sum over active members: ``people`` is the denominator of the average."""

    people: int
    points: int = Field(description="in tenths of a point")
    average: str = Field(description="points per person, with two decimals; — for nobody")


class BranchPoints(CountedOut):
    """A branch with its whole subtree; null: those in none (or in the branch looked at itself)."""

    branch_id: int | None
    branch: str


class OverviewOut(Schema):
    """积分 of an organisation, or of the branch that was asked for, and of the level below it."""

    year: int
    at: datetime
    total: CountedOut
    branches: list[BranchPoints]
    page: int
    pages: int


class PersonPoints(Schema):
    """A member with the year's points, in tenths."""

    membership_id: int
    name: str
    branch: str
    points: int


class PeoplePage(Schema):
    """One page of members, by name."""

    items: list[PersonPoints]
    page: int
    pages: int
    total: int


class PeopleQuery(Schema):
    """Whose points."""

    year: int | None = Field(None, ge=2000, le=2100, description="null: this year")
    branch_id: Id | None = Field(None, description="with all below it")
    direct: bool = Field(False, description="only who stands right there")
    left: bool = Field(False, description="who has left, instead")
    q: str = Field("", max_length=40, description="part of a name")
    page: int = Field(1, ge=1, le=100000)


class ReasonIn(Schema):
    """Why; the person, or the members, read it."""

    reason: str = Field(max_length=400, description="at most 200 characters")


class RankingIn(ReasonIn):
    """Whether members see a ranking."""

    on: bool


class RankedOut(Schema):
    """A line of the ranking, in tenths of a point."""

    rank: int
    membership_id: int
    name: str
    points: int


class RankingPage(Schema):
    """One page of the ranking among those whom the caller sees; who switched it on, and why."""

    year: int
    items: list[RankedOut]
    own: RankedOut | None
    switched_by: str
    reason: str
    page: int
    pages: int
    total: int


class RankingOut(Schema):
    """Whether members see a ranking."""

    on: bool
    reason: str


def entry_of(row: PointEntry) -> dict[str, Any]:
    """A row as ``EntryOut``; its ``reversal`` joined."""
    reversal = getattr(row, "reversal", None)
    return {
        "id": row.pk,
        "kind": row.kind,
        "organization_id": row.organization_id,
        "item": row.item,
        "label": label_of(row.item),
        "title": row.title,
        "source_type": row.source_type,
        "source_id": row.source_id,
        "day": row.day,
        "at": row.at,
        "earned": row.earned,
        "amount": row.amount,
        "limit": row.limit,
        "cap": row.cap,
        "reverses_id": row.reverses_id,
        "reversed_by": reversal.pk if reversal else None,
        "reason": row.reason,
        "told": told(row),
    }


def terms_out(terms: Terms) -> dict[str, Any]:
    """As ``TermsOut``."""
    return {
        "points": terms.points,
        "day_cap": terms.day_cap,
        "year_cap": terms.year_cap,
        "origin": terms.origin,
        "since": terms.rule.effective_from if terms.rule else None,
    }


def rule_out(rule: PointRule) -> dict[str, Any]:
    """As ``RuleOut``."""
    return {
        "id": rule.pk,
        "organization_id": rule.organization_id,
        "effective_from": rule.effective_from,
        "inherits": rule.inherits,
        "points": rule.points,
        "day_cap": rule.day_cap,
        "year_cap": rule.year_cap,
        "reason": rule.reason,
    }


def line_out(line: Line) -> dict[str, Any]:
    """As ``LineOut``."""
    return {
        "item": line.item,
        "label": line.label,
        "terms": terms_out(line.terms),
        "coming": [rule_out(one) for one in line.coming],
    }
