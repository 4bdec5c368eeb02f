"""One way to cut a list into pages."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list; ``number`` starts at 1, ``total`` counts all rows."""

    items: list[M]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def next_number(self) -> int | None:
        """The following page, or None on the last."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def previous_number(self) -> int | None:
        """The page before, or None on the first."""
        return self.number - 1 if self.number > 1 else None


def paginate(rows: QuerySet[M, Any], number: object = 1, size: int = 20) -> Page[M]:
    """Page ``number`` of ``rows``, in two statements; an impossible number is the nearest one."""
    total = rows.count()
    try:
        wanted = int(str(number))
    except ValueError:
        wanted = 1
    wanted = max(1, min(wanted, max(1, -(-total // size))))
    return Page(list(rows[(wanted - 1) * size : wanted * size]), wanted, size, total)
