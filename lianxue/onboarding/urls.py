"""Addresses of registration, one per step."""

from django.urls import URLPattern, path

from . import web

app_name = "onboarding"
urlpatterns: list[URLPattern] = [
    path("register/", web.register, name="register"),
    path("register/agreements/", web.agreements, name="agreements"),
    path("register/code/", web.code, name="code"),
    path("register/code/send/", web.resend, name="resend"),
    path("register/code/cancel/", web.cancel, name="cancel"),
    path("register/profile/", web.profile, name="profile"),
]
