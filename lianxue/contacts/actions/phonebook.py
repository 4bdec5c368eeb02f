"""手机联系人: comparing an address book, once, with a bound on harvesting."""

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.shared import ratelimit
from lianxue.shared.ratelimit import Limit

from ..models import FriendRequest
from ..queries import phonebook as queries
from ..queries.phonebook import Comparison
from ..vcard import MAX_NUMBERS, PhoneBook
from . import friends

register_events({"contacts.phone_book_compared": "用手机联系人查找了好友"})

_DAY = 24 * 3600
UPLOADS = 10
_TOO_OFTEN = f"每天最多比对 {UPLOADS} 次，请明天再试。"
_TOO_MANY = f"每天最多比对 {MAX_NUMBERS:,} 个号码，请明天再试，或导出少一些联系人。"


def compare(actor: User, book: PhoneBook) -> Comparison:
    """Who of ``book`` is here. Nothing of it is kept; the event holds two counts.

    Not to be called inside a transaction. Raises RateLimited at ``file``.
    """
    ratelimit.hit_all(
        {
            f"phone-book:{actor.pk}": Limit(UPLOADS, _DAY, _TOO_OFTEN),
            f"phone-book-numbers:{actor.pk}": Limit(
                MAX_NUMBERS, _DAY, _TOO_MANY, cost=len(book.people)
            ),
        },
        field="file",
    )
    found = queries.compare(actor, book)
    _record(actor, found)
    return found


@transaction.atomic
def _record(actor: User, found: Comparison) -> None:
    data = {"numbers": len(found.book.people), "found": found.found}
    record(actor, "contacts.phone_book_compared", target=actor, data=data)


def ask(actor: User, proof: str, words: str = "") -> FriendRequest:
    """Ask somebody found in the own address book to be friends.

    ``proof`` comes with the match, so that no ids can be tried. Raises NotFound, and as
    ``friends.ask``.
    """
    person_id = queries.person_in(actor, proof)
    return friends.ask(actor, person_id, words, FriendRequest.Way.PHONE_BOOK)
