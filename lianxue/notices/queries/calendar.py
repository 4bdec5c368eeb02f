"""任务日历: a month of the own dates, the agenda of a feed, and the notices' own deadlines."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.shared.clock import now, today

from .. import policy
from ..dates import MOST, Dated, dates_of
from ..models import CalendarFeed, Notice, Receipt, Relay

#: What a feed holds: this long ago, and this long ahead.
PAST, AHEAD = timedelta(days=30), timedelta(days=180)
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Day:
    """One day of the month's sheet; ``inside`` the month (else it fills a week)."""

    day: date
    inside: bool
    dates: list[Dated]

    @property
    def open(self) -> int:
        """How many of its dates are not done."""
        return sum(not one.done for one in self.dates)


@dataclass(frozen=True)
class Month:
    """A month as weeks from Monday on. ``first`` is its first day."""

    first: date
    weeks: list[list[Day]]

    @property
    def days(self) -> list[Day]:
        """The days inside the month on which something stands."""
        return [day for week in self.weeks for day in week if day.inside and day.dates]

    @property
    def before(self) -> str:
        """The month before as ``2026-10``, "" at the first that is shown."""
        return _month(self.first - timedelta(days=1))

    @property
    def after(self) -> str:
        """The month after as ``2026-12``, "" at the last that is shown."""
        return _month(self.first + timedelta(days=31))


def _month(day: date) -> str:
    return f"{day:%Y-%m}" if FIRST_YEAR <= day.year < LAST_YEAR else ""


def month_named(text: str) -> date:
    """The first day of the month ``2026-11``; of the present month for anything else."""
    try:
        found = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        found = today()
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        found = today()
    return found.replace(day=1)


def month_of(user: User, first: date) -> Month:
    """The month that begins with ``first``; days and dates are the site's time zone's."""
    days = list(Calendar().itermonthdates(first.year, first.month))
    seats = policy.seats_of(user)
    found = dates_of(user, seats, _midnight(days[0]), _midnight(days[-1] + timedelta(days=1)))
    by_day = {
        day: list(dates)
        for day, dates in groupby(found, key=lambda one: timezone.localdate(one.at))
    }
    sheet = [Day(day, day.month == first.month, by_day.get(day, [])) for day in days]
    return Month(first, [sheet[index : index + 7] for index in range(0, len(sheet), 7)])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def agenda(user: User) -> list[Dated]:
    """What the user's feed holds: a month back, half a year ahead."""
    moment = now()
    return dates_of(user, policy.seats_of(user), moment - PAST, moment + AHEAD)


def feed_of(user: User) -> CalendarFeed | None:
    """The user's subscription, if there is one."""
    return CalendarFeed.objects.filter(user=user).first()


def feed_named(token_hash: str) -> CalendarFeed | None:
    """The subscription with this address, of somebody who may still sign in."""
    rows = CalendarFeed.objects.filter(token_hash=token_hash, user__is_active=True)
    return rows.select_related("user").first()


def deadlines(
    user: User, seats: list[policy.Seat], since: datetime, until: datetime
) -> list[Dated]:
    """The deadlines of plain notices that reach ``user``; done is what was read, and confirmed
    where that is asked. One statement, none without seats.
    """
    if not seats:
        return []
    live = policy.reaching(seats).filter(recalled_at=None)
    rows = (
        Notice.objects.filter(
            kind=Notice.Kind.NOTICE,
            deadline__gte=since,
            deadline__lt=until,
            pk__in=live.values("notice"),
        )
        .annotate(
            unread=_lacks(live, seats, confirmed=False),
            unconfirmed=_lacks(live, seats, confirmed=True),
        )
        .select_related("organization")
        .order_by("deadline", "pk")
    )
    return [_dated(row, done=_is_done(row)) for row in rows[:MOST]]


def _lacks(live: QuerySet[Relay], seats: list[policy.Seat], *, confirmed: bool) -> Exists:
    """Whether one of the row's ``live`` relays has no receipt (none that is confirmed) of mine."""
    own = Receipt.objects.filter(
        relay=OuterRef("pk"), membership__in=[seat.membership_id for seat in seats]
    )
    if confirmed:
        own = own.exclude(confirmed_at=None)
    return Exists(live.filter(~Exists(own), notice=OuterRef("pk")))


def _is_done(row: Notice) -> bool:
    unread, unconfirmed = row.unread, row.unconfirmed  # type: ignore[attr-defined]
    return not (unconfirmed if row.needs_confirmation else unread)


def _dated(row: Notice, *, done: bool) -> Dated:
    assert row.deadline is not None  # noqa: S101 - asked for in the query
    return Dated(
        uid=f"notice-{row.pk}",
        at=row.deadline,
        title=row.title,
        word="通知",
        icon="megaphone",
        href=reverse("notices:notice", args=[row.pk]),
        second=row.organization.name,
        done=done,
    )
