"""Addresses of `certification`, on the phone and on the console."""

from django.urls import URLPattern, path

from lianxue.organizations.addresses import ORG
from lianxue.organizations.policy.rights import register_rights

from .rights import RIGHTS
from .web import applications, chain, console, links, own, renaming

register_rights(RIGHTS)

app_name = "certification"
urlpatterns: list[URLPattern] = [
    path(f"{ORG}/invitations/", links.invitations, name="invitations"),
    path(f"{ORG}/invitations/<int:invitation_id>/", links.invitation, name="invitation"),
    path(
        f"{ORG}/invitations/<int:invitation_id>/revoke/",
        links.revoke_invitation,
        name="revoke_invitation",
    ),
    path("i/<str:token>/", applications.open_invitation, name="open_invitation"),
    path(f"{ORG}/applications/", applications.received, name="received"),
    path("applications/<int:application_id>/approve/", applications.approve, name="approve"),
    path("applications/<int:application_id>/refuse/", applications.refuse, name="refuse"),
    path("applications/<int:application_id>/withdraw/", applications.withdraw, name="withdraw"),
    path("renames/<int:request_id>/approve/", renaming.approve, name="approve_rename"),
    path("renames/<int:request_id>/refuse/", renaming.refuse, name="refuse_rename"),
    path(f"{ORG}/certification/", own.status, name="status"),
    path(f"{ORG}/more/", own.settings, name="settings"),
    path(f"{ORG}/more/rename/", own.rename, name="rename"),
    path(f"{ORG}/more/dissolve/", own.dissolve, name="dissolve"),
    path(f"{ORG}/decertify/", own.decertify, name="decertify"),
    path(f"{ORG}/subordinates/", chain.subordinates, name="subordinates"),
    path(f"{ORG}/claim/", links.claim_links, name="claim_links"),
    path(f"{ORG}/claim/<int:link_id>/revoke/", links.revoke_claim_link, name="revoke_claim_link"),
    path("claim/<str:token>/", links.open_claim, name="open_claim"),
    path("console/certification/", console.received, name="console_received"),
    path("console/certification/sent/", console.sent, name="console_sent"),
    path(
        "console/applications/<int:application_id>/approve/",
        applications.approve,
        {"face": "console"},
        name="console_approve",
    ),
    path(
        "console/applications/<int:application_id>/refuse/",
        applications.refuse,
        {"face": "console"},
        name="console_refuse",
    ),
    path(
        "console/applications/<int:application_id>/withdraw/",
        applications.withdraw,
        {"face": "console"},
        name="console_withdraw",
    ),
    path(f"console/{ORG}/more/", own.settings, {"face": "console"}, name="console_settings"),
    path(f"console/{ORG}/more/rename/", own.rename, {"face": "console"}, name="console_rename_now"),
    path(
        f"console/{ORG}/more/dissolve/", own.dissolve, {"face": "console"}, name="console_dissolve"
    ),
    path(f"console/{ORG}/rename/", renaming.ask, name="console_rename"),
    path(
        "console/renames/<int:request_id>/approve/",
        renaming.approve,
        {"face": "console"},
        name="console_approve_rename",
    ),
    path(
        "console/renames/<int:request_id>/refuse/",
        renaming.refuse,
        {"face": "console"},
        name="console_refuse_rename",
    ),
    path(
        "console/renames/<int:request_id>/withdraw/",
        renaming.withdraw,
        name="console_withdraw_rename",
    ),
    path("console/chain/", console.chain, name="console_chain"),
    path("console/chain/<int:organization_id>/", console.level, name="console_level"),
    path(f"console/{ORG}/decertify/", own.decertify, {"face": "console"}, name="console_decertify"),
    path(
        f"console/{ORG}/claim/", links.claim_links, {"face": "console"}, name="console_claim_links"
    ),
    path(
        f"console/{ORG}/claim/<int:link_id>/revoke/",
        links.revoke_claim_link,
        {"face": "console"},
        name="console_revoke_claim_link",
    ),
]
