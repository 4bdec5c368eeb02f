"""Keeping an item to find it again (收藏). No audit event: the row is the trace."""

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.shared.clock import now

from ..models import Favourite
from ..queries.library import get_readable


@transaction.atomic
def keep(user: User, item_id: int) -> None:
    """Keep an item that the reader may open; kept already is no error. Raises NotFound."""
    item = get_readable(user, item_id)
    Favourite.objects.bulk_create(
        [Favourite(user=user, item=item, at=now())], ignore_conflicts=True
    )


@transaction.atomic
def drop(user: User, item_id: int) -> None:
    """Keep it no more; what was not kept, or is gone, is no error."""
    Favourite.objects.filter(user=user, item__pk=item_id).delete()
