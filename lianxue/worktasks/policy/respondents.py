"""Who is asked to answer: one rule for each kind of respondent, read from both directions.

A task for MEMBERS is answered by whoever its relays reach (``notices.policy.recipients``). One for
UNITS by the subordinate organisations that a relay is for (the other side of
``notices.policy.incoming``), and by the branches that it names. Whoever leaves, moves out, is
decertified or merged away is asked no more, and what it answered counts no more (``in_force``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Length, Substr

from lianxue.notices.models import Relay, RelayBranch, RelayOrganization
from lianxue.notices.policy import RelayId, among, recipients
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant
from lianxue.organizations.policy import below
from lianxue.shared.errors import NotFound

from ..models import Answer, WorkTask

MEMBERS, UNITS = WorkTask.Respondents.MEMBERS, WorkTask.Respondents.UNITS


@dataclass(frozen=True)
class Respondent:
    """``m:<membership>``, ``o:<organization>``, ``b:<branch>``: so addresses and rows write it."""

    kind: Literal["m", "o", "b"]
    pk: int

    @classmethod
    def parse(cls, text: str) -> "Respondent":
        """From its text. Raises NotFound for what is none."""
        if not re.fullmatch(r"[mob]:[1-9][0-9]{0,17}", text):
            raise NotFound
        return cls(text[0], int(text[2:]))  # type: ignore[arg-type]

    @classmethod
    def of(cls, thing: Membership | Organization | Branch) -> "Respondent":
        """What a member, an organisation or a branch is as a respondent."""
        kinds: dict[type, Literal["m", "o", "b"]] = {Membership: "m", Organization: "o"}
        return cls(kinds.get(type(thing), "b"), thing.pk)

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


def written(kind: Literal["m", "o", "b"], column: Any = "pk") -> Concat:
    """For queries: the respondent's text, of the id in ``column`` (or an ``OuterRef``).

    An answer is looked up by it and its relay: they are its unique index. By relay and membership
    SQLite walks through all answers of the relay, for each member.
    """
    return Concat(
        Value(f"{kind}:", output_field=CharField()),
        Cast(column, CharField()),
        output_field=CharField(),
    )


def asked_members(*relays: RelayId) -> QuerySet[Membership, Any]:
    """Who answers for oneself, each row with its ``relay`` (id): whom the relays reach."""
    rows: QuerySet[Membership, Any] = recipients(*relays)
    # annotated, because a filter on ``organization__relays`` would join the relay a second time
    kind = F("organization__relays__notice__task__respondents")
    return rows.annotate(_respondents=kind).filter(_respondents=MEMBERS)


def asked_organizations(*relays: RelayId) -> QuerySet[Organization, Any]:
    """The subordinate organisations that answer the relays, each row with its ``relay`` (id)."""
    return _asked(Organization.objects.filter(**among("superior__relays", relays)))


def asked_organizations_of(relays: QuerySet[Relay, Any]) -> QuerySet[Organization, Any]:
    """The same for all of ``relays``, a query of them."""
    return _asked(Organization.objects.filter(superior__relays__in=relays))


def duties_of_organizations(ids: Iterable[int]) -> QuerySet[Organization, Any]:
    """The same from the other side: all that these organisations are asked, each row with its
    ``relay`` (id)."""
    return _asked(Organization.objects.filter(pk__in=list(ids), superior__relays__isnull=False))


def _asked(rows: QuerySet[Organization, Any]) -> QuerySet[Organization, Any]:
    """Keeps the rule of ``notices.policy.incoming`` (tests hold the two against each other)."""
    chosen = RelayOrganization.objects.filter(relay=OuterRef("relay"), organization=OuterRef("pk"))
    return rows.annotate(
        relay=F("superior__relays"),
        _passed=F("superior__relays__state"),
        _below=F("superior__relays__below"),
        _open_until=F("superior__relays__open_until"),
        _respondents=F("superior__relays__notice__task__respondents"),
    ).filter(
        Q(_below=Relay.Below.ALL) | Q(_below=Relay.Below.CHOSEN) & Q(Exists(chosen)),
        _respondents=UNITS,
        _passed=Relay.State.PASSED,
        certified_at__lte=F("_open_until"),
    )


def asked_branches(*relays: RelayId) -> QuerySet[RelayBranch, Any]:
    """The branches that answer the relays as units; merged away ones don't."""
    return duties_of_branches().filter(**among("relay", relays))


def duties_of_branches() -> QuerySet[RelayBranch, Any]:
    """Every branch with everything that it is asked."""
    return RelayBranch.objects.filter(
        branch__isnull=False,
        relay__state=Relay.State.PASSED,
        relay__own=Relay.Own.UNITS,
        relay__notice__task__respondents=UNITS,
    )


def nearest_to(scopes: Iterable[str]) -> Q:
    """A condition on ``duties_of_branches``: those below one of these scopes that no administrator
    is nearer to. Who is above may answer for them too, but isn't asked to.
    """
    nearer = RoleGrant.objects.filter(
        organization=OuterRef("relay__organization"),
        scope__path=Substr(OuterRef("branch__path"), 1, Length("scope__path")),
    ).annotate(_depth=Length("scope__path"))
    found = Q(pk__in=[])
    for path in scopes:
        found |= below(path, "branch__path") & ~Q(Exists(nearer.filter(_depth__gt=len(path))))
    return found


def in_force(rows: QuerySet[Answer, Any]) -> QuerySet[Answer, Any]:
    """Those answers whose respondent is still asked: the numerators of all figures."""
    relay = OuterRef("relay_id")
    member = asked_members(relay).filter(pk=OuterRef("membership_id"))
    organization = asked_organizations(relay).filter(pk=OuterRef("organization_id"))
    branch = asked_branches(relay).filter(branch=OuterRef("branch_id"))
    return rows.filter(
        Q(membership__isnull=False) & Q(Exists(member))
        | Q(organization__isnull=False) & Q(Exists(organization))
        | Q(branch__isnull=False) & Q(Exists(branch))
    )
