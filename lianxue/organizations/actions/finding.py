"""What a search by number costs: so many an hour, so that nobody collects numbers by trying."""

from lianxue.accounts.models import Actor, User
from lianxue.shared import ratelimit
from lianxue.shared.names import plain

from .. import policy, queries
from ..models import Organization

#: Searches by number, in an hour, of somebody who does not administer the whole.
NUMBERS_AN_HOUR = 60
_TOO_MANY = f"按号码查找太频繁，一小时最多 {NUMBERS_AN_HOUR} 次。请稍后再试，或改用姓名、拼音查找。"
#: The last four digits are the shortest number that finds anybody.
_SHORTEST = 4


def count_number_search(actor: Actor, text: str, organization: Organization | None = None) -> None:
    """Called before every search whose ``text`` comes from a person; never inside a transaction.

    Counts it when it asks for a number, unless the actor administers the whole of where it looks:
    of ``organization``, or of all organisations the actor belongs to. Raises RateLimited.
    """
    if not isinstance(actor, User) or not queries.is_number(text) or len(plain(text)) < _SHORTEST:
        return
    if organization is not None:
        free = policy.power_in(actor, organization).whole
    else:
        whole = policy.administered_organizations(actor, whole=True).values("pk")
        free = not policy.visible_organizations(actor).exclude(pk__in=whole).exists()
    if not free:
        ratelimit.hit(f"number-search:{actor.pk}", NUMBERS_AN_HOUR, 3600, _TOO_MANY)
