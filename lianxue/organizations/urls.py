"""Addresses of `organizations`, on the phone and on the console."""

from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept

from .addresses import ORG, both
from .queries.kept import kept
from .web import (
    access,
    adding,
    bulk,
    console,
    create,
    details,
    export,
    home,
    imports,
    log,
    members,
    reminding,
    roles,
    security,
    tree,
)

_BRANCH = "branches/<int:branch_id>"
_MEMBER = "members/<int:membership_id>"
_IMPORT = "console/imports/<int:import_id>"


register_kept("organizations", kept)

app_name = "organizations"
urlpatterns: list[URLPattern] = [
    path("office/", home.work, name="work"),
    path("orgs/new/", create.create, name="create"),
    path("orgs/new/region/", create.region_fields, name="create_region"),
    path(f"{ORG}/", home.home, name="home"),
    path(f"{ORG}/leave/", home.leave, name="leave"),
    path(f"{ORG}/tree/", tree.tree, name="tree"),
    path(f"{ORG}/tree/manage/", tree.manage, name="manage"),
    path(f"{ORG}/branches/new/", tree.branch_add, name="branch_add"),
    path(f"{_BRANCH}/edit/", tree.branch_edit, name="branch_edit"),
    path(f"{_BRANCH}/move/", tree.branch_move, name="branch_move"),
    path(f"{_BRANCH}/merge/", tree.branch_merge, name="branch_merge"),
    path(f"{_BRANCH}/delete/", tree.branch_delete, name="branch_delete"),
    path(f"{ORG}/members/", members.members, name="members"),
    path(f"{ORG}/members/new/", adding.members_add, name="members_add"),
    path(f"{_MEMBER}/", members.member, name="member"),
    path(f"{_MEMBER}/reveal/", members.member_reveal, name="member_reveal"),
    path(f"{_MEMBER}/phone/", members.member_phone, name="member_phone"),
    path(f"{_MEMBER}/move/", members.member_move, name="member_move"),
    path(f"{_MEMBER}/remove/", members.member_remove, name="member_remove"),
    path(f"{_MEMBER}/remind/", reminding.member_remind, name="member_remind"),
    path(f"{_MEMBER}/name/", details.member_name, name="member_name"),
    path(f"{_MEMBER}/detail/", details.member_detail, name="member_detail"),
    path(f"{_MEMBER}/detail/show/", details.member_detail_reveal, name="member_detail_reveal"),
    path(f"{_MEMBER}/detail/change/", details.member_detail_change, name="member_detail_change"),
    path(f"{ORG}/admins/", roles.admins, name="admins"),
    path(f"{ORG}/admins/new/", roles.pick, {"purpose": "appoint"}, name="pick_admin"),
    path(f"{ORG}/handover/", roles.pick, {"purpose": "handover"}, name="pick_successor"),
    path(f"{_MEMBER}/appoint/", roles.appoint, name="appoint"),
    path(f"{_MEMBER}/handover/", roles.offer_handover, name="offer_handover"),
    path("grants/<int:grant_id>/dismiss/", roles.dismiss, name="dismiss"),
    path("handover/<int:offer_id>/", roles.handover, name="handover"),
    path("handover/<int:offer_id>/withdraw/", roles.withdraw_handover, name="withdraw_handover"),
    path(f"{ORG}/log/", log.log, name="log"),
    *both("security/", security.security, "security"),
    *both("security/reach/", security.reach, "security_reach"),
    *both("security/reach/remove/", security.reach_remove, "security_reach_remove"),
    *both("security/phones/", security.phones, "security_phones"),
    *both("security/phones/remove/", security.phones_remove, "security_phones_remove"),
    path("console/security/", security.door, name="console_security_door"),
    path(f"{ORG}/access/me/", access.me, name="access_me"),
    path("console/access/", access.console, name="console_access"),
    path(f"console/{ORG}/access/", access.overview, name="access"),
    path(f"console/{ORG}/access/<int:membership_id>/", access.person, name="access_person"),
    path(
        f"console/{ORG}/access/<int:membership_id>/sees/",
        access.person_sees,
        name="access_sees",
    ),
    path("console/", home.console_home, name="console_home"),
    path("console/members/", console.members, name="console_members"),
    path("console/log/", log.console_log, name="console_log"),
    path(f"console/{ORG}/tree/", console.tree, name="console_tree"),
    path(f"console/{ORG}/tree/level/", console.level, name="console_level"),
    path(f"console/{ORG}/imports/", imports.imports, name="imports"),
    path(f"console/{ORG}/imports/new/", imports.import_new, name="import_new"),
    path(f"console/{ORG}/imports/template/", imports.import_template, name="import_template"),
    path(f"{_IMPORT}/", imports.import_page, name="import_page"),
    path(f"{_IMPORT}/corrected/", imports.import_corrected, name="import_corrected"),
    path(f"{_IMPORT}/confirm/", imports.import_confirm, name="import_confirm"),
    path(f"{_IMPORT}/replan/", imports.import_replan, name="import_replan"),
    path(f"{_IMPORT}/drop/", imports.import_drop, name="import_drop"),
    path(f"{_IMPORT}/undo/", imports.import_undo, name="import_undo"),
    path(f"console/{ORG}/members/export/", export.export_members, name="export_members"),
    path(f"console/{ORG}/tree/move/", console.move, name="console_move"),
    path(f"console/{ORG}/members/bulk/", bulk.bulk, name="console_bulk"),
    path("console/columns/", console.columns, name="console_columns"),
]
