"""What a search looks through, kept in step with names and phones by whoever writes those.

Every action that makes, renames or ends memberships, corrects their phones, or makes, renames or
dissolves organisations calls one of these in its own transaction. ``rebuild`` checks and mends.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from lianxue.shared.actors import Operator
from lianxue.shared.dbtools import insert_many
from lianxue.shared.names import name_tokens, search_tokens, sort_key

from ..models import FormerName, Membership, MemberToken, Organization, OrganizationToken

#: Rows that are looked at, or deleted by their ids, at once.
_CHUNK = 500

#: (kind, token) of a member; a token of an organisation.
MemberTerm = tuple[str, bytes]


def terms_of_member(row: Membership) -> set[MemberTerm]:
    """What ``row`` may be found by; nothing once it has ended."""
    if row.state == Membership.State.ENDED:
        return set()
    kinds = MemberToken.Kind
    whole, inner = name_tokens(row.name)
    return {
        *((kinds.WHOLE.value, token) for token in whole),
        *((kinds.NAME.value, token) for token in inner),
        (kinds.PHONE.value, row.phone[-4:].encode()),
    }


def terms_of_organization(row: Organization, former: Iterable[str]) -> set[bytes]:
    """What ``row`` may be found by: its name and the former ones; nothing once it is dissolved."""
    if row.dissolved_at is not None:
        return set()
    return set().union(*(search_tokens(name) for name in {row.name, *former}))


def index_members(
    rows: Sequence[Membership],
    *,
    fresh: bool = False,
    known: Sequence[set[MemberTerm]] | None = None,
) -> None:
    """Write the tokens of ``rows`` as they stand now; ``fresh``: they have none yet.

    ``known``: their terms, worked out before a transaction that is to be short.
    ``Membership.sort_key`` is the caller's to set, where it writes the name.
    """
    if not fresh:
        forget_members([row.pk for row in rows])
    terms = map(terms_of_member, rows) if known is None else known
    insert_many(
        MemberToken,
        ("organization_id", "membership_id", "kind", "token"),
        [
            (row.organization_id, row.pk, kind, token)
            for row, found in zip(rows, terms, strict=True)
            for kind, token in sorted(found)
        ],
    )


def forget_members(ids: Sequence[int]) -> None:
    """Memberships that have ended are found no more."""
    for some in _chunks(ids):
        MemberToken.objects.filter(membership__in=some).delete()


def forget_members_of(organization: Organization) -> None:
    """All memberships of ``organization`` have ended."""
    MemberToken.objects.filter(organization=organization).delete()


def index_organization(row: Organization, *, fresh: bool = False) -> None:
    """Write the tokens of one organisation as it stands now (none once it is dissolved)."""
    index_organizations([row], fresh=fresh)


def index_organizations(rows: Sequence[Organization], *, fresh: bool = False) -> None:
    """The same for many; ``fresh``: they were made just now, without tokens and former names."""
    former: dict[int, list[str]] = {}
    if not fresh:
        for some in _chunks([row.pk for row in rows]):
            OrganizationToken.objects.filter(organization__in=some).delete()
            names = FormerName.objects.filter(organization__in=some)
            for pk, name in names.values_list("organization_id", "name"):
                former.setdefault(pk, []).append(name)
    insert_many(
        OrganizationToken,
        ("organization_id", "token"),
        [
            (row.pk, token)
            for row in rows
            for token in sorted(terms_of_organization(row, former.get(row.pk, [])))
        ],
    )


@dataclass(frozen=True)
class Mended:
    """How many rows were looked at, and how many of them did not agree with their names."""

    members: int = 0
    organizations: int = 0
    wrong: int = 0


def rebuild(actor: Operator, *, check: bool = False) -> Mended:
    """Compare every token and A-Z key with the names, and write anew what differs.

    ``check``: only count. A few hundred rows at a time, each lot in its own transaction with its
    rows locked, so that the site goes on; nothing is audited, because nothing that people wrote
    changes. For the operator.
    """
    assert isinstance(actor, Operator)  # noqa: S101 - the command line alone calls this
    members = organizations = wrong = 0
    for some in _lots(Membership.objects.all()):
        members += len(some)
        wrong += _mend_members(some, check=check)
    for some in _lots(Organization.objects.all()):
        organizations += len(some)
        wrong += _mend_organizations(some, check=check)
    return Mended(members, organizations, wrong)


@transaction.atomic
def _mend_members(ids: Sequence[int], *, check: bool) -> int:
    rows = list(Membership.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    kept: dict[int, set[MemberTerm]] = {row.pk: set() for row in rows}
    twice: set[int] = set()
    for pk, kind, token in MemberToken.objects.filter(membership__in=ids).values_list(
        "membership_id", "kind", "token"
    ):
        term = (kind, bytes(token))
        if term in kept[pk]:
            twice.add(pk)
        kept[pk].add(term)
    wrong = [row for row in rows if row.pk in twice or kept[row.pk] != terms_of_member(row)]
    unsorted = [row for row in rows if row.sort_key != sort_key(row.name)]
    if not check:
        for row in unsorted:
            row.sort_key = sort_key(row.name)
            row.save(update_fields=["sort_key"])
        index_members(wrong)
    return len({row.pk for row in [*wrong, *unsorted]})


@transaction.atomic
def _mend_organizations(ids: Sequence[int], *, check: bool) -> int:
    rows = list(Organization.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    former: dict[int, list[str]] = {row.pk: [] for row in rows}
    kept: dict[int, list[bytes]] = {row.pk: [] for row in rows}
    for pk, name in FormerName.objects.filter(organization__in=ids).values_list(
        "organization_id", "name"
    ):
        former[pk].append(name)
    for pk, token in OrganizationToken.objects.filter(organization__in=ids).values_list(
        "organization_id", "token"
    ):
        kept[pk].append(bytes(token))
    wrong = [
        row
        for row in rows
        if sorted(kept[row.pk]) != sorted(terms_of_organization(row, former[row.pk]))
    ]
    if not check:
        index_organizations(wrong)
    return len(wrong)


def _lots(rows: "QuerySet[Membership] | QuerySet[Organization]") -> Iterator[list[int]]:
    """The ids of all rows, some hundred at a time, each lot read when it is needed."""
    last = 0
    while True:
        ids = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_CHUNK])
        if not ids:
            return
        yield ids
        last = ids[-1]


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
