"""任务日历 on the phone, and the address under which the phone's own calendar fetches it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.clock import today
from lianxue.shared.errors import NotFound
from lianxue.shared.ids import hash_token
from lianxue.shared.ratelimit import hit
from lianxue.shared.web import page, redirect_to

from ..actions import feeds
from ..ics import written
from ..queries import calendar as queries

#: A phone comes a few times a day; what asks again and again is broken.
_FETCHES, _HOUR = 120, 3600


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of what is due and when; ``?month=2026-11``."""
    month = queries.month_of(
        current_user(request), queries.month_named(request.GET.get("month", ""))
    )
    return page(request, "notices/mobile/calendar.html", {"month": month, "today": today()})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feed(request: HttpRequest) -> HttpResponse:
    """日历订阅: make an address (told once), or end it."""
    user = current_user(request)
    address = ""
    if request.method == "POST":
        token = feeds.subscribe(user)
        address = request.build_absolute_uri(reverse("notices:calendar_file", args=[token]))
    return page(
        request,
        "notices/mobile/feed.html",
        {
            "feed": queries.feed_of(user),
            "address": address,
            "webcal": "webcal://" + address.split("://", 1)[-1] if address else "",
        },
    )


@login_required
@require_POST
def end_feed(request: HttpRequest) -> HttpResponse:
    """End the address."""
    if feeds.unsubscribe(current_user(request)):
        messages.success(request, "订阅地址已停用，手机日历不会再更新。")
    return redirect_to(reverse("notices:calendar_feed"), request)


@require_safe
def calendar_file(request: HttpRequest, feed_token: str) -> HttpResponse:
    """The dates as a file, for who knows the address. Raises NotFound, RateLimited."""
    hashed = hash_token(feed_token)
    found = queries.feed_named(hashed)
    if found is None:
        raise NotFound  # nothing is written of it: nobody guesses such a token, and rows are dear
    hit(f"calendar:{hashed}", _FETCHES, _HOUR, "取得太频繁了，请稍后再试。")
    feeds.fetched(found)
    address = request.build_absolute_uri("/").rstrip("/")
    body = written(queries.agenda(found.user), settings.SITE_NAME, address)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Disposition"] = 'inline; filename="lianxue.ics"'
    return response
