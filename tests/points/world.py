"""What addresses of points name, for the matrices: all of 县."""

from datetime import date

from lianxue.learning.point_items import READ
from lianxue.points.actions.crediting import Earned, credit
from lianxue.shared.clock import today
from tests.cast import Cast


def earned(cast: Cast, event: str, item: str, day: date | None = None) -> Earned:
    """Something that 刘洋 did in 县."""
    return Earned(
        cast.member.pk, cast.county.pk, item, event, day or today(), "test", 1, "一篇文章"
    )


def points_world(cast: Cast) -> dict[str, int | str]:
    """An entry of 刘洋; the rules of reading."""
    return {"entry_id": credit(earned(cast, "world:1", READ)).pk, "item": READ}
