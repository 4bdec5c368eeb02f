"""How many a notice reaches and how many have read it.

``live`` counts the own members of one organisation now, in the database, from the condition that
says who is reached and from the receipts. Down the chain the stored counts of the relays are summed
(``actions.counting`` renews them), and the oldest of them says as of when the sum is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Substr

from lianxue.organizations.models import Membership, Organization
from lianxue.shared.ids import STEP, path_end

from .. import policy
from ..models import Notice, Receipt, Relay, RelayOrganization

#: Which relays have readers of their own.
HAS_READERS = Q(state=Relay.State.PASSED, own__in=[Relay.Own.WHOLE, Relay.Own.BRANCHES])


@dataclass(frozen=True)
class Figures:
    """People: ``expected`` (whom it reaches, the denominator), ``inactive`` (stand in the audience
    and have not come yet; no part of ``expected``), ``read`` and ``confirmed`` of ``expected``.
    """

    expected: int = 0
    inactive: int = 0
    read: int = 0
    confirmed: int = 0

    @property
    def unread(self) -> int:
        """Whom it reaches and who have not read it."""
        return self.expected - self.read

    @property
    def unconfirmed(self) -> int:
        """Whom it reaches and who have not confirmed it."""
        return self.expected - self.confirmed

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.expected + other.expected,
            self.inactive + other.inactive,
            self.read + other.read,
            self.confirmed + other.confirmed,
        )


@dataclass(frozen=True)
class Summed:
    """A sum over a part of the chain.

    ``organizations``: to how many it came (their superior's relay is for them), the denominator of
    ``passed``, ``closed`` and ``received`` (looked at, not dealt with). ``confirmed`` of them have
    confirmed for the organisation. ``as_of``: the oldest count in ``figures``, None when there is
    none; ``uncounted``: relays that nobody has counted yet, and whose people are missing.
    """

    figures: Figures = Figures()
    organizations: int = 0
    passed: int = 0
    closed: int = 0
    received: int = 0
    confirmed: int = 0
    uncounted: int = 0
    as_of: datetime | None = None

    @property
    def waiting(self) -> int:
        """Organisations that it came to and that have not dealt with it."""
        return max(0, self.organizations - self.passed - self.closed)

    def __add__(self, other: "Summed") -> "Summed":
        moments = [one.as_of for one in (self, other) if one.as_of]
        return Summed(
            self.figures + other.figures,
            self.organizations + other.organizations,
            self.passed + other.passed,
            self.closed + other.closed,
            self.received + other.received,
            self.confirmed + other.confirmed,
            self.uncounted + other.uncounted,
            min(moments, default=None),
        )


def live(relay_ids: Iterable[int]) -> dict[int, Figures]:
    """The figures of the own members of each relay, as they are now, in one statement.

    A relay that is not passed on, or reaches nobody, has zeros.
    """
    ids = list(relay_ids)
    found = dict.fromkeys(ids, Figures())
    if not ids:
        return found
    own = Receipt.objects.filter(relay=OuterRef("relay"), membership=OuterRef("pk"))
    standing: QuerySet[Any, Any] = policy.standing(*ids)
    rows = (
        standing.order_by()
        .values_list("relay")
        .annotate(
            expected=Count("pk", filter=policy.REACHED),
            inactive=Count("pk", filter=Q(state=Membership.State.INVITED)),
            seen=Count("pk", filter=policy.REACHED & Q(Exists(own))),
            sure=Count("pk", filter=policy.REACHED & Q(Exists(own.exclude(confirmed_at=None)))),
        )
    )
    found |= {pk: Figures(*numbers) for pk, *numbers in rows}
    return found


def relays_below(notice: Notice, path: str) -> QuerySet[Relay, Any]:
    """The relays of ``notice`` truly below the chain path ``path``; recalled ones are left out,
    unless the whole notice is recalled (their numbers are those of that moment).
    """
    rows = Relay.objects.filter(
        notice=notice,
        organization__chain_path__gt=path,
        organization__chain_path__lt=path_end(path),
    )
    return rows if notice.state == Notice.State.RECALLED else rows.filter(recalled_at=None)


def came_to(notice: Notice, path: str) -> QuerySet[Organization, Any]:
    """The organisations truly below ``path`` to which their superior's relay of it is addressed."""
    return Organization.objects.filter(
        _addressed(notice, "superior_id", "pk", "certified_at"),
        chain_path__gt=path,
        chain_path__lt=path_end(path),
        dissolved_at=None,
    )


def _addressed(notice: Notice, superior: str, organization: str, certified: str) -> Q:
    """That the present superior's relay of it is for the organisation in these columns."""
    chosen = RelayOrganization.objects.filter(
        relay=OuterRef("pk"), organization=OuterRef(OuterRef(organization))
    )
    above = Relay.objects.filter(
        Q(below=Relay.Below.ALL) | Q(below=Relay.Below.CHOSEN) & Q(Exists(chosen)),
        notice=notice,
        organization=OuterRef(superior),
        state=Relay.State.PASSED,
        open_until__gte=OuterRef(certified),
    )
    if notice.state != Notice.State.RECALLED:
        above = above.filter(recalled_at=None)
    return Q(Exists(above))


def sum_below(notice: Notice, path: str) -> Summed:
    """What the organisations truly below the chain path ``path`` have made of it: the stored
    counts, summed in the database; two statements.
    """
    rows = _sums(notice, path)
    return sum((_part(row) for row in rows), Summed(organizations=came_to(notice, path).count()))


def sums_by_child(notice: Notice, path: str) -> dict[str, Summed]:
    """As ``sum_below`` for each subtree that begins right below ``path``, its top included, by the
    top's own step of the chain path (``shared.ids.path_step`` of its id). Two statements; together
    they are ``sum_below``.
    """
    step: Combinable = Substr("organization__chain_path", len(path) + 1, STEP)
    places = came_to(notice, path).order_by().values(step=Substr("chain_path", len(path) + 1, STEP))
    found = {row["step"]: Summed(organizations=row["n"]) for row in places.annotate(n=Count("pk"))}
    for row in _sums(notice, path, step=step):
        found[row["step"]] = found.get(row["step"], Summed()) + _part(row)
    return dict(sorted(found.items()))


def _sums(notice: Notice, path: str, **by: Combinable) -> QuerySet[Relay, Any]:
    """The sums over the relays below, in groups ``by``, and by whether it ``came`` from the present
    superior: who handled it under an earlier one is no part of any denominator now, though its
    people still read it.
    """
    came = _addressed(
        notice, "organization__superior_id", "organization_id", "organization__certified_at"
    )
    rows = relays_below(notice, path).order_by()
    found: QuerySet[Relay, Any] = rows.values(**by, came=came).annotate(**_SUMS)
    return found


#: Sums over relays. Each is of what the relays have stored, never of people.
_SUMS: dict[str, Any] = {
    "sum_expected": Sum("expected"),
    "sum_inactive": Sum("inactive"),
    "sum_read": Sum("read"),
    "sum_confirmed": Sum("confirmed"),
    "passed": Count("pk", filter=Q(state=Relay.State.PASSED)),
    "closed": Count("pk", filter=Q(state=Relay.State.CLOSED)),
    "received": Count("pk", filter=Q(state=Relay.State.RECEIVED)),
    "sure": Count("pk", filter=Q(confirmed_at__isnull=False)),
    "uncounted": Count("pk", filter=HAS_READERS & Q(counted_at=None)),
    "as_of": Min("counted_at", filter=HAS_READERS),
}


def _part(row: dict[str, Any]) -> Summed:
    names = ("expected", "inactive", "read", "confirmed")
    people = Figures(*(row[f"sum_{name}"] or 0 for name in names))
    if not row["came"]:
        return Summed(people, uncounted=row["uncounted"], as_of=row["as_of"])
    return Summed(
        people,
        passed=row["passed"],
        closed=row["closed"],
        received=row["received"],
        confirmed=row["sure"],
        uncounted=row["uncounted"],
        as_of=row["as_of"],
    )
