"""What administrators write, have sent, and get from above, cut to what they may do."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Organization
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Notice, Relay
from ..policy import Place
from ..rules import tidy_line
from .reach import Checked, Reach, audience_words, reach_of

__all__ = [
    "Checked",
    "Incoming",
    "Reach",
    "get_incoming",
    "get_kept",
    "incoming_list",
    "kept",
    "overseen",
    "reach_of",
    "words_of",
]

_GONE = "没有找到这条通知，可能已被删除，或不再发给本组织。"


@dataclass(frozen=True)
class Incoming:
    """What came to an organisation from above: ``relay`` is the superior's, None when it comes from
    there no more (then ``own`` is there); ``own`` what the organisation has done with it so far."""

    place: Place
    notice: Notice
    relay: Relay | None
    own: Relay | None

    @property
    def recalled(self) -> Relay | None:
        """The relay that tells of its recall, if it was recalled."""
        found = (one for one in (self.relay, self.own) if one and one.recalled_at)
        return next(found, None)


def get_kept(actor: Actor, notice_id: int) -> tuple[Notice, Place]:
    """A notice of an organisation that the actor administers, for who keeps it: a draft, or sent.

    Raises NotFound for who does not belong there, PermissionDenied for members and for
    administrators out of scope.
    """
    found = (
        Notice.objects.filter(pk=notice_id)
        .select_related("scope", "organization", "author")
        .first()
    )
    if found is None:
        raise NotFound(_GONE)
    place = policy.place_of(actor, found.organization_id)
    policy.need_keeps(place.power, found)
    return found, place


def kept(
    actor: Actor, organization_id: int, state: str = "", text: str = ""
) -> QuerySet[Notice, Any]:
    """The organisation's notices that the actor keeps, the newest first. ``state``: ``draft``,
    ``sent`` (recalled ones too) or "" for all; ``text`` stands in the title.

    Each has ``relay_pk``, its own organisation's relay (None for a draft), and ``recalled``
    (bool). Raises NotFound, PermissionDenied.
    """
    place = policy.place_of(actor, organization_id)
    rows = policy.kept_notices(place)
    if state == Notice.State.DRAFT:
        rows = rows.filter(state=Notice.State.DRAFT)
    elif state == Notice.State.SENT:
        rows = rows.exclude(state=Notice.State.DRAFT)
    words = tidy_line(text)[:100]
    if words:
        rows = rows.filter(title__icontains=words)
    own = Relay.objects.filter(notice=OuterRef("pk"), organization=place.organization)
    return (
        rows.annotate(
            relay_pk=Subquery(own.values("pk")[:1]),
            recalled=Q(state=Notice.State.RECALLED),
        )
        .select_related("organization", "author")
        .order_by(Coalesce("sent_at", "changed_at").desc(), "-pk")
    )


def incoming_list(
    actor: Actor, organization_id: int, which: str = "waiting", text: str = ""
) -> QuerySet[Notice, Any]:
    """What came from above, the newest first, for who administers the whole organisation.

    ``which``: ``waiting`` to be dealt with and still open (what the badge counts), ``done`` (the
    others: passed on, closed, looked at where no more is asked, recalled, over), "" for all. Each
    notice has ``came_at``, ``from_name`` (who passed it down last), and of the own relay
    ``own_pk``, ``own_state``, ``own_passed_at``, ``own_confirmed_at``; ``recalled_at``;
    ``nudged_at`` (the superior's last reminder).
    Raises NotFound, PermissionDenied.
    """
    place = policy.place_of(actor, organization_id)
    policy.need_passes_on(place.power)
    above = policy.incoming(place.organization)
    waiting = policy.waiting_here(place.organization).filter(open_until__gte=now()).values("notice")
    rows = _with_relays(place.organization, above)
    if which == "waiting":
        rows = rows.filter(pk__in=waiting)
    else:
        own = Relay.objects.filter(organization=place.organization)
        came = above.order_by().values("notice").union(own.order_by().values("notice"))
        rows = rows.filter(pk__in=came)  # the notices of others are many: looked up, not searched
        if which == "done":
            rows = rows.exclude(pk__in=waiting)
    words = tidy_line(text)[:100]
    if words:
        rows = rows.filter(title__icontains=words)
    return rows.select_related("organization").order_by("-came_at", "-pk")


def _with_relays(organization: Organization, above: QuerySet[Relay, Any]) -> QuerySet[Any, Any]:
    """The notices of others, with what the superior's and the own relay say of each."""
    theirs = above.filter(notice=OuterRef("pk"))
    own = Relay.objects.filter(notice=OuterRef("pk"), organization=organization)

    def of_own(field: str) -> Subquery:
        return Subquery(own.values(field)[:1])

    return Notice.objects.exclude(organization=organization).annotate(
        own_pk=of_own("pk"),
        own_state=of_own("state"),
        own_passed_at=of_own("passed_at"),
        own_confirmed_at=of_own("confirmed_at"),
        came_at=Coalesce(Subquery(theirs.values("passed_at")[:1]), of_own("seen_at")),
        from_name=Subquery(theirs.values("organization__name")[:1]),
        nudged_at=Subquery(theirs.values("nudged_below_at")[:1]),
        recalled_at=Coalesce(Subquery(theirs.values("recalled_at")[:1]), of_own("recalled_at")),
    )


def get_incoming(actor: Actor, organization_id: int, notice_id: int) -> Incoming:
    """A notice that came from above, with what the own organisation has done with it.

    One that was dealt with stays to be seen when it comes from there no more. Raises NotFound;
    PermissionDenied for who does not administer the whole organisation.
    """
    place = policy.place_of(actor, organization_id)
    policy.need_passes_on(place.power)
    return incoming_in(place, notice_id)


def incoming_in(place: Place, notice_id: int) -> Incoming:
    """As ``get_incoming``, for a place already read. Raises NotFound."""
    own = _one(Relay.objects.filter(organization=place.organization), notice_id)
    relay = _one(policy.incoming(place.organization), notice_id)
    found = relay or own
    if found is None or found.notice.organization_id == place.organization.pk:
        raise NotFound(_GONE)
    return Incoming(place, found.notice, relay, own)


def _one(rows: QuerySet[Relay, Any], notice_id: int) -> Relay | None:
    joined = rows.select_related("notice__organization", "organization")
    found: Relay | None = joined.filter(notice__id=notice_id).first()  # copes with huge ids
    return found


def overseen(actor: Actor, organization_id: int, notice_id: int) -> tuple[Relay, Place]:
    """What the organisation itself sent or passed on, recalled or not, for any administrator there;
    a scoped one, where it meets the own branches.

    Raises NotFound (also when it has not passed it on), PermissionDenied for members.
    """
    place = policy.place_of(actor, organization_id)
    relay = _one(policy.overseen_relays(place), notice_id)
    if relay is None:
        raise NotFound(_GONE)
    return relay, place


def words_of(relay: Relay) -> str:
    """A relay's audience in words, for who administers its organisation; two statements."""
    return audience_words(
        relay,
        list(relay.branches.order_by("pk").values_list("name", flat=True)),
        list(relay.chosen.order_by("pk").values_list("organization__name", flat=True)),
    )
