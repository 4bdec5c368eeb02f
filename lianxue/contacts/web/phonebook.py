"""手机联系人: the file goes in, one answer comes out, nothing stays."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import Typed
from lianxue.shared.errors import DomainError, InvalidInput, RateLimited, StateConflict
from lianxue.shared.web import page, redirect_to

from .. import uploads
from ..actions import phonebook as actions
from ..models import FriendRequest
from ..queries.phonebook import SHOWN
from ..vcard import MAX_BYTES


@csrf_exempt  # the token is in the form behind the file: it is looked at once the way is prepared
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone_book(request: HttpRequest) -> HttpResponse:
    """手机联系人: what happens with the file, how to get it, and the way to send it."""
    if request.method == "POST":
        try:
            uploads.expect_phone_book(request)
        except InvalidInput as error:  # not read; so nothing is known of the token either
            return _form(request, error)
        return _compared(request)
    return _form(request)


@csrf_protect
def _compared(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    try:
        found = actions.compare(user, uploads.phone_book_in(request.FILES.get("file")))
    except (InvalidInput, RateLimited) as error:
        return _form(request, error)
    context = {"found": found, "shown": SHOWN}
    return page(request, "contacts/mobile/phone_book_found.html", context)


def _form(request: HttpRequest, error: DomainError | None = None) -> HttpResponse:
    """The form; what was sent is not looked at, for it may be too large to be read."""
    context: dict[str, Any] = {
        "megabytes": MAX_BYTES // 2**20,
        "errors": Typed(error.fields if error else {}),
    }
    status = error.status if error else 200
    answer = page(request, "contacts/mobile/phone_book.html", context, status=status)
    if isinstance(error, RateLimited):
        answer["Retry-After"] = str(error.retry_after)
    return answer


@login_required
@require_POST
def phone_book_add(request: HttpRequest) -> HttpResponse:
    """加为好友 beside one who was found; in place where htmx runs, else on to 新的好友."""
    user = current_user(request)
    proof = request.POST.get("proof", "")
    words, said = f"我是{user.name}", ""
    try:
        row = actions.ask(user, proof, words)
    except (InvalidInput, StateConflict, RateLimited) as error:
        said = error.message
        if request.headers.get("HX-Request") != "true":
            messages.error(request, said)
    else:
        done = row.state == FriendRequest.State.ACCEPTED
        said = "已成为好友" if done else "已申请"
        if request.headers.get("HX-Request") != "true":
            messages.success(request, "你们现在是好友了。" if done else "已发送好友申请。")
    if request.headers.get("HX-Request") == "true":
        return page(request, "contacts/mobile/_asked.html", {"said": said})
    return redirect_to(reverse("contacts:new_friends"), request)
