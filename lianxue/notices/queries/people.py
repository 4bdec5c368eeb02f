"""The names behind the own organisation's numbers, for its administrators, cut to their scope."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Branch, Membership
from lianxue.organizations.policy import below
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Notice, Receipt, Relay
from ..policy import Place
from ..rules import tidy_line
from . import keeping

#: The lists, by what somebody has done. ``expected`` is the denominator of the four before it.
STATES = {
    "unread": "未读",
    "read": "已读",
    "unconfirmed": "未确认",
    "confirmed": "已确认",
    "expected": "应读",
    "inactive": "未激活",
}


@dataclass(frozen=True)
class People:
    """``rows``: memberships from A to Z with their branch (of ``people``, each with ``read_at`` and
    ``confirmed_at``; None: not yet). ``branch``: whose subtree alone is looked at, None for all.
    ``counts``: how many each state holds there, whatever is searched for."""

    place: Place
    relay: Relay
    branch: Branch | None
    counts: dict[str, int]
    rows: QuerySet[Membership, Any]

    @property
    def notice(self) -> Notice:
        """What it is all about."""
        return self.relay.notice


@dataclass(frozen=True)
class Asked:
    """Whose names: ``state`` as STATES; of the branch and all below it, or, ``direct``, of that
    branch alone (without one: of none); ``text`` is looked for in the names."""

    state: str = "unread"
    branch_id: int | None = None
    direct: bool = False
    text: str = ""


def people(actor: Actor, organization_id: int, notice_id: int, asked: Asked) -> People:
    """Who stands behind a number of the own organisation's, in five statements.

    To be cut with ``shared.pagination.paginate_far``. Raises NotFound (also for another state, or a
    branch that is not in the scope), PermissionDenied for members.
    """
    relay, place = keeping.overseen(actor, organization_id, notice_id)
    receipt = Receipt.objects.filter(relay=relay.pk, membership=OuterRef("pk"))
    found = listed(place, relay, asked, {key: _condition(key, receipt) for key in STATES})
    rows = found.rows.annotate(
        read_at=Subquery(receipt.values("read_at")[:1]),
        confirmed_at=Subquery(receipt.values("confirmed_at")[:1]),
    )
    return replace(found, rows=rows)


def listed(place: Place, relay: Relay, asked: Asked, conditions: Mapping[str, Q]) -> People:
    """Who stands in the audience of ``relay`` and fulfils the condition ``asked.state``, of those
    whom the actor administers; counted by each of ``conditions``.

    Raises NotFound for a state that is none of them, or a branch that is not in the scope.
    """
    if asked.state not in conditions:
        raise NotFound
    branch = place.branch(asked.branch_id)
    rows = policy.standing_here(place, relay)
    if asked.direct:
        rows = rows.filter(branch=branch)
    elif branch is not None:
        rows = rows.filter(below(branch.path))
    each: dict[str, Any] = {key: Count("pk", filter=one) for key, one in conditions.items()}
    counts = rows.aggregate(**each)
    rows = rows.filter(conditions[asked.state])
    words = tidy_line(asked.text)[:20]
    if words:
        rows = rows.filter(name__icontains=words)
    ordered = rows.select_related("branch").order_by("sort_key", "name", "pk")
    return People(place, relay, branch, counts, ordered)


def _condition(state: str, receipt: QuerySet[Receipt, Any]) -> Q:
    """On memberships that stand in the audience. With ``figures.live``: the same rule, as rows."""
    if state == "inactive":
        return Q(state=Membership.State.INVITED)
    read, sure = Q(Exists(receipt)), Q(Exists(receipt.exclude(confirmed_at=None)))
    return (
        policy.REACHED
        & {
            "unread": ~read,
            "read": read,
            "unconfirmed": ~sure,
            "confirmed": sure,
            "expected": Q(),
        }[state]
    )
