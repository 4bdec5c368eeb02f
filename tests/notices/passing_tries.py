"""What an administrator of 县 can do with a notice that came from above, each as one call."""

from collections.abc import Callable
from typing import Any

from lianxue.accounts.models import User
from lianxue.notices.actions import passing
from lianxue.notices.models import Notice
from lianxue.notices.queries import keeping
from tests.cast import Cast
from tests.notices.makers import passed

Try = Callable[[User, Cast, int], Any]
TRIES: dict[str, Try] = {
    "look": lambda who, cast, pk: keeping.get_incoming(who, cast.county.pk, pk),
    "list": lambda who, cast, pk: keeping.incoming_list(who, cast.county.pk),
    "open": lambda who, cast, pk: passing.open_incoming(who, cast.county.pk, pk),
    "confirm": lambda who, cast, pk: passing.confirm_incoming(who, cast.county.pk, pk),
    "pass": lambda who, cast, pk: passed(who, cast.county, pk),
    "close": lambda who, cast, pk: passing.close(who, cast.county.pk, pk, "无关"),
}


def waiting(cast: Cast) -> list[Notice]:
    """What 县 has still to deal with."""
    return list(keeping.incoming_list(cast.owner, cast.county.pk))
