"""手机联系人: who of an address book is here, among those who allow being found by their number."""

from dataclasses import dataclass

from django.core import signing
from django.db.models import Q

from lianxue.accounts.models import User
from lianxue.shared.errors import NotFound
from lianxue.shared.phones import mask_phone

from ..models import Block
from ..vcard import PhoneBook
from . import friends

#: Numbers asked for in one statement, and people shown.
AT_ONCE = 500
SHOWN = 500
_SALT = "contacts.phone-book"
_PROOF_LIFE = 24 * 3600  # seconds


@dataclass(frozen=True)
class Match:
    """Somebody of the address book who is here.

    ``listed``: the name in the file; ``standing``: ``friend``, ``asked``, ``asks_me`` or nothing;
    ``proof``: that this viewer has the number, for asking.
    """

    person: User
    listed: str
    standing: str
    proof: str

    @property
    def phone_masked(self) -> str:
        """138 **** 1000."""
        return mask_phone(self.person.phone)


@dataclass(frozen=True)
class Comparison:
    """``matches``: at most ``SHOWN`` of ``found``, A to Z; ``others``: contacts with a mobile
    number who are not registered, or do not allow being found; which of the two is not told.
    """

    book: PhoneBook
    matches: list[Match]
    found: int
    others: int


def compare(user: User, book: PhoneBook) -> Comparison:
    """Look the numbers up: one statement for each ``AT_ONCE``, and five more. Keeps nothing."""
    phones = [phone for phone in book.people if phone != user.phone]
    strangers = Block.objects.filter(Q(user=user) | Q(blocked=user))
    apart = {pk for pair in strangers.values_list("user_id", "blocked_id") for pk in pair}
    people: list[User] = []
    for at in range(0, len(phones), AT_ONCE):
        rows = User.objects.filter(
            phone__in=phones[at : at + AT_ONCE], findable_by_phone=True, is_active=True
        )
        people += [one for one in rows if one.pk not in apart]
    people.sort(key=lambda one: (one.sort_key, one.name, one.pk))
    shown = people[:SHOWN]
    standing = friends.standing(user, [one.pk for one in shown])
    matches = [
        Match(one, book.people[one.phone], standing.get(one.pk, ""), proof_of(user, one.pk))
        for one in shown
    ]
    with_number = {book.card_of[phone] for phone in phones}
    found = {book.card_of[one.phone] for one in people}
    return Comparison(book, matches, len(people), len(with_number - found))


def proof_of(user: User, person_id: int) -> str:
    """That ``user`` had this person's number in an address book today."""
    return signing.dumps([user.pk, person_id], salt=_SALT)


def person_in(user: User, proof: str) -> int:
    """The person of a proof of ``user``'s own. Raises NotFound for anything else."""
    try:
        owner, person_id = signing.loads(proof[:200], salt=_SALT, max_age=_PROOF_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        owner = person_id = 0
    if owner != user.pk:
        raise NotFound("请重新上传联系人文件，再添加好友。")
    return int(person_id)
