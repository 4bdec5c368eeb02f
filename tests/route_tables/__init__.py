"""Who may go where, as it should be: a table for each app, one status for each role.

A new app brings a module with its ``TABLE`` and stands in ``TABLES``.
"""

from . import (
    accounts,
    certification,
    contacts,
    learning,
    notices,
    organizations,
    points,
    worktasks,
)

#: Open to visitors, each for a reason.
PUBLIC = {
    # for machines and for browsers as such: the same for everybody
    "health",
    "manifest",
    "service_worker",
    "offline",
    "appearance",
    # the ways in, and what must be read before going in
    "accounts:login",
    "accounts:login_code",
    "accounts:login_resend",
    "accounts:login_cancel",
    "accounts:logout",
    "accounts:agreement",
    "onboarding:register",
    "onboarding:agreements",
    "onboarding:code",
    "onboarding:resend",
    "onboarding:cancel",
    "onboarding:profile",
    # a phone's calendar signs in nowhere: it knows the secret address
    "notices:calendar_file",
    # allauth's own names: the second step, passkeys, DingTalk; the rest only lead to our pages
    "mfa_authenticate",
    "mfa_login_webauthn",
    "dingtalk_login",
    "dingtalk_callback",
    "account_login",
    "account_signup",
    "account_inactive",
    "account_reauthenticate",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "socialaccount_connections",
}

ROLES = (
    "owner",  # 县's main administrator
    "whole_admin",  # its learning administrator without a scope
    "colleague",  # its learning administrator for the branch above the one named in the address
    "outsider_admin",  # its learning administrator for another branch
    "member",  # a plain member of it; the membership and the real-name request are theirs
    "newcomer_admin",  # the main administrator of 新, which asks 县 for certification
    "stranger",  # belongs nowhere
    "city_admin",  # the main administrator of 县's superior
    "operator",  # serves the site
)

#: What each gets, all things named being 县's (``routes.make_world``), forms being sent empty.
#: A verb that is not here is refused to all (405). 302 after a POST: it was done, or real-name
#: verification comes first; 422, 409: the one who may do it, but not like that.
TABLES = [
    accounts.TABLE,
    organizations.TABLE,
    certification.TABLE,
    contacts.TABLE,
    notices.TABLE,
    worktasks.TABLE,
    points.TABLE,
    learning.TABLE,
]


def expected() -> dict[tuple[str, str], list[int]]:
    """The tables by verb and name, one status per role."""
    whole = [line for table in TABLES for line in table.splitlines()]
    lines = [line.split() for line in whole if line and not line.startswith("#")]
    return {(verb, name): [int(one) for one in statuses] for verb, name, *statuses in lines}
