"""How far a task is: numbers by state with their denominator, per branch and down the chain.

The own organisation's numbers, and those of units, are counted now, in the database. Of members
further down only answers are counted now; how many are asked there is the sum of the relays' stored
counts (``notices.queries.figures``), with the moment of the oldest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Substr

from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import Place
from lianxue.notices.queries import figures
from lianxue.notices.queries.subtrees import BranchCounts, by_tree
from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import below
from lianxue.shared.ids import STEP, path_end

from .. import policy
from ..models import Answer, WorkTask
from ..policy import HANDED_IN, MEMBERS, State


@dataclass(frozen=True)
class Counts:
    """Respondents: ``asked`` (the denominator, now), and of those by the state of their answer.

    ``late``: handed in after the deadline, of ``answered``. ``as_of``: the oldest count in a
    denominator that is a sum of stored ones, None when all was counted now; ``uncounted``: relays
    whose people are missing in it.
    """

    asked: int = 0
    draft: int = 0
    submitted: int = 0
    returned: int = 0
    accepted: int = 0
    late: int = 0
    uncounted: int = 0
    as_of: datetime | None = None

    @property
    def answered(self) -> int:
        """Handed in: waiting for review, or accepted."""
        return self.submitted + self.accepted

    @property
    def silent(self) -> int:
        """Who have handed in nothing: not begun, or a draft."""
        return self.asked - self.answered - self.returned

    @property
    def missing(self) -> int:
        """Who have still to hand in: the silent and the returned."""
        return self.asked - self.answered

    def __add__(self, other: "Counts") -> "Counts":
        names = [one.name for one in fields(self) if one.name != "as_of"]
        moments = [one.as_of for one in (self, other) if one.as_of]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Counts(**sums, as_of=min(moments, default=None))


_STATES = {State.DRAFT, State.SUBMITTED, State.RETURNED, State.ACCEPTED}


def progress(place: Place, relay: Relay, branch: Branch | None = None) -> Counts:
    """The numbers of one relay (``answers.relay_of``): of the own organisation's, those whom the
    actor covers; with ``branch``, of its subtree alone. One statement for members, two for units.
    """
    scopes = _scopes(place, relay)
    if branch is not None:
        scopes = (branch.path,) if scopes is None or place.power.covers(branch) else ()
    task: WorkTask = relay.notice.task
    if task.respondents == MEMBERS:
        rows: QuerySet[Any, Any] = policy.asked_members(relay.pk)
        if scopes is not None:
            rows = rows.filter(_near(scopes))
        return _one(rows, "m")
    branches = policy.asked_branches(relay.pk)
    if scopes is not None:
        return _one(branches.filter(_near(scopes)), "b")
    organizations = policy.asked_organizations(relay.pk)
    return _one(organizations, "o") + _one(branches, "b")


def _scopes(place: Place, relay: Relay) -> tuple[str, ...] | None:
    """The scopes to which the numbers are cut; None: not cut."""
    own = relay.organization_id == place.organization.pk
    return place.power.scopes if own and not place.power.whole else None


def _near(scopes: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for path in scopes:
        found |= below(path)
    return found


def _one(rows: QuerySet[Any, Any], kind: Literal["m", "o", "b"]) -> Counts:
    return _tally(rows, Value("", output_field=CharField()), kind).get("", Counts())


def _tally(rows: QuerySet[Any, Any], by: Any, kind: Literal["m", "o", "b"]) -> dict[Any, Counts]:
    """The numbers of those asked (``rows``, each with its ``relay``), grouped by ``by``; in one
    statement. ``kind``: that of the respondents.
    """
    who = policy.written(kind, OuterRef("branch_id" if kind == "b" else "pk"))
    answers = Answer.objects.filter(relay=OuterRef("relay"), respondent=who)
    states = (
        rows.order_by()
        .annotate(
            _by=by,
            _stage=Coalesce(
                Subquery(answers.values("state")[:1]), Value(""), output_field=CharField()
            ),
            _late=Coalesce(Subquery(answers.values("late")[:1]), Value(False)),
        )
        .values_list("_by", "_stage", "_late")
        .annotate(n=Count("pk"))
    )
    return _counted((key, state, late, n, n) for key, state, late, n in states)


def _counted(rows: Iterable[tuple[Any, str, bool, int, int]]) -> dict[Any, Counts]:
    """Rows of (group, state, late, answers, asked) added up."""
    found: dict[Any, Counts] = {}
    for key, state, late, n, asked in rows:
        numbers: dict[str, Any] = {"asked": asked}
        if state in _STATES:
            numbers[state] = n
        if late and state in HANDED_IN:
            numbers["late"] = n
        found[key] = found.get(key, Counts()) + Counts(**numbers)
    return found


def by_branch(place: Place, relay: Relay) -> list[BranchCounts[Counts]]:
    """Members' numbers for each branch's whole subtree, in the order of the tree, of branches that
    the actor covers and in which somebody is asked.

    Two statements. Empty for another organisation's relay, and for a task for units.
    """
    if relay.organization_id != place.organization.pk or relay.notice.task.respondents != MEMBERS:
        return []
    rows = policy.asked_members(relay.pk)
    if not place.power.whole:
        rows = rows.filter(_near(place.power.scopes))
    exact = _tally(rows, Coalesce(F("branch__path"), Value("")), "m")
    return by_tree(place, exact)


def by_subordinate(notice: Notice, path: str) -> dict[str, Counts]:
    """The numbers of each subtree of the chain right below ``path``, its top included, by the top's
    step (``shared.ids.path_step`` of its id); a fixed number of statements.

    For units: organisations asked in that subtree, and branches asked by them. For members: of all
    organisations there; ``notices.actions.counting.freshen`` first. Numbers of a recalled part are
    left out, unless all was recalled.
    """
    if not path:
        return {}
    if notice.task.respondents == MEMBERS:
        return _members_below(notice, path)
    step = Substr("chain_path", len(path) + 1, STEP)
    found = _tally(_organizations_below(notice, path), step, "o")
    relays = figures.relays_below(notice, path).values("pk")
    step = Substr("relay__organization__chain_path", len(path) + 1, STEP)
    branches = policy.duties_of_branches().filter(relay__in=relays)
    for key, counts in _tally(branches, step, "b").items():
        found[key] = found.get(key, Counts()) + counts
    return found


def _organizations_below(notice: Notice, path: str) -> QuerySet[Organization, Any]:
    relays = Relay.objects.filter(notice=notice)
    if notice.state != Notice.State.RECALLED:
        relays = relays.filter(recalled_at=None)
    return policy.asked_organizations_of(relays).filter(
        chain_path__gt=path, chain_path__lt=path_end(path)
    )


def _members_below(notice: Notice, path: str) -> dict[str, Counts]:
    rows = policy.in_force(Answer.objects.filter(relay__in=figures.relays_below(notice, path)))
    step = Substr("relay__organization__chain_path", len(path) + 1, STEP)
    states = rows.order_by().annotate(_by=step).values_list("_by", "state", "late")
    answered = _counted((*row, 0) for row in states.annotate(n=Count("pk")))
    asked = figures.sums_by_child(notice, path)
    found: dict[str, Counts] = {}
    for key in {*answered, *asked}:
        counts, sums = answered.get(key, Counts()), asked.get(key, figures.Summed())
        # a stored count may be a minute older than the answers
        known = counts.answered + counts.returned + counts.draft
        found[key] = counts + Counts(
            asked=max(sums.figures.expected, known), as_of=sums.as_of, uncounted=sums.uncounted
        )
    return found
