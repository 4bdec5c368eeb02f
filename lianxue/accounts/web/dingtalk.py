"""DingTalk: the way there and back through allauth, and the question whether to link."""

from allauth.socialaccount.providers.dingtalk import views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts import queries, social
from lianxue.accounts.actions import dingtalk as actions
from lianxue.accounts.current import current_user
from lianxue.shared.errors import NotFound, StateConflict
from lianxue.shared.web import page, redirect_to

from .fresh import fresh


def _require_on() -> None:
    if not social.is_on():
        raise NotFound("本站没有开通钉钉登录。")


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Off to DingTalk's login page; by POST alone, so that no other site can send anybody there."""
    _require_on()
    response: HttpResponse = views.oauth2_login(request)
    return response


@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from DingTalk, with its code."""
    _require_on()
    response: HttpResponse = views.oauth2_callback(request)
    return response


@fresh
def link(request: HttpRequest) -> HttpResponse:
    """Ask whether the DingTalk account that was just proved belongs to this user, and link it."""
    proof = social.held_proof(request)
    if proof is None:
        return redirect_to(reverse("accounts:security"), request)
    if request.method == "POST":
        social.forget_proof(request)
        if request.POST.get("answer") == "yes":
            _link(request, proof)
        return redirect_to(reverse("accounts:security"), request)
    return page(request, "accounts/mobile/security_dingtalk.html", {"nick": proof.nick})


def _link(request: HttpRequest, proof: social.Proof) -> None:
    try:
        actions.link(current_user(request), proof)
    except StateConflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "钉钉账号已绑定，以后可以用钉钉登录。")


@fresh
@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    """Take the link away."""
    user = current_user(request)
    if queries.dingtalk_of(user) is not None:
        actions.unlink(user)
    messages.success(request, "已解除钉钉账号的绑定。")
    return redirect_to(reverse("accounts:security"), request)
