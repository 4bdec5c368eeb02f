"""Addresses of `accounts`."""

from django.urls import path

from .web import dingtalk, fresh, login, me, realname, security

app_name = "accounts"
urlpatterns = [
    path("login/", login.login, name="login"),
    path("login/code/", login.login_code, name="login_code"),
    path("login/code/resend/", login.login_resend, name="login_resend"),
    path("login/code/cancel/", login.login_cancel, name="login_cancel"),
    path("logout/", login.logout, name="logout"),
    path("agreements/renew/", login.agreements_renew, name="agreements_renew"),
    path("agreements/<slug:key>/", login.agreement, name="agreement"),
    path("me/", me.me, name="me"),
    path("me/profile/", me.profile, name="profile"),
    path("me/appearance/", me.appearance, name="appearance"),
    path("me/privacy/", me.privacy, name="privacy"),
    path("me/data/", me.data, name="data"),
    path("me/data/export/", me.export, name="export"),
    path("me/realname/", realname.realname, name="realname"),
    path("me/realname/retry/", realname.realname_retry, name="realname_retry"),
    path("me/realname/withdraw/", realname.realname_withdraw, name="realname_withdraw"),
    path("me/realname/reveal/", realname.realname_reveal, name="realname_reveal"),
    path("me/security/", security.index, name="security"),
    path("me/security/confirm/", fresh.confirm, name="confirm"),
    path("me/security/password/", security.password, name="password"),
    path("me/security/totp/", security.totp, name="totp"),
    path("me/security/totp/off/", security.totp_off, name="totp_off"),
    path("me/security/recovery-codes/", security.recovery_codes, name="recovery_codes"),
    path("me/security/passkeys/", security.passkeys, name="passkeys"),
    path(
        "me/security/passkeys/<int:passkey_id>/remove/",
        security.passkey_remove,
        name="passkey_remove",
    ),
    path("me/security/sessions/", security.sessions, name="sessions"),
    path("me/security/sessions/end/", security.sessions_end, name="sessions_end"),
    path("me/security/sessions/<int:session_id>/end/", security.session_end, name="session_end"),
    path("me/security/dingtalk/", dingtalk.link, name="dingtalk"),
    path("me/security/dingtalk/unlink/", dingtalk.unlink, name="dingtalk_unlink"),
    path("console/realname/", realname.console, name="console_realname"),
    path(
        "console/realname/<int:request_id>/approve/",
        realname.console_approve,
        name="console_realname_approve",
    ),
    path(
        "console/realname/<int:request_id>/refuse/",
        realname.console_refuse,
        name="console_realname_refuse",
    ),
    path(
        "console/realname/<int:request_id>/reveal/",
        realname.console_reveal,
        name="console_realname_reveal",
    ),
]
