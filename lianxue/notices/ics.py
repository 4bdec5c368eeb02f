"""A person's dates as an iCalendar file (RFC 5545), as phones subscribe to it."""

from collections.abc import Sequence
from datetime import UTC, timedelta

from icalendar import Calendar, Event

from lianxue.shared.clock import now

from .dates import Dated

#: A deadline takes room in a calendar that shows no moments.
_ROOM = timedelta(minutes=15)
#: How often phones should come again.
_AGAIN = timedelta(hours=6)


def written(dates: Sequence[Dated], site: str, address: str) -> bytes:
    """The file. ``site``: the calendar's name; ``address``: the site's own, before each path.

    A deadline is an event that ends at it; what is done says so. Titles and addresses alone, no
    texts and no names of people: the file leaves the house.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Lianxue//Calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{site} 任务日历")
    calendar.add("refresh-interval", _AGAIN, parameters={"value": "DURATION"})
    host = address.split("://", 1)[-1].split(":")[0]
    for one in dates:
        calendar.add_component(_event(one, host, address))
    return bytes(calendar.to_ical())


def _event(one: Dated, host: str, address: str) -> Event:
    event = Event()
    start, end = (one.at, one.ends) if one.ends else (one.at - _ROOM, one.at)
    event.add("uid", f"{one.uid}@{host}")
    event.add("dtstamp", now())
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", _summary(one))
    event.add("description", f"{one.word}\n{address}{one.href}")
    event.add("url", f"{address}{one.href}")
    event.add("transp", "TRANSPARENT")
    return event


def _summary(one: Dated) -> str:
    title = one.title if one.ends else f"{one.title}（截止）"
    return f"已完成：{title}" if one.done else title
