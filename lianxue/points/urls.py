"""Addresses of points: the own, and an organisation's."""

from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept
from lianxue.organizations.addresses import both
from lianxue.organizations.policy.rights import register_rights

from .queries.kept import kept
from .rights import RIGHTS
from .web import desk, mine, rules

register_kept("points", kept)
register_rights(RIGHTS)

app_name = "points"
urlpatterns: list[URLPattern] = [
    path("points/", mine.home, name="home"),
    path("points/<int:entry_id>/", mine.explain, name="explain"),
    path("points/rules/<int:organization_id>/", mine.terms, name="terms"),
    path("orgs/<int:organization_id>/points/ranking/", mine.ranking, name="ranking"),
    path("console/points/", desk.door, name="console_door"),
    *both("points/", desk.desk, "desk"),
    *both("points/people/", desk.people, "people"),
    *both("points/members/<int:membership_id>/", desk.member, "member"),
    *both("points/entries/<int:entry_id>/reverse/", desk.reverse_entry, "reverse"),
    *both("points/rules/", rules.rules, "rules"),
    *both("points/rules/<str:item>/", rules.rule, "rule"),
    *both("points/ranking/switch/", rules.ranking_switch, "ranking_switch"),
]
