"""Addresses of notices: what a reader sees, and what administrators do on the phone and on the
console."""

from django.urls import URLPattern, path

from .web import reading

#: What is passed on to me.
_READER: list[URLPattern] = [
    path("notices/", reading.home, name="home"),
    path("notices/<int:notice_id>/", reading.notice, name="notice"),
    path("notices/<int:notice_id>/confirm/", reading.confirm, name="confirm"),
    path("notices/<int:notice_id>/archive/", reading.archive, name="archive"),
    path("notices/<int:notice_id>/files/<int:file_id>/", reading.file, name="file"),
]
# The pages of administrators: ``web.common.both`` makes an address for each face.
#: 通知与任务 of an organisation: writing, choosing who, sending; what came from above.
_DESK: list[URLPattern] = []
#: Where a notice has come to, who has read it; reminding, recalling.
_CHAIN: list[URLPattern] = []

app_name = "notices"
urlpatterns: list[URLPattern] = [*_READER, *_DESK, *_CHAIN]
