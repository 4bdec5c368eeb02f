"""Who and what is found by some words: ranges of tokens instead of LIKE (``shared.names``)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, Q, QuerySet

from lianxue.shared.names import letter_range, plain, query_range

from .. import policy
from ..models import Membership, MemberToken, Organization, OrganizationToken

Kind = MemberToken.Kind

#: In the order of the list.
HEADINGS = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#: A whole number, a number with the country's code before it, the last digits of one.
_WHOLE, _ABROAD, _LAST = 11, 13, 4


def is_number(text: str) -> bool:
    """Whether ``text`` asks for a phone: nothing but digits (spaces and hyphens aside)."""
    digits = plain(text)
    return digits.isascii() and digits.isdigit()


def matching(
    rows: QuerySet[Membership, Any], text: str, organization_ids: Sequence[int]
) -> QuerySet[Membership, Any]:
    """Those of ``rows`` (of ``policy.visible_members``) whom ``text`` finds; nothing typed: all.

    By a part of the name of any length, by pinyin or initials from any syllable on, by a whole
    phone or its last four where the number may be seen. ``organization_ids``: where the rows stand,
    so that each organisation's tokens are one index range.
    """
    if is_number(text):
        return rows.filter(_by_number(plain(text), organization_ids))
    low, high = query_range(text)
    if low == high:
        return rows.none() if text.strip("\0 \t\r\n　") else rows
    kinds = (Kind.WHOLE, Kind.NAME)
    return rows.filter(pk__in=_holders(organization_ids, kinds, token__gte=low, token__lt=high))


def called(
    rows: QuerySet[Membership, Any], text: str, organization_ids: Sequence[int]
) -> QuerySet[Membership, Any]:
    """Those of ``rows`` whose name, pinyin or initials begin with ``text``; nothing typed: none."""
    low, high = query_range(text)
    whole = _holders(organization_ids, (Kind.WHOLE,), token__gte=low, token__lt=high)
    return rows.filter(pk__in=whole)


def _by_number(digits: str, organization_ids: Sequence[int]) -> Q:
    """A hidden number is not found by it; three digits, or five, are no way to look for one."""
    if len(digits) == _ABROAD and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) == _WHOLE:
        return policy.NUMBER_SEEN & Q(phone=digits)
    if len(digits) == _LAST:
        holders = _holders(organization_ids, (Kind.PHONE,), token=digits.encode())
        return policy.NUMBER_SEEN & Q(pk__in=holders)
    return Q(pk__in=[])


def _holders(
    organization_ids: Sequence[int], kinds: Sequence[Kind], **bounds: bytes
) -> QuerySet[MemberToken, Any]:
    tokens = MemberToken.objects.filter(organization__in=organization_ids, kind__in=kinds, **bounds)
    return tokens.values("membership_id")


def letters(organization: Organization, rows: QuerySet[Membership, Any]) -> list[str]:
    """The headings (``#``, ``A`` to ``Z``) under which ``rows`` of ``organization`` stand.

    One statement of 27 looks into the index of names, however many the rows are.
    """
    found = {
        f"under_{ord(letter)}": Exists(
            rows.order_by().filter(sort_key__gte=bounds[0], sort_key__lt=bounds[1])
        )
        for letter in HEADINGS
        if (bounds := letter_range(letter)) is not None
    }
    seen = Organization.objects.filter(pk=organization.pk).values(**found).first() or {}
    return [letter for letter in HEADINGS if seen.get(f"under_{ord(letter)}")]


def named(rows: QuerySet[Organization, Any], text: str) -> QuerySet[Organization, Any]:
    """Those of ``rows`` that ``text`` finds by their name or a former one; nothing typed: none."""
    low, high = query_range(text)
    tokens = OrganizationToken.objects.filter(token__gte=low, token__lt=high)
    return rows.filter(pk__in=tokens.values("organization_id"))
