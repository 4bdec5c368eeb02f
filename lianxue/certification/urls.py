"""Addresses of `certification`, on the phone and on the console."""

from django.urls import URLPattern, path

from lianxue.organizations.policy.rights import register_rights

from .rights import RIGHTS
from .web import applications, chain, console, links, own, renaming

register_rights(RIGHTS)

_ORG = "orgs/<int:organization_id>"

app_name = "certification"
urlpatterns: list[URLPattern] = [
    path(f"{_ORG}/invitations/", links.invitations, name="invitations"),
    path(f"{_ORG}/invitations/<int:invitation_id>/", links.invitation, name="invitation"),
    path(
        f"{_ORG}/invitations/<int:invitation_id>/revoke/",
        links.revoke_invitation,
        name="revoke_invitation",
    ),
    path("i/<str:token>/", applications.open_invitation, name="open_invitation"),
    path(f"{_ORG}/applications/", applications.received, name="received"),
    path("applications/<int:application_id>/approve/", applications.approve, name="approve"),
    path("applications/<int:application_id>/refuse/", applications.refuse, name="refuse"),
    path("applications/<int:application_id>/withdraw/", applications.withdraw, name="withdraw"),
    path("renames/<int:request_id>/approve/", renaming.approve, name="approve_rename"),
    path("renames/<int:request_id>/refuse/", renaming.refuse, name="refuse_rename"),
    path(f"{_ORG}/certification/", own.status, name="status"),
    path(f"{_ORG}/more/", own.settings, name="settings"),
    path(f"{_ORG}/more/rename/", own.rename, name="rename"),
    path(f"{_ORG}/more/dissolve/", own.dissolve, name="dissolve"),
    path(f"{_ORG}/decertify/", own.decertify, name="decertify"),
    path(f"{_ORG}/subordinates/", chain.subordinates, name="subordinates"),
    path(f"{_ORG}/claim/", links.claim_links, name="claim_links"),
    path(f"{_ORG}/claim/<int:link_id>/revoke/", links.revoke_claim_link, name="revoke_claim_link"),
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
    path(f"console/{_ORG}/more/", own.settings, {"face": "console"}, name="console_settings"),
    path(
        f"console/{_ORG}/more/rename/", own.rename, {"face": "console"}, name="console_rename_now"
    ),
    path(
        f"console/{_ORG}/more/dissolve/", own.dissolve, {"face": "console"}, name="console_dissolve"
    ),
    path(f"console/{_ORG}/rename/", renaming.ask, name="console_rename"),
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
    path(
        f"console/{_ORG}/decertify/", own.decertify, {"face": "console"}, name="console_decertify"
    ),
    path(
        f"console/{_ORG}/claim/", links.claim_links, {"face": "console"}, name="console_claim_links"
    ),
    path(
        f"console/{_ORG}/claim/<int:link_id>/revoke/",
        links.revoke_claim_link,
        {"face": "console"},
        name="console_revoke_claim_link",
    ),
]
