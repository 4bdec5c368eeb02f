"""Addresses of notices: what a reader sees, and what administrators do on the phone and on the
console."""

from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept
from lianxue.organizations.addresses import both

from .dates import register_dates
from .queries.calendar import deadlines
from .queries.kept import kept
from .web import audience, calendar, chain, desk, drafts, incoming, oversight, people, reading

#: What is passed on to me.
_READER: list[URLPattern] = [
    path("notices/", reading.home, name="home"),
    path("notices/<int:notice_id>/", reading.notice, name="notice"),
    path("notices/<int:notice_id>/confirm/", reading.confirm, name="confirm"),
    path("notices/<int:notice_id>/archive/", reading.archive, name="archive"),
    path("notices/<int:notice_id>/files/<int:file_id>/", reading.file, name="file"),
]
#: What is due and when, and its address for the phone's own calendar.
_CALENDAR: list[URLPattern] = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/feed/", calendar.feed, name="calendar_feed"),
    path("calendar/feed/end/", calendar.end_feed, name="calendar_feed_end"),
    path("calendar/<str:feed_token>.ics", calendar.calendar_file, name="calendar_file"),
]
# The pages of administrators: ``both`` makes an address for each face.
#: 通知与任务 of an organisation: writing, choosing who, sending; what came from above.
_DESK: list[URLPattern] = [
    path("console/notices/", desk.door, name="console_door"),
    *both("notices/", desk.desk, "desk"),
    *both("notices/new/", drafts.new, "new"),
    *both("notices/<int:notice_id>/edit/", drafts.edit, "edit"),
    *both("notices/<int:notice_id>/discard/", drafts.discard, "discard"),
    *both("notices/<int:notice_id>/copy/", drafts.copy, "copy"),
    *both("notices/<int:notice_id>/audience/", audience.audience, "audience"),
    *both("notices/<int:notice_id>/preview/", audience.preview, "preview"),
    *both("notices/<int:notice_id>/incoming/", incoming.incoming, "incoming"),
    *both("notices/<int:notice_id>/pass/", incoming.pass_on, "pass_on"),
    *both("notices/<int:notice_id>/close/", incoming.close, "close"),
    *both("notices/<int:notice_id>/receive/", incoming.receive, "receive"),
]
#: Where a notice has come to, who has read it; reminding, recalling.
_CHAIN: list[URLPattern] = [
    *both("notices/<int:notice_id>/", chain.chain, "chain"),
    *both("notices/<int:notice_id>/people/", people.people, "people"),
    *both("notices/<int:notice_id>/nudge/", oversight.nudge, "nudge"),
    *both("notices/<int:notice_id>/recall/", oversight.recall, "recall"),
]

register_kept("notices", kept)
register_dates(deadlines)

app_name = "notices"
urlpatterns: list[URLPattern] = [*_READER, *_CALENDAR, *_DESK, *_CHAIN]
