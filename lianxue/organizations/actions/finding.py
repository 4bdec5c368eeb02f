"""What a search by number costs: so many an hour, so that nobody collects numbers by trying."""

from lianxue.accounts.models import Actor, User
from lianxue.shared import ratelimit
from lianxue.shared.names import plain

from .. import policy, queries

#: Searches by number, in an hour, of somebody who administers nothing.
NUMBERS_AN_HOUR = 60
_TOO_MANY = f"按号码查找太频繁，一小时最多 {NUMBERS_AN_HOUR} 次。请稍后再试，或改用姓名、拼音查找。"
#: The last four digits are the shortest number that finds anybody.
_SHORTEST = 4


def count_number_search(actor: Actor, text: str) -> None:
    """Called before every search whose ``text`` comes from a person; never inside a transaction.

    Counts it when it asks for a number and the actor administers nothing. Raises RateLimited.
    """
    if not isinstance(actor, User) or not queries.is_number(text) or len(plain(text)) < _SHORTEST:
        return
    if not policy.administered_organizations(actor).exists():
        ratelimit.hit(f"number-search:{actor.pk}", NUMBERS_AN_HOUR, 3600, _TOO_MANY)
